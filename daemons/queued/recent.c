/*
 * Transactions of the last minute or two, with the numbers that their messages got: a request that
 * comes again, since its answer was lost with a process, finds its message here, be it delivered
 * or not. Two tables, of this minute and of the one before.
 */
#include "base/mem.h"
#include "queued.h"

struct entry {
	uint64_t txn;
	int64_t id; /* 0: free */
};
struct table {
	struct entry *v;
	size_t n, cap; /* cap a power of two */
};
struct recent {
	struct table now, before;
	int64_t since;
};

static size_t
slot(const struct table *t, uint64_t txn)
{
	size_t i = (size_t)((txn * 0x9e3779b97f4a7c15u) >> 20) & (t->cap - 1);

	while (t->v[i].id != 0 && t->v[i].txn != txn)
		i = (i + 1) & (t->cap - 1);
	return i;
}

static void
grow(struct table *t)
{
	struct table big = { .cap = t->cap > 0 ? t->cap * 2 : 256 };

	big.v = mem_zalloc(big.cap, sizeof(*big.v));
	for (size_t i = 0; i < t->cap; i++) {
		if (t->v[i].id != 0)
			big.v[slot(&big, t->v[i].txn)] = t->v[i];
	}
	big.n = t->n;
	mem_free(t->v);
	*t = big;
}

struct recent *
recent_new(void)
{
	return MEM_NEW(struct recent);
}

void
recent_free(struct recent **r)
{
	if (*r == NULL)
		return;
	mem_free((*r)->now.v);
	mem_free((*r)->before.v);
	mem_free(*r);
	*r = NULL;
}

static void
turn(struct recent *r, int64_t now)
{
	if (r->now.n < LIM_QUEUE_RECENT && now >= r->since && now < r->since + LIM_QUEUE_RECENT_S)
		return;
	mem_free(r->before.v);
	r->before = r->now;
	r->now = (struct table){ 0 };
	r->since = now;
}

void
recent_put(struct recent *r, uint64_t txn, int64_t id, int64_t now)
{
	struct entry *e;

	turn(r, now);
	if (r->now.n * 2 >= r->now.cap)
		grow(&r->now);
	e = &r->now.v[slot(&r->now, txn)];
	r->now.n += e->id == 0;
	*e = (struct entry){ txn, id };
}

static int64_t
table_find(const struct table *t, uint64_t txn)
{
	return t->cap > 0 ? t->v[slot(t, txn)].id : 0;
}

int64_t
recent_find(struct recent *r, uint64_t txn, int64_t now)
{
	int64_t id;

	turn(r, now);
	id = table_find(&r->now, txn);
	return id != 0 ? id : table_find(&r->before, txn);
}
