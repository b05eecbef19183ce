/*
 * Stop: stage by stage against the direction of calls, so that who still works finds those it
 * needs. A stage is over when its workers have ended; after LIM_DRAIN_MS in all, the rest is
 * killed.
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "master.h"

enum { STAGES = 4 };

/* Who stops when; a role that is not named here stops last. */
static unsigned
stage_of(const struct proc *p)
{
	if (p->services != 0)
		return 0;
	if (p->role == ROLE_DELIVERD)
		return 1;
	return p->role == ROLE_AUTHD ? 2 : STAGES - 1;
}

static void
stage_begin(struct master *m)
{
	for (unsigned r = ROLE_MASTER + 1; r < ROLE_COUNT; r++) {
		struct daemon *d = &m->d[r];

		if (stage_of(d->proc) != m->stage)
			continue;
		for (unsigned i = 0; i < d->n; i++)
			ipc_notify(d->w[i].chan, IPC_CTL_DRAIN, STR(""), NULL, 0);
	}
}

/* Parents end when their workers have. */
static bool
stage_is_over(struct master *m)
{
	bool over = true;

	for (unsigned r = ROLE_MASTER + 1; r < ROLE_COUNT; r++) {
		struct daemon *d = &m->d[r];
		bool workers = false;

		if (stage_of(d->proc) != m->stage)
			continue;
		for (unsigned i = 0; i < d->n; i++)
			if (d->w[i].state != W_DOWN)
				workers = true;
		if (!workers && d->chan != NULL)
			ipc_chan_free(&d->chan); /* it sees the end of its channel */
		if (workers || d->pid > 0)
			over = false;
	}
	return over;
}

void
stop_step(struct master *m)
{
	while (m->stage < STAGES && stage_is_over(m)) {
		m->stage++;
		if (m->stage < STAGES)
			stage_begin(m);
	}
	if (m->stage == STAGES)
		loop_stop(m->l);
}

static void
on_late(void *arg)
{
	struct master *m = arg;

	LOG(&master_log, LOG_WARN, "master.stop.killing", LF(count, m->stage));
	for (unsigned r = ROLE_MASTER + 1; r < ROLE_COUNT; r++)
		daemon_kill(&m->d[r]);
}

void
stop_start(struct master *m)
{
	if (m->stopping) { /* asked again, and not by one that signals twice: at once */
		if (loop_now(m->l) - m->stop_at >= LIM_STOP_AGAIN_MS)
			on_late(m);
		return;
	}
	m->stop_at = loop_now(m->l);
	LOG(&master_log, LOG_INFO, "master.stopping", LF(pid, (int)getpid()));
	notify_send(m->reexec ? "RELOADING=1" : "STOPPING=1");
	m->stopping = true;
	ctl_close(m);
	for (unsigned r = ROLE_MASTER + 1; r < ROLE_COUNT; r++) {
		loop_timer_stop(m->d[r].back.timer);
		for (unsigned i = 0; i < m->d[r].n; i++)
			loop_timer_stop(m->d[r].w[i].back.timer);
	}
	m->stop_timer = loop_timer_new(m->l, on_late, m);
	loop_timer_set(m->stop_timer, LIM_DRAIN_MS);
	m->stage = 0;
	stage_begin(m);
	stop_step(m);
}
