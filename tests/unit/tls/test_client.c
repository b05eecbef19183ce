/* Our client against our server over a socket pair, in one loop. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "crypto/seal.h"
#include "signer.c"
#include "tests/unit/unit.h"
#include "tls/tls.h"

static struct loop *loop;
static struct stream *server, *client;

static void
on_wake(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

static struct tls_server *
server_new(const char *min_version, bool has_tickets)
{
	static const unsigned char ticket_keys[80] = "0123456789abcdef, and whatever else";
	struct tls_server *t;
	struct err e = ERR_INIT;
	struct buf pem;

	t = tls_server_new(STR("mx.test"), str_c(min_version), &e);
	buf_init(&pem, 65536);
	signer_cert(SIGNER_EC, "mx.test", &pem);
	ck_assert_msg(t != NULL && tls_server_add_cert(t, buf_str(&pem), &e) == 0, "%s", e.msg);
	if (has_tickets)
		tls_server_set_ticket_keys(t, str_mem(ticket_keys, sizeof(ticket_keys)));
	buf_done(&pem);
	return t;
}

static void
streams_new(void)
{
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends),
			 0);
	server = stream_new(loop, ends[0], on_wake, NULL);
	client = stream_new(loop, ends[1], on_wake, NULL);
}

static void
streams_free(void)
{
	stream_free(&client);
	stream_free(&server);
}

/* Handshake and a word each way; *info is the client's. */
static void
talk(struct tls_server *t, struct tls_client *c, const char *host, struct tls_info *info)
{
	struct err e = ERR_INIT;

	streams_new();
	ck_assert_int_eq(tls_stream_accept(server, t, &e), 0);
	ck_assert_int_eq(tls_stream_connect(client, c, str_c(host), &e), 0);
	ck_assert(!tls_stream_info(client, info));
	while (stream_in_handshake(client) || stream_in_handshake(server))
		loop_run(loop);
	ck_assert_msg(tls_stream_info(client, info), "%s", tls_stream_error(client));
	stream_puts(client, "EHLO");
	stream_puts(server, "250 x");
	while (stream_in(server).n < 4 || stream_in(client).n < 5)
		loop_run(loop);
	ck_assert_str_is(stream_in(server), STR("EHLO"));
	ck_assert_str_is(stream_in(client), STR("250 x"));
}

START_TEST(test_resumption)
{
	struct tls_server *t = server_new("TLSv1.2", true);
	struct tls_client *c;
	struct err e = ERR_INIT;
	struct tls_info info;

	c = tls_client_new(&e);
	talk(t, c, "mx.test", &info);
	ck_assert_str_eq(info.version, "TLS1.3");
	ck_assert_str_eq(info.sni, "mx.test");
	ck_assert(!info.resumed);
	streams_free();
	for (int i = 0; i < 3; i++) {
		talk(t, c, "mx.test", &info);
		ck_assert(info.resumed);
		streams_free();
	}
	/* Another host begins anew, and an address is no name. */
	talk(t, c, "192.0.2.1", &info);
	ck_assert(!info.resumed);
	ck_assert_str_eq(info.sni, "");
	streams_free();
	tls_client_unref(&c);
	tls_server_unref(&t);
}
END_TEST

/* The client and its sessions live as long as a stream uses them; there is an end to sessions. */
START_TEST(test_many)
{
	struct tls_server *t = server_new("TLSv1.3", true);
	struct tls_client *c;
	struct err e = ERR_INIT;
	struct tls_info info;
	char host[32];

	c = tls_client_new(&e);
	for (int i = 0; i < LIM_TLS_SESSIONS + 2; i++) {
		snprintf(host, sizeof(host), "h%d.test", i);
		talk(t, c, host, &info);
		streams_free();
	}
	talk(t, c, "h0.test", &info);
	ck_assert(!info.resumed);
	streams_free();
	talk(t, c, host, &info);
	ck_assert(info.resumed);
	tls_client_unref(&c);
	stream_puts(client, "more");
	while (stream_in(server).n < 8)
		loop_run(loop);
	streams_free();
	tls_server_unref(&t);
}
END_TEST

START_TEST(test_garbage)
{
	struct tls_client *c;
	struct err e = ERR_INIT;

	c = tls_client_new(&e);
	streams_new();
	ck_assert_int_eq(tls_stream_connect(client, c, STR("mx.test"), &e), 0);
	stream_puts(server, "this is not TLS, whatever was said before\r\n");
	while (stream_get_state(client) == STREAM_OPEN)
		loop_run(loop);
	ck_assert_int_eq(stream_get_state(client), STREAM_BROKEN);
	ck_assert_str_ne(tls_stream_error(client), "");
	streams_free();
	/* Gone in the middle of it. */
	streams_new();
	ck_assert_int_eq(tls_stream_connect(client, c, STR("mx.test"), &e), 0);
	stream_free(&server);
	while (stream_get_state(client) == STREAM_OPEN)
		loop_run(loop);
	ck_assert_str_ne(tls_stream_error(client), "");
	streams_free();
	tls_client_unref(&c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tls client");
	TCase *tc = tcase_create("tls client");
	SRunner *r;
	struct err e = ERR_INIT;
	int failed;

	signal(SIGPIPE, SIG_IGN);
	signer_start();
	if (seal_init(&e) < 0)
		return 1;
	tls_init(signer_sign, NULL);
	loop = loop_new();
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, test_resumption);
	tcase_add_test(tc, test_many);
	tcase_add_test(tc, test_garbage);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_set_fork_status(r, CK_NOFORK); /* the sanitizers report at exit */
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	loop_free(&loop);
	return failed != 0;
}
