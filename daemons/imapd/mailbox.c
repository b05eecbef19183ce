/*
 * The selected mailbox as the client knows it. The client's view (how many messages, which UID has
 * which number) lags behind the store: `modseq` is up to where changes were taken in. Taking in is
 * selected_collect; EXISTS is said at once, expunges and flags wait in `gone` and `changed` until
 * they may be told (RFC 9051 7.5.1). A message that is gone but not told keeps its number.
 *
 * The UID map is loaded when it is first needed, and made to show the view of that moment: what is
 * in the store below uidnext, and what was expunged since.
 */
#include "imapd.h"

#include <stdlib.h>

enum { TELL_CHUNK = 500 };

static int
cmp_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static size_t
n_u32(const struct buf *b)
{
	return b->n / sizeof(uint32_t);
}

static uint32_t *
p_u32(const struct buf *b)
{
	return (uint32_t *)(void *)(b->p + b->off);
}

static void
keywords_free(struct selected *s)
{
	for (unsigned i = 0; i < s->nkw; i++)
		mem_free((void *)(uintptr_t)s->kw[i].p);
	memset(s->kw, 0, sizeof(s->kw));
	s->nkw = 0;
}

void
selected_free(struct selected **sp)
{
	struct selected *s = *sp;

	*sp = NULL;
	if (s == NULL)
		return;
	keywords_free(s);
	buf_done(&s->uids);
	buf_done(&s->gone);
	buf_done(&s->changed);
	buf_done(&s->saved);
	mem_free(s);
}

static void
on_keyword(void *arg, unsigned bit, struct str kw)
{
	struct selected *s = arg;

	if (bit >= LIM_KEYWORDS || s->kw[bit].p != NULL)
		return;
	s->kw[bit] = (struct str){ mem_dup(kw.p, kw.n), kw.n };
	s->nkw = MAX(s->nkw, bit + 1);
}

int
selected_new(struct conn *c, struct str name, bool readonly, struct store_mailbox *m, struct err *e)
{
	struct store *st = c->acct->store;
	struct selected *s;

	if (store_mailbox_find(st, name, m, e) != 0)
		return -1;
	s = MEM_NEW(struct selected);
	buf_init(&s->uids, SIZE_MAX / 2);
	buf_init(&s->gone, SIZE_MAX / 2);
	buf_init(&s->changed, SIZE_MAX / 2);
	buf_init(&s->saved, SIZE_MAX / 2);
	s->id = m->id;
	s->uidvalidity = m->uidvalidity;
	s->uidnext = m->uidnext;
	s->count = m->count;
	s->modseq = m->modseq;
	s->readonly = readonly;
	if (store_keywords(st, s->id, on_keyword, s, e) != 0) {
		selected_free(&s);
		return -1;
	}
	c->sel = s;
	c->state = ST_SELECTED;
	return 0;
}

/* ---- taking in */

struct collect {
	struct conn *c;
	struct selected *s;
	struct store_mailbox m;
	struct buf fresh; /* UIDs that are new to the client */
	bool new_keyword;
};

static bool
has_unknown_keyword(const struct selected *s, const struct store_row *r)
{
	for (unsigned w = 0; w < 2; w++)
		for (uint64_t v = r->keywords[w]; v != 0; v &= v - 1)
			if (s->kw[w * 64 + (unsigned)__builtin_ctzll(v)].p == NULL)
				return true;
	return false;
}

static bool
on_changed(void *arg, const struct store_row *r)
{
	struct collect *k = arg;
	struct change ch = { .uid = r->uid, .flags = r->flags };

	if (has_unknown_keyword(k->s, r))
		k->new_keyword = true;
	if (r->uid >= k->s->uidnext) {
		buf_put(&k->fresh, &r->uid, sizeof(r->uid));
		return true;
	}
	if (k->s->own != NULL && r->modseq == k->s->own_modseq && imap_set_has(k->s->own, r->uid))
		return true;
	memcpy(ch.keywords, r->keywords, sizeof(ch.keywords));
	buf_put(&k->s->changed, &ch, sizeof(ch));
	return true;
}

static void
on_expunged(void *arg, uint32_t uid, uint64_t modseq)
{
	struct collect *k = arg;

	(void)modseq;
	if (uid < k->s->uidnext)
		buf_put(&k->s->gone, &uid, sizeof(uid));
}

/* The order of `gone`, each once. */
static void
sort_gone(struct selected *s)
{
	size_t n = n_u32(&s->gone), k = 0;
	uint32_t *v = p_u32(&s->gone);

	if (n < 2)
		return;
	qsort(v, n, sizeof(*v), cmp_u32);
	for (size_t i = 0; i < n; i++)
		if (k == 0 || v[k - 1] != v[i])
			v[k++] = v[i];
	buf_truncate(&s->gone, k * sizeof(*v));
}

/* The view: `have` (all UIDs of the store, ascending) and `gone`, merged. */
static void
merge_map(struct selected *s, const struct buf *have)
{
	const uint32_t *h = p_u32(have), *g = p_u32(&s->gone);
	size_t nh = n_u32(have), ng = n_u32(&s->gone), i = 0, j = 0;
	uint32_t u;

	buf_reset(&s->uids);
	while (i < nh || j < ng) {
		if (j == ng || (i < nh && h[i] < g[j]))
			u = h[i++];
		else
			u = g[j++];
		buf_put(&s->uids, &u, sizeof(u));
	}
	s->has_map = true;
}

/* Without history: what the client knows and the store has not is gone. */
static void
compare_uids(struct selected *s, const struct buf *have)
{
	const uint32_t *h = p_u32(have), *u = p_u32(&s->uids);
	size_t nh = n_u32(have), nu = n_u32(&s->uids), i = 0;

	buf_reset(&s->gone);
	for (size_t k = 0; k < nu; k++) {
		while (i < nh && h[i] < u[k])
			i++;
		if (i == nh || h[i] != u[k])
			buf_put(&s->gone, &u[k], sizeof(u[k]));
	}
}

static enum sync
take_in(struct collect *k, bool map, struct err *e)
{
	struct selected *s = k->s;
	struct store *st = k->c->acct->store;
	struct buf have;
	size_t nfresh;
	bool complete = true, same;
	enum sync r = SYNC_ERROR;

	buf_init(&have, SIZE_MAX / 2);
	if (store_mailbox_get(st, s->id, &k->m, e) != 0) {
		r = e->code == EC_NOTFOUND ? SYNC_GONE : SYNC_ERROR;
		goto done;
	}
	same = k->m.modseq == s->modseq;
	if (!same && store_changes(st, s->id, s->modseq, s->uidnext, on_changed, on_expunged, k,
				   &complete, e) != 0)
		goto done;
	sort_gone(s);
	nfresh = n_u32(&k->fresh);
	if ((!s->has_map && (map || s->gone.n > 0 || s->changed.n > 0)) || !complete) {
		if (store_uids(st, s->id, 1, &have, e) != 0)
			goto done;
		if (!complete && s->has_map) {
			compare_uids(s, &have);
			buf_putstr(&s->uids, buf_str(&k->fresh));
		} else {
			merge_map(s, &have);
			if (n_u32(&s->uids) != s->count + nfresh) {
				r = SYNC_LOST;
				goto done;
			}
		}
	} else if (s->has_map) {
		buf_putstr(&s->uids, buf_str(&k->fresh));
	}
	s->count += (uint32_t)nfresh;
	s->uidnext = MAX(s->uidnext, k->m.uidnext);
	s->modseq = k->m.modseq;
	r = SYNC_OK;
done:
	buf_done(&have);
	return r;
}

enum sync
selected_collect(struct conn *c, bool map, struct err *e)
{
	struct selected *s = c->sel;
	struct collect k = { .c = c, .s = s };
	uint32_t before = s->count;
	struct buf *b;
	enum sync r;

	if (store_read_begin(c->acct->store, e) != 0) {
		s->own = NULL; /* memory of the command that ends now */
		return SYNC_ERROR;
	}
	buf_init(&k.fresh, SIZE_MAX / 2);
	r = take_in(&k, map, e);
	store_read_end(c->acct->store);
	buf_done(&k.fresh);
	s->own = NULL;
	if (r != SYNC_OK)
		return r;
	b = out_begin(c);
	if (k.new_keyword && store_keywords(c->acct->store, s->id, on_keyword, s, e) == 0)
		put_flags_line(s, b);
	if (s->count != before) {
		buf_puts(b, "* ");
		imap_put_u32(b, s->count);
		buf_puts(b, " EXISTS\r\n");
	}
	out_end(c);
	return SYNC_OK;
}

static unsigned
count_keywords(const struct selected *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->nkw; i++)
		n += s->kw[i].p != NULL;
	return n;
}

void
selected_keywords(struct conn *c)
{
	struct err e = ERR_INIT;
	unsigned before = count_keywords(c->sel);

	if (store_keywords(c->acct->store, c->sel->id, on_keyword, c->sel, &e) != 0 ||
	    count_keywords(c->sel) == before)
		return;
	put_flags_line(c->sel, out_begin(c));
	out_end(c);
}

void
selected_own(struct selected *s, uint64_t before, uint64_t modseq, const struct imap_set *uids)
{
	/* Only when ours was the one change: then nothing need be read at all. */
	if (s->modseq == before && modseq == before + 1) {
		s->modseq = modseq;
	} else {
		s->own = uids;
		s->own_modseq = modseq;
	}
}

/* ---- telling */

int64_t
selected_find(const struct selected *s, uint32_t uid, uint32_t hint)
{
	const uint32_t *v = selected_uids(s);
	size_t lo = 0, hi = n_u32(&s->uids), mid;

	if (hint < hi && v[hint] == uid)
		return hint;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (v[mid] < uid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n_u32(&s->uids) && v[lo] == uid ? (int64_t)lo : -1;
}

/* The last ones first, so that the numbers of the others stay. */
static void
tell_expunged(struct selected *s, struct buf *b)
{
	size_t n = n_u32(&s->gone), first = n > TELL_CHUNK ? n - TELL_CHUNK : 0, nu, to;
	const uint32_t *g = p_u32(&s->gone);
	uint32_t *u = p_u32(&s->uids), keep;
	int64_t low = -1, i;

	for (size_t k = n; k-- > first;) {
		if ((i = selected_find(s, g[k], UINT32_MAX)) < 0)
			continue;
		buf_puts(b, "* ");
		imap_put_u32(b, (uint32_t)i + 1);
		buf_puts(b, " EXPUNGE\r\n");
		low = i;
	}
	if (low >= 0) {
		nu = n_u32(&s->uids);
		to = (size_t)low;
		for (size_t k = (size_t)low, d = first; k < nu; k++) {
			while (d < n && g[d] < u[k])
				d++;
			if (d < n && g[d] == u[k])
				continue;
			keep = u[k];
			u[to++] = keep;
		}
		s->count -= (uint32_t)(nu - to);
		buf_truncate(&s->uids, to * sizeof(*u));
	}
	buf_truncate(&s->gone, first * sizeof(*g));
	if (first == 0) {
		buf_reset(&s->gone);
		buf_shrink(&s->gone);
	}
}

static void
tell_changed(struct selected *s, struct buf *b)
{
	const struct change *ch =
		(const struct change *)(const void *)(s->changed.p + s->changed.off);
	size_t n = MIN(s->changed.n / sizeof(*ch), TELL_CHUNK);
	uint32_t hint = 0;
	int64_t i;

	for (size_t k = 0; k < n; k++) {
		if ((i = selected_find(s, ch[k].uid, hint)) < 0)
			continue;
		hint = (uint32_t)i + 1;
		buf_puts(b, "* ");
		imap_put_u32(b, (uint32_t)i + 1);
		/* RFC 9051 7.5.2: unsolicited ones have the UID. */
		buf_puts(b, " FETCH (UID ");
		imap_put_u32(b, ch[k].uid);
		buf_puts(b, " FLAGS (");
		put_row_flags(s, ch[k].flags, ch[k].keywords, b);
		buf_puts(b, "))\r\n");
	}
	buf_consume(&s->changed, n * sizeof(*ch));
	if (s->changed.n == 0) {
		buf_reset(&s->changed);
		buf_shrink(&s->changed);
	}
}

bool
selected_has_news(const struct conn *c, bool may_expunge)
{
	return (may_expunge && c->sel->gone.n > 0) || c->sel->changed.n > 0;
}

bool
selected_tell(struct conn *c, bool may_expunge)
{
	struct selected *s = c->sel;
	struct buf *b;

	if (!selected_has_news(c, may_expunge))
		return true;
	b = out_begin(c);
	if (may_expunge && s->gone.n > 0)
		tell_expunged(s, b);
	else
		tell_changed(s, b);
	out_end(c);
	return !selected_has_news(c, may_expunge);
}

/* ---- sets */

int
selected_resolve(struct conn *c, struct imap_set *set, bool uid)
{
	struct selected *s = c->sel;
	const uint32_t *u = selected_uids(s);
	uint32_t n = (uint32_t)n_u32(&s->uids), last = n > 0 ? u[n - 1] : 0;
	unsigned k = 0;
	struct str saved;

	if (set->saved) {
		/* The ranges are copied: SAVE of the same command may replace them. */
		saved = conn_try_str(c, buf_str(&s->saved));
		if (saved.p == NULL)
			return -1;
		set->v = (struct imap_range *)(uintptr_t)saved.p;
		set->n = (unsigned)(saved.n / sizeof(*set->v));
		return 0;
	}
	if (!uid) {
		if (imap_set_resolve_seq(set, n) != 0)
			return -1;
		for (unsigned i = 0; i < set->n; i++)
			set->v[i] = (struct imap_range){ u[set->v[i].lo - 1], u[set->v[i].hi - 1] };
		return 0;
	}
	imap_set_resolve(set, last);
	for (unsigned i = 0; i < set->n; i++) {
		if (set->v[i].lo > last)
			break;
		set->v[i].hi = MIN(set->v[i].hi, last);
		k++;
	}
	set->n = k;
	return 0;
}

/* ---- flags */

void
put_row_flags(const struct selected *s, uint32_t flags, const uint64_t kw[2], struct buf *b)
{
	bool first = flags == 0;
	unsigned bit;

	imap_put_flags(b, flags);
	for (unsigned w = 0; w < 2; w++)
		for (uint64_t v = kw[w]; v != 0; v &= v - 1) {
			bit = w * 64 + (unsigned)__builtin_ctzll(v);
			if (s->kw[bit].p == NULL)
				continue;
			if (!first)
				buf_putc(b, ' ');
			first = false;
			buf_putstr(b, s->kw[bit]);
		}
}

static void
put_all_flags(const struct selected *s, struct buf *b)
{
	imap_put_flags(b, STORE_FLAG_ALL);
	for (unsigned i = 0; i < s->nkw; i++)
		if (s->kw[i].p != NULL) {
			buf_putc(b, ' ');
			buf_putstr(b, s->kw[i]);
		}
}

void
put_flags_line(const struct selected *s, struct buf *b)
{
	buf_puts(b, "* FLAGS (");
	put_all_flags(s, b);
	buf_puts(b, ")\r\n* OK [PERMANENTFLAGS (");
	if (!s->readonly) {
		put_all_flags(s, b);
		buf_puts(b, " \\*");
	}
	buf_puts(b, ")] flags\r\n");
}
