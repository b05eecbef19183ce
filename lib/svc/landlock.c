/*
 * Landlock: which files a process can reach, by the ABI that the running kernel has (1 to 7;
 * headers of Debian 12 know 2). Rights that the kernel does not know are left out of what is
 * handled. Access is granted below directories that are already open, so no path is looked up here
 * twice.
 */
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "svc/svc_int.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

enum { CREATE_RULESET_VERSION = 1, RULE_PATH_BENEATH = 1 };
enum { NET_BIND_TCP = 1, NET_CONNECT_TCP = 2 };
enum { SCOPE_ABSTRACT_UNIX = 1, SCOPE_SIGNAL = 2 };

enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE_DIR = 1 << 4,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_CHAR = 1 << 6,
	FS_MAKE_DIR = 1 << 7,
	FS_MAKE_REG = 1 << 8,
	FS_MAKE_SOCK = 1 << 9,
	FS_MAKE_FIFO = 1 << 10,
	FS_MAKE_BLOCK = 1 << 11,
	FS_MAKE_SYM = 1 << 12,
	FS_REFER = 1 << 13,	/* ABI 2 */
	FS_TRUNCATE = 1 << 14,	/* ABI 3 */
	FS_IOCTL_DEV = 1 << 15, /* ABI 5 */
};

enum {
	FS_READ = FS_READ_FILE | FS_READ_DIR,
	FS_WRITE = FS_READ | FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR |
		   FS_MAKE_REG | FS_REFER | FS_TRUNCATE,
};

struct ruleset_attr {
	uint64_t fs, net, scoped;
};
struct path_beneath_attr {
	uint64_t access;
	int32_t fd;
} __attribute__((packed));

static void
handled(int abi, uint32_t sandbox, struct ruleset_attr *a, size_t *size)
{
	a->fs = (FS_MAKE_SYM << 1) - 1;
	a->net = a->scoped = 0;
	*size = sizeof(a->fs);
	if (abi >= 2)
		a->fs |= FS_REFER;
	if (abi >= 3)
		a->fs |= FS_TRUNCATE;
	if (abi >= 4) {
		a->net = NET_BIND_TCP | ((sandbox & SB_CONNECT) == 0 ? NET_CONNECT_TCP : 0);
		*size = sizeof(a->fs) + sizeof(a->net);
	}
	if (abi >= 5)
		a->fs |= FS_IOCTL_DEV;
	if (abi >= 6) {
		a->scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL;
		*size = sizeof(*a);
	}
}

static int
allow(int set, int dir, uint64_t access, struct err *e)
{
	struct path_beneath_attr a = { access, dir };

	if (syscall(SYS_landlock_add_rule, set, RULE_PATH_BENEATH, &a, 0) < 0)
		return err_sys(e, EC_IO, errno, "landlock_add_rule");
	return 0;
}

static uint64_t
dir_access(uint32_t sandbox, const char *name)
{
	if (strcmp(name, "tmp") == 0)
		return (sandbox & SB_SPOOL) != 0 ? FS_WRITE & ~(FS_REMOVE_DIR | FS_MAKE_DIR) : 0;
	if (strcmp(name, "auth") == 0)
		return (sandbox & SB_AUTH_WRITE) != 0 ? FS_WRITE : 0;
	if (strcmp(name, "queue") == 0)
		return (sandbox & SB_QUEUE_WRITE) != 0 ? FS_WRITE : 0;
	if ((sandbox & SB_STORE_WRITE) != 0)
		return FS_WRITE;
	return (sandbox & SB_STORE_READ) != 0 && strcmp(name, "accounts") == 0 ? FS_READ : 0;
}

int
svc_landlock_abi(void)
{
	int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);

	return MAX(abi, 0);
}

int
svc_landlock(uint32_t sandbox, const struct svc_dir *dirs, unsigned ndirs, int *abi, struct err *e)
{
	struct ruleset_attr attr;
	uint64_t access;
	size_t size;
	int set;

	*abi = svc_landlock_abi();
	if (*abi == 0) /* not built in, or not enabled: users and seccomp remain */
		return 0;
	handled(*abi, sandbox, &attr, &size);
	set = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
	if (set < 0)
		return err_sys(e, EC_IO, errno, "landlock_create_ruleset");
	for (unsigned i = 0; i < ndirs; i++) {
		access = dir_access(sandbox, dirs[i].name) & attr.fs;
		if (access != 0 && allow(set, dirs[i].fd, access, e) < 0)
			goto fail;
	}
	if (syscall(SYS_landlock_restrict_self, set, 0) < 0) {
		err_sys(e, EC_IO, errno, "landlock_restrict_self");
		goto fail;
	}
	close(set);
	return 0;
fail:
	close(set);
	return -1;
}
