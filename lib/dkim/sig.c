/* See sig.h. */
#include "dkim/sig.h"

#include <string.h>

#include "base/mem.h"
#include "dkim/taglist.h"

enum { TIME_DIGITS = 12, LENGTH_DIGITS = 76, SIGNATURE = 1024 };

static struct str
or_empty(struct str s)
{
	return s.p != NULL ? s : STR("");
}

/* All that is wanted for reports, whatever is wrong with it. */
static void
take_text(struct dk_sig *s, const struct dk_taglist *l)
{
	const struct dk_tag *b = dk_taglist_find(l, "b");

	s->domain = or_empty(dk_taglist_get(l, "d"));
	s->selector = or_empty(dk_taglist_get(l, "s"));
	s->identity = or_empty(dk_taglist_get(l, "i"));
	s->names = or_empty(dk_taglist_get(l, "h"));
	s->algorithm = or_empty(dk_taglist_get(l, "a"));
	s->cv = or_empty(dk_taglist_get(l, "cv"));
	s->b = or_empty(dk_taglist_get(l, "b"));
	if (b != NULL) {
		s->b_from = (size_t)(b->whole.p - s->field.p);
		s->b_to = s->b_from + b->whole.n;
	}
}

static enum dk_sig_fault
bad(struct err *e, const char *what)
{
	err_set(e, EC_SYNTAX, "%s", what);
	return DK_SIG_MALFORMED;
}

static enum dk_sig_fault
unknown(struct err *e, const char *tag, struct str value)
{
	err_set(e, EC_SYNTAX, "%s=" STR_FMT " is not known here", tag,
		STR_ARG(str_sub(value, 0, 40)));
	return DK_SIG_UNSUPPORTED;
}

/* Numbers beyond what fits are far away. */
static int
get_number(struct str s, size_t digits, uint64_t *v)
{
	if (s.n == 0 || s.n > digits)
		return -1;
	for (size_t i = 0; i < s.n; i++)
		if (!chr_is_digit(s.p[i]))
			return -1;
	if (str_to_u64(s, INT64_MAX, v) < 0)
		*v = INT64_MAX;
	return 0;
}

static bool
is_form(struct str s, bool *relaxed)
{
	*relaxed = str_eq(s, STR("relaxed"));
	return *relaxed || str_eq(s, STR("simple"));
}

static enum dk_sig_fault
get_canonicalization(struct dk_sig *s, const struct dk_taglist *l, struct err *e)
{
	struct str c = dk_taglist_get(l, "c"), header, body;

	s->has_form = c.p != NULL;
	if (!s->has_form)
		return DK_SIG_OK;
	header = str_cut(c, '/', &body);
	if (!is_form(header, &s->header_relaxed) ||
	    (body.p != NULL && !is_form(body, &s->body_relaxed)))
		return unknown(e, "c", c);
	return DK_SIG_OK;
}

static enum dk_sig_fault
get_algorithm(struct dk_sig *s, struct err *e)
{
	static const struct {
		struct str name;
		enum dk_alg alg;
	} rows[] = {
		{ { "rsa-sha256", 10 }, DK_ALG_RSA_SHA256 },
		{ { "ed25519-sha256", 14 }, DK_ALG_ED25519_SHA256 },
		{ { "rsa-sha1", 8 }, DK_ALG_RSA_SHA1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (str_eq(s->algorithm, rows[i].name)) {
			s->alg = rows[i].alg;
			return DK_SIG_OK;
		}
	return unknown(e, "a", s->algorithm);
}

static enum dk_sig_fault
get_times(struct dk_sig *s, const struct dk_taglist *l, struct err *e)
{
	struct str t = dk_taglist_get(l, "t"), x = dk_taglist_get(l, "x"),
		   len = dk_taglist_get(l, "l");
	uint64_t made = 0, ends = 0;

	if (t.p != NULL && get_number(t, TIME_DIGITS, &made) < 0)
		return bad(e, "t= is no time");
	if (x.p != NULL && get_number(x, TIME_DIGITS, &ends) < 0)
		return bad(e, "x= is no time");
	if (x.p != NULL && t.p != NULL && ends <= made)
		return bad(e, "x= is not after t=");
	if (len.p != NULL && get_number(len, LENGTH_DIGITS, &s->length) < 0)
		return bad(e, "l= is no length");
	s->has_length = len.p != NULL;
	s->has_time = t.p != NULL;
	s->time = (int64_t)made;
	s->has_expiry = x.p != NULL;
	s->expiry = (int64_t)ends;
	return DK_SIG_OK;
}

static enum dk_sig_fault
get_hashes(struct dk_sig *s, enum dk_kind kind, const struct dk_taglist *l, struct err *e)
{
	struct buf hash;
	bool ok;

	if (dk_base64_get(&s->signature, s->b) < 0 || s->signature.n == 0)
		return bad(e, "b= is no base64");
	if (kind == DK_KIND_AS)
		return DK_SIG_OK;
	buf_init(&hash, SIGNATURE);
	ok = dk_base64_get(&hash, dk_taglist_get(l, "bh")) == 0;
	ok = ok && (hash.n == DK_HASH || s->alg == DK_ALG_RSA_SHA1);
	if (ok)
		memcpy(s->body_hash, buf_str(&hash).p, MIN(hash.n, DK_HASH));
	buf_done(&hash);
	return ok ? DK_SIG_OK : bad(e, "bh= is no hash of this algorithm");
}

/* h= may be empty for ARC, where nothing asks for From. */
static enum dk_sig_fault
check_names(const struct dk_sig *s, struct err *e)
{
	struct str rest = s->names, name;
	unsigned n = 0;

	while (dk_values_next(&rest, &name)) {
		for (size_t i = 0; i < name.n; i++)
			if (name.p[i] <= ' ' || name.p[i] >= 0x7f)
				return bad(e, "h= has a name that is none");
		if (++n > LIM_DKIM_NAMES)
			return bad(e, "h= has too many names");
	}
	return DK_SIG_OK;
}

static enum dk_sig_fault
check_there(const struct dk_taglist *l, const char *const *tags, struct err *e)
{
	for (; *tags != NULL; tags++) {
		if (dk_taglist_find(l, *tags) == NULL) {
			err_set(e, EC_SYNTAX, "there is no %s=", *tags);
			return DK_SIG_MALFORMED;
		}
		if (dk_taglist_get(l, *tags).n == 0 && strcmp(*tags, "h") != 0) {
			err_set(e, EC_SYNTAX, "%s= is empty", *tags);
			return DK_SIG_MALFORMED;
		}
	}
	return DK_SIG_OK;
}

static enum dk_sig_fault
check_kind(struct dk_sig *s, enum dk_kind kind, const struct dk_taglist *l, struct err *e)
{
	struct str v = dk_taglist_get(l, "v"), q = dk_taglist_get(l, "q");

	if (kind == DK_KIND_DKIM) {
		if (!str_eq(v, STR("1")))
			return unknown(e, "v", v);
		if (q.p != NULL && !dk_values_has(q, STR("dns/txt")))
			return unknown(e, "q", q);
		return DK_SIG_OK;
	}
	if (s->instance == 0)
		return bad(e, "i= is no instance");
	if (kind == DK_KIND_AS && dk_taglist_find(l, "h") != NULL)
		return bad(e, "h= is not allowed in a seal");
	return DK_SIG_OK;
}

static enum dk_sig_fault
check(struct dk_sig *s, enum dk_kind kind, const struct dk_taglist *l, struct err *e)
{
	static const char *const needed[][9] = {
		[DK_KIND_DKIM] = { "v", "a", "b", "bh", "d", "h", "s", NULL },
		[DK_KIND_AMS] = { "i", "a", "b", "bh", "d", "h", "s", NULL },
		[DK_KIND_AS] = { "i", "a", "b", "d", "s", "cv", NULL },
	};
	enum dk_sig_fault r;

	if ((r = check_there(l, needed[kind], e)) != DK_SIG_OK ||
	    (r = check_kind(s, kind, l, e)) != DK_SIG_OK ||
	    (r = get_algorithm(s, e)) != DK_SIG_OK ||
	    (r = get_canonicalization(s, l, e)) != DK_SIG_OK ||
	    (r = get_times(s, l, e)) != DK_SIG_OK || (r = get_hashes(s, kind, l, e)) != DK_SIG_OK)
		return r;
	/* RFC 8617 4.1.3: the only form. */
	if (kind == DK_KIND_AS)
		s->header_relaxed = true;
	return check_names(s, e);
}

enum dk_sig_fault
dk_sig_parse(struct dk_sig *s, enum dk_kind kind, struct str field, struct err *e)
{
	struct dk_taglist l;
	struct str value;
	uint32_t instance;
	int r;

	*s = (struct dk_sig){ .field = field, .alg = DK_ALG_OTHER };
	buf_init(&s->signature, SIGNATURE);
	/* The line end is no part of a last b=. */
	if (str_has_suffix(field, STR("\r\n")))
		field = str_sub(field, 0, field.n - 2);
	(void)str_cut(field, ':', &value);
	r = dk_taglist_parse(&l, value, e);
	take_text(s, &l);
	if (kind != DK_KIND_DKIM && str_to_u32(s->identity, LIM_ARC_SETS, &instance) == 0)
		s->instance = instance;
	return r < 0 ? DK_SIG_MALFORMED : check(s, kind, &l, e);
}

void
dk_sig_done(struct dk_sig *s)
{
	buf_done(&s->signature);
}

unsigned
dk_sig_covers(const struct dk_sig *s, struct str name)
{
	struct str rest = s->names, v;
	unsigned n = 0;

	while (dk_values_next(&rest, &v))
		n += str_eqi(v, name);
	return n;
}

/* ---- hashes */

static bool
hash(const struct dk_sig *s, struct str before, const struct dk_chosen *c,
     unsigned char out[DK_HASH])
{
	struct buf own;
	bool ok;

	buf_init(&own, LIM_DKIM_HEADER);
	buf_putstr(&own, str_sub(s->field, 0, s->b_from));
	buf_putstr(&own, str_from(s->field, s->b_to));
	ok = !own.over && dk_hash_fields(before, c, buf_str(&own), s->header_relaxed, out);
	buf_done(&own);
	return ok;
}

bool
dk_sig_hash(const struct dk_sig *s, const struct dk_fields *f, unsigned char out[DK_HASH])
{
	struct dk_chosen c;
	bool ok;

	dk_choose_listed(&c, f, s->names);
	ok = hash(s, STR(""), &c, out);
	dk_chosen_free(&c);
	return ok;
}

bool
dk_sig_hash_seal(const struct dk_sig *s, struct str before, unsigned char out[DK_HASH])
{
	struct dk_chosen none = { .v = NULL };

	return hash(s, before, &none, out);
}
