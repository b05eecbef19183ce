/*
 * QUEUE_ADD: a message is read once, signed and sealed on the way; small ones within the turn,
 * large ones piece by piece. What is complete waits for the batch.
 *
 * SECURITY: envelope and message are what network-facing processes say, which may have been taken
 * over. Addresses become parameters of SMTP commands and header fields: no controls in them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "crypto/spool.h"
#include "deliver/deliver.h"
#include "queued.h"

enum {
	ARENA_MAX = 1 << 20,
	PREFIX_MAX = 16384, /* what REMOTE_SEND and DELIVER carry */
};

/* ---- answers */

static void
answer(struct ipc_req **req, unsigned code, struct str ecode, struct str text, int64_t id)
{
	struct msg_queue_add_r r = {
		.code = code, .ecode = ecode, .text = text, .id = (uint64_t)id
	};
	struct buf b;

	buf_init(&b, LIM_IPC_BODY);
	msg_queue_add_r_put(&b, &r);
	ipc_reply(req, buf_str(&b), NULL, 0);
	buf_done(&b);
}

static void
answer_ok(struct ipc_req **req, uint64_t txn, int64_t id)
{
	char text[64];

	snprintf(text, sizeof(text), "Accepted, id %016" PRIx64, txn);
	answer(req, 250, STR("2.0.0"), str_c(text), id);
}

static void
answer_err(struct ipc_req **req, const struct err *e)
{
	struct deliver_reply r;

	/* It is the message, and will be the same the next time. */
	if (e->code == EC_LIMIT || e->code == EC_SYNTAX)
		deliver_reply_set(&r, 554, STR("5.6.0"), str_c(e->msg));
	else
		deliver_reply_err(&r, e);
	answer(req, r.code, str_c(r.ecode), str_c(r.text), 0);
}

/* ---- the request */

/* No controls, no spaces outside of quotes (addresses were parsed; this is the last line). */
static bool
is_clean(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	}
	return true;
}

struct str
add_domain(struct arena *a, struct str address)
{
	struct str domain = str_from(address, (size_t)(str_rchr(address, '@') + 1));
	char ascii[LIM_DOMAIN + 1], *p;

	if (str_rchr(address, '@') < 0)
		return STR("");
	if (config_domain_ascii(domain, ascii, NULL) == 0)
		return arena_str(a, str_c(ascii));
	p = arena_cstr(a, domain);
	for (size_t i = 0; i < domain.n; i++)
		p[i] = chr_lower(p[i]);
	return str_mem(p, domain.n);
}

/* Its domain is none of ours, but the name of this machine, which has a postmaster. */
static bool
is_our_postmaster(const struct queued *d, struct str addr, struct str domain)
{
	ssize_t at = str_rchr(addr, '@');

	return at > 0 && !svc_is_localserve(d->svc) &&
	       str_eqi(str_sub(addr, 0, (size_t)at), STR("postmaster")) &&
	       config_is_host_name(svc_config(d->svc), domain);
}

/* False when they are malformed. */
static bool
parse_rcpts(struct add *a, struct str rcpts)
{
	struct rd r = rd_init(rcpts);
	size_t n = 0;

	for (; rd_more(&r); n++) {
		struct str s = rd_str(&r, LIM_ADDR);

		if (r.bad || s.n == 0 || !is_clean(s))
			return false;
	}
	if (r.bad || n == 0 || n > LIM_SMTP_RCPTS)
		return false;
	a->v = arena_alloc(a->a, n * sizeof(*a->v));
	a->domains = arena_alloc(a->a, n * sizeof(*a->domains));
	r = rd_init(rcpts);
	for (a->n = 0; a->n < n; a->n++) {
		struct queue_rcpt *v = &a->v[a->n];

		v->n = (uint32_t)a->n;
		v->addr = arena_str(a->a, rd_str(&r, LIM_ADDR));
		a->domains[a->n] = add_domain(a->a, v->addr);
		v->dest = job_is_ours(a->d, a->flags, a->domains[a->n]) ||
					  is_our_postmaster(a->d, v->addr, a->domains[a->n])
				  ? a->d->local_dest
				  : queue_dest(a->d->q, a->domains[a->n]);
		/* REMOTE_SEND could not say it. */
		if (v->dest != a->d->local_dest &&
		    (a->domains[a->n].n == 0 || a->domains[a->n].n > LIM_DOMAIN))
			return false;
	}
	return true;
}

static bool
parse(struct add *a, const struct msg_queue_add *in, enum role from)
{
	if (in->size > LIM_MSG_SIZE_MAX || !is_clean(in->sender) || !is_clean(in->from) ||
	    !is_clean(in->ip) || (in->trace.n > 0 && !str_has_suffix(in->trace, STR("\r\n"))) ||
	    (from == ROLE_SMTPD &&
	     ((in->flags & QUEUE_LOCAL) == 0 || in->account.n > 0 || in->from.n > 0)) ||
	    (in->filekey.n != 0 && in->filekey.n != SEAL_KEY))
		return false;
	a->flags = (uint32_t)in->flags;
	a->m = (struct queue_msg){
		.created = clock_now(),
		.txn = in->txn,
		.size = in->size,
		.flags = (uint32_t)in->flags & ~(uint32_t)DELIVER_REPEAT,
		.account = arena_str(a->a, in->account),
		.login = arena_str(a->a, in->login),
		.sender = arena_str(a->a, in->sender),
		.ip = arena_str(a->a, in->ip),
		.helo = arena_str(a->a, in->helo),
	};
	a->from = arena_str(a->a, in->from);
	a->trace = arena_str(a->a, in->trace);
	a->key_n = in->filekey.n;
	if (a->key_n > 0)
		memcpy(a->key, in->filekey.p, a->key_n);
	return parse_rcpts(a, in->rcpts);
}

/* ---- reading */

static void
add_ready(struct add *a)
{
	TAILQ_REMOVE(&a->d->reading, a, link);
	TAILQ_INSERT_TAIL(&a->d->ready, a, link);
	a->is_ready = true;
	a->d->ready_bytes += a->m.size;
}

static int
add_finish(struct add *a, struct err *e)
{
	struct buf prefix;
	int rc;

	buf_init(&prefix, PREFIX_MAX);
	rc = a->sign != NULL ? sign_end(a->sign, &prefix, e) : 0;
	buf_putstr(&prefix, a->trace);
	if (rc == 0 && prefix.over)
		rc = err_set(e, EC_LIMIT, "signatures and trace are too long");
	if (rc == 0)
		rc = queue_new_finish(a->new, &a->m, buf_str(&prefix), e);
	if (rc == 0) {
		a->body = body_new(a->m.id, a->fd, a->m.size, str_mem(a->key, a->key_n),
				   buf_str(&prefix));
		a->fd = -1;
	}
	buf_done(&prefix);
	return rc;
}

/* 1 when there is more to read. */
static int
add_read(struct add *a, struct err *e)
{
	struct str piece;
	size_t left = LIM_QUEUE_PIECE;
	int rc = 0;

	while (left > 0 && (rc = spool_reader_next(a->r, &piece, e)) > 0) {
		if (a->sign != NULL)
			sign_put(a->sign, piece);
		if (queue_new_put(a->new, piece, e) < 0)
			return -1;
		left -= MIN(left, piece.n);
	}
	return rc;
}

static void
add_step(void *arg)
{
	struct add *a = arg;
	int rc = add_read(a, &a->err);

	if (rc > 0) {
		if (a->wake == NULL)
			a->wake = loop_wake_new(a->d->l, add_step, a);
		loop_wake(a->wake);
		return;
	}
	if (rc == 0)
		(void)add_finish(a, &a->err);
	spool_reader_free(&a->r);
	add_ready(a);
}

static void
add_begin(struct add *a)
{
	a->r = spool_reader_new(a->fd, str_mem(a->key, a->key_n), a->m.size, &a->err);
	if (a->r != NULL)
		a->new = queue_new(a->d->q, a->m.size, &a->err);
	if (a->new == NULL) {
		add_ready(a);
		return;
	}
	a->sign = a->from.n > 0 ? sign_begin(a->d, a->from, a->m.created) : NULL;
	if (a->sign != NULL)
		sign_put(a->sign, a->trace);
	add_step(a);
}

void
add_free(struct add *a)
{
	if (a == NULL)
		return;
	TAILQ_REMOVE(a->is_ready ? &a->d->ready : &a->d->reading, a, link);
	if (a->is_ready)
		a->d->ready_bytes -= a->m.size;
	loop_wake_free(&a->wake);
	sign_free(&a->sign);
	spool_reader_free(&a->r);
	queue_new_free(&a->new, false);
	body_unref(&a->body);
	if (a->fd >= 0)
		close(a->fd);
	mem_wipe(a->key, sizeof(a->key));
	mem_wipe(&a->m, sizeof(a->m));
	arena_free(&a->a);
	mem_free(a);
}

/* The same transaction, still on its way: the one who asks last gets the answer. */
static bool
join(struct adds *list, uint64_t txn, struct ipc_req *req)
{
	struct err e = ERR_INIT;
	struct add *a;

	TAILQ_FOREACH(a, list, link)
	{
		if (a->m.txn != txn)
			continue;
		err_set(&e, EC_TEMP, "the request came again");
		ipc_reply_err(&a->req, &e);
		a->req = req;
		return true;
	}
	return false;
}

bool
on_queue_add(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct queued *d = svc_data(ctx);
	struct msg_queue_add in;
	struct err gone = ERR_INIT;
	struct add *a;
	uint64_t stored;
	int64_t id;

	if (!msg_queue_add_get(m->body, &in) ||
	    !ipc_fd_is_message(m->fds[0], in.filekey.n > 0, &stored))
		return false;
	if (d->q == NULL) {
		err_set(&gone, EC_TEMP, "mox stops");
		answer_err(&req, &gone);
		return true;
	}
	if ((id = recent_find(d->recent, in.txn, clock_now())) != 0) {
		answer_ok(&req, in.txn, id);
		return true;
	}
	if (join(&d->reading, in.txn, req) || join(&d->ready, in.txn, req))
		return true;
	a = MEM_NEW(struct add);
	a->d = d;
	a->a = arena_new(ARENA_MAX);
	a->fd = -1;
	a->log = (struct log_ctx){ .pkg = "queued", .cid = in.cid, .mid = in.txn };
	TAILQ_INSERT_TAIL(&d->reading, a, link);
	if (!parse(a, &in, ipc_req_role(req))) {
		add_free(a);
		return false;
	}
	a->req = req;
	a->fd = ipc_msg_take_fd(m, 0);
	add_begin(a);
	if (d->ready_bytes > LIM_QUEUE_BATCH)
		batch_flush(d);
	return true;
}

/* ---- the batch */

/* An attempt that begins when the batch is committed: nothing of it is read again. */
static void
start_now(struct add *a, struct dest *t, enum job_kind kind, size_t first, size_t n)
{
	struct job *j = job_new(a->d, kind, &a->m, n);
	size_t k = 0;

	for (size_t i = first; i < a->n && k < n; i++) {
		if (a->v[i].dest != t->id || a->v[i].next < QUEUE_CLAIMED)
			continue;
		j->v[k] = a->v[i];
		j->v[k++].addr = arena_str(j->a, a->v[i].addr);
	}
	j->n = k;
	j->domain = arena_str(j->a, a->domains[first]);
	j->body = body_ref(a->body);
	j->log = a->log;
	j->log.up = NULL;
	j->dest = t;
	job_start_later(j);
}

/* Recipients from `first` on with its destination. */
static void
plan(struct add *a, size_t first, unsigned *waiting)
{
	int64_t id = a->v[first].dest;
	struct dest *t = dest_get(a->d, id);
	bool now = t != NULL && sched_is_free(a->d, t);
	size_t n = 0, rest = 0;

	for (size_t i = first; i < a->n; i++) {
		if (a->v[i].dest != id)
			continue;
		a->v[i].msg = a->m.id;
		a->v[i].next = a->m.created;
		if (now && n < LIM_QUEUE_RCPTS) {
			job_claim_row(&a->v[i], a->m.created);
			n++;
		} else {
			rest++;
		}
	}
	if (n > 0)
		start_now(a, t, job_kind_of(a->d, id, a->domains[first]), first, n);
	if (rest > 0) {
		sched_note(a->d, id, a->m.id);
		(*waiting)++;
	}
	if (t != NULL)
		dest_settle(a->d, t);
}

int
add_apply(struct add *a, struct err *e)
{
	unsigned waiting = 0;

	if (a->err.code != EC_OK)
		return 0;
	for (size_t i = 0; i < a->n; i++)
		a->v[i].msg = 0;
	for (size_t i = 0; i < a->n; i++) {
		if (a->v[i].msg == 0)
			plan(a, i, &waiting);
	}
	body_keep(a->d, a->body, waiting);
	return queue_add(a->d->q, a->new, a->v, a->n, e);
}

void
add_done(struct add *a, const struct err *e)
{
	if (a->err.code != EC_OK)
		e = &a->err;
	if (e != NULL) {
		LOG(&a->log, LOG_ERROR, "queued.message.failed", LF(from, a->m.sender),
		    LF(size, a->m.size), LF(err, e));
		answer_err(&a->req, e);
	} else {
		LOG(&a->log, LOG_INFO, "queued.message.added", LF(qid, a->m.id),
		    LF(acct, a->m.account), LF(from, a->m.sender), LF(rcpts, a->n),
		    LF(size, a->m.size));
		recent_put(a->d->recent, a->m.txn, a->m.id, clock_now());
		answer_ok(&a->req, a->m.txn, a->m.id);
		queue_new_free(&a->new, true);
	}
	add_free(a);
}
