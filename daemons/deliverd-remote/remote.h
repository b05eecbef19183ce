/*
 * deliverd's remote role: mail to other servers, for queued. A job (job.c) is one REMOTE_SEND; it
 * finds out where its domain's mail goes (route.c), gets a connection (conn.c), a waiting one if
 * there is any (pool.c), sends (send.c), and answers (answer.c).
 *
 * SECURITY: talks to servers that anybody can run, and reads DNS. Holds messages in transit and
 * addresses; no store, no queue database, no keys but those of these messages.
 */
#ifndef MOX_REMOTE_H
#define MOX_REMOTE_H

#include <sys/socket.h>

#include "base/log.h"
#include "crypto/spool.h"
#include "dns/dns.h"
#include "event/stream.h"
#include "ipc/msg_deliver.h"
#include "ipc/msg_remote.h"
#include "smtp/client.h"
#include "svc/svc.h"
#include "tls/tls.h"

struct job;
struct conn;
struct route;
struct own;

struct remote {
	struct svc *svc;
	struct loop *l;
	struct dns *dns; /* NULL: localserve, or no resolver is known */
	struct tls_client *tls;
	struct own *own;
	char hostname[LIM_DOMAIN + 1];
	struct job *jobs;
	unsigned njobs;
	struct conn *idle; /* newest first */
	unsigned nidle;
};

/* An address to connect to. */
struct target {
	char host[LIM_DOMAIN + 1]; /* as in MX; or the domain */
	char ip[64];
	struct sockaddr_storage addr; /* with port */
	bool is_dual;		      /* the host has addresses of both families */
};

/* own.c: what is this machine, so that mail does not go in circles. */
/* Anew from the configuration. */
void own_load(struct remote *r);
void own_free(struct own **o);
bool own_is_addr(const struct remote *r, const struct sockaddr_storage *a);
bool own_is_name(const struct remote *r, struct str host);
/* localserve: where all mail goes. False when no listener takes mail. */
bool own_listener(const struct remote *r, struct target *t);

/* route.c */
enum route_state { ROUTE_WAIT, ROUTE_OK, ROUTE_TEMP, ROUTE_FAIL };
/* Where mail for `domain` goes; `domain` stays. `wake` is called when the state is no longer
 * ROUTE_WAIT, not from within this call. */
struct route *route_new(struct remote *r, struct str domain, unsigned attempt,
			struct loop_wake *wake);
void route_free(struct route **p);
enum route_state route_state(const struct route *p);
/* With TEMP and FAIL. */
const struct smtp_said *route_why(const struct route *p);
/* The i-th address in the order in which they are to be tried; NULL behind the last. */
const struct target *route_target(const struct route *p, size_t i);

/* conn.c: a stream and an SMTP client. */
struct conn {
	struct remote *r;
	struct conn *next, **prev; /* in remote.idle */
	struct job *job;	   /* who uses it; NULL: it waits */
	struct stream *st;
	struct smtp_client *c;
	struct target to;
	char domain[LIM_DOMAIN + 1]; /* it was opened for */
	char tls[16], cipher[64];    /* "" without TLS */
	unsigned nmsgs;		     /* transactions that it has carried */
	int64_t began;
	bool has_deadline;
};
struct conn *conn_new(struct job *j, const struct target *to, bool use_tls, struct err *e);
void conn_free(struct conn **c);
/* QUIT, and close. */
void conn_quit(struct conn **c);

/* Connections that wait for their next message. */
struct conn *pool_take_domain(struct remote *r, struct job *j, struct str domain);
struct conn *pool_take_target(struct remote *r, struct job *j, const struct target *to);
/* Takes it over, at READY. */
void pool_put(struct conn **c);
void pool_flush(struct remote *r);

/* job.c */
enum step { STEP_MORE, STEP_WAIT, STEP_END };
typedef enum step step_fn(struct job *j);

struct job {
	struct remote *r;
	struct job *next, **prev;
	struct ipc_req *req;
	char *body; /* of the request; `m` points into it */
	size_t body_n;
	struct msg_remote_send m;
	struct arena *arena; /* addresses that had to be changed; NULL: none */
	int fd;
	struct spool_reader *reader;
	bool gave_prefix, is_scanned; /* message.c */
	struct smtp_client_rcpt *rcpts;
	size_t nrcpts;
	struct smtp_client_txn txn;
	struct loop_wake *wake;
	step_fn *step;
	struct route *route; /* NULL while a waiting connection serves */
	size_t next_target;
	struct target to; /* that is tried */
	bool no_pool, no_tls;
	char skip_ip[64]; /* was tried on a connection that had waited */
	unsigned nsessions;
	size_t nok; /* recipients whose mail was taken */
	struct conn *c;
	struct smtp_said last; /* why those have no outcome of whom nothing was said */
	int64_t began, until;
	struct log_ctx log;
	/* for the answer */
	bool connected, reused;
	char mx[LIM_DOMAIN + 1], ip[64], tls[16], cipher[64];
};

/* Takes over request and descriptor. False when the body is malformed; then nothing was taken. */
bool job_start(struct remote *r, struct ipc_req *req, struct ipc_msg *m);
/* From the top of the loop only. */
void job_run(void *arg);
/* Whoever asked may be gone. */
void jobs_wake(struct remote *r);
/* A step: the first one, again without a waiting connection after no_pool. */
enum step job_begin(struct job *j);
/* Recipients without an outcome. */
bool job_has_open(const struct job *j);
/* They get this one. */
void job_settle(struct job *j, enum smtp_client_result r, const struct smtp_said *said);

/* host.c: the next address, connecting, TLS. */
enum step step_route(struct job *j);
enum step step_next(struct job *j);
/* A new connection to the same address. */
enum step host_again(struct job *j);
/* The client wants CLOSE: on with another connection. */
enum step host_failed(struct job *j);

/* send.c: transactions on a connection that is ready. */
enum step step_send(struct job *j);
/* The SMTP client at work: true when *want is READY or TLS, else *r says what to do. */
bool client_drive(struct job *j, enum smtp_client_want *want, enum step *r);

/* message.c */
/* Addresses and message of the request. -1: `e` says why it can't be sent at all. */
int message_open(struct job *j, struct err *e);
/* From its beginning, on a server that can `caps`: what it needs of a server is looked at more
 * closely when the server lacks something. */
void message_begin(struct job *j, const struct smtp_client_caps *caps);

/* answer.c */
void answer_send(struct job *j);
void answer_log(struct job *j);

#endif
