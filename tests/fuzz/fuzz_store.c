/*
 * What the writer of the store takes from others. The first byte chooses:
 *   0  the rest is a packed UID set: what is read, written again, is the same bytes
 *   1  the rest is a mailbox name: what is accepted is accepted again unchanged
 *   2  the rest is a decrypted record of the intent log: its operations are applied to a scratch
 * account, which must stay consistent, and undone
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "crypto/seal.h"
#include "store/intent.h"
#include "store/store.h"
#include "store/verify.h"
#include "store/writer.h"

static struct store_w *w;
static int account_dir = -1;
static char root[64];

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static void
leave(void)
{
	char cmd[100];

	store_w_close(&w);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", root);
	if (system(cmd) != 0)
		fputs("scratch account stays\n", stderr);
}

static void
start(void)
{
	struct err e = ERR_INIT;
	int fd;

	check(seal_init(&e) == 0);
	snprintf(root, sizeof(root), "/tmp/mox-fuzz-XXXXXX");
	check(mkdtemp(root) != NULL);
	fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	w = store_w_open(fd, STR("a"), &e);
	check(w != NULL);
	account_dir = openat(fd, "a", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	close(fd);
	atexit(leave);
}

static void
fuzz_set(struct str set)
{
	struct str all = set;
	uint32_t lo, hi, last = 0;
	struct buf b;
	bool bad;

	buf_init(&b, set.n);
	while (store_set_next(&set, &lo, &hi, &bad)) {
		check(lo > last && lo <= hi);
		last = hi;
		store_set_put(&b, lo, hi);
	}
	check(bad || str_eq(buf_str(&b), all));
	buf_done(&b);
}

static void
fuzz_name(struct str name)
{
	struct err e = ERR_INIT;
	struct buf a, b;

	buf_init(&a, LIM_MAILBOX_NAME);
	buf_init(&b, LIM_MAILBOX_NAME);
	if (store_mailbox_name_check(name, &a, &e) == 0) {
		check(store_mailbox_name_check(buf_str(&a), &b, &e) == 0);
		check(str_eq(buf_str(&a), buf_str(&b)));
		check(str_is_utf8(buf_str(&a)));
	}
	buf_done(&a);
	buf_done(&b);
}

static int
on_op(void *arg, struct str account, uint64_t seq, struct str op, struct err *e)
{
	struct err why = ERR_INIT;
	struct store_result r;

	(void)account;
	(void)seq;
	(void)e;
	store_result_init(&r);
	if (store_w_apply(w, op, &r, &why) < 0)
		check(why.code != EC_OK);
	++*(unsigned *)arg;
	store_result_done(&r);
	return 0;
}

static void
on_problem(void *arg, struct str problem)
{
	/* Operations may be made up: a message whose content is not what it says is no fault of
	 * the writer. */
	if (str_find(problem, STR("content")) < 0 && str_find(problem, STR("key chain")) < 0 &&
	    str_find(problem, STR("Inbox")) < 0) {
		fprintf(stderr, STR_FMT "\n", STR_ARG(problem));
		abort();
	}
	(void)arg;
}

static void
fuzz_record(struct str record)
{
	struct store_verify_sums sums;
	struct err e = ERR_INIT;
	unsigned n = 0;

	if (store_log_parse(record, on_op, &n, &e) < 0)
		check(e.code == EC_CORRUPT);
	/* Most are undone; some stay, so that there is something to act upon. */
	if (n > 0 && record.n % 4 == 0) {
		store_w_batch_keep(w);
		err_clear(&e);
		check(store_w_commit(w, &e) == 0);
		check(store_verify(account_dir, STR("a"), NULL, NULL, on_problem, NULL, &sums,
				   &e) == 0);
	} else {
		store_w_batch_undo(w);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s;

	if (w == NULL)
		start();
	if (size == 0)
		return 0;
	s = str_mem(data + 1, size - 1);
	switch (data[0] % 3) {
	case 0:
		fuzz_set(s);
		break;
	case 1:
		fuzz_name(s);
		break;
	default:
		fuzz_record(s);
		break;
	}
	return 0;
}
