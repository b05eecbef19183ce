/*
 * Prints what lib/mime finds in messages, for comparison with other parsers. Standard input is a
 * series of messages, each behind a line with its length; for each one line of JSON is printed: the
 * top header's fields of interest, the parts in order with type, names and ranges, and the decoded
 * bytes and text of leaves.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "mime/mime.h"

enum { MOST = 256 << 20 };

/* Bytes as a JSON string: each byte a code point, so that nothing is lost. */
static void
put_bytes(struct str s, struct buf *out)
{
	buf_putc(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= ' ' && c < 0x7f && c != '"' && c != '\\')
			buf_putc(out, (char)c);
		else
			buf_printf(out, "\\u%04x", c);
	}
	buf_putc(out, '"');
}

static void
put_key(const char *key, struct str value, struct buf *out)
{
	buf_printf(out, "\"%s\":", key);
	put_bytes(value, out);
	buf_putc(out, ',');
}

static void
put_decoded(const struct mime_part *p, struct str msg, bool to_utf8, struct buf *out)
{
	struct mime_decoder *d = mime_decoder_new(p->cte, to_utf8 ? p->charset : STR_NONE);
	struct buf text;

	buf_init(&text, MOST);
	mime_decoder_put(d, str_sub(msg, p->body, p->end), &text);
	mime_decoder_end(d, &text);
	put_key(to_utf8 ? "text" : "bytes", buf_str(&text), out);
	buf_done(&text);
	mime_decoder_free(&d);
}

static void
put_part(const struct mime_part *p, struct str msg, struct buf *out)
{
	buf_putc(out, '{');
	put_key("type", p->type, out);
	put_key("subtype", p->subtype, out);
	put_key("charset", p->charset, out);
	put_key("filename", p->filename, out);
	put_key("disposition", p->disposition, out);
	buf_printf(out, "\"known\":%d,", mime_charset_is_known(p->charset));
	buf_printf(out, "\"range\":[%llu,%llu,%llu],", (unsigned long long)p->header,
		   (unsigned long long)p->body, (unsigned long long)p->end);
	if (p->child == NULL && !p->is_multipart) {
		put_decoded(p, msg, false, out);
		if (str_eq(p->type, STR("text")))
			put_decoded(p, msg, true, out);
	}
	buf_puts(out, "\"parts\":[");
	for (const struct mime_part *c = p->child; c != NULL; c = c->next) {
		put_part(c, msg, out);
		if (c->next != NULL)
			buf_putc(out, ',');
	}
	buf_puts(out, "]}");
}

/* Addresses of the first field of that name: [name, local, domain] each; null when the value can't
 * be read. */
static void
put_addrs(struct str msg, struct str name, struct buf *out)
{
	struct arena *a = arena_new(16 << 20);
	struct mime_addr *v;
	struct mime_field f;
	unsigned n, k = 0;

	buf_putc(out, '"');
	buf_putstr(out, name);
	buf_puts(out, "\":");
	if (!mime_field_find(msg, name, &f) || mime_addrs_parse(f.value, a, &v, &n) < 0) {
		buf_puts(out, "null,");
		arena_free(&a);
		return;
	}
	buf_putc(out, '[');
	for (unsigned i = 0; i < n; i++) {
		if (v[i].kind != MIME_ADDR_MAILBOX)
			continue;
		buf_puts(out, k++ > 0 ? ",[" : "[");
		put_bytes(v[i].name, out);
		buf_putc(out, ',');
		put_bytes(v[i].local, out);
		buf_putc(out, ',');
		put_bytes(v[i].domain, out);
		buf_putc(out, ']');
	}
	buf_puts(out, "],");
	arena_free(&a);
}

static void
dump(struct str msg)
{
	struct mime_parser *p = mime_parser_new();
	const struct mime_part *root;
	const struct mime_top *t;
	struct buf out, b;

	mime_parser_feed(p, msg.p, msg.n);
	root = mime_parser_end(p);
	t = mime_parser_top(p);
	buf_init(&out, MOST);
	buf_init(&b, MOST);
	buf_putc(&out, '{');
	put_key("subject", t->subject, &out);
	put_key("message_id", t->message_id, &out);
	buf_printf(&out, "\"date\":%lld,", (long long)t->date);
	put_addrs(msg, STR("From"), &out);
	put_addrs(msg, STR("To"), &out);
	put_addrs(msg, STR("Cc"), &out);
	mime_put_envelope(p, false, &b);
	put_key("envelope", buf_str(&b), &out);
	buf_reset(&b);
	mime_put_body(p, true, false, &b);
	put_key("bodystructure", buf_str(&b), &out);
	buf_puts(&out, "\"root\":");
	put_part(root, msg, &out);
	buf_puts(&out, "}\n");
	if (out.over || fwrite(buf_str(&out).p, 1, out.n, stdout) != out.n)
		exit(1);
	buf_done(&out);
	buf_done(&b);
	mime_parser_free(&p);
}

int
main(void)
{
	char line[32];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		size_t n = strtoul(line, NULL, 10);
		char *m = mem_alloc(n);

		if (n > MOST || fread(m, 1, n, stdin) != n)
			return 1;
		dump(str_mem(m, n));
		mem_free(m);
	}
	return 0;
}
