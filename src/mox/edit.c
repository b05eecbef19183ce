/* An edit of domains.conf: see edit.h. */
#include "edit.h"

#include <stdio.h>

#include "base/mem.h"
#include "config/config.h"
#include "config/edit.h"
#include "ctl.h"
#include "ipc/msg_ctl.h"

enum { EDIT_ARGS = 16 };

/* Does a master run with this configuration's data; -1 when that can't be told. */
static int
is_running(const struct mox *m, struct err *e)
{
	char data_dir[LIM_PATH];
	struct buf out;
	int r;

	if (mox_data_dir(m, data_dir, e) < 0)
		return -1;
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

int
mox_edit(struct mox *m, const char *verb, const struct str *args, size_t nargs)
{
	struct str all[EDIT_ARGS];
	struct err e = ERR_INIT;
	int running = is_running(m, &e), r;

	if (running < 0)
		return mox_fail(&e);
	if (running) {
		all[0] = str_c(verb);
		for (size_t i = 0; i < nargs && i + 1 < ARRAY_LEN(all); i++)
			all[i + 1] = args[i];
		r = mox_ctl(m, ROLE_MASTER, "edit", all, (unsigned)nargs + 1);
		if (r == MOX_OK)
			puts("domains.conf is changed, and in force");
		return r;
	}
	if (config_edit_files(str_c(verb), args, nargs, m->config, &e) < 0)
		return mox_fail(&e);
	puts("domains.conf is changed; mox is not running, so this takes effect when it starts");
	return MOX_OK;
}
