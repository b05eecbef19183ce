/*
 * A message as tokens, while a parser reads it: header fields, text parts decoded as they pass,
 * names and types of the others.
 *
 * SECURITY: LIM_JUNK_TEXT bytes of a message are decoded, LIM_JUNK_TOKENS tokens kept; what is
 * beyond is not looked at, which is noted as a token.
 */
#include <stdlib.h>

#include "base/wire.h"
#include "junk/junk_int.h"

enum { PIECE = 16384, DECODED_MAX = 4 * LIM_JUNK_TEXT, FEED = 65536 };

struct junk_tok {
	struct junk_set set;
	struct junk_words words;
	struct junk_html html;
	struct junk_fields fields;
	struct mime_decoder *dec; /* of the part being read */
	bool is_html, has_html, has_plain, is_over;
	size_t left;	    /* bytes of text that may still be looked at */
	struct buf text;    /* decoded, not yet looked at */
	struct buf decoded; /* of a header field */
	uint64_t *hashes;
	size_t nhashes;
};

struct junk_tok *
junk_tok_new(const struct junk_params *p, const struct junk_key *key, bool with_words)
{
	struct junk_tok *t = MEM_NEW(struct junk_tok);

	junk_set_init(&t->set, key, with_words);
	junk_words_init(&t->words, &t->set, p);
	buf_init(&t->text, DECODED_MAX);
	buf_init(&t->decoded, LIM_MIME_HEADER);
	t->left = LIM_JUNK_TEXT;
	return t;
}

void
junk_tok_free(struct junk_tok **tp)
{
	struct junk_tok *t = *tp;

	if (t == NULL)
		return;
	mime_decoder_free(&t->dec);
	junk_words_done(&t->words);
	junk_set_done(&t->set);
	buf_done(&t->text);
	buf_done(&t->decoded);
	mem_free(t->hashes);
	mem_free(t);
	*tp = NULL;
}

void
junk_tok_reset(struct junk_tok *t)
{
	mime_decoder_free(&t->dec);
	junk_words_reset(&t->words); /* may end a word */
	junk_set_reset(&t->set);
	buf_reset(&t->text);
	t->is_html = t->has_html = t->has_plain = t->is_over = false;
	t->left = LIM_JUNK_TEXT;
	t->nhashes = 0;
}

/* ---- parts */

static void
type_add(struct junk_tok *t, const struct mime_part *p)
{
	struct buf b;

	buf_init(&b, LIM_JUNK_URL);
	buf_putstr(&b, str_sub(p->type, 0, 40));
	buf_putc(&b, '/');
	buf_putstr(&b, str_sub(p->subtype, 0, 80));
	junk_set_add(&t->set, JUNK_TYPE, buf_str(&b));
	if (p->charset.n > 0) {
		buf_reset(&b);
		for (size_t i = 0; i < MIN(p->charset.n, (size_t)40); i++)
			buf_putc(&b, chr_lower(p->charset.p[i]));
		junk_set_add(&t->set, JUNK_TYPE, buf_str(&b));
	}
	buf_done(&b);
}

static void
file_add(struct junk_tok *t, struct str name)
{
	ssize_t dot = str_rchr(name, '.');
	char low[16];
	size_t n = 0;

	if (name.n == 0)
		return;
	name = str_from(name, name.n > LIM_JUNK_URL ? name.n - LIM_JUNK_URL : 0);
	junk_words_add(&t->words, JUNK_FILE, name);
	for (size_t i = dot >= 0 ? (size_t)dot : name.n; i < name.n && n < sizeof(low); i++)
		low[n++] = chr_lower(name.p[i]);
	if (n > 1)
		junk_set_add(&t->set, JUNK_FILE, str_mem(low, n));
}

static bool
on_header(void *arg, const struct mime_part *p, struct str block)
{
	struct junk_tok *t = arg;
	bool is_text = str_eq(p->type, STR("text"));

	t->fields = (struct junk_fields){ &t->set, &t->words, &t->decoded, STR_NONE, 0 };
	if (p->parent == NULL || p->parent->is_message)
		junk_fields_add(&t->fields, block, p->parent == NULL);
	type_add(t, p);
	file_add(t, p->filename);
	if (!is_text)
		return false;
	t->is_html = str_eq(p->subtype, STR("html"));
	t->has_html |= t->is_html;
	t->has_plain |= str_eq(p->subtype, STR("plain"));
	t->dec = mime_decoder_new(p->cte, p->charset);
	t->words.space = JUNK_TEXT;
	junk_words_break(&t->words, true);
	if (t->is_html)
		junk_html_init(&t->html, &t->words);
	return true;
}

static void
text_flush(struct junk_tok *t)
{
	struct str s = buf_str(&t->text);

	if (t->is_html)
		junk_html_put(&t->html, s);
	else
		junk_words_put(&t->words, s);
	buf_reset(&t->text);
}

static void
on_body(void *arg, struct str bytes)
{
	struct junk_tok *t = arg;
	size_t n = MIN(bytes.n, t->left);

	t->is_over |= n < bytes.n;
	t->left -= n;
	mime_decoder_put(t->dec, str_sub(bytes, 0, n), &t->text);
	if (t->text.n >= PIECE)
		text_flush(t);
}

static void
on_end(void *arg)
{
	struct junk_tok *t = arg;

	mime_decoder_end(t->dec, &t->text);
	mime_decoder_free(&t->dec);
	text_flush(t);
	if (t->is_html)
		junk_html_end(&t->html);
	else
		junk_words_break(&t->words, true);
}

struct mime_tap
junk_tok_tap(struct junk_tok *t)
{
	return (struct mime_tap){ on_header, on_body, on_end, t };
}

/* ---- the result */

static int
hash_cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

void
junk_tok_end(struct junk_tok *t)
{
	const struct junk_words *w = &t->words;

	if (t->has_html && !t->has_plain)
		junk_set_add(&t->set, JUNK_NOTE, STR("html only"));
	if (!t->has_html && !t->has_plain)
		junk_set_add(&t->set, JUNK_NOTE, STR("no text"));
	if (t->is_over)
		junk_set_add(&t->set, JUNK_NOTE, STR("long"));
	if (w->ngaps > 0)
		junk_set_add(&t->set, JUNK_NOTE, STR("invisible characters"));
	if (w->nshouted > 4 && w->nshouted > w->nwords / 16)
		junk_set_add(&t->set, JUNK_NOTE,
			     w->nshouted > w->nwords / 4 ? STR("shouting") : STR("capitals"));
	t->hashes = mem_resize(t->hashes, t->set.n, sizeof(*t->hashes));
	t->nhashes = 0;
	for (size_t i = 0; i < t->set.cap; i++)
		if (t->set.slots[i] != 0)
			t->hashes[t->nhashes++] = t->set.slots[i];
	qsort(t->hashes, t->nhashes, sizeof(*t->hashes), hash_cmp);
}

void
junk_tok_message(struct junk_tok *t, struct str message)
{
	struct mime_parser *p = mime_parser_new();
	struct mime_tap tap = junk_tok_tap(t);

	junk_tok_reset(t);
	mime_parser_tap(p, &tap);
	for (; message.n > 0; message = str_from(message, FEED))
		mime_parser_feed(p, message.p, MIN(message.n, (size_t)FEED));
	mime_parser_end(p);
	junk_tok_end(t);
	mime_parser_free(&p);
}

const uint64_t *
junk_tok_hashes(const struct junk_tok *t, size_t *n)
{
	*n = t->nhashes;
	return t->hashes;
}

struct str
junk_tok_word(const struct junk_tok *t, uint64_t hash)
{
	return junk_set_word(&t->set, hash);
}

/* ---- stored with a message */

void
junk_hashes_put(const uint64_t *hashes, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++)
		wr_uint(out, 8, hashes[i]);
}

int
junk_hashes_get(struct str bytes, uint64_t *hashes, size_t max, size_t *n)
{
	struct rd r = rd_init(bytes);

	if (bytes.n % 8 != 0 || bytes.n / 8 > max)
		return -1;
	*n = bytes.n / 8;
	for (size_t i = 0; i < *n; i++)
		hashes[i] = rd_uint(&r, 8);
	return 0;
}
