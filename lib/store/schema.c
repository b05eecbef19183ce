/*
 * The schema of an account's index.db. Two kinds of facts are kept apart since they are read so
 * differently: what a mailbox is made of (mbmsg: integers only, clustered, no second index) and
 * what a message is (message, body).
 */
#include "store/internal.h"

#include <assert.h>
#include <stdio.h>

#include "base/mem.h"

static const char *const steps[] = {
	/* One row: counters of the account. seq: last operation of the intent log that is in
	 * here. */
	"CREATE TABLE account (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL,"
	" modseq INTEGER NOT NULL, nextmsg INTEGER NOT NULL, nextmailbox INTEGER NOT NULL,"
	" nextuidvalidity INTEGER NOT NULL, size INTEGER NOT NULL, made INTEGER NOT NULL) STRICT;"
	"CREATE TABLE mailbox (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
	" uidvalidity INTEGER NOT NULL, uidnext INTEGER NOT NULL, count INTEGER NOT NULL,"
	" unseen INTEGER NOT NULL, deleted INTEGER NOT NULL, size INTEGER NOT NULL,"
	" modseq INTEGER NOT NULL, special INTEGER NOT NULL, history INTEGER NOT NULL,"
	" trimmed INTEGER NOT NULL) STRICT;"
	"CREATE TABLE mbmsg (mailbox INTEGER NOT NULL, uid INTEGER NOT NULL,"
	" msg INTEGER NOT NULL, flags INTEGER NOT NULL, kw0 INTEGER NOT NULL,"
	" kw1 INTEGER NOT NULL, modseq INTEGER NOT NULL, size INTEGER NOT NULL,"
	" received INTEGER NOT NULL, saved INTEGER NOT NULL,"
	" PRIMARY KEY (mailbox, uid)) WITHOUT ROWID, STRICT;"
	"CREATE TABLE message (id INTEGER PRIMARY KEY, size INTEGER NOT NULL,"
	" stored INTEGER NOT NULL, chain INTEGER NOT NULL, step INTEGER NOT NULL,"
	" blob BLOB NOT NULL, received INTEGER NOT NULL, msgid BLOB NOT NULL,"
	" sender BLOB NOT NULL, refs BLOB NOT NULL, meta BLOB NOT NULL) STRICT;"
	"CREATE TABLE body (msg INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;"
	/* Messages that are in mailboxes more than once. */
	"CREATE TABLE shared (msg INTEGER PRIMARY KEY, places INTEGER NOT NULL) STRICT;"
	"CREATE TABLE chain (id INTEGER PRIMARY KEY, sealed BLOB NOT NULL, wrapped BLOB) STRICT;"
	"CREATE TABLE keyword (mailbox INTEGER NOT NULL REFERENCES mailbox (id),"
	" bit INTEGER NOT NULL, name TEXT NOT NULL,"
	" PRIMARY KEY (mailbox, bit)) WITHOUT ROWID, STRICT;"
	"CREATE TABLE expunged (mailbox INTEGER NOT NULL REFERENCES mailbox (id),"
	" modseq INTEGER NOT NULL, lo INTEGER NOT NULL, hi INTEGER NOT NULL,"
	" PRIMARY KEY (mailbox, modseq, lo)) WITHOUT ROWID, STRICT;"
	"CREATE TABLE subscription (name TEXT PRIMARY KEY) WITHOUT ROWID, STRICT;"
	/* Messages that were delivered here in a transaction that failed elsewhere. */
	"CREATE TABLE partial (hash BLOB PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID, STRICT;"
	/* Files without a row, to be deleted. */
	"CREATE TABLE doomed (msg INTEGER PRIMARY KEY) STRICT;",
	/* flagged: modseq of the last change to a message that was there already. Who knows of that
	 * one looks at new messages only. */
	"ALTER TABLE mailbox ADD COLUMN flagged INTEGER NOT NULL DEFAULT 0;"
	"UPDATE mailbox SET flagged = modseq;",
};

int
store_schema_migrate(struct db *db, struct err *e)
{
	return db_migrate(db, steps, ARRAY_LEN(steps), e);
}

void
store_mailbox_from(struct db_q *q, struct store_mailbox *m)
{
	*m = (struct store_mailbox){
		.id = db_int(q, 0),
		.name = db_str(q, 1),
		.uidvalidity = (uint32_t)db_int(q, 2),
		.uidnext = (uint32_t)db_int(q, 3),
		.count = (uint32_t)db_int(q, 4),
		.unseen = (uint32_t)db_int(q, 5),
		.deleted = (uint32_t)db_int(q, 6),
		.size = (uint64_t)db_int(q, 7),
		.modseq = (uint64_t)db_int(q, 8),
		.special = (uint32_t)db_int(q, 9),
		.subscribed = db_int(q, 10) != 0,
	};
}

void
store_row_from(struct db_q *q, struct store_row *r)
{
	r->uid = (uint32_t)db_int(q, 0);
	r->msg = db_int(q, 1);
	r->flags = (uint32_t)db_int(q, 2);
	r->keywords[0] = (uint64_t)db_int(q, 3);
	r->keywords[1] = (uint64_t)db_int(q, 4);
	r->modseq = (uint64_t)db_int(q, 5);
	r->size = (uint64_t)db_int(q, 6);
	r->received = db_int(q, 7);
	r->saved = db_int(q, 8);
}

/* Neighbours share a folder, so that a batch has few folders to sync. */
unsigned
store_file_dir(int64_t msg)
{
	return (unsigned)(msg >> 10) & 0xff;
}

void
store_file_name(int64_t msg, char out[STORE_FILE_NAME])
{
	int n = snprintf(out, STORE_FILE_NAME, "%02x/%lld", store_file_dir(msg), (long long)msg);

	assert(n > 0 && n < STORE_FILE_NAME);
}

void
store_account_id(struct str account, struct blob_id *id)
{
	unsigned char h[SEAL_HASH];

	seal_sha256(account, h);
	memcpy(id->account, h, sizeof(id->account));
}

void
store_blob_id(struct str random, enum blob_purpose purpose, struct blob_id *id)
{
	assert(random.n == BLOB_ID);
	memcpy(id->msg, random.p, BLOB_ID);
	id->purpose = purpose;
}

void
store_wrap_key(const unsigned char priv[32], unsigned char out[32])
{
	seal_derive(priv, "mox store chain wrap", STR(""), out);
}

struct str
store_wrap_ad(int64_t chain, unsigned char ad[8])
{
	for (unsigned i = 0; i < 8; i++)
		ad[i] = (unsigned char)((uint64_t)chain >> (8 * i));
	return str_mem(ad, 8);
}
