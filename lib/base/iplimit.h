/*
 * How many connections a client address and its networks hold and open: the classes of mox, IPv4
 * /32, /26, /21 and IPv6 /64, /48, /32. Counted per worker. Loopback is exempt: it is this
 * machine's own programs, and tests.
 */
#ifndef MOX_BASE_IPLIMIT_H
#define MOX_BASE_IPLIMIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/str.h"

struct iplimit;

struct iplimit *iplimit_new(void);
/* This process is one of n that share the limits without knowing of each other: each gets its part
 * and half as much again, because connections do not spread evenly. */
void iplimit_set_workers(struct iplimit *l, unsigned n);
void iplimit_free(struct iplimit **l);
/* A connection came at `now_ms` (monotonic). False: too many are open or came within a minute; it
 * is then not counted as open and must not be passed to iplimit_close. */
bool iplimit_open(struct iplimit *l, const struct sockaddr_storage *peer, int64_t now_ms);
void iplimit_close(struct iplimit *l, const struct sockaddr_storage *peer);
/* 127.0.0.0/8, ::1, ::ffff:127.0.0.0/104. */
bool iplimit_is_exempt(const struct sockaddr_storage *peer);

#endif
