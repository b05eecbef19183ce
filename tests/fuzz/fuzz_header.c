/*
 * A header block: its fields cover what was given, and each value goes through the address parser,
 * the date parser, the decoder of encoded words and the case folding. Addresses that the strict
 * parser accepts are read alike by the parser of ENVELOPE when they are written out again.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "mime/mime.h"

enum { MOST = 64 << 20 };

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static void
put_quoted(struct str s, struct buf *out)
{
	buf_putc(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_putc(out, '\\');
		buf_putc(out, s.p[i]);
	}
	buf_putc(out, '"');
}

static void
put_addrs(const struct mime_addr *v, unsigned n, struct buf *out)
{
	bool first = true;

	for (unsigned i = 0; i < n; i++) {
		if (v[i].kind == MIME_ADDR_GROUP_END) {
			buf_putc(out, ';');
			first = false;
			continue;
		}
		if (!first)
			buf_puts(out, ", ");
		put_quoted(v[i].name, out);
		first = v[i].kind == MIME_ADDR_GROUP_START;
		if (first) {
			buf_puts(out, ": ");
			continue;
		}
		buf_puts(out, " <");
		if (v[i].route.n > 0) {
			buf_putstr(out, v[i].route);
			buf_putc(out, ':');
		}
		put_quoted(v[i].local, out);
		buf_putc(out, '@');
		buf_putstr(out, v[i].domain);
		buf_putc(out, '>');
	}
}

static void
addrs(struct str value)
{
	struct arena *a = arena_new(32 << 20);
	struct mime_addr *v, *w;
	unsigned n, m;
	struct buf b;
	int depth = 0;

	buf_init(&b, MOST);
	if (mime_addrs_parse(value, a, &v, &n) >= 0) {
		for (unsigned i = 0; i < n; i++) {
			depth += v[i].kind == MIME_ADDR_GROUP_START ? 1
				 : v[i].kind == MIME_ADDR_GROUP_END ? -1
								    : 0;
			check(depth >= 0 && depth <= 1);
			check(v[i].kind != MIME_ADDR_MAILBOX || v[i].domain.n > 0);
		}
		check(depth == 0);
		put_addrs(v, n, &b);
		check(mime_addrs_parse(buf_str(&b), a, &w, &m) >= 0 && m == n);
		for (unsigned i = 0; i < n; i++)
			check(v[i].kind == w[i].kind && str_eq(v[i].name, w[i].name) &&
			      str_eq(v[i].local, w[i].local) && str_eq(v[i].domain, w[i].domain) &&
			      str_eq(v[i].route, w[i].route));
	}
	buf_done(&b);
	arena_free(&a);
}

static void
value(struct str s)
{
	struct buf b, c;
	int64_t t = INT64_MIN;
	int tz = 0;

	buf_init(&b, MOST);
	buf_init(&c, MOST);
	addrs(s);
	if (mime_date_parse(s, &t, &tz) == 0)
		check(t > -2300000000 && t < 253402400000 && tz >= -5999 && tz <= 5999);
	else
		check(t == INT64_MIN);
	mime_put_decoded(s, &b);
	check(str_is_utf8(buf_str(&b)));
	for (size_t i = 0; i < b.n; i++)
		check((unsigned char)buf_str(&b).p[i] >= ' ' || buf_str(&b).p[i] == '\t');
	mime_casemap(buf_str(&b), &c);
	check(str_is_utf8(buf_str(&c)));
	buf_reset(&b);
	mime_casemap(buf_str(&c),
		     &b); /* folding again changes little: title case letters remain as they are */
	mime_casemap(s, &b);
	buf_done(&b);
	buf_done(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str block = str_mem(data, n), left = block;
	struct mime_field f, g;
	const char *at = block.p;

	while (mime_field_next(&left, &f)) {
		check(f.raw.p >= at && f.raw.p + f.raw.n == left.p);
		at = left.p;
		check(f.name.n > 0 && f.name.p == f.raw.p && f.value.p > f.name.p + f.name.n);
		check(f.value.p + f.value.n <= f.raw.p + f.raw.n);
		check(mime_field_find(block, f.name, &g) && g.raw.p <= f.raw.p);
		value(f.value);
	}
	value(block);
	return 0;
}
