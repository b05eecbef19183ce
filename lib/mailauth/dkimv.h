/*
 * DKIM (RFC 6376, 8301, 8463, 8616): which domains have signed a message. An incremental evaluator,
 * see mailauth.h; made by mailauth_message (message.h), which gives it header and body.
 *
 * libopendkim verifies. What it can't is left to lib/dkim: fields that are not ASCII (RFC 8616),
 * Ed25519 with a header in simple form, l= (which it lets count for the signatures behind, too),
 * i= with a quoted "@", times before 1970-01-02, "b =" and tags whose names end in b,
 * signatures that cover others, headers with control characters. Field, key and policy are judged
 * here before, so that either of them is asked one question alone: has this key signed this
 * message.
 *
 * The prefix is dkv_, since libopendkim owns dkim_.
 *
 * A body with a CR that ends no line is permerror.
 *
 * Policy: SHA-1, RSA keys under 1024 or over 4096 bits, bodies covered in part (l=), and Subject or
 * From fields that are there uncovered, are refused, whether they would verify or not. A time t= in
 * the future is no fault. The first LIM_DKIM_SIGNATURES from the top count.
 *
 * libopendkim leaks some 500 bytes for each Ed25519 signature: processes that verify are to be
 * replaced after some ten thousands of messages.
 */
#ifndef MOX_MAILAUTH_DKIMV_H
#define MOX_MAILAUTH_DKIMV_H

#include "mailauth/mailauth.h"

/* libopendkim, once a process. Never NULL. */
struct dkv_lib;
struct dkv_lib *dkv_lib_new(void);
void dkv_lib_free(struct dkv_lib **l);

/* code, word of RFC 8601 2.7.1 */
#define DKV_RESULTS(X)                                                                             \
	X(DKV_NONE, "none")	      /* no signature */                                           \
	X(DKV_NEUTRAL, "neutral")     /* needs what we don't know: version, algorithm, key type */ \
	X(DKV_PERMERROR, "permerror") /* malformed, expired, without a key */                      \
	X(DKV_POLICY, "policy")	      /* refused, see above */                                     \
	X(DKV_FAIL, "fail")	      /* body or header are not what was signed */                 \
	X(DKV_TEMPERROR, "temperror") /* no answer from the DNS */                                 \
	X(DKV_PASS, "pass")

/* in the order of how much they say for a message as a whole */
enum dkv_result {
#define X(code, word) code,
	DKV_RESULTS(X)
#undef X
};
const char *dkv_result_name(enum dkv_result r);

struct dkv_sig {
	enum dkv_result result;
	char domain[LIM_DOMAIN + 1]; /* of d=, A-labels in lower case; "" when it is none */
	/* as written, of the message's: selector, a=, and the beginning of b= for header.b of RFC
	 * 6008; "" when absent */
	struct str selector, algorithm, b;
	char identity[LIM_ADDR + 1]; /* i=, decoded, or @domain; "" when it is not valid */
	unsigned bits;		     /* of the key; 0 without */
	bool is_testing;   /* the key says t=y: RFC 6376 3.6.1 wants this treated as unsigned */
	bool is_authentic; /* the key's answer was */
	char why[200];	   /* unless pass */
};

struct dkv_out {
	enum dkv_result result; /* the best */
	const struct dkv_sig *v;
	size_t n;
	size_t ignored; /* signatures beyond the limit */
	char why[200];	/* permerror without signatures: the header could not be read */
	unsigned questions;
};

struct dkv;
bool dkv_next(struct dkv *d, struct mailauth_question *q);
void dkv_put(struct dkv *d, const struct dns_answer *a);
void dkv_expire(struct dkv *d);
/* Once dkv_next is false and the message has ended; lives as long as the message. */
const struct dkv_out *dkv_out(struct dkv *d);
extern const struct mailauth_ops dkv_ops;

#endif
