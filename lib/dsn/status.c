/* The part for programs: RFC 3464 section 2, RFC 6533 section 4. */
#include "base/limits.h"
#include "dsn/parts.h"
#include "dsn/text.h"

static const char *const action_names[] = {
	[DSN_FAILED] = "failed",   [DSN_DELAYED] = "delayed",	[DSN_DELIVERED] = "delivered",
	[DSN_RELAYED] = "relayed", [DSN_EXPANDED] = "expanded",
};

bool
dsn_has(const struct dsn *d, enum dsn_action action)
{
	for (size_t i = 0; i < d->nrcpts; i++)
		if (d->rcpts[i].action == action)
			return true;
	return false;
}

/* digits "." digits "." digits (RFC 3463 section 2). */
static bool
is_status(struct str s)
{
	uint32_t n;

	for (unsigned i = 0; i < 3; i++)
		if (str_to_u32(str_cut(s, '.', &s), 999, &n) < 0)
			return false;
	return s.p == NULL;
}

static struct str
status_of(const struct dsn_rcpt *r)
{
	if (is_status(r->status))
		return r->status;
	return r->action == DSN_FAILED	  ? STR("5.0.0")
	       : r->action == DSN_DELAYED ? STR("4.0.0")
					  : STR("2.0.0");
}

/* "type;address", as it came with the message. */
static void
put_original(struct buf *out, const struct dsn_rcpt *r, bool utf8)
{
	struct str address, type = str_cut(r->orcpt, ';', &address);

	if (address.n > 0 && type.n > 0 && str_chr(type, '\r') < 0 && str_chr(type, '\n') < 0)
		dsn_put_typed(out, "Original-Recipient", "", r->orcpt, utf8);
}

static void
put_remote(struct buf *out, const struct dsn_rcpt *r)
{
	struct buf b;

	if (r->remote_mta.n == 0)
		return;
	buf_init(&b, LIM_DSN_VALUE);
	buf_puts(&b, "dns; ");
	dsn_put_clean(&b, r->remote_mta, false, LIM_DOMAIN);
	if (r->remote_ip.n > 0) {
		buf_puts(&b, " (");
		dsn_put_clean(&b, r->remote_ip, false, 64);
		buf_putc(&b, ')');
	}
	dsn_put_field(out, "Remote-MTA", buf_str(&b));
	buf_done(&b);
}

static void
put_rcpt(struct buf *out, const struct dsn_rcpt *r, bool utf8)
{
	bool ascii = str_is_ascii(r->rcpt);

	buf_puts(out, "\r\n");
	put_original(out, r, utf8);
	dsn_put_typed(out, "Final-Recipient", ascii ? "rfc822; " : "utf-8; ", r->rcpt, utf8);
	buf_printf(out, "Action: %s\r\nStatus: " STR_FMT "\r\n", action_names[r->action],
		   STR_ARG(status_of(r)));
	put_remote(out, r);
	/* Without a reply there was no SMTP, and "smtp" would be untrue. */
	if (r->diagnostic.n > 0)
		dsn_put_typed(out, "Diagnostic-Code", "smtp; ", r->diagnostic, utf8);
	else if (r->explanation.n > 0)
		dsn_put_typed(out, "Diagnostic-Code", "x-mox; ", r->explanation, utf8);
	else if (r->is_given_up)
		buf_puts(out, "Diagnostic-Code: x-mox; given up by the operator\r\n");
	dsn_put_date(out, "Last-Attempt-Date", r->last_attempt);
	if (r->action == DSN_DELAYED)
		dsn_put_date(out, "Will-Retry-Until", r->will_retry_until);
}

void
dsn_put_status(struct buf *out, const struct dsn *d, bool utf8)
{
	dsn_put_typed(out, "Original-Envelope-Id", "", d->envid, false);
	dsn_put_typed(out, "Reporting-MTA", "dns; ", d->hostname, utf8);
	dsn_put_date(out, "Arrival-Date", d->arrived);
	for (size_t i = 0; i < d->nrcpts; i++)
		put_rcpt(out, &d->rcpts[i], utf8);
}
