/* Blobs: round trips, ranges, and every way to damage one. */
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "crypto/blob.h"
#include "tests/unit/unit.h"

static const unsigned char key[32] = { 1, 2, 3 };
static const struct blob_id id = { { 'a' }, { 'm' }, BLOB_BODY };
static const size_t sizes[] = {
	0, 1, 2, 100, LIM_CHUNK - 1, LIM_CHUNK, LIM_CHUNK + 1, 2 * LIM_CHUNK, 3 * LIM_CHUNK + 77
};
static char plain[4 * LIM_CHUNK];
static struct buf sealed, out;

static void
start(void)
{
	struct err e = ERR_INIT;
	unsigned seed = 3;

	ck_assert_int_eq(seal_init(&e), 0);
	for (size_t i = 0; i < sizeof(plain); i++)
		plain[i] = (char)rand_r(&seed);
	buf_init(&sealed, 10 * LIM_CHUNK);
	buf_init(&out, 10 * LIM_CHUNK);
}

static void
stop(void)
{
	buf_done(&sealed);
	buf_done(&out);
}

/* blob_get with this id fails as corrupt and leaves nothing. */
static void
ck_corrupt(const unsigned char k[32], const struct blob_id *i, struct str s)
{
	struct err e = ERR_INIT;

	buf_reset(&out);
	ck_assert_int_eq(blob_get(k, i, s, &out, &e), -1);
	ck_assert_int_eq(e.code, EC_CORRUPT);
	ck_assert_uint_eq(out.n, 0);
}

START_TEST(test_round_trip)
{
	struct err e = ERR_INIT;

	start();
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct str p = str_mem(plain, sizes[i]);

		buf_reset(&sealed);
		buf_reset(&out);
		blob_put(key, &id, p, &sealed);
		ck_assert_uint_eq(sealed.n, blob_size(sizes[i]));
		ck_assert_int_eq(blob_get(key, &id, buf_str(&sealed), &out, &e), 0);
		ck_assert(str_eq(buf_str(&out), p));
		if (sizes[i] >= 16)
			ck_assert_int_eq(str_find(buf_str(&sealed), str_sub(p, 0, 16)), -1);
	}
	stop();
}
END_TEST

/* However the plaintext is cut, the same ciphertext comes out. */
START_TEST(test_pieces)
{
	static const size_t steps[] = { 1, 7, 1000, LIM_CHUNK - 1, LIM_CHUNK, LIM_CHUNK + 1 };
	struct err e = ERR_INIT;

	start();
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		buf_reset(&sealed);
		blob_put(key, &id, str_mem(plain, sizes[i]), &sealed);
		for (size_t k = 0; k < ARRAY_LEN(steps); k++) {
			struct blob_writer *w = blob_writer_new(key, &id, sizes[i]);
			struct str rest = str_mem(plain, sizes[i]);

			buf_reset(&out);
			while (rest.n > 0) {
				blob_writer_put(w, str_sub(rest, 0, steps[k]), &out);
				rest = str_from(rest, steps[k]);
				blob_writer_put(w, STR_NONE, &out);
			}
			ck_assert_int_eq(blob_writer_finish(w, &out, &e), 0);
			ck_assert(str_eq(buf_str(&out), buf_str(&sealed)));
			blob_writer_free(&w);
			blob_writer_free(&w);
		}
	}
	stop();
}
END_TEST

START_TEST(test_wrong_total)
{
	static const struct {
		size_t total, put;
	} rows[] = { { 10, 9 },
		     { 10, 11 },
		     { 0, 1 },
		     { 1, 0 },
		     { LIM_CHUNK, LIM_CHUNK + 1 },
		     { LIM_CHUNK + 1, LIM_CHUNK } };

	start();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct blob_writer *w = blob_writer_new(key, &id, rows[i].total);
		struct err e = ERR_INIT;

		buf_reset(&out);
		blob_writer_put(w, str_mem(plain, rows[i].put), &out);
		blob_writer_put(w, STR_NONE, &out);
		ck_assert_int_eq(blob_writer_finish(w, &out, &e), -1);
		ck_assert_int_eq(e.code, EC_BUG);
		blob_writer_free(&w);
	}
	/* no room for the ciphertext */
	buf_done(&out);
	buf_init(&out, 200);
	for (size_t n = 0; n < 400; n += 50) {
		struct blob_writer *w = blob_writer_new(key, &id, n);
		struct err e = ERR_INIT;

		buf_reset(&out);
		blob_writer_put(w, str_mem(plain, n), &out);
		ck_assert_int_eq(blob_writer_finish(w, &out, &e), blob_size(n) <= 200 ? 0 : -1);
		blob_writer_free(&w);
		buf_reset(&out);
		blob_put(key, &id, str_mem(plain, n), &out);
		ck_assert_int_eq(out.over, blob_size(n) > 200);
		ck_assert_uint_eq(out.n, out.over ? 0 : blob_size(n));
	}
	stop();
}
END_TEST

struct counted {
	struct str s;
	unsigned reads;
	uint64_t bytes;
	bool fail;
};

static int
read_counted(void *arg, uint64_t off, void *p, size_t n, struct err *e)
{
	struct counted *c = arg;

	if (c->fail)
		return err_set(e, EC_IO, "disk");
	if (off > c->s.n || n > c->s.n - off)
		return err_set(e, EC_CORRUPT, "short");
	c->reads++;
	c->bytes += n;
	memcpy(p, c->s.p + off, n);
	return 0;
}

START_TEST(test_ranges)
{
	size_t total = 3 * LIM_CHUNK + 77;
	struct counted c = { .reads = 0 };
	struct err e = ERR_INIT;
	struct blob_reader *r;
	unsigned seed = 5;

	start();
	blob_put(key, &id, str_mem(plain, total), &sealed);
	c.s = buf_str(&sealed);
	r = blob_reader_new(key, &id, read_counted, &c, &e);
	ck_assert_ptr_nonnull(r);
	ck_assert_uint_eq(blob_reader_size(r), total);
	for (int i = 0; i < 500; i++) {
		size_t off = (size_t)rand_r(&seed) % (total + 10),
		       n = (size_t)rand_r(&seed) % total;

		if (i % 2)
			n %= 300;
		buf_reset(&out);
		buf_puts(&out, "kept");
		ck_assert_int_eq(blob_reader_get(r, off, n, &out, &e), 0);
		ck_assert(str_eq(str_from(buf_str(&out), 4),
				 str_sub(str_mem(plain, total), off, off + n)));
	}
	buf_reset(&out);
	ck_assert_int_eq(blob_reader_get(r, UINT64_MAX, SIZE_MAX, &out, &e), 0);
	ck_assert_uint_eq(out.n, 0);
	/* headers are cheap: one chunk, once */
	ck_assert_int_eq(blob_reader_get(r, 0, 10, &out, &e), 0);
	c.reads = 0;
	c.bytes = 0;
	ck_assert_int_eq(blob_reader_get(r, LIM_CHUNK, 500, &out, &e), 0);
	ck_assert_int_eq(blob_reader_get(r, LIM_CHUNK + 500, 500, &out, &e), 0);
	ck_assert_uint_eq(c.reads, 1);
	/* a failing disk is not corruption, and leaves what was there */
	c.fail = true;
	buf_reset(&out);
	buf_puts(&out, "kept");
	ck_assert_int_eq(blob_reader_get(r, LIM_CHUNK, 2 * LIM_CHUNK, &out, &e), -1);
	ck_assert_int_eq(e.code, EC_IO);
	ck_assert_str_eq(buf_c(&out), "kept");
	c.fail = false;
	err_clear(&e);
	ck_assert_int_eq(blob_reader_get(r, LIM_CHUNK, 10, &out, &e), 0);
	/* no room */
	buf_done(&out);
	buf_init(&out, LIM_CHUNK);
	ck_assert_int_eq(blob_reader_get(r, 0, LIM_CHUNK, &out, &e),
			 0); /* exactly fits, without tag */
	ck_assert_uint_eq(out.n, LIM_CHUNK);
	ck_assert_int_eq(blob_reader_get(r, 0, 1, &out, &e), -1);
	ck_assert_int_eq(e.code, EC_LIMIT);
	blob_reader_free(&r);
	blob_reader_free(&r);
	stop();
}
END_TEST

START_TEST(test_bit_flips)
{
	start();
	for (size_t i = 0; i < 4; i++) { /* the short ones: every bit */
		buf_reset(&sealed);
		blob_put(key, &id, str_mem(plain, sizes[i]), &sealed);
		for (size_t bit = 0; bit < sealed.n * 8; bit++) {
			sealed.p[sealed.off + bit / 8] ^= (char)(1 << bit % 8);
			ck_corrupt(key, &id, buf_str(&sealed));
			sealed.p[sealed.off + bit / 8] ^= (char)(1 << bit % 8);
		}
	}
	buf_reset(&sealed); /* a long one: one bit here and there */
	blob_put(key, &id, str_mem(plain, 3 * LIM_CHUNK + 77), &sealed);
	for (size_t n = 0; n < sealed.n; n += 97) {
		sealed.p[sealed.off + n] ^= 0x40;
		ck_corrupt(key, &id, buf_str(&sealed));
		sealed.p[sealed.off + n] ^= 0x40;
	}
	stop();
}
END_TEST

START_TEST(test_truncation)
{
	start();
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		size_t step = sizes[i] > 1000 ? 61 : 1;

		buf_reset(&sealed);
		blob_put(key, &id, str_mem(plain, sizes[i]), &sealed);
		for (size_t n = 0; n < sealed.n; n += step)
			ck_corrupt(key, &id, str_sub(buf_str(&sealed), 0, n));
		/* exactly at chunk borders, where nothing looks torn */
		for (size_t n = 32; n < sealed.n; n += LIM_CHUNK + SEAL_TAG)
			ck_corrupt(key, &id, str_sub(buf_str(&sealed), 0, n));
		buf_putc(&sealed, 'x');
		ck_corrupt(key, &id, buf_str(&sealed));
	}
	stop();
}
END_TEST

/* Chunks exchanged within a blob, or between two of the same key and id. */
START_TEST(test_chunk_swap)
{
	size_t c = LIM_CHUNK + SEAL_TAG;
	static char t[LIM_CHUNK + SEAL_TAG];
	struct err e = ERR_INIT;
	struct buf other;
	char *p;

	start();
	blob_put(key, &id, str_mem(plain, 3 * LIM_CHUNK), &sealed);
	p = sealed.p + sealed.off + 32;
	memcpy(t, p, c);
	memmove(p, p + c, c);
	memcpy(p + c, t, c);
	ck_corrupt(key, &id, buf_str(&sealed));
	memmove(p + c, p, c);
	memcpy(p, t, c);
	buf_reset(&out);
	ck_assert_int_eq(blob_get(key, &id, buf_str(&sealed), &out, &e),
			 0); /* put back: fine again */
	/* a shorter blob's last chunk in place of a middle one, header exchanged */
	buf_init(&other, 10 * LIM_CHUNK);
	blob_put(key, &id, str_mem(plain, 2 * LIM_CHUNK), &other);
	buf_reset(&sealed);
	blob_put(key, &id, str_mem(plain, 3 * LIM_CHUNK), &sealed);
	memcpy(sealed.p + sealed.off, other.p + other.off, 32);
	ck_corrupt(key, &id, str_sub(buf_str(&sealed), 0, 32 + 2 * c));
	buf_done(&other);
	stop();
}
END_TEST

START_TEST(test_swapped_blob)
{
	struct blob_id other = id;
	unsigned char k[32];

	start();
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		buf_reset(&sealed);
		blob_put(key, &id, str_mem(plain, sizes[i]), &sealed);
		other = id;
		other.msg[15] ^= 1;
		ck_corrupt(key, &other, buf_str(&sealed));
		other = id;
		other.account[0] ^= 1;
		ck_corrupt(key, &other, buf_str(&sealed));
		other = id;
		other.purpose = BLOB_META;
		ck_corrupt(key, &other, buf_str(&sealed));
		sealed.p[sealed.off + 7] = BLOB_META; /* and the header made to agree */
		ck_corrupt(key, &other, buf_str(&sealed));
		sealed.p[sealed.off + 7] = BLOB_BODY;
		memcpy(k, key, sizeof(k));
		k[31] ^= 1;
		ck_corrupt(k, &id, buf_str(&sealed));
	}
	stop();
}
END_TEST

UNIT_MAIN("blob", test_round_trip, test_pieces, test_wrong_total, test_ranges, test_bit_flips,
	  test_truncation, test_chunk_swap, test_swapped_blob)
