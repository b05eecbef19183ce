#include "mime_test.h"

#define CRLF "\r\n"

/* Message; the tree by tree_put. */
static const struct {
	const char *msg, *tree;
} rows[] = {
	{ "", "0 text/plain 0-0-0 0 cs= fn= disp= cte=0 0\n" },
	{ "\r\n", "0 text/plain 0-2-2 0 cs= fn= disp= cte=0 0\n" },
	{ "\n", "0 text/plain 0-1-1 0 cs= fn= disp= cte=0 0\n" },
	{ "\r\nhi\r\nho", "0 text/plain 0-2-8 1 cs= fn= disp= cte=0 0\n" },
	/* headers only, with and without line end */
	{ "A: b\r\n", "0 text/plain 0-6-6 0 cs= fn= disp= cte=0 0\n" },
	{ "A: b", "0 text/plain 0-4-4 0 cs= fn= disp= cte=0 0\n" },
	/* a line that is no field doesn't end the header */
	{ "A: b\r\nnonsense\r\nContent-Type: text/html; charset=UTF-8\r\n\r\nx",
	  "0 text/html 0-58-59 0 cs=UTF-8 fn= disp= cte=0 0\n" },
	/* bare LF throughout */
	{ "Content-Type: multipart/mixed; boundary=b\n\npre\n--b\n\none\n--b\n\ntwo\n--b--\nepi\n",
	  "0 multipart/mixed 0-43-75 9 cs= fn= disp= cte=0 multi 2\n"
	  "0.1 text/plain 51-52-55 0 cs= fn= disp= cte=0 0\n"
	  "0.2 text/plain 60-61-64 0 cs= fn= disp= cte=0 0\n" },
	{ "Content-Type: multipart/mixed; boundary=b" CRLF CRLF "--b" CRLF CRLF "one" CRLF
	  "--b--" CRLF,
	  "0 multipart/mixed 0-45-64 4 cs= fn= disp= cte=0 multi 1\n"
	  "0.1 text/plain 50-52-55 0 cs= fn= disp= cte=0 0\n" },
	/* an empty part: the line end of the empty line is the delimiter's too */
	{ "Content-Type: multipart/mixed; boundary=b" CRLF CRLF "--b" CRLF CRLF "--b--" CRLF,
	  "0 multipart/mixed 0-45-59 3 cs= fn= disp= cte=0 multi 1\n"
	  "0.1 text/plain 50-52-52 0 cs= fn= disp= cte=0 0\n" },
	/* delimiter inside a header; nothing behind it */
	{ "Content-Type: multipart/mixed; boundary=b" CRLF CRLF "--b" CRLF
	  "Content-Type: text/html" CRLF "--b",
	  "0 multipart/mixed 0-45-78 2 cs= fn= disp= cte=0 multi 2\n"
	  "0.1 text/html 50-75-75 0 cs= fn= disp= cte=0 0\n"
	  "0.2 text/plain 78-78-78 0 cs= fn= disp= cte=0 0\n" },
	/* blanks behind the boundary, quoted boundary with blanks inside */
	{ "Content-Type: multipart/mixed; boundary=\"a b \"" CRLF CRLF "--a b \t" CRLF CRLF "x" CRLF
	  "--a b-- " CRLF,
	  "0 multipart/mixed 0-50-74 4 cs= fn= disp= cte=0 multi 1\n"
	  "0.1 text/plain 59-61-62 0 cs= fn= disp= cte=0 0\n" },
	/* no closing delimiter: the end of input closes */
	{ "Content-Type: multipart/mixed; boundary=b" CRLF CRLF "--b" CRLF CRLF "x" CRLF,
	  "0 multipart/mixed 0-45-55 3 cs= fn= disp= cte=0 multi 1\n"
	  "0.1 text/plain 50-52-55 1 cs= fn= disp= cte=0 0\n" },
	/* a boundary that begins like the other one, outer and inner */
	{ "Content-Type: multipart/mixed; boundary=b" CRLF CRLF "--b" CRLF
	  "Content-Type: multipart/x; boundary=bb" CRLF CRLF "--bb" CRLF CRLF "x" CRLF "--bbb" CRLF
	  "--bb--" CRLF "--b--" CRLF,
	  "0 multipart/mixed 0-45-125 9 cs= fn= disp= cte=0 multi 1\n"
	  "0.1 multipart/x 50-92-116 4 cs= fn= disp= cte=0 multi 1\n"
	  "0.1.1 text/plain 98-100-108 1 cs= fn= disp= cte=0 0\n" },
	/* the outer delimiter closes the inner multipart; afterwards the inner one is text */
	{ "Content-Type: multipart/mixed; boundary=o" CRLF CRLF "--o" CRLF
	  "Content-Type: multipart/mixed; boundary=i" CRLF CRLF "--i" CRLF CRLF "x" CRLF
	  "--o" CRLF CRLF "--i" CRLF "--o--" CRLF,
	  "0 multipart/mixed 0-45-124 10 cs= fn= disp= cte=0 multi 2\n"
	  "0.1 multipart/mixed 50-95-103 2 cs= fn= disp= cte=0 multi 1\n"
	  "0.1.1 text/plain 100-102-103 0 cs= fn= disp= cte=0 0\n"
	  "0.2 text/plain 110-112-115 0 cs= fn= disp= cte=0 0\n" },
	/* separators behind the closing delimiter are epilogue */
	{ "Content-Type: multipart/mixed; boundary=b" CRLF CRLF "--b" CRLF CRLF "x" CRLF
	  "--b--" CRLF "--b" CRLF CRLF "y",
	  "0 multipart/mixed 0-45-70 6 cs= fn= disp= cte=0 multi 1\n"
	  "0.1 text/plain 50-52-53 0 cs= fn= disp= cte=0 0\n" },
	/* without boundary, or an empty or overlong one: text */
	{ "Content-Type: multipart/mixed" CRLF CRLF "--b" CRLF,
	  "0 text/plain 0-33-38 1 cs= fn= disp= cte=0 0\n" },
	{ "Content-Type: multipart/mixed; boundary=\"\"" CRLF CRLF "--" CRLF,
	  "0 text/plain 0-46-50 1 cs= fn= disp= cte=0 0\n" },
	/* digest: parts are messages by default, an explicit type wins */
	{ "Content-Type: multipart/digest; boundary=b" CRLF CRLF "--b" CRLF CRLF
	  "Subject: x" CRLF CRLF "y" CRLF "--b" CRLF "Content-Type: text/plain" CRLF CRLF "z" CRLF
	  "--b--" CRLF,
	  "0 multipart/digest 0-46-113 10 cs= fn= disp= cte=0 multi 2\n"
	  "0.1 message/rfc822 51-53-68 2 cs= fn= disp= cte=0 msg 1\n"
	  "0.1.1 text/plain 53-67-68 0 cs= fn= disp= cte=0 0\n"
	  "0.2 text/plain 75-103-104 0 cs= fn= disp= cte=0 0\n" },
	{ "Content-Type: multipart/digest; boundary=b" CRLF CRLF "--b" CRLF "--b--",
	  "0 multipart/digest 0-46-56 1 cs= fn= disp= cte=0 multi 1\n"
	  "0.1 message/rfc822 51-51-51 0 cs= fn= disp= cte=0 msg 1\n"
	  "0.1.1 text/plain 51-51-51 0 cs= fn= disp= cte=0 0\n" },
	/* message/rfc822 with a multipart inside, closed by the outer delimiter */
	{ "Content-Type: multipart/mixed; boundary=o" CRLF CRLF "--o" CRLF
	  "Content-Type: message/rfc822" CRLF CRLF
	  "Content-Type: multipart/mixed; boundary=i" CRLF CRLF "--i" CRLF CRLF "x" CRLF
	  "--i--" CRLF "--o--" CRLF,
	  "0 multipart/mixed 0-45-151 10 cs= fn= disp= cte=0 multi 1\n"
	  "0.1 message/rfc822 50-82-142 5 cs= fn= disp= cte=0 msg 1\n"
	  "0.1.1 multipart/mixed 82-127-142 3 cs= fn= disp= cte=0 multi 1\n"
	  "0.1.1.1 text/plain 132-134-135 0 cs= fn= disp= cte=0 0\n" },
	/* the top itself a message */
	{ "Content-Type: message/global" CRLF CRLF "A: b" CRLF CRLF "x",
	  "0 message/global 0-32-41 2 cs= fn= disp= cte=0 msg 1\n"
	  "0.1 text/plain 32-40-41 0 cs= fn= disp= cte=0 0\n" },
	/* names and charsets */
	{ "Content-Type: TEXT/Html; Charset=\"ISO-8859-1\"; name=\"=?utf-8?q?=C3=BC?=.html\"" CRLF
	  "Content-Transfer-Encoding: Base64" CRLF "Content-Disposition: Attachment" CRLF CRLF,
	  "0 text/html 0-149-149 0 cs=ISO-8859-1 fn=\xc3\xbc.html disp=attachment cte=4 0\n" },
	{ "Content-Disposition: inline; filename*0*=utf-8'de'%e2%82; filename*1*=%ac%20; filename*2=\"x.txt\"" CRLF
		  CRLF,
	  "0 text/plain 0-100-100 0 cs= fn=\xe2\x82\xac x.txt disp=inline cte=0 0\n" },
	{ "Content-Disposition: inline; filename*=iso-8859-1''%fcber" CRLF CRLF,
	  "0 text/plain 0-61-61 0 cs= fn=\xc3\xbc"
	  "ber disp=inline cte=0 0\n" },
	{ "Content-Type: text/plain; charset*=us-ascii'en'utf-8" CRLF CRLF,
	  "0 text/plain 0-56-56 0 cs=utf-8 fn= disp= cte=0 0\n" },
	/* malformed types: text, in a digest as well */
	{ "Content-Type: multipart/digest; boundary=b" CRLF CRLF "--b" CRLF
	  "Content-Type: text" CRLF CRLF "--b--",
	  "0 multipart/digest 0-46-78 3 cs= fn= disp= cte=0 multi 1\n"
	  "0.1 text/plain 51-73-73 0 cs= fn= disp= cte=0 0\n" },
	{ "Content-Type: text; charset=x" CRLF CRLF,
	  "0 text/plain 0-33-33 0 cs=x fn= disp= cte=0 0\n" },
	{ "Content-Type: a/b/c" CRLF CRLF, "0 text/plain 0-23-23 0 cs= fn= disp= cte=0 0\n" },
	{ "Content-Type: (c) text (d) / (e) html (f) ; (g) charset (h) = (i) x (j)" CRLF CRLF,
	  "0 text/html 0-75-75 0 cs=x fn= disp= cte=0 0\n" },
	/* the first field of a name counts */
	{ "Content-Type: text/html" CRLF "Content-Type: text/plain" CRLF CRLF,
	  "0 text/html 0-53-53 0 cs= fn= disp= cte=0 0\n" },
	{ "Content-Transfer-Encoding: x-uue" CRLF CRLF,
	  "0 text/plain 0-36-36 0 cs= fn= disp= cte=5 0\n" },
	/* an encoded message is still read as one */
	{ "Content-Type: message/rfc822" CRLF "Content-Transfer-Encoding: base64" CRLF CRLF
	  "QTogYg==" CRLF,
	  "0 message/rfc822 0-67-77 1 cs= fn= disp= cte=4 msg 1\n"
	  "0.1 text/plain 67-77-77 0 cs= fn= disp= cte=0 0\n" },
};

START_TEST(test_tree)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct mime_part *root;
		struct mime_parser *p = parse_cut(str_c(rows[i].msg), 0, &root);
		struct buf b;

		buf_init(&b, TEST_MAX);
		tree_put(root, "0", &b);
		ck_assert_msg(str_eq(buf_str(&b), str_c(rows[i].tree)), "%s\n-- is\n%s-- not\n%s",
			      rows[i].msg, buf_c(&b), rows[i].tree);
		buf_done(&b);
		mime_parser_free(&p);
	}
}
END_TEST

static void
check_cuts(struct str msg)
{
	static const unsigned steps[] = { 1, 2, 3, 7, 1u << 30, (1u << 30) + 1, (1u << 30) + 2 };
	const struct mime_part *root;
	struct mime_parser *p = parse_cut(msg, 0, &root);
	struct buf whole, cut;

	buf_init(&whole, TEST_MAX);
	buf_init(&cut, TEST_MAX);
	all_put(p, root, &whole);
	mime_parser_free(&p);
	for (size_t k = 0; k < ARRAY_LEN(steps); k++) {
		p = parse_cut(msg, steps[k], &root);
		buf_reset(&cut);
		all_put(p, root, &cut);
		ck_assert_msg(str_eq(buf_str(&whole), buf_str(&cut)),
			      "step %u: %.*s\n-- is\n%.*s-- not\n%.*s", steps[k], STR_ARG(msg),
			      STR_ARG(buf_str(&cut)), STR_ARG(buf_str(&whole)));
		mime_parser_free(&p);
	}
	buf_done(&whole);
	buf_done(&cut);
}

START_TEST(test_cuts)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_cuts(str_c(rows[i].msg));
}
END_TEST

static unsigned rnd_state;

static unsigned
rnd(unsigned n)
{
	rnd_state = rnd_state * 1103515245 + 12345;
	return (rnd_state >> 16) % n;
}

/* Random lines of what means something to the parser. */
START_TEST(test_cuts_random)
{
	static const char *const lines[] = {
		"\r\n",
		"\r\n",
		"\n",
		"--a\r\n",
		"--a--\r\n",
		"--b\r\n",
		"--b--\r\n",
		"--ab\r\n",
		"--a-- \t\r\n",
		"-\r\n",
		"--\r\n",
		"--a",
		"\r",
		"-",
		"x",
		"text\r\n",
		"A: b\r\n",
		" folded\r\n",
		"Subject: =?utf-8?q?a_b?=\r\n",
		"no colon\r\n",
		"Content-Type: multipart/mixed; boundary=a\r\n\r\n",
		"Content-Type: multipart/digest; boundary=b\r\n\r\n",
		"Content-Type: multipart/x; boundary=ab\r\n\r\n",
		"Content-Type: message/rfc822\r\n\r\n",
		"Content-Type: text/html\r\n\r\n",
		"Content-Transfer-Encoding: quoted-printable\r\n",
		"a=\r\n",
		"=C3=A4 =\r\n",
		"<b>&amp;\r\n",
		"From: a@b, c: d@e;\r\n",
		"Content-Transfer-Encoding: base64\r\n",
		"YWJj\r\n",
		"--a     ",
		"> quoted\r\n",
	};
	struct buf b;

	buf_init(&b, TEST_MAX);
	for (unsigned i = 0; i < 3000; i++) {
		rnd_state = i;
		buf_reset(&b);
		if (rnd(2))
			buf_puts(&b, lines[20 + rnd(4)]);
		for (unsigned n = rnd(30); n > 0; n--)
			buf_puts(&b, lines[rnd(ARRAY_LEN(lines))]);
		check_cuts(buf_str(&b));
	}
	buf_done(&b);
}
END_TEST

/* Lines around the longest that may be a delimiter, header blocks around the most that is looked
 * at. */
START_TEST(test_cuts_long)
{
	struct buf b;

	buf_init(&b, TEST_MAX);
	for (unsigned n = LIM_MIME_BOUNDARY_LINE - 8; n < LIM_MIME_BOUNDARY_LINE + 4; n++) {
		buf_reset(&b);
		buf_puts(&b,
			 "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b");
		for (unsigned i = 0; i < n; i++)
			buf_putc(&b, ' ');
		buf_puts(&b, "\r\n\r\ntwo\r\n--b--\r\n");
		check_cuts(buf_str(&b));
	}
	for (int d = -1; d < 2; d++) {
		buf_reset(&b);
		buf_puts(&b, "X: ");
		for (int i = 0; i < LIM_MIME_HEADER - 30 + d; i++)
			buf_putc(&b, i % 70 == 69 ? '\n' : i % 70 == 0 ? ' ' : 'x');
		buf_puts(&b, "\r\nSubject: last\r\nTo: beyond\r\n\r\nbody\r\n");
		check_cuts(buf_str(&b));
	}
	buf_done(&b);
}
END_TEST

START_TEST(test_bytes) /* NULs and control characters */
{
	struct str s = {
		"Subj\0ect: a\0b\r\nSubject: c\0\0d\r\nContent-Type: text/pl\0ain; na\0me=\"x\0y\"\r\n\r\n\0\0\n--\0",
		74
	};
	const struct mime_part *root;
	struct mime_parser *p = parse_cut(s, 0, &root);

	ck_assert_str_is(mime_parser_top(p)->subject, STR("c  d"));
	mime_parser_free(&p);
	check_cuts(s);
}
END_TEST

static unsigned
depth_of(const struct mime_part *p)
{
	unsigned most = 0;

	for (const struct mime_part *c = p->child; c != NULL; c = c->next) {
		unsigned d = depth_of(c) + 1;

		most = MAX(most, d);
	}
	return most;
}

static unsigned
count_of(const struct mime_part *p)
{
	unsigned n = 1;

	for (const struct mime_part *c = p->child; c != NULL; c = c->next)
		n += count_of(c);
	return n;
}

START_TEST(test_depth)
{
	const struct mime_part *root;
	struct mime_parser *p;
	struct buf b;

	buf_init(&b, TEST_MAX);
	for (unsigned i = 0; i < 500; i++)
		buf_printf(&b, "Content-Type: multipart/mixed; boundary=b%u\r\n\r\n--b%u\r\n", i,
			   i);
	p = parse_cut(buf_str(&b), 0, &root);
	ck_assert_uint_eq(depth_of(root), LIM_MIME_DEPTH);
	ck_assert_uint_eq(root->end, b.n);
	mime_parser_free(&p);
	check_cuts(buf_str(&b));
	buf_reset(&b);
	for (unsigned i = 0; i < 500; i++)
		buf_puts(&b, "Content-Type: message/rfc822\r\n\r\n");
	p = parse_cut(buf_str(&b), 0, &root);
	ck_assert_uint_eq(depth_of(root), LIM_MIME_DEPTH);
	mime_parser_free(&p);
	check_cuts(buf_str(&b));
	buf_done(&b);
}
END_TEST

START_TEST(test_parts)
{
	const struct mime_part *root, *last;
	struct mime_parser *p;
	struct buf b;

	buf_init(&b, TEST_MAX);
	buf_puts(&b, "Content-Type: multipart/mixed; boundary=b\r\n\r\n");
	for (unsigned i = 0; i < 3000; i++)
		buf_puts(&b, "--b\r\nContent-Type: text/html\r\n\r\nx\r\n");
	buf_puts(&b, "--b--\r\n");
	p = parse_cut(buf_str(&b), 0, &root);
	ck_assert_uint_eq(count_of(root), LIM_MIME_PARTS);
	for (last = root->child; last->next != NULL; last = last->next)
		;
	ck_assert_uint_eq(last->end, b.n);
	mime_parser_free(&p);
	check_cuts(buf_str(&b));
	buf_done(&b);
}
END_TEST

/* What is kept has a ceiling: a thousand parts with large headers. */
START_TEST(test_keep)
{
	const struct mime_part *root;
	struct mime_parser *p;
	struct buf b;

	buf_init(&b, 64 << 20);
	buf_puts(&b, "Content-Type: multipart/mixed; boundary=b\r\n\r\n");
	for (unsigned i = 0; i < 600; i++) {
		buf_puts(&b, "--b\r\nContent-Description: ");
		for (unsigned k = 0; k < 500; k++)
			buf_puts(&b, "0123456789012345678901234567890123456789\r\n ");
		buf_puts(&b, "\r\n\r\nx\r\n");
	}
	p = parse_cut(buf_str(&b), 0, &root);
	ck_assert_uint_gt(count_of(root), 100);
	ck_assert_uint_lt(count_of(root), 600);
	ck_assert_uint_eq(root->end, b.n);
	mime_parser_free(&p);
	buf_done(&b);
}
END_TEST

START_TEST(test_top)
{
	struct str s =
		STR("Received: a\r\nReceived: b\r\nFrom: \"J. Doe\" <\"j doe\"@example.org>\r\n"
		    "To: x@y\r\nSubject: =?iso-8859-1?Q?=FCber?=\r\n =?iso-8859-1?Q?_all?=\r\n"
		    "Message-ID: junk <a@b> <c@d>\r\nIn-Reply-To: <x@y>\r\n <z@y>\r\n"
		    "References: <1@a>\r\n\t<2@a>\r\nDate: Thu, 1 Jan 1970 01:00:01 +0100\r\n\r\n");
	const struct mime_part *root;
	struct mime_parser *p = parse_cut(s, 0, &root);
	const struct mime_top *t = mime_parser_top(p);

	ck_assert_str_is(t->subject, STR("\xc3\xbc"
					 "ber all"));
	ck_assert_str_is(t->message_id, STR("<a@b>"));
	ck_assert_str_is(t->in_reply_to, STR("<x@y> <z@y>"));
	ck_assert_str_is(t->references, STR("<1@a>\t<2@a>"));
	ck_assert_str_is(t->from, STR("\"j doe\"@example.org"));
	ck_assert_uint_eq(t->nreceived, 2);
	ck_assert_uint_eq(t->nfrom, 1);
	ck_assert_int_eq(t->date, 1);
	ck_assert(!t->has_8bit_header);
	mime_parser_free(&p);
	p = parse_cut(STR("From: a@b\r\nFrom: c@d\r\nSubject: \xc3\xbc\r\nDate: no\r\n\r\n"), 0,
		      &root);
	t = mime_parser_top(p);
	ck_assert_uint_eq(t->nfrom, 2);
	ck_assert(t->has_8bit_header);
	ck_assert_str_is(t->from, STR("a@b"));
	ck_assert_int_eq(t->date, 0);
	ck_assert_str_is(t->message_id, STR(""));
	mime_parser_free(&p);
}
END_TEST

/* Section numbers; "-" where there is none, else the part's path by tree_put. */
START_TEST(test_find)
{
	struct str s = STR(
		"Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n\r\na\r\n--o\r\n"
		"Content-Type: message/rfc822\r\n\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n"
		"--i\r\n\r\nb\r\n--i\r\n\r\nc\r\n--i--\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n"
		"Subject: x\r\n\r\nd\r\n--o--\r\n");
	static const struct {
		uint32_t path[4];
		unsigned n;
		const char *text; /* first bytes of the body, NULL: no such part */
	} finds[] = {
		{ { 0 }, 0, "--o" },
		{ { 1 }, 1, "a" },
		{ { 2 }, 1, "Content-Type: multi" },
		{ { 2, 1 }, 2, "b" },
		{ { 2, 2 }, 2, "c" },
		{ { 2, 3 }, 2, NULL },
		{ { 3 }, 1, "Subject" },
		{ { 3, 1 }, 2, "d" },
		{ { 3, 2 }, 2, NULL },
		{ { 3, 1, 1 }, 3, NULL },
		{ { 4 }, 1, NULL },
		{ { 0 }, 1, NULL },
		{ { 1, 1 }, 2, NULL },
		{ { 4294967295u }, 1, NULL },
	};
	const struct mime_part *root, *f;
	struct mime_parser *p = parse_cut(s, 0, &root);

	for (size_t i = 0; i < ARRAY_LEN(finds); i++) {
		f = mime_part_find(root, finds[i].path, finds[i].n);
		ck_assert_msg((f == NULL) == (finds[i].text == NULL), "row %zu", i);
		if (f != NULL)
			ck_assert_msg(str_has_prefix(str_from(s, f->body), str_c(finds[i].text)),
				      "row %zu", i);
	}
	mime_parser_free(&p);
	p = parse_cut(STR("\r\nplain"), 0, &root);
	ck_assert_ptr_eq(mime_part_find(root, (uint32_t[]){ 1 }, 1), root);
	ck_assert_ptr_null(mime_part_find(root, (uint32_t[]){ 2 }, 1));
	ck_assert_ptr_null(mime_part_find(root, (uint32_t[]){ 1, 1 }, 2));
	mime_parser_free(&p);
	p = parse_cut(STR("Content-Type: message/rfc822\r\n\r\nA: b\r\n\r\nplain"), 0, &root);
	ck_assert_ptr_eq(mime_part_find(root, (uint32_t[]){ 1 }, 1), root);
	ck_assert_ptr_eq(mime_part_find(root, (uint32_t[]){ 1, 1 }, 2), root->child);
	mime_parser_free(&p);
}
END_TEST

UNIT_MAIN("parse", test_tree, test_cuts, test_cuts_random, test_cuts_long, test_bytes, test_depth,
	  test_parts, test_keep, test_top, test_find)
