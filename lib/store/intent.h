/*
 * The intent log of one deliverd worker: what a batch of operations, for any of its accounts, needs
 * to be done again. One append and one fdatasync make a batch durable; the databases follow at
 * leisure and are only synced when a segment is to be used again.
 *
 * Segments are files "<worker>.<slot>" of LIM_LOG_SEGMENT bytes, filled with zeros ahead of use and
 * then recycled, so that a sync has no file system metadata to write. A segment begins with a
 * header (random salt, number, first record number); its key is derived from the log key and the
 * salt, so nothing of its previous life authenticates. Records are AES-256-GCM with random nonces,
 * bound to segment, position and number. A failed append is overwritten by the next one, in place;
 * or, when a new segment is begun, taken back by that segment's first record number.
 *
 * SECURITY: files that somebody may have altered. Worst case: records are missing, which is
 * reported.
 */
#ifndef MOX_STORE_INTENT_H
#define MOX_STORE_INTENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct store_log;

/* `dir` is the log folder (duplicated). Reads headers only. */
struct store_log *store_log_open(int dir, unsigned worker, const unsigned char key[32],
				 struct err *e);
void store_log_close(struct store_log **l);

/* Each operation in order: called with what store_log_put was given. -1 ends the reading with
 * *e. */
typedef int store_log_fn(void *arg, struct str account, uint64_t seq, struct str op, struct err *e);
struct store_log_report {
	unsigned segments, records;
	unsigned torn;	  /* a last record that was being written: not an error */
	unsigned corrupt; /* records, or whole segments, that are damaged */
};
int store_log_read(struct store_log *l, store_log_fn *fn, void *arg, struct store_log_report *r,
		   struct err *e) __attribute__((warn_unused_result));

/* Add an operation to a batch. */
void store_log_put(struct buf *batch, struct str account, uint64_t seq, struct str op);
/* Make a batch durable. On failure nothing of it will be read again unless the process dies
 * before the next append. */
int store_log_append(struct store_log *l, struct str batch, struct err *e)
	__attribute__((warn_unused_result));
/* Number of the segment that the last append went to; from 1. */
uint64_t store_log_segment(const struct store_log *l);
/* Segments before `no` are not needed any more. UINT64_MAX: none is. */
void store_log_release(struct store_log *l, uint64_t no);
/* Is there a segment before the current one? */
uint64_t store_log_oldest(const struct store_log *l);
/* Fill ahead by one step. True when there is more to do. Failure is not an error: append will
 * see it. */
bool store_log_fill(struct store_log *l);

/* Remove the files of a worker that is no more; after everything in them was done. */
int store_log_remove(int dir, unsigned worker, struct err *e) __attribute__((warn_unused_result));

/* For tests and the fuzz harness: operations of one decrypted record. -1 when it is malformed. */
int store_log_parse(struct str record, store_log_fn *fn, void *arg, struct err *e)
	__attribute__((warn_unused_result));

#endif
