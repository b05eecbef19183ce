/* See try.h. */
#include "try.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define TEXT_LIMITED "too many failed logins from this network, try again later"
#define TEXT_TEMP "authentication is not possible at the moment, try again later"
/* Failures of a minute that cost nothing, and the longest delay that is asked of the caller. */
#define FREE_FAILURES 3
#define DELAY_MAX_MS 8000

bool
try_may_want(const struct ipc_req *req, uint64_t want_key)
{
	return want_key == 0 || (want_key == 1 && ipc_req_role(req) == ROLE_IMAPD);
}

/* Longer, or with a NUL inside: empty, which no account matches. */
static void
set_text(char *dst, size_t size, struct str s)
{
	if (str_to_c(s, dst, size) < 0)
		dst[0] = '\0';
}

struct try *
try_new(struct authd *a, struct ipc_req *req, uint64_t cid, struct str proto, struct str mech,
	struct str ip, bool want_key)
{
	struct try *t = MEM_NEW(struct try);

	t->a = a;
	t->req = req;
	t->want_key = want_key;
	t->log = (struct log_ctx){ .cid = cid };
	buf_init(&t->password, LIM_PASSWORD);
	buf_init(&t->last, LIM_SASL);
	set_text(t->log.peer, sizeof(t->log.peer), ip);
	set_text(t->proto, sizeof(t->proto), proto);
	set_text(t->mech, sizeof(t->mech), mech);
	return t;
}

void
try_free(struct try *t)
{
	buf_wipe(&t->password);
	buf_done(&t->last);
	secret_free(&t->priv);
	mem_free(t);
}

void
try_set_login(struct try *t, struct str login)
{
	const struct cfg_account *acc;

	set_text(t->login, sizeof(t->login), login);
	acc = config_login_find(svc_config(t->a->svc), str_c(t->login));
	t->known = acc != NULL;
	set_text(t->account, sizeof(t->account), acc != NULL ? acc->key : STR_NONE);
}

static void
put_answer(const struct try *t, const struct msg_auth_login_r *r, struct buf *b)
{
	struct msg_auth_sasl_r s = { .result = r->result,
				     .text = r->text,
				     .login_id = r->login_id,
				     .account = r->account,
				     .address = r->address,
				     .cap = r->cap,
				     .pubkey = r->pubkey,
				     .privkey = r->privkey,
				     .owner = r->owner,
				     .delay_ms = r->delay_ms };

	if (!t->sasl) {
		msg_auth_login_r_put(b, r);
		return;
	}
	if (r->result == AUTH_OK)
		s.data = buf_str(&t->last);
	msg_auth_sasl_r_put(b, &s);
}

/* Answer and be done with it. */
static void
finish(struct try *t, const struct msg_auth_login_r *r, const char *result)
{
	struct auth_attempt attempt = {
		.account = str_c(t->account),
		.login = str_c(t->login),
		.ip = str_c(t->log.peer),
		.proto = str_c(t->proto),
		.mech = str_c(t->mech),
		.result = str_c(result),
		.first = clock_now(),
		.last = clock_now(),
		.count = 1,
	};
	struct buf b;

	if (r->result != AUTH_LIMITED)
		attempts_add(t->a->attempts, &attempt);
	LOG(&t->log, r->result == AUTH_TEMP ? LOG_WARN : LOG_INFO,
	    r->result == AUTH_OK ? "authd.login.ok" : "authd.login.refused", LF(login, t->login),
	    LF(acct, t->account), LF(proto, t->proto), LF(mech, t->mech), LF(result, result));
	buf_init(&b, LIM_IPC_BODY);
	put_answer(t, r, &b);
	ipc_reply(&t->req, buf_str(&b), NULL, 0);
	buf_wipe(&b);
	try_free(t);
}

void
try_temp(struct try *t)
{
	finish(t, &(struct msg_auth_login_r){ .result = AUTH_TEMP, .text = STR(TEXT_TEMP) },
	       "error");
}

void
try_limited(struct try *t)
{
	finish(t, &(struct msg_auth_login_r){ .result = AUTH_LIMITED, .text = STR(TEXT_LIMITED) },
	       "limited");
}

void
try_aborted(struct try *t)
{
	finish(t, &(struct msg_auth_login_r){ .result = AUTH_TEMP }, "aborted");
}

/* Developers' tests fail as often as they like. */
static bool
is_unlimited(const struct try *t)
{
	struct str ip = str_c(t->log.peer);

	return svc_is_localserve(t->a->svc) &&
	       (str_has_prefix(ip, STR("127.")) || str_eq(ip, STR("::1")));
}

bool
try_is_limited(const struct try *t)
{
	return !is_unlimited(t) && !auth_limit_check(t->a->limit, str_c(t->log.peer), clock_now());
}

void
try_bad(struct try *t, const char *result, const char *text)
{
	struct msg_auth_login_r r = { .result = AUTH_BAD, .text = str_c(text) };
	unsigned n = 0;

	if (!is_unlimited(t))
		n = auth_limit_fail(t->a->limit, str_c(t->log.peer), str_c(t->account),
				    clock_now());
	if (n > FREE_FAILURES)
		r.delay_ms = MIN((n - FREE_FAILURES) * 1000u, (unsigned)DELAY_MAX_MS);
	if (result == NULL)
		result = t->account[0] != '\0' ? "badpassword" : "baduser";
	finish(t, &r, result);
}

/* Stored forms */

static const char *const forms[] = {
	[FORM_ARGON2] = "argon2",
	[FORM_SCRAM_SHA1] = "scram_sha1",
	[FORM_SCRAM_SHA256] = "scram_sha256",
	[FORM_CRAM_MD5] = "cram_md5",
};

void
try_dummy_make(struct authd *a)
{
	struct buf b[FORMS];

	for (unsigned i = 0; i < FORMS; i++)
		buf_init(&b[i], 1024);
	auth_hash_dummy(&b[FORM_ARGON2], &b[FORM_SCRAM_SHA1], &b[FORM_SCRAM_SHA256],
			&b[FORM_CRAM_MD5]);
	for (unsigned i = 0; i < FORMS; i++) {
		buf_init(&a->dummy[i], 1024);
		auth_root_wrap(a->root, forms[i], STR_NONE, buf_str(&b[i]), &a->dummy[i]);
		buf_done(&b[i]);
	}
}

int
try_form(struct try *t, enum form form, struct buf *text)
{
	struct str account = t->known ? str_c(t->account) : STR("");
	struct err e = ERR_INIT;
	int r;

	if (form == FORM_ARGON2)
		r = auth_db_password(t->a->db, account, text, &t->version, &e);
	else
		r = auth_db_form(t->a->db, account, forms[form], text, &t->version, &e);
	if (r < 0 && e.code == EC_NOTFOUND) {
		t->known = false;
		err_clear(&e);
		r = auth_root_unwrap(t->a->root, forms[form], STR_NONE, buf_str(&t->a->dummy[form]),
				     text, &e);
	}
	if (r < 0)
		LOG(&t->log, LOG_ERROR, "authd.password.failed", LF(acct, t->account), LF(err, &e));
	return r;
}

/* Success */

static void
finish_ok(struct try *t)
{
	struct authd *a = t->a;
	struct login *g = logins_find(a->logins, t->login_id);
	struct msg_auth_login_r r = { .result = AUTH_OK, .login_id = t->login_id };

	/* The caller died, or the account was removed, while deliverd was asked. */
	if (ipc_req_chan(t->req) == NULL || g == NULL) {
		logins_end(a->logins, t->login_id);
		try_temp(t);
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
	try_temp(t);
}

void
try_open(struct try *t)
{
	struct err e = ERR_INIT;
	struct login *g;

	if (t->want_key && auth_db_private(t->a->db, str_c(t->account), t->pub, &t->priv, &e) < 0) {
		LOG(&t->log, LOG_ERROR, "authd.key.failed", LF(acct, t->account), LF(err, &e));
		try_temp(t);
		return;
	}
	g = logins_add(t->a->logins, str_c(t->account), t->version, ipc_req_role(t->req),
		       ipc_req_num(t->req), t->want_key);
	if (g == NULL) {
		try_temp(t);
		return;
	}
	t->login_id = g->id;
	if (t->want_key)
		(void)logins_cap_add(t->a->logins, g, on_cap, t);
	else
		finish_ok(t);
}

/* Since the form was read, the configuration or the password may have changed. */
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

const struct cfg_account *
try_passed(struct try *t)
{
	const struct cfg_account *acc = account_again(t);

	if (acc == NULL) {
		try_temp(t);
		return NULL;
	}
	auth_limit_reset(t->a->limit, str_c(t->log.peer), str_c(t->account), clock_now());
	if (acc->login_disabled.n == 0)
		return acc;
	finish(t,
	       &(struct msg_auth_login_r){ .result = AUTH_DISABLED,
					   .text = str_sub(acc->login_disabled, 0, 256) },
	       "logindisabled");
	return NULL;
}
