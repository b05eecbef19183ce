/* What client.c gives to stream.c. */
#ifndef MOX_TLS_CLIENT_H
#define MOX_TLS_CLIENT_H

#include <openssl/ssl.h>

#include "tls/tls.h"

void tls_client_ref(struct tls_client *t);
/* The client's end of a session with `host`, without a socket. The session ticket that comes later
 * is kept for the next one; `host` is borrowed until SSL_free. */
SSL *tls_client_ssl(struct tls_client *t, const char *host, struct err *e);

#endif
