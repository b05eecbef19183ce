/* Arguments of the operator's commands, and which recipients they are about. */
#ifndef MOX_QUEUED_FILTER_H
#define MOX_QUEUED_FILTER_H

#include "queued.h"

enum filter_when { FILTER_NEVER, FILTER_NOW, FILTER_ADD, FILTER_AT };

/* Strings are borrowed from the arguments. */
struct filter {
	struct str verb, ids, account, from, to;
	bool has_account, has_hold, hold;
	int64_t submitted_before, submitted_after, next_before,
		next_after;    /* INT64_MAX, _MIN: any */
	int64_t msg, n;	       /* cursor: the last one that was looked at */
	int64_t limit;	       /* lines; -1: none */
	enum filter_when when; /* of schedule */
	int64_t time, id;      /* of schedule, of dump */
	uint64_t offset;       /* of dump */
	bool more;	       /* filter_run: it ended before the end */
};

int filter_parse(struct filter *f, struct str verb, const struct str *args, unsigned nargs,
		 struct err *e) __attribute__((warn_unused_result));
bool filter_fits(const struct filter *f, const struct queue_msg *m, const struct queue_rcpt *r);
/* At most LIM_QUEUE_SCAN recipients behind the cursor go to fn, which moves the cursor and asks
 * filter_fits. */
int filter_run(struct queued *d, struct filter *f, queue_list_fn *fn, void *arg, struct err *e)
	__attribute__((warn_unused_result));

#endif
