/*
 * A turn: poll and I/O callbacks (libevent), wake-ups, the turn-end hook, late wake-ups. Late ones
 * exist so that what a turn produced leaves in one write: streams flush there.
 */
#include "event/loop.h"

#include <assert.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/mem.h"

TAILQ_HEAD(wake_list, loop_wake);

struct loop_io {
	struct event ev;
	loop_io_fn *fn;
	void *arg;
	struct loop *l;
	unsigned what;
};

struct loop_timer {
	struct event ev;
	loop_fn *fn;
	void *arg;
	struct loop *l;
};

struct loop_wake {
	TAILQ_ENTRY(loop_wake) link;
	struct wake_list *on; /* the list it waits in, or NULL */
	struct loop *l;
	loop_fn *fn;
	void *arg;
	bool late;
};

struct loop_sig {
	struct event ev;
	SLIST_ENTRY(loop_sig) link;
	loop_fn *fn;
	void *arg;
	struct loop *l;
};

struct loop {
	struct event_base *base;
	struct wake_list wakes, late, running;
	SLIST_HEAD(, loop_sig) signals;
	loop_fn *turn_end;
	void *turn_end_arg;
	int64_t now; /* 0: not asked for in this turn */
	bool ran, stop;
};

struct loop *
loop_new(void)
{
	struct event_config *cfg = event_config_new();
	struct event_base *base = NULL;
	struct loop *l;

	if (cfg != NULL) {
		/* One thread: no locks. No environment variables may choose another backend. */
		event_config_set_flag(cfg, EVENT_BASE_FLAG_NOLOCK);
		event_config_set_flag(cfg, EVENT_BASE_FLAG_IGNORE_ENV);
		base = event_base_new_with_config(cfg);
		event_config_free(cfg);
	}
	if (base == NULL)
		return NULL;
	l = MEM_NEW(struct loop);
	l->base = base;
	TAILQ_INIT(&l->wakes);
	TAILQ_INIT(&l->late);
	TAILQ_INIT(&l->running);
	SLIST_INIT(&l->signals);
	return l;
}

void
loop_free(struct loop **lp)
{
	struct loop *l = *lp;
	struct loop_sig *g;

	if (l == NULL)
		return;
	*lp = NULL;
	while ((g = SLIST_FIRST(&l->signals)) != NULL) {
		SLIST_REMOVE_HEAD(&l->signals, link);
		event_del(&g->ev);
		mem_free(g);
	}
	event_base_free(l->base);
	mem_free(l);
}

/* Call what waits in `list` now; what is raised meanwhile stays for the next time. */
static void
run_wakes(struct loop *l, struct wake_list *list)
{
	struct loop_wake *w;

	assert(TAILQ_EMPTY(&l->running));
	TAILQ_CONCAT(&l->running, list, link);
	TAILQ_FOREACH(w, &l->running, link)
	w->on = &l->running;
	while ((w = TAILQ_FIRST(&l->running)) != NULL) {
		TAILQ_REMOVE(&l->running, w, link);
		w->on = NULL;
		l->ran = true;
		w->fn(w->arg);
	}
}

void
loop_run(struct loop *l)
{
	bool pending, idle;
	int r;

	l->stop = false;
	while (!l->stop) {
		pending = !TAILQ_EMPTY(&l->wakes) || !TAILQ_EMPTY(&l->late);
		l->now = 0;
		r = event_base_loop(l->base, EVLOOP_ONCE | (pending ? EVLOOP_NONBLOCK : 0));
		idle = r != 0 && !pending; /* no event left, or the kernel failed us */
		run_wakes(l, &l->wakes);
		if (l->ran && l->turn_end != NULL)
			l->turn_end(l->turn_end_arg);
		run_wakes(l, &l->late);
		l->ran = false;
		if (idle && TAILQ_EMPTY(&l->wakes) && TAILQ_EMPTY(&l->late))
			break;
	}
}

void
loop_stop(struct loop *l)
{
	l->stop = true;
}

int64_t
loop_now(struct loop *l)
{
	if (l->now == 0)
		l->now = clock_mono_ms();
	return l->now;
}

static void
on_io(evutil_socket_t fd, short what, void *arg)
{
	struct loop_io *io = arg;

	io->l->ran = true;
	io->fn(io->arg, fd,
	       ((what & EV_READ) != 0 ? LOOP_READ : 0) | ((what & EV_WRITE) != 0 ? LOOP_WRITE : 0));
}

struct loop_io *
loop_io_new(struct loop *l, int fd, loop_io_fn *fn, void *arg)
{
	struct loop_io *io = MEM_NEW(struct loop_io);

	io->l = l;
	io->fn = fn;
	io->arg = arg;
	event_assign(&io->ev, l->base, fd, EV_PERSIST, on_io, io);
	return io;
}

void
loop_io_set(struct loop_io *io, unsigned what)
{
	short ev = EV_PERSIST;
	int fd = event_get_fd(&io->ev);

	if (what == io->what)
		return;
	if (io->what != 0)
		event_del(&io->ev);
	io->what = what;
	if ((what & LOOP_READ) != 0)
		ev |= EV_READ;
	if ((what & LOOP_WRITE) != 0)
		ev |= EV_WRITE;
	event_assign(&io->ev, io->l->base, fd, ev, on_io, io);
	if (what != 0)
		event_add(&io->ev, NULL);
}

void
loop_io_free(struct loop_io **io)
{
	if (*io == NULL)
		return;
	loop_io_set(*io, 0);
	mem_free(*io);
	*io = NULL;
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct loop_timer *t = arg;

	(void)fd;
	(void)what;
	t->l->ran = true;
	t->fn(t->arg);
}

struct loop_timer *
loop_timer_new(struct loop *l, loop_fn *fn, void *arg)
{
	struct loop_timer *t = MEM_NEW(struct loop_timer);

	t->l = l;
	t->fn = fn;
	t->arg = arg;
	evtimer_assign(&t->ev, l->base, on_timer, t);
	return t;
}

void
loop_timer_set(struct loop_timer *t, int64_t ms)
{
	struct timeval tv;

	assert(ms >= 0);
	tv.tv_sec = (time_t)(ms / 1000);
	tv.tv_usec = (suseconds_t)(ms % 1000) * 1000;
	evtimer_add(&t->ev, &tv);
}

void
loop_timer_stop(struct loop_timer *t)
{
	evtimer_del(&t->ev);
}

bool
loop_timer_is_set(const struct loop_timer *t)
{
	return evtimer_pending(&t->ev, NULL) != 0;
}

void
loop_timer_free(struct loop_timer **t)
{
	if (*t == NULL)
		return;
	evtimer_del(&(*t)->ev);
	mem_free(*t);
	*t = NULL;
}

struct loop_wake *
loop_wake_new(struct loop *l, loop_fn *fn, void *arg)
{
	struct loop_wake *w = MEM_NEW(struct loop_wake);

	w->l = l;
	w->fn = fn;
	w->arg = arg;
	return w;
}

struct loop_wake *
loop_late_new(struct loop *l, loop_fn *fn, void *arg)
{
	struct loop_wake *w = loop_wake_new(l, fn, arg);

	w->late = true;
	return w;
}

void
loop_wake(struct loop_wake *w)
{
	if (w->on != NULL)
		return;
	w->on = w->late ? &w->l->late : &w->l->wakes;
	TAILQ_INSERT_TAIL(w->on, w, link);
}

void
loop_wake_free(struct loop_wake **wp)
{
	struct loop_wake *w = *wp;

	if (w == NULL)
		return;
	*wp = NULL;
	if (w->on != NULL)
		TAILQ_REMOVE(w->on, w, link);
	mem_free(w);
}

static void
on_signal(evutil_socket_t fd, short what, void *arg)
{
	struct loop_sig *g = arg;

	(void)fd;
	(void)what;
	g->l->ran = true;
	g->fn(g->arg);
}

void
loop_signal(struct loop *l, int signo, loop_fn *fn, void *arg)
{
	struct loop_sig *g = MEM_NEW(struct loop_sig);

	g->l = l;
	g->fn = fn;
	g->arg = arg;
	evsignal_assign(&g->ev, l->base, signo, on_signal, g);
	evsignal_add(&g->ev, NULL);
	SLIST_INSERT_HEAD(&l->signals, g, link);
}

void
loop_on_turn_end(struct loop *l, loop_fn *fn, void *arg)
{
	l->turn_end = fn;
	l->turn_end_arg = arg;
}
