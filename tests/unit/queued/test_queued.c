/* What becomes of a message: outcomes, schedule, notifications, restarts. */
#include "help.h"

START_TEST(test_sent)
{
	up();
	ck_assert_uint_eq(add(&(struct mail){ .txn = 5,
					      .rcpts = "a@b.example A@B.example c@d.example",
					      .flags = DELIVER_8BIT | DELIVER_TLS }),
			  250);
	ck_assert_uint_eq(nremote, 2);
	ck_assert_uint_eq(remote[0].mid, 5);
	ck_assert_uint_eq(remote[0].attempt, 1);
	ck_assert_uint_eq(remote[0].flags, DELIVER_8BIT);
	ck_assert_str_eq(remote[0].domain, "b.example");
	ck_assert_uint_eq(remote[0].n, 2);
	ck_assert_str_eq(remote[0].rcpts[1], "A@B.example");
	ck_assert_str_eq(remote[0].sender, "joe@example.org");
	ck_assert_str_eq(remote[0].prefix, "Received: by test\r\n");
	ck_assert_str_is(str_mem(remote[0].text, remote[0].text_n), str_c(small));
	ck_assert_str_eq(remote[1].domain, "d.example");
	ck_assert_uint_eq(queue_size(), 0);
	ck_assert_uint_eq(the_svc.d->inflight, 0);
	ck_assert_uint_eq(the_svc.d->ndests, 0);
	ck_assert_uint_eq(nlocal, 0);
	world_down();
}
END_TEST

START_TEST(test_large)
{
	char *text = mem_alloc(300001);

	up();
	memset(text, 'x', 300000);
	text[300000] = '\0';
	memcpy(text, "A: b\r\n\r\n", 8);
	rule.what = REMOTE_TEMP;
	rule.code = 451;
	ck_assert_uint_eq(add(&(struct mail){ .txn = 5, .rcpts = "a@b.example", .text = text }),
			  250);
	ck_assert_uint_eq(queue_size(), 1);
	ck_assert(!remote[0].is_file); /* as it came */
	later(460);
	ck_assert_uint_eq(nremote, 2);
	ck_assert(remote[1].is_file);
	ck_assert_uint_eq(remote[1].attempt, 2);
	ck_assert_str_is(str_mem(remote[1].text, remote[1].text_n), str_mem(text, 300000));
	rule.what = REMOTE_OK;
	later(910);
	ck_assert_uint_eq(nremote, 3);
	ck_assert_uint_eq(queue_size(), 0);
	mem_free(text);
	world_down();
}
END_TEST

/* 7.5 minutes, 15, 30, ...; eight attempts; the sender hears after five and after eight. */
START_TEST(test_schedule)
{
	up();
	rule.what = REMOTE_TEMP;
	rule.code = 450;
	ck_assert_uint_eq(add(&(struct mail){ .txn = 5, .rcpts = "a@b.example" }), 250);
	for (unsigned n = 1; n < LIM_QUEUE_ATTEMPTS; n++) {
		int64_t gap = (int64_t)LIM_QUEUE_GAP_S << (n - 1);

		ck_assert_uint_eq(nremote, n);
		ck_assert_uint_eq(remote[n - 1].attempt, n);
		ck_assert_uint_eq(nlocal, n >= LIM_QUEUE_LATE);
		later(gap - LIM_QUEUE_JITTER_S - 1);
		ck_assert_uint_eq(nremote, n);
		later(2 * LIM_QUEUE_JITTER_S + 2);
	}
	ck_assert_uint_eq(nremote, LIM_QUEUE_ATTEMPTS);
	ck_assert_uint_eq(nlocal, 2);
	ck_assert_uint_eq(queue_size(), 0);
	ck_assert_str_eq(local[0].rcpts[0], "joe@example.org");
	ck_assert_str_eq(local[0].sender, "");
	ck_assert_ptr_nonnull(strstr(local[0].text, "Action: delayed"));
	ck_assert_ptr_nonnull(strstr(local[0].text, "450 4.7.1 words of the server"));
	ck_assert_ptr_nonnull(strstr(local[1].text, "Action: failed"));
	ck_assert_ptr_nonnull(strstr(local[1].text, "In-Reply-To: <1@x>"));
	ck_assert_ptr_nonnull(strstr(local[1].text, "Received: by test"));
	ck_assert_uint_ne(local[0].mid, local[1].mid);
	world_down();
}
END_TEST

START_TEST(test_failed)
{
	up();
	rule.what = REMOTE_FAIL;
	rule.code = 550;
	rule.hold = true;
	ck_assert_uint_eq(add(&(struct mail){ .txn = 5, .rcpts = "a@b.example c@d.example" }), 250);
	ck_assert_uint_eq(nremote, 2);
	/* In one round: one notification. */
	remote_answer(&remote[0], REMOTE_FAIL, 550, true);
	settle();
	ck_assert_uint_eq(nlocal, 0);
	remote_answer(&remote[1], REMOTE_FAIL, 550, true);
	settle();
	ck_assert_uint_eq(nlocal, 1);
	ck_assert_ptr_nonnull(strstr(local[0].text, "a@b.example"));
	ck_assert_ptr_nonnull(strstr(local[0].text, "c@d.example"));
	ck_assert_uint_eq(queue_size(), 0);
	/* Alone: at once. */
	rule.hold = false;
	ck_assert_uint_eq(add(&(struct mail){ .txn = 6, .rcpts = "a@b.example" }), 250);
	ck_assert_uint_eq(nlocal, 2);
	/* Nobody to tell. */
	ck_assert_uint_eq(add(&(struct mail){ .txn = 7, .rcpts = "a@b.example", .sender = "" }),
			  250);
	ck_assert_uint_eq(nlocal, 2);
	/* Gone: postmaster. */
	gone = "joe@example.org";
	ck_assert_uint_eq(add(&(struct mail){ .txn = 8, .rcpts = "a@b.example" }), 250);
	ck_assert_uint_eq(nlocal, 3);
	ck_assert_str_eq(local[2].rcpts[0], "postmaster");
	ck_assert_uint_eq(queue_size(), 0);
	world_down();
}
END_TEST

/* A mailbox that takes nothing now: the notification comes later. */
START_TEST(test_dsn_waits)
{
	up();
	rule.what = REMOTE_FAIL;
	rule.code = 550;
	deliver_code = 452;
	ck_assert_uint_eq(add(&(struct mail){ .txn = 5, .rcpts = "a@b.example" }), 250);
	ck_assert_uint_eq(nlocal, 1);
	ck_assert_uint_eq(queue_size(), 1);
	deliver_code = 250;
	later(LIM_QUEUE_GAP_S + 1);
	ck_assert_uint_eq(nlocal, 2);
	ck_assert_uint_eq(nremote, 1);
	ck_assert_uint_eq(local[0].mid, local[1].mid); /* known again */
	ck_assert_uint_ne(local[1].flags & DELIVER_REPEAT, 0);
	ck_assert_uint_eq(queue_size(), 0);
	world_down();
}
END_TEST

START_TEST(test_local)
{
	up();
	ck_assert_uint_eq(add(&(struct mail){ .txn = 5,
					      .rcpts = "joe@example.org a@b.example "
						       "amy@Other.Example" }),
			  250);
	ck_assert_uint_eq(nremote, 1);
	ck_assert_uint_eq(nlocal, 1);
	ck_assert_uint_eq(local[0].n, 2);
	ck_assert_uint_eq(local[0].mid, 5);
	ck_assert_str_eq(local[0].sender, "joe@example.org");
	ck_assert_uint_eq(local[0].flags & DELIVER_REPEAT, 0);
	/* One is unknown meanwhile, the other's mailbox has trouble. */
	gone = "amy@other.example";
	deliver_code = 451;
	ck_assert_uint_eq(
		add(&(struct mail){ .txn = 6, .rcpts = "joe@example.org amy@other.example" }), 250);
	deliver_code = 250;
	ck_assert_uint_eq(queue_size(), 1);
	later(LIM_QUEUE_GAP_S + LIM_QUEUE_JITTER_S + 1);
	ck_assert_uint_eq(queue_size(), 0);
	ck_assert_uint_eq(nremote, 1);
	/* From smtpd: no account, and no backscatter. */
	nlocal = 0;
	struct reply r;

	add_send(SMTP,
		 &(struct mail){ .txn = 7,
				 .rcpts = "amy@other.example",
				 .account = "",
				 .sender = "x@far.example",
				 .flags = QUEUE_LOCAL },
		 &r);
	settle();
	ck_assert_uint_eq(r.code, 250);
	ck_assert_uint_eq(nlocal, 0);
	ck_assert_uint_eq(queue_size(), 0);
	/* It may ask for nothing else. */
	add_send(SMTP, &(struct mail){ .txn = 8, .rcpts = "a@b.example", .account = "" }, &r);
	settle();
	ck_assert(r.failed);
	ck_assert(closed[SMTP]);
	world_down();
}
END_TEST

START_TEST(test_localserve)
{
	up();
	the_svc.localserve = true;
	ck_assert_uint_eq(add(&(struct mail){ .txn = 5, .rcpts = "joe@example.org" }), 250);
	ck_assert_uint_eq(nremote, 1);
	ck_assert_uint_eq(nlocal, 0);
	world_down();
}
END_TEST

START_TEST(test_same_txn)
{
	struct reply a, b;

	up();
	rule.hold = true;
	ck_assert_uint_eq(add(&(struct mail){ .txn = 5, .rcpts = "a@b.example" }), 250);
	ck_assert_uint_eq(add(&(struct mail){ .txn = 5, .rcpts = "a@b.example" }), 250);
	ck_assert_uint_eq(nremote, 1);
	remote_answer(&remote[0], REMOTE_OK, 250, true);
	settle();
	ck_assert_uint_eq(queue_size(), 0);
	/* Delivered already, and known all the same. */
	add_send(SUBMIT, &(struct mail){ .txn = 5, .rcpts = "a@b.example" }, &a);
	settle();
	ck_assert_uint_eq(a.code, 250);
	ck_assert_uint_eq(nremote, 1);
	/* Twice in one turn. */
	add_send(SUBMIT, &(struct mail){ .txn = 6, .rcpts = "a@b.example" }, &a);
	add_send(SUBMIT, &(struct mail){ .txn = 6, .rcpts = "a@b.example" }, &b);
	settle();
	ck_assert(a.failed);
	ck_assert_uint_eq(b.code, 250);
	ck_assert_uint_eq(nremote, 2);
	/* After a restart, too. */
	die();
	start();
	add_send(SUBMIT, &(struct mail){ .txn = 6, .rcpts = "a@b.example" }, &b);
	settle();
	ck_assert_uint_eq(b.code, 250);
	ck_assert_uint_eq(queue_size(), 1);
	world_down();
}
END_TEST

/* A destination that does not answer: one probe, whose failure counts for all that were due. */
START_TEST(test_down)
{
	struct reply r[50];

	up();
	rule.hold = true;
	for (uint64_t i = 0; i < 50; i++)
		add_send(SUBMIT, &(struct mail){ .txn = 100 + i, .rcpts = "a@b.example" }, &r[i]);
	settle();
	ck_assert_uint_eq(nremote, LIM_QUEUE_DEST_FIRST);
	remote_answer(&remote[0], REMOTE_TEMP, 0, false);
	settle();
	/* All that waited have failed; none was sent. */
	ck_assert_uint_eq(nremote, LIM_QUEUE_DEST_FIRST);
	ck_assert_ptr_nonnull(strstr(admin("list", "limit=7"), "\tqueued\t1\t"));
	/* A new message is a probe again, when the others have come back. */
	ck_assert_uint_eq(add(&(struct mail){ .txn = 200, .rcpts = "a@b.example" }), 250);
	ck_assert_uint_eq(nremote, LIM_QUEUE_DEST_FIRST);
	for (unsigned i = 1; i < LIM_QUEUE_DEST_FIRST; i++)
		remote_answer(&remote[i], REMOTE_TEMP, 0, false);
	settle();
	/* Its time was that of the first probes: it failed with them. */
	later(LIM_QUEUE_GAP_S - LIM_QUEUE_JITTER_S - 2);
	ck_assert_uint_eq(nremote, LIM_QUEUE_DEST_FIRST);
	later(2 * LIM_QUEUE_JITTER_S + 4);
	ck_assert_uint_eq(nremote, LIM_QUEUE_DEST_FIRST + 1);
	ck_assert_uint_eq(remote[nremote - 1].attempt, 2);
	/* It answers again: first few, then more at a time. */
	rule.hold = false;
	remote_answer(&remote[nremote - 1], REMOTE_OK, 250, true);
	settle();
	ck_assert_uint_eq(queue_size(), 0);
	ck_assert_uint_eq(nremote, LIM_QUEUE_DEST_FIRST + 51);
	world_down();
}
END_TEST

/* No destination takes all the room. */
START_TEST(test_fair)
{
	static struct reply r[300];
	unsigned other = 0, first = 0;

	up();
	rule.hold = true;
	for (uint64_t i = 0; i < 290; i++)
		add_send(SUBMIT, &(struct mail){ .txn = 100 + i, .rcpts = "a@b.example" }, &r[i]);
	settle();
	for (uint64_t i = 290; i < 300; i++)
		add_send(SUBMIT, &(struct mail){ .txn = 100 + i, .rcpts = "a@c.example" }, &r[i]);
	settle();
	for (unsigned i = 0; i < 300; i++)
		ck_assert_uint_eq(r[i].code, 250);
	for (size_t i = 0; i < nremote; i++) {
		first += strcmp(remote[i].domain, "b.example") == 0;
		other += strcmp(remote[i].domain, "c.example") == 0;
	}
	ck_assert_uint_eq(first, LIM_QUEUE_DEST_FIRST);
	ck_assert_uint_eq(other, LIM_QUEUE_DEST_FIRST);
	/* Success brings more at a time, up to the limit. */
	for (size_t i = 0; i < 2 * LIM_QUEUE_DEST_FIRST; i++) {
		remote_answer(&remote[i], REMOTE_OK, 250, true);
		settle();
	}
	ck_assert_uint_eq(
		dest_find(the_svc.d, queue_dest(the_svc.d->q, STR("b.example")))->inflight,
		LIM_QUEUE_DEST);
	rule.hold = false;
	for (size_t i = 0; i < nremote; i++) {
		if (remote[i].req != NULL)
			remote_answer(&remote[i], REMOTE_OK, 250, true);
	}
	settle();
	ck_assert_uint_eq(nremote, 300);
	ck_assert_uint_eq(queue_size(), 0);
	world_down();
}
END_TEST

/* The remote worker dies: once quickly again, then by the schedule. */
START_TEST(test_remote_dies)
{
	up();
	rule.hold = true;
	ck_assert_uint_eq(add(&(struct mail){ .txn = 5, .rcpts = "a@b.example" }), 250);
	forget();
	chan_up(REMOTE);
	settle();
	later(LIM_QUEUE_SOON_S + 1);
	ck_assert_uint_eq(nremote, 1);
	ck_assert_uint_eq(remote[0].attempt, 2);
	forget();
	chan_up(REMOTE);
	settle();
	later(LIM_QUEUE_SOON_S + 1);
	ck_assert_uint_eq(nremote, 0);
	rule.hold = false;
	later(2 * LIM_QUEUE_GAP_S + LIM_QUEUE_JITTER_S);
	ck_assert_uint_eq(nremote, 1);
	ck_assert_uint_eq(queue_size(), 0);
	world_down();
}
END_TEST

/* queued dies: what was answered is there, and what was under way is tried again at once. */
START_TEST(test_queued_dies)
{
	struct reply r;

	up();
	rule.hold = true;
	ck_assert_uint_eq(add(&(struct mail){ .txn = 5, .rcpts = "a@b.example joe@example.org" }),
			  250);
	ck_assert_uint_eq(nlocal, 1);
	ck_assert_uint_eq(nremote, 1);
	add_send(SUBMIT, &(struct mail){ .txn = 6, .rcpts = "a@b.example" }, &r);
	settle();
	die();
	forget();
	start();
	rule.hold = false;
	settle();
	ck_assert_uint_eq(nremote, 0);
	later(LIM_QUEUE_RECOVER_S);
	ck_assert_uint_eq(nremote, 2);
	ck_assert_uint_eq(remote[0].attempt, 2);
	ck_assert_uint_eq(nlocal, 0); /* its result was stored */
	ck_assert_uint_eq(queue_size(), 0);
	world_down();
}
END_TEST

/* ---- a full disk */

static bool is_full;

static int
full(void *arg, enum db_fault what)
{
	(void)arg;
	return is_full && (what == DB_FAULT_WRITE || what == DB_FAULT_FILE) ? ENOSPC : 0;
}

START_TEST(test_disk_full)
{
	struct reply r;

	up();
	rule.hold = true;
	ck_assert_uint_eq(add(&(struct mail){ .txn = 5, .rcpts = "a@b.example" }), 250);
	ck_assert_uint_eq(add(&(struct mail){ .txn = 6, .rcpts = "a@b.example" }), 250);
	db_fault_set(full, NULL);
	is_full = true;
	/* New messages are refused; a result is kept, though not stored. */
	remote_answer(&remote[0], REMOTE_OK, 250, true);
	ck_assert_uint_eq(add(&(struct mail){ .txn = 7, .rcpts = "c@d.example" }), 452);
	ck_assert_uint_eq(nremote, 2);
	ck_assert(!TAILQ_EMPTY(&the_svc.d->results));
	is_full = false;
	settle_ms(LIM_QUEUE_RETRY_MS + 100);
	ck_assert(TAILQ_EMPTY(&the_svc.d->results));
	ck_assert_uint_eq(queue_size(), 1);
	ck_assert_uint_eq(nremote, 2);
	rule.hold = false;
	add_send(SUBMIT, &(struct mail){ .txn = 7, .rcpts = "c@d.example" }, &r);
	settle();
	ck_assert_uint_eq(r.code, 250);
	ck_assert_uint_eq(nremote, 3);
	remote_answer(&remote[1], REMOTE_OK, 250, true);
	settle();
	ck_assert_uint_eq(queue_size(), 0);
	db_fault_set(NULL, NULL);
	world_down();
}
END_TEST

/* Each operation fails once; every message that was answered 250 is sent, one that was refused
 * never. */
static unsigned fail_at, fault_no;

static void
on_log(const char *line, size_t n, void *arg)
{
	(void)line;
	(void)n;
	(void)arg;
}

static int
fail_once(void *arg, enum db_fault what)
{
	(void)arg;
	(void)what;
	return ++fault_no == fail_at ? EIO : 0;
}

START_TEST(test_faults)
{
#ifdef MOX_SAN
	const unsigned step = 5; /* it takes time */
#else
	const unsigned step = 1;
#endif

	for (fail_at = 1; fail_at < 60; fail_at += step) {
		unsigned ok = 0;

		up();
		log_capture(on_log, NULL);
		fault_no = 0;
		db_fault_set(fail_once, NULL);
		for (uint64_t i = 0; i < 3; i++)
			ok += add(&(struct mail){ .txn = 10 + i,
						  .rcpts = "a@b.example joe@example.org" }) == 250;
		db_fault_set(NULL, NULL);
		if (queue_size() > 0)
			settle_ms(LIM_QUEUE_RETRY_MS + 50);
		for (unsigned i = 0; queue_size() > 0 && i < 3; i++)
			later(500);
		ck_assert_uint_ge(ok, 2);
		ck_assert_uint_eq(queue_size(), 0);
		ck_assert_uint_eq(nremote, ok);
		ck_assert_uint_ge(nlocal, ok);
		ck_assert_uint_eq(the_svc.d->inflight, 0);
		world_down();
		log_capture(NULL, NULL);
	}
}
END_TEST

START_TEST(test_sync)
{
	struct reply r[100];
	uint64_t before;

	up();
	before = db_counts.syncs;
	for (uint64_t i = 0; i < 100; i++)
		add_send(SUBMIT, &(struct mail){ .txn = 100 + i, .rcpts = "a@b.example" }, &r[i]);
	settle();
	ck_assert_uint_eq(nremote, 100);
	ck_assert_uint_eq(queue_size(), 0);
	/* One for each batch that came, few for results. */
	ck_assert_uint_le(db_counts.syncs - before, 20);
	world_down();
}
END_TEST

START_TEST(test_hostile)
{
	static const struct mail bad[] = {
		{ .txn = 1, .rcpts = "" },
		{ .txn = 1, .rcpts = "a@b.example\r\nRCPT" },
		{ .txn = 1, .rcpts = "a@b.example", .sender = "x\r\ny" },
	};
	struct reply r;

	up();
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		add_send(SUBMIT, &bad[i], &r);
		settle();
		ck_assert(r.failed);
		ck_assert(closed[SUBMIT]);
		chan_up(SUBMIT);
	}
	ck_assert_uint_eq(queue_size(), 0);
	world_down();
}
END_TEST

/* A message that can't be read is set aside; others go on. */
START_TEST(test_damage)
{
	struct db_opts o = { .write = true };
	struct err e = ERR_INIT;
	struct db *db;

	up();
	rule.what = REMOTE_TEMP;
	rule.code = 451;
	ck_assert_uint_eq(add(&(struct mail){ .txn = 5, .rcpts = "a@b.example" }), 250);
	ck_assert_uint_eq(add(&(struct mail){ .txn = 6, .rcpts = "a@b.example" }), 250);
	die();
	db = db_open(dir, "queue.db", &o, &e);
	ck_assert_int_eq(
		db_exec(db, "UPDATE message SET envelope = zeroblob(60) WHERE txn = 5", &e), 0);
	db_close(&db);
	rule.what = REMOTE_OK;
	nremote = 0;
	start();
	later(500);
	ck_assert_uint_eq(nremote, 1);
	ck_assert_uint_eq(remote[0].mid, 6);
	ck_assert_ptr_nonnull(strstr(admin("list", ""), "\t1\tqueued"));
	ck_assert_str_eq(admin("drop", ""), "changed\t1\nend\n");
	ck_assert_uint_eq(queue_size(), 0);
	world_down();
}
END_TEST

UNIT_MAIN("queued", test_sent, test_large, test_schedule, test_failed, test_dsn_waits, test_local,
	  test_localserve, test_same_txn, test_down, test_fair, test_remote_dies, test_queued_dies,
	  test_disk_full, test_faults, test_sync, test_hostile, test_damage)
