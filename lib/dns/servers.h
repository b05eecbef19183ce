/* Whom to ask: resolv.conf(5), or a list. */
#ifndef MOX_DNS_SERVERS_H
#define MOX_DNS_SERVERS_H

#include <sys/socket.h>

#include "dns/dns.h"

struct dns_server {
	int family;
	union {
		struct in_addr v4;
		struct in6_addr v6;
	};
	uint16_t port;
};

struct dns_servers {
	struct dns_server v[LIM_DNS_SERVERS];
	size_t n;
	int try_ms, tries;
	bool is_trusted; /* what all of them say about authenticity counts */
};

/* EC_SYNTAX when there is none. Lines of resolv.conf that are not understood are skipped. */
int dns_servers_parse(const struct dns_opts *o, struct dns_servers *out, struct err *e)
	__attribute__((warn_unused_result));
bool dns_servers_eq(const struct dns_servers *a, const struct dns_servers *b);

#endif
