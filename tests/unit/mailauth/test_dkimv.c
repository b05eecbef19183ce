/*
 * DKIM verification: the message of RFC 8463, one pass in pieces of any size, limits, answers of
 * the DNS; and libopendkim against lib/dkim over mutated messages: they say the same of each
 * signature that is given to libopendkim, which those are, dkimv.h says.
 *
 * The verifier's file is included, so that there can be one without libopendkim.
 */
#include "lib/mailauth/dkimv_od.c"

#include <stdlib.h>
#ifdef MOX_SAN
#include <sanitizer/lsan_interface.h>
#endif

#include "base/encode.h"
#include "dkim/dkim.h"
#include "mailauth/message.h"
#include "tests/unit/unit.h"
#include "zone.h"

enum { NOW = 1700000000, MUTATED = 1500, SIGNERS = 6 };

static struct zone zone;
static struct dkv_lib *lib;
static struct dkv_lib none; /* all is left to lib/dkim */
static struct dk_key *rsa, *ed;

static struct dk_key *
make_key(unsigned bits, const char *name)
{
	struct err e = ERR_INIT;
	struct buf pem, txt;
	struct dk_key *k;

	buf_init(&pem, 16384);
	buf_init(&txt, 4096);
	ck_assert_int_eq(dk_key_make(bits, &pem, &e), 0);
	k = dk_key_parse(buf_str(&pem), &e);
	ck_assert_ptr_nonnull(k);
	buf_printf(&txt, "%s._domainkey.signer.example TXT ", name);
	ck_assert_int_eq(dk_key_txt(k, &txt, &e), 0);
	zone_add(&zone, buf_c(&txt));
	buf_done(&pem);
	buf_done(&txt);
	return k;
}

/* libopendkim leaks for each Ed25519 signature. */
static void
setup(void)
{
#ifdef MOX_SAN
	__lsan_disable();
#endif
	lib = dkv_lib_new();
	rsa = make_key(1024, "r");
	ed = make_key(0, "e");
}

static void
teardown(void)
{
	dkv_lib_free(&lib);
	dk_key_free(&rsa);
	dk_key_free(&ed);
	zone_clear(&zone);
#ifdef MOX_SAN
	__lsan_enable();
#endif
}

/* `piece` 0 is all at once. */
static struct mailauth_message *
run(struct dkv_lib *l, struct str s, size_t piece)
{
	struct mailauth_message *m = mailauth_message_new(l, NOW);

	for (size_t i = 0; i<s.n; i += piece> 0 ? piece : s.n)
		mailauth_message_put(m, str_sub(s, i, i + (piece > 0 ? piece : s.n)));
	mailauth_message_end(m);
	zone_run(&zone, &dkv_ops, mailauth_message_dkim(m));
	return m;
}

static const struct dkv_out *
out_of(struct mailauth_message *m)
{
	return dkv_out(mailauth_message_dkim(m));
}

static void
expect(struct str s, enum dkv_result r, const char *why)
{
	struct mailauth_message *m = run(lib, s, 0);
	const struct dkv_out *o = out_of(m);

	ck_assert_msg(o->result == r, "%s: %s", dkv_result_name(o->result),
		      o->n > 0 ? o->v[0].why : o->why);
	if (why != NULL)
		ck_assert_str_eq(o->n > 0 ? o->v[0].why : o->why, why);
	mailauth_message_free(&m);
}

/* ---- RFC 8463 A.3 */

static const char rfc8463[] = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
			      " d=football.example.com; i=@football.example.com;\r\n"
			      " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
			      " subject : date : message-id : from : subject : date;\r\n"
			      " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
			      " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n"
			      " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n"
			      "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"
			      " d=football.example.com; i=@football.example.com;\r\n"
			      " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"
			      " date : message-id : from : subject : date;\r\n"
			      " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
			      " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n"
			      " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n"
			      " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n"
			      "From: Joe SixPack <joe@football.example.com>\r\n"
			      "To: Suzie Q <suzie@shopping.example.net>\r\n"
			      "Subject: Is dinner ready?\r\n"
			      "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
			      "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
			      "\r\n"
			      "Hi.\r\n"
			      "\r\n"
			      "We lost the game.  Are you hungry yet?\r\n"
			      "\r\n"
			      "Joe.\r\n";

START_TEST(test_rfc8463)
{
	static const size_t pieces[] = { 0, 1, 7, 64 };

	zone_add(&zone, "brisbane._domainkey.football.example.com TXT v=DKIM1; k=ed25519; "
			"p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
	zone_add(&zone, "test._domainkey.football.example.com TXT v=DKIM1; k=rsa; p="
			"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR"
			"6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6l"
			"HvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB");
	for (size_t i = 0; i < 2 * ARRAY_LEN(pieces); i++) {
		struct mailauth_message *m =
			run(i % 2 == 0 ? lib : &none, str_c(rfc8463), pieces[i / 2]);
		const struct dkv_out *o = out_of(m);

		ck_assert_uint_eq(o->n, 2);
		for (size_t k = 0; k < 2; k++) {
			ck_assert_msg(o->v[k].result == DKV_PASS, "%s", o->v[k].why);
			ck_assert_str_eq(o->v[k].domain, "football.example.com");
			ck_assert_str_eq(o->v[k].identity, "@football.example.com");
			ck_assert(o->v[k].is_authentic && !o->v[k].is_testing);
		}
		ck_assert_str_is(o->v[0].b, STR("/gCrinpc"));
		ck_assert_str_is(o->v[0].algorithm, STR("ed25519-sha256"));
		ck_assert_str_is(o->v[1].selector, STR("test"));
		ck_assert_uint_eq(o->v[1].bits, 1024);
		ck_assert_uint_eq(o->questions, 2);
		mailauth_message_free(&m);
	}
}
END_TEST

/* ---- messages of our own */

static void
selectors(struct dk_selector v[SIGNERS])
{
	for (size_t i = 0; i < SIGNERS; i++)
		v[i] = (struct dk_selector){ .domain = STR("signer.example"),
					     .selector = i < 4 ? STR("r") : STR("e"),
					     .key = i < 4 ? rsa : ed,
					     .header_relaxed = i % 2 == 0 || i >= 4,
					     .body_relaxed = i % 4 < 2,
					     .oversign = i == 2 };
}

static void
sign(struct buf *out, struct str m, size_t nsigs)
{
	struct dk_selector v[SIGNERS];
	struct err e = ERR_INIT;
	struct dk_sign *s;

	selectors(v);
	s = dk_sign_new(v, nsigs, NOW - 10);
	dk_sign_put(s, m);
	ck_assert_msg(dk_sign_finish(s, out, &e) == 0, "%s", e.msg);
	dk_sign_free(&s);
	buf_putstr(out, m);
}

static const char plain[] = "From: a@signer.example\r\nTo: b@c.example\r\nSubject: x  y\r\n z\r\n"
			    "X-A: 1\r\n\r\nbody  text\r\n .\r\n\r\n";

START_TEST(test_messages)
{
	static const struct {
		const char *front, *behind;
		enum dkv_result result;
		const char *why;
	} rows[] = {
		{ "", "", DKV_PASS, "" },
		{ "X-B: 1\r\n", "\r\n\r\n", DKV_PASS, "" },
		{ "", "x", DKV_FAIL, "the body is not what was signed" },
		{ "", "\rx", DKV_PERMERROR, "the body has a CR that ends no line" },
		{ "", "\r", DKV_PERMERROR, "the body has a CR that ends no line" },
		{ "To: other\r\n", "", DKV_PASS, "" },
		{ "Subject: other\r\n", "", DKV_POLICY, "not every Subject field is signed" },
		{ "From: e@e.example\r\n", "", DKV_POLICY, "not every From field is signed" },
	};
	struct buf signed_, all;

	buf_init(&signed_, 1 << 20);
	buf_init(&all, 1 << 20);
	sign(&signed_, str_c(plain), 1);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		buf_reset(&all);
		buf_puts(&all, rows[i].front);
		buf_putstr(&all, buf_str(&signed_));
		buf_puts(&all, rows[i].behind);
		expect(buf_str(&all), rows[i].result, rows[i].why);
	}
	/* Without the empty line, without a line end, and from nothing at all. */
	ck_assert_int_gt(str_find(buf_str(&signed_), STR("X-A: 1\r\n")), 0);
	buf_truncate(&signed_, (size_t)str_find(buf_str(&signed_), STR("X-A: 1\r\n")) + 6);
	expect(buf_str(&signed_), DKV_FAIL, "the body is not what was signed");
	expect(STR(""), DKV_NONE, "");
	buf_done(&signed_);
	buf_done(&all);
}
END_TEST

START_TEST(test_limits)
{
	struct mailauth_message *m;
	struct buf b;

	buf_init(&b, 4 << 20);
	for (unsigned i = 0; i < 3; i++)
		buf_puts(&b, "DKIM-Signature: v=1\r\n");
	sign(&b, str_c(plain), 6);
	for (unsigned i = 0; i < 9; i++) {
		struct buf more;

		buf_init(&more, 4 << 20);
		buf_puts(&more, "DKIM-Signature: a\r\n");
		buf_putstr(&more, buf_str(&b));
		buf_done(&b);
		b = more;
		m = run(lib, buf_str(&b), 0);
		ck_assert_uint_eq(out_of(m)->n, MIN(10 + i, 10));
		ck_assert_uint_eq(out_of(m)->ignored, i);
		ck_assert_int_eq(out_of(m)->result, i < 6 ? DKV_PASS : DKV_PERMERROR);
		mailauth_message_free(&m);
	}
	buf_reset(&b);
	for (unsigned i = 0; i <= LIM_DKIM_FIELDS; i++)
		buf_puts(&b, "A: 1\r\n");
	expect(buf_str(&b), DKV_PERMERROR, "more than 5000 header fields");
	buf_reset(&b);
	while (b.n <= LIM_DKIM_HEADER)
		buf_puts(&b, "A: 1\r\n ");
	buf_puts(&b, "x\r\n\r\nbody");
	expect(buf_str(&b), DKV_PERMERROR, "header of more than 1048576 bytes");
	buf_done(&b);
}
END_TEST

/* ---- answers */

static void
answer(enum dns_status st, size_t n, enum dkv_result r)
{
	struct dns_rr rr[3] = { { .txt = STR("v=spf1 -all") }, { .txt = STR("x") }, { .ttl = 0 } };
	struct dns_answer a = { .status = st, .n = n, .rr = rr, .why = "test" };
	struct mailauth_message *m = mailauth_message_new(lib, NOW);
	struct mailauth_question q;
	struct buf b;

	buf_init(&b, 1 << 20);
	sign(&b, str_c(plain), 1);
	rr[2].txt = str_c(zone.v[0].value);
	mailauth_message_put(m, buf_str(&b));
	ck_assert(dkv_next(mailauth_message_dkim(m), &q));
	ck_assert_str_is(q.name, STR("r._domainkey.signer.example"));
	ck_assert_int_eq(q.type, DNS_TXT);
	if (r == DKV_NONE)
		dkv_expire(mailauth_message_dkim(m));
	else
		dkv_put(mailauth_message_dkim(m), &a);
	ck_assert(!dkv_next(mailauth_message_dkim(m), &q));
	ck_assert_int_eq(out_of(m)->v[0].result, DKV_NONE); /* the message has not ended */
	mailauth_message_end(m);
	ck_assert_int_eq(out_of(m)->result, r == DKV_NONE ? DKV_TEMPERROR : r);
	mailauth_message_free(&m);
	buf_done(&b);
}

START_TEST(test_answers)
{
	answer(DNS_OK, 3, DKV_PASS);
	answer(DNS_OK, 2, DKV_PERMERROR);
	answer(DNS_NODATA, 0, DKV_PERMERROR);
	answer(DNS_NXDOMAIN, 0, DKV_PERMERROR);
	answer(DNS_TEMP, 0, DKV_TEMPERROR);
	answer(DNS_OK, 0, DKV_NONE);
}
END_TEST

/* ---- libopendkim against lib/dkim */

static void
put_words(struct buf *b, const char *const *words, size_t n, long most)
{
	for (long k = random() % most; k > 0; k--)
		buf_puts(b, words[(size_t)random() % n]);
}

static void
random_message(struct buf *b)
{
	static const char *const values[] = { " ", "\t", "\r\n ", "a", "b=", ";", ":", "\xc3\xa9" };
	static const char *const texts[] = { " ", "\t", "\r\n", "\r\n\r\n", "a", "bb", "\xff" };

	buf_puts(b, "From: a@signer.example\r\nSubject: x");
	put_words(b, values, ARRAY_LEN(values), 12);
	buf_puts(b, "z\r\nReferences: x");
	put_words(b, values, ARRAY_LEN(values), 12);
	buf_puts(b, "z\r\n\r\n");
	put_words(b, texts, ARRAY_LEN(texts), 40);
	buf_puts(b, random() % 2 ? "end\r\n" : "end");
}

/* Bytes that parsers look at, most of all. */
static void
mutate(struct buf *b)
{
	static const char bytes[] = " \t\r\n;:=bdhsx0/+.@-AZ\x7f\xc3";
	char *p = b->p + b->off;

	for (long k = random() % 4; k > 0; k--) {
		size_t i = (size_t)random() % b->n, j = (size_t)random() % b->n;

		if (random() % 3 == 0)
			p[i] = (char)(p[i] ^ 0x20);
		else if (random() % 4 == 0)
			p[i] = p[j];
		else
			p[i] = bytes[(size_t)random() % (sizeof(bytes) - 1)];
	}
}

START_TEST(test_differential)
{
	unsigned passed = 0, failed = 0, refused = 0;
	struct buf b, t;

	srandom(2);
	buf_init(&b, 1 << 20);
	buf_init(&t, 1 << 20);
	for (int i = 0; i < MUTATED; i++) {
		struct mailauth_message *theirs, *ours;

		buf_reset(&b);
		buf_reset(&t);
		random_message(&t);
		sign(&b, buf_str(&t), SIGNERS);
		mutate(&b);
		theirs = run(lib, buf_str(&b), (size_t)random() % 300);
		ours = run(&none, buf_str(&b), (size_t)random() % 300);
		ck_assert_uint_eq(out_of(theirs)->n, out_of(ours)->n);
		for (size_t k = 0; k < out_of(ours)->n; k++) {
			const struct dkv_sig *x = &out_of(theirs)->v[k], *y = &out_of(ours)->v[k];

			ck_assert_msg(
				x->result == y->result && strcmp(x->why, y->why) == 0,
				"%d: signature %zu: libopendkim %s (%s), lib/dkim %s (%s):\n" STR_FMT,
				i, k, dkv_result_name(x->result), x->why,
				dkv_result_name(y->result), y->why, STR_ARG(buf_str(&b)));
			passed += x->result == DKV_PASS;
			failed += x->result == DKV_FAIL;
			refused += x->result != DKV_PASS && x->result != DKV_FAIL;
		}
		mailauth_message_free(&theirs);
		mailauth_message_free(&ours);
	}
	printf("%d messages: %u signatures pass, %u fail, %u are refused\n", MUTATED, passed,
	       failed, refused);
	ck_assert_uint_gt(passed, MUTATED);
	ck_assert_uint_gt(failed, MUTATED / 2);
	ck_assert_uint_gt(refused, MUTATED / 20);
	buf_done(&b);
	buf_done(&t);
}
END_TEST

UNIT_MAIN_AROUND("dkimv", setup, teardown, 120, test_rfc8463, test_messages, test_limits,
		 test_answers, test_differential)
