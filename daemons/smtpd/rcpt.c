/* May this recipient get mail? RCPT_CHECK to any worker of deliverd. */
#include "base/mem.h"
#include "ipc/msg_deliver.h"
#include "smtpd.h"

static void
ask_answer(struct ask *a, const struct smtp_verdict *v, struct str account, uint32_t owner)
{
	struct conn *c = a->j->c;

	a->is_open = a->is_waiting = false;
	if (v->code != 250)
		LOG(&c->log, LOG_INFO, "smtpd.rcpt.refused", LF(rcpt, a->addr),
		    LF(from, a->j->txn->sender), LF(code, v->code), LF(reason, v->text));
	smtp_session_rcpt_done(c->s, a->slot, v, account, owner);
	stream_wake(c->st);
}

static void
on_answer(void *arg, const struct err *e, struct ipc_msg *m)
{
	struct ask *a = arg;
	struct msg_rcpt_check_r r;
	struct err bad = ERR_INIT;
	struct smtp_verdict v;

	a->call = 0;
	if (e != NULL) {
		if ((a->is_waiting = job_may_retry(a->j, e)))
			return;
		v = verdict_of_err(e);
		ask_answer(a, &v, STR(""), 0);
		return;
	}
	if (!msg_rcpt_check_r_get(m->body, &r) ||
	    (r.code == 250 && r.owner >= svc_workers(a->j->c->d->svc, ROLE_DELIVERD))) {
		err_set(&bad, EC_BUG, "malformed answer to a recipient check");
		LOG(&a->j->c->log, LOG_ERROR, "smtpd.rcpt.failed", LF(err, &bad));
		v = verdict_of_err(&bad);
		ask_answer(a, &v, STR(""), 0);
		return;
	}
	v = (struct smtp_verdict){ (unsigned)r.code, r.ecode, r.text };
	ask_answer(a, &v, r.account, (uint32_t)r.owner);
}

void
ask_send(struct ask *a)
{
	struct conn *c = a->j->c;
	struct msg_rcpt_check m = {
		.txn = a->j->mid, .sender = a->j->txn->sender, .rcpt = a->addr, .ip = str_c(c->ip),
	};
	struct buf b;

	a->is_waiting = false;
	buf_init(&b, LIM_IPC_BODY);
	msg_rcpt_check_put(&b, &m);
	a->call = ipc_call(c->d->l, svc_reach_any(c->d->svc, ROLE_DELIVERD), IPC_RCPT_CHECK,
			   buf_str(&b), NULL, 0, 0, on_answer, a);
	buf_done(&b);
}

void
asks_retry(struct job *j)
{
	for (unsigned i = 0; i < LIM_SMTP_RCPT_PARALLEL; i++)
		if (j->asks[i].is_open && j->asks[i].is_waiting)
			ask_send(&j->asks[i]);
}

void
asks_cancel(struct job *j)
{
	for (unsigned i = 0; i < LIM_SMTP_RCPT_PARALLEL; i++)
		ipc_cancel(j->asks[i].call);
}
