/* An edit of domains.conf: see edit.h. */
#include "edit.h"

#include <stdio.h>

#include "base/mem.h"
#include "config/config.h"
#include "config/edit.h"
#include "ipc/msg_ctl.h"
#include "src/master/ctl.h"

enum { EDIT_ARGS = 8 };

/* Does a master run with this configuration's data; -1 when that can't be told. */
static int
is_running(const char *data_dir, struct err *e)
{
	struct buf out;
	int r;

	buf_init(&out, LIM_CTL_TEXT);
	r = ctl_call(data_dir, ROLE_MASTER, "status", NULL, 0, -1, 0, &out, e);
	buf_done(&out);
	if (r == 0)
		return 1;
	if (e->code != EC_NOTFOUND)
		return -1;
	err_clear(e);
	return 0;
}

static int
edit_running(const char *data_dir, const char *verb, const struct str *args, size_t nargs,
	     struct err *e)
{
	struct str all[EDIT_ARGS];
	struct buf out;
	int r;

	all[0] = str_c(verb);
	for (size_t i = 0; i < nargs && i + 1 < ARRAY_LEN(all); i++)
		all[i + 1] = args[i];
	buf_init(&out, LIM_CTL_TEXT);
	r = ctl_call(data_dir, ROLE_MASTER, "edit", all, (unsigned)nargs + 1, -1, 0, &out, e);
	if (r == 0)
		fwrite(buf_str(&out).p, 1, out.n, stdout);
	buf_done(&out);
	return r;
}

int
mox_edit(struct mox *m, const char *verb, const struct str *args, size_t nargs)
{
	struct config *c = mox_load_config(m);
	char data_dir[LIM_PATH];
	struct err e = ERR_INIT;
	int running = -1, r;

	if (c == NULL)
		return MOX_FAIL;
	if (config_path(c, c->mox.data_dir, data_dir, &e) == 0)
		running = is_running(data_dir, &e);
	config_free(&c);
	if (running < 0)
		return mox_fail(&e);
	if (running) {
		r = edit_running(data_dir, verb, args, nargs, &e);
	} else {
		r = config_edit_files(str_c(verb), args, nargs, m->config, &e);
		if (r == 0)
			puts("domains.conf is changed; mox is not running, so this takes "
			     "effect when it starts");
	}
	return r < 0 ? mox_fail(&e) : MOX_OK;
}
