/*
 * Growing bytes with a maximum. Invariants: off + n <= cap; n <= max; p is NULL when cap is 0. One
 * spare byte is always allocated beyond cap for buf_c.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

/* What has this size or less leaves no copy behind when it grows: passwords and keys travel in
 * small buffers. Large ones hold mail, and moving them costs. */
enum { BUF_FIRST = 64, BUF_WIPED = 4096 };

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void
buf_done(struct buf *b)
{
	mem_free(b->p);
	*b = (struct buf){ .max = b->max };
}

void
buf_wipe(struct buf *b)
{
	mem_wipe(b->p, b->cap);
	buf_done(b);
}

void
buf_reset(struct buf *b)
{
	b->off = b->n = 0;
	b->over = false;
}

void
buf_shrink(struct buf *b)
{
	if (b->n > 0)
		return;
	mem_free(b->p);
	b->p = NULL;
	b->off = b->cap = 0;
}

static void
buf_grow(struct buf *b, size_t need)
{
	size_t cap = b->cap > 0 ? b->cap : BUF_FIRST;

	assert(b->off <= b->cap && b->n <= b->cap - b->off && (b->p != NULL || b->cap == 0));
	/* Front space is reused when it pays: at least half of the allocation. */
	if (b->off > 0 && b->n + need <= b->cap && b->off >= b->cap / 2) {
		memmove(b->p, b->p + b->off, b->n);
		b->off = 0;
		return;
	}
	while (cap < b->n + need)
		cap += cap / 2;
	if (cap > b->max && b->n + need <= b->max)
		cap = b->max;
	if (b->off > 0 || (b->cap > 0 && b->cap <= BUF_WIPED)) {
		char *p = mem_alloc(cap + 1);

		if (b->n > 0)
			memcpy(p, b->p + b->off, b->n);
		if (b->cap <= BUF_WIPED)
			mem_wipe(b->p, b->cap);
		mem_free(b->p);
		b->p = p;
		b->off = 0;
	} else {
		b->p = mem_resize(b->p, cap + 1, 1);
	}
	b->cap = cap;
}

char *
buf_reserve(struct buf *b, size_t n)
{
	if (b->over || n > b->max || b->n > b->max - n) {
		b->over = true;
		return NULL;
	}
	if (b->p == NULL || b->cap - b->off - b->n < n)
		buf_grow(b, n);
	return b->p + b->off + b->n;
}

void
buf_commit(struct buf *b, size_t n)
{
	assert(n <= b->cap - b->off - b->n);
	b->n += n;
}

void
buf_put(struct buf *b, const void *p, size_t n)
{
	char *dst;

	if (n == 0)
		return;
	if ((dst = buf_reserve(b, n)) == NULL)
		return;
	memcpy(dst, p, n);
	b->n += n;
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_putstr(struct buf *b, struct str s)
{
	buf_put(b, s.p, s.n);
}

void
buf_putc(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

void
buf_putu64(struct buf *b, uint64_t v)
{
	char t[20];
	size_t i = sizeof(t);

	do {
		t[--i] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	buf_put(b, t + i, sizeof(t) - i);
}

void
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	char *dst;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	assert(n >= 0);
	/* vsnprintf adds a NUL, for which the spare byte behind cap serves. */
	if ((dst = buf_reserve(b, (size_t)n)) != NULL) {
		vsnprintf(dst, (size_t)n + 1, fmt, again);
		b->n += (size_t)n;
	}
	va_end(again);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

void
buf_consume(struct buf *b, size_t n)
{
	if (n >= b->n) {
		b->off = b->n = 0;
		return;
	}
	b->off += n;
	b->n -= n;
}

void
buf_truncate(struct buf *b, size_t n)
{
	if (n < b->n)
		b->n = n;
}

const char *
buf_c(struct buf *b)
{
	if (b->p == NULL)
		return "";
	assert(b->n == 0 || memchr(b->p + b->off, '\0', b->n) == NULL);
	b->p[b->off + b->n] = '\0';
	return b->p + b->off;
}
