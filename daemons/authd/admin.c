/* Commands of the operator, by way of master: passwords, accounts, login attempts. */
#include "authd.h"
#include "auth/precis.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define ATTEMPTS_SHOWN 200
#define TEXT_NO_HELPER "no hash helper answered, try again"
#define TEXT_BUSY "too many logins are waiting, try again"

/* A new password of an account on its way through a hash helper. */
struct change {
	struct authd *a;
	struct ipc_req *req; /* NULL: nobody waits, the cost of the hash was brought up to date */
	char account[LIM_ACCOUNT + 1];
	int64_t version; /* without req: of the password that was hashed */
};

static void
answer_err(struct ipc_req **req, enum ec code, const char *text)
{
	struct err e = ERR_INIT;

	(void)err_set(&e, code, "%s", text);
	svc_admin_reply(req, STR_NONE, &e);
}

static int
change_store(struct change *c, const struct auth_forms *f, struct err *e)
{
	if (config_account_find(svc_config(c->a->svc), str_c(c->account)) == NULL)
		return err_set(e, EC_NOTFOUND, "account was removed meanwhile");
	if (c->req == NULL)
		return auth_db_password_renew(c->a->db, str_c(c->account), f, c->version, e);
	return auth_db_password_set(c->a->db, str_c(c->account), f, clock_now(), e);
}

static void
change_done(void *arg, const struct hash_answer *r)
{
	struct change *c = arg;
	struct err e = ERR_INIT;

	if (!r->ok)
		(void)err_set(&e, EC_TEMP, TEXT_NO_HELPER);
	else
		(void)change_store(c, &r->forms, &e);
	if (e.code == EC_OK && c->req != NULL)
		logins_end_account(c->a->logins, str_c(c->account));
	if (e.code == EC_OK)
		LOG(NULL, LOG_INFO,
		    c->req != NULL ? "authd.password.set" : "authd.password.rehashed",
		    LF(acct, c->account));
	else
		LOG(NULL, LOG_ERROR, "authd.password.failed", LF(acct, c->account), LF(err, &e));
	if (c->req != NULL)
		svc_admin_reply(&c->req, STR("password set\n"), e.code == EC_OK ? NULL : &e);
	mem_free(c);
}

static bool
change_start(struct authd *a, struct ipc_req *req, struct str account, struct str password,
	     int64_t version)
{
	struct change *c = MEM_NEW(struct change);

	c->a = a;
	c->req = req;
	c->version = version;
	if (str_to_c(account, c->account, sizeof(c->account)) == 0 &&
	    hashq_make(a->hashq, password, &(struct hash_job_fn){ NULL, change_done, c }))
		return true;
	mem_free(c);
	return false;
}

bool
admin_rehash(struct authd *a, struct str account, struct str password, int64_t version)
{
	return change_start(a, NULL, account, password, version);
}

/* A new password after PRECIS into `p`; when it can't be one, the request is answered and -1. */
static int
password_check(struct ipc_req **req, struct str password, struct buf *p)
{
	struct err e = ERR_INIT;

	buf_init(p, LIM_PASSWORD);
	if (auth_precis(password, p, &e) == 0 && p->n < LIM_PASSWORD_MIN)
		(void)err_set(&e, EC_SYNTAX, "password is shorter than %d bytes", LIM_PASSWORD_MIN);
	if (e.code == EC_OK)
		return 0;
	svc_admin_reply(req, STR_NONE, &e);
	buf_wipe(p);
	return -1;
}

static void
cmd_setpassword(struct authd *a, struct ipc_req *req, const struct str *args, unsigned nargs)
{
	struct buf p;

	(void)nargs;
	if (config_account_find(svc_config(a->svc), args[0]) == NULL) {
		answer_err(&req, EC_NOTFOUND, "no such account in domains.conf");
		return;
	}
	if (password_check(&req, args[1], &p) < 0)
		return;
	if (!change_start(a, req, args[0], buf_str(&p), 0))
		answer_err(&req, EC_TEMP, TEXT_BUSY);
	buf_wipe(&p);
}

/* The administrator's password. Its hash is in AdminPasswordFile and nowhere else: master writes
 * it, we read it. */

static void
admin_hash_done(void *arg, const struct hash_answer *r)
{
	struct ipc_req *req = arg;

	if (r->ok)
		svc_admin_reply(&req, r->forms.argon2, NULL);
	else
		answer_err(&req, EC_TEMP, TEXT_NO_HELPER);
}

static void
cmd_makeadminhash(struct authd *a, struct ipc_req *req, const struct str *args, unsigned nargs)
{
	struct buf p;

	(void)nargs;
	if (password_check(&req, args[0], &p) < 0)
		return;
	if (!hashq_make(a->hashq, buf_str(&p), &(struct hash_job_fn){ NULL, admin_hash_done, req }))
		answer_err(&req, EC_TEMP, TEXT_BUSY);
	buf_wipe(&p);
}

static void
admin_check_done(void *arg, const struct hash_answer *r)
{
	struct ipc_req *req = arg;

	LOG(NULL, LOG_INFO, "authd.adminpassword.checked",
	    LF(result, !r->ok	  ? "error"
		       : r->match ? "ok"
				  : "badpassword"));
	if (!r->ok)
		answer_err(&req, EC_TEMP, TEXT_NO_HELPER);
	else if (!r->match)
		answer_err(&req, EC_DENIED, "wrong password");
	else
		svc_admin_reply(&req, STR("ok\n"), NULL);
}

static void
cmd_checkadminpassword(struct authd *a, struct ipc_req *req, const struct str *args, unsigned nargs)
{
	struct err e = ERR_INIT;
	struct buf p, hash;

	(void)nargs;
	buf_init(&p, LIM_PASSWORD);
	buf_init(&hash, ADMIN_HASH_MAX);
	if (admin_hash_read(a->svc, &hash, &e) < 0)
		svc_admin_reply(&req, STR_NONE, &e);
	else if (auth_precis(args[0], &p, NULL) < 0)
		answer_err(&req, EC_DENIED, "wrong password");
	else if (!hashq_verify(a->hashq, &(struct hash_client){ .role = ROLE_MASTER }, buf_str(&p),
			       buf_str(&hash),
			       &(struct hash_job_fn){ NULL, admin_check_done, req }))
		answer_err(&req, EC_TEMP, TEXT_BUSY);
	buf_wipe(&p);
	buf_wipe(&hash);
}

/* Lists */

struct listing {
	const struct config *c;
	struct buf out;
};

static void
put_time(struct buf *b, int64_t t)
{
	if (t == 0)
		buf_puts(b, "-");
	else
		clock_put_rfc3339(b, t);
}

static void
account_put(void *arg, const struct auth_account *acc)
{
	struct listing *l = arg;

	buf_putstr(&l->out, acc->name);
	buf_puts(&l->out, " created ");
	put_time(&l->out, acc->created);
	buf_puts(&l->out, " password ");
	put_time(&l->out, acc->changed);
	if (config_account_find(l->c, acc->name) == NULL)
		buf_puts(&l->out, " not in domains.conf");
	buf_putc(&l->out, '\n');
}

static void
attempt_put(void *arg, const struct auth_attempt *t)
{
	struct listing *l = arg;

	put_time(&l->out, t->last);
	buf_printf(&l->out,
		   " " STR_FMT " account " STR_FMT " login " STR_FMT " from " STR_FMT " " STR_FMT
		   " " STR_FMT " count %lld since ",
		   STR_ARG(t->result), STR_ARG(t->account), STR_ARG(t->login), STR_ARG(t->ip),
		   STR_ARG(t->proto), STR_ARG(t->mech), (long long)t->count);
	put_time(&l->out, t->first);
	buf_putc(&l->out, '\n');
}

/* What does not fit into one answer is left out at the end, after a whole line. */
static void
listing_send(struct listing *l, struct ipc_req *req, const struct err *e)
{
	struct str text = buf_str(&l->out);
	ssize_t nl;

	if (l->out.over && (nl = str_rchr(text, '\n')) >= 0)
		text = str_sub(text, 0, (size_t)nl + 1);
	svc_admin_reply(&req, text, e->code == EC_OK ? NULL : e);
	buf_done(&l->out);
}

static void
cmd_accounts(struct authd *a, struct ipc_req *req, const struct str *args, unsigned nargs)
{
	struct listing l = { .c = svc_config(a->svc) };
	struct err e = ERR_INIT;

	(void)args;
	(void)nargs;
	buf_init(&l.out, LIM_IPC_BODY - 1000);
	(void)auth_db_accounts(a->db, account_put, &l, &e);
	listing_send(&l, req, &e);
}

static void
cmd_loginattempts(struct authd *a, struct ipc_req *req, const struct str *args, unsigned nargs)
{
	struct listing l = { .c = svc_config(a->svc) };
	struct err e = ERR_INIT;

	attempts_flush(a->attempts);
	buf_init(&l.out, LIM_IPC_BODY - 1000);
	(void)auth_db_attempts(a->db, nargs > 0 ? args[0] : STR_NONE, ATTEMPTS_SHOWN, attempt_put,
			       &l, &e);
	listing_send(&l, req, &e);
}

/* What tests and the curious ask: how many hashes were begun, who is logged in, which dialogs wait.
 */
static void
cmd_counters(struct authd *a, struct ipc_req *req, const struct str *args, unsigned nargs)
{
	struct buf out;

	(void)args;
	(void)nargs;
	buf_init(&out, 1024);
	buf_printf(&out, "verified %llu\nlogins %zu\ndialogs %zu\n",
		   (unsigned long long)hashq_verified(a->hashq), logins_count(a->logins),
		   dialogs_count(a->dialogs));
	svc_admin_reply(&req, buf_str(&out), NULL);
	buf_done(&out);
}

/* verb, arguments (min, max), function */
static const struct {
	const char *verb;
	unsigned min, max;
	void (*fn)(struct authd *a, struct ipc_req *req, const struct str *args, unsigned nargs);
} verbs[] = {
	{ "setpassword", 2, 2, cmd_setpassword },
	{ "makeadminhash", 1, 1, cmd_makeadminhash },
	{ "checkadminpassword", 1, 1, cmd_checkadminpassword },
	{ "accounts", 0, 0, cmd_accounts },
	{ "loginattempts", 0, 1, cmd_loginattempts },
	{ "counters", 0, 0, cmd_counters },
};

void
admin_run(struct svc *s, struct ipc_req *req, struct str verb, const struct str *args,
	  unsigned nargs)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		if (!str_eq(verb, str_c(verbs[i].verb)))
			continue;
		if (nargs < verbs[i].min || nargs > verbs[i].max)
			answer_err(&req, EC_SYNTAX, "wrong number of arguments");
		else
			verbs[i].fn(svc_data(s), req, args, nargs);
		return;
	}
	answer_err(&req, EC_NOTFOUND, "authd has no such command");
}
