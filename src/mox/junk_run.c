/* See junk.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "crypto/seal.h"
#include "db/db.h"
#include "junk.h"

enum { BATCH = 1000, DAY = 86400, PIECE = 65536, CACHE_KB = 32000, PAGES_LOGGED = 10000 };

/* ---- flags */

static bool
flag_bool(const char *name, const char *text, bool *v)
{
	if (text == NULL)
		return true;
	*v = strcmp(text, "true") == 0;
	if (*v || strcmp(text, "false") == 0)
		return true;
	mox_failf("-%s takes true or false", name);
	return false;
}

static bool
flag_share(const char *name, const char *text, double max, double *v)
{
	char *end;

	if (text == NULL)
		return true;
	*v = strtod(text, &end);
	if (end != text && *end == '\0' && *v >= 0 && *v <= max)
		return true;
	mox_failf("-%s takes a number from 0 to %g", name, max);
	return false;
}

static bool
flag_count(const char *name, const char *text, uint32_t max, unsigned *v)
{
	uint32_t n = 0;

	if (text == NULL)
		return true;
	if (str_to_u32(str_c(text), max, &n) < 0) {
		mox_failf("-%s takes a number, at most %u", name, (unsigned)max);
		return false;
	}
	*v = n;
	return true;
}

static bool
params_parse(struct junk_run *r, const struct junk_flags *f)
{
	struct junk_params *p = &r->params;

	*p = JUNK_PARAMS_DEFAULT;
	r->threshold = JUNK_THRESHOLD;
	r->train_ratio = 0.5;
	if (!flag_bool("one-grams", f->one, &p->onegrams) ||
	    !flag_bool("two-grams", f->two, &p->twograms) ||
	    !flag_bool("three-grams", f->three, &p->threegrams) ||
	    !flag_share("max-power", f->max_power, 0.5, &p->max_power) ||
	    !flag_share("ignore-words", f->ignore_words, 0.5, &p->ignore_words) ||
	    !flag_count("top-words", f->top_words, LIM_JUNK_TOP, &p->top_words) ||
	    !flag_count("rare-words", f->rare_words, 1000, &p->rare_words) ||
	    !flag_share("spam-threshold", f->threshold, 1, &r->threshold) ||
	    !flag_share("train-ratio", f->train_ratio, 1, &r->train_ratio))
		return false;
	if (p->onegrams || p->twograms || p->threegrams)
		return true;
	mox_failf("one of -one-grams, -two-grams and -three-grams must be true");
	return false;
}

/* ---- the database and its key */

/* 32 bytes in a file; made when missing and `make`. */
static int
key_read(const char *path, bool make, unsigned char key[SEAL_KEY], struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0 && errno == ENOENT && make) {
		seal_random(key, SEAL_KEY);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		n = fd >= 0 ? write(fd, key, SEAL_KEY) : -1;
	} else {
		n = fd >= 0 ? read(fd, key, SEAL_KEY) : -1;
	}
	if (n < 0)
		err_sys(e, EC_IO, errno, "%s", path);
	else if (n != SEAL_KEY)
		err_set(e, EC_SYNTAX, "%s: a key is %d bytes", path, SEAL_KEY);
	if (fd >= 0)
		close(fd);
	return n == SEAL_KEY ? 0 : -1;
}

static int
tables_open(struct junk_run *r, const char *path, bool is_writer, struct err *e)
{
	const struct db_opts o = { .write = is_writer,
				   .lone = !is_writer,
				   .cache_kb = CACHE_KB,
				   .autocheckpoint = PAGES_LOGGED };
	const char *slash = strrchr(path, '/');
	char dir[LIM_PATH];
	int fd;

	if (str_to_c(slash == NULL ? STR(".") : str_mem(path, (size_t)(slash - path) + 1), dir,
		     sizeof(dir)) < 0)
		return err_set(e, EC_LIMIT, "the path is too long");
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return err_sys(e, EC_IO, errno, "%s", dir);
	r->db = db_open(fd, slash == NULL ? path : slash + 1, &o, e);
	close(fd);
	if (r->db == NULL)
		return -1;
	return is_writer ? db_migrate(r->db, junk_schema, junk_schema_steps, e) : 0;
}

static int
filter_open(struct junk_run *r, const char *path, const char *keypath, enum junk_mode mode,
	    bool with_words, struct err *e)
{
	unsigned char index_key[SEAL_KEY];
	char beside[LIM_PATH + 8];
	struct junk_key key;
	bool is_stale = false;

	if (keypath == NULL) {
		snprintf(beside, sizeof(beside), "%s.key", path);
		keypath = beside;
	}
	if (seal_init(e) < 0 || tables_open(r, path, mode != JUNK_RUN_READ, e) < 0 ||
	    key_read(keypath, mode != JUNK_RUN_READ, index_key, e) < 0)
		return -1;
	junk_key_derive(index_key, &key);
	mem_wipe(index_key, sizeof(index_key));
	r->tok = junk_tok_new(&r->params, &key, with_words);
	mem_wipe(&key, sizeof(key));
	if ((r->filter = junk_filter_open(r->db, &r->params, &is_stale, e)) == NULL)
		return -1;
	if (mode == JUNK_RUN_NEW)
		return junk_filter_clear(r->filter, e);
	if (is_stale)
		return err_set(e, EC_EXISTS,
			       "%s was trained with other n-grams, or by another "
			       "version: train it anew",
			       path);
	return 0;
}

int
junk_run_open(struct junk_run *r, struct mox *m, const struct junk_flags *f, enum junk_mode mode,
	      bool with_words)
{
	const char *tmpdir = "/tmp", *path = f->dbpath != NULL ? f->dbpath : "filter.db";
	char in_tmp[sizeof(r->tmp) + 16];
	struct err e = ERR_INIT;

	*r = (struct junk_run){ .db = NULL };
	if (!params_parse(r, f))
		return mox_usage(m);
	if (mode == JUNK_RUN_TMP) {
		snprintf(r->tmp, sizeof(r->tmp), "%s/mox-junk-XXXXXX", tmpdir);
		if (mkdtemp(r->tmp) == NULL) {
			r->tmp[0] = '\0';
			return mox_failf("can't make a folder in %s", tmpdir);
		}
		snprintf(in_tmp, sizeof(in_tmp), "%s/filter.db", r->tmp);
		path = in_tmp;
	}
	return filter_open(r, path, f->key, mode, with_words, &e) < 0 ? mox_fail(&e) : MOX_OK;
}

void
junk_run_close(struct junk_run *r)
{
	static const char *const names[] = { "filter.db", "filter.db-wal", "filter.db-shm",
					     "filter.db.key" };
	char path[sizeof(r->tmp) + 16];

	junk_filter_free(&r->filter);
	junk_tok_free(&r->tok);
	db_close(&r->db);
	if (r->tmp[0] == '\0')
		return;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", r->tmp, names[i]);
		unlink(path);
	}
	rmdir(r->tmp);
}

/* ---- messages */

bool
junk_run_read(struct junk_run *r, const char *path)
{
	static char piece[PIECE];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct mime_parser *p;
	struct mime_tap tap = junk_tok_tap(r->tok);
	ssize_t n = -1;

	junk_tok_reset(r->tok);
	p = mime_parser_new();
	mime_parser_tap(p, &tap);
	while (fd >= 0 && (n = read(fd, piece, sizeof(piece))) > 0)
		mime_parser_feed(p, piece, (size_t)n);
	if (n < 0) {
		mox_failf("%s: %s", path, strerror(errno));
		r->nfailed++;
	}
	mime_parser_end(p);
	junk_tok_end(r->tok);
	r->date = mime_parser_top(p)->date;
	mime_parser_free(&p);
	if (fd >= 0)
		close(fd);
	return n == 0;
}

bool
junk_run_commit(struct junk_run *r)
{
	struct err e = ERR_INIT;

	r->uncommitted = 0;
	if (junk_filter_commit(r->filter, &e) == 0)
		return true;
	mox_fail(&e);
	return false;
}

bool
junk_run_learn(struct junk_run *r, bool is_spam)
{
	struct err e = ERR_INIT;
	size_t n;
	const uint64_t *hashes = junk_tok_hashes(r->tok, &n);

	if (junk_filter_change(r->filter, is_spam ? JUNK_TRAIN_SPAM : JUNK_TRAIN_HAM, hashes, n,
			       clock_now() / DAY, &e) < 0) {
		mox_fail(&e);
		return false;
	}
	return ++r->uncommitted < BATCH || junk_run_commit(r);
}

bool
junk_run_judge(struct junk_run *r, struct junk_verdict *v)
{
	struct err e = ERR_INIT;
	size_t n;
	const uint64_t *hashes = junk_tok_hashes(r->tok, &n);

	if (junk_filter_classify(r->filter, hashes, n, v, &e) == 0)
		return true;
	mox_fail(&e);
	return false;
}

bool
junk_run_load(struct junk_run *r)
{
	struct err e = ERR_INIT;

	if (junk_filter_load(r->filter, &e) == 0)
		return true;
	mox_fail(&e);
	return false;
}
