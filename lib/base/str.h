/*
 * Borrowed bytes with a length. A struct str never owns what it points to and may hold any
 * byte, NUL included; it is passed by value. Functions here allocate nothing and cannot fail
 * otherwise than by their return value. Comparisons named "i" fold ASCII letters only.
 */
#ifndef MOX_BASE_STR_H
#define MOX_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

struct str {
	const char *p;
	size_t n;
};

/* A literal as a struct str; length known at compile time. */
#define STR(lit) ((struct str){ "" lit, sizeof(lit) - 1 })
#define STR_NONE ((struct str){ NULL, 0 })
/* For printf: printf(STR_FMT, STR_ARG(s)). Only for bytes without NUL. */
#define STR_FMT "%.*s"
#define STR_ARG(s) (int)(s).n, (s).p

static inline struct str
str_mem(const void *p, size_t n)
{
	return (struct str){ p, n };
}

/* The whole of a C string; NULL gives STR_NONE. */
static inline struct str
str_c(const char *s)
{
	return (struct str){ s, s != NULL ? strlen(s) : 0 };
}

bool str_eq(struct str a, struct str b);
bool str_eqi(struct str a, struct str b);
/* <0, 0, >0: bytewise, shorter first. */
int str_cmp(struct str a, struct str b);
int str_cmpi(struct str a, struct str b);
bool str_has_prefix(struct str s, struct str prefix);
bool str_has_prefixi(struct str s, struct str prefix);
bool str_has_suffix(struct str s, struct str suffix);
bool str_has_suffixi(struct str s, struct str suffix);
/* Index of the first/last `c` or of the first `needle`; -1 when absent. */
ssize_t str_chr(struct str s, char c);
ssize_t str_rchr(struct str s, char c);
ssize_t str_find(struct str s, struct str needle);
ssize_t str_findi(struct str s, struct str needle);
/* Bytes [from, to), both clamped to the length. */
struct str str_sub(struct str s, size_t from, size_t to);
/* Without the first n bytes (clamped). */
struct str str_from(struct str s, size_t n);
/* Split at the first `sep`: the part before it; *rest gets the part behind. Without `sep`: all of
 * `s`, and *rest is STR_NONE. `rest` may point to the same object that was passed as `s`. */
struct str str_cut(struct str s, char sep, struct str *rest);
/* Without leading and trailing space and tab (trim) or any of space, tab, CR, LF (trim_ws). */
struct str str_trim(struct str s);
struct str str_trim_ws(struct str s);
/* All of `s` as a decimal number without sign, at most `max`. 0, or -1 (empty, other characters,
 * too large); *v is untouched on failure. */
int str_to_u64(struct str s, uint64_t max, uint64_t *v) __attribute__((warn_unused_result));
int str_to_u32(struct str s, uint32_t max, uint32_t *v) __attribute__((warn_unused_result));
/* True when `s` has no byte >= 0x80. */
bool str_is_ascii(struct str s);
/* True when `s` is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool str_is_utf8(struct str s);
/* Copy into `dst` of `size` bytes and add NUL. -1 when it does not fit or has a NUL inside; then
 * dst[0] is NUL. */
int str_to_c(struct str s, char *dst, size_t size) __attribute__((warn_unused_result));
/* Equal in time that depends only on the lengths; for secrets. */
bool str_eq_consttime(struct str a, struct str b);

static inline char
chr_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}
static inline char
chr_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c & ~0x20) : c;
}
static inline bool
chr_is_digit(char c)
{
	return c >= '0' && c <= '9';
}
static inline bool
chr_is_alpha(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
static inline bool
chr_is_alnum(char c)
{
	return chr_is_digit(c) || chr_is_alpha(c);
}

#endif
