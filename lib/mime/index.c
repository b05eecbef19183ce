/*
 * The serialised index: a version, the four texts, what is searched (since version 2; search.c),
 * then the parts in order with numbers as varints.
 * Offsets are kept as differences, so that a part of a usual message costs some 30 bytes.
 *
 * SECURITY: the bytes come from an authenticated blob; they are checked all the same, since an
 * index may have been written by an older version, and the tree's ranges are used to read messages.
 */
#include "base/wire.h"
#include "mime/mime_priv.h"

#define INDEX_VERSION 2

enum { FLAG_MULTIPART = 1, FLAG_MESSAGE = 2, FLAGS = 3, CTE_SHIFT = 2 };

static void
put_varint(struct buf *b, uint64_t v)
{
	char t[10];
	size_t n = 0;

	for (; v >= 0x80; v >>= 7)
		t[n++] = (char)(v | 0x80);
	t[n++] = (char)v;
	buf_put(b, t, n);
}

static uint64_t
get_varint(struct rd *r)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint64_t c = rd_uint(r, 1);

		if (shift == 63 && c > 1)
			break;
		v |= (c & 0x7f) << shift;
		if (c < 0x80)
			return v;
	}
	r->bad = true;
	return 0;
}

static void
put_vstr(struct buf *b, struct str s)
{
	put_varint(b, s.n);
	buf_putstr(b, s);
}

static struct str
get_vstr(struct rd *r)
{
	uint64_t n = get_varint(r);

	return rd_bytes(r, n > SIZE_MAX ? SIZE_MAX : (size_t)n);
}

/* Header relative to `base`, the parent's body. */
static void
put_part(const struct mime_part *p, uint64_t base, struct buf *out)
{
	put_varint(out, p->header - base);
	put_varint(out, p->body - p->header);
	put_varint(out, p->end - p->body);
	put_varint(out, p->lines);
	put_varint(out, p->nchildren);
	wr_uint(out, 1,
		(unsigned)p->cte << CTE_SHIFT | (p->is_multipart ? FLAG_MULTIPART : 0) |
			(p->is_message ? FLAG_MESSAGE : 0));
	put_vstr(out, p->type);
	put_vstr(out, p->subtype);
	put_vstr(out, p->charset);
	put_vstr(out, p->filename);
	put_vstr(out, p->disposition);
	for (const struct mime_part *c = p->child; c != NULL; c = c->next)
		put_part(c, p->body, out);
}

void
mime_index_put(const struct mime_parser *p, struct buf *out)
{
	struct buf b;

	wr_uint(out, 1, INDEX_VERSION);
	buf_init(&b, out->max);
	mime_put_envelope(p, false, &b);
	put_vstr(out, buf_str(&b));
	out->over |= b.over;
	buf_reset(&b);
	mime_put_body(p, true, false, &b);
	put_vstr(out, buf_str(&b));
	out->over |= b.over;
	buf_reset(&b);
	mime_put_body(p, false, false, &b);
	put_vstr(out, buf_str(&b));
	out->over |= b.over;
	put_vstr(out, buf_str(&p->preview.line));
	buf_reset(&b);
	mime_search_block(&p->search, &b);
	put_vstr(out, buf_str(&b));
	buf_done(&b);
	put_part(&p->root->pub, 0, out);
}

/* ---- reading ---- */

struct reader {
	struct rd rd;
	struct arena *a;
	unsigned left; /* parts that may still come */
};

static bool
part_fields(struct reader *r, struct mime_part *p, uint64_t base)
{
	uint64_t flags, children;

	if (__builtin_add_overflow(base, get_varint(&r->rd), &p->header) ||
	    __builtin_add_overflow(p->header, get_varint(&r->rd), &p->body) ||
	    __builtin_add_overflow(p->body, get_varint(&r->rd), &p->end))
		return false;
	p->lines = get_varint(&r->rd);
	children = get_varint(&r->rd);
	flags = rd_uint(&r->rd, 1);
	p->type = get_vstr(&r->rd);
	p->subtype = get_vstr(&r->rd);
	p->charset = get_vstr(&r->rd);
	p->filename = get_vstr(&r->rd);
	p->disposition = get_vstr(&r->rd);
	if (r->rd.bad || children > LIM_MIME_PARTS || flags >> CTE_SHIFT > MIME_CTE_OTHER ||
	    p->lines > p->end - p->body)
		return false;
	p->nchildren = (unsigned)children;
	p->cte = (enum mime_cte)(flags >> CTE_SHIFT);
	p->is_multipart = (flags & FLAG_MULTIPART) != 0;
	p->is_message = (flags & FLAG_MESSAGE) != 0;
	/* A message has its one child, a leaf none. */
	return p->is_multipart ? !p->is_message : p->nchildren == (p->is_message ? 1 : 0);
}

/* NULL when damaged. Depth is at most LIM_MIME_DEPTH. */
static struct mime_part *
part_get(struct reader *r, struct mime_part *parent, unsigned depth)
{
	struct mime_part *p, **to;
	uint64_t after;

	if (depth > LIM_MIME_DEPTH || r->left == 0 || (p = arena_try(r->a, 1, sizeof(*p))) == NULL)
		return NULL;
	r->left--;
	p->parent = parent;
	if (!part_fields(r, p, parent != NULL ? parent->body : 0))
		return NULL;
	to = &p->child;
	after = p->body;
	for (unsigned i = 0; i < p->nchildren; i++) {
		struct mime_part *c = part_get(r, p, depth + 1);

		if (c == NULL || c->header < after || c->end > p->end)
			return NULL;
		after = c->end;
		*to = c;
		to = &c->next;
	}
	return p;
}

int
mime_index_get(struct str bytes, bool want_tree, struct arena *a, struct mime_index *ix,
	       struct err *e)
{
	struct reader r = { .rd = rd_init(bytes), .a = a, .left = LIM_MIME_PARTS };
	struct mime_index t = { .root = NULL };
	uint64_t version = rd_uint(&r.rd, 1);

	if (version == 0 || version > INDEX_VERSION)
		return err_set(e, EC_CORRUPT, "mime index: unknown version");
	t.envelope = get_vstr(&r.rd);
	t.bodystructure = get_vstr(&r.rd);
	t.body = get_vstr(&r.rd);
	t.preview = get_vstr(&r.rd);
	mime_search_get(version > 1 ? get_vstr(&r.rd) : STR(""), &t);
	if (r.rd.bad || t.envelope.n < 2 || t.envelope.p[0] != '(' || t.bodystructure.n < 2 ||
	    t.bodystructure.p[0] != '(' || t.body.n < 2 || t.body.p[0] != '(')
		return err_set(e, EC_CORRUPT, "mime index: damaged");
	if (want_tree && ((t.root = part_get(&r, NULL, 0)) == NULL || !rd_done(&r.rd)))
		return err_set(e, EC_CORRUPT, "mime index: damaged tree");
	*ix = t;
	return 0;
}
