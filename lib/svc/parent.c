/*
 * The parent of a daemon's workers: forks them when master asks, reports their ends, kills one when
 * master asks. It reads nothing but packets of master, and ends with it; its workers end with it.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "ipc/msg_ctl.h"
#include "ipc/packet.h"
#include "svc/svc_int.h"

static pid_t pids[LIM_WORKERS]; /* 0: none */
static sigset_t open_mask;	/* SIGCHLD unblocked */

static void
on_sigchld(int sig)
{
	(void)sig; /* only to interrupt ppoll */
}

static void
send_packet(enum ipc_kind kind, unsigned type, uint64_t id, const struct buf *body)
{
	struct ipc_hdr h = { .kind = kind, .type = type, .id = id };
	struct pollfd p = { .fd = SVC_CTL_FD, .events = POLLOUT };

	/* master reads always; if it does not, there is nothing better to do than to wait for it.
	 */
	while (ipc_pkt_send(SVC_CTL_FD, &h, buf_str(body), NULL, 0) == IPC_PKT_AGAIN)
		(void)poll(&p, 1, 1000);
}

static void
report_exit(unsigned num, pid_t pid, int status)
{
	struct msg_ctl_exit m = { .num = num, .pid = (uint32_t)pid, .status = (uint32_t)status };
	struct buf b;

	buf_init(&b, LIM_IPC_BODY);
	msg_ctl_exit_put(&b, &m);
	send_packet(IPC_K_NOTIFY, IPC_CTL_EXIT, 0, &b);
	buf_done(&b);
}

static void
reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (unsigned i = 0; i < LIM_WORKERS; i++)
			if (pids[i] == pid) {
				pids[i] = 0;
				report_exit(i, pid, status);
			}
}

/* In the child: nothing of the parent but its sandbox. */
static void
become_worker(struct svc *s, unsigned num, pid_t parent)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_DFL;
	sigaction(SIGCHLD, &sa, NULL);
	sigprocmask(SIG_SETMASK, &open_mask, NULL);
	close(SVC_CTL_FD);
	s->num = num;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != parent)
		_exit(1);
}

static void
spawn_answer(const struct ipc_hdr *h, pid_t pid)
{
	struct msg_ctl_spawn_r r = { .pid = pid > 0 ? (uint32_t)pid : 0 }; /* 0: it failed */
	struct buf b;

	buf_init(&b, LIM_IPC_BODY);
	msg_ctl_spawn_r_put(&b, &r);
	send_packet(IPC_K_ANSWER, IPC_CTL_SPAWN, h->id, &b);
	buf_done(&b);
}

/* True in the new worker. */
static bool
on_spawn(struct svc *s, const struct ipc_hdr *h, unsigned num)
{
	pid_t parent = getpid(), pid = -1;

	if (pids[num] != 0) {
		/* master took its birth or its end for a failure: it asks again after a while. */
		kill(pids[num], SIGKILL);
		LOG(NULL, LOG_WARN, "svc.worker.hangs", LF(worker, num), LF(pid, (int)pids[num]));
		spawn_answer(h, -1);
		return false;
	}
	pid = fork();
	if (pid == 0) {
		become_worker(s, num, parent);
		return true;
	}
	if (pid > 0)
		pids[num] = pid;
	else
		LOG(NULL, LOG_ERROR, "svc.fork.failed", LF(worker, num),
		    LF(reason, strerror(errno)));
	spawn_answer(h, pid);
	return false;
}

/* The descriptor of a new worker's channel in that worker, -1 otherwise. */
static int
on_packet(struct svc *s, const struct ipc_hdr *h, struct ipc_msg *m)
{
	struct msg_ctl_spawn spawn;
	struct msg_ctl_exit ex;

	if (h->type == IPC_CTL_SPAWN && h->kind == IPC_K_CALL && m->nfds == 1 &&
	    msg_ctl_spawn_get(m->body, &spawn) && spawn.num < LIM_WORKERS) {
		if (on_spawn(s, h, (unsigned)spawn.num))
			return ipc_msg_take_fd(m, 0);
	} else if (h->type == IPC_CTL_EXIT && h->kind == IPC_K_NOTIFY &&
		   msg_ctl_exit_get(m->body, &ex) && ex.num < LIM_WORKERS) {
		if (pids[ex.num] > 0)
			kill(pids[ex.num], SIGKILL);
	} else {
		LOG(NULL, LOG_ERROR, "svc.parent.bad_packet", LF(type, ipc_type_name(h->type)));
	}
	ipc_fds_close(m->fds, m->nfds);
	return -1;
}

static void
end(void)
{
	for (unsigned i = 0; i < LIM_WORKERS; i++)
		if (pids[i] > 0)
			kill(pids[i], SIGKILL);
	for (unsigned i = 0; i < LIM_WORKERS; i++)
		if (pids[i] > 0)
			(void)waitpid(pids[i], NULL, 0);
}

int
svc_parent(struct svc *s)
{
	struct ipc_pktbuf *b = mem_alloc(sizeof(*b));
	struct pollfd p = { .fd = SVC_CTL_FD, .events = POLLIN };
	struct sigaction sa;
	sigset_t block;
	struct ipc_hdr h;
	struct ipc_msg m;
	const char *why;
	enum ipc_pkt r;
	int fd;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_sigchld;
	sigaction(SIGCHLD, &sa, NULL);
	sigemptyset(&block);
	sigaddset(&block, SIGCHLD);
	sigprocmask(SIG_BLOCK, &block, &open_mask);
	for (;;) {
		reap();
		if (ppoll(&p, 1, NULL, &open_mask) < 0)
			continue;
		r = ipc_pkt_recv(SVC_CTL_FD, b, &h, &m, &why);
		if (r == IPC_PKT_AGAIN)
			continue;
		if (r != IPC_PKT_OK)
			break;
		fd = on_packet(s, &h, &m);
		if (fd >= 0) {
			mem_free(b);
			return fd;
		}
	}
	end();
	return -1;
}
