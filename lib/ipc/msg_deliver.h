/* Messages to deliverd, local role, from smtpd and authd. */
#ifndef MOX_IPC_MSG_DELIVER_H
#define MOX_IPC_MSG_DELIVER_H

#include "ipc/ipc.h"

/* RCPT_CHECK (to any worker): may this recipient get mail from `sender`? Address forms as in the
 * SMTP command, without angle brackets; the domain lower-case A-labels or UTF-8. `auth` is false on
 * port 25. */
#define MSG_RCPT_CHECK(U, S) U(8, txn) S(sender, LIM_ADDR) S(rcpt, LIM_ADDR) S(ip, 64)
IPC_BODY(rcpt_check, MSG_RCPT_CHECK)

/* code 250: deliver to `account` through worker `owner`; otherwise the SMTP reply to give. */
#define MSG_RCPT_CHECK_R(U, S)                                                                     \
	U(2, code) S(ecode, 16) S(text, 256) S(account, LIM_ACCOUNT) U(4, owner)
IPC_BODY(rcpt_check_r, MSG_RCPT_CHECK_R)

/* DELIVER (to the owner): one message, one descriptor (sealed memfd, or unlinked ciphertext file
 * with `filekey`), to all recipients that this worker owns. `trace` is what smtpd puts in front:
 * the Received field and others, CRLF-terminated; deliverd puts Return-Path and Delivered-To before
 * it. `rcpts`: for each S(address) S(account). `flags`: DELIVER_*. REPEAT: an earlier DELIVER of
 * this transaction got no answer or had other recipients of this worker; accounts that have the
 * message are not given it again. */
enum {
	DELIVER_8BIT = 1,
	DELIVER_SMTPUTF8 = 2,
	DELIVER_BINARY = 4,
	DELIVER_TLS = 8,
	DELIVER_REPEAT = 16
};
#define MSG_DELIVER(U, S)                                                                          \
	U(8, txn)                                                                                  \
	U(8, cid) U(4, flags) U(8, size) S(filekey, 32) S(ip, 64) S(helo, LIM_DOMAIN)              \
		S(sender, LIM_ADDR) S(trace, 16384) S(rcpts, 40000)
IPC_BODY(deliver, MSG_DELIVER)

/* `results`: for each recipient in order U(2) code, S(ecode), S(text). 250 only after the sync.
 * kind DELIVER_DONE. Later kinds: NEED (names to look up), DELAY. */
enum { DELIVER_DONE = 0 };
#define MSG_DELIVER_R(U, S) U(1, kind) S(results, 60000)
IPC_BODY(deliver_r, MSG_DELIVER_R)

/* DELIVER_PARTIAL (to owners that answered 250): the same body and message again, with those
 * recipients that have it, when others failed for now and the client is told to come again. A
 * repeat within LIM_PARTIAL_DAYS days is then recognised for them. The answer (empty) comes when
 * that is durable. Not needed when all recipients were of one DELIVER: then the worker notes it by
 * itself. */

/* CAP_ADD, from authd: `cap` gives worker `caller_num` of role `caller_role` the account, until
 * CAP_DEL (a notification) or the death of that worker. The answer (empty) comes when it is in
 * force. */
enum { CAP_READ = 1, CAP_WRITE = 2 };
#define MSG_CAP_ADD(U, S)                                                                          \
	S(cap, 32) S(account, LIM_ACCOUNT) U(4, rights) U(1, caller_role) U(4, caller_num)
IPC_BODY(cap_add, MSG_CAP_ADD)
#define MSG_CAP_DEL(U, S) S(cap, 32)
IPC_BODY(cap_del, MSG_CAP_DEL)

#endif
