/* See canon.h. */
#include "dkim/canon.h"

#include <string.h>

/* Output of pieces up to this is collected, so that a hash is not fed word by word. */
enum { SMALL_PIECE = 128 };

static bool
is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

/* ---- header fields */

static struct str
without_crlf(struct str s)
{
	return str_has_suffix(s, STR("\r\n")) ? str_sub(s, 0, s.n - 2) : s;
}

/* Unfolded, each run of white space one space, none at either end (3.4.2). */
static void
put_relaxed(struct buf *out, struct str s)
{
	bool blanks = false, any = false;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\r' && i + 1 < s.n && s.p[i + 1] == '\n') {
			i++;
			continue;
		}
		if (is_wsp(s.p[i])) {
			blanks = true;
			continue;
		}
		if (blanks && any)
			buf_putc(out, ' ');
		buf_putc(out, s.p[i]);
		blanks = false;
		any = true;
	}
}

void
dk_canon_field(struct buf *out, struct str field, bool relaxed)
{
	struct str value, name;

	field = without_crlf(field);
	if (relaxed) {
		name = str_trim_ws(str_cut(field, ':', &value));
		for (size_t i = 0; i < name.n; i++)
			buf_putc(out, chr_lower(name.p[i]));
		if (value.p != NULL) {
			buf_putc(out, ':');
			put_relaxed(out, value);
		}
	} else {
		buf_putstr(out, field);
	}
	buf_puts(out, "\r\n");
}

/* ---- bodies */

void
dk_body_init(struct dk_body *b, bool relaxed, dk_canon_put *put, void *arg)
{
	memset(b, 0, offsetof(struct dk_body, small));
	b->relaxed = relaxed;
	b->put = put;
	b->arg = arg;
}

static void
flush(struct dk_body *b)
{
	if (b->n > 0)
		b->put(b->arg, str_mem(b->small, b->n));
	b->n = 0;
}

static void
emit(struct dk_body *b, struct str s)
{
	if (s.n > SMALL_PIECE || s.n > sizeof(b->small) - b->n)
		flush(b);
	if (s.n > SMALL_PIECE) {
		b->put(b->arg, s);
		return;
	}
	memcpy(b->small + b->n, s.p, s.n);
	b->n += (unsigned)s.n;
}

/* What was held back counts after all: an ordinary byte follows. */
static void
release(struct dk_body *b)
{
	for (; b->lines > 0; b->lines--)
		emit(b, STR("\r\n"));
	if (b->blanks)
		emit(b, STR(" "));
	if (b->cr)
		emit(b, STR("\r"));
	b->blanks = b->cr = false;
	b->any = true;
}

static bool
is_plain(const struct dk_body *b, char c)
{
	return c != '\r' && !(b->relaxed && is_wsp(c));
}

/* Bytes from `i` that are their own canonical form wherever the message goes on: ordinary ones, and
 * between two of them one space or one line end. */
static size_t
plain_run(const struct dk_body *b, struct str s, size_t i)
{
	for (;;) {
		while (i < s.n && is_plain(b, s.p[i]))
			i++;
		if (i + 1 < s.n && s.p[i] == ' ' && is_plain(b, s.p[i + 1]))
			i++;
		else if (i + 2 < s.n && s.p[i] == '\r' && s.p[i + 1] == '\n' &&
			 is_plain(b, s.p[i + 2]))
			i += 2;
		else
			return i;
	}
}

void
dk_body_put(struct dk_body *b, struct str s)
{
	size_t i = 0, end;

	while (i < s.n) {
		if (b->cr && s.p[i] == '\n') {
			b->cr = b->blanks = false;
			b->lines++;
			i++;
			continue;
		}
		if (b->cr)
			release(b);
		if (s.p[i] == '\r') {
			b->cr = true;
			i++;
		} else if (b->relaxed && is_wsp(s.p[i])) {
			b->blanks = true;
			i++;
		} else {
			release(b);
			end = plain_run(b, s, i);
			emit(b, str_sub(s, i, end));
			i = end;
		}
	}
}

/* Empty lines at the end do not count; the last line ends in CRLF. An empty body is one line end in
 * the simple form (3.4.3) and nothing in the relaxed (3.4.4). */
void
dk_body_end(struct dk_body *b)
{
	if (b->cr)
		release(b);
	if (b->any || !b->relaxed)
		emit(b, STR("\r\n"));
	flush(b);
}
