/* Session ticket keys: a new one every hour, the older ones still open tickets until they are
 * dropped. */
#include "acmed.h"
#include "base/mem.h"
#include "crypto/seal.h"

struct tickets {
	struct secret *keys; /* TICKET_KEEP, newest first */
	unsigned n;
	int64_t since; /* when the newest was made */
};

struct tickets *
tickets_new(void)
{
	struct tickets *t = MEM_NEW(struct tickets);

	t->keys = secret_new((size_t)TICKET_KEEP * TICKET_KEY);
	return t;
}

void
tickets_free(struct tickets **tp)
{
	struct tickets *t = *tp;

	*tp = NULL;
	if (t == NULL)
		return;
	secret_free(&t->keys);
	mem_free(t);
}

static void
rotate(struct tickets *t, int64_t now)
{
	unsigned char *p = secret_p(t->keys);

	memmove(p + TICKET_KEY, p, (size_t)(TICKET_KEEP - 1) * TICKET_KEY);
	seal_random(p, TICKET_KEY);
	t->n = MIN(t->n + 1, (unsigned)TICKET_KEEP);
	t->since = now;
}

void
tickets_get(struct tickets *t, int64_t now, struct buf *out, uint32_t *seconds)
{
	/* A clock that was set back must not keep a key alive. After a long pause none of the old
	 * ones is still wanted. */
	if (t->n > 0 && (now < t->since || now - t->since >= (int64_t)TICKET_KEEP * TICKET_SECONDS))
		t->n = 0;
	if (t->n == 0 || now - t->since >= TICKET_SECONDS)
		rotate(t, now);
	buf_put(out, secret_p(t->keys), (size_t)t->n * TICKET_KEY);
	*seconds = (uint32_t)(t->since + TICKET_SECONDS - now);
}
