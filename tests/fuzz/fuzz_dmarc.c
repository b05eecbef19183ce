/*
 * DMARC: lines are the domain of From, the domain that SPF passed, one that signed, then answers
 * (feed.h). Every evaluation ends within its limits; nothing passes that is not aligned.
 */
#include <stdint.h>

#include "feed.h"
#include "mailauth/dmarc.h"

static void
check_record(struct str txt)
{
	struct dm_record r;
	struct str uri, list;

	if (dm_record_parse(txt, &r) < 0) {
		feed_check(!dm_record_is(txt));
		return;
	}
	list = r.rua;
	feed_check(dm_uri_next(&list, &uri) == r.has_rua);
	feed_check(!r.is_unfit || (r.p == DM_POLICY_NONE && r.np == DM_POLICY_NONE));
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str rest = str_mem(p, n);
	struct in6_addr client = { .s6_addr = { 0 } };
	struct dm_id ids[2];
	struct dm_in in = { .ids = ids, .n = 2 };
	const struct dm_out *o;
	unsigned questions;
	struct dm *d;

	if (n == 0 || n > 65536)
		return 0;
	check_record(rest);
	in.from = str_cut(rest, '\n', &rest);
	ids[0] = (struct dm_id){ str_cut(rest, '\n', &rest), true, false };
	ids[1] = (struct dm_id){ str_cut(rest, '\n', &rest), false, n % 7 == 0 };
	d = dm_new(&in);
	questions = feed_run(&dm_ops, d, rest, &client);
	o = dm_out(d);
	feed_check(o->questions == questions && questions <= 3 * LIM_DMARC_WALK + 1);
	feed_check((o->result == DM_PASS) ==
		   ((o->is_spf_aligned || o->is_dkim_aligned) && o->result != DM_TEMPERROR));
	feed_check(o->disposition == DM_POLICY_NONE || o->result == DM_FAIL);
	feed_check(o->disposition <= o->policy);
	dm_free(&d);
	return 0;
}
