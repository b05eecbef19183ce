/* Messages in files, for commands that look at them. */
#ifndef MOX_MOX_MSGFILE_H
#define MOX_MOX_MSGFILE_H

#include "base/err.h"
#include "base/str.h"

/* The file ("-" is standard input) in pieces, with lines that end in CRLF: files have LF. */
typedef void msgfile_fn(void *arg, struct str bytes);
int msgfile_read(const char *path, msgfile_fn *put, void *arg, struct err *e)
	__attribute__((warn_unused_result));

#endif
