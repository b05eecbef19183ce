/*
 * queued: messages on their way out, kept safely until every recipient has an outcome.
 *
 * Commands of the operator, by way of master (ctl_call with ROLE_QUEUED). Arguments are
 * "key=value"; answers are lines, their fields separated by TAB, values without TAB and line breaks
 * (which become spaces). Times are seconds since 1970, 0 for none.
 *
 * Filter, in `list`, `hold`, `unhold`, `schedule`, `fail`, `drop`: recipients that fit all of
 *   ids=1,2,3               numbers of messages
 *   account=NAME            exactly; "account=" is what came without one
 *   from=TEXT to=TEXT       part of the address, case folded
 *   submitted_before=T submitted_after=T next_before=T next_after=T
 *   hold=true|false
 * and of
 *   cursor=CURSOR           behind this one, of an earlier answer
 *   limit=N                 of `list`: at most so many (an answer may have less)
 * A command looks at a bounded number of recipients. Its answer ends with the line
 *   next TAB CURSOR         there may be more: the same command again, with this cursor
 *   end                     that was all
 *
 * list       a line for each recipient, ordered by id and number:
 *            rcpt id number created size hold(0,1) state attempts last next account sender
 *            recipient mid code ecode text mx
 *            state: "queued", "sending" (a transaction is under way), "failed" (the sender is still
 *            to be told); `number` counts the recipients of a message from 0; `mid` is the id in
 *            logs (16 hex digits); last: time of the last attempt; code (0: no server answered),
 *            ecode, text, mx: what came of it.
 * hold       keep back. Answer, as of the following: changed TAB number-of-recipients
 * unhold     let go again, at the time that was planned
 * schedule   one more argument: now=true, add=SECONDS (to the planned time; may be negative),
 *            or at=T
 * fail       give up: the sender gets a notification
 * drop       remove without a word
 *            Recipients in state "sending" may still be delivered to by the transaction under way.
 * dump       id=ID offset=N: the message as it will be sent (signatures and trace in front), a
 *            piece from this byte on: size TAB bytes-of-all, then a line of base64, "" behind the
 *            end
 * status     key TAB number: messages, recipients, held, inflight, destinations
 * dkim.seal  one argument, a private key in PEM; the answer is what dk_key_seal makes of it
 *            (seal.c)
 *
 * How it works: a request becomes a struct add (add.c), which signs and seals as it reads. At the
 * end of a turn (batch.c) all that are complete, results that came, and claims of what is to be
 * tried now become one transaction; then requests are answered and attempts begin. An attempt is
 * a struct job (job.c): one message to recipients of one destination, by one of three kinds:
 * remote.c, local.c, dsn.c. sched.c knows which destinations have work.
 */
#ifndef MOX_QUEUED_H
#define MOX_QUEUED_H

#include <sys/queue.h>

#include "base/limits.h"
#include "base/log.h"
#include "config/config.h"
#include "ipc/msg_deliver.h"
#include "ipc/msg_queue.h"
#include "queue/queue.h"
#include "svc/svc.h"

struct queued;
struct dest;
struct job;

/* ---- body.c: the bytes of a message at hand */

/* Shared by the jobs of a message, and kept from its arrival to its first attempts. */
struct body {
	LIST_ENTRY(body) link; /* while it is kept */
	int64_t id;
	unsigned refs, wanted; /* wanted: destinations that have not been tried */
	int fd;
	uint64_t size;
	unsigned char key[SEAL_KEY];
	size_t key_n;
	struct buf prefix;
};
/* Takes the descriptor over. */
struct body *body_new(int64_t id, int fd, uint64_t size, struct str key, struct str prefix);
/* From the database, or the one that is kept. */
struct body *body_get(struct queued *d, const struct queue_msg *m, struct err *e);
struct body *body_ref(struct body *b);
void body_unref(struct body **b);
/* Keep it for `wanted` destinations, when there is room. */
void body_keep(struct queued *d, struct body *b, unsigned wanted);
void body_forget(struct queued *d, int64_t id);
void bodies_free(struct queued *d);

/* ---- add.c, recent.c: QUEUE_ADD */

struct add {
	TAILQ_ENTRY(add) link;
	struct queued *d;
	struct ipc_req *req;
	struct arena *a;
	struct log_ctx log;
	struct queue_msg m;
	uint32_t flags;
	struct str from, trace;
	struct queue_rcpt *v;
	struct str *domains; /* of v, as REMOTE_SEND wants them */
	size_t n;
	int fd;
	unsigned char key[SEAL_KEY];
	size_t key_n;
	struct spool_reader *r;
	struct queue_new *new;
	struct sign_run *sign;
	struct loop_wake *wake; /* of a large one */
	struct body *body;	/* when all is there */
	bool is_ready;
	struct err err; /* it failed: only the answer is due */
};
TAILQ_HEAD(adds, add);

bool on_queue_add(void *ctx, struct ipc_req *req, struct ipc_msg *m);
/* Within the batch: rows, and jobs for what can be tried at once. */
int add_apply(struct add *a, struct err *e) __attribute__((warn_unused_result));
/* The batch is over. */
void add_done(struct add *a, const struct err *e);
void add_free(struct add *a);
/* The domain of an address as it is asked for in DNS; "" without one. */
struct str add_domain(struct arena *a, struct str address);

/* Transactions of the last minute. */
struct recent;
struct recent *recent_new(void);
void recent_put(struct recent *r, uint64_t txn, int64_t id, int64_t now);
int64_t recent_find(struct recent *r, uint64_t txn, int64_t now); /* 0: unknown */
void recent_free(struct recent **r);

/* ---- sign.c */

struct signing;
struct sign_run;
struct signing *signing_new(struct queued *d);
void signing_free(struct signing **s);
/* NULL when messages of this address are not signed. */
struct sign_run *sign_begin(struct queued *d, struct str from, int64_t now);
void sign_put(struct sign_run *r, struct str bytes);
int sign_end(struct sign_run *r, struct buf *fields, struct err *e)
	__attribute__((warn_unused_result));
void sign_free(struct sign_run **r);

/* ---- batch.c */

void batch_flush(struct queued *d);
/* Results are to be made durable soon. */
void batch_sync_soon(struct queued *d);
/* Within a transaction, before its first claim: what the last process had under way is due, once.
 */
int batch_recover(struct queued *d, struct err *e) __attribute__((warn_unused_result));
/* A transaction of its own, durable, between batches. */
int batch_own(struct queued *d, int (*fn)(struct queued *d, void *arg, struct err *e), void *arg,
	      struct err *e) __attribute__((warn_unused_result));

/* ---- sched.c, dest.c: what is due */

struct dest {
	struct dest *next; /* in its bucket */
	TAILQ_ENTRY(dest) link;
	enum { DEST_NONE, DEST_RING, DEST_DOWN, DEST_FAILING } list;
	int64_t id;
	int64_t window[LIM_QUEUE_WINDOW]; /* messages, from `first` on */
	unsigned first, n;
	bool more; /* there may be others in the database */
	unsigned inflight, limit;
	bool is_down; /* did not answer */
	int64_t down_since;
	int64_t fail_until;	  /* what was due then fails with the probe, */
	struct queue_result *why; /* ... for this reason; one allocation */
};
TAILQ_HEAD(dests, dest);

/* NULL: too many. */
struct dest *dest_get(struct queued *d, int64_t id);
/* Our own processes: what is slow elsewhere does not keep these waiting. */
bool dest_is_near(const struct queued *d, int64_t id);
struct dest *dest_find(struct queued *d, int64_t id);
/* Put it where it belongs now, or free it. */
void dest_settle(struct queued *d, struct dest *t);
void dest_push(struct dest *t, int64_t msg);
/* What an attempt said about the destination; `why` NULL when it answered. */
void dest_result(struct queued *d, struct dest *t, const struct queue_result *why, int64_t began);
void dests_free(struct queued *d);

/* An attempt may begin at once, before all others. */
bool sched_is_free(struct queued *d, const struct dest *t);
/* A recipient of this message is due. */
void sched_note(struct queued *d, int64_t dest, int64_t msg);
/* One will be. */
void sched_later(struct queued *d, int64_t next);
/* Within the batch: look for what is due, begin attempts, fail what has no destination. */
int sched_run(struct queued *d, struct err *e) __attribute__((warn_unused_result));
bool sched_has_work(const struct queued *d);
/* The batch came to nothing. */
void sched_again(struct queued *d);

/* ---- job.c */

enum job_kind { JOB_REMOTE, JOB_LOCAL, JOB_DSN };
enum job_list { JOB_NOWHERE, JOB_STARTING, JOB_RUNNING, JOB_RESULTS };

struct job {
	TAILQ_ENTRY(job) link;
	enum job_list list;
	enum job_kind kind;
	struct queued *d;
	struct dest *dest; /* counts as in flight there; NULL: a notification of a delay */
	struct arena *a;
	struct queue_msg m;
	struct queue_rcpt *v;
	size_t n;
	struct str domain;
	struct body *body;
	struct log_ctx log;
	int64_t began, began_ms;
	bool *done;	 /* of v: to be removed */
	bool *held;	 /* of v: to be held */
	bool *late;	 /* of v: the sender should hear of the delay */
	bool is_late;	 /* it is about a delay: no rows are its own */
	bool is_damaged; /* the message can't be read: all of it is to be held */
	uint64_t call;
	struct local *local;
	struct dsn_run *dsn;
};
TAILQ_HEAD(jobs, job);

struct job *job_new(struct queued *d, enum job_kind kind, const struct queue_msg *m, size_t n);
enum job_kind job_kind_of(const struct queued *d, int64_t dest, struct str domain);
bool job_is_ours(const struct queued *d, uint32_t flags, struct str domain);
/* The row of one whose attempt begins. */
void job_claim_row(struct queue_rcpt *r, int64_t now);
/* Take the recipients of a message at a destination that are due at `until`. NULL with EC_OK: there
 * are none. */
struct job *job_claim(struct queued *d, struct dest *t, int64_t msg, int64_t until, struct err *e);
void job_start_later(struct job *j);
void job_start(struct job *j);
/* Outcomes of single recipients, then job_finish. `r` strings are copied. */
void job_done(struct job *j, size_t i);
void job_temp(struct job *j, size_t i, const struct queue_result *r);
void job_fail(struct job *j, size_t i, const struct queue_result *r);
void job_finish(struct job *j);
/* Within the batch. */
int job_apply(struct job *j, struct err *e) __attribute__((warn_unused_result));
/* The results are committed. */
void job_committed(struct job *j);
void job_free(struct job *j);
/* Is an attempt for this message under way, other than this one? */
bool job_is_running(struct queued *d, int64_t msg, const struct job *except);

void remote_start(struct job *j);

/* local.c: to accounts of ours. */
void local_start(struct job *j);
void local_free(struct job *j);

/* dsn.c: a notification. */
void dsn_start(struct job *j);
void dsn_free(struct job *j);
/* Tell the sender of the delay of those of j that were tried often enough. */
void dsn_late(const struct job *j);

/* ---- admin.c, filter.c, seal.c */

void admin_run(struct svc *s, struct ipc_req *req, struct str verb, const struct str *args,
	       unsigned nargs);
/* dkim.seal */
void admin_dkim_seal(struct queued *d, struct ipc_req *req, struct str pem);

/* ---- the worker */

enum { DEST_BUCKETS = 4096, BODY_BUCKETS = 512 };

struct queued {
	struct svc *svc;
	struct loop *l;
	struct queue *q;
	struct secret *dkim_key;
	struct signing *signing;
	struct recent *recent;
	struct adds reading, ready; /* being read; for the next batch */
	uint64_t ready_bytes;
	struct jobs starting, running, results;
	unsigned inflight, far; /* far: of these, to other servers */
	bool in_batch;
	bool is_recovered; /* batch_recover is done */
	/* batch.c */
	bool is_unsynced, sync_now, is_blocked;
	struct loop_timer *sync, *retry;
	struct loop_wake *again;
	/* sched.c */
	struct dest *dests[DEST_BUCKETS];
	unsigned ndests;
	struct dests near, ring, down, failing; /* near, ring: have work */
	int64_t local_dest;   /* all addresses of ours: an account gets a message once */
	struct queue_pos pos; /* all that is due up to here is known */
	bool scan;
	int64_t timer_at;
	struct loop_timer *timer;
	/* body.c */
	LIST_HEAD(bodies, body) kept[BODY_BUCKETS];
	unsigned nkept;
	uint64_t kept_bytes;
	/* main.c */
	struct loop_timer *idle, *drain;
	int64_t drain_until;
};

/* worker.c. Takes dkim_key over. */
struct queued *queued_new(struct svc *s, int dir, const unsigned char key[SEAL_KEY],
			  struct secret *dkim_key, struct err *e);
/* Store what there is and close the queue. */
void queued_close(struct queued *d);
void queued_free(struct queued **d);

#endif
