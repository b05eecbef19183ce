/*
 * Encrypted bytes of one message.
 *
 *   header: "MOXB" version(1) algorithm(1) log2 of the chunk size(1) purpose(1) total(8) check(16)
 *   chunks: LIM_CHUNK plaintext bytes and a tag each, the last one shorter; one empty for 0 bytes
 *
 * The subkey is PRF(key, account, message, purpose), so a blob that is moved to another place, or
 * read for another purpose, fails at `check`, which is the first half of PRF(subkey, header). The
 * nonce of a chunk is its number and whether it is the last; a nonce under a subkey is used once
 * since a key serves one blob. The header is associated data of each chunk as well.
 */
#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/wire.h"
#include "crypto/blob.h"

enum {
	BLOB_VERSION = 1,
	BLOB_AES256GCM = 1,
	BLOB_CHUNK_LOG2 = 14,
	BLOB_FIXED = 16, /* header without check */
	BLOB_CHECK = 16,
	BLOB_HEADER = BLOB_FIXED + BLOB_CHECK,
	BLOB_CHUNK = LIM_CHUNK + SEAL_TAG, /* a whole chunk as stored */
};
_Static_assert(1 << BLOB_CHUNK_LOG2 == LIM_CHUNK, "the header says the chunk size");

static const char magic[4] = { 'M', 'O', 'X', 'B' };

static uint64_t
chunks_of(uint64_t total)
{
	return total == 0 ? 1 : (total - 1) / LIM_CHUNK + 1;
}

uint64_t
blob_size(uint64_t total)
{
	assert(total <= LIM_BLOB);
	return BLOB_HEADER + total + chunks_of(total) * SEAL_TAG;
}

static void
blob_subkey(const unsigned char key[32], const struct blob_id *id, unsigned char sub[32])
{
	char t[4 + sizeof(id->account) + sizeof(id->msg) + 1];

	memcpy(t, "blob", 4);
	memcpy(t + 4, id->account, sizeof(id->account));
	memcpy(t + 4 + sizeof(id->account), id->msg, sizeof(id->msg));
	t[sizeof(t) - 1] = (char)id->purpose;
	seal_prf(key, str_mem(t, sizeof(t)), sub);
}

/* The header's last part from its first. */
static void
blob_check(const unsigned char sub[32], const char *head, unsigned char check[BLOB_CHECK])
{
	unsigned char h[SEAL_HASH];

	seal_prf(sub, str_mem(head, BLOB_FIXED), h);
	memcpy(check, h, BLOB_CHECK);
}

static void
blob_nonce(uint64_t index, bool last, unsigned char nonce[SEAL_NONCE])
{
	memset(nonce, 0, SEAL_NONCE);
	for (unsigned i = 0; i < 8; i++)
		nonce[i] = (unsigned char)(index >> (8 * i));
	nonce[8] = last;
}

struct blob_writer {
	struct seal_gcm *gcm;
	uint64_t total, got; /* got > total: too much was put */
	uint64_t index;	     /* next chunk */
	bool begun;	     /* header is out */
	char head[BLOB_HEADER];
	char *part; /* plaintext of a chunk that is not complete, allocated on first need */
	size_t npart;
};

struct blob_writer *
blob_writer_new(const unsigned char key[32], const struct blob_id *id, uint64_t total)
{
	struct blob_writer *w = MEM_NEW(struct blob_writer);
	unsigned char sub[SEAL_KEY];
	struct buf b;

	assert(total <= LIM_BLOB);
	w->total = total;
	blob_subkey(key, id, sub);
	w->gcm = seal_gcm_new(sub);
	buf_init(&b, BLOB_FIXED);
	buf_put(&b, magic, sizeof(magic));
	wr_uint(&b, 1, BLOB_VERSION);
	wr_uint(&b, 1, BLOB_AES256GCM);
	wr_uint(&b, 1, BLOB_CHUNK_LOG2);
	wr_uint(&b, 1, (unsigned)id->purpose);
	wr_uint(&b, 8, total);
	assert(buf_str(&b).n == BLOB_FIXED);
	memcpy(w->head, buf_str(&b).p, BLOB_FIXED);
	buf_done(&b);
	blob_check(sub, w->head, (unsigned char *)w->head + BLOB_FIXED);
	mem_wipe(sub, sizeof(sub));
	return w;
}

void
blob_writer_free(struct blob_writer **w)
{
	if (*w == NULL)
		return;
	seal_gcm_free(&(*w)->gcm);
	if ((*w)->part != NULL)
		mem_wipe((*w)->part, LIM_CHUNK);
	mem_free((*w)->part);
	mem_free(*w);
	*w = NULL;
}

static void
writer_begin(struct blob_writer *w, struct buf *out)
{
	if (!w->begun)
		buf_put(out, w->head, BLOB_HEADER);
	w->begun = true;
}

/* Encrypt one complete chunk, or the last one. */
static void
writer_chunk(struct blob_writer *w, struct str plain, struct buf *out)
{
	bool last = w->index == chunks_of(w->total) - 1;
	unsigned char nonce[SEAL_NONCE];
	char *p = buf_reserve(out, plain.n + SEAL_TAG);

	if (p == NULL)
		return; /* out->over tells */
	blob_nonce(w->index++, last, nonce);
	seal_gcm_encrypt(w->gcm, nonce, str_mem(w->head, BLOB_FIXED), plain, (unsigned char *)p);
	buf_commit(out, plain.n + SEAL_TAG);
}

static void
writer_keep(struct blob_writer *w, struct str plain)
{
	if (plain.n == 0)
		return;
	if (w->part == NULL)
		w->part = mem_alloc(LIM_CHUNK);
	memcpy(w->part + w->npart, plain.p, plain.n);
	w->npart += plain.n;
}

void
blob_writer_put(struct blob_writer *w, struct str plain, struct buf *out)
{
	if (plain.n > w->total || w->got > w->total - plain.n) {
		w->got = UINT64_MAX; /* finish reports it */
		return;
	}
	writer_begin(w, out);
	w->got += plain.n;
	while (plain.n > 0) {
		size_t n = MIN(plain.n, LIM_CHUNK - w->npart);
		bool complete = w->npart + n == LIM_CHUNK || (plain.n == n && w->got == w->total);

		if (complete && w->npart == 0) {
			writer_chunk(w, str_sub(plain, 0, n), out);
		} else {
			writer_keep(w, str_sub(plain, 0, n));
			if (complete) {
				writer_chunk(w, str_mem(w->part, w->npart), out);
				w->npart = 0;
			}
		}
		plain = str_from(plain, n);
	}
}

int
blob_writer_finish(struct blob_writer *w, struct buf *out, struct err *e)
{
	if (w->got != w->total)
		return err_set(e, EC_BUG, "blob of %llu bytes was not written in full",
			       (unsigned long long)w->total);
	writer_begin(w, out);
	if (w->total == 0 && w->index == 0)
		writer_chunk(w, STR_NONE, out);
	if (w->index != chunks_of(w->total) || out->over)
		return err_set(e, EC_LIMIT, "no room for %llu bytes",
			       (unsigned long long)blob_size(w->total));
	return 0;
}

void
blob_put(const unsigned char key[32], const struct blob_id *id, struct str plain, struct buf *out)
{
	struct blob_writer *w;

	/* One allocation, and all or nothing. */
	if (buf_reserve(out, (size_t)blob_size(plain.n)) == NULL)
		return;
	w = blob_writer_new(key, id, plain.n);
	blob_writer_put(w, plain, out);
	if (blob_writer_finish(w, out, NULL) < 0)
		assert(out->over);
	blob_writer_free(&w);
}

struct blob_reader {
	struct seal_gcm *gcm;
	uint64_t total;
	blob_read_fn *read;
	void *arg;
	char head[BLOB_FIXED];
	char *cache;	 /* one chunk as stored; decrypted in place; allocated on first need */
	size_t ncache;	 /* plaintext bytes, when has_cache */
	uint64_t cached; /* its index */
	bool has_cache;
};

static int
head_parse(const char head[BLOB_HEADER], const unsigned char sub[32], const struct blob_id *id,
	   uint64_t *total, struct err *e)
{
	unsigned char check[BLOB_CHECK];
	struct rd r = rd_init(str_mem(head, BLOB_FIXED));
	struct str m = rd_bytes(&r, sizeof(magic));
	uint64_t version = rd_uint(&r, 1), alg = rd_uint(&r, 1), chunk = rd_uint(&r, 1);
	uint64_t purpose = rd_uint(&r, 1), n = rd_uint(&r, 8);

	if (!rd_done(&r) || !str_eq(m, str_mem(magic, sizeof(magic))))
		return err_set(e, EC_CORRUPT, "not an encrypted blob");
	if (version != BLOB_VERSION || alg != BLOB_AES256GCM || chunk != BLOB_CHUNK_LOG2)
		return err_set(e, EC_CORRUPT,
			       "encrypted blob of unknown version, algorithm or chunk size");
	if (purpose != (uint64_t)id->purpose || n > LIM_BLOB)
		return err_set(e, EC_CORRUPT, "encrypted blob of wrong purpose or size");
	blob_check(sub, head, check);
	if (!str_eq_consttime(str_mem(check, BLOB_CHECK), str_mem(head + BLOB_FIXED, BLOB_CHECK)))
		return err_set(e, EC_CORRUPT,
			       "encrypted blob is not of this message, or was altered");
	*total = n;
	return 0;
}

struct blob_reader *
blob_reader_new(const unsigned char key[32], const struct blob_id *id, blob_read_fn *read,
		void *arg, struct err *e)
{
	unsigned char sub[SEAL_KEY];
	char head[BLOB_HEADER];
	struct blob_reader *r = NULL;
	uint64_t total = 0;

	if (read(arg, 0, head, sizeof(head), e) < 0)
		return NULL;
	blob_subkey(key, id, sub);
	if (head_parse(head, sub, id, &total, e) == 0) {
		r = MEM_NEW(struct blob_reader);
		r->gcm = seal_gcm_new(sub);
		r->total = total;
		r->read = read;
		r->arg = arg;
		memcpy(r->head, head, BLOB_FIXED);
	}
	mem_wipe(sub, sizeof(sub));
	return r;
}

void
blob_reader_free(struct blob_reader **r)
{
	if (*r == NULL)
		return;
	seal_gcm_free(&(*r)->gcm);
	if ((*r)->cache != NULL)
		mem_wipe((*r)->cache, BLOB_CHUNK);
	mem_free((*r)->cache);
	mem_free(*r);
	*r = NULL;
}

uint64_t
blob_reader_size(const struct blob_reader *r)
{
	return r->total;
}

static size_t
chunk_len(const struct blob_reader *r, uint64_t index)
{
	return (size_t)MIN(r->total - index * LIM_CHUNK, (uint64_t)LIM_CHUNK);
}

/* Read and decrypt chunk `index` into p, which has room for it and its tag. */
static int
chunk_read(struct blob_reader *r, uint64_t index, char *p, struct err *e)
{
	unsigned char nonce[SEAL_NONCE];
	size_t n = chunk_len(r, index) + SEAL_TAG;

	if (r->read(r->arg, BLOB_HEADER + index * BLOB_CHUNK, p, n, e) < 0)
		return -1;
	blob_nonce(index, index == chunks_of(r->total) - 1, nonce);
	return seal_gcm_decrypt(r->gcm, nonce, str_mem(r->head, BLOB_FIXED), str_mem(p, n),
				(unsigned char *)p, e);
}

static int
chunk_cache(struct blob_reader *r, uint64_t index, struct err *e)
{
	if (r->has_cache && r->cached == index)
		return 0;
	if (r->cache == NULL)
		r->cache = mem_alloc(BLOB_CHUNK);
	r->has_cache = false;
	if (chunk_read(r, index, r->cache, e) < 0)
		return -1;
	r->cached = index;
	r->ncache = chunk_len(r, index);
	r->has_cache = true;
	return 0;
}

/* Append bytes [from, to) of chunk `index`; whole chunks go straight to `out`. */
static int
chunk_get(struct blob_reader *r, uint64_t index, size_t from, size_t to, struct buf *out,
	  struct err *e)
{
	size_t len = chunk_len(r, index);
	char *p;

	if (from == 0 && to == len && !(r->has_cache && r->cached == index) &&
	    (p = buf_reserve(out, len + SEAL_TAG)) != NULL) {
		if (chunk_read(r, index, p, e) < 0)
			return -1;
		buf_commit(out, len);
		return 0;
	}
	out->over = false; /* the tag may be what did not fit */
	if (chunk_cache(r, index, e) < 0)
		return -1;
	buf_put(out, r->cache + from, to - from);
	return out->over ? err_set(e, EC_LIMIT, "no room for %zu bytes", to - from) : 0;
}

int
blob_reader_get(struct blob_reader *r, uint64_t off, size_t n, struct buf *out, struct err *e)
{
	size_t before = out->n;
	uint64_t end;

	if (out->over)
		return err_set(e, EC_LIMIT, "buffer is full");
	if (off > r->total)
		off = r->total;
	end = off + MIN((uint64_t)n, r->total - off);
	if (r->total == 0 && chunk_cache(r, 0, e) < 0) /* its one chunk says that nothing was cut */
		return -1;
	for (uint64_t i = off / LIM_CHUNK; off < end; i++) {
		uint64_t stop = MIN(end, (i + 1) * LIM_CHUNK);

		if (chunk_get(r, i, (size_t)(off - i * LIM_CHUNK), (size_t)(stop - i * LIM_CHUNK),
			      out, e) < 0) {
			buf_truncate(out, before);
			return -1;
		}
		off = stop;
	}
	return 0;
}

/* Without a reader: no allocation, no copy of the ciphertext. */
int
blob_get(const unsigned char key[32], const struct blob_id *id, struct str sealed, struct buf *out,
	 struct err *e)
{
	unsigned char sub[SEAL_KEY], nonce[SEAL_NONCE];
	struct seal_gcm *gcm;
	size_t before = out->n;
	uint64_t total = 0;
	struct str head = str_sub(sealed, 0, MIN(sealed.n, BLOB_FIXED));
	int rc = 0;

	if (sealed.n < BLOB_HEADER)
		return err_set(e, EC_CORRUPT, "encrypted blob is cut short");
	blob_subkey(key, id, sub);
	if (head_parse(sealed.p, sub, id, &total, e) < 0)
		rc = -1;
	else if (sealed.n != blob_size(total))
		rc = err_set(e, EC_CORRUPT, "encrypted blob has %zu bytes, not %llu", sealed.n,
			     (unsigned long long)blob_size(total));
	else if (buf_reserve(out, (size_t)total) == NULL)
		rc = err_set(e, EC_LIMIT, "no room for %llu bytes", (unsigned long long)total);
	gcm = rc == 0 ? seal_gcm_new(sub) : NULL;
	mem_wipe(sub, sizeof(sub));
	sealed = str_from(sealed, BLOB_HEADER);
	for (uint64_t i = 0, n = chunks_of(total); rc == 0 && i < n; i++) {
		size_t len = MIN(sealed.n, BLOB_CHUNK);

		blob_nonce(i, i == n - 1, nonce);
		rc = seal_gcm_decrypt(gcm, nonce, head, str_sub(sealed, 0, len),
				      (unsigned char *)buf_reserve(out, len - SEAL_TAG), e);
		if (rc == 0)
			buf_commit(out, len - SEAL_TAG);
		sealed = str_from(sealed, len);
	}
	seal_gcm_free(&gcm);
	if (rc < 0)
		buf_truncate(out, before);
	return rc;
}
