/*
 * Handing a message over to deliverd, and one reply made of the results.
 *
 * All accepted: 250. None accepted: the first reason, a temporary one if there is one. Some
 * accepted, others refused for good: 250, and the log has the rest. Some accepted, others failed
 * for the moment: queued takes the message for those, and it is 250; when queued can't, it is 451,
 * the client comes again, and deliverd is told who has the message.
 */
#include "base/mem.h"
#include "smtpd.h"

static void
answer(void *arg)
{
	struct job *j = arg;
	struct smtp_verdict v = smtpconn_verdict(&j->result);

	smtp_session_data_done(j->c->s, &v);
	smtpconn_wake(j->c);
}

/* The end, but for the note to deliverd. */
static void
finish(struct job *j)
{
	struct smtpconn *c = j->c;
	const struct smtpconn_txn *x = c->txn;

	if (j->result.code == 250)
		LOG(&c->log, LOG_INFO, "smtpd.message.accepted", LF(from, x->pub->sender),
		    LF(rcpts, j->naccepted), LF(size, x->msg.size),
		    LF(duration, loop_now(c->all->l) - x->began));
	else
		LOG(&c->log, LOG_INFO, "smtpd.message.refused", LF(from, x->pub->sender),
		    LF(rcpts, x->pub->nrcpts), LF(count, j->naccepted), LF(size, x->msg.size),
		    LF(code, j->result.code), LF(reason, (const char *)j->result.text));
	if (j->nlate > 0 && j->naccepted > 0 && j->result.code != 250)
		deliver_note_partial(j->deliver, answer, j);
	else
		answer(j);
}

/* ---- those who could not take it now */

static void
on_enqueued(void *arg, const struct deliver_reply *r, uint64_t id)
{
	struct job *j = arg;

	if (r->code == 250) {
		LOG(&j->c->log, LOG_INFO, "smtpd.message.queued", LF(qid, id), LF(rcpts, j->nlate));
		j->naccepted += j->nlate;
		j->nlate = 0;
		smtpconn_accept_reply(j->c, &j->result);
	} else {
		LOG(&j->c->log, LOG_WARN, "smtpd.queue.failed", LF(code, r->code),
		    LF(reason, (const char *)r->text));
	}
	finish(j);
}

static void
enqueue(struct job *j)
{
	struct smtpconn *c = j->c;
	const struct smtpconn_txn *x = c->txn;
	struct deliver_enqueue_in in = {
		.txn = x->mid,
		.cid = c->log.cid,
		.flags = smtpconn_txn_flags(c) | QUEUE_LOCAL,
		.fd = x->msg.fd,
		.size = x->msg.size,
		.filekey = str_mem(x->msg.key, x->msg.key_n),
		.ip = str_c(c->ip),
		.helo = smtp_session_helo(c->s),
		.account = STR(""),
		.login = STR(""),
		.sender = x->pub->sender,
		.from = STR(""),
		.trace = str_mem(x->trace, x->trace_n),
		.rcpts = j->late,
		.n = j->nlate,
	};

	j->enqueue = deliver_enqueue_new(c->all->svc, &in, on_enqueued, j);
}

/* ---- results of deliverd */

/* Counts, `late` and, unless all is well, the reply. */
static void
judge(struct job *j, const struct deliver_reply *r, size_t n)
{
	const struct deliver_reply *temp = NULL, *perm = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct deliver_reply **first = r[i].code >= 500 ? &perm : &temp;

		if (r[i].code == 250) {
			j->naccepted++;
			continue;
		}
		if (*first == NULL)
			*first = &r[i];
		if (r[i].code < 500)
			j->late[j->nlate++] = j->rcpts[i].addr;
		LOG(&j->c->log, LOG_INFO, "smtpd.rcpt.failed", LF(rcpt, j->rcpts[i].addr),
		    LF(code, r[i].code), LF(reason, (const char *)r[i].text));
	}
	smtpconn_accept_reply(j->c, &j->result);
	if (temp != NULL)
		j->result = *temp;
	else if (j->naccepted == 0 && perm != NULL)
		j->result = *perm;
}

static void
on_delivered(void *arg, const struct deliver_reply *r, size_t n)
{
	struct job *j = arg;

	judge(j, r, n);
	if (j->nlate > 0 && j->naccepted > 0)
		enqueue(j);
	else
		finish(j);
}

void
job_start(struct smtpconn *c)
{
	struct job *j = MEM_NEW(struct job);
	struct smtpconn_txn *x = c->txn;
	const struct smtp_txn *t = x->pub;
	struct deliver_in in = {
		.txn = x->mid,
		.cid = c->log.cid,
		.flags = smtpconn_txn_flags(c),
		.fd = x->msg.fd,
		.size = x->msg.size,
		.filekey = str_mem(x->msg.key, x->msg.key_n),
		.ip = str_c(c->ip),
		.helo = smtp_session_helo(c->s),
		.sender = t->sender,
		.n = t->nrcpts,
		.log = &c->log,
	};

	c->txn_data = j;
	j->c = c;
	smtpconn_txn_trace(c, false);
	in.trace = str_mem(x->trace, x->trace_n);
	j->late = mem_zalloc(t->nrcpts, sizeof(*j->late));
	j->rcpts = mem_zalloc(t->nrcpts, sizeof(*j->rcpts));
	for (size_t i = 0; i < t->nrcpts; i++)
		j->rcpts[i] = (struct deliver_rcpt){ t->rcpts[i].addr, t->rcpts[i].account,
						     t->rcpts[i].owner };
	in.rcpts = j->rcpts;
	j->deliver = deliver_new(c->all->svc, &in, on_delivered, j);
}

void
job_free(struct job **jp)
{
	struct job *j = *jp;

	if (j == NULL)
		return;
	*jp = NULL;
	deliver_enqueue_free(&j->enqueue);
	deliver_free(&j->deliver);
	mem_free(j->rcpts);
	mem_free(j->late);
	mem_free(j);
}
