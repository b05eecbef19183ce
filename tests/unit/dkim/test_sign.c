/*
 * Signatures: the vectors of RFC 8463 appendix A (both algorithms give the same bytes for the same
 * input), choice of fields, the look of the field, errors.
 */
#include "dkim/dkim.h"

#include <openssl/sha.h>
#include <stdio.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/mem.h"
#include "dkim/canon.h"
#include "dkim/fields.h"
#include "dkim/key.h"
#include "keys.h"

static const char rsa_pem[] = "-----BEGIN RSA PRIVATE KEY-----\n"
			      "MIICXQIBAAKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi\n"
			      "Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqM\n"
			      "KrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB\n"
			      "AoGAH0cxOhFZDgzXWhDhnAJDw5s4roOXN4OhjiXa8W7Y3rhX3FJqmJSPuC8N9vQm\n"
			      "6SVbaLAE4SG5mLMueHlh4KXffEpuLEiNp9Ss3O4YfLiQpbRqE7Tm5SxKjvvQoZZe\n"
			      "zHorimOaChRL2it47iuWxzxSiRMv4c+j70GiWdxXnxe4UoECQQDzJB/0U58W7RZy\n"
			      "6enGVj2kWF732CoWFZWzi1FicudrBFoy63QwcowpoCazKtvZGMNlPWnC7x/6o8Gc\n"
			      "uSe0ga2xAkEA8C7PipPm1/1fTRQvj1o/dDmZp243044ZNyxjg+/OPN0oWCbXIGxy\n"
			      "WvmZbXriOWoSALJTjExEgraHEgnXssuk7QJBALl5ICsYMu6hMxO73gnfNayNgPxd\n"
			      "WFV6Z7ULnKyV7HSVYF0hgYOHjeYe9gaMtiJYoo0zGN+L3AAtNP9huqkWlzECQE1a\n"
			      "licIeVlo1e+qJ6Mgqr0Q7Aa7falZ448ccbSFYEPD6oFxiOl9Y9se9iYHZKKfIcst\n"
			      "o7DUw1/hz2Ck4N5JrgUCQQCyKveNvjzkkd8HjYs0SwM0fPjK16//5qDZ2UiDGnOe\n"
			      "uEzxBDAr518Z8VFbR41in3W4Y3yCDgQlLlcETrS+zYcL\n"
			      "-----END RSA PRIVATE KEY-----\n";

static const char header[] = "From: Joe SixPack <joe@football.example.com>\r\n"
			     "To: Suzie Q <suzie@shopping.example.net>\r\n"
			     "Subject: Is dinner ready?\r\n"
			     "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
			     "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
			     "\r\n";
static const char body[] = "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n\r\n";
#define BH "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="

/* ---- RFC 8463 A.3 */

static const struct {
	const char *pem, *own, *b;
} vectors[] = {
	{ ed25519_pem,
	  "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
	  " d=football.example.com; i=@football.example.com;\r\n"
	  " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
	  " subject : date : message-id : from : subject : date;\r\n"
	  " bh=" BH ";\r\n b=",
	  "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus"
	  "Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==" },
	{ rsa_pem,
	  "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"
	  " d=football.example.com; i=@football.example.com;\r\n"
	  " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"
	  " date : message-id : from : subject : date;\r\n"
	  " bh=" BH ";\r\n b=",
	  "F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3"
	  "DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz"
	  "dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=" },
};

START_TEST(test_vectors)
{
	static const struct str names[] = {
		{ "from", 4 }, { "to", 2 }, { "subject", 7 }, { "date", 4 }, { "message-id", 10 }
	};
	unsigned char hash[DK_HASH];
	struct dk_chosen c;
	struct dk_fields f;
	struct buf text, sig, b64;
	struct err e = ERR_INIT;

	ck_assert_int_eq(dk_fields_parse(&f, str_c(header), &e), 0);
	ck_assert_int_eq(dk_choose(&c, &f, names, ARRAY_LEN(names), false, &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		struct dk_key *k = parse(vectors[i].pem);

		buf_init(&text, 10000);
		buf_init(&sig, 1000);
		buf_init(&b64, 1000);
		for (size_t j = 0; j < c.n; j++)
			dk_canon_field(&text, c.v[j].field->raw, true);
		dk_canon_field(&text, str_c(vectors[i].own), true);
		SHA256((const unsigned char *)buf_str(&text).p, text.n - 2, hash);
		ck_assert_int_eq(dk_key_sign(k, hash, &sig, &e), 0);
		enc_put_base64(&b64, buf_str(&sig));
		ck_assert_str_is(buf_str(&b64), str_c(vectors[i].b));
		dk_key_free(&k);
		buf_done(&text);
		buf_done(&sig);
		buf_done(&b64);
	}
	dk_chosen_free(&c);
	dk_fields_free(&f);
}
END_TEST

/* ---- whole signatures */

static int
sign(const struct dk_selector *sel, size_t n, const char *message, size_t step, struct buf *out,
     struct err *e)
{
	struct dk_sign *s = dk_sign_new(sel, n, 1528637909);
	struct str m = str_c(message);
	int r;

	for (size_t i = 0; i < m.n; i += step)
		dk_sign_put(s, str_sub(m, i, i + step));
	r = dk_sign_finish(s, out, e);
	dk_sign_free(&s);
	ck_assert_ptr_null(s);
	return r;
}

/* Without the folds, where there may be white space. */
static void
unfold(const struct buf *in, struct buf *out)
{
	struct str s = buf_str(in);

	while (s.n > 0) {
		buf_putstr(out, str_cut(s, '\r', &s));
		s = str_from(s, 2); /* LF and tab */
	}
}

static void
signs(const struct dk_selector *sel, const char *message, const char *part)
{
	struct err e = ERR_INIT;
	struct buf out, one;

	buf_init(&out, 10000);
	buf_init(&one, 10000);
	ck_assert_int_eq(sign(sel, 1, message, SIZE_MAX / 2, &out, &e), 0);
	unfold(&out, &one);
	ck_assert_msg(str_find(buf_str(&one), str_c(part)) >= 0, "%s", buf_c(&one));
	/* However it is cut. */
	for (size_t step = 1; step < 5; step++) {
		buf_reset(&one);
		ck_assert_int_eq(sign(sel, 1, message, step, &one, &e), 0);
		ck_assert_str_is(buf_str(&one), buf_str(&out));
	}
	buf_done(&out);
	buf_done(&one);
}

START_TEST(test_field)
{
	struct dk_key *k = parse(ed25519_pem);
	const struct str two[] = { { "subject", 7 }, { "Subject", 7 }, { "X-None", 6 } };
	struct dk_selector s = { .domain = STR("football.example.com"),
				 .selector = STR("brisbane"),
				 .key = k,
				 .header_relaxed = true,
				 .body_relaxed = true,
				 .oversign = true,
				 .expiration = 3600 };
	char message[2000];

	snprintf(message, sizeof(message), "%s%s", header, body);
	signs(&s, message,
	      "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;"
	      "d=football.example.com; s=brisbane; t=1528637909; x=1528641509;"
	      "q=dns/txt; h=From:From:To:To:Cc:Bcc:Reply-To:References:In-Reply-To:"
	      "Subject:Subject:Date:Date:Message-Id:Message-Id:Content-Type;bh=" BH ";b=");
	s.oversign = false;
	s.expiration = 0;
	signs(&s, message, "t=1528637909; q=dns/txt; h=From:To:Subject:Date:Message-Id;bh=");
	/* From is signed whatever the configuration says, names once. */
	s.headers = two;
	s.nheaders = ARRAY_LEN(two);
	signs(&s, message, "h=From:subject;");
	s.oversign = true;
	signs(&s, message, "h=From:From:subject:subject:X-None;");
	s.header_relaxed = false;
	signs(&s, message, "c=simple/relaxed;");
	s.body_relaxed = false;
	signs(&s, message, "c=simple/simple;");
	s.header_relaxed = true;
	signs(&s, message, "c=relaxed/simple;");
	/* A message without the empty line, or with nothing behind it. */
	signs(&s, "From: a@b", "bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=;");
	signs(&s, "From: a@b\r\n\r\n", "bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=;");
	s.body_relaxed = true;
	signs(&s, "From: a@b\r\n\r\n", "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;");
	dk_key_free(&k);
}
END_TEST

START_TEST(test_columns)
{
	struct dk_key *ed = parse(ed25519_pem), *rsa = parse(rsa_pem);
	struct dk_selector v[] = {
		{ .domain = STR("a.long.domain.of.many.labels.and.one.more.example.org"),
		  .selector = STR("an-unusually-long-name-of-a-selector"),
		  .key = rsa,
		  .oversign = true },
		{ .domain = STR("x.org"), .selector = STR("s"), .key = ed },
	};
	struct err e = ERR_INIT;
	struct buf out;
	struct str rest;
	size_t fields = 0;

	buf_init(&out, 10000);
	ck_assert_int_eq(sign(v, 2, "From: a@b\r\n\r\nx\r\n", 100, &out, &e), 0);
	for (rest = buf_str(&out); rest.n > 0;) {
		struct str line = str_cut(rest, '\n', &rest);

		ck_assert(str_has_suffix(line, STR("\r")));
		ck_assert_uint_le(line.n - 1 + (line.p[0] == '\t' ? 7 : 0), 78);
		ck_assert(line.p[0] == '\t' || str_has_prefix(line, STR("DKIM-Signature: v=1; ")));
		fields += line.p[0] != '\t';
	}
	ck_assert_uint_eq(fields, 2);
	dk_key_free(&ed);
	dk_key_free(&rsa);
	buf_done(&out);
}
END_TEST

static void
fails(const char *message, enum ec code)
{
	struct dk_key *k = parse(ed25519_pem);
	struct dk_selector s = { .domain = STR("x"), .selector = STR("y"), .key = k };
	struct err e = ERR_INIT;
	struct buf out;

	buf_init(&out, 10000);
	buf_puts(&out, "before");
	ck_assert_int_lt(sign(&s, 1, message, 4096, &out, &e), 0);
	ck_assert_int_eq(e.code, code);
	ck_assert_str_is(buf_str(&out), STR("before"));
	buf_done(&out);
	dk_key_free(&k);
}

START_TEST(test_errors)
{
	struct buf b;

	fails("", EC_SYNTAX);
	fails("To: x\r\n\r\nFrom: y\r\n", EC_SYNTAX);
	fails("From: x\r\nfrom: y\r\n\r\n", EC_SYNTAX);
	buf_init(&b, 4 * LIM_DKIM_HEADER);
	buf_puts(&b, "From: x\r\nX: ");
	for (size_t i = 0; i < LIM_DKIM_HEADER; i++)
		buf_putc(&b, 'x');
	buf_puts(&b, "\r\n\r\n");
	fails(buf_c(&b), EC_LIMIT);
	buf_reset(&b);
	for (size_t i = 0; i < LIM_DKIM_FIELDS; i++)
		buf_puts(&b, "a:\r\n");
	buf_puts(&b, "From: x\r\n\r\n");
	fails(buf_c(&b), EC_LIMIT);
	buf_done(&b);
}
END_TEST

/* Of several fields of a name the last is signed first (RFC 6376 5.4.2). */
START_TEST(test_choice)
{
	const struct str names[] = { { "TO", 2 }, { "from", 4 } };
	struct err e = ERR_INIT;
	struct dk_chosen c;
	struct dk_fields f;

	ck_assert_int_eq(dk_fields_parse(&f,
					 STR("To: 1\r\nnonsense\r\nFROM : x\r\n y\r\nto: 2\r\n"
					     "Cc: 3\r\nBad Name: 4\r\nTo:\r\n\t5"),
					 &e),
			 0);
	ck_assert_uint_eq(f.n, 5);
	ck_assert_str_is(f.v[1].name, STR("FROM"));
	ck_assert_str_is(f.v[1].raw, STR("FROM : x\r\n y\r\n"));
	ck_assert_int_eq(dk_choose(&c, &f, names, 2, true, &e), 0);
	ck_assert_uint_eq(c.n, 6);
	ck_assert_str_is(c.v[0].field->raw, STR("To:\r\n\t5"));
	ck_assert_str_is(c.v[1].field->raw, STR("to: 2\r\n"));
	ck_assert_str_is(c.v[2].field->raw, STR("To: 1\r\n"));
	ck_assert_str_is(c.v[2].name, STR("TO"));
	ck_assert_ptr_null(c.v[3].field);
	ck_assert_str_is(c.v[4].field->raw, STR("FROM : x\r\n y\r\n"));
	ck_assert_ptr_null(c.v[5].field);
	dk_chosen_free(&c);
	dk_fields_free(&f);
}
END_TEST

UNIT_MAIN("sign", test_vectors, test_field, test_columns, test_errors, test_choice)
