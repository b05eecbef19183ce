/*
 * The account as readers see it: mailboxes, rows, changes.
 */
#include "store/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"

/* Page cache of a reader: enough for the inner pages; the kernel has the rest. */
enum { READER_CACHE_KB = 512, READER_BUSY_MS = 50 };

struct store *
store_open(int dirfd, struct str account, const unsigned char pub[32], const unsigned char priv[32],
	   struct err *e)
{
	const struct db_opts opts = { .cache_kb = READER_CACHE_KB, .busy_ms = READER_BUSY_MS };
	struct err why = ERR_INIT;
	struct store *s;
	struct db *db = db_open(dirfd, STORE_DB_FILE, &opts, &why);
	unsigned char *k;

	if (db == NULL) {
		/* The writer makes the database when it is asked to open the account. */
		err_set(e, why.code == EC_NOTFOUND ? EC_TEMP : why.code, "%s", why.msg);
		return NULL;
	}
	s = MEM_NEW(struct store);
	s->db = db;
	store_account_id(account, &s->id);
	buf_init(&s->name, LIM_MAILBOX_NAME + 16);
	buf_init(&s->wraps, LIM_KEYWRAPS);
	s->keys = secret_new(3 * SEAL_KEY);
	k = secret_p(s->keys);
	memcpy(k, pub, SEAL_KEY);
	memcpy(k + SEAL_KEY, priv, SEAL_KEY);
	store_wrap_key(priv, k + 2 * SEAL_KEY);
	s->msgdir = openat(dirfd, STORE_MSG_DIR, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (s->msgdir < 0) {
		err_sys(e, EC_IO, errno, "open " STORE_MSG_DIR);
		store_close(&s);
	}
	return s;
}

void
store_close(struct store **sp)
{
	struct store *s = *sp;

	if (s == NULL)
		return;
	*sp = NULL;
	store_chains_drop(s);
	secret_free(&s->keys);
	buf_done(&s->name);
	buf_done(&s->wraps);
	if (s->msgdir >= 0)
		close(s->msgdir);
	db_close(&s->db);
	mem_free(s);
}

void
store_trim(struct store *s)
{
	store_chains_drop(s);
	db_trim(s->db);
	if (s->wraps.n == 0)
		buf_shrink(&s->wraps);
}

int
store_mailboxes(struct store *s, store_mailbox_fn *fn, void *arg, struct err *e)
{
	struct db_q *q = db_use(
		s->db, "SELECT " STORE_MAILBOX_COLS " FROM " STORE_MAILBOX_FROM
		       " UNION ALL SELECT 0, name, 0, 0, 0, 0, 0, 0, 0, 0, 1 FROM subscription"
		       " WHERE name NOT IN (SELECT name FROM mailbox) ORDER BY 2");
	struct store_mailbox m;

	while (db_row(q)) {
		store_mailbox_from(q, &m);
		if (!fn(arg, &m))
			break;
	}
	return db_end(q, e);
}

/* The one row of q, its name kept in s. */
static int
mailbox_one(struct store *s, struct db_q *q, struct store_mailbox *m, struct err *e)
{
	struct store_mailbox t;
	bool found = db_row(q);

	if (found) {
		store_mailbox_from(q, &t);
		buf_reset(&s->name);
		buf_putstr(&s->name, t.name);
		t.name = buf_str(&s->name);
	}
	if (db_end(q, e) < 0)
		return -1;
	if (!found)
		return err_set(e, EC_NOTFOUND, "no such mailbox");
	*m = t;
	return 0;
}

int
store_mailbox_find(struct store *s, struct str name, struct store_mailbox *m, struct err *e)
{
	struct db_q *q = db_use(s->db, "SELECT " STORE_MAILBOX_COLS " FROM " STORE_MAILBOX_FROM
				       " WHERE m.name = :name");

	if (str_eqi(name, STR("inbox")))
		name = STR("Inbox");
	db_bind_text(q, ":name", name);
	return mailbox_one(s, q, m, e);
}

int
store_mailbox_get(struct store *s, int64_t id, struct store_mailbox *m, struct err *e)
{
	struct db_q *q = db_use(s->db, "SELECT " STORE_MAILBOX_COLS " FROM " STORE_MAILBOX_FROM
				       " WHERE m.id = :id");

	db_bind_int(q, ":id", id);
	return mailbox_one(s, q, m, e);
}

int
store_keywords(struct store *s, int64_t mailbox, store_keyword_fn *fn, void *arg, struct err *e)
{
	struct db_q *q =
		db_use(s->db, "SELECT bit, name FROM keyword WHERE mailbox = :m ORDER BY bit");

	db_bind_int(q, ":m", mailbox);
	while (db_row(q))
		fn(arg, (unsigned)db_int(q, 0), db_str(q, 1));
	return db_end(q, e);
}

int
store_rows(struct store *s, int64_t mailbox, uint32_t from, uint32_t to, uint32_t limit,
	   store_row_fn *fn, void *arg, struct err *e)
{
	struct db_q *q = db_use(s->db, "SELECT " STORE_ROW_COLS " FROM mbmsg WHERE mailbox = :m"
				       " AND uid BETWEEN :from AND :to ORDER BY uid LIMIT :n");
	struct store_row r;

	db_bind_int(q, ":m", mailbox);
	db_bind_int(q, ":from", from);
	db_bind_int(q, ":to", to);
	db_bind_int(q, ":n", limit > 0 ? (int64_t)limit : -1);
	while (db_row(q)) {
		store_row_from(q, &r);
		if (!fn(arg, &r))
			break;
	}
	return db_end(q, e);
}

int
store_uids(struct store *s, int64_t mailbox, uint32_t from, struct buf *out, struct err *e)
{
	struct db_q *q = db_use(s->db, "SELECT uid FROM mbmsg WHERE mailbox = :m AND uid >= :from"
				       " ORDER BY uid");
	size_t before = out->n;
	uint32_t uid;

	db_bind_int(q, ":m", mailbox);
	db_bind_int(q, ":from", from);
	while (db_row(q)) {
		uid = (uint32_t)db_int(q, 0);
		buf_put(out, &uid, sizeof(uid));
	}
	if (db_end(q, e) < 0) {
		buf_truncate(out, before);
		return -1;
	}
	return 0;
}

/* New mail is at the end, so that is where to begin; the kept count says when the first one was
 * met. */
int
store_first_unseen(struct store *s, const struct store_mailbox *m, unsigned max, uint32_t *seq,
		   struct err *e)
{
	struct db_q *q;
	uint32_t left = m->unseen, at = m->count;

	*seq = left == m->count && left > 0 ? 1 : 0;
	if (left == 0 || left == m->count || left > max)
		return 0;
	q = db_use(s->db, "SELECT flags FROM mbmsg WHERE mailbox = :m ORDER BY uid DESC"
			  " LIMIT :max");
	db_bind_int(q, ":m", m->id);
	db_bind_int(q, ":max", max);
	for (; left > 0 && db_row(q); at--)
		left -= (db_int(q, 0) & STORE_FLAG_SEEN) == 0;
	if (db_end(q, e) < 0)
		return -1;
	*seq = left == 0 ? at + 1 : 0;
	return 0;
}

struct gone {
	uint32_t uid;
	uint64_t modseq;
};

static int
gone_cmp(const void *a, const void *b)
{
	const struct gone *x = a, *y = b;

	return x->uid < y->uid ? -1 : x->uid > y->uid;
}

/* History is kept by modseq; clients want it by UID. */
static int
changes_expunged(struct store *s, int64_t mailbox, uint64_t since, store_expunged_fn *fn, void *arg,
		 struct err *e)
{
	struct db_q *q = db_use(s->db, "SELECT lo, hi, modseq FROM expunged WHERE mailbox = :m"
				       " AND modseq > :since");
	struct gone *v = NULL;
	size_t n = 0, cap = 0;
	int rc;

	db_bind_int(q, ":m", mailbox);
	db_bind_int(q, ":since", (int64_t)since);
	while (db_row(q)) {
		uint32_t hi = (uint32_t)db_int(q, 1);

		for (uint64_t uid = (uint32_t)db_int(q, 0); uid <= hi; uid++) {
			if (n == cap) {
				cap = cap > 0 ? cap * 2 : 64;
				v = mem_resize(v, cap, sizeof(*v));
			}
			v[n++] = (struct gone){ (uint32_t)uid, (uint64_t)db_int(q, 2) };
		}
	}
	rc = db_end(q, e);
	if (rc == 0 && n > 0)
		qsort(v, n, sizeof(*v), gone_cmp);
	for (size_t i = 0; rc == 0 && i < n; i++)
		fn(arg, v[i].uid, v[i].modseq);
	mem_free(v);
	return rc;
}

int
store_changes(struct store *s, int64_t mailbox, uint64_t since, uint32_t uidnext, store_row_fn *row,
	      store_expunged_fn *expunged, void *arg, bool *complete, struct err *e)
{
	struct db_q *q =
		db_use(s->db, "SELECT modseq, trimmed, flagged FROM mailbox WHERE id = :m");
	struct store_row r;
	uint64_t highest = 0, trimmed = 0, flagged = 0;
	bool found;

	db_bind_int(q, ":m", mailbox);
	if ((found = db_row(q))) {
		highest = (uint64_t)db_int(q, 0);
		trimmed = (uint64_t)db_int(q, 1);
		flagged = (uint64_t)db_int(q, 2);
	}
	if (db_end(q, e) < 0)
		return -1;
	if (!found)
		return err_set(e, EC_NOTFOUND, "no such mailbox");
	*complete = since >= trimmed;
	if (since >= highest)
		return 0;
	q = db_use(s->db, "SELECT " STORE_ROW_COLS " FROM mbmsg WHERE mailbox = :m AND uid >= :from"
			  " AND modseq > :since ORDER BY uid");
	db_bind_int(q, ":m", mailbox);
	db_bind_int(q, ":from", since >= flagged ? uidnext : 0);
	db_bind_int(q, ":since", (int64_t)since);
	while (db_row(q)) {
		store_row_from(q, &r);
		if (!row(arg, &r))
			break;
	}
	if (db_end(q, e) < 0)
		return -1;
	return *complete ? changes_expunged(s, mailbox, since, expunged, arg, e) : 0;
}

int
store_read_begin(struct store *s, struct err *e)
{
	return db_begin_read(s->db, e);
}

void
store_read_end(struct store *s)
{
	db_rollback(s->db);
}
