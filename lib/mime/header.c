/* Header blocks field by field (RFC 5322 2.2, obsolete forms of 4.5.8 included), and unfolding. */
#include "mime/mime_priv.h"

/* Length of the first line of `s`, its end included. */
static size_t
line_len(struct str s)
{
	const char *nl = memchr(s.p, '\n', s.n);

	return nl != NULL ? (size_t)(nl + 1 - s.p) : s.n;
}

static bool
line_is_empty(struct str s)
{
	return s.n > 0 && (s.p[0] == '\n' || (s.n > 1 && s.p[0] == '\r' && s.p[1] == '\n'));
}

/* Name before the colon; -1 when it isn't one. `line` is the first line of the field. */
static ssize_t
name_len(struct str line)
{
	const char *colon = memchr(line.p, ':', line.n);
	size_t n;

	if (colon == NULL)
		return -1;
	n = (size_t)(colon - line.p);
	while (n > 0 && (line.p[n - 1] == ' ' || line.p[n - 1] == '\t')) /* RFC 5322 4.5 */
		n--;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)line.p[i] <= ' ' || (unsigned char)line.p[i] >= 0x7f)
			return -1;
	return n > 0 ? (ssize_t)n : -1;
}

bool
mime_field_next(struct str *block, struct mime_field *f)
{
	while (block->n > 0 && !line_is_empty(*block)) {
		size_t first = line_len(*block), n = first, colon;
		struct str raw;
		ssize_t k;

		while (n < block->n && (block->p[n] == ' ' || block->p[n] == '\t'))
			n += line_len(str_from(*block, n));
		raw = str_sub(*block, 0, n);
		*block = str_from(*block, n);
		if ((k = name_len(str_sub(raw, 0, first))) < 0)
			continue;
		f->raw = raw;
		f->name = str_sub(raw, 0, (size_t)k);
		colon = (size_t)str_chr(raw, ':') + 1;
		while (colon < raw.n && (raw.p[colon] == ' ' || raw.p[colon] == '\t'))
			colon++;
		f->value = str_from(raw, colon);
		if (f->value.n > 0 && f->value.p[f->value.n - 1] == '\n')
			f->value.n--;
		if (f->value.n > 0 && f->value.p[f->value.n - 1] == '\r')
			f->value.n--;
		return true;
	}
	return false;
}

bool
mime_field_find(struct str block, struct str name, struct mime_field *f)
{
	struct mime_field g;

	while (mime_field_next(&block, &g)) {
		if (str_eqi(g.name, name)) {
			*f = g;
			return true;
		}
	}
	return false;
}

void
mime_unfold(struct str s, struct buf *out)
{
	s = str_trim_ws(s);
	for (size_t i = 0; i < s.n; i++) {
		size_t from = i;

		while (i < s.n && s.p[i] != '\r' && s.p[i] != '\n' && s.p[i] != '\0')
			i++;
		buf_put(out, s.p + from, i - from);
		if (i == s.n)
			break;
		if (s.p[i] != '\0' && i + 1 < s.n && s.p[i] == '\r' && s.p[i + 1] == '\n')
			i++;
		if (s.p[i] == '\n' && i + 1 < s.n && (s.p[i + 1] == ' ' || s.p[i + 1] == '\t'))
			continue;
		buf_putc(out, ' ');
	}
}

struct str
mime_unfold_try(struct str s, struct arena *a)
{
	struct buf b;
	struct str r;

	s = str_trim_ws(s);
	if (s.n == 0)
		return STR("");
	if (memchr(s.p, '\n', s.n) == NULL && memchr(s.p, '\r', s.n) == NULL &&
	    memchr(s.p, '\0', s.n) == NULL)
		return arena_str_try(a, s);
	buf_init(&b, LIM_MIME_HEADER);
	mime_unfold(s, &b);
	r = arena_str_try(a, buf_str(&b));
	buf_done(&b);
	return r;
}
