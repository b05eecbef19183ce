/*
 * The supervisor. It opens what needs root, starts the daemons of procs.def, hands out descriptors,
 * and restarts what dies. It parses no byte of the network and no configuration: that is done by a
 * child without rights (conf_child.c).
 *
 * A daemon is a parent process and its workers:
 *
 *   parent: DOWN -> UP (forked by us; forks workers when asked)
 *   worker: DOWN -> ASKED (the parent is to fork it) -> BORN (pid known, channels handed out)
 *           -> GOING (start hook runs) -> READY -> DOWN
 *
 * At the first start GO waits until every worker is born or has failed once, so that channels of
 * the whole round are there.
 */
#ifndef MOX_MASTER_MASTER_H
#define MOX_MASTER_MASTER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/proc.h"
#include "event/loop.h"
#include "ipc/ipc.h"

struct master;
struct daemon;
struct ctl_op;
struct msg_ctl_admin;

/* ---- configuration as master knows it: what the child found (conf.c) ---- */

struct mconf_listen {
	enum service service;
	char name[256];
	char ip[64];
	unsigned port;
	int fd; /* -1 until opened */
};
struct mconf_cert {
	char cert[LIM_PATH], key[LIM_PATH];
};
struct mconf {
	char data_dir[LIM_PATH];
	char user[64];
	struct mconf_listen *listen;
	unsigned nlisten;
	struct mconf_cert *certs;
	unsigned ncerts;
	char admin_file[LIM_PATH];    /* AdminPasswordFile; "" */
	struct buf dkim_keys;	      /* S(path) of every selector, in order */
	int text[ROLE_COUNT];	      /* sealed memfds for workers; -1 */
	unsigned workers[ROLE_COUNT]; /* 0: default */
	struct buf mox, domains;      /* the files as read */
	struct buf edited;	      /* an edit's new domains.conf, when has_edit */
	bool has_edit;
	struct buf restart; /* keys that changed and need a restart, a line each */
	struct buf levels;  /* pairs of S(pkg), S(level); pkg "" is the default */
};
void mconf_init(struct mconf *c);
void mconf_done(struct mconf *c);
/* An edit of domains.conf to be tried: see ctl.h. */
struct mconf_edit {
	struct str verb;
	struct str args; /* packed S() */
};
/* Read and check both files in the child. `old` (may be NULL) is compared; `edit` (may be NULL) is
 * applied. -1 with the child's message. */
int mconf_load(struct master *m, struct mconf *c, const struct mconf *old,
	       const struct mconf_edit *edit, struct err *e) __attribute__((warn_unused_result));
/* The child's side: parse, and append the result to `out`; conf_child.c. */
struct conf_input {
	const char *mox_name, *domains_name;
	struct str mox, domains, old_mox, old_domains;
	bool has_old;
	const struct mconf_edit *edit;
};
void conf_child_run(const struct conf_input *in, struct buf *out);
/* Records of that result. */
enum conf_rec {
	CONF_ERROR = 1, /* S(message) */
	CONF_DIR,	/* S(data_dir) S(user) */
	CONF_LISTEN,	/* U(1) service, S(listener), S(ip), U(2) port */
	CONF_CERT,	/* S(cert) S(key) */
	CONF_ADMIN,	/* S(AdminPasswordFile) */
	CONF_DKIM,	/* S(key) */
	CONF_ROLE,	/* U(1) role, U(4) workers, S(text) */
	CONF_LEVEL,	/* S(pkg) S(level) */
	CONF_RESTART,	/* S(keys) */
	CONF_EDITED,	/* S(domains.conf) */
	CONF_END,
};
void mconf_apply_levels(const struct mconf *c);

/* ---- processes ---- */

enum wstate { W_DOWN, W_ASKED, W_BORN, W_GOING, W_READY };
const char *wstate_name(enum wstate s);

/* When to try again: at once, then growing; forgotten after a minute of life. */
struct backoff {
	int64_t born_at, next_ms;
	unsigned restarts;
	struct loop_timer *timer;
};
/* The delay after a death now. */
int64_t backoff_died(struct backoff *b, int64_t now);

struct worker {
	struct daemon *d;
	unsigned num;
	enum wstate state;
	pid_t pid;
	struct ipc_chan *chan;
	struct backoff back;
	bool tried;	      /* was born or failed once */
	char last_error[200]; /* why it went last */
	bool killed;	      /* we asked for its death */
	uint64_t spawn_call, config_call, alive_call;
};

struct daemon {
	struct master *m;
	const struct proc *proc;
	uid_t uid;
	gid_t gid;
	char user[96];
	pid_t pid; /* 0: down */
	struct ipc_chan *chan;
	struct backoff back;
	struct worker w[LIM_WORKERS];
	unsigned n;
	char last_error[200];
};

struct reload_job;

struct master {
	char conf_path[LIM_PATH], domains_path[LIM_PATH], conf_dir[LIM_PATH];
	char bin_dir[LIM_PATH];
	char **argv;
	bool localserve;
	uid_t uid;
	gid_t read_gid;
	uint64_t run; /* name of this run, random */
	struct loop *l;
	struct mconf conf;
	struct daemon d[ROLE_COUNT]; /* from ROLE_MASTER + 1 */
	bool round_over;	     /* the first GO was given */
	bool was_ready, is_ready;
	bool stopping, reexec, levels_set;
	unsigned stage;
	struct loop_timer *stop_timer, *alive_timer, *watchdog_timer;
	int lock_fd, ctl_fd, data_fd, ready_fd;
	struct loop_io *ctl_io;
	int64_t started, stop_at;
	struct reload_job *job;	    /* a reload under way */
	int status;		    /* exit status */
	int old_fds[LIM_LISTENERS]; /* inherited over a re-exec */
	unsigned nold;
};

/* ---- layout.c: users, DataDir, master.key, lock ---- */
int layout_users(struct master *m, struct err *e) __attribute__((warn_unused_result));
int layout_make(struct master *m, struct err *e) __attribute__((warn_unused_result));
int layout_lock(struct master *m, struct err *e) __attribute__((warn_unused_result));

/* ---- listen.c ---- */
int listen_open_all(struct master *m, struct err *e) __attribute__((warn_unused_result));
int listen_open_file(const char *path, struct err *e) __attribute__((warn_unused_result));

/* ---- files.c ---- */
/* Certificates and keys can be opened and fit: asked before a configuration is taken. */
int files_check(struct master *m, const struct mconf *c, struct err *e)
	__attribute__((warn_unused_result));

/* ---- child.c ---- */
typedef void child_fn(void *arg, struct buf *out);
/* Run `fn` in a child without rights, after `prepare` (may be NULL) with those that we have, and
 * append to `result` what they append to `out`. Their other changes stay in the child. Waits. */
int child_run(struct master *m, child_fn *prepare, child_fn *fn, void *arg, struct buf *result,
	      struct err *e) __attribute__((warn_unused_result));

/* ---- daemon.c ---- */
void daemons_init(struct master *m);
void daemons_start(struct master *m);
void daemon_start(struct daemon *d);
void daemons_reap(struct master *m);
void daemon_kill(struct daemon *d);

/* ---- worker.c ---- */
void worker_start(struct worker *w);
/* It ended: release what it had; start it again unless we are stopping. */
void worker_gone(struct worker *w, const char *why);
void worker_kill(struct worker *w, const char *why);
void workers_check_round(struct master *m);
void workers_check_alive(struct master *m);

/* ---- feed.c: descriptors and configuration to a worker ---- */
void feed_files(struct worker *w);
void feed_listeners(struct worker *w);
void feed_peers(struct worker *w);
void feed_levels(struct worker *w);
uint64_t feed_config(struct worker *w, ipc_answer *fn, void *arg);

/* ---- reload.c ---- */
/* Load and check, then hand out. `req` (may be NULL) is answered at the end. */
void reload_start(struct master *m, struct ipc_req *req, const struct mconf_edit *edit);

/* ---- stop.c ---- */
void stop_start(struct master *m);
/* Something ended: go on to the next stage when this one is through. */
void stop_step(struct master *m);

/* ---- ctl.c, status.c ---- */
int ctl_listen(struct master *m, struct err *e) __attribute__((warn_unused_result));
void ctl_close(struct master *m);
/* An admin command to worker 0 of a role, which may be starting; fn is called once, as by ipc_call.
 */
void ctl_relay(struct master *m, enum role role, const struct msg_ctl_admin *a, ipc_answer *fn,
	       void *arg);
void status_print(struct master *m, struct buf *out);

/* ---- adminpw.c ---- */
/* authd makes the hash, we write it to AdminPasswordFile, authd gets that file. `args`:
 * S(password). */
void adminpw_set(struct master *m, struct ipc_req *req, struct str args);

/* ---- notify.c: sd_notify(3) by hand, and the pipe of mox localserve ---- */
void notify_send(const char *text);
void notify_ready(struct master *m);
void notify_reloading(void);
/* Milliseconds between WATCHDOG=1, 0 for none. */
int64_t notify_watchdog_ms(void);

extern const struct log_ctx master_log;

#endif
