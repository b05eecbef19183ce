/* Within lib/deliver: a call failed because its worker went away; it is back within seconds, and
 * knows again what it has done already, so nobody need hear of it. */
#ifndef MOX_DELIVER_RETRY_H
#define MOX_DELIVER_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "event/loop.h"

struct retry {
	struct loop *l;
	struct loop_timer *timer;
	loop_fn *again;
	void *arg;
	int64_t until;	/* loop time; 0: no call has failed yet */
};

/* `again` is called from the loop, to repeat all calls that wait. */
void retry_init(struct retry *r, struct loop *l, loop_fn *again, void *arg);
/* True: `again` will be called. False: give up. */
bool retry_may(struct retry *r, const struct err *e);
/* Have `again` called at once, from the loop. */
void retry_now(struct retry *r);
void retry_done(struct retry *r);

#endif
