/* Keys, for the other files of this module. */
#ifndef MOX_DKIM_KEY_H
#define MOX_DKIM_KEY_H

#include "dkim/dkim.h"
#include "dkim/hash.h"

/* Append the signature, raw, of a message's hash. */
int dk_key_sign(const struct dk_key *k, const unsigned char hash[DK_HASH], struct buf *sig,
		struct err *e) __attribute__((warn_unused_result));

/* Append k= and p= of a key record. */
bool dk_put_public(const void *pkey, struct buf *out) __attribute__((warn_unused_result));

/* Append what is in the first PEM block whose label ends in "PRIVATE KEY". Comments in it, as mox
 * writes them, are skipped. */
int dk_pem_decode(struct str pem, struct buf *der, struct err *e)
	__attribute__((warn_unused_result));

#endif
