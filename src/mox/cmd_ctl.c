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

static int
ask_master(struct mox *m, int argc, char **argv, const char *verb, int max)
{
	struct str args[2];

	if (mox_args(m, &argc, &argv, NULL, 0, 0, max) < 0)
		return MOX_USAGE;
	for (int i = 0; i < argc; i++)
		args[i] = str_c(argv[i]);
	return mox_ctl(m, ROLE_MASTER, verb, args, (unsigned)argc);
}

#define CTL(fn, verb, max)                                                                         \
	int fn(struct mox *m, int argc, char **argv)                                               \
	{                                                                                          \
		return ask_master(m, argc, argv, verb, max);                                       \
	}
CTL(cmd_status, "status", 0)
CTL(cmd_stop, "stop", 0)
CTL(cmd_reload, "reload", 0)
CTL(cmd_loglevels, "loglevels", 2)
