#include "base/mem.h"
#include "mime/submit.h"
#include "tests/unit/unit.h"

#define DATE "Date: d\r\n"
#define ID "Message-ID: m\r\n"

/* Message; what is sent on; the value of From; why it is refused (NULL: it is not). */
static const struct {
	struct str in;
	const char *out, *from, *why;
} rows[] = {
	{ STR("From: a\r\n\r\nx\r\n"), "From: a\r\n" DATE ID "\r\nx\r\n", " a\r\n", NULL },
	{ STR("From: a\r\nDATE: x\r\nmessage-id : y\r\n\r\n"),
	  "From: a\r\nDATE: x\r\nmessage-id : y\r\n\r\n", " a\r\n", NULL },
	{ STR("From:a\r\n b\r\n\tc\r\nTo: d\r\n\r\n"),
	  "From:a\r\n b\r\n\tc\r\nTo: d\r\n" DATE ID "\r\n", "a\r\n b\r\n\tc\r\n", NULL },
	{ STR("Bcc: a\r\n b\r\nFrom: c\r\nbcc \t: d\r\nBCC:\r\n\te\r\nBccx: f\r\nXBcc: g\r\n\r\nBcc: h\r\n"),
	  "From: c\r\nBccx: f\r\nXBcc: g\r\n" DATE ID "\r\nBcc: h\r\n", " c\r\n", NULL },
	{ STR("Resent-Bcc: a\r\nResent-Cc: b\r\n\r\n"), "Resent-Cc: b\r\n" DATE ID "\r\n", "",
	  NULL },
	{ STR("From: a\r\nFrom: b\r\n\r\n"), "From: a\r\nFrom: b\r\n" DATE ID "\r\n", " a\r\n",
	  NULL },
	/* No body, no end of the header, nothing at all. */
	{ STR("From: a\r\n"), "From: a\r\n" DATE ID, " a\r\n", NULL },
	{ STR("From: a"), "From: a\r\n" DATE ID, " a\r\n", NULL },
	{ STR("Bcc: a"), DATE ID, "", NULL },
	{ STR(""), DATE ID, "", NULL },
	{ STR("\r\nFrom: a\r\n"), DATE ID "\r\nFrom: a\r\n", "", NULL },
	{ STR("X:\r\n \r\n\r\n"), "X:\r\n \r\n" DATE ID "\r\n", "", NULL },
	{ STR("X: y\r\n\r\na\rb\nc\0"), "X: y\r\n" DATE ID "\r\na\rb\nc", "", NULL },
	/* Others might see other fields. */
	{ STR("X: a\nFrom: b\r\n\r\n"), NULL, NULL, "the header has a bare LF" },
	{ STR("X: a\rFrom: b\r\n\r\n"), NULL, NULL, "the header has a bare CR" },
	{ STR("X: a\r\r\n\r\n"), NULL, NULL, "the header has a bare CR" },
	{ STR("X: a\r"), NULL, NULL, "the header has a bare CR" },
	{ STR("X: a\r\n\r"), NULL, NULL, "the header has a bare CR" },
	{ STR("X: a\r\n\rx"), NULL, NULL, "the header has a bare CR" },
	{ STR("X: a\0\r\n\r\n"), NULL, NULL, "the header has a NUL" },
	{ STR(" X: a\r\n\r\n"), NULL, NULL, "the header begins with a continuation line" },
	{ STR("From a b\r\n\r\n"), NULL, NULL, "the header has a line without a field name" },
	{ STR("X\r\n\r\n"), NULL, NULL, "the header has a line without a field name" },
	{ STR(": x\r\n\r\n"), NULL, NULL, "the header has a line without a field name" },
	{ STR("X\xc3\xa4: x\r\n\r\n"), NULL, NULL, "the header has a line without a field name" },
	{ STR("\nX: x\r\n\r\n"), NULL, NULL, "the header has a line without a field name" },
	{ STR("Fro"), NULL, NULL, "the header has a line without a field name" },
};

static void
on_out(void *arg, struct str s)
{
	buf_putstr(arg, s);
}

static void
filter(struct mime_submit *m, struct str in, size_t step, struct buf *out)
{
	buf_reset(out);
	mime_submit_init(m, STR(DATE), STR(ID), on_out, out);
	for (size_t at = 0; at < in.n; at += step)
		mime_submit_put(m, str_sub(in, at, at + step));
}

START_TEST(test_rows)
{
	struct mime_submit m;
	struct buf out;

	buf_init(&out, 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t step = 1; step < 200; step += 1 + step / 4) {
			filter(&m, rows[i].in, step, &out);
			ck_assert_msg(mime_submit_end(&m) == (rows[i].why == NULL), "row %zu", i);
			if (rows[i].why != NULL) {
				ck_assert_str_eq(m.why, rows[i].why);
			} else {
				struct str got = buf_str(&out);

				if (got.n > 0 && got.p[got.n - 1] == '\0')
					got.n--;
				ck_assert_str_is(got, str_c(rows[i].out));
				ck_assert_str_is(buf_str(&m.from), str_c(rows[i].from));
			}
			mime_submit_done(&m);
		}
	buf_done(&out);
}
END_TEST

START_TEST(test_eight_bit)
{
	struct mime_submit m;
	struct buf out;

	buf_init(&out, 1000);
	filter(&m, STR("X: y\r\n\r\nz\r\n"), 3, &out);
	ck_assert(mime_submit_end(&m) && !m.has_8bit && !m.has_8bit_header);
	mime_submit_done(&m);
	filter(&m, STR("X: \xc3\xa4\r\n\r\nz\r\n"), 3, &out);
	ck_assert(mime_submit_end(&m) && m.has_8bit && m.has_8bit_header);
	mime_submit_done(&m);
	filter(&m, STR("X: y\r\n\r\nz\xff\r\n"), 3, &out);
	ck_assert(mime_submit_end(&m) && m.has_8bit && !m.has_8bit_header);
	ck_assert_uint_eq(m.nfrom, 0);
	mime_submit_done(&m);
	buf_done(&out);
}
END_TEST

static void
put_many(struct mime_submit *m, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		mime_submit_put(m, str_c(text));
}

START_TEST(test_limits)
{
	struct mime_submit m;
	struct buf out;

	buf_init(&out, 2 * LIM_MIME_HEADER);
	filter(&m, STR("From: "), 10, &out);
	put_many(&m, "x", LIM_MIME_FROM);
	ck_assert(!mime_submit_end(&m));
	ck_assert_str_eq(m.why, "the From field is too large");
	mime_submit_done(&m);
	filter(&m, STR("From: a\r\n"), 10, &out);
	put_many(&m, "X: 67890\r\n", LIM_MIME_HEADER / 10 + 1);
	ck_assert(!mime_submit_end(&m));
	ck_assert_str_eq(m.why, "the header is too large");
	mime_submit_done(&m);
	filter(&m, STR(""), 1, &out);
	put_many(&m, "x", 81);
	ck_assert(!mime_submit_end(&m));
	ck_assert_str_eq(m.why, "the header has a field name that is too long");
	mime_submit_done(&m);
	buf_done(&out);
}
END_TEST

UNIT_MAIN("submit", test_rows, test_eight_bit, test_limits)
