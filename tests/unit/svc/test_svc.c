/*
 * svc_main with the test as its master: spawning workers, channels between them, configuration,
 * admin commands, drain, exits, and what happens to all of it when master is gone. The role is
 * authhash, which needs nothing; its one request is echoed.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/config.h"
#include "ipc/msg_auth.h"
#include "ipc/msg_ctl.h"
#include "ipc/packet.h"
#include "svc/svc.h"
#include "tests/unit/unit.h"

/* ---- the daemon ---- */

static bool
on_verify(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct svc *s = ctx;
	struct msg_hash_verify v;
	struct buf b;

	if (!msg_hash_verify_get(m->body, &v))
		return false;
	if (str_eq(v.password, STR("crash")))
		abort();
	if (str_eq(v.password, STR("socket")))
		(void)socket(AF_INET, SOCK_STREAM, 0);
	buf_init(&b, LIM_IPC_BODY);
	buf_printf(&b, "%u of %u: " STR_FMT, svc_worker(s), svc_workers(s, ROLE_AUTHHASH),
		   STR_ARG(v.password));
	ipc_reply(&req, buf_str(&b), NULL, 0);
	buf_done(&b);
	return true;
}

static int
start(struct svc *s, struct err *e)
{
	if (!svc_is_localserve(s) || svc_config(s) == NULL || svc_dir(s, "auth") >= 0)
		return err_set(e, EC_BUG, "not what was said");
	if (svc_file(s, SVC_FILE_TLS_CERT, 3) < 0 || svc_file(s, SVC_FILE_TLS_KEY, 3) >= 0)
		return err_set(e, EC_BUG, "files");
	return 0;
}

static void
admin(struct svc *s, struct ipc_req *req, struct str verb, const struct str *args, unsigned nargs)
{
	struct err e = ERR_INIT;

	if (str_eq(verb, STR("owner")) && nargs == 1) {
		struct buf b;

		buf_init(&b, 100);
		buf_putu64(&b, svc_account_owner(s, args[0]));
		svc_admin_reply(&req, buf_str(&b), NULL);
		buf_done(&b);
		return;
	}
	err_set(&e, EC_NOTFOUND, "no such verb");
	svc_admin_reply(&req, STR(""), &e);
}

static const struct ipc_op ops[] = {
	{ IPC_HASH_VERIFY, ROLE_BIT(ROLE_AUTHD), 0, 0, on_verify },
};
static const struct svc_ops svc_ops = {
	.role = ROLE_AUTHHASH, .ops = ops, .nops = 1, .start = start, .admin = admin
};

/* ---- master ---- */

static int parent = -1, ctl = -1, peer = -1;
static pid_t daemon_pid, worker_pid;
static struct ipc_pktbuf *pkt;
static struct ipc_hdr h;
static struct ipc_msg m;

static void
put(int fd, enum ipc_kind kind, unsigned type, uint64_t id, const struct buf *b, int pass)
{
	struct ipc_hdr hdr = { .kind = kind, .type = type, .id = id };

	ck_assert_int_eq(ipc_pkt_send(fd, &hdr, b != NULL ? buf_str(b) : STR(""), &pass, pass >= 0),
			 IPC_PKT_OK);
}

/* The next packet to `h` and `m`; false at the end of the channel. */
static bool
get(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	const char *why = "";
	enum ipc_pkt r;

	do {
		ck_assert_int_eq(poll(&p, 1, 20000), 1);
		r = ipc_pkt_recv(fd, pkt, &h, &m, &why);
	} while (r == IPC_PKT_AGAIN);
	ck_assert_msg(r != IPC_PKT_BAD, "%s", why);
	return r == IPC_PKT_OK;
}

static void
start_daemon(void)
{
	struct msg_ctl_start s = { .role = ROLE_AUTHHASH,
				   .flags = CTL_LOCALSERVE,
				   .data_dir = STR("/nonexistent"),
				   .tmp = STR("x") };
	char *argv[] = { (char *)(uintptr_t) "test", NULL };
	struct buf b, workers;
	int fd[2];

	ck_assert_int_eq(ipc_pair(fd), 0);
	daemon_pid = fork();
	if (daemon_pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, 2);
		dup2(fd[1], 3);
		close_range(4, ~0u, 0);
		_exit(svc_main(1, argv, &svc_ops));
	}
	close(fd[1]);
	parent = fd[0];
	pkt = mem_alloc(sizeof(*pkt));
	buf_init(&workers, 1000);
	for (unsigned r = 0; r < ROLE_COUNT; r++)
		wr_uint(&workers, 4, 2);
	s.workers = buf_str(&workers);
	buf_init(&b, LIM_IPC_BODY);
	msg_ctl_start_put(&b, &s);
	put(parent, IPC_K_NOTIFY, IPC_CTL_START, 0, &b, -1);
	buf_done(&b);
	buf_done(&workers);
}

static void
spawn(unsigned num)
{
	struct msg_ctl_spawn s = { .num = num };
	struct msg_ctl_spawn_r r;
	struct buf b;
	int fd[2];

	ck_assert_int_eq(ipc_pair(fd), 0);
	ctl = fd[0];
	buf_init(&b, LIM_IPC_BODY);
	msg_ctl_spawn_put(&b, &s);
	put(parent, IPC_K_CALL, IPC_CTL_SPAWN, 5, &b, fd[1]);
	close(fd[1]);
	buf_done(&b);
	ck_assert(get(parent));
	ck_assert_int_eq(h.kind, IPC_K_ANSWER);
	ck_assert_uint_eq(h.id, 5);
	ck_assert(msg_ctl_spawn_r_get(m.body, &r));
	worker_pid = (pid_t)r.pid;
	ck_assert_int_gt(worker_pid, 1);
}

static void
send_file(unsigned num)
{
	struct msg_ctl_file f = { .kind = SVC_FILE_TLS_CERT, .num = num };
	struct buf b;
	int fd = open("/dev/null", O_RDONLY);

	buf_init(&b, LIM_IPC_BODY);
	msg_ctl_file_put(&b, &f);
	put(ctl, IPC_K_NOTIFY, IPC_CTL_FILE, 0, &b, fd);
	buf_done(&b);
	close(fd);
}

static void
send_config(const char *text, int seals, enum ipc_kind want)
{
	int fd = memfd_create("c", MFD_ALLOW_SEALING);

	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
	put(ctl, IPC_K_CALL, IPC_CTL_RELOAD, 9, NULL, fd);
	close(fd);
	ck_assert(get(ctl));
	ck_assert_uint_eq(h.id, 9);
	ck_assert_int_eq(h.kind, want);
}

enum { SEALED = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL };

static void
connect_peer(void)
{
	struct msg_ctl_peer p = { .role = ROLE_AUTHD, .num = 0 };
	struct buf b;
	int fd[2];

	ck_assert_int_eq(ipc_pair(fd), 0);
	if (peer >= 0)
		close(peer);
	peer = fd[0];
	buf_init(&b, LIM_IPC_BODY);
	msg_ctl_peer_put(&b, &p);
	put(ctl, IPC_K_NOTIFY, IPC_CTL_PEER, 0, &b, fd[1]);
	buf_done(&b);
	close(fd[1]);
}

static void
go(void)
{
	struct msg_ctl_ready r;

	send_file(3);
	send_config("mox:\n\tLogLevel: debug\n", SEALED, IPC_K_ANSWER);
	connect_peer();
	put(ctl, IPC_K_NOTIFY, IPC_CTL_GO, 0, NULL, -1);
	ck_assert(get(ctl));
	ck_assert_uint_eq(h.type, IPC_CTL_READY);
	ck_assert(msg_ctl_ready_get(m.body, &r));
	ck_assert_str_is(r.error, STR(""));
}

static void
ask(const char *password)
{
	struct msg_hash_verify v = { .password = str_c(password), .hash = STR("x") };
	struct buf b;

	buf_init(&b, LIM_IPC_BODY);
	msg_hash_verify_put(&b, &v);
	put(peer, IPC_K_CALL, IPC_HASH_VERIFY, 3, &b, -1);
	buf_done(&b);
}

/* The wait status that the parent reports. */
static int
exit_status(unsigned num)
{
	struct msg_ctl_exit x;

	ck_assert(get(parent));
	ck_assert_uint_eq(h.type, IPC_CTL_EXIT);
	ck_assert(msg_ctl_exit_get(m.body, &x));
	ck_assert_uint_eq(x.num, num);
	ck_assert_uint_eq(x.pid, (unsigned)worker_pid);
	return (int)x.status;
}

/* Master goes: everything ends. */
static void
end_daemon(void)
{
	int status;

	close(parent);
	ck_assert_int_eq(waitpid(daemon_pid, &status, 0), daemon_pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	ck_assert(kill(worker_pid, 0) < 0);
	close(ctl);
	if (peer >= 0)
		close(peer);
	peer = -1;
	mem_free(pkt);
}

START_TEST(test_life)
{
	int status;

	start_daemon();
	spawn(1);
	go();
	ask("hello");
	ck_assert(get(peer));
	ck_assert_int_eq(h.kind, IPC_K_ANSWER);
	ck_assert_str_is(m.body, STR("1 of 2: hello"));
	/* A new channel takes the place of the old one. */
	connect_peer();
	ask("again");
	ck_assert(get(peer));
	ck_assert_str_is(m.body, STR("1 of 2: again"));
	put(ctl, IPC_K_CALL, IPC_CTL_ALIVE, 11, NULL, -1);
	ck_assert(get(ctl));
	ck_assert_uint_eq(h.id, 11);
	put(ctl, IPC_K_NOTIFY, IPC_CTL_DRAIN, 0, NULL, -1);
	status = exit_status(1);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	ck_assert(!get(peer));
	close(ctl);
	/* The same number can be had again. */
	spawn(1);
	go();
	end_daemon();
}
END_TEST

START_TEST(test_crash)
{
	struct msg_ctl_exit x = { .num = 0 };
	struct buf b;
	int status;

	start_daemon();
	spawn(0);
	go();
	ask("crash");
	status = exit_status(0);
	ck_assert(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
	close(ctl);
	spawn(0);
	go();
	ask("socket"); /* forbidden: logged, and the worker ends with 1 */
	status = exit_status(0);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 1);
	close(ctl);
	spawn(0);
	go();
	/* Killed because master asks. */
	buf_init(&b, LIM_IPC_BODY);
	msg_ctl_exit_put(&b, &x);
	put(parent, IPC_K_NOTIFY, IPC_CTL_EXIT, 0, &b, -1);
	buf_done(&b);
	status = exit_status(0);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGKILL);
	end_daemon();
}
END_TEST

START_TEST(test_config)
{
	start_daemon();
	spawn(0);
	send_config("mox:\n\tLogLevel: debug\n", 0, IPC_K_ERROR); /* not sealed */
	send_config("mox:\n\tNoSuchKey: 1\n", SEALED, IPC_K_ERROR);
	go();
	send_config("nonsense", SEALED, IPC_K_ERROR);
	send_config("mox:\n\tLogLevel: info\n", SEALED, IPC_K_ANSWER);
	ask("after reload");
	ck_assert(get(peer));
	ck_assert_int_eq(h.kind, IPC_K_ANSWER);
	end_daemon();
}
END_TEST

/* GO without configuration, and a hook that fails. */
START_TEST(test_start_fails)
{
	struct msg_ctl_ready r;

	start_daemon();
	spawn(0);
	put(ctl, IPC_K_NOTIFY, IPC_CTL_GO, 0, NULL, -1);
	ck_assert(!get(ctl));
	(void)exit_status(0);
	close(ctl);
	spawn(0);
	send_config("mox:\n\tLogLevel: debug\n", SEALED, IPC_K_ANSWER); /* without the file */
	put(ctl, IPC_K_NOTIFY, IPC_CTL_GO, 0, NULL, -1);
	ck_assert(get(ctl));
	ck_assert(msg_ctl_ready_get(m.body, &r));
	ck_assert_str_is(r.error, STR("files"));
	ck_assert_int_eq(WEXITSTATUS(exit_status(0)), 1);
	end_daemon();
}
END_TEST

START_TEST(test_admin)
{
	struct msg_ctl_admin a = { .verb = STR("owner") };
	struct msg_ctl_admin_r r;
	struct buf b, args;

	start_daemon();
	spawn(0);
	go();
	buf_init(&args, 100);
	wr_str(&args, STR("mox"));
	a.args = buf_str(&args);
	buf_init(&b, LIM_IPC_BODY);
	msg_ctl_admin_put(&b, &a);
	put(ctl, IPC_K_CALL, IPC_CTL_ADMIN, 4, &b, -1);
	ck_assert(get(ctl));
	ck_assert(msg_ctl_admin_r_get(m.body, &r));
	ck_assert_str_is(r.text, svc_hash_owner(STR("mox"), 2) == 0 ? STR("0") : STR("1"));
	buf_reset(&b);
	a.verb = STR("other");
	msg_ctl_admin_put(&b, &a);
	put(ctl, IPC_K_CALL, IPC_CTL_ADMIN, 4, &b, -1);
	ck_assert(get(ctl));
	ck_assert_int_eq(h.kind, IPC_K_ERROR);
	buf_done(&b);
	buf_done(&args);
	end_daemon();
}
END_TEST

/* Even, the same in all processes and for ever. */
START_TEST(test_owner)
{
	unsigned count[7] = { 0 };
	char name[16];

	for (int i = 0; i < 7000; i++) {
		snprintf(name, sizeof(name), "user%d", i);
		count[svc_hash_owner(str_c(name), 7)]++;
	}
	for (int i = 0; i < 7; i++) {
		ck_assert_uint_gt(count[i], 850);
		ck_assert_uint_lt(count[i], 1150);
	}
	ck_assert_uint_eq(svc_hash_owner(STR("mox"), 64), 14);
	ck_assert_uint_eq(svc_hash_owner(STR(""), 1), 0);
	ck_assert_uint_eq(svc_hash_owner(STR("x"), 0), 0);
}
END_TEST

UNIT_MAIN("svc", test_life, test_crash, test_config, test_start_fails, test_admin, test_owner)
