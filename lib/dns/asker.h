/* c-ares in our loop: queries to a set of servers, with repeats, and by TCP when an answer is cut.
 */
#ifndef MOX_DNS_ASKER_H
#define MOX_DNS_ASKER_H

#include "dns/servers.h"

struct asker;

/* The answer packet, borrowed; or, with why set, there is none. Called from the loop or from within
 * asker_send. */
typedef void asker_fn(void *arg, struct str packet, const char *why);

struct asker *asker_new(struct loop *l, const struct dns_servers *s, struct err *e);
/* Open queries are forgotten, without calls. */
void asker_free(struct asker **a);
void asker_send(struct asker *a, struct str packet, asker_fn *fn, void *arg);

#endif
