/*
 * Public keys that signatures of one message need, from the DNS: each name is asked for once. Used
 * by dkimv.c and arc.c.
 */
#ifndef MOX_MAILAUTH_KEYS_H
#define MOX_MAILAUTH_KEYS_H

#include "dkim/pub.h"
#include "mailauth/mailauth.h"

enum { MAILAUTH_KEY_NAME = LIM_DOMAIN + 1 };

struct mailauth_key {
	char name[MAILAUTH_KEY_NAME]; /* <selector>._domainkey.<domain> */
	enum {
		MAILAUTH_KEY_ASKED, /* or to be asked */
		MAILAUTH_KEY_OK,
		MAILAUTH_KEY_NONE, /* there is none that could be used; `fault` */
		MAILAUTH_KEY_TEMP,
	} state;
	enum dk_pub_fault fault; /* DK_PUB_OK: there is no record, or there are several */
	struct dk_pub pub;
	bool is_authentic;
	char why[200];
};

struct mailauth_keys {
	struct mailauth_key **v;
	size_t n;
};
void mailauth_keys_done(struct mailauth_keys *k);
/* The key of a selector of a domain (A-labels); NULL when there can't be such a name. It lives as
 * long as the set. Selectors may be U-labels (RFC 8616). */
struct mailauth_key *mailauth_keys_add(struct mailauth_keys *k, struct str selector,
				       const char *domain);
/* The next that has no answer; false when all have one. */
bool mailauth_keys_next(const struct mailauth_keys *k, struct mailauth_question *q);
/* The answer to it. */
void mailauth_keys_put(struct mailauth_keys *k, const struct dns_answer *a);
/* Time is over: the rest is MAILAUTH_KEY_TEMP. */
void mailauth_keys_expire(struct mailauth_keys *k);

#endif
