/*
 * What the daemons that speak SMTP to clients share: smtpd and submissiond. A connection (conn.c)
 * joins a stream, TLS, and a session of lib/smtp with its deadlines and delays; all those of a
 * worker hang on one struct smtpconns (conns.c) that has limits, certificates and the settings of
 * listeners; a transaction (txn.c) asks deliverd about recipients and keeps the message's bytes.
 * What becomes of a message is the daemon's: its struct smtpconn_ops, and the backend functions
 * that it wraps around those of txn.c.
 *
 * SECURITY: talks to anybody. Holds messages in transit on its connections; no store, no keys.
 */
#ifndef MOX_SMTPCONN_SMTPCONN_H
#define MOX_SMTPCONN_SMTPCONN_H

#include "base/iplimit.h"
#include "base/log.h"
#include "config/config.h"
#include "crypto/spool.h"
#include "deliver/deliver.h"
#include "event/stream.h"
#include "smtp/session.h"
#include "svc/svc.h"
#include "tls/tls_set.h"

struct smtpconn;
struct smtpconns;

/* Names of log events, by daemon. */
struct smtpconn_events {
	const char *opened, *closed, *no_connection, *tls_started, *tls_failed, *command, *rcpt,
		*spool, *reload;
};
#define SMTPCONN_EVENTS(daemon)                                                                    \
	{                                                                                          \
		.opened = daemon ".connection.opened", .closed = daemon ".connection.closed",      \
		.no_connection = daemon ".connection.refused",                                     \
		.tls_started = daemon ".tls.started", .tls_failed = daemon ".tls.failed",          \
		.command = daemon ".command.refused", .rcpt = daemon ".rcpt.refused",              \
		.spool = daemon ".spool.failed", .reload = daemon ".reload.failed"                 \
	}

struct smtpconn_ops {
	enum role role;
	struct smtpconn_events events;
	struct tls_set_opts tls;
	/* Called with the connection as context. */
	const struct smtp_backend *backend;
	/* Settings of a service on a listener; has_tls says whether there are certificates, and
	 * host name and size are set already. False: the service is not enabled there. */
	bool (*settings)(const struct cfg_listener *l, enum service s, struct smtp_conf *c);
	/* The service begins with TLS. */
	bool (*is_tls_first)(enum service s);
	/* The connection is about to go; its transaction and AUTH dialog are gone. May be NULL. */
	void (*closed)(struct smtpconn *c);
};

/* ---- all connections of a worker */

struct smtpconn_conf;

struct smtpconns {
	const struct smtpconn_ops *ops;
	struct svc *svc;
	struct loop *l;
	struct tls_set *tls;
	struct iplimit *limit;
	struct spool_pool pool;
	uint64_t announced; /* SIZE of all transactions that are open */
	struct smtpconn_conf **confs;
	size_t nconfs;
	struct smtpconn *conns;
	unsigned nconns;
};

/* For the hooks of svc, whose data is the struct smtpconns from smtpconn_start on. */
int smtpconn_start(struct svc *s, const struct smtpconn_ops *ops, struct err *e);
void smtpconn_accepted(struct svc *s, const struct svc_listener *l, int fd,
		       const struct sockaddr_storage *peer);
void smtpconn_peer_up(struct svc *s, struct ipc_chan *c);
void smtpconn_reload(struct svc *s);
void smtpconn_drain(struct svc *s);
#define SMTPCONN_HOOKS                                                                             \
	.accepted = smtpconn_accepted, .peer_up = smtpconn_peer_up, .reload = smtpconn_reload,     \
	.drain = smtpconn_drain

/* ---- a connection */

/* Settings of one service of a listener as they were when a connection began. */
struct smtpconn_conf {
	unsigned refs;
	char listener[LIM_ACCOUNT + 1];
	enum service service;
	struct smtp_conf smtp;
};
void smtpconn_conf_unref(struct smtpconn_conf **c);

enum smtpconn_step { STEP_MORE, STEP_WAIT, STEP_END };
typedef enum smtpconn_step smtpconn_step_fn(struct smtpconn *c);

struct smtpconn_txn;

struct smtpconn {
	struct smtpconns *all;
	struct smtpconn *next, **prev;
	struct stream *st;
	struct smtp_session *s;
	struct smtpconn_conf *conf;
	struct smtpconn_txn *txn; /* during a transaction */
	void *data, *txn_data;	  /* the daemon's */
	struct loop_timer *timer;
	smtpconn_step_fn *step;
	enum smtp_phase phase;
	bool has_deadline, is_stalled, is_delay_over, is_tls_first;
	bool can_bind; /* the -PLUS mechanisms are offered */
	int64_t began, data_since;
	const char *why; /* it ended, for the log */
	struct sockaddr_storage peer;
	struct log_ctx log;
	char ip[64];
};

/* Have the session run after an answer was given to it. */
void smtpconn_wake(struct smtpconn *c);

/* ---- a transaction */

/* A RCPT that deliverd is judging. */
struct smtpconn_ask {
	struct smtpconn *c;
	struct str addr; /* the session's */
	struct deliver_ask *d;
	unsigned slot;
};

struct smtpconn_txn {
	const struct smtp_txn *pub;
	uint64_t mid;
	int64_t began;
	uint64_t reserved; /* our share of smtpconns.announced */
	struct spool *spool;
	struct spool_done msg;
	struct err err; /* of the first byte that could not be kept */
	struct smtpconn_ask asks[LIM_SMTP_RCPT_PARALLEL];
	char trace[2048]; /* from smtpconn_txn_trace */
	size_t trace_n;
};

/* From `mail` to `reset` of the backend. */
void smtpconn_txn_begin(struct smtpconn *c, const struct smtp_txn *t);
void smtpconn_txn_end(struct smtpconn *c);
/* Disk space for what was announced by all, and some more; else *v is the reply. */
bool smtpconn_has_space(const struct smtpconns *all, struct smtp_verdict *v);
/* Have deliverd judge a recipient; its verdict goes to the session. */
void smtpconn_txn_ask(struct smtpconn *c, unsigned slot, struct str addr);
/* A verdict of ours on a recipient. */
void smtpconn_rcpt_refuse(struct smtpconn *c, unsigned slot, struct str addr,
			  const struct smtp_verdict *v);
/* The message's bytes. Failures wait until the end: false, and *r is the reply. */
void smtpconn_txn_data(struct smtpconn *c);
void smtpconn_txn_put(struct smtpconn *c, struct str bytes);
bool smtpconn_txn_finish(struct smtpconn *c, struct deliver_reply *r);
/* Make the Received field; `hide_client` leaves out who the client is. */
void smtpconn_txn_trace(struct smtpconn *c, bool hide_client);
/* DELIVER_* as the client declared the message. */
uint32_t smtpconn_txn_flags(const struct smtpconn *c);
/* For the log: a reply of 400 or above was given. */
void smtpconn_refused(void *ctx, struct str cmd, unsigned code, struct str ecode, struct str text);

struct smtp_verdict smtpconn_verdict(const struct deliver_reply *r);
/* The verdict on the message; writes "Accepted, id ..." into `r`. */
void smtpconn_accept_reply(const struct smtpconn *c, struct deliver_reply *r);

#endif
