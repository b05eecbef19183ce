/* Questions to queued whose answers come in pages. */
#include <inttypes.h>
#include <stdio.h>

#include "base/mem.h"
#include "ctl.h"
#include "ipc/msg_ctl.h"
#include "queue.h"

struct pages {
	queue_line_fn *fn;
	void *arg;
	struct buf cursor;
	uint64_t lines;
	bool more;
};

/* The lines of one answer; the last is "end" or "next TAB cursor". */
static int
take_answer(struct pages *p, struct str text, struct err *e)
{
	struct str next = STR("next\t");

	p->more = false;
	while (text.n > 0) {
		struct str line = str_cut(text, '\n', &text);

		if (str_eq(line, STR("end")))
			return 0;
		if (str_has_prefix(line, next)) {
			line = str_from(line, next.n);
			if (str_eq(line, buf_str(&p->cursor)))
				break;
			buf_reset(&p->cursor);
			buf_putstr(&p->cursor, line);
			p->more = true;
			return 0;
		}
		p->lines++;
		if (!p->fn(p->arg, line))
			return 0;
	}
	return err_set(e, EC_BUG, "queued gave an answer without an end");
}

static int
ask_page(const struct mox *m, const char *verb, const struct queue_args *a, uint64_t limit,
	 struct pages *p, struct err *e)
{
	struct str args[QUEUE_ARGS + 2];
	unsigned n = 0;
	struct buf cursor, max, out;
	int r;

	buf_init(&cursor, LIM_PATH);
	buf_init(&max, 64);
	buf_init(&out, LIM_CTL_TEXT);
	while (n < a->n) {
		args[n] = buf_str(&a->v[n]);
		n++;
	}
	if (p->cursor.n > 0) {
		buf_printf(&cursor, "cursor=" STR_FMT, STR_ARG(buf_str(&p->cursor)));
		args[n++] = buf_str(&cursor);
	}
	if (limit > 0) {
		buf_printf(&max, "limit=%" PRIu64, limit - p->lines);
		args[n++] = buf_str(&max);
	}
	r = mox_ask(m, ROLE_QUEUED, verb, args, n, &out, e);
	if (r == 0)
		r = take_answer(p, buf_str(&out), e);
	buf_done(&cursor);
	buf_done(&max);
	buf_done(&out);
	return r;
}

int
queue_ask(const struct mox *m, const char *verb, const struct queue_args *a, uint64_t limit,
	  queue_line_fn *fn, void *arg, struct err *e)
{
	struct pages p = { .fn = fn, .arg = arg };
	int r;

	buf_init(&p.cursor, LIM_PATH);
	do
		r = ask_page(m, verb, a, limit, &p, e);
	while (r == 0 && p.more && (limit == 0 || p.lines < limit));
	buf_done(&p.cursor);
	return r;
}
