/* Private keys: parse, make, sign a hash, say the public half. */
#include "dkim/key.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/mem.h"

/* RFC 8301 3.2: signers use 1024 at the very least, verifiers need not take more than 4096. */
enum { RSA_MIN = 1024, RSA_MAX = 4096, ED25519_LEN = 32 };

struct dk_key {
	EVP_PKEY *pkey;
	EVP_PKEY_CTX *rsa; /* set up once: it costs as much as the hash of a message */
};

static int
check_kind(const EVP_PKEY *k, struct err *e)
{
	int bits = EVP_PKEY_get_bits(k);

	if (EVP_PKEY_is_a(k, "ED25519"))
		return 0;
	if (!EVP_PKEY_is_a(k, "RSA"))
		return err_set(e, EC_SYNTAX, "is neither an RSA nor an Ed25519 key");
	if (bits < RSA_MIN || bits > RSA_MAX)
		return err_set(e, EC_SYNTAX, "RSA key of %d bits, needs %d to %d", bits, RSA_MIN,
			       RSA_MAX);
	return 0;
}

/* The context does not change when it signs, so one serves every message. */
static EVP_PKEY_CTX *
rsa_new(EVP_PKEY *k)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(NULL, k, NULL);

	if (c != NULL && EVP_PKEY_sign_init(c) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_signature_md(c, EVP_sha256()) == 1)
		return c;
	EVP_PKEY_CTX_free(c);
	return NULL;
}

struct dk_key *
dk_key_parse(struct str pem, struct err *e)
{
	struct dk_key *k = NULL;
	const unsigned char *p;
	EVP_PKEY *pkey = NULL;
	struct buf der;

	buf_init(&der, LIM_DKIM_KEY);
	if (dk_pem_decode(str_sub(pem, 0, LIM_DKIM_KEY), &der, e) < 0)
		goto done;
	p = (const unsigned char *)buf_str(&der).p;
	pkey = d2i_AutoPrivateKey(NULL, &p, (long)der.n);
	if (pkey == NULL) {
		err_set(e, EC_SYNTAX, "is PEM, but not of a private key");
		goto done;
	}
	if (check_kind(pkey, e) < 0)
		goto done;
	k = MEM_NEW(struct dk_key);
	if (EVP_PKEY_is_a(pkey, "RSA") && (k->rsa = rsa_new(pkey)) == NULL) {
		err_set(e, EC_SYNTAX, "is an RSA key that can't sign");
		dk_key_free(&k);
		goto done;
	}
	k->pkey = pkey;
	pkey = NULL;
done:
	EVP_PKEY_free(pkey);
	buf_wipe(&der);
	ERR_clear_error();
	return k;
}

void
dk_key_free(struct dk_key **k)
{
	if (*k == NULL)
		return;
	EVP_PKEY_CTX_free((*k)->rsa);
	EVP_PKEY_free((*k)->pkey);
	mem_free(*k);
	*k = NULL;
}

bool
dk_key_is_ed25519(const struct dk_key *k)
{
	return k->rsa == NULL;
}

/* RFC 8463 section 3: PureEdDSA over the SHA-256 hash. */
static bool
sign_ed25519(const struct dk_key *k, const unsigned char hash[DK_HASH], unsigned char *sig,
	     size_t *n)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool ok = c != NULL && EVP_DigestSignInit(c, NULL, NULL, NULL, k->pkey) == 1 &&
		  EVP_DigestSign(c, sig, n, hash, DK_HASH) == 1;

	EVP_MD_CTX_free(c);
	return ok;
}

int
dk_key_sign(const struct dk_key *k, const unsigned char hash[DK_HASH], struct buf *sig,
	    struct err *e)
{
	unsigned char s[RSA_MAX / 8];
	size_t n = sizeof(s);
	bool ok = k->rsa != NULL ? EVP_PKEY_sign(k->rsa, s, &n, hash, DK_HASH) == 1
				 : sign_ed25519(k, hash, s, &n);

	ERR_clear_error();
	if (!ok)
		return err_set(e, EC_BUG, "making a signature failed");
	buf_put(sig, s, n);
	return 0;
}

int
dk_key_make(unsigned bits, struct buf *pem, struct err *e)
{
	EVP_PKEY *k = bits > 0 ? EVP_RSA_gen(bits) : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	BIO *bio = BIO_new(BIO_s_secmem());
	char *p;
	long n = 0;

	if (k != NULL && bio != NULL &&
	    PEM_write_bio_PKCS8PrivateKey(bio, k, NULL, NULL, 0, NULL, NULL) == 1)
		n = BIO_get_mem_data(bio, &p);
	if (n > 0)
		buf_put(pem, p, (size_t)n);
	BIO_free(bio);
	EVP_PKEY_free(k);
	ERR_clear_error();
	return n > 0 && !pem->over ? 0 : err_set(e, EC_BUG, "making a key failed");
}

int
dk_key_txt(const struct dk_key *k, struct buf *txt, struct err *e)
{
	size_t was = txt->n;

	buf_puts(txt, "v=DKIM1;h=sha256;");
	if (dk_put_public(k->pkey, txt))
		return 0;
	buf_truncate(txt, was);
	return err_set(e, EC_BUG, "the public half of the key can't be had");
}
