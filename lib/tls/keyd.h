/*
 * "keyd", an OpenSSL provider inside this process whose keys hold no private part: a key is the
 * public parameters and the SHA-256 of the SubjectPublicKeyInfo, and a signature is a call to the
 * function that tls_init was given. RSA (PKCS #1 and PSS), EC and Ed25519. Only tls/server.c uses
 * it.
 *
 * SECURITY: nothing secret is here. Export of a private selection fails, so that OpenSSL cannot
 * move the key to a provider that would want the private part.
 */
#ifndef MOX_TLS_KEYD_H
#define MOX_TLS_KEYD_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/err.h"
#include "tls/tls.h"

/* Load the provider into the default library context; once per process. Aborts when OpenSSL
 * refuses. */
void keyd_init(tls_sign_fn *fn, void *ctx);
/* The key that belongs to a certificate, for SSL_CTX_use_PrivateKey. NULL and EC_SYNTAX for types
 * that are not supported. */
EVP_PKEY *keyd_key_new(X509 *cert, struct err *e);
/* Text of OpenSSL's oldest queued error; the queue is emptied. Static buffer. */
const char *keyd_openssl_error(void);

#endif
