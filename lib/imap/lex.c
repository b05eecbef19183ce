#include "imap/lex.h"

#include "base/clock.h"
#include "base/mem.h"

bool
lex_fail(struct lex *l, const char *why)
{
	if (l->why == NULL)
		l->why = why;
	return false;
}

void *
lex_alloc(struct lex *l, size_t n, size_t size)
{
	void *p = NULL;

	if (arena_used(l->a) <= LIM_IMAP_ARENA)
		p = arena_try(l->a, n, size);
	if (p == NULL)
		lex_fail(l, "command too complex");
	return p;
}

bool
lex_dup(struct lex *l, struct str s, struct str *out)
{
	struct str d = arena_str_try(l->a, s);

	if (d.p == NULL)
		return lex_fail(l, "command too complex");
	*out = d;
	return true;
}

bool
lex_char(struct lex *l, char c)
{
	if (lex_try(l, c))
		return true;
	switch (c) {
	case '(':
		return lex_fail(l, "'(' expected");
	case ')':
		return lex_fail(l, "')' expected");
	case '[':
		return lex_fail(l, "'[' expected");
	case ']':
		return lex_fail(l, "']' expected");
	default:
		return lex_fail(l, "unexpected character");
	}
}

bool
lex_sp(struct lex *l)
{
	return lex_try(l, ' ') || lex_fail(l, "one space expected");
}

bool
lex_end(struct lex *l)
{
	if (l->end - l->p == 2 && l->p[0] == '\r' && l->p[1] == '\n') {
		l->p = l->end;
		return true;
	}
	return lex_fail(l, "end of command expected");
}

/* RFC 9051 9: CHAR but atom-specials; "]" is one only for atom, not for astring. */
static bool
is_atom_char(int c, bool astring)
{
	if (c <= 0x20 || c >= 0x7f)
		return false;
	switch (c) {
	case '(':
	case ')':
	case '{':
	case '%':
	case '*':
	case '"':
	case '\\':
		return false;
	case ']':
		return astring;
	default:
		return true;
	}
}

bool
lex_try_word(struct lex *l, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(l->end - l->p) < n ||
	    !str_eqi((struct str){ l->p, n }, (struct str){ word, n }))
		return false;
	if (l->p + n < l->end && is_atom_char((unsigned char)l->p[n], true))
		return false;
	l->p += n;
	return true;
}

bool
lex_atom(struct lex *l, struct str *s)
{
	const char *b = l->p;

	while (is_atom_char(lex_peek(l), false))
		l->p++;
	if (l->p == b)
		return lex_fail(l, "atom expected");
	*s = (struct str){ b, (size_t)(l->p - b) };
	return true;
}

bool
lex_tag(struct lex *l, struct str *s)
{
	const char *b = l->p;

	while (lex_peek(l) != '+' && is_atom_char(lex_peek(l), true))
		l->p++;
	if (l->p == b || l->p - b > LIM_IMAP_TAG)
		return lex_fail(l, "tag expected");
	*s = (struct str){ b, (size_t)(l->p - b) };
	return true;
}

struct str
lex_word(struct lex *l)
{
	const char *b = l->p;

	while (l->p < l->end && (chr_is_alnum(*l->p) || *l->p == '.' || *l->p == '-'))
		l->p++;
	return (struct str){ b, (size_t)(l->p - b) };
}

/* After the opening quote. */
static bool
quoted(struct lex *l, struct str *s)
{
	const char *b = l->p;
	size_t esc = 0, n = 0;
	char *d;

	for (;; l->p++) {
		if (l->p == l->end || *l->p == '\r' || *l->p == '\n')
			return lex_fail(l, "closing quote expected");
		if (*l->p == '"')
			break;
		if (*l->p == '\\') {
			esc++;
			if (++l->p == l->end || (*l->p != '"' && *l->p != '\\'))
				return lex_fail(l, "only \\\" and \\\\ may be escaped");
		}
	}
	*s = (struct str){ b, (size_t)(l->p++ - b) };
	if (!str_is_utf8(*s))
		return lex_fail(l, "quoted string is not UTF-8");
	if (esc == 0)
		return true;
	if ((d = lex_alloc(l, s->n - esc + 1, 1)) == NULL)
		return false;
	for (size_t i = 0; i < s->n; i++) {
		if (s->p[i] == '\\')
			i++;
		d[n++] = s->p[i];
	}
	*s = (struct str){ d, n };
	return true;
}

/* After "{"; the reader has seen to it that the bytes are there. */
static bool
literal(struct lex *l, struct str *s)
{
	uint64_t n;

	if (!lex_u64(l, INT64_MAX, &n))
		return false;
	lex_try(l, '+');
	if (!lex_try(l, '}') || !lex_try(l, '\r') || !lex_try(l, '\n') ||
	    n > (uint64_t)(l->end - l->p))
		return lex_fail(l, "malformed literal");
	*s = (struct str){ l->p, (size_t)n };
	l->p += n;
	return true;
}

bool
lex_string(struct lex *l, struct str *s)
{
	if (lex_try(l, '"'))
		return quoted(l, s);
	if (lex_try(l, '{'))
		return literal(l, s);
	return lex_fail(l, "string expected");
}

bool
lex_nstring(struct lex *l, struct str *s)
{
	if (lex_try_word(l, "NIL")) {
		*s = STR_NONE;
		return true;
	}
	return lex_string(l, s);
}

bool
lex_astring(struct lex *l, struct str *s)
{
	const char *b = l->p;

	if (lex_peek(l) == '"' || lex_peek(l) == '{')
		return lex_string(l, s);
	while (is_atom_char(lex_peek(l), true))
		l->p++;
	if (l->p == b)
		return lex_fail(l, "string expected");
	*s = (struct str){ b, (size_t)(l->p - b) };
	return true;
}

bool
lex_list_mailbox(struct lex *l, struct str *s)
{
	const char *b = l->p;

	if (lex_peek(l) == '"' || lex_peek(l) == '{')
		return lex_string(l, s);
	while (is_atom_char(lex_peek(l), true) || lex_peek(l) == '%' || lex_peek(l) == '*')
		l->p++;
	if (l->p == b)
		return lex_fail(l, "mailbox pattern expected");
	*s = (struct str){ b, (size_t)(l->p - b) };
	return true;
}

bool
lex_mailbox_decode(struct lex *l, struct str raw, struct str *s)
{
	struct buf b;
	bool ok;

	if (raw.n > 3 * LIM_MAILBOX_NAME) /* modified UTF-7 is at most that much longer */
		return lex_fail(l, "mailbox name too long");
	if (l->utf8 || !str_is_ascii(raw) || memchr(raw.p, '&', raw.n) == NULL) {
		if (!str_is_utf8(raw))
			return lex_fail(l, "mailbox name is not UTF-8");
		*s = raw;
		return true;
	}
	buf_init(&b, 3 * LIM_MAILBOX_NAME);
	ok = imap_utf7_get(raw, &b) == 0 && !b.over;
	if (!ok)
		lex_fail(l, "mailbox name is not modified UTF-7");
	else
		ok = lex_dup(l, buf_str(&b), s);
	buf_done(&b);
	return ok;
}

bool
lex_mailbox(struct lex *l, struct str *s)
{
	struct str raw, d;
	char *p;

	if (!lex_astring(l, &raw) || !lex_mailbox_decode(l, raw, &d))
		return false;
	*s = d;
	if (!str_has_prefixi(d, STR("INBOX")) || (d.n > 5 && d.p[5] != '/'))
		return true;
	/* RFC 9051 5.1: in any case, also as a parent. */
	if ((p = lex_alloc(l, d.n, 1)) == NULL)
		return false;
	memcpy(p, d.p, d.n);
	memcpy(p, "Inbox", 5);
	*s = (struct str){ p, d.n };
	return true;
}

bool
lex_u64(struct lex *l, uint64_t max, uint64_t *v)
{
	const char *b = l->p;

	while (l->p < l->end && chr_is_digit(*l->p))
		l->p++;
	if (str_to_u64((struct str){ b, (size_t)(l->p - b) }, max, v) != 0)
		return lex_fail(l, l->p == b ? "number expected" : "number out of range");
	return true;
}

bool
lex_nz32(struct lex *l, uint32_t *v)
{
	uint64_t n;

	if (!lex_u64(l, UINT32_MAX, &n))
		return false;
	if (n == 0)
		return lex_fail(l, "number must not be 0");
	*v = (uint32_t)n;
	return true;
}

static bool
seq_number(struct lex *l, uint32_t *v)
{
	if (lex_try(l, '*')) {
		*v = IMAP_STAR;
		return true;
	}
	return lex_nz32(l, v);
}

bool
lex_set(struct lex *l, struct imap_set *s)
{
	unsigned n = 1;
	const char *p;

	*s = (struct imap_set){ .n = 0 };
	if (lex_try(l, '$')) {
		s->saved = true;
		return true;
	}
	for (p = l->p; p < l->end && (chr_is_digit(*p) || *p == ',' || *p == ':' || *p == '*'); p++)
		n += *p == ',';
	if ((s->v = lex_alloc(l, n, sizeof(*s->v))) == NULL)
		return false;
	do {
		struct imap_range *r = &s->v[s->n++];

		if (!seq_number(l, &r->lo))
			return false;
		r->hi = r->lo;
		if (lex_try(l, ':') && !seq_number(l, &r->hi))
			return false;
	} while (lex_try(l, ','));
	return true;
}

/* One flag. \Recent is accepted where clients send back what they read, and means nothing. */
static bool
flag(struct lex *l, struct imap_flags *f, unsigned max)
{
	bool system = lex_try(l, '\\');
	struct str s;
	uint32_t bit;

	if (!lex_atom(l, &s))
		return false;
	if (system) {
		for (unsigned i = 0; i < IMAP_NFLAGS; i++)
			if (imap_flag_name(i).p[0] == '\\' &&
			    str_eqi(s, str_from(imap_flag_name(i), 1))) {
				f->sys |= 1u << i;
				return true;
			}
		return str_eqi(s, STR("Recent")) || lex_fail(l, "unknown system flag");
	}
	if (s.n > LIM_KEYWORD)
		return lex_fail(l, "keyword too long");
	if ((bit = imap_flag_find(s)) != 0) {
		f->sys |= bit;
		return true;
	}
	for (unsigned i = 0; i < f->nkw; i++)
		if (str_eqi(f->kw[i], s))
			return true;
	if (f->nkw == max)
		return lex_fail(l, "too many keywords");
	f->kw[f->nkw++] = s;
	return true;
}

/* Flags up to the closing parenthesis or the end of the line. */
static bool
flags(struct lex *l, struct imap_flags *f)
{
	*f = (struct imap_flags){ .sys = 0 };
	if ((f->kw = lex_alloc(l, LIM_KEYWORDS, sizeof(*f->kw))) == NULL)
		return false;
	if (lex_peek(l) == ')')
		return true;
	do {
		if (!flag(l, f, LIM_KEYWORDS))
			return false;
	} while (lex_try(l, ' '));
	return true;
}

bool
lex_flag_list(struct lex *l, struct imap_flags *f)
{
	return lex_char(l, '(') && flags(l, f) && lex_char(l, ')');
}

bool
lex_flags(struct lex *l, struct imap_flags *f)
{
	return lex_peek(l) == '(' ? lex_flag_list(l, f) : flags(l, f);
}

static bool
digits(struct lex *l, unsigned n, unsigned *v)
{
	*v = 0;
	for (; n > 0; n--, l->p++) {
		if (l->p == l->end || !chr_is_digit(*l->p))
			return lex_fail(l, "malformed date");
		*v = *v * 10 + (unsigned)(*l->p - '0');
	}
	return true;
}

/* "-Nov-2026" behind the day; the day must exist. */
static bool
month_year(struct lex *l, unsigned d, int64_t *day)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	unsigned m, y, m2, d2;
	int y2;

	if (!lex_try(l, '-') || l->end - l->p < 3)
		return lex_fail(l, "malformed date");
	for (m = 0; m < 12; m++)
		if (str_eqi((struct str){ l->p, 3 }, (struct str){ names + (size_t)3 * m, 3 }))
			break;
	l->p += 3;
	if (m == 12 || !lex_try(l, '-') || !digits(l, 4, &y) || d == 0)
		return lex_fail(l, "malformed date");
	*day = clock_days_from_civil((int)y, m + 1, d);
	clock_civil_from_days(*day, &y2, &m2, &d2);
	return d2 == d || lex_fail(l, "no such day");
}

bool
lex_day(struct lex *l, int64_t *day)
{
	bool q = lex_try(l, '"');
	unsigned d;

	if (!digits(l, l->end - l->p > 1 && chr_is_digit(l->p[1]) ? 2 : 1, &d) ||
	    !month_year(l, d, day))
		return false;
	return !q || lex_char(l, '"');
}

bool
lex_date_time(struct lex *l, int64_t *t)
{
	unsigned d, h, m, s, zone;
	int64_t day;
	bool west;

	if (!lex_char(l, '"') || !digits(l, lex_try(l, ' ') ? 1 : 2, &d) || !month_year(l, d, &day))
		return false;
	if (!lex_sp(l) || !digits(l, 2, &h) || !lex_char(l, ':') || !digits(l, 2, &m) ||
	    !lex_char(l, ':') || !digits(l, 2, &s) || !lex_sp(l))
		return lex_fail(l, "malformed time");
	west = lex_try(l, '-');
	if ((!west && !lex_try(l, '+')) || !digits(l, 4, &zone) || !lex_char(l, '"'))
		return lex_fail(l, "malformed time zone");
	if (h > 23 || m > 59 || s > 60 || zone / 100 > 23 || zone % 100 > 59)
		return lex_fail(l, "time out of range");
	*t = day * 86400 + h * 3600 + m * 60 + s;
	*t += (west ? 1 : -1) * (int64_t)(zone / 100 * 3600 + zone % 100 * 60);
	return true;
}
