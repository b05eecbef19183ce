/*
 * Channels: their life and what the loop says. Handlers and answer functions are called from the
 * loop only, never from inside an ipc_ call: what fails at once is put on a wake-up. A channel may
 * be freed by any function it calls (busy defers the release of the memory).
 */
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "ipc/chan_int.h"

static void on_wake(void *arg);
static void on_timer(void *arg);
static void on_io(void *arg, int fd, unsigned what);

static void
chan_init(struct ipc_chan *c, struct loop *l, int fd, enum role peer, unsigned peer_num)
{
	c->l = l;
	c->fd = fd;
	c->role = peer;
	c->num = peer_num;
	TAILQ_INIT(&c->calls);
	TAILQ_INIT(&c->reqs);
	TAILQ_INIT(&c->out);
	TAILQ_INIT(&c->kept);
	c->wake = loop_wake_new(l, on_wake, c);
	c->timer = loop_timer_new(l, on_timer, c);
}

struct ipc_chan *
ipc_chan_new(struct loop *l, int fd, enum role peer, unsigned peer_num, const struct ipc_op *ops,
	     unsigned nops, void *ctx, void (*on_close)(void *ctx, struct ipc_chan *c))
{
	struct ipc_chan *c = MEM_NEW(struct ipc_chan);

	c->ops = ops;
	c->nops = nops;
	c->ctx = ctx;
	c->on_close = on_close;
	chan_init(c, l, fd, peer, peer_num);
	c->io = loop_io_new(l, fd, on_io, c);
	loop_io_set(c->io, LOOP_READ);
	return c;
}

struct ipc_chan *
ipc_chan_new_waiting(struct loop *l, enum role peer, unsigned peer_num)
{
	struct ipc_chan *c = MEM_NEW(struct ipc_chan);

	c->waiting = true;
	chan_init(c, l, -1, peer, peer_num);
	return c;
}

static void
chan_release(struct ipc_chan *c)
{
	if (c->freed && c->busy == 0)
		mem_free(c);
}

/* Close the socket; the rest (pending calls, on_close) happens from the loop. */
void
ipc_chan_shut(struct ipc_chan *c)
{
	if (c->shut)
		return;
	c->shut = true;
	loop_io_free(&c->io);
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	loop_timer_stop(c->timer);
	loop_wake(c->wake);
}

void
ipc_chan_bad(struct ipc_chan *c, const char *why, unsigned type)
{
	if (c->shut)
		return;
	LOG(NULL, LOG_WARN, "ipc.channel.bad", LF(peer_role, role_name(c->role)),
	    LF(worker, c->num), LF(type, ipc_type_name(type)), LF(reason, why));
	ipc_chan_shut(c);
}

void
ipc_chan_free(struct ipc_chan **cp)
{
	struct ipc_chan *c = *cp;
	struct call *k;
	struct ipc_req *r;

	if (c == NULL)
		return;
	*cp = NULL;
	if (c->freed)
		return;
	c->freed = true;
	if (!c->shut) {
		c->shut = true;
		loop_io_free(&c->io);
		if (c->fd >= 0)
			close(c->fd);
		c->fd = -1;
	}
	while ((k = TAILQ_FIRST(&c->calls)) != NULL)
		ipc_call_fail_later(k, c->l, EC_TIMEOUT, "is gone", role_name(c->role));
	while ((r = TAILQ_FIRST(&c->reqs)) != NULL) {
		TAILQ_REMOVE(&c->reqs, r, link);
		r->c = NULL;
	}
	ipc_packets_free(&c->out);
	ipc_packets_free(&c->kept);
	loop_wake_free(&c->wake);
	loop_timer_free(&c->timer);
	chan_release(c);
}

enum role
ipc_chan_role(const struct ipc_chan *c)
{
	return c->role;
}

unsigned
ipc_chan_num(const struct ipc_chan *c)
{
	return c->num;
}

void
ipc_chan_set_data(struct ipc_chan *c, void *data)
{
	c->data = data;
}

void *
ipc_chan_data(const struct ipc_chan *c)
{
	return c->data;
}

bool
ipc_chan_is_open(const struct ipc_chan *c)
{
	return !c->shut && !c->waiting;
}

static void
on_io(void *arg, int fd, unsigned what)
{
	struct ipc_chan *c = arg;

	(void)fd;
	c->busy++;
	ipc_chan_dispatch_kept(c);
	if ((what & LOOP_WRITE) != 0)
		ipc_chan_flush(c);
	if ((what & LOOP_READ) != 0)
		ipc_chan_receive(c);
	c->busy--;
	chan_release(c);
}

static void
on_wake(void *arg)
{
	struct ipc_chan *c = arg;
	struct err e = ERR_INIT;
	struct call *k;

	c->busy++;
	ipc_chan_dispatch_kept(c);
	if (c->shut) {
		while (!c->freed && (k = TAILQ_FIRST(&c->calls)) != NULL) {
			err_clear(&e);
			err_set(&e, EC_TIMEOUT, "%s: %s is gone", ipc_type_name(k->type),
				role_name(c->role));
			ipc_call_end(k, &e, NULL);
		}
		if (!c->freed && !c->closed_told) {
			c->closed_told = true;
			if (c->on_close != NULL)
				c->on_close(c->ctx, c);
		}
	}
	c->busy--;
	chan_release(c);
}

static void
on_timer(void *arg)
{
	struct ipc_chan *c = arg;
	struct call *k, *next;
	int64_t now = loop_now(c->l), at = 0;

	c->busy++;
	c->timer_at = 0;
	if (c->retry) {
		c->retry = false;
		ipc_chan_flush(c);
	}
	for (k = TAILQ_FIRST(&c->calls); k != NULL; k = next) {
		next = TAILQ_NEXT(k, link);
		if (k->deadline <= now)
			ipc_call_fail_later(k, c->l, EC_TIMEOUT, "did not answer in time",
					    role_name(c->role));
		else if (at == 0 || k->deadline < at)
			at = k->deadline;
	}
	if (at != 0)
		ipc_chan_arm(c, at);
	c->busy--;
	chan_release(c);
}
