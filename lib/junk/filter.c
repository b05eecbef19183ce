/*
 * A filter: what was counted, in the database and, while a batch is open, in memory. A token that
 * is seen for the first time goes to the rows of once.c; the second sighting gives it a row of its
 * own.
 */
#include <stdlib.h>

#include "junk/junk_filter.h"

struct junk_filter {
	struct db *db;
	struct junk_params params;
	struct junk_meta meta;
	struct junk_counts counts; /* is_loaded: all rows; else what the batch touched */
	bool is_loaded, is_open;   /* open: a batch has changes */
	int64_t day;		   /* of the batch */
	unsigned char *pages[LIM_JUNK_ONCE_PAGES]; /* as far as needed */
	bool page_dirty[LIM_JUNK_ONCE_PAGES];
	struct junk_count *found; /* of the message being judged */
	size_t found_cap;
};

static int64_t
grams_of(const struct junk_params *p)
{
	return p->onegrams | p->twograms << 1 | p->threegrams << 2;
}

struct junk_filter *
junk_filter_open(struct db *db, const struct junk_params *p, bool *is_stale, struct err *e)
{
	struct junk_filter *f = MEM_NEW(struct junk_filter);
	bool is_new;

	f->db = db;
	f->params = *p;
	if (junk_meta_read(db, &f->meta, e) < 0) {
		junk_filter_free(&f);
		return NULL;
	}
	is_new = f->meta.total.ham == 0 && f->meta.total.spam == 0;
	if (is_stale != NULL)
		*is_stale = !is_new &&
			    (f->meta.version != JUNK_VERSION || f->meta.grams != grams_of(p));
	return f;
}

static void
memory_drop(struct junk_filter *f)
{
	junk_counts_done(&f->counts);
	for (unsigned i = 0; i < LIM_JUNK_ONCE_PAGES; i++) {
		mem_free(f->pages[i]);
		f->pages[i] = NULL;
		f->page_dirty[i] = false;
	}
	f->is_loaded = f->is_open = false;
}

void
junk_filter_free(struct junk_filter **fp)
{
	struct junk_filter *f = *fp;

	if (f == NULL)
		return;
	memory_drop(f);
	mem_free(f->found);
	mem_free(f);
	*fp = NULL;
}

int
junk_filter_load(struct junk_filter *f, struct err *e)
{
	if (f->is_loaded)
		return 0;
	/* What a batch has changed already stays as it is in memory. */
	if (f->is_open)
		return err_set(e, EC_BUG, "a batch is open");
	junk_counts_done(&f->counts);
	if (junk_word_read_all(f->db, &f->counts, e) < 0) {
		junk_counts_done(&f->counts);
		return -1;
	}
	f->is_loaded = true;
	return 0;
}

struct junk_count
junk_filter_total(const struct junk_filter *f)
{
	return f->meta.total;
}

uint64_t
junk_filter_size(const struct junk_filter *f)
{
	return f->meta.words > 0 ? (uint64_t)f->meta.words : 0;
}

/* ---- reading */

static unsigned char *
page_get(struct junk_filter *f, uint64_t hash, struct err *e)
{
	unsigned i = junk_once_page(hash);

	if (f->pages[i] == NULL) {
		unsigned char *page = mem_alloc(ONCE_PAGE);

		if (junk_once_read(f->db, i, page, e) < 0) {
			mem_free(page);
			return NULL;
		}
		f->pages[i] = page;
	}
	return f->pages[i];
}

static int
count_get(struct junk_filter *f, uint64_t hash, struct junk_count *c, bool *is_row, struct err *e)
{
	const struct junk_slot *s = junk_counts_find(&f->counts, hash);

	*c = s != NULL ? s->count : (struct junk_count){ 0, 0 };
	*is_row = s != NULL && s->is_row;
	if (s != NULL || f->is_loaded)
		return 0;
	return junk_word_read(f->db, hash, c, is_row, e);
}

int
junk_filter_classify(struct junk_filter *f, const uint64_t *hashes, size_t n,
		     struct junk_verdict *v, struct err *e)
{
	const unsigned char *page;
	bool is_row;

	if (n > f->found_cap) {
		f->found = mem_resize(f->found, n, sizeof(*f->found));
		f->found_cap = n;
	}
	for (size_t i = 0; i < n; i++) {
		struct junk_count *c = &f->found[i];
		enum junk_once once;

		if (count_get(f, hashes[i], c, &is_row, e) < 0)
			return -1;
		if (c->ham > 0 || c->spam > 0)
			continue;
		if ((page = page_get(f, hashes[i], e)) == NULL)
			return -1;
		once = junk_once_find(page, hashes[i]);
		c->ham = once == ONCE_HAM;
		c->spam = once == ONCE_SPAM;
	}
	junk_classify(&f->params, f->meta.total, hashes, f->found, n, v);
	return 0;
}

/* ---- changing */

static void
add(uint32_t *n, int by)
{
	if (by > 0 ? *n < UINT32_MAX / 2 : *n > 0)
		*n += (uint32_t)by;
}

/* A token without a count: where it was seen once, or never. The count it has then. */
static int
once_change(struct junk_filter *f, uint64_t hash, bool is_spam, int by, struct junk_count *c,
	    struct err *e)
{
	unsigned char *page = page_get(f, hash, e);
	enum junk_once before, want = is_spam ? ONCE_SPAM : ONCE_HAM;

	if (page == NULL)
		return -1;
	f->page_dirty[junk_once_page(hash)] = true;
	before = junk_once_take(page, hash);
	if (by > 0 && before == ONCE_NO) {
		junk_once_put(page, hash, is_spam);
	} else if (by > 0) {
		c->ham = (uint32_t)(before == ONCE_HAM) + !is_spam;
		c->spam = (uint32_t)(before == ONCE_SPAM) + is_spam;
	} else if (before != ONCE_NO && before != want) {
		junk_once_put(page, hash, before == ONCE_SPAM);
	}
	return 0;
}

static int
token_change(struct junk_filter *f, uint64_t hash, bool is_spam, int by, struct err *e)
{
	struct junk_slot *s;
	struct junk_count c;
	bool is_row;

	if (count_get(f, hash, &c, &is_row, e) < 0)
		return -1;
	if (c.ham > 0 || c.spam > 0)
		add(is_spam ? &c.spam : &c.ham, by);
	else if (once_change(f, hash, is_spam, by, &c, e) < 0)
		return -1;
	else if (c.ham == 0 && c.spam == 0)
		return 0;
	s = junk_counts_get(&f->counts, hash);
	s->count = c;
	s->is_row = is_row;
	junk_counts_touch(&f->counts, s);
	return 0;
}

int
junk_filter_change(struct junk_filter *f, enum junk_change what, const uint64_t *hashes, size_t n,
		   int64_t day, struct err *e)
{
	bool is_spam = what == JUNK_TRAIN_SPAM || what == JUNK_UNTRAIN_SPAM;
	int by = what == JUNK_TRAIN_HAM || what == JUNK_TRAIN_SPAM ? 1 : -1;

	f->is_open = true;
	f->day = day;
	for (size_t i = 0; i < n; i++) {
		if (hashes[i] != 0 && token_change(f, hashes[i], is_spam, by, e) < 0) {
			junk_filter_abort(f);
			return -1;
		}
	}
	add(is_spam ? &f->meta.total.spam : &f->meta.total.ham, by);
	return 0;
}

/* ---- the end of a batch */

void
junk_filter_abort(struct junk_filter *f)
{
	struct junk_meta m;

	memory_drop(f);
	/* Without an answer the numbers of before are the best there are. */
	if (junk_meta_read(f->db, &m, NULL) == 0)
		f->meta = m;
}

static int
hash_cmp(const void *a, const void *b)
{
	int64_t x = (int64_t) * (const uint64_t *)a, y = (int64_t) * (const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* In the order of the table, so that each of its pages is written once. */
static int
words_write(struct junk_filter *f, struct err *e)
{
	struct junk_counts *c = &f->counts;

	if (c->ndirty > 0)
		qsort(c->dirty, c->ndirty, sizeof(*c->dirty), hash_cmp);
	for (size_t i = 0; i < c->ndirty; i++) {
		struct junk_slot *s = junk_counts_find(c, c->dirty[i]);
		bool was_row = s->is_row;

		s->is_dirty = false;
		s->is_row = s->count.ham > 0 || s->count.spam > 0;
		f->meta.words += (int64_t)s->is_row - was_row;
		if ((s->is_row || was_row) &&
		    junk_word_write(f->db, s->hash, s->count, f->day, e) < 0)
			return -1;
	}
	c->ndirty = 0;
	return 0;
}

static int
prune(struct junk_filter *f, struct err *e)
{
	int64_t n = f->meta.words - LIM_JUNK_WORDS, removed;

	if (n <= 0)
		return 0;
	/* A tenth more, so that it is seldom. */
	if (junk_word_prune(f->db, n + LIM_JUNK_WORDS / 10, &removed, e) < 0)
		return -1;
	f->meta.words -= removed;
	junk_counts_done(&f->counts);
	return f->is_loaded ? junk_word_read_all(f->db, &f->counts, e) : 0;
}

static int
all_write(struct junk_filter *f, struct err *e)
{
	f->meta.version = JUNK_VERSION;
	f->meta.grams = grams_of(&f->params);
	if (words_write(f, e) < 0)
		return -1;
	for (unsigned i = 0; i < LIM_JUNK_ONCE_PAGES; i++)
		if (f->page_dirty[i] && junk_once_write(f->db, i, f->pages[i], e) < 0)
			return -1;
	if (prune(f, e) < 0)
		return -1;
	return junk_meta_write(f->db, &f->meta, e);
}

int
junk_filter_commit(struct junk_filter *f, struct err *e)
{
	bool is_own = !db_in_txn(f->db);

	if (!f->is_open)
		return 0;
	if ((is_own && db_begin_write(f->db, e) < 0) || all_write(f, e) < 0 ||
	    (is_own && db_commit(f->db, e) < 0)) {
		if (is_own)
			db_rollback(f->db);
		junk_filter_abort(f);
		return -1;
	}
	memset(f->page_dirty, 0, sizeof(f->page_dirty));
	f->is_open = false;
	if (!f->is_loaded)
		junk_counts_done(&f->counts);
	return 0;
}

int
junk_filter_clear(struct junk_filter *f, struct err *e)
{
	bool is_own = !db_in_txn(f->db);

	memory_drop(f);
	if ((is_own && db_begin_write(f->db, e) < 0) || junk_tables_clear(f->db, e) < 0 ||
	    (is_own && db_commit(f->db, e) < 0)) {
		if (is_own)
			db_rollback(f->db);
		return -1;
	}
	f->meta = (struct junk_meta){ 0 };
	return 0;
}
