/* Time, and the calendar without the C library's static buffers. */
#include <assert.h>

#include "base/clock.h"

static int64_t fake; /* tests only; 0 is off */

static int64_t
clock_read_us(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
clock_now_us(void)
{
	return fake != 0 ? fake * 1000000 : clock_read_us(CLOCK_REALTIME);
}

int64_t
clock_now(void)
{
	return fake != 0 ? fake : clock_read_us(CLOCK_REALTIME) / 1000000;
}

int64_t
clock_mono_ms(void)
{
	return clock_read_us(CLOCK_MONOTONIC) / 1000;
}

void
clock_fake(int64_t now)
{
	fake = now;
}

/* Both count days in 400-year cycles of 146097 days from 0000-03-01, so that the leap day is the
 * last of its year; 719468 days from there to 1970-01-01. */
int64_t
clock_days_from_civil(int y, unsigned m, unsigned d)
{
	int64_t year = (int64_t)y - (m <= 2);
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t in_era = year - era * 400;
	int64_t in_year = (153 * (int64_t)(m > 2 ? m - 3 : m + 9) + 2) / 5 + (int64_t)d - 1;

	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

void
clock_civil_from_days(int64_t days, int *y, unsigned *m, unsigned *d)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	*d = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	*m = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	*y = (int)(yoe + era * 400 + (*m <= 2));
}

int64_t
clock_utc(int y, unsigned mon, unsigned day, unsigned h, unsigned min, unsigned sec)
{
	assert(mon >= 1 && mon <= 12);
	return clock_days_from_civil(y, mon, day) * 86400 + (int64_t)h * 3600 + (int64_t)min * 60 +
	       sec;
}

struct civil {
	int y;
	unsigned mon, day, h, min, sec, wday; /* Sunday is 0 */
};

static struct civil
civil_of(int64_t t)
{
	int64_t days = t >= 0 ? t / 86400 : (t - 86399) / 86400;
	unsigned s = (unsigned)(t - days * 86400);
	struct civil c = { .h = s / 3600, .min = s / 60 % 60, .sec = s % 60 };

	clock_civil_from_days(days, &c.y, &c.mon, &c.day);
	c.wday = (unsigned)(((days + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
	return c;
}

void
clock_put_rfc5322(struct buf *b, int64_t t)
{
	static const char wdays[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t tt = (time_t)t;
	struct tm tm;
	long off = 0;
	struct civil c;

	if (localtime_r(&tt, &tm) != NULL)
		off = tm.tm_gmtoff;
	c = civil_of(t + off);
	buf_printf(b, "%.3s, %02u %.3s %04d %02u:%02u:%02u %c%02ld%02ld",
		   wdays + (size_t)3 * c.wday, c.day, months + (size_t)3 * (c.mon - 1), c.y, c.h,
		   c.min, c.sec, off < 0 ? '-' : '+', (off < 0 ? -off : off) / 3600,
		   (off < 0 ? -off : off) / 60 % 60);
}

void
clock_put_rfc3339(struct buf *b, int64_t t)
{
	struct civil c = civil_of(t);

	buf_printf(b, "%04d-%02u-%02uT%02u:%02u:%02uZ", c.y, c.mon, c.day, c.h, c.min, c.sec);
}
