/* Messages in transit: in memory, in a file, from one to the other, read back, damaged. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "crypto/spool.h"
#include "tests/unit/unit.h"

enum { BIG = 3 * LIM_MEMFD + 12345 };
static char *plain;
static int dir = -1;
static const size_t sizes[] = { 0,
				1,
				4095,
				4096,
				4097,
				SPOOL_CHUNK - 1,
				SPOOL_CHUNK,
				SPOOL_CHUNK + 1,
				LIM_MEMFD - 1,
				LIM_MEMFD,
				LIM_MEMFD + 1,
				LIM_MEMFD + SPOOL_CHUNK,
				BIG };

static void
start(void)
{
	struct err e = ERR_INIT;
	unsigned seed = 5;

	ck_assert_int_eq(seal_init(&e), 0);
	if (plain != NULL)
		return;
	plain = mem_alloc(BIG);
	for (size_t i = 0; i < BIG; i++)
		plain[i] = (char)rand_r(&seed);
	dir = open("/tmp", O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(dir, 0);
}

/* `size` bytes put in pieces of `step`. */
static struct spool *
put(struct spool_pool *pool, uint64_t expected, size_t size, size_t step, struct spool_done *d)
{
	struct spool *w = spool_new(dir, pool, expected);
	struct err e = ERR_INIT;

	for (size_t i = 0; i < size; i += step)
		ck_assert_int_eq(spool_put(w, str_mem(plain + i, MIN(step, size - i)), &e), 0);
	ck_assert_uint_eq(spool_size(w), size);
	ck_assert_int_eq(spool_finish(w, d, &e), 0);
	ck_assert_uint_eq(d->size, size);
	return w;
}

static void
ck_content(const struct spool_done *d)
{
	struct err e = ERR_INIT;
	struct spool_reader *r = spool_reader_new(d->fd, str_mem(d->key, d->key_n), d->size, &e);
	struct str piece;
	size_t at = 0;
	char some[100];
	int k;

	ck_assert_msg(r != NULL, "%s", e.msg);
	ck_assert_uint_eq(spool_reader_size(r), d->size);
	while ((k = spool_reader_next(r, &piece, &e)) > 0) {
		ck_assert(piece.n > 0 && piece.n <= SPOOL_CHUNK && at + piece.n <= d->size);
		ck_assert(memcmp(piece.p, plain + at, piece.n) == 0);
		at += piece.n;
	}
	ck_assert_int_eq(k, 0);
	ck_assert_uint_eq(at, d->size);
	for (size_t off = 0; off + sizeof(some) <= d->size; off += 9973) {
		ck_assert_int_eq(spool_reader_get(r, off, some, sizeof(some), &e), 0);
		ck_assert(memcmp(some, plain + off, sizeof(some)) == 0);
	}
	spool_reader_rewind(r);
	ck_assert_int_eq(spool_reader_next(r, &piece, &e), d->size > 0);
	ck_assert_int_eq(spool_reader_get(r, d->size, some, 1, &e), -1);
	ck_assert_int_eq(e.code, EC_CORRUPT);
	spool_reader_free(&r);
}

START_TEST(test_round_trip)
{
	static const size_t steps[] = { 7, 4096, 65536, BIG };
	struct spool_pool pool = { 0 };

	start();
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		for (size_t k = sizes[i] > 100000; k < ARRAY_LEN(steps); k++) {
			struct spool_done d;
			struct spool *w = put(&pool, 0, sizes[i], steps[k], &d);

			ck_assert(spool_is_file(w) == (sizes[i] > LIM_MEMFD));
			ck_assert_uint_eq(d.key_n, spool_is_file(w) ? SEAL_KEY : 0);
			ck_assert_uint_eq(pool.mem, spool_is_file(w) ? 0 : sizes[i]);
			ck_content(&d);
			spool_free(&w);
			ck_assert_uint_eq(pool.mem, 0);
		}
}
END_TEST

START_TEST(test_expected)
{
	struct spool_done d;
	struct spool *w;

	start();
	w = put(NULL, LIM_MEMFD + 1, 10, 3, &d);
	ck_assert(spool_is_file(w));
	ck_content(&d);
	spool_free(&w);
}
END_TEST

/* When all messages together are large, each goes to a file, also in its middle. */
START_TEST(test_pool)
{
	struct spool_pool pool = { LIM_MEMFD_TOTAL };
	struct spool_done d;
	struct spool *w;
	struct err e = ERR_INIT;

	start();
	w = put(&pool, 0, 5000, 5000, &d);
	ck_assert(spool_is_file(w));
	ck_content(&d);
	spool_free(&w);
	pool.mem = 0;
	w = spool_new(dir, &pool, 0);
	ck_assert_int_eq(spool_put(w, str_mem(plain, 6000), &e), 0);
	pool.mem += LIM_MEMFD_TOTAL;
	ck_assert_int_eq(spool_put(w, str_mem(plain + 6000, 6000), &e), 0);
	ck_assert_uint_eq(pool.mem, LIM_MEMFD_TOTAL);
	ck_assert_int_eq(spool_finish(w, &d, &e), 0);
	ck_assert(spool_is_file(w));
	ck_content(&d);
	spool_free(&w);
}
END_TEST

START_TEST(test_sealed)
{
	struct spool_done d;
	struct spool *w;
	struct err e = ERR_INIT;
	int fd;

	start();
	w = put(NULL, 0, 100, 100, &d);
	ck_assert_int_eq(fcntl(d.fd, F_GET_SEALS),
			 F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
	ck_assert_int_eq(pwrite(d.fd, "x", 1, 0), -1);
	ck_assert_int_ge(fd = spool_fd_dup(w, &e), 0);
	close(fd);
	ck_assert_int_eq(spool_finish(w, &d, &e), 0);
	ck_assert_int_eq(spool_put(w, STR("x"), &e), -1);
	spool_free(&w);
}
END_TEST

/* No plaintext in the file; every damage is noticed. */
START_TEST(test_damage)
{
	static const size_t at[] = { 0, 100, SPOOL_CHUNK, SPOOL_CHUNK + 16, 2 * SPOOL_CHUNK + 40 };
	size_t size = LIM_MEMFD + 3 * SPOOL_CHUNK + 100;
	struct spool_done d;
	struct spool *w;
	struct err e = ERR_INIT;
	struct str piece;
	struct stat st;
	char *raw;
	int k;

	start();
	w = put(NULL, 0, size, 65536, &d);
	ck_assert_int_eq(fstat(d.fd, &st), 0);
	ck_assert_int_eq(st.st_nlink, 0);
	raw = mem_alloc((size_t)st.st_size);
	ck_assert_int_eq(pread(d.fd, raw, (size_t)st.st_size, 0), st.st_size);
	for (size_t i = 0; i + 32 <= size; i += 1000)
		ck_assert(memmem(raw, (size_t)st.st_size, plain + i, 32) == NULL);
	for (size_t i = 0; i < ARRAY_LEN(at); i++) {
		struct spool_reader *r;
		char c = (char)(raw[at[i]] ^ 1);

		ck_assert_int_eq(pwrite(d.fd, &c, 1, (off_t)at[i]), 1);
		r = spool_reader_new(d.fd, str_mem(d.key, d.key_n), d.size, &e);
		ck_assert(r != NULL);
		while ((k = spool_reader_next(r, &piece, &e)) > 0)
			;
		ck_assert_int_eq(k, -1);
		ck_assert_int_eq(e.code, EC_CORRUPT);
		err_clear(&e);
		spool_reader_free(&r);
		ck_assert_int_eq(pwrite(d.fd, &raw[at[i]], 1, (off_t)at[i]), 1);
	}
	/* Two chunks swapped; the last chunk missing, with a size that fits; a wrong key. */
	ck_assert_int_eq(pwrite(d.fd, raw + SPOOL_CHUNK + 16, SPOOL_CHUNK + 16, 0),
			 SPOOL_CHUNK + 16);
	for (int i = 0; i < 3; i++) {
		struct spool_done t = d;
		struct spool_reader *r;

		if (i > 0)
			ck_assert_int_eq(pwrite(d.fd, raw, SPOOL_CHUNK + 16, 0), SPOOL_CHUNK + 16);
		if (i == 1) {
			t.size -= t.size % SPOOL_CHUNK;
			ck_assert_int_eq(ftruncate(d.fd, st.st_size - 100 - 16), 0);
		}
		if (i == 2) {
			ck_assert_int_eq(pwrite(d.fd, raw, (size_t)st.st_size, 0), st.st_size);
			t.key[0] ^= 1;
		}
		r = spool_reader_new(t.fd, str_mem(t.key, t.key_n), t.size, &e);
		ck_assert(r != NULL);
		while ((k = spool_reader_next(r, &piece, &e)) > 0)
			;
		ck_assert_int_eq(k, -1);
		ck_assert_int_eq(e.code, EC_CORRUPT);
		err_clear(&e);
		spool_reader_free(&r);
	}
	mem_free(raw);
	spool_free(&w);
}
END_TEST

START_TEST(test_refused)
{
	struct err e = ERR_INIT;
	int fd = memfd_create("x", MFD_CLOEXEC), p[2];

	start();
	ck_assert_int_eq(ftruncate(fd, 100), 0);
	ck_assert(spool_reader_new(fd, STR(""), 99, &e) == NULL);
	ck_assert_int_eq(e.code, EC_CORRUPT);
	err_clear(&e);
	ck_assert(spool_reader_new(fd, STR("short"), 100, &e) == NULL);
	ck_assert_int_eq(e.code, EC_SYNTAX);
	err_clear(&e);
	ck_assert(spool_reader_new(fd, STR(""), UINT64_MAX, &e) == NULL);
	ck_assert_int_eq(e.code, EC_SYNTAX);
	err_clear(&e);
	ck_assert_int_eq(pipe(p), 0);
	ck_assert(spool_reader_new(p[0], STR(""), 0, &e) == NULL);
	ck_assert_int_eq(e.code, EC_CORRUPT);
	close(p[0]);
	close(p[1]);
	close(fd);
}
END_TEST

/* Without a directory there is memory alone; a failed spool stays failed. */
START_TEST(test_limit)
{
	struct spool *w = spool_new(-1, NULL, 0);
	struct spool_done d;
	struct err e = ERR_INIT;

	start();
	ck_assert_int_eq(spool_put(w, str_mem(plain, LIM_MEMFD), &e), 0);
	ck_assert_int_eq(spool_put(w, STR("x"), &e), -1);
	ck_assert_int_eq(e.code, EC_LIMIT);
	ck_assert_int_eq(spool_put(w, STR("x"), &e), -1);
	ck_assert_int_eq(spool_finish(w, &d, &e), -1);
	spool_free(&w);
	ck_assert_uint_eq(spool_disk_free(-1), 0);
	ck_assert_uint_gt(spool_disk_free(dir), 0);
	close(dir);
	dir = -1;
	mem_free(plain);
	plain = NULL;
}
END_TEST

UNIT_MAIN("spool", test_round_trip, test_expected, test_pool, test_sealed, test_damage,
	  test_refused, test_limit)
