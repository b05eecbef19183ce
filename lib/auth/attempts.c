/* Login attempts in auth.db. Texts come from clients and are only data here. */
#include "auth/db_int.h"

static int
attempt_put(struct auth_db *a, const struct auth_attempt *t, struct err *e)
{
	struct db_q *q = db_use(
		a->db,
		"INSERT INTO attempt (account, login, ip, proto, mech, result, first, last, count)"
		" VALUES (:account, :login, :ip, :proto, :mech, :result, :first, :last, :count)"
		" ON CONFLICT (account, login, ip, proto, mech, result)"
		" DO UPDATE SET last = max(last, :last), count = count + :count");

	db_bind_text(q, ":account", t->account);
	db_bind_text(q, ":login", t->login);
	db_bind_text(q, ":ip", t->ip);
	db_bind_text(q, ":proto", t->proto);
	db_bind_text(q, ":mech", t->mech);
	db_bind_text(q, ":result", t->result);
	db_bind_int(q, ":first", t->first);
	db_bind_int(q, ":last", t->last);
	db_bind_int(q, ":count", t->count);
	return db_run(q, e);
}

/* Drop the oldest rows of an account beyond LIM_ATTEMPTS: the index gives the place in one walk. */
static int
attempts_limit(struct auth_db *a, struct str account, struct err *e)
{
	struct db_q *q = db_use(a->db, "DELETE FROM attempt WHERE id IN (SELECT id FROM attempt"
				       " WHERE account = :account ORDER BY last DESC, id DESC"
				       " LIMIT -1 OFFSET :keep)");

	db_bind_text(q, ":account", account);
	db_bind_int(q, ":keep", LIM_ATTEMPTS);
	return db_run(q, e);
}

static bool
is_last_of_account(const struct auth_attempt *v, size_t n, size_t i)
{
	for (size_t k = i + 1; k < n; k++) {
		if (str_eq(v[k].account, v[i].account))
			return false;
	}
	return true;
}

int
auth_db_attempts_add(struct auth_db *a, const struct auth_attempt *v, size_t n, struct err *e)
{
	if (db_begin_write(a->db, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (attempt_put(a, &v[i], e) < 0 ||
		    (is_last_of_account(v, n, i) && attempts_limit(a, v[i].account, e) < 0))
			goto fail;
	}
	if (db_commit(a->db, e) == 0)
		return 0;
fail:
	db_rollback(a->db);
	return -1;
}

int
auth_db_attempts(struct auth_db *a, struct str account, unsigned limit,
		 void (*fn)(void *arg, const struct auth_attempt *t), void *arg, struct err *e)
{
	struct db_q *q;

	if (account.n > 0) {
		q = db_use(a->db,
			   "SELECT account, login, ip, proto, mech, result, first, last, count"
			   " FROM attempt WHERE account = :account"
			   " ORDER BY last DESC, id DESC LIMIT :limit");
		db_bind_text(q, ":account", account);
	} else {
		q = db_use(a->db,
			   "SELECT account, login, ip, proto, mech, result, first, last, count"
			   " FROM attempt ORDER BY last DESC, id DESC LIMIT :limit");
	}
	db_bind_int(q, ":limit", limit);
	while (db_row(q))
		fn(arg, &(struct auth_attempt){ .account = db_str(q, 0),
						.login = db_str(q, 1),
						.ip = db_str(q, 2),
						.proto = db_str(q, 3),
						.mech = db_str(q, 4),
						.result = db_str(q, 5),
						.first = db_int(q, 6),
						.last = db_int(q, 7),
						.count = db_int(q, 8) });
	return db_end(q, e);
}

int
auth_db_attempts_trim(struct auth_db *a, int64_t before, struct err *e)
{
	struct db_q *q = db_use(a->db, "DELETE FROM attempt WHERE last < :before");

	db_bind_int(q, ":before", before);
	return db_run(q, e);
}
