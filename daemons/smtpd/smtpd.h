/*
 * smtpd: mail from other servers, port 25. Connections (conn.c) join a stream, an SMTP session of
 * lib/smtp and, during a transaction, a job (job.c) that asks deliverd about recipients and hands
 * the message over (deliver.c).
 *
 * SECURITY: talks to anybody. Holds messages in transit on its connections; no store, no keys, no
 * passwords. What it says to deliverd is checked there.
 */
#ifndef MOX_SMTPD_H
#define MOX_SMTPD_H

#include "base/iplimit.h"
#include "base/log.h"
#include "config/config.h"
#include "crypto/spool.h"
#include "deliver/deliver.h"
#include "event/stream.h"
#include "smtp/session.h"
#include "svc/svc.h"
#include "tls/tls_set.h"

struct conn;
struct job;

/* Settings of one listener as they were when a connection began. */
struct lconf {
	unsigned refs;
	char name[LIM_DOMAIN + 1];
	struct smtp_conf smtp;
};

struct smtpd {
	struct svc *svc;
	struct loop *l;
	struct tls_set *tls;
	struct iplimit *limit;
	struct spool_pool pool;
	uint64_t announced;	/* SIZE of all transactions that are open */
	struct lconf **confs;
	size_t nconfs;
	struct conn *conns;
	unsigned nconns;
};

enum step { STEP_MORE, STEP_WAIT, STEP_END };
typedef enum step step_fn(struct conn *c);

struct conn {
	struct smtpd *d;
	struct conn *next, **prev;
	struct stream *st;
	struct smtp_session *s;
	struct lconf *conf;
	struct job *job;	/* during a transaction */
	struct loop_timer *timer;
	step_fn *step;
	enum smtp_phase phase;
	bool has_deadline, is_stalled, is_delay_over;
	int64_t began, data_since;
	const char *why;	/* it ended, for the log */
	struct sockaddr_storage peer;
	struct log_ctx log;
	char ip[64];
};

/* conn.c */
void conn_accept(struct smtpd *d, const struct svc_listener *l, int fd,
		 const struct sockaddr_storage *peer);
void conn_drain_all(struct smtpd *d);
void lconf_unref(struct lconf **l);

/*
 * A transaction's side of the outside world. The functions of job_backend are called by the
 * session; they start calls to deliverd and answer when these are done.
 */
extern const struct smtp_backend job_backend;

/* A RCPT that deliverd is judging. */
struct ask {
	struct job *j;
	struct str addr;	/* the session's */
	struct deliver_ask *d;
	unsigned slot;
};

struct job {
	struct conn *c;
	const struct smtp_txn *txn;
	uint64_t mid;
	int64_t began;
	uint64_t reserved;	/* our share of smtpd.announced */
	struct spool *spool;
	struct spool_done msg;
	struct err spool_err;	/* of the first byte that could not be kept */
	struct ask asks[LIM_SMTP_RCPT_PARALLEL];
	struct deliver_rcpt *rcpts;
	struct deliver *deliver;
	struct deliver_reply result;	/* to give once the workers know that it is partial */
	char trace[2048];
	size_t trace_n;
};

/* deliver.c */
void job_deliver(struct job *j);
struct smtp_verdict verdict_of(const struct deliver_reply *r);

/* provoke.c: localserve's addresses that ask for an outcome. */
enum provoked { PROVOKED_NONE, PROVOKED_REPLY, PROVOKED_STALL };
enum provoke_at { PROVOKE_MAIL, PROVOKE_RCPT, PROVOKE_DATA };
/* What this address asks for at this moment; *o is filled for PROVOKED_REPLY. */
enum provoked provoke(struct str addr, enum provoke_at at, struct deliver_reply *o);

#endif
