/* Operations of the writer as readers see them. */
#include "help.h"

#include "mime/mime.h"

static const char small[] =
	"From: a@example.org\r\nMessage-ID: <1@example.org>\r\nSubject: hi\r\n\r\nbody\r\n";

static struct str
large(void)
{
	static char text[200000];

	if (text[0] == '\0') {
		int n = snprintf(text, sizeof(text),
				 "From: b@example.org\r\nSubject: large\r\n\r\n");

		for (size_t i = (size_t)n; i < sizeof(text) - 2; i++)
			text[i] = i % 80 == 78 ? '\r' : i % 80 == 79 ? '\n' : (char)('a' + i % 23);
		memcpy(text + sizeof(text) - 2, "\r\n", 2);
	}
	return str_mem(text, sizeof(text));
}

static void
up(void)
{
	struct err e = ERR_INIT;

	world_open();
	(void)shelf_up();
	store_shelf_pin(shelf, acct_w("joe"));
	ck_assert_msg(try_init(acct_w("joe"), &e) == 0, "%s", e.msg);
}

static void
down(void)
{
	flush();
	ck_assert_uint_eq(problems_of("joe"), 0);
	store_shelf_unpin(shelf, STR("joe"));
	store_shelf_close(&shelf);
	ck_assert_uint_eq(problems_of("joe"), 0);
	world_close();
}

START_TEST(initial)
{
	struct store *s;

	publish("joe");
	s = reader("joe");
	ck_assert_uint_eq(box(s, "INBOX").uidnext, 1);
	ck_assert_uint_eq(box(s, "Sent").special, STORE_SPECIAL_SENT);
	ck_assert(box(s, "Archive").subscribed);
	ck_assert(box(s, "Archive/old").subscribed);
	store_close(&s);
}
END_TEST

START_TEST(content)
{
	struct err e = ERR_INIT;
	struct mime_index ix;
	struct row_list l;
	struct store *s;
	struct str big = large();
	uint32_t uid;
	struct buf b;

	ck_assert_uint_eq(deliver(acct_w("joe"), "inbox", small), 1);
	ck_assert_int_eq(
		try_deliver(acct_w("joe"), "Inbox", STR("Return-Path: <>\r\n"), big, &uid, &e), 0);
	ck_assert_uint_eq(uid, 2);
	ck_assert_uint_eq(deliver(acct_w("joe"), "New/deep", small), 1);
	ck_assert_uint_eq(deliver(acct_w("joe"), "Inbox", ""), 3);
	publish("joe");
	s = reader("joe");
	check_content_is(s, "Inbox", 1, str_c(small));
	check_content_is(s, "New/deep", 1, str_c(small));
	check_content_is(s, "Inbox", 3, STR(""));
	buf_init(&b, 1 << 20);
	buf_puts(&b, "Return-Path: <>\r\n");
	buf_putstr(&b, big);
	check_content_is(s, "Inbox", 2, buf_str(&b));
	l = rows_of(s, "Inbox");
	ck_assert_uint_eq(l.n, 3);
	buf_reset(&b);
	ck_assert_msg(store_meta(s, l.v[0].msg, &b, &e) == 0, "%s", e.msg);
	ck_assert_int_eq(mime_index_get(buf_str(&b), false, NULL, &ix, &e), 0);
	ck_assert_int_ge(str_find(ix.envelope, STR("hi")), 0);
	/* The chain was opened by the private key, so there is a wrap to leave; afterwards there
	 * is none. */
	buf_reset(&b);
	store_take_keywraps(s, &b);
	ck_assert_uint_gt(b.n, 0);
	{
		struct store_result r;
		struct buf op;

		store_result_init(&r);
		OP(op, KEYWRAP, op_keywrap, .wraps = buf_str(&b));
		ck_assert_msg(do_op(acct_w("joe"), &op, &r, &e) == 0, "%s", e.msg);
		store_result_done(&r);
	}
	publish("joe");
	store_close(&s);
	s = reader("joe");
	check_content_is(s, "Inbox", 1, str_c(small));
	buf_reset(&b);
	store_take_keywraps(s, &b);
	ck_assert_uint_eq(b.n, 0);
	buf_done(&b);
	store_close(&s);
}
END_TEST

static struct buf
set_of(uint32_t lo, uint32_t hi)
{
	struct buf b;

	buf_init(&b, 100);
	store_set_put(&b, lo, hi);
	return b;
}

static void
change_flags(uint32_t lo, uint32_t hi, enum store_flags_op how, uint32_t flags, const char *keyword,
	     uint64_t since, struct store_result *r)
{
	struct err e = ERR_INIT;
	struct buf op, set = set_of(lo, hi), kw;

	buf_init(&kw, 300);
	if (keyword != NULL)
		wr_str(&kw, str_c(keyword));
	OP(op, FLAGS, op_flags, .mailbox = 1, .how = how, .flags = flags, .keywords = buf_str(&kw),
	   .unchangedsince = since, .uids = buf_str(&set));
	ck_assert_msg(do_op(acct_w("joe"), &op, r, &e) == 0, "%s", e.msg);
	buf_done(&set);
	buf_done(&kw);
}

static bool
count_row(void *arg, const struct store_row *r)
{
	(void)r;
	++*(unsigned *)arg;
	return true;
}

static void
count_gone(void *arg, uint32_t uid, uint64_t modseq)
{
	(void)modseq;
	*(unsigned *)arg += 1000 * uid;
}

START_TEST(flags)
{
	struct err e = ERR_INIT;
	struct store_result r;
	struct store_mailbox m;
	struct row_list l;
	struct store *s;
	uint64_t before, lo_modseq;
	uint32_t seq = 99;
	unsigned n = 0;
	bool complete;

	for (int i = 0; i < 10; i++)
		deliver(acct_w("joe"), "Inbox", small);
	publish("joe");
	s = reader("joe");
	before = box(s, "Inbox").modseq;
	store_result_init(&r);
	change_flags(1, 5, STORE_FLAGS_ADD, STORE_FLAG_SEEN | STORE_FLAG_DELETED, NULL, 0, &r);
	lo_modseq = r.modseq;
	ck_assert_uint_gt(r.modseq, before);
	change_flags(1, 5, STORE_FLAGS_ADD, STORE_FLAG_SEEN, NULL, 0, &r); /* nothing new */
	ck_assert_uint_eq(r.modseq, lo_modseq);
	change_flags(2, 2, STORE_FLAGS_DEL, STORE_FLAG_DELETED, NULL, 0, &r);
	change_flags(3, 3, STORE_FLAGS_SET, STORE_FLAG_FLAGGED, "Work", 0, &r);
	publish("joe");
	m = box(s, "Inbox");
	ck_assert_uint_eq(m.count, 10);
	ck_assert_uint_eq(m.unseen, 6);
	ck_assert_uint_eq(m.deleted, 3);
	ck_assert_int_eq(store_first_unseen(s, &m, 10, &seq, &e), 0);
	ck_assert_uint_eq(seq, 3);
	ck_assert_int_eq(store_first_unseen(s, &m, 7, &seq, &e), 0);
	ck_assert_uint_eq(seq, 0); /* beyond what may be looked at */
	l = rows_of(s, "Inbox");
	ck_assert_uint_eq(l.v[2].flags, STORE_FLAG_FLAGGED);
	ck_assert_uint_eq(l.v[2].keywords[0], 1);
	/* Those that changed since are reported and left alone. */
	change_flags(1, 4, STORE_FLAGS_ADD, STORE_FLAG_ANSWERED, "work", lo_modseq, &r);
	ck_assert_uint_eq(r.a.n, 16);
	publish("joe");
	l = rows_of(s, "Inbox");
	ck_assert_uint_eq(l.v[0].flags, STORE_FLAG_SEEN | STORE_FLAG_DELETED | STORE_FLAG_ANSWERED);
	ck_assert_uint_eq(l.v[0].keywords[0], 1);
	ck_assert_uint_eq(l.v[1].flags & STORE_FLAG_ANSWERED, 0);
	ck_assert_uint_eq(l.v[2].flags & STORE_FLAG_ANSWERED, 0);
	ck_assert_int_eq(
		store_changes(s, m.id, before, 0, count_row, count_gone, &n, &complete, &e), 0);
	ck_assert_uint_eq(n, 5);
	ck_assert(complete);
	/* Flags of old messages are told also to who knows UIDNEXT; then only what is new. */
	n = 0;
	ck_assert_int_eq(
		store_changes(s, m.id, before, 11, count_row, count_gone, &n, &complete, &e), 0);
	ck_assert_uint_eq(n, 5);
	before = box(s, "Inbox").modseq;
	deliver(acct_w("joe"), "Inbox", small);
	publish("joe");
	n = 0;
	ck_assert_int_eq(
		store_changes(s, m.id, before, 11, count_row, count_gone, &n, &complete, &e), 0);
	ck_assert_uint_eq(n, 1);
	n = 0;
	change_flags(2, 2, STORE_FLAGS_ADD, STORE_FLAG_DELETED, NULL, 0, &r);
	publish("joe");
	ck_assert_int_eq(
		store_changes(s, m.id, before, 11, count_row, count_gone, &n, &complete, &e), 0);
	ck_assert_uint_eq(n, 2);
	store_result_done(&r);
	store_close(&s);
}
END_TEST

static int
copy(uint64_t src, uint64_t dst, uint32_t lo, uint32_t hi, bool move, uint64_t quota,
     struct store_result *r, struct err *e)
{
	struct buf op, set = set_of(lo, hi);

	OP(op, COPY, op_copy, .src = src, .dst = dst, .move = move, .quota = quota,
	   .uids = buf_str(&set));
	buf_done(&set);
	buf_reset(&r->a);
	buf_reset(&r->b);
	return do_op(acct_w("joe"), &op, r, e);
}

static void
expunge(uint64_t mailbox, struct store_result *r)
{
	struct err e = ERR_INIT;
	struct buf op;

	buf_reset(&r->a);
	OP(op, EXPUNGE, op_expunge, .mailbox = mailbox, .all = 1, .uids = STR(""));
	ck_assert_msg(do_op(acct_w("joe"), &op, r, &e) == 0, "%s", e.msg);
}

START_TEST(copy_move_expunge)
{
	struct err e = ERR_INIT;
	struct store_result r;
	struct row_list l, k;
	struct store *s;
	struct store_mailbox sent;
	uint64_t before;
	unsigned n = 0;
	bool complete;

	store_result_init(&r);
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(try_deliver(acct_w("joe"), "Inbox", STR(""),
					     i == 0 ? large() : str_c(small), NULL, &e),
				 0);
	change_flags(2, 3, STORE_FLAGS_ADD, STORE_FLAG_SEEN, "Work", 0, &r);
	publish("joe");
	s = reader("joe");
	sent = box(s, "Sent");
	before = box(s, "Inbox").modseq;
	ck_assert_int_eq(copy(1, (uint64_t)sent.id, 1, 3, false, 100, &r, &e), -1);
	ck_assert_int_eq(e.code, EC_QUOTA);
	err_clear(&e);
	ck_assert_int_eq(copy(1, (uint64_t)sent.id, 1, 3, false, 0, &r, &e), 0);
	ck_assert_uint_eq(r.a.n, 8);
	ck_assert_uint_eq(r.b.n, 8);
	ck_assert_int_eq(copy(1, (uint64_t)sent.id, 5, 90, true, 100, &r, &e), 0);
	ck_assert_int_eq(copy(1, 1, 1, 1, false, 0, &r, &e), 0);
	ck_assert_int_eq(copy(1, 777, 1, 1, false, 0, &r, &e), -1);
	ck_assert_int_eq(e.code, EC_NOTFOUND);
	publish("joe");
	ck_assert_uint_eq(problems_of("joe"), 0);
	l = rows_of(s, "Inbox");
	k = rows_of(s, "Sent");
	ck_assert_uint_eq(l.n, 5); /* 1 2 3 4 and the copy of 1 as 7 */
	ck_assert_uint_eq(l.v[4].uid, 7);
	ck_assert_int_eq(l.v[4].msg, l.v[0].msg);
	ck_assert_uint_eq(k.n, 5);
	ck_assert_int_eq(k.v[0].msg, l.v[0].msg);
	ck_assert_uint_eq(k.v[1].keywords[0], 1);
	ck_assert_uint_eq(k.v[1].flags, STORE_FLAG_SEEN);
	ck_assert_int_eq(k.v[1].received, l.v[1].received);
	/* All in Inbox go; what has copies stays readable. */
	change_flags(1, UINT32_MAX, STORE_FLAGS_ADD, STORE_FLAG_DELETED, NULL, 0, &r);
	expunge(1, &r);
	publish("joe");
	ck_assert_uint_eq(rows_of(s, "Inbox").n, 0);
	check_content_is(s, "Sent", 1, large());
	ck_assert_int_eq(store_changes(s, 1, before, 0, count_row, count_gone, &n, &complete, &e),
			 0);
	ck_assert(complete);
	ck_assert_uint_eq(n, 1000 * (1 + 2 + 3 + 4 + 5 + 6 + 7));
	ck_assert_uint_eq(problems_of("joe"), 0);
	store_result_done(&r);
	store_close(&s);
}
END_TEST

static int
named(int type, const char *a, const char *b, uint64_t n, struct err *e)
{
	struct store_result r;
	struct buf op;
	int rc;

	if (type == STORE_OP_CREATE)
		OP(op, CREATE, op_create, .name = str_c(a), .special = n);
	else if (type == STORE_OP_DELETE)
		OP(op, DELETE, op_delete, .name = str_c(a));
	else if (type == STORE_OP_RENAME)
		OP(op, RENAME, op_rename, .from = str_c(a), .to = str_c(b));
	else
		OP(op, SUBSCRIBE, op_subscribe, .name = str_c(a), .on = n);
	store_result_init(&r);
	err_clear(e);
	rc = do_op(acct_w("joe"), &op, &r, e);
	store_result_done(&r);
	return rc;
}

static bool
put_name(void *arg, const struct store_mailbox *m)
{
	buf_putstr(arg, m->name);
	buf_puts(arg, m->id == 0 ? "(gone) " : m->subscribed ? "+ " : " ");
	return true;
}

START_TEST(mailboxes)
{
	static const struct {
		int type;
		const char *a, *b;
		uint64_t n;
		enum ec code;
	} rows[] = {
		{ STORE_OP_CREATE, "a/b/c", NULL, 0, EC_OK },
		{ STORE_OP_CREATE, "a", NULL, 0, EC_EXISTS },
		{ STORE_OP_CREATE, "inbox", NULL, 0, EC_EXISTS },
		{ STORE_OP_CREATE, "iNBOX/x", NULL, 0, EC_OK },
		{ STORE_OP_CREATE, "", NULL, 0, EC_SYNTAX },
		{ STORE_OP_CREATE, "a//b", NULL, 0, EC_SYNTAX },
		{ STORE_OP_CREATE, "../x", NULL, 0, EC_SYNTAX },
		{ STORE_OP_CREATE, "#x", NULL, 0, EC_SYNTAX },
		{ STORE_OP_CREATE, "x\n", NULL, 0, EC_SYNTAX },
		{ STORE_OP_CREATE, "e\xcc\x81", NULL, 0, EC_SYNTAX }, /* not NFC */
		{ STORE_OP_CREATE, "\xc3\xa9", NULL, STORE_SPECIAL_JUNK, EC_OK },
		{ STORE_OP_CREATE, "sent2", NULL, STORE_SPECIAL_SENT, EC_OK },
		{ STORE_OP_DELETE, "a", NULL, 0, EC_EXISTS },
		{ STORE_OP_DELETE, "InBox", NULL, 0, EC_DENIED },
		{ STORE_OP_DELETE, "nope", NULL, 0, EC_NOTFOUND },
		{ STORE_OP_RENAME, "a", "a/b/d", 0, EC_SYNTAX },
		{ STORE_OP_RENAME, "a", "Sent", 0, EC_EXISTS },
		{ STORE_OP_RENAME, "nope", "n2", 0, EC_NOTFOUND },
		{ STORE_OP_RENAME, "a/b", "q/r", 0, EC_OK },
		{ STORE_OP_RENAME, "inbox", "saved", 0, EC_OK },
		{ STORE_OP_DELETE, "a", NULL, 0, EC_OK },
		{ STORE_OP_SUBSCRIBE, "not/there", NULL, 1, EC_OK },
		{ STORE_OP_SUBSCRIBE, "q", NULL, 0, EC_OK },
		{ STORE_OP_SUBSCRIBE, "sent2", NULL, 0, EC_OK },
	};
	struct err e = ERR_INIT;
	struct store *s;
	struct buf b;

	deliver(acct_w("joe"), "Inbox", small);
	deliver(acct_w("joe"), "Inbox", small);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int rc = named(rows[i].type, rows[i].a, rows[i].b, rows[i].n, &e);

		ck_assert_msg((rc < 0) == (rows[i].code != EC_OK) && e.code == rows[i].code,
			      "row %zu: %s %s", i, ec_name(e.code), e.msg);
	}
	publish("joe");
	s = reader("joe");
	buf_init(&b, 10000);
	ck_assert_int_eq(store_mailboxes(s, put_name, &b, &e), 0);
	ck_assert_str_eq(buf_c(&b),
			 "Archive+ Archive/old+ Inbox+ Inbox/x+ Sent+ a(gone) a/b(gone) "
			 "a/b/c(gone) not/there(gone) q q/r+ q/r/c+ saved+ sent2 \xc3\xa9+ ");
	ck_assert_uint_eq(rows_of(s, "saved").n, 2);
	ck_assert_uint_eq(box(s, "Inbox").count, 0);
	ck_assert_uint_eq(box(s, "Sent").special, 0);
	ck_assert_uint_eq(box(s, "sent2").special, STORE_SPECIAL_SENT);
	buf_done(&b);
	store_close(&s);
}
END_TEST

START_TEST(failing_op_harms_no_other)
{
	struct err e = ERR_INIT;
	struct store *s;

	deliver(acct_w("joe"), "Inbox", small);
	ck_assert_int_eq(try_deliver(acct_w("joe"), "bad//name", STR(""), STR("x"), NULL, &e), -1);
	ck_assert_int_eq(e.code, EC_SYNTAX);
	deliver(acct_w("joe"), "Inbox", small);
	publish("joe");
	s = reader("joe");
	ck_assert_uint_eq(rows_of(s, "Inbox").n, 2);
	check_content_is(s, "Inbox", 1, str_c(small));
	check_content_is(s, "Inbox", 2, str_c(small));
	store_close(&s);
}
END_TEST

START_TEST(partial)
{
	struct err e = ERR_INIT;
	unsigned char h[32], h2[32];
	struct spool_reader *r;
	struct store_result res;
	struct buf op;
	bool found = true;
	int fd = memory(small, sizeof(small) - 1);

	r = spool_reader_new(fd, STR(""), sizeof(small) - 1, &e);
	ck_assert_int_eq(store_w_partial_hash(acct_w("joe"), STR("a@b"), r, h, &e), 0);
	ck_assert_int_eq(store_w_partial_hash(acct_w("joe"), STR("a@c"), r, h2, &e), 0);
	ck_assert_int_ne(memcmp(h, h2, 32), 0);
	ck_assert(!store_w_has_partial(acct_w("joe")));
	store_result_init(&res);
	OP(op, PARTIAL, op_partial, .hash = str_mem(h, 32));
	ck_assert_int_eq(do_op(acct_w("joe"), &op, &res, &e), 0);
	flush();
	ck_assert(store_w_has_partial(acct_w("joe")));
	ck_assert_int_eq(store_w_partial_find(acct_w("joe"), h, test_now, &found, &e), 0);
	ck_assert(found);
	ck_assert_int_eq(store_w_partial_find(acct_w("joe"), h2, test_now, &found, &e), 0);
	ck_assert(!found);
	ck_assert_int_eq(store_w_partial_find(acct_w("joe"), h, test_now + 6 * 86400, &found, &e),
			 0);
	ck_assert(!found);
	store_result_done(&res);
	spool_reader_free(&r);
	close(fd);
}
END_TEST

START_TEST(history_is_trimmed)
{
	struct err e = ERR_INIT;
	struct store_result r;
	struct store *s;
	unsigned n = 0;
	bool complete = true;

	store_result_init(&r);
	for (int round = 0; round < 6; round++) {
		struct buf op, set;

		for (int i = 0; i < 4000; i++) {
			deliver(acct_w("joe"), "Inbox", "\r\n");
			if (store_shelf_pending(shelf) > LIM_LOG_BATCH / 2)
				flush();
		}
		/* Every second one, so that ranges do not join. */
		buf_init(&set, LIM_SET);
		for (uint32_t uid = (uint32_t)round * 4000 + 1; uid < (uint32_t)(round + 1) * 4000;
		     uid += 2)
			store_set_put(&set, uid, uid);
		OP(op, FLAGS, op_flags, .mailbox = 1, .how = STORE_FLAGS_ADD,
		   .flags = STORE_FLAG_DELETED, .keywords = STR(""), .uids = buf_str(&set));
		ck_assert_int_eq(do_op(acct_w("joe"), &op, &r, &e), 0);
		buf_done(&set);
		expunge(1, &r);
		flush();
	}
	publish("joe");
	s = reader("joe");
	ck_assert_int_eq(store_changes(s, 1, 1, 0, count_row, count_gone, &n, &complete, &e), 0);
	ck_assert(!complete);
	complete = false;
	ck_assert_int_eq(store_changes(s, 1, box(s, "Inbox").modseq - 1, 0, count_row, count_gone,
				       &n, &complete, &e),
			 0);
	ck_assert(complete);
	store_result_done(&r);
	store_close(&s);
}
END_TEST

START_TEST(sets)
{
	static const struct {
		uint32_t v[6];
		size_t bytes;
		bool good;
		unsigned ranges;
	} rows[] = {
		{ { 1, 1, 2, 9 }, 16, true, 2 },
		{ { 5, 4 }, 8, false, 0 },
		{ { 0, 4 }, 8, false, 0 },
		{ { 1, 5, 5, 9 }, 16, false, 0 },
		{ { 7, 9, 1, 2 }, 16, false, 0 },
		{ { 1, 2 }, 7, false, 0 },
		{ { 1, 1, 3, 4, 9, 9 }, 22, false, 2 },
		{ { 0 }, 0, true, 0 },
		{ { 1, UINT32_MAX }, 8, true, 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint32_t lo, hi;
		unsigned n = 0;
		bool bad;
		struct str set;
		struct buf b;

		buf_init(&b, 100);
		for (size_t k = 0; k < 6; k++)
			wr_uint(&b, 4, rows[i].v[k]);
		set = str_sub(buf_str(&b), 0, rows[i].bytes);
		while (store_set_next(&set, &lo, &hi, &bad))
			n++;
		ck_assert_msg(bad == !rows[i].good, "row %zu", i);
		if (rows[i].good)
			ck_assert_uint_eq(n, rows[i].ranges);
		buf_done(&b);
	}
}
END_TEST

int
main(void)
{
	Suite *su = suite_create("store");
	TCase *t = tcase_create("ops");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, up, down);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, initial);
	tcase_add_test(t, content);
	tcase_add_test(t, flags);
	tcase_add_test(t, copy_move_expunge);
	tcase_add_test(t, mailboxes);
	tcase_add_test(t, failing_op_harms_no_other);
	tcase_add_test(t, partial);
	tcase_add_test(t, history_is_trimmed);
	tcase_add_test(t, sets);
	suite_add_tcase(su, t);
	sr = srunner_create(su);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed > 0;
}
