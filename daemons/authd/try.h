/*
 * One attempt to log in, by whatever mechanism: from the request to the answer. login.c (passwords)
 * and sasl.c (dialogs) begin and prove it; everything else about it is here, so that limits, the
 * login log, capabilities and what a failure looks like are the same for all.
 */
#ifndef MOX_AUTHD_TRY_H
#define MOX_AUTHD_TRY_H

#include "authd.h"

struct
try {
	struct authd *a;
	struct ipc_req *req; /* NULL between the steps of a dialog */
	struct log_ctx log;
	bool sasl;	 /* the answer is AUTH_SASL_R, and */
	struct buf last; /* what the server says last, in it */
	bool want_key;
	bool known; /* an account with a password that could be right */
	char account[LIM_ACCOUNT + 1], login[LIM_ADDR + 1], proto[17], mech[33];
	int64_t version;     /* of the password that is being checked */
	struct buf password; /* after PRECIS */
	uint64_t login_id;
	unsigned char pub[32];
	struct secret *priv;
};

/* May this caller ask for a login with (1) or without (0) keys? */
bool try_may_want(const struct ipc_req *req, uint64_t want_key);
/* Texts that are too long become empty. `login` and `account` follow by try_set_login. */
struct try *try_new(struct authd *a, struct ipc_req *req, uint64_t cid, struct str proto,
		    struct str mech, struct str ip, bool want_key);
/* Without an answer. */
void try_free(struct try *t);
/* Who it is, or claims to be: sets `known` and `account`. */
void try_set_login(struct try *t, struct str login);
bool try_is_limited(const struct try *t);
/* The stored form to check against, decrypted, and its version; nobody's, at the same cost, when
 * there is none, and `known` is false then. */
int try_form(struct try *t, enum form form, struct buf *text) __attribute__((warn_unused_result));

/* Each of these answers and frees the attempt. */
void try_temp(struct try *t);
void try_limited(struct try *t);
/* The caller is gone. */
void try_aborted(struct try *t);
/* A failure that counts. `result` for the log, NULL for a wrong name or password; `text` for the
 * client, never about accounts. */
void try_bad(struct try *t, const char *result, const char *text);

/* The proof was right. NULL: it must not log in all the same, and is answered and freed. */
const struct cfg_account *try_passed(struct try *t);
/* Then: make the login, and answer. */
void try_open(struct try *t);

#endif
