/* A file goes when it is durable that its message went, and not before. */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "queue/queue.h"
#include "tests/unit/unit.h"

static unsigned char key[SEAL_KEY] = "a key of the queue, for the test";
static struct queue *q;
static int dir;

static int64_t
put(void)
{
	static char piece[2 * LIM_INLINE];
	struct queue_msg m = { .txn = 1, .account = STR("a"), .sender = STR("a@a.example") };
	struct queue_rcpt r = { .addr = STR("b@b.example"), .dest = 5 };
	struct err e = ERR_INIT;
	struct queue_new *n = queue_new(q, sizeof(piece), &e);

	ck_assert_ptr_nonnull(n);
	ck_assert_int_eq(queue_new_put(n, str_mem(piece, sizeof(piece)), &e), 0);
	ck_assert_int_eq(queue_new_finish(n, &m, STR(""), &e), 0);
	r.msg = m.id;
	ck_assert_int_eq(queue_begin(q, true, &e), 0);
	ck_assert_int_eq(queue_add(q, n, &r, 1, &e), 0);
	ck_assert_int_eq(queue_commit(q, &e), 0);
	queue_new_free(&n, true);
	return m.id;
}

static bool
has_file(int64_t id)
{
	char name[64];

	snprintf(name, sizeof(name), "msg/%lld", (long long)id);
	return faccessat(dir, name, F_OK, 0) == 0;
}

/* Take the message out, and commit or not. */
static void
drop(int64_t id, bool sync, bool commit)
{
	struct err e = ERR_INIT;

	ck_assert_int_eq(queue_begin(q, sync, &e), 0);
	ck_assert_int_eq(queue_touch(q, &e), 0);
	if (id != 0)
		ck_assert_int_eq(queue_rcpt_del(q, id, 0, &e), 0);
	if (commit)
		ck_assert_int_eq(queue_commit(q, &e), 0);
	else
		queue_rollback(q);
}

static int
rm_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)st;
	(void)flag;
	(void)f;
	return remove(path);
}

START_TEST(test_gone_when_durable)
{
	char root[] = "/tmp/mox-queue-XXXXXX";
	struct err e = ERR_INIT;
	int64_t one, two;

	ck_assert_int_eq(seal_init(&e), 0);
	ck_assert_ptr_nonnull(mkdtemp(root));
	dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	q = queue_open(dir, key, &e);
	ck_assert_msg(q != NULL, "%s", e.msg);
	one = put();
	two = put();
	drop(one, false, true);
	ck_assert(has_file(one));
	/* What another transaction wanted, and did not get, stays. */
	drop(two, true, false);
	ck_assert(has_file(one) && has_file(two));
	drop(0, true, true);
	ck_assert(!has_file(one) && has_file(two));
	drop(two, true, true);
	ck_assert(!has_file(two));
	queue_close(&q);
	close(dir);
	nftw(root, rm_one, 16, FTW_DEPTH | FTW_PHYS);
}
END_TEST

UNIT_MAIN("queue files", test_gone_when_durable)
