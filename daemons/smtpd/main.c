/* smtpd: hooks for the daemon skeleton, and the settings of listeners. */
#include <stdio.h>

#include "base/mem.h"
#include "smtpd.h"

/* Session tickets confuse some large senders: only where they are asked for. */
static bool
has_tickets(const struct cfg_listener *l)
{
	return !l->smtp.tls_session_tickets_disabled;
}

static struct lconf *
lconf_new(struct smtpd *d, const struct cfg_listener *l)
{
	const struct config *cfg = svc_config(d->svc);
	struct str host = config_listener_hostname(cfg, l);
	struct lconf *c = MEM_NEW(struct lconf);

	c->refs = 1;
	c->smtp.max_size = l->smtp_max_message_size;
	c->smtp.has_tls = !l->smtp.no_starttls && tls_set_find(d->tls, l->key) != NULL;
	c->smtp.require_tls = l->smtp.require_starttls;
	if (str_to_c(l->key, c->name, sizeof(c->name)) < 0 ||
	    str_to_c(host, c->smtp.hostname, sizeof(c->smtp.hostname)) < 0)
		lconf_unref(&c); /* such names do not come out of the configuration's checks */
	return c;
}

static void
confs_free(struct lconf **v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		lconf_unref(&v[i]);
	mem_free(v);
}

/* Settings anew, for connections from now on. On failure those that were there stay. */
static int
load(struct smtpd *d, struct err *e)
{
	const struct config *cfg = svc_config(d->svc);
	struct lconf **old = d->confs;
	size_t nold = d->nconfs;

	if (tls_set_load(d->tls, e) < 0)
		return -1;
	d->confs = mem_zalloc(cfg->mox.listeners.n + 1, sizeof(*d->confs));
	d->nconfs = 0;
	for (size_t i = 0; i < cfg->mox.listeners.n; i++) {
		const struct cfg_listener *l = &cfg->mox.listeners.v[i];

		if (l->smtp.enabled && (d->confs[d->nconfs] = lconf_new(d, l)) != NULL)
			d->nconfs++;
	}
	confs_free(old, nold);
	return 0;
}

static int
on_start(struct svc *s, struct err *e)
{
	static const struct tls_set_opts opts = { .has_tickets = has_tickets };
	struct smtpd *d = MEM_NEW(struct smtpd);

	if (seal_init(e) < 0)
		return -1;
	d->svc = s;
	d->l = svc_loop(s);
	d->limit = iplimit_new();
	iplimit_set_workers(d->limit, svc_workers(s, ROLE_SMTPD));
	svc_set_data(s, d);
	tls_init_svc(s);
	d->tls = tls_set_new(s, &opts);
	return load(d, e);
}

static void
on_accepted(struct svc *s, const struct svc_listener *l, int fd,
	    const struct sockaddr_storage *peer)
{
	conn_accept(svc_data(s), l, fd, peer);
}

static void
on_peer_up(struct svc *s, struct ipc_chan *c)
{
	struct smtpd *d = svc_data(s);

	if (d != NULL)
		tls_set_peer_up(d->tls, c);
}

static void
on_reload(struct svc *s)
{
	struct smtpd *d = svc_data(s);
	struct err e = ERR_INIT;

	if (load(d, &e) < 0)
		LOG(NULL, LOG_ERROR, "smtpd.reload.failed", LF(err, &e));
}

static void
on_drain(struct svc *s)
{
	conn_drain_all(svc_data(s));
}

int
main(int argc, char **argv)
{
	static const struct svc_ops ops = {
		.role = ROLE_SMTPD,
		.start = on_start,
		.accepted = on_accepted,
		.peer_up = on_peer_up,
		.reload = on_reload,
		.drain = on_drain,
	};

	return svc_main(argc, argv, &ops);
}
