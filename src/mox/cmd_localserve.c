/*
 * mox localserve: a complete mox for trying things out, as an ordinary user. Writes a configuration
 * on first use, starts moxmaster, sets the password, says where everything is, and hands signals on
 * until moxmaster ends. moxmaster has a process group of its own, so that a terminal's ^C comes
 * here alone.
 */
#include "ctl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/config.h"
#include "firstuse.h"

#define ACCOUNT "mox"
#define ADDRESS "mox@localhost"
#define PASSWORD "moxmoxmox"

enum { DEFAULT_OFFSET = 1000, READY_MS = 60000 };

struct localserve {
	struct mox *m;
	char dir[LIM_PATH], conf[LIM_PATH + 16];
	const char *ip;
	unsigned offset;
	bool initonly;
	int ready; /* moxmaster writes a byte here */
};

static volatile sig_atomic_t child;

static void
on_signal(int sig)
{
	if (child > 0)
		kill((pid_t)child, sig);
}

static int
default_dir(char out[LIM_PATH], struct err *e)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	int n;

	if (xdg != NULL && xdg[0] == '/')
		n = snprintf(out, LIM_PATH, "%s/mox-localserve", xdg);
	else if (home != NULL && home[0] == '/')
		n = snprintf(out, LIM_PATH, "%s/.config/mox-localserve", home);
	else
		return err_set(e, EC_NOTFOUND, "HOME is not set: say where with -dir");
	return n < 0 || n >= LIM_PATH ? err_set(e, EC_LIMIT, "path is too long") : 0;
}

/* ---- moxmaster ---- */

static void
exec_master(const struct localserve *ls, const char *path, int ready, pid_t parent)
{
	char fd[16];
	char *args[] = { (char *)(uintptr_t) "moxmaster",
			 (char *)(uintptr_t) "-c",
			 (char *)(uintptr_t)ls->conf,
			 (char *)(uintptr_t) "-L",
			 (char *)(uintptr_t) "-r",
			 fd,
			 NULL };
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	setpgid(0, 0);
	/* When we are killed, it stops in good order. */
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
	if (getppid() != parent || null < 0 || dup2(null, 0) < 0 || fcntl(ready, F_SETFD, 0) < 0)
		_exit(1);
	snprintf(fd, sizeof(fd), "%d", ready);
	execv(path, args);
	fprintf(stderr, "mox: %s: %s\n", path, strerror(errno));
	_exit(1);
}

static int
start_master(struct localserve *ls, struct err *e)
{
	static const int handed_on[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR2 };
	struct sigaction sa;
	char path[LIM_PATH];
	pid_t parent = getpid(), pid;
	sigset_t set, old;
	int fd[2];

	if (mox_program("moxmaster", path, e) < 0)
		return -1;
	if (pipe2(fd, O_CLOEXEC) < 0)
		return err_sys(e, EC_IO, errno, "pipe");
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal;
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, &old);
	pid = fork();
	if (pid == 0) {
		sigprocmask(SIG_SETMASK, &old, NULL);
		exec_master(ls, path, fd[1], parent);
	}
	child = pid;
	for (size_t i = 0; i < ARRAY_LEN(handed_on); i++)
		sigaction(handed_on[i], &sa, NULL);
	sigprocmask(SIG_SETMASK, &old, NULL);
	close(fd[1]);
	ls->ready = fd[0];
	return pid < 0 ? err_sys(e, EC_IO, errno, "fork") : 0;
}

static int
wait_master(void)
{
	int status;

	while (waitpid((pid_t)child, &status, 0) < 0)
		if (errno != EINTR)
			return MOX_FAIL;
	child = 0;
	if (WIFSIGNALED(status))
		return mox_failf("moxmaster was killed by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status) == 0 ? MOX_OK : MOX_FAIL;
}

static int
stop_master(void)
{
	kill((pid_t)child, SIGTERM);
	return wait_master();
}

/* 1 when ready, 0 when it ended, -1 when it takes too long. */
static int
wait_ready(const struct localserve *ls, int64_t ms)
{
	struct pollfd p = { .fd = ls->ready, .events = POLLIN };
	char c;
	int r;

	do
		r = poll(&p, 1, (int)ms);
	while (r < 0 && errno == EINTR);
	if (r == 0)
		return -1;
	do
		r = (int)read(ls->ready, &c, 1);
	while (r < 0 && errno == EINTR);
	return r == 1 ? 1 : 0;
}

/* ---- once it runs ---- */

static int
set_password(const struct localserve *ls, struct err *e)
{
	const struct str args[] = { STR(ACCOUNT), STR(PASSWORD) };
	char path[LIM_PATH + 64], dir[LIM_PATH];
	struct buf out;
	int r;

	snprintf(path, sizeof(path), "%s/%s", ls->dir, FIRSTUSE_PENDING);
	if (access(path, F_OK) < 0)
		return 0;
	if (mox_data_dir(ls->m, dir, e) < 0)
		return -1;
	buf_init(&out, 1 << 16);
	r = ctl_call(dir, ROLE_AUTHD, "setpassword", args, ARRAY_LEN(args), -1, 0, &out, e);
	buf_done(&out);
	if (r == 0 && unlink(path) < 0)
		return err_sys(e, EC_IO, errno, "%s", path);
	return r;
}

static void
print_ports(const char *what, const struct cfg_listener *l, bool enabled, int64_t port)
{
	if (!enabled)
		return;
	printf("  %-12s", what);
	for (size_t i = 0; i < l->ips.n; i++)
		printf("%s%s" STR_FMT "%s:%lld", i > 0 ? ", " : "",
		       str_chr(l->ips.v[i], ':') >= 0 ? "[" : "", STR_ARG(l->ips.v[i]),
		       str_chr(l->ips.v[i], ':') >= 0 ? "]" : "", (long long)port);
	putchar('\n');
}

/* As one word of a shell. */
static void
print_word(const char *s)
{
	putchar('\'');
	for (; *s != '\0'; s++)
		if (*s == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*s);
	putchar('\'');
}

static void
print_tries(const struct localserve *ls, const struct cfg_listener *l)
{
	struct str ip = l->ips.n > 0 ? l->ips.v[0] : STR("127.0.0.1");
	bool six = str_chr(ip, ':') >= 0;
	const char *open = six ? "[" : "", *close_ = six ? "]" : "";
	char file[LIM_PATH + 64];

	if (l->smtp.enabled)
		printf("Send:\n  swaks --server " STR_FMT " --port %lld --to " ADDRESS
		       " --from you@example.org --header 'Subject: Test' --body 'It works.'\n",
		       STR_ARG(ip), (long long)l->smtp.port);
	if (l->imaps.enabled) {
		snprintf(file, sizeof(file), "%s/localhost.crt", ls->dir);
		printf("Read the newest:\n  curl --silent --cacert ");
		print_word(file);
		printf(" --user " ADDRESS ":" PASSWORD " 'imaps://%s" STR_FMT
		       "%s:%lld/INBOX;MAILINDEX=*'\n",
		       open, STR_ARG(ip), close_, (long long)l->imaps.port);
	}
}

static void
print_status_command(const struct localserve *ls)
{
	char self[LIM_PATH];
	struct err e = ERR_INIT;

	if (mox_program("mox", self, &e) < 0)
		return;
	printf("See its processes (more commands: mox help):\n  %s -config ", self);
	print_word(ls->conf);
	printf(" status\n");
}

static void
print_banner(const struct localserve *ls)
{
	struct config *c = mox_load_config(ls->m);

	if (c == NULL)
		return;
	printf("\nmox localserve is ready; Ctrl-C stops it.\n\nServices:\n");
	for (size_t i = 0; i < c->mox.listeners.n; i++) {
		const struct cfg_listener *l = &c->mox.listeners.v[i];

		print_ports("SMTP", l, l->smtp.enabled, l->smtp.port);
		print_ports("Submission", l, l->submission.enabled, l->submission.port);
		print_ports("Submissions", l, l->submissions.enabled, l->submissions.port);
		print_ports("IMAP", l, l->imap.enabled, l->imap.port);
		print_ports("IMAPS", l, l->imaps.enabled, l->imaps.port);
	}
	printf("Account:\n  %s, password %s; every other address is delivered there too\n"
	       "Files:\n  %s\n",
	       ADDRESS, PASSWORD, ls->dir);
	if (c->mox.listeners.n > 0)
		print_tries(ls, &c->mox.listeners.v[0]);
	print_status_command(ls);
	putchar('\n');
	fflush(stdout);
	config_free(&c);
}

static int
run(struct localserve *ls, struct err *e)
{
	int r;

	if (start_master(ls, e) < 0)
		return mox_fail(e);
	r = wait_ready(ls, ls->initonly ? READY_MS : -1);
	if (r == 0)
		return wait_master(); /* it said why */
	if (r < 0) {
		(void)stop_master();
		return mox_failf("not all processes started: see the lines above");
	}
	if (set_password(ls, e) < 0) {
		(void)stop_master();
		return mox_fail(e);
	}
	if (ls->initonly) {
		r = stop_master();
		if (r == MOX_OK)
			printf("initialized %s\n", ls->dir);
		return r;
	}
	print_banner(ls);
	return wait_master();
}

static int
take_flags(struct localserve *ls, const char *dir, const char *offset, struct err *e)
{
	char abs[LIM_PATH];
	uint64_t n = DEFAULT_OFFSET;
	struct in6_addr any;

	if (offset != NULL && (str_to_u64(str_c(offset), 64000, &n) < 0 || n < DEFAULT_OFFSET))
		return err_set(e, EC_SYNTAX, "-portoffset takes a number from 1000 to 64000");
	ls->offset = (unsigned)n;
	if (ls->ip != NULL && inet_pton(AF_INET, ls->ip, &any) != 1 &&
	    inet_pton(AF_INET6, ls->ip, &any) != 1)
		return err_set(e, EC_SYNTAX, "-ip takes an address");
	if (dir != NULL && dir[0] == '\0')
		return err_set(e, EC_SYNTAX, "-dir takes a directory");
	if (dir == NULL && default_dir(ls->dir, e) < 0)
		return -1;
	if (dir != NULL && dir[0] != '/') {
		if (getcwd(abs, sizeof(abs)) == NULL)
			return err_sys(e, EC_IO, errno, "current directory");
		if (snprintf(ls->dir, sizeof(ls->dir), "%s/%s", abs, dir) >= (int)sizeof(ls->dir))
			return err_set(e, EC_LIMIT, "%s: path is too long", dir);
	} else if (dir != NULL &&
		   snprintf(ls->dir, sizeof(ls->dir), "%s", dir) >= (int)sizeof(ls->dir)) {
		return err_set(e, EC_LIMIT, "%s: path is too long", dir);
	}
	snprintf(ls->conf, sizeof(ls->conf), "%s/mox.conf", ls->dir);
	return 0;
}

/* Whether the configuration that is there listens where the flags say. */
static bool
is_as_asked(const struct localserve *ls, const struct config *c, bool has_offset)
{
	bool ip = ls->ip == NULL, port = !has_offset;

	for (size_t i = 0; i < c->mox.listeners.n; i++) {
		const struct cfg_listener *l = &c->mox.listeners.v[i];

		for (size_t k = 0; k < l->ips.n; k++)
			ip = ip || str_eq(l->ips.v[k], str_c(ls->ip));
		port = port || l->smtp.port == 25 + (int64_t)ls->offset;
	}
	return ip && port;
}

/* Flags of the first use do nothing later; who gives others than then is told. */
static int
check_later_use(const struct localserve *ls, bool has_offset)
{
	struct config *c = mox_load_config(ls->m);

	if (c == NULL)
		return MOX_FAIL;
	if (!is_as_asked(ls, c, has_offset))
		fprintf(stderr,
			"mox: %s is there already, and says where to listen: -ip and -portoffset "
			"are not used; edit it, or choose another -dir\n",
			ls->conf);
	config_free(&c);
	return MOX_OK;
}

int
cmd_localserve(struct mox *m, int argc, char **argv)
{
	struct localserve ls = { .m = m };
	const char *dir = NULL, *offset = NULL;
	const struct mox_flag flags[] = { { "dir", NULL, &dir },
					  { "ip", NULL, &ls.ip },
					  { "initonly", &ls.initonly, NULL },
					  { "portoffset", NULL, &offset } };
	struct err e = ERR_INIT;

	if (mox_args(m, &argc, &argv, flags, ARRAY_LEN(flags), 0, 0) < 0)
		return MOX_USAGE;
	if (take_flags(&ls, dir, offset, &e) < 0 || firstuse_dir(ls.dir, &e) < 0)
		return mox_fail(&e);
	m->config = ls.conf;
	if (access(ls.conf, F_OK) == 0) {
		if (check_later_use(&ls, offset != NULL) != MOX_OK)
			return MOX_FAIL;
	} else if (firstuse_files(ls.dir, ls.ip, ls.offset - DEFAULT_OFFSET, &e) < 0) {
		return mox_fail(&e);
	}
	return run(&ls, &e);
}
