/*
 * `mox localserve` is for those who write programs that send mail. Localparts that end in
 * temperror, permerror, a reply code, or timeout provoke that outcome: at MAIL FROM when they begin
 * with mailfrom, at RCPT TO with rcptto, else behind the message.
 */
#include <stdio.h>

#include "smtp/addr.h"
#include "smtpd.h"

static enum provoke_at
moment(struct str local)
{
	if (str_has_prefixi(local, STR("mailfrom")))
		return PROVOKE_MAIL;
	return str_has_prefixi(local, STR("rcptto")) ? PROVOKE_RCPT : PROVOKE_DATA;
}

/* "[45]dd" at the end, not part of a longer number. 0: none. */
static unsigned
code_at_end(struct str s)
{
	const char *p = s.p + s.n - 3;

	if (s.n < 3 || (p[0] != '4' && p[0] != '5') || !chr_is_digit(p[1]) || !chr_is_digit(p[2]))
		return 0;
	if (s.n > 3 && chr_is_digit(p[-1]))
		return 0;
	return (unsigned)(p[0] - '0') * 100 + (unsigned)(p[1] - '0') * 10 + (unsigned)(p[2] - '0');
}

enum provoked
provoke(struct str addr, enum provoke_at at, struct deliver_reply *o)
{
	struct smtp_addr a;
	struct str local;
	unsigned code;

	if (smtp_addr_parse(addr, &a, NULL) < 0)
		return PROVOKED_NONE;
	local = smtp_addr_local(&a);
	if (moment(local) != at)
		return PROVOKED_NONE;
	if (str_has_suffixi(local, STR("timeout")))
		return PROVOKED_STALL;
	if (str_has_suffixi(local, STR("temperror"))) {
		deliver_reply_set(o, 451, STR("4.3.0"), STR("Temporary failure, as asked for"));
	} else if (str_has_suffixi(local, STR("permerror"))) {
		deliver_reply_set(o, 554, STR("5.3.0"), STR("Permanent failure, as asked for"));
	} else if ((code = code_at_end(local)) != 0) {
		deliver_reply_set(o, code, code >= 500 ? STR("5.0.0") : STR("4.0.0"),
				  STR("Failure with this code, as asked for"));
	} else {
		return PROVOKED_NONE;
	}
	return PROVOKED_REPLY;
}
