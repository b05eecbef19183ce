/* Base64 and hex: RFC 4648 10, refusals, round trips. */
#include <stdlib.h>

#include "base/encode.h"
#include "base/mem.h"
#include "tests/unit/unit.h"

START_TEST(test_vectors)
{
	static const struct {
		const char *plain, *b64, *url;
	} rows[] = {
		{ "", "", "" },
		{ "f", "Zg==", "Zg" },
		{ "fo", "Zm8=", "Zm8" },
		{ "foo", "Zm9v", "Zm9v" },
		{ "foob", "Zm9vYg==", "Zm9vYg" },
		{ "fooba", "Zm9vYmE=", "Zm9vYmE" },
		{ "foobar", "Zm9vYmFy", "Zm9vYmFy" },
		{ "\xfb\xff\xfe", "+//+", "-__-" },
	};
	struct buf b;

	buf_init(&b, 100);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		buf_reset(&b);
		enc_put_base64(&b, str_c(rows[i].plain));
		ck_assert_str_eq(buf_c(&b), rows[i].b64);
		buf_reset(&b);
		enc_put_base64url(&b, str_c(rows[i].plain));
		ck_assert_str_eq(buf_c(&b), rows[i].url);
		buf_reset(&b);
		ck_assert_int_eq(enc_get_base64(&b, str_c(rows[i].b64)), 0);
		ck_assert_str_eq(buf_c(&b), rows[i].plain);
		buf_reset(&b);
		ck_assert_int_eq(enc_get_base64url(&b, str_c(rows[i].url)), 0);
		ck_assert_str_eq(buf_c(&b), rows[i].plain);
	}
	buf_done(&b);
}
END_TEST

START_TEST(test_refused)
{
	static const char *const b64[] = {
		"Z",	"Zg",	"Zg=",	  "Zg===",    "=",    "====",	  "Zh==",
		"Zm9=", "Zm 9", "Zm9v\n", "Zg==Zg==", "-__-", "Zm9vY=mE", "\x80mE=",
	};
	static const char *const url[] = { "Z", "Zg==", "Zh", "Zm9", "+//+", "Zm9vY" };
	static const char *const hex[] = { "0", "0g", "00 0", "0x00" };
	struct buf b;

	buf_init(&b, 100);
	for (size_t i = 0; i < ARRAY_LEN(b64); i++)
		ck_assert_int_eq(enc_get_base64(&b, str_c(b64[i])), -1);
	for (size_t i = 0; i < ARRAY_LEN(url); i++)
		ck_assert_int_eq(enc_get_base64url(&b, str_c(url[i])), -1);
	for (size_t i = 0; i < ARRAY_LEN(hex); i++)
		ck_assert_int_eq(enc_get_hex(&b, str_c(hex[i])), -1);
	buf_done(&b);
}
END_TEST

START_TEST(test_round_trip)
{
	static int (*const get[])(struct buf *, struct str) = { enc_get_base64, enc_get_base64url,
								enc_get_hex };
	static void (*const put[])(struct buf *, struct str) = { enc_put_base64, enc_put_base64url,
								 enc_put_hex };
	unsigned char t[70];
	unsigned seed = 1;
	struct buf a, b;

	buf_init(&a, 1000);
	buf_init(&b, 1000);
	for (size_t n = 0; n <= sizeof(t); n++) {
		for (size_t i = 0; i < n; i++)
			t[i] = (unsigned char)rand_r(&seed);
		for (size_t k = 0; k < ARRAY_LEN(put); k++) {
			buf_reset(&a);
			buf_reset(&b);
			put[k](&a, str_mem(t, n));
			ck_assert_int_eq(get[k](&b, buf_str(&a)), 0);
			ck_assert(str_eq(buf_str(&b), str_mem(t, n)));
		}
	}
	buf_done(&a);
	buf_done(&b);
}
END_TEST

UNIT_MAIN("encode", test_vectors, test_refused, test_round_trip)
