/* The driver behind db.h: statements, transactions, errors, readers of another user, faults. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "db/db.h"

static char root[64];
static int dir = -1;
static const struct db_opts writer = { .write = true, .perm = 0640 };
static const char *const steps[] = {
	"CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE, data BLOB) STRICT",
	"CREATE TABLE u (id INTEGER PRIMARY KEY REFERENCES t (id)) STRICT",
};

static int
rm_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)st;
	(void)flag;
	(void)f;
	return remove(path);
}

static void
up(void)
{
	snprintf(root, sizeof(root), "/tmp/mox-db-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	ck_assert_int_eq(chmod(root, 0755), 0);
	dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void
down(void)
{
	db_fault_set(NULL, NULL);
	close(dir);
	nftw(root, rm_one, 16, FTW_DEPTH | FTW_PHYS);
}

static struct db *
open_new(void)
{
	struct err e = ERR_INIT;
	struct db *db = db_open(dir, "x.db", &writer, &e);

	ck_assert_msg(db != NULL, "%s", e.msg);
	ck_assert_msg(db_migrate(db, steps, 2, &e) == 0, "%s", e.msg);
	return db;
}

static int
put(struct db *db, int64_t id, const char *name, struct err *e)
{
	struct db_q *q = db_use(db, "INSERT INTO t (id, name, data) VALUES (:id, :name, :data)");

	db_bind_int(q, ":id", id);
	db_bind_text(q, ":name", str_c(name));
	db_bind_blob(q, ":data", STR("\0\1"));
	return db_run(q, e);
}

static int64_t
count(struct db *db)
{
	struct db_q *q = db_use(db, "SELECT count(*) FROM t");
	struct err e = ERR_INIT;
	int64_t n = db_row(q) ? db_int(q, 0) : -1;

	ck_assert_msg(db_end(q, &e) == 0, "%s", e.msg);
	return n;
}

START_TEST(statements)
{
	struct err e = ERR_INIT;
	struct db *db = open_new();
	struct db_q *q;

	ck_assert_int_eq(put(db, 7, "seven", &e), 0);
	ck_assert_int_eq(put(db, 8, "", &e), 0);
	ck_assert_int_eq(put(db, 9, "seven", &e), -1);
	ck_assert_int_eq(e.code, EC_EXISTS);
	err_clear(&e);
	ck_assert_int_eq(put(db, 7, "x", &e), -1);
	ck_assert_int_eq(e.code, EC_EXISTS);
	err_clear(&e);
	q = db_use(db, "SELECT name, data, NULL FROM t WHERE id >= :id ORDER BY id");
	db_bind_int(q, ":id", 7);
	ck_assert(db_row(q));
	ck_assert(str_eq(db_str(q, 0), STR("seven")));
	ck_assert(str_eq(db_str(q, 1), STR("\0\1")));
	ck_assert(db_is_null(q, 2));
	ck_assert(db_row(q));
	ck_assert_uint_eq(db_str(q, 0).n, 0);
	ck_assert(!db_row(q));
	ck_assert_int_eq(db_end(q, &e), 0);
	/* The same text again is the same statement, and bindings do not stay. */
	q = db_use(db, "UPDATE t SET name = :name WHERE id = :id");
	db_bind_int(q, ":id", 8);
	db_bind_text(q, ":name", STR("acht"));
	ck_assert_int_eq(db_run(q, &e), 0);
	ck_assert_int_eq(db_changes(db), 1);
	q = db_use(db, "SELECT nonsense FROM t");
	ck_assert(!db_row(q));
	ck_assert_int_eq(db_end(q, &e), -1);
	ck_assert_int_eq(e.code, EC_BUG);
	err_clear(&e);
	/* Foreign keys are on, and a loop over one statement goes on after an error only when it
	 * is ended. */
	q = db_use(db, "INSERT INTO u (id) VALUES (:id)");
	db_bind_int(q, ":id", 7);
	ck_assert_int_eq(db_again(q, &e), 0);
	db_bind_int(q, ":id", 99);
	ck_assert_int_eq(db_again(q, &e), -1);
	ck_assert_int_eq(db_end(q, &e), -1);
	db_close(&db);
	db_close(&db);
}
END_TEST

START_TEST(transactions)
{
	struct err e = ERR_INIT;
	struct db *db = open_new();

	ck_assert_int_eq(db_begin_write(db, &e), 0);
	ck_assert_int_eq(db_begin_read(db, &e), -1);
	ck_assert_int_eq(e.code, EC_BUG);
	ck_assert_ptr_nonnull(strstr(e.msg, "test_db.c"));
	err_clear(&e);
	ck_assert_int_eq(put(db, 1, "a", &e), 0);
	ck_assert_int_eq(db_save(db, 0, &e), 0);
	ck_assert_int_eq(put(db, 2, "b", &e), 0);
	ck_assert_int_eq(db_save(db, 1, &e), 0);
	ck_assert_int_eq(put(db, 3, "c", &e), 0);
	ck_assert_int_eq(db_save_undo(db, 1, &e), 0);
	ck_assert_int_eq(count(db), 2);
	ck_assert_int_eq(db_save_undo(db, 0, &e), 0);
	ck_assert_int_eq(count(db), 1);
	ck_assert_int_eq(db_commit(db, &e), 0);
	ck_assert(!db_in_txn(db));
	ck_assert_int_eq(db_begin_write(db, &e), 0);
	ck_assert_int_eq(put(db, 2, "b", &e), 0);
	db_rollback(db);
	ck_assert_int_eq(count(db), 1);
	db_close(&db);
}
END_TEST

START_TEST(schema)
{
	static const char *const broken[] = { "CREATE TABLE a (x)", "CREATE TABLE a (x)" };
	struct err e = ERR_INIT;
	struct db *db = open_new();

	ck_assert_int_eq(db_migrate(db, steps, 2, &e), 0);
	ck_assert_int_eq(db_migrate(db, steps, 1, &e), -1);
	ck_assert_int_eq(e.code, EC_CORRUPT);
	err_clear(&e);
	db_close(&db);
	db = db_open(dir, "y.db", &writer, &e);
	ck_assert_int_eq(db_migrate(db, broken, 2, &e), -1);
	err_clear(&e);
	/* Nothing of it happened. */
	ck_assert_int_eq(db_migrate(db, steps, 2, &e), 0);
	db_close(&db);
}
END_TEST

static bool
file_is(const char *name, mode_t mode)
{
	struct stat st;

	return fstatat(dir, name, &st, 0) == 0 && (st.st_mode & 07777) == mode;
}

START_TEST(readers)
{
	const struct db_opts opts = { .busy_ms = 1 }, lone = { .busy_ms = 1, .lone = true };
	struct err e = ERR_INIT;
	struct db *db, *r;
	bool all = false;

	ck_assert_ptr_null(db_open(dir, "x.db", &opts, &e));
	ck_assert_int_eq(e.code, EC_NOTFOUND);
	err_clear(&e);
	db = open_new();
	ck_assert(file_is("x.db", 0640) && file_is("x.db-wal", 0640) && file_is("x.db-shm", 0640));
	ck_assert_int_eq(put(db, 1, "a", &e), 0);
	r = db_open(dir, "x.db", &opts, &e);
	ck_assert_msg(r != NULL, "%s", e.msg);
	ck_assert_int_eq(count(r), 1);
	/* A view that stays while the writer goes on, and keeps the checkpoint from ending. */
	ck_assert_int_eq(db_begin_read(r, &e), 0);
	ck_assert_int_eq(count(r), 1);
	ck_assert_int_eq(put(db, 2, "b", &e), 0);
	ck_assert_int_eq(count(r), 1);
	ck_assert_int_eq(db_checkpoint(db, false, &all, &e), 0);
	ck_assert(!all);
	db_rollback(r);
	ck_assert_int_eq(count(r), 2);
	ck_assert_int_eq(db_checkpoint(db, false, &all, &e), 0);
	ck_assert(all);
	ck_assert_int_eq(db_run(db_use(r, "DELETE FROM t"), &e), -1);
	db_close(&r);
	db_close(&db);
	/* The companions stay, for the next reader to find once there is a writer. */
	ck_assert(file_is("x.db-wal", 0640) && file_is("x.db-shm", 0640));
	/* Without them a reader waits for a writer, and a tool makes them. */
	ck_assert_int_eq(unlinkat(dir, "x.db-wal", 0), 0);
	ck_assert_int_eq(unlinkat(dir, "x.db-shm", 0), 0);
	err_clear(&e);
	ck_assert_ptr_null(db_open(dir, "x.db", &opts, &e));
	ck_assert_int_eq(e.code, EC_TEMP);
	err_clear(&e);
	r = db_open(dir, "x.db", &lone, &e);
	ck_assert_msg(r != NULL, "%s", e.msg);
	ck_assert_int_eq(count(r), 2);
	db_close(&r);
}
END_TEST

/* A reader under another user, while the writer writes: the case of imapd and deliverd. */
static int
read_as_other(int ready, int go)
{
	const struct db_opts opts = { .busy_ms = 50 };
	struct err e = ERR_INIT;
	int64_t last = 0;
	struct db *r;
	char c;

	if (setgid(65534) < 0 || setuid(65534) < 0 || (r = db_open(dir, "x.db", &opts, &e)) == NULL)
		return 1;
	if (write(ready, "r", 1) != 1)
		return 2;
	while (read(go, &c, 1) == 1) {
		int64_t n = count(r);

		if (n < last || n < c) /* what was committed before we were told is seen */
			return 3;
		last = n;
	}
	if (faccessat(dir, "x.db", W_OK, 0) == 0)
		return 4;
	db_close(&r);
	return last == 20 ? 0 : 5;
}

START_TEST(other_user)
{
	const struct db_opts opts = { .write = true, .perm = 0644 };
	struct err e = ERR_INIT;
	int ready[2], go[2], status;
	struct db *db;
	pid_t pid;
	char c;

	if (geteuid() != 0)
		return; /* only root can become another user; CI is root */
	ck_assert_int_eq(pipe(ready), 0);
	ck_assert_int_eq(pipe(go), 0);
	/* No connection crosses a fork: the writer opens after it. */
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		if (read(go[0], &c, 1) != 1)
			_exit(9);
		_exit(read_as_other(ready[1], go[0]));
	}
	close(go[0]);
	close(ready[1]);
	db = db_open(dir, "x.db", &opts, &e);
	ck_assert_msg(db != NULL && db_migrate(db, steps, 2, &e) == 0, "%s", e.msg);
	ck_assert_int_eq(write(go[1], "", 1), 1);
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	for (int i = 1; i <= 20; i++) {
		char name[20];
		bool all;

		snprintf(name, sizeof(name), "n%d", i);
		ck_assert_int_eq(put(db, i, name, &e), 0);
		if (i % 7 == 0)
			ck_assert_int_eq(db_checkpoint(db, false, &all, &e), 0);
		c = (char)i;
		ck_assert_int_eq(write(go[1], i % 3 == 0 ? "\0" : &c, 1), 1);
	}
	close(go[1]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	close(ready[0]);
	db_close(&db);
}
END_TEST

START_TEST(lock_holder)
{
	struct err e = ERR_INIT;
	struct db *db = open_new();
	int up_[2], status;
	pid_t pid;
	char c;

	ck_assert_int_eq(put(db, 1, "a", &e), 0);
	ck_assert_int_eq(pipe(up_), 0);
	pid = fork();
	if (pid == 0) {
		const struct db_opts opts = { 0 };
		struct db *r = db_open(dir, "x.db", &opts, &e);

		if (r == NULL || db_begin_read(r, &e) < 0 || count(r) != 1 ||
		    write(up_[1], "r", 1) != 1)
			_exit(1);
		pause();
	}
	ck_assert_int_eq(read(up_[0], &c, 1), 1);
	ck_assert_int_eq(db_lock_holder(db), pid);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	ck_assert_int_eq(db_lock_holder(db), 0);
	ck_assert_int_eq(put(db, 2, "b", &e), 0);
	db_close(&db);
}
END_TEST

START_TEST(damage)
{
	struct err e = ERR_INIT;
	struct db *db;
	int fd = openat(dir, "x.db", O_RDWR | O_CREAT, 0600);

	ck_assert_int_eq(write(fd,
			       "this is not a database, and long enough to be sure of it: "
			       "a header has a hundred bytes, of which the first are fixed........",
			       120),
			 120);
	close(fd);
	db = db_open(dir, "x.db", &writer, &e);
	ck_assert_ptr_null(db);
	ck_assert_int_eq(e.code, EC_CORRUPT);
}
END_TEST

/* ---- faults */

static long fault_at, fault_seen;
static int fault_errno;

static int
fault(void *arg, enum db_fault what)
{
	(void)arg;
	(void)what;
	return ++fault_seen == fault_at ? fault_errno : 0;
}

static int
work(struct err *e, bool *committed)
{
	struct db *db = db_open(dir, "x.db", &writer, e);
	bool all;
	int rc = -1;

	*committed = false;
	if (db != NULL && db_migrate(db, steps, 2, e) == 0 && db_begin_write(db, e) == 0) {
		if (put(db, 1, "a", e) == 0 && put(db, 2, "b", e) == 0 && db_commit(db, e) == 0) {
			*committed = true;
			rc = db_checkpoint(db, false, &all, e);
		} else {
			db_rollback(db);
		}
	}
	db_close(&db);
	return rc;
}

START_TEST(faults)
{
	long points = 0;

	fault_errno = _i == 0 ? ENOSPC : EIO;
	for (fault_at = 1;; fault_at++, points++) {
		struct err e = ERR_INIT;
		struct db *db;
		bool committed;
		int rc;

		fault_seen = 0;
		db_fault_set(fault, NULL);
		rc = work(&e, &committed);
		db_fault_set(NULL, NULL);
		ck_assert_msg(rc == 0 || e.code == EC_IO || e.code == EC_NOSPACE, "%s %s",
			      ec_name(e.code), e.msg);
		err_clear(&e);
		db = db_open(dir, "x.db", &writer, &e);
		ck_assert_msg(db != NULL && db_migrate(db, steps, 2, &e) == 0, "at %ld: %s",
			      fault_at, e.msg);
		/* All or nothing; and what was said to be done is there. */
		ck_assert_msg(count(db) == 2 || (count(db) == 0 && !committed), "at %ld", fault_at);
		db_close(&db);
		if (rc == 0)
			break;
		ck_assert_int_eq(unlinkat(dir, "x.db", 0), 0);
		unlinkat(dir, "x.db-wal", 0);
		unlinkat(dir, "x.db-shm", 0);
	}
	ck_assert_int_gt(points, 10);
}
END_TEST

int
main(void)
{
	Suite *su = suite_create("db");
	TCase *t = tcase_create("db");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, up, down);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, statements);
	tcase_add_test(t, transactions);
	tcase_add_test(t, schema);
	tcase_add_test(t, readers);
	tcase_add_test(t, other_user);
	tcase_add_test(t, lock_holder);
	tcase_add_test(t, damage);
	tcase_add_loop_test(t, faults, 0, 2);
	suite_add_tcase(su, t);
	sr = srunner_create(su);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed > 0;
}
