/* Heap that does not fail: out of memory ends the process. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

static _Noreturn void
mem_out(size_t n)
{
	char line[96];
	int len = snprintf(line, sizeof(line), "l=error m=\"base.mem.out\" size=%zu\n", n);

	if (len > 0 && write(2, line, (size_t)len) < 0)
		abort();
	abort();
}

void *
mem_alloc(size_t n)
{
	void *p = malloc(n > 0 ? n : 1);

	if (p == NULL)
		mem_out(n);
	return p;
}

void *
mem_zalloc(size_t n, size_t size)
{
	void *p;
	bool none = n == 0 || size == 0;

	if ((p = calloc(none ? 1 : n, none ? 1 : size)) == NULL)
		mem_out(n);
	return p;
}

void *
mem_resize(void *p, size_t n, size_t size)
{
	size_t total;

	if (!size_mul(n, size, &total))
		mem_out(n);
	if ((p = realloc(p, total > 0 ? total : 1)) == NULL)
		mem_out(total);
	return p;
}

void *
mem_dup(const void *p, size_t n)
{
	void *r = mem_alloc(n);

	if (n > 0)
		memcpy(r, p, n);
	return r;
}

char *
mem_cstr(const char *s)
{
	return mem_dup(s, strlen(s) + 1);
}

void
mem_free(void *p)
{
	free(p);
}

void
mem_wipe(void *p, size_t n)
{
	if (n > 0)
		explicit_bzero(p, n);
}
