/* The pieces of imapd that need no connection: the vault, sets on the wire. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "crypto/seal.h"
#include "imapd.h"

START_TEST(vault_slots)
{
	struct vault *v = vault_new();
	unsigned char secret[32];
	unsigned slot[300], again;

	for (unsigned i = 0; i < ARRAY_LEN(slot); i++) {
		memset(secret, (int)(i % 251), sizeof(secret));
		slot[i] = vault_put(v, secret);
		ck_assert_uint_ne(slot[i], 0);
	}
	for (unsigned i = 0; i < ARRAY_LEN(slot); i++) {
		memset(secret, (int)(i % 251), sizeof(secret));
		ck_assert_mem_eq(vault_get(v, slot[i]), secret, sizeof(secret));
	}
	again = slot[7];
	vault_drop(v, &slot[7]);
	ck_assert_uint_eq(slot[7], 0);
	vault_drop(v, &slot[7]);
	memset(secret, 0, sizeof(secret));
	ck_assert_mem_eq(vault_get(v, again), secret, sizeof(secret)); /* wiped */
	memset(secret, 0xee, sizeof(secret));
	ck_assert_uint_eq(vault_put(v, secret), again);
	vault_free(&v);
	vault_free(&v);
}
END_TEST

/* Small sets travel in the field, large ones in a sealed memfd; both come back as they were. */
static void
round_trip(unsigned n, bool in_fd)
{
	struct imap_range *r = mem_zalloc(n + 1, sizeof(*r));
	struct imap_set s = { .v = r, .n = n }, back;
	struct buf field, out;
	struct err e = ERR_INIT;
	uint64_t size;
	int fd;

	for (unsigned i = 0; i < n; i++)
		r[i] = (struct imap_range){ 3 * i + 1, 3 * i + 1 + i % 2 };
	buf_init(&field, LIM_SET_INLINE);
	buf_init(&out, SIZE_MAX / 2);
	ck_assert_int_eq(set_pack(&s, &field, &fd, &e), 0);
	ck_assert_int_eq(fd >= 0, in_fd);
	ck_assert(in_fd ? field.n == 0 : field.n == 8 * (size_t)n);
	ck_assert(!in_fd || ipc_fd_is_message(fd, false, &size));
	ck_assert_int_eq(set_unpack(buf_str(&field), fd, &out, &e), 0);
	back = imap_ranges_set(&out);
	ck_assert_uint_eq(back.n, n);
	ck_assert(n == 0 || memcmp(back.v, r, n * sizeof(*r)) == 0);
	if (fd >= 0)
		close(fd);
	buf_done(&field);
	buf_done(&out);
	mem_free(r);
}

START_TEST(sets)
{
	round_trip(0, false);
	round_trip(1, false);
	round_trip(LIM_SET_INLINE / 8, false);
	round_trip(LIM_SET_INLINE / 8 + 1, true);
	round_trip(100000, true);
}
END_TEST

START_TEST(bad_sets)
{
	static const struct str bad[] = { STR("\1\0\0\0\2\0\0"), STR("\2\0\0\0\1\0\0\0"),
					  STR("\0\0\0\0\1\0\0\0"),
					  STR("\1\0\0\0\5\0\0\0\5\0\0\0\6\0\0\0") };
	struct err e = ERR_INIT;
	struct buf out;
	FILE *f = tmpfile();

	buf_init(&out, 1000);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ck_assert_int_eq(set_unpack(bad[i], -1, &out, &e), -1);
	/* A descriptor that is not a sealed memfd, and one beside a field. */
	ck_assert_int_eq(set_unpack(STR(""), fileno(f), &out, &e), -1);
	ck_assert_int_eq(set_unpack(STR("\1\0\0\0\1\0\0\0"), fileno(f), &out, &e), -1);
	fclose(f);
	buf_done(&out);
}
END_TEST

START_TEST(keywords)
{
	struct str kw[] = { STR("a"), STR("Foo") };
	struct imap_flags f = { .kw = kw, .nkw = 2 };
	struct buf b;

	buf_init(&b, 100);
	keywords_pack(&f, &b);
	ck_assert_uint_eq(b.n, 12);
	ck_assert_mem_eq(buf_str(&b).p, "\1\0\0\0a\3\0\0\0Foo", 12);
	buf_done(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("imapd");
	TCase *t = tcase_create("parts");
	SRunner *r = srunner_create(s);
	struct err e = ERR_INIT;
	int failed;

	if (seal_init(&e) != 0)
		return EXIT_FAILURE;
	tcase_add_test(t, vault_slots);
	tcase_add_test(t, sets);
	tcase_add_test(t, bad_sets);
	tcase_add_test(t, keywords);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
