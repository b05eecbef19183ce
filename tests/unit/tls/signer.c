/* Requests and answers are single packets: a letter, then the rest. */
#include "signer.h"

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <signal.h>
#include <unistd.h>

#include "base/wire.h"

enum { MAX_KEYS = 64, PACKET = 65536 };

static int fd = -1;
bool signer_broken;
unsigned signer_count;

/* In the helper */

static EVP_PKEY *keys[MAX_KEYS];
static int nkeys;

static void
die(const char *what)
{
	fprintf(stderr, "signer: %s\n", what);
	_exit(1);
}

static EVP_PKEY *
key_make(int type)
{
	switch (type) {
	case SIGNER_RSA:
		return EVP_RSA_gen(2048);
	case SIGNER_EC:
		return EVP_EC_gen("P-256");
	default:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	}
}

static void
cert_make(EVP_PKEY *k, int type, const char *names, struct buf *out)
{
	X509 *x = X509_new();
	char san[2000] = "", *p = san, copy[1000], *save = NULL, *n, *text;
	X509_EXTENSION *ext;
	BIO *bio = BIO_new(BIO_s_mem());
	long size;

	snprintf(copy, sizeof(copy), "%s", names);
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), nkeys + 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_set_pubkey(x, k);
	for (n = strtok_r(copy, ",", &save); n != NULL; n = strtok_r(NULL, ",", &save)) {
		if (p == san)
			X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
						   (const unsigned char *)n, -1, -1, 0);
		p += snprintf(p, sizeof(san) - (size_t)(p - san), "%sDNS:%s", p == san ? "" : ",",
			      n);
	}
	X509_set_issuer_name(x, X509_get_subject_name(x));
	ext = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, san);
	X509_add_ext(x, ext, -1);
	X509_EXTENSION_free(ext);
	if (X509_sign(x, k, type == SIGNER_ED25519 ? NULL : EVP_sha256()) == 0)
		die("X509_sign");
	PEM_write_bio_X509(bio, x);
	size = BIO_get_mem_data(bio, &text);
	buf_put(out, text, (size_t)size);
	BIO_free(bio);
	X509_free(x);
}

static EVP_PKEY *
key_find(struct str id)
{
	for (int i = 0; i < nkeys; i++) {
		unsigned char *der = NULL, hash[32];
		int n = i2d_PUBKEY(keys[i], &der);

		EVP_Digest(der, (size_t)n, hash, NULL, EVP_sha256(), NULL);
		OPENSSL_free(der);
		if (str_eq(str_mem(hash, 32), id))
			return keys[i];
	}
	return NULL;
}

static void
sign(struct rd *r, struct buf *out)
{
	struct str id = rd_bytes(r, 32), md = rd_str(r, 16);
	unsigned pss = (unsigned)rd_uint(r, 1), salt = (unsigned)rd_uint(r, 2);
	struct str data = rd_str(r, PACKET);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY *k = key_find(id);
	EVP_PKEY_CTX *pctx;
	unsigned char sig[1024];
	size_t n = sizeof(sig);
	char name[17];

	if (r->bad || k == NULL || str_to_c(md, name, sizeof(name)) < 0)
		die("bad request");
	if (EVP_DigestSignInit_ex(ctx, &pctx, md.n > 0 ? name : NULL, NULL, NULL, k, NULL) != 1)
		die("EVP_DigestSignInit_ex");
	if (pss && (EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) != 1 ||
		    EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, (int)salt) != 1))
		die("PSS");
	if (EVP_DigestSign(ctx, sig, &n, (const unsigned char *)data.p, data.n) != 1)
		die("EVP_DigestSign");
	EVP_MD_CTX_free(ctx);
	buf_put(out, sig, n);
}

static void
secret_put(struct buf *out, const unsigned char *p, size_t n)
{
	wr_uint(out, 4, n);
	for (size_t i = 0; i < n; i++)
		buf_putc(out, (char)~p[i]);
}

static void
secrets(struct buf *out)
{
	for (int i = 0; i < nkeys; i++) {
		unsigned char raw[512];
		size_t n = sizeof(raw);
		BIGNUM *b = NULL;

		if (EVP_PKEY_get_raw_private_key(keys[i], raw, &n) == 1) {
			secret_put(out, raw, n);
			continue;
		}
		/* one prime is as good as the key; numbers lie in memory with the low bytes first
		 */
		if (EVP_PKEY_get_bn_param(keys[i], OSSL_PKEY_PARAM_RSA_FACTOR1, &b) != 1 &&
		    EVP_PKEY_get_bn_param(keys[i], OSSL_PKEY_PARAM_PRIV_KEY, &b) != 1)
			die("private value");
		n = (size_t)BN_num_bytes(b);
		BN_bn2bin(b, raw);
		secret_put(out, raw, n);
		BN_bn2lebinpad(b, raw, (int)n);
		secret_put(out, raw, n);
		BN_free(b);
	}
}

static void
serve(void)
{
	static char in[PACKET];
	ssize_t n;

	while ((n = recv(fd, in, sizeof(in), 0)) > 0) {
		struct rd r = rd_init(str_mem(in, (size_t)n));
		struct buf out;
		int op = (int)rd_uint(&r, 1), type;
		char names[1000];

		buf_init(&out, PACKET);
		if (op == 'K') {
			type = (int)rd_uint(&r, 1);
			if (nkeys == MAX_KEYS ||
			    str_to_c(rd_str(&r, 999), names, sizeof(names)) < 0)
				die("bad request");
			keys[nkeys] = key_make(type);
			cert_make(keys[nkeys], type, names, &out);
			nkeys++;
		} else if (op == 'S') {
			sign(&r, &out);
		} else {
			secrets(&out);
		}
		if (send(fd, buf_str(&out).p, out.n, 0) != (ssize_t)out.n)
			die("send");
		buf_done(&out);
	}
	_exit(0);
}

/* In the test */

void
signer_start(void)
{
	int s[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s) < 0)
		abort();
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(s[0]);
		fd = s[1];
		serve();
	}
	close(s[1]);
	fd = s[0];
}

static void
ask(struct buf *req, struct buf *out)
{
	static char in[PACKET];
	ssize_t n;

	if (send(fd, buf_str(req).p, req->n, 0) != (ssize_t)req->n ||
	    (n = recv(fd, in, sizeof(in), 0)) <= 0)
		abort();
	buf_put(out, in, (size_t)n);
	memset(in, 0, sizeof(in));
	buf_done(req);
}

void
signer_cert(enum signer_type type, const char *names, struct buf *pem)
{
	struct buf b;

	buf_init(&b, PACKET);
	wr_uint(&b, 1, 'K');
	wr_uint(&b, 1, type);
	wr_str(&b, str_c(names));
	ask(&b, pem);
}

int
signer_sign(void *ctx, struct str key, struct str md, bool pss, unsigned saltlen, struct str data,
	    struct buf *sig, struct err *e)
{
	struct buf b;

	(void)ctx;
	if (signer_broken)
		return err_set(e, EC_TIMEOUT, "key daemon is away");
	signer_count++;
	buf_init(&b, PACKET);
	wr_uint(&b, 1, 'S');
	buf_putstr(&b, key);
	wr_str(&b, md);
	wr_uint(&b, 1, pss);
	wr_uint(&b, 2, saltlen);
	wr_str(&b, data);
	ask(&b, sig);
	return 0;
}

void
signer_secrets(struct buf *out)
{
	struct buf b;

	buf_init(&b, PACKET);
	wr_uint(&b, 1, 'X');
	ask(&b, out);
}
