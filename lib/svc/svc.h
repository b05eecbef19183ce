/*
 * The skeleton of every daemon: main() is a table of hooks handed to svc_main. svc owns arguments,
 * the control channel to master, dropping privileges, the sandbox, preforking, configuration,
 * channels to peers, listening sockets, drain and stop. A daemon's code starts in its hooks.
 *
 * Order in the parent: control channel, chroot, groups and user, proof that root is gone,
 * no_new_privs, empty capabilities, Landlock, seccomp; then it forks workers as master asks and
 * never reads anything else. Order in a worker: its own control channel, `start` hook once
 * configuration, files, listeners and channels of the first round are there, CTL_READY, loop.
 */
#ifndef MOX_SVC_SVC_H
#define MOX_SVC_SVC_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/log.h"
#include "base/proc.h"
#include "event/loop.h"
#include "ipc/ipc.h"

struct svc;
struct config;

/* Files that master opens for a role. Content is read by the role; the number tells which one. */
enum svc_file {
	SVC_FILE_MASTER_KEY, /* authd: 32 bytes */
	SVC_FILE_TLS_KEY,  /* acmekey: PEM; num counts all KeyCerts of the configuration in order */
	SVC_FILE_TLS_CERT, /* acmekey, smtpd, imapd: PEM chain; num likewise */
	SVC_FILE_DKIM_KEY, /* queued: PrivateKeyFile, PEM or sealed; num counts all Selectors of all
			      Domains in order */
	SVC_FILE_RESOLV_CONF,	 /* remote: /etc/resolv.conf */
	SVC_FILE_ADMIN_PASSWORD, /* authd: AdminPasswordFile; absent when there is none */
	SVC_FILE_COUNT
};

struct svc_listener {
	enum service service;
	int fd;
	struct str listener; /* name of the listener in mox.conf */
	struct sockaddr_storage addr;
};

struct svc_ops {
	enum role role;
	const struct ipc_op *ops; /* requests that this role accepts; their ctx is the struct svc */
	unsigned nops;
	/* In the worker, sandboxed, everything at hand, before the first event. -1 ends the worker.
	 */
	int (*start)(struct svc *s, struct err *e);
	/* A connection; fd is the callee's, non-blocking, TCP_NODELAY. */
	void (*accepted)(struct svc *s, const struct svc_listener *l, int fd,
			 const struct sockaddr_storage *peer);
	/* A channel to or from a peer is there, or is gone (pending calls have failed). May be
	 * NULL. Those of the first round are up already in `start`, and are told right after it. */
	void (*peer_up)(struct svc *s, struct ipc_chan *c);
	void (*peer_down)(struct svc *s, enum role role, unsigned num);
	/* The new configuration is in force (svc_config); files may have changed. May be NULL. */
	void (*reload)(struct svc *s);
	/* No more connections will come; finish what there is, then call svc_drained. NULL: at
	 * once. */
	void (*drain)(struct svc *s);
	/* A command from `mox` by way of master: answer by svc_admin_reply, now or later. NULL:
	 * none. */
	void (*admin)(struct svc *s, struct ipc_req *req, struct str verb, const struct str *args,
		      unsigned nargs);
};

/* Does not return to main before the process ends; the value is the exit status. */
int svc_main(int argc, char **argv, const struct svc_ops *ops);

struct loop *svc_loop(struct svc *s);
/* The configuration as filtered for this role. Valid until the reload hook returns the next time;
 * do not keep pointers into it across reloads. */
const struct config *svc_config(const struct svc *s);
unsigned svc_worker(const struct svc *s);		/* own number, from 0 */
unsigned svc_workers(const struct svc *s, enum role r); /* how many of a role are configured */
bool svc_is_localserve(const struct svc *s);
/* Name of this run of master: random. Who restarts within it finds the same peers. */
uint64_t svc_run(const struct svc *s);
/* Hooks' own state. */
void svc_set_data(struct svc *s, void *data);
void *svc_data(const struct svc *s);
/* Channel to call worker `num` of a role; NULL while it is down (ipc_call takes NULL). */
struct ipc_chan *svc_peer(struct svc *s, enum role r, unsigned num);
/* Any live worker of the role, in turn; NULL when there is none. */
struct ipc_chan *svc_peer_any(struct svc *s, enum role r);
/* Likewise, but for callers that would rather wait a moment than fail: while the worker is being
 * restarted, a channel on which calls wait for it (ipc_chan_new_waiting). NULL only for workers
 * that are not configured or that this role may not call. Ask anew for every call. */
struct ipc_chan *svc_reach(struct svc *s, enum role r, unsigned num);
struct ipc_chan *svc_reach_any(struct svc *s, enum role r);
/* The deliverd worker that owns an account: hash(account) mod workers, fixed while master runs. */
unsigned svc_account_owner(const struct svc *s, struct str account);
unsigned svc_hash_owner(struct str account, unsigned workers);
/* Directory descriptors opened before the sandbox, by role: DataDir for authd ("auth"), deliverd
 * and imapd ("accounts", "log"), queued ("queue"), "tmp" for SB_SPOOL. -1 when the role has none of
 * that name. */
int svc_dir(const struct svc *s, const char *name);
const char *svc_data_dir(const struct svc *s);
/* A file that master opened; rewound; still svc's. -1 when absent. */
int svc_file(const struct svc *s, enum svc_file kind, unsigned num);
/* True after drain was asked for. */
bool svc_is_draining(const struct svc *s);
void svc_drained(struct svc *s);
/* Stop taking connections for a while (descriptors or memory are short), or again. */
void svc_accept_pause(struct svc *s, bool pause);
/* Answer of an admin command: text for the terminal; e NULL for success. */
void svc_admin_reply(struct ipc_req **req, struct str text, const struct err *e);
/* Ask master to kill a peer worker that misbehaves (holds a lock). */
void svc_complain(struct svc *s, pid_t pid, const char *why);

#endif
