/* Judging, and the filter in a database: counting, taking back, batches, pruning. */
#include "junk/junk.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "db/db.h"
#include "junk/junk_filter.h"
#include "tests/unit/unit.h"

static const struct db_opts writer = { .write = true };
static const struct junk_params params = JUNK_PARAMS_DEFAULT;
static char root[64];
static struct db *db;
static struct junk_filter *f;
static struct err e;

static int
rm_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void
reopen(void)
{
	junk_filter_free(&f);
	ck_assert_msg((f = junk_filter_open(db, &params, NULL, &e)) != NULL, "%s", e.msg);
}

static void
up(void)
{
	int dir;

	e = (struct err)ERR_INIT;
	snprintf(root, sizeof(root), "/tmp/mox-junk-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	db = db_open(dir, "f.db", &writer, &e);
	close(dir);
	ck_assert_msg(db != NULL, "%s", e.msg);
	ck_assert_msg(db_migrate(db, junk_schema, junk_schema_steps, &e) == 0, "%s", e.msg);
	reopen();
}

static void
down(void)
{
	db_fault_set(NULL, NULL);
	junk_filter_free(&f);
	db_close(&db);
	nftw(root, rm_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- judging */

static double
judge(uint32_t ham, uint32_t spam, size_t n, struct junk_verdict *v)
{
	uint64_t hashes[100];
	struct junk_count counts[100];

	for (size_t i = 0; i < n; i++) {
		hashes[i] = i + 1;
		counts[i] = (struct junk_count){ ham, spam };
	}
	junk_classify(&params, (struct junk_count){ 100, 100 }, hashes, counts, n, v);
	return v->probability;
}

START_TEST(test_classify)
{
	const struct junk_params few = { .top_words = 3, .max_power = 0.2, .ignore_words = 0.4 };
	const uint64_t hashes[] = { 1, 2, 3, 4, 5, 6 };
	const struct junk_count counts[] = { { 0, 50 }, { 50, 0 }, { 20, 20 },
					     { 1, 60 }, { 0, 0 },  { 0, 9 } };
	struct junk_verdict v;

	ck_assert(judge(0, 0, 5, &v) == 0.5);
	ck_assert_uint_eq(v.nham + v.nspam, 0);
	ck_assert(v.is_significant);
	ck_assert(judge(0, 30, 30, &v) > 0.99);
	ck_assert_uint_eq(v.nspam, params.top_words);
	ck_assert(judge(30, 0, 30, &v) < 0.01);
	ck_assert(judge(10, 10, 30, &v) == 0.5);	 /* too near to the middle */
	ck_assert(judge(0, 30, 1, &v) < JUNK_THRESHOLD); /* one word convicts nobody */
	ck_assert(judge(0, 1, 30, &v) < judge(0, 30, 30, &v));
	judge(0, 1, 30, &v); /* rare ones are a third at most */
	ck_assert_uint_eq(v.nspam, (params.top_words + 2) / 3);
	junk_classify(&params, (struct junk_count){ 49, 49 }, hashes, counts, 6, &v);
	ck_assert(!v.is_significant);
	ck_assert_uint_eq(v.nham, 1);
	ck_assert_uint_eq(v.nspam, 3);
	for (size_t i = 1; i < v.nspam; i++) /* strongest first */
		ck_assert(v.spam[i - 1].spaminess >= v.spam[i].spaminess);
	ck_assert_uint_eq(v.ham[0].hash, 2);
	junk_classify(&few, (struct junk_count){ 100, 100 }, hashes, counts, 6, &v);
	ck_assert_uint_eq(v.nham + v.nspam, 0); /* all within 0.4 of the middle */
	junk_classify(&params, (struct junk_count){ 0, 0 }, hashes, counts, 6, &v);
	ck_assert(v.probability >= 0 && v.probability <= 1);
}
END_TEST

/* The heaps give what sorting all of it does. */
START_TEST(test_classify_top)
{
	static struct junk_count counts[5000];
	static uint64_t hashes[5000];
	struct junk_verdict v;
	uint32_t strongest[15] = { 0 };

	for (uint32_t i = 0; i < 5000; i++) {
		hashes[i] = i + 1;
		counts[i] = (struct junk_count){ 10, 20 + i * 7919 % 5000 };
		for (int k = 0; k < 15; k++) {
			uint32_t c = counts[i].spam;

			if (c <= strongest[k])
				continue;
			memmove(strongest + k + 1, strongest + k, (size_t)(14 - k) * sizeof(c));
			strongest[k] = c;
			break;
		}
	}
	junk_classify(&params, (struct junk_count){ 10000, 10000 }, hashes, counts, 5000, &v);
	ck_assert_uint_eq(v.nspam, 15);
	for (int k = 0; k < 15; k++)
		ck_assert_uint_eq(v.spam[k].count.spam, strongest[k]);
}
END_TEST

/* ---- what is seen once */

START_TEST(test_once)
{
	static unsigned char page[ONCE_PAGE];
	const uint64_t step =
		(uint64_t)LIM_JUNK_ONCE_PAGES * ONCE_BUCKETS; /* same page and bucket */
	uint64_t h = 0x1234000000000000u / step * step;

	memset(page, 0, sizeof(page));
	ck_assert_int_eq(junk_once_find(page, h), ONCE_NO);
	ck_assert_int_eq(junk_once_take(page, h), ONCE_NO);
	junk_once_put(page, h, true);
	ck_assert_int_eq(junk_once_find(page, h), ONCE_SPAM);
	ck_assert_int_eq(junk_once_take(page, h), ONCE_SPAM);
	ck_assert_int_eq(junk_once_take(page, h), ONCE_NO);
	for (size_t i = 0; i < sizeof(page); i++)
		ck_assert_uint_eq(page[i], 0);
	/* The ninth of a bucket puts out the first. */
	for (unsigned i = 0; i <= ONCE_WAYS; i++)
		junk_once_put(page, ((uint64_t)(i + 1) << 48) / step * step + step, i % 2 == 0);
	ck_assert_int_eq(junk_once_find(page, ((uint64_t)1 << 48) / step * step + step), ONCE_NO);
	for (unsigned i = 1; i <= ONCE_WAYS; i++)
		ck_assert_int_eq(
			junk_once_find(page, ((uint64_t)(i + 1) << 48) / step * step + step),
			i % 2 == 0 ? ONCE_SPAM : ONCE_HAM);
	for (uint64_t i = 0; i < 100000; i++)
		ck_assert_uint_lt(junk_once_page(i * 0x9e3779b97f4a7c15u), LIM_JUNK_ONCE_PAGES);
}
END_TEST

/* ---- the filter */

static uint64_t
hash_of(uint64_t i)
{
	uint64_t z = (i + 1) * 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	return z ^ z >> 31;
}

/* `n` tokens from number `from`. */
static void
change(enum junk_change what, uint64_t from, size_t n, int64_t day)
{
	uint64_t *h = mem_zalloc(n, sizeof(*h));

	for (size_t i = 0; i < n; i++)
		h[i] = hash_of(from + i);
	ck_assert_msg(junk_filter_change(f, what, h, n, day, &e) == 0, "%s", e.msg);
	mem_free(h);
}

static void
commit(void)
{
	ck_assert_msg(junk_filter_commit(f, &e) == 0, "%s", e.msg);
}

static struct junk_count
count(uint64_t i)
{
	struct junk_count c;
	bool is_row;

	ck_assert_int_eq(junk_word_read(db, hash_of(i), &c, &is_row, &e), 0);
	return c;
}

static void
count_is(uint64_t i, uint32_t ham, uint32_t spam)
{
	struct junk_count c = count(i);

	ck_assert_msg(c.ham == ham && c.spam == spam, "token %u: %u %u, not %u %u", (unsigned)i,
		      c.ham, c.spam, ham, spam);
}

/* Loaded or not, in one batch or several: the same. */
START_TEST(test_train)
{
	for (int how = 0; how < 4; how++) {
		ck_assert_int_eq(junk_filter_clear(f, &e), 0);
		if ((how & 1) != 0)
			ck_assert_int_eq(junk_filter_load(f, &e), 0);
		change(JUNK_TRAIN_HAM, 0, 10, 1);
		if ((how & 2) != 0)
			commit();
		change(JUNK_TRAIN_SPAM, 5, 10, 1); /* 5 to 9: once ham, once spam */
		if ((how & 2) != 0)
			commit();
		change(JUNK_TRAIN_SPAM, 5, 2, 2);
		commit();
		reopen();
		ck_assert_uint_eq(junk_filter_total(f).ham, 1);
		ck_assert_uint_eq(junk_filter_total(f).spam, 2);
		ck_assert_uint_eq(junk_filter_size(f), 5);
		count_is(0, 0, 0);
		count_is(5, 1, 2);
		count_is(7, 1, 1);
		count_is(12, 0, 0);
	}
}
END_TEST

START_TEST(test_untrain)
{
	change(JUNK_TRAIN_HAM, 0, 10, 1);
	change(JUNK_TRAIN_HAM, 0, 10, 1);
	change(JUNK_TRAIN_SPAM, 5, 10, 1);
	commit();
	count_is(0, 2, 0);
	count_is(5, 2, 1);
	/* It was no junk after all. */
	change(JUNK_UNTRAIN_SPAM, 5, 10, 2);
	change(JUNK_TRAIN_HAM, 5, 10, 2);
	commit();
	count_is(5, 3, 0);
	count_is(10, 0, 0); /* seen once as spam, taken back, seen once as ham */
	ck_assert_uint_eq(junk_filter_total(f).ham, 3);
	ck_assert_uint_eq(junk_filter_total(f).spam, 0);
	change(JUNK_TRAIN_HAM, 10, 1, 2);
	commit();
	count_is(10, 2, 0);
	/* Everything back: no row is left. */
	change(JUNK_UNTRAIN_HAM, 10, 1, 2);
	change(JUNK_UNTRAIN_HAM, 5, 10, 2);
	change(JUNK_UNTRAIN_HAM, 0, 10, 2);
	change(JUNK_UNTRAIN_HAM, 0, 10, 2);
	change(JUNK_UNTRAIN_HAM, 0, 10, 2); /* never was */
	commit();
	for (uint64_t i = 0; i < 20; i++)
		count_is(i, 0, 0);
	ck_assert_uint_eq(junk_filter_size(f), 0);
	ck_assert_uint_eq(junk_filter_total(f).ham, 0);
}
END_TEST

START_TEST(test_judge)
{
	uint64_t h[20];
	struct junk_verdict v, w;

	for (uint64_t i = 0; i < 20; i++)
		h[i] = hash_of(i);
	for (int i = 0; i < 60; i++) {
		change(JUNK_TRAIN_SPAM, 0, 10, 1);
		change(JUNK_TRAIN_HAM, 100, 10, 1);
	}
	change(JUNK_TRAIN_SPAM, 15, 2, 1);			     /* once */
	ck_assert_int_eq(junk_filter_classify(f, h, 20, &v, &e), 0); /* a batch counts at once */
	commit();
	ck_assert_int_eq(junk_filter_classify(f, h, 20, &w, &e), 0);
	ck_assert(v.probability == w.probability && v.probability > JUNK_THRESHOLD);
	ck_assert_uint_eq(w.nspam, 12);
	ck_assert(w.is_significant);
	reopen();
	ck_assert_int_eq(junk_filter_load(f, &e), 0);
	ck_assert_int_eq(junk_filter_classify(f, h, 20, &w, &e), 0);
	ck_assert(v.probability == w.probability);
	ck_assert_uint_eq(w.nspam, 12);
}
END_TEST

START_TEST(test_batch)
{
	/* Aborted. */
	change(JUNK_TRAIN_HAM, 0, 10, 1);
	change(JUNK_TRAIN_HAM, 0, 10, 1);
	commit();
	change(JUNK_TRAIN_HAM, 0, 20, 1);
	junk_filter_abort(f);
	ck_assert_uint_eq(junk_filter_total(f).ham, 2);
	change(JUNK_TRAIN_SPAM, 10, 2, 1);
	commit();
	count_is(0, 2, 0);
	count_is(10, 0, 0);
	/* Part of the caller's transaction. */
	ck_assert_int_eq(db_begin_write(db, &e), 0);
	change(JUNK_TRAIN_HAM, 0, 10, 1);
	commit();
	ck_assert(db_in_txn(db));
	db_rollback(db);
	junk_filter_abort(f);
	count_is(0, 2, 0);
	ck_assert_uint_eq(junk_filter_total(f).ham, 2);
	ck_assert_int_eq(db_begin_write(db, &e), 0);
	change(JUNK_TRAIN_HAM, 0, 10, 1);
	commit();
	ck_assert_int_eq(db_commit(db, &e), 0);
	count_is(0, 3, 0);
}
END_TEST

static int fail_at, nfaults;
static int
on_fault(void *arg, enum db_fault what)
{
	(void)arg;
	(void)what;
	return ++nfaults == fail_at ? EIO : 0;
}

/* Whatever fails, a batch counts as a whole or not at all. */
START_TEST(test_faults)
{
	for (fail_at = 1; fail_at < 1000; fail_at++) {
		bool ok;

		ck_assert_int_eq(junk_filter_clear(f, &e), 0);
		change(JUNK_TRAIN_HAM, 0, 10, 1);
		commit();
		nfaults = 0;
		db_fault_set(on_fault, NULL);
		{
			uint64_t h[10];

			for (uint64_t i = 0; i < 10; i++)
				h[i] = hash_of(i + 5);
			ok = junk_filter_change(f, JUNK_TRAIN_HAM, h, 10, 1, &e) == 0 &&
			     junk_filter_commit(f, &e) == 0;
		}
		db_fault_set(NULL, NULL);
		e = (struct err)ERR_INIT;
		reopen();
		ck_assert_uint_eq(junk_filter_total(f).ham, ok ? 2 : 1);
		ck_assert_uint_eq(junk_filter_size(f), ok ? 5 : 0);
		count_is(5, ok ? 2 : 0, 0);
		if (ok && nfaults < fail_at)
			break;
	}
	ck_assert_int_gt(fail_at, 3);
	ck_assert_int_lt(fail_at, 1000);
}
END_TEST

START_TEST(test_stale)
{
	struct junk_params other = params;
	struct junk_filter *g;
	bool is_stale = true;

	other.threegrams = true;
	ck_assert_ptr_nonnull(g = junk_filter_open(db, &other, &is_stale, &e));
	ck_assert(!is_stale); /* nothing in it */
	junk_filter_free(&g);
	change(JUNK_TRAIN_HAM, 0, 10, 1);
	commit();
	ck_assert_ptr_nonnull(g = junk_filter_open(db, &other, &is_stale, &e));
	ck_assert(is_stale);
	junk_filter_free(&g);
	ck_assert_ptr_nonnull(g = junk_filter_open(db, &params, &is_stale, &e));
	ck_assert(!is_stale);
	junk_filter_free(&g);
}
END_TEST

/* The old and rare ones go; what was loaded knows. */
START_TEST(test_prune)
{
	int64_t removed;

	ck_assert_int_eq(junk_filter_load(f, &e), 0);
	for (int i = 0; i < 20; i++)
		change(JUNK_TRAIN_HAM, 0, 100, 10); /* often, long ago */
	for (int i = 0; i < 2; i++)
		change(JUNK_TRAIN_HAM, 1000, 100, 10); /* rare, long ago */
	commit();
	for (int i = 0; i < 2; i++)
		change(JUNK_TRAIN_HAM, 2000, 100, 300); /* rare, lately */
	commit();
	ck_assert_int_eq(junk_word_prune(db, 60, &removed, &e), 0);
	ck_assert_int_eq(removed, 60);
	ck_assert_int_eq(junk_word_prune(db, 40, &removed, &e), 0);
	ck_assert_int_eq(removed, 40);
	for (uint64_t i = 0; i < 100; i++) {
		count_is(i, 20, 0);
		count_is(1000 + i, 0, 0);
		count_is(2000 + i, 2, 0);
	}
}
END_TEST

START_TEST(test_bounds)
{
	const size_t n = 100000;
	uint64_t from = 0;

	ck_assert_int_eq(junk_filter_load(f, &e), 0);
	for (; from < LIM_JUNK_WORDS + n; from += n) {
		change(JUNK_TRAIN_HAM, from, n, (int64_t)(from / n));
		change(JUNK_TRAIN_HAM, from, n, (int64_t)(from / n));
		commit();
		ck_assert_uint_le(junk_filter_size(f), LIM_JUNK_WORDS);
	}
	ck_assert_uint_ge(junk_filter_size(f), LIM_JUNK_WORDS * 8 / 10);
	count_is(0, 0, 0);
	count_is(from - 1, 2, 0);
}
END_TEST

UNIT_MAIN_AROUND("junk filter", up, down, 100, test_classify, test_classify_top, test_once,
		 test_train, test_untrain, test_judge, test_batch, test_faults, test_stale,
		 test_prune, test_bounds)
