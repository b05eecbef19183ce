#include "smtp/client_priv.h"

#include "base/mem.h"

struct smtp_client *
smtp_client_new(struct str helo, bool use_tls)
{
	struct smtp_client *c = MEM_NEW(struct smtp_client);

	if (str_to_c(helo, c->helo, sizeof(c->helo)) < 0 || helo.n == 0)
		memcpy(c->helo, "localhost", sizeof("localhost"));
	c->use_tls = use_tls;
	/* Producing stops at LIM_OUTPUT; a piece of the message and its dots come on top. */
	buf_init(&c->out, LIM_OUTPUT_MAX);
	smtp_answer_init(&c->answer);
	return c;
}

void
smtp_client_free(struct smtp_client **cp)
{
	struct smtp_client *c = *cp;

	*cp = NULL;
	if (c == NULL)
		return;
	buf_wipe(&c->out);
	mem_free(c);
}

struct buf *
smtp_client_out(struct smtp_client *c)
{
	return &c->out;
}

const struct smtp_client_caps *
smtp_client_caps(const struct smtp_client *c)
{
	return &c->caps;
}

const struct smtp_said *
smtp_client_said(const struct smtp_client *c)
{
	return &c->said;
}

bool
smtp_client_is_fresh(const struct smtp_client *c)
{
	return c->is_fresh;
}

bool
smtp_client_is_greeted(const struct smtp_client *c)
{
	return c->is_greeted;
}

bool
smtp_client_awaits_verdict(const struct smtp_client *c)
{
	return c->state == C_END;
}

bool
smtp_client_may_send(const struct smtp_client *c)
{
	return c->state == C_READY && (c->caps.mailmax == 0 || c->transactions < c->caps.mailmax);
}

const char *
smtp_client_stage(const struct smtp_client *c)
{
	switch (c->state) {
	case C_GREET:
		return "the greeting";
	case C_EHLO:
		return "EHLO";
	case C_HELO:
		return "HELO";
	case C_STARTTLS:
	case C_TLS:
		return "STARTTLS";
	case C_CMDS:
		if (c->next_reply == CMD_RSET)
			return "RSET";
		if (c->next_reply == CMD_MAIL)
			return "MAIL FROM";
		return c->next_reply < CMD_RCPT + c->end ? "RCPT TO" : "DATA";
	case C_BODY:
		return "the message";
	case C_END:
		return "the end of the message";
	case C_READY:
	case C_DEAD:
		break;
	}
	return "QUIT";
}

/* RFC 5321 4.5.3.2. */
int64_t
smtp_client_patience(const struct smtp_client *c)
{
	if (c->state == C_END)
		return LIM_SMTP_DATA_END_MS;
	if (c->state == C_BODY)
		return LIM_SMTP_DATA_MS;
	if (c->state == C_CMDS && c->next_reply == CMD_RCPT + c->end)
		return LIM_SMTP_DATA_START_MS;
	return LIM_SMTP_GREETING_MS;
}

/* ---- the end */

void
smtp_client_lost(struct smtp_client *c, const char *ecode, struct str text, bool is_sent)
{
	if (c->state == C_DEAD)
		return;
	smtp_said_set(&c->said, 0, str_c(ecode), text);
	if (c->t != NULL)
		client_txn_leave(c, ecode, text, is_sent);
	c->state = C_DEAD;
}

void
client_dead(struct smtp_client *c, const char *ecode, struct str text)
{
	smtp_client_lost(c, ecode, text, true);
}

/* ---- before the first transaction */

static void
hello(struct smtp_client *c, enum client_state state)
{
	c->caps = (struct smtp_client_caps){ .is_esmtp = state == C_EHLO };
	buf_printf(&c->out, "%s %s\r\n", state == C_EHLO ? "EHLO" : "HELO", c->helo);
	c->state = state;
}

void
smtp_client_tls_done(struct smtp_client *c)
{
	/* What was said before is forgotten. RFC 3207 4.2. */
	c->is_tls = true;
	hello(c, C_EHLO);
}

void
smtp_client_quit(struct smtp_client *c)
{
	if (c->state == C_READY)
		buf_puts(&c->out, "QUIT\r\n");
	c->state = C_DEAD;
}

static void
limits_read(struct smtp_client_caps *caps, struct str args)
{
	while (args.n > 0) {
		struct str value, word = str_cut(args, ' ', &args),
				  name = str_cut(word, '=', &value);
		uint32_t n;

		if (value.p == NULL || str_to_u32(value, 1000000, &n) < 0)
			continue;
		if (str_eqi(name, STR("RCPTMAX")))
			caps->rcptmax = n;
		else if (str_eqi(name, STR("MAILMAX")))
			caps->mailmax = n;
	}
}

/* A line of the reply to EHLO, behind the first one. */
static void
capability(struct smtp_client_caps *caps, struct str line)
{
	struct str args, name = str_cut(line, ' ', &args);

	if (str_eqi(name, STR("PIPELINING")))
		caps->pipelining = true;
	else if (str_eqi(name, STR("8BITMIME")))
		caps->eightbit = true;
	else if (str_eqi(name, STR("SMTPUTF8")))
		caps->utf8 = true;
	else if (str_eqi(name, STR("STARTTLS")))
		caps->starttls = true;
	else if (str_eqi(name, STR("CHUNKING")))
		caps->chunking = true;
	else if (str_eqi(name, STR("BINARYMIME")))
		caps->binary = true;
	else if (str_eqi(name, STR("LIMITS")))
		limits_read(caps, args);
	else if (str_eqi(name, STR("SIZE"))) {
		caps->has_size = true;
		/* No number, or none that we can hold: no limit that concerns us. RFC 1870 4. */
		if (str_to_u64(str_trim(args), INT64_MAX, &caps->size) < 0)
			caps->size = 0;
	}
}

/* A server that will not talk to us, for now or for good: another one may. */
static void
refuse(struct smtp_client *c)
{
	/* It is no refusal, but nothing that was asked for: not a reason that anybody would
	 * believe. */
	if (c->answer.said.code < 400) {
		client_dead(c, "4.5.0", STR("the server's reply does not fit the command"));
		return;
	}
	c->said = c->answer.said;
	c->state = C_DEAD;
}

static void
hello_done(struct smtp_client *c)
{
	if (c->caps.starttls && c->use_tls && !c->is_tls) {
		buf_puts(&c->out, "STARTTLS\r\n");
		c->state = C_STARTTLS;
		return;
	}
	c->state = C_READY;
}

/* A whole reply came. */
static void
reply(struct smtp_client *c)
{
	unsigned code = c->answer.said.code;

	switch (c->state) {
	case C_GREET:
		if (code / 100 != 2) {
			refuse(c);
			return;
		}
		c->is_greeted = true;
		hello(c, C_EHLO);
		return;
	case C_EHLO:
	case C_HELO:
		if (code / 100 == 2)
			hello_done(c);
		else if (code / 100 == 5 && c->state == C_EHLO && !c->is_tls)
			hello(c, C_HELO); /* RFC 5321 3.2 */
		else
			refuse(c);
		return;
	case C_STARTTLS:
		if (code == 421)
			refuse(c);
		else
			c->state = code / 100 == 2 ? C_TLS : C_READY;
		return;
	case C_CMDS:
	case C_BODY:
	case C_END:
		client_txn_reply(c);
		return;
	case C_READY: /* most likely 421: it has waited long enough */
	case C_TLS:
	case C_DEAD:
		break;
	}
	refuse(c);
}

/* ---- the loop */

/* False: there is no complete line. */
static bool
take(struct smtp_client *c, struct str in, size_t *used)
{
	struct str line;
	size_t n;

	switch (smtp_answer_line(&c->answer, str_from(in, *used), &n, &line)) {
	case SMTP_ANSWER_MORE:
		return false;
	case SMTP_ANSWER_BAD:
		client_dead(c, "4.5.0", STR("the server's reply is not SMTP"));
		return true;
	case SMTP_ANSWER_LINE:
		*used += n;
		if (c->state == C_EHLO && c->answer.lines > 1)
			capability(&c->caps, line);
		return true;
	case SMTP_ANSWER_DONE:
		*used += n;
		if (c->state == C_EHLO && c->answer.lines > 1)
			capability(&c->caps, line);
		reply(c);
		smtp_answer_init(&c->answer);
		return true;
	}
	return false;
}

enum smtp_client_want
smtp_client_run(struct smtp_client *c, struct str in, size_t *used)
{
	bool is_full;

	*used = 0;
	while (c->state != C_DEAD) {
		if (c->state == C_TLS)
			return SMTP_CLIENT_TLS;
		if (*used < in.n && take(c, in, used))
			continue;
		is_full = (c->state == C_CMDS || c->state == C_BODY) && !client_txn_put(c);
		/* It may be over without anything sent. */
		if (c->state == C_READY && *used == in.n)
			return SMTP_CLIENT_READY;
		if (c->state != C_DEAD)
			return is_full ? SMTP_CLIENT_OUTPUT : SMTP_CLIENT_INPUT;
	}
	return SMTP_CLIENT_CLOSE;
}
