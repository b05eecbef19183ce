/*
 * What an IMAP client sends. The first byte has settings, the second seeds the cuts. The reader
 * sees the input whole and cut, and must say the same; each command is parsed with both kinds of
 * mailbox names. Then the properties of what comes out: resolved sets are in order and answer
 * membership as their ranges say, names survive modified UTF-7 and back, and our own strings are
 * read as they were written.
 */
#include <stdlib.h>

#include "imap/imap.h"
#include "imap/reader.h"
#include "imap/lex.h"
#include "base/mem.h"

static void
check(bool ok)
{
	if (!ok)
		abort();
}

/* ---- commands */

static void
check_set(const struct imap_set *s, uint32_t max)
{
	for (unsigned i = 0; i < s->n; i++) {
		check(s->v[i].lo <= s->v[i].hi && s->v[i].lo > 0);
		check(i == 0 || s->v[i - 1].hi + 1 < s->v[i].lo);
		check(imap_set_has(s, s->v[i].lo) && imap_set_has(s, s->v[i].hi));
		check(i == 0 || !imap_set_has(s, s->v[i].lo - 1));
		check(max == 0 || s->v[i].hi <= max);
	}
}

static void
use_set(struct imap_set s)
{
	struct imap_set t = s;

	t.v = mem_zalloc(s.n + 1, sizeof(*t.v));
	for (uint32_t max = 0; max < 20; max += 9) {
		t.n = s.n;
		if (s.n > 0)
			memcpy(t.v, s.v, s.n * sizeof(*t.v));
		imap_set_resolve(&t, max);
		check_set(&t, 0);
		t.n = s.n;
		if (s.n > 0)
			memcpy(t.v, s.v, s.n * sizeof(*t.v));
		if (imap_set_resolve_seq(&t, max) == 0)
			check_set(&t, max == 0 ? 1 : max);
	}
	mem_free(t.v);
}

static void
use_key(const struct imap_search *s, const struct imap_search_key *k)
{
	use_set(k->set);
	check(k->s.p == NULL || k->key == IMAP_K_KEYWORD || k->key == IMAP_K_FLAG ||
	      k->index < s->ntext);
	for (k = k->child; k != NULL; k = k->next)
		use_key(s, k);
}

static void
use_string(struct str s)
{
	struct arena *a = arena_new(LIM_IMAP_ARENA);
	struct lex l = { .a = a };
	struct str back;
	struct buf b;

	buf_init(&b, LIM_IMAP_CMD * 4);
	imap_put_astring(&b, s, true);
	buf_puts(&b, " ");
	l.p = buf_str(&b).p;
	l.end = l.p + b.n;
	check(lex_astring(&l, &back) && str_eq(back, s) && l.p + 1 == l.end);
	buf_done(&b);
	arena_free(&a);
}

static void
use_name(struct str s)
{
	struct buf b, back;

	use_string(s);
	if (!str_is_utf8(s))
		return;
	buf_init(&b, 1 << 20);
	buf_init(&back, 1 << 20);
	imap_utf7_put(s, &b);
	check(imap_utf7_get(buf_str(&b), &back) == 0 && str_eq(buf_str(&back), s));
	(void)imap_pattern_match(s, STR("Inbox/a/b"));
	(void)imap_pattern_match(STR("%/a*"), str_sub(s, 0, LIM_MAILBOX_NAME));
	buf_done(&b);
	buf_done(&back);
}

static void
use(struct str text, bool utf8)
{
	struct arena *a = arena_new(LIM_IMAP_ARENA);
	char *copy = mem_dup(text.p, text.n);
	struct imap_cmd c;
	const char *why = NULL;
	enum imap_verdict v = imap_parse(str_mem(copy, text.n), utf8, a, &c, &why);

	check((v == IMAP_OK) == (why == NULL));
	check(c.tag.n > 0);
	if (v == IMAP_OK) {
		check(c.verb != IMAP_V_NONE);
		use_set(c.set);
		use_name(c.mailbox.p != NULL ? c.mailbox : STR("x"));
		use_string(c.password.p != NULL ? c.password : STR(""));
		if (c.verb == IMAP_V_SEARCH)
			use_key(&c.search, c.search.root);
		for (unsigned i = 0; i < c.list.npatterns; i++)
			use_name(c.list.patterns[i]);
		for (const struct imap_section *s = c.fetch.sections; s != NULL; s = s->next)
			check(s->label.n > 0 && s->label.n <= LIM_IMAP_LABEL);
	}
	mem_free(copy);
	arena_free(&a);
}

/* ---- the reader */

struct run {
	struct imap_reader r;
	struct buf out;
	bool refuse, dead, joins;
	bool parses;
};

static void
put_event(struct run *r, char what, struct str s)
{
	/* Pieces of a message are joined. */
	if (what == 'd' && r->joins) {
		buf_putstr(&r->out, s);
		return;
	}
	r->joins = what == 'd';
	buf_putc(&r->out, what);
	buf_putstr(&r->out, s);
}

static bool
event(struct run *r, enum imap_in ev, struct str data)
{
	struct str text = imap_reader_text(&r->r);

	switch (ev) {
	case IMAP_IN_MORE:
		return false;
	case IMAP_IN_CONTINUE:
		put_event(r, '+', STR(""));
		return true;
	case IMAP_IN_DATA:
		put_event(r, 'd', data);
		return true;
	case IMAP_IN_MESSAGE:
		put_event(r, 'm', text);
		check(imap_append_check(text) == 1);
		if (r->parses) {
			use(text, false);
			use(text, true);
		}
		if (!r->refuse)
			put_event(r, imap_reader_accept(&r->r) ? '1' : '0', STR(""));
		else if (imap_reader_refuse(&r->r))
			imap_reader_reset(&r->r);
		return true;
	case IMAP_IN_COMMAND:
		put_event(r, 'c', text);
		if (r->parses) {
			use(text, false);
			use(text, true);
		}
		break;
	case IMAP_IN_LINE:
		put_event(r, 'l', text);
		break;
	case IMAP_IN_BAD:
		put_event(r, 'b', imap_reader_tag(&r->r));
		check(imap_reader_why(&r->r) != NULL);
		break;
	case IMAP_IN_REFUSED:
		put_event(r, 'r', STR(""));
		break;
	case IMAP_IN_FATAL:
		put_event(r, 'f', STR(""));
		r->dead = true;
		return false;
	}
	imap_reader_reset(&r->r);
	return true;
}

static void
feed(struct run *r, struct str in)
{
	char *copy = mem_dup(in.p, in.n);
	struct str s = str_mem(copy, in.n), data;
	size_t used;

	do {
		enum imap_in ev = imap_reader_feed(&r->r, s, &used, &data);

		check(used <= s.n);
		if (!event(r, ev, data)) {
			check(r->dead || used == s.n);
			break;
		}
		s = str_from(s, used);
	} while (!r->dead);
	mem_free(copy);
}

static void
start(struct run *r, unsigned settings, bool parses)
{
	*r = (struct run){ .refuse = (settings & 1) != 0, .parses = parses };
	imap_reader_init(&r->r);
	imap_reader_set_max(&r->r, (settings & 2) != 0 ? 40 : LIM_IMAP_LINE,
			    (settings & 8) != 0 ? 100 : LIM_IMAP_CMD);
	if ((settings & 4) != 0)
		imap_reader_want_line(&r->r);
	buf_init(&r->out, 1 << 26);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct run whole, cut;
	struct str in;
	unsigned seed;

	if (n < 2)
		return 0;
	in = str_mem(p + 2, n - 2);
	start(&whole, p[0], true);
	start(&cut, p[0], false);
	feed(&whole, in);
	seed = p[1];
	for (size_t i = 0, k; i < in.n && !cut.dead; i += k) {
		seed = seed * 1103515245 + 12345;
		k = p[1] == 0 ? 1 : 1 + (seed >> 16) % 13;
		feed(&cut, str_sub(in, i, i + k));
	}
	check(str_eq(buf_str(&whole.out), buf_str(&cut.out)));
	imap_reader_done(&whole.r);
	imap_reader_done(&cut.r);
	buf_done(&whole.out);
	buf_done(&cut.out);
	return 0;
}
