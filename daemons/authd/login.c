/*
 * AUTH_LOGIN. An unknown account, one without a password and a password that no account can have go
 * the same way as a wrong password: one look into the database, one decryption, one hash of the
 * same cost, the same answer.
 */
#include "auth/precis.h"
#include "base/log.h"
#include "try.h"

static bool
hash_may(void *arg)
{
	struct try *t = arg;

	if (ipc_req_chan(t->req) == NULL)
		try_aborted(t);
	else if (try_is_limited(t))
		try_limited(t);
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
		try_temp(t);
		return;
	}
	if (!r->match || !t->known) {
		try_bad(t, NULL, "");
		return;
	}
	if ((acc = try_passed(t)) == NULL)
		return;
	if (r->rehash && !admin_rehash(t->a, acc->key, buf_str(&t->password), t->version))
		LOG(&t->log, LOG_DEBUG, "authd.rehash.postponed", LF(acct, t->account));
	try_open(t);
}

bool
login_on_request(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct authd *a = svc_data(ctx);
	struct msg_auth_login in;
	struct hash_client client;
	struct buf hash, key;
	struct try *t;
	bool queued = false;

	if (ipc_req_is_notify(req) || !msg_auth_login_get(m->body, &in) ||
	    !try_may_want(req, in.want_key))
		return false;
	t = try_new(a, req, in.cid, in.proto, in.mech, in.ip, in.want_key != 0);
	try_set_login(t, in.login);
	if (try_is_limited(t)) {
		try_limited(t);
		return true;
	}
	t->known = auth_precis(in.password, &t->password, NULL) == 0 && t->known;
	if (!t->known) {
		buf_reset(&t->password);
		buf_puts(&t->password, "-");
	}
	buf_init(&hash, 1024);
	buf_init(&key, 4 * LIM_ADDR);
	config_login_key(svc_config(a->svc), str_c(t->login), &key);
	client = (struct hash_client){ ipc_req_role(req), ipc_req_num(req), buf_str(&key) };
	if (try_form(t, FORM_ARGON2, &hash) == 0)
		queued = hashq_verify(a->hashq, &client, buf_str(&t->password), buf_str(&hash),
				      &(struct hash_job_fn){ hash_may, hash_done, t });
	if (!queued)
		try_temp(t);
	buf_wipe(&hash);
	buf_done(&key);
	return true;
}
