/* See pub.h. */
#include "dkim/pub.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "dkim/key.h"
#include "dkim/taglist.h"

enum { ED25519_LEN = 32 };

/* As everybody publishes them, or as RFC 6376 3.6.1 says. */
static EVP_PKEY *
parse_rsa(struct str der)
{
	const unsigned char *p = (const unsigned char *)der.p;
	EVP_PKEY *k = d2i_PUBKEY(NULL, &p, (long)der.n);

	if (k == NULL) {
		p = (const unsigned char *)der.p;
		k = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)der.n);
	}
	if (k != NULL && !EVP_PKEY_is_a(k, "RSA")) {
		EVP_PKEY_free(k);
		k = NULL;
	}
	return k;
}

static EVP_PKEY *
parse_key(struct str bytes, bool is_ed25519)
{
	EVP_PKEY *k = NULL;

	if (!is_ed25519)
		k = parse_rsa(bytes);
	else if (bytes.n == ED25519_LEN)
		k = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
						(const unsigned char *)bytes.p, bytes.n);
	ERR_clear_error();
	return k;
}

static enum dk_pub_fault
get_key(struct dk_pub *p, struct str b64, struct err *e)
{
	struct buf bytes;

	buf_init(&bytes, LIM_DKIM_RECORD);
	if (dk_base64_get(&bytes, b64) == 0)
		p->pkey = parse_key(buf_str(&bytes), p->is_ed25519);
	buf_done(&bytes);
	if (p->pkey == NULL) {
		err_set(e, EC_SYNTAX, "p= is no key of this type");
		return DK_PUB_MALFORMED;
	}
	p->bits = (unsigned)EVP_PKEY_get_bits(p->pkey);
	return DK_PUB_OK;
}

static enum dk_pub_fault
unknown(struct err *e, const char *tag, struct str value)
{
	err_set(e, EC_SYNTAX, "the key has %s=" STR_FMT ", which is not known here", tag,
		STR_ARG(str_sub(value, 0, 40)));
	return DK_PUB_UNSUPPORTED;
}

enum dk_pub_fault
dk_pub_parse(struct dk_pub *p, struct str txt, struct err *e)
{
	struct dk_taglist l;
	struct str v, k, h, s, t, key;

	*p = (struct dk_pub){ .pkey = NULL };
	if (dk_taglist_parse(&l, str_sub(txt, 0, LIM_DKIM_RECORD), e) < 0) {
		err_prefix(e, "key record");
		return DK_PUB_MALFORMED;
	}
	v = dk_taglist_get(&l, "v");
	k = dk_taglist_get(&l, "k");
	h = dk_taglist_get(&l, "h");
	s = dk_taglist_get(&l, "s");
	t = dk_taglist_get(&l, "t");
	key = dk_taglist_get(&l, "p");
	if (v.p != NULL && !str_eq(v, STR("DKIM1")))
		return unknown(e, "v", v);
	p->is_ed25519 = str_eq(k, STR("ed25519"));
	if (k.p != NULL && !p->is_ed25519 && !str_eq(k, STR("rsa")))
		return unknown(e, "k", k);
	p->may_sha256 = h.p == NULL || dk_values_has(h, STR("sha256"));
	p->may_mail = s.p == NULL || dk_values_has(s, STR("*")) || dk_values_has(s, STR("email"));
	p->is_testing = dk_values_has(t, STR("y"));
	p->is_strict = dk_values_has(t, STR("s"));
	if (key.p == NULL) {
		err_set(e, EC_SYNTAX, "the key record has no p=");
		return DK_PUB_MALFORMED;
	}
	if (key.n == 0) {
		err_set(e, EC_SYNTAX, "the key is revoked");
		return DK_PUB_REVOKED;
	}
	return get_key(p, key, e);
}

void
dk_pub_done(struct dk_pub *p)
{
	EVP_PKEY_free(p->pkey);
	p->pkey = NULL;
}

/* RSA keys as SubjectPublicKeyInfo, as everybody publishes them whatever RFC 6376 3.6.1 says;
 * Ed25519 keys bare (RFC 8463 section 4). */
bool
dk_put_public(const void *pkey, struct buf *out)
{
	EVP_PKEY *k = (EVP_PKEY *)(uintptr_t)pkey;
	unsigned char raw[ED25519_LEN] = { 0 }, *der = NULL;
	bool is_ed25519 = EVP_PKEY_is_a(k, "ED25519");
	size_t n = sizeof(raw);
	int len;

	buf_printf(out, "k=%s;p=", is_ed25519 ? "ed25519" : "rsa");
	if (is_ed25519) {
		len = EVP_PKEY_get_raw_public_key(k, raw, &n);
		enc_put_base64(out, str_mem(raw, n));
	} else {
		len = i2d_PUBKEY(k, &der);
		if (len > 0)
			enc_put_base64(out, str_mem(der, (size_t)len));
		OPENSSL_free(der);
	}
	ERR_clear_error();
	return len > 0 && !out->over;
}

int
dk_pub_txt(const struct dk_pub *p, struct buf *txt, struct err *e)
{
	if (dk_put_public(p->pkey, txt))
		return 0;
	return err_set(e, EC_BUG, "the key can't be written");
}

const char *
dk_pub_unfit(const struct dk_pub *p, enum dk_alg alg)
{
	if (p->is_ed25519 != (alg == DK_ALG_ED25519_SHA256))
		return "the key is not of the signature's type";
	if (!p->may_sha256)
		return "the key is not for SHA-256";
	if (!p->may_mail)
		return "the key is not for mail";
	return NULL;
}

static bool
verify_rsa(EVP_PKEY *k, const unsigned char hash[DK_HASH], struct str sig)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(NULL, k, NULL);
	bool ok = c != NULL && EVP_PKEY_verify_init(c) == 1 &&
		  EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) == 1 &&
		  EVP_PKEY_CTX_set_signature_md(c, EVP_sha256()) == 1 &&
		  EVP_PKEY_verify(c, (const unsigned char *)sig.p, sig.n, hash, DK_HASH) == 1;

	EVP_PKEY_CTX_free(c);
	return ok;
}

/* RFC 8463 section 3: PureEdDSA over the SHA-256 hash. */
static bool
verify_ed25519(EVP_PKEY *k, const unsigned char hash[DK_HASH], struct str sig)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool ok = c != NULL && EVP_DigestVerifyInit(c, NULL, NULL, NULL, k) == 1 &&
		  EVP_DigestVerify(c, (const unsigned char *)sig.p, sig.n, hash, DK_HASH) == 1;

	EVP_MD_CTX_free(c);
	return ok;
}

bool
dk_pub_verify(const struct dk_pub *p, const unsigned char hash[DK_HASH], struct str sig)
{
	bool ok =
		p->is_ed25519 ? verify_ed25519(p->pkey, hash, sig) : verify_rsa(p->pkey, hash, sig);

	ERR_clear_error();
	return ok;
}
