#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/iplimit.h"
#include "base/limits.h"

static struct sockaddr_storage
addr(const char *s)
{
	struct sockaddr_storage ss = { 0 };
	struct sockaddr_in *s4 = (void *)&ss;
	struct sockaddr_in6 *s6 = (void *)&ss;

	if (inet_pton(AF_INET, s, &s4->sin_addr) == 1)
		ss.ss_family = AF_INET;
	else if (inet_pton(AF_INET6, s, &s6->sin6_addr) == 1)
		ss.ss_family = AF_INET6;
	else
		ck_abort_msg("%s", s);
	return ss;
}

static bool
opens(struct iplimit *l, const char *s, int64_t now)
{
	struct sockaddr_storage ss = addr(s);

	return iplimit_open(l, &ss, now);
}

START_TEST(exempt)
{
	static const struct {
		const char *a;
		bool yes;
	} rows[] = { { "127.0.0.1", true },	   { "127.9.9.9", true },  { "::1", true },
		     { "::ffff:127.0.0.1", true }, { "128.0.0.1", false }, { "::2", false },
		     { "::ffff:10.0.0.1", false } };
	struct sockaddr_storage ss = addr(rows[_i].a);

	ck_assert_int_eq(iplimit_is_exempt(&ss), rows[_i].yes);
}
END_TEST

START_TEST(open_and_close)
{
	struct iplimit *l = iplimit_new();
	struct sockaddr_storage ss = addr("192.0.2.1");
	char s[64];

	for (int i = 0; i < LIM_CONN_OPEN; i++)
		ck_assert(iplimit_open(l, &ss, 1000));
	ck_assert(!iplimit_open(l, &ss, 1000));
	ck_assert(opens(l, "192.0.2.2", 1000));
	iplimit_close(l, &ss);
	ck_assert(iplimit_open(l, &ss, 1000));
	/* the /26: 31 are open in it */
	for (int i = 0; i < 2 * LIM_CONN_OPEN - 1; i++) {
		snprintf(s, sizeof(s), "192.0.2.%d", 3 + i % 50);
		ck_assert(opens(l, s, 1000));
	}
	ck_assert(!opens(l, "192.0.2.63", 1000));
	ck_assert(opens(l, "192.0.2.64", 1000));
	iplimit_free(&l);
}
END_TEST

/* One of four processes: 30 shared by four is 8 each, and half as much again. */
START_TEST(workers)
{
	struct iplimit *l = iplimit_new();

	iplimit_set_workers(l, 4);
	for (int i = 0; i < 12; i++)
		ck_assert(opens(l, "192.0.2.1", 1000));
	ck_assert(!opens(l, "192.0.2.1", 1000));
	iplimit_free(&l);
}
END_TEST

START_TEST(rate)
{
	struct iplimit *l = iplimit_new();
	struct sockaddr_storage ss = addr("2001:db8:1:2::1"), other = addr("2001:db8:1:2:ffff::1");

	for (int i = 0; i < LIM_CONN_RATE; i++) {
		ck_assert(iplimit_open(l, i % 2 == 0 ? &ss : &other, 1));
		iplimit_close(l, i % 2 == 0 ? &ss : &other);
	}
	ck_assert(!iplimit_open(l, &ss, 2));
	ck_assert(!opens(l, "2001:db8:1:2:3::", LIM_CONN_WINDOW_MS));
	ck_assert(iplimit_open(l, &ss, LIM_CONN_WINDOW_MS + 1));
	iplimit_free(&l);
}
END_TEST

START_TEST(many)
{
	struct iplimit *l = iplimit_new();
	struct sockaddr_storage ss;
	char s[64];

	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 3000; i++) {
			snprintf(s, sizeof(s), "2001:%x:%x::1", i + 1, round);
			ss = addr(s);
			ck_assert(iplimit_open(l, &ss, round * 2 * LIM_CONN_WINDOW_MS));
			if (i % 2 == 0)
				iplimit_close(l, &ss);
		}
	iplimit_free(&l);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("iplimit");
	TCase *t = tcase_create("iplimit");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, exempt, 0, 7);
	tcase_add_test(t, open_and_close);
	tcase_add_test(t, workers);
	tcase_add_test(t, rate);
	tcase_add_test(t, many);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
