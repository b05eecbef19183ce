/*
 * HTML by a small machine of its own: text that is shown, hosts of links and images, and a few
 * notes; never the markup itself. Text that is hidden from readers counts as such, since it is
 * there for filters. It keeps no stack: an element that hides is followed by its name and a depth.
 *
 * SECURITY: every byte is hostile. Names and values are cut, nothing nests, cost is linear.
 */
#include "junk/junk_int.h"

enum { ENTITY_MAX = 12, FEW_LETTERS = 200, STYLE_MAX = 512 };

void
junk_html_init(struct junk_html *h, struct junk_words *words)
{
	memset(h, 0, sizeof(*h));
	h->words = words;
	h->space = words->space;
}

static bool
is_one_of(struct str name, const struct str *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(name, names[i]))
			return true;
	return false;
}

#define NAME(lit)                                                                                  \
	{                                                                                          \
		"" lit, sizeof(lit) - 1                                                            \
	}
/* Do not end a word. */
static const struct str inlines[] = { NAME("a"),      NAME("b"),    NAME("i"),	  NAME("u"),
				      NAME("em"),     NAME("font"), NAME("span"), NAME("strong"),
				      NAME("sup"),    NAME("sub"),  NAME("wbr"),  NAME("code"),
				      NAME("center"), NAME("tt"),   NAME("big"),  NAME("small") };
/* Have no inside. */
static const struct str voids[] = { NAME("br"),	  NAME("img"),	 NAME("hr"),  NAME("input"),
				    NAME("meta"), NAME("link"),	 NAME("col"), NAME("area"),
				    NAME("base"), NAME("embed"), NAME("wbr"), NAME("param") };
/* Their inside is no text. */
static const struct str raws[] = { NAME("style"), NAME("script"), NAME("template") };
/* Worth a note. */
static const struct str noted[] = { NAME("form"),   NAME("iframe"), NAME("script"),
				    NAME("object"), NAME("embed"),  NAME("input") };

/* ---- text */

static void
text_put(struct junk_html *h, uint32_t c)
{
	if (h->nraw > 0)
		return;
	if (c > ' ')
		*(h->nhidden > 0 ? &h->nhid : &h->nshown) += 1;
	junk_words_putc(h->words, c);
}

static void
entity_end(struct junk_html *h)
{
	struct str s = str_mem(h->value, h->nvalue);
	uint32_t c;

	h->state = HTML_TEXT;
	for (size_t i = 0; i < s.n;) {
		if (s.p[i] == '&') {
			c = mime_html_entity(s, &i);
			h->ncoded += c != '&' && c < 0x80 && chr_is_alnum((char)c);
		} else {
			c = (unsigned char)s.p[i++];
		}
		text_put(h, c);
	}
}

/* ---- attributes */

static bool
style_hides(struct str value)
{
	static const struct str marks[] = { NAME("display:none"), NAME("visibility:hidden"),
					    NAME("font-size:0"),  NAME("font-size:1px"),
					    NAME("mso-hide:all"), NAME("max-height:0") };
	char low[STYLE_MAX];
	size_t n = 0;

	for (size_t i = 0; i < value.n && n < sizeof(low); i++)
		if ((unsigned char)value.p[i] > ' ')
			low[n++] = chr_lower(value.p[i]);
	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		if (str_find(str_mem(low, n), marks[i]) >= 0)
			return true;
	return false;
}

static void
attr_end(struct junk_html *h)
{
	struct str name = str_mem(h->attr, h->nattr), value = str_mem(h->value, h->nvalue);

	h->state = HTML_TAG;
	h->nattr = h->nvalue = 0;
	if (h->is_end_tag || h->nraw > 0 || name.n == 0)
		return;
	value = str_trim_ws(value);
	if (str_eq(name, STR("href")) || str_eq(name, STR("action"))) {
		h->nlinks++;
		junk_url_add(h->words->set, JUNK_URL, value);
	} else if (str_eq(name, STR("src")) || str_eq(name, STR("background"))) {
		junk_url_add(h->words->set, JUNK_IMAGE, value);
	} else if (str_eq(name, STR("alt"))) {
		junk_words_break(h->words, false);
		junk_words_put(h->words, value);
		junk_words_break(h->words, false);
	} else if (str_eq(name, STR("hidden")) ||
		   (str_eq(name, STR("style")) && style_hides(value))) {
		h->hides = true;
	}
}

/* ---- tags */

static void
hidden_set(struct junk_html *h, struct str name)
{
	junk_words_break(h->words, true);
	memcpy(h->hidden, name.p, name.n);
	h->nhidden = name.n;
	h->hidden_depth = name.n > 0;
	h->words->space = name.n > 0 ? JUNK_HIDDEN : h->space;
}

static void
start_tag(struct junk_html *h, struct str name)
{
	h->nimages += str_eq(name, STR("img"));
	if (is_one_of(name, noted, ARRAY_LEN(noted)))
		junk_set_add(h->words->set, JUNK_NOTE, name);
	if (is_one_of(name, raws, ARRAY_LEN(raws))) {
		memcpy(h->raw, name.p, name.n);
		h->nraw = name.n;
	} else if (h->nhidden > 0 && str_eq(name, str_mem(h->hidden, h->nhidden))) {
		h->hidden_depth += h->hidden_depth < UINT32_MAX;
	} else if (h->nhidden == 0 && h->hides && !is_one_of(name, voids, ARRAY_LEN(voids))) {
		hidden_set(h, name);
	}
}

static void
tag_end(struct junk_html *h)
{
	struct str name = str_mem(h->name, h->nname);

	attr_end(h);
	h->state = HTML_TEXT;
	if (h->nraw > 0) {
		if (h->is_end_tag && str_eq(name, str_mem(h->raw, h->nraw)))
			h->nraw = 0;
		return;
	}
	if (!is_one_of(name, inlines, ARRAY_LEN(inlines)))
		junk_words_break(h->words, false);
	if (!h->is_end_tag)
		start_tag(h, name);
	else if (h->nhidden > 0 && str_eq(name, str_mem(h->hidden, h->nhidden)) &&
		 --h->hidden_depth == 0)
		hidden_set(h, STR(""));
}

static void
tag_start(struct junk_html *h, char c)
{
	h->is_end_tag = c == '/';
	h->nname = h->nattr = h->nvalue = 0;
	h->hides = false;
	h->state = HTML_NAME;
	if (c != '/')
		h->name[h->nname++] = chr_lower(c);
}

/* ---- the machine */

static void
put_open(struct junk_html *h, char c)
{
	if (c == '/' || (h->nraw == 0 && chr_is_alpha(c))) {
		tag_start(h, c);
	} else if (h->nraw == 0 && (c == '!' || c == '?')) {
		h->state = HTML_MARKUP;
		h->dashes = 0;
	} else {
		text_put(h, '<');
		if (c == '<')
			return;
		h->state = HTML_TEXT;
		text_put(h, (unsigned char)c);
	}
}

static void
name_put(char *name, size_t size, size_t *n, char c)
{
	if (*n < size)
		name[(*n)++] = chr_lower(c);
}

static void
value_put(struct junk_html *h, char c)
{
	if (h->nvalue < sizeof(h->value))
		h->value[h->nvalue++] = c;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

/* Inside of a tag. */
static void
put_tag(struct junk_html *h, char c)
{
	if (h->state == HTML_QUOTED) {
		if (c == h->quote)
			attr_end(h);
		else
			value_put(h, c);
	} else if (c == '>') {
		tag_end(h);
	} else if (h->state == HTML_BARE) {
		if (is_blank(c))
			attr_end(h);
		else
			value_put(h, c);
	} else if (h->state == HTML_VALUE) {
		if (c == '"' || c == '\'') {
			h->quote = c;
			h->state = HTML_QUOTED;
		} else if (!is_blank(c)) {
			value_put(h, c);
			h->state = HTML_BARE;
		}
	} else if (h->state == HTML_NAME) {
		if (is_blank(c) || c == '/')
			h->state = h->nname > 0 ? HTML_TAG : HTML_NAME;
		else
			name_put(h->name, sizeof(h->name), &h->nname, c);
	} else if (c == '=') {
		h->state = HTML_VALUE;
	} else if (is_blank(c)) {
		h->state = h->state == HTML_ATTR ? HTML_EQUALS : h->state;
	} else {
		if (h->state != HTML_ATTR) /* the one before had no value */
			attr_end(h);
		h->state = HTML_ATTR;
		name_put(h->attr, sizeof(h->attr), &h->nattr, c);
	}
}

static void
put_markup(struct junk_html *h, char c)
{
	if (h->state == HTML_MARKUP) {
		if (c == '-' && ++h->dashes == 2) {
			h->state = HTML_COMMENT;
			return;
		}
		if (c == '>')
			h->state = HTML_TEXT;
		h->dashes = c == '-' ? h->dashes : 3;
	} else if (c == '>' && h->dashes >= 2) {
		h->state = HTML_TEXT;
	} else {
		h->dashes = c == '-' ? h->dashes + (h->dashes < 2) : 0;
	}
}

static void
put_text(struct junk_html *h, char c)
{
	if (c == '<') {
		h->state = HTML_OPEN;
	} else if (c == '&' && h->nraw == 0) {
		h->nvalue = 0;
		value_put(h, c);
		h->state = HTML_ENTITY;
	} else {
		text_put(h, (unsigned char)c);
	}
}

static void
ascii_put(struct junk_html *h, char c)
{
	switch (h->state) {
	case HTML_TEXT:
		put_text(h, c);
		return;
	case HTML_OPEN:
		put_open(h, c);
		return;
	case HTML_MARKUP:
	case HTML_COMMENT:
		put_markup(h, c);
		return;
	case HTML_ENTITY:
		if (c == ';' || (h->nvalue < ENTITY_MAX && (chr_is_alnum(c) || c == '#')))
			value_put(h, c);
		if (c == ';' || h->nvalue == ENTITY_MAX) {
			entity_end(h);
		} else if (!chr_is_alnum(c) && c != '#') {
			entity_end(h);
			put_text(h, c);
		}
		return;
	default:
		put_tag(h, c);
	}
}

void
junk_html_put(struct junk_html *h, struct str s)
{
	while (s.n > 0) {
		uint32_t c;
		size_t n = 1;

		if ((unsigned char)s.p[0] < 0x80) {
			ascii_put(h, s.p[0]);
		} else if ((n = mime_codepoint_get(s, &c)) == 0) {
			n = 1;
		} else if (h->state == HTML_QUOTED || h->state == HTML_BARE) {
			for (size_t i = 0; i < n; i++)
				value_put(h, s.p[i]);
		} else if (h->state <= HTML_OPEN || h->state == HTML_ENTITY) {
			if (h->state == HTML_ENTITY)
				entity_end(h);
			h->state = HTML_TEXT;
			text_put(h, c);
		}
		s = str_from(s, n);
	}
}

void
junk_html_end(struct junk_html *h)
{
	struct junk_set *set = h->words->set;

	if (h->state == HTML_ENTITY)
		entity_end(h);
	junk_words_break(h->words, true);
	h->words->space = h->space;
	if (h->state != HTML_TEXT)
		junk_set_add(set, JUNK_NOTE, STR("html cut off"));
	if (h->nhid > 0)
		junk_set_add(set, JUNK_NOTE, STR("hidden text"));
	if (h->ncoded > 2)
		junk_set_add(set, JUNK_NOTE, STR("coded letters"));
	if (h->nimages > 0 && h->nshown < FEW_LETTERS)
		junk_set_add(set, JUNK_NOTE, STR("images without text"));
	if (h->nlinks > 0 && h->nshown < FEW_LETTERS)
		junk_set_add(set, JUNK_NOTE, STR("links without text"));
}
