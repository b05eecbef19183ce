/* Destinations that have work, or of which something is known. */
#include "base/clock.h"
#include "base/mem.h"
#include "queued.h"

static struct dest **
bucket(struct queued *d, int64_t id)
{
	return &d->dests[(uint64_t)id % DEST_BUCKETS];
}

bool
dest_is_near(const struct queued *d, int64_t id)
{
	return id == d->local_dest || id == QUEUE_DEST_DSN;
}

static struct dests *
list_of(struct queued *d, const struct dest *t)
{
	switch (t->list) {
	case DEST_RING:
		return dest_is_near(d, t->id) ? &d->near : &d->ring;
	case DEST_DOWN:
		return &d->down;
	case DEST_FAILING:
		return &d->failing;
	case DEST_NONE:
		break;
	}
	return NULL;
}

static void
unlist(struct queued *d, struct dest *t)
{
	struct dests *l = list_of(d, t);

	if (l != NULL)
		TAILQ_REMOVE(l, t, link);
	t->list = DEST_NONE;
}

static void
enlist(struct queued *d, struct dest *t, int list)
{
	unlist(d, t);
	t->list = list;
	TAILQ_INSERT_TAIL(list_of(d, t), t, link);
}

static void
dest_free(struct queued *d, struct dest *t)
{
	struct dest **p = bucket(d, t->id);

	while (*p != t)
		p = &(*p)->next;
	*p = t->next;
	unlist(d, t);
	mem_free(t->why);
	mem_free(t);
	d->ndests--;
}

struct dest *
dest_find(struct queued *d, int64_t id)
{
	struct dest *t = *bucket(d, id);

	while (t != NULL && t->id != id)
		t = t->next;
	return t;
}

struct dest *
dest_get(struct queued *d, int64_t id)
{
	struct dest *t = dest_find(d, id);

	if (t != NULL)
		return t;
	/* What is only remembered makes room. */
	if (d->ndests >= LIM_QUEUE_DESTS && !TAILQ_EMPTY(&d->down))
		dest_free(d, TAILQ_FIRST(&d->down));
	else if (d->ndests >= LIM_QUEUE_DESTS && !dest_is_near(d, id))
		return NULL;
	t = MEM_NEW(struct dest);
	t->id = id;
	/* Our own processes need no probing. */
	t->limit = dest_is_near(d, id) ? LIM_QUEUE_DEST : LIM_QUEUE_DEST_FIRST;
	t->next = *bucket(d, id);
	*bucket(d, id) = t;
	d->ndests++;
	return t;
}

void
dest_push(struct dest *t, int64_t msg)
{
	for (unsigned i = 0; i < t->n; i++) {
		if (t->window[(t->first + i) % LIM_QUEUE_WINDOW] == msg)
			return;
	}
	/* Order is by time: what is in the database, and not here, comes before. */
	if (t->more || t->n == LIM_QUEUE_WINDOW)
		t->more = true;
	else
		t->window[(t->first + t->n++) % LIM_QUEUE_WINDOW] = msg;
}

void
dest_settle(struct queued *d, struct dest *t)
{
	if (t->why != NULL) {
		if (t->list != DEST_FAILING)
			enlist(d, t, DEST_FAILING);
	} else if (t->n > 0 || t->more) {
		if (t->inflight >= t->limit)
			unlist(d, t);
		else if (t->list != DEST_RING)
			enlist(d, t, DEST_RING);
	} else if (t->inflight > 0) {
		unlist(d, t);
	} else if (t->is_down && clock_now() < t->down_since + LIM_QUEUE_DOWN_S) {
		if (t->list != DEST_DOWN)
			enlist(d, t, DEST_DOWN);
	} else {
		dest_free(d, t);
	}
}

/* Strings behind the struct, in one piece. */
static struct queue_result *
result_copy(const struct queue_result *r)
{
	const struct str *from[] = { &r->ecode, &r->text, &r->mx, &r->ip };
	size_t n = sizeof(*r);
	struct queue_result *c;
	char *p;

	for (size_t i = 0; i < ARRAY_LEN(from); i++)
		n += from[i]->n;
	c = mem_zalloc(1, n);
	*c = *r;
	p = (char *)(c + 1);
	struct str *to[] = { &c->ecode, &c->text, &c->mx, &c->ip };

	for (size_t i = 0; i < ARRAY_LEN(from); i++) {
		if (from[i]->n > 0)
			memcpy(p, from[i]->p, from[i]->n);
		*to[i] = str_mem(p, from[i]->n);
		p += from[i]->n;
	}
	return c;
}

void
dest_result(struct queued *d, struct dest *t, const struct queue_result *why, int64_t began)
{
	(void)d;
	if (why == NULL) {
		t->is_down = false;
		t->limit = MIN(t->limit * 2, LIM_QUEUE_DEST);
		return;
	}
	t->is_down = true;
	t->down_since = clock_now();
	t->limit = 1;
	if (t->n == 0 && !t->more)
		return;
	mem_free(t->why);
	t->why = result_copy(why);
	t->fail_until = began;
}

void
dests_free(struct queued *d)
{
	for (size_t i = 0; i < DEST_BUCKETS; i++) {
		while (d->dests[i] != NULL)
			dest_free(d, d->dests[i]);
	}
}
