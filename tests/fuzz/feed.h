/*
 * Answers of the DNS for evaluators, from fuzzed lines. The first character of a line says the
 * status: "n" no such name, "d" no data, "t" failure; else records follow, split at "|": addresses
 * are "=" for the client's own, or bytes; MX, PTR and TXT are the text.
 */
#ifndef MOX_TESTS_FUZZ_FEED_H
#define MOX_TESTS_FUZZ_FEED_H

#include <stdlib.h>
#include <string.h>

#include "mailauth/mailauth.h"

enum { FEED_RRS = 16 };

static inline void
feed_check(bool ok)
{
	if (!ok)
		abort();
}

static inline void
feed_rr(struct dns_rr *rr, enum dns_type type, struct str text, const struct in6_addr *client)
{
	unsigned char bytes[16] = { 0 };

	memcpy(bytes, text.n > 0 ? text.p : "", text.n < 16 ? text.n : 16);
	if (str_eq(text, STR("=")))
		memcpy(bytes, client->s6_addr + (type == DNS_A ? 12 : 0), type == DNS_A ? 4 : 16);
	*rr = (struct dns_rr){ .ttl = 1 };
	if (type == DNS_A)
		memcpy(&rr->a, bytes, 4);
	else if (type == DNS_AAAA)
		memcpy(&rr->aaaa, bytes, 16);
	else if (type == DNS_MX)
		rr->mx.name = str_sub(text, 0, 253);
	else if (type == DNS_PTR)
		rr->name = str_sub(text, 0, 253);
	else
		rr->txt = text;
}

/* Runs to the end; the number of questions. */
static inline unsigned
feed_run(const struct mailauth_ops *ops, void *eval, struct str lines,
	 const struct in6_addr *client)
{
	struct mailauth_question q;
	unsigned questions = 0;

	while (ops->next(eval, &q)) {
		struct dns_rr rr[FEED_RRS];
		struct dns_answer a = {
			.status = DNS_OK, .rr = rr, .cname = STR(""), .why = "fed"
		};
		struct str line = str_cut(lines, '\n', &lines);
		char c = line.n > 0 ? line.p[0] : 'n';

		questions++;
		feed_check(mailauth_name_is_askable(q.name));
		if (c == 'x') {
			ops->expire(eval);
			feed_check(!ops->next(eval, &q));
			break;
		}
		a.status = c == 'n'   ? DNS_NXDOMAIN
			   : c == 'd' ? DNS_NODATA
			   : c == 't' ? DNS_TEMP
				      : DNS_OK;
		line = str_from(line, 1);
		while (a.status == DNS_OK && line.p != NULL && a.n < FEED_RRS)
			feed_rr(&rr[a.n++], q.type, str_cut(line, '|', &line), client);
		if (a.n == 0 && a.status == DNS_OK)
			a.status = DNS_NODATA;
		ops->put(eval, &a);
	}
	feed_check(!ops->next(eval, &q));
	return questions;
}

#endif
