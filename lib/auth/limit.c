/* A set-associative table of counters, so that it never grows and a lookup touches one line of it.
 */
#include "auth/limit.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "crypto/seal.h"

enum { CLASSES = 3, ACCOUNT = CLASSES, KEYS, WAYS = 8, BUCKETS = 2048 };

static const unsigned per_minute[CLASSES] = { 10, 30, 90 };
static const unsigned per_day[CLASSES] = { 50, 150, 450 };

struct entry {
	uint64_t key;	      /* keyed hash of class, network, account; 0: free */
	uint32_t minute, day; /* windows that the counts belong to */
	uint32_t nminute, nday;
};

struct auth_limit {
	unsigned char hash_key[32]; /* so that nobody can aim at a bucket */
	struct entry table[BUCKETS][WAYS];
};

struct auth_limit *
auth_limit_new(void)
{
	struct auth_limit *l = MEM_NEW(struct auth_limit);

	seal_random(l->hash_key, sizeof(l->hash_key));
	return l;
}

void
auth_limit_free(struct auth_limit **l)
{
	mem_free(*l);
	*l = NULL;
}

static uint64_t
key_of(const struct auth_limit *l, const unsigned char masked[18], struct str account)
{
	unsigned char in[18 + LIM_ACCOUNT], hash[32];
	uint64_t key;

	account = str_sub(account, 0, LIM_ACCOUNT);
	memcpy(in, masked, 18);
	if (account.n > 0)
		memcpy(in + 18, account.p, account.n);
	seal_prf(l->hash_key, str_mem(in, 18 + account.n), hash);
	memcpy(&key, hash, sizeof(key));
	return key | 1; /* never "free" */
}

/* Keys of the three networks of an address, narrowest first, then of the account in the narrowest.
 */
static void
keys(const struct auth_limit *l, struct str ip, struct str account, uint64_t key[KEYS])
{
	static const unsigned bits4[CLASSES] = { 32, 26, 21 }, bits6[CLASSES] = { 64, 48, 32 };
	unsigned char in[18];
	struct in6_addr a6;
	struct in_addr a4;
	char text[64];

	memset(in, 0, sizeof(in));
	in[0] = '?';
	if (str_to_c(ip, text, sizeof(text)) == 0 && inet_pton(AF_INET, text, &a4) == 1) {
		in[0] = '4';
		memcpy(in + 2, &a4, 4);
	} else if (inet_pton(AF_INET6, text, &a6) == 1 && IN6_IS_ADDR_V4MAPPED(&a6)) {
		in[0] = '4';
		memcpy(in + 2, a6.s6_addr + 12, 4);
	} else if (inet_pton(AF_INET6, text, &a6) == 1) {
		in[0] = '6';
		memcpy(in + 2, &a6, 16);
	}
	for (unsigned c = 0; c < KEYS; c++) {
		unsigned class = c == ACCOUNT ? 0 : c;
		unsigned bits = in[0] == '4' ? bits4[class] : bits6[class];
		unsigned char masked[sizeof(in)];

		memcpy(masked, in, sizeof(in));
		masked[1] = (unsigned char)c;
		for (unsigned i = bits; i < 128; i++)
			masked[2 + i / 8] &= (unsigned char)~(0x80 >> i % 8);
		key[c] = key_of(l, masked, c == ACCOUNT ? account : STR_NONE);
	}
}

static void
roll(struct entry *e, int64_t now)
{
	uint32_t minute = (uint32_t)(now / 60), day = (uint32_t)(now / 86400);

	if (e->minute != minute) {
		e->minute = minute;
		e->nminute = 0;
	}
	if (e->day != day) {
		e->day = day;
		e->nday = 0;
	}
}

static struct entry *
find(struct auth_limit *l, uint64_t key, int64_t now)
{
	struct entry *b = l->table[(key >> 8) % BUCKETS];

	for (unsigned i = 0; i < WAYS; i++) {
		if (b[i].key == key) {
			roll(&b[i], now);
			return &b[i];
		}
	}
	return NULL;
}

static struct entry *
get(struct auth_limit *l, uint64_t key, int64_t now)
{
	struct entry *b = l->table[(key >> 8) % BUCKETS], *e = find(l, key, now), *least = &b[0];

	if (e != NULL)
		return e;
	for (unsigned i = 0; i < WAYS; i++) {
		roll(&b[i], now);
		if (b[i].nday < least->nday)
			least = &b[i];
	}
	*least = (struct entry){ .key = key };
	roll(least, now);
	return least;
}

bool
auth_limit_check(struct auth_limit *l, struct str ip, int64_t now)
{
	uint64_t key[KEYS];

	keys(l, ip, STR_NONE, key);
	for (unsigned c = 0; c < CLASSES; c++) {
		const struct entry *e = find(l, key[c], now);

		if (e != NULL && (e->nminute >= per_minute[c] || e->nday >= per_day[c]))
			return false;
	}
	return true;
}

unsigned
auth_limit_fail(struct auth_limit *l, struct str ip, struct str account, int64_t now)
{
	unsigned nkeys = account.n > 0 ? KEYS : CLASSES, n = 0;
	uint64_t key[KEYS];

	keys(l, ip, account, key);
	for (unsigned c = 0; c < nkeys; c++) {
		struct entry *e = get(l, key[c], now);

		e->nminute++;
		e->nday++;
		if (c == 0)
			n = e->nminute;
	}
	return n;
}

void
auth_limit_reset(struct auth_limit *l, struct str ip, struct str account, int64_t now)
{
	uint64_t key[KEYS];
	struct entry *e;
	unsigned nminute, nday;

	keys(l, ip, account, key);
	if (account.n == 0 || (e = find(l, key[ACCOUNT], now)) == NULL)
		return;
	nminute = e->nminute;
	nday = e->nday;
	for (unsigned c = 0; c < KEYS; c++) {
		if ((e = find(l, key[c], now)) == NULL)
			continue;
		e->nminute -= MIN(e->nminute, nminute);
		e->nday -= MIN(e->nday, nday);
	}
}
