/* Messages to deliverd's remote role, from queued. */
#ifndef MOX_IPC_MSG_REMOTE_H
#define MOX_IPC_MSG_REMOTE_H

#include "ipc/ipc.h"

/* REMOTE_SEND: one message to recipients at one domain, in one SMTP transaction. One descriptor
 * (sealed memfd, or ciphertext file with `filekey` and nothing else in it); `prefix` stands in
 * front of it: signatures and trace fields, CRLF-terminated. `rcpts`: for each S(address).
 * `domain`: A-labels, lower-case, or an address literal. `mid` is the message's id in logs.
 * `attempt` counts from 1: the order of address families alternates with it. `flags`: DELIVER_8BIT,
 * _SMTPUTF8, _BINARY of msg_deliver.h. Answered when every recipient has an outcome; the deadline
 * is LIM_REMOTE_MS. What the caller does not hear of (this worker died) was perhaps delivered. */
#define MSG_REMOTE_SEND(U, S)                                                                      \
	U(8, mid)                                                                                  \
	U(8, cid) U(4, flags) U(4, attempt) U(8, size) S(filekey, 32) S(sender, LIM_ADDR)          \
		S(domain, LIM_DOMAIN) S(prefix, 16384) S(rcpts, 36000)
IPC_BODY(remote_send, MSG_REMOTE_SEND)

/* `results`: for each recipient in order U(1) REMOTE_*, U(2) code, S(ecode, 16), S(text, 512): the
 * server's reply (code, enhanced status, text), or code 0 and our own words and status when there
 * was none. `mx`: the host that answered last, `ip` its address, `tls` and `cipher` when the
 * connection had TLS. `connected`: some server greeted us, so the destination lives. `reused`: on a
 * connection that had carried another message. */
enum remote_result {
	REMOTE_OK,   /* the server took it */
	REMOTE_TEMP, /* to be tried again */
	REMOTE_FAIL, /* for good */
};
#define MSG_REMOTE_SEND_R(U, S)                                                                    \
	U(1, connected)                                                                            \
	U(1, reused) S(mx, LIM_DOMAIN) S(ip, 64) S(tls, 16) S(cipher, 64) S(results, 56000)
IPC_BODY(remote_send_r, MSG_REMOTE_SEND_R)

#endif
