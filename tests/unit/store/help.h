/* An account in a temporary folder, its keys, and short forms of what tests do with it. */
#ifndef TEST_STORE_HELP_H
#define TEST_STORE_HELP_H

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/wire.h"
#include "crypto/seal.h"
#include "crypto/spool.h"
#include "db/db.h"
#include "ipc/msg_store.h"
#include "store/shelf.h"
#include "store/store.h"
#include "store/verify.h"

static char root[64];
static int accounts_fd = -1, log_fd = -1;
static unsigned char pub[32], priv[32], index_key[32], log_key[32];
static struct store_shelf *shelf;
static int64_t test_now = 1700000000;

static inline int
rm_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)st;
	(void)flag;
	(void)f;
	return remove(path);
}

static inline void
world_open(void)
{
	char path[100];
	struct err e = ERR_INIT;

	ck_assert_int_eq(seal_init(&e), 0);
	snprintf(root, sizeof(root), "/tmp/mox-store-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	snprintf(path, sizeof(path), "%s/accounts", root);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	accounts_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(path, sizeof(path), "%s/log", root);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	log_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	seal_keypair(pub, priv);
	seal_random(index_key, sizeof(index_key));
	seal_random(log_key, sizeof(log_key));
}

static inline void
world_close(void)
{
	close(accounts_fd);
	close(log_fd);
	nftw(root, rm_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline struct store_shelf_start
shelf_up(void)
{
	struct store_shelf_start st;
	struct err e = ERR_INIT;

	shelf = store_shelf_open(accounts_fd, log_fd, 0, log_key, &st, &e);
	ck_assert_msg(shelf != NULL, "%s", e.msg);
	return st;
}

static inline struct store_w *
acct_w(const char *name)
{
	struct err e = ERR_INIT;
	struct store_w *w = store_shelf_get(shelf, str_c(name), &e);

	ck_assert_msg(w != NULL, "%s", e.msg);
	if (!store_w_has_keys(w))
		store_w_set_keys(w, pub, index_key);
	return w;
}

/* A sealed memory file. */
static inline int
memory(const void *p, size_t n)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, p, n), (ssize_t)n);
	ck_assert_int_eq(
		fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL),
		0);
	return fd;
}

static inline int
do_op(struct store_w *w, struct buf *op, struct store_result *r, struct err *e)
{
	int rc = store_shelf_apply(shelf, w, buf_str(op), r, e);

	buf_done(op);
	return rc;
}

#define OP(buf, TYPE, name, ...)                                                                   \
	do {                                                                                       \
		buf_init(&(buf), LIM_OP);                                                          \
		store_op_put(&(buf), STORE_OP_##TYPE, test_now++);                                 \
		msg_##name##_put(&(buf), &(struct msg_##name){ __VA_ARGS__ });                     \
	} while (0)

static inline int
try_init(struct store_w *w, struct err *e)
{
	struct store_result r;
	struct buf op, boxes;
	int rc;

	buf_init(&boxes, 1000);
	wr_str(&boxes, STR("Sent"));
	wr_uint(&boxes, 4, STORE_SPECIAL_SENT);
	wr_str(&boxes, STR("Archive/old"));
	wr_uint(&boxes, 4, 0);
	OP(op, INIT, op_init, .boxes = buf_str(&boxes));
	store_result_init(&r);
	rc = do_op(w, &op, &r, e);
	store_result_done(&r);
	buf_done(&boxes);
	return rc;
}

/* Deliver; -1 and *e when it fails. */
static inline int
try_deliver(struct store_w *w, const char *box, struct str prefix, struct str msg, uint32_t *uid,
	    struct err *e)
{
	struct msg_op_message m = { .name = str_c(box) };
	struct store_prepared p;
	struct store_result r;
	struct spool_reader *sr;
	struct buf op;
	int fd = memory(msg.p, msg.n), rc;

	sr = spool_reader_new(fd, STR(""), msg.n, e);
	ck_assert_ptr_nonnull(sr);
	rc = store_w_prepare(w, prefix, sr, &p, &m, e);
	if (rc == 0) {
		buf_init(&op, LIM_OP);
		store_op_put(&op, STORE_OP_MESSAGE, test_now++);
		msg_op_message_put(&op, &m);
		store_result_init(&r);
		rc = do_op(w, &op, &r, e);
		if (rc < 0)
			store_w_unprepare(w, &m);
		else if (uid != NULL)
			*uid = r.uid;
		store_result_done(&r);
	}
	store_prepared_done(&p);
	spool_reader_free(&sr);
	close(fd);
	return rc;
}

static inline uint32_t
deliver(struct store_w *w, const char *box, const char *text)
{
	struct err e = ERR_INIT;
	uint32_t uid = 0;

	ck_assert_msg(try_deliver(w, box, STR(""), str_c(text), &uid, &e) == 0, "%s", e.msg);
	return uid;
}

static inline void
flush(void)
{
	struct err e = ERR_INIT;

	ck_assert_msg(store_shelf_flush(shelf, &e) == 0, "%s", e.msg);
}

static inline void
publish(const char *name)
{
	struct err e = ERR_INIT;

	flush();
	ck_assert_msg(store_shelf_publish(shelf, acct_w(name), &e) == 0, "%s", e.msg);
}

static inline struct store *
reader(const char *name)
{
	struct err e = ERR_INIT;
	int fd = openat(accounts_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct store *s = store_open(fd, str_c(name), pub, priv, &e);

	ck_assert_msg(s != NULL, "%s", e.msg);
	close(fd);
	return s;
}

static inline void
print_problem(void *arg, struct str problem)
{
	(void)arg;
	fprintf(stderr, "problem: " STR_FMT "\n", STR_ARG(problem));
}

static inline uint64_t
problems_of(const char *name)
{
	struct store_verify_sums sums;
	struct err e = ERR_INIT;
	int fd = openat(accounts_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert_msg(store_verify(fd, str_c(name), pub, priv, print_problem, NULL, &sums, &e) == 0,
		      "%s", e.msg);
	close(fd);
	return sums.problems;
}

static inline struct store_mailbox
box(struct store *s, const char *name)
{
	struct store_mailbox m;
	struct err e = ERR_INIT;

	ck_assert_msg(store_mailbox_find(s, str_c(name), &m, &e) == 0, "%s: %s", name, e.msg);
	return m;
}

struct row_list {
	struct store_row v[200];
	size_t n;
};

static inline bool
row_add(void *arg, const struct store_row *r)
{
	struct row_list *l = arg;

	ck_assert_uint_lt(l->n, ARRAY_LEN(l->v));
	l->v[l->n++] = *r;
	return true;
}

static inline struct row_list
rows_of(struct store *s, const char *name)
{
	struct row_list l = { .n = 0 };
	struct err e = ERR_INIT;

	ck_assert_int_eq(store_rows(s, box(s, name).id, 1, UINT32_MAX, 0, row_add, &l, &e), 0);
	return l;
}

/* Content of the message with this UID equals. */
static inline void
check_content_is(struct store *s, const char *name, uint32_t uid, struct str want)
{
	struct row_list l = { .n = 0 };
	struct err e = ERR_INIT;
	struct store_msg *m;
	struct buf b;

	ck_assert_int_eq(store_rows(s, box(s, name).id, uid, uid, 0, row_add, &l, &e), 0);
	ck_assert_uint_eq(l.n, 1);
	m = store_msg_open(s, l.v[0].msg, &e);
	ck_assert_msg(m != NULL, "%s", e.msg);
	ck_assert_uint_eq(store_msg_size(m), want.n);
	ck_assert_uint_eq(l.v[0].size, want.n);
	buf_init(&b, want.n + 100);
	ck_assert_msg(store_msg_read(m, 0, want.n + 10, &b, &e) == 0, "%s", e.msg);
	ck_assert(str_eq(buf_str(&b), want));
	if (want.n > 20) {
		buf_reset(&b);
		ck_assert_int_eq(store_msg_read(m, want.n - 11, 7, &b, &e), 0);
		ck_assert(str_eq(buf_str(&b), str_sub(want, want.n - 11, want.n - 4)));
	}
	buf_done(&b);
	store_msg_close(&m);
}

#endif
