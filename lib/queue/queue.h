/*
 * The queue at rest: messages that wait for their recipients to have an outcome, in DataDir/queue.
 * Tables, files, keys, transactions; no loop, no policy. mox-queue(7) says what is stored how.
 *
 * One process writes. Nothing is plaintext: addresses, messages and results are sealed under keys
 * of the message, domains are keyed hashes. What can't be opened is EC_CORRUPT for that message
 * alone.
 *
 * SECURITY: messages and addresses come from outside; files may have been altered by whoever can
 * write them. Worst case is the loss of a message.
 */
#ifndef MOX_QUEUE_QUEUE_H
#define MOX_QUEUE_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/seal.h"

struct queue;

/* `dir` is DataDir/queue. Makes what is missing. EC_DENIED when it was made with another key. */
struct queue *queue_open(int dir, const unsigned char key[SEAL_KEY], struct err *e);
void queue_close(struct queue **q);

/* A message, without its bytes. From queue_msg_get, strings are in the caller's arena. */
struct queue_msg {
	int64_t id, created;
	uint64_t txn, size; /* size without what stands in front */
	uint32_t flags;	    /* of QUEUE_ADD */
	struct str account, login, sender, ip, helo;
	unsigned char key[SEAL_KEY]; /* seals all that belongs to it */
	unsigned char file_key[SEAL_KEY];
};

/* What came of the last attempt. */
struct queue_result {
	int64_t at; /* 0: there was none */
	unsigned code;
	bool is_lost; /* the process that made the attempt died: nobody knows */
	struct str ecode, text, mx, ip;
};

struct queue_rcpt {
	int64_t msg;
	uint32_t n; /* number within the message, from 0 */
	int64_t dest, next;
	unsigned attempts;
	bool hold;
	struct str addr;
	struct queue_result last;
};

/* Destination of a domain (any form, case folded by the caller): a keyed hash. */
int64_t queue_dest(const struct queue *q, struct str domain);
/* Recipients that failed for good have this one: what is due is the notification. */
enum { QUEUE_DEST_DSN = 0 };
/* Added to `next` while an attempt is under way, whose result `next` expects. */
#define QUEUE_CLAIMED (1LL << 40)

/* ---- schedule.c */

/* Seconds from the n-th failed attempt (from 1) to the next; `chance` is random. */
int64_t queue_gap(unsigned attempts, uint32_t chance);

/* ---- add.c: a message that is being taken over. Bytes are sealed as they come; large ones go to a
 * file at once. */

struct queue_new;
struct queue_new *queue_new(struct queue *q, uint64_t size, struct err *e);
int64_t queue_new_id(const struct queue_new *n);
int queue_new_put(struct queue_new *n, struct str bytes, struct err *e)
	__attribute__((warn_unused_result));
/* All bytes are there. `m` gets id, size and keys; `prefix` is what stands in front of the message.
 * A file is synced here. */
int queue_new_finish(struct queue_new *n, struct queue_msg *m, struct str prefix, struct err *e)
	__attribute__((warn_unused_result));
/* In a transaction. */
int queue_add(struct queue *q, struct queue_new *n, const struct queue_rcpt *v, size_t nv,
	      struct err *e) __attribute__((warn_unused_result));
/* `kept`: it was committed; else its file is removed. */
void queue_new_free(struct queue_new **n, bool kept);

/* ---- change.c: everything of a batch is one transaction. */

/* With `sync` the commit, and what was committed before it, survives a power cut; else the end of
 * the process only. */
int queue_begin(struct queue *q, bool sync, struct err *e) __attribute__((warn_unused_result));
/* -1: nothing of the transaction happened. */
int queue_commit(struct queue *q, struct err *e) __attribute__((warn_unused_result));
void queue_rollback(struct queue *q);
/* A change of nothing, so that a commit with `sync` has something to sync. */
int queue_touch(struct queue *q, struct err *e) __attribute__((warn_unused_result));
/* An attempt begins: r's attempts and (with QUEUE_CLAIMED) next. */
int queue_claim(struct queue *q, const struct queue_rcpt *r, struct err *e)
	__attribute__((warn_unused_result));
/* r's dest, next, attempts and result; nothing when the row is gone. */
int queue_rcpt_set(struct queue *q, const struct queue_msg *m, const struct queue_rcpt *r,
		   struct err *e) __attribute__((warn_unused_result));
/* Done with it; with the last recipient the message goes. */
int queue_rcpt_del(struct queue *q, int64_t msg, uint32_t n, struct err *e)
	__attribute__((warn_unused_result));
int queue_hold(struct queue *q, int64_t msg, uint32_t n, bool hold, struct err *e)
	__attribute__((warn_unused_result));
/* Hold all of a message; *rows: how many there were. */
int queue_set_aside(struct queue *q, int64_t msg, uint64_t *rows, struct err *e)
	__attribute__((warn_unused_result));
int queue_reschedule(struct queue *q, int64_t msg, uint32_t n, int64_t next, struct err *e)
	__attribute__((warn_unused_result));
/* It failed: a notification is due. */
int queue_give_up(struct queue *q, int64_t msg, uint32_t n, int64_t now, struct err *e)
	__attribute__((warn_unused_result));
/* Attempts that were under way when the last writer died are due at `next`. */
int queue_recover(struct queue *q, int64_t next, uint64_t *count, struct err *e)
	__attribute__((warn_unused_result));
/* Copy the log into the database when it is long, or in any case. */
int queue_checkpoint(struct queue *q, bool force, struct err *e)
	__attribute__((warn_unused_result));
/* Remove files without a message, a few names a call; false when all were looked at. */
bool queue_sweep(struct queue *q, unsigned max);

/* ---- read.c. Callbacks must not call functions of the queue. */

/* EC_NOTFOUND, EC_CORRUPT. */
int queue_msg_get(struct queue *q, int64_t id, struct arena *a, struct queue_msg *m, struct err *e)
	__attribute__((warn_unused_result));
/* At most *n recipients of a message that are not held, have this destination and are due at
 * `now`. */
int queue_due_rcpts(struct queue *q, const struct queue_msg *m, int64_t dest, int64_t now,
		    struct arena *a, struct queue_rcpt *v, size_t *n, struct err *e)
	__attribute__((warn_unused_result));
/* What stands in front, and the message: as `plain` (*fd -1), or as a file under m->file_key. */
int queue_body(struct queue *q, const struct queue_msg *m, struct buf *prefix, struct buf *plain,
	       int *fd, struct err *e) __attribute__((warn_unused_result));

/* A place in the order of times. */
struct queue_pos {
	int64_t next, msg;
	uint32_t n;
};
/* False ends the pass; the row counts as not seen. */
typedef bool queue_due_fn(void *arg, const struct queue_pos *at, int64_t dest);
/* At most `max` recipients behind *pos that are due at `until`, in order of time; *pos is moved.
 * *more: it ended for another reason than that there are no more. */
int queue_scan(struct queue *q, struct queue_pos *pos, int64_t until, unsigned max,
	       queue_due_fn *fn, void *arg, bool *more, struct err *e)
	__attribute__((warn_unused_result));
/* Likewise of one destination, from the first. */
int queue_scan_dest(struct queue *q, int64_t dest, int64_t until, unsigned max, queue_due_fn *fn,
		    void *arg, bool *more, struct err *e) __attribute__((warn_unused_result));
/* The first time behind *pos; INT64_MAX when there is none. */
int queue_next_due(struct queue *q, const struct queue_pos *pos, int64_t *next, struct err *e)
	__attribute__((warn_unused_result));

/* All recipients behind (msg, n), ordered by these, at most `max`; only of message `only`, unless
 * that is 0. `m` and `r` are borrowed; damaged ones have empty strings and an error. False ends the
 * pass. */
typedef bool queue_list_fn(void *arg, const struct queue_msg *m, const struct queue_rcpt *r,
			   const struct err *damage);
int queue_list(struct queue *q, int64_t msg, int64_t n, int64_t only, unsigned max,
	       queue_list_fn *fn, void *arg, struct err *e) __attribute__((warn_unused_result));
/* Messages that came since then: their transaction and number. */
int queue_recent(struct queue *q, int64_t since, void (*fn)(void *arg, uint64_t txn, int64_t id),
		 void *arg, struct err *e) __attribute__((warn_unused_result));
struct queue_counts {
	int64_t messages, rcpts, held;
};
int queue_count(struct queue *q, struct queue_counts *c, struct err *e)
	__attribute__((warn_unused_result));

/* ---- verify.c */

typedef void queue_verify_fn(void *arg, struct str problem);
struct queue_verify_sums {
	uint64_t messages, rcpts, files, bytes, problems;
};
/* Is it consistent, and does everything authenticate? The server may be running. `key` NULL:
 * without opening what is sealed. -1 when the database can't be read at all. */
int queue_verify(int dir, const unsigned char *key, queue_verify_fn *fn, void *arg,
		 struct queue_verify_sums *sums, struct err *e) __attribute__((warn_unused_result));

#endif
