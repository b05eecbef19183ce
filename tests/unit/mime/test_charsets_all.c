/*
 * Every name that iconv -l prints is known, is read as iconv reads it, and stays so behind the
 * sandbox. The names are a list, so that the test does not shrink with the machine's iconv.
 */
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/proc.h"
#include "mime_test.h"
#include "svc/confine.h"

#include "charset_names.h"

#define NONE ((iconv_t)-1)

/* What iconv makes of a character, and what mail means by it: charset.c says why. Only in names
 * that are read as an extension of theirs; control characters from 0x80 on are the other
 * difference. */
static const struct {
	uint32_t iconv, ours;
} otherwise[] = {
	{ 0x00a5, 0x005c },			/* Shift_JIS: a backslash, whatever it looks like */
	{ 0x203e, 0x007e }, { 0x301c, 0xff5e }, /* Shift_JIS, EUC-JP: Microsoft's choice of twins */
	{ 0x2016, 0x2225 }, { 0x2212, 0xff0d }, { 0x00a2, 0xffe0 }, { 0x00a3, 0xffe1 },
	{ 0x00ac, 0xffe2 }, { 0x00a6, 0xffe4 }, { 0x30fb, 0x00b7 }, /* GB 2312: as GBK and GB18030
								       have it */
	{ 0x2015, 0x2014 },
};

static uint32_t
next_codepoint(struct str *s)
{
	const unsigned char *p = (const unsigned char *)s->p;
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	uint32_t c = n == 1 ? p[0] : p[0] & (0xffu >> (n + 1));

	n = MIN(n, s->n);
	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3f);
	s->p += n;
	s->n -= n;
	return c;
}

/* True when they are the same to the last character. */
static bool
check_same(const char *name, struct str got, struct str want)
{
	bool is_same = str_eq(got, want);

	while (want.n > 0 && got.n > 0) {
		uint32_t w = next_codepoint(&want), g = next_codepoint(&got);
		bool ok = w == g || (w >= 0x80 && w < 0xa0);

		for (size_t i = 0; !ok && i < ARRAY_LEN(otherwise); i++)
			ok = otherwise[i].iconv == w && otherwise[i].ours == g;
		if (!ok) /* libcheck writes down every assertion */
			ck_abort_msg("%s: U+%04x, iconv says U+%04x", name, g, w);
	}
	ck_assert_msg(got.n == 0 && want.n == 0, "%s: %zu left, iconv has %zu left", name, got.n,
		      want.n);
	return is_same;
}

/* `s` appended to `out`, from a fresh state to the end; errno of what stopped it, or 0. */
static int
convert(iconv_t cd, struct str s, struct buf *out)
{
	char *in = (char *)(uintptr_t)s.p, chunk[4096], *to;
	size_t left = s.n, room, r;
	int e;

	(void)iconv(cd, NULL, NULL, NULL, NULL);
	do {
		to = chunk;
		room = sizeof(chunk);
		r = iconv(cd, &in, &left, &to, &room);
		e = r == (size_t)-1 ? errno : 0;
		buf_put(out, chunk, (size_t)(to - chunk));
	} while (e == E2BIG);
	to = chunk;
	room = sizeof(chunk);
	(void)iconv(cd, NULL, NULL, &to, &room);
	buf_put(out, chunk, (size_t)(to - chunk));
	return e;
}

/* All bytes that are text by themselves; false when bytes depend on each other. */
static bool
single_bytes(iconv_t cd, struct buf *text)
{
	struct buf one;
	bool is_single = true;

	buf_init(&one, 64);
	for (unsigned c = 0; c < 256; c++) {
		struct str s = str_mem(&(char){ (char)c }, 1);
		int e;

		buf_truncate(&one, 0);
		e = convert(cd, s, &one);
		is_single = is_single && e != EINVAL && (e != 0 || one.n > 0);
		if (e == 0 && one.n > 0)
			buf_putstr(text, s);
	}
	buf_done(&one);
	return is_single;
}

/* What the charset can write, in the order of Unicode, each character from a fresh state: all but
 * of the large scripts. Shift codes and controls from 0x80 on are no text. One sign that came to
 * EUC-KR in 2002, for postal codes, is not in UHC. And iconv writes some to IBM932 that it can't
 * read. */
static void
all_text(iconv_t from, iconv_t to, struct buf *text)
{
	struct buf utf8, one;

	buf_init(&utf8, 64);
	buf_init(&one, 64);
	for (uint32_t c = 1; c < 0x20000; c += c < 0x3400 || (c >= 0xe000 && c < 0x10000) ? 1 : 7) {
		if (c == 0x0e || c == 0x0f || c == 0x1b || (c >= 0x80 && c < 0xa0) || c == 0x327e ||
		    (c & 0xff800) == 0xd800 || (c & 0xfffe) == 0xfffe)
			continue;
		buf_truncate(&one, 0);
		buf_truncate(&utf8, 0);
		if (convert(to, str_mem((char *)&c, sizeof(c)), &one) == 0 &&
		    convert(from, buf_str(&one), &utf8) == 0)
			buf_putstr(text, buf_str(&one));
	}
	buf_done(&utf8);
	buf_done(&one);
}

struct run {
	struct buf text, want, got;
	unsigned nsingle, nmulti, nother; /* read byte by byte, otherwise, not as iconv */
};

static void
check_name(const char *name, struct run *r)
{
	iconv_t from = iconv_open("UTF-8", name), to = iconv_open(name, "UTF-32");
	struct mime_decoder *d;

	ck_assert_msg(from != NONE && to != NONE, "iconv: %s", name);
	ck_assert_msg(mime_charset_is_known(str_c(name)), "%s", name);
	buf_truncate(&r->text, 0);
	buf_truncate(&r->want, 0);
	buf_truncate(&r->got, 0);
	if (single_bytes(from, &r->text)) {
		r->nsingle++;
	} else {
		buf_truncate(&r->text, 0);
		all_text(from, to, &r->text);
		r->nmulti++;
	}
	ck_assert_msg(r->text.n > 10 && convert(from, buf_str(&r->text), &r->want) == 0,
		      "iconv: %s", name);
	ck_assert_msg(mime_charset_to_utf8(str_c(name), buf_str(&r->text), &r->got) == 0, "%s",
		      name);
	r->nother += !check_same(name, buf_str(&r->got), buf_str(&r->want));

	buf_truncate(&r->want, 0);
	d = mime_decoder_new(MIME_CTE_BINARY, str_c(name));
	for (size_t i = 0, k; i < r->text.n; i += k) {
		k = MIN(1 + i % 7, r->text.n - i);
		mime_decoder_put(d, str_mem(buf_str(&r->text).p + i, k), &r->want);
	}
	mime_decoder_end(d, &r->want);
	mime_decoder_free(&d);
	ck_assert_msg(str_eq(buf_str(&r->got), buf_str(&r->want)), "%s in pieces", name);
	iconv_close(from);
	iconv_close(to);
}

START_TEST(test_as_iconv)
{
	struct run r = { .nsingle = 0 };

	buf_init(&r.text, TEST_MAX);
	buf_init(&r.want, TEST_MAX);
	buf_init(&r.got, TEST_MAX);
	for (size_t i = 0; i < ARRAY_LEN(charset_names); i++)
		check_name(charset_names[i], &r);
	ck_assert_uint_gt(r.nsingle, 900);
	ck_assert_uint_gt(r.nmulti, 150);
	ck_assert_uint_lt(r.nother, 60);
	buf_done(&r.text);
	buf_done(&r.want);
	buf_done(&r.got);
}
END_TEST

/* Behind what confines imapd's workers no file can be opened: the index of the first name that does
 * not work there, or none. */
static int
first_lost(void)
{
	struct err e = ERR_INIT;
	struct buf out;
	int abi;

	if (svc_drop_caps(&e) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    svc_limits(true, &e) < 0 || svc_landlock(SB_STORE_READ, NULL, 0, &abi, &e) < 0 ||
	    svc_seccomp(SB_STORE_READ, false, &e) < 0)
		return -2;
	if (abi > 0 && open("/usr/lib", O_RDONLY) >= 0)
		return -3;
	buf_init(&out, 64);
	for (size_t i = 0; i < ARRAY_LEN(charset_names); i++) {
		buf_truncate(&out, 0);
		if (!mime_charset_is_known(str_c(charset_names[i])) ||
		    mime_charset_to_utf8(str_c(charset_names[i]), STR_NONE, &out) < 0)
			return (int)i;
	}
	return -1;
}

START_TEST(test_sandboxed)
{
	int p[2], lost = -4, status;
	pid_t pid;

	ck_assert_int_eq(pipe(p), 0);
	if ((pid = fork()) == 0) {
		mime_charset_preload();
		lost = first_lost();
		_exit(write(p[1], &lost, sizeof(lost)) == sizeof(lost) ? 0 : 1);
	}
	close(p[1]);
	(void)!read(p[0], &lost, sizeof(lost));
	close(p[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(lost == -1, "%d: %s", lost, lost >= 0 ? charset_names[lost] : "no sandbox");
	ck_assert_int_eq(status, 0);
}
END_TEST

UNIT_MAIN("charsets", test_sandboxed, test_as_iconv)
