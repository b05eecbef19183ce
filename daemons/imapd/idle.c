/*
 * IDLE: RFC 2177, RFC 9051 6.3.13. Nothing of the command stays in memory but its tag; a change of
 * the account (inotify) wakes the connection.
 */
#include "imapd.h"

static enum step
idle_end(struct conn *c, bool done)
{
	char *tag = c->idle_tag;
	enum step r;

	c->idle_tag = NULL;
	imap_reader_reset(&c->rd);
	c->began = loop_now(c->d->loop);
	c->arena = conn_arena();
	c->cmd = ARENA_NEW(c->arena, struct imap_cmd);
	c->cmd->verb = IMAP_V_IDLE;
	c->tag = arena_str(c->arena, str_c(tag));
	mem_free(tag);
	r = done ? conn_ok(c, NULL, "IDLE completed") : conn_bad(c, "DONE expected");
	return r;
}

/* False: the connection ends. */
static bool
news(struct conn *c)
{
	struct err e = ERR_INIT;
	enum sync r;

	if (account_open(c->acct, &e) != 0) {
		/* Told when the client speaks next. */
		LOG(&c->log, LOG_WARN, "imapd.idle.failed", LF(err, (const struct err *)&e));
		return true;
	}
	r = selected_collect(c, false, &e);
	if (r == SYNC_ERROR)
		LOG(&c->log, LOG_WARN, "imapd.idle.failed", LF(err, (const struct err *)&e));
	if (r == SYNC_GONE || r == SYNC_LOST) {
		conn_bye(c, r == SYNC_GONE
				    ? "[NONEXISTENT] the selected mailbox was deleted"
				    : "[UNAVAILABLE] too much has changed, please connect again");
		return false;
	}
	return true;
}

static enum step
step_idle(struct conn *c)
{
	struct str data;
	enum imap_in ev;
	size_t used;

	if (stream_out_full(c->s))
		return STEP_WAIT;
	if (c->sel != NULL && c->changed) {
		c->changed = false;
		if (!news(c))
			return STEP_END;
	}
	if (c->sel != NULL && !selected_tell(c, true))
		return STEP_MORE;
	ev = imap_reader_feed(&c->rd, stream_in(c->s), &used, &data);
	stream_consume(c->s, used);
	if (ev == IMAP_IN_MORE)
		return stream_get_state(c->s) == STREAM_EOF ? STEP_END : STEP_WAIT;
	return idle_end(c, ev == IMAP_IN_LINE && str_eqi(imap_reader_text(&c->rd), STR("DONE")));
}

enum step
cmd_idle(struct conn *c)
{
	char *tag = mem_dup(c->tag.p, c->tag.n + 1); /* the arena's copy has a NUL */

	conn_command_free(c);
	imap_reader_want_line(&c->rd);
	c->idle_tag = tag;
	c->changed = true; /* what came before the watch counts */
	stream_puts(c->s, "+ idling\r\n");
	conn_deadline(c);
	c->step = step_idle;
	return STEP_MORE;
}
