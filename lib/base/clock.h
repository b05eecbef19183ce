/*
 * Time. Everything that asks for the time asks here, so that tests can set it.
 */
#ifndef MOX_BASE_CLOCK_H
#define MOX_BASE_CLOCK_H

#include <stdint.h>
#include <stddef.h>
#include <time.h>

#include "base/str.h"
#include "base/buf.h"

/* Seconds since 1970; milliseconds of a clock that never goes back. */
int64_t clock_now(void);
int64_t clock_now_us(void); /* microseconds since 1970 */
int64_t clock_mono_ms(void);
/* Tests: fixed wall clock (0 restores the real one). */
void clock_fake(int64_t now);

/* "Sat, 21 Nov 2026 10:44:00 +0000" in local time zone offset of the process. RFC 5322 3.3. */
void clock_put_rfc5322(struct buf *b, int64_t t);
/* "2026-11-21T10:44:00Z". RFC 3339. */
void clock_put_rfc3339(struct buf *b, int64_t t);
/* Days since 1970-01-01 to and from civil date (proleptic Gregorian); month 1-12, day 1-31. */
int64_t clock_days_from_civil(int y, unsigned m, unsigned d);
void clock_civil_from_days(int64_t days, int *y, unsigned *m, unsigned *d);
/* UTC broken-down to seconds since 1970; no range check but of month. */
int64_t clock_utc(int y, unsigned mon, unsigned day, unsigned h, unsigned min, unsigned sec);

#endif
