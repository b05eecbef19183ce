/* Questions. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "queue/queue_int.h"

/* ---- one message */

/* Columns id, txn, created, size, flags, salt, from `col`. */
static void
msg_columns(const struct queue *q, struct db_q *s, int col, struct queue_msg *m)
{
	*m = (struct queue_msg){
		.id = db_int(s, col),
		.txn = (uint64_t)db_int(s, col + 1),
		.created = db_int(s, col + 2),
		.size = (uint64_t)db_int(s, col + 3),
		.flags = (uint32_t)db_int(s, col + 4),
	};
	queue_msg_keys(q, m, db_str(s, col + 5));
}

static int
envelope_open(struct str sealed, struct arena *a, struct queue_msg *m, struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, QUEUE_SEALED);
	rc = queue_unwrap(m, QUEUE_W_ENVELOPE, 0, sealed, &b, e);
	if (rc == 0)
		rc = queue_get_envelope(arena_str(a, buf_str(&b)), m, e);
	buf_done(&b);
	return rc;
}

int
queue_msg_get(struct queue *q, int64_t id, struct arena *a, struct queue_msg *m, struct err *e)
{
	struct db_q *s = db_use(q->db, "SELECT id, txn, created, size, flags, salt, envelope"
				       " FROM message WHERE id = :id");
	bool found;
	int rc = 0;

	db_bind_int(s, ":id", id);
	if ((found = db_row(s))) {
		msg_columns(q, s, 0, m);
		rc = envelope_open(db_str(s, 6), a, m, e);
	}
	if (db_end(s, e) < 0 || rc < 0)
		return -1;
	return found ? 0 : err_set(e, EC_NOTFOUND, "no message %" PRId64 " in the queue", id);
}

static int
rcpt_open(struct str sealed, const struct queue_msg *m, struct arena *a, struct queue_rcpt *r,
	  struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, QUEUE_SEALED);
	rc = queue_unwrap(m, QUEUE_W_RCPT, r->n, sealed, &b, e);
	if (rc == 0)
		rc = queue_get_rcpt(arena_str(a, buf_str(&b)), r, e);
	buf_done(&b);
	return rc;
}

int
queue_due_rcpts(struct queue *q, const struct queue_msg *m, int64_t dest, int64_t now,
		struct arena *a, struct queue_rcpt *v, size_t *n, struct err *e)
{
	struct db_q *s = db_use(q->db, "SELECT n, next, attempts, envelope FROM rcpt"
				       " WHERE msg = :msg AND dest = :dest AND hold = 0"
				       " AND next <= :now ORDER BY n LIMIT :max");
	size_t max = *n;
	int rc = 0;

	*n = 0;
	db_bind_int(s, ":msg", m->id);
	db_bind_int(s, ":dest", dest);
	db_bind_int(s, ":now", now);
	db_bind_int(s, ":max", (int64_t)max);
	while (rc == 0 && *n < max && db_row(s)) {
		v[*n] = (struct queue_rcpt){
			.msg = m->id,
			.n = (uint32_t)db_int(s, 0),
			.dest = dest,
			.next = db_int(s, 1),
			.attempts = (unsigned)db_int(s, 2),
		};
		rc = rcpt_open(db_str(s, 3), m, a, &v[*n], e);
		(*n)++;
	}
	if (db_end(s, e) < 0)
		return -1;
	return rc;
}

static int
body_file(struct queue *q, const struct queue_msg *m, int *fd, struct err *e)
{
	char name[32];

	queue_file_name(m->id, name);
	*fd = openat(q->files, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (*fd < 0)
		return err_sys(e, errno == ENOENT ? EC_CORRUPT : EC_IO, errno, "open queue/msg/%s",
			       name);
	return 0;
}

int
queue_body(struct queue *q, const struct queue_msg *m, struct buf *prefix, struct buf *plain,
	   int *fd, struct err *e)
{
	struct db_q *s = db_use(q->db, "SELECT prefix, data FROM body WHERE id = :id");
	bool is_file = false;
	int rc = -1;

	*fd = -1;
	db_bind_int(s, ":id", m->id);
	if (!db_row(s)) {
		err_set(e, EC_CORRUPT, "message %" PRId64 " of the queue has no content", m->id);
	} else if (queue_unwrap(m, QUEUE_W_PREFIX, 0, db_str(s, 0), prefix, e) == 0) {
		is_file = db_is_null(s, 1);
		rc = is_file ? 0 : queue_unwrap(m, QUEUE_W_BODY, 0, db_str(s, 1), plain, e);
	}
	if (db_end(s, e) < 0 || rc < 0)
		return -1;
	return is_file ? body_file(q, m, fd, e) : 0;
}

/* ---- what is due */

struct scan {
	queue_due_fn *fn;
	void *arg;
	unsigned max, seen;
	bool stopped;
};

/* Columns next, msg, n, dest. */
static int
scan_run(struct scan *c, struct db_q *s, struct queue_pos *pos, bool *more, struct err *e)
{
	while (!c->stopped && db_row(s)) {
		struct queue_pos at = { db_int(s, 0), db_int(s, 1), (uint32_t)db_int(s, 2) };

		if (!c->fn(c->arg, &at, db_int(s, 3))) {
			c->stopped = true;
		} else {
			*pos = at;
			c->seen++;
		}
	}
	*more = c->stopped || c->seen == c->max;
	return db_end(s, e);
}

int
queue_scan(struct queue *q, struct queue_pos *pos, int64_t until, unsigned max, queue_due_fn *fn,
	   void *arg, bool *more, struct err *e)
{
	struct db_q *s = db_use(q->db, "SELECT next, msg, n, dest FROM rcpt INDEXED BY due"
				       " WHERE hold = 0 AND next <= :until"
				       " AND (next, msg, n) > (:next, :msg, :n)"
				       " ORDER BY next, msg, n LIMIT :max");
	struct scan c = { .fn = fn, .arg = arg, .max = max };

	db_bind_int(s, ":until", until);
	db_bind_int(s, ":next", pos->next);
	db_bind_int(s, ":msg", pos->msg);
	db_bind_int(s, ":n", pos->n);
	db_bind_int(s, ":max", max);
	return scan_run(&c, s, pos, more, e);
}

int
queue_scan_dest(struct queue *q, int64_t dest, int64_t until, unsigned max, queue_due_fn *fn,
		void *arg, bool *more, struct err *e)
{
	struct db_q *s = db_use(q->db, "SELECT next, msg, n, dest FROM rcpt INDEXED BY by_dest"
				       " WHERE hold = 0 AND dest = :dest AND next <= :until"
				       " ORDER BY next, msg, n LIMIT :max");
	struct scan c = { .fn = fn, .arg = arg, .max = max };
	struct queue_pos ignored;

	db_bind_int(s, ":dest", dest);
	db_bind_int(s, ":until", until);
	db_bind_int(s, ":max", max);
	return scan_run(&c, s, &ignored, more, e);
}

int
queue_next_due(struct queue *q, const struct queue_pos *pos, int64_t *next, struct err *e)
{
	struct db_q *s = db_use(q->db, "SELECT next FROM rcpt INDEXED BY due"
				       " WHERE hold = 0 AND (next, msg, n) > (:next, :msg, :n)"
				       " AND next < :claimed ORDER BY next, msg, n LIMIT 1");

	db_bind_int(s, ":next", pos->next);
	db_bind_int(s, ":msg", pos->msg);
	db_bind_int(s, ":n", pos->n);
	db_bind_int(s, ":claimed", QUEUE_CLAIMED);
	*next = db_row(s) ? db_int(s, 0) : INT64_MAX;
	return db_end(s, e);
}

/* ---- lists */

static void
list_row(const struct queue *q, struct db_q *s, struct arena *a, queue_list_fn *fn, void *arg,
	 bool *go_on)
{
	struct err damage = ERR_INIT;
	struct queue_rcpt r = {
		.msg = db_int(s, 0),
		.n = (uint32_t)db_int(s, 1),
		.dest = db_int(s, 2),
		.next = db_int(s, 3),
		.attempts = (unsigned)db_int(s, 4),
		.hold = db_int(s, 5) != 0,
	};
	struct queue_msg m = { .id = r.msg };

	if (db_is_null(s, 7)) {
		err_set(&damage, EC_CORRUPT, "recipient without its message");
	} else {
		msg_columns(q, s, 7, &m);
		if (envelope_open(db_str(s, 13), a, &m, &damage) == 0)
			(void)rcpt_open(db_str(s, 6), &m, a, &r, &damage);
	}
	*go_on = fn(arg, &m, &r, damage.code != EC_OK ? &damage : NULL);
	mem_wipe(m.key, sizeof(m.key));
	mem_wipe(m.file_key, sizeof(m.file_key));
}

int
queue_list(struct queue *q, int64_t msg, int64_t n, int64_t only, unsigned max, queue_list_fn *fn,
	   void *arg, struct err *e)
{
	struct db_q *s =
		db_use(q->db, "SELECT r.msg, r.n, r.dest, r.next, r.attempts, r.hold, r.envelope,"
			      " m.id, m.txn, m.created, m.size, m.flags, m.salt, m.envelope"
			      " FROM rcpt r LEFT JOIN message m ON m.id = r.msg"
			      " WHERE (r.msg, r.n) > (:msg, :n) AND r.msg <= :last"
			      " ORDER BY r.msg, r.n LIMIT :max");
	struct arena *a = arena_new(4 * QUEUE_SEALED);
	bool go_on = true;

	if (only != 0 && msg < only) {
		msg = only;
		n = -1;
	}
	db_bind_int(s, ":msg", msg);
	db_bind_int(s, ":n", n);
	db_bind_int(s, ":last", only != 0 ? only : INT64_MAX);
	db_bind_int(s, ":max", max);
	while (go_on && db_row(s)) {
		list_row(q, s, a, fn, arg, &go_on);
		arena_reset(a);
	}
	arena_free(&a);
	return db_end(s, e);
}

int
queue_recent(struct queue *q, int64_t since, void (*fn)(void *arg, uint64_t txn, int64_t id),
	     void *arg, struct err *e)
{
	struct db_q *s =
		db_use(q->db, "SELECT id, txn, created FROM message ORDER BY id DESC LIMIT :max");

	db_bind_int(s, ":max", LIM_QUEUE_RECENT);
	while (db_row(s) && db_int(s, 2) >= since)
		fn(arg, (uint64_t)db_int(s, 1), db_int(s, 0));
	return db_end(s, e);
}

int
queue_count(struct queue *q, struct queue_counts *c, struct err *e)
{
	struct db_q *s = db_use(q->db, "SELECT (SELECT count(*) FROM message),"
				       " (SELECT count(*) FROM rcpt INDEXED BY due WHERE hold = 0),"
				       " (SELECT count(*) FROM rcpt WHERE hold <> 0)");

	if (db_row(s)) {
		c->messages = db_int(s, 0);
		c->held = db_int(s, 2);
		c->rcpts = db_int(s, 1) + c->held;
	}
	return db_end(s, e);
}
