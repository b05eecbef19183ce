/*
 * queued: start, tables, stop.
 *
 * SECURITY: takes messages of processes that talk to the network (lib/crypto/spool), signs them,
 * and reads results of those that sent them. It holds the keys of the queue and of DKIM; no network,
 * no store.
 */
#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ipc/msg_auth.h"
#include "queued.h"

enum {
	IDLE_MS = 1000,	   /* between steps of what has time */
	DRAIN_MS = 4000,   /* attempts under way get so long when mox stops */
	SWEEP_NAMES = 500, /* file names a step */
};

static int
get_keys(struct queued *d, unsigned char queue[SEAL_KEY], struct err *e)
{
	struct msg_auth_queue_keys_r r;
	struct buf out;
	int rc;

	buf_init(&out, LIM_IPC_BODY);
	rc = ipc_call_sync(svc_peer_any(d->svc, ROLE_AUTHD), IPC_AUTH_QUEUE_KEYS, STR(""), 0, &out,
			   e);
	if (rc == 0 && (!msg_auth_queue_keys_r_get(buf_str(&out), &r) || r.queue.n != SEAL_KEY ||
			r.dkim.n != SEAL_KEY))
		rc = err_set(e, EC_BUG, "authd gave no queue keys");
	if (rc == 0) {
		memcpy(queue, r.queue.p, SEAL_KEY);
		d->dkim_key = secret_from(r.dkim.p, SEAL_KEY);
	}
	buf_wipe(&out);
	return rc < 0 ? err_prefix(e, "keys of the queue") : 0;
}

static void
on_recent(void *arg, uint64_t txn, int64_t id)
{
	struct queued *d = arg;

	recent_put(d->recent, txn, id, clock_now());
}

static int
recover(struct queued *d, void *arg, struct err *e)
{
	return queue_recover(d->q, clock_now() + LIM_QUEUE_RECOVER_S, arg, e);
}

static int
open_queue(struct queued *d, struct err *e)
{
	unsigned char key[SEAL_KEY];
	struct err why = ERR_INIT;
	uint64_t count = 0;

	if (get_keys(d, key, e) < 0)
		return -1;
	d->q = queue_open(svc_dir(d->svc, "queue"), key, e);
	mem_wipe(key, sizeof(key));
	if (d->q == NULL ||
	    queue_recent(d->q, clock_now() - LIM_QUEUE_RECENT_S, on_recent, d, e) < 0)
		return -1;
	/* On a full disk they wait until they are due. */
	if (batch_own(d, recover, &count, &why) < 0)
		LOG(NULL, LOG_ERROR, "queued.recover.failed", LF(err, (const struct err *)&why));
	if (count > 0)
		LOG(NULL, LOG_INFO, "queued.recipients.recovered", LF(count, count));
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
	TAILQ_INIT(&d->ring);
	TAILQ_INIT(&d->down);
	TAILQ_INIT(&d->failing);
}

static int
on_start(struct svc *s, struct err *e)
{
	struct queued *d = MEM_NEW(struct queued);

	umask(0077);
	d->svc = s;
	d->l = svc_loop(s);
	svc_set_data(s, d);
	lists_init(d);
	d->recent = recent_new();
	if (seal_init(e) < 0 || open_queue(d, e) < 0)
		return -1;
	d->local_dest = queue_dest(d->q, STR(""));
	d->signing = signing_new(d);
	d->sync = loop_timer_new(d->l, on_sync, d);
	d->retry = loop_timer_new(d->l, on_again, d);
	d->timer = loop_timer_new(d->l, on_timer, d);
	d->idle = loop_timer_new(d->l, on_idle, d);
	d->again = loop_wake_new(d->l, on_again, d);
	d->pos.next = INT64_MIN;
	d->scan = true;
	loop_timer_set(d->idle, IDLE_MS);
	loop_on_turn_end(d->l, on_turn_end, d);
	loop_wake(d->again);
	return 0;
}

static void
on_reload(struct svc *s)
{
	struct queued *d = svc_data(s);

	signing_free(&d->signing);
	d->signing = signing_new(d);
}

/* ---- stop */

static void
on_drained(void *arg)
{
	struct queued *d = arg;
	struct err e = ERR_INIT;
	struct job *j;
	struct add *a;

	batch_flush(d);
	d->sync_now = d->is_unsynced;
	batch_flush(d);
	while ((a = TAILQ_FIRST(&d->reading)) != NULL || (a = TAILQ_FIRST(&d->ready)) != NULL)
		add_free(a);
	/* What is still under way is tried again at the next start. */
	while ((j = TAILQ_FIRST(&d->running)) != NULL || (j = TAILQ_FIRST(&d->starting)) != NULL ||
	       (j = TAILQ_FIRST(&d->results)) != NULL)
		job_free(j);
	bodies_free(d);
	dests_free(d);
	if (queue_checkpoint(d->q, true, &e) < 0)
		LOG(NULL, LOG_ERROR, "queued.checkpoint.failed", LF(err, (const struct err *)&e));
	queue_close(&d->q);
	loop_timer_stop(d->timer);
	loop_timer_stop(d->sync);
	loop_timer_stop(d->retry);
	loop_timer_stop(d->idle);
	svc_drained(d->svc);
}

static void
on_drain_check(void *arg)
{
	struct queued *d = arg;

	if (d->q == NULL)
		return;
	if ((d->inflight == 0 && TAILQ_EMPTY(&d->reading)) || loop_now(d->l) >= d->drain_until)
		on_drained(d);
	else
		loop_timer_set(d->drain, LIM_BYE_MS);
}

static void
on_drain(struct svc *s)
{
	struct queued *d = svc_data(s);

	d->drain_until = loop_now(d->l) + DRAIN_MS;
	d->drain = loop_timer_new(d->l, on_drain_check, d);
	loop_timer_set(d->drain, 0);
}

#define SENDERS (ROLE_BIT(ROLE_SUBMITD) | ROLE_BIT(ROLE_SMTPD))

/* type, from whom, descriptors, handler */
static const struct ipc_op ops[] = {
	{ IPC_QUEUE_ADD, SENDERS, 1, 1, on_queue_add },
};

int
main(int argc, char **argv)
{
	static const struct svc_ops svc = {
		.role = ROLE_QUEUED,
		.ops = ops,
		.nops = ARRAY_LEN(ops),
		.start = on_start,
		.reload = on_reload,
		.drain = on_drain,
		.admin = admin_run,
	};

	return svc_main(argc, argv, &svc);
}
