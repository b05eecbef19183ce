/*
 * System calls. One list of names for every process, one for each need of procs.def, one for
 * parents, one for sanitizers; what is not listed traps: its name is logged and the process ends,
 * which master sees. Calls that look a file up by path are refused with EACCES instead where the
 * role has no paths, because libraries probe for optional files (openssl.cnf, locales) and do well
 * without them.
 *
 * Filters add up: a worker inherits its parent's and then loads one of its own without fork and
 * kill.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "svc/svc_int.h"

/* I/O on descriptors that are there, memory, time, signals of its own. */
static const char *const base_calls[] = {
	"read",
	"readv",
	"pread64",
	"preadv",
	"write",
	"writev",
	"pwrite64",
	"pwritev",
	"lseek",
	"recvmsg",
	"recvmmsg",
	"recvfrom",
	"getsockopt",
	"getsockname",
	"getpeername",
	"close",
	"close_range",
	"dup",
	"dup2",
	"dup3",
	"pipe",
	"pipe2",
	"eventfd2",
	"epoll_create",
	"epoll_create1",
	"epoll_ctl",
	"epoll_wait",
	"epoll_pwait",
	"epoll_pwait2",
	"poll",
	"ppoll",
	"select",
	"pselect6",
	"timerfd_create",
	"timerfd_settime",
	"fstat",
	"newfstatat",
	"statx",
	"fstatfs",
	"ftruncate",
	"fallocate",
	"fsync",
	"fdatasync",
	"sync_file_range",
	"fadvise64",
	"sendfile",
	"copy_file_range",
	"flock",
	"memfd_create",
	"umask",
	"munmap",
	"mremap",
	"madvise",
	"brk",
	"mlock",
	"mlock2",
	"munlock",
	"membarrier",
	"futex",
	"set_robust_list",
	"rseq",
	"sched_yield",
	"sched_getaffinity",
	"getcpu",
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"sigaltstack",
	"restart_syscall",
	"clock_gettime",
	"clock_getres",
	"clock_nanosleep",
	"nanosleep",
	"gettimeofday",
	"time",
	"getpid",
	"gettid",
	"getppid",
	"getuid",
	"geteuid",
	"getgid",
	"getegid",
	"getresuid",
	"getresgid",
	"getgroups",
	"getrandom",
	"getrusage",
	"getrlimit",
	"sysinfo",
	"uname",
	"exit",
	"exit_group",
};

static const char *const accept_calls[] = { "accept", "accept4" };

/* Looking files up; Landlock says where. */
static const char *const path_calls[] = {
	"open",	 "openat",   "access",	   "faccessat",	 "faccessat2", "stat",
	"lstat", "readlink", "readlinkat", "getdents64", "statfs",     "getcwd",
};

static const char *const watch_calls[] = {
	"inotify_init1",
	"inotify_add_watch",
	"inotify_rm_watch",
};

/* Nothing that changes a file by path without opening it: Landlock has no right for owner, mode and
 * times, and none for truncate before ABI 3. */
static const char *const change_calls[] = {
	"mkdir",  "mkdirat",  "rmdir",		 "unlink", "unlinkat",
	"rename", "renameat", "renameat2",	 "link",   "linkat",
	"fchmod", "fchown",   "sync_file_range", "syncfs", "creat",
};

/* A spool file is made without a name, or its name is removed at once. */
static const char *const spool_calls[] = { "unlinkat" };

static const char *const connect_calls[] = { "connect" };

static const char *const parent_calls[] = {
	"clone",  "clone3", "fork",    "vfork",	    "wait4",	 "waitid", "kill",
	"tgkill", "prctl",  "seccomp", "setrlimit", "prlimit64", "setsid", "get_robust_list",
};

#ifdef MOX_SAN
/* What AddressSanitizer and UndefinedBehaviorSanitizer do behind our back. */
static const char *const sanitizer_calls[] = {
	"open", "openat", "readlink", "readlinkat", "getdents64", "access", "stat", "lstat",
};
#endif

static int
add(scmp_filter_ctx ctx, const char *name, uint32_t action, struct err *e)
{
	int nr = seccomp_syscall_resolve_name(name), r;

	if (nr == __NR_SCMP_ERROR) /* newer than libseccomp, or of another architecture */
		return 0;
	r = seccomp_rule_add(ctx, action, nr, 0);
	if (r < 0 && r != -EEXIST && r != -EDOM)
		return err_sys(e, EC_BUG, -r, "seccomp rule for %s", name);
	return 0;
}

static int
add_all(scmp_filter_ctx ctx, const char *const *names, size_t n, uint32_t action, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (add(ctx, names[i], action, e) < 0)
			return -1;
	return 0;
}
#define ADD(list) add_all(ctx, list, ARRAY_LEN(list), SCMP_ACT_ALLOW, e)

static int
add_arg(scmp_filter_ctx ctx, uint32_t action, const char *name, struct scmp_arg_cmp cmp,
	struct err *e)
{
	int r = seccomp_rule_add(ctx, action, seccomp_syscall_resolve_name(name), 1, cmp);

	return r < 0 && r != -EEXIST ? err_sys(e, EC_BUG, -r, "seccomp rule for %s", name) : 0;
}

/* No F_SETOWN and F_SETSIG: they send signals to others. */
static int
add_fcntl(scmp_filter_ctx ctx, struct err *e)
{
	static const int cmds[] = {
		F_DUPFD,      F_DUPFD_CLOEXEC, F_GETFD,	    F_SETFD,	 F_GETFL,
		F_GETLK,      F_SETLK,	       F_SETLKW,    F_OFD_GETLK, F_OFD_SETLK,
		F_OFD_SETLKW, F_ADD_SEALS,     F_GET_SEALS,
	};

	for (size_t i = 0; i < ARRAY_LEN(cmds); i++)
		if (add_arg(ctx, SCMP_ACT_ALLOW, "fcntl",
			    SCMP_A1_32(SCMP_CMP_EQ, (unsigned)cmds[i]), e) < 0)
			return -1;
	return 0;
}

/* No connecting by sending: TCP Fast Open does so, on a socket that listened and was shut down too.
 */
static int
add_send(scmp_filter_ctx ctx, struct err *e)
{
	if (add_arg(ctx, SCMP_ACT_ALLOW, "sendto", SCMP_A3_32(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0),
		    e) < 0 ||
	    add_arg(ctx, SCMP_ACT_ALLOW, "sendmsg", SCMP_A2_32(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0),
		    e) < 0)
		return -1;
	return add_arg(ctx, SCMP_ACT_ALLOW, "sendmmsg",
		       SCMP_A3_32(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0), e);
}

/* Listening sockets are the same for all workers and master: no worker may make them block, shut
 * them down or put a filter on them. Those who connect need no other options. */
static int
add_shared(scmp_filter_ctx ctx, struct err *e)
{
	static const struct {
		int level, name;
	} opts[] = { { IPPROTO_TCP, TCP_NODELAY }, { SOL_SOCKET, SO_KEEPALIVE } };
	int r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 2,
				 SCMP_A1_32(SCMP_CMP_EQ, F_SETFL),
				 SCMP_A2_32(SCMP_CMP_MASKED_EQ, O_NONBLOCK, O_NONBLOCK));

	for (size_t i = 0; i < ARRAY_LEN(opts) && r == 0; i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(setsockopt), 2,
				     SCMP_A1_32(SCMP_CMP_EQ, (unsigned)opts[i].level),
				     SCMP_A2_32(SCMP_CMP_EQ, (unsigned)opts[i].name));
	if (r < 0)
		return err_sys(e, EC_BUG, -r, "seccomp rule for sockets");
	return add_arg(ctx, SCMP_ACT_ALLOW, "shutdown", SCMP_A1_32(SCMP_CMP_EQ, SHUT_WR), e);
}

/* TCP and UDP; not the control socket, nor what the kernel offers besides. */
static int
add_socket(scmp_filter_ctx ctx, struct err *e)
{
	static const int families[] = { AF_INET, AF_INET6 };
	static const struct {
		int type, protocol;
	} kinds[] = { { SOCK_STREAM, 0 },
		      { SOCK_STREAM, IPPROTO_TCP },
		      { SOCK_DGRAM, 0 },
		      { SOCK_DGRAM, IPPROTO_UDP } };
	const unsigned flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		for (size_t k = 0; k < ARRAY_LEN(kinds) && r == 0; k++)
			r = seccomp_rule_add(
				ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 3,
				SCMP_A0_32(SCMP_CMP_EQ, (unsigned)families[i]),
				SCMP_A1_32(SCMP_CMP_MASKED_EQ, ~flags, (unsigned)kinds[k].type),
				SCMP_A2_32(SCMP_CMP_EQ, (unsigned)kinds[k].protocol));
	return r < 0 ? err_sys(e, EC_BUG, -r, "seccomp rule for socket") : 0;
}

/* Calls that depend on an argument. */
static int
add_args(scmp_filter_ctx ctx, bool parent, struct err *e)
{
	uint32_t no = SCMP_ACT_ERRNO(EPERM);
	int r;

	if (add_fcntl(ctx, e) < 0 || add_send(ctx, e) < 0 || add_shared(ctx, e) < 0 ||
	    add_arg(ctx, SCMP_ACT_ALLOW, "ioctl", SCMP_A1_32(SCMP_CMP_EQ, FIONREAD), e) < 0 ||
	    add_arg(ctx, SCMP_ACT_ERRNO(ENOTTY), "ioctl", SCMP_A1_32(SCMP_CMP_NE, FIONREAD), e) < 0)
		return -1;
	/* No new executable memory. */
	if (add_arg(ctx, SCMP_ACT_ALLOW, "mmap", SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0), e) <
		    0 ||
	    add_arg(ctx, SCMP_ACT_ALLOW, "mprotect", SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0), e) <
		    0)
		return -1;
	if (parent)
		return 0;
	/* A worker reads its limits, aborts itself, and names its memory in vain. */
	r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2,
			     SCMP_A0_32(SCMP_CMP_EQ, 0), SCMP_A2(SCMP_CMP_EQ, 0));
	if (r < 0)
		return err_sys(e, EC_BUG, -r, "seccomp rule for prlimit64");
	if (add_arg(ctx, no, "prlimit64", SCMP_A2(SCMP_CMP_NE, 0), e) < 0 ||
	    add_arg(ctx, SCMP_ACT_ALLOW, "tgkill", SCMP_A0_32(SCMP_CMP_EQ, (unsigned)getpid()), e) <
		    0)
		return -1;
	return add(ctx, "prctl", SCMP_ACT_ERRNO(EINVAL), e);
}

static int
add_rules(scmp_filter_ctx ctx, uint32_t sandbox, bool parent, struct err *e)
{
	const uint32_t paths =
		SB_STORE_READ | SB_STORE_WRITE | SB_AUTH_WRITE | SB_QUEUE_WRITE | SB_SPOOL;
	uint32_t looked_up = (sandbox & paths) != 0 ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EACCES);

#ifdef MOX_SAN
	if (ADD(sanitizer_calls) < 0)
		return -1;
#else
	if (add_all(ctx, path_calls, ARRAY_LEN(path_calls), looked_up, e) < 0)
		return -1;
#endif
	(void)looked_up;
	if (add_args(ctx, parent, e) < 0)
		return -1;
	if (ADD(base_calls) < 0)
		return -1;
	if ((sandbox & paths) != 0 && ADD(path_calls) < 0)
		return -1;
	if ((sandbox & SB_ACCEPT) != 0 && ADD(accept_calls) < 0)
		return -1;
	if ((sandbox & SB_STORE_READ) != 0 && ADD(watch_calls) < 0)
		return -1;
	/* SQLite, run as root in localserve, offers its -shm file to the database's owner. */
	if ((sandbox & SB_STORE_READ) != 0 && add(ctx, "fchown", SCMP_ACT_ERRNO(EPERM), e) < 0)
		return -1;
	if ((sandbox & (SB_STORE_WRITE | SB_AUTH_WRITE | SB_QUEUE_WRITE)) != 0 &&
	    ADD(change_calls) < 0)
		return -1;
	if ((sandbox & SB_SPOOL) != 0 && ADD(spool_calls) < 0)
		return -1;
	if ((sandbox & SB_CONNECT) != 0 && (ADD(connect_calls) < 0 || add_socket(ctx, e) < 0))
		return -1;
	return parent && ADD(parent_calls) < 0 ? -1 : 0;
}

/* Names by number, looked up before the filter stands: the handler may not allocate. */
enum { CALLS = 600 };
static char *call_names[CALLS];

static void
on_sigsys(int sig, siginfo_t *info, void *uc)
{
	int nr = info->si_syscall;

	(void)sig;
	(void)uc;
	LOG(NULL, LOG_ERROR, "svc.sandbox.violation",
	    LF(syscall, nr >= 0 && nr < CALLS && call_names[nr] != NULL ? call_names[nr] : "?"),
	    LF(code, nr), LF(pid, (int)getpid()));
	_exit(1);
}

static int
catch_sigsys(struct err *e)
{
	struct sigaction sa;
	sigset_t set;

	for (int i = 0; i < CALLS && call_names[i] == NULL; i++)
		call_names[i] = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, i);
	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = on_sigsys;
	sa.sa_flags = SA_SIGINFO;
	sigemptyset(&set);
	sigaddset(&set, SIGSYS);
	if (sigaction(SIGSYS, &sa, NULL) < 0 || sigprocmask(SIG_UNBLOCK, &set, NULL) < 0)
		return err_sys(e, EC_IO, errno, "SIGSYS");
	return 0;
}

int
svc_seccomp(uint32_t sandbox, bool parent, struct err *e)
{
	scmp_filter_ctx ctx;
	int r = -1;

	if (catch_sigsys(e) < 0)
		return -1;
	ctx = seccomp_init(SCMP_ACT_TRAP);
	if (ctx == NULL)
		return err_set(e, EC_BUG, "seccomp_init");
	/* A binary tree of rules; no_new_privs is set already. */
	(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (add_rules(ctx, sandbox, parent, e) == 0) {
		r = seccomp_load(ctx);
		if (r < 0)
			err_sys(e, EC_IO, -r, "loading the system call filter");
	}
	seccomp_release(ctx);
	return r;
}
