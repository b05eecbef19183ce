/*
 * Building blocks. State of the process: the cipher and digest, fetched once, and one spare context
 * of each, since making one costs more than encrypting a kilobyte.
 *
 * SECURITY: handles every key of the suite. Key material on the stack is wiped before return;
 * failures of the library that are not about data end the process, never continue without
 * encryption.
 */
#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sodium.h>

#include "base/mem.h"
#include "crypto/seal.h"

static EVP_CIPHER *gcm_cipher;
static EVP_MD *sha256_md;
static _Thread_local EVP_MD_CTX *md_ctx;
static _Thread_local struct seal_gcm *gcm_spare;

struct seal_gcm {
	EVP_CIPHER_CTX *ctx;
};

/* A library call that fails only when memory is out or we are wrong. */
static void
must(bool ok)
{
	if (!ok)
		abort();
}

int
seal_init(struct err *e)
{
	if (gcm_cipher != NULL)
		return 0;
	if (sodium_init() < 0)
		return err_set(e, EC_BUG, "libsodium cannot start");
	if (OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL) != 1 ||
	    (sha256_md = EVP_MD_fetch(NULL, "SHA256", NULL)) == NULL ||
	    (gcm_cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL)) == NULL)
		return err_set(e, EC_BUG, "OpenSSL has no AES-256-GCM or SHA-256");
	return 0;
}

/* Guarded memory: pages of its own between two inaccessible ones, the bytes at the end of the last
 * page so that reading or writing past them faults. */
struct secret {
	unsigned char *map, *p;
	size_t n, map_n;
};

enum { SECRET_PAGE = 4096 };

struct secret *
secret_new(size_t n)
{
	struct secret *s = MEM_NEW(struct secret);
	size_t data;

	assert(n < SIZE_MAX / 2);
	data = (n + SECRET_PAGE - 1) / SECRET_PAGE * SECRET_PAGE;
	if (data == 0)
		data = SECRET_PAGE;
	s->n = n;
	s->map_n = data + (size_t)2 * SECRET_PAGE;
	s->map = mmap(NULL, s->map_n, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(s->map != MAP_FAILED);
	must(mprotect(s->map + SECRET_PAGE, data, PROT_READ | PROT_WRITE) == 0);
	/* Best effort: RLIMIT_MEMLOCK may be small, old kernels may lack the advice. */
	(void)mlock(s->map + SECRET_PAGE, data);
	(void)madvise(s->map + SECRET_PAGE, data, MADV_DONTDUMP);
	(void)madvise(s->map + SECRET_PAGE, data, MADV_WIPEONFORK);
	s->p = s->map + SECRET_PAGE + data - n;
	return s;
}

struct secret *
secret_from(const void *p, size_t n)
{
	struct secret *s = secret_new(n);

	if (n > 0)
		memcpy(s->p, p, n);
	return s;
}

void
secret_free(struct secret **s)
{
	if (*s == NULL)
		return;
	mem_wipe((*s)->p, (*s)->n);
	must(munmap((*s)->map, (*s)->map_n) == 0);
	mem_free(*s);
	*s = NULL;
}

unsigned char *
secret_p(struct secret *s)
{
	return s->p;
}

size_t
secret_n(const struct secret *s)
{
	return s->n;
}

void
seal_random(void *p, size_t n)
{
	randombytes_buf(p, n);
}

void
seal_derive(const unsigned char key[32], const char *info, struct str context,
	    unsigned char out[32])
{
	static const unsigned char salt[32]; /* RFC 5869 2.2: zeros when there is none */
	crypto_auth_hmacsha256_state st;
	unsigned char prk[32];

	crypto_auth_hmacsha256_init(&st, salt, sizeof(salt));
	crypto_auth_hmacsha256_update(&st, key, SEAL_KEY);
	crypto_auth_hmacsha256_final(&st, prk);
	/* RFC 5869 2.3, one block. The NUL of `info` ends it, so that no context can imitate
	 * another use. */
	crypto_auth_hmacsha256_init(&st, prk, sizeof(prk));
	crypto_auth_hmacsha256_update(&st, (const unsigned char *)info, strlen(info) + 1);
	crypto_auth_hmacsha256_update(&st, (const unsigned char *)context.p, context.n);
	crypto_auth_hmacsha256_update(&st, (const unsigned char[]){ 1 }, 1);
	crypto_auth_hmacsha256_final(&st, out);
	mem_wipe(prk, sizeof(prk));
	mem_wipe(&st, sizeof(st));
}

void
seal_sha256(struct str s, unsigned char out[32])
{
	unsigned n = 0;

	if (md_ctx == NULL)
		must((md_ctx = EVP_MD_CTX_new()) != NULL);
	must(EVP_DigestInit_ex(md_ctx, sha256_md, NULL) == 1 &&
	     EVP_DigestUpdate(md_ctx, s.p, s.n) == 1 && EVP_DigestFinal_ex(md_ctx, out, &n) == 1 &&
	     n == SEAL_HASH);
}

void
seal_prf(const unsigned char key[32], struct str s, unsigned char out[32])
{
	must(crypto_generichash(out, SEAL_HASH, (const unsigned char *)s.p, s.n, key, SEAL_KEY) ==
	     0);
}

uint64_t
seal_hash64(const unsigned char key[16], struct str s)
{
	unsigned char out[crypto_shorthash_BYTES];
	uint64_t h;

	must(crypto_shorthash(out, (const unsigned char *)s.p, s.n, key) == 0);
	memcpy(&h, out, sizeof(h));
	return h;
}

void
seal_keypair(unsigned char pub[32], unsigned char priv[32])
{
	must(crypto_box_keypair(pub, priv) == 0);
}

int
seal_box(const unsigned char pub[32], struct str plain, struct buf *out)
{
	size_t n;
	char *p;

	must(size_add(plain.n, SEAL_BOX, &n));
	if ((p = buf_reserve(out, n)) == NULL)
		return -1;
	if (crypto_box_seal((unsigned char *)p, (const unsigned char *)plain.p, plain.n, pub) != 0)
		return -1;
	buf_commit(out, n);
	return 0;
}

int
seal_box_open(const unsigned char pub[32], const unsigned char priv[32], struct str box,
	      struct buf *out, struct err *e)
{
	char *p;

	if (box.n < SEAL_BOX)
		return err_set(e, EC_CORRUPT, "sealed box is too short");
	if ((p = buf_reserve(out, box.n - SEAL_BOX)) == NULL)
		return err_set(e, EC_LIMIT, "sealed box is too long");
	if (crypto_box_seal_open((unsigned char *)p, (const unsigned char *)box.p, box.n, pub,
				 priv) != 0)
		return err_set(e, EC_CORRUPT, "sealed box does not open");
	buf_commit(out, box.n - SEAL_BOX);
	return 0;
}

/* AES-256-GCM. One context serves both directions: the key schedule is the same. */

struct seal_gcm *
seal_gcm_new(const unsigned char key[32])
{
	struct seal_gcm *g = gcm_spare;

	if (g != NULL) {
		gcm_spare = NULL;
	} else {
		g = MEM_NEW(struct seal_gcm);
		must((g->ctx = EVP_CIPHER_CTX_new()) != NULL);
		must(EVP_EncryptInit_ex2(g->ctx, gcm_cipher, NULL, NULL, NULL) == 1);
	}
	seal_gcm_rekey(g, key);
	return g;
}

void
seal_gcm_rekey(struct seal_gcm *g, const unsigned char key[32])
{
	must(EVP_EncryptInit_ex2(g->ctx, NULL, key, NULL, NULL) == 1);
}

void
seal_gcm_free(struct seal_gcm **g)
{
	static const unsigned char none[SEAL_KEY];

	if (*g == NULL)
		return;
	if (gcm_spare == NULL) {
		seal_gcm_rekey(*g, none); /* no key stays behind in the spare one */
		gcm_spare = *g;
	} else {
		EVP_CIPHER_CTX_free((*g)->ctx); /* wipes */
		mem_free(*g);
	}
	*g = NULL;
}

void
seal_gcm_encrypt(struct seal_gcm *g, const unsigned char nonce[12], struct str ad, struct str plain,
		 unsigned char *out)
{
	int n = 0, tail = 0;

	assert(plain.n <= INT_MAX && ad.n <= INT_MAX);
	must(EVP_EncryptInit_ex2(g->ctx, NULL, NULL, nonce, NULL) == 1);
	if (ad.n > 0)
		must(EVP_EncryptUpdate(g->ctx, NULL, &n, (const unsigned char *)ad.p, (int)ad.n) ==
		     1);
	n = 0;
	if (plain.n > 0)
		must(EVP_EncryptUpdate(g->ctx, out, &n, (const unsigned char *)plain.p,
				       (int)plain.n) == 1);
	must(EVP_EncryptFinal_ex(g->ctx, out + n, &tail) == 1 &&
	     (size_t)n + (size_t)tail == plain.n);
	must(EVP_CIPHER_CTX_ctrl(g->ctx, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG, out + plain.n) == 1);
}

int
seal_gcm_decrypt(struct seal_gcm *g, const unsigned char nonce[12], struct str ad,
		 struct str sealed, unsigned char *out, struct err *e)
{
	unsigned char tag[SEAL_TAG];
	int n = 0, tail = 0;
	size_t len;

	if (sealed.n < SEAL_TAG || sealed.n > INT_MAX)
		return err_set(e, EC_CORRUPT, "ciphertext has %zu bytes", sealed.n);
	assert(ad.n <= INT_MAX);
	len = sealed.n - SEAL_TAG;
	memcpy(tag, sealed.p + len, SEAL_TAG); /* a copy: `out` may be the same place */
	must(EVP_DecryptInit_ex2(g->ctx, NULL, NULL, nonce, NULL) == 1);
	must(EVP_CIPHER_CTX_ctrl(g->ctx, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG, tag) == 1);
	if (ad.n > 0)
		must(EVP_DecryptUpdate(g->ctx, NULL, &n, (const unsigned char *)ad.p, (int)ad.n) ==
		     1);
	n = 0;
	if (len > 0)
		must(EVP_DecryptUpdate(g->ctx, out, &n, (const unsigned char *)sealed.p,
				       (int)len) == 1);
	if (EVP_DecryptFinal_ex(g->ctx, out + n, &tail) != 1) {
		mem_wipe(out, len); /* unauthenticated plaintext is nobody's business */
		return err_set(e, EC_CORRUPT, "ciphertext does not authenticate");
	}
	return 0;
}

void
seal_wrap(const unsigned char key[32], struct str ad, struct str plain, struct buf *out)
{
	struct seal_gcm *g;
	size_t n;
	char *p;

	must(size_add(plain.n, SEAL_WRAP, &n));
	if ((p = buf_reserve(out, n)) == NULL)
		return;
	g = seal_gcm_new(key);
	seal_random(p, SEAL_NONCE);
	seal_gcm_encrypt(g, (unsigned char *)p, ad, plain, (unsigned char *)p + SEAL_NONCE);
	seal_gcm_free(&g);
	buf_commit(out, n);
}

int
seal_unwrap(const unsigned char key[32], struct str ad, struct str wrapped, struct buf *out,
	    struct err *e)
{
	struct seal_gcm *g;
	char *p;
	int r;

	if (wrapped.n < SEAL_WRAP)
		return err_set(e, EC_CORRUPT, "wrapped bytes are too short");
	if ((p = buf_reserve(out, wrapped.n - SEAL_WRAP)) == NULL)
		return err_set(e, EC_LIMIT, "wrapped bytes are too long");
	g = seal_gcm_new(key);
	r = seal_gcm_decrypt(g, (const unsigned char *)wrapped.p, ad, str_from(wrapped, SEAL_NONCE),
			     (unsigned char *)p, e);
	seal_gcm_free(&g);
	if (r < 0)
		return -1;
	buf_commit(out, wrapped.n - SEAL_WRAP);
	return 0;
}
