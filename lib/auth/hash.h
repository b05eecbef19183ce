/*
 * The stored forms of a password. argon2id is what passwords are checked against; it costs 19 MiB
 * and some 17 ms, so only the hash helpers call it. SCRAM and CRAM-MD5 need forms of their own.
 *
 *   $argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>
 *   SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>      (RFC 5803; base64)
 *   CRAM-MD5$<hex of the inner and outer state after the key>     (RFC 2195, RFC 2104 4)
 *
 * Passwords have gone through auth_precis. SECURITY: the texts come from the database; the parsers
 * take nothing that would cost more than some times the usual.
 */
#ifndef MOX_AUTH_HASH_H
#define MOX_AUTH_HASH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum {
	AUTH_ARGON2_T = 2, /* OWASP: t=2 with 19 MiB, one lane */
	AUTH_ARGON2_KB = 19456,
	/* Passes of PBKDF2. RFC 5802 and 7677 ask for 4,096 at least; the client pays them at each
	 * login, so not the 600,000 that OWASP names for hashes that only a server computes. */
	AUTH_SCRAM_ITER = 100000,
	AUTH_SCRAM_ITER_MIN = 4096,
	AUTH_SCRAM_ITER_MAX = 1000000,
	AUTH_SCRAM_SALT = 16,
	AUTH_CRAM_STATE = 32,
};

enum auth_scram { AUTH_SCRAM_SHA1, AUTH_SCRAM_SHA256 };

struct auth_scram_cred {
	enum auth_scram mech;
	uint32_t iterations;
	unsigned char salt[64];
	unsigned nsalt;
	unsigned char stored_key[32], server_key[32];
	unsigned nkey; /* 20 or 32 */
};

/* All forms, each as text, appended to the bufs. EC_TEMP when memory is short. */
int auth_hash_make(struct str password, struct buf *argon2, struct buf *scram_sha1,
		   struct buf *scram_sha256, struct buf *cram_md5, struct err *e)
	__attribute__((warn_unused_result));
/* argon2id alone. */
int auth_hash_argon2(struct str password, struct buf *out, struct err *e)
	__attribute__((warn_unused_result));
/* Check against an argon2id text. *match; *rehash when it was made with another cost than ours.
 * EC_CORRUPT for a text that is no such hash or would cost too much. */
int auth_hash_verify(struct str password, struct str hash, bool *match, bool *rehash, struct err *e)
	__attribute__((warn_unused_result));
/* True for an argon2id text that auth_hash_verify would take; nothing is computed. */
bool auth_hash_check(struct str hash);
/* Forms that no password has, with our cost: for accounts that do not exist. Made from random
 * bytes, no work. */
void auth_hash_dummy(struct buf *argon2, struct buf *scram_sha1, struct buf *scram_sha256,
		     struct buf *cram_md5);

/* RFC 5802 3: StoredKey and ServerKey of a password. salt and iterations of `c` are given. */
void auth_scram_derive(struct str password, struct auth_scram_cred *c);
void auth_scram_format(const struct auth_scram_cred *c, struct buf *out);
int auth_scram_parse(struct str text, struct auth_scram_cred *c, struct err *e)
	__attribute__((warn_unused_result));

void auth_cram_derive(struct str password, unsigned char state[AUTH_CRAM_STATE]);
void auth_cram_format(const unsigned char state[AUTH_CRAM_STATE], struct buf *out);
int auth_cram_parse(struct str text, unsigned char state[AUTH_CRAM_STATE], struct err *e)
	__attribute__((warn_unused_result));
/* HMAC-MD5 of a challenge with the key that the state was made from. */
void auth_cram_response(const unsigned char state[AUTH_CRAM_STATE], struct str challenge,
			unsigned char out[16]);

#endif
