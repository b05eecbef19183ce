/*
 * STARTTLS, LOGIN, AUTHENTICATE: authd checks the password and gives the account's key and a
 * capability; the worker of deliverd that owns the account makes sure that the store can be opened.
 *
 * SECURITY: the password is in the reader's buffer and in one IPC packet; both are wiped. A failure
 * takes as long and says the same whether the account exists or not (authd sees to that).
 */
#include "imapd.h"

#include "base/encode.h"

enum step
cmd_starttls(struct conn *c)
{
	struct tls_server *t = tls_set_find(c->d->tls, str_c(c->listener));
	struct err e = ERR_INIT;

	if (c->tls)
		return conn_bad(c, "TLS is active already");
	if (t == NULL)
		return conn_bad(c, "TLS is not available");
	/* What came behind the command came without protection: it must not be taken for the
	 * client's words once there is TLS. */
	if (stream_in(c->s).n > 0) {
		LOG(&c->log, LOG_WARN, "imapd.starttls.pipelined", LF(tag, c->tag));
		stream_write(c->s, c->tag.p, c->tag.n);
		stream_puts(c->s, " BAD commands behind STARTTLS\r\n");
		return conn_bye(c, "protocol violation");
	}
	stream_write(c->s, c->tag.p, c->tag.n);
	stream_puts(c->s, " OK begin TLS now\r\n");
	conn_command_free(c);
	if (tls_stream_accept(c->s, t, &e) != 0) {
		LOG(&c->log, LOG_ERROR, "imapd.tls.failed", LF(err, (const struct err *)&e));
		c->closing = true;
		return STEP_END;
	}
	c->step = step_tls;
	return STEP_MORE;
}

/* ---- the answer of authd */

/* Outlives the connection: a login that nobody waits for any more must be ended. */
struct login {
	struct imapd *d;
	struct conn *c; /* NULL: the connection is gone */
	const char *mech;
	enum auth_result result;
	char text[LIM_CONF_TEXT + 1]; /* LoginDisabled */
	bool done;
	int64_t delay;
};

void
login_end(struct imapd *d, uint64_t id)
{
	struct msg_auth_logout m = { .login_id = id };
	struct buf b;

	buf_init(&b, 64);
	msg_auth_logout_put(&b, &m);
	ipc_notify(svc_peer_any(d->svc, ROLE_AUTHD), IPC_AUTH_LOGOUT, buf_str(&b), NULL, 0);
	buf_done(&b);
}

/* False: the answer is of no use. */
static bool
take_login(struct conn *c, const struct msg_auth_login_r *r)
{
	if (r->cap.n != AUTH_CAP_LEN || r->pubkey.n != AUTH_KEY_LEN ||
	    r->privkey.n != AUTH_KEY_LEN || r->account.n == 0 ||
	    str_to_c(r->account, c->log.account, sizeof(c->log.account)) != 0)
		return false;
	if (str_to_c(r->address, c->log.user, sizeof(c->log.user)) != 0)
		c->log.user[0] = 0; /* a log line does without */
	c->login_id = r->login_id;
	c->cap = vault_put(c->d->vault, (const unsigned char *)r->cap.p);
	c->acct = account_get(c->d, r->account, (const unsigned char *)r->pubkey.p,
			      (const unsigned char *)r->privkey.p, (unsigned)r->owner);
	c->anext = c->acct->conns;
	if (c->anext != NULL)
		c->anext->aprev = &c->anext;
	c->aprev = &c->acct->conns;
	c->acct->conns = c;
	return true;
}

static void
on_login(void *arg, const struct err *e, struct ipc_msg *m)
{
	struct login *op = arg;
	struct msg_auth_login_r r = { .result = AUTH_TEMP };
	bool taken = false;

	op->done = true;
	if (e != NULL || !msg_auth_login_r_get(m->body, &r) || r.result > AUTH_TEMP)
		r.result = AUTH_TEMP;
	if (op->c != NULL) {
		if (e != NULL)
			LOG(&op->c->log, LOG_WARN, "imapd.login.unavailable", LF(err, e));
		taken = r.result == AUTH_OK && take_login(op->c, &r);
		op->result = r.result == AUTH_OK && !taken ? AUTH_TEMP : (enum auth_result)r.result;
		op->delay = (int64_t)r.delay_ms;
		if (str_to_c(r.text, op->text, sizeof(op->text)) < 0)
			op->text[0] = '\0';
		conn_wake(op->c);
	}
	if (r.result == AUTH_OK && !taken)
		login_end(op->d, r.login_id);
	if (op->c == NULL)
		mem_free(op);
}

static void
login_done(struct conn *c)
{
	struct login *op = c->op;

	op->c = NULL;
	if (op->done)
		mem_free(op);
}

/* The store is open: the login is complete. */
static enum step
step_in(struct conn *c)
{
	struct buf b;
	enum step r;

	c->state = ST_AUTH;
	c->nbad = c->nfail = 0;
	imap_reader_set_max(&c->rd, LIM_IMAP_LINE, LIM_IMAP_CMD);
	LOG(&c->log, LOG_INFO, "imapd.login.ok", LF(mech, ((struct login *)c->op)->mech),
	    LF(tls, c->tls));
	buf_init(&b, 1024);
	put_capabilities(c, &b);
	r = conn_ok(c, buf_c(&b), "logged in");
	buf_done(&b);
	return r;
}

static const struct cmd after_login = { ST_NOAUTH, CMD_STORE, step_in };

static enum step
step_refuse(struct conn *c)
{
	struct login *op = c->op;

	if (conn_is_delayed(c))
		return STEP_WAIT;
	switch (op->result) {
	case AUTH_BAD:
		return conn_no(c, "AUTHENTICATIONFAILED", "bad user name or password");
	case AUTH_DISABLED:
		return conn_no(c, "CONTACTADMIN",
			       op->text[0] != '\0' ? op->text : "login is disabled");
	case AUTH_LIMITED:
		return conn_no(c, "LIMIT", "too many failed logins, try again later");
	default:
		return conn_no(c, "UNAVAILABLE", "login is not possible right now");
	}
}

static enum step
step_login(struct conn *c)
{
	struct login *op = c->op;
	int64_t ms = op->delay;

	if (!op->done)
		return STEP_WAIT;
	if (op->result == AUTH_OK) {
		c->row = &after_login;
		conn_need_store(c);
		return STEP_MORE;
	}
	if (op->result == AUTH_BAD) {
		c->nfail++;
		LOG(&c->log, LOG_INFO, "imapd.login.failed", LF(mech, op->mech),
		    LF(count, c->nfail));
		if (c->nfail >= LIM_IMAP_LOGINS)
			return conn_bye(c, "too many failed logins");
		if (c->nfail > LIM_IMAP_SLOW)
			ms += (int64_t)(c->nfail - LIM_IMAP_SLOW) * 1000;
	}
	if (ms > 0)
		conn_delay(c, ms);
	c->step = step_refuse;
	return STEP_MORE;
}

static enum step
login_start(struct conn *c, const char *mech, struct str user, struct str password)
{
	struct msg_auth_login m = { .cid = c->log.cid,
				    .login = user,
				    .password = password,
				    .proto = STR("imap"),
				    .mech = str_c(mech),
				    .want_key = 1 };
	struct login *op = MEM_NEW(struct login);
	struct buf b;

	m.ip = str_c(c->log.peer);
	op->d = c->d;
	op->c = c;
	op->mech = mech;
	c->op = op;
	c->op_done = login_done;
	c->step = step_login;
	if (user.n > LIM_ADDR || password.n > LIM_PASSWORD || user.n == 0) {
		op->done = true;
		op->result = AUTH_BAD;
		return STEP_MORE;
	}
	buf_init(&b, LIM_IPC_BODY);
	msg_auth_login_put(&b, &m);
	(void)ipc_call(c->d->loop, svc_reach_any(c->d->svc, ROLE_AUTHD), IPC_AUTH_LOGIN,
		       buf_str(&b), NULL, 0, 0, on_login, op);
	buf_wipe(&b);
	buf_done(&b);
	return STEP_MORE;
}

static bool
needs_tls(const struct conn *c)
{
	return !c->tls && !c->clear_ok;
}

enum step
cmd_login(struct conn *c)
{
	struct str pw = c->cmd->password;
	enum step r;

	if (needs_tls(c))
		return conn_no(c, "PRIVACYREQUIRED", "LOGIN needs TLS");
	r = login_start(c, "LOGIN", c->cmd->user, pw);
	mem_wipe((void *)(uintptr_t)pw.p, pw.n); /* in the reader or the arena: ours */
	return r;
}

/* RFC 4616: [authzid] NUL authcid NUL password. */
static enum step
plain(struct conn *c, struct str base64)
{
	struct buf b;
	struct str authz, authc, pw;
	enum step r;

	buf_init(&b, LIM_IMAP_LINE_NOAUTH);
	if (enc_get_base64(&b, base64) != 0) {
		r = conn_bad(c, "malformed base64");
		goto done;
	}
	authz = str_cut(buf_str(&b), 0, &authc);
	authc = str_cut(authc, 0, &pw);
	if (authc.p == NULL || pw.p == NULL || memchr(pw.p, 0, pw.n) != NULL)
		r = conn_bad(c, "malformed PLAIN message");
	else if (authz.n > 0 && !str_eq(authz, authc))
		r = conn_no(c, "AUTHORIZATIONFAILED", "no other identity may be assumed");
	else
		r = login_start(c, "PLAIN", authc, pw);
done:
	buf_wipe(&b);
	buf_done(&b);
	return r;
}

static enum step
step_sasl(struct conn *c)
{
	struct str data, line;
	size_t used;
	enum imap_in ev = imap_reader_feed(&c->rd, stream_in(c->s), &used, &data);

	stream_consume(c->s, used);
	if (ev == IMAP_IN_MORE)
		return stream_get_state(c->s) == STREAM_EOF ? STEP_END : STEP_WAIT;
	if (ev != IMAP_IN_LINE)
		return conn_bad(c, imap_reader_why(&c->rd));
	line = imap_reader_text(&c->rd);
	if (str_eq(line, STR("*")))
		return conn_bad(c, "AUTHENTICATE cancelled");
	return plain(c, line);
}

/* RFC 9051 6.2.2, initial response RFC 4959. */
enum step
cmd_authenticate(struct conn *c)
{
	if (!str_eqi(c->cmd->mech, STR("PLAIN")))
		return conn_no(c, "CANNOT", "unknown mechanism");
	if (needs_tls(c))
		return conn_no(c, "PRIVACYREQUIRED", "PLAIN needs TLS");
	if (c->cmd->has_initial)
		return plain(c, str_eq(c->cmd->initial, STR("=")) ? STR("") : c->cmd->initial);
	stream_puts(c->s, "+ \r\n");
	imap_reader_reset(&c->rd);
	imap_reader_want_line(&c->rd);
	c->step = step_sasl;
	return STEP_MORE;
}
