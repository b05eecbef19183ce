/*
 * Where mail for a domain goes: MX records, else the addresses of the domain itself (RFC 5321 5.1);
 * no host that is less preferred than we are; addresses in the order in which they are tried.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "crypto/seal.h"
#include "remote.h"

/* Addresses of one family that are looked at, of one host. */
enum { ADDRS = 4, SMTP_PORT = 25 };

struct host {
	struct route *p;
	char name[LIM_DOMAIN + 1];
	unsigned pref;
	uint32_t chance; /* order among equals */
	uint64_t query[2];
	enum dns_status status[2];
	struct in_addr v4[ADDRS];
	struct in6_addr v6[ADDRS];
	unsigned n4, n6;
	bool is_own;
};

struct route {
	struct remote *r;
	struct str domain;
	struct loop_wake *wake;
	bool v4_first, is_implicit; /* no MX: the domain itself */
	enum route_state state;
	struct smtp_said why;
	uint64_t mx_query;
	struct host *hosts;
	size_t nhosts, nopen; /* queries for addresses without answer */
	struct target v[LIM_REMOTE_ADDRS];
	size_t n;
};

static void
finish(struct route *p, enum route_state s, const char *ecode, const char *why)
{
	p->state = s;
	if (why != NULL)
		smtp_said_set(&p->why, 0, str_c(ecode), str_c(why));
	loop_wake(p->wake);
}

static void
finish_dns(struct route *p, const char *name, const char *why)
{
	char text[LIM_SMTP_ANSWER_TEXT];

	snprintf(text, sizeof(text), "looking up %s: %s", name, why != NULL ? why : "failed");
	finish(p, ROUTE_TEMP, "4.4.3", text);
}

/* ---- targets */

static struct target *
target_add(struct route *p, const char *host)
{
	struct target *t;

	if (p->n == LIM_REMOTE_ADDRS)
		return NULL;
	t = &p->v[p->n++];
	memset(t, 0, sizeof(*t));
	snprintf(t->host, sizeof(t->host), "%s", host);
	return t;
}

static void
target_v4(struct route *p, const struct host *h, unsigned i)
{
	struct target *t = i < h->n4 ? target_add(p, h->name) : NULL;
	struct sockaddr_in *in;

	if (t == NULL)
		return;
	in = (struct sockaddr_in *)&t->addr;
	in->sin_family = AF_INET;
	in->sin_port = htons(SMTP_PORT);
	in->sin_addr = h->v4[i];
	t->is_dual = h->n6 > 0;
	(void)!inet_ntop(AF_INET, &h->v4[i], t->ip, sizeof(t->ip));
}

static void
target_v6(struct route *p, const struct host *h, unsigned i)
{
	struct target *t = i < h->n6 ? target_add(p, h->name) : NULL;
	struct sockaddr_in6 *in6;

	if (t == NULL)
		return;
	in6 = (struct sockaddr_in6 *)&t->addr;
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(SMTP_PORT);
	in6->sin6_addr = h->v6[i];
	t->is_dual = h->n4 > 0;
	(void)!inet_ntop(AF_INET6, &h->v6[i], t->ip, sizeof(t->ip));
}

/* One address of each family in turn, so that neither keeps the other waiting. */
static void
targets_of(struct route *p, const struct host *h)
{
	for (unsigned i = 0; i < ADDRS; i++) {
		if (p->v4_first)
			target_v4(p, h, i);
		target_v6(p, h, i);
		if (!p->v4_first)
			target_v4(p, h, i);
	}
}

/* ---- all hosts are looked up */

static bool
host_is_own(const struct host *h)
{
	struct sockaddr_storage a;

	for (unsigned i = 0; i < h->n4; i++) {
		memset(&a, 0, sizeof(a));
		a.ss_family = AF_INET;
		((struct sockaddr_in *)&a)->sin_addr = h->v4[i];
		if (own_is_addr(h->p->r, &a))
			return true;
	}
	for (unsigned i = 0; i < h->n6; i++) {
		memset(&a, 0, sizeof(a));
		a.ss_family = AF_INET6;
		((struct sockaddr_in6 *)&a)->sin6_addr = h->v6[i];
		if (own_is_addr(h->p->r, &a))
			return true;
	}
	return own_is_name(h->p->r, str_c(h->name));
}

/* No address at all: why? */
static void
finish_empty(struct route *p)
{
	for (size_t i = 0; i < p->nhosts; i++)
		for (unsigned k = 0; k < 2; k++)
			if (p->hosts[i].status[k] == DNS_TEMP) {
				finish_dns(p, p->hosts[i].name, "no answer");
				return;
			}
	if (p->is_implicit)
		finish(p, ROUTE_FAIL, "5.1.2", "the domain has no mail host and no address");
	else
		finish(p, ROUTE_FAIL, "5.4.4", "the domain's mail hosts have no address");
}

static void
finish_hosts(struct route *p)
{
	unsigned limit = UINT32_MAX;
	bool has_addr = false;

	for (size_t i = 0; i < p->nhosts; i++)
		if (host_is_own(&p->hosts[i]))
			limit = MIN(limit, p->hosts[i].pref);
	for (size_t i = 0; i < p->nhosts; i++) {
		const struct host *h = &p->hosts[i];

		has_addr |= h->n4 + h->n6 > 0;
		/* Mail must come nearer with each hop. RFC 5321 5.1. */
		if (h->pref < limit)
			targets_of(p, h);
	}
	if (p->n > 0)
		finish(p, ROUTE_OK, NULL, NULL);
	else if (has_addr || limit != UINT32_MAX)
		finish(p, ROUTE_FAIL, "5.4.6", "mail for this domain loops back to this server");
	else
		finish_empty(p);
}

static void
addrs_take(struct host *h, const struct dns_answer *a, unsigned family)
{
	h->status[family] = a->status;
	for (size_t i = 0; a->status == DNS_OK && i < a->n; i++) {
		if (family == 0 && h->n4 < ADDRS)
			h->v4[h->n4++] = a->rr[i].a;
		else if (family == 1 && h->n6 < ADDRS && !IN6_IS_ADDR_V4MAPPED(&a->rr[i].aaaa))
			h->v6[h->n6++] = a->rr[i].aaaa;
	}
	h->query[family] = 0;
	if (--h->p->nopen == 0)
		finish_hosts(h->p);
}

static void
on_a(void *arg, const struct dns_answer *a)
{
	addrs_take(arg, a, 0);
}

static void
on_aaaa(void *arg, const struct dns_answer *a)
{
	addrs_take(arg, a, 1);
}

/* ---- hosts */

static struct host *
host_add(struct route *p, struct str name, unsigned pref)
{
	struct host *h = &p->hosts[p->nhosts];

	if (str_to_c(name, h->name, sizeof(h->name)) < 0)
		return NULL;
	h->p = p;
	h->pref = pref;
	seal_random(&h->chance, sizeof(h->chance));
	p->nhosts++;
	return h;
}

static int
by_pref(const void *a, const void *b)
{
	const struct host *x = a, *y = b;

	if (x->pref != y->pref)
		return x->pref < y->pref ? -1 : 1;
	return x->chance < y->chance ? -1 : x->chance > y->chance;
}

static void
hosts_ask(struct route *p)
{
	p->nhosts = MIN(p->nhosts, LIM_REMOTE_MX);
	p->nopen = 2 * p->nhosts;
	for (size_t i = 0; i < p->nhosts; i++) {
		struct host *h = &p->hosts[i];

		h->query[0] = dns_query(p->r->dns, str_c(h->name), DNS_A, 0, on_a, h);
		h->query[1] = dns_query(p->r->dns, str_c(h->name), DNS_AAAA, 0, on_aaaa, h);
	}
}

static void
mx_take(struct route *p, const struct dns_answer *a)
{
	p->hosts = mem_zalloc(a->n, sizeof(*p->hosts));
	for (size_t i = 0; i < a->n; i++)
		if (a->rr[i].mx.name.n > 0)
			(void)host_add(p, a->rr[i].mx.name, a->rr[i].mx.pref);
	if (p->nhosts == 0) {
		finish(p, ROUTE_FAIL, "5.1.10", "the domain takes no mail (null MX)");
		return;
	}
	qsort(p->hosts, p->nhosts, sizeof(*p->hosts), by_pref);
	hosts_ask(p);
}

static void
on_mx(void *arg, const struct dns_answer *a)
{
	struct route *p = arg;
	char domain[LIM_DOMAIN + 1];

	p->mx_query = 0;
	switch (a->status) {
	case DNS_OK:
		mx_take(p, a);
		break;
	case DNS_NODATA:
		p->is_implicit = true;
		p->hosts = mem_zalloc(1, sizeof(*p->hosts));
		(void)host_add(p, p->domain, 0);
		hosts_ask(p);
		break;
	case DNS_NXDOMAIN:
		finish(p, ROUTE_FAIL, "5.1.2", "the domain does not exist");
		break;
	case DNS_TEMP:
		(void)!str_to_c(p->domain, domain, sizeof(domain));
		finish_dns(p, domain, a->why);
		break;
	}
}

/* ---- address literals, RFC 5321 4.1.3 */

static bool
literal(struct route *p)
{
	struct host h = { .p = p };
	struct str s = str_sub(p->domain, 1, p->domain.n - 1);
	char text[64];

	if (str_to_c(p->domain, h.name, sizeof(h.name)) < 0)
		return false;
	if (str_has_prefixi(s, STR("IPv6:")))
		s = str_from(s, 5);
	if (str_to_c(s, text, sizeof(text)) < 0)
		return false;
	if (inet_pton(AF_INET, text, &h.v4[0]) == 1)
		h.n4 = 1;
	else if (inet_pton(AF_INET6, text, &h.v6[0]) == 1 && !IN6_IS_ADDR_V4MAPPED(&h.v6[0]))
		h.n6 = 1;
	else
		return false;
	h.is_own = host_is_own(&h);
	targets_of(p, &h);
	if (h.is_own)
		finish(p, ROUTE_FAIL, "5.4.6", "this address is this server's own");
	else
		finish(p, ROUTE_OK, NULL, NULL);
	return true;
}

/* ---- */

struct route *
route_new(struct remote *r, struct str domain, unsigned attempt, struct loop_wake *wake)
{
	struct route *p = MEM_NEW(struct route);

	p->r = r;
	p->domain = domain;
	p->wake = wake;
	p->v4_first = attempt % 2 == 0;
	if (svc_is_localserve(r->svc)) {
		if (own_listener(r, &p->v[0])) {
			p->n = 1;
			finish(p, ROUTE_OK, NULL, NULL);
		} else {
			finish(p, ROUTE_TEMP, "4.4.1", "no listener takes mail");
		}
	} else if (domain.p[0] == '[') {
		if (domain.p[domain.n - 1] != ']' || !literal(p))
			finish(p, ROUTE_FAIL, "5.1.2", "not an address that mail can be sent to");
	} else if (r->dns == NULL) {
		finish(p, ROUTE_TEMP, "4.4.3", "no resolver is configured");
	} else {
		p->mx_query = dns_query(r->dns, domain, DNS_MX, 0, on_mx, p);
	}
	return p;
}

void
route_free(struct route **pp)
{
	struct route *p = *pp;

	*pp = NULL;
	if (p == NULL)
		return;
	dns_cancel(p->r->dns, p->mx_query);
	for (size_t i = 0; i < p->nhosts; i++) {
		dns_cancel(p->r->dns, p->hosts[i].query[0]);
		dns_cancel(p->r->dns, p->hosts[i].query[1]);
	}
	mem_free(p->hosts);
	mem_free(p);
}

enum route_state
route_state(const struct route *p)
{
	return p->state;
}

const struct smtp_said *
route_why(const struct route *p)
{
	return &p->why;
}

const struct target *
route_target(const struct route *p, size_t i)
{
	return i < p->n ? &p->v[i] : NULL;
}
