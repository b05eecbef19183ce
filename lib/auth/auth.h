/*
 * authd's memory: keys derived from the master key, and the database of accounts (keys, password
 * forms) and of login attempts. Everything secret in the file is
 * encrypted under keys that the master key gives; the file alone opens nothing.
 *
 * Only authd's keeper links this. SECURITY: holds the master key and, by it, every account's
 * private key.
 */
#ifndef MOX_AUTH_AUTH_H
#define MOX_AUTH_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "crypto/seal.h"

/* Keys. One long-lived secret; every use has a key of its own (HKDF-SHA256, seal_derive). */

struct auth_root;

/* `master`: 32 bytes, copied. */
struct auth_root *auth_root_new(struct str master);
void auth_root_free(struct auth_root **r);
/* Key of the intent log of a deliverd worker. */
void auth_root_log_key(const struct auth_root *r, unsigned worker, unsigned char out[32]);
/* queued's: the key from which those of its database and messages are derived, and the one that
 * seals DKIM keys at rest. */
void auth_root_queue_key(const struct auth_root *r, unsigned char out[32]);
void auth_root_dkim_key(const struct auth_root *r, unsigned char out[32]);
/* Key from which the capabilities of logins are derived. */
void auth_root_cap_key(const struct auth_root *r, unsigned char out[32]);
/* Key from which accounts that do not exist get the salts that SCRAM shows. */
void auth_root_salt_key(const struct auth_root *r, unsigned char out[32]);
/* Encrypt and decrypt for the database: `what` names the column, `account` the row ("" for none).
 * Both separate keys, so that a value cannot be moved to another place. */
void auth_root_wrap(const struct auth_root *r, const char *what, struct str account,
		    struct str plain, struct buf *out);
int auth_root_unwrap(const struct auth_root *r, const char *what, struct str account,
		     struct str wrapped, struct buf *out, struct err *e)
	__attribute__((warn_unused_result));

/* The database. Changes are durable when a function returns. */

struct auth_db;

/* auth.db in the folder `dirfd`, made when missing. EC_DENIED when it belongs to another master
 * key. */
struct auth_db *auth_db_open(int dirfd, const struct auth_root *r, struct err *e);
/* For reading only, beside a running authd or without one: `mox verifydata`. As the owner of the
 * files. Only auth_db_keys (without `make`), auth_db_private and auth_db_accounts may be called
 * then. */
struct auth_db *auth_db_open_read(int dirfd, const struct auth_root *r, struct err *e);
void auth_db_close(struct auth_db **db);

/* Public and index key. With `make`, an account that has none gets its keys now; EC_NOTFOUND
 * without. */
int auth_db_keys(struct auth_db *db, struct str account, bool make, int64_t now,
		 unsigned char pub[32], unsigned char index[32], struct err *e)
	__attribute__((warn_unused_result));
/* The key pair of an account that has one. */
int auth_db_private(struct auth_db *db, struct str account, unsigned char pub[32],
		    struct secret **priv, struct err *e) __attribute__((warn_unused_result));

/* The stored forms of a password, as texts of hash.h. */
struct auth_forms {
	struct str argon2, scram_sha1, scram_sha256, cram_md5;
};
/* Set an account's password; makes its keys when it has none. */
int auth_db_password_set(struct auth_db *db, struct str account, const struct auth_forms *f,
			 int64_t now, struct err *e) __attribute__((warn_unused_result));
/* The same password with forms of another cost: stored only if the version is still the one for
 * which they were made, and *version stays. */
int auth_db_password_renew(struct auth_db *db, struct str account, const struct auth_forms *f,
			   int64_t version, struct err *e) __attribute__((warn_unused_result));
/* The argon2id text, appended to `hash`; *version changes with each new password. EC_NOTFOUND when
 * there is no password. */
int auth_db_password(struct auth_db *db, struct str account, struct buf *hash, int64_t *version,
		     struct err *e) __attribute__((warn_unused_result));
/* Likewise one of the other forms: "scram_sha1", "scram_sha256", "cram_md5". */
int auth_db_form(struct auth_db *db, struct str account, const char *form, struct buf *text,
		 int64_t *version, struct err *e) __attribute__((warn_unused_result));

struct auth_account {
	struct str name;
	int64_t created, changed; /* changed: 0 without a password */
};
int auth_db_accounts(struct auth_db *db, void (*fn)(void *arg, const struct auth_account *a),
		     void *arg, struct err *e);

/* Login attempts. Equal ones are one row with a count. `account` is "-" for unknown ones. */
struct auth_attempt {
	struct str account, login, ip, proto, mech, result;
	int64_t first, last, count;
};
/* Add some in one transaction. LIM_ATTEMPTS rows an account are kept, the latest. */
int auth_db_attempts_add(struct auth_db *db, const struct auth_attempt *v, size_t n, struct err *e)
	__attribute__((warn_unused_result));
/* Latest first, of one account or (n 0) of all; at most `limit`. */
int auth_db_attempts(struct auth_db *db, struct str account, unsigned limit,
		     void (*fn)(void *arg, const struct auth_attempt *a), void *arg, struct err *e);
/* Forget those that were last seen before `before`. */
int auth_db_attempts_trim(struct auth_db *db, int64_t before, struct err *e)
	__attribute__((warn_unused_result));

#endif
