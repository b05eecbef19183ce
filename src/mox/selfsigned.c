/* See selfsigned.h. */
#include "selfsigned.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

enum { DAYS = 3650 };

static int
add_ext(X509 *x, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	int r;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	if (ext == NULL)
		return 0;
	r = X509_add_ext(x, ext, -1);
	X509_EXTENSION_free(ext);
	return r;
}

static int
set_serial(X509 *x)
{
	unsigned char serial[16];
	BIGNUM *bn;
	int ok;

	if (RAND_bytes(serial, sizeof(serial)) != 1)
		return 0;
	serial[0] &= 0x7f;
	bn = BN_bin2bn(serial, sizeof(serial), NULL);
	ok = bn != NULL && BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(x)) != NULL;
	BN_free(bn);
	return ok;
}

static int
fill(X509 *x, EVP_PKEY *k, const char *ip)
{
	X509_NAME *name = X509_get_subject_name(x);
	char san[200];

	snprintf(san, sizeof(san), "DNS:localhost,IP:127.0.0.1,IP:::1%s%s",
		 ip != NULL ? ",IP:" : "", ip != NULL ? ip : "");
	return X509_set_version(x, X509_VERSION_3) && set_serial(x) &&
	       X509_gmtime_adj(X509_getm_notBefore(x), -86400) != NULL &&
	       X509_time_adj_ex(X509_getm_notAfter(x), DAYS, 0, NULL) != NULL &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
					  (const unsigned char *)"localhost", -1, -1, 0) &&
	       X509_set_issuer_name(x, name) && X509_set_pubkey(x, k) &&
	       add_ext(x, NID_basic_constraints, "critical,CA:FALSE") &&
	       add_ext(x, NID_key_usage, "critical,digitalSignature") &&
	       add_ext(x, NID_ext_key_usage, "serverAuth") &&
	       add_ext(x, NID_subject_key_identifier, "hash") &&
	       add_ext(x, NID_subject_alt_name, san) && X509_sign(x, k, EVP_sha256()) > 0;
}

static int
put_bio(struct buf *b, BIO *bio)
{
	char *p;
	long n = BIO_get_mem_data(bio, &p);

	if (n <= 0)
		return 0;
	buf_put(b, p, (size_t)n);
	return !b->over;
}

int
selfsigned_make(const char *ip, struct buf *key, struct buf *crt, struct err *e)
{
	EVP_PKEY *k = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	BIO *kb = BIO_new(BIO_s_secmem()), *cb = BIO_new(BIO_s_mem());
	int ok = k != NULL && x != NULL && kb != NULL && cb != NULL && fill(x, k, ip) &&
		 PEM_write_bio_PrivateKey(kb, k, NULL, NULL, 0, NULL, NULL) &&
		 PEM_write_bio_X509(cb, x) && put_bio(key, kb) && put_bio(crt, cb);

	BIO_free(kb);
	BIO_free(cb);
	X509_free(x);
	EVP_PKEY_free(k);
	return ok ? 0 : err_set(e, EC_BUG, "making a certificate failed");
}
