/*
 * What SEARCH asks of a header most, kept in the index: the fields of its own keys, decoded and
 * folded as mime_casemap does, and the day of Date. Flags, the day when there is one, then for
 * each field its number and its value; a header with too much of it has an empty block, and is read
 * itself.
 */
#include "base/wire.h"
#include "mime/mime_priv.h"

enum { KEPT_MAX = 4096, DAY = 86400 };

static const struct str kept[] = {
	{ "From", 4 }, { "To", 2 },	 { "Cc", 2 },
	{ "Bcc", 3 },  { "Subject", 7 }, { "Message-ID", 10 },
};

bool
mime_field_is_kept(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		if (str_eqi(kept[i], name))
			return true;
	return false;
}

static void
put_day(struct mime_search *s, struct str value)
{
	int64_t t;
	int tz = 0;

	if (!s->has_day && mime_date_parse(value, &t, &tz) == 0) {
		s->has_day = true;
		s->day = mime_day_of(t + (int64_t)tz * 60);
	}
}

int64_t
mime_day_of(int64_t t)
{
	return t >= 0 ? t / DAY : -((DAY - 1 - t) / DAY);
}

void
mime_search_init(struct mime_search *s)
{
	buf_init(&s->fields, KEPT_MAX);
}

void
mime_search_put(struct mime_search *s, const struct mime_field *f)
{
	struct buf text, folded;

	if (str_eqi(f->name, STR("Date")))
		put_day(s, f->value);
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		if (!str_eqi(kept[i], f->name))
			continue;
		if (f->value.n > KEPT_MAX) {
			s->fields.over = true;
			return;
		}
		buf_init(&text, 4 * KEPT_MAX);
		buf_init(&folded, KEPT_MAX);
		mime_put_decoded(f->value, &text);
		mime_casemap(buf_str(&text), &folded);
		wr_uint(&s->fields, 1, i);
		wr_str(&s->fields, buf_str(&folded));
		s->fields.over |= text.over || folded.over;
		buf_done(&text);
		buf_done(&folded);
		return;
	}
}

void
mime_search_block(const struct mime_search *s, struct buf *out)
{
	if (s->fields.over)
		return;
	wr_uint(out, 1, s->has_day);
	wr_uint(out, 4, (uint32_t)(int32_t)s->day);
	buf_putstr(out, buf_str(&s->fields));
}

void
mime_search_get(struct str block, struct mime_index *ix)
{
	struct rd r = rd_init(block);

	ix->has_day = rd_uint(&r, 1) == 1;
	ix->day = (int32_t)(uint32_t)rd_uint(&r, 4);
	ix->has_fields = !r.bad;
	ix->fields = r.bad ? STR("") : str_from(block, 5);
}

bool
mime_kept_next(struct str *fields, struct str *name, struct str *folded)
{
	struct rd r = rd_init(*fields);
	uint64_t i = rd_uint(&r, 1);

	*folded = rd_str(&r, KEPT_MAX);
	if (r.bad || i >= ARRAY_LEN(kept))
		return false;
	*name = kept[i];
	*fields = str_from(*fields, 5 + folded->n);
	return true;
}
