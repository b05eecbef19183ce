/* SASL dialogs with the keeper: what they give, and that they tell nothing about accounts. */
#pragma GCC diagnostic ignored "-Wunused-function" /* of what played.c has for the other test */
#include "played.c"
#include "tests/unit/auth/scram_client.h"

#define BINDING "12345678901234567890123456789012"

struct step {
	bool done, failed;
	struct msg_auth_sasl_r r;
	struct buf body; /* r points into it */
};

static void
on_step(void *arg, const struct err *e, struct ipc_msg *m)
{
	struct step *s = arg;

	s->done = true;
	s->failed = e != NULL;
	if (e == NULL) {
		buf_init(&s->body, LIM_IPC_BODY);
		buf_putstr(&s->body, m->body);
		ck_assert(msg_auth_sasl_r_get(buf_str(&s->body), &s->r));
	}
	loop_stop(svc.l);
}

static void
send_step(struct step *s, struct peer *p, const struct msg_auth_sasl *m)
{
	struct buf b;

	*s = (struct step){ .done = false };
	buf_init(&b, LIM_IPC_BODY);
	msg_auth_sasl_put(&b, m);
	ipc_call(svc.l, p->mine, IPC_AUTH_SASL, buf_str(&b), NULL, 0, 0, on_step, s);
	buf_done(&b);
	while (!s->done)
		loop_run(svc.l);
}

/* One attempt. */
struct attempt {
	const char *mech, *login, *password;
	const char *header;  /* GS2; NULL is "n,," */
	const char *cb_type; /* NULL: none */
	struct peer *peer;   /* NULL: submissiond */
	bool want_key;
	bool skip_binding; /* the client lies in "c=" */
	const char *ip;
};

static struct msg_auth_sasl
first_msg(const struct attempt *t)
{
	bool bound = t->cb_type != NULL && strcmp(t->cb_type, "offered") != 0;

	return (struct msg_auth_sasl){ .cid = 7,
				       .mech = str_c(t->mech),
				       .cb_type = str_c(t->cb_type),
				       .cb_data = bound ? STR(BINDING) : STR_NONE,
				       .hostname = STR("mail.example.org"),
				       .proto = STR("submission"),
				       .ip = str_c(t->ip != NULL ? t->ip : "192.0.2.1"),
				       .want_key = t->want_key };
}

static void
cram_final(const struct attempt *t, struct str challenge, struct buf *out)
{
	unsigned char state[AUTH_CRAM_STATE], digest[16];

	auth_cram_derive(str_c(t->password), state);
	auth_cram_response(state, challenge, digest);
	buf_printf(out, "%s ", t->login);
	enc_put_hex(out, str_mem(digest, sizeof(digest)));
}

static void
scram_final(const struct attempt *t, const char *bare, struct str challenge, struct buf *out)
{
	bool sha1 = str_has_prefix(str_c(t->mech), STR("SCRAM-SHA-1"));
	struct buf binding;

	buf_init(&binding, 1000);
	buf_puts(&binding, t->header != NULL ? t->header : "n,,");
	if (first_msg(t).cb_data.n > 0 && !t->skip_binding)
		buf_puts(&binding, BINDING);
	scram_client_final(sha1 ? AUTH_SCRAM_SHA1 : AUTH_SCRAM_SHA256, t->password, bare, challenge,
			   buf_str(&binding), out);
	buf_done(&binding);
}

/* The whole dialog. `challenge` (may be NULL) gets the server's first message, when there is one.
 */
static struct step
run_attempt(const struct attempt *t, struct buf *challenge)
{
	struct peer *p = t->peer != NULL ? t->peer : &submitd;
	bool cram = strcmp(t->mech, "CRAM-MD5") == 0;
	struct msg_auth_sasl m = first_msg(t);
	struct buf first, bare, final;
	struct step s, last;

	buf_init(&first, 4096);
	buf_init(&bare, 4096);
	buf_init(&final, 4096);
	buf_printf(&bare, "n=%s,r=clientnonce", t->login);
	if (!cram)
		buf_printf(&first, "%s%s", t->header != NULL ? t->header : "n,,", buf_c(&bare));
	m.data = buf_str(&first);
	send_step(&s, p, &m);
	ck_assert(!s.failed);
	if (!s.r.more) {
		last = s;
		goto done;
	}
	ck_assert_uint_ne(s.r.dialog, 0);
	ck_assert_uint_eq(s.r.result, 0);
	if (challenge != NULL)
		buf_putstr(challenge, s.r.data);
	if (cram)
		cram_final(t, s.r.data, &final);
	else
		scram_final(t, buf_c(&bare), s.r.data, &final);
	m.dialog = s.r.dialog;
	m.data = buf_str(&final);
	send_step(&last, p, &m);
	ck_assert(!last.failed && !last.r.more);
	buf_done(&s.body);
done:
	buf_done(&first);
	buf_done(&bare);
	buf_done(&final);
	return last;
}

static enum auth_result
outcome(const struct attempt *t)
{
	struct step s = run_attempt(t, NULL);
	enum auth_result r = (enum auth_result)s.r.result;

	buf_done(&s.body);
	return r;
}

static const char *const mechs[] = { "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256",
				     "SCRAM-SHA-256-PLUS" };

static bool
is_plus(const char *mech)
{
	return str_has_suffix(str_c(mech), STR("-PLUS"));
}

static struct attempt
attempt(const char *mech, const char *login, const char *password)
{
	struct attempt t = { .mech = mech, .login = login, .password = password };

	if (is_plus(mech)) {
		t.header = "p=tls-exporter,,";
		t.cb_type = "tls-exporter";
	}
	return t;
}

START_TEST(test_ok)
{
	for (size_t i = 0; i < ARRAY_LEN(mechs); i++) {
		struct attempt t = attempt(mechs[i], "mox+tag@localhost", "moxmoxmox");
		struct step s = run_attempt(&t, NULL);

		ck_assert_msg(s.r.result == AUTH_OK, "%s", mechs[i]);
		ck_assert_str_is(s.r.account, STR("mox"));
		ck_assert_str_is(s.r.address, STR("mox+tag@localhost"));
		ck_assert_uint_eq(s.r.privkey.n, 0);
		ck_assert_uint_eq(s.r.cap.n, 0);
		ck_assert_int_eq(str_has_prefix(s.r.data, STR("v=")), i > 0);
		logout(&submitd, s.r.login_id);
		buf_done(&s.body);
		/* a reader of the store gets what AUTH_LOGIN gives */
		t.peer = &imapds[1];
		t.want_key = true;
		s = run_attempt(&t, NULL);
		ck_assert_uint_eq(s.r.result, AUTH_OK);
		ck_assert_uint_eq(s.r.privkey.n, 32);
		ck_assert_uint_eq(s.r.pubkey.n, 32);
		ck_assert(ncaps == 1 && str_eq(s.r.cap, str_mem(caps[0].cap, AUTH_CAP_LEN)));
		logout(&imapds[1], s.r.login_id);
		buf_done(&s.body);
		settle();
		ck_assert_uint_eq(ncaps, 0);
		ck_assert_uint_eq(logins_count(authd.logins), 0);
	}
	ck_assert_uint_eq(dialogs_count(authd.dialogs), 0);
	admin("loginattempts", "mox", NULL);
	for (size_t i = 0; i < ARRAY_LEN(mechs); i++) {
		char row[100];

		snprintf(row, sizeof(row), "192.0.2.1 submission %s count 2 ", mechs[i]);
		ck_assert_ptr_nonnull(strstr(admin_text, row));
	}
}
END_TEST

/* Names that there are and that there are not: as many steps, challenges of the same form, the same
 * last bytes, and no hash for either. */
START_TEST(test_bad)
{
	static const struct {
		const char *login, *password;
	} rows[] = {
		{ "mox@localhost", "wrongwrong" },  { "nobody@localhost", "moxmoxmox" },
		{ "mox@example.org", "moxmoxmox" }, { "mox", "moxmoxmox" },
		{ "empty@localhost", "moxmoxmox" }, /* has no password */
		{ "off@localhost", "wrongwrong" },  { "\xc3\xa9@x", "x" },
	};
	uint64_t before = hashq_verified(authd.hashq);

	svc.localserve = true; /* no limits */
	for (size_t k = 0; k < ARRAY_LEN(mechs); k++) {
		size_t length = 0;
		struct buf first;

		buf_init(&first, 1000);
		for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
			struct attempt t = attempt(mechs[k], rows[i].login, rows[i].password);
			struct buf challenge;
			struct step s;

			t.ip = "127.0.0.1";
			buf_init(&challenge, 4096);
			s = run_attempt(&t, &challenge);
			ck_assert_msg(s.r.result == AUTH_BAD, "%s row %zu", mechs[k], i);
			if (i == 0) {
				buf_putstr(&first, buf_str(&s.body));
				length = challenge.n;
			}
			ck_assert_msg(str_eq(buf_str(&first), buf_str(&s.body)), "%s row %zu",
				      mechs[k], i);
			ck_assert_uint_gt(length, 0);
			ck_assert_uint_eq(challenge.n, length);
			buf_done(&challenge);
			buf_done(&s.body);
		}
		buf_done(&first);
	}
	ck_assert_uint_eq(hashq_verified(authd.hashq), before);
	ck_assert_uint_eq(nverify, 0);
	ck_assert_uint_eq(logins_count(authd.logins), 0);
	/* what PLAIN costs, known or not */
	ck_assert_int_eq(login("nobody@localhost", "moxmoxmox", "127.0.0.1"), AUTH_BAD);
	ck_assert_uint_eq(hashq_verified(authd.hashq), before + 1);
	admin("counters", NULL, NULL);
	ck_assert_str_eq(admin_text, "verified 1\nlogins 0\ndialogs 0\n");
}
END_TEST

/* Salt and iterations, which is what a SCRAM challenge tells. */
static void
salt_of(const char *mech, const char *login, char *out, size_t size)
{
	struct attempt t = attempt(mech, login, "wrongwrong");
	struct buf challenge;
	struct step s;

	t.ip = "127.0.0.1";
	buf_init(&challenge, 4096);
	s = run_attempt(&t, &challenge);
	ck_assert_int_eq(str_to_c(str_from(buf_str(&challenge),
					   (size_t)str_find(buf_str(&challenge), STR(",s="))),
				  out, size),
			 0);
	ck_assert_ptr_nonnull(strstr(out, ",i=100000"));
	buf_done(&challenge);
	buf_done(&s.body);
}

START_TEST(test_salt)
{
	/* spellings of one name */
	static const char *const same[][3] = {
		{ "mox@localhost", "MOX@LocalHost", "mox+x@localhost" },
		{ "nobody@localhost", "NoBody@LOCALHOST", "nobody+x@localhost" },
		{ "someone@example.org", "SOMEONE@example.org", "Someone@Example.Org" },
	};
	char a[200], b[200], all[3][200];

	svc.localserve = true;
	for (size_t k = 0; k < ARRAY_LEN(same); k++) {
		for (size_t i = 0; i < 3; i++) {
			salt_of("SCRAM-SHA-256", same[k][i], a, sizeof(a));
			if (i == 0)
				memcpy(all[k], a, sizeof(a));
			ck_assert_msg(strcmp(all[k], a) == 0, "%s", same[k][i]);
		}
		salt_of("SCRAM-SHA-256-PLUS", same[k][0], a, sizeof(a));
		ck_assert_str_eq(all[k], a);
		salt_of("SCRAM-SHA-1", same[k][0], a, sizeof(a));
		ck_assert_str_ne(all[k], a);
	}
	ck_assert_str_ne(all[0], all[1]);
	ck_assert_str_ne(all[1], all[2]);
	/* and the next keeper says the same */
	keeper_restart();
	for (size_t k = 0; k < ARRAY_LEN(same); k++) {
		salt_of("SCRAM-SHA-256", same[k][0], b, sizeof(b));
		ck_assert_str_eq(all[k], b);
	}
}
END_TEST

START_TEST(test_disabled)
{
	for (size_t i = 0; i < ARRAY_LEN(mechs); i++) {
		struct attempt t = attempt(mechs[i], "off@localhost", "moxmoxmox");
		struct step s = run_attempt(&t, NULL);

		ck_assert_uint_eq(s.r.result, AUTH_DISABLED);
		ck_assert_str_is(s.r.text, STR("closed today"));
		ck_assert_uint_eq(s.r.data.n, 0);
		buf_done(&s.body);
	}
}
END_TEST

START_TEST(test_binding)
{
	static const struct {
		struct attempt t;
		enum auth_result result;
		const char *logged;
	} rows[] = {
#define ROW(mech, head, cb)                                                                        \
	{ mech, "mox@localhost", "moxmoxmox", head, cb, NULL, false, false, NULL }
		{ ROW("SCRAM-SHA-256-PLUS", "p=tls-exporter,,", "tls-exporter"), AUTH_OK, NULL },
		{ ROW("SCRAM-SHA-256-PLUS", "p=tls-server-end-point,,", "tls-server-end-point"),
		  AUTH_OK, NULL },
		{ ROW("SCRAM-SHA-256-PLUS", "p=tls-server-end-point,,", "tls-exporter"), AUTH_BAD,
		  "badchanbind" },
		{ ROW("SCRAM-SHA-256-PLUS", "n,,", "tls-exporter"), AUTH_BAD, "badchanbind" },
		{ ROW("SCRAM-SHA-256", "n,,", "offered"), AUTH_OK, NULL },
		{ ROW("SCRAM-SHA-256", "y,,", NULL), AUTH_OK, NULL },
		{ ROW("SCRAM-SHA-256", "y,,", "offered"), AUTH_BAD, "badchanbind" },
		{ ROW("SCRAM-SHA-256", "n,a=mox@localhost,", NULL), AUTH_OK, NULL },
		{ ROW("SCRAM-SHA-256", "n,a=other@localhost,", NULL), AUTH_BAD, "badauthzid" },
		{ ROW("SCRAM-SHA-256", "x,,", NULL), AUTH_BAD, "badprotocol" },
		{ { "SCRAM-SHA-1-PLUS", "mox@localhost", "moxmoxmox", "p=tls-exporter,,",
		    "tls-exporter", NULL, false, true, NULL },
		  AUTH_BAD,
		  "badchanbind" },
#undef ROW
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char want[100];

		clock_fake(1800000000 + 86400 * (int64_t)(i + 1));
		ck_assert_msg(outcome(&rows[i].t) == rows[i].result, "row %zu", i);
		if (rows[i].logged == NULL)
			continue;
		admin("loginattempts", NULL, NULL);
		snprintf(want, sizeof(want), " %s account ", rows[i].logged);
		ck_assert_msg(strstr(admin_text, want) != NULL, "row %zu: %s", i, admin_text);
	}
	ck_assert_uint_eq(dialogs_count(authd.dialogs), 0);
}
END_TEST

/* Failures count, and a challenge that was given before the limit was reached is of no use. */
START_TEST(test_limits)
{
	struct attempt bad = attempt("SCRAM-SHA-256", "mox@localhost", "wrongwrong"), good = bad;
	struct attempt garbage = attempt("SCRAM-SHA-1", "mox@localhost", "x");
	struct msg_auth_sasl m = first_msg(&bad);
	struct step early, s;

	good.password = "moxmoxmox";
	garbage.header = "?";
	m.data = STR("n,,n=mox@localhost,r=x");
	send_step(&early, &submitd, &m);
	ck_assert(early.r.more);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(outcome(&bad), AUTH_BAD);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(outcome(&garbage), AUTH_BAD);
	ck_assert_int_eq(outcome(&good), AUTH_LIMITED);
	m.dialog = early.r.dialog;
	send_step(&s, &submitd, &m);
	ck_assert_uint_eq(s.r.result, AUTH_LIMITED);
	buf_done(&s.body);
	buf_done(&early.body);
	good.ip = "192.0.2.2";
	ck_assert_int_eq(outcome(&good), AUTH_OK);
	ck_assert_int_eq(login("mox@localhost", "moxmoxmox", "192.0.2.1"), AUTH_LIMITED);
}
END_TEST

static struct step
begin(struct peer *p, const char *mech)
{
	struct attempt t = attempt(mech, "mox@localhost", "moxmoxmox");
	struct msg_auth_sasl m = first_msg(&t);
	struct step s;

	if (strcmp(mech, "CRAM-MD5") != 0)
		m.data = STR("n,,n=mox@localhost,r=clientnonce");
	send_step(&s, p, &m);
	ck_assert(s.r.more);
	return s;
}

static enum auth_result
go_on(struct peer *p, const struct step *from)
{
	struct attempt t = attempt("CRAM-MD5", "mox@localhost", "moxmoxmox");
	struct msg_auth_sasl m = first_msg(&t);
	enum auth_result r;
	struct buf final;
	struct step s;

	buf_init(&final, 1000);
	cram_final(&t, from->r.data, &final);
	m.dialog = from->r.dialog;
	m.data = buf_str(&final);
	send_step(&s, p, &m);
	ck_assert(!s.r.more);
	r = (enum auth_result)s.r.result;
	buf_done(&s.body);
	buf_done(&final);
	return r;
}

/* A dialog has one answer, from the worker that began it, in time. */
START_TEST(test_dialogs)
{
	struct step a = begin(&submitd, "CRAM-MD5"), b = begin(&submitd, "CRAM-MD5");
	struct step c = begin(&imapds[0], "CRAM-MD5"), d = begin(&imapds[1], "CRAM-MD5");
	struct buf end;

	ck_assert(!str_eq(a.r.data, b.r.data));
	ck_assert_uint_eq(dialogs_count(authd.dialogs), 4);
	ck_assert_int_eq(go_on(&imapds[0], &a), AUTH_TEMP);
	ck_assert_int_eq(go_on(&submitd, &c), AUTH_TEMP);
	ck_assert_int_eq(go_on(&submitd, &a), AUTH_OK);
	ck_assert_int_eq(go_on(&submitd, &a), AUTH_TEMP);
	ck_assert_uint_eq(dialogs_count(authd.dialogs), 3);
	/* the client gave up; not by another worker's word */
	buf_init(&end, 100);
	msg_auth_sasl_end_put(&end, &(struct msg_auth_sasl_end){ b.r.dialog });
	ipc_notify(imapds[0].mine, IPC_AUTH_SASL_END, buf_str(&end), NULL, 0);
	settle();
	ck_assert_uint_eq(dialogs_count(authd.dialogs), 3);
	ipc_notify(submitd.mine, IPC_AUTH_SASL_END, buf_str(&end), NULL, 0);
	ck_assert_int_eq(go_on(&submitd, &b), AUTH_TEMP);
	ck_assert_uint_eq(dialogs_count(authd.dialogs), 2);
	buf_done(&end);
	/* its caller died */
	peer_kill(&imapds[1]);
	ck_assert_uint_eq(dialogs_count(authd.dialogs), 1);
	ck_assert_int_eq(go_on(&imapds[0], &c), AUTH_OK);
	/* the password is another one by now */
	buf_done(&a.body);
	a = begin(&submitd, "CRAM-MD5");
	admin("setpassword", "mox", "newpassword");
	ck_assert_int_eq(go_on(&submitd, &a), AUTH_BAD);
	buf_done(&a.body);
	buf_done(&b.body);
	buf_done(&c.body);
	buf_done(&d.body);
}
END_TEST

/* SCRAM's form was read before the password changed. */
START_TEST(test_changed)
{
	struct attempt t = attempt("SCRAM-SHA-256", "mox@localhost", "moxmoxmox");
	struct step a = begin(&submitd, "SCRAM-SHA-256"), s;
	struct msg_auth_sasl m = first_msg(&t);
	struct buf final;

	admin("setpassword", "mox", "newpassword");
	buf_init(&final, 1000);
	scram_final(&t, "n=mox@localhost,r=clientnonce", a.r.data, &final);
	m.dialog = a.r.dialog;
	m.data = buf_str(&final);
	send_step(&s, &submitd, &m);
	ck_assert_uint_eq(s.r.result, AUTH_TEMP);
	ck_assert_uint_eq(logins_count(authd.logins), 0);
	buf_done(&final);
	buf_done(&a.body);
	buf_done(&s.body);
}
END_TEST

START_TEST(test_full)
{
	struct step s;
	struct msg_auth_sasl m = first_msg(&(struct attempt){ .mech = "CRAM-MD5" });

	for (unsigned i = 0; i < LIM_AUTH_DIALOGS; i++) {
		s = begin(&submitd, "CRAM-MD5");
		buf_done(&s.body);
	}
	send_step(&s, &submitd, &m);
	ck_assert_uint_eq(s.r.result, AUTH_TEMP);
	ck_assert(!s.r.more);
	buf_done(&s.body);
	s = begin(&imapds[0], "CRAM-MD5");
	buf_done(&s.body);
	peer_kill(&submitd);
	ck_assert_uint_eq(dialogs_count(authd.dialogs), 1);
}
END_TEST

/* A worker that was taken over names an address of its own for each guess. */
START_TEST(test_guesses)
{
	struct attempt t = attempt("CRAM-MD5", "mox@localhost", "wrongwrong");
	enum auth_result r = AUTH_BAD;
	unsigned n = 0;
	char ip[32];

	for (; n < 2 * LIM_AUTH_GUESSES && r == AUTH_BAD; n++) {
		snprintf(ip, sizeof(ip), "10.%u.%u.%u", n >> 11, n >> 3 & 255, n & 7);
		t.ip = ip;
		r = outcome(&t);
	}
	ck_assert_int_eq(r, AUTH_LIMITED);
	ck_assert_uint_eq(n, LIM_AUTH_GUESSES + 1);
	/* That one alone, and not for ever. */
	t.password = "moxmoxmox";
	t.ip = "192.0.2.7";
	ck_assert_int_eq(outcome(&t), AUTH_LIMITED);
	ck_assert_int_eq(login("mox@localhost", "moxmoxmox", "192.0.2.7"), AUTH_OK);
	t.peer = &imapds[0];
	ck_assert_int_eq(outcome(&t), AUTH_OK);
	t.peer = NULL;
	clock_fake(1800000000 + 60);
	ck_assert_int_eq(outcome(&t), AUTH_OK);
}
END_TEST

/* One that nobody goes on with is forgotten. */
START_TEST(test_late)
{
	struct dialogs *d = dialogs_new(&svc, 1);
	struct dialog g = { .t = NULL };
	uint64_t first = dialogs_put(d, ROLE_IMAPD, 0, &g);
	uint64_t second = dialogs_put(d, ROLE_IMAPD, 1, &g);
	int64_t after;

	ck_assert(first != 0 && second != 0 && first != second);
	for (after = clock_mono_ms(); clock_mono_ms() <= after + 1;)
		;
	while (dialogs_count(d) > 0) {
		settle();
		ck_assert_int_lt(clock_mono_ms(), after + 30000);
	}
	ck_assert(!dialogs_take(d, ROLE_IMAPD, 0, first, &g));
	/* the slot is used again, its number is not */
	ck_assert_uint_ne(dialogs_put(d, ROLE_IMAPD, 0, &g), first);
	dialogs_free(&d);
}
END_TEST

/* No mechanism of ours, a key for who reads no mail, a malformed body. */
START_TEST(test_liars)
{
	struct msg_auth_sasl rows[] = {
		first_msg(&(struct attempt){ .mech = "PLAIN" }),
		first_msg(&(struct attempt){ .mech = "SCRAM-SHA-256", .want_key = true }),
		first_msg(&(struct attempt){ .mech = "CRAM-MD5" }),
	};
	struct step s;

	rows[2].want_key = 2;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		send_step(&s, &submitd, &rows[i]);
		ck_assert(s.failed);
		while (submitd.keeper != NULL || submitd.mine != NULL)
			loop_run(svc.l);
		peer_up(&submitd, ROLE_SUBMITD, 0);
	}
}
END_TEST

UNIT_MAIN_AROUND("sasl", setup, teardown, 120, test_ok, test_bad, test_salt, test_disabled,
		 test_binding, test_limits, test_dialogs, test_changed, test_full, test_late,
		 test_liars, test_guesses)
