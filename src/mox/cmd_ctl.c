/* mox serve, status, stop, reload, loglevels. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"

int
cmd_serve(struct mox *m, int argc, char **argv)
{
	struct err e = ERR_INIT;
	char path[LIM_PATH];
	char *args[] = { (char *)(uintptr_t) "moxmaster", (char *)(uintptr_t) "-c",
			 (char *)(uintptr_t)m->config, NULL };

	if (mox_args(m, &argc, &argv, NULL, 0, 0, 0) < 0)
		return MOX_USAGE;
	if (mox_program("moxmaster", path, &e) < 0)
		return mox_fail(&e);
	execv(path, args);
	return mox_failf("%s: %s", path, strerror(errno));
}

int
cmd_status(struct mox *m, int argc, char **argv)
{
	if (mox_args(m, &argc, &argv, NULL, 0, 0, 0) < 0)
		return MOX_USAGE;
	return mox_ctl(m, ROLE_MASTER, "status", NULL, 0);
}

int
cmd_stop(struct mox *m, int argc, char **argv)
{
	if (mox_args(m, &argc, &argv, NULL, 0, 0, 0) < 0)
		return MOX_USAGE;
	return mox_ctl(m, ROLE_MASTER, "stop", NULL, 0);
}

int
cmd_reload(struct mox *m, int argc, char **argv)
{
	if (mox_args(m, &argc, &argv, NULL, 0, 0, 0) < 0)
		return MOX_USAGE;
	return mox_ctl(m, ROLE_MASTER, "reload", NULL, 0);
}

int
cmd_loglevels(struct mox *m, int argc, char **argv)
{
	struct str args[2];

	if (mox_args(m, &argc, &argv, NULL, 0, 0, 2) < 0)
		return MOX_USAGE;
	for (int i = 0; i < argc; i++)
		args[i] = str_c(argv[i]);
	return mox_ctl(m, ROLE_MASTER, "loglevels", args, (unsigned)argc);
}
