/*
 * STORE, EXPUNGE, COPY, MOVE: a set of UIDs goes to deliverd, the answer says what happened. RFC
 * 9051 6.4.3, 6.4.6-9, RFC 4315, RFC 6851.
 */
#include "imapd.h"

struct change_op {
	struct imap_set set; /* UIDs */
	uint64_t before;     /* modseq of the view when the request left */
	struct rows rows;    /* STORE: telling the new flags */
	/* COPY */
	struct buf src, dst;
};

static struct change_op *
op_new(struct conn *c)
{
	struct change_op *op = ARENA_NEW(c->arena, struct change_op);

	op->set = c->cmd->set;
	op->before = c->sel->modseq;
	c->op = op;
	return op;
}

/* The set as the field of a request; in *fd when it is large. False: the command was answered. */
static bool
pack(struct conn *c, const struct imap_set *s, struct str *field, int *fd)
{
	struct err e = ERR_INIT;
	struct buf b;
	bool ok;

	buf_init(&b, LIM_SET_INLINE);
	ok = set_pack(s, &b, fd, &e) == 0;
	if (ok)
		*field = arena_str(c->arena, buf_str(&b));
	else
		(void)conn_fail(c, &e);
	buf_done(&b);
	return ok;
}

/* ---- STORE */

static void
put_row(struct conn *c, uint32_t seq, const struct store_row *r, struct buf *b)
{
	buf_put(b, "* ", 2);
	imap_put_u32(b, seq);
	buf_put(b, " FETCH (", 8);
	if (c->cmd->uid || c->utf8) {
		buf_put(b, "UID ", 4);
		imap_put_u32(b, r->uid);
		buf_putc(b, ' ');
	}
	buf_put(b, "FLAGS (", 7);
	put_row_flags(c->sel, r->flags, r->keywords, b);
	buf_put(b, "))\r\n", 4);
}

static enum step
step_flags(struct conn *c)
{
	struct change_op *op = c->op;
	struct store_row *row;
	struct err e = ERR_INIT;
	uint32_t seq;
	struct buf *b;
	int r;

	if (stream_out_full(c->s))
		return STEP_WAIT;
	b = out_begin(c);
	do {
		if ((r = rows_next(&op->rows, &row, &seq, &e)) > 0)
			put_row(c, seq, row, b);
	} while (r > 0 && !rows_is_empty(&op->rows));
	out_end(c);
	if (r > 0)
		return STEP_MORE;
	return r < 0 ? conn_fail(c, &e) : conn_ok(c, NULL, "STORE completed");
}

static enum step
step_stored(struct conn *c)
{
	struct change_op *op = c->op;
	struct msg_store_flags_r r;

	if (!c->ans->done)
		return STEP_WAIT;
	if (c->ans->e.code != EC_OK)
		return conn_fail(c, &c->ans->e);
	if (!msg_store_flags_r_get(c->ans->body, &r))
		return conn_no(c, "SERVERBUG", "malformed answer");
	/* A keyword may be new to the mailbox: the client hears of it before it reads it. */
	if (c->cmd->flags.nkw > 0)
		selected_keywords(c);
	selected_own(c->sel, op->before, r.modseq, &op->set);
	if (c->cmd->silent)
		return conn_ok(c, NULL, "STORE completed");
	rows_init(&op->rows, c, op->set, LIM_IMAP_ROWS);
	c->step = step_flags;
	return STEP_MORE;
}

enum step
cmd_store(struct conn *c)
{
	struct msg_store_flags m = { .cap = conn_cap(c),
				     .mailbox = (uint64_t)c->sel->id,
				     .flags = c->cmd->flags.sys };
	struct buf b, kw;
	int fd;

	if (selected_resolve(c, &c->cmd->set, c->cmd->uid) != 0)
		return conn_bad(c, "message number out of range");
	if (c->cmd->set.n == 0)
		return conn_ok(c, NULL, "STORE completed, no messages");
	(void)op_new(c);
	m.op = c->cmd->store_op == '+'	 ? STORE_FLAGS_ADD
	       : c->cmd->store_op == '-' ? STORE_FLAGS_DEL
					 : STORE_FLAGS_SET;
	buf_init(&kw, LIM_KEYWORDS * (LIM_KEYWORD + 4));
	keywords_pack(&c->cmd->flags, &kw);
	m.keywords = arena_str(c->arena, buf_str(&kw));
	buf_done(&kw);
	if (m.keywords.n > 16384)
		return conn_no(c, "LIMIT", "too many keywords");
	if (!pack(c, &c->cmd->set, &m.uids, &fd))
		return STEP_MORE;
	buf_init(&b, LIM_IPC_BODY);
	msg_store_flags_put(&b, &m);
	conn_call_owner(c, IPC_STORE_FLAGS, &b, fd);
	c->step = step_stored;
	return STEP_MORE;
}

/* ---- EXPUNGE */

static enum step
step_expunged(struct conn *c)
{
	if (!c->ans->done)
		return STEP_WAIT;
	if (c->ans->e.code != EC_OK)
		return conn_fail(c, &c->ans->e);
	/* The end of every command tells what is gone. */
	return conn_ok(c, NULL, "EXPUNGE completed");
}

enum step
cmd_expunge(struct conn *c)
{
	struct msg_store_expunge m = { .cap = conn_cap(c),
				       .mailbox = (uint64_t)c->sel->id,
				       .all = !c->cmd->uid };
	struct buf b;
	int fd = -1;

	if (c->cmd->uid) {
		if (selected_resolve(c, &c->cmd->set, true) != 0 || c->cmd->set.n == 0)
			return conn_ok(c, NULL, "EXPUNGE completed, no messages");
		if (!pack(c, &c->cmd->set, &m.uids, &fd))
			return STEP_MORE;
	}
	buf_init(&b, LIM_IPC_BODY);
	msg_store_expunge_put(&b, &m);
	conn_call_owner(c, IPC_STORE_EXPUNGE, &b, fd);
	c->step = step_expunged;
	return STEP_MORE;
}

/* ---- COPY, MOVE */

static void
copy_done(struct conn *c)
{
	struct change_op *op = c->op;

	buf_done(&op->src);
	buf_done(&op->dst);
}

static enum step
copied(struct conn *c, const struct msg_store_copy_r *r)
{
	struct change_op *op = c->op;
	struct err e = ERR_INIT;
	struct imap_set src, dst;
	struct buf code;
	bool move = c->cmd->verb == IMAP_V_MOVE;
	enum step st;

	/* Descriptors stand in for empty fields, in order. */
	if (set_unpack(r->src, r->src.n == 0 ? c->ans->fd : -1, &op->src, &e) != 0 ||
	    set_unpack(r->dst,
		       r->dst.n > 0    ? -1
		       : r->src.n == 0 ? c->ans->fd2
				       : c->ans->fd,
		       &op->dst, &e) != 0)
		return conn_fail(c, &e);
	if (op->src.n == 0)
		return conn_ok(c, NULL, "completed, no messages");
	src = imap_ranges_set(&op->src);
	dst = imap_ranges_set(&op->dst);
	buf_init(&code, LIM_IMAP_OUT);
	buf_printf(&code, "COPYUID %u ", (unsigned)r->uidvalidity);
	imap_put_set(&code, &src);
	buf_putc(&code, ' ');
	imap_put_set(&code, &dst);
	if (move) {
		/* RFC 6851 4.3: before the EXPUNGEs. */
		stream_puts(c->s, "* OK [");
		stream_putstr(c->s, buf_str(&code));
		stream_puts(c->s, "] moved\r\n");
		st = conn_ok(c, NULL, "MOVE completed");
	} else {
		st = conn_ok(c, buf_c(&code), "COPY completed");
	}
	buf_done(&code);
	return st;
}

static enum step
step_copied(struct conn *c)
{
	struct msg_store_copy_r r;

	if (!c->ans->done)
		return STEP_WAIT;
	if (c->ans->e.code == EC_NOTFOUND)
		return conn_no(c, "TRYCREATE", "no such mailbox");
	if (c->ans->e.code != EC_OK)
		return conn_fail(c, &c->ans->e);
	if (!msg_store_copy_r_get(c->ans->body, &r))
		return conn_no(c, "SERVERBUG", "malformed answer");
	return copied(c, &r);
}

enum step
cmd_copy(struct conn *c)
{
	struct msg_store_copy m = { .cap = conn_cap(c),
				    .src = (uint64_t)c->sel->id,
				    .move = c->cmd->verb == IMAP_V_MOVE };
	struct store_mailbox mb;
	struct change_op *op;
	struct err e = ERR_INIT;
	struct buf b;
	int fd;

	if (selected_resolve(c, &c->cmd->set, c->cmd->uid) != 0)
		return conn_bad(c, "message number out of range");
	if (store_mailbox_find(c->acct->store, c->cmd->mailbox, &mb, &e) != 0) {
		if (e.code == EC_NOTFOUND)
			return conn_no(c, "TRYCREATE", "no such mailbox");
		return conn_fail(c, &e);
	}
	if (c->cmd->set.n == 0)
		return conn_ok(c, NULL, "completed, no messages");
	m.dst = (uint64_t)mb.id;
	if (!pack(c, &c->cmd->set, &m.uids, &fd))
		return STEP_MORE;
	op = op_new(c);
	buf_init(&op->src, SIZE_MAX / 2);
	buf_init(&op->dst, SIZE_MAX / 2);
	c->op_done = copy_done;
	buf_init(&b, LIM_IPC_BODY);
	msg_store_copy_put(&b, &m);
	conn_call_owner(c, IPC_STORE_COPY, &b, fd);
	c->step = step_copied;
	return STEP_MORE;
}
