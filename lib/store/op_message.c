/* A new message, and what becomes of messages whose last row goes. Notes about half-done
 * transactions and key wraps. */
#include "base/limits.h"
#include "base/mem.h"
#include "base/wire.h"
#include "store/w.h"

static int
put_chain(struct store_w *w, const struct msg_op_message *m, struct err *e)
{
	struct db_q *q = db_use(w->db, "INSERT INTO chain (id, sealed) VALUES (:id, :sealed)"
				       " ON CONFLICT DO NOTHING");

	db_bind_int(q, ":id", (int64_t)m->chain);
	db_bind_blob(q, ":sealed", m->sealed);
	return db_run(q, e);
}

static int
put_message(struct store_w *w, const struct msg_op_message *m, int64_t received, struct err *e)
{
	struct db_q *q = db_use(
		w->db, "INSERT INTO message (id, size, stored, chain, step, blob, received,"
		       " msgid, sender, refs, meta) VALUES (:id, :size, :stored, :chain, :step,"
		       " :blob, :received, :msgid, :sender, :refs, :meta)");

	db_bind_int(q, ":id", (int64_t)m->msg);
	db_bind_int(q, ":size", (int64_t)m->size);
	db_bind_int(q, ":stored", (int64_t)m->stored);
	db_bind_int(q, ":chain", (int64_t)m->chain);
	db_bind_int(q, ":step", (int64_t)m->step);
	db_bind_blob(q, ":blob", m->blob);
	db_bind_int(q, ":received", received);
	db_bind_blob(q, ":msgid", m->msgid);
	db_bind_blob(q, ":sender", m->sender);
	db_bind_blob(q, ":refs", m->refs);
	db_bind_blob(q, ":meta", m->meta);
	if (db_run(q, e) < 0)
		return -1;
	if (m->stored == STORED_FILE)
		return 0;
	q = db_use(w->db, "INSERT INTO body (msg, data) VALUES (:msg, :data)");
	db_bind_int(q, ":msg", (int64_t)m->msg);
	db_bind_blob(q, ":data", m->body);
	return db_run(q, e);
}

int
storew_row_put(struct store_w *w, int64_t mailbox, const struct store_row *r, struct err *e)
{
	struct db_q *q = db_use(
		w->db, "INSERT INTO mbmsg (mailbox, " STORE_ROW_COLS ") VALUES (:mailbox,"
		       " :uid, :msg, :flags, :kw0, :kw1, :modseq, :size, :received, :saved)");

	db_bind_int(q, ":mailbox", mailbox);
	db_bind_int(q, ":uid", r->uid);
	db_bind_int(q, ":msg", r->msg);
	db_bind_int(q, ":flags", r->flags);
	db_bind_int(q, ":kw0", (int64_t)r->keywords[0]);
	db_bind_int(q, ":kw1", (int64_t)r->keywords[1]);
	db_bind_int(q, ":modseq", (int64_t)r->modseq);
	db_bind_int(q, ":size", (int64_t)r->size);
	db_bind_int(q, ":received", r->received);
	db_bind_int(q, ":saved", r->saved);
	return db_run(q, e);
}

void
storew_count(struct storew_mailbox *m, const struct store_row *r, int sign)
{
	m->count += sign;
	m->unseen += (r->flags & STORE_FLAG_SEEN) == 0 ? sign : 0;
	m->deleted += (r->flags & STORE_FLAG_DELETED) != 0 ? sign : 0;
	m->size += sign * (int64_t)r->size;
}

int
storew_quota_check(const struct store_w *w, uint64_t more, uint64_t quota, struct err *e)
{
	if (quota > 0 && (w->c.size > quota || more > quota - w->c.size))
		return err_set(e, EC_QUOTA, "over quota");
	return 0;
}

int
storew_op_message(struct store_w *w, struct str body, struct store_result *r, struct err *e)
{
	struct msg_op_message m;
	struct storew_mailbox mb;
	struct store_row row = { .saved = w->now };

	if (!msg_op_message_get(body, &m) || m.blob.n != BLOB_ID || m.stored > STORED_FILE ||
	    m.size > LIM_BLOB || m.msg == 0 || m.msg >= INT64_MAX || m.step >= LIM_CHAIN)
		return storew_malformed(e);
	if (storew_quota_check(w, m.size, m.quota, e) < 0)
		return -1;
	if (m.mailbox > 0) {
		if (storew_mailbox_get(w, (int64_t)m.mailbox, &mb, e) < 0)
			return -1;
	} else if (storew_mailbox_make(w, m.name, 0, &mb, e) < 0) {
		return -1;
	}
	if (storew_uid_take(&mb, &row.uid, e) < 0 ||
	    storew_keywords(w, mb.id, m.keywords, true, row.keywords, e) < 0)
		return -1;
	row.msg = (int64_t)m.msg;
	row.flags = (uint32_t)m.flags & STORE_FLAG_ALL;
	row.modseq = ++w->c.modseq;
	row.size = m.size;
	row.received = m.received > 0 ? (int64_t)m.received : w->now;
	mb.modseq = (int64_t)row.modseq;
	storew_count(&mb, &row, 1);
	if ((m.sealed.n > 0 && put_chain(w, &m, e) < 0) ||
	    put_message(w, &m, row.received, e) < 0 || storew_row_put(w, mb.id, &row, e) < 0 ||
	    storew_mailbox_put(w, &mb, e) < 0)
		return -1;
	w->c.nextmsg = MAX(w->c.nextmsg, row.msg + 1);
	w->c.size += m.size;
	r->mailbox = mb.id;
	r->uidvalidity = mb.uidvalidity;
	r->uid = row.uid;
	r->modseq = row.modseq;
	return 0;
}

/* ---- one message in several places */

int
storew_message_share(struct store_w *w, int64_t msg, struct err *e)
{
	struct db_q *q = db_use(w->db, "INSERT INTO shared (msg, places) VALUES (:msg, 2)"
				       " ON CONFLICT (msg) DO UPDATE SET places = places + 1");

	w->has_shared = true;
	db_bind_int(q, ":msg", msg);
	return db_run(q, e);
}

/* True through *more when other places have it. */
static int
unshare(struct store_w *w, int64_t msg, bool *more, struct err *e)
{
	struct db_q *q;

	q = db_use(w->db, "UPDATE shared SET places = places - 1 WHERE msg = :msg");
	db_bind_int(q, ":msg", msg);
	if (db_run(q, e) < 0)
		return -1;
	if (!(*more = db_changes(w->db) > 0))
		return 0;
	q = db_use(w->db, "DELETE FROM shared WHERE msg = :msg AND places < 2");
	db_bind_int(q, ":msg", msg);
	return db_run(q, e);
}

int
storew_message_release(struct store_w *w, int64_t msg, struct err *e)
{
	struct db_q *q;
	bool more = false;

	if (w->has_shared && unshare(w, msg, &more, e) < 0)
		return -1;
	if (more)
		return 0;
	q = db_use(w->db, "DELETE FROM message WHERE id = :msg");
	db_bind_int(q, ":msg", msg);
	if (db_run(q, e) < 0)
		return -1;
	q = db_use(w->db, "DELETE FROM body WHERE msg = :msg");
	db_bind_int(q, ":msg", msg);
	if (db_run(q, e) < 0)
		return -1;
	if (db_changes(w->db) == 0)
		storew_doomed_add(w, msg);
	return 0;
}

/* ---- small ones */

int
storew_op_keywrap(struct store_w *w, struct str body, struct store_result *r, struct err *e)
{
	struct msg_op_keywrap m;
	struct rd rd;

	(void)r;
	if (!msg_op_keywrap_get(body, &m))
		return storew_malformed(e);
	for (rd = rd_init(m.wraps); rd_more(&rd);) {
		int64_t chain = (int64_t)rd_uint(&rd, 8);
		struct str wrapped = rd_str(&rd, SEAL_KEY + SEAL_WRAP);
		struct db_q *q;

		if (rd.bad || wrapped.n != SEAL_KEY + SEAL_WRAP)
			return storew_malformed(e);
		q = db_use(
			w->db,
			"UPDATE chain SET wrapped = :wrapped WHERE id = :id AND wrapped IS NULL");
		db_bind_blob(q, ":wrapped", wrapped);
		db_bind_int(q, ":id", chain);
		if (db_run(q, e) < 0)
			return -1;
	}
	return 0;
}

int
storew_op_partial(struct store_w *w, struct str body, struct store_result *r, struct err *e)
{
	struct msg_op_partial m;
	struct db_q *q;

	(void)r;
	if (!msg_op_partial_get(body, &m) || m.hash.n != SEAL_HASH)
		return storew_malformed(e);
	q = db_use(w->db, "DELETE FROM partial WHERE at < :old");
	db_bind_int(q, ":old", w->now - LIM_PARTIAL_DAYS * 86400);
	if (db_run(q, e) < 0)
		return -1;
	q = db_use(w->db, "INSERT INTO partial (hash, at) VALUES (:hash, :at)"
			  " ON CONFLICT (hash) DO UPDATE SET at = excluded.at");
	db_bind_blob(q, ":hash", m.hash);
	db_bind_int(q, ":at", w->now);
	w->has_partial = true;
	return db_run(q, e);
}

/* ---- deliveries asked for twice */

void
store_w_delivery_id(struct store_w *w, uint64_t txn, unsigned char id[16])
{
	unsigned char hash[SEAL_HASH];
	struct buf b;

	buf_init(&b, 64);
	buf_puts(&b, "delivery");
	wr_uint(&b, 8, txn);
	seal_prf(secret_p(w->index), buf_str(&b), hash);
	buf_done(&b);
	memcpy(id, hash, 16);
}

int
store_w_has_delivery(struct store_w *w, const unsigned char id[16], bool *found, struct err *e)
{
	struct db_q *q = db_use(w->db, "SELECT 1 FROM message WHERE id > :from AND blob = :blob");

	db_bind_int(q, ":from", w->c.nextmsg - LIM_DELIVERY_BACK);
	db_bind_blob(q, ":blob", str_mem(id, 16));
	*found = db_row(q);
	return db_end(q, e);
}
