/* Keys: what is taken and refused, records, keys at rest. */
#include "dkim/key.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/limits.h"
#include "base/mem.h"
#include "crypto/seal.h"
#include "keys.h"

static void
refused(struct str pem, const char *why)
{
	struct err e = ERR_INIT;

	ck_assert_ptr_null(dk_key_parse(pem, &e));
	ck_assert_int_eq(e.code, EC_SYNTAX);
	ck_assert_msg(strstr(e.msg, why) != NULL, "%s", e.msg);
}

static void
make(unsigned bits, struct buf *pem)
{
	struct err e = ERR_INIT;

	buf_init(pem, LIM_DKIM_KEY);
	ck_assert_int_eq(dk_key_make(bits, pem, &e), 0);
}

START_TEST(test_forms)
{
	struct buf b;
	struct dk_key *k;

	k = parse(ed25519_pem);
	ck_assert(dk_key_is_ed25519(k));
	dk_key_free(&k);
	ck_assert_ptr_null(k);
	dk_key_free(&k);
	/* mox's files have a note; others have text around the block, or CRLF. */
	k = parse("-----BEGIN PRIVATE KEY-----\nNote: ed25519 private key for DKIM\n\n"
		  "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
		  "-----END PRIVATE KEY-----\n");
	dk_key_free(&k);
	k = parse("a comment\r\n-----BEGIN PRIVATE KEY-----\r\n"
		  "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK\r\n9JLsLMREScVpezJpGXA7rAMcrn9g\r\n"
		  "-----END PRIVATE KEY-----\r\nmore");
	dk_key_free(&k);
	make(1024, &b);
	k = parse(buf_c(&b));
	ck_assert(!dk_key_is_ed25519(k));
	dk_key_free(&k);
	buf_done(&b);
}
END_TEST

/* PEM of a key of another kind; `pkcs1` for RSA. */
static void
put_other(EVP_PKEY *pkey, bool pkcs1, bool password, struct buf *out)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *p;
	long n;

	buf_init(out, 65536);
	if (pkcs1)
		ck_assert_int_eq(
			PEM_write_bio_PrivateKey_traditional(bio, pkey, NULL, NULL, 0, NULL, NULL),
			1);
	else
		ck_assert_int_eq(PEM_write_bio_PKCS8PrivateKey(
					 bio, pkey, password ? EVP_aes_128_cbc() : NULL,
					 password ? "secret" : NULL, password ? 6 : 0, NULL, NULL),
				 1);
	n = BIO_get_mem_data(bio, &p);
	buf_put(out, p, (size_t)n);
	BIO_free(bio);
	EVP_PKEY_free(pkey);
}

START_TEST(test_refused)
{
	struct dk_key *k;
	struct buf b;

	refused(STR(""), "PEM");
	refused(STR("hello"), "PEM");
	refused(STR("-----BEGIN PRIVATE KEY-----\n"), "PEM");
	refused(STR("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"), "PEM");
	refused(STR("-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----\n"), "PEM");
	refused(STR("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
		"not of a private key");
	refused(STR("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"), "PEM");
	put_other(EVP_EC_gen("P-256"), false, false, &b);
	refused(buf_str(&b), "neither an RSA nor an Ed25519 key");
	buf_done(&b);
	put_other(EVP_RSA_gen(512), false, false, &b);
	refused(buf_str(&b), "RSA key of 512 bits, needs 1024 to 4096");
	buf_done(&b);
	put_other(EVP_RSA_gen(1024), false, true, &b);
	refused(buf_str(&b), "password");
	buf_done(&b);
	put_other(EVP_RSA_gen(1024), true, false, &b);
	ck_assert(str_find(buf_str(&b), STR("RSA PRIVATE KEY")) >= 0);
	k = parse(buf_c(&b));
	dk_key_free(&k);
	buf_done(&b);
}
END_TEST

START_TEST(test_txt)
{
	struct err e = ERR_INIT;
	struct dk_key *k = parse(ed25519_pem);
	struct buf b, pem;

	buf_init(&b, LIM_DKIM_KEY);
	ck_assert_int_eq(dk_key_txt(k, &b, &e), 0);
	/* RFC 8463 A.2 */
	ck_assert_str_is(buf_str(&b), STR("v=DKIM1;h=sha256;k=ed25519;"
					  "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="));
	dk_key_free(&k);
	make(2048, &pem);
	k = parse(buf_c(&pem));
	buf_reset(&b);
	ck_assert_int_eq(dk_key_txt(k, &b, &e), 0);
	ck_assert(str_has_prefix(buf_str(&b), STR("v=DKIM1;h=sha256;k=rsa;"
						  "p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A")));
	dk_key_free(&k);
	buf_done(&pem);
	buf_done(&b);
}
END_TEST

static void
not_opened(struct str text, const unsigned char key[32])
{
	struct err e = ERR_INIT;
	bool plain;

	ck_assert_ptr_null(dk_key_open(text, key, &plain, &e));
	ck_assert_int_eq(e.code, EC_CORRUPT);
	ck_assert(!plain);
}

START_TEST(test_sealed)
{
	unsigned char key[32] = { 1 }, other[32] = { 2 };
	struct err e = ERR_INIT;
	struct buf out, txt;
	struct dk_key *k;
	bool plain = false;

	ck_assert_int_eq(seal_init(&e), 0);
	buf_init(&out, 2 * LIM_DKIM_KEY);
	buf_init(&txt, LIM_DKIM_KEY);
	k = dk_key_open(str_c(ed25519_pem), key, &plain, &e);
	ck_assert(k != NULL && plain);
	dk_key_free(&k);
	ck_assert(!dk_key_is_sealed(str_c(ed25519_pem)));

	ck_assert_int_eq(dk_key_seal(str_c(ed25519_pem), key, &out, &e), 0);
	ck_assert(dk_key_is_sealed(buf_str(&out)));
	ck_assert_int_lt(str_find(buf_str(&out), STR("MC4CAQAwBQYDK2Vw")), 0);
	k = dk_key_open(buf_str(&out), key, &plain, &e);
	ck_assert(k != NULL && !plain && dk_key_is_ed25519(k));
	dk_key_free(&k);
	/* The public half stays to be read. */
	ck_assert_int_eq(dk_text_txt(buf_str(&out), &txt, &e), 0);
	ck_assert_str_is(buf_str(&txt), STR("v=DKIM1;h=sha256;k=ed25519;"
					    "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="));
	buf_reset(&txt);
	ck_assert_int_eq(dk_text_txt(str_c(ed25519_pem), &txt, &e), 0);

	not_opened(buf_str(&out), other);
	for (size_t n = 19; n + 1 < out.n; n++)
		not_opened(str_sub(buf_str(&out), 0, n), key);
	out.p[out.n - 10] ^= 1;
	not_opened(buf_str(&out), key);
	ck_assert_int_lt(dk_text_txt(STR("mox sealed DKIM key\n"), &txt, &e), 0);
	/* Nothing but keys is sealed. */
	err_clear(&e);
	ck_assert_int_lt(dk_key_seal(STR("hello"), key, &out, &e), 0);
	ck_assert_int_eq(e.code, EC_SYNTAX);
	buf_done(&out);
	buf_done(&txt);
}
END_TEST

UNIT_MAIN("key", test_forms, test_refused, test_txt, test_sealed)
