/*
 * SPF: lines are the client's address, sender, HELO, then answers (feed.h). Every evaluation ends
 * within its limits; explanations are printable; what one term parser takes is what it says.
 */
#include <stdint.h>

#include "feed.h"
#include "mailauth/spf.h"

/* A record on its own: terms are pieces of it, in order, without blanks. */
static void
check_terms(struct str record)
{
	struct str rest = spf_record_is(record) ? spf_record_terms(record) : record;
	const char *at = record.p, *why;
	struct spf_term t;

	while (spf_term_next(&rest, &t, &why) > 0) {
		feed_check(t.text.n > 0 && t.text.p >= at &&
			   t.text.p + t.text.n <= record.p + record.n);
		feed_check(str_chr(t.text, ' ') < 0 && str_is_ascii(t.text));
		feed_check(t.cidr4 <= 32 && t.cidr6 <= 128 && strchr("+-~?", t.qualifier) != NULL);
		at = t.text.p + t.text.n;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str rest = str_mem(p, n), ip = str_cut(rest, '\n', &rest);
	struct spf_in in = { .mail_from = str_cut(rest, '\n', &rest), .now = 1 };
	const struct spf_out *o;
	struct str e;
	struct spf *s;

	if (n == 0 || n > 65536)
		return 0;
	check_terms(str_mem(p, n));
	in.helo = str_cut(rest, '\n', &rest);
	if (spf_ip_parse(ip, &in.ip) < 0)
		memcpy(&in.ip, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	s = spf_new(&in);
	feed_run(&spf_ops, s, rest, &in.ip);
	o = spf_out(s);
	feed_check(o->terms <= LIM_SPF_TERMS && o->voids <= LIM_SPF_VOIDS);
	/* The record and eleven questions of each term, names of the client, the explanation. */
	feed_check(o->questions <= 1 + LIM_SPF_TERMS * (LIM_SPF_NAMES + 2) + LIM_SPF_NAMES + 2);
	e = buf_str(&o->explanation);
	feed_check(e.n == 0 || o->result == SPF_FAIL);
	for (size_t i = 0; i < e.n; i++)
		feed_check(e.p[i] >= ' ' && e.p[i] < 0x7f);
	spf_free(&s);
	return 0;
}
