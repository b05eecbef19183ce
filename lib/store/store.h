/*
 * One account's mail as readers see it: imapd (later httpd, davd) opens the folder read-only after
 * login and asks deliverd for every change (msg_store.h). The writer's side is in writer.h and is
 * linked by deliverd alone.
 *
 * Statements are short; no transaction lives across a return to the loop unless store_read_begin
 * was called for a bounded step. Text and rows handed to callbacks are borrowed for the call.
 */
#ifndef MOX_STORE_STORE_H
#define MOX_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* System flags, stored as bits; order is the wire order of msg_store.h. */
enum {
	STORE_FLAG_SEEN = 1 << 0,
	STORE_FLAG_ANSWERED = 1 << 1,
	STORE_FLAG_FLAGGED = 1 << 2,
	STORE_FLAG_DELETED = 1 << 3,
	STORE_FLAG_DRAFT = 1 << 4,
	STORE_FLAG_FORWARDED = 1 << 5, /* $Forwarded */
	STORE_FLAG_JUNK = 1 << 6,      /* $Junk */
	STORE_FLAG_NOTJUNK = 1 << 7,   /* $NotJunk */
	STORE_FLAG_PHISHING = 1 << 8,  /* $Phishing */
	STORE_FLAG_MDNSENT = 1 << 9,   /* $MDNSent */
	STORE_FLAG_ALL = (1 << 10) - 1,
};

enum {
	STORE_SPECIAL_ARCHIVE = 1 << 0,
	STORE_SPECIAL_DRAFTS = 1 << 1,
	STORE_SPECIAL_JUNK = 1 << 2,
	STORE_SPECIAL_SENT = 1 << 3,
	STORE_SPECIAL_TRASH = 1 << 4,
};

struct store_mailbox {
	int64_t id;
	struct str name; /* UTF-8, "/" between levels, "Inbox" */
	uint32_t uidvalidity, uidnext;
	uint32_t count, unseen, deleted;
	uint64_t size;	  /* bytes of all messages */
	uint64_t modseq;  /* HIGHESTMODSEQ, at least 1 */
	uint32_t special; /* STORE_SPECIAL_* */
	bool subscribed;
};

/* A message in a mailbox: the narrow row. keywords: bit i is the i-th keyword of the mailbox. */
struct store_row {
	uint32_t uid;
	int64_t msg; /* message, shared by its copies */
	uint32_t flags;
	uint64_t keywords[2];
	uint64_t modseq;
	uint64_t size;	  /* RFC822.SIZE */
	int64_t received; /* INTERNALDATE, seconds */
	int64_t saved;	  /* when it came into this mailbox */
};

struct store;

/* `dirfd` is the DataDir/accounts/<name> folder (duplicated); keys are copied into guarded memory.
 * Fails with EC_TEMP while the writer has not opened the account since it started. */
struct store *store_open(int dirfd, struct str account, const unsigned char pub[32],
			 const unsigned char priv[32], struct err *e);
void store_close(struct store **s);
/* Give caches back (pages, opened key chains): for connections that go idle. */
void store_trim(struct store *s);

/* All mailboxes by name (bytewise), and subscribed names that have no mailbox (id 0). fn returns
 * false to stop. */
typedef bool store_mailbox_fn(void *arg, const struct store_mailbox *m);
int store_mailboxes(struct store *s, store_mailbox_fn *fn, void *arg, struct err *e);
/* One mailbox by name ("inbox" in any case) or id; EC_NOTFOUND. `name` in *m stays valid until
 * the next call on the store. */
int store_mailbox_find(struct store *s, struct str name, struct store_mailbox *m, struct err *e);
int store_mailbox_get(struct store *s, int64_t id, struct store_mailbox *m, struct err *e);
/* Keywords of a mailbox, in bit order. */
typedef void store_keyword_fn(void *arg, unsigned bit, struct str keyword);
int store_keywords(struct store *s, int64_t mailbox, store_keyword_fn *fn, void *arg,
		   struct err *e);

/* Rows with uid in [from, to], ascending; at most `limit` (0: all). fn returns false to stop. */
typedef bool store_row_fn(void *arg, const struct store_row *r);
int store_rows(struct store *s, int64_t mailbox, uint32_t from, uint32_t to, uint32_t limit,
	       store_row_fn *fn, void *arg, struct err *e);
/* Just the UIDs, appended to `out` as uint32_t: the cheap scan behind SELECT's sequence numbers. */
int store_uids(struct store *s, int64_t mailbox, uint32_t from, struct buf *out, struct err *e);
/* Sequence number of the first message without \Seen, when it can be told from the counts of *m
 * and the last `max` messages; else 0. *m is of the same transaction. */
int store_first_unseen(struct store *s, const struct store_mailbox *m, unsigned max, uint32_t *seq,
		       struct err *e);

/* What changed after `since`: rows whose modseq is higher, and UIDs that were expunged
 * (ascending). `uidnext` is what it was then, 0 when that is not known: when only new messages
 * came, no others are looked at. When history was trimmed beyond `since`, *complete is false and
 * expunged is empty: compare UIDs instead. */
typedef void store_expunged_fn(void *arg, uint32_t uid, uint64_t modseq);
int store_changes(struct store *s, int64_t mailbox, uint64_t since, uint32_t uidnext,
		  store_row_fn *row, store_expunged_fn *expunged, void *arg, bool *complete,
		  struct err *e);

/* A consistent view over several calls of one loop turn. */
int store_read_begin(struct store *s, struct err *e);
void store_read_end(struct store *s);

/* Message content. store_meta appends the decrypted mime_index (mime.h). */
int store_meta(struct store *s, int64_t msg, struct buf *out, struct err *e);
/* A handle for reading ranges of the message as sent to clients (trace fields included). */
struct store_msg;
struct store_msg *store_msg_open(struct store *s, int64_t msg, struct err *e);
uint64_t store_msg_size(const struct store_msg *m);
int store_msg_read(struct store_msg *m, uint64_t off, size_t n, struct buf *out, struct err *e)
	__attribute__((warn_unused_result));
void store_msg_close(struct store_msg **m);

/* Symmetric wraps of message chain keys that this reader made since the last call, as the
 * `wraps` field of STORE_KEYWRAP (at most LIM_IPC_BODY); empty when there is nothing to add. */
void store_take_keywraps(struct store *s, struct buf *out);

/* The account's change counter file below its folder: writers bump it after each commit; watch
 * it with inotify (IN_MODIFY). */
#define STORE_CHANGES_FILE "changes"
/* Packed UID sets of msg_store.h. */
void store_set_put(struct buf *b, uint32_t lo, uint32_t hi);
/* Next range; false at the end; *bad is set when the set is malformed (descending, zero, cut). */
bool store_set_next(struct str *set, uint32_t *lo, uint32_t *hi, bool *bad);

/* A mailbox name that may be created: valid UTF-8 in NFC, no control characters, no empty, "."
 * or ".." element, no leading "#", length; "inbox" as first element is normalised. Appends the
 * canonical name. */
int store_mailbox_name_check(struct str name, struct buf *out, struct err *e);

#endif
