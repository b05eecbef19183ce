/* The commands: one row and one function each. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/mem.h"
#include "smtp/session_priv.h"

enum arg { ARG_NONE, ARG_OPT, ARG_REQ };
enum {
	CMD_CHUNK = 1,	/* octets follow, whatever becomes of the command */
	CMD_TLS = 2,	/* refused without TLS where that is required */
	CMD_LOGIN = 4,	/* likewise without AUTH */
	CMD_SUBMIT = 8, /* for submission alone */
};

struct smtp_cmd {
	struct smtp_cmd_info info;
	unsigned states;
	enum arg arg;
	unsigned flags;
	void (*run)(struct smtp_session *s, struct str arg);
};

static const struct smtp_cmd *cmd_find(struct str verb);

/* ---- greeting */

static void
greeted(struct smtp_session *s, struct str name, bool esmtp)
{
	session_reset(s);
	mem_free(s->helo);
	s->helo = mem_alloc(name.n + 1);
	memcpy(s->helo, name.p, name.n);
	s->helo[name.n] = '\0';
	s->is_esmtp = esmtp;
	s->state = ST_READY;
}

/* A dot at the end of the name is wrong, but some clients send one. */
static bool
is_helo(struct str *arg)
{
	if (arg->n > 1 && arg->p[arg->n - 1] == '.')
		arg->n--;
	return smtp_is_helo(*arg);
}

static void
cmd_helo(struct smtp_session *s, struct str arg)
{
	if (!is_helo(&arg)) {
		session_error(s, 501, "5.5.4", "HELO needs a domain or address literal");
		return;
	}
	greeted(s, arg, false);
	session_reply(s, 250, "", s->conf->hostname);
}

static void
cmd_ehlo(struct smtp_session *s, struct str arg)
{
	struct buf text;

	if (!is_helo(&arg)) {
		session_error(s, 501, "5.5.4", "EHLO needs a domain or address literal");
		return;
	}
	greeted(s, arg, true);
	buf_init(&text, (size_t)LIM_SMTP_REPLY * 2);
	buf_printf(&text, "%s\nPIPELINING\nSIZE %" PRId64 "\n", s->conf->hostname,
		   s->conf->max_size);
	if (s->conf->has_tls && !s->is_tls)
		buf_puts(&text, "STARTTLS\n");
	if (session_auth_is_possible(s)) {
		buf_puts(&text, "AUTH");
		session_auth_put_mechs(s, &text);
		buf_putc(&text, '\n');
	}
	buf_printf(&text,
		   "ENHANCEDSTATUSCODES\n8BITMIME\nSMTPUTF8\nCHUNKING\nBINARYMIME\n"
		   "LIMITS RCPTMAX=%d",
		   LIM_SMTP_RCPTS);
	session_reply(s, 250, "", buf_c(&text));
	buf_done(&text);
}

static void
cmd_starttls(struct smtp_session *s, struct str arg)
{
	(void)arg;
	if (s->is_tls)
		session_error(s, 503, "5.5.1", "TLS is on already");
	else if (s->is_auth)
		session_error(s, 503, "5.5.1", "TLS comes before AUTH");
	else if (!s->conf->has_tls)
		session_error(s, 502, "5.5.1", "TLS is not available");
	else
		s->want_tls = true; /* the reply depends on what stands behind the line */
}

/* ---- transaction */

static bool
param_size(struct smtp_session *s, struct smtp_txn *t, struct str v)
{
	uint64_t n;

	/* RFC 1870 4: up to 20 digits. Numbers beyond 64 bits are too large all the same. */
	if (v.n == 0 || v.n > 20) {
		session_error(s, 501, "5.5.4", "Bad SIZE");
		return false;
	}
	if (str_to_u64(v, UINT64_MAX, &n) < 0) {
		for (size_t i = 0; i < v.n; i++)
			if (!chr_is_digit(v.p[i])) {
				session_error(s, 501, "5.5.4", "Bad SIZE");
				return false;
			}
		n = UINT64_MAX;
	}
	if (n > (uint64_t)s->conf->max_size) {
		session_reply(s, 552, "5.3.4", "Message is too large");
		return false;
	}
	t->announced = n;
	return true;
}

static bool
param_body(struct smtp_session *s, struct smtp_txn *t, struct str v)
{
	if (str_eqi(v, STR("7BIT"))) {
		t->body = SMTP_7BIT;
	} else if (str_eqi(v, STR("8BITMIME"))) {
		t->body = SMTP_8BITMIME;
	} else if (str_eqi(v, STR("BINARYMIME"))) {
		t->body = SMTP_BINARYMIME;
	} else {
		session_error(s, v.p == NULL ? 501 : 555, "5.5.4", "Bad BODY");
		return false;
	}
	return true;
}

static bool
param_utf8(struct smtp_session *s, struct smtp_txn *t, struct str v)
{
	if (v.p != NULL) {
		session_error(s, 501, "5.5.4", "SMTPUTF8 takes no value");
		return false;
	}
	t->is_utf8 = true;
	return true;
}

/* RFC 4954 5: who the client says has sent it first. Nobody trusts that. */
static bool
param_auth(struct smtp_session *s, struct smtp_txn *t, struct str v)
{
	struct smtp_addr a;
	struct buf b;
	bool ok;

	(void)t;
	buf_init(&b, LIM_SMTP_LINE);
	ok = v.n > 0 && smtp_xtext_get(&b, v) == 0 &&
	     (str_eq(buf_str(&b), STR("<>")) || smtp_addr_parse(buf_str(&b), &a, NULL) == 0);
	buf_done(&b);
	if (!ok)
		session_error(s, 501, "5.5.4", "Bad AUTH");
	return ok;
}

/* Parameters of MAIL: keyword, function, whether for submission alone. */
static const struct {
	const char *name;
	bool (*set)(struct smtp_session *s, struct smtp_txn *t, struct str v);
	bool is_submission;
} mail_params[] = {
	{ "SIZE", param_size, false },
	{ "BODY", param_body, false },
	{ "SMTPUTF8", param_utf8, false },
	{ "AUTH", param_auth, true },
};

static bool
mail_param(struct smtp_session *s, struct smtp_txn *t, const struct smtp_param *p, unsigned *seen)
{
	for (unsigned i = 0; i < ARRAY_LEN(mail_params); i++) {
		if (!str_eqi(p->name, str_c(mail_params[i].name)) ||
		    (mail_params[i].is_submission && !s->conf->is_submission))
			continue;
		if (*seen & 1u << i) {
			session_error(s, 501, "5.5.4", "Parameter is repeated");
			return false;
		}
		*seen |= 1u << i;
		return mail_params[i].set(s, t, p->value);
	}
	session_error(s, 555, "5.5.4", "Unknown parameter");
	return false;
}

/* "FROM:" or "TO:", and spaces behind it, which are wrong (RFC 5321 3.3) but common. */
static bool
take_colon(struct str *arg, struct str word)
{
	if (!str_has_prefixi(*arg, word))
		return false;
	*arg = str_from(*arg, word.n);
	while (arg->n > 0 && arg->p[0] == ' ')
		*arg = str_from(*arg, 1);
	return true;
}

static void
cmd_mail(struct smtp_session *s, struct str arg)
{
	struct smtp_txn t = { .body = SMTP_7BIT };
	struct smtp_addr a;
	struct smtp_param p;
	struct err e = ERR_INIT;
	unsigned seen = 0;
	int r;

	if (!take_colon(&arg, STR("FROM:"))) {
		session_error(s, 501, "5.5.4", "Syntax: MAIL FROM:<address>");
		return;
	}
	if (smtp_path_get(&arg, SMTP_PATH_NULL, &a, &e) < 0) {
		session_error(s, 501, "5.1.7", e.msg);
		return;
	}
	while ((r = smtp_param_get(&arg, &p, &e)) > 0)
		if (!mail_param(s, &t, &p, &seen))
			return;
	if (r < 0) {
		session_error(s, 501, "5.5.4", e.msg);
		return;
	}
	if (a.is_utf8 && !t.is_utf8) {
		session_error(s, 553, "5.6.7", "Address needs SMTPUTF8");
		return;
	}
	session_txn_new(s)->pub = t;
	s->txn->pub.sender = arena_str(s->txn->arena, smtp_addr_text(&a));
	s->await = AWAIT_MAIL;
	s->backend->mail(s->ctx, &s->txn->pub);
}

static void
cmd_rcpt(struct smtp_session *s, struct str arg)
{
	struct txn *t = s->txn;
	struct smtp_addr a;
	struct smtp_param p;
	struct err e = ERR_INIT;
	int r;

	t->tried_rcpt = true;
	if (!take_colon(&arg, STR("TO:"))) {
		session_rcpt_reply(s, 501, "5.5.4", "Syntax: RCPT TO:<address>");
		return;
	}
	if (smtp_path_get(&arg, SMTP_PATH_POSTMASTER, &a, &e) < 0) {
		session_rcpt_reply(s, 501, "5.1.3", arena_cstr(t->arena, str_c(e.msg)));
		return;
	}
	if ((r = smtp_param_get(&arg, &p, &e)) != 0) {
		if (r > 0)
			session_rcpt_reply(s, 555, "5.5.4", "Unknown parameter");
		else
			session_rcpt_reply(s, 501, "5.5.4", arena_cstr(t->arena, str_c(e.msg)));
		return;
	}
	if (a.is_utf8 && !t->pub.is_utf8) {
		session_rcpt_reply(s, 553, "5.6.7", "Address needs SMTPUTF8");
		return;
	}
	if (t->pub.nrcpts >= LIM_SMTP_RCPTS) {
		session_rcpt_reply(s, 452, "4.5.3", "Too many recipients");
		return;
	}
	if (a.at == a.text_n) { /* "<postmaster>": ours, RFC 5321 4.5.1 */
		struct str host = str_c(s->conf->hostname);

		a.text[a.text_n++] = '@';
		for (size_t i = 0; i < host.n; i++)
			a.text[a.text_n++] = chr_lower(host.p[i]);
	}
	session_rcpt_ask(s, &a);
}

static void
cmd_data(struct smtp_session *s, struct str arg)
{
	(void)arg;
	if (s->txn->pub.body == SMTP_BINARYMIME) { /* RFC 3030 3 */
		session_error(s, 503, "5.5.1", "BINARYMIME needs BDAT");
		return;
	}
	session_reply(s, 354, "", "End with CRLF . CRLF");
	data_start(s);
}

/* "n" or "n LAST". */
static bool
chunk_parse(struct str arg, uint64_t *n, bool *last)
{
	struct str rest, size = str_cut(arg, ' ', &rest);

	if (size.n > 20 || str_to_u64(size, INT64_MAX, n) < 0)
		return false;
	*last = rest.p != NULL;
	return rest.p == NULL || str_eqi(str_trim(rest), STR("LAST"));
}

static void
cmd_bdat(struct smtp_session *s, struct str arg)
{
	uint64_t n;
	bool last;

	if (!chunk_parse(arg, &n, &last)) {
		/* Nobody knows where the octets end that follow. */
		session_reply(s, 501, "5.5.4", "Syntax: BDAT size [LAST], closing connection");
		s->is_closing = true;
		return;
	}
	if (n > LIM_MSG_SIZE_MAX) {
		session_reply(s, 552, "5.3.4", "Message is too large, closing connection");
		s->is_closing = true;
		return;
	}
	if (s->state & (ST_RCPT | ST_BDAT))
		chunk_start(s, n, last, 0, "", "");
	else if (s->state == ST_MAIL && s->txn->tried_rcpt)
		chunk_start(s, n, last, 554, "5.5.1", "No valid recipients");
	else
		chunk_start(s, n, last, 503, "5.5.1", "BDAT is not possible now");
}

static void
cmd_rset(struct smtp_session *s, struct str arg)
{
	(void)arg;
	session_reset(s);
	session_reply(s, 250, "2.0.0", "OK");
}

/* ---- the rest */

static void
cmd_noop(struct smtp_session *s, struct str arg)
{
	(void)arg;
	session_reply(s, 250, "2.0.0", "OK");
}

/* RFC 5321 3.5.3: no answer that would help to guess addresses. */
static void
cmd_vrfy(struct smtp_session *s, struct str arg)
{
	(void)arg;
	session_reply(s, 252, "2.5.0", "Try RCPT to see whether mail is accepted");
}

static void
cmd_expn(struct smtp_session *s, struct str arg)
{
	(void)arg;
	session_reply(s, 252, "2.5.0", "Lists are not shown");
}

static void
cmd_quit(struct smtp_session *s, struct str arg)
{
	(void)arg;
	session_reply(s, 221, "2.0.0", "Bye");
	s->is_closing = true;
}

/* Extensions that we know and do not have, RFC 5321 4.2.4. */
static void
cmd_unimplemented(struct smtp_session *s, struct str arg)
{
	(void)arg;
	session_error(s, 502, "5.5.1", "Command is not implemented");
}

static void cmd_help(struct smtp_session *s, struct str arg);

/* Verb, argument as HELP shows it, RFC section; legal states, argument, flags, function. Rows
 * without RFC section are not shown. */
static const struct smtp_cmd cmds[] = {
	{ { "EHLO", "domain", "5321 4.1.1.1" }, ST_ANY, ARG_REQ, 0, cmd_ehlo },
	{ { "HELO", "domain", "5321 4.1.1.1" }, ST_ANY, ARG_REQ, 0, cmd_helo },
	{ { "MAIL", "FROM:<address> [SIZE=n] [BODY=7BIT|8BITMIME|BINARYMIME] [SMTPUTF8]",
	    "5321 4.1.1.2" },
	  ST_READY,
	  ARG_REQ,
	  CMD_TLS | CMD_LOGIN,
	  cmd_mail },
	{ { "RCPT", "TO:<address>", "5321 4.1.1.3" }, ST_MAIL | ST_RCPT, ARG_REQ, 0, cmd_rcpt },
	{ { "DATA", "", "5321 4.1.1.4" }, ST_RCPT, ARG_NONE, 0, cmd_data },
	{ { "BDAT", "size [LAST]", "3030 2" }, ST_ANY, ARG_OPT, CMD_CHUNK, cmd_bdat },
	{ { "RSET", "", "5321 4.1.1.5" }, ST_ANY, ARG_NONE, 0, cmd_rset },
	{ { "VRFY", "text", "5321 4.1.1.6" }, ST_ANY, ARG_REQ, 0, cmd_vrfy },
	{ { "EXPN", "text", "5321 4.1.1.7" }, ST_ANY, ARG_REQ, 0, cmd_expn },
	{ { "HELP", "[command]", "5321 4.1.1.8" }, ST_ANY, ARG_OPT, 0, cmd_help },
	{ { "NOOP", "[text]", "5321 4.1.1.9" }, ST_ANY, ARG_OPT, 0, cmd_noop },
	{ { "QUIT", "", "5321 4.1.1.10" }, ST_ANY, ARG_NONE, 0, cmd_quit },
	{ { "STARTTLS", "", "3207 4" }, ST_READY, ARG_NONE, 0, cmd_starttls },
	{ { "AUTH", "mechanism [initial-response]", "4954 4" },
	  ST_ANY,
	  ARG_REQ,
	  CMD_SUBMIT,
	  cmd_auth },
	{ { "ETRN", NULL, NULL }, ST_ANY, ARG_OPT, 0, cmd_unimplemented },
	{ { "BURL", NULL, NULL }, ST_ANY, ARG_OPT, 0, cmd_unimplemented },
	{ { "TURN", NULL, NULL }, ST_ANY, ARG_OPT, 0, cmd_unimplemented },
	{ { "SEND", NULL, NULL }, ST_ANY, ARG_OPT, 0, cmd_unimplemented },
	{ { "SOML", NULL, NULL }, ST_ANY, ARG_OPT, 0, cmd_unimplemented },
	{ { "SAML", NULL, NULL }, ST_ANY, ARG_OPT, 0, cmd_unimplemented },
};

const struct smtp_cmd_info *
smtp_cmd_info(unsigned i)
{
	return i < ARRAY_LEN(cmds) && cmds[i].info.rfc != NULL ? &cmds[i].info : NULL;
}

static const struct smtp_cmd *
cmd_find(struct str verb)
{
	for (unsigned i = 0; i < ARRAY_LEN(cmds); i++)
		if (str_eqi(verb, str_c(cmds[i].info.verb)))
			return &cmds[i];
	return NULL;
}

static bool
is_here(const struct smtp_session *s, const struct smtp_cmd *c)
{
	return s->conf->is_submission || !(c->flags & CMD_SUBMIT);
}

static void
cmd_help(struct smtp_session *s, struct str arg)
{
	const struct smtp_cmd *c;
	char text[LIM_SMTP_REPLY];
	size_t n = 0;

	if (arg.n > 0) {
		if ((c = cmd_find(arg)) == NULL || c->info.rfc == NULL || !is_here(s, c)) {
			session_error(s, 504, "5.5.4", "No help on that");
			return;
		}
		snprintf(text, sizeof(text), "%s%s%s (RFC %s)", c->info.verb,
			 c->info.args[0] != '\0' ? " " : "", c->info.args, c->info.rfc);
		session_reply(s, 214, "2.0.0", text);
		return;
	}
	n += (size_t)snprintf(text, sizeof(text), "Commands:\n");
	for (unsigned i = 0; smtp_cmd_info(i) != NULL; i++)
		if (is_here(s, &cmds[i]))
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", i > 0 ? " " : "",
					      cmds[i].info.verb);
	snprintf(text + n, sizeof(text) - n, "\nHELP command shows its arguments");
	session_reply(s, 214, "2.0.0", text);
}

/* ---- dispatch */

/* A browser or a script that makes one send mail here. */
static bool
is_http(struct str line)
{
	static const char *const verbs[] = { "GET ",	 "POST ",   "PUT ",   "HEAD ",	"CONNECT ",
					     "OPTIONS ", "DELETE ", "PATCH ", "TRACE ", "PRI " };

	for (unsigned i = 0; i < ARRAY_LEN(verbs); i++)
		if (str_has_prefixi(line, str_c(verbs[i])))
			return true;
	return false;
}

static bool
has_control(struct str line)
{
	for (size_t i = 0; i < line.n; i++)
		if ((unsigned char)line.p[i] < ' ' || line.p[i] == 0x7f)
			return true;
	return false;
}

/* The command may not run in this state: say why. */
static void
wrong_state(struct smtp_session *s, const struct smtp_cmd *c)
{
	const char *why = "Command is not possible now";

	if (s->state == ST_HELO)
		why = "Say EHLO first";
	else if (s->state == ST_FAIL)
		why = "A chunk was refused, RSET first";
	else if (s->state == ST_READY)
		why = "MAIL first";
	else if (s->state == ST_MAIL && s->txn->tried_rcpt) {
		if (c->states == ST_RCPT) { /* RFC 5321 3.3 */
			session_error(s, 554, "5.5.1", "No valid recipients");
			return;
		}
	} else if (s->state == ST_MAIL && c->states == ST_RCPT)
		why = "RCPT first";
	session_error(s, 503, "5.5.1", why);
}

bool
cmd_is_rcpt(struct str line)
{
	return str_has_prefixi(line, STR("RCPT TO:")) && !has_control(line) && str_is_utf8(line);
}

void
cmd_run(struct smtp_session *s, struct str line)
{
	struct str arg = STR(""), verb;
	const struct smtp_cmd *c;
	size_t n;

	/* RFC 5321 4.1.1: blanks at the end are tolerated. */
	for (n = line.n; n > 0 && (line.p[n - 1] == ' ' || line.p[n - 1] == '\t'); n--)
		;
	line.n = n;
	verb = str_cut(line, ' ', &arg);
	c = cmd_find(verb);
	s->verb = c != NULL ? str_c(c->info.verb) : STR("");
	if (is_http(line)) {
		session_reply(s, 554, "5.5.1", "This is SMTP and not HTTP, closing connection");
		s->is_closing = true;
		return;
	}
	if (has_control(line) || !str_is_utf8(line)) {
		session_error(s, 500, "5.5.2",
			      has_control(line) ? "Control character or bare CR or LF in command"
						: "Command is not UTF-8");
		/* Octets may follow, and nobody knows how many. */
		s->is_closing |= c != NULL && (c->flags & CMD_CHUNK);
		return;
	}
	if (c == NULL) {
		session_error(s, 500, "5.5.2", "Unknown command");
		return;
	}
	if (!is_here(s, c)) {
		cmd_unimplemented(s, arg);
		return;
	}
	if (c->arg == ARG_NONE && arg.n > 0) {
		session_error(s, 501, "5.5.4", "Command takes no argument");
		return;
	}
	if (c->arg == ARG_REQ && arg.n == 0) {
		session_error(s, 501, "5.5.4", "Argument is missing");
		return;
	}
	if ((c->flags & CMD_TLS) && s->conf->require_tls && !s->is_tls) {
		session_error(s, 530, "5.7.0", "Must issue a STARTTLS command first");
		return;
	}
	if ((c->flags & CMD_LOGIN) && s->conf->is_submission && !s->is_auth) {
		session_error(s, 530, "5.7.0", "Authentication required");
		return;
	}
	if (!(s->state & c->states)) {
		wrong_state(s, c);
		return;
	}
	c->run(s, arg);
}
