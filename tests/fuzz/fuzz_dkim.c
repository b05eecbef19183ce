/*
 * Signing. The first byte chooses forms and fields, the rest is the message. The signature is the
 * same however the message is cut, and its lines are short. The input is also read as a key file.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "crypto/seal.h"
#include "dkim/dkim.h"

static const char pem[] = "-----BEGIN PRIVATE KEY-----\n"
			  "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
			  "-----END PRIVATE KEY-----\n";
/* RFC 5322 2.1.1: no name is longer than a line. */
enum { LINE_MAX_ = 78 };

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static int
sign(const struct dk_selector *v, size_t n, struct str s, unsigned step, struct buf *out)
{
	struct dk_sign *k = dk_sign_new(v, n, 1700000000);
	int r;

	for (size_t i = 0, part; i < s.n; i += part) {
		part = step == 0 ? s.n : step == 1 ? 1 : 1 + (i * 31 + step) % 17;
		dk_sign_put(k, str_sub(s, i, i + part));
	}
	r = dk_sign_finish(k, out, NULL);
	dk_sign_free(&k);
	return r;
}

static void
check_lines(struct str s)
{
	while (s.n > 0) {
		struct str line = str_cut(s, '\n', &s);

		check(str_has_suffix(line, STR("\r")) && line.n <= LINE_MAX_);
		check(line.p[0] == '\t' || str_has_prefix(line, STR("DKIM-Signature: ")));
	}
}

static void
try_key(struct str s)
{
	static const unsigned char key[32];
	struct dk_key *k;
	bool plain;

	check(seal_init(NULL) == 0);
	k = dk_key_open(s, key, &plain, NULL);
	dk_key_free(&k);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct str names[] = { { "subject", 7 }, { "x", 1 }, { "To", 2 } };
	struct str s = str_mem(data, n);
	struct dk_selector v[2];
	struct dk_key *k;
	struct buf whole, cut;
	int r;

	try_key(s);
	if (n < 1 || (k = dk_key_parse(str_c(pem), NULL)) == NULL)
		return 0;
	s = str_from(s, 1);
	for (unsigned i = 0; i < 2; i++)
		v[i] = (struct dk_selector){ .domain = STR("example.org"),
					     .selector = STR("s"),
					     .key = k,
					     .header_relaxed = (data[0] & 1) != 0,
					     .body_relaxed = i == 0,
					     .headers = names,
					     .nheaders = (data[0] & 2) != 0 ? ARRAY_LEN(names) : 0,
					     .oversign = (data[0] & 4) != 0 };
	buf_init(&whole, 4 * LIM_DKIM_HEADER);
	buf_init(&cut, 4 * LIM_DKIM_HEADER);
	r = sign(v, 2, s, 0, &whole);
	check_lines(buf_str(&whole));
	check(r == 0 || whole.n == 0);
	for (unsigned step = 1; step < 4; step++) {
		buf_reset(&cut);
		check(sign(v, 2, s, step, &cut) == r);
		check(str_eq(buf_str(&whole), buf_str(&cut)));
	}
	buf_done(&whole);
	buf_done(&cut);
	dk_key_free(&k);
	return 0;
}
