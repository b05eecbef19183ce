/*
 * A connection from accept to close. Whatever happens (input, sent output, a timer, an answer of
 * deliverd) only wakes the stream; conn_run, called from the top of the loop, calls the current
 * step.
 *
 *   session   the SMTP session has the word         -> delay, tls, the end
 *   delay     it made mistakes and has to wait      -> session
 *   tls       the handshake runs                    -> session
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "smtpd.h"

static step_fn step_session, step_delay, step_tls;

void
lconf_unref(struct lconf **lp)
{
	struct lconf *l = *lp;

	*lp = NULL;
	if (l != NULL && --l->refs == 0)
		mem_free(l);
}

static void
conn_closed_log(struct conn *c)
{
	struct smtp_counts n = smtp_session_counts(c->s);

	LOG(&c->log, LOG_INFO, "smtpd.connection.closed",
	    LF(reason, c->why != NULL ? c->why : "quit"), LF(helo, smtp_session_helo(c->s)),
	    LF(cmds, n.commands), LF(msgs, n.messages), LF(errors, n.errors + n.bad_rcpts),
	    LF(duration, loop_now(c->d->l) - c->began));
}

static void
conn_free(struct conn **cp)
{
	struct conn *c = *cp;
	struct smtpd *d = c->d;

	*cp = NULL;
	conn_closed_log(c);
	smtp_session_free(&c->s);	/* resets the job */
	stream_free(&c->st);
	loop_timer_free(&c->timer);
	lconf_unref(&c->conf);
	iplimit_close(d->limit, &c->peer);
	*c->prev = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	mem_free(c);
	if (--d->nconns == 0 && svc_is_draining(d->svc))
		svc_drained(d->svc);
}

static void
conn_run(void *arg)
{
	struct conn *c = arg;
	enum step r;
	int left = LIM_STEPS_PER_TURN;

	while ((r = c->step(c)) == STEP_MORE && --left > 0)
		;
	if (r == STEP_MORE)
		stream_wake(c->st);
	else if (r == STEP_END)
		conn_free(&c);
}

/* ---- time */

static int64_t
patience(struct conn *c, enum smtp_phase phase)
{
	int64_t left;

	switch (phase) {
	case SMTP_PHASE_BADLINE:
		return LIM_SMTP_BADLINE_MS;
	case SMTP_PHASE_DATA:
		left = c->data_since + LIM_SMTP_DATA_TOTAL_MS - loop_now(c->d->l);
		return left > LIM_SMTP_DATA_MS ? LIM_SMTP_DATA_MS : left > 0 ? left : 1;
	case SMTP_PHASE_WAIT:
		/* Calls have deadlines of their own; a provoked timeout has none. */
		return c->is_stalled ? LIM_SMTP_STALL_MS : 0;
	case SMTP_PHASE_COMMAND:
		break;
	}
	return LIM_SMTP_COMMAND_MS;
}

/* A deadline holds until something was done with input: a line that comes byte by byte has no more
 * time than one that comes at once. */
static void
set_patience(struct conn *c, bool progress)
{
	enum smtp_phase phase = smtp_session_phase(c->s);

	if (c->has_deadline && phase == c->phase && !progress)
		return;
	if (phase == SMTP_PHASE_DATA && (phase != c->phase || !c->has_deadline))
		c->data_since = loop_now(c->d->l);
	c->phase = phase;
	c->has_deadline = true;
	stream_set_deadline(c->st, patience(c, phase));
}

/* ---- steps */

static void
replies_send(struct conn *c)
{
	struct buf *out = smtp_session_out(c->s);

	if (out->n == 0)
		return;
	stream_putstr(c->st, buf_str(out));
	buf_reset(out);
	buf_shrink(out);
}

/* Nothing to do: is anything to be expected? */
static enum step
wait_or_end(struct conn *c, bool for_client)
{
	switch (stream_get_state(c->st)) {
	case STREAM_BROKEN:
		c->why = "connection lost";
		return STEP_END;
	case STREAM_EOF:
		if (!for_client && !c->is_stalled)
			return STEP_WAIT;	/* the verdict may still be taken */
		c->why = "client hung up";
		return STEP_END;
	case STREAM_TIMEOUT:
		c->why = "timeout";
		smtp_session_timeout(c->s);
		return STEP_MORE;
	case STREAM_OPEN:
		break;
	}
	return STEP_WAIT;
}

static enum step
hang_up(struct conn *c)
{
	stream_close_when_sent(&c->st, LIM_SMTP_CLOSE_MS);
	return STEP_END;
}

/* A failure here is one of our side: no certificate any more, no memory. */
static enum step
start_tls(struct conn *c)
{
	struct tls_server *t = tls_set_find(c->d->tls, str_c(c->conf->name));
	struct err e = ERR_INIT;

	if (t == NULL)
		err_set(&e, EC_NOTFOUND, "no certificate");
	else if (stream_in(c->st).n > 0)
		err_set(&e, EC_DENIED, "input behind STARTTLS");
	else if (tls_stream_accept(c->st, t, &e) == 0) {
		stream_set_deadline(c->st, LIM_SMTP_TLS_MS);
		c->has_deadline = false;
		c->step = step_tls;
		return STEP_MORE;
	}
	LOG(&c->log, LOG_ERROR, "smtpd.tls.failed", LF(err, &e));
	c->why = "TLS failed";
	return STEP_END;
}

static enum step
step_tls(struct conn *c)
{
	struct tls_info i;

	if (stream_get_state(c->st) != STREAM_OPEN) {
		LOG(&c->log, LOG_INFO, "smtpd.tls.failed", LF(reason, tls_stream_error(c->st)));
		c->why = "TLS failed";
		return STEP_END;
	}
	if (stream_in_handshake(c->st))
		return STEP_WAIT;
	if (tls_stream_info(c->st, &i))
		LOG(&c->log, LOG_DEBUG, "smtpd.tls.started", LF(tls, i.version),
		    LF(cipher, i.cipher), LF(sni, (const char *)i.sni));
	smtp_session_tls_done(c->s, false);
	c->step = step_session;
	return STEP_MORE;
}

static void
on_delay_over(void *arg)
{
	struct conn *c = arg;

	c->is_delay_over = true;
	stream_wake(c->st);
}

static enum step
start_delay(struct conn *c)
{
	int64_t ms = smtp_session_delay(c->s);

	if (svc_is_localserve(c->d->svc))
		return STEP_MORE;
	if (c->timer == NULL)
		c->timer = loop_timer_new(c->d->l, on_delay_over, c);
	c->is_delay_over = false;
	loop_timer_set(c->timer, ms);
	stream_set_deadline(c->st, 0);
	c->has_deadline = false;
	c->step = step_delay;
	return STEP_WAIT;
}

static enum step
step_delay(struct conn *c)
{
	if (stream_get_state(c->st) == STREAM_BROKEN) {
		c->why = "connection lost";
		return STEP_END;
	}
	if (!c->is_delay_over)
		return STEP_WAIT;
	c->step = step_session;
	return STEP_MORE;
}

static enum step
step_session(struct conn *c)
{
	struct str in = stream_in(c->st);
	enum smtp_want want;
	size_t used;

	if (stream_out_full(c->st)) {
		/* The reply to a timeout has to wait for room, too; a client that reads a little
		 * now and then must not keep us at it. */
		if (stream_get_state(c->st) == STREAM_TIMEOUT) {
			c->why = "timeout, replies not read";
			return hang_up(c);
		}
		return wait_or_end(c, false);
	}
	want = smtp_session_run(c->s, in, &used);
	stream_consume(c->st, used);
	replies_send(c);
	switch (want) {
	case SMTP_WANT_RUN:
	case SMTP_WANT_OUTPUT:
		return STEP_MORE;
	case SMTP_WANT_INPUT:
		set_patience(c, used > 0);
		return wait_or_end(c, true);
	case SMTP_WANT_VERDICT:
		set_patience(c, used > 0);
		return wait_or_end(c, false);
	case SMTP_WANT_DELAY:
		return start_delay(c);
	case SMTP_WANT_TLS:
		return start_tls(c);
	case SMTP_WANT_CLOSE:
		return hang_up(c);
	}
	return STEP_END;
}

/* ---- begin and end */

static struct lconf *
lconf_find(struct smtpd *d, struct str listener)
{
	for (size_t i = 0; i < d->nconfs; i++)
		if (str_eq(str_c(d->confs[i]->name), listener))
			return d->confs[i];
	return NULL;
}

/* IPv4 in IPv6 is IPv4. */
static void
peer_text(const struct sockaddr_storage *ss, char out[64])
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)ss;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)ss;
	const void *a = &in6->sin6_addr;
	int family = ss->ss_family;

	if (family == AF_INET)
		a = &in->sin_addr;
	if (family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		family = AF_INET;
		a = in6->sin6_addr.s6_addr + 12;
	}
	if (inet_ntop(family, a, out, 64) == NULL)
		snprintf(out, 64, "0.0.0.0");
}

/* Not worth a stream: one line, best effort. */
static void
turn_away(int fd, const struct log_ctx *log, const char *reply, const char *why)
{
	(void)!send(fd, reply, strlen(reply), MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
	LOG(log, LOG_INFO, "smtpd.connection.refused", LF(reason, why));
}

void
conn_accept(struct smtpd *d, const struct svc_listener *l, int fd,
	    const struct sockaddr_storage *peer)
{
	struct lconf *conf = lconf_find(d, l->listener);
	struct conn *c = MEM_NEW(struct conn);

	c->d = d;
	c->peer = *peer;
	peer_text(peer, c->ip);
	c->log = (struct log_ctx){ .pkg = "smtpd", .cid = log_new_id() };
	snprintf(c->log.peer, sizeof(c->log.peer), "%s", c->ip);
	if (conf == NULL) {
		turn_away(fd, &c->log, "421 4.3.2 Service is not available\r\n",
			  "no such listener");
		mem_free(c);
		return;
	}
	if (!iplimit_open(d->limit, peer, loop_now(d->l))) {
		turn_away(fd, &c->log, "421 4.7.0 Too many connections from your network\r\n",
			  "too many connections");
		mem_free(c);
		return;
	}
	conf->refs++;
	c->conf = conf;
	c->began = loop_now(d->l);
	c->st = stream_new(d->l, fd, conn_run, c);
	c->s = smtp_session_new(&conf->smtp, &job_backend, c);
	c->step = step_session;
	c->next = d->conns;
	if (c->next != NULL)
		c->next->prev = &c->next;
	c->prev = &d->conns;
	d->conns = c;
	d->nconns++;
	LOG(&c->log, LOG_DEBUG, "smtpd.connection.opened", LF(addr, (const char *)c->ip));
	smtp_session_greet(c->s);
	if (svc_is_draining(d->svc))
		smtp_session_drain(c->s);
	stream_wake(c->st);
}

void
conn_drain_all(struct smtpd *d)
{
	for (struct conn *c = d->conns; c != NULL; c = c->next) {
		smtp_session_drain(c->s);
		stream_wake(c->st);
	}
	if (d->nconns == 0)
		svc_drained(d->svc);
}
