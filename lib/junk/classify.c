/*
 * From counts to a probability. As mox, a token's spaminess is its share of spam against that of
 * ham, kept away from 0 and 1 by MaxPower, and the strongest TopWords of either kind add up as log
 * odds. Three things are done otherwise, each because it was measured to be better:
 *  - rare tokens are drawn to the middle by smoothing, in proportion to how rare they are;
 *  - the sum is divided by the root of the number of tokens: words of a text depend on each other,
 *    and sums that take them as independent are sure where they are wrong;
 *  - ham lost is worse than spam let through, so the odds start against spam.
 */
#include <math.h>
#include <stdlib.h>

#include "junk/junk_int.h"

#define SMOOTH (1 / 30.0) /* sightings that everything had before, for each of RareWords */
#define SMOOTH_MIN 0.01
#define AGAINST 1.6 /* log odds at the start */
#define POWER_MIN 1e-6

static double
spaminess(const struct junk_params *p, struct junk_count total, struct junk_count c)
{
	double a = fmax(SMOOTH * p->rare_words, SMOOTH_MIN);
	double spam = (c.spam + a) / (total.spam + 2 * a), ham = (c.ham + a) / (total.ham + 2 * a);
	double r = spam / (spam + ham), power = fmax(p->max_power, POWER_MIN);

	return fmin(fmax(r, power), 1 - power);
}

/* The strongest `max`, as a heap with the weakest on top. */
struct top {
	struct junk_weight *w;
	size_t n, max;
};

static double
strength(const struct junk_weight *w)
{
	return fabs(w->spaminess - 0.5);
}

/* Strongest first; the hash makes the order, and so the result, one. */
static int
weight_cmp(const void *a, const void *b)
{
	const struct junk_weight *x = a, *y = b;
	double d = strength(y) - strength(x);

	if (d != 0)
		return d < 0 ? -1 : 1;
	return x->hash < y->hash ? -1 : x->hash > y->hash;
}

static void
sift_down(struct top *t)
{
	size_t i = 0, k;

	while ((k = 2 * i + 1) < t->n) {
		struct junk_weight w = t->w[i];

		if (k + 1 < t->n && weight_cmp(&t->w[k + 1], &t->w[k]) > 0)
			k++;
		if (weight_cmp(&t->w[k], &w) <= 0)
			return;
		t->w[i] = t->w[k];
		t->w[k] = w;
		i = k;
	}
}

static void
sift_up(struct top *t)
{
	for (size_t i = t->n - 1, up; i > 0; i = up) {
		struct junk_weight w = t->w[i];

		up = (i - 1) / 2;
		if (weight_cmp(&w, &t->w[up]) <= 0)
			return;
		t->w[i] = t->w[up];
		t->w[up] = w;
	}
}

static void
top_put(struct top *t, const struct junk_weight *w)
{
	if (t->n < t->max) {
		t->w[t->n++] = *w;
		sift_up(t);
	} else if (t->max > 0 && weight_cmp(w, &t->w[0]) < 0) {
		t->w[0] = *w;
		sift_down(t);
	}
}

enum { RARE_MAX = LIM_JUNK_TOP / 3 + 1 };

/* The tokens for one kind of message. */
struct side {
	struct top common, rare;
	struct junk_weight common_w[LIM_JUNK_TOP], rare_w[RARE_MAX];
};

static void
side_init(struct side *s, size_t max)
{
	s->common = (struct top){ s->common_w, 0, max };
	s->rare = (struct top){ s->rare_w, 0, (max + 2) / 3 };
}

/* Both, strongest first, into `out`; how many. */
static size_t
side_merge(struct side *s, struct junk_weight *out)
{
	const struct junk_weight *a = s->common_w, *b = s->rare_w;
	const struct junk_weight *a_end = a + s->common.n, *b_end = b + s->rare.n;
	size_t n = 0;

	qsort(s->common_w, s->common.n, sizeof(*a), weight_cmp);
	qsort(s->rare_w, s->rare.n, sizeof(*b), weight_cmp);
	while (n < s->common.max && (a < a_end || b < b_end))
		out[n++] = b == b_end || (a < a_end && weight_cmp(a, b) < 0) ? *a++ : *b++;
	return n;
}

static double
log_odds(const struct junk_weight *w, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += log(w[i].spaminess / (1 - w[i].spaminess));
	return sum;
}

void
junk_classify(const struct junk_params *p, struct junk_count total, const uint64_t *hashes,
	      const struct junk_count *counts, size_t n, struct junk_verdict *v)
{
	size_t max = MIN(p->top_words, (unsigned)LIM_JUNK_TOP), used;
	struct side ham, spam;
	double sum;

	side_init(&ham, max);
	side_init(&spam, max);
	for (size_t i = 0; i < n; i++) {
		struct junk_weight w = { hashes[i], counts[i], 0 };
		struct side *s;

		if (counts[i].ham == 0 && counts[i].spam == 0)
			continue;
		w.spaminess = spaminess(p, total, counts[i]);
		if (strength(&w) < p->ignore_words || w.spaminess == 0.5)
			continue;
		s = w.spaminess > 0.5 ? &spam : &ham;
		top_put((uint64_t)counts[i].ham + counts[i].spam <= p->rare_words ? &s->rare
										  : &s->common,
			&w);
	}
	v->nham = side_merge(&ham, v->ham);
	v->nspam = side_merge(&spam, v->spam);
	v->is_significant = total.ham >= LIM_JUNK_SIGNIFICANT;
	v->probability = 0.5;
	if ((used = v->nham + v->nspam) == 0)
		return;
	sum = log_odds(v->ham, v->nham) + log_odds(v->spam, v->nspam);
	v->probability = 1 / (1 + exp(AGAINST - sum / sqrt((double)MAX(used, max))));
}
