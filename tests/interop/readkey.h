/* A private key in a file, for the programs of the tests. */
#ifndef MOX_TESTS_INTEROP_READKEY_H
#define MOX_TESTS_INTEROP_READKEY_H

#include <stdio.h>

#include "base/limits.h"
#include "dkim/dkim.h"

/* NULL after a message. */
static inline struct dk_key *
readkey(const char *path)
{
	struct err e = ERR_INIT;
	FILE *f = fopen(path, "r");
	struct dk_key *k = NULL;
	char t[LIM_DKIM_KEY];

	if (f != NULL) {
		k = dk_key_parse(str_mem(t, fread(t, 1, sizeof(t), f)), &e);
		fclose(f);
	}
	if (k == NULL)
		fprintf(stderr, "%s: %s\n", path, e.msg);
	return k;
}

#endif
