/*
 * Encrypted blobs. The first byte chooses:
 *   0  the rest is a stored blob. Nothing but what we would write ourselves may be accepted.
 *   1  the rest is a header (16 bytes, its check is made right) and chunks: what somebody with the
 * key of this one message could do. Nothing may break, whatever total the header claims. 2  the
 * rest is plaintext behind four bytes that say what to damage: it must be noticed. The source is
 * included for the header's check, which an attacker without the key cannot make.
 */
#include <stdlib.h>

#include "crypto/blob.c"

static const unsigned char key[32] = { 9, 8, 7 };
static const struct blob_id id = { { 'a', 'c', 'c' }, { 'm', 's', 'g' }, BLOB_META };
enum { MOST = 1 << 17 };

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static int
read_mem(void *arg, uint64_t off, void *p, size_t n, struct err *e)
{
	const struct str *s = arg;

	if (off > s->n || n > s->n - off)
		return err_set(e, EC_CORRUPT, "past the end");
	memcpy(p, s->p + off, n);
	return 0;
}

static void
stored(struct str in)
{
	struct err e = ERR_INIT;
	struct buf out, again;

	buf_init(&out, MOST);
	buf_init(&again, 2 * MOST);
	if (blob_get(key, &id, in, &out, &e) == 0) {
		blob_put(key, &id, buf_str(&out), &again);
		check(str_eq(buf_str(&again), in));
	} else {
		check(e.code != EC_OK && out.n == 0);
	}
	buf_done(&out);
	buf_done(&again);
}

static void
with_check(struct str in)
{
	struct err e = ERR_INIT;
	struct blob_reader *r;
	unsigned char sub[32];
	struct buf b, out;

	if (in.n < BLOB_FIXED)
		return;
	buf_init(&b, in.n + BLOB_CHECK);
	buf_init(&out, MOST);
	blob_subkey(key, &id, sub);
	buf_put(&b, in.p, BLOB_FIXED);
	blob_check(sub, in.p, (unsigned char *)buf_reserve(&b, BLOB_CHECK));
	buf_commit(&b, BLOB_CHECK);
	buf_putstr(&b, str_from(in, BLOB_FIXED));
	in = buf_str(&b);
	if ((r = blob_reader_new(key, &id, read_mem, &in, &e)) != NULL) {
		uint64_t total = blob_reader_size(r);

		for (uint64_t off = 0; off <= total && off < 100000; off += 9999)
			if (blob_reader_get(r, off, 5000, &out, &e) < 0)
				break;
		err_clear(&e);
		(void)!blob_reader_get(r, total - 1, 100, &out, &e);
		blob_reader_free(&r);
	}
	buf_done(&b);
	buf_done(&out);
}

static void
damaged(struct str in)
{
	struct rd rd = rd_init(in);
	size_t pos = (size_t)rd_uint(&rd, 2);
	unsigned char flip = (unsigned char)rd_uint(&rd, 1);
	bool cut = rd_uint(&rd, 1) & 1, whole;
	struct str plain = rd_bytes(&rd, rd.bad ? 0 : (size_t)(rd.end - rd.p));
	struct err e = ERR_INIT;
	struct buf sealed, out;
	struct str s;

	if (rd.bad)
		return;
	buf_init(&sealed, 2 * MOST);
	buf_init(&out, MOST);
	blob_put(key, &id, plain, &sealed);
	check(sealed.n == blob_size(plain.n));
	pos %= sealed.n;
	sealed.p[sealed.off + pos] ^= (char)flip;
	s = cut ? str_sub(buf_str(&sealed), 0, pos) : buf_str(&sealed);
	whole = !cut && flip == 0;
	check((blob_get(key, &id, s, &out, &e) == 0) == whole);
	check(str_eq(buf_str(&out), whole ? plain : STR_NONE));
	check(whole || e.code == EC_CORRUPT);
	buf_done(&sealed);
	buf_done(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str in = str_mem(p, n);
	struct err e = ERR_INIT;

	check(seal_init(&e) == 0);
	if (n == 0 || n > MOST)
		return 0;
	switch (p[0] % 3) {
	case 0:
		stored(str_from(in, 1));
		break;
	case 1:
		with_check(str_from(in, 1));
		break;
	default:
		damaged(str_from(in, 1));
		break;
	}
	return 0;
}
