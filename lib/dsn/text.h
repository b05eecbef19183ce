/*
 * Values of strangers as text of ours. Everything that a notification says passes through here.
 */
#ifndef MOX_DSN_TEXT_H
#define MOX_DSN_TEXT_H

#include "dsn/dsn.h"

/* Append at most about `max` bytes: controls, line breaks and what turns the direction of text
 * become spaces, malformed UTF-8, and without `utf8` all of it, "?". No space at either end. */
void dsn_put_clean(struct buf *out, struct str s, bool utf8, size_t max);

/* A header field, folded at spaces; the value is clean. Nothing when it is empty. */
void dsn_put_field(struct buf *out, const char *name, struct str value);
/* Likewise, of a prefix of ours ("dns; ") and a value that is yet to be cleaned. */
void dsn_put_typed(struct buf *out, const char *name, const char *type, struct str value,
		   bool utf8);
void dsn_put_date(struct buf *out, const char *name, int64_t t);

/* Clean text as lines of at most some 72 columns, each behind `indent` spaces. */
void dsn_put_wrapped(struct buf *out, unsigned indent, struct str s);

/* RFC 2045 6.7. Lines of `text` end in CRLF. */
void dsn_put_quoted_printable(struct buf *out, struct str text);
/* RFC 2047, in words that a line may break between. */
void dsn_put_encoded_words(struct buf *out, struct str utf8);

#endif
