/*
 * TLS over OpenSSL: server side for our listeners, client side for mail to others. No private key
 * is in this process: signatures are made by acmed's key role through an OpenSSL provider ("keyd"),
 * see keyd.h. Certificates are chosen by SNI, reloaded without restart; ticket keys are shared
 * between workers.
 *
 * SECURITY: parses handshakes of anybody. Worst case of a bug is this worker; keys are elsewhere.
 */
#ifndef MOX_TLS_TLS_H
#define MOX_TLS_TLS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "event/stream.h"

struct tls_server; /* certificates and settings of one listener, counted references */

struct tls_info {
	const char *version; /* "TLS1.3": static text */
	const char *cipher;  /* IANA name: "TLS_AES_128_GCM_SHA256" */
	char sni[256];	     /* name the client asked for, "" when none */
	bool resumed;
};

/* The signing call; set once per process before the first server. ctx goes back to fn. Appends the
 * signature to `sig`. Blocks at most for its own deadline. */
typedef int tls_sign_fn(void *ctx, struct str key, struct str md, bool pss, unsigned saltlen,
			struct str data, struct buf *sig, struct err *e);
void tls_init(tls_sign_fn *fn, void *ctx);
/* The usual one: KEY_SIGN to the acmekey worker through svc_peer. */
struct svc;
void tls_init_svc(struct svc *s);

/* `hostname` is shown to clients without SNI; `min_version` "TLSv1.2" or "TLSv1.3". */
struct tls_server *tls_server_new(struct str hostname, struct str min_version, struct err *e);
/* Add a certificate chain (PEM bytes, leaf first). Chosen for every DNS name in it; the first added
 * is the default. With strict_sni an unknown name ends the handshake, else the default is used. */
int tls_server_add_cert(struct tls_server *t, struct str pem, struct err *e);
void tls_server_set_strict_sni(struct tls_server *t, bool strict);
/* ALPN protocols to accept ("smtp", "imap"); NULL-terminated; none means ALPN is ignored. */
void tls_server_set_alpn(struct tls_server *t, const char *const *protos);
/* Session tickets: 80-byte keys, newest first (msg_key.h). Without a call there are no tickets. */
void tls_server_set_ticket_keys(struct tls_server *t, struct str keys);
void tls_server_unref(struct tls_server **t);

/* Start the server side on a stream: a layer is pushed, the handshake runs in the loop (deadline is
 * the caller's). The server is referenced for as long as needed. */
int tls_stream_accept(struct stream *s, struct tls_server *t, struct err *e);
/* The client's side, which needs no tls_init. One object a process: sessions are kept in it and
 * resumed, for at most LIM_TLS_SESSIONS hosts. TLS 1.2 and better; certificates are not verified.
 */
struct tls_client;
struct tls_client *tls_client_new(struct err *e);
void tls_client_unref(struct tls_client **t);
/* Likewise on a stream that is connected; `host` is asked for by SNI unless it is an address. */
int tls_stream_connect(struct stream *s, struct tls_client *t, struct str host, struct err *e);
/* After the handshake; false on a plain stream. */
bool tls_stream_info(const struct stream *s, struct tls_info *info);
/* Why the handshake or session failed, for the log; "" when it did not. Borrowed. */
const char *tls_stream_error(const struct stream *s);
/* Channel binding data of the session, appended to `out`: "tls-exporter" (RFC 9266, 32 bytes) or
 * "tls-server-end-point" (RFC 5929, the hash of the certificate that was sent). -1 for other types,
 * on a plain stream, before the end of the handshake, and when the session has none of this type:
 * TLS 1.2 without the extended master secret; a certificate whose signature names no hash. */
int tls_stream_binding(const struct stream *s, struct str type, struct buf *out)
	__attribute__((warn_unused_result));

#endif
