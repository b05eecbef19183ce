/*
 * From the bytes of a DELIVER request to recipients with their accounts.
 *
 * SECURITY: sender, trace and recipients are what smtpd says. Accounts are checked against the
 * configuration and ownership, and nothing of the request becomes a path.
 */
#include "txn.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/wire.h"

enum { RCPTS_MAX = LIM_SMTP_RCPTS };

static const struct outcome delivered = { 250, "2.0.0", "delivered" };
static const struct outcome temporary = { 451, "4.3.0", "temporary failure" };

void
txn_close(struct txn *t)
{
	spool_reader_free(&t->r);
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
}

void
txn_done(struct txn *t)
{
	txn_close(t);
	mem_free(t->v);
}

/* Where to, by the configuration as it is now. It was found at RCPT: if not any more, the
 * configuration changed, and the client's next try will tell. */
static void
target_resolve(struct deliverd *d, struct target *g, struct str account)
{
	struct config_dest dest;

	g->out = temporary;
	if (svc_account_owner(d->svc, account) != svc_worker(d->svc) ||
	    (g->acct = acct_get(d, account)) == NULL ||
	    rcpt_resolve(d, g->address, &dest) != CONFIG_FOUND || dest.smtp_error.n > 0 ||
	    !str_eq(dest.account->key, account))
		return;
	g->out = delivered;
	g->mailbox = dest.mailbox;
}

/* False when it is malformed. */
static bool
txn_rcpts(struct deliverd *d, struct txn *t)
{
	struct rd rd = rd_init(t->in.rcpts);

	while (rd_more(&rd)) {
		struct target *g;
		struct str account;

		if (t->n == RCPTS_MAX)
			return false;
		if ((t->n & (t->n - 1)) == 0) /* a power of two: full */
			t->v = mem_resize(t->v, MAX(2 * t->n, 1), sizeof(*t->v));
		g = &t->v[t->n];
		*g = (struct target){ 0 };
		g->address = rd_str(&rd, LIM_ADDR);
		account = rd_str(&rd, LIM_ACCOUNT);
		if (rd.bad)
			return false;
		target_resolve(d, g, account);
		g->same = t->n++;
		for (size_t i = 0; g->out.code == 250 && i < g->same; i++) {
			if (t->v[i].acct == g->acct && t->v[i].out.code == 250)
				g->same = i;
		}
	}
	return !rd.bad && t->n > 0;
}

/* Line breaks in what becomes header fields would forge others. */
static bool
is_one_line(struct str s)
{
	return str_chr(s, '\r') < 0 && str_chr(s, '\n') < 0 && str_chr(s, '\0') < 0;
}

bool
txn_init(struct deliverd *d, struct txn *t, struct ipc_msg *m)
{
	*t = (struct txn){ .fd = -1, .now = clock_now() };
	if (!msg_deliver_get(m->body, &t->in) || t->in.size > LIM_MSG_SIZE_MAX ||
	    !is_one_line(t->in.sender) || !txn_rcpts(d, t))
		return false;
	for (size_t i = 0; i < t->n; i++) {
		if (!is_one_line(t->v[i].address))
			return false;
	}
	t->log = (struct log_ctx){ .pkg = "deliverd", .cid = t->in.cid, .mid = t->in.txn };
	return true;
}

struct acct *
txn_unsettled(const struct txn *t)
{
	for (size_t i = 0; i < t->n; i++) {
		if (t->v[i].out.code == 250 && !acct_is_settled(t->v[i].acct))
			return t->v[i].acct;
	}
	return NULL;
}

bool
txn_open(struct txn *t, struct ipc_msg *m, struct err *e)
{
	uint64_t stored;

	t->fd = ipc_msg_take_fd(m, 0);
	if (!ipc_fd_is_message(t->fd, t->in.filekey.n > 0, &stored))
		return false;
	t->r = spool_reader_new(t->fd, t->in.filekey, t->in.size, e);
	return t->r != NULL || e->code == EC_IO;
}

struct outcome
outcome_of(const struct err *e)
{
	switch (e->code) {
	case EC_NOSPACE:
		return (struct outcome){ 452, "4.3.1", "insufficient system storage" };
	case EC_QUOTA:
	case EC_LIMIT:
		return (struct outcome){ 452, "4.2.2", "mailbox is full" };
	default:
		return temporary;
	}
}
