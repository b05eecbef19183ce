/* DMARC: records, From, tree walks, alignment, policies. The examples of RFC 9989 are among them.
 */
#include "../unit.h"

#include "base/encode.h"
#include "mailauth/dmarc.h"
#include "zone.h"

static struct zone zone;

/* ---- records */

static struct dm_record
parse(const char *txt)
{
	struct dm_record r;

	ck_assert_msg(dm_record_parse(str_c(txt), &r) == 0, "%s", txt);
	return r;
}

START_TEST(test_version)
{
	static const char *const good[] = { "v=DMARC1", "v=DMARC1;p=none", "v = DMARC1 ; p=none",
					    "V=DMARC1; p=none", "v=DMARC1;" };
	static const char *const bad[] = { "",
					   "v=DMARC2; p=none",
					   "v=dmarc1; p=none",
					   "p=none; v=DMARC1",
					   "v=DMARC1 p=none",
					   " v=DMARC1; p=none",
					   "v",
					   "vv=DMARC1",
					   "v=DMARC10",
					   "xv=DMARC1; p=none" };
	struct dm_record r;

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		ck_assert_msg(dm_record_is(str_c(good[i])), "%s", good[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ck_assert_msg(dm_record_parse(str_c(bad[i]), &r) < 0, "%s", bad[i]);
}
END_TEST

START_TEST(test_tags)
{
	struct dm_record r =
		parse("v=DMARC1; p=reject; sp=quarantine; np=none; adkim=s; aspf=s; psd=n; "
		      "t=y; fo=1:d:s; rua=mailto:a@example.org!10m,https://x.example/; "
		      "ruf=mailto:b@example.org; pct=0; rf=afrf; ri=86400; future=x");
	struct str list = r.rua, uri;

	ck_assert(r.has_p && r.has_sp && r.has_np && r.has_rua && !r.is_unfit);
	ck_assert_int_eq(r.p, DM_POLICY_REJECT);
	ck_assert_int_eq(r.sp, DM_POLICY_QUARANTINE);
	ck_assert_int_eq(r.np, DM_POLICY_NONE);
	ck_assert(r.is_dkim_strict && r.is_spf_strict && r.is_test);
	ck_assert_int_eq(r.psd, DM_PSD_NO);
	ck_assert_uint_eq(r.fo, DM_FO_1 | DM_FO_D | DM_FO_S);
	ck_assert(dm_uri_next(&list, &uri));
	ck_assert_str_is(uri, STR("mailto:a@example.org"));
	ck_assert(dm_uri_next(&list, &uri));
	ck_assert_str_is(uri, STR("https://x.example/"));
	ck_assert(!dm_uri_next(&list, &uri));
	ck_assert_str_is(r.ruf, STR("mailto:b@example.org"));
}
END_TEST

START_TEST(test_defaults)
{
	struct dm_record r = parse("v=DMARC1; p=Reject");

	ck_assert_int_eq(r.sp, DM_POLICY_REJECT);
	ck_assert_int_eq(r.np, DM_POLICY_REJECT);
	ck_assert(!r.is_dkim_strict && !r.is_spf_strict && !r.is_test && !r.has_rua);
	ck_assert_int_eq(r.psd, DM_PSD_UNKNOWN);
	ck_assert_uint_eq(r.fo, DM_FO_0);
	r = parse("v=DMARC1; p=none; sp=reject");
	ck_assert_int_eq(r.np, DM_POLICY_REJECT);
	/* What is malformed is ignored: 4.7. */
	r = parse("v=DMARC1; p=quarantine;; adkim=x; aspf; psd=maybe; t=1; fo=9; rua=nobody; =x; ");
	ck_assert(!r.is_unfit && !r.is_dkim_strict && !r.is_spf_strict && !r.is_test && !r.has_rua);
	ck_assert_int_eq(r.p, DM_POLICY_QUARANTINE);
	ck_assert_uint_eq(r.fo, DM_FO_0);
	r = parse("v=DMARC1; p=reject; p=none");
	ck_assert_int_eq(r.p, DM_POLICY_REJECT);
}
END_TEST

START_TEST(test_unfit)
{
	static const char *const bad[] = { "v=DMARC1",
					   "v=DMARC1; p=",
					   "v=DMARC1; p=deny",
					   "v=DMARC1; p=reject; sp=deny",
					   "v=DMARC1; p=reject; np=",
					   "v=DMARC1; sp=reject",
					   "v=DMARC1; p=rej\xc3\xa9" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct dm_record r = parse(bad[i]);

		ck_assert_msg(r.is_unfit && r.p == DM_POLICY_NONE && r.sp == DM_POLICY_NONE &&
				      r.np == DM_POLICY_NONE,
			      "%s", bad[i]);
	}
}
END_TEST

START_TEST(test_uris)
{
	static const char *const bad[] = { "mailto:",	   "mailto:a", "mailto:@b", "mailto:a@",
					   "a@b",	   ":x",       "1x:y",	    "x y:z",
					   "mailto:a b@c", "" };
	struct str uri;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct str list = str_c(bad[i]);

		ck_assert_msg(!dm_uri_next(&list, &uri), "%s", bad[i]);
	}
}
END_TEST

/* ---- From */

START_TEST(test_from)
{
	static const struct {
		const char *header;
		enum dm_from result;
		const char *domain;
	} rows[] = {
		{ "From: a@example.org\r\n", DM_FROM_OK, "example.org" },
		{ "from:a@EXAMPLE.org\r\n\r\n", DM_FROM_OK, "example.org" },
		{ "From: a@example.org\nTo: b@example.net\n\nFrom: c@example.com\n", DM_FROM_OK,
		  "example.org" },
		{ "From: Ann <a@example.org>\r\n", DM_FROM_OK, "example.org" },
		{ "From: \"Ann, B\" <a@example.org> (x)\r\n", DM_FROM_OK, "example.org" },
		{ "From: \"ceo@bank.example\" <a@example.org>\r\n", DM_FROM_OK, "example.org" },
		{ "From: =?utf-8?q?ceo=40bank.example?= <a@example.org>\r\n", DM_FROM_OK,
		  "example.org" },
		{ "From: Ann\r\n <a@example.org>\r\n", DM_FROM_OK, "example.org" },
		{ "From: \"a.b\"@example.org\r\n", DM_FROM_OK, "example.org" },
		{ "From: \xc3\xbc@b\xc3\xbc"
		  "cher.example\r\n",
		  DM_FROM_OK, "xn--bcher-kva.example" },
		{ "From: a@xn--bcher-kva.example\r\n", DM_FROM_OK, "xn--bcher-kva.example" },
		{ "Received: x\r\n\ty\r\nFrom: a@example.org\r\nno field\r\n", DM_FROM_OK,
		  "example.org" },
		{ "", DM_FROM_NONE, NULL },
		{ "To: a@example.org\r\n", DM_FROM_NONE, NULL },
		{ "Subject: x\r\n From: a@example.org\r\n", DM_FROM_NONE, NULL },
		{ "\r\nFrom: a@example.org\r\n", DM_FROM_NONE, NULL },
		{ "From: a@example.org\r\nFROM: b@example.net\r\n", DM_FROM_SEVERAL_FIELDS, NULL },
		{ "From: a@example.org\r\nFrom : b@example.net\r\n", DM_FROM_SEVERAL_FIELDS, NULL },
		{ "From: a@example.org\r\nFrom: a@example.org\r\n", DM_FROM_SEVERAL_FIELDS, NULL },
		{ "From: a@example.org, b@example.org\r\n", DM_FROM_SEVERAL, NULL },
		{ "From: a@example.org, b@example.net\r\n", DM_FROM_SEVERAL, NULL },
		{ "From: group: a@example.org;\r\n", DM_FROM_SEVERAL, NULL },
		{ "From: group:;\r\n", DM_FROM_SEVERAL, NULL },
		{ "From:\r\n", DM_FROM_MALFORMED, NULL },
		{ "From: Ann\r\n", DM_FROM_MALFORMED, NULL },
		{ "From: <>\r\n", DM_FROM_MALFORMED, NULL },
		{ "From: a@localhost\r\n", DM_FROM_MALFORMED, NULL },
		{ "From: a@[192.0.2.1]\r\n", DM_FROM_MALFORMED, NULL },
		{ "From: ceo@bank.example <a@example.org>\r\n", DM_FROM_MALFORMED, NULL },
		{ "From: <a@example.org> <b@bank.example>\r\n", DM_FROM_MALFORMED, NULL },
		{ "From: <a@example.org>b@bank.example\r\n", DM_FROM_MALFORMED, NULL },
		{ "From: a@example.org@bank.example\r\n", DM_FROM_MALFORMED, NULL },
		{ "From: a@exam\xff.example\r\n", DM_FROM_MALFORMED, NULL },
		{ "From: a@example.org\\0@bank.example\r\n", DM_FROM_MALFORMED, NULL },
		{ "From: \"x@bank.example\"@example.org\r\n", DM_FROM_AMBIGUOUS, NULL },
		{ "From: \"x@bank.example> \"@example.org\r\n", DM_FROM_AMBIGUOUS, NULL },
		{ "From: =?utf-8?q?x=40bank.example=3E?=@example.org\r\n", DM_FROM_AMBIGUOUS,
		  NULL },
		{ "From: <@bank.example:a@example.org>\r\n", DM_FROM_AMBIGUOUS, NULL },
		{ "From: a(b)@example.org\r\n", DM_FROM_AMBIGUOUS, NULL },
		{ "From: a@example(x).org\r\n", DM_FROM_AMBIGUOUS, NULL },
		{ "From: a@example.\r\n org\r\n", DM_FROM_AMBIGUOUS, NULL },
		{ "From : a@example.org\r\n", DM_FROM_AMBIGUOUS, NULL },
		{ "From ann Sat Nov 21\r\nFrom: a@example.org\r\n", DM_FROM_AMBIGUOUS, NULL },
		{ "no field\r\nFrom: a@example.org\r\n", DM_FROM_AMBIGUOUS, NULL },
		{ " x\r\nFrom: a@example.org\r\n", DM_FROM_AMBIGUOUS, NULL },
		{ "Subject: x\r\n \r\nFrom: a@example.org\r\n", DM_FROM_AMBIGUOUS, NULL },
		{ "From: a@example.org\r\nX: y\rFrom: b@bank.example\r\n", DM_FROM_AMBIGUOUS,
		  NULL },
		{ "From: a@example.org\r\nX: y\nFrom2: b\r\n", DM_FROM_AMBIGUOUS, NULL },
		{ "From: a@example.org\r", DM_FROM_AMBIGUOUS, NULL },
		{ "From: a@example.org\r\n\nFrom: b@bank.example\r\n\r\n", DM_FROM_AMBIGUOUS,
		  NULL },
		{ "From: a@example.org\r\n\r\nbody\nof\rlines\r\n", DM_FROM_OK, "example.org" },
		{ "From: a@example.org\r\nFrom\v: b@bank.example\r\n", DM_FROM_AMBIGUOUS, NULL },
		{ "From: a@example.org\r\nX: y\r\nFROM\xc2\xa0: b@bank.example\r\nZ: z\r\n",
		  DM_FROM_AMBIGUOUS, NULL },
		{ "From: a@example.org\r\nFromage: b@bank.example\r\n", DM_FROM_OK, "example.org" },
	};
	struct arena *a = arena_new(1 << 20);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char domain[LIM_DOMAIN + 1];
		struct mime_addr addr;
		enum dm_from r;

		arena_reset(a);
		r = dm_from_get(str_c(rows[i].header), a, &addr, domain);
		ck_assert_msg(r == rows[i].result, "%s: %s", rows[i].header, dm_from_text(r));
		if (r == DM_FROM_OK)
			ck_assert_str_eq(domain, rows[i].domain);
	}
	arena_free(&a);
}
END_TEST

START_TEST(test_from_nul)
{
	struct arena *a = arena_new(1 << 20);
	char domain[LIM_DOMAIN + 1];
	struct mime_addr addr;

	ck_assert_int_eq(dm_from_get(STR("X: \0\r\nFrom: a@example.org\r\n"), a, &addr, domain),
			 DM_FROM_AMBIGUOUS);
	arena_free(&a);
}
END_TEST

/* ---- evaluation */

static struct dm_out out;
static struct dm *d;

/* SPF and DKIM: a domain each, or NULL. */
static void
verify(const char *from, const char *spf, const char *dkim)
{
	struct dm_id ids[2] = { { str_c(spf), true, false }, { str_c(dkim), false, false } };

	dm_free(&d);
	zone.asked = 0;
	d = dm_new(&(struct dm_in){ str_c(from), ids, 2 });
	zone_run(&zone, &dm_ops, d);
	out = *dm_out(d);
	ck_assert_uint_eq(zone.asked, out.questions);
}

#define ck_result(r, disp)                                                                         \
	do {                                                                                       \
		ck_assert_str_eq(dm_result_name(out.result), r);                                   \
		ck_assert_str_eq(dm_policy_name(out.disposition), disp);                           \
	} while (0)

/* 4.4, table of alignment. */
START_TEST(test_alignment)
{
	zone_add(&zone, "_dmarc.example.com TXT v=DMARC1; p=reject");
	zone_add(&zone, "news.example.com A 192.0.2.1");
	verify("news.example.com", "foo.example.com", NULL);
	ck_result("pass", "none");
	ck_assert(out.is_spf_aligned && !out.is_dkim_aligned);
	ck_assert_str_eq(out.org_domain, "example.com");
	ck_assert_str_eq(out.record_domain, "example.com");
	verify("news.example.com", NULL, "NEWS.example.com.");
	ck_result("pass", "none");
	ck_assert(out.is_dkim_aligned);
	verify("news.example.com", NULL, "foo.example.net");
	ck_result("fail", "reject");
	verify("news.example.com", "example.com", "foo.example.net");
	ck_result("pass", "none");
	verify("example.com", "a.b.example.com", NULL);
	ck_result("pass", "none");
	verify("example.com", "com", NULL);
	ck_result("fail", "reject");
	verify("example.com", "notexample.com", "example.com.net");
	ck_result("fail", "reject");
	verify("example.com", NULL, NULL);
	ck_result("fail", "reject");
	verify("other.example", "other.example", "other.example");
	ck_result("none", "none");
	ck_assert_str_eq(out.why, "no DMARC record for other.example");
	verify("", "example.com", NULL);
	ck_result("permerror", "none");
	verify("com", "com", NULL);
	ck_result("permerror", "none");
}
END_TEST

START_TEST(test_strict)
{
	zone_add(&zone, "_dmarc.example.com TXT v=DMARC1; p=quarantine; aspf=s");
	verify("example.com", "a.example.com", NULL);
	ck_result("fail", "quarantine");
	verify("example.com", "example.com", NULL);
	ck_result("pass", "none");
	verify("example.com", NULL, "a.example.com");
	ck_result("pass", "none");
	zone_clear(&zone);
	zone_add(&zone, "_dmarc.example.com TXT v=DMARC1; p=quarantine; adkim=s");
	verify("example.com", "a.example.com", NULL);
	ck_result("pass", "none");
	verify("example.com", NULL, "a.example.com");
	ck_result("fail", "quarantine");
	verify("a.example.com", NULL, "example.com");
	ck_result("fail", "quarantine");
	verify("a.example.com", NULL, "a.example.com");
	ck_result("pass", "none");
	/* With both strict no walk is needed. */
	zone_clear(&zone);
	zone_add(&zone, "_dmarc.a.example.com TXT v=DMARC1; p=quarantine; adkim=s; aspf=s");
	verify("a.example.com", "b.example.com", "b.example.com");
	ck_result("fail", "quarantine");
	ck_assert_uint_eq(out.questions, 1);
}
END_TEST

static const char *asked[20];

static void
note_questions(const char *from)
{
	static char names[20][300];
	struct dns_answer a = { .status = DNS_NXDOMAIN, .cname = STR("") };
	struct mailauth_question q;
	unsigned n = 0;

	memset(asked, 0, sizeof(asked));
	dm_free(&d);
	d = dm_new(&(struct dm_in){ .from = str_c(from) });
	while (dm_next(d, &q)) {
		ck_assert_int_eq(q.type, DNS_TXT);
		ck_assert_int_eq(str_to_c(q.name, names[n], sizeof(names[n])), 0);
		asked[n] = names[n];
		n++;
		dm_put(d, &a);
	}
}

/* 4.10: the eight questions of the long name; seven labels, eight, nine. */
START_TEST(test_walk)
{
	static const char *const expected[] = {
		"_dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.com",
		"_dmarc.g.h.i.j.mail.example.com",
		"_dmarc.h.i.j.mail.example.com",
		"_dmarc.i.j.mail.example.com",
		"_dmarc.j.mail.example.com",
		"_dmarc.mail.example.com",
		"_dmarc.example.com",
		"_dmarc.com",
	};

	note_questions("a.b.c.d.e.f.g.h.i.j.mail.example.com");
	for (unsigned i = 0; i < 8; i++)
		ck_assert_str_eq(asked[i], expected[i]);
	ck_assert_ptr_null(asked[8]);
	note_questions("1.2.3.4.5.6.example.com");
	ck_assert_str_eq(asked[1], "_dmarc.2.3.4.5.6.example.com");
	ck_assert_str_eq(asked[7], "_dmarc.com");
	ck_assert_ptr_null(asked[8]);
	note_questions("0.1.2.3.4.5.6.example.com");
	ck_assert_str_eq(asked[1], "_dmarc.2.3.4.5.6.example.com");
	ck_assert_ptr_null(asked[8]);
	note_questions("2.3.4.5.6.example.com");
	ck_assert_str_eq(asked[1], "_dmarc.3.4.5.6.example.com");
	ck_assert_ptr_null(asked[7]);
}
END_TEST

/* 4.10.2, the three examples. */
START_TEST(test_org)
{
	zone_add(&zone, "_dmarc.mail.example.com TXT v=DMARC1; p=none");
	zone_add(&zone, "_dmarc.example.com TXT v=DMARC1; p=reject; sp=quarantine");
	zone_add(&zone, "a.mail.example.com A 192.0.2.1");
	verify("a.mail.example.com", "example.com", NULL);
	ck_result("pass", "none");
	ck_assert_str_eq(out.org_domain, "example.com");
	ck_assert_str_eq(out.record_domain, "example.com");
	verify("a.mail.example.com", NULL, NULL);
	ck_result("fail", "quarantine");
	ck_assert_str_eq(out.tag, "sp");
	zone_clear(&zone);
	zone_add(&zone, "_dmarc.mail.example.com TXT v=DMARC1; p=reject; psd=n");
	zone_add(&zone, "_dmarc.example.com TXT v=DMARC1; p=none");
	verify("a.mail.example.com", "mail.example.com", NULL);
	ck_result("pass", "none");
	ck_assert_str_eq(out.org_domain, "mail.example.com");
	verify("a.mail.example.com", "example.com", NULL);
	ck_result("fail", "reject");
	/* Its domain is below, but has another organizational domain. */
	zone_add(&zone, "_dmarc.own.mail.example.com TXT v=DMARC1; p=none; psd=n");
	verify("a.mail.example.com", "x.own.mail.example.com", NULL);
	ck_result("fail", "reject");
	zone_clear(&zone);
	zone_add(&zone, "_dmarc.com TXT v=DMARC1; p=reject; psd=y");
	verify("a.mail.example.com", "b.example.com", NULL);
	ck_result("pass", "none");
	ck_assert_str_eq(out.org_domain, "example.com");
	ck_assert_str_eq(out.record_domain, "com");
	verify("a.mail.example.com", "example.net", "other.com");
	ck_result("fail", "reject");
}
END_TEST

/* B.4. */
START_TEST(test_examples)
{
	zone_add(&zone, "_dmarc.example.com TXT v=DMARC1; p=reject");
	zone_add(&zone, "_dmarc.signing.example.com TXT v=DMARC1; p=none");
	verify("example.com", "example.com", "signing.example.com");
	ck_result("pass", "none");
	ck_assert(out.is_spf_aligned && out.is_dkim_aligned);
	verify("a.b.c.d.e.f.g.h.i.j.k.example.com", "example.com", "signing.example.com");
	ck_result("pass", "none");
	ck_assert(out.is_spf_aligned && out.is_dkim_aligned);
	ck_assert_str_eq(out.record_domain, "example.com");
	ck_assert_uint_eq(out.questions, 9);
	zone_clear(&zone);
	zone_add(&zone, "_dmarc.bank.example TXT v=DMARC1; p=none; psd=y");
	zone_add(&zone, "_dmarc.giant.bank.example TXT v=DMARC1; p=reject");
	verify("giant.bank.example", "mail.giant.bank.example", "mail.mega.bank.example");
	ck_result("pass", "none");
	ck_assert(out.is_spf_aligned && !out.is_dkim_aligned);
	ck_assert_str_eq(out.org_domain, "giant.bank.example");
	ck_assert_str_eq(out.record_domain, "giant.bank.example");
}
END_TEST

START_TEST(test_psd)
{
	/* A public suffix's policy counts where the organization has none: 4.10.1. */
	zone_add(&zone, "_dmarc.co.example TXT v=DMARC1; p=reject; psd=y");
	zone_add(&zone, "_dmarc.shop.co.example TXT v=DMARC1; p=quarantine");
	verify("x.shop.co.example", "shop.co.example", NULL);
	ck_result("pass", "none");
	ck_assert_str_eq(out.record_domain, "shop.co.example");
	verify("x.shop.co.example", "co.example", NULL);
	ck_result("fail", "quarantine");
	verify("other.co.example", "shop.co.example", NULL);
	ck_result("fail", "reject");
	ck_assert_str_eq(out.record_domain, "co.example");
	/* A suffix that sends itself is its own organization. */
	verify("co.example", "co.example", NULL);
	ck_result("pass", "none");
	verify("co.example", "shop.co.example", NULL);
	ck_result("fail", "reject");
	verify("shop.co.example", "co.example", NULL);
	ck_result("fail", "quarantine");
	/* Without a record nobody is one organization with the parent. */
	zone_clear(&zone);
	zone_add(&zone, "_dmarc.a.example TXT v=DMARC1; p=reject");
	verify("a.example", "b.a.example", NULL);
	ck_result("pass", "none");
	verify("a.example", "example", NULL);
	ck_result("fail", "reject");
}
END_TEST

/* p, sp, np, 4.7. */
START_TEST(test_policy)
{
	zone_add(&zone, "_dmarc.example.com TXT v=DMARC1; p=none; sp=quarantine; np=reject");
	zone_add(&zone, "there.example.com A 192.0.2.1");
	zone_add(&zone, "below.only.example.com A 192.0.2.1");
	zone_add(&zone, "_dmarc.txt.example.com TXT something else");
	verify("example.com", NULL, NULL);
	ck_result("fail", "none");
	ck_assert_str_eq(out.tag, "p");
	verify("there.example.com", NULL, NULL);
	ck_result("fail", "quarantine");
	verify("only.example.com", NULL, NULL);
	ck_result("fail", "quarantine");
	verify("txt.example.com", NULL, NULL);
	ck_result("fail", "quarantine");
	verify("missing.example.com", NULL, NULL);
	ck_result("fail", "reject");
	ck_assert_str_eq(out.tag, "np");
	verify("missing.example.com", "example.com", NULL);
	ck_result("pass", "none");
	zone_clear(&zone);
	zone_add(&zone, "_dmarc.example.com TXT v=DMARC1; p=quarantine; np=reject");
	zone_add(&zone, "there.example.com A 192.0.2.1");
	verify("there.example.com", NULL, NULL);
	ck_result("fail", "quarantine");
	ck_assert_str_eq(out.tag, "p");
	verify("missing.example.com", NULL, NULL);
	ck_result("fail", "reject");
	zone_clear(&zone);
	zone_add(&zone, "_dmarc.example.com TXT v=DMARC1; p=quarantine; sp=none");
	verify("missing.example.com", NULL, NULL);
	ck_result("fail", "none");
	ck_assert_uint_eq(out.questions, 3);
}
END_TEST

/* t, 4.7. */
START_TEST(test_testing)
{
	zone_add(&zone, "_dmarc.r.example TXT v=DMARC1; p=reject; t=y");
	zone_add(&zone, "_dmarc.q.example TXT v=DMARC1; p=quarantine; t=y");
	zone_add(&zone, "_dmarc.n.example TXT v=DMARC1; p=none; t=y");
	zone_add(&zone, "_dmarc.o.example TXT v=DMARC1; p=reject; t=n; pct=0");
	verify("r.example", NULL, NULL);
	ck_result("fail", "quarantine");
	ck_assert_int_eq(out.policy, DM_POLICY_REJECT);
	verify("q.example", NULL, NULL);
	ck_result("fail", "none");
	verify("n.example", NULL, NULL);
	ck_result("fail", "none");
	verify("o.example", NULL, NULL);
	ck_result("fail", "reject");
}
END_TEST

/* 4.10 2: several, others. */
START_TEST(test_records)
{
	zone_add(&zone, "_dmarc.two.example.com TXT v=DMARC1; p=reject");
	zone_add(&zone, "_dmarc.two.example.com TXT v=DMARC1; p=none");
	zone_add(&zone, "_dmarc.old.example.com TXT v=DMARC0; p=reject");
	zone_add(&zone, "_dmarc.example.com TXT unrelated");
	zone_add(&zone, "_dmarc.example.com TXT v=DMARC1; p=quarantine");
	zone_add(&zone, "_dmarc.joined.example TXT \"v=DMA\" \"RC1; p=rej\" \"ect\"");
	zone_add(&zone, "_dmarc.alias.example CNAME _dmarc.joined.example");
	zone_add(&zone, "_dmarc.unfit.example TXT v=DMARC1; p=deny");
	zone_add(&zone, "_dmarc.watch.example TXT v=DMARC1; rua=mailto:a@watch.example");
	zone_add(&zone,
		 "_dmarc.badsp.example TXT v=DMARC1; p=reject; sp=x; rua=mailto:a@b.example");
	verify("two.example.com", NULL, NULL);
	ck_result("fail", "quarantine");
	verify("old.example.com", NULL, NULL);
	ck_result("fail", "quarantine");
	verify("joined.example", NULL, NULL);
	ck_result("fail", "reject");
	verify("alias.example", NULL, NULL);
	ck_result("fail", "reject");
	verify("unfit.example", "unfit.example", NULL);
	ck_result("permerror", "none");
	verify("watch.example", NULL, NULL);
	ck_result("fail", "none");
	verify("watch.example", "watch.example", NULL);
	ck_result("pass", "none");
	verify("badsp.example", NULL, NULL);
	ck_result("fail", "none");
}
END_TEST

/* 5.3.6. */
START_TEST(test_temp)
{
	struct dm_id temp[] = { { STR("a.example.com"), false, true } };

	zone_add(&zone, "_dmarc.silent.example.com TIMEOUT");
	zone_add(&zone, "_dmarc.example.com TXT v=DMARC1; p=reject; np=none");
	zone_add(&zone, "_dmarc.com.example TIMEOUT");
	zone_add(&zone, "lost.example.com TIMEOUT");
	verify("silent.example.com", "silent.example.com", NULL);
	ck_result("temperror", "none");
	verify("a.com.example", "a.com.example", NULL);
	ck_result("temperror", "none");
	/* One that fails to be looked up matters only when it could have aligned. */
	verify("example.com", "silent.example.com", NULL);
	ck_result("temperror", "none");
	verify("example.com", "silent.example.com", "example.com");
	ck_result("pass", "none");
	verify("example.com", "x.com.example", NULL);
	ck_result("fail", "reject");
	dm_free(&d);
	d = dm_new(&(struct dm_in){ STR("example.com"), temp, 1 });
	zone_run(&zone, &dm_ops, d);
	ck_assert_int_eq(dm_out(d)->result, DM_TEMPERROR);
	dm_free(&d);
	temp[0].domain = STR("example.net");
	d = dm_new(&(struct dm_in){ STR("example.com"), temp, 1 });
	zone_run(&zone, &dm_ops, d);
	ck_assert_int_eq(dm_out(d)->result, DM_FAIL);
	/* Does the domain exist? */
	zone_clear(&zone);
	zone_add(&zone, "_dmarc.example.com TXT v=DMARC1; p=reject; np=none");
	verify("gone.example.com", NULL, NULL);
	ck_result("fail", "none");
}
END_TEST

START_TEST(test_limits)
{
	struct dm_id ids[LIM_DMARC_IDS + 5];
	char names[LIM_DMARC_IDS + 5][100];

	zone_add(&zone, "_dmarc.example.com TXT v=DMARC1; p=reject");
	for (unsigned i = 0; i < ARRAY_LEN(ids); i++) {
		snprintf(names[i], sizeof(names[i]), "%u.1.2.3.4.5.6.7.8.x%u.example.com", i, i);
		ids[i] = (struct dm_id){ str_c(names[i]), false, false };
	}
	dm_free(&d);
	d = dm_new(&(struct dm_in){ STR("a.b.c.d.e.f.g.h.example.com"), ids, ARRAY_LEN(ids) });
	zone_run(&zone, &dm_ops, d);
	ck_assert_int_eq(dm_out(d)->result, DM_PASS);
	ck_assert_uint_le(dm_out(d)->questions, LIM_DMARC_WALK * (1 + LIM_DMARC_IDS));
}
END_TEST

START_TEST(test_expire)
{
	struct dns_answer a = { .status = DNS_TEMP, .cname = STR("") };
	struct mailauth_question q;

	dm_free(&d);
	d = dm_new(&(struct dm_in){ .from = STR("example.com") });
	ck_assert(dm_next(d, &q));
	dm_expire(d);
	ck_assert(!dm_next(d, &q));
	ck_assert_int_eq(dm_out(d)->result, DM_TEMPERROR);
	dm_put(d, &a);
	dm_expire(d);
	dm_free(&d);
	d = dm_new(&(struct dm_in){ .from = STR("example.com") });
	ck_assert(dm_next(d, &q));
}
END_TEST

static void
setup(void)
{
	zone_clear(&zone);
	dm_free(&d);
}

UNIT_MAIN_AROUND("dmarc", setup, setup, 60, test_version, test_tags, test_defaults, test_unfit,
		 test_uris, test_from, test_from_nul, test_alignment, test_strict, test_walk,
		 test_org, test_examples, test_psd, test_policy, test_testing, test_records,
		 test_temp, test_limits, test_expire)
