/*
 * Requests to the deliverd worker that owns an account, from processes that hold a capability for
 * it. All of them are answered after the change is durable. Sets of UIDs are packed as pairs U(4)
 * low, U(4) high, ascending, not overlapping; a set over LIM_SET_INLINE bytes travels as a sealed
 * memfd in place of an empty field, in requests and answers alike.
 */
#ifndef MOX_IPC_MSG_STORE_H
#define MOX_IPC_MSG_STORE_H

#include "ipc/ipc.h"

#define LIM_SET_INLINE 24000

/* STORE_OPEN: make sure that the database exists and readers can open it. Answer: path relative to
 * DataDir of the account's folder. */
#define MSG_STORE_OPEN(U, S) S(cap, 32)
IPC_BODY(store_open, MSG_STORE_OPEN)
#define MSG_STORE_OPEN_R(U, S) S(dir, LIM_PATH)
IPC_BODY(store_open_r, MSG_STORE_OPEN_R)

/* STORE_APPEND: message in descriptor 0 (sealed memfd or, with filekey, unlinked ciphertext).
 * `flags` STORE_FLAG_*; `keywords` each S(keyword). `received` seconds since 1970, 0 = now. */
#define MSG_STORE_APPEND(U, S)                                                                     \
	S(cap, 32)                                                                                 \
	U(8, mailbox) U(4, flags) S(keywords, 16384) U(8, received) U(8, size) S(filekey, 32)
IPC_BODY(store_append, MSG_STORE_APPEND)
#define MSG_STORE_APPEND_R(U, S) U(4, uidvalidity) U(4, uid) U(8, modseq)
IPC_BODY(store_append_r, MSG_STORE_APPEND_R)

/* STORE_FLAGS: change flags of `uids` that still exist; with `unchangedsince` (0: none) those with
 * a higher modseq are left alone and returned in `modified`. */
enum store_flags_op { STORE_FLAGS_SET, STORE_FLAGS_ADD, STORE_FLAGS_DEL };
#define MSG_STORE_FLAGS(U, S)                                                                      \
	S(cap, 32)                                                                                 \
	U(8, mailbox) U(1, op) U(4, flags) S(keywords, 16384) U(8, unchangedsince)                 \
		S(uids, LIM_SET_INLINE)
IPC_BODY(store_flags, MSG_STORE_FLAGS)
#define MSG_STORE_FLAGS_R(U, S) U(8, modseq) S(modified, LIM_SET_INLINE)
IPC_BODY(store_flags_r, MSG_STORE_FLAGS_R)

/* STORE_COPY: all or nothing; `move` also expunges the source. Sets in the answer correspond in
 * order: the i-th UID of `src` became the i-th of `dst`. UIDs that do not exist are ignored. */
#define MSG_STORE_COPY(U, S) S(cap, 32) U(8, src) U(8, dst) U(1, move) S(uids, LIM_SET_INLINE)
IPC_BODY(store_copy, MSG_STORE_COPY)
#define MSG_STORE_COPY_R(U, S)                                                                     \
	U(4, uidvalidity) U(8, modseq) S(src, LIM_SET_INLINE) S(dst, LIM_SET_INLINE)
IPC_BODY(store_copy_r, MSG_STORE_COPY_R)

/* STORE_EXPUNGE: messages with \Deleted, limited to `uids` unless `all`. */
#define MSG_STORE_EXPUNGE(U, S) S(cap, 32) U(8, mailbox) U(1, all) S(uids, LIM_SET_INLINE)
IPC_BODY(store_expunge, MSG_STORE_EXPUNGE)
#define MSG_STORE_EXPUNGE_R(U, S) U(8, modseq) S(uids, LIM_SET_INLINE)
IPC_BODY(store_expunge_r, MSG_STORE_EXPUNGE_R)

/* Mailboxes by UTF-8 name with "/" (INBOX is "Inbox"). CREATE makes missing parents. `special`:
 * STORE_SPECIAL_* or 0. Answer of CREATE: id and uidvalidity. Errors: EC_EXISTS, EC_NOTFOUND,
 * EC_DENIED (Inbox), EC_SYNTAX (bad name), EC_LIMIT. */
#define MSG_STORE_CREATE(U, S) S(cap, 32) S(name, LIM_MAILBOX_NAME) U(4, special)
IPC_BODY(store_create, MSG_STORE_CREATE)
#define MSG_STORE_CREATE_R(U, S) U(8, mailbox) U(4, uidvalidity)
IPC_BODY(store_create_r, MSG_STORE_CREATE_R)
#define MSG_STORE_DELETE(U, S) S(cap, 32) S(name, LIM_MAILBOX_NAME)
IPC_BODY(store_delete, MSG_STORE_DELETE)
/* Renames children too; renaming Inbox moves its messages to the new mailbox (RFC 9051 6.3.6). */
#define MSG_STORE_RENAME(U, S) S(cap, 32) S(from, LIM_MAILBOX_NAME) S(to, LIM_MAILBOX_NAME)
IPC_BODY(store_rename, MSG_STORE_RENAME)
/* Subscriptions are by name and may outlive the mailbox. */
#define MSG_STORE_SUBSCRIBE(U, S) S(cap, 32) S(name, LIM_MAILBOX_NAME) U(1, on)
IPC_BODY(store_subscribe, MSG_STORE_SUBSCRIBE)

/* STORE_KEYWRAP, a notification: `wraps`: for each U(8) chain, S(wrapped). See store.h. */
#define MSG_STORE_KEYWRAP(U, S) S(cap, 32) S(wraps, 60000)
IPC_BODY(store_keywrap, MSG_STORE_KEYWRAP)

#endif
