/* One transaction: MAIL, RCPT, DATA or BDAT, the message. */
#include "smtp/client_priv.h"

#include <inttypes.h>

#include "base/mem.h"

/* ---- results */

static enum smtp_client_result
result_of(unsigned code)
{
	return code / 100 == 2	 ? SMTP_CLIENT_OK
	       : code / 100 == 4 ? SMTP_CLIENT_TEMP
				 : SMTP_CLIENT_FAIL;
}

/* The recipients of this transaction that are undecided get `r`. */
static void
settle(struct smtp_client *c, enum smtp_client_result r, const struct smtp_said *said)
{
	for (size_t i = c->first; i < c->end; i++) {
		struct smtp_client_rcpt *rcpt = &c->t->rcpts[i];

		if (rcpt->result != SMTP_CLIENT_TRIED && rcpt->result != SMTP_CLIENT_ACCEPTED)
			continue;
		rcpt->result = r;
		if (said != NULL)
			rcpt->said = *said;
	}
}

static void
settle_by_reply(struct smtp_client *c)
{
	settle(c, result_of(c->said.code), &c->said);
}

static void
finish(struct smtp_client *c)
{
	c->t = NULL;
	c->state = C_READY;
}

void
client_txn_leave(struct smtp_client *c, const char *ecode, struct str text, bool is_sent)
{
	struct smtp_said said;

	if (c->state == C_END && is_sent) {
		smtp_said_set(&said, 0, str_c(ecode), text);
		settle(c, SMTP_CLIENT_TEMP, &said);
	} else {
		settle(c, SMTP_CLIENT_OPEN, NULL);
	}
	c->t = NULL;
}

/* ---- begin */

/* Words of ours when this server can't take the message; NULL when it can. */
static const char *
unfit(const struct smtp_client *c, const struct smtp_client_txn *t, const char **ecode)
{
	const struct smtp_client_caps *caps = &c->caps;

	*ecode = "5.6.7";
	if (t->needs_utf8 && !caps->utf8)
		return "the server does not take internationalized mail (SMTPUTF8)";
	*ecode = "5.6.3";
	if (t->is_binary && (!caps->chunking || !caps->binary))
		return "the server does not take binary messages (BINARYMIME)";
	if (t->has_8bit && !t->is_binary && !caps->eightbit)
		return "the server does not take 8-bit messages (8BITMIME)";
	*ecode = "5.3.4";
	if (caps->has_size && caps->size > 0 && t->size > caps->size)
		return "the message is larger than the server takes";
	return NULL;
}

/* As many of those that are open as go into one transaction. */
static void
choose(struct smtp_client *c, size_t max)
{
	size_t n = 0;

	c->first = c->end = 0;
	for (size_t i = 0; i < c->t->nrcpts && n < max; i++) {
		if (c->t->rcpts[i].result != SMTP_CLIENT_OPEN)
			continue;
		c->t->rcpts[i].result = SMTP_CLIENT_TRIED;
		if (n++ == 0)
			c->first = i;
		c->end = i + 1;
	}
}

void
smtp_client_send(struct smtp_client *c, struct smtp_client_txn *t)
{
	struct smtp_said said;
	const char *ecode, *why = unfit(c, t, &ecode);
	size_t max = LIM_SMTP_CLIENT_RCPTS;

	if (c->state != C_READY)
		return;
	c->t = t;
	if (why != NULL) {
		choose(c, SIZE_MAX);
		smtp_said_set(&said, 0, str_c(ecode), str_c(why));
		settle(c, SMTP_CLIENT_FAIL, &said);
		c->t = NULL;
		return;
	}
	if (c->caps.rcptmax > 0)
		max = MIN(max, c->caps.rcptmax);
	choose(c, max);
	if (c->end == 0) {
		c->t = NULL;
		return;
	}
	c->next_cmd = c->next_reply = c->must_reset ? CMD_RSET : CMD_MAIL;
	c->nsent = c->nanswered = c->naccepted = 0;
	c->is_mail_refused = c->is_data_sent = false;
	c->is_bdat = t->is_binary;
	c->is_fresh = true;
	c->transactions++;
	c->state = C_CMDS;
}

/* ---- commands */

/* The position behind this one. */
static size_t
next(const struct smtp_client *c, size_t pos)
{
	pos++;
	if (pos >= CMD_RCPT && pos < CMD_RCPT + c->first)
		pos = CMD_RCPT + c->first;
	while (pos >= CMD_RCPT && pos < CMD_RCPT + c->end &&
	       c->t->rcpts[pos - CMD_RCPT].result != SMTP_CLIENT_TRIED)
		pos++;
	return pos;
}

static void
mail_put(struct smtp_client *c)
{
	const struct smtp_client_txn *t = c->t;

	buf_puts(&c->out, "MAIL FROM:<");
	buf_putstr(&c->out, t->sender);
	buf_putc(&c->out, '>');
	if (c->caps.has_size)
		buf_printf(&c->out, " SIZE=%" PRIu64, t->size);
	if (t->is_binary)
		buf_puts(&c->out, " BODY=BINARYMIME");
	else if (t->has_8bit)
		buf_puts(&c->out, " BODY=8BITMIME");
	buf_puts(&c->out, t->needs_utf8 ? " SMTPUTF8\r\n" : "\r\n");
}

static void
command_put(struct smtp_client *c)
{
	size_t pos = c->next_cmd;

	if (pos == CMD_RSET) {
		buf_puts(&c->out, "RSET\r\n");
	} else if (pos == CMD_MAIL) {
		mail_put(c);
	} else if (pos < CMD_RCPT + c->end) {
		buf_puts(&c->out, "RCPT TO:<");
		buf_putstr(&c->out, c->t->rcpts[pos - CMD_RCPT].addr);
		buf_puts(&c->out, ">\r\n");
	} else {
		buf_puts(&c->out, "DATA\r\n");
		c->is_data_sent = true;
	}
	c->next_cmd = next(c, pos);
	c->nsent++;
}

static void
body_begin(struct smtp_client *c)
{
	c->last = '\n';
	c->left = c->t->size;
	if (c->is_bdat)
		buf_printf(&c->out, "BDAT %" PRIu64 " LAST\r\n", c->left);
	c->state = C_BODY;
}

static bool body_put(struct smtp_client *c);

/* What may be sent now. DATA without pipelining, and BDAT always, wait to see that somebody gets
 * the message. */
static bool
commands_put(struct smtp_client *c)
{
	size_t data = CMD_RCPT + c->end;

	while (!c->is_mail_refused && !c->is_data_sent &&
	       (c->caps.pipelining || c->nsent == c->nanswered)) {
		if (c->out.n > LIM_OUTPUT)
			return false;
		if (c->next_cmd < data) {
			command_put(c);
			continue;
		}
		if (c->nsent == c->nanswered && c->naccepted == 0) {
			c->must_reset = true;
			finish(c);
			return true;
		}
		if (!c->is_bdat) {
			command_put(c);
			continue;
		}
		if (c->nsent > c->nanswered)
			break;
		body_begin(c);
		return body_put(c);
	}
	return true;
}

/* ---- the message */

/* A dot at the start of a line gets another one: RFC 5321 4.5.2. */
static void
dots_put(struct smtp_client *c, struct str s)
{
	const char *from = s.p, *p = s.p, *end = s.p + s.n;

	while (p < end && (p = memchr(p, '.', (size_t)(end - p))) != NULL) {
		if ((p > s.p ? p[-1] : c->last) == '\n') {
			buf_put(&c->out, from, (size_t)(p - from));
			buf_putc(&c->out, '.');
			from = p;
		}
		p++;
	}
	buf_put(&c->out, from, (size_t)(end - from));
	c->last = end[-1];
}

static void
body_end(struct smtp_client *c)
{
	if (!c->is_bdat) {
		if (c->last != '\n')
			buf_puts(&c->out, c->last == '\r' ? "\n" : "\r\n");
		buf_puts(&c->out, ".\r\n");
	}
	c->state = C_END;
}

/* The message can't be read, or is not as long as was said: the server never sees its end. */
static void
body_failed(struct smtp_client *c)
{
	smtp_said_set(&c->said, 0, STR("4.3.0"), STR("the message can't be read"));
	settle(c, SMTP_CLIENT_TEMP, &c->said);
	c->t = NULL;
	c->state = C_DEAD;
}

static bool
body_put(struct smtp_client *c)
{
	while (c->state == C_BODY) {
		struct str piece;
		int r;

		if (c->out.n > LIM_OUTPUT)
			return false;
		r = c->t->source(c->t->arg, &piece);
		if (r < 0 || (r > 0 && piece.n > c->left) || (r == 0 && c->left > 0)) {
			body_failed(c);
		} else if (r == 0) {
			body_end(c);
		} else {
			c->left -= piece.n;
			if (c->is_bdat)
				buf_putstr(&c->out, piece);
			else if (piece.n > 0)
				dots_put(c, piece);
		}
	}
	return true;
}

bool
client_txn_put(struct smtp_client *c)
{
	return c->state == C_BODY ? body_put(c) : commands_put(c);
}

/* ---- replies */

static void
confused(struct smtp_client *c)
{
	client_dead(c, "4.5.0", STR("the server's reply does not fit the command"));
}

static void
data_reply(struct smtp_client *c)
{
	unsigned class = c->said.code / 100;

	if (class == 3) {
		if (c->naccepted > 0) {
			body_begin(c);
			return;
		}
		/* It waits for a message to nobody. RFC 2920 3.1. */
		c->must_reset = true;
		buf_puts(&c->out, ".\r\n");
		c->state = C_END;
	} else if (class == 2) {
		confused(c);
	} else {
		settle_by_reply(c);
		c->must_reset = !c->is_mail_refused;
		finish(c);
	}
}

/* MAIL was refused; replies to what was pipelined behind it say nothing new. */
static void
refused_reply(struct smtp_client *c)
{
	if (c->nanswered < c->nsent)
		return;
	if (c->is_data_sent && c->said.code / 100 == 3)
		data_reply(c);
	else
		finish(c);
}

bool
smtp_client_is_too_many(const struct smtp_client_rcpt *r)
{
	struct str ecode = str_c(r->said.ecode);

	/* The status tells it from full disks and mailboxes. */
	return (r->said.code == 452 || r->said.code == 552) &&
	       (ecode.n == 0 || str_has_suffix(ecode, STR(".5.3")));
}

static void
rcpt_reply(struct smtp_client *c, struct smtp_client_rcpt *rcpt)
{
	enum smtp_client_result r = result_of(c->said.code);

	if (r == SMTP_CLIENT_OK) {
		rcpt->result = SMTP_CLIENT_ACCEPTED;
		c->naccepted++;
		return;
	}
	rcpt->said = c->said;
	rcpt->result = smtp_client_is_too_many(rcpt) ? SMTP_CLIENT_TEMP : r;
}

static void
command_reply(struct smtp_client *c)
{
	size_t pos = c->next_reply, class = c->said.code / 100;

	/* One reply too many. */
	if (c->nanswered == c->nsent) {
		confused(c);
		return;
	}
	c->nanswered++;
	if (c->is_mail_refused) {
		refused_reply(c);
		return;
	}
	if (pos == CMD_RCPT + c->end) {
		data_reply(c);
		return;
	}
	c->next_reply = next(c, pos);
	if (class == 3) {
		confused(c);
	} else if (pos == CMD_RSET) {
		if (class != 2)
			client_dead(c, "4.5.0", STR("the server refuses RSET"));
		c->must_reset = false;
	} else if (pos >= CMD_RCPT) {
		rcpt_reply(c, &c->t->rcpts[pos - CMD_RCPT]);
	} else if (class != 2) {
		settle_by_reply(c);
		c->is_mail_refused = true;
		if (c->nanswered == c->nsent)
			finish(c);
	}
}

/* The reply to the message. An early one, before its end was sent, can only be a refusal; the
 * connection is then of no more use. */
static void
message_reply(struct smtp_client *c)
{
	if (c->said.code / 100 == 3 || (c->state == C_BODY && c->said.code / 100 == 2)) {
		confused(c);
		return;
	}
	settle_by_reply(c);
	c->t = NULL;
	c->state = c->state == C_BODY || c->said.code == 421 ? C_DEAD : C_READY;
}

void
client_txn_reply(struct smtp_client *c)
{
	c->said = c->answer.said;
	c->is_fresh &= c->said.code == 421;
	if (c->state != C_CMDS) {
		message_reply(c);
	} else if (c->said.code == 421) {
		settle(c, SMTP_CLIENT_OPEN, NULL);
		c->t = NULL;
		c->state = C_DEAD;
	} else {
		command_reply(c);
	}
}
