/* Group commit: what arrived in one turn of the loop is made durable together, then answered. */
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "deliverd.h"

struct answer {
	struct ipc_req *req; /* or fn */
	char *body;
	size_t body_n;
	int fds[LIM_IPC_FDS];
	unsigned nfds;
	char publish[LIM_ACCOUNT + 1];
	batch_done_fn *fn;
	void *arg;
};

static struct answer *
answer_add(struct deliverd *d)
{
	struct answer *a;

	if (d->nanswers == d->answers_cap) {
		d->answers_cap = d->answers_cap > 0 ? d->answers_cap * 2 : 64;
		d->answers = mem_resize(d->answers, d->answers_cap, sizeof(*d->answers));
	}
	a = &d->answers[d->nanswers++];
	*a = (struct answer){ 0 };
	return a;
}

void
batch_answer(struct deliverd *d, struct ipc_req **req, struct str body, const int *fds,
	     unsigned nfds, const char *publish)
{
	struct answer *a = answer_add(d);

	a->req = *req;
	*req = NULL;
	a->body = body.n > 0 ? mem_dup(body.p, body.n) : NULL;
	a->body_n = body.n;
	a->nfds = nfds;
	for (unsigned i = 0; i < nfds; i++)
		a->fds[i] = fds[i];
	if (publish != NULL)
		snprintf(a->publish, sizeof(a->publish), "%s", publish);
}

void
batch_then(struct deliverd *d, batch_done_fn *fn, void *arg)
{
	struct answer *a = answer_add(d);

	a->fn = fn;
	a->arg = arg;
}

int
batch_apply(struct deliverd *d, struct store_w *w, struct str op, struct store_result *r,
	    struct err *e)
{
	int rc = store_shelf_apply(d->shelf, w, op, r, e);
	pid_t pid = store_shelf_blocker(d->shelf);

	if (pid > 0)
		svc_complain(d->svc, pid, "holds a lock on an account's database");
	return rc;
}

/* Commit for somebody who will read. When that can't be done now (disk full), the answer stays: he
 * reads what was committed, and hears of the rest when the shelf's work has done it. */
static void
publish(struct deliverd *d, struct str account)
{
	struct err e = ERR_INIT;
	struct store_w *w = store_shelf_get_for_reader(d->shelf, account, &e);

	if (w == NULL || store_shelf_publish(d->shelf, w, &e) < 0)
		LOG(NULL, LOG_ERROR, "deliverd.publish.failed", LF(acct, account),
		    LF(err, (const struct err *)&e));
}

static void
answer_send(struct deliverd *d, struct answer *a, const struct err *e)
{
	if (a->fn != NULL) {
		a->fn(d, a->arg, e);
		return;
	}
	if (e == NULL && a->publish[0] != '\0')
		publish(d, str_c(a->publish));
	if (e == NULL) {
		ipc_reply(&a->req, str_mem(a->body != NULL ? a->body : "", a->body_n), a->fds,
			  a->nfds);
	} else {
		ipc_reply_err(&a->req, e);
		for (unsigned i = 0; i < a->nfds; i++)
			close(a->fds[i]);
	}
	mem_free(a->body);
}

static void
log_trouble(struct deliverd *d)
{
	struct err e = ERR_INIT;
	pid_t pid = store_shelf_blocker(d->shelf);

	if (store_shelf_trouble(d->shelf, &e))
		LOG(NULL, LOG_ERROR, "deliverd.store.trouble", LF(err, (const struct err *)&e));
	if (pid > 0)
		svc_complain(d->svc, pid, "keeps an account's database from being checkpointed");
}

int
batch_room(struct deliverd *d)
{
	return store_shelf_pending(d->shelf) < LIM_LOG_BATCH ? 0 : batch_flush(d);
}

int
batch_flush(struct deliverd *d)
{
	struct err e = ERR_INIT;
	bool work;
	int rc;

	if (d->shelf == NULL || (d->nanswers == 0 && store_shelf_pending(d->shelf) == 0))
		return 0;
	work = store_shelf_pending(d->shelf) > 0;
	rc = store_shelf_flush(d->shelf, &e);
	if (rc < 0)
		LOG(NULL, LOG_ERROR, "deliverd.batch.failed", LF(count, d->nanswers),
		    LF(err, (const struct err *)&e));
	for (size_t i = 0; i < d->nanswers; i++)
		answer_send(d, &d->answers[i], rc < 0 ? &e : NULL);
	d->nanswers = 0;
	log_trouble(d);
	if (work)
		loop_timer_set(d->work, STORE_DEFER_MS);
	return rc;
}

void
batch_work(void *arg)
{
	struct deliverd *d = arg;
	int64_t ms;

	/* Nothing of a batch may wait across it. */
	(void)batch_flush(d);
	ms = store_shelf_work(d->shelf, clock_mono_ms());
	log_trouble(d);
	loop_timer_set(d->work, ms);
}

void
batch_free(struct deliverd *d)
{
	mem_free(d->answers);
	d->answers = NULL;
	d->nanswers = d->answers_cap = 0;
}
