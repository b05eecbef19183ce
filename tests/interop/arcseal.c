/*
 * The ARC set for a message, for test_arc_suite.py: key file, domain, selector, time, names to sign
 * with ":" between ("" for the usual ones), results, and "valid" or "invalid" for the chain so far.
 * The message is standard input. Prints the three fields; the exit status is 2 when there is no
 * sealing it.
 */
#include "dkim/arcseal.h"

#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "dkim/taglist.h"
#include "tests/interop/readkey.h"

enum { NAMES = 100, ARGS = 8 };

static int
run(const struct dk_arcseal_in *in, struct err *e)
{
	struct dk_arcseal *s = dk_arcseal_new(in);
	char t[997];
	struct buf out;
	ssize_t n;
	int r;

	while ((n = read(STDIN_FILENO, t, sizeof(t))) > 0)
		dk_arcseal_put(s, str_mem(t, (size_t)n));
	buf_init(&out, 1 << 20);
	r = dk_arcseal_finish(s, &out, e);
	if (r == 0)
		fwrite(buf_str(&out).p, 1, out.n, stdout);
	buf_done(&out);
	dk_arcseal_free(&s);
	return r;
}

int
main(int argc, char **argv)
{
	struct dk_arcseal_in in = { .nheaders = 0 };
	struct str names[NAMES], rest;
	struct err e = ERR_INIT;
	struct dk_key *k;
	uint64_t now;
	int r;

	if (argc != ARGS || (k = readkey(argv[1])) == NULL ||
	    str_to_u64(str_c(argv[4]), INT64_MAX, &now) < 0)
		return 1;
	in.key = k;
	in.domain = str_c(argv[2]);
	in.selector = str_c(argv[3]);
	in.now = (int64_t)now;
	in.headers = names;
	rest = argv[5][0] != '\0' ? str_c(argv[5]) : STR_NONE;
	while (in.nheaders < NAMES && dk_values_next(&rest, &names[in.nheaders]))
		in.nheaders++;
	in.results = str_c(argv[6]);
	in.is_valid = strcmp(argv[7], "valid") == 0;
	r = run(&in, &e);
	if (r < 0)
		fprintf(stderr, "%s\n", e.msg);
	dk_key_free(&k);
	return r == 0 ? 0 : e.code == EC_DENIED ? 2 : 1;
}
