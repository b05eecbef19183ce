/*
 * The stream layer: an SSL object on the socket. Between records it holds no buffers
 * (SSL_MODE_RELEASE_BUFFERS), so an idle connection costs the SSL object and its session.
 */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/mem.h"
#include "tls/client.h"
#include "tls/keyd.h"
#include "tls/server.h"

struct conn {
	struct tls_server *server; /* of our two ends, the one that this is */
	struct tls_client *client;
	char *host; /* of a client: whom it asked for */
	SSL *ssl;
	bool dead; /* after a fatal error nothing may be sent, not even close_notify */
	char *error;
};

static bool initialised;

void
tls_init(tls_sign_fn *fn, void *ctx)
{
	keyd_init(fn, ctx);
	initialised = true;
}

static void
set_error(struct conn *c, const char *text)
{
	c->dead = true;
	if (c->error == NULL)
		c->error = mem_cstr(text);
	ERR_clear_error();
}

/* Result of an SSL call that returned r <= 0. */
static int
result(struct conn *c, int r)
{
	int sys = errno;

	switch (SSL_get_error(c->ssl, r)) {
	case SSL_ERROR_WANT_READ:
		return STREAM_IO_AGAIN_R;
	case SSL_ERROR_WANT_WRITE:
		return STREAM_IO_AGAIN_W;
	case SSL_ERROR_ZERO_RETURN:
		return STREAM_IO_EOF;
	case SSL_ERROR_SYSCALL:
		set_error(c, sys != 0 ? strerrordesc_np(sys) : "connection closed");
		return STREAM_IO_ERROR;
	default:
		/* Among them the end of the socket without close_notify: a cut stream, not an end.
		 */
		set_error(c, keyd_openssl_error());
		return STREAM_IO_ERROR;
	}
}

static ssize_t
layer_read(void *arg, int fd, void *p, size_t n)
{
	struct conn *c = arg;
	int r;

	(void)fd;
	if (c->dead)
		return STREAM_IO_ERROR;
	ERR_clear_error();
	errno = 0;
	r = SSL_read(c->ssl, p, n > INT_MAX ? INT_MAX : (int)n);
	return r > 0 ? r : result(c, r);
}

static ssize_t
layer_write(void *arg, int fd, const void *p, size_t n)
{
	struct conn *c = arg;
	int r;

	(void)fd;
	if (c->dead)
		return STREAM_IO_ERROR;
	if (n == 0)
		return 0;
	ERR_clear_error();
	errno = 0;
	r = SSL_write(c->ssl, p, n > INT_MAX ? INT_MAX : (int)n);
	return r > 0 ? r : result(c, r);
}

static int
layer_handshake(void *arg, int fd)
{
	struct conn *c = arg;
	int r;

	(void)fd;
	if (c->dead)
		return STREAM_IO_ERROR;
	ERR_clear_error();
	errno = 0;
	if ((r = SSL_do_handshake(c->ssl)) == 1)
		return 0;
	r = result(c, r);
	return r == STREAM_IO_EOF ? STREAM_IO_ERROR : r;
}

static void
layer_close(void *arg, int fd)
{
	struct conn *c = arg;

	(void)fd;
	if (c->dead || !SSL_is_init_finished(c->ssl))
		return;
	ERR_clear_error();
	(void)SSL_shutdown(c->ssl);
	ERR_clear_error();
}

static void
layer_free(void *arg)
{
	struct conn *c = arg;

	/* Or a client's session would be thought cut off and not be resumed. */
	if (c->client != NULL && c->ssl != NULL && !c->dead)
		SSL_set_shutdown(c->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(c->ssl);
	tls_server_unref(&c->server);
	tls_client_unref(&c->client);
	mem_free(c->host);
	mem_free(c->error);
	mem_free(c);
}

static const struct stream_layer layer = {
	.read = layer_read,
	.write = layer_write,
	.close = layer_close,
	.free = layer_free,
	.handshake = layer_handshake,
};

/* Takes `c` over. */
static int
push(struct stream *s, struct conn *c, struct err *e)
{
	if (c->ssl == NULL || SSL_set_fd(c->ssl, stream_fd(s)) != 1) {
		(void)err_set(e, EC_TEMP, "TLS: %s", keyd_openssl_error());
		layer_free(c);
		return -1;
	}
	stream_push_layer(s, &layer, c);
	return 0;
}

int
tls_stream_accept(struct stream *s, struct tls_server *t, struct err *e)
{
	struct conn *c;

	if (!initialised)
		return err_set(e, EC_BUG, "tls_init was not called");
	c = MEM_NEW(struct conn);
	c->server = t;
	tls_server_ref(t);
	c->ssl = tls_server_ssl(t, e);
	return push(s, c, e);
}

int
tls_stream_connect(struct stream *s, struct tls_client *t, struct str host, struct err *e)
{
	struct conn *c = MEM_NEW(struct conn);

	c->client = t;
	tls_client_ref(t);
	c->host = mem_zalloc(host.n + 1, 1);
	memcpy(c->host, host.p, host.n);
	c->ssl = tls_client_ssl(t, c->host, e);
	return push(s, c, e);
}

/* The connection behind a stream; NULL when plain. TLS is the only layer that a stream can have. */
static struct conn *
conn_of(const struct stream *s)
{
	return s != NULL ? stream_layer_arg(s) : NULL;
}

bool
tls_stream_info(const struct stream *s, struct tls_info *info)
{
	struct conn *c = conn_of(s);
	const SSL_CIPHER *cipher;
	const char *name;

	if (c == NULL || !SSL_is_init_finished(c->ssl))
		return false;
	cipher = SSL_get_current_cipher(c->ssl);
	*info = (struct tls_info){
		.version = SSL_version(c->ssl) == TLS1_3_VERSION ? "TLS1.3" : "TLS1.2",
		.cipher = cipher != NULL ? SSL_CIPHER_standard_name(cipher) : "",
		.resumed = SSL_session_reused(c->ssl) == 1,
	};
	name = SSL_get_servername(c->ssl, TLSEXT_NAMETYPE_host_name);
	if (str_to_c(str_c(name), info->sni, sizeof(info->sni)) < 0)
		info->sni[0] = '\0';
	return true;
}

const char *
tls_stream_error(const struct stream *s)
{
	struct conn *c = conn_of(s);

	return c != NULL && c->error != NULL ? c->error : "";
}

static int
exporter(struct conn *c, struct buf *out)
{
	static const char label[] = "EXPORTER-Channel-Binding";
	unsigned char data[32];

	/* RFC 9266 4.2: in TLS 1.2 only with the extended master secret. There an absent context
	 * and an empty one differ; absent is what clients have (GnuTLS, OpenSSL's users). */
	if (SSL_version(c->ssl) != TLS1_3_VERSION && SSL_get_extms_support(c->ssl) != 1)
		return -1;
	if (SSL_export_keying_material(c->ssl, data, sizeof(data), label, sizeof(label) - 1, NULL,
				       0, 0) != 1)
		return -1;
	buf_put(out, data, sizeof(data));
	return 0;
}

static int
endpoint(struct conn *c, struct buf *out)
{
	X509 *cert = SSL_get_certificate(c->ssl);
	unsigned char hash[EVP_MAX_MD_SIZE];
	const EVP_MD *md;
	unsigned n;
	int nid;

	/* The hash of the certificate's signature, SHA-256 in place of weak ones (RFC 5929 4.1); a
	 * signature without a hash of its own, as Ed25519, has no such binding. */
	if (cert == NULL || X509_get_signature_info(cert, &nid, NULL, NULL, NULL) != 1 ||
	    nid == NID_undef)
		return -1;
	if (nid == NID_md5 || nid == NID_sha1)
		nid = NID_sha256;
	if ((md = EVP_get_digestbynid(nid)) == NULL || X509_digest(cert, md, hash, &n) != 1)
		return -1;
	buf_put(out, hash, n);
	return 0;
}

int
tls_stream_binding(const struct stream *s, struct str type, struct buf *out)
{
	struct conn *c = conn_of(s);

	if (c == NULL || !SSL_is_init_finished(c->ssl))
		return -1;
	if (str_eq(type, STR("tls-exporter")))
		return exporter(c, out);
	return str_eq(type, STR("tls-server-end-point")) ? endpoint(c, out) : -1;
}
