/*
 * Messages between master and the processes it supervises, on two kinds of channels: one to the
 * parent process of each daemon (START, SPAWN, EXIT), one to each worker (all others). Further
 * CTL_COMMAND, from `mox` on the control socket.
 *
 * Life of a worker: master asks the parent for it (SPAWN, with the worker's end of its channel),
 * then sends FILE, LISTEN, PEER as often as needed, RELOAD (the configuration) and GO; the worker
 * runs its start hook and answers with READY.
 */
#ifndef MOX_IPC_MSG_CTL_H
#define MOX_IPC_MSG_CTL_H

#include "ipc/ipc.h"

/* START, the first notification to a parent. uid and gid are 0 with CTL_LOCALSERVE: stay who you
 * are. `read_gid`: supplementary group for readers of the store. `workers`: U(4) for each role from
 * 0. `tmp`: name of the role user's directory below DataDir/tmp. `run`: random, another one at each
 * start of master. */
enum { CTL_LOCALSERVE = 1 };
#define MSG_CTL_START(U, S)                                                                        \
	U(1, role)                                                                                 \
	U(8, run)                                                                                  \
	U(4, flags) U(4, uid) U(4, gid) U(4, read_gid) S(data_dir, LIM_PATH - 64) S(tmp, 64)       \
		S(workers, 4 * ROLE_COUNT)
IPC_BODY(ctl_start, MSG_CTL_START)

/* SPAWN, a call to a parent: fork worker `num`; descriptor 0 is its channel. Answer: its pid. */
#define MSG_CTL_SPAWN(U, S) U(4, num)
IPC_BODY(ctl_spawn, MSG_CTL_SPAWN)
#define MSG_CTL_SPAWN_R(U, S) U(4, pid)
IPC_BODY(ctl_spawn_r, MSG_CTL_SPAWN_R)

/* EXIT, a notification from a parent: the worker ended, with the status of wait(2); to a parent:
 * kill it. */
#define MSG_CTL_EXIT(U, S) U(4, num) U(4, pid) U(4, status)
IPC_BODY(ctl_exit, MSG_CTL_EXIT)

/* PEER, a notification: descriptor 0 is a channel to that worker, in place of an earlier one. */
#define MSG_CTL_PEER(U, S) U(1, role) U(4, num)
IPC_BODY(ctl_peer, MSG_CTL_PEER)

/* LISTEN, a notification: descriptor 0 is a listening socket. */
#define MSG_CTL_LISTEN(U, S) U(1, service) S(listener, 256)
IPC_BODY(ctl_listen, MSG_CTL_LISTEN)

/* FILE, a notification: descriptor 0 is a file, for the RELOAD that follows. `kind`: enum svc_file.
 */
#define MSG_CTL_FILE(U, S) U(1, kind) U(4, num)
IPC_BODY(ctl_file, MSG_CTL_FILE)

/* RELOAD, a call: descriptor 0 is a sealed memfd with the configuration for this role; it and the
 * files since the last RELOAD are in force when the answer (empty) comes. */

/* GO, a notification: run the start hook. READY, its answer by notification; `error` "" when it
 * went well, else the worker ends. */
#define MSG_CTL_READY(U, S) S(error, 200)
IPC_BODY(ctl_ready, MSG_CTL_READY)

/* ALIVE, a call: still turning? Empty both ways. */

/* DRAIN, a notification: take nothing new, finish, end. */

/* LOGLEVEL, a call: `pkg` "" is the default level; `level` "" takes the levels of the
 * configuration. */
#define MSG_CTL_LOGLEVEL(U, S) S(pkg, 64) S(level, 16)
IPC_BODY(ctl_loglevel, MSG_CTL_LOGLEVEL)

/* ADMIN, a call: a command of the operator for this role. `args`: each S(). */
#define LIM_CTL_TEXT 64000
#define MSG_CTL_ADMIN(U, S) S(verb, 64) S(args, LIM_CTL_TEXT)
IPC_BODY(ctl_admin, MSG_CTL_ADMIN)
#define MSG_CTL_ADMIN_R(U, S) S(text, LIM_CTL_TEXT)
IPC_BODY(ctl_admin_r, MSG_CTL_ADMIN_R)

/* COMPLAIN, a notification to master: process `pid` harms us. */
#define MSG_CTL_COMPLAIN(U, S) U(4, pid) S(why, 200)
IPC_BODY(ctl_complain, MSG_CTL_COMPLAIN)

/* COMMAND, a call on the control socket: as ADMIN, to master itself or, with a role, relayed. The
 * answer is MSG_CTL_ADMIN_R. */
#define MSG_CTL_COMMAND(U, S) U(1, role) S(verb, 64) S(args, LIM_CTL_TEXT)
IPC_BODY(ctl_command, MSG_CTL_COMMAND)

#endif
