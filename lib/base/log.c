/*
 * logfmt lines. State of the process: program name, descriptor, levels per package. A line is built
 * on the stack and written once, so that a log call allocates nothing and works also when memory is
 * out.
 *
 * SECURITY: values come from peers. Everything outside printable ASCII without quote and backslash
 * is escaped, so a value can neither start a new line nor a new key, nor drive a terminal. Valid
 * UTF-8 is kept.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

enum { LOG_PKGS = 32 };

static const char *const key_names[LOG_K_COUNT] = {
#define LOG_KEY(name, help) [LOG_K_##name] = #name,
#include "base/log_keys.def"
#undef LOG_KEY
};

static const char *const level_names[] = {
	[LOG_ERROR] = "error", [LOG_WARN] = "warn",   [LOG_INFO] = "info",
	[LOG_DEBUG] = "debug", [LOG_TRACE] = "trace",
};

static struct {
	char program[32];
	int fd;
	bool stamp; /* nobody else says when a line was written */
	enum log_level level;
	struct {
		char pkg[32];
		enum log_level level;
	} pkgs[LOG_PKGS];
	size_t npkgs;
	void (*capture)(const char *line, size_t n, void *arg);
	void *capture_arg;
} st = { .fd = 2, .level = LOG_INFO };

/* JOURNAL_STREAM is "device:inode" of what journald reads; a child that writes elsewhere inherits
 * it (systemd.exec(5)). */
static bool
is_journal(int fd)
{
	const char *v = getenv("JOURNAL_STREAM");
	char t[64];
	struct stat sb;

	if (v == NULL || fstat(fd, &sb) < 0)
		return false;
	snprintf(t, sizeof(t), "%ju:%ju", (uintmax_t)sb.st_dev, (uintmax_t)sb.st_ino);
	return strcmp(v, t) == 0;
}

void
log_init(const char *program, int fd)
{
	snprintf(st.program, sizeof(st.program), "%s", program);
	st.fd = fd;
	st.stamp = !is_journal(fd);
}

void
log_set_level(const char *pkg, enum log_level level)
{
	size_t i;

	if (pkg == NULL) {
		st.level = level;
		return;
	}
	for (i = 0; i < st.npkgs; i++)
		if (strcmp(st.pkgs[i].pkg, pkg) == 0)
			break;
	if (i == LOG_PKGS)
		return;
	if (i == st.npkgs) {
		snprintf(st.pkgs[i].pkg, sizeof(st.pkgs[i].pkg), "%s", pkg);
		st.npkgs++;
	}
	st.pkgs[i].level = level;
}

void
log_reset_levels(void)
{
	st.npkgs = 0;
	st.level = LOG_INFO;
}

int
log_level_parse(struct str name, enum log_level *level)
{
	for (size_t i = 0; i < ARRAY_LEN(level_names); i++)
		if (str_eq(name, str_c(level_names[i]))) {
			*level = (enum log_level)i;
			return 0;
		}
	/* mox's two finer trace levels; nothing here logs credentials or message data. */
	if (str_eq(name, STR("traceauth")) || str_eq(name, STR("tracedata"))) {
		*level = LOG_TRACE;
		return 0;
	}
	return -1;
}

const char *
log_level_name(enum log_level level)
{
	return (size_t)level < ARRAY_LEN(level_names) ? level_names[level] : "?";
}

void
log_capture(void (*fn)(const char *line, size_t n, void *arg), void *arg)
{
	st.capture = fn;
	st.capture_arg = arg;
}

static const char *
ctx_pkg(const struct log_ctx *ctx)
{
	for (; ctx != NULL; ctx = ctx->up)
		if (ctx->pkg != NULL)
			return ctx->pkg;
	return st.program;
}

bool
log_is_on(const struct log_ctx *ctx, enum log_level level)
{
	const char *pkg;

	if (st.npkgs == 0)
		return level <= st.level;
	pkg = ctx_pkg(ctx);
	for (size_t i = 0; i < st.npkgs; i++)
		if (strcmp(st.pkgs[i].pkg, pkg) == 0)
			return level <= st.pkgs[i].level;
	return level <= st.level;
}

/* A line under construction. LOG_TAIL bytes are kept for a closing quote and the newline. */
struct line {
	char p[LIM_LOG_LINE];
	size_t n;
};

enum { LOG_TAIL = 2 };

static bool
line_put(struct line *l, const char *p, size_t n)
{
	if (l->n + n > sizeof(l->p) - LOG_TAIL)
		return false;
	memcpy(l->p + l->n, p, n);
	l->n += n;
	return true;
}

static bool
is_plain(struct str s)
{
	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c >= 0x7f || c == '"' || c == '=' || c == '\\')
			return false;
	}
	return true;
}

static bool
put_escaped(struct line *l, unsigned char c, bool utf8)
{
	char t[8];
	int n;

	switch (c) {
	case '"':
	case '\\':
		t[0] = '\\';
		t[1] = (char)c;
		return line_put(l, t, 2);
	case '\n':
		return line_put(l, "\\n", 2);
	case '\r':
		return line_put(l, "\\r", 2);
	case '\t':
		return line_put(l, "\\t", 2);
	default:
		if ((c >= ' ' && c < 0x7f) || (c >= 0x80 && utf8))
			return line_put(l, (const char *)&c, 1);
		n = snprintf(t, sizeof(t), "\\x%02x", c);
		return line_put(l, t, (size_t)n);
	}
}

/* C1 control characters (U+0080 to U+009F) drive terminals as well: a value with one is escaped. */
static bool
keeps_utf8(struct str s)
{
	if (str_is_ascii(s) || !str_is_utf8(s))
		return false;
	for (size_t i = 0; i + 1 < s.n; i++)
		if ((unsigned char)s.p[i] == 0xc2 && (unsigned char)s.p[i + 1] < 0xa0)
			return false;
	return true;
}

static void
put_quoted(struct line *l, struct str s)
{
	bool utf8 = keeps_utf8(s);

	/* The tail always has room for the closing quote and the newline. */
	if (!line_put(l, "\"", 1))
		return;
	for (size_t i = 0; i < s.n; i++)
		if (!put_escaped(l, (unsigned char)s.p[i], utf8))
			break;
	l->p[l->n++] = '"';
}

static void
put_value(struct line *l, struct str s)
{
	if (is_plain(s) && line_put(l, s.p, s.n))
		return;
	put_quoted(l, s);
}

/* " key=" or nothing at all, when it is unlikely that a value fits as well. */
static bool
put_key(struct line *l, const char *key)
{
	size_t n = strlen(key);

	if (l->n + n + 8 > sizeof(l->p) - LOG_TAIL)
		return false;
	return line_put(l, " ", 1) && line_put(l, key, n) && line_put(l, "=", 1);
}

static void
put_pair(struct line *l, const char *key, struct str v)
{
	if (put_key(l, key))
		put_value(l, v);
}

static void
put_num(struct line *l, const char *key, const char *digits, int n)
{
	if (put_key(l, key))
		line_put(l, digits, (size_t)n);
}

static void
put_err(struct line *l, const char *key, const struct err *e)
{
	char t[sizeof(e->msg) + 32];

	snprintf(t, sizeof(t), "%s (%s)", e->msg, ec_name(e->code));
	put_pair(l, key, str_c(t));
}

static void
put_field(struct line *l, const struct log_field *f)
{
	const char *key = key_names[f->key];
	char t[32];

	switch (f->kind) {
	case LOG_V_STR:
		put_pair(l, key, f->v.s);
		break;
	case LOG_V_C:
		put_pair(l, key, str_c(f->v.c != NULL ? f->v.c : ""));
		break;
	case LOG_V_INT:
		put_num(l, key, t, snprintf(t, sizeof(t), "%" PRId64, f->v.i));
		break;
	case LOG_V_UINT:
		put_num(l, key, t, snprintf(t, sizeof(t), "%" PRIu64, f->v.u));
		break;
	case LOG_V_BOOL:
		put_pair(l, key, f->v.u != 0 ? STR("true") : STR("false"));
		break;
	case LOG_V_ERR:
		if (f->v.e != NULL)
			put_err(l, key, f->v.e);
		break;
	}
}

/* What the context and its parents know; the nearest value of each kind wins. */
static void
put_ctx(struct line *l, const struct log_ctx *ctx)
{
	const char *peer = "", *account = "", *user = "";
	uint64_t cid = 0, mid = 0;
	char t[32];

	for (; ctx != NULL; ctx = ctx->up) {
		cid = cid != 0 ? cid : ctx->cid;
		mid = mid != 0 ? mid : ctx->mid;
		peer = peer[0] != '\0' ? peer : ctx->peer;
		account = account[0] != '\0' ? account : ctx->account;
		user = user[0] != '\0' ? user : ctx->user;
	}
	if (cid != 0)
		put_num(l, "cid", t, snprintf(t, sizeof(t), "%016" PRIx64, cid));
	if (mid != 0)
		put_num(l, "mid", t, snprintf(t, sizeof(t), "%016" PRIx64, mid));
	if (peer[0] != '\0')
		put_pair(l, "peer", str_c(peer));
	if (account[0] != '\0')
		put_pair(l, "account", str_c(account));
	if (user[0] != '\0')
		put_pair(l, "user", str_c(user));
}

/* RFC 3339, UTC, with milliseconds. */
static void
put_time(struct line *l)
{
	int64_t us = clock_now_us(), s = us / 1000000;
	unsigned day = (unsigned)(s % 86400), mon, mday;
	char t[64];
	int y, n;

	clock_civil_from_days(s / 86400, &y, &mon, &mday);
	n = snprintf(t, sizeof(t), "t=%04d-%02u-%02uT%02u:%02u:%02u.%03uZ ", y, mon, mday,
		     day / 3600, day / 60 % 60, day % 60, (unsigned)(us / 1000 % 1000));
	line_put(l, t, (size_t)n);
}

void
log_write(const struct log_ctx *ctx, enum log_level level, const char *event,
	  const struct log_field *f, size_t nf)
{
	struct line l;
	const char *pkg = ctx_pkg(ctx);
	int saved = errno;

	l.n = 0;
	if (st.stamp && st.capture == NULL)
		put_time(&l);
	line_put(&l, "l=", 2);
	line_put(&l, log_level_name(level), strlen(log_level_name(level)));
	line_put(&l, " m=", 3);
	put_quoted(&l, str_c(event));
	if (pkg[0] != '\0')
		put_pair(&l, "pkg", str_c(pkg));
	put_ctx(&l, ctx);
	for (size_t i = 0; i < nf; i++)
		put_field(&l, &f[i]);
	if (st.capture != NULL) {
		st.capture(l.p, l.n, st.capture_arg);
	} else {
		l.p[l.n++] = '\n';
		while (write(st.fd, l.p, l.n) < 0 && errno == EINTR)
			;
	}
	errno = saved;
}

/* A count that starts at the time in 1/1024 microseconds with ten random bits below: processes that
 * start later begin above all that earlier ones have used, and a forked child draws anew. */
uint64_t
log_new_id(void)
{
	static uint64_t next;
	static pid_t owner;

	if (owner != getpid()) {
		uint32_t r = 0;

		owner = getpid();
		if (getrandom(&r, sizeof(r), 0) < 0)
			r = (uint32_t)owner;
		next = (uint64_t)clock_now_us() << 10 ^ (r & 0x3ff);
	}
	return ++next != 0 ? next : ++next;
}
