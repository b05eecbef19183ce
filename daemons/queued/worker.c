/* A worker's life: the queue open, timers, and the end. */
#include "base/clock.h"
#include "base/mem.h"
#include "queued.h"

enum {
	IDLE_MS = 1000,	   /* between steps of what has time */
	SWEEP_NAMES = 500, /* file names a step */
};

static void
on_recent(void *arg, uint64_t txn, int64_t id)
{
	struct queued *d = arg;

	recent_put(d->recent, txn, id, clock_now());
}

static int
recover(struct queued *d, void *arg, struct err *e)
{
	(void)arg;
	return batch_recover(d, e);
}

static int
open_queue(struct queued *d, int dir, const unsigned char key[SEAL_KEY], struct err *e)
{
	struct err why = ERR_INIT;

	d->q = queue_open(dir, key, e);
	if (d->q == NULL ||
	    queue_recent(d->q, clock_now() - LIM_QUEUE_RECENT_S, on_recent, d, e) < 0)
		return -1;
	/* On a full disk it is done with the first batch that can be written. */
	if (batch_own(d, recover, NULL, &why) < 0)
		LOG(NULL, LOG_ERROR, "queued.recover.failed", LF(err, (const struct err *)&why));
	else
		d->is_recovered = true;
	return 0;
}

/* ---- the loop */

static void
on_turn_end(void *arg)
{
	batch_flush(arg);
}

static void
on_again(void *arg)
{
	(void)arg; /* the end of the turn is all that was wanted */
}

static void
on_sync(void *arg)
{
	struct queued *d = arg;

	d->sync_now = d->is_unsynced;
}

static void
on_timer(void *arg)
{
	struct queued *d = arg;

	d->scan = true;
}

static void
on_idle(void *arg)
{
	struct queued *d = arg;

	if (queue_sweep(d->q, SWEEP_NAMES))
		loop_timer_set(d->idle, IDLE_MS);
}

static void
lists_init(struct queued *d)
{
	TAILQ_INIT(&d->reading);
	TAILQ_INIT(&d->ready);
	TAILQ_INIT(&d->starting);
	TAILQ_INIT(&d->running);
	TAILQ_INIT(&d->results);
	TAILQ_INIT(&d->near);
	TAILQ_INIT(&d->ring);
	TAILQ_INIT(&d->down);
	TAILQ_INIT(&d->failing);
}

struct queued *
queued_new(struct svc *s, int dir, const unsigned char key[SEAL_KEY], struct secret *dkim_key,
	   struct err *e)
{
	struct queued *d = MEM_NEW(struct queued);

	d->svc = s;
	d->l = svc_loop(s);
	d->dkim_key = dkim_key;
	lists_init(d);
	d->recent = recent_new();
	d->sync = loop_timer_new(d->l, on_sync, d);
	d->retry = loop_timer_new(d->l, on_again, d);
	d->timer = loop_timer_new(d->l, on_timer, d);
	d->idle = loop_timer_new(d->l, on_idle, d);
	d->again = loop_wake_new(d->l, on_again, d);
	if (open_queue(d, dir, key, e) < 0) {
		queued_free(&d);
		return NULL;
	}
	d->local_dest = queue_dest(d->q, STR(""));
	d->signing = signing_new(d);
	d->pos.next = INT64_MIN;
	d->scan = true;
	loop_timer_set(d->idle, IDLE_MS);
	loop_on_turn_end(d->l, on_turn_end, d);
	loop_wake(d->again);
	return d;
}

static void
lists_free(struct queued *d)
{
	struct job *j;
	struct add *a;

	while ((a = TAILQ_FIRST(&d->reading)) != NULL || (a = TAILQ_FIRST(&d->ready)) != NULL)
		add_free(a);
	while ((j = TAILQ_FIRST(&d->running)) != NULL || (j = TAILQ_FIRST(&d->starting)) != NULL ||
	       (j = TAILQ_FIRST(&d->results)) != NULL)
		job_free(j);
	bodies_free(d);
	dests_free(d);
}

void
queued_close(struct queued *d)
{
	struct err e = ERR_INIT;

	batch_flush(d);
	d->sync_now = d->is_unsynced;
	batch_flush(d);
	/* What is still under way is tried again at the next start. */
	lists_free(d);
	if (queue_checkpoint(d->q, true, &e) < 0)
		LOG(NULL, LOG_ERROR, "queued.checkpoint.failed", LF(err, (const struct err *)&e));
	queue_close(&d->q);
	loop_timer_stop(d->timer);
	loop_timer_stop(d->sync);
	loop_timer_stop(d->retry);
	loop_timer_stop(d->idle);
}

void
queued_free(struct queued **dp)
{
	struct queued *d = *dp;

	*dp = NULL;
	loop_on_turn_end(d->l, NULL, NULL);
	lists_free(d);
	queue_close(&d->q);
	signing_free(&d->signing);
	recent_free(&d->recent);
	secret_free(&d->dkim_key);
	loop_timer_free(&d->sync);
	loop_timer_free(&d->retry);
	loop_timer_free(&d->timer);
	loop_timer_free(&d->idle);
	loop_timer_free(&d->drain);
	loop_wake_free(&d->again);
	mem_free(d);
}
