/* mox dkim sign: what queued does to outgoing mail, with a key from a file. */
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "config/config.h"
#include "dkim/dkim.h"
#include "mox.h"
#include "msgfile.h"

static struct dk_key *
read_key(const char *path, struct err *e)
{
	struct dk_key *k = NULL;
	struct buf text;

	buf_init(&text, LIM_CONF_SIZE);
	if (config_read_file(path, &text, e) == 0) {
		k = dk_key_parse(buf_str(&text), e);
		if (k == NULL)
			err_prefix(e, "%s", path);
	}
	buf_wipe(&text);
	return k;
}

static void
on_piece(void *arg, struct str bytes)
{
	dk_sign_put(arg, bytes);
}

static int
sign(const struct dk_selector *sel, const char *path, struct err *e)
{
	struct dk_sign *s = dk_sign_new(sel, 1, clock_now());
	struct buf fields;
	int r = msgfile_read(path, on_piece, s, e);

	buf_init(&fields, LIM_DKIM_HEADER);
	if (r == 0 && (r = dk_sign_finish(s, &fields, e)) == 0)
		fwrite(buf_str(&fields).p, 1, fields.n, stdout);
	buf_done(&fields);
	dk_sign_free(&s);
	return r;
}

int
cmd_dkim_sign(struct mox *m, int argc, char **argv)
{
	struct dk_selector sel = { .header_relaxed = true, .body_relaxed = true, .oversign = true };
	struct err e = ERR_INIT;
	struct dk_key *k;
	int r;

	if (mox_args(m, &argc, &argv, NULL, 0, 3, 4) < 0)
		return MOX_USAGE;
	if ((k = read_key(argv[2], &e)) == NULL)
		return mox_fail(&e);
	sel.key = k;
	sel.selector = str_c(argv[0]);
	sel.domain = str_c(argv[1]);
	r = sign(&sel, argc > 3 ? argv[3] : "-", &e);
	dk_key_free(&k);
	return r < 0 ? mox_fail(&e) : MOX_OK;
}
