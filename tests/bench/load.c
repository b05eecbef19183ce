/*
 * Load for the benchmarks: `load smtp HOST PORT SESSIONS COUNT SIZE RCPTS` sends COUNT messages of
 * SIZE bytes over SESSIONS connections at once, pipelined as MTAs do, to u00..uNN@localhost in turn, and
 * prints "rate p50 p99 max errors" (messages a second, milliseconds per message). `load idle HOST PORT N`
 * opens N TLS IMAP connections, logs in, enters IDLE, prints "ready" and waits for a line on stdin.
 * `load login HOST PORT N PASSWORD` logs in and out N times over TLS and prints the seconds taken.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
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

static int
dial(const char *host, const char *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)strtoul(port, NULL, 10)) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	if (fd < 0 || inet_pton(AF_INET, host, &a.sin_addr) != 1)
		die("address");
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		die("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* The code of one whole reply, or -1. Keeps what lies behind it for the next call. */
struct lines {
	int fd;
	char b[8192];
	size_t n;
};

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
		ssize_t r = read(l->fd, l->b + l->n, sizeof(l->b) - l->n);
		if (r <= 0)
			return -1;
		l->n += (size_t)r;
	}
}

static void
put(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t r = write(fd, p, n);
		if (r <= 0)
			die("write");
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

static void
session(const char *host, const char *port, unsigned count, size_t size, unsigned rcpts, struct shared *sh)
{
	struct lines l = { .fd = -1 };
	char *body = malloc(size + 512), cmd[512];
	unsigned i;

	while ((i = __atomic_fetch_add(&sh->next, 1, __ATOMIC_RELAXED)) < count) {
		if (l.fd < 0) {
			l.fd = dial(host, port);
			l.n = 0;
			if (reply(&l) != 220)
				goto bad;
			put(l.fd, "EHLO client.example\r\n", 21);
			if (reply(&l) != 250)
				goto bad;
		}
		double t0 = now();
		int n = snprintf(cmd, sizeof(cmd),
				 "MAIL FROM:<s@sender.example>\r\nRCPT TO:<u%02u@localhost>\r\nDATA\r\n", i % rcpts);
		put(l.fd, cmd, (size_t)n);
		n = snprintf(body, 512,
			     "From: Sender <s@sender.example>\r\nTo: <u%02u@localhost>\r\nSubject: message %u\r\n"
			     "Date: Sat, 21 Nov 2026 10:00:00 +0000\r\nMessage-ID: <%u.%d@sender.example>\r\n"
			     "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n",
			     i % rcpts, i, i, (int)getpid());
		size_t len = (size_t)n;
		while (len < size) {
			size_t k = len + 72 <= size ? 70 : size > len + 2 ? size - len - 2 : 0;
			memset(body + len, 'a' + (int)(len % 26), k);
			memcpy(body + len + k, "\r\n", 2);
			len += k + 2;
		}
		memcpy(body + len, ".\r\n", 3);
		if (reply(&l) != 250 || reply(&l) != 250 || reply(&l) != 354)
			goto bad;
		put(l.fd, body, len + 3);
		if (reply(&l) != 250)
			goto bad;
		sh->ms[i] = (now() - t0) * 1e3;
		continue;
bad:
		__atomic_fetch_add(&sh->errors, 1, __ATOMIC_RELAXED);
		sh->ms[i] = 0;
		close(l.fd);
		l.fd = -1;
	}
	if (l.fd >= 0) {
		put(l.fd, "QUIT\r\n", 6);
		reply(&l);
	}
	exit(0);
}

static int
smtp(char **v)
{
	unsigned sessions = (unsigned)atoi(v[2]), count = (unsigned)atoi(v[3]), rcpts = (unsigned)atoi(v[5]);
	size_t size = (size_t)atol(v[4]), bytes = sizeof(struct shared) + count * sizeof(double);
	struct shared *sh = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	double t0 = now(), t;

	if (sh == MAP_FAILED)
		die("mmap");
	for (unsigned i = 0; i < sessions; i++)
		if (fork() == 0)
			session(v[0], v[1], count, size, rcpts, sh);
	while (wait(NULL) > 0)
		;
	t = now() - t0;
	qsort(sh->ms, count, sizeof(double), cmp_double);
	printf("%.1f %.2f %.2f %.2f %u\n", count / t, sh->ms[count / 2], sh->ms[(size_t)count * 99 / 100],
	       sh->ms[count - 1], sh->errors);
	return sh->errors != 0;
}

static SSL *
imap_login(SSL_CTX *ctx, const char *host, const char *port, unsigned user, const char *password, int *fd)
{
	char b[4096];
	SSL *ssl = SSL_new(ctx);

	*fd = dial(host, port);
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
	if (argc == 8 && strcmp(argv[1], "smtp") == 0)
		return smtp(argv + 2);
	if (argc == 6 && strcmp(argv[1], "idle") == 0)
		return idle(argv + 2);
	if (argc == 6 && strcmp(argv[1], "login") == 0)
		return login(argv + 2);
	fprintf(stderr, "usage: load smtp HOST PORT SESSIONS COUNT SIZE RCPTS | idle|login HOST PORT N PASSWORD\n");
	return 2;
}
