/* Each command in each state; time, limits and the end of sessions. */
#include "fake.h"
#include "tests/unit/unit.h"

static const struct smtp_conf conf = { .hostname = "h", .max_size = 1 << 20, .has_tls = true };

static struct smtp_session *s;
static struct fake f;
static bool is_closed, wants_tls;

static const struct smtp_conf submission_conf = {
	.hostname = "h", .max_size = 1 << 20, .has_tls = true, .is_submission = true
};

static void
start_with(const struct smtp_conf *c)
{
	fake_init(&f);
	s = f.s = smtp_session_new(c, &fake_backend, &f);
	is_closed = wants_tls = false;
}

static void
start(void)
{
	start_with(&conf);
}

static void
stop(void)
{
	smtp_session_free(&s);
	ck_assert(!f.is_open);
	fake_done(&f);
}

/* Code of the last reply to `text`, 0 for none. */
static unsigned
say(struct str text)
{
	unsigned code = 0;

	for (;;) {
		size_t used;
		enum smtp_want w = smtp_session_run(s, text, &used);
		struct buf *out = smtp_session_out(s);
		struct str rest = buf_str(out);

		while (rest.n > 0) {
			ssize_t lf = str_chr(rest, '\n');

			code = (unsigned)(rest.p[0] - '0') * 100 +
			       (unsigned)(rest.p[1] - '0') * 10 + (unsigned)(rest.p[2] - '0');
			rest = str_from(rest, (size_t)lf + 1);
		}
		buf_reset(out);
		text = str_from(text, used);
		if (w == SMTP_WANT_DELAY)
			ck_assert_int_gt(smtp_session_delay(s), 0);
		else if (w == SMTP_WANT_VERDICT)
			ck_assert(fake_answer(&f, 0));
		else if (w == SMTP_WANT_CLOSE)
			is_closed = true;
		else if (w == SMTP_WANT_TLS)
			wants_tls = true;
		if (w == SMTP_WANT_INPUT || is_closed || wants_tls)
			return code;
	}
}

/* What leads to each state of lib/smtp/session_priv.h. */
static const struct {
	const char *name;
	struct str way;
} states[] = {
	{ "HELO", STR("") },
	{ "READY", STR("EHLO a\r\n") },
	{ "MAIL", STR("EHLO a\r\nMAIL FROM:<>\r\n") },
	{ "RCPT", STR("EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<a@x>\r\n") },
	{ "BDAT", STR("EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<a@x>\r\nBDAT 1\r\nx") },
	{ "FAIL", STR("EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<a@x>\r\nBDAT 1\r\n\n") },
};

/* Command, and the code in each of these states. */
static const struct {
	const char *verb;
	struct str line;
	unsigned code[ARRAY_LEN(states)];
} matrix[] = {
	{ "EHLO", STR("EHLO b\r\n"), { 250, 250, 250, 250, 250, 250 } },
	{ "HELO", STR("HELO b\r\n"), { 250, 250, 250, 250, 250, 250 } },
	{ "MAIL", STR("MAIL FROM:<b@x>\r\n"), { 503, 250, 503, 503, 503, 503 } },
	{ "RCPT", STR("RCPT TO:<b@x>\r\n"), { 503, 503, 250, 250, 503, 503 } },
	{ "DATA", STR("DATA\r\n"), { 503, 503, 503, 354, 503, 503 } },
	{ "BDAT", STR("BDAT 2 LAST\r\nxy"), { 503, 503, 503, 250, 250, 503 } },
	{ "RSET", STR("RSET\r\n"), { 250, 250, 250, 250, 250, 250 } },
	{ "VRFY", STR("VRFY b\r\n"), { 252, 252, 252, 252, 252, 252 } },
	{ "EXPN", STR("EXPN b\r\n"), { 252, 252, 252, 252, 252, 252 } },
	{ "HELP", STR("HELP\r\n"), { 214, 214, 214, 214, 214, 214 } },
	{ "NOOP", STR("NOOP\r\n"), { 250, 250, 250, 250, 250, 250 } },
	{ "QUIT", STR("QUIT\r\n"), { 221, 221, 221, 221, 221, 221 } },
	{ "STARTTLS", STR("STARTTLS\r\n"), { 503, 220, 503, 503, 503, 503 } },
	{ "AUTH", STR("AUTH PLAIN\r\n"), { 502, 502, 502, 502, 502, 502 } },
};

START_TEST(test_matrix)
{
	unsigned n = 0;

	for (; smtp_cmd_info(n) != NULL; n++)
		ck_assert_str_eq(smtp_cmd_info(n)->verb, matrix[n].verb);
	ck_assert_uint_eq(n, ARRAY_LEN(matrix));
	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		for (size_t k = 0; k < n; k++) {
			unsigned code;

			start();
			(void)say(states[i].way);
			code = say(matrix[k].line);
			ck_assert_msg(code == matrix[k].code[i], "%s in %s: %u", matrix[k].verb,
				      states[i].name, code);
			stop();
		}
}
END_TEST

/* Command, and the code on a submission port before and behind AUTH, greeted. */
static const struct {
	struct str line;
	unsigned before, behind;
} submission[] = {
	{ STR("EHLO b\r\n"), 250, 250 },
	{ STR("HELO b\r\n"), 250, 250 },
	{ STR("MAIL FROM:<b@x>\r\n"), 530, 250 },
	{ STR("MAIL FROM:<b@x> AUTH=<>\r\n"), 530, 250 },
	{ STR("RCPT TO:<b@x>\r\n"), 503, 503 },
	{ STR("DATA\r\n"), 503, 503 },
	{ STR("BDAT 2 LAST\r\nxy"), 503, 503 },
	{ STR("RSET\r\n"), 250, 250 },
	{ STR("VRFY b\r\n"), 252, 252 },
	{ STR("HELP AUTH\r\n"), 214, 214 },
	{ STR("NOOP\r\n"), 250, 250 },
	{ STR("STARTTLS\r\n"), 220, 503 },
	{ STR("AUTH PLAIN\r\n"), 334, 503 },
	{ STR("AUTH SCRAM-SHA-1-PLUS\r\n"), 504, 503 },
	{ STR("QUIT\r\n"), 221, 221 },
};

START_TEST(test_submission)
{
	struct str login = STR("AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94\r\n");

	for (size_t i = 0; i < ARRAY_LEN(submission); i++) {
		start_with(&submission_conf);
		(void)say(STR("EHLO a\r\n"));
		ck_assert(!smtp_session_took_secret(s));
		ck_assert_uint_eq(say(submission[i].line), submission[i].before);
		stop();
		start_with(&submission_conf);
		(void)say(STR("EHLO a\r\n"));
		ck_assert_uint_eq(say(login), 235);
		ck_assert(smtp_session_took_secret(s) && !smtp_session_took_secret(s));
		ck_assert_str_eq(smtp_session_proto(s), "ESMTPA");
		ck_assert_uint_eq(say(submission[i].line), submission[i].behind);
		stop();
	}
}
END_TEST

/* The end of a login: between commands, and within a message. */
START_TEST(test_revoke)
{
	struct str envelope = STR("EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<a@x>\r\nDATA\r\n");

	start();
	(void)say(STR("EHLO a\r\n"));
	smtp_session_revoke(s);
	ck_assert_uint_eq(say(STR("NOOP\r\n")), 421);
	ck_assert(is_closed);
	stop();
	start();
	(void)say(envelope);
	smtp_session_revoke(s);
	ck_assert_uint_eq(say(STR("x\r\n.\r\n")), 421);
	ck_assert_uint_eq(f.messages.n, 0);
	stop();
}
END_TEST

START_TEST(test_time)
{
	start();
	ck_assert_int_eq(smtp_session_phase(s), SMTP_PHASE_COMMAND);
	(void)say(STR("EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<a@x>\r\nDATA\r\n"));
	ck_assert_int_eq(smtp_session_phase(s), SMTP_PHASE_DATA);
	(void)say(STR("x\r\n.\r\nNOOP"));
	ck_assert_int_eq(smtp_session_phase(s), SMTP_PHASE_COMMAND);
	(void)say(STR("NOOP\n"));
	ck_assert_int_eq(smtp_session_phase(s), SMTP_PHASE_BADLINE);
	(void)say(STR("NOOP\n\r\n"));
	ck_assert_int_eq(smtp_session_phase(s), SMTP_PHASE_COMMAND);
	smtp_session_timeout(s);
	ck_assert_uint_eq(say(STR("")), 421);
	ck_assert(is_closed);
	stop();
	start();
	(void)say(STR("EHLO a\n"));
	smtp_session_timeout(s);
	ck_assert_uint_eq(say(STR("")), 500);
	ck_assert(is_closed);
	stop();
}
END_TEST

START_TEST(test_commands)
{
	start();
	for (int i = 0; i < LIM_SMTP_COMMANDS; i++)
		ck_assert_uint_eq(say(STR("NOOP\r\n")), 250);
	ck_assert_uint_eq(say(STR("NOOP\r\n")), 421);
	ck_assert(is_closed);
	stop();
	/* A message begins the count anew. */
	start();
	for (int i = 0; i < LIM_SMTP_COMMANDS - 10; i++)
		ck_assert_uint_eq(say(STR("NOOP\r\n")), 250);
	ck_assert_uint_eq(say(STR("HELO a\r\nMAIL FROM:<>\r\nRCPT TO:<a@x>\r\nBDAT 0 LAST\r\n")),
			  250);
	for (int i = 0; i < LIM_SMTP_COMMANDS; i++)
		ck_assert_uint_eq(say(STR("NOOP\r\n")), 250);
	stop();
}
END_TEST

START_TEST(test_oversize)
{
	char *chunk = mem_alloc(1 << 20);
	unsigned code = 0;
	int n = 0;

	memset(chunk, 'x', 1 << 20);
	start();
	ck_assert_uint_eq(say(STR("HELO a\r\nMAIL FROM:<>\r\nRCPT TO:<a@x>\r\nDATA\r\n")), 354);
	while (!is_closed && n++ < 100)
		code = say(str_mem(chunk, 1 << 20));
	ck_assert_uint_eq(code, 552);
	ck_assert_int_le(n, 20);
	ck_assert_uint_le(f.content.n, 1 << 20);
	stop();
	mem_free(chunk);
}
END_TEST

START_TEST(test_names)
{
	start();
	ck_assert_str_eq(smtp_session_proto(s), "SMTP");
	ck_assert_uint_eq(smtp_session_helo(s).n, 0);
	(void)say(STR("EHLO a.example\r\nMAIL FROM:<> SMTPUTF8\r\n"));
	ck_assert_str_eq(smtp_session_proto(s), "UTF8SMTP");
	ck_assert(smtp_session_txn(s)->is_utf8);
	(void)say(STR("RSET\r\n"));
	ck_assert_str_eq(smtp_session_proto(s), "ESMTP");
	ck_assert(smtp_session_txn(s) == NULL);
	ck_assert_str_is(smtp_session_helo(s), STR("a.example"));
	ck_assert_uint_eq(say(STR("STARTTLS\r\n")), 220);
	ck_assert(wants_tls);
	smtp_session_tls_done(s, false);
	ck_assert_uint_eq(smtp_session_helo(s).n, 0);
	wants_tls = false;
	(void)say(STR("EHLO a\r\n"));
	ck_assert_str_eq(smtp_session_proto(s), "ESMTPS");
	(void)say(STR("MAIL FROM:<> SMTPUTF8\r\n"));
	ck_assert_str_eq(smtp_session_proto(s), "UTF8SMTPS");
	stop();
}
END_TEST

START_TEST(test_drain)
{
	start();
	smtp_session_drain(s);
	ck_assert_uint_eq(say(STR("NOOP\r\n")), 421);
	ck_assert(is_closed);
	stop();
	start();
	(void)say(STR("HELO a\r\nMAIL FROM:<>\r\n"));
	smtp_session_drain(s);
	ck_assert_uint_eq(say(STR("RCPT TO:<a@x>\r\n")), 250);
	ck_assert_uint_eq(say(STR("DATA\r\n")), 354);
	ck_assert_uint_eq(say(STR("x\r\n.\r\n")), 421);
	ck_assert_uint_eq(f.messages.n, 3);
	ck_assert(is_closed);
	stop();
}
END_TEST

UNIT_MAIN("smtp-states", test_matrix, test_submission, test_revoke, test_time, test_commands,
	  test_oversize, test_names, test_drain)
