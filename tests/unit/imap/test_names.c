#include <check.h>
#include <stdlib.h>

#include "base/mem.h"
#include "imap/imap.h"

static const struct {
	const char *utf7, *utf8;
} names[] = {
	{ "", "" },
	{ "INBOX", "INBOX" },
	{ "a&-b", "a&b" },
	{ "&-", "&" },
	{ "Entw&APw-rfe", "Entw\xc3\xbcrfe" },
	{ "~peter/mail/&U,BTFw-/&ZeVnLIqe-",
	  "~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e" },
	{ "&Jjo-!", "\xe2\x98\xba!" },
	{ "&2D3eAA-", "\xf0\x9f\x98\x80" },
	{ "&2D3eANg93gE-x", "\xf0\x9f\x98\x80\xf0\x9f\x98\x81x" },
	{ "&AOQ-&-&AOQ-", "\xc3\xa4&\xc3\xa4" },
};

START_TEST(utf7)
{
	struct buf b;

	buf_init(&b, 1000);
	ck_assert_int_eq(imap_utf7_get(str_c(names[_i].utf7), &b), 0);
	ck_assert_str_eq(buf_c(&b), names[_i].utf8);
	buf_reset(&b);
	imap_utf7_put(str_c(names[_i].utf8), &b);
	ck_assert_str_eq(buf_c(&b), names[_i].utf7);
	buf_done(&b);
}
END_TEST

static const char *const bad_names[] = {
	"&",		      /* not closed */
	"&Jjo!",	      /* not shifted back */
	"&U,BTFw-&ZeVnLIqe-", /* superfluous shift */
	"&AGE-",	      /* "a" stands for itself */
	"&AA-",		      /* half a unit */
	"&AAAA-",	      /* unit and a half: bits left that are not zero-padding of 16 */
	"&2D0-",	      /* lone surrogate */
	"&3gA-",
	"&A-",
	"&AP//-",   /* "/" is not in the alphabet */
	"\xc3\xa4", /* 8-bit */
	"a\tb",
};

START_TEST(utf7_bad)
{
	struct buf b;

	buf_init(&b, 1000);
	ck_assert_int_eq(imap_utf7_get(str_c(bad_names[_i]), &b), -1);
	buf_done(&b);
}
END_TEST

static const struct {
	const char *pattern, *name;
	bool yes;
} patterns[] = {
	{ "*", "a/b/c", true },
	{ "%", "a", true },
	{ "%", "a/b", false },
	{ "%/%", "a/b", true },
	{ "%/%", "a/b/c", false },
	{ "*/%", "a/b/c", true },
	{ "a*", "a", true },
	{ "a%", "a/b", false },
	{ "a*c", "abcbc", true },
	{ "a%c", "ab/c", false },
	{ "a%b*c%d", "axb/y/czd", true },
	{ "a%b*c%d", "axb/y/cz/d", false },
	{ "", "", true },
	{ "", "a", false },
	{ "a", "", false },
	{ "**", "x", true },
	{ "%%", "x/y", false },
	{ "*%", "x/y", true },
	{ "%*", "x/y", true },
	{ "inbox", "Inbox", true },
	{ "INBOX", "Inbox", true },
	{ "iNb%", "Inbox", true },
	{ "inbox/%", "Inbox/a", true },
	{ "inbox/A", "Inbox/a", false },
	{ "inboxes", "Inboxes", false },
	{ "Sent", "sent", false },
	{ "*a*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	  false },
};

START_TEST(pattern)
{
	ck_assert_int_eq(imap_pattern_match(str_c(patterns[_i].pattern), str_c(patterns[_i].name)),
			 patterns[_i].yes);
}
END_TEST

START_TEST(pattern_long)
{
	char p[3 * LIM_MAILBOX_NAME + 2], n[LIM_MAILBOX_NAME];

	for (size_t i = 0; i < sizeof(p); i++)
		p[i] = i % 2 == 0 ? '*' : 'a';
	memset(n, 'a', sizeof(n));
	ck_assert(!imap_pattern_match((struct str){ p, sizeof(p) }, (struct str){ n, sizeof(n) }));
	ck_assert(!imap_pattern_match((struct str){ p, sizeof(p) - 1 },
				      (struct str){ n, sizeof(n) }));
	ck_assert(imap_pattern_match((struct str){ p, sizeof(n) }, (struct str){ n, sizeof(n) }));
}
END_TEST

static const struct {
	const char *name, *utf7, *utf8;
} mailboxes[] = {
	{ "Inbox", "INBOX", "INBOX" },
	{ "Inbox/x", "\"INBOX/x\"", "\"INBOX/x\"" },
	{ "Inboxes", "\"Inboxes\"", "\"Inboxes\"" },
	{ "a\"b\\c", "\"a\\\"b\\\\c\"", "\"a\\\"b\\\\c\"" },
	{ "\xc3\xa4&", "\"&AOQ-&-\"", "\"\xc3\xa4&\"" },
};

START_TEST(put_mailbox)
{
	struct buf b;

	buf_init(&b, 1000);
	imap_put_mailbox(&b, str_c(mailboxes[_i].name), false);
	ck_assert_str_eq(buf_c(&b), mailboxes[_i].utf7);
	buf_reset(&b);
	imap_put_mailbox(&b, str_c(mailboxes[_i].name), true);
	ck_assert_str_eq(buf_c(&b), mailboxes[_i].utf8);
	buf_done(&b);
}
END_TEST

static const struct {
	struct str s;
	const char *plain, *utf8, *astring;
} strings[] = {
	{ STR(""), "\"\"", "\"\"", "\"\"" },
	{ STR("abc"), "\"abc\"", "\"abc\"", "abc" },
	{ STR("NIL"), "\"NIL\"", "\"NIL\"", "\"NIL\"" },
	{ STR("a b"), "\"a b\"", "\"a b\"", "\"a b\"" },
	{ STR("a\r\nb"), "{4}\r\na\r\nb", "{4}\r\na\r\nb", "{4}\r\na\r\nb" },
	{ STR("\xc3\xa4"), "{2}\r\n\xc3\xa4", "\"\xc3\xa4\"", "{2}\r\n\xc3\xa4" },
	{ STR("\xe4"), "{1}\r\n\xe4", "{1}\r\n\xe4", "{1}\r\n\xe4" },
	{ STR("a]"), "\"a]\"", "\"a]\"", "a]" },
};

START_TEST(put_string)
{
	struct buf b;

	buf_init(&b, 1000);
	imap_put_string(&b, strings[_i].s, false);
	ck_assert_str_eq(buf_c(&b), strings[_i].plain);
	buf_reset(&b);
	imap_put_string(&b, strings[_i].s, true);
	ck_assert_str_eq(buf_c(&b), strings[_i].utf8);
	buf_reset(&b);
	imap_put_astring(&b, strings[_i].s, false);
	ck_assert_str_eq(buf_c(&b), strings[_i].astring);
	buf_done(&b);
}
END_TEST

static const struct {
	int64_t t;
	const char *want;
} dates[] = {
	{ 0, "\" 1-Jan-1970 00:00:00 +0000\"" },
	{ 1795430645, "\"23-Nov-2026 10:44:05 +0000\"" },
	{ -1, "\"31-Dec-1969 23:59:59 +0000\"" },
	{ 951782400, "\"29-Feb-2000 00:00:00 +0000\"" },
	{ INT64_C(4102444799), "\"31-Dec-2099 23:59:59 +0000\"" },
};

START_TEST(put_date)
{
	struct buf b;

	buf_init(&b, 100);
	imap_put_date(&b, dates[_i].t);
	ck_assert_str_eq(buf_c(&b), dates[_i].want);
	buf_done(&b);
}
END_TEST

START_TEST(put_flags)
{
	struct buf b;

	buf_init(&b, 200);
	imap_put_flags(&b, 0);
	ck_assert_uint_eq(b.n, 0);
	imap_put_flags(&b, IMAP_FLAG_SEEN | IMAP_FLAG_DRAFT | IMAP_FLAG_MDNSENT);
	ck_assert_str_eq(buf_c(&b), "\\Seen \\Draft $MDNSent");
	ck_assert_uint_eq(imap_flag_find(STR("$junk")), IMAP_FLAG_JUNK);
	ck_assert_uint_eq(imap_flag_find(STR("junk")), 0);
	ck_assert_uint_eq(imap_flag_find(STR("\\Seen")), 0);
	ck_assert_uint_eq(imap_flag_find(STR("")), 0);
	buf_done(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("imap_names");
	TCase *t = tcase_create("names");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, utf7, 0, (int)ARRAY_LEN(names));
	tcase_add_loop_test(t, utf7_bad, 0, (int)ARRAY_LEN(bad_names));
	tcase_add_loop_test(t, pattern, 0, (int)ARRAY_LEN(patterns));
	tcase_add_test(t, pattern_long);
	tcase_add_loop_test(t, put_mailbox, 0, (int)ARRAY_LEN(mailboxes));
	tcase_add_loop_test(t, put_string, 0, (int)ARRAY_LEN(strings));
	tcase_add_loop_test(t, put_date, 0, (int)ARRAY_LEN(dates));
	tcase_add_test(t, put_flags);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
