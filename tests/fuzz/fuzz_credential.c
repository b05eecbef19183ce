/* Stored credentials: each parser on any text; what parses is formatted and parsed again. */
#include <stdlib.h>

#include "auth/hash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
scram(struct str text)
{
	struct auth_scram_cred c, again;
	struct buf b;

	if (auth_scram_parse(text, &c, NULL) < 0)
		return;
	if (c.iterations < AUTH_SCRAM_ITER_MIN || c.iterations > AUTH_SCRAM_ITER_MAX ||
	    c.nsalt > sizeof(c.salt) || c.nkey > sizeof(c.stored_key))
		abort();
	buf_init(&b, 1 << 16);
	auth_scram_format(&c, &b);
	if (auth_scram_parse(buf_str(&b), &again, NULL) < 0 || again.nsalt != c.nsalt ||
	    again.iterations != c.iterations || memcmp(again.salt, c.salt, c.nsalt) != 0 ||
	    memcmp(again.stored_key, c.stored_key, c.nkey) != 0 ||
	    memcmp(again.server_key, c.server_key, c.nkey) != 0)
		abort();
	buf_done(&b);
}

static void
cram(struct str text)
{
	unsigned char state[AUTH_CRAM_STATE], again[AUTH_CRAM_STATE], r[16];
	struct buf b;

	if (auth_cram_parse(text, state, NULL) < 0)
		return;
	buf_init(&b, 1 << 10);
	auth_cram_format(state, &b);
	if (auth_cram_parse(buf_str(&b), again, NULL) < 0 ||
	    memcmp(state, again, sizeof(state)) != 0)
		abort();
	auth_cram_response(state, text, r);
	buf_done(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_mem(data, size);

	scram(text);
	cram(text);
	(void)auth_hash_check(text);
	return 0;
}
