/* See keycheck.h. */
#include "keycheck.h"

#include "crypto/keyfile.h"
#include "dkim/dkim.h"

const struct config_check_files keycheck = { dk_text_check, keyfile_check };
