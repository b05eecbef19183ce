/*
 * The one writer of accounts: deliverd. Every change is an operation: bytes that say all there is
 * to know (time, ids, ciphertext), so that applying them again to the same state gives the same
 * result. A struct store_w is one open account; a struct store_shelf (shelf.h) holds many, records
 * operations in the intent log and makes them durable together.
 *
 * Operations begin with U(1) type, U(8) seconds since 1970 when it was asked for; then the body
 * below.
 */
#ifndef MOX_STORE_WRITER_H
#define MOX_STORE_WRITER_H

#include "ipc/ipc.h"
#include "store/store.h"

struct spool_reader;

enum store_op {
	STORE_OP_INIT = 1,
	STORE_OP_MESSAGE,
	STORE_OP_FLAGS,
	STORE_OP_COPY,
	STORE_OP_EXPUNGE,
	STORE_OP_CREATE,
	STORE_OP_DELETE,
	STORE_OP_RENAME,
	STORE_OP_SUBSCRIBE,
	STORE_OP_KEYWRAP,
	STORE_OP_PARTIAL,
};

/* A new account: `boxes`: for each S(name) U(4, special). Does nothing when mailboxes exist. */
#define STORE_OP_INIT_BODY(U, S) S(boxes, LIM_OP)
IPC_BODY(op_init, STORE_OP_INIT_BODY)

/* A message into `mailbox`, or (0) into the mailbox `name`, which is made and subscribed when it
 * is missing. `sealed` is the chain's sealed state when this is its first message here. `quota`:
 * refuse with EC_QUOTA when the account would pass so many bytes; 0 none. Inline body, or a file
 * that was written before. */
#define STORE_OP_MESSAGE_BODY(U, S)                                                                \
	U(8, mailbox)                                                                              \
	S(name, LIM_MAILBOX_NAME)                                                                  \
	U(4, flags)                                                                                \
	S(keywords, 16384)                                                                         \
	U(8, received) U(8, quota) U(8, msg) U(8, size) U(1, stored) U(8, chain) U(4, step)        \
		S(sealed, 128) S(blob, 16) S(msgid, 16) S(sender, 16) S(refs, 1024)                \
			S(meta, LIM_OP) S(body, LIM_OP)
IPC_BODY(op_message, STORE_OP_MESSAGE_BODY)

/* As in msg_store.h, with whole sets. */
#define STORE_OP_FLAGS_BODY(U, S)                                                                  \
	U(8, mailbox) U(1, how) U(4, flags) S(keywords, 16384) U(8, unchangedsince) S(uids, LIM_SET)
IPC_BODY(op_flags, STORE_OP_FLAGS_BODY)
#define STORE_OP_COPY_BODY(U, S) U(8, src) U(8, dst) U(1, move) U(8, quota) S(uids, LIM_SET)
IPC_BODY(op_copy, STORE_OP_COPY_BODY)
#define STORE_OP_EXPUNGE_BODY(U, S) U(8, mailbox) U(1, all) S(uids, LIM_SET)
IPC_BODY(op_expunge, STORE_OP_EXPUNGE_BODY)
#define STORE_OP_CREATE_BODY(U, S) S(name, LIM_MAILBOX_NAME) U(4, special)
IPC_BODY(op_create, STORE_OP_CREATE_BODY)
#define STORE_OP_DELETE_BODY(U, S) S(name, LIM_MAILBOX_NAME)
IPC_BODY(op_delete, STORE_OP_DELETE_BODY)
#define STORE_OP_RENAME_BODY(U, S) S(from, LIM_MAILBOX_NAME) S(to, LIM_MAILBOX_NAME)
IPC_BODY(op_rename, STORE_OP_RENAME_BODY)
#define STORE_OP_SUBSCRIBE_BODY(U, S) S(name, LIM_MAILBOX_NAME) U(1, on)
IPC_BODY(op_subscribe, STORE_OP_SUBSCRIBE_BODY)
#define STORE_OP_KEYWRAP_BODY(U, S) S(wraps, 65536)
IPC_BODY(op_keywrap, STORE_OP_KEYWRAP_BODY)
/* A transaction with this hash ended half done: this account has the message. Old ones are
 * forgotten. */
#define STORE_OP_PARTIAL_BODY(U, S) S(hash, 32)
IPC_BODY(op_partial, STORE_OP_PARTIAL_BODY)

/* Begin an operation in `out`: type and time; then put the body with msg_op_x_put. */
void store_op_put(struct buf *out, enum store_op type, int64_t now);

/* What an operation did. Only what the type gives is set. Sets are packed (msg_store.h). */
struct store_result {
	int64_t mailbox;
	uint32_t uidvalidity, uid;
	uint64_t modseq;
	struct buf a; /* modified; src; expunged */
	struct buf b; /* dst */
};
void store_result_init(struct store_result *r);
void store_result_done(struct store_result *r);

struct store_w;

/* The account's folder below `accounts`, made when missing, and its lock. EC_TEMP while another
 * process has it, EC_SYNTAX for a name that can't be an account's. */
struct store_w *store_w_open(int accounts, struct str account, struct err *e);
void store_w_close(struct store_w **w);
/* Remove files that were left behind by a crash. Only when the log has nothing more for this
 * account. */
void store_w_clean(struct store_w *w);
struct str store_w_account(const struct store_w *w);
/* No operation was ever applied: STORE_OP_INIT is due. */
bool store_w_is_new(const struct store_w *w);
/* Bytes of all messages. */
uint64_t store_w_size(const struct store_w *w);
/* Number of the last operation that is applied (committed or not). */
uint64_t store_w_seq(const struct store_w *w);

/* Keys for new messages. Without them store_w_prepare asserts. */
void store_w_set_keys(struct store_w *w, const unsigned char pub[32],
		      const unsigned char index[32]);
bool store_w_has_keys(const struct store_w *w);
void store_w_forget_keys(struct store_w *w);

/*
 * Read, count, parse and encrypt a message: `prefix` and then all of `r`. Fills msg, size, stored,
 * chain, step, sealed, blob, hashes, meta and body of *m, whose strings live in *p until
 * store_prepared_done (to be called whatever happens). Nothing is in the database yet; a file was
 * written and is synced by the next flush. After a failure nothing is left behind.
 */
struct store_prepared {
	struct buf meta, body;
	unsigned char sealed[128], blob[16], msgid[16], sender[16], refs[16 * 20];
	size_t nsealed;
	uint32_t step;
	unsigned nrefs;
	unsigned received_fields; /* Received fields, prefix included */
	bool has_msgid, has_sender;
};
int store_w_prepare(struct store_w *w, struct str prefix, struct spool_reader *r,
		    struct store_prepared *p, struct msg_op_message *m, struct err *e)
	__attribute__((warn_unused_result));
void store_prepared_done(struct store_prepared *p);
/* A blob id for a delivery that may be asked for twice: the same for the same transaction here,
 * unguessable elsewhere. Put into m->blob before store_w_prepare, which else draws a random one. */
void store_w_delivery_id(struct store_w *w, uint64_t txn, unsigned char id[16]);
/* Is it among the latest LIM_DELIVERY_BACK messages? */
int store_w_has_delivery(struct store_w *w, const unsigned char id[16], bool *found, struct err *e)
	__attribute__((warn_unused_result));
/* The operation with *m failed: forget the file. */
void store_w_unprepare(struct store_w *w, const struct msg_op_message *m);

/* Is there a note that this message is here already (STORE_OP_PARTIAL)? The keyed hash is over
 * sender and all content as received, Message-ID included. */
bool store_w_has_partial(const struct store_w *w); /* any at all: else hashing is needless */
int store_w_partial_hash(struct store_w *w, struct str sender, struct spool_reader *r,
			 unsigned char hash[32], struct err *e) __attribute__((warn_unused_result));
int store_w_partial_find(struct store_w *w, const unsigned char hash[32], int64_t now, bool *found,
			 struct err *e) __attribute__((warn_unused_result));

/*
 * Apply one operation. Begins the transaction and the batch when there is none. On failure only
 * this operation is undone, unless store_w_has_lost says (once) that the database gave up the
 * transaction: then all of the account's batch is undone, and the caller must not log any of it.
 */
int store_w_apply(struct store_w *w, struct str op, struct store_result *r, struct err *e)
	__attribute__((warn_unused_result));
bool store_w_has_lost(struct store_w *w);
/* Files of the batch to disk, before the batch is logged: first begun for all accounts. */
void store_w_start_files(struct store_w *w);
int store_w_sync_files(struct store_w *w, struct err *e) __attribute__((warn_unused_result));
/* The batch is in the log, or could not be logged and did not happen. */
void store_w_batch_keep(struct store_w *w);
void store_w_batch_undo(struct store_w *w);
bool store_w_in_batch(const struct store_w *w);
/* Make kept batches visible to readers. On failure the account is behind: its state is that of
 * the last commit, and what the log has more must be applied again. */
int store_w_commit(struct store_w *w, struct err *e) __attribute__((warn_unused_result));
bool store_w_is_behind(const struct store_w *w);
void store_w_set_behind(struct store_w *w, bool behind);
/* Give up what is not committed; the account is behind. */
void store_w_abandon(struct store_w *w);
/* For replay: the next operation is number seq + 1. */
void store_w_set_seq(struct store_w *w, uint64_t seq);
bool store_w_is_dirty(const struct store_w *w); /* something to commit */
/* Copy the log of the database into it, durably. *all: everything that was committed. */
int store_w_checkpoint(struct store_w *w, bool *all, struct err *e)
	__attribute__((warn_unused_result));
/* Give caches back. */
void store_w_trim(struct store_w *w);
unsigned store_w_log_pages(const struct store_w *w);
/* Who keeps the writer out of the database; 0 nobody. */
pid_t store_w_lock_holder(struct store_w *w);

#endif
