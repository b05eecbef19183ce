/* The writer's state, shared by writer.c, prepare.c and op_*.c. */
#ifndef MOX_STORE_W_H
#define MOX_STORE_W_H

#include "crypto/chain.h"
#include "ipc/msg_store.h"
#include "store/internal.h"
#include "store/writer.h"

/* The row of `account`. Kept in memory while the account is open, written at commit. */
struct storew_counters {
	uint64_t seq, modseq;
	int64_t nextmsg, nextmailbox;
	uint32_t nextuidvalidity;
	uint64_t size;
};

struct storew_file {
	int64_t msg;
	int fd;
};

struct store_w {
	struct db *db;
	char name[LIM_ACCOUNT + 1];
	int dir, msgdir, owner, changes;
	uint64_t bumps; /* value in the change counter file */

	struct storew_counters c; /* now */
	struct storew_counters c_op, c_batch,
		c_commit; /* at the start of operation and batch; last commit */
	int64_t now;	  /* of the operation */
	bool in_batch, dirty, behind, changed;
	bool is_new; /* no row in `account` */
	bool has_partial, has_shared;
	bool lost;	   /* txn_lost happened within a batch */
	int64_t file_next; /* next id for a message; ahead of c.nextmsg within a batch */

	struct secret *index; /* index key */
	unsigned char pub[SEAL_KEY];
	struct chain *chain;
	bool chain_stored; /* its row is in the database or in this batch */

	struct storew_file *files; /* written, not synced */
	size_t nfiles, files_cap;
	unsigned char dirs_dirty[32]; /* bit a folder below msg/ */
	bool msgdir_dirty;
	int64_t *doomed; /* files to unlink after the commit */
	size_t ndoomed, doomed_cap;
	size_t doomed_op, doomed_batch; /* how many there were */
	bool doomed_rows;		/* rows of `doomed` whose files are gone */
};

/* A mailbox as the writer needs it. */
struct storew_mailbox {
	int64_t id;
	uint32_t uidvalidity, uidnext, special;
	int64_t count, unseen, deleted, size, modseq, history, trimmed, flagged;
};
int storew_mailbox_get(struct store_w *w, int64_t id, struct storew_mailbox *m, struct err *e);
int storew_mailbox_find(struct store_w *w, struct str name, struct storew_mailbox *m,
			struct err *e);
int storew_mailbox_put(struct store_w *w, const struct storew_mailbox *m, struct err *e);
/* Canonical name; makes missing parents; subscribes. */
int storew_mailbox_make(struct store_w *w, struct str name, uint32_t special,
			struct storew_mailbox *m, struct err *e);

int storew_uid_take(struct storew_mailbox *m, uint32_t *uid, struct err *e);
/* A row of mbmsg; the mailbox's counts for it, up (1) or down (-1). */
int storew_row_put(struct store_w *w, int64_t mailbox, const struct store_row *r, struct err *e);
void storew_count(struct storew_mailbox *m, const struct store_row *r, int sign);
/* EC_QUOTA when `more` bytes would pass `quota` (0: none). */
int storew_quota_check(const struct store_w *w, uint64_t more, uint64_t quota, struct err *e);

/* Bits of a list of S(keyword). With `make` unknown ones get the next free bit, else they are
 * left out. */
int storew_keywords(struct store_w *w, int64_t mailbox, struct str list, bool make,
		    uint64_t bits[2], struct err *e);

int storew_keyword_make(struct store_w *w, int64_t mailbox, struct str name, unsigned *bit,
			struct err *e);

/* A row was removed: the message too when it was the last. */
int storew_message_release(struct store_w *w, int64_t msg, struct err *e);
/* A row was added to a message that has one. */
int storew_message_share(struct store_w *w, int64_t msg, struct err *e);
/* Note UIDs [lo, hi] as expunged at modseq. */
int storew_history_add(struct store_w *w, struct storew_mailbox *m, uint64_t modseq, uint32_t lo,
		       uint32_t hi, struct err *e);
/* Trim when there is too much of it. */
int storew_history_trim(struct store_w *w, struct storew_mailbox *m, struct err *e);

typedef int storew_op_fn(struct store_w *w, struct str body, struct store_result *r, struct err *e);
storew_op_fn storew_op_init, storew_op_message, storew_op_flags, storew_op_copy, storew_op_expunge,
	storew_op_create, storew_op_delete, storew_op_rename, storew_op_subscribe,
	storew_op_keywrap, storew_op_partial;
/* Move all messages of one mailbox to another that is empty or not. */
int storew_move_all(struct store_w *w, struct storew_mailbox *src, struct storew_mailbox *dst,
		    struct err *e);

/* Remove all messages of a mailbox. */
int storew_clear(struct store_w *w, struct storew_mailbox *mb, struct err *e);
/* The file of a message is to be deleted after the commit. */
void storew_doomed_add(struct store_w *w, int64_t msg);

/* EC_SYNTAX for a body that does not decode: our own bug or a damaged log. */
int storew_malformed(struct err *e);

#endif
