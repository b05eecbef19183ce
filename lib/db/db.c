/* Opening, schema, transactions, checkpoints. */
#include "db/internal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* Where SQLite puts its locks in the -shm file (documented in its walformat). */
enum { SHM_LOCK_FIRST = 120, SHM_LOCK_COUNT = 8 };

static enum ec
code_of(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return EC_TEMP;
	case SQLITE_FULL:
		return EC_NOSPACE;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return EC_CORRUPT;
	case SQLITE_IOERR:
		return rc == SQLITE_IOERR_SHORT_READ || rc == SQLITE_IOERR_CORRUPTFS ? EC_CORRUPT
										     : EC_IO;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return EC_IO;
	case SQLITE_READONLY:
		/* The writer has not prepared the log for us, or the file system is read-only.
		 * DIRECTORY: there is no log at all, as in a copy that is brought back. */
		return rc == SQLITE_READONLY_CANTINIT || rc == SQLITE_READONLY_RECOVERY ||
				       rc == SQLITE_READONLY_CANTLOCK ||
				       rc == SQLITE_READONLY_DIRECTORY
			       ? EC_TEMP
			       : EC_IO;
	case SQLITE_TOOBIG:
		return EC_LIMIT;
	case SQLITE_CONSTRAINT:
		return rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY
			       ? EC_EXISTS
			       : EC_BUG;
	default:
		return EC_BUG;
	}
}

int
db_fail(struct db *db, int rc, struct err *e, const char *what)
{
	enum ec code = code_of(rc);
	int sys = db->h != NULL && code == EC_IO ? sqlite3_system_errno(db->h) : 0;

	/* The library would go on without memory; we do not. */
	if ((rc & 0xff) == SQLITE_NOMEM)
		mem_alloc(SIZE_MAX / 2);
	if (sys != 0)
		return err_sys(e, code, sys, "%s: %s%s%s", db->name, what != NULL ? what : "",
			       what != NULL ? ": " : "", sqlite3_errstr(rc));
	return err_set(e, code, "%s: %s%s%s", db->name, what != NULL ? what : "",
		       what != NULL ? ": " : "",
		       db->h != NULL && sqlite3_errcode(db->h) != SQLITE_OK ? sqlite3_errmsg(db->h)
									    : sqlite3_errstr(rc));
}

int
db_exec(struct db *db, const char *sql, struct err *e)
{
	int rc;

	if (db_fault_hit(DB_FAULT_STEP) != 0)
		return err_set(e, EC_IO, "step failed by test");
	rc = sqlite3_exec(db->h, sql, NULL, NULL, NULL);
	return rc == SQLITE_OK ? 0 : db_fail(db, rc, e, NULL);
}

/* For values of ours, never of a peer. */
static int __attribute__((format(printf, 3, 4)))
exec_fmt(struct db *db, struct err *e, const char *fmt, ...)
{
	char sql[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(sql, sizeof(sql), fmt, ap);
	va_end(ap);
	return db_exec(db, sql, e);
}

static int
on_log(void *arg, sqlite3 *h, const char *schema, int pages)
{
	struct db *db = arg;

	(void)h;
	(void)schema;
	db->log_pages = (unsigned)pages;
	return SQLITE_OK;
}

/* A new file gets exactly the mode that was asked for; SQLite copies it to the companions. It is
 * opened here only when it is new: closing a descriptor of a database that this process has open
 * would drop its locks. */
static int
file_create(int dirfd, const char *name, mode_t perm, struct err *e)
{
	int fd, bad;

	if ((bad = db_fault_hit(DB_FAULT_WRITE)) != 0)
		return err_sys(e, EC_IO, bad, "create %s", name);
	fd = openat(dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, perm);
	if (fd < 0)
		return errno == EEXIST ? 0 : err_sys(e, EC_IO, errno, "create %s", name);
	bad = fchmod(fd, perm) < 0 || fsync(dirfd) < 0 ? errno : 0;
	close(fd);
	return bad == 0 ? 0 : err_sys(e, EC_IO, bad, "create %s", name);
}

static int
setup_writer(struct db *db, const struct db_opts *o, struct err *e)
{
	int on = 1;

	if (exec_fmt(db, e, "PRAGMA page_size = %u", o->page_size > 0 ? o->page_size : 4096) < 0 ||
	    db_exec(db, "PRAGMA journal_mode = WAL", e) < 0 ||
	    exec_fmt(db, e, "PRAGMA synchronous = %s", o->durable ? "FULL" : "NORMAL") < 0 ||
	    exec_fmt(db, e, "PRAGMA secure_delete = %s", o->scrub ? "ON" : "OFF") < 0 ||
	    db_exec(db, "PRAGMA foreign_keys = ON", e) < 0 ||
	    db_exec(db, "PRAGMA journal_size_limit = 33554432", e) < 0)
		return -1;
	/* Readers without write permission need the companions to stay. */
	sqlite3_file_control(db->h, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
	if (o->autocheckpoint > 0)
		sqlite3_wal_autocheckpoint(db->h, (int)o->autocheckpoint);
	else
		sqlite3_wal_hook(db->h, on_log, db);
	return 0;
}

static int
setup(struct db *db, const struct db_opts *o, struct err *e)
{
	struct db_q *q;

	sqlite3_extended_result_codes(db->h, 1);
	sqlite3_busy_timeout(db->h, o->busy_ms > 0 ? (int)o->busy_ms : 1000);
	sqlite3_db_config(db->h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db->h, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	/* Nothing may go to temporary files: the sandbox has no place for them. */
	if (db_exec(db, "PRAGMA temp_store = MEMORY", e) < 0 ||
	    exec_fmt(db, e, "PRAGMA cache_size = -%u", o->cache_kb > 0 ? o->cache_kb : 2000) < 0)
		return -1;
	if (o->write && setup_writer(db, o, e) < 0)
		return -1;
	/* The first read shows whether the file is a database and, to a reader, whether the
	 * writer is there. */
	q = db_use(db, "PRAGMA schema_version");
	return db_run(q, e);
}

struct db *
db_open(int dirfd, const char *name, const struct db_opts *o, struct err *e)
{
	struct db *db;
	char path[128];
	int rc, fd;

	assert(strchr(name, '/') == NULL && strlen(name) < sizeof(db->name));
	if (db_vfs_init(e) < 0)
		return NULL;
	if (o->write && file_create(dirfd, name, o->perm != 0 ? o->perm : 0600, e) < 0)
		return NULL;
	/* The number becomes part of the path, so it must stay ours until close; above the
	 * standard ones. */
	fd = dirfd == AT_FDCWD ? open(".", O_PATH | O_DIRECTORY | O_CLOEXEC)
			       : fcntl(dirfd, F_DUPFD_CLOEXEC, 3);
	if (fd < 0) {
		err_sys(e, EC_IO, errno, "open %s", name);
		return NULL;
	}
	db = MEM_NEW(struct db);
	db->dirfd = fd;
	db->shmfd = -1;
	db->write = o->write;
	snprintf(db->name, sizeof(db->name), "%s", name);
	snprintf(path, sizeof(path), DB_VFS_PREFIX "%d%s/%s", fd, o->write || o->lone ? "" : "r",
		 name);
	rc = sqlite3_open_v2(path, &db->h,
			     (o->write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) |
				     SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE,
			     DB_VFS);
	if (rc != SQLITE_OK) {
		if ((rc & 0xff) == SQLITE_CANTOPEN && sqlite3_system_errno(db->h) == ENOENT)
			err_set(e, EC_NOTFOUND, "%s: no such database", name);
		else
			db_fail(db, rc, e, "open");
		db_close(&db);
		return NULL;
	}
	if (setup(db, o, e) < 0)
		db_close(&db);
	return db;
}

void
db_close(struct db **dbp)
{
	struct db *db = *dbp;
	int rc;

	if (db == NULL)
		return;
	*dbp = NULL;
	for (unsigned i = 0; i < DB_STMTS; i++) {
		if (db->stmts[i] != NULL)
			sqlite3_finalize(db->stmts[i]->stmt);
		mem_free(db->stmts[i]);
	}
	rc = sqlite3_close(db->h);
	assert(rc == SQLITE_OK);
	if (db->shmfd >= 0)
		close(db->shmfd);
	close(db->dirfd);
	mem_free(db);
}

int
db_migrate(struct db *db, const char *const *steps, unsigned n, struct err *e)
{
	struct db_q *q = db_use(db, "PRAGMA user_version");
	int64_t version = db_row(q) ? db_int(q, 0) : 0;

	if (db_end(q, e) < 0)
		return -1;
	if (version < 0 || version > n)
		return err_set(e, EC_CORRUPT,
			       "%s: schema version %lld is newer than this program's %u", db->name,
			       (long long)version, n);
	if (version == n)
		return 0;
	if (db_begin_write(db, e) < 0)
		return -1;
	for (unsigned i = (unsigned)version; i < n; i++) {
		if (db_exec(db, steps[i], e) < 0) {
			db_rollback(db);
			return err_prefix(e, "schema step %u", i + 1);
		}
	}
	if (exec_fmt(db, e, "PRAGMA user_version = %u", n) < 0) {
		db_rollback(db);
		return -1;
	}
	return db_commit(db, e);
}

/* ---- transactions */

int
db_begin_at(struct db *db, bool write, const char *file, int line, struct err *e)
{
	if (db_in_txn(db))
		return err_set(e, EC_BUG, "%s: transaction at %s:%d within that of %s:%d", db->name,
			       file, line, db->txn_file, db->txn_line);
	assert(!write || db->write);
	db->txn_file = file;
	db->txn_line = line;
	return db_run(write ? db_use(db, "BEGIN IMMEDIATE") : db_use(db, "BEGIN"), e);
}

int
db_commit(struct db *db, struct err *e)
{
	int bad = db_fault_hit(DB_FAULT_COMMIT);

	if (bad != 0 || db_run(db_use(db, "COMMIT"), e) < 0) {
		if (bad != 0)
			err_sys(e, EC_IO, bad, "%s: commit", db->name);
		db_rollback(db);
		return -1;
	}
	return 0;
}

void
db_rollback(struct db *db)
{
	/* Fails only when nothing is open any more. */
	if (db_in_txn(db))
		sqlite3_exec(db->h, "ROLLBACK", NULL, NULL, NULL);
}

bool
db_in_txn(const struct db *db)
{
	return sqlite3_get_autocommit(db->h) == 0;
}

int
db_save(struct db *db, unsigned level, struct err *e)
{
	assert(level < 2);
	return db_run(level == 0 ? db_use(db, "SAVEPOINT s0") : db_use(db, "SAVEPOINT s1"), e);
}

int
db_save_keep(struct db *db, unsigned level, struct err *e)
{
	return db_run(level == 0 ? db_use(db, "RELEASE s0") : db_use(db, "RELEASE s1"), e);
}

int
db_save_undo(struct db *db, unsigned level, struct err *e)
{
	if (!db_in_txn(db))
		return err_set(e, EC_IO, "%s: transaction was lost", db->name);
	if (sqlite3_exec(db->h,
			 level == 0 ? "ROLLBACK TO s0; RELEASE s0" : "ROLLBACK TO s1; RELEASE s1",
			 NULL, NULL, NULL) != SQLITE_OK) {
		db_rollback(db);
		return err_set(e, EC_IO, "%s: transaction was lost", db->name);
	}
	return 0;
}

/* ---- the log */

int
db_checkpoint(struct db *db, bool reset, bool *all, struct err *e)
{
	int log = 0, done = 0;
	int rc = sqlite3_wal_checkpoint_v2(
		db->h, "main", reset ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, &log,
		&done);

	if (rc != SQLITE_OK && rc != SQLITE_BUSY)
		return db_fail(db, rc, e, "checkpoint");
	*all = rc == SQLITE_OK && log == done;
	if (*all)
		db->log_pages = 0;
	return 0;
}

unsigned
db_log_pages(const struct db *db)
{
	return db->log_pages;
}

pid_t
db_lock_holder(struct db *db)
{
	char name[sizeof(db->name) + 8];

	snprintf(name, sizeof(name), "%s-shm", db->name);
	if (db->shmfd < 0)
		db->shmfd = openat(db->dirfd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	for (int i = 0; db->shmfd >= 0 && i < SHM_LOCK_COUNT; i++) {
		struct flock fl = { .l_type = F_WRLCK,
				    .l_whence = SEEK_SET,
				    .l_start = SHM_LOCK_FIRST + i,
				    .l_len = 1 };

		if (fcntl(db->shmfd, F_GETLK, &fl) == 0 && fl.l_type != F_UNLCK && fl.l_pid > 0)
			return fl.l_pid;
	}
	return 0;
}

void
db_trim(struct db *db)
{
	sqlite3_db_release_memory(db->h);
}

int
db_check(struct db *db, void (*fn)(void *arg, struct str finding), void *arg, struct err *e)
{
	struct db_q *q = db_use(db, "PRAGMA integrity_check(100)");

	while (db_row(q)) {
		struct str s = db_str(q, 0);

		if (!str_eq(s, STR("ok")))
			fn(arg, s);
	}
	if (db_end(q, e) < 0)
		return -1;
	q = db_use(db, "PRAGMA foreign_key_check");
	while (db_row(q))
		fn(arg, STR("foreign key without its row"));
	return db_end(q, e);
}
