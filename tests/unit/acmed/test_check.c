/* What the key role signs and what not. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "acmed.h"
#include "base/mem.h"
#include "base/wire.h"
#include "crypto/seal.h"
#include "tests/unit/unit.h"

static void
put_n(struct buf *b, int c, size_t n)
{
	while (n-- > 0)
		buf_putc(b, (char)c);
}

/* TLS 1.3 CertificateVerify content with `pad` spaces, this context, and a hash of n bytes. */
static void
make13(struct buf *b, size_t pad, const char *context, size_t n)
{
	buf_reset(b);
	put_n(b, ' ', pad);
	buf_puts(b, context);
	buf_putc(b, '\0');
	put_n(b, 0xaa, n);
}

/* TLS 1.2 signed parameters: `randoms` bytes, curve type, group, a point of n bytes that begins
 * with `first`, `extra` bytes behind. */
static void
make12(struct buf *b, size_t randoms, unsigned type, unsigned group, unsigned first, size_t n,
       size_t extra)
{
	buf_reset(b);
	put_n(b, 'r', randoms);
	buf_putc(b, (char)type);
	buf_putc(b, (char)(group >> 8));
	buf_putc(b, (char)group);
	buf_putc(b, (char)n);
	if (n > 0)
		buf_putc(b, (char)first);
	put_n(b, 'p', n > 0 ? n - 1 : 0);
	put_n(b, 'x', extra);
}

#define SERVER13 "TLS 1.3, server CertificateVerify"

START_TEST(test_tls13)
{
	/* spaces, context, bytes of hash, signed? */
	static const struct {
		size_t pad;
		const char *context;
		size_t hash;
		enum check want;
	} rows[] = {
		{ 64, SERVER13, 32, CHECK_TLS13 },
		{ 64, SERVER13, 48, CHECK_TLS13 },
		{ 64, SERVER13, 0, CHECK_BAD },
		{ 64, SERVER13, 20, CHECK_BAD },
		{ 64, SERVER13, 31, CHECK_BAD },
		{ 64, SERVER13, 33, CHECK_BAD },
		{ 64, SERVER13, 64, CHECK_BAD },
		{ 63, SERVER13, 32, CHECK_BAD },
		{ 65, SERVER13, 32, CHECK_BAD },
		{ 64, "TLS 1.3, client CertificateVerify", 32, CHECK_BAD },
		{ 64, "TLS 1.3, server CertificateVerif", 32, CHECK_BAD },
		{ 64, "TLS 1.3, server CertificateVerify ", 32, CHECK_BAD },
		{ 64, "", 32, CHECK_BAD },
	};
	struct buf b;

	buf_init(&b, 1000);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		make13(&b, rows[i].pad, rows[i].context, rows[i].hash);
		ck_assert_msg(check_data(buf_str(&b)) == rows[i].want, "row %zu", i);
	}
	buf_done(&b);
}
END_TEST

START_TEST(test_tls12)
{
	/* randoms, curve type, group, first byte, bytes of the point, bytes behind, signed? */
	static const struct {
		size_t randoms;
		unsigned type, group, first;
		size_t n, extra;
		enum check want;
	} rows[] = {
		{ 64, 3, 23, 4, 65, 0, CHECK_TLS12 },
		{ 64, 3, 24, 4, 97, 0, CHECK_TLS12 },
		{ 64, 3, 25, 4, 133, 0, CHECK_TLS12 },
		{ 64, 3, 29, 9, 32, 0, CHECK_TLS12 },
		{ 64, 3, 30, 9, 56, 0, CHECK_TLS12 },
		{ 64, 3, 23, 2, 65, 0, CHECK_BAD }, /* compressed */
		{ 64, 3, 23, 4, 33, 0, CHECK_BAD },
		{ 64, 3, 23, 4, 97, 0, CHECK_BAD }, /* the size of another group */
		{ 64, 3, 29, 9, 33, 0, CHECK_BAD },
		{ 64, 3, 29, 9, 0, 0, CHECK_BAD },
		{ 64, 3, 29, 9, 32, 1, CHECK_BAD },
		{ 63, 3, 29, 9, 32, 0, CHECK_BAD },
		{ 65, 3, 29, 9, 32, 0, CHECK_BAD },
		{ 64, 1, 29, 9, 32, 0, CHECK_BAD }, /* explicit curves */
		{ 64, 2, 29, 9, 32, 0, CHECK_BAD },
		{ 64, 3, 22, 4, 65, 0, CHECK_BAD },  /* secp256k1 */
		{ 64, 3, 256, 9, 32, 0, CHECK_BAD }, /* ffdhe2048 */
		{ 64, 3, 23 << 8, 4, 65, 0, CHECK_BAD },
		{ 0, 3, 29, 9, 32, 0, CHECK_BAD },
	};
	struct buf b;

	buf_init(&b, 1000);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		make12(&b, rows[i].randoms, rows[i].type, rows[i].group, rows[i].first, rows[i].n,
		       rows[i].extra);
		ck_assert_msg(check_data(buf_str(&b)) == rows[i].want, "row %zu", i);
	}
	buf_done(&b);
}
END_TEST

/* Things that a signature would be good for elsewhere. */
START_TEST(test_other)
{
	static const char *const rows[] = {
		"",
		" ",
		"\0\0\0\0",
		"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0",		   /* a JWS */
		"from:to:subject:date\r\nfrom: a@example.org\r\n", /* DKIM */
		"0\x82\x03\x01\x30\x82\x02\x01",		   /* a certificate */
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ck_assert_int_eq(check_data(str_c(rows[i])), CHECK_BAD);
	ck_assert_int_eq(check_data(STR_NONE), CHECK_BAD);
}
END_TEST

/* Each byte of what is not hash, random or point counts, and so does the length. */
START_TEST(test_mutated)
{
	struct buf b;

	buf_init(&b, 1000);
	for (int v = 0; v < 2; v++) {
		size_t n;

		if (v == 0)
			make13(&b, 64, SERVER13, 32);
		else
			make12(&b, 64, 3, 23, 4, 65, 0);
		n = b.n;
		for (size_t i = 0; i < n; i++) {
			bool fixed = v == 0 ? i < 64 + sizeof(SERVER13) : i >= 64 && i < 69;

			for (unsigned bit = 0; bit < 8; bit++) {
				b.p[b.off + i] ^= (char)(1 << bit);
				ck_assert_int_eq(check_data(buf_str(&b)) == CHECK_BAD, fixed);
				b.p[b.off + i] ^= (char)(1 << bit);
			}
			ck_assert_int_eq(check_data(str_sub(buf_str(&b), 0, i)), CHECK_BAD);
		}
	}
	buf_done(&b);
}
END_TEST

/* Keys and whole requests */

static void
init(void)
{
	struct err e = ERR_INIT;

	ck_assert_int_eq(seal_init(&e), 0);
}

/* The bytes of `bio`, which is freed. */
static void
bio_put(struct buf *b, BIO *bio)
{
	char *p;
	long n = BIO_get_mem_data(bio, &p);

	buf_reset(b);
	buf_put(b, p, (size_t)n);
	BIO_free(bio);
}

static void
pem_put(struct buf *b, EVP_PKEY *k)
{
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio_PrivateKey(bio, k, NULL, NULL, 0, NULL, NULL);
	bio_put(b, bio);
}

/* A certificate of this key. */
static void
cert_put(struct buf *b, EVP_PKEY *k)
{
	BIO *bio = BIO_new(BIO_s_mem());
	X509 *x = X509_new();

	X509_set_version(x, 2);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, k);
	ck_assert_int_gt(X509_sign(x, k, EVP_PKEY_is_a(k, "ED25519") ? NULL : EVP_sha256()), 0);
	PEM_write_bio_X509(bio, x);
	X509_free(x);
	bio_put(b, bio);
}

static EVP_PKEY *
key_new(int i)
{
	switch (i) {
	case 0:
		return EVP_RSA_gen(2048);
	case 1:
		return EVP_EC_gen("P-256");
	case 2:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	case 3:
		return EVP_EC_gen("P-384");
	default:
		return EVP_EC_gen("P-521");
	}
}

static bool
verify(EVP_PKEY *k, const struct msg_key_sign *m, struct str sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	char md[17];
	bool ok;

	ck_assert_int_eq(str_to_c(m->md, md, sizeof(md)), 0);
	ok = EVP_DigestVerifyInit_ex(ctx, &pctx, md[0] != '\0' ? md : NULL, NULL, NULL, k, NULL) ==
	     1;
	if (m->pss) {
		EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING);
		EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, (int)m->saltlen);
	}
	ok = ok && EVP_DigestVerify(ctx, (const unsigned char *)sig.p, sig.n,
				    (const unsigned char *)m->data.p, m->data.n) == 1;
	EVP_MD_CTX_free(ctx);
	return ok;
}

START_TEST(test_sign)
{
	/* key, TLS 1.3?, digest, PSS, salt, expected */
	static const struct {
		int key;
		bool tls13;
		const char *md;
		unsigned pss, salt;
		enum ec want;
	} rows[] = {
		{ 0, false, "SHA256", 0, 0, EC_OK },
		{ 0, false, "SHA256", 1, 32, EC_OK },
		{ 0, true, "SHA256", 1, 32, EC_OK },
		{ 0, true, "SHA384", 1, 48, EC_OK },
		{ 0, true, "SHA512", 1, 64, EC_OK },
		{ 0, true, "SHA256", 0, 0, EC_DENIED },
		{ 0, true, "SHA256", 1, 20, EC_DENIED },
		{ 0, false, "SHA1", 0, 0, EC_DENIED },
		{ 0, false, "MD5", 0, 0, EC_DENIED },
		{ 0, false, "", 0, 0, EC_DENIED },
		{ 0, false, "SHA256", 2, 32, EC_DENIED },
		{ 1, false, "SHA256", 0, 0, EC_OK },
		{ 1, true, "SHA384", 0, 0, EC_OK },
		{ 1, true, "SHA256", 1, 32, EC_DENIED },
		{ 1, true, "SHA1", 0, 0, EC_DENIED },
		{ 2, true, "", 0, 0, EC_OK },
		{ 2, false, "", 0, 0, EC_OK },
		{ 2, true, "SHA256", 0, 0, EC_DENIED },
		{ 2, true, "", 1, 0, EC_DENIED },
		{ 3, true, "SHA384", 0, 0, EC_OK },
		{ 4, false, "SHA512", 0, 0, EC_OK },
	};
	struct keys *k = keys_new();
	struct buf b, cert, sig;
	EVP_PKEY *pkeys[5];
	unsigned char id[32];

	init();
	buf_init(&b, 65536);
	buf_init(&cert, 65536);
	buf_init(&sig, 1024);
	for (int i = 0; i < 5; i++) {
		struct err e = ERR_INIT;

		pkeys[i] = key_new(i);
		pem_put(&b, pkeys[i]);
		cert_put(&cert, pkeys[i]);
		ck_assert_msg(keys_add(k, buf_str(&b), buf_str(&cert), ROLE_BIT(ROLE_SMTPD), &e) ==
				      0,
			      "%s", e.msg);
	}
	ck_assert_uint_eq(keys_count(k), 5);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct msg_key_sign m = { .md = str_c(rows[i].md),
					  .pss = rows[i].pss,
					  .saltlen = rows[i].salt };
		struct err e = ERR_INIT;

		if (rows[i].tls13)
			make13(&b, 64, SERVER13, 32);
		else
			make12(&b, 64, 3, 29, 9, 32, 0);
		keys_id(k, (size_t)rows[i].key, id);
		m.key = str_mem(id, 32);
		m.data = buf_str(&b);
		buf_reset(&sig);
		(void)!keys_sign(k, ROLE_SMTPD, &m, &sig, &e);
		ck_assert_msg(e.code == rows[i].want, "row %zu: %s", i, e.msg);
		ck_assert_int_eq(sig.n > 0, rows[i].want == EC_OK);
		if (rows[i].want == EC_OK)
			ck_assert_msg(verify(pkeys[rows[i].key], &m, buf_str(&sig)), "row %zu", i);
		/* no such key; not a handshake */
		id[i] ^= 1;
		err_clear(&e);
		ck_assert_int_eq(keys_sign(k, ROLE_SMTPD, &m, &sig, &e), -1);
		ck_assert_int_eq(e.code, EC_NOTFOUND);
		id[i] ^= 1;
		b.p[b.off + 66] ^= 1;
		err_clear(&e);
		ck_assert_int_eq(keys_sign(k, ROLE_SMTPD, &m, &sig, &e), -1);
		ck_assert_int_eq(e.code, EC_DENIED);
	}
	for (int i = 0; i < 5; i++)
		EVP_PKEY_free(pkeys[i]);
	keys_free(&k);
	buf_done(&b);
	buf_done(&cert);
	buf_done(&sig);
}
END_TEST

/* Certificates that do not belong to the key are refused; a role signs with the keys of its
 * listeners only. */
START_TEST(test_roles)
{
	static const enum role all[] = { ROLE_SMTPD, ROLE_SUBMITD, ROLE_IMAPD, ROLE_AUTHD };
	EVP_PKEY *one = key_new(1), *two = key_new(1);
	struct keys *k = keys_new();
	unsigned char id[32];
	struct err e = ERR_INIT;
	struct buf pem, cert, data, sig;
	struct msg_key_sign m = { .md = STR("SHA256") };

	init();
	buf_init(&pem, 65536);
	buf_init(&cert, 65536);
	buf_init(&data, 65536);
	buf_init(&sig, 4096);
	pem_put(&pem, one);
	cert_put(&cert, two);
	ck_assert_int_eq(keys_add(k, buf_str(&pem), buf_str(&cert), ~0u, &e), -1);
	ck_assert_str_eq(e.msg, "is not the key of the certificate in CertFile");
	err_clear(&e);
	ck_assert_int_eq(keys_add(k, buf_str(&pem), STR("x"), ~0u, &e), -1);
	ck_assert_str_eq(e.msg, "CertFile is not a certificate in PEM");
	err_clear(&e);
	cert_put(&cert, one);
	buf_puts(&cert, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	ck_assert_int_eq(keys_add(k, buf_str(&pem), buf_str(&cert), ~0u, &e), -1);
	ck_assert_uint_eq(keys_count(k), 0);
	err_clear(&e);
	cert_put(&cert, one);
	ck_assert_int_eq(keys_add(k, buf_str(&pem), buf_str(&cert), ROLE_BIT(ROLE_SMTPD), &e), 0);
	/* the same key on another listener */
	ck_assert_int_eq(keys_add(k, buf_str(&pem), buf_str(&cert), ROLE_BIT(ROLE_SUBMITD), &e), 0);
	ck_assert_uint_eq(keys_count(k), 1);
	make13(&data, 64, SERVER13, 32);
	keys_id(k, 0, id);
	m.key = str_mem(id, 32);
	m.data = buf_str(&data);
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		err_clear(&e);
		ck_assert_int_eq(keys_sign(k, all[i], &m, &sig, &e), i < 2 ? 0 : -1);
		ck_assert_int_eq(e.code, i < 2 ? EC_OK : EC_DENIED);
	}
	EVP_PKEY_free(one);
	EVP_PKEY_free(two);
	keys_free(&k);
	buf_done(&pem);
	buf_done(&cert);
	buf_done(&data);
	buf_done(&sig);
}
END_TEST

START_TEST(test_bad_keys)
{
	struct keys *k = keys_new();
	struct err e = ERR_INIT;
	EVP_PKEY *small = EVP_RSA_gen(1024), *other = EVP_EC_gen("secp256k1"),
		 *x = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	EVP_PKEY *const bad[] = { small, other, x };
	struct buf b;

	init();
	buf_init(&b, 65536);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		err_clear(&e);
		pem_put(&b, bad[i]);
		ck_assert_int_eq(keys_add(k, buf_str(&b), STR(""), ~0u, &e), -1);
		ck_assert_int_eq(e.code, EC_DENIED);
		EVP_PKEY_free(bad[i]);
	}
	err_clear(&e);
	ck_assert_int_eq(keys_add(k, STR(""), STR(""), ~0u, &e), -1);
	ck_assert_int_eq(e.code, EC_SYNTAX);
	err_clear(&e);
	ck_assert_int_eq(
		keys_add(k, STR("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
			 STR(""), ~0u, &e),
		-1);
	ck_assert_int_eq(e.code, EC_SYNTAX);
	ck_assert_uint_eq(keys_count(k), 0);
	keys_free(&k);
	buf_done(&b);
}
END_TEST

START_TEST(test_tickets)
{
	struct tickets *t;
	struct buf a, b;
	int64_t now = 1000000;
	uint32_t s;

	init();
	t = tickets_new();
	buf_init(&a, 1000);
	buf_init(&b, 1000);
	tickets_get(t, now, &a, &s);
	ck_assert_uint_eq(a.n, TICKET_KEY);
	ck_assert_uint_eq(s, TICKET_SECONDS);
	tickets_get(t, now + 100, &b, &s);
	ck_assert(str_eq(buf_str(&a), buf_str(&b)));
	ck_assert_uint_eq(s, TICKET_SECONDS - 100);
	for (unsigned i = 1; i < 5; i++) { /* the newest in front, three in all */
		buf_reset(&b);
		tickets_get(t, now + (int64_t)i * TICKET_SECONDS, &b, &s);
		ck_assert_uint_eq(b.n, (size_t)MIN(i + 1, (unsigned)TICKET_KEEP) * TICKET_KEY);
		ck_assert(!str_eq(str_sub(buf_str(&a), 0, TICKET_KEY),
				  str_sub(buf_str(&b), 0, TICKET_KEY)));
		ck_assert(str_eq(str_sub(buf_str(&a), 0, TICKET_KEY),
				 str_sub(buf_str(&b), TICKET_KEY, (size_t)2 * TICKET_KEY)));
		buf_reset(&a);
		buf_putstr(&a, buf_str(&b));
	}
	/* after a night, and with a clock that was set back, none of the old ones is left */
	buf_reset(&b);
	tickets_get(t, now + 100 * TICKET_SECONDS, &b, &s);
	ck_assert_uint_eq(b.n, TICKET_KEY);
	buf_reset(&a);
	tickets_get(t, now, &a, &s);
	ck_assert_uint_eq(a.n, TICKET_KEY);
	ck_assert(!str_eq(buf_str(&a), buf_str(&b)));
	ck_assert_uint_eq(s, TICKET_SECONDS);
	buf_done(&a);
	buf_done(&b);
	tickets_free(&t);
}
END_TEST

UNIT_MAIN("acmed", test_tls13, test_tls12, test_other, test_mutated, test_sign, test_roles,
	  test_bad_keys, test_tickets)
