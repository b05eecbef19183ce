/*
 * mox.def and domains.def as tables: what the generic code of this module (parse, filter, describe)
 * walks over. Not for other modules.
 */
#ifndef MOX_CONFIG_SCHEMA_H
#define MOX_CONFIG_SCHEMA_H

#include "config/config.h"
#include "config/sconf.h"

enum cfg_type {
	CFG_T_BOOL,
	CFG_T_INT,
	CFG_T_SIZE,
	CFG_T_TIME,
	CFG_T_STR,
	CFG_T_PATH,
	CFG_T_HOST,
	CFG_T_LEVEL,
	CFG_T_TLSVER,
	CFG_T_DKIMHASH,
	CFG_T_MAILBOX,
	CFG_T_STRS,
	CFG_T_IPS,
	CFG_T_MAILBOXES,
	CFG_T_LEVELS,
	CFG_T_INTS,
	CFG_T_STRUCT,
	CFG_T_MAP,
	CFG_T_LIST,
	CFG_T_LATER, /* known to mox, absent here */
};

enum { CFG_REQ = 1, CFG_RESTART = 2, CFG_EXAMPLE = 4 };

struct cfg_table;
typedef const struct cfg_table *cfg_table_fn(void);

struct cfg_row {
	const char *name;
	enum cfg_type type;
	unsigned flags;
	size_t off;	   /* of the member */
	cfg_table_fn *sub; /* STRUCT, MAP, LIST */
	const char *def;   /* default, or example */
	int64_t min, max;
	uint32_t roles;
	const char *help;
};

struct cfg_table {
	const struct cfg_row *rows;
	size_t n;
	size_t size; /* of the struct */
};

/* What every section's struct begins with. */
struct cfg_head {
	bool set;
	struct str key;
	const struct sconf_node *node;
};
/* MAP and LIST members. */
struct cfg_array {
	void *v;
	size_t n;
};

const struct cfg_table *cfg_table_mox(void);
const struct cfg_table *cfg_table_domains(void);
/* NULL. */
const struct cfg_row *cfg_row_find(const struct cfg_table *t, struct str name);
/* "" when there is none. */
const char *cfg_row_default(const struct cfg_row *row);
/* Element type of list and map types; the type itself for scalars. */
enum cfg_type cfg_type_elem(enum cfg_type t);
static inline bool
cfg_type_is_list(enum cfg_type t)
{
	return t == CFG_T_STRS || t == CFG_T_IPS || t == CFG_T_MAILBOXES;
}
static inline bool
cfg_type_is_map(enum cfg_type t)
{
	return t == CFG_T_LEVELS || t == CFG_T_INTS;
}
static inline bool
cfg_type_is_section(enum cfg_type t)
{
	return t == CFG_T_STRUCT || t == CFG_T_MAP || t == CFG_T_LIST;
}

/* One value of a scalar type (for lists and maps: of an element) into *out, of the C type. An empty
 * value, or 0 for a number, is the default where there is one. -1 with what was expected. */
int cfg_value_parse(const struct cfg_row *row, struct str s, struct arena *a, void *out,
		    struct err *e);

/* Collects the problems of a configuration. */
struct cfg_problems {
	struct buf *all; /* may be NULL */
	struct err *first;
	const char *mox_name, *domains_name;
	const struct sconf_node *mox_top; /* to tell the files apart */
	unsigned n;
};
/* "file:line: A.b.C: text". `node` NULL: no position. `key` may be NULL. */
void cfg_problem(struct cfg_problems *p, const struct sconf_node *node, const char *key,
		 const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* The key `key` below a section, to report there; the section itself when it isn't there. */
void cfg_problem_key(struct cfg_problems *p, const struct sconf_node *section, const char *key,
		     const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Rules over several keys; files only, not filtered texts. `files` as in config_load. */
void cfg_check(const struct config *c, const struct config_check_files *files,
	       struct cfg_problems *p);
/* A-labels, defaults that depend, the index of addresses. */
void cfg_finish(struct config *c, struct cfg_problems *p);

#endif
