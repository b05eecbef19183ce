/* DMARC records. RFC 9989 4.7, 4.8. */
#include "base/mem.h"
#include "mailauth/dmarc.h"

const char *
dm_policy_name(enum dm_policy p)
{
	static const char *const names[] = {
		[DM_POLICY_NONE] = "none",
		[DM_POLICY_QUARANTINE] = "quarantine",
		[DM_POLICY_REJECT] = "reject",
	};

	return names[p];
}

/* One tag: 1, 0 at the end; the value is "" when there is no "=". */
static int
tag_next(struct str *s, struct str *name, struct str *value)
{
	if (s->n == 0)
		return 0;
	*name = str_cut(str_cut(*s, ';', s), '=', value);
	*name = str_trim(*name);
	*value = str_trim(*value);
	return 1;
}

bool
dm_record_is(struct str txt)
{
	struct str name, value;

	return txt.n > 0 && (txt.p[0] == 'v' || txt.p[0] == 'V') && tag_next(&txt, &name, &value) &&
	       name.n == 1 && str_eq(value, STR("DMARC1"));
}

static bool
get_policy(struct str v, enum dm_policy *p)
{
	for (unsigned i = DM_POLICY_NONE; i <= DM_POLICY_REJECT; i++)
		if (str_eqi(v, str_c(dm_policy_name((enum dm_policy)i)))) {
			*p = (enum dm_policy)i;
			return true;
		}
	return false;
}

/* Reporting options, 4.7. */
static unsigned
get_fo(struct str v)
{
	static const struct {
		struct str word;
		unsigned bit;
	} options[] = {
		{ STR("0"), DM_FO_0 },
		{ STR("1"), DM_FO_1 },
		{ STR("d"), DM_FO_D },
		{ STR("s"), DM_FO_S },
	};
	unsigned fo = 0;

	while (v.n > 0) {
		struct str w = str_trim(str_cut(v, ':', &v));

		for (size_t i = 0; i < ARRAY_LEN(options); i++)
			if (str_eqi(w, options[i].word))
				fo |= options[i].bit;
	}
	return fo != 0 ? fo : DM_FO_0;
}

static bool
is_printable(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] >= 0x7f)
			return false;
	return s.n > 0;
}

/* RFC 3986 3: a scheme, a colon, and something; an address for mailto. */
static bool
is_uri(struct str s)
{
	struct str rest, scheme = str_cut(s, ':', &rest);
	ssize_t at = str_chr(rest, '@');

	if (rest.n == 0 || scheme.n == 0 || !chr_is_alpha(scheme.p[0]) || str_chr(s, ' ') >= 0 ||
	    !is_printable(s))
		return false;
	for (size_t i = 0; i < scheme.n; i++)
		if (!chr_is_alnum(scheme.p[i]) && strchr("+-.", scheme.p[i]) == NULL)
			return false;
	return !str_eqi(scheme, STR("mailto")) || (at > 0 && (size_t)at + 1 < rest.n);
}

bool
dm_uri_next(struct str *list, struct str *uri)
{
	while (list->n > 0) {
		struct str size;

		*uri = str_trim(str_cut(str_cut(*list, ',', list), '!', &size));
		if (is_uri(*uri))
			return true;
	}
	return false;
}

enum tag { P, SP, NP, ADKIM, ASPF, PSD, T, RUA, RUF, FO, TAGS };

static void
take(struct dm_record *r, enum tag tag, struct str v)
{
	struct str uri;

	switch (tag) {
	case P:
		r->has_p = get_policy(v, &r->p);
		break;
	case SP:
		r->has_sp = get_policy(v, &r->sp);
		r->is_unfit |= !r->has_sp;
		break;
	case NP:
		r->has_np = get_policy(v, &r->np);
		r->is_unfit |= !r->has_np;
		break;
	case ADKIM:
		r->is_dkim_strict = str_eqi(v, STR("s"));
		break;
	case ASPF:
		r->is_spf_strict = str_eqi(v, STR("s"));
		break;
	case PSD:
		r->psd = str_eqi(v, STR("y"))	? DM_PSD_YES
			 : str_eqi(v, STR("n")) ? DM_PSD_NO
						: DM_PSD_UNKNOWN;
		break;
	case T:
		r->is_test = str_eqi(v, STR("y"));
		break;
	case RUA:
		r->rua = v;
		r->has_rua = dm_uri_next(&v, &uri);
		break;
	case RUF:
		r->ruf = v;
		break;
	case FO:
		r->fo = get_fo(v);
		break;
	case TAGS:
		break;
	}
}

int
dm_record_parse(struct str txt, struct dm_record *r)
{
	static const struct str names[] = {
		[P] = STR("p"),	      [SP] = STR("sp"),	  [NP] = STR("np"), [ADKIM] = STR("adkim"),
		[ASPF] = STR("aspf"), [PSD] = STR("psd"), [T] = STR("t"),   [RUA] = STR("rua"),
		[RUF] = STR("ruf"),   [FO] = STR("fo"),
	};
	bool seen[TAGS] = { false };
	struct str name, value;

	_Static_assert(ARRAY_LEN(names) == TAGS, "a name for each");
	if (!dm_record_is(txt))
		return -1;
	*r = (struct dm_record){ .fo = DM_FO_0, .rua = STR(""), .ruf = STR("") };
	while (tag_next(&txt, &name, &value))
		for (unsigned i = 0; i < TAGS; i++)
			if (str_eqi(name, names[i]) && !seen[i]) {
				seen[i] = true;
				take(r, (enum tag)i, is_printable(value) ? value : STR(""));
			}
	r->is_unfit |= !r->has_p;
	if (r->is_unfit) {
		r->p = r->sp = r->np = DM_POLICY_NONE;
		return 0;
	}
	if (!r->has_sp)
		r->sp = r->p;
	if (!r->has_np)
		r->np = r->sp;
	return 0;
}
