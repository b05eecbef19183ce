/*
 * Encrypted bytes of one message: "MOXB", version, algorithm, chunk size, total length, then
 * AES-256-GCM chunks of LIM_CHUNK plaintext bytes. Nonce and associated data bind the account, the
 * random 128-bit message id, the purpose, the position and whether the chunk is the last:
 * reordering, truncation, swapping between messages, purposes or accounts is detected. Any range
 * can be read without the rest. A key serves one blob of each purpose (subkeys are derived), once.
 *
 * SECURITY: reads files that somebody may have altered. Worst case is EC_CORRUPT for this message.
 */
#ifndef MOX_CRYPTO_BLOB_H
#define MOX_CRYPTO_BLOB_H

#include <stdint.h>

#include "crypto/seal.h"

enum blob_purpose { BLOB_BODY = 1, BLOB_META = 2, BLOB_PREVIEW = 3, BLOB_SPOOL = 4, BLOB_URL = 5 };
enum { BLOB_ID = 16 };

struct blob_id {
	unsigned char account[16]; /* first half of SHA-256 of the account name */
	unsigned char msg[BLOB_ID];
	enum blob_purpose purpose;
};

/* Writing in one pass; `total` plaintext bytes must be known. Ciphertext is appended to `out`,
 * which the caller drains as it likes; finish fails (EC_BUG) unless exactly `total` bytes came. */
struct blob_writer;
struct blob_writer *blob_writer_new(const unsigned char key[32], const struct blob_id *id,
				    uint64_t total);
void blob_writer_put(struct blob_writer *w, struct str plain, struct buf *out);
int blob_writer_finish(struct blob_writer *w, struct buf *out, struct err *e);
void blob_writer_free(struct blob_writer **w);
/* Ciphertext bytes for so many plaintext bytes. */
uint64_t blob_size(uint64_t total);
/* All at once. */
void blob_put(const unsigned char key[32], const struct blob_id *id, struct str plain,
	      struct buf *out);

/* Reading: `read` fills up to n bytes at offset `off` of the ciphertext, all of them or -1. */
typedef int blob_read_fn(void *arg, uint64_t off, void *p, size_t n, struct err *e);
struct blob_reader;
/* Reads and checks the header. EC_CORRUPT, or what read gave. */
struct blob_reader *blob_reader_new(const unsigned char key[32], const struct blob_id *id,
				    blob_read_fn *read, void *arg, struct err *e);
uint64_t blob_reader_size(const struct blob_reader *r); /* plaintext bytes */
/* Append plaintext [off, off + n), cut at the end. The last chunk is cached. */
int blob_reader_get(struct blob_reader *r, uint64_t off, size_t n, struct buf *out, struct err *e)
	__attribute__((warn_unused_result));
void blob_reader_free(struct blob_reader **r);
/* All of a blob that is in memory. */
int blob_get(const unsigned char key[32], const struct blob_id *id, struct str sealed,
	     struct buf *out, struct err *e) __attribute__((warn_unused_result));

#endif
