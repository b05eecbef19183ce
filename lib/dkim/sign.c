/* One pass over a message for all of its signatures. */
#include <openssl/evp.h>

#include "base/limits.h"
#include "base/mem.h"
#include "dkim/canon.h"
#include "dkim/fields.h"
#include "dkim/key.h"
#include "dkim/tags.h"

enum { SIMPLE, RELAXED, FORMS };

struct dk_sign {
	struct dk_selector *v;
	size_t n;
	int64_t now;
	struct dk_header header;
	/* A form of the body that several selectors use is hashed once. */
	EVP_MD_CTX *md[FORMS]; /* NULL: nobody uses it */
	struct dk_body body[FORMS];
	unsigned char hash[FORMS][DK_HASH];
	bool failed;
};

static void
on_body(void *arg, struct str s)
{
	EVP_MD_CTX *c = arg;

	(void)EVP_DigestUpdate(c, s.p, s.n);
}

static void
start_form(struct dk_sign *s, unsigned form)
{
	if (s->md[form] != NULL)
		return;
	s->md[form] = EVP_MD_CTX_new();
	if (s->md[form] == NULL || EVP_DigestInit_ex(s->md[form], EVP_sha256(), NULL) != 1)
		s->failed = true;
	dk_body_init(&s->body[form], form == RELAXED, on_body, s->md[form]);
}

struct dk_sign *
dk_sign_new(const struct dk_selector *v, size_t n, int64_t now)
{
	struct dk_sign *s = MEM_NEW(struct dk_sign);

	s->v = mem_dup(v, n * sizeof(*v));
	s->n = n;
	s->now = now;
	dk_header_init(&s->header);
	for (size_t i = 0; i < n; i++)
		start_form(s, v[i].body_relaxed ? RELAXED : SIMPLE);
	return s;
}

void
dk_sign_free(struct dk_sign **s)
{
	if (*s == NULL)
		return;
	for (unsigned i = 0; i < FORMS; i++)
		EVP_MD_CTX_free((*s)->md[i]);
	dk_header_done(&(*s)->header);
	mem_free((*s)->v);
	mem_free(*s);
	*s = NULL;
}

void
dk_sign_put(struct dk_sign *s, struct str bytes)
{
	bytes = dk_header_put(&s->header, bytes);
	if (bytes.n == 0 || s->failed)
		return;
	for (unsigned i = 0; i < FORMS; i++)
		if (s->md[i] != NULL)
			dk_body_put(&s->body[i], bytes);
}

static void
end_bodies(struct dk_sign *s)
{
	for (unsigned i = 0; i < FORMS; i++) {
		if (s->md[i] == NULL || s->failed)
			continue;
		dk_body_end(&s->body[i]);
		if (EVP_DigestFinal_ex(s->md[i], s->hash[i], NULL) != 1)
			s->failed = true;
	}
}

/* The hash of the fields that are signed, and of the signature's own field without its value and
 * its line end (3.7). */
static bool
hash_fields(const struct dk_selector *sel, const struct dk_chosen *c, struct str own,
	    unsigned char out[DK_HASH])
{
	struct buf text;
	bool ok;

	buf_init(&text, 4 * LIM_DKIM_HEADER);
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].field != NULL)
			dk_canon_field(&text, c->v[i].field->raw, sel->header_relaxed);
	dk_canon_field(&text, own, sel->header_relaxed);
	ok = !text.over && EVP_Digest(buf_str(&text).p, text.n - 2, out, NULL, EVP_sha256(), NULL);
	buf_done(&text);
	return ok;
}

static int
sign_chosen(const struct dk_sign *s, const struct dk_selector *sel, const struct dk_chosen *c,
	    struct buf *out, struct err *e)
{
	const unsigned char *bh = s->hash[sel->body_relaxed ? RELAXED : SIMPLE];
	unsigned char hash[DK_HASH];
	struct buf field, sig;
	size_t column;
	int r = -1;

	buf_init(&field, LIM_DKIM_HEADER);
	buf_init(&sig, 1024);
	column = dk_tags_put(&field, sel, c, str_mem(bh, DK_HASH), s->now);
	if (field.over)
		err_set(e, EC_LIMIT, "the signature would be longer than %d bytes",
			LIM_DKIM_HEADER);
	else if (!hash_fields(sel, c, buf_str(&field), hash))
		err_set(e, EC_BUG, "hashing the header failed");
	else if (dk_key_sign(sel->key, hash, &sig, e) == 0) {
		dk_tags_put_signature(&field, column, buf_str(&sig));
		buf_putstr(out, buf_str(&field));
		r = out->over || field.over ? err_set(e, EC_LIMIT, "the signatures are too long")
					    : 0;
	}
	buf_done(&field);
	buf_done(&sig);
	return r;
}

static int
sign_one(const struct dk_sign *s, const struct dk_selector *sel, const struct dk_fields *f,
	 struct buf *out, struct err *e)
{
	struct dk_chosen c;
	int r;

	if (dk_choose(&c, f, sel->headers, sel->nheaders, sel->oversign, e) < 0)
		return -1;
	r = sign_chosen(s, sel, &c, out, e);
	dk_chosen_free(&c);
	return r;
}

int
dk_sign_finish(struct dk_sign *s, struct buf *out, struct err *e)
{
	struct dk_fields f;
	size_t was = out->n;
	int r = 0;

	if (s->header.text.over)
		return err_set(e, EC_LIMIT, "header of more than %d bytes", LIM_DKIM_HEADER);
	end_bodies(s);
	if (s->failed)
		return err_set(e, EC_BUG, "hashing the message failed");
	if (dk_fields_parse(&f, buf_str(&s->header.text), e) < 0)
		return -1;
	/* RFC 6376 5.4: From must be signed; with a second one nobody knows which will be shown. */
	if (dk_fields_count(&f, STR("From")) != 1)
		r = err_set(e, EC_SYNTAX, "message has %zu From fields, needs one",
			    dk_fields_count(&f, STR("From")));
	for (size_t i = 0; i < s->n && r == 0; i++)
		r = sign_one(s, &s->v[i], &f, out, e);
	if (r < 0)
		buf_truncate(out, was);
	dk_fields_free(&f);
	return r;
}
