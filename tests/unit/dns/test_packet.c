/* Packets made by hand: each type, chains, and every way to lie about lengths. */
#include <arpa/inet.h>

#include "base/mem.h"
#include "dns/packet.h"
#include "tests/unit/dns/make.h"
#include "tests/unit/unit.h"

static struct arena *arena;
static struct dns_packet k;
static struct err e;

static int
parse(struct pkt *p, const char *name, enum dns_type type)
{
	int r;

	if (arena == NULL)
		arena = arena_new(2 << 20);
	arena_reset(arena);
	err_clear(&e);
	r = dns_packet_parse(buf_str(&p->b), str_c(name), type, arena, &k, &e);
	return r;
}

START_TEST(test_types)
{
	struct pkt p;

	pkt_begin(&p, "x.test", DNS_MX, 0x81a0);
	pkt_mx(&p, "x.test", 300, 10, "MX1.x.test");
	pkt_mx(&p, "X.test", 60, 20, "mx2.x.test");
	pkt_mx(&p, "other.test", 1, 20, "mx3.x.test");
	ck_assert_int_eq(parse(&p, "X.TEST", DNS_MX), 0);
	ck_assert_int_eq(k.status, DNS_OK);
	ck_assert(k.ad);
	ck_assert_uint_eq(k.n, 2);
	ck_assert_uint_eq(k.ttl, 60);
	ck_assert_str_is(k.rr[0].mx.name, STR("mx1.x.test"));
	ck_assert_uint_eq(k.rr[1].mx.pref, 20);
	ck_assert_uint_eq(k.cname.n, 0);
	pkt_done(&p);

	pkt_begin(&p, "x.test", DNS_A, 0x8180);
	pkt_rr(&p, "x.test", DNS_A, 300, STR("\1\2\3\4"));
	ck_assert_int_eq(parse(&p, "x.test", DNS_A), 0);
	ck_assert_uint_eq(ntohl(k.rr[0].a.s_addr), 0x01020304);
	ck_assert(!k.ad);
	pkt_done(&p);

	pkt_begin(&p, "x.test", DNS_TXT, 0x8180);
	pkt_rr(&p, "x.test", DNS_TXT, 300, STR("\3abc\0\2de"));
	pkt_rr(&p, "x.test", DNS_TXT, 300, STR("\1\0"));
	ck_assert_int_eq(parse(&p, "x.test", DNS_TXT), 0);
	ck_assert_str_is(k.rr[0].txt, STR("abcde"));
	ck_assert_str_is(k.rr[1].txt, STR("\0"));
	pkt_done(&p);

	pkt_begin(&p, "x.test", DNS_TLSA, 0x8180);
	pkt_rr(&p, "x.test", DNS_TLSA, 300, STR("\3\1\2hash"));
	ck_assert_int_eq(parse(&p, "x.test", DNS_TLSA), 0);
	ck_assert_uint_eq(k.rr[0].tlsa.match, 2);
	ck_assert_str_is(k.rr[0].tlsa.data, STR("hash"));
	pkt_done(&p);
}
END_TEST

START_TEST(test_none)
{
	struct pkt p;

	pkt_begin(&p, "x.test", DNS_MX, 0x8183);
	pkt_soa(&p, "test", 600, 300);
	ck_assert_int_eq(parse(&p, "x.test", DNS_MX), 0);
	ck_assert_int_eq(k.status, DNS_NXDOMAIN);
	ck_assert_uint_eq(k.ttl, 300);
	pkt_done(&p);

	pkt_begin(&p, "x.test", DNS_MX, 0x8180);
	pkt_soa(&p, "test", 60, 300);
	ck_assert_int_eq(parse(&p, "x.test", DNS_MX), 0);
	ck_assert_int_eq(k.status, DNS_NODATA);
	ck_assert_uint_eq(k.ttl, 60);
	pkt_done(&p);

	/* Nothing says how long that is true. */
	pkt_begin(&p, "x.test", DNS_MX, 0x8180);
	ck_assert_int_eq(parse(&p, "x.test", DNS_MX), 0);
	ck_assert_int_eq(k.status, DNS_NODATA);
	ck_assert_uint_eq(k.ttl, 0);
	pkt_done(&p);

	pkt_begin(&p, "x.test", DNS_MX, 0x8182);
	ck_assert_int_eq(parse(&p, "x.test", DNS_MX), 0);
	ck_assert_int_eq(k.status, DNS_TEMP);
	ck_assert_uint_eq(k.rcode, 2);
	pkt_done(&p);
}
END_TEST

START_TEST(test_chain)
{
	struct pkt p;
	char from[16], to[16];

	pkt_begin(&p, "a.test", DNS_A, 0x8180);
	pkt_rr(&p, "c.test", DNS_A, 300, STR("\1\2\3\4"));
	pkt_name_rr(&p, "b.test", DNS_CNAME, 20, "c.test");
	pkt_name_rr(&p, "a.test", DNS_CNAME, 300, "b.test");
	ck_assert_int_eq(parse(&p, "a.test", DNS_A), 0);
	ck_assert_str_is(k.cname, STR("c.test"));
	ck_assert_uint_eq(k.chain, 2);
	ck_assert_uint_eq(k.ttl, 20);
	ck_assert_uint_eq(k.n, 1);
	ck_assert(!k.is_partial);
	pkt_done(&p);

	pkt_begin(&p, "a.test", DNS_A, 0x8180);
	pkt_name_rr(&p, "a.test", DNS_CNAME, 300, "b.test");
	ck_assert_int_eq(parse(&p, "a.test", DNS_A), 0);
	ck_assert(k.is_partial);
	ck_assert_int_eq(parse(&p, "a.test", DNS_CNAME), -1); /* was not asked */
	pkt_done(&p);

	/* As many as are followed, and one more. */
	for (int n = LIM_DNS_CHAIN; n <= LIM_DNS_CHAIN + 1; n++) {
		pkt_begin(&p, "n0", DNS_A, 0x8180);
		for (int i = 0; i < n; i++) {
			snprintf(from, sizeof(from), "n%d", i);
			snprintf(to, sizeof(to), "n%d", i + 1);
			pkt_name_rr(&p, from, DNS_CNAME, 300, to);
		}
		ck_assert_int_eq(parse(&p, "n0", DNS_A), n == LIM_DNS_CHAIN ? 0 : -1);
		pkt_done(&p);
	}

	pkt_begin(&p, "a.test", DNS_A, 0x8180);
	pkt_name_rr(&p, "a.test", DNS_CNAME, 300, "a.test");
	ck_assert_int_eq(parse(&p, "a.test", DNS_A), -1);
	ck_assert_int_eq(e.code, EC_LIMIT);
	pkt_done(&p);
}
END_TEST

/* A good packet cut at every byte, and with every byte changed, is refused or harmless. */
START_TEST(test_cut)
{
	struct pkt p;

	pkt_begin(&p, "x.test", DNS_MX, 0x8180);
	pkt_mx(&p, "x.test", 300, 10, "mx1.x.test");
	pkt_rr(&p, "x.test", DNS_MX, 300, STR("\0\1\3mx2\xc0\x0c"));
	pkt_soa(&p, "test", 600, 300);
	ck_assert_int_eq(parse(&p, "x.test", DNS_MX), 0);
	ck_assert_str_is(k.rr[1].mx.name, STR("mx2.x.test"));
	for (size_t n = 0; n < p.b.n; n++) {
		struct pkt cut = p;

		cut.b.p = mem_dup(buf_str(&p.b).p, n);
		cut.b.off = 0;
		cut.b.n = n;
		ck_assert_int_eq(parse(&cut, "x.test", DNS_MX), -1);
		mem_free(cut.b.p);
	}
	for (size_t i = 0; i < p.b.n; i++)
		for (unsigned v = 0; v < 256; v++) {
			char *b = p.b.p + p.b.off + i, was = *b;

			*b = (char)v;
			(void)!parse(&p, "x.test", DNS_MX);
			*b = was;
		}
	pkt_done(&p);
}
END_TEST

START_TEST(test_refused)
{
	struct pkt p;

	/* Another name, another type, no answer at all, cut by the server. */
	pkt_begin(&p, "y.test", DNS_A, 0x8180);
	ck_assert_int_eq(parse(&p, "x.test", DNS_A), -1);
	ck_assert_int_eq(parse(&p, "y.test", DNS_MX), -1);
	pkt_done(&p);
	pkt_begin(&p, "x.test", DNS_A, 0x0100);
	ck_assert_int_eq(parse(&p, "x.test", DNS_A), -1);
	pkt_done(&p);
	pkt_begin(&p, "x.test", DNS_A, 0x8380);
	ck_assert_int_eq(parse(&p, "x.test", DNS_A), -1);
	pkt_done(&p);

	/* Pointers: to itself, ahead, and a record that is longer than its data. */
	pkt_begin(&p, "x.test", DNS_CNAME, 0x8180);
	pkt_rr(&p, "x.test", DNS_CNAME, 300, STR("\xc0\x2a"));
	ck_assert_int_eq(parse(&p, "x.test", DNS_CNAME), -1);
	pkt_done(&p);
	pkt_begin(&p, "x.test", DNS_CNAME, 0x8180);
	pkt_rr(&p, "x.test", DNS_CNAME, 300, STR("\xc0\x0c\0"));
	ck_assert_int_eq(parse(&p, "x.test", DNS_CNAME), -1);
	pkt_done(&p);
	pkt_begin(&p, "x.test", DNS_A, 0x8180);
	pkt_rr(&p, "x.test", DNS_A, 300, STR("\1\2\3"));
	ck_assert_int_eq(parse(&p, "x.test", DNS_A), -1);
	pkt_done(&p);

	/* A name that nobody could connect to does not spoil the others. */
	pkt_begin(&p, "x.test", DNS_MX, 0x8180);
	pkt_rr(&p, "x.test", DNS_MX, 300, STR("\0\1\3a\0b\0"));
	pkt_rr(&p, "x.test", DNS_MX, 300, STR("\0\1\3a.b\0"));
	pkt_mx(&p, "x.test", 300, 10, "mx.test");
	ck_assert_int_eq(parse(&p, "x.test", DNS_MX), 0);
	ck_assert_uint_eq(k.n, 1);
	pkt_done(&p);
}
END_TEST

START_TEST(test_many)
{
	struct pkt p;

	for (int n = LIM_DNS_RRS; n <= LIM_DNS_RRS + 1; n++) {
		pkt_begin(&p, "x.test", DNS_A, 0x8180);
		for (int i = 0; i < n; i++)
			pkt_rr(&p, "x.test", DNS_A, 300, STR("\1\2\3\4"));
		ck_assert_int_eq(parse(&p, "x.test", DNS_A), n == LIM_DNS_RRS ? 0 : -1);
		pkt_done(&p);
	}
	arena_free(&arena);
}
END_TEST

START_TEST(test_query)
{
	struct buf b;
	char name[300];

	buf_init(&b, 600);
	ck_assert_int_eq(dns_packet_query(&b, STR("a.test"), DNS_A, 0x1234, true, &e), 0);
	ck_assert_str_is(buf_str(&b), STR("\x12\x34\1\x20\0\1\0\0\0\0\0\1\1a\4test\0\0\1\0\1"
					  "\0\0\x29\4\xd0\0\0\0\0\0\0"));
	memset(name, 'a', sizeof(name));
	ck_assert_int_eq(dns_packet_query(&b, str_mem(name, 64), DNS_A, 1, true, &e), -1);
	ck_assert_int_eq(dns_packet_query(&b, str_mem(name, 300), DNS_A, 1, true, &e), -1);
	ck_assert_int_eq(dns_packet_query(&b, STR("a..b"), DNS_A, 1, true, &e), -1);
	ck_assert_int_eq(dns_packet_query(&b, STR("a.b."), DNS_A, 1, true, &e), -1);
	buf_done(&b);
}
END_TEST

/* What nobody can use is left out; it does not mean that there is nothing. */
START_TEST(test_odd)
{
	struct pkt p;

	pkt_begin(&p, "x.test", DNS_MX, 0x8180);
	pkt_mx(&p, "x.test", 300, 10, "a b.test");
	ck_assert_int_eq(parse(&p, "x.test", DNS_MX), -1);
	pkt_mx(&p, "x.test", 300, 10, "a.test");
	ck_assert_int_eq(parse(&p, "x.test", DNS_MX), 0);
	ck_assert_uint_eq(k.n, 1);
	pkt_done(&p);
}
END_TEST

UNIT_MAIN("dns packet", test_odd, test_types, test_none, test_chain, test_cut, test_refused,
	  test_many, test_query)
