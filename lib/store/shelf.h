/*
 * All accounts of one deliverd worker: those that are open, the intent log, and group commit.
 * Operations are applied as they come; store_shelf_flush makes all of them durable with one sync;
 * only then may they be answered.
 *
 * What is durable is visible to readers at once for accounts that somebody reads (pinned), and
 * within STORE_DEFER_MS for others: their commits are collected, since the log already has what
 * they hold.
 */
#ifndef MOX_STORE_SHELF_H
#define MOX_STORE_SHELF_H

#include "store/intent.h"
#include "store/writer.h"

enum { STORE_DEFER_MS = 300 };

struct store_shelf;

/* What happened at start, for the log. */
struct store_shelf_start {
	struct store_log_report log;
	unsigned redone;  /* operations that were not in their database yet */
	unsigned gaps;	  /* operations whose predecessors are missing */
	unsigned refused; /* operations that could not be applied */
};

/* Opens the worker's log below `log` and does what it holds again in the accounts below
 * `accounts` (both descriptors stay the caller's, open as long as the shelf). Fails when that
 * can't be done now (disk full). */
struct store_shelf *store_shelf_open(int accounts, int log, unsigned worker,
				     const unsigned char key[32], struct store_shelf_start *start,
				     struct err *e);
/* The log of another worker that is no more: done again, then removed. */
int store_shelf_adopt(int accounts, int log, unsigned worker, const unsigned char key[32],
		      struct store_shelf_start *start, struct err *e)
	__attribute__((warn_unused_result));
/* Commit, checkpoint, release the log. */
void store_shelf_close(struct store_shelf **s);
/* As if the process had died: what is not committed is only in the log. */
void store_shelf_drop(struct store_shelf **s);

/* The account, opened when it is not. Borrowed until the next get, work or close, unless pinned. */
struct store_w *store_shelf_get(struct store_shelf *s, struct str account, struct err *e);
/* Likewise for somebody who only reads: also when the disk is full or read-only and what is logged
 * can't be committed yet. No operation may be applied to it. */
struct store_w *store_shelf_get_for_reader(struct store_shelf *s, struct str account,
					   struct err *e);
/* The account is no more, or will get other keys: new messages need keys first. */
void store_shelf_forget_keys(struct store_shelf *s, struct str account);
/* Somebody reads it: keep it open, and commit at each flush. Pins count. */
void store_shelf_pin(struct store_shelf *s, struct store_w *w);
void store_shelf_unpin(struct store_shelf *s, struct str account);
/* Commit what is durable, so that a reader who opens the account now sees it. */
int store_shelf_publish(struct store_shelf *s, struct store_w *w, struct err *e)
	__attribute__((warn_unused_result));

/* Apply an operation to w. On success it is part of the batch. */
int store_shelf_apply(struct store_shelf *s, struct store_w *w, struct str op,
		      struct store_result *r, struct err *e) __attribute__((warn_unused_result));
/* What was applied can't be answered as it should: the next flush fails, and none of it happened.
 */
void store_shelf_spoil(struct store_shelf *s);
/* Is there anything to flush? Bytes of it. */
size_t store_shelf_pending(const struct store_shelf *s);
/* All operations since the last flush become durable (0), or none of them happened (-1). */
int store_shelf_flush(struct store_shelf *s, struct err *e) __attribute__((warn_unused_result));
/* One bounded piece of background work (commits that wait, a checkpoint, room in the log).
 * Milliseconds until the next call is wanted. Errors are kept for store_shelf_trouble. */
int64_t store_shelf_work(struct store_shelf *s, int64_t now_ms);
/* The last error of background work, once; 0 when there was none. */
bool store_shelf_trouble(struct store_shelf *s, struct err *e);
/* A process that kept a database locked, once; 0 for none. */
pid_t store_shelf_blocker(struct store_shelf *s);
/* Accounts that are open. */
unsigned store_shelf_count(const struct store_shelf *s);

#endif
