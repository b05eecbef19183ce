/*
 * Segment: header of HEADER bytes, then records, each at a multiple of 8.
 *   header: "MOXL" version(4) worker(4) reserved(4) number(8) first(8) salt(16) tag(16), zeros
 *   record: "MOXR" length(4) number(8) nonce(12) reserved(4), ciphertext, tag(16)
 * A released segment has zeros for a header.
 */
#include "store/intent.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/wire.h"
#include "crypto/seal.h"
#include "db/db.h"

enum {
	VERSION = 1,
	HEADER = 512, /* one sector: written whole or not at all */
	HEADER_PLAIN = 48,
	SALT_OFF = 32,
	SALT_LEN = 16,
	RECORD = 32,	/* fixed part */
	RECORD_AD = 16, /* of it bound, beside position and segment */
	ALIGN = 8,
	FILE_MODE = 0600,
};

enum state { SEG_NONE, SEG_FREE, SEG_USED };

struct segment {
	enum state state;
	bool damaged; /* a header that does not authenticate */
	int fd;	      /* -1: no file */
	uint64_t no, first;
	size_t size; /* bytes that are written, if only with zeros */
	size_t used; /* next record; only for the current one */
	unsigned char key[SEAL_KEY];
};

struct store_log {
	int dir;
	unsigned worker;
	struct secret *key;
	struct segment segs[LIM_LOG_SEGMENTS];
	struct segment *cur; /* appends go here; NULL before the first */
	uint64_t next_no, next_record;
	struct seal_gcm *gcm; /* of cur */
	struct buf out;
};

static void
segment_name(unsigned worker, size_t slot, char name[32])
{
	snprintf(name, 32, "%u.%zu", worker, slot);
}

static int
pwrite_all(int fd, const void *p, size_t n, size_t off, struct err *e)
{
	const char *c = p;

	while (n > 0) {
		int bad = db_fault_hit(DB_FAULT_WRITE);
		ssize_t k;

		if (bad != 0)
			return err_sys(e, EC_IO, bad, "write intent log");
		k = pwrite(fd, c, n, (off_t)off);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return err_sys(e, EC_IO, errno, "write intent log");
		db_counts.bytes += (uint64_t)k;
		c += k;
		n -= (size_t)k;
		off += (size_t)k;
	}
	return 0;
}

static int
pread_all(int fd, void *p, size_t n, size_t off, struct err *e)
{
	char *c = p;

	while (n > 0) {
		ssize_t k = pread(fd, c, n, (off_t)off);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return err_sys(e, EC_IO, errno, "read intent log");
		if (k == 0)
			return err_set(e, EC_IO, "intent log is shorter than it was");
		c += k;
		n -= (size_t)k;
		off += (size_t)k;
	}
	return 0;
}

/* ---- headers */

static void
segment_key(struct store_log *l, const unsigned char *salt, unsigned char key[SEAL_KEY])
{
	seal_derive(secret_p(l->key), "mox intent log segment", str_mem(salt, SALT_LEN), key);
}

/* The tag of a header: an empty message with the header as associated data. The nonce is zero,
 * which no record uses: theirs are never zero. */
static void
header_seal(const unsigned char key[SEAL_KEY], unsigned char *h)
{
	static const unsigned char nonce[SEAL_NONCE];
	struct seal_gcm *g = seal_gcm_new(key);

	seal_gcm_encrypt(g, nonce, str_mem(h, HEADER_PLAIN), STR(""), h + HEADER_PLAIN);
	seal_gcm_free(&g);
}

static bool
header_open(const unsigned char key[SEAL_KEY], const unsigned char *h)
{
	static const unsigned char nonce[SEAL_NONCE];
	struct seal_gcm *g = seal_gcm_new(key);
	unsigned char none[1];
	struct err e = ERR_INIT;
	int rc = seal_gcm_decrypt(g, nonce, str_mem(h, HEADER_PLAIN),
				  str_mem(h + HEADER_PLAIN, SEAL_TAG), none, &e);

	seal_gcm_free(&g);
	return rc == 0;
}

static int
header_write(struct store_log *l, struct segment *s, struct err *e)
{
	unsigned char h[HEADER] = { 0 };
	struct buf b;

	buf_init(&b, HEADER);
	buf_puts(&b, "MOXL");
	wr_uint(&b, 4, VERSION);
	wr_uint(&b, 4, l->worker);
	wr_uint(&b, 4, 0);
	wr_uint(&b, 8, s->no);
	wr_uint(&b, 8, s->first);
	assert(b.n == SALT_OFF);
	memcpy(h, buf_str(&b).p, b.n);
	buf_done(&b);
	seal_random(h + SALT_OFF, SALT_LEN);
	segment_key(l, h + SALT_OFF, s->key);
	header_seal(s->key, h);
	return pwrite_all(s->fd, h, sizeof(h), 0, e);
}

/* Set state, number and key from the header. */
static void
header_read(struct store_log *l, struct segment *s, const unsigned char *h)
{
	static const unsigned char zero[HEADER_PLAIN];
	struct rd r = rd_init(str_mem(h, HEADER_PLAIN));

	s->state = SEG_FREE;
	if (memcmp(h, zero, sizeof(zero)) == 0)
		return;
	segment_key(l, h + SALT_OFF, s->key);
	if (!str_eq(rd_bytes(&r, 4), STR("MOXL")) || rd_uint(&r, 4) != VERSION ||
	    rd_uint(&r, 4) != l->worker || !header_open(s->key, h)) {
		s->damaged = true;
		return;
	}
	(void)rd_uint(&r, 4);
	s->no = rd_uint(&r, 8);
	s->first = rd_uint(&r, 8);
	s->state = SEG_USED;
}

/* ---- opening */

static int
segment_open(struct store_log *l, size_t slot, struct err *e)
{
	struct segment *s = &l->segs[slot];
	unsigned char h[HEADER] = { 0 };
	struct stat st;
	char name[32];

	segment_name(l->worker, slot, name);
	s->fd = openat(l->dir, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (s->fd < 0)
		return errno == ENOENT ? 0 : err_sys(e, EC_IO, errno, "open intent log %s", name);
	if (fstat(s->fd, &st) < 0)
		return err_sys(e, EC_IO, errno, "intent log %s", name);
	s->size = (size_t)MIN(st.st_size, LIM_LOG_SEGMENT);
	if (s->size >= HEADER && pread_all(s->fd, h, HEADER, 0, e) < 0)
		return -1;
	header_read(l, s, h);
	/* Numbers may begin again: a header of before must not come back after a power cut. */
	if (s->state == SEG_FREE && fdatasync(s->fd) < 0)
		return err_sys(e, EC_IO, errno, "sync intent log %s", name);
	if (s->state == SEG_USED)
		l->next_no = MAX(l->next_no, s->no + 1);
	return 0;
}

struct store_log *
store_log_open(int dir, unsigned worker, const unsigned char key[32], struct err *e)
{
	struct store_log *l = MEM_NEW(struct store_log);

	for (size_t i = 0; i < LIM_LOG_SEGMENTS; i++)
		l->segs[i].fd = -1;
	l->worker = worker;
	l->next_no = l->next_record = 1;
	l->key = secret_from(key, SEAL_KEY);
	buf_init(&l->out, LIM_LOG_SEGMENT);
	l->dir = fcntl(dir, F_DUPFD_CLOEXEC, 3);
	if (l->dir < 0) {
		err_sys(e, EC_IO, errno, "intent log folder");
		store_log_close(&l);
		return NULL;
	}
	for (size_t i = 0; i < LIM_LOG_SEGMENTS; i++) {
		if (segment_open(l, i, e) < 0) {
			store_log_close(&l);
			return NULL;
		}
	}
	return l;
}

void
store_log_close(struct store_log **lp)
{
	struct store_log *l = *lp;

	if (l == NULL)
		return;
	*lp = NULL;
	for (size_t i = 0; i < LIM_LOG_SEGMENTS; i++) {
		if (l->segs[i].fd >= 0)
			close(l->segs[i].fd);
		mem_wipe(l->segs[i].key, sizeof(l->segs[i].key));
	}
	if (l->dir >= 0)
		close(l->dir);
	seal_gcm_free(&l->gcm);
	secret_free(&l->key);
	buf_done(&l->out);
	mem_free(l);
}

/* ---- records */

static size_t
record_size(size_t plain)
{
	return (RECORD + plain + SEAL_TAG + ALIGN - 1) / ALIGN * ALIGN;
}

/* What a record is bound to: its own beginning, where it is, in which segment. */
static struct str
record_ad(const unsigned char *head, size_t off, uint64_t no, unsigned char ad[RECORD_AD + 16])
{
	memcpy(ad, head, RECORD_AD);
	for (unsigned i = 0; i < 8; i++) {
		ad[RECORD_AD + i] = (unsigned char)((uint64_t)off >> (8 * i));
		ad[RECORD_AD + 8 + i] = (unsigned char)(no >> (8 * i));
	}
	return str_mem(ad, RECORD_AD + 16);
}

void
store_log_put(struct buf *batch, struct str account, uint64_t seq, struct str op)
{
	wr_str(batch, account);
	wr_uint(batch, 8, seq);
	wr_str(batch, op);
}

int
store_log_parse(struct str record, store_log_fn *fn, void *arg, struct err *e)
{
	struct rd r = rd_init(record);

	while (rd_more(&r)) {
		struct str account = rd_str(&r, LIM_ACCOUNT);
		uint64_t seq = rd_uint(&r, 8);
		struct str op = rd_str(&r, LIM_OP);

		if (r.bad)
			return err_set(e, EC_CORRUPT, "malformed intent log record");
		if (fn(arg, account, seq, op, e) < 0)
			return -1;
	}
	return 0;
}

/* ---- reading */

struct reading {
	struct segment *s;
	struct seal_gcm *gcm;
	unsigned char *p; /* the whole segment */
	size_t n;
	struct buf plain;
};

/* The record at `off`, when its number is at least `from`: decrypted into `plain`. */
static bool
record_open(struct reading *a, size_t off, uint64_t from, uint64_t *number, size_t *size)
{
	unsigned char ad[RECORD_AD + 16];
	struct err e = ERR_INIT;
	struct rd r;
	uint64_t len, no;
	struct str nonce;
	char *out;

	if (a->n - off < RECORD + SEAL_TAG || memcmp(a->p + off, "MOXR", 4) != 0)
		return false;
	r = rd_init(str_mem(a->p + off + 4, RECORD - 4));
	len = rd_uint(&r, 4);
	no = rd_uint(&r, 8);
	nonce = rd_bytes(&r, SEAL_NONCE);
	if (no < from || len > a->n - off - RECORD - SEAL_TAG)
		return false;
	buf_reset(&a->plain);
	out = buf_reserve(&a->plain, (size_t)len + 1);
	if (out == NULL || seal_gcm_decrypt(a->gcm, (const unsigned char *)nonce.p,
					    record_ad(a->p + off, off, a->s->no, ad),
					    str_mem(a->p + off + RECORD, (size_t)len + SEAL_TAG),
					    (unsigned char *)out, &e) < 0)
		return false;
	buf_commit(&a->plain, (size_t)len);
	*number = no;
	*size = record_size((size_t)len);
	return true;
}

/* A later record behind a place where none can be read: then that place is damage, not the end. */
static bool
record_search(struct reading *a, size_t *off, uint64_t from, uint64_t *number, size_t *size)
{
	for (size_t o = *off + ALIGN; o + RECORD + SEAL_TAG <= a->n; o += ALIGN) {
		if (record_open(a, o, from, number, size)) {
			*off = o;
			return true;
		}
	}
	return false;
}

/* Records with numbers below `end`. */
static int
segment_records(struct store_log *l, struct reading *a, uint64_t end, store_log_fn *fn, void *arg,
		struct store_log_report *r, struct err *e)
{
	uint64_t want = a->s->first, number = 0;
	size_t off = HEADER, size = 0;

	while (off < a->n) {
		if (!record_open(a, off, want, &number, &size)) {
			bool cut = memcmp(a->p + off, "MOXR", MIN(4, a->n - off)) == 0;

			if (!record_search(a, &off, want, &number, &size)) {
				r->torn += cut;
				break;
			}
			r->corrupt++;
		}
		if (number >= end)
			break; /* taken back by the next segment */
		r->records++;
		want = number + 1;
		l->next_record = MAX(l->next_record, want);
		if (store_log_parse(buf_str(&a->plain), fn, arg, e) < 0)
			return -1;
		off += size;
	}
	return 0;
}

static int
segment_cmp(const void *a, const void *b)
{
	const struct segment *x = *(struct segment *const *)a, *y = *(struct segment *const *)b;

	return x->no < y->no ? -1 : x->no > y->no;
}

static int
segment_read(struct store_log *l, struct segment *s, uint64_t end, store_log_fn *fn, void *arg,
	     struct store_log_report *r, struct err *e)
{
	struct reading a = { .s = s, .n = s->size };
	int rc;

	r->segments++;
	l->next_record = MAX(l->next_record, s->first);
	a.p = mem_alloc(MAX(a.n, HEADER));
	buf_init(&a.plain, LIM_LOG_SEGMENT);
	a.gcm = seal_gcm_new(s->key);
	rc = pread_all(s->fd, a.p, a.n, 0, e);
	if (rc == 0)
		rc = segment_records(l, &a, end, fn, arg, r, e);
	seal_gcm_free(&a.gcm);
	buf_done(&a.plain);
	mem_free(a.p);
	return rc;
}

int
store_log_read(struct store_log *l, store_log_fn *fn, void *arg, struct store_log_report *r,
	       struct err *e)
{
	struct segment *v[LIM_LOG_SEGMENTS];
	size_t n = 0;

	*r = (struct store_log_report){ 0 };
	for (size_t i = 0; i < LIM_LOG_SEGMENTS; i++) {
		r->corrupt += l->segs[i].damaged;
		if (l->segs[i].state == SEG_USED)
			v[n++] = &l->segs[i];
	}
	qsort(v, n, sizeof(v[0]), segment_cmp);
	for (size_t i = 0; i < n; i++) {
		uint64_t end = i + 1 < n ? v[i + 1]->first : UINT64_MAX;

		if (segment_read(l, v[i], end, fn, arg, r, e) < 0)
			return -1;
	}
	return 0;
}

/* ---- appending */

/* Zeros up to `want` bytes, durably: so that the sync of a record has no metadata to write. */
static int
segment_fill(struct segment *s, size_t want, struct err *e)
{
	static const char zero[64 << 10];

	want = MIN((want + LIM_LOG_STEP - 1) / LIM_LOG_STEP * LIM_LOG_STEP, LIM_LOG_SEGMENT);
	while (s->size < want) {
		size_t n = MIN(sizeof(zero), want - s->size);

		if (pwrite_all(s->fd, zero, n, s->size, e) < 0)
			return -1;
		s->size += n;
	}
	return 0;
}

static int
log_sync(int fd, struct err *e)
{
	int bad = db_fault_hit(DB_FAULT_SYNC);

	db_counts.syncs++;
	if (bad == 0 && fdatasync(fd) < 0)
		bad = errno;
	return bad == 0 ? 0 : err_sys(e, EC_IO, bad, "sync intent log");
}

/* A free segment with a file; else a new file. */
static struct segment *
segment_take(struct store_log *l, struct err *e)
{
	struct segment *best = NULL;
	char name[32];

	for (size_t i = 0; i < LIM_LOG_SEGMENTS; i++) {
		struct segment *s = &l->segs[i];

		if (s->state != SEG_USED && (best == NULL || s->size > best->size))
			best = s;
	}
	if (best == NULL) {
		err_set(e, EC_NOSPACE, "intent log has %d segments that wait for databases",
			LIM_LOG_SEGMENTS);
		return NULL;
	}
	if (best->fd >= 0)
		return best;
	segment_name(l->worker, (size_t)(best - l->segs), name);
	best->fd = openat(l->dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	if (best->fd < 0 || fsync(l->dir) < 0) {
		err_sys(e, EC_IO, errno, "create intent log %s", name);
		if (best->fd >= 0)
			close(best->fd);
		best->fd = -1;
		return NULL;
	}
	best->state = SEG_FREE;
	return best;
}

static int
segment_begin(struct store_log *l, struct err *e)
{
	struct segment *s = segment_take(l, e);

	if (s == NULL)
		return -1;
	s->no = l->next_no;
	s->first = l->next_record;
	if (segment_fill(s, HEADER, e) < 0 || header_write(l, s, e) < 0)
		return -1;
	l->next_no++;
	s->state = SEG_USED;
	s->damaged = false;
	s->used = HEADER;
	l->cur = s;
	if (l->gcm == NULL)
		l->gcm = seal_gcm_new(s->key);
	else
		seal_gcm_rekey(l->gcm, s->key);
	return 0;
}

/* The record's bytes in l->out. */
static void
record_make(struct store_log *l, struct str batch)
{
	unsigned char ad[RECORD_AD + 16], nonce[SEAL_NONCE];
	struct buf *b = &l->out;
	char *p;

	buf_reset(b);
	buf_puts(b, "MOXR");
	wr_uint(b, 4, batch.n);
	wr_uint(b, 8, l->next_record);
	seal_random(nonce, sizeof(nonce));
	nonce[0] |= 1; /* the header's is zero */
	buf_put(b, nonce, sizeof(nonce));
	wr_uint(b, 4, 0);
	assert(b->n == RECORD);
	p = buf_reserve(b, record_size(batch.n) - RECORD);
	assert(p != NULL);
	seal_gcm_encrypt(
		l->gcm, nonce,
		record_ad((const unsigned char *)buf_str(b).p, l->cur->used, l->cur->no, ad), batch,
		(unsigned char *)p);
	memset(p + batch.n + SEAL_TAG, 0, record_size(batch.n) - RECORD - batch.n - SEAL_TAG);
	buf_commit(b, record_size(batch.n) - RECORD);
}

static void
segment_release(struct store_log *l, struct segment *s)
{
	static const unsigned char zero[HEADER];
	struct err ignored = ERR_INIT;

	if (s == l->cur)
		l->cur = NULL;
	s->state = SEG_FREE;
	(void)pwrite_all(s->fd, zero, sizeof(zero), 0, &ignored);
	err_clear(&ignored);
}

/* After a failed sync the kernel takes pages for clean that are not on the disk, and the next sync
 * says nothing of them: what is in this segment counts only up to here, and no more is added. */
static void
segment_distrust(struct store_log *l)
{
	if (l->cur->used == HEADER)
		segment_release(l, l->cur);
	l->cur = NULL;
}

int
store_log_append(struct store_log *l, struct str batch, struct err *e)
{
	size_t need = record_size(batch.n);

	if (need > LIM_LOG_SEGMENT - HEADER)
		return err_set(e, EC_LIMIT, "too much for one record of the intent log");
	if ((l->cur == NULL || need > LIM_LOG_SEGMENT - l->cur->used) && segment_begin(l, e) < 0)
		return -1;
	if (segment_fill(l->cur, l->cur->used + need, e) < 0)
		return -1;
	record_make(l, batch);
	if (pwrite_all(l->cur->fd, buf_str(&l->out).p, l->out.n, l->cur->used, e) < 0)
		return -1;
	if (log_sync(l->cur->fd, e) < 0) {
		segment_distrust(l);
		return -1;
	}
	l->cur->used += need;
	l->next_record++;
	if (l->out.cap > 2 * LIM_LOG_STEP) {
		buf_reset(&l->out);
		buf_shrink(&l->out);
	}
	return 0;
}

uint64_t
store_log_segment(const struct store_log *l)
{
	return l->cur != NULL ? l->cur->no : 0;
}

uint64_t
store_log_oldest(const struct store_log *l)
{
	uint64_t oldest = UINT64_MAX;

	for (size_t i = 0; i < LIM_LOG_SEGMENTS; i++) {
		if (l->segs[i].state == SEG_USED)
			oldest = MIN(oldest, l->segs[i].no);
	}
	return oldest;
}

/* The zeros need no sync: a segment that is read once too often does no harm. */
void
store_log_release(struct store_log *l, uint64_t no)
{
	for (size_t i = 0; i < LIM_LOG_SEGMENTS; i++) {
		struct segment *s = &l->segs[i];

		if (s->state == SEG_USED && s->no < no && (s != l->cur || no == UINT64_MAX))
			segment_release(l, s);
	}
}

bool
store_log_fill(struct store_log *l)
{
	struct segment *s = l->cur;
	struct err ignored = ERR_INIT;

	/* The current one, and the one after it before it is needed. */
	if (s == NULL || (s->size == LIM_LOG_SEGMENT && s->used > LIM_LOG_SEGMENT / 2))
		s = segment_take(l, &ignored);
	if (s == NULL || s->size >= LIM_LOG_SEGMENT)
		return false;
	if (segment_fill(s, s->size + 1, &ignored) < 0 || log_sync(s->fd, &ignored) < 0)
		return false;
	return true;
}

int
store_log_remove(int dir, unsigned worker, struct err *e)
{
	char name[32];

	for (size_t i = 0; i < LIM_LOG_SEGMENTS; i++) {
		segment_name(worker, i, name);
		if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
			return err_sys(e, EC_IO, errno, "remove intent log %s", name);
	}
	return fsync(dir) < 0 ? err_sys(e, EC_IO, errno, "sync intent log folder") : 0;
}
