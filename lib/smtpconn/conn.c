/*
 * A connection from accept to close. Whatever happens (input, sent output, a timer, an answer of
 * another process) only wakes the stream; conn_run, called from the top of the loop, calls the
 * current step.
 *
 *   session   the SMTP session has the word         -> delay, tls, the end
 *   delay     it made mistakes and has to wait      -> session
 *   tls       the handshake runs                    -> session
 */
#include "smtpconn/conns.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

static smtpconn_step_fn step_session, step_delay, step_tls, step_over;

static void
conn_closed_log(struct smtpconn *c)
{
	struct smtp_counts n = smtp_session_counts(c->s);

	LOG(&c->log, LOG_INFO, c->all->ops->events.closed,
	    LF(reason, c->why != NULL ? c->why : "quit"), LF(helo, smtp_session_helo(c->s)),
	    LF(cmds, n.commands), LF(msgs, n.messages), LF(errors, n.errors + n.bad_rcpts),
	    LF(duration, loop_now(c->all->l) - c->began));
}

static void
conn_free(struct smtpconn **cp)
{
	struct smtpconn *c = *cp;
	struct smtpconns *all = c->all;

	*cp = NULL;
	conn_closed_log(c);
	smtp_session_free(&c->s); /* resets the transaction */
	if (all->ops->closed != NULL)
		all->ops->closed(c);
	stream_free(&c->st);
	loop_timer_free(&c->timer);
	smtpconn_conf_unref(&c->conf);
	iplimit_close(all->limit, &c->peer);
	*c->prev = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	mem_free(c);
	if (--all->nconns == 0 && svc_is_draining(all->svc))
		svc_drained(all->svc);
}

static void
conn_run(void *arg)
{
	struct smtpconn *c = arg;
	enum smtpconn_step r;
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
patience(struct smtpconn *c, enum smtp_phase phase)
{
	int64_t left;

	switch (phase) {
	case SMTP_PHASE_BADLINE:
		return LIM_SMTP_BADLINE_MS;
	case SMTP_PHASE_DATA:
		left = c->data_since + LIM_SMTP_DATA_TOTAL_MS - loop_now(c->all->l);
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
set_patience(struct smtpconn *c, bool progress)
{
	enum smtp_phase phase = smtp_session_phase(c->s);

	if (c->has_deadline && phase == c->phase && !progress)
		return;
	if (phase == SMTP_PHASE_DATA && (phase != c->phase || !c->has_deadline))
		c->data_since = loop_now(c->all->l);
	c->phase = phase;
	c->has_deadline = true;
	stream_set_deadline(c->st, patience(c, phase));
}

/* ---- steps */

static void
replies_send(struct smtpconn *c)
{
	struct buf *out = smtp_session_out(c->s);

	if (out->n == 0)
		return;
	stream_putstr(c->st, buf_str(out));
	buf_reset(out);
	buf_shrink(out);
}

/* Nothing to do: is anything to be expected? */
static enum smtpconn_step
wait_or_end(struct smtpconn *c, bool for_client)
{
	switch (stream_get_state(c->st)) {
	case STREAM_BROKEN:
		c->why = "connection lost";
		return STEP_END;
	case STREAM_EOF:
		if (!for_client && !c->is_stalled)
			return STEP_WAIT; /* the verdict may still be taken */
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

static enum smtpconn_step
hang_up(struct smtpconn *c)
{
	stream_close_when_sent(&c->st, LIM_SMTP_CLOSE_MS);
	return STEP_END;
}

/* A failure here is one of our side: no certificate any more, no memory. */
static enum smtpconn_step
start_tls(struct smtpconn *c)
{
	struct tls_server *t = tls_set_find(c->all->tls, str_c(c->conf->listener));
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
	LOG(&c->log, LOG_ERROR, c->all->ops->events.tls_failed, LF(err, &e));
	c->why = "TLS failed";
	return STEP_END;
}

/* Whether the session has any channel binding. */
static bool
has_binding(const struct smtpconn *c)
{
	struct buf b;
	bool r;

	buf_init(&b, 256);
	r = tls_stream_binding(c->st, STR("tls-exporter"), &b) == 0 ||
	    tls_stream_binding(c->st, STR("tls-server-end-point"), &b) == 0;
	buf_wipe(&b);
	return r;
}

static enum smtpconn_step
step_over(struct smtpconn *c)
{
	(void)c;
	return STEP_END;
}

static enum smtpconn_step
step_tls(struct smtpconn *c)
{
	struct tls_info i;

	if (stream_get_state(c->st) != STREAM_OPEN) {
		LOG(&c->log, LOG_INFO, c->all->ops->events.tls_failed,
		    LF(reason, tls_stream_error(c->st)));
		c->why = "TLS failed";
		return STEP_END;
	}
	if (stream_in_handshake(c->st))
		return STEP_WAIT;
	if (tls_stream_info(c->st, &i))
		LOG(&c->log, LOG_DEBUG, c->all->ops->events.tls_started, LF(tls, i.version),
		    LF(cipher, i.cipher), LF(sni, (const char *)i.sni));
	c->can_bind = c->conf->smtp.is_submission && has_binding(c);
	smtp_session_tls_done(c->s, c->can_bind);
	if (c->is_tls_first)
		smtp_session_greet(c->s);
	c->step = step_session;
	return STEP_MORE;
}

static void
on_delay_over(void *arg)
{
	struct smtpconn *c = arg;

	c->is_delay_over = true;
	stream_wake(c->st);
}

static enum smtpconn_step
start_delay(struct smtpconn *c)
{
	int64_t ms = smtp_session_delay(c->s);

	if (svc_is_localserve(c->all->svc))
		return STEP_MORE;
	if (c->timer == NULL)
		c->timer = loop_timer_new(c->all->l, on_delay_over, c);
	c->is_delay_over = false;
	loop_timer_set(c->timer, ms);
	stream_set_deadline(c->st, 0);
	c->has_deadline = false;
	c->step = step_delay;
	return STEP_WAIT;
}

static enum smtpconn_step
step_delay(struct smtpconn *c)
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

static enum smtpconn_step
step_session(struct smtpconn *c)
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
	if (smtp_session_took_secret(c->s))
		mem_wipe((void *)(uintptr_t)in.p, used); /* the stream's buffer: ours */
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

/* Not worth a stream: one line, best effort; none to a client that wants TLS first. */
static void
turn_away(struct smtpconn **cp, int fd, const char *reply, const char *why)
{
	struct smtpconn *c = *cp;

	*cp = NULL;
	if (!c->is_tls_first)
		(void)!send(fd, reply, strlen(reply), MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
	LOG(&c->log, LOG_INFO, c->all->ops->events.no_connection, LF(reason, why));
	mem_free(c);
}

static void
conn_begin(struct smtpconn *c, int fd)
{
	struct smtpconns *all = c->all;

	c->conf->refs++;
	c->began = loop_now(all->l);
	c->st = stream_new(all->l, fd, conn_run, c);
	c->s = smtp_session_new(&c->conf->smtp, all->ops->backend, c);
	c->step = step_session;
	c->next = all->conns;
	if (c->next != NULL)
		c->next->prev = &c->next;
	c->prev = &all->conns;
	all->conns = c;
	all->nconns++;
	LOG(&c->log, LOG_DEBUG, all->ops->events.opened, LF(addr, (const char *)c->ip),
	    LF(proto, service_name(c->conf->service)));
	if (!c->is_tls_first)
		smtp_session_greet(c->s);
	else if (start_tls(c) == STEP_END)
		c->step = step_over;
	if (svc_is_draining(all->svc))
		smtp_session_drain(c->s);
	stream_wake(c->st);
}

void
smtpconn_new(struct smtpconns *all, const struct svc_listener *l, int fd,
	     const struct sockaddr_storage *peer)
{
	struct smtpconn *c = MEM_NEW(struct smtpconn);

	c->all = all;
	c->peer = *peer;
	c->conf = smtpconn_conf_find(all, l);
	c->is_tls_first = all->ops->is_tls_first(l->service);
	peer_text(peer, c->ip);
	c->log = (struct log_ctx){ .pkg = proc_get(all->ops->role)->name, .cid = log_new_id() };
	snprintf(c->log.peer, sizeof(c->log.peer), "%s", c->ip);
	if (c->conf == NULL)
		turn_away(&c, fd, "421 4.3.2 Service is not available\r\n", "no such listener");
	else if (!iplimit_open(all->limit, peer, loop_now(all->l)))
		turn_away(&c, fd, "421 4.7.0 Too many connections from your network\r\n",
			  "too many connections");
	else
		conn_begin(c, fd);
}

void
smtpconn_wake(struct smtpconn *c)
{
	stream_wake(c->st);
}
