/*
 * AUTH: PLAIN and LOGIN are passwords for authd, the others are its dialogs (sasl.c).
 *
 * SECURITY: a password is in the stream's buffer, the session's decoded copy and one IPC packet,
 * which are wiped by who has them. A failure says the same whether the account exists or not.
 */
#include "base/mem.h"
#include "submissiond.h"

static struct user *
user_of(struct smtpconn *c)
{
	struct user *u = c->data;

	if (u == NULL) {
		u = MEM_NEW(struct user);
		u->c = c;
		c->data = u;
	}
	return u;
}

void
login_end(struct svc *s, uint64_t id)
{
	struct msg_auth_logout m = { .login_id = id };
	struct buf b;

	buf_init(&b, 64);
	msg_auth_logout_put(&b, &m);
	ipc_notify(svc_peer_any(s, ROLE_AUTHD), IPC_AUTH_LOGOUT, buf_str(&b), NULL, 0);
	buf_done(&b);
}

static void
logout(struct user *u)
{
	if (u->login_id != 0)
		login_end(u->c->all->svc, u->login_id);
	u->login_id = 0;
	u->account[0] = u->c->log.account[0] = u->c->log.user[0] = '\0';
}

/* ---- answers to the session */

static void
tell(struct user *u)
{
	struct smtp_verdict v = smtpconn_verdict(&u->result);
	bool tls = stream_layer_arg(u->c->st) != NULL;

	if (v.code == 235)
		LOG(&u->c->log, LOG_INFO, "submissiond.login.ok", LF(mech, (const char *)u->mech),
		    LF(tls, tls));
	else
		LOG(&u->c->log, LOG_INFO, "submissiond.login.failed",
		    LF(mech, (const char *)u->mech), LF(code, v.code), LF(reason, v.text));
	smtp_session_auth_done(u->c->s, &v);
	smtpconn_wake(u->c);
}

static void
on_delay_over(void *arg)
{
	tell(arg);
}

static void
tell_after(struct user *u, int64_t ms)
{
	u->dialog = DIALOG_NONE;
	u->number = 0;
	if (u->delay == NULL)
		u->delay = loop_timer_new(u->c->all->l, on_delay_over, u);
	loop_timer_set(u->delay, ms);
}

void
user_refuse(struct user *u, unsigned code, struct str ecode, struct str text)
{
	deliver_reply_set(&u->result, code, ecode, text);
	tell_after(u, 0);
}

void
user_challenge(struct user *u, struct str data, enum dialog next)
{
	u->dialog = next;
	smtp_session_auth_more(u->c->s, data);
	smtpconn_wake(u->c);
}

/* False: the answer is of no use. */
static bool
take_login(struct user *u, const struct msg_auth_login_r *r)
{
	if (r->account.n == 0 || str_to_c(r->account, u->account, sizeof(u->account)) < 0 ||
	    str_to_c(r->address, u->address, sizeof(u->address)) < 0 ||
	    str_to_c(r->account, u->c->log.account, sizeof(u->c->log.account)) < 0)
		return false;
	if (str_to_c(r->address, u->c->log.user, sizeof(u->c->log.user)) < 0)
		u->c->log.user[0] = '\0'; /* a log line does without */
	u->login_id = r->login_id;
	return true;
}

/* Result of authd, and the reply. */
static const struct {
	unsigned code;
	struct str ecode, text;
} results[] = {
	[AUTH_OK] = { 235, STR("2.7.0"), STR("Welcome") },
	[AUTH_BAD] = { 535, STR("5.7.8"), STR("Wrong user name or password") },
	[AUTH_DISABLED] = { 525, STR("5.7.13"), STR("Login is disabled") },
	[AUTH_LIMITED] = { 454, STR("4.7.0"), STR("Too many failed logins, try again later") },
	[AUTH_TEMP] = { 454, STR("4.7.0"), STR("Login is not possible right now") },
};

void
user_login_done(struct user *u, const struct msg_auth_login_r *r)
{
	enum auth_result result = r->result <= AUTH_TEMP ? (enum auth_result)r->result : AUTH_TEMP;

	if (result == AUTH_OK && !take_login(u, r)) {
		login_end(u->c->all->svc, r->login_id);
		result = AUTH_TEMP;
	}
	deliver_reply_set(&u->result, results[result].code, results[result].ecode,
			  result == AUTH_DISABLED && r->text.n > 0 ? r->text
								   : results[result].text);
	if (u->dialog != DIALOG_LAST)
		tell_after(u, (int64_t)r->delay_ms);
}

/* ---- a password */

struct attempt *
attempt_new(struct user *u)
{
	struct attempt *a = MEM_NEW(struct attempt);

	a->s = u->c->all->svc;
	a->u = u;
	u->attempt = a;
	return a;
}

struct user *
attempt_done(struct attempt **ap)
{
	struct user *u = (*ap)->u;

	if (u != NULL)
		u->attempt = NULL;
	mem_free(*ap);
	*ap = NULL;
	return u;
}

static void
on_login(void *arg, const struct err *e, struct ipc_msg *m)
{
	struct attempt *a = arg;
	struct svc *s = a->s;
	struct user *u = attempt_done(&a);
	struct msg_auth_login_r r = { .result = AUTH_TEMP };

	if (e == NULL && !msg_auth_login_r_get(m->body, &r))
		r = (struct msg_auth_login_r){ .result = AUTH_TEMP };
	if (u == NULL) {
		if (r.result == AUTH_OK)
			login_end(s, r.login_id);
		return;
	}
	if (e != NULL)
		LOG(&u->c->log, LOG_WARN, "submissiond.login.unavailable", LF(err, e));
	user_login_done(u, &r);
}

static void
password(struct user *u, struct str name, struct str pw)
{
	struct msg_auth_login m = { .cid = u->c->log.cid,
				    .login = name,
				    .password = pw,
				    .proto = STR("submission"),
				    .mech = str_c(u->mech),
				    .ip = str_c(u->c->ip) };
	struct buf b;

	if (name.n == 0 || name.n > LIM_ADDR || pw.n > LIM_PASSWORD) {
		user_login_done(u, &(struct msg_auth_login_r){ .result = AUTH_BAD });
		return;
	}
	buf_init(&b, LIM_IPC_BODY);
	msg_auth_login_put(&b, &m);
	(void)ipc_call(u->c->all->l, svc_reach_any(u->c->all->svc, ROLE_AUTHD), IPC_AUTH_LOGIN,
		       buf_str(&b), NULL, 0, 0, on_login, attempt_new(u));
	buf_wipe(&b);
}

/* RFC 4616: [authzid] NUL authcid NUL password. */
static void
plain(struct user *u, struct str data)
{
	struct str authz, authc, pw;

	authz = str_cut(data, 0, &authc);
	authc = str_cut(authc, 0, &pw);
	if (authc.p == NULL || pw.p == NULL || memchr(pw.p, 0, pw.n) != NULL)
		user_refuse(u, 501, STR("5.5.2"), STR("Malformed PLAIN message"));
	else if (authz.n > 0 && !str_eq(authz, authc))
		user_refuse(u, 535, STR("5.7.8"), STR("No other identity may be assumed"));
	else
		password(u, authc, pw);
}

/* ---- the dialog */

static void
take_name(struct user *u, struct str data)
{
	/* One that does not fit is nobody's; it gets the same answers as all. */
	if (str_to_c(data, u->name, sizeof(u->name)) < 0)
		u->name[0] = '\0';
	user_challenge(u, STR("Password:"), DIALOG_PASSWORD);
}

void
on_auth_step(void *ctx, struct str data)
{
	struct user *u = ((struct smtpconn *)ctx)->data;

	switch (u->dialog) {
	case DIALOG_PLAIN:
		plain(u, data);
		return;
	case DIALOG_USER:
		take_name(u, data);
		return;
	case DIALOG_PASSWORD:
		password(u, str_c(u->name), data);
		return;
	case DIALOG_SASL:
		sasl_step(u, data);
		return;
	case DIALOG_LAST:
		if (data.n > 0) {
			logout(u);
			user_refuse(u, 501, STR("5.5.2"), STR("Malformed response"));
		} else {
			tell_after(u, 0);
		}
		return;
	case DIALOG_NONE:
		break;
	}
	user_refuse(u, 454, STR("4.7.0"), STR("Login is not possible right now"));
}

void
on_auth_start(void *ctx, struct str mech, struct str data)
{
	struct user *u = user_of(ctx);

	if (str_to_c(mech, u->mech, sizeof(u->mech)) < 0)
		u->mech[0] = '\0';
	u->number = 0;
	if (str_eq(mech, STR("CRAM-MD5"))) { /* here the server begins, RFC 4954 4 */
		if (data.p != NULL)
			user_refuse(u, 501, STR("5.5.4"), STR("No initial response here"));
		else
			sasl_step(u, STR(""));
		return;
	}
	u->dialog = str_eq(mech, STR("PLAIN"))	 ? DIALOG_PLAIN
		    : str_eq(mech, STR("LOGIN")) ? DIALOG_USER
						 : DIALOG_SASL;
	if (data.p != NULL)
		on_auth_step(ctx, data);
	else
		user_challenge(u, u->dialog == DIALOG_USER ? STR("Username:") : STR(""), u->dialog);
}

void
on_auth_cancel(void *ctx)
{
	struct user *u = ((struct smtpconn *)ctx)->data;

	/* Which mechanism a program offers and can't do is what its user asks about. */
	LOG(&u->c->log, LOG_INFO, "submissiond.login.cancelled", LF(mech, (const char *)u->mech));
	if (u->attempt != NULL)
		u->attempt->u = NULL;
	else if (u->number != 0)
		sasl_end(u->c->all->svc, u->number);
	u->attempt = NULL;
	u->dialog = DIALOG_NONE;
	u->number = 0;
	if (u->delay != NULL)
		loop_timer_stop(u->delay);
	logout(u); /* SCRAM: authd has the login before the client's last word */
}

void
user_closed(struct smtpconn *c)
{
	struct user *u = c->data;

	if (u == NULL)
		return;
	c->data = NULL;
	logout(u);
	loop_timer_free(&u->delay);
	mem_free(u);
}

bool
on_revoked(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct smtpconns *all = svc_data(ctx);
	struct msg_auth_revoked r;

	if (!msg_auth_revoked_get(m->body, &r))
		return false;
	for (struct smtpconn *c = all->conns; c != NULL; c = c->next) {
		const struct user *u = c->data;

		if (u == NULL || r.login_id == 0 || u->login_id != r.login_id)
			continue;
		c->why = "login revoked";
		smtp_session_revoke(c->s);
		smtpconn_wake(c);
	}
	ipc_reply(&req, STR_NONE, NULL, 0);
	return true;
}
