/*
 * Whole messages. The tree nests and is ordered; the same whole, byte by byte and in pieces; the
 * index gives back what was put; ENVELOPE, BODY and BODYSTRUCTURE follow the grammar of RFC 9051 9.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "mime/mime.h"

enum { MOST = 64 << 20 };

static void
check(bool ok)
{
	if (!ok)
		abort();
}

/* ---- the grammar; each reader moves *s behind what it has read ---- */

static void
lit(struct str *s, const char *text)
{
	check(str_has_prefix(*s, str_c(text)));
	*s = str_from(*s, strlen(text));
}

static uint64_t
number(struct str *s)
{
	size_t n = 0;
	uint64_t v = 0;

	while (n < s->n && chr_is_digit(s->p[n]))
		n++;
	check(str_to_u64(str_sub(*s, 0, n), UINT64_MAX, &v) == 0);
	*s = str_from(*s, n);
	return v;
}

static void
string(struct str *s, bool utf8)
{
	struct str inside;
	uint64_t n;

	if (s->n > 0 && s->p[0] == '{') {
		lit(s, "{");
		n = number(s);
		lit(s, "}\r\n");
		check(n <= s->n && memchr(s->p, '\0', n) == NULL);
		*s = str_from(*s, n);
		return;
	}
	lit(s, "\"");
	inside = *s;
	while (check(s->n > 0), s->p[0] != '"') {
		check(s->p[0] != '\0' && s->p[0] != '\r' && s->p[0] != '\n');
		check(utf8 || (unsigned char)s->p[0] < 0x80);
		if (s->p[0] == '\\') {
			*s = str_from(*s, 1);
			check(s->n > 0 && (s->p[0] == '"' || s->p[0] == '\\'));
		}
		*s = str_from(*s, 1);
	}
	check(str_is_utf8(str_sub(inside, 0, inside.n - s->n)));
	lit(s, "\"");
}

/* True when it was NIL. */
static bool
nstring(struct str *s, bool utf8)
{
	if (!str_has_prefix(*s, STR("NIL"))) {
		string(s, utf8);
		return false;
	}
	lit(s, "NIL");
	return true;
}

static void
addresses(struct str *s, bool utf8)
{
	int depth = 0;

	if (str_has_prefix(*s, STR("NIL"))) {
		lit(s, "NIL");
		return;
	}
	lit(s, "(");
	do {
		bool name, route, local, domain;

		lit(s, "(");
		name = nstring(s, utf8);
		lit(s, " ");
		route = nstring(s, utf8);
		lit(s, " ");
		local = nstring(s, utf8);
		lit(s, " ");
		domain = nstring(s, utf8);
		lit(s, ")");
		check(!domain || (name && route)); /* a group's start or end */
		check(!local || domain);
		depth += domain ? (local ? -1 : 1) : 0;
		check(depth == 0 || depth == 1);
	} while (s->n > 0 && s->p[0] == '(');
	lit(s, ")");
}

static void
envelope(struct str *s, bool utf8)
{
	lit(s, "(");
	for (int i = 0; i < 10; i++) {
		if (i > 0)
			lit(s, " ");
		if (i >= 2 && i <= 7)
			addresses(s, utf8);
		else
			(void)nstring(s, utf8);
	}
	lit(s, ")");
}

static void
params(struct str *s, bool utf8)
{
	if (str_has_prefix(*s, STR("NIL"))) {
		lit(s, "NIL");
		return;
	}
	lit(s, "(");
	for (;;) {
		string(s, utf8);
		lit(s, " ");
		string(s, utf8);
		if (s->n == 0 || s->p[0] != ' ')
			break;
		lit(s, " ");
	}
	lit(s, ")");
}

static void
extension(struct str *s, bool utf8)
{
	lit(s, " ");
	if (str_has_prefix(*s, STR("("))) {
		lit(s, "(");
		string(s, utf8);
		lit(s, " ");
		params(s, utf8);
		lit(s, ")");
	} else {
		lit(s, "NIL");
	}
	lit(s, " ");
	if (str_has_prefix(*s, STR("("))) {
		lit(s, "(");
		string(s, utf8);
		while (s->n > 0 && s->p[0] == ' ') {
			lit(s, " ");
			string(s, utf8);
		}
		lit(s, ")");
	} else {
		(void)nstring(s, utf8);
	}
	lit(s, " ");
	(void)nstring(s, utf8);
}

static void
body(struct str *s, bool extended, bool utf8, const struct mime_part *p)
{
	lit(s, "(");
	if (str_has_prefix(*s, STR("("))) {
		unsigned n = 0;

		check(p == NULL || p->is_multipart);
		for (const struct mime_part *c = p != NULL ? p->child : NULL;
		     s->n > 0 && s->p[0] == '('; n++) {
			if (p != NULL && p->child == NULL) { /* the part that stands for none */
				lit(s,
				    "(\"TEXT\" \"PLAIN\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 0 0");
				lit(s, extended ? " NIL NIL NIL NIL)" : ")");
				continue;
			}
			check(c != NULL);
			body(s, extended, utf8, c);
			c = c->next;
		}
		check(p == NULL || n == MAX(p->nchildren, 1u));
		lit(s, " ");
		string(s, utf8);
		if (extended) {
			lit(s, " ");
			params(s, utf8);
			extension(s, utf8);
		}
		lit(s, ")");
		return;
	}
	check(!p->is_multipart);
	string(s, utf8);
	lit(s, " ");
	string(s, utf8);
	lit(s, " ");
	params(s, utf8);
	lit(s, " ");
	(void)nstring(s, utf8);
	lit(s, " ");
	(void)nstring(s, utf8);
	lit(s, " ");
	string(s, utf8);
	lit(s, " ");
	check(number(s) == p->end - p->body);
	if (p->is_message) {
		lit(s, " ");
		envelope(s, utf8);
		lit(s, " ");
		body(s, extended, utf8, p->child);
	}
	if (p->is_message || str_eq(p->type, STR("text"))) {
		lit(s, " ");
		check(number(s) == p->lines);
	}
	if (extended) {
		lit(s, " ");
		(void)nstring(s, utf8);
		extension(s, utf8);
	}
	lit(s, ")");
}

/* ---- the tree ---- */

static unsigned
tree(const struct mime_part *p, struct str msg, unsigned depth)
{
	uint64_t after = p->body, lines = 0;
	unsigned n = 1, children = 0;

	check(depth <= LIM_MIME_DEPTH);
	check(p->header <= p->body && p->body <= p->end && p->end <= msg.n);
	for (uint64_t i = p->body; i < p->end; i++)
		lines += msg.p[i] == '\n';
	check(lines == p->lines);
	check(p->type.n > 0 && p->subtype.n > 0 && p->charset.p != NULL && p->filename.p != NULL &&
	      p->disposition.p != NULL);
	check(str_is_utf8(p->filename));
	check(!p->is_multipart || str_eq(p->type, STR("multipart")));
	check(!p->is_message || (str_eq(p->type, STR("message")) && p->nchildren == 1 &&
				 p->child->header == p->body && p->child->end == p->end));
	for (const struct mime_part *c = p->child; c != NULL; c = c->next) {
		check(c->parent == p && c->header >= after && c->end <= p->end);
		after = c->end;
		children++;
		n += tree(c, msg, depth + 1);
	}
	check(children == p->nchildren);
	check(children == 0 || p->is_multipart || p->is_message);
	return n;
}

static void
same_tree(const struct mime_part *a, const struct mime_part *b)
{
	for (; a != NULL && b != NULL; a = a->next, b = b->next) {
		check(a->header == b->header && a->body == b->body && a->end == b->end &&
		      a->lines == b->lines);
		check(str_eq(a->type, b->type) && str_eq(a->subtype, b->subtype) &&
		      str_eq(a->charset, b->charset));
		check(str_eq(a->filename, b->filename) && str_eq(a->disposition, b->disposition) &&
		      a->cte == b->cte);
		check(a->is_multipart == b->is_multipart && a->is_message == b->is_message &&
		      a->nchildren == b->nchildren);
		same_tree(a->child, b->child);
	}
	check(a == NULL && b == NULL);
}

static void
index_check(const struct mime_parser *p, const struct mime_part *root, struct buf *bytes)
{
	struct arena *a = arena_new(4 << 20);
	struct mime_index ix;
	struct err e = ERR_INIT;
	struct buf b;

	buf_init(&b, MOST);
	mime_index_put(p, bytes);
	check(!bytes->over && mime_index_get(buf_str(bytes), true, a, &ix, &e) == 0);
	same_tree(root, ix.root);
	for (struct str left = ix.fields, name, value; left.n > 0;)
		check(ix.has_fields && mime_kept_next(&left, &name, &value) &&
		      mime_field_is_kept(name));
	mime_put_envelope(p, false, &b);
	check(str_eq(buf_str(&b), ix.envelope));
	check(str_is_utf8(ix.preview) && str_chr(ix.preview, '\n') < 0 &&
	      str_chr(ix.preview, '\r') < 0 && ix.preview.n <= LIM_MIME_PREVIEW * 4);
	buf_done(&b);
	arena_free(&a);
}

static void
forms_check(const struct mime_parser *p, const struct mime_part *root)
{
	struct buf b;

	buf_init(&b, MOST);
	for (int utf8 = 0; utf8 < 2; utf8++) {
		struct str s;

		buf_reset(&b);
		mime_put_envelope(p, utf8, &b);
		s = buf_str(&b);
		envelope(&s, utf8);
		check(s.n == 0);
		for (int extended = 0; extended < 2; extended++) {
			buf_reset(&b);
			mime_put_body(p, extended, utf8, &b);
			s = buf_str(&b);
			body(&s, extended, utf8, root);
			check(s.n == 0);
		}
	}
	buf_done(&b);
}

/* Everything that the parser says, of the message in pieces: 0 whole, 1 single bytes, else of
 * changing sizes. */
static void
parse(struct str msg, unsigned step, struct buf *out)
{
	struct mime_parser *p = mime_parser_new();
	const struct mime_part *root;
	const struct mime_top *t;

	for (size_t i = 0, n; i < msg.n; i += n) {
		n = step == 0 ? msg.n : step == 1 ? 1 : 1 + (i * 31 + step) % 61;
		n = MIN(n, msg.n - i);
		mime_parser_feed(p, msg.p + i, n);
	}
	root = mime_parser_end(p);
	t = mime_parser_top(p);
	check(str_is_utf8(t->subject));
	if (step == 0) {
		check(tree(root, msg, 0) <= LIM_MIME_PARTS && root->header == 0 &&
		      root->end == msg.n);
		forms_check(p, root);
	}
	index_check(p, root, out);
	buf_putstr(out, t->message_id);
	buf_putstr(out, t->in_reply_to);
	buf_putstr(out, t->references);
	buf_putstr(out, t->subject);
	buf_putstr(out, t->from);
	buf_printf(out, "%u %u %lld %d", t->nfrom, t->nreceived, (long long)t->date,
		   t->has_8bit_header);
	mime_parser_free(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str msg = str_mem(data, n);
	struct arena *a = arena_new(4 << 20);
	struct mime_index ix;
	struct buf whole, cut;

	buf_init(&whole, MOST);
	buf_init(&cut, MOST);
	parse(msg, 0, &whole);
	for (unsigned step = 1; step < 4; step++) {
		buf_reset(&cut);
		parse(msg, step, &cut);
		check(str_eq(buf_str(&whole), buf_str(&cut)));
	}
	(void)!mime_index_get(msg, true, a, &ix,
			      NULL); /* the input as an index: nothing may break */
	buf_done(&whole);
	buf_done(&cut);
	arena_free(&a);
	return 0;
}
