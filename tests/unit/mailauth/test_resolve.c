/* The driver: one deadline, questions that get no answer, jobs that are given up; names. */
#include "../unit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "mailauth/mailauth.h"

/* An evaluator that asks so many questions. */
struct asker {
	unsigned left, answers, temps, expired;
};

static bool
next(void *eval, struct mailauth_question *q)
{
	struct asker *a = eval;

	*q = (struct mailauth_question){ STR("name.test"), DNS_TXT };
	return a->left > 0;
}

static void
put(void *eval, const struct dns_answer *answer)
{
	struct asker *a = eval;

	a->left--;
	a->answers++;
	a->temps += answer->status == DNS_TEMP;
}

static void
expire(void *eval)
{
	struct asker *a = eval;

	a->left = 0;
	a->expired++;
}

static const struct mailauth_ops ops = { next, put, expire };

static struct loop *loop;
static struct dns *dns;
static int server; /* that never answers */
static struct mailauth_job *job;
static unsigned done;

static void
on_done(void *arg)
{
	(void)arg;
	done++;
	mailauth_free(&job);
	loop_stop(loop);
}

static void
setup(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t n = sizeof(a);
	struct err e = ERR_INIT;
	char name[40];

	server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(server, (struct sockaddr *)&a, n), 0);
	ck_assert_int_eq(getsockname(server, (struct sockaddr *)&a, &n), 0);
	snprintf(name, sizeof(name), "127.0.0.1:%u", ntohs(a.sin_port));
	loop = loop_new();
	dns = dns_new(loop, &(struct dns_opts){ .servers = str_c(name) }, &e);
	ck_assert_ptr_nonnull(dns);
	done = 0;
}

static void
teardown(void)
{
	mailauth_free(&job);
	dns_free(&dns);
	loop_free(&loop);
	close(server);
}

static void
start(struct asker *a, int64_t ms)
{
	job = mailauth_start(loop, dns, &ops, a, ms, on_done, NULL);
}

START_TEST(test_nothing)
{
	struct asker a = { .left = 0 };

	start(&a, 0);
	ck_assert_uint_eq(done, 0);
	loop_run(loop);
	ck_assert_uint_eq(done, 1);
	ck_assert_uint_eq(a.expired, 0);
}
END_TEST

/* One silent question costs a third of the time, so two of them leave some. */
START_TEST(test_silence)
{
	struct asker a = { .left = 2 };
	int64_t from = clock_mono_ms();

	start(&a, 600);
	loop_run(loop);
	ck_assert_uint_eq(done, 1);
	ck_assert_uint_eq(a.temps, 2);
	ck_assert_uint_eq(a.expired, 0);
	ck_assert_int_ge(clock_mono_ms() - from, 390);
}
END_TEST

START_TEST(test_deadline)
{
	struct asker a = { .left = 100 };

	start(&a, 300);
	loop_run(loop);
	ck_assert_uint_eq(done, 1);
	ck_assert_uint_eq(a.expired, 1);
	ck_assert_uint_le(a.answers, 3);
}
END_TEST

static void
on_stop(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

/* Nothing is called any more. */
START_TEST(test_free)
{
	struct loop_timer *t = loop_timer_new(loop, on_stop, NULL);
	struct asker a = { .left = 1 };

	start(&a, 200);
	loop_timer_set(t, 20);
	loop_run(loop);
	mailauth_free(&job);
	mailauth_free(&job);
	loop_timer_set(t, 300);
	loop_run(loop);
	ck_assert_uint_eq(done + a.answers + a.expired, 0);
	loop_timer_free(&t);
}
END_TEST

/* ---- names */

START_TEST(test_domain)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "Example.ORG", "example.org" },
		{ "example.org.", "example.org" },
		{ "_x.-y-.example", "_x.-y-.example" },
		{ "b\xc3\xbc"
		  "cher.example",
		  "xn--bcher-kva.example" },
		{ "", NULL },
		{ ".", NULL },
		{ "org", NULL },
		{ "org.", NULL },
		{ "a..b", NULL },
		{ ".a.b", NULL },
		{ "a.b..", NULL },
		{ "a b.c", NULL },
		{ "a/b.c", NULL },
		{ "\xff.example", NULL },
	};
	char out[LIM_DOMAIN + 1];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int n = mailauth_domain(str_c(rows[i].in), out);

		ck_assert_msg((n >= 0) == (rows[i].out != NULL), "%s", rows[i].in);
		if (n >= 0) {
			ck_assert_str_eq(out, rows[i].out);
			ck_assert_uint_eq((size_t)n, strlen(out));
		}
	}
}
END_TEST

START_TEST(test_names)
{
	char name[256];

	ck_assert_uint_eq(mailauth_name_labels(STR("")), 0);
	ck_assert_uint_eq(mailauth_name_labels(STR("a.b.c")), 3);
	ck_assert_str_is(mailauth_name_parent(STR("a.b.c")), STR("b.c"));
	ck_assert_str_is(mailauth_name_parent(STR("c")), STR(""));
	ck_assert(mailauth_name_is_within(STR("a.b.c"), STR("B.c")));
	ck_assert(mailauth_name_is_within(STR("b.c"), STR("b.c")));
	ck_assert(!mailauth_name_is_within(STR("ab.c"), STR("b.c")));
	ck_assert(!mailauth_name_is_within(STR("c"), STR("b.c")));
	ck_assert(!mailauth_name_is_within(STR("c"), STR("")));
	ck_assert(mailauth_name_is_askable(STR("a b.c!")));
	ck_assert(!mailauth_name_is_askable(STR("a\\b.c")));
	ck_assert(!mailauth_name_is_askable(STR("a\0.c")));
	ck_assert(!mailauth_name_is_askable(STR("a.")));
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = i % 64 == 63 ? '.' : 'x';
	ck_assert(mailauth_name_is_askable(str_mem(name, 253)));
	ck_assert(!mailauth_name_is_askable(str_mem(name, 254)));
	memset(name, 'x', sizeof(name));
	ck_assert(mailauth_name_is_askable(str_mem(name, 63)));
	ck_assert(!mailauth_name_is_askable(str_mem(name, 64)));
}
END_TEST

UNIT_MAIN_AROUND("resolve", setup, teardown, 60, test_nothing, test_silence, test_deadline,
		 test_free, test_domain, test_names)
