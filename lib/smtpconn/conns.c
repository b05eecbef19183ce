/* All connections of a worker: hooks for the daemon skeleton, and the settings of listeners. */
#include "smtpconn/conns.h"

#include "base/mem.h"

void
smtpconn_conf_unref(struct smtpconn_conf **cp)
{
	struct smtpconn_conf *c = *cp;

	*cp = NULL;
	if (c != NULL && --c->refs == 0)
		mem_free(c);
}

struct smtpconn_conf *
smtpconn_conf_find(const struct smtpconns *all, const struct svc_listener *l)
{
	for (size_t i = 0; i < all->nconfs; i++)
		if (all->confs[i]->service == l->service &&
		    str_eq(str_c(all->confs[i]->listener), l->listener))
			return all->confs[i];
	return NULL;
}

/* NULL when the service is not enabled. */
static struct smtpconn_conf *
conf_new(struct smtpconns *all, const struct cfg_listener *l, enum service s)
{
	struct str host = config_listener_hostname(svc_config(all->svc), l);
	struct smtpconn_conf *c = MEM_NEW(struct smtpconn_conf);

	c->refs = 1;
	c->service = s;
	c->smtp.max_size = l->smtp_max_message_size;
	c->smtp.has_tls = tls_set_find(all->tls, l->key) != NULL;
	if (!all->ops->settings(l, s, &c->smtp) ||
	    str_to_c(l->key, c->listener, sizeof(c->listener)) < 0 ||
	    str_to_c(host, c->smtp.hostname, sizeof(c->smtp.hostname)) < 0)
		smtpconn_conf_unref(
			&c); /* such names do not come out of the configuration's checks */
	return c;
}

static void
confs_free(struct smtpconn_conf **v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		smtpconn_conf_unref(&v[i]);
	mem_free(v);
}

static void
confs_of_listener(struct smtpconns *all, const struct cfg_listener *l)
{
	uint32_t mask = proc_get(all->ops->role)->services;

	for (unsigned s = 0; s < SERVICE_COUNT; s++) {
		struct smtpconn_conf *c;

		if ((mask & 1u << s) && (c = conf_new(all, l, (enum service)s)) != NULL)
			all->confs[all->nconfs++] = c;
	}
}

/* Settings anew, for connections from now on. On failure those that were there stay. */
static int
load(struct smtpconns *all, struct err *e)
{
	const struct config *cfg = svc_config(all->svc);
	struct smtpconn_conf **old = all->confs;
	size_t nold = all->nconfs;

	if (tls_set_load(all->tls, e) < 0)
		return -1;
	all->confs = mem_zalloc(cfg->mox.listeners.n * SERVICE_COUNT + 1, sizeof(*all->confs));
	all->nconfs = 0;
	for (size_t i = 0; i < cfg->mox.listeners.n; i++)
		confs_of_listener(all, &cfg->mox.listeners.v[i]);
	confs_free(old, nold);
	return 0;
}

int
smtpconn_start(struct svc *s, const struct smtpconn_ops *ops, struct err *e)
{
	struct smtpconns *all;

	if (seal_init(e) < 0)
		return -1;
	all = MEM_NEW(struct smtpconns);
	all->ops = ops;
	all->svc = s;
	all->l = svc_loop(s);
	all->limit = iplimit_new();
	iplimit_set_workers(all->limit, svc_workers(s, ops->role));
	svc_set_data(s, all);
	tls_init_svc(s);
	all->tls = tls_set_new(s, &ops->tls);
	return load(all, e);
}

void
smtpconn_accepted(struct svc *s, const struct svc_listener *l, int fd,
		  const struct sockaddr_storage *peer)
{
	smtpconn_new(svc_data(s), l, fd, peer);
}

void
smtpconn_peer_up(struct svc *s, struct ipc_chan *c)
{
	struct smtpconns *all = svc_data(s);

	if (all != NULL)
		tls_set_peer_up(all->tls, c);
}

void
smtpconn_reload(struct svc *s)
{
	struct smtpconns *all = svc_data(s);
	struct err e = ERR_INIT;

	if (load(all, &e) < 0)
		LOG(NULL, LOG_ERROR, all->ops->events.reload, LF(err, &e));
}

void
smtpconn_drain(struct svc *s)
{
	struct smtpconns *all = svc_data(s);

	for (struct smtpconn *c = all->conns; c != NULL; c = c->next) {
		smtp_session_drain(c->s);
		stream_wake(c->st);
	}
	if (all->nconns == 0)
		svc_drained(s);
}
