/*
 * A message in transit. Bytes are put once, in order; small messages live in a memfd, larger ones
 * (or all, when the messages of this process pass LIM_MEMFD_TOTAL) in an unlinked file that is
 * ciphertext under a random key which exists only in this object and in the request that hands it
 * on. Once finished it is one descriptor, a key (empty for a memfd), and a size: what DELIVER and
 * STORE_APPEND carry. Written by smtpd and imapd, read by deliverd.
 *
 * File format: AES-256-GCM chunks of SPOOL_CHUNK plaintext bytes, each followed by its tag; nonce
 * and associated data bind the position and whether the chunk is the last one. There is no header:
 * the receiver knows the size.
 *
 * SECURITY: the reader's descriptor may still be held by a process that was taken over. A memfd is
 * sealed (ipc_fd_is_message is asked first); a file that changes fails authentication: EC_CORRUPT.
 */
#ifndef MOX_CRYPTO_SPOOL_H
#define MOX_CRYPTO_SPOOL_H

#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "crypto/seal.h"

enum { SPOOL_CHUNK = 32768 };

/* Bytes in memfds, shared by all spools of a process; one static object each daemon. */
struct spool_pool {
	uint64_t mem; /* now in memory */
};

struct spool;

/* `dir` is svc_dir(s, "tmp"), borrowed while the spool lives; -1 means memory only (EC_LIMIT beyond
 * it). `expected` bytes when known, else 0: large ones go to a file at once. `pool` may be NULL.
 * Nothing is allocated or opened before the first put. */
struct spool *spool_new(int dir, struct spool_pool *pool, uint64_t expected);
/* Likewise into an empty file that stays, under a key of the caller's that is used for nothing
 * else: a message in the queue. `fd` is the spool's from here on; syncing it is up to the caller,
 * before spool_free. */
struct spool *spool_new_file(int fd, const unsigned char key[SEAL_KEY]);
/* Append. -1 with EC_NOSPACE, EC_IO or EC_LIMIT; the spool then accepts no more and finish fails
 * too. */
int spool_put(struct spool *w, struct str bytes, struct err *e) __attribute__((warn_unused_result));
/* Bytes put so far. */
uint64_t spool_size(const struct spool *w);
/* True when what was put so far is in a file. */
bool spool_is_file(const struct spool *w);

/* A finished message. `key` has SEAL_KEY bytes, or none for a sealed memfd. */
struct spool_done {
	int fd;
	uint64_t size; /* plaintext bytes */
	unsigned char key[SEAL_KEY];
	size_t key_n; /* 0 or SEAL_KEY */
};

/* End of the message. The descriptor stays the spool's (dup it to send it: spool_fd_dup) and is
 * closed by spool_free, as is the key wiped. An empty message is an empty memfd. May be called
 * again. */
int spool_finish(struct spool *w, struct spool_done *out, struct err *e)
	__attribute__((warn_unused_result));
/* A duplicate of a finished spool's descriptor, for ipc_call, which takes it over; -1 with EC_IO.
 */
int spool_fd_dup(const struct spool *w, struct err *e);
void spool_free(struct spool **w);

/* Bytes that the file system of `dir` has left for us, 0 when unknown to be enough (error). */
uint64_t spool_disk_free(int dir);

/* Reading what was received. `fd` stays the caller's and open as long as the reader; `key` is the
 * `filekey` field: empty or SEAL_KEY bytes (else EC_SYNTAX); `size` the plaintext size that was
 * announced: a descriptor of another length is EC_CORRUPT. */
struct spool_reader;
struct spool_reader *spool_reader_new(int fd, struct str key, uint64_t size, struct err *e);
uint64_t spool_reader_size(const struct spool_reader *r);
/* Exactly n bytes at `off` into p. Past the end: EC_CORRUPT. The last chunk is cached. */
int spool_reader_get(struct spool_reader *r, uint64_t off, void *p, size_t n, struct err *e)
	__attribute__((warn_unused_result));
/* One pass without a copy: the next piece, at most SPOOL_CHUNK bytes, borrowed until the next call.
 * 1, 0 at the end, -1 on error. */
int spool_reader_next(struct spool_reader *r, struct str *piece, struct err *e)
	__attribute__((warn_unused_result));
/* The next call of spool_reader_next begins at the start again. */
void spool_reader_rewind(struct spool_reader *r);
void spool_reader_free(struct spool_reader **r);

#endif
