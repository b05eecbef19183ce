/* QUEUE_ADD to queued. */
#include "deliver/enqueue.h"

#include <errno.h>
#include <fcntl.h>

#include "base/mem.h"
#include "deliver/retry.h"

struct deliver_enqueue {
	struct svc *s;
	struct buf body; /* of the request */
	int fd;		 /* the caller's */
	uint64_t call;
	struct err failed; /* before anything was sent */
	struct deliver_retry retry;
	deliver_enqueue_fn *done;
	void *arg;
};

/* The last thing done: the owner may free us in `done`. */
static void
answer_err(struct deliver_enqueue *q, const struct err *e)
{
	struct deliver_reply r;

	deliver_reply_err(&r, e);
	q->done(q->arg, &r, 0);
}

static void
on_answer(void *arg, const struct err *e, struct ipc_msg *m)
{
	struct deliver_enqueue *q = arg;
	struct msg_queue_add_r in;
	struct deliver_reply r;
	struct err bad = ERR_INIT;

	q->call = 0;
	if (e != NULL) {
		if (!deliver_retry_may(&q->retry, e))
			answer_err(q, e);
		return;
	}
	if (!msg_queue_add_r_get(m->body, &in) ||
	    (in.code != 250 && (in.code < 400 || in.code > 599))) {
		err_set(&bad, EC_BUG, "malformed answer of queued");
		LOG(NULL, LOG_ERROR, "deliver.enqueue.failed", LF(err, &bad));
		answer_err(q, &bad);
		return;
	}
	deliver_reply_set(&r, (unsigned)in.code, in.ecode, in.text);
	q->done(q->arg, &r, in.id);
}

static void
enqueue_send(void *arg)
{
	struct deliver_enqueue *q = arg;
	int fd;

	if (q->failed.code == EC_OK && (fd = fcntl(q->fd, F_DUPFD_CLOEXEC, 0)) < 0)
		err_sys(&q->failed, EC_IO, errno, "duplicate a descriptor");
	if (q->failed.code != EC_OK) {
		LOG(NULL, LOG_ERROR, "deliver.enqueue.failed", LF(err, &q->failed));
		answer_err(q, &q->failed);
		return;
	}
	q->call = ipc_call(svc_loop(q->s), svc_reach_any(q->s, ROLE_QUEUED), IPC_QUEUE_ADD,
			   buf_str(&q->body), &fd, 1, 0, on_answer, q);
}

struct deliver_enqueue *
deliver_enqueue_new(struct svc *s, const struct deliver_enqueue_in *in, deliver_enqueue_fn *done,
		    void *arg)
{
	struct deliver_enqueue *q = MEM_NEW(struct deliver_enqueue);
	struct msg_queue_add m = {
		.txn = in->txn,
		.cid = in->cid,
		.flags = in->flags,
		.size = in->size,
		.filekey = in->filekey,
		.ip = in->ip,
		.helo = in->helo,
		.account = in->account,
		.login = in->login,
		.sender = in->sender,
		.from = in->from,
		.trace = in->trace,
	};
	struct buf rcpts;

	q->s = s;
	q->fd = in->fd;
	q->done = done;
	q->arg = arg;
	deliver_retry_init(&q->retry, svc_loop(s), enqueue_send, q);
	buf_init(&rcpts, DELIVER_ENQUEUE_RCPTS);
	buf_init(&q->body, LIM_IPC_BODY);
	for (size_t i = 0; i < in->n; i++)
		wr_str(&rcpts, in->rcpts[i]);
	m.rcpts = buf_str(&rcpts);
	if (rcpts.over)
		err_set(&q->failed, EC_LIMIT, "too many recipients for one message");
	msg_queue_add_put(&q->body, &m);
	deliver_retry_now(&q->retry);
	buf_done(&rcpts);
	return q;
}

void
deliver_enqueue_free(struct deliver_enqueue **qp)
{
	struct deliver_enqueue *q = *qp;

	if (q == NULL)
		return;
	*qp = NULL;
	ipc_cancel(q->call);
	deliver_retry_done(&q->retry);
	buf_wipe(&q->body);
	mem_free(q);
}
