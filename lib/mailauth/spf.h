/*
 * SPF (RFC 7208): may this host use this domain. An incremental evaluator, see mailauth.h.
 *
 * Choices where the RFC leaves one: a target name that can't be asked for does not match (4.8). A
 * term whose questions find nothing counts once as void, however many it asked; addresses of the
 * client's own names (ptr) do not count, since the domain's owner does not choose them. %{p} costs
 * a term when it makes us ask for the client's names. Explanations that are not printable ASCII, or
 * longer than LIM_SPF_EXPLANATION, are none.
 */
#ifndef MOX_MAILAUTH_SPF_H
#define MOX_MAILAUTH_SPF_H

#include "base/buf.h"
#include "mailauth/mailauth.h"

/* code, word of RFC 7208 2.6 and RFC 8601 2.7.2 */
#define SPF_RESULTS(X)                                                                             \
	X(SPF_NONE, "none")                                                                        \
	X(SPF_NEUTRAL, "neutral")                                                                  \
	X(SPF_PASS, "pass")                                                                        \
	X(SPF_FAIL, "fail")                                                                        \
	X(SPF_SOFTFAIL, "softfail")                                                                \
	X(SPF_TEMPERROR, "temperror")                                                              \
	X(SPF_PERMERROR, "permerror")

enum spf_result {
#define X(code, word) code,
	SPF_RESULTS(X)
#undef X
};
const char *spf_result_name(enum spf_result r);

/* Copied. */
struct spf_in {
	struct in6_addr ip;   /* of the client; IPv4 as ::ffff:a.b.c.d */
	struct str mail_from; /* without brackets; "" for the null sender, then HELO is checked */
	struct str helo;      /* as given, may be anything */
	struct str receiver;  /* our name, for %{r}; "" is "unknown" */
	int64_t now;	      /* for %{t} */
};

struct spf_out {
	enum spf_result result;
	bool is_helo;		     /* the HELO name was checked, since there was no sender */
	char domain[LIM_DOMAIN + 1]; /* that was checked, A-labels; "" when malformed */
	char record_domain[LIM_DOMAIN + 1]; /* whose record decided: that, or where it redirects */
	char mechanism[256];	/* term of it that decided, or "default"; cut when long */
	char why[256];		/* none, temperror, permerror: in words */
	struct buf explanation; /* fail: of the domain's owner, printable ASCII; or "" */
	unsigned terms, voids, questions;
	bool is_authentic; /* all answers were */
};

struct spf;
struct spf *spf_new(const struct spf_in *in);
void spf_free(struct spf **s);
bool spf_next(struct spf *s, struct mailauth_question *q);
/* The answer to the question that spf_next gave. */
void spf_put(struct spf *s, const struct dns_answer *a);
void spf_expire(struct spf *s);
/* Once spf_next is false. */
const struct spf_out *spf_out(const struct spf *s);
extern const struct mailauth_ops spf_ops;

/* "192.0.2.1" or IPv6 as text. */
int spf_ip_parse(struct str s, struct in6_addr *ip) __attribute__((warn_unused_result));

/* ---- records */

enum spf_kind {
	SPF_ALL,
	SPF_INCLUDE,
	SPF_A,
	SPF_MX,
	SPF_PTR,
	SPF_IP4,
	SPF_IP6,
	SPF_EXISTS,
	SPF_REDIRECT,
	SPF_EXP,
	SPF_OTHER, /* a modifier that we don't know */
};

struct spf_term {
	struct str text;
	enum spf_kind kind;
	char qualifier;	 /* + - ~ ?; '+' for modifiers */
	struct str spec; /* domain-spec, or value of a modifier; p is NULL without */
	unsigned cidr4, cidr6;
	struct in6_addr ip; /* ip4 (mapped), ip6 */
};

/* Is the TXT record one of ours: "v=spf1" and a space or nothing. RFC 7208 4.5. */
bool spf_record_is(struct str txt);
/* What follows the version. */
struct str spf_record_terms(struct str txt);
/* The next term: 1, 0 at the end, -1 when it is malformed: then term->text is all of it, and *why
 * says what is wrong. */
int spf_term_next(struct str *rest, struct spf_term *term, const char **why);

#endif
