/* Between the files of the ARC validator, and its message. */
#ifndef MOX_MAILAUTH_ARC_INT_H
#define MOX_MAILAUTH_ARC_INT_H

#include "dkim/arcset.h"
#include "mailauth/arc.h"

/* `f` lives longer; NULL with a reason when the header can't be read. */
struct arc *arc_new(const struct dk_fields *f, const char *why, int64_t now);
void arc_free(struct arc **a);
void arc_body(struct arc *a, struct str bytes);
/* The message has ended. */
void arc_end(struct arc *a);

#endif
