/* See keycheck.h. */
#include "keycheck.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

enum { RSA_MIN_BITS = 1024 };

static int
no_password(char *buf, int size, int rw, void *arg)
{
	(void)buf;
	(void)size;
	(void)rw;
	(void)arg;
	return -1;
}

static int
kind_check(const EVP_PKEY *k, struct err *e)
{
	int bits = EVP_PKEY_get_bits(k);

	if (EVP_PKEY_is_a(k, "ED25519"))
		return 0;
	if (!EVP_PKEY_is_a(k, "RSA"))
		return err_set(e, EC_SYNTAX, "is neither an RSA nor an Ed25519 key");
	if (bits < RSA_MIN_BITS)
		return err_set(e, EC_SYNTAX, "RSA key of %d bits, needs %d or more", bits,
			       RSA_MIN_BITS);
	return 0;
}

static int
dkim_key(struct str pem, struct err *e)
{
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	EVP_PKEY *k = NULL;
	int r;

	if (bio != NULL && str_find(pem, STR("-----BEGIN PRIVATE KEY-----")) >= 0)
		k = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	r = k == NULL ? err_set(e, EC_SYNTAX,
				"is not a private key in PKCS 8, PEM, without a password")
		      : kind_check(k, e);
	EVP_PKEY_free(k);
	BIO_free(bio);
	ERR_clear_error();
	return r;
}

static int
tls_pair(struct str cert, struct str key, struct err *e)
{
	BIO *cb = BIO_new_mem_buf(cert.p, (int)cert.n), *kb = BIO_new_mem_buf(key.p, (int)key.n);
	X509 *x = cb != NULL ? PEM_read_bio_X509(cb, NULL, no_password, NULL) : NULL;
	EVP_PKEY *k = kb != NULL ? PEM_read_bio_PrivateKey(kb, NULL, no_password, NULL) : NULL;
	int r = 0;

	if (x == NULL)
		r = err_set(e, EC_SYNTAX, "CertFile is not a certificate in PEM");
	else if (k == NULL)
		r = err_set(e, EC_SYNTAX, "is not a private key in PEM without a password");
	else if (X509_check_private_key(x, k) != 1)
		r = err_set(e, EC_SYNTAX, "is not the key of the certificate in CertFile");
	X509_free(x);
	EVP_PKEY_free(k);
	BIO_free(cb);
	BIO_free(kb);
	ERR_clear_error();
	return r;
}

const struct config_check_files keycheck = { dkim_key, tls_pair };
