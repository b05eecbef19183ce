/*
 * SQLite's file access, redirected: paths are relative to a directory descriptor (so that a process
 * needs no path to its data, and a chroot or a renamed parent does no harm), and tests can make any
 * write or sync fail.
 */
#include "db/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

struct db_counts db_counts;

static db_fault_fn *fault_fn;
static void *fault_arg;

void
db_fault_set(db_fault_fn *fn, void *arg)
{
	fault_fn = fn;
	fault_arg = arg;
}

int
db_fault_hit(enum db_fault what)
{
	return fault_fn != NULL ? fault_fn(fault_arg, what) : 0;
}

/* Directory descriptor and name below it; AT_FDCWD and the path itself for paths that are not
 * ours. *reader: the connection must not open anything for writing. */
static int
vfs_at2(const char *path, const char **name, bool *reader)
{
	static const size_t plen = sizeof(DB_VFS_PREFIX) - 1;
	int fd = 0;

	*name = path;
	*reader = false;
	if (strncmp(path, DB_VFS_PREFIX, plen) != 0)
		return AT_FDCWD;
	for (path += plen; *path >= '0' && *path <= '9'; path++)
		fd = fd * 10 + (*path - '0');
	if ((*reader = *path == DB_VFS_READER))
		path++;
	if (*path == '/')
		path++;
	*name = *path != '\0' ? path : ".";
	return fd;
}

static int
vfs_at(const char *path, const char **name)
{
	bool ignored;

	return vfs_at2(path, name, &ignored);
}

/* SQLite would open the companions of a database for writing where the user may; a reader may
 * not, whoever it is: so that it behaves the same when all processes run as one user. */
static int
vfs_open_file(const char *path, int flags, int mode)
{
	const char *name;
	bool is_reader;
	int fd = vfs_at2(path, &name, &is_reader);

	if (is_reader && (flags & O_ACCMODE) != O_RDONLY) {
		errno = EACCES;
		return -1;
	}
	return openat(fd, name, flags | O_CLOEXEC, (mode_t)mode);
}

static int
vfs_access(const char *path, int mode)
{
	const char *name;
	int fd = vfs_at(path, &name);

	return faccessat(fd, name, mode, 0);
}

static int
vfs_stat(const char *path, struct stat *st)
{
	const char *name;
	int fd = vfs_at(path, &name);

	return fstatat(fd, name, st, 0);
}

static int
vfs_lstat(const char *path, struct stat *st)
{
	const char *name;
	int fd = vfs_at(path, &name);

	return fstatat(fd, name, st, AT_SYMLINK_NOFOLLOW);
}

static int
vfs_unlink(const char *path)
{
	const char *name;
	int fd = vfs_at(path, &name);

	return unlinkat(fd, name, 0);
}

static ssize_t
vfs_pwrite(int fd, const void *p, size_t n, off_t off)
{
	int err = db_fault_hit(DB_FAULT_WRITE);

	if (err != 0) {
		errno = err;
		return -1;
	}
	db_counts.writes++;
	db_counts.bytes += n;
	return pwrite(fd, p, n, off);
}

static int
vfs_ftruncate(int fd, off_t n)
{
	int err = db_fault_hit(DB_FAULT_WRITE);

	if (err != 0) {
		errno = err;
		return -1;
	}
	return ftruncate(fd, n);
}

/* Root's files are not given to the database's owner: root only runs everything at once or
 * nothing. */
static uid_t
vfs_geteuid(void)
{
	return 1;
}

/* ---- the VFS object: the system's, but for xOpen and xFullPathname */

static sqlite3_vfs vfs, *vfs_base;
static sqlite3_io_methods methods; /* the system's, but for xSync */
static const sqlite3_io_methods *methods_base;

static int
vfs_sync(sqlite3_file *f, int flags)
{
	if (db_fault_hit(DB_FAULT_SYNC) != 0)
		return SQLITE_IOERR_FSYNC;
	db_counts.syncs++;
	return methods_base->xSync(f, flags);
}

static int
vfs_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out)
{
	int rc = vfs_base->xOpen(vfs_base, name, f, flags, out);

	(void)v;
	if (rc != SQLITE_OK || f->pMethods == NULL)
		return rc;
	if (methods_base == NULL) {
		methods_base = f->pMethods;
		methods = *methods_base;
		methods.xSync = vfs_sync;
	}
	if (f->pMethods == methods_base)
		f->pMethods = &methods;
	return rc;
}

static int
vfs_full_path(sqlite3_vfs *v, const char *name, int n, char *out)
{
	(void)v;
	if (str_to_c(str_c(name), out, (size_t)n) < 0)
		return SQLITE_CANTOPEN;
	return SQLITE_OK;
}

int
db_vfs_init(struct err *e)
{
	static const struct {
		const char *name;
		sqlite3_syscall_ptr fn;
	} calls[] = {
		{ "open", (sqlite3_syscall_ptr)vfs_open_file },
		{ "access", (sqlite3_syscall_ptr)vfs_access },
		{ "stat", (sqlite3_syscall_ptr)vfs_stat },
		{ "lstat", (sqlite3_syscall_ptr)vfs_lstat },
		{ "unlink", (sqlite3_syscall_ptr)vfs_unlink },
		{ "pwrite", (sqlite3_syscall_ptr)vfs_pwrite },
		{ "pwrite64", (sqlite3_syscall_ptr)vfs_pwrite },
		{ "geteuid", (sqlite3_syscall_ptr)vfs_geteuid },
		{ "ftruncate", (sqlite3_syscall_ptr)vfs_ftruncate },
	};

	if (vfs_base != NULL)
		return 0;
	/* No threads here: no mutexes; and nobody reads the memory statistics. */
	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	if (sqlite3_initialize() != SQLITE_OK || (vfs_base = sqlite3_vfs_find("unix")) == NULL)
		return err_set(e, EC_BUG, "database library does not start");
	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		vfs_base->xSetSystemCall(vfs_base, calls[i].name, calls[i].fn);
	vfs = *vfs_base;
	vfs.zName = DB_VFS;
	vfs.pNext = NULL;
	vfs.xOpen = vfs_open;
	vfs.xFullPathname = vfs_full_path;
	if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK)
		return err_set(e, EC_BUG, "database library does not start");
	return 0;
}
