/* Rows of a set of UIDs, batch by batch. */
#include "imapd.h"

void
rows_init(struct rows *s, struct conn *c, struct imap_set set, unsigned batch)
{
	*s = (struct rows){ .c = c, .set = set, .batch = batch };
	s->v = arena_alloc(c->arena, batch * sizeof(*s->v));
}

static bool
on_row(void *arg, const struct store_row *r)
{
	struct rows *s = arg;

	s->scanned++;
	s->last = r->uid;
	if (imap_set_has(&s->set, r->uid))
		s->v[s->n++] = *r;
	return true;
}

/* One query covers ranges with small gaps. */
static int
load(struct rows *s, struct err *e)
{
	const struct imap_set *set = &s->set;
	unsigned j;
	uint32_t lo;

	s->n = s->i = 0;
	while (s->n == 0 && s->range < set->n) {
		lo = MAX(s->from, set->v[s->range].lo);
		for (j = s->range;
		     j + 1 < set->n && set->v[j + 1].lo - set->v[j].hi <= LIM_IMAP_GAP; j++)
			;
		s->scanned = 0;
		if (store_rows(s->c->acct->store, s->c->sel->id, lo, set->v[j].hi, s->batch, on_row,
			       s, e) != 0)
			return -1;
		if (s->scanned < s->batch || s->last == UINT32_MAX) {
			s->range = j + 1;
			continue;
		}
		s->from = s->last + 1;
		while (s->range < set->n && set->v[s->range].hi < s->from)
			s->range++;
	}
	return 0;
}

bool
rows_is_empty(const struct rows *s)
{
	return s->i == s->n;
}

int
rows_next(struct rows *s, struct store_row **r, uint32_t *seq, struct err *e)
{
	int64_t i;

	do {
		if (s->i == s->n && load(s, e) != 0)
			return -1;
		if (s->n == 0)
			return 0;
		*r = &s->v[s->i++];
		i = selected_find(s->c->sel, (*r)->uid, s->hint);
	} while (i < 0); /* a message that the client does not know of */
	s->hint = (uint32_t)i + 1;
	*seq = (uint32_t)i + 1;
	return 1;
}
