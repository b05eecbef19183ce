/* See dkimv.h. Who verifies a signature that nothing speaks against, and the life of an evaluator.
 */
#include <stdio.h>

#include "base/mem.h"
#include "mailauth/dkimv_int.h"

enum { RECORD = 1024 };

const char *
dkv_result_name(enum dkv_result r)
{
	static const char *const names[] = {
#define X(code, word) [code] = word,
		DKV_RESULTS(X)
#undef X
	};

	return names[r];
}

/* ---- who verifies */

/* It ends text at a NUL, and takes other control characters for white space. */
static bool
has_controls(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\r' && i + 1 < s.n && s.p[i + 1] == '\n')
			i++;
		else if ((unsigned char)s.p[i] < ' ' && s.p[i] != '\t')
			return true;
	}
	return false;
}

static bool
is_odd_header(const struct dk_fields *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (has_controls(f->v[i].raw))
			return true;
	return false;
}

/* It takes each tag whose name ends in "b=" for the one to leave out of the hash, and no "b =". */
static bool
has_odd_b(const struct dk_sig *s)
{
	struct str before = str_sub(s->field, 0, s->b_from), behind = str_from(s->field, s->b_to);

	return !str_has_suffix(before, STR("b=")) || str_find(behind, STR("b=")) >= 0 ||
	       str_find(str_sub(before, 0, before.n - 2), STR("b=")) >= 0;
}

static bool
must_be_own(const struct dk_sig *s, int64_t now)
{
	if (has_odd_b(s))
		return true;
	if (s->has_time && (s->time <= DKV_OD_DRIFT || s->time > now))
		return true;
	return !str_is_ascii(s->field) || s->has_length || str_chr(s->identity, '=') >= 0 ||
	       (s->alg == DK_ALG_ED25519_SHA256 && !s->header_relaxed) ||
	       dk_sig_covers(s, STR("DKIM-Signature")) > 0;
}

static void
make_own(struct dkv *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (!d->v[i].is_settled && d->v[i].is_own)
			dk_bodies_use(&d->bodies, d->v[i].sig.body_relaxed);
}

static void
assign(struct dkv *d, struct dkv_lib *l, int64_t now)
{
	const struct dk_field *shown[LIM_DKIM_SIGNATURES];
	bool is_odd = is_odd_header(d->fields);
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++) {
		struct dkv_item *s = &d->v[i];

		if (s->is_settled)
			continue;
		s->is_own = is_odd || must_be_own(&s->sig, now);
		if (!s->is_own) {
			s->od = n;
			shown[n++] = s->field;
		}
	}
	if (n > 0)
		d->od = dkv_od_new(l, d->fields, shown, n);
	if (n > 0 && d->od == NULL)
		for (size_t i = 0; i < d->n; i++)
			d->v[i].is_own = true;
	make_own(d);
}

static void
verify_own(struct dkv *d, size_t i)
{
	const struct dkv_item *s = &d->v[i];
	const struct dk_bodies_form *body =
		&d->bodies.v[s->sig.body_relaxed ? DK_RELAXED : DK_SIMPLE];
	unsigned char hash[DK_HASH];

	if (d->bodies.failed || !dk_sig_hash(&s->sig, d->fields, hash))
		dkv_settle(d, i, DKV_TEMPERROR, "could not be verified");
	else if (!dk_pub_verify(&s->key->pub, hash, buf_str(&s->sig.signature)))
		dkv_settle(d, i, DKV_FAIL, "the header is not what was signed");
	else if (s->sig.has_length && s->sig.length < body->length)
		dkv_settle(d, i, DKV_POLICY, "only a part of the body is signed (l=)");
	else if (s->sig.has_length && s->sig.length > body->length)
		dkv_settle(d, i, DKV_FAIL, "the body is shorter than what was signed");
	else if (memcmp(body->hash, s->sig.body_hash, DK_HASH) != 0)
		dkv_settle(d, i, DKV_FAIL, "the body is not what was signed");
	else
		dkv_settle(d, i, DKV_PASS, "");
}

static void
verify_od(struct dkv *d, size_t i)
{
	const char *why = "";

	switch (dkv_od_verdict(d->od, d->v[i].od, &why)) {
	case DKV_OD_PASS:
		dkv_settle(d, i, DKV_PASS, "");
		break;
	case DKV_OD_HEADER:
		dkv_settle(d, i, DKV_FAIL, "the header is not what was signed");
		break;
	case DKV_OD_BODY:
		dkv_settle(d, i, DKV_FAIL, "the body is not what was signed");
		break;
	case DKV_OD_ERROR:
		dkv_settle(d, i, DKV_PERMERROR, why);
		break;
	}
}

static void
give_keys(struct dkv *d)
{
	for (size_t i = 0; i < d->n; i++) {
		struct dkv_item *s = &d->v[i];

		if (s->is_settled || s->is_own)
			continue;
		if (dk_pub_txt(&s->key->pub, &s->record, NULL) == 0)
			dkv_od_key(d->od, s->od, buf_str(&s->record));
	}
}

static void
conclude(struct dkv *d)
{
	d->is_done = true;
	for (size_t i = 0; i < d->n; i++)
		if (!d->v[i].is_settled)
			dkv_judge_key(d, i);
	if (d->od != NULL) {
		give_keys(d);
		dkv_od_end(d->od);
	}
	for (size_t i = 0; i < d->n; i++) {
		if (!d->v[i].is_settled && (d->has_bare_cr || d->ends_in_cr))
			dkv_settle(d, i, DKV_PERMERROR, "the body has a CR that ends no line");
		if (!d->v[i].is_settled && d->v[i].is_own)
			verify_own(d, i);
		else if (!d->v[i].is_settled)
			verify_od(d, i);
		d->out.result = MAX(d->out.result, d->outs[i].result);
	}
}

/* ---- life */

static void
collect(struct dkv *d)
{
	for (size_t i = 0; i < d->fields->n; i++) {
		if (!str_eqi(d->fields->v[i].name, STR("DKIM-Signature")))
			continue;
		if (d->n == LIM_DKIM_SIGNATURES) {
			d->out.ignored++;
			continue;
		}
		d->v[d->n].field = &d->fields->v[i];
		buf_init(&d->v[d->n].record, RECORD);
		dkv_judge_field(d, d->n++);
	}
	d->out.n = d->n;
}

struct dkv *
dkv_new(struct dkv_lib *l, const struct dk_fields *f, const char *why, int64_t now)
{
	struct dkv *d = MEM_NEW(struct dkv);

	d->out.v = d->outs;
	d->fields = f;
	dk_bodies_init(&d->bodies);
	if (f == NULL) {
		d->out.result = DKV_PERMERROR;
		snprintf(d->out.why, sizeof(d->out.why), "%s", why);
		return d;
	}
	collect(d);
	for (size_t i = 0; i < d->n; i++) {
		if (!d->v[i].is_settled)
			dkv_judge_policy(d, i, now);
		if (d->v[i].is_settled)
			continue;
		d->v[i].key = mailauth_keys_add(&d->keys, d->v[i].sig.selector, d->outs[i].domain);
		if (d->v[i].key == NULL)
			dkv_settle(d, i, DKV_PERMERROR, "s= is no selector");
	}
	assign(d, l, now);
	return d;
}

void
dkv_free(struct dkv **dp)
{
	struct dkv *d = *dp;

	*dp = NULL;
	if (d == NULL)
		return;
	dkv_od_free(&d->od);
	for (size_t i = 0; i < d->n; i++) {
		dk_sig_done(&d->v[i].sig);
		buf_done(&d->v[i].record);
	}
	mailauth_keys_done(&d->keys);
	dk_bodies_done(&d->bodies);
	mem_free(d);
}

static void
look_for_bare_cr(struct dkv *d, struct str s)
{
	const char *p;

	if (d->ends_in_cr && s.p[0] != '\n')
		d->has_bare_cr = true;
	d->ends_in_cr = s.p[s.n - 1] == '\r';
	while (!d->has_bare_cr && (p = memchr(s.p, '\r', s.n)) != NULL) {
		s = str_from(s, (size_t)(p - s.p) + 1);
		d->has_bare_cr = s.n > 0 && s.p[0] != '\n';
	}
}

void
dkv_body(struct dkv *d, struct str bytes)
{
	if (d->n == 0 || bytes.n == 0)
		return;
	look_for_bare_cr(d, bytes);
	if (d->od != NULL)
		dkv_od_body(d->od, bytes);
	dk_bodies_put(&d->bodies, bytes);
}

void
dkv_end(struct dkv *d)
{
	dk_bodies_end(&d->bodies);
	d->has_ended = true;
}

bool
dkv_next(struct dkv *d, struct mailauth_question *q)
{
	return mailauth_keys_next(&d->keys, q);
}

void
dkv_put(struct dkv *d, const struct dns_answer *a)
{
	d->out.questions++;
	mailauth_keys_put(&d->keys, a);
}

void
dkv_expire(struct dkv *d)
{
	mailauth_keys_expire(&d->keys);
}

const struct dkv_out *
dkv_out(struct dkv *d)
{
	struct mailauth_question q;

	if (!d->is_done && d->has_ended && !dkv_next(d, &q))
		conclude(d);
	return &d->out;
}

static bool
ops_next(void *eval, struct mailauth_question *q)
{
	return dkv_next(eval, q);
}

static void
ops_put(void *eval, const struct dns_answer *a)
{
	dkv_put(eval, a);
}

static void
ops_expire(void *eval)
{
	dkv_expire(eval);
}

const struct mailauth_ops dkv_ops = { ops_next, ops_put, ops_expire };
