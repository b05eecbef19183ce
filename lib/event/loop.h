/*
 * The event loop: descriptors, timers, signals and wake-ups over libevent, which nobody else
 * includes. Callbacks are called by the loop only, never from inside a loop_* call, so an object
 * may be freed in its own callback. One loop a process; no threads.
 */
#ifndef MOX_EVENT_LOOP_H
#define MOX_EVENT_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_io;
struct loop_timer;
struct loop_wake;

enum { LOOP_READ = 1, LOOP_WRITE = 2 };

typedef void loop_io_fn(void *arg, int fd, unsigned what); /* what: LOOP_READ | LOOP_WRITE */
typedef void loop_fn(void *arg);

/* NULL only when the kernel has no epoll to give. */
struct loop *loop_new(void);
void loop_free(struct loop **l);
/* Until loop_stop, or nothing is left to wait for. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);
/* Monotonic milliseconds, cached per turn. */
int64_t loop_now(struct loop *l);

/* Watch `fd`, which stays the caller's. Nothing is reported until loop_io_set. Level-triggered. */
struct loop_io *loop_io_new(struct loop *l, int fd, loop_io_fn *fn, void *arg);
void loop_io_set(struct loop_io *io, unsigned what);
void loop_io_free(struct loop_io **io);

/* One-shot timers. set replaces an earlier setting; ms >= 0. */
struct loop_timer *loop_timer_new(struct loop *l, loop_fn *fn, void *arg);
void loop_timer_set(struct loop_timer *t, int64_t ms);
void loop_timer_stop(struct loop_timer *t);
bool loop_timer_is_set(const struct loop_timer *t);
void loop_timer_free(struct loop_timer **t);

/* A wake-up: after loop_wake, fn is called once from the top of the loop. Waking twice before that
 * costs nothing. Wakes raised while fns run are called in the next turn, after I/O was polled. */
struct loop_wake *loop_wake_new(struct loop *l, loop_fn *fn, void *arg);
void loop_wake(struct loop_wake *w);
void loop_wake_free(struct loop_wake **w);
/* A wake-up that is called after the turn-end hook, still in the same turn: for sending what the
 * turn produced in one piece. */
struct loop_wake *loop_late_new(struct loop *l, loop_fn *fn, void *arg);

/* Called from the loop, not in signal context. Lives until the loop is freed. */
void loop_signal(struct loop *l, int signo, loop_fn *fn, void *arg);

/* fn runs at the end of each turn in which any callback ran: group commit. One per loop. */
void loop_on_turn_end(struct loop *l, loop_fn *fn, void *arg);

#endif
