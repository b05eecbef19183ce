/* SELECT, EXAMINE, CLOSE, UNSELECT. RFC 9051 6.3.2, 6.4.1; RFC 3501 6.3.1; RFC 3691. */
#include "imapd.h"

static void
unselect(struct conn *c)
{
	selected_free(&c->sel);
	c->state = ST_AUTH;
}

/* What SELECT says, all of one moment. */
static int
look(struct conn *c, struct store_mailbox *m, uint32_t *unseen, struct err *e)
{
	struct store *st = c->acct->store;
	int r;

	*unseen = 0;
	if (store_read_begin(st, e) != 0)
		return -1;
	r = selected_new(c, c->cmd->mailbox, c->cmd->verb == IMAP_V_EXAMINE, m, e);
	if (r == 0)
		m->name = arena_str(c->arena, m->name);
	if (r == 0 && !c->utf8)
		(void)store_first_unseen(st, m, LIM_IMAP_UNSEEN, unseen, e);
	store_read_end(st);
	return r;
}

static void
put_selected(struct conn *c, const struct store_mailbox *m, uint32_t unseen, struct buf *b)
{
	put_flags_line(c->sel, b);
	buf_puts(b, "* ");
	imap_put_u32(b, c->sel->count);
	buf_puts(b, " EXISTS\r\n");
	if (!c->utf8)
		buf_puts(b, "* 0 RECENT\r\n");
	if (unseen > 0)
		buf_printf(b, "* OK [UNSEEN %u] first unseen\r\n", unseen);
	buf_printf(b, "* OK [UIDVALIDITY %u] UIDs valid\r\n* OK [UIDNEXT %u] next UID\r\n",
		   c->sel->uidvalidity, c->sel->uidnext);
	if (c->utf8) {
		buf_puts(b, "* LIST () \"/\" ");
		imap_put_mailbox(b, m->name, true);
		buf_puts(b, "\r\n");
	}
}

enum step
cmd_select(struct conn *c)
{
	bool readonly = c->cmd->verb == IMAP_V_EXAMINE;
	struct err e = ERR_INIT;
	struct store_mailbox m;
	uint32_t unseen;

	if (c->sel != NULL) {
		unselect(c);
		stream_puts(c->s, "* OK [CLOSED] previous mailbox is closed\r\n");
	}
	if (look(c, &m, &unseen, &e) != 0)
		return conn_fail(c, &e);
	put_selected(c, &m, unseen, out_begin(c));
	out_end(c);
	return conn_ok(c, readonly ? "READ-ONLY" : "READ-WRITE",
		       readonly ? "EXAMINE completed" : "SELECT completed");
}

enum step
cmd_unselect(struct conn *c)
{
	unselect(c);
	return conn_ok(c, NULL, "UNSELECT completed");
}

static enum step
step_closed(struct conn *c)
{
	if (!c->ans->done)
		return STEP_WAIT;
	if (c->ans->e.code != EC_OK)
		return conn_fail(c, &c->ans->e);
	unselect(c);
	return conn_ok(c, NULL, "CLOSE completed");
}

/* Expunges without telling. */
enum step
cmd_close(struct conn *c)
{
	struct msg_store_expunge m = { .cap = conn_cap(c),
				       .mailbox = (uint64_t)c->sel->id,
				       .all = 1 };
	struct err e = ERR_INIT;
	struct store_mailbox mb;
	struct buf b;

	if (c->sel->readonly || c->acct->store == NULL ||
	    (store_mailbox_get(c->acct->store, c->sel->id, &mb, &e) == 0 && mb.deleted == 0)) {
		unselect(c);
		return conn_ok(c, NULL, "CLOSE completed");
	}
	buf_init(&b, 1024);
	msg_store_expunge_put(&b, &m);
	conn_call_owner(c, IPC_STORE_EXPUNGE, &b, -1);
	c->step = step_closed;
	return STEP_MORE;
}
