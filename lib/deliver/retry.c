#include "deliver/retry.h"

#include <stddef.h>

#include "base/limits.h"

void
deliver_retry_init(struct deliver_retry *r, struct loop *l, loop_fn *again, void *arg)
{
	*r = (struct deliver_retry){ .l = l, .again = again, .arg = arg };
}

static void
retry_in(struct deliver_retry *r, int64_t ms)
{
	if (r->timer == NULL)
		r->timer = loop_timer_new(r->l, r->again, r->arg);
	loop_timer_set(r->timer, ms);
}

bool
deliver_retry_may(struct deliver_retry *r, const struct err *e)
{
	int64_t now = loop_now(r->l);

	if (e->code != EC_TIMEOUT)
		return false;
	if (r->until == 0)
		r->until = now + LIM_SMTP_RETRY_TOTAL_MS;
	if (now >= r->until)
		return false;
	if (r->timer == NULL || !loop_timer_is_set(r->timer))
		retry_in(r, LIM_SMTP_RETRY_MS);
	return true;
}

void
deliver_retry_now(struct deliver_retry *r)
{
	retry_in(r, 0);
}

void
deliver_retry_done(struct deliver_retry *r)
{
	loop_timer_free(&r->timer);
}
