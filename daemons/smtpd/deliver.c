/*
 * Handing a message over: DELIVER to each worker of deliverd that owns accounts of recipients, all
 * at the same time, and one reply made of their results. When the client will have to come again
 * though some have the message, DELIVER_PARTIAL tells their workers before.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ipc/msg_deliver.h"
#include "smtp/trace.h"
#include "smtpd.h"

enum {
	RCPTS_MAX = 40000,	/* bytes of the field in DELIVER */
	NOTE_MS = 10000,	/* for the answer to DELIVER_PARTIAL: the client waits */
};

/* ---- parts: recipients by owner, cut so that request and answer fit a packet */

static size_t
rcpt_bytes(const struct smtp_rcpt *r)
{
	return 8 + r->addr.n + r->account.n;
}

static struct part *
part_add(struct job *j, uint32_t owner)
{
	struct part *p;

	j->parts = mem_resize(j->parts, j->nparts + 1, sizeof(*j->parts));
	p = &j->parts[j->nparts++];
	*p = (struct part){ .j = j, .owner = owner };
	p->rcpts = mem_zalloc(LIM_SMTP_PART_RCPTS, sizeof(*p->rcpts));
	return p;
}

static void
parts_of_owner(struct job *j, uint32_t owner)
{
	const struct smtp_txn *t = j->txn;
	struct part *p = NULL;
	size_t bytes = 0;

	for (size_t i = 0; i < t->nrcpts; i++) {
		if (t->rcpts[i].owner != owner)
			continue;
		if (p == NULL || p->n == LIM_SMTP_PART_RCPTS ||
		    bytes + rcpt_bytes(&t->rcpts[i]) > RCPTS_MAX) {
			bool is_first = p == NULL;

			p = part_add(j, owner);
			bytes = 0;
			/* An account of which an earlier part names another address has it. */
			p->is_repeat = !is_first;
		}
		p->rcpts[p->n++] = (uint16_t)i;
		bytes += rcpt_bytes(&t->rcpts[i]);
	}
}

void
parts_free(struct job *j)
{
	for (size_t i = 0; i < j->nparts; i++) {
		ipc_cancel(j->parts[i].call);
		mem_free(j->parts[i].rcpts);
	}
	mem_free(j->parts);
	j->parts = NULL;
	j->nparts = 0;
}

/* ---- results */

/*
 * All accepted: 250. Some failed for the moment: 451, whatever the others did; the client comes
 * again, and deliverd knows what it has. Some refused for good, the others accepted: 250, and the
 * log has the rest. None accepted: the first reason.
 */
static void
finish(struct job *j)
{
	struct conn *c = j->c;
	struct outcome ok;
	char text[64];
	const struct outcome *o = &ok;

	snprintf(text, sizeof(text), "Accepted, id %016" PRIx64, j->mid);
	outcome_set(&ok, 250, STR("2.0.0"), str_c(text));
	if (j->temp.code != 0)
		o = &j->temp;
	else if (j->naccepted == 0 && j->perm.code != 0)
		o = &j->perm;
	if (o->code == 250)
		LOG(&c->log, LOG_INFO, "smtpd.message.accepted", LF(from, j->txn->sender),
		    LF(rcpts, j->naccepted), LF(size, j->msg.size),
		    LF(duration, loop_now(c->d->l) - j->began));
	else
		LOG(&c->log, LOG_INFO, "smtpd.message.refused", LF(from, j->txn->sender),
		    LF(rcpts, j->txn->nrcpts), LF(count, j->naccepted), LF(size, j->msg.size),
		    LF(code, o->code), LF(reason, (const char *)o->text));
	struct smtp_verdict v = outcome_verdict(o);

	smtp_session_data_done(c->s, &v);
	stream_wake(c->st);
}

static void
rcpt_result(struct job *j, const struct smtp_rcpt *r, const struct smtp_verdict *v)
{
	struct outcome *o = v->code >= 500 ? &j->perm : &j->temp;

	if (v->code == 250) {
		j->naccepted++;
		return;
	}
	j->nrefused++;
	if (o->code == 0)
		outcome_set(o, v->code, v->ecode, v->text);
	LOG(&j->c->log, LOG_INFO, "smtpd.rcpt.failed", LF(rcpt, r->addr), LF(code, v->code),
	    LF(reason, v->text));
}

static void
part_failed(struct part *p, const struct err *e)
{
	struct smtp_verdict v = verdict_of_err(e);

	LOG(&p->j->c->log, LOG_ERROR, "smtpd.deliver.failed", LF(worker, p->owner), LF(err, e));
	for (size_t i = 0; i < p->n; i++)
		rcpt_result(p->j, &p->j->txn->rcpts[p->rcpts[i]], &v);
	p->n = 0;
}

/* Afterwards the part has the recipients that were accepted. False, with nothing counted, when it
 * is not one result for each recipient. */
static bool
part_results(struct part *p, struct str results)
{
	size_t kept = 0, n = p->n;

	for (int pass = 0; pass < 2; pass++) {
		struct rd r = rd_init(results);

		for (size_t i = 0; i < n; i++) {
			struct smtp_verdict v;

			v.code = (unsigned)rd_uint(&r, 2);
			v.ecode = rd_str(&r, 16);
			v.text = rd_str(&r, 256);
			if (v.code != 250 && (v.code < 400 || v.code > 599))
				return false;
			if (pass == 0)
				continue;
			rcpt_result(p->j, &p->j->txn->rcpts[p->rcpts[i]], &v);
			if (v.code == 250)
				p->rcpts[kept++] = p->rcpts[i];
			else if (v.code < 500)
				p->is_noted = true;
		}
		if (!rd_done(&r))
			return false;
	}
	p->n = kept;
	return true;
}

/* ---- requests */

static uint32_t
flags(const struct job *j)
{
	const struct smtp_txn *t = j->txn;
	uint32_t f = 0;

	if (t->body != SMTP_7BIT)
		f |= DELIVER_8BIT;
	if (t->body == SMTP_BINARYMIME)
		f |= DELIVER_BINARY;
	if (t->is_utf8)
		f |= DELIVER_SMTPUTF8;
	if (stream_layer_arg(j->c->st) != NULL)
		f |= DELIVER_TLS;
	return f;
}

/* DELIVER or DELIVER_PARTIAL. */
static int
part_call(struct part *p, enum ipc_type type, uint32_t more_flags, int64_t deadline_ms,
	  ipc_answer *fn, struct err *e)
{
	struct job *j = p->j;
	struct conn *c = j->c;
	const struct smtp_txn *t = j->txn;
	struct msg_deliver m = {
		.txn = j->mid, .cid = c->log.cid, .flags = flags(j) | more_flags,
		.size = j->msg.size, .filekey = str_mem(j->msg.key, j->msg.key_n),
		.ip = str_c(c->ip), .helo = smtp_session_helo(c->s), .sender = t->sender,
		.trace = str_mem(j->trace, j->trace_n),
	};
	struct buf rcpts, b;
	int fd = spool_fd_dup(j->spool, e);

	if (fd < 0)
		return -1;
	buf_init(&rcpts, RCPTS_MAX);
	buf_init(&b, LIM_IPC_BODY);
	for (size_t i = 0; i < p->n; i++) {
		wr_str(&rcpts, t->rcpts[p->rcpts[i]].addr);
		wr_str(&rcpts, t->rcpts[p->rcpts[i]].account);
	}
	m.rcpts = buf_str(&rcpts);
	msg_deliver_put(&b, &m);
	p->call = ipc_call(c->d->l, svc_reach(c->d->svc, ROLE_DELIVERD, p->owner), type,
			   buf_str(&b), &fd, 1, deadline_ms, fn, p);
	buf_wipe(&b);
	buf_done(&rcpts);
	return 0;
}

/* ---- what the workers have though the client comes again */

static void
note_failed(struct part *p, const struct err *e)
{
	LOG(&p->j->c->log, LOG_ERROR, "smtpd.partial.failed", LF(worker, p->owner), LF(err, e));
}

static void
on_noted(void *arg, const struct err *e, struct ipc_msg *m)
{
	struct part *p = arg;

	(void)m;
	p->call = 0;
	if (e != NULL)
		note_failed(p, e);
	if (--p->j->undone == 0)
		finish(p->j);
}

/* All parts have their results. Without a note some get the message twice: no reason to change
 * the answer. A worker with both kinds of results in one part has noted them by itself. */
static void
settle(struct job *j)
{
	for (size_t i = 0; j->temp.code != 0 && i < j->nparts; i++) {
		struct part *p = &j->parts[i];
		struct err e = ERR_INIT;

		if (p->n == 0 || p->is_noted)
			continue;
		if (part_call(p, IPC_DELIVER_PARTIAL, 0, NOTE_MS, on_noted, &e) == 0)
			j->undone++;
		else
			note_failed(p, &e);
	}
	if (j->undone == 0)
		finish(j);
}

/* ---- DELIVER */

static void
on_answer(void *arg, const struct err *e, struct ipc_msg *m)
{
	struct part *p = arg;
	struct job *j = p->j;
	struct msg_deliver_r r;
	struct err bad = ERR_INIT;

	p->call = 0;
	if (e != NULL) {
		if ((p->is_waiting = job_may_retry(j, e)))
			return;
		part_failed(p, e);
	} else if (!msg_deliver_r_get(m->body, &r) || r.kind != DELIVER_DONE ||
		   !part_results(p, r.results)) {
		err_set(&bad, EC_BUG, "malformed answer to a delivery");
		part_failed(p, &bad);
	}
	p->is_done = true;
	if (--j->undone == 0)
		settle(j);
}

static void
part_send(struct part *p)
{
	struct err e = ERR_INIT;

	p->is_waiting = false;
	if (part_call(p, IPC_DELIVER, p->is_repeat ? DELIVER_REPEAT : 0, 0, on_answer, &e) < 0) {
		part_failed(p, &e);
		p->is_done = true;
		p->j->undone--;
	}
	p->is_repeat = true;
}

void
parts_retry(struct job *j)
{
	bool sent = false;

	for (size_t i = 0; i < j->nparts; i++)
		if (!j->parts[i].is_done && j->parts[i].is_waiting) {
			part_send(&j->parts[i]);
			sent = true;
		}
	if (sent && j->undone == 0)
		settle(j);
}

static void
trace_make(struct job *j)
{
	struct conn *c = j->c;
	struct smtp_trace t = {
		.helo = smtp_session_helo(c->s), .ip = str_c(c->ip),
		.hostname = str_c(c->conf->smtp.hostname), .proto = smtp_session_proto(c->s),
		.id = j->mid, .now = clock_now(),
	};
	struct tls_info tls;
	struct buf b;

	if (tls_stream_info(c->st, &tls)) {
		t.tls = tls.version;
		t.cipher = tls.cipher;
	}
	if (j->txn->nrcpts == 1)
		t.rcpt = j->txn->rcpts[0].addr;
	buf_init(&b, sizeof(j->trace));
	smtp_trace_put(&b, &t);
	j->trace_n = b.n;
	memcpy(j->trace, buf_str(&b).p, b.n);
	buf_done(&b);
}

void
deliver_start(struct job *j)
{
	unsigned workers = svc_workers(j->c->d->svc, ROLE_DELIVERD);

	trace_make(j);
	j->retry_until = 0;
	for (uint32_t w = 0; w < workers; w++)
		parts_of_owner(j, w);
	j->undone = j->nparts;
	for (size_t i = 0; i < j->nparts; i++)
		part_send(&j->parts[i]);
	if (j->undone == 0)	/* none could be sent */
		settle(j);
}
