/* One message's content for FETCH and SEARCH: its cached structure, ranges of its bytes. */
#ifndef MOX_IMAPD_CONTENT_H
#define MOX_IMAPD_CONTENT_H

#include "imapd.h"
#include "mime/mime.h"

struct content {
	struct store *st;
	int64_t msg;
	struct buf meta, tmp;
	struct arena *tree;
	struct mime_index ix;
	struct store_msg *m; /* opened when bytes are first read */
};

struct range {
	uint64_t off, end;
	bool nil; /* there is no such part */
};

void content_init(struct content *ct);
void content_done(struct content *ct);
/* Another message: reads its structure; `tree` makes ix.root. EC_NOTFOUND: it is gone. */
int content_open(struct content *ct, struct store *st, int64_t msg, bool tree, struct err *e);
/* Makes ix.root of a message that was opened without. */
int content_tree(struct content *ct, struct err *e);
/* Append bytes of the message. */
int content_read(struct content *ct, uint64_t off, uint64_t n, struct buf *out, struct err *e);
uint64_t content_size(struct content *ct, struct err *e); /* 0 on failure */
/* The bytes that a section names, before `partial`. With fields it is the whole header. *part gets
 * the part, or NULL. Needs the tree. */
void content_section(const struct content *ct, const struct imap_section *s, uint64_t size,
		     struct range *r, const struct mime_part **part);
/* HEADER.FIELDS and .NOT of the header in `r`. */
int content_fields(struct content *ct, const struct imap_section *s, const struct range *r,
		   struct buf *out, struct err *e);

#endif
