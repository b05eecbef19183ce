/*
 * libopendkim. It is shown only signatures that dkimv.c found well-formed, unexpired and worth
 * verifying, each with a record that holds no more than the key; then what it finds is theirs
 * alone: it has no say on policy.
 */
#include <dkim.h>
#include <stdio.h>
#undef MIN /* theirs, of <sys/param.h> */
#undef MAX

#include "base/mem.h"
#include "mailauth/dkimv_int.h"

struct dkv_lib {
	DKIM_LIB *lib;
};

struct dkv_od {
	DKIM *d;
	DKIM_SIGINFO **sigs;
	size_t n;
	struct str keys[LIM_DKIM_SIGNATURES]; /* borrowed */
	char last[2];			      /* bytes of the body */
	bool any;
};

/* TRYAGAIN is no answer here: it would be taken for a bad signature. What has no key was judged
 * before. */
static DKIM_CBSTAT
on_key(DKIM *d, DKIM_SIGINFO *sig, unsigned char *out, size_t n)
{
	const struct dkv_od *o = dkim_get_user_context(d);

	for (size_t i = 0; i < o->n; i++)
		if (o->sigs[i] == sig && o->keys[i].n > 0 && o->keys[i].n < n) {
			snprintf((char *)out, n, STR_FMT, STR_ARG(o->keys[i]));
			return DKIM_CBSTAT_CONTINUE;
		}
	return DKIM_CBSTAT_NOTFOUND;
}

struct dkv_lib *
dkv_lib_new(void)
{
	struct dkv_lib *l = MEM_NEW(struct dkv_lib);
	unsigned flags = DKIM_LIBFLAGS_DELAYSIGPROC | DKIM_LIBFLAGS_BADSIGHANDLES;
	uint64_t drift = DKV_OD_DRIFT; /* expiry is judged by dkimv.c */

	l->lib = dkim_init(NULL, NULL);
	if (l->lib != NULL && dkim_set_key_lookup(l->lib, on_key) == DKIM_STAT_OK &&
	    dkim_options(l->lib, DKIM_OP_SETOPT, DKIM_OPTS_FLAGS, &flags, sizeof(flags)) ==
		    DKIM_STAT_OK &&
	    dkim_options(l->lib, DKIM_OP_SETOPT, DKIM_OPTS_CLOCKDRIFT, &drift, sizeof(drift)) ==
		    DKIM_STAT_OK)
		return l;
	/* Then all is left to lib/dkim. */
	if (l->lib != NULL)
		dkim_close(l->lib);
	l->lib = NULL;
	return l;
}

void
dkv_lib_free(struct dkv_lib **lp)
{
	if (*lp == NULL)
		return;
	if ((*lp)->lib != NULL)
		dkim_close((*lp)->lib);
	mem_free(*lp);
	*lp = NULL;
}

static unsigned char *
bytes_of(struct str s)
{
	return (unsigned char *)(uintptr_t)s.p;
}

/* Other signatures are not shown: it would look at them. */
static bool
is_shown(const struct dk_field *f, const struct dk_field *const *sigs, size_t n)
{
	if (!str_eqi(f->name, STR(DKIM_SIGNHEADER)))
		return true;
	for (size_t i = 0; i < n; i++)
		if (sigs[i] == f)
			return true;
	return false;
}

static bool
feed_header(struct dkv_od *o, const struct dk_fields *f, const struct dk_field *const *sigs,
	    size_t n)
{
	int found = 0;

	for (size_t i = 0; i < f->n; i++) {
		struct str raw = f->v[i].raw;

		if (str_has_suffix(raw, STR("\r\n")))
			raw.n -= 2;
		/* Names that it refuses are in no h=. */
		if (is_shown(&f->v[i], sigs, n))
			(void)dkim_header(o->d, bytes_of(raw), raw.n);
	}
	return dkim_eoh(o->d) == DKIM_STAT_OK &&
	       dkim_getsiglist(o->d, &o->sigs, &found) == DKIM_STAT_OK && (size_t)found == n;
}

struct dkv_od *
dkv_od_new(struct dkv_lib *l, const struct dk_fields *f, const struct dk_field *const *sigs,
	   size_t n)
{
	struct dkv_od *o = MEM_NEW(struct dkv_od);
	DKIM_STAT st;

	o->n = n;
	if (l->lib != NULL)
		o->d = dkim_verify(l->lib, (const unsigned char *)"mox", NULL, &st);
	if (o->d == NULL || dkim_set_user_context(o->d, o) != DKIM_STAT_OK ||
	    !feed_header(o, f, sigs, n))
		dkv_od_free(&o);
	return o;
}

void
dkv_od_free(struct dkv_od **op)
{
	if (*op == NULL)
		return;
	if ((*op)->d != NULL)
		(void)dkim_free((*op)->d);
	mem_free(*op);
	*op = NULL;
}

void
dkv_od_body(struct dkv_od *o, struct str bytes)
{
	if (bytes.n == 0)
		return;
	(void)dkim_body(o->d, bytes_of(bytes), bytes.n);
	o->any = true;
	if (bytes.n == 1)
		o->last[0] = o->last[1];
	else
		o->last[0] = bytes.p[bytes.n - 2];
	o->last[1] = bytes.p[bytes.n - 1];
}

void
dkv_od_key(struct dkv_od *o, size_t i, struct str txt)
{
	o->keys[i] = txt;
}

void
dkv_od_end(struct dkv_od *o)
{
	/* It wants a line end there. RFC 6376 3.4.3, 3.4.4 */
	if (o->any && (o->last[0] != '\r' || o->last[1] != '\n'))
		dkv_od_body(o, STR("\r\n"));
	(void)dkim_eom(o->d, NULL);
}

enum dkv_od_verdict
dkv_od_verdict(const struct dkv_od *o, size_t i, const char **why)
{
	DKIM_SIGINFO *s = o->sigs[i];
	int error = dkim_sig_geterror(s);

	if (DKIM_SIG_CHECK(s) && error == DKIM_SIGERROR_OK)
		return DKV_OD_PASS;
	if (dkim_sig_getbh(s) == DKIM_SIGBH_MISMATCH)
		return DKV_OD_BODY;
	if (error == DKIM_SIGERROR_BADSIG)
		return DKV_OD_HEADER;
	*why = dkim_sig_geterrorstr(error);
	return DKV_OD_ERROR;
}
