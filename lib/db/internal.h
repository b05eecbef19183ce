/* What the files of db share. */
#ifndef MOX_DB_INTERNAL_H
#define MOX_DB_INTERNAL_H

#include <sqlite3.h>

#include "db/db.h"

enum { DB_PARAMS = 32, DB_STMTS = 256 };

struct db_param {
	const char *name; /* the caller's literal: compared by address */
	int index;
};

struct db_q {
	struct db *db;
	sqlite3_stmt *stmt;
	const char *sql; /* the caller's literal: found again by its address */
	struct db_param params[DB_PARAMS];
	unsigned nparams, hint;
	bool in_use, failed;
	struct err err;
};

struct db {
	sqlite3 *h;
	int dirfd;
	int shmfd; /* for db_lock_holder; kept open since closing it would drop SQLite's locks */
	char name[64];
	bool write;
	const char *txn_file; /* who began */
	int txn_line;
	unsigned log_pages;
	struct db_q *stmts[DB_STMTS]; /* open addressing by address */
	unsigned nstmts;
};

/* The VFS: SQLite's own, taking "<DB_VFS_PREFIX><dirfd>[r]/<name>" as path, and with faults and
 * counts. */
#define DB_VFS "mox"
#define DB_VFS_READER 'r'
#define DB_VFS_PREFIX "/.mox-fd/"
int db_vfs_init(struct err *e);

/* Describe result `rc`; always -1. */
int db_fail(struct db *db, int rc, struct err *e, const char *what);

#endif
