/* See tags.h. */
#include "dkim/tags.h"

#include <inttypes.h>

#include "base/encode.h"
#include "base/mem.h"

/* Columns of a line, and where a folded one begins: behind a tab. */
enum { COLUMNS = 76, INDENT = 8 };

struct fold {
	struct buf *out;
	size_t column;
};

static void
fold_line(struct fold *f)
{
	buf_puts(f->out, "\r\n\t");
	f->column = INDENT;
}

/* A piece that stays whole; `gap` stands before it unless a new line does. */
static void
put(struct fold *f, const char *gap, struct str s)
{
	size_t n = str_c(gap).n + s.n;

	if (f->column + n > COLUMNS && f->column > INDENT) {
		fold_line(f);
	} else {
		buf_puts(f->out, gap);
		f->column += str_c(gap).n;
	}
	buf_putstr(f->out, s);
	f->column += s.n;
}

static void
put_tag(struct fold *f, const char *name, struct str value)
{
	struct buf tag;

	buf_init(&tag, value.n + 16);
	buf_printf(&tag, "%s=", name);
	buf_putstr(&tag, value);
	buf_putc(&tag, ';');
	put(f, " ", buf_str(&tag));
	buf_done(&tag);
}

static void
put_number(struct fold *f, const char *name, int64_t n)
{
	struct buf digits;

	buf_init(&digits, 32);
	buf_printf(&digits, "%" PRId64, n);
	put_tag(f, name, buf_str(&digits));
	buf_done(&digits);
}

/* Names are kept whole; a line may end behind a colon. */
static void
put_names(struct fold *f, const struct dk_chosen *c)
{
	struct buf name;

	for (size_t i = 0; i < c->n; i++) {
		buf_init(&name, c->v[i].name.n + 16);
		buf_puts(&name, i == 0 ? "h=" : "");
		buf_putstr(&name, c->v[i].name);
		buf_putc(&name, i + 1 < c->n ? ':' : ';');
		put(f, i == 0 ? " " : "", buf_str(&name));
		buf_done(&name);
	}
}

static struct str
canonicalization(const struct dk_selector *s)
{
	if (s->header_relaxed)
		return s->body_relaxed ? STR("relaxed/relaxed") : STR("relaxed/simple");
	return s->body_relaxed ? STR("simple/relaxed") : STR("simple/simple");
}

size_t
dk_tags_put(struct buf *out, const struct dk_selector *sel, const struct dk_chosen *signs,
	    struct str body_hash, int64_t now)
{
	struct str start = STR("DKIM-Signature: v=1;");
	struct fold f = { out, start.n };
	struct buf b64;

	buf_putstr(out, start);
	put_tag(&f, "a", dk_key_is_ed25519(sel->key) ? STR("ed25519-sha256") : STR("rsa-sha256"));
	put_tag(&f, "c", canonicalization(sel));
	put_tag(&f, "d", sel->domain);
	put_tag(&f, "s", sel->selector);
	put_number(&f, "t", now);
	if (sel->expiration > 0)
		put_number(&f, "x", now + sel->expiration);
	put_tag(&f, "q", STR("dns/txt"));
	put_names(&f, signs);
	buf_init(&b64, 2 * body_hash.n + 8);
	enc_put_base64(&b64, body_hash);
	put_tag(&f, "bh", buf_str(&b64));
	buf_done(&b64);
	fold_line(&f);
	put(&f, "", STR("b="));
	return f.column;
}

void
dk_tags_put_signature(struct buf *out, size_t column, struct str signature)
{
	struct fold f = { out, column };
	struct str rest;
	struct buf b64;

	buf_init(&b64, 2 * signature.n + 8);
	enc_put_base64(&b64, signature);
	for (rest = buf_str(&b64); rest.n > 0;) {
		struct str part = str_sub(rest, 0, COLUMNS - MIN(f.column, COLUMNS));

		if (part.n == 0) {
			fold_line(&f);
			continue;
		}
		buf_putstr(out, part);
		f.column += part.n;
		rest = str_from(rest, part.n);
	}
	buf_puts(out, "\r\n");
	buf_done(&b64);
}
