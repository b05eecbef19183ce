/* Users of the roles; directories of DataDir with their owners; the master key; the lock. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "master.h"

static int
find_user(struct daemon *d, const char *prefix, struct err *e)
{
	const struct passwd *pw;

	snprintf(d->user, sizeof(d->user), "%s-%s", prefix, d->proc->user);
	errno = 0;
	pw = getpwnam(d->user);
	if (pw == NULL)
		return err_set(e, EC_NOTFOUND,
			       "system user %s does not exist: see USERS in mox-serve(8)", d->user);
	if (pw->pw_uid == 0 || pw->pw_gid == 0)
		return err_set(e, EC_DENIED, "system user %s must not be root", d->user);
	d->uid = pw->pw_uid;
	d->gid = pw->pw_gid;
	return 0;
}

int
layout_users(struct master *m, struct err *e)
{
	const struct group *gr;
	char name[96];

	for (unsigned r = ROLE_MASTER + 1; r < ROLE_COUNT; r++) {
		if (m->localserve)
			snprintf(m->d[r].user, sizeof(m->d[r].user), "mox-%s", m->d[r].proc->user);
		else if (find_user(&m->d[r], m->conf.user, e) < 0)
			return -1;
	}
	if (m->localserve)
		return 0;
	snprintf(name, sizeof(name), "%s-read", m->conf.user);
	gr = getgrnam(name);
	if (gr == NULL)
		return err_set(e, EC_NOTFOUND,
			       "system group %s does not exist: see USERS in mox-serve(8)", name);
	m->read_gid = gr->gr_gid;
	return 0;
}

/* Make the directory below `at` if it is missing, and give it owner and mode. */
static int
make_dir(struct master *m, int at, const char *name, mode_t mode, uid_t uid, gid_t gid,
	 struct err *e)
{
	struct stat st;
	int fd, r = -1;

	if (mkdirat(at, name, 0700) < 0 && errno != EEXIST)
		return err_sys(e, EC_IO, errno, "%s/%s", m->conf.data_dir, name);
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, EC_IO, errno, "%s/%s", m->conf.data_dir, name);
	if (fstat(fd, &st) < 0)
		err_sys(e, EC_IO, errno, "%s/%s", m->conf.data_dir, name);
	else if (!m->localserve && (st.st_uid != uid || st.st_gid != gid) &&
		 fchown(fd, uid, gid) < 0)
		err_sys(e, EC_IO, errno, "changing the owner of %s/%s", m->conf.data_dir, name);
	else if ((st.st_mode & 07777) != mode && fchmod(fd, mode) < 0)
		err_sys(e, EC_IO, errno, "changing the mode of %s/%s", m->conf.data_dir, name);
	else
		r = 0;
	close(fd);
	return r;
}

enum { KEY_BYTES = 32 };

/* 1: it is there. Who brought it back from a copy may have left it open to all. */
static int
check_key(struct master *m, struct err *e)
{
	struct stat st;

	if (fstatat(m->data_fd, "master.key", &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (!S_ISREG(st.st_mode) || st.st_size != KEY_BYTES)
			return err_set(e, EC_CORRUPT, "%s/master.key is not a file of %d bytes",
				       m->conf.data_dir, KEY_BYTES);
		if ((st.st_mode & 07177) == 0)
			return 1;
		LOG(&master_log, LOG_WARN, "master.key.open", LF(dir, m->conf.data_dir),
		    LF(reason, "others could read master.key; it is closed to them now"));
		if (fchmodat(m->data_fd, "master.key", 0600, 0) < 0)
			return err_sys(e, EC_IO, errno, "changing the mode of %s/master.key",
				       m->conf.data_dir);
		return 1;
	}
	if (errno != ENOENT)
		return err_sys(e, EC_IO, errno, "%s/master.key", m->conf.data_dir);
	/* A new one opens nothing, and would look as if it belonged here. */
	if (fstatat(m->data_fd, "auth/auth.db", &st, AT_SYMLINK_NOFOLLOW) == 0)
		return err_set(e, EC_NOTFOUND,
			       "%s has data, and no master.key, which alone can open it: "
			       "put your copy there",
			       m->conf.data_dir);
	return 0;
}

/* Random bytes, complete or not there at all. */
static int
make_key(struct master *m, struct err *e)
{
	unsigned char key[KEY_BYTES];
	int fd, r = check_key(m, e);

	if (r != 0)
		return r < 0 ? -1 : 0;
	r = -1;
	if (getrandom(key, sizeof(key), 0) != sizeof(key))
		return err_sys(e, EC_IO, errno, "random bytes");
	(void)unlinkat(m->data_fd, "master.key.new", 0);
	fd = openat(m->data_fd, "master.key.new", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(e, EC_IO, errno, "%s/master.key", m->conf.data_dir);
	if (write(fd, key, sizeof(key)) != sizeof(key) || fsync(fd) < 0 ||
	    renameat(m->data_fd, "master.key.new", m->data_fd, "master.key") < 0 ||
	    fsync(m->data_fd) < 0)
		err_sys(e, EC_IO, errno, "%s/master.key", m->conf.data_dir);
	else
		r = 0;
	close(fd);
	mem_wipe(key, sizeof(key));
	return r;
}

/* DataDir and the directories above it that are missing. */
static int
make_data_dir(struct master *m, struct err *e)
{
	char path[LIM_PATH];
	mode_t mode = m->localserve ? 0700 : 0755;
	struct stat st;

	memcpy(path, m->conf.data_dir, sizeof(path));
	for (char *p = path + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(path, mode) < 0 && errno != EEXIST && errno != EROFS && errno != EACCES)
			return err_sys(e, EC_IO, errno, "%s", path);
		*p = '/';
	}
	if (mkdir(path, mode) < 0 && errno != EEXIST)
		return err_sys(e, EC_IO, errno, "%s", path);
	m->data_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m->data_fd < 0 || fstat(m->data_fd, &st) < 0)
		return err_sys(e, EC_IO, errno, "%s", path);
	/* Its owner could put links and keys of his own where root opens files by name. Root may
	 * run localserve in the directory of another. */
	if (st.st_uid != m->uid && !(m->localserve && m->uid == 0))
		return err_set(e, EC_DENIED, "%s belongs to user %u, not to %u who runs mox", path,
			       (unsigned)st.st_uid, (unsigned)m->uid);
	return 0;
}

int
layout_lock(struct master *m, struct err *e)
{
	if (make_data_dir(m, e) < 0)
		return -1;
	m->lock_fd = openat(m->data_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (m->lock_fd < 0)
		return err_sys(e, EC_IO, errno, "%s/lock", m->conf.data_dir);
	if (flock(m->lock_fd, LOCK_EX | LOCK_NB) < 0)
		return err_set(e, EC_EXISTS, "%s: another mox is running with this data directory",
			       m->conf.data_dir);
	return 0;
}

int
layout_make(struct master *m, struct err *e)
{
	const struct daemon *auth = &m->d[ROLE_AUTHD], *store = &m->d[ROLE_DELIVERD],
			    *queue = &m->d[ROLE_QUEUED];
	char tmp[128];

	/* Everybody passes through DataDir, nobody but root lists it. */
	if (!m->localserve && fchmod(m->data_fd, 0711) < 0)
		return err_sys(e, EC_IO, errno, "changing the mode of %s", m->conf.data_dir);
	if (make_key(m, e) < 0 || make_dir(m, m->data_fd, "empty", 0555, 0, 0, e) < 0 ||
	    make_dir(m, m->data_fd, "auth", 0700, auth->uid, auth->gid, e) < 0 ||
	    make_dir(m, m->data_fd, "log", 0700, store->uid, store->gid, e) < 0 ||
	    make_dir(m, m->data_fd, "queue", 0700, queue->uid, queue->gid, e) < 0 ||
	    /* New entries get the readers' group. */
	    make_dir(m, m->data_fd, "accounts", m->localserve ? 0700 : 02750, store->uid,
		     m->read_gid, e) < 0 ||
	    make_dir(m, m->data_fd, "tmp", 0711, 0, 0, e) < 0)
		return -1;
	for (unsigned r = ROLE_MASTER + 1; r < ROLE_COUNT; r++) {
		if ((m->d[r].proc->sandbox & SB_SPOOL) == 0)
			continue;
		snprintf(tmp, sizeof(tmp), "tmp/%s", m->d[r].user);
		if (make_dir(m, m->data_fd, tmp, 0700, m->d[r].uid, m->d[r].gid, e) < 0)
			return -1;
	}
	return 0;
}
