#include "dns/result.h"

#include "base/mem.h"

void
dns_result_unref(struct result **rp)
{
	struct result *r = *rp;

	*rp = NULL;
	if (r != NULL && --r->refs == 0)
		mem_free(r);
}

struct result *
dns_result_temp(const char *why)
{
	struct result *r = MEM_NEW(struct result);

	r->refs = 1;
	r->a = (struct dns_answer){ .status = DNS_TEMP, .cname = STR(""), .why = why };
	return r;
}

static size_t
rr_bytes(enum dns_type type, const struct dns_rr *rr)
{
	switch (type) {
	case DNS_MX:
		return rr->mx.name.n;
	case DNS_TXT:
		return rr->txt.n;
	case DNS_TLSA:
		return rr->tlsa.data.n;
	case DNS_NS:
	case DNS_CNAME:
	case DNS_PTR:
	case DNS_SOA:
		return rr->name.n;
	case DNS_A:
	case DNS_AAAA:
		break;
	}
	return 0;
}

static struct str
copy(char **at, struct str s)
{
	struct str c = { *at, s.n };

	if (s.n > 0)
		memcpy(*at, s.p, s.n);
	*at += s.n;
	return c;
}

static void
rr_copy(enum dns_type type, struct dns_rr *rr, char **at)
{
	if (type == DNS_MX)
		rr->mx.name = copy(at, rr->mx.name);
	else if (type == DNS_TXT)
		rr->txt = copy(at, rr->txt);
	else if (type == DNS_TLSA)
		rr->tlsa.data = copy(at, rr->tlsa.data);
	else if (type != DNS_A && type != DNS_AAAA)
		rr->name = copy(at, rr->name);
}

struct result *
dns_result_of(enum dns_type type, const struct dns_packet *p, struct str cname)
{
	size_t bytes = sizeof(struct result) + p->n * sizeof(struct dns_rr) + cname.n;
	struct result *r;
	struct dns_rr *rr;
	char *at;

	for (size_t i = 0; i < p->n; i++)
		bytes += rr_bytes(type, &p->rr[i]);
	r = mem_zalloc(bytes, 1);
	r->refs = 1;
	r->bytes = bytes;
	rr = (struct dns_rr *)(r + 1);
	at = (char *)(rr + p->n);
	r->a.status = p->status;
	r->a.n = p->n;
	r->a.rr = rr;
	r->a.cname = copy(&at, cname);
	for (size_t i = 0; i < p->n; i++) {
		rr[i] = p->rr[i];
		rr_copy(type, &rr[i], &at);
	}
	return r;
}
