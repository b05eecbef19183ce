/* One pass over a message for all of its signatures. */
#include "base/limits.h"
#include "base/mem.h"
#include "dkim/hash.h"
#include "dkim/key.h"
#include "dkim/tags.h"

struct dk_sign {
	struct dk_selector *v;
	size_t n;
	int64_t now;
	struct dk_pass pass;
};

struct dk_sign *
dk_sign_new(const struct dk_selector *v, size_t n, int64_t now)
{
	struct dk_sign *s = MEM_NEW(struct dk_sign);

	s->v = mem_dup(v, n * sizeof(*v));
	s->n = n;
	s->now = now;
	dk_pass_init(&s->pass);
	for (size_t i = 0; i < n; i++)
		dk_bodies_use(&s->pass.bodies, v[i].body_relaxed);
	return s;
}

void
dk_sign_free(struct dk_sign **s)
{
	if (*s == NULL)
		return;
	dk_pass_done(&(*s)->pass);
	mem_free((*s)->v);
	mem_free(*s);
	*s = NULL;
}

void
dk_sign_put(struct dk_sign *s, struct str bytes)
{
	dk_pass_put(&s->pass, bytes);
}

static int
sign_chosen(const struct dk_sign *s, const struct dk_selector *sel, const struct dk_chosen *c,
	    struct buf *out, struct err *e)
{
	const unsigned char *bh = s->pass.bodies.v[sel->body_relaxed ? DK_RELAXED : DK_SIMPLE].hash;
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
	else if (!dk_hash_fields(STR(""), c, buf_str(&field), sel->header_relaxed, hash))
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

	if (dk_pass_end(&s->pass, &f, e) < 0)
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
