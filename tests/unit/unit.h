/*
 * The main function of a unit test file: UNIT_MAIN("str", test_cut, test_trim). One program per
 * file.
 */
#ifndef MOX_TESTS_UNIT_H
#define MOX_TESTS_UNIT_H

#include <check.h>

#include "base/str.h"

#define ck_assert_str_is(a, b)                                                                     \
	do {                                                                                       \
		struct str ck_a_ = (a), ck_b_ = (b);                                               \
		ck_assert_msg(str_eq(ck_a_, ck_b_), "\"%.*s\" is not \"%.*s\"", STR_ARG(ck_a_),    \
			      STR_ARG(ck_b_));                                                     \
	} while (0)

static inline int
unit_run(const char *name, const TTest *const *tests, size_t n)
{
	Suite *s = suite_create(name);
	TCase *t = tcase_create(name);
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(t, tests[i]);
	suite_add_tcase(s, t);
	r = srunner_create(s);
#ifdef MOX_SAN
	srunner_set_fork_status(r, CK_NOFORK); /* the sanitizers report at exit */
#endif
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}

#define UNIT_MAIN(name, ...)                                                                       \
	int main(void)                                                                             \
	{                                                                                          \
		const TTest *const tests_[] = { __VA_ARGS__ };                                     \
		return unit_run(name, tests_, sizeof(tests_) / sizeof(tests_[0]));                 \
	}

#endif
