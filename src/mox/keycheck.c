/* See keycheck.h. */
#include "keycheck.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

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

int
key_check(struct str pem, struct err *e)
{
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	EVP_PKEY *k = NULL;
	int r;

	if (bio != NULL && str_find(pem, STR("-----BEGIN PRIVATE KEY-----")) >= 0)
		k = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	r = k == NULL ? err_set(e, EC_SYNTAX, "is not a private key in PKCS 8, PEM, without a password")
		      : kind_check(k, e);
	EVP_PKEY_free(k);
	BIO_free(bio);
	ERR_clear_error();
	return r;
}
