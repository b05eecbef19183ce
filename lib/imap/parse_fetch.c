/* FETCH items: RFC 9051 6.4.5, RFC 3501 6.4.5. */
#include "imap/lex.h"

#include <stdlib.h>

#include "base/mem.h"

#define ATT(a) (1u << IMAP_ATT_##a)

static bool
section_path(struct lex *l, struct imap_section *s)
{
	const char *p;
	unsigned n = 1;
	uint32_t v;

	for (p = l->p; p < l->end && (chr_is_digit(*p) || *p == '.'); p++)
		n += *p == '.';
	if (n > LIM_MIME_DEPTH * 2)
		return lex_fail(l, "section too deep");
	if ((s->path = lex_alloc(l, n, sizeof(*s->path))) == NULL)
		return false;
	do {
		if (!chr_is_digit((char)lex_peek(l)))
			return true; /* "1.MIME": behind the dot */
		if (!lex_nz32(l, &v))
			return false;
		s->path[s->npath++] = v;
	} while (lex_try(l, '.'));
	return true;
}

static bool
section_fields(struct lex *l, struct imap_section *s)
{
	size_t max = (size_t)(l->end - l->p) / 2 + 1, have = 0, room = 8;
	struct str *v;

	if (!lex_sp(l) || !lex_char(l, '('))
		return false;
	if ((s->fields = lex_alloc(l, room, sizeof(*s->fields))) == NULL)
		return false;
	do {
		if (have == room) {
			room = MIN(room * 4, max);
			if ((v = lex_alloc(l, room, sizeof(*v))) == NULL)
				return false;
			memcpy(v, s->fields, have * sizeof(*v));
			s->fields = v;
		}
		if (!lex_astring(l, &s->fields[have]))
			return false;
		have++;
	} while (lex_try(l, ' '));
	s->nfields = (unsigned)have;
	return lex_char(l, ')');
}

/* ALL when there is none of the words. What must follow is the caller's. */
static enum imap_text
section_text(struct lex *l, bool has_path)
{
	static const struct {
		struct str word;
		enum imap_text text;
	} texts[] = {
		/* longer ones first */
		{ STR("HEADER.FIELDS.NOT"), IMAP_TEXT_FIELDS_NOT },
		{ STR("HEADER.FIELDS"), IMAP_TEXT_FIELDS },
		{ STR("HEADER"), IMAP_TEXT_HEADER },
		{ STR("TEXT"), IMAP_TEXT_TEXT },
		{ STR("MIME"), IMAP_TEXT_MIME },
	};
	struct str rest = { l->p, (size_t)(l->end - l->p) };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (str_has_prefixi(rest, texts[i].word) &&
		    (texts[i].text != IMAP_TEXT_MIME || has_path)) {
			l->p += texts[i].word.n;
			return texts[i].text;
		}
	return IMAP_TEXT_ALL;
}

/* "[" section "]". A dot behind the numbers must be followed by a text. */
static bool
section(struct lex *l, struct imap_section *s)
{
	bool need;

	if (!lex_char(l, '['))
		return false;
	if (chr_is_digit((char)lex_peek(l)) && !section_path(l, s))
		return false;
	need = s->npath > 0 && l->p[-1] == '.';
	if (s->npath == 0 || need) {
		if (s->att == IMAP_ATT_SECTION)
			s->text = section_text(l, s->npath > 0);
		if (need && s->text == IMAP_TEXT_ALL)
			return lex_fail(l, "unknown section");
	}
	if ((s->text == IMAP_TEXT_FIELDS || s->text == IMAP_TEXT_FIELDS_NOT) &&
	    !section_fields(l, s))
		return false;
	return lex_char(l, ']');
}

static bool
partial(struct lex *l, struct imap_section *s)
{
	if (!lex_try(l, '<'))
		return true;
	if (s->att == IMAP_ATT_BINARY_SIZE)
		return lex_fail(l, "BINARY.SIZE has no partial form");
	s->partial = true;
	if (!lex_u64(l, INT64_MAX, &s->off) || !lex_char(l, '.') || !lex_u64(l, INT64_MAX, &s->len))
		return false;
	if (s->len == 0)
		return lex_fail(l, "number must not be 0");
	return lex_char(l, '>');
}

/* What stands in front of the data in the response: the item without PEEK, in our spelling. */
static bool
label(struct lex *l, struct imap_section *s)
{
	static const char *const texts[] = { "",     "HEADER", "HEADER.FIELDS", "HEADER.FIELDS.NOT",
					     "TEXT", "MIME" };
	struct buf b;
	bool ok;

	buf_init(&b, LIM_IMAP_LABEL);
	buf_puts(&b, s->att == IMAP_ATT_SECTION	 ? "BODY["
		     : s->att == IMAP_ATT_BINARY ? "BINARY["
						 : "BINARY.SIZE[");
	for (unsigned i = 0; i < s->npath; i++) {
		if (i > 0)
			buf_putc(&b, '.');
		imap_put_u32(&b, s->path[i]);
	}
	if (s->npath > 0 && s->text != IMAP_TEXT_ALL)
		buf_putc(&b, '.');
	buf_puts(&b, texts[s->text]);
	for (unsigned i = 0; i < s->nfields; i++) {
		buf_puts(&b, i == 0 ? " (" : " ");
		imap_put_astring(&b, s->fields[i], false);
	}
	buf_puts(&b, s->nfields > 0 ? ")]" : "]");
	if (s->partial) {
		buf_putc(&b, '<');
		buf_putu64(&b, s->off);
		buf_putc(&b, '>');
	}
	ok = !b.over || lex_fail(l, "too many header fields");
	ok = ok && lex_dup(l, buf_str(&b), &s->label);
	buf_done(&b);
	return ok;
}

static struct imap_section *
add(struct lex *l, struct imap_fetch *f, enum imap_att att)
{
	struct imap_section *s, **e = &f->sections;
	unsigned n = 0;

	for (; *e != NULL; e = &(*e)->next)
		n++;
	if (n == LIM_IMAP_SECTIONS) {
		lex_fail(l, "too many sections");
		return NULL;
	}
	if ((s = lex_alloc(l, 1, sizeof(*s))) == NULL)
		return NULL;
	s->att = att;
	*e = s;
	return s;
}

static int
cmp_field(const void *a, const void *b)
{
	return str_cmpi(*(const struct str *)a, *(const struct str *)b);
}

static bool
add_section(struct lex *l, struct imap_fetch *f, enum imap_att att, bool peek)
{
	struct imap_section *s = add(l, f, att);

	if (s == NULL)
		return false;
	s->peek = peek;
	if (!section(l, s) || !partial(l, s) || !label(l, s))
		return false;
	/* The label has them as sent. Each is looked for once for each field of a header. */
	if (s->nfields > 1)
		qsort(s->fields, s->nfields, sizeof(*s->fields), cmp_field);
	return true;
}

/* The names of RFC 3501 that are sections under another label. */
static bool
add_old(struct lex *l, struct imap_fetch *f, enum imap_text text, bool peek, struct str name)
{
	struct imap_section *s = add(l, f, IMAP_ATT_SECTION);

	if (s == NULL)
		return false;
	s->text = text;
	s->peek = peek;
	s->label = name;
	return true;
}

static bool
att(struct lex *l, struct imap_fetch *f)
{
	static const struct {
		const char *name;
		uint32_t bit;
	} plain[] = {
		{ "UID", ATT(UID) },
		{ "FLAGS", ATT(FLAGS) },
		{ "INTERNALDATE", ATT(INTERNALDATE) },
		{ "RFC822.SIZE", ATT(SIZE) },
		{ "ENVELOPE", ATT(ENVELOPE) },
		{ "BODYSTRUCTURE", ATT(BODYSTRUCTURE) },
	};
	struct str w = lex_word(l);

	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		if (str_eqi(w, str_c(plain[i].name))) {
			f->atts |= plain[i].bit;
			return true;
		}
	if (str_eqi(w, STR("BODY"))) {
		if (lex_peek(l) == '[')
			return add_section(l, f, IMAP_ATT_SECTION, false);
		f->atts |= ATT(BODY);
		return true;
	}
	if (str_eqi(w, STR("BODY.PEEK")))
		return add_section(l, f, IMAP_ATT_SECTION, true);
	if (str_eqi(w, STR("BINARY")))
		return add_section(l, f, IMAP_ATT_BINARY, false);
	if (str_eqi(w, STR("BINARY.PEEK")))
		return add_section(l, f, IMAP_ATT_BINARY, true);
	if (str_eqi(w, STR("BINARY.SIZE")))
		return add_section(l, f, IMAP_ATT_BINARY_SIZE, true);
	if (str_eqi(w, STR("RFC822")))
		return add_old(l, f, IMAP_TEXT_ALL, false, STR("RFC822"));
	if (str_eqi(w, STR("RFC822.HEADER")))
		return add_old(l, f, IMAP_TEXT_HEADER, true, STR("RFC822.HEADER"));
	if (str_eqi(w, STR("RFC822.TEXT")))
		return add_old(l, f, IMAP_TEXT_TEXT, false, STR("RFC822.TEXT"));
	return lex_fail(l, "unknown FETCH item");
}

bool
parse_fetch_atts(struct lex *l, struct imap_fetch *f)
{
	*f = (struct imap_fetch){ .atts = 0 };
	if (lex_try(l, '(')) {
		do {
			if (!att(l, f))
				return false;
		} while (lex_try(l, ' '));
		return lex_char(l, ')');
	}
	if (lex_try_word(l, "FAST"))
		f->atts = ATT(FLAGS) | ATT(INTERNALDATE) | ATT(SIZE);
	else if (lex_try_word(l, "ALL"))
		f->atts = ATT(FLAGS) | ATT(INTERNALDATE) | ATT(SIZE) | ATT(ENVELOPE);
	else if (lex_try_word(l, "FULL"))
		f->atts = ATT(FLAGS) | ATT(INTERNALDATE) | ATT(SIZE) | ATT(ENVELOPE) | ATT(BODY);
	else
		return att(l, f);
	return true;
}
