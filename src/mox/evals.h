/*
 * Evaluators (lib/mailauth) run from the command line: one, or a file of cases, many at a time,
 * with one line of output for each in the order of the input.
 */
#ifndef MOX_MOX_EVALS_H
#define MOX_MOX_EVALS_H

#include "mailauth/mailauth.h"
#include "mox.h"

struct evals {
	struct loop *l;
	struct dns *d;
	int64_t timeout_ms; /* of one evaluation */
};

/* The flags that all such commands have. */
struct evals_flags {
	const char *resolver, *timeout, *batch;
};
#define EVALS_FLAGS(f)                                                                             \
	{ "resolver", NULL, &(f).resolver },                                                       \
	{                                                                                          \
		"timeout", NULL, &(f).timeout                                                      \
	}

/* A resolver: -resolver host:port, or that of the system. MOX_OK, or what to return; close it in
 * either case. */
int evals_open(struct evals *v, const struct evals_flags *f);
void evals_close(struct evals *v);

struct evals_kind {
	const struct mailauth_ops *ops;
	void *(*begin)(void *arg, struct str line, struct err *e); /* NULL: e says what is wrong */
	void (*print)(void *eval);				   /* the line */
	void (*free)(void *eval);
	void *arg;
};
/* A line of the file for each; "-" is standard input. Lines that are malformed print "malformed"
 * and make the exit status MOX_FAIL. */
int evals_batch(struct evals *v, const struct evals_kind *k, const char *path);
/* One; frees it. */
int evals_one(struct evals *v, const struct evals_kind *k, void *eval);

/* The next field of a line: up to a tab when the line has any, else up to blanks. */
struct str evals_field(struct str *line, bool has_tabs);
/* Without brackets: "<>" and "" are the null sender. */
struct str evals_sender(struct str s);
/* ` key="value"`, with \ before " and \, and \xNN for what is not printable. */
void evals_print(const char *key, struct str value);

/* TXT records of a name that begin as `is_wanted` says; printed one a line. The number, or -1 after
 * a message. */
int evals_print_txt(struct evals *v, struct str name, bool (*is_wanted)(struct str txt));

#endif
