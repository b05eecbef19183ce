/*
 * submissiond: mail of the users' mail programs, ports 465 and 587. Connections are lib/smtpconn's.
 * A connection has a user (login.c, sasl.c) from its first AUTH on; during a transaction also a job
 * (job.c, message.c) that looks into the header as it passes and hands the message to queued.
 *
 * SECURITY: talks to anybody. Passwords pass through, and are wiped; no hashes, store or keys. What
 * a user may send as is decided here (identity.c), from the configuration.
 */
#ifndef MOX_SUBMISSIOND_H
#define MOX_SUBMISSIOND_H

#include "deliver/enqueue.h"
#include "ipc/msg_auth.h"
#include "mime/submit.h"
#include "smtp/addr.h"
#include "smtpconn/smtpconn.h"

/* service.c */
extern const struct smtpconn_ops submissiond_ops;
extern const struct smtp_backend submit_backend;

/* ---- who it is */

/* What the next bytes of an AUTH dialog are. */
enum dialog {
	DIALOG_NONE,
	DIALOG_PLAIN, /* the message of PLAIN */
	DIALOG_USER,  /* the name of LOGIN */
	DIALOG_PASSWORD,
	DIALOG_SASL, /* for authd */
	DIALOG_LAST, /* nothing, behind the server's last message of SCRAM */
};

struct attempt;

struct user {
	struct smtpconn *c;
	/* Of the login, once there is one (login_id not 0). */
	uint64_t login_id;
	char account[LIM_ACCOUNT + 1], address[LIM_ADDR + 1];
	/* Of the dialog. */
	enum dialog dialog;
	char mech[32];
	char name[LIM_ADDR + 1];     /* of LOGIN */
	uint64_t number;	     /* authd's of the dialog; 0 before its first answer */
	struct attempt *attempt;     /* a call to authd */
	struct deliver_reply result; /* for when the delay is over */
	struct loop_timer *delay;
};

/* login.c: functions of the session's backend, and the end of a connection. */
void on_auth_start(void *ctx, struct str mech, struct str data);
void on_auth_step(void *ctx, struct str data);
void on_auth_cancel(void *ctx);
void user_closed(struct smtpconn *c);
/* AUTH_REVOKED. */
bool on_revoked(void *ctx, struct ipc_req *req, struct ipc_msg *m);
/* The end of a dialog, from the answer of authd, or without it. */
void user_login_done(struct user *u, const struct msg_auth_login_r *r);
void user_refuse(struct user *u, unsigned code, struct str ecode, struct str text);
void user_challenge(struct user *u, struct str data, enum dialog next);
void login_end(struct svc *s, uint64_t id);

/* A call to authd that outlives its connection: a login that nobody waits for any more is ended. */
struct attempt {
	struct svc *s;
	struct user *u; /* NULL: nobody waits */
};
struct attempt *attempt_new(struct user *u);
/* The answer is here: the user who waits, or NULL; *a is gone. */
struct user *attempt_done(struct attempt **a);

/* sasl.c: mechanisms that are authd's. */
void sasl_step(struct user *u, struct str data);
/* The client gave up. */
void sasl_end(struct svc *s, uint64_t number);

/* ---- what may be sent */

/* identity.c: whether the account may send as this address; on true `domain` (may be NULL) gets the
 * domain as the configuration has it, "" when it is none of ours. Else *r is the reply. */
bool identity_check(const struct user *u, struct str local, struct str domain,
		    struct deliver_reply *r);
/* The From field of a message: exactly one, with one address, which the account may use; into
 * `from`, in the form of SMTP. Else *r is the reply. */
bool identity_from(const struct user *u, const struct mime_submit *m, char from[LIM_ADDR + 1],
		   struct deliver_reply *r);

/* job.c: functions of the session's backend. */
void on_mail(void *ctx, const struct smtp_txn *t);
void on_rcpt(void *ctx, const struct smtp_txn *t, unsigned slot, struct str addr);
void on_reset(void *ctx);

struct job {
	struct smtpconn *c;
	size_t rcpt_bytes; /* of the recipients that were not refused, as QUEUE_ADD has them */
	bool has_message;
	struct mime_submit m;
	char date[64], message_id[LIM_DOMAIN + 64];
	char from[LIM_ADDR + 1];
	struct str *rcpts;
	struct deliver_enqueue *enqueue;
};

/* message.c: likewise. */
void on_data_begin(void *ctx, const struct smtp_txn *t);
void on_data_put(void *ctx, struct str bytes);
void on_data_end(void *ctx, const struct smtp_txn *t);

#endif
