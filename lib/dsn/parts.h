/* The first two parts of a notification. */
#ifndef MOX_DSN_PARTS_H
#define MOX_DSN_PARTS_H

#include "dsn/dsn.h"

/* What happened, for a person: lines of UTF-8 that end in CRLF. */
void dsn_put_human(struct buf *out, const struct dsn *d);
/* The fields of RFC 3464 section 2. */
void dsn_put_status(struct buf *out, const struct dsn *d, bool utf8);
/* True when the message has a recipient with this outcome. */
bool dsn_has(const struct dsn *d, enum dsn_action action);
/* The subject, where it can be shown as it stands: no encoded words, nothing malformed. */
bool dsn_subject_is_plain(const struct dsn *d);

#endif
