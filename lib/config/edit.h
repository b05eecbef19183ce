/*
 * Edits of domains.conf that keep the operator's comments and order: text in, text out. What an
 * edit makes is checked as a whole before anybody writes it. Used by `mox config ...` when nothing
 * runs, else by an unprivileged child of master.
 */
#ifndef MOX_CONFIG_EDIT_H
#define MOX_CONFIG_EDIT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/*
 * The verbs and their arguments:
 *   account.add account address          account.rm account
 *   account.disable account message      account.enable account
 *   address.add address account          address.rm address
 *   domain.add domain account localpart disabled [selector file] [selector file]
 *     (localpart "" when the account exists; disabled "true" or "false"; for DKIM, each a selector
 *     and its PrivateKeyFile: all of them sign)
 *   domain.rm domain                     domain.disable domain      domain.enable domain
 */

/* Apply `verb` to the text `domains`; `mox` is the text of mox.conf, for the checks. Names are for
 * messages. Appends the new text to `out`. EC_NOTFOUND, EC_EXISTS, EC_SYNTAX; `out` is then
 * untouched. */
int config_edit(struct str verb, const struct str *args, size_t nargs, const char *mox_name,
		struct str mox, const char *domains_name, struct str domains, struct buf *out,
		struct err *e) __attribute__((warn_unused_result));

/* Likewise for the files: takes a lock, reads, edits, checks, replaces. */
int config_edit_files(struct str verb, const struct str *args, size_t nargs, const char *mox_path,
		      struct err *e) __attribute__((warn_unused_result));

/* Put `text` in place of a file: a temporary file beside it with the same mode and owner, synced,
 * renamed over it, and the directory synced. Readers see the old or the new text, also after a
 * crash. A symbolic link is followed. */
int config_replace_file(const char *path, struct str text, struct err *e)
	__attribute__((warn_unused_result));
/* A new file that only its owner reads, synced with its directory; EC_IO when there is one. */
int config_create_file(const char *path, struct str text, struct err *e)
	__attribute__((warn_unused_result));

#endif
