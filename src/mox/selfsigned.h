/* A certificate for localhost that signs itself, for mox localserve. */
#ifndef MOX_MOX_SELFSIGNED_H
#define MOX_MOX_SELFSIGNED_H

#include "base/buf.h"
#include "base/err.h"

/* ECDSA P-256; names localhost, 127.0.0.1, ::1 and `ip` (may be NULL). Both as PEM. */
int selfsigned_make(const char *ip, struct buf *key, struct buf *crt, struct err *e)
	__attribute__((warn_unused_result));

#endif
