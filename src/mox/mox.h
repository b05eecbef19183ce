/*
 * The operator's command. A command is a row of cmds.def and a function in a cmd_*.c; nothing else
 * needs to know it. Functions get the words behind the command's name and return the exit status:
 * 0, 1 for a failure that was explained on standard error, 2 for wrong usage.
 */
#ifndef MOX_MOX_MOX_H
#define MOX_MOX_MOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

struct config;
struct mox;

enum { MOX_OK = 0, MOX_FAIL = 1, MOX_USAGE = 2 };

struct mox_cmd {
	const char *name;  /* words separated by a space: "config account add" */
	const char *args;  /* usage behind the name */
	const char *brief; /* one line */
	const char *help;  /* further text, "" for none */
	int (*fn)(struct mox *m, int argc, char **argv);
};

struct mox {
	const char *config;   /* path of mox.conf: -config, MOXCONF, or the usual place */
	const char *loglevel; /* -loglevel; NULL */
	const char *argv0;    /* as started */
	const struct mox_cmd *cmd;
};

/* A flag of a command: -name or -name=true for bool, -name value or -name=value for others; --name
 * is the same. */
struct mox_flag {
	const char *name;
	bool *is_set; /* exactly one of these is not NULL */
	const char **value;
};
/* Take the flags in front of the arguments; "--" ends them. Then the number of arguments must be
 * from `min` to `max` (max < 0: any). 0, or -1 after the usage was printed: return MOX_USAGE. */
int mox_args(struct mox *m, int *argc, char ***argv, const struct mox_flag *flags, size_t nflags,
	     int min, int max) __attribute__((warn_unused_result));
/* Print usage of the command to standard error; MOX_USAGE. */
int mox_usage(const struct mox *m);
/* "mox: text" on standard error; MOX_FAIL. */
int mox_fail(const struct err *e);
int mox_failf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The configuration of -config, or NULL after its problems were printed. Applies -loglevel. */
struct config *mox_load_config(struct mox *m);

#define CMD(fn, name, args, brief, help) int fn(struct mox *m, int argc, char **argv);
#include "cmds.def"
#undef CMD

#endif
