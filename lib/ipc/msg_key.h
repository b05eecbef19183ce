/* Messages to acmed's key role, which holds every TLS private key. */
#ifndef MOX_IPC_MSG_KEY_H
#define MOX_IPC_MSG_KEY_H

#include "ipc/ipc.h"

/* KEY_SIGN: sign `data`, which must be a TLS 1.3 CertificateVerify content or TLS 1.2 key exchange
 * parameters; everything else is refused. `key` is SHA-256 of the SubjectPublicKeyInfo; `md` the
 * digest name or empty (Ed25519); `pss` for RSA-PSS. */
#define MSG_KEY_SIGN(U, S) S(key, 32) S(md, 16) U(1, pss) U(2, saltlen) S(data, 16384)
IPC_BODY(key_sign, MSG_KEY_SIGN)
#define MSG_KEY_SIGN_R(U, S) S(sig, 1024)
IPC_BODY(key_sign_r, MSG_KEY_SIGN_R)

/* KEY_TICKETS: session ticket keys shared by all workers of a role, newest first; `seconds` until
 * asked again. Each key: 16 name, 32 AES, 32 HMAC. */
#define MSG_KEY_TICKETS_R(U, S) U(4, seconds) S(keys, 240)
IPC_BODY(key_tickets_r, MSG_KEY_TICKETS_R)

#endif
