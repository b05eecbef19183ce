#include "crypto/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/mem.h"
#include "base/wire.h"

enum {
	SPOOL_SMALL = 4096, /* pieces of a memfd below this are collected first */
	SPOOL_SLOT = SPOOL_CHUNK + SEAL_TAG,
	SPOOL_AD = 9,
};

struct spool {
	int dir, fd;
	struct spool_pool *pool;
	uint64_t expected, size;
	uint64_t counted; /* our share of pool->mem */
	bool file, failed, done;
	unsigned char *part; /* bytes that are not in the descriptor yet */
	size_t part_n;
	uint64_t chunk; /* number of the chunk in `part`, for a file */
	struct seal_gcm *gcm;
	unsigned char key[SEAL_KEY];
};

struct spool_reader {
	int fd;
	uint64_t size, pos;
	struct seal_gcm *gcm; /* NULL: a plain memfd */
	unsigned char *chunk; /* SPOOL_SLOT bytes */
	uint64_t chunk_no;    /* which one is cached; UINT64_MAX: none */
};

/* Position and whether it is the last one, as nonce and associated data of a chunk. */
static struct str
chunk_bind(uint64_t no, bool last, unsigned char nonce[SEAL_NONCE], unsigned char ad[SPOOL_AD])
{
	for (unsigned i = 0; i < SEAL_NONCE; i++)
		nonce[i] = i < 8 ? (unsigned char)(no >> (8 * i)) : 0;
	memcpy(ad, nonce, 8);
	ad[8] = last;
	return str_mem(ad, SPOOL_AD);
}

/* All of it, through signals and short writes. */
static int
write_all(int fd, const void *p, size_t n, struct err *e)
{
	const char *c = p;

	while (n > 0) {
		ssize_t k = write(fd, c, n);

		if (k < 0) {
			if (errno == EINTR)
				continue;
			return err_sys(e, EC_IO, errno, "write to a temporary message");
		}
		c += k;
		n -= (size_t)k;
	}
	return 0;
}

static int
read_all(int fd, uint64_t off, void *p, size_t n, struct err *e)
{
	char *c = p;

	while (n > 0) {
		ssize_t k = pread(fd, c, n, (off_t)off);

		if (k < 0) {
			if (errno == EINTR)
				continue;
			return err_sys(e, EC_IO, errno, "read of a temporary message");
		}
		if (k == 0)
			return err_set(e, EC_CORRUPT,
				       "temporary message is shorter than announced");
		c += k;
		off += (uint64_t)k;
		n -= (size_t)k;
	}
	return 0;
}

/* An unlinked file. File systems without O_TMPFILE get a name that lives for a moment. */
static int
file_open(int dir, struct err *e)
{
	int fd = openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	for (int i = 0; fd < 0 && i < 8; i++) {
		unsigned char rnd[8];
		char name[32];
		uint64_t v;

		if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT && errno != EEXIST)
			break;
		seal_random(rnd, sizeof(rnd));
		memcpy(&v, rnd, sizeof(v));
		snprintf(name, sizeof(name), "spool.%016llx", (unsigned long long)v);
		fd = openat(dir, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
		if (fd >= 0 && unlinkat(dir, name, 0) < 0) {
			err_sys(e, EC_IO, errno, "unlink of a temporary message");
			close(fd);
			return -1;
		}
	}
	if (fd < 0)
		return err_sys(e, EC_IO, errno, "create a temporary message");
	return fd;
}

static void
pool_release(struct spool *w)
{
	if (w->pool != NULL)
		w->pool->mem -= w->counted;
	w->counted = 0;
}

struct spool *
spool_new(int dir, struct spool_pool *pool, uint64_t expected)
{
	struct spool *w = MEM_NEW(struct spool);

	w->dir = dir;
	w->fd = -1;
	w->pool = pool;
	w->expected = expected;
	return w;
}

static int
chunk_write(struct spool *w, bool last, struct err *e)
{
	unsigned char nonce[SEAL_NONCE], ad[SPOOL_AD];
	struct str a = chunk_bind(w->chunk, last, nonce, ad);

	seal_gcm_encrypt(w->gcm, nonce, a, str_mem(w->part, w->part_n), w->part);
	if (write_all(w->fd, w->part, w->part_n + SEAL_TAG, e) < 0)
		return -1;
	w->chunk++;
	w->part_n = 0;
	return 0;
}

static int
file_put(struct spool *w, struct str s, struct err *e)
{
	while (s.n > 0) {
		size_t k;

		/* A full chunk waits for the next byte: it may be the last one. */
		if (w->part_n == SPOOL_CHUNK && chunk_write(w, false, e) < 0)
			return -1;
		k = MIN(s.n, SPOOL_CHUNK - w->part_n);
		memcpy(w->part + w->part_n, s.p, k);
		w->part_n += k;
		s = str_from(s, k);
	}
	return 0;
}

static void
file_init(struct spool *w, int fd)
{
	w->fd = fd;
	w->file = true;
	w->gcm = seal_gcm_new(w->key);
	w->part = mem_alloc(SPOOL_SLOT);
	w->part_n = 0;
}

struct spool *
spool_new_file(int fd, const unsigned char key[SEAL_KEY])
{
	struct spool *w = spool_new(-1, NULL, 0);

	memcpy(w->key, key, sizeof(w->key));
	file_init(w, fd);
	return w;
}

/* From memory to a file: what the memfd has, then what was collected. */
static int
file_begin(struct spool *w, struct err *e)
{
	unsigned char *small = w->part;
	size_t small_n = w->part_n;
	int mem = w->fd, fd;
	uint64_t off = 0, have = w->size - small_n;
	unsigned char *piece = NULL;
	int r = -1;

	if (w->dir < 0)
		return err_set(e, EC_LIMIT, "message is too large to be held in memory");
	if ((fd = file_open(w->dir, e)) < 0)
		return -1;
	seal_random(w->key, sizeof(w->key));
	file_init(w, fd);
	if (have > 0)
		piece = mem_alloc(SPOOL_CHUNK);
	while (off < have) {
		size_t k = (size_t)MIN(have - off, (uint64_t)SPOOL_CHUNK);

		if (read_all(mem, off, piece, k, e) < 0 || file_put(w, str_mem(piece, k), e) < 0)
			goto done;
		off += k;
	}
	r = file_put(w, str_mem(small, small_n), e);
done:
	mem_free(piece);
	mem_free(small);
	if (mem >= 0)
		close(mem);
	pool_release(w);
	return r;
}

static int
mem_put(struct spool *w, struct str s, struct err *e)
{
	if (w->fd < 0) {
		w->fd = memfd_create("message", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		if (w->fd < 0)
			return err_sys(e, EC_IO, errno, "memfd_create");
	}
	if (w->pool != NULL) {
		w->pool->mem += s.n;
		w->counted += s.n;
	}
	if (w->part_n + s.n <= SPOOL_SMALL) {
		if (w->part == NULL)
			w->part = mem_alloc(SPOOL_SMALL);
		if (s.n > 0)
			memcpy(w->part + w->part_n, s.p, s.n);
		w->part_n += s.n;
		return 0;
	}
	if (w->part_n > 0 && write_all(w->fd, w->part, w->part_n, e) < 0)
		return -1;
	w->part_n = 0;
	return write_all(w->fd, s.p, s.n, e);
}

static bool
must_spill(const struct spool *w, size_t n)
{
	if (w->size + n > LIM_MEMFD || w->expected > LIM_MEMFD)
		return true;
	return w->pool != NULL && w->pool->mem + n > LIM_MEMFD_TOTAL;
}

int
spool_put(struct spool *w, struct str s, struct err *e)
{
	int r;

	if (w->failed || w->done)
		return err_set(e, EC_IO, "temporary message is not writable any more");
	if (s.n == 0)
		return 0;
	r = !w->file && must_spill(w, s.n) ? file_begin(w, e) : 0;
	if (r == 0)
		r = w->file ? file_put(w, s, e) : mem_put(w, s, e);
	if (r < 0)
		w->failed = true;
	else
		w->size += s.n;
	return r;
}

uint64_t
spool_size(const struct spool *w)
{
	return w->size;
}

bool
spool_is_file(const struct spool *w)
{
	return w->file;
}

static int
spool_end(struct spool *w, struct err *e)
{
	const int seals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;

	if (w->file)
		return chunk_write(w, true, e);
	if (w->fd < 0 && mem_put(w, STR(""), e) < 0)
		return -1;
	if (w->part_n > 0 && write_all(w->fd, w->part, w->part_n, e) < 0)
		return -1;
	w->part_n = 0;
	if (fcntl(w->fd, F_ADD_SEALS, seals) < 0)
		return err_sys(e, EC_IO, errno, "seal a message");
	return 0;
}

int
spool_finish(struct spool *w, struct spool_done *out, struct err *e)
{
	if (w->failed)
		return err_set(e, EC_IO, "temporary message was not written");
	if (!w->done && spool_end(w, e) < 0) {
		w->failed = true;
		return -1;
	}
	w->done = true;
	mem_free(w->part);
	w->part = NULL;
	*out = (struct spool_done){ .fd = w->fd, .size = w->size };
	if (w->file) {
		memcpy(out->key, w->key, sizeof(out->key));
		out->key_n = sizeof(out->key);
	}
	return 0;
}

int
spool_fd_dup(const struct spool *w, struct err *e)
{
	int fd;

	if (!w->done)
		return err_set(e, EC_BUG, "message is not finished");
	if ((fd = fcntl(w->fd, F_DUPFD_CLOEXEC, 3)) < 0)
		return err_sys(e, EC_IO, errno, "dup of a temporary message");
	return fd;
}

void
spool_free(struct spool **wp)
{
	struct spool *w = *wp;

	if (w == NULL)
		return;
	*wp = NULL;
	if (w->fd >= 0)
		close(w->fd);
	pool_release(w);
	seal_gcm_free(&w->gcm);
	if (w->file && w->part != NULL)
		mem_wipe(w->part, SPOOL_SLOT);
	mem_free(w->part);
	mem_wipe(w->key, sizeof(w->key));
	mem_free(w);
}

uint64_t
spool_disk_free(int dir)
{
	struct statvfs v;

	if (dir < 0 || fstatvfs(dir, &v) < 0)
		return 0;
	return (uint64_t)v.f_bavail * v.f_frsize;
}

static uint64_t
chunks(uint64_t size)
{
	return size / SPOOL_CHUNK + (size % SPOOL_CHUNK != 0);
}

struct spool_reader *
spool_reader_new(int fd, struct str key, uint64_t size, struct err *e)
{
	struct spool_reader *r;
	struct stat st;
	uint64_t want = size;

	if (key.n != 0 && key.n != SEAL_KEY) {
		err_set(e, EC_SYNTAX, "key of %zu bytes", key.n);
		return NULL;
	}
	if (size > (uint64_t)1 << 48 || (key.n != 0 && size == 0)) {
		err_set(e, EC_SYNTAX, "message of an impossible size");
		return NULL;
	}
	if (key.n != 0)
		want += chunks(size) * SEAL_TAG;
	if (fstat(fd, &st) < 0) {
		err_sys(e, EC_IO, errno, "fstat of a temporary message");
		return NULL;
	}
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != want) {
		err_set(e, EC_CORRUPT, "temporary message has not the announced size");
		return NULL;
	}
	r = MEM_NEW(struct spool_reader);
	r->fd = fd;
	r->size = size;
	r->chunk_no = UINT64_MAX;
	if (key.n != 0)
		r->gcm = seal_gcm_new((const unsigned char *)key.p);
	return r;
}

uint64_t
spool_reader_size(const struct spool_reader *r)
{
	return r->size;
}

/* Plaintext bytes of chunk `no`. */
static size_t
chunk_len(const struct spool_reader *r, uint64_t no)
{
	return (size_t)MIN(r->size - no * SPOOL_CHUNK, (uint64_t)SPOOL_CHUNK);
}

static int
chunk_load(struct spool_reader *r, uint64_t no, struct err *e)
{
	unsigned char nonce[SEAL_NONCE], ad[SPOOL_AD];
	size_t n = chunk_len(r, no);
	struct str a;

	if (r->chunk_no == no)
		return 0;
	if (r->chunk == NULL)
		r->chunk = mem_alloc(SPOOL_SLOT);
	r->chunk_no = UINT64_MAX;
	if (r->gcm == NULL) {
		if (read_all(r->fd, no * SPOOL_CHUNK, r->chunk, n, e) < 0)
			return -1;
	} else {
		if (read_all(r->fd, no * SPOOL_SLOT, r->chunk, n + SEAL_TAG, e) < 0)
			return -1;
		a = chunk_bind(no, no + 1 == chunks(r->size), nonce, ad);
		if (seal_gcm_decrypt(r->gcm, nonce, a, str_mem(r->chunk, n + SEAL_TAG), r->chunk,
				     e) < 0)
			return -1;
	}
	r->chunk_no = no;
	return 0;
}

int
spool_reader_get(struct spool_reader *r, uint64_t off, void *p, size_t n, struct err *e)
{
	char *out = p;

	if (off > r->size || n > r->size - off)
		return err_set(e, EC_CORRUPT, "read behind the end of a temporary message");
	if (r->gcm == NULL)
		return read_all(r->fd, off, p, n, e);
	while (n > 0) {
		uint64_t no = off / SPOOL_CHUNK;
		size_t at = (size_t)(off % SPOOL_CHUNK), k;

		if (chunk_load(r, no, e) < 0)
			return -1;
		k = MIN(n, chunk_len(r, no) - at);
		memcpy(out, r->chunk + at, k);
		out += k;
		off += k;
		n -= k;
	}
	return 0;
}

int
spool_reader_next(struct spool_reader *r, struct str *piece, struct err *e)
{
	uint64_t no = r->pos / SPOOL_CHUNK;

	if (r->pos >= r->size)
		return 0;
	if (chunk_load(r, no, e) < 0)
		return -1;
	*piece = str_mem(r->chunk, chunk_len(r, no));
	r->pos += piece->n;
	return 1;
}

void
spool_reader_rewind(struct spool_reader *r)
{
	r->pos = 0;
}

void
spool_reader_free(struct spool_reader **rp)
{
	struct spool_reader *r = *rp;

	if (r == NULL)
		return;
	*rp = NULL;
	seal_gcm_free(&r->gcm);
	if (r->chunk != NULL)
		mem_wipe(r->chunk, SPOOL_SLOT);
	mem_free(r->chunk);
	mem_free(r);
}
