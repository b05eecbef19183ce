/*
 * The server's side of the challenge-response mechanisms, as bytes in and bytes out: SCRAM (RFC
 * 5802, 7677) with and without channel binding, and CRAM-MD5 (RFC 2195). Who may log in is decided
 * elsewhere; stored forms are hash.h's.
 *
 * SECURITY: reads messages of anybody who can reach a login, in authd's keeper. Results do not
 * depend on whether the account exists; proofs are compared in constant time.
 */
#ifndef MOX_AUTH_SASL_H
#define MOX_AUTH_SASL_H

#include <stdbool.h>

#include "auth/hash.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"

struct auth_scram_dialog;

/* What the mechanism's name and the connection say. */
struct auth_scram_setup {
	enum auth_scram mech;
	bool plus;		     /* the name ends in "-PLUS" */
	bool offered;		     /* without plus: the client could have taken it */
	struct str cb_type, cb_data; /* with plus: the channel's binding */
};

/* Takes the client's first message, with its GS2 header. NULL, with EC_DENIED when it is the
 * channel binding that does not fit (another type, a client that was kept from binding), EC_SYNTAX
 * when the message is malformed or asks for what there is not. `s` is not kept. */
struct auth_scram_dialog *auth_scram_begin(const struct auth_scram_setup *s, struct str msg,
					   struct err *e);
void auth_scram_free(struct auth_scram_dialog **d);
/* The names in that message, as typed, UTF-8 without NUL; authzid "" when there is none. Borrowed.
 */
const char *auth_scram_login(const struct auth_scram_dialog *d);
const char *auth_scram_authzid(const struct auth_scram_dialog *d);
/* Append the server's first message. `nonce`: random, of printable characters without comma. `c` is
 * copied. */
void auth_scram_challenge(struct auth_scram_dialog *d, const struct auth_scram_cred *c,
			  struct str nonce, struct buf *out);
/* Take the client's final message; *match: it knew the password, and the server's final message is
 * appended. Errors as of auth_scram_begin. Once. */
int auth_scram_finish(struct auth_scram_dialog *d, struct str msg, bool *match, struct buf *out,
		      struct err *e) __attribute__((warn_unused_result));

/* Append a challenge: `nonce` as above, the time in seconds, our name. */
void auth_cram_challenge(struct str nonce, int64_t now, struct str hostname, struct buf *out);
/* "login digest": the name, as typed, and the 16 bytes to compare with auth_cram_response. */
int auth_cram_answer(struct str msg, char login[LIM_ADDR + 1], unsigned char digest[16],
		     struct err *e) __attribute__((warn_unused_result));

#endif
