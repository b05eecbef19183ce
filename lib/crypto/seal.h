/*
 * Cryptographic building blocks over libsodium and OpenSSL: guarded secrets, key derivation,
 * sealing to a public key, authenticated encryption of small things. Messages use blob.h and
 * chain.h.
 */
#ifndef MOX_CRYPTO_SEAL_H
#define MOX_CRYPTO_SEAL_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum {
	SEAL_KEY = 32, /* symmetric keys, X25519 keys */
	SEAL_TAG = 16, /* AES-256-GCM */
	SEAL_NONCE = 12,
	SEAL_BOX = 48,	/* bytes that seal_box adds */
	SEAL_WRAP = 28, /* bytes that seal_wrap adds: nonce and tag */
	SEAL_HASH = 32, /* SHA-256, keyed BLAKE2b */
};

/* Once per process, before anything else here. */
int seal_init(struct err *e);

/* Bytes in guarded, locked memory, out of core dumps and forked children's reach; wiped when freed.
 */
struct secret;
struct secret *secret_new(size_t n);		     /* zeroed */
struct secret *secret_from(const void *p, size_t n); /* copy; the caller wipes its own */
void secret_free(struct secret **s);
unsigned char *secret_p(struct secret *s);
size_t secret_n(const struct secret *s);

void seal_random(void *p, size_t n);
/* HKDF-SHA256 (RFC 5869) of a 32-byte key, without salt; `info` separates uses. */
void seal_derive(const unsigned char key[32], const char *info, struct str context,
		 unsigned char out[32]);
void seal_sha256(struct str s, unsigned char out[32]);
/* Keyed BLAKE2b-256: fast PRF for ids and words. */
void seal_prf(const unsigned char key[32], struct str s, unsigned char out[32]);
/* SipHash-2-4: a fast 64-bit PRF for tokens. */
uint64_t seal_hash64(const unsigned char key[16], struct str s);

void seal_keypair(unsigned char pub[32], unsigned char priv[32]);
/* libsodium sealed box. -1, with nothing appended, when `pub` is no usable key (a point of low
 * order) or `out` is full; open gives EC_CORRUPT when it does not authenticate. */
int seal_box(const unsigned char pub[32], struct str plain, struct buf *out);
int seal_box_open(const unsigned char pub[32], const unsigned char priv[32], struct str box,
		  struct buf *out, struct err *e) __attribute__((warn_unused_result));

/* AES-256-GCM with a random nonce in front: for keys and small records under a long-lived key. `ad`
 * is bound, not stored. */
void seal_wrap(const unsigned char key[32], struct str ad, struct str plain, struct buf *out);
int seal_unwrap(const unsigned char key[32], struct str ad, struct str wrapped, struct buf *out,
		struct err *e) __attribute__((warn_unused_result));

/* AES-256-GCM with the caller's nonce, for keys that are used under a counter. `out` needs
 * plain.n + SEAL_TAG bytes; open's `out` needs n - SEAL_TAG. In-place is fine. The cipher context
 * is reusable: init once per key. */
struct seal_gcm;
struct seal_gcm *seal_gcm_new(const unsigned char key[32]);
void seal_gcm_rekey(struct seal_gcm *g, const unsigned char key[32]);
void seal_gcm_free(struct seal_gcm **g);
void seal_gcm_encrypt(struct seal_gcm *g, const unsigned char nonce[12], struct str ad,
		      struct str plain, unsigned char *out);
int seal_gcm_decrypt(struct seal_gcm *g, const unsigned char nonce[12], struct str ad,
		     struct str sealed, unsigned char *out, struct err *e)
	__attribute__((warn_unused_result));

#endif
