/*
 * The client of queued: handing over a message that is to be delivered later, or elsewhere. Used by
 * submissiond, and by smtpd for recipients whose account can't take a message right now. The
 * request is repeated while queued restarts; its txn tells queued that it is the same.
 */
#ifndef MOX_DELIVER_ENQUEUE_H
#define MOX_DELIVER_ENQUEUE_H

#include "deliver/deliver.h"
#include "ipc/msg_queue.h"

/* Bytes of all addresses, each with 4 more, that one message can have: the field of QUEUE_ADD. */
enum { DELIVER_ENQUEUE_RCPTS = 40000 };

/* Everything is borrowed until `done` was called or it is freed. */
struct deliver_enqueue_in {
	uint64_t txn, cid;
	uint32_t flags; /* DELIVER_* | QUEUE_* */
	int fd;		/* duplicated for each request */
	uint64_t size;
	struct str filekey, ip, helo, account, login, sender, from, trace;
	const struct str *rcpts;
	size_t n;
};
struct deliver_enqueue;
/* Code 250: the message is queued, durably, with number `id`. Called from the loop, once, unless
 * freed before. */
typedef void deliver_enqueue_fn(void *arg, const struct deliver_reply *r, uint64_t id);
struct deliver_enqueue *deliver_enqueue_new(struct svc *s, const struct deliver_enqueue_in *in,
					    deliver_enqueue_fn *done, void *arg);
void deliver_enqueue_free(struct deliver_enqueue **q);

#endif
