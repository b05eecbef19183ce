/*
 * Canonical forms of header fields and bodies, RFC 6376 3.4. For signing and for verifying: nothing
 * here knows what the bytes are for.
 */
#ifndef MOX_DKIM_CANON_H
#define MOX_DKIM_CANON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* Append the canonical form of one field. `field` is the whole field as it stands in the message,
 * folds included; the CRLF at its end may be there or not, and is always written. */
void dk_canon_field(struct buf *out, struct str field, bool relaxed);

/* A body in pieces of any size; what comes out goes to `put` in pieces, too. CR and LF that are not
 * together are ordinary bytes. */
typedef void dk_canon_put(void *arg, struct str bytes);
struct dk_body {
	bool relaxed;
	dk_canon_put *put;
	void *arg;
	uint64_t lines; /* line ends held back: at the end of a body they do not count */
	bool blanks;	/* white space of this line likewise */
	bool cr;	/* the last byte; its LF may follow */
	bool any;	/* anything came out */
	unsigned n;	/* bytes in `small` */
	char small[1024];
};
void dk_body_init(struct dk_body *b, bool relaxed, dk_canon_put *put, void *arg);
void dk_body_put(struct dk_body *b, struct str bytes);
void dk_body_end(struct dk_body *b);

#endif
