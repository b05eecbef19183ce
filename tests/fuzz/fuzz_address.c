/* Paths, addresses, parameters, EHLO names, xtext: what is read is written and read again as the
 * same. */
#include <stdlib.h>

#include "smtp/addr.h"

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static void
path(struct str in)
{
	struct smtp_addr a, b;
	struct str rest = in;
	struct err e = ERR_INIT;

	if (smtp_path_get(&rest, SMTP_PATH_NULL | SMTP_PATH_POSTMASTER, &a, &e) < 0) {
		check(e.code == EC_SYNTAX || e.code == EC_LIMIT);
		return;
	}
	check(rest.n < in.n);
	check(a.text_n <= LIM_ADDR && a.local_n <= LIM_LOCALPART);
	check(smtp_addr_text(&a).n <= in.n);
	if (a.at == a.text_n) /* null, or postmaster */
		return;
	check(str_is_utf8(smtp_addr_text(&a)));
	check(smtp_addr_parse(smtp_addr_text(&a), &b, NULL) == 0);
	check(str_eq(smtp_addr_text(&a), smtp_addr_text(&b)));
	check(str_eq(smtp_addr_local(&a), smtp_addr_local(&b)));
	check(str_eq(smtp_addr_domain(&a), smtp_addr_domain(&b)));
	check(a.is_utf8 == b.is_utf8 && a.is_literal == b.is_literal);
}

static void
params(struct str s)
{
	struct smtp_param p;
	size_t before = s.n;

	while (smtp_param_get(&s, &p, NULL) > 0) {
		check(s.n < before && p.name.n > 0);
		before = s.n;
	}
}

static void
xtext(struct str s)
{
	struct buf a, b;

	buf_init(&a, 3 * s.n + 1);
	buf_init(&b, s.n + 1);
	smtp_xtext_put(&a, s);
	check(smtp_xtext_get(&b, buf_str(&a)) == 0);
	check(str_eq(buf_str(&b), s) || s.n == 0);
	buf_reset(&b);
	(void)!smtp_xtext_get(&b, s);
	check(!b.over);
	buf_done(&a);
	buf_done(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str in = str_mem(p, n);

	if (n > 10000)
		return 0;
	path(in);
	params(in);
	xtext(in);
	if (smtp_is_helo(in))
		check(str_is_ascii(in) && n <= LIM_DOMAIN);
	return 0;
}
