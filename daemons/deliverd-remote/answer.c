/* What queued hears, and the log. */
#include "base/mem.h"
#include "remote.h"

enum {
	RESULTS_MAX = 56000, /* bytes of the field */
	RESULT_BYTES = 27,   /* of one recipient, without text: result, code, two lengths, status */
};

static enum remote_result
wire_result(enum smtp_client_result r)
{
	if (r == SMTP_CLIENT_OK)
		return REMOTE_OK;
	return r == SMTP_CLIENT_FAIL ? REMOTE_FAIL : REMOTE_TEMP;
}

/* Not within a character. */
static struct str
cut(struct str s, size_t max)
{
	if (s.n <= max)
		return s;
	while (max > 0 && ((unsigned char)s.p[max] & 0xc0) == 0x80)
		max--;
	return str_sub(s, 0, max);
}

void
answer_send(struct job *j)
{
	size_t room = RESULTS_MAX / j->nrcpts - RESULT_BYTES;
	struct msg_remote_send_r m = {
		.connected = j->connected,
		.reused = j->reused,
		.mx = str_c(j->mx),
		.ip = str_c(j->ip),
		.tls = str_c(j->tls),
		.cipher = str_c(j->cipher),
	};
	struct buf results, b;

	buf_init(&results, RESULTS_MAX);
	for (size_t i = 0; i < j->nrcpts; i++) {
		const struct smtp_client_rcpt *r = &j->rcpts[i];

		wr_uint(&results, 1, wire_result(r->result));
		wr_uint(&results, 2, r->said.code);
		wr_str(&results, str_c(r->said.ecode));
		wr_str(&results, cut(smtp_said_text(&r->said), MIN(room, LIM_SMTP_ANSWER_TEXT)));
	}
	m.results = buf_str(&results);
	buf_init(&b, LIM_IPC_BODY);
	msg_remote_send_r_put(&b, &m);
	ipc_reply(&j->req, buf_str(&b), NULL, 0);
	buf_done(&b);
	buf_done(&results);
}

static void
rcpt_log(struct job *j, const struct smtp_client_rcpt *r)
{
	LOG(&j->log, LOG_INFO, "remote.rcpt.failed", LF(rcpt, r->addr),
	    LF(result, r->result == SMTP_CLIENT_FAIL ? "permanent" : "temporary"),
	    LF(code, r->said.code), LF(ecode, (const char *)r->said.ecode),
	    LF(reason, smtp_said_text(&r->said)), LF(mx, (const char *)j->mx));
}

void
answer_log(struct job *j)
{
	size_t n = 0;

	for (size_t i = 0; i < j->nrcpts; i++) {
		if (j->rcpts[i].result == SMTP_CLIENT_OK)
			n++;
		else
			rcpt_log(j, &j->rcpts[i]);
	}
	LOG(&j->log, LOG_INFO, n > 0 ? "remote.delivery.done" : "remote.delivery.failed",
	    LF(domain, j->m.domain), LF(rcpts, j->nrcpts), LF(count, n), LF(size, j->txn.size),
	    LF(mx, (const char *)j->mx), LF(addr, (const char *)j->ip),
	    LF(tls, (const char *)j->tls), LF(attempt, j->m.attempt),
	    LF(duration, loop_now(j->r->l) - j->began));
}
