/*
 * The signatures of a message, for test_dkim.py: arguments are an RSA and an Ed25519 key file, the
 * message is standard input. Prints a field for each of eight selectors: r or e, then r or s for
 * header and body.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "dkim/dkim.h"
#include "tests/interop/readkey.h"

enum { SELECTORS = 8 };

static int
run(struct dk_key *rsa, struct dk_key *ed, struct err *e)
{
	static char names[SELECTORS][4];
	struct dk_selector v[SELECTORS];
	struct dk_sign *s;
	char t[997];
	struct buf out;
	ssize_t n;
	int r;

	for (unsigned i = 0; i < SELECTORS; i++) {
		snprintf(names[i], sizeof(names[i]), "%c%c%c", i & 4 ? 'e' : 'r', i & 2 ? 'r' : 's',
			 i & 1 ? 'r' : 's');
		v[i] = (struct dk_selector){ .domain = STR("signer.example"),
					     .selector = str_c(names[i]),
					     .key = i & 4 ? ed : rsa,
					     .header_relaxed = (i & 2) != 0,
					     .body_relaxed = (i & 1) != 0,
					     .oversign = true };
	}
	s = dk_sign_new(v, SELECTORS, 1700000000);
	while ((n = read(STDIN_FILENO, t, sizeof(t))) > 0)
		dk_sign_put(s, str_mem(t, (size_t)n));
	buf_init(&out, 1 << 20);
	r = dk_sign_finish(s, &out, e);
	fwrite(buf_str(&out).p, 1, out.n, stdout);
	buf_done(&out);
	dk_sign_free(&s);
	return r;
}

int
main(int argc, char **argv)
{
	struct dk_key *rsa = argc == 3 ? readkey(argv[1]) : NULL,
		      *ed = argc == 3 ? readkey(argv[2]) : NULL;
	struct err e = ERR_INIT;
	int r = rsa == NULL || ed == NULL ? -1 : run(rsa, ed, &e);

	if (r < 0)
		fprintf(stderr, "%s\n", e.msg);
	dk_key_free(&rsa);
	dk_key_free(&ed);
	return r < 0 ? 1 : 0;
}
