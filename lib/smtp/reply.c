#include "smtp/reply.h"

#include "base/limits.h"
#include "base/mem.h"

void
smtp_reply_put(struct buf *out, unsigned code, struct str ecode, struct str text)
{
	struct str rest = text;

	do {
		struct str line = str_cut(rest, '\n', &rest);
		size_t room = LIM_SMTP_REPLY - ecode.n - 8;

		buf_printf(out, "%03u%c", code, rest.p != NULL ? '-' : ' ');
		if (ecode.n > 0) {
			buf_putstr(out, ecode);
			buf_putc(out, ' ');
		}
		for (size_t i = 0; i < MIN(line.n, room); i++)
			buf_putc(out, line.p[i] >= ' ' && line.p[i] <= '~' ? line.p[i] : '?');
		buf_puts(out, "\r\n");
	} while (rest.p != NULL);
}

/* One to three digits, no leading zero: subject and detail of RFC 3463 2. */
static bool
is_small_number(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!chr_is_digit(s.p[i]))
			return false;
	return s.n >= 1 && s.n <= 3 && (s.n == 1 || s.p[0] != '0');
}

bool
smtp_ecode_fits(unsigned code, struct str ecode)
{
	struct str rest, cls = str_cut(ecode, '.', &rest), subject = str_cut(rest, '.', &rest);

	return cls.n == 1 && cls.p[0] == (char)('0' + code / 100) &&
	       strchr("245", cls.p[0]) != NULL && is_small_number(subject) && is_small_number(rest);
}
