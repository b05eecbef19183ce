/*
 * ARC (RFC 8617): is the chain of seals that a message carries whole. An incremental evaluator, see
 * mailauth.h; made by mailauth_message (message.h), which gives it header and body. Sealing is in
 * lib/dkim/arcseal.h.
 *
 * Choices where the RFC leaves one: a failing lookup is temperror, though 5.2.1 has it fail, so
 * that who refuses a message for it can do so for a while; for what is written into the message it
 * is to be fail. A message signature that covers ARC-Seal fails; that it covers other fields of ARC
 * is no fault. Keys and l= as in dkimv.h.
 */
#ifndef MOX_MAILAUTH_ARC_H
#define MOX_MAILAUTH_ARC_H

#include "mailauth/mailauth.h"

/* code, word of RFC 8617 4.4 */
#define ARC_RESULTS(X)                                                                             \
	X(ARC_NONE, "none")                                                                        \
	X(ARC_PASS, "pass")                                                                        \
	X(ARC_FAIL, "fail")                                                                        \
	X(ARC_TEMPERROR, "temperror")

enum arc_result {
#define X(code, word) code,
	ARC_RESULTS(X)
#undef X
};
const char *arc_result_name(enum arc_result r);

/* Of one instance, of a chain that passes. */
struct arc_out_set {
	char domain[LIM_DOMAIN + 1];	     /* d= of the seal, A-labels */
	char message_domain[LIM_DOMAIN + 1]; /* d= of the message signature; "" when malformed */
	struct str results; /* of ARC-Authentication-Results, behind i=; the message's */
};

struct arc_out {
	enum arc_result result;
	unsigned n;			/* instances; 0 unless the structure is right */
	const struct arc_out_set *sets; /* the first instance first */
	unsigned oldest_pass; /* pass: first instance whose message signature holds; 0: all do */
	bool has_ended;	      /* the highest instance says cv=fail: nothing can be added */
	char why[200];	      /* unless pass */
	unsigned questions;
	bool is_authentic; /* all answers were */
};

struct arc;
bool arc_next(struct arc *a, struct mailauth_question *q);
void arc_put(struct arc *a, const struct dns_answer *answer);
void arc_expire(struct arc *a);
/* Once arc_next is false and the message has ended; lives as long as the message. */
const struct arc_out *arc_out(struct arc *a);
extern const struct mailauth_ops arc_ops;

#endif
