/* A kernel without Landlock: this stands for landlock.c of svc. */
#include "svc/confine.h"

int
svc_landlock(uint32_t sandbox, const struct svc_dir *dirs, unsigned ndirs, int *abi, struct err *e)
{
	(void)sandbox;
	(void)dirs;
	(void)ndirs;
	(void)e;
	*abi = 0;
	return 0;
}
