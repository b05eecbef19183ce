/* What the files of store share: names, schema, columns of rows. */
#ifndef MOX_STORE_INTERNAL_H
#define MOX_STORE_INTERNAL_H

#include "crypto/blob.h"
#include "db/db.h"
#include "store/store.h"

#define STORE_DB_FILE "index.db"
#define STORE_MSG_DIR "msg"
#define STORE_OWNER_FILE "owner"

/* Measured with 10 KB messages, 10 a batch, to 20 accounts: KB written each with pages of 1, 2,
 * 4, 8 KB: 34, 36, 39, 39, and 41, 47, 63, 85 when all are being read; a scan of rows costs
 * 0.38, 0.32, 0.25, 0.25 us each. */
enum { STORE_PAGE_SIZE = 2048 };

/* Where the body of a message is. */
enum { STORED_INLINE = 0, STORED_FILE = 1 };

int store_schema_migrate(struct db *db, struct err *e) __attribute__((warn_unused_result));

/* Columns of struct store_mailbox, in the order of store_mailbox_from. `m` and `s` are the
 * aliases of mailbox and subscription. */
#define STORE_MAILBOX_COLS                                                                         \
	"m.id, m.name, m.uidvalidity, m.uidnext, m.count, m.unseen, m.deleted, m.size, m.modseq, " \
	"m.special, s.name IS NOT NULL"
#define STORE_MAILBOX_FROM "mailbox m LEFT JOIN subscription s ON s.name = m.name"
void store_mailbox_from(struct db_q *q, struct store_mailbox *m);
#define STORE_ROW_COLS "uid, msg, flags, kw0, kw1, modseq, size, received, saved"
void store_row_from(struct db_q *q, struct store_row *r);

/* "msg/" + this is the file of a message: two hex digits, "/", decimal number. */
enum { STORE_FILE_NAME = 32 };
void store_file_name(int64_t msg, char out[STORE_FILE_NAME]);
unsigned store_file_dir(int64_t msg);

/* What a blob is bound to: the account, and what differs from blob to blob. */
void store_account_id(struct str account, struct blob_id *id);
void store_blob_id(struct str random, enum blob_purpose purpose, struct blob_id *id);
/* Key of the symmetric wraps beside sealed chains, from the account's private key. */
void store_wrap_key(const unsigned char priv[32], unsigned char out[32]);
/* Associated data of the wrap of a chain. */
struct str store_wrap_ad(int64_t chain, unsigned char ad[8]);

#endif
