/*
 * Transfer decoding (RFC 2045 6) and charsets, piece by piece: the result never depends on where
 * the input was cut. Malformed input gives what can be read of it, as 6.7 and 6.8 advise.
 */
#include "mime/mime_priv.h"

struct mime_decoder {
	enum mime_cte cte;
	struct mime_conv *conv; /* NULL: bytes */
	struct buf bytes;	/* decoded, on their way to conv */
	uint32_t bits;		/* base64: the quantum so far */
	unsigned nbits;		/* its characters */
	char esc[2];		/* quoted-printable: behind "=" */
	unsigned nesc;		/* of them, plus one for "=" */
	struct buf blanks;	/* blanks that may end the line */
};

struct mime_decoder *
mime_decoder_new(enum mime_cte cte, struct str charset)
{
	struct mime_decoder *d = MEM_NEW(struct mime_decoder);

	d->cte = cte;
	buf_init(&d->bytes, SIZE_MAX / 2);
	buf_init(&d->blanks, LIM_MIME_QP_BLANKS);
	if (charset.p != NULL && (d->conv = mime_conv_new(charset)) == NULL)
		d->conv = mime_conv_new_windows1252();
	return d;
}

void
mime_decoder_free(struct mime_decoder **dp)
{
	if (*dp == NULL)
		return;
	mime_conv_free(&(*dp)->conv);
	buf_done(&(*dp)->bytes);
	buf_done(&(*dp)->blanks);
	mem_free(*dp);
	*dp = NULL;
}

/* ---- base64 ---- */

#define B64_SKIP 64 /* no letter of the alphabet */
#define B64_PAD 65

/* Values of RFC 4648 4 and 5; the rest is B64_SKIP but for "=". */
static const unsigned char b64[256] = {
#define S8 64, 64, 64, 64, 64, 64, 64, 64
#define S32 S8, S8, S8, S8
	S32, S8, 64, 64, 64, 62, 64, 62, 64, 63, /* + - / */
	52,  53, 54, 55, 56, 57, 58, 59, 60, 61, 64, 64, 64, 65, 64,  64,  64,	0,
	1,   2,	 3,  4,	 5,  6,	 7,  8,	 9,  10, 11, 12, 13, 14, 15,  16,  17,	18,
	19,  20, 21, 22, 23, 24, 25, 64, 64, 64, 64, 63, /* _ */
	64,  26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39,  40,  41,	42,
	43,  44, 45, 46, 47, 48, 49, 50, 51, 64, 64, 64, 64, 64, S32, S32, S32, S32,
#undef S32
#undef S8
};

/* The quantum that ends early: 2 or 3 characters give 1 or 2 bytes; 1 gives none. */
static void
b64_flush(struct mime_decoder *d, struct buf *out)
{
	if (d->nbits >= 2)
		buf_putc(out, (char)(d->bits >> (6 * d->nbits - 8)));
	if (d->nbits == 3)
		buf_putc(out, (char)(d->bits >> 2));
	d->bits = 0;
	d->nbits = 0;
}

static void
b64_put(struct mime_decoder *d, const unsigned char *s, size_t n, struct buf *out)
{
	char *to = buf_reserve(out, n / 4 * 3 + 6);
	size_t i = 0, k = 0;

	if (to == NULL)
		return;
	while (i < n) {
		unsigned v;

		while (d->nbits == 0 && i + 4 <= n) {
			unsigned a = b64[s[i]], b = b64[s[i + 1]], c = b64[s[i + 2]],
				 e = b64[s[i + 3]];

			if ((a | b | c | e) >= B64_SKIP)
				break;
			to[k] = (char)(a << 2 | b >> 4);
			to[k + 1] = (char)(b << 4 | c >> 2);
			to[k + 2] = (char)(c << 6 | e);
			k += 3;
			i += 4;
		}
		if (i == n)
			break;
		v = b64[s[i++]];
		if (v < B64_SKIP) {
			d->bits = d->bits << 6 | v;
			if (++d->nbits < 4)
				continue;
			to[k++] = (char)(d->bits >> 16);
			to[k++] = (char)(d->bits >> 8);
			to[k++] = (char)d->bits;
			d->bits = 0;
			d->nbits = 0;
		} else if (v == B64_PAD &&
			   d->nbits > 0) { /* more may follow: joined texts are seen */
			if (d->nbits >= 2)
				to[k++] = (char)(d->bits >> (6 * d->nbits - 8));
			if (d->nbits == 3)
				to[k++] = (char)(d->bits >> 2);
			d->bits = 0;
			d->nbits = 0;
		}
	}
	buf_commit(out, k);
}

/* ---- quoted-printable ---- */

static int
hex_value(char c)
{
	if (chr_is_digit(c))
		return c - '0';
	c = chr_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void
qp_blanks_flush(struct mime_decoder *d, struct buf *out)
{
	buf_putstr(out, buf_str(&d->blanks));
	buf_reset(&d->blanks);
}

/* What stands behind "=" and is no escape is text. */
static void
qp_escape_flush(struct mime_decoder *d, struct buf *out)
{
	if (d->nesc == 0)
		return;
	buf_putc(out, '=');
	buf_put(out, d->esc, d->nesc - 1);
	d->nesc = 0;
}

/* One byte behind "=": a hex digit, a soft line break (blanks before it are padding), or a fault.
 * False when the byte is still to be read as text. */
static bool
qp_escape_put(struct mime_decoder *d, char c, struct buf *out)
{
	bool has_digit = d->nesc == 2 && hex_value(d->esc[0]) >= 0;

	if (c == '\n' && !has_digit) {
		d->nesc = 0;
		buf_reset(&d->blanks);
		return true;
	}
	if (!has_digit && (c == ' ' || c == '\t' || c == '\r')) {
		buf_putc(&d->blanks, c); /* "=" and blanks: kept in case no line end follows */
		if (!d->blanks.over)
			return true;
	} else if (d->blanks.n == 0 && hex_value(c) >= 0) {
		if (has_digit) {
			buf_putc(out, (char)(hex_value(d->esc[0]) << 4 | hex_value(c)));
			d->nesc = 0;
		} else {
			d->esc[0] = c;
			d->nesc = 2;
		}
		return true;
	}
	qp_escape_flush(d, out);
	qp_blanks_flush(d, out);
	return false;
}

static void
qp_put(struct mime_decoder *d, const char *s, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		size_t from = i;
		char c;

		if (d->nesc > 0 && qp_escape_put(d, s[i], out))
			continue;
		/* Plain bytes in one go. */
		if (d->blanks.n == 0) {
			while (i < n && s[i] != '=' && s[i] != ' ' && s[i] != '\t' && s[i] != '\r')
				i++;
			if (i > from) {
				buf_put(out, s + from, i - from);
				if (i == n)
					break;
			}
		}
		c = s[i];
		if (c == ' ' || c == '\t' || c == '\r') {
			buf_putc(&d->blanks, c);
			if (d->blanks.over) {
				qp_blanks_flush(d, out);
				buf_putc(out, c);
			}
			continue;
		}
		if (c == '\n') { /* blanks at the end of a line were added on the way (RFC 2045 6.7
				    rule 3) */
			bool has_cr =
				d->blanks.n > 0 && buf_str(&d->blanks).p[d->blanks.n - 1] == '\r';

			buf_reset(&d->blanks);
			buf_puts(out, has_cr ? "\r\n" : "\n");
			continue;
		}
		qp_blanks_flush(d, out);
		if (c == '=')
			d->nesc = 1;
		else
			buf_putc(out, c);
	}
}

/* ---- both stages ---- */

static void
transfer_put(struct mime_decoder *d, struct str s, struct buf *out)
{
	if (d->cte == MIME_CTE_BASE64)
		b64_put(d, (const unsigned char *)s.p, s.n, out);
	else if (d->cte == MIME_CTE_QP)
		qp_put(d, s.p, s.n, out);
	else
		buf_putstr(out, s);
}

static void
transfer_end(struct mime_decoder *d, struct buf *out)
{
	if (d->cte == MIME_CTE_BASE64) {
		b64_flush(d, out);
	} else if (d->cte == MIME_CTE_QP) {
		if (d->nesc == 1)
			d->nesc = 0; /* "=" at the end of the text */
		else
			qp_escape_flush(d, out);
		buf_reset(&d->blanks);
	}
}

/* Input is taken in pieces of this size, so that `bytes` stays small. */
#define DECODE_PIECE 16384

void
mime_decoder_put(struct mime_decoder *d, struct str s, struct buf *out)
{
	if (s.n == 0)
		return;
	if (d->conv == NULL) {
		transfer_put(d, s, out);
		return;
	}
	if (d->cte != MIME_CTE_BASE64 && d->cte != MIME_CTE_QP) {
		mime_conv_put(d->conv, s, out);
		return;
	}
	while (s.n > 0 && !out->over) {
		transfer_put(d, str_sub(s, 0, DECODE_PIECE), &d->bytes);
		mime_conv_put(d->conv, buf_str(&d->bytes), out);
		buf_reset(&d->bytes);
		s = str_from(s, DECODE_PIECE);
	}
}

void
mime_decoder_end(struct mime_decoder *d, struct buf *out)
{
	if (d->conv == NULL) {
		transfer_end(d, out);
		return;
	}
	transfer_end(d, &d->bytes);
	mime_conv_put(d->conv, buf_str(&d->bytes), out);
	buf_reset(&d->bytes);
	mime_conv_end(d->conv, out);
}
