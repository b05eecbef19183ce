/* See keycheck.h. */
#include "keycheck.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "dkim/dkim.h"

static int
no_password(char *buf, int size, int rw, void *arg)
{
	(void)buf;
	(void)size;
	(void)rw;
	(void)arg;
	return -1;
}

/* Whether a sealed key can be opened only queued knows. */
static int
dkim_key(struct str text, struct err *e)
{
	struct dk_key *k;

	if (dk_key_is_sealed(text))
		return 0;
	k = dk_key_parse(text, e);
	if (k == NULL)
		return -1;
	dk_key_free(&k);
	return 0;
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
