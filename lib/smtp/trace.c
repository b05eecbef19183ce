#include "smtp/trace.h"

#include <inttypes.h>

#include "base/clock.h"

void
smtp_trace_put(struct buf *b, const struct smtp_trace *t)
{
	buf_puts(b, "Received: from ");
	buf_putstr(b, t->helo);
	if (t->ip.n > 0)
		buf_printf(b,
			   str_chr(t->ip, ':') >= 0 ? " ([IPv6:" STR_FMT "])" : " ([" STR_FMT "])",
			   STR_ARG(t->ip));
	buf_puts(b, "\r\n\tby ");
	buf_putstr(b, t->hostname);
	buf_printf(b, " with %s", t->proto);
	if (t->tls != NULL)
		buf_printf(b, " (%s %s)", t->tls, t->cipher != NULL ? t->cipher : "");
	buf_printf(b, "\r\n\tid %016" PRIx64, t->id);
	if (t->rcpt.n > 0) {
		buf_puts(b, "\r\n\tfor <");
		buf_putstr(b, t->rcpt);
		buf_putc(b, '>');
	}
	buf_puts(b, ";\r\n\t");
	clock_put_rfc5322(b, t->now);
	buf_puts(b, "\r\n");
}
