/* Calendar and clock. */
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/unit/unit.h"

START_TEST(test_civil)
{
	int64_t days = clock_days_from_civil(-1, 1, 1);
	int y;
	unsigned m, d;

	ck_assert_int_eq(clock_days_from_civil(1970, 1, 1), 0);
	ck_assert_int_eq(clock_days_from_civil(2000, 3, 1), 11017);
	ck_assert_int_eq(clock_days_from_civil(1969, 12, 31), -1);
	/* Every day for 3,000 years, both ways, against counting. */
	for (int year = -1; year < 3000; year++) {
		bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

		for (unsigned mon = 1; mon <= 12; mon++) {
			static const unsigned len[] = { 31, 28, 31, 30, 31, 30,
							31, 31, 30, 31, 30, 31 };
			unsigned n = len[mon - 1] + (mon == 2 && leap);

			for (unsigned day = 1; day <= n; day++, days++) {
				if (clock_days_from_civil(year, mon, day) != days)
					ck_abort_msg("%d-%u-%u", year, mon, day);
				clock_civil_from_days(days, &y, &m, &d);
				if (y != year || m != mon || d != day)
					ck_abort_msg("%d-%u-%u read back", year, mon, day);
			}
		}
	}
	ck_assert_int_eq(clock_utc(2026, 11, 21, 10, 44, 0), 1795257840);
}
END_TEST

START_TEST(test_format)
{
	static const struct {
		const char *tz, *want;
		int64_t t;
	} rows[] = {
		{ "UTC0", "Sat, 21 Nov 2026 10:44:00 +0000", 1795257840 },
		{ "UTC0", "Thu, 01 Jan 1970 00:00:00 +0000", 0 },
		{ "UTC0", "Wed, 31 Dec 1969 23:59:59 +0000", -1 },
		{ "LMT-5:30", "Sat, 21 Nov 2026 16:14:00 +0530", 1795257840 },
		{ "LMT+3:30", "Sat, 21 Nov 2026 07:14:00 -0330", 1795257840 },
		{ "LMT-14", "Sun, 22 Nov 2026 00:44:00 +1400", 1795257840 },
	};
	struct buf b;

	buf_init(&b, 100);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		setenv("TZ", rows[i].tz, 1);
		tzset();
		buf_reset(&b);
		clock_put_rfc5322(&b, rows[i].t);
		ck_assert_str_eq(buf_c(&b), rows[i].want);
	}
	buf_reset(&b);
	clock_put_rfc3339(&b, 1795257840);
	ck_assert_str_eq(buf_c(&b), "2026-11-21T10:44:00Z");
	buf_done(&b);
}
END_TEST

START_TEST(test_now)
{
	int64_t a = clock_mono_ms();

	ck_assert_int_gt(clock_now(), 1600000000);
	ck_assert_int_ge(clock_now_us() / 1000000, 1600000000);
	ck_assert_int_ge(clock_mono_ms(), a);
	clock_fake(1000);
	ck_assert_int_eq(clock_now(), 1000);
	ck_assert_int_eq(clock_now_us(), 1000000000);
	clock_fake(0);
	ck_assert_int_gt(clock_now(), 1600000000);
}
END_TEST

UNIT_MAIN("clock", test_civil, test_format, test_now)
