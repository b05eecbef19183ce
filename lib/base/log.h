/*
 * logfmt lines to standard error, one per event: l=info m="smtpd.rcpt.refused" pkg=smtpd cid=... .
 * Keys come from log_keys.def; LF(unknown, x) does not compile. Values are quoted where needed and
 * control characters are escaped. One line is one write(2), at most LIM_LOG_LINE bytes. Secrets and
 * message content never come here. Where journald does not note the time, lines begin with it:
 * t=2026-11-21T10:44:00.123Z.
 */
#ifndef MOX_BASE_LOG_H
#define MOX_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG, LOG_TRACE };

/* clang-format off */
enum log_key {
#define LOG_KEY(name, help) LOG_K_##name,
#include "base/log_keys.def"
#undef LOG_KEY
	LOG_K_COUNT
};
/* clang-format on */

enum log_kind { LOG_V_STR, LOG_V_C, LOG_V_INT, LOG_V_UINT, LOG_V_BOOL, LOG_V_ERR };

struct log_field {
	enum log_key key;
	enum log_kind kind;
	union {
		struct str s;
		const char *c;
		int64_t i;
		uint64_t u;
		const struct err *e;
	} v;
};

/* What every line of one connection or transaction repeats. Embedded in the owner; parents are
 * walked up. Unset: 0 or empty. */
struct log_ctx {
	const struct log_ctx *up;
	const char *pkg; /* module, for levels: "smtpd", "imapd", "store" */
	uint64_t cid;	 /* connection id, printed as 16 hex digits */
	uint64_t mid;	 /* message (transaction) id, likewise: as in Received */
	char peer[64];	 /* remote address */
	char account[64];
	char user[64]; /* login address */
};

static inline struct log_field
log_f_str(enum log_key k, struct str s)
{
	return (struct log_field){ k, LOG_V_STR, { .s = s } };
}
static inline struct log_field
log_f_c(enum log_key k, const char *c)
{
	return (struct log_field){ k, LOG_V_C, { .c = c } };
}
static inline struct log_field
log_f_int(enum log_key k, int64_t i)
{
	return (struct log_field){ k, LOG_V_INT, { .i = i } };
}
static inline struct log_field
log_f_uint(enum log_key k, uint64_t u)
{
	return (struct log_field){ k, LOG_V_UINT, { .u = u } };
}
static inline struct log_field
log_f_bool(enum log_key k, bool v)
{
	return (struct log_field){ k, LOG_V_BOOL, { .u = v } };
}
static inline struct log_field
log_f_err(enum log_key k, const struct err *e)
{
	return (struct log_field){ k, LOG_V_ERR, { .e = e } };
}

/* One field; the type of the value picks the format. */
#define LF(key, val)                                                                               \
	_Generic((val), struct str: log_f_str, char *: log_f_c, const char *: log_f_c,             \
		 bool: log_f_bool, int: log_f_int, long: log_f_int, long long: log_f_int,          \
		 unsigned: log_f_uint, unsigned long: log_f_uint, unsigned long long: log_f_uint,  \
		 unsigned char: log_f_uint, unsigned short: log_f_uint, short: log_f_int,          \
		 struct err *: log_f_err, const struct err *: log_f_err)(LOG_K_##key, (val))

/* ctx may be NULL. LOG(ctx, LOG_INFO, "imapd.login.ok", LF(user, s)); at least one field. */
#define LOG(ctx, level, event, ...)                                                                \
	do {                                                                                       \
		const struct log_ctx *log_ctx_ = (ctx);                                            \
		if (log_is_on(log_ctx_, (level)))                                                  \
			log_write(log_ctx_, (level), (event),                                      \
				  (const struct log_field[]){ __VA_ARGS__ },                       \
				  sizeof((const struct log_field[]){ __VA_ARGS__ }) /              \
					  sizeof(struct log_field));                               \
	} while (0)

bool log_is_on(const struct log_ctx *ctx, enum log_level level);
void log_write(const struct log_ctx *ctx, enum log_level level, const char *event,
	       const struct log_field *f, size_t nf);

/* Process-wide: program name for lines without pkg, descriptor (default 2). */
void log_init(const char *program, int fd);
/* Level for one package, or the default when pkg is NULL. Takes "error|info|debug|trace|traceauth|
 * tracedata" names through log_level_parse; -1 for an unknown name. */
void log_set_level(const char *pkg, enum log_level level);
int log_level_parse(struct str name, enum log_level *level);
const char *log_level_name(enum log_level level);
/* Forget all package levels (before a reload applies new ones). */
void log_reset_levels(void);
/* Tests: each line (without newline) goes to fn instead. */
void log_capture(void (*fn)(const char *line, size_t n, void *arg), void *arg);

/* A new connection or message id: unique on this host over restarts, never 0. */
uint64_t log_new_id(void);

#endif
