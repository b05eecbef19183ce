/*
 * The bytes of a message as they come: the end of DATA, dots taken out, line endings judged; and a
 * look at its header fields in passing. Input may be cut anywhere.
 *
 * Only CRLF "." CRLF ends a message (at its beginning "." CRLF). A CR or LF that stands alone never
 * takes part in that, and makes the message one that must be refused: readers elsewhere differ in
 * where such a message ends (SMTP smuggling), RFC 5321 2.3.8, 4.1.1.4.
 */
#ifndef MOX_SMTP_DOT_H
#define MOX_SMTP_DOT_H

#include <stdbool.h>

#include "base/str.h"

struct smtp_dot {
	unsigned char state;
	bool has_bare; /* a bare CR or LF was seen */
	bool is_end;   /* the terminator was consumed */
};

/* Begin of a message. */
void smtp_dot_init(struct smtp_dot *d);
/* Take bytes from the front of `in` until one piece of content is complete, the input is used up,
 * or the message ends. Returns how many were taken; *out gets the content (borrowed, may be empty).
 * Callers repeat until is_end, or in is used up. After has_bare content is of no use, but the end
 * still is. */
size_t smtp_dot_next(struct smtp_dot *d, struct str in, struct str *out);

/* Judges the line endings of bytes that have their own framing (BDAT): true once a bare CR or LF
 * was seen. A final CR counts only when smtp_bare_end says so. */
struct smtp_bare {
	bool cr, has_bare;
};
void smtp_bare_put(struct smtp_bare *b, struct str s);
bool smtp_bare_end(const struct smtp_bare *b);

/* Counts Received fields of the header, for loop detection (RFC 5321 6.3). */
struct smtp_hops {
	unsigned char match; /* bytes of "received:" matched at this line, or HOPS_SKIP */
	bool cr, is_body;
	unsigned line; /* bytes of this line, clamped */
	unsigned count;
};
void smtp_hops_put(struct smtp_hops *h, struct str s);

#endif
