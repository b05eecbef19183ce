/*
 * Channels. Handlers and answer functions are called from the loop only, never from inside an ipc_
 * call: what fails at once is put on a wake-up. A channel may be freed by any function it calls
 * (busy defers the release of the memory).
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <sys/queue.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "ipc/ipc.h"
#include "ipc/packet.h"

enum { CALL_BUCKETS = 1024, RETRY_MS = 10 };

/* A call that waits for its answer. Found by id in a table of the process, listed by its channel.
 */
struct call {
	LIST_ENTRY(call) hash;
	TAILQ_ENTRY(call) link;
	struct ipc_chan *c; /* NULL: failed already, `wake` will say so */
	struct loop_wake *wake;
	struct err err;
	uint64_t id;
	unsigned type;
	int64_t deadline;      /* loop_now() time */
	int64_t full_deadline; /* for when it has waited for its peer */
	ipc_answer *fn;
	void *arg;
};

struct ipc_req {
	TAILQ_ENTRY(ipc_req) link;
	struct ipc_chan *c; /* NULL: the caller is gone */
	enum role role;
	unsigned num, type;
	uint64_t id; /* 0: a notification */
};

/* A packet that waits: to be sent, or to be handled (kept by ipc_call_sync). */
struct packet {
	TAILQ_ENTRY(packet) link;
	struct ipc_hdr h;
	int fds[LIM_IPC_FDS];
	unsigned nfds;
	bool sync; /* of a blocking call: not in the table of calls */
	size_t n;
	char body[];
};
TAILQ_HEAD(packets, packet);

struct ipc_chan {
	struct loop *l;
	int fd;
	struct loop_io *io;
	struct loop_wake *wake;
	struct loop_timer *timer;
	int64_t timer_at; /* 0: not set */
	enum role role;
	unsigned num;
	const struct ipc_op *ops;
	unsigned nops;
	void *ctx, *data;
	void (*on_close)(void *ctx, struct ipc_chan *c);
	TAILQ_HEAD(, call) calls;
	TAILQ_HEAD(, ipc_req) reqs;
	struct packets out, kept;
	unsigned ncalls, nreqs, nout, nkept;
	size_t out_bytes;
	unsigned busy;
	bool shut, closed_told, freed;
	bool waiting; /* no peer yet, no socket */
	bool held;    /* not reading for now */
	bool retry;   /* the kernel is short of something: try again by timer */
};

static LIST_HEAD(, call) call_table[CALL_BUCKETS];
static uint64_t last_id;
static struct ipc_pktbuf rx; /* borrowed by one handler at a time */

static void on_wake(void *arg);
static void on_timer(void *arg);
static void on_io(void *arg, int fd, unsigned what);

static struct call *
call_find(uint64_t id)
{
	struct call *k;

	LIST_FOREACH(k, &call_table[id % CALL_BUCKETS], hash)
	if (k->id == id)
		return k;
	return NULL;
}

static void
call_unlink(struct call *k)
{
	if (k->c == NULL)
		return;
	TAILQ_REMOVE(&k->c->calls, k, link);
	k->c->ncalls--;
	k->c = NULL;
}

static void
call_free(struct call *k)
{
	call_unlink(k);
	LIST_REMOVE(k, hash);
	loop_wake_free(&k->wake);
	mem_free(k);
}

/* The one place that tells a caller. */
static void
call_end(struct call *k, const struct err *e, struct ipc_msg *m)
{
	ipc_answer *fn = k->fn;
	void *arg = k->arg;

	call_free(k);
	fn(arg, e, m);
}

static void
on_call_failed(void *arg)
{
	struct call *k = arg;
	struct err e = k->err;

	call_end(k, &e, NULL);
}

/* Fail from the loop. */
static void
call_fail_later(struct call *k, struct loop *l, enum ec code, const char *why, const char *who)
{
	call_unlink(k);
	err_set(&k->err, code, "%s: %s %s", ipc_type_name(k->type), who, why);
	k->wake = loop_wake_new(l, on_call_failed, k);
	loop_wake(k->wake);
}

static void
packets_free(struct packets *q)
{
	struct packet *p;

	while ((p = TAILQ_FIRST(q)) != NULL) {
		TAILQ_REMOVE(q, p, link);
		ipc_fds_close(p->fds, p->nfds);
		mem_wipe(p->body, p->n);
		mem_free(p);
	}
}

static struct packet *
packet_new(const struct ipc_hdr *h, struct str body, const int *fds, unsigned nfds)
{
	struct packet *p = mem_zalloc(1, sizeof(*p) + body.n);

	p->h = *h;
	p->n = body.n;
	p->nfds = nfds;
	for (unsigned i = 0; i < nfds; i++)
		p->fds[i] = fds[i];
	if (body.n > 0)
		memcpy(p->body, body.p, body.n);
	return p;
}

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
static void
chan_shut(struct ipc_chan *c)
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

static void
chan_bad(struct ipc_chan *c, const char *why, unsigned type)
{
	if (c->shut)
		return;
	LOG(NULL, LOG_WARN, "ipc.channel.bad", LF(peer_role, role_name(c->role)),
	    LF(worker, c->num), LF(type, ipc_type_name(type)), LF(reason, why));
	chan_shut(c);
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
		call_fail_later(k, c->l, EC_TIMEOUT, "is gone", role_name(c->role));
	while ((r = TAILQ_FIRST(&c->reqs)) != NULL) {
		TAILQ_REMOVE(&c->reqs, r, link);
		r->c = NULL;
	}
	packets_free(&c->out);
	packets_free(&c->kept);
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

/* ---- sending ---- */

static void
update_io(struct ipc_chan *c)
{
	if (!c->shut && !c->waiting)
		loop_io_set(c->io, (c->held ? 0 : LOOP_READ) |
					   (c->nout > 0 && !c->retry ? LOOP_WRITE : 0));
}

void
ipc_chan_hold(struct ipc_chan *c, bool on)
{
	c->held = on;
	update_io(c);
}

static void
arm_timer(struct ipc_chan *c, int64_t at)
{
	int64_t now = loop_now(c->l);

	if (c->shut || (c->timer_at != 0 && c->timer_at <= at))
		return;
	c->timer_at = at;
	loop_timer_set(c->timer, at > now ? at - now : 0);
}

static enum ipc_pkt
send_now(struct ipc_chan *c, const struct ipc_hdr *h, struct str body, const int *fds,
	 unsigned nfds)
{
	enum ipc_pkt r = ipc_pkt_send(c->fd, h, body, fds, nfds);

	if (r == IPC_PKT_AGAIN && errno != EAGAIN) {
		c->retry = true;
		arm_timer(c, loop_now(c->l) + RETRY_MS);
	}
	return r;
}

/* Send or queue; takes the descriptors. False when the channel is shut or its queue is full. */
static bool
chan_send(struct ipc_chan *c, const struct ipc_hdr *h, struct str body, const int *fds,
	  unsigned nfds)
{
	enum ipc_pkt r = IPC_PKT_AGAIN;
	struct packet *p;
	int own[LIM_IPC_FDS];

	assert(nfds <= LIM_IPC_FDS && body.n <= LIM_IPC_BODY);
	for (unsigned i = 0; i < nfds; i++)
		own[i] = fds[i];
	if (!c->shut && !c->waiting && c->nout == 0)
		r = send_now(c, h, body, own, nfds);
	if (c->shut || r != IPC_PKT_AGAIN || c->nout >= LIM_IPC_QUEUE ||
	    c->out_bytes + body.n > LIM_IPC_QUEUE_BYTES) {
		ipc_fds_close(own, nfds);
		if (r == IPC_PKT_GONE)
			chan_shut(c);
		return r == IPC_PKT_OK;
	}
	p = packet_new(h, body, own, nfds);
	TAILQ_INSERT_TAIL(&c->out, p, link);
	c->nout++;
	c->out_bytes += body.n;
	update_io(c);
	return true;
}

static void
flush(struct ipc_chan *c)
{
	struct packet *p;
	enum ipc_pkt r;

	while (!c->shut && !c->waiting && (p = TAILQ_FIRST(&c->out)) != NULL) {
		/* A call that failed or was cancelled while it waited must not have effects later.
		 */
		if (p->h.kind == IPC_K_CALL && !p->sync && call_find(p->h.id) == NULL)
			r = IPC_PKT_OK;
		else
			r = send_now(c, &p->h, str_mem(p->body, p->n), p->fds, p->nfds);
		if (r == IPC_PKT_AGAIN)
			break;
		if (r == IPC_PKT_GONE) {
			chan_shut(c);
			return;
		}
		TAILQ_REMOVE(&c->out, p, link);
		c->nout--;
		c->out_bytes -= p->n;
		ipc_fds_close(p->fds, p->nfds);
		mem_wipe(p->body, p->n);
		mem_free(p);
	}
	update_io(c);
}

uint64_t
ipc_call(struct loop *l, struct ipc_chan *c, enum ipc_type type, struct str body, const int *fds,
	 unsigned nfds, int64_t deadline_ms, ipc_answer *fn, void *arg)
{
	struct call *k = MEM_NEW(struct call);
	struct ipc_hdr h = { .kind = IPC_K_CALL, .type = type };
	int own[LIM_IPC_FDS];

	assert(nfds <= LIM_IPC_FDS);
	k->id = h.id = ++last_id;
	k->type = type;
	k->fn = fn;
	k->arg = arg;
	LIST_INSERT_HEAD(&call_table[k->id % CALL_BUCKETS], k, hash);
	for (unsigned i = 0; i < nfds; i++)
		own[i] = fds[i];
	if (c == NULL || c->shut || c->ncalls >= LIM_IPC_CALLS || body.n > LIM_IPC_BODY) {
		ipc_fds_close(own, nfds);
		if (body.n > LIM_IPC_BODY)
			call_fail_later(k, l, EC_LIMIT, "is too large", "request");
		else
			call_fail_later(k, c != NULL ? c->l : l, EC_TIMEOUT,
					c != NULL && !c->shut ? "is overloaded" : "is down",
					c != NULL ? role_name(c->role) : "peer");
		return k->id;
	}
	k->c = c;
	TAILQ_INSERT_TAIL(&c->calls, k, link);
	c->ncalls++;
	if (!chan_send(c, &h, body, own, nfds)) {
		call_fail_later(k, c->l, EC_TIMEOUT, c->shut ? "is down" : "is overloaded",
				role_name(c->role));
		return k->id;
	}
	k->deadline = loop_now(c->l) + (deadline_ms > 0 ? deadline_ms : LIM_IPC_DEADLINE_MS);
	k->full_deadline = k->deadline;
	if (c->waiting)
		k->deadline = MIN(k->deadline, loop_now(c->l) + LIM_PEER_WAIT_MS);
	arm_timer(c, k->deadline);
	return k->id;
}

void
ipc_chan_adopt(struct ipc_chan *c, struct ipc_chan **waiting)
{
	struct ipc_chan *w = *waiting;
	struct call *k;

	if (w == NULL)
		return;
	while ((k = TAILQ_FIRST(&w->calls)) != NULL) {
		call_unlink(k);
		k->c = c;
		TAILQ_INSERT_TAIL(&c->calls, k, link);
		c->ncalls++;
		k->deadline = k->full_deadline;
		arm_timer(c, k->deadline);
	}
	TAILQ_CONCAT(&c->out, &w->out, link);
	c->nout += w->nout;
	c->out_bytes += w->out_bytes;
	ipc_chan_free(waiting);
	flush(c);
}

void
ipc_cancel(uint64_t id)
{
	struct call *k = call_find(id);

	if (k != NULL)
		call_free(k);
}

void
ipc_notify(struct ipc_chan *c, enum ipc_type type, struct str body, const int *fds, unsigned nfds)
{
	struct ipc_hdr h = { .kind = IPC_K_NOTIFY, .type = type };
	int own[LIM_IPC_FDS];

	assert(nfds <= LIM_IPC_FDS && body.n <= LIM_IPC_BODY);
	for (unsigned i = 0; i < nfds; i++)
		own[i] = fds[i];
	if (c == NULL || c->shut || c->waiting)
		ipc_fds_close(own, nfds);
	else if (!chan_send(c, &h, body, own, nfds))
		chan_bad(c, "does not read", type);
}

/* ---- requests that we owe an answer ---- */

enum role
ipc_req_role(const struct ipc_req *r)
{
	return r->role;
}

unsigned
ipc_req_num(const struct ipc_req *r)
{
	return r->num;
}

struct ipc_chan *
ipc_req_chan(const struct ipc_req *r)
{
	return r->c != NULL && !r->c->shut ? r->c : NULL;
}

bool
ipc_req_is_notify(const struct ipc_req *r)
{
	return r->id == 0;
}

static void
req_free(struct ipc_req *r)
{
	if (r->c != NULL) {
		TAILQ_REMOVE(&r->c->reqs, r, link);
		r->c->nreqs--;
	}
	mem_free(r);
}

static void
req_answer(struct ipc_req **rp, enum ipc_kind kind, struct str body, const int *fds, unsigned nfds)
{
	struct ipc_req *r = *rp;
	struct ipc_chan *c = ipc_req_chan(r);
	struct ipc_hdr h = { .kind = kind, .type = r->type, .id = r->id };
	int own[LIM_IPC_FDS];

	*rp = NULL;
	assert(nfds <= LIM_IPC_FDS);
	for (unsigned i = 0; i < nfds; i++)
		own[i] = fds[i];
	if (c == NULL || r->id == 0)
		ipc_fds_close(own, nfds);
	else if (!chan_send(c, &h, body, own, nfds))
		chan_bad(c, "does not read", r->type);
	req_free(r);
}

void
ipc_reply(struct ipc_req **r, struct str body, const int *fds, unsigned nfds)
{
	assert(body.n <= LIM_IPC_BODY);
	req_answer(r, IPC_K_ANSWER, body, fds, nfds);
}

#define MSG_ERROR(U, S) U(1, code) U(4, sys) S(msg, sizeof(((struct err *)0)->msg) - 1)
IPC_BODY(error, MSG_ERROR)

void
ipc_reply_err(struct ipc_req **r, const struct err *e)
{
	struct msg_error m = { .code = e->code, .sys = (uint32_t)e->sys, .msg = str_c(e->msg) };
	struct buf b;

	buf_init(&b, sizeof(*e) * 2);
	msg_error_put(&b, &m);
	req_answer(r, IPC_K_ERROR, buf_str(&b), NULL, 0);
	buf_done(&b);
}

static bool
error_get(struct str body, struct err *e)
{
	struct msg_error m;

	if (!msg_error_get(body, &m) || m.code == EC_OK || m.code >= EC_COUNT)
		return false;
	*e = ERR_INIT;
	e->code = ec_from_wire(m.code);
	e->sys = (int)m.sys;
	memcpy(e->msg, m.msg.p, m.msg.n); /* shorter than msg: see MSG_ERROR */
	return true;
}

/* ---- receiving ---- */

static void
on_request(struct ipc_chan *c, const struct ipc_hdr *h, struct ipc_msg *m)
{
	const struct ipc_op *op = NULL;
	struct ipc_req *r;

	for (unsigned i = 0; i < c->nops && op == NULL; i++)
		if (c->ops[i].type == m->type)
			op = &c->ops[i];
	if (op == NULL || (op->from & ROLE_BIT(c->role)) == 0) {
		chan_bad(c, op == NULL ? "request not offered here" : "request not allowed",
			 h->type);
		return;
	}
	if (m->nfds < op->min_fds || m->nfds > op->max_fds) {
		chan_bad(c, "wrong number of descriptors", h->type);
		return;
	}
	if (c->nreqs >= LIM_IPC_CALLS) {
		chan_bad(c, "too many unanswered requests", h->type);
		return;
	}
	r = MEM_NEW(struct ipc_req);
	r->c = c;
	r->role = c->role;
	r->num = c->num;
	r->type = h->type;
	r->id = h->id;
	TAILQ_INSERT_TAIL(&c->reqs, r, link);
	c->nreqs++;
	if (!op->fn(c->ctx, r, m)) {
		req_free(r);
		chan_bad(c, "malformed body", h->type);
	}
}

static void
on_answer(struct ipc_chan *c, const struct ipc_hdr *h, struct ipc_msg *m)
{
	struct call *k = call_find(h->id);
	struct err e;

	if (h->id > last_id || (k != NULL && k->c != NULL && (k->c != c || k->type != h->type))) {
		chan_bad(c, "answer to nothing", h->type);
		return;
	}
	if (k == NULL || k->c == NULL) /* cancelled or too late */
		return;
	if (h->kind == IPC_K_ANSWER) {
		call_end(k, NULL, m);
	} else if (m->nfds == 0 && error_get(m->body, &e)) {
		call_end(k, &e, NULL);
	} else {
		chan_bad(c, "malformed error", h->type);
	}
}

static void
dispatch(struct ipc_chan *c, const struct ipc_hdr *h, struct ipc_msg *m)
{
	if (h->kind == IPC_K_CALL || h->kind == IPC_K_NOTIFY)
		on_request(c, h, m);
	else
		on_answer(c, h, m);
	ipc_fds_close(m->fds, m->nfds);
}

static void
dispatch_kept(struct ipc_chan *c)
{
	struct ipc_msg m;
	struct packet *p;

	while (!c->shut && (p = TAILQ_FIRST(&c->kept)) != NULL) {
		TAILQ_REMOVE(&c->kept, p, link);
		c->nkept--;
		m.type = (enum ipc_type)p->h.type;
		m.body = str_mem(p->body, p->n);
		m.nfds = p->nfds;
		for (unsigned i = 0; i < LIM_IPC_FDS; i++)
			m.fds[i] = i < p->nfds ? p->fds[i] : -1;
		dispatch(c, &p->h, &m);
		mem_wipe(p->body, p->n);
		mem_free(p);
	}
}

static void
receive(struct ipc_chan *c)
{
	struct ipc_hdr h;
	struct ipc_msg m;
	const char *why;
	int left = LIM_STEPS_PER_TURN;
	size_t n;

	while (!c->shut && left-- > 0) {
		switch (ipc_pkt_recv(c->fd, &rx, &h, &m, &why)) {
		case IPC_PKT_OK:
			n = m.body.n;
			dispatch(c, &h, &m);
			mem_wipe(rx.bytes, IPC_HDR_LEN + n); /* passwords and keys pass here */
			break;
		case IPC_PKT_AGAIN:
			return;
		case IPC_PKT_GONE:
			chan_shut(c);
			return;
		case IPC_PKT_BAD:
			chan_bad(c, why, IPC_NONE);
			return;
		}
	}
}

static void
on_io(void *arg, int fd, unsigned what)
{
	struct ipc_chan *c = arg;

	(void)fd;
	c->busy++;
	dispatch_kept(c);
	if ((what & LOOP_WRITE) != 0)
		flush(c);
	if ((what & LOOP_READ) != 0)
		receive(c);
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
	dispatch_kept(c);
	if (c->shut) {
		while (!c->freed && (k = TAILQ_FIRST(&c->calls)) != NULL) {
			err_clear(&e);
			err_set(&e, EC_TIMEOUT, "%s: %s is gone", ipc_type_name(k->type),
				role_name(c->role));
			call_end(k, &e, NULL);
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
		flush(c);
	}
	for (k = TAILQ_FIRST(&c->calls); k != NULL; k = next) {
		next = TAILQ_NEXT(k, link);
		if (k->deadline <= now)
			call_fail_later(k, c->l, EC_TIMEOUT, "did not answer in time",
					role_name(c->role));
		else if (at == 0 || k->deadline < at)
			at = k->deadline;
	}
	if (at != 0)
		arm_timer(c, at);
	c->busy--;
	chan_release(c);
}

/* ---- the blocking call ---- */

static int
wait_fd(int fd, short what, int64_t most, int64_t until, struct err *e)
{
	int64_t left = until - clock_mono_ms();
	struct pollfd p = { .fd = fd, .events = what };
	int r;

	if (left <= 0)
		return err_set(e, EC_TIMEOUT, "no answer in time");
	r = poll(&p, 1, (int)MIN(left, most));
	if (r < 0 && errno != EINTR)
		return err_sys(e, EC_IO, errno, "poll");
	return 0;
}

/* Keep a packet for the loop. */
static int
keep(struct ipc_chan *c, const struct ipc_hdr *h, struct ipc_msg *m)
{
	struct packet *p;

	if (c->nkept >= LIM_IPC_QUEUE) {
		ipc_fds_close(m->fds, m->nfds);
		chan_bad(c, "sends too much", h->type);
		return -1;
	}
	p = packet_new(h, m->body, m->fds, m->nfds);
	TAILQ_INSERT_TAIL(&c->kept, p, link);
	c->nkept++;
	loop_wake(c->wake);
	return 0;
}

static int
sync_answer(struct ipc_chan *c, const struct ipc_hdr *h, struct ipc_msg *m, unsigned type,
	    struct buf *out, struct err *e)
{
	struct err remote;

	ipc_fds_close(m->fds, m->nfds);
	if (h->type != type || (h->kind == IPC_K_ERROR && !error_get(m->body, &remote))) {
		chan_bad(c, "malformed answer", h->type);
		return err_set(e, EC_TIMEOUT, "malformed answer");
	}
	if (h->kind == IPC_K_ERROR) {
		err_move(e, &remote);
		return -1;
	}
	buf_putstr(out, m->body);
	return out->over ? err_set(e, EC_LIMIT, "answer is too large") : 0;
}

static int
sync_wait(struct ipc_chan *c, uint64_t id, unsigned type, int64_t until, struct buf *out,
	  struct err *e)
{
	struct ipc_pktbuf *b = mem_alloc(sizeof(*b));
	struct ipc_hdr h;
	struct ipc_msg m;
	const char *why;
	int r = -1;

	for (;;) {
		if (c->nout > 0)
			flush(c);
		if (c->shut) {
			err_set(e, EC_TIMEOUT, "%s is gone", role_name(c->role));
			break;
		}
		switch (ipc_pkt_recv(c->fd, b, &h, &m, &why)) {
		case IPC_PKT_OK:
			if ((h.kind == IPC_K_ANSWER || h.kind == IPC_K_ERROR) && h.id == id) {
				r = sync_answer(c, &h, &m, type, out, e);
				goto done;
			}
			(void)keep(c, &h, &m);
			continue;
		case IPC_PKT_AGAIN:
			break;
		case IPC_PKT_GONE:
			chan_shut(c);
			continue;
		case IPC_PKT_BAD:
			chan_bad(c, why, IPC_NONE);
			continue;
		}
		/* With `retry` the socket would not say when the kernel has room again, and the
		 * timer does not run here. */
		if (wait_fd(c->fd, (short)(POLLIN | (c->nout > 0 && !c->retry ? POLLOUT : 0)),
			    c->nout > 0 && c->retry ? RETRY_MS : 60000, until, e) < 0)
			break;
	}
done:
	mem_wipe(b, sizeof(*b));
	mem_free(b);
	return r;
}

int
ipc_call_sync(struct ipc_chan *c, enum ipc_type type, struct str body, int64_t deadline_ms,
	      struct buf *out, struct err *e)
{
	struct ipc_hdr h = { .kind = IPC_K_CALL, .type = type };
	struct packet *p;
	int64_t until = clock_mono_ms() + (deadline_ms > 0 ? deadline_ms : LIM_IPC_DEADLINE_MS);

	if (c == NULL || c->shut || c->waiting)
		return err_set(e, EC_TIMEOUT, "%s: peer is down", ipc_type_name(type));
	if (body.n > LIM_IPC_BODY)
		return err_set(e, EC_LIMIT, "%s: request is too large", ipc_type_name(type));
	h.id = ++last_id;
	if (!chan_send(c, &h, body, NULL, 0))
		return err_set(e, EC_TIMEOUT, "%s: %s is overloaded", ipc_type_name(type),
			       role_name(c->role));
	p = TAILQ_LAST(&c->out, packets);
	if (p != NULL && p->h.id == h.id)
		p->sync = true;
	if (sync_wait(c, h.id, type, until, out, e) < 0)
		return err_prefix(e, "%s", ipc_type_name(type));
	return 0;
}
