#include "mime_test.h"

#define BAD INT64_MIN

/* Text; seconds since 1970 (BAD: malformed); minutes east. */
static const struct {
	const char *s;
	int64_t t;
	int tz;
} rows[] = {
	{ "Thu, 1 Jan 1970 00:00:00 +0000", 0, 0 },
	{ "Sat, 21 Nov 2026 10:44:00 +0000", 1795257840, 0 },
	{ "21 Nov 2026 10:44 +0100", 1795254240, 60 },
	{ "Mon, 7 Feb 1994 21:52:25 -0800 (PST)", 760686745, -480 },
	{ "Wed, 31 Dec 1969 23:59:59 -0000", -1, 0 },
	{ "Tue, 29 Feb 2000 23:59:60 +0545", 951868800 - 5 * 3600 - 45 * 60, 345 },
	{ "Sat,21 Nov 2026 10:44:00 GMT", 1795257840, 0 },
	{ "Sat, 21 Nov 26 10:44:00 UT", 1795257840, 0 },
	{ "Tue, 21 Nov 95 10:44:00 EST", 816968640, -300 },
	{ "Tue, 21 Nov 095 10:44:00 EDT", 816965040, -240 },
	{ "Sat, 21 Nov 2026 10:44:00 Z", 1795257840, 0 },
	{ "Sat, 21 Nov 2026 10:44:00 K", 1795257840, 0 },
	{ "Sat, 21 Nov 2026 10:44:00 CEST", 1795250640, 120 },
	{ "Sat, 21 Nov 2026 10:44:00", 1795257840, 0 },
	{ "Sat, 21 Nov 2026 10:44:00 +01:00", 1795254240, 60 },
	{ "  (c) Sat (c) , (c) 21 (c) Nov (c) 2026 (c) 10 (c) : 44 : (c) 00 (c) +0000 (c)",
	  1795257840, 0 },
	{ "Sat,\r\n 21 Nov 2026\r\n\t10:44:00 +0000", 1795257840, 0 },
	{ "SAT, 21 NOVEMBER 2026 10:44:00 +0000", 1795257840, 0 },
	{ "Saturday, 21-Nov-26 10:44:00 GMT", 1795257840, 0 },
	{ "Sat, 21 Nov 2026 10:44:00 +0000 trailing", 1795257840, 0 },
	{ "Sat 21 Nov 2026 10:44:00 +0000", 1795257840, 0 },
	{ "Sat, 21 Nov 2026 10:44:00 -9959", 1795257840 + 99 * 3600 + 59 * 60, -5999 },
	{ "1 Jan 9999 00:00:00 +0000", 253370764800, 0 },
	{ "", BAD, 0 },
	{ "Sat", BAD, 0 },
	{ "Sat, ", BAD, 0 },
	{ "0 Nov 2026 10:44:00 +0000", BAD, 0 },
	{ "31 Nov 2026 10:44:00 +0000", BAD, 0 },
	{ "29 Feb 2100 10:44:00 +0000", BAD, 0 },
	{ "21 Xov 2026 10:44:00 +0000", BAD, 0 },
	{ "21 No 2026 10:44:00 +0000", BAD, 0 },
	{ "21 Nov 1 10:44:00 +0000", BAD, 0 },
	{ "21 Nov 20260 10:44:00 +0000", BAD, 0 },
	{ "21 Nov 1899 10:44:00 +0000", BAD, 0 },
	{ "21 Nov 2026 24:00:00 +0000", BAD, 0 },
	{ "21 Nov 2026 10:60:00 +0000", BAD, 0 },
	{ "21 Nov 2026 10:44:61 +0000", BAD, 0 },
	{ "21 Nov 2026 10 +0000", BAD, 0 },
	{ "21 Nov 2026 10:44: +0000", BAD, 0 },
	{ "21 Nov 2026 10:44:00 +00", BAD, 0 },
	{ "21 Nov 2026 10:44:00 +0060", BAD, 0 },
	{ "2026-11-21T10:44:00Z", BAD, 0 },
	{ "(unclosed", BAD, 0 },
};

START_TEST(test_parse)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t t = BAD;
		int tz = -7777, r = mime_date_parse(str_c(rows[i].s), &t, &tz);

		ck_assert_msg(r == (rows[i].t == BAD ? -1 : 0) && t == rows[i].t, "%s: %lld",
			      rows[i].s, (long long)t);
		ck_assert_msg(tz == (r == 0 ? rows[i].tz : -7777), "%s: %d", rows[i].s, tz);
	}
}
END_TEST

START_TEST(test_cuts) /* no read behind the end */
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (size_t n = 0; n < strlen(rows[i].s); n++) {
			char *m = mem_dup(rows[i].s, n);
			int64_t t;

			(void)!mime_date_parse(str_mem(m, n), &t, NULL);
			mem_free(m);
		}
	}
}
END_TEST

UNIT_MAIN("date", test_parse, test_cuts)
