#include "mime_test.h"

START_TEST(test_next)
{
	/* Block; each field as name=value| */
	static const char *const rows[][2] = {
		{ "", "" },
		{ "\r\nA: b\r\n", "" },
		{ "A: b\r\nC:d\r\n\r\nE: f", "A=b|C=d|" },
		{ "A: b\nC:\td \n\nE: f", "A=b|C=d |" },
		{ "A: b\r\n c\r\n\td\r\nE: f", "A=b\r\n c\r\n\td|E=f|" },
		{ "A:\r\n b\r\n", "A=\r\n b|" },
		{ "A:\r\n", "A=|" },
		{ "A \t: b\r\n", "A=b|" },
		{ " stray\r\nA: b\r\n", "A=b|" },
		{ "no colon\r\n cont: x\r\nA: b\r\n", "A=b|" },
		{ "two words: x\r\nA: b\r\n", "A=b|" },
		{ "From x@y Mon: 1\r\nA: b\r\n", "A=b|" },
		{ ": x\r\nA: b\r\n", "A=b|" },
		{ "\xc3\xbc: x\r\nA: b\r\n", "A=b|" },
		{ "A: b: c\r\n", "A=b: c|" },
		{ "A: b", "A=b|" },
		{ "A: b\r", "A=b|" },
		{ "A", "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str block = str_c(rows[i][0]);
		struct mime_field f;
		struct buf b;

		buf_init(&b, TEST_MAX);
		while (mime_field_next(&block, &f)) {
			ck_assert(str_has_prefix(f.raw, f.name));
			buf_printf(&b, "%.*s=%.*s|", STR_ARG(f.name), STR_ARG(f.value));
		}
		ck_assert_msg(str_eq(buf_str(&b), str_c(rows[i][1])), "%s\n-- is %s", rows[i][0],
			      buf_c(&b));
		buf_done(&b);
	}
}
END_TEST

START_TEST(test_raw)
{
	struct str block = STR("A: b\r\n c\r\nxx\r\nD:e\r\n\r\n");
	struct mime_field f;

	ck_assert(mime_field_next(&block, &f));
	ck_assert_str_is(f.raw, STR("A: b\r\n c\r\n"));
	ck_assert(mime_field_next(&block, &f));
	ck_assert_str_is(f.raw, STR("D:e\r\n"));
	ck_assert(!mime_field_next(&block, &f));
}
END_TEST

START_TEST(test_find)
{
	struct str block = STR("A: 1\r\nB: 2\r\nb: 3\r\n\r\nC: 4\r\n");
	struct mime_field f;

	ck_assert(mime_field_find(block, STR("b"), &f));
	ck_assert_str_is(f.value, STR("2"));
	ck_assert(!mime_field_find(block, STR("C"), &f));
}
END_TEST

UNIT_MAIN("header", test_next, test_raw, test_find)
