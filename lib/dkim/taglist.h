/* Tag lists: tag=value; tag=value (RFC 6376 3.2), of signature fields and of key records. */
#ifndef MOX_DKIM_TAGLIST_H
#define MOX_DKIM_TAGLIST_H

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"

struct dk_tag {
	struct str name;
	struct str value; /* without white space around it */
	struct str whole; /* with it: all between "=" and ";" */
};
struct dk_taglist {
	struct dk_tag v[LIM_DKIM_TAGS];
	size_t n;
};

/* Borrows from `s`. EC_SYNTAX also when a tag is there twice; what was read before the fault is in
 * the list then, for reports. Values may be UTF-8 (RFC 8616). */
int dk_taglist_parse(struct dk_taglist *l, struct str s, struct err *e)
	__attribute__((warn_unused_result));
/* NULL when there is none. Names are case-sensitive. */
const struct dk_tag *dk_taglist_find(const struct dk_taglist *l, const char *name);
/* Its value; STR_NONE. */
struct str dk_taglist_get(const struct dk_taglist *l, const char *name);

/* The next of several values with ":" between, without white space; false at the end. */
bool dk_values_next(struct str *rest, struct str *value);
bool dk_values_has(struct str list, struct str value);

/* Append what base64 stands for; white space in it is skipped, padding may be missing. */
int dk_base64_get(struct buf *out, struct str s) __attribute__((warn_unused_result));

#endif
