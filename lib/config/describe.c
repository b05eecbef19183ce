/* The commented samples and the list of keys, from the schema. */
#include "config/schema.h"

#define WIDTH 80
#define TAB 8

static void
put_tabs(struct buf *out, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		buf_putc(out, '\t');
}

/* `text` as comment lines that end before column WIDTH. */
static void
put_comment(struct buf *out, struct str text, unsigned depth)
{
	size_t room = WIDTH - 2 - TAB * depth, used = 0;

	while (text.n > 0) {
		struct str word = str_cut(text, ' ', &text);

		if (used > 0 && used + 1 + word.n > room) {
			buf_putc(out, '\n');
			used = 0;
		}
		if (used == 0) {
			put_tabs(out, depth);
			buf_putc(out, '#');
		}
		buf_putc(out, ' ');
		buf_putstr(out, word);
		used += word.n + 1;
	}
	buf_putc(out, '\n');
}

static void
put_help(struct buf *out, const struct cfg_row *row, unsigned depth)
{
	char space[1024];
	struct buf b = { .p = space, .cap = sizeof(space), .max = sizeof(space) };

	buf_puts(&b, row->help);
	if (!(row->flags & CFG_REQ))
		buf_puts(&b, " (optional)");
	if (row->flags & CFG_RESTART)
		buf_puts(&b, " (needs a restart)");
	put_comment(out, buf_str(&b), depth);
}

static void describe_section(const struct cfg_table *t, unsigned depth, struct buf *out);

/* The lines below the key of a list or a map of plain values: the example, split at ", ". */
static void
describe_many(const struct cfg_row *row, unsigned depth, struct buf *out)
{
	struct str rest = str_c(row->def);

	while (rest.n > 0) {
		put_tabs(out, depth);
		if (cfg_type_is_list(row->type))
			buf_puts(out, "- ");
		buf_putstr(out, str_trim(str_cut(rest, ',', &rest)));
		buf_putc(out, '\n');
	}
}

static void
describe_row(const struct cfg_row *row, unsigned depth, struct buf *out)
{
	bool many = cfg_type_is_list(row->type) || cfg_type_is_map(row->type);

	put_help(out, row, depth);
	/* A list without example would be empty, which can't be written. */
	if (many && row->def[0] == '\0') {
		put_tabs(out, depth);
		buf_printf(out, "# %s:\n", row->name);
		put_tabs(out, depth);
		buf_puts(out, cfg_type_is_list(row->type) ? "#\t- value\n" : "#\tkey: value\n");
		return;
	}
	put_tabs(out, depth);
	buf_printf(out, "%s:", row->name);
	if (row->type == CFG_T_INT || row->type == CFG_T_SIZE || row->type == CFG_T_TIME)
		buf_printf(out, " %s", row->def[0] != '\0' ? row->def : "0");
	else if (!many && !cfg_type_is_section(row->type))
		buf_printf(out, "%s%s", row->def[0] != '\0' ? " " : "", row->def);
	buf_putc(out, '\n');
	if (many)
		describe_many(row, depth + 1, out);
	if (row->type == CFG_T_STRUCT)
		describe_section(row->sub(), depth + 1, out);
	if (row->type == CFG_T_MAP || row->type == CFG_T_LIST) {
		put_tabs(out, depth + 1);
		buf_printf(out, "%s\n", row->type == CFG_T_LIST ? "-" : "");
		if (row->type == CFG_T_MAP) {
			buf_truncate(out, out->n - 1);
			buf_printf(out, "%s:\n", row->def);
		}
		describe_section(row->sub(), depth + 2, out);
	}
}

static void
describe_section(const struct cfg_table *t, unsigned depth, struct buf *out)
{
	bool first = true;

	for (size_t i = 0; i < t->n; i++) {
		if (t->rows[i].type == CFG_T_LATER)
			continue;
		if (!first)
			buf_putc(out, '\n');
		first = false;
		describe_row(&t->rows[i], depth, out);
	}
}

void
config_describe_static(struct buf *out)
{
	buf_puts(out, "# mox.conf: every key of the static part of the configuration, with its "
		      "default or an\n"
		      "# example. See mox.conf(5).\n"
		      "#\n"
		      "# Lines are indented with tabs, one for each level. A comment is a line of "
		      "its own.\n"
		      "# Check with: mox config test\n\n");
	describe_section(cfg_table_mox(), 0, out);
}

void
config_describe_domains(struct buf *out)
{
	buf_puts(out,
		 "# domains.conf: every key of the dynamic part of the configuration, with its "
		 "default\n"
		 "# or an example. See domains.conf(5).\n"
		 "#\n"
		 "# Lines are indented with tabs, one for each level. A comment is a line of "
		 "its own.\n"
		 "# Check with: mox config test. Apply with: mox reload\n\n");
	describe_section(cfg_table_domains(), 0, out);
}

/* ---- for the manual */

static const char *
type_name(const struct cfg_row *row)
{
	switch (row->type) {
	case CFG_T_BOOL:
		return "True or false";
	case CFG_T_INT:
		return "Number";
	case CFG_T_SIZE:
		return "Number of bytes; k, m or g behind it multiply by 1024 once, twice or "
		       "three times";
	case CFG_T_TIME:
		return "Duration";
	case CFG_T_PATH:
		return "Path";
	case CFG_T_HOST:
		return "Domain name";
	case CFG_T_LEVEL:
		return "Level";
	case CFG_T_MAILBOX:
		return "Name of a mailbox";
	case CFG_T_STRS:
	case CFG_T_MAILBOXES:
		return "List of texts";
	case CFG_T_IPS:
		return "List of IP addresses";
	case CFG_T_LEVELS:
		return "Map of levels";
	case CFG_T_INTS:
		return "Map of numbers";
	case CFG_T_STRUCT:
		return "Section";
	case CFG_T_MAP:
		return "Map of sections";
	case CFG_T_LIST:
		return "List of sections";
	default:
		return "Text";
	}
}

/* One sentence a line, as mdoc wants it. */
static void
put_sentences(struct buf *out, struct str text)
{
	ssize_t at;

	while ((at = str_find(text, STR(". "))) >= 0) {
		buf_putstr(out, str_sub(text, 0, (size_t)at + 1));
		buf_putc(out, '\n');
		text = str_from(text, (size_t)at + 2);
	}
	buf_putstr(out, text);
	buf_putc(out, '\n');
}

static void
mdoc_section(const struct cfg_table *t, const char *prefix, struct buf *out)
{
	char name[256];

	for (size_t i = 0; i < t->n; i++) {
		const struct cfg_row *row = &t->rows[i];

		if (row->type == CFG_T_LATER)
			continue;
		snprintf(name, sizeof(name), "%s%s%s", prefix, prefix[0] != '\0' ? "." : "",
			 row->name);
		buf_printf(out, ".It Ic %s\n%s", name, type_name(row));
		if (row->flags & CFG_REQ)
			buf_puts(out, ", required");
		if (cfg_row_default(row)[0] != '\0')
			buf_printf(out, ", default %s", cfg_row_default(row));
		buf_puts(out, row->flags & CFG_RESTART ? ", needs a restart.\n" : ".\n");
		put_sentences(out, str_c(row->help));
		if (row->sub != NULL)
			mdoc_section(row->sub(), name, out);
	}
}

void
config_describe_mdoc(bool domains, struct buf *out)
{
	buf_puts(out, ".Bl -tag -width Ds\n");
	mdoc_section(domains ? cfg_table_domains() : cfg_table_mox(), "", out);
	buf_puts(out, ".El\n");
}
