/*
 * Blocks in a list, newest first; the oldest stays over a reset. Objects that are larger than a
 * block get a block of their own.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/mem.h"

enum { ARENA_BLOCK = 4000, ARENA_ALIGN = _Alignof(max_align_t) };

struct block {
	struct block *next; /* older */
	size_t cap, used;
	_Alignas(max_align_t) char data[];
};

struct arena {
	size_t max, used;
	struct block *top;
};

struct arena *
arena_new(size_t max)
{
	struct arena *a = MEM_NEW(struct arena);

	a->max = max;
	return a;
}

void
arena_free(struct arena **a)
{
	struct block *b, *next;

	if (*a == NULL)
		return;
	for (b = (*a)->top; b != NULL; b = next) {
		next = b->next;
		mem_free(b);
	}
	mem_free(*a);
	*a = NULL;
}

void
arena_reset(struct arena *a)
{
	struct block *b, *next;

	for (b = a->top; b != NULL; b = next) {
		next = b->next;
		if (next == NULL && b->cap <= ARENA_BLOCK) {
			b->used = 0;
			break;
		}
		mem_free(b);
	}
	a->top = b;
	a->used = 0;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}

static struct block *
block_new(size_t cap)
{
	struct block *b = mem_alloc(sizeof(*b) + cap);

	b->cap = cap;
	b->used = 0;
	return b;
}

void *
arena_try(struct arena *a, size_t n, size_t size)
{
	struct block *b = a->top;
	size_t want;
	void *p;

	if (!size_mul(n, size, &want) || !size_add(want, ARENA_ALIGN - 1, &want))
		return NULL;
	want &= ~((size_t)ARENA_ALIGN - 1);
	if (want == 0)
		want = ARENA_ALIGN;
	if (want > a->max || a->used > a->max - want)
		return NULL;
	if (b == NULL || b->cap - b->used < want) {
		b = block_new(want > ARENA_BLOCK / 4 && a->top != NULL ? want
								       : MAX(want, ARENA_BLOCK));
		if (a->top != NULL && b->cap == want) {
			/* Full from the start: behind the top, whose room stays in use. */
			b->next = a->top->next;
			a->top->next = b;
		} else {
			b->next = a->top;
			a->top = b;
		}
	}
	p = b->data + b->used;
	b->used += want;
	a->used += want;
	return memset(p, 0, want);
}

void *
arena_alloc(struct arena *a, size_t n)
{
	void *p = arena_try(a, n, 1);

	if (p == NULL) {
		fprintf(stderr, "l=error m=\"base.arena.full\" size=%zu max=%zu\n", n, a->max);
		abort();
	}
	return p;
}

struct str
arena_str_try(struct arena *a, struct str s)
{
	size_t n;
	char *p;

	if (!size_add(s.n, 1, &n) || (p = arena_try(a, n, 1)) == NULL)
		return STR_NONE;
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return str_mem(p, s.n);
}

struct str
arena_str(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);

	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return str_mem(p, s.n);
}

char *
arena_cstr(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);

	assert(str_chr(s, '\0') < 0);
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return p;
}

struct str
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	assert(n >= 0);
	p = arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return str_mem(p, (size_t)n);
}
