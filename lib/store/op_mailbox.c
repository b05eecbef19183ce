/* Mailboxes: rows, names, keywords, history, and the operations on them. */
#include <stdio.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/wire.h"
#include "store/w.h"

/* ---- rows */

#define BOX_COLS                                                                                   \
	"id, uidvalidity, uidnext, special, count, unseen, deleted, size, modseq, history, "       \
	"trimmed, flagged"

static int
box_one(struct db_q *q, struct storew_mailbox *m, struct err *e)
{
	struct storew_mailbox t = { 0 };
	bool found = db_row(q);

	if (found) {
		t = (struct storew_mailbox){
			.id = db_int(q, 0),
			.uidvalidity = (uint32_t)db_int(q, 1),
			.uidnext = (uint32_t)db_int(q, 2),
			.special = (uint32_t)db_int(q, 3),
			.count = db_int(q, 4),
			.unseen = db_int(q, 5),
			.deleted = db_int(q, 6),
			.size = db_int(q, 7),
			.modseq = db_int(q, 8),
			.history = db_int(q, 9),
			.trimmed = db_int(q, 10),
			.flagged = db_int(q, 11),
		};
	}
	if (db_end(q, e) < 0)
		return -1;
	if (!found)
		return err_set(e, EC_NOTFOUND, "no such mailbox");
	*m = t;
	return 0;
}

int
storew_mailbox_get(struct store_w *w, int64_t id, struct storew_mailbox *m, struct err *e)
{
	struct db_q *q = db_use(w->db, "SELECT " BOX_COLS " FROM mailbox WHERE id = :id");

	db_bind_int(q, ":id", id);
	return box_one(q, m, e);
}

int
storew_mailbox_find(struct store_w *w, struct str name, struct storew_mailbox *m, struct err *e)
{
	struct db_q *q = db_use(w->db, "SELECT " BOX_COLS " FROM mailbox WHERE name = :name");

	db_bind_text(q, ":name", name);
	return box_one(q, m, e);
}

int
storew_mailbox_put(struct store_w *w, const struct storew_mailbox *m, struct err *e)
{
	struct db_q *q =
		db_use(w->db, "UPDATE mailbox SET uidnext = :uidnext, special = :special,"
			      " count = :count, unseen = :unseen, deleted = :deleted, size = :size,"
			      " modseq = :modseq, history = :history, trimmed = :trimmed,"
			      " flagged = :flagged WHERE id = :id");

	db_bind_int(q, ":uidnext", m->uidnext);
	db_bind_int(q, ":special", m->special);
	db_bind_int(q, ":count", m->count);
	db_bind_int(q, ":unseen", m->unseen);
	db_bind_int(q, ":deleted", m->deleted);
	db_bind_int(q, ":size", m->size);
	db_bind_int(q, ":modseq", m->modseq);
	db_bind_int(q, ":history", m->history);
	db_bind_int(q, ":trimmed", m->trimmed);
	db_bind_int(q, ":flagged", m->flagged);
	db_bind_int(q, ":id", m->id);
	return db_run(q, e);
}

int
storew_uid_take(struct storew_mailbox *m, uint32_t *uid, struct err *e)
{
	if (m->uidnext == UINT32_MAX)
		return err_set(e, EC_LIMIT, "mailbox has used all UIDs");
	*uid = m->uidnext++;
	return 0;
}

/* ---- making */

static int
subscribe(struct store_w *w, struct str name, bool on, struct err *e)
{
	struct db_q *q = on ? db_use(w->db, "INSERT INTO subscription (name) VALUES (:name)"
					    " ON CONFLICT DO NOTHING")
			    : db_use(w->db, "DELETE FROM subscription WHERE name = :name");

	db_bind_text(q, ":name", name);
	return db_run(q, e);
}

static int
count_of(struct store_w *w, struct db_q *q, int64_t *n, struct err *e)
{
	(void)w;
	*n = db_row(q) ? db_int(q, 0) : 0;
	return db_end(q, e);
}

static int
box_insert(struct store_w *w, struct str name, struct storew_mailbox *m, struct err *e)
{
	struct db_q *q;
	int64_t n;

	if (count_of(w, db_use(w->db, "SELECT count(*) FROM mailbox"), &n, e) < 0)
		return -1;
	if (n >= LIM_MAILBOXES)
		return err_set(e, EC_LIMIT, "too many mailboxes");
	if (w->c.nextuidvalidity == UINT32_MAX)
		return err_set(e, EC_LIMIT, "all UIDVALIDITY values are used");
	*m = (struct storew_mailbox){
		.id = w->c.nextmailbox++,
		.uidvalidity = w->c.nextuidvalidity++,
		.uidnext = 1,
		.modseq = (int64_t)++w->c.modseq,
	};
	q = db_use(w->db,
		   "INSERT INTO mailbox (id, name, uidvalidity, uidnext, count, unseen, deleted,"
		   " size, modseq, special, history, trimmed) VALUES (:id, :name, :uidvalidity,"
		   " 1, 0, 0, 0, 0, :modseq, 0, 0, 0)");
	db_bind_int(q, ":id", m->id);
	db_bind_text(q, ":name", name);
	db_bind_int(q, ":uidvalidity", m->uidvalidity);
	db_bind_int(q, ":modseq", m->modseq);
	if (db_run(q, e) < 0)
		return -1;
	return subscribe(w, name, true, e);
}

/* Find or make. */
static int
box_need(struct store_w *w, struct str name, struct storew_mailbox *m, struct err *e)
{
	struct err why = ERR_INIT;

	if (storew_mailbox_find(w, name, m, &why) == 0)
		return 0;
	if (why.code != EC_NOTFOUND) {
		err_move(e, &why);
		return -1;
	}
	return box_insert(w, name, m, e);
}

static int
make_parents(struct store_w *w, struct str name, struct err *e)
{
	struct storew_mailbox m;

	for (size_t i = 1; i < name.n; i++) {
		if (name.p[i] == '/' && box_need(w, str_sub(name, 0, i), &m, e) < 0)
			return -1;
	}
	return 0;
}

/* A special use belongs to one mailbox. */
static int
special_take(struct store_w *w, struct storew_mailbox *m, uint32_t special, struct err *e)
{
	struct db_q *q =
		db_use(w->db, "UPDATE mailbox SET special = special & ~:special, modseq = :modseq"
			      " WHERE special & :special AND id <> :id");

	db_bind_int(q, ":special", special);
	db_bind_int(q, ":modseq", (int64_t)w->c.modseq);
	db_bind_int(q, ":id", m->id);
	if (db_run(q, e) < 0)
		return -1;
	m->special |= special;
	return storew_mailbox_put(w, m, e);
}

int
storew_mailbox_make(struct store_w *w, struct str name, uint32_t special, struct storew_mailbox *m,
		    struct err *e)
{
	char canon[LIM_MAILBOX_NAME];
	struct buf b;
	struct str s;
	int rc;

	buf_init(&b, sizeof(canon));
	rc = store_mailbox_name_check(name, &b, e);
	s = str_mem(canon, b.n);
	memcpy(canon, buf_str(&b).p, b.n);
	buf_done(&b);
	if (rc < 0 || make_parents(w, s, e) < 0 || box_need(w, s, m, e) < 0)
		return -1;
	return special != 0 ? special_take(w, m, special, e) : 0;
}

/* ---- keywords */

/* RFC 9051 9: flag-keyword is an atom. */
static bool
keyword_is_valid(struct str s)
{
	if (s.n == 0 || s.n > LIM_KEYWORD)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= 0x20 || c >= 0x7f || strchr("(){%*\"\\]", c) != NULL)
			return false;
	}
	return true;
}

static int
keyword_find(struct store_w *w, int64_t mailbox, struct str name, bool *found, unsigned *bit,
	     struct err *e)
{
	struct db_q *q = db_use(w->db, "SELECT bit FROM keyword WHERE mailbox = :mailbox"
				       " AND name = :name COLLATE NOCASE");

	db_bind_int(q, ":mailbox", mailbox);
	db_bind_text(q, ":name", name);
	if ((*found = db_row(q)))
		*bit = (unsigned)db_int(q, 0);
	if (db_end(q, e) < 0)
		return -1;
	return *found && *bit >= LIM_KEYWORDS ? err_set(e, EC_CORRUPT, "keyword bit") : 0;
}

int
storew_keyword_make(struct store_w *w, int64_t mailbox, struct str name, unsigned *bit,
		    struct err *e)
{
	struct db_q *q;
	int64_t n;
	bool found;

	if (!keyword_is_valid(name))
		return err_set(e, EC_SYNTAX, "bad keyword");
	if (keyword_find(w, mailbox, name, &found, bit, e) < 0)
		return -1;
	if (found)
		return 0;
	q = db_use(w->db, "SELECT count(*) FROM keyword WHERE mailbox = :mailbox");
	db_bind_int(q, ":mailbox", mailbox);
	if (count_of(w, q, &n, e) < 0)
		return -1;
	if (n >= LIM_KEYWORDS)
		return err_set(e, EC_LIMIT, "too many keywords");
	/* Keywords are never removed, so the count is the next free bit. */
	*bit = (unsigned)n;
	q = db_use(w->db,
		   "INSERT INTO keyword (mailbox, bit, name) VALUES (:mailbox, :bit, :name)");
	db_bind_int(q, ":mailbox", mailbox);
	db_bind_int(q, ":bit", *bit);
	db_bind_text(q, ":name", name);
	return db_run(q, e);
}

int
storew_keywords(struct store_w *w, int64_t mailbox, struct str list, bool make, uint64_t bits[2],
		struct err *e)
{
	struct rd rd = rd_init(list);

	bits[0] = bits[1] = 0;
	while (rd_more(&rd)) {
		struct str name = rd_str(&rd, LIM_KEYWORD);
		bool found = true;
		unsigned bit = 0;

		if (rd.bad)
			return storew_malformed(e);
		if ((make ? storew_keyword_make(w, mailbox, name, &bit, e)
			  : keyword_find(w, mailbox, name, &found, &bit, e)) < 0)
			return -1;
		if (found)
			bits[bit / 64] |= 1ULL << bit % 64;
	}
	return 0;
}

/* ---- history of expunged UIDs */

int
storew_history_add(struct store_w *w, struct storew_mailbox *m, uint64_t modseq, uint32_t lo,
		   uint32_t hi, struct err *e)
{
	struct db_q *q = db_use(w->db, "INSERT INTO expunged (mailbox, modseq, lo, hi)"
				       " VALUES (:mailbox, :modseq, :lo, :hi)");

	db_bind_int(q, ":mailbox", m->id);
	db_bind_int(q, ":modseq", (int64_t)modseq);
	db_bind_int(q, ":lo", lo);
	db_bind_int(q, ":hi", hi);
	m->history++;
	return db_run(q, e);
}

/* Down to half, oldest first, so that it is not done for each expunge. */
int
storew_history_trim(struct store_w *w, struct storew_mailbox *m, struct err *e)
{
	struct db_q *q;

	if (m->history <= LIM_HISTORY)
		return 0;
	q = db_use(w->db, "SELECT modseq FROM expunged WHERE mailbox = :mailbox ORDER BY modseq"
			  " LIMIT 1 OFFSET :n");
	db_bind_int(q, ":mailbox", m->id);
	db_bind_int(q, ":n", m->history - LIM_HISTORY / 2);
	if (db_row(q))
		m->trimmed = db_int(q, 0);
	if (db_end(q, e) < 0)
		return -1;
	q = db_use(w->db, "DELETE FROM expunged WHERE mailbox = :mailbox AND modseq <= :trimmed");
	db_bind_int(q, ":mailbox", m->id);
	db_bind_int(q, ":trimmed", m->trimmed);
	if (db_run(q, e) < 0)
		return -1;
	m->history -= db_changes(w->db);
	return 0;
}

/* ---- operations */

int
storew_op_init(struct store_w *w, struct str body, struct store_result *r, struct err *e)
{
	struct msg_op_init m;
	struct storew_mailbox mb;
	struct rd rd;
	int64_t n;

	if (!msg_op_init_get(body, &m))
		return storew_malformed(e);
	if (count_of(w, db_use(w->db, "SELECT count(*) FROM mailbox"), &n, e) < 0)
		return -1;
	if (n > 0)
		return 0;
	if (storew_mailbox_make(w, STR("Inbox"), 0, &mb, e) < 0)
		return -1;
	r->mailbox = mb.id;
	for (rd = rd_init(m.boxes); rd_more(&rd);) {
		struct str name = rd_str(&rd, LIM_MAILBOX_NAME);
		uint32_t special = (uint32_t)rd_uint(&rd, 4);

		if (rd.bad)
			return storew_malformed(e);
		if (storew_mailbox_make(w, name, special, &mb, e) < 0)
			return -1;
	}
	return 0;
}

int
storew_op_create(struct store_w *w, struct str body, struct store_result *r, struct err *e)
{
	struct msg_op_create m;
	struct storew_mailbox mb;
	int64_t first = w->c.nextmailbox;

	if (!msg_op_create_get(body, &m))
		return storew_malformed(e);
	if (storew_mailbox_make(w, m.name, (uint32_t)m.special, &mb, e) < 0)
		return -1;
	if (mb.id < first)
		return err_set(e, EC_EXISTS, "mailbox exists");
	r->mailbox = mb.id;
	r->uidvalidity = mb.uidvalidity;
	return 0;
}

/* Mailboxes below `name`. */
static int
count_children(struct store_w *w, struct str name, int64_t *n, struct err *e)
{
	struct db_q *q = db_use(w->db, "SELECT count(*) FROM mailbox"
				       " WHERE substr(name, 1, length(:name) + 1) = :name || '/'");

	db_bind_text(q, ":name", name);
	return count_of(w, q, n, e);
}

int
storew_op_delete(struct store_w *w, struct str body, struct store_result *r, struct err *e)
{
	struct msg_op_delete m;
	struct storew_mailbox mb;
	struct db_q *q;
	int64_t n;

	(void)r;
	if (!msg_op_delete_get(body, &m))
		return storew_malformed(e);
	if (str_eqi(m.name, STR("inbox")))
		return err_set(e, EC_DENIED, "Inbox can't be deleted");
	if (storew_mailbox_find(w, m.name, &mb, e) < 0 || count_children(w, m.name, &n, e) < 0)
		return -1;
	if (n > 0)
		return err_set(e, EC_EXISTS, "mailbox has mailboxes below it");
	if (storew_clear(w, &mb, e) < 0)
		return -1;
	w->c.modseq++;
	q = db_use(w->db, "DELETE FROM expunged WHERE mailbox = :id");
	db_bind_int(q, ":id", mb.id);
	if (db_run(q, e) < 0)
		return -1;
	q = db_use(w->db, "DELETE FROM keyword WHERE mailbox = :id");
	db_bind_int(q, ":id", mb.id);
	if (db_run(q, e) < 0)
		return -1;
	q = db_use(w->db, "DELETE FROM mailbox WHERE id = :id");
	db_bind_int(q, ":id", mb.id);
	return db_run(q, e);
}

/* A mailbox and those below it get the new name, and subscriptions to the old names a twin: RFC
 * 9051 6.3.7 does not let us take subscriptions away. */
static int
rename_tree(struct store_w *w, struct str from, struct str to, struct err *e)
{
	struct db_q *q = db_use(
		w->db, "SELECT max(length(CAST(name AS BLOB))) FROM mailbox WHERE name = :from"
		       " OR substr(name, 1, length(:from) + 1) = :from || '/'");
	int64_t longest;

	db_bind_text(q, ":from", from);
	if (count_of(w, q, &longest, e) < 0)
		return -1;
	if ((uint64_t)longest - from.n + to.n > LIM_MAILBOX_NAME)
		return err_set(e, EC_LIMIT, "mailbox name would be too long");
	q = db_use(w->db,
		   "INSERT INTO subscription (name) SELECT :to || substr(s.name, length(:from) + 1)"
		   " FROM subscription s JOIN mailbox m ON m.name = s.name WHERE s.name = :from"
		   " OR substr(s.name, 1, length(:from) + 1) = :from || '/'"
		   " ON CONFLICT DO NOTHING");
	db_bind_text(q, ":from", from);
	db_bind_text(q, ":to", to);
	if (db_run(q, e) < 0)
		return -1;
	q = db_use(w->db, "UPDATE mailbox SET name = :to || substr(name, length(:from) + 1),"
			  " modseq = :modseq WHERE name = :from"
			  " OR substr(name, 1, length(:from) + 1) = :from || '/'");
	db_bind_text(q, ":from", from);
	db_bind_text(q, ":to", to);
	db_bind_int(q, ":modseq", (int64_t)++w->c.modseq);
	return db_run(q, e);
}

/* RFC 9051 6.3.6: the messages move, Inbox and what is below it stay. */
static int
rename_inbox(struct store_w *w, struct storew_mailbox *src, struct str to, struct err *e)
{
	struct storew_mailbox dst;

	if (storew_mailbox_make(w, to, 0, &dst, e) < 0)
		return -1;
	return storew_move_all(w, src, &dst, e);
}

int
storew_op_rename(struct store_w *w, struct str body, struct store_result *r, struct err *e)
{
	struct msg_op_rename m;
	struct storew_mailbox src, dst;
	struct err why = ERR_INIT;
	struct buf to;
	int rc = -1;

	(void)r;
	if (!msg_op_rename_get(body, &m))
		return storew_malformed(e);
	if (str_eqi(m.from, STR("inbox")))
		m.from = STR("Inbox");
	buf_init(&to, LIM_MAILBOX_NAME);
	if (storew_mailbox_find(w, m.from, &src, e) < 0 ||
	    store_mailbox_name_check(m.to, &to, e) < 0)
		goto done;
	if (storew_mailbox_find(w, buf_str(&to), &dst, &why) == 0)
		err_set(e, EC_EXISTS, "mailbox exists");
	else if (why.code != EC_NOTFOUND)
		err_move(e, &why);
	else if (str_eq(m.from, STR("Inbox")))
		rc = rename_inbox(w, &src, buf_str(&to), e);
	else if (str_has_prefix(buf_str(&to), m.from) && buf_str(&to).p[m.from.n] == '/')
		err_set(e, EC_SYNTAX, "a mailbox can't be moved below itself");
	else if (make_parents(w, buf_str(&to), e) == 0)
		rc = rename_tree(w, m.from, buf_str(&to), e);
done:
	buf_done(&to);
	return rc;
}

int
storew_op_subscribe(struct store_w *w, struct str body, struct store_result *r, struct err *e)
{
	struct msg_op_subscribe m;
	struct buf name;
	int64_t n;
	int rc = -1;

	(void)r;
	if (!msg_op_subscribe_get(body, &m) || m.on > 1)
		return storew_malformed(e);
	buf_init(&name, LIM_MAILBOX_NAME);
	if (m.on && count_of(w, db_use(w->db, "SELECT count(*) FROM subscription"), &n, e) < 0)
		goto done;
	if (m.on && n >= LIM_MAILBOXES)
		err_set(e, EC_LIMIT, "too many subscriptions");
	else if (store_mailbox_name_check(m.name, &name, e) == 0)
		rc = subscribe(w, buf_str(&name), m.on != 0, e);
done:
	buf_done(&name);
	return rc;
}
