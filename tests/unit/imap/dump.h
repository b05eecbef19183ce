/* A parsed command as one line of text. */
#ifndef TEST_IMAP_DUMP_H
#define TEST_IMAP_DUMP_H

#include "base/mem.h"
#include "imap/imap.h"

static void
d_str(struct buf *b, const char *name, struct str s)
{
	if (s.p == NULL)
		return;
	buf_printf(b, " %s=", name);
	imap_put_string(b, s, true);
}

static void
d_set(struct buf *b, const struct imap_set *s)
{
	if (s->saved)
		buf_puts(b, " $");
	for (unsigned i = 0; i < s->n; i++)
		buf_printf(b, "%s%u:%u", i > 0 ? "," : " ", s->v[i].lo, s->v[i].hi);
}

static void
d_key(struct buf *b, const struct imap_search_key *k)
{
	static const char *const names[] = { "AND",	  "OR",	    "NOT",	  "ALL",
					     "SET",	  "UID",    "FLAG",	  "KEYWORD",
					     "NEW",	  "OLD",    "RECENT",	  "BEFORE",
					     "ON",	  "SINCE",  "SENTBEFORE", "SENTON",
					     "SENTSINCE", "LARGER", "SMALLER",	  "HEADER",
					     "BODY",	  "TEXT" };

	buf_printf(b, " (%s", names[k->key]);
	d_set(b, &k->set);
	if (k->num != 0)
		buf_printf(b, " n=%llu", (unsigned long long)k->num);
	if (k->day != 0)
		buf_printf(b, " day=%lld", (long long)k->day);
	d_str(b, "field", k->field);
	d_str(b, "s", k->s);
	for (k = k->child; k != NULL; k = k->next)
		d_key(b, k);
	buf_putc(b, ')');
}

static void
d_fetch(struct buf *b, const struct imap_fetch *f)
{
	if (f->atts != 0)
		buf_printf(b, " atts=%x", f->atts);
	for (const struct imap_section *s = f->sections; s != NULL; s = s->next) {
		buf_puts(b, " {");
		buf_putstr(b, s->label);
		buf_printf(b, " text=%d path=%u fields=%u%s", s->text, s->npath, s->nfields,
			   s->peek ? " peek" : "");
		if (s->partial)
			buf_printf(b, " %llu+%llu", (unsigned long long)s->off,
				   (unsigned long long)s->len);
		buf_putc(b, '}');
	}
}

static void
d_cmd(struct buf *b, const struct imap_cmd *c)
{
	buf_putstr(b, c->tag);
	buf_printf(b, " %s%s", c->uid ? "UID " : "", imap_verb_name(c->verb));
	d_set(b, &c->set);
	d_str(b, "mb", c->mailbox);
	d_str(b, "mb2", c->mailbox2);
	d_str(b, "user", c->user);
	d_str(b, "pass", c->password);
	d_str(b, "mech", c->mech);
	d_str(b, "init", c->initial);
	for (unsigned i = 0; i < c->nwords; i++) {
		if (c->words[i].p == NULL)
			buf_puts(b, " NIL");
		else
			d_str(b, "w", c->words[i]);
	}
	if (c->status != 0)
		buf_printf(b, " status=%x", c->status);
	if (c->special != 0)
		buf_printf(b, " special=%x", c->special);
	if (c->verb == IMAP_V_LIST || c->verb == IMAP_V_LSUB) {
		buf_printf(b, " %ssel=%x ret=%x st=%x", c->list.extended ? "ext " : "",
			   c->list.select, c->list.ret, c->list.status);
		d_str(b, "ref", c->list.reference);
		for (unsigned i = 0; i < c->list.npatterns; i++)
			d_str(b, "pat", c->list.patterns[i]);
	}
	if (c->store_op != 0)
		buf_printf(b, " op=%c%s", c->store_op, c->silent ? " silent" : "");
	if (c->flags.sys != 0)
		buf_printf(b, " sys=%x", c->flags.sys);
	for (unsigned i = 0; i < c->flags.nkw; i++)
		d_str(b, "kw", c->flags.kw[i]);
	if (c->has_date)
		buf_printf(b, " date=%lld", (long long)c->date);
	if (c->verb == IMAP_V_APPEND)
		buf_printf(b, " lit=%llu", (unsigned long long)c->literal);
	if (c->verb == IMAP_V_FETCH)
		d_fetch(b, &c->fetch);
	if (c->verb == IMAP_V_SEARCH) {
		if (c->search.has_return)
			buf_printf(b, " ret=%x", c->search.ret);
		if (c->search.charset.n > 0)
			d_str(b, "charset", c->search.charset);
		d_key(b, c->search.root);
	}
}

#endif
