/*
 * Requests and replies between processes of the suite: SOCK_SEQPACKET pairs, one packet a message,
 * descriptors by SCM_RIGHTS. Identity is the channel: the master made the pair and told both ends
 * who is at the other one. The receiver decides what it accepts: an unknown type, a caller that is
 * not in the row's mask, a wrong number of descriptors, a malformed body: the channel is closed and
 * logged, nothing else happens.
 *
 * Both ends may call and both may answer, each within what its own table of struct ipc_op allows.
 *
 * SECURITY: bytes come from processes that may have been taken over by an attacker. Worst case of a
 * lying peer is the loss of its own channel.
 */
#ifndef MOX_IPC_IPC_H
#define MOX_IPC_IPC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/wire.h"
#include "event/loop.h"

#define IPC_VERSION 1

/* Message types: one number for each message of all services, from messages.def. Replies travel
 * with the type of the request. */
enum ipc_type {
	IPC_NONE = 0,
#define IPC_MSG(ID, name) IPC_##ID,
#include "ipc/messages.def"
#undef IPC_MSG
	IPC_TYPE_COUNT
};
const char *ipc_type_name(unsigned type);

struct ipc_chan;
struct ipc_req; /* a request that we received and still owe an answer */

/* A message as received: fields are read from `body`; descriptors belong to the handler once it
 * takes them with ipc_msg_take_fd, the others are closed when the handler returns. */
struct ipc_msg {
	enum ipc_type type;
	struct str body;
	int fds[LIM_IPC_FDS];
	unsigned nfds;
};
/* The i-th descriptor, now the caller's; -1 when there is none. */
int ipc_msg_take_fd(struct ipc_msg *m, unsigned i);

/* A handler answers with ipc_reply or ipc_reply_err, now or later (it may keep `req`). Returning
 * false says that the body was malformed: the channel is closed. After false, do not answer. */
typedef bool ipc_handler(void *ctx, struct ipc_req *req, struct ipc_msg *m);

/* What a process accepts: type, from whom, descriptors expected (min, max), handler. */
struct ipc_op {
	enum ipc_type type;
	uint32_t from; /* ROLE_BIT mask */
	unsigned min_fds, max_fds;
	ipc_handler *fn;
};

/* Called when an answer arrived (err NULL, m readable), or with err set and m NULL: the peer
 * answered with an error, its channel closed, or the deadline passed (EC_TIMEOUT). Exactly once per
 * call unless cancelled. */
typedef void ipc_answer(void *arg, const struct err *e, struct ipc_msg *m);

/* The channel takes over `fd`. `ops` (nops rows) is borrowed for its whole life; `ctx` goes to
 * handlers. `on_close` is called once, from the loop, when the peer is gone or lied; all pending
 * calls were failed before. The owner then calls ipc_chan_free. */
struct ipc_chan *ipc_chan_new(struct loop *l, int fd, enum role peer, unsigned peer_num,
			      const struct ipc_op *ops, unsigned nops, void *ctx,
			      void (*on_close)(void *ctx, struct ipc_chan *c));
/* Leave what arrives unread (the socket keeps it) until hold is off again; ipc_call_sync still
 * reads. */
void ipc_chan_hold(struct ipc_chan *c, bool on);
/* Fails pending calls (EC_TIMEOUT) without calling on_close; unanswered requests are forgotten. */
void ipc_chan_free(struct ipc_chan **c);
enum role ipc_chan_role(const struct ipc_chan *c);
unsigned ipc_chan_num(const struct ipc_chan *c);
/* A channel whose peer is down, and expected back: calls wait in it, at most LIM_PEER_WAIT_MS each;
 * notifications are dropped. It is never open. When the peer is there, the calls that still wait
 * move to its channel, and *waiting is freed. */
struct ipc_chan *ipc_chan_new_waiting(struct loop *l, enum role peer, unsigned peer_num);
void ipc_chan_adopt(struct ipc_chan *c, struct ipc_chan **waiting);
/* For the owner's own use. */
void ipc_chan_set_data(struct ipc_chan *c, void *data);
void *ipc_chan_data(const struct ipc_chan *c);
bool ipc_chan_is_open(const struct ipc_chan *c);

/* Send a request. `body` is copied. Descriptors are the channel's from here on, whatever happens.
 * deadline_ms 0 means LIM_IPC_DEADLINE_MS. Returns a call id for ipc_cancel, never 0. A channel
 * that is NULL, closed or full answers with EC_TIMEOUT from the loop, not from inside this call.
 * `l` is used only when c is NULL. */
uint64_t ipc_call(struct loop *l, struct ipc_chan *c, enum ipc_type type, struct str body,
		  const int *fds, unsigned nfds, int64_t deadline_ms, ipc_answer *fn, void *arg);
/* Forget the call: fn is not called, a late answer is dropped (its descriptors closed). Id 0 and
 * ids that are done are fine. */
void ipc_cancel(uint64_t id);
/* A message that wants no answer (request id 0 on the wire). Dropped when the channel is NULL or
 * shut. */
void ipc_notify(struct ipc_chan *c, enum ipc_type type, struct str body, const int *fds,
		unsigned nfds);
/* Blocking call for the one place that cannot wait in the loop (a TLS signature). Answers to other
 * calls that arrive meanwhile are kept for the loop. 0, or -1; the reply body is appended to `out`.
 */
int ipc_call_sync(struct ipc_chan *c, enum ipc_type type, struct str body, int64_t deadline_ms,
		  struct buf *out, struct err *e) __attribute__((warn_unused_result));

/* Who asked. Valid until the reply; the caller may die meanwhile, then replies go nowhere. */
enum role ipc_req_role(const struct ipc_req *r);
unsigned ipc_req_num(const struct ipc_req *r);
struct ipc_chan *ipc_req_chan(const struct ipc_req *r); /* NULL when it has closed */
/* A notification: ipc_reply on it does nothing but free. */
bool ipc_req_is_notify(const struct ipc_req *r);
/* Answer and forget. Descriptors move to the channel. */
void ipc_reply(struct ipc_req **r, struct str body, const int *fds, unsigned nfds);
void ipc_reply_err(struct ipc_req **r, const struct err *e);

/*
 * Bodies. A list macro names the fields of one message:
 *
 *   #define MSG_DELIVER(U, S)  U(8, txn) S(sender, LIM_ADDR) S(rcpts, LIM_IPC_BODY) U(1, spf)
 *   IPC_BODY(deliver, MSG_DELIVER)
 *
 * defines struct msg_deliver { uint64_t txn; struct str sender; ... }, msg_deliver_put(struct buf
 * *, const struct msg_deliver *) and bool msg_deliver_get(struct str, struct msg_deliver *), which
 * refuses trailing bytes, short bodies and strings over their maximum. Strings stay borrowed from
 * the body. Lists travel as one S field filled with wr_str/wr_uint and read with struct rd.
 */
#define IPC_F_U(width, name) uint64_t name;
#define IPC_F_S(name, max) struct str name;
#define IPC_P_U(width, name) wr_uint(b_, width, m_->name);
#define IPC_P_S(name, max) wr_str(b_, m_->name);
#define IPC_G_U(width, name) m_->name = rd_uint(&r_, width);
#define IPC_G_S(name, max) m_->name = rd_str(&r_, max);
#define IPC_BODY(mname, LIST)                                                                      \
	struct msg_##mname {                                                                       \
		LIST(IPC_F_U, IPC_F_S)                                                             \
	};                                                                                         \
	static inline __attribute__((unused)) void msg_##mname##_put(struct buf *b_,               \
								     const struct msg_##mname *m_) \
	{                                                                                          \
		LIST(IPC_P_U, IPC_P_S)                                                             \
	}                                                                                          \
	static inline __attribute__((unused, warn_unused_result)) bool msg_##mname##_get(          \
		struct str s_, struct msg_##mname *m_)                                             \
	{                                                                                          \
		struct rd r_ = rd_init(s_);                                                        \
		LIST(IPC_G_U, IPC_G_S)                                                             \
		return rd_done(&r_);                                                               \
	}

/* A memfd with these bytes, sealed as the receiver wants it (below). The descriptor is the
 * caller's; -1 with EC_IO. `name` shows in /proc only. */
int ipc_fd_sealed(const char *name, struct str bytes, struct err *e)
	__attribute__((warn_unused_result));
/* True when fd is a memfd with all of write, grow, shrink and seal sealed, or (when allow_file) a
 * regular file that is unlinked, or open for reading only (a message that stays in the queue);
 * *size gets its length. */
bool ipc_fd_is_message(int fd, bool allow_file, uint64_t *size);

#endif
