/* SEARCH: RFC 9051 6.4.4, RFC 3501 6.4.4, RFC 4731 (ESEARCH), RFC 5182 (SEARCHRES). Resumable. */
#include "match.h"

enum { WORK_PER_STEP = 256, CLOCK_EACH = 16 };

struct search_op {
	struct match m;
	struct rows rows;
	struct store_row *r;
	uint32_t seq;
	bool in_message, corrupt, temp;
	struct buf hits; /* ranges of what is told: UIDs or numbers */
	struct buf uids; /* ranges, for SAVE */
	uint32_t count, min, max;
	uint32_t min_uid, max_uid;
	/* output */
	unsigned range;
	uint32_t next;
	bool begun;
};

static void
search_done(struct conn *c)
{
	struct search_op *op = c->op;

	match_done(&op->m);
	buf_done(&op->hits);
	buf_done(&op->uids);
}

static void
save(struct conn *c, struct search_op *op)
{
	uint32_t ret = c->cmd->search.ret;
	struct buf *s = &c->sel->saved;

	buf_reset(s);
	if ((ret & (IMAP_RET_MIN | IMAP_RET_MAX)) == 0 ||
	    (ret & (IMAP_RET_ALL | IMAP_RET_COUNT)) != 0) {
		buf_putstr(s, buf_str(&op->uids));
	} else if (op->count > 0) {
		/* RFC 5182 2.1: only what was asked for */
		if ((ret & IMAP_RET_MIN) != 0)
			imap_ranges_add(s, op->min_uid);
		if ((ret & IMAP_RET_MAX) != 0 &&
		    ((ret & IMAP_RET_MIN) == 0 || op->max_uid != op->min_uid))
			imap_ranges_add(s, op->max_uid);
	}
	if (s->n == 0)
		buf_shrink(s);
}

static enum step
finish(struct conn *c)
{
	struct search_op *op = c->op;

	if ((c->cmd->search.ret & IMAP_RET_SAVE) != 0)
		save(c, op);
	/* One damaged message must not make a mailbox unsearchable. */
	if (op->corrupt)
		return conn_ok(c, "CORRUPTION", "SEARCH completed, some messages are damaged");
	if (op->temp)
		return conn_no(c, "UNAVAILABLE", "some messages can't be read now");
	return conn_ok(c, NULL, "SEARCH completed");
}

/* ---- output */

static void
put_esearch_head(struct conn *c, struct search_op *op, struct buf *b)
{
	uint32_t ret = c->cmd->search.ret;

	buf_puts(b, "* ESEARCH (TAG ");
	imap_put_string(b, c->tag, false);
	buf_puts(b, c->cmd->uid ? ") UID" : ")");
	if ((ret & IMAP_RET_MIN) != 0 && op->count > 0)
		buf_printf(b, " MIN %u", op->min);
	if ((ret & IMAP_RET_MAX) != 0 && op->count > 0)
		buf_printf(b, " MAX %u", op->max);
	if ((ret & IMAP_RET_COUNT) != 0)
		buf_printf(b, " COUNT %u", op->count);
	if ((ret & IMAP_RET_ALL) != 0 && op->count > 0)
		buf_puts(b, " ALL ");
}

static enum step
step_esearch(struct conn *c)
{
	struct search_op *op = c->op;
	struct imap_set all = imap_ranges_set(&op->hits), part;
	unsigned n;
	struct buf *b;

	if (stream_out_full(c->s))
		return STEP_WAIT;
	b = out_begin(c);
	if (!op->begun)
		put_esearch_head(c, op, b);
	op->begun = true;
	n = (c->cmd->search.ret & IMAP_RET_ALL) != 0 ? MIN(all.n - op->range, LIM_IMAP_ROWS) : 0;
	if (n > 0) {
		if (op->range > 0)
			buf_putc(b, ',');
		part = (struct imap_set){ .v = all.v + op->range, .n = n };
		imap_put_set(b, &part);
		op->range += n;
		if (op->range < all.n) {
			out_end(c);
			return STEP_MORE;
		}
	}
	buf_puts(b, "\r\n");
	out_end(c);
	return finish(c);
}

static enum step
step_numbers(struct conn *c)
{
	struct search_op *op = c->op;
	struct imap_set all = imap_ranges_set(&op->hits);
	struct buf *b;

	if (stream_out_full(c->s))
		return STEP_WAIT;
	b = out_begin(c);
	if (!op->begun)
		buf_puts(b, "* SEARCH");
	op->begun = true;
	while (op->range < all.n && b->n < LIM_OUTPUT) {
		op->next = MAX(op->next, all.v[op->range].lo);
		buf_putc(b, ' ');
		imap_put_u32(b, op->next);
		if (op->next++ == all.v[op->range].hi)
			op->range++;
	}
	if (op->range < all.n) {
		out_end(c);
		return STEP_MORE;
	}
	buf_puts(b, "\r\n");
	out_end(c);
	return finish(c);
}

/* ---- the search */

static void
hit(struct conn *c, struct search_op *op)
{
	uint32_t n = c->cmd->uid ? op->r->uid : op->seq, ret = c->cmd->search.ret;

	if (op->count++ == 0) {
		op->min = n;
		op->min_uid = op->r->uid;
	}
	op->max = n;
	op->max_uid = op->r->uid;
	if ((ret & IMAP_RET_ALL) != 0)
		imap_ranges_add(&op->hits, n);
	if ((ret & IMAP_RET_SAVE) != 0)
		imap_ranges_add(&op->uids, op->r->uid);
}

static void
note(struct conn *c, struct search_op *op, const struct err *e)
{
	if (e->code == EC_NOTFOUND)
		return; /* expunged meanwhile */
	LOG(&c->log, LOG_ERROR, "imapd.search.failed", LF(uid, op->r->uid), LF(blob, op->r->msg),
	    LF(err, e));
	if (e->code == EC_CORRUPT)
		op->corrupt = true;
	else
		op->temp = true;
}

static enum step
searched(struct conn *c)
{
	if (!c->cmd->search.has_return && !c->utf8)
		c->step = step_numbers;
	else if (c->cmd->search.ret == IMAP_RET_SAVE)
		return finish(c);
	else
		c->step = step_esearch;
	return STEP_MORE;
}

/* STEP_MORE, STEP_END when all messages were looked at; -1 with *e. */
static int
search_some(struct conn *c, struct search_op *op, struct err *e)
{
	int left = op->m.wants_header ? WORK_PER_STEP : LIM_IMAP_ROWS, r;
	struct err bad;
	enum verdict v;

	for (bool first = true; left > 0; left--, first = false) {
		if (!first && (op->m.wants_header || left % CLOCK_EACH == 0) &&
		    conn_turn_is_over(c))
			return STEP_MORE;
		if (!op->in_message) {
			if ((r = rows_next(&op->rows, &op->r, &op->seq, e)) <= 0)
				return r < 0 ? -1 : STEP_END;
			match_start(&op->m, op->r);
			op->in_message = true;
		}
		bad = ERR_INIT;
		v = match_step(&op->m, &bad);
		if (bad.code != EC_OK)
			note(c, op, &bad);
		if (v == V_YES)
			hit(c, op);
		op->in_message = v == V_UNKNOWN;
	}
	return STEP_MORE;
}

static enum step
step_search(struct conn *c)
{
	struct search_op *op = c->op;
	struct err e = ERR_INIT;
	int r;

	/* One transaction: locks cost as much as the reading. */
	if (store_read_begin(c->acct->store, &e) != 0)
		return conn_fail(c, &e);
	r = search_some(c, op, &e);
	store_read_end(c->acct->store);
	if (r < 0)
		return conn_fail(c, &e);
	return r == STEP_END ? searched(c) : STEP_MORE;
}

static enum step
refuse(struct conn *c, const struct err *e)
{
	if (e->code == EC_SYNTAX)
		return conn_bad(c, "message number out of range");
	/* RFC 5182 2.1: a failed SEARCH that was to save leaves nothing saved. */
	if ((c->cmd->search.ret & IMAP_RET_SAVE) != 0)
		buf_reset(&c->sel->saved);
	if (e->code == EC_NOTFOUND)
		return conn_no(c, "BADCHARSET (UTF-8)",
			       "unknown charset, or text that is not in it");
	return conn_fail(c, e);
}

enum step
cmd_search(struct conn *c)
{
	struct search_op *op = ARENA_NEW(c->arena, struct search_op);
	struct imap_search *s = &c->cmd->search;
	struct imap_set set;
	struct err e = ERR_INIT;
	bool any;

	if (!s->has_return)
		s->ret = IMAP_RET_ALL;
	c->op = op;
	c->op_done = search_done;
	buf_init(&op->hits, SIZE_MAX / 2);
	buf_init(&op->uids, SIZE_MAX / 2);
	if (match_init(&op->m, c, &e) != 0)
		return refuse(c, &e);
	set = match_bounds(&op->m, &any);
	if (any) {
		set = (struct imap_set){ .v = ARENA_NEW(c->arena, struct imap_range), .n = 1 };
		set.v[0] = (struct imap_range){ 1, c->sel->uidnext - 1 };
	}
	rows_init(&op->rows, c, set, op->m.wants_body ? LIM_IMAP_ROWS_BIG : LIM_IMAP_ROWS);
	c->step = step_search;
	return STEP_MORE;
}
