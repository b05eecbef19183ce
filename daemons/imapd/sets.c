/* UID sets and keywords as msg_store.h has them. */
#include "imapd.h"

#include <assert.h>
#include <unistd.h>

#include "base/wire.h"

static_assert((int)IMAP_FLAG_SEEN == (int)STORE_FLAG_SEEN &&
		      (int)IMAP_FLAG_MDNSENT == (int)STORE_FLAG_MDNSENT &&
		      (1 << IMAP_NFLAGS) - 1 == STORE_FLAG_ALL,
	      "flag bits are those of the store");
static_assert((int)IMAP_SPECIAL_ARCHIVE == (int)STORE_SPECIAL_ARCHIVE &&
		      (int)IMAP_SPECIAL_TRASH == (int)STORE_SPECIAL_TRASH,
	      "special uses are those of the store");

enum { SET_MAX = 64 << 20 }; /* 8 million ranges */

int
set_pack(const struct imap_set *s, struct buf *field, int *fd, struct err *e)
{
	struct buf b;
	int r = 0;

	*fd = -1;
	buf_init(&b, SET_MAX);
	for (unsigned i = 0; i < s->n; i++)
		store_set_put(&b, s->v[i].lo, s->v[i].hi);
	if (b.over)
		r = err_set(e, EC_LIMIT, "set too large");
	else if (b.n <= LIM_SET_INLINE)
		buf_putstr(field, buf_str(&b));
	else
		r = (*fd = ipc_fd_sealed("set", buf_str(&b), e)) < 0 ? -1 : 0;
	buf_done(&b);
	return r;
}

static int
unpack(struct str s, struct buf *out, struct err *e)
{
	struct imap_range r;
	bool bad = false;

	while (store_set_next(&s, &r.lo, &r.hi, &bad))
		buf_put(out, &r, sizeof(r));
	return bad ? err_set(e, EC_BUG, "malformed set") : 0;
}

int
set_unpack(struct str field, int fd, struct buf *out, struct err *e)
{
	uint64_t size;
	struct buf b;
	ssize_t n;
	int r = -1;

	if (fd < 0)
		return unpack(field, out, e);
	if (field.n > 0 || !ipc_fd_is_message(fd, false, &size) || size > SET_MAX)
		return err_set(e, EC_BUG, "unusable set");
	buf_init(&b, SET_MAX);
	n = pread(fd, buf_reserve(&b, (size_t)size), (size_t)size, 0);
	if (n != (ssize_t)size) {
		(void)err_set(e, EC_IO, "set can't be read");
	} else {
		buf_commit(&b, (size_t)n);
		r = unpack(buf_str(&b), out, e);
	}
	buf_done(&b);
	return r;
}

void
keywords_pack(const struct imap_flags *f, struct buf *out)
{
	for (unsigned i = 0; i < f->nkw; i++)
		wr_str(out, f->kw[i]);
}
