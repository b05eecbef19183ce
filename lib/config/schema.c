/* The schema as tables; the text is in mox.def and domains.def. */
#include "config/schema.h"

#include <assert.h>

#include "base/mem.h"

#define REQ CFG_REQ
#define RESTART CFG_RESTART
#define EXAMPLE CFG_EXAMPLE
#define ALL UINT32_MAX
#define R(x) ROLE_BIT(ROLE_##x)

#define KEY(member, name, type, flags, def, min, max, roles, help)                                 \
	{ name, CFG_T_##type, flags, offsetof(T, member), NULL, def, min, max, roles, help },
#define SUB(member, name, kind, type, flags, example, roles, help)                                 \
	{ name, CFG_T_##kind, flags, offsetof(T, member), cfg_table_##type, example, 0,            \
	  0,	roles,	      help },
#define LATER(name) { name, CFG_T_LATER, 0, 0, NULL, "", 0, 0, 0, "" },

/* A function for each table, so that T can name its struct. */
#define SECTION_BEGIN(type)                                                                        \
	static cfg_table_fn cfg_table_##type __attribute__((unused));                              \
	static const struct cfg_table *cfg_table_##type(void)                                      \
	{                                                                                          \
		typedef struct cfg_##type T;                                                       \
		static_assert(offsetof(T, set) == offsetof(struct cfg_head, set), "head");         \
		static_assert(offsetof(T, key) == offsetof(struct cfg_head, key), "head");         \
		static_assert(offsetof(T, node) == offsetof(struct cfg_head, node), "head");       \
		static const struct cfg_row rows[] = {
#define SECTION_END(type)                                                                          \
	}                                                                                          \
	;                                                                                          \
	static const struct cfg_table t = { rows, ARRAY_LEN(rows), sizeof(T) };                    \
	return &t;                                                                                 \
	}
#define cfg_table_mox cfg_table_mox_
#define cfg_table_domains cfg_table_domains_
#include "config/mox.def"
#include "config/domains.def"
#undef cfg_table_mox
#undef cfg_table_domains

const struct cfg_table *
cfg_table_mox(void)
{
	return cfg_table_mox_();
}

const struct cfg_table *
cfg_table_domains(void)
{
	return cfg_table_domains_();
}

const struct cfg_row *
cfg_row_find(const struct cfg_table *t, struct str name)
{
	for (size_t i = 0; i < t->n; i++)
		if (str_eq(str_c(t->rows[i].name), name))
			return &t->rows[i];
	return NULL;
}

const char *
cfg_row_default(const struct cfg_row *row)
{
	return (row->flags & (CFG_REQ | CFG_EXAMPLE)) || cfg_type_elem(row->type) != row->type ||
			       cfg_type_is_list(row->type) || cfg_type_is_section(row->type)
		       ? ""
		       : row->def;
}

enum cfg_type
cfg_type_elem(enum cfg_type t)
{
	switch (t) {
	case CFG_T_STRS:
		return CFG_T_STR;
	case CFG_T_IPS:
		return CFG_T_IPS;
	case CFG_T_MAILBOXES:
		return CFG_T_MAILBOX;
	case CFG_T_LEVELS:
		return CFG_T_LEVEL;
	case CFG_T_INTS:
		return CFG_T_INT;
	default:
		return t;
	}
}
