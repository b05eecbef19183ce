/*
 * Errors as values. Functions return 0 or -1 and describe a failure in a caller's struct err; the
 * first error wins until err_clear. lib/ never logs an error and never exits because of one.
 */
#ifndef MOX_BASE_ERR_H
#define MOX_BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

/* code, name (lower case, for logs and the wire) */
#define ERR_CODES(X)                                                                               \
	X(EC_OK, "ok")                                                                             \
	X(EC_SYNTAX, "syntax") /* malformed input */                                               \
	X(EC_LIMIT, "limit")   /* a LIM_ was reached */                                            \
	X(EC_DENIED, "denied") /* not permitted */                                                 \
	X(EC_NOTFOUND, "notfound")                                                                 \
	X(EC_EXISTS, "exists")                                                                     \
	X(EC_TEMP, "temp")	 /* may succeed later */                                           \
	X(EC_IO, "io")		 /* disk or socket; sys has errno; also temporary */               \
	X(EC_NOSPACE, "nospace") /* disk full; also temporary */                                   \
	X(EC_CORRUPT, "corrupt") /* stored data fails its checks */                                \
	X(EC_TIMEOUT, "timeout") /* a deadline passed or a peer died; also temporary */            \
	X(EC_BUG, "bug")                                                                           \
	X(EC_QUOTA, "quota") /* the account may not have so much */

/* clang-format off */
enum ec {
#define X(code, name) code,
	ERR_CODES(X)
#undef X
	EC_COUNT
};
/* clang-format on */

struct err {
	enum ec code;
	int sys;       /* errno, or 0 */
	char msg[200]; /* for people; no secrets */
};

#define ERR_INIT ((struct err){ .code = EC_OK })

/* Record, unless an error is recorded already. `e` may be NULL. Always -1. */
int err_set(struct err *e, enum ec code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Likewise with errno `sys` appended in words; ENOSPC and EDQUOT give EC_NOSPACE whatever `code`.
 */
int err_sys(struct err *e, enum ec code, int sys, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Put "text: " before the message; for context on the way up. Always -1. */
int err_prefix(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void err_clear(struct err *e);
/* Copy `from` over `to` when `to` holds none. */
void err_move(struct err *to, const struct err *from);
/* The one place that decides between "try again" (4yz, NO [UNAVAILABLE]) and "never" (5yz). */
bool err_is_temp(const struct err *e);
const char *ec_name(enum ec code);
/* Wire value to code; EC_BUG for unknown numbers. */
enum ec ec_from_wire(uint64_t v);

#endif
