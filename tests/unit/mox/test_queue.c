/* mox queue: filters as questions, rows as lines. */
#include <stdio.h>
#include <sys/mman.h>

#define main mox_main
int mox_main(int argc, char **argv);
#include "src/mox/main.c"
#undef main

#include "queue.h"
#include "tests/unit/unit.h"

enum { NOW = 1700000000 };

/* ---- filters */

/* a filter, and its arguments or the error */
static const struct {
	struct queue_filter f;
	const char *args, *error;
} filters[] = {
	{ { NULL }, "", NULL },
	{ { .ids = "12,13" }, "ids=12,13", NULL },
	{ { .ids = "12,x" }, NULL, "-ids" },
	{ { .ids = "" }, NULL, "-ids" },
	{ { .account = "" }, "account=", NULL },
	{ { .from = "@a.example", .to = "b" }, "from=@a.example to=b", NULL },
	{ { .submitted = "<-1h" }, "submitted_before=1699996400", NULL },
	{ { .submitted = ">now" }, "submitted_after=1700000000", NULL },
	{ { .next = "< 30m" }, "next_before=1700001800", NULL },
	{ { .next = "30m" }, NULL, "-nextattempt takes <" },
	{ { .submitted = "<1x" }, NULL, "-submitted takes <" },
	{ { .submitted = "" }, NULL, "-submitted takes <" },
	{ { .hold = "true" }, "hold=true", NULL },
	{ { .hold = "yes" }, NULL, "-hold" },
};

START_TEST(test_filters)
{
	for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
		struct queue_args a = { .n = 0 };
		struct err e = ERR_INIT;
		struct buf all;
		int r = queue_args_filter(&a, &filters[i].f, NOW, &e);

		ck_assert_int_eq(queue_filter_is_empty(&filters[i].f), i == 0);
		buf_init(&all, 1000);
		for (unsigned k = 0; k < a.n; k++) {
			buf_puts(&all, k > 0 ? " " : "");
			buf_putstr(&all, buf_str(&a.v[k]));
		}
		if (filters[i].error != NULL) {
			ck_assert_int_lt(r, 0);
			ck_assert_msg(strstr(e.msg, filters[i].error) != NULL, "%s", e.msg);
		} else {
			ck_assert_int_eq(r, 0);
			ck_assert_str_is(buf_str(&all), str_c(filters[i].args));
		}
		queue_args_done(&a);
		buf_done(&all);
	}
}
END_TEST

/* ---- rows */

static const char line[] =
	"rcpt\t12\t1\t1699999000\t20480\t0\tqueued\t2\t1699999990\t1700000420\tmox\t"
	"a@b.example\tc@d.example\t00000000deadbeef\t451\t4.3.0\ttry \x1b[2J "
	"\xc2\x9b later\tmx.d.example";

static struct queue_row
row(void)
{
	struct queue_row r;

	ck_assert_int_eq(queue_row_parse(str_c(line), &r), 0);
	return r;
}

START_TEST(test_parse)
{
	struct queue_row r = row();
	struct str s = str_c(line);

	ck_assert_uint_eq(r.id, 12);
	ck_assert_uint_eq(r.number, 1);
	ck_assert(!r.hold);
	ck_assert_str_is(r.recipient, STR("c@d.example"));
	ck_assert_str_is(r.mx, STR("mx.d.example"));
	ck_assert_uint_eq(r.code, 451);
	/* Too few fields, too many, other things. */
	for (size_t i = 0; i < s.n; i++)
		if (str_chr(str_from(s, i), '\t') >= 0)
			ck_assert_int_lt(queue_row_parse(str_sub(s, 0, i), &r), 0);
	ck_assert_int_lt(queue_row_parse(STR("rcpt\tx"), &r), 0);
	ck_assert_int_lt(
		queue_row_parse(STR("a\tb\tc\td\te\tf\tg\th\ti\tj\tk\tl\tm\tn\to\tp\tq\tr\ts"), &r),
		0);
}
END_TEST

/* Where standard output goes meanwhile. */
static int memory, saved;

static void
capture(void)
{
	fflush(stdout);
	memory = memfd_create("out", MFD_CLOEXEC);
	saved = dup(1);
	ck_assert_int_ge(dup2(memory, 1), 0);
}

static void
printed(const char *want)
{
	char t[4096];
	ssize_t n;

	fflush(stdout);
	ck_assert_int_ge(dup2(saved, 1), 0);
	n = pread(memory, t, sizeof(t), 0);
	close(memory);
	close(saved);
	ck_assert_str_is(str_mem(t, (size_t)n), str_c(want));
}

START_TEST(test_table)
{
	struct queue_row r = row();

	capture();
	queue_row_print_head();
	queue_row_print(&r, NOW);
	printed("      ID   AGE   SIZE TRIES  NEXT STATE   SENDER -> RECIPIENT, AND WHAT THE LAST TRY "
		"BROUGHT\n"
		"      12   16m    20K     2    7m queued  a@b.example -> c@d.example\n"
		"                                          10s ago: 451 4.3.0 try ?[2J ? later "
		"(mx.d.example)\n");
	r.hold = true;
	r.sender = r.text = r.ecode = r.mx = STR("");
	r.code = r.last = r.attempts = 0;
	r.next = NOW;
	r.created = NOW - 200000;
	r.size = 9999;
	capture();
	queue_row_print(&r, NOW);
	printed("      12    2d  9999B     0   now held    <> -> c@d.example\n");
	r.state = STR("sending");
	r.next = 0;
	r.size = 100 << 20;
	r.created = NOW - 7300;
	capture();
	queue_row_print(&r, NOW);
	printed("      12    2h   100M     0     - sending <> -> c@d.example\n");
}
END_TEST

START_TEST(test_json)
{
	struct queue_row r = row();

	r.last = 0;
	r.sender = STR("\"a\\\"@b");
	r.text = STR("\xff\t");
	capture();
	queue_row_print_json(&r);
	printed("{\"id\":12,\"number\":1,\"submitted\":\"2023-11-14T21:56:40Z\",\"size\":20480,"
		"\"hold\":false,\"state\":\"queued\",\"attempts\":2,\"lastattempt\":null,"
		"\"nextattempt\":\"2023-11-14T22:20:20Z\",\"account\":\"mox\","
		"\"sender\":\"\\\"a\\\\\\\"@b\",\"recipient\":\"c@d.example\","
		"\"mid\":\"00000000deadbeef\",\"code\":451,\"ecode\":\"4.3.0\","
		"\"text\":\"\\ufffd\\u0009\",\"mx\":\"mx.d.example\"}\n");
}
END_TEST

UNIT_MAIN("queue", test_filters, test_parse, test_table, test_json)
