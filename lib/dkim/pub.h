/* Public keys: key records (RFC 6376 3.6.1, RFC 8463), and signatures checked with them. */
#ifndef MOX_DKIM_PUB_H
#define MOX_DKIM_PUB_H

#include "dkim/hash.h"
#include "dkim/sig.h"

enum { DK_RSA_MIN = 1024, DK_RSA_MAX = 4096 }; /* RFC 8301 3.2 */

enum dk_pub_fault {
	DK_PUB_OK,
	DK_PUB_MALFORMED,
	DK_PUB_UNSUPPORTED, /* a version or key type that we don't know */
	DK_PUB_REVOKED,	    /* p= is empty */
};

struct dk_pub {
	void *pkey; /* NULL unless OK */
	bool is_ed25519;
	unsigned bits;
	bool may_sha256; /* h= allows it */
	bool may_mail;	 /* s= allows mail */
	bool is_testing; /* t=y */
	bool is_strict;	 /* t=s: i= has the domain of d= itself */
};
/* With a fault e says which. */
enum dk_pub_fault dk_pub_parse(struct dk_pub *p, struct str txt, struct err *e);
void dk_pub_done(struct dk_pub *p);
/* A record that says no more than the key: k= and p=, RSA as SubjectPublicKeyInfo. */
int dk_pub_txt(const struct dk_pub *p, struct buf *txt, struct err *e)
	__attribute__((warn_unused_result));
/* May this key be used for a signature of this algorithm; else why not. */
const char *dk_pub_unfit(const struct dk_pub *p, enum dk_alg alg);
/* Has it signed the hash. */
bool dk_pub_verify(const struct dk_pub *p, const unsigned char hash[DK_HASH], struct str signature);

#endif
