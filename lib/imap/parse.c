/*
 * Parsers of the commands, one function for the arguments of each (RFC 9051 6, RFC 3501 6 and the
 * extensions named there). FETCH and SEARCH have files of their own.
 */
#include "imap/lex.h"

#include "base/encode.h"
#include "base/mem.h"

typedef bool parse_fn(struct lex *l, struct imap_cmd *c);

static bool
p_none(struct lex *l, struct imap_cmd *c)
{
	(void)l;
	(void)c;
	return true;
}

#define p_capability p_none
#define p_noop p_none
#define p_logout p_none
#define p_starttls p_none
#define p_namespace p_none
#define p_idle p_none
#define p_check p_none
#define p_close p_none
#define p_unselect p_none

/* RFC 2971 3.1: NIL or ("name" "value" ...). */
static bool
p_id(struct lex *l, struct imap_cmd *c)
{
	if (!lex_sp(l))
		return false;
	if (lex_try_word(l, "NIL"))
		return true;
	if (!lex_char(l, '('))
		return false;
	if (lex_try(l, ')'))
		return true;
	if ((c->words = lex_alloc(l, 2 * LIM_IMAP_IDS, sizeof(*c->words))) == NULL)
		return false;
	do {
		if (c->nwords == 2 * LIM_IMAP_IDS)
			return lex_fail(l, "too many ID fields");
		if (!lex_string(l, &c->words[c->nwords]) || !lex_sp(l) ||
		    !lex_nstring(l, &c->words[c->nwords + 1]))
			return false;
		if (c->words[c->nwords].n > LIM_IMAP_ID || c->words[c->nwords + 1].n > LIM_IMAP_ID)
			return lex_fail(l, "ID field too long");
		c->nwords += 2;
	} while (lex_try(l, ' '));
	return lex_char(l, ')');
}

/* RFC 4959: the initial answer may follow; "=" is the empty one. */
static bool
p_authenticate(struct lex *l, struct imap_cmd *c)
{
	const char *b;

	if (!lex_sp(l) || !lex_atom(l, &c->mech))
		return false;
	if (!lex_try(l, ' '))
		return true;
	for (b = l->p; l->p < l->end && (chr_is_alnum(*l->p) || strchr("+/=", *l->p) != NULL);
	     l->p++)
		;
	c->initial = (struct str){ b, (size_t)(l->p - b) };
	c->has_initial = true;
	return c->initial.n > 0 || lex_fail(l, "base64 expected");
}

static bool
p_login(struct lex *l, struct imap_cmd *c)
{
	return lex_sp(l) && lex_astring(l, &c->user) && lex_sp(l) && lex_astring(l, &c->password);
}

static bool
p_enable(struct lex *l, struct imap_cmd *c)
{
	size_t max = (size_t)(l->end - l->p) / 2;

	if ((c->words = lex_alloc(l, max + 1, sizeof(*c->words))) == NULL)
		return false;
	do {
		if (!lex_sp(l) || !lex_atom(l, &c->words[c->nwords++]))
			return false;
	} while (lex_peek(l) == ' ');
	return true;
}

static bool
p_mailbox(struct lex *l, struct imap_cmd *c)
{
	return lex_sp(l) && lex_mailbox(l, &c->mailbox);
}

#define p_select p_mailbox
#define p_examine p_mailbox
#define p_delete p_mailbox
#define p_subscribe p_mailbox
#define p_unsubscribe p_mailbox

/* RFC 6154 5.2: CREATE name (USE (\Sent)). */
static bool
p_create(struct lex *l, struct imap_cmd *c)
{
	struct str s;
	unsigned i;

	if (!p_mailbox(l, c))
		return false;
	if (!lex_try(l, ' '))
		return true;
	if (!lex_char(l, '(') || !lex_try_word(l, "USE") || !lex_sp(l) || !lex_char(l, '('))
		return lex_fail(l, "(USE (...)) expected");
	while (lex_peek(l) != ')') {
		if ((c->special != 0 && !lex_sp(l)) || !lex_char(l, '\\') || !lex_atom(l, &s))
			return false;
		for (i = 0; i < IMAP_NSPECIAL && !str_eqi(s, str_from(imap_special_name(i), 1));
		     i++)
			;
		c->special |= i < IMAP_NSPECIAL ? 1u << i : (uint32_t)IMAP_SPECIAL_UNKNOWN;
	}
	return lex_char(l, ')') && lex_char(l, ')');
}

static bool
p_rename(struct lex *l, struct imap_cmd *c)
{
	return p_mailbox(l, c) && lex_sp(l) && lex_mailbox(l, &c->mailbox2);
}

static bool
status_items(struct lex *l, uint32_t *mask)
{
	static const struct {
		const char *name;
		uint32_t bit;
	} items[] = {
		{ "MESSAGES", IMAP_ST_MESSAGES }, { "RECENT", IMAP_ST_RECENT },
		{ "UIDNEXT", IMAP_ST_UIDNEXT },	  { "UIDVALIDITY", IMAP_ST_UIDVALIDITY },
		{ "UNSEEN", IMAP_ST_UNSEEN },	  { "DELETED", IMAP_ST_DELETED },
		{ "SIZE", IMAP_ST_SIZE },	  { "APPENDLIMIT", IMAP_ST_APPENDLIMIT },
	};
	size_t i;

	*mask = 0;
	if (!lex_char(l, '('))
		return false;
	do {
		for (i = 0; i < ARRAY_LEN(items) && !lex_try_word(l, items[i].name); i++)
			;
		if (i == ARRAY_LEN(items))
			return lex_fail(l, "unknown STATUS item");
		*mask |= items[i].bit;
	} while (lex_try(l, ' '));
	return lex_char(l, ')');
}

static bool
p_status(struct lex *l, struct imap_cmd *c)
{
	return p_mailbox(l, c) && lex_sp(l) && status_items(l, &c->status);
}

/* LIST (opts): RFC 9051 6.3.9.1, RFC 5258 3.1, RFC 6154 2. */
static bool
list_select(struct lex *l, struct imap_list *o)
{
	if (!lex_char(l, '('))
		return false;
	o->extended = true;
	if (lex_try(l, ')'))
		return lex_sp(l);
	do {
		if (lex_try_word(l, "SUBSCRIBED"))
			o->select |= IMAP_SEL_SUBSCRIBED;
		else if (lex_try_word(l, "REMOTE"))
			o->select |= IMAP_SEL_REMOTE;
		else if (lex_try_word(l, "RECURSIVEMATCH"))
			o->select |= IMAP_SEL_RECURSIVE;
		else if (lex_try_word(l, "SPECIAL-USE"))
			o->select |= IMAP_SEL_SPECIAL;
		else
			return lex_fail(l, "unknown LIST selection option");
	} while (lex_try(l, ' '));
	if ((o->select & IMAP_SEL_RECURSIVE) != 0 &&
	    (o->select & (IMAP_SEL_SUBSCRIBED | IMAP_SEL_SPECIAL)) == 0)
		return lex_fail(l, "RECURSIVEMATCH needs another selection option");
	return lex_char(l, ')') && lex_sp(l);
}

static bool
list_return(struct lex *l, struct imap_list *o)
{
	o->extended = true;
	if (!lex_try_word(l, "RETURN") || !lex_sp(l) || !lex_char(l, '('))
		return lex_fail(l, "RETURN (...) expected");
	if (lex_try(l, ')'))
		return true;
	do {
		if (lex_try_word(l, "SUBSCRIBED"))
			o->ret |= IMAP_LRET_SUBSCRIBED;
		else if (lex_try_word(l, "CHILDREN"))
			o->ret |= IMAP_LRET_CHILDREN;
		else if (lex_try_word(l, "SPECIAL-USE"))
			o->ret |= IMAP_LRET_SPECIAL;
		else if (lex_try_word(l, "STATUS")) {
			o->ret |= IMAP_LRET_STATUS;
			if (!lex_sp(l) || !status_items(l, &o->status))
				return false;
		} else
			return lex_fail(l, "unknown LIST return option");
	} while (lex_try(l, ' '));
	return lex_char(l, ')');
}

static bool
list_pattern(struct lex *l, struct imap_list *o)
{
	struct str raw;
	const char *why = l->why;

	if (o->npatterns == LIM_IMAP_PATTERNS)
		return lex_fail(l, "too many patterns");
	if (!lex_list_mailbox(l, &raw))
		return false;
	/* RFC 9051 6.3.9: a pattern that can't match is ignored, not an error. */
	if (lex_mailbox_decode(l, raw, &o->patterns[o->npatterns]))
		o->npatterns++;
	else
		l->why = why;
	return true;
}

static bool
list_patterns(struct lex *l, struct imap_list *o)
{
	if ((o->patterns = lex_alloc(l, LIM_IMAP_PATTERNS, sizeof(*o->patterns))) == NULL)
		return false;
	if (!lex_try(l, '('))
		return list_pattern(l, o);
	o->extended = true;
	do {
		if (!list_pattern(l, o))
			return false;
	} while (lex_try(l, ' '));
	return lex_char(l, ')');
}

static bool
p_lsub(struct lex *l, struct imap_cmd *c)
{
	return lex_sp(l) && lex_mailbox(l, &c->list.reference) && lex_sp(l) &&
	       list_patterns(l, &c->list) &&
	       (!c->list.extended || lex_fail(l, "LSUB takes one pattern"));
}

static bool
p_list(struct lex *l, struct imap_cmd *c)
{
	struct imap_list *o = &c->list;

	if (!lex_sp(l) || (lex_peek(l) == '(' && !list_select(l, o)))
		return false;
	if (!lex_mailbox(l, &o->reference) || !lex_sp(l) || !list_patterns(l, o))
		return false;
	return !lex_try(l, ' ') || list_return(l, o);
}

/* Up to the announcement of the literal, which ends the text. */
static bool
p_append(struct lex *l, struct imap_cmd *c)
{
	if (!p_mailbox(l, c) || !lex_sp(l))
		return false;
	if (lex_peek(l) == '(' && (!lex_flag_list(l, &c->flags) || !lex_sp(l)))
		return false;
	if (lex_peek(l) == '"') {
		if (!lex_date_time(l, &c->date) || !lex_sp(l))
			return false;
		c->has_date = true;
	}
	(void)lex_try(l, '~'); /* literal8: it may have NULs, as any message here */
	if (!lex_try(l, '{') || !lex_u64(l, INT64_MAX, &c->literal))
		return lex_fail(l, "literal expected");
	lex_try(l, '+');
	return lex_try(l, '}') || lex_fail(l, "literal expected");
}

int
imap_append_check(struct str text)
{
	/* Names are judged by imap_parse. */
	struct lex l = { .p = text.p, .end = text.p + text.n, .utf8 = true };
	struct imap_cmd c = { .verb = IMAP_V_NONE };
	struct str tag;
	int r;

	if (!lex_tag(&l, &tag) || !lex_try(&l, ' ') || !lex_try_word(&l, "APPEND"))
		return 0;
	l.a = arena_new(LIM_IMAP_ARENA);
	if (p_append(&l, &c) && lex_end(&l))
		r = 1;
	else
		r = l.p == l.end ? 0 : -1;
	arena_free(&l.a);
	return r;
}

static bool
p_expunge(struct lex *l, struct imap_cmd *c)
{
	return !c->uid || (lex_sp(l) && lex_set(l, &c->set));
}

static bool
p_search(struct lex *l, struct imap_cmd *c)
{
	return lex_sp(l) && parse_search(l, &c->search);
}

static bool
p_fetch(struct lex *l, struct imap_cmd *c)
{
	if (!lex_sp(l) || !lex_set(l, &c->set) || !lex_sp(l) || !parse_fetch_atts(l, &c->fetch))
		return false;
	if (c->uid) /* RFC 9051 6.4.9: implied */
		c->fetch.atts |= 1u << IMAP_ATT_UID;
	return true;
}

static bool
p_store(struct lex *l, struct imap_cmd *c)
{
	if (!lex_sp(l) || !lex_set(l, &c->set) || !lex_sp(l))
		return false;
	c->store_op = lex_try(l, '+') ? '+' : lex_try(l, '-') ? '-' : '=';
	if (lex_try_word(l, "FLAGS.SILENT"))
		c->silent = true;
	else if (!lex_try_word(l, "FLAGS"))
		return lex_fail(l, "FLAGS expected");
	return lex_sp(l) && lex_flags(l, &c->flags);
}

static bool
p_copy(struct lex *l, struct imap_cmd *c)
{
	return lex_sp(l) && lex_set(l, &c->set) && p_mailbox(l, c);
}

#define p_move p_copy

/* verb, name, parser of its arguments, may follow UID */
static const struct {
	const char *name;
	parse_fn *fn;
	bool uid;
} verbs[IMAP_V_COUNT] = {
	[IMAP_V_CAPABILITY] = { "CAPABILITY", p_capability, false },
	[IMAP_V_NOOP] = { "NOOP", p_noop, false },
	[IMAP_V_LOGOUT] = { "LOGOUT", p_logout, false },
	[IMAP_V_ID] = { "ID", p_id, false },
	[IMAP_V_STARTTLS] = { "STARTTLS", p_starttls, false },
	[IMAP_V_AUTHENTICATE] = { "AUTHENTICATE", p_authenticate, false },
	[IMAP_V_LOGIN] = { "LOGIN", p_login, false },
	[IMAP_V_ENABLE] = { "ENABLE", p_enable, false },
	[IMAP_V_SELECT] = { "SELECT", p_select, false },
	[IMAP_V_EXAMINE] = { "EXAMINE", p_examine, false },
	[IMAP_V_CREATE] = { "CREATE", p_create, false },
	[IMAP_V_DELETE] = { "DELETE", p_delete, false },
	[IMAP_V_RENAME] = { "RENAME", p_rename, false },
	[IMAP_V_SUBSCRIBE] = { "SUBSCRIBE", p_subscribe, false },
	[IMAP_V_UNSUBSCRIBE] = { "UNSUBSCRIBE", p_unsubscribe, false },
	[IMAP_V_LIST] = { "LIST", p_list, false },
	[IMAP_V_LSUB] = { "LSUB", p_lsub, false },
	[IMAP_V_NAMESPACE] = { "NAMESPACE", p_namespace, false },
	[IMAP_V_STATUS] = { "STATUS", p_status, false },
	[IMAP_V_APPEND] = { "APPEND", p_append, false },
	[IMAP_V_IDLE] = { "IDLE", p_idle, false },
	[IMAP_V_CHECK] = { "CHECK", p_check, false },
	[IMAP_V_CLOSE] = { "CLOSE", p_close, false },
	[IMAP_V_UNSELECT] = { "UNSELECT", p_unselect, false },
	[IMAP_V_EXPUNGE] = { "EXPUNGE", p_expunge, true },
	[IMAP_V_SEARCH] = { "SEARCH", p_search, true },
	[IMAP_V_FETCH] = { "FETCH", p_fetch, true },
	[IMAP_V_STORE] = { "STORE", p_store, true },
	[IMAP_V_COPY] = { "COPY", p_copy, true },
	[IMAP_V_MOVE] = { "MOVE", p_move, true },
};

const char *
imap_verb_name(enum imap_verb v)
{
	return v > IMAP_V_NONE && v < IMAP_V_COUNT ? verbs[v].name : "?";
}

static enum imap_verb
verb_find(struct str s)
{
	for (int v = IMAP_V_NONE + 1; v < IMAP_V_COUNT; v++)
		if (str_eqi(s, str_c(verbs[v].name)))
			return v;
	return IMAP_V_NONE;
}

enum imap_verdict
imap_parse(struct str text, bool utf8, struct arena *a, struct imap_cmd *cmd, const char **why)
{
	struct lex l = { .p = text.p, .end = text.p + text.n, .a = a, .utf8 = utf8 };
	enum imap_verdict bad = IMAP_BAD;
	struct str s;

	*cmd = (struct imap_cmd){ .tag = STR("*") };
	if (!lex_tag(&l, &s))
		goto fail;
	if (lex_peek(&l) == ' ' || lex_peek(&l) == '\r')
		cmd->tag = s;
	if (!lex_sp(&l) || !lex_atom(&l, &s))
		goto fail;
	if (str_eqi(s, STR("UID"))) {
		cmd->uid = true;
		if (!lex_sp(&l) || !lex_atom(&l, &s))
			goto fail;
	}
	cmd->verb = verb_find(s);
	if (cmd->verb == IMAP_V_NONE || (cmd->uid && !verbs[cmd->verb].uid)) {
		cmd->verb = IMAP_V_NONE;
		lex_fail(&l, "unknown command");
		bad = IMAP_UNKNOWN;
		goto fail;
	}
	if (verbs[cmd->verb].fn(&l, cmd) && lex_end(&l))
		return IMAP_OK;
fail:
	*why = l.why;
	return bad;
}
