/* See keycheck.h. */
#include "keycheck.h"

#include "crypto/keyfile.h"
#include "dkim/dkim.h"

/* Whether a sealed key can be opened only queued knows. */
static int
dkim_key(struct str text, struct err *e)
{
	struct dk_key *k;

	if (dk_key_is_sealed(text))
		return 0;
	k = dk_key_parse(text, e);
	if (k == NULL)
		return -1;
	dk_key_free(&k);
	return 0;
}

const struct config_check_files keycheck = { dkim_key, keyfile_check };
