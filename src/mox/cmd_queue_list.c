/*
 * mox queue list. In the order of the queue rows are printed as they come, however many there are;
 * in another order only so many are kept as will be printed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "queue.h"

enum { SORT_DEFAULT = 1000, SORT_MAX = 100000, LIST_MAX = 1000000000 };

struct kept {
	uint64_t key, id, number;
	char *line;
};

struct list {
	int64_t now;
	bool json, asc, by_next, is_sorted, is_limited;
	struct kept *v; /* up to 2 * max rows */
	size_t n, max;
	uint64_t printed, dropped;
	bool is_bad;
};

static void
print(struct list *l, const struct queue_row *r)
{
	if (l->json) {
		queue_row_print_json(r);
	} else {
		if (l->printed == 0)
			queue_row_print_head();
		queue_row_print(r, l->now);
	}
	l->printed++;
}

static int
compare(const void *pa, const void *pb)
{
	const struct kept *a = pa, *b = pb;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

static int
compare_down(const void *a, const void *b)
{
	return compare(b, a);
}

/* Sort, and forget what is beyond the limit. */
static void
prune(struct list *l)
{
	qsort(l->v, l->n, sizeof(*l->v), l->asc ? compare : compare_down);
	while (l->n > l->max) {
		mem_free(l->v[--l->n].line);
		l->dropped++;
	}
}

static void
keep(struct list *l, const struct queue_row *r, struct str line)
{
	if (l->v == NULL)
		l->v = mem_zalloc(2 * l->max, sizeof(*l->v));
	if (l->n == 2 * l->max)
		prune(l);
	l->v[l->n] = (struct kept){ .key = l->by_next ? r->next : r->created,
				    .id = r->id,
				    .number = r->number,
				    .line = mem_alloc(line.n + 1) };
	memcpy(l->v[l->n].line, line.p, line.n);
	l->v[l->n++].line[line.n] = '\0';
}

static bool
on_line(void *arg, struct str line)
{
	struct list *l = arg;
	struct queue_row r;

	if (queue_row_parse(line, &r) < 0) {
		l->is_bad = true;
		return false;
	}
	if (l->is_sorted)
		keep(l, &r, line);
	else
		print(l, &r);
	return true;
}

static void
print_kept(struct list *l)
{
	struct queue_row r;

	if (l->n == 0)
		return;
	prune(l);
	for (size_t i = 0; i < l->n; i++) {
		if (queue_row_parse(str_c(l->v[i].line), &r) == 0)
			print(l, &r);
		mem_free(l->v[i].line);
	}
	if (l->dropped > 0 && !l->is_limited)
		fprintf(stderr, "mox: %" PRIu64 " more: -n prints up to %d in this order\n",
			l->dropped, SORT_MAX);
}

static int
take_flags(struct list *l, const char *sort, const char *count, uint64_t *limit, struct err *e)
{
	*limit = 0;
	l->is_sorted = sort != NULL || l->asc;
	l->by_next = sort == NULL || strcmp(sort, "nextattempt") == 0;
	if (!l->by_next && strcmp(sort, "queued") != 0)
		return err_set(e, EC_SYNTAX, "-sort takes nextattempt or queued");
	if (count != NULL && (str_to_u64(str_c(count), LIST_MAX, limit) < 0 || *limit == 0))
		return err_set(e, EC_SYNTAX, "-n takes a number from 1 on");
	l->is_limited = count != NULL;
	if (!l->is_sorted)
		return 0;
	if (*limit > SORT_MAX)
		return err_set(e, EC_LIMIT, "-n is at most %d with -sort and -asc", SORT_MAX);
	l->max = *limit > 0 ? *limit : SORT_DEFAULT;
	*limit = 0; /* all must be seen */
	return 0;
}

int
cmd_queue_list(struct mox *m, int argc, char **argv)
{
	struct list l = { .now = clock_now() };
	const char *sort = NULL, *count = NULL;
	struct queue_filter f = { NULL };
	struct mox_flag flags[QUEUE_FILTER_FLAGS + 4] = { { "sort", NULL, &sort },
							  { "asc", &l.asc, NULL },
							  { "n", NULL, &count },
							  { "json", &l.json, NULL } };
	struct queue_args a = { .n = 0 };
	struct err e = ERR_INIT;
	uint64_t limit;
	int r = -1;

	queue_filter_flags(&f, flags + 4);
	if (queue_filter_args(m, &argc, &argv, flags, ARRAY_LEN(flags)) < 0)
		return MOX_USAGE;
	if (take_flags(&l, sort, count, &limit, &e) == 0 &&
	    queue_args_filter(&a, &f, l.now, &e) == 0)
		r = queue_ask(m, "list", &a, limit, on_line, &l, &e);
	queue_args_done(&a);
	print_kept(&l);
	mem_free(l.v);
	if (r == 0 && l.is_bad)
		r = err_set(&e, EC_BUG, "queued gave a malformed line");
	if (r < 0)
		return mox_fail(&e);
	if (l.printed == 0 && !l.json)
		puts(queue_filter_is_empty(&f) ? "the queue is empty"
					       : "nothing in the queue fits");
	return MOX_OK;
}
