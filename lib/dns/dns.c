/*
 * Questions and their answers. A question (name and type) is looked up once, whoever and how many
 * ask; its answer stays in the cache as long as it may. Who asked is a waiter, told from the loop.
 *
 *   new -> asked -> (asked again, at the end of a chain of CNAMEs) -> known -> forgotten
 */
#include "dns/dns.h"

#include <sys/queue.h>

#include "base/mem.h"
#include "config/config.h"
#include "crypto/seal.h"
#include "dns/asker.h"
#include "dns/packet.h"
#include "dns/result.h"

enum { BUCKETS = 4096, PARSE_MAX = 2 << 20 };

struct waiter {
	TAILQ_ENTRY(waiter) link; /* of its question's, or of those to be told */
	LIST_ENTRY(waiter) by_id;
	struct dns *d;
	uint64_t id;
	struct question *q; /* NULL once there is a result */
	struct result *result;
	struct loop_timer *timer;
	dns_fn *fn;
	void *arg;
};
TAILQ_HEAD(waiters, waiter);

struct question {
	LIST_ENTRY(question) by_name;
	TAILQ_ENTRY(question)
	link; /* of those that are known, least recently used first; or done */
	struct dns *d;
	enum dns_type type;
	struct waiters waiters;
	struct result *result; /* known */
	int64_t expires;       /* loop time */
	bool is_asked, is_again;
	bool is_authentic; /* so far */
	unsigned chain;
	uint32_t ttl;
	size_t n;
	char name[DNS_NAME + 1], asked[DNS_NAME + 1]; /* the latter along the chain */
};
TAILQ_HEAD(questions, question);

struct dns {
	struct loop *l;
	struct asker *asker;
	struct dns_servers servers;
	struct arena *arena; /* of one packet */
	struct loop_wake *wake;
	struct waiters told; /* to be told */
	size_t ntold;
	struct questions known, again; /* the cache; those to be asked at the end of a chain */
	size_t nasked, nknown, known_bytes;
	uint64_t last_id;
	LIST_HEAD(, question) names[BUCKETS];
	LIST_HEAD(, waiter) ids[BUCKETS];
};

static void on_wake(void *arg);
static void question_send(struct question *q);

/* ---- waiters */

static void
waiter_free(struct waiter *w)
{
	LIST_REMOVE(w, by_id);
	if (w->q != NULL)
		TAILQ_REMOVE(&w->q->waiters, w, link);
	else if (w->result != NULL) {
		TAILQ_REMOVE(&w->d->told, w, link);
		w->d->ntold--;
	}
	loop_timer_free(&w->timer);
	dns_result_unref(&w->result);
	mem_free(w);
}

/* It has its answer, and hears of it in the loop. */
static void
waiter_tell(struct waiter *w, struct result *r)
{
	if (w->q != NULL)
		TAILQ_REMOVE(&w->q->waiters, w, link);
	w->q = NULL;
	w->result = r;
	r->refs++;
	TAILQ_INSERT_TAIL(&w->d->told, w, link);
	w->d->ntold++;
	loop_wake(w->d->wake);
}

static void
waiter_tell_temp(struct waiter *w, const char *why)
{
	struct result *r = dns_result_temp(why);

	waiter_tell(w, r);
	dns_result_unref(&r);
}

static void
on_deadline(void *arg)
{
	waiter_tell_temp(arg, "timeout");
}

/* ---- questions */

static unsigned
bucket(struct str name, enum dns_type type)
{
	uint64_t h = 0xcbf29ce484222325u + (unsigned)type;

	for (size_t i = 0; i < name.n; i++)
		h = (h ^ (unsigned char)name.p[i]) * 0x100000001b3u;
	return (unsigned)((h ^ h >> 32) % BUCKETS);
}

static struct question *
question_find(struct dns *d, struct str name, enum dns_type type)
{
	struct question *q;

	LIST_FOREACH(q, &d->names[bucket(name, type)], by_name)
	if (q->type == type && str_eq(str_mem(q->name, q->n), name))
		return q;
	return NULL;
}

static void
question_free(struct question *q)
{
	struct dns *d = q->d;

	LIST_REMOVE(q, by_name);
	if (q->is_again)
		TAILQ_REMOVE(&d->again, q, link);
	if (q->result != NULL) {
		TAILQ_REMOVE(&d->known, q, link);
		d->nknown--;
		d->known_bytes -= q->result->bytes + sizeof(*q);
	}
	if (q->is_asked)
		d->nasked--;
	dns_result_unref(&q->result);
	mem_free(q);
}

static void
question_begin(struct question *q)
{
	memcpy(q->asked, q->name, sizeof(q->asked));
	q->chain = 0;
	q->ttl = UINT32_MAX;
	q->is_authentic = q->d->servers.is_trusted;
	question_send(q);
}

static struct question *
question_new(struct dns *d, struct str name, enum dns_type type)
{
	struct question *q = MEM_NEW(struct question);

	q->d = d;
	q->type = type;
	q->n = name.n;
	memcpy(q->name, name.p, name.n);
	TAILQ_INIT(&q->waiters);
	LIST_INSERT_HEAD(&d->names[bucket(name, type)], q, by_name);
	q->is_asked = true;
	d->nasked++;
	return q;
}

/* All who asked are told. The answer is kept for `ttl` seconds, the question forgotten without any.
 */
static void
question_done(struct question *q, struct result *r, uint32_t ttl)
{
	struct dns *d = q->d;

	q->is_asked = false;
	d->nasked--;
	while (!TAILQ_EMPTY(&q->waiters))
		waiter_tell(TAILQ_FIRST(&q->waiters), r);
	if (ttl == 0) {
		dns_result_unref(&r);
		question_free(q);
		return;
	}
	q->result = r;
	q->expires = loop_now(d->l) + (int64_t)ttl * 1000;
	TAILQ_INSERT_TAIL(&d->known, q, link);
	d->nknown++;
	d->known_bytes += r->bytes + sizeof(*q);
	while (d->nknown > LIM_DNS_CACHE || d->known_bytes > LIM_DNS_CACHE_BYTES)
		question_free(TAILQ_FIRST(&d->known));
}

static void
question_fail(struct question *q, const char *why)
{
	question_done(q, dns_result_temp(why), 0);
}

static const char *
rcode_name(unsigned rcode)
{
	static const char *const names[] = { "no error", "FORMERR", "SERVFAIL",
					     "NXDOMAIN", "NOTIMP",  "REFUSED" };

	return rcode < ARRAY_LEN(names) ? names[rcode] : "unknown result code";
}

/* The chain leads on: its end is asked for, from the loop. */
static void
question_follow(struct question *q, const struct dns_packet *p)
{
	if (p->cname.n > DNS_NAME || q->chain > LIM_DNS_CHAIN) {
		question_fail(q, "too many CNAMEs");
		return;
	}
	memset(q->asked, 0, sizeof(q->asked));
	memcpy(q->asked, p->cname.p, p->cname.n);
	q->is_again = true;
	TAILQ_INSERT_TAIL(&q->d->again, q, link);
	loop_wake(q->d->wake);
}

static void
question_answer(struct question *q, const struct dns_packet *p)
{
	struct str cname = p->cname;
	struct result *r;

	q->chain += p->chain;
	q->ttl = MIN(q->ttl, p->ttl);
	q->is_authentic &= p->ad;
	if (p->status == DNS_TEMP) {
		question_fail(q, rcode_name(p->rcode));
		return;
	}
	if (p->is_partial) {
		question_follow(q, p);
		return;
	}
	if (cname.n == 0 && !str_eq(str_c(q->asked), str_c(q->name)))
		cname = str_c(q->asked);
	r = dns_result_of(q->type, p, cname);
	r->a.authentic = q->is_authentic;
	question_done(q, r, MIN(q->ttl, p->n > 0 ? LIM_DNS_TTL : LIM_DNS_TTL_NONE));
}

static void
on_packet(void *arg, struct str packet, const char *why)
{
	struct question *q = arg;
	struct dns *d = q->d;
	struct dns_packet p;
	struct err e = ERR_INIT;

	if (why != NULL) {
		question_fail(q, why);
		return;
	}
	arena_reset(d->arena);
	if (dns_packet_parse(packet, str_c(q->asked), q->type, d->arena, &p, &e) < 0)
		question_fail(q, e.code == EC_LIMIT ? "answer is too large" : "malformed answer");
	else
		question_answer(q, &p);
}

static void
question_send(struct question *q)
{
	struct err e = ERR_INIT;
	struct buf b;
	uint16_t id;

	seal_random(&id, sizeof(id));
	buf_init(&b, 512);
	if (dns_packet_query(&b, str_c(q->asked), q->type, id, true, &e) < 0)
		question_fail(q, "a CNAME leads to no name");
	else
		asker_send(q->d->asker, buf_str(&b), on_packet, q);
	buf_done(&b);
}

/* ---- */

struct dns *
dns_new(struct loop *l, const struct dns_opts *o, struct err *e)
{
	struct dns *d = MEM_NEW(struct dns);

	d->l = l;
	TAILQ_INIT(&d->told);
	TAILQ_INIT(&d->known);
	TAILQ_INIT(&d->again);
	d->arena = arena_new(PARSE_MAX);
	d->wake = loop_wake_new(l, on_wake, d);
	if (dns_set_servers(d, o, e) < 0)
		dns_free(&d);
	return d;
}

void
dns_free(struct dns **dp)
{
	struct dns *d = *dp;

	*dp = NULL;
	if (d == NULL)
		return;
	asker_free(&d->asker);
	for (unsigned i = 0; i < BUCKETS; i++) {
		while (!LIST_EMPTY(&d->ids[i]))
			waiter_free(LIST_FIRST(&d->ids[i]));
		while (!LIST_EMPTY(&d->names[i]))
			question_free(LIST_FIRST(&d->names[i]));
	}
	loop_wake_free(&d->wake);
	arena_free(&d->arena);
	mem_free(d);
}

/* With other servers what is known is forgotten, and what is asked is asked anew. */
static void
servers_changed(struct dns *d)
{
	while (!TAILQ_EMPTY(&d->known))
		question_free(TAILQ_FIRST(&d->known));
	for (unsigned i = 0; i < BUCKETS; i++) {
		struct question *q, *next;

		for (q = LIST_FIRST(&d->names[i]); q != NULL; q = next) {
			next = LIST_NEXT(q, by_name);
			if (q->is_again)
				TAILQ_REMOVE(&d->again, q, link);
			q->is_again = false;
			question_begin(q); /* may free q */
		}
	}
}

int
dns_set_servers(struct dns *d, const struct dns_opts *o, struct err *e)
{
	struct dns_servers s;
	struct asker *a;

	if (dns_servers_parse(o, &s, e) < 0)
		return -1;
	if (d->asker != NULL && dns_servers_eq(&s, &d->servers))
		return 0;
	a = asker_new(d->l, &s, e);
	if (a == NULL)
		return -1;
	asker_free(&d->asker);
	d->asker = a;
	d->servers = s;
	servers_changed(d);
	return 0;
}

static struct waiter *
waiter_new(struct dns *d, dns_fn *fn, void *arg)
{
	struct waiter *w = MEM_NEW(struct waiter);

	w->d = d;
	w->id = ++d->last_id;
	w->fn = fn;
	w->arg = arg;
	LIST_INSERT_HEAD(&d->ids[w->id % BUCKETS], w, by_id);
	return w;
}

static void
waiter_ask(struct waiter *w, struct str name, enum dns_type type, int64_t timeout_ms)
{
	struct dns *d = w->d;
	struct question *q = question_find(d, name, type);

	if (q != NULL && q->result != NULL && q->expires <= loop_now(d->l)) {
		question_free(q);
		q = NULL;
	}
	if (q != NULL && q->result != NULL) {
		TAILQ_REMOVE(&d->known, q, link);
		TAILQ_INSERT_TAIL(&d->known, q, link);
		waiter_tell(w, q->result);
		return;
	}
	if (q == NULL && d->nasked >= LIM_DNS_OPEN) {
		waiter_tell_temp(w, "too many questions at a time");
		return;
	}
	w->timer = loop_timer_new(d->l, on_deadline, w);
	loop_timer_set(w->timer, timeout_ms > 0 ? timeout_ms : LIM_DNS_MS);
	w->q = q != NULL ? q : question_new(d, name, type);
	TAILQ_INSERT_TAIL(&w->q->waiters, w, link);
	if (q == NULL)
		question_begin(w->q);
}

/* What can't be a host can still be asked for: SPF makes names of any printable characters. */
static int
query_name(struct str name, char out[LIM_DOMAIN + 1])
{
	if (config_domain_ascii(name, out, NULL) == 0)
		return 0;
	if (name.n == 0 || name.n > LIM_DOMAIN - 2)
		return -1;
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] < ' ' || name.p[i] >= 0x7f || name.p[i] == '\\')
			return -1;
		out[i] = chr_lower(name.p[i]);
	}
	out[name.n] = '\0';
	return dns_packet_is_name(str_mem(out, name.n)) ? 0 : -1;
}

uint64_t
dns_query(struct dns *d, struct str name, enum dns_type type, int64_t timeout_ms, dns_fn *fn,
	  void *arg)
{
	struct waiter *w = waiter_new(d, fn, arg);
	uint64_t id = w->id;
	char ascii[LIM_DOMAIN + 1];
	struct result *r;

	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	if (query_name(name, ascii) < 0) {
		r = dns_result_temp(NULL);
		r->a.status = DNS_NXDOMAIN;
		waiter_tell(w, r);
		dns_result_unref(&r);
	} else {
		waiter_ask(w, str_c(ascii), type, timeout_ms);
	}
	return id;
}

void
dns_cancel(struct dns *d, uint64_t id)
{
	struct waiter *w;

	if (d == NULL || id == 0)
		return;
	LIST_FOREACH(w, &d->ids[id % BUCKETS], by_id)
	if (w->id == id) {
		waiter_free(w);
		return;
	}
}

/* Tell those that were to be told when this began; what their functions ask for is for the next
 * turn. */
static void
on_wake(void *arg)
{
	struct dns *d = arg;
	struct question *q;
	size_t left;

	while ((q = TAILQ_FIRST(&d->again)) != NULL) {
		TAILQ_REMOVE(&d->again, q, link);
		q->is_again = false;
		question_send(q);
	}
	for (left = d->ntold; left > 0 && !TAILQ_EMPTY(&d->told); left--) {
		struct waiter *w = TAILQ_FIRST(&d->told);
		struct result *r = w->result;
		dns_fn *fn = w->fn;
		void *fn_arg = w->arg;

		r->refs++;
		waiter_free(w);
		fn(fn_arg, &r->a);
		dns_result_unref(&r);
	}
}
