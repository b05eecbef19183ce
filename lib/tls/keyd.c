/*
 * The keyd provider. OpenSSL finds key management and signatures for the types below by the
 * property "provider=keyd", which only keyd_key_new asks for; everything else prefers the default
 * provider.
 */
#include "tls/keyd.h"

#include <assert.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

/* Parameters of our own, passed to import beside the public ones. */
#define P_ID "keyd-id"
#define P_BITS "keyd-bits"
#define P_SECBITS "keyd-secbits"
#define P_SIZE "keyd-size"

enum kind { KIND_RSA, KIND_EC, KIND_ED25519 };

struct key {
	enum kind kind;
	bool has_id; /* false for a certificate's key that is here to be compared */
	unsigned char id[32];
	int bits, secbits, size;
	OSSL_PARAM *pub; /* public parameters as imported */
};

/* One signature operation. */
struct sig {
	struct key *key; /* borrowed: OpenSSL holds the EVP_PKEY */
	char md[16];	 /* digest name, "" for Ed25519 */
	unsigned md_size;
	bool pss;
	int saltlen; /* -1: as long as the digest */
};

static tls_sign_fn *sign_fn;
static void *sign_ctx;
/* Held for the life of the process. */
static OSSL_PROVIDER *providers[2] __attribute__((used));

const char *
keyd_openssl_error(void)
{
	static char text[300];
	const char *data = NULL, *reason;
	int flags = 0;
	unsigned long code = ERR_get_error_all(NULL, NULL, NULL, &data, &flags);

	reason = ERR_reason_error_string(code);
	/* Errors of sig_digest_sign carry the text of whoever was asked. */
	if (data != NULL && (flags & ERR_TXT_STRING) != 0 && ERR_GET_LIB(code) == ERR_LIB_PROV)
		(void)snprintf(text, sizeof(text), "%s", data);
	else
		(void)snprintf(text, sizeof(text), "%s",
			       reason != NULL ? reason : "unknown reason");
	ERR_clear_error();
	return text;
}

/* Key management */

static void *
key_new(enum kind kind)
{
	struct key *k = MEM_NEW(struct key);

	k->kind = kind;
	return k;
}

static void *
rsa_new(void *provctx)
{
	(void)provctx;
	return key_new(KIND_RSA);
}

static void *
ec_new(void *provctx)
{
	(void)provctx;
	return key_new(KIND_EC);
}

static void *
ed25519_new(void *provctx)
{
	(void)provctx;
	return key_new(KIND_ED25519);
}

static void
key_free(void *keydata)
{
	struct key *k = keydata;

	if (k == NULL)
		return;
	OSSL_PARAM_free(k->pub);
	mem_free(k);
}

static int
key_has(const void *keydata, int selection)
{
	const struct key *k = keydata;

	if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0 && !k->has_id)
		return 0;
	return k->pub != NULL;
}

/* The same parameter of two keys, whatever its type. */
static bool
param_eq(const struct key *a, const struct key *b, const char *name)
{
	const OSSL_PARAM *pa = OSSL_PARAM_locate_const(a->pub, name);
	const OSSL_PARAM *pb = OSSL_PARAM_locate_const(b->pub, name);

	if (pa == NULL || pb == NULL)
		return false;
	if (pa->data_type == OSSL_PARAM_UNSIGNED_INTEGER) {
		BIGNUM *na = NULL, *nb = NULL;
		bool eq = OSSL_PARAM_get_BN(pa, &na) && OSSL_PARAM_get_BN(pb, &nb) &&
			  BN_cmp(na, nb) == 0;

		BN_free(na);
		BN_free(nb);
		return eq;
	}
	return pa->data_type == pb->data_type && pa->data_size == pb->data_size &&
	       memcmp(pa->data, pb->data, pa->data_size) == 0;
}

static int
key_match(const void *keydata1, const void *keydata2, int selection)
{
	const struct key *a = keydata1, *b = keydata2;

	(void)selection; /* both halves stand for each other: the id is a hash of the public one */
	if (a->kind != b->kind || a->pub == NULL || b->pub == NULL)
		return 0;
	if (a->kind == KIND_RSA)
		return param_eq(a, b, OSSL_PKEY_PARAM_RSA_N) &&
		       param_eq(a, b, OSSL_PKEY_PARAM_RSA_E);
	if (a->kind == KIND_EC && !param_eq(a, b, OSSL_PKEY_PARAM_GROUP_NAME))
		return 0;
	return param_eq(a, b, OSSL_PKEY_PARAM_PUB_KEY);
}

static int
key_import(void *keydata, int selection, const OSSL_PARAM params[])
{
	struct key *k = keydata;
	const OSSL_PARAM *p;

	(void)selection;
	if (k->pub != NULL || (k->pub = OSSL_PARAM_dup(params)) == NULL)
		return 0;
	if ((p = OSSL_PARAM_locate_const(params, P_ID)) != NULL) {
		if (p->data_type != OSSL_PARAM_OCTET_STRING || p->data_size != sizeof(k->id))
			return 0;
		memcpy(k->id, p->data, sizeof(k->id));
		k->has_id = true;
	}
	if ((p = OSSL_PARAM_locate_const(params, P_BITS)) != NULL &&
	    !OSSL_PARAM_get_int(p, &k->bits))
		return 0;
	if ((p = OSSL_PARAM_locate_const(params, P_SECBITS)) != NULL &&
	    !OSSL_PARAM_get_int(p, &k->secbits))
		return 0;
	if ((p = OSSL_PARAM_locate_const(params, P_SIZE)) != NULL &&
	    !OSSL_PARAM_get_int(p, &k->size))
		return 0;
	return 1;
}

static int
key_export(void *keydata, int selection, OSSL_CALLBACK *cb, void *cbarg)
{
	struct key *k = keydata;

	if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0 || k->pub == NULL)
		return 0;
	return cb(k->pub, cbarg);
}

/* What import takes and export gives; OpenSSL asks for the list to see that both sides fit. */
static const OSSL_PARAM *
key_types(int selection)
{
	static const OSSL_PARAM types[] = {
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
		OSSL_PARAM_octet_string(P_ID, NULL, 0),
		OSSL_PARAM_int(P_BITS, NULL),
		OSSL_PARAM_int(P_SECBITS, NULL),
		OSSL_PARAM_int(P_SIZE, NULL),
		OSSL_PARAM_END,
	};

	(void)selection;
	return types;
}

static int
set_int(OSSL_PARAM params[], const char *name, int v)
{
	OSSL_PARAM *p = OSSL_PARAM_locate(params, name);

	return p == NULL || OSSL_PARAM_set_int(p, v);
}

static int
key_get_params(void *keydata, OSSL_PARAM params[])
{
	struct key *k = keydata;
	const OSSL_PARAM *from;
	OSSL_PARAM *p;

	if (!set_int(params, OSSL_PKEY_PARAM_BITS, k->bits) ||
	    !set_int(params, OSSL_PKEY_PARAM_SECURITY_BITS, k->secbits) ||
	    !set_int(params, OSSL_PKEY_PARAM_MAX_SIZE, k->size))
		return 0;
	if ((p = OSSL_PARAM_locate(params, OSSL_PKEY_PARAM_GROUP_NAME)) != NULL &&
	    k->kind == KIND_EC) {
		from = OSSL_PARAM_locate_const(k->pub, OSSL_PKEY_PARAM_GROUP_NAME);
		if (from == NULL || !OSSL_PARAM_set_utf8_string(p, from->data))
			return 0;
	}
	/* "" says that the algorithm hashes by itself; the others have a usual digest. */
	if ((p = OSSL_PARAM_locate(params, OSSL_PKEY_PARAM_MANDATORY_DIGEST)) != NULL &&
	    k->kind == KIND_ED25519 && !OSSL_PARAM_set_utf8_string(p, ""))
		return 0;
	if ((p = OSSL_PARAM_locate(params, OSSL_PKEY_PARAM_DEFAULT_DIGEST)) != NULL &&
	    k->kind != KIND_ED25519 && !OSSL_PARAM_set_utf8_string(p, "SHA256"))
		return 0;
	return 1;
}

static const OSSL_PARAM *
key_gettable_params(void *provctx)
{
	static const OSSL_PARAM list[] = {
		OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
		OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
		OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_MANDATORY_DIGEST, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, NULL, 0),
		OSSL_PARAM_END,
	};

	(void)provctx;
	return list;
}

static const char *
rsa_operation(int op)
{
	return op == OSSL_OP_SIGNATURE ? "RSA" : NULL;
}

static const char *
ec_operation(int op)
{
	return op == OSSL_OP_SIGNATURE ? "ECDSA" : NULL;
}

static const char *
ed25519_operation(int op)
{
	return op == OSSL_OP_SIGNATURE ? "ED25519" : NULL;
}

#define FN(id, fn)                                                                                 \
	{                                                                                          \
		id, (void (*)(void))(fn)                                                           \
	}
#define KEYMGMT(prefix)                                                                            \
	static const OSSL_DISPATCH prefix##_keymgmt[] = {                                          \
		FN(OSSL_FUNC_KEYMGMT_NEW, prefix##_new),                                           \
		FN(OSSL_FUNC_KEYMGMT_FREE, key_free),                                              \
		FN(OSSL_FUNC_KEYMGMT_HAS, key_has),                                                \
		FN(OSSL_FUNC_KEYMGMT_MATCH, key_match),                                            \
		FN(OSSL_FUNC_KEYMGMT_IMPORT, key_import),                                          \
		FN(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, key_types),                                     \
		FN(OSSL_FUNC_KEYMGMT_EXPORT, key_export),                                          \
		FN(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, key_types),                                     \
		FN(OSSL_FUNC_KEYMGMT_GET_PARAMS, key_get_params),                                  \
		FN(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, key_gettable_params),                        \
		FN(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, prefix##_operation),                    \
		{ 0, NULL },                                                                       \
	}
KEYMGMT(rsa);
KEYMGMT(ec);
KEYMGMT(ed25519);

/* Signatures */

static void *
sig_new(void *provctx, const char *propq)
{
	struct sig *s = MEM_NEW(struct sig);

	(void)provctx;
	(void)propq;
	s->saltlen = -1;
	return s;
}

static void
sig_free(void *ctx)
{
	mem_free(ctx);
}

static void *
sig_dup(void *ctx)
{
	return mem_dup(ctx, sizeof(struct sig));
}

static int
sig_set_padding(struct sig *s, const OSSL_PARAM *p)
{
	int pad;

	if (p->data_type == OSSL_PARAM_UTF8_STRING) {
		s->pss = strcmp(p->data, OSSL_PKEY_RSA_PAD_MODE_PSS) == 0;
		return s->pss || strcmp(p->data, OSSL_PKEY_RSA_PAD_MODE_PKCSV15) == 0;
	}
	if (!OSSL_PARAM_get_int(p, &pad))
		return 0;
	s->pss = pad == RSA_PKCS1_PSS_PADDING;
	return s->pss || pad == RSA_PKCS1_PADDING;
}

/* TLS uses a salt as long as the digest and nothing else. RFC 8446 4.2.3. */
static int
sig_set_saltlen(struct sig *s, const OSSL_PARAM *p)
{
	if (p->data_type == OSSL_PARAM_UTF8_STRING) {
		if (strcmp(p->data, OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST) != 0)
			return 0;
		s->saltlen = -1;
		return 1;
	}
	return OSSL_PARAM_get_int(p, &s->saltlen) && s->saltlen >= -1;
}

static int
sig_set_ctx_params(void *ctx, const OSSL_PARAM params[])
{
	struct sig *s = ctx;
	const OSSL_PARAM *p;

	if (params == NULL)
		return 1;
	if ((p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PAD_MODE)) != NULL &&
	    !sig_set_padding(s, p))
		return 0;
	if ((p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PSS_SALTLEN)) != NULL &&
	    !sig_set_saltlen(s, p))
		return 0;
	return 1;
}

static const OSSL_PARAM *
sig_settable_ctx_params(void *ctx, void *provctx)
{
	static const OSSL_PARAM list[] = {
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL, 0),
		OSSL_PARAM_END,
	};

	(void)ctx;
	(void)provctx;
	return list;
}

static int
sig_digest_sign_init(void *ctx, const char *mdname, void *keydata, const OSSL_PARAM params[])
{
	/* what OpenSSL may call it, what we call it on the wire, bytes */
	static const struct {
		const char *from, *to;
		unsigned size;
	} mds[] = {
		{ "SHA256", "SHA256", 32 }, { "SHA2-256", "SHA256", 32 },
		{ "SHA384", "SHA384", 48 }, { "SHA2-384", "SHA384", 48 },
		{ "SHA512", "SHA512", 64 }, { "SHA2-512", "SHA512", 64 },
	};
	struct sig *s = ctx;

	if (keydata != NULL)
		s->key = keydata;
	if (s->key == NULL || !s->key->has_id)
		return 0;
	s->md[0] = '\0';
	if (s->key->kind == KIND_ED25519)
		return (mdname == NULL || mdname[0] == '\0') && sig_set_ctx_params(ctx, params);
	for (size_t i = 0; i < ARRAY_LEN(mds); i++) {
		if (mdname != NULL && strcasecmp(mdname, mds[i].from) == 0) {
			if (str_to_c(str_c(mds[i].to), s->md, sizeof(s->md)) < 0)
				return 0;
			s->md_size = mds[i].size;
			return sig_set_ctx_params(ctx, params);
		}
	}
	return 0;
}

static int
sig_digest_sign(void *ctx, unsigned char *out, size_t *outlen, size_t outsize,
		const unsigned char *data, size_t n)
{
	struct sig *s = ctx;
	struct err e = ERR_INIT;
	struct buf sig;
	unsigned salt = 0;
	int r = 0;

	if (s->key == NULL || s->key->size <= 0)
		return 0;
	if (out == NULL) {
		*outlen = (size_t)s->key->size;
		return 1;
	}
	if (s->pss)
		salt = s->saltlen < 0 ? s->md_size : (unsigned)s->saltlen;
	buf_init(&sig, 1024);
	if (sign_fn(sign_ctx, str_mem(s->key->id, sizeof(s->key->id)), str_c(s->md), s->pss, salt,
		    str_mem(data, n), &sig, &e) == 0 &&
	    !sig.over && sig.n > 0 && sig.n <= outsize && sig.n <= (size_t)s->key->size) {
		memcpy(out, buf_str(&sig).p, sig.n);
		*outlen = sig.n;
		r = 1;
	} else {
		ERR_raise_data(ERR_LIB_PROV, ERR_R_OPERATION_FAIL, "%s", e.msg);
	}
	buf_done(&sig);
	return r;
}

static const OSSL_DISPATCH signature[] = {
	FN(OSSL_FUNC_SIGNATURE_NEWCTX, sig_new),
	FN(OSSL_FUNC_SIGNATURE_FREECTX, sig_free),
	FN(OSSL_FUNC_SIGNATURE_DUPCTX, sig_dup),
	FN(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, sig_digest_sign_init),
	FN(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, sig_digest_sign),
	FN(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, sig_set_ctx_params),
	FN(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, sig_settable_ctx_params),
	{ 0, NULL },
};

/* The provider */

static const OSSL_ALGORITHM *
prov_query(void *provctx, int op, int *no_cache)
{
	static const OSSL_ALGORITHM keys[] = {
		{ "RSA:rsaEncryption", "provider=keyd", rsa_keymgmt, NULL },
		{ "EC:id-ecPublicKey", "provider=keyd", ec_keymgmt, NULL },
		{ "ED25519", "provider=keyd", ed25519_keymgmt, NULL },
		{ NULL, NULL, NULL, NULL },
	};
	static const OSSL_ALGORITHM sigs[] = {
		{ "RSA:rsaEncryption", "provider=keyd", signature, NULL },
		{ "ECDSA", "provider=keyd", signature, NULL },
		{ "ED25519", "provider=keyd", signature, NULL },
		{ NULL, NULL, NULL, NULL },
	};

	(void)provctx;
	*no_cache = 0;
	if (op == OSSL_OP_KEYMGMT)
		return keys;
	return op == OSSL_OP_SIGNATURE ? sigs : NULL;
}

static int
prov_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out,
	  void **provctx)
{
	static const OSSL_DISPATCH dispatch[] = {
		FN(OSSL_FUNC_PROVIDER_QUERY_OPERATION, prov_query),
		{ 0, NULL },
	};
	static int ctx; /* OpenSSL wants a context that is not NULL */

	(void)handle;
	(void)in;
	*out = dispatch;
	*provctx = &ctx;
	return 1;
}

void
keyd_init(tls_sign_fn *fn, void *ctx)
{
	sign_fn = fn;
	sign_ctx = ctx;
	/* No configuration file: the sandbox has none, and policy is set in server.c. */
	if (!OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) ||
	    !OSSL_PROVIDER_add_builtin(NULL, "keyd", prov_init) ||
	    (providers[0] = OSSL_PROVIDER_load(NULL, "default")) == NULL ||
	    (providers[1] = OSSL_PROVIDER_load(NULL, "keyd")) == NULL ||
	    !EVP_set_default_properties(NULL, "?provider=default"))
		abort(); /* out of memory, or a broken OpenSSL: nothing to fall back to */
}

/* SHA-256 of the SubjectPublicKeyInfo in the form that OpenSSL gives it, as acmed does too. */
static bool
spki_hash(X509 *cert, unsigned char id[32])
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(X509_get0_pubkey(cert), &der);

	if (n <= 0)
		return false;
	SHA256(der, (size_t)n, id);
	OPENSSL_free(der);
	return true;
}

static EVP_PKEY *
key_from_params(const char *type, OSSL_PARAM *params)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, "provider=keyd");
	EVP_PKEY *key = NULL;

	if (ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1)
		(void)EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

EVP_PKEY *
keyd_key_new(X509 *cert, struct err *e)
{
	static const char *const types[] = { "RSA", "EC", "ED25519" };
	EVP_PKEY *pub = X509_get0_pubkey(cert), *key = NULL;
	OSSL_PARAM *data = NULL, *all = NULL, own[5];
	unsigned char id[32];
	int bits, secbits, size;
	const char *type = NULL;

	for (size_t i = 0; pub != NULL && i < ARRAY_LEN(types); i++) {
		if (EVP_PKEY_is_a(pub, types[i]))
			type = types[i];
	}
	if (type == NULL) {
		(void)err_set(e, EC_SYNTAX,
			      "key type of the certificate is not RSA, EC or Ed25519");
		return NULL;
	}
	bits = EVP_PKEY_get_bits(pub);
	secbits = EVP_PKEY_get_security_bits(pub);
	size = EVP_PKEY_get_size(pub);
	own[0] = OSSL_PARAM_construct_octet_string(P_ID, id, sizeof(id));
	own[1] = OSSL_PARAM_construct_int(P_BITS, &bits);
	own[2] = OSSL_PARAM_construct_int(P_SECBITS, &secbits);
	own[3] = OSSL_PARAM_construct_int(P_SIZE, &size);
	own[4] = OSSL_PARAM_construct_end();
	if (spki_hash(cert, id) && EVP_PKEY_todata(pub, EVP_PKEY_PUBLIC_KEY, &data) == 1 &&
	    (all = OSSL_PARAM_merge(data, own)) != NULL)
		key = key_from_params(type, all);
	if (key == NULL)
		(void)err_set(e, EC_SYNTAX, "public key of the certificate: %s",
			      keyd_openssl_error());
	OPENSSL_free(all); /* the array alone: the values are those of `data` and `own` */
	OSSL_PARAM_free(data);
	return key;
}
