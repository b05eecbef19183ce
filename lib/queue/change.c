/* Transactions and what changes in them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "queue/queue_int.h"

/* The pragma counts only outside of a transaction. */
static int
set_sync(struct queue *q, bool full, struct err *e)
{
	if (q->is_full_sync == full)
		return 0;
	if (db_exec(q->db, full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", e) <
	    0)
		return -1;
	q->is_full_sync = full;
	return 0;
}

int
queue_begin(struct queue *q, bool sync, struct err *e)
{
	return set_sync(q, sync, e) < 0 ? -1 : db_begin_write(q->db, e);
}

static int
sync_names(struct queue *q, struct err *e)
{
	int bad;

	if (!q->files_dirty)
		return 0;
	bad = db_fault_hit(DB_FAULT_SYNC);
	db_counts.syncs++;
	if (bad == 0 && fsync(q->files) < 0)
		bad = errno;
	if (bad != 0)
		return err_sys(e, EC_IO, bad, "sync queue/msg");
	q->files_dirty = false;
	return 0;
}

static void
remove_gone(struct queue *q)
{
	char name[32];

	for (size_t i = 0; i < q->ngone; i++) {
		queue_file_name(q->gone[i], name);
		(void)unlinkat(q->files, name, 0); /* what stays is swept at the next start */
	}
	q->ngone = q->ngone_done = 0;
}

int
queue_commit(struct queue *q, struct err *e)
{
	if (sync_names(q, e) < 0 || db_commit(q->db, e) < 0) {
		queue_rollback(q);
		return -1;
	}
	q->reserved_done = q->reserved;
	q->ngone_done = q->ngone;
	/* A power cut may bring the message back: then its file has to be there. */
	if (q->is_full_sync)
		remove_gone(q);
	return 0;
}

void
queue_rollback(struct queue *q)
{
	db_rollback(q->db);
	q->reserved = q->reserved_done;
	q->ngone = q->ngone_done;
}

/* ---- recipients */

int
queue_claim(struct queue *q, const struct queue_rcpt *r, struct err *e)
{
	struct db_q *s = db_use(q->db, "UPDATE rcpt SET attempts = :attempts, next = :next"
				       " WHERE msg = :msg AND n = :n");

	db_bind_int(s, ":attempts", r->attempts);
	db_bind_int(s, ":next", r->next);
	db_bind_int(s, ":msg", r->msg);
	db_bind_int(s, ":n", r->n);
	return db_run(s, e);
}

int
queue_rcpt_set(struct queue *q, const struct queue_msg *m, const struct queue_rcpt *r,
	       struct err *e)
{
	struct db_q *s = db_use(q->db, "UPDATE rcpt SET dest = :dest, next = :next,"
				       " attempts = :attempts, envelope = :envelope"
				       " WHERE msg = :msg AND n = :n");
	struct buf sealed;
	int rc;

	buf_reset(&q->tmp);
	queue_put_result(&q->tmp, r);
	buf_init(&sealed, QUEUE_SEALED);
	queue_wrap(m, QUEUE_W_RCPT, r->n, buf_str(&q->tmp), &sealed);
	db_bind_int(s, ":dest", r->dest);
	db_bind_int(s, ":next", r->next);
	db_bind_int(s, ":attempts", r->attempts);
	db_bind_blob(s, ":envelope", buf_str(&sealed));
	db_bind_int(s, ":msg", r->msg);
	db_bind_int(s, ":n", r->n);
	rc = db_run(s, e);
	buf_done(&sealed);
	return rc;
}

static void
gone_add(struct queue *q, int64_t id)
{
	if (q->ngone == q->gone_cap) {
		q->gone_cap = q->gone_cap > 0 ? q->gone_cap * 2 : 16;
		q->gone = mem_resize(q->gone, q->gone_cap, sizeof(*q->gone));
	}
	q->gone[q->ngone++] = id;
}

static int
body_del(struct queue *q, int64_t id, struct err *e)
{
	struct db_q *s = db_use(q->db, "DELETE FROM body WHERE id = :id RETURNING data IS NULL");

	db_bind_int(s, ":id", id);
	while (db_row(s)) {
		if (db_int(s, 0) != 0)
			gone_add(q, id);
	}
	return db_end(s, e);
}

int
queue_rcpt_del(struct queue *q, int64_t msg, uint32_t n, struct err *e)
{
	struct db_q *s = db_use(q->db, "DELETE FROM rcpt WHERE msg = :msg AND n = :n");

	db_bind_int(s, ":msg", msg);
	db_bind_int(s, ":n", n);
	if (db_run(s, e) < 0)
		return -1;
	s = db_use(q->db, "DELETE FROM message WHERE id = :id"
			  " AND NOT EXISTS (SELECT 1 FROM rcpt WHERE msg = :id)");
	db_bind_int(s, ":id", msg);
	if (db_run(s, e) < 0)
		return -1;
	return db_changes(q->db) > 0 ? body_del(q, msg, e) : 0;
}

int
queue_hold(struct queue *q, int64_t msg, uint32_t n, bool hold, struct err *e)
{
	struct db_q *s = db_use(q->db, "UPDATE rcpt SET hold = :hold WHERE msg = :msg AND n = :n");

	db_bind_int(s, ":hold", hold);
	db_bind_int(s, ":msg", msg);
	db_bind_int(s, ":n", n);
	return db_run(s, e);
}

int
queue_set_aside(struct queue *q, int64_t msg, uint64_t *rows, struct err *e)
{
	struct db_q *s = db_use(q->db, "UPDATE rcpt SET hold = 1 WHERE msg = :msg AND hold = 0");

	db_bind_int(s, ":msg", msg);
	if (db_run(s, e) < 0)
		return -1;
	*rows = (uint64_t)db_changes(q->db);
	return 0;
}

int
queue_reschedule(struct queue *q, int64_t msg, uint32_t n, int64_t next, struct err *e)
{
	struct db_q *s = db_use(q->db, "UPDATE rcpt SET next = :next WHERE msg = :msg AND n = :n");

	db_bind_int(s, ":next", next);
	db_bind_int(s, ":msg", msg);
	db_bind_int(s, ":n", n);
	return db_run(s, e);
}

int
queue_give_up(struct queue *q, int64_t msg, uint32_t n, int64_t now, struct err *e)
{
	struct db_q *s = db_use(q->db, "UPDATE rcpt SET dest = :dest, next = :now, hold = 0"
				       " WHERE msg = :msg AND n = :n");

	db_bind_int(s, ":dest", QUEUE_DEST_DSN);
	db_bind_int(s, ":now", now);
	db_bind_int(s, ":msg", msg);
	db_bind_int(s, ":n", n);
	return db_run(s, e);
}

int
queue_recover(struct queue *q, int64_t next, uint64_t *count, struct err *e)
{
	struct db_q *s =
		db_use(q->db, "UPDATE rcpt SET next = :next WHERE hold = 0 AND next >= :claimed");

	db_bind_int(s, ":next", next);
	db_bind_int(s, ":claimed", QUEUE_CLAIMED);
	if (db_run(s, e) < 0)
		return -1;
	*count = (uint64_t)db_changes(q->db);
	return 0;
}

/* ---- the log, and files */

int
queue_checkpoint(struct queue *q, bool force, struct err *e)
{
	bool all;

	if (!force && db_log_pages(q->db) < LIM_QUEUE_LOG_PAGES)
		return 0;
	return db_checkpoint(q->db, false, &all, e);
}

/* -1: can't be told now. */
static int
has_message(struct queue *q, int64_t id)
{
	struct db_q *s = db_use(q->db, "SELECT 1 FROM message WHERE id = :id");
	struct err e = ERR_INIT;
	bool found;

	db_bind_int(s, ":id", id);
	found = db_row(s);
	return db_end(s, &e) < 0 ? -1 : found;
}

bool
queue_sweep(struct queue *q, unsigned max)
{
	struct dirent *d = NULL;
	uint64_t id;

	if (q->sweep == NULL) {
		int fd = openat(q->files, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0 || (q->sweep = fdopendir(fd)) == NULL) {
			if (fd >= 0)
				close(fd);
			return false;
		}
	}
	while (max-- > 0 && (d = readdir(q->sweep)) != NULL) {
		if (str_to_u64(str_c(d->d_name), INT64_MAX, &id) == 0 &&
		    (int64_t)id < q->first_id && has_message(q, (int64_t)id) == 0)
			(void)unlinkat(q->files, d->d_name, 0);
	}
	if (d != NULL)
		return true;
	closedir(q->sweep);
	q->sweep = NULL;
	return false;
}

int
queue_touch(struct queue *q, struct err *e)
{
	return db_run(db_use(q->db, "UPDATE meta SET value = value WHERE key = 'next'"), e);
}
