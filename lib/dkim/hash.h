/* Hashes of messages: of bodies as they pass, and of header fields. SHA-256 alone. */
#ifndef MOX_DKIM_HASH_H
#define MOX_DKIM_HASH_H

#include <stdint.h>

#include "dkim/canon.h"
#include "dkim/fields.h"

enum { DK_HASH = 32 }; /* SHA-256, the only hash of RFC 8301 and RFC 8463 */

/* Up to two forms of one body: a form that several signatures use is hashed once, one that nobody
 * uses not at all. In place. */
enum { DK_SIMPLE, DK_RELAXED, DK_FORMS };
struct dk_bodies {
	struct dk_bodies_form {
		void *md; /* NULL: nobody uses it */
		struct dk_body canon;
		uint64_t length; /* of the canonical form */
		unsigned char hash[DK_HASH];
	} v[DK_FORMS];
	bool failed; /* memory of the library is out */
};
void dk_bodies_init(struct dk_bodies *b);
void dk_bodies_done(struct dk_bodies *b);
/* Before the first byte. */
void dk_bodies_use(struct dk_bodies *b, bool relaxed);
void dk_bodies_put(struct dk_bodies *b, struct str bytes);
/* Then `hash` and `length` of the forms in use are set, unless `failed`. */
void dk_bodies_end(struct dk_bodies *b);

/* A message as it comes: its header kept, its body hashed. */
struct dk_pass {
	struct dk_header header;
	struct dk_bodies bodies;
};
void dk_pass_init(struct dk_pass *p);
void dk_pass_done(struct dk_pass *p);
void dk_pass_put(struct dk_pass *p, struct str bytes);
/* Hashes and fields are there then. EC_LIMIT: the header is too long, or has too many fields. */
int dk_pass_end(struct dk_pass *p, struct dk_fields *f, struct err *e)
	__attribute__((warn_unused_result));

/* What a signature covers (RFC 6376 3.7): `before` as it is, the fields, and the signature's own
 * field without its value and its line end. False when it is too long. */
bool dk_hash_fields(struct str before, const struct dk_chosen *c, struct str own, bool relaxed,
		    unsigned char out[DK_HASH]);

#endif
