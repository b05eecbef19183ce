/* See keyfile.h. */
#include "crypto/keyfile.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

enum { RSA_MIN_BITS = 2048 };

int
keyfile_no_password(char *p, int n, int rw, void *arg)
{
	(void)p;
	(void)n;
	(void)rw;
	(void)arg;
	return -1;
}

static int
kind_of(EVP_PKEY *k, enum keyfile_kind *kind, struct err *e)
{
	char group[32] = "";

	if (EVP_PKEY_is_a(k, "RSA")) {
		*kind = KEYFILE_RSA;
		if (EVP_PKEY_get_bits(k) >= RSA_MIN_BITS)
			return 0;
		return err_set(e, EC_DENIED, "RSA key of %d bits, needs %d or more",
			       EVP_PKEY_get_bits(k), RSA_MIN_BITS);
	}
	if (EVP_PKEY_is_a(k, "ED25519")) {
		*kind = KEYFILE_ED25519;
		return 0;
	}
	if (EVP_PKEY_is_a(k, "EC") && EVP_PKEY_get_group_name(k, group, sizeof(group), NULL) == 1 &&
	    (strcmp(group, "prime256v1") == 0 || strcmp(group, "secp384r1") == 0 ||
	     strcmp(group, "secp521r1") == 0)) {
		*kind = KEYFILE_EC;
		return 0;
	}
	return err_set(e, EC_DENIED, "is not RSA, EC on P-256, P-384 or P-521, or Ed25519");
}

void
keyfile_init(void)
{
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
}

static BIO *
bio_of(struct str s)
{
	return s.n > 0 && s.n <= INT_MAX ? BIO_new_mem_buf(s.p, (int)s.n) : NULL;
}

EVP_PKEY *
keyfile_read(struct str pem, enum keyfile_kind *kind, struct err *e)
{
	BIO *b = bio_of(pem);
	EVP_PKEY *k =
		b != NULL ? PEM_read_bio_PrivateKey(b, NULL, keyfile_no_password, NULL) : NULL;

	BIO_free(b);
	ERR_clear_error();
	if (k == NULL) {
		(void)err_set(e, EC_SYNTAX, "is not a private key in PEM without a password");
	} else if (kind_of(k, kind, e) < 0) {
		EVP_PKEY_free(k);
		k = NULL;
	}
	return k;
}

/* What follows the first certificate are certificates, and nothing is cut off. */
static bool
is_chain(BIO *b)
{
	X509 *x;
	bool ok;

	ERR_clear_error();
	while ((x = PEM_read_bio_X509(b, NULL, keyfile_no_password, NULL)) != NULL)
		X509_free(x);
	ok = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
	ERR_clear_error();
	return ok;
}

int
keyfile_fits(EVP_PKEY *key, struct str pem, struct err *e)
{
	BIO *b = bio_of(pem);
	X509 *x = b != NULL ? PEM_read_bio_X509(b, NULL, keyfile_no_password, NULL) : NULL;
	int r = 0;

	if (x == NULL)
		r = err_set(e, EC_SYNTAX, "CertFile is not a certificate in PEM");
	else if (X509_check_private_key(x, key) != 1)
		r = err_set(e, EC_SYNTAX, "is not the key of the certificate in CertFile");
	else if (!is_chain(b))
		r = err_set(e, EC_SYNTAX,
			    "CertFile has something that is no certificate behind the first one");
	X509_free(x);
	BIO_free(b);
	ERR_clear_error();
	return r;
}

int
keyfile_check(struct str cert, struct str key, struct err *e)
{
	enum keyfile_kind kind;
	EVP_PKEY *k = keyfile_read(key, &kind, e);
	int r = k != NULL ? keyfile_fits(k, cert, e) : -1;

	EVP_PKEY_free(k);
	return r;
}
