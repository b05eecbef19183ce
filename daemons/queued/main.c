/*
 * queued: start, tables, stop.
 *
 * SECURITY: takes messages of processes that talk to the network (lib/crypto/spool), signs them,
 * and reads results of those that sent them. It holds the keys of the queue and of DKIM; no
 * network, no store.
 */
#include <sys/stat.h>

#include "base/mem.h"
#include "ipc/msg_auth.h"
#include "queued.h"

enum {
	DRAIN_MS = 4000, /* attempts under way get so long when mox stops */
};

static int
get_keys(struct svc *s, unsigned char queue[SEAL_KEY], struct secret **dkim, struct err *e)
{
	struct msg_auth_queue_keys_r r;
	struct buf out;
	int rc;

	buf_init(&out, LIM_IPC_BODY);
	rc = ipc_call_sync(svc_peer_any(s, ROLE_AUTHD), IPC_AUTH_QUEUE_KEYS, STR(""), 0, &out, e);
	if (rc == 0 && (!msg_auth_queue_keys_r_get(buf_str(&out), &r) || r.queue.n != SEAL_KEY ||
			r.dkim.n != SEAL_KEY))
		rc = err_set(e, EC_BUG, "authd gave no queue keys");
	if (rc == 0) {
		memcpy(queue, r.queue.p, SEAL_KEY);
		*dkim = secret_from(r.dkim.p, SEAL_KEY);
	}
	buf_wipe(&out);
	return rc < 0 ? err_prefix(e, "keys of the queue") : 0;
}

static int
on_start(struct svc *s, struct err *e)
{
	unsigned char key[SEAL_KEY];
	struct secret *dkim = NULL;
	struct queued *d;

	umask(0077);
	if (seal_init(e) < 0 || get_keys(s, key, &dkim, e) < 0)
		return -1;
	d = queued_new(s, svc_dir(s, "queue"), key, dkim, e);
	mem_wipe(key, sizeof(key));
	svc_set_data(s, d);
	return d != NULL ? 0 : -1;
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
drained(struct queued *d)
{
	queued_close(d);
	svc_drained(d->svc);
}

static void
on_drain_check(void *arg)
{
	struct queued *d = arg;

	if (d->q == NULL)
		return;
	if ((d->inflight == 0 && TAILQ_EMPTY(&d->reading)) || loop_now(d->l) >= d->drain_until)
		drained(d);
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
