/*
 * Load for the benchmarks: `load smtp HOST PORT SESSIONS COUNT SIZE RCPTS` sends COUNT messages of
 * SIZE bytes over SESSIONS connections at once, pipelined as MTAs do, to u00..uNN@localhost in
 * turn, and prints "rate p50 p99 max errors" (messages a second, milliseconds per message). `load
 * submit HOST PORT SESSIONS COUNT SIZE DOMAINS USER PASSWORD SOURCE` does so over TLS, after AUTH,
 * to a@d0.test ... in turn, each session from an address of its own, SOURCE and following. `load
 * idle HOST PORT N` opens N TLS IMAP connections, logs in, enters IDLE, prints "ready" and waits
 * for a line on stdin. `load login HOST PORT N PASSWORD` logs in and out N times over TLS and
 * prints the seconds taken.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

/* `source`: the address to come from, 0 for any. */
static int
dial(const char *host, const char *port, in_addr_t source)
{
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr.s_addr = source };
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)strtoul(port, NULL, 10)) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	if (fd < 0 || inet_pton(AF_INET, host, &a.sin_addr) != 1)
		die("address");
	if (source != 0 && bind(fd, (struct sockaddr *)&from, sizeof(from)) < 0)
		die("bind");
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		die("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

struct lines {
	int fd;
	SSL *ssl;
	char b[8192];
	size_t n;
};

static ssize_t
get(struct lines *l)
{
	if (l->ssl != NULL)
		return SSL_read(l->ssl, l->b + l->n, (int)(sizeof(l->b) - l->n));
	return read(l->fd, l->b + l->n, sizeof(l->b) - l->n);
}

/* The code of one whole reply, or -1. Keeps what lies behind it for the next call. */
static int
reply(struct lines *l)
{
	for (;;) {
		char *e = memchr(l->b, '\n', l->n);
		if (e != NULL) {
			size_t len = (size_t)(e - l->b) + 1;
			int code = atoi(l->b);
			bool more = len > 3 && l->b[3] == '-';
			memmove(l->b, l->b + len, l->n - len);
			l->n -= len;
			if (!more)
				return code;
			continue;
		}
		if (l->n == sizeof(l->b))
			return -1;
		ssize_t r = get(l);
		if (r <= 0)
			return -1;
		l->n += (size_t)r;
	}
}

static void
put(struct lines *l, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t r = l->ssl != NULL ? SSL_write(l->ssl, p, (int)n) : write(l->fd, p, n);
		if (r <= 0)
			return; /* no reply will come */
		p += r;
		n -= (size_t)r;
	}
}

static int
cmp_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

struct shared {
	unsigned next, errors;
	double ms[];
};

/* What to send, and where. */
struct job {
	const char *host, *port, *user, *password;
	unsigned count, rcpts; /* rcpts: mailboxes, or with `user` domains */
	size_t size;
	SSL_CTX *ctx;
	in_addr_t source;
};

static bool
begin(const struct job *j, struct lines *l)
{
	unsigned char plain[512], b64[700];
	char cmd[800];
	int n;

	l->fd = dial(j->host, j->port, j->source);
	l->n = 0;
	if (j->ctx != NULL) {
		l->ssl = SSL_new(j->ctx);
		SSL_set_fd(l->ssl, l->fd);
		if (SSL_connect(l->ssl) != 1)
			return false;
	}
	if (reply(l) != 220)
		return false;
	put(l, "EHLO client.example\r\n", 21);
	if (reply(l) != 250)
		return false;
	if (j->user == NULL)
		return true;
	n = snprintf((char *)plain, sizeof(plain), "%c%s%c%s", 0, j->user, 0, j->password);
	EVP_EncodeBlock(b64, plain, n);
	n = snprintf(cmd, sizeof(cmd), "AUTH PLAIN %s\r\n", b64);
	put(l, cmd, (size_t)n);
	return reply(l) == 235;
}

/* The i-th message with its final dot; its length. */
static size_t
compose(const struct job *j, unsigned i, const char *from, const char *to, char *body)
{
	int n = snprintf(
		body, 768,
		"From: Sender <%s>\r\nTo: <%s>\r\nSubject: message %u\r\n"
		"Date: Sat, 21 Nov 2026 10:00:00 +0000\r\nMessage-ID: <%u.%d@sender.example>\r\n"
		"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n",
		from, to, i, i, (int)getpid());
	size_t len = (size_t)n;

	while (len < j->size) {
		size_t k = len + 72 <= j->size ? 70 : j->size > len + 2 ? j->size - len - 2 : 0;
		memset(body + len, 'a' + (int)(len % 26), k);
		memcpy(body + len + k, "\r\n", 2);
		len += k + 2;
	}
	memcpy(body + len, ".\r\n", 3);
	return len + 3;
}

static bool
transaction(const struct job *j, unsigned i, struct lines *l, char *body)
{
	const char *from = j->user != NULL ? j->user : "s@sender.example";
	char to[64], cmd[512];
	size_t len;
	int n;

	if (j->user != NULL)
		snprintf(to, sizeof(to), "a@d%u.test", i % j->rcpts);
	else
		snprintf(to, sizeof(to), "u%02u@localhost", i % j->rcpts);
	n = snprintf(cmd, sizeof(cmd), "MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n", from, to);
	put(l, cmd, (size_t)n);
	len = compose(j, i, from, to, body);
	if (reply(l) != 250 || reply(l) != 250 || reply(l) != 354)
		return false;
	put(l, body, len);
	return reply(l) == 250;
}

static void
session(const struct job *j, struct shared *sh)
{
	struct lines l = { .fd = -1 };
	char *body = malloc(j->size + 1024);
	unsigned i;

	while ((i = __atomic_fetch_add(&sh->next, 1, __ATOMIC_RELAXED)) < j->count) {
		bool ok = l.fd >= 0 || begin(j, &l);
		double t0 = now();

		if (ok)
			ok = transaction(j, i, &l, body);
		sh->ms[i] = ok ? (now() - t0) * 1e3 : 0;
		if (!ok) {
			__atomic_fetch_add(&sh->errors, 1, __ATOMIC_RELAXED);
			close(l.fd);
			l.fd = -1;
		}
	}
	if (l.fd >= 0) {
		put(&l, "QUIT\r\n", 6);
		reply(&l);
	}
	exit(0);
}

static int
smtp(char **v, bool is_submission)
{
	struct job j = {
		.host = v[0],
		.port = v[1],
		.count = (unsigned)atoi(v[3]),
		.size = (size_t)atol(v[4]),
		.rcpts = (unsigned)atoi(v[5]),
		.user = is_submission ? v[6] : NULL,
		.password = is_submission ? v[7] : NULL,
		.ctx = is_submission ? SSL_CTX_new(TLS_client_method()) : NULL,
	};
	unsigned sessions = (unsigned)atoi(v[2]);
	size_t bytes = sizeof(struct shared) + j.count * sizeof(double);
	struct shared *sh =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	double t0 = now(), t;

	if (sh == MAP_FAILED)
		die("mmap");
	for (unsigned i = 0; i < sessions; i++) {
		if (is_submission)
			j.source = htonl(ntohl(inet_addr(v[8])) + i);
		if (fork() == 0)
			session(&j, sh);
	}
	while (wait(NULL) > 0)
		;
	t = now() - t0;
	qsort(sh->ms, j.count, sizeof(double), cmp_double);
	printf("%.1f %.2f %.2f %.2f %u\n", j.count / t, sh->ms[j.count / 2],
	       sh->ms[(size_t)j.count * 99 / 100], sh->ms[j.count - 1], sh->errors);
	return sh->errors != 0;
}

static SSL *
imap_login(SSL_CTX *ctx, const char *host, const char *port, unsigned user, const char *password,
	   int *fd)
{
	char b[4096];
	SSL *ssl = SSL_new(ctx);

	*fd = dial(host, port, 0);
	SSL_set_fd(ssl, *fd);
	if (SSL_connect(ssl) != 1)
		die("TLS");
	SSL_read(ssl, b, sizeof(b));
	int n = snprintf(b, sizeof(b), "a LOGIN u%02u@localhost %s\r\n", user, password);
	SSL_write(ssl, b, n);
	size_t have = 0;
	do {
		int r = SSL_read(ssl, b + have, (int)(sizeof(b) - 1 - have));
		if (r <= 0)
			die("read");
		have += (size_t)r;
		b[have] = 0;
	} while (strstr(b, "a OK") == NULL && strstr(b, "a NO") == NULL);
	if (strstr(b, "a OK") == NULL) {
		fprintf(stderr, "%s\n", b);
		exit(1);
	}
	return ssl;
}

static int
idle(char **v)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	int n = atoi(v[2]), fd;
	char b[4096];

	for (int i = 0; i < n; i++) {
		SSL *ssl = imap_login(ctx, v[0], v[1], (unsigned)i % 20, v[3], &fd);
		SSL_write(ssl, "b SELECT INBOX\r\n", 16);
		SSL_read(ssl, b, sizeof(b));
		SSL_write(ssl, "c IDLE\r\n", 8);
		SSL_read(ssl, b, sizeof(b));
	}
	printf("ready\n");
	fflush(stdout);
	(void)!fgets(b, sizeof(b), stdin);
	_exit(0);
}

static int
login(char **v)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	int n = atoi(v[2]), fd;
	double t0 = now();
	char b[1024];

	for (int i = 0; i < n; i++) {
		SSL *ssl = imap_login(ctx, v[0], v[1], (unsigned)i % 20, v[3], &fd);
		SSL_write(ssl, "z LOGOUT\r\n", 10);
		while (SSL_read(ssl, b, sizeof(b)) > 0)
			;
		SSL_free(ssl);
		close(fd);
	}
	printf("%.3f\n", now() - t0);
	return 0;
}

int
main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc == 8 && strcmp(argv[1], "smtp") == 0)
		return smtp(argv + 2, false);
	if (argc == 11 && strcmp(argv[1], "submit") == 0)
		return smtp(argv + 2, true);
	if (argc == 6 && strcmp(argv[1], "idle") == 0)
		return idle(argv + 2);
	if (argc == 6 && strcmp(argv[1], "login") == 0)
		return login(argv + 2);
	fprintf(stderr,
		"usage: load smtp HOST PORT SESSIONS COUNT SIZE RCPTS | submit ... DOMAINS USER PASSWORD SOURCE | idle|login HOST PORT N PASSWORD\n");
	return 2;
}
