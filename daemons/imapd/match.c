#include "match.h"

enum { FIELD_WORK = 1 << 15 };

static enum verdict not(enum verdict v) { return v == V_UNKNOWN ? v : v == V_YES ? V_NO : V_YES; }

static enum verdict
yes(bool b)
{
	return b ? V_YES : V_NO;
}

/* ---- preparation */

static bool
looks_at_body(const struct imap_search_key *k)
{
	return k->key == IMAP_K_BODY || k->key == IMAP_K_TEXT;
}

static int
fold_needle(struct match *m, const struct imap_search_key *k, struct err *e)
{
	struct str cs = m->s->charset.n > 0 ? m->s->charset : STR("UTF-8");
	struct buf u, f;
	int r = -1;

	buf_init(&u, 8 * LIM_IMAP_CMD);
	buf_init(&f, 8 * LIM_IMAP_CMD);
	if (mime_charset_to_utf8(cs, k->s, &u) == 0) {
		mime_casemap(buf_str(&u), &f);
		m->needle[k->index] = conn_try_str(m->c, buf_str(&f));
		r = m->needle[k->index].p != NULL ? 0
						  : err_set(e, EC_LIMIT, "search text too long");
	} else {
		(void)err_set(e, EC_NOTFOUND, "text is not in that charset");
	}
	buf_done(&u);
	buf_done(&f);
	if (r == 0 && looks_at_body(k))
		m->longest = MAX(m->longest, m->needle[k->index].n);
	return r;
}

/* Bit of a keyword in the mailbox, plus 1; 0: it is on no message. */
static uint64_t
keyword_bit(const struct selected *s, struct str name)
{
	for (unsigned i = 0; i < s->nkw; i++)
		if (s->kw[i].p != NULL && str_eqi(s->kw[i], name))
			return i + 1;
	return 0;
}

static int
prepare(struct match *m, struct imap_search_key *k, struct err *e)
{
	switch (k->key) {
	case IMAP_K_SET:
	case IMAP_K_UID:
		if (selected_resolve(m->c, &k->set, k->key == IMAP_K_UID) != 0)
			return err_set(e, EC_SYNTAX, "message number out of range");
		return 0;
	case IMAP_K_KEYWORD:
		k->num = keyword_bit(m->c->sel, k->s);
		return 0;
	case IMAP_K_SENTBEFORE:
	case IMAP_K_SENTON:
	case IMAP_K_SENTSINCE:
		m->wants_header = true;
		return 0;
	case IMAP_K_HEADER:
		m->wants_header = true;
		return fold_needle(m, k, e);
	case IMAP_K_BODY:
	case IMAP_K_TEXT:
		m->wants_header = m->wants_body = true;
		return fold_needle(m, k, e);
	default:
		for (k = k->child; k != NULL; k = k->next)
			if (prepare(m, k, e) != 0)
				return -1;
		return 0;
	}
}

int
match_init(struct match *m, struct conn *c, struct err *e)
{
	*m = (struct match){ .c = c, .s = &c->cmd->search };
	content_init(&m->ct);
	buf_init(&m->text, LIM_IMAP_OUT);
	buf_init(&m->fold, LIM_IMAP_OUT);
	buf_init(&m->header, LIM_IMAP_HEADER + 1);
	m->needle = conn_try(c, m->s->ntext + 1, sizeof(*m->needle));
	m->res = conn_try(c, m->s->ntext + 1, 1);
	if (m->needle == NULL || m->res == NULL)
		return err_set(e, EC_LIMIT, "search too complex");
	if (m->s->charset.n > 0 && !mime_charset_is_known(m->s->charset))
		return err_set(e, EC_NOTFOUND, "unknown charset");
	return prepare(m, m->s->root, e);
}

void
match_done(struct match *m)
{
	mime_decoder_free(&m->dec);
	content_done(&m->ct);
	buf_done(&m->text);
	buf_done(&m->fold);
	buf_done(&m->header);
}

struct imap_set
match_bounds(const struct match *m, bool *any)
{
	const struct imap_search_key *k = m->s->root;

	*any = false;
	if (k->key == IMAP_K_AND) /* the root itself has no next */
		k = k->child;
	for (; k != NULL; k = k->next)
		if (k->key == IMAP_K_SET || k->key == IMAP_K_UID)
			return k->set;
	*any = true;
	return (struct imap_set){ .n = 0 };
}

/* ---- evaluation */

static enum verdict eval(const struct match *m, const struct imap_search_key *k);

static enum verdict
by_day(int64_t day, const struct imap_search_key *k, enum imap_key before, enum imap_key on)
{
	if (k->key == before)
		return yes(day < k->day);
	return yes(k->key == on ? day == k->day : day >= k->day);
}

static enum verdict
eval_sent(const struct match *m, const struct imap_search_key *k)
{
	if (!m->knows_date)
		return V_UNKNOWN;
	return m->has_date ? by_day(m->date, k, IMAP_K_SENTBEFORE, IMAP_K_SENTON) : V_NO;
}

static enum verdict
eval_list(const struct match *m, const struct imap_search_key *k, enum verdict decides)
{
	enum verdict all = not(decides), v;

	for (k = k->child; k != NULL; k = k->next) {
		v = eval(m, k);
		if (v == decides)
			return v;
		if (v == V_UNKNOWN)
			all = v;
	}
	return all;
}

static enum verdict
eval(const struct match *m, const struct imap_search_key *k)
{
	const struct store_row *r = m->r;

	switch (k->key) {
	case IMAP_K_AND:
		return eval_list(m, k, V_NO);
	case IMAP_K_OR:
		return eval_list(m, k, V_YES);
	case IMAP_K_NOT:
		return not(eval(m, k->child));
	case IMAP_K_ALL:
	case IMAP_K_OLD: /* nothing is recent */
		return V_YES;
	case IMAP_K_NEW:
	case IMAP_K_RECENT:
		return V_NO;
	case IMAP_K_SET:
	case IMAP_K_UID:
		return yes(imap_set_has(&k->set, r->uid));
	case IMAP_K_FLAG:
		return yes((r->flags & k->num) != 0);
	case IMAP_K_KEYWORD:
		return yes(k->num > 0 &&
			   (r->keywords[(k->num - 1) / 64] >> (k->num - 1) % 64 & 1) != 0);
	case IMAP_K_BEFORE:
	case IMAP_K_ON:
	case IMAP_K_SINCE:
		return by_day(mime_day_of(r->received), k, IMAP_K_BEFORE, IMAP_K_ON);
	case IMAP_K_SENTBEFORE:
	case IMAP_K_SENTON:
	case IMAP_K_SENTSINCE:
		return eval_sent(m, k);
	case IMAP_K_LARGER:
		return yes(r->size > k->num);
	case IMAP_K_SMALLER:
		return yes(r->size < k->num);
	case IMAP_K_HEADER:
	case IMAP_K_BODY:
	case IMAP_K_TEXT:
		return m->res[k->index];
	}
	return V_NO;
}

/* ---- text */

static bool
contains(struct str hay, struct str needle)
{
	return needle.n == 0 || memmem(hay.p, hay.n, needle.p, needle.n) != NULL;
}

typedef void key_fn(struct match *m, const struct imap_search_key *k, const void *arg);

/* Every undecided key with text. */
static void
each_key(struct match *m, const struct imap_search_key *k, key_fn *fn, const void *arg)
{
	if (k->key == IMAP_K_HEADER || looks_at_body(k)) {
		if (m->res[k->index] == V_UNKNOWN)
			fn(m, k, arg);
		return;
	}
	for (k = k->child; k != NULL; k = k->next)
		each_key(m, k, fn, arg);
}

struct field {
	struct str name;
	struct str value, all; /* decoded, folded; all has the name in front */
	bool top;	       /* of the message's own header */
};

static void
key_in_field(struct match *m, const struct imap_search_key *k, const void *arg)
{
	const struct field *f = arg;

	if (k->key == IMAP_K_TEXT && contains(f->all, m->needle[k->index]))
		m->res[k->index] = V_YES;
	if (k->key == IMAP_K_HEADER && f->top && str_eqi(f->name, k->field) &&
	    contains(f->value, m->needle[k->index]))
		m->res[k->index] = V_YES;
}

static void
key_wants_field(struct match *m, const struct imap_search_key *k, const void *arg)
{
	const struct str *name = arg;

	m->is_wanted = m->is_wanted || k->key == IMAP_K_TEXT ||
		       (k->key == IMAP_K_HEADER && str_eqi(*name, k->field));
}

/* Is some key still about fields of this name? */
static bool
is_wanted(struct match *m, struct str name)
{
	m->is_wanted = false;
	each_key(m, m->s->root, key_wants_field, &name);
	return m->is_wanted;
}

static void
key_is_over(struct match *m, const struct imap_search_key *k, const void *arg)
{
	(void)arg;
	if (k->key == IMAP_K_HEADER && mime_field_is_kept(k->field))
		m->res[k->index] = V_NO;
}

/* What the index keeps of the header. */
static void
search_kept(struct match *m)
{
	const struct mime_index *ix = &m->ct.ix;
	struct str left = ix->fields;
	struct field d = { .top = true };

	if (!ix->has_fields)
		return;
	m->knows_date = true;
	m->has_date = ix->has_day;
	m->date = ix->day;
	while (mime_kept_next(&left, &d.name, &d.value)) {
		d.all = d.value;
		each_key(m, m->s->root, key_in_field, &d);
	}
	each_key(m, m->s->root, key_is_over, NULL);
}

/* The fields of m->header, so many of them that the keys are asked about FIELD_WORK times; true
 * when these were all. */
static bool
search_header(struct match *m, bool top)
{
	unsigned left = MAX(FIELD_WORK / (m->s->ntext + 1), 1);
	struct str block = str_from(buf_str(&m->header), m->at);
	struct mime_field f;
	struct field d = { .top = top };
	size_t from;
	int64_t t;
	int tz = 0;

	while (left-- > 0) {
		if (!mime_field_next(&block, &f))
			return true;
		if (top && !m->knows_date && !m->has_date && str_eqi(f.name, STR("Date")) &&
		    mime_date_parse(f.value, &t, &tz) == 0) {
			m->has_date = true;
			m->date = mime_day_of(t + (int64_t)tz * 60);
		}
		if (!is_wanted(m, f.name))
			continue;
		buf_reset(&m->text);
		buf_reset(&m->fold);
		mime_casemap(f.name, &m->fold);
		buf_puts(&m->fold, ": ");
		from = m->fold.n;
		mime_put_decoded(f.value, &m->text);
		mime_casemap(buf_str(&m->text), &m->fold);
		d.name = f.name;
		d.all = buf_str(&m->fold);
		d.value = str_from(d.all, from);
		each_key(m, m->s->root, key_in_field, &d);
	}
	m->at = m->header.n - block.n;
	return false;
}

static void
header_is_over(struct match *m, const struct imap_search_key *k, const void *arg)
{
	(void)arg;
	if (k->key == IMAP_K_HEADER)
		m->res[k->index] = V_NO;
}

static void
all_is_over(struct match *m, const struct imap_search_key *k, const void *arg)
{
	(void)arg;
	m->res[k->index] = V_NO;
}

static void
key_in_text(struct match *m, const struct imap_search_key *k, const void *arg)
{
	const struct str *hay = arg;

	if (looks_at_body(k) && contains(*hay, m->needle[k->index]))
		m->res[k->index] = V_YES;
}

static int
read_header(struct match *m, const struct mime_part *p, struct buf *out, struct err *e)
{
	uint64_t end = MIN(p->body, m->r->size);

	if (p->header >= end)
		return 0;
	return content_read(&m->ct, p->header, MIN(end - p->header, LIM_IMAP_HEADER), out, e);
}

/* 0: the header is searched; 1: not all of it yet; -1. */
static int
stage_header(struct match *m, const struct mime_part *p, struct err *e)
{
	if (!m->in_header) {
		buf_reset(&m->header);
		m->at = 0;
		if (read_header(m, p, &m->header, e) != 0)
			return -1;
		m->in_header = true;
	}
	if (!search_header(m, p == m->ct.ix.root))
		return 1;
	m->in_header = false;
	return 0;
}

static const struct mime_part *
next_part(const struct mime_part *p)
{
	if (p->child != NULL)
		return p->child;
	while (p != NULL && p->next == NULL)
		p = p->parent;
	return p != NULL ? p->next : NULL;
}

/* RFC 9051 6.4.4: parts that are not text need not be looked at. */
static void
part_start(struct match *m)
{
	const struct mime_part *p = m->part;

	if (p->is_multipart || p->is_message || !str_eq(p->type, STR("text"))) {
		m->part = next_part(p);
		m->stage = M_PARTS;
		return;
	}
	m->off = p->body;
	mime_decoder_free(&m->dec);
	/* Without a charset 8-bit text is nearly always UTF-8. */
	m->dec = mime_decoder_new(p->cte, p->charset.n > 0 ? p->charset : STR("utf-8"));
	buf_reset(&m->fold);
	m->stage = M_TEXT;
}

/* A piece of a text part. The end of what was searched is kept: a match may span two pieces. */
static int
part_piece(struct match *m, struct err *e)
{
	uint64_t end = MIN(m->part->end, m->r->size);
	struct buf raw;
	struct str hay;
	int r;

	buf_init(&raw, LIM_IMAP_PIECE);
	r = content_read(&m->ct, m->off, m->off < end ? MIN(end - m->off, LIM_IMAP_PIECE) : 0, &raw,
			 e);
	m->off += raw.n;
	buf_reset(&m->text);
	mime_decoder_put(m->dec, buf_str(&raw), &m->text);
	if (m->off >= end)
		mime_decoder_end(m->dec, &m->text);
	mime_casemap(buf_str(&m->text), &m->fold);
	hay = buf_str(&m->fold);
	each_key(m, m->s->root, key_in_text, &hay);
	if (m->fold.n >= m->longest && m->longest > 0)
		buf_consume(&m->fold, m->fold.n - (m->longest - 1));
	if (m->off >= end) {
		m->part = next_part(m->part);
		m->stage = M_PARTS;
	}
	buf_done(&raw);
	return r;
}

void
match_start(struct match *m, const struct store_row *r)
{
	m->r = r;
	m->stage = M_ROW;
	m->has_date = m->knows_date = m->in_header = false;
	memset(m->res, V_UNKNOWN, m->s->ntext);
}

static int
step(struct match *m, struct err *e)
{
	int r;

	switch (m->stage) {
	case M_ROW:
		m->stage = M_KEPT;
		if (content_open(&m->ct, m->c->acct->store, m->r->msg, false, e) != 0)
			return -1;
		search_kept(m);
		return 0;
	case M_KEPT:
		m->stage = M_HEADER;
		return content_tree(&m->ct, e);
	case M_HEADER:
		if ((r = stage_header(m, m->ct.ix.root, e)) != 0)
			return MIN(r, 0);
		m->knows_date = true;
		each_key(m, m->s->root, header_is_over, NULL);
		m->stage = M_PARTS;
		m->part = m->ct.ix.root;
		return 0;
	case M_PARTS:
		if (m->part == NULL || !m->wants_body) {
			each_key(m, m->s->root, all_is_over, NULL);
			return 0;
		}
		if (m->part != m->ct.ix.root && (r = stage_header(m, m->part, e)) != 0)
			return MIN(r, 0);
		part_start(m);
		return 0;
	case M_TEXT:
		return part_piece(m, e);
	}
	return 0;
}

enum verdict
match_step(struct match *m, struct err *e)
{
	enum verdict v = eval(m, m->s->root);

	if (v != V_UNKNOWN)
		return v;
	if (step(m, e) != 0) {
		mime_decoder_free(&m->dec);
		return V_NO;
	}
	return eval(m, m->s->root);
}
