/* mox spf ...: RFC 7208 from the command line. */
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "evals.h"
#include "mailauth/spf.h"

static struct spf *
begin(struct str ip, struct str from, struct str helo, const char *receiver, struct err *e)
{
	struct spf_in in = { .mail_from = evals_sender(from),
			     .helo = helo,
			     .receiver = str_c(receiver),
			     .now = clock_now() };

	if (spf_ip_parse(ip, &in.ip) < 0) {
		err_set(e, EC_SYNTAX, "\"" STR_FMT "\" is no IP address", STR_ARG(ip));
		return NULL;
	}
	return spf_new(&in);
}

static void *
begin_line(void *arg, struct str line, struct err *e)
{
	bool has_tabs = str_chr(line, '\t') >= 0;
	struct str ip = evals_field(&line, has_tabs), from = evals_field(&line, has_tabs),
		   helo = evals_field(&line, has_tabs);

	return begin(ip, from, helo, arg, e);
}

static void
print(void *eval)
{
	const struct spf_out *o = spf_out(eval);

	printf("%s identity=%s", spf_result_name(o->result), o->is_helo ? "helo" : "mailfrom");
	if (o->domain[0] != '\0')
		printf(" domain=%s", o->domain);
	if (o->record_domain[0] != '\0' && strcmp(o->record_domain, o->domain) != 0)
		evals_print("record", str_c(o->record_domain));
	if (o->mechanism[0] != '\0')
		evals_print("mechanism", str_c(o->mechanism));
	printf(" terms=%u voids=%u questions=%u", o->terms, o->voids, o->questions);
	if (o->why[0] != '\0')
		evals_print("problem", str_c(o->why));
	if (o->explanation.n > 0)
		evals_print("explanation", buf_str(&o->explanation));
	putchar('\n');
}

static void
drop(void *eval)
{
	struct spf *s = eval;

	spf_free(&s);
}

int
cmd_spf_check(struct mox *m, int argc, char **argv)
{
	struct evals_flags f = { .resolver = NULL };
	const char *receiver = NULL;
	const struct mox_flag flags[] = { EVALS_FLAGS(f),
					  { "batch", NULL, &f.batch },
					  { "receiver", NULL, &receiver } };
	struct evals_kind k = { &spf_ops, begin_line, print, drop, NULL };
	struct err e = ERR_INIT;
	struct evals v;
	struct spf *s;
	int r;

	if (mox_args(m, &argc, &argv, flags, ARRAY_LEN(flags), 0, 3) < 0)
		return MOX_USAGE;
	if (argc != (f.batch != NULL ? 0 : 3))
		return mox_usage(m);
	k.arg = (void *)receiver;
	if ((r = evals_open(&v, &f)) == MOX_OK) {
		if (f.batch != NULL)
			r = evals_batch(&v, &k, f.batch);
		else if ((s = begin(str_c(argv[0]), str_c(argv[1]), str_c(argv[2]), receiver,
				    &e)) == NULL)
			r = mox_fail(&e);
		else
			r = evals_one(&v, &k, s);
	}
	evals_close(&v);
	return r;
}

int
cmd_spf_lookup(struct mox *m, int argc, char **argv)
{
	struct evals_flags f = { .resolver = NULL };
	const struct mox_flag flags[] = { EVALS_FLAGS(f) };
	struct evals v;
	int r, n = -1;

	if (mox_args(m, &argc, &argv, flags, ARRAY_LEN(flags), 1, 1) < 0)
		return MOX_USAGE;
	if ((r = evals_open(&v, &f)) == MOX_OK)
		n = evals_print_txt(&v, str_c(argv[0]), spf_record_is);
	if (n == 0)
		r = mox_failf("%s has no SPF record", argv[0]);
	else if (n > 1)
		r = mox_failf("%s has several SPF records, so none counts", argv[0]);
	else if (n < 0)
		r = MOX_FAIL;
	evals_close(&v);
	return r;
}

int
cmd_spf_parse(struct mox *m, int argc, char **argv)
{
	static const char *const effects[128] = {
		['+'] = "pass", ['-'] = "fail", ['~'] = "softfail", ['?'] = "neutral"
	};
	const char *why = NULL;
	struct spf_term t;
	struct str rest;
	int r;

	if (mox_args(m, &argc, &argv, NULL, 0, 1, 1) < 0)
		return MOX_USAGE;
	if (!spf_record_is(str_c(argv[0])))
		return mox_failf("an SPF record begins with \"v=spf1\"");
	rest = spf_record_terms(str_c(argv[0]));
	while ((r = spf_term_next(&rest, &t, &why)) > 0)
		printf("%-8s " STR_FMT "\n",
		       t.kind >= SPF_REDIRECT ? "modifier" : effects[t.qualifier & 127],
		       STR_ARG(t.text));
	return r < 0 ? mox_failf("\"" STR_FMT "\" %s", STR_ARG(t.text), why) : MOX_OK;
}
