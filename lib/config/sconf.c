/* The sconf format: lines to a tree and back. See sconf.h. */
#include "config/sconf.h"

#include <assert.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"

struct parser {
	struct sconf *s;
	struct sconf_node *last; /* last key or item; &s->top before the first */
	unsigned depth;		 /* its depth; the top counts as one above 0 */
	bool at_top;		 /* no key yet */
	struct sconf_node *wait_first,
		*wait_last; /* comments and empty lines without a place yet */
	struct err *e;
};

static void
link_behind(struct sconf_node *section, struct sconf_node *after, struct sconf_node *n)
{
	n->up = section;
	n->prev = after;
	n->next = after != NULL ? after->next : section->first;
	if (n->next != NULL)
		n->next->prev = n;
	else
		section->last = n;
	if (after != NULL)
		after->next = n;
	else
		section->first = n;
}

static void
unlink_node(struct sconf_node *n)
{
	struct sconf_node *up = n->up;

	assert(up != NULL);
	if (n->prev != NULL)
		n->prev->next = n->next;
	else
		up->first = n->next;
	if (n->next != NULL)
		n->next->prev = n->prev;
	else
		up->last = n->prev;
	n->up = n->prev = n->next = NULL;
}

static bool
is_entry(const struct sconf_node *n)
{
	return n->kind == SCONF_KEY || n->kind == SCONF_ITEM;
}

struct sconf_node *
sconf_first(const struct sconf_node *n)
{
	struct sconf_node *c = n->first;

	while (c != NULL && !is_entry(c))
		c = c->next;
	return c;
}

struct sconf_node *
sconf_next(const struct sconf_node *n)
{
	struct sconf_node *c = n->next;

	while (c != NULL && !is_entry(c))
		c = c->next;
	return c;
}

struct sconf_node *
sconf_find(const struct sconf_node *section, struct str key)
{
	struct sconf_node *c;

	for (c = sconf_first(section); c != NULL; c = sconf_next(c))
		if (c->kind == SCONF_KEY && str_eq(c->key, key))
			return c;
	return NULL;
}

static unsigned
tabs_of(struct str line)
{
	unsigned n = 0;

	while (n < line.n && line.p[n] == '\t')
		n++;
	return n;
}

/* Depth of the children of `n`; 0 for the top. */
static unsigned
child_depth(const struct sconf_node *n)
{
	unsigned d = 0;

	for (; n->up != NULL; n = n->up)
		d++;
	return d;
}

/* May lines below belong to it: "Key:" and "-" alone. */
static bool
is_opener(const struct sconf_node *n)
{
	return n->value.n == 0 && n->raw.n > 0 && n->raw.p[n->raw.n - 1] != ' ';
}

/*
 * Give the waiting comments their place, now that the next key at depth `d` (or the end) is known.
 * Those in front that are indented deeper than `d` end the section that was open there; from the
 * first that is not, they stand before the next key and stay in the list.
 */
static void
place_waiting(struct parser *p, unsigned d)
{
	struct sconf_node *n, *c = NULL, *last_deep = NULL, *sec;
	unsigned level;

	for (n = p->wait_first; n != NULL; n = n->next) {
		if (n->kind == SCONF_COMMENT && tabs_of(n->raw) <= d)
			break;
		if (n->kind == SCONF_COMMENT)
			last_deep = n;
	}
	if (last_deep == NULL || p->at_top)
		return;
	sec = is_opener(p->last) ? p->last : p->last->up;
	level = child_depth(sec);
	for (;;) {
		n = p->wait_first;
		p->wait_first = n->next;
		if (p->wait_first == NULL)
			p->wait_last = NULL;
		/* Empty lines go with the comment behind them. */
		for (c = c != NULL ? c : n; c->kind != SCONF_COMMENT; c = c->next)
			;
		for (; tabs_of(c->raw) < level; level--)
			sec = sec->up;
		if (c == n)
			c = NULL;
		link_behind(sec, sec->last, n);
		if (n == last_deep)
			break;
	}
}

static void
attach_waiting(struct parser *p, struct sconf_node *section)
{
	struct sconf_node *n, *next;

	for (n = p->wait_first; n != NULL; n = next) {
		next = n->next;
		link_behind(section, section->last, n);
	}
	p->wait_first = p->wait_last = NULL;
}

static bool
has_control(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return true;
	}
	return false;
}

static struct sconf_node *
new_node(struct parser *p, enum sconf_kind kind, struct str raw, unsigned line)
{
	struct sconf_node *n = arena_try(p->s->arena, 1, sizeof(*n));

	if (n == NULL) {
		err_set(p->e, EC_LIMIT, "the file is too large");
		return NULL;
	}
	n->kind = kind;
	n->raw = raw;
	n->line = line;
	n->key = n->value = STR("");
	return n;
}

/* Key and value, or item. */
static int
parse_entry(struct sconf_node *n, struct str s, struct err *e)
{
	struct str rest;
	ssize_t colon;

	if (s.p[0] == '-' && (s.n == 1 || s.p[1] == ' ')) {
		n->kind = SCONF_ITEM;
		n->value = str_from(s, 2);
		return 0;
	}
	colon = str_chr(s, ':');
	if (colon < 0)
		return err_set(e, EC_SYNTAX, "expected \"key: value\", found no colon");
	if (colon == 0)
		return err_set(e, EC_SYNTAX, "no key before the colon");
	n->key = str_sub(s, 0, (size_t)colon);
	rest = str_from(s, (size_t)colon + 1);
	if (rest.n > 0 && rest.p[0] != ' ')
		return err_set(e, EC_SYNTAX, STR_FMT ": expected a space behind the colon",
			       STR_ARG(str_sub(n->key, 0, 60)));
	n->value = str_from(rest, 1);
	return 0;
}

static int
check_depth(const struct parser *p, unsigned d, struct err *e)
{
	if (p->at_top ? d == 0 : d <= p->depth)
		return 0;
	if (!p->at_top && d == p->depth + 1 && is_opener(p->last)) {
		if (d >= LIM_CONF_DEPTH)
			return err_set(e, EC_LIMIT, "nested too deeply");
		return 0;
	}
	return err_set(e, EC_SYNTAX, "indented too far");
}

static int
parse_line(struct parser *p, struct str line, unsigned num)
{
	struct sconf_node *n, *section;
	unsigned d;
	size_t i;

	if (has_control(line))
		return err_set(p->e, EC_SYNTAX,
			       line.p[line.n - 1] == '\r'
				       ? "the line ends in CR LF, expected LF alone"
				       : "control character");
	if (!str_is_utf8(line))
		return err_set(p->e, EC_SYNTAX, "not UTF-8");
	for (i = 0; i < line.n && (line.p[i] == ' ' || line.p[i] == '\t'); i++)
		;
	if (line.n > 0 && i == line.n)
		return err_set(p->e, EC_SYNTAX, "line with nothing but blanks");
	if (line.n == 0 || line.p[i] == '#') {
		if ((n = new_node(p, line.n == 0 ? SCONF_BLANK : SCONF_COMMENT, line, num)) == NULL)
			return -1;
		n->prev = p->wait_last;
		if (p->wait_last != NULL)
			p->wait_last->next = n;
		else
			p->wait_first = n;
		p->wait_last = n;
		return 0;
	}
	d = tabs_of(line);
	if (line.p[d] == ' ')
		return err_set(p->e, EC_SYNTAX, "indented with spaces, expected tabs");
	if (check_depth(p, d, p->e) < 0 || (n = new_node(p, SCONF_KEY, line, num)) == NULL)
		return -1;
	if (parse_entry(n, str_from(line, d), p->e) < 0)
		return -1;
	place_waiting(p, d);
	if (p->at_top) {
		section = &p->s->top;
	} else if (d > p->depth) {
		section = p->last;
	} else {
		section = p->last->up;
		for (; p->depth > d; p->depth--)
			section = section->up;
	}
	if (sconf_first(section) == NULL)
		section->has_items = n->kind == SCONF_ITEM;
	else if (section->has_items != (n->kind == SCONF_ITEM))
		return err_set(p->e, EC_SYNTAX, "a list can't have keys beside items");
	if (n->kind == SCONF_ITEM && section == &p->s->top)
		return err_set(p->e, EC_SYNTAX, "expected a key, found an item of a list");
	attach_waiting(p, section);
	link_behind(section, section->last, n);
	p->last = n;
	p->depth = d;
	p->at_top = false;
	return 0;
}

static int
by_key(const void *a, const void *b)
{
	const struct sconf_node *x = *(struct sconf_node *const *)a;
	const struct sconf_node *y = *(struct sconf_node *const *)b;
	int r = str_cmp(x->key, y->key);

	return r != 0 ? r : x->line < y->line ? -1 : 1;
}

/* The same key twice in one section, anywhere below `n`. */
static int
check_twice(struct sconf *s, struct sconf_node *n, struct err *e)
{
	struct sconf_node **v, *c;
	size_t num = 0, i = 0;
	int r = 0;

	for (c = sconf_first(n); c != NULL; c = sconf_next(c), num++)
		if (c->first != NULL && check_twice(s, c, e) < 0)
			return -1;
	if (num < 2 || n->has_items)
		return 0;
	v = mem_zalloc(num, sizeof(*v));
	for (c = sconf_first(n); c != NULL; c = sconf_next(c))
		v[i++] = c;
	qsort(v, num, sizeof(*v), by_key);
	for (i = 1; i < num && r == 0; i++)
		if (str_eq(v[i - 1]->key, v[i]->key)) {
			s->bad_line = v[i]->line;
			r = err_set(e, EC_SYNTAX, "\"" STR_FMT "\" was set in line %u already",
				    STR_ARG(str_sub(v[i]->key, 0, 60)), v[i - 1]->line);
		}
	mem_free(v);
	return r;
}

int
sconf_parse(struct sconf *s, struct arena *a, struct str text, struct err *e)
{
	struct parser p = { .s = s, .at_top = true, .e = e };
	struct str rest = text, line;
	unsigned num = 0;

	*s = (struct sconf){ .arena = a };
	s->top.key = s->top.value = STR("");
	p.last = &s->top;
	if (text.n > LIM_CONF_SIZE)
		return err_set(e, EC_LIMIT, "larger than %d bytes", LIM_CONF_SIZE);
	while (rest.n > 0) {
		line = str_cut(rest, '\n', &rest);
		s->bad_line = ++num;
		if (num > LIM_CONF_LINES)
			return err_set(e, EC_LIMIT, "more than %d lines", LIM_CONF_LINES);
		if (parse_line(&p, line, num) < 0)
			return -1;
	}
	place_waiting(&p, 0);
	attach_waiting(&p, &s->top);
	if (check_twice(s, &s->top, e) < 0)
		return -1;
	s->bad_line = 0;
	return 0;
}

/* ---- writing */

static void
put_line(const struct sconf_node *n, unsigned depth, struct buf *out)
{
	for (unsigned i = 0; i < depth && n->kind != SCONF_BLANK; i++)
		buf_putc(out, '\t');
	switch (n->kind) {
	case SCONF_KEY:
		buf_putstr(out, n->key);
		buf_putc(out, ':');
		break;
	case SCONF_ITEM:
		buf_putc(out, '-');
		break;
	case SCONF_COMMENT:
		buf_putstr(out, str_trim(n->raw));
		break;
	case SCONF_BLANK:
		break;
	}
	if (is_entry(n) && n->value.n > 0) {
		buf_putc(out, ' ');
		buf_putstr(out, n->value);
	}
	buf_putc(out, '\n');
}

static void
put_children(const struct sconf_node *section, unsigned depth, bool keep, struct buf *out)
{
	for (const struct sconf_node *n = section->first; n != NULL; n = n->next) {
		if (keep && n->raw.p != NULL) {
			buf_putstr(out, n->raw);
			buf_putc(out, '\n');
		} else {
			put_line(n, depth, out);
		}
		put_children(n, depth + 1, keep, out);
	}
}

void
sconf_write(const struct sconf *s, struct buf *out)
{
	put_children(&s->top, 0, true, out);
}

void
sconf_format(const struct sconf *s, struct buf *out)
{
	put_children(&s->top, 0, false, out);
}

void
sconf_format_node(const struct sconf_node *n, unsigned depth, struct buf *out)
{
	put_line(n, depth, out);
	put_children(n, depth + 1, false, out);
}

/* ---- editing */

static int
check_text(struct str s, struct err *e)
{
	if (has_control(s) || !str_is_utf8(s))
		return err_set(e, EC_SYNTAX, "the text has a control character or is not UTF-8");
	return 0;
}

struct sconf_node *
sconf_new_key(struct sconf *s, struct str key, struct str value, struct err *e)
{
	struct sconf_node *n;

	if (check_text(key, e) < 0 || check_text(value, e) < 0)
		return NULL;
	if (key.n == 0 || str_chr(key, ':') >= 0 || key.p[0] == '#' || key.p[0] == ' ' ||
	    key.p[0] == '\t' || (key.p[0] == '-' && (key.n == 1 || key.p[1] == ' '))) {
		err_set(e, EC_SYNTAX,
			"\"" STR_FMT "\" can't be written as a key of the configuration",
			STR_ARG(str_sub(key, 0, 60)));
		return NULL;
	}
	n = arena_alloc(s->arena, sizeof(*n));
	n->kind = SCONF_KEY;
	n->key = arena_str(s->arena, key);
	n->value = arena_str(s->arena, value);
	return n;
}

struct sconf_node *
sconf_new_item(struct sconf *s, struct str value, struct err *e)
{
	struct sconf_node *n;

	if (check_text(value, e) < 0)
		return NULL;
	n = arena_alloc(s->arena, sizeof(*n));
	n->kind = SCONF_ITEM;
	n->key = STR("");
	n->value = arena_str(s->arena, value);
	return n;
}

struct sconf_node *
sconf_new_blank(struct sconf *s)
{
	struct sconf_node *n = arena_alloc(s->arena, sizeof(*n));

	n->kind = SCONF_BLANK;
	n->key = n->value = STR("");
	return n;
}

void
sconf_append(struct sconf_node *section, struct sconf_node *n)
{
	struct sconf_node *after = section->last;

	while (after != NULL && !is_entry(after))
		after = after->prev;
	/* In a section of comments only, behind them: they most likely introduce what comes. */
	if (after == NULL)
		after = section->last;
	if (section->up != NULL && !is_opener(section)) {
		section->value = STR("");
		section->raw = STR_NONE;
	}
	if (sconf_first(section) == NULL)
		section->has_items = n->kind == SCONF_ITEM;
	link_behind(section, after, n);
}

int
sconf_set_value(struct sconf *s, struct sconf_node *n, struct str value, struct err *e)
{
	if (check_text(value, e) < 0)
		return -1;
	n->value = arena_str(s->arena, value);
	n->raw = STR_NONE;
	return 0;
}

/* Put a comment with all its text at another depth. */
static void
indent_comment(struct sconf *s, struct sconf_node *n, unsigned depth)
{
	struct str text = str_trim(n->raw);
	char *p = arena_alloc(s->arena, depth + text.n + 1);

	memset(p, '\t', depth);
	memcpy(p + depth, text.p, text.n);
	n->raw = (struct str){ p, depth + text.n };
}

void
sconf_remove(struct sconf *s, struct sconf_node *n)
{
	struct sconf_node *up = n->up, *after, *c;
	unsigned depth = child_depth(up);

	while ((c = n->prev) != NULL && c->kind == SCONF_COMMENT && tabs_of(c->raw) == depth)
		unlink_node(c);
	unlink_node(n);
	while (up->up != NULL && sconf_first(up) == NULL) {
		for (after = up, depth--; (c = up->first) != NULL; after = c) {
			unlink_node(c);
			link_behind(up->up, after, c);
			if (c->kind == SCONF_COMMENT)
				indent_comment(s, c, depth);
		}
		n = up;
		up = up->up;
		unlink_node(n);
	}
}
