#include "imap/imap.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

static int
cmp_range(const void *a, const void *b)
{
	const struct imap_range *x = a, *y = b;

	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

/* Order and merge ranges that overlap or touch. */
static void
normalise(struct imap_set *s)
{
	unsigned n = 0;

	for (unsigned i = 1; i < s->n; i++)
		if (s->v[i].lo < s->v[i - 1].lo) {
			qsort(s->v, s->n, sizeof(*s->v), cmp_range);
			break;
		}
	for (unsigned i = 0; i < s->n; i++) {
		if (n > 0 && (s->v[n - 1].hi == UINT32_MAX || s->v[i].lo <= s->v[n - 1].hi + 1))
			s->v[n - 1].hi = MAX(s->v[n - 1].hi, s->v[i].hi);
		else
			s->v[n++] = s->v[i];
	}
	s->n = n;
}

/* With `clip`, numbers over max are left out where the range has a star, else they make it fail. */
static int
resolve(struct imap_set *s, uint32_t max, bool clip)
{
	unsigned n = 0;
	struct imap_range r;
	bool star;

	for (unsigned i = 0; i < s->n; i++) {
		r = s->v[i];
		star = r.lo == IMAP_STAR || r.hi == IMAP_STAR;
		if (star && max == 0)
			continue;
		if (r.lo == IMAP_STAR)
			r.lo = max;
		if (r.hi == IMAP_STAR)
			r.hi = max;
		if (r.lo > r.hi)
			r = (struct imap_range){ r.hi, r.lo };
		if (clip && r.hi > max) {
			if (!star)
				return -1;
			r.hi = max; /* the star itself: lo is max then */
		}
		s->v[n++] = r;
	}
	s->n = n;
	normalise(s);
	return 0;
}

void
imap_set_resolve(struct imap_set *s, uint32_t max)
{
	int r = resolve(s, max, false);

	assert(r == 0);
}

int
imap_set_resolve_seq(struct imap_set *s, uint32_t max)
{
	return resolve(s, max, true);
}

bool
imap_set_has(const struct imap_set *s, uint32_t n)
{
	unsigned lo = 0, hi = s->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (s->v[mid].hi < n)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->n && s->v[lo].lo <= n;
}

void
imap_ranges_add(struct buf *b, uint32_t n)
{
	struct imap_range r = { n, n }, *last;
	struct str s = buf_str(b);

	if (s.n > 0) {
		last = (struct imap_range *)(void *)(b->p + b->off + b->n - sizeof(r));
		if (last->hi + 1 == n) {
			last->hi = n;
			return;
		}
	}
	buf_put(b, &r, sizeof(r));
}

struct imap_set
imap_ranges_set(const struct buf *b)
{
	assert(b->n % sizeof(struct imap_range) == 0);
	return (struct imap_set){ .v = (struct imap_range *)(void *)(b->p + b->off),
				  .n = (unsigned)(b->n / sizeof(struct imap_range)) };
}

void
imap_put_set(struct buf *b, const struct imap_set *s)
{
	for (unsigned i = 0; i < s->n; i++) {
		if (i > 0)
			buf_putc(b, ',');
		imap_put_u32(b, s->v[i].lo);
		if (s->v[i].hi != s->v[i].lo) {
			buf_putc(b, ':');
			imap_put_u32(b, s->v[i].hi);
		}
	}
}
