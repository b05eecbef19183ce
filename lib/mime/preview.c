/*
 * The preview (RFC 8970): the start of the first text that says something, as one line of UTF-8.
 * Quoted lines are left out when there are others. HTML is only stripped of its tags: the result is
 * text for a list of messages, never markup.
 */
#include "mime/mime_priv.h"

#define DECODE_STEP 512 /* long lines are not decoded far beyond what is needed */

void
mime_preview_start(struct mime_preview *v, const struct mime_part *part)
{
	if (v->line.n > 0 || v->dec != NULL || !str_eq(part->type, STR("text")) ||
	    str_eq(part->disposition, STR("attachment")))
		return;
	v->is_html = str_eq(part->subtype, STR("html"));
	if (!v->is_html && !str_eq(part->subtype, STR("plain")))
		return;
	v->dec = mime_decoder_new(part->cte, part->charset);
}

static size_t
text_max(const struct mime_preview *v)
{
	return v->is_html ? LIM_MIME_PREVIEW_HTML : LIM_MIME_PREVIEW_TEXT;
}

void
mime_preview_put(struct mime_preview *v, struct str s)
{
	while (v->dec != NULL && s.n > 0) {
		mime_decoder_put(v->dec, str_sub(s, 0, DECODE_STEP), &v->text);
		s = str_from(s, DECODE_STEP);
		if (v->text.n >= text_max(v))
			mime_preview_stop(v);
	}
}

/* ---- one line of text ---- */

struct line {
	struct buf *out;
	unsigned nchars;
	bool is_blank; /* white space is due before the next character */
};

static bool
line_is_full(const struct line *l)
{
	return l->nchars >= LIM_MIME_PREVIEW;
}

static void
line_putc(struct line *l, uint32_t c)
{
	if (c <= ' ' || c == 0x7f || (c >= 0x80 && c <= 0xa0) || c == 0x2028 || c == 0x2029) {
		l->is_blank = l->nchars > 0;
		return;
	}
	/* Invisible: joiners and fillers that mailings pad their previews with, the byte order
	 * mark. */
	if ((c >= 0x200b && c <= 0x200f) || c == 0xfeff || c == 0xad || c == 0x34f || c == 0x2007)
		return;
	if (l->is_blank && l->nchars + 2 > LIM_MIME_PREVIEW) {
		l->nchars = LIM_MIME_PREVIEW;
		return;
	}
	if (l->is_blank) {
		buf_putc(l->out, ' ');
		l->nchars++;
	}
	l->is_blank = false;
	mime_put_codepoint(l->out, c);
	l->nchars++;
}

/* The character at *i, which moves behind it. Malformed bytes (a cut at the end) read as blanks. */
static uint32_t
next_char(struct str s, size_t *i)
{
	uint32_t c;
	size_t len = mime_codepoint_get(str_from(s, *i), &c);

	*i += MAX(len, 1u);
	return len > 0 ? c : ' ';
}

static void
plain_render(struct str s, bool with_quoted, struct line *l)
{
	while (s.n > 0 && !line_is_full(l)) {
		struct str row = str_cut(s, '\n', &s);

		if (!with_quoted && row.n > 0 && row.p[0] == '>')
			continue;
		for (size_t i = 0; i < row.n && !line_is_full(l);)
			line_putc(l, next_char(row, &i));
		line_putc(l, ' ');
	}
}

/* ---- HTML ---- */

uint32_t
mime_html_entity(struct str s, size_t *i)
{
	static const struct {
		struct str name;
		uint32_t c;
	} names[] = {
		{ { "amp;", 4 }, '&' },	      { { "lt;", 3 }, '<' },
		{ { "gt;", 3 }, '>' },	      { { "quot;", 5 }, '"' },
		{ { "apos;", 5 }, '\'' },     { { "nbsp;", 5 }, ' ' },
		{ { "zwnj;", 5 }, 0x200c },   { { "shy;", 4 }, 0xad },
		{ { "ndash;", 6 }, 0x2013 },  { { "mdash;", 6 }, 0x2014 },
		{ { "hellip;", 7 }, 0x2026 }, { { "euro;", 5 }, 0x20ac },
		{ { "copy;", 5 }, 0xa9 },     { { "reg;", 4 }, 0xae },
		{ { "rsquo;", 6 }, 0x2019 },  { { "lsquo;", 6 }, 0x2018 },
		{ { "ldquo;", 6 }, 0x201c },  { { "rdquo;", 6 }, 0x201d },
		{ { "auml;", 5 }, 0xe4 },     { { "ouml;", 5 }, 0xf6 },
		{ { "uuml;", 5 }, 0xfc },     { { "Auml;", 5 }, 0xc4 },
		{ { "Ouml;", 5 }, 0xd6 },     { { "Uuml;", 5 }, 0xdc },
		{ { "szlig;", 6 }, 0xdf },    { { "eacute;", 7 }, 0xe9 },
		{ { "egrave;", 7 }, 0xe8 },   { { "agrave;", 7 }, 0xe0 },
		{ { "ccedil;", 7 }, 0xe7 },
	};
	struct str rest = str_from(s, ++*i);
	bool is_hex = str_has_prefixi(rest, STR("#x"));
	uint32_t c = 0;
	size_t k = is_hex ? 2 : 1;

	for (size_t e = 0; e < ARRAY_LEN(names); e++) {
		if (str_has_prefix(rest, names[e].name)) {
			*i += names[e].name.n;
			return names[e].c;
		}
	}
	if (rest.n < 2 || rest.p[0] != '#')
		return '&';
	for (; k < rest.n && c < 0x110000; k++) {
		char d = chr_lower(rest.p[k]);

		if (chr_is_digit(d))
			c = c * (is_hex ? 16 : 10) + (uint32_t)(d - '0');
		else if (is_hex && d >= 'a' && d <= 'f')
			c = c * 16 + (uint32_t)(d - 'a') + 10;
		else
			break;
	}
	if (k < rest.n && rest.p[k] == ';')
		k++;
	*i += k;
	return c == 0 || c >= 0x110000 || (c >= 0xd800 && c < 0xe000) ? 0xfffd : c;
}

/* Where the element that opens at `tag` (behind "<") hides its text, the length up to its end tag;
 * else 0. */
static size_t
html_hidden_len(struct str tag)
{
	static const struct str names[] = {
		{ "style", 5 },
		{ "script", 6 },
		{ "title", 5 },
		{ "template", 8 },
	};

	for (size_t e = 0; e < ARRAY_LEN(names); e++) {
		struct str rest = tag;
		ssize_t at;

		if (!str_has_prefixi(tag, names[e]) ||
		    (tag.n > names[e].n && chr_is_alnum(tag.p[names[e].n])))
			continue;
		while ((at = str_find(rest, STR("</"))) >= 0) {
			rest = str_from(rest, (size_t)at + 2);
			if (str_has_prefixi(rest, names[e]))
				return tag.n - rest.n;
		}
		return tag.n;
	}
	return 0;
}

/* From "<" to behind the tag or comment; *breaks when it separates words. */
static size_t
html_tag_len(struct str s, bool *breaks)
{
	static const struct str inlines[] = {
		{ "a", 1 },   { "b", 1 },      { "i", 1 },    { "u", 1 },
		{ "em", 2 },  { "strong", 6 }, { "span", 4 }, { "font", 4 },
		{ "sup", 3 }, { "sub", 3 },    { "wbr", 3 },  { "code", 4 },
	};
	struct str name = str_from(s, 1);
	ssize_t end;
	size_t n = 0;

	*breaks = true;
	if (str_has_prefix(s, STR("<!--"))) {
		end = str_find(str_from(s, 4), STR("-->"));
		return end >= 0 ? (size_t)end + 7 : s.n;
	}
	n = html_hidden_len(name);
	end = str_chr(str_from(s, n), '>');
	if (n > 0)
		return end >= 0 ? n + (size_t)end + 1 : s.n;
	if (name.n > 0 && name.p[0] == '/')
		name = str_from(name, 1);
	while (n < name.n && chr_is_alnum(name.p[n]))
		n++;
	for (size_t e = 0; e < ARRAY_LEN(inlines); e++)
		if (str_eqi(str_sub(name, 0, n), inlines[e]))
			*breaks = false;
	return end >= 0 ? (size_t)end + 1 : s.n;
}

static void
html_render(struct str s, struct line *l)
{
	for (size_t i = 0; i < s.n && !line_is_full(l);) {
		bool breaks;

		if (s.p[i] == '<' && i + 1 < s.n &&
		    (chr_is_alpha(s.p[i + 1]) || s.p[i + 1] == '/' || s.p[i + 1] == '!')) {
			i += html_tag_len(str_from(s, i), &breaks);
			if (breaks)
				line_putc(l, ' ');
		} else if (s.p[i] == '&') {
			line_putc(l, mime_html_entity(s, &i));
		} else {
			line_putc(l, next_char(s, &i));
		}
	}
}

void
mime_preview_stop(struct mime_preview *v)
{
	struct line l = { .out = &v->line };
	struct str s;

	if (v->dec == NULL)
		return;
	mime_decoder_end(v->dec, &v->text);
	mime_decoder_free(&v->dec);
	s = str_sub(buf_str(&v->text), 0, text_max(v));
	if (v->is_html) {
		html_render(s, &l);
	} else {
		plain_render(s, false, &l);
		if (l.nchars == 0)
			plain_render(s, true, &l);
	}
	buf_reset(&v->text);
	buf_shrink(&v->text);
}

void
mime_preview_done(struct mime_preview *v)
{
	mime_decoder_free(&v->dec);
	buf_done(&v->text);
	buf_done(&v->line);
}
