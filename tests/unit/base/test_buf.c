/* Growing bytes, arenas, checked sizes. */
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/wire.h"
#include "tests/unit/unit.h"

START_TEST(test_limit)
{
	struct buf b;

	buf_init(&b, 10);
	buf_put(&b, "12345678", 8);
	ck_assert(!b.over);
	buf_put(&b, "abc", 3);
	ck_assert(b.over);
	ck_assert_str_is(buf_str(&b), STR("12345678"));
	buf_putc(&b, 'x'); /* sticky, although it would fit */
	ck_assert_uint_eq(b.n, 8);
	buf_consume(&b, 100);
	ck_assert(b.over);
	buf_reset(&b);
	ck_assert(!b.over);
	buf_put(&b, "1234567890", 10);
	ck_assert(!b.over);
	ck_assert_ptr_null(buf_reserve(&b, SIZE_MAX));
	buf_done(&b);
	ck_assert_uint_eq(b.max, 10);
	buf_puts(&b, "again");
	ck_assert_str_eq(buf_c(&b), "again");
	buf_wipe(&b);
	ck_assert_ptr_null(b.p);
}
END_TEST

/* A queue against a plain array: random puts and consumes. */
START_TEST(test_queue)
{
	static char model[1 << 16];
	size_t head = 0, tail = 0;
	struct buf b;
	unsigned seed = 7;

	buf_init(&b, 3000);
	for (int i = 0; i < 20000 && tail < sizeof(model) - 100; i++) {
		unsigned r = (unsigned)rand_r(&seed);
		size_t n = r % 97;

		if (r & 0x1000) {
			n = MIN(n * 2, tail - head);
			buf_consume(&b, n);
			head += n;
		} else if (tail - head + n <= 3000) {
			for (size_t k = 0; k < n; k++)
				model[tail + k] = (char)rand_r(&seed);
			buf_put(&b, model + tail, n);
			tail += n;
		}
		ck_assert(!b.over);
		ck_assert(str_eq(buf_str(&b), str_mem(model + head, tail - head)));
		ck_assert_uint_le(b.cap, 3000);
		if (b.n == 0 && (r & 0x2000))
			buf_shrink(&b);
	}
	buf_done(&b);
}
END_TEST

START_TEST(test_print)
{
	struct buf b;

	buf_init(&b, 30);
	buf_printf(&b, "%s %d", "abc", 42);
	buf_putu64(&b, 0);
	ck_assert_str_eq(buf_c(&b), "abc 420");
	buf_printf(&b, "%030d", 1);
	ck_assert(b.over);
	ck_assert_uint_eq(b.n, 7);
	buf_reset(&b);
	buf_putu64(&b, UINT64_MAX);
	ck_assert_str_is(buf_str(&b), STR("18446744073709551615"));
	buf_truncate(&b, 2);
	buf_truncate(&b, 100);
	ck_assert_str_eq(buf_c(&b), "18");
	memcpy(buf_reserve(&b, 5), "xyzzy", 5);
	buf_commit(&b, 3);
	ck_assert_str_eq(buf_c(&b), "18xyz");
	/* exactly full: the NUL of buf_c and printf has its own place */
	buf_reset(&b);
	buf_printf(&b, "%030d", 1);
	ck_assert(!b.over);
	ck_assert_uint_eq(strlen(buf_c(&b)), 30);
	buf_done(&b);
	ck_assert_str_eq(buf_c(&b), "");
}
END_TEST

START_TEST(test_wire)
{
	struct buf b;
	struct rd r;

	buf_init(&b, 1000);
	wr_uint(&b, 1, 0xab);
	wr_uint(&b, 3, 0x010203);
	wr_uint(&b, 8, UINT64_MAX - 1);
	wr_str(&b, STR("hello"));
	wr_str(&b, STR_NONE);
	for (size_t n = 0; n <= b.n; n++) { /* cut at every byte */
		uint64_t sum = 0;

		r = rd_init(str_sub(buf_str(&b), 0, n));
		sum = rd_uint(&r, 1) + rd_uint(&r, 3) + rd_uint(&r, 8);
		rd_str(&r, 5);
		rd_str(&r, 5);
		ck_assert_int_eq(rd_done(&r), n == b.n);
		if (n == b.n)
			ck_assert_uint_eq(sum, 0xabULL + 0x010203 + (UINT64_MAX - 1));
	}
	r = rd_init(str_from(buf_str(&b), 12));
	rd_str(&r, 4);
	ck_assert(r.bad);
	ck_assert(!rd_more(&r));
	buf_done(&b);
}
END_TEST

START_TEST(test_arena)
{
	struct arena *a = arena_new(20000);
	volatile size_t huge = SIZE_MAX; /* the compiler knows better otherwise */
	unsigned char *p, *q;
	struct str s;

	p = arena_alloc(a, 1);
	q = arena_alloc(a, 1);
	ck_assert_uint_eq((uintptr_t)p % _Alignof(max_align_t), 0);
	ck_assert_ptr_ne(p, q);
	ck_assert_uint_eq(*p, 0);
	ck_assert_uint_eq(arena_used(a), 2 * _Alignof(max_align_t));
	memset(p, 0xff, 1);
	p = arena_alloc(a, 10000); /* a block of its own */
	for (int i = 0; i < 10000; i++)
		ck_assert_uint_eq(p[i], 0);
	memset(p, 0xff, 10000);
	ck_assert_ptr_null(arena_try(a, 10000, 1));
	ck_assert_ptr_null(arena_try(a, huge / 2, 3));
	ck_assert_ptr_null(arena_try(a, huge, 1));
	s = arena_str(a, STR("abc"));
	ck_assert_str_eq(s.p, "abc");
	ck_assert_str_eq(arena_cstr(a, STR("def")), "def");
	ck_assert_str_is(arena_printf(a, "%d-%s", 7, "x"), STR("7-x"));
	for (int i = 0; arena_str_try(a, STR("0123456789")).p != NULL; i++)
		ck_assert_int_lt(i, 2000);
	ck_assert_uint_le(arena_used(a), 20000);
	arena_reset(a);
	ck_assert_uint_eq(arena_used(a), 0);
	p = arena_alloc(a, 3000);
	for (int i = 0; i < 3000; i++)
		ck_assert_uint_eq(p[i], 0); /* zeroed again */
	ck_assert_ptr_nonnull(arena_try(a, 0, 0));
	arena_free(&a);
	ck_assert_ptr_null(a);
	arena_free(&a);
}
END_TEST

START_TEST(test_sizes)
{
	size_t r = 1;
	int *p;

	ck_assert(!size_add(SIZE_MAX, 1, &r));
	ck_assert(!size_mul(SIZE_MAX / 2, 3, &r));
	ck_assert_uint_eq(r, 1);
	ck_assert(size_mul(0, SIZE_MAX, &r));
	p = mem_zalloc(3, sizeof(*p));
	p = mem_resize(p, 5, sizeof(*p));
	ck_assert_int_eq(p[2], 0);
	mem_free(p);
	p = mem_dup("abcd", 4);
	mem_wipe(p, 4);
	ck_assert_int_eq(*p, 0);
	mem_free(p);
	mem_free(mem_alloc(0));
	mem_free(mem_cstr("x"));
}
END_TEST

UNIT_MAIN("buf", test_limit, test_queue, test_print, test_wire, test_arena, test_sizes)
