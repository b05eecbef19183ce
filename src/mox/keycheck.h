/* Whether the keys that the configuration names are of use: for `mox config test`. */
#ifndef MOX_MOX_KEYCHECK_H
#define MOX_MOX_KEYCHECK_H

#include "config/config.h"

/* DKIM keys: PKCS 8 in PEM without a password, RSA of 1024 bits or more or Ed25519 (RFC 8301, RFC
 * 8463). TLS: a certificate in PEM and its key. */
extern const struct config_check_files keycheck;

#endif
