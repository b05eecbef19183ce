/*
 * Most tokens are seen once and never again; they get no row. What is kept of them is 15 bits, and
 * in which kind of message it was, in rows of fixed size, so that the second sighting counts for
 * both. It forgets the oldest, which a Bloom filter can't, and can take back. One in 4,000 new
 * tokens is mistaken for a known one.
 */
#include "junk/junk_int.h"

enum { MARK = 0x7fff, SPAM = 0x8000 };

unsigned
junk_once_page(uint64_t hash)
{
	return (unsigned)(hash % LIM_JUNK_ONCE_PAGES);
}

static size_t
bucket_of(uint64_t hash, unsigned *mark)
{
	*mark = (unsigned)(hash >> 48) & MARK;
	*mark += *mark == 0;
	return 2 * ONCE_WAYS * (size_t)(hash / LIM_JUNK_ONCE_PAGES % ONCE_BUCKETS);
}

/* The way that has it, ONCE_WAYS when none has. */
static unsigned
way_find(const unsigned char *bucket, unsigned mark, unsigned *v)
{
	unsigned i = 0;

	for (; i < ONCE_WAYS; i++) {
		*v = bucket[2 * i] | (unsigned)bucket[2 * i + 1] << 8;
		if ((*v & MARK) == mark)
			break;
	}
	return i;
}

enum junk_once
junk_once_find(const unsigned char page[ONCE_PAGE], uint64_t hash)
{
	unsigned mark, v;
	size_t at = bucket_of(hash, &mark);

	if (way_find(page + at, mark, &v) == ONCE_WAYS)
		return ONCE_NO;
	return (v & SPAM) != 0 ? ONCE_SPAM : ONCE_HAM;
}

enum junk_once
junk_once_take(unsigned char page[ONCE_PAGE], uint64_t hash)
{
	unsigned mark, v;
	unsigned char *bucket = page + bucket_of(hash, &mark);
	unsigned i = way_find(bucket, mark, &v);

	if (i == ONCE_WAYS)
		return ONCE_NO;
	memmove(bucket + 2 * i, bucket + 2 * i + 2, 2 * (ONCE_WAYS - 1 - i));
	memset(bucket + 2 * (ONCE_WAYS - 1), 0, 2);
	return (v & SPAM) != 0 ? ONCE_SPAM : ONCE_HAM;
}

void
junk_once_put(unsigned char page[ONCE_PAGE], uint64_t hash, bool is_spam)
{
	unsigned mark;
	unsigned char *bucket = page + bucket_of(hash, &mark);

	mark |= is_spam ? SPAM : 0;
	memmove(bucket + 2, bucket, 2 * (ONCE_WAYS - 1));
	bucket[0] = (unsigned char)mark;
	bucket[1] = (unsigned char)(mark >> 8);
}
