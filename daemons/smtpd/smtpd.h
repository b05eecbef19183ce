/*
 * smtpd: mail from other servers, port 25. Connections are lib/smtpconn's; during a transaction
 * they have a job (job.c) that hands the message over to deliverd, and in part to queued
 * (deliver.c).
 *
 * SECURITY: talks to anybody. Holds messages in transit on its connections; no store, no keys, no
 * passwords. What it says to deliverd is checked there.
 */
#ifndef MOX_SMTPD_H
#define MOX_SMTPD_H

#include "deliver/enqueue.h"
#include "smtpconn/smtpconn.h"

/* service.c */
extern const struct smtpconn_ops smtpd_ops;

/* job.c: the functions that the session calls; they start calls to deliverd and answer when these
 * are done. */
extern const struct smtp_backend job_backend;

/* A message that is handed over. */
struct job {
	struct smtpconn *c;
	struct deliver_rcpt *rcpts;
	struct deliver *deliver;
	struct str *late; /* recipients that failed for the moment, while others have the message */
	size_t nlate, naccepted;
	struct deliver_enqueue *enqueue;
	struct deliver_reply result;
};

/* deliver.c */
void job_start(struct smtpconn *c);
void job_free(struct job **j);

/* provoke.c: localserve's addresses that ask for an outcome. */
enum provoked { PROVOKED_NONE, PROVOKED_REPLY, PROVOKED_STALL };
enum provoke_at { PROVOKE_MAIL, PROVOKE_RCPT, PROVOKE_DATA };
/* What this address asks for at this moment; *o is filled for PROVOKED_REPLY. */
enum provoked provoke(struct str addr, enum provoke_at at, struct deliver_reply *o);

#endif
