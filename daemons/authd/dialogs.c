/* A table of slots; a number is generation and slot. All wait equally long, so a queue in the order
 * of their beginning is one in the order of their end. */
#include <sys/queue.h>

#include "auth/sasl.h"
#include "base/clock.h"
#include "base/mem.h"
#include "try.h"

struct slot {
	TAILQ_ENTRY(slot) link;
	struct dialog g;
	uint32_t index;
	uint64_t id; /* 0: free */
	enum role role;
	unsigned num;
	int64_t until;
};

TAILQ_HEAD(slots, slot);

struct dialogs {
	struct slot **v;
	uint32_t n, gen;
	size_t count;
	struct slots waiting, unused;
	unsigned of_worker[ROLE_COUNT][LIM_WORKERS];
	struct loop_timer *timer;
	int64_t life_ms;
};

void
dialog_clear(struct dialog *g)
{
	if (g->t != NULL)
		try_free(g->t);
	auth_scram_free(&g->scram);
	buf_done(&g->challenge);
	*g = (struct dialog){ .t = NULL };
}

/* The slot gives up what it holds, which the caller has taken or cleared. */
static void
give_back(struct dialogs *d, struct slot *s)
{
	TAILQ_REMOVE(&d->waiting, s, link);
	TAILQ_INSERT_HEAD(&d->unused, s, link);
	s->id = 0;
	d->of_worker[s->role][s->num]--;
	d->count--;
}

static void
on_timer(void *arg)
{
	struct dialogs *d = arg;
	int64_t now = clock_mono_ms();
	struct slot *s;

	while ((s = TAILQ_FIRST(&d->waiting)) != NULL && s->until <= now) {
		dialog_clear(&s->g);
		give_back(d, s);
	}
	if (s != NULL)
		loop_timer_set(d->timer, s->until - now);
}

struct dialogs *
dialogs_new(struct svc *s, int64_t life_ms)
{
	struct dialogs *d = MEM_NEW(struct dialogs);

	d->life_ms = life_ms;
	TAILQ_INIT(&d->waiting);
	TAILQ_INIT(&d->unused);
	seal_random(&d->gen, sizeof(d->gen));
	d->timer = loop_timer_new(svc_loop(s), on_timer, d);
	return d;
}

void
dialogs_free(struct dialogs **dp)
{
	struct dialogs *d = *dp;

	*dp = NULL;
	if (d == NULL)
		return;
	for (uint32_t i = 0; i < d->n; i++) {
		dialog_clear(&d->v[i]->g);
		mem_free(d->v[i]);
	}
	mem_free(d->v);
	loop_timer_free(&d->timer);
	mem_free(d);
}

static struct slot *
slot_new(struct dialogs *d)
{
	struct slot *s = TAILQ_FIRST(&d->unused);

	if (s != NULL) {
		TAILQ_REMOVE(&d->unused, s, link);
		return s;
	}
	s = MEM_NEW(struct slot);
	d->v = mem_resize(d->v, d->n + 1, sizeof(struct slot *));
	d->v[d->n] = s;
	s->index = d->n++;
	return s;
}

uint64_t
dialogs_put(struct dialogs *d, enum role role, unsigned num, const struct dialog *g)
{
	struct slot *s;

	if (d->of_worker[role][num] >= LIM_AUTH_DIALOGS)
		return 0;
	s = slot_new(d);
	s->g = *g;
	s->role = role;
	s->num = num;
	s->id = (uint64_t)++d->gen << 32 | (s->index + 1);
	s->until = clock_mono_ms() + d->life_ms;
	TAILQ_INSERT_TAIL(&d->waiting, s, link);
	d->of_worker[role][num]++;
	d->count++;
	if (!loop_timer_is_set(d->timer))
		loop_timer_set(d->timer, d->life_ms);
	return s->id;
}

bool
dialogs_take(struct dialogs *d, enum role role, unsigned num, uint64_t id, struct dialog *g)
{
	uint32_t index = (uint32_t)id - 1;
	struct slot *s = id != 0 && index < d->n ? d->v[index] : NULL;

	if (s == NULL || s->id != id || s->role != role || s->num != num)
		return false;
	*g = s->g;
	s->g = (struct dialog){ .t = NULL };
	give_back(d, s);
	return true;
}

void
dialogs_end_worker(struct dialogs *d, enum role role, unsigned num)
{
	for (uint32_t i = 0; i < d->n; i++) {
		struct slot *s = d->v[i];

		if (s->id == 0 || s->role != role || s->num != num)
			continue;
		dialog_clear(&s->g);
		give_back(d, s);
	}
}

size_t
dialogs_count(const struct dialogs *d)
{
	return d->count;
}
