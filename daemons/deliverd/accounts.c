/* Keys of accounts, asked for once, and the requests that wait for them. */
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/wire.h"
#include "deliverd.h"
#include "ipc/msg_auth.h"

enum {
	KEYS_DEADLINE_MS = 10000,
	RETRY_MS = 1000, /* after a failure; until then requests fail as well */
};

struct waiting {
	struct waiting *next;
	request_fn *fn;
	struct ipc_req *req;
	struct ipc_msg m; /* owns its body and descriptors */
};

uint32_t
name_hash(struct str s)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 16777619u;
	return h;
}

struct acct *
acct_get(struct deliverd *d, struct str name)
{
	struct acct **b = &d->accounts[name_hash(name) % ACCT_BUCKETS], *a;
	struct err e = ERR_INIT;

	for (a = *b; a != NULL; a = a->next) {
		if (str_eq(str_c(a->name), name))
			return a;
	}
	if (config_account_check(name, &e) < 0)
		return NULL;
	a = MEM_NEW(struct acct);
	if (str_to_c(name, a->name, sizeof(a->name)) < 0) {
		mem_free(a);
		return NULL;
	}
	a->next = *b;
	*b = a;
	return a;
}

bool
acct_is_settled(const struct acct *a)
{
	return a->state == ACCT_READY ||
	       (a->state == ACCT_FAILED && clock_mono_ms() - a->failed_ms < RETRY_MS);
}

static void
waiting_free(struct waiting *w)
{
	for (unsigned i = 0; i < w->m.nfds; i++) {
		int fd = ipc_msg_take_fd(&w->m, i);

		if (fd >= 0)
			close(fd);
	}
	mem_free((char *)(uintptr_t)w->m.body.p);
	mem_free(w);
}

/* What waited runs as if it had come now. A malformed body was found out before it had to wait. */
static void
acct_wake(struct deliverd *d, struct acct *a)
{
	struct waiting *w = a->first;

	a->first = a->last = NULL;
	while (w != NULL) {
		struct waiting *next = w->next;

		(void)request_run(d, w->fn, w->req, &w->m);
		waiting_free(w);
		w = next;
	}
}

struct asked {
	struct deliverd *d;
	struct acct *a;
};

static void
on_keys(void *arg, const struct err *e, struct ipc_msg *m)
{
	struct asked *k = arg;
	struct acct *a = k->a;
	struct msg_auth_account_keys_r r;

	err_clear(&a->why);
	a->state = ACCT_FAILED;
	a->failed_ms = clock_mono_ms();
	if (e != NULL) {
		err_move(&a->why, e);
	} else if (!msg_auth_account_keys_r_get(m->body, &r) || r.pubkey.n != SEAL_KEY ||
		   r.indexkey.n != SEAL_KEY) {
		err_set(&a->why, EC_BUG, "authd gave no keys");
	} else {
		memcpy(a->pub, r.pubkey.p, SEAL_KEY);
		secret_free(&a->index);
		a->index = secret_from(r.indexkey.p, SEAL_KEY);
		mem_wipe((char *)(uintptr_t)r.indexkey.p, SEAL_KEY);
		a->state = ACCT_READY;
	}
	if (a->state == ACCT_FAILED)
		LOG(NULL, LOG_WARN, "deliverd.keys.failed", LF(acct, (const char *)a->name),
		    LF(err, (const struct err *)&a->why));
	acct_wake(k->d, a);
	mem_free(k);
}

static void
acct_ask(struct deliverd *d, struct acct *a)
{
	struct asked *k = MEM_NEW(struct asked);
	struct buf b;

	*k = (struct asked){ d, a };
	a->state = ACCT_ASKED;
	buf_init(&b, LIM_IPC_BODY);
	msg_auth_account_keys_put(&b, &(struct msg_auth_account_keys){ .account = str_c(a->name) });
	ipc_call(d->l, svc_reach_any(d->svc, ROLE_AUTHD), IPC_AUTH_ACCOUNT_KEYS, buf_str(&b), NULL,
		 0, KEYS_DEADLINE_MS, on_keys, k);
	buf_done(&b);
}

bool
request_run(struct deliverd *d, request_fn *fn, struct ipc_req *req, struct ipc_msg *m)
{
	bool ok = true;
	struct acct *a;
	struct waiting *w;

	(void)batch_room(d);
	a = fn(d, &req, m, &ok);
	if (a == NULL || !ok)
		return ok;
	w = MEM_NEW(struct waiting);
	w->fn = fn;
	w->req = req;
	w->m = *m;
	w->m.body = str_mem(mem_dup(m->body.n > 0 ? m->body.p : "", m->body.n), m->body.n);
	w->m.nfds = m->nfds;
	for (unsigned i = 0; i < m->nfds; i++)
		w->m.fds[i] = ipc_msg_take_fd(m, i);
	*(a->last != NULL ? &a->last->next : &a->first) = w;
	a->last = w;
	if (a->state != ACCT_ASKED)
		acct_ask(d, a);
	return true;
}

/* ---- opening */

static void
put_box(struct buf *b, struct str name, uint32_t special)
{
	if (name.n == 0)
		return;
	wr_str(b, name);
	wr_uint(b, 4, special);
}

/* InitialMailboxes, or what mox makes without it. */
static void
put_boxes(const struct config *c, struct buf *b)
{
	const struct cfg_initial_mailboxes *im = &c->mox.initial_mailboxes;
	const struct cfg_special_use *su = &im->special_use;

	if (!im->set) {
		put_box(b, STR("Sent"), STORE_SPECIAL_SENT);
		put_box(b, STR("Archive"), STORE_SPECIAL_ARCHIVE);
		put_box(b, STR("Trash"), STORE_SPECIAL_TRASH);
		put_box(b, STR("Drafts"), STORE_SPECIAL_DRAFTS);
		put_box(b, STR("Junk"), STORE_SPECIAL_JUNK);
		return;
	}
	put_box(b, su->sent, STORE_SPECIAL_SENT);
	put_box(b, su->archive, STORE_SPECIAL_ARCHIVE);
	put_box(b, su->trash, STORE_SPECIAL_TRASH);
	put_box(b, su->draft, STORE_SPECIAL_DRAFTS);
	put_box(b, su->junk, STORE_SPECIAL_JUNK);
	for (size_t i = 0; i < im->regular.n; i++)
		put_box(b, im->regular.v[i], 0);
}

static int
init_account(struct deliverd *d, struct store_w *w, struct err *e)
{
	struct store_result r;
	struct buf boxes, op;
	int rc;

	buf_init(&boxes, LIM_OP / 2);
	buf_init(&op, LIM_OP);
	put_boxes(svc_config(d->svc), &boxes);
	store_op_put(&op, STORE_OP_INIT, clock_now());
	msg_op_init_put(&op, &(struct msg_op_init){ .boxes = buf_str(&boxes) });
	store_result_init(&r);
	rc = batch_apply(d, w, buf_str(&op), &r, e);
	store_result_done(&r);
	buf_done(&boxes);
	buf_done(&op);
	if (rc == 0)
		LOG(NULL, LOG_INFO, "deliverd.account.created", LF(acct, store_w_account(w)));
	return rc;
}

struct store_w *
acct_open(struct deliverd *d, struct acct *a, bool for_reader, struct err *e)
{
	struct store_w *w;

	if (a->state != ACCT_READY) {
		err_move(e, &a->why);
		return NULL;
	}
	w = for_reader ? store_shelf_get_for_reader(d->shelf, str_c(a->name), e)
		       : store_shelf_get(d->shelf, str_c(a->name), e);
	if (w == NULL)
		return NULL;
	if (!store_w_has_keys(w))
		store_w_set_keys(w, a->pub, secret_p(a->index));
	if (store_w_is_new(w) && init_account(d, w, e) < 0)
		return NULL;
	return w;
}

/* One that is asked for now will be refused by authd. */
static void
acct_forget(struct deliverd *d, struct acct *a)
{
	if (a->state == ACCT_ASKED)
		return;
	caps_forget(d, a->name);
	store_shelf_forget_keys(d->shelf, str_c(a->name));
	secret_free(&a->index);
	a->state = ACCT_NEW;
}

void
accounts_reload(struct deliverd *d)
{
	const struct config *c = svc_config(d->svc);

	/* What is in the batch was taken before. */
	(void)batch_flush(d);
	for (size_t i = 0; i < ACCT_BUCKETS; i++) {
		for (struct acct *a = d->accounts[i]; a != NULL; a = a->next) {
			if (config_account_find(c, str_c(a->name)) == NULL)
				acct_forget(d, a);
		}
	}
}

void
accounts_free(struct deliverd *d)
{
	for (size_t i = 0; i < ACCT_BUCKETS; i++) {
		struct acct *a;

		while ((a = d->accounts[i]) != NULL) {
			struct err e = ERR_INIT;

			d->accounts[i] = a->next;
			while (a->first != NULL) {
				struct waiting *w = a->first;

				a->first = w->next;
				err_set(&e, EC_TEMP, "stopping");
				ipc_reply_err(&w->req, &e);
				waiting_free(w);
			}
			secret_free(&a->index);
			/* A call for keys may still hold it: the process ends, so it stays. */
			if (a->state != ACCT_ASKED)
				mem_free(a);
		}
	}
}
