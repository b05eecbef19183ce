/*
 * The control socket: DataDir/ctl, for root, or in localserve for the user who runs it. `mox` asks,
 * master answers or relays to a daemon.
 *
 * Verbs of master itself (role ROLE_MASTER):
 *   status                     the table of processes, listeners
 *   stop                       answered at once; the socket goes away when all has ended
 *   reload                     answered when the new configuration is in force
 *   loglevels [level [pkg]]    show, or set until the next reload or restart
 *   setadminpassword password  hashed by authd, written to AdminPasswordFile, in force
 *   edit verb [arg ...]        an edit of domains.conf (config/edit.h), checked, written, in force
 * With another role the verb goes to worker 0 of that role, to its admin hook.
 */
#ifndef MOX_MASTER_CTL_H
#define MOX_MASTER_CTL_H

#include "base/buf.h"
#include "base/err.h"
#include "base/proc.h"
#include "ipc/ipc.h"

/* Master's side: answer a command; text for the terminal, or an error. */
void ctl_reply(struct ipc_req **req, struct str text, const struct err *e);

/* The client, for `mox`. Ask master, or a role by way of it, and wait for the answer (ms 0: a
 * minute). The content of in_fd (-1: none) becomes one more argument behind `args`. -1 with
 * EC_NOTFOUND when no master runs with this data directory; otherwise what it says. */
int ctl_call(const char *data_dir, enum role role, const char *verb, const struct str *args,
	     unsigned nargs, int in_fd, int64_t ms, struct buf *out, struct err *e)
	__attribute__((warn_unused_result));
/* Does a master answer for this data directory? */
bool ctl_is_running(const char *data_dir);

#endif
