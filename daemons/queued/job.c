/* An attempt: one message, some recipients of one destination. */
#include "base/clock.h"
#include "base/mem.h"
#include "crypto/seal.h"
#include "queued.h"

enum { ARENA_MAX = 1 << 20 };

static struct jobs *
list_of(struct job *j)
{
	switch (j->list) {
	case JOB_STARTING:
		return &j->d->starting;
	case JOB_RUNNING:
		return &j->d->running;
	case JOB_RESULTS:
		return &j->d->results;
	case JOB_NOWHERE:
		break;
	}
	return NULL;
}

static void
move(struct job *j, enum job_list to)
{
	if (list_of(j) != NULL)
		TAILQ_REMOVE(list_of(j), j, link);
	j->list = to;
	if (list_of(j) != NULL)
		TAILQ_INSERT_TAIL(list_of(j), j, link);
}

struct job *
job_new(struct queued *d, enum job_kind kind, const struct queue_msg *m, size_t n)
{
	struct job *j = MEM_NEW(struct job);

	j->d = d;
	j->kind = kind;
	j->a = arena_new(ARENA_MAX);
	j->m = *m;
	j->m.account = arena_str(j->a, m->account);
	j->m.login = arena_str(j->a, m->login);
	j->m.sender = arena_str(j->a, m->sender);
	j->m.ip = arena_str(j->a, m->ip);
	j->m.helo = arena_str(j->a, m->helo);
	j->n = n;
	j->v = arena_alloc(j->a, n * sizeof(*j->v));
	j->done = arena_alloc(j->a, n * sizeof(*j->done));
	j->late = arena_alloc(j->a, n * sizeof(*j->late));
	j->held = arena_alloc(j->a, n * sizeof(*j->held));
	j->log = (struct log_ctx){ .pkg = "queued", .mid = m->txn };
	return j;
}

void
job_free(struct job *j)
{
	struct queued *d = j->d;
	struct dest *t = j->dest;
	bool counted = j->list != JOB_NOWHERE && t != NULL;

	move(j, JOB_NOWHERE);
	ipc_cancel(j->call);
	local_free(j);
	dsn_free(j);
	body_unref(&j->body);
	mem_wipe(&j->m, sizeof(j->m));
	arena_free(&j->a);
	mem_free(j);
	if (counted) {
		d->inflight--;
		d->far -= !dest_is_near(d, t->id);
		t->inflight--;
		dest_settle(d, t);
	}
}

/* Is this recipient an account of ours? In localserve all mail comes back by SMTP, so that a
 * program can be tested. */
bool
job_is_ours(const struct queued *d, uint32_t flags, struct str domain)
{
	if ((flags & QUEUE_LOCAL) != 0)
		return true;
	if (svc_is_localserve(d->svc))
		return false;
	return domain.n == 0 || config_domain_find(svc_config(d->svc), domain) != NULL;
}

enum job_kind
job_kind_of(const struct queued *d, int64_t dest, struct str domain)
{
	if (dest == QUEUE_DEST_DSN)
		return JOB_DSN;
	/* A domain that became ours since the message came. */
	return dest == d->local_dest || job_is_ours(d, 0, domain) ? JOB_LOCAL : JOB_REMOTE;
}

static int64_t
gap(unsigned attempts)
{
	uint32_t chance;

	seal_random(&chance, sizeof(chance));
	return queue_gap(attempts, chance);
}

void
job_claim_row(struct queue_rcpt *r, int64_t now)
{
	/* A notification is not an attempt to deliver. */
	if (r->dest != QUEUE_DEST_DSN)
		r->attempts++;
	r->next = QUEUE_CLAIMED + now;
}

/* ---- from the database */

static int
load(struct job *j, struct dest *t, int64_t until, struct err *e)
{
	struct queued *d = j->d;
	int64_t now = clock_now();

	/* Failures that waited for others go with these. */
	if (t->id == QUEUE_DEST_DSN)
		until += LIM_QUEUE_DSN_S;
	if (queue_due_rcpts(d->q, &j->m, t->id, until, j->a, j->v, &j->n, e) < 0)
		return -1;
	for (size_t i = 0; i < j->n; i++) {
		job_claim_row(&j->v[i], now);
		if (queue_claim(d->q, &j->v[i], e) < 0)
			return -1;
	}
	if (j->n == 0)
		return 0;
	j->domain = add_domain(j->a, j->v[0].addr);
	j->kind = job_kind_of(d, t->id, j->domain);
	return 0;
}

struct job *
job_claim(struct queued *d, struct dest *t, int64_t msg, int64_t until, struct err *e)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct job *j = NULL;
	struct queue_msg m;

	if (queue_msg_get(d->q, msg, a, &m, e) == 0) {
		j = job_new(d, JOB_REMOTE, &m, LIM_QUEUE_RCPTS);
		j->dest = t;
		mem_wipe(&m, sizeof(m));
		if (load(j, t, until, e) < 0 || j->n == 0) {
			job_free(j);
			j = NULL;
		}
	}
	arena_free(&a);
	return j;
}

/* ---- begin */

void
job_start_later(struct job *j)
{
	move(j, JOB_STARTING);
	if (j->dest != NULL) {
		j->dest->inflight++;
		j->d->inflight++;
		j->d->far += !dest_is_near(j->d, j->dest->id);
	}
}

/* No attempt could be made: a fault of ours. What can't be read is held, for the operator. */
static void
not_started(struct job *j, const struct err *e)
{
	struct queue_result r = { .ecode = STR("4.3.0"), .text = str_c(e->msg) };

	LOG(&j->log, LOG_ERROR, "queued.delivery.broken", LF(qid, j->m.id), LF(err, e));
	if (j->is_late) {
		job_free(j); /* the rows are not its own, and are tried again */
		return;
	}
	j->is_damaged = e->code == EC_CORRUPT;
	for (size_t i = 0; i < j->n; i++) {
		if (j->kind == JOB_DSN)
			j->v[i].next = clock_now() + LIM_QUEUE_GAP_S;
		else
			job_temp(j, i, &r);
	}
	job_finish(j);
}

void
job_start(struct job *j)
{
	struct err e = ERR_INIT;

	move(j, JOB_RUNNING);
	j->began = clock_now();
	j->began_ms = loop_now(j->d->l);
	/* A notification does without what can't be read. */
	if (j->body == NULL && (j->body = body_get(j->d, &j->m, &e)) == NULL &&
	    !(j->kind == JOB_DSN && e.code == EC_CORRUPT)) {
		not_started(j, &e);
		return;
	}
	switch (j->kind) {
	case JOB_REMOTE:
		remote_start(j);
		return;
	case JOB_LOCAL:
		local_start(j);
		return;
	case JOB_DSN:
		dsn_start(j);
	}
}

bool
job_is_running(struct queued *d, int64_t msg, const struct job *except)
{
	struct job *j;

	TAILQ_FOREACH(j, &d->running, link)
	{
		if (j->m.id == msg && j != except && j->kind != JOB_DSN)
			return true;
	}
	return false;
}

/* ---- outcomes */

static void
keep_result(struct job *j, struct queue_rcpt *v, const struct queue_result *r)
{
	v->last = *r;
	v->last.at = clock_now();
	v->last.ecode = arena_str(j->a, r->ecode);
	v->last.text = arena_str(j->a, r->text);
	v->last.mx = arena_str(j->a, r->mx);
	v->last.ip = arena_str(j->a, r->ip);
}

#define LOG_OUTCOME(j, v, level, event)                                                            \
	LOG(&(j)->log, level, event, LF(qid, (j)->m.id), LF(rcpt, (v)->addr),                      \
	    LF(attempt, (v)->attempts), LF(mx, (v)->last.mx), LF(addr, (v)->last.ip),              \
	    LF(code, (v)->last.code), LF(ecode, (v)->last.ecode), LF(reason, (v)->last.text))

void
job_done(struct job *j, size_t i)
{
	j->done[i] = true;
}

void
job_fail(struct job *j, size_t i, const struct queue_result *r)
{
	struct queue_rcpt *v = &j->v[i];
	int64_t now = clock_now();

	keep_result(j, v, r);
	LOG_OUTCOME(j, v, LOG_INFO, "queued.delivery.failed");
	if (j->m.sender.n == 0 || j->m.account.n == 0) {
		j->done[i] = true; /* nobody to tell */
		return;
	}
	v->dest = QUEUE_DEST_DSN;
	/* Others of this message may fail in the same moment: one notification. */
	v->next = job_is_running(j->d, j->m.id, j) ? now + LIM_QUEUE_DSN_S : now;
}

/* smtpd has taken it over from a stranger, and an account of ours could not be given it all the
 * time: nobody can be told, and it must not be lost. */
static void
keep(struct job *j, size_t i, const struct queue_result *r)
{
	struct queue_rcpt *v = &j->v[i];

	keep_result(j, v, r);
	v->next = v->last.at;
	j->held[i] = true;
	LOG_OUTCOME(j, v, LOG_ERROR, "queued.delivery.held");
}

void
job_temp(struct job *j, size_t i, const struct queue_result *r)
{
	struct queue_rcpt *v = &j->v[i];
	bool again = r->is_lost && !v->last.is_lost;

	if (v->attempts >= LIM_QUEUE_ATTEMPTS) {
		if (j->m.account.n > 0)
			job_fail(j, i, r);
		else
			keep(j, i, r);
		return;
	}
	keep_result(j, v, r);
	v->next = clock_now() + (again ? LIM_QUEUE_SOON_S : gap(v->attempts));
	j->late[i] = v->attempts == LIM_QUEUE_LATE;
	LOG_OUTCOME(j, v, LOG_INFO, "queued.delivery.delayed");
}

void
job_finish(struct job *j)
{
	local_free(j);
	dsn_free(j);
	move(j, JOB_RESULTS);
	loop_wake(j->d->again);
}

int
job_apply(struct job *j, struct err *e)
{
	uint64_t held;

	if (j->is_damaged && queue_set_aside(j->d->q, j->m.id, &held, e) < 0)
		return -1;
	for (size_t i = 0; i < j->n; i++) {
		int rc = j->done[i] ? queue_rcpt_del(j->d->q, j->m.id, j->v[i].n, e)
				    : queue_rcpt_set(j->d->q, &j->m, &j->v[i], e);

		if (rc == 0 && j->held[i])
			rc = queue_hold(j->d->q, j->m.id, j->v[i].n, true, e);
		if (rc < 0)
			return -1;
	}
	return 0;
}

void
job_committed(struct job *j)
{
	int64_t now = clock_now();

	for (size_t i = 0; i < j->n; i++) {
		struct queue_rcpt *v = &j->v[i];

		if (j->done[i])
			continue;
		if (v->next <= now)
			sched_note(j->d, v->dest, j->m.id);
		else
			sched_later(j->d, v->next);
	}
	dsn_late(j);
	job_free(j);
}
