/* Order within a turn, timers, objects freed in callbacks, signals. */
#include <signal.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "event/loop.h"
#include "tests/unit/unit.h"

static struct loop *l;
static struct buf trail; /* what ran, in order */
static struct loop_wake *wa, *wb, *late;
static struct loop_timer *timer;
static struct loop_io *io;
static int pipefd[2];

static void
begin(void)
{
	l = loop_new();
	ck_assert_ptr_nonnull(l);
	buf_init(&trail, 4096);
}

static void
finish(void)
{
	loop_free(&l);
	ck_assert_ptr_null(l);
	loop_free(&l);
	buf_done(&trail);
}

static void
on_a(void *arg)
{
	(void)arg;
	buf_putc(&trail, 'a');
	if (trail.n < 8)
		loop_wake(wb);
}

static void
on_b(void *arg)
{
	(void)arg;
	buf_putc(&trail, 'b');
	loop_wake(late);
	loop_wake(late);
}

static void
on_late(void *arg)
{
	(void)arg;
	buf_putc(&trail, 'l');
}

static void
on_turn(void *arg)
{
	(void)arg;
	buf_putc(&trail, 't');
}

START_TEST(test_turn)
{
	begin();
	wa = loop_wake_new(l, on_a, NULL);
	wb = loop_wake_new(l, on_b, NULL);
	late = loop_late_new(l, on_late, NULL);
	loop_on_turn_end(l, on_turn, NULL);
	loop_wake(wa);
	loop_wake(wa);
	loop_run(l);
	/* b was raised while a ran: the next turn; the late one after the turn-end hook. */
	ck_assert_str_is(buf_str(&trail), STR("atbtl"));
	loop_wake_free(&wa);
	loop_wake_free(&wb);
	loop_wake_free(&late);
	loop_wake_free(&late);
	finish();
}
END_TEST

static void
on_free_both(void *arg)
{
	(void)arg;
	buf_putc(&trail, 'f');
	loop_wake_free(&wa); /* itself */
	loop_wake_free(&wb); /* one that waits in the same round */
}

START_TEST(test_free_in_wake)
{
	begin();
	wa = loop_wake_new(l, on_free_both, NULL);
	wb = loop_wake_new(l, on_b, NULL);
	loop_wake(wa);
	loop_wake(wb);
	loop_run(l);
	ck_assert_str_is(buf_str(&trail), STR("f"));
	finish();
}
END_TEST

static void
on_timer(void *arg)
{
	(void)arg;
	buf_putc(&trail, 'T');
	ck_assert(!loop_timer_is_set(timer));
	if (trail.n < 3)
		loop_timer_set(timer, 1);
	else
		loop_timer_free(&timer);
}

START_TEST(test_timer)
{
	struct loop_timer *never;
	int64_t before;

	begin();
	before = loop_now(l);
	timer = loop_timer_new(l, on_timer, NULL);
	never = loop_timer_new(l, on_a, NULL);
	ck_assert(!loop_timer_is_set(timer));
	loop_timer_set(timer, 1000000);
	loop_timer_set(timer, 2); /* in place of the first */
	ck_assert(loop_timer_is_set(timer));
	loop_timer_set(never, 0);
	loop_timer_stop(never);
	loop_run(l);
	ck_assert_str_is(buf_str(&trail), STR("TTT"));
	ck_assert_int_ge(loop_now(l), before + 3);
	ck_assert_ptr_null(timer);
	loop_timer_free(&never);
	finish();
}
END_TEST

static void
on_io(void *arg, int fd, unsigned what)
{
	char c;

	(void)arg;
	ck_assert_int_eq(fd, pipefd[0]);
	ck_assert_uint_eq(what, LOOP_READ);
	ck_assert_int_eq(read(fd, &c, 1), 1);
	buf_putc(&trail, c);
	if (c == 'z')
		loop_io_free(&io); /* in its own callback */
}

START_TEST(test_io)
{
	begin();
	ck_assert_int_eq(pipe(pipefd), 0);
	ck_assert_int_eq(write(pipefd[1], "xyz", 3), 3);
	io = loop_io_new(l, pipefd[0], on_io, NULL);
	loop_run(l); /* nothing is watched yet */
	ck_assert_uint_eq(trail.n, 0);
	loop_io_set(io, LOOP_READ);
	loop_io_set(io, LOOP_READ);
	loop_run(l);
	ck_assert_str_is(buf_str(&trail), STR("xyz"));
	ck_assert_ptr_null(io);
	close(pipefd[0]);
	close(pipefd[1]);
	finish();
}
END_TEST

static void
on_signal(void *arg)
{
	buf_putc(&trail, *(char *)arg);
	loop_stop(l);
}

START_TEST(test_signal)
{
	char s = 's';

	begin();
	loop_signal(l, SIGUSR1, on_signal, &s);
	ck_assert_int_eq(raise(SIGUSR1), 0);
	loop_run(l);
	ck_assert_str_is(buf_str(&trail), STR("s"));
	finish();
}
END_TEST

UNIT_MAIN("loop", test_turn, test_free_in_wake, test_timer, test_io, test_signal)
