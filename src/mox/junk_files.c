/* Folders of messages, and how well a filter did with them. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "junk.h"

void
junk_files_move(struct junk_files *l, const struct junk_file *f)
{
	if (l->n == l->cap) {
		l->cap = l->cap > 0 ? 2 * l->cap : 256;
		l->v = mem_resize(l->v, l->cap, sizeof(*l->v));
	}
	l->v[l->n++] = *f;
}

static void
file_add(struct junk_files *l, const char *dir, const char *name, bool is_spam, bool is_sent)
{
	size_t n = strlen(dir) + strlen(name) + 2;
	struct junk_file f = { mem_alloc(n), is_spam, is_sent, 0 };

	snprintf(f.path, n, "%s/%s", dir, name);
	junk_files_move(l, &f);
}

static int
path_cmp(const void *a, const void *b)
{
	return strcmp(((const struct junk_file *)a)->path, ((const struct junk_file *)b)->path);
}

bool
junk_files_add(struct junk_files *l, const char *dir, bool is_spam, bool is_sent)
{
	DIR *d = dir != NULL ? opendir(dir) : NULL;
	struct dirent *entry;
	size_t from = l->n;

	if (dir == NULL)
		return true;
	if (d == NULL) {
		mox_failf("can't open the folder %s", dir);
		return false;
	}
	while ((entry = readdir(d)) != NULL)
		if (entry->d_name[0] != '.')
			file_add(l, dir, entry->d_name, is_spam, is_sent);
	closedir(d);
	if (l->n > from)
		qsort(l->v + from, l->n - from, sizeof(*l->v), path_cmp);
	return true;
}

void
junk_files_done(struct junk_files *l)
{
	for (size_t i = 0; i < l->n; i++)
		mem_free(l->v[i].path);
	mem_free(l->v);
	*l = (struct junk_files){ 0 };
}

/* splitmix64 */
static uint64_t
next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

void
junk_files_shuffle(struct junk_files *l, uint64_t seed)
{
	for (size_t i = l->n; i > 1; i--) {
		size_t k = next_random(&seed) % i;
		struct junk_file f = l->v[k];

		l->v[k] = l->v[i - 1];
		l->v[i - 1] = f;
	}
}

static int
date_cmp(const void *a, const void *b)
{
	const struct junk_file *x = a, *y = b;

	if (x->date != y->date)
		return x->date < y->date ? -1 : 1;
	return path_cmp(a, b);
}

void
junk_files_by_date(struct junk_files *l)
{
	if (l->n > 0)
		qsort(l->v, l->n, sizeof(*l->v), date_cmp);
}

void
junk_score_add(struct junk_score *s, const struct junk_run *r, const struct junk_verdict *v,
	       const struct junk_file *f, bool is_printed)
{
	bool says_spam = v->probability > r->threshold;

	*(f->is_spam ? (says_spam ? &s->spam_ok : &s->spam_bad)
		     : (says_spam ? &s->ham_bad : &s->ham_ok)) += 1;
	if (is_printed && says_spam != f->is_spam)
		printf("%s \"%s\": %.4f\n", f->is_spam ? "spam" : "ham", f->path, v->probability);
}

static double
share(unsigned long a, unsigned long b)
{
	return a + b > 0 ? (double)a / (double)(a + b) : 0;
}

void
junk_score_print(const struct junk_score *s)
{
	printf("total ham, ok %lu, bad %lu\n", s->ham_ok, s->ham_bad);
	printf("total spam, ok %lu, bad %lu\n", s->spam_ok, s->spam_bad);
	printf("specifity (true negatives, hams identified): %.6f\n", share(s->ham_ok, s->ham_bad));
	printf("sensitivity (true positives, spams identified): %.6f\n",
	       share(s->spam_ok, s->spam_bad));
	printf("accuracy: %.6f\n", share(s->ham_ok + s->spam_ok, s->ham_bad + s->spam_bad));
}
