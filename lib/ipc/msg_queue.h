/* Messages to queued, from submissiond and smtpd. */
#ifndef MOX_IPC_MSG_QUEUE_H
#define MOX_IPC_MSG_QUEUE_H

#include "ipc/ipc.h"

/* QUEUE_ADD: take over a message, one descriptor (sealed memfd, or unlinked ciphertext file with
 * `filekey`), for delivery to `rcpts`: for each S(address). `account` is the sender's, "" from
 * smtpd. `from` is the address of the From field, whose domain signs. `trace` stands in front of
 * the message as it is sent: the Received field, CRLF-terminated. `flags`: DELIVER_* of
 * msg_deliver.h (8BIT, SMTPUTF8, BINARY, TLS) and QUEUE_*. `txn` is random and names the request:
 * one that comes again (its answer was lost) is answered as the first, and queued once. LOCAL:
 * recipients are accounts of this system and nothing is sent elsewhere; all that smtpd may ask for,
 * with `account` and `from` empty: what it says is not signed. */
enum { QUEUE_LOCAL = 1 << 16 };
#define MSG_QUEUE_ADD(U, S)                                                                        \
	U(8, txn)                                                                                  \
	U(8, cid) U(4, flags) U(8, size) S(filekey, 32) S(ip, 64) S(helo, LIM_DOMAIN)              \
		S(account, LIM_ACCOUNT) S(login, LIM_ADDR) S(sender, LIM_ADDR) S(from, LIM_ADDR)   \
			S(trace, 16384) S(rcpts, 40000)
IPC_BODY(queue_add, MSG_QUEUE_ADD)

/* code 250 only after the sync; otherwise the SMTP reply to give. `id` is the queue's number of the
 * message, 0 when there is none. */
#define MSG_QUEUE_ADD_R(U, S) U(2, code) S(ecode, 16) S(text, 256) U(8, id)
IPC_BODY(queue_add_r, MSG_QUEUE_ADD_R)

#endif
