/* The envelope: who it is from, and who it is for. */
#include "base/mem.h"
#include "submissiond.h"

static bool
sender_check(const struct smtpconn *c, struct str sender, struct deliver_reply *r)
{
	struct smtp_addr a;

	if (sender.n == 0) /* such as a receipt that the user sends, RFC 8098 */
		return true;
	if (smtp_addr_parse(sender, &a, NULL) == 0)
		return identity_check(c->data, smtp_addr_local(&a), smtp_addr_domain(&a), r);
	deliver_reply_set(r, 550, STR("5.1.7"), STR("Malformed address"));
	return false;
}

void
on_mail(void *ctx, const struct smtp_txn *t)
{
	struct smtpconn *c = ctx;
	struct smtp_verdict v = { 250, STR("2.1.0"), STR("Sender accepted") };
	struct job *j = MEM_NEW(struct job);
	struct deliver_reply r;

	smtpconn_txn_begin(c, t);
	c->txn_data = j;
	j->c = c;
	if (!sender_check(c, t->sender, &r))
		v = smtpconn_verdict(&r);
	else
		(void)smtpconn_has_space(c->all, &v);
	smtp_session_mail_done(c->s, &v);
}

/* Of a domain that is not ours only the syntax can be judged here. */
static void
judge_foreign(struct smtpconn *c, unsigned slot, struct str addr, const struct smtp_addr *a)
{
	struct smtp_verdict ok = { 250, STR("2.1.5"), STR("Recipient accepted") };
	struct smtp_verdict bad = { 550, STR("5.1.2"), STR("The domain is not valid") };
	char ascii[LIM_DOMAIN + 1];

	if (a->is_literal || config_domain_ascii(smtp_addr_domain(a), ascii, NULL) == 0)
		smtp_session_rcpt_done(c->s, slot, &ok, STR(""), 0);
	else
		smtpconn_rcpt_refuse(c, slot, addr, &bad);
}

void
on_rcpt(void *ctx, const struct smtp_txn *t, unsigned slot, struct str addr)
{
	struct smtpconn *c = ctx;
	struct job *j = c->txn_data;
	struct smtp_verdict many = { 452, STR("4.5.3"), STR("Too many recipients") };
	struct smtp_verdict bad = { 501, STR("5.1.3"), STR("Malformed address") };
	struct config_dest d;
	struct smtp_addr a;

	(void)t;
	if (smtp_addr_parse(addr, &a, NULL) < 0) {
		smtpconn_rcpt_refuse(c, slot, addr, &bad);
	} else if (j->rcpt_bytes + addr.n + 4 > DELIVER_ENQUEUE_RCPTS) {
		smtpconn_rcpt_refuse(c, slot, addr, &many);
	} else {
		j->rcpt_bytes += addr.n + 4;
		if (config_resolve(svc_config(c->all->svc), smtp_addr_local(&a),
				   smtp_addr_domain(&a), &d) == CONFIG_NO_DOMAIN)
			judge_foreign(c, slot, addr, &a);
		else
			smtpconn_txn_ask(c, slot, addr);
	}
}

void
on_reset(void *ctx)
{
	struct smtpconn *c = ctx;
	struct job *j = c->txn_data;

	if (j == NULL)
		return;
	c->txn_data = NULL;
	deliver_enqueue_free(&j->enqueue);
	if (j->has_message)
		mime_submit_done(&j->m);
	mem_free(j->rcpts);
	mem_free(j);
	smtpconn_txn_end(c);
}
