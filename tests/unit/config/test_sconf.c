/* The sconf format: what is accepted, where errors are, and that nothing is lost on the way back.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "base/limits.h"
#include "config/sconf.h"
#include "tests/unit/unit.h"

/* text, what it becomes when formatted anew (NULL: the same) */
static const struct {
	const char *text, *formatted;
} good[] = {
	{ "", NULL },
	{ "A: b\n", NULL },
	{ "A: b", "A: b\n" },
	{ "A:\n", NULL },
	{ "A: \n", "A:\n" },
	{ "A:  two spaces kept \n", NULL },
	{ "A: b: c # no comment\n", NULL },
	{ "\n# comment\n\n  # blanks before\n\t\t# tabs before\nA: b\n",
	  "\n# comment\n\n# blanks before\n# tabs before\nA: b\n" },
	{ "A:\n\tB: c\nD: e\n", NULL },
	{ "A:\n\tB:\n\t\tC: d\nE:\n\t- f\n\t- g: h\n\t-\n\t\tI: j\n", NULL },
	{ "L:\n\t-\n\t-\n\t- \n", "L:\n\t-\n\t-\n\t-\n" },
	{ "a b@c.d: nil\n@e: nil\n", NULL },
	{ "-a: b\n", NULL },
	{ "S:\n\t# first\n\n\tA: b\n\t# last of S\n\n# before T\nT: u\n\n# end\n", NULL },
	{ "S:\n\t# only a comment\nT: u\n", NULL },
	{ "A:\n\tB:\n\t\tC: d\n\t\t# c\n\t# b\n# a\n", NULL },
	{ "A:\n\tB:\n\t\tC: d\n# a\n\t\t# c\nE: f\n", "A:\n\tB:\n\t\tC: d\n# a\n# c\nE: f\n" },
	{ "M\xc3\xbcnchen: stra\xc3\x9f\x65\n", NULL },
	{ "A: tab\tinside\n", NULL },
};

/* text, line of the error, part of the message */
static const struct {
	const char *text;
	unsigned line;
	const char *msg;
} bad[] = {
	{ "A\n", 1, "no colon" },
	{ "A: b\n: c\n", 2, "no key" },
	{ "A:b\n", 1, "A: expected a space" },
	{ "A:\tb\n", 1, "expected a space" },
	{ " A: b\n", 1, "spaces" },
	{ "A:\n  B: c\n", 2, "spaces" },
	{ "A:\n\t B: c\n", 2, "spaces" },
	{ "\tA: b\n", 1, "too far" },
	{ "A: b\n\tC: d\n", 2, "too far" },
	{ "A: \n\tC: d\n", 2, "too far" },
	{ "A:\n\t\tC: d\n", 2, "too far" },
	{ "A:\n\tB: c\n\t\tD: e\n", 3, "too far" },
	{ "A: b\n\t\nC: d\n", 2, "blanks" },
	{ "A: b\n \n", 2, "blanks" },
	{ "A: b\r\nC: d\r\n", 1, "CR" },
	{ "A: b\nC: \x01\n", 2, "control" },
	{ "A: b\nC: \xff\n", 2, "UTF-8" },
	{ "A: b\nB: c\nA: d\n", 3, "line 1" },
	{ "S:\n\tA: b\n\tB: c\n\tA: d\nS2: e\n", 4, "line 2" },
	{ "S:\n\tA: b\n\t- c\n", 3, "list" },
	{ "S:\n\t- a\n\tB: c\n", 3, "list" },
	{ "- a\n", 1, "item" },
	{ "A:\n\tA:\n\t\tA:\n\t\t\tA:\n\t\t\t\tA:\n\t\t\t\t\tA:\n\t\t\t\t\t\tA:\n\t\t\t\t\t\t\tA:\n"
	  "\t\t\t\t\t\t\t\tA:\n\t\t\t\t\t\t\t\t\tA:\n\t\t\t\t\t\t\t\t\t\tA:\n\t\t\t\t\t\t\t\t\t\t\tA:\n"
	  "\t\t\t\t\t\t\t\t\t\t\t\tA:\n\t\t\t\t\t\t\t\t\t\t\t\t\tA:\n\t\t\t\t\t\t\t\t\t\t\t\t\t\tA:\n"
	  "\t\t\t\t\t\t\t\t\t\t\t\t\t\t\tA:\n\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\tA:\n",
	  17, "deep" },
};

START_TEST(test_good)
{
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct arena *a = arena_new(1 << 20);
		struct str text = str_c(good[i].text);
		struct err e = ERR_INIT;
		struct buf out, fmt;
		struct sconf s;

		buf_init(&out, 1 << 20);
		buf_init(&fmt, 1 << 20);
		ck_assert_msg(sconf_parse(&s, a, text, &e) == 0, "%s: line %u: %s", good[i].text,
			      s.bad_line, e.msg);
		sconf_write(&s, &out);
		if (text.n > 0 && text.p[text.n - 1] != '\n')
			out.n--;
		ck_assert_str_is(buf_str(&out), text);
		sconf_format(&s, &fmt);
		ck_assert_str_is(buf_str(&fmt),
				 good[i].formatted != NULL ? str_c(good[i].formatted) : text);
		buf_done(&out);
		buf_done(&fmt);
		arena_free(&a);
	}
}
END_TEST

START_TEST(test_bad)
{
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct arena *a = arena_new(1 << 20);
		struct err e = ERR_INIT;
		struct sconf s;

		ck_assert_msg(sconf_parse(&s, a, str_c(bad[i].text), &e) < 0, "accepted: %s",
			      bad[i].text);
		ck_assert_msg(s.bad_line == bad[i].line && strstr(e.msg, bad[i].msg) != NULL,
			      "%s: line %u: %s", bad[i].text, s.bad_line, e.msg);
		arena_free(&a);
	}
}
END_TEST

START_TEST(test_nul)
{
	struct arena *a = arena_new(1 << 20);
	struct err e = ERR_INIT;
	struct sconf s;

	ck_assert_int_lt(sconf_parse(&s, a, STR("A: b\0c\n"), &e), 0);
	arena_free(&a);
}
END_TEST

START_TEST(test_tree)
{
	static const char text[] = "# c\nA:\n\t# d\n\tB: e\n\n\tC:\n\t\t- f\n\t\t- g\nD: h\n";
	struct arena *a = arena_new(1 << 20);
	struct err e = ERR_INIT;
	struct sconf_node *n;
	struct sconf s;

	ck_assert_int_eq(sconf_parse(&s, a, str_c(text), &e), 0);
	n = sconf_find(&s.top, STR("A"));
	ck_assert_ptr_nonnull(n);
	ck_assert_uint_eq(n->line, 2);
	n = sconf_first(n);
	ck_assert_str_is(n->key, STR("B"));
	ck_assert_uint_eq(n->line, 4);
	n = sconf_next(n);
	ck_assert_str_is(n->key, STR("C"));
	ck_assert(n->has_items);
	ck_assert_str_is(sconf_next(sconf_first(n))->value, STR("g"));
	ck_assert_ptr_null(sconf_next(n));
	ck_assert_ptr_null(sconf_find(&s.top, STR("B")));
	arena_free(&a);
}
END_TEST

static void
parse(struct sconf *s, struct arena *a, const char *text)
{
	struct err e = ERR_INIT;

	ck_assert_int_eq(sconf_parse(s, a, str_c(text), &e), 0);
}

static void
expect(const struct sconf *s, const char *text)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	sconf_write(s, &out);
	ck_assert_str_is(buf_str(&out), str_c(text));
	buf_done(&out);
}

START_TEST(test_edit)
{
	struct arena *a = arena_new(1 << 20);
	struct err e = ERR_INIT;
	struct sconf_node *n, *m;
	struct sconf s;

	parse(&s, a, "M:\n\tx: nil\n\t# end of M\n# end\n");
	n = sconf_find(sconf_find(&s.top, STR("M")), STR("x"));
	m = sconf_new_key(&s, STR("K"), STR("v"), &e);
	sconf_append(n, m);
	m = sconf_new_key(&s, STR("y"), STR(""), &e);
	sconf_append(n->up, m);
	sconf_append(m, sconf_new_item(&s, STR("i"), &e));
	expect(&s, "M:\n\tx:\n\t\tK: v\n\ty:\n\t\t- i\n\t# end of M\n# end\n");
	ck_assert_int_eq(sconf_set_value(&s, sconf_first(n), STR("w"), &e), 0);
	/* The last key of x, and with it x; y remains. */
	sconf_remove(&s, sconf_first(n));
	expect(&s, "M:\n\ty:\n\t\t- i\n\t# end of M\n# end\n");
	sconf_remove(&s, sconf_first(m));
	expect(&s, "# end of M\n# end\n");
	arena_free(&a);
}
END_TEST

START_TEST(test_remove)
{
	struct arena *a = arena_new(1 << 20);
	struct sconf s;

	parse(&s, a,
	      "M:\n\t# of the section\n\n\t# about x\n\t# more\n\tx: 1\n\t# about y\n\ty: 2\n");
	sconf_remove(&s, sconf_find(sconf_first(&s.top), STR("x")));
	expect(&s, "M:\n\t# of the section\n\n\t# about y\n\ty: 2\n");
	arena_free(&a);
}
END_TEST

START_TEST(test_unwritable)
{
	static const char *const keys[] = {
		"", "a:b", "#a", " a", "\ta", "-", "- a", "a\nb", "\xff"
	};
	struct arena *a = arena_new(1 << 20);
	struct err e = ERR_INIT;
	struct sconf s;

	parse(&s, a, "A: b\n");
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		ck_assert_ptr_null(sconf_new_key(&s, str_c(keys[i]), STR(""), &e));
	ck_assert_ptr_null(sconf_new_key(&s, STR("a"), STR("b\nc"), &e));
	ck_assert_ptr_null(sconf_new_item(&s, STR("b\rc"), &e));
	ck_assert_int_lt(sconf_set_value(&s, sconf_first(&s.top), STR("x\ny"), &e), 0);
	expect(&s, "A: b\n");
	arena_free(&a);
}
END_TEST

START_TEST(test_many)
{
	struct arena *a = arena_new((size_t)1 << 30);
	struct err e = ERR_INIT;
	struct buf text;
	struct sconf s;

	/* Fifty thousand entries take time in proportion, not its square. */
	buf_init(&text, LIM_CONF_SIZE);
	buf_puts(&text, "Accounts:\n");
	for (unsigned i = 0; i < 50000; i++)
		buf_printf(&text, "\taccount%u:\n\t\tDomain: example.org\n", i);
	ck_assert_int_eq(sconf_parse(&s, a, buf_str(&text), &e), 0);
	buf_puts(&text, "\taccount0: nil\n");
	ck_assert_int_lt(sconf_parse(&s, a, buf_str(&text), &e), 0);
	ck_assert_uint_eq(s.bad_line, 100002);
	buf_reset(&text);
	for (unsigned i = 0; i <= LIM_CONF_LINES; i++)
		buf_putc(&text, '\n');
	err_clear(&e);
	ck_assert_int_lt(sconf_parse(&s, a, buf_str(&text), &e), 0);
	ck_assert_int_eq(e.code, EC_LIMIT);
	buf_done(&text);
	arena_free(&a);
}
END_TEST

UNIT_MAIN("sconf", test_good, test_bad, test_nul, test_tree, test_edit, test_remove,
	  test_unwritable, test_many)
