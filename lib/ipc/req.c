/* Requests: what a peer asked, until we answer. */
#include <assert.h>

#include "base/mem.h"
#include "ipc/chan_int.h"

#define MSG_ERROR(U, S) U(1, code) U(4, sys) S(msg, sizeof(((struct err *)0)->msg) - 1)
IPC_BODY(error, MSG_ERROR)

enum role
ipc_req_role(const struct ipc_req *r)
{
	return r->role;
}

unsigned
ipc_req_num(const struct ipc_req *r)
{
	return r->num;
}

struct ipc_chan *
ipc_req_chan(const struct ipc_req *r)
{
	return r->c != NULL && !r->c->shut ? r->c : NULL;
}

bool
ipc_req_is_notify(const struct ipc_req *r)
{
	return r->id == 0;
}

static void
req_free(struct ipc_req *r)
{
	if (r->c != NULL) {
		TAILQ_REMOVE(&r->c->reqs, r, link);
		r->c->nreqs--;
	}
	mem_free(r);
}

static void
req_answer(struct ipc_req **rp, enum ipc_kind kind, struct str body, const int *fds, unsigned nfds)
{
	struct ipc_req *r = *rp;
	struct ipc_chan *c = ipc_req_chan(r);
	struct ipc_hdr h = { .kind = kind, .type = r->type, .id = r->id };
	int own[LIM_IPC_FDS];

	*rp = NULL;
	assert(nfds <= LIM_IPC_FDS);
	for (unsigned i = 0; i < nfds; i++)
		own[i] = fds[i];
	if (c == NULL || r->id == 0)
		ipc_fds_close(own, nfds);
	else if (!ipc_chan_send(c, &h, body, own, nfds))
		ipc_chan_bad(c, "does not read", r->type);
	req_free(r);
}

void
ipc_reply(struct ipc_req **r, struct str body, const int *fds, unsigned nfds)
{
	assert(body.n <= LIM_IPC_BODY);
	req_answer(r, IPC_K_ANSWER, body, fds, nfds);
}

void
ipc_reply_err(struct ipc_req **r, const struct err *e)
{
	struct msg_error m = { .code = e->code, .sys = (uint32_t)e->sys, .msg = str_c(e->msg) };
	struct buf b;

	buf_init(&b, sizeof(*e) * 2);
	msg_error_put(&b, &m);
	req_answer(r, IPC_K_ERROR, buf_str(&b), NULL, 0);
	buf_done(&b);
}

bool
ipc_error_get(struct str body, struct err *e)
{
	struct msg_error m;

	if (!msg_error_get(body, &m) || m.code == EC_OK || m.code >= EC_COUNT)
		return false;
	*e = ERR_INIT;
	e->code = ec_from_wire(m.code);
	e->sys = (int)m.sys;
	memcpy(e->msg, m.msg.p, m.msg.n); /* shorter than msg: see MSG_ERROR */
	return true;
}

void
ipc_req_on_packet(struct ipc_chan *c, const struct ipc_hdr *h, struct ipc_msg *m)
{
	const struct ipc_op *op = NULL;
	struct ipc_req *r;

	for (unsigned i = 0; i < c->nops && op == NULL; i++)
		if (c->ops[i].type == m->type)
			op = &c->ops[i];
	if (op == NULL || (op->from & ROLE_BIT(c->role)) == 0) {
		ipc_chan_bad(c, op == NULL ? "request not offered here" : "request not allowed",
			     h->type);
		return;
	}
	if (m->nfds < op->min_fds || m->nfds > op->max_fds) {
		ipc_chan_bad(c, "wrong number of descriptors", h->type);
		return;
	}
	if (c->nreqs >= LIM_IPC_CALLS) {
		ipc_chan_bad(c, "too many unanswered requests", h->type);
		return;
	}
	r = MEM_NEW(struct ipc_req);
	r->c = c;
	r->role = c->role;
	r->num = c->num;
	r->type = h->type;
	r->id = h->id;
	TAILQ_INSERT_TAIL(&c->reqs, r, link);
	c->nreqs++;
	if (!op->fn(c->ctx, r, m)) {
		req_free(r);
		ipc_chan_bad(c, "malformed body", h->type);
	}
}
