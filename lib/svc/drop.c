/*
 * Giving up rights: root directory, groups, user, capabilities, resources. Each step is checked,
 * and at the end it is tried to take root back, which must fail.
 *
 * Root directories: roles that open files by path below DataDir (authd, deliverd, readers of the
 * store) get DataDir; those that need no path get DataDir/empty and reach their spool by a
 * descriptor. What a library loads, like the converters of iconv, is loaded in main.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "svc/svc_int.h"

int
svc_drop_caps(struct err *e)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];
	int cap;

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL)
		return err_sys(e, EC_IO, errno, "clearing ambient capabilities");
	/* The bounding set can be cut by those who have CAP_SETPCAP; the others have nothing to
	 * lose. */
	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0 && errno != EPERM)
			return err_sys(e, EC_IO, errno, "dropping capability %d", cap);
	memset(none, 0, sizeof(none));
	if (syscall(SYS_capset, &h, none) < 0)
		return err_sys(e, EC_IO, errno, "dropping capabilities");
	return 0;
}

static int
check_caps(struct err *e)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &h, d) < 0)
		return err_sys(e, EC_IO, errno, "capget");
	for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		if (d[i].effective != 0 || d[i].permitted != 0 || d[i].inheritable != 0)
			return err_set(e, EC_BUG, "capabilities are left");
	return 0;
}

static bool
needs_data_dir(const struct svc *s)
{
	return (s->proc->sandbox &
		(SB_AUTH_WRITE | SB_STORE_READ | SB_STORE_WRITE | SB_QUEUE_WRITE)) != 0;
}

static int
change_root(struct svc *s, struct err *e)
{
	char dir[LIM_PATH + 16];

	snprintf(dir, sizeof(dir), "%s%s", s->data_dir, needs_data_dir(s) ? "" : "/empty");
	if (chroot(dir) < 0 || chdir("/") < 0)
		return err_sys(e, EC_IO, errno, "chroot %s", dir);
	snprintf(s->data_dir, sizeof(s->data_dir), "/");
	return 0;
}

static int
change_user(const struct svc *s, struct err *e)
{
	gid_t groups[1] = { s->read_gid };
	size_t ngroups = (s->proc->sandbox & (SB_STORE_READ | SB_STORE_WRITE)) != 0 ? 1 : 0;
	uid_t r, eff, saved;

	if (s->uid == 0 || s->gid == 0)
		return err_set(e, EC_BUG, "master gave no user");
	if (setgroups(ngroups, groups) < 0)
		return err_sys(e, EC_IO, errno, "setgroups");
	if (setresgid(s->gid, s->gid, s->gid) < 0 || setresuid(s->uid, s->uid, s->uid) < 0)
		return err_sys(e, EC_IO, errno, "changing user to %u", s->uid);
	if (getresuid(&r, &eff, &saved) < 0 || r != s->uid || eff != s->uid || saved != s->uid)
		return err_set(e, EC_BUG, "user was not changed");
	if (setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0 || setegid(0) == 0)
		return err_set(e, EC_BUG, "root can be had back");
	return 0;
}

int
svc_drop(struct svc *s, struct err *e)
{
	tzset(); /* reads /etc/localtime, which is out of sight afterwards */
	if (!s->localserve) {
		if (change_root(s, e) < 0)
			return -1;
		/* The bounding set needs privileges that the change of user takes away. */
		for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
			if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
				return err_sys(e, EC_IO, errno, "dropping capability %d", cap);
		if (change_user(s, e) < 0)
			return -1;
	}
	if (svc_drop_caps(e) < 0 || check_caps(e) < 0)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(e, EC_IO, errno, "no_new_privs");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_sys(e, EC_IO, errno, "PR_SET_DUMPABLE");
	umask(027);
	return 0;
}

static int
open_dir(struct svc *s, const char *name, const char *sub, struct err *e)
{
	char path[LIM_PATH + 80];
	struct svc_dir *d = &s->dirs[s->ndirs];

	snprintf(path, sizeof(path), "%s/%s%s%s", s->data_dir, name, sub != NULL ? "/" : "",
		 sub != NULL ? sub : "");
	d->name = name;
	d->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (d->fd < 0)
		return err_sys(e, EC_IO, errno, "%s", path);
	s->ndirs++;
	return 0;
}

int
svc_open_dirs(struct svc *s, struct err *e)
{
	uint32_t sb = s->proc->sandbox;

	if ((sb & SB_AUTH_WRITE) != 0 && open_dir(s, "auth", NULL, e) < 0)
		return -1;
	if ((sb & (SB_STORE_READ | SB_STORE_WRITE)) != 0 && open_dir(s, "accounts", NULL, e) < 0)
		return -1;
	if ((sb & SB_STORE_WRITE) != 0 && open_dir(s, "log", NULL, e) < 0)
		return -1;
	if ((sb & SB_QUEUE_WRITE) != 0 && open_dir(s, "queue", NULL, e) < 0)
		return -1;
	if ((sb & SB_SPOOL) != 0 && open_dir(s, "tmp", s->tmp, e) < 0)
		return -1;
	return 0;
}

int
svc_limits(bool worker, struct err *e)
{
	struct rlimit zero = { 0, 0 }, nofile;

	if (setrlimit(RLIMIT_CORE, &zero) < 0)
		return err_sys(e, EC_IO, errno, "RLIMIT_CORE");
	/* As many descriptors as the system allows: each connection needs some. */
	if (getrlimit(RLIMIT_NOFILE, &nofile) == 0) {
		nofile.rlim_cur = nofile.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &nofile) < 0)
			return err_sys(e, EC_IO, errno, "RLIMIT_NOFILE");
	}
	if (worker && setrlimit(RLIMIT_NPROC, &zero) < 0)
		return err_sys(e, EC_IO, errno, "RLIMIT_NPROC");
	return 0;
}
