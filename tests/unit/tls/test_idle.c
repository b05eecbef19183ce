/*
 * Memory of idle TLS connections: 1,000 of them that have exchanged data, with the clients in
 * another process. Counts what malloc gave out, for the stream and the session together.
 */
#include <malloc.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "crypto/seal.h"
#include "signer.c"
#include "tests/unit/unit.h"
#include "tls/tls.h"

enum { CLIENTS = 1000, MAX_KIB = 16 };

struct conn {
	struct stream *s;
	bool answered;
};

static struct loop *loop;
static struct conn conns[CLIENTS];
static unsigned answered;

static void
on_server(void *arg)
{
	struct conn *c = arg;

	ck_assert_int_ne(stream_get_state(c->s), STREAM_BROKEN);
	if (stream_in_handshake(c->s) || stream_in(c->s).n == 0)
		return;
	stream_consume(c->s, stream_in(c->s).n);
	stream_puts(c->s, "* OK\r\n");
	c->answered = true;
	if (++answered == CLIENTS)
		loop_stop(loop);
}

/* In a process of its own: one client after the other, all stay. */
static void
clients(const int *fds, int version, int done)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	char in[100];

	SSL_CTX_set_max_proto_version(ctx, version);
	for (int i = 0; i < CLIENTS; i++) {
		SSL *ssl = SSL_new(ctx);

		SSL_set_fd(ssl, fds[i]);
		if (SSL_connect(ssl) != 1 || SSL_write(ssl, "a NOOP\r\n", 8) != 8 ||
		    SSL_read(ssl, in, sizeof(in)) != 6)
			_exit(1);
	}
	while (read(done, in, 1) > 0)
		;
	_exit(0);
}

static struct tls_server *
server_new(void)
{
	struct err e = ERR_INIT;
	struct tls_server *t = tls_server_new(STR("h"), STR("TLSv1.2"), &e);
	unsigned char tickets[240];
	struct buf pem;

	buf_init(&pem, 65536);
	signer_cert(SIGNER_EC, "h", &pem);
	ck_assert_int_eq(tls_server_add_cert(t, buf_str(&pem), &e), 0);
	buf_done(&pem);
	seal_random(tickets, sizeof(tickets));
	tls_server_set_ticket_keys(t, str_mem(tickets, sizeof(tickets)));
	return t;
}

START_TEST(test_idle)
{
	static int theirs[CLIENTS];
	struct err e = ERR_INIT;
	struct tls_server *t = server_new();
	size_t before, after;
	int done[2], status;
	pid_t pid;

	answered = 0;
	ck_assert_int_eq(pipe(done), 0);
	for (int i = 0; i < CLIENTS; i++) {
		int s[2];

		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, s), 0);
		theirs[i] = s[1];
		conns[i] = (struct conn){ .s = NULL };
		ck_assert_int_eq(ioctl(s[0], FIONBIO, &(int){ 1 }), 0);
		/* what the socket costs whatever is on it is not counted */
		conns[i].s = stream_new(loop, s[0], on_server, &conns[i]);
	}
	before = mallinfo2().uordblks + mallinfo2().hblkhd;
	pid = fork();
	if (pid == 0) {
		close(done[1]);
		clients(theirs, _i == 0 ? TLS1_2_VERSION : TLS1_3_VERSION, done[0]);
	}
	close(done[0]);
	for (int i = 0; i < CLIENTS; i++) {
		close(theirs[i]);
		ck_assert_int_eq(tls_stream_accept(conns[i].s, t, &e), 0);
	}
	loop_run(loop);
	ck_assert_uint_eq(answered, CLIENTS);
	after = mallinfo2().uordblks + mallinfo2().hblkhd;
	printf("TLS 1.%d: %.1f KiB for the TLS part of an idle connection\n", 2 + _i,
	       (double)(after - before) / 1024 / CLIENTS);
#ifndef MOX_SAN
	ck_assert_uint_lt((after - before) / CLIENTS, MAX_KIB * 1024);
#endif
	close(done[1]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	for (int i = 0; i < CLIENTS; i++)
		stream_free(&conns[i].s);
	tls_server_unref(&t);
}
END_TEST

int
main(void)
{
	struct rlimit files = { 4096, 4096 };
	Suite *s = suite_create("tls idle");
	TCase *tc = tcase_create("idle");
	struct err e = ERR_INIT;
	SRunner *r;
	int failed;

	signal(SIGPIPE, SIG_IGN);
	if (setrlimit(RLIMIT_NOFILE, &files) < 0)
		return 1;
	signer_start();
	if (seal_init(&e) < 0)
		return 1;
	tls_init(signer_sign, NULL);
	loop = loop_new();
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, test_idle, 0, 2);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_set_fork_status(r, CK_NOFORK); /* malloc of one process */
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	loop_free(&loop);
	return failed != 0;
}
