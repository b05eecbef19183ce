/* Transactions. */
#include <stdio.h>

#include "base/mem.h"
#include "remote.h"

/* ---- the SMTP client at work */

static int64_t
patience(struct job *j)
{
	int64_t ms = smtp_client_patience(j->c->c), left = j->until - loop_now(j->r->l);

	if (svc_is_localserve(j->r->svc))
		ms = MIN(ms, LIM_REMOTE_LOCAL_MS);
	return MAX(MIN(ms, left), 1);
}

/* Nothing more will come on this connection. */
static enum step
lost(struct job *j, const char *what)
{
	struct conn *c = j->c;
	char text[LIM_SMTP_ANSWER_TEXT];

	snprintf(text, sizeof(text), "%s [%s]: %s during %s", c->to.host, c->to.ip, what,
		 smtp_client_stage(c->c));
	smtp_client_lost(c->c, "4.4.2", str_c(text), stream_out_len(c->st) == 0);
	return host_failed(j);
}

static void
note_host(struct job *j)
{
	struct conn *c = j->c;

	j->connected |= smtp_client_is_greeted(c->c);
	memcpy(j->mx, c->to.host, sizeof(j->mx));
	memcpy(j->ip, c->to.ip, sizeof(j->ip));
	memcpy(j->tls, c->tls, sizeof(j->tls));
	memcpy(j->cipher, c->cipher, sizeof(j->cipher));
}

bool
client_drive(struct job *j, enum smtp_client_want *want, enum step *r)
{
	struct conn *c = j->c;
	struct buf *out = smtp_client_out(c->c);
	size_t used;

	if (stream_out_full(c->st) && stream_get_state(c->st) == STREAM_OPEN) {
		*r = STEP_WAIT;
		return false;
	}
	*want = smtp_client_run(c->c, stream_in(c->st), &used);
	stream_consume(c->st, used);
	if (used > 0 || out->n > 0)
		c->has_deadline = false;
	stream_putstr(c->st, buf_str(out));
	buf_reset(out);
	note_host(j);
	switch (*want) {
	case SMTP_CLIENT_READY:
	case SMTP_CLIENT_TLS:
		return true;
	case SMTP_CLIENT_CLOSE:
		*r = host_failed(j);
		return false;
	case SMTP_CLIENT_INPUT:
	case SMTP_CLIENT_OUTPUT:
		break;
	}
	if (!c->has_deadline)
		stream_set_deadline(c->st, patience(j));
	c->has_deadline = true;
	*r = STEP_WAIT;
	switch (stream_get_state(c->st)) {
	case STREAM_OPEN:
		if (*want == SMTP_CLIENT_OUTPUT && !stream_out_full(c->st))
			*r = STEP_MORE;
		break;
	case STREAM_TIMEOUT:
		*r = lost(j, "timeout");
		break;
	case STREAM_EOF:
	case STREAM_BROKEN:
		*r = lost(j, "connection lost");
		break;
	}
	return false;
}

/* ---- transactions */

static bool
is_too_many(const struct smtp_client_rcpt *r)
{
	return r->result == SMTP_CLIENT_TEMP && smtp_client_is_too_many(r);
}

static void
reopen(struct job *j, bool (*which)(const struct smtp_client_rcpt *))
{
	for (size_t i = 0; i < j->nrcpts; i++)
		if (which(&j->rcpts[i]))
			j->rcpts[i].result = SMTP_CLIENT_OPEN;
}

/* A server's "not now": another one may say something else. */
static bool
is_not_now(const struct smtp_client_rcpt *r)
{
	return r->result == SMTP_CLIENT_TEMP && r->said.code != 0;
}

/* Blocked by policy, on the first try, at a host that has an address of the other family: that one
 * may be in better standing, so it is not for good yet. */
static void
soften(struct job *j)
{
	if (j->m.attempt != 1 || !j->to.is_dual)
		return;
	for (size_t i = 0; i < j->nrcpts; i++) {
		struct smtp_client_rcpt *r = &j->rcpts[i];

		if (r->result == SMTP_CLIENT_FAIL && r->said.code != 0 &&
		    str_has_prefix(str_c(r->said.ecode), STR("5.7.")))
			r->result = SMTP_CLIENT_TEMP;
	}
}

static size_t
count_ok(const struct job *j)
{
	size_t n = 0;

	for (size_t i = 0; i < j->nrcpts; i++)
		n += j->rcpts[i].result == SMTP_CLIENT_OK;
	return n;
}

static enum step
step_sending(struct job *j)
{
	enum smtp_client_want want;
	enum step r;

	if (!client_drive(j, &want, &r))
		return r;
	j->c->nmsgs++;
	if (count_ok(j) > j->nok) {
		j->nok = count_ok(j);
		reopen(j, is_too_many);
	}
	if (job_has_open(j)) {
		j->step = step_send;
		return STEP_MORE;
	}
	soften(j);
	pool_put(&j->c);
	j->nsessions++;
	reopen(j, is_not_now);
	if (job_has_open(j) && j->route == NULL) {
		memcpy(j->skip_ip, j->to.ip, sizeof(j->skip_ip));
		j->no_pool = true;
		j->step = job_begin;
		return STEP_MORE;
	}
	j->step = step_next;
	return STEP_MORE;
}

enum step
step_send(struct job *j)
{
	struct conn *c = j->c;

	if (loop_now(j->r->l) >= j->until) {
		conn_quit(&j->c);
		return step_next(j);
	}
	/* MAILMAX of a server that wants a new connection for the others. */
	if (!smtp_client_may_send(c->c)) {
		conn_quit(&j->c);
		return host_again(j);
	}
	message_begin(j, smtp_client_caps(c->c));
	smtp_client_send(c->c, &j->txn);
	j->step = step_sending;
	return STEP_MORE;
}
