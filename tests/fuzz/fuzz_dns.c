/*
 * Answers of the DNS. The first byte chooses the type; the rest is a packet, whose own question is
 * asked. What is taken must be within bounds, and lead from the name to the records.
 */
#include <stdint.h>
#include <stdlib.h>

#include "dns/packet.h"

static const enum dns_type types[] = { DNS_A,  DNS_NS,	DNS_CNAME, DNS_SOA, DNS_PTR,
				       DNS_MX, DNS_TXT, DNS_AAAA,  DNS_TLSA };

static void
check(bool ok)
{
	if (!ok)
		abort();
}

/* The name of the first question, as far as it has plain labels. */
static struct str
question(const uint8_t *p, size_t n, char out[256])
{
	size_t pos = 12, len = 0;

	while (pos < n && p[pos] != 0 && p[pos] < 64 && pos + p[pos] < n && len + p[pos] < 250) {
		if (len > 0)
			out[len++] = '.';
		for (unsigned i = 1; i <= p[pos]; i++)
			out[len++] = (char)p[pos + i];
		pos += p[pos] + 1u;
	}
	return str_mem(out, len);
}

static void
check_name(struct str s)
{
	check(s.n <= DNS_NAME);
	for (size_t i = 0; i < s.n; i++)
		check(s.p[i] > ' ' && s.p[i] < 0x7f && !(s.p[i] >= 'A' && s.p[i] <= 'Z'));
}

/* All of them can be read. */
static void
check_bytes(struct str s)
{
	char copy[65536];

	check(s.n <= sizeof(copy));
	memcpy(copy, s.p, s.n);
	check(memcmp(copy, s.p, s.n) == 0);
}

static void
check_rr(enum dns_type t, const struct dns_rr *rr)
{
	if (t == DNS_MX)
		check_name(rr->mx.name);
	else if (t == DNS_TXT)
		check_bytes(rr->txt);
	else if (t == DNS_TLSA)
		check_bytes(rr->tlsa.data);
	else if (t != DNS_A && t != DNS_AAAA)
		check_name(rr->name);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct arena *a;
	struct dns_packet k;
	struct err e = ERR_INIT;
	enum dns_type t;
	char name[256];
	struct buf b;

	if (n < 1 || n > 65536)
		return 0;
	if (a == NULL)
		a = arena_new(2 << 20);
	arena_reset(a);
	t = types[p[0] % (sizeof(types) / sizeof(types[0]))];
	buf_init(&b, 600);
	if (dns_packet_query(&b, question(p + 1, n - 1, name), t, 1, true, &e) < 0)
		err_clear(&e);
	check(!b.over);
	buf_done(&b);
	if (dns_packet_parse(str_mem(p + 1, n - 1), question(p + 1, n - 1, name), t, a, &k, &e) <
	    0) {
		check(e.code == EC_SYNTAX || e.code == EC_LIMIT);
		return 0;
	}
	check(k.n <= LIM_DNS_RRS && k.chain <= LIM_DNS_CHAIN);
	check((k.status == DNS_OK) == (k.n > 0 && k.rcode == 0));
	check((k.cname.n > 0) == (k.chain > 0));
	check_name(k.cname);
	for (size_t i = 0; i < k.n; i++)
		check_rr(t, &k.rr[i]);
	return 0;
}
