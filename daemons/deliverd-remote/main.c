/* deliverd, remote role: SMTP to other servers. */
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/config.h"
#include "remote.h"

enum { RESOLV_CONF_MAX = 65536 };

static bool
on_send(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	return job_start(svc_data(ctx), req, m);
}

static const struct ipc_op requests[] = {
	{ IPC_REMOTE_SEND, ROLE_BIT(ROLE_QUEUED), 1, 1, on_send },
};

/* Whom to ask, from resolv.conf; without it the names of others can't be found. */
static int
resolver_load(struct remote *r, struct err *e)
{
	int fd = svc_file(r->svc, SVC_FILE_RESOLV_CONF, 0), rc;
	struct dns_opts o = { .resolv_conf = STR("") };
	struct buf text;
	ssize_t n;

	if (fd < 0)
		return err_set(e, EC_NOTFOUND, "there is no resolv.conf");
	buf_init(&text, RESOLV_CONF_MAX);
	n = pread(fd, buf_reserve(&text, RESOLV_CONF_MAX), RESOLV_CONF_MAX, 0);
	buf_commit(&text, n > 0 ? (size_t)n : 0);
	o.resolv_conf = buf_str(&text);
	if (r->dns != NULL)
		rc = dns_set_servers(r->dns, &o, e);
	else
		rc = (r->dns = dns_new(r->l, &o, e)) != NULL ? 0 : -1;
	buf_done(&text);
	return rc;
}

static void
load(struct remote *r)
{
	struct err e = ERR_INIT;

	(void)!str_to_c(svc_config(r->svc)->mox.hostname, r->hostname, sizeof(r->hostname));
	own_load(r);
	if (!svc_is_localserve(r->svc) && resolver_load(r, &e) < 0)
		LOG(NULL, LOG_ERROR, "remote.resolver.failed", LF(err, &e));
}

static int
on_start(struct svc *s, struct err *e)
{
	struct remote *r = MEM_NEW(struct remote);

	if (seal_init(e) < 0)
		return -1;
	r->svc = s;
	r->l = svc_loop(s);
	svc_set_data(s, r);
	load(r);
	r->tls = tls_client_new(e);
	return r->tls != NULL ? 0 : -1;
}

static void
on_reload(struct svc *s)
{
	load(svc_data(s));
}

static void
on_peer_down(struct svc *s, enum role role, unsigned num)
{
	(void)role;
	(void)num;
	jobs_wake(svc_data(s));
}

static void
on_drain(struct svc *s)
{
	struct remote *r = svc_data(s);

	pool_flush(r);
	if (r->njobs == 0)
		svc_drained(s);
}

int
main(int argc, char **argv)
{
	static const struct svc_ops ops = {
		.role = ROLE_REMOTE,
		.ops = requests,
		.nops = ARRAY_LEN(requests),
		.start = on_start,
		.peer_down = on_peer_down,
		.reload = on_reload,
		.drain = on_drain,
	};

	return svc_main(argc, argv, &ops);
}
