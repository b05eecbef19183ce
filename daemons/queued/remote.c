/* REMOTE_SEND: an attempt by a worker of deliverd's remote role. */
#include <errno.h>
#include <fcntl.h>

#include "base/mem.h"
#include "ipc/msg_remote.h"
#include "queued.h"

/* The worker that has perhaps a connection to this destination; others when that has work. */
static struct ipc_chan *
worker(const struct job *j)
{
	unsigned n = svc_workers(j->d->svc, ROLE_REMOTE);
	uint64_t k = (uint64_t)j->dest->id + j->dest->inflight - 1;

	return n > 0 ? svc_reach(j->d->svc, ROLE_REMOTE, (unsigned)(k % n)) : NULL;
}

/* Nobody will say what came of it. A notification may have these words. */
static void
lost(struct job *j, const struct err *e)
{
	struct queue_result r = { .ecode = STR("4.3.0"),
				  .text = STR("the attempt was interrupted on this server; "
					      "perhaps the message has arrived"),
				  .is_lost = true };

	LOG(&j->log, LOG_WARN, "queued.remote.lost", LF(qid, j->m.id), LF(domain, j->domain),
	    LF(err, e));
	for (size_t i = 0; i < j->n; i++)
		job_temp(j, i, &r);
	job_finish(j);
}

struct one {
	unsigned what;
	struct queue_result r;
};

/* False when it is not one result for each recipient. */
static bool
parse(const struct job *j, const struct msg_remote_send_r *in, struct one *v)
{
	struct rd rd = rd_init(in->results);

	for (size_t i = 0; i < j->n; i++) {
		v[i].what = (unsigned)rd_uint(&rd, 1);
		v[i].r = (struct queue_result){ .mx = in->mx, .ip = in->ip };
		v[i].r.code = (unsigned)rd_uint(&rd, 2);
		v[i].r.ecode = rd_str(&rd, 16);
		v[i].r.text = rd_str(&rd, LIM_SMTP_REPLY);
		if (v[i].what > REMOTE_FAIL)
			return false;
	}
	return rd_done(&rd);
}

static void
log_done(struct job *j, size_t i, const struct msg_remote_send_r *in, const struct queue_result *r)
{
	LOG(&j->log, LOG_INFO, "queued.delivery.done", LF(qid, j->m.id), LF(rcpt, j->v[i].addr),
	    LF(attempt, j->v[i].attempts), LF(mx, in->mx), LF(addr, in->ip), LF(code, r->code),
	    LF(reason, r->text), LF(tls, in->tls), LF(duration, loop_now(j->d->l) - j->began_ms));
}

static void
results(struct job *j, const struct msg_remote_send_r *in, const struct one *v)
{
	const struct queue_result *why = NULL;

	for (size_t i = 0; i < j->n; i++) {
		switch (v[i].what) {
		case REMOTE_OK:
			job_done(j, i);
			log_done(j, i, in, &v[i].r);
			break;
		case REMOTE_TEMP:
			job_temp(j, i, &v[i].r);
			why = &v[i].r;
			break;
		default:
			job_fail(j, i, &v[i].r);
		}
	}
	/* Without a connection, a failure for good is of the message or of DNS. */
	if (in->connected || why != NULL)
		dest_result(j->d, j->dest, in->connected ? NULL : why, j->began);
}

static void
on_answer(void *arg, const struct err *e, struct ipc_msg *m)
{
	struct job *j = arg;
	struct msg_remote_send_r in;
	struct err bad = ERR_INIT;
	struct one *v;

	j->call = 0;
	if (e != NULL) {
		lost(j, e);
		return;
	}
	v = mem_zalloc(j->n, sizeof(*v));
	if (!msg_remote_send_r_get(m->body, &in) || !parse(j, &in, v)) {
		err_set(&bad, EC_BUG, "malformed answer of the remote role");
		lost(j, &bad);
	} else {
		results(j, &in, v);
		job_finish(j);
	}
	mem_free(v);
}

static void
call(struct job *j, int fd)
{
	struct msg_remote_send m = {
		.mid = j->m.txn,
		.cid = j->log.cid,
		.flags = j->m.flags & (DELIVER_8BIT | DELIVER_SMTPUTF8 | DELIVER_BINARY),
		.attempt = j->v[0].attempts,
		.size = j->body->size,
		.filekey = str_mem(j->body->key, j->body->key_n),
		.sender = j->m.sender,
		.domain = j->domain,
		.prefix = buf_str(&j->body->prefix),
	};
	struct buf rcpts, b;

	buf_init(&rcpts, 36000);
	buf_init(&b, LIM_IPC_BODY);
	for (size_t i = 0; i < j->n; i++)
		wr_str(&rcpts, j->v[i].addr);
	m.rcpts = buf_str(&rcpts);
	msg_remote_send_put(&b, &m);
	j->call = ipc_call(j->d->l, worker(j), IPC_REMOTE_SEND, buf_str(&b), &fd, 1, LIM_REMOTE_MS,
			   on_answer, j);
	buf_done(&rcpts);
	buf_wipe(&b);
}

void
remote_start(struct job *j)
{
	int fd = fcntl(j->body->fd, F_DUPFD_CLOEXEC, 3);
	struct err e = ERR_INIT;

	if (fd < 0) {
		err_sys(&e, EC_IO, errno, "descriptor for the remote role");
		lost(j, &e);
		return;
	}
	call(j, fd);
}
