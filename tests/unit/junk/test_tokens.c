/* Messages as tokens: words, scripts, links, HTML, header fields, limits. */
#include "junk/junk.h"

#include <stdlib.h>

#include "base/mem.h"
#include "crypto/seal.h"
#include "tests/unit/unit.h"

static const struct junk_key key = { { 1, 2, 3 } };
static struct junk_tok *tok;

static void
up(void)
{
	struct junk_params p = JUNK_PARAMS_DEFAULT;
	struct err e = ERR_INIT;

	ck_assert_int_eq(seal_init(&e), 0);
	p.twograms = false;
	tok = junk_tok_new(&p, &key, true);
}

static void
down(void)
{
	junk_tok_free(&tok);
}

static bool
has(const char *word)
{
	size_t n;
	const uint64_t *h = junk_tok_hashes(tok, &n);

	for (size_t i = 0; i < n; i++)
		if (str_eq(junk_tok_word(tok, h[i]), str_c(word)))
			return true;
	return false;
}

/* `expect`: words with "|" between, that must be there, or with "-" in front, must not. */
static void
expect(const char *what, const char *words)
{
	for (struct str rest = str_c(words), word; rest.n > 0;) {
		char w[200];
		bool want;

		word = str_cut(rest, '|', &rest);
		want = word.p[0] != '-';
		ck_assert_int_eq(str_to_c(str_from(word, !want), w, sizeof(w)), 0);
		ck_assert_msg(has(w) == want, "%s: \"%s\" is %s", what, w,
			      want ? "missing" : "there");
	}
}

static void
message(const char *text)
{
	junk_tok_message(tok, str_c(text));
}

/* Text, UTF-8; tokens. */
static const char *const texts[][2] = {
	{ "Hello, World", "hello|world|-Hello" },
	{ "don't 'quoted' o'", "don't|quoted|-quoted'" },
	{ "a an the", "the|-a|-an" },
	{ "free! now!", "free|free!|now!" },
	{ "costs $1,000.00 or $5 or 100", "costs|money:6|money:1|-100" },
	{ "12345 abc1234 deadbeef1234567 2fvu9stm9yxhnlu", "-12345|-abc1234|-2fvu9stm9yxhnlu" },
	{ "pneumonoultramicroscopicsilicovolcanoconiosisxyz", "long:p 2" },
	{ "see http://user@www.Shop.example.com:8080/buy/Now.html?x=1 there",
	  "url:www.shop.example.com|url:shop.example.com|url:example.com|path:buy|path:now|note:user "
	  "in link|note:port in link|there|-http" },
	{ "(www.example.net/offer)", "url:www.example.net|url:example.net|path:offer" },
	{ "http://192.0.2.77/", "url:192.0.2|note:ip in link|-url:192.0.2.77" },
	{ "mail me@Some.example.org now", "mail:some.example.org|mail:example.org|now|-some" },
	/* accents fold, invisible characters are seen through */
	{ "\xc3\x84rger N\xc3\xa4he", "arger|nahe" },
	{ "vi\xe2\x80\x8b"
	  "ag\xc2\xadra",
	  "viagra|note:invisible characters" },
	{ "\xef\xbc\xa6\xef\xbc\xb2\xef\xbc\xa5\xef\xbc\xa5", "free" },
	/* words of other scripts; pairs where there are no spaces */
	{ "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82 x", "-x" },
	{ "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e abc",
	  "\xe6\x97\xa5\xe6\x9c\xac|\xe6\x9c\xac\xe8\xaa\x9e|abc" },
	{ "\xff\xfe broken \xe2\x82", "broken" },
};

START_TEST(test_text)
{
	struct buf b;

	buf_init(&b, 10000);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		buf_reset(&b);
		buf_puts(&b, "Content-Type: text/plain; charset=utf-8\r\n\r\n");
		buf_puts(&b, texts[i][0]);
		message(buf_c(&b));
		expect(texts[i][0], texts[i][1]);
	}
	buf_done(&b);
}
END_TEST

/* HTML; tokens. */
static const char *const htmls[][2] = {
	{ "<p class=markup>Some <b>bo</b>ld text</p><br>next",
	  "some|bold|text|next|-markup|-class" },
	{ "one<div>two</div>three<td>four", "one|two|three|four|-onetwo" },
	{ "V<!-- x -->iagra<!-- > --- a -->s", "viagras" },
	{ "a &lt;tag&gt; &#70;&#82;&#x45;&#69; &unknown; end&",
	  "free|note:coded letters|unknown|end" },
	{ "<a href=\"http://l.example.com/go\">here</a><img src='http://i.example.net/x.gif' alt='the picture'>",
	  "url:l.example.com|image:i.example.net|here|the|picture|note:images without text" },
	{ "<a href=mailto:x@m.example.org?subject=y>write</a>", "mail:m.example.org|write" },
	{ "<style>body { color: red }</style>shown<script>if (a < b) { evil() }</script>",
	  "shown|note:script|-color|-evil" },
	{ "<div style=\"color:red; display : none\">secret <div>inner</div> words</div> shown",
	  "hidden:secret|hidden:inner|hidden:words|shown|note:hidden text|-secret|-hidden:shown" },
	{ "<span hidden>secret</span>shown <img style='display:none'>also",
	  "hidden:secret|shown|also" },
	{ "a < b and <<i>c</i> cool", "cool|and" },
	{ "text <a href=\"unclosed", "text|note:html cut off" },
	{ "<p title='>' x = y z>after</p ><!DOCTYPE html><?php x ?>end", "after|end|-php|-title" },
	{ "<form action=http://f.example.com/><input type=text></form>",
	  "url:f.example.com|note:form|note:input" },
};

START_TEST(test_html)
{
	struct buf b;

	buf_init(&b, 10000);
	for (size_t i = 0; i < ARRAY_LEN(htmls); i++) {
		buf_reset(&b);
		buf_puts(&b, "Content-Type: text/html\r\n\r\n");
		buf_puts(&b, htmls[i][0]);
		message(buf_c(&b));
		expect(htmls[i][0], htmls[i][1]);
		expect(htmls[i][0], "note:html only");
	}
	buf_done(&b);
}
END_TEST

START_TEST(test_fields)
{
	message("Received: from relay.example.com (relay.example.com [192.0.2.9])\r\n"
		"\tby mx.here.example (8.9) for <user@here.example>; Sat, 21 Nov 2026\r\n"
		"From: \"Big Winner\" <info@shop.example.co.uk>\r\n"
		"To: me@here.example, you@here.example\r\n"
		"Subject: =?utf-8?q?M=C3=B6re?= money\r\n"
		"Message-ID: <123@id.example.net>\r\n"
		"List-Id: Things <things.example.org>\r\n"
		"X-Mailer: The Blaster 3.1\r\n"
		"X-Spam-Status: Yes\r\n"
		"X-Odd: something\r\n"
		"Precedence: bulk\r\n"
		"\r\nbody\r\n");
	expect("header",
	       "received:relay.example.com|received:example.com|received:192.0.2|received:mx.here.example|"
	       "-received:user|from:big|from:winner|sender:info@shop.example.co.uk|"
	       "sender:shop.example.co.uk|sender:example.co.uk|to:me@here.example|subject:more|"
	       "subject:money|-money|id:id.example.net|list:things.example.org|mailer:blaster|"
	       "field:x-odd|-field:x-spam-status|value:precedence bulk|value:no date|-value:no "
	       "subject|note:recipients|body");
	message("\r\n\r\n");
	expect("nothing", "value:no date|value:no from|value:no to|type:text/plain");
}
END_TEST

START_TEST(test_parts)
{
	message("Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
		"--b\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n"
		"Content-Transfer-Encoding: base64\r\n\r\nGyRCRnxLXBsoQiBoZWxsbw==\r\n"
		"--b\r\nContent-Type: text/html; charset=KOI8-R\r\n"
		"Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>wo=\r\nrds =D0=D2=C9=D7=C5=D4\r\n"
		"--b\r\nContent-Type: application/x-dosexec; name=\"Price List.pdf.EXE\"\r\n"
		"Content-Transfer-Encoding: base64\r\n\r\nTWFueSB3b3Jkcw==\r\n"
		"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\nX-Inner: y\r\n\r\nenclosed\r\n"
		"--b--\r\nepilogue\r\n");
	expect("parts", "\xe6\x97\xa5\xe6\x9c\xac|hello|words|type:iso-2022-jp|type:koi8-r|"
			"type:application/x-dosexec|file:price|file:list|file:.exe|subject:inner|"
			"enclosed|-many|-epilogue|-field:x-inner|-note:html only");
}
END_TEST

START_TEST(test_grams)
{
	struct junk_params p = JUNK_PARAMS_DEFAULT;

	junk_tok_free(&tok);
	p.onegrams = false;
	p.threegrams = true;
	tok = junk_tok_new(&p, &key, true);
	message("Subject: first second\r\n\r\none two three four");
	expect("pairs and triples",
	       "one two|two three|one two three|two three four|subject:first second|"
	       "-one|-second one|-three one");
}
END_TEST

/* Ascending, unique; the same however the message is cut; others with another key. */
START_TEST(test_hashes)
{
	static const char text[] =
		"Subject: a b c\r\nContent-Type: text/html; charset=utf-8\r\n"
		"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
		"<p sty=\r\nle=3D\"display:none\">caf=C3=A9 &eacute;t&#233;</p>last=\r\n one";
	const struct junk_key other = { { 9 } };
	struct junk_params p = JUNK_PARAMS_DEFAULT;
	struct junk_tok *b = junk_tok_new(&p, &key, false), *c = junk_tok_new(&p, &other, false);
	struct mime_tap tap = junk_tok_tap(b);
	uint64_t whole[1000], back[1000];
	const uint64_t *h;
	struct buf bytes;
	size_t n, m;

	junk_tok_message(b, str_c(text));
	h = junk_tok_hashes(b, &n);
	ck_assert_uint_gt(n, 10);
	ck_assert_uint_lt(n, 1000);
	memcpy(whole, h, n * sizeof(*h));
	for (size_t i = 1; i < n; i++)
		ck_assert(whole[i - 1] < whole[i]);
	for (size_t step = 1; step < 40; step++) {
		struct mime_parser *parser = mime_parser_new();

		junk_tok_reset(b);
		mime_parser_tap(parser, &tap);
		for (struct str s = str_c(text); s.n > 0; s = str_from(s, step))
			mime_parser_feed(parser, s.p, MIN(step, s.n));
		mime_parser_end(parser);
		junk_tok_end(b);
		mime_parser_free(&parser);
		h = junk_tok_hashes(b, &m);
		ck_assert_uint_eq(m, n);
		ck_assert_mem_eq(h, whole, n * sizeof(*h));
	}
	buf_init(&bytes, 100000);
	junk_hashes_put(whole, n, &bytes);
	ck_assert_int_eq(junk_hashes_get(buf_str(&bytes), back, 1000, &m), 0);
	ck_assert_uint_eq(m, n);
	ck_assert_mem_eq(back, whole, n * sizeof(*back));
	ck_assert_int_eq(junk_hashes_get(buf_str(&bytes), back, n - 1, &m), -1);
	ck_assert_int_eq(junk_hashes_get(str_from(buf_str(&bytes), 1), back, 1000, &m), -1);
	buf_done(&bytes);
	junk_tok_message(c, str_c(text));
	h = junk_tok_hashes(c, &m);
	for (size_t i = 0, k = 0; i < n && k < m; whole[i] < h[k] ? i++ : k++)
		ck_assert(whole[i] != h[k]);
	junk_tok_free(&b);
	junk_tok_free(&c);
}
END_TEST

/* What is huge costs no more than the limits, and says so. */
START_TEST(test_limits)
{
	struct buf b;
	size_t n;

	buf_init(&b, 64 << 20);
	buf_puts(&b, "Subject: x\r\n\r\n");
	for (unsigned i = 0; b.n < 2 * LIM_JUNK_TEXT; i++)
		buf_printf(&b, "w%c%c%c%c%c ", 'a' + i % 26, "aeiou"[i / 26 % 5],
			   'a' + i / 130 % 26, "aeiou"[i / 3380 % 5], 'a' + i / 16900 % 26);
	buf_puts(&b, " tail");
	junk_tok_message(tok, buf_str(&b));
	junk_tok_hashes(tok, &n);
	ck_assert_uint_eq(n, LIM_JUNK_TOKENS);
	ck_assert(!has("tail"));
	buf_reset(&b);
	buf_puts(&b, "Content-Type: text/html\r\n\r\n");
	for (unsigned i = 0; i < 100000; i++)
		buf_puts(&b, "<div hidden><a href=");
	junk_tok_message(tok, buf_str(&b));
	buf_reset(&b);
	buf_puts(&b, "To: ");
	for (unsigned i = 0; i < 20000; i++)
		buf_printf(&b, "a%u@b.example, ", i);
	buf_puts(&b, "\r\nSubject: ");
	for (unsigned i = 0; i < 10000; i++)
		buf_puts(&b, "=?utf-8?q?=C3=BC?= ");
	buf_puts(&b, "\r\n\r\nbody");
	junk_tok_message(tok, buf_str(&b));
	ck_assert(has("body"));
	buf_done(&b);
}
END_TEST

UNIT_MAIN_AROUND("junk tokens", up, down, 60, test_text, test_html, test_fields, test_parts,
		 test_grams, test_hashes, test_limits)
