/* Whether the keys that the configuration names are of use: for `mox config test`. */
#ifndef MOX_MOX_KEYCHECK_H
#define MOX_MOX_KEYCHECK_H

#include "config/config.h"

/* DKIM keys: what dk_key_parse takes, or sealed. TLS: a certificate in PEM and its key. */
extern const struct config_check_files keycheck;

#endif
