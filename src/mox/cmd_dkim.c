/* mox dkim ...: keys that sign outgoing mail. */
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/config.h"
#include "config/edit.h"
#include "ctl.h"
#include "dkim/dkim.h"
#include "dnstext.h"

enum { RSA_BITS = 2048 }; /* larger ones do not fit into one DNS packet with the rest */

static int
make_key(struct mox *m, int argc, char **argv, unsigned bits)
{
	struct err e = ERR_INIT;
	struct buf pem;
	int r;

	if (mox_args(m, &argc, &argv, NULL, 0, 0, 0) < 0)
		return MOX_USAGE;
	buf_init(&pem, LIM_DKIM_KEY);
	r = dk_key_make(bits, &pem, &e);
	if (r == 0)
		fwrite(buf_str(&pem).p, 1, pem.n, stdout);
	buf_wipe(&pem);
	return r < 0 ? mox_fail(&e) : MOX_OK;
}

int
cmd_dkim_gened25519(struct mox *m, int argc, char **argv)
{
	return make_key(m, argc, argv, 0);
}

int
cmd_dkim_genrsa(struct mox *m, int argc, char **argv)
{
	return make_key(m, argc, argv, RSA_BITS);
}

int
cmd_dkim_txt(struct mox *m, int argc, char **argv)
{
	struct err e = ERR_INIT;
	struct buf text, txt;
	ssize_t n = 0;
	char *p;
	int r;

	if (mox_args(m, &argc, &argv, NULL, 0, 0, 0) < 0)
		return MOX_USAGE;
	buf_init(&text, LIM_DKIM_KEY);
	buf_init(&txt, LIM_DKIM_KEY);
	while ((p = buf_reserve(&text, 1024)) != NULL && (n = read(STDIN_FILENO, p, 1024)) > 0)
		buf_commit(&text, (size_t)n);
	r = n < 0 || p == NULL ? err_set(&e, EC_IO, "can't be read, or is too long")
			       : dk_text_txt(buf_str(&text), &txt, &e);
	if (r == 0)
		dnstext_print("<selector>._domainkey.<your.domain.>", buf_str(&txt));
	buf_wipe(&text);
	buf_done(&txt);
	return r < 0 ? mox_failf("standard input: %s", e.msg) : MOX_OK;
}

/* ---- sealing */

/* 1 when the file is sealed now, 0 when it was before. */
static int
seal_file(const struct mox *m, const char *path, struct err *e)
{
	struct buf text, sealed;
	struct str arg;
	int r = -1;

	buf_init(&text, LIM_CONF_SIZE);
	buf_init(&sealed, 2 * LIM_DKIM_KEY);
	if (config_read_file(path, &text, e) < 0)
		goto done;
	arg = buf_str(&text);
	if (dk_key_is_sealed(arg))
		r = 0;
	else if (mox_ask(m, ROLE_QUEUED, "dkim.seal", &arg, 1, &sealed, e) < 0)
		err_prefix(e, "%s", path);
	/* Nothing but a sealed key may take the place of the only copy of a key. */
	else if (!dk_key_is_sealed(buf_str(&sealed)))
		err_set(e, EC_BUG, "%s: queued gave no sealed key", path);
	else if (config_replace_file(path, buf_str(&sealed), e) == 0)
		r = 1;
done:
	buf_wipe(&text);
	buf_done(&sealed);
	return r;
}

static int
seal_selector(struct mox *m, const struct config *c, const struct cfg_selector *s)
{
	struct err e = ERR_INIT;
	char path[LIM_PATH];
	int r;

	if (config_path(c, s->private_key_file, path, &e) < 0 || (r = seal_file(m, path, &e)) < 0)
		return mox_fail(&e);
	printf("%s: %s\n", path, r > 0 ? "sealed" : "was sealed already");
	return MOX_OK;
}

static int
seal_all(struct mox *m, const struct config *c, const struct cfg_domain *only)
{
	int r = MOX_OK;

	for (size_t i = 0; i < c->domains.domains.n; i++) {
		const struct cfg_domain *d = &c->domains.domains.v[i];

		if (only != NULL && only != d)
			continue;
		for (size_t k = 0; k < d->dkim.selectors.n; k++)
			if (seal_selector(m, c, &d->dkim.selectors.v[k]) != MOX_OK)
				r = MOX_FAIL;
	}
	return r;
}

int
cmd_dkim_seal(struct mox *m, int argc, char **argv)
{
	const struct cfg_domain *d = NULL;
	struct config *c;
	int r;

	if (mox_args(m, &argc, &argv, NULL, 0, 0, 1) < 0)
		return MOX_USAGE;
	if ((c = mox_load_config(m)) == NULL)
		return MOX_FAIL;
	if (argc > 0 && (d = config_domain_find(c, str_c(argv[0]))) == NULL)
		r = mox_failf("there is no domain \"%s\"", argv[0]);
	else
		r = seal_all(m, c, d);
	config_free(&c);
	return r;
}
