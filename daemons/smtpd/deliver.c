/* Handing a message over to deliverd, and one reply made of the results. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "smtp/trace.h"
#include "smtpd.h"

struct smtp_verdict
verdict_of(const struct deliver_reply *r)
{
	return (struct smtp_verdict){ r->code, str_c(r->ecode), str_c(r->text) };
}

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

static void
answer(void *arg)
{
	struct job *j = arg;
	struct conn *c = j->c;
	struct smtp_verdict v = verdict_of(&j->result);

	smtp_session_data_done(c->s, &v);
	stream_wake(c->st);
}

/*
 * All accepted: 250. Some failed for the moment: 451, whatever the others did; the client comes
 * again, and deliverd knows what it has. Some refused for good, the others accepted: 250, and the
 * log has the rest. None accepted: the first reason.
 */
static void
judge(struct job *j, const struct deliver_reply *r, size_t n, size_t *accepted)
{
	const struct deliver_reply *temp = NULL, *perm = NULL;
	char text[64];

	*accepted = 0;
	for (size_t i = 0; i < n; i++) {
		const struct deliver_reply **first = r[i].code >= 500 ? &perm : &temp;

		if (r[i].code == 250) {
			++*accepted;
			continue;
		}
		if (*first == NULL)
			*first = &r[i];
		LOG(&j->c->log, LOG_INFO, "smtpd.rcpt.failed", LF(rcpt, j->rcpts[i].addr),
		    LF(code, r[i].code), LF(reason, (const char *)r[i].text));
	}
	if (temp != NULL) {
		j->result = *temp;
	} else if (*accepted == 0 && perm != NULL) {
		j->result = *perm;
	} else {
		snprintf(text, sizeof(text), "Accepted, id %016" PRIx64, j->mid);
		deliver_reply_set(&j->result, 250, STR("2.0.0"), str_c(text));
	}
}

static void
on_delivered(void *arg, const struct deliver_reply *r, size_t n)
{
	struct job *j = arg;
	struct conn *c = j->c;
	size_t accepted;

	judge(j, r, n, &accepted);
	if (j->result.code == 250)
		LOG(&c->log, LOG_INFO, "smtpd.message.accepted", LF(from, j->txn->sender),
		    LF(rcpts, accepted), LF(size, j->msg.size),
		    LF(duration, loop_now(c->d->l) - j->began));
	else
		LOG(&c->log, LOG_INFO, "smtpd.message.refused", LF(from, j->txn->sender),
		    LF(rcpts, n), LF(count, accepted), LF(size, j->msg.size),
		    LF(code, j->result.code), LF(reason, (const char *)j->result.text));
	if (j->result.code < 500 && j->result.code != 250)
		deliver_note_partial(j->deliver, answer, j);
	else
		answer(j);
}

void
job_deliver(struct job *j)
{
	const struct smtp_txn *t = j->txn;
	struct deliver_in in = {
		.txn = j->mid, .cid = j->c->log.cid, .flags = flags(j), .fd = j->msg.fd,
		.size = j->msg.size, .filekey = str_mem(j->msg.key, j->msg.key_n),
		.ip = str_c(j->c->ip), .helo = smtp_session_helo(j->c->s), .sender = t->sender,
		.n = t->nrcpts, .log = &j->c->log,
	};

	trace_make(j);
	in.trace = str_mem(j->trace, j->trace_n);
	j->rcpts = mem_zalloc(t->nrcpts, sizeof(*j->rcpts));
	for (size_t i = 0; i < t->nrcpts; i++)
		j->rcpts[i] = (struct deliver_rcpt){ t->rcpts[i].addr, t->rcpts[i].account,
						     t->rcpts[i].owner };
	in.rcpts = j->rcpts;
	j->deliver = deliver_new(j->c->d->svc, &in, on_delivered, j);
}
