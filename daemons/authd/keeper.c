/*
 * The keeper: holds the master key, is the only one who opens auth.db, knows who is logged in.
 *
 * SECURITY: its callers are deliverd and the network-facing workers, which may have been taken
 * over. The worst that an imapd worker gets is what it could get by logging in: keys for passwords
 * it knows. A deliverd worker gets public and index keys of the accounts that it owns, and its own
 * log key.
 */
#include <errno.h>
#include <unistd.h>

#include "authd.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define TRIM_MS (3600 * 1000)

static void
on_daily(void *arg)
{
	struct authd *a = arg;
	struct err e = ERR_INIT;

	if (auth_db_attempts_trim(a->db, clock_now() - (int64_t)LIM_ATTEMPT_DAYS * 86400, &e) < 0)
		LOG(NULL, LOG_ERROR, "authd.attempts.untrimmed", LF(err, &e));
	loop_timer_set(a->daily, TRIM_MS);
}

int
keeper_init(struct authd *a, struct svc *s, int dirfd, struct str master, struct err *e)
{
	a->svc = s;
	a->root = auth_root_new(master);
	if ((a->db = auth_db_open(dirfd, a->root, e)) == NULL) {
		auth_root_free(&a->root);
		return -1;
	}
	a->limit = auth_limit_new();
	a->hashq = hashq_new(s);
	a->logins = logins_new(s, a->root, dirfd);
	a->attempts = attempts_new(a);
	a->daily = loop_timer_new(svc_loop(s), on_daily, a);
	loop_timer_set(a->daily, 60 * 1000);
	a->dialogs = dialogs_new(s, LIM_AUTH_DIALOG_MS);
	a->salt_key = secret_new(SEAL_KEY);
	auth_root_salt_key(a->root, secret_p(a->salt_key));
	try_dummy_make(a);
	logins_adopt(a->logins, a->db);
	return 0;
}

void
keeper_done(struct authd *a)
{
	dialogs_free(&a->dialogs);
	attempts_free(&a->attempts);
	logins_free(&a->logins);
	hashq_free(&a->hashq);
	auth_limit_free(&a->limit);
	loop_timer_free(&a->daily);
	auth_db_close(&a->db);
	auth_root_free(&a->root);
	secret_free(&a->salt_key);
	for (unsigned i = 0; i < FORMS; i++)
		buf_done(&a->dummy[i]);
}

static int
master_read(struct svc *s, struct secret *key, struct err *e)
{
	unsigned char more;
	int fd = svc_file(s, SVC_FILE_MASTER_KEY, 0);
	ssize_t n;

	if (fd < 0)
		return err_set(e, EC_NOTFOUND, "master passed on no master key");
	n = pread(fd, secret_p(key), SEAL_KEY, 0);
	if (n < 0)
		return err_sys(e, EC_IO, errno, "master key");
	if (n != SEAL_KEY || pread(fd, &more, 1, SEAL_KEY) != 0)
		return err_set(e, EC_CORRUPT, "master key does not have %d bytes", SEAL_KEY);
	return 0;
}

int
admin_hash_read(struct svc *s, struct buf *hash, struct err *e)
{
	int fd = svc_file(s, SVC_FILE_ADMIN_PASSWORD, 0);
	char *p = buf_reserve(hash, ADMIN_HASH_MAX);
	ssize_t n;

	if (fd < 0)
		return err_set(e, EC_NOTFOUND,
			       "there is no administrator's password: AdminPasswordFile, mox "
			       "setadminpassword");
	n = pread(fd, p, ADMIN_HASH_MAX, 0);
	if (n < 0)
		return err_sys(e, EC_IO, errno, "AdminPasswordFile");
	buf_commit(hash, (size_t)n);
	if (str_has_suffix(buf_str(hash), STR("\n")))
		buf_truncate(hash, hash->n - 1);
	if (n == ADMIN_HASH_MAX || !auth_hash_check(buf_str(hash)))
		return err_set(e, EC_CORRUPT,
			       "AdminPasswordFile has no argon2id hash: mox setadminpassword "
			       "makes one");
	return 0;
}

/* Said now, not when the administrator stands before the door. */
static void
admin_hash_check(struct svc *s)
{
	struct err e = ERR_INIT;
	struct buf hash;

	buf_init(&hash, ADMIN_HASH_MAX);
	if (admin_hash_read(s, &hash, &e) < 0 && e.code != EC_NOTFOUND)
		LOG(NULL, LOG_ERROR, "authd.adminpassword.unusable", LF(err, &e));
	buf_wipe(&hash);
}

static int
on_start(struct svc *s, struct err *e)
{
	struct authd *a = MEM_NEW(struct authd);
	struct secret *key;
	int r = -1;

	if (seal_init(e) < 0)
		return -1;
	svc_set_data(s, a);
	key = secret_new(SEAL_KEY);
	if (master_read(s, key, e) == 0)
		r = keeper_init(a, s, svc_dir(s, "auth"), str_mem(secret_p(key), SEAL_KEY), e);
	secret_free(&key);
	admin_hash_check(s);
	return r;
}

static void
on_reload(struct svc *s)
{
	struct authd *a = svc_data(s);

	logins_end_revoked(a->logins, svc_config(s));
	admin_hash_check(s);
}

static void
on_drain(struct svc *s)
{
	struct authd *a = svc_data(s);

	attempts_flush(a->attempts);
	svc_drained(s);
}

static void
on_peer_up(struct svc *s, struct ipc_chan *c)
{
	struct authd *a = svc_data(s);

	if (ipc_chan_role(c) == ROLE_AUTHHASH)
		hashq_kick(a->hashq);
	else if (ipc_chan_role(c) == ROLE_DELIVERD)
		logins_register(a->logins, ipc_chan_num(c));
}

static void
on_peer_down(struct svc *s, enum role role, unsigned num)
{
	struct authd *a = svc_data(s);

	logins_end_worker(a->logins, role, num);
	dialogs_end_worker(a->dialogs, role, num);
}

/* Requests */

static bool
on_logout(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct authd *a = svc_data(ctx);
	struct msg_auth_logout in;
	struct login *g;

	if (!msg_auth_logout_get(m->body, &in))
		return false;
	g = logins_find(a->logins, in.login_id);
	if (g != NULL && g->role == ipc_req_role(req) && g->num == ipc_req_num(req))
		logins_end(a->logins, in.login_id);
	ipc_reply(&req, STR_NONE, NULL, 0);
	return true;
}

static int
account_keys(struct authd *a, struct ipc_req *req, struct str account, unsigned char pub[32],
	     unsigned char index[32], struct err *e)
{
	if (config_account_find(svc_config(a->svc), account) == NULL)
		return err_set(e, EC_NOTFOUND, "no such account");
	if (svc_account_owner(a->svc, account) != ipc_req_num(req))
		return err_set(e, EC_DENIED, "account belongs to another worker");
	return auth_db_keys(a->db, account, true, clock_now(), pub, index, e);
}

static bool
on_account_keys(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct authd *a = svc_data(ctx);
	struct msg_auth_account_keys in;
	unsigned char pub[32], index[32];
	struct err e = ERR_INIT;
	struct buf b;

	if (!msg_auth_account_keys_get(m->body, &in))
		return false;
	if (account_keys(a, req, in.account, pub, index, &e) < 0) {
		LOG(NULL, LOG_WARN, "authd.keys.refused", LF(acct, in.account),
		    LF(worker, ipc_req_num(req)), LF(err, &e));
		ipc_reply_err(&req, &e);
		return true;
	}
	buf_init(&b, LIM_IPC_BODY);
	msg_auth_account_keys_r_put(
		&b, &(struct msg_auth_account_keys_r){ .pubkey = str_mem(pub, sizeof(pub)),
						       .indexkey = str_mem(index, sizeof(index)) });
	ipc_reply(&req, buf_str(&b), NULL, 0);
	buf_wipe(&b);
	mem_wipe(index, sizeof(index));
	return true;
}

static bool
on_log_key(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct authd *a = svc_data(ctx);
	struct msg_auth_log_key in;
	unsigned char key[32];
	struct buf b;

	if (!msg_auth_log_key_get(m->body, &in) || in.worker >= LIM_WORKERS)
		return false;
	auth_root_log_key(a->root, (unsigned)in.worker, key);
	buf_init(&b, LIM_IPC_BODY);
	msg_auth_log_key_r_put(&b,
			       &(struct msg_auth_log_key_r){ .key = str_mem(key, sizeof(key)) });
	ipc_reply(&req, buf_str(&b), NULL, 0);
	buf_wipe(&b);
	mem_wipe(key, sizeof(key));
	return true;
}

static bool
on_queue_keys(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct authd *a = svc_data(ctx);
	unsigned char queue[32], dkim[32];
	struct buf b;

	if (m->body.n != 0)
		return false;
	auth_root_queue_key(a->root, queue);
	auth_root_dkim_key(a->root, dkim);
	buf_init(&b, LIM_IPC_BODY);
	msg_auth_queue_keys_r_put(
		&b, &(struct msg_auth_queue_keys_r){ .queue = str_mem(queue, sizeof(queue)),
						     .dkim = str_mem(dkim, sizeof(dkim)) });
	ipc_reply(&req, buf_str(&b), NULL, 0);
	buf_wipe(&b);
	mem_wipe(queue, sizeof(queue));
	mem_wipe(dkim, sizeof(dkim));
	return true;
}

#define LOGINS (ROLE_BIT(ROLE_IMAPD) | ROLE_BIT(ROLE_SUBMITD))
#define STORE ROLE_BIT(ROLE_DELIVERD)
#define QUEUE ROLE_BIT(ROLE_QUEUED)

/* type, from whom, descriptors, handler */
static const struct ipc_op ops[] = {
	{ IPC_AUTH_LOGIN, LOGINS, 0, 0, login_on_request },
	{ IPC_AUTH_SASL, LOGINS, 0, 0, sasl_on_request },
	{ IPC_AUTH_SASL_END, LOGINS, 0, 0, sasl_on_end },
	{ IPC_AUTH_LOGOUT, LOGINS, 0, 0, on_logout },
	{ IPC_AUTH_ACCOUNT_KEYS, STORE, 0, 0, on_account_keys },
	{ IPC_AUTH_LOG_KEY, STORE, 0, 0, on_log_key },
	{ IPC_AUTH_QUEUE_KEYS, QUEUE, 0, 0, on_queue_keys },
};

const struct svc_ops keeper_ops = {
	.role = ROLE_AUTHD,
	.ops = ops,
	.nops = ARRAY_LEN(ops),
	.start = on_start,
	.peer_up = on_peer_up,
	.peer_down = on_peer_down,
	.reload = on_reload,
	.drain = on_drain,
	.admin = admin_run,
};
