/*
 * What was flushed survives: kill -9 at random moments, a lost database log (power cut), failing
 * writes and syncs, altered files. After each, every operation that was acknowledged is there
 * exactly once and the account is consistent.
 */
#include "help.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

enum { ACCOUNTS = 3 };

static const char *const names[ACCOUNTS] = { "ann", "bob", "carl" };

static struct str
message(unsigned n, size_t pad, struct buf *b)
{
	buf_reset(b);
	buf_printf(b, "Message-ID: <%u@t>\r\nSubject: n%u\r\n\r\n", n, n);
	for (size_t i = 0; i < pad; i++)
		buf_putc(b, i % 70 == 69 ? '\n' : 'x');
	return buf_str(b);
}

static size_t
pad_of(unsigned n)
{
	return n % 14 == 3 ? LIM_STORE_INLINE + 5000 : n % 7 == 3 ? 50000 : n % 5 * 700;
}

struct found {
	unsigned *times; /* by number of the message */
	unsigned n;
	struct store *s;
};

static bool
find_number(void *arg, const struct store_row *r)
{
	struct found *f = arg;
	struct err e = ERR_INIT;
	struct store_msg *m = store_msg_open(f->s, r->msg, &e);
	struct buf b;
	unsigned n = 0;

	ck_assert_msg(m != NULL, "%s", e.msg);
	buf_init(&b, 1 << 20);
	ck_assert_msg(store_msg_read(m, 0, 1 << 19, &b, &e) == 0, "%s", e.msg);
	ck_assert_int_eq(sscanf(buf_c(&b), "Message-ID: <%u@", &n), 1);
	ck_assert_uint_lt(n, f->n);
	f->times[n]++;
	buf_done(&b);
	store_msg_close(&m);
	return true;
}

/* How often each message is in its account's Inbox and in no other. */
static void
collect(unsigned *times, unsigned n)
{
	for (int i = 0; i < ACCOUNTS; i++) {
		struct store *s;
		struct err e = ERR_INIT;
		struct found f = { times, n, NULL };

		if (faccessat(accounts_fd, names[i], F_OK, 0) < 0)
			continue;
		(void)acct_w(names[i]);
		if (store_w_is_new(acct_w(names[i])))
			continue;
		publish(names[i]);
		f.s = s = reader(names[i]);
		ck_assert_int_eq(store_rows(s, 1, 1, UINT32_MAX, 0, find_number, &f, &e), 0);
		store_close(&s);
		ck_assert_uint_eq(problems_of(names[i]), 0);
	}
}

/* Deliver message n to its account, with other operations between. */
static int
step(unsigned n, struct buf *b, struct err *e)
{
	struct store_w *w;
	struct store_result r;
	struct buf op, set;
	int rc;

	w = store_shelf_get(shelf, str_c(names[n % ACCOUNTS]), e);
	if (w == NULL)
		return -1;
	if (!store_w_has_keys(w))
		store_w_set_keys(w, pub, index_key);
	if (store_w_is_new(w) && try_init(w, e) < 0)
		return -1;
	if (try_deliver(w, "Inbox", STR(""), message(n, pad_of(n), b), NULL, e) < 0)
		return -1;
	if (n % 4 != 1)
		return 0;
	/* A copy that is expunged again: ids and files in motion. */
	store_result_init(&r);
	buf_init(&set, 100);
	store_set_put(&set, 1, 5);
	OP(op, COPY, op_copy, .src = 1, .dst = 2, .uids = buf_str(&set));
	rc = do_op(w, &op, &r, e);
	if (rc == 0) {
		OP(op, FLAGS, op_flags, .mailbox = 2, .how = STORE_FLAGS_ADD,
		   .flags = STORE_FLAG_DELETED, .keywords = STR(""), .uids = buf_str(&set));
		rc = do_op(w, &op, &r, e);
	}
	if (rc == 0) {
		OP(op, EXPUNGE, op_expunge, .mailbox = 2, .all = 1, .uids = STR(""));
		rc = do_op(w, &op, &r, e);
	}
	buf_done(&set);
	store_result_done(&r);
	return rc;
}

/* Write numbers that are durable to `fd`, from `n` on, until killed. */
static void
writer(int fd, unsigned n)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	for (;; n += 4) {
		struct err e = ERR_INIT;

		for (unsigned i = n; i < n + 4; i++) {
			if (step(i, &b, &e) < 0)
				_exit(3);
		}
		if (store_shelf_flush(shelf, &e) < 0)
			_exit(4);
		for (unsigned i = n; i < n + 4; i++) {
			if (write(fd, &i, sizeof(i)) != sizeof(i))
				_exit(5);
		}
		store_shelf_work(shelf, 0);
	}
}

enum { KILLS = 12, MAX_MESSAGES = 100000 };

START_TEST(killed)
{
	unsigned *times = mem_zalloc(MAX_MESSAGES, sizeof(*times));
	bool *acked = mem_zalloc(MAX_MESSAGES, sizeof(*acked));
	unsigned next = 0, total = 0;

	srandom(12345);
	for (int round = 0; round < KILLS; round++) {
		struct timespec ts = { 0, (10 + random() % 60) * 1000000 };
		struct store_shelf_start st;
		int p[2], status;
		unsigned n;
		pid_t pid;

		ck_assert_int_eq(pipe(p), 0);
		pid = fork();
		if (pid == 0) {
			close(p[0]);
			(void)shelf_up();
			writer(p[1], next);
		}
		close(p[1]);
		/* From the first answer on, or else startup is all that is ever hit. */
		ck_assert_int_eq(read(p[0], &n, sizeof(n)), sizeof(n));
		acked[n] = true;
		nanosleep(&ts, NULL);
		kill(pid, SIGKILL);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert(WIFSIGNALED(status));
		while (read(p[0], &n, sizeof(n)) == sizeof(n)) {
			acked[n] = true;
			total++;
		}
		close(p[0]);
		/* A power cut: what the databases have in their logs only is gone. */
		if (round % 3 == 2) {
			for (int i = 0; i < ACCOUNTS; i++) {
				char name[64];

				snprintf(name, sizeof(name), "%s/index.db-wal", names[i]);
				int fd = openat(accounts_fd, name, O_WRONLY | O_CLOEXEC);

				if (fd >= 0) {
					ck_assert_int_eq(ftruncate(fd, 0), 0);
					close(fd);
				}
			}
		}
		st = shelf_up();
		ck_assert_uint_eq(st.log.corrupt, 0);
		ck_assert_uint_eq(st.gaps, 0);
		ck_assert_uint_eq(st.refused, 0);
		memset(times, 0, MAX_MESSAGES * sizeof(*times));
		collect(times, MAX_MESSAGES);
		next = 0;
		for (unsigned i = 0; i < MAX_MESSAGES; i++) {
			ck_assert_msg(times[i] <= 1, "message %u is there %u times", i, times[i]);
			ck_assert_msg(times[i] == 1 || !acked[i], "message %u of round %d is lost",
				      i, round);
			if (times[i] > 0)
				next = i + 1;
		}
		next = (next + 3) / 4 * 4;
		if (round % 2 == 0)
			store_shelf_close(&shelf);
		else
			store_shelf_drop(&shelf);
	}
	ck_assert_uint_gt(total, 40);
	mem_free(times);
	mem_free(acked);
}
END_TEST

/* ---- faults */

static long fault_at, fault_seen, fault_run;
static int fault_errno;

/* The n-th, and as many after it: a disk that is full for a while. */
static int
fault(void *arg, enum db_fault what)
{
	(void)arg;
	(void)what;
	fault_seen++;
	return fault_seen >= fault_at && fault_seen < fault_at + fault_run ? fault_errno : 0;
}

START_TEST(faults)
{
	static const struct {
		int error;
		long run;
	} kinds[] = { { ENOSPC, 1 }, { EIO, 1 }, { ENOSPC, 40 } };
	unsigned n = 0;
	struct buf b;
	long hits = 0, stride = 1;
	unsigned *times = mem_zalloc(MAX_MESSAGES, sizeof(*times));
	unsigned char *want = mem_zalloc(MAX_MESSAGES, 1); /* 1: must be there, 2: may be */

	buf_init(&b, 1 << 20);
	(void)shelf_up();
	fault_errno = kinds[_i].error;
	fault_run = kinds[_i].run;
	for (fault_at = 1;; fault_at += stride) {
		struct err e = ERR_INIT;

		fault_seen = 0;
		db_fault_set(fault, NULL);
		for (int batch = 0; batch < 3; batch++) {
			unsigned start = n;

			for (int i = 0; i < 2; i++, n++) {
				if (step(n, &b, &e) < 0) {
					ck_assert_msg(err_is_temp(&e), "at %ld: %s %s", fault_at,
						      ec_name(e.code), e.msg);
					err_clear(&e);
					want[n] = 2; /* some of its operations may have been good */
				} else {
					want[n] = 1;
				}
			}
			if (store_shelf_flush(shelf, &e) < 0) {
				ck_assert_msg(err_is_temp(&e), "%s", e.msg);
				err_clear(&e);
				for (unsigned i = start; i < n; i++)
					want[i] = 0;
			}
			store_shelf_work(shelf, 1000000 * (fault_at * 4 + batch));
		}
		db_fault_set(NULL, NULL);
		(void)store_shelf_trouble(shelf, &e);
		err_clear(&e);
		hits += fault_seen >= fault_at;
		/* Without a restart, and after one, all is there that has to be. */
		if (fault_at % 16 == 1 || fault_seen < fault_at) {
			for (int again = 0; again < 2; again++) {
				memset(times, 0, MAX_MESSAGES * sizeof(*times));
				collect(times, MAX_MESSAGES);
				for (unsigned i = 0; i < n; i++) {
					ck_assert_msg(times[i] <= 1, "at %ld: %u twice", fault_at,
						      i);
					ck_assert_msg(want[i] != 1 || times[i] == 1,
						      "at %ld: %u lost", fault_at, i);
					ck_assert_msg(want[i] != 0 || times[i] == 0,
						      "at %ld: %u came back", fault_at, i);
				}
				store_shelf_drop(&shelf);
				(void)shelf_up();
			}
		}
		if (fault_seen < fault_at)
			break;
		stride = fault_at / 40 + 1;
	}
	ck_assert_int_gt(hits, 50);
	store_shelf_close(&shelf);
	buf_done(&b);
	mem_free(times);
	mem_free(want);
}
END_TEST

/* ---- altered files */

static void
flip(const char *path, off_t off)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	unsigned char c;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pread(fd, &c, 1, off), 1);
	c ^= 0x10;
	ck_assert_int_eq(pwrite(fd, &c, 1, off), 1);
	close(fd);
}

/* Offset of the n-th record of a segment, found as the reader would. */
static off_t
record_offset(const char *path, int n)
{
	static char seg[LIM_LOG_SEGMENT];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = read(fd, seg, sizeof(seg));

	close(fd);
	for (ssize_t i = 0; i + 8 < got; i += 8) {
		if (memcmp(seg + i, "MOXR", 4) == 0 && n-- == 0)
			return i;
	}
	ck_abort_msg("no such record");
}

static void
fill(unsigned from, unsigned to)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	for (unsigned i = from; i < to; i++) {
		struct err e = ERR_INIT;

		ck_assert_msg(step(i, &b, &e) == 0, "%s", e.msg);
		flush();
	}
	buf_done(&b);
}

START_TEST(damaged_log)
{
	unsigned times[16] = { 0 };
	struct store_shelf_start st;
	char path[100];

	(void)shelf_up();
	fill(0, 12);
	snprintf(path, sizeof(path), "%s/log/0.0", root);
	store_shelf_drop(&shelf);
	if (_i == 0) {
		/* In the middle: said so; what follows is still done. */
		flip(path, record_offset(path, 5) + 60);
		st = shelf_up();
		ck_assert_uint_eq(st.log.corrupt, 1);
		ck_assert_uint_eq(st.log.records, 11);
	} else if (_i == 1) {
		/* The last one: as if power had failed while it was written. */
		flip(path, record_offset(path, 11) + 60);
		st = shelf_up();
		ck_assert_uint_eq(st.log.corrupt, 0);
		ck_assert_uint_eq(st.log.torn, 1);
		ck_assert_uint_eq(st.log.records, 11);
	} else if (_i == 2) {
		/* The length field in the middle. */
		flip(path, record_offset(path, 3) + 6);
		st = shelf_up();
		ck_assert_uint_eq(st.log.corrupt, 1);
		ck_assert_uint_eq(st.log.records, 11);
	} else {
		/* The header: all of the segment. */
		flip(path, 20);
		st = shelf_up();
		ck_assert_uint_eq(st.log.corrupt, 1);
		ck_assert_uint_eq(st.log.records, 0);
	}
	collect(times, 16);
	for (unsigned i = 0; i < 12; i++)
		ck_assert_uint_le(times[i], 1);
	store_shelf_close(&shelf);
}
END_TEST

/* Twice the size of a segment, so that they are recycled; then everything again, from the log
 * alone as far as it goes. */
START_TEST(segments)
{
	struct store_shelf_start st;
	unsigned times[4000] = { 0 }, n = 0;
	struct err e = ERR_INIT;
	struct buf b;
	DIR *d;
	struct dirent *de;
	int files = 0;
	uint64_t bytes = 0;

	buf_init(&b, 1 << 20);
	(void)shelf_up();
	while (bytes < 3 * LIM_LOG_SEGMENT) {
		for (int i = 0; i < 20; i++, n++) {
			struct store_w *w = acct_w(names[n % ACCOUNTS]);

			if (store_w_is_new(w))
				ck_assert_int_eq(try_init(w, &e), 0);
			ck_assert_msg(try_deliver(w, "Inbox", STR(""), message(n, 20000, &b), NULL,
						  &e) == 0,
				      "%s", e.msg);
			bytes += 20000;
		}
		flush();
		store_shelf_work(shelf, (int64_t)n);
	}
	ck_assert_uint_lt(n, ARRAY_LEN(times));
	store_shelf_drop(&shelf);
	st = shelf_up();
	ck_assert_uint_eq(st.log.corrupt, 0);
	ck_assert_uint_le(st.log.segments, 3);
	ck_assert_uint_lt(st.log.records, n / 20); /* released ones are not read */
	collect(times, ARRAY_LEN(times));
	for (unsigned i = 0; i < n; i++)
		ck_assert_uint_eq(times[i], 1);
	store_shelf_close(&shelf);
	d = fdopendir(dup(log_fd));
	while ((de = readdir(d)) != NULL)
		files += de->d_name[0] != '.';
	closedir(d);
	ck_assert_int_le(files, 3);
	/* Closed in order: nothing to do. */
	st = shelf_up();
	ck_assert_uint_eq(st.log.records, 0);
	store_shelf_close(&shelf);
	buf_done(&b);
}
END_TEST

/* Killed after its commits, and started again: those were in the kernel's memory only, which a
 * power cut then takes away. */
START_TEST(cut_after_kill)
{
	unsigned times[16] = { 0 };
	struct err e = ERR_INIT;
	char path[100];

	for (int life = 0; life < 2; life++) {
		pid_t pid = fork();
		int status;

		if (pid == 0) {
			(void)shelf_up();
			if (life == 0)
				fill(0, 9);
			for (unsigned i = 0; i < ACCOUNTS; i++)
				if (store_shelf_publish(shelf, acct_w(names[i]), &e) < 0)
					_exit(1);
			_exit(0);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(status, 0);
	}
	for (unsigned i = 0; i < ACCOUNTS; i++) {
		snprintf(path, sizeof(path), "%s/index.db-wal", names[i]);
		ck_assert_int_eq(unlinkat(accounts_fd, path, 0), 0);
		snprintf(path, sizeof(path), "%s/index.db-shm", names[i]);
		ck_assert_int_eq(unlinkat(accounts_fd, path, 0), 0);
	}
	(void)shelf_up();
	collect(times, 16);
	for (unsigned i = 0; i < 9; i++)
		ck_assert_uint_eq(times[i], 1);
	store_shelf_close(&shelf);
}
END_TEST

START_TEST(adopted)
{
	unsigned times[16] = { 0 };
	struct store_shelf_start st;
	struct err e = ERR_INIT;

	(void)shelf_up();
	fill(0, 9);
	/* Another process has the account. */
	ck_assert_ptr_null(store_w_open(accounts_fd, STR("ann"), &e));
	ck_assert_int_eq(e.code, EC_TEMP);
	err_clear(&e);
	store_shelf_drop(&shelf);
	ck_assert_msg(store_shelf_adopt(accounts_fd, log_fd, 0, log_key, &st, &e) == 0, "%s",
		      e.msg);
	ck_assert_uint_eq(st.log.records, 9);
	ck_assert_int_ne(faccessat(log_fd, "0.0", F_OK, 0), 0);
	(void)shelf_up();
	collect(times, 16);
	for (unsigned i = 0; i < 9; i++)
		ck_assert_uint_eq(times[i], 1);
	store_shelf_close(&shelf);
	/* The wrong key: nothing can be read, and it is said. */
	(void)shelf_up();
	fill(9, 10);
	store_shelf_drop(&shelf);
	seal_random(log_key, sizeof(log_key));
	st = shelf_up();
	ck_assert_uint_eq(st.log.corrupt, 1);
	store_shelf_close(&shelf);
}
END_TEST

/* Run SQL as somebody who can write the database. */
static void
alter(const char *sql)
{
	struct err e = ERR_INIT;
	int fd = openat(accounts_fd, "ann", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct db_opts opts = { .write = true };
	struct db *db = db_open(fd, "index.db", &opts, &e);

	ck_assert_msg(db != NULL && db_exec(db, sql, &e) == 0, "%s", e.msg);
	db_close(&db);
	close(fd);
}

/* Each alteration is found, and harms the one message alone. */
START_TEST(altered)
{
	static const struct {
		const char *sql;
		bool unreadable; /* message 1 of Inbox can't be read */
	} rows[] = {
		{ "UPDATE body SET data = CAST(substr(data, 1, 50) || X'00' || substr(data, 52)"
		  " AS BLOB) WHERE msg = 1",
		  true },
		{ "UPDATE body SET data = CAST(substr(data, 1, 50) AS BLOB) WHERE msg = 1", true },
		{ "DELETE FROM body WHERE msg = 1", true },
		{ "UPDATE body SET data = (SELECT data FROM body WHERE msg = 2) WHERE msg = 1",
		  true },
		{ "UPDATE message SET blob = (SELECT blob FROM message WHERE id = 2) WHERE id = 1",
		  true },
		{ "UPDATE message SET step = 9 WHERE id = 1", true },
		{ "UPDATE message SET step = 999 WHERE id = 1", true },
		{ "UPDATE message SET chain = 5 WHERE id = 1", true },
		{ "UPDATE message SET size = 5 WHERE id = 1", true },
		{ "UPDATE message SET meta = X'00' WHERE id = 1", false },
		{ "UPDATE mailbox SET count = count + 1 WHERE id = 1", false },
		{ "UPDATE mailbox SET unseen = 0 WHERE id = 1", false },
		{ "UPDATE mailbox SET size = size - 1 WHERE id = 1", false },
		{ "UPDATE mailbox SET uidnext = 2 WHERE id = 1", false },
		{ "UPDATE mailbox SET modseq = 1 WHERE id = 1", false },
		{ "UPDATE mailbox SET flagged = modseq + 1 WHERE id = 1", false },
		{ "UPDATE mailbox SET name = 'a//b' WHERE id = 2", false },
		{ "UPDATE account SET size = 1", false },
		{ "UPDATE account SET nextmsg = 2", false },
		{ "DELETE FROM mbmsg WHERE uid = 2", false },
		{ "INSERT INTO shared VALUES (1, 3)", false },
		{ "INSERT INTO expunged VALUES (1, 5, 1, 1)", false },
		{ "INSERT INTO body VALUES (77, X'00')", false },
	};
	struct err e = ERR_INIT;
	struct row_list l;
	struct store_msg *m;
	struct store *s;
	struct buf b;
	char path[100];

	buf_init(&b, 1 << 20);
	(void)shelf_up();
	ck_assert_int_eq(try_init(acct_w("ann"), &e), 0);
	for (unsigned i = 1; i < 4; i++)
		ck_assert_int_eq(
			try_deliver(acct_w("ann"), "Inbox", STR(""),
				    message(i, i == 3 ? LIM_STORE_INLINE + 5000 : 1000, &b), NULL,
				    &e),
			0);
	flush();
	store_shelf_close(&shelf);
	ck_assert_uint_eq(problems_of("ann"), 0);
	if ((size_t)_i < ARRAY_LEN(rows)) {
		alter(rows[_i].sql);
	} else {
		snprintf(path, sizeof(path), "%s/accounts/ann/msg/00/3", root);
		if (_i == (int)ARRAY_LEN(rows))
			flip(path, 70000);
		else if (_i == (int)ARRAY_LEN(rows) + 1)
			ck_assert_int_eq(truncate(path, 60000), 0);
		else
			ck_assert_int_eq(unlink(path), 0);
	}
	ck_assert_uint_ge(problems_of("ann"), 1);
	(void)shelf_up();
	(void)acct_w("ann");
	s = reader("ann");
	if ((size_t)_i < ARRAY_LEN(rows) && rows[_i].unreadable) {
		m = store_msg_open(s, 1, &e);
		buf_reset(&b);
		ck_assert(m == NULL || store_msg_read(m, 0, 1 << 19, &b, &e) < 0);
		ck_assert_int_eq(e.code, EC_CORRUPT);
		err_clear(&e);
		store_msg_close(&m);
	}
	l = rows_of(s, "Inbox");
	ck_assert_uint_ge(l.n, 2);
	/* Others are not harmed. */
	check_content_is(s, "Inbox", (size_t)_i < ARRAY_LEN(rows) ? 3 : 2,
			 message((size_t)_i < ARRAY_LEN(rows) ? 3 : 2,
				 (size_t)_i < ARRAY_LEN(rows) ? LIM_STORE_INLINE + 5000 : 1000,
				 &b));
	store_close(&s);
	store_shelf_close(&shelf);
	buf_done(&b);
}
END_TEST

/* No plaintext of a message, and no key, in any file. */
START_TEST(no_plaintext)
{
	static const char secret[] = "Xyzzy-Plugh-Xyzzy-Plugh";
	struct err e = ERR_INIT;
	struct buf b, cmd;
	int rc;

	buf_init(&b, 1 << 20);
	(void)shelf_up();
	ck_assert_int_eq(try_init(acct_w("ann"), &e), 0);
	for (int i = 0; i < 2; i++) {
		buf_reset(&b);
		buf_printf(&b, "From: %s@example.org\r\nMessage-ID: <%s@x>\r\nSubject: %s\r\n\r\n",
			   secret, secret, secret);
		for (int k = 0; k < (i == 0 ? 10 : 5000); k++)
			buf_printf(&b, "%s\r\n", secret);
		ck_assert_int_eq(
			try_deliver(acct_w("ann"), "Inbox", STR(""), buf_str(&b), NULL, &e), 0);
	}
	publish("ann");
	buf_init(&cmd, 1000);
	buf_printf(&cmd, "grep -r -a -q -F -i xyzzy-plugh %s", root);
	rc = system(buf_c(&cmd));
	ck_assert_int_eq(WEXITSTATUS(rc), 1);
	store_shelf_close(&shelf);
	rc = system(buf_c(&cmd));
	ck_assert_int_eq(WEXITSTATUS(rc), 1);
	buf_done(&cmd);
	buf_done(&b);
}
END_TEST

int
main(void)
{
	Suite *su = suite_create("durable");
	TCase *t = tcase_create("durable");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, world_open, world_close);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, killed);
	tcase_add_loop_test(t, faults, 0, 3);
	tcase_add_loop_test(t, damaged_log, 0, 4);
	tcase_add_test(t, segments);
	tcase_add_test(t, cut_after_kill);
	tcase_add_test(t, adopted);
	tcase_add_loop_test(t, altered, 0, 25);
	tcase_add_test(t, no_plaintext);
	suite_add_tcase(su, t);
	sr = srunner_create(su);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed > 0;
}
