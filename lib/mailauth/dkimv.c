/* See dkimv.h. Field, policy, key, and then the question for libopendkim or lib/dkim. */
#include <stdio.h>

#include "base/mem.h"
#include "config/config.h"
#include "mailauth/dkimv_int.h"

enum { B_PREFIX = 8, RECORD = 1024 };

struct sig {
	const struct dk_field *field;
	struct dk_sig sig;
	bool is_settled; /* nothing is to be verified: `out` has it */
	bool is_own;	 /* by lib/dkim */
	size_t od;	 /* index for libopendkim, unless is_own */
	struct mailauth_key *key;
	struct buf record; /* for libopendkim */
};

struct dkv {
	struct dkv_out out;
	struct dkv_sig outs[LIM_DKIM_SIGNATURES];
	struct sig v[LIM_DKIM_SIGNATURES];
	size_t n;
	const struct dk_fields *fields;
	struct mailauth_keys keys;
	struct dkv_od *od;	 /* NULL: it has nothing to verify */
	struct dk_bodies bodies; /* for lib/dkim */
	bool has_ended, is_done;
};

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

static void
settle(struct dkv *d, size_t i, enum dkv_result r, const char *why)
{
	d->v[i].is_settled = true;
	d->outs[i].result = r;
	snprintf(d->outs[i].why, sizeof(d->outs[i].why), "%s", why);
}

/* ---- what the field says */

static int
hex_digit(char c)
{
	if (chr_is_digit(c))
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* dkim-quoted-printable, RFC 6376 2.11: white space is none. */
static int
decode_qp(struct str s, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		int c = (unsigned char)s.p[i];

		if (c == '=' && i + 2 < s.n && hex_digit(s.p[i + 1]) >= 0 &&
		    hex_digit(s.p[i + 2]) >= 0) {
			c = hex_digit(s.p[i + 1]) << 4 | hex_digit(s.p[i + 2]);
			i += 2;
		} else if (c <= ' ') {
			continue;
		}
		if (c == 0 || n + 1 == size)
			return -1;
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return 0;
}

/* i= is of the domain of d= or below it. RFC 6376 6.1.1 */
static bool
get_identity(struct dkv_sig *o, struct str i)
{
	char domain[LIM_DOMAIN + 1];
	ssize_t at;

	if (i.n == 0) {
		o->identity[0] = '@';
		memcpy(o->identity + 1, o->domain, sizeof(o->domain));
		return true;
	}
	at = decode_qp(i, o->identity, sizeof(o->identity)) < 0 ? -1
								: str_rchr(str_c(o->identity), '@');
	if (at >= 0 && mailauth_domain(str_from(str_c(o->identity), (size_t)at + 1), domain) >= 0 &&
	    mailauth_name_is_within(str_c(domain), str_c(o->domain)))
		return true;
	o->identity[0] = '\0';
	return false;
}

static void
judge_field(struct dkv *d, size_t i)
{
	struct dk_sig *s = &d->v[i].sig;
	struct dkv_sig *o = &d->outs[i];
	struct err e = ERR_INIT;
	enum dk_sig_fault fault = dk_sig_parse(s, DK_KIND_DKIM, d->v[i].field->raw, &e);

	o->selector = s->selector;
	o->algorithm = s->algorithm;
	o->b = str_sub(s->b, 0, B_PREFIX);
	if (mailauth_domain(s->domain, o->domain) < 0)
		o->domain[0] = '\0';
	if (fault != DK_SIG_OK)
		settle(d, i, fault == DK_SIG_MALFORMED ? DKV_PERMERROR : DKV_NEUTRAL, e.msg);
	else if (o->domain[0] == '\0')
		settle(d, i, DKV_PERMERROR, "d= is no domain");
	else if (!get_identity(o, s->identity))
		settle(d, i, DKV_PERMERROR, "i= is not of the domain of d=");
	else if (dk_sig_covers(s, STR("From")) == 0)
		settle(d, i, DKV_PERMERROR, "From is not signed");
}

/* ---- policy */

/* Every such field, since nobody knows which one will be shown. */
static bool
covers_all(const struct dkv *d, const struct dk_sig *s, struct str name)
{
	return dk_sig_covers(s, name) >= dk_fields_count(d->fields, name);
}

static void
judge_policy(struct dkv *d, size_t i, int64_t now)
{
	const struct dk_sig *s = &d->v[i].sig;

	if (s->has_expiry && now > s->expiry)
		settle(d, i, DKV_PERMERROR, "expired");
	else if (s->alg == DK_ALG_RSA_SHA1)
		settle(d, i, DKV_POLICY, "rsa-sha1");
	else if (!covers_all(d, s, STR("From")))
		settle(d, i, DKV_POLICY, "not every From field is signed");
	else if (!covers_all(d, s, STR("Subject")))
		settle(d, i, DKV_POLICY, "not every Subject field is signed");
}

/* RFC 6376 6.1.2 */
static void
judge_key(struct dkv *d, size_t i)
{
	const struct mailauth_key *k = d->v[i].key;
	struct dkv_sig *o = &d->outs[i];
	const char *why;
	struct str at;

	o->is_authentic = k->is_authentic;
	if (k->state != MAILAUTH_KEY_OK) {
		o->is_testing = k->pub.is_testing;
		settle(d, i,
		       k->state == MAILAUTH_KEY_TEMP	? DKV_TEMPERROR
		       : k->fault == DK_PUB_UNSUPPORTED ? DKV_NEUTRAL
							: DKV_PERMERROR,
		       k->why);
		return;
	}
	o->is_testing = k->pub.is_testing;
	o->bits = k->pub.bits;
	at = str_from(str_c(o->identity), (size_t)str_rchr(str_c(o->identity), '@') + 1);
	if ((why = dk_pub_unfit(&k->pub, d->v[i].sig.alg)) != NULL)
		settle(d, i, DKV_PERMERROR, why);
	else if (k->pub.is_strict &&
		 mailauth_name_labels(at) > mailauth_name_labels(str_c(o->domain)))
		settle(d, i, DKV_PERMERROR, "the key is not for subdomains, as i= is one");
	else if (!k->pub.is_ed25519 && k->pub.bits < DK_RSA_MIN)
		settle(d, i, DKV_POLICY, "RSA key of less than 1024 bits");
	else if (!k->pub.is_ed25519 && k->pub.bits > DK_RSA_MAX)
		settle(d, i, DKV_POLICY, "RSA key of more than 4096 bits");
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
		struct sig *s = &d->v[i];

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
	const struct sig *s = &d->v[i];
	const struct dk_bodies_form *body =
		&d->bodies.v[s->sig.body_relaxed ? DK_RELAXED : DK_SIMPLE];
	unsigned char hash[DK_HASH];

	if (d->bodies.failed || !dk_sig_hash(&s->sig, d->fields, hash))
		settle(d, i, DKV_TEMPERROR, "could not be verified");
	else if (!dk_pub_verify(&s->key->pub, hash, buf_str(&s->sig.signature)))
		settle(d, i, DKV_FAIL, "the header is not what was signed");
	else if (s->sig.has_length && s->sig.length < body->length)
		settle(d, i, DKV_POLICY, "only a part of the body is signed (l=)");
	else if (s->sig.has_length && s->sig.length > body->length)
		settle(d, i, DKV_FAIL, "the body is shorter than what was signed");
	else if (memcmp(body->hash, s->sig.body_hash, DK_HASH) != 0)
		settle(d, i, DKV_FAIL, "the body is not what was signed");
	else
		settle(d, i, DKV_PASS, "");
}

static void
verify_od(struct dkv *d, size_t i)
{
	const char *why = "";

	switch (dkv_od_verdict(d->od, d->v[i].od, &why)) {
	case DKV_OD_PASS:
		settle(d, i, DKV_PASS, "");
		break;
	case DKV_OD_HEADER:
		settle(d, i, DKV_FAIL, "the header is not what was signed");
		break;
	case DKV_OD_BODY:
		settle(d, i, DKV_FAIL, "the body is not what was signed");
		break;
	case DKV_OD_ERROR:
		settle(d, i, DKV_PERMERROR, why);
		break;
	}
}

static void
give_keys(struct dkv *d)
{
	for (size_t i = 0; i < d->n; i++) {
		struct sig *s = &d->v[i];

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
			judge_key(d, i);
	if (d->od != NULL) {
		give_keys(d);
		dkv_od_end(d->od);
	}
	for (size_t i = 0; i < d->n; i++) {
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
		judge_field(d, d->n++);
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
			judge_policy(d, i, now);
		if (d->v[i].is_settled)
			continue;
		d->v[i].key = mailauth_keys_add(&d->keys, d->v[i].sig.selector, d->outs[i].domain);
		if (d->v[i].key == NULL)
			settle(d, i, DKV_PERMERROR, "s= is no selector");
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

void
dkv_body(struct dkv *d, struct str bytes)
{
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
