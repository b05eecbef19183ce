/* Chains of message keys: one sealed box for LIM_CHAIN messages. */
#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "crypto/chain.h"

struct chain {
	uint64_t id;
	uint32_t used;
	unsigned char state[SEAL_KEY]; /* of the next step */
	char sealed[SEAL_KEY + SEAL_BOX];
};

/* The key of the step that `state` stands at; `state` moves on and cannot go back. */
static void
chain_step(unsigned char state[32], unsigned char key[32])
{
	unsigned char next[SEAL_KEY];

	seal_prf(state, STR("msg"), key);
	seal_prf(state, STR("next"), next);
	memcpy(state, next, SEAL_KEY);
	mem_wipe(next, sizeof(next));
}

struct chain *
chain_new(const unsigned char pub[32])
{
	struct chain *c = MEM_NEW(struct chain);
	struct buf b;

	buf_init(&b, sizeof(c->sealed));
	do {
		seal_random(&c->id, sizeof(c->id));
		c->id &= INT64_MAX; /* fits an SQLite integer */
	} while (c->id == 0);
	seal_random(c->state, sizeof(c->state));
	if (seal_box(pub, str_mem(c->state, sizeof(c->state)), &b) < 0)
		chain_free(&c);
	else
		memcpy(c->sealed, buf_str(&b).p, sizeof(c->sealed));
	buf_done(&b);
	return c;
}

void
chain_free(struct chain **c)
{
	if (*c == NULL)
		return;
	mem_wipe(*c, sizeof(**c));
	mem_free(*c);
	*c = NULL;
}

uint64_t
chain_id(const struct chain *c)
{
	return c->id;
}

struct str
chain_sealed(const struct chain *c)
{
	return str_mem(c->sealed, sizeof(c->sealed));
}

bool
chain_is_spent(const struct chain *c)
{
	return c->used >= LIM_CHAIN;
}

void
chain_next(struct chain *c, unsigned char key[32], uint32_t *index)
{
	assert(!chain_is_spent(c));
	chain_step(c->state, key);
	*index = c->used++;
}

void
chain_walk(const unsigned char state[32], unsigned n, unsigned char (*keys)[32])
{
	unsigned char s[SEAL_KEY];

	memcpy(s, state, sizeof(s));
	for (unsigned i = 0; i < n; i++)
		chain_step(s, keys[i]);
	mem_wipe(s, sizeof(s));
}
