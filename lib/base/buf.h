/*
 * Owned, growing bytes with a hard maximum. Appending beyond `max` keeps what was there, sets the
 * sticky `over` flag and appends nothing more; callers test `over` once at the end. Bytes are
 * consumed at the front in O(1) amortized, so a buf also serves as a queue of input or output.
 */
#ifndef MOX_BASE_BUF_H
#define MOX_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct buf {
	char *p;    /* allocation */
	size_t off; /* consumed bytes at the front */
	size_t n;   /* live bytes, from p + off */
	size_t cap; /* bytes allocated */
	size_t max; /* most live bytes */
	bool over;  /* an append did not fit */
};

/* In place; nothing is allocated until the first append. `max` in bytes. */
void buf_init(struct buf *b, size_t max);
/* Free the bytes; the struct may be initialised again. buf_wipe overwrites them before. */
void buf_done(struct buf *b);
void buf_wipe(struct buf *b);
/* Empty, `over` cleared, allocation kept (reset) or freed (shrink, only when empty). */
void buf_reset(struct buf *b);
void buf_shrink(struct buf *b);

void buf_put(struct buf *b, const void *p, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_putstr(struct buf *b, struct str s);
void buf_putc(struct buf *b, char c);
void buf_putu64(struct buf *b, uint64_t v); /* decimal */
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* Room for `n` more bytes to be filled by the caller, who then calls buf_commit(b, used). NULL (and
 * `over`) when it would pass `max`. */
char *buf_reserve(struct buf *b, size_t n);
void buf_commit(struct buf *b, size_t n);
/* Drop `n` bytes (clamped) at the front, or keep only the first `n`. */
void buf_consume(struct buf *b, size_t n);
void buf_truncate(struct buf *b, size_t n);

/* The live bytes; borrowed until the next change. */
static inline struct str
buf_str(const struct buf *b)
{
	return b->n > 0 ? (struct str){ b->p + b->off, b->n } : (struct str){ "", 0 };
}
/* As a C string: adds a NUL that is not counted. Borrowed; aborts on embedded NUL. */
const char *buf_c(struct buf *b);

#endif
