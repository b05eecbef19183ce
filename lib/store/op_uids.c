/*
 * Changes to sets of messages: flags, copy, move, expunge. Set-based statements, or one loop over
 * one prepared statement: a command on all of a mailbox must cost little more than the rows it
 * touches.
 */
#include "base/limits.h"
#include "base/mem.h"
#include "store/w.h"

/* ---- flags */

/* New value = (old & keep) | set, for flags and both words of keywords. */
struct change {
	uint64_t keep[3], set[3];
};

static void
change_init(struct change *c, enum store_flags_op how, uint64_t flags, const uint64_t kw[2])
{
	const uint64_t bits[3] = { flags & STORE_FLAG_ALL, kw[0], kw[1] };

	for (unsigned i = 0; i < 3; i++) {
		c->keep[i] = how == STORE_FLAGS_SET ? 0 : how == STORE_FLAGS_ADD ? ~0ULL : ~bits[i];
		c->set[i] = how == STORE_FLAGS_DEL ? 0 : bits[i];
	}
}

/* Rows that are in the range, may change, and would. */
#define CHANGE_WHERE                                                                               \
	" WHERE mailbox = :mailbox AND uid BETWEEN :lo AND :hi AND modseq <= :max"                 \
	" AND (flags <> (flags & :kf) | :sf OR kw0 <> (kw0 & :k0) | :s0"                           \
	" OR kw1 <> (kw1 & :k1) | :s1)"

static void
change_bind(struct db_q *q, const struct change *c, int64_t mailbox, uint32_t lo, uint32_t hi,
	    uint64_t max)
{
	db_bind_int(q, ":mailbox", mailbox);
	db_bind_int(q, ":lo", lo);
	db_bind_int(q, ":hi", hi);
	db_bind_int(q, ":max", (int64_t)max);
	db_bind_int(q, ":kf", (int64_t)c->keep[0]);
	db_bind_int(q, ":sf", (int64_t)c->set[0]);
	db_bind_int(q, ":k0", (int64_t)c->keep[1]);
	db_bind_int(q, ":s0", (int64_t)c->set[1]);
	db_bind_int(q, ":k1", (int64_t)c->keep[2]);
	db_bind_int(q, ":s1", (int64_t)c->set[2]);
}

/* What the kept counts gain or lose. */
static int
change_count(struct store_w *w, struct storew_mailbox *mb, const struct change *c, uint32_t lo,
	     uint32_t hi, uint64_t max, struct err *e)
{
	const uint64_t counted = STORE_FLAG_SEEN | STORE_FLAG_DELETED;
	struct db_q *q;

	if (((~c->keep[0] | c->set[0]) & counted) == 0)
		return 0;
	q = db_use(w->db, "SELECT total((((flags & :kf) | :sf) & 1) = 0) - total((flags & 1) = 0),"
			  " total((((flags & :kf) | :sf) & 8) <> 0) - total((flags & 8) <> 0)"
			  " FROM mbmsg" CHANGE_WHERE);
	change_bind(q, c, mb->id, lo, hi, max);
	if (db_row(q)) {
		mb->unseen += db_int(q, 0);
		mb->deleted += db_int(q, 1);
	}
	return db_end(q, e);
}

static int
change_range(struct store_w *w, struct storew_mailbox *mb, const struct change *c, uint32_t lo,
	     uint32_t hi, uint64_t max, uint64_t modseq, int64_t *changed, struct err *e)
{
	struct db_q *q;

	if (change_count(w, mb, c, lo, hi, max, e) < 0)
		return -1;
	q = db_use(w->db, "UPDATE mbmsg SET flags = (flags & :kf) | :sf, kw0 = (kw0 & :k0) | :s0,"
			  " kw1 = (kw1 & :k1) | :s1, modseq = :modseq" CHANGE_WHERE);
	change_bind(q, c, mb->id, lo, hi, max);
	db_bind_int(q, ":modseq", (int64_t)modseq);
	if (db_run(q, e) < 0)
		return -1;
	*changed += db_changes(w->db);
	return 0;
}

/* UIDs in the range that somebody changed after `since`. */
static int
put_modified(struct store_w *w, int64_t mailbox, uint32_t lo, uint32_t hi, uint64_t since,
	     struct buf *out, struct err *e)
{
	struct db_q *q =
		db_use(w->db, "SELECT uid FROM mbmsg WHERE mailbox = :mailbox"
			      " AND uid BETWEEN :lo AND :hi AND modseq > :since ORDER BY uid");

	db_bind_int(q, ":mailbox", mailbox);
	db_bind_int(q, ":lo", lo);
	db_bind_int(q, ":hi", hi);
	db_bind_int(q, ":since", (int64_t)since);
	while (db_row(q))
		store_set_put(out, (uint32_t)db_int(q, 0), (uint32_t)db_int(q, 0));
	return db_end(q, e);
}

int
storew_op_flags(struct store_w *w, struct str body, struct store_result *r, struct err *e)
{
	struct msg_op_flags m;
	struct storew_mailbox mb;
	struct change c;
	uint64_t kw[2], max, modseq;
	uint32_t lo, hi;
	int64_t changed = 0;
	bool bad;

	if (!msg_op_flags_get(body, &m) || m.how > STORE_FLAGS_DEL)
		return storew_malformed(e);
	if (storew_mailbox_get(w, (int64_t)m.mailbox, &mb, e) < 0 ||
	    storew_keywords(w, mb.id, m.keywords, m.how != STORE_FLAGS_DEL, kw, e) < 0)
		return -1;
	change_init(&c, (enum store_flags_op)m.how, m.flags, kw);
	max = m.unchangedsince > 0 ? MIN(m.unchangedsince, INT64_MAX) : INT64_MAX;
	modseq = w->c.modseq + 1;
	for (struct str set = m.uids; store_set_next(&set, &lo, &hi, &bad);) {
		/* First who was too late: afterwards all that we change has a higher modseq as
		 * well. */
		if (m.unchangedsince > 0 && put_modified(w, mb.id, lo, hi, max, &r->a, e) < 0)
			return -1;
		if (change_range(w, &mb, &c, lo, hi, max, modseq, &changed, e) < 0)
			return -1;
	}
	if (bad)
		return storew_malformed(e);
	if (r->a.over)
		return err_set(e, EC_LIMIT, "set of modified messages is too large");
	if (changed > 0) {
		w->c.modseq = modseq;
		mb.modseq = mb.flagged = (int64_t)modseq;
		if (storew_mailbox_put(w, &mb, e) < 0)
			return -1;
	}
	r->modseq = (uint64_t)mb.modseq;
	return 0;
}

/* ---- rows in memory */

struct rows {
	struct store_row *v;
	size_t n, cap;
};

static void
rows_add(struct rows *rs, struct db_q *q)
{
	if (rs->n == rs->cap) {
		rs->cap = rs->cap > 0 ? rs->cap * 2 : 256;
		rs->v = mem_resize(rs->v, rs->cap, sizeof(*rs->v));
	}
	store_row_from(q, &rs->v[rs->n++]);
}

/* Rows of a range, those with any of `flags` only unless 0. */
static int
rows_load(struct store_w *w, int64_t mailbox, uint32_t lo, uint32_t hi, uint32_t flags,
	  struct rows *rs, struct err *e)
{
	struct db_q *q =
		db_use(w->db, "SELECT " STORE_ROW_COLS " FROM mbmsg WHERE mailbox = :mailbox"
			      " AND uid BETWEEN :lo AND :hi AND (:flags = 0 OR flags & :flags)"
			      " ORDER BY uid");

	db_bind_int(q, ":mailbox", mailbox);
	db_bind_int(q, ":lo", lo);
	db_bind_int(q, ":hi", hi);
	db_bind_int(q, ":flags", flags);
	while (db_row(q))
		rows_add(rs, q);
	return db_end(q, e);
}

static int
rows_load_set(struct store_w *w, int64_t mailbox, struct str set, uint32_t flags, struct rows *rs,
	      struct err *e)
{
	uint32_t lo, hi;
	bool bad;

	while (store_set_next(&set, &lo, &hi, &bad)) {
		if (rows_load(w, mailbox, lo, hi, flags, rs, e) < 0)
			return -1;
	}
	return bad ? storew_malformed(e) : 0;
}

/* UIDs of the rows as a set, and as history at modseq. */
static int
put_gone(struct store_w *w, struct storew_mailbox *mb, const struct rows *rs, uint64_t modseq,
	 struct buf *out, struct err *e)
{
	for (size_t i = 0, j; i < rs->n; i = j) {
		for (j = i + 1; j < rs->n && rs->v[j].uid == rs->v[j - 1].uid + 1;)
			j++;
		if (out != NULL)
			store_set_put(out, rs->v[i].uid, rs->v[j - 1].uid);
		if (storew_history_add(w, mb, modseq, rs->v[i].uid, rs->v[j - 1].uid, e) < 0)
			return -1;
	}
	if (out != NULL && out->over)
		return err_set(e, EC_LIMIT, "set of expunged messages is too large");
	return storew_history_trim(w, mb, e);
}

/* Take the rows out of the mailbox; the messages stay. */
static int
rows_remove(struct store_w *w, struct storew_mailbox *mb, const struct rows *rs, uint64_t modseq,
	    struct buf *out, struct err *e)
{
	struct db_q *q = db_use(w->db, "DELETE FROM mbmsg WHERE mailbox = :mailbox AND uid = :uid");
	int rc = 0;

	db_bind_int(q, ":mailbox", mb->id);
	for (size_t i = 0; rc == 0 && i < rs->n; i++) {
		db_bind_int(q, ":uid", rs->v[i].uid);
		rc = db_again(q, e);
		storew_count(mb, &rs->v[i], -1);
	}
	if (db_end(q, e) < 0 || rc < 0)
		return -1;
	mb->modseq = (int64_t)modseq;
	return put_gone(w, mb, rs, modseq, out, e);
}

/* ---- copy and move */

/* What keyword bits of one mailbox are in another. */
static int
keyword_map(struct store_w *w, int64_t src, int64_t dst, const uint64_t used[2],
	    unsigned char map[LIM_KEYWORDS], struct err *e)
{
	struct {
		unsigned bit;
		size_t n;
		char name[LIM_KEYWORD];
	} *v = NULL;
	size_t n = 0;
	struct db_q *q = db_use(w->db, "SELECT bit, name FROM keyword WHERE mailbox = :mailbox");
	int rc;

	db_bind_int(q, ":mailbox", src);
	while (db_row(q)) {
		unsigned bit = (unsigned)db_int(q, 0);
		struct str name = db_str(q, 1);

		if (bit >= LIM_KEYWORDS || name.n > LIM_KEYWORD || n == LIM_KEYWORDS ||
		    (used[bit / 64] >> bit % 64 & 1) == 0)
			continue;
		if (v == NULL)
			v = mem_zalloc(LIM_KEYWORDS, sizeof(*v));
		v[n].bit = bit;
		v[n].n = name.n;
		memcpy(v[n++].name, name.p, name.n);
	}
	rc = db_end(q, e);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		unsigned bit = 0;

		rc = storew_keyword_make(w, dst, str_mem(v[i].name, v[i].n), &bit, e);
		map[v[i].bit] = (unsigned char)bit;
	}
	mem_free(v);
	return rc;
}

static void
keyword_apply(const unsigned char map[LIM_KEYWORDS], const uint64_t from[2], uint64_t to[2])
{
	to[0] = to[1] = 0;
	for (unsigned w = 0; w < 2; w++) {
		for (uint64_t bits = from[w]; bits != 0; bits &= bits - 1) {
			unsigned bit = map[w * 64 + (unsigned)__builtin_ctzll(bits)];

			to[bit / 64] |= 1ULL << bit % 64;
		}
	}
}

/* The rows as new rows of dst at modseq. */
static int
rows_insert(struct store_w *w, int64_t src, struct storew_mailbox *dst, const struct rows *rs,
	    uint64_t modseq, struct err *e)
{
	unsigned char map[LIM_KEYWORDS] = { 0 };
	uint64_t used[2] = { 0, 0 };

	for (size_t i = 0; i < rs->n; i++) {
		used[0] |= rs->v[i].keywords[0];
		used[1] |= rs->v[i].keywords[1];
	}
	if ((used[0] | used[1]) != 0 && keyword_map(w, src, dst->id, used, map, e) < 0)
		return -1;
	for (size_t i = 0; i < rs->n; i++) {
		struct store_row row = rs->v[i];

		if (storew_uid_take(dst, &row.uid, e) < 0)
			return -1;
		keyword_apply(map, rs->v[i].keywords, row.keywords);
		row.modseq = modseq;
		row.saved = w->now;
		storew_count(dst, &row, 1);
		if (storew_row_put(w, dst->id, &row, e) < 0)
			return -1;
	}
	dst->modseq = (int64_t)modseq;
	return 0;
}

static int
copy_rows(struct store_w *w, struct storew_mailbox *src, struct storew_mailbox *dst, bool move,
	  uint64_t quota, const struct rows *rs, struct store_result *r, struct err *e)
{
	uint64_t bytes = 0, modseq = w->c.modseq + 1;

	for (size_t i = 0; i < rs->n; i++)
		bytes += rs->v[i].size;
	if (!move && storew_quota_check(w, bytes, quota, e) < 0)
		return -1;
	if (rows_insert(w, src->id, dst, rs, modseq, e) < 0)
		return -1;
	for (size_t i = 0; !move && i < rs->n; i++) {
		if (storew_message_share(w, rs->v[i].msg, e) < 0)
			return -1;
	}
	/* Source and destination may be one mailbox: then both are the same object. */
	if (move && rows_remove(w, src, rs, modseq, NULL, e) < 0)
		return -1;
	if (!move)
		w->c.size += bytes;
	w->c.modseq = modseq;
	if (storew_mailbox_put(w, dst, e) < 0 ||
	    (src != dst && move && storew_mailbox_put(w, src, e) < 0))
		return -1;
	for (size_t i = 0, j; i < rs->n; i = j) {
		for (j = i + 1; j < rs->n && rs->v[j].uid == rs->v[j - 1].uid + 1;)
			j++;
		store_set_put(&r->a, rs->v[i].uid, rs->v[j - 1].uid);
	}
	store_set_put(&r->b, dst->uidnext - (uint32_t)rs->n, dst->uidnext - 1);
	return r->a.over ? err_set(e, EC_LIMIT, "set of copied messages is too large") : 0;
}

int
storew_op_copy(struct store_w *w, struct str body, struct store_result *r, struct err *e)
{
	struct msg_op_copy m;
	struct storew_mailbox src, other, *dst = &src;
	struct rows rs = { 0 };
	int rc = 0;

	if (!msg_op_copy_get(body, &m) || m.move > 1)
		return storew_malformed(e);
	if (storew_mailbox_get(w, (int64_t)m.src, &src, e) < 0)
		return -1;
	if (m.dst != m.src) {
		if (storew_mailbox_get(w, (int64_t)m.dst, &other, e) < 0)
			return -1;
		dst = &other;
	}
	if (rows_load_set(w, src.id, m.uids, 0, &rs, e) < 0)
		rc = -1;
	else if (rs.n > 0)
		rc = copy_rows(w, &src, dst, m.move != 0, m.quota, &rs, r, e);
	mem_free(rs.v);
	r->uidvalidity = dst->uidvalidity;
	r->modseq = (uint64_t)dst->modseq;
	return rc;
}

int
storew_move_all(struct store_w *w, struct storew_mailbox *src, struct storew_mailbox *dst,
		struct err *e)
{
	struct store_result ignored;
	struct rows rs = { 0 };
	int rc;

	store_result_init(&ignored);
	rc = rows_load(w, src->id, 1, UINT32_MAX, 0, &rs, e);
	if (rc == 0 && rs.n > 0)
		rc = copy_rows(w, src, dst, true, 0, &rs, &ignored, e);
	store_result_done(&ignored);
	mem_free(rs.v);
	return rc;
}

/* ---- expunge */

static int
rows_expunge(struct store_w *w, struct storew_mailbox *mb, const struct rows *rs, struct buf *out,
	     struct err *e)
{
	if (rows_remove(w, mb, rs, w->c.modseq + 1, out, e) < 0)
		return -1;
	w->c.modseq++;
	for (size_t i = 0; i < rs->n; i++) {
		w->c.size -= MIN(w->c.size, rs->v[i].size);
		if (storew_message_release(w, rs->v[i].msg, e) < 0)
			return -1;
	}
	return storew_mailbox_put(w, mb, e);
}

int
storew_op_expunge(struct store_w *w, struct str body, struct store_result *r, struct err *e)
{
	struct msg_op_expunge m;
	struct storew_mailbox mb;
	struct rows rs = { 0 };
	int rc;

	if (!msg_op_expunge_get(body, &m) || m.all > 1)
		return storew_malformed(e);
	if (storew_mailbox_get(w, (int64_t)m.mailbox, &mb, e) < 0)
		return -1;
	rc = m.all ? rows_load(w, mb.id, 1, UINT32_MAX, STORE_FLAG_DELETED, &rs, e)
		   : rows_load_set(w, mb.id, m.uids, STORE_FLAG_DELETED, &rs, e);
	if (rc == 0 && rs.n > 0)
		rc = rows_expunge(w, &mb, &rs, &r->a, e);
	mem_free(rs.v);
	r->modseq = (uint64_t)mb.modseq;
	return rc;
}

int
storew_clear(struct store_w *w, struct storew_mailbox *mb, struct err *e)
{
	struct rows rs = { 0 };
	int rc = rows_load(w, mb->id, 1, UINT32_MAX, 0, &rs, e);

	if (rc == 0 && rs.n > 0)
		rc = rows_expunge(w, mb, &rs, NULL, e);
	mem_free(rs.v);
	return rc;
}
