/*
 * Sender authentication: evaluators that see no network. Each says which question of the DNS it
 * needs answered next, is given the answer, and goes on, until it has a result:
 *
 *	while (spf_next(s, &q))
 *		spf_put(s, answer to q);
 *
 * Here is what they share, and the driver that resolves their questions with lib/dns.
 *
 * SECURITY: records and answers are the sender's. Memory and the number of questions of one
 * evaluation are bounded whatever they say, and nothing recurses by them.
 */
#ifndef MOX_MAILAUTH_MAILAUTH_H
#define MOX_MAILAUTH_MAILAUTH_H

#include "dns/dns.h"

struct mailauth_question {
	struct str name; /* can be asked for; borrowed until the answer is put */
	enum dns_type type;
};

/* ---- names */

/* A domain of an address or a HELO as A-labels in lower case without dot at the end: letters,
 * digits, "-", "_" and at least two labels. The length, or -1 when it is none. */
int mailauth_domain(struct str s, char out[LIM_DOMAIN + 1]) __attribute__((warn_unused_result));
/* Labels of 1 to 63 bytes, together at most 253, printable ASCII: what the DNS can be asked. */
bool mailauth_name_is_askable(struct str name);
unsigned mailauth_name_labels(struct str name);
/* Without the first label; "" of the last one. */
struct str mailauth_name_parent(struct str name);
/* The name itself or below it; case does not matter. */
bool mailauth_name_is_within(struct str name, struct str above);

/* ---- driver */

/* What an evaluator offers. */
struct mailauth_ops {
	bool (*next)(void *eval, struct mailauth_question *q); /* false: it has its result */
	void (*put)(void *eval, const struct dns_answer *a);
	void (*expire)(void *eval); /* time is over: the result is temperror, or what it was */
};

typedef void mailauth_fn(void *arg);

struct mailauth_job;
/* Ask until the evaluator has its result, within timeout_ms (0: LIM_MAILAUTH_MS) for all questions
 * and a third of it for one; then fn is called, once, from the loop. The evaluator stays the
 * caller's and must live until then. */
struct mailauth_job *mailauth_start(struct loop *l, struct dns *d, const struct mailauth_ops *ops,
				    void *eval, int64_t timeout_ms, mailauth_fn *fn, void *arg);
/* Before or after fn, also within it; NULL is fine. */
void mailauth_free(struct mailauth_job **j);

#endif
