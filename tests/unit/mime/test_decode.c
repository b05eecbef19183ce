#include "mime_test.h"

/* Encoding, charset (NULL: bytes), input, output. */
static const struct {
	enum mime_cte cte;
	const char *charset, *in, *out;
} rows[] = {
	{ MIME_CTE_7BIT, NULL, "a\r\nb", "a\r\nb" },
	{ MIME_CTE_OTHER, NULL, "=41", "=41" },
	{ MIME_CTE_8BIT, "utf-8", "\xc3\xbc\r\n", "\xc3\xbc\r\n" },
	{ MIME_CTE_BASE64, NULL, "", "" },
	{ MIME_CTE_BASE64, NULL, "YQ==", "a" },
	{ MIME_CTE_BASE64, NULL, "YWI=", "ab" },
	{ MIME_CTE_BASE64, NULL, "YWJj", "abc" },
	{ MIME_CTE_BASE64, NULL, "Y\r\nW J\tj\r\n", "abc" },
	{ MIME_CTE_BASE64, NULL, "YWI", "ab" },
	{ MIME_CTE_BASE64, NULL, "Y", "" },
	{ MIME_CTE_BASE64, NULL, "YQ==YWI=YWJj", "aababc" },
	{ MIME_CTE_BASE64, NULL, "=YWJj", "abc" },
	{ MIME_CTE_BASE64, NULL, "Y!W*J,j", "abc" },
	{ MIME_CTE_BASE64, NULL, "-_-_", "\xfb\xff\xbf" },
	{ MIME_CTE_BASE64, NULL, "+/+/", "\xfb\xff\xbf" },
	{ MIME_CTE_BASE64, "utf-8", "w7zDnw==", "\xc3\xbc\xc3\x9f" },
	{ MIME_CTE_BASE64, "iso-8859-1", "/N8=", "\xc3\xbc\xc3\x9f" },
	{ MIME_CTE_QP, NULL, "a=3Db=\r\nc", "a=bc" },
	{ MIME_CTE_QP, NULL, "a=\nb", "ab" },
	{ MIME_CTE_QP, NULL, "a = \t\r\nb", "a b" },
	{ MIME_CTE_QP, NULL, "a \t\r\nb \nc  d", "a\r\nb\nc  d" },
	{ MIME_CTE_QP, NULL, "trailing  ", "trailing" },
	{ MIME_CTE_QP, NULL, "a=", "a" },
	{ MIME_CTE_QP, NULL, "a=4", "a=4" },
	{ MIME_CTE_QP, NULL, "=c3=BC", "\xc3\xbc" },
	{ MIME_CTE_QP, NULL, "=zz=4z==41= x", "=zz=4z=A= x" },
	{ MIME_CTE_QP, NULL, "=4\r\nx", "=4\r\nx" },
	{ MIME_CTE_QP, NULL, "a\rb\r\n", "a\rb\r\n" },
	{ MIME_CTE_QP, NULL, "a =20\r\n", "a  \r\n" },
	{ MIME_CTE_QP, "utf-8", "=C3=\r\n=BC", "\xc3\xbc" },
	{ MIME_CTE_7BIT, "utf-8",
	  "a\xff"
	  "b\xe2\x82",
	  "a\xef\xbf\xbd"
	  "b\xef\xbf\xbd" },
	{ MIME_CTE_7BIT, "utf-8", "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ MIME_CTE_7BIT, "utf-8", "\xf0\x9f\x99x\xf5", "\xef\xbf\xbdx\xef\xbf\xbd" },
	{ MIME_CTE_7BIT, "", "\xc3\xbc \xfc \xe2\x82", "\xc3\xbc \xc3\xbc \xc3\xa2\xe2\x80\x9a" },
	{ MIME_CTE_7BIT, "us-ascii", "\xfc", "\xc3\xbc" },
	{ MIME_CTE_7BIT, "x-nobody", "\xfc\x80", "\xc3\xbc\xe2\x82\xac" },
	{ MIME_CTE_7BIT, "shift_jis", "\x93\xfa\x96\x7b", "\xe6\x97\xa5\xe6\x9c\xac" },
	{ MIME_CTE_7BIT, "shift_jis", "\x93", "\xef\xbf\xbd" },
	{ MIME_CTE_7BIT, "iso-2022-jp", "\x1b$BF|K\\\x1b(B.", "\xe6\x97\xa5\xe6\x9c\xac." },
	{ MIME_CTE_7BIT, "hz-gb-2312", "a~{<:Ky2;~}~~b\r\n~{VPND\r\nc~",
	  "a\xe5\xb7\xb1\xe6\x89\x80\xe4\xb8\x8d~b\r\n"
	  "\xe4\xb8\xad\xe6\x96\x87\r\nc~" },
	{ MIME_CTE_7BIT, "utf-7", "Hi +Jjo-!", "Hi \xe2\x98\xba!" },
	{ MIME_CTE_BASE64, "utf-16le", "YQD8AA==", "a\xc3\xbc" },
	{ MIME_CTE_BASE64, "utf-16", "/v8AYQD8", "a\xc3\xbc" },
	{ MIME_CTE_BASE64, "utf-16", "//5hAPwA", "a\xc3\xbc" },
	{ MIME_CTE_7BIT, "big5", "\xa4\xa4\xa4\xe5", "\xe4\xb8\xad\xe6\x96\x87" },
	{ MIME_CTE_7BIT, "gb2312", "\xd6\xd0\xce\xc4", "\xe4\xb8\xad\xe6\x96\x87" },
	{ MIME_CTE_7BIT, "ks_c_5601-1987", "\xc7\xd1\xb1\xdb", "\xed\x95\x9c\xea\xb8\x80" },
	{ MIME_CTE_7BIT, "windows-1258", "e\xec", "\xc3\xa9" },
};

static void
decode(struct buf *out, size_t i, size_t cut)
{
	struct str in = str_c(rows[i].in);
	struct mime_decoder *d = mime_decoder_new(rows[i].cte, str_c(rows[i].charset));

	buf_init(out, TEST_MAX);
	for (size_t k = 0; k < in.n; k += cut) {
		struct str s = str_sub(in, k, k + cut);
		char *m = mem_dup(s.p, s.n);

		mime_decoder_put(d, str_mem(m, s.n), out);
		mem_free(m);
	}
	mime_decoder_end(d, out);
	mime_decoder_free(&d);
}

START_TEST(test_rows)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (size_t cut = 1; cut < 20; cut++) {
			struct buf b;

			decode(&b, i, cut);
			ck_assert_msg(str_eq(buf_str(&b), str_c(rows[i].out)),
				      "row %zu, %s %s: \"%.*s\"", i, rows[i].charset, rows[i].in,
				      STR_ARG(buf_str(&b)));
			buf_done(&b);
		}
	}
}
END_TEST

/* The first `at` bytes, then the rest; random input in every charset gives the same whole and cut.
 */
static void
check_random(enum mime_cte cte, struct str charset, struct str in)
{
	struct buf whole, cut;

	for (unsigned step = 0; step < 4; step++) {
		struct mime_decoder *d = mime_decoder_new(cte, charset);
		struct buf *b = step == 0 ? &whole : &cut;

		buf_init(b, TEST_MAX);
		for (size_t k = 0, n; k < in.n; k += n) {
			n = step == 0 ? in.n : step == 1 ? 1 : 1 + (k * 7 + step) % 11;
			mime_decoder_put(d, str_sub(in, k, k + n), b);
		}
		mime_decoder_end(d, b);
		mime_decoder_free(&d);
		if (charset.p != NULL)
			ck_assert_msg(str_is_utf8(buf_str(b)), "%.*s", STR_ARG(charset));
		if (step == 0)
			continue;
		ck_assert_msg(str_eq(buf_str(&whole), buf_str(&cut)), "%.*s cte %d step %u",
			      STR_ARG(charset), (int)cte, step);
		buf_done(&cut);
	}
	buf_done(&whole);
}

START_TEST(test_random)
{
	static const char *const charsets[] = {
		NULL,
		"utf-8",
		"",
		"iso-8859-1",
		"koi8-r",
		"shift_jis",
		"euc-jp",
		"iso-2022-jp",
		"iso-2022-kr",
		"gb18030",
		"big5",
		"big5-hkscs",
		"euc-kr",
		"euc-tw",
		"johab",
		"hz-gb-2312",
		"utf-7",
		"utf-16",
		"utf-16be",
		"utf-32le",
		"iso-2022-cn",
		"iso-2022-jp-3",
		"windows-1258",
		"tcvn",
		"tscii",
		"iso_6937",
		"shift_jisx0213",
		"euc-jisx0213",
		"cp949",
	};
	static const char text[] = "=\r\n \tAz09+/~{}$B(J\x1b";
	unsigned seed = 1;

	for (unsigned i = 0; i < 3000; i++) {
		char in[80];
		size_t n = i % sizeof(in);
		enum mime_cte cte = i % 3 == 0	 ? MIME_CTE_8BIT
				    : i % 3 == 1 ? MIME_CTE_QP
						 : MIME_CTE_BASE64;

		for (size_t k = 0; k < n; k++) {
			seed = seed * 1103515245 + 12345;
			in[k] = seed >> 30 == 0	  ? (char)(seed >> 16)
				: seed >> 30 == 1 ? text[(seed >> 16) % sizeof(text)]
						  : (char)(0x80 | seed >> 16);
		}
		check_random(cte, str_c(charsets[(i / 3) % ARRAY_LEN(charsets)]), str_mem(in, n));
	}
}
END_TEST

START_TEST(test_blanks) /* more blanks than are held back */
{
	struct mime_decoder *d = mime_decoder_new(MIME_CTE_QP, STR_NONE);
	struct buf in, out;

	buf_init(&in, TEST_MAX);
	buf_init(&out, TEST_MAX);
	for (unsigned i = 0; i < 5000; i++)
		buf_putc(&in, ' ');
	buf_puts(&in, "x");
	mime_decoder_put(d, buf_str(&in), &out);
	mime_decoder_end(d, &out);
	ck_assert_str_is(buf_str(&out), buf_str(&in));
	mime_decoder_free(&d);
	for (unsigned i = 0; i < 100; i++)
		check_random(MIME_CTE_QP, STR_NONE, str_from(buf_str(&in), 3950 + i));
	buf_done(&in);
	buf_done(&out);
}
END_TEST

START_TEST(test_over) /* output that is full stays as it is */
{
	static const char *const charsets[] = { NULL, "utf-8", "koi8-r",     "shift_jis",
						"hz", "utf-7", "iso-2022-jp" };
	char in[4000];

	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (char)(i * 37 % 251);
	for (size_t c = 0; c < ARRAY_LEN(charsets); c++) {
		for (size_t max = 0; max < 60; max += 7) {
			struct mime_decoder *d =
				mime_decoder_new(MIME_CTE_8BIT, str_c(charsets[c]));
			struct buf out;

			buf_init(&out, max);
			for (size_t i = 0; i < sizeof(in); i += 3)
				mime_decoder_put(d, str_sub(str_mem(in, sizeof(in)), i, i + 3),
						 &out);
			mime_decoder_end(d, &out);
			ck_assert(out.over);
			ck_assert_uint_le(out.n, max);
			mime_decoder_free(&d);
			buf_done(&out);
		}
	}
}
END_TEST

UNIT_MAIN("decode", test_rows, test_random, test_blanks, test_over)
