/* Borrowed bytes: comparisons, searches, cuts. */
#include "base/str.h"

bool
str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
str_eqi(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (chr_lower(a.p[i]) != chr_lower(b.p[i]))
			return false;
	return true;
}

static int
cmp_len(size_t a, size_t b)
{
	return a < b ? -1 : a > b;
}

int
str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int r = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return r != 0 ? r : cmp_len(a.n, b.n);
}

int
str_cmpi(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;

	for (size_t i = 0; i < n; i++) {
		unsigned char x = (unsigned char)chr_lower(a.p[i]);
		unsigned char y = (unsigned char)chr_lower(b.p[i]);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return cmp_len(a.n, b.n);
}

bool
str_has_prefix(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_eq(str_mem(s.p, prefix.n), prefix);
}

bool
str_has_prefixi(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_eqi(str_mem(s.p, prefix.n), prefix);
}

bool
str_has_suffix(struct str s, struct str suffix)
{
	return s.n >= suffix.n && str_eq(str_from(s, s.n - suffix.n), suffix);
}

bool
str_has_suffixi(struct str s, struct str suffix)
{
	return s.n >= suffix.n && str_eqi(str_from(s, s.n - suffix.n), suffix);
}

ssize_t
str_chr(struct str s, char c)
{
	const char *p = s.n > 0 ? memchr(s.p, c, s.n) : NULL;

	return p != NULL ? p - s.p : -1;
}

ssize_t
str_rchr(struct str s, char c)
{
	const char *p = s.n > 0 ? memrchr(s.p, c, s.n) : NULL;

	return p != NULL ? p - s.p : -1;
}

ssize_t
str_find(struct str s, struct str needle)
{
	const char *p;

	if (needle.n == 0)
		return 0;
	if (needle.n > s.n)
		return -1;
	p = memmem(s.p, s.n, needle.p, needle.n);
	return p != NULL ? p - s.p : -1;
}

ssize_t
str_findi(struct str s, struct str needle)
{
	if (needle.n > s.n)
		return -1;
	for (size_t i = 0; i <= s.n - needle.n; i++)
		if (str_eqi(str_mem(s.p + i, needle.n), needle))
			return (ssize_t)i;
	return -1;
}

struct str
str_sub(struct str s, size_t from, size_t to)
{
	if (to > s.n)
		to = s.n;
	if (from > to)
		from = to;
	return from > 0 || to > 0 ? str_mem(s.p + from, to - from) : str_mem(s.p, 0);
}

struct str
str_from(struct str s, size_t n)
{
	return str_sub(s, n, s.n);
}

struct str
str_cut(struct str s, char sep, struct str *rest)
{
	ssize_t i = str_chr(s, sep);

	if (i < 0) {
		*rest = STR_NONE;
		return s;
	}
	*rest = str_from(s, (size_t)i + 1);
	return str_sub(s, 0, (size_t)i);
}

static struct str
trim_set(struct str s, const char *set, size_t nset)
{
	while (s.n > 0 && memchr(set, s.p[0], nset) != NULL)
		s = str_from(s, 1);
	while (s.n > 0 && memchr(set, s.p[s.n - 1], nset) != NULL)
		s.n--;
	return s;
}

struct str
str_trim(struct str s)
{
	return trim_set(s, " \t", 2);
}

struct str
str_trim_ws(struct str s)
{
	return trim_set(s, " \t\r\n", 4);
}

int
str_to_u64(struct str s, uint64_t max, uint64_t *v)
{
	uint64_t r = 0;

	if (s.n == 0)
		return -1;
	for (size_t i = 0; i < s.n; i++) {
		if (!chr_is_digit(s.p[i]) || __builtin_mul_overflow(r, 10, &r) ||
		    __builtin_add_overflow(r, (uint64_t)(s.p[i] - '0'), &r))
			return -1;
	}
	if (r > max)
		return -1;
	*v = r;
	return 0;
}

int
str_to_u32(struct str s, uint32_t max, uint32_t *v)
{
	uint64_t r;

	if (str_to_u64(s, max, &r) < 0)
		return -1;
	*v = (uint32_t)r;
	return 0;
}

bool
str_is_ascii(struct str s)
{
	size_t i = 0;
	uint64_t w;

	for (; s.n - i >= sizeof(w); i += sizeof(w)) {
		memcpy(&w, s.p + i, sizeof(w));
		if ((w & 0x8080808080808080ULL) != 0)
			return false;
	}
	for (; i < s.n; i++)
		if ((s.p[i] & 0x80) != 0)
			return false;
	return true;
}

/* Bytes of the sequence at p (n > 0 bytes are there); 0 when it is malformed. RFC 3629 4. */
static size_t
utf8_seq(const unsigned char *p, size_t n)
{
	unsigned char lo = 0x80, hi = 0xbf;
	size_t len;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf) {
		len = 2;
	} else if (p[0] >= 0xe0 && p[0] <= 0xef) {
		len = 3;
		if (p[0] == 0xe0) /* overlong below A0, surrogates above 9F */
			lo = 0xa0;
		else if (p[0] == 0xed)
			hi = 0x9f;
	} else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
		len = 4;
		if (p[0] == 0xf0) /* overlong below 90, past U+10FFFF above 8F */
			lo = 0x90;
		else if (p[0] == 0xf4)
			hi = 0x8f;
	} else {
		return 0;
	}
	if (n < len || p[1] < lo || p[1] > hi)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

bool
str_is_utf8(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t n;

	for (size_t i = 0; i < s.n; i += n)
		if ((n = utf8_seq(p + i, s.n - i)) == 0)
			return false;
	return true;
}

int
str_to_c(struct str s, char *dst, size_t size)
{
	if (size == 0)
		return -1;
	dst[0] = '\0';
	if (s.n >= size || str_chr(s, '\0') >= 0)
		return -1;
	if (s.n > 0)
		memcpy(dst, s.p, s.n);
	dst[s.n] = '\0';
	return 0;
}

bool
str_eq_consttime(struct str a, struct str b)
{
	volatile unsigned char diff = 0;

	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		diff |= (unsigned char)(a.p[i] ^ b.p[i]);
	return diff == 0;
}
