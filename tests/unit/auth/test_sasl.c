/* SCRAM and CRAM-MD5 against the dialogs that the RFCs print, and messages that are not theirs. */
#include "auth/sasl.h"
#include "base/encode.h"
#include "base/mem.h"
#include "tests/unit/auth/scram_client.h"
#include "tests/unit/unit.h"

struct scram_row {
	enum auth_scram mech;
	const char *salt, *client_nonce, *server_nonce;
	const char *challenge, *final, *verdict;
};

/* User "user", password "pencil". */
static const struct scram_row rfc[] = {
	/* RFC 5802 5 */
	{ AUTH_SCRAM_SHA1, "QSXCR+Q6sek8bf92", "fyko+d2lbbFgONRv9qkxdawL", "3rfcNHYJY1ZVvWVs7j",
	  "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
	  "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
	  "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=" },
	/* RFC 7677 3 */
	{ AUTH_SCRAM_SHA256, "W22ZaJ0SNY7soEsUEjb6gQ==", "rOprNGfwEbeRWgbNEkqO",
	  "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
	  "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
	  "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
	  "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
	  "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=" },
};

static void
cred(const struct scram_row *row, struct auth_scram_cred *c)
{
	struct buf b;

	*c = (struct auth_scram_cred){ .mech = row->mech, .iterations = 4096 };
	buf_init(&b, 64);
	ck_assert_int_eq(enc_get_base64(&b, str_c(row->salt)), 0);
	memcpy(c->salt, buf_str(&b).p, b.n);
	c->nsalt = (unsigned)b.n;
	buf_done(&b);
	auth_scram_derive(STR("pencil"), c);
}

/* A dialog after the challenge. */
static struct auth_scram_dialog *
begun(const struct scram_row *row, const struct auth_scram_setup *s, const char *header,
      struct buf *out)
{
	struct auth_scram_dialog *d;
	struct auth_scram_cred c;
	struct err e = ERR_INIT;
	struct buf b;

	buf_init(&b, 4096);
	buf_printf(&b, "%sn=user,r=%s", header, row->client_nonce);
	d = auth_scram_begin(s, buf_str(&b), &e);
	ck_assert_msg(d != NULL, "%s", e.msg);
	buf_done(&b);
	cred(row, &c);
	auth_scram_challenge(d, &c, str_c(row->server_nonce), out);
	return d;
}

START_TEST(test_rfc)
{
	for (size_t i = 0; i < ARRAY_LEN(rfc); i++) {
		struct auth_scram_setup s = { .mech = rfc[i].mech };
		struct auth_scram_dialog *d;
		struct err e = ERR_INIT;
		struct buf out;
		bool match;

		buf_init(&out, LIM_SASL);
		d = begun(&rfc[i], &s, "n,,", &out);
		ck_assert_str_eq(auth_scram_login(d), "user");
		ck_assert_str_eq(auth_scram_authzid(d), "");
		ck_assert_str_is(buf_str(&out), str_c(rfc[i].challenge));
		buf_reset(&out);
		ck_assert_int_eq(auth_scram_finish(d, str_c(rfc[i].final), &match, &out, &e), 0);
		ck_assert(match);
		ck_assert_str_is(buf_str(&out), str_c(rfc[i].verdict));
		auth_scram_free(&d);
		buf_done(&out);
	}
}
END_TEST

START_TEST(test_binding)
{
	/* mechanism's form, offered, binding type, GS2 header, binding that the client has: result
	 * of begin, of finish */
	static const struct {
		bool plus, offered;
		const char *type, *header, *data;
		enum ec begin, finish;
	} rows[] = {
		{ true, false, "tls-exporter", "p=tls-exporter,,", "DATA", EC_OK, EC_OK },
		{ true, false, "tls-server-end-point", "p=tls-server-end-point,a=user,", "DATA",
		  EC_OK, EC_OK },
		{ true, false, "tls-exporter", "p=tls-exporter,,", "OTHER", EC_OK, EC_DENIED },
		{ true, false, "tls-exporter", "p=tls-exporter,,", "", EC_OK, EC_DENIED },
		{ true, false, "tls-exporter", "p=tls-unique,,", "DATA", EC_DENIED, EC_OK },
		{ true, false, "tls-exporter", "p=,,", "DATA", EC_DENIED, EC_OK },
		{ true, false, "", "p=tls-exporter,,", "DATA", EC_DENIED, EC_OK },
		{ true, false, "tls-exporter", "n,,", "", EC_DENIED, EC_OK },
		{ true, false, "tls-exporter", "y,,", "", EC_DENIED, EC_OK },
		{ false, false, "", "p=tls-exporter,,", "DATA", EC_DENIED, EC_OK },
		{ false, true, "", "p=tls-exporter,,", "DATA", EC_DENIED, EC_OK },
		{ false, true, "", "y,,", "", EC_DENIED, EC_OK },
		{ false, true, "", "n,,", "", EC_OK, EC_OK },
		{ false, false, "", "n,,", "", EC_OK, EC_OK },
		{ false, false, "", "y,,", "", EC_OK, EC_OK },
		{ false, false, "", "y,a=user,", "", EC_OK, EC_OK },
		{ false, false, "", "n,,", "DATA", EC_OK, EC_DENIED },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct auth_scram_setup s = { .mech = AUTH_SCRAM_SHA256,
					      .plus = rows[i].plus,
					      .offered = rows[i].offered,
					      .cb_type = str_c(rows[i].type),
					      .cb_data = rows[i].type[0] != '\0' ? STR("DATA")
										 : STR_NONE };
		struct auth_scram_dialog *d;
		struct auth_scram_cred c;
		struct err e = ERR_INIT;
		struct buf first, challenge, binding, final, out;
		bool match = false;
		int r;

		buf_init(&first, 4096);
		buf_init(&challenge, 4096);
		buf_init(&binding, 4096);
		buf_init(&final, 4096);
		buf_init(&out, 4096);
		cred(&rfc[1], &c);
		buf_printf(&first, "%sn=user,r=abc", rows[i].header);
		d = auth_scram_begin(&s, buf_str(&first), &e);
		ck_assert_msg(e.code == rows[i].begin, "row %zu: %s", i, e.msg);
		if (d != NULL) {
			auth_scram_challenge(d, &c, STR("xyz"), &challenge);
			buf_puts(&binding, rows[i].header);
			buf_puts(&binding, rows[i].data);
			scram_client_final(AUTH_SCRAM_SHA256, "pencil", "n=user,r=abc",
					   buf_str(&challenge), buf_str(&binding), &final);
			r = auth_scram_finish(d, buf_str(&final), &match, &out, &e);
			ck_assert_msg(e.code == rows[i].finish && (r == 0) == (e.code == EC_OK),
				      "row %zu: %s", i, e.msg);
			ck_assert_int_eq(match, rows[i].finish == EC_OK);
			ck_assert_int_eq(out.n > 0, match);
		}
		auth_scram_free(&d);
		buf_done(&first);
		buf_done(&challenge);
		buf_done(&binding);
		buf_done(&final);
		buf_done(&out);
	}
}
END_TEST

START_TEST(test_names)
{
	/* message, login, authzid; NULL: refused */
	static const struct {
		const char *msg, *login, *authzid;
	} rows[] = {
		{ "n,,n=user,r=a", "user", "" },
		{ "n,a=other,n=user,r=a", "user", "other" },
		{ "n,,n=a=2Cb=3Dc,r=a", "a,b=c", "" },
		{ "n,a==2C,n=u,r=a", "u", "," },
		{ "n,,n=\xc3\xa9,r=a", "\xc3\xa9", "" },
		{ "n,,n=user,r=a,x=extension,y=1=2", "user", "" },
		{ "n,,n=a=2cb,r=a", NULL, NULL }, /* upper case only, by the grammar */
		{ "n,,n=a=2,r=a", NULL, NULL },
		{ "n,,n=a=,r=a", NULL, NULL },
		{ "n,,n=a=00,r=a", NULL, NULL },
		{ "n,,n=,r=a", NULL, NULL },
		{ "n,,n=\xff,r=a", NULL, NULL },
		{ "n,a=,n=user,r=a", NULL, NULL },
		{ "n,b=x,n=user,r=a", NULL, NULL },
		{ "n,,m=ext,n=user,r=a", NULL, NULL },
		{ "n,,n=user,r=a,m=ext", NULL, NULL },
		{ "n,,n=user,r=a,", NULL, NULL },
		{ "n,,n=user,r=a,x", NULL, NULL },
		{ "n,,n=user,r=a,x=", NULL, NULL },
		{ "n,,n=user,r=a,1=x", NULL, NULL },
		{ "n,,n=user,r=", NULL, NULL },
		{ "n,,n=user,r=a b", NULL, NULL },
		{ "n,,n=user,r=\x7f", NULL, NULL },
		{ "n,,n=user", NULL, NULL },
		{ "n,,r=a,n=user", NULL, NULL },
		{ "n,,", NULL, NULL },
		{ "n,", NULL, NULL },
		{ "n", NULL, NULL },
		{ "", NULL, NULL },
		{ ",,n=user,r=a", NULL, NULL },
		{ "N,,n=user,r=a", NULL, NULL },
		{ "nn,,n=user,r=a", NULL, NULL },
		{ "n=x,,n=user,r=a", NULL, NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct auth_scram_setup s = { .mech = AUTH_SCRAM_SHA1 };
		struct err e = ERR_INIT;
		struct auth_scram_dialog *d = auth_scram_begin(&s, str_c(rows[i].msg), &e);

		ck_assert_msg((d != NULL) == (rows[i].login != NULL), "%s", rows[i].msg);
		if (d != NULL) {
			ck_assert_str_eq(auth_scram_login(d), rows[i].login);
			ck_assert_str_eq(auth_scram_authzid(d), rows[i].authzid);
		} else {
			ck_assert_int_eq(e.code, EC_SYNTAX);
		}
		auth_scram_free(&d);
	}
}
END_TEST

START_TEST(test_lengths)
{
	struct auth_scram_setup s = { .mech = AUTH_SCRAM_SHA1 };
	struct auth_scram_dialog *d;
	struct auth_scram_cred c;
	struct buf b, out;

	/* the longest nonce gives a challenge that fits */
	buf_init(&b, 8192);
	buf_init(&out, LIM_SASL);
	buf_puts(&b, "n,,n=user,r=");
	for (unsigned i = 0; i < 512; i++)
		buf_putc(&b, 'n');
	d = auth_scram_begin(&s, buf_str(&b), NULL);
	ck_assert_ptr_nonnull(d);
	cred(&rfc[0], &c);
	auth_scram_challenge(d, &c, STR("abcdefghijklmnopqrstuvwx"), &out);
	ck_assert(!out.over);
	auth_scram_free(&d);
	buf_putc(&b, 'n');
	ck_assert_ptr_null(auth_scram_begin(&s, buf_str(&b), NULL));
	/* names: as long as an address */
	for (unsigned n = LIM_ADDR; n <= LIM_ADDR + 1; n++) {
		buf_reset(&b);
		buf_puts(&b, "n,,n=");
		for (unsigned i = 0; i < n; i++)
			buf_puts(&b, "=3D");
		buf_puts(&b, ",r=a");
		d = auth_scram_begin(&s, buf_str(&b), NULL);
		ck_assert_int_eq(d != NULL, n == LIM_ADDR);
		auth_scram_free(&d);
	}
	buf_reset(&b);
	buf_put(&b, "n,,n=a\0b,r=a", 12);
	ck_assert_ptr_null(auth_scram_begin(&s, buf_str(&b), NULL));
	buf_done(&b);
	buf_done(&out);
}
END_TEST

START_TEST(test_final)
{
#define NONCE "fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j"
#define PROOF "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="
	static const struct {
		const char *msg;
		enum ec code;
		bool match;
	} rows[] = {
		{ "c=biws,r=" NONCE ",p=" PROOF, EC_OK, true },
		{ "c=biws,r=" NONCE ",p=v0X8v3Bz2T0CJGbJQyF0X+HI4Tw=", EC_OK, false },
		{ "c=biws,r=" NONCE ",x=1,p=" PROOF, EC_OK, false }, /* not what was proven */
		{ "c=biws,r=" NONCE ",m=1,p=" PROOF, EC_SYNTAX, false },
		{ "c=biws,r=" NONCE ",,p=" PROOF, EC_SYNTAX, false },
		{ "c=biws,r=" NONCE ",p=" PROOF ",x=1", EC_SYNTAX, false },
		{ "c=eSws,r=" NONCE ",p=" PROOF, EC_DENIED, false }, /* y,, */
		{ "c=biwsRA==,r=" NONCE ",p=" PROOF, EC_DENIED, false },
		{ "c=,r=" NONCE ",p=" PROOF, EC_DENIED, false },
		{ "c=b,r=" NONCE ",p=" PROOF, EC_SYNTAX, false },
		{ "c=biws,r=fyko+d2lbbFgONRv9qkxdawL,p=" PROOF, EC_SYNTAX, false },
		{ "c=biws,r=" NONCE "x,p=" PROOF, EC_SYNTAX, false },
		{ "c=biws,r=" NONCE ",p=", EC_SYNTAX, false },
		{ "c=biws,r=" NONCE ",p=AAAA", EC_SYNTAX, false },
		{ "c=biws,r=" NONCE ",p=" PROOF PROOF, EC_SYNTAX, false },
		{ "c=biws,r=" NONCE, EC_SYNTAX, false },
		{ "r=" NONCE ",c=biws,p=" PROOF, EC_SYNTAX, false },
		{ "p=" PROOF, EC_SYNTAX, false },
		{ ",", EC_SYNTAX, false },
		{ "", EC_SYNTAX, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct auth_scram_setup s = { .mech = AUTH_SCRAM_SHA1 };
		struct auth_scram_dialog *d;
		struct err e = ERR_INIT;
		bool match = false;
		struct buf out;
		int r;

		buf_init(&out, LIM_SASL);
		d = begun(&rfc[0], &s, "n,,", &out);
		buf_reset(&out);
		r = auth_scram_finish(d, str_c(rows[i].msg), &match, &out, &e);
		ck_assert_int_eq(r == 0, rows[i].code == EC_OK);
		ck_assert_msg(e.code == rows[i].code && match == rows[i].match, "%s: %s",
			      rows[i].msg, e.msg);
		ck_assert_int_eq(out.n > 0, match);
		auth_scram_free(&d);
		buf_done(&out);
	}
}
END_TEST

START_TEST(test_cram)
{
	static const struct {
		const char *msg, *login;
	} rows[] = {
		{ "tim b913a602c7eda7a495b4e6e7334d3890", "tim" }, /* RFC 2195 2 */
		{ "tim x b913a602c7eda7a495b4e6e7334d3890", "tim x" },
		{ " b913a602c7eda7a495b4e6e7334d3890", NULL },
		{ "b913a602c7eda7a495b4e6e7334d3890", NULL },
		{ "tim b913a602c7eda7a495b4e6e7334d389", NULL },
		{ "tim b913a602c7eda7a495b4e6e7334d389000", NULL },
		{ "tim b913a602c7eda7a495b4e6e7334d389g", NULL },
		{ "\xff b913a602c7eda7a495b4e6e7334d3890", NULL },
		{ "tim ", NULL },
		{ "", NULL },
	};
	unsigned char state[AUTH_CRAM_STATE], digest[16], ours[16];
	char login[LIM_ADDR + 1];
	struct buf b;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int r = auth_cram_answer(str_c(rows[i].msg), login, digest, NULL);

		ck_assert_msg((r == 0) == (rows[i].login != NULL), "%s", rows[i].msg);
		if (r == 0)
			ck_assert_str_eq(login, rows[i].login);
	}
	buf_init(&b, 1024);
	auth_cram_challenge(STR("1896"), 697170952, STR("postoffice.reston.mci.net"), &b);
	ck_assert_str_is(buf_str(&b), STR("<1896.697170952@postoffice.reston.mci.net>"));
	auth_cram_derive(STR("tanstaaftanstaaf"), state);
	auth_cram_response(state, buf_str(&b), ours);
	ck_assert_int_eq(auth_cram_answer(str_c(rows[0].msg), login, digest, NULL), 0);
	ck_assert_mem_eq(ours, digest, 16);
	buf_done(&b);
}
END_TEST

UNIT_MAIN("sasl", test_rfc, test_binding, test_names, test_lengths, test_final, test_cram)
