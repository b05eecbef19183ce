/* Borrowed bytes. */
#include <check.h>
#include <stdlib.h>

#include "base/str.h"

START_TEST(test_cut)
{
	struct str s = STR("a,b,,c"), part;

	part = str_cut(s, ',', &s);
	ck_assert(str_eq(part, STR("a")));
	part = str_cut(s, ',', &s);
	ck_assert(str_eq(part, STR("b")));
	part = str_cut(s, ',', &s);
	ck_assert_uint_eq(part.n, 0);
	part = str_cut(s, ',', &s);
	ck_assert(str_eq(part, STR("c")));
	ck_assert_ptr_null(s.p);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("str");
	TCase *t = tcase_create("str");
	SRunner *r;
	int failed;

	tcase_add_test(t, test_cut);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
