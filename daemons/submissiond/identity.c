/*
 * What a user may send as: the addresses of the account. Mail for them comes to it, so it may speak
 * for them: with separators, by catch-all, and as postmaster.
 */
#include "submissiond.h"

#include "base/arena.h"
#include "mime/mime.h"

bool
identity_check(const struct user *u, struct str local, struct str domain, struct deliver_reply *r)
{
	const struct config *c = svc_config(u->c->all->svc);
	struct config_dest d;

	switch (config_resolve(c, local, domain, &d)) {
	case CONFIG_FOUND:
		if (str_eq(d.account->key, str_c(u->account)))
			return true;
		break;
	case CONFIG_DISABLED:
		deliver_reply_set(r, 451, STR("4.3.0"), STR("The sender's domain is disabled"));
		return false;
	case CONFIG_NO_DOMAIN:
	case CONFIG_NO_USER:
		break;
	}
	deliver_reply_set(r, 550, STR("5.7.1"), STR("The sender's address is not one of yours"));
	return false;
}

/* local@domain in the form of SMTP. */
static bool
put_address(const struct mime_addr *m, struct smtp_addr *a)
{
	char ascii[LIM_DOMAIN + 1];
	struct buf b;
	bool ok;

	if (config_domain_ascii(m->domain, ascii, NULL) < 0)
		return false;
	buf_init(&b, 4 * LIM_ADDR);
	buf_putc(&b, '"');
	for (size_t i = 0; i < m->local.n; i++) {
		if (m->local.p[i] == '"' || m->local.p[i] == '\\')
			buf_putc(&b, '\\');
		buf_putc(&b, m->local.p[i]);
	}
	buf_printf(&b, "\"@%s", ascii);
	ok = !b.over && smtp_addr_parse(buf_str(&b), a, NULL) == 0;
	buf_done(&b);
	return ok;
}

bool
identity_from(const struct user *u, const struct mime_submit *m, char from[LIM_ADDR + 1],
	      struct deliver_reply *r)
{
	struct arena *a;
	struct mime_addr *v;
	struct smtp_addr addr;
	unsigned n;
	bool one;

	if (m->nfrom != 1) {
		deliver_reply_set(r, 550, STR("5.6.0"),
				  m->nfrom == 0 ? STR("The message has no From field")
						: STR("The message has more than one From field"));
		return false;
	}
	a = arena_new(LIM_MIME_KEEP);
	one = mime_addrs_parse(buf_str(&m->from), a, &v, &n) == 1 && v->kind == MIME_ADDR_MAILBOX &&
	      put_address(v, &addr);
	arena_free(&a);
	if (!one || str_to_c(smtp_addr_text(&addr), from, LIM_ADDR + 1) < 0) {
		deliver_reply_set(r, 550, STR("5.6.0"),
				  STR("The From field must have exactly one valid address"));
		return false;
	}
	if (identity_check(u, smtp_addr_local(&addr), smtp_addr_domain(&addr), r))
		return true;
	if (r->code == 550)
		deliver_reply_set(r, 550, STR("5.7.1"),
				  STR("The address of the From field is not one of yours"));
	return false;
}
