/*
 * The resolver against a server in the same loop, on UDP and TCP of one port. What it answers is
 * in the name: mx.*, cname.*, big.* (over UDP: truncated), silent.*, servfail.*, ...
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "crypto/seal.h"
#include "dns/servers.h"
#include "tests/unit/dns/make.h"
#include "tests/unit/unit.h"

static struct loop *l;
static struct dns *d;
static int udp, tcp;
static struct loop_io *udp_io, *tcp_io;
static unsigned questions, by_tcp;

/* ---- the server */

static void
answer_make(struct pkt *p, const char *name, enum dns_type type, bool is_udp)
{
	if (strncmp(name, "none.", 5) == 0) {
		pkt_begin(p, name, type, 0x81a3);
		pkt_soa(p, "test", 600, 300);
	} else if (strncmp(name, "nodata.", 7) == 0) {
		pkt_begin(p, name, type, 0x8180);
		pkt_soa(p, "test", 600, 300);
	} else if (strncmp(name, "servfail.", 9) == 0) {
		pkt_begin(p, name, type, 0x8182);
	} else if (strncmp(name, "big.", 4) == 0 && is_udp) {
		pkt_begin(p, name, type, 0x8380);
	} else if (strncmp(name, "big.", 4) == 0) {
		pkt_begin(p, name, type, 0x8180);
		for (unsigned i = 0; i < 300; i++)
			pkt_mx(p, name, 300, i, "mx.test");
	} else if (strncmp(name, "step", 4) == 0) {
		char next[32];

		/* One link of the chain each time: step1 leads to step2 and so on. */
		pkt_begin(p, name, type, 0x81a0);
		snprintf(next, sizeof(next), "step%d.test", (int)strtol(name + 4, NULL, 10) + 1);
		if (strcmp(name, "step9.test") != 0)
			pkt_name_rr(p, name, DNS_CNAME, 300, next);
		else
			pkt_rr(p, name, DNS_A, 300, STR("\1\2\3\4"));
	} else if (strncmp(name, "endless", 7) == 0) {
		char next[64];

		pkt_begin(p, name, type, 0x81a0);
		snprintf(next, sizeof(next), "endless%u.test", questions);
		pkt_name_rr(p, name, DNS_CNAME, 300, next);
	} else {
		pkt_begin(p, name, type, 0x81a0);
		pkt_mx(p, name, strncmp(name, "shortlived.", 11) == 0 ? 0 : 300, 10, "mx.test");
	}
}

/* The name of the question. */
static void
question(const unsigned char *p, ssize_t n, char name[256])
{
	size_t pos = 12, len = 0;

	while (pos < (size_t)n && p[pos] != 0) {
		if (len > 0)
			name[len++] = '.';
		memcpy(name + len, p + pos + 1, p[pos]);
		len += p[pos];
		pos += p[pos] + 1u;
	}
	name[len] = '\0';
}

/* False: no answer. */
static bool
answer(const unsigned char *in, ssize_t n, bool is_udp, struct pkt *p)
{
	char name[256];
	size_t type;

	question(in, n, name);
	type = 12 + strlen(name) + 2;
	questions++;
	by_tcp += !is_udp;
	if (strncmp(name, "silent.", 7) == 0)
		return false;
	answer_make(p, name, (enum dns_type)(in[type] << 8 | in[type + 1]), is_udp);
	memcpy(p->b.p + p->b.off, in, 2);
	return true;
}

static void
on_udp(void *arg, int fd, unsigned what)
{
	unsigned char in[1500];
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	ssize_t n = recvfrom(fd, in, sizeof(in), 0, (struct sockaddr *)&from, &len);
	struct pkt p;

	(void)arg;
	(void)what;
	if (n < 12 || !answer(in, n, true, &p))
		return;
	(void)!sendto(fd, buf_str(&p.b).p, p.b.n, 0, (struct sockaddr *)&from, len);
	pkt_done(&p);
}

static struct loop_io *conn_io;

/* Length and query come in one piece on this machine. */
static void
on_conn(void *arg, int fd, unsigned what)
{
	unsigned char in[1500], head[2];
	ssize_t n = recv(fd, in, sizeof(in), 0);
	struct pkt p;

	(void)arg;
	(void)what;
	if (n > 2 && answer(in + 2, n - 2, false, &p)) {
		head[0] = (unsigned char)(p.b.n >> 8);
		head[1] = (unsigned char)p.b.n;
		(void)!write(fd, head, 2);
		(void)!write(fd, buf_str(&p.b).p, p.b.n);
		pkt_done(&p);
	}
	loop_io_free(&conn_io);
	close(fd);
}

static void
on_tcp(void *arg, int fd, unsigned what)
{
	(void)arg;
	(void)what;
	ck_assert_ptr_null(conn_io);
	conn_io = loop_io_new(l, accept(fd, NULL, NULL), on_conn, NULL);
	loop_io_set(conn_io, LOOP_READ);
}

static unsigned
server_begin(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);

	do {
		a.sin_port = 0;
		udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		ck_assert_int_eq(bind(tcp, (struct sockaddr *)&a, sizeof(a)), 0);
		ck_assert_int_eq(getsockname(tcp, (struct sockaddr *)&a, &n), 0);
		if (bind(udp, (struct sockaddr *)&a, sizeof(a)) == 0)
			break;
		close(udp);
		close(tcp);
	} while (true);
	ck_assert_int_eq(listen(tcp, 16), 0);
	udp_io = loop_io_new(l, udp, on_udp, NULL);
	tcp_io = loop_io_new(l, tcp, on_tcp, NULL);
	loop_io_set(udp_io, LOOP_READ);
	loop_io_set(tcp_io, LOOP_READ);
	return ntohs(a.sin_port);
}

static struct dns_opts
opts(char text[64], unsigned port)
{
	snprintf(text, 64, "127.0.0.1:%u", port);
	return (struct dns_opts){ .servers = str_c(text) };
}

static unsigned
begin(void)
{
	char text[64];
	struct err e = ERR_INIT;
	struct dns_opts o;
	unsigned port;

	ck_assert_int_eq(seal_init(&e), 0);
	l = loop_new();
	port = server_begin();
	o = opts(text, port);
	d = dns_new(l, &o, &e);
	ck_assert_msg(d != NULL, "%s", e.msg);
	questions = by_tcp = 0;
	return port;
}

static void
finish(void)
{
	dns_free(&d);
	loop_io_free(&udp_io);
	loop_io_free(&tcp_io);
	close(udp);
	close(tcp);
	loop_free(&l);
}

/* ---- who asks */

struct got {
	bool done;
	enum dns_status status;
	bool authentic;
	size_t n;
	char cname[256], first[256];
};
static unsigned awaited;

static void
on_answer(void *arg, const struct dns_answer *a)
{
	struct got *g = arg;

	ck_assert(!g->done);
	*g = (struct got){
		.done = true, .status = a->status, .authentic = a->authentic, .n = a->n
	};
	(void)!str_to_c(a->cname, g->cname, sizeof(g->cname));
	ck_assert((a->why != NULL) == (a->status == DNS_TEMP));
	ck_assert((a->n > 0) == (a->status == DNS_OK));
	if (--awaited == 0)
		loop_stop(l);
}

static uint64_t
ask(const char *name, enum dns_type type, int64_t ms, struct got *g)
{
	uint64_t id;

	*g = (struct got){ .done = false };
	awaited++;
	id = dns_query(d, str_c(name), type, ms, on_answer, g);
	ck_assert_uint_ne(id, 0);
	ck_assert(!g->done); /* only from the loop */
	return id;
}

static struct got
one(const char *name, enum dns_type type)
{
	struct got g;

	ask(name, type, 0, &g);
	loop_run(l);
	ck_assert(g.done);
	return g;
}

START_TEST(test_answers)
{
	struct got g;

	begin();
	g = one("good.test", DNS_MX);
	ck_assert_int_eq(g.status, DNS_OK);
	ck_assert(g.authentic);
	ck_assert_uint_eq(g.n, 1);
	ck_assert_int_eq(one("none.test", DNS_MX).status, DNS_NXDOMAIN);
	ck_assert_int_eq(one("nodata.test", DNS_MX).status, DNS_NODATA);
	ck_assert_int_eq(one("servfail.test", DNS_MX).status, DNS_TEMP);
	ck_assert_int_eq(one("a..b", DNS_MX).status, DNS_NXDOMAIN);
	ck_assert_int_eq(one("", DNS_MX).status, DNS_NXDOMAIN);
	/* No host has such a name, but SPF may ask for it. */
	ck_assert_int_eq(one("-a:b/c d%.test", DNS_MX).status, DNS_OK);
	ck_assert_int_eq(one("a\\b.test", DNS_MX).status, DNS_NXDOMAIN);
	ck_assert_int_eq(one("a\tb.test", DNS_MX).status, DNS_NXDOMAIN);
	ck_assert_int_eq(one("a!..test", DNS_MX).status, DNS_NXDOMAIN);
	g = one("big.test", DNS_MX);
	ck_assert_uint_eq(g.n, 300);
	ck_assert_uint_eq(by_tcp, 1);
	ck_assert_int_eq(one("b\xc3\xbc"
			     "cher.test",
			     DNS_MX)
				 .status,
			 DNS_OK);
	finish();
}
END_TEST

START_TEST(test_cache)
{
	unsigned before;

	begin();
	one("good.test", DNS_MX);
	before = questions;
	ck_assert_int_eq(one("GOOD.test.", DNS_MX).status, DNS_OK);
	ck_assert_uint_eq(questions, before);
	one("none.test", DNS_MX);
	ck_assert_int_eq(one("none.test", DNS_MX).status, DNS_NXDOMAIN);
	ck_assert_uint_eq(questions, before + 1);
	/* Another type is another question; failures and a TTL of 0 are not kept. */
	one("none.test", DNS_A);
	ck_assert_uint_eq(questions, before + 2);
	one("shortlived.test", DNS_MX);
	one("shortlived.test", DNS_MX);
	ck_assert_uint_eq(questions, before + 4);
	finish();
}
END_TEST

START_TEST(test_chain)
{
	struct got g;

	begin();
	g = one("step1.test", DNS_A);
	ck_assert_int_eq(g.status, DNS_OK);
	ck_assert_str_eq(g.cname, "step9.test");
	ck_assert_uint_eq(questions, 9);
	ck_assert_int_eq(one("endless.test", DNS_A).status, DNS_TEMP);
	ck_assert_uint_le(questions, 9 + LIM_DNS_CHAIN + 2);
	finish();
}
END_TEST

/* One question for all who ask at the same time; those who went away hear nothing. */
START_TEST(test_together)
{
	struct got g[5];
	uint64_t id[5];

	begin();
	for (unsigned i = 0; i < 5; i++)
		id[i] = ask("good.test", DNS_MX, 0, &g[i]);
	dns_cancel(d, id[1]);
	dns_cancel(d, id[1]);
	dns_cancel(d, 0);
	dns_cancel(d, 12345);
	awaited--;
	loop_run(l);
	for (unsigned i = 0; i < 5; i++)
		ck_assert_int_eq(g[i].done, i != 1);
	ck_assert_uint_eq(questions, 1);
	/* Cancelled between the answer and its being told. */
	id[0] = ask("good.test", DNS_MX, 0, &g[0]);
	ask("good.test", DNS_MX, 0, &g[2]);
	dns_cancel(d, id[0]);
	awaited--;
	loop_run(l);
	ck_assert(!g[0].done);
	ck_assert(g[2].done);
	/* All gone, then freed while it is asked. */
	id[0] = ask("silent.test", DNS_MX, 0, &g[0]);
	dns_cancel(d, id[0]);
	ask("silent2.test", DNS_MX, 0, &g[0]);
	awaited = 0;
	finish();
}
END_TEST

START_TEST(test_deadline)
{
	struct got g[2];

	begin();
	ask("silent.test", DNS_MX, 20, &g[0]);
	ask("silent.test", DNS_MX, 40, &g[1]);
	loop_run(l);
	ck_assert(g[0].done && g[1].done);
	ck_assert_int_eq(g[0].status, DNS_TEMP);
	finish();
}
END_TEST

/* New servers: open questions go to them, the cache is forgotten; with the same ones it stays. */
START_TEST(test_servers_change)
{
	struct got g, kept;
	char text[64];
	struct err e = ERR_INIT;
	unsigned port = begin(), before;
	struct dns_opts same = opts(text, port), bad = { .servers = STR("nonsense") };
	struct dns_opts other = { .servers = STR("127.0.0.1:9") };

	kept = one("good.test", DNS_MX);
	before = questions;
	ck_assert_int_eq(dns_set_servers(d, &same, &e), 0);
	ck_assert_int_eq(dns_set_servers(d, &bad, &e), -1);
	ck_assert_int_eq(one("good.test", DNS_MX).status, kept.status);
	ck_assert_uint_eq(questions, before);
	err_clear(&e);
	/* Nobody is there, until the servers change back while the question is open. */
	ck_assert_int_eq(dns_set_servers(d, &other, &e), 0);
	ask("good.test", DNS_MX, 0, &g);
	ck_assert_int_eq(dns_set_servers(d, &same, &e), 0);
	loop_run(l);
	ck_assert_int_eq(g.status, DNS_OK);
	ck_assert_uint_eq(questions, before + 1);
	finish();
}
END_TEST

/* The cache has an end. */
START_TEST(test_bounded)
{
	static struct got g[500];
	char name[64];

	begin();
	for (unsigned round = 0; round < LIM_DNS_CACHE / 500 + 2; round++) {
		for (unsigned i = 0; i < 500; i++) {
			snprintf(name, sizeof(name), "n%u.test", round * 500 + i);
			/* So many that UDP loses some would take seconds. */
			if (i % 50 == 49)
				loop_run(l);
			ask(name, DNS_MX, 0, &g[i]);
		}
		loop_run(l);
	}
	questions = 0;
	one("n0.test", DNS_MX);
	ck_assert_uint_eq(questions, 1);
	snprintf(name, sizeof(name), "n%u.test", LIM_DNS_CACHE + 999);
	one(name, DNS_MX);
	ck_assert_uint_eq(questions, 1);
	finish();
}
END_TEST

START_TEST(test_servers)
{
	struct err e = ERR_INIT;
	struct dns_servers s;
	struct dns_opts o = { .resolv_conf =
				      STR("# comment\nsearch x\n nameserver\t127.0.0.53 \r\n"
					  "nameserver ::1\nnameserver fe80::1%eth0\n"
					  "options ndots:2 timeout:1 attempts:99\nnameserver") };

	ck_assert_int_eq(dns_servers_parse(&o, &s, &e), 0);
	ck_assert_uint_eq(s.n, 2);
	ck_assert_int_eq(s.v[0].family, AF_INET);
	ck_assert_int_eq(s.v[1].family, AF_INET6);
	ck_assert_uint_eq(s.v[1].port, 53);
	ck_assert_int_eq(s.try_ms, 1000);
	ck_assert_int_eq(s.tries, 5);
	ck_assert(s.is_trusted);

	o = (struct dns_opts){
		.servers = STR("192.0.2.1, 192.0.2.2:5353,[2001:db8::1]:54,2001:db8::2,[::1]")
	};
	ck_assert_int_eq(dns_servers_parse(&o, &s, &e), 0);
	ck_assert_uint_eq(s.n, 5);
	ck_assert_uint_eq(s.v[1].port, 5353);
	ck_assert_uint_eq(s.v[2].port, 54);
	ck_assert_uint_eq(s.v[3].port, 53);
	ck_assert(!s.is_trusted);
	o.is_trusted = true;
	ck_assert_int_eq(dns_servers_parse(&o, &s, &e), 0);
	ck_assert(s.is_trusted);

	for (const char *const *p =
		     (const char *const[]){ "192.0.2.1:0", "192.0.2.1:65536", "[::1]53",
					    "[::1]:", "x", "1.2.3.4,", NULL };
	     *p != NULL; p++) {
		o = (struct dns_opts){ .servers = str_c(*p) };
		if (strcmp(*p, "1.2.3.4,") == 0)
			ck_assert_int_eq(dns_servers_parse(&o, &s, &e), 0);
		else
			ck_assert_msg(dns_servers_parse(&o, &s, &e) < 0, "%s", *p);
	}
	o = (struct dns_opts){ .resolv_conf = STR("search x\n") };
	ck_assert_int_eq(dns_servers_parse(&o, &s, &e), -1);
}
END_TEST

UNIT_MAIN("dns", test_answers, test_cache, test_chain, test_together, test_deadline,
	  test_servers_change, test_bounded, test_servers)
