/* Base64 and hex. The decoders take one canonical form only, so that decode and encode are inverse.
 */
#include <stdint.h>

#include "base/encode.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char alphabet_url[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void
put64(struct buf *b, struct str s, const char *abc, bool pad)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t n = s.n;
	char q[4];

	for (; n >= 3; p += 3, n -= 3) {
		q[0] = abc[p[0] >> 2];
		q[1] = abc[(p[0] & 3) << 4 | p[1] >> 4];
		q[2] = abc[(p[1] & 15) << 2 | p[2] >> 6];
		q[3] = abc[p[2] & 63];
		buf_put(b, q, 4);
	}
	if (n == 0)
		return;
	q[0] = abc[p[0] >> 2];
	q[1] = abc[(p[0] & 3) << 4 | (n > 1 ? p[1] >> 4 : 0)];
	q[2] = n > 1 ? abc[(p[1] & 15) << 2] : '=';
	q[3] = '=';
	buf_put(b, q, pad ? 4 : n + 1);
}

void
enc_put_base64(struct buf *b, struct str s)
{
	put64(b, s, alphabet, true);
}

void
enc_put_base64url(struct buf *b, struct str s)
{
	put64(b, s, alphabet_url, false);
}

static int
value64(char c, char c62, char c63)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (chr_is_digit(c))
		return c - '0' + 52;
	if (c == c62)
		return 62;
	return c == c63 ? 63 : -1;
}

/* Groups of 2 to 4 characters without padding. */
static int
get64(struct buf *b, struct str s, char c62, char c63)
{
	for (size_t i = 0; i < s.n; i += 4) {
		size_t n = s.n - i < 4 ? s.n - i : 4;
		uint32_t w = 0;
		char t[3];

		if (n == 1)
			return -1;
		for (size_t k = 0; k < 4; k++) {
			int v = k < n ? value64(s.p[i + k], c62, c63) : 0;

			if (v < 0)
				return -1;
			w = w << 6 | (uint32_t)v;
		}
		if ((n == 2 && (w & 0xffff) != 0) || (n == 3 && (w & 0xff) != 0))
			return -1;
		t[0] = (char)(w >> 16);
		t[1] = (char)(w >> 8);
		t[2] = (char)w;
		buf_put(b, t, n - 1);
	}
	return 0;
}

int
enc_get_base64(struct buf *b, struct str s)
{
	if (s.n % 4 != 0)
		return -1;
	for (int i = 0; i < 2 && s.n > 0 && s.p[s.n - 1] == '='; i++)
		s.n--;
	return get64(b, s, '+', '/');
}

int
enc_get_base64url(struct buf *b, struct str s)
{
	return get64(b, s, '-', '_');
}

void
enc_put_hex(struct buf *b, struct str s)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		buf_putc(b, digits[c >> 4]);
		buf_putc(b, digits[c & 15]);
	}
}

static int
value16(char c)
{
	if (chr_is_digit(c))
		return c - '0';
	c = chr_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
enc_get_hex(struct buf *b, struct str s)
{
	if (s.n % 2 != 0)
		return -1;
	for (size_t i = 0; i < s.n; i += 2) {
		int hi = value16(s.p[i]), lo = value16(s.p[i + 1]);

		if (hi < 0 || lo < 0)
			return -1;
		buf_putc(b, (char)(hi << 4 | lo));
	}
	return 0;
}
