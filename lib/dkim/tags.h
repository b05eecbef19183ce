/* The text of a DKIM-Signature field (RFC 6376 3.5), folded. */
#ifndef MOX_DKIM_TAGS_H
#define MOX_DKIM_TAGS_H

#include "dkim/dkim.h"
#include "dkim/fields.h"

/* Appends the field up to "b=", without a line end, and returns the column it ends in. */
size_t dk_tags_put(struct buf *out, const struct dk_selector *sel, const struct dk_chosen *signs,
		   struct str body_hash, int64_t now);
/* The value of b= from that column, and the line end. */
void dk_tags_put_signature(struct buf *out, size_t column, struct str signature);

#endif
