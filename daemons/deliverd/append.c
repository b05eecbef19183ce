/* STORE_APPEND: a message from a client into one mailbox. */
#include <unistd.h>

#include "base/clock.h"
#include "crypto/spool.h"
#include "deliverd.h"

static int
append(struct deliverd *d, struct acct *a, const struct msg_store_append *in,
       struct spool_reader *r, struct store_result *res, struct err *e)
{
	struct store_w *w = acct_open(d, a, false, e);
	struct msg_op_message om = { .mailbox = in->mailbox,
				     .name = STR(""),
				     .flags = in->flags,
				     .keywords = in->keywords,
				     .received = in->received,
				     .quota = account_quota(d, str_c(a->name)) };
	struct store_prepared p;
	struct buf op;
	int rc = -1;

	if (w == NULL)
		return -1;
	if (in->mailbox == 0)
		return err_set(e, EC_NOTFOUND, "no such mailbox");
	if (om.quota > 0 && store_w_size(w) + in->size > om.quota)
		return err_set(e, EC_QUOTA, "over quota");
	if (store_w_prepare(w, STR(""), r, &p, &om, e) == 0) {
		buf_init(&op, LIM_OP);
		store_op_put(&op, STORE_OP_MESSAGE, clock_now());
		msg_op_message_put(&op, &om);
		rc = op.over ? err_set(e, EC_LIMIT, "message structure is too large")
			     : batch_apply(d, w, buf_str(&op), res, e);
		if (rc < 0)
			store_w_unprepare(w, &om);
		buf_done(&op);
	}
	store_prepared_done(&p);
	return rc;
}

static void
answer(struct deliverd *d, struct ipc_req **req, const struct store_result *r)
{
	struct buf b;

	buf_init(&b, LIM_IPC_BODY);
	msg_store_append_r_put(&b, &(struct msg_store_append_r){ .uidvalidity = r->uidvalidity,
								 .uid = r->uid,
								 .modseq = r->modseq });
	batch_answer(d, req, buf_str(&b), NULL, 0, NULL);
	buf_done(&b);
}

/* With the message at hand. False when descriptor and request do not fit together. */
static bool
append_fd(struct deliverd *d, struct acct *a, const struct msg_store_append *in, int fd,
	  struct ipc_req **req)
{
	struct spool_reader *r;
	struct store_result res;
	struct err e = ERR_INIT;
	uint64_t stored;
	int rc = -1;

	if (!ipc_fd_is_message(fd, in->filekey.n > 0, &stored))
		return false;
	r = spool_reader_new(fd, in->filekey, in->size, &e);
	if (r == NULL && e.code != EC_IO)
		return false;
	store_result_init(&res);
	if (r != NULL)
		rc = append(d, a, in, r, &res, &e);
	if (rc == 0)
		answer(d, req, &res);
	else
		ipc_reply_err(req, &e);
	store_result_done(&res);
	spool_reader_free(&r);
	return true;
}

static struct acct *
append_run(struct deliverd *d, struct ipc_req **req, struct ipc_msg *m, bool *ok)
{
	struct msg_store_append in;
	struct err e = ERR_INIT;
	struct cap *c;
	struct acct *a;
	int fd;

	*ok = msg_store_append_get(m->body, &in) && in.size <= LIM_MSG_SIZE_MAX &&
	      (in.flags & ~(uint64_t)STORE_FLAG_ALL) == 0 && in.received <= LIM_TIME;
	if (!*ok)
		return NULL;
	c = cap_check(d, *req, in.cap, CAP_WRITE, &e);
	if (c == NULL || (a = acct_get(d, str_c(c->account))) == NULL) {
		ipc_reply_err(req, &e);
		return NULL;
	}
	if (!acct_is_settled(a))
		return a;
	fd = ipc_msg_take_fd(m, 0);
	*ok = append_fd(d, a, &in, fd, req);
	close(fd);
	return NULL;
}

bool
on_store_append(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	return request_run(svc_data(ctx), append_run, req, m);
}
