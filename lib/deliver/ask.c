/* May this recipient get mail? RCPT_CHECK to any worker of deliverd. */
#include "base/mem.h"
#include "deliver/deliver.h"
#include "deliver/retry.h"

struct deliver_ask {
	struct svc *s;
	struct buf body; /* of the request */
	uint64_t call;
	struct deliver_retry retry;
	deliver_ask_fn *fn;
	void *arg;
};

/* The last thing done with an ask: its owner may free it in `fn`. */
static void
answer_err(struct deliver_ask *a, const struct err *e)
{
	struct deliver_reply r;

	deliver_reply_err(&r, e);
	a->fn(a->arg, &r, STR(""), 0);
}

static void
on_answer(void *arg, const struct err *e, struct ipc_msg *m)
{
	struct deliver_ask *a = arg;
	struct msg_rcpt_check_r in;
	struct err bad = ERR_INIT;
	struct deliver_reply r;

	a->call = 0;
	if (e != NULL) {
		if (!deliver_retry_may(&a->retry, e))
			answer_err(a, e);
		return;
	}
	if (!msg_rcpt_check_r_get(m->body, &in) ||
	    (in.code == 250 ? in.owner >= svc_workers(a->s, ROLE_DELIVERD)
			    : in.code < 400 || in.code > 599)) {
		err_set(&bad, EC_BUG, "malformed answer to a recipient check");
		LOG(NULL, LOG_ERROR, "deliver.ask.failed", LF(err, &bad));
		answer_err(a, &bad);
		return;
	}
	deliver_reply_set(&r, (unsigned)in.code, in.ecode, in.text);
	a->fn(a->arg, &r, in.account, (uint32_t)in.owner);
}

static void
ask_send(void *arg)
{
	struct deliver_ask *a = arg;

	a->call = ipc_call(svc_loop(a->s), svc_reach_any(a->s, ROLE_DELIVERD), IPC_RCPT_CHECK,
			   buf_str(&a->body), NULL, 0, 0, on_answer, a);
}

struct deliver_ask *
deliver_ask_new(struct svc *s, uint64_t txn, struct str sender, struct str rcpt, struct str ip,
		deliver_ask_fn *fn, void *arg)
{
	struct deliver_ask *a = MEM_NEW(struct deliver_ask);
	struct msg_rcpt_check m = { .txn = txn, .sender = sender, .rcpt = rcpt, .ip = ip };

	a->s = s;
	a->fn = fn;
	a->arg = arg;
	deliver_retry_init(&a->retry, svc_loop(s), ask_send, a);
	buf_init(&a->body, LIM_IPC_BODY);
	msg_rcpt_check_put(&a->body, &m);
	ask_send(a);
	return a;
}

void
deliver_ask_free(struct deliver_ask **ap)
{
	struct deliver_ask *a = *ap;

	if (a == NULL)
		return;
	*ap = NULL;
	ipc_cancel(a->call);
	deliver_retry_done(&a->retry);
	buf_done(&a->body);
	mem_free(a);
}
