/* Notifications: what they say, and that nothing of the values breaks out. */
#include "dsn/dsn.h"

#include "base/limits.h"
#include "base/mem.h"
#include "dsn/text.h"
#include "tests/unit/unit.h"

static struct dsn_rcpt rcpt;
static struct dsn dsn;
static struct buf out;

static void
reset(void)
{
	rcpt = (struct dsn_rcpt){ .rcpt = STR("bob@example.com"),
				  .orcpt = STR("rfc822;robert@example.com"),
				  .action = DSN_FAILED,
				  .status = STR("5.1.1"),
				  .remote_mta = STR("mx.example.com"),
				  .remote_ip = STR("192.0.2.1"),
				  .diagnostic = STR("550 5.1.1 no such user"),
				  .explanation = STR(""),
				  .last_attempt = 1700000000,
				  .attempts = 1 };
	dsn = (struct dsn){ .hostname = STR("mail.example.org"),
			    .to = STR("me@example.org"),
			    .envid = STR("env-7"),
			    .subject = STR("Hello"),
			    .message_id = STR("<a@b>"),
			    .header = STR("From: me@example.org\r\nSubject: Hello\r\n\r\nbody\r\n"),
			    .now = 1700000100,
			    .arrived = 1699990000,
			    .id = 77,
			    .rcpts = &rcpt,
			    .nrcpts = 1 };
}

static const char *
put(void)
{
	buf_reset(&out);
	dsn_put(&out, &dsn);
	ck_assert(!out.over);
	return buf_c(&out);
}

static void
has(const char *text)
{
	ck_assert_msg(str_find(buf_str(&out), str_c(text)) >= 0, "\"%s\" is not in:\n%s", text,
		      buf_c(&out));
}

static void
has_not(const char *text)
{
	ck_assert_msg(str_find(buf_str(&out), str_c(text)) < 0, "\"%s\" is in:\n%s", text,
		      buf_c(&out));
}

START_TEST(test_failed)
{
	buf_init(&out, 1 << 20);
	reset();
	put();
	has("From: Mail Delivery System <postmaster@mail.example.org>\r\n");
	has("To: me@example.org\r\n");
	has("Subject: Not delivered: Hello\r\n");
	has("\r\nMessage-ID: <dsn.6553f164.4d@mail.example.org>\r\n");
	has("\r\nIn-Reply-To: <a@b>\r\nReferences: <a@b>\r\nAuto-Submitted: auto-replied\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=\"");
	has("\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nThis is the mail server");
	has("The server mx.example.com (192.0.2.1) answered:\r\n      550 5.1.1 no such user\r\n");
	has("typing mistake");
	has("\r\nContent-Type: message/delivery-status\r\n\r\nOriginal-Envelope-Id: env-7\r\n"
	    "Reporting-MTA: dns; mail.example.org\r\nArrival-Date: ");
	has("\r\n\r\nOriginal-Recipient: rfc822;robert@example.com\r\n"
	    "Final-Recipient: rfc822; bob@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n"
	    "Remote-MTA: dns; mx.example.com (192.0.2.1)\r\n"
	    "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\nLast-Attempt-Date: ");
	has("\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: me@example.org\r\n"
	    "Subject: Hello\r\n\r\n--=_mox-dsn-");
	has_not("body\r\n");
	has_not("Will-Retry-Until");
	ck_assert(str_has_suffix(buf_str(&out), STR("--\r\n")));
	buf_done(&out);
}
END_TEST

START_TEST(test_given_up)
{
	buf_init(&out, 1 << 20);
	reset();
	rcpt.is_given_up = true;
	rcpt.status = STR("4.2.2");
	rcpt.diagnostic = STR("452 4.2.2 full");
	put();
	has("answered:\r\n      452 4.2.2 full\r\n    The operator of the server that sends you this");
	has("Diagnostic-Code: smtp; 452 4.2.2 full\r\n");
	has_not("for the whole time");
	rcpt.status = rcpt.remote_mta = rcpt.remote_ip = rcpt.diagnostic = STR("");
	rcpt.last_attempt = 0;
	put();
	has("\r\n  bob@example.com\r\n    The operator of the server that sends you this");
	has("Status: 5.0.0\r\nDiagnostic-Code: x-mox; given up by the operator\r\n");
	has_not("words above");
	buf_done(&out);
}
END_TEST

START_TEST(test_delayed)
{
	buf_init(&out, 1 << 20);
	reset();
	rcpt.action = DSN_DELAYED;
	rcpt.status = STR("4.4.1");
	rcpt.remote_mta = rcpt.remote_ip = rcpt.diagnostic = rcpt.orcpt = STR("");
	rcpt.explanation = STR("No server of the domain could be reached.");
	rcpt.will_retry_until = 1700090000;
	rcpt.attempts = 5;
	dsn.subject = dsn.message_id = dsn.envid = STR("");
	put();
	has("Subject: Delivery is delayed\r\n");
	has("not been delivered YET");
	has("Attempts: 5, the last at ");
	has("You need not do anything");
	has("\r\n    No server of the domain could be reached.\r\n");
	has("Diagnostic-Code: x-mox; No server of the domain could be reached.\r\n");
	has("Action: delayed\r\nStatus: 4.4.1\r\n");
	has("Will-Retry-Until: ");
	has_not("Remote-MTA");
	has_not("Original-");
	has_not("In-Reply-To");
	has_not("No further attempt");
	rcpt.action = DSN_RELAYED;
	rcpt.status = STR("2.0.0");
	put();
	has("Subject: Delivered\r\n");
	has("Action: relayed\r\n");
	buf_done(&out);
}
END_TEST

/* status, a word of the advice */
static const struct {
	const char *status, *word;
} advice[] = {
	{ "5.1.1", "typing mistake in the address" },
	{ "5.1.10", "takes no mail at all" },
	{ "5.1.2", "behind the @ does not take mail" },
	{ "5.2.2", "mailbox is full" },
	{ "5.3.4", "too large" },
	{ "5.4.4", "no mail server" },
	{ "5.4.6", "lead back" },
	{ "5.4.1", "could not be reached" },
	{ "5.6.3", "quoted-printable" },
	{ "5.6.7", "header fields beyond" },
	{ "5.7.26", "did not want this message" },
	{ "4.4.7", "for the whole time" },
	{ "5.0.0", "postmaster" },
	{ "nonsense", "postmaster" },
};

START_TEST(test_advice)
{
	buf_init(&out, 1 << 20);
	reset();
	for (size_t i = 0; i < ARRAY_LEN(advice); i++) {
		rcpt.status = str_c(advice[i].status);
		put();
		has(advice[i].word);
	}
	has("\r\nStatus: 5.0.0\r\n"); /* not the nonsense */
	buf_done(&out);
}
END_TEST

START_TEST(test_utf8)
{
	buf_init(&out, 1 << 20);
	reset();
	/* The message needs none, its values have some. */
	dsn.subject = STR("Gr\xc3\xbc\xc3\x9f"
			  "e");
	rcpt.diagnostic = STR("550 f\xc3\xbcr nichts");
	put();
	has("Subject: Not delivered: =?utf-8?B?R3LDvMOfZQ==?=\r\n");
	has("Content-Transfer-Encoding: quoted-printable\r\n");
	has("  Gr=C3=BC=C3=9Fe\r\n");
	has("Diagnostic-Code: smtp; 550 f?r nichts\r\n");
	has("message/delivery-status");
	/* Encoded words stand as they are, and not in the text. */
	dsn.subject = STR("=?utf-8?Q?Gr=C3=BC=C3=9Fe?=");
	put();
	has("Subject: Not delivered: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n");
	has_not("with the subject");
	/* RFC 6533 */
	dsn.is_utf8 = true;
	dsn.subject = STR("Gr\xc3\xbc\xc3\x9f"
			  "e");
	rcpt.rcpt = STR("j\xc3\xb6rg@example.com");
	rcpt.orcpt = STR("utf-8;j\xc3\xb6rg@example.com");
	put();
	has("Subject: Not delivered: Gr\xc3\xbc\xc3\x9f"
	    "e\r\n");
	has("Content-Type: message/global-delivery-status\r\n"
	    "Content-Transfer-Encoding: 8bit\r\n");
	has("Final-Recipient: utf-8; j\xc3\xb6rg@example.com\r\n");
	has("Original-Recipient: utf-8;j\xc3\xb6rg@example.com\r\n");
	has("Content-Type: message/global-headers\r\n");
	/* The address alone asks for it, too. */
	dsn.is_utf8 = false;
	put();
	has("message/global-delivery-status");
	buf_done(&out);
}
END_TEST

START_TEST(test_breaking_out)
{
	static const char evil[] = "x\r\nBcc: y@z\r\n\r\n--b\n\0\x1b[2J\x7f";
	struct str s = { evil, sizeof(evil) - 1 };

	buf_init(&out, 1 << 20);
	reset();
	dsn.hostname = dsn.to = dsn.envid = dsn.subject = dsn.message_id = s;
	rcpt.rcpt = rcpt.orcpt = rcpt.status = rcpt.remote_mta = rcpt.remote_ip = s;
	rcpt.diagnostic = rcpt.explanation = s;
	dsn.header = STR("A: b\rBcc: c\nBcc: d\r\n--=_mox-dsn-6553f164-4d-0--\r\nE: f");
	put();
	has_not("\r\nBcc:");
	has_not("\x1b");
	has("To: x Bcc: y@z --b [2J\r\n");
	/* The boundary is another one. */
	has("boundary=\"=_mox-dsn-6553f164-4d-1\"");
	has("\r\nA: b?Bcc: c?Bcc: d\r\n--=_mox-dsn-6553f164-4d-0--\r\nE: f\r\n\r\n--=_mox");
	buf_done(&out);
}
END_TEST

START_TEST(test_text)
{
	struct buf b;

	buf_init(&b, 100000);
	/* Right-to-left marks and line separators change what is read. */
	dsn_put_clean(&b,
		      STR(" a\xe2\x80\xae"
			  "b\xe2\x80\xa8\xc2\x85"
			  "c\xff\xc3 "),
		      true, 100);
	ck_assert_str_is(buf_str(&b), STR("a b c??"));
	buf_reset(&b);
	dsn_put_clean(&b, STR("\xc3\xa9\xc3\xa9\xc3\xa9"), true, 3);
	ck_assert_str_is(buf_str(&b), STR("\xc3\xa9\xc3\xa9"));
	buf_reset(&b);
	dsn_put_quoted_printable(&b, STR("a=b \r\n.\t\xc3\xa9\r\nlast "));
	ck_assert_str_is(buf_str(&b), STR("a=3Db=20\r\n.=09=C3=A9\r\nlast "));
	buf_reset(&b);
	for (int i = 0; i < 200; i++)
		buf_puts(&b, "abcdefghi ");
	reset();
	rcpt.diagnostic = buf_str(&b);
	dsn.subject = buf_str(&b);
	buf_init(&out, 1 << 20);
	put();
	for (struct str rest = buf_str(&out); rest.n > 0;)
		ck_assert_uint_le(str_cut(rest, '\n', &rest).n, 79);
	buf_reset(&b);
	for (int i = 0; i < 2000; i++)
		buf_putc(&b, 'x');
	put();
	for (struct str rest = buf_str(&out); rest.n > 0;)
		ck_assert_uint_le(str_cut(rest, '\n', &rest).n, 999);
	buf_done(&out);
	buf_done(&b);
}
END_TEST

/* A thousand recipients, each with its own outcome. */
START_TEST(test_many)
{
	static struct dsn_rcpt v[1000];

	buf_init(&out, 4 << 20);
	reset();
	for (size_t i = 0; i < ARRAY_LEN(v); i++) {
		v[i] = rcpt;
		v[i].action = (enum dsn_action)(i % 5);
	}
	dsn.rcpts = v;
	dsn.nrcpts = ARRAY_LEN(v);
	put();
	has("could NOT be delivered");
	has("passed on to the members");
	buf_done(&out);
	/* One that does not fit says so. */
	buf_init(&out, 5000);
	dsn_put(&out, &dsn);
	ck_assert(out.over);
	buf_done(&out);
}
END_TEST

UNIT_MAIN("dsn", test_failed, test_given_up, test_delayed, test_advice, test_utf8,
	  test_breaking_out, test_text, test_many)
