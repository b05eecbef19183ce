/* Counts in memory: all of a filter's, or those that a batch has changed. */
#include "junk/junk_filter.h"

enum { FIRST_CAP = 1024 };

void
junk_counts_done(struct junk_counts *c)
{
	mem_free(c->slots);
	mem_free(c->dirty);
	*c = (struct junk_counts){ 0 };
}

static struct junk_slot *
slot_of(const struct junk_counts *c, uint64_t hash)
{
	size_t i = hash & (c->cap - 1);

	while (c->slots[i].hash != 0 && c->slots[i].hash != hash)
		i = (i + 1) & (c->cap - 1);
	return &c->slots[i];
}

struct junk_slot *
junk_counts_find(const struct junk_counts *c, uint64_t hash)
{
	struct junk_slot *s = c->cap > 0 ? slot_of(c, hash) : NULL;

	return s != NULL && s->hash != 0 ? s : NULL;
}

static void
grow(struct junk_counts *c)
{
	struct junk_slot *old = c->slots;
	size_t n = c->cap;

	c->cap = n > 0 ? n * 2 : FIRST_CAP;
	c->slots = mem_zalloc(c->cap, sizeof(*c->slots));
	for (size_t i = 0; i < n; i++)
		if (old[i].hash != 0)
			*slot_of(c, old[i].hash) = old[i];
	mem_free(old);
}

struct junk_slot *
junk_counts_get(struct junk_counts *c, uint64_t hash)
{
	struct junk_slot *s;

	if (c->n + 1 > c->cap / 2)
		grow(c);
	s = slot_of(c, hash);
	if (s->hash == 0) {
		s->hash = hash;
		c->n++;
	}
	return s;
}

void
junk_counts_touch(struct junk_counts *c, struct junk_slot *s)
{
	if (s->is_dirty)
		return;
	s->is_dirty = true;
	if (c->ndirty == c->dirty_cap) {
		c->dirty_cap = c->dirty_cap > 0 ? c->dirty_cap * 2 : FIRST_CAP;
		c->dirty = mem_resize(c->dirty, c->dirty_cap, sizeof(*c->dirty));
	}
	c->dirty[c->ndirty++] = s->hash;
}
