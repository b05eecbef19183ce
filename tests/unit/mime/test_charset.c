#include "mime_test.h"

/* Names that mail has been seen with. */
static const char *const known[] = {
	"",
	"utf-8",
	"UTF8",
	"us-ascii",
	"ANSI_X3.4-1968",
	"iso-8859-1",
	"ISO_8859-1",
	"latin1",
	"iso-8859-8-i",
	"iso-8859-16",
	"windows-1252",
	"CP1252",
	"windows-1258",
	"koi8-r",
	"KOI8-U",
	"x-sjis",
	"Shift_JIS",
	"iso-2022-jp",
	"EUC-JP",
	"ks_c_5601-1987",
	"euc-kr",
	"gb2312",
	"GBK",
	"gb18030",
	"hz-gb-2312",
	"big5",
	"Big5-HKSCS",
	"x-mac-roman",
	"macintosh",
	"x-mac-cyrillic",
	"x-mac-ce",
	"x-mac-greek",
	"x-mac-turkish",
	"utf-7",
	"unicode-1-1-utf-7",
	"utf-16",
	"UTF-16LE",
	"cp437",
	"ibm850",
	"cp866",
	"tis-620",
	"windows-874",
	"viscii",
	"iso-2022-kr",
	"iso-2022-cn",
	" utf-8 ",
	"\"utf-8\"",
	"iso8859-1",
	"unknown-8bit",
};
static const char *const unknown[] = {
	"x-nobody",
	"utf-9",
	"UTF-8//TRANSLIT",
	"../../etc",
	"utf-8\nx",
	"?",
	"-",
	"a-name-that-is-much-longer-than-any-charset-was-ever-called-by-anybody",
};

static void
check_names(void)
{
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		ck_assert_msg(mime_charset_is_known(str_c(known[i])), "%s", known[i]);
	for (size_t i = 0; i < ARRAY_LEN(unknown); i++)
		ck_assert_msg(!mime_charset_is_known(str_c(unknown[i])), "%s", unknown[i]);
}

START_TEST(test_to_utf8)
{
	struct buf b;

	buf_init(&b, TEST_MAX);
	buf_puts(&b, ">");
	ck_assert_int_eq(mime_charset_to_utf8(STR("koi8-r"), STR("\xf0"), &b), 0);
	ck_assert_str_is(buf_str(&b), STR(">\xd0\x9f"));
	ck_assert_int_eq(mime_charset_to_utf8(STR("utf-8"), STR("a\xff"), &b), -1);
	ck_assert_int_eq(mime_charset_to_utf8(STR("utf-8"), STR("a\xe2\x82"), &b), -1);
	ck_assert_int_eq(mime_charset_to_utf8(STR("shift_jis"), STR("a\x93"), &b), -1);
	ck_assert_int_eq(mime_charset_to_utf8(STR("iso-8859-7"), STR("\xff"), &b), -1);
	ck_assert_int_eq(mime_charset_to_utf8(STR("x-nobody"), STR("a"), &b), -1);
	ck_assert_str_is(buf_str(&b), STR(">\xd0\x9f"));
	/* every byte of what Latin-1 is read as has a meaning */
	for (unsigned c = 1; c < 256; c++)
		ck_assert_int_eq(
			mime_charset_to_utf8(STR("iso-8859-1"), str_mem(&(char){ (char)c }, 1), &b),
			0);
	buf_done(&b);
}
END_TEST

START_TEST(test_names)
{
	check_names();
}
END_TEST

/* Once preloaded no file is needed: the names stay the same. */
START_TEST(test_preload)
{
	struct buf b;

	mime_charset_preload();
	check_names();
	ck_assert(mime_charset_is_known(STR("IBM037")));
	buf_init(&b, TEST_MAX);
	ck_assert_int_eq(mime_charset_to_utf8(STR("euc-tw"), STR("\xc4\xe3"), &b), 0);
	buf_done(&b);
}
END_TEST

/* Text; mapped as RFC 5051. */
static const char *const maps[][2] = {
	{ "", "" },
	{ "abcXYZ 09", "ABCXYZ 09" },
	{ "\xc3\xbc", "U\xcc\x88" },
	{ "\xc3\x9c", "U\xcc\x88" },
	{ "u\xcc\x88", "U\xcc\x88" },
	{ "\xc7\x86", "Dz\xcc\x8c" }, /* U+01C6, as U+01C4 in the RFC's example */
	{ "\xc7\x84", "Dz\xcc\x8c" },
	{ "\xc3\x9f", "\xc3\x9f" },	      /* sharp s has no single title case */
	{ "\xef\xbc\xa1\xef\xbd\x81", "AA" }, /* full width, both cases */
	{ "\xef\xac\x81", "fi" },	      /* ligature */
	{ "\xd0\xb6", "\xd0\x96" },
	{ "\xe6\x97\xa5", "\xe6\x97\xa5" },
	{ "\xed\x95\x9c", "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab" }, /* Hangul syllable */
	{ "a\xff\xc3", "A\xff\xc3" },
};

START_TEST(test_casemap)
{
	for (size_t i = 0; i < ARRAY_LEN(maps); i++) {
		struct buf b;
		struct str want = str_c(maps[i][1]);

		buf_init(&b, TEST_MAX);
		mime_casemap(str_c(maps[i][0]), &b);
		ck_assert_msg(str_eq(buf_str(&b), want), "%s is %.*s", maps[i][0],
			      STR_ARG(buf_str(&b)));
		buf_done(&b);
	}
}
END_TEST

UNIT_MAIN("charset", test_to_utf8, test_names, test_casemap, test_preload)
