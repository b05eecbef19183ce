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

#define SMOOTH 0.05  /* sightings that everything had before, for each of RareWords */
#define AGAINST 1.65 /* log odds at the start */
#define POWER_MIN 1e-6

static double
spaminess(const struct junk_params *p, struct junk_count total, struct junk_count c)
{
	double a = SMOOTH * (p->rare_words + 1) * 2 / 3;
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

static double
log_odds(const struct top *t)
{
	double sum = 0;

	for (size_t i = 0; i < t->n; i++)
		sum += log(t->w[i].spaminess / (1 - t->w[i].spaminess));
	return sum;
}

void
junk_classify(const struct junk_params *p, struct junk_count total, const uint64_t *hashes,
	      const struct junk_count *counts, size_t n, struct junk_verdict *v)
{
	size_t max = MIN(p->top_words, (unsigned)LIM_JUNK_TOP);
	struct top ham = { v->ham, 0, max }, spam = { v->spam, 0, max };
	double sum;

	for (size_t i = 0; i < n; i++) {
		struct junk_weight w = { hashes[i], counts[i], 0 };

		if (counts[i].ham == 0 && counts[i].spam == 0)
			continue;
		w.spaminess = spaminess(p, total, counts[i]);
		if (strength(&w) >= p->ignore_words && strength(&w) > 0)
			top_put(w.spaminess > 0.5 ? &spam : &ham, &w);
	}
	qsort(ham.w, ham.n, sizeof(*ham.w), weight_cmp);
	qsort(spam.w, spam.n, sizeof(*spam.w), weight_cmp);
	v->nham = ham.n;
	v->nspam = spam.n;
	v->is_significant = total.ham >= LIM_JUNK_SIGNIFICANT;
	v->probability = 0.5;
	if (ham.n + spam.n == 0)
		return;
	sum = (log_odds(&ham) + log_odds(&spam)) / sqrt((double)MAX(ham.n + spam.n, max)) - AGAINST;
	v->probability = 1 / (1 + exp(-sum));
}
