/*
 * Channels from the inside, shared by the files of this module: chan.c life and events, send.c,
 * recv.c, call.c what we ask, req.c what we are asked, sync.c the blocking call.
 */
#ifndef MOX_IPC_CHAN_INT_H
#define MOX_IPC_CHAN_INT_H

#include <sys/queue.h>

#include "ipc/ipc.h"
#include "ipc/packet.h"

enum { IPC_RETRY_MS = 10 };

/* A call that waits for its answer. Found by id in a table of the process, listed by its channel.
 */
struct call {
	LIST_ENTRY(call) hash;
	TAILQ_ENTRY(call) link;
	struct ipc_chan *c; /* NULL: failed already, `wake` will say so */
	struct loop_wake *wake;
	struct err err;
	uint64_t id;
	unsigned type;
	int64_t deadline;      /* loop_now() time */
	int64_t full_deadline; /* for when it has waited for its peer */
	ipc_answer *fn;
	void *arg;
};

struct ipc_req {
	TAILQ_ENTRY(ipc_req) link;
	struct ipc_chan *c; /* NULL: the caller is gone */
	enum role role;
	unsigned num, type;
	uint64_t id; /* 0: a notification */
};

/* A packet that waits: to be sent, or to be handled (kept by ipc_call_sync). */
struct packet {
	TAILQ_ENTRY(packet) link;
	struct ipc_hdr h;
	int fds[LIM_IPC_FDS];
	unsigned nfds;
	bool sync; /* of a blocking call: not in the table of calls */
	size_t n;
	char body[];
};
TAILQ_HEAD(packets, packet);

struct ipc_chan {
	struct loop *l;
	int fd;
	struct loop_io *io;
	struct loop_wake *wake;
	struct loop_timer *timer;
	int64_t timer_at; /* 0: not set */
	enum role role;
	unsigned num;
	const struct ipc_op *ops;
	unsigned nops;
	void *ctx, *data;
	void (*on_close)(void *ctx, struct ipc_chan *c);
	TAILQ_HEAD(, call) calls;
	TAILQ_HEAD(, ipc_req) reqs;
	struct packets out, kept;
	unsigned ncalls, nreqs, nout, nkept;
	size_t out_bytes;
	unsigned busy;
	bool shut, closed_told, freed;
	bool waiting; /* no peer yet, no socket */
	bool held;    /* not reading for now */
	bool retry;   /* the kernel is short of something: try again by timer */
};

/* call.c */
uint64_t ipc_call_next_id(void);
/* Was there ever a call of this number? */
bool ipc_call_was(uint64_t id);
struct call *ipc_call_find(uint64_t id);
void ipc_call_unlink(struct call *k);
/* The one place that tells a caller. Frees the call. */
void ipc_call_end(struct call *k, const struct err *e, struct ipc_msg *m);
/* Fail from the loop. */
void ipc_call_fail_later(struct call *k, struct loop *l, enum ec code, const char *why,
			 const char *who);

/* send.c */
struct packet *ipc_packet_new(const struct ipc_hdr *h, struct str body, const int *fds,
			      unsigned nfds);
void ipc_packets_free(struct packets *q);
/* The timer runs at `at` or before. */
void ipc_chan_arm(struct ipc_chan *c, int64_t at);
/* Send or queue; takes the descriptors. False when the channel is shut or its queue is full. */
bool ipc_chan_send(struct ipc_chan *c, const struct ipc_hdr *h, struct str body, const int *fds,
		   unsigned nfds);
void ipc_chan_flush(struct ipc_chan *c);

/* recv.c */
void ipc_chan_receive(struct ipc_chan *c);
void ipc_chan_dispatch_kept(struct ipc_chan *c);

/* req.c */
void ipc_req_on_packet(struct ipc_chan *c, const struct ipc_hdr *h, struct ipc_msg *m);
/* The body of an IPC_K_ERROR; false when it is malformed. */
bool ipc_error_get(struct str body, struct err *e);

/* chan.c */
/* Close the socket; the rest (pending calls, on_close) happens from the loop. */
void ipc_chan_shut(struct ipc_chan *c);
/* Likewise, and say in the log what the peer did. */
void ipc_chan_bad(struct ipc_chan *c, const char *why, unsigned type);

#endif
