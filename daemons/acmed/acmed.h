/* What the files of acmed share. */
#ifndef MOX_ACMED_H
#define MOX_ACMED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "ipc/msg_key.h"

/* check.c: what may be signed */

enum check { CHECK_BAD, CHECK_TLS12, CHECK_TLS13 };
/* TLS 1.3 CertificateVerify content of a server (RFC 8446 4.4.3), or what a TLS 1.2 server signs in
 * an ECDHE key exchange: both randoms and the parameters (RFC 8422 5.4). */
enum check check_data(struct str data);

/* keys.c: private keys */

struct keys;
struct keys *keys_new(void);
void keys_free(struct keys **k);
/* A private key in PEM and its certificates (keyfile.h), for the ROLE_BITs of `roles`; those of a
 * key that is there are added to it. */
int keys_add(struct keys *k, struct str pem, struct str cert, uint32_t roles, struct err *e)
	__attribute__((warn_unused_result));
size_t keys_count(const struct keys *k);
/* Id (SHA-256 of the SubjectPublicKeyInfo) of the i-th key. */
void keys_id(const struct keys *k, size_t i, unsigned char id[32]);
/* Check the request of `role` as a whole and append the signature. EC_NOTFOUND: no such key;
 * EC_DENIED: not this role's, not a TLS handshake, or an algorithm that TLS does not use with it.
 */
int keys_sign(struct keys *k, enum role role, const struct msg_key_sign *m, struct buf *sig,
	      struct err *e) __attribute__((warn_unused_result));

/* tickets.c: session ticket keys */

enum { TICKET_KEY = 80, TICKET_KEEP = 3, TICKET_SECONDS = 3600 };

struct tickets;
struct tickets *tickets_new(void);
void tickets_free(struct tickets **t);
/* The keys at time `now`, newest first, appended to `out`; *seconds until the next rotation. */
void tickets_get(struct tickets *t, int64_t now, struct buf *out, uint32_t *seconds);

#endif
