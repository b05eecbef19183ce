/* See hash.h. */
#include "dkim/hash.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/limits.h"

void
dk_bodies_init(struct dk_bodies *b)
{
	b->failed = false;
	for (unsigned i = 0; i < DK_FORMS; i++)
		b->v[i].md = NULL;
}

void
dk_bodies_done(struct dk_bodies *b)
{
	for (unsigned i = 0; i < DK_FORMS; i++)
		EVP_MD_CTX_free(b->v[i].md);
	dk_bodies_init(b);
}

static void
on_body(void *arg, struct str s)
{
	struct dk_bodies_form *f = arg;

	f->length += s.n;
	(void)EVP_DigestUpdate(f->md, s.p, s.n);
}

void
dk_bodies_use(struct dk_bodies *b, bool relaxed)
{
	struct dk_bodies_form *f = &b->v[relaxed ? DK_RELAXED : DK_SIMPLE];

	if (f->md != NULL)
		return;
	f->length = 0;
	f->md = EVP_MD_CTX_new();
	if (f->md == NULL || EVP_DigestInit_ex(f->md, EVP_sha256(), NULL) != 1)
		b->failed = true;
	dk_body_init(&f->canon, relaxed, on_body, f);
}

void
dk_bodies_put(struct dk_bodies *b, struct str bytes)
{
	for (unsigned i = 0; i < DK_FORMS && !b->failed; i++)
		if (b->v[i].md != NULL)
			dk_body_put(&b->v[i].canon, bytes);
}

void
dk_bodies_end(struct dk_bodies *b)
{
	for (unsigned i = 0; i < DK_FORMS; i++) {
		if (b->v[i].md == NULL || b->failed)
			continue;
		dk_body_end(&b->v[i].canon);
		if (EVP_DigestFinal_ex(b->v[i].md, b->v[i].hash, NULL) != 1)
			b->failed = true;
	}
}

void
dk_pass_init(struct dk_pass *p)
{
	dk_header_init(&p->header);
	dk_bodies_init(&p->bodies);
}

void
dk_pass_done(struct dk_pass *p)
{
	dk_bodies_done(&p->bodies);
	dk_header_done(&p->header);
}

void
dk_pass_put(struct dk_pass *p, struct str bytes)
{
	bytes = dk_header_put(&p->header, bytes);
	if (bytes.n > 0)
		dk_bodies_put(&p->bodies, bytes);
}

int
dk_pass_end(struct dk_pass *p, struct dk_fields *f, struct err *e)
{
	if (p->header.text.over)
		return err_set(e, EC_LIMIT, "header of more than %d bytes", LIM_DKIM_HEADER);
	dk_bodies_end(&p->bodies);
	if (p->bodies.failed)
		return err_set(e, EC_BUG, "hashing the message failed");
	return dk_fields_parse(f, buf_str(&p->header.text), e);
}

bool
dk_hash_fields(struct str before, const struct dk_chosen *c, struct str own, bool relaxed,
	       unsigned char out[DK_HASH])
{
	struct buf text;
	bool ok;

	buf_init(&text, 4 * LIM_DKIM_HEADER);
	buf_putstr(&text, before);
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].field != NULL)
			dk_canon_field(&text, c->v[i].field->raw, relaxed);
	dk_canon_field(&text, own, relaxed);
	ok = !text.over && EVP_Digest(buf_str(&text).p, text.n - 2, out, NULL, EVP_sha256(), NULL);
	buf_done(&text);
	return ok;
}
