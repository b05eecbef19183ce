/* Private keys as parsed EVP_PKEYs, on OpenSSL's secure heap where main.c could make one. */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "acmed.h"
#include "base/mem.h"
#include "crypto/keyfile.h"
#include "crypto/seal.h"

struct key {
	unsigned char id[32];
	enum keyfile_kind kind;
	uint32_t roles; /* who may use it */
	EVP_PKEY *pkey;
};

struct keys {
	struct key *v;
	size_t n;
};

struct keys *
keys_new(void)
{
	return MEM_NEW(struct keys);
}

void
keys_free(struct keys **kp)
{
	struct keys *k = *kp;

	*kp = NULL;
	if (k == NULL)
		return;
	for (size_t i = 0; i < k->n; i++)
		EVP_PKEY_free(k->v[i].pkey);
	mem_free(k->v);
	mem_free(k);
}

size_t
keys_count(const struct keys *k)
{
	return k->n;
}

void
keys_id(const struct keys *k, size_t i, unsigned char id[32])
{
	memcpy(id, k->v[i].id, 32);
}

static const char *
reason(void)
{
	unsigned long code = ERR_peek_error();
	const char *text = ERR_reason_error_string(code);

	ERR_clear_error();
	return text != NULL ? text : "unknown reason";
}

static int
id_of(EVP_PKEY *k, unsigned char id[32], struct err *e)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(k, &der);

	if (n <= 0)
		return err_set(e, EC_SYNTAX, "public half of the key: %s", reason());
	seal_sha256(str_mem(der, (size_t)n), id);
	OPENSSL_free(der);
	return 0;
}

static struct key *
find(struct keys *k, struct str id)
{
	for (size_t i = 0; i < k->n; i++) {
		if (str_eq(str_mem(k->v[i].id, sizeof(k->v[i].id)), id))
			return &k->v[i];
	}
	return NULL;
}

int
keys_add(struct keys *k, struct str pem, struct str cert, uint32_t roles, struct err *e)
{
	struct key new = { .roles = roles }, *old;

	if ((new.pkey = keyfile_read(pem, &new.kind, e)) == NULL)
		return -1;
	if (keyfile_fits(new.pkey, cert, e) < 0 || id_of(new.pkey, new.id, e) < 0) {
		EVP_PKEY_free(new.pkey);
		return -1;
	}
	/* One key of several listeners or certificates. */
	if ((old = find(k, str_mem(new.id, sizeof(new.id)))) != NULL) {
		old->roles |= roles;
		EVP_PKEY_free(new.pkey);
		return 0;
	}
	k->v = mem_resize(k->v, k->n + 1, sizeof(*k->v));
	k->v[k->n++] = new;
	return 0;
}

/* Digest and padding must be what TLS uses with this key: NULL and an error otherwise. For Ed25519
 * *md is NULL. */
static int
check_algorithm(const struct key *k, enum check data, const struct msg_key_sign *m,
		const EVP_MD **md, struct err *e)
{
	static const struct {
		struct str name;
		const EVP_MD *(*md)(void);
	} mds[] = {
		{ STR("SHA256"), EVP_sha256 },
		{ STR("SHA384"), EVP_sha384 },
		{ STR("SHA512"), EVP_sha512 },
	};

	*md = NULL;
	for (size_t i = 0; i < ARRAY_LEN(mds); i++) {
		if (str_eq(m->md, mds[i].name))
			*md = mds[i].md();
	}
	if (m->pss > 1 || (m->pss != 0) > (k->kind == KEYFILE_RSA))
		return err_set(e, EC_DENIED, "padding does not fit the key");
	if (k->kind == KEYFILE_ED25519)
		return m->md.n == 0 ? 0 : err_set(e, EC_DENIED, "Ed25519 takes no digest");
	if (*md == NULL)
		return err_set(e, EC_DENIED, "digest is not SHA-256, SHA-384 or SHA-512");
	/* RFC 8446 4.2.3: PKCS #1 v1.5 is not for CertificateVerify, the PSS salt is as long as the
	 * hash. */
	if (k->kind == KEYFILE_RSA && data == CHECK_TLS13 && m->pss == 0)
		return err_set(e, EC_DENIED, "PKCS #1 padding in TLS 1.3");
	if (m->pss != 0 && m->saltlen != (uint64_t)EVP_MD_get_size(*md))
		return err_set(e, EC_DENIED, "salt is not as long as the digest");
	return 0;
}

static bool
sign(struct key *k, const EVP_MD *md, bool pss, struct str data, struct buf *sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	unsigned char out[1024];
	size_t n = sizeof(out);
	bool ok = ctx != NULL && EVP_DigestSignInit(ctx, &pctx, md, NULL, k->pkey) == 1;

	if (ok && pss)
		ok = EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
		     EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) == 1;
	if (ok)
		ok = EVP_DigestSign(ctx, out, &n, (const unsigned char *)data.p, data.n) == 1;
	EVP_MD_CTX_free(ctx);
	if (ok)
		buf_put(sig, out, n);
	return ok;
}

int
keys_sign(struct keys *k, enum role role, const struct msg_key_sign *m, struct buf *sig,
	  struct err *e)
{
	struct key *key = find(k, m->key);
	enum check data = check_data(m->data);
	const EVP_MD *md;

	if (key == NULL)
		return err_set(e, EC_NOTFOUND, "no key with this id");
	if ((key->roles & ROLE_BIT(role)) == 0)
		return err_set(e, EC_DENIED, "key is of listeners without a service of this role");
	if (data == CHECK_BAD)
		return err_set(e, EC_DENIED, "data is not part of a TLS handshake");
	if (check_algorithm(key, data, m, &md, e) < 0)
		return -1;
	ERR_clear_error();
	if (!sign(key, md, m->pss != 0, m->data, sig))
		return err_set(e, EC_BUG, "signature: %s", reason());
	return 0;
}
