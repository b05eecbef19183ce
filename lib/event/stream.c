/*
 * Streams. Socket events and the user's writes only record what is to be done; output leaves in the
 * late part of the turn, the user is woken through a loop_wake. One read buffer and one write
 * buffer, both freed as soon as they are empty, so that an idle stream costs this struct alone.
 */
#include "event/stream.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "event/stream_int.h"

struct stream {
	struct loop *l;
	int fd;
	struct loop_io *io;
	struct loop_wake *wake, *flush;
	struct loop_timer *timer;	  /* made at the first deadline */
	int64_t timer_at;		  /* when it fires; 0: not set */
	int64_t deadline, write_deadline; /* loop_now() times; 0: none */
	loop_fn *fn;
	void *arg;
	const struct stream_layer *layer;
	void *layer_arg;
	struct buf in, out;
	size_t pre; /* output bytes that must leave before the handshake starts */
	size_t in_max;
	size_t chunk; /* size of the next read */
	uint64_t n_in, n_out;
	bool reading, eof, broken, timeout;
	bool handshake, hs_write;	  /* in the handshake; it waits to write */
	bool connecting;		  /* the handshake is TCP's */
	int sys;			  /* errno that broke it */
	bool read_wants_w, write_wants_r; /* TLS: waits for the other direction */
	bool read_again;	 /* the layer may hold input that the socket won't announce */
	bool user_wake;		 /* the user is to be woken */
	bool was_full, blocked;	 /* the user is told when output has drained */
	bool closing, lingering; /* the user has left */
};

static void on_wake(void *arg);
static void on_flush(void *arg);
static void on_io(void *arg, int fd, unsigned what);
static void on_timer(void *arg);

static ssize_t
io_error(struct stream *s, ssize_t again)
{
	if (errno == EAGAIN)
		return again;
	s->sys = errno;
	return STREAM_IO_ERROR;
}

static ssize_t
plain_read(struct stream *s, void *p, size_t n)
{
	ssize_t r;

	do
		r = recv(s->fd, p, n, 0);
	while (r < 0 && errno == EINTR);
	if (r > 0)
		return r;
	return r == 0 ? STREAM_IO_EOF : io_error(s, STREAM_IO_AGAIN_R);
}

static ssize_t
plain_write(struct stream *s, const void *p, size_t n)
{
	ssize_t r;

	do
		r = send(s->fd, p, n, MSG_NOSIGNAL);
	while (r < 0 && errno == EINTR);
	return r >= 0 ? r : io_error(s, STREAM_IO_AGAIN_W);
}

static ssize_t
layer_read(struct stream *s, void *p, size_t n)
{
	return s->layer != NULL ? s->layer->read(s->layer_arg, s->fd, p, n) : plain_read(s, p, n);
}

static ssize_t
layer_write(struct stream *s, const void *p, size_t n)
{
	return s->layer != NULL ? s->layer->write(s->layer_arg, s->fd, p, n) : plain_write(s, p, n);
}

struct stream *
stream_new(struct loop *l, int fd, loop_fn *wake, void *arg)
{
	struct stream *s = MEM_NEW(struct stream);

	s->l = l;
	s->fd = fd;
	s->fn = wake;
	s->arg = arg;
	s->in_max = LIM_INPUT;
	s->chunk = LIM_READ_MIN;
	s->reading = true;
	buf_init(&s->in, SIZE_MAX / 2);
	buf_init(&s->out, LIM_OUTPUT_MAX);
	s->io = loop_io_new(l, fd, on_io, s);
	s->wake = loop_wake_new(l, on_wake, s);
	s->flush = loop_late_new(l, on_flush, s);
	loop_io_set(s->io, LOOP_READ);
	return s;
}

void
stream_set_connecting(struct stream *s)
{
	s->connecting = s->handshake = s->hs_write = true;
	loop_io_set(s->io, LOOP_WRITE);
}

void
stream_free(struct stream **sp)
{
	struct stream *s = *sp;

	if (s == NULL)
		return;
	*sp = NULL;
	if (s->layer != NULL) {
		if (!s->broken && !s->lingering && s->layer->close != NULL)
			s->layer->close(s->layer_arg, s->fd);
		if (s->layer->free != NULL)
			s->layer->free(s->layer_arg);
	}
	loop_io_free(&s->io);
	loop_wake_free(&s->wake);
	loop_wake_free(&s->flush);
	loop_timer_free(&s->timer);
	buf_wipe(&s->in);
	buf_done(&s->out);
	close(s->fd);
	mem_free(s);
}

/* What the socket is watched for follows from the state alone. */
static void
update_io(struct stream *s)
{
	unsigned what = 0;

	if (s->broken)
		what = 0;
	else if (s->lingering)
		what = LOOP_READ;
	else if (s->handshake && s->pre == 0)
		what = s->hs_write ? LOOP_WRITE : LOOP_READ;
	else {
		if (s->reading && !s->eof && !s->closing && s->in.n < s->in_max && !s->handshake)
			what |= s->read_wants_w ? LOOP_WRITE : LOOP_READ;
		if (s->out.n > 0 && s->blocked)
			what |= s->write_wants_r ? LOOP_READ : LOOP_WRITE;
	}
	loop_io_set(s->io, what);
}

/* One timer for both deadlines. It is not moved when a deadline moves later: it finds out by
 * itself. */
static void
update_timer(struct stream *s)
{
	int64_t at = s->deadline, now;

	if (s->write_deadline != 0 && (at == 0 || s->write_deadline < at))
		at = s->write_deadline;
	if (at == 0 || (s->timer_at != 0 && s->timer_at <= at))
		return;
	if (s->timer == NULL)
		s->timer = loop_timer_new(s->l, on_timer, s);
	now = loop_now(s->l);
	loop_timer_set(s->timer, at > now ? at - now : 0);
	s->timer_at = at;
}

static void
wake_user(struct stream *s)
{
	s->user_wake = true;
	loop_wake(s->wake);
}

static void
set_broken(struct stream *s)
{
	s->broken = true;
	s->handshake = false;
	s->read_again = false;
	wake_user(s);
	update_io(s);
}

/* Read what is there, up to in_max and to a fair share of the turn. A plain socket that gave less
 * than asked for is empty; a layer is asked until it says so, since it may hold more than the
 * socket. */
static void
read_more(struct stream *s)
{
	int left = LIM_STEPS_PER_TURN;
	size_t want;
	ssize_t r;
	char *p;

	s->read_again = false;
	s->read_wants_w = false;
	/* Between STARTTLS and the end of the handshake nothing is input. */
	while (s->reading && !s->eof && !s->broken && !s->closing && !s->handshake &&
	       s->in.n < s->in_max) {
		if (left-- == 0) {
			s->read_again = true;
			loop_wake(s->wake);
			break;
		}
		want = MIN(s->chunk, s->in_max - s->in.n);
		p = buf_reserve(&s->in, want);
		r = layer_read(s, p, want);
		if (r > 0) {
			buf_commit(&s->in, (size_t)r);
			s->n_in += (uint64_t)r;
			s->user_wake = true;
			if ((size_t)r == s->chunk)
				s->chunk = MIN(s->chunk * 4, LIM_INPUT);
			else if ((size_t)r < s->chunk / 4)
				s->chunk = MAX(s->chunk / 4, LIM_READ_MIN);
			if (s->layer == NULL && (size_t)r < want)
				break;
			continue;
		}
		if (r == STREAM_IO_EOF) {
			s->eof = true;
			s->user_wake = true;
		} else if (r == STREAM_IO_AGAIN_W) {
			s->read_wants_w = true;
		} else if (r != STREAM_IO_AGAIN_R) {
			set_broken(s);
		}
		break;
	}
	if (s->layer != NULL && !s->eof && !s->broken && s->in.n >= s->in_max)
		s->read_again = true;
	buf_shrink(&s->in);
	if (s->user_wake)
		loop_wake(s->wake);
	update_io(s);
}

static void
start_linger(struct stream *s)
{
	if (s->layer != NULL && s->layer->close != NULL)
		s->layer->close(s->layer_arg, s->fd);
	shutdown(s->fd, SHUT_WR);
	s->lingering = true;
	s->deadline = MIN(s->deadline, loop_now(s->l) + LIM_LINGER_MS);
	s->timer_at = 0;
	update_timer(s);
	update_io(s);
}

/* False when the stream freed itself. */
static bool
after_write(struct stream *s)
{
	if (s->broken && s->closing) {
		stream_free(&s);
		return false;
	}
	if (s->out.n == 0 || s->broken) {
		if (s->out.n == 0)
			buf_shrink(&s->out);
		s->write_deadline = 0;
		if (s->blocked || s->was_full)
			wake_user(s);
		s->blocked = s->was_full = false;
		if (s->closing && !s->lingering && !s->handshake)
			start_linger(s);
	} else if (s->was_full && s->out.n <= LIM_OUTPUT / 2) {
		s->was_full = false;
		wake_user(s);
	}
	update_io(s);
	return true;
}

static void handshake_step(struct stream *s);

/* Send what can be sent. False when the stream freed itself. */
static bool
write_more(struct stream *s)
{
	bool moved = false;
	ssize_t r;
	size_t n;

	s->write_wants_r = false;
	while (s->out.n > 0 && !s->broken && !(s->handshake && s->pre == 0)) {
		n = s->layer != NULL && s->pre == 0 ? MIN(s->out.n, LIM_TLS_RECORD) : s->out.n;
		if (s->pre > 0) {
			n = s->pre;
			r = plain_write(s, buf_str(&s->out).p, n);
		} else {
			r = layer_write(s, buf_str(&s->out).p, n);
		}
		if (r > 0) {
			buf_consume(&s->out, (size_t)r);
			if (s->pre > 0) {
				s->pre -= (size_t)r;
				if (s->pre == 0)
					handshake_step(s);
			} else {
				s->n_out += (uint64_t)r;
			}
			moved = true;
			continue;
		}
		if (r == STREAM_IO_AGAIN_R)
			s->write_wants_r = true;
		else if (r != STREAM_IO_AGAIN_W && r != 0) {
			set_broken(s);
			break;
		}
		s->blocked = true;
		if (moved || s->write_deadline == 0)
			s->write_deadline = loop_now(s->l) + LIM_WRITE_MS;
		update_timer(s);
		break;
	}
	return after_write(s);
}

/* The socket became writable: it is connected or has failed. */
static int
connect_step(struct stream *s)
{
	socklen_t n = sizeof(s->sys);

	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &s->sys, &n) < 0)
		s->sys = errno;
	s->connecting = false;
	return s->sys == 0 ? 0 : STREAM_IO_ERROR;
}

static void
handshake_step(struct stream *s)
{
	int r = 0;

	if (s->connecting)
		r = connect_step(s);
	else if (s->layer->handshake != NULL)
		r = s->layer->handshake(s->layer_arg, s->fd);

	if (r == STREAM_IO_AGAIN_R || r == STREAM_IO_AGAIN_W) {
		s->hs_write = r == STREAM_IO_AGAIN_W;
		update_io(s);
		return;
	}
	if (r != 0) {
		set_broken(s);
		return;
	}
	s->handshake = false;
	s->read_again = true; /* the first data may have come with the last handshake message */
	if (s->out.n > 0 || s->closing)
		loop_wake(s->flush);
	wake_user(s);
	update_io(s);
}

static void
linger_read(struct stream *s)
{
	char junk[4096];
	ssize_t r;
	int left = LIM_STEPS_PER_TURN;

	do
		r = plain_read(s, junk, sizeof(junk));
	while (r > 0 && --left > 0);
	if (r == STREAM_IO_EOF || r == STREAM_IO_ERROR)
		stream_free(&s);
}

static void
on_io(void *arg, int fd, unsigned what)
{
	struct stream *s = arg;

	(void)fd;
	if (s->lingering) {
		linger_read(s);
		return;
	}
	if (s->handshake && s->pre == 0) {
		handshake_step(s);
		if (s->broken && s->closing)
			stream_free(&s);
		return;
	}
	if (s->blocked && (what & (s->write_wants_r ? LOOP_READ : LOOP_WRITE)) != 0 &&
	    !write_more(s))
		return;
	if ((what & (s->read_wants_w ? LOOP_WRITE : LOOP_READ)) != 0)
		read_more(s);
}

static void
on_wake(void *arg)
{
	struct stream *s = arg;

	if (s->read_again && !s->handshake && s->in.n < s->in_max)
		read_more(s);
	if (s->user_wake && !s->closing) {
		s->user_wake = false;
		s->fn(s->arg); /* may free s */
	}
}

static void
on_flush(void *arg)
{
	struct stream *s = arg;

	if (s->out.over)
		set_broken(s);
	write_more(s);
}

static void
on_timer(void *arg)
{
	struct stream *s = arg;
	int64_t now = loop_now(s->l);

	s->timer_at = 0;
	if (s->deadline != 0 && s->deadline <= now) {
		s->deadline = 0;
		if (s->closing) {
			stream_free(&s);
			return;
		}
		s->timeout = true;
		wake_user(s);
	}
	if (s->write_deadline != 0 && s->write_deadline <= now) {
		s->write_deadline = 0;
		set_broken(s);
		if (s->closing) {
			stream_free(&s);
			return;
		}
	}
	update_timer(s);
}

void
stream_push_layer(struct stream *s, const struct stream_layer *layer, void *arg)
{
	assert(s->in.n == 0 && !s->handshake && s->layer == NULL);
	s->layer = layer;
	s->layer_arg = arg;
	s->handshake = true;
	s->hs_write = false;
	s->pre = s->out.n;
	s->chunk = LIM_READ_MIN;
	if (s->pre > 0) {
		update_io(s);
		loop_wake(s->flush);
	} else {
		handshake_step(s);
	}
}

bool
stream_in_handshake(const struct stream *s)
{
	return s->handshake;
}

void *
stream_layer_arg(const struct stream *s)
{
	return s->layer != NULL ? s->layer_arg : NULL;
}

enum stream_state
stream_get_state(const struct stream *s)
{
	if (s->broken)
		return STREAM_BROKEN;
	if (s->timeout)
		return STREAM_TIMEOUT;
	return s->eof ? STREAM_EOF : STREAM_OPEN;
}

int
stream_errno(const struct stream *s)
{
	return s->sys;
}

int
stream_fd(const struct stream *s)
{
	return s->fd;
}

void
stream_wake(struct stream *s)
{
	wake_user(s);
}

struct str
stream_in(struct stream *s)
{
	return buf_str(&s->in);
}

/* Room was made: read on where reading had stopped. */
static void
resume_read(struct stream *s)
{
	if (s->read_again && s->reading && s->in.n < s->in_max)
		loop_wake(s->wake);
	update_io(s);
}

void
stream_consume(struct stream *s, size_t n)
{
	/* Passwords come this way. */
	if (s->in.n > 0)
		mem_wipe(s->in.p + s->in.off, MIN(n, s->in.n));
	buf_consume(&s->in, n);
	if (s->in.n == 0)
		buf_shrink(&s->in);
	resume_read(s);
}

void
stream_set_input_max(struct stream *s, size_t max)
{
	assert(max > 0);
	s->in_max = max;
	resume_read(s);
}

void
stream_set_reading(struct stream *s, bool on)
{
	if (s->reading == on)
		return;
	s->reading = on;
	if (on && s->layer != NULL)
		s->read_again = true;
	resume_read(s);
}

void
stream_write(struct stream *s, const void *p, size_t n)
{
	if (s->broken || s->closing)
		return;
	buf_put(&s->out, p, n);
	if (s->out.n > LIM_OUTPUT)
		s->was_full = true;
	if (!s->blocked)
		loop_wake(s->flush);
}

void
stream_puts(struct stream *s, const char *text)
{
	stream_write(s, text, strlen(text));
}

void
stream_putstr(struct stream *s, struct str text)
{
	stream_write(s, text.p, text.n);
}

void
stream_printf(struct stream *s, const char *fmt, ...)
{
	va_list ap;

	if (s->broken || s->closing)
		return;
	va_start(ap, fmt);
	buf_vprintf(&s->out, fmt, ap);
	va_end(ap);
	if (s->out.n > LIM_OUTPUT)
		s->was_full = true;
	if (!s->blocked)
		loop_wake(s->flush);
}

size_t
stream_out_len(const struct stream *s)
{
	return s->out.n;
}

bool
stream_out_full(const struct stream *s)
{
	return s->out.n > LIM_OUTPUT;
}

void
stream_close_when_sent(struct stream **sp, int64_t ms)
{
	struct stream *s = *sp;

	if (s == NULL)
		return;
	*sp = NULL;
	s->closing = true;
	/* Nobody listens, nothing more can come, or it is not even set up: no need to linger. */
	if (s->broken || (s->eof && s->out.n == 0) || (s->handshake && s->pre == 0)) {
		stream_free(&s);
		return;
	}
	stream_consume(s, s->in.n);
	s->deadline = loop_now(s->l) + MAX(ms, 1);
	s->timer_at = 0;
	update_timer(s);
	loop_wake(s->flush);
	update_io(s);
}

void
stream_set_deadline(struct stream *s, int64_t ms)
{
	s->timeout = false;
	s->deadline = ms > 0 ? loop_now(s->l) + ms : 0;
	update_timer(s);
}

uint64_t
stream_bytes_in(const struct stream *s)
{
	return s->n_in;
}

uint64_t
stream_bytes_out(const struct stream *s)
{
	return s->n_out;
}
