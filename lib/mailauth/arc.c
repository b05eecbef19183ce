/* See arc.h. Signatures of a chain whose structure is right, RFC 8617 5.2 steps 4 to 6. */
#include <stdio.h>

#include "base/mem.h"
#include "mailauth/arc_int.h"
#include "mailauth/keys.h"

struct keys {
	struct mailauth_key *ams, *as;
};

struct arc {
	struct arc_out out;
	struct arc_out_set *sets;
	struct dk_arc chain;
	struct keys key[LIM_ARC_SETS];
	const struct dk_fields *fields;
	struct mailauth_keys keys;
	struct dk_bodies bodies;
	bool has_ended, is_done;
};

const char *
arc_result_name(enum arc_result r)
{
	static const char *const names[] = {
#define X(code, word) [code] = word,
		ARC_RESULTS(X)
#undef X
	};

	return names[r];
}

static void
done(struct arc *a, enum arc_result r, const char *why)
{
	a->is_done = true;
	a->out.result = r;
	snprintf(a->out.why, sizeof(a->out.why), "%s", why);
}

static void __attribute__((format(printf, 3, 4)))
ams_bad(struct dk_arc_set *s, unsigned instance, const char *fmt, ...)
{
	va_list ap;
	int n = snprintf(s->why, sizeof(s->why), "ARC-Message-Signature %u: ", instance);

	s->is_ams_bad = true;
	va_start(ap, fmt);
	vsnprintf(s->why + n, sizeof(s->why) - (size_t)n, fmt, ap);
	va_end(ap);
}

/* ---- what is to be verified, and the keys for it */

static struct mailauth_key *
get_key(struct arc *a, const struct dk_sig *s, char domain[LIM_DOMAIN + 1])
{
	if (mailauth_domain(s->domain, domain) < 0) {
		domain[0] = '\0';
		return NULL;
	}
	return mailauth_keys_add(&a->keys, s->selector, domain);
}

static void
use_body(struct arc *a, const struct dk_sig *s)
{
	dk_bodies_use(&a->bodies, s->body_relaxed);
	if (!s->has_form)
		dk_bodies_use(&a->bodies, true);
}

static void
prepare_ams(struct arc *a, unsigned i, int64_t now)
{
	struct dk_arc_set *s = &a->chain.v[i];

	if (s->is_ams_bad)
		return;
	if (s->ams.alg == DK_ALG_RSA_SHA1)
		ams_bad(s, i + 1, "rsa-sha1");
	else if (s->ams.has_expiry && now > s->ams.expiry)
		ams_bad(s, i + 1, "expired");
	else if (dk_sig_covers(&s->ams, STR("ARC-Seal")) > 0)
		ams_bad(s, i + 1, "covers ARC-Seal");
	else if ((a->key[i].ams = get_key(a, &s->ams, a->sets[i].message_domain)) == NULL)
		ams_bad(s, i + 1, "d= and s= are no name of a key");
	else
		use_body(a, &s->ams);
}

static int
prepare_seal(struct arc *a, unsigned i, struct err *e)
{
	struct dk_arc_set *s = &a->chain.v[i];

	if (s->as.alg == DK_ALG_RSA_SHA1)
		return err_set(e, EC_SYNTAX, "ARC-Seal %u: rsa-sha1", i + 1);
	a->key[i].as = get_key(a, &s->as, a->sets[i].domain);
	if (a->key[i].as == NULL)
		return err_set(e, EC_SYNTAX, "ARC-Seal %u: d= and s= are no name of a key", i + 1);
	return 0;
}

/* Seals first: a chain without their keys is worth nothing. */
static int
prepare(struct arc *a, int64_t now, struct err *e)
{
	struct str value;

	for (unsigned i = a->chain.n; i-- > 0;) {
		(void)str_cut(a->chain.v[i].results->raw, ':', &value);
		(void)str_cut(value, ';', &value);
		a->sets[i].results = str_trim_ws(value);
		if (prepare_seal(a, i, e) < 0)
			return -1;
	}
	for (unsigned i = a->chain.n; i-- > 0;)
		prepare_ams(a, i, now);
	if (a->chain.v[a->chain.n - 1].is_ams_bad)
		return err_set(e, EC_SYNTAX, "%s", a->chain.v[a->chain.n - 1].why);
	return 0;
}

/* ---- verifying */

enum verdict { GOOD, BAD, TEMP };

/* The key can be used for this signature. */
static enum verdict
check_key(const struct mailauth_key *k, enum dk_alg alg, const char **why)
{
	*why = k->why;
	if (k->state == MAILAUTH_KEY_TEMP)
		return TEMP;
	if (k->state != MAILAUTH_KEY_OK)
		return BAD;
	*why = dk_pub_unfit(&k->pub, alg);
	if (*why == NULL && !k->pub.is_ed25519 &&
	    (k->pub.bits < DK_RSA_MIN || k->pub.bits > DK_RSA_MAX))
		*why = "the RSA key has not 1024 to 4096 bits";
	return *why == NULL ? GOOD : BAD;
}

/* NULL, or what is wrong. */
static const char *
verify_form(const struct arc *a, unsigned i, bool header_relaxed, bool body_relaxed)
{
	const struct dk_bodies_form *body = &a->bodies.v[body_relaxed ? DK_RELAXED : DK_SIMPLE];
	struct dk_sig sig = a->chain.v[i].ams;
	unsigned char hash[DK_HASH];

	sig.header_relaxed = header_relaxed;
	if (a->bodies.failed || !dk_sig_hash(&sig, a->fields, hash) ||
	    !dk_pub_verify(&a->key[i].ams->pub, hash, buf_str(&sig.signature)))
		return "the header is not what was signed";
	if (sig.has_length && sig.length != body->length)
		return "only a part of the body is signed (l=)";
	if (memcmp(body->hash, sig.body_hash, DK_HASH) != 0)
		return "the body is not what was signed";
	return NULL;
}

/* Without c= the form is simple, as for DKIM, but software and the public test suite are older and
 * take it for relaxed. Either is good evidence. */
static enum verdict
verify_ams(const struct arc *a, unsigned i, const char **why)
{
	const struct dk_arc_set *s = &a->chain.v[i];
	enum verdict v;

	if (s->is_ams_bad) {
		*why = s->why;
		return BAD;
	}
	if ((v = check_key(a->key[i].ams, s->ams.alg, why)) != GOOD)
		return v;
	*why = verify_form(a, i, s->ams.header_relaxed, s->ams.body_relaxed);
	if (*why != NULL && !s->ams.has_form)
		*why = verify_form(a, i, true, true);
	return *why == NULL ? GOOD : BAD;
}

static enum verdict
verify_seal(const struct arc *a, unsigned i, struct str before, const char **why)
{
	unsigned char hash[DK_HASH];
	const struct dk_sig *s = &a->chain.v[i].as;
	enum verdict v = check_key(a->key[i].as, s->alg, why);

	if (v != GOOD)
		return v;
	if (dk_sig_hash_seal(s, before, hash) &&
	    dk_pub_verify(&a->key[i].as->pub, hash, buf_str(&s->signature)))
		return GOOD;
	*why = "the fields of ARC are not what was sealed";
	return BAD;
}

static void
conclude_verdict(struct arc *a, enum verdict v, const char *field, unsigned instance,
		 const char *why)
{
	done(a, v == TEMP ? ARC_TEMPERROR : ARC_FAIL, "");
	snprintf(a->out.why, sizeof(a->out.why), "%s %u: %.120s", field, instance, why);
}

/* Each seal covers the sets before it and its own. 5.1.1 */
static bool
verify_seals(struct arc *a)
{
	const char *why = "";
	enum verdict worst = GOOD;
	struct buf before;

	buf_init(&before, 4 * LIM_DKIM_HEADER);
	for (unsigned i = 0; i < a->chain.n && worst != BAD; i++) {
		const struct dk_arc_set *s = &a->chain.v[i];
		enum verdict v;

		dk_canon_field(&before, s->results->raw, true);
		dk_canon_field(&before, s->message->raw, true);
		v = before.over ? BAD : verify_seal(a, i, buf_str(&before), &why);
		dk_canon_field(&before, s->seal->raw, true);
		if (v == GOOD)
			continue;
		worst = v;
		conclude_verdict(a, v, "ARC-Seal", i + 1, why);
	}
	buf_done(&before);
	return worst == GOOD;
}

static unsigned
oldest_pass(const struct arc *a)
{
	const char *why;
	unsigned i = a->chain.n - 1;

	while (i > 0 && verify_ams(a, i - 1, &why) == GOOD)
		i--;
	return i > 0 ? i + 1 : 0;
}

static void
conclude(struct arc *a)
{
	const char *why = "";
	enum verdict v = verify_ams(a, a->chain.n - 1, &why);

	if (v != GOOD) {
		conclude_verdict(a, v, "ARC-Message-Signature", a->chain.n, why);
	} else if (verify_seals(a)) {
		a->out.oldest_pass = oldest_pass(a);
		done(a, ARC_PASS, "");
	}
	for (size_t i = 0; i < a->keys.n; i++)
		a->out.is_authentic &= a->keys.v[i]->is_authentic;
}

/* ---- life */

static void
begin(struct arc *a, int64_t now)
{
	struct err e = ERR_INIT;
	int r = dk_arc_read(&a->chain, a->fields, &a->out.has_ended, &e);

	if (r == 0) {
		done(a, ARC_NONE, "there are no seals");
		return;
	}
	if (r > 0) {
		a->sets = mem_zalloc(a->chain.n, sizeof(*a->sets));
		a->out.sets = a->sets;
		a->out.n = a->chain.n;
		r = prepare(a, now, &e);
	}
	if (r < 0) {
		mailauth_keys_done(&a->keys);
		done(a, ARC_FAIL, e.msg);
	}
}

struct arc *
arc_new(const struct dk_fields *f, const char *why, int64_t now)
{
	struct arc *a = MEM_NEW(struct arc);

	a->fields = f;
	a->out.is_authentic = true;
	dk_bodies_init(&a->bodies);
	if (f == NULL)
		done(a, ARC_FAIL, why);
	else
		begin(a, now);
	return a;
}

void
arc_free(struct arc **ap)
{
	struct arc *a = *ap;

	*ap = NULL;
	if (a == NULL)
		return;
	dk_arc_done(&a->chain);
	mailauth_keys_done(&a->keys);
	dk_bodies_done(&a->bodies);
	mem_free(a->sets);
	mem_free(a);
}

void
arc_body(struct arc *a, struct str bytes)
{
	dk_bodies_put(&a->bodies, bytes);
}

void
arc_end(struct arc *a)
{
	dk_bodies_end(&a->bodies);
	a->has_ended = true;
}

bool
arc_next(struct arc *a, struct mailauth_question *q)
{
	return mailauth_keys_next(&a->keys, q);
}

void
arc_put(struct arc *a, const struct dns_answer *answer)
{
	a->out.questions++;
	mailauth_keys_put(&a->keys, answer);
}

void
arc_expire(struct arc *a)
{
	mailauth_keys_expire(&a->keys);
}

const struct arc_out *
arc_out(struct arc *a)
{
	struct mailauth_question q;

	if (!a->is_done && a->has_ended && !arc_next(a, &q))
		conclude(a);
	return &a->out;
}

static bool
ops_next(void *eval, struct mailauth_question *q)
{
	return arc_next(eval, q);
}

static void
ops_put(void *eval, const struct dns_answer *answer)
{
	arc_put(eval, answer);
}

static void
ops_expire(void *eval)
{
	arc_expire(eval);
}

const struct mailauth_ops arc_ops = { ops_next, ops_put, ops_expire };
