/* Errors as values. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

static const char *const names[] = {
#define X(code, name) [code] = name,
	ERR_CODES(X)
#undef X
};
_Static_assert(sizeof(names) / sizeof(names[0]) == EC_COUNT, "a name for each code");

/* Append errno in words; an over-long message is cut. */
static void
add_errno(struct err *e)
{
	size_t n = strlen(e->msg);
	const char *text = strerrordesc_np(e->sys);

	if (text != NULL)
		snprintf(e->msg + n, sizeof(e->msg) - n, ": %s", text);
	else
		snprintf(e->msg + n, sizeof(e->msg) - n, ": errno %d", e->sys);
}

int
err_set(struct err *e, enum ec code, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL || e->code != EC_OK)
		return -1;
	e->code = code;
	e->sys = 0;
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	return -1;
}

int
err_sys(struct err *e, enum ec code, int sys, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL || e->code != EC_OK)
		return -1;
	e->code = sys == ENOSPC || sys == EDQUOT ? EC_NOSPACE : code;
	e->sys = sys;
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	add_errno(e);
	return -1;
}

int
err_prefix(struct err *e, const char *fmt, ...)
{
	char old[sizeof(e->msg)];
	va_list ap;
	size_t n;

	if (e == NULL || e->code == EC_OK)
		return -1;
	memcpy(old, e->msg, sizeof(old));
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	n = strlen(e->msg);
	snprintf(e->msg + n, sizeof(e->msg) - n, ": %.*s", (int)sizeof(old) - 1, old);
	return -1;
}

void
err_clear(struct err *e)
{
	e->code = EC_OK;
	e->sys = 0;
	e->msg[0] = '\0';
}

void
err_move(struct err *to, const struct err *from)
{
	if (to != NULL && to != from && to->code == EC_OK)
		*to = *from;
}

bool
err_is_temp(const struct err *e)
{
	switch (e->code) {
	case EC_TEMP:
	case EC_IO:
	case EC_NOSPACE:
	case EC_TIMEOUT:
	case EC_BUG: /* ours to mend: the sender keeps the message until then */
	case EC_CORRUPT:
		return true;
	default:
		return false;
	}
}

const char *
ec_name(enum ec code)
{
	return (unsigned)code < EC_COUNT ? names[code] : "bug";
}

enum ec
ec_from_wire(uint64_t v)
{
	return v < EC_COUNT ? (enum ec)v : EC_BUG;
}
