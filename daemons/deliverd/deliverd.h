/*
 * deliverd, local role: the only writer of the store. A worker owns some accounts; each change to
 * one of them is a request here, from smtpd (a message) or from a process that shows a capability
 * of authd.
 *
 * A request is applied at once to the account's open transaction and answered at the end of the
 * loop's turn, when everything that arrived in it was made durable together (batch.c). A request
 * for an account whose keys are not here yet waits for them (accounts.c).
 */
#ifndef MOX_DELIVERD_H
#define MOX_DELIVERD_H

#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"
#include "config/config.h"
#include "crypto/seal.h"
#include "ipc/ipc.h"
#include "ipc/msg_deliver.h"
#include "ipc/msg_store.h"
#include "store/shelf.h"
#include "svc/svc.h"

struct deliverd;

/* ---- accounts.c: keys of accounts, and requests that wait for them */

struct acct {
	struct acct *next;
	char name[LIM_ACCOUNT + 1];
	enum { ACCT_NEW, ACCT_ASKED, ACCT_READY, ACCT_FAILED } state;
	struct err why; /* when it failed */
	int64_t failed_ms;
	unsigned char pub[SEAL_KEY];
	struct secret *index;
	struct waiting *first, *last;
};

/* A request as its handler gets it, first from the channel, later perhaps from the queue. The
 * handler takes `req` by clearing it, descriptors by ipc_msg_take_fd; or returns an account that
 * must have its keys first. False through *ok when the body is malformed. */
typedef struct acct *request_fn(struct deliverd *d, struct ipc_req **req, struct ipc_msg *m,
				bool *ok);

/* Run fn, now or when the account it names has its keys. What an ipc_handler returns. */
bool request_run(struct deliverd *d, request_fn *fn, struct ipc_req *req, struct ipc_msg *m);
/* NULL for a name that can't be an account's. */
struct acct *acct_get(struct deliverd *d, struct str name);
/* The account open for writing, with its keys and its first mailboxes; its state is ACCT_READY. */
struct store_w *acct_open(struct deliverd *d, struct acct *a, bool for_reader, struct err *e);
/* Has it its keys, or failed to get them? If not, the request must wait. */
bool acct_is_settled(const struct acct *a);
/* The configuration changed: keys and capabilities of accounts that are not in it are forgotten. */
void accounts_reload(struct deliverd *d);
void accounts_free(struct deliverd *d);

/* ---- batch.c: answers that wait for the disk */

/* Answer with `body` (copied) and descriptors, once what was applied so far is durable; with an
 * error when it could not be made so. `publish`: also make it visible to readers of this account
 * first (or NULL). */
void batch_answer(struct deliverd *d, struct ipc_req **req, struct str body, const int *fds,
		  unsigned nfds, const char *publish);
/* Likewise for requests whose answer depends on the outcome: fn gets err NULL, or why it failed,
 * and frees arg. */
typedef void batch_done_fn(struct deliverd *d, void *arg, const struct err *e);
void batch_then(struct deliverd *d, batch_done_fn *fn, void *arg);
/* Flush when the batch has no room for another operation; before anything is prepared for one.
 * -1: what was applied before did not happen (and was answered so). */
int batch_room(struct deliverd *d);
int batch_apply(struct deliverd *d, struct store_w *w, struct str op, struct store_result *r,
		struct err *e) __attribute__((warn_unused_result));
/* Log, sync, commit, answer. -1 when nothing of it happened. */
int batch_flush(struct deliverd *d);
void batch_work(void *d);
void batch_free(struct deliverd *d);

/* ---- caps.c */

struct cap {
	struct cap *next;
	char id[32];
	char account[LIM_ACCOUNT + 1];
	uint32_t rights;
	enum role role;
	unsigned num;
	bool pinned; /* the account stays open */
};

bool on_cap_add(void *ctx, struct ipc_req *req, struct ipc_msg *m);
bool on_cap_del(void *ctx, struct ipc_req *req, struct ipc_msg *m);
/* The capability, when the asking worker may use it so. EC_DENIED. */
struct cap *cap_check(struct deliverd *d, const struct ipc_req *req, struct str id, uint32_t rights,
		      struct err *e);
void caps_forget(struct deliverd *d, const char *account);
void caps_peer_down(struct deliverd *d, enum role role, unsigned num);
void caps_free(struct deliverd *d);

/* ---- rcpt.c */

bool on_rcpt_check(void *ctx, struct ipc_req *req, struct ipc_msg *m);
/* Where mail for an address goes, with localserve's rule that every address is good. */
enum config_found rcpt_resolve(struct deliverd *d, struct str address, struct config_dest *dest);
/* Quota of an account in bytes; 0: none. */
uint64_t account_quota(struct deliverd *d, struct str account);

/* ---- deliver.c, append.c, mailbox.c */

bool on_deliver(void *ctx, struct ipc_req *req, struct ipc_msg *m);
bool on_deliver_partial(void *ctx, struct ipc_req *req, struct ipc_msg *m);
bool on_store_open(void *ctx, struct ipc_req *req, struct ipc_msg *m);
bool on_store_append(void *ctx, struct ipc_req *req, struct ipc_msg *m);
bool on_store_flags(void *ctx, struct ipc_req *req, struct ipc_msg *m);
bool on_store_copy(void *ctx, struct ipc_req *req, struct ipc_msg *m);
bool on_store_expunge(void *ctx, struct ipc_req *req, struct ipc_msg *m);
bool on_store_create(void *ctx, struct ipc_req *req, struct ipc_msg *m);
bool on_store_delete(void *ctx, struct ipc_req *req, struct ipc_msg *m);
bool on_store_rename(void *ctx, struct ipc_req *req, struct ipc_msg *m);
bool on_store_subscribe(void *ctx, struct ipc_req *req, struct ipc_msg *m);
bool on_store_keywrap(void *ctx, struct ipc_req *req, struct ipc_msg *m);

/* ---- the worker */

enum { CAP_BUCKETS = 1024, ACCT_BUCKETS = 1024 };

struct deliverd {
	struct svc *svc;
	struct loop *l;
	struct store_shelf *shelf;
	struct loop_timer *work;
	struct acct *accounts[ACCT_BUCKETS];
	struct cap *caps[CAP_BUCKETS];
	struct answer *answers;
	size_t nanswers, answers_cap;
};

uint32_t name_hash(struct str s);

#endif
