/* The keeper between its peers. */
#include "played.c"

START_TEST(test_ok)
{
	struct answer a;
	struct buf box, plain;
	struct err e = ERR_INIT;

	login_send(&a, &imapds[1], "mox+tag@localhost", "moxmoxmox", "192.0.2.1", true);
	answer_wait(&a);
	ck_assert_uint_eq(a.r.result, AUTH_OK);
	ck_assert_str_is(a.r.account, STR("mox"));
	ck_assert_str_is(a.r.address, STR("mox+tag@localhost"));
	ck_assert_uint_eq(a.r.owner, 0);
	/* deliverd knew it before we did */
	ck_assert_uint_eq(a.waiting_caps, 1);
	ck_assert(str_eq(a.r.cap, str_mem(caps[0].cap, AUTH_CAP_LEN)));
	ck_assert_str_eq(caps[0].account, "mox");
	ck_assert_uint_eq(caps[0].role, ROLE_IMAPD);
	ck_assert_uint_eq(caps[0].num, 1);
	ck_assert_uint_eq(caps[0].owner, 0);
	buf_init(&box, 1000);
	buf_init(&plain, 1000);
	seal_box((const unsigned char *)a.r.pubkey.p, STR("mail"), &box);
	ck_assert_int_eq(seal_box_open((const unsigned char *)a.r.pubkey.p,
				       (const unsigned char *)a.r.privkey.p, buf_str(&box), &plain,
				       &e),
			 0);
	buf_done(&box);
	buf_done(&plain);
	buf_done(&a.body);
	/* without a key there is no capability either */
	login_send(&a, &imapds[0], "other@localhost", "otherother", "192.0.2.1", false);
	answer_wait(&a);
	ck_assert_uint_eq(a.r.result, AUTH_OK);
	ck_assert_uint_eq(a.r.cap.n, 0);
	ck_assert_uint_eq(a.r.privkey.n, 0);
	ck_assert_uint_eq(ncaps, 1);
	ck_assert_uint_eq(logins_count(authd.logins), 2);
	buf_done(&a.body);
}
END_TEST

/* All of them give the same bytes and cost one hash. */
START_TEST(test_bad)
{
	static const struct {
		const char *login, *password;
	} rows[] = {
		{ "mox@localhost", "wrongwrong" },
		{ "nobody@localhost", "moxmoxmox" },
		{ "mox@example.org", "moxmoxmox" },
		{ "mox", "moxmoxmox" },		    /* the account's name is no address */
		{ "empty@localhost", "moxmoxmox" }, /* has no password */
		{ "empty@localhost", "-" },
		{ "nobody@localhost", "-" },
		{ "mox@localhost", "" },
		{ "mox@localhost", "moxmoxmox\n" }, /* not in the profile */
		{ "mox@localhost", "\xff" },
		{ "mox@localhost", "otherother" },
		{ "off@localhost", "wrongwrong" },
		{ "", "" },
		{ "@", "x" },
		{ "\xff@\xff", "x" },
	};
	struct buf first;

	svc.localserve = true; /* no limits */
	buf_init(&first, 1000);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t before = hashq_verified(authd.hashq);
		struct answer a;

		login_send(&a, &imapds[0], rows[i].login, rows[i].password, "127.0.0.1", true);
		answer_wait(&a);
		ck_assert_msg(a.r.result == AUTH_BAD, "row %zu", i);
		ck_assert_uint_eq(hashq_verified(authd.hashq), before + 1);
		ck_assert_uint_eq(nverify, i + 1);
		if (i == 0)
			buf_putstr(&first, buf_str(&a.body));
		ck_assert_msg(str_eq(buf_str(&first), buf_str(&a.body)), "row %zu", i);
		buf_done(&a.body);
	}
	ck_assert_uint_eq(ncaps, 0);
	buf_done(&first);
}
END_TEST

START_TEST(test_disabled)
{
	struct answer a;

	login_send(&a, &imapds[0], "off@localhost", "moxmoxmox", "192.0.2.1", true);
	answer_wait(&a);
	ck_assert_uint_eq(a.r.result, AUTH_DISABLED);
	ck_assert_str_is(a.r.text, STR("closed today"));
	ck_assert_uint_eq(a.r.privkey.n, 0);
	ck_assert_uint_eq(ncaps, 0);
	buf_done(&a.body);
}
END_TEST

START_TEST(test_limits)
{
	struct answer a;

	for (int i = 0; i < 10; i++) {
		login_send(&a, &imapds[0], "mox@localhost", "wrongwrong", "192.0.2.1", true);
		answer_wait(&a);
		ck_assert_uint_eq(a.r.result, AUTH_BAD);
		ck_assert_uint_eq(a.r.delay_ms, i < 3 ? 0 : (unsigned)(i - 2) * 1000);
		buf_done(&a.body);
	}
	ck_assert_uint_eq(nverify, 10);
	ck_assert_int_eq(login("mox@localhost", "moxmoxmox", "192.0.2.1"), AUTH_LIMITED);
	ck_assert_uint_eq(nverify, 10);
	ck_assert_int_eq(login("mox@localhost", "moxmoxmox", "192.0.2.2"), AUTH_OK);
	clock_fake(1800000000 + 60);
	ck_assert_int_eq(login("mox@localhost", "wrongwrong", "192.0.2.1"), AUTH_BAD);
	ck_assert_int_eq(login("mox@localhost", "moxmoxmox", "192.0.2.1"), AUTH_OK);
	/* which is a new start */
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(login("mox@localhost", "wrongwrong", "192.0.2.1"), AUTH_BAD);
	ck_assert_int_eq(login("mox@localhost", "wrongwrong", "192.0.2.1"), AUTH_LIMITED);
}
END_TEST

static void
release_hashes(void)
{
	for (unsigned i = 0; i < HASHES; i++) {
		if (held_hash[i] == NULL)
			continue;
		hash_answer(held_hash[i], buf_str(&held_body[i]));
		held_hash[i] = NULL;
		buf_done(&held_body[i]);
	}
}

/* Many at once do not get past the limit: at most those that are being hashed when it is reached.
 */
START_TEST(test_parallel)
{
	static struct answer a[50];
	unsigned bad = 0;

	hash_held = true;
	for (size_t i = 0; i < ARRAY_LEN(a); i++)
		login_send(&a[i], &imapds[0], "mox@localhost", "wrongwrong", "192.0.2.1", true);
	while (held_hash[0] == NULL || held_hash[1] == NULL)
		loop_run(svc.l);
	hash_held = false;
	release_hashes();
	for (size_t i = 0; i < ARRAY_LEN(a); i++) {
		answer_wait(&a[i]);
		ck_assert(a[i].r.result == AUTH_BAD || a[i].r.result == AUTH_LIMITED);
		bad += a[i].r.result == AUTH_BAD;
		buf_done(&a[i].body);
	}
	ck_assert_uint_ge(bad, 10);
	ck_assert_uint_lt(bad, 10 + HASHES);
	ck_assert_uint_eq(nverify, bad);
}
END_TEST

/* The helpers go on; how many of these logins were not tried. */
static unsigned
turned_away(struct answer *a, size_t n)
{
	unsigned temp = 0;

	hash_held = false;
	release_hashes();
	for (size_t i = 0; i < n; i++) {
		answer_wait(&a[i]);
		temp += a[i].r.result == AUTH_TEMP;
		buf_done(&a[i].body);
	}
	return temp;
}

/* The queue for the helpers has as much room for an imapd as is common and its own share. */
START_TEST(test_queue_full)
{
	enum { TOTAL = HASHES * LIM_AUTH_QUEUE, OWN = TOTAL / 2 / (IMAPDS + 2) };
	static struct answer a[HASHES + TOTAL / 2 + OWN + 20];
	struct answer b;
	char name[64];

	svc.localserve = true;
	hash_held = hash_free = true;
	for (size_t i = 0; i < ARRAY_LEN(a); i++) {
		snprintf(name, sizeof(name), "n%zu@localhost", i);
		login_send(&a[i], &imapds[0], name, "wrongwrong", "127.0.0.1", false);
	}
	while (!a[ARRAY_LEN(a) - 1].done)
		loop_run(svc.l);
	/* Another worker has its own share, and is next. */
	login_send(&b, &submitd, "mox@localhost", "moxmoxmox", "127.0.0.1", false);
	for (int i = 0; i < 3; i++)
		admin("accounts", NULL, NULL);
	while (!b.done) {
		release_hashes();
		while (!b.done && held_hash[0] == NULL)
			loop_run(svc.l);
	}
	ck_assert_uint_eq(b.r.result, AUTH_OK);
	ck_assert_uint_le(nverify, 3 * HASHES);
	buf_done(&b.body);
	ck_assert_uint_eq(turned_away(a, ARRAY_LEN(a)), 20);
}
END_TEST

/* One name, in all its spellings, takes a small part of it; whether it is known makes no
 * difference.
 */
START_TEST(test_queue_one_login)
{
	static const char *const names[][2] = { { "mox@localhost", "Mox+tag@LOCALHOST" },
						{ "nobody@localhost", "Nobody+tag@LOCALHOST" } };
	static struct answer a[HASHES + LIM_AUTH_QUEUE_LOGIN + 10];

	svc.localserve = true;
	for (size_t k = 0; k < ARRAY_LEN(names); k++) {
		hash_held = hash_free = true;
		for (size_t i = 0; i < ARRAY_LEN(a); i++)
			login_send(&a[i], &imapds[0], names[k][i % 2], "wrongwrong", "127.0.0.1",
				   false);
		while (!a[ARRAY_LEN(a) - 1].done)
			loop_run(svc.l);
		ck_assert_uint_eq(turned_away(a, ARRAY_LEN(a)), 10);
	}
}
END_TEST

START_TEST(test_share)
{
	static struct share s;

	share_set(&s, 100, 5); /* 10 for each, 50 for all */
	for (int i = 0; i < 60; i++)
		ck_assert(share_take(&s, ROLE_IMAPD, 0));
	ck_assert(!share_take(&s, ROLE_IMAPD, 0));
	for (int i = 0; i < 10; i++)
		ck_assert(share_take(&s, ROLE_SUBMITD, 3));
	ck_assert(!share_take(&s, ROLE_SUBMITD, 3));
	share_give(&s, ROLE_IMAPD, 0);
	ck_assert(share_take(&s, ROLE_SUBMITD, 3));
	ck_assert(!share_take(&s, ROLE_IMAPD, 0));
	for (int i = 0; i < 59; i++)
		share_give(&s, ROLE_IMAPD, 0);
	for (int i = 0; i < 49; i++)
		ck_assert(share_take(&s, ROLE_SUBMITD, 3));
	ck_assert(!share_take(&s, ROLE_SUBMITD, 3));
	ck_assert(share_take(&s, ROLE_IMAPD, 0));
}
END_TEST

START_TEST(test_helpers_die)
{
	struct answer a, b;

	hash_held = true;
	login_send(&a, &imapds[0], "mox@localhost", "moxmoxmox", "192.0.2.1", true);
	while (held_hash[0] == NULL)
		loop_run(svc.l);
	buf_done(&held_body[0]);
	peer_kill(&hashes[0]);
	answer_wait(&a);
	ck_assert_uint_eq(a.r.result, AUTH_TEMP);
	ipc_reply(&held_hash[0], STR(""), NULL, 0); /* goes nowhere */
	hash_held = false;
	ck_assert_int_eq(login("mox@localhost", "moxmoxmox", "192.0.2.1"),
			 AUTH_OK); /* the other one */
	peer_kill(&hashes[1]);
	ck_assert_int_eq(login("mox@localhost", "moxmoxmox", "192.0.2.1"), AUTH_TEMP);
	peer_up(&hashes[1], ROLE_AUTHHASH, 1);
	login_send(&b, &imapds[0], "mox@localhost", "moxmoxmox", "192.0.2.1", true);
	answer_wait(&b);
	ck_assert_uint_eq(b.r.result, AUTH_OK);
	buf_done(&a.body);
	buf_done(&b.body);
}
END_TEST

START_TEST(test_logout)
{
	struct answer a, b, c;

	login_send(&a, &imapds[0], "mox@localhost", "moxmoxmox", "192.0.2.1", true);
	login_send(&b, &imapds[1], "mox@localhost", "moxmoxmox", "192.0.2.1", true);
	login_send(&c, &imapds[1], "other@localhost", "otherother", "192.0.2.1", true);
	answer_wait(&a);
	answer_wait(&b);
	answer_wait(&c);
	ck_assert_uint_eq(ncaps, 3);
	/* only the worker that has it, only once, no invented ids */
	logout(&imapds[1], a.r.login_id);
	logout(&imapds[1], a.r.login_id + 1000);
	logout(&imapds[1], 0);
	settle();
	ck_assert_uint_eq(ncaps, 3);
	logout(&imapds[0], a.r.login_id);
	logout(&imapds[0], a.r.login_id);
	settle();
	ck_assert_uint_eq(ncaps, 2);
	ck_assert_uint_eq(nrevoked, 0);
	ck_assert_uint_eq(logins_count(authd.logins), 2);
	for (unsigned i = 0; i < ncaps; i++)
		ck_assert_uint_eq(caps[i].num, 1);
	/* its death ends the others */
	peer_kill(&imapds[1]);
	settle();
	ck_assert_uint_eq(ncaps, 0);
	ck_assert_uint_eq(logins_count(authd.logins), 0);
	buf_done(&a.body);
	buf_done(&b.body);
	buf_done(&c.body);
}
END_TEST

static bool
has_cap(struct str cap)
{
	for (unsigned i = 0; i < ncaps; i++) {
		if (str_eq(str_mem(caps[i].cap, AUTH_CAP_LEN), cap))
			return true;
	}
	return false;
}

START_TEST(test_deliverd_restart)
{
	static struct answer a[20];
	struct answer late;

	for (size_t i = 0; i < ARRAY_LEN(a); i++) {
		login_send(&a[i], &imapds[i % 2], i < 15 ? "mox@localhost" : "other@localhost",
			   i < 15 ? "moxmoxmox" : "otherother", "192.0.2.1", true);
		answer_wait(&a[i]);
	}
	ck_assert_uint_eq(ncaps, 20);
	peer_kill(&deliverds[0]);
	ncaps = 0;
	/* a login in the meantime waits, the other worker's accounts do not */
	login_send(&late, &imapds[0], "mox@localhost", "moxmoxmox", "192.0.2.1", true);
	ck_assert_int_eq(login("other@localhost", "otherother", "192.0.2.1"), AUTH_OK);
	ck_assert(!late.done);
	ncaps = 0;
	peer_up(&deliverds[0], ROLE_DELIVERD, 0);
	answer_wait(&late);
	ck_assert_uint_eq(late.r.result, AUTH_OK);
	ck_assert(has_cap(late.r.cap));
	buf_done(&late.body);
	for (int i = 0; i < 15; i++) /* one after the other */
		settle();
	ck_assert_uint_eq(ncaps, 16);
	for (size_t i = 0; i < ARRAY_LEN(a); i++) {
		ck_assert_int_eq(has_cap(a[i].r.cap), i < 15);
		buf_done(&a[i].body);
	}
	for (unsigned i = 0; i < ncaps; i++) {
		ck_assert_str_eq(caps[i].account, "mox");
		ck_assert_uint_eq(caps[i].owner, 0);
	}
}
END_TEST

START_TEST(test_deliverd_refuses)
{
	caps_refused = true;
	ck_assert_int_eq(login("mox@localhost", "moxmoxmox", "192.0.2.1"), AUTH_TEMP);
	ck_assert_uint_eq(logins_count(authd.logins), 0);
	settle();
	ck_assert_uint_eq(ncaps, 0); /* and it was told to forget it */
}
END_TEST

/* What the keeper that died knew, the next one knows. */
START_TEST(test_keeper_restart)
{
	static const struct auth_forms forms = { .argon2 = STR("$argon2id$") };
	static struct answer a[4];
	struct err e = ERR_INIT;
	char head[8];
	int fd;

	for (unsigned i = 0; i < 4; i++) {
		login_send(&a[i], &imapds[i % 2], i < 2 ? "mox@localhost" : "other@localhost",
			   i < 2 ? "moxmoxmox" : "otherother", "192.0.2.1", true);
		answer_wait(&a[i]);
		ck_assert_uint_eq(a[i].r.result, AUTH_OK);
	}
	ck_assert_uint_eq(ncaps, 4);
	logout(&imapds[0], a[0].r.login_id);
	settle();
	ncaps = 0;
	keeper_restart();
	ck_assert_uint_eq(logins_count(authd.logins), 3);
	for (int i = 0; i < 4; i++)
		settle();
	ck_assert_uint_eq(ncaps, 3);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_int_eq(has_cap(a[i].r.cap), i != 0);
	/* and can end */
	logout(&imapds[1], a[1].r.login_id);
	settle();
	ck_assert_uint_eq(ncaps, 2);
	ck_assert(!has_cap(a[1].r.cap));
	/* not the free slot's id again */
	ck_assert_int_eq(login("mox@localhost", "moxmoxmox", "192.0.2.1"), AUTH_OK);
	logout(&imapds[0], a[0].r.login_id);
	logout(&imapds[0], a[1].r.login_id);
	settle();
	ck_assert_uint_eq(ncaps, 3);
	/* a password that it stored last, without having ended the logins */
	ck_assert_int_eq(auth_db_password_set(authd.db, STR("mox"), &forms, 1, &e), 0);
	keeper_restart();
	settle();
	ck_assert_uint_eq(logins_count(authd.logins), 2);
	/* an account that is gone */
	ndels = 0;
	keeper_done(&authd);
	config_free(&svc.config);
	svc.config = config("");
	keeper_start();
	ck_assert_uint_eq(logins_count(authd.logins), 0);
	settle();
	ck_assert_uint_ge(ndels, 2);
	for (unsigned i = 0; i < 4; i++)
		buf_done(&a[i].body);
	/* a file that is none, or another run's */
	fd = openat(dirfd_, "logins", O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(pread(fd, head, 8, 8), 8);
	head[0] ^= 1;
	ck_assert_int_eq(pwrite(fd, head, 8, 8), 8);
	keeper_restart();
	ck_assert_uint_eq(logins_count(authd.logins), 0);
	for (unsigned i = 0; i < 100; i++) {
		unsigned char noise[128];

		seal_random(noise, sizeof(noise));
		ck_assert_int_eq(pwrite(fd, noise, sizeof(noise), 128 * (off_t)(i + 1)), 128);
	}
	close(fd);
	keeper_restart();
	ck_assert_uint_eq(logins_count(authd.logins), 0);
	reload(OTHER);
	ck_assert_int_eq(login("other@localhost", "otherother", "192.0.2.1"), AUTH_OK);
}
END_TEST

/* The caller dies while deliverd is asked. */
START_TEST(test_caller_dies)
{
	struct answer a;

	caps_held = true;
	login_send(&a, &imapds[1], "mox@localhost", "moxmoxmox", "192.0.2.1", true);
	while (held_cap == NULL)
		loop_run(svc.l);
	ck_assert_uint_eq(ncaps, 1);
	peer_kill(&imapds[1]);
	ipc_reply(&held_cap, STR(""), NULL, 0);
	caps_held = false;
	settle();
	ck_assert_uint_eq(ncaps, 0);
	ck_assert_uint_eq(logins_count(authd.logins), 0);
}
END_TEST

START_TEST(test_reload)
{
	struct answer a, b;

	login_send(&a, &imapds[0], "mox@localhost", "moxmoxmox", "192.0.2.1", true);
	login_send(&b, &imapds[0], "other@localhost", "otherother", "192.0.2.1", true);
	answer_wait(&a);
	answer_wait(&b);
	ck_assert_uint_eq(ncaps, 2);
	reload("");
	settle();
	ck_assert_uint_eq(ncaps, 1);
	ck_assert_str_eq(caps[0].account, "mox");
	ck_assert_uint_eq(nrevoked, 1);
	ck_assert_uint_eq(last_revoked, b.r.login_id);
	ck_assert_int_eq(login("other@localhost", "otherother", "192.0.2.1"), AUTH_BAD);
	reload(OTHER);
	ck_assert_int_eq(login("other@localhost", "otherother", "192.0.2.1"), AUTH_OK);
	buf_done(&a.body);
	buf_done(&b.body);
	/* removed while the hash was computed */
	hash_held = true;
	login_send(&a, &imapds[0], "other@localhost", "otherother", "192.0.2.1", true);
	while (held_hash[0] == NULL)
		loop_run(svc.l);
	reload("");
	hash_held = false;
	release_hashes();
	answer_wait(&a);
	ck_assert_uint_eq(a.r.result, AUTH_TEMP);
	buf_done(&a.body);
}
END_TEST

START_TEST(test_password_change)
{
	struct answer a, b;
	uint64_t first;

	login_send(&a, &imapds[0], "mox@localhost", "moxmoxmox", "192.0.2.1", true);
	login_send(&b, &imapds[0], "other@localhost", "otherother", "192.0.2.1", true);
	answer_wait(&a);
	answer_wait(&b);
	first = a.r.login_id;
	buf_done(&a.body);
	buf_done(&b.body);
	hash_held = true;
	login_send(&a, &imapds[0], "mox@localhost", "moxmoxmox", "192.0.2.1", true);
	while (held_hash[0] == NULL)
		loop_run(svc.l);
	admin("setpassword", "mox", "newpassword"); /* through the other helper */
	ck_assert_int_eq(admin_code, EC_OK);
	hash_held = false;
	release_hashes();
	answer_wait(&a);
	ck_assert_uint_eq(a.r.result, AUTH_TEMP); /* the old one was right, but is not any more */
	settle();
	ck_assert_uint_eq(ncaps, 1);
	ck_assert_str_eq(caps[0].account, "other");
	ck_assert_uint_eq(nrevoked, 1);
	ck_assert_uint_eq(last_revoked, first);
	ck_assert_int_eq(login("mox@localhost", "moxmoxmox", "192.0.2.1"), AUTH_BAD);
	ck_assert_int_eq(login("mox@localhost", "newpassword", "192.0.2.1"), AUTH_OK);
	buf_done(&a.body);
}
END_TEST

/* A hash that was made with another cost is replaced at a login, which ends no other login. */
START_TEST(test_rehash)
{
	char cheap[crypto_pwhash_STRBYTES];
	struct auth_forms f;
	struct err e = ERR_INIT;
	int64_t version;
	struct buf b;

	ck_assert_int_eq(crypto_pwhash_str(cheap, "moxmoxmox", 9, 1, 8 << 20), 0);
	f = (struct auth_forms){ .argon2 = str_c(cheap) };
	ck_assert_int_eq(login("mox@localhost", "moxmoxmox", "192.0.2.1"), AUTH_OK);
	ck_assert_int_eq(auth_db_password_set(authd.db, STR("mox"), &f, 1, &e), 0);
	ck_assert_int_eq(login("mox@localhost", "wrongwrong", "192.0.2.1"), AUTH_BAD);
	ck_assert_int_eq(login("mox@localhost", "moxmoxmox", "192.0.2.1"), AUTH_OK);
	buf_init(&b, 1000);
	do {
		settle();
		buf_reset(&b);
		ck_assert_int_eq(auth_db_password(authd.db, STR("mox"), &b, &version, &e), 0);
	} while (str_eq(buf_str(&b), str_c(cheap)));
	ck_assert(str_has_prefix(buf_str(&b), STR("$argon2id$v=19$m=19456,t=2,p=1$")));
	buf_reset(&b);
	ck_assert_int_eq(auth_db_form(authd.db, STR("mox"), "scram_sha256", &b, &version, &e), 0);
	buf_done(&b);
	ck_assert_int_eq(login("mox@localhost", "moxmoxmox", "192.0.2.1"), AUTH_OK);
	ck_assert_uint_eq(ncaps, 3);
}
END_TEST

static void
admin_file(const char *text)
{
	admin_fd = open(dir, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	ck_assert_int_ge(admin_fd, 0);
	ck_assert_int_eq(write(admin_fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void
admin_file_gone(void)
{
	close(admin_fd);
	admin_fd = -1;
}

START_TEST(test_admin_password)
{
	static const char *const bad[] = { "", "\n",
					   "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68",
					   "$argon2id$v=19$m=19456,t=2,p=1$" };
	char hash[512];

	admin("checkadminpassword", "administer", NULL);
	ck_assert_int_eq(admin_code, EC_NOTFOUND);
	admin("makeadminhash", "short", NULL);
	ck_assert_int_eq(admin_code, EC_SYNTAX);
	admin("makeadminhash", "administer", NULL);
	ck_assert_int_eq(admin_code, EC_OK);
	ck_assert(str_has_prefix(str_c(admin_text), STR("$argon2id$")));
	snprintf(hash, sizeof(hash), "%s\n", admin_text);
	admin_file(hash);
	admin("checkadminpassword", "administer", NULL);
	ck_assert_int_eq(admin_code, EC_OK);
	admin("checkadminpassword", "Administer", NULL);
	ck_assert_int_eq(admin_code, EC_DENIED);
	admin("checkadminpassword", "with\ttab.", NULL);
	ck_assert_int_eq(admin_code, EC_DENIED);
	admin_file_gone();
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		admin_file(bad[i]);
		admin("checkadminpassword", "administer", NULL);
		ck_assert_int_eq(admin_code, EC_CORRUPT);
		admin_file_gone();
	}
	memset(hash, '$', sizeof(hash));
	hash[sizeof(hash) - 1] = '\0';
	admin_file(hash);
	admin("checkadminpassword", "administer", NULL);
	ck_assert_int_eq(admin_code, EC_CORRUPT);
	admin_file_gone();
}
END_TEST

START_TEST(test_admin)
{
	admin("setpassword", "mox", "short");
	ck_assert_int_eq(admin_code, EC_SYNTAX);
	admin("setpassword", "mox", "with\ttab.");
	ck_assert_int_eq(admin_code, EC_SYNTAX);
	admin("setpassword", "nobody", "longenough");
	ck_assert_int_eq(admin_code, EC_NOTFOUND);
	admin("setpassword", "mox", NULL);
	ck_assert_int_eq(admin_code, EC_SYNTAX);
	admin("nonsense", NULL, NULL);
	ck_assert_int_eq(admin_code, EC_NOTFOUND);
	admin("accounts", NULL, NULL);
	ck_assert_int_eq(admin_code, EC_OK);
	ck_assert_ptr_nonnull(strstr(admin_text, "mox created "));
	ck_assert_int_eq(login("mox@localhost", "wrongwrong", "192.0.2.1"), AUTH_BAD);
	ck_assert_int_eq(login("mox@localhost", "wrongwrong", "192.0.2.1"), AUTH_BAD);
	ck_assert_int_eq(login("no\tbody\xff", "x", "192.0.2.1"), AUTH_BAD);
	/* CSI as U+009B */
	ck_assert_int_eq(login("n\xc2\x9b"
			       "2J\xc2\xa0\xe2\x82\x80",
			       "x", "192.0.2.1"),
			 AUTH_BAD);
	admin("loginattempts", "mox", NULL);
	ck_assert_int_eq(admin_code, EC_OK);
	ck_assert_ptr_nonnull(strstr(admin_text, "badpassword account mox login mox@localhost from "
						 "192.0.2.1 imap PLAIN count 2 since "));
	admin("loginattempts", NULL, NULL);
	ck_assert_ptr_nonnull(
		strstr(admin_text, "baduser account - login no?body? from 192.0.2.1"));
	ck_assert_ptr_nonnull(strstr(admin_text, "login n??2J\xc2\xa0\xe2\x82\x80 from"));
}
END_TEST

struct keys_answer {
	bool done;
	enum ec code;
	unsigned char a[32], b[32];
};

static void
on_account_keys(void *arg, const struct err *e, struct ipc_msg *m)
{
	struct keys_answer *k = arg;
	struct msg_auth_account_keys_r r;

	k->done = true;
	k->code = e != NULL ? e->code : EC_OK;
	if (e == NULL) {
		ck_assert(msg_auth_account_keys_r_get(m->body, &r) && r.pubkey.n == 32 &&
			  r.indexkey.n == 32);
		memcpy(k->a, r.pubkey.p, 32);
		memcpy(k->b, r.indexkey.p, 32);
	}
	loop_stop(svc.l);
}

static void
on_log_key(void *arg, const struct err *e, struct ipc_msg *m)
{
	struct keys_answer *k = arg;
	struct msg_auth_log_key_r r;

	k->done = true;
	ck_assert_msg(e == NULL, "%s", e != NULL ? e->msg : "");
	ck_assert(msg_auth_log_key_r_get(m->body, &r) && r.key.n == 32);
	memcpy(k->a, r.key.p, 32);
	loop_stop(svc.l);
}

/* Keys of an account, or with NULL that of the intent log of a worker. */
static struct keys_answer
ask_keys(struct peer *p, const char *account, unsigned worker)
{
	struct keys_answer k = { .done = false };
	struct buf b;

	buf_init(&b, 1000);
	if (account != NULL)
		msg_auth_account_keys_put(&b, &(struct msg_auth_account_keys){ str_c(account) });
	else
		msg_auth_log_key_put(&b, &(struct msg_auth_log_key){ worker });
	ipc_call(svc.l, p->mine, account != NULL ? IPC_AUTH_ACCOUNT_KEYS : IPC_AUTH_LOG_KEY,
		 buf_str(&b), NULL, 0, 0, account != NULL ? on_account_keys : on_log_key, &k);
	while (!k.done)
		loop_run(svc.l);
	buf_done(&b);
	return k;
}

START_TEST(test_deliverd_keys)
{
	struct keys_answer a = ask_keys(&deliverds[0], "mox", 0), b;
	struct answer l;

	ck_assert_int_eq(a.code, EC_OK);
	b = ask_keys(&deliverds[0], "mox", 0);
	ck_assert_mem_eq(a.a, b.a, 32);
	ck_assert_mem_eq(a.b, b.b, 32);
	/* what the reader gets at a login fits */
	login_send(&l, &imapds[0], "mox@localhost", "moxmoxmox", "192.0.2.1", true);
	answer_wait(&l);
	ck_assert_mem_eq(l.r.pubkey.p, a.a, 32);
	buf_done(&l.body);
	b = ask_keys(&deliverds[1], "empty", 0); /* made now */
	ck_assert_int_eq(b.code, EC_OK);
	ck_assert_mem_ne(a.a, b.a, 32);
	ck_assert_int_eq(ask_keys(&deliverds[1], "mox", 0).code, EC_DENIED);
	ck_assert_int_eq(ask_keys(&deliverds[1], "nobody", 0).code, EC_NOTFOUND);
	ck_assert_int_eq(ask_keys(&deliverds[1], "", 0).code, EC_NOTFOUND);
	a = ask_keys(&deliverds[0], NULL, 0);
	b = ask_keys(&deliverds[0], NULL, 1);
	ck_assert_mem_ne(a.a, b.a, 32);
	b = ask_keys(&deliverds[1], NULL,
		     0); /* whose log it takes over when there are fewer workers */
	ck_assert_mem_eq(a.a, b.a, 32);
}
END_TEST

static void
on_queue_keys(void *arg, const struct err *e, struct ipc_msg *m)
{
	struct keys_answer *k = arg;
	struct msg_auth_queue_keys_r r;

	k->done = true;
	ck_assert(e == NULL && msg_auth_queue_keys_r_get(m->body, &r));
	ck_assert(r.queue.n == 32 && r.dkim.n == 32);
	memcpy(k->a, r.queue.p, 32);
	memcpy(k->b, r.dkim.p, 32);
	loop_stop(svc.l);
}

/* The same after a restart, and unlike each other and the others. */
START_TEST(test_queued_keys)
{
	struct keys_answer v[2], log = ask_keys(&deliverds[0], NULL, 0);

	for (int i = 0; i < 2; i++) {
		v[i].done = false;
		ipc_call(svc.l, queued.mine, IPC_AUTH_QUEUE_KEYS, STR_NONE, NULL, 0, 0,
			 on_queue_keys, &v[i]);
		while (!v[i].done)
			loop_run(svc.l);
		keeper_restart();
	}
	ck_assert_mem_eq(v[0].a, v[1].a, 32);
	ck_assert_mem_eq(v[0].b, v[1].b, 32);
	ck_assert_mem_ne(v[0].a, v[0].b, 32);
	ck_assert_mem_ne(v[0].a, log.a, 32);
	ck_assert_mem_ne(v[0].b, log.a, 32);
}
END_TEST

/* submissiond logs in without keys, and hears when the account may not be used any more. */
START_TEST(test_submissiond)
{
	struct answer a;

	login_send(&a, &submitd, "other@localhost", "otherother", "192.0.2.1", false);
	answer_wait(&a);
	ck_assert_uint_eq(a.r.result, AUTH_OK);
	ck_assert_uint_eq(a.r.cap.n + a.r.privkey.n + a.r.pubkey.n, 0);
	ck_assert_uint_eq(ncaps, 0);
	reload("");
	while (nrevoked == 0)
		settle();
	ck_assert_uint_eq(last_revoked, a.r.login_id);
	buf_done(&a.body);
	login_send(&a, &submitd, "mox@localhost", "moxmoxmox", "192.0.2.1", true);
	while (submitd.keeper != NULL || submitd.mine != NULL)
		loop_run(svc.l);
	ck_assert(a.done && a.failed);
}
END_TEST

/* A peer that sends what it may not loses its channel and nothing else happens. */
START_TEST(test_liars)
{
	static const struct {
		enum role role;
		enum ipc_type type;
		const char *body;
		size_t n;
	} rows[] = {
		{ ROLE_IMAPD, IPC_AUTH_LOGIN, "", 0 },
		{ ROLE_IMAPD, IPC_AUTH_LOGIN, "xxxxxxxxxxxxxxxxxxxxxxxx", 24 },
		{ ROLE_IMAPD, IPC_AUTH_ACCOUNT_KEYS, "\3\0\0\0mox", 7 },
		{ ROLE_IMAPD, IPC_AUTH_LOG_KEY, "", 0 },
		{ ROLE_IMAPD, IPC_HASH_VERIFY, "", 0 },
		{ ROLE_IMAPD, IPC_AUTH_QUEUE_KEYS, "", 0 },
		{ ROLE_DELIVERD, IPC_AUTH_QUEUE_KEYS, "", 0 },
		{ ROLE_DELIVERD, IPC_AUTH_SASL, "", 0 },
		{ ROLE_DELIVERD, IPC_AUTH_LOGIN, "", 0 },
		{ ROLE_DELIVERD, IPC_AUTH_LOG_KEY, "x", 1 },
		{ ROLE_DELIVERD, IPC_AUTH_LOG_KEY, "\x40\0\0\0", 4 },
		{ ROLE_DELIVERD, IPC_AUTH_ACCOUNT_KEYS, "\4\0\0\0mox", 7 },
	};
	struct answer a;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct peer *p = peer_find(rows[i].role, 1);

		memset(&a, 0, sizeof(a));
		ipc_call(svc.l, p->mine, rows[i].type, str_mem(rows[i].body, rows[i].n), NULL, 0, 0,
			 on_answer, &a);
		while (p->keeper != NULL || p->mine != NULL)
			loop_run(svc.l);
		ck_assert(a.done && a.failed);
		peer_up(p, rows[i].role, 1);
		ck_assert_int_eq(login("mox@localhost", "moxmoxmox", "192.0.2.1"), AUTH_OK);
	}
}
END_TEST

UNIT_MAIN_AROUND("keeper", setup, teardown, 120, test_ok, test_bad, test_disabled, test_limits,
		 test_parallel, test_queue_full, test_queue_one_login, test_share, test_helpers_die,
		 test_logout, test_deliverd_restart, test_deliverd_refuses, test_keeper_restart,
		 test_caller_dies, test_reload, test_password_change, test_rehash,
		 test_admin_password, test_admin, test_deliverd_keys, test_queued_keys,
		 test_submissiond, test_liars)
