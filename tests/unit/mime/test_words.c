#include "mime_test.h"

/* Value; as people read it. */
static const char *const rows[][2] = {
	{ "", "" },
	{ " plain ", "plain" },
	{ "a\r\n b\n\tc", "a b\tc" },
	{ "=?us-ascii?q?a?=", "a" },
	{ "=?utf-8?Q?=C3=BC_=3D?=", "\xc3\xbc =" },
	{ "=?UTF-8?b?w7w=?=", "\xc3\xbc" },
	{ "=?UTF-8?B?w7w?=", "\xc3\xbc" },
	{ "=?iso-8859-1*de?q?=FC?=", "\xc3\xbc" },
	/* RFC 2047 8 */
	{ "(=?ISO-8859-1?Q?a?=)", "(a)" },
	{ "=?ISO-8859-1?Q?a?= b", "a b" },
	{ "=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab" },
	{ "=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=", "ab" },
	{ "=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=", "ab" },
	{ "=?ISO-8859-1?Q?a_b?=", "a b" },
	{ "=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b" },
	/* a character over two words */
	{ "=?utf-8?q?=C3?= =?utf-8?q?=BC?=", "\xc3\xbc" },
	{ "=?utf-8?b?ww==?= =?UTF-8?q?=BC?=", "\xc3\xbc" },
	{ "=?iso-2022-jp?b?GyRCRnw=?= =?iso-2022-jp?b?S1wbKEI=?=", "\xe6\x97\xa5\xe6\x9c\xac" },
	/* as seen in practice */
	{ "a=?utf-8?q?b?=c", "abc" },
	{ "\"=?utf-8?q?b?=\" <x@y>", "\"b\" <x@y>" },
	{ "=?utf-8?q?a b?=", "a b" },
	{ "=?utf-8?q?=zz=?=", "=zz=" },
	{ "=?utf-8?q?"
	  "?=",
	  "" },
	/* kept as sent */
	{ "=?x-nobody?q?a?=", "=?x-nobody?q?a?=" },
	{ "=?utf-8?x?a?=", "=?utf-8?x?a?=" },
	{ "=?utf-8?q?a", "=?utf-8?q?a" },
	{ "=?utf-8?q?a?", "=?utf-8?q?a?" },
	{ "=?", "=?" },
	{ "=?"
	  "?q?a?=",
	  "=?"
	  "?q?a?=" },
	{ "=?=?utf-8?q?a?=", "=?a" },
	{ "=?utf-8?q?a?= =?bad =?utf-8?q?b?=", "a =?bad b" },
	{ "=?x?q?a?= =?utf-8?q?b?=", "=?x?q?a?= b" },
	/* 8-bit */
	{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
	{ "gr\xfc\xdf \x80", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac" },
	{ "\xc3\xbc \xfc", "\xc3\xbc \xc3\xbc" },
	{ "=?utf-8?q?=FC?=", "\xef\xbf\xbd" },
	/* one line, whatever was encoded */
	{ "=?utf-8?q?a=0D=0AX:_b=00?=", "a  X: b " },
	{ "a\x01"
	  "b\tc",
	  "a b\tc" },
};

START_TEST(test_decoded)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char *m = mem_dup(rows[i][0], strlen(rows[i][0]));
		struct buf b;

		buf_init(&b, TEST_MAX);
		mime_put_decoded(str_mem(m, strlen(rows[i][0])), &b);
		ck_assert_msg(str_eq(buf_str(&b), str_c(rows[i][1])), "%s\n-- is \"%.*s\"",
			      rows[i][0], STR_ARG(buf_str(&b)));
		buf_done(&b);
		mem_free(m);
	}
}
END_TEST

UNIT_MAIN("words", test_decoded)
