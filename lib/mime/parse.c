/*
 * The push parser. Bytes are looked at line by line: a header block is collected and read at its
 * empty line; in bodies only line starts are compared with the delimiters of the open multiparts,
 * so a body costs one memchr per line whatever the depth.
 *
 * SECURITY: every byte is hostile. What is kept is bounded by LIM_MIME_KEEP and LIM_MIME_HEADER;
 * open multiparts by LIM_MIME_DEPTH; after LIM_MIME_PARTS (or when memory is used up) delimiters
 * are text.
 */
#include <assert.h>

#include "mime/mime_priv.h"

static struct mime_node *
node_new(struct mime_parser *p, struct mime_node *parent, uint64_t header)
{
	struct mime_node *n;

	if (p->nparts >= LIM_MIME_PARTS || (n = arena_try(p->arena, 1, sizeof(*n))) == NULL)
		return NULL;
	p->nparts++;
	n->depth = parent != NULL ? parent->depth + 1 : 0;
	n->pub.parent = parent != NULL ? &parent->pub : NULL;
	n->pub.header = n->pub.body = n->pub.end = header;
	n->pub.type = STR("text");
	n->pub.subtype = STR("plain");
	n->pub.charset = n->pub.filename = n->pub.disposition = STR("");
	return n;
}

static void
node_link(struct mime_node *parent, struct mime_node *n)
{
	if (parent->last == NULL)
		parent->pub.child = &n->pub;
	else
		parent->last->pub.next = &n->pub;
	parent->last = n;
	parent->pub.nchildren++;
}

struct mime_parser *
mime_parser_new(void)
{
	struct mime_parser *p = MEM_NEW(struct mime_parser);

	p->arena = arena_new(LIM_MIME_KEEP);
	buf_init(&p->hdr, LIM_MIME_HEADER);
	mime_search_init(&p->search);
	buf_init(&p->preview.text, LIM_MIME_PREVIEW_HTML * 2);
	buf_init(&p->preview.line, LIM_MIME_PREVIEW * 4 + 4);
	p->root = p->cur = node_new(p, NULL, 0);
	p->in_header = true;
	p->top.message_id = p->top.in_reply_to = p->top.references = STR("");
	p->top.subject = p->top.from = STR("");
	return p;
}

void
mime_parser_free(struct mime_parser **pp)
{
	struct mime_parser *p = *pp;

	if (p == NULL)
		return;
	mime_preview_done(&p->preview);
	buf_done(&p->search.fields);
	buf_done(&p->hdr);
	arena_free(&p->arena);
	mem_free(p);
	*pp = NULL;
}

/* ---- reading one header block ---- */

static const struct {
	struct str name;
	enum mime_env env;
	bool is_list; /* values of repeated fields are joined */
} env_fields[] = {
	{ { "Date", 4 }, MIME_ENV_DATE, false },
	{ { "Subject", 7 }, MIME_ENV_SUBJECT, false },
	{ { "From", 4 }, MIME_ENV_FROM, true },
	{ { "Sender", 6 }, MIME_ENV_SENDER, true },
	{ { "Reply-To", 8 }, MIME_ENV_REPLY_TO, true },
	{ { "To", 2 }, MIME_ENV_TO, true },
	{ { "Cc", 2 }, MIME_ENV_CC, true },
	{ { "Bcc", 3 }, MIME_ENV_BCC, true },
	{ { "In-Reply-To", 11 }, MIME_ENV_IN_REPLY_TO, false },
	{ { "Message-ID", 10 }, MIME_ENV_MESSAGE_ID, false },
};

static void
env_read(struct mime_parser *p, struct mime_node *n, const struct mime_field *f)
{
	for (size_t i = 0; i < ARRAY_LEN(env_fields); i++) {
		struct str *v = &n->env[env_fields[i].env], joined;
		char *m;

		if (!str_eqi(f->name, env_fields[i].name))
			continue;
		if (v->n == 0 || !env_fields[i].is_list) { /* the last one: what DKIM signs first */
			joined = arena_str_try(p->arena, f->value);
			if (joined.p != NULL)
				*v = joined;
		} else if (v->n + f->value.n + 2 <= LIM_MIME_HEADER &&
			   (m = arena_try(p->arena, v->n + f->value.n + 2, 1)) != NULL) {
			memcpy(m, v->p, v->n);
			memcpy(m + v->n, MIME_ENV_JOIN, 2);
			memcpy(m + v->n + 2, f->value.p, f->value.n);
			*v = str_mem(m, v->n + f->value.n + 2);
		}
		return;
	}
}

static enum mime_cte
cte_parse(struct str s)
{
	static const struct {
		struct str name;
		enum mime_cte cte;
	} names[] = {
		{ { "7BIT", 4 }, MIME_CTE_7BIT },     { { "8BIT", 4 }, MIME_CTE_8BIT },
		{ { "BINARY", 6 }, MIME_CTE_BINARY }, { { "QUOTED-PRINTABLE", 16 }, MIME_CTE_QP },
		{ { "BASE64", 6 }, MIME_CTE_BASE64 },
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eqi(s, names[i].name))
			return names[i].cte;
	return MIME_CTE_OTHER;
}

/* First token of Content-Transfer-Encoding in upper case, as the IMAP forms want it. */
static void
enc_read(struct mime_parser *p, struct mime_node *n, struct str v)
{
	size_t k = 0;
	char *m;

	mime_skip_cfws(&v, NULL);
	while (k < v.n && (unsigned char)v.p[k] > ' ' && v.p[k] != ';' && v.p[k] != '(')
		k++;
	if (k == 0 || (m = arena_try(p->arena, k, 1)) == NULL)
		return;
	for (size_t i = 0; i < k; i++)
		m[i] = chr_upper(v.p[i]);
	n->enc = str_mem(m, k);
	n->pub.cte = cte_parse(n->enc);
}

static void
content_read(struct mime_parser *p, struct mime_node *n, const struct mime_field *f)
{
	struct str what = str_from(f->name, sizeof("Content-") - 1), *plain = NULL;

	if (str_eqi(what, STR("Type"))) {
		if (n->has_ctype)
			return;
		n->has_ctype = true;
		if (mime_ctype_parse(f->value, p->arena, &n->pub.type, &n->pub.subtype,
				     &n->params) < 0) {
			n->pub.type = STR("text"); /* in a digest too: RFC 2045 5.2 */
			n->pub.subtype = STR("plain");
		}
	} else if (str_eqi(what, STR("Transfer-Encoding"))) {
		if (n->enc.p == NULL)
			enc_read(p, n, f->value);
	} else if (str_eqi(what, STR("Disposition"))) {
		if (n->pub.disposition.n == 0)
			mime_disposition_parse(f->value, p->arena, &n->pub.disposition,
					       &n->dsp_params);
	} else if (str_eqi(what, STR("ID"))) {
		plain = &n->id;
	} else if (str_eqi(what, STR("Description"))) {
		plain = &n->desc;
	} else if (str_eqi(what, STR("MD5"))) {
		plain = &n->md5;
	} else if (str_eqi(what, STR("Language"))) {
		plain = &n->lang;
	} else if (str_eqi(what, STR("Location"))) {
		plain = &n->loc;
	}
	if (plain != NULL && plain->p == NULL)
		*plain = mime_unfold_try(f->value, p->arena);
}

/* The first "<...>" without blanks inside, as sent. */
static struct str
msgid_first(struct str v)
{
	for (size_t i = 0; i < v.n; i++) {
		size_t k = i + 1;

		if (v.p[i] != '<')
			continue;
		while (k < v.n && (unsigned char)v.p[k] > ' ' && v.p[k] != '<' && v.p[k] != '>')
			k++;
		if (k < v.n && v.p[k] == '>' && k > i + 1)
			return str_sub(v, i, k + 1);
		i = k - 1;
	}
	return STR("");
}

struct from {
	struct arena *a;
	struct str addr;
};

/* local@domain, the local part quoted again where it must be. */
static bool
from_put(void *arg, const struct mime_addr *addr)
{
	struct from *f = arg;
	bool quote = addr->local.n == 0;
	struct buf b;

	if (addr->kind != MIME_ADDR_MAILBOX)
		return true;
	for (size_t i = 0; i < addr->local.n; i++)
		if (memchr(" \t\"\\()<>[]:;@,", addr->local.p[i], 14) != NULL)
			quote = true;
	buf_init(&b, LIM_MIME_HEADER * 2);
	if (quote)
		buf_putc(&b, '"');
	for (size_t i = 0; i < addr->local.n; i++) {
		if (addr->local.p[i] == '"' || addr->local.p[i] == '\\')
			buf_putc(&b, '\\');
		buf_putc(&b, addr->local.p[i]);
	}
	if (quote)
		buf_putc(&b, '"');
	buf_putc(&b, '@');
	buf_putstr(&b, addr->domain);
	if (f->addr.n == 0)
		f->addr = arena_str_try(f->a, buf_str(&b));
	buf_done(&b);
	return true;
}

static void
top_read(struct mime_parser *p, const struct mime_field *f)
{
	struct mime_top *t = &p->top;
	struct str *plain = NULL;

	if (str_eqi(f->name, STR("Received")))
		t->nreceived++;
	else if (str_eqi(f->name, STR("From")))
		t->nfrom++;
	else if (str_eqi(f->name, STR("In-Reply-To")) && t->in_reply_to.n == 0)
		plain = &t->in_reply_to;
	else if (str_eqi(f->name, STR("References")) && t->references.n == 0)
		plain = &t->references;
	if (plain != NULL)
		*plain = mime_unfold_try(f->value, p->arena);
}

static void
top_finish(struct mime_parser *p)
{
	const struct str *env = p->root->env;
	struct mime_top *t = &p->top;
	struct from from = { p->arena, STR("") };
	struct buf b;

	if (t->in_reply_to.p == NULL)
		t->in_reply_to = STR("");
	if (t->references.p == NULL)
		t->references = STR("");
	if (env == NULL)
		return;
	if (env[MIME_ENV_MESSAGE_ID].p != NULL)
		t->message_id = msgid_first(env[MIME_ENV_MESSAGE_ID]);
	if (env[MIME_ENV_DATE].p != NULL && mime_date_parse(env[MIME_ENV_DATE], &t->date, NULL) < 0)
		t->date = 0;
	if (env[MIME_ENV_FROM].p != NULL &&
	    mime_addrs_scan(env[MIME_ENV_FROM], false,
			    &(struct mime_addr_sink){ from_put, &from }) == 0 &&
	    from.addr.p != NULL)
		t->from = from.addr;
	if (env[MIME_ENV_SUBJECT].p != NULL) {
		buf_init(&b, LIM_MIME_HEADER * 4);
		mime_put_decoded(env[MIME_ENV_SUBJECT], &b);
		t->subject = arena_str_try(p->arena, buf_str(&b));
		if (t->subject.p == NULL)
			t->subject = STR("");
		buf_done(&b);
	}
}

/* Type of a part without Content-Type. */
static void
type_default(struct mime_node *n)
{
	const struct mime_part *up = n->pub.parent;

	if (up != NULL && up->is_multipart && str_eq(up->subtype, STR("digest"))) {
		n->pub.type = STR("message"); /* RFC 2046 5.1.5 */
		n->pub.subtype = STR("rfc822");
	}
}

static void
params_finish(struct mime_parser *p, struct mime_node *n)
{
	struct str charset = mime_param_raw(n->params, STR("charset"), p->arena), name;
	struct buf b;

	if (charset.p != NULL)
		n->pub.charset = charset;
	buf_init(&b, LIM_MIME_HEADER * 4);
	if (mime_param_decoded(n->dsp_params, STR("filename"), &b) ||
	    mime_param_decoded(n->params, STR("name"), &b)) {
		name = arena_str_try(p->arena, buf_str(&b));
		if (name.p != NULL)
			n->pub.filename = name;
	}
	buf_done(&b);
}

/* The fields of p->hdr, which belong to `n`. */
static void
fields_read(struct mime_parser *p, struct mime_node *n)
{
	bool is_root = n == p->root;
	struct str block = buf_str(&p->hdr);
	struct mime_field f;
	unsigned left = LIM_MIME_FIELDS;
	bool more = true;

	if (is_root || n->pub.parent->is_message)
		n->env = arena_try(p->arena, MIME_ENV_COUNT, sizeof(*n->env));
	if (is_root)
		p->top.has_8bit_header = !str_is_ascii(block);
	type_default(n);
	while (left-- > 0 && (more = mime_field_next(&block, &f))) {
		if (str_has_prefixi(f.name, STR("Content-")))
			content_read(p, n, &f);
		else if (n->env != NULL)
			env_read(p, n, &f);
		if (is_root) {
			top_read(p, &f);
			mime_search_put(&p->search, &f);
		}
	}
	/* Who searches looks at all of the header. */
	if (is_root && (p->hdr_full || more))
		p->search.fields.over = true;
	params_finish(p, n);
	if (is_root)
		top_finish(p);
}

/* The delimiter of a multipart; empty when it has none that can be used. Blanks at its end would be
 * lost in transport and are never part of it (RFC 2046 5.1.1). */
static struct str
boundary_get(struct mime_parser *p, const struct mime_node *n)
{
	struct str b = mime_param_raw(n->params, STR("boundary"), p->arena);

	while (b.n > 0 && (b.p[b.n - 1] == ' ' || b.p[b.n - 1] == '\t'))
		b.n--;
	if (b.n > LIM_MIME_BOUNDARY || memchr(b.p != NULL ? b.p : "", '\n', b.n) != NULL)
		return STR("");
	return b;
}

static void
leaf_opaque(struct mime_node *n)
{
	n->pub.type = STR("application");
	n->pub.subtype = STR("octet-stream");
}

/* The header block of the current part has ended: read it, and decide what the body is. */
static void
header_end(struct mime_parser *p, uint64_t body, uint64_t nlines)
{
	struct mime_node *n = p->cur, *child;
	struct str text;
	bool is_wanted;

	p->in_header = false;
	n->pub.body = n->pub.end = body;
	n->lines0 = nlines;
	fields_read(p, n);
	if (str_eq(n->pub.type, STR("multipart"))) {
		text = boundary_get(p, n);
		if (text.n == 0) {
			n->pub.type =
				STR("text"); /* RFC 2049 2: what can't be split is read as it is */
			n->pub.subtype = STR("plain");
		} else if (n->depth >= LIM_MIME_DEPTH) {
			leaf_opaque(n);
		} else {
			n->pub.is_multipart = true;
			p->bounds[p->nbounds].part = n;
			p->bounds[p->nbounds++].text = text;
		}
	} else if (str_eq(n->pub.type, STR("message")) && (str_eq(n->pub.subtype, STR("rfc822")) ||
							   str_eq(n->pub.subtype, STR("global")))) {
		if (n->depth >= LIM_MIME_DEPTH || (child = node_new(p, n, body)) == NULL) {
			leaf_opaque(n);
		} else {
			n->pub.is_message = true;
			node_link(n, child);
			p->cur = child;
			p->in_header = true;
		}
	}
	is_wanted = p->tap.header != NULL && p->tap.header(p->tap.arg, &n->pub, buf_str(&p->hdr));
	buf_reset(&p->hdr);
	p->hdr_full = false;
	if (!n->pub.is_multipart && !n->pub.is_message) {
		mime_preview_start(&p->preview, &n->pub);
		p->is_tapped = is_wanted;
	}
}

static void
body_end(struct mime_parser *p)
{
	mime_preview_stop(&p->preview);
	if (p->is_tapped)
		p->tap.end(p->tap.arg);
	p->is_tapped = false;
}

/* ---- lines ---- */

/* End all parts below `stop`. `line` is where the delimiter line starts, and `eol` the length of
 * the line end before it, which belongs to the delimiter (RFC 2046 5.1.1); at the end of input that
 * is 0. */
static void
parts_close(struct mime_parser *p, const struct mime_node *stop, uint64_t line, unsigned eol)
{
	uint64_t end = line - eol;

	while (p->in_header)
		header_end(p, line, p->nlines);
	body_end(p);
	for (; p->cur != stop; p->cur = MIME_NODE(p->cur->pub.parent)) {
		struct mime_node *n = p->cur;

		if (end < n->pub.body) { /* that line end was the header's empty line */
			end = n->pub.body;
			eol = 0;
		}
		n->pub.end = end;
		n->pub.lines = p->nlines - n->lines0 - (eol > 0);
	}
}

/* Which open multipart a line delimits, innermost first; -1 for text. The whole line is compared,
 * so that a boundary that begins like another one is told apart. */
static int
delimiter_find(const struct mime_parser *p, struct str line, bool *is_close)
{
	while (line.n > 0 && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r' ||
			      line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\t'))
		line.n--;
	if (line.n < 3 || line.p[0] != '-' || line.p[1] != '-')
		return -1;
	line = str_from(line, 2);
	for (unsigned i = p->nbounds; i-- > 0;) {
		struct str b = p->bounds[i].text;

		if (line.n < b.n || line.n > b.n + 2 || line.n == b.n + 1 ||
		    memcmp(line.p, b.p, b.n) != 0)
			continue;
		*is_close = line.n == b.n + 2;
		if (!*is_close || (line.p[b.n] == '-' && line.p[b.n + 1] == '-'))
			return (int)i;
	}
	return -1;
}

/* True when the line (of n bytes at p->off) was a delimiter and has been acted on. */
static bool
delimiter_run(struct mime_parser *p, const char *s, size_t n)
{
	struct mime_node *m, *child = NULL;
	bool is_close;
	int i = delimiter_find(p, str_mem(s, n), &is_close);

	if (i < 0)
		return false;
	m = p->bounds[i].part;
	if (!is_close && (child = node_new(p, m, p->off + n)) == NULL) {
		p->frozen = true;
		return false;
	}
	parts_close(p, m, p->off, p->prev_eol);
	p->nbounds = is_close ? (unsigned)i : (unsigned)i + 1;
	if (child != NULL) {
		node_link(m, child);
		p->cur = child;
		p->in_header = true;
	}
	return true;
}

/* Bytes that are no delimiter. A header line that doesn't fit is not looked at, nor any behind it.
 */
static void
text_put(struct mime_parser *p, const char *s, size_t n)
{
	if (!p->in_header) {
		mime_preview_put(&p->preview, str_mem(s, n));
		if (p->is_tapped)
			p->tap.body(p->tap.arg, str_mem(s, n));
	} else if (!p->hdr_full) {
		if (n > LIM_MIME_HEADER - p->hdr.n) {
			p->hdr_full = true;
			buf_truncate(&p->hdr, p->hdr_line);
		} else {
			buf_put(&p->hdr, s, n);
		}
	}
}

static void
line_end(struct mime_parser *p, uint64_t len, unsigned eol)
{
	p->off += len;
	p->nlines += eol > 0;
	p->prev_eol = eol;
	p->line_len = 0;
	if (p->in_header && len == eol)
		header_end(p, p->off, p->nlines);
}

/* One whole line. */
static void
line_put(struct mime_parser *p, const char *s, size_t n, unsigned eol)
{
	p->hdr_line = p->hdr.n;
	if (s[0] == '-' && p->nbounds > 0 && !p->frozen && n <= sizeof(p->hold) &&
	    delimiter_run(p, s, n)) {
		p->off += n;
		p->nlines += eol > 0;
		p->prev_eol = eol;
		p->line_len = 0;
		return;
	}
	text_put(p, s, n);
	line_end(p, n, eol);
}

/* Some of a line: its end is missing, or its start came before. */
static void
piece_put(struct mime_parser *p, const char *s, size_t n, bool is_complete)
{
	char before = n > 1 ? s[n - 2] : p->last;
	unsigned eol = !is_complete ? 0 : p->line_len + n > 1 && before == '\r' ? 2 : 1;

	if (p->line_len == 0) {
		p->hdr_line = p->hdr.n;
		p->is_held = s[0] == '-' && p->nbounds > 0 && !p->frozen;
	}
	if (p->is_held && p->line_len + n > sizeof(p->hold)) {
		p->is_held = false;
		text_put(p, p->hold, (size_t)p->line_len);
	}
	if (p->is_held)
		memcpy(p->hold + p->line_len, s, n);
	else
		text_put(p, s, n);
	p->line_len += n;
	p->last = s[n - 1];
	if (!is_complete)
		return;
	if (p->is_held)
		line_put(p, p->hold, (size_t)p->line_len, eol);
	else
		line_end(p, p->line_len, eol);
}

/* Body lines from `s` that nobody reads and that can't be delimiters: counted only. The first byte
 * not consumed. */
static const char *
body_skip(struct mime_parser *p, const char *s, const char *end)
{
	bool is_bounded = p->nbounds > 0 && !p->frozen;
	const char *start = s, *nl;
	uint64_t nlines = 0;

	while (s < end && !(is_bounded && *s == '-') &&
	       (nl = memchr(s, '\n', (size_t)(end - s))) != NULL) {
		nlines++;
		s = nl + 1;
	}
	if (s > start) {
		p->prev_eol = s - start > 1 && s[-2] == '\r' ? 2 : 1;
		p->off += (uint64_t)(s - start);
		p->nlines += nlines;
	}
	return s;
}

void
mime_parser_tap(struct mime_parser *p, const struct mime_tap *tap)
{
	assert(p->off == 0 && p->line_len == 0);
	p->tap = *tap;
}

void
mime_parser_feed(struct mime_parser *p, const void *data, size_t size)
{
	const char *s = data, *end = s + size;

	assert(!p->is_ended);
	while (s < end) {
		const char *nl;
		size_t n;

		if (!p->in_header && p->line_len == 0 && p->preview.dec == NULL && !p->is_tapped &&
		    (s = body_skip(p, s, end)) == end)
			break;
		nl = memchr(s, '\n', (size_t)(end - s));
		n = nl != NULL ? (size_t)(nl + 1 - s) : (size_t)(end - s);
		if (p->line_len == 0 && nl != NULL)
			line_put(p, s, n, n > 1 && s[n - 2] == '\r' ? 2 : 1);
		else
			piece_put(p, s, n, nl != NULL);
		s += n;
	}
}

const struct mime_part *
mime_parser_end(struct mime_parser *p)
{
	if (p->is_ended)
		return &p->root->pub;
	if (p->line_len > 0 && p->is_held)
		line_put(p, p->hold, (size_t)p->line_len, 0);
	p->off += p->line_len;
	p->line_len = 0;
	parts_close(p, NULL, p->off, 0);
	p->is_ended = true;
	return &p->root->pub;
}

const struct mime_top *
mime_parser_top(const struct mime_parser *p)
{
	return &p->top;
}

/* Child `k` (from 1), or NULL. */
static const struct mime_part *
child_get(const struct mime_part *part, uint32_t k)
{
	const struct mime_part *c = k > 0 ? part->child : NULL;

	while (c != NULL && --k > 0)
		c = c->next;
	return c;
}

const struct mime_part *
mime_part_find(const struct mime_part *root, const uint32_t *path, unsigned n)
{
	const struct mime_part *part = root;
	bool is_whole = true; /* `part` is a message as a whole, not yet its part 1 */

	for (unsigned i = 0; part != NULL && i < n; i++) {
		if (!is_whole && part->is_message) {
			part = part->child;
			is_whole = true;
		}
		if (part == NULL)
			return NULL;
		if (part->is_multipart)
			part = child_get(part, path[i]);
		else if (!is_whole || path[i] != 1)
			part = NULL;
		is_whole = false;
	}
	return part;
}
