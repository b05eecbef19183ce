/*
 * Messages as tokens: within the limits, ascending, and the same whole, byte by byte and in pieces;
 * every token has its word.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "crypto/seal.h"
#include "junk/junk.h"

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static struct junk_tok *
make(bool with_words)
{
	const struct junk_params p = { .onegrams = true, .twograms = true, .threegrams = true };
	const struct junk_key key = { { 1 } };

	return junk_tok_new(&p, &key, with_words);
}

static void
in_pieces(struct junk_tok *t, struct str msg, size_t step)
{
	struct mime_parser *p = mime_parser_new();
	struct mime_tap tap = junk_tok_tap(t);

	junk_tok_reset(t);
	mime_parser_tap(p, &tap);
	for (size_t i = 0, n; i < msg.n; i += n) {
		n = MIN(step == 1 ? 1 : 1 + (i * 31 + step) % 61, msg.n - i);
		mime_parser_feed(p, msg.p + i, n);
	}
	mime_parser_end(p);
	junk_tok_end(t);
	mime_parser_free(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct junk_tok *a, *b;
	struct str msg = str_mem(data, n);
	const uint64_t *whole, *cut;
	size_t nwhole, ncut;

	if (a == NULL) {
		check(seal_init(NULL) == 0);
		a = make(true);
		b = make(false);
	}
	junk_tok_message(a, msg);
	whole = junk_tok_hashes(a, &nwhole);
	check(nwhole > 0 && nwhole <= LIM_JUNK_TOKENS);
	for (size_t i = 0; i < nwhole; i++) {
		check(i == 0 || whole[i - 1] < whole[i]);
		check(junk_tok_word(a, whole[i]).n > 0);
	}
	for (size_t step = 1; step < 3; step++) {
		in_pieces(b, msg, step);
		cut = junk_tok_hashes(b, &ncut);
		check(ncut == nwhole && memcmp(cut, whole, ncut * sizeof(*cut)) == 0);
	}
	return 0;
}
