/* An answer as it is kept and told: one allocation, counted references. */
#ifndef MOX_DNS_RESULT_H
#define MOX_DNS_RESULT_H

#include "dns/packet.h"

struct result {
	unsigned refs;
	size_t bytes;
	struct dns_answer a;
};

/* Each returns one reference. `why` is static text; `cname` and what `p` points to are copied. */
struct result *dns_result_temp(const char *why);
struct result *dns_result_of(enum dns_type type, const struct dns_packet *p, struct str cname);
void dns_result_unref(struct result **r);

#endif
