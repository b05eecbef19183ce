/*
 * Signatures of messages: answers of the DNS (feed.h) up to a line "--", then the message. DKIM
 * says the same however the message is cut, and so does ARC; a pass has a key and a domain. Every
 * answer is read as a key record.
 */
#include <stdint.h>

#include "feed.h"
#include "mailauth/message.h"

enum { NOW = 1700000000 };

/* libopendkim leaks for each Ed25519 signature. */
int __lsan_is_turned_off(void);
int
__lsan_is_turned_off(void)
{
	return 1;
}

static struct mailauth_message *
run(struct dkv_lib *lib, struct str answers, struct str s, size_t piece)
{
	struct mailauth_message *m = mailauth_message_new(lib, NOW);
	struct in6_addr client = { .s6_addr = { 0 } };

	for (size_t i = 0; i < s.n; i += piece)
		mailauth_message_put(m, str_sub(s, i, i + piece));
	mailauth_message_end(m);
	feed_check(feed_run(&dkv_ops, mailauth_message_dkim(m), answers, &client) <=
		   LIM_DKIM_SIGNATURES);
	feed_check(feed_run(&arc_ops, mailauth_message_arc(m), answers, &client) <=
		   2 * LIM_ARC_SETS);
	return m;
}

static void
check_dkim(const struct dkv_out *o)
{
	enum dkv_result best = o->n > 0 ? DKV_NONE : o->result;

	feed_check(o->n <= LIM_DKIM_SIGNATURES);
	for (size_t i = 0; i < o->n; i++) {
		const struct dkv_sig *s = &o->v[i];

		best = s->result > best ? s->result : best;
		feed_check((s->result == DKV_PASS) == (s->why[0] == '\0'));
		if (s->result == DKV_PASS)
			feed_check(s->domain[0] != '\0' && s->bits > 0 && s->identity[0] != '\0');
	}
	feed_check(o->result == best);
}

static void
check_arc(const struct arc_out *o)
{
	feed_check(o->n <= LIM_ARC_SETS && o->oldest_pass <= o->n);
	feed_check((o->result == ARC_PASS) == (o->why[0] == '\0'));
	feed_check(o->result != ARC_PASS || (o->n > 0 && !o->has_ended));
	for (unsigned i = 0; i < o->n && o->result == ARC_PASS; i++)
		feed_check(o->sets[i].domain[0] != '\0');
}

static void
check_same(const struct dkv_out *a, const struct dkv_out *b)
{
	feed_check(a->n == b->n && a->ignored == b->ignored && a->result == b->result);
	for (size_t i = 0; i < a->n; i++)
		feed_check(a->v[i].result == b->v[i].result &&
			   strcmp(a->v[i].why, b->v[i].why) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct dkv_lib *lib;
	struct str s = str_mem(p, n), answers, text;
	struct mailauth_message *whole, *cut;
	ssize_t at = str_find(s, STR("\n--\n"));

	if (n == 0 || n > 65536)
		return 0;
	if (lib == NULL)
		lib = dkv_lib_new();
	answers = at >= 0 ? str_sub(s, 0, (size_t)at + 1) : STR("");
	text = at >= 0 ? str_from(s, (size_t)at + 4) : s;
	whole = run(lib, answers, text, text.n + 1);
	cut = run(lib, answers, text, 1 + n % 61);
	check_dkim(dkv_out(mailauth_message_dkim(whole)));
	check_arc(arc_out(mailauth_message_arc(whole)));
	check_same(dkv_out(mailauth_message_dkim(whole)), dkv_out(mailauth_message_dkim(cut)));
	feed_check(arc_out(mailauth_message_arc(whole))->result ==
		   arc_out(mailauth_message_arc(cut))->result);
	mailauth_message_free(&whole);
	mailauth_message_free(&cut);
	return 0;
}
