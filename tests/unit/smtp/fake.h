/*
 * A backend for sessions in tests and fuzzing: it judges by localpart, keeps the message, and
 * answers when asked to, in any order.
 *
 *   localpart        outcome
 *   unknown*         550 5.1.1           tempo*    451 4.3.0
 *   mailfrom*        at MAIL FROM, else at RCPT TO or behind DATA as smtpd's localserve:
 *   *temperror, *permerror, *[45]dd
 *   domain relay.example   550 5.7.1
 *
 * AUTH is localserve's mox@localhost with password moxmoxmox, by PLAIN and LOGIN; other mechanisms
 * get a challenge and fail.
 */
#ifndef MOX_TESTS_UNIT_SMTP_FAKE_H
#define MOX_TESTS_UNIT_SMTP_FAKE_H

#include "base/mem.h"
#include "smtp/addr.h"
#include "smtp/session.h"

struct fake {
	struct smtp_session *s;
	const struct smtp_txn *txn;
	bool is_open, mail, data, in_data;
	struct {
		bool is_open;
		struct str addr;
	} rcpt[LIM_SMTP_RCPT_PARALLEL];
	unsigned nrcpts;	      /* open */
	struct buf content, messages; /* the one that comes; all accepted ones */
	unsigned refused;
	bool auth, auth_due; /* a dialog; an answer to it */
	unsigned auth_steps;
	char mech[32];
	struct buf auth_said; /* what the client sent in this dialog, one behind the other */
};

static inline void
fake_init(struct fake *f)
{
	*f = (struct fake){ .is_open = false };
	buf_init(&f->content, 1 << 24);
	buf_init(&f->messages, 1 << 24);
	buf_init(&f->auth_said, 1 << 20);
}

static inline void
fake_done(struct fake *f)
{
	buf_done(&f->content);
	buf_done(&f->messages);
	buf_done(&f->auth_said);
}

static inline void
fake_need(bool ok)
{
	if (!ok)
		__builtin_trap();
}

static inline bool
fake_provoked(struct str local, struct smtp_verdict *v)
{
	const char *p = local.p + local.n - 3;

	if (str_has_suffixi(local, STR("temperror"))) {
		*v = (struct smtp_verdict){ 451, STR("4.3.0"),
					    STR("Temporary failure, as asked for") };
		return true;
	}
	if (str_has_suffixi(local, STR("permerror"))) {
		*v = (struct smtp_verdict){ 554, STR("5.3.0"),
					    STR("Permanent failure, as asked for") };
		return true;
	}
	if (local.n < 3 || (p[0] != '4' && p[0] != '5') || !chr_is_digit(p[1]) ||
	    !chr_is_digit(p[2]) || (local.n > 3 && chr_is_digit(p[-1])))
		return false;
	*v = (struct smtp_verdict){ (unsigned)((p[0] - '0') * 100 + (p[1] - '0') * 10 + p[2] - '0'),
				    p[0] == '5' ? STR("5.0.0") : STR("4.0.0"),
				    STR("Failure with this code, as asked for") };
	return true;
}

static inline void
fake_mail(void *ctx, const struct smtp_txn *t)
{
	struct fake *f = ctx;

	fake_need(!f->is_open && !f->mail && f->nrcpts == 0);
	f->is_open = f->mail = true;
	f->txn = t;
}

static inline void
fake_rcpt(void *ctx, const struct smtp_txn *t, unsigned slot, struct str addr)
{
	struct fake *f = ctx;

	fake_need(f->is_open && !f->mail && !f->in_data && t == f->txn && !f->rcpt[slot].is_open);
	f->rcpt[slot].is_open = true;
	f->rcpt[slot].addr = addr;
	f->nrcpts++;
}

static inline void
fake_data_begin(void *ctx, const struct smtp_txn *t)
{
	struct fake *f = ctx;

	fake_need(f->is_open && f->nrcpts == 0 && t->nrcpts > 0 && !f->in_data);
	f->in_data = true;
	buf_reset(&f->content);
}

static inline void
fake_data_put(void *ctx, struct str bytes)
{
	struct fake *f = ctx;

	fake_need(f->in_data && bytes.n > 0);
	buf_putstr(&f->content, bytes);
}

static inline void
fake_data_end(void *ctx, const struct smtp_txn *t)
{
	struct fake *f = ctx;

	fake_need(f->in_data && t->size == f->content.n);
	f->data = true;
}

static inline void
fake_reset(void *ctx)
{
	struct fake *f = ctx;

	fake_need(f->is_open);
	f->is_open = f->mail = f->data = f->in_data = false;
	for (unsigned i = 0; i < LIM_SMTP_RCPT_PARALLEL; i++)
		f->rcpt[i].is_open = false;
	f->nrcpts = 0;
	f->txn = NULL;
}

static inline void
fake_refused(void *ctx, struct str cmd, unsigned code, struct str ecode, struct str text)
{
	struct fake *f = ctx;

	(void)cmd;
	(void)ecode;
	(void)text;
	fake_need(code >= 400 && code < 600);
	f->refused++;
}

static inline void
fake_auth_step(void *ctx, struct str data)
{
	struct fake *f = ctx;

	fake_need(f->auth && !f->auth_due && !f->is_open);
	f->auth_due = true;
	f->auth_steps++;
	buf_putstr(&f->auth_said, data);
	buf_putc(&f->auth_said, '|');
}

static inline void
fake_auth_start(void *ctx, struct str mech, struct str data)
{
	struct fake *f = ctx;

	fake_need(!f->auth && !f->auth_due);
	f->auth = true;
	f->auth_steps = 0;
	fake_need(str_to_c(mech, f->mech, sizeof(f->mech)) == 0);
	buf_reset(&f->auth_said);
	if (data.p != NULL)
		fake_auth_step(f, data);
	else
		f->auth_due = true;
}

static inline void
fake_auth_cancel(void *ctx)
{
	struct fake *f = ctx;

	fake_need(f->auth);
	f->auth = f->auth_due = false;
}

static const struct smtp_backend fake_backend = {
	.mail = fake_mail,
	.rcpt = fake_rcpt,
	.data_begin = fake_data_begin,
	.data_put = fake_data_put,
	.data_end = fake_data_end,
	.reset = fake_reset,
	.auth_start = fake_auth_start,
	.auth_step = fake_auth_step,
	.auth_cancel = fake_auth_cancel,
	.refused = fake_refused,
};

static inline void
fake_answer_auth(struct fake *f)
{
	bool login = strcmp(f->mech, "LOGIN") == 0, plain = strcmp(f->mech, "PLAIN") == 0;
	struct smtp_verdict v = { 535, STR("5.7.8"), STR("Wrong user name or password") };
	struct str said = buf_str(&f->auth_said);

	f->auth_due = false;
	if (f->auth_steps == 0 || (f->auth_steps == 1 && !plain)) {
		smtp_session_auth_more(f->s, !login		  ? STR("")
					     : f->auth_steps == 0 ? STR("Username:")
								  : STR("Password:"));
		return;
	}
	f->auth = false;
	if ((plain && str_eq(said, STR("\0mox@localhost\0moxmoxmox|"))) ||
	    (login && str_eq(said, STR("mox@localhost|moxmoxmox|"))))
		v = (struct smtp_verdict){ 235, STR("2.7.0"), STR("Welcome") };
	smtp_session_auth_done(f->s, &v);
}

static inline void
fake_answer_rcpt(struct fake *f, unsigned slot)
{
	struct smtp_verdict v = { 250, STR("2.1.5"), STR("Recipient accepted") };
	struct smtp_addr a;
	struct str local, domain;

	fake_need(smtp_addr_parse(f->rcpt[slot].addr, &a, NULL) == 0);
	local = smtp_addr_local(&a);
	domain = smtp_addr_domain(&a);
	if (str_has_prefix(local, STR("unknown")))
		v = (struct smtp_verdict){ 550, STR("5.1.1"), STR("No such user") };
	else if (str_has_prefix(local, STR("tempo")))
		v = (struct smtp_verdict){ 451, STR("4.3.0"), STR("Try again later") };
	else if (str_eq(domain, STR("relay.example")))
		v = (struct smtp_verdict){ 550, STR("5.7.1"), STR("Relaying is not allowed") };
	else if (str_has_prefix(local, STR("rcptto")))
		(void)fake_provoked(local, &v);
	f->rcpt[slot].is_open = false;
	f->nrcpts--;
	smtp_session_rcpt_done(f->s, slot, &v, STR("account"), 0);
}

static inline void
fake_answer_mail(struct fake *f)
{
	struct smtp_verdict v = { 250, STR("2.1.0"), STR("Sender accepted") };
	struct smtp_addr a;

	if (f->txn->sender.n > 0) {
		fake_need(smtp_addr_parse(f->txn->sender, &a, NULL) == 0);
		if (str_has_prefix(smtp_addr_local(&a), STR("mailfrom")))
			(void)fake_provoked(smtp_addr_local(&a), &v);
	}
	f->mail = false;
	smtp_session_mail_done(f->s, &v);
}

static inline void
fake_answer_data(struct fake *f)
{
	struct smtp_verdict v = { 250, STR("2.0.0"), STR("Accepted, id 0") };
	struct smtp_addr a;

	for (size_t i = 0; i < f->txn->nrcpts; i++) {
		fake_need(smtp_addr_parse(f->txn->rcpts[i].addr, &a, NULL) == 0);
		if (!str_has_prefix(smtp_addr_local(&a), STR("rcptto")) &&
		    fake_provoked(smtp_addr_local(&a), &v))
			break;
	}
	if (v.code == 250)
		buf_putstr(&f->messages, buf_str(&f->content));
	f->data = f->in_data = false;
	smtp_session_data_done(f->s, &v);
}

/* Give one verdict that is due; recipients from a place that `pick` chooses. False when none is
 * due. */
static inline bool
fake_answer(struct fake *f, unsigned pick)
{
	if (f->mail) {
		fake_answer_mail(f);
		return true;
	}
	if (f->data) {
		fake_answer_data(f);
		return true;
	}
	if (f->auth_due) {
		fake_answer_auth(f);
		return true;
	}
	if (f->nrcpts == 0)
		return false;
	for (unsigned i = 0;; i++) {
		unsigned slot = (pick + i) % LIM_SMTP_RCPT_PARALLEL;

		if (f->rcpt[slot].is_open) {
			fake_answer_rcpt(f, slot);
			return true;
		}
	}
}

#endif
