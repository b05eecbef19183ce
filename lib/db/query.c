/* Statements: prepared once, kept, found by the address of their text. */
#include "db/internal.h"

#include <assert.h>

#include "base/mem.h"

static unsigned
hash_addr(const char *p)
{
	uint64_t h = (uint64_t)(uintptr_t)p * 0x9e3779b97f4a7c15u;

	return (unsigned)(h >> 32);
}

static struct db_q *
q_find(struct db *db, const char *sql, unsigned *slot)
{
	unsigned i = hash_addr(sql) % DB_STMTS;

	for (; db->stmts[i] != NULL; i = (i + 1) % DB_STMTS) {
		if (db->stmts[i]->sql == sql) {
			*slot = i;
			return db->stmts[i];
		}
	}
	*slot = i;
	return NULL;
}

static struct db_q *
q_new(struct db *db, const char *sql, unsigned slot)
{
	struct db_q *q = MEM_NEW(struct db_q);

	assert(db->nstmts < DB_STMTS - 1); /* one for each literal of the program */
	q->db = db;
	q->sql = sql;
	db->stmts[slot] = q;
	db->nstmts++;
	return q;
}

static void
q_fail(struct db_q *q, int rc)
{
	if (!q->failed)
		db_fail(q->db, rc, &q->err, NULL);
	q->failed = true;
}

struct db_q *
db_use(struct db *db, const char *sql)
{
	unsigned slot;
	struct db_q *q = q_find(db, sql, &slot);

	if (q == NULL)
		q = q_new(db, sql, slot);
	assert(!q->in_use);
	q->in_use = true;
	q->hint = 0;
	if (q->stmt == NULL) {
		int rc = sqlite3_prepare_v3(db->h, sql, -1, SQLITE_PREPARE_PERSISTENT, &q->stmt,
					    NULL);

		if (rc != SQLITE_OK)
			q_fail(q, rc);
	}
	return q;
}

/* Parameters are mostly bound in the same order each time, so the answer is where the hint
 * points. */
static int
q_param(struct db_q *q, const char *name)
{
	int index;

	for (unsigned i = 0; i < q->nparams; i++) {
		unsigned at = (q->hint + i) % q->nparams;

		if (q->params[at].name == name) {
			q->hint = at + 1;
			return q->params[at].index;
		}
	}
	index = sqlite3_bind_parameter_index(q->stmt, name);
	assert(index > 0);
	if (q->nparams < DB_PARAMS)
		q->params[q->nparams++] = (struct db_param){ name, index };
	q->hint = q->nparams;
	return index;
}

void
db_bind_int(struct db_q *q, const char *name, int64_t v)
{
	int rc;

	if (q->failed)
		return;
	if ((rc = sqlite3_bind_int64(q->stmt, q_param(q, name), v)) != SQLITE_OK)
		q_fail(q, rc);
}

void
db_bind_text(struct db_q *q, const char *name, struct str s)
{
	int rc;

	if (q->failed)
		return;
	rc = sqlite3_bind_text64(q->stmt, q_param(q, name), s.n > 0 ? s.p : "", s.n, SQLITE_STATIC,
				 SQLITE_UTF8);
	if (rc != SQLITE_OK)
		q_fail(q, rc);
}

void
db_bind_blob(struct db_q *q, const char *name, struct str s)
{
	int rc;

	if (q->failed)
		return;
	rc = sqlite3_bind_blob64(q->stmt, q_param(q, name), s.n > 0 ? s.p : "", s.n, SQLITE_STATIC);
	if (rc != SQLITE_OK)
		q_fail(q, rc);
}

void
db_bind_null(struct db_q *q, const char *name)
{
	int rc;

	if (q->failed)
		return;
	if ((rc = sqlite3_bind_null(q->stmt, q_param(q, name))) != SQLITE_OK)
		q_fail(q, rc);
}

bool
db_row(struct db_q *q)
{
	int rc;

	assert(q->in_use);
	if (q->failed)
		return false;
	if (db_fault_hit(DB_FAULT_STEP) != 0) {
		q->failed = true;
		err_set(&q->err, EC_IO, "step failed by test");
		return false;
	}
	rc = sqlite3_step(q->stmt);
	if (rc == SQLITE_ROW)
		return true;
	if (rc != SQLITE_DONE)
		q_fail(q, rc);
	return false;
}

int64_t
db_int(struct db_q *q, int col)
{
	return sqlite3_column_int64(q->stmt, col);
}

struct str
db_str(struct db_q *q, int col)
{
	const void *p = sqlite3_column_blob(q->stmt, col);
	int n = sqlite3_column_bytes(q->stmt, col);

	return p != NULL ? str_mem(p, (size_t)n) : str_mem("", 0);
}

bool
db_is_null(struct db_q *q, int col)
{
	return sqlite3_column_type(q->stmt, col) == SQLITE_NULL;
}

int
db_again(struct db_q *q, struct err *e)
{
	while (db_row(q))
		;
	if (q->stmt != NULL)
		sqlite3_reset(q->stmt);
	q->hint = 0;
	if (!q->failed)
		return 0;
	err_move(e, &q->err);
	return -1;
}

int
db_end(struct db_q *q, struct err *e)
{
	bool failed = q->failed;

	assert(q->in_use);
	if (q->stmt != NULL) {
		sqlite3_reset(q->stmt);
		sqlite3_clear_bindings(q->stmt);
	}
	if (failed)
		err_move(e, &q->err);
	err_clear(&q->err);
	q->failed = q->in_use = false;
	return failed ? -1 : 0;
}

int
db_run(struct db_q *q, struct err *e)
{
	while (db_row(q))
		;
	return db_end(q, e);
}

int64_t
db_changes(struct db *db)
{
	return sqlite3_changes64(db->h);
}
