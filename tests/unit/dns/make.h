/* Answers made by hand. */
#ifndef MOX_TESTS_DNS_MAKE_H
#define MOX_TESTS_DNS_MAKE_H

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "dns/dns.h"

struct pkt {
	struct buf b;
};

static inline void
pkt_16(struct buf *b, unsigned v)
{
	buf_putc(b, (char)(v >> 8));
	buf_putc(b, (char)v);
}

static inline void
pkt_name(struct buf *b, const char *name)
{
	struct str s = str_c(name);

	while (s.n > 0) {
		struct str label = str_cut(s, '.', &s);

		buf_putc(b, (char)label.n);
		buf_putstr(b, label);
	}
	buf_putc(b, 0);
}

static inline void
pkt_begin(struct pkt *p, const char *name, enum dns_type type, unsigned flags)
{
	buf_init(&p->b, 1 << 20);
	pkt_16(&p->b, 7);
	pkt_16(&p->b, flags);
	pkt_16(&p->b, 1);
	pkt_16(&p->b, 0);
	pkt_16(&p->b, 0);
	pkt_16(&p->b, 0);
	pkt_name(&p->b, name);
	pkt_16(&p->b, type);
	pkt_16(&p->b, 1);
}

/* One more record in a section: 1 answers, 2 authority. */
static inline void
pkt_put(struct pkt *p, unsigned section, const char *owner, enum dns_type type, unsigned ttl,
	struct str data)
{
	unsigned char *count;

	pkt_name(&p->b, owner);
	pkt_16(&p->b, type);
	pkt_16(&p->b, 1);
	pkt_16(&p->b, ttl >> 16);
	pkt_16(&p->b, ttl & 0xffff);
	pkt_16(&p->b, (unsigned)data.n);
	buf_putstr(&p->b, data);
	count = (unsigned char *)p->b.p + p->b.off + 4 + 2 * section;
	if (++count[1] == 0)
		count[0]++;
}

static inline void
pkt_rr(struct pkt *p, const char *owner, enum dns_type type, unsigned ttl, struct str data)
{
	pkt_put(p, 1, owner, type, ttl, data);
}

static inline void
pkt_name_rr(struct pkt *p, const char *owner, enum dns_type type, unsigned ttl, const char *name)
{
	struct buf d;

	buf_init(&d, 300);
	pkt_name(&d, name);
	pkt_put(p, 1, owner, type, ttl, buf_str(&d));
	buf_done(&d);
}

static inline void
pkt_mx(struct pkt *p, const char *owner, unsigned ttl, unsigned pref, const char *name)
{
	struct buf d;

	buf_init(&d, 300);
	pkt_16(&d, pref);
	pkt_name(&d, name);
	pkt_put(p, 1, owner, DNS_MX, ttl, buf_str(&d));
	buf_done(&d);
}

static inline void
pkt_soa(struct pkt *p, const char *owner, unsigned ttl, unsigned minimum)
{
	struct buf d;

	buf_init(&d, 600);
	pkt_name(&d, "ns.test");
	pkt_name(&d, "root.test");
	for (unsigned i = 0; i < 8; i++)
		pkt_16(&d, 1);
	pkt_16(&d, minimum >> 16);
	pkt_16(&d, minimum & 0xffff);
	pkt_put(p, 2, owner, DNS_SOA, ttl, buf_str(&d));
	buf_done(&d);
}

static inline void
pkt_done(struct pkt *p)
{
	buf_done(&p->b);
}

#endif
