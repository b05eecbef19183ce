/* Greeting, CAPABILITY, ENABLE, ID, NAMESPACE, NOOP, LOGOUT. */
#include "imapd.h"

#include "config.h"

/* Before TLS a client must not be led to send a password (RFC 9051 11.1, LOGINDISABLED). */
static bool
may_login(const struct conn *c)
{
	return c->tls || c->clear_ok;
}

void
put_capabilities(struct conn *c, struct buf *b)
{
	buf_puts(b, "CAPABILITY IMAP4rev1 IMAP4rev2 SASL-IR LITERAL+ ID ENABLE IDLE");
	if (c->state == ST_NOAUTH) {
		if (!c->tls && tls_set_find(c->d->tls, str_c(c->listener)) != NULL)
			buf_puts(b, " STARTTLS");
		buf_puts(b, may_login(c) ? " AUTH=PLAIN" : " LOGINDISABLED");
		return;
	}
	/* Each one works: see the list in imapd(8). */
	buf_puts(b, " NAMESPACE CHILDREN SPECIAL-USE CREATE-SPECIAL-USE LIST-EXTENDED LIST-STATUS"
		    " STATUS=SIZE UNSELECT UIDPLUS MOVE ESEARCH SEARCHRES APPENDLIMIT=");
	buf_putu64(b, LIM_IMAP_APPEND);
}

enum step
step_greet(struct conn *c)
{
	struct buf *b = out_begin(c);

	buf_puts(b, "* OK [");
	put_capabilities(c, b);
	buf_puts(b, "] mox ready\r\n");
	out_end(c);
	c->step = step_read;
	return STEP_MORE;
}

enum step
cmd_capability(struct conn *c)
{
	struct buf *b = out_begin(c);

	buf_puts(b, "* ");
	put_capabilities(c, b);
	buf_puts(b, "\r\n");
	out_end(c);
	return conn_ok(c, NULL, "CAPABILITY completed");
}

enum step
cmd_noop(struct conn *c)
{
	return conn_ok(c, NULL, "completed");
}

static enum step
step_bye(struct conn *c)
{
	stream_write(c->s, c->tag.p, c->tag.n);
	stream_puts(c->s, " OK LOGOUT completed\r\n");
	c->closing = true;
	return STEP_END;
}

enum step
cmd_logout(struct conn *c)
{
	stream_puts(c->s, "* BYE logging out\r\n");
	c->step = step_bye;
	return STEP_MORE;
}

/* RFC 2971. Who is not logged in learns no version. */
enum step
cmd_id(struct conn *c)
{
	for (unsigned i = 0; i + 1 < c->cmd->nwords; i += 2)
		if (str_eqi(c->cmd->words[i], STR("name")) && c->cmd->words[i + 1].p != NULL)
			LOG(&c->log, LOG_INFO, "imapd.client", LF(name, c->cmd->words[i + 1]));
	if (c->state == ST_NOAUTH)
		out_line(c, "* ID (\"name\" \"mox\")");
	else
		out_line(c, "* ID (\"name\" \"mox\" \"version\" \"%s\")", MOX_VERSION);
	return conn_ok(c, NULL, "ID completed");
}

/* RFC 5161. What we do not know or what needs no enabling is left out. */
enum step
cmd_enable(struct conn *c)
{
	bool now = false;

	for (unsigned i = 0; i < c->cmd->nwords; i++)
		now = now || str_eqi(c->cmd->words[i], STR("IMAP4rev2"));
	out_line(c, "* ENABLED%s", now && !c->utf8 ? " IMAP4rev2" : "");
	c->utf8 = c->utf8 || now;
	return conn_ok(c, NULL, "ENABLE completed");
}

/* RFC 2342: everything is personal. */
enum step
cmd_namespace(struct conn *c)
{
	out_line(c, "* NAMESPACE ((\"\" \"/\")) NIL NIL");
	return conn_ok(c, NULL, "NAMESPACE completed");
}
