/*
 * ENVELOPE and BODYSTRUCTURE (RFC 9051 7.5.2). Where the RFC leaves a choice this is what clients
 * have long been given by other servers: RFC 2231 parameters joined but not decoded, encoded words
 * as sent, "us-ascii" for text without charset, an empty text part in a multipart without parts.
 */
#include "mime/mime_priv.h"

#define QUOTED_MAX 1000 /* longer strings are literals */
/* What stands for the parts of a multipart that has none. */
#define EMPTY_PART "(\"TEXT\" \"PLAIN\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 0 0"

/* Strings without NUL, CR and LF, which neither quoted strings nor (NUL) literals may have. */
static void
put_string(struct str s, bool utf8, struct buf *out)
{
	bool is_plain = s.n <= QUOTED_MAX, is_8bit = false, has_ctl = false;
	size_t from = 0, nul = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		is_8bit |= c >= 0x80;
		has_ctl |= c == '\r' || c == '\n';
		nul += c == '\0';
	}
	if (has_ctl || (is_8bit && (!utf8 || !str_is_utf8(s))))
		is_plain = false;
	if (is_plain) {
		buf_putc(out, '"');
		for (size_t i = 0; i < s.n; i++) {
			if (s.p[i] != '"' && s.p[i] != '\\' && s.p[i] != '\0')
				continue;
			buf_put(out, s.p + from, i - from);
			if (s.p[i] != '\0')
				buf_putc(out, '\\');
			from = s.p[i] != '\0' ? i : i + 1;
		}
		buf_put(out, s.p + from, s.n - from);
		buf_putc(out, '"');
		return;
	}
	buf_printf(out, "{%zu}\r\n", s.n - nul);
	for (size_t i = 0; i < s.n; i++) {
		size_t n = 0;

		while (i + n < s.n && s.p[i + n] != '\0')
			n++;
		buf_put(out, s.p + i, n);
		i += n;
	}
}

void
mime_put_nstring(struct str s, bool utf8, struct buf *out)
{
	if (s.p == NULL)
		buf_puts(out, "NIL");
	else
		put_string(s, utf8, out);
}

/* A header value: NIL when absent, unfolded. */
static void
put_value(struct str v, bool utf8, struct buf *out)
{
	struct buf b;

	if (v.p == NULL) {
		buf_puts(out, "NIL");
		return;
	}
	buf_init(&b, LIM_MIME_HEADER);
	mime_unfold(v, &b);
	put_string(buf_str(&b), utf8, out);
	buf_done(&b);
}

/* ---- ENVELOPE ---- */

struct addr_out {
	struct buf *out;
	bool utf8, is_open; /* is_open: "(" was put */
};

static void
put_nonempty(struct str s, bool utf8, struct buf *out)
{
	mime_put_nstring(s.n > 0 ? s : STR_NONE, utf8, out);
}

static bool
addr_put(void *arg, const struct mime_addr *a)
{
	struct addr_out *o = arg;

	if (!o->is_open)
		buf_putc(o->out, '(');
	o->is_open = true;
	buf_putc(o->out, '(');
	if (a->kind == MIME_ADDR_GROUP_END) {
		buf_puts(o->out, "NIL NIL NIL NIL)");
		return !o->out->over;
	}
	if (a->kind == MIME_ADDR_GROUP_START) {
		buf_puts(o->out, "NIL NIL ");
		put_string(a->name, o->utf8, o->out);
		buf_puts(o->out, " NIL)");
		return !o->out->over;
	}
	put_nonempty(a->name, o->utf8, o->out);
	buf_putc(o->out, ' ');
	put_nonempty(a->route, o->utf8, o->out);
	buf_putc(o->out, ' ');
	/* Without these a client would take the address for a group. */
	put_string(a->local.n > 0 ? a->local : STR("MISSING_MAILBOX"), o->utf8, o->out);
	buf_putc(o->out, ' ');
	put_string(a->domain.n > 0 ? a->domain : STR("MISSING_DOMAIN"), o->utf8, o->out);
	buf_putc(o->out, ')');
	return !o->out->over;
}

/* False, with nothing put, when the field has no address. */
static bool
put_addrs(struct str v, bool utf8, struct buf *out)
{
	struct addr_out o = { .out = out, .utf8 = utf8 };

	while (v.n > 0) {
		ssize_t at = str_find(v, STR(MIME_ENV_JOIN));
		struct str one = at >= 0 ? str_sub(v, 0, (size_t)at) : v;

		(void)mime_addrs_scan(one, true, &(struct mime_addr_sink){ addr_put, &o });
		v = at >= 0 ? str_from(v, (size_t)at + sizeof(MIME_ENV_JOIN) - 1) : STR_NONE;
	}
	if (o.is_open)
		buf_putc(out, ')');
	return o.is_open;
}

static void
put_envelope(const struct str *env, bool utf8, struct buf *out)
{
	static const struct str none[MIME_ENV_COUNT];
	size_t from, from_len;

	if (env == NULL)
		env = none;
	buf_putc(out, '(');
	put_value(env[MIME_ENV_DATE], utf8, out);
	buf_putc(out, ' ');
	put_value(env[MIME_ENV_SUBJECT], utf8, out);
	buf_putc(out, ' ');
	from = out->n;
	if (!put_addrs(env[MIME_ENV_FROM], utf8, out))
		buf_puts(out, "NIL");
	from_len = out->n - from;
	for (int f = MIME_ENV_SENDER; f <= MIME_ENV_BCC; f++) {
		buf_putc(out, ' ');
		if (put_addrs(env[f], utf8, out))
			continue;
		if (f == MIME_ENV_SENDER || f == MIME_ENV_REPLY_TO) {
			struct str copy;

			if (buf_reserve(out, from_len) == NULL) /* before borrowing from it */
				return;
			copy = str_sub(buf_str(out), from, from + from_len);
			buf_putstr(out, copy);
		} else {
			buf_puts(out, "NIL");
		}
	}
	buf_putc(out, ' ');
	put_value(env[MIME_ENV_IN_REPLY_TO], utf8, out);
	buf_putc(out, ' ');
	put_value(env[MIME_ENV_MESSAGE_ID], utf8, out);
	buf_putc(out, ')');
}

/* ---- BODY and BODYSTRUCTURE ---- */

static void
put_upper(struct str s, bool utf8, struct buf *out)
{
	char t[64];

	if (s.n > sizeof(t)) {
		put_string(s, utf8, out);
		return;
	}
	for (size_t i = 0; i < s.n; i++)
		t[i] = chr_upper(s.p[i]);
	put_string(str_mem(t, s.n), utf8, out);
}

static void
put_params(const struct mime_param *p, bool is_text, bool utf8, struct buf *out)
{
	bool is_open = false, has_charset = false;

	for (; p != NULL; p = p->next) {
		if (p->is_tail)
			continue;
		buf_putc(out, is_open ? ' ' : '(');
		is_open = true;
		put_string(p->shown_name, utf8, out);
		buf_putc(out, ' ');
		put_string(p->shown_value, utf8, out);
		has_charset |= str_eqi(p->name, STR("charset")) ||
			       str_has_prefixi(p->name, STR("charset*"));
	}
	if (is_text && !has_charset) { /* RFC 2046 4.1.2 */
		buf_puts(out, is_open ? " \"charset\" \"us-ascii\"" : "(\"charset\" \"us-ascii\"");
		is_open = true;
	}
	buf_puts(out, is_open ? ")" : "NIL");
}

static void
put_disposition(const struct mime_node *n, bool utf8, struct buf *out)
{
	if (n->pub.disposition.n == 0) {
		buf_puts(out, "NIL");
		return;
	}
	buf_putc(out, '(');
	put_string(n->pub.disposition, utf8, out);
	buf_putc(out, ' ');
	put_params(n->dsp_params, false, utf8, out);
	buf_putc(out, ')');
}

/* Content-Language: one tag as a string, several as a list (RFC 3282). */
static void
put_language(struct str v, bool utf8, struct buf *out)
{
	unsigned n = 0;

	while (v.n > 0) {
		struct str tag;
		size_t k = 0;

		mime_skip_cfws(&v, NULL);
		while (k < v.n && v.p[k] != ',' && v.p[k] != '(' && v.p[k] != ' ' && v.p[k] != '\t')
			k++;
		tag = str_sub(v, 0, k);
		v = str_from(v, k);
		mime_skip_cfws(&v, NULL);
		if (v.n > 0 && v.p[0] == ',')
			v = str_from(v, 1);
		if (tag.n == 0)
			continue;
		buf_putc(out, n++ > 0 ? ' ' : '(');
		put_string(tag, utf8, out);
	}
	if (n > 0)
		buf_putc(out, ')');
	else
		buf_puts(out, "NIL");
}

static void
put_extension(const struct mime_node *n, bool utf8, struct buf *out)
{
	buf_putc(out, ' ');
	put_disposition(n, utf8, out);
	buf_putc(out, ' ');
	put_language(n->lang, utf8, out);
	buf_putc(out, ' ');
	mime_put_nstring(n->loc, utf8, out);
}

/* A part that isn't a multipart, up to what its type adds. */
static void
put_leaf(const struct mime_node *n, bool is_text, bool utf8, struct buf *out)
{
	put_upper(n->pub.type, utf8, out);
	buf_putc(out, ' ');
	put_upper(n->pub.subtype, utf8, out);
	buf_putc(out, ' ');
	put_params(n->params, is_text, utf8, out);
	buf_putc(out, ' ');
	mime_put_nstring(n->id, utf8, out);
	buf_putc(out, ' ');
	mime_put_nstring(n->desc, utf8, out);
	buf_putc(out, ' ');
	put_string(n->enc.p != NULL ? n->enc : STR("7BIT"), utf8, out);
	buf_putc(out, ' ');
	buf_putu64(out, n->pub.end - n->pub.body);
}

/* Depth is at most LIM_MIME_DEPTH. */
static void
put_body(const struct mime_node *n, bool extended, bool utf8, struct buf *out)
{
	const struct mime_part *c = n->pub.child;
	bool is_text = str_eq(n->pub.type, STR("text"));

	if (out->over)
		return;
	buf_putc(out, '(');
	if (n->pub.is_multipart) {
		for (; c != NULL; c = c->next)
			put_body(MIME_CNODE(c), extended, utf8, out);
		if (n->pub.child == NULL)
			buf_puts(out, extended ? EMPTY_PART " NIL NIL NIL NIL)" : EMPTY_PART ")");
		buf_putc(out, ' ');
		put_upper(n->pub.subtype, utf8, out);
		if (extended) {
			buf_putc(out, ' ');
			put_params(n->params, false, utf8, out);
			put_extension(n, utf8, out);
		}
		buf_putc(out, ')');
		return;
	}
	put_leaf(n, is_text, utf8, out);
	if (n->pub.is_message) {
		buf_putc(out, ' ');
		put_envelope(MIME_CNODE(c)->env, utf8, out);
		buf_putc(out, ' ');
		put_body(MIME_CNODE(c), extended, utf8, out);
	}
	if (n->pub.is_message || is_text) {
		buf_putc(out, ' ');
		buf_putu64(out, n->pub.lines);
	}
	if (extended) {
		buf_putc(out, ' ');
		mime_put_nstring(n->md5, utf8, out);
		put_extension(n, utf8, out);
	}
	buf_putc(out, ')');
}

void
mime_put_envelope(const struct mime_parser *p, bool utf8, struct buf *out)
{
	put_envelope(p->root->env, utf8, out);
}

void
mime_put_body(const struct mime_parser *p, bool extended, bool utf8, struct buf *out)
{
	put_body(p->root, extended, utf8, out);
}
