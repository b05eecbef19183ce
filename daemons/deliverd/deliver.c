/*
 * DELIVER: one message to accounts of this worker.
 *
 * SECURITY: sender, trace and recipients are what smtpd says; the message is hostile. Accounts are
 * checked against the configuration and ownership, and nothing of the request becomes a path.
 */
#include "base/mem.h"
#include "base/wire.h"
#include "mime/mime.h"
#include "txn.h"

enum { PREFIX_MAX = 20000 }; /* trace, and two fields with addresses */

static void
put_prefix(const struct txn *t, const struct target *g, struct buf *b)
{
	buf_puts(b, "Return-Path: <");
	buf_putstr(b, t->in.sender);
	buf_puts(b, ">\r\nDelivered-To: ");
	buf_putstr(b, g->address);
	buf_puts(b, "\r\n");
	buf_putstr(b, t->in.trace);
}

/* Does this account have the message: from this transaction, whose answer was lost when a worker
 * died, or from one that ended half done? */
static int
is_repeat(struct txn *t, struct store_w *w, bool *found, struct err *e)
{
	unsigned char hash[SEAL_HASH];

	*found = false;
	if (t->in.flags & DELIVER_REPEAT) {
		store_w_delivery_id(w, t->in.txn, hash);
		if (store_w_has_delivery(w, hash, found, e) < 0 || *found)
			return *found ? 0 : -1;
	}
	if (!store_w_has_partial(w))
		return 0;
	if (store_w_partial_hash(w, t->in.sender, t->r, hash, e) < 0)
		return -1;
	return store_w_partial_find(w, hash, t->now, found, e);
}

static int
apply_message(struct deliverd *d, struct txn *t, struct target *g, struct store_w *w,
	      struct msg_op_message *om, struct err *e)
{
	struct store_result r;
	struct buf op;
	int rc;

	buf_init(&op, LIM_OP);
	store_op_put(&op, STORE_OP_MESSAGE, t->now);
	msg_op_message_put(&op, om);
	store_result_init(&r);
	rc = op.over ? err_set(e, EC_LIMIT, "message structure is too large")
		     : batch_apply(d, w, buf_str(&op), &r, e);
	if (rc < 0)
		store_w_unprepare(w, om);
	else
		LOG(&t->log, LOG_INFO, "deliverd.message.stored", LF(acct, store_w_account(w)),
		    LF(rcpt, g->address), LF(from, t->in.sender), LF(mailbox, g->mailbox),
		    LF(uid, r.uid), LF(size, om->size));
	store_result_done(&r);
	buf_done(&op);
	return rc;
}

static int
store_message(struct deliverd *d, struct txn *t, struct target *g, struct store_w *w, struct err *e)
{
	struct msg_op_message om = { .name = g->mailbox,
				     .quota = account_quota(d, store_w_account(w)) };
	struct store_prepared p;
	unsigned char id[16];
	struct buf prefix;
	int rc = -1;

	/* Before the work; the operation looks again. */
	if (om.quota > 0 && t->in.size > om.quota) {
		g->out = (struct outcome){ 552, "5.2.2", "message is larger than the mailbox" };
		return 0;
	}
	if (om.quota > 0 && store_w_size(w) + t->in.size > om.quota)
		return err_set(e, EC_QUOTA, "over quota");
	buf_init(&prefix, PREFIX_MAX);
	put_prefix(t, g, &prefix);
	spool_reader_rewind(t->r);
	store_w_delivery_id(w, t->in.txn, id);
	om.blob = str_mem(id, sizeof(id));
	if (store_w_prepare(w, buf_str(&prefix), t->r, &p, &om, e) == 0) {
		/* smtpd's own field is one of them. */
		if (p.received_fields > LIM_RECEIVED + 1) {
			store_w_unprepare(w, &om);
			g->out = (struct outcome){ 550, "5.4.6",
						   "routing loop: too many Received fields" };
			rc = 0;
		} else {
			rc = apply_message(d, t, g, w, &om, e);
		}
	}
	store_prepared_done(&p);
	buf_done(&prefix);
	return rc;
}

static void
deliver_one(struct deliverd *d, struct txn *t, struct target *g)
{
	struct err e = ERR_INIT;
	struct store_w *w = acct_open(d, g->acct, false, &e);
	bool repeat;

	if (w != NULL && is_repeat(t, w, &repeat, &e) == 0) {
		if (repeat) {
			LOG(&t->log, LOG_INFO, "deliverd.message.repeated",
			    LF(acct, store_w_account(w)));
			return;
		}
		if (store_message(d, t, g, w, &e) == 0)
			return;
	}
	g->out = outcome_of(&e);
	LOG(&t->log, e.code == EC_LIMIT || e.code == EC_QUOTA ? LOG_INFO : LOG_ERROR,
	    "deliverd.message.failed", LF(acct, (const char *)g->acct->name),
	    LF(err, (const struct err *)&e));
}

static int
put_partial(struct deliverd *d, struct txn *t, struct acct *a, struct err *e)
{
	struct store_w *w = acct_open(d, a, false, e);
	unsigned char hash[SEAL_HASH];
	struct store_result r;
	struct buf op;
	int rc;

	if (w == NULL || store_w_partial_hash(w, t->in.sender, t->r, hash, e) < 0)
		return -1;
	buf_init(&op, 256);
	store_op_put(&op, STORE_OP_PARTIAL, t->now);
	msg_op_partial_put(&op, &(struct msg_op_partial){ .hash = str_mem(hash, sizeof(hash)) });
	store_result_init(&r);
	rc = batch_apply(d, w, buf_str(&op), &r, e);
	store_result_done(&r);
	buf_done(&op);
	return rc;
}

/* Note in the account that it has this message though the client will come again with it.
 * Without the note it gets it twice: no reason to refuse. */
static void
note_partial(struct deliverd *d, struct txn *t, struct acct *a)
{
	struct err e = ERR_INIT;

	if (put_partial(d, t, a, &e) < 0)
		LOG(&t->log, LOG_ERROR, "deliverd.partial.failed", LF(acct, (const char *)a->name),
		    LF(err, (const struct err *)&e));
}

/* In its first part: enough to tell a message from another one like it. */
static bool
has_message_id(struct txn *t)
{
	struct err e = ERR_INIT;
	struct mime_field f;
	struct str head;
	bool found;

	spool_reader_rewind(t->r);
	found = spool_reader_next(t->r, &head, &e) > 0 &&
		mime_field_find(head, STR("Message-ID"), &f);
	spool_reader_rewind(t->r);
	return found;
}

/* Will the client come again? Yes when a recipient failed at the moment. Perhaps when smtpd asks
 * again: the answer to this one may get lost as well, and then the client comes with another
 * transaction.
 */
static void
note_partials(struct deliverd *d, struct txn *t)
{
	bool some = false, comes = false;

	for (size_t i = 0; i < t->n; i++) {
		some = some || t->v[i].out.code == 250;
		comes = comes || (t->v[i].out.code >= 400 && t->v[i].out.code < 500);
	}
	comes = some && (comes || ((t->in.flags & DELIVER_REPEAT) != 0 && has_message_id(t)));
	for (size_t i = 0; comes && i < t->n; i++) {
		if (t->v[i].out.code == 250 && t->v[i].same == i)
			note_partial(d, t, t->v[i].acct);
	}
}

/* ---- the answer */

struct pending {
	struct ipc_req *req;
	struct txn t; /* its recipients and, when some are durable already, sender and message */
	char sender[LIM_ADDR + 1];
};

/* Those that were durable before have it; the client comes again for the others. */
static void
undo_outcomes(struct deliverd *d, struct txn *t, const struct err *e)
{
	for (size_t i = 0; i < t->n; i++) {
		if (t->v[i].out.code != 250)
			continue;
		if (!t->v[t->v[i].same].is_durable)
			t->v[i].out = outcome_of(e);
		else if (t->v[i].same == i)
			note_partial(d, t, t->v[i].acct);
	}
}

static void
on_durable(struct deliverd *d, void *arg, const struct err *e)
{
	struct pending *p = arg;
	struct buf results, body;

	if (e != NULL)
		undo_outcomes(d, &p->t, e);
	buf_init(&results, LIM_IPC_BODY);
	buf_init(&body, LIM_IPC_BODY);
	for (size_t i = 0; i < p->t.n; i++) {
		const struct outcome *o = &p->t.v[i].out;

		wr_uint(&results, 2, o->code);
		wr_str(&results, str_c(o->ecode));
		wr_str(&results, str_c(o->text));
	}
	msg_deliver_r_put(&body, &(struct msg_deliver_r){ .kind = DELIVER_DONE,
							  .results = buf_str(&results) });
	ipc_reply(&p->req, buf_str(&body), NULL, 0);
	buf_done(&results);
	buf_done(&body);
	txn_done(&p->t);
	mem_free(p);
}

/* *t goes along. */
static void
answer_later(struct deliverd *d, struct txn *t, struct ipc_req **req)
{
	struct pending *p = MEM_NEW(struct pending);
	bool some = false;

	p->req = *req;
	*req = NULL;
	for (size_t i = 0; i < t->n; i++) {
		if (t->v[i].out.code == 250)
			t->v[i].out = t->v[t->v[i].same].out;
		some = some || t->v[i].is_durable;
		t->v[i].address = t->v[i].mailbox = STR("");
	}
	if (!some)
		txn_close(t);
	p->t = *t;
	*t = (struct txn){ .fd = -1 };
	/* Nothing of the packet is kept but this. */
	memcpy(p->sender, p->t.in.sender.p, p->t.in.sender.n);
	p->t.in = (struct msg_deliver){ .sender = str_mem(p->sender, p->t.in.sender.n) };
	batch_then(d, on_durable, p);
}

/* The batch is flushed when it is full. Then those before are durable; or, when that failed, did
 * not happen, but for those of an earlier flush. */
static void
make_room(struct deliverd *d, struct txn *t, size_t n)
{
	struct err e = ERR_INIT;
	int rc;

	(void)err_set(&e, EC_IO, "batch failed");
	if (store_shelf_pending(d->shelf) < LIM_LOG_BATCH)
		return;
	rc = batch_flush(d);
	for (size_t i = 0; i < n; i++) {
		struct target *g = &t->v[i];

		if (g->out.code != 250 || g->same != i || g->is_durable)
			continue;
		if (rc == 0)
			g->is_durable = true;
		else
			g->out = outcome_of(&e);
	}
}

static void
deliver_all(struct deliverd *d, struct txn *t)
{
	for (size_t i = 0; i < t->n; i++) {
		if (t->v[i].out.code != 250 || t->v[i].same != i)
			continue;
		make_room(d, t, i);
		deliver_one(d, t, &t->v[i]);
	}
	note_partials(d, t);
}

static struct acct *
deliver_run(struct deliverd *d, struct ipc_req **req, struct ipc_msg *m, bool *ok)
{
	struct err e = ERR_INIT;
	struct acct *wait = NULL;
	struct txn t;

	if ((*ok = txn_init(d, &t, m)) && (wait = txn_unsettled(&t)) == NULL &&
	    (*ok = txn_open(&t, m, &e))) {
		for (size_t i = 0; t.r == NULL && i < t.n; i++)
			t.v[i].out = outcome_of(&e);
		if (t.r != NULL)
			deliver_all(d, &t);
		answer_later(d, &t, req);
	}
	txn_done(&t);
	return wait;
}

static struct acct *
partial_run(struct deliverd *d, struct ipc_req **req, struct ipc_msg *m, bool *ok)
{
	struct err e = ERR_INIT;
	struct acct *wait = NULL;
	struct txn t;

	if ((*ok = txn_init(d, &t, m)) && (wait = txn_unsettled(&t)) == NULL &&
	    (*ok = txn_open(&t, m, &e))) {
		for (size_t i = 0; t.r != NULL && i < t.n; i++) {
			if (t.v[i].out.code == 250 && t.v[i].same == i)
				note_partial(d, &t, t.v[i].acct);
		}
		batch_answer(d, req, STR(""), NULL, 0, NULL);
	}
	txn_done(&t);
	return wait;
}

bool
on_deliver(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	return request_run(svc_data(ctx), deliver_run, req, m);
}

bool
on_deliver_partial(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	return request_run(svc_data(ctx), partial_run, req, m);
}
