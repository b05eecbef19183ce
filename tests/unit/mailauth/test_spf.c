/* SPF: our own cases, without a network; limits, counters, terms, deadlines. */
#include "../unit.h"

#include "base/encode.h"
#include "mailauth/spf.h"
#include "zone.h"

static struct zone zone;

static struct spf *
start(const char *ip, struct str from, struct str helo)
{
	struct spf_in in = { .mail_from = from, .helo = helo, .now = 1700000000 };

	ck_assert_int_eq(spf_ip_parse(str_c(ip), &in.ip), 0);
	return spf_new(&in);
}

static struct spf *
run(const char *ip, const char *from)
{
	struct spf *s = start(ip, str_c(from), STR("helo.example.org"));

	zone_run(&zone, &spf_ops, s);
	return s;
}

/* ---- the cases of the file */

static bool
is_among(struct str words, const char *word)
{
	while (words.n > 0)
		if (str_eq(str_cut(words, ' ', &words), str_c(word)))
			return true;
	return false;
}

static void
run_case(struct str line, unsigned number)
{
	struct str f[4], explanation = line;
	struct buf b[3];
	const struct spf_out *o;
	struct spf *s;
	char ip[64];

	for (unsigned i = 0; i < 4; i++)
		f[i] = str_trim(str_cut(explanation, '|', &explanation));
	for (unsigned i = 0; i < 3; i++) {
		buf_init(&b[i], 2000);
		f[i] = zone_unescape(f[i], &b[i]);
	}
	ck_assert_int_eq(str_to_c(f[0], ip, sizeof(ip)), 0);
	s = start(ip, f[1], f[2]);
	zone_run(&zone, &spf_ops, s);
	o = spf_out(s);
	ck_assert_msg(is_among(f[3], spf_result_name(o->result)), "line %u: %s %s %s", number,
		      spf_result_name(o->result), o->mechanism, o->why);
	if (explanation.p != NULL)
		ck_assert_msg(str_eq(str_trim(explanation), buf_str(&o->explanation)),
			      "line %u: \"" STR_FMT "\"", number,
			      STR_ARG(buf_str(&o->explanation)));
	ck_assert((o->why[0] != '\0') == (o->result == SPF_NONE || o->result == SPF_TEMPERROR ||
					  o->result == SPF_PERMERROR));
	ck_assert_uint_le(o->terms, LIM_SPF_TERMS);
	ck_assert_uint_le(o->voids, LIM_SPF_VOIDS);
	spf_free(&s);
	for (unsigned i = 0; i < 3; i++)
		buf_done(&b[i]);
}

START_TEST(test_cases)
{
	FILE *f = fopen("tests/unit/mailauth/spf.cases", "re");
	unsigned number = 0, cases = 0;
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	ck_assert_ptr_nonnull(f);
	while ((n = getline(&line, &cap, f)) > 0) {
		line[n - 1] = '\0';
		number++;
		if (line[0] == '=') {
			zone_clear(&zone);
		} else if (line[0] == '?') {
			run_case(str_c(line + 2), number);
			cases++;
		} else if (line[0] != '#' && line[0] != '\0') {
			zone_add(&zone, line);
		}
	}
	ck_assert_uint_gt(cases, 250);
	free(line);
	fclose(f);
}
END_TEST

/* ---- what is reported */

START_TEST(test_out)
{
	const struct spf_out *o;
	struct spf *s;

	zone_add(&zone, "example.org TXT v=spf1 ip4:198.51.100.0/24 redirect=other.example.org");
	zone_add(&zone,
		 "other.example.org TXT v=spf1 include:inc.example.org a:x.example.org ?all");
	zone_add(&zone, "inc.example.org TXT v=spf1 ip4:192.0.2.0/24 -all");
	s = run("198.51.100.7", "a@example.org");
	o = spf_out(s);
	ck_assert_int_eq(o->result, SPF_PASS);
	ck_assert_str_eq(o->mechanism, "ip4:198.51.100.0/24");
	ck_assert_str_eq(o->domain, "example.org");
	ck_assert_str_eq(o->record_domain, "example.org");
	ck_assert(!o->is_helo && o->is_authentic);
	ck_assert_uint_eq(o->terms, 0);
	ck_assert_uint_eq(o->questions, 1);
	spf_free(&s);
	s = run("192.0.2.7", "a@example.org");
	o = spf_out(s);
	ck_assert_int_eq(o->result, SPF_PASS);
	ck_assert_str_eq(o->mechanism, "include:inc.example.org");
	ck_assert_str_eq(o->record_domain, "other.example.org");
	ck_assert_uint_eq(o->terms, 2);
	ck_assert_uint_eq(o->questions, 3);
	spf_free(&s);
	s = run("203.0.113.7", "a@example.org");
	o = spf_out(s);
	ck_assert_int_eq(o->result, SPF_NEUTRAL);
	ck_assert_str_eq(o->mechanism, "?all");
	ck_assert_uint_eq(o->voids, 1);
	spf_free(&s);
	s = run("203.0.113.7", "");
	o = spf_out(s);
	ck_assert(o->is_helo);
	ck_assert_str_eq(o->domain, "helo.example.org");
	ck_assert_str_eq(o->why, "helo.example.org has no SPF record");
	spf_free(&s);
	zone_clear(&zone);
	zone_add(&zone, "example.org TXT v=spf1 include:a.example.org b@d");
	s = run("203.0.113.7", "a@example.org");
	o = spf_out(s);
	ck_assert_int_eq(o->result, SPF_PERMERROR);
	ck_assert_str_eq(o->why, "record of example.org: \"b@d\" is no mechanism");
	spf_free(&s);
}
END_TEST

START_TEST(test_default)
{
	struct spf *s;

	zone_add(&zone, "example.org TXT v=spf1 ip4:198.51.100.0/24");
	s = run("192.0.2.7", "a@example.org");
	ck_assert_int_eq(spf_out(s)->result, SPF_NEUTRAL);
	ck_assert_str_eq(spf_out(s)->mechanism, "default");
	spf_free(&s);
}
END_TEST

/* ---- limits */

static void
add_long(const char *name, size_t n)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_printf(&b, "%s TXT v=spf1", name);
	while (b.n < n)
		buf_puts(&b, " ip4:198.51.100.1");
	buf_puts(&b, " -all");
	zone_add(&zone, buf_c(&b));
	buf_done(&b);
}

START_TEST(test_long)
{
	struct spf *s;

	add_long("long.example.org", 16000);
	add_long("longer.example.org", 17000);
	s = run("192.0.2.7", "a@long.example.org");
	ck_assert_int_eq(spf_out(s)->result, SPF_FAIL);
	spf_free(&s);
	s = run("192.0.2.7", "a@longer.example.org");
	ck_assert_int_eq(spf_out(s)->result, SPF_PERMERROR);
	spf_free(&s);
}
END_TEST

/* Expansion is bounded, and so is what a sender can be. */
START_TEST(test_expansion)
{
	struct buf b, from;
	struct spf *s;

	buf_init(&b, 1 << 20);
	buf_init(&from, 1 << 20);
	buf_puts(&b, "example.org TXT v=spf1 -exists:");
	for (unsigned i = 0; i < 2000; i++)
		buf_puts(&b, "%{S}");
	buf_puts(&b, ".example.org +all");
	zone_add(&zone, buf_c(&b));
	for (unsigned i = 0; i < 500; i++)
		buf_puts(&from, "a.");
	buf_puts(&from, "b@example.org");
	s = run("192.0.2.7", buf_c(&from));
	ck_assert_int_eq(spf_out(s)->result, SPF_PASS);
	spf_free(&s);
	buf_reset(&from);
	for (unsigned i = 0; i < 2000; i++)
		buf_puts(&from, "a.");
	buf_puts(&from, "b@example.org");
	s = run("192.0.2.7", buf_c(&from));
	ck_assert_int_eq(spf_out(s)->result, SPF_NONE);
	spf_free(&s);
	buf_done(&b);
	buf_done(&from);
}
END_TEST

/* The most that one evaluation asks: ten terms of eleven questions, and the record. */
START_TEST(test_most_questions)
{
	char line[200];
	struct spf *s;

	zone_add(&zone, "example.org TXT v=spf1 mx mx mx mx mx mx mx mx mx mx -all");
	for (unsigned i = 0; i < 10; i++) {
		snprintf(line, sizeof(line), "example.org MX 1 mx%u.example.org", i);
		zone_add(&zone, line);
		snprintf(line, sizeof(line), "mx%u.example.org A 198.51.100.1", i);
		zone_add(&zone, line);
	}
	s = run("192.0.2.7", "a@example.org");
	ck_assert_int_eq(spf_out(s)->result, SPF_FAIL);
	ck_assert_uint_eq(spf_out(s)->questions, 111);
	ck_assert_uint_eq(spf_out(s)->terms, 10);
	spf_free(&s);
}
END_TEST

/* ---- deadline */

START_TEST(test_expire)
{
	struct mailauth_question q;
	struct spf *s;

	zone_add(&zone, "example.org TXT v=spf1 a -all exp=why.example.org");
	zone_add(&zone, "example.org A 198.51.100.1");
	for (unsigned steps = 0; steps < 3; steps++) {
		s = start("192.0.2.1", STR("a@example.org"), STR("h"));
		for (unsigned i = 0; i < steps; i++) {
			char name[300];

			ck_assert(spf_next(s, &q));
			ck_assert_int_eq(str_to_c(q.name, name, sizeof(name)), 0);
			q.name = str_c(name);
			zone_answer(&zone, &q, &spf_ops, s);
		}
		ck_assert(spf_next(s, &q));
		spf_expire(s);
		ck_assert(!spf_next(s, &q));
		/* The record, the address; then only the explanation is missing. */
		ck_assert_int_eq(spf_out(s)->result, steps < 2 ? SPF_TEMPERROR : SPF_FAIL);
		spf_expire(s);
		spf_free(&s);
	}
	/* Half-done and done ones can be freed; so can none. */
	s = start("192.0.2.1", STR("a@example.org"), STR("h"));
	spf_free(&s);
	spf_free(&s);
}
END_TEST

/* An answer that nobody waits for changes nothing. */
START_TEST(test_late)
{
	struct dns_answer a = { .status = DNS_TEMP, .why = "late", .cname = STR("") };
	struct spf *s;

	zone_add(&zone, "example.org TXT v=spf1 -all");
	s = run("192.0.2.7", "a@example.org");
	spf_put(s, &a);
	ck_assert_int_eq(spf_out(s)->result, SPF_FAIL);
	spf_free(&s);
}
END_TEST

/* ---- terms */

START_TEST(test_terms)
{
	struct str rest = spf_record_terms(STR("v=spf1  -a:x.example/24//64 mx IP4:192.0.2.0/24 "
					       "ip6:2001:db8::/32 exp=%{d}.x foo.bar=1 ~all "));
	const char *why = NULL;
	struct spf_term t;

	ck_assert_int_eq(spf_term_next(&rest, &t, &why), 1);
	ck_assert_int_eq(t.kind, SPF_A);
	ck_assert_int_eq(t.qualifier, '-');
	ck_assert_str_is(t.spec, STR("x.example"));
	ck_assert_uint_eq(t.cidr4, 24);
	ck_assert_uint_eq(t.cidr6, 64);
	ck_assert_int_eq(spf_term_next(&rest, &t, &why), 1);
	ck_assert_int_eq(t.kind, SPF_MX);
	ck_assert_ptr_null(t.spec.p);
	ck_assert_uint_eq(t.cidr4, 32);
	ck_assert_uint_eq(t.cidr6, 128);
	ck_assert_int_eq(spf_term_next(&rest, &t, &why), 1);
	ck_assert_int_eq(t.kind, SPF_IP4);
	ck_assert_int_eq(t.ip.s6_addr[12], 192);
	ck_assert_int_eq(spf_term_next(&rest, &t, &why), 1);
	ck_assert_int_eq(t.kind, SPF_IP6);
	ck_assert_uint_eq(t.cidr6, 32);
	ck_assert_int_eq(spf_term_next(&rest, &t, &why), 1);
	ck_assert_int_eq(t.kind, SPF_EXP);
	ck_assert_int_eq(spf_term_next(&rest, &t, &why), 1);
	ck_assert_int_eq(t.kind, SPF_OTHER);
	ck_assert_int_eq(spf_term_next(&rest, &t, &why), 1);
	ck_assert_int_eq(t.kind, SPF_ALL);
	ck_assert_int_eq(spf_term_next(&rest, &t, &why), 0);
	ck_assert_int_eq(spf_term_next(&rest, &t, &why), 0);
}
END_TEST

START_TEST(test_ip)
{
	struct in6_addr ip;

	ck_assert_int_eq(spf_ip_parse(STR("192.0.2.1"), &ip), 0);
	ck_assert(IN6_IS_ADDR_V4MAPPED(&ip));
	ck_assert_int_eq(spf_ip_parse(STR("2001:db8::1"), &ip), 0);
	ck_assert_int_eq(spf_ip_parse(STR("192.0.2"), &ip), -1);
	ck_assert_int_eq(spf_ip_parse(STR(""), &ip), -1);
	ck_assert_int_eq(spf_ip_parse(STR("fe80::1%eth0"), &ip), -1);
	ck_assert_int_eq(spf_ip_parse(STR("192.0.2.1 "), &ip), -1);
}
END_TEST

static void
setup(void)
{
	zone_clear(&zone);
}

UNIT_MAIN_AROUND("spf", setup, setup, 60, test_cases, test_out, test_default, test_long,
		 test_expansion, test_most_questions, test_expire, test_late, test_terms, test_ip)
