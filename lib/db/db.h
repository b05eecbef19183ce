/*
 * SQL databases behind a small interface, so that the driver can change: SQLite now. Only `auth`,
 * `store`, `queue` and `junk` come here; they hold the SQL, in the function that runs it, parameters by
 * name, one function per question (see the example at db_use).
 *
 * A database has one writing process; others read it, under their own users, without write
 * permission. No connection crosses a fork. Errors: BUSY, and a database whose writer is away, give
 * EC_TEMP; a full disk EC_NOSPACE; damage EC_CORRUPT; a uniqueness violation EC_EXISTS.
 *
 * SECURITY: database files are written by one process and read by others; a reader treats them as
 * possibly altered (defensive mode, no trusted schema) and the worst case is EC_CORRUPT.
 */
#ifndef MOX_DB_DB_H
#define MOX_DB_DB_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

struct db;
struct db_q;

struct db_opts {
	bool write; /* this process is the writer; the file is made when missing */
	bool lone; /* a reader that makes the log's companions when no writer has: for tools, as the
		    * database's owner */
	bool durable; /* every commit survives a power cut (else: consistent, but may be lost) */
	bool scrub;   /* overwrite deleted content */
	mode_t perm;  /* of a new file and its companions, exactly; 0 means 0600 */
	unsigned page_size;	 /* of a new file; 0 means 4096 */
	unsigned cache_kb;	 /* page cache; 0 means 2000 */
	unsigned busy_ms;	 /* wait for a lock; 0 means 1000 */
	unsigned autocheckpoint; /* pages of log that start a checkpoint at commit; 0: only
				    db_checkpoint */
};

/* `name` is a file in the folder `dirfd` (duplicated); it must be a plain file name. A reader
 * gets EC_TEMP while no writer has opened the database since the log was last removed,
 * EC_NOTFOUND without a file. */
struct db *db_open(int dirfd, const char *name, const struct db_opts *o, struct err *e);
/* NULL is fine. An open transaction is rolled back. */
void db_close(struct db **db);

/* Bring the schema to version n by running steps[version] .. steps[n - 1] in one transaction. A
 * newer version is EC_CORRUPT. */
int db_migrate(struct db *db, const char *const *steps, unsigned n, struct err *e)
	__attribute__((warn_unused_result));

/*
 * A statement, prepared at first use and kept. `sql` must be a string literal (it is found again by
 * its address). Never NULL: failures show in db_end. Using a statement that is in use asserts.
 *
 * 	struct db_q *q = db_use(db, "SELECT uidnext FROM mailbox WHERE id = :id");
 * 	db_bind_int(q, ":id", id);
 * 	while (db_row(q))
 * 		uid = db_int(q, 0);
 * 	if (db_end(q, e) < 0)
 * 		return -1;
 */
struct db_q *db_use(struct db *db, const char *sql);
/* `name` too must be a literal. Text and blobs are borrowed until db_end. */
void db_bind_int(struct db_q *q, const char *name, int64_t v);
void db_bind_text(struct db_q *q, const char *name, struct str s);
void db_bind_blob(struct db_q *q, const char *name, struct str s);
void db_bind_null(struct db_q *q, const char *name);
/* The next row; false at the end or on error. */
bool db_row(struct db_q *q);
/* Columns from 0. Strings and blobs are borrowed until the next db_row or db_end. */
int64_t db_int(struct db_q *q, int col);
struct str db_str(struct db_q *q, int col);
bool db_is_null(struct db_q *q, int col);
/* Reset for the next use; reports the first error of prepare, bind or step. */
int db_end(struct db_q *q, struct err *e);
/* Step to the end and db_end: for statements without rows. */
int db_run(struct db_q *q, struct err *e);
/* Bind and step again without going through db_use: for loops over one statement. Like db_run,
 * but the statement stays in use until db_end. */
int db_again(struct db_q *q, struct err *e);
/* Rows changed by the last INSERT, UPDATE or DELETE. */
int64_t db_changes(struct db *db);
/* Statements that are run once: pragmas, schema. */
int db_exec(struct db *db, const char *sql, struct err *e);

/* Transactions. begin_write takes the write lock at once and is never an upgrade of a read. The
 * place is recorded for the error of a nested begin. */
#define db_begin_write(db, e) db_begin_at((db), true, __FILE__, __LINE__, (e))
#define db_begin_read(db, e) db_begin_at((db), false, __FILE__, __LINE__, (e))
int db_begin_at(struct db *db, bool write, const char *file, int line, struct err *e)
	__attribute__((warn_unused_result));
int db_commit(struct db *db, struct err *e) __attribute__((warn_unused_result));
void db_rollback(struct db *db);
/* False also after an error that made the driver roll back by itself. */
bool db_in_txn(const struct db *db);
/* Savepoints nest; `level` 0 or 1 names one. undo returns to it and removes it, keep only
 * removes it. */
int db_save(struct db *db, unsigned level, struct err *e) __attribute__((warn_unused_result));
int db_save_keep(struct db *db, unsigned level, struct err *e) __attribute__((warn_unused_result));
int db_save_undo(struct db *db, unsigned level, struct err *e) __attribute__((warn_unused_result));

/* Copy what is committed from the log into the file, durably, as far as readers allow. *all says
 * whether nothing is left. With `reset` also wait for readers and start the log over. */
int db_checkpoint(struct db *db, bool reset, bool *all, struct err *e)
	__attribute__((warn_unused_result));
/* Pages in the log after the last commit. */
unsigned db_log_pages(const struct db *db);
/* The process that holds a lock which keeps the writer out; 0 when there is none. */
pid_t db_lock_holder(struct db *db);
/* Give caches back. */
void db_trim(struct db *db);

/* Damage in the file, one call of fn per finding. */
int db_check(struct db *db, void (*fn)(void *arg, struct str finding), void *arg, struct err *e);

/* Tests: called before each operation that may fail; the errno it returns is what happens (0:
 * the real thing). DB_FAULT_FILE is offered to users that write files beside a database. NULL
 * turns it off. */
enum db_fault { DB_FAULT_STEP, DB_FAULT_COMMIT, DB_FAULT_WRITE, DB_FAULT_SYNC, DB_FAULT_FILE };
typedef int db_fault_fn(void *arg, enum db_fault what);
void db_fault_set(db_fault_fn *fn, void *arg);
int db_fault_hit(enum db_fault what);
/* Syncs and bytes written by the driver and by callers of db_count, for benchmarks. */
struct db_counts {
	uint64_t syncs, writes, bytes;
};
extern struct db_counts db_counts;

#endif
