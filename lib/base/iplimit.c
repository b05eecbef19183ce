/* An open hash table keyed by class and prefix; entries go when nothing is open and their minute is
 * over. */
#include "base/iplimit.h"

#include <netinet/in.h>

#include "base/limits.h"
#include "base/mem.h"

enum { NCLASS = 3 };

struct entry {
	struct entry *next;
	unsigned char prefix[16];
	unsigned char class, is4;
	unsigned open;	/* connections now */
	unsigned count; /* that came since `since` */
	int64_t since;
};

struct iplimit {
	struct entry **slots; /* a power of two */
	size_t nslots, n;
	int64_t swept;
	unsigned workers;
};

static const unsigned bits4[NCLASS] = { 32, 26, 21 }, bits6[NCLASS] = { 64, 48, 32 };
static const unsigned max_open[NCLASS] = { LIM_CONN_OPEN, 3 * LIM_CONN_OPEN, 9 * LIM_CONN_OPEN };
static const unsigned max_rate[NCLASS] = { LIM_CONN_RATE, 3 * LIM_CONN_RATE, 9 * LIM_CONN_RATE };

struct iplimit *
iplimit_new(void)
{
	struct iplimit *l = MEM_NEW(struct iplimit);

	l->nslots = 64;
	l->workers = 1;
	l->slots = mem_zalloc(l->nslots, sizeof(struct entry *));
	return l;
}

void
iplimit_set_workers(struct iplimit *l, unsigned n)
{
	l->workers = n > 0 ? n : 1;
}

static unsigned
share(const struct iplimit *l, unsigned limit)
{
	unsigned each = (limit + l->workers - 1) / l->workers;

	return l->workers > 1 ? each + (each + 1) / 2 : each;
}

void
iplimit_free(struct iplimit **lp)
{
	struct iplimit *l = *lp;
	struct entry *e;

	*lp = NULL;
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->nslots; i++)
		while ((e = l->slots[i]) != NULL) {
			l->slots[i] = e->next;
			mem_free(e);
		}
	mem_free(l->slots);
	mem_free(l);
}

/* The address as bytes; IPv4 also when it comes as mapped IPv6. False for other families. */
static bool
addr_bytes(const struct sockaddr_storage *ss, unsigned char out[16], bool *is4)
{
	static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	const struct sockaddr_in *s4 = (const void *)ss;
	const struct sockaddr_in6 *s6 = (const void *)ss;

	memset(out, 0, 16);
	*is4 = true;
	if (ss->ss_family == AF_INET) {
		memcpy(out, &s4->sin_addr, 4);
		return true;
	}
	if (ss->ss_family != AF_INET6)
		return false;
	if (memcmp(&s6->sin6_addr, mapped, 12) == 0) {
		memcpy(out, (const unsigned char *)&s6->sin6_addr + 12, 4);
		return true;
	}
	memcpy(out, &s6->sin6_addr, 16);
	*is4 = false;
	return true;
}

bool
iplimit_is_exempt(const struct sockaddr_storage *ss)
{
	static const unsigned char one[16] = { [15] = 1 };
	unsigned char a[16];
	bool is4;

	if (!addr_bytes(ss, a, &is4))
		return true;
	return is4 ? a[0] == 127 : memcmp(a, one, 16) == 0;
}

static void
cut(unsigned char a[16], unsigned bits)
{
	for (unsigned i = 0; i < 16; i++) {
		if (bits >= 8 * (i + 1))
			continue;
		a[i] = bits <= 8 * i ? 0 : (unsigned char)(a[i] & (0xff << (8 * (i + 1) - bits)));
	}
}

static size_t
hash(const struct entry *k)
{
	uint64_t h = 1469598103934665603u ^ k->class ^ (uint64_t)k->is4 << 8;

	for (unsigned i = 0; i < 16; i++)
		h = (h ^ k->prefix[i]) * 1099511628211u;
	return (size_t)(h ^ h >> 29);
}

static struct entry **
slot(struct iplimit *l, const struct entry *k)
{
	struct entry **e = &l->slots[hash(k) & (l->nslots - 1)];

	while (*e != NULL && ((*e)->class != k->class || (*e)->is4 != k->is4 ||
			      memcmp((*e)->prefix, k->prefix, 16) != 0))
		e = &(*e)->next;
	return e;
}

/* Drop what is over; grow when it is still full. */
static void
sweep(struct iplimit *l, int64_t now)
{
	struct entry **old = l->slots, *e, **to;
	size_t nold = l->nslots;

	while (l->n > l->nslots)
		l->nslots *= 2;
	l->slots = mem_zalloc(l->nslots, sizeof(struct entry *));
	l->n = 0;
	for (size_t i = 0; i < nold; i++)
		while ((e = old[i]) != NULL) {
			old[i] = e->next;
			if (e->open == 0 && now - e->since >= LIM_CONN_WINDOW_MS) {
				mem_free(e);
				continue;
			}
			to = &l->slots[hash(e) & (l->nslots - 1)];
			e->next = *to;
			*to = e;
			l->n++;
		}
	mem_free(old);
	l->swept = now;
}

static bool
key(const struct sockaddr_storage *ss, unsigned class, struct entry *k)
{
	bool is4;

	*k = (struct entry){ .class = (unsigned char)class };
	if (!addr_bytes(ss, k->prefix, &is4))
		return false;
	k->is4 = is4;
	cut(k->prefix, is4 ? bits4[class] : bits6[class]);
	return true;
}

bool
iplimit_open(struct iplimit *l, const struct sockaddr_storage *peer, int64_t now)
{
	struct entry k, *hit[NCLASS], **e;
	bool ok = true;

	if (iplimit_is_exempt(peer))
		return true;
	if (l->n > l->nslots || now - l->swept >= LIM_CONN_WINDOW_MS)
		sweep(l, now);
	for (unsigned i = 0; i < NCLASS; i++) {
		(void)key(peer, i, &k);
		if (*(e = slot(l, &k)) == NULL) {
			*e = mem_dup(&k, sizeof(k));
			(*e)->since = now;
			l->n++;
		}
		hit[i] = *e;
		if (now - hit[i]->since >= LIM_CONN_WINDOW_MS) {
			hit[i]->since = now;
			hit[i]->count = 0;
		}
		hit[i]->count++;
		ok = ok && hit[i]->open < share(l, max_open[i]) &&
		     hit[i]->count <= share(l, max_rate[i]);
	}
	for (unsigned i = 0; ok && i < NCLASS; i++)
		hit[i]->open++;
	return ok;
}

void
iplimit_close(struct iplimit *l, const struct sockaddr_storage *peer)
{
	struct entry k, *e;

	if (iplimit_is_exempt(peer))
		return;
	for (unsigned i = 0; i < NCLASS; i++)
		if (key(peer, i, &k) && (e = *slot(l, &k)) != NULL && e->open > 0)
			e->open--;
}
