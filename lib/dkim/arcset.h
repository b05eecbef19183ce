/* ARC sets of a message and their structure (RFC 8617 4.2, 5.2). Who sealed what is not asked here.
 */
#ifndef MOX_DKIM_ARCSET_H
#define MOX_DKIM_ARCSET_H

#include "dkim/sig.h"

struct dk_arc_set {
	const struct dk_field *results, *message, *seal;
	struct dk_sig ams, as; /* what `message` and `seal` say */
	bool is_ams_bad;       /* it can't be verified; `why` */
	char why[120];
};

struct dk_arc {
	struct dk_arc_set *v; /* LIM_ARC_SETS */
	unsigned n;
};
/* Collects the sets, the first instance first; borrows from `f`. 1 when they are as RFC 8617 5.2
 * steps 1 to 3 want them, 0 when there are none; else -1 and e says what is wrong. To be done with
 * in each case. has_ended: the highest instance says cv=fail. */
int dk_arc_read(struct dk_arc *c, const struct dk_fields *f, bool *has_ended, struct err *e);
void dk_arc_done(struct dk_arc *c);
/* The highest instance that is there, whatever else is wrong; 0. */
unsigned dk_arc_highest(const struct dk_fields *f);

#endif
