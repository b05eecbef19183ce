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

int
dk_base64_get(struct buf *out, struct str s)
{
	struct buf text;
	int r;

	buf_init(&text, s.n + 3);
	for (size_t i = 0; i < s.n; i++)
		if (!is_space(s.p[i]))
			buf_putc(&text, s.p[i]);
	while (text.n % 4 != 0)
		buf_putc(&text, '=');
	r = enc_get_base64(out, buf_str(&text));
	buf_done(&text);
	return r < 0 || out->over ? -1 : 0;
}
