/*
 * The header of a message as it comes in pieces, its fields, and which of them a signature covers.
 */
#ifndef MOX_DKIM_FIELDS_H
#define MOX_DKIM_FIELDS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* Collects up to the empty line. */
struct dk_header {
	struct buf text;  /* at most LIM_DKIM_HEADER; `over` when there was more */
	unsigned matched; /* bytes of CRLF CRLF seen */
	bool done;
};
void dk_header_init(struct dk_header *h);
void dk_header_done(struct dk_header *h);
/* Takes its part of the bytes and returns the rest, which is body. */
struct str dk_header_put(struct dk_header *h, struct str bytes);

struct dk_field {
	struct str name; /* as written */
	struct str raw;	 /* all of it, CRLF included when it was there */
};
struct dk_fields {
	struct dk_field *v;
	size_t n;
};
/* Borrows from `header`. Lines that are no field are left out. EC_LIMIT: too many. */
int dk_fields_parse(struct dk_fields *f, struct str header, struct err *e)
	__attribute__((warn_unused_result));
void dk_fields_free(struct dk_fields *f);
size_t dk_fields_count(const struct dk_fields *f, struct str name);

/* What one signature covers: a name for each entry of h=, in order, and the field that it stands
 * for, NULL where there is none (oversigning, RFC 6376 5.4.2 and 8.15). */
struct dk_choice {
	struct str name;
	const struct dk_field *field;
};
struct dk_chosen {
	struct dk_choice *v;
	size_t n;
};
/* `names` with n 0: the usual ones. From is always among them (5.4). Of several fields of one name
 * the last counts first. EC_LIMIT: too many. */
int dk_choose(struct dk_chosen *c, const struct dk_fields *f, const struct str *names, size_t n,
	      bool oversign, struct err *e) __attribute__((warn_unused_result));
/* As h= of a signature lists them: names with ":" between, at most LIM_DKIM_NAMES of which count.
 * Each field counts once, the last of a name first (5.4.2). */
void dk_choose_listed(struct dk_chosen *c, const struct dk_fields *f, struct str names);
void dk_chosen_free(struct dk_chosen *c);

#endif
