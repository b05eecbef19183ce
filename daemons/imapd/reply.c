/* Answers: scratch output, the end of a command. */
#include "imapd.h"

#include <stdarg.h>

struct buf *
out_begin(struct conn *c)
{
	buf_reset(&c->d->out);
	return &c->d->out;
}

void
out_end(struct conn *c)
{
	struct buf *b = &c->d->out;

	if (b->over) {
		LOG(&c->log, LOG_ERROR, "imapd.output.overflow", LF(size, (uint64_t)b->n));
		conn_bye(c, "[SERVERBUG] response too large");
		return;
	}
	stream_putstr(c->s, buf_str(b));
	/* A rare large one is not kept for ever. */
	if (b->cap > 4 * LIM_OUTPUT) {
		buf_reset(b);
		buf_shrink(b);
	}
}

void
out_line(struct conn *c, const char *fmt, ...)
{
	struct buf *b = out_begin(c);
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
	buf_puts(b, "\r\n");
	out_end(c);
}

enum step
conn_bye(struct conn *c, const char *text)
{
	if (!c->closing && !stream_in_handshake(c->s))
		stream_printf(c->s, "* BYE %s\r\n", text);
	c->closing = true;
	return STEP_END;
}

static void
put_tagged(struct conn *c)
{
	static const char *const words[] = {
		[REPLY_OK] = " OK ", [REPLY_NO] = " NO ", [REPLY_BAD] = " BAD "
	};
	struct buf *b = out_begin(c);

	buf_putstr(b, c->tag);
	buf_puts(b, words[c->fin]);
	if (c->fin_code.n > 0) {
		buf_putc(b, '[');
		buf_putstr(b, buf_str(&c->fin_code));
		buf_puts(b, "] ");
	}
	buf_puts(b, c->fin_text);
	buf_puts(b, "\r\n");
	out_end(c);
}

/* Keys of messages that were opened the slow way: deliverd keeps a cheap form. */
static void
send_keywraps(struct conn *c)
{
	struct msg_store_keywrap m = { .cap = conn_cap(c) };
	struct buf wraps, b;

	buf_init(&wraps, LIM_IPC_BODY);
	store_take_keywraps(c->acct->store, &wraps);
	if (wraps.n > 0) {
		m.wraps = buf_str(&wraps);
		buf_init(&b, LIM_IPC_BODY);
		msg_store_keywrap_put(&b, &m);
		ipc_notify(svc_peer(c->d->svc, ROLE_DELIVERD, c->acct->owner), IPC_STORE_KEYWRAP,
			   buf_str(&b), NULL, 0);
		buf_done(&b);
	}
	buf_done(&wraps);
}

static enum step
step_tagged(struct conn *c)
{
	put_tagged(c);
	if (c->acct != NULL && c->acct->store != NULL)
		send_keywraps(c);
	LOG(&c->log, LOG_DEBUG, "imapd.cmd.done",
	    LF(cmd, c->cmd != NULL ? imap_verb_name(c->cmd->verb) : "?"), LF(result, (int)c->fin),
	    LF(duration, loop_now(c->d->loop) - c->began));
	conn_command_free(c);
	if (c->state == ST_NOAUTH) /* the password was right, but the store could not be opened */
		conn_logout(c);
	conn_deadline(c);
	c->step = step_read;
	if (c->state == ST_NOAUTH && c->nbad > LIM_IMAP_ERRORS)
		return conn_bye(c, "too many errors");
	return STEP_MORE;
}

static bool
may_expunge(const struct conn *c)
{
	return c->row == NULL || (c->row->flags & CMD_SEQ) == 0 || c->cmd->uid;
}

static enum step
step_tell(struct conn *c)
{
	if (stream_out_full(c->s))
		return STEP_WAIT;
	if (c->sel != NULL && !selected_tell(c, may_expunge(c)))
		return STEP_MORE;
	c->step = step_tagged;
	return STEP_MORE;
}

/* What other sessions did is told with each command. */
static enum step
step_sync(struct conn *c)
{
	struct err e = ERR_INIT;

	c->step = step_tell;
	c->changed = false;
	switch (selected_collect(c, false, &e)) {
	case SYNC_GONE:
		return conn_bye(c, "[NONEXISTENT] the selected mailbox was deleted");
	case SYNC_LOST:
		return conn_bye(c, "[UNAVAILABLE] too much has changed, please connect again");
	case SYNC_ERROR:
		LOG(&c->log, LOG_WARN, "imapd.sync.failed", LF(err, (const struct err *)&e));
		break;
	case SYNC_OK:
		break;
	}
	return STEP_MORE;
}

static enum step
finish(struct conn *c, enum reply r, const char *code, const char *text)
{
	c->fin = r;
	buf_done(&c->fin_code);
	buf_init(&c->fin_code, LIM_IMAP_OUT);
	if (code != NULL)
		buf_puts(&c->fin_code, code);
	c->fin_text = text;
	/* Only where the command had the store open. */
	c->step = c->sel != NULL && r != REPLY_BAD && c->acct->store != NULL ? step_sync
									     : step_tagged;
	if (imap_reader_has_message(&c->rd) && !imap_reader_refuse(&c->rd)) {
		c->after = c->step;
		c->step = step_skip;
	}
	return STEP_MORE;
}

enum step
conn_ok(struct conn *c, const char *code, const char *text)
{
	return finish(c, REPLY_OK, code, text);
}

enum step
conn_no(struct conn *c, const char *code, const char *text)
{
	return finish(c, REPLY_NO, code, text);
}

enum step
conn_bad(struct conn *c, const char *text)
{
	if (c->nbad < UINT8_MAX)
		c->nbad++;
	return finish(c, REPLY_BAD, NULL, text);
}

enum step
conn_fail(struct conn *c, const struct err *e)
{
	LOG(&c->log,
	    err_is_temp(e) || e->code == EC_BUG || e->code == EC_CORRUPT ? LOG_WARN : LOG_DEBUG,
	    "imapd.cmd.failed", LF(cmd, imap_verb_name(c->cmd->verb)), LF(err, e));
	switch (e->code) {
	case EC_NOTFOUND:
		return conn_no(c, "NONEXISTENT", "no such mailbox");
	case EC_EXISTS:
		return conn_no(c, "ALREADYEXISTS", "mailbox exists already");
	case EC_LIMIT:
		return conn_no(c, "LIMIT", "a limit was reached");
	case EC_QUOTA:
		return conn_no(c, "OVERQUOTA", "over quota"); /* RFC 9208 4.3 */
	case EC_DENIED:
		return conn_no(c, "NOPERM", "not permitted");
	case EC_SYNTAX:
		return conn_no(c, "CANNOT", "name can't be used");
	case EC_CORRUPT:
		return conn_no(c, "CORRUPTION", "stored data is damaged");
	case EC_NOSPACE:
		return conn_no(c, "UNAVAILABLE", "no space left on the server");
	case EC_BUG:
		return conn_no(c, "SERVERBUG", "internal error");
	default:
		return conn_no(c, "UNAVAILABLE", "temporary problem, please try again");
	}
}
