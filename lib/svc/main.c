/*
 * Start of a daemon: master has left its control socket on descriptor 3. The first packet says
 * which role this is and as whom; everything that needs rights happens before the sandbox, and the
 * parent that remains only forks workers.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "ipc/msg_ctl.h"
#include "ipc/packet.h"
#include "svc/svc_int.h"

void
svc_ignore_signals(void)
{
	static const int ignored[] = {
		SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2
	};
	struct sigaction sa;

	/* Orders come from master alone; a terminal's ^C reaches everybody. */
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_IGN;
	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		sigaction(ignored[i], &sa, NULL);
}

static int
start_apply(struct svc *s, const struct msg_ctl_start *m, struct err *e)
{
	struct rd r = rd_init(m->workers);

	if (m->role != (uint64_t)s->ops->role)
		return err_set(e, EC_BUG, "master wants role %s", role_name((unsigned)m->role));
	s->localserve = (m->flags & CTL_LOCALSERVE) != 0;
	s->run = m->run;
	s->uid = (uint32_t)m->uid;
	s->gid = (uint32_t)m->gid;
	s->read_gid = (uint32_t)m->read_gid;
	for (unsigned i = 0; i < ROLE_COUNT; i++)
		s->workers[i] = (unsigned)rd_uint(&r, 4);
	for (unsigned i = 0; i < ROLE_COUNT; i++)
		if (s->workers[i] > LIM_WORKERS)
			return err_set(e, EC_BUG, "too many workers");
	if (!rd_done(&r) || str_to_c(m->data_dir, s->data_dir, sizeof(s->data_dir)) < 0 ||
	    str_to_c(m->tmp, s->tmp, sizeof(s->tmp)) < 0)
		return err_set(e, EC_BUG, "malformed ctl.start");
	return 0;
}

static int
start_read(struct svc *s, struct err *e)
{
	struct ipc_pktbuf *b = mem_alloc(sizeof(*b));
	struct pollfd p = { .fd = SVC_CTL_FD, .events = POLLIN };
	struct msg_ctl_start start;
	struct ipc_hdr h;
	struct ipc_msg m;
	const char *why = "";
	int r = -1;

	while (poll(&p, 1, LIM_IPC_DEADLINE_MS) < 0 && errno == EINTR)
		;
	if (ipc_pkt_recv(SVC_CTL_FD, b, &h, &m, &why) != IPC_PKT_OK) {
		err_set(e, EC_BUG, "nothing from master %s", why);
	} else {
		ipc_fds_close(m.fds, m.nfds);
		if (h.type != IPC_CTL_START || !msg_ctl_start_get(m.body, &start))
			err_set(e, EC_BUG, "master did not begin with ctl.start");
		else
			r = start_apply(s, &start, e);
	}
	mem_free(b);
	return r;
}

static int
parent_start(struct svc *s, struct err *e)
{
	int abi;

	if (start_read(s, e) < 0 || svc_open_dirs(s, e) < 0 || svc_limits(false, e) < 0 ||
	    svc_drop(s, e) < 0 || svc_landlock(s->proc->sandbox, s->dirs, s->ndirs, &abi, e) < 0 ||
	    svc_seccomp(s->proc->sandbox, true, e) < 0)
		return -1;
	LOG(NULL, LOG_DEBUG, "svc.parent.ready", LF(role, s->proc->name), LF(pid, (int)getpid()),
	    LF(version, abi));
	return 0;
}

int
svc_main(int argc, char **argv, const struct svc_ops *ops)
{
	static struct svc s;
	struct err e = ERR_INIT;
	struct stat st;
	int ctl;

	(void)argc;
	s.ops = ops;
	s.proc = proc_get(ops->role);
	if (fstat(SVC_CTL_FD, &st) < 0 || !S_ISSOCK(st.st_mode)) {
		fprintf(stderr, "%s: is started by mox serve; see mox-serve(8)\n", argv[0]);
		return 1;
	}
	log_init(s.proc->name, 2);
	setpgid(0, 0);
	svc_ignore_signals();
	if (parent_start(&s, &e) < 0) {
		LOG(NULL, LOG_ERROR, "svc.parent.failed", LF(role, s.proc->name), LF(err, &e));
		return 1;
	}
	ctl = svc_parent(&s);
	if (ctl < 0)
		_exit(0);
	_exit(svc_worker_run(&s, ctl));
}
