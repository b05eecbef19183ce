/* SEARCH programs: every key of RFC 3501 6.4.4 and RFC 9051 6.4.4, RETURN options of RFC 4731 and
 * 5182. */
#include "imap/lex.h"

#include "base/mem.h"

enum arg {
	ARG_NONE,
	ARG_FLAG,
	ARG_NOTFLAG,
	ARG_DATE,
	ARG_NUM,
	ARG_TEXT,
	ARG_FIELD,
	ARG_HEADER,
	ARG_KEYWORD,
	ARG_NOTKEYWORD,
	ARG_UID,
	ARG_NOT,
	ARG_OR
};

/* name, argument, key, flag bit or (FIELD) header name */
static const struct key {
	const char *name;
	enum arg arg;
	enum imap_key key;
	uint32_t flag;
	const char *field;
} keys[] = {
	{ "ALL", ARG_NONE, IMAP_K_ALL, 0, NULL },
	{ "ANSWERED", ARG_FLAG, IMAP_K_FLAG, IMAP_FLAG_ANSWERED, NULL },
	{ "BCC", ARG_FIELD, IMAP_K_HEADER, 0, "Bcc" },
	{ "BEFORE", ARG_DATE, IMAP_K_BEFORE, 0, NULL },
	{ "BODY", ARG_TEXT, IMAP_K_BODY, 0, NULL },
	{ "CC", ARG_FIELD, IMAP_K_HEADER, 0, "Cc" },
	{ "DELETED", ARG_FLAG, IMAP_K_FLAG, IMAP_FLAG_DELETED, NULL },
	{ "DRAFT", ARG_FLAG, IMAP_K_FLAG, IMAP_FLAG_DRAFT, NULL },
	{ "FLAGGED", ARG_FLAG, IMAP_K_FLAG, IMAP_FLAG_FLAGGED, NULL },
	{ "FROM", ARG_FIELD, IMAP_K_HEADER, 0, "From" },
	{ "HEADER", ARG_HEADER, IMAP_K_HEADER, 0, NULL },
	{ "KEYWORD", ARG_KEYWORD, IMAP_K_KEYWORD, 0, NULL },
	{ "LARGER", ARG_NUM, IMAP_K_LARGER, 0, NULL },
	{ "NEW", ARG_NONE, IMAP_K_NEW, 0, NULL },
	{ "NOT", ARG_NOT, IMAP_K_NOT, 0, NULL },
	{ "OLD", ARG_NONE, IMAP_K_OLD, 0, NULL },
	{ "ON", ARG_DATE, IMAP_K_ON, 0, NULL },
	{ "OR", ARG_OR, IMAP_K_OR, 0, NULL },
	{ "RECENT", ARG_NONE, IMAP_K_RECENT, 0, NULL },
	{ "SEEN", ARG_FLAG, IMAP_K_FLAG, IMAP_FLAG_SEEN, NULL },
	{ "SENTBEFORE", ARG_DATE, IMAP_K_SENTBEFORE, 0, NULL },
	{ "SENTON", ARG_DATE, IMAP_K_SENTON, 0, NULL },
	{ "SENTSINCE", ARG_DATE, IMAP_K_SENTSINCE, 0, NULL },
	{ "SINCE", ARG_DATE, IMAP_K_SINCE, 0, NULL },
	{ "SMALLER", ARG_NUM, IMAP_K_SMALLER, 0, NULL },
	{ "SUBJECT", ARG_FIELD, IMAP_K_HEADER, 0, "Subject" },
	{ "TEXT", ARG_TEXT, IMAP_K_TEXT, 0, NULL },
	{ "TO", ARG_FIELD, IMAP_K_HEADER, 0, "To" },
	{ "UID", ARG_UID, IMAP_K_UID, 0, NULL },
	{ "UNANSWERED", ARG_NOTFLAG, IMAP_K_FLAG, IMAP_FLAG_ANSWERED, NULL },
	{ "UNDELETED", ARG_NOTFLAG, IMAP_K_FLAG, IMAP_FLAG_DELETED, NULL },
	{ "UNDRAFT", ARG_NOTFLAG, IMAP_K_FLAG, IMAP_FLAG_DRAFT, NULL },
	{ "UNFLAGGED", ARG_NOTFLAG, IMAP_K_FLAG, IMAP_FLAG_FLAGGED, NULL },
	{ "UNKEYWORD", ARG_NOTKEYWORD, IMAP_K_KEYWORD, 0, NULL },
	{ "UNSEEN", ARG_NOTFLAG, IMAP_K_FLAG, IMAP_FLAG_SEEN, NULL },
};

struct ctx {
	struct lex *l;
	struct imap_search *s;
	unsigned parens, nest, texts;
};

static bool search_key(struct ctx *x, struct imap_search_key **out);

static struct imap_search_key *
new_key(struct ctx *x, enum imap_key key)
{
	struct imap_search_key *k = lex_alloc(x->l, 1, sizeof(*k));

	if (k != NULL)
		k->key = key;
	return k;
}

/* Keys up to `end`: ')' or the line's CR. One key stays itself. */
static bool
key_list(struct ctx *x, struct imap_search_key **out)
{
	struct imap_search_key *list = NULL, **e = &list;

	do {
		if (!search_key(x, e))
			return false;
		e = &(*e)->next;
	} while (lex_try(x->l, ' '));
	if (list->next == NULL) {
		*out = list;
		return true;
	}
	if ((*out = new_key(x, IMAP_K_AND)) == NULL)
		return false;
	(*out)->child = list;
	return true;
}

static bool
negate(struct ctx *x, struct imap_search_key **k)
{
	struct imap_search_key *n = new_key(x, IMAP_K_NOT);

	if (n == NULL)
		return false;
	n->child = *k;
	*k = n;
	return true;
}

static bool
text_arg(struct ctx *x, struct imap_search_key *k)
{
	k->index = x->s->ntext++;
	return lex_sp(x->l) && lex_astring(x->l, &k->s);
}

static bool
operands(struct ctx *x, struct imap_search_key *k)
{
	bool ok;

	if (++x->nest > LIM_IMAP_NEST)
		return lex_fail(x->l, "search nested too deep");
	ok = lex_sp(x->l) && search_key(x, &k->child);
	if (ok && k->key == IMAP_K_OR)
		ok = lex_sp(x->l) && search_key(x, &k->child->next);
	x->nest--;
	return ok;
}

static bool
keyword_arg(struct ctx *x, struct imap_search_key *k)
{
	if (!lex_sp(x->l) || !lex_atom(x->l, &k->s))
		return false;
	if ((k->num = imap_flag_find(k->s)) != 0)
		k->key = IMAP_K_FLAG;
	return true;
}

static bool
named_key(struct ctx *x, const struct key *t, struct imap_search_key **out)
{
	struct imap_search_key *k = *out = new_key(x, t->key);

	if (k == NULL)
		return false;
	k->num = t->flag;
	switch (t->arg) {
	case ARG_NONE:
	case ARG_FLAG:
		return true;
	case ARG_NOTFLAG:
		return negate(x, out);
	case ARG_DATE:
		return lex_sp(x->l) && lex_day(x->l, &k->day);
	case ARG_NUM:
		return lex_sp(x->l) && lex_u64(x->l, INT64_MAX, &k->num);
	case ARG_TEXT:
		if (++x->texts > LIM_IMAP_TEXTS)
			return lex_fail(x->l, "too many BODY and TEXT keys");
		return text_arg(x, k);
	case ARG_FIELD:
		k->field = str_c(t->field);
		return text_arg(x, k);
	case ARG_HEADER:
		return lex_sp(x->l) && lex_astring(x->l, &k->field) && text_arg(x, k);
	case ARG_KEYWORD:
		return keyword_arg(x, k);
	case ARG_NOTKEYWORD:
		return keyword_arg(x, k) && negate(x, out);
	case ARG_UID:
		return lex_sp(x->l) && lex_set(x->l, &k->set);
	case ARG_NOT:
	case ARG_OR:
		return operands(x, k);
	}
	return false;
}

static bool
search_key(struct ctx *x, struct imap_search_key **out)
{
	struct lex *l = x->l;
	struct str w;
	bool ok;

	if (lex_try(l, '(')) {
		if (++x->parens > LIM_IMAP_DEPTH)
			return lex_fail(l, "too many parentheses");
		ok = key_list(x, out) && lex_char(l, ')');
		x->parens--;
		return ok;
	}
	if (lex_peek(l) == '*' || lex_peek(l) == '$' || chr_is_digit((char)lex_peek(l)))
		return (*out = new_key(x, IMAP_K_SET)) != NULL && lex_set(l, &(*out)->set);
	w = lex_word(l);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (str_eqi(w, str_c(keys[i].name)))
			return named_key(x, &keys[i], out);
	return lex_fail(l, "unknown search key");
}

static bool
return_opts(struct lex *l, struct imap_search *s)
{
	static const struct {
		const char *name;
		uint32_t bit;
	} opts[] = {
		{ "MIN", IMAP_RET_MIN },     { "MAX", IMAP_RET_MAX },	{ "ALL", IMAP_RET_ALL },
		{ "COUNT", IMAP_RET_COUNT }, { "SAVE", IMAP_RET_SAVE },
	};
	size_t i;

	s->has_return = true;
	if (!lex_sp(l) || !lex_char(l, '('))
		return false;
	if (lex_try(l, ')')) {
		s->ret = IMAP_RET_ALL;
		return lex_sp(l);
	}
	do {
		for (i = 0; i < ARRAY_LEN(opts) && !lex_try_word(l, opts[i].name); i++)
			;
		if (i == ARRAY_LEN(opts))
			return lex_fail(l, "unknown SEARCH return option");
		s->ret |= opts[i].bit;
	} while (lex_try(l, ' '));
	return lex_char(l, ')') && lex_sp(l);
}

bool
parse_search(struct lex *l, struct imap_search *s)
{
	struct ctx x = { .l = l, .s = s };

	*s = (struct imap_search){ .charset = STR("") };
	if (lex_try_word(l, "RETURN") && !return_opts(l, s))
		return false;
	if (lex_try_word(l, "CHARSET") &&
	    (!lex_sp(l) || !lex_astring(l, &s->charset) || !lex_sp(l)))
		return false;
	return key_list(&x, &s->root);
}
