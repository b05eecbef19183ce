/* The message: what is missing in its header is added, it is checked who it says it is from, and
 * queued takes it. */
#include <stdio.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/mem.h"
#include "submissiond.h"

static void
on_bytes(void *arg, struct str bytes)
{
	smtpconn_txn_put(((struct job *)arg)->c, bytes);
}

/* The fields that are added when there are none. */
static void
fields_make(struct job *j)
{
	unsigned char random[16];
	struct buf b;

	buf_init(&b, sizeof(j->date) - 1);
	buf_puts(&b, "Date: ");
	clock_put_rfc5322(&b, clock_now());
	buf_puts(&b, "\r\n");
	snprintf(j->date, sizeof(j->date), "%s", buf_c(&b));
	buf_done(&b);
	seal_random(random, sizeof(random));
	buf_init(&b, sizeof(j->message_id) - 1);
	buf_puts(&b, "Message-ID: <");
	enc_put_base64url(&b, str_mem(random, sizeof(random)));
	buf_printf(&b, "@%s>\r\n", j->c->conf->smtp.hostname);
	snprintf(j->message_id, sizeof(j->message_id), "%s", buf_c(&b));
	buf_done(&b);
}

void
on_data_begin(void *ctx, const struct smtp_txn *t)
{
	struct smtpconn *c = ctx;
	struct job *j = c->txn_data;

	(void)t;
	smtpconn_txn_data(c);
	fields_make(j);
	mime_submit_init(&j->m, str_c(j->date), str_c(j->message_id), on_bytes, j);
	j->has_message = true;
}

void
on_data_put(void *ctx, struct str bytes)
{
	struct job *j = ((struct smtpconn *)ctx)->txn_data;

	mime_submit_put(&j->m, bytes);
}

/* ---- queued */

static void
answer(struct job *j, const struct deliver_reply *r)
{
	struct smtpconn *c = j->c;
	struct smtp_verdict v = smtpconn_verdict(r);

	if (r->code != 250)
		LOG(&c->log, LOG_INFO, "submissiond.message.refused", LF(from, c->txn->pub->sender),
		    LF(rcpts, c->txn->pub->nrcpts), LF(size, c->txn->msg.size), LF(code, r->code),
		    LF(reason, v.text));
	smtp_session_data_done(c->s, &v);
	smtpconn_wake(c);
}

static void
on_enqueued(void *arg, const struct deliver_reply *r, uint64_t id)
{
	struct job *j = arg;
	struct smtpconn *c = j->c;
	struct deliver_reply ok;

	if (r->code != 250) {
		answer(j, r);
		return;
	}
	LOG(&c->log, LOG_INFO, "submissiond.message.accepted", LF(from, c->txn->pub->sender),
	    LF(rcpts, c->txn->pub->nrcpts), LF(size, c->txn->msg.size), LF(qid, id),
	    LF(duration, loop_now(c->all->l) - c->txn->began));
	smtpconn_accept_reply(c, &ok);
	answer(j, &ok);
}

static bool
has_utf8_address(const struct smtp_txn *t)
{
	bool r = !str_is_ascii(t->sender);

	for (size_t i = 0; i < t->nrcpts && !r; i++)
		r = !str_is_ascii(t->rcpts[i].addr);
	return r;
}

/* What the message needs on its way, by what is in it. A client's SMTPUTF8 counts only when there
 * is something that may need it. */
static uint32_t
flags(const struct job *j)
{
	const struct smtp_txn *t = j->c->txn->pub;
	uint32_t f = smtpconn_txn_flags(j->c) & ~(uint32_t)(DELIVER_8BIT | DELIVER_SMTPUTF8);

	if (j->m.has_8bit)
		f |= DELIVER_8BIT;
	if (j->m.has_8bit_header || has_utf8_address(t) || (t->is_utf8 && j->m.has_8bit))
		f |= DELIVER_SMTPUTF8;
	return f;
}

static void
enqueue(struct job *j)
{
	struct smtpconn *c = j->c;
	const struct smtpconn_txn *x = c->txn;
	const struct user *u = c->data;
	struct deliver_enqueue_in in = {
		.txn = x->mid,
		.cid = c->log.cid,
		.flags = flags(j),
		.fd = x->msg.fd,
		.size = x->msg.size,
		.filekey = str_mem(x->msg.key, x->msg.key_n),
		.ip = str_c(c->ip),
		.helo = smtp_session_helo(c->s),
		.account = str_c(u->account),
		.login = str_c(u->address),
		.sender = x->pub->sender,
		.from = str_c(j->from),
		.n = x->pub->nrcpts,
	};

	smtpconn_txn_trace(c, true);
	in.trace = str_mem(x->trace, x->trace_n);
	j->rcpts = mem_zalloc(in.n, sizeof(*j->rcpts));
	for (size_t i = 0; i < in.n; i++)
		j->rcpts[i] = x->pub->rcpts[i].addr;
	in.rcpts = j->rcpts;
	j->enqueue = deliver_enqueue_new(c->all->svc, &in, on_enqueued, j);
}

void
on_data_end(void *ctx, const struct smtp_txn *t)
{
	struct smtpconn *c = ctx;
	struct job *j = c->txn_data;
	struct deliver_reply r;
	char text[128];

	(void)t;
	if (!mime_submit_end(&j->m)) {
		snprintf(text, sizeof(text), "Malformed message: %s", j->m.why);
		deliver_reply_set(&r, 550, STR("5.6.0"), str_c(text));
		answer(j, &r);
	} else if (!identity_from(c->data, &j->m, j->from, &r) || !smtpconn_txn_finish(c, &r)) {
		answer(j, &r);
	} else {
		enqueue(j);
	}
}
