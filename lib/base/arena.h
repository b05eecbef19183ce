/*
 * Memory with one lifetime: a connection, a transaction, a parse. Objects are never freed one by
 * one. An arena has a ceiling; allocating beyond it returns NULL only from the *_try calls, others
 * abort, so everything sized by a peer uses the *_try form or is limited before.
 */
#ifndef MOX_BASE_ARENA_H
#define MOX_BASE_ARENA_H

#include <stddef.h>

#include "base/str.h"

struct arena;

/* `max` bytes at most, counted with alignment. */
struct arena *arena_new(size_t max);
void arena_free(struct arena **a);
/* Forget all objects; keeps the first block. */
void arena_reset(struct arena *a);
/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *a);

/* Zeroed, aligned for any type. alloc aborts past the ceiling, try returns NULL. */
void *arena_alloc(struct arena *a, size_t n) __attribute__((returns_nonnull, alloc_size(2)));
void *arena_try(struct arena *a, size_t n, size_t size) __attribute__((alloc_size(2, 3)));
/* Copies; the copy has a NUL behind it that is not counted. try: {NULL, 0} past the ceiling. */
struct str arena_str(struct arena *a, struct str s);
struct str arena_str_try(struct arena *a, struct str s);
char *arena_cstr(struct arena *a, struct str s);
struct str arena_printf(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))

#endif
