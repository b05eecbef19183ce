/* Taking a message over. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/wire.h"
#include "crypto/spool.h"
#include "queue/queue_int.h"

struct queue_new {
	struct queue *q;
	struct queue_msg m; /* without strings */
	unsigned char salt[QUEUE_SALT];
	struct buf plain;    /* until it is sealed, of a small one */
	struct spool *spool; /* of a large one */
	int fd;		     /* its file; the spool's */
	bool has_file;
	struct buf envelope, prefix, body; /* sealed */
};

static int
file_begin(struct queue_new *n, struct err *e)
{
	char name[32];
	int bad = db_fault_hit(DB_FAULT_FILE);

	queue_file_name(n->m.id, name);
	n->fd = bad != 0 ? -1
			 : openat(n->q->files, name,
				  O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (n->fd < 0)
		return err_sys(e, EC_IO, bad != 0 ? bad : errno, "create queue/msg/%s", name);
	n->has_file = true;
	n->spool = spool_new_file(n->fd, n->m.file_key);
	return 0;
}

struct queue_new *
queue_new(struct queue *q, uint64_t size, struct err *e)
{
	struct queue_new *n = MEM_NEW(struct queue_new);

	n->q = q;
	n->fd = -1;
	n->m.id = q->next_id++;
	n->m.size = size;
	seal_random(n->salt, sizeof(n->salt));
	queue_msg_keys(q, &n->m, str_mem(n->salt, sizeof(n->salt)));
	buf_init(&n->plain, LIM_INLINE);
	buf_init(&n->envelope, QUEUE_SEALED);
	buf_init(&n->prefix, QUEUE_PREFIX);
	buf_init(&n->body, LIM_INLINE + SEAL_WRAP);
	if (size > LIM_INLINE && file_begin(n, e) < 0)
		queue_new_free(&n, false);
	return n;
}

int64_t
queue_new_id(const struct queue_new *n)
{
	return n->m.id;
}

int
queue_new_put(struct queue_new *n, struct str bytes, struct err *e)
{
	if (n->spool != NULL)
		return spool_put(n->spool, bytes, e);
	buf_putstr(&n->plain, bytes);
	return n->plain.over ? err_set(e, EC_BUG, "message is longer than announced") : 0;
}

static int
file_end(struct queue_new *n, struct err *e)
{
	struct spool_done done;
	int bad;

	if (spool_finish(n->spool, &done, e) < 0)
		return -1;
	mem_wipe(done.key, sizeof(done.key));
	if (done.size != n->m.size)
		return err_set(e, EC_BUG, "message has not the announced size");
	bad = db_fault_hit(DB_FAULT_SYNC);
	db_counts.syncs++;
	if (bad == 0 && fdatasync(n->fd) < 0)
		bad = errno;
	spool_free(&n->spool);
	return bad == 0 ? 0 : err_sys(e, EC_IO, bad, "sync queue/msg/%" PRId64, n->m.id);
}

int
queue_new_finish(struct queue_new *n, struct queue_msg *m, struct str prefix, struct err *e)
{
	struct buf *b = &n->q->tmp;

	if (n->spool != NULL ? file_end(n, e) < 0 : n->plain.n != n->m.size)
		return err_set(e, EC_BUG, "message has not the announced size");
	m->id = n->m.id;
	m->size = n->m.size;
	memcpy(m->key, n->m.key, sizeof(m->key));
	memcpy(m->file_key, n->m.file_key, sizeof(m->file_key));
	n->m = *m;
	buf_reset(b);
	wr_str(b, m->account);
	wr_str(b, m->login);
	wr_str(b, m->sender);
	wr_str(b, m->ip);
	wr_str(b, m->helo);
	queue_wrap(m, QUEUE_W_ENVELOPE, 0, buf_str(b), &n->envelope);
	queue_wrap(m, QUEUE_W_PREFIX, 0, prefix, &n->prefix);
	if (!n->has_file)
		queue_wrap(m, QUEUE_W_BODY, 0, buf_str(&n->plain), &n->body);
	if (n->envelope.over || n->prefix.over || n->body.over)
		return err_set(e, EC_LIMIT, "envelope is too large");
	buf_done(&n->plain);
	return 0;
}

static int
reserve(struct queue *q, int64_t id, struct err *e)
{
	struct db_q *s;

	if (id < q->reserved)
		return 0;
	s = db_use(q->db, "UPDATE meta SET value = :next WHERE key = 'next'");
	db_bind_int(s, ":next", id + LIM_QUEUE_IDS);
	if (db_run(s, e) < 0)
		return -1;
	q->reserved = id + LIM_QUEUE_IDS;
	return 0;
}

static int
add_message(struct queue *q, const struct queue_new *n, struct err *e)
{
	struct db_q *s =
		db_use(q->db, "INSERT INTO message (id, txn, created, size, flags, salt, envelope)"
			      " VALUES (:id, :txn, :created, :size, :flags, :salt, :envelope)");

	db_bind_int(s, ":id", n->m.id);
	db_bind_int(s, ":txn", (int64_t)n->m.txn);
	db_bind_int(s, ":created", n->m.created);
	db_bind_int(s, ":size", (int64_t)n->m.size);
	db_bind_int(s, ":flags", n->m.flags);
	db_bind_blob(s, ":salt", str_mem(n->salt, sizeof(n->salt)));
	db_bind_blob(s, ":envelope", buf_str(&n->envelope));
	if (db_run(s, e) < 0)
		return -1;
	s = db_use(q->db, "INSERT INTO body (id, prefix, data) VALUES (:id, :prefix, :data)");
	db_bind_int(s, ":id", n->m.id);
	db_bind_blob(s, ":prefix", buf_str(&n->prefix));
	if (n->has_file)
		db_bind_null(s, ":data");
	else
		db_bind_blob(s, ":data", buf_str(&n->body));
	return db_run(s, e);
}

static int
add_rcpt(struct queue *q, const struct queue_msg *m, const struct queue_rcpt *r, struct err *e)
{
	struct db_q *s;
	struct buf sealed;
	int rc;

	buf_reset(&q->tmp);
	queue_put_result(&q->tmp, r);
	buf_init(&sealed, QUEUE_SEALED);
	queue_wrap(m, QUEUE_W_RCPT, r->n, buf_str(&q->tmp), &sealed);
	s = db_use(q->db, "INSERT INTO rcpt (msg, n, dest, next, attempts, hold, envelope)"
			  " VALUES (:msg, :n, :dest, :next, :attempts, :hold, :envelope)");
	db_bind_int(s, ":msg", m->id);
	db_bind_int(s, ":n", r->n);
	db_bind_int(s, ":dest", r->dest);
	db_bind_int(s, ":next", r->next);
	db_bind_int(s, ":attempts", r->attempts);
	db_bind_int(s, ":hold", r->hold);
	db_bind_blob(s, ":envelope", buf_str(&sealed));
	rc = db_run(s, e);
	buf_done(&sealed);
	return rc;
}

int
queue_add(struct queue *q, struct queue_new *n, const struct queue_rcpt *v, size_t nv,
	  struct err *e)
{
	if (reserve(q, n->m.id, e) < 0 || add_message(q, n, e) < 0)
		return -1;
	for (size_t i = 0; i < nv; i++) {
		if (add_rcpt(q, &n->m, &v[i], e) < 0)
			return -1;
	}
	q->files_dirty = q->files_dirty || n->has_file;
	return 0;
}

void
queue_new_free(struct queue_new **np, bool kept)
{
	struct queue_new *n = *np;
	char name[32];

	if (n == NULL)
		return;
	*np = NULL;
	if (n->has_file && !kept) {
		queue_file_name(n->m.id, name);
		(void)unlinkat(n->q->files, name, 0);
	}
	spool_free(&n->spool);
	buf_wipe(&n->plain);
	buf_done(&n->envelope);
	buf_done(&n->prefix);
	buf_done(&n->body);
	mem_wipe(&n->m, sizeof(n->m));
	mem_free(n);
}
