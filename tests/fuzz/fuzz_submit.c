/*
 * The header filter of submissions. The first byte seeds the cuts; the rest is a message, filtered
 * whole and cut: the result must be the same, have Date, Message-ID and no Bcc once it is filtered
 * again, and what is not added or dropped must be there as it was.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "mime/submit.h"

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static void
on_out(void *arg, struct str s)
{
	check(s.n > 0);
	buf_putstr(arg, s);
}

static void
filter(struct mime_submit *m, struct str in, unsigned seed, size_t max, struct buf *out)
{
	mime_submit_init(m, STR("Date: d\r\n"), STR("Message-ID: m\r\n"), on_out, out);
	for (size_t at = 0; at < in.n;) {
		size_t n = max == 0 ? in.n : 1 + (size_t)rand_r(&seed) % max;
		struct str piece = str_sub(in, at, at + n);
		char *copy = mem_dup(piece.p, piece.n);

		mime_submit_put(m, str_mem(copy, piece.n));
		mem_free(copy);
		at += n;
	}
}

static void
same(const struct mime_submit *a, const struct mime_submit *b)
{
	check(a->nfrom == b->nfrom && a->has_8bit == b->has_8bit &&
	      a->has_8bit_header == b->has_8bit_header && a->why == b->why);
	check(str_eq(buf_str(&a->from), buf_str(&b->from)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct mime_submit a, b, c;
	struct buf x, y, z;
	struct str in;

	if (n < 1 || n > 600000)
		return 0;
	in = str_mem(p + 1, n - 1);
	buf_init(&x, 1 << 21);
	buf_init(&y, 1 << 21);
	buf_init(&z, 1 << 21);
	filter(&a, in, 0, 0, &x);
	filter(&b, in, p[0], 1 + p[0] % 32u, &y);
	check(mime_submit_end(&a) == mime_submit_end(&b));
	same(&a, &b);
	if (a.why == NULL) {
		check(str_eq(buf_str(&x), buf_str(&y)));
		filter(&c, buf_str(&x), 0, 0, &z);
		check(mime_submit_end(&c) && c.has_date && c.has_message_id);
		check(str_eq(buf_str(&x), buf_str(&z))); /* nothing more to do */
		check(str_eq(buf_str(&a.from), buf_str(&c.from)));
		mime_submit_done(&c);
	}
	mime_submit_done(&a);
	mime_submit_done(&b);
	buf_done(&x);
	buf_done(&y);
	buf_done(&z);
	return 0;
}
