/*
 * Encoded words (RFC 2047, language tags of RFC 2231 5) in header text. Read as they are written in
 * practice: inside words and quotes too, with blanks inside, and with characters split over
 * neighbouring words.
 */
#include "mime/mime_priv.h"

#define CHARSET_MAX 75 /* RFC 2047 2: length of a whole encoded word */

struct word {
	struct str charset, text;
	bool is_base64;
	size_t n; /* of the whole word */
};

/* The encoded word at the start of `s`, which begins with "=?". */
static bool
word_parse(struct str s, struct word *w)
{
	size_t i = 2, text;
	struct str lang;
	const char *q;

	while (i < s.n && i < 2 + CHARSET_MAX && (unsigned char)s.p[i] > ' ' && s.p[i] != '?')
		i++;
	if (i == 2 || i + 3 > s.n || s.p[i] != '?' || s.p[i + 2] != '?')
		return false;
	w->charset = str_cut(str_sub(s, 2, i), '*', &lang);
	if (s.p[i + 1] != 'q' && s.p[i + 1] != 'Q' && s.p[i + 1] != 'b' && s.p[i + 1] != 'B')
		return false;
	w->is_base64 = chr_lower(s.p[i + 1]) == 'b';
	text = i + 3;
	if ((q = memchr(s.p + text, '?', s.n - text)) == NULL)
		return false;
	i = (size_t)(q - s.p);
	if (i + 1 >= s.n || s.p[i + 1] != '=')
		return false;
	w->text = str_sub(s, text, i);
	w->n = i + 2;
	return true;
}

static int
hex_value(char c)
{
	if (chr_is_digit(c))
		return c - '0';
	c = chr_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void
put_q(struct str s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		int h = i + 2 < s.n ? hex_value(s.p[i + 1]) : -1;
		int l = i + 2 < s.n ? hex_value(s.p[i + 2]) : -1;

		if (s.p[i] == '=' && h >= 0 && l >= 0) {
			buf_putc(out, (char)(h << 4 | l));
			i += 2;
		} else if (s.p[i] == '_') {
			buf_putc(out, ' ');
		} else if (s.p[i] != '\r' && s.p[i] != '\n') {
			buf_putc(out, s.p[i]);
		}
	}
}

static void
put_word_bytes(const struct word *w, struct buf *out)
{
	struct mime_decoder *d;

	if (!w->is_base64) {
		put_q(w->text, out);
		return;
	}
	d = mime_decoder_new(MIME_CTE_BASE64, STR_NONE);
	mime_decoder_put(d, w->text, out);
	mime_decoder_end(d, out);
	mime_decoder_free(&d);
}

/* Control characters become blanks, so that a decoded value is one line. */
static void
blank_controls(struct buf *b, size_t from)
{
	char *p = b->n > 0 ? b->p + b->off : NULL;

	for (size_t i = from; i < b->n; i++)
		if ((unsigned char)p[i] < ' ' && p[i] != '\t')
			p[i] = ' ';
}

/* The word `w` at the start of `s`, with as many neighbours as share its charset, so that a
 * character may be split between them. The bytes consumed. */
static size_t
words_put(struct str s, const struct word *w, struct buf *out)
{
	struct mime_conv *conv = mime_conv_new(w->charset);
	struct word next;
	struct buf bytes;
	size_t used, gap;

	buf_init(&bytes, LIM_MIME_HEADER);
	put_word_bytes(w, &bytes);
	for (used = w->n;; used += gap + next.n) {
		gap = used;
		while (gap < s.n && (s.p[gap] == ' ' || s.p[gap] == '\t' || s.p[gap] == '\r' ||
				     s.p[gap] == '\n'))
			gap++;
		gap -= used;
		if (!str_has_prefix(str_from(s, used + gap), STR("=?")) ||
		    !word_parse(str_from(s, used + gap), &next) ||
		    !str_eqi(next.charset, w->charset))
			break;
		put_word_bytes(&next, &bytes);
	}
	mime_conv_put(conv, buf_str(&bytes), out);
	mime_conv_end(conv, out);
	mime_conv_free(&conv);
	buf_done(&bytes);
	return used;
}

/* Unencoded text: unfolded, 8-bit bytes as UTF-8 or windows-1252. */
static void
text_put(struct str s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		size_t from = i;

		while (i < s.n && s.p[i] != '\r' && s.p[i] != '\n')
			i++;
		mime_put_guessed(str_sub(s, from, i), out);
		if (i < s.n && s.p[i] == '\r' && i + 1 < s.n && s.p[i + 1] == '\n')
			i++;
		if (i < s.n && (i + 1 >= s.n || (s.p[i + 1] != ' ' && s.p[i + 1] != '\t')))
			buf_putc(out, ' ');
	}
}

void
mime_put_decoded(struct str s, struct buf *out)
{
	size_t start = out->n, i = 0, text = 0; /* text: from here to i nothing is put yet */
	bool after_word = false;
	struct word w;
	ssize_t at;

	s = str_trim_ws(s);
	while ((at = str_find(str_from(s, i), STR("=?"))) >= 0) {
		i += (size_t)at;
		if (!word_parse(str_from(s, i), &w) || !mime_charset_is_known(w.charset)) {
			i += 2;
			continue;
		}
		/* Blanks between two encoded words are no text (RFC 2047 6.2). */
		if (!after_word || str_trim_ws(str_sub(s, text, i)).n > 0)
			text_put(str_sub(s, text, i), out);
		i += words_put(str_from(s, i), &w, out);
		text = i;
		after_word = true;
	}
	text_put(str_from(s, text), out);
	blank_controls(out, start);
}
