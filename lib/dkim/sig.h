/*
 * Signature fields as they are read: DKIM-Signature (RFC 6376 3.5), and of ARC
 * ARC-Message-Signature and ARC-Seal (RFC 8617 4.1). What a verifier makes of them is its own
 * affair.
 */
#ifndef MOX_DKIM_SIG_H
#define MOX_DKIM_SIG_H

#include "dkim/hash.h"

enum dk_kind { DK_KIND_DKIM, DK_KIND_AMS, DK_KIND_AS };

enum dk_alg { DK_ALG_RSA_SHA256, DK_ALG_ED25519_SHA256, DK_ALG_RSA_SHA1, DK_ALG_OTHER };

enum dk_sig_fault {
	DK_SIG_OK,
	DK_SIG_MALFORMED,   /* the signer's mistake */
	DK_SIG_UNSUPPORTED, /* a version, algorithm, canonicalization or query that we don't know */
};

/* Strings are borrowed from the field, as written but for white space around them; "" when
 * absent. They are set as far as the field could be read, also with a fault. */
struct dk_sig {
	struct str field;
	size_t b_from, b_to; /* in it: the value of b=, with all white space around it */
	struct str domain, selector, identity, names, algorithm, b;
	struct str cv;	   /* ARC-Seal */
	unsigned instance; /* ARC: i=, or 0 */
	enum dk_alg alg;
	bool has_form; /* c= is there; else both are simple, but see arc.c */
	bool header_relaxed, body_relaxed;
	bool has_time; /* t= */
	int64_t time;
	bool has_length; /* l= */
	uint64_t length;
	bool has_expiry; /* x= */
	int64_t expiry;	 /* INT64_MAX when far off */
	struct buf signature;
	unsigned char body_hash[DK_HASH];
};

/* `field` with its name and the line end. With a fault e says which. */
enum dk_sig_fault dk_sig_parse(struct dk_sig *s, enum dk_kind kind, struct str field,
			       struct err *e);
void dk_sig_done(struct dk_sig *s);
/* The name is among h=. How often. */
unsigned dk_sig_covers(const struct dk_sig *s, struct str name);
/* The hash that is signed, of a message with these fields; `before` is what stands in front of the
 * own field if not the fields of h= (ARC-Seal). False when it is too long. */
bool dk_sig_hash(const struct dk_sig *s, const struct dk_fields *f, unsigned char out[DK_HASH]);
bool dk_sig_hash_seal(const struct dk_sig *s, struct str before, unsigned char out[DK_HASH]);

#endif
