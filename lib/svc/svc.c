/* What hooks ask svc for. */
#include "svc/svc.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "ipc/msg_ctl.h"
#include "svc/svc_int.h"

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

unsigned
svc_worker(const struct svc *s)
{
	return s->num;
}

unsigned
svc_workers(const struct svc *s, enum role r)
{
	return (unsigned)r < ROLE_COUNT ? s->workers[r] : 0;
}

bool
svc_is_localserve(const struct svc *s)
{
	return s->localserve;
}

uint64_t
svc_run(const struct svc *s)
{
	return s->run;
}

void
svc_set_data(struct svc *s, void *data)
{
	s->data = data;
}

void *
svc_data(const struct svc *s)
{
	return s->data;
}

struct ipc_chan *
svc_peer(struct svc *s, enum role r, unsigned num)
{
	struct ipc_chan *c;

	if ((unsigned)r >= ROLE_COUNT || num >= LIM_WORKERS)
		return NULL;
	c = s->peers[r][num];
	return c != NULL && ipc_chan_is_open(c) ? c : NULL;
}

struct ipc_chan *
svc_peer_any(struct svc *s, enum role r)
{
	struct ipc_chan *c;

	if ((unsigned)r >= ROLE_COUNT)
		return NULL;
	for (unsigned i = 0; i < LIM_WORKERS; i++) {
		s->turn[r] = (s->turn[r] + 1) % LIM_WORKERS;
		c = svc_peer(s, r, s->turn[r]);
		if (c != NULL)
			return c;
	}
	return NULL;
}

struct ipc_chan *
svc_reach(struct svc *s, enum role r, unsigned num)
{
	struct ipc_chan *c = svc_peer(s, r, num);

	if (c != NULL || num >= svc_workers(s, r) || (s->proc->calls & ROLE_BIT(r)) == 0)
		return c;
	if (s->waiting[r][num] == NULL)
		s->waiting[r][num] = ipc_chan_new_waiting(s->l, r, num);
	return s->waiting[r][num];
}

struct ipc_chan *
svc_reach_any(struct svc *s, enum role r)
{
	struct ipc_chan *c = svc_peer_any(s, r);

	return c != NULL ? c : svc_reach(s, r, 0);
}

unsigned
svc_hash_owner(struct str account, unsigned workers)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a: even, and the same for ever */

	for (size_t i = 0; i < account.n; i++)
		h = (h ^ (unsigned char)account.p[i]) * 0x100000001b3u;
	h ^= h >> 32; /* the low bits alone are weak */
	return workers > 0 ? (unsigned)(h % workers) : 0;
}

unsigned
svc_account_owner(const struct svc *s, struct str account)
{
	return svc_hash_owner(account, s->workers[ROLE_DELIVERD]);
}

int
svc_dir(const struct svc *s, const char *name)
{
	for (unsigned i = 0; i < s->ndirs; i++)
		if (strcmp(s->dirs[i].name, name) == 0)
			return s->dirs[i].fd;
	return -1;
}

const char *
svc_data_dir(const struct svc *s)
{
	return s->data_dir;
}

int
svc_file(const struct svc *s, enum svc_file kind, unsigned num)
{
	for (unsigned i = 0; i < s->files.n; i++)
		if (s->files.v[i].kind == kind && s->files.v[i].num == num) {
			(void)lseek(s->files.v[i].fd, 0, SEEK_SET);
			return s->files.v[i].fd;
		}
	return -1;
}

bool
svc_is_draining(const struct svc *s)
{
	return s->draining;
}

static void
on_bye(void *arg)
{
	struct svc *s = arg;

	loop_stop(s->l);
}

void
svc_drained(struct svc *s)
{
	if (s->bye != NULL)
		return;
	/* Last words of connections that were just closed get a moment to leave. */
	s->bye = loop_timer_new(s->l, on_bye, s);
	loop_timer_set(s->bye, LIM_BYE_MS);
}

void
svc_admin_reply(struct ipc_req **req, struct str text, const struct err *e)
{
	struct msg_ctl_admin_r m = { .text = str_sub(text, 0, LIM_CTL_TEXT) };
	struct buf b;

	if (e != NULL) {
		ipc_reply_err(req, e);
		return;
	}
	buf_init(&b, LIM_IPC_BODY);
	msg_ctl_admin_r_put(&b, &m);
	ipc_reply(req, buf_str(&b), NULL, 0);
	buf_wipe(&b);
}

void
svc_complain(struct svc *s, pid_t pid, const char *why)
{
	struct msg_ctl_complain m = { .pid = (uint32_t)pid, .why = str_sub(str_c(why), 0, 200) };
	struct buf b;

	buf_init(&b, LIM_IPC_BODY);
	msg_ctl_complain_put(&b, &m);
	ipc_notify(s->ctl, IPC_CTL_COMPLAIN, buf_str(&b), NULL, 0);
	buf_done(&b);
}
