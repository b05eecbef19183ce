/*
 * Packed UID sets as they travel in msg_store.h, and names of mailboxes.
 *
 * SECURITY: sets and names come from network-facing processes. A malformed set is reported, never
 * trusted.
 */
#include "store/store.h"

#include "base/limits.h"
#include "base/wire.h"
#include "config/config.h"

void
store_set_put(struct buf *b, uint32_t lo, uint32_t hi)
{
	wr_uint(b, 4, lo);
	wr_uint(b, 4, hi);
}

/* A set that is walked is replaced by what is left of it, so the order of neighbours is checked
 * here by looking ahead: each range must end before the next one begins. */
bool
store_set_next(struct str *set, uint32_t *lo, uint32_t *hi, bool *bad)
{
	struct rd r = rd_init(*set);
	uint32_t a, b;

	*bad = false;
	if (set->n == 0)
		return false;
	a = (uint32_t)rd_uint(&r, 4);
	b = (uint32_t)rd_uint(&r, 4);
	if (r.bad || a == 0 || a > b)
		goto malformed;
	*set = str_from(*set, 8);
	if (set->n > 0) {
		uint32_t next = (uint32_t)rd_uint(&r, 4);

		if (r.bad || next <= b)
			goto malformed;
	}
	*lo = a;
	*hi = b;
	return true;
malformed:
	*set = STR_NONE;
	*bad = true;
	return false;
}

int
store_mailbox_name_check(struct str name, struct buf *out, struct err *e)
{
	struct str rest, first = str_cut(name, '/', &rest);
	size_t at = buf_str(out).n;

	if (name.n == 0 || name.n > LIM_MAILBOX_NAME)
		return err_set(e, EC_SYNTAX, "mailbox name is empty or too long");
	if (str_eqi(first, STR("inbox"))) {
		buf_putstr(out, STR("Inbox"));
		buf_putstr(out, str_from(name, first.n));
	} else {
		buf_putstr(out, name);
	}
	if (out->over)
		return err_set(e, EC_LIMIT, "mailbox name is too long");
	if (config_mailbox_check(str_from(buf_str(out), at), e) < 0) {
		buf_truncate(out, at);
		return -1;
	}
	return 0;
}
