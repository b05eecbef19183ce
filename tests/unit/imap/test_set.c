#include <check.h>
#include <stdlib.h>

#include "base/mem.h"
#include "imap/imap.h"
#include "imap/lex.h"

static bool
parse(struct arena *a, const char *s, struct imap_set *set)
{
	struct lex l = { .p = s, .end = s + strlen(s), .a = a };

	return lex_set(&l, set) && l.p == l.end;
}

static const struct {
	const char *in;
	uint32_t max;
	const char *uid; /* resolved as UIDs */
	const char *seq; /* as numbers; NULL: refused */
} rows[] = {
	{ "1", 3, "1", "1" },
	{ "2,4:7,9,12:*", 15, "2,4:7,9,12:15", "2,4:7,9,12:15" },
	{ "*:4,5:7", 10, "4:10", "4:10" },
	{ "3:1", 3, "1:3", "1:3" },
	{ "*", 5, "5", "5" },
	{ "*", 0, "", "" },
	{ "1:*", 0, "", "" },
	{ "4", 3, "4", NULL },
	{ "4:6", 3, "4:6", NULL },
	{ "4:*", 3, "3:4", "3" },
	{ "*:9", 3, "3:9", "3" },
	{ "1,1,1", 3, "1", "1" },
	{ "1,2,3", 3, "1:3", "1:3" },
	{ "5,1,3", 5, "1,3,5", "1,3,5" },
	{ "4294967295", 5, "4294967295", NULL },
	{ "1:4294967295,7", 9, "1:4294967295", NULL },
	{ "4294967295,4294967295", 9, "4294967295", NULL },
	{ "2:4,3:9,1", 9, "1:9", "1:9" },
};

START_TEST(resolve)
{
	struct arena *a = arena_new(10000);
	struct imap_set s;
	struct buf b;

	buf_init(&b, 1000);
	ck_assert(parse(a, rows[_i].in, &s));
	imap_set_resolve(&s, rows[_i].max);
	imap_put_set(&b, &s);
	ck_assert_str_eq(buf_c(&b), rows[_i].uid);
	buf_reset(&b);
	ck_assert(parse(a, rows[_i].in, &s));
	if (rows[_i].seq == NULL) {
		ck_assert_int_eq(imap_set_resolve_seq(&s, rows[_i].max), -1);
	} else {
		ck_assert_int_eq(imap_set_resolve_seq(&s, rows[_i].max), 0);
		imap_put_set(&b, &s);
		ck_assert_str_eq(buf_c(&b), rows[_i].seq);
	}
	buf_done(&b);
	arena_free(&a);
}
END_TEST

static const char *const bad[] = { "",
				   "0",
				   "1:",
				   "1,",
				   ":1",
				   ",1",
				   "1:0",
				   "4294967296",
				   "1:2:3",
				   "-1",
				   "18446744073709551617",
				   "1:*:2",
				   "**",
				   "$1",
				   "1,$",
				   "a" };

START_TEST(refuse)
{
	struct arena *a = arena_new(10000);
	struct imap_set s;

	ck_assert(!parse(a, bad[_i], &s));
	arena_free(&a);
}
END_TEST

START_TEST(saved)
{
	struct arena *a = arena_new(10000);
	struct imap_set s;

	ck_assert(parse(a, "$", &s));
	ck_assert(s.saved && s.n == 0);
	arena_free(&a);
}
END_TEST

START_TEST(has)
{
	struct arena *a = arena_new(10000);
	struct imap_set s;

	ck_assert(parse(a, "3:5,9,4294967295", &s));
	imap_set_resolve(&s, 10);
	for (uint32_t i = 0; i < 12; i++)
		ck_assert_int_eq(imap_set_has(&s, i), (i >= 3 && i <= 5) || i == 9);
	ck_assert(imap_set_has(&s, UINT32_MAX));
	s.n = 0;
	ck_assert(!imap_set_has(&s, 3));
	arena_free(&a);
}
END_TEST

START_TEST(ranges)
{
	static const uint32_t v[] = { 1, 2, 3, 5, 7, 8, 4294967294u, 4294967295u };
	struct imap_set s;
	struct buf r, b;

	buf_init(&r, 1000);
	buf_init(&b, 1000);
	for (size_t i = 0; i < ARRAY_LEN(v); i++)
		imap_ranges_add(&r, v[i]);
	s = imap_ranges_set(&r);
	imap_put_set(&b, &s);
	ck_assert_str_eq(buf_c(&b), "1:3,5,7:8,4294967294:4294967295");
	buf_done(&r);
	buf_done(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("imap_set");
	TCase *t = tcase_create("set");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, resolve, 0, (int)ARRAY_LEN(rows));
	tcase_add_loop_test(t, refuse, 0, (int)ARRAY_LEN(bad));
	tcase_add_test(t, saved);
	tcase_add_test(t, has);
	tcase_add_test(t, ranges);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
