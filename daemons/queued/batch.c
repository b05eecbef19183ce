/*
 * Group commit. What arrived in one turn of the loop is one transaction: new messages, results of
 * attempts, claims of the attempts that are to begin. With new messages it is synced at once; with
 * results alone it is committed at once, which a killed process survives, and synced within
 * LIM_QUEUE_SYNC_MS together with what comes meanwhile; claims alone are not worth a sync.
 *
 * When the transaction fails, new messages are refused; results stay in memory and are tried again
 * until they are stored, and no attempt begins before that.
 */
#include "base/clock.h"
#include "queued.h"

void
batch_sync_soon(struct queued *d)
{
	d->is_unsynced = true;
	if (!loop_timer_is_set(d->sync))
		loop_timer_set(d->sync, LIM_QUEUE_SYNC_MS);
}

static int
apply(struct queued *d, bool with_adds, struct err *e)
{
	struct job *j;
	struct add *a;

	TAILQ_FOREACH(j, &d->results, link)
	{
		if (job_apply(j, e) < 0)
			return -1;
	}
	if (!with_adds)
		return sched_run(d, e);
	TAILQ_FOREACH(a, &d->ready, link)
	{
		if (add_apply(a, e) < 0)
			return -1;
	}
	return sched_run(d, e);
}

/* Attempts that were to begin with this batch. */
static void
drop_starting(struct queued *d)
{
	struct job *j;

	while ((j = TAILQ_FIRST(&d->starting)) != NULL)
		job_free(j);
	sched_again(d);
}

int
batch_recover(struct queued *d, struct err *e)
{
	uint64_t count;

	if (d->is_recovered)
		return 0;
	if (queue_recover(d->q, clock_now() + LIM_QUEUE_RECOVER_S, &count, e) < 0)
		return -1;
	if (count > 0)
		LOG(NULL, LOG_INFO, "queued.recipients.recovered", LF(count, count));
	return 0;
}

static int
transaction(struct queued *d, bool with_adds, bool sync, struct err *e)
{
	int rc;

	if (queue_begin(d->q, sync, e) < 0)
		return -1;
	d->in_batch = true;
	rc = sync ? queue_touch(d->q, e) : 0;
	if (rc == 0)
		rc = batch_recover(d, e);
	if (rc == 0)
		rc = apply(d, with_adds, e);
	if (rc == 0)
		rc = queue_commit(d->q, e);
	else
		queue_rollback(d->q);
	d->in_batch = false;
	if (rc < 0)
		drop_starting(d);
	else
		d->is_recovered = true;
	return rc;
}

static void
answer_adds(struct queued *d, const struct err *e)
{
	struct add *a;

	while ((a = TAILQ_FIRST(&d->ready)) != NULL) {
		if (e != NULL)
			body_forget(d, a->m.id);
		add_done(a, e);
	}
}

static void
committed(struct queued *d, bool synced)
{
	struct job *j;

	if (synced) {
		d->is_unsynced = d->sync_now = false;
		loop_timer_stop(d->sync);
	}
	while ((j = TAILQ_FIRST(&d->results)) != NULL) {
		if (!synced)
			batch_sync_soon(d);
		job_committed(j);
	}
	while ((j = TAILQ_FIRST(&d->starting)) != NULL)
		job_start(j);
	d->is_blocked = false;
}

/* The log of a full disk may still be copied into the database, and then written from the start. */
static void
blocked(struct queued *d, const struct err *e)
{
	struct err ignored = ERR_INIT;

	LOG(NULL, LOG_ERROR, "queued.batch.failed", LF(err, e));
	if (queue_checkpoint(d->q, true, &ignored) < 0)
		err_clear(&ignored);
	d->is_blocked = true;
	loop_timer_set(d->retry, LIM_QUEUE_RETRY_MS);
}

static bool
has_work(const struct queued *d)
{
	if (!TAILQ_EMPTY(&d->ready))
		return true;
	if (d->is_blocked && loop_timer_is_set(d->retry))
		return false;
	return !TAILQ_EMPTY(&d->results) || d->sync_now || sched_has_work(d);
}

void
batch_flush(struct queued *d)
{
	bool adds = !TAILQ_EMPTY(&d->ready), sync = adds || d->sync_now;
	struct err e = ERR_INIT, again = ERR_INIT;

	if (d->q == NULL || d->in_batch || !has_work(d))
		return;
	if (transaction(d, adds, sync, &e) == 0) {
		committed(d, sync);
		answer_adds(d, NULL);
	} else {
		answer_adds(d, &e);
		blocked(d, &e);
		/* Perhaps without what was new. */
		if (adds && transaction(d, false, false, &again) == 0) {
			loop_timer_stop(d->retry);
			committed(d, false);
		}
	}
	if (queue_checkpoint(d->q, false, &again) < 0)
		LOG(NULL, LOG_ERROR, "queued.checkpoint.failed",
		    LF(err, (const struct err *)&again));
	if (!d->is_blocked && sched_has_work(d))
		loop_wake(d->again);
}

int
batch_own(struct queued *d, int (*fn)(struct queued *d, void *arg, struct err *e), void *arg,
	  struct err *e)
{
	if (queue_begin(d->q, true, e) < 0)
		return -1;
	if (queue_touch(d->q, e) < 0 || fn(d, arg, e) < 0) {
		queue_rollback(d->q);
		return -1;
	}
	return queue_commit(d->q, e);
}
