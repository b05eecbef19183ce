/* The parent processes: started by fork and exec, watched, started again. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/wire.h"
#include "ipc/msg_ctl.h"
#include "ipc/packet.h"
#include "master.h"

enum { CHILD_CTL_FD = 3 };

int64_t
backoff_died(struct backoff *b, int64_t now)
{
	int64_t delay;

	if (b->born_at != 0 && now - b->born_at >= LIM_RESTART_CALM_MS)
		b->next_ms = 0;
	delay = b->next_ms;
	b->next_ms = delay == 0 ? LIM_RESTART_MIN_MS : MIN(delay * 2, LIM_RESTART_MAX_MS);
	b->restarts++;
	b->born_at = 0;
	return delay;
}

static unsigned
default_workers(const struct proc *p)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned n = cores > 0 ? (unsigned)MIN(cores, LIM_WORKERS) : 1;

	if (p->workers > 0)
		return (unsigned)p->workers;
	return MAX(n, (unsigned)-p->workers);
}

static void
on_daemon_timer(void *arg)
{
	daemon_start(arg);
}

static void
on_worker_timer(void *arg)
{
	worker_start(arg);
}

void
daemons_init(struct master *m)
{
	struct daemon *d;

	for (unsigned r = ROLE_MASTER + 1; r < ROLE_COUNT; r++) {
		d = &m->d[r];
		d->m = m;
		d->proc = proc_get((enum role)r);
		d->n = m->conf.workers[r] > 0 ? m->conf.workers[r] : default_workers(d->proc);
		d->back.timer = loop_timer_new(m->l, on_daemon_timer, d);
		for (unsigned i = 0; i < d->n; i++) {
			d->w[i].d = d;
			d->w[i].num = i;
			d->w[i].back.timer = loop_timer_new(m->l, on_worker_timer, &d->w[i]);
		}
	}
}

/* In the child, before exec. Only what the daemon needs survives: descriptors 0 to 3, and a short
 * environment. */
static void
exec_daemon(struct daemon *d, int ctl)
{
	static const char *const kept[] = { "TZ", "JOURNAL_STREAM", "ASAN_OPTIONS", "UBSAN_OPTIONS",
					    "LSAN_OPTIONS" };
	char path[LIM_PATH + 64], *envp[ARRAY_LEN(kept) + 1];
	char *argv[] = { path, (char *)(uintptr_t)d->proc->arg, NULL };
	const char *v;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct buf b;
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/%s", d->m->bin_dir, d->proc->program);
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		v = getenv(kept[i]);
		if (v == NULL)
			continue;
		buf_init(&b, LIM_PATH);
		buf_printf(&b, "%s=%s", kept[i], v);
		if (!b.over)
			envp[n++] = mem_cstr(buf_c(&b)); /* the image is about to go */
		buf_done(&b);
	}
	envp[n] = NULL;
	if (d->proc->arg[0] == '\0')
		argv[1] = NULL;
	if (null < 0 || dup2(null, 0) < 0 || dup2(2, 1) < 0)
		_exit(126);
	if (ctl == CHILD_CTL_FD ? fcntl(ctl, F_SETFD, 0) < 0 : dup2(ctl, CHILD_CTL_FD) < 0)
		_exit(126);
	if (close_range(CHILD_CTL_FD + 1, ~0u, 0) < 0)
		_exit(126);
	execve(path, argv, envp);
	LOG(&master_log, LOG_ERROR, "master.exec.failed", LF(file, path),
	    LF(reason, strerror(errno)));
	_exit(127);
}

/* What EXIT says of a worker. */
static bool
on_exit_notice(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct daemon *d = ctx;
	struct msg_ctl_exit x;
	struct worker *w;
	char why[100];
	int status;

	if (!msg_ctl_exit_get(m->body, &x) || x.num >= d->n)
		return false;
	w = &d->w[x.num];
	status = (int)x.status;
	if (WIFSIGNALED(status))
		snprintf(why, sizeof(why), "killed by signal %d", WTERMSIG(status));
	else
		snprintf(why, sizeof(why), "exit status %d", WEXITSTATUS(status));
	ipc_reply(&req, STR(""), NULL, 0);
	worker_gone(w, why);
	return true;
}

static const struct ipc_op parent_ops[] = {
	{ IPC_CTL_EXIT, ~0u, 0, 0, on_exit_notice },
};

/* The parent hung up or lied; its death is noticed by waitpid. */
static void
on_parent_close(void *ctx, struct ipc_chan *c)
{
	struct daemon *d = ctx;

	(void)c;
	ipc_chan_free(&d->chan);
	if (d->pid > 0)
		kill(d->pid, SIGKILL);
}

static void
send_start(struct daemon *d)
{
	struct master *m = d->m;
	struct msg_ctl_start s = {
		.role = d->proc->role,
		.run = m->run,
		.flags = m->localserve ? CTL_LOCALSERVE : 0,
		.uid = d->uid,
		.gid = d->gid,
		.read_gid = m->read_gid,
		.data_dir = str_c(m->conf.data_dir),
		.tmp = str_c(d->user),
	};
	struct buf b, workers;

	buf_init(&workers, LIM_IPC_BODY);
	for (unsigned r = 0; r < ROLE_COUNT; r++)
		wr_uint(&workers, 4, m->d[r].n);
	s.workers = buf_str(&workers);
	buf_init(&b, LIM_IPC_BODY);
	msg_ctl_start_put(&b, &s);
	ipc_notify(d->chan, IPC_CTL_START, buf_str(&b), NULL, 0);
	buf_done(&b);
	buf_done(&workers);
}

static void
daemon_gone(struct daemon *d, const char *why)
{
	struct master *m = d->m;
	int64_t delay;

	d->pid = 0;
	ipc_chan_free(&d->chan);
	snprintf(d->last_error, sizeof(d->last_error), "%s", why);
	for (unsigned i = 0; i < d->n; i++)
		worker_gone(&d->w[i], "its parent is gone");
	if (m->stopping) {
		stop_step(m);
		return;
	}
	delay = backoff_died(&d->back, loop_now(m->l));
	LOG(&master_log, LOG_ERROR, "master.daemon.died", LF(role, d->proc->name), LF(reason, why),
	    LF(delay, delay));
	loop_timer_set(d->back.timer, delay);
	workers_check_round(m);
}

void
daemon_start(struct daemon *d)
{
	struct master *m = d->m;
	int fd[2];

	if (m->stopping || d->pid > 0)
		return;
	if (ipc_pair(fd) < 0) {
		daemon_gone(d, strerror(errno));
		return;
	}
	d->pid = fork();
	if (d->pid == 0)
		exec_daemon(d, fd[1]);
	close(fd[1]);
	if (d->pid < 0) {
		close(fd[0]);
		daemon_gone(d, strerror(errno));
		return;
	}
	d->back.born_at = loop_now(m->l);
	d->chan = ipc_chan_new(m->l, fd[0], d->proc->role, 0, parent_ops, ARRAY_LEN(parent_ops), d,
			       on_parent_close);
	send_start(d);
	for (unsigned i = 0; i < d->n; i++)
		worker_start(&d->w[i]);
}

void
daemons_start(struct master *m)
{
	for (unsigned r = ROLE_MASTER + 1; r < ROLE_COUNT; r++)
		daemon_start(&m->d[r]);
}

void
daemons_reap(struct master *m)
{
	char why[100];
	int status;

	for (unsigned r = ROLE_MASTER + 1; r < ROLE_COUNT; r++) {
		struct daemon *d = &m->d[r];

		if (d->pid <= 0 || waitpid(d->pid, &status, WNOHANG) != d->pid)
			continue;
		if (WIFSIGNALED(status))
			snprintf(why, sizeof(why), "killed by signal %d", WTERMSIG(status));
		else if (WEXITSTATUS(status) == 127)
			snprintf(why, sizeof(why), "program %s can't be run", d->proc->program);
		else
			snprintf(why, sizeof(why), "exit status %d", WEXITSTATUS(status));
		daemon_gone(d, why);
	}
}

/* Its workers die with it. */
void
daemon_kill(struct daemon *d)
{
	if (d->pid > 0)
		kill(d->pid, SIGKILL);
}
