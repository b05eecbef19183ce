/* Replies and the trace field. */
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "smtp/reply.h"
#include "smtp/trace.h"
#include "tests/unit/unit.h"

static struct buf out;

static struct str
reply(unsigned code, struct str ecode, struct str text)
{
	buf_init(&out, 10000);
	smtp_reply_put(&out, code, ecode, text);
	return buf_str(&out);
}

START_TEST(test_lines)
{
	ck_assert_str_is(reply(250, STR("2.0.0"), STR("OK")), STR("250 2.0.0 OK\r\n"));
	buf_done(&out);
	ck_assert_str_is(reply(250, STR(""), STR("host\nPIPELINING\nSIZE 1")),
			 STR("250-host\r\n250-PIPELINING\r\n250 SIZE 1\r\n"));
	buf_done(&out);
	ck_assert_str_is(reply(214, STR("2.0.0"), STR("a\nb")),
			 STR("214-2.0.0 a\r\n214 2.0.0 b\r\n"));
	buf_done(&out);
	ck_assert_str_is(reply(250, STR("2.0.0"), STR("")), STR("250 2.0.0 \r\n"));
	buf_done(&out);
	ck_assert_str_is(reply(550, STR("5.1.1"), STR("a\r\tb\x7f\xc3\xb6")),
			 STR("550 5.1.1 a??b???\r\n"));
	buf_done(&out);
}
END_TEST

START_TEST(test_long)
{
	char text[2000];
	struct str r;

	memset(text, 'x', sizeof(text));
	r = reply(250, STR("2.0.0"), str_mem(text, sizeof(text)));
	ck_assert_uint_le(r.n, LIM_SMTP_REPLY);
	ck_assert(str_has_suffix(r, STR("x\r\n")));
	buf_done(&out);
}
END_TEST

START_TEST(test_ecodes)
{
	static const struct {
		unsigned code;
		const char *e;
		bool ok;
	} r[] = {
		{ 250, "2.0.0", true },	   { 550, "5.1.1", true },   { 451, "4.123.999", true },
		{ 250, "5.0.0", false },   { 550, "4.1.1", false },  { 550, "5.1", false },
		{ 550, "", false },	   { 550, "5.01.1", false }, { 550, "5.1.1234", false },
		{ 550, "5.1.1.1", false }, { 550, "55.1.1", false }, { 550, "5.a.1", false },
		{ 354, "3.0.0", false },   { 550, "5..1", false },   { 550, "5.1.", false },
		{ 550, "5.1.1 x", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(r); i++)
		ck_assert_msg(smtp_ecode_fits(r[i].code, str_c(r[i].e)) == r[i].ok, "%s", r[i].e);
}
END_TEST

START_TEST(test_trace)
{
	struct smtp_trace t = {
		.helo = STR("client.example"),
		.ip = STR("192.0.2.1"),
		.hostname = STR("mail.example"),
		.proto = "ESMTPS",
		.tls = "TLS1.3",
		.cipher = "TLS_AES_128_GCM_SHA256",
		.id = 0x1234abcd,
		.rcpt = STR("a@example.org"),
		.now = 0,
	};
	struct str s;

	buf_init(&out, 4000);
	smtp_trace_put(&out, &t);
	s = buf_str(&out);
	ck_assert(str_has_prefix(
		s, STR("Received: from client.example ([192.0.2.1])\r\n"
		       "\tby mail.example with ESMTPS (TLS1.3 TLS_AES_128_GCM_SHA256)\r\n"
		       "\tid 000000001234abcd\r\n\tfor <a@example.org>;\r\n\t")));
	ck_assert(str_has_suffix(s, STR("\r\n")));
	ck_assert(str_find(s, STR(" 1970 ")) > 0 || str_find(s, STR(" 1969 ")) > 0);
	buf_reset(&out);
	t.ip = STR("2001:db8::1");
	t.tls = NULL;
	t.proto = "SMTP";
	t.rcpt = STR_NONE;
	smtp_trace_put(&out, &t);
	s = buf_str(&out);
	ck_assert(str_has_prefix(
		s, STR("Received: from client.example ([IPv6:2001:db8::1])\r\n"
		       "\tby mail.example with SMTP\r\n\tid 000000001234abcd;\r\n\t")));
	buf_done(&out);
}
END_TEST

UNIT_MAIN("smtp-reply", test_lines, test_long, test_ecodes, test_trace)
