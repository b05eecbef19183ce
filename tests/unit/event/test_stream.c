/*
 * Streams over socket pairs: bytes in any cut, limits, deadlines, ends, and layers. The layer of
 * these tests flips every bit and moves at most three bytes a call, so that each path of "again" is
 * taken.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "event/stream.h"
#include "tests/unit/unit.h"

static struct loop *l;
static struct stream *s;
static struct buf got;
static int far; /* the other end, used with blocking calls */
static unsigned wakes;
static bool stop_at_wake;

static void
on_wake(void *arg)
{
	(void)arg;
	wakes++;
	if (stop_at_wake)
		loop_stop(l);
}

/* Takes everything until the end of input, then frees the stream. */
static void
on_wake_collect(void *arg)
{
	struct str in = stream_in(s);

	(void)arg;
	wakes++;
	buf_putstr(&got, in);
	stream_consume(s, in.n);
	if (stream_get_state(s) != STREAM_OPEN)
		stream_free(&s);
}

static void
begin(loop_fn *fn)
{
	int fd[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
	ck_assert_int_eq(fcntl(fd[0], F_SETFL, O_NONBLOCK), 0);
	far = fd[1];
	l = loop_new();
	s = stream_new(l, fd[0], fn, NULL);
	buf_init(&got, 64 << 20);
	wakes = 0;
	stop_at_wake = true;
}

static void
finish(void)
{
	stream_free(&s);
	close(far);
	loop_free(&l);
	buf_done(&got);
}

static void
put(const char *t)
{
	ck_assert_int_eq(write(far, t, strlen(t)), (ssize_t)strlen(t));
}

START_TEST(test_bytes)
{
	begin(on_wake_collect);
	put("hello ");
	put("world");
	shutdown(far, SHUT_WR);
	loop_run(l);
	ck_assert_ptr_null(s);
	ck_assert_str_is(buf_str(&got), STR("hello world"));
	finish();
}
END_TEST

START_TEST(test_write)
{
	char t[64];
	ssize_t n;

	begin(on_wake);
	stream_puts(s, "one ");
	stream_putstr(s, STR("two "));
	stream_printf(s, "%d", 3);
	ck_assert_uint_eq(stream_out_len(s), 9);
	stream_wake(s);
	loop_run(l);
	n = read(far, t, sizeof(t));
	ck_assert_str_is(str_mem(t, (size_t)n), STR("one two 3"));
	ck_assert_uint_eq(stream_out_len(s), 0);
	ck_assert_uint_eq(stream_bytes_out(s), 9);
	ck_assert_uint_eq(wakes, 1);
	finish();
}
END_TEST

/* Reading stops at the limit and goes on when there is room. */
START_TEST(test_input_max)
{
	begin(on_wake);
	stream_set_input_max(s, 10);
	put("0123456789abcdef");
	loop_run(l);
	ck_assert_str_is(stream_in(s), STR("0123456789"));
	stream_consume(s, 4);
	loop_run(l);
	ck_assert_str_is(stream_in(s), STR("456789abcd"));
	stream_set_reading(s, false);
	stream_consume(s, 10);
	stream_set_deadline(s, 5);
	loop_run(l);
	ck_assert_int_eq(stream_get_state(s), STREAM_TIMEOUT);
	ck_assert_uint_eq(stream_in(s).n, 0);
	stream_set_deadline(s, 0);
	ck_assert_int_eq(stream_get_state(s), STREAM_OPEN);
	stream_set_reading(s, true);
	loop_run(l);
	ck_assert_str_is(stream_in(s), STR("ef"));
	ck_assert_uint_eq(stream_bytes_in(s), 16);
	finish();
}
END_TEST

static void
on_far(void *arg, int fd, unsigned what)
{
	char t[70000];
	ssize_t n = read(fd, t, sizeof(t));

	(void)what;
	ck_assert_int_gt(n, 0);
	buf_put(&got, t, (size_t)n);
	if (got.n == *(size_t *)arg)
		loop_stop(l);
}

/* More than the socket takes: full is reported, the rest follows, the user is woken when it
 * drained. */
START_TEST(test_output_full)
{
	size_t total = 0;
	struct loop_io *io;
	char t[1000];

	begin(on_wake);
	stop_at_wake = false;
	memset(t, 'x', sizeof(t));
	while (total < 4 << 20) {
		stream_write(s, t, sizeof(t));
		total += sizeof(t);
	}
	ck_assert(stream_out_full(s));
	io = loop_io_new(l, far, on_far, &total);
	loop_io_set(io, LOOP_READ);
	loop_run(l);
	ck_assert_uint_eq(got.n, total);
	ck_assert_uint_ge(wakes, 1);
	ck_assert(!stream_out_full(s));
	loop_io_free(&io);
	finish();
}
END_TEST

START_TEST(test_reset)
{
	begin(on_wake);
	stream_puts(s, "x");
	close(far);
	far = -1;
	loop_run(l);
	while (stream_get_state(s) == STREAM_EOF) {
		stream_puts(s, "x");
		loop_run(l);
	}
	ck_assert_int_eq(stream_get_state(s), STREAM_BROKEN);
	stream_puts(s, "dropped");
	ck_assert_uint_le(stream_out_len(s), 3);
	finish();
}
END_TEST

START_TEST(test_close_when_sent)
{
	char t[64];
	ssize_t n;

	begin(on_wake);
	put("unread");
	stream_puts(s, "bye");
	stream_close_when_sent(&s, 5000);
	ck_assert_ptr_null(s);
	n = recv(far, t, sizeof(t), MSG_DONTWAIT);
	ck_assert_int_eq(n, -1); /* nothing leaves before the loop turns */
	shutdown(far, SHUT_WR);
	loop_run(l); /* ends: the stream freed itself */
	n = read(far, t, sizeof(t));
	ck_assert_str_is(str_mem(t, (size_t)n), STR("bye"));
	ck_assert_int_eq(read(far, t, sizeof(t)), 0);
	ck_assert_uint_eq(wakes, 0);
	finish();
}
END_TEST

/* A peer that neither reads nor closes is left after the time given. */
START_TEST(test_close_deadline)
{
	char t[100000];

	begin(on_wake);
	memset(t, 'x', sizeof(t));
	for (int i = 0; i < 40; i++)
		stream_write(s, t, sizeof(t));
	stream_close_when_sent(&s, 20);
	loop_run(l);
	finish();
}
END_TEST

/* ---- layers ---- */

struct flip {
	int steps; /* handshake calls until it is done */
	bool fail, closed;
	unsigned turn;
	bool *freed;
};

static ssize_t
flip_io(struct flip *f, ssize_t r, char *p)
{
	if (r < 0)
		return errno == EAGAIN ? -1 : STREAM_IO_ERROR;
	(void)f;
	for (ssize_t i = 0; i < r; i++)
		p[i] = (char)~p[i];
	return r;
}

static ssize_t
flip_read(void *arg, int fd, void *p, size_t n)
{
	struct flip *f = arg;
	ssize_t r = recv(fd, p, MIN(n, 3), 0);

	if (r == 0)
		return STREAM_IO_EOF;
	return flip_io(f, r, p);
}

static ssize_t
flip_write(void *arg, int fd, const void *p, size_t n)
{
	struct flip *f = arg;
	char t[3];
	ssize_t r;

	ck_assert_uint_le(n, LIM_TLS_RECORD);
	if (++f->turn % 3 == 0) /* sometimes nothing moves */
		return STREAM_IO_AGAIN_W;
	n = MIN(n, sizeof(t));
	for (size_t i = 0; i < n; i++)
		t[i] = (char)~((const char *)p)[i];
	r = send(fd, t, n, MSG_NOSIGNAL);
	return r < 0 ? (errno == EAGAIN ? STREAM_IO_AGAIN_W : STREAM_IO_ERROR) : r;
}

static void
flip_close(void *arg, int fd)
{
	struct flip *f = arg;

	f->closed = true;
	(void)!send(fd, "\xff", 1, MSG_NOSIGNAL);
}

static void
flip_free(void *arg)
{
	struct flip *f = arg;

	*f->freed = f->closed;
	mem_free(f);
}

/* One byte each way and turn. */
static int
flip_handshake(void *arg, int fd)
{
	struct flip *f = arg;
	char c;

	if (f->steps % 2 == 0) {
		if (send(fd, "h", 1, MSG_NOSIGNAL) != 1)
			return STREAM_IO_AGAIN_W;
	} else {
		ssize_t r = recv(fd, &c, 1, 0);

		if (r < 0)
			return STREAM_IO_AGAIN_R;
		if (r == 0)
			return STREAM_IO_ERROR;
	}
	if (--f->steps > 0)
		return f->steps % 2 == 0 ? STREAM_IO_AGAIN_W : STREAM_IO_AGAIN_R;
	return f->fail ? STREAM_IO_ERROR : 0;
}

static const struct stream_layer flip_layer = { flip_read, flip_write, flip_close, flip_free,
						flip_handshake };

static struct flip *
flip_new(int steps, bool fail, bool *freed)
{
	struct flip *f = MEM_NEW(struct flip);

	f->steps = steps;
	f->fail = fail;
	f->freed = freed;
	*freed = false;
	return f;
}

static void
on_wake_echo(void *arg)
{
	struct str in = stream_in(s);

	(void)arg;
	if (stream_in_handshake(s))
		return;
	stream_putstr(s, in);
	stream_consume(s, in.n);
	if (stream_get_state(s) == STREAM_EOF)
		stream_close_when_sent(&s, 5000);
	else if (stream_get_state(s) == STREAM_BROKEN)
		stream_free(&s);
}

/* Plain text before, handshake, then echo through the layer; more than one buffer of it. */
START_TEST(test_layer)
{
	enum { N = 200000 };
	bool freed;
	size_t want = 3 + 2 + N + 1, sent = 0;
	struct loop_io *io;
	char *t = mem_alloc(N);

	begin(on_wake_echo);
	for (int i = 0; i < N; i++)
		t[i] = (char)(i * 7);
	stream_puts(s, "go\n");
	stream_push_layer(s, &flip_layer, flip_new(4, false, &freed));
	ck_assert(stream_in_handshake(s));
	ck_assert_ptr_nonnull(stream_layer_arg(s));
	io = loop_io_new(l, far, on_far, &want);
	loop_io_set(io, LOOP_READ);
	put("HH");
	(void)fcntl(far, F_SETFL, O_NONBLOCK);
	while (sent < N || got.n < want - 1) {
		if (sent < N) {
			ssize_t r = write(far, t + sent, N - sent);

			if (r > 0)
				sent += (size_t)r;
			if (sent == N)
				shutdown(far, SHUT_WR);
		}
		stream_wake(s);
		struct loop_timer *tick = loop_timer_new(l, (loop_fn *)loop_stop, l);

		loop_timer_set(tick, 1);
		loop_run(l);
		loop_timer_free(&tick);
		if (s == NULL)
			break;
	}
	if (got.n < want)
		loop_run(l);
	ck_assert(freed);
	ck_assert_uint_eq(got.n, want);
	ck_assert_str_is(str_sub(buf_str(&got), 0, 5), STR("go\nhh"));
	ck_assert_str_is(str_sub(buf_str(&got), 5, want - 1), str_mem(t, N));
	loop_io_free(&io);
	mem_free(t);
	finish();
}
END_TEST

START_TEST(test_layer_fails)
{
	bool freed;

	begin(on_wake);
	stream_push_layer(s, &flip_layer, flip_new(2, true, &freed));
	put("H");
	loop_run(l);
	ck_assert(!stream_in_handshake(s));
	ck_assert_int_eq(stream_get_state(s), STREAM_BROKEN);
	stream_free(&s);
	ck_assert(!freed); /* a broken one says no goodbye */
	finish();
}
END_TEST

/* The peer leaves in the handshake; the user leaves in the handshake. */
START_TEST(test_layer_left)
{
	bool freed;

	begin(on_wake);
	stream_push_layer(s, &flip_layer, flip_new(3, false, &freed));
	shutdown(far, SHUT_WR);
	loop_run(l);
	ck_assert_int_eq(stream_get_state(s), STREAM_BROKEN);
	finish();
	begin(on_wake);
	stream_push_layer(s, &flip_layer, flip_new(3, false, &freed));
	stream_close_when_sent(&s, 100000);
	loop_run(l);
	finish();
}
END_TEST

static void
on_wake_free(void *arg)
{
	(void)arg;
	stream_free(&s);
}

START_TEST(test_free_in_wake)
{
	begin(on_wake_free);
	put("x");
	stream_puts(s, "unsent");
	loop_run(l);
	ck_assert_ptr_null(s);
	finish();
}
END_TEST

START_TEST(test_deadlines)
{
	begin(on_wake);
	stream_set_deadline(s, 100000);
	stream_set_deadline(s, 3); /* earlier */
	loop_run(l);
	ck_assert_int_eq(stream_get_state(s), STREAM_TIMEOUT);
	stream_set_deadline(s, 3);
	stream_set_deadline(s, 10); /* later: the timer finds out */
	ck_assert_int_eq(stream_get_state(s), STREAM_OPEN);
	loop_run(l);
	ck_assert_int_eq(stream_get_state(s), STREAM_TIMEOUT);
	ck_assert_uint_eq(wakes, 2);
	put("still works");
	loop_run(l);
	ck_assert_str_is(stream_in(s), STR("still works"));
	finish();
}
END_TEST

/* Input may be a password: nothing of it stays once it was used. */
START_TEST(test_wiped)
{
	const char *p;

	begin(on_wake);
	put("secret rest");
	loop_run(l);
	p = stream_in(s).p;
	stream_consume(s, 6);
	for (unsigned i = 0; i < 6; i++)
		ck_assert_int_eq(p[i], 0);
	ck_assert_str_is(stream_in(s), STR(" rest"));
	finish();
}
END_TEST

UNIT_MAIN("stream", test_bytes, test_write, test_input_max, test_output_full, test_reset,
	  test_close_when_sent, test_close_deadline, test_layer, test_layer_fails, test_layer_left,
	  test_free_in_wake, test_deadlines, test_wiped)
