/* Content of messages: the end of DATA, dots, line endings, Received fields; input cut everywhere.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "smtp/dot.h"
#include "tests/unit/unit.h"
#include "base/buf.h"

/* Bytes on the wire, content, whether a bare CR or LF was seen, bytes behind the end (-1: no end).
 */
static const struct {
	struct str in, content;
	bool bare;
	int rest;
} rows[] = {
	{ STR(".\r\n"), STR(""), false, 0 },
	{ STR("a\r\n.\r\n"), STR("a\r\n"), false, 0 },
	{ STR("a\r\n.\r\nQUIT\r\n"), STR("a\r\n"), false, 6 },
	{ STR("a\r\n\r\nb\r\n.\r\n"), STR("a\r\n\r\nb\r\n"), false, 0 },
	{ STR("\r\n.\r\n"), STR("\r\n"), false, 0 },
	{ STR("..\r\n.\r\n"), STR(".\r\n"), false, 0 },
	{ STR("...\r\n.\r\n"), STR("..\r\n"), false, 0 },
	{ STR(".a\r\n..b\r\n.\r\n"), STR("a\r\n.b\r\n"), false, 0 },
	{ STR("a.\r\n.\r\n"), STR("a.\r\n"), false, 0 },
	{ STR("a.b\r\n.\r\n"), STR("a.b\r\n"), false, 0 },
	{ STR("\0\x80\xff\r\n.\r\n"), STR("\0\x80\xff\r\n"), false, 0 },
	{ STR(". \r\n.\r\n"), STR(" \r\n"), false, 0 },
	/* What other servers took for an end: refused, and only the real end ends. */
	{ STR("a\n.\n.\r\nb\r\n.\r\n"), STR(""), true, 0 },
	{ STR("a\r\n.\nMAIL\r\n.\r\n"), STR(""), true, 0 },
	{ STR("a\n.\r\nMAIL\r\n.\r\n"), STR(""), true, 0 },
	{ STR("a\r.\r\nMAIL\r\n.\r\n"), STR(""), true, 0 },
	{ STR("a\r\n.\rMAIL\r\n.\r\n"), STR(""), true, 0 },
	{ STR("a\r\n.\r\r\nMAIL\r\n.\r\n"), STR(""), true, 0 },
	{ STR("a\r.\rb\r\n.\r\n"), STR(""), true, 0 },
	{ STR("a\r\r\n.\r\n"), STR(""), true, 0 },
	{ STR("a\r\n\n.\r\nx\r\n.\r\n"), STR(""), true, 0 },
	{ STR("\n.\r\n\r\n.\r\n"), STR(""), true, 0 },
	{ STR("\r.\r\n\r\n.\r\n"), STR(""), true, 0 },
	{ STR("a\0\n\r\n.\r\n"), STR(""), true, 0 },
	{ STR("a\r\0\n\r\n.\r\n"), STR(""), true, 0 },
	/* No end yet. */
	{ STR(""), STR(""), false, -1 },
	{ STR("a"), STR("a"), false, -1 },
	{ STR("."), STR(""), false, -1 },
	{ STR(".\r"), STR(""), false, -1 },
	{ STR("a\r\n."), STR("a\r\n"), false, -1 },
	{ STR("a\r\n.\r"), STR("a\r\n"), false, -1 },
	{ STR("a\r\n.b"), STR("a\r\nb"), false, -1 },
	{ STR("a\r"), STR("a\r"), false, -1 },
	{ STR("\n.\r\n"), STR(""), true, -1 },
};

/* Feed in pieces: the first `cut` bytes, then pieces of `step`. Each piece is an allocation of its
 * own. */
static int
feed(struct str in, size_t cut, size_t step, struct buf *out, bool *bare)
{
	struct smtp_dot d;
	size_t at = 0, n;

	smtp_dot_init(&d);
	for (n = cut; at < in.n && !d.is_end; n = step) {
		struct str piece = str_sub(in, at, at + (n > 0 ? n : 1)), content;
		char *copy = mem_dup(piece.p, piece.n);
		size_t used = 0;

		while (used < piece.n && !d.is_end) {
			size_t k =
				smtp_dot_next(&d, str_mem(copy + used, piece.n - used), &content);

			ck_assert_uint_gt(k, 0);
			buf_putstr(out, content);
			used += k;
		}
		mem_free(copy);
		at += used;
	}
	*bare = d.has_bare;
	return d.is_end ? (int)(in.n - at) : -1;
}

START_TEST(test_dot)
{
	struct buf out;

	buf_init(&out, 1000);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t cut = 0; cut <= rows[i].in.n; cut++)
			for (size_t step = 1; step <= 5; step++) {
				bool bare;

				buf_reset(&out);
				ck_assert_msg(feed(rows[i].in, cut, step, &out, &bare) ==
						      rows[i].rest,
					      "row %zu cut %zu step %zu", i, cut, step);
				ck_assert_msg(bare == rows[i].bare, "row %zu cut %zu", i, cut);
				if (!bare)
					ck_assert_str_is(buf_str(&out), rows[i].content);
			}
	buf_done(&out);
}
END_TEST

/* The whole truth by another way: find the first CRLF.CRLF, look at each byte. */
static int
slow(struct str in, bool *bare)
{
	struct str s;
	ssize_t end = str_find(in, STR("\r\n.\r\n"));
	size_t content = end < 0 ? in.n : (size_t)end + 2;

	if (str_has_prefix(in, STR(".\r\n")))
		content = (size_t)(end = 0);
	s = str_sub(in, 0, content);
	*bare = false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r'))
			*bare = true;
		if (s.p[i] == '\r' && i + 1 < s.n && s.p[i + 1] != '\n')
			*bare = true;
	}
	return end < 0 ? -1 : (int)(in.n - content - 3);
}

/* All strings of eight of these bytes: nothing but the exact terminator ends a message. */
START_TEST(test_exhaustive)
{
	static const char bytes[] = "a.\r\n";
	struct buf out;
	char s[8];

	buf_init(&out, 1000);
	for (unsigned long code = 0; code < 1ul << (2 * sizeof(s)); code++) {
		struct str in = str_mem(s, sizeof(s));
		bool b1, b2;
		int r1, r2;

		for (unsigned i = 0; i < sizeof(s); i++)
			s[i] = bytes[code >> (2 * i) & 3];
		r1 = slow(in, &b1);
		buf_reset(&out);
		r2 = feed(in, code % 8, 1 + code % 3, &out, &b2);
		ck_assert_msg(r1 == r2, "code %lx: %d %d", code, r1, r2);
		if (r1 >= 0)
			ck_assert_msg(b1 == b2, "code %lx", code);
	}
	buf_done(&out);
}
END_TEST

START_TEST(test_bare)
{
	static const struct {
		struct str in;
		bool bare;
	} r[] = {
		{ STR(""), false },	 { STR("a"), false },	   { STR("a\r\nb\r\n"), false },
		{ STR("\r\n"), false },	 { STR("\r"), true },	   { STR("\n"), true },
		{ STR("a\rb"), true },	 { STR("a\nb"), true },	   { STR("\r\r\n"), true },
		{ STR("\r\n\n"), true }, { STR("a\r\n\r"), true },
	};

	for (size_t i = 0; i < ARRAY_LEN(r); i++)
		for (size_t cut = 0; cut <= r[i].in.n; cut++) {
			struct smtp_bare b = { false, false };

			smtp_bare_put(&b, str_sub(r[i].in, 0, cut));
			smtp_bare_put(&b, str_from(r[i].in, cut));
			ck_assert_msg(smtp_bare_end(&b) == r[i].bare, "row %zu cut %zu", i, cut);
		}
}
END_TEST

START_TEST(test_hops)
{
	static const struct {
		struct str in;
		unsigned count;
	} r[] = {
		{ STR(""), 0 },
		{ STR("Received: a\r\n"), 1 },
		{ STR("RECEIVED:\r\nreceived:x\r\n\r\nReceived: body\r\n"), 2 },
		{ STR("Subject: x\r\nReceived: a\r\n\tfolded\r\n Received: folded\r\nReceived: b\r\n"),
		  2 },
		{ STR("Received-SPF: pass\r\nX-Received: a\r\nReceivedx: b\r\nRec\r\n"), 0 },
		{ STR("\r\nReceived: body\r\n"), 0 },
		{ STR("r\r\nReceived: a\r\n"), 1 },
		{ STR("Received: a\r\n\rx\r\nReceived: b\r\n"), 2 },
	};

	for (size_t i = 0; i < ARRAY_LEN(r); i++)
		for (size_t cut = 0; cut <= r[i].in.n; cut++) {
			struct smtp_hops h = { .count = 0 }, one = { .count = 0 };

			smtp_hops_put(&h, str_sub(r[i].in, 0, cut));
			smtp_hops_put(&h, str_from(r[i].in, cut));
			ck_assert_msg(h.count == r[i].count, "row %zu cut %zu", i, cut);
			for (size_t k = 0; k < r[i].in.n; k++)
				smtp_hops_put(&one, str_sub(r[i].in, k, k + 1));
			ck_assert_msg(one.count == r[i].count, "row %zu bytewise", i);
		}
}
END_TEST

UNIT_MAIN("smtp-dot", test_dot, test_exhaustive, test_bare, test_hops)
