/* What the files of authd share: the keeper's parts. The hash helpers (hash.c) use none of this. */
#ifndef MOX_AUTHD_H
#define MOX_AUTHD_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/auth.h"
#include "auth/hash.h"
#include "auth/limit.h"
#include "config/config.h"
#include "ipc/msg_auth.h"
#include "svc/svc.h"

/* Stored forms of a password. */
enum form { FORM_ARGON2, FORM_SCRAM_SHA1, FORM_SCRAM_SHA256, FORM_CRAM_MD5, FORMS };

struct authd {
	struct svc *svc;
	struct auth_root *root;
	struct auth_db *db;
	struct auth_limit *limit;
	struct hashq *hashq;
	struct logins *logins;
	struct attempts *attempts;
	struct dialogs *dialogs;
	/* What is verified for accounts that do not exist, encrypted as the others are, and what
	 * SCRAM's salts for them are made from. */
	struct buf dummy[FORMS];
	struct secret *salt_key;
	/* Wrong proofs of SASL dialogs (sasl.c), by caller. */
	struct guesses {
		int64_t minute;
		unsigned n;
	} guesses[ROLE_COUNT][LIM_WORKERS];
	struct loop_timer *daily;
};

/* keeper.c */
extern const struct svc_ops keeper_ops;
/* `master` is the master key. */
int keeper_init(struct authd *a, struct svc *s, int dirfd, struct str master, struct err *e);
void keeper_done(struct authd *a);

/* The hash in AdminPasswordFile, as it was at the last reload. EC_NOTFOUND without the key or the
 * file, EC_CORRUPT when it holds something else. `hash` has room for ADMIN_HASH_MAX. */
#define ADMIN_HASH_MAX 512
int admin_hash_read(struct svc *s, struct buf *hash, struct err *e)
	__attribute__((warn_unused_result));

/* hash.c: the helper's role. */
extern const struct svc_ops hash_ops;

/* share.c: one half of what there is for all is divided among the callers, so that it is there for
 * each of them whatever the others do; who needs more takes from the other half. */

struct share {
	size_t reserved;     /* for each caller */
	size_t common, used; /* the other half, and how much of it is taken */
	size_t of[ROLE_COUNT][LIM_WORKERS];
};
/* `total` things for `callers` workers, none of them taken. */
void share_set(struct share *s, size_t total, size_t callers);
bool share_take(struct share *s, enum role role, unsigned num) __attribute__((warn_unused_result));
/* One that is there already, whatever the limit. */
void share_count(struct share *s, enum role role, unsigned num);
void share_give(struct share *s, enum role role, unsigned num);
/* Workers that may ask for logins. */
size_t share_callers(const struct svc *s);

/* hashq.c: passwords on their way to the helpers, one at a time each; the others wait here, so that
 * a limit that was reached meanwhile also counts for them. */

struct hash_job;
struct hash_answer {
	bool ok;	    /* false: no helper answered, or memory was short; the rest is empty */
	bool match, rehash; /* of verify */
	struct auth_forms forms; /* of make; borrowed */
};
struct hash_job_fn {
	/* Asked right before the work begins; false drops the job without a further call. May be
	 * NULL. */
	bool (*may)(void *arg);
	void (*done)(void *arg, const struct hash_answer *r);
	void *arg;
};
struct hashq *hashq_new(struct svc *s);
void hashq_free(struct hashq **q);
/* For whom a hash is computed: callers take turns, and each has its share of the queue. `login` is
 * the name in the one form for all its spellings, known or not. */
struct hash_client {
	enum role role; /* ROLE_MASTER: the operator */
	unsigned num;
	struct str login;
};
/* False when too many wait: of all callers (LIM_AUTH_QUEUE for each helper), of this one, or for
 * this login (LIM_AUTH_QUEUE_LOGIN). `password` and `hash` are copied. */
bool hashq_verify(struct hashq *q, const struct hash_client *c, struct str password,
		  struct str hash, const struct hash_job_fn *fn)
	__attribute__((warn_unused_result));
/* Of the operator, or of ourselves. */
bool hashq_make(struct hashq *q, struct str password, const struct hash_job_fn *fn)
	__attribute__((warn_unused_result));
/* Helpers came or went. */
void hashq_kick(struct hashq *q);
/* Verifications that were begun, since the start. */
uint64_t hashq_verified(const struct hashq *q);

/* logins.c: who is logged in, with the capabilities that deliverd knows */

struct login {
	uint64_t id;		/* 0: free */
	unsigned char salt[16]; /* what the capability is derived from */
	int64_t version;	/* of the password that opened it */
	char account[LIM_ACCOUNT + 1];
	unsigned char cap[AUTH_CAP_LEN];
	bool has_cap;
	bool confirmed; /* deliverd has answered once */
	enum role role; /* who asked for it */
	unsigned num, owner;
};
/* Logins are also in the file "logins" of `dirfd`, without capabilities and not synced: after a
 * crash the next keeper of the same authd knows them. */
struct logins *logins_new(struct svc *s, const struct auth_root *r, int dirfd);
/* Take over what the last keeper knew; what was revoked meanwhile ends. */
void logins_adopt(struct logins *l, struct auth_db *db);
void logins_free(struct logins **l);
/* NULL when LIM_LOGINS are there, or the worker has its share of them (share.c). Valid until the
 * next logins_add. */
struct login *logins_add(struct logins *l, struct str account, int64_t version, enum role role,
			 unsigned num, bool has_cap);
/* It is in force: deliverd knows it, or it has no capability. */
void logins_confirm(struct logins *l, struct login *login);
struct login *logins_find(struct logins *l, uint64_t id);
/* End one: the capability is withdrawn. */
void logins_end(struct logins *l, uint64_t id);
/* End those of a worker that is gone, of an account, or of accounts that may not be used any more;
 * in the latter cases the worker is told.
 */
void logins_end_worker(struct logins *l, enum role role, unsigned num);
void logins_end_account(struct logins *l, struct str account);
void logins_end_revoked(struct logins *l, const struct config *c);
/* A deliverd worker is (again) there: it is told all capabilities of its accounts. */
void logins_register(struct logins *l, unsigned owner);
/* CAP_ADD of one login; fn as in ipc_call. Returns the id of the call. */
uint64_t logins_cap_add(struct logins *l, const struct login *login, ipc_answer *fn, void *arg);
size_t logins_count(const struct logins *l);

/* login_file.c: logins on disk, of one run of master (svc_run). -1 is a file that is not there:
 * nothing is kept. */
int login_file_open(int dirfd, uint64_t run);
void login_file_close(int fd);
/* The login of a slot; a free slot when its id is 0. */
void login_file_put(int fd, uint32_t slot, const struct login *g);
/* All but owner and capability. False behind the last slot. */
bool login_file_get(int fd, uint32_t slot, struct login *g);

/* login.c: AUTH_LOGIN */
bool login_on_request(void *ctx, struct ipc_req *req, struct ipc_msg *m);

/* sasl.c: AUTH_SASL, AUTH_SASL_END */
bool sasl_on_request(void *ctx, struct ipc_req *req, struct ipc_msg *m);
bool sasl_on_end(void *ctx, struct ipc_req *req, struct ipc_msg *m);

/* dialogs.c: SASL dialogs that wait for the client's next message */

struct try;
struct auth_scram_dialog;

struct dialog {
	struct try *t;
	struct auth_scram_dialog *scram; /* NULL: CRAM-MD5, and */
	struct buf challenge;		 /* its challenge */
};
struct dialogs *dialogs_new(struct svc *s, int64_t life_ms);
void dialogs_free(struct dialogs **d);
/* Keep one for the worker, for its life; it takes over what `g` has. Returns its number,
 * 0 when the worker has LIM_AUTH_DIALOGS: then `g` stays the caller's. */
uint64_t dialogs_put(struct dialogs *d, enum role role, unsigned num, const struct dialog *g);
/* Take it out again. False when there is none of this number, or it is not this worker's. */
bool dialogs_take(struct dialogs *d, enum role role, unsigned num, uint64_t id, struct dialog *g);
void dialogs_end_worker(struct dialogs *d, enum role role, unsigned num);
size_t dialogs_count(const struct dialogs *d);
/* What a dialog holds. */
void dialog_clear(struct dialog *g);

/* try.c: a->dummy */
void try_dummy_make(struct authd *a);

/* attempts.c: the login log, written in batches */
struct attempts *attempts_new(struct authd *a);
void attempts_free(struct attempts **t);
/* `account` "" for an unknown one. Texts may be anything. */
void attempts_add(struct attempts *t, const struct auth_attempt *v);
void attempts_flush(struct attempts *t);

/* admin.c: commands from `mox` */
void admin_run(struct svc *s, struct ipc_req *req, struct str verb, const struct str *args,
	       unsigned nargs);
/* Hash a password anew with today's cost, unless it is changed meanwhile. False: the queue is full.
 */
bool admin_rehash(struct authd *a, struct str account, struct str password, int64_t version)
	__attribute__((warn_unused_result));

#endif
