/* Edits of the files: lock, read, edit, check, replace. See edit.h. */
#include "config/edit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"

static int
write_all(int fd, struct str s)
{
	while (s.n > 0) {
		ssize_t n = write(fd, s.p, s.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		s = str_from(s, (size_t)n);
	}
	return 0;
}

/* Directory of `path`, opened. */
static int
open_dir(const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	char dir[LIM_PATH];
	int fd;

	snprintf(dir, sizeof(dir), "%.*s", slash != NULL ? (int)(slash - path) + 1 : 1,
		 slash != NULL ? path : ".");
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		err_sys(e, EC_IO, errno, "%s", dir);
	return fd;
}

static int
replace(const char *path, const char *tmp, const struct stat *st, struct str text, struct err *e)
{
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int r = -1;

	if (fd < 0)
		return err_sys(e, EC_IO, errno, "%s", tmp);
	/* The owner first: chown may clear mode bits. Another owner only root can give. */
	if (fchown(fd, st->st_uid, st->st_gid) < 0 && geteuid() == 0)
		err_sys(e, EC_IO, errno, "%s: owner", tmp);
	else if (fchmod(fd, st->st_mode & 07777) < 0)
		err_sys(e, EC_IO, errno, "%s: mode", tmp);
	else if (write_all(fd, text) < 0 || fsync(fd) < 0)
		err_sys(e, EC_IO, errno, "%s: write", tmp);
	else if (rename(tmp, path) < 0)
		err_sys(e, EC_IO, errno, "%s: rename", path);
	else
		r = 0;
	close(fd);
	if (r < 0)
		unlink(tmp);
	return r;
}

int
config_replace_file(const char *path, struct str text, struct err *e)
{
	char *real = realpath(path, NULL);
	char tmp[LIM_PATH];
	struct stat st;
	int dir, r = -1;

	if (real == NULL || stat(real, &st) < 0) {
		err_sys(e, EC_IO, errno, "%s", path);
		goto done;
	}
	if (snprintf(tmp, sizeof(tmp), "%s.new", real) >= (int)sizeof(tmp)) {
		err_set(e, EC_LIMIT, "%s: path too long", path);
		goto done;
	}
	if ((dir = open_dir(real, e)) < 0)
		goto done;
	r = replace(real, tmp, &st, text, e);
	if (r == 0 && fsync(dir) < 0)
		r = err_sys(e, EC_IO, errno, "%s: sync of the directory", real);
	close(dir);
done:
	free(real);
	return r;
}

int
config_edit_files(struct str verb, const struct str *args, size_t nargs, const char *mox_path,
		  struct err *e)
{
	char domains_path[LIM_PATH];
	struct buf mox, domains, out;
	int dir, r = -1;

	if (config_domains_path(mox_path, domains_path, e) < 0 || (dir = open_dir(mox_path, e)) < 0)
		return -1;
	buf_init(&mox, LIM_CONF_SIZE + 65536);
	buf_init(&domains, LIM_CONF_SIZE + 65536);
	buf_init(&out, LIM_CONF_SIZE);
	/* Two edits at once would lose one of them. The file itself is replaced: the lock is the
	 * directory's. */
	if (flock(dir, LOCK_EX) < 0)
		err_sys(e, EC_IO, errno, "%s: lock", mox_path);
	else if (config_read_file(mox_path, &mox, e) == 0 &&
		 config_read_file(domains_path, &domains, e) == 0 &&
		 config_edit(verb, args, nargs, mox_path, buf_str(&mox), domains_path,
			     buf_str(&domains), &out, e) == 0)
		r = config_replace_file(domains_path, buf_str(&out), e);
	close(dir);
	buf_done(&mox);
	buf_done(&domains);
	buf_done(&out);
	return r;
}

int
config_create_file(const char *path, struct str text, struct err *e)
{
	int dir = open_dir(path, e), fd, r = -1;

	if (dir < 0)
		return -1;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		err_sys(e, EC_IO, errno, "%s", path);
	} else if (write_all(fd, text) < 0 || fsync(fd) < 0 || fsync(dir) < 0) {
		err_sys(e, EC_IO, errno, "%s: write", path);
		unlink(path);
	} else {
		r = 0;
	}
	if (fd >= 0)
		close(fd);
	close(dir);
	return r;
}
