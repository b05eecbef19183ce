/*
 * moxmaster: the supervisor's start, signals and end.
 *
 *   moxmaster -c mox.conf [-L] [-r fd] [-U fd,fd,...]
 *
 * -L: localserve, everything as the user who starts it. -r: a byte is written there when all is
 * ready. -U: listening sockets of the image before a re-exec.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "config.h"
#include "master.h"
#include "svc/confine.h"

const struct log_ctx master_log = { .pkg = "master" };

/* ---- start ---- */

static int
take_fds(struct master *m, const char *list)
{
	struct str rest = str_c(list);
	uint64_t fd;

	while (rest.n > 0 && m->nold < LIM_LISTENERS) {
		if (str_to_u64(str_cut(rest, ',', &rest), INT32_MAX, &fd) < 0)
			return -1;
		m->old_fds[m->nold++] = (int)fd;
	}
	return 0;
}

static int
take_args(struct master *m, int argc, char **argv, const char **conf)
{
	uint64_t fd;
	int c;

	while ((c = getopt(argc, argv, "c:Lr:U:")) != -1) {
		switch (c) {
		case 'c':
			*conf = optarg;
			break;
		case 'L':
			m->localserve = true;
			break;
		case 'r':
			if (str_to_u64(str_c(optarg), INT32_MAX, &fd) < 0)
				return -1;
			m->ready_fd = (int)fd;
			(void)fcntl(m->ready_fd, F_SETFD, FD_CLOEXEC);
			break;
		case 'U':
			if (take_fds(m, optarg) < 0)
				return -1;
			break;
		default:
			return -1;
		}
	}
	return *conf != NULL && optind == argc ? 0 : -1;
}

static int
set_paths(struct master *m, const char *conf, struct err *e)
{
	char cwd[LIM_PATH], *slash;
	int n;

	if (conf[0] == '/')
		n = snprintf(m->conf_path, sizeof(m->conf_path), "%s", conf);
	else if (getcwd(cwd, sizeof(cwd)) == NULL)
		return err_sys(e, EC_IO, errno, "current directory");
	else
		n = snprintf(m->conf_path, sizeof(m->conf_path), "%s/%s", cwd, conf);
	if (n < 0 || (size_t)n >= sizeof(m->conf_path) - sizeof("domains.conf"))
		return err_set(e, EC_LIMIT, "%s: path is too long", conf);
	memcpy(m->conf_dir, m->conf_path, sizeof(m->conf_dir));
	slash = strrchr(m->conf_dir, '/');
	*slash = '\0';
	n = snprintf(m->domains_path, sizeof(m->domains_path), "%s/domains.conf", m->conf_dir);
	if (n < 0 || (size_t)n >= sizeof(m->domains_path))
		return err_set(e, EC_LIMIT, "%s: path is too long", conf);
	n = (int)readlink("/proc/self/exe", m->bin_dir, sizeof(m->bin_dir) - 1);
	if (n < 0)
		return err_sys(e, EC_IO, errno, "/proc/self/exe");
	m->bin_dir[n] = '\0';
	*strrchr(m->bin_dir, '/') = '\0';
	return 0;
}

/* localserve keeps its user and gives up everything else, also when that user is root. */
static int
check_rights(struct master *m, struct err *e)
{
	m->uid = geteuid();
	if (m->localserve) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
			return err_sys(e, EC_IO, errno, "no_new_privs");
		return svc_drop_caps(e);
	}
	if (m->uid != 0)
		return err_set(e, EC_DENIED,
			       "mox serve is started as root; mox localserve needs no root");
	return 0;
}

static void
raise_limits(void)
{
	struct rlimit r;

	/* Descriptors in flight to workers count here; workers inherit the limit. */
	if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &r);
	}
}

/* ---- signals and timers ---- */

static void
on_sigchld(void *arg)
{
	daemons_reap(arg);
}

static void
on_sigterm(void *arg)
{
	stop_start(arg);
}

static void
on_sighup(void *arg)
{
	reload_start(arg, NULL, NULL);
}

/* Upgrade: check the configuration, let everything finish, then execute the new program with the
 * listening sockets still open. */
static void
on_sigusr2(void *arg)
{
	struct master *m = arg;
	struct err e = ERR_INIT;
	struct mconf next;

	if (m->stopping)
		return;
	if (mconf_load(m, &next, NULL, NULL, &e) < 0) {
		LOG(&master_log, LOG_ERROR, "master.upgrade.refused", LF(err, &e));
		return;
	}
	if (files_check(m, &next, &e) < 0) {
		LOG(&master_log, LOG_ERROR, "master.upgrade.refused", LF(err, &e));
		mconf_done(&next);
		return;
	}
	mconf_done(&next);
	m->reexec = true;
	stop_start(m);
}

static void
on_alive_timer(void *arg)
{
	struct master *m = arg;

	workers_check_alive(m);
	loop_timer_set(m->alive_timer, LIM_ALIVE_EVERY_MS);
}

static void
on_watchdog(void *arg)
{
	struct master *m = arg;

	notify_send("WATCHDOG=1");
	loop_timer_set(m->watchdog_timer, notify_watchdog_ms());
}

static void
start_timers(struct master *m)
{
	loop_signal(m->l, SIGCHLD, on_sigchld, m);
	loop_signal(m->l, SIGTERM, on_sigterm, m);
	loop_signal(m->l, SIGINT, on_sigterm, m);
	loop_signal(m->l, SIGHUP, on_sighup, m);
	loop_signal(m->l, SIGUSR2, on_sigusr2, m);
	m->alive_timer = loop_timer_new(m->l, on_alive_timer, m);
	loop_timer_set(m->alive_timer, LIM_ALIVE_EVERY_MS);
	if (notify_watchdog_ms() > 0) {
		m->watchdog_timer = loop_timer_new(m->l, on_watchdog, m);
		on_watchdog(m);
	}
}

/* ---- life ---- */

static int
start(struct master *m, struct err *e)
{
	if (check_rights(m, e) < 0 || mconf_load(m, &m->conf, NULL, NULL, e) < 0)
		return -1;
	mconf_apply_levels(&m->conf);
	m->l = loop_new();
	if (m->l == NULL)
		return err_set(e, EC_IO, "no event loop");
	if (getrandom(&m->run, sizeof(m->run), 0) != sizeof(m->run))
		return err_sys(e, EC_IO, errno, "random bytes");
	m->started = loop_now(m->l);
	daemons_init(m);
	if (layout_lock(m, e) < 0 || layout_users(m, e) < 0 || layout_make(m, e) < 0 ||
	    files_check(m, &m->conf, e) < 0 || listen_open_all(m, e) < 0 || ctl_listen(m, e) < 0)
		return -1;
	raise_limits();
	return 0;
}

/* Does not return when it works. */
static void
reexec(struct master *m)
{
	struct buf fds;
	char path[LIM_PATH + 16];
	char *argv[] = { m->argv[0],   (char *)(uintptr_t) "-c",
			 m->conf_path, (char *)(uintptr_t) "-U",
			 NULL,	       m->localserve ? (char *)(uintptr_t) "-L" : NULL,
			 NULL };

	buf_init(&fds, LIM_CTL_LIST);
	for (unsigned i = 0; i < m->conf.nlisten; i++) {
		(void)fcntl(m->conf.listen[i].fd, F_SETFD, 0);
		buf_printf(&fds, "%s%d", i > 0 ? "," : "", m->conf.listen[i].fd);
	}
	argv[4] = mem_cstr(buf_c(&fds));
	snprintf(path, sizeof(path), "%s/moxmaster", m->bin_dir);
	LOG(&master_log, LOG_INFO, "master.reexec", LF(file, path));
	execv(path, argv);
	LOG(&master_log, LOG_ERROR, "master.reexec.failed", LF(file, path),
	    LF(reason, strerror(errno)));
}

/* With one of the first three descriptors closed, what is opened next would take its place, and go
 * to every daemon. */
static int
fill_std(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= 2);
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

int
main(int argc, char **argv)
{
	static struct master m;
	struct err e = ERR_INIT;
	const char *conf = NULL;

	if (fill_std() < 0)
		return 1;
	log_init("master", 2);
	signal(SIGPIPE, SIG_IGN);
	umask(022);
	m.argv = argv;
	m.ready_fd = m.lock_fd = m.ctl_fd = m.data_fd = -1;
	mconf_init(&m.conf);
	if (take_args(&m, argc, argv, &conf) < 0) {
		fprintf(stderr, "usage: moxmaster -c mox.conf [-L]; started by mox serve\n");
		return 2;
	}
	if (set_paths(&m, conf, &e) < 0 || start(&m, &e) < 0) {
		fprintf(stderr, "mox: %s\n", e.msg);
		return 1;
	}
	LOG(&master_log, LOG_INFO, "master.starting", LF(version, PACKAGE_VERSION),
	    LF(pid, (int)getpid()), LF(file, m.conf_path), LF(dir, m.conf.data_dir));
	if (m.localserve)
		LOG(&master_log, LOG_INFO, "master.localserve",
		    LF(reason, "all processes run as one user, without chroot; only Landlock and "
			       "seccomp confine them"));
	if (svc_landlock_abi() == 0)
		LOG(&master_log, LOG_WARN, "master.landlock.missing",
		    LF(reason, m.localserve ? "this kernel has no Landlock: each process can open "
					      "all files of the user"
					    : "this kernel has no Landlock: only users keep files "
					      "apart"));
	start_timers(&m);
	daemons_start(&m);
	loop_run(m.l);
	if (m.reexec)
		reexec(&m);
	(void)unlinkat(m.data_fd, "ctl", 0);
	LOG(&master_log, LOG_INFO, "master.stopped", LF(pid, (int)getpid()));
	return m.status;
}
