/*
 * APPEND: RFC 9051 6.3.12, RFC 4315, RFC 7888, RFC 7889. The message goes to a spool as it arrives
 * and from there, as a descriptor, to deliverd; it is never in memory as a whole.
 */
#include "imapd.h"

#include <stdio.h>
#include <unistd.h>

struct append_op {
	struct spool *spool;
	int64_t mailbox;
};

static void
append_done(struct conn *c)
{
	struct append_op *op = c->op;

	spool_free(&op->spool);
}

static enum step
step_appended(struct conn *c)
{
	struct msg_store_append_r r;
	char code[64];

	if (!c->ans->done)
		return STEP_WAIT;
	if (c->ans->e.code == EC_NOTFOUND)
		return conn_no(c, "TRYCREATE", "no such mailbox");
	if (c->ans->e.code != EC_OK)
		return conn_fail(c, &c->ans->e);
	if (!msg_store_append_r_get(c->ans->body, &r))
		return conn_no(c, "SERVERBUG", "malformed answer");
	snprintf(code, sizeof(code), "APPENDUID %u %u", (unsigned)r.uidvalidity, (unsigned)r.uid);
	return conn_ok(c, code, "APPEND completed");
}

static enum step
hand_over(struct conn *c)
{
	struct append_op *op = c->op;
	struct msg_store_append m = { .cap = conn_cap(c),
				      .mailbox = (uint64_t)op->mailbox,
				      .flags = c->cmd->flags.sys };
	struct spool_done done;
	struct err e = ERR_INIT;
	struct buf b, kw;
	int fd;

	if (spool_size(op->spool) == 0)
		return conn_no(c, "CANNOT", "empty message");
	if (spool_finish(op->spool, &done, &e) != 0 || (fd = spool_fd_dup(op->spool, &e)) < 0)
		return conn_fail(c, &e);
	buf_init(&kw, LIM_KEYWORDS * (LIM_KEYWORD + 4));
	keywords_pack(&c->cmd->flags, &kw);
	m.keywords = buf_str(&kw);
	m.received = c->cmd->has_date ? (uint64_t)MAX(c->cmd->date, 1) : 0; /* 0 is now */
	m.size = done.size;
	m.filekey = (struct str){ (const char *)done.key, done.key_n };
	buf_init(&b, LIM_IPC_BODY);
	msg_store_append_put(&b, &m);
	mem_wipe(done.key, sizeof(done.key));
	buf_done(&kw);
	if (m.keywords.n > 16384) {
		close(fd);
		buf_done(&b);
		return conn_no(c, "LIMIT", "too many keywords");
	}
	conn_call_owner(c, IPC_STORE_APPEND, &b, fd);
	c->step = step_appended;
	return STEP_MORE;
}

static enum step
step_message(struct conn *c)
{
	struct append_op *op = c->op;
	struct err e = ERR_INIT;
	struct str data;
	size_t used;
	enum imap_in ev = imap_reader_feed(&c->rd, stream_in(c->s), &used, &data);

	if (ev == IMAP_IN_DATA && spool_put(op->spool, data, &e) != 0) {
		stream_consume(c->s, used);
		return conn_fail(c, &e); /* swallows the rest */
	}
	if (used > 0) {
		stream_consume(c->s, used);
		conn_deadline(c);
	}
	switch (ev) {
	case IMAP_IN_DATA:
		return STEP_MORE;
	case IMAP_IN_MORE:
		return stream_get_state(c->s) == STREAM_EOF ? STEP_END : STEP_WAIT;
	case IMAP_IN_COMMAND:
		return hand_over(c);
	case IMAP_IN_FATAL:
		return conn_bye(c, "literal too large");
	default:
		return conn_bad(c, imap_reader_why(&c->rd));
	}
}

/* The reader has stopped in front of the message. */
enum step
cmd_append(struct conn *c)
{
	struct append_op *op = ARENA_NEW(c->arena, struct append_op);
	struct store_mailbox m;
	struct err e = ERR_INIT;
	uint64_t space;

	if (store_mailbox_find(c->acct->store, c->cmd->mailbox, &m, &e) != 0) {
		if (e.code == EC_NOTFOUND)
			return conn_no(c, "TRYCREATE", "no such mailbox");
		return conn_fail(c, &e);
	}
	if (c->cmd->literal > LIM_IMAP_APPEND)
		return conn_no(c, "TOOBIG", "message too large");
	/* Better before it is sent than when the disk is full of it. */
	if (c->cmd->literal > LIM_MEMFD &&
	    (space = spool_disk_free(svc_dir(c->d->svc, "tmp"))) > 0 && space < c->cmd->literal)
		return conn_no(c, "UNAVAILABLE", "no space left on the server");
	op->mailbox = m.id;
	op->spool = spool_new(svc_dir(c->d->svc, "tmp"), &c->d->spools, c->cmd->literal);
	c->op = op;
	c->op_done = append_done;
	if (imap_reader_accept(&c->rd))
		stream_puts(c->s, "+ go on\r\n");
	c->step = step_message;
	return STEP_MORE;
}
