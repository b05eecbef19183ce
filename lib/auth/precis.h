/*
 * Passwords in the one form in which they are hashed and compared: the OpaqueString profile of
 * PRECIS (RFC 8265 4.2, RFC 8264).
 *
 * SECURITY: bytes of anybody who can reach a login. Worst case of a bug is authd's keeper.
 */
#ifndef MOX_AUTH_PRECIS_H
#define MOX_AUTH_PRECIS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* Append the enforced form of `in` to `out`: spaces that are not ASCII become U+0020, then NFC.
 * EC_SYNTAX for no bytes, malformed UTF-8, control characters and others that the profile refuses;
 * EC_LIMIT when the result has more than LIM_PASSWORD bytes. */
int auth_precis(struct str in, struct buf *out, struct err *e) __attribute__((warn_unused_result));

#endif
