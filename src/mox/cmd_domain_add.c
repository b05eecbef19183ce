/*
 * mox config domain add: a domain with DKIM keys. The keys are files before the configuration names
 * them, and go again when it is refused.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "config/config.h"
#include "config/edit.h"
#include "ctl.h"
#include "dkim/dkim.h"
#include "dnstext.h"
#include "edit.h"

#define KEY_DIR "dkim"

/* RFC 8463 section 4: both, since not everybody can verify Ed25519. */
static const struct {
	const char *suffix, *kind;
	unsigned bits;
} kinds[] = { { "a", "rsa2048", 2048 }, { "b", "ed25519", 0 } };

struct new_key {
	char selector[16];
	char file[LIM_PATH]; /* as the configuration names it */
	char path[LIM_PATH];
	bool written;
};

static int
make_key_dir(const struct mox *m, struct err *e)
{
	char path[LIM_PATH];

	if (mox_conf_path(m, STR(KEY_DIR), path, e) < 0)
		return -1;
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_sys(e, EC_IO, errno, "%s", path);
	return 0;
}

/* Keys are made for nothing otherwise; the edit looks again. */
static int
check_is_new(struct mox *m, const char *domain)
{
	struct config *c = mox_load_config(m);
	int r = MOX_OK;

	if (c == NULL)
		return MOX_FAIL;
	if (config_domain_find(c, str_c(domain)) != NULL)
		r = mox_failf("there is a domain \"%s\" already", domain);
	config_free(&c);
	return r;
}

/* The names that mox gives them: selector, domain, time, kind. */
static int
name_key(const struct mox *m, const char *domain, size_t kind, struct new_key *k, struct err *e)
{
	int64_t now = clock_now();
	time_t t = (time_t)now;
	char stamp[32];
	struct tm tm;
	int n;

	gmtime_r(&t, &tm);
	snprintf(k->selector, sizeof(k->selector), "%d%s", tm.tm_year + 1900, kinds[kind].suffix);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%S", &tm);
	n = snprintf(k->file, sizeof(k->file),
		     KEY_DIR "/%s._domainkey.%s.%s.%s.privatekey.pkcs8.pem", k->selector, domain,
		     stamp, kinds[kind].kind);
	if (n < 0 || n >= (int)sizeof(k->file))
		return err_set(e, EC_LIMIT, "the domain is too long");
	return mox_conf_path(m, str_c(k->file), k->path, e);
}

static int
make_key(const struct mox *m, const char *domain, size_t kind, struct new_key *k, struct err *e)
{
	struct buf pem;
	int r = -1;

	buf_init(&pem, LIM_DKIM_KEY);
	if (name_key(m, domain, kind, k, e) == 0 && dk_key_make(kinds[kind].bits, &pem, e) == 0)
		r = config_create_file(k->path, buf_str(&pem), e);
	k->written = r == 0;
	buf_wipe(&pem);
	return r;
}

static void
forget_keys(const struct mox *m, const struct new_key *k)
{
	char dir[LIM_PATH];

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (k[i].written)
			unlink(k[i].path);
	/* Stays when it has other keys. */
	if (mox_conf_path(m, STR(KEY_DIR), dir, NULL) == 0)
		(void)rmdir(dir);
}

static void
print_record(const char *domain, const struct new_key *k)
{
	struct err e = ERR_INIT;
	struct buf name, text, txt;

	buf_init(&text, LIM_CONF_SIZE);
	buf_init(&txt, LIM_DKIM_KEY);
	buf_init(&name, LIM_PATH);
	buf_printf(&name, "%s._domainkey.%s.", k->selector, domain);
	if (config_read_file(k->path, &text, &e) == 0 && dk_text_txt(buf_str(&text), &txt, &e) == 0)
		dnstext_print(buf_c(&name), buf_str(&txt));
	else
		(void)mox_fail(&e);
	buf_done(&name);
	buf_wipe(&text);
	buf_done(&txt);
}

static int
add_domain(struct mox *m, const struct str *first, const char *ascii)
{
	struct new_key keys[ARRAY_LEN(kinds)] = { { "", "", "", false } };
	struct str args[4 + 2 * ARRAY_LEN(kinds)];
	struct err e = ERR_INIT;
	int r = make_key_dir(m, &e) < 0 ? mox_fail(&e) : MOX_OK;

	for (size_t i = 0; i < 4; i++)
		args[i] = first[i];
	for (size_t i = 0; i < ARRAY_LEN(kinds) && r == MOX_OK; i++) {
		if (make_key(m, ascii, i, &keys[i], &e) < 0)
			r = mox_fail(&e);
		args[4 + 2 * i] = str_c(keys[i].selector);
		args[5 + 2 * i] = str_c(keys[i].file);
	}
	if (r == MOX_OK)
		r = mox_edit(m, "domain.add", args, ARRAY_LEN(args));
	if (r == MOX_OK)
		puts("To let others check the signatures of its mail, add to DNS:");
	for (size_t i = 0; i < ARRAY_LEN(kinds) && r == MOX_OK; i++)
		print_record(ascii, &keys[i]);
	if (r != MOX_OK)
		forget_keys(m, keys);
	return r;
}

int
cmd_config_domain_add(struct mox *m, int argc, char **argv)
{
	bool disabled = false;
	const struct mox_flag flags[] = { { "disabled", &disabled, NULL } };
	char ascii[LIM_DOMAIN + 1];
	struct err e = ERR_INIT;
	struct str args[4];

	if (mox_args(m, &argc, &argv, flags, ARRAY_LEN(flags), 2, 3) < 0)
		return MOX_USAGE;
	args[0] = str_c(argv[0]);
	args[1] = str_c(argv[1]);
	args[2] = argc > 2 ? str_c(argv[2]) : STR("");
	args[3] = disabled ? STR("true") : STR("false");
	/* It becomes part of a file name. */
	if (config_domain_ascii(args[0], ascii, &e) < 0)
		return mox_fail(&e);
	if (check_is_new(m, ascii) != MOX_OK)
		return MOX_FAIL;
	return add_domain(m, args, ascii);
}
