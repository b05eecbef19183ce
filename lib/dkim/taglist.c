/* See taglist.h. */
#include "dkim/taglist.h"

#include "base/encode.h"

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
is_name(struct str s)
{
	if (s.n == 0 || !chr_is_alpha(s.p[0]))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!chr_is_alnum(s.p[i]) && s.p[i] != '_')
			return false;
	return true;
}

static bool
is_value(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((!is_space(s.p[i]) && (unsigned char)s.p[i] <= ' ') || s.p[i] == 0x7f)
			return false;
	return str_is_ascii(s) || str_is_utf8(s);
}

static int
add(struct dk_taglist *l, struct str spec, struct err *e)
{
	struct dk_tag t;

	t.name = str_trim_ws(str_cut(spec, '=', &t.whole));
	if (t.whole.p == NULL || !is_name(t.name) || !is_value(t.whole))
		return err_set(e, EC_SYNTAX, "malformed tag");
	t.value = str_trim_ws(t.whole);
	for (size_t i = 0; i < l->n; i++)
		if (str_eq(l->v[i].name, t.name))
			return err_set(e, EC_SYNTAX, "two tags " STR_FMT "=",
				       STR_ARG(str_sub(t.name, 0, 20)));
	if (l->n == LIM_DKIM_TAGS)
		return err_set(e, EC_LIMIT, "more than %d tags", LIM_DKIM_TAGS);
	l->v[l->n++] = t;
	return 0;
}

int
dk_taglist_parse(struct dk_taglist *l, struct str s, struct err *e)
{
	l->n = 0;
	do {
		if (add(l, str_cut(s, ';', &s), e) < 0)
			return -1;
	} while (s.p != NULL && str_trim_ws(s).n > 0);
	return 0;
}

const struct dk_tag *
dk_taglist_find(const struct dk_taglist *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (str_eq(l->v[i].name, str_c(name)))
			return &l->v[i];
	return NULL;
}

struct str
dk_taglist_get(const struct dk_taglist *l, const char *name)
{
	const struct dk_tag *t = dk_taglist_find(l, name);

	return t != NULL ? t->value : STR_NONE;
}

bool
dk_values_next(struct str *rest, struct str *value)
{
	if (rest->p == NULL)
		return false;
	*value = str_trim_ws(str_cut(*rest, ':', rest));
	return true;
}

bool
dk_values_has(struct str list, struct str value)
{
	struct str v;

	while (dk_values_next(&list, &v))
		if (str_eq(v, value))
			return true;
	return false;
}

/* ---- base64 */

static int
sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (chr_is_digit(c))
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int
dk_base64_get(struct buf *out, struct str s, bool is_strict)
{
	unsigned bits = 0, have = 0, pads = 0, count = 0;

	for (size_t i = 0; i < s.n; i++) {
		int v = sextet(s.p[i]);

		if (is_space(s.p[i]))
			continue;
		if (s.p[i] == '=' && pads < 2) {
			pads++;
			continue;
		}
		if (v < 0 || pads > 0)
			return -1;
		count++;
		bits = (bits << 6 | (unsigned)v) & 0xffff;
		have += 6;
		if (have >= 8) {
			have -= 8;
			buf_putc(out, (char)(bits >> have & 0xff));
		}
	}
	if (count % 4 == 1 || (is_strict && (bits & ((1U << have) - 1)) != 0))
		return -1;
	return out->over ? -1 : 0;
}
