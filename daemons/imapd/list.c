/*
 * LIST, LSUB, STATUS: RFC 9051 6.3.9-11, RFC 5258, RFC 5819, RFC 6154, RFC 3501 6.3.9.
 *
 * Names are taken from the store once, into the command's arena, together with parents that exist
 * only by their subscribed children; what is returned follows from a few facts about each (see
 * struct entry).
 */
#include "imapd.h"

#include <stdlib.h>

enum { CHECK_EACH = 16 }; /* names between two looks at the clock */

struct entry {
	struct store_mailbox m; /* id 0: only subscribed, or only a parent */
	bool has_children;	/* existing ones */
	bool match;		/* one of the patterns */
	bool meets;		/* the selection options */
	bool child_meets;	/* some descendant does */
	bool child_hidden;	/* some descendant does, and is not returned itself */
};

struct list_op {
	struct str *patterns; /* with the reference in front */
	unsigned npatterns;
	struct entry *v;
	size_t n, next;
	unsigned pattern; /* of v[next], while names are matched */
	bool lsub;
};

struct gather {
	struct conn *c;
	struct buf b;
	bool full;
};

static bool
on_mailbox(void *arg, const struct store_mailbox *m)
{
	struct gather *g = arg;
	struct entry e = { .m = *m };

	e.m.name = conn_try_str(g->c, m->name);
	g->full = e.m.name.p == NULL;
	if (!g->full)
		buf_put(&g->b, &e, sizeof(e));
	return !g->full;
}

static struct entry *
find(struct entry *v, size_t n, struct str name)
{
	size_t lo = 0, hi = n, mid;
	int r;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		r = str_cmp(v[mid].m.name, name);
		if (r == 0)
			return &v[mid];
		if (r < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* Parents of subscribed names that are nowhere else: for RECURSIVEMATCH and LSUB. */
static void
add_parents(struct gather *g, size_t n)
{
	struct entry e = { .has_children = false }, *v;
	struct str name, prev = STR("");
	ssize_t slash;

	for (size_t i = 0; i < n; i++) {
		v = (struct entry *)(void *)(g->b.p + g->b.off);
		if (!v[i].m.subscribed)
			continue;
		for (name = v[i].m.name; (slash = str_rchr(name, '/')) > 0;) {
			name = str_sub(name, 0, (size_t)slash);
			/* In this order, all below a parent stand together. */
			if (prev.n > name.n && str_has_prefix(prev, name) && prev.p[name.n] == '/')
				break;
			v = (struct entry *)(void *)(g->b.p + g->b.off);
			if (find(v, n, name) != NULL)
				continue;
			e.m.name = name;
			buf_put(&g->b, &e, sizeof(e));
		}
		v = (struct entry *)(void *)(g->b.p + g->b.off);
		prev = v[i].m.name;
	}
}

static int
cmp_entry(const void *a, const void *b)
{
	return str_cmp(((const struct entry *)a)->m.name, ((const struct entry *)b)->m.name);
}

/* RFC 9051 6.3.9: empty patterns mean nothing in the extended form. */
static int
canonical(struct conn *c, struct list_op *op, struct err *e)
{
	const struct imap_list *o = &c->cmd->list;
	struct buf b;

	op->patterns = conn_try(c, o->npatterns + 1, sizeof(*op->patterns));
	buf_init(&b, (size_t)8 * LIM_MAILBOX_NAME);
	for (unsigned i = 0; op->patterns != NULL && i < o->npatterns; i++) {
		if (o->patterns[i].n == 0)
			continue;
		buf_reset(&b);
		buf_putstr(&b, o->reference);
		buf_putstr(&b, o->patterns[i]);
		op->patterns[op->npatterns] = conn_try_str(c, buf_str(&b));
		if (op->patterns[op->npatterns++].p == NULL)
			op->patterns = NULL;
	}
	buf_done(&b);
	return op->patterns != NULL ? 0 : err_set(e, EC_LIMIT, "too many patterns");
}

static bool
meets(const struct list_op *op, const struct imap_list *o, const struct store_mailbox *m)
{
	if (op->lsub)
		return m->subscribed;
	if ((o->select & IMAP_SEL_SUBSCRIBED) != 0 && !m->subscribed)
		return false;
	if ((o->select & IMAP_SEL_SPECIAL) != 0 && m->special == 0)
		return false;
	return m->id != 0 || (o->select & IMAP_SEL_SUBSCRIBED) != 0;
}

/* Tell each ancestor of v[i] about it. */
static void
tell_parents(struct list_op *op, const struct entry *e)
{
	struct str name = e->m.name;
	struct entry *p;
	ssize_t slash;

	while ((slash = str_rchr(name, '/')) > 0) {
		name = str_sub(name, 0, (size_t)slash);
		if ((p = find(op->v, op->n, name)) == NULL)
			continue;
		p->has_children |= e->m.id != 0;
		p->child_meets |= e->meets;
		p->child_hidden |= e->meets && !e->match;
	}
}

static int
load(struct conn *c, struct list_op *op, struct err *e)
{
	const struct imap_list *o = &c->cmd->list;
	bool recursive = op->lsub || (o->select & IMAP_SEL_RECURSIVE) != 0;
	struct gather g = { .c = c };
	struct str all;
	int r;

	buf_init(&g.b, LIM_IMAP_ARENA);
	r = store_mailboxes(c->acct->store, on_mailbox, &g, e);
	if (r == 0 && recursive)
		add_parents(&g, g.b.n / sizeof(struct entry));
	all = conn_try_str(c, buf_str(&g.b));
	if (r == 0 && (g.full || g.b.over || all.p == NULL))
		r = err_set(e, EC_LIMIT, "too many mailboxes");
	op->v = (struct entry *)(uintptr_t)all.p;
	op->n = all.n / sizeof(struct entry);
	buf_done(&g.b);
	if (r != 0 || op->v == NULL)
		return r;
	if (recursive)
		qsort(op->v, op->n, sizeof(*op->v), cmp_entry);
	for (size_t i = 0; i < op->n; i++)
		op->v[i].meets = meets(op, o, &op->v[i].m);
	return 0;
}

static void
attr(struct buf *b, bool *first, struct str name)
{
	if (!*first)
		buf_putc(b, ' ');
	*first = false;
	buf_putstr(b, name);
}

static void
put_entry(struct conn *c, const struct list_op *op, const struct entry *e, struct buf *b)
{
	const struct imap_list *o = &c->cmd->list;
	bool first = true;

	buf_puts(b, op->lsub ? "* LSUB (" : "* LIST (");
	if (op->lsub) {
		if (!e->m.subscribed || e->m.id == 0)
			attr(b, &first, STR("\\Noselect"));
	} else {
		if (e->m.id == 0)
			attr(b, &first, STR("\\NonExistent"));
		attr(b, &first, e->has_children ? STR("\\HasChildren") : STR("\\HasNoChildren"));
		if (e->m.subscribed && ((o->select & IMAP_SEL_SUBSCRIBED) != 0 ||
					(o->ret & IMAP_LRET_SUBSCRIBED) != 0))
			attr(b, &first, STR("\\Subscribed"));
		for (unsigned i = 0; i < IMAP_NSPECIAL; i++)
			if ((e->m.special & 1u << i) != 0)
				attr(b, &first, imap_special_name(i));
	}
	buf_puts(b, ") \"/\" ");
	imap_put_mailbox(b, e->m.name, c->utf8);
	if ((o->select & IMAP_SEL_RECURSIVE) != 0 && e->child_meets) {
		buf_puts(b, " (\"CHILDINFO\" (");
		if ((o->select & IMAP_SEL_SUBSCRIBED) != 0)
			buf_puts(b, "\"SUBSCRIBED\"");
		else
			buf_puts(b, "\"SPECIAL-USE\"");
		buf_puts(b, "))");
	}
	buf_puts(b, "\r\n");
	if ((o->ret & IMAP_LRET_STATUS) != 0 && e->m.id != 0)
		put_status(c, &e->m, o->status, b);
}

static enum step
step_list(struct conn *c)
{
	struct list_op *op = c->op;
	bool recursive = op->lsub || (c->cmd->list.select & IMAP_SEL_RECURSIVE) != 0;
	const struct entry *e;
	struct buf *b;

	if (stream_out_full(c->s))
		return STEP_WAIT;
	b = out_begin(c);
	for (; op->next < op->n && b->n < LIM_OUTPUT; op->next++) {
		e = &op->v[op->next];
		if (e->match && (e->meets || (recursive && e->child_hidden)))
			put_entry(c, op, e, b);
	}
	out_end(c);
	if (op->next < op->n)
		return STEP_MORE;
	return conn_ok(c, NULL, op->lsub ? "LSUB completed" : "LIST completed");
}

static enum step
step_parents(struct conn *c)
{
	struct list_op *op = c->op;

	for (unsigned i = 0; op->next < op->n; i++) {
		if (i % CHECK_EACH == CHECK_EACH - 1 && conn_turn_is_over(c))
			return STEP_MORE;
		tell_parents(op, &op->v[op->next++]);
	}
	op->next = 0;
	c->step = step_list;
	return STEP_MORE;
}

/* Each name with each pattern: long ones with many wildcards take their time. */
static enum step
step_match(struct conn *c)
{
	struct list_op *op = c->op;
	struct entry *e;

	for (unsigned i = 0; op->next < op->n; i++) {
		if (i % CHECK_EACH == CHECK_EACH - 1 && conn_turn_is_over(c))
			return STEP_MORE;
		e = &op->v[op->next];
		if (op->pattern < op->npatterns)
			e->match = imap_pattern_match(op->patterns[op->pattern++], e->m.name);
		if (e->match || op->pattern == op->npatterns) {
			op->pattern = 0;
			op->next++;
		}
	}
	op->next = 0;
	c->step = step_parents;
	return STEP_MORE;
}

enum step
cmd_list(struct conn *c)
{
	struct list_op *op = ARENA_NEW(c->arena, struct list_op);
	const struct imap_list *o = &c->cmd->list;
	struct err e = ERR_INIT;

	op->lsub = c->cmd->verb == IMAP_V_LSUB;
	if (!o->extended && o->npatterns == 1 && o->patterns[0].n == 0) {
		/* RFC 9051 6.3.9: what is the separator? */
		out_line(c, "* %s (\\Noselect) \"/\" \"\"", op->lsub ? "LSUB" : "LIST");
		return conn_ok(c, NULL, "completed");
	}
	if (canonical(c, op, &e) != 0 || load(c, op, &e) != 0)
		return conn_fail(c, &e);
	c->op = op;
	c->step = step_match;
	return STEP_MORE;
}

/* ---- STATUS */

void
put_status(struct conn *c, const struct store_mailbox *m, uint32_t items, struct buf *b)
{
	const struct {
		uint32_t bit;
		const char *name;
		uint64_t v;
	} row[] = {
		{ IMAP_ST_MESSAGES, "MESSAGES ", m->count },
		{ IMAP_ST_RECENT, "RECENT ", 0 },
		{ IMAP_ST_UIDNEXT, "UIDNEXT ", m->uidnext },
		{ IMAP_ST_UIDVALIDITY, "UIDVALIDITY ", m->uidvalidity },
		{ IMAP_ST_UNSEEN, "UNSEEN ", m->unseen },
		{ IMAP_ST_DELETED, "DELETED ", m->deleted },
		{ IMAP_ST_SIZE, "SIZE ", m->size },
		{ IMAP_ST_APPENDLIMIT, "APPENDLIMIT ", LIM_IMAP_APPEND },
	};
	bool first = true;

	buf_puts(b, "* STATUS ");
	imap_put_mailbox(b, m->name, c->utf8);
	buf_puts(b, " (");
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		if ((items & row[i].bit) == 0)
			continue;
		attr(b, &first, str_c(row[i].name));
		buf_putu64(b, row[i].v);
	}
	buf_puts(b, ")\r\n");
}

enum step
cmd_status(struct conn *c)
{
	struct store_mailbox m;
	struct err e = ERR_INIT;

	if (store_mailbox_find(c->acct->store, c->cmd->mailbox, &m, &e) != 0)
		return conn_fail(c, &e);
	put_status(c, &m, c->cmd->status, out_begin(c));
	out_end(c);
	return conn_ok(c, NULL, "STATUS completed");
}
