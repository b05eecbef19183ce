/*
 * Notifications: one message to the sender about all recipients of his that failed together, or
 * that are late, put into his mailbox; into postmaster's when he is gone. The recipients that
 * failed leave the queue when the notification is stored.
 */
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "crypto/spool.h"
#include "deliver/deliver.h"
#include "dsn/dsn.h"
#include "queued.h"

enum {
	DSN_MAX = 4 << 20,
	GIVE_UP_S = 5 * 86400, /* a mailbox that takes no notification for so long */
};

struct dsn_run {
	struct job *j;
	struct str to;
	bool is_postmaster;
	uint64_t txn;
	int fd;
	uint64_t size;
	struct deliver_rcpt rcpt;
	struct deliver_ask *ask;
	struct deliver *deliver;
};

void
dsn_free(struct job *j)
{
	struct dsn_run *n = j->dsn;

	if (n == NULL)
		return;
	j->dsn = NULL;
	deliver_ask_free(&n->ask);
	deliver_free(&n->deliver);
	if (n->fd >= 0)
		close(n->fd);
}

/* ---- the text */

/* The message's header as it was sent, without the empty line. */
static int
read_header(const struct job *j, struct buf *out, struct err *e)
{
	const struct body *b = j->body;
	struct spool_reader *r = spool_reader_new(b->fd, str_mem(b->key, b->key_n), b->size, e);
	size_t begin = b->prefix.n, n = (size_t)MIN(b->size, (uint64_t)LIM_QUEUE_HEADER);
	ssize_t end;
	char *p;

	buf_putstr(out, buf_str(&b->prefix));
	p = buf_reserve(out, n);
	if (r == NULL || p == NULL || spool_reader_get(r, 0, p, n, e) < 0) {
		spool_reader_free(&r);
		return -1;
	}
	spool_reader_free(&r);
	buf_commit(out, n);
	if (str_has_prefix(str_from(buf_str(out), begin), STR("\r\n")))
		buf_truncate(out, begin);
	else if ((end = str_find(str_from(buf_str(out), begin), STR("\r\n\r\n"))) >= 0)
		buf_truncate(out, begin + (size_t)end + 2);
	return 0;
}

/* What is on record is no reason to give up: mox queue fail. */
static bool
is_given_up(const struct queue_rcpt *v)
{
	return v->attempts < LIM_QUEUE_ATTEMPTS && v->last.code < 500 &&
	       !str_has_prefix(v->last.ecode, STR("5"));
}

static void
put_rcpt(const struct job *j, const struct queue_rcpt *v, struct dsn_rcpt *r)
{
	const struct queue_result *l = &v->last;
	bool late = j->is_late;

	*r = (struct dsn_rcpt){
		.rcpt = v->addr,
		.action = late ? DSN_DELAYED : DSN_FAILED,
		.status = l->ecode.n > 0 ? l->ecode
			  : late	 ? STR("4.0.0")
					 : STR("5.0.0"),
		.remote_mta = l->mx,
		.remote_ip = l->ip,
		.last_attempt = l->at,
		.attempts = v->attempts,
		.is_given_up = !late && is_given_up(v),
	};
	if (l->code == 0)
		r->explanation = l->text;
	else
		r->diagnostic =
			arena_printf(j->a, "%u " STR_FMT "%s" STR_FMT, l->code, STR_ARG(l->ecode),
				     l->ecode.n > 0 ? " " : "", STR_ARG(l->text));
	if (!late)
		return;
	r->will_retry_until = v->next;
	for (unsigned n = v->attempts + 1; n < LIM_QUEUE_ATTEMPTS; n++)
		r->will_retry_until += queue_gap(n, LIM_QUEUE_JITTER_S);
}

static int
make(struct job *j, struct buf *out, struct err *e)
{
	struct dsn_run *n = j->dsn;
	struct dsn_rcpt *v = arena_alloc(j->a, j->n * sizeof(*v));
	struct dsn d = {
		.hostname = svc_config(j->d->svc)->mox.hostname,
		.to = j->m.sender,
		.now = clock_now(),
		.arrived = j->m.created,
		.id = n->txn,
		.is_utf8 = (j->m.flags & DELIVER_SMTPUTF8) != 0,
		.rcpts = v,
		.nrcpts = j->n,
	};
	struct buf header;
	int rc;

	for (size_t i = 0; i < j->n; i++)
		put_rcpt(j, &j->v[i], &v[i]);
	buf_init(&header, DSN_MAX / 2);
	rc = j->body != NULL ? read_header(j, &header, e) : 0;
	/* Better without it than not at all. */
	if (rc < 0 && e->code == EC_CORRUPT) {
		err_clear(e);
		buf_reset(&header);
		rc = 0;
	}
	if (rc == 0) {
		d.header = buf_str(&header);
		d.subject = dsn_field(d.header, STR("Subject"));
		d.message_id = dsn_field(d.header, STR("Message-ID"));
		dsn_put(out, &d);
		rc = out->over ? err_set(e, EC_LIMIT, "notification is too large") : 0;
	}
	buf_done(&header);
	return rc;
}

/* The same for the same recipients in the same state: a notification that was stored before we died
 * is recognised. */
static uint64_t
make_txn(const struct job *j)
{
	unsigned char h[SEAL_HASH];
	uint64_t txn;
	struct buf b;

	buf_init(&b, 64 + 8 * j->n);
	buf_puts(&b, "dsn");
	wr_uint(&b, 8, j->m.txn);
	for (size_t i = 0; i < j->n; i++) {
		wr_uint(&b, 4, j->v[i].n);
		wr_uint(&b, 4, j->v[i].attempts);
	}
	wr_uint(&b, 1, j->is_late);
	seal_sha256(buf_str(&b), h);
	buf_done(&b);
	memcpy(&txn, h, sizeof(txn));
	return txn;
}

/* ---- its way */

static void
finish(struct job *j)
{
	dsn_free(j);
	if (j->is_late)
		job_free(j);
	else
		job_finish(j);
}

static void
stored(struct job *j)
{
	LOG(&j->log, LOG_INFO, "queued.dsn.made", LF(qid, j->m.id),
	    LF(type, j->is_late ? "delayed" : "failed"), LF(rcpt, j->dsn->to), LF(rcpts, j->n));
	for (size_t i = 0; i < j->n; i++)
		job_done(j, i);
	finish(j);
}

static void
failed(struct job *j, const struct deliver_reply *r)
{
	int64_t now = clock_now();
	bool give_up = r->code >= 500 || now > j->v[0].last.at + GIVE_UP_S;

	LOG(&j->log, LOG_ERROR, "queued.dsn.failed", LF(qid, j->m.id), LF(rcpt, j->dsn->to),
	    LF(code, r->code), LF(reason, (const char *)r->text), LF(rcpts, j->n),
	    LF(result, j->is_late || give_up ? "dropped" : "kept"));
	for (size_t i = 0; i < j->n; i++) {
		j->v[i].next = now + LIM_QUEUE_GAP_S;
		if (give_up)
			job_done(j, i);
	}
	finish(j);
}

static void
on_delivered(void *arg, const struct deliver_reply *r, size_t n)
{
	struct job *j = arg;

	(void)n;
	if (r->code == 250)
		stored(j);
	else
		failed(j, r);
}

static void ask(struct job *j);

static void
on_asked(void *arg, const struct deliver_reply *r, struct str account, uint32_t owner)
{
	struct job *j = arg;
	struct dsn_run *n = j->dsn;
	struct deliver_in in = {
		.txn = n->txn,
		.flags = DELIVER_REPEAT | (j->m.flags & DELIVER_SMTPUTF8) | DELIVER_8BIT,
		.fd = n->fd,
		.size = n->size,
		.rcpts = &n->rcpt,
		.n = 1,
		.log = &j->log,
	};

	if (r->code >= 500 && !n->is_postmaster) {
		n->is_postmaster = true;
		deliver_ask_free(&n->ask);
		ask(j);
		return;
	}
	if (r->code != 250) {
		failed(j, r);
		return;
	}
	n->rcpt = (struct deliver_rcpt){ n->to, arena_str(j->a, account), owner };
	deliver_ask_free(&n->ask);
	n->deliver = deliver_new(j->d->svc, &in, on_delivered, j);
}

static void
ask(struct job *j)
{
	struct dsn_run *n = j->dsn;

	n->to = n->is_postmaster ? STR("postmaster") : j->m.sender;
	n->ask = deliver_ask_new(j->d->svc, n->txn, STR(""), n->to, STR(""), on_asked, j);
}

void
dsn_start(struct job *j)
{
	struct dsn_run *n = ARENA_NEW(j->a, struct dsn_run);
	struct deliver_reply r;
	struct err e = ERR_INIT;
	struct buf text;

	j->dsn = n;
	n->j = j;
	n->to = j->m.sender;
	n->txn = make_txn(j);
	buf_init(&text, DSN_MAX);
	n->fd = make(j, &text, &e) == 0 ? ipc_fd_sealed("notification", buf_str(&text), &e) : -1;
	n->size = text.n;
	buf_done(&text);
	if (n->fd >= 0) {
		ask(j);
		return;
	}
	deliver_reply_err(&r, &e);
	failed(j, &r);
}

void
dsn_late(const struct job *j)
{
	struct job *late;
	size_t n = 0;

	for (size_t i = 0; i < j->n; i++)
		n += j->late[i] && !j->done[i];
	if (n == 0 || j->m.sender.n == 0 || j->m.account.n == 0)
		return;
	late = job_new(j->d, JOB_DSN, &j->m, n);
	late->is_late = true;
	late->n = 0;
	for (size_t i = 0; i < j->n; i++) {
		struct queue_rcpt *v = &late->v[late->n];

		if (!j->late[i] || j->done[i])
			continue;
		late->n++;
		*v = j->v[i];
		v->addr = arena_str(late->a, v->addr);
		v->last.ecode = arena_str(late->a, v->last.ecode);
		v->last.text = arena_str(late->a, v->last.text);
		v->last.mx = arena_str(late->a, v->last.mx);
		v->last.ip = arena_str(late->a, v->last.ip);
	}
	job_start_later(late);
	loop_wake(j->d->again);
}
