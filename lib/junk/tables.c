/*
 * The filter's tables. A token's row holds what was counted and the day of the last change; its key
 * is the hash as a signed number.
 */
#include "junk/junk_filter.h"

/* A token lives so many days longer for each sighting, up to a number of them. */
#define UTILITY "day + 16 * min(ham + spam, 64)"

const char *const junk_schema[] = {
	"CREATE TABLE junk_meta (id INTEGER PRIMARY KEY CHECK (id = 1), ham INTEGER NOT NULL,"
	" spam INTEGER NOT NULL, words INTEGER NOT NULL, version INTEGER NOT NULL,"
	" grams INTEGER NOT NULL) STRICT;"
	"CREATE TABLE junk_word (hash INTEGER PRIMARY KEY, ham INTEGER NOT NULL,"
	" spam INTEGER NOT NULL, day INTEGER NOT NULL) STRICT;"
	"CREATE TABLE junk_once (page INTEGER PRIMARY KEY, slots BLOB NOT NULL) STRICT;",
};
const unsigned junk_schema_steps = ARRAY_LEN(junk_schema);

/* Counts as other processes may have left them. */
static uint32_t
count_of(int64_t v)
{
	return v < 0 ? 0 : v > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uint32_t)v;
}

int
junk_meta_read(struct db *db, struct junk_meta *m, struct err *e)
{
	struct db_q *q = db_use(db, "SELECT ham, spam, words, version, grams FROM junk_meta");

	*m = (struct junk_meta){ 0 };
	if (db_row(q)) {
		m->total = (struct junk_count){ count_of(db_int(q, 0)), count_of(db_int(q, 1)) };
		m->words = db_int(q, 2);
		m->version = db_int(q, 3);
		m->grams = db_int(q, 4);
	}
	return db_end(q, e);
}

int
junk_meta_write(struct db *db, const struct junk_meta *m, struct err *e)
{
	struct db_q *q = db_use(db, "INSERT OR REPLACE INTO junk_meta"
				    " VALUES (1, :ham, :spam, :words, :version, :grams)");

	db_bind_int(q, ":ham", m->total.ham);
	db_bind_int(q, ":spam", m->total.spam);
	db_bind_int(q, ":words", m->words);
	db_bind_int(q, ":version", m->version);
	db_bind_int(q, ":grams", m->grams);
	return db_run(q, e);
}

int
junk_word_read(struct db *db, uint64_t hash, struct junk_count *c, bool *is_row, struct err *e)
{
	struct db_q *q = db_use(db, "SELECT ham, spam FROM junk_word WHERE hash = :hash");

	*c = (struct junk_count){ 0, 0 };
	db_bind_int(q, ":hash", (int64_t)hash);
	if ((*is_row = db_row(q)))
		*c = (struct junk_count){ count_of(db_int(q, 0)), count_of(db_int(q, 1)) };
	return db_end(q, e);
}

int
junk_word_read_all(struct db *db, struct junk_counts *c, struct err *e)
{
	struct db_q *q = db_use(db, "SELECT hash, ham, spam FROM junk_word");

	while (db_row(q)) {
		struct junk_slot *s;

		if (db_int(q, 0) == 0)
			continue; /* no hash of ours */
		s = junk_counts_get(c, (uint64_t)db_int(q, 0));
		s->count = (struct junk_count){ count_of(db_int(q, 1)), count_of(db_int(q, 2)) };
		s->is_row = true;
	}
	return db_end(q, e);
}

int
junk_word_write(struct db *db, uint64_t hash, struct junk_count c, int64_t day, struct err *e)
{
	struct db_q *q;

	if (c.ham == 0 && c.spam == 0) {
		q = db_use(db, "DELETE FROM junk_word WHERE hash = :hash");
		db_bind_int(q, ":hash", (int64_t)hash);
		return db_run(q, e);
	}
	q = db_use(db, "INSERT OR REPLACE INTO junk_word VALUES (:hash, :ham, :spam, :day)");
	db_bind_int(q, ":hash", (int64_t)hash);
	db_bind_int(q, ":ham", c.ham);
	db_bind_int(q, ":spam", c.spam);
	db_bind_int(q, ":day", day);
	return db_run(q, e);
}

int
junk_word_prune(struct db *db, int64_t n, int64_t *removed, struct err *e)
{
	struct db_q *q = db_use(db, "SELECT " UTILITY ", count(*) FROM junk_word"
				    " GROUP BY 1 ORDER BY 1");
	int64_t sum = 0, cut = INT64_MIN;

	while (sum < n && db_row(q)) {
		cut = db_int(q, 0);
		sum += db_int(q, 1);
	}
	if (db_end(q, e) < 0)
		return -1;
	/* Of those that are alike any will do; their hashes are their order. */
	q = db_use(db, "DELETE FROM junk_word WHERE hash IN (SELECT hash FROM junk_word"
		       " WHERE " UTILITY " <= :cut ORDER BY " UTILITY " LIMIT :n)");
	db_bind_int(q, ":cut", cut);
	db_bind_int(q, ":n", n);
	if (db_run(q, e) < 0)
		return -1;
	*removed = db_changes(db);
	return 0;
}

int
junk_once_read(struct db *db, unsigned page, unsigned char slots[ONCE_PAGE], struct err *e)
{
	struct db_q *q = db_use(db, "SELECT slots FROM junk_once WHERE page = :page");
	struct str s;

	memset(slots, 0, ONCE_PAGE);
	db_bind_int(q, ":page", page);
	if (db_row(q) && (s = db_str(q, 0)).n == ONCE_PAGE)
		memcpy(slots, s.p, ONCE_PAGE);
	return db_end(q, e);
}

int
junk_once_write(struct db *db, unsigned page, const unsigned char slots[ONCE_PAGE], struct err *e)
{
	struct db_q *q = db_use(db, "INSERT OR REPLACE INTO junk_once VALUES (:page, :slots)");

	db_bind_int(q, ":page", page);
	db_bind_blob(q, ":slots", str_mem(slots, ONCE_PAGE));
	return db_run(q, e);
}

int
junk_tables_clear(struct db *db, struct err *e)
{
	if (db_run(db_use(db, "DELETE FROM junk_word"), e) < 0 ||
	    db_run(db_use(db, "DELETE FROM junk_once"), e) < 0)
		return -1;
	return db_run(db_use(db, "DELETE FROM junk_meta"), e);
}
