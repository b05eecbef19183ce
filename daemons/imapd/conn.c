/*
 * A connection: its life, its steps, and the way from bytes to a command.
 *
 *   NOAUTH --- LOGIN, AUTHENTICATE ---> AUTH --- SELECT, EXAMINE ---> SELECTED
 *                                         ^--- CLOSE, UNSELECT, failed SELECT ---'
 *
 * acct, cap and login_id are set in AUTH and SELECTED, sel in SELECTED alone (conn_check). Any
 * state ends with BYE. Callbacks (stream, IPC answers, timers, inotify) only note what happened and
 * wake; on_wake runs the present step from the top of the loop, and is the only one that frees a
 * connection.
 *
 * SECURITY: parses commands of anybody, and holds the keys of accounts that are logged in on this
 * worker.
 */
#include "imapd.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "config/config.h"

static void on_wake(void *arg);

void
conn_wake(struct conn *c)
{
	stream_wake(c->s);
}

static void
peer_text(const struct sockaddr_storage *ss, char *out, size_t n)
{
	const void *p =
		ss->ss_family == AF_INET
			? (const void *)&((const struct sockaddr_in *)(const void *)ss)->sin_addr
			: (const void *)&((const struct sockaddr_in6 *)(const void *)ss)->sin6_addr;

	if (inet_ntop(ss->ss_family, p, out, (socklen_t)n) == NULL)
		out[0] = 0;
}

/* NoRequireSTARTTLS of the listener. */
static bool
is_clear_ok(const struct imapd *d, struct str listener)
{
	const struct config *cfg = svc_config(d->svc);

	for (size_t i = 0; i < cfg->mox.listeners.n; i++)
		if (str_eq(cfg->mox.listeners.v[i].key, listener))
			return cfg->mox.listeners.v[i].imap.no_require_starttls;
	return false;
}

void
conn_new(struct imapd *d, const struct svc_listener *l, int fd, const struct sockaddr_storage *peer)
{
	struct conn *c;

	if (!iplimit_open(d->limit, peer, loop_now(d->loop))) {
		static const char bye[] =
			"* BYE [LIMIT] too many connections from your address\r\n";

		if (l->service == SERVICE_IMAP && write(fd, bye, sizeof(bye) - 1) < 0)
			(void)0; /* it may be gone already */
		close(fd);
		return;
	}
	c = MEM_NEW(struct conn);
	c->d = d;
	if (!iplimit_is_exempt(peer))
		c->peer = mem_dup(peer, sizeof(*peer));
	c->log.pkg = "imapd";
	c->log.cid = log_new_id();
	peer_text(peer, c->log.peer, sizeof(c->log.peer));
	c->s = stream_new(d->loop, fd, on_wake, c);
	imap_reader_init(&c->rd);
	c->state = ST_NOAUTH;
	c->listener = mem_zalloc(l->listener.n + 1, 1);
	memcpy(c->listener, l->listener.p, l->listener.n);
	c->clear_ok = is_clear_ok(d, l->listener);
	c->prev = &d->conns;
	if ((c->next = d->conns) != NULL)
		c->next->prev = &c->next;
	d->conns = c;
	d->nconns++;
	c->tls_first = l->service == SERVICE_IMAPS;
	c->step = c->tls_first ? step_tls : step_greet;
	stream_set_deadline(c->s, LIM_IMAP_PREAUTH_MS);
	LOG(&c->log, LOG_DEBUG, "imapd.conn.opened", LF(proto, service_name(l->service)));
	conn_wake(c);
}

void
conn_logout(struct conn *c)
{
	if (c->login_id != 0)
		login_end(c->d, c->login_id);
	c->login_id = 0;
	vault_drop(c->d->vault, &c->cap);
	if (c->acct == NULL)
		return;
	*c->aprev = c->anext;
	if (c->anext != NULL)
		c->anext->aprev = c->aprev;
	account_put(&c->acct);
}

static void
answer_drop(struct conn *c)
{
	if (c->ans != NULL && c->ans->fd >= 0)
		close(c->ans->fd);
	if (c->ans != NULL && c->ans->fd2 >= 0)
		close(c->ans->fd2);
	c->ans = NULL;
}

void *
conn_try(struct conn *c, size_t n, size_t size)
{
	size_t total;

	if (!size_mul(n, size, &total) ||
	    arena_used(c->arena) + total > (size_t)LIM_IMAP_ARENA + LIM_IMAP_WORK)
		return NULL;
	return arena_try(c->arena, n, size);
}

struct str
conn_try_str(struct conn *c, struct str s)
{
	char *p = conn_try(c, s.n + 1, 1);

	if (p == NULL)
		return STR_NONE;
	memcpy(p, s.p, s.n);
	return (struct str){ p, s.n };
}

void
conn_command_free(struct conn *c)
{
	buf_done(&c->fin_code);
	ipc_cancel(c->call);
	c->call = 0;
	if (c->op_done != NULL)
		c->op_done(c);
	c->op_done = NULL;
	c->op = NULL;
	answer_drop(c);
	if (c->busy) {
		c->busy = false;
		c->acct->busy--;
		c->acct->used = loop_now(c->d->loop);
	}
	c->cmd = NULL;
	c->row = NULL;
	arena_free(&c->arena);
	imap_reader_reset(&c->rd);
}

void
conn_free(struct conn **cp)
{
	struct conn *c = *cp;
	struct imapd *d = c->d;

	*cp = NULL;
	LOG(&c->log, LOG_DEBUG, "imapd.conn.closed", LF(count, d->nconns - 1));
	conn_command_free(c);
	imap_reader_done(&c->rd);
	selected_free(&c->sel);
	conn_logout(c);
	loop_timer_free(&c->timer);
	stream_free(&c->s);
	if (c->peer != NULL)
		iplimit_close(d->limit, c->peer);
	mem_free(c->peer);
	mem_free(c->idle_tag);
	mem_free(c->listener);
	*c->prev = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	d->nconns--;
	mem_free(c);
	if (d->draining && d->nconns == 0 && !d->drain_done) {
		d->drain_done = true;
		svc_drained(d->svc);
	}
}

static void
conn_check(const struct conn *c)
{
	assert(c->state == ST_NOAUTH || c->acct != NULL);
	assert((c->sel != NULL) == (c->state == ST_SELECTED));
}

/* A command that runs is not idle; a client that does not send what it announced is. */
static bool
is_late(struct conn *c)
{
	return c->state == ST_NOAUTH || c->cmd == NULL || imap_reader_has_message(&c->rd);
}

static void
on_wake(void *arg)
{
	struct conn *c = arg;
	enum stream_state st = stream_get_state(c->s);
	int left = LIM_STEPS_PER_TURN;
	enum step r;

	if (st == STREAM_BROKEN) {
		if (c->step == step_tls && stream_layer_arg(c->s) != NULL)
			LOG(&c->log, LOG_DEBUG, "imapd.tls.failed",
			    LF(reason, tls_stream_error(c->s)));
		conn_free(&c);
		return;
	}
	if (st == STREAM_TIMEOUT && !c->closing) {
		if (is_late(c))
			conn_bye(c, c->state == ST_NOAUTH ? "too slow"
							  : "autologout, idle for too long");
		else
			conn_deadline(c);
	}
	c->turn = clock_mono_ms();
	while ((r = c->closing ? STEP_END : c->step(c)) == STEP_MORE && --left > 0 &&
	       !conn_turn_is_over(c))
		conn_check(c);
	if (r == STEP_MORE) {
		conn_wake(c);
	} else if (r == STEP_END) {
		if (stream_layer_arg(c->s) == NULL || !stream_in_handshake(c->s))
			stream_close_when_sent(&c->s, LIM_LINGER_MS);
		conn_free(&c);
	}
}

bool
conn_turn_is_over(const struct conn *c)
{
	return clock_mono_ms() - c->turn >= LIM_IMAP_TURN_MS;
}

void
conn_deadline(struct conn *c)
{
	/* Before login one deadline covers everything. */
	if (c->state != ST_NOAUTH)
		stream_set_deadline(c->s, LIM_IMAP_IDLE_MS);
}

static void
on_timer(void *arg)
{
	conn_wake(arg);
}

void
conn_delay(struct conn *c, int64_t ms)
{
	if (c->timer == NULL)
		c->timer = loop_timer_new(c->d->loop, on_timer, c);
	loop_timer_set(c->timer, ms);
}

bool
conn_is_delayed(const struct conn *c)
{
	return c->timer != NULL && loop_timer_is_set(c->timer);
}

void
conn_drain(struct conn *c)
{
	if (c->idle_tag == NULL && !(c->step == step_read && imap_reader_is_idle(&c->rd)))
		return;
	conn_bye(c, "server is restarting, please connect again");
	conn_wake(c);
}

/* ---- calls */

static void
on_answer(void *arg, const struct err *e, struct ipc_msg *m)
{
	struct conn *c = arg;

	c->call = 0;
	c->ans->done = true;
	if (e != NULL) {
		c->ans->e = *e;
	} else {
		c->ans->body = arena_str(c->arena, m->body);
		c->ans->fd = ipc_msg_take_fd(m, 0);
		c->ans->fd2 = ipc_msg_take_fd(m, 1);
	}
	conn_wake(c);
}

void
conn_call(struct conn *c, struct ipc_chan *chan, enum ipc_type type, struct buf *body, int fd)
{
	answer_drop(c);
	c->ans = ARENA_NEW(c->arena, struct answer);
	c->ans->fd = c->ans->fd2 = -1;
	c->call = ipc_call(c->d->loop, chan, type, buf_str(body), &fd, fd >= 0 ? 1 : 0, 0,
			   on_answer, c);
	buf_wipe(body);
	buf_done(body);
}

void
conn_call_owner(struct conn *c, enum ipc_type type, struct buf *body, int fd)
{
	conn_call(c, svc_reach(c->d->svc, ROLE_DELIVERD, c->acct->owner), type, body, fd);
}

struct str
conn_cap(struct conn *c)
{
	return (struct str){ (const char *)vault_get(c->d->vault, c->cap), AUTH_CAP_LEN };
}

/* ---- from bytes to a command */

/* The store is open. */
static enum step
step_ready(struct conn *c)
{
	struct err e = ERR_INIT;

	c->step = c->row->fn;
	if ((c->row->flags & CMD_MSGS) == 0)
		return STEP_MORE;
	switch (selected_collect(c, true, &e)) {
	case SYNC_OK:
		return STEP_MORE;
	case SYNC_GONE:
		return conn_bye(c, "[NONEXISTENT] the selected mailbox was deleted");
	case SYNC_LOST:
		return conn_bye(c, "[UNAVAILABLE] too much has changed, please connect again");
	default:
		return conn_fail(c, &e);
	}
}

static enum step
step_opened(struct conn *c)
{
	struct err e = ERR_INIT;
	struct msg_store_open_r r;

	if (!c->ans->done)
		return STEP_WAIT;
	if (c->ans->e.code != EC_OK) {
		/* The disk may be full, or the writer away: what was written can be read all the
		 * same. */
		if (!err_is_temp(&c->ans->e) ||
		    account_set_dir(c->acct, str_c(c->acct->name), &e) != 0 ||
		    account_open(c->acct, &e) != 0)
			return conn_fail(c, &c->ans->e);
	} else if (!msg_store_open_r_get(c->ans->body, &r)) {
		(void)err_set(&e, EC_BUG, "malformed answer");
	} else if (account_set_dir(c->acct, r.dir, &e) == 0) {
		(void)account_open(c->acct, &e);
	}
	if (e.code != EC_OK)
		return conn_fail(c, &e);
	c->step = step_ready;
	return STEP_MORE;
}

/* The store may have been closed for idleness, or deliverd may have to make it first. */
void
conn_need_store(struct conn *c)
{
	struct msg_store_open m = { .cap = conn_cap(c) };
	struct err e = ERR_INIT;
	struct buf b;

	c->busy = true;
	c->acct->busy++;
	if (account_open(c->acct, &e) == 0 || (c->row->flags & (CMD_STORE | CMD_MSGS)) == 0) {
		c->step = step_ready;
		return;
	}
	buf_init(&b, 256);
	msg_store_open_put(&b, &m);
	conn_call_owner(c, IPC_STORE_OPEN, &b, -1);
	c->step = step_opened;
}

/* A parsed command: may it run now? */
static enum step
dispatch(struct conn *c)
{
	const struct cmd *row = cmd_find(c->cmd->verb);

	if ((row->states & c->state) == 0) {
		if (c->state == ST_NOAUTH)
			return conn_bad(c, "log in first");
		return conn_bad(c, c->state == ST_AUTH && (row->states & ST_SELECTED) != 0
					   ? "select a mailbox first"
					   : "not valid after login");
	}
	if ((row->flags & CMD_WRITE) != 0 && c->sel != NULL && c->sel->readonly)
		return conn_no(c, "READ-ONLY", "mailbox was opened with EXAMINE");
	c->row = row;
	/* In a mailbox every command tells what changed. */
	if ((row->flags & CMD_STORE) != 0 || c->state == ST_SELECTED)
		conn_need_store(c);
	else
		c->step = row->fn;
	return STEP_MORE;
}

/* Parse what the reader has: a whole command, or an APPEND up to its message. */
static enum step
command(struct conn *c, bool arrives)
{
	enum imap_verdict v;
	const char *why = "";

	c->began = loop_now(c->d->loop);
	c->arena = conn_arena();
	c->cmd = ARENA_NEW(c->arena, struct imap_cmd);
	v = imap_parse(imap_reader_text(&c->rd), c->utf8, c->arena, c->cmd, &why);
	c->tag = arena_str(c->arena, c->cmd->tag);
	LOG(&c->log, LOG_TRACE, "imapd.cmd", LF(cmd, imap_verb_name(c->cmd->verb)),
	    LF(tag, c->tag));
	if (v != IMAP_OK)
		return conn_bad(c, why);
	if (arrives != ((cmd_find(c->cmd->verb)->flags & CMD_ARRIVES) != 0))
		return conn_bad(c, "a literal is expected at the end");
	return dispatch(c);
}

/* A command was refused whose message is still on its way. */
enum step
step_skip(struct conn *c)
{
	struct str data;
	size_t used;
	enum imap_in ev = imap_reader_feed(&c->rd, stream_in(c->s), &used, &data);

	stream_consume(c->s, used);
	if (ev == IMAP_IN_FATAL)
		return conn_bye(c, "literal too large");
	if (ev != IMAP_IN_REFUSED)
		return stream_get_state(c->s) == STREAM_EOF ? STEP_END : STEP_WAIT;
	c->step = c->after;
	return STEP_MORE;
}

static enum step
unreadable(struct conn *c)
{
	c->arena = conn_arena();
	c->cmd = ARENA_NEW(c->arena, struct imap_cmd);
	c->tag = arena_str(c->arena, imap_reader_tag(&c->rd));
	return conn_bad(c, imap_reader_why(&c->rd));
}

enum step
step_read(struct conn *c)
{
	struct str data;
	enum imap_in ev;
	size_t used;

	if (c->d->draining && imap_reader_is_idle(&c->rd))
		return conn_bye(c, "server is restarting, please connect again");
	if (stream_out_full(c->s))
		return STEP_WAIT;
	ev = imap_reader_feed(&c->rd, stream_in(c->s), &used, &data);
	stream_consume(c->s, used);
	switch (ev) {
	case IMAP_IN_MORE:
		return stream_get_state(c->s) == STREAM_EOF ? STEP_END : STEP_WAIT;
	case IMAP_IN_CONTINUE:
		stream_puts(c->s, "+ go on\r\n");
		return STEP_MORE;
	case IMAP_IN_COMMAND:
		return command(c, false);
	case IMAP_IN_MESSAGE:
		return command(c, true);
	case IMAP_IN_BAD:
		return unreadable(c);
	case IMAP_IN_REFUSED:
		imap_reader_reset(&c->rd);
		return STEP_MORE;
	default:
		return conn_bye(c, "literal too large");
	}
}

enum step
step_tls(struct conn *c)
{
	struct tls_server *t = tls_set_find(c->d->tls, str_c(c->listener));
	struct err e = ERR_INIT;
	struct tls_info info;

	if (stream_layer_arg(c->s) == NULL) {
		if (t == NULL || tls_stream_accept(c->s, t, &e) != 0) {
			LOG(&c->log, LOG_ERROR, "imapd.tls.failed",
			    LF(err, (const struct err *)&e));
			return STEP_END;
		}
	}
	if (stream_in_handshake(c->s))
		return STEP_WAIT;
	c->tls = true;
	if (tls_stream_info(c->s, &info))
		LOG(&c->log, LOG_DEBUG, "imapd.tls.ok", LF(tls, info.version),
		    LF(cipher, info.cipher), LF(sni, (const char *)info.sni));
	c->step = c->tls_first ? step_greet : step_read;
	return STEP_MORE;
}
