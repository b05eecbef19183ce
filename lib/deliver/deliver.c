/*
 * Handing a message over: DELIVER to each worker of deliverd that owns accounts of recipients, all
 * at the same time. When the sender will have to come again though some have the message,
 * DELIVER_PARTIAL tells their workers before.
 */
#include "deliver/deliver.h"

#include <errno.h>
#include <fcntl.h>

#include "base/mem.h"
#include "deliver/retry.h"

enum {
	RCPTS_MAX = 40000, /* bytes of the field in DELIVER */
	NOTE_MS = 10000,   /* for the answer to DELIVER_PARTIAL: the client waits */
};

/* One DELIVER: recipients that the same worker owns; once it is answered, those that were accepted.
 */
struct part {
	struct deliver *d;
	uint32_t owner;
	uint32_t *rcpts; /* indices */
	size_t n;
	uint64_t call;
	bool is_done, is_waiting;
	bool is_repeat; /* the owner may have the message by an earlier DELIVER */
	bool is_noted; /* some failed for the moment, so the worker knows that a repeat will come */
};

struct deliver {
	struct svc *s;
	struct deliver_in in;
	struct deliver_reply *replies;
	struct part *parts;
	size_t nparts, undone;
	struct deliver_retry retry;
	deliver_fn *done; /* NULL once called */
	void *arg;
	void (*noted)(void *arg);
	void *noted_arg;
};

/* ---- parts: recipients by owner, cut so that request and answer fit a packet */

static struct part *
part_add(struct deliver *d, uint32_t owner)
{
	struct part *p;

	d->parts = mem_resize(d->parts, d->nparts + 1, sizeof(*d->parts));
	p = &d->parts[d->nparts++];
	*p = (struct part){ .d = d, .owner = owner };
	p->rcpts = mem_zalloc(LIM_SMTP_PART_RCPTS, sizeof(*p->rcpts));
	return p;
}

static void
parts_of_owner(struct deliver *d, uint32_t owner)
{
	struct part *p = NULL;
	size_t bytes = 0;

	for (size_t i = 0; i < d->in.n; i++) {
		const struct deliver_rcpt *r = &d->in.rcpts[i];
		size_t n = 8 + r->addr.n + r->account.n;

		if (r->owner != owner)
			continue;
		if (p == NULL || p->n == LIM_SMTP_PART_RCPTS || bytes + n > RCPTS_MAX) {
			bool is_first = p == NULL;

			p = part_add(d, owner);
			bytes = 0;
			/* An account of which an earlier part names another address has it. */
			p->is_repeat = !is_first;
		}
		p->rcpts[p->n++] = (uint32_t)i;
		bytes += n;
	}
}

/* ---- results */

static void
part_failed(struct part *p, const struct err *e)
{
	LOG(p->d->in.log, LOG_ERROR, "deliver.call.failed", LF(worker, p->owner), LF(err, e));
	for (size_t i = 0; i < p->n; i++)
		deliver_reply_err(&p->d->replies[p->rcpts[i]], e);
	p->n = 0;
}

/* Afterwards the part has the recipients that were accepted. False, with nothing kept, when it is
 * not one result for each recipient. */
static bool
part_results(struct part *p, struct str results)
{
	size_t kept = 0, n = p->n;

	for (int pass = 0; pass < 2; pass++) {
		struct rd r = rd_init(results);

		for (size_t i = 0; i < n; i++) {
			unsigned code = (unsigned)rd_uint(&r, 2);
			struct str ecode = rd_str(&r, 16), text = rd_str(&r, 256);

			if (code != 250 && (code < 400 || code > 599))
				return false;
			if (pass == 0)
				continue;
			deliver_reply_set(&p->d->replies[p->rcpts[i]], code, ecode, text);
			if (code == 250)
				p->rcpts[kept++] = p->rcpts[i];
			else if (code < 500)
				p->is_noted = true;
		}
		if (!rd_done(&r))
			return false;
	}
	p->n = kept;
	return true;
}

/* The last thing done: the owner may free us in `done`. */
static void
finish(struct deliver *d)
{
	deliver_fn *done = d->done;

	d->done = NULL;
	done(d->arg, d->replies, d->in.n);
}

/* ---- requests */

/* DELIVER or DELIVER_PARTIAL. */
static int
part_call(struct part *p, enum ipc_type type, uint32_t more_flags, int64_t deadline_ms,
	  ipc_answer *fn, struct err *e)
{
	struct deliver *d = p->d;
	const struct deliver_in *in = &d->in;
	struct msg_deliver m = {
		.txn = in->txn,
		.cid = in->cid,
		.flags = in->flags | more_flags,
		.size = in->size,
		.filekey = in->filekey,
		.ip = in->ip,
		.helo = in->helo,
		.sender = in->sender,
		.trace = in->trace,
	};
	struct buf rcpts, b;
	int fd = fcntl(in->fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return err_sys(e, EC_IO, errno, "duplicate a descriptor");
	buf_init(&rcpts, RCPTS_MAX);
	buf_init(&b, LIM_IPC_BODY);
	for (size_t i = 0; i < p->n; i++) {
		wr_str(&rcpts, in->rcpts[p->rcpts[i]].addr);
		wr_str(&rcpts, in->rcpts[p->rcpts[i]].account);
	}
	m.rcpts = buf_str(&rcpts);
	msg_deliver_put(&b, &m);
	p->call = ipc_call(svc_loop(d->s), svc_reach(d->s, ROLE_DELIVERD, p->owner), type,
			   buf_str(&b), &fd, 1, deadline_ms, fn, p);
	buf_wipe(&b);
	buf_done(&rcpts);
	return 0;
}

/* ---- DELIVER */

static void
on_answer(void *arg, const struct err *e, struct ipc_msg *m)
{
	struct part *p = arg;
	struct deliver *d = p->d;
	struct msg_deliver_r r;
	struct err bad = ERR_INIT;

	p->call = 0;
	if (e != NULL) {
		if ((p->is_waiting = deliver_retry_may(&d->retry, e)))
			return;
		part_failed(p, e);
	} else if (!msg_deliver_r_get(m->body, &r) || r.kind != DELIVER_DONE ||
		   !part_results(p, r.results)) {
		err_set(&bad, EC_BUG, "malformed answer to a delivery");
		part_failed(p, &bad);
	}
	p->is_done = true;
	if (--d->undone == 0)
		finish(d);
}

static void
part_send(struct part *p)
{
	struct err e = ERR_INIT;

	p->is_waiting = false;
	if (part_call(p, IPC_DELIVER, p->is_repeat ? DELIVER_REPEAT : 0, 0, on_answer, &e) < 0) {
		part_failed(p, &e);
		p->is_done = true;
		p->d->undone--;
	}
	p->is_repeat = true;
}

static void
on_again(void *arg)
{
	struct deliver *d = arg;

	for (size_t i = 0; i < d->nparts; i++)
		if (!d->parts[i].is_done && d->parts[i].is_waiting)
			part_send(&d->parts[i]);
	if (d->undone == 0 && d->done != NULL)
		finish(d);
}

struct deliver *
deliver_new(struct svc *s, const struct deliver_in *in, deliver_fn *done, void *arg)
{
	struct deliver *d = MEM_NEW(struct deliver);
	unsigned workers = svc_workers(s, ROLE_DELIVERD);

	d->s = s;
	d->in = *in;
	d->done = done;
	d->arg = arg;
	deliver_retry_init(&d->retry, svc_loop(s), on_again, d);
	d->replies = mem_zalloc(in->n + 1, sizeof(*d->replies));
	for (size_t i = 0; i < in->n; i++)
		deliver_reply_err(&d->replies[i], &(struct err){ .code = EC_TEMP });
	for (uint32_t w = 0; w < workers; w++)
		parts_of_owner(d, w);
	d->undone = d->nparts;
	for (size_t i = 0; i < d->nparts; i++)
		part_send(&d->parts[i]);
	if (d->undone == 0) /* none could be sent */
		deliver_retry_now(&d->retry);
	return d;
}

/* ---- what the workers have though the sender comes again */

static void
note_failed(struct part *p, const struct err *e)
{
	LOG(p->d->in.log, LOG_ERROR, "deliver.note.failed", LF(worker, p->owner), LF(err, e));
}

static void
on_noted(void *arg, const struct err *e, struct ipc_msg *m)
{
	struct part *p = arg;

	(void)m;
	p->call = 0;
	if (e != NULL)
		note_failed(p, e);
	if (--p->d->undone == 0)
		p->d->noted(p->d->noted_arg);
}

/* Without a note some get the message twice: no reason to change an answer. A worker with both
 * kinds of results in one part has noted them by itself. */
void
deliver_note_partial(struct deliver *d, void (*noted)(void *arg), void *arg)
{
	d->noted = noted;
	d->noted_arg = arg;
	for (size_t i = 0; i < d->nparts; i++) {
		struct part *p = &d->parts[i];
		struct err e = ERR_INIT;

		if (p->n == 0 || p->is_noted)
			continue;
		if (part_call(p, IPC_DELIVER_PARTIAL, 0, NOTE_MS, on_noted, &e) == 0)
			d->undone++;
		else
			note_failed(p, &e);
	}
	if (d->undone == 0)
		noted(arg);
}

void
deliver_free(struct deliver **dp)
{
	struct deliver *d = *dp;

	if (d == NULL)
		return;
	*dp = NULL;
	for (size_t i = 0; i < d->nparts; i++) {
		ipc_cancel(d->parts[i].call);
		mem_free(d->parts[i].rcpts);
	}
	mem_free(d->parts);
	mem_free(d->replies);
	deliver_retry_done(&d->retry);
	mem_free(d);
}
