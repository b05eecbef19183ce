/*
 * Capabilities: who may do what to which account. Registered by authd, shown with each request.
 *
 * SECURITY: a holder is one worker of one role; the same bytes from another worker open nothing.
 */
#include "base/mem.h"
#include "deliverd.h"
#include "ipc/msg_auth.h"

enum { CAP_LEN = 32 };

static struct cap **
cap_bucket(struct deliverd *d, struct str id)
{
	/* The bytes are random already. */
	return &d->caps[((unsigned char)id.p[0] | (unsigned)(unsigned char)id.p[1] << 8) %
			CAP_BUCKETS];
}

static struct cap **
cap_find(struct deliverd *d, struct str id)
{
	struct cap **p = cap_bucket(d, id);

	while (*p != NULL && !str_eq_consttime(str_mem((*p)->id, CAP_LEN), id))
		p = &(*p)->next;
	return p;
}

static void
cap_remove(struct deliverd *d, struct cap **p)
{
	struct cap *c = *p;

	*p = c->next;
	if (c->pinned && d->shelf != NULL)
		store_shelf_unpin(d->shelf, str_c(c->account));
	mem_wipe(c->id, sizeof(c->id));
	mem_free(c);
}

bool
on_cap_add(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct deliverd *d = svc_data(ctx);
	struct msg_cap_add in;
	struct err e = ERR_INIT;
	char account[LIM_ACCOUNT + 1];
	struct cap *c, **p;

	if (!msg_cap_add_get(m->body, &in) || in.cap.n != CAP_LEN || in.caller_role >= ROLE_COUNT ||
	    in.caller_num >= LIM_WORKERS)
		return false;
	if (config_account_check(in.account, &e) < 0 ||
	    str_to_c(in.account, account, sizeof(account)) < 0 ||
	    svc_account_owner(d->svc, in.account) != svc_worker(d->svc)) {
		err_set(&e, EC_DENIED, "account belongs to another worker");
		ipc_reply_err(&req, &e);
		return true;
	}
	/* authd says all of them again when it was restarted: what is open stays open. */
	p = cap_find(d, in.cap);
	if (*p != NULL && strcmp((*p)->account, account) == 0 && (*p)->role == in.caller_role &&
	    (*p)->num == in.caller_num) {
		(*p)->rights = (uint32_t)in.rights;
		ipc_reply(&req, STR(""), NULL, 0);
		return true;
	}
	if (*p != NULL)
		cap_remove(d, p);
	c = MEM_NEW(struct cap);
	memcpy(c->id, in.cap.p, CAP_LEN);
	memcpy(c->account, account, sizeof(c->account));
	c->rights = (uint32_t)in.rights;
	c->role = (enum role)in.caller_role;
	c->num = (unsigned)in.caller_num;
	p = cap_bucket(d, in.cap);
	c->next = *p;
	*p = c;
	ipc_reply(&req, STR(""), NULL, 0);
	return true;
}

bool
on_cap_del(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct deliverd *d = svc_data(ctx);
	struct msg_cap_del in;
	struct cap **p;

	if (!msg_cap_del_get(m->body, &in) || in.cap.n != CAP_LEN)
		return false;
	if (*(p = cap_find(d, in.cap)) != NULL)
		cap_remove(d, p);
	ipc_reply(&req, STR(""), NULL, 0);
	return true;
}

struct cap *
cap_check(struct deliverd *d, const struct ipc_req *req, struct str id, uint32_t rights,
	  struct err *e)
{
	struct cap *c = id.n == CAP_LEN ? *cap_find(d, id) : NULL;

	if (c != NULL && c->role == ipc_req_role(req) && c->num == ipc_req_num(req) &&
	    (c->rights & rights) == rights)
		return c;
	err_set(e, EC_DENIED, "no such capability");
	return NULL;
}

/* Those of an account, or (NULL) of a worker, or (ROLE_MASTER, which has none) all. */
static void
caps_remove(struct deliverd *d, const char *account, enum role role, unsigned num)
{
	for (size_t i = 0; i < CAP_BUCKETS; i++) {
		for (struct cap **p = &d->caps[i]; *p != NULL;) {
			const struct cap *c = *p;

			if (account != NULL
				    ? strcmp(c->account, account) == 0
				    : role == ROLE_MASTER || (c->role == role && c->num == num))
				cap_remove(d, p);
			else
				p = &(*p)->next;
		}
	}
}

void
caps_forget(struct deliverd *d, const char *account)
{
	caps_remove(d, account, ROLE_MASTER, 0);
}

void
caps_peer_down(struct deliverd *d, enum role role, unsigned num)
{
	caps_remove(d, NULL, role, num);
}

void
caps_free(struct deliverd *d)
{
	caps_remove(d, NULL, ROLE_MASTER, 0);
}
