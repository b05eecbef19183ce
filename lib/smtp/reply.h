/*
 * Replies: "250-2.1.0 text" lines, RFC 5321 4.2 with enhanced status codes of RFC 2034. Texts that
 * come from elsewhere are made harmless: other than printable ASCII becomes "?".
 */
#ifndef MOX_SMTP_REPLY_H
#define MOX_SMTP_REPLY_H

#include "base/buf.h"
#include "base/str.h"

/* `text` has one or more lines separated by LF; lines over LIM_SMTP_REPLY are cut. `ecode` may be
 * empty: greeting, EHLO, HELO and 3yz have none. */
void smtp_reply_put(struct buf *out, unsigned code, struct str ecode, struct str text);
/* Whether an enhanced code is well-formed and its class fits the reply code (RFC 2034 4). */
bool smtp_ecode_fits(unsigned code, struct str ecode);

#endif
