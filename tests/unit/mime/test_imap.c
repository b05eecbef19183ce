#include "mime_test.h"

#define ENV(date, subject, from, rest) "(" date " " subject " " from " " rest ")"
#define A(name, local, domain) "(" name " NIL \"" local "\" \"" domain "\")"

/* Header lines; ENVELOPE. */
static const struct {
	const char *header, *envelope;
} envs[] = {
	{ "", "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)" },
	{ "Date: d\r\nSubject: s\r\nFrom: a@b\r\nMessage-ID: <m@b>\r\nIn-Reply-To: <i@b>\r\n",
	  "(\"d\" \"s\" (" A("NIL", "a", "b") ") (" A("NIL", "a", "b") ") (" A(
		  "NIL", "a", "b") ") NIL NIL NIL \"<i@b>\" \"<m@b>\")" },
	/* Sender and Reply-To: the From when absent or empty */
	{ "From: a@b\r\nSender: s@b\r\nReply-To:\r\n",
	  "(NIL NIL (" A("NIL", "a", "b") ") (" A("NIL", "s", "b") ") (" A(
		  "NIL", "a", "b") ") NIL NIL NIL NIL NIL)" },
	{ "Reply-To: r@b\r\n", "(NIL NIL NIL NIL (" A("NIL", "r", "b") ") NIL NIL NIL NIL NIL)" },
	/* empty is "", absent is NIL */
	{ "Subject:\r\nDate: \r\nTo: \r\n", "(\"\" \"\" NIL NIL NIL NIL NIL NIL NIL NIL)" },
	/* folding, quoting, literals */
	{ "Subject: a\r\n b\r\n\tc \"q\" \\x\r\n",
	  "(NIL \"a b\tc \\\"q\\\" \\\\x\" NIL NIL NIL NIL NIL NIL NIL NIL)" },
	{ "Subject: \xc3\xbc\r\n", "(NIL {2}\r\n\xc3\xbc NIL NIL NIL NIL NIL NIL NIL NIL)" },
	{ "Subject: =?utf-8?q?=C3=BC?=\r\n",
	  "(NIL \"=?utf-8?q?=C3=BC?=\" NIL NIL NIL NIL NIL NIL NIL NIL)" },
	/* groups, source routes, comments */
	{ "To: undisclosed-recipients:;\r\n",
	  "(NIL NIL NIL NIL NIL ((NIL NIL \"undisclosed-recipients\" NIL)(NIL NIL NIL NIL)) NIL NIL NIL NIL)" },
	{ "Cc: A Group: Ed <ed@x>, joe@y; , last@z\r\n",
	  "(NIL NIL NIL NIL NIL NIL ((NIL NIL \"A Group\" NIL)" A("\"Ed\"", "ed", "x")
		  A("NIL", "joe", "y") "(NIL NIL NIL NIL)" A("NIL", "last", "z") ") NIL NIL NIL)" },
	{ "Bcc: <@a,@b.c:x@y>\r\n",
	  "(NIL NIL NIL NIL NIL NIL NIL ((NIL \"@a,@b.c\" \"x\" \"y\")) NIL NIL)" },
	{ "To: (c1) x (c2) @ (c3) y (The \\(Name\\))\r\n",
	  "(NIL NIL NIL NIL NIL (" A("\"The (Name)\"", "x", "y") ") NIL NIL NIL NIL)" },
	{ "To: \"a \\\"b\\\"\" <\"x y\"@[127.0.0.1]>\r\n",
	  "(NIL NIL NIL NIL NIL (" A("\"a \\\"b\\\"\"", "x y",
				     "[127.0.0.1]") ") NIL NIL NIL NIL)" },
	{ "To: =?utf-8?q?J=C3=BC?= X. <j@x>\r\n",
	  "(NIL NIL NIL NIL NIL (" A("\"=?utf-8?q?J=C3=BC?= X.\"", "j", "x") ") NIL NIL NIL NIL)" },
	/* what can't be read costs one address */
	{ "To: root\r\n",
	  "(NIL NIL NIL NIL NIL (" A("NIL", "root", "MISSING_DOMAIN") ") NIL NIL NIL NIL)" },
	{ "To: John Doe, b@c\r\n",
	  "(NIL NIL NIL NIL NIL (" A("\"John Doe\"", "MISSING_MAILBOX", "MISSING_DOMAIN")
		  A("NIL", "b", "c") ") NIL NIL NIL NIL)" },
	{ "To: <>, <a@, b@c>, d@e\r\n",
	  "(NIL NIL NIL NIL NIL (" A("NIL", "MISSING_MAILBOX", "MISSING_DOMAIN")
		  A("NIL", "a", "MISSING_DOMAIN") A("NIL", "b", "c")
			  A("NIL", "d", "e") ") NIL NIL NIL NIL)" },
	{ "To: a@b; c@d\r\n",
	  "(NIL NIL NIL NIL NIL (" A("NIL", "a", "b") A("NIL", "c", "d") ") NIL NIL NIL NIL)" },
	{ "To: [list] name <a@b>\r\n",
	  "(NIL NIL NIL NIL NIL (" A("\"[list] name\"", "a", "b") ") NIL NIL NIL NIL)" },
	{ "To: name a@b\r\n",
	  "(NIL NIL NIL NIL NIL (" A("\"name\"", "a", "b") ") NIL NIL NIL NIL)" },
	{ "To: \"open <a@b>\r\n",
	  "(NIL NIL NIL NIL NIL (" A("NIL", "open <a@b>", "MISSING_DOMAIN") ") NIL NIL NIL NIL)" },
	{ "To: g: a@b\r\n", "(NIL NIL NIL NIL NIL ((NIL NIL \"g\" NIL)" A(
				    "NIL", "a", "b") "(NIL NIL NIL NIL)) NIL NIL NIL NIL)" },
	{ "To: ,, a@b ,,\r\n", "(NIL NIL NIL NIL NIL (" A("NIL", "a", "b") ") NIL NIL NIL NIL)" },
	/* repeated fields are joined; a fault in one stays there */
	{ "To: a@b\r\nTo: \"open\r\nTo:\r\nTo: (c@d\r\nTo: e@f\r\nSubject: 1\r\nSubject: 2\r\n",
	  "(NIL \"2\" NIL NIL NIL (" A("NIL", "a", "b") A("NIL", "open", "MISSING_DOMAIN")
		  A("NIL", "e", "f") ") NIL NIL NIL NIL)" },
	{ "SUBJECT : x\r\nX-Subject: y\r\n", "(NIL \"x\" NIL NIL NIL NIL NIL NIL NIL NIL)" },
};

/* Message; BODYSTRUCTURE; BODY. */
static const struct {
	const char *msg, *structure, *body;
} bodies[] = {
	{ "",
	  "(\"TEXT\" \"PLAIN\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 0 0 NIL NIL NIL NIL)",
	  "(\"TEXT\" \"PLAIN\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 0 0)" },
	{ "Content-Type: text/html; Charset=utf-8; format=\"flo\\\"wed\"\r\nContent-ID: <x@y>\r\nContent-Description: a\r\n b\r\n"
	  "Content-Transfer-Encoding: quoted-printable (c)\r\nContent-MD5: Q2h\r\nContent-Language: en, (c) de\r\n"
	  "Content-Location: http://x/\r\nContent-Disposition: ATTACHMENT; filename*=utf-8''%C3%BC; size=3\r\n\r\na\r\nb\r\n",
	  "(\"TEXT\" \"HTML\" (\"Charset\" \"utf-8\" \"format\" \"flo\\\"wed\") \"<x@y>\" \"a b\" \"QUOTED-PRINTABLE\" 6 2 \"Q2h\" "
	  "(\"attachment\" (\"filename*\" \"utf-8''%C3%BC\" \"size\" \"3\")) (\"en\" \"de\") \"http://x/\")",
	  "(\"TEXT\" \"HTML\" (\"Charset\" \"utf-8\" \"format\" \"flo\\\"wed\") \"<x@y>\" \"a b\" \"QUOTED-PRINTABLE\" 6 2)" },
	{ "Content-Type: application/x-foo\r\nContent-Transfer-Encoding: X-Odd\r\nContent-Language: en\r\n\r\nabc",
	  "(\"APPLICATION\" \"X-FOO\" NIL NIL NIL \"X-ODD\" 3 NIL NIL (\"en\") NIL)",
	  "(\"APPLICATION\" \"X-FOO\" NIL NIL NIL \"X-ODD\" 3)" },
	/* a multipart without parts */
	{ "Content-Type: multipart/mixed; boundary=b\r\n\r\nnothing\r\n",
	  "((\"TEXT\" \"PLAIN\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 0 0 NIL NIL NIL NIL) \"MIXED\" "
	  "(\"boundary\" \"b\") NIL NIL NIL)",
	  "((\"TEXT\" \"PLAIN\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 0 0) \"MIXED\")" },
	{ "Content-Type: multipart/alternative; boundary=b\r\nContent-Disposition: inline\r\nContent-Language: x\r\n\r\n"
	  "--b\r\n\r\na\r\n--b\r\nContent-Type: image/png; name=x y.png\r\n\r\nb\r\n--b--\r\n",
	  "((\"TEXT\" \"PLAIN\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 1 0 NIL NIL NIL NIL)"
	  "(\"IMAGE\" \"PNG\" (\"name\" \"x y.png\") NIL NIL \"7BIT\" 1 NIL NIL NIL NIL) \"ALTERNATIVE\" (\"boundary\" \"b\") "
	  "(\"inline\" NIL) (\"x\") NIL)",
	  "((\"TEXT\" \"PLAIN\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 1 0)"
	  "(\"IMAGE\" \"PNG\" (\"name\" \"x y.png\") NIL NIL \"7BIT\" 1) \"ALTERNATIVE\")" },
	{ "Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\na\r\nb\r\n",
	  "(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 21 (NIL \"in\" NIL NIL NIL NIL NIL NIL NIL NIL) "
	  "(\"TEXT\" \"PLAIN\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 6 2 NIL NIL NIL NIL) 4 NIL NIL NIL NIL)",
	  "(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 21 (NIL \"in\" NIL NIL NIL NIL NIL NIL NIL NIL) "
	  "(\"TEXT\" \"PLAIN\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 6 2) 4)" },
	/* other messages are leaves */
	{ "Content-Type: message/delivery-status\r\n\r\nA: b\r\n",
	  "(\"MESSAGE\" \"DELIVERY-STATUS\" NIL NIL NIL \"7BIT\" 6 NIL NIL NIL NIL)",
	  "(\"MESSAGE\" \"DELIVERY-STATUS\" NIL NIL NIL \"7BIT\" 6)" },
	/* parameters as they come */
	{ "Content-Type: text/plain; charset; =x; a=; b=\"\"; c=1;; d = 2 ; e=\"open\r\n\r\n",
	  "(\"TEXT\" \"PLAIN\" (\"a\" \"\" \"b\" \"\" \"c\" \"1\" \"d\" \"2\" \"e\" \"open\" \"charset\" \"us-ascii\") NIL NIL \"7BIT\" "
	  "0 0 NIL NIL NIL NIL)",
	  "(\"TEXT\" \"PLAIN\" (\"a\" \"\" \"b\" \"\" \"c\" \"1\" \"d\" \"2\" \"e\" \"open\" \"charset\" \"us-ascii\") NIL NIL \"7BIT\" "
	  "0 0)" },
	/* continuations are joined, in any order; a gap ends them; what is encoded stays so */
	{ "Content-Type: image/png; a*1=2; A*0=1; a*3=4; b*0*=utf-8'de'%C3; b*1=\"x y\"; b*2*=%BC; c*1=1; d*=x''y; "
	  "e*0=p; e*1*=%20; a*1=dup\r\n\r\n",
	  "(\"IMAGE\" \"PNG\" (\"A\" \"12\" \"a*3\" \"4\" \"b*\" \"utf-8'de'%C3x%20y%BC\" \"c*1\" \"1\" \"d*\" \"x''y\" "
	  "\"e*\" \"''p%20\" \"a*1\" \"dup\") NIL NIL \"7BIT\" 0 NIL NIL NIL NIL)",
	  "(\"IMAGE\" \"PNG\" (\"A\" \"12\" \"a*3\" \"4\" \"b*\" \"utf-8'de'%C3x%20y%BC\" \"c*1\" \"1\" \"d*\" \"x''y\" "
	  "\"e*\" \"''p%20\" \"a*1\" \"dup\") NIL NIL \"7BIT\" 0)" },
	{ "Content-Disposition: filename=x.txt\r\n\r\n",
	  "(\"TEXT\" \"PLAIN\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 0 0 NIL (\"attachment\" (\"filename\" \"x.txt\")) NIL NIL)",
	  "(\"TEXT\" \"PLAIN\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 0 0)" },
};

START_TEST(test_envelope)
{
	for (size_t i = 0; i < ARRAY_LEN(envs); i++) {
		const struct mime_part *root;
		struct mime_parser *p = parse_cut(str_c(envs[i].header), 0, &root);
		struct buf b;

		buf_init(&b, TEST_MAX);
		mime_put_envelope(p, false, &b);
		ck_assert_msg(str_eq(buf_str(&b), str_c(envs[i].envelope)),
			      "%s-- is\n%s\n-- not\n%s", envs[i].header, buf_c(&b),
			      envs[i].envelope);
		buf_done(&b);
		mime_parser_free(&p);
	}
}
END_TEST

START_TEST(test_envelope_utf8)
{
	const struct mime_part *root;
	struct mime_parser *p = parse_cut(
		STR("Subject: \xc3\xbc \"x\"\r\nFrom: \"\xc3\xa4\" <\xc3\xb6@\xc3\xbc.x>\r\n"
		    "To: \xff <a@b>\r\n"),
		0, &root);
	struct buf b;

	buf_init(&b, TEST_MAX);
	mime_put_envelope(p, true, &b);
	ck_assert(str_has_prefix(buf_str(&b),
				 STR("(NIL \"\xc3\xbc \\\"x\\\"\" ((\"\xc3\xa4\" NIL \"\xc3\xb6\" "
				     "\"\xc3\xbc.x\")) ")));
	ck_assert_int_ge(str_find(buf_str(&b), STR("(({1}\r\n\xff NIL \"a\" \"b\"))")), 0);
	buf_done(&b);
	mime_parser_free(&p);
}
END_TEST

START_TEST(test_body)
{
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		const struct mime_part *root;
		struct mime_parser *p = parse_cut(str_c(bodies[i].msg), 0, &root);
		struct buf b;

		buf_init(&b, TEST_MAX);
		mime_put_body(p, true, false, &b);
		ck_assert_msg(str_eq(buf_str(&b), str_c(bodies[i].structure)),
			      "%s\n-- is\n%s\n-- not\n%s", bodies[i].msg, buf_c(&b),
			      bodies[i].structure);
		buf_reset(&b);
		mime_put_body(p, false, false, &b);
		ck_assert_msg(str_eq(buf_str(&b), str_c(bodies[i].body)),
			      "%s\n-- is\n%s\n-- not\n%s", bodies[i].msg, buf_c(&b),
			      bodies[i].body);
		buf_done(&b);
		mime_parser_free(&p);
	}
}
END_TEST

/* Outputs that don't fit say so and end soon. */
START_TEST(test_over)
{
	struct buf in, out;
	const struct mime_part *root;
	struct mime_parser *p;

	buf_init(&in, TEST_MAX);
	buf_puts(&in, "To: ");
	for (unsigned i = 0; i < 10000; i++)
		buf_puts(&in, "a@b,");
	buf_puts(&in, "\r\nSubject: ");
	for (unsigned i = 0; i < 2000; i++)
		buf_puts(&in, "long ");
	buf_puts(&in, "\r\n\r\n");
	p = parse_cut(buf_str(&in), 0, &root);
	buf_init(&out, TEST_MAX);
	mime_put_envelope(p, false, &out);
	ck_assert(!out.over);
	ck_assert(str_has_prefix(buf_str(&out), STR("(NIL {9999}\r\nlong long")));
	ck_assert_uint_eq(out.n, 9999 + 13 + 4 * 3 + 1 +
					 LIM_MIME_ADDRS * strlen("(NIL NIL \"a\" \"b\")") + 2 +
					 4 * 4 + 1);
	buf_done(&out);
	for (unsigned max = 0; max < 400; max++) {
		buf_init(&out, max);
		mime_put_envelope(p, false, &out);
		ck_assert(out.over);
		buf_done(&out);
		buf_init(&out, max);
		mime_index_put(p, &out);
		ck_assert(out.over);
		buf_done(&out);
	}
	mime_parser_free(&p);
	buf_done(&in);
}
END_TEST

UNIT_MAIN("imap", test_envelope, test_envelope_utf8, test_body, test_over)
