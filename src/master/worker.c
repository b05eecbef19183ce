/* Workers: asked for, fed, watched, started again. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "ipc/msg_ctl.h"
#include "ipc/packet.h"
#include "master.h"

const char *
wstate_name(enum wstate s)
{
	static const char *const names[] = {
		[W_DOWN] = "down",	[W_ASKED] = "forking", [W_BORN] = "born",
		[W_GOING] = "starting", [W_READY] = "ready",
	};

	return names[s];
}

static void
check_ready(struct master *m)
{
	bool ready = true;

	for (unsigned r = ROLE_MASTER + 1; r < ROLE_COUNT; r++)
		for (unsigned i = 0; i < m->d[r].n; i++)
			if (m->d[r].w[i].state != W_READY)
				ready = false;
	m->is_ready = ready;
	if (ready && !m->was_ready) {
		m->was_ready = true;
		LOG(&master_log, LOG_INFO, "master.ready", LF(pid, (int)getpid()),
		    LF(duration, loop_now(m->l) - m->started));
		notify_ready(m);
	}
}

static void
go(struct worker *w)
{
	w->state = W_GOING;
	ipc_notify(w->chan, IPC_CTL_GO, STR(""), NULL, 0);
}

/* The first round is over when every worker was born or has failed once. */
void
workers_check_round(struct master *m)
{
	if (m->round_over || m->stopping)
		return;
	for (unsigned r = ROLE_MASTER + 1; r < ROLE_COUNT; r++)
		for (unsigned i = 0; i < m->d[r].n; i++)
			if (!m->d[r].w[i].tried)
				return;
	m->round_over = true;
	for (unsigned r = ROLE_MASTER + 1; r < ROLE_COUNT; r++)
		for (unsigned i = 0; i < m->d[r].n; i++)
			if (m->d[r].w[i].state == W_BORN)
				go(&m->d[r].w[i]);
}

/* ---- what a worker says ---- */

static bool
on_ready(void *ctx, struct ipc_req *req, struct ipc_msg *msg)
{
	struct worker *w = ctx;
	struct msg_ctl_ready r;

	if (!msg_ctl_ready_get(msg->body, &r) || w->state != W_GOING)
		return false;
	ipc_reply(&req, STR(""), NULL, 0);
	if (r.error.n > 0) { /* it ends by itself and has logged why */
		snprintf(w->last_error, sizeof(w->last_error), STR_FMT, STR_ARG(r.error));
		return true;
	}
	w->state = W_READY;
	w->last_error[0] = '\0';
	check_ready(w->d->m);
	return true;
}

/* A worker that can be hurt by readers of its files says who does it. */
static bool
on_complain(void *ctx, struct ipc_req *req, struct ipc_msg *msg)
{
	struct worker *w = ctx;
	struct master *m = w->d->m;
	struct msg_ctl_complain c;
	char why[220];

	if (!msg_ctl_complain_get(msg->body, &c) || (w->d->proc->sandbox & SB_STORE_WRITE) == 0)
		return false;
	ipc_reply(&req, STR(""), NULL, 0);
	snprintf(why, sizeof(why), "%s: " STR_FMT, w->d->proc->name, STR_ARG(c.why));
	for (unsigned r = ROLE_MASTER + 1; r < ROLE_COUNT; r++)
		for (unsigned i = 0; i < m->d[r].n; i++)
			if (m->d[r].w[i].pid == (pid_t)c.pid && c.pid != 0 &&
			    (m->d[r].proc->sandbox & SB_STORE_READ) != 0)
				worker_kill(&m->d[r].w[i], why);
	return true;
}

static const struct ipc_op worker_ops[] = {
	{ IPC_CTL_READY, ~0u, 0, 0, on_ready },
	{ IPC_CTL_COMPLAIN, ~0u, 0, 0, on_complain },
};

/* Its channel is gone: it ended (EXIT will follow) or it lied. */
static void
on_worker_close(void *ctx, struct ipc_chan *c)
{
	struct worker *w = ctx;

	(void)c;
	ipc_chan_free(&w->chan);
	worker_kill(w, "");
}

/* ---- life ---- */

static void
on_first_config(void *arg, const struct err *e, struct ipc_msg *msg)
{
	struct worker *w = arg;

	(void)msg;
	if (e == NULL || w->chan == NULL)
		return;
	LOG(&master_log, LOG_ERROR, "master.worker.refused_config", LF(role, w->d->proc->name),
	    LF(worker, w->num), LF(err, e));
	worker_kill(w, e->msg);
}

static void
born(struct worker *w, pid_t pid)
{
	struct master *m = w->d->m;

	w->pid = pid;
	w->state = W_BORN;
	w->tried = true;
	w->back.born_at = loop_now(m->l);
	LOG(&master_log, LOG_DEBUG, "master.worker.born", LF(role, w->d->proc->name),
	    LF(worker, w->num), LF(pid, (int)pid));
	feed_files(w);
	w->config_call = feed_config(w, on_first_config, w);
	feed_levels(w);
	feed_listeners(w);
	feed_peers(w);
	if (m->round_over)
		go(w);
	else
		workers_check_round(m);
}

static void
on_spawned(void *arg, const struct err *e, struct ipc_msg *msg)
{
	struct worker *w = arg;
	struct msg_ctl_spawn_r r;

	if (w->state != W_ASKED)
		return;
	if (e != NULL) {
		worker_gone(w, e->msg);
	} else if (!msg_ctl_spawn_r_get(msg->body, &r) || r.pid == 0 || r.pid > INT32_MAX) {
		worker_gone(w, "its parent can't fork");
	} else {
		born(w, (pid_t)r.pid);
	}
}

void
worker_start(struct worker *w)
{
	struct daemon *d = w->d;
	struct msg_ctl_spawn s = { .num = w->num };
	struct buf b;
	int fd[2];

	if (d->m->stopping || d->chan == NULL || w->state != W_DOWN)
		return;
	loop_timer_stop(w->back.timer);
	w->killed = false;
	if (ipc_pair(fd) < 0) {
		worker_gone(w, strerror(errno));
		return;
	}
	w->state = W_ASKED;
	w->chan = ipc_chan_new(d->m->l, fd[0], d->proc->role, w->num, worker_ops,
			       ARRAY_LEN(worker_ops), w, on_worker_close);
	buf_init(&b, LIM_IPC_BODY);
	msg_ctl_spawn_put(&b, &s);
	w->spawn_call =
		ipc_call(d->m->l, d->chan, IPC_CTL_SPAWN, buf_str(&b), &fd[1], 1, 0, on_spawned, w);
	buf_done(&b);
}

void
worker_gone(struct worker *w, const char *why)
{
	struct master *m = w->d->m;
	int64_t delay;
	bool was_up = w->state != W_DOWN;

	ipc_cancel(w->spawn_call);
	ipc_cancel(w->config_call);
	ipc_cancel(w->alive_call);
	w->spawn_call = w->config_call = w->alive_call = 0;
	ipc_chan_free(&w->chan);
	w->state = W_DOWN;
	w->tried = true;
	m->is_ready = false;
	if (m->stopping) {
		w->pid = 0;
		stop_step(m);
		return;
	}
	if (!was_up && w->d->chan == NULL) /* it waits for its parent */
		return;
	if (w->last_error[0] == '\0')
		snprintf(w->last_error, sizeof(w->last_error), "%s", why);
	delay = backoff_died(&w->back, loop_now(m->l));
	/* With its parent gone the one line about that one says enough. */
	LOG(&master_log, w->d->chan != NULL ? LOG_ERROR : LOG_DEBUG, "master.worker.died",
	    LF(role, w->d->proc->name), LF(worker, w->num), LF(pid, (int)w->pid), LF(reason, why),
	    LF(delay, delay));
	w->pid = 0;
	if (w->d->chan != NULL)
		loop_timer_set(w->back.timer, delay);
	workers_check_round(m);
}

/* By its parent, who reports its end. */
void
worker_kill(struct worker *w, const char *why)
{
	struct msg_ctl_exit x = { .num = w->num };
	struct buf b;

	if (w->state == W_DOWN || w->killed)
		return;
	w->killed = true;
	if (why[0] != '\0') {
		snprintf(w->last_error, sizeof(w->last_error), "%s", why);
		LOG(&master_log, LOG_WARN, "master.worker.killed", LF(role, w->d->proc->name),
		    LF(worker, w->num), LF(pid, (int)w->pid), LF(reason, why));
	}
	buf_init(&b, LIM_IPC_BODY);
	msg_ctl_exit_put(&b, &x);
	ipc_notify(w->d->chan, IPC_CTL_EXIT, buf_str(&b), NULL, 0);
	buf_done(&b);
}

/* ---- still turning? ---- */

static void
on_alive(void *arg, const struct err *e, struct ipc_msg *msg)
{
	struct worker *w = arg;

	(void)msg;
	w->alive_call = 0;
	if (e != NULL && w->chan != NULL && ipc_chan_is_open(w->chan) && w->state == W_READY)
		worker_kill(w, "does not answer");
}

static void
ask_alive(struct worker *w)
{
	if (w->alive_call == 0)
		w->alive_call = ipc_call(w->d->m->l, w->chan, IPC_CTL_ALIVE, STR(""), NULL, 0,
					 LIM_ALIVE_MS, on_alive, w);
}

void
workers_check_alive(struct master *m)
{
	for (unsigned r = ROLE_MASTER + 1; r < ROLE_COUNT; r++)
		for (unsigned i = 0; i < m->d[r].n; i++)
			if (m->d[r].w[i].state == W_READY)
				ask_alive(&m->d[r].w[i]);
}
