/* Failed logins by network; the clock is an argument. */
#include <stdio.h>

#include "auth/limit.h"
#include "base/mem.h"
#include "crypto/seal.h"
#include "tests/unit/unit.h"

#define DAY (86400LL * 20000)

static struct auth_limit *
limit_new(void)
{
	struct err e = ERR_INIT;

	ck_assert_int_eq(seal_init(&e), 0);
	return auth_limit_new();
}

static void
failures(struct auth_limit *l, const char *ip, int n, int64_t now)
{
	while (n-- > 0)
		auth_limit_fail(l, str_c(ip), STR("a"), now);
}

START_TEST(test_minute)
{
	struct auth_limit *l = limit_new();

	for (unsigned i = 1; i <= 10; i++) {
		ck_assert(auth_limit_check(l, STR("192.0.2.1"), DAY));
		ck_assert_uint_eq(auth_limit_fail(l, STR("192.0.2.1"), STR("a"), DAY), i);
	}
	ck_assert(!auth_limit_check(l, STR("192.0.2.1"), DAY));
	ck_assert(!auth_limit_check(l, STR("::ffff:192.0.2.1"), DAY + 59));
	ck_assert(auth_limit_check(l, STR("192.0.2.2"), DAY));
	ck_assert(auth_limit_check(l, STR("192.0.2.1"), DAY + 60));
	auth_limit_free(&l);
	ck_assert_ptr_null(l);
}
END_TEST

START_TEST(test_day)
{
	struct auth_limit *l = limit_new();

	for (int i = 0; i < 10; i++)
		failures(l, "192.0.2.1", 5, DAY + 60 * i);
	ck_assert(!auth_limit_check(l, STR("192.0.2.1"), DAY + 86399));
	ck_assert(auth_limit_check(l, STR("192.0.2.1"), DAY + 86400));
	auth_limit_free(&l);
}
END_TEST

/* networks that are hit, network that is then refused, one beside it */
START_TEST(test_classes)
{
	static const struct {
		const char *from[9];
		const char *refused, *free;
	} rows[] = {
		{ { "192.0.2.1", "192.0.2.2", "192.0.2.3" }, "192.0.2.63", "192.0.2.64" }, /* /26 */
		{ { "10.0.0.1", "10.0.0.65", "10.0.0.129", "10.0.1.1", "10.0.2.1", "10.0.3.1",
		    "10.0.4.1", "10.0.5.1", "10.0.6.1" },
		  "10.0.7.255",
		  "10.0.8.0" },							      /* /21 */
		{ { "2001:db8:1:2::1" }, "2001:db8:1:2:ffff::9", "2001:db8:1:3::1" }, /* /64 */
		{ { "2001:db8:1:1::1", "2001:db8:1:2::1", "2001:db8:1:3::1" },
		  "2001:db8:1:ffff::1",
		  "2001:db8:2:1::1" }, /* /48 */
		{ { "2001:db8:1::1", "2001:db8:2::1", "2001:db8:3::1", "2001:db8:4::1",
		    "2001:db8:5::1", "2001:db8:6::1", "2001:db8:7::1", "2001:db8:8::1",
		    "2001:db8:9::1" },
		  "2001:db8:ffff::1",
		  "2001:db9::1" }, /* /32 */
		{ { "nonsense" }, "other nonsense", "192.0.2.1" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct auth_limit *l = limit_new();

		for (size_t k = 0; k < 9 && rows[i].from[k] != NULL; k++) {
			ck_assert_msg(auth_limit_check(l, str_c(rows[i].refused), DAY), "row %zu",
				      i);
			failures(l, rows[i].from[k], 10, DAY);
		}
		ck_assert_msg(!auth_limit_check(l, str_c(rows[i].refused), DAY), "row %zu", i);
		ck_assert_msg(auth_limit_check(l, str_c(rows[i].free), DAY), "row %zu", i);
		auth_limit_free(&l);
	}
}
END_TEST

START_TEST(test_reset)
{
	struct auth_limit *l = limit_new();

	failures(l, "192.0.2.1", 10, DAY);
	failures(l, "192.0.2.2", 10, DAY);
	failures(l, "192.0.2.3", 10, DAY);
	ck_assert(!auth_limit_check(l, STR("192.0.2.9"), DAY));
	auth_limit_reset(l, STR("192.0.2.1"), STR("b"), DAY); /* failed at another account */
	auth_limit_reset(l, STR("192.0.2.1"), STR_NONE, DAY);
	ck_assert(!auth_limit_check(l, STR("192.0.2.1"), DAY));
	auth_limit_reset(l, STR("192.0.2.1"), STR("a"), DAY);
	ck_assert(auth_limit_check(l, STR("192.0.2.1"), DAY));
	ck_assert(auth_limit_check(l, STR("192.0.2.9"), DAY));
	ck_assert(!auth_limit_check(l, STR("192.0.2.2"), DAY));
	auth_limit_reset(l, STR("198.51.100.1"), STR("a"), DAY); /* never seen */
	auth_limit_free(&l);
}
END_TEST

/* One's own account does not help to guess at others: nine failures, a success, and so on. */
START_TEST(test_own_account)
{
	struct auth_limit *l = limit_new();
	unsigned n = 0;

	for (int64_t now = DAY; n < 200 && auth_limit_check(l, STR("192.0.2.1"), now); now += 60) {
		for (int i = 0; i < 5 && auth_limit_check(l, STR("192.0.2.1"), now); i++, n++)
			auth_limit_fail(l, STR("192.0.2.1"), i % 2 == 0 ? STR("victim") : STR_NONE,
					now);
		auth_limit_reset(l, STR("192.0.2.1"), STR("own"), now);
	}
	ck_assert_uint_eq(n, 50);
	auth_limit_free(&l);
}
END_TEST

/* Many networks: memory stays, and one that keeps failing is not forgotten for those that fail
 * once. */
START_TEST(test_flood)
{
	struct auth_limit *l = limit_new();
	char ip[64];

	failures(l, "192.0.2.1", 50, DAY);
	for (unsigned i = 0; i < 100000; i++) {
		snprintf(ip, sizeof(ip), "2001:%x:%x::1", i >> 16, i & 0xffff);
		auth_limit_fail(l, str_c(ip), STR("a"), DAY);
	}
	ck_assert(!auth_limit_check(l, STR("192.0.2.1"), DAY + 120));
	auth_limit_free(&l);
}
END_TEST

UNIT_MAIN("limit", test_minute, test_day, test_classes, test_reset, test_own_account, test_flood)
