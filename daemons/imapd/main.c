/*
 * imapd: IMAP4rev1 and IMAP4rev2 for the accounts' mail programs. See imapd(8).
 *
 * SECURITY: network-facing. A worker reads the store and holds keys of the accounts that are logged
 * in on it; passwords pass through; it can write nothing but its spool.
 */
#include "imapd.h"

#include <sys/socket.h>
#include <unistd.h>

#include "crypto/seal.h"
#include "ipc/msg_auth.h"
#include "mime/mime.h"

static int
start(struct svc *s, struct err *e)
{
	static const char *const alpn[] = { "imap", NULL };
	const struct tls_set_opts o = { .alpn = alpn };
	struct imapd *d = MEM_NEW(struct imapd);

	d->svc = s;
	d->loop = svc_loop(s);
	d->inotify = -1;
	buf_init(&d->out, LIM_IMAP_OUT);
	if (seal_init(e) != 0 || watch_start(d, e) != 0)
		return -1;
	d->vault = vault_new();
	d->limit = iplimit_new();
	iplimit_set_workers(d->limit, svc_workers(s, ROLE_IMAPD));
	d->sweep = loop_timer_new(d->loop, on_sweep, d);
	svc_set_data(s, d);
	tls_init_svc(s);
	d->tls = tls_set_new(s, &o);
	return tls_set_load(d->tls, e);
}

static void
accepted(struct svc *s, const struct svc_listener *l, int fd, const struct sockaddr_storage *peer)
{
	int on = 1;

	/* A client that vanished during IDLE is found out in the end. */
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	conn_new(svc_data(s), l, fd, peer);
}

static void
reload(struct svc *s)
{
	struct imapd *d = svc_data(s);
	struct err e = ERR_INIT;

	if (tls_set_load(d->tls, &e) != 0)
		LOG(NULL, LOG_ERROR, "imapd.reload.failed", LF(err, (const struct err *)&e));
}

static void
peer_up(struct svc *s, struct ipc_chan *ch)
{
	struct imapd *d = svc_data(s);

	if (d != NULL)
		tls_set_peer_up(d->tls, ch);
}

/* Commands that run are finished first. */
static void
drain(struct svc *s)
{
	struct imapd *d = svc_data(s);

	d->draining = true;
	if (d->nconns == 0) {
		d->drain_done = true;
		svc_drained(s);
		return;
	}
	for (struct conn *c = d->conns; c != NULL; c = c->next)
		conn_drain(c);
}

/* What such a connection could still do is read, with the keys that it has: it ends, in the midst
 * of a command without a word. */
static bool
on_revoked(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct imapd *d = svc_data(ctx);
	struct msg_auth_revoked r;

	if (!msg_auth_revoked_get(m->body, &r))
		return false;
	for (struct conn *c = d->conns; c != NULL; c = c->next) {
		if (r.login_id == 0 || c->login_id != r.login_id)
			continue;
		if (c->cmd == NULL || c->idle_tag != NULL)
			conn_bye(c, "the account was disabled or has another password");
		c->closing = true;
		conn_wake(c);
	}
	ipc_reply(&req, STR_NONE, NULL, 0);
	return true;
}

/* type, from whom, descriptors, handler */
static const struct ipc_op requests[] = {
	{ IPC_AUTH_REVOKED, ROLE_BIT(ROLE_AUTHD), 0, 0, on_revoked },
};

static const struct svc_ops ops = {
	.role = ROLE_IMAPD,
	.ops = requests,
	.nops = ARRAY_LEN(requests),
	.start = start,
	.accepted = accepted,
	.peer_up = peer_up,
	.reload = reload,
	.drain = drain,
};

int
main(int argc, char **argv)
{
	mime_charset_preload(); /* the sandbox lets no file of iconv be opened later */
	return svc_main(argc, argv, &ops);
}
