/*
 * Does a message match a SEARCH program? Keys are decided in stages, each dearer than the one
 * before: the row, what the index keeps of the header, the header, the text of the body piece by
 * piece; as soon as the whole is decided the rest is not read.
 */
#ifndef MOX_IMAPD_MATCH_H
#define MOX_IMAPD_MATCH_H

#include "content.h"

enum verdict { V_NO, V_YES, V_UNKNOWN };

struct match {
	struct conn *c;
	const struct imap_search *s;
	struct str *needle;	       /* by index of the key: UTF-8, folded */
	unsigned char *res;	       /* likewise: enum verdict for the present message */
	size_t longest;		       /* needle of the keys that look at bodies */
	bool wants_header, wants_body; /* some key does */

	/* the present message */
	const struct store_row *r;
	enum { M_ROW, M_KEPT, M_HEADER, M_PARTS, M_TEXT } stage;
	bool knows_date, has_date;
	int64_t date; /* day of the Date field, in its own zone */
	struct content ct;
	const struct mime_part *part;
	uint64_t off;
	struct mime_decoder *dec;
	struct buf text, fold;
	bool is_wanted; /* see is_wanted() */
	bool in_header; /* of `header`, a header block, fields from `at` on are left */
	struct buf header;
	size_t at;
};

/* Prepare the program: sets become UIDs, texts are converted and folded. 0; -1 with EC_SYNTAX:
 * numbers out of range; EC_NOTFOUND: charset unknown or text malformed in it. */
int match_init(struct match *m, struct conn *c, struct err *e);
void match_done(struct match *m);
void match_start(struct match *m, const struct store_row *r);
/* A bounded amount of work: V_UNKNOWN means call again. Damage is EC_CORRUPT in e, V_NO. */
enum verdict match_step(struct match *m, struct err *e);
/* Ranges of UIDs that can match at all; n 0 with `any` when every message can. */
struct imap_set match_bounds(const struct match *m, bool *any);

#endif
