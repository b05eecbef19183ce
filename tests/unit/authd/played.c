/*
 * What is around the keeper, played: svc, workers of imapd and deliverd, hash helpers, over real
 * channels in one loop. Included by test_keeper.c; nothing of lib/svc is linked.
 */
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "auth/hash.h"
#include "authd.h"
#include "base/clock.h"
#include "base/mem.h"
#include "ipc/msg_deliver.h"
#include "tests/unit/unit.h"

enum { IMAPDS = 2, DELIVERDS = 2, HASHES = 2, LOGINS = 600 };
#define RUN 0x123456789abcdef0u

struct peer {
	enum role role;
	unsigned num;
	struct ipc_chan *keeper; /* the keeper's end */
	struct ipc_chan *mine;
};

struct svc {
	struct loop *l;
	struct config *config;
	void *data;
	bool localserve;
};

static struct svc svc;
static struct authd authd;
static struct peer imapds[IMAPDS], deliverds[DELIVERDS], hashes[HASHES], submitd, queued;
static struct ipc_chan *waiting[DELIVERDS]; /* svc_reach */
static char dir[] = "/tmp/mox-keeper-XXXXXX";
static int dirfd_;

/* What deliverd was told, and how it behaves */
static struct {
	unsigned char cap[AUTH_CAP_LEN];
	char account[65];
	unsigned role, num, owner;
} caps[LOGINS];
static unsigned ncaps, ndels;
static bool caps_held, caps_refused;
static unsigned nrevoked; /* what imapd was told */
static uint64_t last_revoked;
static struct ipc_req *held_cap;

/* The helper */
static unsigned nverify;
static bool hash_held, hash_free; /* free: every password is right, at once */
static struct ipc_req *held_hash[HASHES];
static struct buf held_body[HASHES];

static char admin_text[65536];
static enum ec admin_code;
static bool admin_done;
static int admin_fd = -1; /* AdminPasswordFile */

/* svc */

struct loop *
svc_loop(struct svc *s)
{
	return s->l;
}
const struct config *
svc_config(const struct svc *s)
{
	return s->config;
}
void *
svc_data(const struct svc *s)
{
	return s->data;
}
void
svc_set_data(struct svc *s, void *data)
{
	s->data = data;
}
uint64_t
svc_run(const struct svc *s)
{
	(void)s;
	return RUN;
}
bool
svc_is_localserve(const struct svc *s)
{
	return s->localserve;
}
unsigned
svc_workers(const struct svc *s, enum role r)
{
	(void)s;
	return r == ROLE_AUTHHASH   ? HASHES
	       : r == ROLE_DELIVERD ? DELIVERDS
	       : r == ROLE_IMAPD    ? IMAPDS
				    : 1;
}
static struct peer *
peer_find(enum role r, unsigned num)
{
	struct peer *p = r == ROLE_IMAPD      ? imapds
			 : r == ROLE_SUBMITD  ? &submitd
			 : r == ROLE_QUEUED   ? &queued
			 : r == ROLE_DELIVERD ? deliverds
					      : hashes;

	return &p[num];
}
struct ipc_chan *
svc_peer(struct svc *s, enum role r, unsigned num)
{
	(void)s;
	return peer_find(r, num)->keeper;
}
struct ipc_chan *
svc_reach(struct svc *s, enum role r, unsigned num)
{
	ck_assert_int_eq(r, ROLE_DELIVERD);
	if (deliverds[num].keeper != NULL)
		return deliverds[num].keeper;
	if (waiting[num] == NULL)
		waiting[num] = ipc_chan_new_waiting(s->l, r, num);
	return waiting[num];
}
unsigned
svc_account_owner(const struct svc *s, struct str account)
{
	(void)s;
	return str_eq(account, STR("mox")) ? 0 : 1;
}
int
svc_dir(const struct svc *s, const char *name)
{
	(void)s;
	(void)name;
	return dirfd_;
}
int
svc_file(const struct svc *s, enum svc_file kind, unsigned num)
{
	(void)s;
	return kind == SVC_FILE_ADMIN_PASSWORD && num == 0 ? admin_fd : -1;
}
void
svc_drained(struct svc *s)
{
	(void)s;
}
void
svc_admin_reply(struct ipc_req **req, struct str text, const struct err *e)
{
	*req = NULL;
	admin_done = true;
	admin_code = e != NULL ? e->code : EC_OK;
	ck_assert_int_eq(str_to_c(text, admin_text, sizeof(admin_text)), 0);
	loop_stop(svc.l);
}

/* Peers */

static void
hash_answer(struct ipc_req *req, struct str body)
{
	struct msg_hash_verify v;
	bool match, rehash;
	struct err e = ERR_INIT;
	struct buf b;

	ck_assert(msg_hash_verify_get(body, &v));
	if (hash_free)
		match = true, rehash = false;
	else
		ck_assert_msg(auth_hash_verify(v.password, v.hash, &match, &rehash, &e) == 0, "%s",
			      e.msg);
	buf_init(&b, 1000);
	msg_hash_verify_r_put(&b, &(struct msg_hash_verify_r){ match, rehash });
	ipc_reply(&req, buf_str(&b), NULL, 0);
	buf_done(&b);
}

static bool
on_verify(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct peer *p = ctx;

	nverify++;
	if (!hash_held) {
		hash_answer(req, m->body);
		return true;
	}
	ck_assert_ptr_null(held_hash[p->num]); /* one at a time */
	held_hash[p->num] = req;
	buf_init(&held_body[p->num], LIM_IPC_BODY);
	buf_putstr(&held_body[p->num], m->body);
	loop_stop(svc.l);
	return true;
}

static bool
on_make(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	(void)ctx;
	return hash_ops.ops[1].fn(&svc, req, m);
}

static bool
on_cap_add(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct peer *p = ctx;
	struct msg_cap_add c;
	struct err e = ERR_INIT;

	ck_assert(msg_cap_add_get(m->body, &c));
	ck_assert_uint_lt(ncaps, LOGINS);
	ck_assert_uint_eq(c.cap.n, AUTH_CAP_LEN);
	for (unsigned i = 0; i < ncaps; i++) { /* told again: one */
		if (str_eq(str_mem(caps[i].cap, AUTH_CAP_LEN), c.cap))
			caps[i] = caps[--ncaps];
	}
	memcpy(caps[ncaps].cap, c.cap.p, AUTH_CAP_LEN);
	ck_assert_int_eq(str_to_c(c.account, caps[ncaps].account, 65), 0);
	caps[ncaps].role = (unsigned)c.caller_role;
	caps[ncaps].num = (unsigned)c.caller_num;
	caps[ncaps].owner = p->num;
	ncaps++;
	if (caps_held) {
		held_cap = req;
		loop_stop(svc.l);
	} else if (caps_refused) {
		(void)err_set(&e, EC_TEMP, "no");
		ipc_reply_err(&req, &e);
	} else {
		ipc_reply(&req, STR(""), NULL, 0);
	}
	return true;
}

static bool
on_cap_del(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct msg_cap_del c;

	(void)ctx;
	ck_assert(msg_cap_del_get(m->body, &c));
	ck_assert(ipc_req_is_notify(req));
	for (unsigned i = 0; i < ncaps; i++) {
		if (str_eq(str_mem(caps[i].cap, AUTH_CAP_LEN), c.cap)) {
			caps[i] = caps[--ncaps];
			ndels++;
			break;
		}
	}
	ipc_reply(&req, STR(""), NULL, 0);
	loop_stop(svc.l);
	return true;
}

static bool
on_revoked(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct msg_auth_revoked r;

	(void)ctx;
	ck_assert(msg_auth_revoked_get(m->body, &r));
	ck_assert(ipc_req_is_notify(req));
	nrevoked++;
	last_revoked = r.login_id;
	ipc_reply(&req, STR(""), NULL, 0);
	return true;
}

#define A ROLE_BIT(ROLE_AUTHD)
static const struct ipc_op imapd_peer_ops[] = {
	{ IPC_AUTH_REVOKED, A, 0, 0, on_revoked },
};
static const struct ipc_op hash_peer_ops[] = {
	{ IPC_HASH_VERIFY, A, 0, 0, on_verify },
	{ IPC_HASH_MAKE, A, 0, 0, on_make },
};
static const struct ipc_op deliverd_peer_ops[] = {
	{ IPC_CAP_ADD, A, 0, 0, on_cap_add },
	{ IPC_CAP_DEL, A, 0, 0, on_cap_del },
};
#undef A

static void
on_keeper_close(void *ctx, struct ipc_chan *c)
{
	struct peer *p = peer_find(ipc_chan_role(c), ipc_chan_num(c));

	(void)ctx;
	ck_assert_ptr_eq(p->keeper, c);
	ipc_chan_free(&p->keeper);
	keeper_ops.peer_down(&svc, p->role, p->num);
	loop_stop(svc.l);
}

static void
on_peer_close(void *ctx, struct ipc_chan *c)
{
	struct peer *p = ctx;

	(void)c;
	ipc_chan_free(&p->mine);
	loop_stop(svc.l);
}

static void
peer_up(struct peer *p, enum role role, unsigned num)
{
	int s[2];

	p->role = role;
	p->num = num;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, s),
			 0);
	p->keeper = ipc_chan_new(svc.l, s[0], role, num, keeper_ops.ops, keeper_ops.nops, &svc,
				 on_keeper_close);
	p->mine = ipc_chan_new(svc.l, s[1], ROLE_AUTHD, 0,
			       role == ROLE_AUTHHASH   ? hash_peer_ops
			       : role == ROLE_DELIVERD ? deliverd_peer_ops
						       : imapd_peer_ops,
			       role == ROLE_AUTHHASH || role == ROLE_DELIVERD ? 2 : 1, p,
			       on_peer_close);
	if (role == ROLE_DELIVERD)
		ipc_chan_adopt(p->keeper, &waiting[num]);
	keeper_ops.peer_up(&svc, p->keeper);
}

/* The process at the other end dies. */
static void
peer_kill(struct peer *p)
{
	ipc_chan_free(&p->mine);
	while (p->keeper != NULL)
		loop_run(svc.l);
}

/* Logins */

struct answer {
	bool done, failed;
	struct msg_auth_login_r r;
	struct buf body;       /* r points into it */
	unsigned waiting_caps; /* capabilities that deliverd had when the answer came */
};

static void
on_answer(void *arg, const struct err *e, struct ipc_msg *m)
{
	struct answer *a = arg;

	a->done = true;
	a->failed = e != NULL;
	a->waiting_caps = ncaps;
	if (e == NULL) {
		buf_init(&a->body, LIM_IPC_BODY);
		buf_putstr(&a->body, m->body);
		ck_assert(msg_auth_login_r_get(buf_str(&a->body), &a->r));
	}
	loop_stop(svc.l);
}

static void
login_send(struct answer *a, struct peer *p, const char *login, const char *password,
	   const char *ip, bool want_key)
{
	struct msg_auth_login m = { .cid = 7,
				    .login = str_c(login),
				    .password = str_c(password),
				    .proto = STR("imap"),
				    .mech = STR("PLAIN"),
				    .ip = str_c(ip),
				    .want_key = want_key };
	struct buf b;

	memset(a, 0, sizeof(*a));
	buf_init(&b, LIM_IPC_BODY);
	msg_auth_login_put(&b, &m);
	ipc_call(svc.l, p->mine, IPC_AUTH_LOGIN, buf_str(&b), NULL, 0, 0, on_answer, a);
	buf_done(&b);
}

static void
answer_wait(struct answer *a)
{
	while (!a->done)
		loop_run(svc.l);
	ck_assert(!a->failed);
}

static enum auth_result
login(const char *name, const char *password, const char *ip)
{
	struct answer a;
	enum auth_result r;

	login_send(&a, &imapds[0], name, password, ip, true);
	answer_wait(&a);
	r = (enum auth_result)a.r.result;
	buf_done(&a.body);
	return r;
}

static void
logout(struct peer *p, uint64_t id)
{
	struct buf b;

	buf_init(&b, 100);
	msg_auth_logout_put(&b, &(struct msg_auth_logout){ id });
	ipc_notify(p->mine, IPC_AUTH_LOGOUT, buf_str(&b), NULL, 0);
	buf_done(&b);
}

/* Turns of the loop until everything sent so far was handled: a login answered behind it. */
static void
settle(void)
{
	static unsigned n;
	bool held = hash_held;
	char ip[64];

	snprintf(ip, sizeof(ip), "2001:db8:%x::1", n++ & 0xffff);
	hash_held = false;
	ck_assert_int_eq(login("", "", ip), AUTH_BAD);
	hash_held = held;
}

static void
admin(const char *verb, const char *a0, const char *a1)
{
	struct str args[] = { str_c(a0), str_c(a1) };

	admin_done = false;
	admin_run(&svc, (struct ipc_req *)&admin_done, str_c(verb), args,
		  a1 != NULL   ? 2
		  : a0 != NULL ? 1
			       : 0);
	while (!admin_done)
		loop_run(svc.l);
}

static struct config *
config(const char *accounts)
{
	struct config *c = NULL;
	struct err e = ERR_INIT;
	struct buf mox, domains;

	buf_init(&mox, 100000);
	buf_init(&domains, 100000);
	config_localserve(STR("127.0.0.1"), false, 0, &mox, &domains);
	buf_reset(&domains);
	buf_printf(&domains,
		   "Domains:\n\tlocalhost:\n\t\tLocalpartCatchallSeparator: +\nAccounts:\n"
		   "\tmox:\n\t\tDomain: localhost\n\t\tDestinations:\n\t\t\tmox@localhost: nil\n%s",
		   accounts);
	ck_assert_msg(config_parse_files(&c, "mox.conf", buf_str(&mox), "domains.conf",
					 buf_str(&domains), NULL, &e) == 0,
		      "%s", e.msg);
	buf_done(&mox);
	buf_done(&domains);
	return c;
}

#define OTHER "\tother:\n\t\tDomain: localhost\n\t\tDestinations:\n\t\t\tother@localhost: nil\n"
#define NOPASSWORD                                                                                 \
	"\tempty:\n\t\tDomain: localhost\n\t\tDestinations:\n\t\t\tempty@localhost: nil\n"
#define DISABLED                                                                                   \
	"\toff:\n\t\tLoginDisabled: closed today\n\t\tDomain: localhost\n\t\tDestinations:\n"      \
	"\t\t\toff@localhost: nil\n"

static void
reload(const char *accounts)
{
	struct config *old = svc.config;

	svc.config = config(accounts);
	keeper_ops.reload(&svc);
	config_free(&old);
}

static void
keeper_start(void)
{
	struct err e = ERR_INIT;
	char key[32];

	memset(key, 'k', sizeof(key));
	memset(&authd, 0, sizeof(authd));
	ck_assert_msg(keeper_init(&authd, &svc, dirfd_, str_mem(key, sizeof(key)), &e) == 0, "%s",
		      e.msg);
}

/* It dies, and the next one finds its peers where they were. */
static void
keeper_restart(void)
{
	keeper_done(&authd);
	keeper_start();
	for (unsigned i = 0; i < DELIVERDS; i++)
		keeper_ops.peer_up(&svc, deliverds[i].keeper);
}

static void
setup(void)
{
	struct err e = ERR_INIT;

	memcpy(strrchr(dir, '-') + 1, "XXXXXX", 6);
	ck_assert_int_eq(seal_init(&e), 0);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	dirfd_ = open(dir, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	ncaps = ndels = nverify = nrevoked = 0;
	caps_held = caps_refused = hash_held = hash_free = false;
	clock_fake(1800000000);
	log_init("test", -1);
	svc = (struct svc){ .l = loop_new(), .data = &authd };
	svc.config = config(OTHER NOPASSWORD DISABLED);
	keeper_start();
	for (unsigned i = 0; i < IMAPDS; i++)
		peer_up(&imapds[i], ROLE_IMAPD, i);
	for (unsigned i = 0; i < DELIVERDS; i++)
		peer_up(&deliverds[i], ROLE_DELIVERD, i);
	for (unsigned i = 0; i < HASHES; i++)
		peer_up(&hashes[i], ROLE_AUTHHASH, i);
	peer_up(&submitd, ROLE_SUBMITD, 0);
	peer_up(&queued, ROLE_QUEUED, 0);
	admin("setpassword", "mox", "moxmoxmox");
	ck_assert_int_eq(admin_code, EC_OK);
	admin("setpassword", "other", "otherother");
	admin("setpassword", "off", "moxmoxmox");
}

static void
teardown(void)
{
	static const char *const files[] = { "auth.db", "auth.db-wal", "auth.db-shm", "logins" };
	struct peer *const all[] = { &imapds[0], &imapds[1], &deliverds[0], &deliverds[1],
				     &hashes[0], &hashes[1], &submitd,	    &queued };

	keeper_done(&authd);
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		ipc_chan_free(&all[i]->keeper);
		ipc_chan_free(&all[i]->mine);
	}
	for (unsigned i = 0; i < DELIVERDS; i++)
		ipc_chan_free(&waiting[i]);
	config_free(&svc.config);
	loop_free(&svc.l);
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		unlinkat(dirfd_, files[i], 0);
	close(dirfd_);
	rmdir(dir);
	clock_fake(0);
}
