/* Between the files of the ARC validator, and its message. */
#ifndef MOX_MAILAUTH_ARC_INT_H
#define MOX_MAILAUTH_ARC_INT_H

#include "mailauth/arc.h"
#include "mailauth/keys.h"

struct arc_set {
	const struct dk_field *results, *message, *seal;
	struct dk_sig ams, as; /* what `message` and `seal` say */
	bool is_ams_bad;       /* can't be verified; `why` */
	char why[120];
	struct mailauth_key *ams_key, *as_key;
};

struct arc_chain {
	struct arc_set *v; /* LIM_ARC_SETS */
	unsigned n;
};
/* Collects the sets, the first instance first. 1 when they are as RFC 8617 5.2 steps 1 to 3 want
 * them, 0 when there are none; else -1 and e says what is wrong. */
int arc_chain_read(struct arc_chain *c, const struct dk_fields *f, bool *has_ended, struct err *e);
void arc_chain_done(struct arc_chain *c);

/* `f` lives longer; NULL with a reason when the header can't be read. */
struct arc *arc_new(const struct dk_fields *f, const char *why, int64_t now);
void arc_free(struct arc **a);
void arc_body(struct arc *a, struct str bytes);
/* The message has ended. */
void arc_end(struct arc *a);

#endif
