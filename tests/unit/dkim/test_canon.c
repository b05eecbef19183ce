/* Canonical forms: the examples of RFC 6376 3.4.5 and the corners, whole and in pieces. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "dkim/canon.h"
#include "tests/unit/unit.h"

/* ---- fields */

static const struct {
	const char *in, *simple, *relaxed;
} fields[] = {
	/* RFC 6376 3.4.5 */
	{ "A: X\r\n", "A: X\r\n", "a:X\r\n" },
	{ "B : Y\t\r\n\tZ  \r\n", "B : Y\t\r\n\tZ  \r\n", "b:Y Z\r\n" },
	/* without an end: the signature's own field */
	{ "A: X", "A: X\r\n", "a:X\r\n" },
	{ "Subject:\r\n", "Subject:\r\n", "subject:\r\n" },
	{ "Subject: \t \r\n", "Subject: \t \r\n", "subject:\r\n" },
	{ "SUBJect:a\r\n b\r\n\tc\r\n", "SUBJect:a\r\n b\r\n\tc\r\n", "subject:a b c\r\n" },
	{ "A:  a  :  b\r\n", "A:  a  :  b\r\n", "a:a : b\r\n" },
	{ "A: \r\n \r\n x\r\n", "A: \r\n \r\n x\r\n", "a:x\r\n" },
	{ "A\t : x\r\n", "A\t : x\r\n", "a:x\r\n" },
	/* CR and LF that are not together are nothing special */
	{ "A: x\ry\nz\r\n", "A: x\ry\nz\r\n", "a:x\ry\nz\r\n" },
	{ "A: \xc3\xa9  x\r\n", "A: \xc3\xa9  x\r\n", "a:\xc3\xa9 x\r\n" },
	{ "no colon\r\n", "no colon\r\n", "no colon\r\n" },
};

START_TEST(test_fields)
{
	struct buf b;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		buf_init(&b, 1000);
		dk_canon_field(&b, str_c(fields[i].in), false);
		ck_assert_str_is(buf_str(&b), str_c(fields[i].simple));
		buf_reset(&b);
		dk_canon_field(&b, str_c(fields[i].in), true);
		ck_assert_str_is(buf_str(&b), str_c(fields[i].relaxed));
		buf_done(&b);
	}
}
END_TEST

/* ---- bodies */

static const struct {
	const char *in, *simple, *relaxed;
} bodies[] = {
	{ " C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n", " C\r\nD E\r\n" },
	{ "", "\r\n", "" },
	{ "\r\n", "\r\n", "" },
	{ "\r\n\r\n\r\n", "\r\n", "" },
	{ " \r\n", " \r\n", "" },
	{ " \t \r\n \r\n", " \t \r\n \r\n", "" },
	{ "x", "x\r\n", "x\r\n" },
	{ "x ", "x \r\n", "x\r\n" },
	{ "x\r\n \t", "x\r\n \t\r\n", "x\r\n" },
	{ "x\r\n\r\ny\r\n", "x\r\n\r\ny\r\n", "x\r\n\r\ny\r\n" },
	{ "\r\n\r\nx\r\n", "\r\n\r\nx\r\n", "\r\n\r\nx\r\n" },
	{ "x\r\n \r\ny\r\n\r\n \r\n", "x\r\n \r\ny\r\n\r\n \r\n", "x\r\n\r\ny\r\n" },
	{ "a  b\t\tc \t d\r\n", "a  b\t\tc \t d\r\n", "a b c d\r\n" },
	{ "\t a\r\n", "\t a\r\n", " a\r\n" },
	/* CR and LF that are not together */
	{ "a\rb\r\n", "a\rb\r\n", "a\rb\r\n" },
	{ "a\nb\n", "a\nb\n\r\n", "a\nb\n\r\n" },
	{ "a\r", "a\r\r\n", "a\r\r\n" },
	{ "a\r\r\n", "a\r\r\n", "a\r\r\n" },
	{ "a \r\r\n\r\n", "a \r\r\n", "a \r\r\n" },
	{ "\r", "\r\r\n", "\r\r\n" },
	{ "a\r\n\n", "a\r\n\n\r\n", "a\r\n\n\r\n" },
};

static void
take(void *arg, struct str s)
{
	buf_putstr(arg, s);
}

static void
canon(struct str s, bool relaxed, size_t step, struct buf *out)
{
	struct dk_body b;

	buf_reset(out);
	dk_body_init(&b, relaxed, take, out);
	for (size_t i = 0; i < s.n; i += step)
		dk_body_put(&b, str_sub(s, i, i + step));
	dk_body_end(&b);
}

START_TEST(test_bodies)
{
	struct buf b;

	buf_init(&b, 1000);
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
		for (size_t step = 1; step < 12; step++) {
			canon(str_c(bodies[i].in), false, step, &b);
			ck_assert_str_is(buf_str(&b), str_c(bodies[i].simple));
			canon(str_c(bodies[i].in), true, step, &b);
			ck_assert_str_is(buf_str(&b), str_c(bodies[i].relaxed));
		}
	buf_done(&b);
}
END_TEST

/* The definition, line by line, for any text whose lines end in CRLF. */
static void
relaxed_by_lines(struct str s, struct buf *out)
{
	size_t last = 0; /* what stands without empty lines at the end */

	while (s.n > 0) {
		ssize_t nl = str_find(s, STR("\r\n"));
		struct str line = str_sub(s, 0, (size_t)nl);
		bool blank = false;

		for (size_t i = 0; i < line.n; i++) {
			if (line.p[i] == ' ' || line.p[i] == '\t') {
				blank = true;
				continue;
			}
			if (blank)
				buf_putc(out, ' ');
			blank = false;
			buf_putc(out, line.p[i]);
			last = SIZE_MAX;
		}
		buf_puts(out, "\r\n");
		if (last == SIZE_MAX)
			last = out->n;
		s = str_from(s, (size_t)nl + 2);
	}
	buf_truncate(out, last);
}

START_TEST(test_random_bodies)
{
	static const char *const words[] = {
		" ", "\t", "\r\n", "\r\n", "a", "bb", ".", "\r\n\r\n"
	};
	struct buf in, want, got;

	srandom(7);
	buf_init(&in, 100000);
	buf_init(&want, 100000);
	buf_init(&got, 100000);
	for (int round = 0; round < 3000; round++) {
		buf_reset(&in);
		buf_reset(&want);
		for (long n = random() % 60; n > 0; n--)
			buf_puts(&in, words[(size_t)random() % ARRAY_LEN(words)]);
		if (round % 50 == 0) /* beyond what is collected for one piece */
			for (int i = 0; i < 2000; i++)
				buf_putc(&in, 'x');
		buf_puts(&in, "\r\n");
		relaxed_by_lines(buf_str(&in), &want);
		canon(buf_str(&in), true, 1 + (size_t)random() % 30, &got);
		ck_assert_str_is(buf_str(&got), buf_str(&want));
	}
	buf_done(&in);
	buf_done(&want);
	buf_done(&got);
}
END_TEST

UNIT_MAIN("canon", test_fields, test_bodies, test_random_bodies)
