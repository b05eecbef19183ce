/*
 * A process that holds private keys, as acmed's key role does, and the certificates for them: so
 * that the tests can show that TLS works without a private key in the process that speaks it.
 */
#ifndef MOX_TEST_SIGNER_H
#define MOX_TEST_SIGNER_H

#include <stdbool.h>

#include "tls/tls.h"

enum signer_type { SIGNER_RSA, SIGNER_EC, SIGNER_ED25519, SIGNER_TYPES };

/* Fork the process; before OpenSSL is used here. */
void signer_start(void);
/* A new key with a self-signed certificate (PEM, appended) for the names, separated by commas; the
 * first is the common name. */
void signer_cert(enum signer_type type, const char *names, struct buf *pem);
/* For tls_init. Fails when signer_broken. */
int signer_sign(void *ctx, struct str key, struct str md, bool pss, unsigned saltlen,
		struct str data, struct buf *sig, struct err *e);
extern bool signer_broken;
extern unsigned signer_count;
/* The private values of all keys, each with a 32-bit length, every byte complemented. */
void signer_secrets(struct buf *out);

#endif
