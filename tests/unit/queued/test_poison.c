/* One message, or one peer, that goes wrong must not stop the others, nor keep us busy for ever. */
#include "dkim/dkim.h"
#include "help.h"

static const char *const at_msg1 = "msg/1";

static void
add_large(uint64_t txn, const char *rcpts)
{
	enum { N = 300000 };
	char *text = mem_alloc(N + 1);

	memset(text, 'x', N);
	text[N] = '\0';
	memcpy(text, "From: joe@example.org\r\nSubject: big\r\n\r\n", 39);
	ck_assert_uint_eq(add(&(struct mail){ .txn = txn, .rcpts = rcpts, .text = text }), 250);
	mem_free(text);
}

static void
quiet_log(const char *line, size_t n, void *arg)
{
	(void)line;
	(void)n;
	(void)arg;
}

/* Its file is gone: it is held; the operator may give up, and the sender hears of it. */
START_TEST(test_no_content)
{
	up();
	rule.what = REMOTE_TEMP;
	rule.code = 451;
	add_large(5, "a@b.example");
	die();
	ck_assert_int_eq(unlinkat(dir, at_msg1, 0), 0);
	start();
	log_capture(quiet_log, NULL);
	later(1000);
	ck_assert_ptr_nonnull(strstr(admin("list", ""), "\t300000\t1\tqueued\t2\t"));
	later(1000000);
	ck_assert_ptr_nonnull(strstr(admin("list", ""), "\t300000\t1\tqueued\t2\t"));
	ck_assert_uint_eq(nremote, 1);
	ck_assert_str_eq(admin("fail", ""), "changed\t1\nend\n");
	settle();
	ck_assert_uint_eq(nlocal, 1);
	ck_assert_ptr_nonnull(strstr(local[0].text, "Final-Recipient: rfc822; a@b.example"));
	ck_assert_uint_eq(queue_size(), 0);
	log_capture(NULL, NULL);
	world_down();
}
END_TEST

/* It disappears when the sender is to be told of the delay, or of the failure. */
START_TEST(test_no_content_late)
{
	int64_t gap = 1000;

	for (unsigned gone_at = LIM_QUEUE_LATE; gone_at <= LIM_QUEUE_ATTEMPTS;
	     gone_at += LIM_QUEUE_ATTEMPTS - LIM_QUEUE_LATE) {
		up();
		log_capture(quiet_log, NULL);
		rule.what = REMOTE_TEMP;
		rule.code = 451;
		add_large(5, "a@b.example");
		for (unsigned n = 1; n < gone_at - 1; n++)
			later(gap <<= 1);
		ck_assert_uint_eq(nremote, gone_at - 1);
		rule.hold = true;
		later(gap <<= 1);
		ck_assert_uint_eq(nremote, gone_at);
		ck_assert_int_eq(unlinkat(dir, at_msg1, 0), 0);
		nlocal = 0;
		remote_answer(&remote[nremote - 1], REMOTE_TEMP, 451, true);
		settle();
		ck_assert_uint_eq(nlocal, 1);
		later(1000000);
		ck_assert_uint_eq(nlocal, 1);
		ck_assert_uint_eq(nremote, gone_at);
		log_capture(NULL, NULL);
		gap = 1000;
		world_down();
	}
}
END_TEST

/* example.org gets a key. */
static void
sign(void)
{
	static const char text[] =
		"Domains:\n\texample.org:\n\t\tDKIM:\n\t\t\tSelectors:\n\t\t\t\ts:\n"
		"\t\t\t\t\tPrivateKeyFile: k\n\t\t\tSign:\n\t\t\t\t- s\n"
		"Accounts:\n\tjoe:\n\t\tDomain: example.org\n\t\tDestinations:\n"
		"\t\t\tjoe@example.org: nil\n";
	struct err e = ERR_INIT;
	struct buf pem;

	buf_init(&pem, LIM_DKIM_KEY);
	ck_assert_int_eq(dk_key_make(0, &pem, &e), 0);
	key_file = memory(buf_str(&pem));
	buf_done(&pem);
	config_free(&conf);
	ck_assert_msg(config_parse_files(&conf, "mox.conf", str_c(mox_conf), "domains.conf",
					 str_c(text), NULL, &e) == 0,
		      "%s", e.msg);
	log_capture(quiet_log, NULL); /* the key is not sealed */
	signing_free(&the_svc.d->signing);
	the_svc.d->signing = signing_new(the_svc.d);
	log_capture(NULL, NULL);
	close(key_file);
	key_file = -1;
}

/* What can't be signed will not be better the next time. */
START_TEST(test_unsignable)
{
	struct buf text;

	up();
	sign();
	ck_assert_uint_eq(add(&(struct mail){ .txn = 5, .rcpts = "a@b.example" }), 250);
	ck_assert_ptr_nonnull(strstr(remote[0].prefix, "DKIM-Signature: "));
	buf_init(&text, 1 << 20);
	buf_puts(&text, "From: joe@example.org\r\n");
	for (int i = 0; i < LIM_DKIM_FIELDS; i++)
		buf_puts(&text, "X: y\r\n");
	buf_puts(&text, "\r\n");
	log_capture(quiet_log, NULL);
	ck_assert_uint_eq(
		add(&(struct mail){ .txn = 6, .rcpts = "a@b.example", .text = buf_c(&text) }), 554);
	ck_assert_uint_eq(queue_size(), 0);
	log_capture(NULL, NULL);
	buf_done(&text);
	world_down();
}
END_TEST

/* smtpd, taken over, can't have its words signed with the keys of our domains. */
START_TEST(test_sign_for_smtpd)
{
	struct mail mail = {
		.txn = 5, .rcpts = "joe@example.org", .account = "", .flags = QUEUE_LOCAL
	};
	struct reply r;

	up();
	sign();
	add_send(SMTP, &mail, &r);
	settle();
	ck_assert_uint_eq(r.code, 250);
	ck_assert_uint_eq(nlocal, 1);
	ck_assert_str_eq(local[0].prefix, "Received: by test\r\n");
	mail.txn++;
	mail.sign = true;
	add_send(SMTP, &mail, &r);
	settle();
	ck_assert(r.failed);
	ck_assert(closed[SMTP]);
	ck_assert_uint_eq(nlocal, 1);
	world_down();
}
END_TEST

/* An address that the remote role could not be told: its channel, and all that is under way on it,
 * must not suffer. */
START_TEST(test_long_domain)
{
	char rcpt[LIM_ADDR + 1];
	struct reply r;

	up();
	memset(rcpt, 'x', sizeof(rcpt));
	rcpt[1] = '@';
	rcpt[LIM_ADDR] = '\0';
	add_send(SUBMIT, &(struct mail){ .txn = 5, .rcpts = rcpt }, &r);
	settle();
	ck_assert(r.failed);
	ck_assert(!closed[REMOTE]);
	world_down();
}
END_TEST

static void
damage(const char *sql)
{
	struct db_opts o = { .write = true };
	struct err e = ERR_INIT;
	struct db *db = db_open(dir, "queue.db", &o, &e);

	ck_assert_msg(db != NULL && db_exec(db, sql, &e) == 0, "%s", e.msg);
	db_close(&db);
}

/* Whatever stands in a row, others go on. */
START_TEST(test_bad_rows)
{
	static const char *const sql[] = {
		"UPDATE message SET envelope = zeroblob(60000) WHERE txn = 5",
		"UPDATE rcpt SET envelope = zeroblob(60000) WHERE msg = 1",
		"UPDATE body SET data = zeroblob(200000) WHERE id = 1",
		"UPDATE body SET prefix = zeroblob(2000000) WHERE id = 1",
		"UPDATE body SET data = NULL WHERE id = 1",
		"UPDATE message SET salt = x'' WHERE txn = 5",
		"UPDATE message SET size = -1 WHERE txn = 5",
		"DELETE FROM body WHERE id = 1",
		"DELETE FROM message WHERE txn = 5",
	};

	for (size_t i = 0; i < ARRAY_LEN(sql); i++) {
		up();
		log_capture(quiet_log, NULL);
		rule.what = REMOTE_TEMP;
		rule.code = 451;
		ck_assert_uint_eq(add(&(struct mail){ .txn = 5, .rcpts = "a@b.example" }), 250);
		ck_assert_uint_eq(add(&(struct mail){ .txn = 6, .rcpts = "a@b.example" }), 250);
		die();
		damage(sql[i]);
		nremote = 0;
		start();
		rule.what = REMOTE_OK;
		later(500);
		ck_assert_msg(nremote == 1 && remote[0].mid == 6, "%s", sql[i]);
		ck_assert_uint_eq(add(&(struct mail){ .txn = 7, .rcpts = "a@b.example" }), 250);
		later(1000000);
		ck_assert_uint_eq(nremote, 2);
		/* Held. */
		ck_assert_msg(strstr(admin("list", "hold=true"), "rcpt\t1\t") != NULL, "%s",
			      sql[i]);
		ck_assert_str_eq(admin("drop", ""), "changed\t1\nend\n");
		log_capture(NULL, NULL);
		world_down();
	}
}
END_TEST

/* Servers that keep all transactions waiting: mail among ourselves, and notifications, still go. */
START_TEST(test_tarpits)
{
	static struct reply r[LIM_QUEUE_INFLIGHT + 20];
	char rcpt[64];

	up();
	rule.hold = true;
	for (unsigned i = 0; i < ARRAY_LEN(r); i++) {
		snprintf(rcpt, sizeof(rcpt), "a@tar%u.example", i);
		add_send(SUBMIT, &(struct mail){ .txn = 100 + i, .rcpts = rcpt }, &r[i]);
	}
	settle();
	ck_assert_uint_eq(nremote, LIM_QUEUE_INFLIGHT);
	ck_assert_uint_eq(add(&(struct mail){ .txn = 5, .rcpts = "joe@example.org" }), 250);
	ck_assert_uint_eq(nlocal, 1);
	remote_answer(&remote[7], REMOTE_FAIL, 550, true);
	settle();
	ck_assert_uint_eq(nlocal, 2);
	ck_assert_uint_eq(nremote, LIM_QUEUE_INFLIGHT + 1);
	ck_assert_uint_eq(the_svc.d->far, LIM_QUEUE_INFLIGHT);
	/* Held back for a while, and due again while all are busy. */
	deliver_code = 451;
	ck_assert_uint_eq(add(&(struct mail){ .txn = 6, .rcpts = "joe@example.org" }), 250);
	deliver_code = 250;
	later(LIM_QUEUE_GAP_S + LIM_QUEUE_JITTER_S + 1);
	ck_assert_uint_eq(nlocal, 4);
	rule.hold = false;
	for (size_t i = 0; i < nremote; i++) {
		if (remote[i].req != NULL)
			remote_answer(&remote[i], REMOTE_OK, 250, true);
	}
	settle();
	ck_assert_uint_eq(queue_size(), 0);
	ck_assert_uint_eq(the_svc.d->far, 0);
	world_down();
}
END_TEST

/* The clock was wrong, and is set back. */
START_TEST(test_clock_back)
{
	up();
	later(1000000);
	rule.what = REMOTE_TEMP;
	rule.code = 451;
	now -= 900000;
	clock_fake(now);
	ck_assert_uint_eq(add(&(struct mail){ .txn = 5, .rcpts = "a@b.example" }), 250);
	ck_assert_uint_eq(nremote, 1);
	rule.what = REMOTE_OK;
	later(LIM_QUEUE_GAP_S + LIM_QUEUE_JITTER_S + 1);
	ck_assert_uint_eq(nremote, 2);
	ck_assert_uint_eq(queue_size(), 0);
	world_down();
}
END_TEST

static unsigned writes, room; /* for so many more */

static int
full(void *arg, enum db_fault what)
{
	(void)arg;
	return what == DB_FAULT_WRITE && writes++ >= room ? ENOSPC : 0;
}

/* What was under way when we died is tried again once there is room, without another start. */
START_TEST(test_start_on_full_disk)
{
	struct err e = ERR_INIT;
	struct queue *q;

	up();
	rule.hold = true;
	ck_assert_uint_eq(add(&(struct mail){ .txn = 5, .rcpts = "a@b.example" }), 250);
	ck_assert_uint_eq(nremote, 1);
	die();
	forget();
	log_capture(quiet_log, NULL);
	/* Opening just fits. */
	room = UINT32_MAX;
	db_fault_set(full, NULL);
	writes = 0;
	q = queue_open(dir, key, &e);
	ck_assert_ptr_nonnull(q);
	room = writes;
	db_fault_set(NULL, NULL);
	queue_close(&q);
	writes = 0;
	db_fault_set(full, NULL);
	start();
	settle();
	ck_assert_uint_gt(writes, room);
	room = UINT32_MAX;
	rule.hold = false;
	settle_ms(LIM_QUEUE_RETRY_MS + 100);
	later(LIM_QUEUE_RECOVER_S + 1);
	ck_assert_uint_eq(nremote, 1);
	ck_assert_uint_eq(queue_size(), 0);
	db_fault_set(NULL, NULL);
	log_capture(NULL, NULL);
	world_down();
}
END_TEST

/* Notifications come from postmaster at the name of this machine, which is no mail domain: who
 * answers writes to an account of ours. */
START_TEST(test_own_postmaster)
{
	up();
	ck_assert_uint_eq(add(&(struct mail){ .txn = 5,
					      .rcpts = "Postmaster@mx.example.org "
						       "other@mx.example.org" }),
			  250);
	ck_assert_uint_eq(nlocal, 1);
	ck_assert_str_eq(local[0].rcpts[0], "Postmaster@mx.example.org");
	ck_assert_uint_eq(add(&(struct mail){ .txn = 6, .rcpts = "postmaster@in.example.org" }),
			  250);
	ck_assert_uint_eq(nlocal, 2);
	ck_assert_str_eq(local[1].rcpts[0], "postmaster@in.example.org");
	ck_assert_uint_eq(nremote, 1);
	ck_assert_str_eq(remote[0].rcpts[0], "other@mx.example.org");
	world_down();
}
END_TEST

/* What smtpd took over from a stranger is not lost when an account can't take it all the time. */
START_TEST(test_strangers_mail)
{
	int64_t gap = 500;
	struct reply r;

	up();
	log_capture(quiet_log, NULL);
	deliver_code = 451;
	add_send(SMTP,
		 &(struct mail){ .txn = 5,
				 .rcpts = "joe@example.org",
				 .account = "",
				 .sender = "x@far.example",
				 .flags = QUEUE_LOCAL },
		 &r);
	settle();
	for (unsigned n = 1; n < LIM_QUEUE_ATTEMPTS; n++)
		later(gap <<= 1);
	ck_assert_uint_eq(nlocal, LIM_QUEUE_ATTEMPTS);
	later(1000000);
	ck_assert_uint_eq(nlocal, LIM_QUEUE_ATTEMPTS);
	ck_assert_ptr_nonnull(strstr(admin("list", "hold=true"), "rcpt\t1\t"));
	deliver_code = 250;
	ck_assert_str_eq(admin("unhold", "ids=1"), "changed\t1\nend\n");
	settle();
	ck_assert_uint_eq(nlocal, LIM_QUEUE_ATTEMPTS + 1);
	ck_assert_uint_eq(queue_size(), 0);
	log_capture(NULL, NULL);
	world_down();
}
END_TEST

UNIT_MAIN("queued poison", test_no_content, test_no_content_late, test_unsignable,
	  test_sign_for_smtpd, test_long_domain, test_bad_rows, test_tarpits, test_clock_back,
	  test_start_on_full_disk, test_own_postmaster, test_strangers_mail)
