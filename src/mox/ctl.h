/* What commands that talk to the running mox share. */
#ifndef MOX_MOX_CTL_H
#define MOX_MOX_CTL_H

#include "base/limits.h"
#include "mox.h"
#include "src/master/ctl.h"

/* DataDir of the configuration, found without checking the rest of it: a broken file must not keep
 * the operator from stopping mox. -1 with a message in `e`. */
int mox_data_dir(const struct mox *m, char out[LIM_PATH], struct err *e)
	__attribute__((warn_unused_result));
/* Is there a place for the administrator's password? */
int mox_admin_password_file(const struct mox *m, struct err *e) __attribute__((warn_unused_result));
/* A path that begins at the directory of mox.conf unless it is absolute. */
int mox_conf_path(const struct mox *m, struct str path, char out[LIM_PATH], struct err *e)
	__attribute__((warn_unused_result));
/* ctl_call with the configuration's DataDir; the text is appended to `out`. */
int mox_ask(const struct mox *m, enum role role, const char *verb, const struct str *args,
	    unsigned nargs, struct buf *out, struct err *e) __attribute__((warn_unused_result));
/* Likewise, then print the text. Exit status. */
int mox_ctl(const struct mox *m, enum role role, const char *verb, const struct str *args,
	    unsigned nargs);
/* Path of a program of the suite that is not meant to be started by hand. */
int mox_program(const char *name, char out[LIM_PATH], struct err *e)
	__attribute__((warn_unused_result));

#endif
