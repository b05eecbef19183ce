/*
 * Sealing (RFC 8617 5.1): one more ARC set for a message that goes on from here, in one pass as
 * dk_sign. The sets that it has are read from it; whether they are valid was found when it arrived.
 */
#ifndef MOX_DKIM_ARCSEAL_H
#define MOX_DKIM_ARCSEAL_H

#include "dkim/dkim.h"

/* Borrowed while it is used. */
struct dk_arcseal_in {
	struct str domain, selector;
	const struct dk_key *key;
	const struct str *headers; /* names to sign; n 0: the usual ones */
	size_t nheaders;
	/* What was found about the message: "host; arc=none; spf=pass ..." (RFC 8601), may be
	 * folded. */
	struct str results;
	bool is_valid; /* arc_result was none or pass */
	int64_t now;
};

struct dk_arcseal;
struct dk_arcseal *dk_arcseal_new(const struct dk_arcseal_in *in);
/* The message as it will be sent. */
void dk_arcseal_put(struct dk_arcseal *s, struct str bytes);
/* Append the three fields, to stand in front of the message. EC_DENIED: the chain has ended, or has
 * its 50 instances: the message goes as it is. */
int dk_arcseal_finish(struct dk_arcseal *s, struct buf *fields, struct err *e)
	__attribute__((warn_unused_result));
void dk_arcseal_free(struct dk_arcseal **s);

#endif
