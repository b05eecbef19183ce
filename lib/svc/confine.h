/*
 * The parts of the sandbox, for svc itself, for the child in which master parses the configuration,
 * and for tests. Order: capabilities and no_new_privs, Landlock, seccomp.
 */
#ifndef MOX_SVC_CONFINE_H
#define MOX_SVC_CONFINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct svc_dir {
	const char *name; /* "auth", "accounts", "log" or "tmp" */
	int fd;
};

/* Take every capability away from this process, also from what it may execute. */
int svc_drop_caps(struct err *e) __attribute__((warn_unused_result));
/* No core files, all descriptors that the system allows; a worker may not fork. */
int svc_limits(bool worker, struct err *e) __attribute__((warn_unused_result));
/* Files by `sandbox` flags (base/proc.h), below the directories that belong to them. Needs
 * no_new_privs. *abi gets what the kernel has, 0 for none. */
int svc_landlock(uint32_t sandbox, const struct svc_dir *dirs, unsigned ndirs, int *abi,
		 struct err *e) __attribute__((warn_unused_result));
/* What this kernel has of it; 0: nothing. */
int svc_landlock_abi(void);
/* System calls by `sandbox` flags; a parent may also fork, wait and kill. A forbidden call is
 * logged and ends the process. Needs no_new_privs. */
int svc_seccomp(uint32_t sandbox, bool parent, struct err *e) __attribute__((warn_unused_result));

#endif
