/*
 * A byte stream to a client or server: socket, input and output buffers, deadlines. It hides what
 * is below (plain now, TLS or deflate through struct stream_layer). It never calls its user but
 * through the wake function, from the top of the loop, after: input arrived, output drained below
 * the low mark, end of input, an error, or the deadline passed. The user looks at the state and
 * acts.
 *
 * Idle streams hold no input or output memory.
 */
#ifndef MOX_EVENT_STREAM_H
#define MOX_EVENT_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "event/loop.h"

struct sockaddr_storage;
struct stream;

enum stream_state {
	STREAM_OPEN,
	STREAM_EOF,	/* peer ended its side properly; input may still be unread */
	STREAM_BROKEN,	/* reset, TLS failure, or TLS ended without close_notify */
	STREAM_TIMEOUT, /* deadline passed; the stream still works until closed */
};

/* Result of a layer's read or write: bytes moved, or one of these. */
enum { STREAM_IO_AGAIN_R = -1, STREAM_IO_AGAIN_W = -2, STREAM_IO_EOF = -3, STREAM_IO_ERROR = -4 };

/* What a TLS or compression layer supplies. `fd` is the non-blocking socket; `arg` is the layer's.
 */
struct stream_layer {
	ssize_t (*read)(void *arg, int fd, void *p, size_t n);
	ssize_t (*write)(void *arg, int fd, const void *p, size_t n);
	/* Send close_notify, best effort, never blocks. */
	void (*close)(void *arg, int fd);
	void (*free)(void *arg);
	/* Handshake step: 0 done, or STREAM_IO_AGAIN_R/W, STREAM_IO_ERROR. NULL: none needed. */
	int (*handshake)(void *arg, int fd);
};

/* Takes ownership of the non-blocking `fd`. `wake` is called as described above. */
struct stream *stream_new(struct loop *l, int fd, loop_fn *wake, void *arg);
/* A TCP connection to `peer`. The user is woken when it is there (stream_in_handshake is true until
 * then) or has failed (STREAM_BROKEN, see stream_errno); how long to wait is the deadline's matter.
 * NULL when it can't even begin. */
struct stream *stream_connect(struct loop *l, const struct sockaddr_storage *peer, loop_fn *wake,
			      void *arg, struct err *e);
/* Ends with the layer's close, then close(2). Unsent output is dropped: see stream_close_when_sent.
 */
void stream_free(struct stream **s);
/* Replace the current layer; its handshake runs in the loop and input bytes already buffered must
 * be none (asserted: callers test stream_in(s).n first, RFC 3207 6). The stream frees it. */
void stream_push_layer(struct stream *s, const struct stream_layer *layer, void *arg);
/* True from stream_push_layer until the handshake ended, and from stream_connect until connected.
 * Failure gives STREAM_BROKEN. */
bool stream_in_handshake(const struct stream *s);
void *stream_layer_arg(const struct stream *s); /* NULL when plain */

enum stream_state stream_get_state(const struct stream *s);
/* Why a plain stream is broken; 0 when unknown. */
int stream_errno(const struct stream *s);
int stream_fd(const struct stream *s);
/* Wake the user in the next turn (also used after STEP_MORE). */
void stream_wake(struct stream *s);

/* All buffered input; borrowed until the next call on the stream. Reading from the socket stops at
 * `stream_set_input_max` bytes (default LIM_INPUT) and while stream_set_reading is false. */
struct str stream_in(struct stream *s);
void stream_consume(struct stream *s, size_t n);
void stream_set_input_max(struct stream *s, size_t max);
void stream_set_reading(struct stream *s, bool on);

/* Queue output; sent by the loop, coalesced to records of at most 16 KB. Never fails; errors show
 * in the state. Callers stop producing while stream_out_full (more than LIM_OUTPUT waits) and are
 * woken when it has drained below half of that. */
void stream_write(struct stream *s, const void *p, size_t n);
void stream_puts(struct stream *s, const char *text);
void stream_putstr(struct stream *s, struct str text);
void stream_printf(struct stream *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
size_t stream_out_len(const struct stream *s);
bool stream_out_full(const struct stream *s);
/* Stop reading, send what waits (at most ms), then free the stream by itself. Clears *s; no more
 * wakes reach the user. */
void stream_close_when_sent(struct stream **s, int64_t ms);

/* One deadline: at `ms` from now the state becomes STREAM_TIMEOUT and the user is woken; 0 cancels.
 * Progress of output pushes a write deadline by itself (5 min, then STREAM_BROKEN). */
void stream_set_deadline(struct stream *s, int64_t ms);

/* Counters since the start: bytes from and to the peer, above the layer. */
uint64_t stream_bytes_in(const struct stream *s);
uint64_t stream_bytes_out(const struct stream *s);

#endif
