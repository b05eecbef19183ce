/*
 * Heap. Allocation failure ends the process (the master restarts it), so every size that a peer
 * can influence is checked against a LIM_ before it comes here. Size arithmetic on numbers from
 * outside uses the size_* helpers.
 */
#ifndef MOX_BASE_MEM_H
#define MOX_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

/* Never NULL; aborts when memory is out. A size of 0 is allowed. Freed with mem_free. */
void *mem_alloc(size_t n) __attribute__((malloc, alloc_size(1), returns_nonnull));
/* Zeroed; aborts when n * size overflows. */
void *mem_zalloc(size_t n, size_t size) __attribute__((malloc, alloc_size(1, 2), returns_nonnull));
/* Resize to n * size bytes; aborts on overflow. New bytes are indeterminate. */
void *mem_resize(void *p, size_t n, size_t size) __attribute__((alloc_size(2, 3)));
void *mem_dup(const void *p, size_t n) __attribute__((malloc, returns_nonnull));
char *mem_cstr(const char *s) __attribute__((malloc, returns_nonnull));
/* free(); NULL is fine. */
void mem_free(void *p);
/* Overwrite in a way the compiler keeps. */
void mem_wipe(void *p, size_t n);

#define MEM_NEW(type) ((type *)mem_zalloc(1, sizeof(type)))

/* False on overflow; *r is then untouched. */
static inline bool
size_add(size_t a, size_t b, size_t *r)
{
	size_t v;

	if (__builtin_add_overflow(a, b, &v))
		return false;
	*r = v;
	return true;
}
static inline bool
size_mul(size_t a, size_t b, size_t *r)
{
	size_t v;

	if (__builtin_mul_overflow(a, b, &v))
		return false;
	*r = v;
	return true;
}

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

#endif
