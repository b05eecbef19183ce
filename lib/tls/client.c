/*
 * A tls_client: one SSL_CTX, and a session of each host for resumption, which spares both sides the
 * signature. Nothing is verified: opportunistic TLS of SMTP keeps out who only listens, and would
 * go on in plaintext otherwise.
 */
#include "tls/client.h"

#include <openssl/err.h>

#include "base/limits.h"
#include "base/mem.h"
#include "tls/keyd.h"

struct kept {
	char *host;
	SSL_SESSION *session;
	uint64_t used;
};

struct tls_client {
	unsigned refs;
	SSL_CTX *ctx;
	struct kept *v;
	size_t n;
	uint64_t clock;
};

static struct kept *
kept_find(struct tls_client *t, const char *host)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->v[i].host, host) == 0)
			return &t->v[i];
	return NULL;
}

static void
kept_drop(struct tls_client *t, struct kept *k)
{
	mem_free(k->host);
	SSL_SESSION_free(k->session);
	*k = t->v[--t->n];
}

/* A place for the host, if need be that of the host whose session is the oldest. */
static struct kept *
kept_make(struct tls_client *t, const char *host)
{
	struct kept *k;

	if (t->n == LIM_TLS_SESSIONS) {
		k = t->v;
		for (size_t i = 1; i < t->n; i++)
			if (t->v[i].used < k->used)
				k = &t->v[i];
		kept_drop(t, k);
	}
	if (t->v == NULL)
		t->v = mem_zalloc(LIM_TLS_SESSIONS, sizeof(*t->v));
	k = &t->v[t->n++];
	*k = (struct kept){ .host = mem_cstr(host) };
	return k;
}

static int
on_session(SSL *ssl, SSL_SESSION *session)
{
	struct tls_client *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	const char *host = SSL_get_app_data(ssl);
	struct kept *k = kept_find(t, host);

	if (k == NULL)
		k = kept_make(t, host);
	SSL_SESSION_free(k->session);
	k->session = session;
	k->used = ++t->clock;
	return 1; /* the reference is ours now */
}

struct tls_client *
tls_client_new(struct err *e)
{
	struct tls_client *t = MEM_NEW(struct tls_client);

	t->refs = 1;
	t->ctx = SSL_CTX_new(TLS_client_method());
	/* Weak keys of old servers are better than none. */
	if (t->ctx == NULL || !SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION) ||
	    !SSL_CTX_set_cipher_list(t->ctx, "DEFAULT:@SECLEVEL=0")) {
		(void)err_set(e, EC_BUG, "TLS settings: %s", keyd_openssl_error());
		tls_client_unref(&t);
		return NULL;
	}
	SSL_CTX_set_verify(t->ctx, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_options(t->ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
					    SSL_OP_CLEANSE_PLAINTEXT);
	/* As for servers: no idle buffers, one record at a time. */
	SSL_CTX_set_mode(t->ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
					 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_clear_mode(t->ctx, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(t->ctx, on_session);
	SSL_CTX_set_app_data(t->ctx, t);
	return t;
}

void
tls_client_ref(struct tls_client *t)
{
	t->refs++;
}

void
tls_client_unref(struct tls_client **tp)
{
	struct tls_client *t = *tp;

	*tp = NULL;
	if (t == NULL || --t->refs > 0)
		return;
	while (t->n > 0)
		kept_drop(t, &t->v[t->n - 1]);
	mem_free(t->v);
	SSL_CTX_free(t->ctx);
	mem_free(t);
}

/* An address is no name: RFC 6066 3. */
static bool
is_name(struct str host)
{
	return host.n > 0 && host.p[0] != '[' && str_chr(host, ':') < 0 &&
	       !chr_is_digit(host.p[host.n - 1]);
}

SSL *
tls_client_ssl(struct tls_client *t, const char *host, struct err *e)
{
	struct kept *k = kept_find(t, host);
	SSL *ssl = SSL_new(t->ctx);

	if (ssl == NULL || (is_name(str_c(host)) && SSL_set_tlsext_host_name(ssl, host) != 1)) {
		(void)err_set(e, EC_TEMP, "TLS: %s", keyd_openssl_error());
		SSL_free(ssl);
		return NULL;
	}
	SSL_set_app_data(ssl, (void *)(uintptr_t)host);
	SSL_set_connect_state(ssl);
	if (k != NULL) {
		(void)SSL_set_session(ssl, k->session);
		/* A ticket of TLS 1.3 is for one use (RFC 8446 C.4); new ones will come. */
		if (SSL_SESSION_get_protocol_version(k->session) == TLS1_3_VERSION)
			kept_drop(t, k);
		else
			k->used = ++t->clock;
	}
	return ssl;
}
