/*
 * Values with parameters: Content-Type and Content-Disposition (RFC 2045 5.1, 2183, 2231). Values
 * are read as mail programs write them, not only as the grammar has them: unquoted blanks and
 * specials, missing semicolons at the end, quotes left open.
 */
#include "base/encode.h"
#include "mime/mime_priv.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Length of the comment at the start of `s`, which begins with "(": up to its ")" or the end. */
static size_t
comment_len(struct str s)
{
	unsigned depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '(')
			depth++;
		else if (s.p[i] == ')' && --depth == 0)
			return i + 1;
	}
	return s.n;
}

void
mime_skip_cfws(struct str *s, struct str *comment)
{
	while (s->n > 0) {
		size_t n;

		if (is_blank(s->p[0])) {
			*s = str_from(*s, 1);
			continue;
		}
		if (s->p[0] != '(')
			return;
		n = comment_len(*s);
		if (comment != NULL)
			*comment = str_sub(*s, 1, s->p[n - 1] == ')' && n > 1 ? n - 1 : n);
		*s = str_from(*s, n);
	}
}

/* Up to a special or a blank. */
static struct str
token_get(struct str *s, const char *stops)
{
	size_t n = 0;

	while (n < s->n && (unsigned char)s->p[n] > ' ' && strchr(stops, s->p[n]) == NULL)
		n++;
	struct str t = str_sub(*s, 0, n);
	*s = str_from(*s, n);
	return t;
}

static struct str
lower_try(struct str s, struct arena *a)
{
	char *m = arena_try(a, s.n + 1, 1);

	if (m == NULL)
		return STR_NONE;
	for (size_t i = 0; i < s.n; i++)
		m[i] = chr_lower(s.p[i]);
	return str_mem(m, s.n);
}

/* The inside of a quoted string, `s` behind its first quote; moves behind the last one. */
static struct str
quoted_get(struct str *s, struct arena *a)
{
	char *m;
	size_t n = 0, i = 0;

	while (i < s->n && s->p[i] != '"')
		i += s->p[i] == '\\' && i + 1 < s->n ? 2 : 1;
	if ((m = arena_try(a, i + 1, 1)) == NULL)
		return STR_NONE;
	for (size_t k = 0; k < i; k++) {
		if (s->p[k] == '\\' && k + 1 < i)
			k++;
		else if (s->p[k] == '\r' || s->p[k] == '\n')
			continue;
		if (s->p[k] != '\0')
			m[n++] = s->p[k];
	}
	*s = str_from(*s, i + 1);
	return str_mem(m, n);
}

/* A value without quotes: up to the semicolon; comments behind blanks don't count. */
static struct str
plain_get(struct str *s, struct arena *a)
{
	size_t n = 0, i = 0;
	char *m;

	while (i < s->n && s->p[i] != ';')
		i += s->p[i] == '(' && i > 0 && is_blank(s->p[i - 1]) ? comment_len(str_from(*s, i))
								      : 1;
	if ((m = arena_try(a, i + 1, 1)) == NULL)
		return STR_NONE;
	for (size_t k = 0; k < i; k++) {
		if (s->p[k] == '(' && k > 0 && is_blank(s->p[k - 1]))
			k += comment_len(str_from(*s, k)) - 1;
		else if (s->p[k] != '\r' && s->p[k] != '\n' && s->p[k] != '\0')
			m[n++] = s->p[k];
	}
	*s = str_from(*s, i);
	return str_trim(str_mem(m, n));
}

/* ---- continuations, joined but not decoded ---- */

/* The section number in "base*number" and whether the section is percent-encoded; -1 when there is
 * none. */
static int
section_get(struct str name, struct str *base, bool *is_ext)
{
	ssize_t star = str_chr(name, '*');
	struct str digits;
	uint32_t v;

	if (star <= 0)
		return -1;
	digits = str_from(name, (size_t)star + 1);
	*is_ext = digits.n > 0 && digits.p[digits.n - 1] == '*';
	if (*is_ext)
		digits.n--;
	if (str_to_u32(digits, LIM_MIME_PARAMS - 1, &v) < 0)
		return -1;
	*base = str_sub(name, 0, (size_t)star);
	return (int)v;
}

static struct mime_param *
section_find(struct mime_param *p, struct str base, int k)
{
	struct str b;
	bool is_ext;

	for (; p != NULL; p = p->next)
		if (!p->is_tail && section_get(p->name, &b, &is_ext) == k && str_eqi(b, base))
			return p;
	return NULL;
}

/* The bytes that RFC 2231 7 has encoded in an extended value. */
static void
put_escaped(struct str s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c >= 0x7f || strchr("*'%()<>@,;:\\\"/[]?=", c) != NULL)
			buf_printf(out, "%%%02X", c);
		else
			buf_putc(out, (char)c);
	}
}

/* Section 0, `p`, gets all of `base` as its shown value. */
static void
section_join(struct mime_param *params, struct mime_param *p, struct str base, struct arena *a)
{
	struct mime_param *sections[LIM_MIME_PARAMS];
	bool is_ext[LIM_MIME_PARAMS], is_any = false;
	struct str b;
	struct buf v;
	int n = 0;

	for (struct mime_param *q = p; q != NULL && n < LIM_MIME_PARAMS;
	     q = section_find(params, base, n)) {
		sections[n] = q;
		(void)section_get(q->name, &b, &is_ext[n]);
		is_any |= is_ext[n++];
	}
	buf_init(&v, LIM_MIME_HEADER * 3);
	if (is_any && !is_ext[0])
		buf_puts(&v, "''");
	for (int i = 0; i < n; i++) {
		sections[i]->is_tail = i > 0;
		if (is_any && !is_ext[i])
			put_escaped(sections[i]->value, &v);
		else
			buf_putstr(&v, sections[i]->value);
	}
	p->shown_value = arena_str_try(a, buf_str(&v));
	p->shown_name = is_any ? str_sub(p->name, 0, base.n + 1) : base;
	if (p->shown_value.p == NULL)
		p->shown_value = STR("");
	buf_done(&v);
}

static void
sections_mark(struct mime_param *params, struct arena *a)
{
	struct str base;
	bool is_ext;

	for (struct mime_param *p = params; p != NULL; p = p->next) {
		p->shown_name = p->name;
		p->shown_value = p->value;
	}
	for (struct mime_param *p = params; p != NULL; p = p->next)
		if (!p->is_tail && section_get(p->name, &base, &is_ext) == 0)
			section_join(params, p, base, a);
}

/* "; name=value" and so on to the end of `s`. Parameters without "=" are skipped. */
static void
params_read(struct str s, struct arena *a, struct mime_param **params)
{
	unsigned left = LIM_MIME_PARAMS;

	while (left > 0) {
		struct str name, value;
		struct mime_param *p;

		mime_skip_cfws(&s, NULL);
		while (s.n > 0 && s.p[0] == ';') {
			s = str_from(s, 1);
			mime_skip_cfws(&s, NULL);
		}
		if (s.n == 0)
			return;
		name = token_get(&s, ";=(\"");
		mime_skip_cfws(&s, NULL);
		if (name.n == 0 || s.n == 0 || s.p[0] != '=') {
			ssize_t semi = str_chr(s, ';');

			if (semi < 0)
				return;
			s = str_from(s, (size_t)semi);
			continue;
		}
		s = str_from(s, 1);
		mime_skip_cfws(&s, NULL);
		if (s.n > 0 && s.p[0] == '"') {
			s = str_from(s, 1);
			value = quoted_get(&s, a);
		} else {
			value = plain_get(&s, a);
		}
		name = arena_str_try(a, name);
		if (name.p == NULL || value.p == NULL || (p = arena_try(a, 1, sizeof(*p))) == NULL)
			return;
		*p = (struct mime_param){ .name = name, .value = value };
		*params = p;
		params = &p->next;
		left--;
	}
}

static void
params_parse(struct str s, struct arena *a, struct mime_param **params)
{
	params_read(s, a, params);
	sections_mark(*params, a);
}

int
mime_ctype_parse(struct str v, struct arena *a, struct str *type, struct str *subtype,
		 struct mime_param **params)
{
	struct str t, sub = STR_NONE;
	ssize_t semi;

	mime_skip_cfws(&v, NULL);
	t = token_get(&v, "()<>@,;:\\\"/[]?=");
	mime_skip_cfws(&v, NULL);
	if (v.n > 0 && v.p[0] == '/') {
		v = str_from(v, 1);
		mime_skip_cfws(&v, NULL);
		sub = token_get(&v, "()<>@,;:\\\"/[]?=");
		mime_skip_cfws(&v, NULL);
	}
	if (v.n > 0 &&
	    v.p[0] != ';') /* "text/plain charset=x" has parameters, "text/a/b" is none */
		semi = v.p[0] == '/' ? str_chr(v, ';') : 0;
	else
		semi = 0;
	if (semi >= 0)
		params_parse(str_from(v, (size_t)semi), a, params);
	if (t.n == 0 || sub.n == 0 || (v.n > 0 && v.p[0] == '/'))
		return -1;
	t = lower_try(t, a);
	sub = lower_try(sub, a);
	if (t.p == NULL || sub.p == NULL)
		return -1;
	*type = t;
	*subtype = sub;
	return 0;
}

void
mime_disposition_parse(struct str v, struct arena *a, struct str *type, struct mime_param **params)
{
	struct str t;

	mime_skip_cfws(&v, NULL);
	t = token_get(&v, "()<>@,;:\\\"/[]?=");
	mime_skip_cfws(&v, NULL);
	if (v.n > 0 && v.p[0] == '=') { /* "filename=x" alone */
		v = str_mem(t.p, t.n + v.n + (size_t)(v.p - (t.p + t.n)));
		t = STR("attachment");
	}
	params_parse(v, a, params);
	if (t.n == 0)
		t = *params != NULL ? STR("attachment") : STR("");
	t = lower_try(t, a);
	*type = t.p != NULL ? t : STR("");
}

/* ---- RFC 2231 ---- */

/* Whether `p` is section `k` of the parameter `name` ("name*k", "name*k*", "name*"), or with k < 0
 * the parameter itself. *is_ext: percent-encoded. */
static bool
section_is(const struct mime_param *p, struct str name, int k, bool *is_ext)
{
	struct str rest;
	uint32_t v;

	*is_ext = false;
	if (!str_has_prefixi(p->name, name))
		return false;
	rest = str_from(p->name, name.n);
	if (rest.n == 0)
		return k < 0;
	if (rest.p[0] != '*' || k < 0)
		return false;
	rest = str_from(rest, 1);
	if (rest.n == 0) {
		*is_ext = true;
		return k == 0;
	}
	if (rest.p[rest.n - 1] == '*') {
		*is_ext = true;
		rest.n--;
	}
	return str_to_u32(rest, LIM_MIME_PARAMS, &v) == 0 && (int)v == k;
}

static void
put_percent(struct str s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		struct str hex = str_sub(s, i + 1, i + 3);
		size_t before = out->n;

		if (s.p[i] == '%' && hex.n == 2 && enc_get_hex(out, hex) == 0) {
			i += 2;
		} else {
			buf_truncate(out, before);
			buf_putc(out, s.p[i]);
		}
	}
}

/* The sections of `name` joined; false when there are none. *charset: of the first, "" when it has
 * none. */
static bool
sections_join(const struct mime_param *params, struct str name, struct buf *out,
	      struct str *charset)
{
	bool is_ext, found = false, is_coded = false;

	*charset = STR("");
	for (int k = 0; k < LIM_MIME_PARAMS; k++) {
		const struct mime_param *p = params;
		struct str v, lang;

		while (p != NULL && !section_is(p, name, k, &is_ext))
			p = p->next;
		if (p == NULL)
			break;
		v = p->value;
		if (k == 0 && is_ext && str_chr(v, '\'') >= 0) {
			*charset = str_cut(v, '\'', &v);
			lang = str_cut(v, '\'', &v);
			if (v.p == NULL) /* one quote only: what follows it is the value */
				v = lang;
			is_coded = true;
		}
		found = true;
		if (is_ext)
			put_percent(v, out);
		else
			buf_putstr(out, v);
	}
	if (found && !is_coded)
		*charset = STR("utf-8");
	return found;
}

static const struct mime_param *
param_find(const struct mime_param *p, struct str name)
{
	bool is_ext;

	while (p != NULL && !section_is(p, name, -1, &is_ext))
		p = p->next;
	return p;
}

bool
mime_param_decoded(const struct mime_param *params, struct str name, struct buf *out)
{
	const struct mime_param *p;
	struct str charset;
	struct buf b;

	buf_init(&b, LIM_MIME_HEADER);
	if (sections_join(params, name, &b, &charset)) {
		size_t before = out->n;

		if (mime_charset_to_utf8(charset, buf_str(&b), out) < 0) {
			buf_truncate(out, before);
			mime_put_guessed(buf_str(&b), out);
		}
		buf_done(&b);
		return true;
	}
	buf_done(&b);
	if ((p = param_find(params, name)) == NULL)
		return false;
	mime_put_decoded(p->value, out);
	return true;
}

struct str
mime_param_raw(const struct mime_param *params, struct str name, struct arena *a)
{
	const struct mime_param *p = param_find(params, name);
	struct str charset, r = STR_NONE;
	struct buf b;

	if (p != NULL)
		return p->value;
	buf_init(&b, LIM_MIME_HEADER);
	if (sections_join(params, name, &b, &charset))
		r = arena_str_try(a, buf_str(&b));
	buf_done(&b);
	return r;
}
