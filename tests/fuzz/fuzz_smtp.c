/*
 * SMTP sessions with a backend of their own. The first byte has settings, the second seeds the
 * order of verdicts and the cuts; the rest is what the client sends. The session runs twice, whole
 * and cut: it must say the same, keep its promises to the backend (fake.h traps when not), and
 * never take a message whose bytes have a bare CR or LF.
 */
#include <stdlib.h>

#include "tests/unit/smtp/fake.h"

static void
check(bool ok)
{
	if (!ok)
		abort();
}

struct run {
	struct smtp_session *s;
	struct fake f;
	struct buf out;
	unsigned seed;
	bool is_closed, had_tls;
};

static size_t
give(struct run *r, struct str in)
{
	size_t total = 0;
	int turns = 0;

	while (!r->is_closed) {
		char *copy = mem_dup(in.p + total, in.n - total);
		size_t used;
		enum smtp_want w = smtp_session_run(r->s, str_mem(copy, in.n - total), &used);

		mem_free(copy);
		check(used <= in.n - total);
		check(++turns < 100000);
		total += used;
		buf_putstr(&r->out, buf_str(smtp_session_out(r->s)));
		buf_reset(smtp_session_out(r->s));
		if (w == SMTP_WANT_INPUT)
			break;
		if (w == SMTP_WANT_CLOSE) {
			r->is_closed = true;
		} else if (w == SMTP_WANT_TLS) {
			r->had_tls = true;
			smtp_session_tls_done(r->s, true);
		} else if (w == SMTP_WANT_DELAY) {
			check(smtp_session_delay(r->s) > 0);
		} else if (w == SMTP_WANT_VERDICT) {
			check(smtp_session_phase(r->s) == SMTP_PHASE_WAIT);
			check(fake_answer(&r->f, (unsigned)rand_r(&r->seed)));
		}
	}
	return total;
}

static void
session(struct run *r, const struct smtp_conf *c, struct str data, size_t max)
{
	struct buf in;
	size_t at = 0;

	fake_init(&r->f);
	buf_init(&r->out, 1 << 26);
	buf_init(&in, data.n + 1);
	r->s = r->f.s = smtp_session_new(c, &fake_backend, &r->f);
	smtp_session_greet(r->s);
	while (at < data.n) {
		size_t n = max == 0 ? data.n : 1 + (size_t)rand_r(&r->seed) % max;

		buf_putstr(&in, str_sub(data, at, at + n));
		at += n;
		buf_consume(&in, give(r, buf_str(&in)));
	}
	buf_done(&in);
	smtp_session_free(&r->s);
	check(!r->f.is_open && !r->f.auth);
}

static void
run_done(struct run *r)
{
	buf_done(&r->out);
	fake_done(&r->f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct smtp_conf c = { .hostname = "mail.example", .max_size = 65536 };
	struct run a = { .seed = 0 }, b = { .seed = 0 };
	struct str in;

	if (n < 2 || n > 200000)
		return 0;
	c.has_tls = p[0] & 1;
	c.require_tls = (p[0] & 2) != 0;
	if (p[0] & 4)
		c.max_size = 100;
	c.is_submission = (p[0] & 8) != 0;
	a.seed = b.seed = p[1];
	in = str_mem(p + 2, n - 2);
	session(&a, &c, in, 0);
	session(&b, &c, in, 1 + p[1] % 64u);
	/* Whether something stands behind STARTTLS depends on the cut; all else must not. */
	if (!a.had_tls && !b.had_tls) {
		check(str_eq(buf_str(&a.out), buf_str(&b.out)));
		check(str_eq(buf_str(&a.f.messages), buf_str(&b.f.messages)));
	}
	run_done(&a);
	run_done(&b);
	return 0;
}
