/*
 * What the store costs without any protocol: microseconds of CPU an operation, and bytes and syncs
 * a message, printed as a table. store_bench [messages [size]]
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "crypto/seal.h"
#include "crypto/spool.h"
#include "db/db.h"
#include "ipc/msg_store.h"
#include "store/shelf.h"
#include "store/store.h"

enum { ACCOUNTS = 20, PARALLEL = 10 };

static char root[64];
static int accounts_fd, log_fd, msg_fd;
static unsigned char pub[32], priv[32], index_key[32], log_key[32];
static struct store_shelf *shelf;
static size_t msg_size = 10240;

static void
fail(const char *what, const struct err *e)
{
	fprintf(stderr, "store_bench: %s: %s\n", what, e->msg);
	exit(1);
}

static double
cpu(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec +
	       1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static double
wall(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* What went to the device of the folder, from all processes: run it on a quiet machine. */
static double
written(void)
{
	struct stat st;
	char path[100], line[400], *p = line;
	FILE *f;

	if (fstat(log_fd, &st) < 0)
		return 0;
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/stat", major(st.st_dev),
		 minor(st.st_dev));
	f = fopen(path, "r");
	if (f == NULL || fgets(line, sizeof(line), f) == NULL)
		line[0] = '\0';
	if (f != NULL)
		fclose(f);
	/* The seventh number: sectors written. */
	for (int i = 0; i < 6; i++)
		(void)strtod(p, &p);
	return strtod(p, NULL) * 512;
}

static void
setup(void)
{
	struct store_shelf_start st;
	struct err e = ERR_INIT;
	char path[100];
	struct buf b;

	if (seal_init(&e) < 0)
		fail("start", &e);
	snprintf(root, sizeof(root), "/var/tmp/mox-bench-XXXXXX");
	if (mkdtemp(root) == NULL)
		exit(1);
	snprintf(path, sizeof(path), "%s/accounts", root);
	mkdir(path, 0755);
	accounts_fd = open(path, O_RDONLY | O_DIRECTORY);
	snprintf(path, sizeof(path), "%s/log", root);
	mkdir(path, 0755);
	log_fd = open(path, O_RDONLY | O_DIRECTORY);
	seal_keypair(pub, priv);
	seal_random(index_key, sizeof(index_key));
	seal_random(log_key, sizeof(log_key));
	shelf = store_shelf_open(accounts_fd, log_fd, 0, log_key, &st, &e);
	if (shelf == NULL)
		fail("open", &e);
	buf_init(&b, msg_size + 1000);
	buf_puts(
		&b,
		"From: Some Body <some.body@example.org>\r\nTo: Any One <any.one@example.com>\r\n"
		"Subject: A message to measure with\r\nDate: Sat, 21 Nov 2026 10:44:00 +0000\r\n"
		"Message-ID: <123456789@example.org>\r\nMIME-Version: 1.0\r\n"
		"Content-Type: multipart/alternative; boundary=\"xx\"\r\n\r\n--xx\r\n"
		"Content-Type: text/plain\r\n\r\nplain\r\n--xx\r\nContent-Type: text/html\r\n\r\n");
	while (b.n + 100 < msg_size)
		buf_puts(&b, "<p>The quick brown fox jumps over the lazy dog, once more.</p>\r\n");
	buf_puts(&b, "--xx--\r\n");
	msg_size = b.n;
	msg_fd = memfd_create("msg", MFD_ALLOW_SEALING);
	if (write(msg_fd, buf_str(&b).p, b.n) != (ssize_t)b.n)
		exit(1);
	fcntl(msg_fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
	buf_done(&b);
}

static struct store_w *
account(int i)
{
	struct err e = ERR_INIT;
	struct store_w *w;
	char name[20];

	snprintf(name, sizeof(name), "a%d", i);
	w = store_shelf_get(shelf, str_c(name), &e);
	if (w == NULL)
		fail("account", &e);
	if (!store_w_has_keys(w))
		store_w_set_keys(w, pub, index_key);
	return w;
}

static void
apply(struct store_w *w, struct buf *op, struct store_result *r)
{
	struct err e = ERR_INIT;

	if (store_shelf_apply(shelf, w, buf_str(op), r, &e) < 0)
		fail("apply", &e);
}

static void
flush(void)
{
	struct err e = ERR_INIT;

	if (store_shelf_flush(shelf, &e) < 0)
		fail("flush", &e);
}

static void
deliver(int i)
{
	struct msg_op_message m = { .name = STR("Inbox") };
	struct store_w *w = account(i);
	struct err e = ERR_INIT;
	struct store_prepared p;
	struct store_result r;
	struct spool_reader *sr = spool_reader_new(msg_fd, STR(""), msg_size, &e);
	struct buf op;

	if (sr == NULL || store_w_prepare(w, STR("Return-Path: <>\r\n"), sr, &p, &m, &e) < 0)
		fail("prepare", &e);
	buf_init(&op, LIM_OP);
	store_op_put(&op, STORE_OP_MESSAGE, time(NULL));
	msg_op_message_put(&op, &m);
	store_result_init(&r);
	apply(w, &op, &r);
	store_result_done(&r);
	buf_done(&op);
	store_prepared_done(&p);
	spool_reader_free(&sr);
}

struct mark {
	double cpu, wall, written;
	struct db_counts counts;
};

static struct mark
mark(void)
{
	return (struct mark){ cpu(), wall(), written(), db_counts };
}

static void
row(const char *what, struct mark m, double n, const char *unit)
{
	struct mark now = mark();

	printf("%-44s %10.3f us CPU a %-8s %8.3f ms CPU in all", what, 1e6 * (now.cpu - m.cpu) / n,
	       unit, 1e3 * (now.cpu - m.cpu));
	if (now.counts.syncs != m.counts.syncs)
		printf("  %6.3f syncs, %6.1f KB (device %6.1f KB) each",
		       (double)(now.counts.syncs - m.counts.syncs) / n,
		       (double)(now.counts.bytes - m.counts.bytes) / n / 1024,
		       (now.written - m.written) / n / 1024);
	printf("\n");
	fflush(stdout);
}

static void
work(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	store_shelf_work(shelf, t.tv_sec * 1000 + t.tv_nsec / 1000000);
}

/* n messages to accounts in turn, `batch` in each flush; checkpoints included. */
static void
bench_deliver(const char *what, int n, int batch, bool pinned)
{
	struct mark m;

	for (int i = 0; i < ACCOUNTS; i++) {
		deliver(i);
		if (pinned)
			store_shelf_pin(shelf, account(i));
	}
	flush();
	work();
	m = mark();
	for (int i = 0; i < n; i++) {
		deliver(i % ACCOUNTS);
		if (i % batch == batch - 1) {
			flush();
			work();
		}
	}
	flush();
	for (int i = 0; i < ACCOUNTS; i++) {
		struct err e = ERR_INIT;
		bool all;

		if (store_shelf_publish(shelf, account(i), &e) < 0 ||
		    store_w_checkpoint(account(i), &all, &e) < 0)
			fail("checkpoint", &e);
	}
	row(what, m, n, "message");
	for (int i = 0; i < ACCOUNTS && pinned; i++) {
		char name[20];

		snprintf(name, sizeof(name), "a%d", i);
		store_shelf_unpin(shelf, str_c(name));
	}
}

static bool
on_row(void *arg, const struct store_row *r)
{
	*(uint64_t *)arg += r->flags + r->uid;
	return true;
}

static void
set_flags(struct store_w *w, uint32_t lo, uint32_t hi, enum store_flags_op how, uint32_t flags)
{
	struct store_result r;
	struct buf op, set;

	store_result_init(&r);
	buf_init(&set, 8);
	store_set_put(&set, lo, hi);
	buf_init(&op, LIM_OP);
	store_op_put(&op, STORE_OP_FLAGS, time(NULL));
	msg_op_flags_put(&op, &(struct msg_op_flags){ .mailbox = 1,
						      .how = how,
						      .flags = flags,
						      .keywords = STR(""),
						      .uids = buf_str(&set) });
	apply(w, &op, &r);
	buf_done(&op);
	buf_done(&set);
	store_result_done(&r);
}

/* Small ones, many at once, until there are n; then one by one. */
static void
bench_fill(int n)
{
	struct mark m;
	struct buf b;

	msg_size = 500;
	close(msg_fd);
	msg_fd = memfd_create("msg", MFD_ALLOW_SEALING);
	buf_init(&b, 1000);
	buf_puts(&b, "From: a@example.org\r\nSubject: small\r\n\r\n");
	while (b.n < msg_size)
		buf_putc(&b, 'x');
	if (write(msg_fd, buf_str(&b).p, b.n) != (ssize_t)b.n)
		exit(1);
	fcntl(msg_fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
	buf_done(&b);
	m = mark();
	for (int i = 0; i < n; i++) {
		deliver(0);
		if (i % 500 == 499) {
			flush();
			work();
		}
	}
	flush();
	row("small messages, 500 a batch", m, n, "message");
	m = mark();
	for (int i = 0; i < 500; i++) {
		deliver(0);
		flush();
	}
	row("append one by one, 500 bytes", m, 500, "message");
}

static void
bench_rows(struct store *s)
{
	struct store_mailbox mb;
	struct err e = ERR_INIT;
	uint64_t sum = 0;
	struct mark m = mark();
	struct buf b;

	for (int i = 0; i < 1000; i++)
		if (store_mailbox_find(s, STR("Inbox"), &mb, &e) < 0)
			fail("find", &e);
	row("SELECT (mailbox row)", m, 1000, "time");
	for (int i = 0; i < 2; i++) {
		m = mark();
		if (store_rows(s, mb.id, 1, UINT32_MAX, 0, on_row, &sum, &e) < 0)
			fail("rows", &e);
		row(i == 0 ? "rows, all, first" : "rows, all, again", m, mb.count, "row");
	}
	buf_init(&b, (size_t)mb.count * 4 + 100);
	m = mark();
	if (store_uids(s, mb.id, 1, &b, &e) < 0)
		fail("uids", &e);
	row("uids, all", m, mb.count, "row");
	buf_done(&b);
}

static void
bench_content(struct store *s, int n)
{
	struct err e = ERR_INIT;
	struct mark m = mark();
	struct buf b;

	buf_init(&b, 1 << 20);
	for (int64_t id = 3; id < 3 + n; id++) {
		buf_reset(&b);
		if (store_meta(s, id, &b, &e) < 0)
			fail("meta", &e);
	}
	row("meta (ENVELOPE, BODYSTRUCTURE)", m, n, "message");
	m = mark();
	for (int64_t id = 3; id < 1003; id++) {
		struct store_msg *sm = store_msg_open(s, id, &e);

		buf_reset(&b);
		if (sm == NULL || store_msg_read(sm, 0, 1 << 19, &b, &e) < 0)
			fail("body", &e);
		store_msg_close(&sm);
	}
	row("bodies", m, 1000, "message");
	buf_done(&b);
}

/* n messages each time. */
static void
bench_changes(struct store_w *w, int n)
{
	struct store_result r;
	struct buf op, set;
	struct mark m = mark();
	uint32_t last = (uint32_t)n;

	set_flags(w, 1, last, STORE_FLAGS_ADD, STORE_FLAG_SEEN);
	flush();
	row("STORE +FLAGS", m, n, "row");
	m = mark();
	for (uint32_t i = 1; i <= 100; i++) {
		set_flags(w, i, i, STORE_FLAGS_ADD, STORE_FLAG_FLAGGED);
		flush();
	}
	row("STORE on one", m, 100, "time");
	m = mark();
	buf_init(&set, 8);
	store_set_put(&set, 1, last);
	store_result_init(&r);
	buf_init(&op, LIM_OP);
	store_op_put(&op, STORE_OP_CREATE, time(NULL));
	msg_op_create_put(&op, &(struct msg_op_create){ .name = STR("Copies") });
	apply(w, &op, &r);
	buf_reset(&op);
	store_op_put(&op, STORE_OP_COPY, time(NULL));
	msg_op_copy_put(&op, &(struct msg_op_copy){
				     .src = 1, .dst = (uint64_t)r.mailbox, .uids = buf_str(&set) });
	apply(w, &op, &r);
	flush();
	row("COPY", m, n, "row");
	m = mark();
	set_flags(w, 1, last, STORE_FLAGS_ADD, STORE_FLAG_DELETED);
	flush();
	row("STORE +FLAGS \\Deleted", m, n, "row");
	m = mark();
	buf_reset(&op);
	store_op_put(&op, STORE_OP_EXPUNGE, time(NULL));
	msg_op_expunge_put(&op,
			   &(struct msg_op_expunge){ .mailbox = 1, .all = 1, .uids = STR("") });
	apply(w, &op, &r);
	flush();
	row("EXPUNGE of what has copies", m, n, "row");
	set_flags(w, last + 1, 2 * last, STORE_FLAGS_ADD, STORE_FLAG_DELETED);
	m = mark();
	apply(w, &op, &r);
	flush();
	row("EXPUNGE", m, n, "row");
	buf_done(&op);
	buf_done(&set);
	store_result_done(&r);
}

static void
bench_mailbox(int n)
{
	struct err e = ERR_INIT;
	struct store *s;
	int dir;

	store_shelf_pin(shelf, account(0));
	bench_fill(n);
	dir = openat(accounts_fd, "a0", O_RDONLY | O_DIRECTORY);
	s = store_open(dir, STR("a0"), pub, priv, &e);
	if (s == NULL)
		fail("reader", &e);
	bench_rows(s);
	bench_content(s, MIN(n, 10000));
	bench_changes(account(0), MIN(n / 2, 10000));
	store_close(&s);
	close(dir);
	store_shelf_unpin(shelf, STR("a0"));
}

static int
rm_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)st;
	(void)flag;
	(void)f;
	return remove(path);
}

int
main(int argc, char **argv)
{
	int n = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 100000;

	if (argc > 2)
		msg_size = (size_t)strtol(argv[2], NULL, 10);
	setup();
	printf("messages of %zu bytes to %d mailboxes\n", msg_size, ACCOUNTS);
	bench_deliver("deliver, 1 a batch", 2000, 1, false);
	bench_deliver("deliver, 10 a batch", 4000, PARALLEL, false);
	bench_deliver("deliver, 50 a batch", 4000, 50, false);
	bench_deliver("deliver, 10 a batch, readers on all", 4000, PARALLEL, true);
	if (n > 0)
		bench_mailbox(n);
	store_shelf_close(&shelf);
	nftw(root, rm_one, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}
