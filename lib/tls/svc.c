/* TLS in a daemon: signatures and ticket keys from acmed's key role, servers from the
 * configuration. */
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/config.h"
#include "ipc/msg_key.h"
#include "tls/tls_set.h"

/* The client waits, and so does this worker: better to fail one handshake than to hold up the
 * others. */
#define SIGN_MS 2000
#define CERT_MAX (256 << 10)
/* When the key daemon gave no answer. */
#define TICKETS_RETRY_MS 5000

static int
sign(void *ctx, struct str key, struct str md, bool pss, unsigned saltlen, struct str data,
     struct buf *sig, struct err *e)
{
	struct msg_key_sign m = {
		.key = key, .md = md, .pss = pss, .saltlen = saltlen, .data = data
	};
	struct msg_key_sign_r r;
	struct buf req, answer;
	int rc = -1;

	buf_init(&req, LIM_IPC_BODY);
	buf_init(&answer, LIM_IPC_BODY);
	msg_key_sign_put(&req, &m);
	if (ipc_call_sync(svc_peer_any(ctx, ROLE_ACMEKEY), IPC_KEY_SIGN, buf_str(&req), SIGN_MS,
			  &answer, e) < 0)
		goto done;
	if (!msg_key_sign_r_get(buf_str(&answer), &r)) {
		(void)err_set(e, EC_BUG, "malformed answer of the key daemon");
		goto done;
	}
	buf_putstr(sig, r.sig);
	rc = 0;
done:
	buf_done(&req);
	buf_done(&answer);
	return rc;
}

void
tls_init_svc(struct svc *s)
{
	tls_init(sign, s);
}

struct entry {
	char *listener;
	struct tls_server *server;
	bool tickets;
};

struct tls_set {
	struct svc *svc;
	struct tls_set_opts o;
	struct entry *v;
	size_t n;
	struct buf keys; /* ticket keys, so that servers made at a reload have them */
	struct loop_timer *timer;
	uint64_t call; /* pending KEY_TICKETS */
};

static void
entries_free(struct entry *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		mem_free(v[i].listener);
		tls_server_unref(&v[i].server);
	}
	mem_free(v);
}

static void
keys_apply(struct tls_set *t)
{
	for (size_t i = 0; i < t->n; i++) {
		if (t->v[i].tickets)
			tls_server_set_ticket_keys(t->v[i].server, buf_str(&t->keys));
	}
}

static void
on_tickets(void *arg, const struct err *e, struct ipc_msg *m)
{
	struct tls_set *t = arg;
	struct msg_key_tickets_r r;

	t->call = 0;
	if (e != NULL || !msg_key_tickets_r_get(m->body, &r)) {
		loop_timer_set(t->timer, TICKETS_RETRY_MS);
		return;
	}
	buf_reset(&t->keys);
	buf_putstr(&t->keys, r.keys);
	keys_apply(t);
	loop_timer_set(t->timer, (int64_t)(r.seconds > 0 ? r.seconds : 1) * 1000);
}

static void
on_timer(void *arg)
{
	struct tls_set *t = arg;

	if (t->call == 0)
		t->call = ipc_call(svc_loop(t->svc), svc_peer_any(t->svc, ROLE_ACMEKEY),
				   IPC_KEY_TICKETS, STR_NONE, NULL, 0, 0, on_tickets, t);
}

struct tls_set *
tls_set_new(struct svc *s, const struct tls_set_opts *o)
{
	struct tls_set *t = MEM_NEW(struct tls_set);

	t->svc = s;
	t->o = *o;
	buf_init(&t->keys, 1024);
	t->timer = loop_timer_new(svc_loop(s), on_timer, t);
	loop_timer_set(t->timer, 0);
	return t;
}

void
tls_set_free(struct tls_set **tp)
{
	struct tls_set *t = *tp;

	*tp = NULL;
	if (t == NULL)
		return;
	ipc_cancel(t->call);
	loop_timer_free(&t->timer);
	entries_free(t->v, t->n);
	buf_wipe(&t->keys);
	mem_free(t);
}

void
tls_set_peer_up(struct tls_set *t, const struct ipc_chan *c)
{
	if (ipc_chan_role(c) == ROLE_ACMEKEY)
		loop_timer_set(t->timer, 0);
}

static int
cert_add(struct tls_set *t, struct tls_server *server, unsigned num, struct err *e)
{
	int fd = svc_file(t->svc, SVC_FILE_TLS_CERT, num), r = -1;
	struct stat st;
	struct buf pem;
	ssize_t n;
	char *p;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(e, EC_NOTFOUND, "certificate file %u is missing", num);
	if (st.st_size > CERT_MAX)
		return err_set(e, EC_LIMIT, "certificate file %u is too large", num);
	buf_init(&pem, CERT_MAX);
	p = buf_reserve(&pem, (size_t)st.st_size);
	n = pread(fd, p, (size_t)st.st_size, 0);
	if (n < 0) {
		(void)err_set(e, EC_IO, "certificate file %u can't be read", num);
	} else {
		buf_commit(&pem, (size_t)n);
		r = tls_server_add_cert(server, buf_str(&pem), e);
	}
	buf_done(&pem);
	return r;
}

/* `num` counts all KeyCerts of the configuration in order. */
static struct tls_server *
server_make(struct tls_set *t, const struct config *c, const struct cfg_listener *l, unsigned num,
	    struct err *e)
{
	struct tls_server *server =
		tls_server_new(config_listener_hostname(c, l), l->tls.min_version, e);

	for (size_t i = 0; server != NULL && i < l->tls.key_certs.n; i++) {
		if (cert_add(t, server, num + (unsigned)i, e) < 0) {
			(void)err_prefix(e, "listener " STR_FMT, STR_ARG(l->key));
			tls_server_unref(&server);
		}
	}
	if (server != NULL) {
		tls_server_set_strict_sni(server, t->o.strict_sni);
		tls_server_set_alpn(server, t->o.alpn);
	}
	return server;
}

int
tls_set_load(struct tls_set *t, struct err *e)
{
	const struct config *c = svc_config(t->svc);
	struct entry *v = mem_zalloc(c->mox.listeners.n, sizeof(*v));
	size_t n = 0;
	unsigned num = 0;

	for (size_t i = 0; i < c->mox.listeners.n; i++) {
		const struct cfg_listener *l = &c->mox.listeners.v[i];

		if (l->tls.key_certs.n == 0)
			continue;
		if ((v[n].server = server_make(t, c, l, num, e)) == NULL) {
			entries_free(v, n);
			return -1;
		}
		num += (unsigned)l->tls.key_certs.n;
		v[n].listener = mem_zalloc(l->key.n + 1, 1);
		memcpy(v[n].listener, l->key.p, l->key.n);
		v[n].tickets = t->o.has_tickets == NULL || t->o.has_tickets(l);
		n++;
	}
	entries_free(t->v, t->n);
	t->v = v;
	t->n = n;
	keys_apply(t);
	return 0;
}

struct tls_server *
tls_set_find(const struct tls_set *t, struct str listener)
{
	for (size_t i = 0; i < t->n; i++) {
		if (str_eq(str_c(t->v[i].listener), listener))
			return t->v[i].server;
	}
	return NULL;
}
