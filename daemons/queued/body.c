/* The bytes of messages: as they came, or from the database. */
#include <inttypes.h>
#include <unistd.h>

#include "base/mem.h"
#include "queued.h"

enum { PREFIX_MAX = 1 << 20 };

struct body *
body_new(int64_t id, int fd, uint64_t size, struct str key, struct str prefix)
{
	struct body *b = MEM_NEW(struct body);

	b->id = id;
	b->refs = 1;
	b->fd = fd;
	b->size = size;
	if (key.n == SEAL_KEY) {
		memcpy(b->key, key.p, SEAL_KEY);
		b->key_n = SEAL_KEY;
	}
	buf_init(&b->prefix, PREFIX_MAX);
	buf_putstr(&b->prefix, prefix);
	return b;
}

struct body *
body_ref(struct body *b)
{
	b->refs++;
	return b;
}

void
body_unref(struct body **bp)
{
	struct body *b = *bp;

	if (b == NULL)
		return;
	*bp = NULL;
	if (--b->refs > 0)
		return;
	close(b->fd);
	mem_wipe(b->key, sizeof(b->key));
	buf_done(&b->prefix);
	mem_free(b);
}

/* ---- those that wait for their first attempt */

static struct bodies *
bucket(struct queued *d, int64_t id)
{
	return (struct bodies *)&d->kept[(uint64_t)id % BODY_BUCKETS];
}

static void
forget(struct queued *d, struct body *b)
{
	LIST_REMOVE(b, link);
	d->nkept--;
	d->kept_bytes -= b->size;
	body_unref(&b);
}

void
body_keep(struct queued *d, struct body *b, unsigned wanted)
{
	if (wanted == 0 || d->nkept >= LIM_QUEUE_KEPT_FDS ||
	    (b->key_n == 0 && d->kept_bytes + b->size > LIM_QUEUE_KEPT))
		return;
	b->wanted = wanted;
	body_ref(b);
	LIST_INSERT_HEAD(bucket(d, b->id), b, link);
	d->nkept++;
	d->kept_bytes += b->size;
}

static struct body *
kept_get(struct queued *d, int64_t id)
{
	struct body *b, *got;

	LIST_FOREACH(b, bucket(d, id), link)
	{
		if (b->id != id)
			continue;
		got = body_ref(b);
		if (--b->wanted == 0)
			forget(d, b);
		return got;
	}
	return NULL;
}

void
body_forget(struct queued *d, int64_t id)
{
	struct body *b, *next;

	for (b = LIST_FIRST(bucket(d, id)); b != NULL; b = next) {
		next = LIST_NEXT(b, link);
		if (b->id == id)
			forget(d, b);
	}
}

void
bodies_free(struct queued *d)
{
	for (size_t i = 0; i < BODY_BUCKETS; i++) {
		while (!LIST_EMPTY(&d->kept[i]))
			forget(d, LIST_FIRST(&d->kept[i]));
	}
}

struct body *
body_get(struct queued *d, const struct queue_msg *m, struct err *e)
{
	struct body *b = kept_get(d, m->id);
	struct buf prefix, plain;
	int fd, rc;

	if (b != NULL)
		return b;
	buf_init(&prefix, PREFIX_MAX);
	buf_init(&plain, LIM_INLINE);
	rc = queue_body(d->q, m, &prefix, &plain, &fd, e);
	if (rc == 0 && fd < 0 && plain.n != m->size)
		rc = err_set(e, EC_CORRUPT, "message %" PRId64 " of the queue has another size",
			     m->id);
	if (rc == 0 && fd >= 0)
		b = body_new(m->id, fd, m->size, str_mem(m->file_key, SEAL_KEY), buf_str(&prefix));
	else if (rc == 0 && (fd = ipc_fd_sealed("message", buf_str(&plain), e)) >= 0)
		b = body_new(m->id, fd, m->size, STR(""), buf_str(&prefix));
	buf_wipe(&prefix);
	buf_wipe(&plain);
	return b;
}
