/* Proof that an account's folder is consistent: for `mox verifydata` and tests. Works while the
 * server runs. */
#ifndef MOX_STORE_VERIFY_H
#define MOX_STORE_VERIFY_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

typedef void store_verify_fn(void *arg, struct str problem);
struct store_verify_sums {
	uint64_t mailboxes, rows, messages, files, bytes, problems;
};

/* All checks of the account in the folder `dirfd`. With keys, all content is decrypted and its
 * size compared. -1 when the database can't be read at all. */
int store_verify(int dirfd, struct str account, const unsigned char *pub, const unsigned char *priv,
		 store_verify_fn *fn, void *arg, struct store_verify_sums *sums, struct err *e)
	__attribute__((warn_unused_result));

#endif
