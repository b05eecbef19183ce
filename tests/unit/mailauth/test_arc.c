/* ARC: what lib/dkim seals is valid, in pieces of any size; keys, answers, limits. */
#include "mailauth/arc.h"

#include "base/encode.h"
#include "dkim/arcseal.h"
#include "mailauth/message.h"
#include "tests/unit/unit.h"
#include "zone.h"

enum { NOW = 1700000000 };

static struct zone zone;
static struct dkv_lib *lib;
static struct dk_key *keys[2];

static void
setup(void)
{
	static const char *const names[] = { "r", "e" };
	struct err e = ERR_INIT;
	struct buf b;

	lib = dkv_lib_new();
	for (unsigned i = 0; i < 2; i++) {
		buf_init(&b, 16384);
		ck_assert_int_eq(dk_key_make(i == 0 ? 1024 : 0, &b, &e), 0);
		keys[i] = dk_key_parse(buf_str(&b), &e);
		buf_reset(&b);
		buf_printf(&b, "%s._domainkey.sealer.example TXT ", names[i]);
		ck_assert_int_eq(dk_key_txt(keys[i], &b, &e), 0);
		zone_add(&zone, buf_c(&b));
		buf_done(&b);
	}
}

static void
teardown(void)
{
	dkv_lib_free(&lib);
	dk_key_free(&keys[0]);
	dk_key_free(&keys[1]);
	zone_clear(&zone);
}

static const char plain[] = "From: a@b.example\r\nSubject: x\r\n\r\nbody\r\n";

/* One more set in front. */
static int
seal(struct buf *m, unsigned kind, bool is_valid, struct err *e)
{
	struct dk_arcseal_in in = { .domain = STR("Sealer.example"),
				    .selector = kind == 0 ? STR("r") : STR("e"),
				    .key = keys[kind],
				    .results = STR("mx.example;\r\n arc=pass"),
				    .is_valid = is_valid,
				    .now = NOW };
	struct dk_arcseal *s = dk_arcseal_new(&in);
	struct buf out;
	int r;

	buf_init(&out, 4 << 20);
	for (size_t i = 0; i < m->n; i += 13)
		dk_arcseal_put(s, str_sub(buf_str(m), i, i + 13));
	r = dk_arcseal_finish(s, &out, e);
	dk_arcseal_free(&s);
	buf_putstr(&out, buf_str(m));
	buf_done(m);
	*m = out;
	return r;
}

static void
start(struct buf *m, unsigned sets)
{
	struct err e = ERR_INIT;

	buf_init(m, 4 << 20);
	buf_puts(m, plain);
	for (unsigned i = 0; i < sets; i++)
		ck_assert_msg(seal(m, i % 2, true, &e) == 0, "%s", e.msg);
}

static struct mailauth_message *
put(struct str s, size_t piece)
{
	struct mailauth_message *m = mailauth_message_new(lib, NOW);

	for (size_t i = 0; i < s.n; i += piece)
		mailauth_message_put(m, str_sub(s, i, i + piece));
	mailauth_message_end(m);
	return m;
}

static void
expect(struct str s, enum arc_result r, const char *why)
{
	struct mailauth_message *m = put(s, s.n + 1);
	const struct arc_out *o;

	zone_run(&zone, &arc_ops, mailauth_message_arc(m));
	o = arc_out(mailauth_message_arc(m));
	ck_assert_msg(o->result == r, "%s: %s", arc_result_name(o->result), o->why);
	ck_assert_str_eq(o->why, why);
	mailauth_message_free(&m);
}

START_TEST(test_pieces)
{
	static const size_t pieces[] = { 1, 2, 13, 4096 };
	struct buf b;

	start(&b, 3);
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		struct mailauth_message *m = put(buf_str(&b), pieces[i]);
		const struct arc_out *o;

		zone_run(&zone, &arc_ops, mailauth_message_arc(m));
		o = arc_out(mailauth_message_arc(m));
		ck_assert_msg(o->result == ARC_PASS, "%s", o->why);
		ck_assert(o->n == 3 && o->oldest_pass == 0 && o->questions == 2);
		ck_assert_str_eq(o->sets[2].domain, "sealer.example");
		ck_assert_str_eq(o->sets[0].message_domain, "sealer.example");
		ck_assert_str_is(o->sets[1].results, STR("mx.example;\r\n arc=pass"));
		mailauth_message_free(&m);
	}
	buf_done(&b);
}
END_TEST

START_TEST(test_changed)
{
	struct err e = ERR_INIT;
	struct buf b;

	expect(str_c(plain), ARC_NONE, "there are no seals");
	start(&b, 2);
	buf_puts(&b, "more");
	expect(buf_str(&b), ARC_FAIL, "ARC-Message-Signature 2: the body is not what was signed");
	ck_assert_int_eq(seal(&b, 0, false, &e), 0);
	expect(buf_str(&b), ARC_FAIL, "ARC-Seal 3 says cv=fail");
	ck_assert_int_eq(seal(&b, 0, false, &e), -1);
	ck_assert_int_eq(e.code, EC_DENIED);
	buf_done(&b);
	start(&b, 2);
	/* The first results, which only the seals cover. */
	b.p[b.off + (size_t)str_find(buf_str(&b), STR("i=1; mx.example")) + 5] = 'M';
	expect(buf_str(&b), ARC_FAIL, "ARC-Seal 1: the fields of ARC are not what was sealed");
	buf_done(&b);
}
END_TEST

START_TEST(test_no_answer)
{
	struct mailauth_message *m;
	struct mailauth_question q;
	struct buf b;

	start(&b, 2);
	m = put(buf_str(&b), 100);
	ck_assert(arc_next(mailauth_message_arc(m), &q));
	arc_expire(mailauth_message_arc(m));
	ck_assert(!arc_next(mailauth_message_arc(m), &q));
	ck_assert_int_eq(arc_out(mailauth_message_arc(m))->result, ARC_TEMPERROR);
	mailauth_message_free(&m);
	zone_clear(&zone);
	expect(buf_str(&b), ARC_FAIL, "ARC-Message-Signature 2: there is no key");
	buf_done(&b);
}
END_TEST

START_TEST(test_limit)
{
	struct err e = ERR_INIT;
	struct buf b;

	start(&b, LIM_ARC_SETS);
	expect(buf_str(&b), ARC_PASS, "");
	ck_assert_int_eq(seal(&b, 0, true, &e), -1);
	ck_assert_int_eq(e.code, EC_DENIED);
	buf_done(&b);
	buf_init(&b, 4 << 20);
	while (b.n <= LIM_DKIM_HEADER)
		buf_puts(&b, "ARC-Seal: i=1; x\r\n ");
	expect(buf_str(&b), ARC_FAIL, "header of more than 1048576 bytes");
	buf_done(&b);
}
END_TEST

UNIT_MAIN_AROUND("arc", setup, teardown, 60, test_pieces, test_changed, test_no_answer, test_limit)
