/*
 * mox verifydata: proof that the stored mail and the queue are consistent, and readable with the
 * keys that there are.
 *
 * SECURITY: reads the master key and every account's private key, as root. Files are opened as
 * their owner, so that nothing is made that the server could not open later.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/auth.h"
#include "base/limits.h"
#include "base/mem.h"
#include "config/config.h"
#include "crypto/seal.h"
#include "ctl.h"
#include "mox.h"
#include "queue/queue.h"
#include "store/verify.h"

struct run {
	const char *dir;
	int fd; /* of DataDir */
	bool quiet;
	struct auth_root *root; /* NULL: without keys */
	struct auth_db *auth;
	struct str account; /* being checked */
	uint64_t accounts, problems, failed;
};

/* As the owner of a directory, when we are root: afterwards be_root. */
static int
be_owner(int fd, struct err *e)
{
	struct stat st;

	if (geteuid() != 0)
		return 0;
	if (fstat(fd, &st) < 0 || setegid(st.st_gid) < 0 || seteuid(st.st_uid) < 0)
		return err_sys(e, EC_IO, errno, "become the owner of the data");
	return 0;
}

static void
be_root(void)
{
	if (getuid() == 0 && (seteuid(0) < 0 || setegid(0) < 0))
		abort();
}

/* Below DataDir nothing is a link: the owner of a part of it could point one at what is root's. */
static int
open_dir(int at, const char *name, struct err *e)
{
	int fd = openat(at, name,
			O_RDONLY | O_DIRECTORY | O_CLOEXEC | (at == AT_FDCWD ? 0 : O_NOFOLLOW));

	if (fd < 0)
		err_sys(e, EC_IO, errno, "%s", name);
	return fd;
}

static int
load_keys(struct run *r, struct err *e)
{
	unsigned char key[SEAL_KEY + 1];
	int fd = openat(r->fd, "master.key", O_RDONLY | O_CLOEXEC | O_NOFOLLOW), dir;
	ssize_t n;

	if (fd < 0)
		return err_sys(e, EC_IO, errno, "%s/master.key (without it: -nokeys)", r->dir);
	n = read(fd, key, sizeof(key));
	close(fd);
	if (n != SEAL_KEY)
		return err_set(e, EC_CORRUPT, "%s/master.key does not have %d bytes", r->dir,
			       SEAL_KEY);
	r->root = auth_root_new(str_mem(key, SEAL_KEY));
	mem_wipe(key, sizeof(key));
	if ((dir = open_dir(r->fd, "auth", e)) < 0)
		return -1;
	if (be_owner(dir, e) == 0)
		r->auth = auth_db_open_read(dir, r->root, e);
	be_root();
	close(dir);
	return r->auth != NULL ? 0 : -1;
}

static void
on_problem(void *arg, struct str problem)
{
	struct run *r = arg;

	printf(STR_FMT ": " STR_FMT "\n", STR_ARG(r->account), STR_ARG(problem));
}

/* -1: could not be checked. */
static int
check_account(struct run *r, int dir, struct err *e)
{
	struct store_verify_sums sums;
	struct secret *priv = NULL;
	unsigned char pub[SEAL_KEY];
	int rc = 0;

	/* An account that never had keys has no mail. */
	if (r->auth != NULL && auth_db_private(r->auth, r->account, pub, &priv, e) < 0) {
		if (e->code != EC_NOTFOUND)
			return -1;
		err_clear(e);
	}
	if ((rc = be_owner(dir, e)) == 0)
		rc = store_verify(dir, r->account, pub, priv != NULL ? secret_p(priv) : NULL,
				  on_problem, r, &sums, e);
	be_root();
	secret_free(&priv);
	if (rc < 0)
		return -1;
	r->accounts++;
	r->problems += sums.problems;
	if (!r->quiet)
		printf(STR_FMT ": %" PRIu64 " mailboxes, %" PRIu64 " messages in %" PRIu64
			       " places, %" PRIu64 " files, %" PRIu64 " bytes read, %" PRIu64
			       " problems\n",
		       STR_ARG(r->account), sums.mailboxes, sums.messages, sums.rows, sums.files,
		       sums.bytes, sums.problems);
	return 0;
}

static int
check_accounts(struct run *r, struct err *e)
{
	int at = open_dir(r->fd, "accounts", e), dir;
	struct dirent *d;
	DIR *list;

	if (at < 0)
		return -1;
	if ((list = fdopendir(at)) == NULL) {
		close(at);
		return err_sys(e, EC_IO, errno, "%s/accounts", r->dir);
	}
	while ((d = readdir(list)) != NULL) {
		struct err why = ERR_INIT;

		if (d->d_name[0] == '.')
			continue;
		r->account = str_c(d->d_name);
		dir = open_dir(dirfd(list), d->d_name, &why);
		if (dir < 0 || check_account(r, dir, &why) < 0) {
			printf("%s: can't be checked: %s\n", d->d_name, why.msg);
			r->failed++;
		}
		if (dir >= 0)
			close(dir);
	}
	closedir(list);
	return 0;
}

static int
verify_queue(struct run *r, int dir, struct queue_verify_sums *sums, struct err *e)
{
	unsigned char key[SEAL_KEY];
	int rc;

	if (r->root == NULL)
		return queue_verify(dir, NULL, on_problem, r, sums, e);
	auth_root_queue_key(r->root, key);
	rc = queue_verify(dir, key, on_problem, r, sums, e);
	mem_wipe(key, sizeof(key));
	return rc;
}

static void
check_queue(struct run *r)
{
	struct queue_verify_sums sums;
	struct err e = ERR_INIT;
	int dir = openat(r->fd, "queue", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW), rc = -1;

	if (dir < 0 && errno == ENOENT)
		return;
	r->account = STR("queue");
	if (dir < 0)
		err_sys(&e, EC_IO, errno, "open");
	else if ((rc = be_owner(dir, &e)) == 0)
		rc = verify_queue(r, dir, &sums, &e);
	be_root();
	if (dir >= 0)
		close(dir);
	if (rc < 0) {
		printf("queue: can't be checked: %s\n", e.msg);
		r->failed++;
		return;
	}
	r->problems += sums.problems;
	if (!r->quiet)
		printf("queue: %" PRIu64 " messages, %" PRIu64 " recipients, %" PRIu64
		       " files, %" PRIu64 " bytes read, %" PRIu64 " problems\n",
		       sums.messages, sums.rcpts, sums.files, sums.bytes, sums.problems);
}

static void
run_done(struct run *r)
{
	auth_db_close(&r->auth);
	auth_root_free(&r->root);
	if (r->fd >= 0)
		close(r->fd);
}

int
cmd_verifydata(struct mox *m, int argc, char **argv)
{
	bool nokeys = false, quiet = false;
	const struct mox_flag flags[] = { { "nokeys", &nokeys, NULL }, { "quiet", &quiet, NULL } };
	struct err e = ERR_INIT;
	char dir[LIM_PATH];
	struct run r = { .dir = dir, .fd = -1 };
	int rc = -1;

	if (mox_args(m, &argc, &argv, flags, ARRAY_LEN(flags), 0, 1) < 0)
		return MOX_USAGE;
	r.quiet = quiet;
	if (argc == 1 ? str_to_c(str_c(argv[0]), dir, sizeof(dir)) < 0
		      : mox_data_dir(m, dir, &e) < 0) {
		err_set(&e, EC_SYNTAX, "directory name is too long");
		return mox_fail(&e);
	}
	if (seal_init(&e) == 0 && (r.fd = open_dir(AT_FDCWD, dir, &e)) >= 0 &&
	    (nokeys || load_keys(&r, &e) == 0))
		rc = check_accounts(&r, &e);
	if (rc == 0)
		check_queue(&r);
	run_done(&r);
	if (rc < 0)
		return mox_fail(&e);
	if (!r.quiet)
		printf("%" PRIu64 " account%s, %" PRIu64 " problems%s\n", r.accounts,
		       r.accounts == 1 ? "" : "s", r.problems,
		       r.failed > 0 ? ", not all could be checked" : "");
	return r.problems > 0 || r.failed > 0 ? MOX_FAIL : MOX_OK;
}
