/*
 * Consistency of an account, as readers see it: what is counted against what is there, every
 * message's content.
 *
 * The server may be running: everything is compared within one read transaction, and files that
 * come or go meanwhile are looked at twice before they are called missing or stray.
 */
#include "store/verify.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "mime/mime.h"
#include "store/internal.h"

enum {
	SUSPECTS_MAX = 10000,
	STRAY_AGE = 3600, /* seconds: a younger file may be of a delivery that is under way */
	READ_STEP = 256 << 10,
};

struct verify {
	struct db *db;
	struct store *reader; /* NULL without keys */
	int dir, msgdir;
	store_verify_fn *fn;
	void *arg;
	struct store_verify_sums *sums;
	int64_t nextmsg;
	int64_t *suspects; /* messages whose content could not be read */
	size_t nsuspects;
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

/* One problem a row of q, whose columns are up to three numbers for `fmt`. */
static int
report_rows(struct verify *v, struct db_q *q, const char *what, struct err *e)
{
	while (db_row(q))
		report(v, "%s: %lld %lld", what, (long long)db_int(q, 0), (long long)db_int(q, 1));
	return db_end(q, e);
}

static int
check_account(struct verify *v, struct err *e)
{
	struct db_q *q = db_use(v->db, "SELECT nextmsg, size, modseq,"
				       " (SELECT coalesce(sum(size), 0) FROM mbmsg),"
				       " (SELECT coalesce(max(modseq), 0) FROM mailbox),"
				       " (SELECT coalesce(max(id), 0) FROM mailbox), nextmailbox,"
				       " (SELECT count(*) FROM mailbox WHERE name = 'Inbox')"
				       " FROM account");
	bool found = db_row(q);

	if (found) {
		v->nextmsg = db_int(q, 0);
		if (db_int(q, 1) != db_int(q, 3))
			report(v, "account size is %lld, its messages have %lld",
			       (long long)db_int(q, 1), (long long)db_int(q, 3));
		if (db_int(q, 4) > db_int(q, 2))
			report(v, "a mailbox has a higher modseq than the account");
		if (db_int(q, 5) >= db_int(q, 6))
			report(v, "a mailbox has an id that is still to be given");
		if (db_int(q, 7) != 1)
			report(v, "there is no Inbox");
	}
	return db_end(q, e);
}

static int
check_mailbox_rows(struct verify *v, const struct store_mailbox *m, struct err *e)
{
	struct db_q *q =
		db_use(v->db, "SELECT count(*), total((flags & 1) = 0), total((flags & 8) <> 0),"
			      " total(size), coalesce(max(uid), 0), coalesce(max(modseq), 0),"
			      " coalesce(min(uid), 1) FROM mbmsg WHERE mailbox = :m");
	static const char *const what[4] = { "messages", "unseen messages", "deleted messages",
					     "bytes" };
	const int64_t kept[4] = { m->count, m->unseen, m->deleted, (int64_t)m->size };
	long long id = (long long)m->id;

	db_bind_int(q, ":m", m->id);
	if (db_row(q)) {
		for (int i = 0; i < 4; i++) {
			if (db_int(q, i) != kept[i])
				report(v, "mailbox %lld: %s are counted as %lld, there are %lld",
				       id, what[i], (long long)kept[i], (long long)db_int(q, i));
		}
		v->sums->rows += (uint64_t)db_int(q, 0);
		if (db_int(q, 4) >= m->uidnext || db_int(q, 6) < 1)
			report(v, "mailbox %lld: UID out of range", id);
		if (db_int(q, 5) > (int64_t)m->modseq)
			report(v, "mailbox %lld: a message has a higher modseq", id);
	}
	return db_end(q, e);
}

static int
check_mailboxes(struct verify *v, struct err *e)
{
	struct db_q *q = db_use(v->db, "SELECT " STORE_MAILBOX_COLS " FROM " STORE_MAILBOX_FROM);
	struct store_mailbox m;
	struct err bad = ERR_INIT;
	struct buf name;
	int rc = 0;

	buf_init(&name, LIM_MAILBOX_NAME);
	while (rc == 0 && db_row(q)) {
		store_mailbox_from(q, &m);
		v->sums->mailboxes++;
		buf_reset(&name);
		if (store_mailbox_name_check(m.name, &name, &bad) < 0 ||
		    !str_eq(buf_str(&name), m.name))
			report(v, "mailbox %lld: name is not allowed", (long long)m.id);
		err_clear(&bad);
		rc = check_mailbox_rows(v, &m, e);
	}
	buf_done(&name);
	return db_end(q, e) < 0 ? -1 : rc;
}

/* Rows of one table that lack their partner in another: what it is called, and the question. */
static int
check_references(struct verify *v, struct err *e)
{
	static const struct {
		const char *what, *sql;
	} rows[] = {
		{ "mailbox, UID without message or of another size",
		  "SELECT r.mailbox, r.uid FROM mbmsg r LEFT JOIN message m ON m.id = r.msg"
		  " WHERE m.id IS NULL OR m.size <> r.size LIMIT 1000" },
		{ "mailbox, UID without mailbox",
		  "SELECT r.mailbox, r.uid FROM mbmsg r LEFT JOIN mailbox m ON m.id = r.mailbox"
		  " WHERE m.id IS NULL LIMIT 1000" },
		{ "message, places, not as many as counted",
		  "WITH n AS (SELECT msg, count(*) AS c FROM mbmsg GROUP BY msg)"
		  " SELECT m.id, coalesce(n.c, 0) FROM message m LEFT JOIN n ON n.msg = m.id"
		  " LEFT JOIN shared s ON s.msg = m.id"
		  " WHERE coalesce(n.c, 0) <> coalesce(s.places, 1) LIMIT 1000" },
		{ "shared message, places, that should not be listed",
		  "SELECT s.msg, s.places FROM shared s LEFT JOIN message m ON m.id = s.msg"
		  " WHERE m.id IS NULL OR s.places < 2 LIMIT 1000" },
		{ "message, step without key chain",
		  "SELECT m.id, m.step FROM message m LEFT JOIN chain c ON c.id = m.chain"
		  " WHERE c.id IS NULL OR m.step NOT BETWEEN 0 AND 63 LIMIT 1000" },
		{ "body without message",
		  "SELECT b.msg, 0 FROM body b LEFT JOIN message m ON m.id = b.msg"
		  " WHERE m.id IS NULL OR m.stored <> 0 LIMIT 1000" },
		{ "mailbox, UID that history calls expunged",
		  "SELECT r.mailbox, r.uid FROM expunged x JOIN mbmsg r ON r.mailbox = x.mailbox"
		  " AND r.uid BETWEEN x.lo AND x.hi LIMIT 1000" },
		{ "mailbox, modseq of a change of flags that is later than its last change",
		  "SELECT id, flagged FROM mailbox WHERE flagged > modseq LIMIT 1000" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (report_rows(v, db_use(v->db, rows[i].sql), rows[i].what, e) < 0)
			return -1;
	}
	return 0;
}

/* ---- content */

static void
suspect(struct verify *v, int64_t msg)
{
	if (v->nsuspects == SUSPECTS_MAX)
		return;
	v->suspects = mem_resize(v->suspects, v->nsuspects + 1, sizeof(*v->suspects));
	v->suspects[v->nsuspects++] = msg;
}

/* Length of the stored ciphertext. */
static int
check_stored(struct verify *v, int64_t msg, int64_t size, int64_t stored, int64_t inl)
{
	char name[STORE_FILE_NAME];
	struct stat st;

	if (size < 0 || size > LIM_BLOB)
		return -1;
	if (stored == STORED_INLINE)
		return inl == (int64_t)blob_size((uint64_t)size) ? 0 : -1;
	store_file_name(msg, name);
	v->sums->files++;
	if (fstatat(v->msgdir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	return S_ISREG(st.st_mode) && st.st_size == (off_t)blob_size((uint64_t)size) ? 0 : -1;
}

static int
check_content(struct verify *v, int64_t msg, struct err *e)
{
	struct store_msg *m;
	struct mime_index ix;
	struct buf b;
	uint64_t off = 0;
	int rc = -1;

	buf_init(&b, LIM_OP);
	if (store_meta(v->reader, msg, &b, e) < 0 ||
	    (b.n > 0 && mime_index_get(buf_str(&b), false, NULL, &ix, e) < 0) ||
	    (m = store_msg_open(v->reader, msg, e)) == NULL) {
		buf_done(&b);
		return -1;
	}
	for (rc = 0; rc == 0 && off < store_msg_size(m); off += READ_STEP) {
		buf_reset(&b);
		rc = store_msg_read(m, off, READ_STEP, &b, e);
		v->sums->bytes += b.n;
	}
	store_msg_close(&m);
	buf_done(&b);
	return rc;
}

static int
check_messages(struct verify *v, struct err *e)
{
	struct db_q *q =
		db_use(v->db, "SELECT m.id, m.size, m.stored, coalesce(length(b.data), -1),"
			      " length(m.blob) FROM message m LEFT JOIN body b ON b.msg = m.id");

	while (db_row(q)) {
		int64_t msg = db_int(q, 0);
		struct err why = ERR_INIT;

		v->sums->messages++;
		if (msg >= v->nextmsg)
			report(v, "message %lld: id is still to be given", (long long)msg);
		if (check_stored(v, msg, db_int(q, 1), db_int(q, 2), db_int(q, 3)) < 0 ||
		    db_int(q, 4) != BLOB_ID ||
		    (v->reader != NULL && check_content(v, msg, &why) < 0))
			suspect(v, msg);
	}
	return db_end(q, e);
}

/* Now, in no transaction: what still has its row and is still bad is bad. */
static int
check_suspects(struct verify *v, struct err *e)
{
	for (size_t i = 0; i < v->nsuspects; i++) {
		struct db_q *q =
			db_use(v->db, "SELECT m.size, m.stored, coalesce(length(b.data), -1)"
				      " FROM message m LEFT JOIN body b ON b.msg = m.id"
				      " WHERE m.id = :id");
		int64_t msg = v->suspects[i];
		struct err why = ERR_INIT;
		bool found, good = false;

		db_bind_int(q, ":id", msg);
		if ((found = db_row(q)))
			good = check_stored(v, msg, db_int(q, 0), db_int(q, 1), db_int(q, 2)) == 0;
		if (db_end(q, e) < 0)
			return -1;
		if (found && !good)
			report(v, "message %lld: content is missing or has the wrong length",
			       (long long)msg);
		else if (found && v->reader != NULL && check_content(v, msg, &why) < 0)
			report(v, "message %lld: %s", (long long)msg, why.msg);
	}
	return 0;
}

/* ---- files without a message */

static int
file_is_known(struct verify *v, int64_t msg, bool *known, struct err *e)
{
	struct db_q *q =
		db_use(v->db, "SELECT EXISTS (SELECT 1 FROM message WHERE id = :id AND stored = 1)"
			      " OR EXISTS (SELECT 1 FROM doomed WHERE msg = :id)");

	db_bind_int(q, ":id", msg);
	*known = db_row(q) && db_int(q, 0) != 0;
	return db_end(q, e);
}

static int
check_file(struct verify *v, int dir, const char *folder, const char *name, struct err *e)
{
	char want[STORE_FILE_NAME], have[STORE_FILE_NAME * 2];
	struct stat st;
	uint64_t msg;
	bool known;

	snprintf(have, sizeof(have), "%s/%.40s", folder, name);
	if (str_to_u64(str_c(name), INT64_MAX, &msg) < 0) {
		report(v, "stray file %s", have);
		return 0;
	}
	store_file_name((int64_t)msg, want);
	if (strcmp(want, have) != 0) {
		report(v, "stray file %s", have);
		return 0;
	}
	if (file_is_known(v, (int64_t)msg, &known, e) < 0)
		return -1;
	if (!known && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_mtime < clock_now() - STRAY_AGE)
		report(v, "stray file %s", have);
	return 0;
}

static int
check_files(struct verify *v, struct err *e)
{
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < 256; i++) {
		char folder[4];
		struct dirent *d;
		DIR *dir;
		int fd;

		snprintf(folder, sizeof(folder), "%02x", i);
		fd = openat(v->msgdir, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0 || (dir = fdopendir(fd)) == NULL) {
			if (fd >= 0)
				close(fd);
			return err_sys(e, EC_IO, errno, "read folder %s", folder);
		}
		while (rc == 0 && (d = readdir(dir)) != NULL) {
			if (d->d_name[0] != '.')
				rc = check_file(v, dirfd(dir), folder, d->d_name, e);
		}
		closedir(dir);
	}
	return rc;
}

/* ---- all of it */

/* The disk was full when the account was to be made: no database, or one without tables. Then
 * there may be no files either. */
static void
verify_unmade(struct verify *v)
{
	struct stat st;
	char folder[4];

	for (unsigned i = 0; i < 256 && v->msgdir >= 0; i++) {
		snprintf(folder, sizeof(folder), "%02x", i);
		if (fstatat(v->msgdir, folder, &st, AT_SYMLINK_NOFOLLOW) == 0)
			report(v, "there are files in msg/%s, and no database", folder);
	}
}

static int
db_is_made(struct db *db, bool *made, struct err *e)
{
	struct db_q *q = db_use(db, "PRAGMA user_version");

	*made = db_row(q) && db_int(q, 0) > 0;
	return db_end(q, e);
}

static int
verify_run(struct verify *v, struct err *e)
{
	bool made;
	int rc;

	if (db_is_made(v->db, &made, e) < 0)
		return -1;
	if (!made) {
		verify_unmade(v);
		return 0;
	}
	if (db_check(v->db, on_finding, v, e) < 0 || db_begin_read(v->db, e) < 0)
		return -1;
	rc = check_account(v, e) < 0 || check_mailboxes(v, e) < 0 || check_references(v, e) < 0 ||
			     check_messages(v, e) < 0
		     ? -1
		     : 0;
	db_rollback(v->db);
	if (rc < 0)
		return -1;
	return check_suspects(v, e) < 0 || check_files(v, e) < 0 ? -1 : 0;
}

int
store_verify(int dir, struct str account, const unsigned char *pub, const unsigned char *priv,
	     store_verify_fn *fn, void *arg, struct store_verify_sums *sums, struct err *e)
{
	struct db_opts opts = { 0 };
	struct err why = ERR_INIT;
	struct verify v = { .dir = dir, .msgdir = -1, .fn = fn, .arg = arg, .sums = sums };
	int rc = -1;

	*sums = (struct store_verify_sums){ 0 };
	v.db = db_open(dir, STORE_DB_FILE, &opts, &why);
	if (v.db == NULL && why.code == EC_TEMP) {
		/* No server is running. */
		opts.lone = true;
		err_clear(&why);
		v.db = db_open(dir, STORE_DB_FILE, &opts, &why);
	}
	v.msgdir = openat(dir, STORE_MSG_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (v.db == NULL && why.code == EC_NOTFOUND) {
		verify_unmade(&v);
		rc = 0;
	} else if (v.db == NULL) {
		err_move(e, &why);
	} else if (v.msgdir < 0) {
		err_sys(e, EC_IO, errno, "open " STORE_MSG_DIR);
	} else if (priv == NULL || (v.reader = store_open(dir, account, pub, priv, e)) != NULL) {
		rc = verify_run(&v, e);
	}
	store_close(&v.reader);
	if (v.msgdir >= 0)
		close(v.msgdir);
	mem_free(v.suspects);
	db_close(&v.db);
	return rc;
}
