#include "evals.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "config/config.h"

enum { WINDOW = 64, TIMEOUT_MAX_S = 600 };

struct slot {
	void *eval; /* NULL: the line was malformed */
	struct mailauth_job *job;
	bool is_done;
	struct evals *v;
};

/* ---- resolver */

int
evals_open(struct evals *v, const struct evals_flags *f)
{
	struct err e = ERR_INIT;
	struct dns_opts o = { .servers = str_c(f->resolver) };
	struct buf conf;
	uint32_t s = 0;

	*v = (struct evals){ .l = NULL };
	if (f->timeout != NULL && (str_to_u32(str_c(f->timeout), TIMEOUT_MAX_S, &s) < 0 || s == 0))
		return mox_failf("-timeout takes seconds, at most %d", TIMEOUT_MAX_S);
	v->timeout_ms = (int64_t)s * 1000;
	buf_init(&conf, 1 << 20);
	if (f->resolver == NULL && config_read_file("/etc/resolv.conf", &conf, &e) < 0) {
		buf_done(&conf);
		return mox_fail(&e);
	}
	o.resolv_conf = buf_str(&conf);
	if ((v->l = loop_new()) == NULL)
		err_set(&e, EC_IO, "no event loop");
	else
		v->d = dns_new(v->l, &o, &e);
	buf_done(&conf);
	return v->d == NULL ? mox_fail(&e) : MOX_OK;
}

void
evals_close(struct evals *v)
{
	dns_free(&v->d);
	loop_free(&v->l);
}

/* ---- evaluations */

static void
on_done(void *arg)
{
	struct slot *s = arg;

	s->is_done = true;
	loop_stop(s->v->l);
}

static void
slot_start(struct slot *s, struct evals *v, const struct evals_kind *k, void *eval)
{
	*s = (struct slot){ .eval = eval, .is_done = eval == NULL, .v = v };
	if (eval != NULL)
		s->job = mailauth_start(v->l, v->d, k->ops, eval, v->timeout_ms, on_done, s);
}

static void
slot_finish(struct slot *s, const struct evals_kind *k)
{
	while (!s->is_done)
		loop_run(s->v->l);
	mailauth_free(&s->job);
	if (s->eval == NULL) {
		puts("malformed");
	} else {
		k->print(s->eval);
		k->free(s->eval);
	}
}

int
evals_one(struct evals *v, const struct evals_kind *k, void *eval)
{
	struct slot s;

	slot_start(&s, v, k, eval);
	slot_finish(&s, k);
	return MOX_OK;
}

static int
batch(struct evals *v, const struct evals_kind *k, FILE *f)
{
	struct slot *slots = mem_zalloc(WINDOW, sizeof(*slots));
	size_t from = 0, to = 0, cap = 0;
	char *line = NULL;
	ssize_t n;
	int r = MOX_OK;

	while ((n = getline(&line, &cap, f)) >= 0) {
		struct err e = ERR_INIT;
		void *eval;

		if (n > 0 && line[n - 1] == '\n')
			n--;
		if (n == 0)
			continue;
		if (to - from == WINDOW)
			slot_finish(&slots[from++ % WINDOW], k);
		eval = k->begin(k->arg, str_mem(line, (size_t)n), &e);
		if (eval == NULL)
			r = mox_fail(&e);
		slot_start(&slots[to++ % WINDOW], v, k, eval);
	}
	while (from < to)
		slot_finish(&slots[from++ % WINDOW], k);
	free(line);
	mem_free(slots);
	return r;
}

int
evals_batch(struct evals *v, const struct evals_kind *k, const char *path)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	int r;

	if (f == NULL)
		return mox_failf("%s: can't be read", path);
	r = batch(v, k, f);
	if (ferror(f))
		r = mox_failf("%s: can't be read", path);
	if (f != stdin)
		fclose(f);
	return r;
}

/* ---- text */

struct str
evals_field(struct str *line, bool has_tabs)
{
	if (has_tabs)
		return str_cut(*line, '\t', line);
	while (line->n > 0 && line->p[0] == ' ')
		*line = str_from(*line, 1);
	return str_cut(*line, ' ', line);
}

struct str
evals_sender(struct str s)
{
	return s.n > 1 && s.p[0] == '<' && s.p[s.n - 1] == '>' ? str_sub(s, 1, s.n - 1) : s;
}

void
evals_print(const char *key, struct str s)
{
	printf(" %s=\"", key);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < ' ' || s.p[i] >= 0x7f)
			printf("\\x%02x", (unsigned char)s.p[i]);
		else
			printf(s.p[i] == '"' || s.p[i] == '\\' ? "\\%c" : "%c", s.p[i]);
	}
	putchar('"');
}

/* ---- records */

struct txt {
	struct evals *v;
	struct str name;
	bool (*is_wanted)(struct str txt);
	int n;
};

static void
on_txt(void *arg, const struct dns_answer *a)
{
	struct txt *t = arg;

	if (a->status == DNS_TEMP)
		t->n = -1;
	for (size_t i = 0; i < a->n; i++) {
		struct str s = a->rr[i].txt;

		if (!t->is_wanted(s))
			continue;
		t->n++;
		for (size_t k = 0; k < s.n; k++)
			putchar(s.p[k] < ' ' || s.p[k] >= 0x7f ? '?' : s.p[k]);
		putchar('\n');
	}
	if (t->n < 0)
		mox_failf(STR_FMT ": %s", STR_ARG(t->name), a->why != NULL ? a->why : "no answer");
	loop_stop(t->v->l);
}

int
evals_print_txt(struct evals *v, struct str name, bool (*is_wanted)(struct str txt))
{
	struct txt t = { .v = v, .name = name, .is_wanted = is_wanted };

	dns_query(v->d, name, DNS_TXT, v->timeout_ms, on_txt, &t);
	loop_run(v->l);
	return t.n;
}
