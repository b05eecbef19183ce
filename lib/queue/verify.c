/*
 * Consistency of the queue, as a reader sees it. The server may be running: the database is
 * compared within one read transaction; a message whose file is not there, and a file without a
 * message, are looked for again afterwards.
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/spool.h"
#include "queue/queue_int.h"

enum {
	STRAY_AGE = 3600, /* seconds: a younger file may be of a message that is being taken over */
};

struct verify {
	struct queue *q;
	bool has_key;
	queue_verify_fn *fn;
	void *arg;
	struct queue_verify_sums *sums;
};

static void __attribute__((format(printf, 2, 3))) report(struct verify *v, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	v->sums->problems++;
	v->fn(v->arg, str_c(text));
}

static void
on_finding(void *arg, struct str finding)
{
	report(arg, "database: " STR_FMT, STR_ARG(finding));
}

/* Rows without their counterpart. */
static int
check_pairs(struct verify *v, struct err *e)
{
	struct db_q *s = db_use(
		v->q->db, "SELECT id, 'has no recipient' FROM message"
			  " WHERE NOT EXISTS (SELECT 1 FROM rcpt WHERE msg = message.id)"
			  " UNION ALL SELECT id, 'has no content' FROM message"
			  " WHERE NOT EXISTS (SELECT 1 FROM body WHERE id = message.id)"
			  " UNION ALL SELECT id, 'is content without a message' FROM body"
			  " WHERE NOT EXISTS (SELECT 1 FROM message WHERE id = body.id)"
			  " UNION ALL SELECT msg, 'is a recipient without a message' FROM rcpt"
			  " WHERE NOT EXISTS (SELECT 1 FROM message WHERE id = rcpt.msg)");

	while (db_row(s)) {
		struct str what = db_str(s, 1);

		report(v, "%" PRId64 " " STR_FMT, db_int(s, 0), STR_ARG(what));
	}
	return db_end(s, e);
}

static bool
on_rcpt(void *arg, const struct queue_msg *m, const struct queue_rcpt *r, const struct err *damage)
{
	struct verify *v = arg;

	(void)m;
	v->sums->rcpts++;
	if (damage != NULL && v->has_key)
		report(v, "%" PRId64 ".%" PRIu32 ": %s", r->msg, r->n, damage->msg);
	return true;
}

static int
read_file(struct verify *v, const struct queue_msg *m, int fd, struct err *e)
{
	struct spool_reader *r = spool_reader_new(fd, str_mem(m->file_key, SEAL_KEY), m->size, e);
	struct str piece;
	int rc = -1;

	while (r != NULL && (rc = spool_reader_next(r, &piece, e)) > 0)
		v->sums->bytes += piece.n;
	spool_reader_free(&r);
	return rc;
}

static int
read_message(struct verify *v, int64_t id, struct err *e)
{
	struct arena *a = arena_new(2 * QUEUE_SEALED);
	struct buf prefix, plain;
	struct queue_msg m;
	int fd = -1, rc;

	buf_init(&prefix, QUEUE_PREFIX);
	buf_init(&plain, LIM_INLINE);
	rc = queue_msg_get(v->q, id, a, &m, e);
	if (rc == 0)
		rc = queue_body(v->q, &m, &prefix, &plain, &fd, e);
	if (rc == 0 && fd >= 0)
		rc = read_file(v, &m, fd, e);
	else if (rc == 0 && plain.n != m.size)
		rc = err_set(e, EC_CORRUPT, "content has another size");
	v->sums->bytes += plain.n;
	if (fd >= 0)
		close(fd);
	mem_wipe(&m, sizeof(m));
	buf_wipe(&prefix);
	buf_wipe(&plain);
	arena_free(&a);
	return rc;
}

/* 0 when there is none behind `id`. */
static int
next_message(struct verify *v, int64_t id, int64_t *next, struct err *e)
{
	struct db_q *s =
		db_use(v->q->db, "SELECT id FROM message WHERE id > :id ORDER BY id LIMIT 1");

	db_bind_int(s, ":id", id);
	*next = db_row(s) ? db_int(s, 0) : 0;
	return db_end(s, e);
}

static bool
is_there(struct verify *v, int64_t id)
{
	struct err e = ERR_INIT;
	int64_t next = 0;

	return next_message(v, id - 1, &next, &e) == 0 && next == id;
}

/* Outside of a transaction: what was delivered meanwhile is no problem. */
static int
check_messages(struct verify *v, struct err *e)
{
	int64_t id = 0;

	for (;;) {
		struct err why = ERR_INIT;

		if (next_message(v, id, &id, e) < 0)
			return -1;
		if (id == 0)
			return 0;
		v->sums->messages++;
		if (v->has_key && read_message(v, id, &why) < 0 && is_there(v, id))
			report(v, "%" PRId64 ": %s", id, why.msg);
	}
}

static void
check_files(struct verify *v)
{
	int fd = v->q->files >= 0 ? openat(v->q->files, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
				  : -1;
	DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *d;
	struct stat st;
	uint64_t id;

	while (list != NULL && (d = readdir(list)) != NULL) {
		if (str_to_u64(str_c(d->d_name), INT64_MAX, &id) < 0)
			continue;
		v->sums->files++;
		if (!is_there(v, (int64_t)id) &&
		    fstatat(v->q->files, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    st.st_mtime < clock_now() - STRAY_AGE)
			report(v, "msg/%s is a file without a message", d->d_name);
	}
	if (list != NULL)
		closedir(list);
	else if (fd >= 0)
		close(fd);
}

static int
check_all(struct verify *v, const unsigned char *key, struct err *e)
{
	bool found;
	int rc;

	if (key != NULL && queue_check_get(v->q, key, &found, e) < 0)
		return -1;
	if (db_check(v->q->db, on_finding, v, e) < 0 || db_begin_read(v->q->db, e) < 0)
		return -1;
	rc = check_pairs(v, e);
	if (rc == 0)
		rc = queue_list(v->q, 0, -1, 0, INT32_MAX, on_rcpt, v, e);
	db_rollback(v->q->db);
	if (rc == 0)
		rc = check_messages(v, e);
	if (rc == 0)
		check_files(v);
	return rc;
}

int
queue_verify(int dir, const unsigned char *key, queue_verify_fn *fn, void *arg,
	     struct queue_verify_sums *sums, struct err *e)
{
	static const unsigned char none[SEAL_KEY];
	struct verify v = { .has_key = key != NULL, .fn = fn, .arg = arg, .sums = sums };
	struct db_opts o = { .cache_kb = 2000 };
	struct err why = ERR_INIT;
	int rc;

	*sums = (struct queue_verify_sums){ 0 };
	v.q = queue_keys_new(key != NULL ? key : none);
	v.q->db = db_open(dir, "queue.db", &o, &why);
	if (v.q->db == NULL && why.code == EC_TEMP) {
		o.lone = true; /* no queued is running */
		err_clear(&why);
		v.q->db = db_open(dir, "queue.db", &o, &why);
	}
	if (v.q->db == NULL) {
		rc = why.code == EC_NOTFOUND ? 0 : -1; /* nothing was ever sent */
		if (rc < 0)
			err_move(e, &why);
	} else {
		v.q->files = openat(dir, "msg", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		rc = check_all(&v, key, e);
	}
	queue_close(&v.q);
	return rc;
}
