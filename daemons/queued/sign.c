/*
 * DKIM: the selectors of each domain, and a message's pass through them. Keys are read at the start
 * and at a reload; messages that are being signed keep the keys that they began with.
 */
#include <unistd.h>

#include "base/mem.h"
#include "dkim/dkim.h"
#include "queued.h"

enum { ARENA_MAX = 16 << 20 };

struct signer {
	struct str domain;
	struct dk_selector *v;
	size_t n;
};

struct signing {
	unsigned refs;
	struct arena *a; /* strings of the selectors */
	struct signer *v;
	size_t n;
	struct dk_key **keys;
	size_t nkeys, keys_cap;
};

struct sign_run {
	struct signing *s;
	struct dk_sign *run;
};

void
signing_free(struct signing **sp)
{
	struct signing *s = *sp;

	*sp = NULL;
	if (s == NULL || --s->refs > 0)
		return;
	for (size_t i = 0; i < s->nkeys; i++)
		dk_key_free(&s->keys[i]);
	mem_free(s->keys);
	arena_free(&s->a);
	mem_free(s);
}

/* ---- keys */

static int
read_key(int fd, struct buf *b, struct err *e)
{
	char *p = buf_reserve(b, LIM_DKIM_KEY + 1);
	ssize_t n = fd < 0 ? -1 : pread(fd, p, LIM_DKIM_KEY + 1, 0);

	if (n < 0)
		return err_set(e, EC_IO, "key file can't be read");
	if (n > LIM_DKIM_KEY)
		return err_set(e, EC_LIMIT, "key file is too large");
	buf_commit(b, (size_t)n);
	return 0;
}

/* NULL after it was logged: the domain's other keys still sign. */
static struct dk_key *
load_key(struct queued *d, const struct cfg_domain *c, const struct cfg_selector *sel, unsigned num,
	 unsigned *nplain)
{
	struct err e = ERR_INIT;
	struct dk_key *k = NULL;
	bool is_plain = false;
	struct buf b;

	buf_init(&b, LIM_DKIM_KEY + 1);
	if (read_key(svc_file(d->svc, SVC_FILE_DKIM_KEY, num), &b, &e) == 0)
		k = dk_key_open(buf_str(&b), secret_p(d->dkim_key), &is_plain, &e);
	buf_wipe(&b);
	if (k == NULL)
		LOG(NULL, LOG_ERROR, "queued.dkimkey.failed", LF(domain, c->key),
		    LF(name, sel->key), LF(file, sel->private_key_file),
		    LF(err, (const struct err *)&e));
	*nplain += is_plain;
	return k;
}

static void
keep_key(struct signing *s, struct dk_key *k)
{
	if (s->nkeys == s->keys_cap) {
		s->keys_cap = s->keys_cap > 0 ? s->keys_cap * 2 : 8;
		s->keys = mem_resize(s->keys, s->keys_cap, sizeof(struct dk_key *));
	}
	s->keys[s->nkeys++] = k;
}

/* ---- selectors */

static bool
signs(const struct cfg_domain *c, struct str selector)
{
	for (size_t i = 0; i < c->dkim.sign.n; i++) {
		if (str_eq(c->dkim.sign.v[i], selector))
			return true;
	}
	return false;
}

static void
selector_init(struct signing *s, struct dk_selector *k, struct str domain,
	      const struct cfg_selector *c, const struct dk_key *key)
{
	bool set = c->canonicalization.set;
	struct str *names = arena_alloc(s->a, (c->headers.n + 1) * sizeof(*names));

	for (size_t i = 0; i < c->headers.n; i++)
		names[i] = arena_str(s->a, c->headers.v[i]);
	*k = (struct dk_selector){
		.domain = domain,
		.selector = arena_str(s->a, c->key),
		.key = key,
		.header_relaxed = !set || c->canonicalization.header_relaxed,
		.body_relaxed = !set || c->canonicalization.body_relaxed,
		.headers = names,
		.nheaders = c->headers.n,
		.oversign = !c->dont_seal_headers,
		.expiration = c->expiration / 1000,
	};
}

/* In the order of Sign. */
static void
order(const struct cfg_domain *c, struct signer *g)
{
	size_t at = 0;

	for (size_t i = 0; i < c->dkim.sign.n; i++) {
		for (size_t k = at; k < g->n; k++) {
			struct dk_selector t = g->v[k];

			if (!str_eq(t.selector, c->dkim.sign.v[i]))
				continue;
			g->v[k] = g->v[at];
			g->v[at++] = t;
		}
	}
}

/* `num` counts all selectors of the configuration. */
static void
domain_init(struct queued *d, struct signing *s, const struct cfg_domain *c, unsigned *num,
	    unsigned *nplain)
{
	struct signer g = { 0 };
	char ascii[LIM_DOMAIN + 1];

	if (config_domain_ascii(c->key, ascii, NULL) < 0)
		ascii[0] = '\0';
	g.domain = arena_str(s->a, str_c(ascii));
	g.v = arena_alloc(s->a, (c->dkim.selectors.n + 1) * sizeof(*g.v));
	for (size_t i = 0; i < c->dkim.selectors.n; i++, (*num)++) {
		const struct cfg_selector *sel = &c->dkim.selectors.v[i];
		struct dk_key *k;

		if (!signs(c, sel->key) || (k = load_key(d, c, sel, *num, nplain)) == NULL)
			continue;
		keep_key(s, k);
		selector_init(s, &g.v[g.n++], g.domain, sel, k);
	}
	order(c, &g);
	if (g.n > 0)
		s->v[s->n++] = g;
}

struct signing *
signing_new(struct queued *d)
{
	const struct cfg_domains *c = &svc_config(d->svc)->domains;
	struct signing *s = MEM_NEW(struct signing);
	unsigned num = 0, nplain = 0;

	s->refs = 1;
	s->a = arena_new(ARENA_MAX);
	s->v = arena_alloc(s->a, (c->domains.n + 1) * sizeof(*s->v));
	for (size_t i = 0; i < c->domains.n; i++)
		domain_init(d, s, &c->domains.v[i], &num, &nplain);
	/* One line: this is done at each reload, and commands reload. */
	if (nplain > 0 && !svc_is_localserve(d->svc))
		LOG(NULL, LOG_WARN, "queued.dkimkey.plain", LF(count, nplain),
		    LF(reason, "keys are not encrypted: mox dkim seal"));
	return s;
}

/* ---- messages */

struct sign_run *
sign_begin(struct queued *d, struct str from, int64_t now)
{
	struct signing *s = d->signing;
	char domain[LIM_DOMAIN + 1];
	struct sign_run *r;

	if (config_domain_ascii(str_from(from, (size_t)(str_rchr(from, '@') + 1)), domain, NULL) <
	    0)
		return NULL;
	for (size_t i = 0; i < s->n; i++) {
		if (!str_eq(s->v[i].domain, str_c(domain)))
			continue;
		r = MEM_NEW(struct sign_run);
		r->s = s;
		s->refs++;
		r->run = dk_sign_new(s->v[i].v, s->v[i].n, now);
		return r;
	}
	return NULL;
}

void
sign_put(struct sign_run *r, struct str bytes)
{
	dk_sign_put(r->run, bytes);
}

int
sign_end(struct sign_run *r, struct buf *fields, struct err *e)
{
	return dk_sign_finish(r->run, fields, e);
}

void
sign_free(struct sign_run **rp)
{
	struct sign_run *r = *rp;

	if (r == NULL)
		return;
	*rp = NULL;
	dk_sign_free(&r->run);
	signing_free(&r->s);
	mem_free(r);
}
