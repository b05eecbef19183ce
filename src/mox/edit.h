/* An edit of domains.conf, by the running mox or here. */
#ifndef MOX_MOX_EDIT_H
#define MOX_MOX_EDIT_H

#include "mox.h"

/* A verb of config/edit.h. Says on standard output what happened; exit status. */
int mox_edit(struct mox *m, const char *verb, const struct str *args, size_t nargs);

#endif
