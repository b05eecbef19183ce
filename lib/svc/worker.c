/*
 * A worker: its channel to master, the round of descriptors before the start hook, then the loop.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/config.h"
#include "ipc/msg_ctl.h"
#include "svc/svc_int.h"

/* ---- peers ---- */

static void
peer_drop(struct svc *s, enum role role, unsigned num)
{
	if (s->peers[role][num] == NULL)
		return;
	ipc_chan_free(&s->peers[role][num]);
	if (s->started && s->ops->peer_down != NULL)
		s->ops->peer_down(s, role, num);
}

static void
on_peer_close(void *ctx, struct ipc_chan *c)
{
	struct svc *s = ctx;

	if (s->peers[ipc_chan_role(c)][ipc_chan_num(c)] == c)
		peer_drop(s, ipc_chan_role(c), ipc_chan_num(c));
}

static bool
on_peer(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct svc *s = ctx;
	struct msg_ctl_peer p;
	struct ipc_chan *c;

	if (!msg_ctl_peer_get(m->body, &p) || p.role == ROLE_MASTER || p.role >= ROLE_COUNT ||
	    p.num >= LIM_WORKERS)
		return false;
	peer_drop(s, (enum role)p.role, (unsigned)p.num);
	c = ipc_chan_new(s->l, ipc_msg_take_fd(m, 0), (enum role)p.role, (unsigned)p.num,
			 s->ops->ops, s->ops->nops, s, on_peer_close);
	s->peers[p.role][p.num] = c;
	/* No handler may run before the start hook has made what handlers work on. */
	ipc_chan_hold(c, !s->started);
	ipc_chan_adopt(c, &s->waiting[p.role][p.num]);
	if (s->started && s->ops->peer_up != NULL)
		s->ops->peer_up(s, c);
	ipc_reply(&req, STR(""), NULL, 0);
	return true;
}

static bool
on_listen(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct svc *s = ctx;
	struct msg_ctl_listen l;

	if (!msg_ctl_listen_get(m->body, &l) || l.service >= SERVICE_COUNT ||
	    s->ops->accepted == NULL)
		return false;
	svc_listen(s, (enum service)l.service, l.listener, ipc_msg_take_fd(m, 0));
	ipc_reply(&req, STR(""), NULL, 0);
	return true;
}

/* ---- files and configuration ---- */

static void
files_close(struct svc_files *f)
{
	for (unsigned i = 0; i < f->n; i++)
		close(f->v[i].fd);
	mem_free(f->v);
	f->v = NULL;
	f->n = 0;
}

static bool
on_file(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct svc *s = ctx;
	struct svc_files *n = &s->next_files;
	struct msg_ctl_file f;

	if (!msg_ctl_file_get(m->body, &f) || f.kind >= SVC_FILE_COUNT || n->n >= LIM_SVC_FILES)
		return false;
	n->v = mem_resize(n->v, n->n + 1, sizeof(*n->v));
	n->v[n->n++] = (struct svc_open_file){ (enum svc_file)f.kind, (unsigned)f.num,
					       ipc_msg_take_fd(m, 0) };
	ipc_reply(&req, STR(""), NULL, 0);
	return true;
}

static int
read_all(int fd, uint64_t size, struct buf *b, struct err *e)
{
	ssize_t r;
	char *p;

	p = buf_reserve(b, size + 1);
	if (p == NULL)
		return err_set(e, EC_LIMIT, "configuration is too large");
	for (uint64_t off = 0; off < size; off += (uint64_t)r) {
		r = pread(fd, p + off, size - off, (off_t)off);
		if (r <= 0)
			return err_sys(e, EC_IO, r < 0 ? errno : 0, "reading the configuration");
	}
	buf_commit(b, size);
	return 0;
}

static int
reload(struct svc *s, int fd, struct err *e)
{
	struct config *next = NULL, *old = s->config;
	struct svc_files old_files = s->files;
	struct buf b;
	uint64_t size;
	int r = -1;

	buf_init(&b, LIM_CONFIG);
	if (!ipc_fd_is_message(fd, false, &size))
		err_set(e, EC_BUG, "configuration is not sealed");
	else if (read_all(fd, size, &b, e) == 0)
		r = config_parse(&next, buf_str(&b), e);
	buf_done(&b);
	if (r < 0) {
		files_close(&s->next_files);
		return -1;
	}
	s->config = next;
	s->files = s->next_files;
	s->next_files = (struct svc_files){ NULL, 0 };
	log_reset_levels();
	config_apply_log_levels(next);
	if (s->started && s->ops->reload != NULL)
		s->ops->reload(s);
	files_close(&old_files);
	config_free(&old);
	return 0;
}

static bool
on_reload(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct svc *s = ctx;
	struct err e = ERR_INIT;

	if (m->body.n != 0)
		return false;
	if (reload(s, m->fds[0], &e) < 0)
		ipc_reply_err(&req, &e);
	else
		ipc_reply(&req, STR(""), NULL, 0);
	return true;
}

/* ---- life ---- */

static void
send_ready(struct svc *s, const char *error)
{
	struct msg_ctl_ready m = { .error = str_sub(str_c(error), 0, 200) };
	struct buf b;

	buf_init(&b, LIM_IPC_BODY);
	msg_ctl_ready_put(&b, &m);
	ipc_notify(s->ctl, IPC_CTL_READY, buf_str(&b), NULL, 0);
	buf_done(&b);
}

static bool
on_go(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct svc *s = ctx;
	struct err e = ERR_INIT;

	if (m->body.n != 0 || s->started || s->config == NULL)
		return false;
	ipc_reply(&req, STR(""), NULL, 0);
	if (s->ops->start != NULL && s->ops->start(s, &e) < 0) {
		LOG(NULL, LOG_ERROR, "svc.start.failed", LF(worker, s->num), LF(err, &e));
		send_ready(s, e.msg[0] != '\0' ? e.msg : "start failed");
		_exit(1);
	}
	s->started = true;
	for (unsigned r = 0; r < ROLE_COUNT; r++)
		for (unsigned i = 0; i < LIM_WORKERS; i++) {
			if (s->peers[r][i] == NULL)
				continue;
			ipc_chan_hold(s->peers[r][i], false);
			if (s->ops->peer_up != NULL)
				s->ops->peer_up(s, s->peers[r][i]);
		}
	svc_accept_update(s);
	LOG(NULL, LOG_DEBUG, "svc.worker.ready", LF(worker, s->num), LF(pid, (int)getpid()));
	send_ready(s, "");
	return true;
}

static bool
on_alive(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	(void)ctx;
	if (m->body.n != 0)
		return false;
	ipc_reply(&req, STR(""), NULL, 0);
	return true;
}

static bool
on_drain(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct svc *s = ctx;

	if (m->body.n != 0)
		return false;
	ipc_reply(&req, STR(""), NULL, 0);
	if (s->draining)
		return true;
	s->draining = true;
	svc_listen_close(s);
	if (s->ops->drain != NULL && s->started)
		s->ops->drain(s);
	else
		svc_drained(s);
	return true;
}

static bool
on_loglevel(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct svc *s = ctx;
	struct msg_ctl_loglevel l;
	enum log_level level;
	char pkg[65];

	if (!msg_ctl_loglevel_get(m->body, &l) || str_to_c(l.pkg, pkg, sizeof(pkg)) < 0)
		return false;
	if (l.level.n == 0) {
		log_reset_levels();
		config_apply_log_levels(s->config);
	} else if (log_level_parse(l.level, &level) < 0) {
		return false;
	} else {
		log_set_level(pkg[0] != '\0' ? pkg : NULL, level);
	}
	ipc_reply(&req, STR(""), NULL, 0);
	return true;
}

static bool
on_admin(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct svc *s = ctx;
	struct err e = ERR_INIT;
	struct msg_ctl_admin a;
	struct str args[LIM_ADMIN_ARGS];
	unsigned n = 0;
	struct rd r;

	if (!msg_ctl_admin_get(m->body, &a))
		return false;
	for (r = rd_init(a.args); rd_more(&r) && n < LIM_ADMIN_ARGS; n++)
		args[n] = rd_str(&r, LIM_CTL_TEXT);
	if (!rd_done(&r))
		return false;
	if (s->ops->admin == NULL || !s->started) {
		err_set(&e, EC_NOTFOUND, "%s takes no commands", s->proc->name);
		ipc_reply_err(&req, &e);
		return true;
	}
	s->ops->admin(s, req, a.verb, args, n);
	return true;
}

#define M ROLE_BIT(ROLE_MASTER)
/* What a worker takes from master: type, from whom, descriptors, handler. */
static const struct ipc_op ctl_ops[] = {
	{ IPC_CTL_PEER, M, 1, 1, on_peer },   { IPC_CTL_LISTEN, M, 1, 1, on_listen },
	{ IPC_CTL_FILE, M, 1, 1, on_file },   { IPC_CTL_RELOAD, M, 1, 1, on_reload },
	{ IPC_CTL_GO, M, 0, 0, on_go },	      { IPC_CTL_ALIVE, M, 0, 0, on_alive },
	{ IPC_CTL_DRAIN, M, 0, 0, on_drain }, { IPC_CTL_LOGLEVEL, M, 0, 0, on_loglevel },
	{ IPC_CTL_ADMIN, M, 0, 0, on_admin },
};
#undef M

static void
on_master_close(void *ctx, struct ipc_chan *c)
{
	struct svc *s = ctx;

	(void)c;
	loop_stop(s->l);
}

int
svc_worker_run(struct svc *s, int ctl)
{
	struct err e = ERR_INIT;

	if (svc_limits(true, &e) < 0 || svc_seccomp(s->proc->sandbox, false, &e) < 0) {
		LOG(NULL, LOG_ERROR, "svc.worker.failed", LF(worker, s->num), LF(err, &e));
		return 1;
	}
	s->l = loop_new();
	if (s->l == NULL) {
		LOG(NULL, LOG_ERROR, "svc.worker.failed", LF(worker, s->num),
		    LF(reason, "no event loop"));
		return 1;
	}
	s->ctl = ipc_chan_new(s->l, ctl, ROLE_MASTER, 0, ctl_ops, ARRAY_LEN(ctl_ops), s,
			      on_master_close);
	loop_run(s->l);
	return 0;
}
