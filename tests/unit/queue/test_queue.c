/* The queue at rest: what is put in comes out, what was committed survives, damage stays where it
 * is. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "crypto/spool.h"
#include "db/db.h"
#include "queue/queue.h"
#include "tests/unit/unit.h"

#define SECRET "xyzzy-plugh-secret"

static char root[64];
static int dir = -1;
static unsigned char key[SEAL_KEY] = "a key of the queue, for the test";
static struct queue *q;

static int
rm_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)st;
	(void)flag;
	(void)f;
	return remove(path);
}

static void
world_open(void)
{
	struct err e = ERR_INIT;

	ck_assert_int_eq(seal_init(&e), 0);
	snprintf(root, sizeof(root), "/tmp/mox-queue-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void
up(void)
{
	struct err e = ERR_INIT;

	q = queue_open(dir, key, &e);
	ck_assert_msg(q != NULL, "%s", e.msg);
}

static void
down(void)
{
	queue_close(&q);
}

static void
world_close(void)
{
	down();
	close(dir);
	nftw(root, rm_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
begin(bool sync)
{
	struct err e = ERR_INIT;

	ck_assert_msg(queue_begin(q, sync, &e) == 0, "%s", e.msg);
}

static void
commit(void)
{
	struct err e = ERR_INIT;

	ck_assert_msg(queue_commit(q, &e) == 0, "%s", e.msg);
}

static char *
content(size_t n)
{
	char *p = mem_alloc(n + 1);

	for (size_t i = 0; i < n; i++)
		p[i] = SECRET[i % (sizeof(SECRET) - 1)];
	return p;
}

/* A message with recipients at two domains, the third one held. */
static struct queue_new *
make(uint64_t txn, size_t size, struct queue_rcpt v[3], struct err *e)
{
	struct queue_msg m = { .txn = txn,
			       .created = 1000,
			       .flags = 5,
			       .account = STR("acct"),
			       .login = STR("login@a.example"),
			       .sender = STR(SECRET "@a.example"),
			       .ip = STR("192.0.2.1"),
			       .helo = STR("there") };
	struct queue_new *n = queue_new(q, size, e);
	char *p = content(size);
	int rc = n == NULL ? -1 : 0;

	for (size_t off = 0; rc == 0 && off < size; off += 10000)
		rc = queue_new_put(n, str_sub(str_mem(p, size), off, MIN(off + 10000, size)), e);
	if (rc == 0)
		rc = queue_new_finish(n, &m, STR("Received: " SECRET "\r\n"), e);
	mem_free(p);
	if (rc < 0)
		queue_new_free(&n, false);
	if (n == NULL)
		return NULL;
	for (uint32_t i = 0; i < 3; i++)
		v[i] = (struct queue_rcpt){ .msg = m.id, .n = i, .next = 1000 + i };
	v[0].addr = STR("one@b.example");
	v[1].addr = STR("two@" SECRET ".example");
	v[2].addr = STR("three@b.example");
	v[0].dest = v[2].dest = queue_dest(q, STR("b.example"));
	v[1].dest = queue_dest(q, STR(SECRET ".example"));
	v[2].hold = true;
	return n;
}

static int64_t
put(uint64_t txn, size_t size)
{
	struct queue_rcpt v[3];
	struct err e = ERR_INIT;
	struct queue_new *n = make(txn, size, v, &e);
	int64_t id;

	ck_assert_msg(n != NULL, "%s", e.msg);
	id = queue_new_id(n);
	begin(true);
	ck_assert_msg(queue_add(q, n, v, 3, &e) == 0, "%s", e.msg);
	commit();
	queue_new_free(&n, true);
	return id;
}

/* -1 with an error; else it is as it was put. */
static int
check(int64_t id, size_t size, struct err *e)
{
	struct arena *a = arena_new(1 << 16);
	struct buf prefix, plain;
	struct queue_msg m;
	char *want = content(size), *got;
	int fd = -1, rc;

	buf_init(&prefix, 1 << 16);
	buf_init(&plain, LIM_INLINE);
	rc = queue_msg_get(q, id, a, &m, e);
	if (rc == 0) {
		ck_assert_str_is(m.account, STR("acct"));
		ck_assert_str_is(m.sender, STR(SECRET "@a.example"));
		ck_assert_uint_eq(m.size, size);
		rc = queue_body(q, &m, &prefix, &plain, &fd, e);
	}
	if (rc == 0) {
		ck_assert_str_is(buf_str(&prefix), STR("Received: " SECRET "\r\n"));
		ck_assert_int_eq(fd >= 0, size > LIM_INLINE);
	}
	if (rc == 0 && fd >= 0) {
		struct spool_reader *r =
			spool_reader_new(fd, str_mem(m.file_key, SEAL_KEY), size, e);

		got = mem_alloc(size);
		rc = r == NULL ? -1 : spool_reader_get(r, 0, got, size, e);
		ck_assert(rc < 0 || memcmp(got, want, size) == 0);
		mem_free(got);
		spool_reader_free(&r);
	} else if (rc == 0) {
		ck_assert_str_is(buf_str(&plain), str_mem(want, size));
	}
	if (fd >= 0)
		close(fd);
	mem_free(want);
	buf_done(&prefix);
	buf_done(&plain);
	arena_free(&a);
	return rc;
}

static unsigned problems;

static void
on_problem(void *arg, struct str problem)
{
	(void)arg;
	if (getenv("MOX_TEST_VERBOSE") != NULL)
		printf(STR_FMT "\n", STR_ARG(problem));
	problems++;
}

static unsigned
verify(void)
{
	struct queue_verify_sums sums;
	struct err e = ERR_INIT;

	problems = 0;
	ck_assert_msg(queue_verify(dir, key, on_problem, NULL, &sums, &e) == 0, "%s", e.msg);
	ck_assert_uint_eq(sums.problems, problems);
	return problems;
}

static unsigned
files(void)
{
	char path[100];
	struct dirent *d;
	unsigned n = 0;
	DIR *list;

	snprintf(path, sizeof(path), "%s/msg", root);
	list = opendir(path);
	while ((d = readdir(list)) != NULL)
		n += d->d_name[0] != '.';
	closedir(list);
	return n;
}

START_TEST(test_in_and_out)
{
	static const size_t sizes[] = { 0, 1, 100, LIM_INLINE, LIM_INLINE + 1, 1 << 20 };
	struct err e = ERR_INIT;
	int64_t ids[ARRAY_LEN(sizes)];

	world_open();
	up();
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		ids[i] = put(i + 1, sizes[i]);
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
			ck_assert_msg(check(ids[i], sizes[i], &e) == 0, "%s", e.msg);
		ck_assert_uint_eq(verify(), 0);
		down();
		up();
	}
	ck_assert_uint_eq(files(), 2);
	/* The last recipient takes the message along; its file goes when that is durable. */
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		begin(true);
		for (uint32_t n = 0; n < 3; n++) {
			ck_assert_int_eq(check(ids[i], sizes[i], &e), 0);
			ck_assert_int_eq(queue_rcpt_del(q, ids[i], n, &e), 0);
		}
		commit();
		ck_assert_int_eq(check(ids[i], sizes[i], &e), -1);
		ck_assert_int_eq(e.code, EC_NOTFOUND);
		err_clear(&e);
	}
	ck_assert_uint_eq(files(), 0);
	ck_assert_uint_eq(verify(), 0);
	/* Numbers do not come again. */
	down();
	up();
	ck_assert_int_gt(put(99, 10), ids[ARRAY_LEN(sizes) - 1]);
	world_close();
}
END_TEST

START_TEST(test_key)
{
	unsigned char other[SEAL_KEY] = "another key";
	struct err e = ERR_INIT;

	world_open();
	up();
	put(1, 10);
	down();
	ck_assert_ptr_null(queue_open(dir, other, &e));
	ck_assert_int_eq(e.code, EC_DENIED);
	up();
	world_close();
}
END_TEST

static bool
find_bytes(const char *path, const char *what)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	bool found;
	char *p;

	ck_assert_int_eq(fstat(fd, &st), 0);
	p = mem_alloc((size_t)st.st_size + 1);
	ck_assert_int_eq(read(fd, p, (size_t)st.st_size), st.st_size);
	found = str_find(str_mem(p, (size_t)st.st_size), str_c(what)) >= 0;
	mem_free(p);
	close(fd);
	return found;
}

static int
no_plaintext(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)f;
	if (flag == FTW_F && st->st_size > 0) {
		ck_assert_msg(!find_bytes(path, "xyzzy"), "%s", path);
		ck_assert_msg(!find_bytes(path, "example"), "%s", path);
	}
	return 0;
}

START_TEST(test_no_plaintext)
{
	world_open();
	up();
	put(1, 1000);
	put(2, 100000);
	ck_assert_int_eq(nftw(root, no_plaintext, 16, FTW_PHYS), 0);
	world_close();
}
END_TEST

/* ---- what is due */

struct seen {
	int64_t msg[64], dest[64];
	unsigned n, stop;
};

static bool
on_due(void *arg, const struct queue_pos *at, int64_t dest)
{
	struct seen *s = arg;

	if (s->n == s->stop)
		return false;
	s->msg[s->n] = at->msg;
	s->dest[s->n++] = dest;
	return true;
}

START_TEST(test_due)
{
	struct queue_pos pos = { INT64_MIN, 0, 0 };
	struct seen s = { .stop = 64 };
	struct err e = ERR_INIT;
	struct queue_rcpt r = { 0 };
	int64_t a, b, next;
	uint64_t count;
	bool more;

	world_open();
	up();
	a = put(1, 10);
	b = put(2, 10);
	/* In order of time; the third of each is held. */
	ck_assert_int_eq(queue_scan(q, &pos, 1000, 100, on_due, &s, &more, &e), 0);
	ck_assert_uint_eq(s.n, 2);
	ck_assert(!more);
	ck_assert_int_eq(queue_next_due(q, &pos, &next, &e), 0);
	ck_assert_int_eq(next, 1001);
	ck_assert_int_eq(queue_scan(q, &pos, 2000, 1, on_due, &s, &more, &e), 0);
	ck_assert(more);
	s.stop = 3;
	ck_assert_int_eq(queue_scan(q, &pos, 2000, 10, on_due, &s, &more, &e), 0);
	ck_assert(more); /* refused: it comes again */
	s.stop = 64;
	ck_assert_int_eq(queue_scan(q, &pos, 2000, 10, on_due, &s, &more, &e), 0);
	ck_assert(!more);
	ck_assert_uint_eq(s.n, 4);
	ck_assert_int_eq(s.msg[2], a);
	ck_assert_int_eq(s.msg[3], b);
	ck_assert_int_eq(queue_next_due(q, &pos, &next, &e), 0);
	ck_assert_int_eq(next, INT64_MAX);
	/* A claimed one is not due, until it is recovered. */
	r = (struct queue_rcpt){ .msg = a, .n = 0, .next = QUEUE_CLAIMED + 5000, .attempts = 1 };
	begin(false);
	ck_assert_int_eq(queue_claim(q, &r, &e), 0);
	ck_assert_int_eq(queue_hold(q, b, 2, false, &e), 0);
	commit();
	s.n = 0;
	ck_assert_int_eq(queue_scan_dest(q, queue_dest(q, STR("b.example")), 9000, 10, on_due, &s,
					 &more, &e),
			 0);
	ck_assert_uint_eq(s.n, 2);
	ck_assert_int_eq(s.msg[0], b);
	ck_assert_int_eq(s.msg[1], b);
	begin(true);
	ck_assert_int_eq(queue_recover(q, 7000, &count, &e), 0);
	commit();
	ck_assert_uint_eq(count, 1);
	ck_assert_int_eq(queue_next_due(q, &(struct queue_pos){ 5000, 0, 0 }, &next, &e), 0);
	ck_assert_int_eq(next, 7000);
	world_close();
}
END_TEST

START_TEST(test_results)
{
	struct arena *a = arena_new(1 << 16);
	struct err e = ERR_INIT;
	struct queue_rcpt v[5];
	struct queue_msg m;
	size_t n = 5;
	int64_t id;

	world_open();
	up();
	id = put(1, 10);
	ck_assert_int_eq(queue_msg_get(q, id, a, &m, &e), 0);
	ck_assert_int_eq(
		queue_due_rcpts(q, &m, queue_dest(q, STR("b.example")), 1000, a, v, &n, &e), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_str_is(v[0].addr, STR("one@b.example"));
	v[0].next = 2000;
	v[0].attempts = 3;
	v[0].last = (struct queue_result){ .at = 1500,
					   .code = 451,
					   .is_lost = true,
					   .ecode = STR("4.7.1"),
					   .text = STR("later"),
					   .mx = STR("mx.b.example"),
					   .ip = STR("192.0.2.7") };
	begin(false);
	ck_assert_int_eq(queue_rcpt_set(q, &m, &v[0], &e), 0);
	commit();
	n = 5;
	ck_assert_int_eq(queue_due_rcpts(q, &m, v[0].dest, 1999, a, v, &n, &e), 0);
	ck_assert_uint_eq(n, 0);
	n = 5;
	ck_assert_int_eq(
		queue_due_rcpts(q, &m, queue_dest(q, STR("b.example")), 2000, a, v, &n, &e), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(v[0].attempts, 3);
	ck_assert_int_eq(v[0].last.at, 1500);
	ck_assert_uint_eq(v[0].last.code, 451);
	ck_assert(v[0].last.is_lost);
	ck_assert_str_is(v[0].last.mx, STR("mx.b.example"));
	ck_assert_str_is(v[0].last.text, STR("later"));
	arena_free(&a);
	world_close();
}
END_TEST

/* ---- damage */

static void
sql(const char *text)
{
	struct db_opts o = { .write = true };
	struct err e = ERR_INIT;
	struct db *db = db_open(dir, "queue.db", &o, &e);

	ck_assert_msg(db != NULL && db_exec(db, text, &e) == 0, "%s", e.msg);
	db_close(&db);
}

START_TEST(test_damage)
{
	static const struct {
		const char *sql;
		bool is_content;
	} cases[] = {
		{ "UPDATE message SET envelope = zeroblob(50) WHERE id = 2", true },
		{ "UPDATE message SET envelope = x'00' WHERE id = 2", true },
		{ "UPDATE message SET salt = zeroblob(16) WHERE id = 2", true },
		{ "UPDATE message SET envelope = (SELECT envelope FROM message WHERE id = 1)"
		  " WHERE id = 2",
		  true },
		{ "UPDATE body SET data = (SELECT data FROM body WHERE id = 1) WHERE id = 2",
		  true },
		{ "UPDATE body SET prefix = zeroblob(40) WHERE id = 2", true },
		{ "UPDATE body SET data = NULL WHERE id = 2", true },
		{ "DELETE FROM body WHERE id = 2", true },
		{ "UPDATE rcpt SET envelope = (SELECT envelope FROM rcpt WHERE msg = 2 AND n = 1)"
		  " WHERE msg = 2 AND n = 0",
		  false },
		{ "UPDATE rcpt SET envelope = zeroblob(9) WHERE msg = 2", false },
	};
	struct err e = ERR_INIT;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		world_open();
		up();
		ck_assert_int_eq(put(1, 500), 1);
		ck_assert_int_eq(put(2, 500), 2);
		down();
		sql(cases[i].sql);
		up();
		ck_assert_msg(check(1, 500, &e) == 0, "%zu: %s", i, e.msg);
		if (cases[i].is_content) {
			ck_assert_msg(check(2, 500, &e) < 0, "%zu", i);
			ck_assert_msg(e.code == EC_CORRUPT, "%zu: %s", i, e.msg);
		}
		err_clear(&e);
		ck_assert_msg(verify() > 0, "%zu", i);
		world_close();
	}
}
END_TEST

START_TEST(test_damaged_file)
{
	struct err e = ERR_INIT;
	char path[100], byte;
	int64_t id;
	int fd;

	world_open();
	up();
	id = put(1, 300000);
	snprintf(path, sizeof(path), "%s/msg/%lld", root, (long long)id);
	fd = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(pread(fd, &byte, 1, 200000), 1);
	byte ^= 1;
	ck_assert_int_eq(pwrite(fd, &byte, 1, 200000), 1);
	ck_assert_int_eq(check(id, 300000, &e), -1);
	ck_assert_int_eq(e.code, EC_CORRUPT);
	ck_assert_uint_eq(verify(), 1);
	err_clear(&e);
	ck_assert_int_eq(ftruncate(fd, 100000), 0);
	close(fd);
	ck_assert_int_eq(check(id, 300000, &e), -1);
	err_clear(&e);
	unlink(path);
	ck_assert_int_eq(check(id, 300000, &e), -1);
	ck_assert_int_eq(e.code, EC_CORRUPT);
	ck_assert_uint_eq(verify(), 1);
	world_close();
}
END_TEST

/* ---- crashes */

/* The n-th write, sync, step or commit fails, for all n: what was refused left nothing behind, what
 * was committed is there. */
static unsigned fail_at, fault_no;

static int
fault(void *arg, enum db_fault what)
{
	(void)arg;
	(void)what;
	return ++fault_no == fail_at ? ENOSPC : 0;
}

static int
try_put(uint64_t txn, size_t size, int64_t *id)
{
	struct queue_rcpt v[3];
	struct err e = ERR_INIT;
	struct queue_new *n = make(txn, size, v, &e);
	int rc = -1;

	if (n == NULL)
		return -1;
	*id = queue_new_id(n);
	if (queue_begin(q, true, &e) == 0) {
		rc = queue_add(q, n, v, 3, &e);
		if (rc == 0)
			rc = queue_commit(q, &e);
		else
			queue_rollback(q);
	}
	queue_new_free(&n, rc == 0);
	return rc;
}

START_TEST(test_faults)
{
	static const size_t sizes[] = { 200, 300000 };

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		int rc = -1;

		for (fail_at = 1; rc < 0; fail_at++) {
			struct err e = ERR_INIT;
			int64_t first, id = 0, again;

			world_open();
			up();
			first = put(1, 100);
			fault_no = 0;
			db_fault_set(fault, NULL);
			rc = try_put(2, sizes[i], &id);
			db_fault_set(NULL, NULL);
			if (rc < 0)
				ck_assert_uint_eq(files(), 0);
			again = put(3, sizes[i]);
			down();
			up();
			ck_assert_msg(check(first, 100, &e) == 0, "%s", e.msg);
			ck_assert_msg(check(again, sizes[i], &e) == 0, "%s", e.msg);
			if (rc == 0)
				ck_assert_msg(check(id, sizes[i], &e) == 0, "%s", e.msg);
			ck_assert_uint_eq(verify(), 0);
			world_close();
		}
		ck_assert_uint_gt(fail_at, 5);
	}
}
END_TEST

/* A process that ends in the middle: committed messages stay, an open transaction and its files
 * go. */
START_TEST(test_killed)
{
	struct err e = ERR_INIT;
	uint64_t count;
	int status;
	pid_t pid;

	world_open();
	pid = fork();
	if (pid == 0) {
		struct queue_rcpt claim = { .msg = 1, .next = QUEUE_CLAIMED }, v[3];
		struct queue_new *n;
		int rc;

		up();
		put(1, 300000);
		n = make(2, 300000, v, &e);
		begin(false); /* not synced, but committed */
		rc = queue_claim(q, &claim, &e);
		commit();
		begin(true);
		rc |= queue_add(q, n, v, 3, &e);
		_exit(rc == 0 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(files(), 2);
	up();
	ck_assert_msg(check(1, 300000, &e) == 0, "%s", e.msg);
	ck_assert_int_eq(check(2, 300000, &e), -1);
	while (queue_sweep(q, 1))
		;
	/* The stray one has a number that this process may use itself: it is written over. */
	ck_assert_uint_le(files(), 2);
	begin(true);
	ck_assert_int_eq(queue_recover(q, 5, &count, &e), 0);
	commit();
	ck_assert_uint_eq(count, 1);
	put(3, 300000);
	ck_assert_uint_eq(verify(), 0);
	world_close();
}
END_TEST

static void
on_recent(void *arg, uint64_t txn, int64_t id)
{
	uint64_t *sum = arg;

	*sum += txn * 1000 + (uint64_t)id;
}

START_TEST(test_recent)
{
	struct err e = ERR_INIT;
	uint64_t sum = 0;

	world_open();
	up();
	put(7, 10);
	put(8, 10);
	ck_assert_int_eq(queue_recent(q, 1000, on_recent, &sum, &e), 0);
	ck_assert_uint_eq(sum, 15003);
	sum = 0;
	ck_assert_int_eq(queue_recent(q, 1001, on_recent, &sum, &e), 0);
	ck_assert_uint_eq(sum, 0);
	world_close();
}
END_TEST

/* ---- lists */

struct listed {
	unsigned n, damaged, stop;
	int64_t msg, rcpt;
};

static bool
on_list(void *arg, const struct queue_msg *m, const struct queue_rcpt *r, const struct err *damage)
{
	struct listed *l = arg;

	l->damaged += damage != NULL;
	if (damage == NULL)
		ck_assert_str_is(m->account, STR("acct"));
	l->msg = r->msg;
	l->rcpt = r->n;
	return ++l->n != l->stop;
}

START_TEST(test_list)
{
	struct listed l = { 0 };
	struct queue_counts c;
	struct err e = ERR_INIT;

	world_open();
	up();
	for (unsigned i = 1; i <= 3; i++)
		put(i, 10);
	ck_assert_int_eq(queue_list(q, 0, -1, 0, 100, on_list, &l, &e), 0);
	ck_assert_uint_eq(l.n, 9);
	l = (struct listed){ .stop = 4 };
	ck_assert_int_eq(queue_list(q, 0, -1, 0, 100, on_list, &l, &e), 0);
	ck_assert_int_eq(l.msg, 2);
	ck_assert_int_eq(l.rcpt, 0);
	ck_assert_int_eq(queue_list(q, l.msg, l.rcpt, 0, 1, on_list, &l, &e), 0);
	ck_assert_int_eq(l.rcpt, 1);
	l = (struct listed){ 0 };
	ck_assert_int_eq(queue_list(q, 0, -1, 2, 100, on_list, &l, &e), 0);
	ck_assert_uint_eq(l.n, 3);
	ck_assert_int_eq(queue_list(q, 2, 1, 2, 100, on_list, &l, &e), 0);
	ck_assert_uint_eq(l.n, 4);
	ck_assert_int_eq(queue_count(q, &c, &e), 0);
	ck_assert_int_eq(c.messages, 3);
	ck_assert_int_eq(c.rcpts, 9);
	ck_assert_int_eq(c.held, 3);
	down();
	sql("DELETE FROM message WHERE id = 1");
	up();
	l = (struct listed){ 0 };
	ck_assert_int_eq(queue_list(q, 0, -1, 0, 100, on_list, &l, &e), 0);
	ck_assert_uint_eq(l.n, 9);
	ck_assert_uint_eq(l.damaged, 3);
	world_close();
}
END_TEST

START_TEST(test_schedule)
{
	int64_t sum = 0;

	for (unsigned n = 1; n < LIM_QUEUE_ATTEMPTS; n++) {
		int64_t gap = queue_gap(n, LIM_QUEUE_JITTER_S);

		ck_assert_int_eq(gap, (int64_t)LIM_QUEUE_GAP_S << (n - 1));
		for (uint32_t chance = 0; chance < 40; chance++)
			ck_assert_int_le(llabs(queue_gap(n, chance) - gap), LIM_QUEUE_JITTER_S);
		sum += gap;
	}
	ck_assert_int_eq(sum, 127 * 450); /* 7.5 min, ... 8 h: about 16 h in all */
	ck_assert_int_gt(queue_gap(1000, 0), 0);
}
END_TEST

UNIT_MAIN("queue", test_in_and_out, test_key, test_no_plaintext, test_due, test_results,
	  test_damage, test_damaged_file, test_faults, test_killed, test_recent, test_list,
	  test_schedule)
