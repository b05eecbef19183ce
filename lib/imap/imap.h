/*
 * IMAP4rev1 and IMAP4rev2 (RFC 3501, RFC 9051) as bytes in, structs and bytes out: a parser of
 * complete commands (reader.h cuts the input into them), the algebra of sequence sets, mailbox
 * names, list patterns, and the formatter of response data. No sockets, no clock, no store.
 *
 * SECURITY: every byte comes from anybody who can connect. Sizes are limited (LIM_IMAP_*) before
 * they reach an allocator, recursion is limited, costs are linear in the input.
 */
#ifndef MOX_IMAP_IMAP_H
#define MOX_IMAP_IMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"

/* ---- Commands. imap_parse has one function for each. */
/* clang-format off */
#define IMAP_VERBS(X)                                                                              \
	X(CAPABILITY) X(NOOP) X(LOGOUT) X(ID) X(STARTTLS) X(AUTHENTICATE) X(LOGIN) X(ENABLE)       \
	X(SELECT) X(EXAMINE) X(CREATE) X(DELETE) X(RENAME) X(SUBSCRIBE) X(UNSUBSCRIBE) X(LIST)     \
	X(LSUB) X(NAMESPACE) X(STATUS) X(APPEND) X(IDLE) X(CHECK) X(CLOSE) X(UNSELECT) X(EXPUNGE)  \
	X(SEARCH) X(FETCH) X(STORE) X(COPY) X(MOVE)

enum imap_verb {
	IMAP_V_NONE,
#define X(id) IMAP_V_##id,
	IMAP_VERBS(X)
#undef X
	IMAP_V_COUNT
};
/* clang-format on */
const char *imap_verb_name(enum imap_verb v);

/* ---- Sets of message numbers or UIDs (RFC 9051 sequence-set). */
enum { IMAP_STAR = 0 }; /* "*" before imap_set_resolve */
struct imap_range {
	uint32_t lo, hi;
};
struct imap_set {
	struct imap_range *v;
	unsigned n;
	bool saved; /* "$": the result of SEARCH RETURN (SAVE), RFC 5182 */
};
/* Replace "*" by `max`, order, merge. With max 0 a range with "*" vanishes. */
void imap_set_resolve(struct imap_set *s, uint32_t max);
/* The same for numbers: those above `max` are refused (-1), but ranges with "*" are clipped. */
int imap_set_resolve_seq(struct imap_set *s, uint32_t max) __attribute__((warn_unused_result));
/* In a resolved set. */
bool imap_set_has(const struct imap_set *s, uint32_t n);
/* Append to an array of ranges kept in `b` (struct imap_range each), joining neighbours. */
void imap_ranges_add(struct buf *b, uint32_t n);
struct imap_set imap_ranges_set(const struct buf *b);
/* "1:3,7" */
void imap_put_set(struct buf *b, const struct imap_set *s);

/* ---- Flags. Bits in the order of the store's. */
enum {
	IMAP_FLAG_SEEN = 1 << 0,
	IMAP_FLAG_ANSWERED = 1 << 1,
	IMAP_FLAG_FLAGGED = 1 << 2,
	IMAP_FLAG_DELETED = 1 << 3,
	IMAP_FLAG_DRAFT = 1 << 4,
	IMAP_FLAG_FORWARDED = 1 << 5,
	IMAP_FLAG_JUNK = 1 << 6,
	IMAP_FLAG_NOTJUNK = 1 << 7,
	IMAP_FLAG_PHISHING = 1 << 8,
	IMAP_FLAG_MDNSENT = 1 << 9,
	IMAP_NFLAGS = 10,
};
struct imap_flags {
	uint32_t sys;
	struct str *kw; /* other keywords, as given */
	unsigned nkw;
};
/* Name of bit i: "\\Seen", "$Forwarded". */
struct str imap_flag_name(unsigned i);
/* Bit of a keyword that is one of ours; 0 for others. */
uint32_t imap_flag_find(struct str keyword);

/* ---- FETCH */
enum imap_att {
	IMAP_ATT_UID,
	IMAP_ATT_FLAGS,
	IMAP_ATT_INTERNALDATE,
	IMAP_ATT_SIZE,
	IMAP_ATT_ENVELOPE,
	IMAP_ATT_BODY,
	IMAP_ATT_BODYSTRUCTURE, /* the first ones are single bits of a mask */
	IMAP_ATT_SECTION,
	IMAP_ATT_BINARY,
	IMAP_ATT_BINARY_SIZE,
};
enum imap_text {
	IMAP_TEXT_ALL,
	IMAP_TEXT_HEADER,
	IMAP_TEXT_FIELDS,
	IMAP_TEXT_FIELDS_NOT,
	IMAP_TEXT_TEXT,
	IMAP_TEXT_MIME
};
struct imap_section {
	struct imap_section *next;
	enum imap_att att; /* SECTION, BINARY or BINARY_SIZE */
	enum imap_text text;
	bool peek, partial;
	uint64_t off, len; /* partial */
	uint32_t *path;	   /* part numbers */
	unsigned npath;
	struct str *fields; /* sorted by str_cmpi */
	unsigned nfields;
	struct str label; /* as in the response: "BODY[1.MIME]<0>", "RFC822" */
};
struct imap_fetch {
	uint32_t atts; /* 1 << enum imap_att of those without section */
	struct imap_section *sections;
};

/* ---- SEARCH */
enum imap_key {
	IMAP_K_AND,
	IMAP_K_OR,
	IMAP_K_NOT,
	IMAP_K_ALL,
	IMAP_K_SET,
	IMAP_K_UID,
	IMAP_K_FLAG,
	IMAP_K_KEYWORD,
	IMAP_K_NEW,
	IMAP_K_OLD,
	IMAP_K_RECENT,
	IMAP_K_BEFORE,
	IMAP_K_ON,
	IMAP_K_SINCE,
	IMAP_K_SENTBEFORE,
	IMAP_K_SENTON,
	IMAP_K_SENTSINCE,
	IMAP_K_LARGER,
	IMAP_K_SMALLER,
	IMAP_K_HEADER,
	IMAP_K_BODY,
	IMAP_K_TEXT,
};
struct imap_search_key {
	enum imap_key key;
	struct imap_search_key *child, *next; /* operands of AND, OR, NOT */
	struct imap_set set;
	uint64_t num;	  /* LARGER, SMALLER, flag bit of FLAG */
	int64_t day;	  /* days since 1970 of a date */
	struct str field; /* HEADER; FROM and kin are HEADER too */
	struct str s;	  /* as sent, in `charset` */
	unsigned index;	  /* number of the key among those with text; for the evaluator */
};
enum {
	IMAP_RET_MIN = 1,
	IMAP_RET_MAX = 2,
	IMAP_RET_ALL = 4,
	IMAP_RET_COUNT = 8,
	IMAP_RET_SAVE = 16
};
struct imap_search {
	bool has_return;
	uint32_t ret;	    /* RETURN () gives IMAP_RET_ALL */
	struct str charset; /* empty: UTF-8 */
	struct imap_search_key *root;
	unsigned ntext; /* HEADER, BODY, TEXT keys */
};

/* ---- LIST, STATUS */
enum {
	IMAP_ST_MESSAGES = 1,
	IMAP_ST_RECENT = 2,
	IMAP_ST_UIDNEXT = 4,
	IMAP_ST_UIDVALIDITY = 8,
	IMAP_ST_UNSEEN = 16,
	IMAP_ST_DELETED = 32,
	IMAP_ST_SIZE = 64,
	IMAP_ST_APPENDLIMIT = 128,
};
enum { IMAP_SEL_SUBSCRIBED = 1, IMAP_SEL_REMOTE = 2, IMAP_SEL_RECURSIVE = 4, IMAP_SEL_SPECIAL = 8 };
enum {
	IMAP_LRET_SUBSCRIBED = 1,
	IMAP_LRET_CHILDREN = 2,
	IMAP_LRET_SPECIAL = 4,
	IMAP_LRET_STATUS = 8
};
/* Special uses (RFC 6154), in the order of the store's bits. */
enum {
	IMAP_SPECIAL_ARCHIVE = 1,
	IMAP_SPECIAL_DRAFTS = 2,
	IMAP_SPECIAL_JUNK = 4,
	IMAP_SPECIAL_SENT = 8,
	IMAP_SPECIAL_TRASH = 16,
	IMAP_NSPECIAL = 5,
	IMAP_SPECIAL_UNKNOWN = 1 << 30, /* one that RFC 6154 or others know and we do not */
};
struct str imap_special_name(unsigned i); /* of bit i: "\Archive" */
struct imap_list {
	bool extended;
	uint32_t select, ret, status;
	struct str reference;
	struct str *patterns;
	unsigned npatterns;
};

/* ---- A parsed command. All strings are in the arena; mailbox names are UTF-8. */
struct imap_cmd {
	struct str tag;
	enum imap_verb verb;
	bool uid; /* UID FETCH, STORE, COPY, MOVE, SEARCH, EXPUNGE */
	struct imap_set set;
	struct str mailbox, mailbox2;
	struct str user, password; /* LOGIN */
	struct str mech, initial;  /* AUTHENTICATE; initial is base64 or "=" */
	bool has_initial;
	struct str *words; /* ENABLE; ID: pairs, value p NULL for NIL */
	unsigned nwords;
	uint32_t status;
	uint32_t special; /* CREATE ... (USE (...)): IMAP_SPECIAL_* */
	struct imap_list list;
	struct imap_flags flags; /* STORE, APPEND */
	char store_op;		 /* '=', '+', '-' */
	bool silent;
	bool has_date;
	int64_t date;	  /* APPEND: seconds since 1970 */
	uint64_t literal; /* APPEND: size of the message */
	struct imap_fetch fetch;
	struct imap_search search;
};

enum imap_verdict {
	IMAP_OK,
	IMAP_BAD,     /* syntax: *why says what was expected */
	IMAP_UNKNOWN, /* no such command */
};
/* Parse a complete command. `utf8`: mailbox names are UTF-8 (after ENABLE IMAP4rev2), else modified
 * UTF-7, where 8-bit names are taken as UTF-8. Tag and verb are set as far as they could be read.
 * Everything is made in `a`; a command that needs more than LIM_IMAP_ARENA, or than `a` has, is
 * BAD.
 */
enum imap_verdict imap_parse(struct str text, bool utf8, struct arena *a, struct imap_cmd *cmd,
			     const char **why) __attribute__((warn_unused_result));
/* Does this beginning of a command end in the message literal of an APPEND? 1 yes, 0 no, -1: it is
 * an APPEND that is malformed. `text` ends in "{n}\r\n". */
int imap_append_check(struct str text);

/* ---- Names */
/* Modified UTF-7 (RFC 3501 5.1.3) to UTF-8 and back. -1: not in that form, or superfluous shifts.
 */
int imap_utf7_get(struct str s, struct buf *out) __attribute__((warn_unused_result));
void imap_utf7_put(struct str utf8, struct buf *out);
/* "*" and "%" with "/" as separator; "inbox" as first element in any case. */
bool imap_pattern_match(struct str pattern, struct str name);

/* ---- Writing. Strings are quoted where possible, else literals. */
void imap_put_string(struct buf *b, struct str s, bool utf8);
/* A mailbox name as the client reads it: UTF-8 or modified UTF-7, quoted; INBOX in capitals. */
void imap_put_mailbox(struct buf *b, struct str name, bool utf8);
/* An atom where possible, else a string. */
void imap_put_astring(struct buf *b, struct str s, bool utf8);
/* "21-Nov-2026 10:44:00 +0000" with quotes. */
void imap_put_date(struct buf *b, int64_t t);
void imap_put_u32(struct buf *b, uint32_t v);
/* System flags and keywords that are ours, separated by spaces, no parentheses. */
void imap_put_flags(struct buf *b, uint32_t sys);

#endif
