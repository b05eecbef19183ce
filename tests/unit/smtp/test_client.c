/*
 * The client against servers that are lists of (line expected, reply). What it sends and what each
 * recipient gets must be the same however the server's bytes are cut.
 */
#include <stdio.h>

#include "base/mem.h"
#include "smtp/client.h"
#include "tests/unit/unit.h"

struct step {
	const char *expect; /* beginning of a line; "." is a whole message */
	const char *say;    /* "" says nothing */
};

enum { STEPS = 24, RCPTS = 4 };

struct talk {
	const char *name;
	struct step steps[STEPS];
	struct smtp_client_txn t; /* source and recipients are filled in */
	const char *rcpts[RCPTS + 1];
	const char *message;
	const char *results;   /* a line for each recipient, then how it ended */
	const char *said_last; /* with "close": code and text */
	bool use_tls;
	unsigned transactions; /* sends while recipients are open; 0: 1 */
};

#define GREET                                                                                      \
	{                                                                                          \
		"", "220 mx ESMTP\r\n"                                                             \
	}
#define EHLO(ext)                                                                                  \
	{                                                                                          \
		"EHLO me.example", "250-mx hello\r\n" ext "250 ENHANCEDSTATUSCODES\r\n"            \
	}
#define PIPE "250-PIPELINING\r\n250-SIZE 1000\r\n"
#define OK250 "250 2.0.0 ok\r\n"
#define MSG "Subject: x\r\n\r\nhello\r\n"

static const struct talk talks[] = {
	{ .name = "pipelined",
	  .steps = { GREET,
		     EHLO(PIPE),
		     { "MAIL FROM:<s@x> SIZE=21", OK250 },
		     { "RCPT TO:<a@x>", OK250 },
		     { "RCPT TO:<b@x>", "550-5.1.1 not\r\n550 5.1.1 here\r\n" },
		     { "DATA", "354 go\r\n" },
		     { ".", "250 2.6.0 taken\r\n" } },
	  .rcpts = { "a@x", "b@x" },
	  .results = "OK 250 2.6.0 taken\nFAIL 550 5.1.1 not here\nready\n" },
	{ .name = "one by one",
	  .steps = { { "", "220-mx\r\n220 more\r\n" },
		     { "EHLO", "250 mx\r\n" },
		     { "MAIL FROM:<s@x>\r\n", "250 ok\r\n" },
		     { "RCPT TO:<a@x>", "250 ok\n" },
		     { "RCPT TO:<b@x>", "450\r\n" },
		     { "DATA", "354\r\n" },
		     { ".", "250\r\n" } },
	  .rcpts = { "a@x", "b@x" },
	  .results = "OK 250  \nTEMP 450  \nready\n" },
	{ .name = "HELO",
	  .steps = { GREET,
		     { "EHLO", "500 what\r\n" },
		     { "HELO me.example", "250 mx\r\n" },
		     { "MAIL", "250 ok\r\n" },
		     { "RCPT", "250 ok\r\n" },
		     { "DATA", "354 go\r\n" },
		     { ".", "250 ok\r\n" } },
	  .rcpts = { "a@x" },
	  .results = "OK 250  ok\nready\n" },
	{ .name = "MAIL refused, pipelined",
	  .steps = { GREET,
		     EHLO(PIPE),
		     { "MAIL", "451 4.7.1 later\r\n" },
		     { "RCPT", "503 5.5.1 no\r\n" },
		     { "DATA", "503 5.5.1 no\r\n" } },
	  .rcpts = { "a@x" },
	  .results = "TEMP 451 4.7.1 later\nready\n" },
	{ .name = "MAIL refused, DATA not",
	  .steps = { GREET,
		     EHLO(PIPE),
		     { "MAIL", "550 5.7.1 never\r\n" },
		     { "RCPT", "503 5.5.1 no\r\n" },
		     { "DATA", "354 well\r\n" },
		     { ".", "554 5.5.1 no\r\n" } },
	  .rcpts = { "a@x" },
	  .results = "FAIL 550 5.7.1 never\nready\n" },
	{ .name = "nobody accepted, then the next one",
	  .steps = { GREET,
		     EHLO(PIPE "250-LIMITS RCPTMAX=1 MAILMAX=9\r\n"),
		     { "MAIL", OK250 },
		     { "RCPT TO:<a@x>", "550 5.1.1 a\r\n" },
		     { "DATA", "503 5.5.1 no\r\n" },
		     { "RSET", OK250 },
		     { "MAIL", OK250 },
		     { "RCPT TO:<b@x>", OK250 },
		     { "DATA", "354 go\r\n" },
		     { ".", OK250 } },
	  .rcpts = { "a@x", "b@x" },
	  .transactions = 2,
	  .results = "FAIL 550 5.1.1 a\nOK 250 2.0.0 ok\nready\n" },
	{ .name = "nobody accepted, one by one",
	  .steps = { GREET,
		     EHLO("250-LIMITS RCPTMAX=1\r\n"),
		     { "MAIL", OK250 },
		     { "RCPT TO:<a@x>", "550 5.1.1 a\r\n" },
		     { "RSET", OK250 },
		     { "MAIL", OK250 },
		     { "RCPT TO:<b@x>", OK250 },
		     { "DATA", "354 go\r\n" },
		     { ".", "554 5.6.0 bad\r\n" } },
	  .rcpts = { "a@x", "b@x" },
	  .transactions = 2,
	  .results = "FAIL 550 5.1.1 a\nFAIL 554 5.6.0 bad\nready\n" },
	{ .name = "too many, old and new",
	  .steps = { GREET,
		     EHLO(PIPE),
		     { "MAIL", OK250 },
		     { "RCPT", "552 too many\r\n" },
		     { "RCPT", "452 4.5.3 too many\r\n" },
		     { "RCPT", "552 5.2.2 full\r\n" },
		     { "RCPT", OK250 },
		     { "DATA", "354 go\r\n" },
		     { ".", OK250 } },
	  .rcpts = { "a@x", "b@x", "c@x", "d@x" },
	  .results =
		  "TEMP 552  too many\nTEMP 452 4.5.3 too many\nFAIL 552 5.2.2 full\nOK 250 2.0.0 ok\nready\n" },
	{ .name = "421 at RCPT",
	  .steps = { GREET,
		     EHLO(PIPE),
		     { "MAIL", OK250 },
		     { "RCPT", "550 5.1.1 a\r\n" },
		     { "RCPT", "421 4.3.2 bye\r\n" } },
	  .rcpts = { "a@x", "b@x" },
	  .results = "FAIL 550 5.1.1 a\nOPEN\nclose\n",
	  .said_last = "421 bye" },
	{ .name = "421 for the message",
	  .steps = { GREET,
		     EHLO(PIPE),
		     { "MAIL", OK250 },
		     { "RCPT", OK250 },
		     { "DATA", "354 go\r\n" },
		     { ".", "421 4.3.2 bye\r\n" } },
	  .rcpts = { "a@x" },
	  .results = "TEMP 421 4.3.2 bye\nclose\n",
	  .said_last = "421 bye" },
	{ .name = "garbage for the message",
	  .steps = { GREET,
		     EHLO(PIPE),
		     { "MAIL", OK250 },
		     { "RCPT", OK250 },
		     { "DATA", "354 go\r\n" },
		     { ".", "hello\r\n" } },
	  .rcpts = { "a@x" },
	  .results = "TEMP 0 4.5.0 the server's reply is not SMTP\nclose\n",
	  .said_last = "0 the server's reply is not SMTP" },
	{ .name = "a reply that does not fit",
	  .steps = { GREET, EHLO(PIPE), { "MAIL", "354 go\r\n" } },
	  .rcpts = { "a@x" },
	  .results = "OPEN\nclose\n",
	  .said_last = "0 the server's reply does not fit the command" },
	{ .name = "a greeting that is none",
	  .steps = { { "", "354 go\r\n" } },
	  .rcpts = { "a@x" },
	  .results = "OPEN\nclose\n",
	  .said_last = "0 the server's reply does not fit the command" },
	{ .name = "another code in the second line",
	  .steps = { { "", "220-mx\r\n221 mx\r\n" } },
	  .rcpts = { "a@x" },
	  .results = "OPEN\nclose\n",
	  .said_last = "0 the server's reply is not SMTP" },
	{ .name = "refused at the greeting",
	  .steps = { { "", "554 5.7.1 go\033[2J \302\205 \303\244 \377\r\n" } },
	  .rcpts = { "a@x" },
	  .results = "OPEN\nclose\n",
	  .said_last = "554 go\\x1b[2J \\xc2\\x85 \303\244 \\xff" },
	{ .name = "STARTTLS",
	  .steps = { GREET,
		     EHLO("250-STARTTLS\r\n250-SMTPUTF8\r\n"),
		     { "STARTTLS", "220 2.0.0 go\r\n" },
		     EHLO("250-STARTTLS\r\n"),
		     { "MAIL", OK250 },
		     { "RCPT", OK250 },
		     { "DATA", "354 go\r\n" },
		     { ".", OK250 } },
	  .rcpts = { "a@x" },
	  .use_tls = true,
	  .results = "OK 250 2.0.0 ok\nready\n" },
	{ .name = "STARTTLS refused",
	  .steps = { GREET,
		     EHLO("250-STARTTLS\r\n"),
		     { "STARTTLS", "454 4.7.0 no\r\n" },
		     { "MAIL", OK250 },
		     { "RCPT", OK250 },
		     { "DATA", "354 go\r\n" },
		     { ".", OK250 } },
	  .rcpts = { "a@x" },
	  .use_tls = true,
	  .results = "OK 250 2.0.0 ok\nready\n" },
	{ .name = "too large",
	  .steps = { GREET, EHLO("250-SIZE 20\r\n") },
	  .rcpts = { "a@x", "b@x" },
	  .results = "FAIL 0 5.3.4 the message is larger than the server takes\n"
		     "FAIL 0 5.3.4 the message is larger than the server takes\nready\n" },
	{ .name = "no SMTPUTF8",
	  .steps = { GREET, EHLO(PIPE) },
	  .t = { .needs_utf8 = true },
	  .rcpts = { "a@x" },
	  .results =
		  "FAIL 0 5.6.7 the server does not take internationalized mail (SMTPUTF8)\nready\n" },
	{ .name = "no 8BITMIME",
	  .steps = { GREET, EHLO(PIPE) },
	  .t = { .has_8bit = true },
	  .rcpts = { "a@x" },
	  .results = "FAIL 0 5.6.3 the server does not take 8-bit messages (8BITMIME)\nready\n" },
	{ .name = "no BINARYMIME",
	  .steps = { GREET, EHLO(PIPE "250-CHUNKING\r\n") },
	  .t = { .is_binary = true },
	  .rcpts = { "a@x" },
	  .results =
		  "FAIL 0 5.6.3 the server does not take binary messages (BINARYMIME)\nready\n" },
	{ .name = "BDAT, with everything",
	  .steps = { GREET,
		     EHLO(PIPE
			  "250-chunking\r\n250-BINARYMIME\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"),
		     { "MAIL FROM:<s@x> SIZE=21 BODY=BINARYMIME SMTPUTF8\r\n", OK250 },
		     { "RCPT", OK250 },
		     { "BDAT 21 LAST\r\n" MSG, "250 2.0.0 ok\r\n" } },
	  .t = { .is_binary = true, .has_8bit = true, .needs_utf8 = true },
	  .rcpts = { "a@x" },
	  .results = "OK 250 2.0.0 ok\nready\n" },
	{ .name = "dots",
	  .steps = { GREET,
		     EHLO(PIPE "250-8BITMIME\r\n"),
		     { "MAIL FROM:<s@x> SIZE=29 BODY=8BITMIME", OK250 },
		     { "RCPT", OK250 },
		     { "DATA", "354 go\r\n" },
		     { ".", OK250 } },
	  .t = { .has_8bit = true },
	  .message = ".\r\n..a\r\nb.c\r\n.\r\n.x\r\n\r\n.no end",
	  .rcpts = { "a@x" },
	  .results = "OK 250 2.0.0 ok\nready\n" },
};

static void
put_result(struct buf *b, const struct smtp_client_rcpt *r)
{
	static const char *const names[] = { "OPEN", "OK", "TEMP", "FAIL", "TRIED", "ACCEPTED" };

	buf_puts(b, names[r->result]);
	if (r->result != SMTP_CLIENT_OPEN)
		buf_printf(b, " %u %s " STR_FMT, r->said.code, r->said.ecode,
			   STR_ARG(smtp_said_text(&r->said)));
	buf_putc(b, '\n');
}

/* One run: the client, the server's side of it, and the message as it is read. */
struct run {
	const struct talk *k;
	struct smtp_client *c;
	struct smtp_client_txn t;
	struct smtp_client_rcpt rcpts[RCPTS];
	struct buf to_client, to_server, sent;
	size_t step, given; /* of to_client: seen by the client */
	struct str left;
	size_t piece;
};

static int
source(void *arg, struct str *piece)
{
	struct run *r = arg;

	if (r->left.n == 0)
		return 0;
	*piece = str_sub(r->left, 0, r->piece);
	r->left = str_from(r->left, r->piece);
	return 1;
}

/* The message that stands in front of the dot, as its reader sees it, must be the one of the talk.
 */
static void
check_message(struct run *r, struct str wire)
{
	struct buf plain;
	struct str want = str_c(r->k->message != NULL ? r->k->message : MSG);
	bool is_refused = str_eq(wire, STR(".\r\n"));

	buf_init(&plain, 1 << 20);
	while (wire.n > 0) {
		struct str line = str_cut(wire, '\n', &wire);

		if (str_eq(line, STR(".\r")))
			break;
		if (line.p[0] == '.')
			line = str_from(line, 1);
		buf_putstr(&plain, line);
		buf_putc(&plain, '\n');
	}
	if (!is_refused) {
		ck_assert_str_is(str_sub(buf_str(&plain), 0, want.n), want);
		ck_assert_uint_le(plain.n - want.n, 2);
	}
	buf_done(&plain);
}

/* Bytes of what came that the next step takes; 0: more has to come. */
static size_t
step_bytes(struct run *r, struct str in)
{
	const char *expect = r->k->steps[r->step].expect;
	ssize_t at;

	if (strcmp(expect, ".") == 0) {
		at = str_has_prefix(in, STR(".\r\n")) ? -2 : str_find(in, STR("\r\n.\r\n"));
		if (at == -1)
			return 0;
		check_message(r, str_sub(in, 0, (size_t)(at + 5)));
		return (size_t)(at + 5);
	}
	if (strncmp(expect, "BDAT", 4) == 0)
		at = in.n >= strlen(expect) ? (ssize_t)strlen(expect) - 1 : -1;
	else
		at = str_chr(in, '\n');
	if (at < 0)
		return 0;
	ck_assert_msg(str_has_prefix(in, str_c(expect)), "%s: \"" STR_FMT "\" is not \"%s\"",
		      r->k->name, STR_ARG(str_sub(in, 0, (size_t)at)), expect);
	return (size_t)at + 1;
}

static void
serve(struct run *r)
{
	size_t n;

	while (r->step < STEPS && r->k->steps[r->step].expect != NULL) {
		if (r->k->steps[r->step].expect[0] == '\0')
			n = 0;
		else if ((n = step_bytes(r, buf_str(&r->to_server))) == 0)
			return;
		buf_consume(&r->to_server, n);
		buf_puts(&r->to_client, r->k->steps[r->step++].say);
	}
}

/* The client with what it was given so far; its output goes to the server. */
static enum smtp_client_want
turn(struct run *r)
{
	struct buf *out = smtp_client_out(r->c);
	char *copy = mem_dup(buf_str(&r->to_client).p, r->given);
	enum smtp_client_want w;
	size_t used;

	w = smtp_client_run(r->c, str_mem(copy, r->given), &used);
	mem_free(copy);
	ck_assert_uint_le(used, r->given);
	buf_consume(&r->to_client, used);
	r->given -= used;
	buf_putstr(&r->to_server, buf_str(out));
	buf_putstr(&r->sent, buf_str(out));
	buf_reset(out);
	ck_assert_int_gt(smtp_client_patience(r->c), 0);
	ck_assert_ptr_nonnull(smtp_client_stage(r->c));
	return w;
}

static enum smtp_client_want
drive(struct run *r, size_t cut)
{
	enum smtp_client_want w;

	for (;;) {
		w = turn(r);
		if (w == SMTP_CLIENT_OUTPUT)
			continue;
		if (w == SMTP_CLIENT_TLS) {
			ck_assert_uint_eq(r->given, 0);
			smtp_client_tls_done(r->c);
			continue;
		}
		serve(r);
		if (w != SMTP_CLIENT_INPUT)
			return w;
		ck_assert_msg(r->given < r->to_client.n, "%s: both wait", r->k->name);
		r->given = MIN(r->to_client.n, r->given + cut);
	}
}

static void
run_begin(struct run *r, const struct talk *k, size_t cut)
{
	*r = (struct run){ .k = k, .t = k->t, .piece = cut };
	buf_init(&r->to_client, 1 << 20);
	buf_init(&r->to_server, 1 << 20);
	buf_init(&r->sent, 1 << 20);
	r->c = smtp_client_new(STR("me.example"), k->use_tls);
	r->t.sender = STR("s@x");
	r->t.rcpts = r->rcpts;
	r->t.source = source;
	r->t.arg = r;
	r->left = str_c(k->message != NULL ? k->message : MSG);
	r->t.size = r->left.n;
	for (; r->t.nrcpts < RCPTS && k->rcpts[r->t.nrcpts] != NULL; r->t.nrcpts++)
		r->rcpts[r->t.nrcpts].addr = str_c(k->rcpts[r->t.nrcpts]);
}

static void
run_done(struct run *r)
{
	smtp_client_free(&r->c);
	buf_done(&r->to_client);
	buf_done(&r->to_server);
	buf_done(&r->sent);
}

static void
converse(const struct talk *k, size_t cut, struct buf *sent)
{
	unsigned left = MAX(k->transactions, 1);
	enum smtp_client_want w;
	struct buf got;
	struct run r;

	run_begin(&r, k, cut);
	serve(&r);
	while ((w = drive(&r, cut)) == SMTP_CLIENT_READY && left-- > 0) {
		ck_assert(smtp_client_may_send(r.c));
		r.left = str_c(k->message != NULL ? k->message : MSG);
		smtp_client_send(r.c, &r.t);
	}
	buf_init(&got, 1 << 16);
	for (size_t i = 0; i < r.t.nrcpts; i++)
		put_result(&got, &r.rcpts[i]);
	buf_puts(&got, w == SMTP_CLIENT_READY ? "ready\n" : "close\n");
	ck_assert_msg(str_eq(buf_str(&got), str_c(k->results)), "%s: " STR_FMT, k->name,
		      STR_ARG(buf_str(&got)));
	if (k->said_last != NULL) {
		const struct smtp_said *s = smtp_client_said(r.c);

		buf_reset(&got);
		buf_printf(&got, "%u " STR_FMT, s->code, STR_ARG(smtp_said_text(s)));
		ck_assert_str_is(buf_str(&got), str_c(k->said_last));
	}
	ck_assert_msg(r.step == STEPS || k->steps[r.step].expect == NULL, "%s: step %zu", k->name,
		      r.step);
	buf_putstr(sent, buf_str(&r.sent));
	buf_done(&got);
	run_done(&r);
}

START_TEST(test_talks)
{
	for (size_t i = 0; i < ARRAY_LEN(talks); i++) {
		struct buf whole, cut;

		buf_init(&whole, 1 << 20);
		buf_init(&cut, 1 << 20);
		converse(&talks[i], 1 << 20, &whole);
		for (size_t n = 1; n < 80; n++) {
			buf_reset(&cut);
			converse(&talks[i], n, &cut);
			ck_assert_str_is(buf_str(&cut), buf_str(&whole));
		}
		buf_done(&whole);
		buf_done(&cut);
	}
}
END_TEST

/* The connection ends after each byte that the server says: who is to be asked again elsewhere? */
START_TEST(test_lost)
{
	const struct talk *k = &talks[0];
	size_t total = 0;

	for (size_t i = 0; k->steps[i].expect != NULL; i++)
		total += strlen(k->steps[i].say);
	for (size_t n = 0; n < 2 * total; n++) {
		enum smtp_client_want w = SMTP_CLIENT_INPUT;
		bool is_sent = n % 2 == 0, had_dot;
		struct run r;

		run_begin(&r, k, 1);
		serve(&r);
		for (size_t left = n / 2;; left--) {
			while ((w = turn(&r)) == SMTP_CLIENT_OUTPUT || w == SMTP_CLIENT_READY) {
				if (w == SMTP_CLIENT_READY)
					smtp_client_send(r.c, &r.t);
			}
			serve(&r);
			if (left == 0)
				break;
			r.given++;
		}
		had_dot = str_find(buf_str(&r.sent), STR("\r\n.\r\n")) >= 0;
		smtp_client_lost(r.c, "4.4.2", STR("gone"), is_sent);
		ck_assert_int_eq(turn(&r), SMTP_CLIENT_CLOSE);
		if (had_dot && is_sent) {
			ck_assert_int_eq(r.rcpts[0].result, SMTP_CLIENT_TEMP);
			ck_assert_uint_eq(r.rcpts[0].said.code, 0);
			ck_assert_int_eq(r.rcpts[1].result, SMTP_CLIENT_FAIL);
		} else {
			ck_assert_int_eq(r.rcpts[0].result, SMTP_CLIENT_OPEN);
		}
		run_done(&r);
	}
}
END_TEST

/* Replies that never end, lines that never end. */
START_TEST(test_limits)
{
	struct smtp_client *c;
	struct buf in;
	size_t used;

	buf_init(&in, 1 << 20);
	for (int i = 0; i < LIM_SMTP_ANSWER_LINES; i++)
		buf_puts(&in, "220-more\r\n");
	c = smtp_client_new(STR("me"), false);
	ck_assert_int_eq(smtp_client_run(c, buf_str(&in), &used), SMTP_CLIENT_INPUT);
	ck_assert_uint_eq(used, in.n);
	ck_assert_int_eq(smtp_client_run(c, STR("220-more\r\n"), &used), SMTP_CLIENT_CLOSE);
	ck_assert_str_is(smtp_said_text(smtp_client_said(c)),
			 STR("the server's reply is not SMTP"));
	smtp_client_free(&c);

	buf_reset(&in);
	while (in.n < LIM_SMTP_LINE)
		buf_putc(&in, '2');
	c = smtp_client_new(STR("me"), false);
	ck_assert_int_eq(smtp_client_run(c, str_sub(buf_str(&in), 0, in.n - 1), &used),
			 SMTP_CLIENT_INPUT);
	ck_assert_uint_eq(used, 0);
	ck_assert_int_eq(smtp_client_run(c, buf_str(&in), &used), SMTP_CLIENT_CLOSE);
	smtp_client_free(&c);

	/* The text that is kept. */
	buf_reset(&in);
	buf_puts(&in, "554 ");
	for (int i = 0; i < 600; i++)
		buf_puts(&in, "\xc3\xa4");
	buf_puts(&in, "\r\n");
	c = smtp_client_new(STR("me"), false);
	ck_assert_int_eq(smtp_client_run(c, buf_str(&in), &used), SMTP_CLIENT_CLOSE);
	ck_assert_uint_le(smtp_client_said(c)->text_n, LIM_SMTP_ANSWER_TEXT);
	ck_assert(str_is_utf8(smtp_said_text(smtp_client_said(c))));
	smtp_client_free(&c);
	buf_done(&in);
}
END_TEST

static int
no_source(void *arg, struct str *piece)
{
	*piece = STR("x");
	return *(int *)arg;
}

/* A message that can't be read, or is shorter or longer than was said. */
START_TEST(test_source)
{
	static const char talk[] = "354 go\r\n";
	int results[] = { -1, 0, 1 };

	for (size_t i = 0; i < ARRAY_LEN(results); i++) {
		struct smtp_client *c = smtp_client_new(STR("me"), false);
		struct smtp_client_rcpt rcpt = { .addr = STR("a@x") };
		struct smtp_client_txn t = { .rcpts = &rcpt,
					     .nrcpts = 1,
					     .size = 10,
					     .source = no_source,
					     .arg = &results[i] };
		size_t used;

		ck_assert_int_eq(smtp_client_run(c, STR("220 x\r\n"), &used), SMTP_CLIENT_INPUT);
		ck_assert_int_eq(smtp_client_run(c, STR("250-x\r\n250 PIPELINING\r\n"), &used),
				 SMTP_CLIENT_READY);
		smtp_client_send(c, &t);
		ck_assert(smtp_client_is_fresh(c));
		ck_assert_int_eq(smtp_client_run(c, STR(""), &used), SMTP_CLIENT_INPUT);
		ck_assert_int_eq(smtp_client_run(c, STR("250 x\r\n250 x\r\n"), &used),
				 SMTP_CLIENT_INPUT);
		ck_assert(!smtp_client_is_fresh(c));
		ck_assert_int_eq(smtp_client_run(c, str_c(talk), &used), SMTP_CLIENT_CLOSE);
		ck_assert_int_eq(rcpt.result, SMTP_CLIENT_TEMP);
		ck_assert_str_eq(rcpt.said.ecode, "4.3.0");
		ck_assert(str_find(buf_str(smtp_client_out(c)), STR("\r\n.\r\n")) < 0);
		smtp_client_free(&c);
	}
}
END_TEST

/* A farewell while nothing is asked; QUIT. */
START_TEST(test_idle)
{
	struct smtp_client *c = smtp_client_new(STR("me"), false);
	size_t used;

	ck_assert(!smtp_client_is_greeted(c));
	(void)smtp_client_run(c, STR("220 x\r\n"), &used);
	ck_assert(smtp_client_is_greeted(c));
	ck_assert_int_eq(smtp_client_run(c, STR("250 x\r\n"), &used), SMTP_CLIENT_READY);
	ck_assert_int_eq(smtp_client_run(c, STR("421 4.4.2 b"), &used), SMTP_CLIENT_INPUT);
	ck_assert_int_eq(smtp_client_run(c, STR("421 4.4.2 bye\r\n"), &used), SMTP_CLIENT_CLOSE);
	ck_assert_uint_eq(smtp_client_said(c)->code, 421);
	smtp_client_free(&c);

	c = smtp_client_new(STR("me"), false);
	(void)smtp_client_run(c, STR("220 x\r\n"), &used);
	(void)smtp_client_run(c, STR("250 x\r\n"), &used);
	buf_reset(smtp_client_out(c));
	smtp_client_quit(c);
	ck_assert_str_is(buf_str(smtp_client_out(c)), STR("QUIT\r\n"));
	ck_assert_int_eq(smtp_client_run(c, STR(""), &used), SMTP_CLIENT_CLOSE);
	smtp_client_free(&c);
}
END_TEST

UNIT_MAIN("smtp client", test_talks, test_lost, test_limits, test_source, test_idle)
