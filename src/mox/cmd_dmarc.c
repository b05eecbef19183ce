/* mox dmarc ...: RFC 9989 from the command line. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "evals.h"
#include "mailauth/dmarc.h"
#include "mailauth/spf.h"

/* ---- output */

static void
print(void *eval)
{
	const struct dm_out *o = dm_out(eval);

	fputs(dm_result_name(o->result), stdout);
	if (o->domain[0] != '\0')
		printf(" from=%s", o->domain);
	if (o->record_domain[0] != '\0')
		printf(" record=%s policy=%s tag=%s disposition=%s", o->record_domain,
		       dm_policy_name(o->policy), o->tag, dm_policy_name(o->disposition));
	if (o->is_spf_aligned || o->is_dkim_aligned)
		printf(" aligned=%s%s%s", o->is_spf_aligned ? "spf" : "",
		       o->is_spf_aligned && o->is_dkim_aligned ? "," : "",
		       o->is_dkim_aligned ? "dkim" : "");
	if (o->org_domain[0] != '\0')
		printf(" organization=%s", o->org_domain);
	printf(" questions=%u", o->questions);
	if (o->why[0] != '\0')
		evals_print("problem", str_c(o->why));
	putchar('\n');
}

static void
drop(void *eval)
{
	struct dm *d = eval;

	dm_free(&d);
}

/* ---- batch */

/* Domains with commas between; "" and "-" are none. */
static size_t
add_ids(struct dm_id *ids, size_t n, struct str list, bool is_spf)
{
	while (list.n > 0 && n < LIM_DMARC_IDS) {
		struct str domain = str_trim(str_cut(list, ',', &list));

		if (domain.n > 0 && !str_eq(domain, STR("-")))
			ids[n++] = (struct dm_id){ domain, is_spf, false };
	}
	return n;
}

static void *
begin_line(void *arg, struct str line, struct err *e)
{
	bool has_tabs = str_chr(line, '\t') >= 0;
	struct dm_id ids[LIM_DMARC_IDS];
	struct dm_in in = { .from = evals_field(&line, has_tabs), .ids = ids };

	(void)arg;
	(void)e;
	in.n = add_ids(ids, 0, evals_field(&line, has_tabs), true);
	in.n = add_ids(ids, in.n, evals_field(&line, has_tabs), false);
	return dm_new(&in);
}

/* ---- a message */

/* As much of it as a header may have. */
static int
read_header(const char *path, struct buf *b)
{
	int fd = path == NULL || strcmp(path, "-") == 0 ? STDIN_FILENO
							: open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : 1;

	while (n > 0 && b->n < LIM_MIME_HEADER) {
		char *p = buf_reserve(b, 4096);

		if (p == NULL)
			break;
		if ((n = read(fd, p, 4096)) > 0)
			buf_commit(b, (size_t)n);
	}
	if (fd > STDIN_FILENO)
		close(fd);
	return n < 0 ? -1 : 0;
}

/* Until the empty line, which ends what is looked at. */
static struct str
header_of(struct str s)
{
	ssize_t crlf = str_find(s, STR("\r\n\r\n")), lf = str_find(s, STR("\n\n"));

	if (crlf >= 0 && (lf < 0 || crlf < lf))
		return str_sub(s, 0, (size_t)crlf + 2);
	return lf >= 0 ? str_sub(s, 0, (size_t)lf + 1) : s;
}

struct verify {
	struct evals v;
	struct dm_id ids[LIM_DMARC_IDS];
	size_t n;
	char spf_domain[LIM_DOMAIN + 1];
};

static void
no_drop(void *eval)
{
	(void)eval;
}

/* What MAIL FROM's SPF says becomes an id; HELO counts for nothing here. RFC 9989 4.4.2. */
static int
check_spf(struct verify *f, char **argv, struct err *e)
{
	static const struct evals_kind quiet = { &spf_ops, NULL, no_drop, no_drop, NULL };
	struct spf_in in = { .mail_from = evals_sender(str_c(argv[1])),
			     .helo = str_c(argv[2]),
			     .now = clock_now() };
	const struct spf_out *o;
	struct spf *s;

	if (spf_ip_parse(str_c(argv[0]), &in.ip) < 0)
		return err_set(e, EC_SYNTAX, "\"%s\" is no IP address", argv[0]);
	s = spf_new(&in);
	evals_one(&f->v, &quiet, s);
	o = spf_out(s);
	if (!o->is_helo && (o->result == SPF_PASS || o->result == SPF_TEMPERROR)) {
		memcpy(f->spf_domain, o->domain, sizeof(f->spf_domain));
		f->ids[f->n++] =
			(struct dm_id){ str_c(f->spf_domain), true, o->result == SPF_TEMPERROR };
	}
	spf_free(&s);
	return 0;
}

static int
verify_message(struct verify *f, const struct evals_kind *k, int argc, char **argv)
{
	char domain[LIM_DOMAIN + 1] = "";
	struct err e = ERR_INIT;
	struct mime_addr addr;
	struct arena *a;
	struct buf b;
	enum dm_from r;

	if (check_spf(f, argv, &e) < 0)
		return mox_fail(&e);
	buf_init(&b, LIM_MIME_HEADER + 4096);
	if (read_header(argc > 3 ? argv[3] : NULL, &b) < 0) {
		buf_done(&b);
		return mox_failf("%s: can't be read", argc > 3 ? argv[3] : "standard input");
	}
	a = arena_new(LIM_MIME_KEEP);
	r = dm_from_get(header_of(buf_str(&b)), a, &addr, domain);
	if (r == DM_FROM_OK)
		evals_one(&f->v, k, dm_new(&(struct dm_in){ str_c(domain), f->ids, f->n }));
	else
		printf("permerror questions=0 problem=\"%s\"\n", dm_from_text(r));
	arena_free(&a);
	buf_done(&b);
	return MOX_OK;
}

int
cmd_dmarc_verify(struct mox *m, int argc, char **argv)
{
	static const struct evals_kind k = { &dm_ops, begin_line, print, drop, NULL };
	struct evals_flags f = { .resolver = NULL };
	const char *dkim = NULL;
	const struct mox_flag flags[] = { EVALS_FLAGS(f),
					  { "batch", NULL, &f.batch },
					  { "dkim", NULL, &dkim } };
	struct verify v = { .n = 0 };
	int r;

	if (mox_args(m, &argc, &argv, flags, ARRAY_LEN(flags), 0, 4) < 0)
		return MOX_USAGE;
	if (f.batch != NULL ? argc != 0 || dkim != NULL : argc < 3)
		return mox_usage(m);
	v.n = add_ids(v.ids, 0, str_c(dkim), false);
	v.n = MIN(v.n, LIM_DMARC_IDS - 1);
	if ((r = evals_open(&v.v, &f)) == MOX_OK)
		r = f.batch != NULL ? evals_batch(&v.v, &k, f.batch)
				    : verify_message(&v, &k, argc, argv);
	evals_close(&v.v);
	return r;
}

/* ---- records */

static void
print_record(void *eval)
{
	const struct dm_out *o = dm_out(eval);

	if (o->record_domain[0] != '\0') {
		printf("_dmarc.%s ", o->record_domain);
		for (size_t i = 0; i < o->text.n; i++)
			putchar(o->text.p[i] < ' ' || o->text.p[i] >= 0x7f ? '?' : o->text.p[i]);
		putchar('\n');
	}
	if (o->result != DM_FAIL)
		mox_failf("%s", o->why);
}

int
cmd_dmarc_lookup(struct mox *m, int argc, char **argv)
{
	static const struct evals_kind k = { &dm_ops, NULL, print_record, no_drop, NULL };
	struct evals_flags f = { .resolver = NULL };
	const struct mox_flag flags[] = { EVALS_FLAGS(f) };
	struct evals v;
	struct dm *d;
	int r;

	if (mox_args(m, &argc, &argv, flags, ARRAY_LEN(flags), 1, 1) < 0)
		return MOX_USAGE;
	if ((r = evals_open(&v, &f)) == MOX_OK) {
		/* As for mail that nothing authenticates. */
		d = dm_new(&(struct dm_in){ .from = str_c(argv[0]) });
		evals_one(&v, &k, d);
		r = dm_out(d)->result == DM_FAIL ? MOX_OK : MOX_FAIL;
		dm_free(&d);
	}
	evals_close(&v);
	return r;
}

static void
print_uris(const char *tag, struct str list)
{
	struct str uri;

	while (dm_uri_next(&list, &uri))
		printf("%s " STR_FMT "\n", tag, STR_ARG(uri));
}

int
cmd_dmarc_parse(struct mox *m, int argc, char **argv)
{
	static const char *const psd[] = {
		[DM_PSD_UNKNOWN] = "u", [DM_PSD_NO] = "n", [DM_PSD_YES] = "y"
	};
	struct dm_record r;

	if (mox_args(m, &argc, &argv, NULL, 0, 1, 1) < 0)
		return MOX_USAGE;
	if (dm_record_parse(str_c(argv[0]), &r) < 0)
		return mox_failf("a DMARC record begins with \"v=DMARC1\"");
	if (r.is_unfit && !r.has_rua)
		return mox_failf(
			"p is missing or not valid, or sp or np is not valid: receivers ignore the "
			"record");
	printf("p %s\nsp %s\nnp %s\n", dm_policy_name(r.p), dm_policy_name(r.sp),
	       dm_policy_name(r.np));
	printf("adkim %s\naspf %s\npsd %s\nt %s\n", r.is_dkim_strict ? "s" : "r",
	       r.is_spf_strict ? "s" : "r", psd[r.psd], r.is_test ? "y" : "n");
	print_uris("rua", r.rua);
	print_uris("ruf", r.ruf);
	if (r.is_unfit)
		mox_failf("p is missing or not valid, or sp or np is not valid: no policy applies");
	return MOX_OK;
}
