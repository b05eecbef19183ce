/* Log lines: format, quoting, levels, length, ids. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "tests/unit/unit.h"

static struct buf got;

static void
keep(const char *line, size_t n, void *arg)
{
	(void)arg;
	buf_reset(&got);
	buf_put(&got, line, n);
	ck_assert_uint_lt(n, LIM_LOG_LINE);
}

static void
start(void)
{
	buf_init(&got, 8000);
	log_init("testd", 2);
	log_reset_levels();
	log_capture(keep, NULL);
}

static void
stop(void)
{
	log_capture(NULL, NULL);
	buf_done(&got);
}

START_TEST(test_line)
{
	struct log_ctx conn = { .pkg = "smtpd", .cid = 0x1f, .peer = "192.0.2.1" };
	struct log_ctx txn = { .up = &conn, .mid = 0xabc, .account = "mox", .user = "a b" };
	struct err e = ERR_INIT;

	start();
	err_set(&e, EC_DENIED, "no such user");
	LOG(&txn, LOG_INFO, "smtpd.rcpt.refused", LF(rcpt, STR("x@example.org")), LF(code, 550),
	    LF(err, &e), LF(size, 7UL), LF(tls, (bool)true), LF(helo, "a b"));
	ck_assert_str_eq(
		buf_c(&got),
		"l=info m=\"smtpd.rcpt.refused\" pkg=smtpd cid=000000000000001f "
		"mid=0000000000000abc peer=192.0.2.1 account=mox "
		"user=\"a b\" rcpt=x@example.org code=550 err=\"no such user (denied)\" size=7 tls=true "
		"helo=\"a b\"");
	LOG(NULL, LOG_ERROR, "testd.x.y", LF(count, -5), LF(reason, (const char *)NULL));
	ck_assert_str_eq(buf_c(&got), "l=error m=\"testd.x.y\" pkg=testd count=-5 reason=\"\"");
	stop();
}
END_TEST

START_TEST(test_quote)
{
	static const struct {
		struct str in;
		const char *want;
	} rows[] = {
		{ { "", 0 }, "\"\"" },
		{ { "a", 1 }, "a" },
		{ { "a b", 3 }, "\"a b\"" },
		{ { "a=b", 3 }, "\"a=b\"" },
		{ { "a\"b\\", 4 }, "\"a\\\"b\\\\\"" },
		{ { "x\r\nl=error m=forged", 18 }, "\"x\\r\\nl=error m=forge\"" },
		{ { "\0\x1b[2J\x7f", 6 }, "\"\\x00\\x1b[2J\\x7f\"" },
		{ { "\xc3\xa9", 2 }, "\"\xc3\xa9\"" },
		{ { "\xc2\x9b"
		    "1m",
		    4 },
		  "\"\\xc2\\x9b1m\"" }, /* CSI as a C1 control */
		{ { "\xc3(", 2 }, "\"\\xc3(\"" },
	};

	start();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str s;

		LOG(NULL, LOG_INFO, "t.t.t", LF(reason, rows[i].in));
		s = str_from(buf_str(&got), strlen("l=info m=\"t.t.t\" pkg=testd reason="));
		ck_assert_str_is(s, str_c(rows[i].want));
	}
	stop();
}
END_TEST

START_TEST(test_long)
{
	static char big[10000];

	start();
	for (size_t n = 0; n < sizeof(big); n += 13) {
		memset(big, n % 2 ? 'x' : '\n', n);
		LOG(NULL, LOG_INFO, "t.t.t", LF(reason, str_mem(big, n)), LF(count, 1),
		    LF(file, "a b"), LF(count, 2), LF(key, str_mem(big, n)));
		ck_assert_uint_eq(got.n == 0, 0);
		ck_assert_int_eq(str_chr(buf_str(&got), '\n'), -1);
	}
	stop();
}
END_TEST

START_TEST(test_levels)
{
	struct log_ctx imap = { .pkg = "imapd" };
	struct log_ctx up = { .up = &imap };
	enum log_level l = LOG_WARN;

	log_reset_levels();
	ck_assert(log_is_on(NULL, LOG_INFO));
	ck_assert(!log_is_on(&imap, LOG_DEBUG));
	log_set_level("imapd", LOG_TRACE);
	ck_assert(log_is_on(&up, LOG_TRACE));
	ck_assert(!log_is_on(NULL, LOG_DEBUG));
	log_set_level(NULL, LOG_ERROR);
	ck_assert(!log_is_on(NULL, LOG_WARN));
	log_set_level("imapd", LOG_WARN);
	ck_assert(!log_is_on(&imap, LOG_INFO));
	log_reset_levels();
	ck_assert(log_is_on(&imap, LOG_INFO));
	ck_assert_int_eq(log_level_parse(STR("debug"), &l), 0);
	ck_assert_int_eq(l, LOG_DEBUG);
	ck_assert_int_eq(log_level_parse(STR("loud"), &l), -1);
	ck_assert_int_eq(log_level_parse(STR("tracedata"), &l), 0);
	ck_assert_int_eq(l, LOG_TRACE);
	ck_assert_str_eq(log_level_name(LOG_ERROR), "error");
	for (int i = 0; i < 100; i++) { /* more packages than there is room: no harm */
		char t[16];

		snprintf(t, sizeof(t), "p%d", i);
		log_set_level(t, LOG_DEBUG);
	}
	log_reset_levels();
}
END_TEST

/* What a program whose standard error is `fd` would write. */
static void
line_of(int fd, int from, char *t, size_t size)
{
	ssize_t n;

	log_init("testd", fd);
	LOG(NULL, LOG_INFO, "t.t.t", LF(count, 1));
	n = read(from, t, size - 1);
	t[n > 0 ? n : 0] = '\0';
}

/* Only journald notes the time of a line by itself. */
START_TEST(test_write)
{
	static const char plain[] = "l=info m=\"t.t.t\" pkg=testd count=1\n";
	char t[200], stream[64];
	struct stat sb;
	int p[2];

	ck_assert_int_eq(pipe(p), 0);
	ck_assert_int_eq(fstat(p[1], &sb), 0);
	unsetenv("JOURNAL_STREAM");
	clock_fake(1795257840); /* 2026-11-21 10:44:00 */
	line_of(p[1], p[0], t, sizeof(t));
	ck_assert_str_is(str_sub(str_c(t), 0, 27), STR("t=2026-11-21T10:44:00.000Z "));
	ck_assert_str_eq(t + 27, plain);
	clock_fake(0);
	setenv("JOURNAL_STREAM", "1:2", 1); /* somebody else's */
	line_of(p[1], p[0], t, sizeof(t));
	ck_assert_int_eq(t[0], 't');
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)sb.st_dev, (uintmax_t)sb.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	line_of(p[1], p[0], t, sizeof(t));
	ck_assert_str_eq(t, plain);
	unsetenv("JOURNAL_STREAM");
	close(p[0]);
	close(p[1]);
	log_init("testd", 2);
}
END_TEST

START_TEST(test_ids)
{
	uint64_t a = log_new_id(), b = log_new_id(), child = 0;
	int p[2], status;
	pid_t pid;

	ck_assert_uint_ne(a, 0);
	ck_assert_uint_lt(a, b);
	ck_assert_int_eq(pipe(p), 0);
	if ((pid = fork()) == 0) {
		child = log_new_id();
		_exit(write(p[1], &child, sizeof(child)) == sizeof(child) ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(read(p[0], &child, sizeof(child)), sizeof(child));
	ck_assert_uint_gt(child, b + 1);
	close(p[0]);
	close(p[1]);
}
END_TEST

UNIT_MAIN("log", test_line, test_quote, test_long, test_levels, test_write, test_ids)
