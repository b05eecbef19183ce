/*
 * See arcseal.h. Tags stand in alphabetical order and lines end between tags alone, so that a
 * signature depends on nothing but what the fields say; the public test suite has it the same way.
 */
#include "dkim/arcseal.h"

#include <inttypes.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/mem.h"
#include "dkim/arcset.h"
#include "dkim/key.h"

enum { NAMES_COLUMNS = 700 }; /* RFC 5322 2.1.1: lines of 998 */

#define NAME(lit)                                                                                  \
	{                                                                                          \
		lit, sizeof(lit) - 1                                                               \
	}
/* DKIM signatures should be covered, other results and fields of ARC may not be. 4.1.2 */
static const struct str usual[] = {
	NAME("from"),	    NAME("to"),		  NAME("cc"),		NAME("reply-to"),
	NAME("references"), NAME("in-reply-to"),  NAME("subject"),	NAME("date"),
	NAME("message-id"), NAME("mime-version"), NAME("content-type"), NAME("dkim-signature"),
};

struct dk_arcseal {
	struct dk_arcseal_in in;
	struct dk_pass pass;
};

struct dk_arcseal *
dk_arcseal_new(const struct dk_arcseal_in *in)
{
	struct dk_arcseal *s = MEM_NEW(struct dk_arcseal);

	s->in = *in;
	if (in->nheaders == 0) {
		s->in.headers = usual;
		s->in.nheaders = ARRAY_LEN(usual);
	}
	dk_pass_init(&s->pass);
	dk_bodies_use(&s->pass.bodies, true);
	return s;
}

void
dk_arcseal_free(struct dk_arcseal **s)
{
	if (*s == NULL)
		return;
	dk_pass_done(&(*s)->pass);
	mem_free(*s);
	*s = NULL;
}

void
dk_arcseal_put(struct dk_arcseal *s, struct str bytes)
{
	dk_pass_put(&s->pass, bytes);
}

/* ---- text */

/* A field with the value of b= to come between the two. */
struct text {
	struct buf before, behind;
};

static void
text_init(struct text *t)
{
	buf_init(&t->before, LIM_DKIM_HEADER);
	buf_init(&t->behind, LIM_DKIM_HEADER);
}

static void
text_done(struct text *t)
{
	buf_done(&t->before);
	buf_done(&t->behind);
}

static void
put_start(const struct dk_arcseal *s, struct text *t, const char *name)
{
	buf_printf(&t->before, "%s: a=%s;\r\n b=", name,
		   dk_key_is_ed25519(s->in.key) ? "ed25519-sha256" : "rsa-sha256");
}

static void
put_names(struct buf *out, const struct dk_chosen *c)
{
	size_t column = 0;

	for (size_t i = 0; i < c->n; i++) {
		buf_puts(out, i > 0 ? ":" : "");
		if (column > NAMES_COLUMNS) {
			buf_puts(out, "\r\n ");
			column = 0;
		}
		buf_putstr(out, c->v[i].name);
		column += c->v[i].name.n + 1;
	}
}

static void
put_end(const struct dk_arcseal *s, struct buf *out, unsigned instance)
{
	buf_printf(out, " i=%u; s=" STR_FMT "; t=%" PRId64, instance, STR_ARG(s->in.selector),
		   s->in.now);
}

static void
put_message(const struct dk_arcseal *s, const struct dk_chosen *c, unsigned instance,
	    struct text *t)
{
	put_start(s, t, "ARC-Message-Signature");
	buf_puts(&t->behind, ";\r\n bh=");
	enc_put_base64(&t->behind, str_mem(s->pass.bodies.v[DK_RELAXED].hash, DK_HASH));
	buf_printf(&t->behind,
		   "; c=relaxed/relaxed;\r\n d=" STR_FMT ";\r\n h=", STR_ARG(s->in.domain));
	put_names(&t->behind, c);
	buf_puts(&t->behind, ";\r\n");
	put_end(s, &t->behind, instance);
}

static void
put_seal(const struct dk_arcseal *s, const char *cv, unsigned instance, struct text *t)
{
	put_start(s, t, "ARC-Seal");
	buf_printf(&t->behind, ";\r\n cv=%s; d=" STR_FMT ";", cv, STR_ARG(s->in.domain));
	put_end(s, &t->behind, instance);
}

/* ---- signing */

/* Append the complete field. */
static int
sign(const struct dk_arcseal *s, struct str before, const struct dk_chosen *c, const struct text *t,
     struct buf *out, struct err *e)
{
	unsigned char hash[DK_HASH];
	struct buf own, sig;
	int r = -1;

	buf_init(&own, LIM_DKIM_HEADER);
	buf_init(&sig, LIM_DKIM_KEY);
	buf_putstr(&own, buf_str(&t->before));
	buf_putstr(&own, buf_str(&t->behind));
	if (own.over || !dk_hash_fields(before, c, buf_str(&own), true, hash))
		err_set(e, EC_LIMIT, "the header is too long to be sealed");
	else
		r = dk_key_sign(s->in.key, hash, &sig, e);
	if (r == 0) {
		buf_putstr(out, buf_str(&t->before));
		enc_put_base64(out, buf_str(&sig));
		buf_putstr(out, buf_str(&t->behind));
		buf_puts(out, "\r\n");
	}
	buf_done(&own);
	buf_done(&sig);
	return r;
}

static int
make_message(const struct dk_arcseal *s, const struct dk_fields *f, unsigned instance,
	     struct buf *out, struct err *e)
{
	struct dk_chosen c;
	struct text t;
	int r;

	if (dk_choose(&c, f, s->in.headers, s->in.nheaders, false, e) < 0)
		return -1;
	text_init(&t);
	put_message(s, &c, instance, &t);
	r = sign(s, STR(""), &c, &t, out, e);
	text_done(&t);
	dk_chosen_free(&c);
	return r;
}

/* 5.1.1; of a chain that is not valid nothing is covered but the new set: 5.1.2. */
static void
put_covered(const struct dk_arc *chain, bool is_valid, struct str results, struct str message,
	    struct buf *out)
{
	for (unsigned i = 0; is_valid && i < chain->n; i++) {
		dk_canon_field(out, chain->v[i].results->raw, true);
		dk_canon_field(out, chain->v[i].message->raw, true);
		dk_canon_field(out, chain->v[i].seal->raw, true);
	}
	dk_canon_field(out, results, true);
	dk_canon_field(out, message, true);
}

struct set {
	struct buf results, message, seal;
};

static int
make_set(const struct dk_arcseal *s, const struct dk_fields *f, const struct dk_arc *chain,
	 bool is_valid, unsigned instance, struct set *set, struct err *e)
{
	const char *cv = !is_valid ? "fail" : instance == 1 ? "none" : "pass";
	struct dk_chosen none = { .v = NULL };
	struct buf covered;
	struct text t;
	int r;

	buf_printf(&set->results, "ARC-Authentication-Results: i=%u; ", instance);
	buf_putstr(&set->results, str_trim_ws(s->in.results));
	buf_puts(&set->results, "\r\n");
	if (make_message(s, f, instance, &set->message, e) < 0)
		return -1;
	buf_init(&covered, 4 * LIM_DKIM_HEADER);
	text_init(&t);
	put_covered(chain, is_valid, buf_str(&set->results), buf_str(&set->message), &covered);
	put_seal(s, cv, instance, &t);
	r = covered.over ? err_set(e, EC_LIMIT, "the header is too long to be sealed")
			 : sign(s, buf_str(&covered), &none, &t, &set->seal, e);
	text_done(&t);
	buf_done(&covered);
	return r;
}

static int
seal(const struct dk_arcseal *s, const struct dk_fields *f, const struct dk_arc *chain,
     bool is_valid, struct buf *out, struct err *e)
{
	unsigned instance = dk_arc_highest(f) + 1;
	struct set set;
	int r;

	if (instance > LIM_ARC_SETS)
		return err_set(e, EC_DENIED, "the message was sealed %d times", LIM_ARC_SETS);
	buf_init(&set.results, LIM_DKIM_HEADER);
	buf_init(&set.message, LIM_DKIM_HEADER);
	buf_init(&set.seal, LIM_DKIM_HEADER);
	r = make_set(s, f, chain, is_valid, instance, &set, e);
	if (r == 0) {
		buf_putstr(out, buf_str(&set.seal));
		buf_putstr(out, buf_str(&set.message));
		buf_putstr(out, buf_str(&set.results));
	}
	if (r == 0 && (set.results.over || out->over))
		r = err_set(e, EC_LIMIT, "the seal is too long");
	buf_done(&set.results);
	buf_done(&set.message);
	buf_done(&set.seal);
	return r;
}

int
dk_arcseal_finish(struct dk_arcseal *s, struct buf *out, struct err *e)
{
	bool has_ended = false;
	struct dk_fields f;
	struct dk_arc chain;
	int r;

	if (dk_pass_end(&s->pass, &f, e) < 0)
		return -1;
	r = dk_arc_read(&chain, &f, &has_ended, NULL);
	if (has_ended)
		r = err_set(e, EC_DENIED, "the chain has ended: its last seal says cv=fail");
	else
		r = seal(s, &f, &chain, s->in.is_valid && r >= 0, out, e);
	dk_arc_done(&chain);
	dk_fields_free(&f);
	return r;
}
