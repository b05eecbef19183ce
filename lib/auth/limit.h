/*
 * Limits on failed logins, by network: an IPv4 address and the /26 and /21 around it, an IPv6 /64,
 * /48 and /32; 10, 30 and 90 failures in a minute, 50, 150 and 450 in a day. Windows are fixed (the
 * minute, the day). Memory is bounded: when it is full, the networks with the fewest failures are
 * forgotten.
 */
#ifndef MOX_AUTH_LIMIT_H
#define MOX_AUTH_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct auth_limit;

struct auth_limit *auth_limit_new(void);
void auth_limit_free(struct auth_limit **l);
/* May this address try now? `ip` is its text; one that is no address counts as one network of its
 * own kind. `now` in seconds. */
bool auth_limit_check(struct auth_limit *l, struct str ip, int64_t now);
/* Count a failure at `account` ("" for an unknown one); returns how many the narrowest network had
 * within this minute. */
unsigned auth_limit_fail(struct auth_limit *l, struct str ip, struct str account, int64_t now);
/* A success: the failures of the narrowest network at the same account are taken back from all
 * three. Those at other accounts stay, or who has an account could guess at others without end. */
void auth_limit_reset(struct auth_limit *l, struct str ip, struct str account, int64_t now);

#endif
