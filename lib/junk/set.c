/* The tokens of one message: a hash set of keyed hashes. */
#include <assert.h>

#include "crypto/seal.h"
#include "junk/junk_int.h"

enum { FIRST_CAP = 1024, TOKEN_MAX = 512, WORDS_TEXT_MAX = 64 << 20 };

static const struct str prefixes[] = {
#define SPACE(name, prefix) { prefix, sizeof(prefix) - 1 },
	JUNK_SPACES(SPACE)
#undef SPACE
};

void
junk_key_derive(const unsigned char index_key[32], struct junk_key *k)
{
	unsigned char out[SEAL_KEY];

	seal_derive(index_key, "mox junk tokens", STR(""), out);
	memcpy(k->bytes, out, sizeof(k->bytes));
	mem_wipe(out, sizeof(out));
}

static void
slots_new(struct junk_set *s, size_t cap)
{
	s->cap = cap;
	s->slots = mem_zalloc(cap, sizeof(*s->slots));
	s->words = s->with_words ? mem_zalloc(cap, sizeof(*s->words)) : NULL;
}

void
junk_set_init(struct junk_set *s, const struct junk_key *key, bool with_words)
{
	*s = (struct junk_set){ .key = *key, .with_words = with_words };
	buf_init(&s->text, WORDS_TEXT_MAX);
	slots_new(s, FIRST_CAP);
}

void
junk_set_done(struct junk_set *s)
{
	mem_free(s->slots);
	mem_free(s->words);
	buf_done(&s->text);
	mem_wipe(&s->key, sizeof(s->key));
}

void
junk_set_reset(struct junk_set *s)
{
	memset(s->slots, 0, s->cap * sizeof(*s->slots));
	if (s->with_words)
		memset(s->words, 0, s->cap * sizeof(*s->words));
	buf_reset(&s->text);
	s->n = 0;
	s->is_full = false;
}

/* Where the hash is, or belongs. */
static size_t
slot_of(const struct junk_set *s, uint64_t hash)
{
	size_t i = hash & (s->cap - 1);

	while (s->slots[i] != 0 && s->slots[i] != hash)
		i = (i + 1) & (s->cap - 1);
	return i;
}

static void
grow(struct junk_set *s)
{
	struct junk_set old = *s;

	slots_new(s, old.cap * 2);
	for (size_t i = 0; i < old.cap; i++) {
		size_t k;

		if (old.slots[i] == 0)
			continue;
		k = slot_of(s, old.slots[i]);
		s->slots[k] = old.slots[i];
		if (s->with_words)
			s->words[k] = old.words[i];
	}
	mem_free(old.slots);
	mem_free(old.words);
}

uint64_t
junk_set_hash(const struct junk_set *s, enum junk_space space, struct str word)
{
	unsigned char t[TOKEN_MAX];
	uint64_t h;

	word.n = MIN(word.n, sizeof(t) - 1);
	t[0] = (unsigned char)space;
	memcpy(t + 1, word.p, word.n);
	h = seal_hash64(s->key.bytes, str_mem(t, word.n + 1));
	return h != 0 ? h : 1;
}

static void
word_keep(struct junk_set *s, size_t slot, enum junk_space space, struct str word)
{
	struct str prefix = prefixes[space];

	word.n = MIN(word.n, (size_t)TOKEN_MAX);
	s->words[slot] = (uint32_t)s->text.n + 1;
	buf_putc(&s->text, (char)((prefix.n + (prefix.n > 0) + word.n) >> 8));
	buf_putc(&s->text, (char)(prefix.n + (prefix.n > 0) + word.n));
	buf_putstr(&s->text, prefix);
	if (prefix.n > 0)
		buf_putc(&s->text, ':');
	buf_putstr(&s->text, word);
}

void
junk_set_put(struct junk_set *s, uint64_t hash, enum junk_space space, struct str word)
{
	size_t i = slot_of(s, hash);

	if (s->slots[i] != 0)
		return;
	if (s->n >= LIM_JUNK_TOKENS) {
		s->is_full = true;
		return;
	}
	s->slots[i] = hash;
	s->n++;
	if (s->with_words)
		word_keep(s, i, space, word);
	if (s->n > s->cap / 2)
		grow(s);
}

void
junk_set_add(struct junk_set *s, enum junk_space space, struct str word)
{
	junk_set_put(s, junk_set_hash(s, space, word), space, word);
}

struct str
junk_set_word(const struct junk_set *s, uint64_t hash)
{
	size_t i = slot_of(s, hash);
	struct str t;

	if (!s->with_words || s->slots[i] == 0)
		return STR("");
	t = str_from(buf_str(&s->text), s->words[i] - 1);
	assert(t.n >= 2);
	return str_sub(t, 2, 2 + ((size_t)(unsigned char)t.p[0] << 8 | (unsigned char)t.p[1]));
}
