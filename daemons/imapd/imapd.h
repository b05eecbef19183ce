/*
 * imapd: what its files share. A worker (struct imapd) serves connections (struct conn);
 * connections of one account share a struct account, which has the store open and watches it for
 * changes; a connection that has a mailbox selected has a struct selected.
 *
 * A connection runs by steps (one function at a time, see conn.c). A command handler is a step; a
 * long one sets c->step to its own functions, keeps its state in c->op (made in the command's
 * arena), and ends by returning conn_ok, conn_no or conn_bad.
 */
#ifndef MOX_IMAPD_H
#define MOX_IMAPD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/iplimit.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "crypto/spool.h"
#include "event/loop.h"
#include "event/stream.h"
#include "imap/imap.h"
#include "imap/reader.h"
#include "ipc/ipc.h"
#include "ipc/msg_auth.h"
#include "ipc/msg_store.h"
#include "store/store.h"
#include "svc/svc.h"
#include "tls/tls_set.h"

struct conn;
struct account;

/* ---- The worker */
struct imapd {
	struct svc *svc;
	struct loop *loop;
	struct tls_set *tls;
	struct iplimit *limit;
	struct vault *vault;
	struct spool_pool spools;
	struct buf out; /* scratch for output, see out_begin */
	struct account *accounts;
	struct loop_timer *sweep; /* closes what is idle, while accounts are there */
	int inotify;
	struct loop_io *inotify_io;
	struct conn *conns;
	unsigned nconns;
	bool draining;
	bool drain_done;
};

/* ---- vault.c: 32-byte secrets in guarded memory, many to a page. */
struct vault;
struct vault *vault_new(void);
void vault_free(struct vault **v);
/* A slot with a copy; never fails. Slot 0 is none. */
unsigned vault_put(struct vault *v, const unsigned char secret[32]);
const unsigned char *vault_get(struct vault *v, unsigned slot);
void vault_drop(struct vault *v, unsigned *slot);

/* ---- account.c */
struct account {
	struct account *next;
	struct imapd *d;
	char name[LIM_ACCOUNT + 1];
	unsigned char pub[32];
	unsigned key;		   /* vault slot of the private key */
	unsigned owner;		   /* deliverd worker */
	unsigned refs, busy;	   /* connections; those with a command running */
	char dir[LIM_ACCOUNT + 1]; /* below DataDir/accounts; "" before STORE_OPEN */
	struct store *store;	   /* NULL while closed */
	bool trimmed;
	int64_t used; /* loop_now when a command ended */
	int watch;    /* inotify, -1 */
	struct conn *conns;
};
/* The one of that name, made when needed; `priv` is copied to the vault. */
struct account *account_get(struct imapd *d, struct str name, const unsigned char pub[32],
			    const unsigned char priv[32], unsigned owner);
void account_put(struct account **a);
/* Open the store, when it is not. */
int account_open(struct account *a, struct err *e);
/* The answer of STORE_OPEN names the folder. */
int account_set_dir(struct account *a, struct str dir, struct err *e);
int watch_start(struct imapd *d, struct err *e);
void on_sweep(void *arg);

/* ---- Connections: conn.c, reply.c */
enum step { STEP_MORE, STEP_WAIT, STEP_END };
typedef enum step step_fn(struct conn *c);

enum { ST_NOAUTH = 1, ST_AUTH = 2, ST_SELECTED = 4, ST_IN = ST_AUTH | ST_SELECTED, ST_ANY = 7 };

enum reply { REPLY_OK, REPLY_NO, REPLY_BAD };

/* An answer to an IPC call, in the command's arena. */
struct answer {
	bool done;
	struct err e;
	struct str body;
	int fd, fd2; /* -1, or descriptors that came */
};

struct conn {
	struct imapd *d;
	struct conn *next, **prev;   /* of the worker */
	struct conn *anext, **aprev; /* of the account */
	struct stream *s;
	struct imap_reader rd;
	step_fn *step;
	struct log_ctx log;
	struct sockaddr_storage *peer; /* for d->limit; NULL when exempt */
	char *listener;		       /* its name in the configuration */
	struct loop_timer *timer;      /* delays; made when needed */
	uint64_t call;		       /* pending IPC call */
	int64_t began;		       /* loop_now when the command came */
	int64_t turn;		       /* clock_mono_ms when this turn began */

	/* the command that runs */
	struct arena *arena;
	struct imap_cmd *cmd;
	struct str tag;
	const struct cmd *row;
	step_fn *after; /* where step_skip goes on */
	void *op;
	void (*op_done)(struct conn *c); /* frees what is not in the arena */
	struct answer *ans;
	enum reply fin;
	struct buf fin_code;
	const char *fin_text;

	struct account *acct;
	struct selected *sel;
	char *idle_tag;
	unsigned cap; /* vault slot */
	uint64_t login_id;
	unsigned char state;
	bool tls, clear_ok; /* passwords without TLS are allowed */
	bool utf8;	    /* ENABLE IMAP4rev2 */
	bool changed;	    /* the account changed */
	bool closing;	    /* BYE was said */
	bool tls_first;
	bool busy;		   /* counted in acct->busy */
	unsigned char nbad, nfail; /* faulty commands and logins before login */
};

void conn_new(struct imapd *d, const struct svc_listener *l, int fd,
	      const struct sockaddr_storage *peer);
void conn_free(struct conn **c);
void conn_wake(struct conn *c);
/* The login ended: authd and deliverd forget the capability. */
void conn_logout(struct conn *c);
void login_end(struct imapd *d, uint64_t id);
/* Call a peer; c->ans is there at once and done when the answer is; the connection is woken. */
void conn_call(struct conn *c, struct ipc_chan *chan, enum ipc_type type, struct buf *body, int fd);
/* Likewise the deliverd worker that owns the account. */
void conn_call_owner(struct conn *c, enum ipc_type type, struct buf *body, int fd);
struct str conn_cap(struct conn *c);
/* Have the store open, then run the command's handler. */
void conn_need_store(struct conn *c);
/* End of a command: untagged updates, then the tagged line. `code` without brackets or NULL; `text`
 * is static. */
enum step conn_ok(struct conn *c, const char *code, const char *text);
enum step conn_no(struct conn *c, const char *code, const char *text);
enum step conn_bad(struct conn *c, const char *text);
/* NO with the response code that fits (RFC 5530), and a log line when it is our fault. */
enum step conn_fail(struct conn *c, const struct err *e);
/* "* BYE text" and the end. */
enum step conn_bye(struct conn *c, const char *text);
/* Go on after `ms`. */
void conn_delay(struct conn *c, int64_t ms);
bool conn_is_delayed(const struct conn *c);
/* Enough was done in this turn of the loop: steps of long work return STEP_MORE. */
bool conn_turn_is_over(const struct conn *c);
/* Deadline of the present state. */
void conn_deadline(struct conn *c);
/* Between commands, or in IDLE: the worker drains. */
void conn_drain(struct conn *c);
/* For a command: LIM_IMAP_ARENA for the parser, LIM_IMAP_WORK by conn_try, the rest without asking.
 */
static inline struct arena *
conn_arena(void)
{
	return arena_new((size_t)LIM_IMAP_ARENA + LIM_IMAP_WORK + LIM_IMAP_SPARE);
}
/* Memory whose size the client or the account decides; NULL when it gets too much. */
void *conn_try(struct conn *c, size_t n, size_t size);
struct str conn_try_str(struct conn *c, struct str s);
/* Free everything of the command. */
void conn_command_free(struct conn *c);

/* Scratch output of a step: write into *out_begin, then out_end sends it. Not kept over a return.
 */
struct buf *out_begin(struct conn *c);
void out_end(struct conn *c);
/* One untagged line by format; not for hot paths. */
void out_line(struct conn *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- commands.c: the table. verb, legal states, flags, handler */
enum {
	CMD_STORE = 1,	  /* needs the account's store open */
	CMD_MSGS = 2,	  /* needs the UID map up to date */
	CMD_SEQ = 4,	  /* without UID: no EXPUNGE may be sent (RFC 9051 7.5.1) */
	CMD_WRITE = 8,	  /* not in a mailbox opened by EXAMINE */
	CMD_ARRIVES = 16, /* handled before it is complete: APPEND */
};
struct cmd {
	unsigned char states, flags;
	step_fn *fn;
};
const struct cmd *cmd_find(enum imap_verb v);

step_fn cmd_capability, cmd_noop, cmd_logout, cmd_id, cmd_starttls, cmd_authenticate, cmd_login,
	cmd_enable, cmd_select, cmd_create, cmd_delete, cmd_rename, cmd_subscribe, cmd_list,
	cmd_namespace, cmd_status, cmd_append, cmd_idle, cmd_close, cmd_unselect, cmd_expunge,
	cmd_search, cmd_fetch, cmd_store, cmd_copy;

step_fn step_greet, step_tls, step_read, step_skip;
void put_capabilities(struct conn *c, struct buf *b);

#include "selected.h"

/* ---- list.c helpers */
void put_status(struct conn *c, const struct store_mailbox *m, uint32_t items, struct buf *b);
void put_list(struct conn *c, uint32_t special, bool has_children, struct str name, struct buf *b);

#endif
