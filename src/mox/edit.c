/* An edit of domains.conf: see edit.h. */
#include "edit.h"

#include <stdio.h>

#include "config/config.h"
#include "config/edit.h"

int
mox_edit(struct mox *m, const char *verb, const struct str *args, size_t nargs)
{
	struct err e = ERR_INIT;

	if (config_edit_files(str_c(verb), args, nargs, m->config, &e) < 0)
		return mox_fail(&e);
	puts("domains.conf is changed; mox is not running, so this takes effect when it starts");
	return MOX_OK;
}
