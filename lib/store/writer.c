/*
 * One account open for writing: its folder, lock, database and transaction, and the dispatch of
 * operations.
 *
 * States of the transaction, from outside in: dirty (kept batches that are not committed), in_batch
 * (operations that are not in the log yet), one operation. Counters are kept in memory and restored
 * at the same three levels.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/wire.h"
#include "config/config.h"
#include "store/w.h"

enum {
	DIR_MODE = 0750, /* readers are in the group of the accounts folder (set-gid) */
	FILE_MODE = 0640,
	WRITER_CACHE_KB = 1000,
	WRITER_BUSY_MS = 1000,
	ORPHAN_MISSES = 64, /* ids without a file after which no more are expected */
};

void
store_op_put(struct buf *out, enum store_op type, int64_t now)
{
	wr_uint(out, 1, type);
	wr_uint(out, 8, (uint64_t)now);
}

void
store_result_init(struct store_result *r)
{
	*r = (struct store_result){ 0 };
	buf_init(&r->a, LIM_SET);
	buf_init(&r->b, LIM_SET);
}

void
store_result_done(struct store_result *r)
{
	buf_done(&r->a);
	buf_done(&r->b);
}

int
storew_malformed(struct err *e)
{
	return err_set(e, EC_SYNTAX, "malformed operation");
}

/* ---- opening */

static int
open_dir(int at, const char *name, struct err *e)
{
	int fd, made = 0;

	if (mkdirat(at, name, DIR_MODE) == 0)
		made = 1;
	else if (errno != EEXIST)
		return err_sys(e, EC_IO, errno, "create folder %s", name);
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_sys(e, EC_IO, errno, "open folder %s", name);
	if (made && fsync(at) < 0) {
		err_sys(e, EC_IO, errno, "sync folder of %s", name);
		close(fd);
		return -1;
	}
	return fd;
}

static int
open_file(int at, const char *name, struct err *e)
{
	int fd = openat(at, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);

	if (fd < 0)
		err_sys(e, EC_IO, errno, "open %s", name);
	return fd;
}

static int
lock_owner(int fd, struct err *e)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_OFD_SETLK, &fl) == 0)
		return 0;
	if (errno == EAGAIN || errno == EACCES)
		return err_set(e, EC_TEMP, "another process has the account");
	return err_sys(e, EC_IO, errno, "lock account");
}

static int
load_counters(struct store_w *w, struct err *e)
{
	/* nextmsg also decides which files are nobody's (store_w_clean): believe the messages as
	 * well. */
	struct db_q *q =
		db_use(w->db, "SELECT seq, modseq, max(nextmsg, (SELECT coalesce(max(id), 0) + 1"
			      " FROM message)), nextmailbox, nextuidvalidity, size,"
			      " EXISTS (SELECT 1 FROM partial), EXISTS (SELECT 1 FROM shared)"
			      " FROM account");

	w->is_new = true;
	w->c = (struct storew_counters){ .modseq = 1, .nextmsg = 1, .nextmailbox = 1 };
	if (db_row(q)) {
		w->is_new = false;
		w->c.seq = (uint64_t)db_int(q, 0);
		w->c.modseq = (uint64_t)db_int(q, 1);
		w->c.nextmsg = db_int(q, 2);
		w->c.nextmailbox = db_int(q, 3);
		w->c.nextuidvalidity = (uint32_t)db_int(q, 4);
		w->c.size = (uint64_t)db_int(q, 5);
		w->has_partial = db_int(q, 6) != 0;
		w->has_shared = db_int(q, 7) != 0;
	}
	w->c_op = w->c_batch = w->c_commit = w->c;
	w->file_next = w->c.nextmsg;
	return db_end(q, e);
}

static void
doomed_add(struct store_w *w, int64_t msg)
{
	if (w->ndoomed == w->doomed_cap) {
		w->doomed_cap = w->doomed_cap > 0 ? w->doomed_cap * 2 : 16;
		w->doomed = mem_resize(w->doomed, w->doomed_cap, sizeof(*w->doomed));
	}
	w->doomed[w->ndoomed++] = msg;
}

/* Their rows are gone for good; what can't be unlinked now stays listed for the next time. */
static void
doomed_unlink(struct store_w *w)
{
	char name[STORE_FILE_NAME];

	for (size_t i = 0; i < w->ndoomed; i++) {
		store_file_name(w->doomed[i], name);
		unlinkat(w->msgdir, name, 0);
		w->doomed_rows = true;
	}
	w->ndoomed = 0;
}

static int
load_doomed(struct store_w *w, struct err *e)
{
	struct db_q *q = db_use(w->db, "SELECT msg FROM doomed");

	while (db_row(q))
		doomed_add(w, db_int(q, 0));
	if (db_end(q, e) < 0)
		return -1;
	doomed_unlink(w);
	return 0;
}

static int
open_parts(struct store_w *w, struct err *e)
{
	const struct db_opts opts = {
		.write = true,
		.perm = FILE_MODE,
		.page_size = STORE_PAGE_SIZE,
		.cache_kb = WRITER_CACHE_KB,
		.busy_ms = WRITER_BUSY_MS,
	};
	unsigned char bumps[8] = { 0 };

	if ((w->owner = open_file(w->dir, STORE_OWNER_FILE, e)) < 0 ||
	    lock_owner(w->owner, e) < 0 || (w->msgdir = open_dir(w->dir, STORE_MSG_DIR, e)) < 0 ||
	    (w->changes = open_file(w->dir, STORE_CHANGES_FILE, e)) < 0)
		return -1;
	if (pread(w->changes, bumps, sizeof(bumps), 0) == (ssize_t)sizeof(bumps))
		memcpy(&w->bumps, bumps, sizeof(bumps));
	w->db = db_open(w->dir, STORE_DB_FILE, &opts, e);
	if (w->db == NULL || store_schema_migrate(w->db, e) < 0)
		return -1;
	return load_counters(w, e) < 0 || load_doomed(w, e) < 0 ? -1 : 0;
}

struct store_w *
store_w_open(int accounts, struct str account, struct err *e)
{
	struct store_w *w;

	if (config_account_check(account, e) < 0)
		return NULL;
	w = MEM_NEW(struct store_w);
	w->dir = w->msgdir = w->owner = w->changes = -1;
	if (str_to_c(account, w->name, sizeof(w->name)) < 0)
		err_set(e, EC_SYNTAX, "account name is too long");
	else if ((w->dir = open_dir(accounts, w->name, e)) >= 0 && open_parts(w, e) == 0)
		return w;
	err_prefix(e, "account %s", w->name);
	store_w_close(&w);
	return NULL;
}

static void
files_forget(struct store_w *w)
{
	for (size_t i = 0; i < w->nfiles; i++) {
		if (w->files[i].fd >= 0)
			close(w->files[i].fd);
	}
	w->nfiles = 0;
}

void
store_w_close(struct store_w **wp)
{
	struct store_w *w = *wp;
	const int fds[] = { w != NULL ? w->dir : -1, w != NULL ? w->msgdir : -1,
			    w != NULL ? w->changes : -1, w != NULL ? w->owner : -1 };

	if (w == NULL)
		return;
	*wp = NULL;
	files_forget(w);
	db_close(&w->db);
	chain_free(&w->chain);
	secret_free(&w->index);
	mem_free(w->files);
	mem_free(w->doomed);
	/* The lock goes last. */
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	mem_free(w);
}

/* Files that were written for operations which never came to be have ids that no row has used.
 * Only after the log was replayed. */
void
store_w_clean(struct store_w *w)
{
	char name[STORE_FILE_NAME];
	int64_t id = w->c.nextmsg;

	for (unsigned misses = 0; misses < ORPHAN_MISSES; id++) {
		store_file_name(id, name);
		if (unlinkat(w->msgdir, name, 0) == 0)
			misses = 0;
		else
			misses++;
	}
}

struct str
store_w_account(const struct store_w *w)
{
	return str_c(w->name);
}

bool
store_w_is_new(const struct store_w *w)
{
	return w->is_new && w->c.seq == 0;
}

uint64_t
store_w_size(const struct store_w *w)
{
	return w->c.size;
}

uint64_t
store_w_seq(const struct store_w *w)
{
	return w->c.seq;
}

void
store_w_set_keys(struct store_w *w, const unsigned char pub[32], const unsigned char index[32])
{
	if (w->index == NULL)
		w->index = secret_new(SEAL_KEY);
	memcpy(secret_p(w->index), index, SEAL_KEY);
	memcpy(w->pub, pub, SEAL_KEY);
	chain_free(&w->chain);
}

bool
store_w_has_keys(const struct store_w *w)
{
	return w->index != NULL;
}

void
store_w_forget_keys(struct store_w *w)
{
	secret_free(&w->index);
	chain_free(&w->chain);
}

/* ---- transaction */

/* The database has given up the transaction, or could not commit it. */
static void
txn_lost(struct store_w *w)
{
	db_rollback(w->db);
	w->behind = w->behind || w->dirty;
	w->dirty = w->in_batch = false;
	w->c = w->c_commit;
	w->ndoomed = 0;
	chain_free(&w->chain);
}

static int
batch_begin(struct store_w *w, struct err *e)
{
	if (!db_in_txn(w->db) && db_begin_write(w->db, e) < 0)
		return -1;
	if (db_save(w->db, 0, e) < 0) {
		txn_lost(w);
		return -1;
	}
	w->c_batch = w->c;
	w->doomed_batch = w->ndoomed;
	w->in_batch = true;
	return 0;
}

static int
run_op(struct store_w *w, struct str op, struct store_result *r, struct err *e)
{
	static storew_op_fn *const ops[] = {
		[STORE_OP_INIT] = storew_op_init,	    [STORE_OP_MESSAGE] = storew_op_message,
		[STORE_OP_FLAGS] = storew_op_flags,	    [STORE_OP_COPY] = storew_op_copy,
		[STORE_OP_EXPUNGE] = storew_op_expunge,	    [STORE_OP_CREATE] = storew_op_create,
		[STORE_OP_DELETE] = storew_op_delete,	    [STORE_OP_RENAME] = storew_op_rename,
		[STORE_OP_SUBSCRIBE] = storew_op_subscribe, [STORE_OP_KEYWRAP] = storew_op_keywrap,
		[STORE_OP_PARTIAL] = storew_op_partial,
	};
	struct rd rd = rd_init(op);
	uint64_t type = rd_uint(&rd, 1);
	int64_t now = (int64_t)rd_uint(&rd, 8);

	if (rd.bad || type >= ARRAY_LEN(ops) || ops[type] == NULL)
		return storew_malformed(e);
	w->now = now;
	/* So that a mailbox that comes again, or an account of a name that was used before,
	 * differs. */
	if (w->c.nextuidvalidity == 0)
		w->c.nextuidvalidity = (uint32_t)MAX(now, 1);
	if (ops[type](w, str_from(op, 9), r, e) < 0)
		return -1;
	if (type != STORE_OP_KEYWRAP && type != STORE_OP_PARTIAL)
		w->changed = true;
	return 0;
}

int
store_w_apply(struct store_w *w, struct str op, struct store_result *r, struct err *e)
{
	if (w->behind)
		return err_set(e, EC_TEMP, "account %s waits for its log", w->name);
	if (!w->in_batch && batch_begin(w, e) < 0)
		return -1;
	w->c_op = w->c;
	w->doomed_op = w->ndoomed;
	if (db_save(w->db, 1, e) == 0) {
		if (run_op(w, op, r, e) == 0 && db_save_keep(w->db, 1, e) == 0) {
			w->c.seq++;
			return 0;
		}
	}
	chain_free(&w->chain);
	if (!db_in_txn(w->db) || db_save_undo(w->db, 1, NULL) < 0) {
		txn_lost(w);
		w->lost = true;
		return -1;
	}
	w->c = w->c_op;
	w->ndoomed = w->doomed_op;
	return -1;
}

bool
store_w_has_lost(struct store_w *w)
{
	bool lost = w->lost;

	w->lost = false;
	return lost;
}

static int
sync_fd(int fd, bool data, struct err *e)
{
	int bad = db_fault_hit(DB_FAULT_SYNC);

	db_counts.syncs++;
	if (bad == 0 && (data ? fdatasync(fd) : fsync(fd)) < 0)
		bad = errno;
	return bad == 0 ? 0 : err_sys(e, EC_IO, bad, "sync message");
}

/* So that the disk has something to do while we wait for the first of them. */
void
store_w_start_files(struct store_w *w)
{
	for (size_t i = 0; i < w->nfiles; i++) {
		if (w->files[i].fd >= 0)
			(void)sync_file_range(w->files[i].fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	}
}

int
store_w_sync_files(struct store_w *w, struct err *e)
{
	for (size_t i = 0; i < w->nfiles; i++) {
		struct storew_file *f = &w->files[i];

		if (f->fd >= 0 && sync_fd(f->fd, true, e) < 0)
			return -1;
		if (f->fd >= 0)
			close(f->fd);
		f->fd = -1;
	}
	for (unsigned d = 0; d < 256; d++) {
		char name[4];
		int fd, rc;

		if ((w->dirs_dirty[d / 8] & (1u << d % 8)) == 0)
			continue;
		snprintf(name, sizeof(name), "%02x", d);
		fd = openat(w->msgdir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0)
			return err_sys(e, EC_IO, errno, "open folder %s", name);
		rc = sync_fd(fd, false, e);
		close(fd);
		if (rc < 0)
			return -1;
		w->dirs_dirty[d / 8] &= (unsigned char)~(1u << d % 8);
	}
	if (w->msgdir_dirty && sync_fd(w->msgdir, false, e) < 0)
		return -1;
	w->msgdir_dirty = false;
	return 0;
}

void
store_w_batch_keep(struct store_w *w)
{
	if (!w->in_batch)
		return;
	w->in_batch = false;
	w->dirty = true;
	files_forget(w);
	/* RELEASE fails only with the whole transaction. */
	if (db_save_keep(w->db, 0, NULL) < 0)
		txn_lost(w);
}

void
store_w_batch_undo(struct store_w *w)
{
	char name[STORE_FILE_NAME];

	for (size_t i = 0; i < w->nfiles; i++) {
		store_file_name(w->files[i].msg, name);
		unlinkat(w->msgdir, name, 0);
	}
	files_forget(w);
	if (!w->in_batch)
		return;
	if (db_save_undo(w->db, 0, NULL) < 0) {
		txn_lost(w);
		return;
	}
	w->in_batch = false;
	w->c = w->c_batch;
	w->ndoomed = w->doomed_batch;
	chain_free(&w->chain);
	if (!w->dirty)
		db_rollback(w->db);
}

bool
store_w_in_batch(const struct store_w *w)
{
	return w->in_batch;
}

bool
store_w_is_dirty(const struct store_w *w)
{
	return w->dirty;
}

static int
put_counters(struct store_w *w, struct err *e)
{
	struct db_q *q =
		db_use(w->db, "INSERT INTO account (id, seq, modseq, nextmsg, nextmailbox,"
			      " nextuidvalidity, size, made) VALUES (1, :seq, :modseq, :nextmsg,"
			      " :nextmailbox, :nextuidvalidity, :size, :now)"
			      " ON CONFLICT (id) DO UPDATE SET seq = excluded.seq,"
			      " modseq = excluded.modseq, nextmsg = excluded.nextmsg,"
			      " nextmailbox = excluded.nextmailbox,"
			      " nextuidvalidity = excluded.nextuidvalidity, size = excluded.size");

	db_bind_int(q, ":seq", (int64_t)w->c.seq);
	db_bind_int(q, ":modseq", (int64_t)w->c.modseq);
	db_bind_int(q, ":nextmsg", w->c.nextmsg);
	db_bind_int(q, ":nextmailbox", w->c.nextmailbox);
	db_bind_int(q, ":nextuidvalidity", w->c.nextuidvalidity);
	db_bind_int(q, ":size", (int64_t)w->c.size);
	db_bind_int(q, ":now", w->now);
	return db_run(q, e);
}

static int
put_doomed(struct store_w *w, struct err *e)
{
	struct db_q *q;
	int rc = 0;

	if (w->doomed_rows && db_run(db_use(w->db, "DELETE FROM doomed"), e) < 0)
		return -1;
	if (w->ndoomed == 0)
		return 0;
	q = db_use(w->db, "INSERT INTO doomed (msg) VALUES (:msg)");
	for (size_t i = 0; rc == 0 && i < w->ndoomed; i++) {
		db_bind_int(q, ":msg", w->doomed[i]);
		rc = db_again(q, e);
	}
	return db_end(q, e) < 0 ? -1 : rc;
}

/* Readers watch the file with inotify; the number itself is for those who missed it. */
static void
bump(struct store_w *w)
{
	w->bumps++;
	if (pwrite(w->changes, &w->bumps, sizeof(w->bumps), 0) < 0)
		return; /* a full disk: clients hear of it with the next change */
}

int
store_w_commit(struct store_w *w, struct err *e)
{
	assert(!w->in_batch);
	if (!w->dirty)
		return 0;
	if (put_counters(w, e) < 0 || put_doomed(w, e) < 0 || db_commit(w->db, e) < 0) {
		txn_lost(w);
		return -1;
	}
	w->dirty = w->is_new = w->doomed_rows = false;
	w->c_commit = w->c;
	doomed_unlink(w);
	if (w->changed)
		bump(w);
	w->changed = false;
	return 0;
}

bool
store_w_is_behind(const struct store_w *w)
{
	return w->behind;
}

void
store_w_set_behind(struct store_w *w, bool behind)
{
	w->behind = behind;
}

void
store_w_abandon(struct store_w *w)
{
	txn_lost(w);
	w->behind = true;
}

void
store_w_set_seq(struct store_w *w, uint64_t seq)
{
	w->c.seq = seq;
}

int
store_w_checkpoint(struct store_w *w, bool *all, struct err *e)
{
	assert(!w->dirty && !w->in_batch);
	return db_checkpoint(w->db, false, all, e);
}

void
store_w_trim(struct store_w *w)
{
	db_trim(w->db);
}

unsigned
store_w_log_pages(const struct store_w *w)
{
	return db_log_pages(w->db);
}

pid_t
store_w_lock_holder(struct store_w *w)
{
	return db_lock_holder(w->db);
}

void
storew_doomed_add(struct store_w *w, int64_t msg)
{
	doomed_add(w, msg);
}
