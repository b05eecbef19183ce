/*
 * Open accounts, group commit, replay.
 *
 * An operation goes through these states: applied (in the batch), logged (durable, may be
 * answered), committed (visible to readers), checkpointed (the log does not need to keep it). For
 * each account `segment` is the oldest log segment with operations that are not checkpointed;
 * segments before the least of them are released.
 */
#include "store/shelf.h"

#include <assert.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"

enum {
	BUCKETS = 1024,
	BATCH_OPS = 32,		 /* operations after which a deferred commit is due */
	BATCH_BYTES = 512 << 10, /* or bytes */
	FILL_MS = 20,		 /* between steps that fill the log ahead */
	RETRY_MS = 1000,	 /* after a checkpoint that readers kept from ending, or an error */
	STUCK_TRIES = 5,	 /* of those before the reader is named */
	IDLE_MS = 10000,	 /* without changes: checkpoint */
};

struct shelf_acct {
	struct store_w *w;
	struct shelf_acct *next; /* in its bucket */
	struct shelf_acct *lru_prev, *lru_next;
	unsigned pins;
	bool in_batch;
	unsigned ops; /* since the last commit */
	size_t bytes;
	int64_t dirty_ms; /* when the first of them was logged */
	uint64_t segment; /* 0: all is checkpointed */
	int64_t retry_ms; /* no checkpoint before */
	unsigned stuck;	  /* checkpoints in a row that readers kept from ending */
};

struct store_shelf {
	int accounts;
	struct store_log *log;
	struct shelf_acct *buckets[BUCKETS];
	struct shelf_acct *lru_first, *lru_last; /* first: used longest ago */
	unsigned count;
	struct buf batch;
	struct shelf_acct **touched; /* accounts in the batch */
	size_t ntouched, touched_cap;
	bool poisoned; /* a part of the batch is lost */
	bool replaying;
	int64_t now_ms;
	struct err trouble;
	pid_t blocker;
	struct store_shelf_start *start; /* while replaying */
};

/* ---- the table */

static unsigned
bucket_of(struct str name)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < name.n; i++)
		h = (h ^ (unsigned char)name.p[i]) * 16777619u;
	return h % BUCKETS;
}

static struct shelf_acct *
acct_find(struct store_shelf *s, struct str name)
{
	struct shelf_acct *a = s->buckets[bucket_of(name)];

	while (a != NULL && !str_eq(store_w_account(a->w), name))
		a = a->next;
	return a;
}

static void
lru_unlink(struct store_shelf *s, struct shelf_acct *a)
{
	*(a->lru_prev != NULL ? &a->lru_prev->lru_next : &s->lru_first) = a->lru_next;
	*(a->lru_next != NULL ? &a->lru_next->lru_prev : &s->lru_last) = a->lru_prev;
}

static void
lru_append(struct store_shelf *s, struct shelf_acct *a)
{
	a->lru_prev = s->lru_last;
	a->lru_next = NULL;
	*(s->lru_last != NULL ? &s->lru_last->lru_next : &s->lru_first) = a;
	s->lru_last = a;
}

static void
acct_free(struct store_shelf *s, struct shelf_acct *a)
{
	struct shelf_acct **p = &s->buckets[bucket_of(store_w_account(a->w))];

	while (*p != a)
		p = &(*p)->next;
	*p = a->next;
	lru_unlink(s, a);
	s->count--;
	store_w_close(&a->w);
	mem_free(a);
}

static void
trouble(struct store_shelf *s, const struct err *e)
{
	err_clear(&s->trouble);
	s->trouble = *e;
}

/* ---- commit and checkpoint of one account */

static int
acct_commit(struct shelf_acct *a, struct err *e)
{
	a->ops = 0;
	a->bytes = 0;
	return store_w_commit(a->w, e);
}

/* Afterwards `segment` is 0 when nothing of the account needs the log. */
static int
acct_checkpoint(struct store_shelf *s, struct shelf_acct *a, struct err *e)
{
	bool all = false;

	if (acct_commit(a, e) < 0)
		return -1;
	if (store_w_is_behind(a->w))
		return err_set(e, EC_TEMP, "account waits for its log");
	if (a->segment == 0)
		return 0;
	if (store_w_checkpoint(a->w, &all, e) < 0)
		return -1;
	if (all) {
		a->segment = 0;
		store_w_trim(a->w);
	} else {
		a->retry_ms = s->now_ms + RETRY_MS;
	}
	return 0;
}

static bool
all_checkpointed(const struct store_shelf *s)
{
	for (const struct shelf_acct *a = s->lru_first; a != NULL; a = a->lru_next) {
		if (a->segment > 0)
			return false;
	}
	return true;
}

static void
release_segments(struct store_shelf *s)
{
	uint64_t no = UINT64_MAX;

	for (struct shelf_acct *a = s->lru_first; a != NULL; a = a->lru_next) {
		if (a->segment > 0)
			no = MIN(no, a->segment);
	}
	/* The current one goes on to be used; before the first append there is none. */
	if (store_log_segment(s->log) > 0)
		no = MIN(no, store_log_segment(s->log));
	store_log_release(s->log, no);
}

/* Close one account that nobody uses, to make room. */
static void
evict(struct store_shelf *s)
{
	struct err e = ERR_INIT;

	for (struct shelf_acct *a = s->lru_first; a != NULL; a = a->lru_next) {
		if (a->pins > 0 || a->in_batch || a->retry_ms > s->now_ms)
			continue;
		if (acct_checkpoint(s, a, &e) < 0) {
			trouble(s, &e);
			err_clear(&e);
			a->retry_ms = s->now_ms + RETRY_MS;
			continue;
		}
		if (a->segment > 0)
			continue;
		acct_free(s, a);
		return;
	}
}

/* ---- applying what the log has */

static int
replay_one(struct store_shelf *s, struct shelf_acct *a, uint64_t seq, struct str op, struct err *e)
{
	struct err why = ERR_INIT;
	struct store_result r;
	int rc;

	/* What is in the database already may be only in the kernel's memory: that process died,
	 * and the log is all that is durable until a checkpoint. */
	if (a->segment == 0)
		a->segment = store_log_oldest(s->log);
	if (seq <= store_w_seq(a->w))
		return 0;
	if (seq != store_w_seq(a->w) + 1 && s->start != NULL)
		s->start->gaps++;
	store_w_set_seq(a->w, seq - 1);
	store_result_init(&r);
	rc = store_w_apply(a->w, op, &r, &why);
	store_result_done(&r);
	if (rc < 0 && (store_w_has_lost(a->w) || err_is_temp(&why))) {
		err_move(e, &why);
		return -1;
	}
	if (rc < 0) {
		/* It could be applied once; so the database differs from what it was: damage. Go
		 * on with the rest. */
		store_w_set_seq(a->w, seq);
		if (s->start != NULL)
			s->start->refused++;
	} else if (s->start != NULL) {
		s->start->redone++;
	}
	store_w_batch_keep(a->w);
	a->ops++;
	a->bytes += op.n;
	return a->ops >= BATCH_OPS || a->bytes >= BATCH_BYTES ? acct_commit(a, e) : 0;
}

struct redo {
	struct store_shelf *s;
	struct shelf_acct *a;
};

static int
redo_op(void *arg, struct str account, uint64_t seq, struct str op, struct err *e)
{
	struct redo *r = arg;

	if (!str_eq(account, store_w_account(r->a->w)))
		return 0;
	return replay_one(r->s, r->a, seq, op, e);
}

/* The account lost what was logged but not committed. */
static int
acct_redo(struct store_shelf *s, struct shelf_acct *a, struct err *e)
{
	struct redo r = { s, a };
	struct store_log_report ignored;

	if (!store_w_is_behind(a->w))
		return 0;
	store_w_set_behind(a->w, false);
	if (store_log_read(s->log, redo_op, &r, &ignored, e) == 0 && acct_commit(a, e) == 0)
		return 0;
	store_w_batch_undo(a->w);
	store_w_abandon(a->w);
	return -1;
}

/* Opened when it is not; may be behind its log. */
static struct shelf_acct *
acct_reach(struct store_shelf *s, struct str account, struct err *e)
{
	struct shelf_acct *a = acct_find(s, account), **bucket;
	struct store_w *w;

	if (a != NULL) {
		if (s->lru_last != a) {
			lru_unlink(s, a);
			lru_append(s, a);
		}
		return a;
	}
	while (s->count >= LIM_ACCOUNTS_OPEN) {
		unsigned before = s->count;

		evict(s);
		if (s->count == before)
			break; /* all in use: go above the limit */
	}
	if ((w = store_w_open(s->accounts, account, e)) == NULL)
		return NULL;
	if (!s->replaying)
		store_w_clean(w);
	a = MEM_NEW(struct shelf_acct);
	a->w = w;
	bucket = &s->buckets[bucket_of(account)];
	a->next = *bucket;
	*bucket = a;
	lru_append(s, a);
	s->count++;
	return a;
}

static struct shelf_acct *
acct_get(struct store_shelf *s, struct str account, struct err *e)
{
	struct shelf_acct *a = acct_reach(s, account, e);

	return a != NULL && acct_redo(s, a, e) == 0 ? a : NULL;
}

static int
start_op(void *arg, struct str account, uint64_t seq, struct str op, struct err *e)
{
	struct store_shelf *s = arg;
	struct shelf_acct *a = acct_get(s, account, e);

	return a != NULL ? replay_one(s, a, seq, op, e) : -1;
}

static int
replay(struct store_shelf *s, struct store_shelf_start *start, struct err *e)
{
	int rc;

	s->start = start;
	s->replaying = true;
	rc = store_log_read(s->log, start_op, s, &start->log, e);
	for (struct shelf_acct *a = s->lru_first; rc == 0 && a != NULL; a = a->lru_next) {
		rc = acct_checkpoint(s, a, e);
		store_w_clean(a->w);
	}
	s->start = NULL;
	s->replaying = false;
	if (rc == 0)
		release_segments(s);
	return rc;
}

void
store_shelf_drop(struct store_shelf **sp)
{
	struct store_shelf *s = *sp;

	*sp = NULL;
	while (s->lru_first != NULL)
		acct_free(s, s->lru_first);
	store_log_close(&s->log);
	buf_done(&s->batch);
	mem_free(s->touched);
	mem_free(s);
}

struct store_shelf *
store_shelf_open(int accounts, int log, unsigned worker, const unsigned char key[32],
		 struct store_shelf_start *start, struct err *e)
{
	struct store_shelf *s = MEM_NEW(struct store_shelf);

	*start = (struct store_shelf_start){ 0 };
	s->accounts = accounts;
	s->now_ms = clock_mono_ms();
	buf_init(&s->batch, LIM_LOG_BATCH + LIM_OP + LIM_ACCOUNT + 64);
	s->log = store_log_open(log, worker, key, e);
	if (s->log == NULL || replay(s, start, e) < 0)
		store_shelf_drop(&s);
	return s;
}

int
store_shelf_adopt(int accounts, int log, unsigned worker, const unsigned char key[32],
		  struct store_shelf_start *start, struct err *e)
{
	struct store_shelf *s = store_shelf_open(accounts, log, worker, key, start, e);
	int rc = 0;

	if (s == NULL)
		return -1;
	for (struct shelf_acct *a = s->lru_first; a != NULL; a = a->lru_next) {
		if (a->segment > 0)
			rc = err_set(e, EC_TEMP, "account %s is being read",
				     store_w_account(a->w).p);
	}
	store_shelf_drop(&s);
	return rc == 0 ? store_log_remove(log, worker, e) : -1;
}

void
store_shelf_close(struct store_shelf **sp)
{
	struct store_shelf *s = *sp;
	struct err e = ERR_INIT;

	if (s == NULL)
		return;
	if (store_shelf_flush(s, &e) == 0) {
		for (struct shelf_acct *a = s->lru_first; a != NULL; a = a->lru_next)
			(void)acct_checkpoint(s, a, &e);
		release_segments(s);
		if (store_log_oldest(s->log) == store_log_segment(s->log) && all_checkpointed(s))
			store_log_release(s->log, UINT64_MAX);
	}
	store_shelf_drop(sp);
}

/* ---- accounts */

struct store_w *
store_shelf_get(struct store_shelf *s, struct str account, struct err *e)
{
	struct shelf_acct *a = acct_get(s, account, e);

	return a != NULL ? a->w : NULL;
}

struct store_w *
store_shelf_get_for_reader(struct store_shelf *s, struct str account, struct err *e)
{
	struct shelf_acct *a = acct_reach(s, account, e);
	struct err ignored = ERR_INIT;

	if (a == NULL)
		return NULL;
	/* work_commits tries again; until then readers see what was committed. */
	if (acct_redo(s, a, &ignored) < 0)
		trouble(s, &ignored);
	return a->w;
}

void
store_shelf_forget_keys(struct store_shelf *s, struct str account)
{
	struct shelf_acct *a = acct_find(s, account);

	if (a != NULL)
		store_w_forget_keys(a->w);
}

void
store_shelf_pin(struct store_shelf *s, struct store_w *w)
{
	acct_find(s, store_w_account(w))->pins++;
}

void
store_shelf_unpin(struct store_shelf *s, struct str account)
{
	struct shelf_acct *a = acct_find(s, account);

	assert(a != NULL && a->pins > 0);
	a->pins--;
}

int
store_shelf_publish(struct store_shelf *s, struct store_w *w, struct err *e)
{
	struct shelf_acct *a = acct_find(s, store_w_account(w));

	/* What is in the batch is not durable, so nobody may see it yet; it is committed when it
	 * is, for pinned ones. */
	return a->in_batch ? 0 : acct_commit(a, e);
}

unsigned
store_shelf_count(const struct store_shelf *s)
{
	return s->count;
}

/* ---- the batch */

static void
touch(struct store_shelf *s, struct shelf_acct *a)
{
	if (a->in_batch)
		return;
	if (s->ntouched == s->touched_cap) {
		s->touched_cap = s->touched_cap > 0 ? s->touched_cap * 2 : 32;
		s->touched = mem_resize(s->touched, s->touched_cap, sizeof(*s->touched));
	}
	s->touched[s->ntouched++] = a;
	a->in_batch = true;
}

static void
batch_reset(struct store_shelf *s)
{
	for (size_t i = 0; i < s->ntouched; i++)
		s->touched[i]->in_batch = false;
	s->ntouched = 0;
	s->poisoned = false;
	buf_reset(&s->batch);
	if (s->batch.cap > LIM_LOG_BATCH)
		buf_shrink(&s->batch);
}

static void
batch_undo(struct store_shelf *s)
{
	for (size_t i = 0; i < s->ntouched; i++)
		store_w_batch_undo(s->touched[i]->w);
	batch_reset(s);
}

int
store_shelf_apply(struct store_shelf *s, struct store_w *w, struct str op, struct store_result *r,
		  struct err *e)
{
	struct shelf_acct *a = acct_find(s, store_w_account(w));

	if (op.n > LIM_OP)
		return err_set(e, EC_LIMIT, "operation is too large");
	if (s->poisoned || s->batch.n >= LIM_LOG_BATCH)
		return err_set(e, EC_TEMP, "batch can't take more");
	touch(s, a);
	if (store_w_apply(w, op, r, e) < 0) {
		s->poisoned = store_w_has_lost(w);
		if (!store_w_in_batch(w))
			s->blocker = store_w_lock_holder(w);
		return -1;
	}
	store_log_put(&s->batch, store_w_account(w), store_w_seq(w), op);
	a->ops++;
	a->bytes += op.n;
	return 0;
}

void
store_shelf_spoil(struct store_shelf *s)
{
	s->poisoned = true;
}

size_t
store_shelf_pending(const struct store_shelf *s)
{
	return s->batch.n + s->ntouched;
}

/* Durable: commit now or later. */
static void
acct_logged(struct store_shelf *s, struct shelf_acct *a)
{
	struct err e = ERR_INIT;
	bool was_dirty = store_w_is_dirty(a->w);

	store_w_batch_keep(a->w);
	if (a->segment == 0)
		a->segment = store_log_segment(s->log);
	if (!was_dirty)
		a->dirty_ms = s->now_ms;
	if (a->pins == 0 && a->ops < BATCH_OPS && a->bytes < BATCH_BYTES)
		return;
	/* What fails here is done again from the log (acct_redo): it counts as done. */
	if (acct_commit(a, &e) < 0)
		trouble(s, &e);
}

int
store_shelf_flush(struct store_shelf *s, struct err *e)
{
	int rc = 0;

	s->now_ms = clock_mono_ms();
	if (s->poisoned)
		rc = err_set(e, EC_IO, "a part of the batch was given up");
	for (size_t i = 0; rc == 0 && i < s->ntouched; i++)
		store_w_start_files(s->touched[i]->w);
	for (size_t i = 0; rc == 0 && i < s->ntouched; i++)
		rc = store_w_sync_files(s->touched[i]->w, e);
	if (rc == 0 && s->batch.n > 0)
		rc = store_log_append(s->log, buf_str(&s->batch), e);
	if (rc < 0 || s->batch.n == 0) {
		batch_undo(s);
		return rc;
	}
	for (size_t i = 0; i < s->ntouched; i++)
		acct_logged(s, s->touched[i]);
	batch_reset(s);
	return 0;
}

/* ---- background work */

/* Commits that are due, and accounts that fell behind. Returns when the next one is. */
static int64_t
work_commits(struct store_shelf *s)
{
	int64_t next = INT64_MAX;
	struct err e = ERR_INIT;

	for (struct shelf_acct *a = s->lru_first; a != NULL; a = a->lru_next) {
		int64_t due;

		if (a->in_batch)
			continue;
		if (store_w_is_behind(a->w)) {
			due = a->retry_ms;
			if (due <= s->now_ms) {
				a->retry_ms = due = s->now_ms + RETRY_MS;
				if (acct_redo(s, a, &e) < 0)
					trouble(s, &e);
			}
		} else if (store_w_is_dirty(a->w)) {
			due = a->dirty_ms + STORE_DEFER_MS;
			if (due <= s->now_ms) {
				if (acct_commit(a, &e) < 0)
					trouble(s, &e);
				continue;
			}
		} else {
			continue;
		}
		err_clear(&e);
		next = MIN(next, due);
	}
	return next;
}

static bool
wants_checkpoint(const struct store_shelf *s, const struct shelf_acct *a)
{
	if (a->segment == 0 || a->in_batch || store_w_is_behind(a->w))
		return false;
	return a->segment < store_log_segment(s->log) || store_w_log_pages(a->w) > LIM_LOG_PAGES ||
	       s->now_ms - a->dirty_ms > IDLE_MS;
}

/* One checkpoint: each costs two syncs. */
static int64_t
work_checkpoint(struct store_shelf *s)
{
	struct err e = ERR_INIT;
	int64_t next = INT64_MAX;

	for (struct shelf_acct *a = s->lru_first; a != NULL; a = a->lru_next) {
		if (!wants_checkpoint(s, a)) {
			if (a->segment > 0)
				next = MIN(next, a->dirty_ms + IDLE_MS + 1);
			continue;
		}
		if (a->retry_ms > s->now_ms) {
			next = MIN(next, a->retry_ms);
			continue;
		}
		if (acct_checkpoint(s, a, &e) < 0) {
			trouble(s, &e);
			a->retry_ms = s->now_ms + RETRY_MS;
		} else if (a->segment > 0 && ++a->stuck > STUCK_TRIES) {
			s->blocker = store_w_lock_holder(a->w);
		} else if (a->segment == 0) {
			a->stuck = 0;
			release_segments(s);
		}
		return s->now_ms;
	}
	return next;
}

int64_t
store_shelf_work(struct store_shelf *s, int64_t now_ms)
{
	int64_t next;

	s->now_ms = now_ms;
	next = MIN(work_commits(s), work_checkpoint(s));
	if (store_log_fill(s->log))
		next = MIN(next, now_ms + FILL_MS);
	return MAX(0, MIN(next, now_ms + IDLE_MS) - now_ms);
}

bool
store_shelf_trouble(struct store_shelf *s, struct err *e)
{
	if (s->trouble.code == EC_OK)
		return false;
	*e = s->trouble;
	err_clear(&s->trouble);
	return true;
}

pid_t
store_shelf_blocker(struct store_shelf *s)
{
	pid_t pid = s->blocker;

	s->blocker = 0;
	return pid;
}
