/*
 * The files of TLS.KeyCerts: a private key, and the chain of certificates it belongs to. What is
 * refused here no process takes: asked by `mox config test`, by master before a configuration is
 * taken (in a child without rights), and by acmed.
 */
#ifndef MOX_CRYPTO_KEYFILE_H
#define MOX_CRYPTO_KEYFILE_H

#include <openssl/evp.h>

#include "base/err.h"
#include "base/str.h"

/* For processes that use OpenSSL for this alone: no configuration file of the host is read. */
void keyfile_init(void);

enum keyfile_kind { KEYFILE_RSA, KEYFILE_EC, KEYFILE_ED25519 };

/* A key in PEM without a password: RSA of at least 2048 bits, EC on P-256, P-384 or P-521, or
 * Ed25519. NULL for others; freed with EVP_PKEY_free. */
EVP_PKEY *keyfile_read(struct str pem, enum keyfile_kind *kind, struct err *e);
/* `pem` is one certificate or more, the first of them for this key. */
int keyfile_fits(EVP_PKEY *key, struct str pem, struct err *e) __attribute__((warn_unused_result));
/* Both. Messages are about the key file, and name CertFile otherwise. */
int keyfile_check(struct str cert, struct str key, struct err *e)
	__attribute__((warn_unused_result));

/* For OpenSSL's readers of PEM: an encrypted file cannot be read, nobody is there to type. */
int keyfile_no_password(char *p, int n, int rw, void *arg);

#endif
