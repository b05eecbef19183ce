/* The keys of RFC 8463 A.1. */
#ifndef MOX_TESTS_DKIM_KEYS_H
#define MOX_TESTS_DKIM_KEYS_H

#include "dkim/dkim.h"
#include "tests/unit/unit.h"

/* With the frame of PKCS 8 around the 32 bytes. */
static const char ed25519_pem[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
	"-----END PRIVATE KEY-----\n";

static inline struct dk_key *
parse(const char *pem)
{
	struct err e = ERR_INIT;
	struct dk_key *k = dk_key_parse(str_c(pem), &e);

	ck_assert_msg(k != NULL, "%s", e.msg);
	return k;
}

#endif
