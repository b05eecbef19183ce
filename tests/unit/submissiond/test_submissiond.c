/* submissiond with an authd, a deliverd and a queued that say what the test wants. */
#include "base/encode.h"
#include "submissiond.h"
#include "tests/unit/smtp_rig.h"

enum { AUTHD, DELIVERD, QUEUED, LOGIN_ID = 77, DIALOG = 5 };

/* ---- authd: mox@local.example with password "right", account acct */

static struct msg_auth_login_r login_answer;
static struct msg_auth_login asked;
static struct msg_auth_sasl sasl_asked;
static char asked_login[400], asked_mech[40], asked_data[3000];
static unsigned nlogins, nlogouts, nends;
static bool hold; /* answers come when `held` is answered */
static struct ipc_req *held;

static bool
on_login(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct msg_auth_login_r r = login_answer;
	struct buf b;

	(void)ctx;
	if (!msg_auth_login_get(m->body, &asked))
		return false;
	nlogins++;
	ck_assert_str_is(asked.proto, STR("submission"));
	ck_assert_str_is(asked.ip, STR("192.0.2.7"));
	ck_assert_uint_eq(asked.want_key, 0);
	snprintf(asked_login, sizeof(asked_login), STR_FMT, STR_ARG(asked.login));
	snprintf(asked_mech, sizeof(asked_mech), STR_FMT, STR_ARG(asked.mech));
	if (r.result == AUTH_OK && !str_eq(asked.password, STR("right")))
		r = (struct msg_auth_login_r){ .result = AUTH_BAD };
	buf_init(&b, 1000);
	msg_auth_login_r_put(&b, &r);
	if (hold)
		held = req;
	else
		ipc_reply(&req, buf_str(&b), NULL, 0);
	buf_done(&b);
	return true;
}

static void
answer_held(const struct msg_auth_login_r *r)
{
	struct buf b;

	buf_init(&b, 1000);
	msg_auth_login_r_put(&b, r);
	ipc_reply(&held, buf_str(&b), NULL, 0);
	buf_done(&b);
}

/* Two steps, then OK with a last word when the client said "proof". */
static bool
on_sasl(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct msg_auth_sasl_r r = { .more = 1, .dialog = DIALOG, .data = STR("challenge") };
	struct buf b;

	(void)ctx;
	if (!msg_auth_sasl_get(m->body, &sasl_asked))
		return false;
	ck_assert_str_is(sasl_asked.hostname, STR("mail.example"));
	snprintf(asked_mech, sizeof(asked_mech), STR_FMT, STR_ARG(sasl_asked.mech));
	snprintf(asked_data, sizeof(asked_data), STR_FMT, STR_ARG(sasl_asked.data));
	if (sasl_asked.dialog == DIALOG) {
		r = (struct msg_auth_sasl_r){ .result = AUTH_BAD };
		if (str_eq(sasl_asked.data, STR("proof")))
			r = (struct msg_auth_sasl_r){ .result = AUTH_OK,
						      .login_id = LOGIN_ID,
						      .account = STR("acct"),
						      .address = STR("mox@local.example") };
		if (str_has_prefix(sasl_asked.mech, STR("SCRAM-")) && r.result == AUTH_OK)
			r.data = STR("v=last");
	}
	buf_init(&b, 1000);
	msg_auth_sasl_r_put(&b, &r);
	ipc_reply(&req, buf_str(&b), NULL, 0);
	buf_done(&b);
	return true;
}

static bool
on_sasl_end(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct msg_auth_sasl_end r;

	(void)ctx;
	if (!msg_auth_sasl_end_get(m->body, &r))
		return false;
	ck_assert_uint_eq(r.dialog, DIALOG);
	nends++;
	ipc_reply(&req, STR(""), NULL, 0);
	return true;
}

static bool
on_logout(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct msg_auth_logout r;

	(void)ctx;
	if (!msg_auth_logout_get(m->body, &r))
		return false;
	ck_assert_uint_eq(r.login_id, LOGIN_ID);
	nlogouts++;
	ipc_reply(&req, STR(""), NULL, 0);
	return true;
}

/* ---- deliverd */

static bool
on_check(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct msg_rcpt_check q;
	struct msg_rcpt_check_r r = {
		.code = 250, .ecode = STR("2.1.5"), .text = STR("fine"), .account = STR("acct")
	};
	struct buf b;

	(void)ctx;
	if (!msg_rcpt_check_get(m->body, &q))
		return false;
	if (str_has_prefix(q.rcpt, STR("nobody")))
		r = (struct msg_rcpt_check_r){ .code = 550,
					       .ecode = STR("5.1.1"),
					       .text = STR("no such user here") };
	buf_init(&b, 1000);
	msg_rcpt_check_r_put(&b, &r);
	ipc_reply(&req, buf_str(&b), NULL, 0);
	buf_done(&b);
	return true;
}

/* ---- queued */

static unsigned nadds, queue_code;
static bool queue_dies, was_file;
static uint64_t first_txn;
static struct msg_queue_add added;
static struct buf got, trace, rcpts;
static char added_from[400], added_sender[400];

static bool
on_add(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct msg_queue_add_r r = { .code = queue_code, .id = 9 };
	struct buf b;

	(void)ctx;
	if (!msg_queue_add_get(m->body, &added))
		return false;
	if (nadds++ == 0)
		first_txn = added.txn;
	ck_assert_uint_eq(added.txn, first_txn);
	ck_assert_str_is(added.account, STR("acct"));
	ck_assert_str_is(added.login, STR("mox@local.example"));
	was_file = message_take(m, added.filekey, added.size, &got);
	buf_reset(&trace);
	buf_putstr(&trace, added.trace);
	buf_reset(&rcpts);
	addresses_take(added.rcpts, false, &rcpts);
	snprintf(added_from, sizeof(added_from), STR_FMT, STR_ARG(added.from));
	snprintf(added_sender, sizeof(added_sender), STR_FMT, STR_ARG(added.sender));
	r.ecode = queue_code == 250 ? STR("2.0.0") : STR("4.3.1");
	r.text = STR("as queued says");
	buf_init(&b, 1000);
	msg_queue_add_r_put(&b, &r);
	if (queue_dies) {
		queue_dies = false;
		chan_die(req);
	} else {
		ipc_reply(&req, buf_str(&b), NULL, 0);
	}
	buf_done(&b);
	return true;
}

/* ---- the rig */

#define FROM_SUBMITD ROLE_BIT(ROLE_SUBMITD)
static const struct ipc_op authd_ops[] = {
	{ IPC_AUTH_LOGIN, FROM_SUBMITD, 0, 0, on_login },
	{ IPC_AUTH_SASL, FROM_SUBMITD, 0, 0, on_sasl },
	{ IPC_AUTH_SASL_END, FROM_SUBMITD, 0, 0, on_sasl_end },
	{ IPC_AUTH_LOGOUT, FROM_SUBMITD, 0, 0, on_logout },
};
static const struct ipc_op deliverd_ops[] = { { IPC_RCPT_CHECK, FROM_SUBMITD, 0, 0, on_check } };
static const struct ipc_op queued_ops[] = { { IPC_QUEUE_ADD, FROM_SUBMITD, 1, 1, on_add } };
static const struct ipc_op self_ops[] = {
	{ IPC_AUTH_REVOKED, ROLE_BIT(ROLE_AUTHD), 0, 0, on_revoked },
};
static struct rig_chan chans[] = {
	[AUTHD] = { .role = ROLE_AUTHD, .ops = authd_ops, .nops = ARRAY_LEN(authd_ops) },
	[DELIVERD] = { .role = ROLE_DELIVERD, .ops = deliverd_ops, .nops = 1 },
	[QUEUED] = { .role = ROLE_QUEUED, .ops = queued_ops, .nops = 1 },
};

static struct config *config;

static const char mox_conf[] = "DataDir: data\nLogLevel: info\nHostname: mail.example\n"
			       "Listeners:\n\tpublic:\n\t\tIPs:\n\t\t\t- 127.0.0.1\n"
			       "\t\tSubmission:\n\t\t\tEnabled: true\n"
			       "\t\t\tNoRequireSTARTTLS: true\n"
			       "Postmaster:\n\tAccount: acct\n\tMailbox: Inbox\n";
static const char domains_conf[] =
	"Domains:\n\tlocal.example:\n\t\tLocalpartCatchallSeparator: +\n"
	"\toff.example:\n\t\tDisabled: true\n\tall.example: nil\n"
	"Accounts:\n\tacct:\n\t\tDomain: local.example\n\t\tDestinations:\n"
	"\t\t\tmox@local.example: nil\n\t\t\tm.o.x@local.example: nil\n\t\t\t@all.example: nil\n"
	"\t\t\tmox@off.example: nil\n"
	"\tother:\n\t\tDomain: local.example\n\t\tDestinations:\n\t\t\tother@local.example: nil\n"
	"\t\t\tother@all.example: nil\n";

static void
start(void)
{
	struct err e = ERR_INIT;

	ck_assert_msg(config_parse_files(&config, "mox.conf", str_c(mox_conf), "domains.conf",
					 str_c(domains_conf), NULL, &e) == 0,
		      "%s", e.msg);
	rig_config = config;
	rig_ops = &submissiond_ops;
	rig_chans = chans;
	rig_nchans = ARRAY_LEN(chans);
	rig_self_ops = self_ops;
	rig_nself_ops = 1;
	nlogins = nlogouts = nends = nadds = 0;
	hold = queue_dies = false;
	queue_code = 250;
	login_answer = (struct msg_auth_login_r){ .result = AUTH_OK,
						  .login_id = LOGIN_ID,
						  .account = STR("acct"),
						  .address = STR("mox@local.example") };
	buf_init(&got, 20 << 20);
	buf_init(&trace, 20000);
	buf_init(&rcpts, 1 << 17);
	rig_start(SERVICE_SUBMISSION);
}

static void
stop(void)
{
	rig_stop();
	config_free(&config);
	buf_done(&got);
	buf_done(&trace);
	buf_done(&rcpts);
}

/* "AUTH PLAIN" with this message. */
static void
say_plain(struct str message)
{
	struct buf b;

	buf_init(&b, 4000);
	buf_puts(&b, "AUTH PLAIN ");
	enc_put_base64(&b, message);
	buf_puts(&b, "\r\n");
	say(buf_c(&b));
	buf_done(&b);
}
#define RIGHT STR("\0mox@local.example\0right")

static void
log_in(void)
{
	connect_client();
	say("EHLO client.example\r\n");
	await("LIMITS");
	say_plain(RIGHT);
	await("235 2.7.0 Welcome\r\n");
}

#define TRANSACTION "MAIL FROM:<mox@local.example>\r\nRCPT TO:<you@example.org>\r\nDATA\r\n"

/* A message of this account, and the reply to it. */
static void
send_message(const char *message, const char *reply)
{
	log_in();
	say(TRANSACTION);
	await("354 ");
	say(message);
	say(".\r\n");
	await(reply);
	bye();
}

/* ---- logins */

/* authd's result and text, and the reply. */
static const struct {
	unsigned result;
	struct str text;
	const char *reply;
} results[] = {
	{ AUTH_OK, STR(""), "235 2.7.0 Welcome\r\n" },
	{ AUTH_BAD, STR(""), "535 5.7.8 Wrong user name or password\r\n" },
	{ AUTH_DISABLED, STR("ask Joe"), "525 5.7.13 ask Joe\r\n" },
	{ AUTH_DISABLED, STR(""), "525 5.7.13 Login is disabled\r\n" },
	{ AUTH_LIMITED, STR(""), "454 4.7.0 Too many failed logins, try again later\r\n" },
	{ AUTH_TEMP, STR(""), "454 4.7.0 Login is not possible right now\r\n" },
	{ 99, STR(""), "454 4.7.0 Login is not possible right now\r\n" },
};

START_TEST(test_results)
{
	start();
	for (size_t i = 0; i < ARRAY_LEN(results); i++) {
		login_answer.result = results[i].result;
		login_answer.text = results[i].text;
		connect_client();
		say("EHLO a\r\n");
		await("AUTH SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN\r\n");
		say_plain(RIGHT);
		await(results[i].reply);
		bye();
	}
	ck_assert_uint_eq(nlogouts, 1);
	stop();
}
END_TEST

START_TEST(test_names)
{
	char *name = mem_zalloc(500, 1), line[900];
	struct buf b;

	start();
	connect_client();
	say("EHLO a\r\nAUTH LOGIN bW94QGxvY2FsLmV4YW1wbGU=\r\nd3Jvbmc=\r\n");
	await("535 5.7.8 ");
	ck_assert_str_eq(asked_login, "mox@local.example");
	ck_assert_str_eq(asked_mech, "LOGIN");
	/* What can't be a name or a password gets the same answer. */
	memset(name, 'a', 400);
	buf_init(&b, 4000);
	enc_put_base64(&b, str_c(name));
	snprintf(line, sizeof(line), "AUTH LOGIN %s\r\ncmlnaHQ=\r\n", buf_c(&b));
	say(line);
	await("535 5.7.8 Wrong");
	say_plain(STR("\0\0right"));
	await("535 5.7.8 Wrong");
	ck_assert_uint_eq(nlogins, 1);
	say_plain(STR("right"));
	await("501 5.5.2 Malformed PLAIN message\r\n");
	say_plain(STR("\0mox@local.example\0ri\0ght"));
	await("501 5.5.2 Malformed PLAIN message\r\n");
	say_plain(STR("root\0mox@local.example\0right"));
	await("535 5.7.8 No other identity");
	bye();
	buf_done(&b);
	mem_free(name);
	stop();
}
END_TEST

START_TEST(test_delay)
{
	int64_t began;

	start();
	login_answer.result = AUTH_BAD;
	login_answer.delay_ms = 300;
	connect_client();
	say("EHLO a\r\n");
	await("LIMITS");
	began = loop_now(loop);
	say_plain(RIGHT);
	await("535 ");
	ck_assert_int_ge(loop_now(loop) - began, 295);
	/* Gone while it waits. */
	say_plain(RIGHT);
	while (nlogins < 2)
		turn();
	bye();
	stop();
}
END_TEST

/* The client is gone when authd answers: it waits for the answer, or its socket broke. */
START_TEST(test_gone)
{
	for (unsigned i = 1; i <= 2; i++) {
		start();
		hold = true;
		connect_client();
		say("EHLO a\r\n");
		await("LIMITS");
		say(i == 1 ? "NOOP\r\n" : "");
		say_plain(RIGHT);
		close(client);
		client = -1;
		while (held == NULL || (i == 1 && d.nconns > 0))
			turn();
		answer_held(&login_answer);
		while (nlogouts == 0 || d.nconns > 0)
			turn();
		stop();
	}
}
END_TEST

START_TEST(test_sasl)
{
	start();
	connect_client();
	say("EHLO a\r\nAUTH SCRAM-SHA-256 bixhPXgsbj15\r\n");
	await("334 Y2hhbGxlbmdl\r\n");
	ck_assert_str_eq(asked_mech, "SCRAM-SHA-256");
	ck_assert_str_eq(asked_data, "n,a=x,n=y");
	ck_assert_uint_eq(sasl_asked.cb_type.n, 0);
	say("cHJvb2Y=\r\n");
	await("334 dj1sYXN0\r\n");
	say("\r\n");
	await("235 2.7.0 Welcome\r\n");
	say("MAIL FROM:<mox@local.example>\r\n");
	await("250 2.1.0");
	bye();
	ck_assert_uint_eq(nlogouts, 1);
	connect_client();
	say("EHLO a\r\nAUTH CRAM-MD5\r\n");
	await("334 Y2hhbGxlbmdl\r\n");
	say("cHJvb2Y=\r\n");
	await("235 2.7.0 Welcome\r\n");
	bye();
	connect_client();
	say("EHLO a\r\nAUTH CRAM-MD5\r\n");
	await("334 Y2hhbGxlbmdl\r\n");
	say("bm8=\r\n");
	await("535 5.7.8 Wrong");
	say("AUTH CRAM-MD5 bm8=\r\n");
	await("501 5.5.4 No initial response here\r\n");
	bye();
	stop();
}
END_TEST

static char cancelled[256];

static void
keep_cancelled(const char *line, size_t n, void *arg)
{
	(void)arg;
	if (str_find(str_mem(line, n), STR("login.cancelled")) >= 0)
		snprintf(cancelled, sizeof(cancelled), "%.*s", (int)n, line);
}

START_TEST(test_cancel)
{
	start();
	log_set_level(NULL, LOG_INFO);
	log_capture(keep_cancelled, NULL);
	connect_client();
	say("EHLO a\r\nAUTH SCRAM-SHA-1\r\nbixhPXgsbj15\r\n");
	await("334 Y2hhbGxlbmdl\r\n");
	say("*\r\n");
	await("501 5.7.0 Authentication cancelled\r\n");
	while (nends < 1)
		turn();
	log_set_level(NULL, LOG_ERROR);
	log_capture(NULL, NULL);
	ck_assert_ptr_nonnull(strstr(cancelled, " mech=SCRAM-SHA-1"));
	/* authd has the login already. */
	for (unsigned i = 1; i <= 2; i++) {
		say("AUTH SCRAM-SHA-1 bixhPXgsbj15\r\ncHJvb2Y=\r\n");
		await("334 dj1sYXN0\r\n");
		say(i == 1 ? "*\r\n" : "eA==\r\n");
		await(i == 1 ? "501 5.7.0" : "501 5.5.2");
		while (nlogouts < i)
			turn();
		say("MAIL FROM:<mox@local.example>\r\n");
		await("530 5.7.0 Authentication required\r\n");
	}
	say("AUTH SCRAM-SHA-1 bixhPXgsbj15\r\n");
	await("334 ");
	bye();
	while (nends < 2)
		turn();
	stop();
}
END_TEST

static void
login_revoke(uint64_t id)
{
	struct msg_auth_revoked m = { .login_id = id };
	struct buf b;

	buf_init(&b, 100);
	msg_auth_revoked_put(&b, &m);
	ipc_notify(chans[AUTHD].from, IPC_AUTH_REVOKED, buf_str(&b), NULL, 0);
	buf_done(&b);
}

START_TEST(test_revoked)
{
	start();
	log_in();
	login_revoke(LOGIN_ID + 1);
	say("NOOP\r\n");
	await("250 2.0.0 OK\r\n");
	login_revoke(LOGIN_ID);
	await("421 4.7.0 The login is not valid any more\r\n");
	await(NULL);
	bye();
	log_in();
	say(TRANSACTION);
	await("354 ");
	login_revoke(LOGIN_ID);
	await("421 4.7.0 ");
	bye();
	ck_assert_uint_eq(nadds, 0);
	stop();
}
END_TEST

/* ---- what may be sent */

static const struct {
	const char *addr, *reply;
} senders[] = {
	{ "mox@local.example", "250 2.1.0 Sender accepted\r\n" },
	{ "MOX+x@Local.Example", "250 2.1.0 Sender accepted\r\n" },
	{ "\"m.o.x\"@local.example", "250 2.1.0 Sender accepted\r\n" },
	{ "any@all.example", "250 2.1.0 Sender accepted\r\n" },
	{ "postmaster@mail.example", "250 2.1.0 Sender accepted\r\n" },
	{ "", "250 2.1.0 Sender accepted\r\n" },
	{ "other@local.example", "550 5.7.1 " },
	{ "other@all.example", "550 5.7.1 " },
	{ "nobody@local.example", "550 5.7.1 " },
	{ "mox@example.org", "550 5.7.1 " },
	{ "mox@[192.0.2.7]", "550 5.7.1 " },
	{ "mox@off.example", "451 4.3.0 The sender's domain is disabled\r\n" },
};

START_TEST(test_senders)
{
	char line[400];

	start();
	log_in();
	for (size_t i = 0; i < ARRAY_LEN(senders); i++) {
		snprintf(line, sizeof(line), "MAIL FROM:<%s>\r\n", senders[i].addr);
		say(line);
		await(senders[i].reply);
		say("RSET\r\n");
		await("250 2.0.0 OK\r\n");
	}
	bye();
	stop();
}
END_TEST

/* From field, its address for queued, or the reply. */
static const struct {
	const char *from, *addr, *reply;
} froms[] = {
	{ "mox@local.example", "mox@local.example", NULL },
	{ "\"A, B\" <Mox+x@LOCAL.example> (c)", "Mox+x@local.example", NULL },
	{ "<\"m.o.x\"@local.example>", "m.o.x@local.example", NULL },
	{ "<\"a b\"@all.example>", "\"a b\"@all.example", NULL },
	{ "<\"a\\\"b\\\\\"@all.example>", "\"a\\\"b\\\\\"@all.example", NULL },
	{ "\xc3\xa4@all.example", "\xc3\xa4@all.example", NULL },
	{ "other@local.example", NULL,
	  "550 5.7.1 The address of the From field is not one of yours" },
	{ "mox@off.example", NULL, "451 4.3.0 " },
	{ "mox@local.example, mox@local.example", NULL, "550 5.6.0 " },
	{ "mox@local.example x", NULL, "550 5.6.0 " },
	{ "x: mox@local.example;", NULL, "550 5.6.0 " },
	{ "<>", NULL, "550 5.6.0 " },
	{ "mox@", NULL, "550 5.6.0 " },
	{ "@local.example", NULL, "550 5.6.0 " },
	{ "mox@local..example", NULL, "550 5.6.0 " },
	{ "mox@[192.0.2.1]", NULL, "550 5.6.0 " },
};

START_TEST(test_froms)
{
	char text[400];

	start();
	for (size_t i = 0; i < ARRAY_LEN(froms); i++) {
		snprintf(text, sizeof(text), "From: %s\r\n\r\n", froms[i].from);
		nadds = 0;
		added_from[0] = '\0';
		send_message(text,
			     froms[i].addr != NULL ? "250 2.0.0 Accepted, id " : froms[i].reply);
		ck_assert_str_eq(added_from, froms[i].addr != NULL ? froms[i].addr : "");
	}
	stop();
}
END_TEST

START_TEST(test_message)
{
	start();
	send_message("Bcc: a@b\r\n c\r\nFrom: mox@local.example\r\n\r\n..body\r\n",
		     "250 2.0.0 Accepted, id ");
	ck_assert(str_has_prefix(buf_str(&got), STR("From: mox@local.example\r\nDate: ")));
	ck_assert(str_find(buf_str(&got), STR("\r\nMessage-ID: <")) > 0);
	ck_assert(str_has_suffix(buf_str(&got), STR("@mail.example>\r\n\r\n.body\r\n")));
	ck_assert_str_eq(added_sender, "mox@local.example");
	ck_assert_str_is(buf_str(&rcpts), STR("you@example.org "));
	ck_assert(str_has_prefix(buf_str(&trace), STR("Received: from mail.example\r\n\t"
						      "by mail.example with ESMTPA\r\n\tid ")));
	ck_assert(str_find(buf_str(&trace), STR("\tfor <you@example.org>;\r\n")) > 0);
	ck_assert(str_find(buf_str(&trace), STR("192.0.2.7")) < 0);
	ck_assert(str_find(buf_str(&trace), STR("client")) < 0);
	ck_assert_uint_eq(added.flags, 0);
	stop();
}
END_TEST

/* Message, parameters of MAIL, flags that queued gets. */
static const struct {
	const char *params, *message;
	uint64_t flags;
} needs[] = {
	{ "", "From: mox@local.example\r\n\r\nx\r\n", 0 },
	{ " BODY=8BITMIME SMTPUTF8", "From: mox@local.example\r\n\r\nx\r\n", 0 },
	{ "", "From: mox@local.example\r\n\r\n\xc3\xa4\r\n", DELIVER_8BIT },
	{ "", "From: \xc3\xa4 <mox@local.example>\r\n\r\nx\r\n", DELIVER_8BIT | DELIVER_SMTPUTF8 },
	{ " SMTPUTF8", "From: mox@local.example\r\n\r\n\xc3\xa4\r\n",
	  DELIVER_8BIT | DELIVER_SMTPUTF8 },
};

START_TEST(test_needs)
{
	char line[200];

	start();
	for (size_t i = 0; i < ARRAY_LEN(needs); i++) {
		nadds = 0;
		log_in();
		snprintf(line, sizeof(line),
			 "MAIL FROM:<mox@local.example>%s\r\nRCPT TO:<a@b.example>\r\nDATA\r\n",
			 needs[i].params);
		say(line);
		await("354 ");
		say(needs[i].message);
		say(".\r\n");
		await("250 2.0.0 Accepted");
		ck_assert_uint_eq(added.flags, needs[i].flags);
		bye();
	}
	stop();
}
END_TEST

/* Addresses, and how they are in the trace: what can be ASCII asks for no SMTPUTF8. */
static const struct {
	const char *rcpt, *trace;
} traced[] = {
	{ "a@b\xc3\xbc"
	  "cher.example",
	  "\tfor <a@xn--bcher-kva.example>;\r\n" },
	{ "\xc3\xa4@b\xc3\xbc"
	  "cher.example",
	  "\tfor <\xc3\xa4@b\xc3\xbc"
	  "cher.example>;\r\n" },
};

START_TEST(test_trace_ascii)
{
	char line[200];

	start();
	for (size_t i = 0; i < ARRAY_LEN(traced); i++) {
		nadds = 0;
		log_in();
		snprintf(line, sizeof(line),
			 "MAIL FROM:<mox@local.example> SMTPUTF8\r\nRCPT TO:<%s>\r\nDATA\r\n",
			 traced[i].rcpt);
		say(line);
		await("354 ");
		say("From: mox@local.example\r\n\r\nx\r\n.\r\n");
		await("250 2.0.0 Accepted");
		ck_assert(str_find(buf_str(&trace), str_c(traced[i].trace)) > 0);
		bye();
	}
	stop();
}
END_TEST

#define GOOD "From: mox@local.example\r\n\r\n"

START_TEST(test_queued)
{
	uint64_t before;

	start();
	queue_dies = true;
	send_message(GOOD, "250 2.0.0 Accepted");
	ck_assert_uint_eq(nadds, 2); /* of one txn */
	/* Which says nothing of those of others. */
	before = first_txn;
	nadds = 0;
	send_message(GOOD, "250 2.0.0 Accepted");
	ck_assert_uint_ne(first_txn >> 32, before >> 32);
	nadds = 0;
	queue_code = 452;
	send_message(GOOD, "452 4.3.1 as queued says\r\n");
	nadds = 0;
	queue_code = 123;
	send_message(GOOD, "451 4.3.0 Internal error, try again later\r\n");
	/* Gone before queued answers. */
	nadds = 0;
	queue_code = 250;
	queue_dies = true;
	log_in();
	say(TRANSACTION GOOD ".\r\n");
	while (nadds == 0)
		turn();
	bye();
	stop();
}
END_TEST

START_TEST(test_large)
{
	char *line = mem_alloc(1001);

	memset(line, 'x', 998);
	memcpy(line + 998, "\r\n", 3);
	start();
	log_in();
	say(TRANSACTION);
	await("354 ");
	say(GOOD);
	for (int i = 0; i < 1000; i++)
		say(line);
	say(".\r\n");
	await("250 2.0.0 Accepted");
	ck_assert(was_file);
	ck_assert_uint_gt(got.n, 1000000);
	bye();
	mem_free(line);
	stop();
}
END_TEST

START_TEST(test_recipients)
{
	char line[400], *local = mem_zalloc(100, 1);
	unsigned n = 0;

	start();
	log_in();
	say("MAIL FROM:<mox@local.example>\r\nRCPT TO:<nobody@local.example>\r\n"
	    "RCPT TO:<mox@local.example>\r\nRCPT TO:<a@[192.0.2.1]>\r\n");
	await("550 5.1.1 no such user here\r\n250 2.1.5 fine\r\n250 2.1.5 Recipient accepted\r\n");
	/* More than one QUEUE_ADD takes. */
	memset(local, 'x', 60);
	for (unsigned i = 0; i < 200; i++) {
		snprintf(line, sizeof(line), "RCPT TO:<%s%03u@%s.%s.%s.example>\r\n", local, i,
			 local, local, local);
		say(line);
	}
	await("\r\n452 4.5.3 Too many recipients\r\n");
	say("DATA\r\n");
	await("354 ");
	say(GOOD ".\r\n");
	await("250 2.0.0 Accepted");
	for (size_t i = 0; i < rcpts.n; i++)
		n += buf_str(&rcpts).p[i] == ' ';
	ck_assert_uint_gt(n, 150);
	ck_assert_uint_lt(n, 200);
	bye();
	mem_free(local);
	stop();
}
END_TEST

START_TEST(test_space)
{
	start();
	close(tmp_dir);
	tmp_dir = -1; /* unknown is not enough */
	log_in();
	say("MAIL FROM:<mox@local.example>\r\n");
	await("452 4.3.1 Out of disk space, try again later\r\n");
	bye();
	stop();
}
END_TEST

UNIT_MAIN("submissiond", test_results, test_names, test_delay, test_gone, test_sasl, test_cancel,
	  test_revoked, test_senders, test_froms, test_message, test_needs, test_trace_ascii,
	  test_queued, test_large, test_recipients, test_space)
