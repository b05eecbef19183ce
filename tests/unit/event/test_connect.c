/* Streams to listeners of this machine: there, not there, and silent. */
#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "event/stream.h"
#include "tests/unit/unit.h"

static struct loop *l;
static struct stream *s;

static void
on_wake(void *arg)
{
	(void)arg;
	loop_stop(l);
}

/* A listening socket and its address. */
static int
listener(struct sockaddr_storage *a, int backlog)
{
	struct sockaddr_in *in = (struct sockaddr_in *)a;
	socklen_t n = sizeof(*a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memset(a, 0, sizeof(*a));
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)a, sizeof(*in)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)a, &n), 0);
	if (backlog >= 0)
		ck_assert_int_eq(listen(fd, backlog), 0);
	return fd;
}

START_TEST(test_connect)
{
	struct sockaddr_storage a;
	struct err e = ERR_INIT;
	char got[8] = "";
	int fd, c;

	l = loop_new();
	fd = listener(&a, 8);
	s = stream_connect(l, &a, on_wake, NULL, &e);
	ck_assert_msg(s != NULL, "%s", e.msg);
	ck_assert(stream_in_handshake(s));
	stream_puts(s, "hello"); /* waits until there is a connection */
	stream_set_deadline(s, 5000);
	loop_run(l);
	ck_assert(!stream_in_handshake(s));
	ck_assert_int_eq(stream_get_state(s), STREAM_OPEN);
	c = accept(fd, NULL, NULL);
	while (stream_out_len(s) > 0) {
		stream_wake(s);
		loop_run(l);
	}
	ck_assert_int_eq(read(c, got, sizeof(got)), 5);
	ck_assert_str_eq(got, "hello");
	ck_assert_int_eq(write(c, "world", 5), 5);
	while (stream_in(s).n < 5)
		loop_run(l);
	ck_assert_str_is(stream_in(s), STR("world"));
	stream_free(&s);
	close(c);
	close(fd);
	loop_free(&l);
}
END_TEST

START_TEST(test_refused)
{
	struct sockaddr_storage a;
	struct err e = ERR_INIT;
	int fd;

	l = loop_new();
	fd = listener(&a, -1);
	s = stream_connect(l, &a, on_wake, NULL, &e);
	/* It may be known at once. */
	if (s != NULL) {
		stream_puts(s, "hello");
		while (stream_get_state(s) == STREAM_OPEN)
			loop_run(l);
		ck_assert_int_eq(stream_get_state(s), STREAM_BROKEN);
		ck_assert_int_eq(stream_errno(s), ECONNREFUSED);
		ck_assert(!stream_in_handshake(s));
		stream_free(&s);
	}
	close(fd);
	loop_free(&l);
}
END_TEST

/* A listener whose queue is full lets the next one wait. */
START_TEST(test_timeout)
{
	struct sockaddr_storage a;
	struct stream *full[4];
	struct err e = ERR_INIT;
	int fd;

	l = loop_new();
	fd = listener(&a, 0);
	for (int i = 0; i < 4; i++)
		full[i] = stream_connect(l, &a, on_wake, NULL, &e);
	s = stream_connect(l, &a, on_wake, NULL, &e);
	ck_assert_ptr_nonnull(s);
	stream_set_deadline(s, 20);
	while (stream_get_state(s) == STREAM_OPEN)
		loop_run(l);
	ck_assert_int_eq(stream_get_state(s), STREAM_TIMEOUT);
	ck_assert(stream_in_handshake(s));
	stream_close_when_sent(&s, 1000); /* at once: there is nothing to be sent to */
	ck_assert_ptr_null(s);
	for (int i = 0; i < 4; i++)
		stream_free(&full[i]);
	close(fd);
	loop_free(&l);
}
END_TEST

UNIT_MAIN("connect", test_connect, test_refused, test_timeout)
