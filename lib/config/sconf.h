/*
 * The sconf format, without any schema: a tree of lines that keeps comments, empty lines, order and
 * line numbers, so that a file can be edited and written back with nothing else changed. Not for
 * meaning (config.h) and not for files.
 *
 *   # comment, at any indentation
 *   Key: value
 *   Section:
 *   <tab>Key: value
 *   List:
 *   <tab>- value
 *   <tab>-
 *   <tab><tab>Key: value
 *
 * SECURITY: reads what the operator wrote and, in daemons, what master filtered. Worst case of a
 * malformed file is an error with its line.
 */
#ifndef MOX_CONFIG_SCONF_H
#define MOX_CONFIG_SCONF_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum sconf_kind {
	SCONF_KEY,  /* "Key: value", or "Key:" with children */
	SCONF_ITEM, /* "- value", or "-" with children */
	SCONF_COMMENT,
	SCONF_BLANK,
};

struct sconf_node {
	enum sconf_kind kind;
	struct str key;	  /* SCONF_KEY */
	struct str value; /* SCONF_KEY and SCONF_ITEM, "" when there is none */
	struct str raw;	  /* the line as read; STR_NONE for what was made or changed here */
	unsigned line;	  /* from 1; 0 for what was made here */
	bool has_items;	  /* the children are items */
	struct sconf_node *up, *first, *last, *next, *prev;
};

struct sconf {
	struct arena *arena;   /* borrowed */
	struct sconf_node top; /* a section without a line */
	unsigned bad_line;     /* where parsing failed */
};

/* Parse `text`; the tree borrows from it and lives in `a`. -1 with EC_SYNTAX or EC_LIMIT: the
 * message has no position, s->bad_line has it. Refuses what mox refuses: spaces as indentation, too
 * deep a line, lines of blanks only, a missing space behind the colon, the same key twice; further:
 * control characters (a CR at the line's end among them), and what is not UTF-8. */
int sconf_parse(struct sconf *s, struct arena *a, struct str text, struct err *e)
	__attribute__((warn_unused_result));
/* The text of the tree. Lines that were read come out as they were, the last with a newline. */
void sconf_write(const struct sconf *s, struct buf *out);
/* Likewise, but every line is formatted anew; comments keep only their text. */
void sconf_format(const struct sconf *s, struct buf *out);
/* One node with all below it, formatted at `depth` tabs. */
void sconf_format_node(const struct sconf_node *n, unsigned depth, struct buf *out);

/* The first child that is a key or item, and the next such sibling; NULL at the end. */
struct sconf_node *sconf_first(const struct sconf_node *n);
struct sconf_node *sconf_next(const struct sconf_node *n);
/* The child with this key; NULL. */
struct sconf_node *sconf_find(const struct sconf_node *section, struct str key);

/* Make a node that is in no section yet. Strings are copied to the arena. EC_SYNTAX when the key or
 * value can't be written in this format (a colon or line end in a key, a line end or control
 * character). */
struct sconf_node *sconf_new_key(struct sconf *s, struct str key, struct str value, struct err *e);
struct sconf_node *sconf_new_item(struct sconf *s, struct str value, struct err *e);
struct sconf_node *sconf_new_blank(struct sconf *s);
/* Put `n` behind the last key or item of `section` (comments at its end stay at its end). A value
 * that the section had is dropped. */
void sconf_append(struct sconf_node *section, struct sconf_node *n);
int sconf_set_value(struct sconf *s, struct sconf_node *n, struct str value, struct err *e)
	__attribute__((warn_unused_result));
/* Take out a node, with the comments directly above it at its own indentation. Comments that are
 * left in a section without keys move up to where the section was, and the section goes as well
 * (repeated upwards), since an empty one can't be written. */
void sconf_remove(struct sconf *s, struct sconf_node *n);

#endif
