/* Recipients: who gets mail for an address. */
#include <stdio.h>

#include "base/mem.h"
#include "deliverd.h"

/* localserve's one account takes all addresses. */
#define LOCAL_ACCOUNT "mox"

/* The local part of an address without quotes (RFC 5321 4.1.2) into `buf`; domain as is. */
static void
split(struct str address, char local[LIM_ADDR], struct str *lp, struct str *domain)
{
	ssize_t at = str_rchr(address, '@');
	struct str s = at < 0 ? address : str_sub(address, 0, (size_t)at);
	size_t n = 0;

	*domain = at < 0 ? STR("") : str_from(address, (size_t)at + 1);
	*lp = s;
	if (s.n < 2 || s.p[0] != '"' || s.p[s.n - 1] != '"')
		return;
	s = str_sub(s, 1, s.n - 1);
	for (size_t i = 0; i < s.n && n < LIM_ADDR; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n)
			i++;
		local[n++] = s.p[i];
	}
	*lp = str_mem(local, n);
}

enum config_found
rcpt_resolve(struct deliverd *d, struct str address, struct config_dest *dest)
{
	const struct config *c = svc_config(d->svc);
	char local[LIM_ADDR];
	struct str lp, domain;
	enum config_found found;

	split(address, local, &lp, &domain);
	found = config_resolve(c, lp, domain, dest);
	if (found == CONFIG_FOUND || !svc_is_localserve(d->svc))
		return found;
	*dest = (struct config_dest){ .account = config_account_find(c, STR(LOCAL_ACCOUNT)),
				      .mailbox = STR("Inbox"),
				      .smtp_error = STR("") };
	return dest->account != NULL ? CONFIG_FOUND : found;
}

uint64_t
account_quota(struct deliverd *d, struct str account)
{
	const struct config *c = svc_config(d->svc);
	const struct cfg_account *a = config_account_find(c, account);
	int64_t q = a != NULL ? a->quota_message_size : 0;

	if (q == 0)
		q = c->mox.quota_message_size;
	return q > 0 ? (uint64_t)q : 0;
}

/* "550 text" or "421 text" of SMTPError. */
static void
put_smtp_error(struct str s, struct msg_rcpt_check_r *r)
{
	struct str text;
	struct str code = str_cut(s, ' ', &text);

	r->code = str_has_prefix(code, STR("4")) ? 451 : 550;
	r->ecode = r->code == 451 ? STR("4.3.0") : STR("5.1.1");
	r->text = text.n > 0 ? str_sub(text, 0, 256) : STR("recipient refused");
}

static void
judge(struct deliverd *d, struct str rcpt, struct msg_rcpt_check_r *r)
{
	struct config_dest dest;

	*r = (struct msg_rcpt_check_r){ .code = 250, .ecode = STR("2.1.5"), .text = STR("ok") };
	switch (rcpt_resolve(d, rcpt, &dest)) {
	case CONFIG_FOUND:
		if (dest.smtp_error.n > 0) {
			put_smtp_error(dest.smtp_error, r);
			return;
		}
		r->account = dest.account->key;
		r->owner = svc_account_owner(d->svc, r->account);
		return;
	case CONFIG_NO_DOMAIN:
		*r = (struct msg_rcpt_check_r){ 550, STR("5.7.1"), STR("we do not relay"), STR(""),
						0 };
		return;
	case CONFIG_DISABLED:
		*r = (struct msg_rcpt_check_r){ 450, STR("4.2.1"),
						STR("domain is disabled for now"), STR(""), 0 };
		return;
	case CONFIG_NO_USER:
		break;
	}
	*r = (struct msg_rcpt_check_r){ 550, STR("5.1.1"), STR("no such user here"), STR(""), 0 };
}

bool
on_rcpt_check(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct deliverd *d = svc_data(ctx);
	struct msg_rcpt_check in;
	struct msg_rcpt_check_r out;
	struct buf b;

	if (!msg_rcpt_check_get(m->body, &in))
		return false;
	judge(d, in.rcpt, &out);
	buf_init(&b, LIM_IPC_BODY);
	msg_rcpt_check_r_put(&b, &out);
	ipc_reply(&req, buf_str(&b), NULL, 0);
	buf_done(&b);
	return true;
}
