/* Opening, keys, sealed values. */
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/wire.h"
#include "queue/queue_int.h"

#define CHECK_TEXT "mox queue"

/*
 * One writer, few readers, rows that live for seconds: no index that the way of an ordinary message
 * (in, claimed, out) does not need. `due` covers the pass over times, `by_dest` that over one
 * destination; held rows are in neither. A file's bytes are not in `body`: data is NULL.
 */
static const char *const schema[] = {
	"CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE message ("
	" id INTEGER PRIMARY KEY,"
	" txn INTEGER NOT NULL,"
	" created INTEGER NOT NULL,"
	" size INTEGER NOT NULL,"
	" flags INTEGER NOT NULL,"
	" salt BLOB NOT NULL,"
	" envelope BLOB NOT NULL"
	") STRICT;"
	"CREATE TABLE body ("
	" id INTEGER PRIMARY KEY,"
	" prefix BLOB NOT NULL,"
	" data BLOB"
	") STRICT;"
	"CREATE TABLE rcpt ("
	" msg INTEGER NOT NULL,"
	" n INTEGER NOT NULL,"
	" dest INTEGER NOT NULL,"
	" next INTEGER NOT NULL,"
	" attempts INTEGER NOT NULL,"
	" hold INTEGER NOT NULL,"
	" envelope BLOB NOT NULL,"
	" PRIMARY KEY (msg, n)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX due ON rcpt (next, msg, n, dest) WHERE hold = 0;"
	"CREATE INDEX by_dest ON rcpt (dest, next, msg, n) WHERE hold = 0;",
};

/* ---- keys and sealed values */

struct queue *
queue_keys_new(const unsigned char key[SEAL_KEY])
{
	struct queue *q = MEM_NEW(struct queue);

	q->dir = q->files = -1;
	q->msg_key = secret_new(SEAL_KEY);
	q->dest_key = secret_new(SEAL_KEY);
	seal_derive(key, "mox queue message", STR(""), secret_p(q->msg_key));
	seal_derive(key, "mox queue destination", STR(""), secret_p(q->dest_key));
	buf_init(&q->tmp, QUEUE_PREFIX);
	return q;
}

int64_t
queue_dest(const struct queue *q, struct str domain)
{
	unsigned char h[SEAL_HASH];
	uint64_t v;

	seal_prf(secret_p(q->dest_key), domain, h);
	memcpy(&v, h, sizeof(v));
	v &= INT64_MAX;
	return v == QUEUE_DEST_DSN ? 1 : (int64_t)v;
}

void
queue_msg_keys(const struct queue *q, struct queue_msg *m, struct str salt)
{
	unsigned char in[1 + QUEUE_SALT] = { 'm' };

	memcpy(in + 1, salt.p, MIN(salt.n, (size_t)QUEUE_SALT));
	seal_prf(secret_p(q->msg_key), str_mem(in, sizeof(in)), m->key);
	in[0] = 'f';
	seal_prf(secret_p(q->msg_key), str_mem(in, sizeof(in)), m->file_key);
}

static struct str
value_ad(int64_t id, enum queue_what what, uint32_t n, unsigned char ad[13])
{
	ad[0] = (unsigned char)what;
	for (unsigned i = 0; i < 8; i++)
		ad[1 + i] = (unsigned char)((uint64_t)id >> (8 * i));
	for (unsigned i = 0; i < 4; i++)
		ad[9 + i] = (unsigned char)(n >> (8 * i));
	return str_mem(ad, 13);
}

void
queue_wrap(const struct queue_msg *m, enum queue_what what, uint32_t n, struct str plain,
	   struct buf *out)
{
	unsigned char ad[13];

	seal_wrap(m->key, value_ad(m->id, what, n, ad), plain, out);
}

int
queue_unwrap(const struct queue_msg *m, enum queue_what what, uint32_t n, struct str sealed,
	     struct buf *out, struct err *e)
{
	unsigned char ad[13];

	if (seal_unwrap(m->key, value_ad(m->id, what, n, ad), sealed, out, e) == 0)
		return 0;
	if (e != NULL && e->code == EC_LIMIT) /* longer than we make them */
		e->code = EC_CORRUPT;
	return err_prefix(e, "message %" PRId64 " of the queue", m->id);
}

int
queue_get_envelope(struct str s, struct queue_msg *m, struct err *e)
{
	struct rd r = rd_init(s);

	m->account = rd_str(&r, LIM_ACCOUNT);
	m->login = rd_str(&r, LIM_ADDR);
	m->sender = rd_str(&r, LIM_ADDR);
	m->ip = rd_str(&r, LIM_ADDR);
	m->helo = rd_str(&r, LIM_DOMAIN);
	return rd_done(&r) ? 0 : err_set(e, EC_CORRUPT, "malformed message of the queue");
}

void
queue_put_result(struct buf *b, const struct queue_rcpt *r)
{
	wr_str(b, r->addr);
	wr_uint(b, 8, (uint64_t)r->last.at);
	wr_uint(b, 2, r->last.code);
	wr_uint(b, 1, r->last.is_lost);
	wr_str(b, str_sub(r->last.ecode, 0, 16));
	wr_str(b, str_sub(r->last.text, 0, LIM_SMTP_REPLY));
	wr_str(b, str_sub(r->last.mx, 0, LIM_DOMAIN));
	wr_str(b, str_sub(r->last.ip, 0, 64));
}

int
queue_get_rcpt(struct str s, struct queue_rcpt *r, struct err *e)
{
	struct rd rd = rd_init(s);

	r->addr = rd_str(&rd, LIM_ADDR);
	r->last.at = (int64_t)rd_uint(&rd, 8);
	r->last.code = (unsigned)rd_uint(&rd, 2);
	r->last.is_lost = rd_uint(&rd, 1) != 0;
	r->last.ecode = rd_str(&rd, 16);
	r->last.text = rd_str(&rd, LIM_SMTP_REPLY);
	r->last.mx = rd_str(&rd, LIM_DOMAIN);
	r->last.ip = rd_str(&rd, 64);
	return rd_done(&rd) ? 0 : err_set(e, EC_CORRUPT, "malformed recipient of the queue");
}

void
queue_file_name(int64_t id, char name[32])
{
	snprintf(name, 32, "%" PRId64, id);
}

/* ---- opening */

int
queue_check_get(struct queue *q, const unsigned char key[SEAL_KEY], bool *found, struct err *e)
{
	struct db_q *s = db_use(q->db, "SELECT value FROM meta WHERE key = 'check'");
	struct buf b;
	int rc = 0;

	buf_init(&b, 256);
	if ((*found = db_row(s)))
		rc = seal_unwrap(key, STR("check"), db_str(s, 0), &b, NULL);
	buf_done(&b);
	if (db_end(s, e) < 0)
		return -1;
	return rc < 0 ? err_set(e, EC_DENIED, "queue.db was made with another master key") : 0;
}

static int
check_key(struct queue *q, const unsigned char key[SEAL_KEY], struct err *e)
{
	struct db_q *s;
	struct buf b;
	bool found;
	int rc;

	if (queue_check_get(q, key, &found, e) < 0)
		return -1;
	if (found)
		return 0;
	buf_init(&b, 256);
	seal_wrap(key, STR("check"), STR(CHECK_TEXT), &b);
	s = db_use(q->db, "INSERT INTO meta (key, value) VALUES ('check', :value), ('next', 1)");
	db_bind_blob(s, ":value", buf_str(&b));
	rc = db_run(s, e);
	buf_done(&b);
	return rc;
}

/* Numbers are reserved by the block, so that none comes twice though all messages went. */
static int
load_next(struct queue *q, struct err *e)
{
	struct db_q *s = db_use(q->db, "SELECT max((SELECT value FROM meta WHERE key = 'next'),"
				       " coalesce((SELECT max(id) FROM message), 0) + 1)");

	if (db_row(s))
		q->next_id = db_int(s, 0);
	if (db_end(s, e) < 0)
		return -1;
	q->first_id = q->reserved = q->reserved_done = q->next_id;
	return 0;
}

static int
open_files(struct queue *q, struct err *e)
{
	if (mkdirat(q->dir, "msg", 0700) < 0 && errno != EEXIST)
		return err_sys(e, EC_IO, errno, "create queue/msg");
	q->files = openat(q->dir, "msg", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (q->files < 0 || fsync(q->dir) < 0)
		return err_sys(e, EC_IO, errno, "open queue/msg");
	return 0;
}

struct queue *
queue_open(int dir, const unsigned char key[SEAL_KEY], struct err *e)
{
	static const struct db_opts o = { .write = true, .durable = true, .cache_kb = 8000 };
	struct queue *q = queue_keys_new(key);

	q->is_full_sync = true;
	q->dir = fcntl(dir, F_DUPFD_CLOEXEC, 3);
	if (q->dir < 0)
		err_sys(e, EC_IO, errno, "queue folder");
	else if (open_files(q, e) == 0)
		q->db = db_open(dir, "queue.db", &o, e);
	if (q->db == NULL || db_migrate(q->db, schema, ARRAY_LEN(schema), e) < 0 ||
	    check_key(q, key, e) < 0 || load_next(q, e) < 0)
		queue_close(&q);
	return q;
}

void
queue_close(struct queue **qp)
{
	struct queue *q = *qp;

	if (q == NULL)
		return;
	*qp = NULL;
	db_close(&q->db);
	if (q->sweep != NULL)
		closedir(q->sweep);
	if (q->files >= 0)
		close(q->files);
	if (q->dir >= 0)
		close(q->dir);
	secret_free(&q->msg_key);
	secret_free(&q->dest_key);
	mem_free(q->gone);
	buf_wipe(&q->tmp);
	mem_free(q);
}
