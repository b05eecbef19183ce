/*
 * A tls_server: one SSL_CTX for each set of names (13 KB each), which holds up to one certificate
 * of each key type, chosen by SNI; ALPN, ticket keys and the policy on versions and algorithms.
 */
#include "tls/server.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "crypto/keyfile.h"
#include "crypto/seal.h"
#include "tls/keyd.h"

enum { TICKET_NAME = 16, TICKET_AES = 32, TICKET_MAC = 32, TICKET_KEY = 80 };

/* Forward secrecy always, so no kRSA and no finite-field DH; CBC only with SHA-256 and better, for
 * mail servers that would otherwise fall back to no TLS at all. TLS 1.3 suites are OpenSSL's. */
#define CIPHERS                                                                                    \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"                               \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"                               \
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"                               \
	"ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:"                                       \
	"ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384"
/* What acmed's key role signs; no SHA-1. */
#define SIGALGS                                                                                    \
	"ECDSA+SHA256:ed25519:RSA-PSS+SHA256:ECDSA+SHA384:RSA-PSS+SHA384:ECDSA+SHA512:"            \
	"RSA-PSS+SHA512:RSA+SHA256:RSA+SHA384:RSA+SHA512"
#define GROUPS "X25519:P-256:P-384:P-521"

struct name {
	char *name;   /* lower case; "*.x" for a wildcard */
	SSL_CTX *ctx; /* one of `ctxs` */
};

struct set {
	SSL_CTX *ctx;
	struct buf names; /* of its certificates, sorted, "\n" behind each */
	unsigned types;	  /* mask of 1 << key type */
};

struct tls_server {
	unsigned refs;
	char hostname[256];
	int min_version;
	bool strict;
	struct set *sets;
	size_t nsets;
	struct name *names; /* in the order in which they came: the first one wins */
	size_t nnames;
	unsigned char *alpn; /* wire form */
	unsigned nalpn;
	struct secret *tickets; /* TICKET_KEY bytes each, newest first; NULL: none */
};

static int
min_version_parse(struct str s, int *version)
{
	/* Older ones sign with SHA-1 and MD5, which no key of ours does. */
	if (s.n == 0 || str_eq(s, STR("TLSv1.2"))) {
		*version = TLS1_2_VERSION;
		return 0;
	}
	if (!str_eq(s, STR("TLSv1.3")))
		return -1;
	*version = TLS1_3_VERSION;
	return 0;
}

struct tls_server *
tls_server_new(struct str hostname, struct str min_version, struct err *e)
{
	struct tls_server *t;
	int version;

	if (min_version_parse(min_version, &version) < 0) {
		(void)err_set(e, EC_SYNTAX, "unknown TLS version " STR_FMT, STR_ARG(min_version));
		return NULL;
	}
	t = MEM_NEW(struct tls_server);
	t->refs = 1;
	t->min_version = version;
	if (str_to_c(hostname, t->hostname, sizeof(t->hostname)) < 0) {
		(void)err_set(e, EC_SYNTAX, "host name is too long");
		tls_server_unref(&t);
	}
	return t;
}

void
tls_server_ref(struct tls_server *t)
{
	t->refs++;
}

void
tls_server_unref(struct tls_server **tp)
{
	struct tls_server *t = *tp;

	*tp = NULL;
	if (t == NULL || --t->refs > 0)
		return;
	for (size_t i = 0; i < t->nsets; i++) {
		SSL_CTX_free(t->sets[i].ctx);
		buf_done(&t->sets[i].names);
	}
	for (size_t i = 0; i < t->nnames; i++)
		mem_free(t->names[i].name);
	mem_free(t->sets);
	mem_free(t->names);
	mem_free(t->alpn);
	secret_free(&t->tickets);
	mem_free(t);
}

/* Certificate choice */

static SSL_CTX *
name_find(const struct tls_server *t, struct str name)
{
	ssize_t dot = str_chr(name, '.');

	for (size_t i = 0; i < t->nnames; i++) {
		if (str_eqi(str_c(t->names[i].name), name))
			return t->names[i].ctx;
	}
	/* A wildcard stands for exactly one label. RFC 6125 6.4.3. */
	for (size_t i = 0; dot > 0 && i < t->nnames; i++) {
		struct str n = str_c(t->names[i].name);

		if (str_has_prefix(n, STR("*.")) &&
		    str_eqi(str_from(n, 1), str_from(name, (size_t)dot)))
			return t->names[i].ctx;
	}
	return NULL;
}

static SSL_CTX *
ctx_default(const struct tls_server *t)
{
	SSL_CTX *ctx = name_find(t, str_c(t->hostname));

	return ctx != NULL ? ctx : t->sets[0].ctx;
}

static struct tls_server *
server_of(SSL *ssl)
{
	return SSL_get_app_data(ssl);
}

static int
on_servername(SSL *ssl, int *alert, void *arg)
{
	struct tls_server *t = server_of(ssl);
	struct str name = str_c(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
	SSL_CTX *ctx;

	(void)arg;
	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	/* An address is no name (RFC 6066 3), but some clients send what the user typed. */
	if (name.n == 0 || chr_is_digit(name.p[name.n - 1]) || str_chr(name, ':') >= 0)
		return SSL_TLSEXT_ERR_NOACK;
	ctx = name_find(t, name);
	if (ctx == NULL) {
		*alert = SSL_AD_UNRECOGNIZED_NAME;
		return t->strict ? SSL_TLSEXT_ERR_ALERT_FATAL : SSL_TLSEXT_ERR_NOACK;
	}
	if (ctx != SSL_get_SSL_CTX(ssl) && SSL_set_SSL_CTX(ssl, ctx) == NULL)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	return SSL_TLSEXT_ERR_OK;
}

/* A client that names protocols and none of ours talks to the wrong server: end it (RFC 7301 3.2).
 */
static int
on_alpn(SSL *ssl, const unsigned char **out, unsigned char *outlen, const unsigned char *in,
	unsigned inlen, void *arg)
{
	struct tls_server *t = server_of(ssl);
	unsigned char *proto;

	(void)arg;
	if (t->nalpn == 0)
		return SSL_TLSEXT_ERR_NOACK;
	if (SSL_select_next_proto(&proto, outlen, t->alpn, t->nalpn, in, inlen) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = proto;
	return SSL_TLSEXT_ERR_OK;
}

static int
ticket_init(const unsigned char *key, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac,
	    int enc)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[3];

	params[0] = OSSL_PARAM_construct_octet_string(
		OSSL_MAC_PARAM_KEY, (void *)(uintptr_t)(key + TICKET_NAME + TICKET_AES),
		TICKET_MAC);
	params[1] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0);
	params[2] = OSSL_PARAM_construct_end();
	return EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, key + TICKET_NAME, iv, enc) ==
		       1 &&
	       EVP_MAC_CTX_set_params(mac, params) == 1;
}

static int
on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
	  EVP_MAC_CTX *mac, int enc)
{
	struct tls_server *t = server_of(ssl);
	const unsigned char *keys;
	size_t n;

	if (t->tickets == NULL)
		return 0;
	keys = secret_p(t->tickets);
	n = secret_n(t->tickets) / TICKET_KEY;
	if (enc) {
		memcpy(name, keys, TICKET_NAME);
		if (RAND_bytes(iv, EVP_MAX_IV_LENGTH) != 1)
			return -1;
		return ticket_init(keys, iv, cipher, mac, 1) ? 1 : -1;
	}
	for (size_t i = 0; i < n; i++, keys += TICKET_KEY) {
		if (memcmp(name, keys, TICKET_NAME) != 0)
			continue;
		if (!ticket_init(keys, iv, cipher, mac, 0))
			return -1;
		/* TLS 1.3 clients use a ticket once (RFC 8446 C.4) and need the next one. */
		return i == 0 && SSL_version(ssl) != TLS1_3_VERSION ? 1 : 2;
	}
	return 0;
}

static SSL_CTX *
ctx_new(const struct tls_server *t)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	unsigned char id[32];

	if (ctx == NULL)
		return NULL;
	/* Workers of one role share ticket keys; a session is good for servers of the same name. */
	seal_sha256(str_c(t->hostname), id);
	if (!SSL_CTX_set_min_proto_version(ctx, t->min_version) ||
	    !SSL_CTX_set_cipher_list(ctx, CIPHERS) || !SSL_CTX_set1_sigalgs_list(ctx, SIGALGS) ||
	    !SSL_CTX_set1_groups_list(ctx, GROUPS) ||
	    !SSL_CTX_set_session_id_context(ctx, id, 16)) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
					 SSL_OP_CIPHER_SERVER_PREFERENCE |
					 SSL_OP_PRIORITIZE_CHACHA | SSL_OP_CLEANSE_PLAINTEXT);
	/* Idle connections hold no buffers. One record at a time and no loop over records without
	 * data inside OpenSSL: nothing is then kept back that the socket would not announce, and a
	 * flood of such records cannot hold up the other connections. */
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ctx, 1);
	SSL_CTX_set_tlsext_servername_callback(ctx, on_servername);
	SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
	SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, on_ticket);
	return ctx;
}

/* Certificates */

static void
name_put(struct buf *names, const unsigned char *p, int n)
{
	struct str s = str_mem(p, n > 0 ? (size_t)n : 0);

	/* A name with other characters can be asked for by nobody; NUL would be a trick. */
	for (size_t i = 0; i < s.n; i++) {
		if (!chr_is_alnum(s.p[i]) && strchr("-._*", s.p[i]) == NULL)
			return;
	}
	if (s.n == 0 || s.n > 255 || s.p[0] == '\0')
		return;
	for (size_t i = 0; i < s.n; i++)
		buf_putc(names, chr_lower(s.p[i]));
	buf_putc(names, '\n');
}

/* DNS names of a certificate, each with "\n"; the common name when it has none. */
static void
cert_names(X509 *cert, struct buf *names)
{
	GENERAL_NAMES *list = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	const X509_NAME *subject = X509_get_subject_name(cert);
	const ASN1_STRING *s;
	int i;

	for (i = 0; i < sk_GENERAL_NAME_num(list); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(list, i);

		if (g->type == GEN_DNS)
			name_put(names, ASN1_STRING_get0_data(g->d.dNSName),
				 ASN1_STRING_length(g->d.dNSName));
	}
	GENERAL_NAMES_free(list);
	i = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	if (names->n > 0 || i < 0)
		return;
	s = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, i));
	name_put(names, ASN1_STRING_get0_data(s), ASN1_STRING_length(s));
}

static unsigned
key_type(X509 *cert)
{
	EVP_PKEY *k = X509_get0_pubkey(cert);

	if (k != NULL && EVP_PKEY_is_a(k, "RSA"))
		return 1;
	return k != NULL && EVP_PKEY_is_a(k, "EC") ? 2 : 4;
}

/* A further certificate for the same names but with another kind of key goes beside the first. */
static struct set *
set_get(struct tls_server *t, struct str names, unsigned type)
{
	struct set *s;
	SSL_CTX *ctx;

	for (size_t i = 0; i < t->nsets; i++) {
		if (str_eq(buf_str(&t->sets[i].names), names) && (t->sets[i].types & type) == 0)
			return &t->sets[i];
	}
	if ((ctx = ctx_new(t)) == NULL)
		return NULL;
	t->sets = mem_resize(t->sets, t->nsets + 1, sizeof(*t->sets));
	s = &t->sets[t->nsets++];
	s->ctx = ctx;
	s->types = 0;
	buf_init(&s->names, names.n + 1);
	buf_putstr(&s->names, names);
	return s;
}

static void
names_add(struct tls_server *t, struct str names, SSL_CTX *ctx)
{
	while (names.n > 0) {
		struct str n = str_cut(names, '\n', &names);
		char *copy = mem_zalloc(n.n + 1, 1);

		memcpy(copy, n.p, n.n);
		t->names = mem_resize(t->names, t->nnames + 1, sizeof(*t->names));
		t->names[t->nnames++] = (struct name){ copy, ctx };
	}
}

/* The chain into `s`; takes nothing over. */
static int
set_use(struct set *s, X509 *leaf, BIO *rest, struct err *e)
{
	EVP_PKEY *key = keyd_key_new(leaf, e);
	X509 *ca;
	int r = -1;

	if (key == NULL)
		return -1;
	if (SSL_CTX_use_certificate(s->ctx, leaf) != 1 || SSL_CTX_use_PrivateKey(s->ctx, key) != 1)
		goto done;
	while ((ca = PEM_read_bio_X509(rest, NULL, keyfile_no_password, NULL)) != NULL) {
		if (SSL_CTX_add0_chain_cert(s->ctx, ca) != 1) {
			X509_free(ca);
			goto done;
		}
	}
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		goto done;
	ERR_clear_error();
	r = 0;
done:
	EVP_PKEY_free(key);
	return r == 0 ? 0 : err_set(e, EC_SYNTAX, "certificate: %s", keyd_openssl_error());
}

int
tls_server_add_cert(struct tls_server *t, struct str pem, struct err *e)
{
	BIO *bio = pem.n <= INT_MAX ? BIO_new_mem_buf(pem.p, (int)pem.n) : NULL;
	X509 *leaf = NULL;
	struct set *s;
	struct buf names;
	unsigned type;
	bool is_new;
	int r = -1;

	ERR_clear_error();
	buf_init(&names, 65536);
	if (bio == NULL ||
	    (leaf = PEM_read_bio_X509(bio, NULL, keyfile_no_password, NULL)) == NULL) {
		(void)err_set(e, EC_SYNTAX, "no certificate in the file: %s", keyd_openssl_error());
		goto done;
	}
	cert_names(leaf, &names);
	type = key_type(leaf);
	if ((s = set_get(t, buf_str(&names), type)) == NULL) {
		(void)err_set(e, EC_BUG, "TLS settings: %s", keyd_openssl_error());
		goto done;
	}
	is_new = s->types == 0;
	if (set_use(s, leaf, bio, e) < 0) {
		if (is_new) {
			SSL_CTX_free(s->ctx);
			buf_done(&s->names);
			t->nsets--;
		}
		goto done;
	}
	s->types |= type;
	if (is_new)
		names_add(t, buf_str(&names), s->ctx);
	r = 0;
done:
	buf_done(&names);
	X509_free(leaf);
	BIO_free(bio);
	return r;
}

/* Settings */

void
tls_server_set_strict_sni(struct tls_server *t, bool strict)
{
	t->strict = strict;
}

void
tls_server_set_alpn(struct tls_server *t, const char *const *protos)
{
	struct buf b;

	buf_init(&b, 1024);
	for (; protos != NULL && *protos != NULL; protos++) {
		assert(strlen(*protos) > 0 && strlen(*protos) < 256);
		buf_putc(&b, (char)strlen(*protos));
		buf_puts(&b, *protos);
	}
	assert(!b.over);
	mem_free(t->alpn);
	t->nalpn = (unsigned)b.n;
	t->alpn = b.n > 0 ? mem_dup(buf_str(&b).p, b.n) : NULL;
	buf_done(&b);
}

void
tls_server_set_ticket_keys(struct tls_server *t, struct str keys)
{
	secret_free(&t->tickets);
	if (keys.n > 0 && keys.n % TICKET_KEY == 0)
		t->tickets = secret_from(keys.p, keys.n);
}

SSL *
tls_server_ssl(struct tls_server *t, struct err *e)
{
	SSL *ssl;

	if (t->nsets == 0) {
		(void)err_set(e, EC_NOTFOUND, "no certificate");
		return NULL;
	}
	if ((ssl = SSL_new(ctx_default(t))) == NULL) {
		(void)err_set(e, EC_TEMP, "TLS: %s", keyd_openssl_error());
		return NULL;
	}
	SSL_set_app_data(ssl, t);
	SSL_set_accept_state(ssl);
	if (t->tickets == NULL) {
		SSL_set_options(ssl, SSL_OP_NO_TICKET);
		SSL_set_num_tickets(ssl, 0);
	}
	return ssl;
}
