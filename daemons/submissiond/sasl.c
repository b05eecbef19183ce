/* Challenge-response mechanisms: messages between the client and authd, and the channel's binding.
 */
#include "submissiond.h"

/* The name of the binding in a client's first message, RFC 5802 7: "p=NAME,". */
static struct str
binding_name(struct str data)
{
	struct str rest;

	if (!str_has_prefix(data, STR("p=")))
		return STR("");
	return str_sub(str_cut(str_from(data, 2), ',', &rest), 0, 32);
}

/* What authd has to know of this connection. */
static void
put_binding(const struct user *u, struct str data, struct msg_auth_sasl *m, struct buf *b)
{
	struct str name = binding_name(data);

	if (str_has_suffix(m->mech, STR("-PLUS"))) {
		m->cb_type = name;
		if (tls_stream_binding(u->c->st, name, b) == 0)
			m->cb_data = buf_str(b);
		else
			m->cb_type = STR("");
	} else if (str_has_prefix(m->mech, STR("SCRAM-")) && u->c->can_bind) {
		m->cb_type = STR("offered");
	}
}

static void
on_answer(void *arg, const struct err *e, struct ipc_msg *m)
{
	struct attempt *a = arg;
	struct svc *s = a->s;
	struct user *u = attempt_done(&a);
	struct msg_auth_sasl_r r = { .result = AUTH_TEMP };
	struct msg_auth_login_r l;

	if (e == NULL && !msg_auth_sasl_r_get(m->body, &r))
		r = (struct msg_auth_sasl_r){ .result = AUTH_TEMP };
	if (u == NULL) {
		if (r.more)
			sasl_end(s, r.dialog);
		else if (r.result == AUTH_OK)
			login_end(s, r.login_id);
		return;
	}
	if (e != NULL)
		LOG(&u->c->log, LOG_WARN, "submissiond.login.unavailable", LF(err, e));
	if (r.more) {
		u->number = r.dialog;
		user_challenge(u, r.data, DIALOG_SASL);
		return;
	}
	u->number = 0;
	l = (struct msg_auth_login_r){ .result = r.result,
				       .text = r.text,
				       .login_id = r.login_id,
				       .account = r.account,
				       .address = r.address,
				       .delay_ms = r.delay_ms };
	/* SCRAM's server has a last word, which SMTP can say only as a challenge. */
	if (r.result == AUTH_OK && r.data.n > 0)
		u->dialog = DIALOG_LAST;
	user_login_done(u, &l);
	if (u->dialog == DIALOG_LAST)
		user_challenge(u, r.data, DIALOG_LAST);
}

void
sasl_step(struct user *u, struct str data)
{
	struct msg_auth_sasl m = { .cid = u->c->log.cid,
				   .dialog = u->number,
				   .mech = str_c(u->mech),
				   .data = data,
				   .hostname = str_c(u->c->conf->smtp.hostname),
				   .proto = STR("submission"),
				   .ip = str_c(u->c->ip) };
	struct buf b, binding;

	if (data.n > LIM_SASL) {
		if (u->number != 0)
			sasl_end(u->c->all->svc, u->number);
		user_refuse(u, 501, STR("5.5.2"), STR("Response is too long"));
		return;
	}
	buf_init(&b, LIM_IPC_BODY);
	buf_init(&binding, 256);
	put_binding(u, data, &m, &binding);
	msg_auth_sasl_put(&b, &m);
	(void)ipc_call(u->c->all->l, svc_reach_any(u->c->all->svc, ROLE_AUTHD), IPC_AUTH_SASL,
		       buf_str(&b), NULL, 0, 0, on_answer, attempt_new(u));
	buf_wipe(&b);
	buf_wipe(&binding);
}

void
sasl_end(struct svc *s, uint64_t number)
{
	struct msg_auth_sasl_end m = { .dialog = number };
	struct buf b;

	buf_init(&b, 64);
	msg_auth_sasl_end_put(&b, &m);
	ipc_notify(svc_peer_any(s, ROLE_AUTHD), IPC_AUTH_SASL_END, buf_str(&b), NULL, 0);
	buf_done(&b);
}
