/* CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE: requests to deliverd. RFC 9051 6.3.4-8. */
#include "imapd.h"

/* The answer has nothing that the client need know. */
static enum step
step_done(struct conn *c)
{
	if (!c->ans->done)
		return STEP_WAIT;
	if (c->ans->e.code != EC_OK)
		return conn_fail(c, &c->ans->e);
	return conn_ok(c, NULL, "completed");
}

static enum step
ask(struct conn *c, enum ipc_type type, struct buf *b)
{
	conn_call_owner(c, type, b, -1);
	c->step = step_done;
	return STEP_MORE;
}

static bool
too_long(struct str name)
{
	return name.n > LIM_MAILBOX_NAME || name.n == 0;
}

enum step
cmd_create(struct conn *c)
{
	struct msg_store_create m = { .cap = conn_cap(c),
				      .name = c->cmd->mailbox,
				      .special = c->cmd->special };
	struct buf b;

	/* A name that ends with the separator only announces children (RFC 9051 6.3.4). */
	if (m.name.n > 1 && m.name.p[m.name.n - 1] == '/')
		m.name.n--;
	if (too_long(m.name))
		return conn_no(c, "CANNOT", "mailbox name too long");
	if ((c->cmd->special & IMAP_SPECIAL_UNKNOWN) != 0)
		return conn_no(c, "USEATTR", "special use is not supported");
	buf_init(&b, LIM_IPC_BODY);
	msg_store_create_put(&b, &m);
	return ask(c, IPC_STORE_CREATE, &b);
}

/* The mailbox that this session has selected is gone by its own wish. */
static enum step
step_deleted(struct conn *c)
{
	struct store_mailbox m;
	struct err e = ERR_INIT;

	if (!c->ans->done)
		return STEP_WAIT;
	if (c->ans->e.code == EC_OK && c->sel != NULL &&
	    store_mailbox_get(c->acct->store, c->sel->id, &m, &e) != 0 && e.code == EC_NOTFOUND) {
		selected_free(&c->sel);
		c->state = ST_AUTH;
		stream_puts(c->s, "* OK [CLOSED] mailbox was deleted\r\n");
	}
	return step_done(c);
}

struct children {
	struct str name;
	bool found;
};

static bool
on_mailbox(void *arg, const struct store_mailbox *m)
{
	struct children *k = arg;

	k->found = m->id != 0 && m->name.n > k->name.n && str_has_prefix(m->name, k->name) &&
		   m->name.p[k->name.n] == '/';
	return !k->found;
}

static bool
has_children(struct conn *c, struct str name)
{
	struct children k = { .name = name };
	struct err e = ERR_INIT;

	return store_mailboxes(c->acct->store, on_mailbox, &k, &e) == 0 && k.found;
}

enum step
cmd_delete(struct conn *c)
{
	struct msg_store_delete m = { .cap = conn_cap(c), .name = c->cmd->mailbox };
	struct buf b;

	if (too_long(m.name))
		return conn_no(c, "NONEXISTENT", "no such mailbox");
	if (str_eq(m.name, STR("Inbox")))
		return conn_no(c, "CANNOT", "INBOX can't be deleted");
	if (has_children(c, m.name))
		return conn_no(c, "HASCHILDREN", "mailbox has children");
	buf_init(&b, LIM_IPC_BODY);
	msg_store_delete_put(&b, &m);
	conn_call_owner(c, IPC_STORE_DELETE, &b, -1);
	c->step = step_deleted;
	return STEP_MORE;
}

enum step
cmd_rename(struct conn *c)
{
	struct msg_store_rename m = { .cap = conn_cap(c),
				      .from = c->cmd->mailbox,
				      .to = c->cmd->mailbox2 };
	struct buf b;

	if (too_long(m.from))
		return conn_no(c, "NONEXISTENT", "no such mailbox");
	if (too_long(m.to))
		return conn_no(c, "CANNOT", "mailbox name too long");
	buf_init(&b, LIM_IPC_BODY);
	msg_store_rename_put(&b, &m);
	return ask(c, IPC_STORE_RENAME, &b);
}

enum step
cmd_subscribe(struct conn *c)
{
	struct msg_store_subscribe m = { .cap = conn_cap(c),
					 .name = c->cmd->mailbox,
					 .on = c->cmd->verb == IMAP_V_SUBSCRIBE };
	struct buf b;

	if (too_long(m.name))
		return conn_no(c, "CANNOT", "mailbox name too long");
	buf_init(&b, LIM_IPC_BODY);
	msg_store_subscribe_put(&b, &m);
	return ask(c, IPC_STORE_SUBSCRIBE, &b);
}
