/* The trace field that a server puts before a message: RFC 5321 4.4. */
#ifndef MOX_SMTP_TRACE_H
#define MOX_SMTP_TRACE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

struct smtp_trace {
	struct str helo;     /* as given by the client, checked by smtp_is_helo */
	struct str ip;	     /* of the client, without brackets; "" when it is not to be told */
	struct str hostname; /* ours */
	const char *proto;   /* smtp_session_proto */
	const char *tls, *cipher; /* NULL without TLS */
	uint64_t id;		  /* message id, in hex as in the log */
	struct str rcpt;	  /* only when it is the only one, else STR_NONE (RFC 5321 7.2) */
	int64_t now;		  /* seconds since 1970 */
};

/* One folded Received field with its CRLF. */
void smtp_trace_put(struct buf *b, const struct smtp_trace *t);

#endif
