/*
 * Address lists (RFC 5322 3.4, 4.4; RFC 6532 3.2). One scanner, strict for who needs certainty and
 * lenient for display: there a fault costs the one address it is in.
 */
#include "mime/mime_priv.h"

struct scan {
	struct str s; /* what is left */
	bool is_lenient, is_group;
	const struct mime_addr_sink *sink;
	struct buf name, local, domain, route;
	size_t name_before; /* name.n before the last run of words joined by dots */
	bool is_phrase;	    /* words with blanks between: no local part in the strict grammar */
	bool is_dotted;	    /* a dot at the start or end, or two in a row */
	struct str comment;
	unsigned left; /* addresses that may still be given */
};

static bool
is_special(char c)
{
	return memchr("()<>@,;:\\\".[]", c, 13) != NULL;
}

static bool
is_atom(const struct scan *x, char c)
{
	if ((unsigned char)c <= ' ' || c == 0x7f)
		return x->is_lenient && c != ' ' && c != '\t' && c != '\r' && c != '\n' &&
		       c != '\0';
	return !is_special(c) || (x->is_lenient && (c == '[' || c == ']' || c == '\\'));
}

static char
peek(const struct scan *x)
{
	return x->s.n > 0 ? x->s.p[0] : '\0';
}

static void
skip(struct scan *x, size_t n)
{
	x->s = str_from(x->s, n);
}

/* Blanks and comments; in lenient mode NULs as well. True when there were any. */
static bool
blanks_skip(struct scan *x)
{
	size_t before = x->s.n;

	do {
		mime_skip_cfws(&x->s, &x->comment);
		if (!x->is_lenient || x->s.n == 0 || x->s.p[0] != '\0')
			break;
		skip(x, 1);
	} while (true);
	return x->s.n < before;
}

/* The quoted string at the start of the input, without its quotes. -1 when it has no end. */
static int
quoted_get(struct scan *x, struct buf *out)
{
	skip(x, 1);
	while (x->s.n > 0 && x->s.p[0] != '"') {
		if (x->s.p[0] == '\\' && x->s.n > 1)
			skip(x, 1);
		if (x->s.p[0] != '\r' && x->s.p[0] != '\n' && x->s.p[0] != '\0')
			buf_putc(out, x->s.p[0]);
		skip(x, 1);
	}
	if (x->s.n == 0)
		return -1;
	skip(x, 1);
	return 0;
}

/* Words and dots up to a special, both as display name and as local part. -1 when strict and
 * malformed. */
static int
words_get(struct scan *x)
{
	enum { START, WORD, DOT } last = START;

	buf_reset(&x->name);
	buf_reset(&x->local);
	x->name_before = 0;
	x->is_phrase = x->is_dotted = false;
	for (;;) {
		bool is_apart = blanks_skip(x);
		char c = peek(x);
		size_t n = 0;

		if (x->s.n == 0 || (c != '.' && c != '"' && !is_atom(x, c)))
			break;
		if (is_apart && x->name.n > 0)
			buf_putc(&x->name, ' ');
		if (c == '.') {
			x->is_dotted |= last != WORD;
			last = DOT;
			buf_putc(&x->name, c);
			buf_putc(&x->local, c);
			skip(x, 1);
			continue;
		}
		if (last == WORD) {
			x->is_phrase = true;
			x->name_before = x->name.n;
			buf_reset(&x->local);
		}
		last = WORD;
		if (c == '"') {
			size_t from = x->name.n;

			if (quoted_get(x, &x->name) < 0 && !x->is_lenient)
				return -1;
			buf_putstr(&x->local, str_from(buf_str(&x->name), from));
			continue;
		}
		while (n < x->s.n && is_atom(x, x->s.p[n]))
			n++;
		buf_put(&x->name, x->s.p, n);
		buf_put(&x->local, x->s.p, n);
		skip(x, n);
	}
	x->is_dotted |= last == DOT;
	return 0;
}

/* [literal] at the start of the input, with its brackets. */
static int
literal_get(struct scan *x, struct buf *out)
{
	while (x->s.n > 0 && x->s.p[0] != ']') {
		char c = x->s.p[0];

		if (c == ',' && x->is_lenient)
			return -1;
		if ((unsigned char)c > ' ')
			buf_putc(out, c);
		skip(x, 1);
	}
	if (x->s.n == 0)
		return -1;
	buf_putc(out, ']');
	skip(x, 1);
	return 0;
}

/* A domain, appended to `out`. -1 when there is none or, in strict mode, when it is malformed. */
static int
domain_get(struct scan *x, struct buf *out)
{
	size_t from = out->n;
	bool was_dot = true, is_good = true;

	blanks_skip(x);
	if (peek(x) == '[')
		return literal_get(x, out);
	for (;;) {
		size_t n = 0;

		if (peek(x) == '.') {
			is_good &= !was_dot;
			was_dot = true;
			n = 1;
		} else if (was_dot) {
			while (n < x->s.n && is_atom(x, x->s.p[n]))
				n++;
			was_dot = n == 0;
		}
		if (n == 0)
			break;
		buf_put(out, x->s.p, n);
		skip(x, n);
		blanks_skip(x);
	}
	if (was_dot && x->is_lenient && out->n > from + 1)
		buf_truncate(out, out->n - 1); /* the root's dot */
	else if (was_dot)
		is_good = false;
	return out->n > from && (is_good || x->is_lenient) ? 0 : -1;
}

/* "@a,@b:" before an address in angle brackets (RFC 5322 4.4 obs-route). */
static int
route_get(struct scan *x)
{
	for (;;) {
		blanks_skip(x);
		if (peek(x) == ',') {
			skip(x, 1);
			continue;
		}
		if (peek(x) != '@')
			break;
		skip(x, 1);
		if (x->route.n > 0)
			buf_putc(&x->route, ',');
		buf_putc(&x->route, '@');
		if (domain_get(x, &x->route) < 0)
			return -1;
	}
	if (peek(x) != ':')
		return -1;
	skip(x, 1);
	return 0;
}

/* The comment as a display name: unfolded, quoting removed. */
static void
name_from_comment(struct scan *x)
{
	struct str c = str_trim_ws(x->comment);

	for (size_t i = 0; i < c.n; i++) {
		if (c.p[i] == '\\' && i + 1 < c.n)
			i++;
		if (c.p[i] != '\r' && c.p[i] != '\n' && c.p[i] != '\0')
			buf_putc(&x->name, c.p[i]);
	}
}

/* False when no more are wanted. */
static bool
put(struct scan *x, int kind)
{
	struct mime_addr a = {
		.name = STR(""), .local = STR(""), .domain = STR(""), .route = STR("")
	};

	if (x->left == 0)
		return false;
	x->left--;
	a.kind = kind;
	if (kind != MIME_ADDR_GROUP_END)
		a.name = buf_str(&x->name);
	if (kind == MIME_ADDR_MAILBOX) {
		if (x->name.n == 0 && x->comment.n > 0)
			name_from_comment(x);
		a.name = buf_str(&x->name);
		a.local = buf_str(&x->local);
		a.domain = buf_str(&x->domain);
		a.route = buf_str(&x->route);
	}
	return x->sink->put(x->sink->arg, &a);
}

/* The inside of <...>, `s` behind the "<"; the display name stands in x->name. */
static int
angle_get(struct scan *x)
{
	struct buf name = x->name;
	int r = -1;

	buf_init(&x->name, LIM_MIME_HEADER); /* words_get makes one of its own */
	blanks_skip(x);
	if (peek(x) == '@' && route_get(x) < 0)
		goto done;
	if (words_get(x) < 0)
		goto done;
	if (peek(x) == '@') {
		skip(x, 1);
		if (!x->is_lenient && (x->is_phrase || x->is_dotted || x->name.n == 0))
			goto done;
		if (domain_get(x, &x->domain) < 0)
			goto done;
	} else if (!x->is_lenient) {
		goto done;
	}
	if (peek(x) == '>') {
		skip(x, 1);
		r = 0;
	}
done:
	buf_done(&x->name);
	x->name = name;
	return r;
}

/* On to the next comma that is not quoted; in a group to its end as well. */
static void
fault_skip(struct scan *x)
{
	struct buf junk;

	buf_init(&junk, 0);
	while (x->s.n > 0 && x->s.p[0] != ',' && x->s.p[0] != ';') {
		if (x->s.p[0] == '(')
			mime_skip_cfws(&x->s, NULL);
		else if (x->s.p[0] == '"')
			(void)quoted_get(x, &junk);
		else
			skip(x, 1);
	}
	buf_done(&junk);
}

/* One mailbox, or the start of a group. 0, or -1 at a fault; *stop when the sink wants no more. */
static int
item_get(struct scan *x, bool *stop)
{
	int kind = MIME_ADDR_MAILBOX, r = 0;

	x->comment = STR_NONE;
	buf_reset(&x->domain);
	buf_reset(&x->route);
	if (words_get(x) < 0)
		return -1;
	if (peek(x) == '<') {
		buf_reset(&x->local);
		skip(x, 1);
		r = angle_get(x);
	} else if (peek(x) == '@') {
		skip(x, 1);
		if (!x->is_lenient && (x->is_phrase || x->is_dotted || x->name.n == 0))
			return -1;
		buf_truncate(&x->name, x->name_before);
		while (x->name.n > 0 && buf_str(&x->name).p[x->name.n - 1] == ' ')
			buf_truncate(&x->name, x->name.n - 1);
		r = domain_get(x, &x->domain);
	} else if (peek(x) == ':' && !x->is_group) {
		skip(x, 1);
		kind = MIME_ADDR_GROUP_START;
		x->is_group = true;
	} else if (!x->is_lenient) {
		return -1;
	} else if (x->is_phrase) {
		buf_reset(&x->local);
	} else {
		buf_reset(&x->name); /* one word alone is a local part */
	}
	if (r < 0 && !x->is_lenient)
		return -1;
	if (kind == MIME_ADDR_MAILBOX)
		blanks_skip(x); /* a comment behind the address may be its name */
	if (kind == MIME_ADDR_GROUP_START || x->name.n + x->local.n + x->domain.n > 0 || r == 0)
		*stop = !put(x, kind);
	return r;
}

static int
list_get(struct scan *x)
{
	bool stop = false;

	while (!stop) {
		blanks_skip(x);
		if (x->s.n == 0)
			break;
		if (peek(x) == ',') { /* empty elements: RFC 5322 4.4 */
			skip(x, 1);
			continue;
		}
		if (peek(x) == ';') {
			if (!x->is_group && !x->is_lenient)
				return -1;
			if (x->is_group)
				stop = !put(x, MIME_ADDR_GROUP_END);
			x->is_group = false;
			skip(x, 1);
			continue;
		}
		bool was_group = x->is_group;
		if (item_get(x, &stop) < 0) {
			if (!x->is_lenient)
				return -1;
			fault_skip(x);
		}
		if (!was_group && x->is_group)
			continue;
		blanks_skip(x);
		if (x->s.n > 0 && peek(x) != ',' && peek(x) != ';') {
			if (!x->is_lenient)
				return -1;
			fault_skip(x);
		}
	}
	if (x->is_group && !stop) {
		if (!x->is_lenient)
			return -1;
		(void)put(x, MIME_ADDR_GROUP_END);
	}
	return stop ? -1 : 0;
}

int
mime_addrs_scan(struct str value, bool is_lenient, const struct mime_addr_sink *sink)
{
	struct scan x = {
		.s = value, .is_lenient = is_lenient, .sink = sink, .left = LIM_MIME_ADDRS
	};
	int r;

	buf_init(&x.name, LIM_MIME_HEADER);
	buf_init(&x.local, LIM_MIME_HEADER);
	buf_init(&x.domain, LIM_MIME_HEADER);
	buf_init(&x.route, LIM_MIME_HEADER);
	r = list_get(&x);
	buf_done(&x.name);
	buf_done(&x.local);
	buf_done(&x.domain);
	buf_done(&x.route);
	return r;
}

struct collect {
	struct arena *a;
	struct mime_addr *v;
	unsigned n, cap;
};

#define COLLECT_FIRST 8

static bool
collect_put(void *arg, const struct mime_addr *addr)
{
	struct collect *c = arg;
	struct mime_addr t = *addr, *v;

	if (c->n == c->cap) {
		unsigned cap = c->cap > 0 ? c->cap * 2 : COLLECT_FIRST;

		if ((v = arena_try(c->a, cap, sizeof(*v))) == NULL)
			return false;
		if (c->n > 0)
			memcpy(v, c->v, c->n * sizeof(*v));
		c->v = v;
		c->cap = cap;
	}
	t.name = arena_str_try(c->a, addr->name);
	t.local = arena_str_try(c->a, addr->local);
	t.domain = arena_str_try(c->a, addr->domain);
	t.route = arena_str_try(c->a, addr->route);
	if (t.name.p == NULL || t.local.p == NULL || t.domain.p == NULL || t.route.p == NULL)
		return false;
	c->v[c->n++] = t;
	return true;
}

int
mime_addrs_parse(struct str value, struct arena *a, struct mime_addr **addrs, unsigned *n)
{
	struct collect c = { .a = a };
	int r = mime_addrs_scan(value, false, &(struct mime_addr_sink){ collect_put, &c });

	*addrs = c.v;
	*n = c.n;
	return r < 0 ? -1 : (int)c.n;
}
