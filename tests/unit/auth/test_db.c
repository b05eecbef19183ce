/* The master key's derivations and auth.db in a folder of its own. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "auth/auth.h"
#include "base/mem.h"
#include "tests/unit/unit.h"

static char dir[] = "/tmp/mox-auth-XXXXXX";
static int dirfd_ = -1;

static void
setup(void)
{
	struct err e = ERR_INIT;

	memcpy(strrchr(dir, '-') + 1, "XXXXXX", 6);
	ck_assert_int_eq(seal_init(&e), 0);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	dirfd_ = open(dir, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(dirfd_, 0);
}

static void
teardown(void)
{
	static const char *const files[] = { "auth.db", "auth.db-wal", "auth.db-shm" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		unlinkat(dirfd_, files[i], 0);
	close(dirfd_);
	rmdir(dir);
}

static struct auth_root *
root_new(char c)
{
	char key[32];

	memset(key, c, sizeof(key));
	return auth_root_new(str_mem(key, sizeof(key)));
}

static struct auth_db *
open_db(const struct auth_root *r)
{
	struct err e = ERR_INIT;
	struct auth_db *db = auth_db_open(dirfd_, r, &e);

	ck_assert_msg(db != NULL, "%s", e.msg);
	return db;
}

START_TEST(test_root)
{
	struct auth_root *r = root_new('a'), *other = root_new('b');
	unsigned char k0[32], k1[32], o0[32];
	struct err e = ERR_INIT;
	struct buf w, p;

	auth_root_log_key(r, 0, k0);
	auth_root_log_key(r, 1, k1);
	auth_root_log_key(other, 0, o0);
	ck_assert_mem_ne(k0, k1, 32);
	ck_assert_mem_ne(k0, o0, 32);
	auth_root_log_key(r, 0, k1);
	ck_assert_mem_eq(k0, k1, 32);
	buf_init(&w, 1024);
	buf_init(&p, 1024);
	auth_root_wrap(r, "priv", STR("mox"), STR("secret"), &w);
	ck_assert_int_eq(auth_root_unwrap(r, "priv", STR("mox"), buf_str(&w), &p, &e), 0);
	ck_assert_str_is(buf_str(&p), STR("secret"));
	/* another account, column or master key; a changed bit; a cut */
	ck_assert_int_eq(auth_root_unwrap(r, "priv", STR("mox2"), buf_str(&w), &p, &e), -1);
	ck_assert_int_eq(e.code, EC_CORRUPT);
	ck_assert_int_eq(auth_root_unwrap(r, "index", STR("mox"), buf_str(&w), &p, NULL), -1);
	ck_assert_int_eq(auth_root_unwrap(other, "priv", STR("mox"), buf_str(&w), &p, NULL), -1);
	for (size_t i = 0; i < w.n; i++) {
		w.p[w.off + i] ^= 1;
		ck_assert_int_eq(auth_root_unwrap(r, "priv", STR("mox"), buf_str(&w), &p, NULL),
				 -1);
		w.p[w.off + i] ^= 1;
		ck_assert_int_eq(auth_root_unwrap(r, "priv", STR("mox"), str_sub(buf_str(&w), 0, i),
						  &p, NULL),
				 -1);
	}
	buf_done(&w);
	buf_done(&p);
	auth_root_free(&r);
	auth_root_free(&other);
}
END_TEST

START_TEST(test_keys)
{
	struct auth_root *r = root_new('a');
	struct auth_db *db = open_db(r);
	unsigned char pub[32], index[32], pub2[32], index2[32];
	struct secret *priv = NULL;
	struct err e = ERR_INIT;
	struct buf box, plain;

	ck_assert_int_eq(auth_db_keys(db, STR("mox"), false, 1, pub, index, &e), -1);
	ck_assert_int_eq(e.code, EC_NOTFOUND);
	err_clear(&e);
	ck_assert_int_eq(auth_db_private(db, STR("mox"), pub, &priv, &e), -1);
	ck_assert_int_eq(e.code, EC_NOTFOUND);
	err_clear(&e);
	ck_assert_int_eq(auth_db_keys(db, STR("mox"), true, 1, pub, index, &e), 0);
	ck_assert_int_eq(auth_db_keys(db, STR("other"), true, 1, pub2, index2, &e), 0);
	ck_assert_mem_ne(pub, pub2, 32);
	ck_assert_mem_ne(index, index2, 32);
	/* the same after a restart */
	auth_db_close(&db);
	db = open_db(r);
	ck_assert_int_eq(auth_db_keys(db, STR("mox"), true, 1, pub2, index2, &e), 0);
	ck_assert_mem_eq(pub, pub2, 32);
	ck_assert_mem_eq(index, index2, 32);
	ck_assert_int_eq(auth_db_private(db, STR("mox"), pub2, &priv, &e), 0);
	ck_assert_mem_eq(pub, pub2, 32);
	buf_init(&box, 1024);
	buf_init(&plain, 1024);
	seal_box(pub, STR("mail"), &box);
	ck_assert_int_eq(seal_box_open(pub, secret_p(priv), buf_str(&box), &plain, &e), 0);
	ck_assert_str_is(buf_str(&plain), STR("mail"));
	secret_free(&priv);
	buf_done(&box);
	buf_done(&plain);
	auth_db_close(&db);
	auth_root_free(&r);
}
END_TEST

START_TEST(test_other_master)
{
	struct auth_root *r = root_new('a'), *other = root_new('b');
	struct auth_db *db = open_db(r);
	struct err e = ERR_INIT;

	auth_db_close(&db);
	ck_assert_ptr_null(auth_db_open(dirfd_, other, &e));
	ck_assert_int_eq(e.code, EC_DENIED);
	db = open_db(r);
	auth_db_close(&db);
	auth_root_free(&r);
	auth_root_free(&other);
}
END_TEST

START_TEST(test_password)
{
	static const struct auth_forms forms = { STR("$argon2id$one"), STR("SCRAM-SHA-1$x"),
						 STR("SCRAM-SHA-256$x"), STR("CRAM-MD5$x") };
	static const struct auth_forms fewer = { .argon2 = STR("$argon2id$two") };
	struct auth_root *r = root_new('a');
	struct auth_db *db = open_db(r);
	unsigned char pub[32], pub2[32], index[32];
	int64_t v1 = 0, v2 = 0;
	struct err e = ERR_INIT;
	struct buf b;

	buf_init(&b, 1024);
	ck_assert_int_eq(auth_db_password(db, STR("mox"), &b, &v1, &e), -1);
	ck_assert_int_eq(e.code, EC_NOTFOUND);
	err_clear(&e);
	ck_assert_int_eq(auth_db_keys(db, STR("mox"), true, 5, pub, index, &e), 0);
	ck_assert_int_eq(auth_db_password(db, STR("mox"), &b, &v1, &e), -1);
	ck_assert_int_eq(e.code, EC_NOTFOUND);
	err_clear(&e);
	ck_assert_int_eq(auth_db_password_set(db, STR("mox"), &forms, 6, &e), 0);
	ck_assert_int_eq(auth_db_password_set(db, STR("new"), &forms, 6, &e), 0);
	auth_db_close(&db);
	db = open_db(r);
	ck_assert_int_eq(auth_db_keys(db, STR("mox"), false, 7, pub2, index, &e), 0);
	ck_assert_mem_eq(pub, pub2, 32); /* a password changes no key */
	ck_assert_int_eq(auth_db_keys(db, STR("new"), false, 7, pub2, index, &e), 0);
	ck_assert_int_eq(auth_db_password(db, STR("mox"), &b, &v1, &e), 0);
	ck_assert_str_is(buf_str(&b), STR("$argon2id$one"));
	buf_reset(&b);
	ck_assert_int_eq(auth_db_form(db, STR("mox"), "scram_sha256", &b, &v2, &e), 0);
	ck_assert_str_is(buf_str(&b), STR("SCRAM-SHA-256$x"));
	buf_reset(&b);
	ck_assert_int_eq(auth_db_form(db, STR("mox"), "scram_sha1", &b, &v2, &e), 0);
	ck_assert_int_eq(auth_db_form(db, STR("mox"), "cram_md5", &b, &v2, &e), 0);
	ck_assert_str_is(buf_str(&b), STR("SCRAM-SHA-1$xCRAM-MD5$x"));
	buf_reset(&b);
	ck_assert_int_eq(auth_db_password_set(db, STR("mox"), &fewer, 6, &e), 0);
	ck_assert_int_eq(auth_db_password(db, STR("mox"), &b, &v2, &e), 0);
	ck_assert_str_is(buf_str(&b), STR("$argon2id$two"));
	ck_assert(v1 != v2);
	ck_assert_int_eq(auth_db_form(db, STR("mox"), "cram_md5", &b, &v2, &e), -1);
	ck_assert_int_eq(e.code, EC_NOTFOUND);
	err_clear(&e);
	buf_done(&b);
	auth_db_close(&db);
	auth_root_free(&r);
}
END_TEST

/* Nothing that opens something is in the files. */
START_TEST(test_ciphertext)
{
	static const struct auth_forms forms = { STR("$argon2id$needle"), STR("SCRAM-SHA-1$needle"),
						 STR("SCRAM-SHA-256$needle"),
						 STR("CRAM-MD5$needle") };
	static const char *const files[] = { "auth.db", "auth.db-wal" };
	struct auth_root *r = root_new('a');
	struct auth_db *db = open_db(r);
	unsigned char pub[32], index[32];
	struct secret *priv;
	struct err e = ERR_INIT;
	size_t total = 0;

	ck_assert_int_eq(auth_db_password_set(db, STR("mox"), &forms, 6, &e), 0);
	ck_assert_int_eq(auth_db_private(db, STR("mox"), pub, &priv, &e), 0);
	ck_assert_int_eq(auth_db_keys(db, STR("mox"), false, 6, pub, index, &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		static char text[1 << 20];
		int fd = openat(dirfd_, files[i], O_RDONLY | O_CLOEXEC);
		ssize_t n;

		if (fd < 0)
			continue;
		n = read(fd, text, sizeof(text));
		ck_assert_int_ge(n, 0);
		total += (size_t)n;
		ck_assert_int_eq(str_find(str_mem(text, (size_t)n), STR("needle")), -1);
		ck_assert_int_eq(str_find(str_mem(text, (size_t)n), STR("argon2id")), -1);
		ck_assert_int_eq(str_find(str_mem(text, (size_t)n), str_mem(secret_p(priv), 32)),
				 -1);
		ck_assert_int_eq(str_find(str_mem(text, (size_t)n), str_mem(index, 32)), -1);
		close(fd);
	}
	ck_assert_uint_gt(total, 0);
	secret_free(&priv);
	auth_db_close(&db);
	auth_root_free(&r);
}
END_TEST

struct seen {
	unsigned n;
	int64_t count, first, last;
	char login[64];
};

static void
on_attempt(void *arg, const struct auth_attempt *a)
{
	struct seen *s = arg;

	if (s->n++ > 0)
		return;
	s->count = a->count;
	s->first = a->first;
	s->last = a->last;
	ck_assert_int_eq(str_to_c(a->login, s->login, sizeof(s->login)), 0);
}

static struct seen
attempts(struct auth_db *db, const char *account)
{
	struct err e = ERR_INIT;
	struct seen s = { .n = 0 };

	ck_assert_int_eq(auth_db_attempts(db, str_c(account), 1000000, on_attempt, &s, &e), 0);
	return s;
}

START_TEST(test_attempts)
{
	struct auth_root *r = root_new('a');
	struct auth_db *db = open_db(r);
	struct auth_attempt a = { STR("mox"),
				  STR("mox@localhost"),
				  STR("127.0.0.1"),
				  STR("imap"),
				  STR("PLAIN"),
				  STR("ok"),
				  100,
				  100,
				  1 },
			    *many;
	struct err e = ERR_INIT;
	struct seen s;
	char login[64];

	ck_assert_int_eq(auth_db_attempts_add(db, &a, 1, &e), 0);
	a.first = a.last = 200;
	a.count = 3;
	ck_assert_int_eq(auth_db_attempts_add(db, &a, 1, &e), 0);
	s = attempts(db, "mox");
	ck_assert_uint_eq(s.n, 1);
	ck_assert_int_eq(s.count, 4);
	ck_assert_int_eq(s.first, 100);
	ck_assert_int_eq(s.last, 200);
	a.account = STR("-");
	a.last = 300;
	ck_assert_int_eq(auth_db_attempts_add(db, &a, 1, &e), 0);
	ck_assert_uint_eq(attempts(db, "").n, 2);
	ck_assert_int_eq(auth_db_attempts_trim(db, 250, &e), 0);
	ck_assert_uint_eq(attempts(db, "mox").n, 0);
	ck_assert_uint_eq(attempts(db, "").n, 1);
	/* no account gets more than its share, and the latest stay */
	many = mem_zalloc(LIM_ATTEMPTS + 50, sizeof(*many));
	for (int i = 0; i < LIM_ATTEMPTS + 50; i++) {
		snprintf(login, sizeof(login), "user%06d", i);
		many[i] = a;
		many[i].account = i == 7 ? STR("other") : STR("many");
		many[i].login = str_c(mem_cstr(login));
		many[i].last = 1000 + i;
	}
	ck_assert_int_eq(auth_db_attempts_add(db, many, LIM_ATTEMPTS + 50, &e), 0);
	s = attempts(db, "many");
	ck_assert_uint_eq(s.n, LIM_ATTEMPTS);
	ck_assert_str_eq(s.login, login);
	ck_assert_uint_eq(attempts(db, "other").n, 1);
	for (int i = 0; i < LIM_ATTEMPTS + 50; i++)
		mem_free((void *)(uintptr_t)many[i].login.p);
	mem_free(many);
	auth_db_close(&db);
	auth_root_free(&r);
}
END_TEST

static void
on_account(void *arg, const struct auth_account *a)
{
	buf_printf(arg, STR_FMT " %lld %lld\n", STR_ARG(a->name), (long long)a->created,
		   (long long)a->changed);
}

START_TEST(test_accounts)
{
	static const struct auth_forms forms = { .argon2 = STR("x") };
	struct auth_root *r = root_new('a');
	struct auth_db *db = open_db(r);
	unsigned char pub[32], index[32];
	struct err e = ERR_INIT;
	struct buf b;

	ck_assert_int_eq(auth_db_keys(db, STR("b"), true, 5, pub, index, &e), 0);
	ck_assert_int_eq(auth_db_password_set(db, STR("a"), &forms, 6, &e), 0);
	buf_init(&b, 1024);
	ck_assert_int_eq(auth_db_accounts(db, on_account, &b, &e), 0);
	ck_assert_str_is(buf_str(&b), STR("a 6 6\nb 5 0\n"));
	buf_done(&b);
	auth_db_close(&db);
	auth_root_free(&r);
}
END_TEST

UNIT_MAIN_AROUND("auth db", setup, teardown, 60, test_root, test_keys, test_other_master,
		 test_password, test_ciphertext, test_attempts, test_accounts)
