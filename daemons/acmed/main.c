/*
 * acmed, key role: holds every TLS private key and makes the signatures of TLS handshakes for the
 * network-facing workers. See acmed(8).
 *
 * SECURITY: callers may have been taken over. The worst that they get is signatures for handshakes
 * of their own; keys never leave this process, and check.c refuses all that is not a handshake.
 */
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include "acmed.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "config/config.h"
#include "crypto/seal.h"
#include "svc/svc.h"

#define FILE_MAX (256 << 10)
#define SECURE_HEAP (1 << 20)

struct acmed {
	struct keys *keys;
	/* By calling role: one cannot open the other's tickets. */
	struct tickets *tickets[ROLE_COUNT];
};

static struct secret *
file_read(int fd, const char *what, struct err *e)
{
	struct secret *s;
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0) {
		(void)err_set(e, EC_IO, "%s is missing", what);
		return NULL;
	}
	if (st.st_size <= 0 || st.st_size > FILE_MAX) {
		(void)err_set(e, EC_LIMIT, "%s is empty or too large", what);
		return NULL;
	}
	s = secret_new((size_t)st.st_size);
	n = pread(fd, secret_p(s), secret_n(s), 0);
	if (n != st.st_size) {
		(void)err_set(e, EC_IO, "cannot read %s", what);
		secret_free(&s);
	}
	return s;
}

static struct str
text(struct secret *s)
{
	return str_mem(secret_p(s), secret_n(s));
}

static int
key_load(struct svc *s, struct keys *k, unsigned num, uint32_t roles, struct err *e)
{
	struct secret *key = file_read(svc_file(s, SVC_FILE_TLS_KEY, num), "KeyFile", e);
	struct secret *cert = NULL;
	int r = -1;

	if (key != NULL)
		cert = file_read(svc_file(s, SVC_FILE_TLS_CERT, num), "CertFile", e);
	if (cert != NULL)
		r = keys_add(k, text(key), text(cert), roles, e);
	secret_free(&key);
	secret_free(&cert);
	return r;
}

/* Who serves on a listener, and so shows its certificates. */
static uint32_t
roles_of(const struct cfg_listener *l)
{
	uint32_t roles = 0;

	if (l->smtp.enabled)
		roles |= ROLE_BIT(ROLE_SMTPD);
	if (l->submission.enabled || l->submissions.enabled)
		roles |= ROLE_BIT(ROLE_SUBMITD);
	if (l->imap.enabled || l->imaps.enabled)
		roles |= ROLE_BIT(ROLE_IMAPD);
	return roles;
}

/* All keys of the configuration, from the files that master passed on. *bad: how many cannot be
 * used; they are logged and left out. */
static struct keys *
load(struct svc *s, unsigned *bad)
{
	const struct config *c = svc_config(s);
	struct keys *k = keys_new();
	unsigned num = 0;

	*bad = 0;
	for (size_t i = 0; i < c->mox.listeners.n; i++) {
		const struct cfg_listener *l = &c->mox.listeners.v[i];

		for (size_t j = 0; j < l->tls.key_certs.n; j++, num++) {
			struct err e = ERR_INIT;

			if (key_load(s, k, num, roles_of(l), &e) == 0)
				continue;
			LOG(NULL, LOG_ERROR, "acmed.key.unusable", LF(seq, num), LF(err, &e));
			++*bad;
		}
	}
	LOG(NULL, LOG_INFO, "acmed.keys.loaded", LF(count, keys_count(k)));
	return k;
}

static int
on_start(struct svc *s, struct err *e)
{
	struct acmed *a = MEM_NEW(struct acmed);
	unsigned bad;

	/* Parsed private keys go there: locked, guarded, not in core files. Without it they lie on
	 * the heap of a process that has no core files either. */
	if (CRYPTO_secure_malloc_init(SECURE_HEAP, 32) != 1)
		LOG(NULL, LOG_WARN, "acmed.memory.unlocked", LF(size, SECURE_HEAP));
	if (seal_init(e) < 0)
		return -1;
	/* Better with some than with none: the files may have changed since master looked. */
	a->keys = load(s, &bad);
	svc_set_data(s, a);
	return 0;
}

/* Master has looked at the files before; when one was replaced since then, what works stays. */
static void
on_reload(struct svc *s)
{
	struct acmed *a = svc_data(s);
	unsigned bad;
	struct keys *k = load(s, &bad);

	if (bad > 0) {
		LOG(NULL, LOG_ERROR, "acmed.keys.kept", LF(count, keys_count(a->keys)));
		keys_free(&k);
		return;
	}
	keys_free(&a->keys);
	a->keys = k;
}

static bool
on_sign(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct acmed *a = svc_data(ctx);
	struct msg_key_sign sign;
	struct err e = ERR_INIT;
	struct buf sig, body;

	if (!msg_key_sign_get(m->body, &sign))
		return false;
	buf_init(&sig, 1024);
	buf_init(&body, LIM_IPC_BODY);
	if (keys_sign(a->keys, ipc_req_role(req), &sign, &sig, &e) < 0) {
		LOG(NULL, LOG_WARN, "acmed.sign.refused",
		    LF(peer_role, role_name(ipc_req_role(req))), LF(worker, ipc_req_num(req)),
		    LF(err, &e));
		ipc_reply_err(&req, &e);
	} else {
		msg_key_sign_r_put(&body, &(struct msg_key_sign_r){ .sig = buf_str(&sig) });
		ipc_reply(&req, buf_str(&body), NULL, 0);
	}
	buf_done(&sig);
	buf_done(&body);
	return true;
}

static bool
on_tickets(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct acmed *a = svc_data(ctx);
	enum role role = ipc_req_role(req);
	struct buf keys, body;
	uint32_t seconds;

	if (m->body.n != 0)
		return false;
	if (a->tickets[role] == NULL)
		a->tickets[role] = tickets_new();
	buf_init(&keys, (size_t)TICKET_KEEP * TICKET_KEY);
	buf_init(&body, LIM_IPC_BODY);
	tickets_get(a->tickets[role], clock_now(), &keys, &seconds);
	msg_key_tickets_r_put(
		&body, &(struct msg_key_tickets_r){ .seconds = seconds, .keys = buf_str(&keys) });
	ipc_reply(&req, buf_str(&body), NULL, 0);
	buf_wipe(&keys);
	buf_wipe(&body);
	return true;
}

#define FROM (ROLE_BIT(ROLE_SMTPD) | ROLE_BIT(ROLE_SUBMITD) | ROLE_BIT(ROLE_IMAPD))

/* type, from whom, descriptors, handler */
static const struct ipc_op ops[] = {
	{ IPC_KEY_SIGN, FROM, 0, 0, on_sign },
	{ IPC_KEY_TICKETS, FROM, 0, 0, on_tickets },
};

int
main(int argc, char **argv)
{
	static const struct svc_ops svc = {
		.role = ROLE_ACMEKEY,
		.ops = ops,
		.nops = ARRAY_LEN(ops),
		.start = on_start,
		.reload = on_reload,
	};

	/* The sandbox has no configuration file of OpenSSL, and no policy of the host weakens ours.
	 */
	if (!OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL))
		return 1;
	return svc_main(argc, argv, &svc);
}
