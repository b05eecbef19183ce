/* mox dkim verify, mox arc verify: signatures of messages in files. */
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "evals.h"
#include "mailauth/message.h"
#include "msgfile.h"

struct check {
	struct mailauth_message *m;
	char *path;
};

/* ---- messages */

static void
on_piece(void *arg, struct str bytes)
{
	mailauth_message_put(arg, bytes);
}

static void
check_free(void *eval)
{
	struct check *c = eval;

	mailauth_message_free(&c->m);
	mem_free(c->path);
	mem_free(c);
}

static struct check *
check_new(struct dkv_lib *lib, const char *path, struct err *e)
{
	struct check *c = MEM_NEW(struct check);

	c->m = mailauth_message_new(lib, clock_now());
	c->path = mem_cstr(path);
	if (msgfile_read(path, on_piece, c->m, e) < 0) {
		check_free(c);
		return NULL;
	}
	mailauth_message_end(c->m);
	return c;
}

static void *
begin_line(void *arg, struct str line, struct err *e)
{
	char path[LIM_PATH];

	if (str_to_c(line, path, sizeof(path)) < 0) {
		err_set(e, EC_SYNTAX, "not a file's name");
		return NULL;
	}
	return check_new(arg, path, e);
}

/* ---- DKIM */

static bool
dkim_next(void *eval, struct mailauth_question *q)
{
	return dkv_next(mailauth_message_dkim(((struct check *)eval)->m), q);
}

static void
dkim_put(void *eval, const struct dns_answer *a)
{
	dkv_put(mailauth_message_dkim(((struct check *)eval)->m), a);
}

static void
dkim_expire(void *eval)
{
	dkv_expire(mailauth_message_dkim(((struct check *)eval)->m));
}

static void
print_signature(const struct dkv_sig *s)
{
	printf(" | %s", dkv_result_name(s->result));
	if (s->domain[0] != '\0')
		printf(" domain=%s", s->domain);
	if (s->selector.n > 0)
		evals_print("selector", s->selector);
	if (s->algorithm.n > 0)
		evals_print("algorithm", s->algorithm);
	if (s->identity[0] != '\0')
		evals_print("identity", str_c(s->identity));
	if (s->b.n > 0)
		evals_print("b", s->b);
	if (s->bits > 0)
		printf(" bits=%u", s->bits);
	if (s->is_testing)
		printf(" testing=y");
	if (s->why[0] != '\0')
		evals_print("problem", str_c(s->why));
}

static void
dkim_print(void *eval)
{
	struct check *c = eval;
	const struct dkv_out *o = dkv_out(mailauth_message_dkim(c->m));

	fputs(dkv_result_name(o->result), stdout);
	evals_print("file", str_c(c->path));
	printf(" signatures=%zu", o->n + o->ignored);
	if (o->ignored > 0)
		printf(" ignored=%zu", o->ignored);
	printf(" questions=%u", o->questions);
	if (o->why[0] != '\0')
		evals_print("problem", str_c(o->why));
	for (size_t i = 0; i < o->n; i++)
		print_signature(&o->v[i]);
	putchar('\n');
}

/* ---- ARC */

static bool
chain_next(void *eval, struct mailauth_question *q)
{
	return arc_next(mailauth_message_arc(((struct check *)eval)->m), q);
}

static void
chain_put(void *eval, const struct dns_answer *a)
{
	arc_put(mailauth_message_arc(((struct check *)eval)->m), a);
}

static void
chain_expire(void *eval)
{
	arc_expire(mailauth_message_arc(((struct check *)eval)->m));
}

static void
chain_print(void *eval)
{
	struct check *c = eval;
	const struct arc_out *o = arc_out(mailauth_message_arc(c->m));

	fputs(arc_result_name(o->result), stdout);
	evals_print("file", str_c(c->path));
	printf(" instances=%u", o->n);
	if (o->result == ARC_PASS)
		printf(" oldest-pass=%u", o->oldest_pass);
	printf(" questions=%u", o->questions);
	if (o->why[0] != '\0')
		evals_print("problem", str_c(o->why));
	for (unsigned i = 0; i < o->n; i++) {
		printf(" | %u seal=%s message=%s", i + 1, o->sets[i].domain,
		       o->sets[i].message_domain);
		evals_print("results", o->sets[i].results);
	}
	putchar('\n');
}

/* ---- commands */

static int
verify_files(struct evals *v, const struct evals_kind *k, int argc, char **argv)
{
	int r = MOX_OK;

	for (int i = 0; i < argc; i++) {
		struct err e = ERR_INIT;
		struct check *c = check_new(k->arg, argv[i], &e);

		if (c == NULL)
			r = mox_fail(&e);
		else
			evals_one(v, k, c);
	}
	return r;
}

static int
verify(struct mox *m, int argc, char **argv, struct evals_kind k)
{
	struct evals_flags f = { .resolver = NULL };
	const struct mox_flag flags[] = { EVALS_FLAGS(f), { "batch", NULL, &f.batch } };
	static char stdin_name[] = "-";
	char *standard[] = { stdin_name };
	struct dkv_lib *lib;
	struct evals v;
	int r;

	if (mox_args(m, &argc, &argv, flags, ARRAY_LEN(flags), 0, 1000000) < 0)
		return MOX_USAGE;
	if (argc > 0 && f.batch != NULL)
		return mox_usage(m);
	k.arg = lib = dkv_lib_new();
	if ((r = evals_open(&v, &f)) == MOX_OK)
		r = f.batch != NULL
			    ? evals_batch(&v, &k, f.batch)
			    : verify_files(&v, &k, argc > 0 ? argc : 1, argc > 0 ? argv : standard);
	evals_close(&v);
	dkv_lib_free(&lib);
	return r;
}

int
cmd_dkim_verify(struct mox *m, int argc, char **argv)
{
	static const struct mailauth_ops ops = { dkim_next, dkim_put, dkim_expire };

	return verify(m, argc, argv,
		      (struct evals_kind){ &ops, begin_line, dkim_print, check_free, NULL });
}

int
cmd_arc_verify(struct mox *m, int argc, char **argv)
{
	static const struct mailauth_ops ops = { chain_next, chain_put, chain_expire };

	return verify(m, argc, argv,
		      (struct evals_kind){ &ops, begin_line, chain_print, check_free, NULL });
}

/* ---- records */

static bool
is_any(struct str txt)
{
	(void)txt;
	return true;
}

int
cmd_dkim_lookup(struct mox *m, int argc, char **argv)
{
	struct evals_flags f = { .resolver = NULL };
	const struct mox_flag flags[] = { EVALS_FLAGS(f) };
	struct evals v;
	struct buf name;
	int r, n = -1;

	if (mox_args(m, &argc, &argv, flags, ARRAY_LEN(flags), 2, 2) < 0)
		return MOX_USAGE;
	buf_init(&name, LIM_PATH);
	buf_printf(&name, "%s._domainkey.%s", argv[0], argv[1]);
	if ((r = evals_open(&v, &f)) == MOX_OK)
		n = evals_print_txt(&v, buf_str(&name), is_any);
	if (r == MOX_OK && n == 0)
		r = mox_failf("%s has no key of selector %s", argv[1], argv[0]);
	else if (n < 0)
		r = MOX_FAIL;
	evals_close(&v);
	buf_done(&name);
	return r;
}
