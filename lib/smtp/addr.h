/*
 * Paths, addresses and parameters of SMTP commands: RFC 5321 4.1.2 with RFC 6531 (SMTPUTF8).
 * Parsers take a cursor, advance it behind what they took, and leave it anywhere on failure.
 * Nothing is looked up here: whether a domain exists is somebody else's question.
 *
 * SECURITY: reads what any client sends. All sizes are fixed; nothing is allocated.
 */
#ifndef MOX_SMTP_ADDR_H
#define MOX_SMTP_ADDR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"

/* One mailbox. `text` is the canonical form: localpart quoted only where it must be, domain in
 * lower case, never longer than what came in. */
struct smtp_addr {
	uint16_t text_n, local_n, at; /* at: index of the "@" in text; text_n when there is none */
	bool is_utf8;		      /* has bytes outside ASCII */
	bool is_literal;	      /* domain is an address literal: "[192.0.2.1]" */
	char local[LIM_LOCALPART];    /* localpart without quoting */
	char text[LIM_ADDR];
};

static inline struct str
smtp_addr_text(const struct smtp_addr *a)
{
	return str_mem(a->text, a->text_n);
}
static inline struct str
smtp_addr_local(const struct smtp_addr *a)
{
	return str_mem(a->local, a->local_n);
}
/* Without the "@"; "" for a bare postmaster. */
static inline struct str
smtp_addr_domain(const struct smtp_addr *a)
{
	size_t skip = (size_t)a->at + (a->at < a->text_n);

	return str_mem(a->text + skip, a->text_n - skip);
}

/* localpart "@" domain. EC_SYNTAX, or EC_LIMIT for parts that are too long. */
int smtp_addr_get(struct str *s, struct smtp_addr *a, struct err *e)
	__attribute__((warn_unused_result));
/* All of `s`, nothing behind it. */
int smtp_addr_parse(struct str s, struct smtp_addr *a, struct err *e)
	__attribute__((warn_unused_result));

/* "<" [source route ":"] address ">". Source routes are checked and forgotten (RFC 5321 4.1.1.3).
 * The null path "<>" gives an empty address where allowed; "<postmaster>" has no domain, likewise.
 */
enum { SMTP_PATH_NULL = 1, SMTP_PATH_POSTMASTER = 2 };
int smtp_path_get(struct str *s, unsigned allow, struct smtp_addr *a, struct err *e)
	__attribute__((warn_unused_result));

/* Syntax of a domain (labels of letters, digits, "-", "_", and UTF-8 where allowed), of an address
 * literal with its brackets, and of the argument of EHLO: one of the two, ASCII only. */
bool smtp_is_domain(struct str s, bool utf8);
bool smtp_is_literal(struct str s);
bool smtp_is_helo(struct str s);

/* One " keyword[=value]" (RFC 5321 4.1.2 esmtp-param). 1, 0 at the end, -1 when malformed. `value`
 * has p NULL when there is no "=". Strings are borrowed from the input. */
struct smtp_param {
	struct str name, value;
};
int smtp_param_get(struct str *s, struct smtp_param *p, struct err *e)
	__attribute__((warn_unused_result));

/* xtext, RFC 3461 4. Decoding appends; -1 on a malformed byte or escape. */
int smtp_xtext_get(struct buf *b, struct str s) __attribute__((warn_unused_result));
void smtp_xtext_put(struct buf *b, struct str s);

#endif
