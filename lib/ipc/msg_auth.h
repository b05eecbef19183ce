/* Messages to authd and to its hash helpers. */
#ifndef MOX_IPC_MSG_AUTH_H
#define MOX_IPC_MSG_AUTH_H

#include "ipc/ipc.h"

enum { AUTH_KEY_LEN = 32, AUTH_CAP_LEN = 32 };

/* AUTH_LOGIN: check a password and open a login. `mech` is for the login log and limits: "PLAIN",
 * "LOGIN"; `proto` "imap", "submission", ...; `ip` as text. */
#define MSG_AUTH_LOGIN(U, S)                                                                       \
	U(8, cid)                                                                                  \
	S(login, LIM_ADDR) S(password, LIM_PASSWORD) S(proto, 16) S(mech, 32) S(ip, 64)            \
		U(1, want_key)
IPC_BODY(auth_login, MSG_AUTH_LOGIN)

/* `result` tells a wrong password from a refusal; the client sees the same bytes for unknown
 * account and wrong password. Only AUTH_OK fills the rest. `owner` is the deliverd worker of the
 * account; the capability is registered there before this answer is sent. */
enum auth_result { AUTH_OK, AUTH_BAD, AUTH_DISABLED, AUTH_LIMITED, AUTH_TEMP };
#define MSG_AUTH_LOGIN_R(U, S)                                                                     \
	U(1, result)                                                                               \
	S(text, 256) U(8, login_id) S(account, LIM_ACCOUNT) S(address, LIM_ADDR) S(cap, 32)        \
		S(pubkey, 32) S(privkey, 32) U(4, owner) U(4, delay_ms)
IPC_BODY(auth_login_r, MSG_AUTH_LOGIN_R)

/* AUTH_SASL: a step of a challenge-response mechanism, "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"
 * or one of the latter with "-PLUS". `dialog` 0 begins one (CRAM-MD5: `data` empty; SCRAM: the
 * client's first message, complete with its GS2 header), else it is the number that the answer to
 * the first step gave; a dialog belongs to the worker that began it and is forgotten after
 * LIM_AUTH_DIALOG_MS, after its last step, or with AUTH_SASL_END. `cb_type` and `cb_data`: the
 * connection's channel binding of the type that the client named, "tls-exporter" or
 * "tls-server-end-point" (the caller reads the name from the client's first message); for the plain
 * forms on a connection that could have bound a channel (the -PLUS forms were offered), `cb_type`
 * is "offered" (RFC 5802 section 6: a client with flag "y" was lied to). `hostname` for CRAM-MD5's
 * challenge. */
#define MSG_AUTH_SASL(U, S)                                                                        \
	U(8, cid)                                                                                  \
	U(8, dialog) S(mech, 32) S(data, LIM_SASL) S(cb_type, 32) S(cb_data, 256)                  \
		S(hostname, LIM_DOMAIN) S(proto, 16) S(ip, 64) U(1, want_key)
IPC_BODY(auth_sasl, MSG_AUTH_SASL)

/* `more`: `data` is a challenge, and the dialog goes on; the other fields are empty. Else result
 * and fields as in AUTH_LOGIN_R; with AUTH_OK `data` is what SCRAM's server has to say last (the
 * client answers it with an empty message, of which authd needs not hear). Unknown accounts get as
 * many steps, of the same form, as known ones. */
#define MSG_AUTH_SASL_R(U, S) U(1, more) U(8, dialog) S(data, LIM_SASL) MSG_AUTH_LOGIN_R(U, S)
IPC_BODY(auth_sasl_r, MSG_AUTH_SASL_R)

/* AUTH_SASL_END, a notification: the client gave up, or is gone. */
#define MSG_AUTH_SASL_END(U, S) U(8, dialog)
IPC_BODY(auth_sasl_end, MSG_AUTH_SASL_END)

/* AUTH_LOGOUT, a notification: the login ended. */
#define MSG_AUTH_LOGOUT(U, S) U(8, login_id)
IPC_BODY(auth_logout, MSG_AUTH_LOGOUT)

/* AUTH_REVOKED, a notification to the worker that asked for the login: its account was removed or
 * disabled, or has another password. The capability is gone; keys of the account are to be
 * forgotten. */
#define MSG_AUTH_REVOKED(U, S) U(8, login_id)
IPC_BODY(auth_revoked, MSG_AUTH_REVOKED)

/* AUTH_ACCOUNT_KEYS, from deliverd: public and index key of an account that the configuration has;
 * made at the first request. */
#define MSG_AUTH_ACCOUNT_KEYS(U, S) S(account, LIM_ACCOUNT)
IPC_BODY(auth_account_keys, MSG_AUTH_ACCOUNT_KEYS)
#define MSG_AUTH_ACCOUNT_KEYS_R(U, S) S(pubkey, 32) S(indexkey, 32)
IPC_BODY(auth_account_keys_r, MSG_AUTH_ACCOUNT_KEYS_R)

/* AUTH_LOG_KEY, from deliverd: the key of a deliverd worker's intent log: the caller's own, or
 * another's when the number of workers changed and what was left in its log has to be done. */
#define MSG_AUTH_LOG_KEY(U, S) U(4, worker)
IPC_BODY(auth_log_key, MSG_AUTH_LOG_KEY)
#define MSG_AUTH_LOG_KEY_R(U, S) S(key, 32)
IPC_BODY(auth_log_key_r, MSG_AUTH_LOG_KEY_R)

/* AUTH_QUEUE_KEYS (empty), from queued: the key from which those of its database and messages are
 * derived, and the key that seals DKIM keys at rest. */
#define MSG_AUTH_QUEUE_KEYS_R(U, S) S(queue, 32) S(dkim, 32)
IPC_BODY(auth_queue_keys_r, MSG_AUTH_QUEUE_KEYS_R)

/* HASH_VERIFY: does the password have this hash? `rehash` when it should be made anew. */
#define MSG_HASH_VERIFY(U, S) S(password, LIM_PASSWORD) S(hash, 512)
IPC_BODY(hash_verify, MSG_HASH_VERIFY)
#define MSG_HASH_VERIFY_R(U, S) U(1, match) U(1, rehash)
IPC_BODY(hash_verify_r, MSG_HASH_VERIFY_R)

/* HASH_MAKE: all stored forms of a new password (after PRECIS): argon2id, SCRAM and CRAM-MD5. */
#define MSG_HASH_MAKE(U, S) S(password, LIM_PASSWORD)
IPC_BODY(hash_make, MSG_HASH_MAKE)
#define MSG_HASH_MAKE_R(U, S)                                                                      \
	S(argon2, 512) S(scram_sha1, 512) S(scram_sha256, 512) S(cram_md5, 512)
IPC_BODY(hash_make_r, MSG_HASH_MAKE_R)

#endif
