/*
 * The files that a configuration names, before it is taken: they can be opened, each key is that of
 * its certificate, and DKIM keys can sign. Keys are parsed in a child (child.c); master itself only
 * opens them.
 */
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/wire.h"
#include "crypto/keyfile.h"
#include "dkim/dkim.h"
#include "master.h"

enum { FILE_MAX = 256 << 10 }; /* as acmed */

struct pair {
	int cert, key;
};

struct check {
	const struct mconf *c;
	struct pair *v;
	int dkim[LIM_DKIM_KEYS];
};

/* The next DKIM key's path. */
static bool
next_dkim(struct rd *r, char path[LIM_PATH])
{
	return rd_more(r) && str_to_c(rd_str(r, LIM_PATH), path, LIM_PATH) == 0;
}

/* In the child, while it still may. */
static void
open_files(void *arg, struct buf *out)
{
	struct check *k = arg;
	struct rd keys = rd_init(buf_str(&k->c->dkim_keys));
	struct rlimit r;
	struct err ignored = ERR_INIT;
	char path[LIM_PATH];

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
	for (unsigned i = 0; i < LIM_DKIM_KEYS && next_dkim(&keys, path); i++)
		k->dkim[i] = listen_open_file(path, &ignored);
}

static int
read_open(int fd, struct buf *b, struct err *e)
{
	char *p = buf_reserve(b, FILE_MAX + 1);
	ssize_t n = fd >= 0 ? pread(fd, p, FILE_MAX + 1, 0) : -1;

	if (n < 0)
		return err_set(e, EC_IO, "a file cannot be read");
	if (n > FILE_MAX)
		return err_set(e, EC_LIMIT, "a file is too large");
	buf_commit(b, (size_t)n);
	return 0;
}

static void
put_fault(struct buf *out, const char *key, const char *path, const struct err *e)
{
	wr_str(out, str_c(key));
	wr_str(out, str_c(path));
	wr_str(out, str_c(e->msg));
}

static void
check_pairs(const struct check *k, struct buf *out)
{
	for (unsigned i = 0; i < k->c->ncerts && out->n == 0; i++) {
		struct err e = ERR_INIT;
		struct buf cert, key;

		buf_init(&cert, FILE_MAX + 1);
		buf_init(&key, FILE_MAX + 1);
		if (read_open(k->v[i].cert, &cert, &e) < 0 ||
		    read_open(k->v[i].key, &key, &e) < 0 ||
		    keyfile_check(buf_str(&cert), buf_str(&key), &e) < 0)
			put_fault(out, "mox.conf: KeyFile", k->c->certs[i].key, &e);
		buf_done(&cert);
		buf_wipe(&key);
	}
}

static void
check_dkim(const struct check *k, struct buf *out)
{
	struct rd keys = rd_init(buf_str(&k->c->dkim_keys));
	char path[LIM_PATH];

	for (unsigned i = 0; i < LIM_DKIM_KEYS && out->n == 0 && next_dkim(&keys, path); i++) {
		struct err e = ERR_INIT;
		struct buf text;

		buf_init(&text, FILE_MAX + 1);
		if (read_open(k->dkim[i], &text, &e) < 0 || dk_text_check(buf_str(&text), &e) < 0)
			put_fault(out, "domains.conf: PrivateKeyFile", path, &e);
		buf_wipe(&text);
	}
}

/* Appends what names the first file that is not good, its path, and what is wrong; nothing when all
 * are. */
static void
check_files(void *arg, struct buf *out)
{
	keyfile_init();
	check_pairs(arg, out);
	check_dkim(arg, out);
	wr_uint(out, 1, 1); /* it came to the end */
}

static int
check_content(struct master *m, const struct mconf *c, struct err *e)
{
	struct check *k;
	struct str key, path, why;
	struct buf result;
	struct rd r;
	int rc;

	if (c->ncerts == 0 && c->dkim_keys.n == 0)
		return 0;
	k = MEM_NEW(struct check);
	k->c = c;
	buf_init(&result, LIM_CONFIG);
	rc = child_run(m, open_files, check_files, k, &result, e);
	r = rd_init(buf_str(&result));
	if (rc == 0 && result.n > 1) {
		key = rd_str(&r, LIM_PATH);
		path = rd_str(&r, LIM_PATH);
		why = rd_str(&r, LIM_PATH);
		rc = err_set(e, EC_SYNTAX, STR_FMT " " STR_FMT ": " STR_FMT, STR_ARG(key),
			     STR_ARG(path), STR_ARG(why));
	} else if (rc == 0 && (rd_uint(&r, 1) != 1 || !rd_done(&r))) {
		rc = err_set(e, EC_BUG, "checking the keys failed");
	}
	buf_done(&result);
	mem_free(k);
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

	while (next_dkim(&r, path)) {
		if (check_opens(path, e) < 0)
			return -1;
	}
	for (unsigned i = 0; i < c->ncerts; i++) {
		if (check_opens(c->certs[i].cert, e) < 0 || check_opens(c->certs[i].key, e) < 0)
			return -1;
	}
	return check_content(m, c, e);
}
