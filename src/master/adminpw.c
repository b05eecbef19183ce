/* The administrator's password: its hash is in the file that AdminPasswordFile names, and nowhere
 * else. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "ctl.h"
#include "ipc/msg_ctl.h"
#include "master.h"

enum { HASH_MAX = 512 };

struct change {
	struct master *m;
	struct ipc_req *req;
};

static void
change_end(struct change *c, const struct err *e)
{
	if (e != NULL && e->code != EC_OK)
		LOG(&master_log, LOG_ERROR, "master.adminpassword.failed", LF(err, e));
	else
		LOG(&master_log, LOG_INFO, "master.adminpassword.set",
		    LF(file, c->m->conf.admin_file));
	ctl_reply(&c->req, STR("password set\n"), e != NULL && e->code != EC_OK ? e : NULL);
	mem_free(c);
}

/* Directory of an absolute path, opened. */
static int
open_dir(const char *path, const char **name, struct err *e)
{
	char dir[LIM_PATH];
	int fd;

	*name = strrchr(path, '/') + 1;
	snprintf(dir, sizeof(dir), "%.*s", (int)(*name - path), path);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, EC_IO, errno, "AdminPasswordFile: %s", dir);
	return fd;
}

/* Whole or not at all, and only for root (in localserve, the user). */
static int
file_write(const char *path, struct str hash, struct err *e)
{
	char tmp[LIM_PATH + 8];
	const char *name;
	int dir = open_dir(path, &name, e), fd = -1, r = -1;

	if (dir < 0)
		return -1;
	snprintf(tmp, sizeof(tmp), "%s.new", name);
	(void)unlinkat(dir, tmp, 0);
	fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, hash.p, hash.n) != (ssize_t)hash.n || write(fd, "\n", 1) != 1 ||
	    fsync(fd) < 0 || renameat(dir, tmp, dir, name) < 0 || fsync(dir) < 0)
		err_sys(e, EC_IO, errno, "AdminPasswordFile: %s", path);
	else
		r = 0;
	if (fd >= 0)
		close(fd);
	if (r < 0 && fd >= 0)
		(void)unlinkat(dir, tmp, 0);
	close(dir);
	return r;
}

static void
on_fed(void *arg, const struct err *e, struct ipc_msg *msg)
{
	(void)msg;
	change_end(arg, e);
}

/* What authd says is written as root: nothing but a hash. */
static bool
is_hash(struct str s)
{
	if (s.n > HASH_MAX || !str_has_prefix(s, STR("$argon2id$")))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return true;
}

static void
on_hash(void *arg, const struct err *e, struct ipc_msg *msg)
{
	struct change *c = arg;
	struct master *m = c->m;
	struct worker *w = &m->d[ROLE_AUTHD].w[0];
	struct msg_ctl_admin_r r;
	struct err bad = ERR_INIT;

	if (e != NULL) {
		change_end(c, e);
		return;
	}
	if (!msg_ctl_admin_r_get(msg->body, &r) || !is_hash(r.text))
		err_set(&bad, EC_BUG, "authd gave a malformed answer");
	else if (m->conf.admin_file[0] == '\0')
		err_set(&bad, EC_TEMP, "the configuration was changed meanwhile");
	else
		(void)file_write(m->conf.admin_file, r.text, &bad);
	if (bad.code != EC_OK) {
		change_end(c, &bad);
		return;
	}
	/* One that is being restarted gets the file at its start. */
	if (w->state != W_READY) {
		change_end(c, NULL);
		return;
	}
	feed_files(w);
	feed_config(w, on_fed, c);
}

void
adminpw_set(struct master *m, struct ipc_req *req, struct str args)
{
	struct msg_ctl_admin a = { .verb = STR("makeadminhash"), .args = args };
	struct err e = ERR_INIT;
	struct change *c;

	if (m->conf.admin_file[0] == '\0') {
		err_set(&e, EC_NOTFOUND, "%s: AdminPasswordFile is not set, or a reload is due",
			m->conf_path);
		ctl_reply(&req, STR(""), &e);
		return;
	}
	c = MEM_NEW(struct change);
	c->m = m;
	c->req = req;
	ctl_relay(m, ROLE_AUTHD, &a, on_hash, c);
}
