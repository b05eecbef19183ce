/* An attempt at recipients of ours: who they are, then the message to the workers that own them. */
#include "base/mem.h"
#include "deliver/deliver.h"
#include "queued.h"

struct who {
	struct job *j;
	size_t i; /* of j->v */
	struct deliver_ask *ask;
};

struct local {
	struct who *who;
	size_t waiting; /* answers */
	struct deliver_rcpt *to;
	size_t *index; /* of j->v, for each of `to` */
	size_t nto;
	struct deliver *deliver;
};

void
local_free(struct job *j)
{
	struct local *l = j->local;

	if (l == NULL)
		return;
	j->local = NULL;
	for (size_t i = 0; i < j->n; i++)
		deliver_ask_free(&l->who[i].ask);
	deliver_free(&l->deliver);
}

static void
outcome(struct job *j, size_t i, const struct deliver_reply *r)
{
	struct queue_result q = { .code = r->code,
				  .ecode = str_c(r->ecode),
				  .text = str_c(r->text) };

	if (r->code == 250) {
		job_done(j, i);
		LOG(&j->log, LOG_INFO, "queued.delivery.done", LF(qid, j->m.id),
		    LF(rcpt, j->v[i].addr), LF(attempt, j->v[i].attempts), LF(code, r->code),
		    LF(reason, (const char *)r->text),
		    LF(duration, loop_now(j->d->l) - j->began_ms));
	} else if (r->code >= 500) {
		job_fail(j, i, &q);
	} else {
		job_temp(j, i, &q);
	}
}

static void
on_delivered(void *arg, const struct deliver_reply *r, size_t n)
{
	struct job *j = arg;

	for (size_t k = 0; k < n; k++)
		outcome(j, j->local->index[k], &r[k]);
	job_finish(j);
}

static void
deliver(struct job *j)
{
	struct local *l = j->local;
	struct deliver_in in = {
		.txn = j->m.txn,
		.cid = j->log.cid,
		.flags = j->m.flags &
			 (DELIVER_8BIT | DELIVER_SMTPUTF8 | DELIVER_BINARY | DELIVER_TLS),
		.fd = j->body->fd,
		.size = j->body->size,
		.filekey = str_mem(j->body->key, j->body->key_n),
		.ip = j->m.ip,
		.helo = j->m.helo,
		.sender = j->m.sender,
		.trace = buf_str(&j->body->prefix),
		.rcpts = l->to,
		.n = l->nto,
		.log = &j->log,
	};

	/* What was perhaps done in an earlier attempt, or for others than the first hundred
	 * recipients, is not done twice. */
	if (j->v[0].attempts > 1 || j->v[0].n > 0)
		in.flags |= DELIVER_REPEAT;
	l->deliver = deliver_new(j->d->svc, &in, on_delivered, j);
}

static void
on_asked(void *arg, const struct deliver_reply *r, struct str account, uint32_t owner)
{
	struct who *w = arg;
	struct job *j = w->j;
	struct local *l = j->local;

	if (r->code == 250) {
		l->index[l->nto] = w->i;
		l->to[l->nto++] =
			(struct deliver_rcpt){ j->v[w->i].addr, arena_str(j->a, account), owner };
	} else {
		outcome(j, w->i, r);
	}
	deliver_ask_free(&w->ask);
	if (--l->waiting > 0)
		return;
	if (l->nto > 0)
		deliver(j);
	else
		job_finish(j);
}

void
local_start(struct job *j)
{
	struct local *l = ARENA_NEW(j->a, struct local);

	j->local = l;
	l->who = arena_alloc(j->a, j->n * sizeof(*l->who));
	l->to = arena_alloc(j->a, j->n * sizeof(*l->to));
	l->index = arena_alloc(j->a, j->n * sizeof(*l->index));
	l->waiting = j->n;
	for (size_t i = 0; i < j->n; i++) {
		l->who[i] = (struct who){ .j = j, .i = i };
		l->who[i].ask = deliver_ask_new(j->d->svc, j->m.txn, j->m.sender, j->v[i].addr,
						j->m.ip, on_asked, &l->who[i]);
	}
}
