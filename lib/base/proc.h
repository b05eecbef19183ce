/*
 * The process table (procs.def) as data. Data only: nothing here starts or checks anything.
 */
#ifndef MOX_BASE_PROC_H
#define MOX_BASE_PROC_H

#include <stdint.h>

#include "base/str.h"

/* clang-format off */
enum role {
	ROLE_MASTER = 0, /* not a row: the supervisor itself */
#define PROC(ID, ...) ROLE_##ID,
#include "base/procs.def"
#undef PROC
	ROLE_COUNT
};
/* clang-format on */

/* Listening services; the column "services" of procs.def is a mask of 1 << these. */
#define SERVICES(X)                                                                                \
	X(SMTP, "smtp", 25)                                                                        \
	X(SUBMISSION, "submission", 587)                                                           \
	X(SUBMISSIONS, "submissions", 465)                                                         \
	X(IMAP, "imap", 143)                                                                       \
	X(IMAPS, "imaps", 993)

/* clang-format off */
enum service {
#define X(id, name, port) SERVICE_##id,
	SERVICES(X)
#undef X
	SERVICE_COUNT
};
/* clang-format on */

/* Sandbox needs, or-ed in procs.def. */
enum sandbox {
	SB_NOTHING = 0,		/* read, write, sendmsg, recvmsg on what it has, time, memory */
	SB_ACCEPT = 1 << 0,	/* accept on inherited sockets */
	SB_STORE_READ = 1 << 1, /* open files below DataDir/accounts read-only, inotify there */
	/* create, write, sync, delete below DataDir/accounts and DataDir/log */
	SB_STORE_WRITE = 1 << 2,
	SB_AUTH_WRITE = 1 << 3,	 /* likewise below DataDir/auth */
	SB_SPOOL = 1 << 4,	 /* unlinked temporary files below DataDir/tmp/<user> */
	SB_CONNECT = 1 << 5,	 /* connect out */
	SB_QUEUE_WRITE = 1 << 6, /* create, write, sync, delete below DataDir/queue */
};

#define ROLE_BIT(r) (1u << (r))

struct proc {
	enum role role;
	const char *name, *program, *arg, *user;
	uint32_t services; /* mask of 1 << enum service */
	uint32_t calls;	   /* mask of ROLE_BIT */
	uint32_t sandbox;
	int workers;
};

/* The row of a role; NULL for ROLE_MASTER and numbers out of range. */
const struct proc *proc_get(enum role r);
/* "master" too; "?" for numbers out of range. */
const char *role_name(unsigned r);
/* Its opposite; ROLE_COUNT for an unknown name. These names are also those of packages in the log.
 */
enum role role_find(struct str name);
const char *service_name(enum service s);
unsigned service_port(enum service s);

#endif
