/* See text.h. */
#include "dsn/text.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/mem.h"

enum {
	FOLD = 76,	 /* RFC 5322 2.1.1 */
	WRAP = 72,	 /* text for people */
	LONG_WORD = 400, /* broken where it stands: a line has 998 bytes at most */
	QP_LINE = 75,	 /* RFC 2045 6.7 (5), and the "=" */
	WORD_BYTES = 42, /* of an encoded word: RFC 2047 section 2 allows 75 characters */
};

/* ---- characters */

/* Bytes of the character at the front; 0 when it is malformed. */
static size_t
char_len(struct str s)
{
	for (size_t n = 1; n <= 4 && n <= s.n; n++)
		if (str_is_utf8(str_sub(s, 0, n)))
			return n;
	return 0;
}

/* C1 controls, line and paragraph separators, and all that changes the direction of what follows:
 * a file name or an address must read as it is. */
static bool
is_hidden(struct str c)
{
	const unsigned char *p = (const unsigned char *)c.p;

	if (c.n == 1)
		return p[0] < ' ' || p[0] == 0x7f;
	if (c.n == 2)
		return p[0] == 0xc2 && p[1] < 0xa0;
	if (c.n != 3 || p[0] != 0xe2)
		return false;
	return (p[1] == 0x80 &&
		((p[2] >= 0x8e && p[2] <= 0x8f) || (p[2] >= 0xa8 && p[2] <= 0xae))) ||
	       (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9);
}

void
dsn_put_clean(struct buf *out, struct str s, bool utf8, size_t max)
{
	size_t start = out->n, n;
	bool space = false;

	for (s = str_trim_ws(s); s.n > 0 && out->n - start < max; s = str_from(s, n)) {
		struct str c = str_sub(s, 0, MAX(char_len(s), 1));

		n = c.n;
		if (is_hidden(c) || str_eq(c, STR(" "))) {
			space = true;
			continue;
		}
		if (space && out->n > start)
			buf_putc(out, ' ');
		space = false;
		if (c.n > 1 ? utf8 : str_is_ascii(c))
			buf_putstr(out, c);
		else
			buf_putc(out, '?');
	}
}

/* ---- fields */

/* The first piece of `s` that fits into `room` columns and ends before a space; at least one
 * character. */
static struct str
take_line(struct str s, size_t room)
{
	size_t end = 0, i;

	if (s.n <= room)
		return s;
	for (i = 1; i < s.n && (i <= room || end == 0) && i < LONG_WORD; i++)
		if (s.p[i] == ' ')
			end = i;
	if (end > 0)
		return str_sub(s, 0, end);
	if (i == s.n)
		return s;
	while (i > 1 && ((unsigned char)s.p[i] & 0xc0) == 0x80)
		i--;
	return str_sub(s, 0, i);
}

void
dsn_put_field(struct buf *out, const char *name, struct str value)
{
	size_t column = str_c(name).n + 2;
	struct str part;

	if (value.n == 0)
		return;
	buf_printf(out, "%s: ", name);
	for (; value.n > 0; value = str_from(value, part.n)) {
		if (value.p[0] == ' ' && column == 1)
			value = str_from(value, 1);
		part = take_line(value, FOLD - MIN(column, FOLD - 1));
		buf_putstr(out, part);
		if (part.n < value.n)
			buf_puts(out, "\r\n ");
		column = 1;
	}
	buf_puts(out, "\r\n");
}

void
dsn_put_typed(struct buf *out, const char *name, const char *type, struct str value, bool utf8)
{
	struct buf b;

	if (value.n == 0)
		return;
	buf_init(&b, LIM_DSN_VALUE + 64);
	buf_puts(&b, type);
	dsn_put_clean(&b, value, utf8, LIM_DSN_VALUE);
	dsn_put_field(out, name, buf_str(&b));
	buf_done(&b);
}

void
dsn_put_date(struct buf *out, const char *name, int64_t t)
{
	if (t == 0)
		return;
	buf_printf(out, "%s: ", name);
	clock_put_rfc5322(out, t);
	buf_puts(out, "\r\n");
}

/* ---- text for people */

void
dsn_put_wrapped(struct buf *out, unsigned indent, struct str s)
{
	struct str part;

	for (; s.n > 0; s = str_from(s, part.n)) {
		if (s.p[0] == ' ')
			s = str_from(s, 1);
		part = take_line(s, WRAP - indent);
		buf_printf(out, "%*s", (int)indent, "");
		buf_putstr(out, part);
		buf_puts(out, "\r\n");
	}
}

/* ---- encodings */

static void
put_qp_byte(struct buf *out, unsigned char c, bool last)
{
	if ((c > ' ' && c < 0x7f && c != '=') || (c == ' ' && !last))
		buf_putc(out, (char)c);
	else
		buf_printf(out, "=%02X", c);
}

void
dsn_put_quoted_printable(struct buf *out, struct str text)
{
	size_t start = out->n;

	while (text.n > 0) {
		if (str_has_prefix(text, STR("\r\n"))) {
			buf_puts(out, "\r\n");
			start = out->n;
			text = str_from(text, 2);
			continue;
		}
		if (out->n - start + 3 > QP_LINE) {
			buf_puts(out, "=\r\n");
			start = out->n;
		}
		put_qp_byte(out, (unsigned char)text.p[0],
			    str_has_prefix(str_from(text, 1), STR("\r\n")));
		text = str_from(text, 1);
		if (out->over)
			return;
	}
}

void
dsn_put_encoded_words(struct buf *out, struct str s)
{
	while (s.n > 0) {
		size_t n = MIN(s.n, WORD_BYTES);

		while (n > 1 && n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
			n--;
		buf_puts(out, "=?utf-8?B?");
		enc_put_base64(out, str_sub(s, 0, n));
		buf_puts(out, "?=");
		s = str_from(s, n);
		if (s.n > 0)
			buf_putc(out, ' ');
	}
}
