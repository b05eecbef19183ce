/*
 * Live logins in an array of slots. An id is generation and slot, so that one that ended is not
 * mistaken for its successor. deliverd forgets capabilities when it restarts and is told them
 * again, one after the other; a keeper that died has left them in login_file.c's file.
 */
#include "authd.h"
#include "base/log.h"
#include "base/mem.h"
#include "ipc/msg_deliver.h"

struct logins {
	struct svc *svc;
	struct login *v;
	uint32_t n; /* slots in use or used before */
	uint32_t cap;
	uint32_t *unused; /* stack of free slots below n */
	uint32_t nunused;
	uint32_t gen;
	struct share share;
	struct secret *cap_key;
	int file;      /* -1: none */
	struct again { /* by deliverd worker */
		struct logins *l;
		unsigned owner;
		uint32_t next; /* slot */
		uint64_t call;
	} again[LIM_WORKERS];
};

struct logins *
logins_new(struct svc *s, const struct auth_root *r, int dirfd)
{
	struct logins *l = MEM_NEW(struct logins);

	l->svc = s;
	share_set(&l->share, LIM_LOGINS, share_callers(s));
	l->cap_key = secret_new(SEAL_KEY);
	auth_root_cap_key(r, secret_p(l->cap_key));
	seal_random(&l->gen, sizeof(l->gen));
	l->file = login_file_open(dirfd, svc_run(s));
	for (unsigned i = 0; i < LIM_WORKERS; i++) {
		l->again[i].l = l;
		l->again[i].owner = i;
	}
	return l;
}

void
logins_free(struct logins **lp)
{
	struct logins *l = *lp;

	*lp = NULL;
	if (l == NULL)
		return;
	for (unsigned i = 0; i < LIM_WORKERS; i++)
		ipc_cancel(l->again[i].call);
	if (l->v != NULL)
		mem_wipe(l->v, l->cap * sizeof(*l->v));
	mem_free(l->v);
	mem_free(l->unused);
	secret_free(&l->cap_key);
	login_file_close(l->file);
	mem_free(l);
}

size_t
logins_count(const struct logins *l)
{
	return l->n - l->nunused;
}

/* Capabilities must not stay behind in memory that was given back. */
static void
grow(struct logins *l)
{
	uint32_t cap = l->cap == 0 ? 64 : l->cap * 2;
	struct login *v = mem_zalloc(cap, sizeof(*v));

	if (l->v != NULL) {
		memcpy(v, l->v, l->n * sizeof(*v));
		mem_wipe(l->v, l->cap * sizeof(*v));
		mem_free(l->v);
	}
	l->v = v;
	l->cap = cap;
	l->unused = mem_resize(l->unused, cap, sizeof(*l->unused));
}

/* The capability follows from the salt, so that the file need not hold it. */
static void
cap_derive(struct logins *l, struct login *g)
{
	if (g->has_cap)
		seal_prf(secret_p(l->cap_key), str_mem(g->salt, sizeof(g->salt)), g->cap);
}

struct login *
logins_add(struct logins *l, struct str account, int64_t version, enum role role, unsigned num,
	   bool has_cap)
{
	struct login *g;
	uint32_t slot;

	if (logins_count(l) >= LIM_LOGINS || !share_take(&l->share, role, num))
		return NULL;
	if (l->nunused > 0) {
		slot = l->unused[--l->nunused];
	} else {
		if (l->n == l->cap)
			grow(l);
		slot = l->n++;
	}
	g = &l->v[slot];
	*g = (struct login){ .version = version, .role = role, .num = num, .has_cap = has_cap };
	g->id = (uint64_t)++l->gen << 32 | (slot + 1);
	if (str_to_c(account, g->account, sizeof(g->account)) < 0)
		g->account[0] = '\0';
	g->owner = svc_account_owner(l->svc, account);
	seal_random(g->salt, sizeof(g->salt));
	cap_derive(l, g);
	login_file_put(l->file, slot, g);
	return g;
}

void
logins_confirm(struct logins *l, struct login *g)
{
	g->confirmed = true;
	login_file_put(l->file, (uint32_t)(g - l->v), g);
}

struct login *
logins_find(struct logins *l, uint64_t id)
{
	uint32_t slot = (uint32_t)id - 1;

	return id != 0 && slot < l->n && l->v[slot].id == id ? &l->v[slot] : NULL;
}

static void
end(struct logins *l, uint32_t slot)
{
	struct login *g = &l->v[slot];
	struct buf b;

	if (g->has_cap) {
		buf_init(&b, LIM_IPC_BODY);
		msg_cap_del_put(&b,
				&(struct msg_cap_del){ .cap = str_mem(g->cap, sizeof(g->cap)) });
		ipc_notify(svc_peer(l->svc, ROLE_DELIVERD, g->owner), IPC_CAP_DEL, buf_str(&b),
			   NULL, 0);
		buf_wipe(&b);
	}
	share_give(&l->share, g->role, g->num);
	mem_wipe(g, sizeof(*g));
	g->id = 0;
	login_file_put(l->file, slot, g);
	l->unused[l->nunused++] = slot;
}

void
logins_end(struct logins *l, uint64_t id)
{
	struct login *g = logins_find(l, id);

	if (g != NULL)
		end(l, (uint32_t)(g - l->v));
}

/* Not by its holder's wish: the holder is told, since it can still read. */
static void
end_told(struct logins *l, uint32_t slot)
{
	const struct login *g = &l->v[slot];
	struct buf b;

	buf_init(&b, LIM_IPC_BODY);
	msg_auth_revoked_put(&b, &(struct msg_auth_revoked){ .login_id = g->id });
	ipc_notify(svc_peer(l->svc, g->role, g->num), IPC_AUTH_REVOKED, buf_str(&b), NULL, 0);
	buf_done(&b);
	end(l, slot);
}

void
logins_end_worker(struct logins *l, enum role role, unsigned num)
{
	for (uint32_t i = 0; i < l->n; i++) {
		if (l->v[i].id != 0 && l->v[i].role == role && l->v[i].num == num)
			end(l, i);
	}
}

void
logins_end_account(struct logins *l, struct str account)
{
	for (uint32_t i = 0; i < l->n; i++) {
		if (l->v[i].id != 0 && str_eq(str_c(l->v[i].account), account))
			end_told(l, i);
	}
}

void
logins_end_revoked(struct logins *l, const struct config *c)
{
	for (uint32_t i = 0; i < l->n; i++) {
		const struct cfg_account *acc;

		if (l->v[i].id == 0)
			continue;
		acc = config_account_find(c, str_c(l->v[i].account));
		if (acc == NULL || acc->login_disabled.n > 0) {
			LOG(NULL, LOG_INFO, "authd.login.revoked", LF(acct, l->v[i].account),
			    LF(reason, acc == NULL ? "account removed" : "login disabled"));
			end_told(l, i);
		}
	}
}

uint64_t
logins_cap_add(struct logins *l, const struct login *g, ipc_answer *fn, void *arg)
{
	struct msg_cap_add m = {
		.cap = str_mem(g->cap, sizeof(g->cap)),
		.account = str_c(g->account),
		.rights = CAP_READ | CAP_WRITE,
		.caller_role = g->role,
		.caller_num = g->num,
	};
	struct buf b;
	uint64_t call;

	buf_init(&b, LIM_IPC_BODY);
	msg_cap_add_put(&b, &m);
	/* A login during a restart of deliverd waits for it. */
	call = ipc_call(svc_loop(l->svc), svc_reach(l->svc, ROLE_DELIVERD, g->owner), IPC_CAP_ADD,
			buf_str(&b), NULL, 0, 0, fn, arg);
	buf_wipe(&b);
	return call;
}

static void again_next(struct again *a);

static void
on_again(void *arg, const struct err *e, struct ipc_msg *m)
{
	struct again *a = arg;

	(void)m;
	a->call = 0;
	if (e != NULL && svc_peer(a->l->svc, ROLE_DELIVERD, a->owner) == NULL)
		return; /* gone again: its next start begins anew */
	if (e != NULL)
		LOG(NULL, LOG_ERROR, "authd.capability.lost", LF(worker, a->owner), LF(err, e));
	again_next(a);
}

static void
again_next(struct again *a)
{
	struct logins *l = a->l;

	while (a->next < l->n) {
		struct login *g = &l->v[a->next++];

		if (g->id != 0 && g->has_cap && g->confirmed && g->owner == a->owner) {
			a->call = logins_cap_add(l, g, on_again, a);
			return;
		}
	}
}

void
logins_register(struct logins *l, unsigned owner)
{
	struct again *a;

	if (owner >= LIM_WORKERS)
		return;
	a = &l->again[owner];
	ipc_cancel(a->call);
	a->call = 0;
	a->next = 0;
	again_next(a);
}

/* The password that opened it is still the account's. */
static bool
is_current(struct auth_db *db, const struct login *g)
{
	int64_t version = -1;
	struct buf hash;
	int r;

	buf_init(&hash, 1024);
	r = auth_db_password(db, str_c(g->account), &hash, &version, NULL);
	buf_wipe(&hash);
	return r == 0 && version == g->version;
}

void
logins_adopt(struct logins *l, struct auth_db *db)
{
	struct login g;

	for (uint32_t slot = 0; slot < LIM_LOGINS && login_file_get(l->file, slot, &g); slot++) {
		if (l->n == l->cap)
			grow(l);
		l->n++;
		l->v[slot] = g;
		if (g.id == 0) {
			l->unused[l->nunused++] = slot;
			continue;
		}
		share_count(&l->share, g.role, g.num);
		l->v[slot].owner = svc_account_owner(l->svc, str_c(g.account));
		cap_derive(l, &l->v[slot]);
		/* One that was not confirmed has no user: the caller got no answer. */
		if (!g.confirmed || !is_current(db, &g))
			end_told(l, slot);
	}
	logins_end_revoked(l, svc_config(l->svc));
	if (logins_count(l) > 0)
		LOG(NULL, LOG_INFO, "authd.logins.adopted", LF(count, logins_count(l)));
}
