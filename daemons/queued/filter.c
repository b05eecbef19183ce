/* SECURITY: arguments come from the operator, by way of master. */
#include "filter.h"

#include "base/mem.h"

/* A number, with a sign perhaps. */
static int
get_int(struct str s, int64_t *v)
{
	bool minus = s.n > 0 && s.p[0] == '-';
	uint64_t u;

	if (str_to_u64(str_from(s, minus), INT64_MAX, &u) < 0)
		return -1;
	*v = minus ? -(int64_t)u : (int64_t)u;
	return 0;
}

static int
get_cursor(struct filter *f, struct str s)
{
	struct str n;

	s = str_cut(s, '.', &n);
	return n.p == NULL || get_int(s, &f->msg) < 0 || get_int(n, &f->n) < 0 ? -1 : 0;
}

static int
get_bool(struct str s, bool *v)
{
	*v = str_eq(s, STR("true"));
	return *v || str_eq(s, STR("false")) ? 0 : -1;
}

static int
get_ids(struct filter *f, struct str s)
{
	uint64_t id;

	f->ids = s;
	while (s.p != NULL) {
		if (str_to_u64(str_cut(s, ',', &s), INT64_MAX, &id) < 0)
			return -1;
	}
	return 0;
}

static int
get_when(struct filter *f, struct str key, struct str value)
{
	bool yes;

	if (f->when != FILTER_NEVER)
		return -1;
	if (str_eq(key, STR("now"))) {
		f->when = FILTER_NOW;
		return get_bool(value, &yes) < 0 || !yes ? -1 : 0;
	}
	f->when = str_eq(key, STR("add")) ? FILTER_ADD : FILTER_AT;
	return get_int(value, &f->time);
}

static int
get_offset(struct filter *f, struct str s)
{
	return str_to_u64(s, INT64_MAX, &f->offset);
}

static int
get_text(struct filter *f, struct str key, struct str value)
{
	if (str_eq(key, STR("account"))) {
		f->account = value;
		f->has_account = true;
	} else if (str_eq(key, STR("from"))) {
		f->from = value;
	} else {
		f->to = value;
	}
	return 0;
}

static int
get_arg(struct filter *f, struct str key, struct str v)
{
	const struct {
		const char *key;
		int64_t *to;
	} numbers[] = {
		{ "submitted_before", &f->submitted_before },
		{ "submitted_after", &f->submitted_after },
		{ "next_before", &f->next_before },
		{ "next_after", &f->next_after },
		{ "limit", &f->limit },
		{ "id", &f->id },
	};

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		if (str_eq(key, str_c(numbers[i].key)))
			return get_int(v, numbers[i].to);
	}
	if (str_eq(key, STR("ids")))
		return get_ids(f, v);
	if (str_eq(key, STR("account")) || str_eq(key, STR("from")) || str_eq(key, STR("to")))
		return get_text(f, key, v);
	if (str_eq(key, STR("cursor")))
		return get_cursor(f, v);
	if (str_eq(key, STR("offset")))
		return get_offset(f, v);
	if (str_eq(key, STR("hold"))) {
		f->has_hold = true;
		return get_bool(v, &f->hold);
	}
	if (str_eq(key, STR("now")) || str_eq(key, STR("add")) || str_eq(key, STR("at")))
		return get_when(f, key, v);
	return -1;
}

int
filter_parse(struct filter *f, struct str verb, const struct str *args, unsigned nargs,
	     struct err *e)
{
	*f = (struct filter){
		.verb = verb,
		.submitted_before = INT64_MAX,
		.submitted_after = INT64_MIN,
		.next_before = INT64_MAX,
		.next_after = INT64_MIN,
		.n = -1,
		.limit = -1,
	};
	for (unsigned i = 0; i < nargs; i++) {
		struct str value, key = str_cut(args[i], '=', &value);

		if (value.p == NULL || get_arg(f, key, value) < 0)
			return err_set(e, EC_SYNTAX, "malformed argument " STR_FMT,
				       (int)MIN(args[i].n, (size_t)80), args[i].p);
	}
	if (str_eq(verb, STR("schedule")) != (f->when != FILTER_NEVER))
		return err_set(e, EC_SYNTAX,
			       "schedule, and nothing else, needs one of now=, add=, at=");
	return 0;
}

/* ---- what fits */

/* The first id in the list behind `after`, 0 for none. */
static int64_t
id_behind(struct str ids, int64_t after)
{
	int64_t best = 0;
	uint64_t id;

	while (ids.p != NULL) {
		if (str_to_u64(str_cut(ids, ',', &ids), INT64_MAX, &id) == 0 &&
		    (int64_t)id > after && (best == 0 || (int64_t)id < best))
			best = (int64_t)id;
	}
	return best;
}

bool
filter_fits(const struct filter *f, const struct queue_msg *m, const struct queue_rcpt *r)
{
	int64_t next = r->next >= QUEUE_CLAIMED ? r->next - QUEUE_CLAIMED : r->next;

	if (f->has_account && !str_eq(f->account, m->account))
		return false;
	if (f->has_hold && f->hold != r->hold)
		return false;
	if (f->from.n > 0 && str_findi(m->sender, f->from) < 0)
		return false;
	if (f->to.n > 0 && str_findi(r->addr, f->to) < 0)
		return false;
	return m->created < f->submitted_before && m->created > f->submitted_after &&
	       next < f->next_before && next > f->next_after;
}

struct count {
	queue_list_fn *fn;
	void *arg;
	unsigned seen;
	bool stopped;
};

static bool
on_row(void *arg, const struct queue_msg *m, const struct queue_rcpt *r, const struct err *damage)
{
	struct count *c = arg;

	c->seen++;
	c->stopped = !c->fn(c->arg, m, r, damage);
	return !c->stopped;
}

int
filter_run(struct queued *d, struct filter *f, queue_list_fn *fn, void *arg, struct err *e)
{
	struct count c = { .fn = fn, .arg = arg };
	int64_t id;

	if (f->ids.n == 0) {
		if (queue_list(d->q, f->msg, f->n, 0, LIM_QUEUE_SCAN, on_row, &c, e) < 0)
			return -1;
		f->more = c.stopped || c.seen == LIM_QUEUE_SCAN;
		return 0;
	}
	/* The cursor may be within the recipients of a message. */
	for (id = id_behind(f->ids, f->msg - 1); id != 0; id = id_behind(f->ids, id)) {
		unsigned left = LIM_QUEUE_SCAN - c.seen;

		f->more = true;
		if (left == 0)
			return 0;
		if (queue_list(d->q, f->msg, f->n, id, left, on_row, &c, e) < 0)
			return -1;
		if (c.stopped || c.seen == LIM_QUEUE_SCAN)
			return 0;
	}
	f->more = false;
	return 0;
}
