/* A transaction: the functions that the SMTP session calls, the message's bytes, and repeated
 * calls. */
#include "base/mem.h"
#include "smtpd.h"

void
outcome_set(struct outcome *o, unsigned code, struct str ecode, struct str text)
{
	o->code = code;
	if (str_to_c(ecode, o->ecode, sizeof(o->ecode)) < 0)
		o->ecode[0] = '\0';
	if (str_to_c(str_sub(text, 0, sizeof(o->text) - 1), o->text, sizeof(o->text)) < 0)
		o->text[0] = '\0';
}

struct smtp_verdict
outcome_verdict(const struct outcome *o)
{
	return (struct smtp_verdict){ o->code, str_c(o->ecode), str_c(o->text) };
}

struct smtp_verdict
verdict_of_err(const struct err *e)
{
	if (e->code == EC_NOSPACE)
		return (struct smtp_verdict){ 452, STR("4.3.1"),
					      STR("Out of disk space, try again later") };
	return (struct smtp_verdict){ 451, STR("4.3.0"), STR("Internal error, try again later") };
}

/* A worker of deliverd that restarts is back within seconds, and it knows again a message that it
 * has stored already, so the client need not hear of it. */
bool
job_may_retry(struct job *j, const struct err *e)
{
	int64_t now = loop_now(j->c->d->l);

	if (e->code != EC_TIMEOUT)
		return false;
	if (j->retry_until == 0)
		j->retry_until = now + LIM_SMTP_RETRY_TOTAL_MS;
	if (now >= j->retry_until)
		return false;
	if (!loop_timer_is_set(j->retry))
		loop_timer_set(j->retry, LIM_SMTP_RETRY_MS);
	return true;
}

static void
on_retry(void *arg)
{
	struct job *j = arg;

	asks_retry(j);
	parts_retry(j);
}

static struct job *
job_new(struct conn *c, const struct smtp_txn *t)
{
	struct job *j = MEM_NEW(struct job);

	j->c = c;
	j->txn = t;
	j->mid = log_new_id();
	j->began = loop_now(c->d->l);
	j->reserved = t->announced;
	c->d->announced += j->reserved;
	j->retry = loop_timer_new(c->d->l, on_retry, j);
	c->job = j;
	c->log.mid = j->mid;
	return j;
}

/* Disk space for what was announced by all, and some more. */
static bool
has_space(struct smtpd *d)
{
	uint64_t left = spool_disk_free(svc_dir(d->svc, "tmp")), need;

	if (__builtin_add_overflow(d->announced, (uint64_t)LIM_SMTP_DISK_RESERVE, &need))
		return false;
	return left >= need;
}

/* Whether localserve's special address decides; the session has its answer then, or never gets one.
 */
static enum provoked
provoked_by(struct conn *c, struct str addr, enum provoke_at at, struct outcome *o)
{
	enum provoked p = PROVOKED_NONE;

	if (svc_is_localserve(c->d->svc))
		p = provoke(addr, at, o);
	if (p == PROVOKED_STALL)
		c->is_stalled = true;
	return p;
}

static void
on_mail(void *ctx, const struct smtp_txn *t)
{
	struct conn *c = ctx;
	struct outcome o;
	struct smtp_verdict v = { 250, STR("2.1.0"), STR("Sender accepted") };

	job_new(c, t);
	switch (provoked_by(c, t->sender, PROVOKE_MAIL, &o)) {
	case PROVOKED_STALL:
		return;
	case PROVOKED_REPLY:
		v = outcome_verdict(&o);
		break;
	case PROVOKED_NONE:
		if (!has_space(c->d))
			v = (struct smtp_verdict){ 452, STR("4.3.1"),
						   STR("Out of disk space, try again later") };
	}
	smtp_session_mail_done(c->s, &v);
}

static void
on_rcpt(void *ctx, const struct smtp_txn *t, unsigned slot, struct str addr)
{
	struct conn *c = ctx;
	struct ask *a = &c->job->asks[slot];
	struct outcome o;
	struct smtp_verdict v;

	(void)t;
	*a = (struct ask){ .j = c->job, .addr = addr, .slot = slot, .is_open = true };
	switch (provoked_by(c, addr, PROVOKE_RCPT, &o)) {
	case PROVOKED_STALL:
		return;
	case PROVOKED_REPLY:
		a->is_open = false;
		v = outcome_verdict(&o);
		smtp_session_rcpt_done(c->s, slot, &v, STR(""), 0);
		return;
	case PROVOKED_NONE:
		ask_send(a);
	}
}

static void
on_data_begin(void *ctx, const struct smtp_txn *t)
{
	struct conn *c = ctx;

	c->job->spool = spool_new(svc_dir(c->d->svc, "tmp"), &c->d->pool, t->announced);
}

static void
on_data_put(void *ctx, struct str bytes)
{
	struct job *j = ((struct conn *)ctx)->job;

	if (j->spool_err.code == EC_OK && spool_put(j->spool, bytes, &j->spool_err) < 0)
		spool_free(&j->spool);	/* gives the disk back at once */
}

static void
on_data_end(void *ctx, const struct smtp_txn *t)
{
	struct conn *c = ctx;
	struct job *j = c->job;
	struct outcome o;
	struct smtp_verdict v;

	if (j->spool_err.code != EC_OK || spool_finish(j->spool, &j->msg, &j->spool_err) < 0) {
		LOG(&c->log, LOG_ERROR, "smtpd.spool.failed", LF(err, &j->spool_err));
		v = verdict_of_err(&j->spool_err);
		smtp_session_data_done(c->s, &v);
		return;
	}
	for (size_t i = 0; i < t->nrcpts; i++) {
		switch (provoked_by(c, t->rcpts[i].addr, PROVOKE_DATA, &o)) {
		case PROVOKED_STALL:
			return;
		case PROVOKED_REPLY:
			v = outcome_verdict(&o);
			smtp_session_data_done(c->s, &v);
			return;
		case PROVOKED_NONE:
			break;
		}
	}
	deliver_start(j);
}

static void
on_reset(void *ctx)
{
	struct conn *c = ctx;
	struct job *j = c->job;

	if (j == NULL)
		return;
	c->job = NULL;
	c->log.mid = 0;
	asks_cancel(j);
	parts_free(j);
	spool_free(&j->spool);
	mem_wipe(j->msg.key, sizeof(j->msg.key));
	loop_timer_free(&j->retry);
	c->d->announced -= j->reserved;
	mem_free(j);
}

static void
on_refused(void *ctx, struct str cmd, unsigned code, struct str ecode, struct str text)
{
	struct conn *c = ctx;

	LOG(&c->log, LOG_INFO, "smtpd.command.refused", LF(cmd, cmd), LF(code, code),
	    LF(ecode, ecode), LF(reason, text));
}

const struct smtp_backend job_backend = {
	.mail = on_mail,
	.rcpt = on_rcpt,
	.data_begin = on_data_begin,
	.data_put = on_data_put,
	.data_end = on_data_end,
	.reset = on_reset,
	.refused = on_refused,
};
