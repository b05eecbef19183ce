/* mox queue hold, unhold, schedule, fail, drop, dump. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/mem.h"
#include "config/config.h"
#include "ctl.h"
#include "ipc/msg_ctl.h"
#include "queue.h"

/* ---- changes */

struct change {
	uint64_t n;
	bool is_bad;
};

static bool
on_changed(void *arg, struct str line)
{
	struct change *c = arg;
	uint64_t n;

	if (!str_eq(str_cut(line, '\t', &line), STR("changed")) ||
	    str_to_u64(line, INT64_MAX, &n) < 0)
		c->is_bad = true;
	else
		c->n += n;
	return !c->is_bad;
}

/* `done` says what happened to the recipients. */
static int
change(const struct mox *m, const char *verb, struct queue_args *a, const char *done)
{
	struct change c = { 0, false };
	struct err e = ERR_INIT;
	int r = queue_ask(m, verb, a, 0, on_changed, &c, &e);

	queue_args_done(a);
	if (r == 0 && c.is_bad)
		r = err_set(&e, EC_BUG, "queued gave a malformed line");
	/* What was changed before an error stays changed. */
	if (r == 0 || c.n > 0)
		printf("%" PRIu64 " recipient%s %s\n", c.n, c.n == 1 ? "" : "s", done);
	return r < 0 ? mox_fail(&e) : MOX_OK;
}

/* With `ends` mail is lost: a forgotten filter must not be all of it. */
static int
change_command(struct mox *m, int argc, char **argv, const char *verb, bool ends, const char *done)
{
	struct queue_filter f = { NULL };
	bool all = false;
	struct mox_flag flags[QUEUE_FILTER_FLAGS + 1];
	struct queue_args a;
	struct err e = ERR_INIT;

	queue_filter_flags(&f, flags);
	flags[QUEUE_FILTER_FLAGS] = (struct mox_flag){ "all", &all, NULL };
	if (queue_filter_args(m, &argc, &argv, flags, QUEUE_FILTER_FLAGS + ends) < 0)
		return MOX_USAGE;
	if (ends && !all && queue_filter_is_empty(&f))
		return mox_failf("say which with filters (mox help queue list), or -all");
	if (ends && all && !queue_filter_is_empty(&f))
		return mox_failf("with -all there are no filters");
	if (queue_args_filter(&a, &f, clock_now(), &e) < 0)
		return mox_fail(&e);
	return change(m, verb, &a, done);
}

#define CHANGE(fn, verb, ends, done)                                                               \
	int fn(struct mox *m, int argc, char **argv)                                               \
	{                                                                                          \
		return change_command(m, argc, argv, verb, ends, done);                            \
	}
CHANGE(cmd_queue_hold, "hold", false, "put on hold")
CHANGE(cmd_queue_unhold, "unhold", false, "let go")
CHANGE(cmd_queue_fail, "fail", true, "given up; the senders are told")
CHANGE(cmd_queue_drop, "drop", true, "removed")

int
cmd_queue_schedule(struct mox *m, int argc, char **argv)
{
	struct queue_filter f = { NULL };
	bool from_now = false;
	struct mox_flag flags[QUEUE_FILTER_FLAGS + 1] = { { "now", &from_now, NULL } };
	struct queue_args a;
	struct err e = ERR_INIT;
	int64_t ms, now = clock_now();

	queue_filter_flags(&f, flags + 1);
	if (mox_args(m, &argc, &argv, flags, ARRAY_LEN(flags), 1, 1) < 0)
		return MOX_USAGE;
	if (config_duration_parse(str_c(argv[0]), &ms) < 0)
		return mox_failf("\"%s\" is not a duration such as 30m, 1h30m or 0", argv[0]);
	if (queue_args_filter(&a, &f, now, &e) < 0)
		return mox_fail(&e);
	if (!from_now)
		queue_args_add(&a, "add", "%" PRId64, ms / 1000);
	else if (ms <= 0)
		queue_args_add(&a, "now", "true");
	else
		queue_args_add(&a, "at", "%" PRId64, now + ms / 1000);
	return change(m, "schedule", &a, "rescheduled");
}

/* ---- the message */

/* "size TAB n", then a line of base64 in which nothing is the end. 1: there is more. */
static int
take_piece(struct str text, uint64_t *offset, struct err *e)
{
	struct str size = str_cut(text, '\n', &text), body = str_cut(text, '\n', &text);
	uint64_t all;
	struct buf b;
	int r = -1;

	buf_init(&b, LIM_CTL_TEXT);
	if (!str_eq(str_cut(size, '\t', &size), STR("size")) ||
	    str_to_u64(size, INT64_MAX, &all) < 0 || enc_get_base64(&b, body) < 0) {
		err_set(e, EC_BUG, "queued gave a malformed answer");
	} else {
		fwrite(buf_str(&b).p, 1, b.n, stdout);
		*offset += b.n;
		r = b.n > 0 && *offset < all;
	}
	buf_done(&b);
	return r;
}

static int
dump(const struct mox *m, uint64_t id, struct err *e)
{
	struct queue_args a = { .n = 0 };
	uint64_t offset = 0;
	struct str args[2];
	struct buf out;
	int r;

	do {
		queue_args_add(&a, "id", "%" PRIu64, id);
		queue_args_add(&a, "offset", "%" PRIu64, offset);
		args[0] = buf_str(&a.v[0]);
		args[1] = buf_str(&a.v[1]);
		buf_init(&out, LIM_CTL_TEXT);
		r = mox_ask(m, ROLE_QUEUED, "dump", args, 2, &out, e);
		if (r == 0)
			r = take_piece(buf_str(&out), &offset, e);
		buf_wipe(&out);
		queue_args_done(&a);
	} while (r > 0);
	return r;
}

int
cmd_queue_dump(struct mox *m, int argc, char **argv)
{
	struct err e = ERR_INIT;
	uint64_t id;

	if (mox_args(m, &argc, &argv, NULL, 0, 1, 1) < 0)
		return MOX_USAGE;
	if (str_to_u64(str_c(argv[0]), INT64_MAX, &id) < 0)
		return mox_failf("\"%s\" is not a number of mox queue list", argv[0]);
	return dump(m, id, &e) < 0 ? mox_fail(&e) : MOX_OK;
}
