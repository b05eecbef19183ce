/* Secrets of many logins. A guarded allocation costs several pages, so they share. */
#include "imapd.h"

#include "crypto/seal.h"

enum { VAULT_SLOTS = 128, VAULT_LEN = 32 };

struct vault {
	struct secret **pages;
	unsigned npages;
	unsigned *unused; /* slots given back */
	unsigned nunused, next;
};

struct vault *
vault_new(void)
{
	struct vault *v = MEM_NEW(struct vault);

	v->next = 1;
	return v;
}

void
vault_free(struct vault **vp)
{
	struct vault *v = *vp;

	*vp = NULL;
	if (v == NULL)
		return;
	for (unsigned i = 0; i < v->npages; i++)
		secret_free(&v->pages[i]);
	mem_free(v->pages);
	mem_free(v->unused);
	mem_free(v);
}

static unsigned char *
slot_p(struct vault *v, unsigned slot)
{
	return secret_p(v->pages[slot / VAULT_SLOTS]) + (size_t)(slot % VAULT_SLOTS) * VAULT_LEN;
}

unsigned
vault_put(struct vault *v, const unsigned char secret[32])
{
	unsigned slot = v->nunused > 0 ? v->unused[--v->nunused] : v->next++;

	if (slot / VAULT_SLOTS == v->npages) {
		v->pages = mem_resize(v->pages, v->npages + 1, sizeof(*v->pages));
		v->pages[v->npages++] = secret_new((size_t)VAULT_SLOTS * VAULT_LEN);
		v->unused =
			mem_resize(v->unused, (size_t)v->npages * VAULT_SLOTS, sizeof(*v->unused));
	}
	memcpy(slot_p(v, slot), secret, VAULT_LEN);
	return slot;
}

const unsigned char *
vault_get(struct vault *v, unsigned slot)
{
	return slot_p(v, slot);
}

void
vault_drop(struct vault *v, unsigned *slot)
{
	if (*slot == 0)
		return;
	mem_wipe(slot_p(v, *slot), VAULT_LEN);
	v->unused[v->nunused++] = *slot;
	*slot = 0;
}
