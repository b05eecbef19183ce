/*
 * The sandbox from inside: a child confines itself as a row of procs.def does and then tries what
 * an attacker would. Each try is a child of its own, since a forbidden system call ends it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/proc.h"
#include "svc/confine.h"
#include "tests/unit/unit.h"

static char top[64];
static struct svc_dir dirs[] = { { "auth", -1 }, { "accounts", -1 }, { "log", -1 }, { "tmp", -1 } };
enum { AUTH, ACCOUNTS, LOGDIR, TMP };
static int listener = -1;

/* ---- what is tried: 0 or more for success, -1 with errno ---- */

static int
try_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}
static int
try_unix_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}
static int
try_exec(void)
{
	char *argv[] = { NULL };

	return execve("/bin/true", argv, argv);
}
static int
try_fork(void)
{
	pid_t p = fork();

	if (p == 0)
		_exit(0);
	return p;
}
static int
try_kill(void)
{
	return kill(getppid(), 0);
}
static int
try_signal_by_thread(void)
{
	return (int)syscall(SYS_tgkill, getppid(), getppid(), 0);
}
static int
try_ptrace(void)
{
	return (int)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}
static int
try_setuid(void)
{
	return setuid(0);
}
static int
try_mount(void)
{
	return mount("none", "/mnt", "tmpfs", 0, NULL);
}
static int
try_exec_memory(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
			       MAP_FAILED
		       ? -1
		       : 0;
}
static int
try_setrlimit(void)
{
	struct rlimit r = { 10, 10 };

	return setrlimit(RLIMIT_NOFILE, &r);
}
/* A listening socket that is shut down can be connected. */
static int
try_fast_open(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(9),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return sendto(listener, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, (struct sockaddr *)&a,
		      sizeof(a)) < 0 &&
			       errno != EISCONN && errno != ECONNREFUSED && errno != EINPROGRESS
		       ? -1
		       : 0;
}
/* What would stop the other workers of a listening socket. */
static int
try_make_blocking(void)
{
	return fcntl(listener, F_SETFL, 0);
}
static int
try_shut_listener(void)
{
	return shutdown(listener, SHUT_RDWR);
}
static int
try_change_listener(void)
{
	int little = 1;

	return setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &little, sizeof(little));
}
static int
try_chmod(void)
{
	return fchmodat(dirs[ACCOUNTS].fd, "file", 0600, 0);
}
static int
try_passwd(void)
{
	return open("/etc/passwd", O_RDONLY);
}
static int
try_accept(void)
{
	int r = accept4(listener, NULL, NULL, SOCK_NONBLOCK);

	return r < 0 && errno == EAGAIN ? 0 : r; /* nobody connects: it was allowed */
}
static int
try_read_account(void)
{
	return openat(dirs[ACCOUNTS].fd, "file", O_RDONLY);
}
static int
try_write_account(void)
{
	return openat(dirs[ACCOUNTS].fd, "file", O_WRONLY);
}
static int
try_make_account(void)
{
	return mkdirat(dirs[ACCOUNTS].fd, "new", 0700);
}
static int
try_delete_account(void)
{
	return unlinkat(dirs[ACCOUNTS].fd, "gone", 0);
}
static int
try_list_account(void)
{
	char path[200];
	DIR *d;

	snprintf(path, sizeof(path), "%s/accounts", top);
	d = opendir(path);
	return d == NULL ? -1 : 0;
}
static int
try_watch(void)
{
	char path[200];
	int fd = inotify_init1(IN_NONBLOCK);

	snprintf(path, sizeof(path), "%s/accounts/file", top);
	return fd < 0 ? -1 : inotify_add_watch(fd, path, IN_MODIFY);
}
static int
try_read_auth(void)
{
	return openat(dirs[AUTH].fd, "file", O_RDONLY);
}
static int
try_write_auth(void)
{
	return openat(dirs[AUTH].fd, "file", O_RDWR);
}
static int
try_write_log(void)
{
	return openat(dirs[LOGDIR].fd, "new", O_WRONLY | O_CREAT, 0600);
}
static int
try_spool(void)
{
	return openat(dirs[TMP].fd, ".", O_TMPFILE | O_RDWR, 0600);
}
static int
try_symlink_out(void)
{
	return openat(dirs[ACCOUNTS].fd, "out", O_RDONLY);
}
static int
try_memfd(void)
{
	int fd = memfd_create("x", MFD_ALLOW_SEALING | MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, 5000) < 0)
		return -1;
	return fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK);
}
static int
try_log(void)
{
	return (int)write(2, "", 0);
}

enum { NEVER = 0, ALWAYS = ~0 };

/* What, by whom: sandbox flags of which one must be there, NEVER, or ALWAYS. */
static const struct {
	const char *what;
	int (*fn)(void);
	int allowed;
} tries[] = {
	{ "memory file", try_memfd, ALWAYS },
	{ "log", try_log, ALWAYS },
	{ "accept", try_accept, SB_ACCEPT },
	{ "socket", try_socket, SB_CONNECT },
	{ "unix socket", try_unix_socket, NEVER },
	{ "exec", try_exec, NEVER },
	{ "fork", try_fork, NEVER },
	{ "kill", try_kill, NEVER },
	{ "tgkill", try_signal_by_thread, NEVER },
	{ "ptrace", try_ptrace, NEVER },
	{ "setuid", try_setuid, NEVER },
	{ "mount", try_mount, NEVER },
	{ "executable memory", try_exec_memory, NEVER },
	{ "setrlimit", try_setrlimit, NEVER },
	{ "connect by sending", try_fast_open, NEVER },
	{ "blocking listener", try_make_blocking, NEVER },
	{ "shut listener down", try_shut_listener, NEVER },
	{ "option of a listener", try_change_listener, NEVER },
	{ "mode of a file", try_chmod, NEVER },
	{ "/etc/passwd", try_passwd, NEVER },
	{ "read an account", try_read_account, SB_STORE_READ | SB_STORE_WRITE },
	{ "list accounts", try_list_account, SB_STORE_READ | SB_STORE_WRITE },
	{ "watch an account", try_watch, SB_STORE_READ },
	{ "write an account", try_write_account, SB_STORE_WRITE },
	{ "make an account", try_make_account, SB_STORE_WRITE },
	{ "delete in an account", try_delete_account, SB_STORE_WRITE },
	{ "follow a link out of the accounts", try_symlink_out, NEVER },
	{ "read credentials", try_read_auth, SB_AUTH_WRITE },
	{ "write credentials", try_write_auth, SB_AUTH_WRITE },
	{ "write intents", try_write_log, SB_STORE_WRITE },
	{ "spool file", try_spool, SB_SPOOL },
};

static void
child(uint32_t sandbox, int (*fn)(void))
{
	struct err e = ERR_INIT;
	int abi = 0, null = open("/dev/null", O_WRONLY);

	dup2(null, 2); /* the violation's log line */
	if (svc_drop_caps(&e) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    svc_limits(true, &e) < 0 ||
	    svc_landlock(sandbox, dirs, ARRAY_LEN(dirs), &abi, &e) < 0 ||
	    svc_seccomp(sandbox, false, &e) < 0)
		_exit(77);
	_exit(fn() >= 0 ? 42 : 43);
}

/* True when it worked, false when it was refused or ended the process. */
static bool
attempt(uint32_t sandbox, int (*fn)(void), const char *what)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		child(sandbox, fn);
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status), "%s: killed by signal %d", what, WTERMSIG(status));
	ck_assert_msg(WEXITSTATUS(status) != 77, "%s: sandbox can't be entered", what);
	return WEXITSTATUS(status) == 42;
}

static void
make_file(int dir, const char *name)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT, 0600);

	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void
prepare(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	char path[200];

	snprintf(top, sizeof(top), "/tmp/mox-sandbox-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		snprintf(path, sizeof(path), "%s/%s", top, dirs[i].name);
		ck_assert_int_eq(mkdir(path, 0700), 0);
		dirs[i].fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		ck_assert_int_ge(dirs[i].fd, 0);
		make_file(dirs[i].fd, "file");
	}
	ck_assert_int_eq(symlinkat("/etc/passwd", dirs[ACCOUNTS].fd, "out"), 0);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
}

static void
cleanup(void)
{
	char *argv[] = { (char *)(uintptr_t) "rm", (char *)(uintptr_t) "-rf", top, NULL };
	pid_t pid = fork();

	if (pid == 0) {
		execv("/bin/rm", argv);
		_exit(1);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		close(dirs[i].fd);
	close(listener);
}

static void
check_all(uint32_t sandbox, const char *who)
{
	for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
		bool allowed =
			tries[i].allowed == ALWAYS || (sandbox & (uint32_t)tries[i].allowed) != 0;

		(void)unlinkat(dirs[ACCOUNTS].fd, "new", AT_REMOVEDIR);
		(void)unlinkat(dirs[LOGDIR].fd, "new", 0);
		make_file(dirs[ACCOUNTS].fd, "gone");
		ck_assert_msg(attempt(sandbox, tries[i].fn, tries[i].what) == allowed,
			      "%s: %s is %s", who, tries[i].what, allowed ? "refused" : "allowed");
	}
}

START_TEST(test_flags)
{
	static const struct {
		const char *name;
		uint32_t sandbox;
	} rows[] = {
		{ "NOTHING", SB_NOTHING },	 { "ACCEPT", SB_ACCEPT },
		{ "STORE_READ", SB_STORE_READ }, { "STORE_WRITE", SB_STORE_WRITE },
		{ "AUTH_WRITE", SB_AUTH_WRITE }, { "SPOOL", SB_SPOOL },
		{ "CONNECT", SB_CONNECT },
	};

	prepare();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_all(rows[i].sandbox, rows[i].name);
	cleanup();
}
END_TEST

START_TEST(test_roles)
{
	prepare();
	for (unsigned r = ROLE_MASTER + 1; r < ROLE_COUNT; r++)
		check_all(proc_get((enum role)r)->sandbox, role_name(r));
	cleanup();
}
END_TEST

/* A parent may fork; its child that narrows may not. */
static int
try_narrowed(void)
{
	struct err e = ERR_INIT;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (svc_seccomp(SB_NOTHING, false, &e) < 0)
			_exit(77);
		_exit(try_fork() >= 0 ? 42 : 43);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status) == 1 ? 0 : -1;
}

START_TEST(test_parent)
{
	struct err e = ERR_INIT;
	int status, abi, null;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		null = open("/dev/null", O_WRONLY);
		dup2(null, 2);
		if (svc_drop_caps(&e) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    svc_landlock(SB_NOTHING, NULL, 0, &abi, &e) < 0 ||
		    svc_seccomp(SB_NOTHING, true, &e) < 0)
			_exit(77);
		_exit(try_narrowed() == 0 ? 42 : 43);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 42);
}
END_TEST

START_TEST(test_caps)
{
	pid_t pid = fork();
	struct err e = ERR_INIT;
	char line[200];
	int status, bad = 0;
	FILE *f;

	if (pid == 0) {
		if (svc_drop_caps(&e) < 0 || (f = fopen("/proc/self/status", "r")) == NULL)
			_exit(77);
		while (fgets(line, sizeof(line), f) != NULL)
			if ((strncmp(line, "CapEff", 6) == 0 || strncmp(line, "CapPrm", 6) == 0 ||
			     strncmp(line, "CapInh", 6) == 0 || strncmp(line, "CapAmb", 6) == 0) &&
			    strspn(line + 8, "0") != 16)
				bad++;
		_exit(bad == 0 ? 42 : 43);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WEXITSTATUS(status), 42);
}
END_TEST

UNIT_MAIN("sandbox", test_flags, test_roles, test_parent, test_caps)
