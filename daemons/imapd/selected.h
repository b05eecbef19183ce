/* The selected mailbox, its rows and sets of UIDs. Included by imapd.h. */
#ifndef MOX_IMAPD_SELECTED_H
#define MOX_IMAPD_SELECTED_H

/* ---- mailbox.c: the selected mailbox as the client knows it */
struct change {
	uint32_t uid, flags;
	uint64_t keywords[2];
};
struct selected {
	int64_t id;
	uint32_t uidvalidity;
	uint32_t uidnext; /* messages below are known to the client */
	uint32_t count;	  /* EXISTS as the client knows it, `gone` included */
	uint64_t modseq;  /* changes up to here are told, or in `gone` and `changed` */
	bool readonly;
	bool has_map;
	struct buf uids;    /* the map: uint32_t by sequence number; ascending */
	struct buf gone;    /* expunged, to be told: uint32_t, ascending */
	struct buf changed; /* flags to be told: struct change */
	struct buf saved;   /* "$": struct imap_range of UIDs */
	struct str kw[LIM_KEYWORDS];
	unsigned nkw;
	/* our own change, which need not be told: rows of `own` with this modseq */
	uint64_t own_modseq;
	const struct imap_set *own;
};
int selected_new(struct conn *c, struct str name, bool readonly, struct store_mailbox *m,
		 struct err *e);
void selected_free(struct selected **s);
enum sync { SYNC_OK, SYNC_GONE, SYNC_LOST, SYNC_ERROR };
/* Learn what changed; EXISTS is said at once, the rest is queued. `map` loads the UID map, too.
 * GONE: the mailbox was deleted. LOST: the client's view can't be followed. */
enum sync selected_collect(struct conn *c, bool map, struct err *e);
/* Read new keywords of the mailbox and tell of them. */
void selected_keywords(struct conn *c);
/* Tell what is queued; true when all that may be told was told. */
bool selected_tell(struct conn *c, bool may_expunge);
bool selected_has_news(const struct conn *c, bool may_expunge);
/* Index of a UID in the map, or -1. `hint` is where to look first. */
int64_t selected_find(const struct selected *s, uint32_t uid, uint32_t hint);
static inline const uint32_t *
selected_uids(const struct selected *s)
{
	return (const uint32_t *)(const void *)(s->uids.p + s->uids.off);
}
/* A command's set as UIDs, resolved, clipped to what the client knows. -1: numbers out of range. */
int selected_resolve(struct conn *c, struct imap_set *set, bool uid)
	__attribute__((warn_unused_result));
void put_row_flags(const struct selected *s, uint32_t flags, const uint64_t kw[2], struct buf *b);
/* "* FLAGS (...)" line and the list of PERMANENTFLAGS. */
void put_flags_line(const struct selected *s, struct buf *b);
/* Our own request was answered with `modseq`: nothing else happened, or find out what. */
void selected_own(struct selected *s, uint64_t before, uint64_t modseq,
		  const struct imap_set *uids);

/* ---- rows.c: the messages of a set, in order, a batch of them at a time */
struct rows {
	struct conn *c;
	struct imap_set set; /* UIDs */
	struct store_row *v;
	unsigned n, i, batch;
	unsigned range, scanned;
	uint32_t from, last, hint;
};
/* `set` is resolved and stays; memory is the command's. */
void rows_init(struct rows *s, struct conn *c, struct imap_set set, unsigned batch);
/* 1 and the next row (valid until the batch is over) with its sequence number; 0 at the end; -1. */
int rows_next(struct rows *s, struct store_row **r, uint32_t *seq, struct err *e);
/* The next call reads from the database. */
bool rows_is_empty(const struct rows *s);

/* ---- sets.c: UID sets on the wire of deliverd */
/* Into `field` (empty: in the descriptor *fd, else -1). */
int set_pack(const struct imap_set *s, struct buf *field, int *fd, struct err *e);
/* From an answer: in the field or in the descriptor. Ranges are made in `out`. */
int set_unpack(struct str field, int fd, struct buf *out, struct err *e);
/* The `keywords` field. */
void keywords_pack(const struct imap_flags *f, struct buf *out);

#endif
