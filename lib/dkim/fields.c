/* See fields.h. */
#include "dkim/fields.h"

#include "base/limits.h"
#include "base/mem.h"
#include "dkim/taglist.h"

/* As mox. */
#define NAME(lit)                                                                                  \
	{                                                                                          \
		lit, sizeof(lit) - 1                                                               \
	}
static const struct str usual[] = {
	NAME("From"),	  NAME("To"),	      NAME("Cc"),	    NAME("Bcc"),
	NAME("Reply-To"), NAME("References"), NAME("In-Reply-To"),  NAME("Subject"),
	NAME("Date"),	  NAME("Message-Id"), NAME("Content-Type"),
};

/* ---- collecting */

void
dk_header_init(struct dk_header *h)
{
	buf_init(&h->text, LIM_DKIM_HEADER);
	/* A message may begin with the empty line. */
	h->matched = 2;
	h->done = false;
}

void
dk_header_done(struct dk_header *h)
{
	buf_done(&h->text);
}

static const char end_of_header[] = "\r\n\r\n";
enum { END_LEN = sizeof(end_of_header) - 1 };

struct str
dk_header_put(struct dk_header *h, struct str s)
{
	size_t i;

	if (h->done)
		return s;
	for (i = 0; i < s.n && !h->done; i++) {
		/* CR CRLF: the second CR may begin what is looked for. */
		if (s.p[i] == end_of_header[h->matched])
			h->matched++;
		else
			h->matched = s.p[i] == '\r' ? 1 : 0;
		h->done = h->matched == END_LEN;
	}
	buf_putstr(&h->text, str_sub(s, 0, i));
	return str_from(s, i);
}

/* ---- fields */

/* Index behind the field that begins at `i`: lines that begin with white space belong to it. */
static size_t
field_end(struct str s, size_t i)
{
	for (;;) {
		ssize_t nl = str_find(str_from(s, i), STR("\r\n"));

		if (nl < 0)
			return s.n;
		i += (size_t)nl + 2;
		if (i >= s.n || (s.p[i] != ' ' && s.p[i] != '\t'))
			return i;
	}
}

static bool
is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] >= 0x7f)
			return false;
	return s.n > 0;
}

int
dk_fields_parse(struct dk_fields *f, struct str s, struct err *e)
{
	size_t room = 0;

	*f = (struct dk_fields){ 0 };
	for (size_t i = 0, end; i < s.n; i = end) {
		struct str raw, name, value;

		end = field_end(s, i);
		raw = str_sub(s, i, end);
		name = str_trim(str_cut(raw, ':', &value));
		if (value.p == NULL || !is_name(name))
			continue;
		if (f->n == LIM_DKIM_FIELDS) {
			dk_fields_free(f);
			return err_set(e, EC_LIMIT, "more than %d header fields", LIM_DKIM_FIELDS);
		}
		if (f->n == room) {
			room = room > 0 ? 2 * room : 32;
			f->v = mem_resize(f->v, room, sizeof(*f->v));
		}
		f->v[f->n++] = (struct dk_field){ name, raw };
	}
	return 0;
}

void
dk_fields_free(struct dk_fields *f)
{
	mem_free(f->v);
	*f = (struct dk_fields){ 0 };
}

size_t
dk_fields_count(const struct dk_fields *f, struct str name)
{
	size_t count = 0;

	for (size_t i = 0; i < f->n; i++)
		count += str_eqi(f->v[i].name, name);
	return count;
}

/* ---- choosing */

static bool
has_name(const struct str *names, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eqi(names[i], name))
			return true;
	return false;
}

static void
add(struct dk_chosen *c, struct str name, const struct dk_field *field)
{
	c->v[c->n++] = (struct dk_choice){ name, field };
}

static void
add_name(struct dk_chosen *c, const struct dk_fields *f, struct str name, bool oversign)
{
	for (size_t i = f->n; i-- > 0;)
		if (str_eqi(f->v[i].name, name))
			add(c, name, &f->v[i]);
	if (oversign)
		add(c, name, NULL);
}

int
dk_choose(struct dk_chosen *c, const struct dk_fields *f, const struct str *names, size_t n,
	  bool oversign, struct err *e)
{
	if (n == 0) {
		names = usual;
		n = ARRAY_LEN(usual);
	}
	*c = (struct dk_chosen){ 0 };
	if (n > LIM_DKIM_FIELDS)
		return err_set(e, EC_LIMIT, "more than %d names to sign", LIM_DKIM_FIELDS);
	/* Each field at most once, and each name once more. */
	c->v = mem_zalloc(f->n + n + 2, sizeof(*c->v));
	if (!has_name(names, n, STR("From")))
		add_name(c, f, STR("From"), oversign);
	for (size_t i = 0; i < n; i++)
		if (!has_name(names, i, names[i]))
			add_name(c, f, names[i], oversign);
	return 0;
}

static const struct dk_field *
last_unused(const struct dk_fields *f, bool *used, struct str name)
{
	for (size_t i = f->n; i-- > 0;)
		if (!used[i] && str_eqi(f->v[i].name, name)) {
			used[i] = true;
			return &f->v[i];
		}
	return NULL;
}

void
dk_choose_listed(struct dk_chosen *c, const struct dk_fields *f, struct str names)
{
	bool *used = mem_zalloc(f->n + 1, sizeof(*used));
	struct str name;

	*c = (struct dk_chosen){ .v = mem_zalloc(LIM_DKIM_NAMES, sizeof(*c->v)) };
	while (c->n < LIM_DKIM_NAMES && dk_values_next(&names, &name))
		add(c, name, last_unused(f, used, name));
	mem_free(used);
}

void
dk_chosen_free(struct dk_chosen *c)
{
	mem_free(c->v);
	*c = (struct dk_chosen){ 0 };
}
