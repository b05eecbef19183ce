/*
 * Our signatures before a verifier that is not ours, libopendkim: both algorithms, every
 * canonicalization, messages at random and those of MOX_TESTDATA.
 *
 * libopendkim can't verify Ed25519 with a header in simple form, not even its own, so that pair is
 * left to test_dkim.py. It leaks for each Ed25519 signature.
 */
#include <dirent.h>
#include <dkim.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef MOX_SAN
#include <sanitizer/lsan_interface.h>
#endif
#undef MIN /* theirs, of <sys/param.h> */
#undef MAX

#include "base/buf.h"
#include "base/mem.h"
#include "dkim/dkim.h"
#include "tests/unit/unit.h"

enum { SELECTORS = 6, MESSAGE_MAX = 8 << 20 };

static struct dk_key *rsa, *ed;
static struct buf rsa_txt, ed_txt;

static void
make_keys(void)
{
	struct err e = ERR_INIT;
	struct buf pem;

	buf_init(&rsa_txt, 4096);
	buf_init(&ed_txt, 4096);
	buf_init(&pem, 16384);
	ck_assert_int_eq(dk_key_make(1024, &pem, &e), 0);
	rsa = dk_key_parse(buf_str(&pem), &e);
	buf_reset(&pem);
	ck_assert_int_eq(dk_key_make(0, &pem, &e), 0);
	ed = dk_key_parse(buf_str(&pem), &e);
	buf_done(&pem);
	ck_assert(rsa != NULL && ed != NULL);
	ck_assert_int_eq(dk_key_txt(rsa, &rsa_txt, &e), 0);
	ck_assert_int_eq(dk_key_txt(ed, &ed_txt, &e), 0);
}

static void
drop_keys(void)
{
	dk_key_free(&rsa);
	dk_key_free(&ed);
	buf_done(&rsa_txt);
	buf_done(&ed_txt);
}

/* ---- their side */

static DKIM_CBSTAT
on_lookup(DKIM *d, DKIM_SIGINFO *sig, unsigned char *out, size_t n)
{
	const char *sel = (const char *)dkim_sig_getselector(sig);

	(void)d;
	if (strcmp((const char *)dkim_sig_getdomain(sig), "signer.example") != 0)
		return DKIM_CBSTAT_NOTFOUND;
	snprintf((char *)out, n, "%s", buf_c(sel[0] == 'r' ? &rsa_txt : &ed_txt));
	return DKIM_CBSTAT_CONTINUE;
}

static size_t
field_len(struct str s)
{
	size_t i = 0;

	for (;;) {
		i += (size_t)str_find(str_from(s, i), STR("\r\n")) + 2;
		if (i >= s.n || (s.p[i] != ' ' && s.p[i] != '\t'))
			return i;
	}
}

static void
feed(DKIM *d, struct str m)
{
	while (!str_has_prefix(m, STR("\r\n"))) {
		size_t n = field_len(m);

		/* It refuses what is no field; neither do we sign that. */
		(void)dkim_header(d, (unsigned char *)(uintptr_t)m.p, n - 2);
		m = str_from(m, n);
	}
	(void)dkim_eoh(d);
	m = str_from(m, 2);
	if (m.n > 0)
		ck_assert_int_eq(dkim_body(d, (unsigned char *)(uintptr_t)m.p, m.n), DKIM_STAT_OK);
	(void)dkim_eom(d, NULL);
}

/* How many signatures of ours are good. */
static size_t
count_good(DKIM_LIB *lib, struct str m)
{
	DKIM_STAT st;
	DKIM *d = dkim_verify(lib, (const unsigned char *)"test", NULL, &st);
	DKIM_SIGINFO **sigs;
	size_t good = 0;
	int n;

	ck_assert_ptr_nonnull(d);
	feed(d, m);
	if (dkim_getsiglist(d, &sigs, &n) != DKIM_STAT_OK)
		n = 0;
	for (int i = 0; i < n; i++)
		if (strcmp((const char *)dkim_sig_getdomain(sigs[i]), "signer.example") == 0 &&
		    DKIM_SIG_CHECK(sigs[i]) && dkim_sig_geterror(sigs[i]) == DKIM_SIGERROR_OK)
			good++;
	dkim_free(d);
	return good;
}

/* ---- ours */

static size_t
selectors(struct dk_selector v[SELECTORS], bool oversign)
{
	static const struct {
		const char *name;
		bool ed, header, body;
	} rows[SELECTORS] = {
		{ "rss", false, false, false }, { "rsr", false, false, true },
		{ "rrs", false, true, false },	{ "rrr", false, true, true },
		{ "ers", true, true, false },	{ "err", true, true, true },
	};

	for (size_t i = 0; i < SELECTORS; i++)
		v[i] = (struct dk_selector){ .domain = STR("signer.example"),
					     .selector = str_c(rows[i].name),
					     .key = rows[i].ed ? ed : rsa,
					     .header_relaxed = rows[i].header,
					     .body_relaxed = rows[i].body,
					     .oversign = oversign };
	return SELECTORS;
}

/* All are good, and none when a byte of the subject or the body was changed. */
static void
check(DKIM_LIB *lib, struct str m, bool oversign)
{
	struct dk_selector v[SELECTORS];
	size_t n = selectors(v, oversign);
	struct dk_sign *s = dk_sign_new(v, n, 1700000000);
	struct err e = ERR_INIT;
	struct buf all;

	buf_init(&all, 2 * MESSAGE_MAX);
	for (size_t i = 0, step; i < m.n; i += step) {
		step = 1 + (size_t)random() % 500;
		dk_sign_put(s, str_sub(m, i, i + step));
	}
	ck_assert_msg(dk_sign_finish(s, &all, &e) == 0, "%s", e.msg);
	dk_sign_free(&s);
	buf_putstr(&all, m);
	ck_assert_msg(count_good(lib, buf_str(&all)) == n, "%s", all.n < 20000 ? buf_c(&all) : "");
	buf_putstr(&all, STR("more\r\n"));
	ck_assert_uint_eq(count_good(lib, buf_str(&all)), 0);
	buf_done(&all);
}

static DKIM_LIB *
open_lib(void)
{
	DKIM_LIB *lib;

#ifdef MOX_SAN
	__lsan_disable();
#endif
	lib = dkim_init(NULL, NULL);
	ck_assert_ptr_nonnull(lib);
	ck_assert_int_eq(dkim_set_key_lookup(lib, on_lookup), DKIM_STAT_OK);
	make_keys();
	return lib;
}

static void
close_lib(DKIM_LIB *lib)
{
	drop_keys();
	dkim_close(lib);
#ifdef MOX_SAN
	__lsan_enable();
#endif
}

/* ---- messages */

static void
put_random(struct buf *b, const char *const *words, size_t nwords, long most)
{
	for (long n = random() % most; n > 0; n--)
		buf_puts(b, words[(size_t)random() % nwords]);
}

static void
random_message(struct buf *b)
{
	static const char *const names[] = { "To",	   "Cc",       "Subject",
					     "subject",	   "X-Other",  "DATE",
					     "Message-ID", "Received", "References" };
	static const char *const values[] = { " ",	"  ", "\t", "\r\n ",
					      "\r\n\t", "a",  "bc", "<x@y.example>",
					      ":",	";",  "=",  "\xc3\xa9" };
	static const char *const texts[] = { " ",      "\t", "\r\n",	 "\r\n", "a",
					     "bb ccc", ".",  "\r\n\r\n", "\xff", " \r\n" };

	buf_reset(b);
	buf_puts(b, "From:  A  <a@signer.example>\r\n");
	for (long n = random() % 12; n > 0; n--) {
		buf_puts(b, names[(size_t)random() % ARRAY_LEN(names)]);
		buf_puts(b, ": x");
		put_random(b, values, ARRAY_LEN(values), 20);
		/* A line of blanks only would end the header for libopendkim. */
		buf_puts(b, "z\r\n");
	}
	buf_puts(b, "\r\n");
	put_random(b, texts, ARRAY_LEN(texts), 60);
	buf_puts(b, "x\r\n");
	for (long n = random() % 4; n > 0; n--)
		buf_puts(b, n % 2 == 0 ? "\r\n" : " \t\r\n");
}

START_TEST(test_random)
{
	DKIM_LIB *lib = open_lib();
	struct buf b;

	srandom(1);
	buf_init(&b, 1 << 20);
	for (int i = 0; i < 300; i++) {
		random_message(&b);
		check(lib, buf_str(&b), i % 2 == 0);
	}
	buf_done(&b);
	close_lib(lib);
}
END_TEST

START_TEST(test_edges)
{
	static const char *const messages[] = {
		"From: a@b\r\n\r\n",
		"From: a@b\r\n\r\n\r\n",
		"From: a@b\r\n\r\n \r\n",
		"From: a@b\r\nSubject:\r\nTo: \r\n\r\nx\r\n",
		"From: a@b\r\nSubject: a\r\n  b\r\n\t c \r\n\r\nx \t y\r\n\r\n\r\n",
		"fRoM : a@b\r\nTo: 1\r\nTo: 2\r\nto: 3\r\n\r\nx\r\n",
	};
	DKIM_LIB *lib = open_lib();

	for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
		check(lib, str_c(messages[i]), true);
		check(lib, str_c(messages[i]), false);
	}
	close_lib(lib);
}
END_TEST

/* ---- messages that others wrote */

static bool
read_message(const char *path, struct buf *b)
{
	FILE *f = fopen(path, "r");
	int c, last = 0;

	if (f == NULL)
		return false;
	buf_reset(b);
	for (; (c = getc(f)) != EOF && b->n < MESSAGE_MAX; last = c) {
		if (c == '\n' && last != '\r')
			buf_putc(b, '\r');
		if (c != '\0') /* a C string there */
			buf_putc(b, (char)c);
	}
	fclose(f);
	if (!str_has_suffix(buf_str(b), STR("\r\n")))
		buf_puts(b, "\r\n");
	return str_find(buf_str(b), STR("\r\n\r\n")) > 0;
}

/* Exactly one From, or neither of us signs. */
static bool
may_be_signed(struct str m)
{
	struct dk_selector v[SELECTORS];
	struct dk_sign *s = dk_sign_new(v, selectors(v, true), 1);
	struct buf out;
	int r;

	buf_init(&out, 1 << 20);
	dk_sign_put(s, m);
	r = dk_sign_finish(s, &out, NULL);
	dk_sign_free(&s);
	buf_done(&out);
	return r == 0;
}

START_TEST(test_others)
{
	const char *data = getenv("MOX_TESTDATA");
	DKIM_LIB *lib = open_lib();
	struct dirent *d;
	unsigned n = 0;
	char path[4096];
	struct buf b;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/dkim/mail-dkim", data != NULL ? data : "");
	dir = opendir(path);
	if (dir == NULL)
		printf("MOX_TESTDATA has no dkim/mail-dkim: its messages were not tried\n");
	buf_init(&b, 2 * MESSAGE_MAX);
	while (dir != NULL && (d = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "%s/dkim/mail-dkim/%s", data, d->d_name);
		if (d->d_name[0] == '.' || !read_message(path, &b) || !may_be_signed(buf_str(&b)))
			continue;
		check(lib, buf_str(&b), true);
		n++;
	}
	if (dir != NULL) {
		closedir(dir);
		ck_assert_uint_gt(n, 50);
	}
	buf_done(&b);
	close_lib(lib);
}
END_TEST

UNIT_MAIN("verify", test_random, test_edges, test_others)
