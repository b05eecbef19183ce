#include "content.h"

void
content_init(struct content *ct)
{
	*ct = (struct content){ .st = NULL };
	buf_init(&ct->meta, LIM_IMAP_OUT);
	buf_init(&ct->tmp, LIM_IMAP_OUT);
}

void
content_done(struct content *ct)
{
	store_msg_close(&ct->m);
	arena_free(&ct->tree);
	buf_done(&ct->meta);
	buf_done(&ct->tmp);
}

static int
need_msg(struct content *ct, struct err *e)
{
	if (ct->m == NULL)
		ct->m = store_msg_open(ct->st, ct->msg, e);
	return ct->m != NULL ? 0 : -1;
}

/* The structure was cached by another version: make it again from the message. */
static int
reparse(struct content *ct, struct err *e)
{
	struct mime_parser *p;
	uint64_t off = 0, size;
	int r = 0;

	if (need_msg(ct, e) != 0)
		return -1;
	p = mime_parser_new();
	for (size = store_msg_size(ct->m); r == 0 && off < size; off += LIM_IMAP_PIECE) {
		buf_reset(&ct->tmp);
		r = store_msg_read(ct->m, off, LIM_IMAP_PIECE, &ct->tmp, e);
		if (r == 0)
			mime_parser_feed(p, buf_str(&ct->tmp).p, ct->tmp.n);
	}
	if (r == 0) {
		(void)mime_parser_end(p);
		buf_reset(&ct->meta);
		mime_index_put(p, &ct->meta);
	}
	mime_parser_free(&p);
	return r;
}

static int
index_get(struct content *ct, bool tree, struct err *e)
{
	if (tree && ct->tree == NULL)
		ct->tree = arena_new(LIM_IMAP_ARENA);
	else if (tree)
		arena_reset(ct->tree);
	return mime_index_get(buf_str(&ct->meta), tree, ct->tree, &ct->ix, e);
}

int
content_open(struct content *ct, struct store *st, int64_t msg, bool tree, struct err *e)
{
	struct err ignored = ERR_INIT;

	store_msg_close(&ct->m);
	ct->st = st;
	ct->msg = msg;
	buf_reset(&ct->meta);
	if (store_meta(st, msg, &ct->meta, e) != 0)
		return -1;
	if (index_get(ct, tree, &ignored) == 0)
		return 0;
	return reparse(ct, e) != 0 ? -1 : index_get(ct, tree, e);
}

int
content_tree(struct content *ct, struct err *e)
{
	struct err ignored = ERR_INIT;

	if (index_get(ct, true, &ignored) == 0)
		return 0;
	return reparse(ct, e) != 0 ? -1 : index_get(ct, true, e);
}

int
content_read(struct content *ct, uint64_t off, uint64_t n, struct buf *out, struct err *e)
{
	size_t before = out->n;

	if (n == 0)
		return 0;
	if (need_msg(ct, e) != 0)
		return -1;
	if (store_msg_read(ct->m, off, (size_t)n, out, e) == 0 && out->n == before + n)
		return 0;
	buf_truncate(out, before);
	return err_set(e, EC_CORRUPT, "message is shorter than its structure says");
}

uint64_t
content_size(struct content *ct, struct err *e)
{
	return need_msg(ct, e) == 0 ? store_msg_size(ct->m) : 0;
}

void
content_section(const struct content *ct, const struct imap_section *s, uint64_t size,
		struct range *r, const struct mime_part **part)
{
	const struct mime_part *root = ct->ix.root, *p;

	*part = NULL;
	*r = (struct range){ .nil = false };
	if (s->npath == 0) {
		switch (s->text) {
		case IMAP_TEXT_ALL:
			*r = (struct range){ .off = 0, .end = size };
			break;
		case IMAP_TEXT_TEXT:
			*r = (struct range){ .off = root->body, .end = size };
			break;
		default:
			*r = (struct range){ .off = root->header, .end = root->body };
		}
		return;
	}
	p = mime_part_find(root, s->path, s->npath);
	/* HEADER and TEXT of a part are those of the message in it (RFC 9051 6.4.5.1). */
	if (p != NULL && s->text != IMAP_TEXT_ALL && s->text != IMAP_TEXT_MIME)
		p = p->is_message ? p->child : NULL;
	if (p == NULL) {
		r->nil = true;
		return;
	}
	*part = p;
	if (s->text == IMAP_TEXT_ALL || s->text == IMAP_TEXT_TEXT)
		*r = (struct range){ .off = p->body, .end = p->end };
	else
		*r = (struct range){ .off = p->header, .end = p->body };
}

static bool
is_listed(const struct imap_section *s, struct str name)
{
	unsigned lo = 0, hi = s->nfields, mid;
	int r;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if ((r = str_cmpi(s->fields[mid], name)) == 0)
			return true;
		if (r < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

int
content_fields(struct content *ct, const struct imap_section *s, const struct range *r,
	       struct buf *out, struct err *e)
{
	struct mime_field f;
	struct str block;

	buf_reset(&ct->tmp);
	if (content_read(ct, r->off, MIN(r->end - r->off, LIM_IMAP_HEADER), &ct->tmp, e) != 0)
		return -1;
	block = buf_str(&ct->tmp);
	while (mime_field_next(&block, &f))
		if (is_listed(s, f.name) == (s->text == IMAP_TEXT_FIELDS))
			buf_putstr(out, f.raw);
	buf_puts(out, "\r\n");
	return 0;
}
