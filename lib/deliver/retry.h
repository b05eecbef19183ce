/* Within lib/deliver: a call failed because its worker went away; it is back within seconds, and
 * knows again what it has done already, so nobody need hear of it. */
#ifndef MOX_DELIVER_RETRY_H
#define MOX_DELIVER_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "event/loop.h"

struct deliver_retry {
	struct loop *l;
	struct loop_timer *timer;
	loop_fn *again;
	void *arg;
	int64_t until; /* loop time; 0: no call has failed yet */
};

/* `again` is called from the loop, to repeat all calls that wait. */
void deliver_retry_init(struct deliver_retry *r, struct loop *l, loop_fn *again, void *arg);
/* True: `again` will be called. False: give up. */
bool deliver_retry_may(struct deliver_retry *r, const struct err *e);
/* Have `again` called at once, from the loop. */
void deliver_retry_now(struct deliver_retry *r);
void deliver_retry_done(struct deliver_retry *r);

#endif
