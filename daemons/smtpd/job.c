/* A transaction: the functions that the SMTP session calls, and the message's bytes. */
#include "base/mem.h"
#include "smtpd.h"

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
provoked_by(struct conn *c, struct str addr, enum provoke_at at, struct deliver_reply *o)
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
	struct deliver_reply o;
	struct smtp_verdict v = { 250, STR("2.1.0"), STR("Sender accepted") };

	job_new(c, t);
	switch (provoked_by(c, t->sender, PROVOKE_MAIL, &o)) {
	case PROVOKED_STALL:
		return;
	case PROVOKED_REPLY:
		v = verdict_of(&o);
		break;
	case PROVOKED_NONE:
		if (!has_space(c->d))
			v = (struct smtp_verdict){ 452, STR("4.3.1"),
						   STR("Out of disk space, try again later") };
	}
	smtp_session_mail_done(c->s, &v);
}

static void
on_asked(void *arg, const struct deliver_reply *r, struct str account, uint32_t owner)
{
	struct ask *a = arg;
	struct conn *c = a->j->c;
	struct smtp_verdict v = verdict_of(r);

	deliver_ask_free(&a->d);
	if (v.code != 250)
		LOG(&c->log, LOG_INFO, "smtpd.rcpt.refused", LF(rcpt, a->addr),
		    LF(from, a->j->txn->sender), LF(code, v.code), LF(reason, v.text));
	smtp_session_rcpt_done(c->s, a->slot, &v, account, owner);
	stream_wake(c->st);
}

static void
on_rcpt(void *ctx, const struct smtp_txn *t, unsigned slot, struct str addr)
{
	struct conn *c = ctx;
	struct ask *a = &c->job->asks[slot];
	struct deliver_reply o;
	struct smtp_verdict v;

	deliver_ask_free(&a->d);
	*a = (struct ask){ .j = c->job, .addr = addr, .slot = slot };
	switch (provoked_by(c, addr, PROVOKE_RCPT, &o)) {
	case PROVOKED_STALL:
		return;
	case PROVOKED_REPLY:
		v = verdict_of(&o);
		smtp_session_rcpt_done(c->s, slot, &v, STR(""), 0);
		return;
	case PROVOKED_NONE:
		a->d = deliver_ask_new(c->d->svc, c->job->mid, t->sender, addr, str_c(c->ip),
				       on_asked, a);
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
	struct deliver_reply o;
	struct smtp_verdict v;

	if (j->spool_err.code != EC_OK || spool_finish(j->spool, &j->msg, &j->spool_err) < 0) {
		LOG(&c->log, LOG_ERROR, "smtpd.spool.failed", LF(err, &j->spool_err));
		deliver_reply_err(&o, &j->spool_err);
		v = verdict_of(&o);
		smtp_session_data_done(c->s, &v);
		return;
	}
	for (size_t i = 0; i < t->nrcpts; i++) {
		switch (provoked_by(c, t->rcpts[i].addr, PROVOKE_DATA, &o)) {
		case PROVOKED_STALL:
			return;
		case PROVOKED_REPLY:
			v = verdict_of(&o);
			smtp_session_data_done(c->s, &v);
			return;
		case PROVOKED_NONE:
			break;
		}
	}
	job_deliver(j);
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
	for (unsigned i = 0; i < LIM_SMTP_RCPT_PARALLEL; i++)
		deliver_ask_free(&j->asks[i].d);
	deliver_free(&j->deliver);
	mem_free(j->rcpts);
	spool_free(&j->spool);
	mem_wipe(j->msg.key, sizeof(j->msg.key));
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
