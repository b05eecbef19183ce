/* From one address to the next: connecting, greeting, STARTTLS. */
#include <stdio.h>

#include "base/mem.h"
#include "remote.h"

static enum step step_connect(struct job *j);

static void said_printf(struct smtp_said *s, const char *ecode, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void
said_printf(struct smtp_said *s, const char *ecode, const char *fmt, ...)
{
	char text[LIM_SMTP_ANSWER_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	smtp_said_set(s, 0, str_c(ecode), str_c(text));
}

enum step
step_route(struct job *j)
{
	enum route_state s = route_state(j->route);

	if (s == ROUTE_WAIT)
		return STEP_WAIT;
	if (s == ROUTE_OK) {
		j->step = step_next;
		return STEP_MORE;
	}
	job_settle(j, s == ROUTE_FAIL ? SMTP_CLIENT_FAIL : SMTP_CLIENT_TEMP, route_why(j->route));
	return STEP_END;
}

static enum step
give_up(struct job *j)
{
	if (j->last.text_n == 0)
		said_printf(&j->last, "4.4.1", "no mail host could be reached");
	job_settle(j, SMTP_CLIENT_TEMP, &j->last);
	return STEP_END;
}

/* A connection to j->to; what is wrong with the socket itself is told as if by the other end. */
static enum step
connect_to(struct job *j)
{
	struct err e = ERR_INIT;

	j->c = conn_new(j, &j->to, !j->no_tls, &e);
	if (j->c == NULL) {
		said_printf(&j->last, "4.4.1", "%s [%s]: %s", j->to.host, j->to.ip, e.msg);
		LOG(&j->log, LOG_INFO, "remote.connect.failed", LF(mx, (const char *)j->to.host),
		    LF(addr, (const char *)j->to.ip), LF(err, &e));
		j->step = step_next;
		return STEP_MORE;
	}
	j->step = step_connect;
	return STEP_WAIT;
}

enum step
host_again(struct job *j)
{
	return connect_to(j);
}

enum step
step_next(struct job *j)
{
	const struct target *to;

	if (!job_has_open(j))
		return STEP_END;
	if (j->route == NULL)
		return give_up(j);
	/* What was tried on a connection that had waited. */
	do
		to = route_target(j->route, j->next_target++);
	while (to != NULL && j->skip_ip[0] != '\0' && strcmp(to->ip, j->skip_ip) == 0);
	if (to == NULL || j->nsessions >= LIM_REMOTE_SESSIONS || loop_now(j->r->l) >= j->until)
		return give_up(j);
	j->to = *to;
	j->no_tls = false;
	if (!j->no_pool && (j->c = pool_take_target(j->r, j, to)) != NULL) {
		j->step = step_send;
		return STEP_MORE;
	}
	return connect_to(j);
}

/* ---- connecting */

static enum step
connect_failed(struct job *j, const char *why)
{
	LOG(&j->log, LOG_INFO, "remote.connect.failed", LF(mx, (const char *)j->to.host),
	    LF(addr, (const char *)j->to.ip), LF(reason, why));
	said_printf(&j->last, "4.4.1", "connecting to %s [%s]: %s", j->to.host, j->to.ip, why);
	conn_free(&j->c);
	j->step = step_next;
	return STEP_MORE;
}

static enum step step_session(struct job *j);

static enum step
step_connect(struct job *j)
{
	struct stream *st = j->c->st;
	const char *why;

	if (stream_get_state(st) == STREAM_TIMEOUT)
		return connect_failed(j, "timeout");
	if (stream_get_state(st) != STREAM_OPEN) {
		why = strerrordesc_np(stream_errno(st));
		return connect_failed(j, why != NULL ? why : "unknown error");
	}
	if (stream_in_handshake(st))
		return STEP_WAIT;
	j->step = step_session;
	return STEP_MORE;
}

/* ---- TLS */

/* Opportunistic: rather without than not at all, but on a new connection. */
static enum step
tls_failed(struct job *j, const char *why)
{
	LOG(&j->log, LOG_INFO, "remote.tls.failed", LF(mx, (const char *)j->to.host),
	    LF(addr, (const char *)j->to.ip), LF(reason, why));
	conn_free(&j->c);
	j->no_tls = true;
	return connect_to(j);
}

static enum step
step_tls(struct job *j)
{
	struct conn *c = j->c;
	struct tls_info i;

	if (stream_get_state(c->st) == STREAM_TIMEOUT)
		return tls_failed(j, "timeout");
	if (stream_get_state(c->st) != STREAM_OPEN)
		return tls_failed(j, tls_stream_error(c->st));
	if (stream_in_handshake(c->st))
		return STEP_WAIT;
	if (tls_stream_info(c->st, &i)) {
		snprintf(c->tls, sizeof(c->tls), "%s", i.version);
		snprintf(c->cipher, sizeof(c->cipher), "%s", i.cipher);
		LOG(&j->log, LOG_DEBUG, "remote.tls.started", LF(tls, i.version),
		    LF(cipher, i.cipher), LF(result, i.resumed ? "resumed" : "new"));
	}
	smtp_client_tls_done(c->c);
	c->has_deadline = false;
	j->step = step_session;
	return STEP_MORE;
}

static enum step
start_tls(struct job *j)
{
	struct conn *c = j->c;
	struct err e = ERR_INIT;

	if (stream_in(c->st).n > 0)
		return tls_failed(j, "input behind the reply to STARTTLS");
	if (tls_stream_connect(c->st, j->r->tls, str_c(c->to.host), &e) < 0)
		return tls_failed(j, e.msg);
	stream_set_deadline(c->st, LIM_SMTP_TLS_MS);
	j->step = step_tls;
	return STEP_MORE;
}

/* ---- until the client is ready */

static enum step
step_session(struct job *j)
{
	enum smtp_client_want want;
	enum step r;

	if (!client_drive(j, &want, &r))
		return r;
	if (want == SMTP_CLIENT_TLS)
		return start_tls(j);
	j->step = step_send;
	return STEP_MORE;
}

/* ---- the end of a connection */

enum step
host_failed(struct job *j)
{
	struct conn *c = j->c;
	const struct smtp_said *said = smtp_client_said(c->c);
	bool is_stale = c->nmsgs > 0 && smtp_client_is_fresh(c->c);

	LOG(&j->log, is_stale ? LOG_DEBUG : LOG_INFO, "remote.host.failed",
	    LF(mx, (const char *)j->to.host), LF(addr, (const char *)j->to.ip),
	    LF(code, said->code), LF(reason, smtp_said_text(said)));
	if (is_stale) {
		/* It had waited too long for the server's taste; a new one tells more. */
		j->no_pool = true;
		j->reused = false;
		conn_free(&j->c);
		if (j->route != NULL)
			return connect_to(j);
		j->step = job_begin;
		return STEP_MORE;
	}
	if (smtp_client_is_greeted(c->c))
		j->nsessions++;
	j->last = *said;
	if (j->route == NULL) {
		memcpy(j->skip_ip, c->to.ip, sizeof(j->skip_ip));
		j->no_pool = true;
	}
	/* Output that has not left must not: it may be the end of the message. */
	conn_free(&j->c);
	j->step = j->route != NULL ? step_next : job_begin;
	return STEP_MORE;
}
