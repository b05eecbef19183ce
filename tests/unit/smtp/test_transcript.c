/*
 * The transcripts of tests/transcript/smtp and submission against the session engine, with a
 * backend of its own: each session line by line, all at once, byte by byte, and cut at random
 * places, where every piece is an allocation of its own. What the server says must be the same, and
 * be what the transcript has. tests/transcript/run describes the format and runs the same files
 * against the real daemon.
 */
#include <dirent.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/encode.h"
#include "fake.h"
#include "tests/unit/unit.h"

enum { MAX_STEPS = 4000, LINES = -3, WHOLE = -2 };

struct step {
	char kind; /* 'C' bytes to send, 'S' a line, '~' a pattern, '!' the end, 'M' content */
	struct str text;
	int line;
};

struct session {
	char name[200];
	struct step steps[MAX_STEPS];
	size_t n;
	bool is_live_only, is_lines_only, has_tls, needs_tls, is_clear;
	int64_t max_size;
};

/* "=== name" and the lines behind it, inserted by "= name". */
struct block {
	char name[40];
	struct buf lines;
};

static struct session cur;
static struct block blocks[20];
static size_t nblocks;
static bool in_block, is_submission;
static struct buf arena[MAX_STEPS * 2]; /* texts of the session's steps */
static size_t narena, nsessions, nwrong;

/* \r \n \t \\ \xHH and \{n*text} (repeated) to bytes. */
static struct str
unescape(struct str s)
{
	struct buf *b = &arena[narena++];

	ck_assert_uint_lt(narena, ARRAY_LEN(arena));
	buf_init(b, 1 << 24);
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c != '\\' || i + 1 == s.n) {
			buf_putc(b, c);
			continue;
		}
		c = s.p[++i];
		if (c == 'x') {
			ck_assert_int_eq(enc_get_hex(b, str_sub(s, i + 1, i + 3)), 0);
			i += 2;
		} else if (c == '{') {
			ssize_t end = str_chr(str_from(s, i), '}');
			struct str in = str_sub(s, i + 1, i + (size_t)end), what, count;
			uint64_t k;

			ck_assert_int_gt(end, 0);
			count = str_cut(in, '*', &what);
			ck_assert_int_eq(str_to_u64(count, 10000000, &k), 0);
			what = unescape(what);
			while (k-- > 0)
				buf_putstr(b, what);
			i += (size_t)end;
		} else {
			buf_putc(b, c == 'r'   ? '\r'
				    : c == 'n' ? '\n'
				    : c == 't' ? '\t'
				    : c == '0' ? '\0'
					       : c);
		}
	}
	return buf_str(b);
}

static struct str
keep(struct str s)
{
	struct buf *b = &arena[narena++];

	ck_assert_uint_lt(narena, ARRAY_LEN(arena));
	buf_init(b, 1 << 16);
	buf_putstr(b, s);
	return buf_str(b);
}

static struct str
with_crlf(struct str s)
{
	struct buf *b = &arena[narena++];

	ck_assert_uint_lt(narena, ARRAY_LEN(arena));
	buf_init(b, 1 << 24);
	buf_putstr(b, s);
	buf_puts(b, "\r\n");
	return buf_str(b);
}

static void
session_start(const char *name)
{
	for (size_t i = 0; i < narena; i++)
		buf_done(&arena[i]);
	narena = 0;
	memset(&cur, 0, sizeof(cur));
	snprintf(cur.name, sizeof(cur.name), "%s", name);
	cur.max_size = LIM_MSG_SIZE;
	cur.has_tls = true;
}

/* ---- one run */

struct run {
	struct smtp_session *s;
	struct fake f;
	struct buf out;
	unsigned seed;
	bool is_closed;
};

/* Give `in` to the session until it wants more; what it did not take stays in the caller's hands.
 */
static size_t
give(struct run *r, struct str in)
{
	size_t total = 0;

	while (!r->is_closed) {
		char *copy = mem_dup(in.p + total, in.n - total);
		size_t used;
		enum smtp_want w = smtp_session_run(r->s, str_mem(copy, in.n - total), &used);

		mem_free(copy);
		total += used;
		buf_putstr(&r->out, buf_str(smtp_session_out(r->s)));
		buf_reset(smtp_session_out(r->s));
		if (w == SMTP_WANT_INPUT)
			break;
		if (w == SMTP_WANT_CLOSE)
			r->is_closed = true;
		else if (w == SMTP_WANT_TLS)
			smtp_session_tls_done(r->s, true);
		else if (w == SMTP_WANT_DELAY)
			ck_assert_int_gt(smtp_session_delay(r->s), 0);
		else if (w == SMTP_WANT_VERDICT)
			ck_assert(fake_answer(&r->f, (unsigned)rand_r(&r->seed)));
	}
	return total;
}

/* Send everything in pieces: as the transcript has it, whole, of n bytes, or of random lengths (0).
 */
static void
send_all(struct run *r, int how)
{
	struct buf in; /* what is on its way and was not taken yet */

	buf_init(&in, 1 << 25);
	if (how == LINES) {
		for (size_t i = 0; i < cur.n; i++) {
			if (cur.steps[i].kind != 'C')
				continue;
			buf_putstr(&in, cur.steps[i].text);
			buf_consume(&in, give(r, buf_str(&in)));
		}
	} else {
		struct buf all;
		size_t at = 0;

		buf_init(&all, 1 << 25);
		for (size_t i = 0; i < cur.n; i++)
			if (cur.steps[i].kind == 'C')
				buf_putstr(&all, cur.steps[i].text);
		while (at < all.n) {
			size_t n = how == WHOLE ? all.n
				   : how > 0	? (size_t)how
						: 1 + (size_t)rand_r(&r->seed) % 40;

			buf_putstr(&in, str_sub(buf_str(&all), at, at + n));
			at += n;
			buf_consume(&in, give(r, buf_str(&in)));
		}
		buf_done(&all);
	}
	buf_done(&in);
}

static bool
matches(const struct step *st, struct str line)
{
	regex_t re;
	char text[4096];
	bool ok;

	if (st->kind == 'S')
		return str_eq(st->text, line);
	snprintf(text, sizeof(text), "^(" STR_FMT ")$", STR_ARG(st->text));
	ck_assert_msg(regcomp(&re, text, REG_EXTENDED | REG_NOSUB) == 0, "%s:%d", cur.name,
		      st->line);
	snprintf(text, sizeof(text), STR_FMT, STR_ARG(line));
	ok = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	return ok;
}

/* What is wrong with what the server said, once a session. */
static bool
wrong(const char *how, int line, const char *what, struct str got)
{
	fprintf(stderr, "%s, line %d, %s: %s: " STR_FMT "\n", cur.name, line, how, what,
		(int)MIN(got.n, 200), got.p);
	nwrong++;
	return false;
}

static bool
compare(struct run *r, const char *how)
{
	struct str rest = buf_str(&r->out), msgs = buf_str(&r->f.messages);
	int line = 0;

	for (size_t i = 0; i < cur.n; i++) {
		const struct step *st = &cur.steps[i];
		ssize_t end;

		line = st->line;
		if (st->kind == 'C')
			continue;
		if (st->kind == 'M') {
			if (!str_has_prefix(msgs, st->text))
				return wrong(how, line, "other content", msgs);
			msgs = str_from(msgs, st->text.n);
			continue;
		}
		if (st->kind == '!') {
			if (!r->is_closed)
				return wrong(how, line, "not closed", STR(""));
			continue;
		}
		end = str_find(rest, STR("\r\n"));
		if (end < 0)
			return wrong(how, line, "no more lines, wanted", st->text);
		if (!matches(st, str_sub(rest, 0, (size_t)end)))
			return wrong(how, line, "other line", str_sub(rest, 0, (size_t)end));
		rest = str_from(rest, (size_t)end + 2);
	}
	return rest.n == 0 || wrong(how, line, "more lines", rest);
}

static bool
run(int how, unsigned seed)
{
	struct smtp_conf conf = { .hostname = "localhost",
				  .max_size = cur.max_size,
				  .has_tls = cur.has_tls,
				  .require_tls = cur.needs_tls || is_submission,
				  .is_submission = is_submission };
	struct run r = { .seed = seed };
	char text[64];
	bool ok;

	fake_init(&r.f);
	buf_init(&r.out, 1 << 24);
	r.s = r.f.s = smtp_session_new(&conf, &fake_backend, &r.f);
	if (is_submission && !cur.is_clear)
		smtp_session_tls_done(r.s, true);
	smtp_session_greet(r.s);
	send_all(&r, how);
	snprintf(text, sizeof(text), "(cut %d, seed %u)", how, seed);
	ok = compare(&r, text);
	smtp_session_free(&r.s);
	ck_assert(!r.f.is_open);
	buf_done(&r.out);
	fake_done(&r.f);
	return ok;
}

static void
session_end(void)
{
	size_t bytes = 0;

	if (cur.n == 0 || cur.is_live_only)
		return;
	nsessions++;
	if (!run(LINES, 1) || cur.is_lines_only)
		return;
	for (size_t i = 0; i < cur.n; i++)
		bytes += cur.steps[i].kind == 'C' ? cur.steps[i].text.n : 0;
	if (!run(WHOLE, 2))
		return;
	if (bytes >= 100000) {
		if (run(1000, 3))
			run(4099, 4);
		return;
	}
	if (!run(1, 3) || !run(7, 4))
		return;
	for (unsigned seed = 5; seed < 15 && run(0, seed); seed++)
		;
}

/* ---- files */

static void
directive(struct str s)
{
	uint64_t n;

	if (str_eq(s, STR("live")))
		cur.is_live_only = true;
	else if (str_eq(s, STR("lines")) || str_eq(s, STR("once")))
		cur.is_lines_only = true;
	else if (str_eq(s, STR("clear")))
		cur.is_clear = true;
	else if (str_eq(s, STR("notls")))
		cur.has_tls = false;
	else if (str_eq(s, STR("requiretls")))
		cur.needs_tls = true;
	else if (str_has_prefix(s, STR("size ")) && str_to_u64(str_from(s, 5), 1 << 30, &n) == 0)
		cur.max_size = (int64_t)n;
	else
		ck_assert_msg(str_eq(s, STR("engine")), "%s: directive %.*s", cur.name, STR_ARG(s));
}

static void
step_add(char kind, struct str text, int line)
{
	ck_assert_uint_lt(cur.n, MAX_STEPS);
	cur.steps[cur.n++] = (struct step){ kind, text, line };
}

static void line_read(const char *file, struct str s, int no);

static void
block_insert(const char *file, struct str name, int no)
{
	for (size_t i = 0; i < nblocks; i++) {
		struct str rest = buf_str(&blocks[i].lines);

		if (!str_eq(str_c(blocks[i].name), name))
			continue;
		while (rest.n > 0)
			line_read(file, str_cut(rest, '\n', &rest), no);
		return;
	}
	ck_abort_msg("%s:%d: no block " STR_FMT, file, no, STR_ARG(name));
}

static void
block_start(struct str name)
{
	struct block *b = &blocks[nblocks++];

	ck_assert_uint_lt(nblocks, ARRAY_LEN(blocks));
	ck_assert_int_eq(str_to_c(name, b->name, sizeof(b->name)), 0);
	buf_init(&b->lines, 10000);
	in_block = true;
}

static void
line_read(const char *file, struct str s, int no)
{
	struct str arg = str_from(s, 3);
	char name[200];

	if (s.n == 0 || s.p[0] == '#')
		return;
	if (in_block && !str_has_prefix(s, STR("---")) && !str_has_prefix(s, STR("==="))) {
		buf_putstr(&blocks[nblocks - 1].lines, s);
		buf_putc(&blocks[nblocks - 1].lines, '\n');
		return;
	}
	in_block = false;
	if (str_has_prefix(s, STR("=== "))) {
		block_start(str_from(s, 4));
	} else if (str_has_prefix(s, STR("= "))) {
		block_insert(file, str_from(s, 2), no);
	} else if (str_has_prefix(s, STR("--- "))) {
		session_end();
		snprintf(name, sizeof(name), "%s: " STR_FMT, file, STR_ARG(str_from(s, 4)));
		session_start(name);
	} else if (s.p[0] == '@') {
		directive(str_from(s, 2));
	} else if (str_has_prefix(s, STR("C:"))) {
		step_add('C', with_crlf(unescape(arg)), no);
	} else if (str_has_prefix(s, STR("C="))) {
		step_add('C', unescape(str_from(s, 2)), no);
	} else if (str_has_prefix(s, STR("M:"))) {
		step_add('M', with_crlf(unescape(arg)), no);
	} else if (str_has_prefix(s, STR("M="))) {
		step_add('M', unescape(str_from(s, 2)), no);
	} else if (str_has_prefix(s, STR("S:"))) {
		step_add('S', unescape(arg), no);
	} else if (str_has_prefix(s, STR("S~"))) {
		step_add('~', keep(arg), no);
	} else if (str_eq(s, STR("S!"))) {
		step_add('!', STR(""), no);
	} else {
		ck_assert_msg(str_eq(s, STR("T!")), "%s:%d: " STR_FMT, file, no, STR_ARG(s));
	}
}

static void
file_run(const char *dir, const char *name)
{
	char path[1000], *text = NULL;
	size_t cap = 0;
	ssize_t n;
	FILE *f;
	int no = 0;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "re");
	ck_assert_msg(f != NULL, "%s", path);
	session_start(name);
	while ((n = getline(&text, &cap, f)) > 0)
		line_read(name, str_mem(text, (size_t)n - (text[n - 1] == '\n')), ++no);
	session_end();
	session_start("");
	free(text);
	fclose(f);
	while (nblocks > 0)
		buf_done(&blocks[--nblocks].lines);
}

static void
dir_run(const char *name)
{
	const char *src = getenv("MOX_SRC");
	char dir[500];
	struct dirent *e;
	DIR *d;

	snprintf(dir, sizeof(dir), "%s/tests/transcript/%s", src != NULL ? src : ".", name);
	nsessions = nwrong = 0;
	d = opendir(dir);
	ck_assert_msg(d != NULL, "%s", dir);
	while ((e = readdir(d)) != NULL)
		if (str_has_suffix(str_c(e->d_name), STR(".t")))
			file_run(dir, e->d_name);
	closedir(d);
	ck_assert_uint_eq(nwrong, 0);
}

START_TEST(test_smtp)
{
	dir_run("smtp");
	ck_assert_uint_gt(nsessions, 200);
}
END_TEST

START_TEST(test_submission)
{
	is_submission = true;
	dir_run("submission");
	ck_assert_uint_gt(nsessions, 100);
	is_submission = false;
}
END_TEST

UNIT_MAIN("smtp-transcript", test_smtp, test_submission)
