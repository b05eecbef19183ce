/* Base64, quoted-printable-free encodings, hex, percent: text for bytes and back. */
#ifndef MOX_BASE_ENCODE_H
#define MOX_BASE_ENCODE_H

#include "base/buf.h"
#include "base/str.h"

/* Base64 with padding, no line breaks (RFC 4648 4), or the URL alphabet without padding (5). */
void enc_put_base64(struct buf *b, struct str s);
void enc_put_base64url(struct buf *b, struct str s);
/* Strict: no white space, padding required for base64, refused for base64url, unused bits zero.
 * -1 on anything else; bytes appended before the fault stay in `b`. */
int enc_get_base64(struct buf *b, struct str s) __attribute__((warn_unused_result));
int enc_get_base64url(struct buf *b, struct str s) __attribute__((warn_unused_result));
/* Lower-case hex; either case is read. */
void enc_put_hex(struct buf *b, struct str s);
int enc_get_hex(struct buf *b, struct str s) __attribute__((warn_unused_result));

#endif
