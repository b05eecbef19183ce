/* Macro strings of SPF: syntax and expansion. RFC 7208 7. */
#include <inttypes.h>

#include "mailauth/spf_int.h"

/* One piece: literal bytes, or a macro. */
struct piece {
	struct str literal; /* n > 0, or: */
	char letter;	    /* of %{...}, in lower case; or one of % _ - */
	bool is_upper, is_reversed;
	unsigned parts; /* 0: all */
	struct str delimiters;
};

/* Inside of the braces. False when malformed. */
static bool
get_braces(struct str *s, struct piece *m)
{
	ssize_t end = str_chr(*s, '}');
	struct str in;
	size_t i = 1;
	bool has_digits = false;

	if (end < 1)
		return false;
	in = str_sub(*s, 0, (size_t)end);
	*s = str_from(*s, (size_t)end + 1);
	m->letter = chr_lower(in.p[0]);
	m->is_upper = m->letter != in.p[0];
	if (m->letter == '\0' || strchr("slodiphcrtv", m->letter) == NULL)
		return false;
	for (; i < in.n && chr_is_digit(in.p[i]); i++) {
		has_digits = true;
		if (m->parts < 10000)
			m->parts = m->parts * 10 + (unsigned)(in.p[i] - '0');
	}
	if (has_digits && m->parts == 0)
		return false;
	if (i < in.n && chr_lower(in.p[i]) == 'r') {
		m->is_reversed = true;
		i++;
	}
	m->delimiters = str_from(in, i);
	for (; i < in.n; i++)
		if (in.p[i] == '\0' || strchr(".-+,/_=", in.p[i]) == NULL)
			return false;
	return true;
}

/* 1, 0 at the end, -1 when malformed. Literals may hold any byte. */
static int
piece_next(struct str *s, struct piece *m)
{
	size_t n = 0;

	*m = (struct piece){ .letter = '\0' };
	if (s->n == 0)
		return 0;
	while (n < s->n && s->p[n] != '%')
		n++;
	if (n > 0) {
		m->literal = str_sub(*s, 0, n);
		*s = str_from(*s, n);
		return 1;
	}
	if (s->n < 2)
		return -1;
	m->letter = s->p[1];
	*s = str_from(*s, 2);
	if (m->letter == '{')
		return get_braces(s, m) ? 1 : -1;
	return m->letter == '%' || m->letter == '_' || m->letter == '-' ? 1 : -1;
}

static bool
is_visible(struct str s, bool may_space)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= 0x7f || s.p[i] < (may_space ? ' ' : '!'))
			return false;
	return true;
}

/* toplabel of RFC 7208 7.1. */
static bool
is_top_label(struct str s)
{
	bool is_number = true;

	if (s.n == 0 || s.p[0] == '-' || s.p[s.n - 1] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!chr_is_alnum(s.p[i]) && s.p[i] != '-')
			return false;
		is_number = is_number && chr_is_digit(s.p[i]);
	}
	return !is_number;
}

/* domain-end: the last piece is a macro, or ends in a dot and a top label. */
static bool
is_domain_end(const struct piece *last)
{
	struct str s = last->literal;
	ssize_t dot;

	if (s.n == 0)
		return last->letter != '\0';
	if (s.p[s.n - 1] == '.')
		s.n--;
	dot = str_rchr(s, '.');
	return dot >= 0 && is_top_label(str_from(s, (size_t)dot + 1));
}

const char *
spf_macro_check(struct str s, enum spf_macro_kind kind)
{
	struct piece m, last = { .letter = '\0' };
	int r;

	while ((r = piece_next(&s, &m)) > 0) {
		last = m;
		if (!is_visible(m.literal, kind == SPF_MACRO_EXPLAIN))
			return "has a character that is not allowed";
		if (kind == SPF_MACRO_DOMAIN && m.letter != '\0' && strchr("crt", m.letter) != NULL)
			return "has a macro that only explanations may have";
	}
	if (r < 0)
		return "has a malformed macro";
	if (kind == SPF_MACRO_DOMAIN && !is_domain_end(&last))
		return "is no domain";
	return NULL;
}

bool
spf_macro_has(struct str s, char letter)
{
	struct piece m;

	while (piece_next(&s, &m) > 0)
		if (m.letter == letter)
			return true;
	return false;
}

/* ---- expansion */

static struct str
value_of(const struct spf_macros *v, char letter)
{
	switch (letter) {
	case 's':
		return v->s;
	case 'l':
		return v->l;
	case 'o':
		return v->o;
	case 'd':
		return v->d;
	case 'i':
		return v->i;
	case 'p':
		return v->p;
	case 'v':
		return v->v;
	case 'h':
		return v->h;
	case 'c':
		return v->c;
	case 'r':
		return v->r;
	default:
		return v->t;
	}
}

static bool
is_unreserved(char c)
{
	return chr_is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

/* URL escaping for upper-case macros: RFC 3986 2.3. */
static void
put(struct buf *out, struct str s, bool is_upper)
{
	if (!is_upper) {
		buf_putstr(out, s);
		return;
	}
	for (size_t i = 0; i < s.n; i++) {
		if (is_unreserved(s.p[i]))
			buf_putc(out, s.p[i]);
		else
			buf_printf(out, "%%%02X", (unsigned char)s.p[i]);
	}
}

static bool
is_delimiter(const struct piece *m, char c)
{
	struct str d = m->delimiters.n > 0 ? m->delimiters : STR(".");

	return str_chr(d, c) >= 0;
}

/* The first `parts` parts, last one first. */
static void
put_reversed(struct buf *out, const struct piece *m, struct str v)
{
	size_t end = 0;
	unsigned left = m->parts;

	for (; end < v.n; end++)
		if (is_delimiter(m, v.p[end]) && m->parts > 0 && --left == 0)
			break;
	for (;;) {
		size_t from = end;

		while (from > 0 && !is_delimiter(m, v.p[from - 1]))
			from--;
		put(out, str_sub(v, from, end), m->is_upper);
		if (from == 0)
			return;
		put(out, STR("."), m->is_upper);
		end = from - 1;
	}
}

/* The last `parts` parts. */
static void
put_forward(struct buf *out, const struct piece *m, struct str v)
{
	unsigned left = m->parts;
	size_t from = v.n;

	for (; from > 0; from--)
		if (is_delimiter(m, v.p[from - 1]) && m->parts > 0 && --left == 0)
			break;
	while (from < v.n) {
		size_t end = from;

		while (end < v.n && !is_delimiter(m, v.p[end]))
			end++;
		put(out, str_sub(v, from, end), m->is_upper);
		if (end < v.n)
			put(out, STR("."), m->is_upper);
		from = end + 1;
	}
}

void
spf_macro_expand(const struct spf_macros *v, struct str s, struct buf *out)
{
	struct piece m;

	while (!out->over && piece_next(&s, &m) > 0) {
		if (m.literal.n > 0)
			buf_putstr(out, m.literal);
		else if (m.letter == '%')
			buf_putc(out, '%');
		else if (m.letter == '_')
			buf_putc(out, ' ');
		else if (m.letter == '-')
			buf_puts(out, "%20");
		else if (m.is_reversed)
			put_reversed(out, &m, value_of(v, m.letter));
		else if (m.parts > 0 || m.delimiters.n > 0)
			put_forward(out, &m, value_of(v, m.letter));
		else
			put(out, value_of(v, m.letter), m.is_upper);
	}
}
