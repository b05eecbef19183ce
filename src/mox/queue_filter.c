/* Filters of `mox queue` commands, with the meaning that they have in mox. */
#include <inttypes.h>
#include <stdarg.h>

#include "base/mem.h"
#include "config/config.h"
#include "queue.h"

void
queue_filter_flags(struct queue_filter *f, struct mox_flag flags[QUEUE_FILTER_FLAGS])
{
	const struct mox_flag all[] = {
		{ "ids", NULL, &f->ids },
		{ "account", NULL, &f->account },
		{ "from", NULL, &f->from },
		{ "to", NULL, &f->to },
		{ "submitted", NULL, &f->submitted },
		{ "nextattempt", NULL, &f->next },
		{ "hold", NULL, &f->hold },
	};

	_Static_assert(ARRAY_LEN(all) == QUEUE_FILTER_FLAGS, "all of them");
	memcpy(flags, all, sizeof(all));
}

bool
queue_filter_is_empty(const struct queue_filter *f)
{
	return f->ids == NULL && f->account == NULL && f->from == NULL && f->to == NULL &&
	       f->submitted == NULL && f->next == NULL && f->hold == NULL;
}

int
queue_filter_args(struct mox *m, int *argc, char ***argv, const struct mox_flag *flags,
		  size_t nflags)
{
	if (mox_args(m, argc, argv, flags, nflags, 0, -1) < 0)
		return -1;
	if (*argc == 0)
		return 0;
	mox_failf(
		"unexpected word \"%s\": filters are flags, as in -ids 12; see mox help queue list",
		(*argv)[0]);
	mox_usage(m);
	return -1;
}

void
queue_args_add(struct queue_args *a, const char *key, const char *fmt, ...)
{
	struct buf *b = &a->v[a->n++];
	va_list ap;

	buf_init(b, LIM_IPC_BODY);
	buf_printf(b, "%s=", key);
	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

void
queue_args_done(struct queue_args *a)
{
	while (a->n > 0)
		buf_done(&a->v[--a->n]);
}

/* "<-1h": before an hour ago; ">now", "<30m". */
static int
add_time(struct queue_args *a, const char *flag, const char *key, const char *value, int64_t now,
	 struct err *e)
{
	struct str s = str_trim(str_from(str_c(value), 1));
	int64_t ms = 0;
	char name[32];

	if ((value[0] != '<' && value[0] != '>') ||
	    (!str_eq(s, STR("now")) && config_duration_parse(s, &ms) < 0))
		return err_set(e, EC_SYNTAX,
			       "-%s takes < (before) or > (after) and now or a duration from now, "
			       "as in \"<30m\" or \">-1h\"",
			       flag);
	snprintf(name, sizeof(name), "%s_%s", key, value[0] == '<' ? "before" : "after");
	queue_args_add(a, name, "%" PRId64, now + ms / 1000);
	return 0;
}

static int
check_ids(const char *ids, struct err *e)
{
	struct str rest = str_c(ids);
	uint64_t id;

	do
		if (str_to_u64(str_cut(rest, ',', &rest), INT64_MAX, &id) < 0)
			return err_set(e, EC_SYNTAX, "-ids takes numbers, as in 12,13");
	while (rest.p != NULL);
	return 0;
}

int
queue_args_filter(struct queue_args *a, const struct queue_filter *f, int64_t now, struct err *e)
{
	a->n = 0;
	if (f->ids != NULL && check_ids(f->ids, e) < 0)
		return -1;
	if (f->hold != NULL && strcmp(f->hold, "true") != 0 && strcmp(f->hold, "false") != 0)
		return err_set(e, EC_SYNTAX, "-hold takes true or false");
	if ((f->submitted != NULL &&
	     add_time(a, "submitted", "submitted", f->submitted, now, e) < 0) ||
	    (f->next != NULL && add_time(a, "nextattempt", "next", f->next, now, e) < 0))
		return -1;
	if (f->ids != NULL)
		queue_args_add(a, "ids", "%s", f->ids);
	if (f->account != NULL)
		queue_args_add(a, "account", "%s", f->account);
	if (f->from != NULL)
		queue_args_add(a, "from", "%s", f->from);
	if (f->to != NULL)
		queue_args_add(a, "to", "%s", f->to);
	if (f->hold != NULL)
		queue_args_add(a, "hold", "%s", f->hold);
	return 0;
}
