/*
 * deliverd: start, tables, stop.
 *
 * SECURITY: reads messages from outside (lib/mime, lib/crypto/spool) and requests of network-facing
 * processes that may have been taken over. It holds accounts' public and index keys and can't read
 * what it delivered before. No network.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "deliverd.h"
#include "ipc/msg_auth.h"
#include "mime/mime.h"

/* Says for how many workers the logs are; the owners of accounts follow from it. */
#define WORKERS_FILE "workers"
#define WORKERS_FILE_NEW "workers.new"

/* ---- the intent log, after the number of workers changed */

static int
log_key(struct deliverd *d, unsigned worker, unsigned char key[SEAL_KEY], struct err *e)
{
	struct msg_auth_log_key_r r;
	struct buf body, out;
	int rc;

	buf_init(&body, LIM_IPC_BODY);
	buf_init(&out, LIM_IPC_BODY);
	msg_auth_log_key_put(&body, &(struct msg_auth_log_key){ .worker = worker });
	rc = ipc_call_sync(svc_peer_any(d->svc, ROLE_AUTHD), IPC_AUTH_LOG_KEY, buf_str(&body), 0,
			   &out, e);
	if (rc == 0 && (!msg_auth_log_key_r_get(buf_str(&out), &r) || r.key.n != SEAL_KEY))
		rc = err_set(e, EC_BUG, "authd gave no log key");
	if (rc == 0)
		memcpy(key, r.key.p, SEAL_KEY);
	buf_done(&body);
	buf_wipe(&out);
	buf_done(&out);
	return rc < 0 ? err_prefix(e, "key of the intent log") : 0;
}

/* 0 when there is no such file. */
static int
workers_read(int dir, unsigned *n, struct err *e)
{
	char text[16];
	ssize_t k;
	uint32_t v;
	int fd = openat(dir, WORKERS_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	*n = 0;
	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys(e, EC_IO, errno, "open log/" WORKERS_FILE);
	k = read(fd, text, sizeof(text));
	close(fd);
	if (k <= 0 || str_to_u32(str_trim_ws(str_mem(text, (size_t)k)), LIM_WORKERS, &v) < 0 ||
	    v == 0)
		return err_set(e, EC_CORRUPT, "log/" WORKERS_FILE " is not a number of workers");
	*n = v;
	return 0;
}

static int
workers_write(int dir, unsigned n, struct err *e)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u\n", n), bad = 0;
	int fd = openat(dir, WORKERS_FILE_NEW,
			O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 || write(fd, text, (size_t)len) != len || fdatasync(fd) < 0)
		bad = errno;
	if (fd >= 0)
		close(fd);
	if (bad == 0 && (renameat(dir, WORKERS_FILE_NEW, dir, WORKERS_FILE) < 0 || fsync(dir) < 0))
		bad = errno;
	return bad == 0 ? 0 : err_sys(e, EC_IO, bad, "write log/" WORKERS_FILE);
}

static void
log_start(unsigned worker, const struct store_shelf_start *st)
{
	bool bad = st->log.corrupt + st->gaps + st->refused > 0;

	if (st->log.records > 0 || bad)
		LOG(NULL, bad ? LOG_ERROR : LOG_INFO,
		    bad ? "deliverd.log.damaged" : "deliverd.log.replayed", LF(worker, worker),
		    LF(count, st->log.records), LF(result, st->redone),
		    LF(status, st->log.corrupt + st->gaps + st->refused));
}

/* Accounts have new owners: worker 0 does what is left in all logs, the others start when that
 * is done. */
static int
adopt(struct deliverd *d, int accounts, int log, unsigned old, struct err *e)
{
	for (unsigned i = 0; i < old; i++) {
		struct store_shelf_start st;
		unsigned char key[SEAL_KEY];
		int rc;

		if (log_key(d, i, key, e) < 0)
			return -1;
		rc = store_shelf_adopt(accounts, log, i, key, &st, e);
		mem_wipe(key, sizeof(key));
		if (rc < 0)
			return -1;
		log_start(i, &st);
	}
	return 0;
}

static int
settle_workers(struct deliverd *d, int accounts, int log, struct err *e)
{
	unsigned old, now = svc_workers(d->svc, ROLE_DELIVERD);

	if (workers_read(log, &old, e) < 0)
		return -1;
	if (old == now)
		return 0;
	if (svc_worker(d->svc) != 0)
		return old == 0 ? 0
				: err_set(e, EC_TEMP,
					  "the number of workers changed: worker 0 comes first");
	return adopt(d, accounts, log, old, e) < 0 ? -1 : workers_write(log, now, e);
}

/* ---- hooks */

static void
on_turn_end(void *arg)
{
	(void)batch_flush(arg);
}

static int
on_start(struct svc *s, struct err *e)
{
	struct deliverd *d = MEM_NEW(struct deliverd);
	int accounts = svc_dir(s, "accounts"), log = svc_dir(s, "log");
	struct store_shelf_start st;
	unsigned char key[SEAL_KEY];

	/* Files are made with exactly the modes that readers need. */
	umask(0027);
	d->svc = s;
	d->l = svc_loop(s);
	svc_set_data(s, d);
	if (seal_init(e) < 0 || settle_workers(d, accounts, log, e) < 0 ||
	    log_key(d, svc_worker(s), key, e) < 0)
		return -1;
	d->shelf = store_shelf_open(accounts, log, svc_worker(s), key, &st, e);
	mem_wipe(key, sizeof(key));
	if (d->shelf == NULL)
		return -1;
	log_start(svc_worker(s), &st);
	d->work = loop_timer_new(d->l, batch_work, d);
	loop_timer_set(d->work, 0);
	loop_on_turn_end(d->l, on_turn_end, d);
	return 0;
}

static void
on_peer_down(struct svc *s, enum role role, unsigned num)
{
	caps_peer_down(svc_data(s), role, num);
}

static void
on_reload(struct svc *s)
{
	accounts_reload(svc_data(s));
}

static void
on_drain(struct svc *s)
{
	struct deliverd *d = svc_data(s);

	(void)batch_flush(d);
	loop_timer_stop(d->work);
	store_shelf_close(&d->shelf);
	caps_free(d);
	accounts_free(d);
	batch_free(d);
	svc_drained(s);
}

#define AUTHD ROLE_BIT(ROLE_AUTHD)
#define SENDERS (ROLE_BIT(ROLE_SMTPD) | ROLE_BIT(ROLE_QUEUED))
#define HOLDERS ROLE_BIT(ROLE_IMAPD) /* who may have capabilities */

/* type, from whom, descriptors, handler */
static const struct ipc_op ops[] = {
	{ IPC_RCPT_CHECK, SENDERS | ROLE_BIT(ROLE_SUBMITD), 0, 0, on_rcpt_check },
	{ IPC_DELIVER, SENDERS, 1, 1, on_deliver },
	{ IPC_DELIVER_PARTIAL, SENDERS, 1, 1, on_deliver_partial },
	{ IPC_CAP_ADD, AUTHD, 0, 0, on_cap_add },
	{ IPC_CAP_DEL, AUTHD, 0, 0, on_cap_del },
	{ IPC_STORE_OPEN, HOLDERS, 0, 0, on_store_open },
	{ IPC_STORE_APPEND, HOLDERS, 1, 1, on_store_append },
	{ IPC_STORE_FLAGS, HOLDERS, 0, 1, on_store_flags },
	{ IPC_STORE_COPY, HOLDERS, 0, 1, on_store_copy },
	{ IPC_STORE_EXPUNGE, HOLDERS, 0, 1, on_store_expunge },
	{ IPC_STORE_CREATE, HOLDERS, 0, 0, on_store_create },
	{ IPC_STORE_DELETE, HOLDERS, 0, 0, on_store_delete },
	{ IPC_STORE_RENAME, HOLDERS, 0, 0, on_store_rename },
	{ IPC_STORE_SUBSCRIBE, HOLDERS, 0, 0, on_store_subscribe },
	{ IPC_STORE_KEYWRAP, HOLDERS, 0, 0, on_store_keywrap },
};

int
main(int argc, char **argv)
{
	static const struct svc_ops svc = {
		.role = ROLE_DELIVERD,
		.ops = ops,
		.nops = ARRAY_LEN(ops),
		.start = on_start,
		.peer_down = on_peer_down,
		.reload = on_reload,
		.drain = on_drain,
	};

	mime_charset_preload(); /* the sandbox lets no file of iconv be opened later */
	return svc_main(argc, argv, &svc);
}
