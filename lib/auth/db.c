/* auth.db: accounts, their keys and passwords. */
#include "auth/db_int.h"

#include <string.h>

#include "base/mem.h"

static const char *const schema[] = {
	"CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE account ("
	" name TEXT PRIMARY KEY,"
	" pub BLOB NOT NULL,"
	" priv BLOB NOT NULL," /* this and the following: auth_root_wrap */
	" index_key BLOB NOT NULL,"
	" argon2 BLOB, scram_sha1 BLOB, scram_sha256 BLOB, cram_md5 BLOB,"
	" created INTEGER NOT NULL,"
	" changed INTEGER NOT NULL," /* password; 0: none */
	" version INTEGER NOT NULL"  /* of the password */
	") STRICT;"
	"CREATE TABLE attempt ("
	" id INTEGER PRIMARY KEY,"
	" account TEXT NOT NULL, login TEXT NOT NULL, ip TEXT NOT NULL, proto TEXT NOT NULL,"
	" mech TEXT NOT NULL, result TEXT NOT NULL,"
	" first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL,"
	" UNIQUE (account, login, ip, proto, mech, result)"
	") STRICT;"
	"CREATE INDEX attempt_account_last ON attempt (account, last);"
	"CREATE INDEX attempt_last ON attempt (last);",
};

/* A known value under the master key, so that a wrong key is noticed at once and not at a login. */
static int
check_master(struct auth_db *a, struct err *e)
{
	struct db_q *q = db_use(a->db, "SELECT value FROM meta WHERE key = 'check'");
	struct buf b;
	bool found = false;
	int r = 0;

	buf_init(&b, 256);
	if (db_row(q)) {
		found = true;
		r = auth_root_unwrap(a->root, "check", STR_NONE, db_str(q, 0), &b, NULL);
	}
	if (db_end(q, e) < 0)
		goto fail;
	if (r < 0) {
		(void)err_set(e, EC_DENIED, "auth.db was made with another master key");
		goto fail;
	}
	if (!found) {
		auth_root_wrap(a->root, "check", STR_NONE, STR("mox"), &b);
		q = db_use(a->db, "INSERT INTO meta (key, value) VALUES ('check', :value)");
		db_bind_blob(q, ":value", buf_str(&b));
		if (db_run(q, e) < 0)
			goto fail;
	}
	buf_done(&b);
	return 0;
fail:
	buf_done(&b);
	return -1;
}

struct auth_db *
auth_db_open(int dirfd, const struct auth_root *root, struct err *e)
{
	static const struct db_opts o = {
		.write = true,
		.durable = true,
		.scrub = true,
		.perm = 0600,
		.cache_kb = 512,
		.autocheckpoint = 500,
	};
	struct auth_db *a = MEM_NEW(struct auth_db);

	a->root = root;
	a->db = db_open(dirfd, "auth.db", &o, e);
	if (a->db == NULL || db_migrate(a->db, schema, ARRAY_LEN(schema), e) < 0 ||
	    check_master(a, e) < 0)
		auth_db_close(&a);
	return a;
}

struct auth_db *
auth_db_open_read(int dirfd, const struct auth_root *root, struct err *e)
{
	struct db_opts o = { .cache_kb = 512 };
	struct auth_db *a = MEM_NEW(struct auth_db);
	struct err why = ERR_INIT;

	a->root = root;
	a->db = db_open(dirfd, "auth.db", &o, &why);
	if (a->db == NULL && why.code == EC_TEMP) {
		/* No authd is running. */
		o.lone = true;
		err_clear(&why);
		a->db = db_open(dirfd, "auth.db", &o, &why);
	}
	if (a->db == NULL) {
		err_move(e, &why);
		auth_db_close(&a);
	}
	return a;
}

void
auth_db_close(struct auth_db **ap)
{
	struct auth_db *a = *ap;

	*ap = NULL;
	if (a == NULL)
		return;
	db_close(&a->db);
	mem_free(a);
}

/* Keys */

/* Exactly 32 bytes out of a wrapped column. */
static int
unwrap_key(struct auth_db *a, const char *what, struct str account, struct str wrapped,
	   unsigned char key[32], struct err *e)
{
	struct buf b;
	int r;

	buf_init(&b, SEAL_KEY);
	r = auth_root_unwrap(a->root, what, account, wrapped, &b, e);
	if (r == 0 && b.n != SEAL_KEY)
		r = err_set(e, EC_CORRUPT, "stored key has the wrong length");
	if (r == 0)
		memcpy(key, buf_str(&b).p, SEAL_KEY);
	buf_wipe(&b);
	return r;
}

static int
keys_get(struct auth_db *a, struct str account, unsigned char pub[32], unsigned char index[32],
	 struct err *e)
{
	struct db_q *q = db_use(a->db, "SELECT pub, index_key FROM account WHERE name = :name");
	bool found;
	int r = 0;

	db_bind_text(q, ":name", account);
	if ((found = db_row(q))) {
		if (db_str(q, 0).n != SEAL_KEY)
			r = err_set(e, EC_CORRUPT, "public key has the wrong length");
		else
			r = unwrap_key(a, "index", account, db_str(q, 1), index, e);
		if (r == 0)
			memcpy(pub, db_str(q, 0).p, SEAL_KEY);
	}
	if (db_end(q, e) < 0 || r < 0)
		return -1;
	return found ? 0
		     : err_set(e, EC_NOTFOUND, "account " STR_FMT " has no keys", STR_ARG(account));
}

/* A row with new keys and no password. */
static int
keys_make(struct auth_db *a, struct str account, int64_t now, unsigned char pub[32],
	  unsigned char index[32], struct err *e)
{
	struct secret *priv = secret_new(SEAL_KEY);
	struct buf wpriv, windex;
	struct db_q *q;
	int r;

	seal_keypair(pub, secret_p(priv));
	seal_random(index, SEAL_KEY);
	buf_init(&wpriv, 256);
	buf_init(&windex, 256);
	auth_root_wrap(a->root, "priv", account, str_mem(secret_p(priv), SEAL_KEY), &wpriv);
	auth_root_wrap(a->root, "index", account, str_mem(index, SEAL_KEY), &windex);
	q = db_use(a->db,
		   "INSERT INTO account (name, pub, priv, index_key, created, changed, version)"
		   " VALUES (:name, :pub, :priv, :index, :now, 0, 0)");
	db_bind_text(q, ":name", account);
	db_bind_blob(q, ":pub", str_mem(pub, SEAL_KEY));
	db_bind_blob(q, ":priv", buf_str(&wpriv));
	db_bind_blob(q, ":index", buf_str(&windex));
	db_bind_int(q, ":now", now);
	r = db_run(q, e);
	secret_free(&priv);
	buf_done(&wpriv);
	buf_done(&windex);
	return r;
}

int
auth_db_keys(struct auth_db *a, struct str account, bool make, int64_t now, unsigned char pub[32],
	     unsigned char index[32], struct err *e)
{
	struct err e2 = ERR_INIT;

	if (keys_get(a, account, pub, index, &e2) == 0)
		return 0;
	if (!make || e2.code != EC_NOTFOUND) {
		err_move(e, &e2);
		return -1;
	}
	return keys_make(a, account, now, pub, index, e);
}

int
auth_db_private(struct auth_db *a, struct str account, unsigned char pub[32], struct secret **priv,
		struct err *e)
{
	struct db_q *q = db_use(a->db, "SELECT pub, priv FROM account WHERE name = :name");
	struct secret *s = secret_new(SEAL_KEY);
	bool found;
	int r = 0;

	db_bind_text(q, ":name", account);
	if ((found = db_row(q))) {
		if (db_str(q, 0).n != SEAL_KEY)
			r = err_set(e, EC_CORRUPT, "public key has the wrong length");
		else
			r = unwrap_key(a, "priv", account, db_str(q, 1), secret_p(s), e);
		if (r == 0)
			memcpy(pub, db_str(q, 0).p, SEAL_KEY);
	}
	if (db_end(q, e) < 0 || r < 0)
		goto fail;
	if (!found) {
		(void)err_set(e, EC_NOTFOUND, "account " STR_FMT " has no keys", STR_ARG(account));
		goto fail;
	}
	*priv = s;
	return 0;
fail:
	secret_free(&s);
	return -1;
}

/* Passwords */

static void
bind_wrapped(struct auth_db *a, struct db_q *q, const char *param, const char *what,
	     struct str account, struct str text, struct buf *b)
{
	if (text.n == 0) {
		db_bind_null(q, param);
		return;
	}
	auth_root_wrap(a->root, what, account, text, b);
	db_bind_blob(q, param, buf_str(b));
}

/* Forms for the row that `q` updates. */
static int
forms_write(struct auth_db *a, struct db_q *q, struct str account, const struct auth_forms *f,
	    struct err *e)
{
	struct buf b[4];
	int r;

	for (size_t i = 0; i < ARRAY_LEN(b); i++)
		buf_init(&b[i], 2048);
	db_bind_text(q, ":name", account);
	bind_wrapped(a, q, ":argon2", "argon2", account, f->argon2, &b[0]);
	bind_wrapped(a, q, ":sha1", "scram_sha1", account, f->scram_sha1, &b[1]);
	bind_wrapped(a, q, ":sha256", "scram_sha256", account, f->scram_sha256, &b[2]);
	bind_wrapped(a, q, ":md5", "cram_md5", account, f->cram_md5, &b[3]);
	r = db_run(q, e);
	for (size_t i = 0; i < ARRAY_LEN(b); i++)
		buf_done(&b[i]);
	return r;
}

static int
forms_set(struct auth_db *a, struct str account, const struct auth_forms *f, int64_t now,
	  struct err *e)
{
	struct db_q *q = db_use(a->db, "UPDATE account SET argon2 = :argon2, scram_sha1 = :sha1,"
				       " scram_sha256 = :sha256, cram_md5 = :md5, changed = :now,"
				       " version = version + 1 WHERE name = :name");

	db_bind_int(q, ":now", now);
	return forms_write(a, q, account, f, e);
}

int
auth_db_password_renew(struct auth_db *a, struct str account, const struct auth_forms *f,
		       int64_t version, struct err *e)
{
	struct db_q *q = db_use(a->db, "UPDATE account SET argon2 = :argon2, scram_sha1 = :sha1,"
				       " scram_sha256 = :sha256, cram_md5 = :md5"
				       " WHERE name = :name AND version = :version");

	db_bind_int(q, ":version", version);
	return forms_write(a, q, account, f, e);
}

int
auth_db_password_set(struct auth_db *a, struct str account, const struct auth_forms *f, int64_t now,
		     struct err *e)
{
	unsigned char pub[32], index[32];
	int r;

	if (db_begin_write(a->db, e) < 0)
		return -1;
	r = auth_db_keys(a, account, true, now, pub, index, e);
	mem_wipe(index, sizeof(index));
	if (r < 0 || forms_set(a, account, f, now, e) < 0 || db_commit(a->db, e) < 0) {
		db_rollback(a->db);
		return -1;
	}
	return 0;
}

/* Column 0 of `q`, which the caller has bound, unwrapped; column 1 is the version. Ends the
 * statement. */
static int
form_read(struct auth_db *a, struct db_q *q, const char *what, struct str account, struct buf *out,
	  int64_t *version, struct err *e)
{
	bool found = false;
	int r = 0;

	if (db_row(q) && !db_is_null(q, 0)) {
		found = true;
		r = auth_root_unwrap(a->root, what, account, db_str(q, 0), out, e);
		*version = db_int(q, 1);
	}
	if (db_end(q, e) < 0 || r < 0)
		return -1;
	return found ? 0 : err_set(e, EC_NOTFOUND, "no password was set");
}

int
auth_db_password(struct auth_db *a, struct str account, struct buf *hash, int64_t *version,
		 struct err *e)
{
	struct db_q *q = db_use(a->db, "SELECT argon2, version FROM account WHERE name = :name");

	db_bind_text(q, ":name", account);
	return form_read(a, q, "argon2", account, hash, version, e);
}

int
auth_db_form(struct auth_db *a, struct str account, const char *form, struct buf *text,
	     int64_t *version, struct err *e)
{
	struct db_q *q;

	if (strcmp(form, "scram_sha1") == 0)
		q = db_use(a->db, "SELECT scram_sha1, version FROM account WHERE name = :name");
	else if (strcmp(form, "scram_sha256") == 0)
		q = db_use(a->db, "SELECT scram_sha256, version FROM account WHERE name = :name");
	else if (strcmp(form, "cram_md5") == 0)
		q = db_use(a->db, "SELECT cram_md5, version FROM account WHERE name = :name");
	else
		return err_set(e, EC_BUG, "unknown form");
	db_bind_text(q, ":name", account);
	return form_read(a, q, form, account, text, version, e);
}

int
auth_db_accounts(struct auth_db *a, void (*fn)(void *arg, const struct auth_account *acc),
		 void *arg, struct err *e)
{
	struct db_q *q = db_use(a->db, "SELECT name, created, changed FROM account ORDER BY name");

	while (db_row(q))
		fn(arg, &(struct auth_account){ .name = db_str(q, 0),
						.created = db_int(q, 1),
						.changed = db_int(q, 2) });
	return db_end(q, e);
}
