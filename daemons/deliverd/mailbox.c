/*
 * STORE_*: changes to mailboxes, and opening an account for a reader. Each request is decoded,
 * checked against its capability, turned into an operation of lib/store, and answered from what
 * that did.
 *
 * SECURITY: requests come from network-facing processes. Sets in memory files are read once.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "deliverd.h"

/* ---- sets that travel as memory files */

/* The set of a request: inline, or in descriptor 0 when the field is empty; then read into b.
 * Malformed: false. The descriptor stays in m, which may have to be looked at again. */
static bool
set_get(struct ipc_msg *m, struct str inl, struct buf *b, struct str *set)
{
	uint64_t size;
	ssize_t n;
	char *p;

	*set = inl;
	if (inl.n > 0 || m->nfds == 0)
		return m->nfds == 0;
	if (!ipc_fd_is_message(m->fds[0], false, &size) || size > LIM_SET ||
	    (p = buf_reserve(b, (size_t)size + 1)) == NULL)
		return false;
	n = pread(m->fds[0], p, (size_t)size, 0);
	if (n != (ssize_t)size)
		return false;
	buf_commit(b, (size_t)n);
	*set = buf_str(b);
	return true;
}

/* The set of an answer: inline, or empty and one more descriptor. */
static int
set_put(struct str set, struct str *inl, int fds[LIM_IPC_FDS], unsigned *nfds, struct err *e)
{
	int fd;

	*inl = set;
	if (set.n <= LIM_SET_INLINE)
		return 0;
	*inl = STR("");
	if ((fd = ipc_fd_sealed("set", set, e)) < 0)
		return -1;
	fds[(*nfds)++] = fd;
	return 0;
}

/* ---- the frame that all have in common */

typedef int reply_fn(const struct store_result *r, struct buf *body, int fds[LIM_IPC_FDS],
		     unsigned *nfds, struct err *e);
/* The operation for a request of an account, in `op`. False for a malformed body. */
typedef bool decode_fn(struct deliverd *d, struct ipc_msg *m, struct str account, struct buf *op);

struct kind {
	decode_fn *decode;
	reply_fn *reply; /* NULL: an empty answer */
};

static void
change_apply(struct deliverd *d, struct acct *a, const struct kind *k, struct str op,
	     struct ipc_req **req)
{
	struct err e = ERR_INIT;
	struct store_w *w = acct_open(d, a, false, &e);
	struct store_result r;
	int fds[LIM_IPC_FDS], rc = -1;
	unsigned nfds = 0;
	struct buf body;

	store_result_init(&r);
	buf_init(&body, LIM_IPC_BODY);
	if (w != NULL && batch_apply(d, w, op, &r, &e) == 0) {
		rc = k->reply != NULL ? k->reply(&r, &body, fds, &nfds, &e) : 0;
		/* No memory file for a large set: what can't be told must not happen. */
		if (rc < 0)
			store_shelf_spoil(d->shelf);
	}
	if (rc == 0) {
		batch_answer(d, req, buf_str(&body), fds, nfds, NULL);
	} else {
		for (unsigned i = 0; i < nfds; i++)
			close(fds[i]);
		ipc_reply_err(req, &e);
	}
	buf_done(&body);
	store_result_done(&r);
}

/* All bodies begin with the capability, which says whose account it is about. The whole body is
 * looked at also when there is none: who sends malformed ones loses the channel. */
static struct acct *
change_run(struct deliverd *d, struct ipc_req **req, struct ipc_msg *m, bool *ok,
	   const struct kind *k)
{
	struct rd rd = rd_init(m->body);
	struct str id = rd_str(&rd, 32);
	struct err e = ERR_INIT;
	struct acct *a = NULL, *wait = NULL;
	struct cap *cap;
	struct buf op;

	*ok = !rd.bad;
	if (!*ok)
		return NULL;
	cap = cap_check(d, *req, id, CAP_WRITE, &e);
	buf_init(&op, LIM_OP);
	*ok = k->decode(d, m, cap != NULL ? str_c(cap->account) : STR(""), &op) && !op.over;
	if (!*ok) {
		/* the channel goes */
	} else if (cap == NULL || (a = acct_get(d, str_c(cap->account))) == NULL) {
		ipc_reply_err(req, &e);
	} else if (!acct_is_settled(a)) {
		wait = a;
	} else {
		change_apply(d, a, k, buf_str(&op), req);
	}
	buf_done(&op);
	return wait;
}

/* ---- messages */

static bool
decode_flags(struct deliverd *d, struct ipc_msg *m, struct str account, struct buf *op)
{
	struct msg_store_flags in;
	struct buf b;
	struct str set;
	bool ok;

	(void)d;
	(void)account;
	if (!msg_store_flags_get(m->body, &in) || in.op > STORE_FLAGS_DEL ||
	    (in.flags & ~(uint64_t)STORE_FLAG_ALL) != 0)
		return false;
	buf_init(&b, LIM_SET + 1);
	if ((ok = set_get(m, in.uids, &b, &set))) {
		store_op_put(op, STORE_OP_FLAGS, clock_now());
		msg_op_flags_put(op, &(struct msg_op_flags){ .mailbox = in.mailbox,
							     .how = in.op,
							     .flags = in.flags,
							     .keywords = in.keywords,
							     .unchangedsince = in.unchangedsince,
							     .uids = set });
	}
	buf_done(&b);
	return ok;
}

static int
reply_flags(const struct store_result *r, struct buf *body, int fds[LIM_IPC_FDS], unsigned *nfds,
	    struct err *e)
{
	struct msg_store_flags_r out = { .modseq = r->modseq };

	if (set_put(buf_str(&r->a), &out.modified, fds, nfds, e) < 0)
		return -1;
	msg_store_flags_r_put(body, &out);
	return 0;
}

static bool
decode_copy(struct deliverd *d, struct ipc_msg *m, struct str account, struct buf *op)
{
	struct msg_store_copy in;
	struct buf b;
	struct str set;
	bool ok;

	if (!msg_store_copy_get(m->body, &in) || in.move > 1)
		return false;
	buf_init(&b, LIM_SET + 1);
	if ((ok = set_get(m, in.uids, &b, &set))) {
		store_op_put(op, STORE_OP_COPY, clock_now());
		msg_op_copy_put(op, &(struct msg_op_copy){ .src = in.src,
							   .dst = in.dst,
							   .move = in.move,
							   .quota = account_quota(d, account),
							   .uids = set });
	}
	buf_done(&b);
	return ok;
}

static int
reply_copy(const struct store_result *r, struct buf *body, int fds[LIM_IPC_FDS], unsigned *nfds,
	   struct err *e)
{
	struct msg_store_copy_r out = { .uidvalidity = r->uidvalidity, .modseq = r->modseq };

	if (set_put(buf_str(&r->a), &out.src, fds, nfds, e) < 0 ||
	    set_put(buf_str(&r->b), &out.dst, fds, nfds, e) < 0)
		return -1;
	msg_store_copy_r_put(body, &out);
	return 0;
}

static bool
decode_expunge(struct deliverd *d, struct ipc_msg *m, struct str account, struct buf *op)
{
	struct msg_store_expunge in;
	struct buf b;
	struct str set;
	bool ok;

	(void)d;
	(void)account;
	if (!msg_store_expunge_get(m->body, &in) || in.all > 1)
		return false;
	buf_init(&b, LIM_SET + 1);
	if ((ok = set_get(m, in.uids, &b, &set))) {
		store_op_put(op, STORE_OP_EXPUNGE, clock_now());
		msg_op_expunge_put(op, &(struct msg_op_expunge){
					       .mailbox = in.mailbox, .all = in.all, .uids = set });
	}
	buf_done(&b);
	return ok;
}

static int
reply_expunge(const struct store_result *r, struct buf *body, int fds[LIM_IPC_FDS], unsigned *nfds,
	      struct err *e)
{
	struct msg_store_expunge_r out = { .modseq = r->modseq };

	if (set_put(buf_str(&r->a), &out.uids, fds, nfds, e) < 0)
		return -1;
	msg_store_expunge_r_put(body, &out);
	return 0;
}

/* ---- mailboxes */

static bool
decode_create(struct deliverd *d, struct ipc_msg *m, struct str account, struct buf *op)
{
	struct msg_store_create in;

	(void)d;
	(void)account;
	if (!msg_store_create_get(m->body, &in))
		return false;
	store_op_put(op, STORE_OP_CREATE, clock_now());
	msg_op_create_put(op, &(struct msg_op_create){ .name = in.name, .special = in.special });
	return true;
}

static int
reply_create(const struct store_result *r, struct buf *body, int fds[LIM_IPC_FDS], unsigned *nfds,
	     struct err *e)
{
	(void)fds;
	(void)nfds;
	(void)e;
	msg_store_create_r_put(body, &(struct msg_store_create_r){ .mailbox = (uint64_t)r->mailbox,
								   .uidvalidity = r->uidvalidity });
	return 0;
}

static bool
decode_delete(struct deliverd *d, struct ipc_msg *m, struct str account, struct buf *op)
{
	struct msg_store_delete in;

	(void)d;
	(void)account;
	if (!msg_store_delete_get(m->body, &in))
		return false;
	store_op_put(op, STORE_OP_DELETE, clock_now());
	msg_op_delete_put(op, &(struct msg_op_delete){ .name = in.name });
	return true;
}

static bool
decode_rename(struct deliverd *d, struct ipc_msg *m, struct str account, struct buf *op)
{
	struct msg_store_rename in;

	(void)d;
	(void)account;
	if (!msg_store_rename_get(m->body, &in))
		return false;
	store_op_put(op, STORE_OP_RENAME, clock_now());
	msg_op_rename_put(op, &(struct msg_op_rename){ .from = in.from, .to = in.to });
	return true;
}

static bool
decode_subscribe(struct deliverd *d, struct ipc_msg *m, struct str account, struct buf *op)
{
	struct msg_store_subscribe in;

	(void)d;
	(void)account;
	if (!msg_store_subscribe_get(m->body, &in) || in.on > 1)
		return false;
	store_op_put(op, STORE_OP_SUBSCRIBE, clock_now());
	msg_op_subscribe_put(op, &(struct msg_op_subscribe){ .name = in.name, .on = in.on });
	return true;
}

static bool
decode_keywrap(struct deliverd *d, struct ipc_msg *m, struct str account, struct buf *op)
{
	struct msg_store_keywrap in;

	(void)d;
	(void)account;
	if (!msg_store_keywrap_get(m->body, &in))
		return false;
	store_op_put(op, STORE_OP_KEYWRAP, clock_now());
	msg_op_keywrap_put(op, &(struct msg_op_keywrap){ .wraps = in.wraps });
	return true;
}

/* A handler and its runner for one kind of change. */
#define CHANGE(name, reply)                                                                        \
	static struct acct *name##_run(struct deliverd *d, struct ipc_req **req,                   \
				       struct ipc_msg *m, bool *ok)                                \
	{                                                                                          \
		static const struct kind k = { decode_##name, reply };                             \
		return change_run(d, req, m, ok, &k);                                              \
	}                                                                                          \
	bool on_store_##name(void *ctx, struct ipc_req *req, struct ipc_msg *m)                    \
	{                                                                                          \
		return request_run(svc_data(ctx), name##_run, req, m);                             \
	}

CHANGE(flags, reply_flags)
CHANGE(copy, reply_copy)
CHANGE(expunge, reply_expunge)
CHANGE(create, reply_create)
CHANGE(delete, NULL)
CHANGE(rename, NULL)
CHANGE(subscribe, NULL)
CHANGE(keywrap, NULL)

/* ---- opening for a reader */

static struct acct *
open_run(struct deliverd *d, struct ipc_req **req, struct ipc_msg *m, bool *ok)
{
	struct msg_store_open in;
	struct err e = ERR_INIT;
	struct acct *a = NULL;
	struct cap *cap;
	char dir[LIM_PATH];
	struct store_w *w = NULL;
	struct buf body;

	if (!(*ok = msg_store_open_get(m->body, &in)))
		return NULL;
	cap = cap_check(d, *req, in.cap, CAP_READ, &e);
	if (cap != NULL)
		a = acct_get(d, str_c(cap->account));
	if (a != NULL && !acct_is_settled(a))
		return a;
	if (a == NULL || (w = acct_open(d, a, true, &e)) == NULL) {
		ipc_reply_err(req, &e);
		return NULL;
	}
	if (!cap->pinned)
		store_shelf_pin(d->shelf, w);
	cap->pinned = true;
	snprintf(dir, sizeof(dir), "accounts/%s", a->name);
	buf_init(&body, LIM_IPC_BODY);
	msg_store_open_r_put(&body, &(struct msg_store_open_r){ .dir = str_c(dir) });
	batch_answer(d, req, buf_str(&body), NULL, 0, a->name);
	buf_done(&body);
	return NULL;
}

bool
on_store_open(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	return request_run(svc_data(ctx), open_run, req, m);
}
