/* Borrowed bytes. */
#include <stdlib.h>

#include "base/mem.h"
#include "tests/unit/unit.h"

START_TEST(test_compare)
{
	ck_assert(str_eq(STR_NONE, STR("")));
	ck_assert(str_eqi(STR("aBz@["), STR("AbZ@[")));
	ck_assert(!str_eqi(STR("@"), STR("`"))); /* these differ in 0x20 as letters do */
	ck_assert(!str_eq(STR("a\0b"), STR("a\0c")));
	ck_assert_int_lt(str_cmp(STR("a"), STR("ab")), 0);
	ck_assert_int_gt(str_cmp(STR("\xff"), STR("a")), 0);
	ck_assert_int_eq(str_cmp(STR(""), STR_NONE), 0);
	ck_assert_int_eq(str_cmpi(STR("ABC"), STR("abc")), 0);
	ck_assert_int_lt(str_cmpi(STR("ABC"), STR("abd")), 0);
	ck_assert_int_gt(str_cmpi(STR("b"), STR("A1")), 0);
	ck_assert(str_eq_consttime(STR("secret"), STR("secret")));
	ck_assert(!str_eq_consttime(STR("secret"), STR("secreT")));
	ck_assert(!str_eq_consttime(STR("secret"), STR("secre")));
}
END_TEST

START_TEST(test_affix)
{
	ck_assert(str_has_prefix(STR("mailfromtemp"), STR("mailfrom")));
	ck_assert(str_has_prefix(STR("x"), STR("")));
	ck_assert(!str_has_prefix(STR("mail"), STR("mailfrom")));
	ck_assert(str_has_prefixi(STR("MAIL FROM"), STR("mail ")));
	ck_assert(str_has_suffix(STR("a.eml"), STR(".eml")));
	ck_assert(str_has_suffixi(STR("a.EML"), STR(".eml")));
	ck_assert(!str_has_suffix(STR("ml"), STR(".eml")));
	ck_assert(str_has_suffix(STR_NONE, STR_NONE));
}
END_TEST

START_TEST(test_find)
{
	ck_assert_int_eq(str_chr(STR("a\0b"), '\0'), 1);
	ck_assert_int_eq(str_chr(STR_NONE, 'x'), -1);
	ck_assert_int_eq(str_rchr(STR("a@b@c"), '@'), 3);
	ck_assert_int_eq(str_find(STR("abcabd"), STR("abd")), 3);
	ck_assert_int_eq(str_find(STR("ab"), STR("abd")), -1);
	ck_assert_int_eq(str_find(STR_NONE, STR_NONE), 0);
	ck_assert_int_eq(str_findi(STR("xxHeLLo"), STR("hello")), 2);
	ck_assert_int_eq(str_findi(STR("hell"), STR("hello")), -1);
	ck_assert_int_eq(str_findi(STR("hell"), STR("")), 0);
}
END_TEST

START_TEST(test_cut)
{
	struct str s = STR("a,b,,c"), part;

	part = str_cut(s, ',', &s);
	ck_assert_str_is(part, STR("a"));
	part = str_cut(s, ',', &s);
	ck_assert_str_is(part, STR("b"));
	part = str_cut(s, ',', &s);
	ck_assert_uint_eq(part.n, 0);
	part = str_cut(s, ',', &s);
	ck_assert_str_is(part, STR("c"));
	ck_assert_ptr_null(s.p);
	part = str_cut(STR("end,"), ',', &s);
	ck_assert_str_is(part, STR("end"));
	ck_assert_ptr_nonnull(s.p);
	ck_assert_uint_eq(s.n, 0);
	ck_assert_str_is(str_sub(STR("hello"), 1, 3), STR("el"));
	ck_assert_str_is(str_sub(STR("hello"), 4, 99), STR("o"));
	ck_assert_uint_eq(str_sub(STR("hello"), 9, 3).n, 0);
	ck_assert_uint_eq(str_from(STR_NONE, 3).n, 0);
	ck_assert_str_is(str_trim(STR(" \t a b\t")), STR("a b"));
	ck_assert_str_is(str_trim(STR("\r\na\r\n")), STR("\r\na\r\n"));
	ck_assert_str_is(str_trim_ws(STR("\r\na\r\n")), STR("a"));
	ck_assert_uint_eq(str_trim_ws(STR("  \n")).n, 0);
}
END_TEST

START_TEST(test_number)
{
	static const struct {
		const char *s;
		uint64_t max, want;
		int rv;
	} rows[] = {
		{ "0", 0, 0, 0 },
		{ "007", 10, 7, 0 },
		{ "18446744073709551615", UINT64_MAX, UINT64_MAX, 0 },
		{ "18446744073709551616", UINT64_MAX, 0, -1 },
		{ "99999999999999999999999", UINT64_MAX, 0, -1 },
		{ "11", 10, 0, -1 },
		{ "", 10, 0, -1 },
		{ "+1", 10, 0, -1 },
		{ "-1", 10, 0, -1 },
		{ "1 ", 10, 0, -1 },
		{ "0x1", 10, 0, -1 },
	};
	uint32_t v32 = 5;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t v = 12345;

		ck_assert_int_eq(str_to_u64(str_c(rows[i].s), rows[i].max, &v), rows[i].rv);
		ck_assert_uint_eq(v, rows[i].rv == 0 ? rows[i].want : 12345);
	}
	ck_assert_int_eq(str_to_u32(STR("4294967296"), UINT32_MAX, &v32), -1);
	ck_assert_uint_eq(v32, 5);
	ck_assert_int_eq(str_to_u32(STR("4294967295"), UINT32_MAX, &v32), 0);
	ck_assert_uint_eq(v32, UINT32_MAX);
}
END_TEST

START_TEST(test_utf8)
{
	static const char *const good[] = {
		"",
		"abc",
		"\xc2\x80",
		"\xdf\xbf",
		"\xe0\xa0\x80",
		"\xed\x9f\xbf",
		"\xee\x80\x80",
		"\xef\xbf\xbf",
		"\xf0\x90\x80\x80",
		"\xf4\x8f\xbf\xbf",
		"a\xc3\xa9z",
	};
	static const char *const bad[] = {
		"\x80",
		"\xc0\x80",
		"\xc1\xbf",
		"\xc2",
		"\xe0\x9f\xbf",
		"\xed\xa0\x80",
		"\xe1\x80",
		"\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xff",
		"\xc2"
		"A",
		"\xe1\x80"
		"A",
		"\xf0\x90\x80"
		"A",
	};

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		ck_assert(str_is_utf8(str_c(good[i])));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ck_assert(!str_is_utf8(str_c(bad[i])));
	ck_assert(str_is_ascii(STR("0123456789abcdef\x7f")));
	for (size_t i = 0; i < 20; i++) {
		char t[20];

		memset(t, 'a', sizeof(t));
		t[i] = (char)0x80;
		ck_assert(!str_is_ascii(str_mem(t, sizeof(t))));
	}
}
END_TEST

START_TEST(test_to_c)
{
	char t[4];

	ck_assert_int_eq(str_to_c(STR("abc"), t, sizeof(t)), 0);
	ck_assert_str_eq(t, "abc");
	ck_assert_int_eq(str_to_c(STR("abcd"), t, sizeof(t)), -1);
	ck_assert_str_eq(t, "");
	ck_assert_int_eq(str_to_c(STR("a\0b"), t, sizeof(t)), -1);
	ck_assert_int_eq(str_to_c(STR_NONE, t, sizeof(t)), 0);
	ck_assert_str_eq(t, "");
	ck_assert_int_eq(str_to_c(STR_NONE, t, 0), -1);
}
END_TEST

UNIT_MAIN("str", test_compare, test_affix, test_find, test_cut, test_number, test_utf8, test_to_c)
