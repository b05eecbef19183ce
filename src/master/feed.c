/*
 * What a worker gets: files and configuration, listening sockets, channels to its peers.
 * Descriptors go to the channel at once, so nothing is left open here.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "ipc/msg_ctl.h"
#include "ipc/packet.h"
#include "master.h"
#include "svc/svc.h"

#define RESOLV_CONF "/etc/resolv.conf"

/* Each worker gets an open file of its own: a shared one would share its position. */
static void
feed_file(struct worker *w, enum svc_file kind, unsigned num, const char *path)
{
	struct msg_ctl_file f = { .kind = kind, .num = num };
	struct err e = ERR_INIT;
	struct buf b;
	int fd = listen_open_file(path, &e);

	if (fd < 0) {
		LOG(&master_log, LOG_ERROR, "master.file.failed", LF(role, w->d->proc->name),
		    LF(err, &e));
		return;
	}
	buf_init(&b, LIM_IPC_BODY);
	msg_ctl_file_put(&b, &f);
	ipc_notify(w->chan, IPC_CTL_FILE, buf_str(&b), &fd, 1);
	buf_done(&b);
}

static void
feed_certs(struct worker *w, bool with_keys)
{
	const struct mconf *c = &w->d->m->conf;

	for (unsigned i = 0; i < c->ncerts; i++) {
		feed_file(w, SVC_FILE_TLS_CERT, i, c->certs[i].cert);
		if (with_keys)
			feed_file(w, SVC_FILE_TLS_KEY, i, c->certs[i].key);
	}
}

static void
feed_dkim_keys(struct worker *w)
{
	struct rd r = rd_init(buf_str(&w->d->m->conf.dkim_keys));
	char path[LIM_PATH];

	for (unsigned i = 0; rd_more(&r); i++)
		if (str_to_c(rd_str(&r, LIM_PATH), path, sizeof(path)) == 0)
			feed_file(w, SVC_FILE_DKIM_KEY, i, path);
}

void
feed_files(struct worker *w)
{
	struct master *m = w->d->m;
	enum role r = w->d->proc->role;
	char path[LIM_PATH + 16];

	if (r == ROLE_AUTHD) {
		snprintf(path, sizeof(path), "%s/master.key", m->conf.data_dir);
		feed_file(w, SVC_FILE_MASTER_KEY, 0, path);
		if (m->conf.admin_file[0] != '\0' && access(m->conf.admin_file, F_OK) == 0)
			feed_file(w, SVC_FILE_ADMIN_PASSWORD, 0, m->conf.admin_file);
	}
	if (r == ROLE_QUEUED)
		feed_dkim_keys(w);
	if (r == ROLE_REMOTE && access(RESOLV_CONF, F_OK) == 0)
		feed_file(w, SVC_FILE_RESOLV_CONF, 0, RESOLV_CONF);
	if (r == ROLE_ACMEKEY || w->d->proc->services != 0)
		feed_certs(w, r == ROLE_ACMEKEY);
}

void
feed_listeners(struct worker *w)
{
	struct master *m = w->d->m;
	struct msg_ctl_listen l;
	struct buf b;
	int fd;

	for (unsigned i = 0; i < m->conf.nlisten; i++) {
		const struct mconf_listen *x = &m->conf.listen[i];

		if ((w->d->proc->services & (1u << x->service)) == 0)
			continue;
		fd = fcntl(x->fd, F_DUPFD_CLOEXEC, 0);
		if (fd < 0)
			continue;
		l.service = x->service;
		l.listener = str_c(x->name);
		buf_init(&b, LIM_IPC_BODY);
		msg_ctl_listen_put(&b, &l);
		ipc_notify(w->chan, IPC_CTL_LISTEN, buf_str(&b), &fd, 1);
		buf_done(&b);
	}
}

static void
send_peer(struct worker *to, const struct worker *peer, int fd)
{
	struct msg_ctl_peer p = { .role = peer->d->proc->role, .num = peer->num };
	struct buf b;

	buf_init(&b, LIM_IPC_BODY);
	msg_ctl_peer_put(&b, &p);
	ipc_notify(to->chan, IPC_CTL_PEER, buf_str(&b), &fd, 1);
	buf_done(&b);
}

static void
connect_pair(struct worker *a, struct worker *b)
{
	int fd[2];

	if (ipc_pair(fd) < 0) {
		LOG(&master_log, LOG_ERROR, "master.pair.failed", LF(reason, strerror(errno)));
		return;
	}
	send_peer(a, b, fd[0]);
	send_peer(b, a, fd[1]);
}

/* One channel for each pair of live workers of which one may call the other. */
void
feed_peers(struct worker *w)
{
	struct master *m = w->d->m;
	const struct proc *p = w->d->proc;

	for (unsigned r = ROLE_MASTER + 1; r < ROLE_COUNT; r++) {
		struct daemon *d = &m->d[r];

		if ((p->calls & ROLE_BIT(r)) == 0 && (d->proc->calls & ROLE_BIT(p->role)) == 0)
			continue;
		for (unsigned i = 0; i < d->n; i++)
			if (&d->w[i] != w && d->w[i].state >= W_BORN)
				connect_pair(w, &d->w[i]);
	}
}

static void
on_nothing(void *arg, const struct err *e, struct ipc_msg *m)
{
	(void)arg;
	(void)e;
	(void)m;
}

/* Levels that the operator has set since the configuration was read. */
void
feed_levels(struct worker *w)
{
	struct master *m = w->d->m;
	struct rd r = rd_init(buf_str(&m->conf.levels));
	struct msg_ctl_loglevel l;
	struct buf b;

	while (m->levels_set && rd_more(&r)) {
		l.pkg = rd_str(&r, 64);
		l.level = rd_str(&r, 16);
		buf_init(&b, LIM_IPC_BODY);
		msg_ctl_loglevel_put(&b, &l);
		ipc_call(m->l, w->chan, IPC_CTL_LOGLEVEL, buf_str(&b), NULL, 0, 0, on_nothing,
			 NULL);
		buf_done(&b);
	}
}

uint64_t
feed_config(struct worker *w, ipc_answer *fn, void *arg)
{
	struct master *m = w->d->m;
	int fd = fcntl(m->conf.text[w->d->proc->role], F_DUPFD_CLOEXEC, 0);

	return ipc_call(m->l, w->chan, IPC_CTL_RELOAD, STR(""), &fd, fd >= 0 ? 1 : 0, 0, fn, arg);
}
