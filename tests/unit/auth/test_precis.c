/* RFC 8265 4.2: rows from its table 4, then each rule of RFC 8264 8 and RFC 5892 A. */
#include "auth/precis.h"
#include "base/limits.h"
#include "base/mem.h"
#include "tests/unit/unit.h"

/* in, out (NULL: refused), why */
static const struct {
	const char *in, *out, *why;
} rows[] = {
	{ "correct horse battery staple", "correct horse battery staple",
	  "ASCII spaces are allowed" },
	{ "Correct Horse Battery Staple", "Correct Horse Battery Staple", "case stays" },
	{ "\u03c0\u00df\u00e5", "\u03c0\u00df\u00e5", "non-ASCII letters" },
	{ "Jack of \u2666s", "Jack of \u2666s", "symbols" },
	{ "foo\u1680bar", "foo bar", "OGHAM SPACE MARK becomes a space" },
	{ "", NULL, "no bytes" },
	{ "my cat is a \tby", NULL, "control character" },
	{ " ", " ", "a space alone" },
	{ "a\u00a0b\u3000c\u2003d", "a b c d", "other spaces" },
	{ "A\u030a", "\u00c5", "NFC composes" },
	{ "\u212b", "\u00c5", "a singleton composes too" },
	{ "\uff21", "\uff21", "wide letters stay (no width mapping)" },
	{ "\ufb01", "\ufb01", "compatibility characters stay" },
	{ "\u2163", "\u2163", "letter numbers" },
	{ "\u01c5", "\u01c5", "title case letters" },
	{ "\U0001f600", "\U0001f600", "emoji" },
	{ "\u5bc6\u7801", "\u5bc6\u7801", "Han" },
	{ "\u1112\u1161\u11ab", "\ud55c", "jamo that compose" },
	{ "\u1112", NULL, "old Hangul jamo" },
	{ "\x7f", NULL, "DEL" },
	{ "a\nb", NULL, "line feed" },
	{ "\xc2\x85", NULL, "C1 control" },
	{ "\u2028", NULL, "line separator" },
	{ "\u00ad", NULL, "soft hyphen is ignorable" },
	{ "\ufeff", NULL, "byte order mark is ignorable" },
	{ "\u2060", NULL, "word joiner is ignorable" },
	{ "\u200e", NULL, "left-to-right mark" },
	{ "\u0378", NULL, "unassigned" },
	{ "\ufdd0", NULL, "noncharacter" },
	{ "\U0010ffff", NULL, "noncharacter" },
	{ "\ue000", NULL, "private use" },
	{ "\u0640", NULL, "exception: ARABIC TATWEEL" },
	{ "\u302e", NULL, "exception: HANGUL SINGLE DOT TONE MARK" },
	{ "\u3007", "\u3007", "exception: IDEOGRAPHIC NUMBER ZERO" },
	{ "\u0f0b", "\u0f0b", "exception: TIBETAN MARK INTERSYLLABIC TSHEG" },
	{ "l\u00b7l", "l\u00b7l", "A.3 MIDDLE DOT" },
	{ "a\u00b7l", NULL, "A.3" },
	{ "l\u00b7", NULL, "A.3" },
	{ "\u00b7l", NULL, "A.3" },
	{ "\u0375\u03b1", "\u0375\u03b1", "A.4 GREEK LOWER NUMERAL SIGN" },
	{ "\u0375a", NULL, "A.4" },
	{ "\u0375", NULL, "A.4" },
	{ "\u05d0\u05f3", "\u05d0\u05f3", "A.5 HEBREW GERESH" },
	{ "\u05f3", NULL, "A.5" },
	{ "a\u05f4", NULL, "A.6" },
	{ "\u30fb\u30a2", "\u30fb\u30a2", "A.7 KATAKANA MIDDLE DOT" },
	{ "a\u30fb", NULL, "A.7" },
	{ "\u0660\u0661", "\u0660\u0661", "A.8 ARABIC-INDIC DIGITS" },
	{ "\u0660\u06f1", NULL, "A.8 mixed" },
	{ "\u06f1\u0660", NULL, "A.9 mixed" },
	{ "\u06f0\u06f9", "\u06f0\u06f9", "A.9 EXTENDED ARABIC-INDIC DIGITS" },
	{ "\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937", "A.2 ZWJ after a virama" },
	{ "\u0915\u200d\u0937", NULL, "A.2" },
	{ "\u200d", NULL, "A.2" },
	{ "\u0915\u094d\u200c", "\u0915\u094d\u200c", "A.1 ZWNJ after a virama" },
	{ "\u0628\u200c\u0628", "\u0628\u200c\u0628", "A.1 between joining letters" },
	{ "\u0628\u064b\u200c\u064b\u0628", "\u0628\u064b\u200c\u064b\u0628",
	  "A.1 transparent ones between" },
	{ "a\u200cb", NULL, "A.1" },
	{ "\u0628\u200c", NULL, "A.1" },
	{ "\u0627\u200c\u0628", NULL, "A.1 ALEF does not join to the left" },
	{ "\xff", NULL, "not UTF-8" },
	{ "a\xc0\x80", NULL, "overlong" },
	{ "\xed\xa0\x80", NULL, "surrogate" },
	{ "a\xe2\x82", NULL, "cut" },
};

START_TEST(test_rows)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = ERR_INIT;
		struct buf b;

		buf_init(&b, 4096);
		if (rows[i].out == NULL) {
			ck_assert_msg(auth_precis(str_c(rows[i].in), &b, &e) == -1, "%s",
				      rows[i].why);
			ck_assert_int_eq(e.code, EC_SYNTAX);
			ck_assert_uint_eq(b.n, 0);
		} else {
			ck_assert_msg(auth_precis(str_c(rows[i].in), &b, &e) == 0, "%s: %s",
				      rows[i].why, e.msg);
			ck_assert_msg(str_eq(buf_str(&b), str_c(rows[i].out)), "%s", rows[i].why);
			/* what came out is unchanged the second time */
			buf_reset(&b);
			ck_assert_int_eq(auth_precis(str_c(rows[i].out), &b, &e), 0);
			ck_assert(str_eq(buf_str(&b), str_c(rows[i].out)));
		}
		buf_done(&b);
	}
}
END_TEST

START_TEST(test_length)
{
	static char text[LIM_PASSWORD + 2];
	struct err e = ERR_INIT;
	struct buf b;

	buf_init(&b, 4096);
	memset(text, 'a', sizeof(text));
	ck_assert_int_eq(auth_precis(str_mem(text, LIM_PASSWORD), &b, &e), 0);
	ck_assert_uint_eq(b.n, LIM_PASSWORD);
	ck_assert_int_eq(auth_precis(str_mem(text, LIM_PASSWORD + 1), &b, &e), -1);
	ck_assert_int_eq(e.code, EC_LIMIT);
	/* U+0344 is two characters in NFC: more bytes than before */
	for (size_t i = 0; i < LIM_PASSWORD; i += 2)
		memcpy(text + i, "\u0344", 2);
	err_clear(&e);
	buf_reset(&b);
	ck_assert_int_eq(auth_precis(str_mem(text, LIM_PASSWORD), &b, &e), -1);
	ck_assert_int_eq(e.code, EC_LIMIT);
	ck_assert_uint_eq(b.n, 0);
	err_clear(&e);
	ck_assert_int_eq(auth_precis(str_mem("a\0b", 3), &b, &e), -1);
	buf_done(&b);
}
END_TEST

UNIT_MAIN("precis", test_rows, test_length)
