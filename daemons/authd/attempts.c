/* The login log. A commit for each attempt would cost a sync each; what a crash loses is a log
 * line. */
#include "authd.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define FLUSH_MS 5000

struct row {
	char account[LIM_ACCOUNT + 1], login[LIM_ADDR + 1], ip[64], proto[17], mech[33], result[17];
	int64_t first, last, count;
};

struct attempts {
	struct authd *a;
	struct row *v;
	size_t n, cap;
	struct loop_timer *timer;
};

static void
on_timer(void *arg)
{
	attempts_flush(arg);
}

struct attempts *
attempts_new(struct authd *a)
{
	struct attempts *t = MEM_NEW(struct attempts);

	t->a = a;
	t->timer = loop_timer_new(svc_loop(a->svc), on_timer, t);
	return t;
}

void
attempts_free(struct attempts **tp)
{
	struct attempts *t = *tp;

	*tp = NULL;
	if (t == NULL)
		return;
	attempts_flush(t);
	loop_timer_free(&t->timer);
	mem_free(t->v);
	mem_free(t);
}

/* Control characters, those of C1 included: U+0080 to U+009F, 0xc2 and a byte below 0xa0 in UTF-8.
 * Terminals obey them. */
static bool
is_control(struct str s, size_t i)
{
	unsigned char c = (unsigned char)s.p[i];

	if (c == 0xc2)
		return i + 1 < s.n && (unsigned char)s.p[i + 1] < 0xa0;
	return c < 0x20 || c == 0x7f ||
	       (c >= 0x80 && c < 0xa0 && i > 0 && (unsigned char)s.p[i - 1] == 0xc2);
}

/* As text for people: cut, and "?" for what is not printable or not UTF-8. */
static void
text_put(struct str s, char *dst, size_t size)
{
	bool utf8;

	s = str_sub(s, 0, size - 1);
	utf8 = str_is_utf8(s);
	for (size_t i = 0; i < s.n; i++)
		dst[i] =
			is_control(s, i) || ((unsigned char)s.p[i] >= 0x80 && !utf8) ? '?' : s.p[i];
	dst[s.n] = '\0';
}

static bool
is_same(const struct row *a, const struct row *b)
{
	return strcmp(a->account, b->account) == 0 && strcmp(a->login, b->login) == 0 &&
	       strcmp(a->ip, b->ip) == 0 && strcmp(a->proto, b->proto) == 0 &&
	       strcmp(a->mech, b->mech) == 0 && strcmp(a->result, b->result) == 0;
}

void
attempts_add(struct attempts *t, const struct auth_attempt *v)
{
	struct row r = { .first = v->first, .last = v->last, .count = v->count };

	text_put(v->account.n > 0 ? v->account : STR("-"), r.account, sizeof(r.account));
	text_put(v->login, r.login, sizeof(r.login));
	text_put(v->ip, r.ip, sizeof(r.ip));
	text_put(v->proto, r.proto, sizeof(r.proto));
	text_put(v->mech, r.mech, sizeof(r.mech));
	text_put(v->result, r.result, sizeof(r.result));
	for (size_t i = 0; i < t->n; i++) {
		if (is_same(&t->v[i], &r)) {
			t->v[i].last = r.last;
			t->v[i].count += r.count;
			return;
		}
	}
	if (t->n == t->cap) {
		t->cap = t->cap == 0 ? 16 : t->cap * 2;
		t->v = mem_resize(t->v, t->cap, sizeof(*t->v));
	}
	t->v[t->n++] = r;
	if (t->n >= LIM_ATTEMPT_BATCH)
		attempts_flush(t);
	else if (!loop_timer_is_set(t->timer))
		loop_timer_set(t->timer, FLUSH_MS);
}

void
attempts_flush(struct attempts *t)
{
	struct auth_attempt *v;
	struct err e = ERR_INIT;

	loop_timer_stop(t->timer);
	if (t->n == 0)
		return;
	v = mem_zalloc(t->n, sizeof(*v));
	for (size_t i = 0; i < t->n; i++) {
		const struct row *r = &t->v[i];

		v[i] = (struct auth_attempt){
			.account = str_c(r->account),
			.login = str_c(r->login),
			.ip = str_c(r->ip),
			.proto = str_c(r->proto),
			.mech = str_c(r->mech),
			.result = str_c(r->result),
			.first = r->first,
			.last = r->last,
			.count = r->count,
		};
	}
	if (auth_db_attempts_add(t->a->db, v, t->n, &e) < 0)
		LOG(NULL, LOG_ERROR, "authd.attempts.lost", LF(count, t->n), LF(err, &e));
	mem_free(v);
	t->n = 0;
}
