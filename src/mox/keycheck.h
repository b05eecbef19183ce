/* Whether a private key of DKIM can sign: for `mox config test`. */
#ifndef MOX_MOX_KEYCHECK_H
#define MOX_MOX_KEYCHECK_H

#include "config/config.h"

/* Takes PKCS 8 in PEM without a password, RSA of 1024 bits or more or Ed25519 (RFC 8301, RFC 8463). */
config_key_check key_check;

#endif
