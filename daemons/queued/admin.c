/*
 * Commands of the operator, by way of master; queued.h says what they are. A command looks at a
 * bounded number of recipients, so that a queue of any size does not stop the loop; the caller
 * comes back with the cursor.
 */
#include <inttypes.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/mem.h"
#include "crypto/spool.h"
#include "filter.h"
#include "queued.h"

enum {
	TEXT_MAX = 60000,  /* of an answer */
	LINE_BYTES = 3000, /* of one recipient */
};

static void
reply(struct ipc_req **req, struct buf *out, const struct err *e)
{
	svc_admin_reply(req, buf_str(out), e->code != EC_OK ? e : NULL);
	buf_wipe(out);
}

static void
put_value(struct buf *b, struct str s)
{
	buf_putc(b, '\t');
	for (size_t i = 0; i < s.n; i++)
		buf_putc(b, (unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f ? ' ' : s.p[i]);
}

static void
put_end(struct buf *b, const struct filter *f, bool more)
{
	if (more)
		buf_printf(b, "next\t%" PRId64 ".%" PRId64 "\n", f->msg, f->n);
	else
		buf_puts(b, "end\n");
}

/* ---- list */

struct listing {
	struct filter *f;
	struct buf *out;
	int64_t lines;
	bool full;
};

static const char *
state_name(const struct queue_rcpt *r)
{
	if (r->next >= QUEUE_CLAIMED)
		return "sending";
	return r->dest == QUEUE_DEST_DSN ? "failed" : "queued";
}

static int64_t
next_of(const struct queue_rcpt *r)
{
	return r->next >= QUEUE_CLAIMED ? 0 : r->next;
}

static bool
on_list(void *arg, const struct queue_msg *m, const struct queue_rcpt *r, const struct err *damage)
{
	struct listing *l = arg;
	struct buf *b = l->out;

	if (b->n > TEXT_MAX - LINE_BYTES || l->lines == l->f->limit) {
		l->full = true;
		return false;
	}
	l->f->msg = r->msg;
	l->f->n = r->n;
	if (!filter_fits(l->f, m, r))
		return true;
	l->lines++;
	buf_printf(b,
		   "rcpt\t%" PRId64 "\t%" PRIu32 "\t%" PRId64 "\t%" PRIu64 "\t%d\t%s\t%u\t%" PRId64
		   "\t%" PRId64,
		   r->msg, r->n, m->created, m->size, r->hold, state_name(r), r->attempts,
		   r->last.at, next_of(r));
	put_value(b, m->account);
	put_value(b, m->sender);
	put_value(b, r->addr);
	buf_printf(b, "\t%016" PRIx64 "\t%u", m->txn, r->last.code);
	put_value(b, r->last.ecode);
	put_value(b, damage != NULL ? str_c(damage->msg) : r->last.text);
	put_value(b, r->last.mx);
	buf_putc(b, '\n');
	return true;
}

static void
cmd_list(struct queued *d, struct ipc_req *req, struct filter *f)
{
	struct err e = ERR_INIT;
	struct buf out;
	struct listing l = { .f = f, .out = &out };

	buf_init(&out, TEXT_MAX);
	if (filter_run(d, f, on_list, &l, &e) == 0)
		put_end(&out, f, l.full || f->more);
	reply(&req, &out, &e);
}

/* ---- changes */

struct chosen {
	int64_t msg, dest, next;
	uint32_t n;
	bool is_mute; /* nobody is told of its failure */
	bool is_gone, is_failed, hold;
	uint64_t mid;
	struct str addr;
};
typedef int change_fn(struct queued *d, const struct filter *f, struct chosen *g, struct err *e);

struct change {
	struct filter *f;
	change_fn *fn;
	struct arena *a;
	struct chosen *v;
	size_t nv;
};

static bool
on_choose(void *arg, const struct queue_msg *m, const struct queue_rcpt *r,
	  const struct err *damage)
{
	struct change *c = arg;

	c->f->msg = r->msg;
	c->f->n = r->n;
	if (filter_fits(c->f, m, r))
		c->v[c->nv++] = (struct chosen){
			.msg = r->msg,
			.dest = r->dest,
			.next = r->next,
			.n = r->n,
			.hold = r->hold,
			.mid = m->txn,
			.addr = arena_str(c->a, r->addr),
			.is_mute = damage != NULL || m->sender.n == 0 || m->account.n == 0,
		};
	return true;
}

/* A row that was held while its attempt was under way, when we died: due now. */
static int64_t
unclaimed(struct queued *d, const struct chosen *g, int64_t now)
{
	return g->next >= QUEUE_CLAIMED && !job_is_running(d, g->msg, NULL) ? now : g->next;
}

static int
set_held(struct queued *d, const struct filter *f, struct chosen *g, struct err *e)
{
	(void)f;
	g->hold = true;
	return queue_hold(d->q, g->msg, g->n, true, e);
}

static int
set_free(struct queued *d, const struct filter *f, struct chosen *g, struct err *e)
{
	(void)f;
	g->next = unclaimed(d, g, clock_now());
	g->hold = false;
	if (queue_reschedule(d->q, g->msg, g->n, g->next, e) < 0)
		return -1;
	return queue_hold(d->q, g->msg, g->n, false, e);
}

static int
set_time(struct queued *d, const struct filter *f, struct chosen *g, struct err *e)
{
	int64_t now = clock_now();

	if ((g->next = unclaimed(d, g, now)) >= QUEUE_CLAIMED)
		return 0; /* being sent just now */
	if (f->when == FILTER_ADD && __builtin_add_overflow(g->next, f->time, &g->next))
		g->next = now;
	else if (f->when != FILTER_ADD)
		g->next = f->when == FILTER_AT ? f->time : now;
	g->next = MAX(0, MIN(g->next, QUEUE_CLAIMED - 1));
	return queue_reschedule(d->q, g->msg, g->n, g->next, e);
}

static int
drop(struct queued *d, const struct filter *f, struct chosen *g, struct err *e)
{
	(void)f;
	g->is_gone = true;
	return queue_rcpt_del(d->q, g->msg, g->n, e);
}

static int
give_up(struct queued *d, const struct filter *f, struct chosen *g, struct err *e)
{
	if (g->is_mute)
		return drop(d, f, g, e);
	g->is_failed = true;
	g->dest = QUEUE_DEST_DSN;
	g->next = clock_now();
	g->hold = false;
	return queue_give_up(d->q, g->msg, g->n, g->next, e);
}

static int
change_all(struct queued *d, void *arg, struct err *e)
{
	struct change *c = arg;

	for (size_t i = 0; i < c->nv; i++) {
		if (c->fn(d, c->f, &c->v[i], e) < 0)
			return -1;
	}
	return 0;
}

/* What is due by the change is known to the schedule at once. */
static void
tell_schedule(struct queued *d, const struct change *c)
{
	int64_t now = clock_now();

	for (size_t i = 0; i < c->nv; i++) {
		body_forget(d, c->v[i].msg);
		if (c->v[i].is_gone || c->v[i].hold || c->v[i].next >= QUEUE_CLAIMED)
			continue;
		if (c->v[i].next <= now)
			sched_note(d, c->v[i].dest, c->v[i].msg);
		else
			sched_later(d, c->v[i].next);
	}
}

/* What ends here, the history of a message would not show otherwise. */
static void
log_changes(const struct change *c)
{
	for (size_t i = 0; i < c->nv; i++) {
		const struct chosen *g = &c->v[i];
		struct log_ctx log = { .pkg = "queued", .mid = g->mid };

		if (g->is_gone || g->is_failed)
			LOG(&log, LOG_INFO, "queued.recipient.ended", LF(qid, g->msg),
			    LF(rcpt, g->addr), LF(cmd, c->f->verb));
	}
	if (c->nv > 0)
		LOG(NULL, LOG_INFO, "queued.recipients.changed", LF(cmd, c->f->verb),
		    LF(count, c->nv));
}

static void
cmd_change(struct queued *d, struct ipc_req *req, struct filter *f, change_fn *fn)
{
	struct err e = ERR_INIT;
	struct change c = { .f = f, .fn = fn };
	struct buf out;

	buf_init(&out, TEXT_MAX);
	c.a = arena_new(LIM_QUEUE_SCAN * LIM_ADDR);
	c.v = mem_zalloc(LIM_QUEUE_SCAN, sizeof(*c.v));
	if (filter_run(d, f, on_choose, &c, &e) == 0 &&
	    (c.nv == 0 || batch_own(d, change_all, &c, &e) == 0)) {
		tell_schedule(d, &c);
		log_changes(&c);
		buf_printf(&out, "changed\t%zu\n", c.nv);
		put_end(&out, f, f->more);
	}
	mem_free(c.v);
	arena_free(&c.a);
	reply(&req, &out, &e);
}

/* ---- dump */

/* Bytes [off, off + n) of prefix and message together. */
static int
read_piece(const struct body *b, uint64_t off, size_t n, struct buf *out, struct err *e)
{
	struct spool_reader *r;
	char *p;
	int rc;

	if (off < b->prefix.n) {
		size_t k = MIN(n, b->prefix.n - (size_t)off);

		buf_putstr(out, str_sub(buf_str(&b->prefix), (size_t)off, (size_t)off + k));
		off += k;
		n -= k;
	}
	off -= b->prefix.n;
	if (off >= b->size || n == 0)
		return 0;
	n = (size_t)MIN((uint64_t)n, b->size - off);
	r = spool_reader_new(b->fd, str_mem(b->key, b->key_n), b->size, e);
	p = buf_reserve(out, n);
	rc = r == NULL || p == NULL ? -1 : spool_reader_get(r, off, p, n, e);
	spool_reader_free(&r);
	if (rc == 0)
		buf_commit(out, n);
	return rc;
}

static void
cmd_dump(struct queued *d, struct ipc_req *req, struct filter *f)
{
	struct arena *a = arena_new(TEXT_MAX);
	struct body *b = NULL;
	struct err e = ERR_INIT;
	struct queue_msg m;
	struct buf out, piece;

	buf_init(&out, TEXT_MAX + 4000);
	buf_init(&piece, LIM_QUEUE_DUMP);
	if (f->id == 0)
		err_set(&e, EC_SYNTAX, "dump needs id=");
	else if (queue_msg_get(d->q, f->id, a, &m, &e) == 0 && (b = body_get(d, &m, &e)) != NULL &&
		 read_piece(b, f->offset, LIM_QUEUE_DUMP, &piece, &e) == 0) {
		buf_printf(&out, "size\t%" PRIu64 "\n", b->prefix.n + b->size);
		enc_put_base64(&out, buf_str(&piece));
		buf_putc(&out, '\n');
	}
	body_unref(&b);
	buf_wipe(&piece);
	mem_wipe(&m, sizeof(m));
	arena_free(&a);
	reply(&req, &out, &e);
}

/* ---- status */

static void
cmd_status(struct queued *d, struct ipc_req *req, struct filter *f)
{
	struct queue_counts c = { 0 };
	struct err e = ERR_INIT;
	struct buf out;

	(void)f;
	buf_init(&out, TEXT_MAX);
	if (queue_count(d->q, &c, &e) == 0)
		buf_printf(&out,
			   "messages\t%" PRId64 "\nrecipients\t%" PRId64 "\nheld\t%" PRId64
			   "\ninflight\t%u\ndestinations\t%u\n",
			   c.messages, c.rcpts, c.held, d->inflight, d->ndests);
	reply(&req, &out, &e);
}

static void
cmd_hold(struct queued *d, struct ipc_req *req, struct filter *f)
{
	cmd_change(d, req, f, set_held);
}

static void
cmd_unhold(struct queued *d, struct ipc_req *req, struct filter *f)
{
	cmd_change(d, req, f, set_free);
}

static void
cmd_schedule(struct queued *d, struct ipc_req *req, struct filter *f)
{
	cmd_change(d, req, f, set_time);
}

static void
cmd_fail(struct queued *d, struct ipc_req *req, struct filter *f)
{
	cmd_change(d, req, f, give_up);
}

static void
cmd_drop(struct queued *d, struct ipc_req *req, struct filter *f)
{
	cmd_change(d, req, f, drop);
}

static const struct {
	const char *verb;
	void (*fn)(struct queued *d, struct ipc_req *req, struct filter *f);
} verbs[] = {
	{ "list", cmd_list },	      { "hold", cmd_hold },	{ "unhold", cmd_unhold },
	{ "schedule", cmd_schedule }, { "fail", cmd_fail },	{ "drop", cmd_drop },
	{ "dump", cmd_dump },	      { "status", cmd_status },
};

void
admin_run(struct svc *s, struct ipc_req *req, struct str verb, const struct str *args,
	  unsigned nargs)
{
	struct queued *d = svc_data(s);
	struct err e = ERR_INIT;
	struct filter f;

	if (str_eq(verb, STR("dkim.seal")) && nargs == 1) {
		admin_dkim_seal(d, req, args[0]);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		if (!str_eq(verb, str_c(verbs[i].verb)))
			continue;
		if (d->q == NULL)
			err_set(&e, EC_TEMP, "mox stops");
		else if (filter_parse(&f, verb, args, nargs, &e) == 0) {
			verbs[i].fn(d, req, &f);
			return;
		}
		svc_admin_reply(&req, STR_NONE, &e);
		return;
	}
	err_set(&e, EC_NOTFOUND, "queued has no such command");
	svc_admin_reply(&req, STR_NONE, &e);
}
