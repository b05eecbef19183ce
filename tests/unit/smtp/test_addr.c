/* Paths, addresses, parameters, xtext. */
#include "base/mem.h"
#include "smtp/addr.h"
#include "tests/unit/unit.h"

#define L64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LABEL63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define DOMAIN255 LABEL63 "." LABEL63 "." LABEL63 "." LABEL63

/* Path as sent, what is allowed, canonical text (NULL: refused), bytes behind it. */
static const struct {
	const char *in;
	unsigned allow;
	const char *text, *rest;
} paths[] = {
	{ "<a@example.org>", 0, "a@example.org", "" },
	{ "<a@example.org> SIZE=1", 0, "a@example.org", " SIZE=1" },
	{ "<A.b@EXAMPLE.Org>", 0, "A.b@example.org", "" },
	{ "<a+b=c/d@x>", 0, "a+b=c/d@x", "" },
	{ "<!#$%&'*+-/=?^_`{|}~@x.y>", 0, "!#$%&'*+-/=?^_`{|}~@x.y", "" },
	{ "<\"a b\"@x>", 0, "\"a b\"@x", "" },
	{ "<\"a\"@x>", 0, "a@x", "" },
	{ "<\"a\\b\"@x>", 0, "ab@x", "" },
	{ "<\"a.b\"@x>", 0, "a.b@x", "" },
	{ "<\"a..b\"@x>", 0, "\"a..b\"@x", "" },
	{ "<\".a\"@x>", 0, "\".a\"@x", "" },
	{ "<\"a.\"@x>", 0, "\"a.\"@x", "" },
	{ "<\"\"@x>", 0, "\"\"@x", "" },
	{ "<\"a\\\"b\\\\c\"@x>", 0, "\"a\\\"b\\\\c\"@x", "" },
	{ "<\"a@b\"@x>", 0, "\"a@b\"@x", "" },
	{ "<\"a>b\"@x>", 0, "\"a>b\"@x", "" },
	{ "<" L64 "@x>", 0, L64 "@x", "" },
	{ "<" L64 "a@x>", 0, NULL, NULL },
	{ "<\"" L64 "\"@x>", 0, NULL, NULL }, /* the quotes count */
	{ "<a@" DOMAIN255 ">", 0, "a@" DOMAIN255, "" },
	{ "<a@" DOMAIN255 "a>", 0, NULL, NULL },
	{ "<a@" LABEL63 "a.x>", 0, NULL, NULL },
	{ "<a@[192.0.2.1]>", 0, "a@[192.0.2.1]", "" },
	{ "<a@[IPv6:2001:DB8::1]>", 0, "a@[ipv6:2001:db8::1]", "" },
	{ "<a@[ipv6:::]>", 0, "a@[ipv6:::]", "" },
	{ "<a@[tag:x]>", 0, "a@[tag:x]", "" },
	{ "<a@[192.0.2]>", 0, NULL, NULL },
	{ "<a@[192.0.2.256]>", 0, NULL, NULL },
	{ "<a@[IPv6:2001]>", 0, NULL, NULL },
	{ "<a@[]>", 0, NULL, NULL },
	{ "<a@[192.0.2.1>", 0, NULL, NULL },
	{ "<a@192.0.2.1]>", 0, NULL, NULL },
	{ "<a@[2001:db8::1]>", 0, "a@[2001:db8::1]", "" }, /* a general literal, by its syntax */
	{ "<@r1.example,@r2.example:a@x>", 0, "a@x", "" },
	{ "<@r1.example:a@x>", 0, "a@x", "" },
	{ "<@[192.0.2.1]:a@x>", 0, "a@x", "" },
	{ "<@r1.example,r2.example:a@x>", 0, NULL, NULL },
	{ "<@r1.example a@x>", 0, NULL, NULL },
	{ "<@:a@x>", 0, NULL, NULL },
	{ "<@x>", 0, NULL, NULL },
	{ "<>", 0, NULL, NULL },
	{ "<>", SMTP_PATH_NULL, "", "" },
	{ "<> X=1", SMTP_PATH_NULL, "", " X=1" },
	{ "<postmaster>", 0, NULL, NULL },
	{ "<postmaster>", SMTP_PATH_POSTMASTER, "postmaster", "" },
	{ "<PostMaster>", SMTP_PATH_POSTMASTER, "postmaster", "" },
	{ "<postmaster@x>", SMTP_PATH_POSTMASTER, "postmaster@x", "" },
	{ "<a>", SMTP_PATH_NULL | SMTP_PATH_POSTMASTER, NULL, NULL },
	{ "a@x", 0, NULL, NULL },
	{ "<a@x", 0, NULL, NULL },
	{ "<a@x>>", 0, "a@x", ">" },
	{ "< a@x>", 0, NULL, NULL },
	{ "<a@x >", 0, NULL, NULL },
	{ "<a @x>", 0, NULL, NULL },
	{ "<a@>", 0, NULL, NULL },
	{ "<@>", 0, NULL, NULL },
	{ "<a@x.>", 0, NULL, NULL },
	{ "<a@.x>", 0, NULL, NULL },
	{ "<a@x..y>", 0, NULL, NULL },
	{ "<a@-x>", 0, NULL, NULL },
	{ "<a@x->", 0, NULL, NULL },
	{ "<a@x-.y>", 0, NULL, NULL },
	{ "<a@x_y>", 0, "a@x_y", "" },
	{ "<a@x,y>", 0, NULL, NULL },
	{ "<a@b@x>", 0, NULL, NULL },
	{ "<.a@x>", 0, NULL, NULL },
	{ "<a.@x>", 0, NULL, NULL },
	{ "<a..b@x>", 0, NULL, NULL },
	{ "<a(b)@x>", 0, NULL, NULL },
	{ "<a:b@x>", 0, NULL, NULL },
	{ "<\"a@x>", 0, NULL, NULL },
	{ "<\"a\\", 0, NULL, NULL },
	{ "<\"a\tb\"@x>", 0, NULL, NULL },
	{ "<\"a\"b@x>", 0, NULL, NULL },
	{ "<j\xc3\xb6rg@x>", 0, "j\xc3\xb6rg@x", "" },
	{ "<a@b\xc3\xbc"
	  "cher.example>",
	  0,
	  "a@b\xc3\xbc"
	  "cher.example",
	  "" },
	{ "<\"j\xc3\xb6 g\"@x>", 0, "\"j\xc3\xb6 g\"@x", "" },
	{ "<j\xc3@x>", 0, NULL, NULL },
	{ "<j\xff@x>", 0, NULL, NULL },
	{ "<a@\xed\xa0\x80>", 0, NULL, NULL }, /* a surrogate */
	{ "", 0, NULL, NULL },
	{ "<", 0, NULL, NULL },
};

START_TEST(test_paths)
{
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		struct str s = str_c(paths[i].in);
		struct smtp_addr a;
		struct err e = ERR_INIT;
		int r = smtp_path_get(&s, paths[i].allow, &a, &e);

		ck_assert_msg((r == 0) == (paths[i].text != NULL), "%s: %s", paths[i].in, e.msg);
		if (r < 0) {
			ck_assert_msg(e.code == EC_SYNTAX || e.code == EC_LIMIT, "%s", paths[i].in);
			continue;
		}
		ck_assert_str_is(smtp_addr_text(&a), str_c(paths[i].text));
		ck_assert_str_is(s, str_c(paths[i].rest));
	}
}
END_TEST

/* What was formatted is read again as the same, and cut anywhere it breaks nothing. */
START_TEST(test_again)
{
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		struct str s = str_c(paths[i].in), whole = s;
		struct smtp_addr a, b;

		for (size_t n = 0; n < whole.n; n++) {
			char *copy =
				mem_dup(whole.p, n); /* an exact allocation, for the sanitizer */
			struct str cut = str_mem(copy, n);

			(void)!smtp_path_get(&cut, paths[i].allow, &b, NULL);
			mem_free(copy);
		}
		if (paths[i].text == NULL || str_chr(str_c(paths[i].text), '@') < 0)
			continue;
		ck_assert_int_eq(smtp_path_get(&s, paths[i].allow, &a, NULL), 0);
		ck_assert_int_eq(smtp_addr_parse(smtp_addr_text(&a), &b, NULL), 0);
		ck_assert_str_is(smtp_addr_text(&a), smtp_addr_text(&b));
		ck_assert_str_is(smtp_addr_local(&a), smtp_addr_local(&b));
		ck_assert_str_is(smtp_addr_domain(&a), smtp_addr_domain(&b));
	}
}
END_TEST

START_TEST(test_parts)
{
	struct smtp_addr a;

	ck_assert_int_eq(smtp_addr_parse(STR("\"a @\\\"\"@X.Y"), &a, NULL), 0);
	ck_assert_str_is(smtp_addr_local(&a), STR("a @\""));
	ck_assert_str_is(smtp_addr_domain(&a), STR("x.y"));
	ck_assert(!a.is_utf8 && !a.is_literal);
	ck_assert_int_eq(smtp_addr_parse(STR("a@[192.0.2.1]"), &a, NULL), 0);
	ck_assert(a.is_literal);
	ck_assert_int_eq(smtp_addr_parse(STR("\xc3\xb6@x"), &a, NULL), 0);
	ck_assert(a.is_utf8);
	ck_assert_int_eq(smtp_addr_parse(STR("a@x "), &a, NULL), -1);
}
END_TEST

/* Argument of EHLO. */
static const struct {
	const char *s;
	bool ok;
} helos[] = {
	{ "mail.example.org", true },
	{ "localhost", true },
	{ "my_pc", true },
	{ "1.2.3.4", true },
	{ "[1.2.3.4]", true },
	{ "[IPv6:::1]", true },
	{ "a-b", true },
	{ "xn--bcher-kva.example", true },
	{ "", false },
	{ "-a", false },
	{ "a-", false },
	{ "a..b", false },
	{ ".", false },
	{ "a.", false },
	{ "[1.2.3.4", false },
	{ "[1.2.3]", false },
	{ "a b", false },
	{ "a@b", false },
	{ "a,b", false },
	{ "b\xc3\xbc"
	  "cher.example",
	  false },
	{ "a\tb", false },
	{ "a(b)", false },
};

START_TEST(test_helo)
{
	for (size_t i = 0; i < ARRAY_LEN(helos); i++)
		ck_assert_msg(smtp_is_helo(str_c(helos[i].s)) == helos[i].ok, "%s", helos[i].s);
}
END_TEST

/* Parameters: input, what comes out as "name=value;" (NULL: malformed). */
static const struct {
	const char *in, *out;
} params[] = {
	{ "", "" },
	{ "  ", "" },
	{ " SIZE=1", "SIZE=1;" },
	{ " SIZE=1  BODY=8BITMIME", "SIZE=1;BODY=8BITMIME;" },
	{ " SMTPUTF8", "SMTPUTF8;" },
	{ " X-Y-1=a<b>c", "X-Y-1=a<b>c;" },
	{ " A=\xc3\xb6", "A=\xc3\xb6;" },
	{ "SIZE=1", NULL },
	{ " =1", NULL },
	{ " -A=1", NULL },
	{ " A=", NULL },
	{ " A=b=c", NULL },
	{ " A=b\tc", NULL },
	{ " A_B=1", NULL },
	{ " A=1\x7f", NULL },
	{ " \xc3\xb6=1", NULL },
};

START_TEST(test_params)
{
	for (size_t i = 0; i < ARRAY_LEN(params); i++) {
		struct str s = str_c(params[i].in);
		struct smtp_param p;
		struct buf b;
		int r;

		buf_init(&b, 1000);
		while ((r = smtp_param_get(&s, &p, NULL)) > 0) {
			buf_putstr(&b, p.name);
			if (p.value.p != NULL) {
				buf_putc(&b, '=');
				buf_putstr(&b, p.value);
			}
			buf_putc(&b, ';');
		}
		ck_assert_msg((r == 0) == (params[i].out != NULL), "%s", params[i].in);
		if (r == 0)
			ck_assert_str_is(buf_str(&b), str_c(params[i].out));
		buf_done(&b);
	}
}
END_TEST

START_TEST(test_xtext)
{
	struct buf text, back;
	char all[256];

	buf_init(&text, 1000);
	buf_init(&back, 1000);
	for (unsigned i = 0; i < sizeof(all); i++)
		all[i] = (char)i;
	smtp_xtext_put(&text, str_mem(all, sizeof(all)));
	ck_assert_int_eq(smtp_xtext_get(&back, buf_str(&text)), 0);
	ck_assert_str_is(buf_str(&back), str_mem(all, sizeof(all)));
	buf_reset(&text);
	smtp_xtext_put(&text, STR("a+b=c"));
	ck_assert_str_is(buf_str(&text), STR("a+2Bb+3Dc"));
	ck_assert_int_eq(smtp_xtext_get(&back, STR("a+2b")), -1);
	ck_assert_int_eq(smtp_xtext_get(&back, STR("a+2")), -1);
	ck_assert_int_eq(smtp_xtext_get(&back, STR("a+")), -1);
	ck_assert_int_eq(smtp_xtext_get(&back, STR("a b")), -1);
	ck_assert_int_eq(smtp_xtext_get(&back, STR("a=b")), -1);
	ck_assert_int_eq(smtp_xtext_get(&back, STR("\xc3\xb6")), -1);
	buf_done(&text);
	buf_done(&back);
}
END_TEST

UNIT_MAIN("smtp-addr", test_paths, test_again, test_parts, test_helo, test_params, test_xtext)
