/* A DELIVER request on its way: what it says, its recipients and what becomes of each. */
#ifndef MOX_DELIVERD_TXN_H
#define MOX_DELIVERD_TXN_H

#include "crypto/spool.h"
#include "deliverd.h"

struct outcome {
	unsigned code;
	const char *ecode, *text;
};

struct target {
	struct str address;
	struct acct *acct;
	struct str mailbox;
	struct outcome out;
	bool is_durable; /* on its way the batch was flushed */
	size_t same;	 /* index of the first with this account; its own when it is that */
};

struct txn {
	struct msg_deliver in;
	struct target *v;
	size_t n;
	int fd;
	struct spool_reader *r;
	struct log_ctx log;
	int64_t now;
};

/* False when the request is malformed. Recipients that can't be delivered to have their outcome. */
bool txn_init(struct deliverd *d, struct txn *t, struct ipc_msg *m);
/* The first account whose keys must be asked for; NULL when all are settled. */
struct acct *txn_unsettled(const struct txn *t);
/* False when the descriptor is not what it has to be. */
bool txn_open(struct txn *t, struct ipc_msg *m, struct err *e);
/* The message is not needed any more. */
void txn_close(struct txn *t);
void txn_done(struct txn *t);
struct outcome outcome_of(const struct err *e);

#endif
