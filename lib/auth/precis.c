/* PRECIS OpaqueString over libunistring, whose Unicode version decides what is unassigned. */
#include "auth/precis.h"

#include <stdlib.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "base/limits.h"
#include "base/mem.h"

enum property { PVALID, CONTEXT, DISALLOWED };

/* RFC 8264 9.6 (RFC 5892 2.6): what the general rules would get wrong. */
static int
exception(ucs4_t c, enum property *p)
{
	static const ucs4_t valid[] = { 0x00df, 0x03c2, 0x06fd, 0x06fe, 0x0f0b, 0x3007 };
	static const ucs4_t context[] = { 0x00b7, 0x0375, 0x05f3, 0x05f4, 0x30fb };
	static const ucs4_t refused[] = { 0x0640, 0x07fa, 0x302e, 0x302f, 0x303b };

	for (size_t i = 0; i < ARRAY_LEN(valid); i++) {
		if (c == valid[i])
			return *p = PVALID, 1;
	}
	for (size_t i = 0; i < ARRAY_LEN(context); i++) {
		if (c == context[i])
			return *p = CONTEXT, 1;
	}
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		if (c == refused[i])
			return *p = DISALLOWED, 1;
	}
	if ((c >= 0x0660 && c <= 0x0669) || (c >= 0x06f0 && c <= 0x06f9))
		return *p = CONTEXT, 1;
	if (c >= 0x3031 && c <= 0x3035)
		return *p = DISALLOWED, 1;
	return 0;
}

/* RFC 8264 9.9 */
static bool
is_old_hangul_jamo(ucs4_t c)
{
	return (c >= 0x1100 && c <= 0x11ff) || (c >= 0xa960 && c <= 0xa97c) ||
	       (c >= 0xd7b0 && c <= 0xd7fb);
}

/* RFC 8264 8, for the FreeformClass: what may stand anywhere is PVALID. */
static enum property
property(ucs4_t c)
{
	/* LetterDigits, OtherLetterDigits, Spaces, Symbols, Punctuation. RFC 8264 9 */
	uint32_t good = UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_M | UC_CATEGORY_MASK_N |
			UC_CATEGORY_MASK_Zs | UC_CATEGORY_MASK_S | UC_CATEGORY_MASK_P;
	ucs4_t compat[64];
	size_t n = ARRAY_LEN(compat);
	enum property p;

	if (exception(c, &p))
		return p;
	if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cn))
		return DISALLOWED;
	if (c >= 0x21 && c <= 0x7e)
		return PVALID;
	if (c == 0x200c || c == 0x200d)
		return CONTEXT;
	if (is_old_hangul_jamo(c) || uc_is_property_default_ignorable_code_point(c) ||
	    uc_is_property_not_a_character(c) ||
	    uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cc))
		return DISALLOWED;
	if (uc_is_general_category_withtable(c, good))
		return PVALID;
	/* HasCompat, 9.17 */
	if (u32_normalize(UNINORM_NFKC, &c, 1, compat, &n) == compat && (n != 1 || compat[0] != c))
		return PVALID;
	return DISALLOWED;
}

static bool
is_virama(ucs4_t c)
{
	return uc_combining_class(c) == UC_CCC_VR;
}

static bool
has_script(ucs4_t c, const char *name)
{
	const uc_script_t *s = uc_script(c);

	return s != NULL && strcmp(s->name, name) == 0;
}

/* RFC 5892 A.1: after a virama, or between letters that join. */
static bool
may_join(const ucs4_t *s, size_t n, size_t i)
{
	size_t b = i, a = i + 1;

	if (i == 0)
		return false;
	if (is_virama(s[i - 1]))
		return true;
	if (s[i] == 0x200d)
		return false; /* A.2 */
	while (b > 0 && uc_joining_type(s[b - 1]) == UC_JOINING_TYPE_T)
		b--;
	while (a < n && uc_joining_type(s[a]) == UC_JOINING_TYPE_T)
		a++;
	if (b == 0 || a == n)
		return false;
	switch (uc_joining_type(s[b - 1])) {
	case UC_JOINING_TYPE_L:
	case UC_JOINING_TYPE_D:
		break;
	default:
		return false;
	}
	return uc_joining_type(s[a]) == UC_JOINING_TYPE_R ||
	       uc_joining_type(s[a]) == UC_JOINING_TYPE_D;
}

static bool
has_between(const ucs4_t *s, size_t n, ucs4_t lo, ucs4_t hi)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] >= lo && s[i] <= hi)
			return true;
	}
	return false;
}

/* Contextual rules, RFC 5892 appendix A. */
static bool
context_ok(const ucs4_t *s, size_t n, size_t i)
{
	switch (s[i]) {
	case 0x200c:
	case 0x200d:
		return may_join(s, n, i);
	case 0x00b7: /* A.3: Catalan l·l */
		return i > 0 && i + 1 < n && s[i - 1] == 'l' && s[i + 1] == 'l';
	case 0x0375: /* A.4 */
		return i + 1 < n && has_script(s[i + 1], "Greek");
	case 0x05f3: /* A.5, A.6 */
	case 0x05f4:
		return i > 0 && has_script(s[i - 1], "Hebrew");
	case 0x30fb: /* A.7 */
		for (size_t k = 0; k < n; k++) {
			if (has_script(s[k], "Hiragana") || has_script(s[k], "Katakana") ||
			    has_script(s[k], "Han"))
				return true;
		}
		return false;
	default: /* A.8, A.9: the two kinds of Arabic digits do not mix */
		if (s[i] <= 0x0669)
			return !has_between(s, n, 0x06f0, 0x06f9);
		return !has_between(s, n, 0x0660, 0x0669);
	}
}

static int
check(const ucs4_t *s, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		enum property p = property(s[i]);

		if (p == DISALLOWED || (p == CONTEXT && !context_ok(s, n, i)))
			return err_set(e, EC_SYNTAX, "character U+%04X may not be in a password",
				       (unsigned)s[i]);
	}
	return 0;
}

static bool
is_plain_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < 0x20 || s.p[i] > 0x7e)
			return false;
	}
	return true;
}

/* Non-ASCII spaces to U+0020 (RFC 8265 4.2.2 rule 2), NFC (rule 4), then the check of RFC 8264 7.
 */
static int
enforce(ucs4_t *s, size_t n, struct buf *out, struct err *e)
{
	ucs4_t *nfc;
	uint8_t *u8 = NULL;
	size_t n8 = 0;
	int r = -1;

	for (size_t i = 0; i < n; i++) {
		if (s[i] > 0x7f && uc_is_general_category_withtable(s[i], UC_CATEGORY_MASK_Zs))
			s[i] = ' ';
	}
	nfc = u32_normalize(UNINORM_NFC, s, n, NULL, &n);
	if (nfc == NULL)
		return err_set(e, EC_BUG, "normalization failed");
	if (check(nfc, n, e) < 0)
		goto done;
	u8 = u32_to_u8(nfc, n, NULL, &n8);
	if (u8 == NULL)
		(void)err_set(e, EC_BUG, "conversion failed");
	else if (n8 > LIM_PASSWORD)
		(void)err_set(e, EC_LIMIT, "password is too long");
	else
		buf_put(out, u8, n8), r = 0;
done:
	mem_wipe(nfc, n * sizeof(*nfc));
	free(nfc);
	if (u8 != NULL)
		mem_wipe(u8, n8);
	free(u8);
	return r;
}

int
auth_precis(struct str in, struct buf *out, struct err *e)
{
	ucs4_t *u32;
	size_t n;
	int r;

	if (in.n == 0)
		return err_set(e, EC_SYNTAX, "password is empty");
	if (in.n > LIM_PASSWORD)
		return err_set(e, EC_LIMIT, "password is too long");
	if (is_plain_ascii(in)) {
		buf_putstr(out, in);
		return 0;
	}
	if (!str_is_utf8(in))
		return err_set(e, EC_SYNTAX, "password is not UTF-8");
	u32 = u8_to_u32((const uint8_t *)in.p, in.n, NULL, &n);
	if (u32 == NULL)
		return err_set(e, EC_SYNTAX, "password is not UTF-8");
	r = enforce(u32, n, out, e);
	mem_wipe(u32, n * sizeof(*u32));
	free(u32);
	return r;
}
