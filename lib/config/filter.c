/* What a role gets to see, and what a reload can't change. */
#include "config/schema.h"

static void
put_tabs(struct buf *out, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		buf_putc(out, '\t');
}

static void filter_section(const struct cfg_table *t, const struct sconf_node *n, uint32_t role,
			   unsigned depth, struct buf *out);

/* Elements stay in their places even with nothing in them, so that numbers mean the same
 * everywhere. */
static void
filter_elements(const struct cfg_row *row, const struct sconf_node *n, uint32_t role,
		unsigned depth, struct buf *out)
{
	for (const struct sconf_node *c = sconf_first(n); c != NULL; c = sconf_next(c)) {
		size_t head, before;

		put_tabs(out, depth);
		if (c->kind == SCONF_ITEM) {
			buf_putc(out, '-');
		} else {
			buf_putstr(out, c->key);
			buf_putc(out, ':');
		}
		head = out->n;
		buf_putc(out, '\n');
		before = out->n;
		filter_section(row->sub(), c, role, depth + 1, out);
		if (out->n == before && c->kind == SCONF_KEY) {
			buf_truncate(out, head);
			buf_puts(out, " nil\n");
		}
	}
}

static void
filter_section(const struct cfg_table *t, const struct sconf_node *n, uint32_t role, unsigned depth,
	       struct buf *out)
{
	for (const struct sconf_node *c = sconf_first(n); c != NULL; c = sconf_next(c)) {
		const struct cfg_row *row = cfg_row_find(t, c->key);
		size_t start = out->n, before;

		if (row == NULL || (role != UINT32_MAX && !(row->roles & role)))
			continue;
		if (!cfg_type_is_section(row->type)) {
			sconf_format_node(c, depth, out);
			continue;
		}
		put_tabs(out, depth);
		buf_putstr(out, c->key);
		buf_puts(out, ":\n");
		before = out->n;
		if (row->type == CFG_T_STRUCT)
			filter_section(row->sub(), c, role, depth + 1, out);
		else
			filter_elements(row, c, role, depth + 1, out);
		if (out->n == before)
			buf_truncate(out, start);
	}
}

void
config_filter(const struct config *c, enum role r, struct buf *out)
{
	uint32_t role = r == ROLE_MASTER ? UINT32_MAX : ROLE_BIT(r);
	size_t start = out->n, before;

	buf_puts(out, "mox:\n");
	before = out->n;
	if (c->mox.node != NULL)
		filter_section(cfg_table_mox(), c->mox.node, role, 1, out);
	if (out->n == before)
		buf_truncate(out, start);
	start = out->n;
	buf_puts(out, "domains:\n");
	before = out->n;
	if (c->domains.node != NULL)
		filter_section(cfg_table_domains(), c->domains.node, role, 1, out);
	if (out->n == before)
		buf_truncate(out, start);
}

/* ---- differences */

static void
put_name(struct buf *out, const struct sconf_node *n)
{
	if (n->up != NULL && n->up->up != NULL) {
		put_name(out, n->up);
		buf_putc(out, '.');
	}
	buf_putstr(out, n->key);
}

static bool
is_same(const struct sconf_node *a, const struct sconf_node *b)
{
	struct buf x, y;
	bool same;

	buf_init(&x, LIM_CONF_SIZE);
	buf_init(&y, LIM_CONF_SIZE);
	if (a != NULL)
		sconf_format_node(a, 0, &x);
	if (b != NULL)
		sconf_format_node(b, 0, &y);
	same = str_eq(buf_str(&x), buf_str(&y));
	buf_done(&x);
	buf_done(&y);
	return same;
}

static size_t restart_section(const struct cfg_table *t, const struct sconf_node *a,
			      const struct sconf_node *b, struct buf *out);

/* Elements by key; a new or lost one counts with each of its keys that needs a restart. */
static size_t
restart_elements(const struct cfg_row *row, const struct sconf_node *a, const struct sconf_node *b,
		 struct buf *out)
{
	size_t n = 0;

	for (const struct sconf_node *c = a != NULL ? sconf_first(a) : NULL; c != NULL;
	     c = sconf_next(c))
		n += restart_section(row->sub(), c, b != NULL ? sconf_find(b, c->key) : NULL, out);
	for (const struct sconf_node *c = b != NULL ? sconf_first(b) : NULL; c != NULL;
	     c = sconf_next(c))
		if (a == NULL || sconf_find(a, c->key) == NULL)
			n += restart_section(row->sub(), NULL, c, out);
	return n;
}

static size_t
restart_section(const struct cfg_table *t, const struct sconf_node *a, const struct sconf_node *b,
		struct buf *out)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct cfg_row *row = &t->rows[i];
		const struct sconf_node *x = a != NULL ? sconf_find(a, str_c(row->name)) : NULL;
		const struct sconf_node *y = b != NULL ? sconf_find(b, str_c(row->name)) : NULL;

		if (x == NULL && y == NULL)
			continue;
		if (row->type == CFG_T_STRUCT) {
			n += restart_section(row->sub(), x, y, out);
		} else if (row->type == CFG_T_MAP) {
			n += restart_elements(row, x, y, out);
		} else if ((row->flags & CFG_RESTART) && !is_same(x, y)) {
			put_name(out, x != NULL ? x : y);
			buf_putc(out, '\n');
			n++;
		}
	}
	return n;
}

size_t
config_restart_keys(const struct config *from, const struct config *to, struct buf *out)
{
	return restart_section(cfg_table_mox(), from->mox.node, to->mox.node, out) +
	       restart_section(cfg_table_domains(), from->domains.node, to->domains.node, out);
}
