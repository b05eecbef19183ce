/*
 * FETCH: RFC 9051 6.4.5, RFC 3501 6.4.5. A resumable operation: rows come in batches, each call of
 * work() writes one message that needs no content or is small, or a bounded piece of a large one.
 *
 * The size of a literal is announced before its bytes, so bytes that may turn out to be damaged are
 * read twice: first to authenticate them all, then to send them. Small ones are read once, into the
 * scratch buffer. Damage gives NIL for that item of that message, and NO [CORRUPTION] at the end.
 *
 * \Seen is set after the messages were written, in one request, and before the tagged OK.
 */
#include "content.h"

#define ATT(a) (1u << IMAP_ATT_##a)

enum { INLINE_MAX = 4 * LIM_IMAP_PIECE, WORK_PER_STEP = 64 };

enum phase { P_NEXT, P_SECTION, P_VERIFY, P_SEND, P_COUNT, P_DECODE };

struct fetch_op {
	struct rows rows;
	bool light;	  /* rows are all that is needed */
	bool tree, marks; /* sections; they set \Seen */

	/* the message being written */
	enum phase phase;
	struct store_row *r;
	struct imap_section *sec;
	const struct mime_part *part;
	uint64_t off, start, end; /* of the section, or what is left of it */
	uint64_t size;		  /* decoded size */
	uint64_t skip, want;	  /* partial of decoded bytes */
	bool nul;
	bool broken; /* this message */
	bool first;  /* no item was written yet */
	struct mime_decoder *dec;
	struct content ct;
	struct buf piece;

	bool corrupt, temp;
	const char *cannot; /* response code of a NO at the end */
	struct buf seen;    /* UIDs to be marked */
	struct imap_set seen_set;
	uint64_t before; /* modseq */
};

/* ---- simple items */

static void
item(struct fetch_op *op, struct buf *b, struct str name)
{
	if (!op->first)
		buf_putc(b, ' ');
	op->first = false;
	buf_put(b, name.p, name.n);
}

static void
put_head(struct conn *c, struct fetch_op *op, uint32_t seq, struct buf *b)
{
	const struct store_row *r = op->r;
	uint32_t atts = c->cmd->fetch.atts;

	buf_put(b, "* ", 2);
	imap_put_u32(b, seq);
	buf_put(b, " FETCH (", 8);
	op->first = true;
	if ((atts & ATT(UID)) != 0) {
		item(op, b, STR("UID "));
		imap_put_u32(b, r->uid);
	}
	if ((atts & ATT(FLAGS)) != 0 && !op->marks) {
		item(op, b, STR("FLAGS ("));
		put_row_flags(c->sel, r->flags, r->keywords, b);
		buf_putc(b, ')');
	}
	if ((atts & ATT(INTERNALDATE)) != 0) {
		item(op, b, STR("INTERNALDATE "));
		imap_put_date(b, r->received);
	}
	if ((atts & ATT(SIZE)) != 0) {
		item(op, b, STR("RFC822.SIZE "));
		buf_putu64(b, r->size);
	}
}

static void
put_meta(struct conn *c, struct fetch_op *op, struct buf *b)
{
	uint32_t atts = c->cmd->fetch.atts;

	if ((atts & ATT(ENVELOPE)) != 0) {
		item(op, b, STR("ENVELOPE "));
		buf_putstr(b, op->ct.ix.envelope);
	}
	if ((atts & ATT(BODYSTRUCTURE)) != 0) {
		item(op, b, STR("BODYSTRUCTURE "));
		buf_putstr(b, op->ct.ix.bodystructure);
	}
	if ((atts & ATT(BODY)) != 0) {
		item(op, b, STR("BODY "));
		buf_putstr(b, op->ct.ix.body);
	}
}

static void
note(struct conn *c, struct fetch_op *op, const struct err *e)
{
	LOG(&c->log, e->code == EC_NOTFOUND ? LOG_DEBUG : LOG_ERROR, "imapd.fetch.failed",
	    LF(uid, op->r->uid), LF(blob, op->r->msg), LF(err, e));
	if (e->code == EC_CORRUPT)
		op->corrupt = true;
	else if (e->code != EC_NOTFOUND) /* that one was expunged meanwhile */
		op->temp = true;
}

/* ---- sections */

static void
put_label(struct fetch_op *op, struct buf *b)
{
	item(op, b, op->sec->label);
	buf_putc(b, ' ');
}

static void
next_section(struct fetch_op *op)
{
	mime_decoder_free(&op->dec);
	op->sec = op->sec->next;
	op->phase = P_SECTION;
}

static void
put_nothing(struct fetch_op *op, struct buf *b, bool broken)
{
	put_label(op, b);
	if (op->sec->att == IMAP_ATT_BINARY_SIZE)
		buf_putc(b, '0');
	else
		buf_put(b, "NIL", 3);
	op->broken |= broken;
	next_section(op);
}

static void
put_literal_size(struct buf *b, uint64_t n)
{
	buf_putc(b, '{');
	buf_putu64(b, n);
	buf_put(b, "}\r\n", 3);
}

static void
cut_partial(const struct imap_section *s, uint64_t *off, uint64_t *end)
{
	if (!s->partial)
		return;
	*off += MIN(s->off, *end - *off);
	*end = *off + MIN(s->len, *end - *off);
}

static void
section_fields(struct conn *c, struct fetch_op *op, const struct range *r, struct buf *b)
{
	struct err e = ERR_INIT;
	uint64_t off = 0, end;

	buf_reset(&op->piece);
	if (content_fields(&op->ct, op->sec, r, &op->piece, &e) != 0) {
		note(c, op, &e);
		put_nothing(op, b, true);
		return;
	}
	end = op->piece.n;
	cut_partial(op->sec, &off, &end);
	put_label(op, b);
	put_literal_size(b, end - off);
	buf_putstr(b, str_sub(buf_str(&op->piece), (size_t)off, (size_t)end));
	next_section(op);
}

static void
section_binary(struct fetch_op *op, const struct range *r, struct buf *b)
{
	enum mime_cte cte = op->part != NULL ? op->part->cte : MIME_CTE_BINARY;

	if (op->part != NULL && (op->part->is_multipart || op->part->is_message)) {
		op->cannot = "CANNOT";
		put_nothing(op, b, false);
		return;
	}
	if (cte == MIME_CTE_OTHER) {
		op->cannot = "UNKNOWN-CTE";
		put_nothing(op, b, false);
		return;
	}
	op->off = op->start = r->off;
	op->end = r->end;
	op->size = 0;
	op->nul = false;
	op->dec = mime_decoder_new(cte, STR_NONE);
	op->phase = P_COUNT;
}

static void
section_start(struct conn *c, struct fetch_op *op, struct buf *b)
{
	struct err e = ERR_INIT;
	struct range r;
	uint64_t size = op->r->size;
	size_t mark = b->n;
	bool first = op->first;

	content_section(&op->ct, op->sec, size, &r, &op->part);
	if (r.nil || r.off > r.end || r.end > size) {
		put_nothing(op, b, false);
		return;
	}
	if (op->sec->text == IMAP_TEXT_FIELDS || op->sec->text == IMAP_TEXT_FIELDS_NOT) {
		section_fields(c, op, &r, b);
		return;
	}
	if (op->sec->att != IMAP_ATT_SECTION) {
		section_binary(op, &r, b);
		return;
	}
	cut_partial(op->sec, &r.off, &r.end);
	op->off = op->start = r.off;
	op->end = r.end;
	if (r.end - r.off > INLINE_MAX) {
		op->phase = P_VERIFY;
		return;
	}
	put_label(op, b);
	put_literal_size(b, r.end - r.off);
	if (content_read(&op->ct, r.off, r.end - r.off, b, &e) != 0) {
		buf_truncate(b, mark);
		op->first = first;
		note(c, op, &e);
		put_nothing(op, b, true);
		return;
	}
	next_section(op);
}

/* One piece of [off, end) to `b`; false on failure. */
static bool
piece(struct conn *c, struct fetch_op *op, struct buf *b)
{
	struct err e = ERR_INIT;
	uint64_t n = MIN(op->end - op->off, LIM_IMAP_PIECE);

	if (content_read(&op->ct, op->off, n, b, &e) != 0) {
		note(c, op, &e);
		return false;
	}
	op->off += n;
	return true;
}

static void
verify(struct conn *c, struct fetch_op *op, struct buf *b)
{
	buf_reset(&op->piece);
	if (!piece(c, op, &op->piece)) {
		put_nothing(op, b, true);
		return;
	}
	if (op->off < op->end)
		return;
	op->off = op->start;
	put_label(op, b);
	put_literal_size(b, op->end - op->off);
	op->phase = P_SEND;
}

/* Decode a piece of the part into op->piece. */
static bool
decode(struct conn *c, struct fetch_op *op)
{
	struct buf raw;
	bool ok;

	buf_init(&raw, LIM_IMAP_PIECE);
	buf_reset(&op->piece);
	ok = piece(c, op, &raw);
	if (ok) {
		mime_decoder_put(op->dec, buf_str(&raw), &op->piece);
		if (op->off == op->end)
			mime_decoder_end(op->dec, &op->piece);
	}
	buf_done(&raw);
	return ok;
}

static void
count_decoded(struct conn *c, struct fetch_op *op, struct buf *b)
{
	uint64_t off = 0, end;

	if (!decode(c, op)) {
		put_nothing(op, b, true);
		return;
	}
	op->size += op->piece.n;
	op->nul = op->nul || memchr(buf_str(&op->piece).p, 0, op->piece.n) != NULL;
	if (op->off < op->end)
		return;
	put_label(op, b);
	if (op->sec->att == IMAP_ATT_BINARY_SIZE) {
		buf_putu64(b, op->size);
		next_section(op);
		return;
	}
	end = op->size;
	cut_partial(op->sec, &off, &end);
	op->skip = off;
	op->want = end - off;
	if (op->nul)
		buf_putc(b, '~'); /* literal8, RFC 9051 4.3 */
	put_literal_size(b, op->want);
	mime_decoder_free(&op->dec);
	op->dec = mime_decoder_new(op->part != NULL ? op->part->cte : MIME_CTE_BINARY, STR_NONE);
	op->off = op->start;
	op->phase = P_DECODE;
}

/* False: what was authenticated a moment ago can't be read now, in the middle of a literal. */
static bool
send_decoded(struct conn *c, struct fetch_op *op, struct buf *b)
{
	struct str s;
	size_t n;

	if (op->want > 0) {
		if (!decode(c, op))
			return false;
		s = buf_str(&op->piece);
		n = (size_t)MIN(op->skip, s.n);
		op->skip -= n;
		s = str_from(s, n);
		s = str_sub(s, 0, (size_t)MIN(op->want, s.n));
		op->want -= s.n;
		buf_putstr(b, s);
		if (op->want > 0 && op->off == op->end)
			return false;
	}
	if (op->want == 0)
		next_section(op);
	return true;
}

static bool
send_piece(struct conn *c, struct fetch_op *op, struct buf *b)
{
	if (!piece(c, op, b))
		return false;
	if (op->off == op->end)
		next_section(op);
	return true;
}

/* ---- messages */

static void
message_end(struct conn *c, struct fetch_op *op, struct buf *b)
{
	uint32_t flags = op->r->flags;
	bool mark = op->marks && !op->broken && (flags & STORE_FLAG_SEEN) == 0;

	if (mark) {
		flags |= STORE_FLAG_SEEN;
		imap_ranges_add(&op->seen, op->r->uid);
	}
	/* RFC 9051 6.4.5: flags that the FETCH itself changes SHOULD be told. */
	if (op->marks && (mark || (c->cmd->fetch.atts & ATT(FLAGS)) != 0)) {
		item(op, b, STR("FLAGS ("));
		put_row_flags(c->sel, flags, op->r->keywords, b);
		buf_putc(b, ')');
	}
	buf_put(b, ")\r\n", 3);
	op->phase = P_NEXT;
}

static void
message_start(struct conn *c, struct fetch_op *op, uint32_t seq, struct buf *b)
{
	struct err e = ERR_INIT;

	if (op->light) {
		put_head(c, op, seq, b);
		buf_put(b, ")\r\n", 3);
		return;
	}
	if (content_open(&op->ct, c->acct->store, op->r->msg, op->tree, &e) != 0) {
		note(c, op, &e);
		return;
	}
	put_head(c, op, seq, b);
	put_meta(c, op, b);
	op->broken = false;
	op->sec = c->cmd->fetch.sections;
	op->phase = P_SECTION;
}

enum work { WORK_MORE, WORK_DONE, WORK_FAIL, WORK_DEAD };

static enum work
work(struct conn *c, struct fetch_op *op, struct buf *b, struct err *e)
{
	uint32_t seq;
	int r;

	switch (op->phase) {
	case P_NEXT:
		if ((r = rows_next(&op->rows, &op->r, &seq, e)) <= 0)
			return r < 0 ? WORK_FAIL : WORK_DONE;
		message_start(c, op, seq, b);
		return WORK_MORE;
	case P_SECTION:
		if (op->sec == NULL)
			message_end(c, op, b);
		else
			section_start(c, op, b);
		return WORK_MORE;
	case P_VERIFY:
		verify(c, op, b);
		return WORK_MORE;
	case P_SEND:
		return send_piece(c, op, b) ? WORK_MORE : WORK_DEAD;
	case P_COUNT:
		count_decoded(c, op, b);
		return WORK_MORE;
	case P_DECODE:
		return send_decoded(c, op, b) ? WORK_MORE : WORK_DEAD;
	}
	return WORK_DEAD;
}

/* ---- the end */

static struct buf
seen_request(struct conn *c, struct fetch_op *op, int *fd, struct err *e)
{
	struct msg_store_flags m = { .cap = conn_cap(c),
				     .mailbox = (uint64_t)c->sel->id,
				     .op = STORE_FLAGS_ADD,
				     .flags = STORE_FLAG_SEEN };
	struct buf set, b;

	op->seen_set = imap_ranges_set(&op->seen);
	buf_init(&set, LIM_SET_INLINE);
	buf_init(&b, LIM_IPC_BODY);
	if (set_pack(&op->seen_set, &set, fd, e) == 0) {
		m.uids = buf_str(&set);
		msg_store_flags_put(&b, &m);
	}
	buf_done(&set);
	return b;
}

static void
fetch_done(struct conn *c)
{
	struct fetch_op *op = c->op;
	struct err e = ERR_INIT;
	struct buf b;
	int fd = -1;

	/* The client left in the middle, and has seen these. */
	if (op->seen.n > 0 && op->before == 0 && c->sel != NULL && c->cap != 0) {
		b = seen_request(c, op, &fd, &e);
		if (e.code == EC_OK)
			ipc_notify(svc_peer(c->d->svc, ROLE_DELIVERD, c->acct->owner),
				   IPC_STORE_FLAGS, buf_str(&b), &fd, fd >= 0 ? 1 : 0);
		buf_done(&b);
	}
	mime_decoder_free(&op->dec);
	content_done(&op->ct);
	buf_done(&op->piece);
	buf_done(&op->seen);
}

static bool
was_expunged(struct conn *c, struct fetch_op *op)
{
	const struct buf *g = &c->sel->gone;
	const uint32_t *v = (const uint32_t *)(const void *)(g->p + g->off);

	for (size_t i = 0; i < g->n / sizeof(*v); i++)
		if (imap_set_has(&op->rows.set, v[i]))
			return true;
	return false;
}

static enum step
finish(struct conn *c)
{
	struct fetch_op *op = c->op;

	if (op->corrupt)
		return conn_no(c, "CORRUPTION", "some messages are damaged");
	if (op->temp)
		return conn_no(c, "UNAVAILABLE", "some messages can't be read now");
	if (op->cannot != NULL)
		return conn_no(c, op->cannot, "part can't be decoded");
	if (!c->cmd->uid && was_expunged(c, op))
		return conn_ok(c, "EXPUNGEISSUED", "some messages are expunged");
	return conn_ok(c, NULL, "FETCH completed");
}

static enum step
step_seen(struct conn *c)
{
	struct fetch_op *op = c->op;
	struct msg_store_flags_r r;

	if (!c->ans->done)
		return STEP_WAIT;
	if (c->ans->e.code != EC_OK)
		return conn_fail(c, &c->ans->e);
	if (msg_store_flags_r_get(c->ans->body, &r))
		selected_own(c->sel, op->before, r.modseq, &op->seen_set);
	return finish(c);
}

static enum step
step_end(struct conn *c)
{
	struct fetch_op *op = c->op;
	struct err e = ERR_INIT;
	struct buf b;
	int fd = -1;

	if (op->seen.n == 0)
		return finish(c);
	b = seen_request(c, op, &fd, &e);
	op->before = c->sel->modseq;
	if (e.code != EC_OK) {
		buf_done(&b);
		return conn_fail(c, &e);
	}
	conn_call_owner(c, IPC_STORE_FLAGS, &b, fd);
	c->step = step_seen;
	return STEP_MORE;
}

static enum step
step_fetch(struct conn *c)
{
	struct fetch_op *op = c->op;
	int left = op->light ? LIM_IMAP_ROWS : WORK_PER_STEP;
	struct err e = ERR_INIT;
	enum work w;
	struct buf *b;

	if (stream_out_full(c->s))
		return STEP_WAIT;
	/* One transaction: locks cost as much as the reading. */
	if (store_read_begin(c->acct->store, &e) != 0)
		return conn_fail(c, &e);
	b = out_begin(c);
	do
		w = work(c, op, b, &e);
	while (w == WORK_MORE && --left > 0 && b->n < LIM_OUTPUT &&
	       (op->light || !conn_turn_is_over(c)));
	store_read_end(c->acct->store);
	out_end(c);
	switch (w) {
	case WORK_MORE:
		return STEP_MORE;
	case WORK_DONE:
		c->step = step_end;
		return STEP_MORE;
	case WORK_FAIL:
		return conn_fail(c, &e);
	default:
		/* Nothing can be said inside a literal. */
		c->closing = true;
		return STEP_END;
	}
}

enum step
cmd_fetch(struct conn *c)
{
	const struct imap_fetch *f = &c->cmd->fetch;
	struct fetch_op *op;

	if (selected_resolve(c, &c->cmd->set, c->cmd->uid) != 0)
		return conn_bad(c, "message number out of range");
	op = ARENA_NEW(c->arena, struct fetch_op);
	for (const struct imap_section *s = f->sections; s != NULL; s = s->next)
		op->marks |= !s->peek && !c->sel->readonly;
	op->tree = f->sections != NULL;
	op->light = !op->tree && (f->atts & (ATT(ENVELOPE) | ATT(BODY) | ATT(BODYSTRUCTURE))) == 0;
	rows_init(&op->rows, c, c->cmd->set, op->tree ? LIM_IMAP_ROWS_BIG : LIM_IMAP_ROWS);
	content_init(&op->ct);
	buf_init(&op->piece, LIM_IMAP_OUT);
	buf_init(&op->seen, SIZE_MAX / 2);
	c->op = op;
	c->op_done = fetch_done;
	c->step = step_fetch;
	return STEP_MORE;
}
