/* Mailbox names and patterns. */
#include "imap/imap.h"

#include "base/mem.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

static int
b64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == ',' ? 63 : -1;
}

static void
put_utf8(struct buf *b, uint32_t c)
{
	if (c < 0x80) {
		buf_putc(b, (char)c);
	} else if (c < 0x800) {
		buf_putc(b, (char)(0xc0 | c >> 6));
		buf_putc(b, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buf_putc(b, (char)(0xe0 | c >> 12));
		buf_putc(b, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_putc(b, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_putc(b, (char)(0xf0 | c >> 18));
		buf_putc(b, (char)(0x80 | (c >> 12 & 0x3f)));
		buf_putc(b, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_putc(b, (char)(0x80 | (c & 0x3f)));
	}
}

/* One UTF-16 unit of a shifted run; `high` keeps the first half of a pair. */
static int
utf16_unit(uint32_t u, uint32_t *high, struct buf *out)
{
	if (*high != 0) {
		if (u < 0xdc00 || u > 0xdfff)
			return -1;
		put_utf8(out, 0x10000 + ((*high - 0xd800) << 10) + (u - 0xdc00));
		*high = 0;
		return 0;
	}
	if (u >= 0xd800 && u <= 0xdbff) {
		*high = u;
		return 0;
	}
	/* A lone half, or something that must stand for itself (RFC 3501 5.1.3). */
	if ((u >= 0xdc00 && u <= 0xdfff) || (u >= 0x20 && u <= 0x7e))
		return -1;
	put_utf8(out, u);
	return 0;
}

/* From behind "&" to behind "-"; *i is moved. */
static int
shifted(struct str s, size_t *i, struct buf *out)
{
	uint32_t bits = 0, high = 0;
	unsigned nbits = 0;
	size_t start = *i;
	int v;

	for (; *i < s.n && s.p[*i] != '-'; (*i)++) {
		if ((v = b64_value(s.p[*i])) < 0)
			return -1;
		bits = bits << 6 | (uint32_t)v;
		nbits += 6;
		if (nbits >= 16) {
			nbits -= 16;
			if (utf16_unit(bits >> nbits & 0xffff, &high, out) != 0)
				return -1;
			bits &= (1u << nbits) - 1;
		}
	}
	if (*i == s.n || *i == start || high != 0 || nbits >= 6 || bits != 0)
		return -1;
	(*i)++;
	/* "-&" while shifted is a superfluous shift; "-&-" is not: that is an ampersand. */
	return *i + 1 < s.n && s.p[*i] == '&' && s.p[*i + 1] != '-' ? -1 : 0;
}

int
imap_utf7_get(struct str s, struct buf *out)
{
	size_t i = 0;

	while (i < s.n) {
		if (s.p[i] < 0x20 || s.p[i] > 0x7e)
			return -1;
		if (s.p[i] != '&') {
			buf_putc(out, s.p[i++]);
			continue;
		}
		i++;
		if (i < s.n && s.p[i] == '-') {
			buf_putc(out, '&');
			i++;
		} else if (shifted(s, &i, out) != 0) {
			return -1;
		}
	}
	return 0;
}

/* One character of valid UTF-8. */
static uint32_t
get_utf8(struct str s, size_t *i)
{
	unsigned char c = (unsigned char)s.p[(*i)++];
	unsigned n = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
	uint32_t v = n == 0 ? c : c & (0x3fu >> n);

	for (; n > 0 && *i < s.n; n--)
		v = v << 6 | ((unsigned char)s.p[(*i)++] & 0x3f);
	return v;
}

struct b64_out {
	struct buf *b;
	uint32_t bits;
	unsigned nbits;
	bool on;
};

static void
b64_unit(struct b64_out *o, uint32_t u)
{
	o->bits = o->bits << 16 | u;
	o->nbits += 16;
	while (o->nbits >= 6) {
		o->nbits -= 6;
		buf_putc(o->b, alphabet[o->bits >> o->nbits & 0x3f]);
	}
	o->bits &= (1u << o->nbits) - 1;
}

static void
b64_end(struct b64_out *o)
{
	if (o->nbits > 0)
		buf_putc(o->b, alphabet[o->bits << (6 - o->nbits) & 0x3f]);
	buf_putc(o->b, '-');
	o->bits = o->nbits = 0;
	o->on = false;
}

void
imap_utf7_put(struct str s, struct buf *out)
{
	struct b64_out o = { .b = out };
	uint32_t c;

	for (size_t i = 0; i < s.n;) {
		c = get_utf8(s, &i);
		if (c >= 0x20 && c <= 0x7e) {
			if (o.on)
				b64_end(&o);
			buf_putc(out, (char)c);
			if (c == '&')
				buf_putc(out, '-');
			continue;
		}
		if (!o.on)
			buf_putc(out, '&');
		o.on = true;
		if (c >= 0x10000) {
			c -= 0x10000;
			b64_unit(&o, 0xd800 + (c >> 10));
			c = 0xdc00 + (c & 0x3ff);
		}
		b64_unit(&o, c);
	}
	if (o.on)
		b64_end(&o);
}

static bool
has_wildcard(struct str p)
{
	return memchr(p.p, '*', p.n) != NULL || memchr(p.p, '%', p.n) != NULL;
}

/* on[i]: the first i characters of the pattern match what was read of the name. Linear in the
 * product, whatever the wildcards. The first `fold` characters of the name match in any case. */
static bool
match(struct str pat, struct str name, size_t fold, bool *on)
{
	bool diag, next;
	char c;

	on[0] = true;
	for (size_t i = 0; i < pat.n; i++)
		on[i + 1] = on[i] && (pat.p[i] == '*' || pat.p[i] == '%');
	for (size_t k = 0; k < name.n; k++) {
		c = name.p[k];
		diag = on[0];
		on[0] = false;
		for (size_t i = 0; i < pat.n; i++) {
			if (pat.p[i] == '*')
				next = on[i + 1] || on[i];
			else if (pat.p[i] == '%')
				next = (on[i + 1] && c != '/') || on[i];
			else
				next = diag && (pat.p[i] == c ||
						(k < fold && chr_upper(pat.p[i]) == chr_upper(c)));
			diag = on[i + 1];
			on[i + 1] = next;
		}
	}
	return on[pat.n];
}

bool
imap_pattern_match(struct str pat, struct str name)
{
	bool on[3 * LIM_MAILBOX_NAME + 1];
	size_t fold = 0;

	if (pat.n >= sizeof(on))
		return false;
	if (str_has_prefixi(name, STR("INBOX")) && (name.n == 5 || name.p[5] == '/'))
		fold = 5;
	if (!has_wildcard(pat))
		return str_eqi(str_sub(pat, 0, fold), str_sub(name, 0, fold)) &&
		       str_eq(str_from(pat, fold), str_from(name, fold));
	return match(pat, name, fold, on);
}
