/* What the files of svc share. */
#ifndef MOX_SVC_SVC_INT_H
#define MOX_SVC_SVC_INT_H

#include "base/limits.h"
#include "svc/confine.h"
#include "svc/svc.h"

enum { SVC_CTL_FD = 3, SVC_DIRS = 4 };

struct svc_open_file {
	enum svc_file kind;
	unsigned num;
	int fd;
};

/* A set of files from master; `n` at most LIM_SVC_FILES. */
struct svc_files {
	struct svc_open_file *v;
	unsigned n;
};

struct svc_accept {
	struct svc *s;
	struct svc_listener l;
	char name[256];
	struct loop_io *io;
};

struct svc {
	const struct svc_ops *ops;
	const struct proc *proc;
	/* from CTL_START */
	bool localserve;
	uint64_t run;
	uint32_t uid, gid, read_gid;
	char data_dir[LIM_PATH]; /* as this process sees it */
	char tmp[64];		 /* directory below DataDir/tmp */
	unsigned workers[ROLE_COUNT];
	struct svc_dir dirs[SVC_DIRS];
	unsigned ndirs;
	/* a worker's own */
	unsigned num;
	struct loop *l;
	struct ipc_chan *ctl;
	struct config *config;
	void *data;
	struct ipc_chan *peers[ROLE_COUNT][LIM_WORKERS];
	struct ipc_chan *waiting[ROLE_COUNT][LIM_WORKERS]; /* svc_reach; NULL mostly */
	unsigned turn[ROLE_COUNT];			   /* svc_peer_any */
	struct svc_accept **accepts;
	unsigned naccepts;
	struct svc_files files, next_files;
	struct loop_timer *resume, *bye;
	bool started, draining, paused, short_of_fds;
};

/* main.c */
void svc_ignore_signals(void);

/* drop.c: become the role's user in its root directory, for good. In localserve only what needs no
 * root. */
int svc_drop(struct svc *s, struct err *e) __attribute__((warn_unused_result));
int svc_open_dirs(struct svc *s, struct err *e) __attribute__((warn_unused_result));
/* parent.c: serve master until it is gone; returns only in a new worker, with its control socket.
 */
int svc_parent(struct svc *s);

/* worker.c */
int svc_worker_run(struct svc *s, int ctl);

/* accept.c */
void svc_listen(struct svc *s, enum service service, struct str listener, int fd);
void svc_accept_update(struct svc *s);
void svc_listen_close(struct svc *s);

#endif
