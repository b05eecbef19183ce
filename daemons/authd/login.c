/*
 * AUTH_LOGIN. An unknown account, one without a password and a password that no account can have go
 * the same way as a wrong password: one look into the database, one decryption, one hash of the
 * same cost, the same answer.
 */
#include "authd.h"
#include "auth/precis.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define TEXT_LIMITED "too many failed logins from this network, try again later"
#define TEXT_TEMP "authentication is not possible at the moment, try again later"
/* Failures of a minute that cost nothing, and the longest delay that is asked of the caller. */
#define FREE_FAILURES 3
#define DELAY_MAX_MS 8000

struct try {
	struct authd *a;
	struct ipc_req *req;
	struct log_ctx log;
	bool want_key;
	bool known;		/* an account with a password that could be right */
	char account[LIM_ACCOUNT + 1], login[LIM_ADDR + 1], proto[17], mech[33];
	int64_t version;	/* of the password that is being checked */
	struct buf password;	/* after PRECIS */
	uint64_t login_id;
	unsigned char pub[32];
	struct secret *priv;
};

static void
try_free(struct try *t)
{
	buf_wipe(&t->password);
	secret_free(&t->priv);
	mem_free(t);
}

/* Answer and be done with it. */
static void
finish(struct try *t, const struct msg_auth_login_r *r, const char *result)
{
	struct auth_attempt attempt = {
		.account = str_c(t->account), .login = str_c(t->login), .ip = str_c(t->log.peer),
		.proto = str_c(t->proto), .mech = str_c(t->mech), .result = str_c(result),
		.first = clock_now(), .last = clock_now(), .count = 1,
	};
	struct buf b;

	if (r->result != AUTH_LIMITED)
		attempts_add(t->a->attempts, &attempt);
	LOG(&t->log, r->result == AUTH_TEMP ? LOG_WARN : LOG_INFO,
	    r->result == AUTH_OK ? "authd.login.ok" : "authd.login.refused", LF(login, t->login),
	    LF(acct, t->account), LF(proto, t->proto), LF(mech, t->mech), LF(result, result));
	buf_init(&b, LIM_IPC_BODY);
	msg_auth_login_r_put(&b, r);
	ipc_reply(&t->req, buf_str(&b), NULL, 0);
	buf_wipe(&b);
	try_free(t);
}

static void
finish_temp(struct try *t)
{
	finish(t, &(struct msg_auth_login_r){ .result = AUTH_TEMP, .text = STR(TEXT_TEMP) },
	       "error");
}

static void
finish_limited(struct try *t)
{
	finish(t, &(struct msg_auth_login_r){ .result = AUTH_LIMITED, .text = STR(TEXT_LIMITED) },
	       "limited");
}

/* Developers' tests fail as often as they like. */
static bool
is_unlimited(const struct try *t)
{
	struct str ip = str_c(t->log.peer);

	return svc_is_localserve(t->a->svc) &&
	       (str_has_prefix(ip, STR("127.")) || str_eq(ip, STR("::1")));
}

static bool
is_limited(const struct try *t)
{
	return !is_unlimited(t) &&
	       !auth_limit_check(t->a->limit, str_c(t->log.peer), clock_now());
}

static void
finish_bad(struct try *t)
{
	struct msg_auth_login_r r = { .result = AUTH_BAD };
	unsigned n = 0;

	if (!is_unlimited(t))
		n = auth_limit_fail(t->a->limit, str_c(t->log.peer), str_c(t->account),
				    clock_now());
	if (n > FREE_FAILURES)
		r.delay_ms = MIN((n - FREE_FAILURES) * 1000u, (unsigned)DELAY_MAX_MS);
	finish(t, &r, t->account[0] != '\0' ? "badpassword" : "baduser");
}

static void
finish_ok(struct try *t)
{
	struct authd *a = t->a;
	struct login *g = logins_find(a->logins, t->login_id);
	struct msg_auth_login_r r = { .result = AUTH_OK, .login_id = t->login_id };

	/* The caller died, or the account was removed, while deliverd was asked. */
	if (ipc_req_chan(t->req) == NULL || g == NULL) {
		logins_end(a->logins, t->login_id);
		finish_temp(t);
		return;
	}
	logins_confirm(a->logins, g);
	r.account = str_c(t->account);
	r.address = str_c(t->login);
	r.owner = g->owner;
	if (t->want_key) {
		r.cap = str_mem(g->cap, sizeof(g->cap));
		r.pubkey = str_mem(t->pub, sizeof(t->pub));
		r.privkey = str_mem(secret_p(t->priv), secret_n(t->priv));
	}
	finish(t, &r, "ok");
}

static void
on_cap(void *arg, const struct err *e, struct ipc_msg *m)
{
	struct try *t = arg;

	(void)m;
	if (e == NULL) {
		finish_ok(t);
		return;
	}
	LOG(&t->log, LOG_WARN, "authd.capability.failed", LF(acct, t->account), LF(err, e));
	logins_end(t->a->logins, t->login_id);
	finish_temp(t);
}

/* The password is right. */
static void
open_login(struct try *t)
{
	struct err e = ERR_INIT;
	struct login *g;

	if (t->want_key &&
	    auth_db_private(t->a->db, str_c(t->account), t->pub, &t->priv, &e) < 0) {
		LOG(&t->log, LOG_ERROR, "authd.key.failed", LF(acct, t->account), LF(err, &e));
		finish_temp(t);
		return;
	}
	g = logins_add(t->a->logins, str_c(t->account), t->version, ipc_req_role(t->req),
		       ipc_req_num(t->req), t->want_key);
	if (g == NULL) {
		finish_temp(t);
		return;
	}
	t->login_id = g->id;
	if (t->want_key)
		(void)logins_cap_add(t->a->logins, g, on_cap, t);
	else
		finish_ok(t);
}

/* While the hash was computed the configuration or the password may have changed. */
static const struct cfg_account *
account_again(struct try *t)
{
	const struct cfg_account *acc = config_login_find(svc_config(t->a->svc), str_c(t->login));
	int64_t version = -1;
	struct buf hash;
	int r;

	if (acc == NULL || !str_eq(acc->key, str_c(t->account)))
		return NULL;
	buf_init(&hash, 1024);
	r = auth_db_password(t->a->db, acc->key, &hash, &version, NULL);
	buf_wipe(&hash);
	return r == 0 && version == t->version ? acc : NULL;
}

static bool
hash_may(void *arg)
{
	struct try *t = arg;

	if (ipc_req_chan(t->req) == NULL)
		finish(t, &(struct msg_auth_login_r){ .result = AUTH_TEMP }, "aborted");
	else if (is_limited(t))
		finish_limited(t);
	else
		return true;
	return false;
}

static void
hash_done(void *arg, const struct hash_answer *r)
{
	struct try *t = arg;
	const struct cfg_account *acc;

	if (!r->ok) {
		finish_temp(t);
		return;
	}
	if (!r->match || !t->known) {
		finish_bad(t);
		return;
	}
	if ((acc = account_again(t)) == NULL) {
		finish_temp(t);
		return;
	}
	auth_limit_reset(t->a->limit, str_c(t->log.peer), str_c(t->account), clock_now());
	if (acc->login_disabled.n > 0) {
		finish(t,
		       &(struct msg_auth_login_r){ .result = AUTH_DISABLED,
						   .text = str_sub(acc->login_disabled, 0, 256) },
		       "logindisabled");
		return;
	}
	if (r->rehash && !admin_rehash(t->a, acc->key, buf_str(&t->password), t->version))
		LOG(&t->log, LOG_DEBUG, "authd.rehash.postponed", LF(acct, t->account));
	open_login(t);
}

/* The hash to check against, decrypted: the account's, or the dummy. Both cost the same. */
static int
hash_get(struct try *t, struct buf *hash)
{
	struct err e = ERR_INIT;
	struct str account = t->known ? str_c(t->account) : STR("");

	if (auth_db_password(t->a->db, account, hash, &t->version, &e) == 0)
		return 0;
	if (e.code == EC_NOTFOUND) {
		t->known = false;
		err_clear(&e);
		if (auth_root_unwrap(t->a->root, "argon2", STR_NONE, buf_str(&t->a->dummy), hash,
				     &e) == 0)
			return 0;
	}
	LOG(&t->log, LOG_ERROR, "authd.password.failed", LF(acct, t->account), LF(err, &e));
	return -1;
}

/* Longer, or with a NUL inside: empty, which no account matches. */
static void
set_text(char *dst, size_t size, struct str s)
{
	if (str_to_c(s, dst, size) < 0)
		dst[0] = '\0';
}

static struct try *
try_new(struct authd *a, struct ipc_req *req, const struct msg_auth_login *m)
{
	struct try *t = MEM_NEW(struct try);

	t->a = a;
	t->req = req;
	t->want_key = m->want_key != 0;
	t->log = (struct log_ctx){ .cid = m->cid };
	buf_init(&t->password, LIM_PASSWORD);
	set_text(t->log.peer, sizeof(t->log.peer), m->ip);
	set_text(t->login, sizeof(t->login), m->login);
	set_text(t->proto, sizeof(t->proto), m->proto);
	set_text(t->mech, sizeof(t->mech), m->mech);
	return t;
}

/* A key is for those who read the store. */
static bool
login_may_want(const struct ipc_req *req, uint64_t want_key)
{
	return want_key == 0 || (want_key == 1 && ipc_req_role(req) == ROLE_IMAPD);
}

bool
login_on_request(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct authd *a = svc_data(ctx);
	const struct cfg_account *acc;
	struct msg_auth_login in;
	struct buf hash;
	struct try *t;
	bool queued = false;

	if (ipc_req_is_notify(req) || !msg_auth_login_get(m->body, &in) ||
	    !login_may_want(req, in.want_key))
		return false;
	t = try_new(a, req, &in);
	if (is_limited(t)) {
		finish_limited(t);
		return true;
	}
	acc = config_login_find(svc_config(a->svc), str_c(t->login));
	if (acc != NULL)
		set_text(t->account, sizeof(t->account), acc->key);
	t->known = auth_precis(in.password, &t->password, NULL) == 0 && acc != NULL;
	if (!t->known) {
		buf_reset(&t->password);
		buf_puts(&t->password, "-");
	}
	buf_init(&hash, 1024);
	if (hash_get(t, &hash) == 0)
		queued = hashq_verify(a->hashq, buf_str(&t->password), buf_str(&hash),
				      &(struct hash_job_fn){ hash_may, hash_done, t });
	if (!queued)
		finish_temp(t);
	buf_wipe(&hash);
	return true;
}
