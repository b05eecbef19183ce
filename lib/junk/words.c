/*
 * Text as words: letters and digits, folded; where a script has no spaces, pairs of characters.
 * Links and addresses inside are read for their hosts. Words that are digits or look made up are
 * left out, since they don't come again.
 */
#include <unictype.h>

#include "junk/junk_int.h"

enum { WORD_MIN = 3, WORD_MAX = 40, WORD_BYTES = 160, FOLDED_MAX = 256, RANDOM_RUN = 6 };

void
junk_words_init(struct junk_words *w, struct junk_set *set, const struct junk_params *p)
{
	memset(w, 0, sizeof(*w));
	w->set = set;
	w->grams =
		(unsigned)p->onegrams | (unsigned)p->twograms << 1 | (unsigned)p->threegrams << 2;
	buf_init(&w->folded, FOLDED_MAX);
	for (int i = 0; i < 2; i++)
		buf_init(&w->before_text[i], LIM_JUNK_URL);
}

void
junk_words_done(struct junk_words *w)
{
	buf_done(&w->folded);
	for (int i = 0; i < 2; i++)
		buf_done(&w->before_text[i]);
}

void
junk_words_reset(struct junk_words *w)
{
	junk_words_break(w, true);
	w->space = JUNK_TEXT;
	w->nwords = w->nshouted = w->ngaps = 0;
}

/* ---- which words count */

/* Six consonants or digits on end: "2fvu9stm9yxhnlu". */
static bool
is_random(struct str s)
{
	unsigned run = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if ((unsigned char)c >= 0x80)
			return false;
		run = c >= '0' && memchr("aeiou01", c, 7) == NULL ? run + 1 : 0;
		if (run >= RANDOM_RUN)
			return true;
	}
	return false;
}

/* Four digits on end, or hexadecimal with three. */
static bool
is_number(struct str s)
{
	unsigned run = 0, most = 0;
	bool other = false;

	for (size_t i = 0; i < s.n; i++) {
		run = chr_is_digit(s.p[i]) ? run + 1 : 0;
		most = MAX(most, run);
		other |= run == 0 && (s.p[i] < 'a' || s.p[i] > 'f');
	}
	return most >= 4 || (!other && most >= 3);
}

/* ---- n-grams */

static void
gram_add(struct junk_words *w, uint64_t h, struct str word, unsigned n)
{
	uint64_t parts[3] = { h, w->before[0], n == 3 ? w->before[1] : 0 };
	struct buf text;

	buf_init(&text, 4 * LIM_JUNK_URL);
	if (w->set->with_words) {
		for (unsigned i = n - 1; i-- > 0;) {
			buf_putstr(&text, buf_str(&w->before_text[i]));
			buf_putc(&text, ' ');
		}
		buf_putstr(&text, word);
	}
	junk_set_put(w->set, junk_set_hash(w->set, w->space, str_mem(parts, n * sizeof(parts[0]))),
		     w->space, buf_str(&text));
	buf_done(&text);
}

static void
word_add(struct junk_words *w, struct str word)
{
	uint64_t h = junk_set_hash(w->set, w->space, word);

	/* Only words of the text are so many that their neighbours matter. */
	if ((w->grams & 1) != 0 || w->space != JUNK_TEXT)
		junk_set_put(w->set, h, w->space, word);
	if ((w->grams & 2) != 0 && w->before[0] != 0)
		gram_add(w, h, word, 2);
	if ((w->grams & 4) != 0 && w->before[1] != 0)
		gram_add(w, h, word, 3);
	w->before[1] = w->before[0];
	w->before[0] = h;
	if (w->set->with_words) {
		struct buf t = w->before_text[1];

		w->before_text[1] = w->before_text[0];
		w->before_text[0] = t;
		buf_reset(&w->before_text[0]);
		buf_putstr(&w->before_text[0], word);
	}
}

/* ---- the end of a word */

static void
money_add(struct junk_words *w, unsigned ndigits)
{
	char shape = (char)('0' + MIN(ndigits, 9u));

	junk_set_add(w->set, JUNK_MONEY, str_mem(&shape, 1));
}

static void
long_add(struct junk_words *w)
{
	char shape[3] = { w->text[0], ' ', (char)('0' + MIN(w->nchars / 20, 9u)) };

	junk_set_add(w->set, JUNK_LONG, str_mem(shape, sizeof(shape)));
}

static void
plain_end(struct junk_words *w, uint32_t next)
{
	struct str word = str_mem(w->text, MIN(w->n, (size_t)WORD_BYTES));

	while (word.n > 0 && word.p[word.n - 1] == '\'')
		word.n--;
	w->nwords++;
	w->ngaps += w->has_gap;
	if (w->is_money && w->ndigits > 0) {
		money_add(w, w->ndigits);
		return;
	}
	if (w->is_long) {
		long_add(w);
		return;
	}
	if (w->nchars < WORD_MIN || w->ndigits == w->nchars || is_number(word) || is_random(word))
		return;
	w->nshouted += w->nupper == w->nchars && w->nchars > WORD_MIN;
	word_add(w, word);
	if (next == '!') {
		w->text[word.n] = '!';
		junk_set_add(w->set, w->space, str_mem(w->text, word.n + 1));
	}
}

static void
word_end(struct junk_words *w, uint32_t next)
{
	if (w->n > 0 && w->mode == WORDS_URL) {
		junk_url_add(w->set, JUNK_URL, str_mem(w->text, w->n));
	} else if (w->n > 0 && w->mode == WORDS_MAIL) {
		if (memchr(w->text, '.', w->n) != NULL)
			junk_host_add(w->set, JUNK_MAIL, str_mem(w->text, w->n));
	} else if (w->nchars > 0) {
		plain_end(w, next);
	}
	w->mode = WORDS_PLAIN;
	w->n = 0;
	w->nchars = w->nupper = w->ndigits = 0;
	w->is_long = w->has_gap = false;
	w->is_money = next == '$';
}

void
junk_words_break(struct junk_words *w, bool apart)
{
	word_end(w, 0);
	w->ideograph = 0;
	w->is_money = false;
	if (apart)
		w->before[0] = w->before[1] = 0;
}

/* ---- characters */

static void
text_put(struct junk_words *w, const char *p, size_t n)
{
	if (w->n + n < sizeof(w->text)) {
		memcpy(w->text + w->n, p, n);
		w->n += n;
	}
	if (w->n > WORD_BYTES || w->nchars > WORD_MAX)
		w->is_long = true;
}

/* "http:", "https:", "www." */
static bool
begins_url(const struct junk_words *w, unsigned char c)
{
	return (c == ':' && (w->n == 4 || w->n == 5) && memcmp(w->text, "http", 4) == 0) ||
	       (c == '.' && w->n == 3 && memcmp(w->text, "www", 3) == 0);
}

static void
ascii_put(struct junk_words *w, unsigned char c)
{
	char low = chr_lower((char)c);

	if (w->mode == WORDS_URL) {
		if (c > ' ' && memchr("<>\"')]}", c, 7) == NULL)
			text_put(w, (char *)&c, 1);
		else
			junk_words_break(w, false);
		return;
	}
	if (chr_is_alnum(low)) {
		w->nchars++;
		w->nupper += low != (char)c;
		w->ndigits += chr_is_digit(low);
		text_put(w, &low, 1);
	} else if ((w->mode == WORDS_MAIL && (c == '.' || c == '-')) ||
		   (c == '\'' && w->nchars > 0)) {
		text_put(w, &low, 1);
	} else if (c == '@' && w->nchars > 0) {
		word_end(w, c);
		w->mode = WORDS_MAIL;
	} else if (begins_url(w, c)) {
		text_put(w, &low, 1);
		w->mode = WORDS_URL;
	} else if (w->is_money && w->ndigits > 0 && (c == ',' || c == '.')) {
		return; /* $1,000 */
	} else if (w->nchars > 0 || w->is_money || c == '$') {
		word_end(w, c);
	}
	w->ideograph = 0;
}

/* Han, kana, and the scripts of South East Asia that put no spaces between words. */
static bool
is_unspaced(uint32_t c)
{
	return (c >= 0x3041 && c <= 0x30ff) || (c >= 0x3400 && c <= 0x9fff) ||
	       (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3ffff) ||
	       (c >= 0xe00 && c <= 0xeff) || (c >= 0x1000 && c <= 0x109f) ||
	       (c >= 0x1780 && c <= 0x17ff);
}

/* Accents, vowel points and voicing marks, which folding leaves behind the letters. */
static bool
is_accent(uint32_t c)
{
	return (c >= 0x300 && c <= 0x36f) || (c >= 0x591 && c <= 0x5c7) ||
	       (c >= 0x64b && c <= 0x65f) || c == 0x3099 || c == 0x309a;
}

/* Joiners, fillers and marks without width. */
static bool
is_invisible(uint32_t c)
{
	return (c >= 0x200b && c <= 0x200f) || (c >= 0x2060 && c <= 0x2064) || c == 0xfeff ||
	       c == 0xad || c == 0x34f || c == 0x180e || (c >= 0xfe00 && c <= 0xfe0f) ||
	       (c >= 0xe0000 && c <= 0xe007f);
}

static void
pair_add(struct junk_words *w, uint32_t c)
{
	uint32_t pair[2] = { w->ideograph, c };
	struct buf text;

	w->nwords++;
	w->ideograph = c;
	if (pair[0] == 0)
		return;
	buf_init(&text, FOLDED_MAX);
	for (int i = 0; i < 2; i++)
		mime_put_codepoint(&text, pair[i]);
	junk_set_add(w->set, w->space, buf_str(&text));
	buf_done(&text);
}

static void
folded_put(struct junk_words *w, uint32_t c, struct str utf8)
{
	if (c < 0x80) {
		ascii_put(w, (unsigned char)c);
	} else if (is_accent(c)) {
		return;
	} else if (is_unspaced(c)) {
		if (w->nchars > 0 || w->mode != WORDS_PLAIN)
			word_end(w, c);
		pair_add(w, c);
	} else if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_M |
							       UC_CATEGORY_MASK_N)) {
		w->nchars++;
		text_put(w, utf8.p, utf8.n);
		w->ideograph = 0;
	} else {
		junk_words_break(w, false);
	}
}

void
junk_words_putc(struct junk_words *w, uint32_t c)
{
	struct buf *f = &w->folded;
	struct str s;
	char raw[8];

	if (c < 0x80) {
		ascii_put(w, (unsigned char)c);
		return;
	}
	if (is_invisible(c)) {
		w->has_gap |= w->nchars > 0;
		return;
	}
	if (c == 0xa0 ||
	    (c >= 0x2000 && c <= 0x206f)) { /* blanks and punctuation, the most common */
		junk_words_break(w, false);
		return;
	}
	buf_reset(f);
	mime_put_codepoint(f, c);
	s = buf_str(f);
	memcpy(raw, s.p, s.n);
	s.p = raw;
	buf_reset(f);
	mime_casemap(s, f);
	for (s = buf_str(f); s.n > 0;) {
		size_t n = mime_codepoint_get(s, &c);

		folded_put(w, c, str_sub(s, 0, n));
		s = str_from(s, n);
	}
}

void
junk_words_put(struct junk_words *w, struct str s)
{
	while (s.n > 0) {
		uint32_t c = (unsigned char)s.p[0];
		size_t n = 1;

		if (c < 0x80)
			ascii_put(w, (unsigned char)c);
		else {
			n = mime_codepoint_get(s, &c);
			junk_words_putc(w, c);
		}
		s = str_from(s, n);
	}
}

void
junk_words_add(struct junk_words *w, enum junk_space space, struct str utf8)
{
	enum junk_space before = w->space;

	junk_words_break(w, true);
	w->space = space;
	junk_words_put(w, utf8);
	junk_words_break(w, true);
	w->space = before;
}
