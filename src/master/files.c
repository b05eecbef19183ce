/*
 * The files that a configuration names, before it is taken: they can be opened, and each key is
 * that of its certificate. Keys are parsed in a child (child.c); master itself only opens them.
 */
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/wire.h"
#include "crypto/keyfile.h"
#include "master.h"

enum { FILE_MAX = 256 << 10 };	/* as acmed */

struct pair {
	int cert, key;
};

struct check {
	const struct mconf *c;
	struct pair *v;
};

/* In the child, while it still may. */
static void
open_pairs(void *arg, struct buf *out)
{
	struct check *k = arg;
	struct rlimit r;
	struct err ignored = ERR_INIT;

	(void)out;
	if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &r);
	}
	k->v = mem_zalloc(k->c->ncerts, sizeof(*k->v));
	for (unsigned i = 0; i < k->c->ncerts; i++) {
		k->v[i].cert = listen_open_file(k->c->certs[i].cert, &ignored);
		k->v[i].key = listen_open_file(k->c->certs[i].key, &ignored);
	}
}

static int
read_open(int fd, struct buf *b, struct err *e)
{
	char *p = buf_reserve(b, FILE_MAX + 1);
	ssize_t n = fd >= 0 ? pread(fd, p, FILE_MAX + 1, 0) : -1;

	if (n < 0)
		return err_set(e, EC_IO, "cannot be read, or CertFile cannot");
	if (n > FILE_MAX)
		return err_set(e, EC_LIMIT, "is too large, or CertFile is");
	buf_commit(b, (size_t)n);
	return 0;
}

/* Appends the path of the first key that is not good, and what is wrong; nothing when all are. */
static void
check_pairs(void *arg, struct buf *out)
{
	struct check *k = arg;

	keyfile_init();
	for (unsigned i = 0; i < k->c->ncerts && out->n == 0; i++) {
		struct err e = ERR_INIT;
		struct buf cert, key;

		buf_init(&cert, FILE_MAX + 1);
		buf_init(&key, FILE_MAX + 1);
		if (read_open(k->v[i].cert, &cert, &e) < 0 ||
		    read_open(k->v[i].key, &key, &e) < 0 ||
		    keyfile_check(buf_str(&cert), buf_str(&key), &e) < 0) {
			wr_str(out, str_c(k->c->certs[i].key));
			wr_str(out, str_c(e.msg));
		}
		buf_done(&cert);
		buf_wipe(&key);
	}
	wr_uint(out, 1, 1);	/* it came to the end */
}

static int
check_certs(struct master *m, const struct mconf *c, struct err *e)
{
	struct check k = { .c = c };
	struct str path, why;
	struct buf result;
	struct rd r;
	int rc;

	if (c->ncerts == 0)
		return 0;
	buf_init(&result, LIM_CONFIG);
	rc = child_run(m, open_pairs, check_pairs, &k, &result, e);
	r = rd_init(buf_str(&result));
	if (rc == 0 && result.n > 1) {
		path = rd_str(&r, LIM_PATH);
		why = rd_str(&r, LIM_PATH);
		rc = err_set(e, EC_SYNTAX, "mox.conf: KeyFile " STR_FMT ": " STR_FMT, STR_ARG(path),
			     STR_ARG(why));
	} else if (rc == 0 && (rd_uint(&r, 1) != 1 || !rd_done(&r))) {
		rc = err_set(e, EC_BUG, "checking the certificates failed");
	}
	buf_done(&result);
	return rc;
}

static int
check_opens(const char *path, struct err *e)
{
	int fd = listen_open_file(path, e);

	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

int
files_check(struct master *m, const struct mconf *c, struct err *e)
{
	struct rd r = rd_init(buf_str(&c->dkim_keys));
	char path[LIM_PATH];

	while (rd_more(&r)) {
		if (str_to_c(rd_str(&r, LIM_PATH), path, sizeof(path)) < 0 ||
		    check_opens(path, e) < 0)
			return -1;
	}
	for (unsigned i = 0; i < c->ncerts; i++) {
		if (check_opens(c->certs[i].cert, e) < 0 || check_opens(c->certs[i].key, e) < 0)
			return -1;
	}
	return check_certs(m, c, e);
}
