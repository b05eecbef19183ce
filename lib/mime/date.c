/*
 * Dates of RFC 5322 3.3 and 4.3, and what is seen beside them: no day of the week, two-digit years,
 * zones by name or none, comments, seconds left out. Text behind the zone is not looked at.
 */
#include "base/clock.h"
#include "mime/mime_priv.h"

#define MINUTES_PER_HOUR 60
#define SECONDS_PER_MINUTE 60

static struct str
word_get(struct str *s)
{
	size_t n = 0;

	while (n < s->n && chr_is_alpha(s->p[n]))
		n++;
	struct str w = str_sub(*s, 0, n);
	*s = str_from(*s, n);
	return w;
}

/* A number of min to max digits; -1 otherwise. */
static int
number_get(struct str *s, size_t min, size_t max)
{
	size_t n = 0;
	int v = 0;

	while (n < s->n && n < max && chr_is_digit(s->p[n]))
		v = v * 10 + (s->p[n++] - '0');
	if (n < min || (n < s->n && chr_is_digit(s->p[n])))
		return -1;
	*s = str_from(*s, n);
	return v;
}

/* 1 to 12, or 0. Longer names are seen: the first three letters count. */
static unsigned
month_find(struct str w)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	for (unsigned m = 0; w.n >= 3 && m < 12; m++)
		if (str_eqi(str_sub(w, 0, 3), str_mem(names + 3 * m, 3)))
			return m + 1;
	return 0;
}

static unsigned
month_days(int year, unsigned month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && is_leap ? 1u : 0u);
}

/* Minutes east. Unknown names are -0000 (RFC 5322 4.3); the military letters are too, since they
 * were used with either sign. */
static int
zone_by_name(struct str w)
{
	static const struct {
		struct str name;
		int hours;
	} zones[] = {
		{ { "EDT", 3 }, -4 }, { { "EST", 3 }, -5 }, { { "CDT", 3 }, -5 },
		{ { "CST", 3 }, -6 }, { { "MDT", 3 }, -6 }, { { "MST", 3 }, -7 },
		{ { "PDT", 3 }, -7 }, { { "PST", 3 }, -8 }, { { "MET", 3 }, 1 },
		{ { "CET", 3 }, 1 },  { { "BST", 3 }, 1 },  { { "CEST", 4 }, 2 },
		{ { "MEST", 4 }, 2 }, { { "EET", 3 }, 2 },  { { "EEST", 4 }, 3 },
		{ { "JST", 3 }, 9 },
	};

	for (size_t i = 0; i < ARRAY_LEN(zones); i++)
		if (str_eqi(w, zones[i].name))
			return zones[i].hours * MINUTES_PER_HOUR;
	return 0;
}

static int
zone_get(struct str *s, int *zone)
{
	int sign, v;

	if (s->n == 0 || (s->p[0] != '+' && s->p[0] != '-')) {
		*zone = zone_by_name(word_get(s));
		return 0;
	}
	sign = s->p[0] == '-' ? -1 : 1;
	*s = str_from(*s, 1);
	v = number_get(s, 4, 4);
	if (v < 0 && s->n > 2 && s->p[2] == ':') { /* +01:00 */
		int h = number_get(s, 2, 2), m;

		*s = str_from(*s, 1);
		m = number_get(s, 2, 2);
		v = h < 0 || m < 0 ? -1 : h * 100 + m;
	}
	if (v < 0 || v % 100 >= MINUTES_PER_HOUR)
		return -1;
	*zone = sign * (v / 100 * MINUTES_PER_HOUR + v % 100);
	return 0;
}

/* [":" two digits]: -1 when malformed, 0 and *v untouched when there is no colon. */
static int
colon_number_get(struct str *s, int *v)
{
	mime_skip_cfws(s, NULL);
	if (s->n == 0 || s->p[0] != ':')
		return 0;
	*s = str_from(*s, 1);
	mime_skip_cfws(s, NULL);
	*v = number_get(s, 1, 2);
	return *v < 0 ? -1 : 0;
}

/* "21 Nov 2026", with "-" between as some write it. */
static int
day_get(struct str *s, int *year, unsigned *month, int *day)
{
	size_t before;

	if ((*day = number_get(s, 1, 2)) < 0)
		return -1;
	mime_skip_cfws(s, NULL);
	if (s->n > 0 && s->p[0] == '-')
		*s = str_from(*s, 1);
	if ((*month = month_find(word_get(s))) == 0)
		return -1;
	mime_skip_cfws(s, NULL);
	if (s->n > 0 && s->p[0] == '-')
		*s = str_from(*s, 1);
	before = s->n;
	if ((*year = number_get(s, 2, 4)) < 0)
		return -1;
	if (before - s->n == 2)
		*year += *year < 50 ? 2000 : 1900; /* RFC 5322 4.3 */
	else if (before - s->n == 3)
		*year += 1900;
	return *year >= 1900 && *day >= 1 && (unsigned)*day <= month_days(*year, *month) ? 0 : -1;
}

int
mime_date_parse(struct str s, int64_t *t, int *tz)
{
	int day, year, h, m = -1, sec = 0, zone = 0;
	unsigned month;

	mime_skip_cfws(&s, NULL);
	if (word_get(&s).n > 0) {
		mime_skip_cfws(&s, NULL);
		if (s.n > 0 && (s.p[0] == ',' || s.p[0] == '.'))
			s = str_from(s, 1);
		mime_skip_cfws(&s, NULL);
		if (s.n > 0 && s.p[0] == ',')
			s = str_from(s, 1);
		mime_skip_cfws(&s, NULL);
	}
	if (day_get(&s, &year, &month, &day) < 0)
		return -1;
	mime_skip_cfws(&s, NULL);
	if ((h = number_get(&s, 1, 2)) < 0 || colon_number_get(&s, &m) < 0 ||
	    colon_number_get(&s, &sec) < 0)
		return -1;
	if (h > 23 || m < 0 || m > 59 || sec > 60) /* 60: a leap second */
		return -1;
	mime_skip_cfws(&s, NULL);
	if (zone_get(&s, &zone) < 0)
		return -1;
	*t = clock_utc(year, month, (unsigned)day, (unsigned)h, (unsigned)m, (unsigned)sec) -
	     (int64_t)zone * SECONDS_PER_MINUTE;
	if (tz != NULL)
		*tz = zone;
	return 0;
}
