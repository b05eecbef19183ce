/* See ctl.h. */
#include "ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "config.h"
#include "config/sconf.h"

static int
read_text(const char *path, struct buf *b, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t r = -1;
	char *p;

	if (fd < 0)
		return err_sys(e, EC_IO, errno, "%s", path);
	while ((p = buf_reserve(b, 65536)) != NULL && (r = read(fd, p, 65536)) > 0)
		buf_commit(b, (size_t)r);
	if (r < 0)
		err_sys(e, EC_IO, p == NULL ? EFBIG : errno, "%s", path);
	close(fd);
	return r < 0 ? -1 : 0;
}

int
mox_conf_path(const struct mox *m, struct str path, char out[LIM_PATH], struct err *e)
{
	struct str conf = str_c(m->config);
	ssize_t slash = str_rchr(conf, '/');
	struct buf b;
	int r;

	buf_init(&b, LIM_PATH);
	if (path.n == 0 || path.p[0] != '/')
		buf_putstr(&b, slash < 0 ? STR("./") : str_sub(conf, 0, (size_t)slash + 1));
	buf_putstr(&b, path);
	r = b.over || str_to_c(buf_str(&b), out, LIM_PATH) < 0
		    ? err_set(e, EC_LIMIT, "%s: a path is too long", m->config)
		    : 0;
	buf_done(&b);
	return r;
}

/* A path at the top of mox.conf. EC_NOTFOUND when it is not there. */
static int
top_path(const struct mox *m, struct str key, char out[LIM_PATH], struct err *e)
{
	struct arena *a = arena_new(64 << 20);
	const struct sconf_node *n = NULL;
	struct sconf s;
	struct buf b;
	int r = -1;

	buf_init(&b, LIM_CONFIG);
	if (read_text(m->config, &b, e) == 0) {
		if (sconf_parse(&s, a, buf_str(&b), e) < 0)
			err_prefix(e, "%s:%u", m->config, s.bad_line);
		else if ((n = sconf_find(&s.top, key)) == NULL || n->value.n == 0)
			err_set(e, EC_NOTFOUND, "%s: has no " STR_FMT, m->config, STR_ARG(key));
		else
			r = mox_conf_path(m, n->value, out, e);
	}
	buf_done(&b);
	arena_free(&a);
	return r;
}

int
mox_data_dir(const struct mox *m, char out[LIM_PATH], struct err *e)
{
	return top_path(m, STR("DataDir"), out, e);
}

int
mox_admin_password_file(const struct mox *m, struct err *e)
{
	char path[LIM_PATH];

	return top_path(m, STR("AdminPasswordFile"), path, e);
}

int
mox_ask(const struct mox *m, enum role role, const char *verb, const struct str *args,
	unsigned nargs, struct buf *out, struct err *e)
{
	char dir[LIM_PATH];

	if (mox_data_dir(m, dir, e) < 0)
		return -1;
	return ctl_call(dir, role, verb, args, nargs, -1, 0, out, e);
}

int
mox_ctl(const struct mox *m, enum role role, const char *verb, const struct str *args,
	unsigned nargs)
{
	struct err e = ERR_INIT;
	struct buf out;
	int r;

	buf_init(&out, 1 << 20);
	r = mox_ask(m, role, verb, args, nargs, &out, &e);
	if (r == 0)
		fwrite(buf_str(&out).p, 1, out.n, stdout);
	buf_done(&out);
	return r < 0 ? mox_fail(&e) : MOX_OK;
}

/* Beside this program when it is run from where it was built; where an installation that was moved
 * as a whole has it; where it was installed. */
int
mox_program(const char *name, char out[LIM_PATH], struct err *e)
{
	static const char *const places[] = { "", "/../libexec/mox" };
	char self[LIM_PATH];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int k;

	if (n < 0)
		return err_sys(e, EC_IO, errno, "/proc/self/exe");
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		k = snprintf(out, LIM_PATH, "%s%s/%s", self, places[i], name);
		if (k > 0 && k < LIM_PATH && access(out, X_OK) == 0)
			return 0;
	}
	k = snprintf(out, LIM_PATH, "%s/%s", MOX_LIBEXECDIR, name);
	if (k < 0 || k >= LIM_PATH || access(out, X_OK) < 0)
		return err_set(e, EC_NOTFOUND, "program %s is not installed in %s", name,
			       MOX_LIBEXECDIR);
	return 0;
}
