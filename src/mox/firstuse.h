/* What `mox localserve` writes into an empty directory. */
#ifndef MOX_MOX_FIRSTUSE_H
#define MOX_MOX_FIRSTUSE_H

#include "base/err.h"

/* A file that stands there while the account has no password yet. */
#define FIRSTUSE_PENDING "password-not-set"

/* The directory, which must be of use. */
int firstuse_dir(const char *dir, struct err *e) __attribute__((warn_unused_result));
/* Configuration, certificate, DKIM key. `ip` may be NULL; see config_localserve. mox.conf comes
 * last: once it is there, first use is over. */
int firstuse_files(const char *dir, const char *ip, unsigned port_offset, struct err *e)
	__attribute__((warn_unused_result));

#endif
