/*
 * From a message in transit to ciphertext and what is known about it, in one pass: count, parse,
 * encrypt.
 *
 * SECURITY: the message is hostile and its descriptor may still be held by a process that was taken
 * over. It is read once, what is stored is what was read and parsed, and paths are made of our own
 * numbers.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/wire.h"
#include "crypto/spool.h"
#include "mime/mime.h"
#include "store/w.h"

enum {
	HASH_LEN = 16,	       /* of the keyed hashes that are stored */
	FILE_STEP = 256 << 10, /* ciphertext bytes a write */
	MEMORY_MAX = FILE_STEP + 2 * LIM_CHUNK + 4096,
	DIR_MODE = 0750,
	FILE_MODE = 0640,
};

/* ---- the file of a large message */

static int
file_create(struct store_w *w, int64_t *msg, struct err *e)
{
	char name[STORE_FILE_NAME], dir[4];
	int fd, bad = db_fault_hit(DB_FAULT_FILE);

	if (bad != 0)
		return err_sys(e, EC_IO, bad, "create message file");
	for (;;) {
		store_file_name(*msg, name);
		fd = openat(w->msgdir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
			    FILE_MODE);
		if (fd >= 0)
			return fd;
		/* No row has had this id: a crash left the file. */
		if (errno == EEXIST && unlinkat(w->msgdir, name, 0) == 0)
			continue;
		snprintf(dir, sizeof(dir), "%02x", store_file_dir(*msg));
		if (errno != ENOENT || mkdirat(w->msgdir, dir, DIR_MODE) < 0)
			return err_sys(e, EC_IO, errno, "create message file %s", name);
		w->msgdir_dirty = true;
	}
}

static int
write_all(int fd, struct str s, struct err *e)
{
	while (s.n > 0) {
		int bad = db_fault_hit(DB_FAULT_FILE);
		ssize_t n;

		if (bad != 0)
			return err_sys(e, EC_IO, bad, "write message file");
		n = write(fd, s.p, s.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, EC_IO, errno, "write message file");
		db_counts.bytes += (uint64_t)n;
		s = str_from(s, (size_t)n);
	}
	return 0;
}

static void
files_add(struct store_w *w, int64_t msg, int fd)
{
	unsigned d = store_file_dir(msg);

	if (w->nfiles == w->files_cap) {
		w->files_cap = w->files_cap > 0 ? w->files_cap * 2 : 8;
		w->files = mem_resize(w->files, w->files_cap, sizeof(*w->files));
	}
	w->files[w->nfiles++] = (struct storew_file){ msg, fd };
	w->dirs_dirty[d / 8] |= (unsigned char)(1u << d % 8);
}

void
store_w_unprepare(struct store_w *w, const struct msg_op_message *m)
{
	char name[STORE_FILE_NAME];

	/* What would have brought the chain's sealed state does not come. */
	if (m->sealed.n > 0)
		chain_free(&w->chain);
	if (m->stored != STORED_FILE)
		return;
	for (size_t i = 0; i < w->nfiles; i++) {
		if (w->files[i].msg != (int64_t)m->msg)
			continue;
		if (w->files[i].fd >= 0)
			close(w->files[i].fd);
		w->files[i] = w->files[--w->nfiles];
		break;
	}
	store_file_name((int64_t)m->msg, name);
	unlinkat(w->msgdir, name, 0);
}

/* ---- hashes */

static void
keyed_hash(struct store_w *w, const char *what, struct str s, bool fold,
	   unsigned char out[HASH_LEN])
{
	unsigned char h[SEAL_HASH];
	struct buf b;

	buf_init(&b, s.n + 16);
	buf_puts(&b, what);
	for (size_t i = 0; i < s.n; i++)
		buf_putc(&b, fold ? chr_lower(s.p[i]) : s.p[i]);
	seal_prf(secret_p(w->index), buf_str(&b), h);
	memcpy(out, h, HASH_LEN);
	buf_done(&b);
}

/* Next "<...>" in s. */
static bool
next_id(struct str *s, struct str *id)
{
	ssize_t a = str_chr(*s, '<'), z;

	if (a < 0)
		return false;
	*s = str_from(*s, (size_t)a);
	if ((z = str_chr(*s, '>')) < 0)
		return false;
	*id = str_sub(*s, 0, (size_t)z + 1);
	*s = str_from(*s, (size_t)z + 1);
	return true;
}

/* Hashes of the last ids of References, then In-Reply-To: what threads are made of. */
static void
put_refs(struct store_w *w, const struct mime_top *top, struct store_prepared *p)
{
	struct str lists[2] = { top->references, top->in_reply_to };
	struct str ids[LIM_REFERENCES];
	unsigned n = 0;

	for (unsigned i = 0; i < 2; i++) {
		struct str s = lists[i], id;

		while (next_id(&s, &id)) {
			if (n == LIM_REFERENCES)
				memmove(ids, ids + 1, --n * sizeof(ids[0]));
			ids[n++] = id;
		}
	}
	for (unsigned i = 0; i < n; i++)
		keyed_hash(w, "msgid ", ids[i], false, p->refs + (size_t)i * HASH_LEN);
	p->nrefs = n;
}

/* ---- the pass */

struct pass {
	struct store_w *w;
	struct store_prepared *p;
	struct mime_parser *mime;
	struct blob_writer *blob;
	int fd; /* -1: inline */
	uint64_t got;
};

static int
pass_put(struct pass *a, struct str s, struct err *e)
{
	a->got += s.n;
	mime_parser_feed(a->mime, s.p, s.n);
	/* The writer holds the caller to the size that was announced. */
	while (s.n > 0) {
		struct str part = str_sub(s, 0, LIM_CHUNK);

		blob_writer_put(a->blob, part, &a->p->body);
		s = str_from(s, part.n);
		if (a->fd < 0 || a->p->body.n < FILE_STEP)
			continue;
		if (write_all(a->fd, buf_str(&a->p->body), e) < 0)
			return -1;
		/* The disk may begin. */
		(void)sync_file_range(a->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
		buf_reset(&a->p->body);
	}
	return 0;
}

static int
pass_run(struct pass *a, struct str prefix, struct spool_reader *r, struct err *e)
{
	struct str piece;
	int rc;

	if (pass_put(a, prefix, e) < 0)
		return -1;
	while ((rc = spool_reader_next(r, &piece, e)) > 0) {
		if (pass_put(a, piece, e) < 0)
			return -1;
	}
	if (rc < 0 || blob_writer_finish(a->blob, &a->p->body, e) < 0)
		return -1;
	if (a->p->body.over)
		return err_set(e, EC_BUG, "message does not fit");
	if (a->fd < 0)
		return 0;
	if (write_all(a->fd, buf_str(&a->p->body), e) < 0)
		return -1;
	buf_reset(&a->p->body);
	return 0;
}

/* Structure and hashes, once all bytes have passed. */
static int
put_known(struct pass *a, const unsigned char key[32], struct blob_id *id, struct err *e)
{
	struct store_prepared *p = a->p;
	const struct mime_top *top;
	struct buf index;

	mime_parser_end(a->mime);
	top = mime_parser_top(a->mime);
	p->received_fields = top->nreceived;
	if (top->message_id.n > 0)
		keyed_hash(a->w, "msgid ", top->message_id, false, p->msgid);
	p->has_msgid = top->message_id.n > 0;
	if (top->from.n > 0)
		keyed_hash(a->w, "from ", top->from, true, p->sender);
	p->has_sender = top->from.n > 0;
	put_refs(a->w, top, p);
	buf_init(&index, LIM_OP / 2);
	mime_index_put(a->mime, &index);
	/* A structure that is larger than any sane one is left out: readers then parse the
	 * message. */
	if (index.over)
		buf_reset(&index);
	id->purpose = BLOB_META;
	blob_put(key, id, buf_str(&index), &p->meta);
	buf_done(&index);
	return p->meta.over ? err_set(e, EC_BUG, "structure does not fit") : 0;
}

static void
prepared_init(struct store_prepared *p, bool inl)
{
	*p = (struct store_prepared){ 0 };
	buf_init(&p->meta, LIM_OP);
	buf_init(&p->body, inl ? blob_size(LIM_STORE_INLINE) : MEMORY_MAX);
}

void
store_prepared_done(struct store_prepared *p)
{
	buf_done(&p->meta);
	buf_done(&p->body);
}

/* What the operation says about it. */
static void
put_fields(struct store_w *w, struct store_prepared *p, int64_t msg, uint64_t size, bool inl,
	   struct msg_op_message *m)
{
	m->msg = (uint64_t)msg;
	m->size = size;
	m->stored = inl ? STORED_INLINE : STORED_FILE;
	m->chain = chain_id(w->chain);
	m->step = p->step;
	m->sealed = str_mem(p->sealed, p->nsealed);
	m->blob = str_mem(p->blob, sizeof(p->blob));
	m->msgid = str_mem(p->msgid, p->has_msgid ? HASH_LEN : 0);
	m->sender = str_mem(p->sender, p->has_sender ? HASH_LEN : 0);
	m->refs = str_mem(p->refs, (size_t)p->nrefs * HASH_LEN);
	m->meta = buf_str(&p->meta);
	m->body = inl ? buf_str(&p->body) : STR("");
}

/* The next key. A chain's sealed state goes with each of its messages until one of them is sure
 * to be in the log. */
static void
take_key(struct store_w *w, struct store_prepared *p, unsigned char key[SEAL_KEY])
{
	struct str sealed;

	if (w->chain != NULL && chain_is_spent(w->chain))
		chain_free(&w->chain);
	if (w->chain == NULL) {
		w->chain = chain_new(w->pub);
		w->chain_stored = false;
	}
	chain_next(w->chain, key, &p->step);
	if (w->chain_stored)
		return;
	sealed = chain_sealed(w->chain);
	assert(sealed.n <= sizeof(p->sealed));
	memcpy(p->sealed, sealed.p, sealed.n);
	p->nsealed = sealed.n;
	/* An operation that fails takes the chain with it (store_w_apply). */
	w->chain_stored = true;
}

int
store_w_prepare(struct store_w *w, struct str prefix, struct spool_reader *r,
		struct store_prepared *p, struct msg_op_message *m, struct err *e)
{
	uint64_t size = prefix.n + spool_reader_size(r);
	bool inl = size <= LIM_STORE_INLINE;
	struct pass a = { .w = w, .p = p, .fd = -1 };
	unsigned char key[SEAL_KEY];
	int64_t msg;
	struct blob_id id;
	int rc = -1;

	assert(w->index != NULL);
	prepared_init(p, inl);
	w->file_next = MAX(w->file_next, w->c.nextmsg);
	msg = w->file_next++;
	if (!inl && (a.fd = file_create(w, &msg, e)) < 0)
		return -1;
	if (!inl)
		files_add(w, msg, a.fd);
	take_key(w, p, key);
	if (m->blob.n == sizeof(p->blob))
		memcpy(p->blob, m->blob.p, sizeof(p->blob));
	else
		seal_random(p->blob, sizeof(p->blob));
	store_account_id(str_c(w->name), &id);
	store_blob_id(str_mem(p->blob, sizeof(p->blob)), BLOB_BODY, &id);
	a.mime = mime_parser_new();
	a.blob = blob_writer_new(key, &id, size);
	if (pass_run(&a, prefix, r, e) == 0 && put_known(&a, key, &id, e) == 0)
		rc = 0;
	put_fields(w, p, msg, size, inl, m);
	blob_writer_free(&a.blob);
	mime_parser_free(&a.mime);
	mem_wipe(key, sizeof(key));
	if (rc < 0) {
		store_w_unprepare(w, m);
		chain_free(&w->chain);
	}
	return rc;
}

/* ---- transactions that ended half done */

bool
store_w_has_partial(const struct store_w *w)
{
	return w->has_partial;
}

int
store_w_partial_hash(struct store_w *w, struct str sender, struct spool_reader *r,
		     unsigned char hash[32], struct err *e)
{
	unsigned char state[SEAL_HASH];
	struct str piece;
	struct buf b;
	int rc;

	assert(w->index != NULL);
	seal_prf(secret_p(w->index), sender, state);
	buf_init(&b, SEAL_HASH + SPOOL_CHUNK);
	spool_reader_rewind(r);
	while ((rc = spool_reader_next(r, &piece, e)) > 0) {
		buf_reset(&b);
		buf_put(&b, state, sizeof(state));
		buf_putstr(&b, piece);
		seal_prf(secret_p(w->index), buf_str(&b), state);
	}
	spool_reader_rewind(r);
	buf_done(&b);
	if (rc == 0)
		memcpy(hash, state, sizeof(state));
	return rc;
}

int
store_w_partial_find(struct store_w *w, const unsigned char hash[32], int64_t now, bool *found,
		     struct err *e)
{
	struct db_q *q = db_use(w->db, "SELECT 1 FROM partial WHERE hash = :hash AND at >= :since");

	db_bind_blob(q, ":hash", str_mem(hash, SEAL_HASH));
	db_bind_int(q, ":since", now - LIM_PARTIAL_DAYS * 86400);
	*found = db_row(q);
	return db_end(q, e);
}
