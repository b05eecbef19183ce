/* Stored forms of passwords against the examples of the RFCs. */
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "auth/hash.h"
#include "base/encode.h"
#include "base/mem.h"
#include "crypto/seal.h"
#include "tests/unit/unit.h"

/* Keys and hashes that only have the right length. */
#define K "AAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define H "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define SALT "c29tZXNhbHRzb21lc2FsdA"

static void
init(void)
{
	struct err e = ERR_INIT;

	ck_assert_int_eq(seal_init(&e), 0);
}

static void
hmac(const EVP_MD *md, const unsigned char *key, unsigned n, const char *text, unsigned char *out)
{
	ck_assert_ptr_nonnull(
		HMAC(md, key, (int)n, (const unsigned char *)text, strlen(text), out, NULL));
}

/* The server's checks of RFC 5802 3 with an exchange that an RFC prints. */
START_TEST(test_scram)
{
	/* mechanism, salt, AuthMessage, ClientProof, ServerSignature */
	static const struct {
		enum auth_scram mech;
		const char *salt, *message, *proof, *signature;
	} rows[] = {
		{ AUTH_SCRAM_SHA1, "QSXCR+Q6sek8bf92",
		  "n=user,r=fyko+d2lbbFgONRv9qkxdawL,"
		  "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096,"
		  "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j",
		  "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", "rmF9pqV8S7suAoZWja4dJRkFsKQ=" }, /* RFC 5802 5 */
		{ AUTH_SCRAM_SHA256, "W22ZaJ0SNY7soEsUEjb6gQ==",
		  "n=user,r=rOprNGfwEbeRWgbNEkqO,"
		  "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,"
		  "i=4096,c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
		  "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
		  "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=" }, /* RFC 7677 3 */
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const EVP_MD *md = i == 0 ? EVP_sha1() : EVP_sha256();
		struct auth_scram_cred c = { .mech = rows[i].mech, .iterations = 4096 }, c2;
		unsigned char mac[32], key[32], hash[32];
		struct err e = ERR_INIT;
		struct buf b;

		buf_init(&b, 1024);
		ck_assert_int_eq(enc_get_base64(&b, str_c(rows[i].salt)), 0);
		c.nsalt = (unsigned)b.n;
		memcpy(c.salt, buf_str(&b).p, b.n);
		auth_scram_derive(STR("pencil"), &c);
		hmac(md, c.server_key, c.nkey, rows[i].message, mac);
		buf_reset(&b);
		enc_put_base64(&b, str_mem(mac, c.nkey));
		ck_assert_str_is(buf_str(&b), str_c(rows[i].signature));
		hmac(md, c.stored_key, c.nkey, rows[i].message, mac);
		buf_reset(&b);
		ck_assert_int_eq(enc_get_base64(&b, str_c(rows[i].proof)), 0);
		ck_assert_uint_eq(b.n, c.nkey);
		for (unsigned k = 0; k < c.nkey; k++)
			key[k] = (unsigned char)buf_str(&b).p[k] ^ mac[k];
		ck_assert_int_eq(EVP_Digest(key, c.nkey, hash, NULL, md, NULL), 1);
		ck_assert_mem_eq(hash, c.stored_key, c.nkey);
		buf_reset(&b);
		auth_scram_format(&c, &b);
		memset(&c2, 0, sizeof(c2));
		ck_assert_int_eq(auth_scram_parse(buf_str(&b), &c2, &e), 0);
		ck_assert_mem_eq(&c, &c2, sizeof(c));
		buf_done(&b);
	}
}
END_TEST

START_TEST(test_scram_bad)
{
	static const char *const rows[] = {
		"",
		"SCRAM-SHA-1",
		"SCRAM-MD5$4096:QSXCR+Q6sek8bf92$AAAA:AAAA",
		"SCRAM-SHA-1$4095:QSXCR+Q6sek8bf92$" K ":" K,
		"SCRAM-SHA-1$1000001:QSXCR+Q6sek8bf92$" K ":" K,
		"SCRAM-SHA-1$-1:QSXCR+Q6sek8bf92$" K ":" K,
		"SCRAM-SHA-1$4096:$" K ":" K,
		"SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92$AAAA:" K,
		"SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92$" K,
		"SCRAM-SHA-256$4096:QSXCR+Q6sek8bf92$" K ":" K,
		"SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92$" K ":" K "x",
		"SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92$" K ":" K ":AAAA",
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct auth_scram_cred c;
		struct err e = ERR_INIT;

		ck_assert_msg(auth_scram_parse(str_c(rows[i]), &c, &e) == -1, "row %zu", i);
		ck_assert_int_eq(e.code, EC_CORRUPT);
	}
}
END_TEST

START_TEST(test_cram)
{
	/* password, challenge, response. The first is RFC 2195 2; the others are HMAC-MD5 by
	 * OpenSSL. */
	static const struct {
		const char *password, *challenge, *response;
	} rows[] = {
		{ "tanstaaftanstaaf", "<1896.697170952@postoffice.reston.mci.net>",
		  "b913a602c7eda7a495b4e6e7334d3890" },
		{ "x", "", NULL },
		{ "0123456789012345678901234567890123456789012345678901234567890123", "<a@b>",
		  NULL },
		{ "01234567890123456789012345678901234567890123456789012345678901234", "<a@b>",
		  NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		unsigned char state[AUTH_CRAM_STATE], again[AUTH_CRAM_STATE], got[16], want[16];
		struct err e = ERR_INIT;
		struct buf b;

		auth_cram_derive(str_c(rows[i].password), state);
		auth_cram_response(state, str_c(rows[i].challenge), got);
		hmac(EVP_md5(), (const unsigned char *)rows[i].password,
		     (unsigned)strlen(rows[i].password), rows[i].challenge, want);
		ck_assert_mem_eq(got, want, 16);
		buf_init(&b, 1024);
		enc_put_hex(&b, str_mem(got, 16));
		if (rows[i].response != NULL)
			ck_assert_str_is(buf_str(&b), str_c(rows[i].response));
		buf_reset(&b);
		auth_cram_format(state, &b);
		ck_assert_int_eq(auth_cram_parse(buf_str(&b), again, &e), 0);
		ck_assert_mem_eq(state, again, sizeof(state));
		ck_assert_int_eq(auth_cram_parse(str_from(buf_str(&b), 1), again, &e), -1);
		ck_assert_int_eq(auth_cram_parse(str_sub(buf_str(&b), 0, b.n - 2), again, NULL),
				 -1);
		buf_puts(&b, "00");
		ck_assert_int_eq(auth_cram_parse(buf_str(&b), again, NULL), -1);
		buf_done(&b);
	}
}
END_TEST

START_TEST(test_argon2)
{
	struct err e = ERR_INIT;
	bool match, rehash;
	unsigned char state[AUTH_CRAM_STATE];
	struct auth_scram_cred c;
	struct buf b, dummy, d[3];

	init();
	buf_init(&b, 512);
	buf_init(&dummy, 512);
	for (size_t i = 0; i < ARRAY_LEN(d); i++)
		buf_init(&d[i], 512);
	ck_assert_int_eq(auth_hash_argon2(STR("secret12"), &b, &e), 0);
	ck_assert(str_has_prefix(buf_str(&b), STR("$argon2id$v=19$m=19456,t=2,p=1$")));
	ck_assert_int_eq(auth_hash_verify(STR("secret12"), buf_str(&b), &match, &rehash, &e), 0);
	ck_assert(match && !rehash);
	ck_assert_int_eq(auth_hash_verify(STR("secret13"), buf_str(&b), &match, &rehash, &e), 0);
	ck_assert(!match && !rehash);
	ck_assert_int_eq(auth_hash_verify(STR(""), buf_str(&b), &match, &rehash, &e), 0);
	ck_assert(!match);
	/* the dummy has the same cost and the same form, and no password */
	auth_hash_dummy(&dummy, &d[0], &d[1], &d[2]);
	ck_assert_uint_eq(dummy.n, b.n);
	ck_assert(str_has_prefix(buf_str(&dummy), str_sub(buf_str(&b), 0, 31)));
	ck_assert_int_eq(auth_hash_verify(STR("-"), buf_str(&dummy), &match, &rehash, &e), 0);
	ck_assert(!match && !rehash);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(auth_scram_parse(buf_str(&d[i]), &c, &e), 0);
		ck_assert_int_eq(c.mech, i == 0 ? AUTH_SCRAM_SHA1 : AUTH_SCRAM_SHA256);
		ck_assert_uint_eq(c.iterations, AUTH_SCRAM_ITER);
		ck_assert_uint_eq(c.nsalt, AUTH_SCRAM_SALT);
	}
	ck_assert_int_eq(auth_cram_parse(buf_str(&d[2]), state, &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(d); i++)
		buf_done(&d[i]);
	/* made elsewhere, with 4 MiB: right, and to be made anew */
	ck_assert_int_eq(
		auth_hash_verify(STR("password"),
				 STR("$argon2id$v=19$m=4096,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$"
				     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
				 &match, &rehash, &e),
		0);
	ck_assert(!match && rehash);
	buf_done(&b);
	buf_done(&dummy);
}
END_TEST

START_TEST(test_argon2_bad)
{
	static const char *const rows[] = {
		"",
		"x",
		"$argon2i$v=19$m=19456,t=2,p=1$" SALT "$" H,
		"$argon2id$v=16$m=19456,t=2,p=1$" SALT "$" H,
		"$argon2id$v=19$m=4194304,t=2,p=1$" SALT "$" H,
		"$argon2id$v=19$m=19456,t=4000000000,p=1$" SALT "$" H,
		"$argon2id$v=19$m=19456,t=2,p=200$" SALT "$" H,
		"$argon2id$v=19$m=0,t=2,p=1$" SALT "$" H,
		"$argon2id$v=19$m=19456,t=2,p=1$$" H,
		"$argon2id$v=19$m=19456,t=2,p=1$" SALT "$",
		"$argon2id$v=19$m=19456,t=2,p=1$" SALT,
		"$2b$12$abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz012",
	};

	init();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = ERR_INIT;
		bool match = true, rehash;

		ck_assert_msg(auth_hash_verify(STR("x"), str_c(rows[i]), &match, &rehash, &e) == -1,
			      "row %zu", i);
		ck_assert_int_eq(e.code, EC_CORRUPT);
	}
}
END_TEST

START_TEST(test_make)
{
	struct auth_scram_cred c, again;
	unsigned char state[AUTH_CRAM_STATE], state2[AUTH_CRAM_STATE];
	struct err e = ERR_INIT;
	bool match, rehash;
	struct buf b[4];

	init();
	for (size_t i = 0; i < 4; i++)
		buf_init(&b[i], 512);
	ck_assert_int_eq(auth_hash_make(STR("moxmoxmox"), &b[0], &b[1], &b[2], &b[3], &e), 0);
	ck_assert_int_eq(auth_hash_verify(STR("moxmoxmox"), buf_str(&b[0]), &match, &rehash, &e),
			 0);
	ck_assert(match && !rehash);
	for (size_t i = 1; i <= 2; i++) {
		ck_assert_int_eq(auth_scram_parse(buf_str(&b[i]), &c, &e), 0);
		ck_assert_int_eq(c.mech, i == 1 ? AUTH_SCRAM_SHA1 : AUTH_SCRAM_SHA256);
		ck_assert_uint_ge(c.iterations, i == 1 ? 8192 : 4096);
		again = c;
		memset(again.stored_key, 0, sizeof(again.stored_key));
		auth_scram_derive(STR("moxmoxmox"), &again);
		ck_assert_mem_eq(&c, &again, sizeof(c));
	}
	ck_assert_int_eq(auth_cram_parse(buf_str(&b[3]), state, &e), 0);
	auth_cram_derive(STR("moxmoxmox"), state2);
	ck_assert_mem_eq(state, state2, sizeof(state));
	for (size_t i = 0; i < 4; i++)
		buf_done(&b[i]);
}
END_TEST

UNIT_MAIN("hash", test_scram, test_scram_bad, test_cram, test_argon2, test_argon2_bad, test_make)
