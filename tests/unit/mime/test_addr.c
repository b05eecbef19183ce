#include "mime_test.h"

/* Value; result: addresses as name|local|domain|route, groups as "name:" and ";", each behind a
 * blank; -1 in front when the value can't be read to its end. */
static const char *const rows[][2] = {
	{ "", "" },
	{ "  ", "" },
	{ "a@b", " |a|b|" },
	{ "a@b, c@d", " |a|b| |c|d|" },
	{ ",a@b,,c@d,", " |a|b| |c|d|" },
	{ "<a@b>", " |a|b|" },
	{ "N <a@b>", " N|a|b|" },
	{ "A B. C <a.b@c.d>", " A B. C|a.b|c.d|" },
	{ "\"A, \\\"B\\\"\" <a@b>", " A, \"B\"|a|b|" },
	{ "\"a b\"@c", " |a b|c|" },
	{ "\"a\".b.\"c d\"@e", " |a.b.c d|e|" },
	{ "a . b @ c . d", " |a.b|c.d|" },
	{ "a@[IPv6:::1]", " |a|[IPv6:::1]|" },
	{ "(x)a(y)@(z)b(Name)", " Name|a|b|" },
	{ "N (c) <a@b> (d)", " N|a|b|" },
	{ "<@x:a@b>", " |a|b|@x" },
	{ "<@x,,@y.z : a@b>", " |a|b|@x,@y.z" },
	{ "g:;", " g: ;" },
	{ "A Group:a@b,N <c@d>;", " A Group: |a|b| N|c|d| ;" },
	{ "g: ,;, x@y", " g: ; |x|y|" },
	{ "\xc3\xbc <\xc3\xa4@\xc3\xb6.x>", " \xc3\xbc|\xc3\xa4|\xc3\xb6.x|" },
	{ "=?utf-8?q?x?= <a@b>", " =?utf-8?q?x?=|a|b|" },
	{ "a\r\n\t@b", " |a|b|" },
	{ "N\r\n O <a@b>", " N O|a|b|" },
	{ "\"N\r\n O\" <a@b>", " N O|a|b|" },
	{ "x@y (a (nested) \\) b)", " a (nested) ) b|x|y|" },
	{ "(in front) x@y", " |x|y|" },
	/* faults */
	{ "a", "-1" },
	{ "a@", "-1" },
	{ "@b", "-1" },
	{ "a@b c@d", "-1 |a|b|" },
	{ "a b@c", "-1" },
	{ "<a>", "-1" },
	{ "<>", "-1" },
	{ "<a@b", "-1" },
	{ "N <a@b> x", "-1 N|a|b|" },
	{ "a..b@c", "-1" },
	{ ".a@b", "-1" },
	{ "a.@b", "-1" },
	{ "a@b..c", "-1" },
	{ "a@.b", "-1" },
	{ "a@b.", "-1" },
	{ "a@[x", "-1" },
	{ "\"a@b", "-1" },
	{ "x@y, \"a", "-1 |x|y|" },
	{ "a@b;", "-1 |a|b|" },
	{ "g: a@b", "-1 g: |a|b|" },
	{ "g: h: a@b;;", "-1 g:" },
	{ "[x] <a@b>", "-1" },
	{ "a@b, >", "-1 |a|b|" },
	{ "<@x a@b>", "-1" },
	{ "a\x01@b", "-1" },
};

static void
addr_put(const struct mime_addr *a, struct buf *b)
{
	if (a->kind == MIME_ADDR_GROUP_START)
		buf_printf(b, " %.*s:", STR_ARG(a->name));
	else if (a->kind == MIME_ADDR_GROUP_END)
		buf_puts(b, " ;");
	else
		buf_printf(b, " %.*s|%.*s|%.*s|%.*s", STR_ARG(a->name), STR_ARG(a->local),
			   STR_ARG(a->domain), STR_ARG(a->route));
}

START_TEST(test_parse)
{
	struct arena *a = arena_new(1 << 20);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct mime_addr *v;
		struct buf b;
		unsigned n;
		int r;

		buf_init(&b, TEST_MAX);
		r = mime_addrs_parse(str_c(rows[i][0]), a, &v, &n);
		if (r < 0)
			buf_puts(&b, "-1");
		else
			ck_assert_int_eq(r, (int)n);
		for (unsigned k = 0; k < n; k++)
			addr_put(&v[k], &b);
		ck_assert_msg(str_eq(buf_str(&b), str_c(rows[i][1])), "%s\n-- is %s\n-- not %s",
			      rows[i][0], buf_c(&b), rows[i][1]);
		buf_done(&b);
	}
	arena_free(&a);
}
END_TEST

START_TEST(test_many)
{
	struct arena *a = arena_new(16 << 20), *small = arena_new(2000);
	struct mime_addr *v;
	struct buf b;
	unsigned n;

	buf_init(&b, TEST_MAX);
	for (unsigned i = 0; i < LIM_MIME_ADDRS; i++)
		buf_puts(&b, "a@b,");
	ck_assert_int_eq(mime_addrs_parse(buf_str(&b), a, &v, &n), LIM_MIME_ADDRS);
	buf_puts(&b, "a@b,");
	ck_assert_int_eq(mime_addrs_parse(buf_str(&b), a, &v, &n), -1);
	ck_assert_uint_eq(n, LIM_MIME_ADDRS);
	ck_assert_int_eq(mime_addrs_parse(buf_str(&b), small, &v, &n), -1);
	ck_assert_uint_gt(n, 0);
	buf_done(&b);
	arena_free(&a);
	arena_free(&small);
}
END_TEST

/* Cost stays linear where nesting or openness could multiply it. */
START_TEST(test_linear)
{
	static const char *const units[] = { "(",  "\"",  "<", "a b ", "@",  ":", "a:",
					     "\\", "(\\", "[", "a.",   "=?", ";", "<@a," };
	struct arena *a = arena_new(64 << 20);

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		const struct mime_part *root;
		struct mime_parser *p;
		struct mime_addr *v;
		struct buf b, out;
		unsigned n;

		buf_init(&b, TEST_MAX);
		buf_init(&out, TEST_MAX);
		buf_puts(&b, "To: ");
		while (b.n < 200000)
			buf_puts(&b, units[i]);
		(void)!mime_addrs_parse(str_from(buf_str(&b), 4), a, &v, &n);
		p = parse_cut(buf_str(&b), 0, &root);
		mime_put_envelope(p, false, &out);
		buf_reset(&out);
		mime_put_decoded(buf_str(&b), &out);
		mime_parser_free(&p);
		buf_done(&b);
		buf_done(&out);
		arena_reset(a);
	}
	arena_free(&a);
}
END_TEST

UNIT_MAIN("addr", test_parse, test_many, test_linear)
