/*
 * What is due. A pass over the times in the database puts messages into the windows of their
 * destinations; all rows up to d->pos are known: in a window, in flight, or in the database behind
 * the window of a destination with `more`. The pass waits when there are too many destinations.
 * Attempts begin round robin over destinations.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "queued.h"

bool
sched_is_free(struct queued *d, const struct dest *t)
{
	return !d->is_blocked && !svc_is_draining(d->svc) && t->why == NULL && t->n == 0 &&
	       !t->more && t->inflight < t->limit &&
	       (dest_is_near(d, t->id) || d->far < LIM_QUEUE_INFLIGHT);
}

void
sched_later(struct queued *d, int64_t next)
{
	int64_t now = clock_now();

	if (next >= d->timer_at && loop_timer_is_set(d->timer))
		return;
	d->timer_at = next;
	loop_timer_set(d->timer, next > now ? MIN(next - now, INT32_MAX / 1000) * 1000 : 0);
}

void
sched_note(struct queued *d, int64_t dest, int64_t msg)
{
	struct dest *t = dest_get(d, dest);
	int64_t now = clock_now();

	if (t != NULL) {
		dest_push(t, msg);
		dest_settle(d, t);
		return;
	}
	/* The pass finds it when there is room: it is due now or was before. */
	if (d->pos.next >= now)
		d->pos = (struct queue_pos){ now - 1, INT64_MAX, UINT32_MAX };
	d->scan = true;
}

void
sched_again(struct queued *d)
{
	for (size_t i = 0; i < DEST_BUCKETS; i++) {
		struct dest *t = d->dests[i], *next;

		for (; t != NULL; t = next) {
			next = t->next;
			t->more = true;
			dest_settle(d, t);
		}
	}
	d->pos = (struct queue_pos){ INT64_MIN, 0, 0 };
	d->scan = true;
}

bool
sched_has_work(const struct queued *d)
{
	if (d->is_blocked && loop_timer_is_set(d->retry))
		return false;
	if (!TAILQ_EMPTY(&d->failing))
		return true;
	if (svc_is_draining(d->svc))
		return false;
	return (d->scan && (d->ndests < LIM_QUEUE_DESTS || !TAILQ_EMPTY(&d->down))) ||
	       !TAILQ_EMPTY(&d->near) || (!TAILQ_EMPTY(&d->ring) && d->far < LIM_QUEUE_INFLIGHT);
}

/* ---- the pass over times */

static bool
on_due(void *arg, const struct queue_pos *at, int64_t dest)
{
	struct queued *d = arg;
	struct dest *t = dest_get(d, dest);

	if (t == NULL)
		return false;
	dest_push(t, at->msg);
	dest_settle(d, t);
	return true;
}

static int
scan(struct queued *d, struct err *e)
{
	int64_t now = clock_now(), next;

	/* The clock was set back: what has been planned since is before our place. */
	if (d->pos.next > now)
		sched_again(d);
	if (queue_scan(d->q, &d->pos, now, LIM_QUEUE_SCAN, on_due, d, &d->scan, e) < 0)
		return -1;
	if (d->scan)
		return 0;
	d->pos = (struct queue_pos){ now, INT64_MAX, UINT32_MAX };
	if (queue_next_due(d->q, &d->pos, &next, e) < 0)
		return -1;
	loop_timer_stop(d->timer);
	if (next != INT64_MAX)
		sched_later(d, next);
	return 0;
}

/* ---- attempts */

static bool
on_refill(void *arg, const struct queue_pos *at, int64_t dest)
{
	(void)dest;
	dest_push(arg, at->msg);
	return true;
}

static int
refill(struct queued *d, struct dest *t, int64_t until, struct err *e)
{
	bool more;

	t->more = false;
	t->first = t->n = 0;
	if (queue_scan_dest(d->q, t->id, until, LIM_QUEUE_WINDOW, on_refill, t, &more, e) < 0)
		return -1;
	t->more = more;
	return 0;
}

static void
pop(struct dest *t)
{
	t->first = (t->first + 1) % LIM_QUEUE_WINDOW;
	t->n--;
}

/* A message that can't be read must not be tried for ever: it is held, for the operator. Nothing is
 * wrong when it has gone meanwhile. -1 when it was the database that failed. */
static int
set_aside(struct queued *d, int64_t msg, const struct err *why, struct err *e)
{
	struct log_ctx log = { .pkg = "queued" };
	uint64_t rows;

	if (why->code == EC_OK)
		return 0;
	if (why->code != EC_CORRUPT && why->code != EC_BUG && why->code != EC_NOTFOUND) {
		err_move(e, why);
		return -1;
	}
	if (queue_set_aside(d->q, msg, &rows, e) < 0)
		return -1;
	if (rows > 0)
		LOG(&log, LOG_ERROR, "queued.message.corrupt", LF(qid, msg), LF(err, why));
	return 0;
}

/* The first message in the window. */
static int
try_first(struct queued *d, struct dest *t, struct err *e)
{
	int64_t msg = t->window[t->first];
	struct err why = ERR_INIT;
	struct job *j = job_claim(d, t, msg, clock_now(), &why);

	/* There may be further recipients of it. */
	if (j == NULL || j->n < LIM_QUEUE_RCPTS)
		pop(t);
	if (j == NULL) {
		body_forget(d, msg);
		return set_aside(d, msg, &why, e);
	}
	job_start_later(j);
	return 0;
}

static int
try_next(struct queued *d, struct dests *ring, struct err *e)
{
	struct dest *t = TAILQ_FIRST(ring);
	int rc = 0;

	/* To the end, after this turn. */
	TAILQ_REMOVE(ring, t, link);
	t->list = DEST_NONE;
	if (t->n == 0)
		rc = refill(d, t, clock_now(), e);
	if (rc == 0 && t->n > 0)
		rc = try_first(d, t, e);
	dest_settle(d, t);
	return rc;
}

/* What was due when the destination did not answer has failed as well. */
static int
fail_some(struct queued *d, struct dest *t, struct err *e)
{
	int rc = refill(d, t, t->fail_until, e);

	while (rc == 0 && t->n > 0) {
		int64_t msg = t->window[t->first];
		struct err why = ERR_INIT;
		struct job *j = job_claim(d, t, msg, t->fail_until, &why);

		pop(t);
		body_forget(d, msg);
		if (j == NULL) {
			rc = set_aside(d, msg, &why, e);
			continue;
		}
		for (size_t i = 0; i < j->n; i++)
			job_temp(j, i, t->why);
		rc = job_apply(j, e);
		job_committed(j);
	}
	if (rc == 0 && !t->more) {
		mem_free(t->why);
		t->why = NULL;
		/* Others may have come since. */
		t->more = true;
	}
	dest_settle(d, t);
	return rc;
}

int
sched_run(struct queued *d, struct err *e)
{
	unsigned left = LIM_QUEUE_STEP / LIM_QUEUE_WINDOW + 1;

	while (!TAILQ_EMPTY(&d->failing) && left-- > 0) {
		if (fail_some(d, TAILQ_FIRST(&d->failing), e) < 0)
			return -1;
	}
	if (svc_is_draining(d->svc))
		return 0;
	if (d->scan && scan(d, e) < 0)
		return -1;
	for (left = LIM_QUEUE_STEP; left > 0 && !TAILQ_EMPTY(&d->near); left--) {
		if (try_next(d, &d->near, e) < 0)
			return -1;
	}
	for (left = LIM_QUEUE_STEP;
	     left > 0 && !TAILQ_EMPTY(&d->ring) && d->far < LIM_QUEUE_INFLIGHT; left--) {
		if (try_next(d, &d->ring, e) < 0)
			return -1;
	}
	return 0;
}
