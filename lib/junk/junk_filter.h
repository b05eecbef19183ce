/* What filter.c and its tables share; nobody else includes this. */
#ifndef MOX_JUNK_FILTER_H
#define MOX_JUNK_FILTER_H

#include "db/db.h"
#include "junk/junk_int.h"

/* ---- counts.c: counts in memory */

struct junk_slot {
	uint64_t hash; /* 0 is free */
	struct junk_count count;
	bool is_row;   /* the database has it */
	bool is_dirty; /* in `dirty` */
};
struct junk_counts {
	struct junk_slot *slots;
	size_t cap, n;
	uint64_t *dirty;
	size_t ndirty, dirty_cap;
};
void junk_counts_done(struct junk_counts *c);
struct junk_slot *junk_counts_find(const struct junk_counts *c, uint64_t hash);
/* Found, or made with zeros; borrowed until the next one is made. */
struct junk_slot *junk_counts_get(struct junk_counts *c, uint64_t hash);
void junk_counts_touch(struct junk_counts *c, struct junk_slot *s);

/* ---- tables.c: the SQL */

struct junk_meta {
	struct junk_count total;
	int64_t words; /* rows of junk_word */
	int64_t version, grams;
};
int junk_meta_read(struct db *db, struct junk_meta *m, struct err *e);
int junk_meta_write(struct db *db, const struct junk_meta *m, struct err *e);
/* *is_row: whether there is a row. */
int junk_word_read(struct db *db, uint64_t hash, struct junk_count *c, bool *is_row, struct err *e);
int junk_word_read_all(struct db *db, struct junk_counts *c, struct err *e);
/* Both zero: no row. */
int junk_word_write(struct db *db, uint64_t hash, struct junk_count c, int64_t day, struct err *e);
/* Remove about `n`, the oldest and rarest first; *removed says how many. */
int junk_word_prune(struct db *db, int64_t n, int64_t *removed, struct err *e);
/* Zeros when there is none. */
int junk_once_read(struct db *db, unsigned page, unsigned char slots[ONCE_PAGE], struct err *e);
int junk_once_write(struct db *db, unsigned page, const unsigned char slots[ONCE_PAGE],
		    struct err *e);
int junk_tables_clear(struct db *db, struct err *e);

#endif
