/*
 * A daemon that tries what its role must not do, and what it may. It takes the place of a real one
 * under its name, so that master and svc give it the rights and the sandbox of that role. Worker 0
 * reports each act from the start hook: "probe ROLE ACT OUTCOME" with ok, trap (the system call
 * filter hit) or the name of the errno. test_forbidden.py knows what is right.
 *
 * The filter is the daemon's own. Only its SIGSYS handler, which ends the process, gives way to one
 * that jumps back; the last act gets it back.
 *
 * What the acts need is in probe.conf beside the program, read before svc begins: lines "key
 * value".
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "svc/svc.h"

static char data[512], etc[512], account[64], other_tmp[64];
static long victim, tcp4, tcp6, udp4;
static struct svc *svc;
static sigjmp_buf back;

/* ---- files ---- */

/* Every way to name a file: as outside, as inside of a changed root, and out of the directories
 * that the role has. */
enum { DIRS = 5, VARIANTS = 4 + 2 * DIRS };

static bool
variant(unsigned i, const char *rel, int *at, char *path, size_t n)
{
	static const char *const dirs[DIRS] = { "auth", "accounts", "log", "tmp", "queue" };

	*at = AT_FDCWD;
	switch (i) {
	case 0:
		snprintf(path, n, "%s/%s", data, rel);
		return true;
	case 1:
		snprintf(path, n, "/%s", rel);
		return true;
	case 2:
		snprintf(path, n, "%s/%s", svc_data_dir(svc), rel);
		return true;
	case 3:
		snprintf(path, n, "../../../../../../..%s/%s", data, rel);
		return true;
	default:
		*at = svc_dir(svc, dirs[(i - 4) % DIRS]);
		snprintf(path, n, "%s%s", i < 4 + DIRS ? "../" : "../../", rel);
		return *at >= 0;
	}
}

static long
open_any(const char *rel, int flags)
{
	int at, fd, why = ENOENT;
	char path[1100];

	for (unsigned i = 0; i < VARIANTS; i++) {
		if (!variant(i, rel, &at, path, sizeof(path)))
			continue;
		fd = openat(at, path, flags | O_CLOEXEC | O_NONBLOCK, 0600);
		if (fd >= 0) {
			close(fd);
			return 0;
		}
		if (errno != ENOENT)
			why = errno;
	}
	errno = why;
	return -1;
}

static long
open_at(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK, 0600);

	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static char *
in_account(const char *name)
{
	static char path[300];

	snprintf(path, sizeof(path), "accounts/%s/%s", account, name);
	return path;
}

static long
read_db(void)
{
	return open_any(in_account("index.db"), O_RDONLY);
}
static long
write_db(void)
{
	return open_any(in_account("index.db"), O_RDWR);
}
static long
write_wal(void)
{
	return open_any(in_account("index.db-wal"), O_RDWR);
}
static long
write_changes(void)
{
	return open_any(in_account("changes"), O_RDWR);
}
static long
truncate_db(void)
{
	return open_any(in_account("probe-trunc"), O_RDWR | O_CREAT | O_TRUNC);
}
static long
create_account(void)
{
	return open_any(in_account("probe-new"), O_RDWR | O_CREAT);
}
static long
list_accounts(void)
{
	return open_any("accounts", O_RDONLY | O_DIRECTORY);
}
static long
list_log(void)
{
	return open_any("log", O_RDONLY | O_DIRECTORY);
}
static long
create_log(void)
{
	return open_any("log/probe-new", O_RDWR | O_CREAT);
}
static long
list_queue(void)
{
	return open_any("queue", O_RDONLY | O_DIRECTORY);
}
static long
read_queue(void)
{
	return open_any("queue/queue.db", O_RDONLY);
}
static long
write_queue(void)
{
	return open_any("queue/queue.db", O_RDWR);
}
static long
create_queue(void)
{
	return open_any("queue/probe-new", O_RDWR | O_CREAT);
}
static long
read_auth(void)
{
	return open_any("auth/auth.db", O_RDONLY);
}
static long
write_auth(void)
{
	return open_any("auth/auth.db", O_RDWR);
}
static long
read_master_key(void)
{
	return open_any("master.key", O_RDONLY);
}
static long
write_data(void)
{
	return open_any("probe-new", O_RDWR | O_CREAT);
}
static long
other_spool(void)
{
	return open_any(other_tmp, O_RDWR | O_TMPFILE);
}
static long
write_tmp(void)
{
	return open_at("/tmp/probe-new", O_RDWR | O_CREAT);
}
static long
write_var_tmp(void)
{
	return open_at("/var/tmp", O_RDWR | O_TMPFILE);
}
static long
write_shm(void)
{
	return open_at("/dev/shm/probe-new", O_RDWR | O_CREAT);
}
static long
write_root(void)
{
	return open_at("/probe-new", O_RDWR | O_CREAT);
}
static long
read_passwd(void)
{
	return open_at("/etc/passwd", O_RDONLY);
}
static long
write_null(void)
{
	return open_at("/dev/null", O_WRONLY);
}
static long
read_environ(void)
{
	return open_at("/proc/self/environ", O_RDONLY);
}

static long
in_etc(const char *name, int flags)
{
	char path[600];

	snprintf(path, sizeof(path), "%s/%s", etc, name);
	return open_at(path, flags);
}

static long
read_tls_key(void)
{
	return in_etc("localhost.key", O_RDONLY);
}
static long
read_config(void)
{
	return in_etc("mox.conf", O_RDONLY);
}
static long
write_config(void)
{
	return in_etc("domains.conf", O_RDWR);
}

/* Changes of what is there, each by every name. */
static long
change_any(const char *rel, int (*fn)(int at, const char *path))
{
	int at, why = ENOENT;
	char path[1100];

	for (unsigned i = 0; i < VARIANTS; i++) {
		if (!variant(i, rel, &at, path, sizeof(path)))
			continue;
		if (fn(at, path) == 0)
			return 0;
		if (errno != ENOENT)
			why = errno;
	}
	errno = why;
	return -1;
}

static int
do_mkdir(int at, const char *p)
{
	return mkdirat(at, p, 0700);
}
static int
do_unlink(int at, const char *p)
{
	return unlinkat(at, p, 0);
}
static int
do_rename(int at, const char *p)
{
	return renameat(at, p, at, p);
}
/* To another name: to its own it is nothing, and asks for no right. */
static int
do_move(int at, const char *p)
{
	char to[1200];

	snprintf(to, sizeof(to), "%s-moved", p);
	return renameat(at, p, at, to);
}
static int
do_symlink(int at, const char *p)
{
	return symlinkat("/etc/passwd", at, p);
}
static int
do_fifo(int at, const char *p)
{
	return mknodat(at, p, S_IFIFO | 0600, 0);
}
static int
do_chmod(int at, const char *p)
{
	return fchmodat(at, p, 0600, 0);
}
static int
do_chmod_old(int at, const char *p)
{
	return at == AT_FDCWD ? (int)syscall(SYS_chmod, p, 0600) : -1;
}
static int
do_chown(int at, const char *p)
{
	return fchownat(at, p, (uid_t)-1, (gid_t)-1, 0);
}
static int
do_utimes(int at, const char *p)
{
	return utimensat(at, p, NULL, 0);
}
static int
do_truncate(int at, const char *p)
{
	return at == AT_FDCWD ? truncate(p, 32) : -1;
}
static int
do_link(int at, const char *p)
{
	char to[1200];

	snprintf(to, sizeof(to), "%s-link", p);
	return linkat(at, p, at, to, 0);
}

static long
mkdir_account(void)
{
	return change_any(in_account("probe-dir"), do_mkdir);
}
static long
unlink_account(void)
{
	return change_any(in_account("probe-file"), do_unlink);
}
static long
rename_account(void)
{
	return change_any(in_account("index.db"), do_rename);
}
static long
mkdir_queue(void)
{
	return change_any("queue/probe-dir", do_mkdir);
}
static long
unlink_queue(void)
{
	return change_any("queue/probe-file", do_unlink);
}
static long
symlink_account(void)
{
	return change_any(in_account("probe-sym"), do_symlink);
}
static long
fifo_account(void)
{
	return change_any(in_account("probe-fifo"), do_fifo);
}
static long
chmod_key(void)
{
	return change_any("master.key", do_chmod);
}
static long
chmod_old_key(void)
{
	return change_any("master.key", do_chmod_old);
}
static long
chown_key(void)
{
	return change_any("master.key", do_chown);
}
static long
utimes_key(void)
{
	return change_any("master.key", do_utimes);
}
static long
truncate_key(void)
{
	return change_any("master.key", do_truncate);
}
static long
link_key(void)
{
	return change_any("master.key", do_link);
}
static long
rename_key(void)
{
	return change_any("master.key", do_move);
}
static long
unlink_data(void)
{
	return change_any("probe-file", do_unlink);
}

/* Positive: an unlinked file of its own. */
static long
spool(void)
{
	char name[32];
	int dir = svc_dir(svc, "tmp"), fd;

	if (dir < 0) {
		errno = ENOTDIR;
		return -1;
	}
	fd = openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EOPNOTSUPP) {
		snprintf(name, sizeof(name), "p%d", (int)getpid());
		fd = openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd >= 0)
			(void)unlinkat(dir, name, 0);
	}
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static long
fd_read(enum svc_file kind)
{
	int fd = svc_file(svc, kind, 0);
	char b[32];

	if (fd < 0) {
		errno = ENOENT;
		return -1;
	}
	return read(fd, b, sizeof(b)) > 0 ? 0 : -1;
}

static long
fd_master_key(void)
{
	return fd_read(SVC_FILE_MASTER_KEY);
}
static long
fd_tls_key(void)
{
	return fd_read(SVC_FILE_TLS_KEY);
}
static long
fd_tls_cert(void)
{
	return fd_read(SVC_FILE_TLS_CERT);
}

static long
fd_dkim_key(void)
{
	return fd_read(SVC_FILE_DKIM_KEY);
}
static long
fd_resolv_conf(void)
{
	return fd_read(SVC_FILE_RESOLV_CONF);
}

static long
watch(void)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK), at, r = -1;
	char path[1100];

	if (fd < 0)
		return -1;
	for (unsigned i = 0; i < 3 && r < 0; i++)
		if (variant(i, in_account("changes"), &at, path, sizeof(path)))
			r = inotify_add_watch(fd, path, IN_MODIFY);
	close(fd);
	return r;
}

/* ---- network ---- */

static void
loopback4(struct sockaddr_in *a, long port)
{
	memset(a, 0, sizeof(*a));
	a->sin_family = AF_INET;
	a->sin_port = htons((uint16_t)port);
	a->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

static long
connect_to(int family, int type, long port)
{
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons((uint16_t)port),
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in a4;
	int fd = socket(family, type, 0), r;

	if (fd < 0)
		return -1;
	loopback4(&a4, port);
	r = family == AF_INET ? connect(fd, (struct sockaddr *)&a4, sizeof(a4))
			      : connect(fd, (struct sockaddr *)&a6, sizeof(a6));
	close(fd);
	return r;
}

static long
connect4(void)
{
	return connect_to(AF_INET, SOCK_STREAM, tcp4);
}
static long
connect6(void)
{
	return connect_to(AF_INET6, SOCK_STREAM, tcp6);
}
static long
connect_udp(void)
{
	return connect_to(AF_INET, SOCK_DGRAM, udp4);
}

static long
any_socket(int family, int type)
{
	int fd = socket(family, type, 0);

	if (fd >= 0)
		close(fd);
	return fd;
}

static long
socket_unix(void)
{
	return any_socket(AF_UNIX, SOCK_STREAM);
}
static long
socket_netlink(void)
{
	return any_socket(AF_NETLINK, SOCK_RAW);
}
static long
socket_packet(void)
{
	return any_socket(AF_PACKET, SOCK_RAW);
}
static long
socket_alg(void)
{
	return any_socket(AF_ALG, SOCK_SEQPACKET);
}
static long
socket_mptcp(void)
{
	return syscall(SYS_socket, AF_INET, SOCK_STREAM, 262);
}

static long
socket_pair(void)
{
	int fd[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, fd);
}

static long
connect_ctl(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	if (fd < 0)
		return -1;
	snprintf(a.sun_path, sizeof(a.sun_path), "%.100s/ctl", data);
	return connect(fd, (struct sockaddr *)&a, sizeof(a));
}

/* A listening TCP socket that master passed on, or any other descriptor that would do. */
static int
listener(void)
{
	socklen_t len;
	int on;

	for (int fd = 3; fd < 200; fd++) {
		len = sizeof(on);
		if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == 0 && on)
			return fd;
	}
	return -1;
}

static long
bind_fd(void)
{
	struct sockaddr_in a;
	int fd = listener();

	loopback4(&a, 0);
	return bind(fd >= 0 ? fd : 3, (struct sockaddr *)&a, sizeof(a));
}

static long
listen_fd(void)
{
	return listen(listener(), 5);
}

static long
connect_fd(void)
{
	struct sockaddr_in a;

	loopback4(&a, tcp4);
	return connect(listener(), (struct sockaddr *)&a, sizeof(a));
}

static long
accept_fd(void)
{
	int fd = accept4(listener(), NULL, NULL, SOCK_NONBLOCK);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || errno == EAGAIN ? 0 : -1;
}

/* It is shared with the other workers. Shut down it is closed and bound, and sending with TCP Fast
 * Open connects it: the acts that follow. */
static int closed = -1;

static long
shutdown_listener(void)
{
	closed = listener();
	return shutdown(closed, SHUT_RDWR);
}

static long
fastopen_result(long r)
{
	return r >= 0 || errno == EINPROGRESS ? 0 : -1;
}

static long
fastopen_sendto(void)
{
	struct sockaddr_in a;

	loopback4(&a, tcp4);
	return fastopen_result(sendto(closed, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL,
				      (struct sockaddr *)&a, sizeof(a)));
}

static long
fastopen_sendmsg(void)
{
	struct sockaddr_in a;
	struct iovec v = { (char[]){ 'x' }, 1 };
	struct msghdr m = {
		.msg_name = &a, .msg_namelen = sizeof(a), .msg_iov = &v, .msg_iovlen = 1
	};

	loopback4(&a, tcp4);
	return fastopen_result(sendmsg(closed, &m, MSG_FASTOPEN | MSG_NOSIGNAL));
}

static long
fastopen_sendmmsg(void)
{
	struct sockaddr_in a;
	struct iovec v = { (char[]){ 'x' }, 1 };
	struct mmsghdr m = { .msg_hdr = { .msg_name = &a,
					  .msg_namelen = sizeof(a),
					  .msg_iov = &v,
					  .msg_iovlen = 1 } };

	loopback4(&a, tcp4);
	return fastopen_result(sendmmsg(closed, &m, 1, MSG_FASTOPEN | MSG_NOSIGNAL));
}

/* ---- processes ---- */

static long
do_fork(void)
{
	long r = syscall(SYS_fork);

	if (r == 0)
		_exit(0);
	return r;
}

static long
do_clone(void)
{
	long r = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (r == 0)
		_exit(0);
	return r;
}

static long
do_clone3(void)
{
	struct clone_args a = { .exit_signal = SIGCHLD };
	long r = syscall(SYS_clone3, &a, sizeof(a));

	if (r == 0)
		_exit(0);
	return r;
}

/* A file that is no program: ENOEXEC, or EACCES of a mount, if it gets so far. */
static long
do_exec(void)
{
	char *argv[] = { (char[]){ "x" }, NULL };
	int fd = memfd_create("x", 0);

	(void)fchmod(fd, 0700);
	syscall(SYS_execveat, fd, "", argv, argv, AT_EMPTY_PATH);
	close(fd);
	return 0; /* it was asked, whatever came of it */
}

static long
do_execve(void)
{
	char *argv[] = { (char[]){ "x" }, NULL };

	execve("/nonexistent", argv, argv);
	return 0;
}

static long
attach_parent(void)
{
	return ptrace(PTRACE_SEIZE, getppid(), 0, 0);
}
static long
attach_victim(void)
{
	return ptrace(PTRACE_SEIZE, (pid_t)victim, 0, 0);
}

static long
read_memory(pid_t pid)
{
	char b[8];
	struct iovec here = { b, sizeof(b) }, there = { (void *)(uintptr_t)&back, sizeof(b) };

	return process_vm_readv(pid, &here, 1, &there, 1, 0);
}

static long
vm_read_parent(void)
{
	return read_memory(getppid());
}

static long
vm_write_parent(void)
{
	struct iovec here = { &back, 0 };

	return process_vm_writev(getppid(), &here, 1, &here, 1, 0);
}

static long
open_mem(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	return open_at(path, O_RDWR);
}

static long
mem_parent(void)
{
	return open_mem(getppid());
}
static long
mem_victim(void)
{
	return open_mem((pid_t)victim);
}
static long
mem_self(void)
{
	return open_at("/proc/self/mem", O_RDWR);
}

static long
mem_siblings(void)
{
	int why = 0;

	for (pid_t p = getpid() - 20; p < getpid() + 20; p++) {
		if (p <= 1 || p == getpid())
			continue;
		if (open_mem(p) == 0)
			return 0;
		if (errno != ENOENT)
			why = errno;
	}
	errno = why != 0 ? why : ENOENT;
	return -1;
}

static long
kill_victim(void)
{
	return kill((pid_t)victim, 0);
}
static long
kill_parent(void)
{
	return kill(getppid(), 0);
}
static long
kill_self(void)
{
	return kill(getpid(), 0);
}
static long
tgkill_victim(void)
{
	return syscall(SYS_tgkill, victim, victim, 0);
}
static long
tkill_victim(void)
{
	return syscall(SYS_tkill, victim, 0);
}
static long
tgkill_self(void)
{
	return syscall(SYS_tgkill, getpid(), getpid(), 0);
}
static long
pidfd_victim(void)
{
	return syscall(SYS_pidfd_open, victim, 0);
}

/* Signals at will when input comes. */
static long
own_victim(void)
{
	int fd[2], r;

	if (pipe(fd) < 0)
		return -1;
	r = fcntl(fd[0], F_SETOWN, (pid_t)victim);
	close(fd[0]);
	close(fd[1]);
	return r;
}

static long
sig_victim(void)
{
	int fd[2], r;

	if (pipe(fd) < 0)
		return -1;
	r = fcntl(fd[0], F_SETSIG, SIGKILL);
	close(fd[0]);
	close(fd[1]);
	return r;
}

static long
map_exec(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? -1 : 0;
}

static long
protect_exec(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? -1 : mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static long
pkey_exec(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? -1
			       : syscall(SYS_pkey_mprotect, p, 4096, PROT_READ | PROT_EXEC, -1);
}

static long
raise_limit(void)
{
	struct rlimit l = { 100, 100 };

	return prlimit(0, RLIMIT_NPROC, &l, NULL);
}

static long
limit_parent(void)
{
	struct rlimit l;

	return prlimit(getppid(), RLIMIT_NOFILE, NULL, &l);
}

static long
dumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}
static long
type_ahead(void)
{
	return syscall(SYS_ioctl, 2, 0x5412 /* TIOCSTI */, "x");
}

/* Positive, of every role. */
static long
base(void)
{
	int fd = memfd_create("x", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	char b[8];

	if (fd < 0 || write(fd, "x", 1) != 1 || fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL) < 0 ||
	    pread(fd, b, 1, 0) != 1 || syscall(SYS_getrandom, b, sizeof(b), 0) < 0)
		return -1;
	close(fd);
	return 0;
}

/* name, function */
static const struct {
	const char *name;
	long (*fn)(void);
} acts[] = {
#define A(fn)                                                                                      \
	{                                                                                          \
#fn, fn                                                                            \
	}
	A(base),
	A(read_db),
	A(list_accounts),
	A(watch),
	A(write_db),
	A(write_wal),
	A(write_changes),
	A(truncate_db),
	A(create_account),
	A(mkdir_account),
	A(unlink_account),
	A(rename_account),
	A(symlink_account),
	A(fifo_account),
	A(list_log),
	A(create_log),
	A(list_queue),
	A(read_queue),
	A(write_queue),
	A(create_queue),
	A(mkdir_queue),
	A(unlink_queue),
	A(read_auth),
	A(write_auth),
	A(read_master_key),
	A(fd_master_key),
	A(fd_tls_key),
	A(fd_tls_cert),
	A(fd_dkim_key),
	A(fd_resolv_conf),
	A(read_tls_key),
	A(read_config),
	A(write_config),
	A(write_data),
	A(unlink_data),
	A(chmod_key),
	A(chmod_old_key),
	A(chown_key),
	A(utimes_key),
	A(truncate_key),
	A(link_key),
	A(rename_key),
	A(spool),
	A(other_spool),
	A(write_tmp),
	A(write_var_tmp),
	A(write_shm),
	A(write_root),
	A(read_passwd),
	A(write_null),
	A(read_environ),
	A(connect4),
	A(connect6),
	A(connect_udp),
	A(socket_unix),
	A(socket_netlink),
	A(socket_packet),
	A(socket_alg),
	A(socket_mptcp),
	A(socket_pair),
	A(connect_ctl),
	A(bind_fd),
	A(listen_fd),
	A(connect_fd),
	A(accept_fd),
	A(shutdown_listener),
	A(fastopen_sendto),
	A(fastopen_sendmsg),
	A(fastopen_sendmmsg),
	A(do_fork),
	A(do_clone),
	A(do_clone3),
	A(do_exec),
	A(do_execve),
	A(attach_parent),
	A(attach_victim),
	A(vm_read_parent),
	A(vm_write_parent),
	A(mem_parent),
	A(mem_victim),
	A(mem_siblings),
	A(mem_self),
	A(kill_victim),
	A(kill_parent),
	A(kill_self),
	A(tgkill_victim),
	A(tkill_victim),
	A(tgkill_self),
	A(pidfd_victim),
	A(own_victim),
	A(sig_victim),
	A(map_exec),
	A(protect_exec),
	A(pkey_exec),
	A(raise_limit),
	A(limit_parent),
	A(dumpable),
	A(type_ahead),
#undef A
};

/* System calls that nobody has any use for: number, harmless arguments. */
static const struct {
	const char *name;
	long nr;
	long a[4];
} calls[] = {
#define C(n, ...)                                                                                  \
	{                                                                                          \
		"call_" #n, SYS_##n,                                                               \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
	C(setuid, 0),
	C(setgid, 0),
	C(setresuid, 0, 0, 0),
	C(setresgid, 0, 0, 0),
	C(setreuid, 0, 0),
	C(setfsuid, 0),
	C(setgroups, 0),
	C(capset),
	C(mount),
	C(umount2),
	C(pivot_root),
	C(chroot),
	C(unshare, CLONE_NEWUSER),
	C(setns, -1),
	C(open_tree, -1),
	C(move_mount, -1),
	C(fsopen),
	C(bpf, -1),
	C(keyctl, -1),
	C(add_key),
	C(request_key),
	C(io_uring_setup, 1),
	C(io_uring_enter, -1),
	C(userfaultfd, -1),
	C(perf_event_open),
	C(init_module),
	C(finit_module, -1),
	C(delete_module),
	C(kexec_load),
	C(swapon),
	C(sethostname, 0, -1),
	C(setdomainname, 0, -1),
	C(settimeofday, 1),
	C(clock_settime, -1),
	C(adjtimex),
	C(personality, -1),
	C(quotactl, -1),
	C(syslog, -1),
	C(acct, 1),
	C(fanotify_init, -1),
	C(open_by_handle_at, -1),
	C(name_to_handle_at, -1),
	C(kcmp),
	C(process_madvise, -1),
	C(memfd_secret, -1),
	C(seccomp, -1),
	C(shmget, 0, 1),
	C(semget, 0, -1),
	C(msgget, 0),
	C(mq_open),
	C(rt_sigqueueinfo),
	C(rt_tgsigqueueinfo),
	C(pidfd_send_signal, -1),
	C(pidfd_getfd, -1),
	C(setpgid, -1),
	C(setsid),
	C(setpriority, -1),
	C(sched_setscheduler, -1),
	C(wait4, -1, 0, 1),
	C(vmsplice, -1),
	C(splice, -1),
	C(tee, -1),
	C(openat2, -1),
	C(mknodat, -1),
	C(symlinkat),
	C(setxattr),
	C(removexattr),
	C(fsetxattr, -1),
	C(io_setup, -1),
	C(migrate_pages, -1),
	C(remap_file_pages, 1),
	C(modify_ldt, -1),
	C(ioprio_set, -1),
	C(landlock_create_ruleset, 0, 0, 1),
	C(setrlimit, -1),
	C(timer_create, -1),
	C(signalfd4, -1, 0, -1),
	C(mount_setattr, -1),
	C(process_mrelease, -1),
#undef C
};

static void
on_trap(int sig)
{
	(void)sig;
	siglongjmp(back, 1);
}

static enum role role;

/* Trying one: it returns, or the filter hits. */
static void
try_act(const char *name, long (*fn)(void), long nr, const long *a)
{
	const char *out;
	long r;

	if (sigsetjmp(back, 1) != 0) {
		out = "trap";
	} else {
		r = fn != NULL ? fn() : syscall(nr, a[0], a[1], a[2], a[3], 0, 0);
		out = r >= 0 ? "ok" : strerrorname_np(errno);
	}
	dprintf(2, "probe %s %s %s\n", role_name(role), name, out != NULL ? out : "?");
}

/* Channels: those of procs.def, in one direction or the other. */
static void
report_peers(void)
{
	for (unsigned r = ROLE_MASTER + 1; r < ROLE_COUNT; r++)
		dprintf(2, "probe %s peer_%s %s\n", role_name(role), role_name(r),
			svc_peer_any(svc, (enum role)r) != NULL ? "ok" : "none");
}

static int
on_start(struct svc *s, struct err *e)
{
	struct sigaction sa, own;

	(void)e;
	svc = s;
	if (svc_worker(s) != 0)
		return 0;
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_trap;
	if (sigaction(SIGSYS, &sa, &own) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(acts); i++)
		try_act(acts[i].name, acts[i].fn, 0, NULL);
	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		try_act(calls[i].name, NULL, calls[i].nr, calls[i].a);
	report_peers();
	dprintf(2, "probe %s end ok\n", role_name(role));
	if (sigaction(SIGSYS, &own, NULL) < 0)
		return -1;
	(void)socket_unix();
	dprintf(2, "probe %s survived ok\n", role_name(role));
	return 0;
}

static void
on_accepted(struct svc *s, const struct svc_listener *l, int fd,
	    const struct sockaddr_storage *peer)
{
	(void)s;
	(void)l;
	(void)peer;
	close(fd);
}

static void
read_conf(const char *program)
{
	char path[600], key[32], value[512];
	FILE *f;

	snprintf(path, sizeof(path), "%.*s/probe.conf", (int)(strrchr(program, '/') - program),
		 program);
	f = fopen(path, "re");
	if (f == NULL)
		exit(2);
	while (fscanf(f, "%31s %511s", key, value) == 2) {
		if (strcmp(key, "data") == 0)
			snprintf(data, sizeof(data), "%s", value);
		else if (strcmp(key, "etc") == 0)
			snprintf(etc, sizeof(etc), "%s", value);
		else if (strcmp(key, "account") == 0)
			snprintf(account, sizeof(account), "%.60s", value);
		else if (strcmp(key, "other_tmp") == 0)
			snprintf(other_tmp, sizeof(other_tmp), "%.60s", value);
		else if (strcmp(key, "victim") == 0)
			victim = strtol(value, NULL, 10);
		else if (strcmp(key, "tcp4") == 0)
			tcp4 = strtol(value, NULL, 10);
		else if (strcmp(key, "tcp6") == 0)
			tcp6 = strtol(value, NULL, 10);
		else if (strcmp(key, "udp4") == 0)
			udp4 = strtol(value, NULL, 10);
	}
	fclose(f);
}

int
main(int argc, char **argv)
{
	static struct svc_ops ops = { .start = on_start, .accepted = on_accepted };
	const struct proc *p;
	const char *name = strrchr(argv[0], '/'), *arg = argc > 1 ? argv[1] : "";

	if (name == NULL)
		return 2;
	for (unsigned r = ROLE_MASTER + 1; r < ROLE_COUNT; r++) {
		p = proc_get((enum role)r);
		if (strcmp(p->program, name + 1) == 0 && strcmp(p->arg, arg) == 0)
			role = p->role;
	}
	if (role == ROLE_MASTER)
		return 2;
	ops.role = role;
	read_conf(argv[0]);
	return svc_main(argc, argv, &ops);
}
