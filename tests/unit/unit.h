/*
 * The main function of a unit test file: UNIT_MAIN("str", test_cut, test_trim). One program per
 * file. UNIT_MAIN_AROUND runs `setup` and `teardown` around each test.
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

/* `setup` may be NULL. */
static inline int
unit_run_around(const char *name, void (*setup)(void), void (*teardown)(void), unsigned seconds,
		const TTest *const *tests, size_t n)
{
	Suite *s = suite_create(name);
	TCase *t = tcase_create(name);
	SRunner *r;
	int failed;

	tcase_set_timeout(t, seconds);
	if (setup != NULL)
		tcase_add_checked_fixture(t, setup, teardown);
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

#define UNIT_MAIN_AROUND(name, setup, teardown, seconds, ...)                                      \
	int main(void)                                                                             \
	{                                                                                          \
		const TTest *const tests_[] = { __VA_ARGS__ };                                     \
		return unit_run_around(name, setup, teardown, seconds, tests_,                     \
				       sizeof(tests_) / sizeof(tests_[0]));                        \
	}
#define UNIT_MAIN(name, ...) UNIT_MAIN_AROUND(name, NULL, NULL, 60, __VA_ARGS__)

#endif
