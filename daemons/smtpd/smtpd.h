/*
 * smtpd: mail from other servers, port 25. Connections (conn.c) join a stream, an SMTP session of
 * lib/smtp and, during a transaction, a job (job.c) that asks deliverd about recipients (rcpt.c)
 * and hands the message over (deliver.c).
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
	uint64_t call;
	unsigned slot;
	bool is_open, is_waiting;	/* no verdict yet; to be asked again */
};

/* One DELIVER: recipients [of the transaction's list] that the same deliverd worker owns; once it is
 * answered, those that were accepted. */
struct part {
	struct job *j;
	uint32_t owner;
	uint16_t *rcpts;
	size_t n;
	uint64_t call;
	bool is_done, is_waiting;
	bool is_repeat;	/* the owner may have the message by an earlier DELIVER */
	bool is_noted;	/* some failed at the moment, so the worker knows that a repeat will come */
};

/* A reply that outlives its packet. */
struct outcome {
	unsigned code;	/* 0: none */
	char ecode[16], text[256];
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
	struct loop_timer *retry;
	int64_t retry_until;	/* loop time; 0: no call has failed yet */
	struct ask asks[LIM_SMTP_RCPT_PARALLEL];
	struct part *parts;
	size_t nparts, undone;
	size_t naccepted, nrefused;
	struct outcome temp, perm;	/* the first of each kind */
	char trace[2048];
	size_t trace_n;
};

/* job.c */
/* A call failed. True: ask again when job_retry_* is called; false: give up. */
bool job_may_retry(struct job *j, const struct err *e);
void outcome_set(struct outcome *o, unsigned code, struct str ecode, struct str text);
struct smtp_verdict outcome_verdict(const struct outcome *o);
/* What to tell the client when deliverd or the disk failed. */
struct smtp_verdict verdict_of_err(const struct err *e);

/* rcpt.c */
void ask_send(struct ask *a);
void asks_cancel(struct job *j);
void asks_retry(struct job *j);

/* deliver.c */
void deliver_start(struct job *j);
void parts_retry(struct job *j);
void parts_free(struct job *j);

/* provoke.c: localserve's addresses that ask for an outcome. */
enum provoked { PROVOKED_NONE, PROVOKED_REPLY, PROVOKED_STALL };
enum provoke_at { PROVOKE_MAIL, PROVOKE_RCPT, PROVOKE_DATA };
/* What this address asks for at this moment; *o is filled for PROVOKED_REPLY. */
enum provoked provoke(struct str addr, enum provoke_at at, struct outcome *o);

#endif
