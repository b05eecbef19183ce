/*
 * DNS packets: queries out, answers in. RFC 1035 4, 3.3; RFC 3596 (AAAA), RFC 6698 2.1 (TLSA).
 *
 * SECURITY: reads what anybody can send. Every length is checked against the packet, names are
 * bounded and their pointers only lead backwards, records and their memory are bounded.
 */
#ifndef MOX_DNS_PACKET_H
#define MOX_DNS_PACKET_H

#include "base/arena.h"
#include "base/buf.h"
#include "dns/dns.h"

enum { DNS_NAME = 255 };

/* A recursive query that asks for AD (RFC 6840 5.7), with an OPT record (RFC 6891) that allows
 * LIM_DNS_UDP bytes. `name` is ASCII without a dot at the end. EC_SYNTAX when it can't be a name.
 */
int dns_packet_query(struct buf *out, struct str name, enum dns_type type, uint16_t id,
		     bool with_opt, struct err *e) __attribute__((warn_unused_result));

/* Can it be asked for: labels of 1 to 63 bytes, not too many. */
bool dns_packet_is_name(struct str name);

struct dns_packet {
	unsigned rcode;
	enum dns_status status;
	bool ad;	   /* the server says that the answer is authentic */
	bool is_partial;   /* only CNAMEs: the answer is to be asked for under `cname` */
	unsigned chain;	   /* CNAMEs that were followed */
	struct str cname;  /* the last one's target, "" without */
	uint32_t ttl;	   /* least of all that the answer is made of; 0 when nothing says */
	struct dns_rr *rr; /* in the arena, as what they point to */
	size_t n;
};

/* The answer to the question name and type. -1, EC_SYNTAX when it is not one, EC_LIMIT when it has
 * more than we take. Names in records that are not printable ASCII make the record be left out. */
int dns_packet_parse(struct str packet, struct str name, enum dns_type type, struct arena *a,
		     struct dns_packet *out, struct err *e) __attribute__((warn_unused_result));

#endif
