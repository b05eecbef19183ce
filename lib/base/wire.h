/*
 * Fixed-width little-endian integers and length-prefixed bytes, for IPC packets, blob headers and
 * logs. A reader that runs past the end sets `bad` and yields zeros; callers test rd_done() once.
 */
#ifndef MOX_BASE_WIRE_H
#define MOX_BASE_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

struct rd {
	const unsigned char *p, *end;
	bool bad;
};

static inline struct rd
rd_init(struct str s)
{
	return (struct rd){ (const unsigned char *)s.p, (const unsigned char *)s.p + s.n, false };
}
/* `width` bytes, 1 to 8. */
static inline uint64_t
rd_uint(struct rd *r, unsigned width)
{
	uint64_t v = 0;

	if (r->bad || (size_t)(r->end - r->p) < width) {
		r->bad = true;
		return 0;
	}
	for (unsigned i = 0; i < width; i++)
		v |= (uint64_t)r->p[i] << (8 * i);
	r->p += width;
	return v;
}
/* Exactly n bytes, borrowed from the input. */
static inline struct str
rd_bytes(struct rd *r, size_t n)
{
	struct str s;

	if (r->bad || (size_t)(r->end - r->p) < n) {
		r->bad = true;
		return (struct str){ "", 0 };
	}
	s = (struct str){ (const char *)r->p, n };
	r->p += n;
	return s;
}
/* 32-bit length, then that many bytes; more than `max` is bad. */
static inline struct str
rd_str(struct rd *r, size_t max)
{
	uint64_t n = rd_uint(r, 4);

	if (n > max)
		r->bad = true;
	return rd_bytes(r, (size_t)n);
}
/* All consumed and nothing went wrong. */
static inline bool
rd_done(const struct rd *r)
{
	return !r->bad && r->p == r->end;
}
static inline bool
rd_more(const struct rd *r)
{
	return !r->bad && r->p < r->end;
}

static inline void
wr_uint(struct buf *b, unsigned width, uint64_t v)
{
	unsigned char t[8];

	for (unsigned i = 0; i < width; i++)
		t[i] = (unsigned char)(v >> (8 * i));
	buf_put(b, t, width);
}
static inline void
wr_str(struct buf *b, struct str s)
{
	wr_uint(b, 4, s.n);
	buf_putstr(b, s);
}

#endif
