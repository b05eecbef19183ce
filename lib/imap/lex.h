/*
 * Tokens of RFC 9051 9, for the parsers of this module only. Every lex_* call consumes what it
 * reads and returns true, or sets `why` (the first fault wins) and returns false.
 */
#ifndef MOX_IMAP_LEX_H
#define MOX_IMAP_LEX_H

#include "imap/imap.h"

struct lex {
	const char *p, *end;
	struct arena *a;
	bool utf8;
	const char *why;
};

bool lex_fail(struct lex *l, const char *why);
/* NULL past the arena's ceiling, with `why` set. */
void *lex_alloc(struct lex *l, size_t n, size_t size);
bool lex_dup(struct lex *l, struct str s, struct str *out);

static inline int
lex_peek(const struct lex *l)
{
	return l->p < l->end ? (unsigned char)*l->p : -1;
}
static inline bool
lex_try(struct lex *l, char c)
{
	if (lex_peek(l) != (unsigned char)c)
		return false;
	l->p++;
	return true;
}
bool lex_char(struct lex *l, char c);
bool lex_sp(struct lex *l);
bool lex_end(struct lex *l); /* CRLF and nothing more */
/* The next bytes are `word` in any case, followed by no atom character. Consumes on success only;
 * no fault otherwise. */
bool lex_try_word(struct lex *l, const char *word);
/* Bytes are borrowed from the input. atom: 1*ATOM-CHAR. */
bool lex_atom(struct lex *l, struct str *s);
bool lex_tag(struct lex *l, struct str *s);
/* Letters, digits, "." and "-": command, item, key names. May be empty. */
struct str lex_word(struct lex *l);
/* quoted or literal; copied when it holds escapes, else borrowed. */
bool lex_string(struct lex *l, struct str *s);
bool lex_nstring(struct lex *l, struct str *s); /* NIL: p is NULL */
bool lex_astring(struct lex *l, struct str *s);
bool lex_list_mailbox(struct lex *l, struct str *s); /* as sent, not decoded */
/* Decoded to UTF-8, INBOX as "Inbox". */
bool lex_mailbox(struct lex *l, struct str *s);
bool lex_mailbox_decode(struct lex *l, struct str raw, struct str *s);
bool lex_u64(struct lex *l, uint64_t max, uint64_t *v);
bool lex_nz32(struct lex *l, uint32_t *v);
bool lex_set(struct lex *l, struct imap_set *s);
bool lex_flag_list(struct lex *l, struct imap_flags *f); /* parenthesised */
bool lex_flags(struct lex *l, struct imap_flags *f);	 /* with or without parentheses */
bool lex_day(struct lex *l, int64_t *day);		 /* date, quotes allowed */
bool lex_date_time(struct lex *l, int64_t *t);

/* parse_fetch.c, parse_search.c */
bool parse_fetch_atts(struct lex *l, struct imap_fetch *f);
bool parse_search(struct lex *l, struct imap_search *s);

#endif
