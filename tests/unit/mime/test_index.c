#include "mime_test.h"

static const char message[] =
	"From: a@b\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
	"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nf=FCr   dich\r\n"
	"--b\r\nContent-Type: message/rfc822\r\nContent-Disposition: attachment; filename=m.eml\r\n\r\n"
	"Subject: y\r\n\r\nz\r\n--b--\r\n";

START_TEST(test_round_trip)
{
	const struct mime_part *root;
	struct mime_parser *p = parse_cut(str_c(message), 0, &root);
	struct arena *a = arena_new(1 << 20);
	struct buf bytes, one, two;
	struct mime_index ix;
	struct err e = ERR_INIT;

	buf_init(&bytes, TEST_MAX);
	buf_init(&one, TEST_MAX);
	buf_init(&two, TEST_MAX);
	mime_index_put(p, &bytes);
	ck_assert_int_eq(mime_index_get(buf_str(&bytes), true, a, &ix, &e), 0);
	tree_put(root, "0", &one);
	tree_put(ix.root, "0", &two);
	ck_assert_str_is(buf_str(&one), buf_str(&two));
	ck_assert_str_is(ix.preview, STR("f\xc3\xbcr dich"));
	buf_reset(&one);
	mime_put_envelope(p, false, &one);
	ck_assert_str_is(ix.envelope, buf_str(&one));
	buf_reset(&one);
	mime_put_body(p, true, false, &one);
	ck_assert_str_is(ix.bodystructure, buf_str(&one));
	buf_reset(&one);
	mime_put_body(p, false, false, &one);
	ck_assert_str_is(ix.body, buf_str(&one));
	ck_assert_int_eq(mime_index_get(buf_str(&bytes), false, a, &ix, &e), 0);
	ck_assert_ptr_null(ix.root);
	buf_done(&one);
	buf_done(&two);
	buf_done(&bytes);
	arena_free(&a);
	mime_parser_free(&p);
}
END_TEST

static const char searched[] =
	"received: x\r\nSUBJECT: =?utf-8?q?caf=C3=A9?=\r\n now\r\nTo: A <a@b>\r\nto: c@d\r\n"
	"Date: Fri, 2 Jan 1970 00:30:00 +0100\r\nX-Other: y\r\nMessage-Id: <1@x>\r\n\r\nSubject: body\r\n";

/* What SEARCH asks for is all there, decoded and folded; other fields are not. */
START_TEST(test_search)
{
	static const struct {
		struct str name, value;
	} want[] = {
		{ { "Subject", 7 }, { "CAFE\xcc\x81 NOW", 10 } },
		{ { "To", 2 }, { "A <A@B>", 7 } },
		{ { "To", 2 }, { "C@D", 3 } },
		{ { "Message-ID", 10 }, { "<1@X>", 5 } },
	};
	const struct mime_part *root;
	struct mime_parser *p = parse_cut(str_c(searched), 0, &root);
	struct mime_index ix;
	struct str name, value, left;
	struct buf bytes;
	struct err e = ERR_INIT;

	buf_init(&bytes, TEST_MAX);
	mime_index_put(p, &bytes);
	ck_assert_int_eq(mime_index_get(buf_str(&bytes), false, NULL, &ix, &e), 0);
	ck_assert(ix.has_fields && ix.has_day);
	ck_assert_int_eq(ix.day, 1); /* in its own zone */
	left = ix.fields;
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		ck_assert(mime_kept_next(&left, &name, &value));
		ck_assert_str_is(name, want[i].name);
		ck_assert_str_is(value, want[i].value);
		ck_assert(mime_field_is_kept(name));
	}
	ck_assert(!mime_kept_next(&left, &name, &value));
	ck_assert(!mime_field_is_kept(STR("X-Other")));
	buf_done(&bytes);
	mime_parser_free(&p);
}
END_TEST

static void
check_not_kept(int n, const char *field)
{
	const struct mime_part *root;
	struct mime_parser *p;
	struct mime_index ix;
	struct buf m, bytes;
	struct err e = ERR_INIT;

	buf_init(&m, TEST_MAX);
	buf_init(&bytes, TEST_MAX);
	for (int i = 0; i < n; i++)
		buf_puts(&m, field);
	buf_puts(&m, "Subject: end\r\n\r\n");
	p = parse_cut(buf_str(&m), 0, &root);
	mime_index_put(p, &bytes);
	ck_assert_int_eq(mime_index_get(buf_str(&bytes), false, NULL, &ix, &e), 0);
	ck_assert(!ix.has_fields);
	mime_parser_free(&p);
	buf_done(&m);
	buf_done(&bytes);
}

/* Too much to keep: then nothing is, and the header is read instead. */
START_TEST(test_search_limits)
{
	check_not_kept(100, "To: somebody with a long name <somebody@example.org>\r\n");
	check_not_kept(LIM_MIME_FIELDS + 1, "X: y\r\n");
}
END_TEST

/* Cut anywhere or with any byte changed: an error, or a tree whose ranges nest. */
static void
check_nested(const struct mime_part *p)
{
	uint64_t after = p->body;

	ck_assert_uint_le(p->header, p->body);
	ck_assert_uint_le(p->body, p->end);
	for (const struct mime_part *c = p->child; c != NULL; c = c->next) {
		ck_assert_uint_ge(c->header, after);
		ck_assert_uint_le(c->end, p->end);
		after = c->end;
		check_nested(c);
	}
}

START_TEST(test_damage)
{
	const struct mime_part *root;
	struct mime_parser *p = parse_cut(str_c(message), 0, &root);
	struct arena *a = arena_new(1 << 20);
	struct mime_index ix;
	struct buf bytes;
	char *m;

	buf_init(&bytes, TEST_MAX);
	mime_index_put(p, &bytes);
	for (size_t n = 0; n < bytes.n; n++) {
		struct err e = ERR_INIT;

		m = mem_dup(buf_str(&bytes).p, n);
		ck_assert_int_eq(mime_index_get(str_mem(m, n), true, a, &ix, &e), -1);
		ck_assert_int_eq(e.code, EC_CORRUPT);
		mem_free(m);
	}
	m = mem_dup(buf_str(&bytes).p, bytes.n);
	for (size_t n = 0; n < bytes.n; n++) {
		for (unsigned v = 1; v < 256; v += 7) {
			struct err e = ERR_INIT;

			m[n] ^= (char)v;
			if (mime_index_get(str_mem(m, bytes.n), true, a, &ix, &e) == 0)
				check_nested(ix.root);
			m[n] ^= (char)v;
			arena_reset(a);
		}
	}
	m[0] = 99;
	ck_assert_int_eq(mime_index_get(str_mem(m, bytes.n), false, a, &ix, NULL), -1);
	mem_free(m);
	buf_done(&bytes);
	arena_free(&a);
	mime_parser_free(&p);
}
END_TEST

/* Message; preview. */
static const struct {
	const char *msg, *preview;
} previews[] = {
	{ "", "" },
	{ "\r\n  hello \r\n\r\n\t world\r\n", "hello world" },
	{ "\r\n> quoted\r\n>> more\r\nanswer\r\n> tail\r\n", "answer" },
	{ "\r\n> only\r\n> quotes\r\n", "> only > quotes" },
	{ "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nZ3LDvMOfZQ==\r\n",
	  "gr\xc3\xbc\xc3\x9f"
	  "e" },
	{ "Content-Type: text/html\r\n\r\n<html><head><title>no</title><STYLE>p{}</style></head><body><!-- <b> --><p>a<b>b</b>"
	  "&amp;&#x20ac;&nbsp;&bogus;<br/>c <script>x</script>1 < 2",
	  "ab&\xe2\x82\xac &bogus; c 1 < 2" },
	{ "Content-Type: image/png\r\n\r\nxx", "" },
	{ "Content-Disposition: attachment\r\n\r\nxx", "" },
	/* the first that has something to say */
	{ "Content-Type: multipart/mixed; boundary=b\r\n\r\npre\r\n--b\r\n\r\n  \r\n--b\r\nContent-Type: text/html\r\n\r\n<br>\r\n"
	  "--b\r\n\r\nthird\r\n--b\r\n\r\nfourth\r\n--b--\r\n",
	  "third" },
	{ "\r\n\xe2\x80\x8b\xef\xbb\xbf"
	  "a\x01\xc2\xa0"
	  "b",
	  "a b" },
};

START_TEST(test_preview)
{
	struct arena *a = arena_new(1 << 20);
	struct mime_index ix;
	struct buf bytes;

	for (size_t i = 0; i < ARRAY_LEN(previews); i++) {
		const struct mime_part *root;
		struct mime_parser *p = parse_cut(str_c(previews[i].msg), 0, &root);

		buf_init(&bytes, TEST_MAX);
		mime_index_put(p, &bytes);
		ck_assert_int_eq(mime_index_get(buf_str(&bytes), false, a, &ix, NULL), 0);
		ck_assert_msg(str_eq(ix.preview, str_c(previews[i].preview)), "%s\n-- is %.*s",
			      previews[i].msg, STR_ARG(ix.preview));
		buf_done(&bytes);
		mime_parser_free(&p);
	}
	arena_free(&a);
}
END_TEST

START_TEST(test_preview_long) /* 200 characters, whatever their size, of one long line */
{
	struct arena *a = arena_new(1 << 20);
	const struct mime_part *root;
	struct mime_parser *p;
	struct mime_index ix;
	struct buf m, bytes;

	buf_init(&m, TEST_MAX);
	buf_init(&bytes, TEST_MAX);
	buf_puts(&m, "Content-Type: text/plain; charset=utf-8\r\n\r\n");
	for (unsigned i = 0; i < 100000; i++)
		buf_puts(&m, "\xf0\x9f\x99\x82");
	p = parse_cut(buf_str(&m), 0, &root);
	mime_index_put(p, &bytes);
	ck_assert_int_eq(mime_index_get(buf_str(&bytes), false, a, &ix, NULL), 0);
	ck_assert_uint_eq(ix.preview.n, LIM_MIME_PREVIEW * 4);
	ck_assert(str_is_utf8(ix.preview));
	buf_done(&m);
	buf_done(&bytes);
	mime_parser_free(&p);
	arena_free(&a);
}
END_TEST

UNIT_MAIN("index", test_round_trip, test_damage, test_search, test_search_limits, test_preview,
	  test_preview_long)
