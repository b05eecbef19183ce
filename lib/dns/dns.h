/*
 * The resolver, over c-ares: typed answers that say whether they were authentic, a bounded cache
 * (negative answers too), deadlines. Nothing blocks; answers come from the loop. Nobody else
 * includes ares.h.
 *
 * SECURITY: parses packets that anybody can send. Counts, lengths and names are checked before they
 * are given on. "Authentic" is what the AD bit of a resolver on loopback says (or of one that the
 * caller declares trusted); from others it is always false.
 */
#ifndef MOX_DNS_DNS_H
#define MOX_DNS_DNS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "event/loop.h"

enum dns_type {
	DNS_A = 1,
	DNS_NS = 2,
	DNS_CNAME = 5,
	DNS_SOA = 6,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_TLSA = 52,
};

enum dns_status {
	DNS_OK,	      /* at least one record */
	DNS_NODATA,   /* the name exists, without records of this type */
	DNS_NXDOMAIN, /* there is no such name */
	DNS_TEMP, /* no answer, SERVFAIL (bogus DNSSEC too), REFUSED, malformed: ask again later */
};

struct dns_rr {
	uint32_t ttl;
	union {
		struct in_addr a;
		struct in6_addr aaaa;
		struct {
			uint16_t pref;
			struct str name; /* "" is the null MX, RFC 7505 */
		} mx;
		struct str name; /* NS, CNAME, PTR, SOA (its first name): lower-case, no dot at the
				    end */
		struct str txt;	 /* the strings of one record, joined; any bytes */
		struct {
			uint8_t usage, selector, match;
			struct str data;
		} tlsa;
	};
};

/* Borrowed for the call of dns_fn. */
struct dns_answer {
	enum dns_status status;
	bool authentic;
	struct str cname; /* the name behind CNAMEs; "" when there was none */
	size_t n;
	const struct dns_rr *rr;
	const char *why; /* DNS_TEMP: for logs */
};
typedef void dns_fn(void *arg, const struct dns_answer *a);

struct dns;
struct dns_opts {
	struct str resolv_conf; /* text of resolv.conf(5); with servers "" it says whom to ask */
	struct str servers; /* "addr[:port],[addr6]:port": instead of these; for tests and tools */
	bool is_trusted;    /* believe AD although the server is not on loopback */
};
/* EC_SYNTAX when no server can be found in the options. */
struct dns *dns_new(struct loop *l, const struct dns_opts *o, struct err *e);
/* Queries that are open are forgotten, without calls. */
void dns_free(struct dns **d);
/* Servers anew (reload); the cache stays unless they changed. On failure the old ones stay. */
int dns_set_servers(struct dns *d, const struct dns_opts *o, struct err *e)
	__attribute__((warn_unused_result));

/* Ask; `name` is A-labels (or UTF-8, which is converted), with or without a dot at the end. fn is
 * called exactly once, from the loop, unless cancelled; a name that can't be one (no labels of 1 to
 * 63 printable characters) is DNS_NXDOMAIN.
 * timeout_ms 0 means LIM_DNS_MS. Never returns 0. */
uint64_t dns_query(struct dns *d, struct str name, enum dns_type type, int64_t timeout_ms,
		   dns_fn *fn, void *arg);
/* 0 and ids that are done are fine. */
void dns_cancel(struct dns *d, uint64_t id);

#endif
