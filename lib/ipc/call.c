/* Calls: what we asked a peer, until its answer, its death or the deadline. */
#include <assert.h>

#include "base/mem.h"
#include "ipc/chan_int.h"

enum { CALL_BUCKETS = 1024 };

static LIST_HEAD(, call) call_table[CALL_BUCKETS];
static uint64_t last_id;

uint64_t
ipc_call_next_id(void)
{
	return ++last_id;
}

bool
ipc_call_was(uint64_t id)
{
	return id <= last_id;
}

struct call *
ipc_call_find(uint64_t id)
{
	struct call *k;

	LIST_FOREACH(k, &call_table[id % CALL_BUCKETS], hash)
	if (k->id == id)
		return k;
	return NULL;
}

void
ipc_call_unlink(struct call *k)
{
	if (k->c == NULL)
		return;
	TAILQ_REMOVE(&k->c->calls, k, link);
	k->c->ncalls--;
	k->c = NULL;
}

static void
call_free(struct call *k)
{
	ipc_call_unlink(k);
	LIST_REMOVE(k, hash);
	loop_wake_free(&k->wake);
	mem_free(k);
}

/* The one place that tells a caller. */
void
ipc_call_end(struct call *k, const struct err *e, struct ipc_msg *m)
{
	ipc_answer *fn = k->fn;
	void *arg = k->arg;

	call_free(k);
	fn(arg, e, m);
}

static void
on_call_failed(void *arg)
{
	struct call *k = arg;
	struct err e = k->err;

	ipc_call_end(k, &e, NULL);
}

/* Fail from the loop. */
void
ipc_call_fail_later(struct call *k, struct loop *l, enum ec code, const char *why, const char *who)
{
	ipc_call_unlink(k);
	err_set(&k->err, code, "%s: %s %s", ipc_type_name(k->type), who, why);
	k->wake = loop_wake_new(l, on_call_failed, k);
	loop_wake(k->wake);
}

uint64_t
ipc_call(struct loop *l, struct ipc_chan *c, enum ipc_type type, struct str body, const int *fds,
	 unsigned nfds, int64_t deadline_ms, ipc_answer *fn, void *arg)
{
	struct call *k = MEM_NEW(struct call);
	struct ipc_hdr h = { .kind = IPC_K_CALL, .type = type };
	int own[LIM_IPC_FDS];

	assert(nfds <= LIM_IPC_FDS);
	k->id = h.id = ipc_call_next_id();
	k->type = type;
	k->fn = fn;
	k->arg = arg;
	LIST_INSERT_HEAD(&call_table[k->id % CALL_BUCKETS], k, hash);
	for (unsigned i = 0; i < nfds; i++)
		own[i] = fds[i];
	if (c == NULL || c->shut || c->ncalls >= LIM_IPC_CALLS || body.n > LIM_IPC_BODY) {
		ipc_fds_close(own, nfds);
		if (body.n > LIM_IPC_BODY)
			ipc_call_fail_later(k, l, EC_LIMIT, "is too large", "request");
		else
			ipc_call_fail_later(k, c != NULL ? c->l : l, EC_TIMEOUT,
					    c != NULL && !c->shut ? "is overloaded" : "is down",
					    c != NULL ? role_name(c->role) : "peer");
		return k->id;
	}
	k->c = c;
	TAILQ_INSERT_TAIL(&c->calls, k, link);
	c->ncalls++;
	if (!ipc_chan_send(c, &h, body, own, nfds)) {
		ipc_call_fail_later(k, c->l, EC_TIMEOUT, c->shut ? "is down" : "is overloaded",
				    role_name(c->role));
		return k->id;
	}
	k->deadline = loop_now(c->l) + (deadline_ms > 0 ? deadline_ms : LIM_IPC_DEADLINE_MS);
	k->full_deadline = k->deadline;
	if (c->waiting)
		k->deadline = MIN(k->deadline, loop_now(c->l) + LIM_PEER_WAIT_MS);
	ipc_chan_arm(c, k->deadline);
	return k->id;
}

void
ipc_cancel(uint64_t id)
{
	struct call *k = ipc_call_find(id);

	if (k != NULL)
		call_free(k);
}

void
ipc_chan_adopt(struct ipc_chan *c, struct ipc_chan **waiting)
{
	struct ipc_chan *w = *waiting;
	struct call *k;

	if (w == NULL)
		return;
	while ((k = TAILQ_FIRST(&w->calls)) != NULL) {
		ipc_call_unlink(k);
		k->c = c;
		TAILQ_INSERT_TAIL(&c->calls, k, link);
		c->ncalls++;
		k->deadline = k->full_deadline;
		ipc_chan_arm(c, k->deadline);
	}
	TAILQ_CONCAT(&c->out, &w->out, link);
	c->nout += w->nout;
	c->out_bytes += w->out_bytes;
	ipc_chan_free(waiting);
	ipc_chan_flush(c);
}
