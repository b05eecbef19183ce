/* smtpd with a deliverd of two workers and a queued that say what the test wants. */
#include "ipc/msg_deliver.h"
#include "smtpd.h"
#include "tests/unit/smtp_rig.h"

/* ---- deliverd */

enum answer { ANSWER_OK, ANSWER_CODES, ANSWER_NOSPACE, ANSWER_JUNK, ANSWER_NEVER, ANSWER_LIE };

static enum answer answer, queue_answer;
static unsigned codes[8]; /* by recipient, for ANSWER_CODES */
static unsigned ndeliver, nchecks, nrcpts, npartial, nrepeats;
static struct buf got, trace, rcpts, noted, late;
static enum answer note_answer;
static struct msg_deliver last;
static bool was_file;

/* Recipients named owner1... belong to worker 1, refused... are refused. */
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
	nchecks++;
	ck_assert_str_is(q.ip, STR("192.0.2.7"));
	if (str_has_prefix(q.rcpt, STR("owner1")))
		r.owner = 1;
	if (str_has_prefix(q.rcpt, STR("owner9")))
		r.owner = 9;
	if (str_has_prefix(q.rcpt, STR("refused"))) {
		r.code = 550;
		r.ecode = STR("5.1.1");
		r.text = STR("who is\r\nthat");
	}
	buf_init(&b, 1000);
	msg_rcpt_check_r_put(&b, &r);
	ipc_reply(&req, buf_str(&b), NULL, 0);
	buf_done(&b);
	return true;
}

static bool
on_deliver(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct msg_deliver_r r = { .kind = DELIVER_DONE };
	struct err e = ERR_INIT;
	struct buf results, b;
	struct rd rd;
	unsigned n = 0;

	(void)ctx;
	if (!msg_deliver_get(m->body, &last))
		return false;
	ndeliver++;
	nrepeats += (last.flags & DELIVER_REPEAT) != 0;
	was_file = message_take(m, last.filekey, last.size, &got);
	buf_reset(&trace);
	buf_putstr(&trace, last.trace);
	buf_init(&results, 60000);
	buf_init(&b, LIM_IPC_BODY);
	for (rd = rd_init(last.rcpts); rd_more(&rd); n++) {
		struct str addr = rd_str(&rd, LIM_ADDR), account = rd_str(&rd, LIM_ACCOUNT);
		unsigned code = answer == ANSWER_CODES ? codes[(nrcpts + n) % 8] : 250;

		ck_assert_str_is(account, STR("acct"));
		buf_putstr(&rcpts, addr);
		buf_putc(&rcpts, ' ');
		wr_uint(&results, 2, answer == ANSWER_LIE ? 123 : code);
		wr_str(&results, code == 250   ? STR("2.0.0")
				 : code >= 500 ? STR("5.2.2")
					       : STR("4.2.2"));
		wr_str(&results, code == 250 ? STR("ok") : STR("no room"));
	}
	ck_assert(rd_done(&rd));
	nrcpts += n;
	if (answer == ANSWER_JUNK)
		wr_uint(&results, 1, 0);
	r.results = buf_str(&results);
	msg_deliver_r_put(&b, &r);
	if (answer == ANSWER_NOSPACE) {
		err_set(&e, EC_NOSPACE, "full");
		ipc_reply_err(&req, &e);
	} else if (answer == ANSWER_NEVER) {
		/* The worker dies with the request. */
		answer = ANSWER_OK;
		chan_die(req);
	} else {
		ipc_reply(&req, buf_str(&b), NULL, 0);
	}
	buf_done(&results);
	buf_done(&b);
	return true;
}

/* Which recipients of which worker; "1:" goes before those of worker 1. */
static bool
on_partial(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct err e = ERR_INIT;

	if (!msg_deliver_get(m->body, &last))
		return false;
	npartial++;
	ck_assert(str_find(buf_str(&said), STR("4.2.2")) < 0); /* not before this is answered */
	was_file = message_take(m, last.filekey, last.size, &got);
	buf_putc(&noted, (char)('0' + (uintptr_t)ctx));
	buf_putc(&noted, ':');
	addresses_take(last.rcpts, true, &noted);
	if (note_answer == ANSWER_NOSPACE) {
		err_set(&e, EC_NOSPACE, "full");
		ipc_reply_err(&req, &e);
	} else {
		ipc_reply(&req, STR(""), NULL, 0);
	}
	return true;
}

/* Recipients that queued is given. */
static bool
on_queue_add(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct msg_queue_add q;
	struct msg_queue_add_r r = {
		.code = 250, .ecode = STR("2.0.0"), .text = STR("ok"), .id = 7
	};
	struct buf b;

	(void)ctx;
	if (!msg_queue_add_get(m->body, &q))
		return false;
	ck_assert_uint_eq(q.flags, DELIVER_8BIT | QUEUE_LOCAL);
	ck_assert_uint_eq(q.account.n + q.login.n + q.from.n, 0);
	ck_assert(str_has_prefix(q.trace, STR("Received: from client.example ([192.0.2.7])\r\n")));
	message_take(m, q.filekey, q.size, &got);
	addresses_take(q.rcpts, false, &late);
	if (queue_answer == ANSWER_NOSPACE) {
		r.code = 452;
		r.ecode = STR("4.3.1");
	} else if (queue_answer == ANSWER_LIE) {
		r.code = 123;
	}
	buf_init(&b, 1000);
	msg_queue_add_r_put(&b, &r);
	ipc_reply(&req, buf_str(&b), NULL, 0);
	buf_done(&b);
	return true;
}

static const struct ipc_op deliverd_ops[] = {
	{ IPC_RCPT_CHECK, ROLE_BIT(ROLE_SMTPD), 0, 0, on_check },
	{ IPC_DELIVER, ROLE_BIT(ROLE_SMTPD), 1, 1, on_deliver },
	{ IPC_DELIVER_PARTIAL, ROLE_BIT(ROLE_SMTPD), 1, 1, on_partial },
	{ IPC_QUEUE_ADD, ROLE_BIT(ROLE_SMTPD), 1, 1, on_queue_add },
};

static struct rig_chan chans[] = {
	{ .role = ROLE_DELIVERD, .num = 0, .ops = deliverd_ops, .nops = ARRAY_LEN(deliverd_ops) },
	{ .role = ROLE_DELIVERD, .num = 1, .ops = deliverd_ops, .nops = ARRAY_LEN(deliverd_ops) },
	{ .role = ROLE_QUEUED, .num = 0, .ops = deliverd_ops, .nops = ARRAY_LEN(deliverd_ops) },
};

static void
start(void)
{
	rig_ops = &smtpd_ops;
	rig_chans = chans;
	rig_nchans = ARRAY_LEN(chans);
	answer = note_answer = queue_answer = ANSWER_OK;
	ndeliver = nchecks = nrcpts = npartial = nrepeats = 0;
	buf_init(&got, 20 << 20);
	buf_init(&trace, 20000);
	buf_init(&rcpts, 1 << 20);
	buf_init(&noted, 1000);
	buf_init(&late, 1000);
	rig_start(SERVICE_SMTP);
}

static void
stop(void)
{
	rig_stop();
	buf_done(&got);
	buf_done(&trace);
	buf_done(&rcpts);
	buf_done(&noted);
	buf_done(&late);
}

#define ENVELOPE "EHLO client.example\r\nMAIL FROM:<s@client.example> BODY=8BITMIME\r\n"
#define MESSAGE "DATA\r\nSubject: x\r\n\r\n..body\r\n.\r\n"

/* A transaction with these recipients, and the reply to its message. */
static void
transaction(const char *rcpt_lines, const char *reply)
{
	connect_client();
	say(ENVELOPE);
	say(rcpt_lines);
	say(MESSAGE);
	await(reply);
	bye();
}

/* ---- tests */

START_TEST(test_message)
{
	start();
	transaction("RCPT TO:<A@Local.Example>\r\n", "\r\n250 2.0.0 Accepted, id ");
	ck_assert_uint_eq(nchecks, 1);
	ck_assert_uint_eq(ndeliver, 1);
	ck_assert(!was_file);
	ck_assert_str_is(buf_str(&got), STR("Subject: x\r\n\r\n.body\r\n"));
	ck_assert_str_is(buf_str(&rcpts), STR("A@local.example "));
	ck_assert(str_has_prefix(buf_str(&trace),
				 STR("Received: from client.example ([192.0.2.7])\r\n\t"
				     "by mail.example with ESMTP\r\n\tid ")));
	ck_assert(str_find(buf_str(&trace), STR("\tfor <A@local.example>;\r\n")) > 0);
	ck_assert_uint_eq(last.flags, DELIVER_8BIT);
	stop();
}
END_TEST

/* Results of three recipients, the one reply, and who is left to queued. */
static const struct {
	unsigned codes[3];
	const char *reply, *late;
} mixed[] = {
	{ { 250, 250, 250 }, "\r\n250 2.0.0 Accepted" },
	{ { 250, 550, 250 }, "\r\n250 2.0.0 Accepted" },
	{ { 250, 452, 250 }, "\r\n250 2.0.0 Accepted", "b@x " },
	{ { 550, 452, 250 }, "\r\n250 2.0.0 Accepted", "b@x " },
	{ { 451, 452, 250 }, "\r\n250 2.0.0 Accepted", "a@x b@x " },
	{ { 550, 552, 554 }, "\r\n550 5.2.2 no room\r\n" },
	{ { 554, 550, 550 }, "\r\n554 5.2.2 no room\r\n" },
	{ { 550, 451, 452 }, "\r\n451 4.2.2 no room\r\n" },
};

START_TEST(test_mixed)
{
	start();
	answer = ANSWER_CODES;
	for (size_t i = 0; i < ARRAY_LEN(mixed); i++) {
		memcpy(codes, mixed[i].codes, sizeof(mixed[i].codes));
		nrcpts = 0;
		buf_reset(&late);
		transaction("RCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<c@x>\r\n",
			    mixed[i].reply);
		ck_assert_uint_eq(nrcpts, 3);
		ck_assert_str_is(buf_str(&late), str_c(mixed[i].late != NULL ? mixed[i].late : ""));
	}
	stop();
}
END_TEST

START_TEST(test_owners)
{
	start();
	transaction("RCPT TO:<a@x>\r\nRCPT TO:<owner1@x>\r\n", "\r\n250 2.0.0 Accepted");
	ck_assert_uint_eq(ndeliver, 2);
	ck_assert(str_find(buf_str(&trace), STR("\tfor ")) < 0);
	answer = ANSWER_CODES;
	codes[0] = 250;
	codes[1] = 451;
	nrcpts = 0;
	transaction("RCPT TO:<a@x>\r\nRCPT TO:<owner1@x>\r\n", "\r\n250 2.0.0 Accepted");
	ck_assert_uint_eq(ndeliver, 4);
	ck_assert_str_is(buf_str(&late), STR("owner1@x "));
	stop();
}
END_TEST

/* queued takes nothing. Results of a, b (worker 0), owner1-c, owner1-d (worker 1); who is told that
 * a repeat will come. */
static const struct {
	unsigned codes[4];
	const char *reply, *noted;
} partials[] = {
	{ { 250, 250, 250, 250 }, "\r\n250 2.0.0 Accepted", "" },
	{ { 250, 250, 550, 550 }, "\r\n250 2.0.0 Accepted", "" },
	{ { 250, 250, 451, 451 }, "\r\n451 4.2.2 no room\r\n", "0:a@x b@x " },
	{ { 451, 451, 250, 250 }, "\r\n451 4.2.2 no room\r\n", "1:owner1-c@x owner1-d@x " },
	{ { 250, 550, 451, 250 }, "\r\n451 4.2.2 no room\r\n", "0:a@x " },
	{ { 550, 250, 550, 452 }, "\r\n452 4.2.2 no room\r\n", "0:b@x " },
	{ { 250, 451, 451, 250 }, "\r\n451 4.2.2 no room\r\n", "" }, /* they know */
	{ { 550, 550, 451, 451 }, "\r\n451 4.2.2 no room\r\n", "" },
};

START_TEST(test_partial)
{
	start();
	answer = ANSWER_CODES;
	for (size_t i = 0; i < ARRAY_LEN(partials); i++) {
		for (size_t k = 0; k < 2; k++) { /* the note is made, or can't be */
			note_answer = k == 0 ? ANSWER_OK : ANSWER_NOSPACE;
			queue_answer = k == 0 ? ANSWER_LIE : ANSWER_NOSPACE;
			memcpy(codes, partials[i].codes, sizeof(partials[i].codes));
			nrcpts = 0;
			buf_reset(&noted);
			buf_reset(&got);
			transaction("RCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nRCPT TO:<owner1-c@x>\r\n"
				    "RCPT TO:<owner1-d@x>\r\n",
				    partials[i].reply);
			ck_assert_str_is(buf_str(&noted), str_c(partials[i].noted));
			ck_assert_str_is(buf_str(&got), STR("Subject: x\r\n\r\n.body\r\n"));
		}
	}
	ck_assert_uint_eq(npartial, 8);
	stop();
}
END_TEST

START_TEST(test_refused)
{
	start();
	connect_client();
	say(ENVELOPE "RCPT TO:<refused@x>\r\nRCPT TO:<owner9@x>\r\nRCPT TO:<a@x>\r\nNOOP\r\n");
	await("\r\n550-5.1.1 who is?\r\n550 5.1.1 that\r\n451 4.3.0 Internal error, try again later\r\n"
	      "250 2.1.5 fine\r\n250 2.0.0 OK\r\n");
	bye();
	stop();
}
END_TEST

START_TEST(test_bad_answers)
{
	start();
	answer = ANSWER_JUNK;
	transaction("RCPT TO:<a@x>\r\n", "\r\n451 4.3.0 Internal error");
	answer = ANSWER_LIE;
	transaction("RCPT TO:<a@x>\r\n", "\r\n451 4.3.0 Internal error");
	answer = ANSWER_NOSPACE;
	transaction("RCPT TO:<a@x>\r\n", "\r\n452 4.3.1 Out of disk space");
	stop();
}
END_TEST

/* deliverd dies with the message and comes back: the client hears nothing of it. */
START_TEST(test_retry)
{
	start();
	answer = ANSWER_NEVER;
	transaction("RCPT TO:<a@x>\r\n", "\r\n250 2.0.0 Accepted");
	ck_assert_uint_eq(ndeliver, 2);
	/* Down when a recipient is to be checked. */
	chan_close(0);
	connect_client();
	say(ENVELOPE "RCPT TO:<a@x>\r\n" MESSAGE);
	await("250 2.1.0");
	chan_open(0);
	await("\r\n250 2.0.0 Accepted");
	bye();
	stop();
}
END_TEST

START_TEST(test_large)
{
	size_t n = 3 << 20;
	char *line = mem_alloc(1001);

	start();
	memset(line, 'x', 998);
	memcpy(line + 998, "\r\n", 3);
	connect_client();
	say(ENVELOPE "RCPT TO:<a@x>\r\nDATA\r\n");
	await("354");
	for (size_t i = 0; i < n / 1000; i++)
		say(line);
	say(".\r\n");
	await("250 2.0.0 Accepted");
	ck_assert(was_file);
	ck_assert_uint_eq(got.n, n / 1000 * 1000);
	bye();
	mem_free(line);
	stop();
}
END_TEST

START_TEST(test_hang_up)
{
	start();
	connect_client();
	say(ENVELOPE "RCPT TO:<a@x>\r\nDATA\r\nSubject: x\r\n");
	await("354");
	bye();
	ck_assert_uint_eq(ndeliver, 0);
	connect_client();
	say(ENVELOPE "RCPT TO:<a@x>\r\n");
	bye();
	stop();
}
END_TEST

START_TEST(test_drain)
{
	start();
	connect_client();
	is_draining = true;
	smtpconn_drain(&the_svc);
	await("421 4.3.2 Service is restarting, try again\r\n");
	await(NULL);
	close(client);
	client = -1;
	ck_assert(was_drained);

	is_draining = was_drained = false;
	connect_client();
	say(ENVELOPE "RCPT TO:<a@x>\r\nDATA\r\n");
	await("354");
	is_draining = true;
	smtpconn_drain(&the_svc);
	ck_assert(!was_drained);
	say("Subject: x\r\n.\r\n");
	await("\r\n421 4.3.2 Service is restarting, try again\r\n");
	ck_assert_uint_eq(ndeliver, 1);
	await(NULL);
	close(client);
	client = -1;
	ck_assert(was_drained);
	stop();
}
END_TEST

START_TEST(test_many)
{
	char text[100];

	start();
	connect_client();
	say(ENVELOPE);
	for (int i = 0; i < 450; i++) {
		snprintf(text, sizeof(text), "RCPT TO:<r%d@x>\r\n", i);
		say(text);
	}
	say(MESSAGE);
	await("250 2.0.0 Accepted");
	ck_assert_uint_eq(nrcpts, 450);
	ck_assert_uint_eq(ndeliver, 3);
	ck_assert_uint_eq(nrepeats, 2); /* accounts of the first part may be in the others */
	bye();
	stop();
}
END_TEST

START_TEST(test_space)
{
	start();
	close(tmp_dir);
	tmp_dir = -1; /* unknown is not enough */
	connect_client();
	say(ENVELOPE);
	await("\r\n452 4.3.1 Out of disk space, try again later\r\n");
	bye();
	stop();
}
END_TEST

/* Address, moment, code (0: nothing, 1: stall). */
static const struct {
	const char *addr;
	enum provoke_at at;
	unsigned code;
} rows[] = {
	{ "mox@localhost", PROVOKE_DATA, 0 },
	{ "temperror@x", PROVOKE_DATA, 451 },
	{ "TempError@x", PROVOKE_DATA, 451 },
	{ "a.permerror@x", PROVOKE_DATA, 554 },
	{ "a421@x", PROVOKE_DATA, 421 },
	{ "552@x", PROVOKE_DATA, 552 },
	{ "timeout@x", PROVOKE_DATA, 1 },
	{ "temperror@x", PROVOKE_RCPT, 0 },
	{ "temperror@x", PROVOKE_MAIL, 0 },
	{ "rcptto450@x", PROVOKE_RCPT, 450 },
	{ "rcptto450@x", PROVOKE_DATA, 0 },
	{ "rcpttotimeout@x", PROVOKE_RCPT, 1 },
	{ "mailfrom-temperror@x", PROVOKE_MAIL, 451 },
	{ "mailfrom-temperror@x", PROVOKE_RCPT, 0 },
	{ "mailfromtimeout@x", PROVOKE_MAIL, 1 },
	{ "a1450@x", PROVOKE_DATA, 0 },
	{ "a350@x", PROVOKE_DATA, 0 },
	{ "a650@x", PROVOKE_DATA, 0 },
	{ "a45@x", PROVOKE_DATA, 0 },
	{ "\"450\"@x", PROVOKE_DATA, 450 },
	{ "", PROVOKE_MAIL, 0 },
};

START_TEST(test_provoke)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct deliver_reply o = { 0 };
		enum provoked p = provoke(str_c(rows[i].addr), rows[i].at, &o);

		ck_assert_msg(rows[i].code == (p == PROVOKED_NONE    ? 0
					       : p == PROVOKED_STALL ? 1
								     : o.code),
			      "%s: %u", rows[i].addr, o.code);
	}
}
END_TEST

/* A provoked timeout waits until the client goes; 421 closes. */
START_TEST(test_localserve)
{
	start();
	is_localserve = true;
	connect_client();
	say("EHLO a\r\nMAIL FROM:<mailfromtimeout@x>\r\nNOOP\r\n");
	await("LIMITS");
	bye();
	connect_client();
	say("EHLO a\r\nMAIL FROM:<mailfrom421@x>\r\nNOOP\r\n");
	await("\r\n421 4.0.0 Failure with this code, as asked for\r\n");
	await(NULL);
	bye();
	stop();
}
END_TEST

/* The 31st connection of one address; one that ends makes room. */
START_TEST(test_connections)
{
	int fds[30];

	start();
	for (int i = 0; i < 30; i++) {
		connect_client();
		fds[i] = client;
	}
	connect_raw();
	await("421 4.7.0 Too many connections from your network\r\n");
	await(NULL);
	ck_assert_uint_eq(d.nconns, 30);
	close(client);
	for (int i = 1; i < 30; i++)
		close(fds[i]);
	client = fds[0];
	bye();
	connect_client();
	bye();
	stop();
}
END_TEST

UNIT_MAIN("smtpd", test_message, test_mixed, test_owners, test_partial, test_refused,
	  test_bad_answers, test_retry, test_large, test_hang_up, test_drain, test_many, test_space,
	  test_provoke, test_localserve, test_connections)
