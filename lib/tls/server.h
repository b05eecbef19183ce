/* What the parts of this module share and nobody else includes. */
#ifndef MOX_TLS_SERVER_H
#define MOX_TLS_SERVER_H

#include <openssl/ssl.h>

#include "tls/tls.h"

void tls_server_ref(struct tls_server *t);
/* The server's end of a session, without a socket; it points to `t`, which the caller keeps. */
SSL *tls_server_ssl(struct tls_server *t, struct err *e);

#endif
