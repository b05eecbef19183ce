/* Shared by the tests of lib/mime: parsing in cuts, and the tree as text. */
#ifndef MOX_TESTS_MIME_TEST_H
#define MOX_TESTS_MIME_TEST_H

#include <stdio.h>

#include "base/limits.h"
#include "base/mem.h"
#include "mime/mime.h"
#include "tests/unit/unit.h"

#define TEST_MAX (8 << 20)

/* One line a part: "1.2 type/subtype header-body-end lines". */
static inline void
tree_put(const struct mime_part *p, const char *path, struct buf *out)
{
	unsigned k = 0;
	char sub[200];

	buf_printf(out,
		   "%s %.*s/%.*s %llu-%llu-%llu %llu cs=%.*s fn=%.*s disp=%.*s cte=%d%s%s %u\n",
		   path, STR_ARG(p->type), STR_ARG(p->subtype), (unsigned long long)p->header,
		   (unsigned long long)p->body, (unsigned long long)p->end,
		   (unsigned long long)p->lines, STR_ARG(p->charset), STR_ARG(p->filename),
		   STR_ARG(p->disposition), (int)p->cte, p->is_multipart ? " multi" : "",
		   p->is_message ? " msg" : "", p->nchildren);
	for (const struct mime_part *c = p->child; c != NULL; c = c->next) {
		snprintf(sub, sizeof(sub), "%s.%u", path, ++k);
		ck_assert_ptr_eq(c->parent, p);
		tree_put(c, sub, out);
	}
	ck_assert_uint_eq(k, p->nchildren);
}

/* Everything that the parser found, as text. */
static inline void
all_put(const struct mime_parser *p, const struct mime_part *root, struct buf *out)
{
	const struct mime_top *t = mime_parser_top(p);

	tree_put(root, "0", out);
	buf_putstr(out, t->message_id);
	buf_putc(out, '|');
	buf_putstr(out, t->in_reply_to);
	buf_putc(out, '|');
	buf_putstr(out, t->references);
	buf_putc(out, '|');
	buf_putstr(out, t->subject);
	buf_putc(out, '|');
	buf_putstr(out, t->from);
	buf_printf(out, "|%u %u %lld %d\n", t->nfrom, t->nreceived, (long long)t->date,
		   t->has_8bit_header);
	mime_index_put(p, out);
}

/* Parse `s` in pieces of `step` bytes; 0: whole; 1 << 30 and more: sizes from a generator seeded
 * with it. */
static inline struct mime_parser *
parse_cut(struct str s, unsigned step, const struct mime_part **root)
{
	struct mime_parser *p = mime_parser_new();
	unsigned seed = step;

	while (s.n > 0) {
		size_t n = step == 0 ? s.n : step;

		if (step >= 1u << 30) {
			seed = seed * 1103515245 + 12345;
			n = 1 + (seed >> 16) % 97;
		}
		n = MIN(n, s.n);
		mime_parser_feed(p, s.p, n);
		s = str_from(s, n);
	}
	*root = mime_parser_end(p);
	return p;
}

#endif
