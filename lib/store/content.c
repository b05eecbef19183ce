/*
 * Message content for readers: keys from chains, the cached structure, bodies.
 *
 * SECURITY: ciphertext comes from files that somebody may have altered; all of it is authenticated,
 * and the worst case is EC_CORRUPT for this message.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/wire.h"
#include "store/reader.h"

void
store_chains_drop(struct store *s)
{
	secret_free(&s->chains);
}

/* The state of a chain: by the symmetric wrap when a reader left one, else by the private key. A
 * wrap that does not open is no loss: the sealed state is always there. */
static int
chain_open(struct store *s, int64_t id, struct str sealed, struct str wrapped, struct buf *state,
	   struct err *e)
{
	const unsigned char *k = secret_p(s->keys);
	struct err ignored = ERR_INIT;
	unsigned char adbuf[8];
	struct str ad = store_wrap_ad(id, adbuf);
	struct buf wrap;

	if (wrapped.n > 0 && seal_unwrap(k + 2 * SEAL_KEY, ad, wrapped, state, &ignored) == 0 &&
	    state->n == SEAL_KEY)
		return 0;
	buf_reset(state);
	if (seal_box_open(k, k + SEAL_KEY, sealed, state, e) < 0)
		return err_prefix(e, "key chain");
	if (state->n != SEAL_KEY)
		return err_set(e, EC_CORRUPT, "key chain has the wrong length");
	buf_init(&wrap, SEAL_KEY + SEAL_WRAP);
	seal_wrap(k + 2 * SEAL_KEY, ad, buf_str(state), &wrap);
	if (s->wraps.n + 12 + wrap.n <= s->wraps.max) {
		wr_uint(&s->wraps, 8, (uint64_t)id);
		wr_str(&s->wraps, buf_str(&wrap));
	}
	buf_done(&wrap);
	return 0;
}

static int
chain_load(struct store *s, int64_t id, struct store_chain *c, struct err *e)
{
	struct db_q *q = db_use(s->db, "SELECT sealed, wrapped FROM chain WHERE id = :id");
	struct buf state;
	int rc = -1;

	buf_init(&state, SEAL_KEY);
	db_bind_int(q, ":id", id);
	if (db_row(q))
		rc = chain_open(s, id, db_str(q, 0), db_str(q, 1), &state, e);
	else
		err_set(e, EC_CORRUPT, "key chain is missing");
	if (db_end(q, e) < 0)
		rc = -1;
	if (rc == 0) {
		chain_walk((const unsigned char *)buf_str(&state).p, LIM_CHAIN, c->keys);
		c->id = id;
	}
	buf_wipe(&state);
	buf_done(&state);
	return rc;
}

/* Key of a message, borrowed until the next call. */
static const unsigned char *
message_key(struct store *s, int64_t chain, int64_t step, struct err *e)
{
	struct store_chain *v, *oldest;

	if (step < 0 || step >= LIM_CHAIN) {
		err_set(e, EC_CORRUPT, "step of the key chain is out of range");
		return NULL;
	}
	if (s->chains == NULL)
		s->chains = secret_new(READER_CHAINS * sizeof(struct store_chain));
	v = oldest = (void *)secret_p(s->chains);
	for (unsigned i = 0; i < READER_CHAINS; i++) {
		if (v[i].used > 0 && v[i].id == chain) {
			v[i].used = ++s->clock;
			return v[i].keys[step];
		}
		if (v[i].used < oldest->used)
			oldest = &v[i];
	}
	oldest->used = 0;
	if (chain_load(s, chain, oldest, e) < 0)
		return NULL;
	oldest->used = ++s->clock;
	return oldest->keys[step];
}

/* `q` begins with chain, step, blob. */
static const unsigned char *
content_key(struct store *s, struct db_q *q, enum blob_purpose purpose, struct blob_id *id,
	    struct err *e)
{
	struct str random = db_str(q, 2);

	if (random.n != BLOB_ID) {
		err_set(e, EC_CORRUPT, "message id has the wrong length");
		return NULL;
	}
	*id = s->id;
	store_blob_id(random, purpose, id);
	return message_key(s, db_int(q, 0), db_int(q, 1), e);
}

int
store_meta(struct store *s, int64_t msg, struct buf *out, struct err *e)
{
	struct db_q *q =
		db_use(s->db, "SELECT chain, step, blob, meta FROM message WHERE id = :id");
	const unsigned char *key;
	struct blob_id id;
	size_t before = out->n;
	int rc = -1;

	db_bind_int(q, ":id", msg);
	if (!db_row(q))
		err_set(e, EC_NOTFOUND, "no such message");
	else if ((key = content_key(s, q, BLOB_META, &id, e)) != NULL)
		rc = blob_get(key, &id, db_str(q, 3), out, e);
	if (db_end(q, e) < 0)
		rc = -1;
	if (rc < 0)
		buf_truncate(out, before);
	return rc;
}

struct store_msg {
	struct blob_reader *r;
	struct buf inl; /* ciphertext of an inline body */
	int fd;		/* or its file */
	int64_t id;
};

static int
read_inline(void *arg, uint64_t off, void *p, size_t n, struct err *e)
{
	struct store_msg *m = arg;
	struct str s = buf_str(&m->inl);

	if (off > s.n || n > s.n - off)
		return err_set(e, EC_CORRUPT, "message is cut short");
	memcpy(p, s.p + off, n);
	return 0;
}

static int
read_file(void *arg, uint64_t off, void *p, size_t n, struct err *e)
{
	struct store_msg *m = arg;

	while (n > 0) {
		ssize_t k = pread(m->fd, p, n, (off_t)off);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return err_sys(e, EC_IO, errno, "read message");
		if (k == 0)
			return err_set(e, EC_CORRUPT, "message is cut short");
		p = (char *)p + k;
		off += (uint64_t)k;
		n -= (size_t)k;
	}
	return 0;
}

static int
msg_load_file(struct store *s, struct store_msg *m, struct err *e)
{
	char name[STORE_FILE_NAME];

	store_file_name(m->id, name);
	m->fd = openat(s->msgdir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (m->fd < 0)
		return err_sys(e, errno == ENOENT ? EC_CORRUPT : EC_IO, errno, "open message %s",
			       name);
	return 0;
}

struct store_msg *
store_msg_open(struct store *s, int64_t msg, struct err *e)
{
	struct db_q *q = db_use(s->db, "SELECT chain, step, blob, stored, size, data FROM message"
				       " LEFT JOIN body ON body.msg = id WHERE id = :id");
	struct store_msg *m = MEM_NEW(struct store_msg);
	const unsigned char *key = NULL;
	struct blob_id id = { 0 };
	int64_t stored = 0, size = 0;
	bool ok = false;

	m->fd = -1;
	m->id = msg;
	db_bind_int(q, ":id", msg);
	if (!db_row(q)) {
		err_set(e, EC_NOTFOUND, "no such message");
	} else {
		key = content_key(s, q, BLOB_BODY, &id, e);
		stored = db_int(q, 3);
		size = db_int(q, 4);
		buf_init(&m->inl, db_str(q, 5).n);
		buf_putstr(&m->inl, db_str(q, 5));
	}
	if (db_end(q, e) == 0 && key != NULL)
		ok = stored != STORED_FILE || msg_load_file(s, m, e) == 0;
	if (ok)
		m->r = blob_reader_new(key, &id, stored == STORED_FILE ? read_file : read_inline, m,
				       e);
	if (m->r != NULL && blob_reader_size(m->r) != (uint64_t)size) {
		err_set(e, EC_CORRUPT, "message has the wrong size");
		blob_reader_free(&m->r);
	}
	if (m->r == NULL)
		store_msg_close(&m);
	return m;
}

uint64_t
store_msg_size(const struct store_msg *m)
{
	return blob_reader_size(m->r);
}

int
store_msg_read(struct store_msg *m, uint64_t off, size_t n, struct buf *out, struct err *e)
{
	return blob_reader_get(m->r, off, n, out, e);
}

void
store_msg_close(struct store_msg **m)
{
	if (*m == NULL)
		return;
	blob_reader_free(&(*m)->r);
	buf_done(&(*m)->inl);
	if ((*m)->fd >= 0)
		close((*m)->fd);
	mem_free(*m);
	*m = NULL;
}

void
store_take_keywraps(struct store *s, struct buf *out)
{
	buf_putstr(out, buf_str(&s->wraps));
	buf_reset(&s->wraps);
}
