/*
 * What the `mox queue` commands share: filters, and questions to queued that are answered in pages.
 * daemons/queued/queued.h says what is asked and answered.
 */
#ifndef MOX_MOX_QUEUE_H
#define MOX_MOX_QUEUE_H

#include <stdint.h>

#include "base/buf.h"
#include "mox.h"

/* ---- filters (queue_filter.c) */

struct queue_filter {
	const char *ids, *account, *from, *to, *submitted, *next, *hold; /* as given; NULL */
};
enum { QUEUE_FILTER_FLAGS = 7, QUEUE_ARGS = 12 };
/* Flags for mox_args that fill `f`. */
void queue_filter_flags(struct queue_filter *f, struct mox_flag flags[QUEUE_FILTER_FLAGS]);
bool queue_filter_is_empty(const struct queue_filter *f);
/* mox_args for commands that take filters and nothing else. */
int queue_filter_args(struct mox *m, int *argc, char ***argv, const struct mox_flag *flags,
		      size_t nflags) __attribute__((warn_unused_result));

/* Arguments of a question, "key=value" each. */
struct queue_args {
	struct buf v[QUEUE_ARGS];
	unsigned n;
};
/* The filter as arguments; times are counted from `now`. */
int queue_args_filter(struct queue_args *a, const struct queue_filter *f, int64_t now,
		      struct err *e) __attribute__((warn_unused_result));
void queue_args_add(struct queue_args *a, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void queue_args_done(struct queue_args *a);

/* ---- questions (queue_ask.c) */

/* Ask again and again, each time behind the cursor of the last answer. `fn` gets each line; false
 * ends it. With `limit` (0: none) no more lines than that are asked for. */
typedef bool queue_line_fn(void *arg, struct str line);
int queue_ask(const struct mox *m, const char *verb, const struct queue_args *a, uint64_t limit,
	      queue_line_fn *fn, void *arg, struct err *e) __attribute__((warn_unused_result));

/* ---- rows of `list` (queue_row.c) */

struct queue_row {
	uint64_t id, number, size, attempts, code;
	uint64_t created, last, next; /* seconds since 1970; 0: none */
	bool hold;
	struct str state, account, sender, recipient, mid, ecode, text, mx;
};
/* Borrows from the line. */
int queue_row_parse(struct str line, struct queue_row *r) __attribute__((warn_unused_result));
void queue_row_print_head(void);
void queue_row_print(const struct queue_row *r, int64_t now);
void queue_row_print_json(const struct queue_row *r);

#endif
