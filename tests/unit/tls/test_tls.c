/* The server side against an OpenSSL client at the other end of a socket pair, in one loop. */
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "crypto/seal.h"
#include "signer.c"
#include "tests/unit/unit.h"
#include "tls/tls.h"

/* One connection: our stream at one end, the client at the other. */
struct pair {
	struct stream *s;
	struct buf got; /* by the server */
	SSL *ssl;
	int fd; /* the client's */
	struct loop_io *io;
	bool done, failed, eof; /* the client's handshake, error, end of input */
	struct buf reply;	/* by the client */
};

static struct loop *loop;
static SSL_CTX *client_ctx;

static void
on_tick(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

/* Turns of the loop until it is true. Not everything that happens stops the loop, so the condition
 * is looked at now and then; the test's timeout ends a wait in vain. */
static bool
run_until(bool (*cond)(struct pair *p), struct pair *p)
{
	struct loop_timer *t = loop_timer_new(loop, on_tick, NULL);

	while (!cond(p)) {
		loop_timer_set(t, 1);
		loop_run(loop);
	}
	loop_timer_free(&t);
	return true;
}

static void
client_step(struct pair *p)
{
	char in[4096];
	int r;

	ERR_clear_error();
	if (!p->done && !p->failed) {
		r = SSL_do_handshake(p->ssl);
		if (r == 1)
			p->done = true;
		else if (SSL_get_error(p->ssl, r) != SSL_ERROR_WANT_READ &&
			 SSL_get_error(p->ssl, r) != SSL_ERROR_WANT_WRITE)
			p->failed = true;
	}
	while (p->done && !p->failed && !p->eof) {
		r = SSL_read(p->ssl, in, sizeof(in));
		if (r > 0) {
			buf_put(&p->reply, in, (size_t)r);
			continue;
		}
		r = SSL_get_error(p->ssl, r);
		if (r == SSL_ERROR_ZERO_RETURN)
			p->eof = true;
		else if (r != SSL_ERROR_WANT_READ)
			p->failed = true;
		break;
	}
	loop_io_set(p->io, p->failed || p->eof ? 0 : LOOP_READ);
}

static void
on_client(void *arg, int sock, unsigned what)
{
	(void)sock;
	(void)what;
	client_step(arg);
	loop_stop(loop);
}

static void
on_server(void *arg)
{
	struct pair *p = arg;

	if (!stream_in_handshake(p->s)) {
		buf_putstr(&p->got, stream_in(p->s));
		stream_consume(p->s, stream_in(p->s).n);
	}
	loop_stop(loop);
}

static void
pair_open(struct pair *p, struct tls_server *t)
{
	struct err e = ERR_INIT;
	int s[2];

	memset(p, 0, sizeof(*p));
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s), 0);
	buf_init(&p->got, 1 << 22);
	buf_init(&p->reply, 1 << 22);
	p->s = stream_new(loop, s[0], on_server, p);
	p->fd = s[1];
	ck_assert_msg(tls_stream_accept(p->s, t, &e) == 0, "%s", e.msg);
}

/* With a TLS client, whose `ssl` the caller may still change before pair_shake. */
static void
pair_new(struct pair *p, struct tls_server *t, const char *sni)
{
	pair_open(p, t);
	p->ssl = SSL_new(client_ctx);
	SSL_set_fd(p->ssl, p->fd);
	SSL_set_connect_state(p->ssl);
	if (sni != NULL)
		SSL_set_tlsext_host_name(p->ssl, sni);
	p->io = loop_io_new(loop, p->fd, on_client, p);
}

static void
pair_free(struct pair *p)
{
	stream_free(&p->s);
	loop_io_free(&p->io);
	SSL_free(p->ssl);
	if (p->fd >= 0)
		close(p->fd);
	buf_done(&p->got);
	buf_done(&p->reply);
}

static bool
is_shaken(struct pair *p)
{
	return p->failed || stream_get_state(p->s) == STREAM_BROKEN ||
	       (p->done && !stream_in_handshake(p->s));
}

/* True when both ends are content. */
static bool
pair_shake(struct pair *p)
{
	client_step(p);
	ck_assert(run_until(is_shaken, p));
	return p->done && !p->failed && stream_get_state(p->s) != STREAM_BROKEN;
}

static bool
is_broken(struct pair *p)
{
	return stream_get_state(p->s) == STREAM_BROKEN;
}

static bool
is_ended(struct pair *p)
{
	return stream_get_state(p->s) != STREAM_OPEN;
}

static bool
has_both(struct pair *p)
{
	return p->got.n >= 5 && p->reply.n >= 5;
}

/* All that was sent to the server has been taken. */
static bool
is_read(struct pair *p)
{
	int n = 0;

	return ioctl(stream_fd(p->s), FIONREAD, &n) == 0 && n == 0;
}

static bool
has_answer(struct pair *p)
{
	char c;

	return recv(p->fd, &c, 1, MSG_PEEK) == 1;
}

/* Data both ways. Also lets the client read its tickets. */
static void
pair_talk(struct pair *p)
{
	stream_puts(p->s, "hello");
	ck_assert_int_eq(SSL_write(p->ssl, "HELLO", 5), 5);
	ck_assert(run_until(has_both, p));
	ck_assert(str_eq(buf_str(&p->got), STR("HELLO")));
	ck_assert(str_eq(buf_str(&p->reply), STR("hello")));
	buf_reset(&p->got);
	buf_reset(&p->reply);
}

static void
add_cert(struct tls_server *t, enum signer_type type, const char *names)
{
	struct err e = ERR_INIT;
	struct buf pem;

	buf_init(&pem, 65536);
	signer_cert(type, names, &pem);
	ck_assert_msg(tls_server_add_cert(t, buf_str(&pem), &e) == 0, "%s", e.msg);
	buf_done(&pem);
}

static struct tls_server *
server_new(const char *host, const char *min, enum signer_type type, const char *names)
{
	struct err e = ERR_INIT;
	struct tls_server *t = tls_server_new(str_c(host), str_c(min), &e);

	ck_assert_msg(t != NULL, "%s", e.msg);
	add_cert(t, type, names);
	return t;
}

/* Common name of the certificate that the client got. */
static const char *
peer_name(struct pair *p)
{
	static char name[256];
	X509 *x = SSL_get1_peer_certificate(p->ssl);

	name[0] = '\0';
	if (x != NULL)
		X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, name,
					  sizeof(name));
	X509_free(x);
	return name;
}

static void
check_bindings(struct pair *p, enum signer_type type)
{
	unsigned char theirs[32], hash[32];
	X509 *x = SSL_get1_peer_certificate(p->ssl);
	struct buf b;

	buf_init(&b, 64);
	ck_assert_int_eq(tls_stream_binding(p->s, STR("tls-exporter"), &b), 0);
	ck_assert_int_eq(SSL_export_keying_material(p->ssl, theirs, 32, "EXPORTER-Channel-Binding",
						    24, NULL, 0, 0),
			 1);
	ck_assert(str_eq(buf_str(&b), str_mem(theirs, 32)));
	ck_assert_int_eq(tls_stream_binding(p->s, STR("tls-unique"), &b), -1);
	buf_reset(&b);
	if (type == SIGNER_ED25519) {
		ck_assert_int_eq(tls_stream_binding(p->s, STR("tls-server-end-point"), &b), -1);
	} else {
		ck_assert_int_eq(tls_stream_binding(p->s, STR("tls-server-end-point"), &b), 0);
		ck_assert_int_eq(X509_digest(x, EVP_sha256(), hash, NULL), 1);
		ck_assert(str_eq(buf_str(&b), str_mem(hash, 32)));
	}
	buf_done(&b);
	X509_free(x);
}

/* Versions and key types. */
START_TEST(test_handshake)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	int version = versions[_i / SIGNER_TYPES];
	enum signer_type type = (enum signer_type)(_i % SIGNER_TYPES);
	struct tls_server *t = server_new("host.example.org", "TLSv1.2", type, "host.example.org");
	struct tls_info info;
	struct pair p;

	pair_new(&p, t, "host.example.org");
	SSL_set_min_proto_version(p.ssl, version);
	SSL_set_max_proto_version(p.ssl, version);
	ck_assert(!tls_stream_info(p.s, &info));
	ck_assert_msg(pair_shake(&p), "%s", tls_stream_error(p.s));
	ck_assert(tls_stream_info(p.s, &info));
	ck_assert_str_eq(info.version, version == TLS1_3_VERSION ? "TLS1.3" : "TLS1.2");
	ck_assert_str_eq(info.cipher, SSL_CIPHER_standard_name(SSL_get_current_cipher(p.ssl)));
	ck_assert_str_eq(info.sni, "host.example.org");
	ck_assert(!info.resumed);
	ck_assert_str_eq(tls_stream_error(p.s), "");
	check_bindings(&p, type);
	pair_talk(&p);
	/* Nobody asks for a session without tickets. */
	ck_assert(!SSL_SESSION_is_resumable(SSL_get_session(p.ssl)) || version == TLS1_2_VERSION);
	pair_free(&p);
	tls_server_unref(&t);
}
END_TEST

START_TEST(test_large)
{
	struct tls_server *t = server_new("h", "TLSv1.2", SIGNER_EC, "h");
	struct pair p;
	char *data = mem_zalloc(1 << 20, 1);

	for (int i = 0; i < 1 << 20; i++)
		data[i] = (char)(i * 7 + i / 251);
	pair_new(&p, t, NULL);
	ck_assert(pair_shake(&p));
	/* The server's output goes through several records and a full socket. */
	stream_write(p.s, data, 1 << 20);
	while (p.reply.n < 1 << 20) {
		loop_run(loop);
		ck_assert(!p.failed && !is_broken(&p));
	}
	ck_assert_mem_eq(buf_str(&p.reply).p, data, 1 << 20);
	mem_free(data);
	pair_free(&p);
	tls_server_unref(&t);
}
END_TEST

/* asked for ("" none), expected common name with a tolerant server, likewise with a strict one
 * (NULL: the handshake fails) */
static const struct {
	const char *sni, *tolerant, *strict;
} snis[] = {
	{ "", "host.example.org", "host.example.org" },
	{ "host.example.org", "host.example.org", "host.example.org" },
	{ "HOST.Example.ORG", "host.example.org", "host.example.org" },
	{ "host.example.org.", "host.example.org", "host.example.org" },
	{ "first.example.org", "first.example.org", "first.example.org" },
	{ "second.example.org", "first.example.org", "first.example.org" },
	{ "a.wild.example.org", "*.wild.example.org", "*.wild.example.org" },
	{ "A.WILD.example.org", "*.wild.example.org", "*.wild.example.org" },
	{ "a.b.wild.example.org", "host.example.org", NULL },
	{ "wild.example.org", "host.example.org", NULL },
	{ ".wild.example.org", "host.example.org", NULL },
	{ "other.example.net", "host.example.org", NULL },
	{ "127.0.0.1", "host.example.org", "host.example.org" },
	{ "2001:db8::1", "host.example.org", "host.example.org" },
};

START_TEST(test_sni)
{
	struct tls_server *t = server_new("host.example.org", "TLSv1.2", SIGNER_EC,
					  "first.example.org,second.example.org");
	struct pair p;

	add_cert(t, SIGNER_EC, "host.example.org");
	add_cert(t, SIGNER_EC, "*.wild.example.org");
	for (size_t i = 0; i < ARRAY_LEN(snis) * 2; i++) {
		bool strict = i >= ARRAY_LEN(snis);
		const char *sni = snis[i % ARRAY_LEN(snis)].sni;
		const char *want = strict ? snis[i % ARRAY_LEN(snis)].strict : snis[i].tolerant;

		tls_server_set_strict_sni(t, strict);
		pair_new(&p, t, sni[0] != '\0' ? sni : NULL);
		ck_assert_msg(pair_shake(&p) == (want != NULL), "%s: %s", sni,
			      tls_stream_error(p.s));
		if (want != NULL)
			ck_assert_msg(strcmp(peer_name(&p), want) == 0, "%s: %s", sni,
				      peer_name(&p));
		else
			ck_assert_str_ne(tls_stream_error(p.s), "");
		pair_free(&p);
	}
	tls_server_unref(&t);
}
END_TEST

/* Certificates with different kinds of keys for one name: the client's algorithms choose. */
START_TEST(test_two_types)
{
	static const struct {
		const char *sigalgs;
		int type;
	} rows[] = {
		{ "RSA+SHA256:RSA-PSS+SHA256", EVP_PKEY_RSA },
		{ "ECDSA+SHA256", EVP_PKEY_EC },
		{ "ECDSA+SHA256:RSA-PSS+SHA256", EVP_PKEY_EC },
	};
	struct tls_server *t =
		server_new("h.example", "TLSv1.2", SIGNER_RSA, "h.example,i.example");
	struct pair p;

	add_cert(t, SIGNER_EC, "h.example,i.example");
	for (size_t i = 0; i < ARRAY_LEN(rows) * 2; i++) {
		X509 *x;

		pair_new(&p, t, "i.example");
		SSL_set1_sigalgs_list(p.ssl, rows[i % 3].sigalgs);
		SSL_set_max_proto_version(p.ssl, i < 3 ? TLS1_2_VERSION : TLS1_3_VERSION);
		ck_assert_msg(pair_shake(&p), "%zu: %s", i, tls_stream_error(p.s));
		x = SSL_get1_peer_certificate(p.ssl);
		ck_assert_int_eq(EVP_PKEY_get_base_id(X509_get0_pubkey(x)), rows[i % 3].type);
		X509_free(x);
		pair_free(&p);
	}
	tls_server_unref(&t);
}
END_TEST

START_TEST(test_alpn)
{
	static const char *const protos[] = { "imap", "smtp", NULL };
	static const struct {
		const char *offer; /* wire form */
		const char *want;  /* NULL: refused */
	} rows[] = {
		{ "", "" },
		{ "\4imap", "imap" },
		{ "\2h2\4smtp", "smtp" },
		{ "\2h2\10http/1.1", NULL },
	};
	struct tls_server *t = server_new("h", "TLSv1.2", SIGNER_EC, "h");

	tls_server_set_alpn(t, protos);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const unsigned char *got;
		unsigned n;
		struct pair p;

		pair_new(&p, t, NULL);
		SSL_set_alpn_protos(p.ssl, (const unsigned char *)rows[i].offer,
				    (unsigned)strlen(rows[i].offer));
		ck_assert_int_eq(pair_shake(&p), rows[i].want != NULL);
		SSL_get0_alpn_selected(p.ssl, &got, &n);
		if (rows[i].want != NULL)
			ck_assert(str_eq(str_mem(got, n), str_c(rows[i].want)));
		pair_free(&p);
	}
	tls_server_unref(&t);
}
END_TEST

/* Connect to `t` with a session (may be NULL); *next is a new one when the server gave it. */
static bool
resume(struct tls_server *t, int version, SSL_SESSION *session, SSL_SESSION **next)
{
	struct tls_info info;
	struct pair p;

	pair_new(&p, t, "h.example");
	SSL_set_min_proto_version(p.ssl, version);
	SSL_set_max_proto_version(p.ssl, version);
	if (session != NULL)
		ck_assert_int_eq(SSL_set_session(p.ssl, session), 1);
	ck_assert_msg(pair_shake(&p), "%s", tls_stream_error(p.s));
	pair_talk(&p);
	ck_assert(tls_stream_info(p.s, &info));
	ck_assert_int_eq(info.resumed, SSL_session_reused(p.ssl));
	ck_assert_str_eq(info.sni, "h.example");
	if (next != NULL) {
		*next = SSL_get1_session(p.ssl);
		SSL_set_shutdown(p.ssl, SSL_SENT_SHUTDOWN);
	}
	pair_free(&p);
	return info.resumed;
}

START_TEST(test_tickets)
{
	int version = _i == 0 ? TLS1_2_VERSION : TLS1_3_VERSION;
	struct tls_server *a = server_new("h.example", "TLSv1.2", SIGNER_EC, "h.example");
	struct tls_server *b = server_new("h.example", "TLSv1.2", SIGNER_RSA, "h.example");
	SSL_SESSION *none = NULL, *first = NULL, *second = NULL;
	unsigned char ticket_keys[240], other[80];
	unsigned signed_before;

	seal_random(ticket_keys, sizeof(ticket_keys));
	seal_random(other, sizeof(other));
	ck_assert(!resume(a, version, NULL, &none));
	ck_assert(!SSL_SESSION_has_ticket(none));
	tls_server_set_ticket_keys(a, str_mem(ticket_keys + 80, 80));
	tls_server_set_ticket_keys(b, str_mem(ticket_keys, 240));
	ck_assert(!resume(a, version, NULL, &first));
	ck_assert(SSL_SESSION_has_ticket(first));
	/* Another worker, where the key is no longer the newest: resumed, nothing signed, new
	 * ticket. */
	signed_before = signer_count;
	ck_assert(resume(b, version, first, &second));
	ck_assert_uint_eq(signer_count, signed_before);
	ck_assert(resume(b, version, second, NULL));
	/* `a` does not know the newer key. */
	ck_assert(!resume(a, version, second, NULL));
	tls_server_set_ticket_keys(a, str_mem(other, 80));
	ck_assert(!resume(a, version, first, NULL));
	tls_server_set_ticket_keys(a, STR(""));
	ck_assert(!resume(a, version, first, NULL));
	SSL_SESSION_free(none);
	SSL_SESSION_free(first);
	SSL_SESSION_free(second);
	tls_server_unref(&a);
	tls_server_unref(&b);
}
END_TEST

/* What clients may ask for and must not get. */
START_TEST(test_policy)
{
	struct tls_server *t = server_new("h", "TLSv1.2", SIGNER_RSA, "h");
	struct tls_server *t13 = server_new("h", "TLSv1.3", SIGNER_RSA, "h");
	struct err e = ERR_INIT;
	struct pair p;

	pair_new(&p, t13, NULL);
	SSL_set_max_proto_version(p.ssl, TLS1_2_VERSION);
	ck_assert(!pair_shake(&p));
	pair_free(&p);
	pair_new(&p, t, NULL); /* no forward secrecy */
	SSL_set_max_proto_version(p.ssl, TLS1_2_VERSION);
	SSL_set_cipher_list(p.ssl, "kRSA");
	ck_assert(!pair_shake(&p));
	pair_free(&p);
	pair_new(&p, t, NULL);
	SSL_set_security_level(p.ssl, 0);
	SSL_set_max_proto_version(p.ssl, TLS1_2_VERSION);
	SSL_set1_sigalgs_list(p.ssl, "RSA+SHA1");
	ck_assert(!pair_shake(&p));
	pair_free(&p);
	pair_new(&p, t, NULL);
	SSL_set_security_level(p.ssl, 0);
	SSL_set_min_proto_version(p.ssl, TLS1_VERSION);
	SSL_set_max_proto_version(p.ssl, TLS1_1_VERSION);
	ck_assert(!pair_shake(&p));
	pair_free(&p);
	ck_assert_ptr_null(tls_server_new(STR("h"), STR("SSLv3"), &e));
	ck_assert_int_eq(e.code, EC_SYNTAX);
	tls_server_unref(&t);
	tls_server_unref(&t13);
}
END_TEST

START_TEST(test_bad_certs)
{
	static const char *const bad[] = {
		"",
		"x",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
		"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
	};
	struct err e = ERR_INIT;
	struct tls_server *t = tls_server_new(STR("h"), STR("TLSv1.2"), &e);
	struct stream *s;
	struct buf pem;
	int fds[2];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		err_clear(&e);
		ck_assert_int_eq(tls_server_add_cert(t, str_c(bad[i]), &e), -1);
		ck_assert_int_eq(e.code, EC_SYNTAX);
	}
	/* a good leaf with a damaged chain is an error too, and leaves nothing behind */
	buf_init(&pem, 65536);
	signer_cert(SIGNER_EC, "h", &pem);
	buf_puts(&pem, bad[2]);
	err_clear(&e);
	ck_assert_int_eq(tls_server_add_cert(t, buf_str(&pem), &e), -1);
	buf_done(&pem);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	s = stream_new(loop, fds[0], on_tick, NULL);
	err_clear(&e);
	ck_assert_int_eq(tls_stream_accept(s, t, &e), -1);
	ck_assert_int_eq(e.code, EC_NOTFOUND);
	stream_free(&s);
	close(fds[1]);
	tls_server_unref(&t);
}
END_TEST

START_TEST(test_key_daemon_away)
{
	struct tls_server *t = server_new("h", "TLSv1.2", SIGNER_EC, "h");
	struct pair p;

	signer_broken = true;
	pair_new(&p, t, NULL);
	ck_assert(!pair_shake(&p));
	ck_assert(run_until(is_broken, &p));
	ck_assert_ptr_nonnull(strstr(tls_stream_error(p.s), "key daemon is away"));
	signer_broken = false;
	pair_free(&p);
	pair_new(&p, t, NULL);
	ck_assert(pair_shake(&p));
	pair_free(&p);
	tls_server_unref(&t);
}
END_TEST

/* The end of a stream counts only when the peer says so. */
START_TEST(test_end)
{
	struct tls_server *t = server_new("h", "TLSv1.2", SIGNER_EC, "h");
	struct pair p;

	for (int i = 0; i < 4; i++) {
		int version = i < 2 ? TLS1_2_VERSION : TLS1_3_VERSION;

		pair_new(&p, t, NULL);
		SSL_set_max_proto_version(p.ssl, version);
		ck_assert(pair_shake(&p));
		pair_talk(&p);
		if (i % 2 == 0) {
			ck_assert_int_eq(SSL_write(p.ssl, "bye", 3), 3);
			SSL_shutdown(p.ssl);
			ck_assert(run_until(is_ended, &p));
			ck_assert_int_eq(stream_get_state(p.s), STREAM_EOF);
			ck_assert(str_eq(buf_str(&p.got), STR("bye")));
			ck_assert_str_eq(tls_stream_error(p.s), "");
		} else {
			loop_io_free(&p.io);
			close(p.fd);
			p.fd = -1;
			ck_assert(run_until(is_ended, &p));
			ck_assert_int_eq(stream_get_state(p.s), STREAM_BROKEN);
			ck_assert_str_ne(tls_stream_error(p.s), "");
		}
		pair_free(&p);
	}
	/* and we say so too */
	pair_new(&p, t, NULL);
	ck_assert(pair_shake(&p));
	pair_talk(&p);
	stream_free(&p.s);
	client_step(&p);
	ck_assert(p.eof);
	pair_free(&p);
	tls_server_unref(&t);
}
END_TEST

/* Bytes instead of a client. */
START_TEST(test_garbage)
{
	struct tls_server *t = server_new("h", "TLSv1.2", SIGNER_EC, "h");
	static const char *const rows[] = {
		"EHLO example.org\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"\x16\x03\x01\xff\xff"
		"aaaaaaaaaaaaaaaaaaaaaaaa",
		"\x80\x2e\x01\x03\x01"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"\x15\x03\x01\x00\x02\x02\x28",
		"\x17\x03\x03\x00\x05"
		"hello",
	};
	unsigned char noise[300];
	struct pair p;

	for (size_t i = 0; i < ARRAY_LEN(rows) + 20; i++) {
		pair_open(&p, t);
		if (i < ARRAY_LEN(rows)) {
			ck_assert_int_gt(send(p.fd, rows[i],
					      i < 4    ? strlen(rows[i])
					      : i == 4 ? 7
						       : 10,
					      0),
					 0);
		} else {
			seal_random(noise, sizeof(noise));
			ck_assert_int_gt(send(p.fd, noise, sizeof(noise), 0), 0);
		}
		shutdown(p.fd, SHUT_WR);
		ck_assert(run_until(is_broken, &p));
		ck_assert_str_ne(tls_stream_error(p.s), "");
		pair_free(&p);
	}
	tls_server_unref(&t);
}
END_TEST

/* A ClientHello that is cut, altered, or comes byte by byte. */
START_TEST(test_hello)
{
	struct tls_server *t = server_new("h", "TLSv1.2", SIGNER_EC, "h");
	SSL *ssl = SSL_new(client_ctx);
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	unsigned char *hello;
	struct pair p;
	long n;

	SSL_set_bio(ssl, in, out);
	SSL_set_connect_state(ssl);
	SSL_do_handshake(ssl);
	n = BIO_get_mem_data(out, &hello);
	ck_assert_int_gt(n, 100);
	for (long i = 0; i < n; i += 3) { /* cut */
		pair_open(&p, t);
		if (i > 0)
			ck_assert_int_eq(send(p.fd, hello, (size_t)i, 0), i);
		shutdown(p.fd, SHUT_WR);
		ck_assert(run_until(is_broken, &p));
		pair_free(&p);
	}
	for (long i = 0; i < n; i++) { /* altered: any outcome but a crash or a hang */
		unsigned char was = hello[i];

		hello[i] ^= (unsigned char)(1 + i % 255);
		pair_open(&p, t);
		ck_assert_int_eq(send(p.fd, hello, (size_t)n, 0), n);
		shutdown(p.fd, SHUT_WR);
		ck_assert(run_until(is_broken, &p));
		pair_free(&p);
		hello[i] = was;
	}
	pair_open(&p, t);
	for (long i = 0; i < n; i++) {
		ck_assert_int_eq(send(p.fd, hello + i, 1, 0), 1);
		ck_assert(run_until(is_read, &p));
	}
	ck_assert(run_until(has_answer, &p)); /* the ServerHello */
	ck_assert(!is_broken(&p));
	pair_free(&p);
	SSL_free(ssl);
	tls_server_unref(&t);
}
END_TEST

/* A server that is replaced lives on in its connections. */
START_TEST(test_reload)
{
	struct tls_server *t = server_new("h", "TLSv1.2", SIGNER_EC, "h");
	struct pair p, q;

	pair_new(&p, t, NULL);
	ck_assert(pair_shake(&p));
	pair_new(&q, t, NULL); /* in its handshake */
	tls_server_unref(&t);
	ck_assert_ptr_null(t);
	ck_assert(pair_shake(&q));
	pair_talk(&p);
	pair_talk(&q);
	pair_free(&p);
	pair_free(&q);
}
END_TEST

/* How often the complement of `s` is there. */
static unsigned
count_of(const unsigned char *p, size_t n, struct str s)
{
	const unsigned char *end = p + n;
	unsigned found = 0;

	while ((size_t)(end - p) >= s.n && (p = memchr(p, (unsigned char)(s.p[0] ^ 0xff),
						       (size_t)(end - p) - s.n + 1)) != NULL) {
		size_t k = 0;

		while (k < s.n && (p[k] ^ (unsigned char)s.p[k]) == 0xff)
			k++;
		found += k == s.n;
		p++;
	}
	return found;
}

/* Last: all keys of this run have signed. None of them is in the memory of this process. */
START_TEST(test_no_private_key)
{
	struct tls_server *t = server_new("h", "TLSv1.2", SIGNER_EC, "h");
	struct buf secrets;
	struct rd r;
	struct pair p;
	FILE *maps;
	char line[512];
	int mem;
	unsigned found = 0, looked = 0;

	add_cert(t, SIGNER_RSA, "r");
	add_cert(t, SIGNER_ED25519, "e");
	for (int i = 0; i < 3; i++) {
		pair_new(&p, t, i == 0 ? "h" : i == 1 ? "r" : "e");
		ck_assert(pair_shake(&p));
		pair_free(&p);
	}
	buf_init(&secrets, PACKET);
	signer_secrets(&secrets);
	maps = fopen("/proc/self/maps", "re");
	mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	ck_assert(maps != NULL && mem >= 0);
	while (fgets(line, sizeof(line), maps) != NULL) {
		unsigned long from, to;
		char perm[8];
		unsigned char *copy;
		ssize_t n;

		ck_assert_int_eq(sscanf(line, "%lx-%lx %7s", &from, &to, perm), 3);
		if (perm[1] != 'w' || to - from > 256UL << 20)
			continue;
		copy = mem_alloc(to - from);
		n = pread(mem, copy, to - from, (off_t)from);
		r = rd_init(buf_str(&secrets));
		while (n > 0 && rd_more(&r)) {
			struct str s = rd_str(&r, PACKET);

			looked++;
			found += count_of(copy, (size_t)n, s);
		}
		mem_free(copy);
	}
	fclose(maps);
	close(mem);
	ck_assert_uint_gt(looked, 3);
	ck_assert_uint_eq(found, 0);
	buf_done(&secrets);
	tls_server_unref(&t);
}
END_TEST

static void
setup(void)
{
	static bool started;
	struct err e = ERR_INIT;

	if (started)
		return;
	started = true;
	ck_assert_int_eq(seal_init(&e), 0);
	tls_init(signer_sign, NULL);
	loop = loop_new();
	client_ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_session_cache_mode(client_ctx, SSL_SESS_CACHE_CLIENT);
}

int
main(void)
{
	Suite *s = suite_create("tls");
	TCase *tc = tcase_create("tls");
	SRunner *r;
	int failed;

	signal(SIGPIPE, SIG_IGN);
	signer_start();
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, test_handshake, 0, 2 * SIGNER_TYPES);
	tcase_add_test(tc, test_large);
	tcase_add_test(tc, test_sni);
	tcase_add_test(tc, test_two_types);
	tcase_add_test(tc, test_alpn);
	tcase_add_loop_test(tc, test_tickets, 0, 2);
	tcase_add_test(tc, test_policy);
	tcase_add_test(tc, test_bad_certs);
	tcase_add_test(tc, test_key_daemon_away);
	tcase_add_test(tc, test_end);
	tcase_add_test(tc, test_garbage);
	tcase_add_test(tc, test_hello);
	tcase_add_test(tc, test_reload);
	tcase_add_test(tc, test_no_private_key);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
#ifdef MOX_SAN
	srunner_set_fork_status(r, CK_NOFORK); /* the sanitizers report at exit */
#endif
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	SSL_CTX_free(client_ctx);
	loop_free(&loop);
	return failed != 0;
}
