/* The functions that the SMTP session calls. */
#include "smtpd.h"

/* Whether localserve's special address decides; the session has its answer then, or never gets one.
 */
static enum provoked
provoked_by(struct smtpconn *c, struct str addr, enum provoke_at at, struct deliver_reply *o)
{
	enum provoked p = PROVOKED_NONE;

	if (svc_is_localserve(c->all->svc))
		p = provoke(addr, at, o);
	if (p == PROVOKED_STALL)
		c->is_stalled = true;
	return p;
}

static void
on_mail(void *ctx, const struct smtp_txn *t)
{
	struct smtpconn *c = ctx;
	struct deliver_reply o;
	struct smtp_verdict v = { 250, STR("2.1.0"), STR("Sender accepted") };

	smtpconn_txn_begin(c, t);
	switch (provoked_by(c, t->sender, PROVOKE_MAIL, &o)) {
	case PROVOKED_STALL:
		return;
	case PROVOKED_REPLY:
		v = smtpconn_verdict(&o);
		break;
	case PROVOKED_NONE:
		(void)smtpconn_has_space(c->all, &v);
	}
	smtp_session_mail_done(c->s, &v);
}

static void
on_rcpt(void *ctx, const struct smtp_txn *t, unsigned slot, struct str addr)
{
	struct smtpconn *c = ctx;
	struct deliver_reply o;
	struct smtp_verdict v;

	(void)t;
	switch (provoked_by(c, addr, PROVOKE_RCPT, &o)) {
	case PROVOKED_STALL:
		return;
	case PROVOKED_REPLY:
		v = smtpconn_verdict(&o);
		smtp_session_rcpt_done(c->s, slot, &v, STR(""), 0);
		return;
	case PROVOKED_NONE:
		smtpconn_txn_ask(c, slot, addr);
	}
}

static void
on_data_begin(void *ctx, const struct smtp_txn *t)
{
	(void)t;
	smtpconn_txn_data(ctx);
}

static void
on_data_put(void *ctx, struct str bytes)
{
	smtpconn_txn_put(ctx, bytes);
}

static void
on_data_end(void *ctx, const struct smtp_txn *t)
{
	struct smtpconn *c = ctx;
	struct deliver_reply o;
	struct smtp_verdict v;
	enum provoked p = PROVOKED_NONE;

	if (!smtpconn_txn_finish(c, &o))
		p = PROVOKED_REPLY;
	for (size_t i = 0; p == PROVOKED_NONE && i < t->nrcpts; i++)
		p = provoked_by(c, t->rcpts[i].addr, PROVOKE_DATA, &o);
	if (p == PROVOKED_REPLY) {
		v = smtpconn_verdict(&o);
		smtp_session_data_done(c->s, &v);
	} else if (p == PROVOKED_NONE) {
		job_start(c);
	}
}

static void
on_reset(void *ctx)
{
	struct smtpconn *c = ctx;
	struct job *j = c->txn_data;

	job_free(&j);
	c->txn_data = NULL;
	smtpconn_txn_end(c);
}

const struct smtp_backend job_backend = {
	.mail = on_mail,
	.rcpt = on_rcpt,
	.data_begin = on_data_begin,
	.data_put = on_data_put,
	.data_end = on_data_end,
	.reset = on_reset,
	.refused = smtpconn_refused,
};
