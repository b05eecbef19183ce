/*
 * The author of a message. RFC 9989 5.3.1, 11.5.
 *
 * SECURITY: who can make us see another author than the reader's program does gets forged mail
 * through. So whatever programs are known to read differently is refused here: fields behind lines
 * that end the header for some, line ends that are none for some, addresses in several spellings.
 */
#include "base/mem.h"
#include "mailauth/dmarc.h"

const char *
dm_from_text(enum dm_from f)
{
	static const char *const texts[] = {
		[DM_FROM_OK] = "a From field with one address",
		[DM_FROM_NONE] = "no From field",
		[DM_FROM_SEVERAL_FIELDS] = "several From fields",
		[DM_FROM_SEVERAL] = "several addresses in From",
		[DM_FROM_MALFORMED] = "no well-formed address in From",
		[DM_FROM_AMBIGUOUS] = "programs may read From differently",
	};

	return texts[f];
}

/* Line ends of one kind, no NUL. */
static bool
has_plain_lines(struct str s)
{
	bool has_crlf = str_find(s, STR("\r\n")) >= 0;

	for (size_t i = 0; i < s.n; i++) {
		bool behind_cr = i > 0 && s.p[i - 1] == '\r';

		if (s.p[i] == '\0' || (s.p[i] == '\n' && has_crlf && !behind_cr) ||
		    (s.p[i] != '\n' && behind_cr))
			return false;
	}
	return s.n == 0 || s.p[s.n - 1] != '\r';
}

/* No line of blanks alone, which ends the header for some. */
static bool
has_no_blank_line(struct str s)
{
	while (s.n > 0) {
		struct str line = str_cut(s, '\n', &s);

		if (str_trim_ws(line).n == 0)
			return false;
	}
	return true;
}

/* Lines that are no fields, of which one may be From to some. */
static bool
has_from_line(struct str s)
{
	while (s.n > 0)
		if (str_has_prefixi(str_trim(str_cut(s, '\n', &s)), STR("from")))
			return true;
	return false;
}

struct seen {
	unsigned n;	  /* From fields */
	struct str value; /* of the first one */
	size_t end;	  /* of the header, before the empty line */
	bool is_odd;
};

/* All From fields, and whether the first one is where everybody finds it. */
static struct seen
look(struct str header)
{
	struct seen seen = { .n = 0 };
	struct str rest = header;
	struct mime_field f;
	bool is_plain = true;

	for (;;) {
		size_t from = header.n - rest.n, to;
		bool more = mime_field_next(&rest, &f);

		to = more ? (size_t)(f.raw.p - header.p) : header.n - rest.n;
		/* What is between was skipped. */
		seen.is_odd |= has_from_line(str_sub(header, from, to));
		seen.end = to;
		if (!more)
			return seen;
		is_plain = is_plain && from == to && has_no_blank_line(f.raw);
		if (str_eqi(f.name, STR("From")) && seen.n++ == 0) {
			seen.value = f.value;
			seen.is_odd |= !is_plain || f.raw.p[f.name.n] != ':';
		}
	}
}

/* The address stands there as it is, without comments, folding or routes between. */
static bool
is_verbatim(struct str value, const struct mime_addr *m, struct arena *a)
{
	struct str plain =
		arena_printf(a, STR_FMT "@" STR_FMT, STR_ARG(m->local), STR_ARG(m->domain));
	struct str quoted =
		arena_printf(a, "\"" STR_FMT "\"@" STR_FMT, STR_ARG(m->local), STR_ARG(m->domain));

	return m->route.n == 0 && (str_find(value, plain) >= 0 || str_find(value, quoted) >= 0);
}

/* Characters of a local part that make it look like more than one. */
static bool
is_odd_local(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' ? (unsigned char)s.p[i] < 0x80
				  : strchr("@<>,;:\"\\()[]", s.p[i]) != NULL)
			return true;
	return str_find(s, STR("=?")) >= 0;
}

enum dm_from
dm_from_get(struct str header, struct arena *a, struct mime_addr *addr, char domain[LIM_DOMAIN + 1])
{
	struct seen seen = look(header);
	struct mime_addr *v;
	char ascii[LIM_DOMAIN + 1];
	unsigned n;
	int r;

	if (seen.n != 1)
		return seen.n == 0 ? DM_FROM_NONE : DM_FROM_SEVERAL_FIELDS;
	/* The line end of the empty line too. */
	if (seen.is_odd || !has_plain_lines(str_sub(header, 0, seen.end + 2)))
		return DM_FROM_AMBIGUOUS;
	if (seen.value.n > LIM_MIME_FROM)
		return DM_FROM_MALFORMED;
	r = mime_addrs_parse(seen.value, a, &v, &n);
	if (n > 1 || (n == 1 && v[0].kind != MIME_ADDR_MAILBOX))
		return DM_FROM_SEVERAL;
	if (r < 0 || n == 0 || v[0].local.n == 0 || mailauth_domain(v[0].domain, ascii) < 0)
		return DM_FROM_MALFORMED;
	if (is_odd_local(v[0].local) || !is_verbatim(seen.value, &v[0], a))
		return DM_FROM_AMBIGUOUS;
	*addr = v[0];
	memcpy(domain, ascii, sizeof(ascii));
	return DM_FROM_OK;
}
