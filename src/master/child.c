/*
 * Children without rights: what needs a parser is done in one, and master takes in some flat bytes.
 * Nobody's user, no capabilities, no file system, no calls that could do anything; only a pipe to
 * write the result to, and the files that it was given.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "master.h"
#include "svc/confine.h"

enum { NOBODY = 65534, CHILD_OUT_FD = 3, CHILD_MS = 20000 };

static void
confine(struct master *m)
{
	struct err e = ERR_INIT;
	int abi;

	if (geteuid() == 0 && !m->localserve &&
	    (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	     setresuid(NOBODY, NOBODY, NOBODY) < 0))
		_exit(2);
	if (svc_drop_caps(&e) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || svc_limits(true, &e) < 0 ||
	    svc_landlock(SB_NOTHING, NULL, 0, &abi, &e) < 0 ||
	    svc_seccomp(SB_NOTHING, false, &e) < 0) {
		LOG(&master_log, LOG_ERROR, "master.config.child_failed", LF(err, &e));
		_exit(2);
	}
}

static void
child_main(struct master *m, int out_fd, child_fn *prepare, child_fn *fn, void *arg)
{
	struct buf out;
	struct str s;
	ssize_t r;

	if (dup2(out_fd, CHILD_OUT_FD) < 0 || close_range(CHILD_OUT_FD + 1, ~0u, 0) < 0)
		_exit(2);
	buf_init(&out, 2 * LIM_CONFIG);
	if (prepare != NULL)
		prepare(arg, &out);
	confine(m);
	fn(arg, &out);
	for (s = buf_str(&out); s.n > 0; s = str_from(s, (size_t)r)) {
		r = write(CHILD_OUT_FD, s.p, s.n);
		if (r <= 0)
			_exit(2);
	}
	_exit(0);
}

static int
read_result(int fd, struct buf *b, struct err *e)
{
	int64_t until = clock_mono_ms() + CHILD_MS, left;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t r;
	char *room;

	for (;;) {
		left = until - clock_mono_ms();
		if (left <= 0)
			return err_set(e, EC_TIMEOUT, "reading the configuration takes too long");
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		room = buf_reserve(b, 65536);
		if (room == NULL)
			return err_set(e, EC_LIMIT, "configuration is too large");
		r = read(fd, room, 65536);
		if (r == 0)
			return 0;
		if (r < 0 && errno != EINTR)
			return err_sys(e, EC_IO, errno, "reading the configuration");
		if (r > 0)
			buf_commit(b, (size_t)r);
	}
}

int
child_run(struct master *m, child_fn *prepare, child_fn *fn, void *arg, struct buf *result,
	  struct err *e)
{
	int fd[2], r;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return err_sys(e, EC_IO, errno, "pipe");
	pid = fork();
	if (pid == 0)
		child_main(m, fd[1], prepare, fn, arg);
	close(fd[1]);
	if (pid < 0) {
		close(fd[0]);
		return err_sys(e, EC_IO, errno, "fork");
	}
	r = read_result(fd[0], result, e);
	close(fd[0]);
	if (r < 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return r;
}
