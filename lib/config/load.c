/*
 * Texts to struct config: walks the tree of lines along the schema. Every problem is noted with its
 * place, and parsing goes on, so that one run shows them all.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "config/schema.h"

/* An arena's ceiling; a tree of LIM_CONF_SIZE bytes of the shortest lines stays below it. */
#define CONF_ARENA ((size_t)1 << 30)

struct loader {
	struct config *c;
	struct cfg_problems *p;
	bool partial; /* a filtered text: required keys may be absent */
};

static void parse_section(struct loader *l, const struct cfg_table *t,
			  const struct sconf_node *node, void *out);

/* ---- problems */

static void
put_path(struct buf *b, const struct sconf_node *n)
{
	if (n == NULL || n->up == NULL)
		return;
	put_path(b, n->up);
	if (n->kind == SCONF_KEY) {
		if (b->n > 0)
			buf_putc(b, '.');
		buf_putstr(b, n->key);
	}
}

static void
problem_v(struct cfg_problems *p, const struct sconf_node *node, const char *key, const char *fmt,
	  va_list ap)
{
	const struct sconf_node *top = node, *at = node;
	struct buf line, path;
	const char *file;

	if (p->n++ >= LIM_CONF_PROBLEMS)
		return;
	while (top != NULL && top->up != NULL)
		top = top->up;
	/* Items have no name of their own: their section's. */
	file = top == NULL || top == p->mox_top ? p->mox_name : p->domains_name;
	buf_init(&line, 4096);
	buf_init(&path, 1024);
	put_path(&path, node);
	if (key != NULL) {
		if (path.n > 0)
			buf_putc(&path, '.');
		buf_puts(&path, key);
	}
	buf_puts(&line, file);
	if (at != NULL && at->line > 0)
		buf_printf(&line, ":%u", at->line);
	buf_puts(&line, ": ");
	if (path.n > 0) {
		buf_putstr(&line, buf_str(&path));
		buf_puts(&line, ": ");
	}
	buf_vprintf(&line, fmt, ap);
	err_set(p->first, EC_SYNTAX, "%s", buf_c(&line));
	if (p->all != NULL) {
		buf_putstr(p->all, buf_str(&line));
		buf_putc(p->all, '\n');
	}
	buf_done(&line);
	buf_done(&path);
}

void
cfg_problem(struct cfg_problems *p, const struct sconf_node *node, const char *key, const char *fmt,
	    ...)
{
	va_list ap;

	va_start(ap, fmt);
	problem_v(p, node, key, fmt, ap);
	va_end(ap);
}

void
cfg_problem_key(struct cfg_problems *p, const struct sconf_node *section, const char *key,
		const char *fmt, ...)
{
	const struct sconf_node *n = section != NULL ? sconf_find(section, str_c(key)) : NULL;
	va_list ap;

	va_start(ap, fmt);
	problem_v(p, n != NULL ? n : section, n != NULL ? NULL : key, fmt, ap);
	va_end(ap);
}

/* ---- values */

static size_t
count_entries(const struct sconf_node *n)
{
	size_t k = 0;

	for (const struct sconf_node *c = sconf_first(n); c != NULL; c = sconf_next(c))
		k++;
	return k;
}

static size_t
elem_size(enum cfg_type t)
{
	return t == CFG_T_INTS	   ? sizeof(struct cfg_int)
	       : t == CFG_T_LEVELS ? sizeof(struct cfg_pair)
				   : sizeof(struct str);
}

/* Lists of texts, and maps of texts or numbers. */
static void
parse_many(struct loader *l, const struct cfg_row *row, const struct sconf_node *node, void *out)
{
	struct cfg_array *array = out;
	size_t size = elem_size(row->type);
	struct err e = ERR_INIT;
	char *v;

	if (node->has_items != cfg_type_is_list(row->type)) {
		cfg_problem(l->p, node, NULL, "expected %s below",
			    node->has_items ? "keys" : "a list");
		return;
	}
	v = arena_alloc(l->c->arena, count_entries(node) * size);
	array->v = v;
	array->n = 0;
	for (const struct sconf_node *n = sconf_first(node); n != NULL; n = sconf_next(n)) {
		void *value = v;

		if (sconf_first(n) != NULL) {
			cfg_problem(l->p, n, NULL, "takes a value, not lines below it");
			continue;
		}
		if (cfg_type_is_map(row->type)) {
			static_assert(offsetof(struct cfg_int, key) == 0, "key first");
			static_assert(offsetof(struct cfg_pair, key) == 0, "key first");
			*(struct str *)(void *)v = n->key;
			value = v + (row->type == CFG_T_INTS ? offsetof(struct cfg_int, value)
							     : offsetof(struct cfg_pair, value));
		}
		err_clear(&e);
		if (cfg_value_parse(row, n->value, l->c->arena, value, &e) < 0) {
			cfg_problem(l->p, n, NULL, "%s", e.msg);
			continue;
		}
		array->n++;
		v += size;
	}
}

/* A map or a list of sections. */
static void
parse_sections(struct loader *l, const struct cfg_row *row, const struct sconf_node *node,
	       void *out)
{
	const struct cfg_table *t = row->sub();
	struct cfg_array *array = out;
	char *v;

	if (node->has_items != (row->type == CFG_T_LIST)) {
		cfg_problem(l->p, node, NULL, "expected %s below",
			    node->has_items ? "keys" : "a list");
		return;
	}
	array->n = count_entries(node);
	array->v = v = arena_alloc(l->c->arena, array->n * t->size);
	for (const struct sconf_node *n = sconf_first(node); n != NULL;
	     n = sconf_next(n), v += t->size) {
		((struct cfg_head *)(void *)v)->key = n->key;
		/* `nil`: the section with nothing in it. */
		if (sconf_first(n) == NULL && row->type == CFG_T_MAP &&
		    !str_eq(n->value, STR("nil")))
			cfg_problem(l->p, n, NULL, "expected nil, or keys on indented lines below");
		else
			parse_section(l, t, n, v);
	}
}

static void
parse_row(struct loader *l, const struct cfg_row *row, const struct sconf_node *n, void *member)
{
	bool wants_lines = cfg_type_is_section(row->type) || cfg_type_is_list(row->type) ||
			   cfg_type_is_map(row->type);
	struct err e = ERR_INIT;

	if (row->type == CFG_T_LATER) {
		cfg_problem(l->p, n, NULL, "this version of mox does not implement this key yet");
	} else if (wants_lines && sconf_first(n) == NULL) {
		cfg_problem(l->p, n, NULL,
			    "needs indented lines below it; leave it out when there are none");
	} else if (!wants_lines && sconf_first(n) != NULL) {
		cfg_problem(l->p, n, NULL, "takes a value, not lines below it");
	} else if (row->type == CFG_T_STRUCT) {
		if (n->has_items)
			cfg_problem(l->p, n, NULL, "expected keys below");
		else
			parse_section(l, row->sub(), n, member);
	} else if (row->type == CFG_T_MAP || row->type == CFG_T_LIST) {
		parse_sections(l, row, n, member);
	} else if (wants_lines) {
		parse_many(l, row, n, member);
	} else if (cfg_value_parse(row, n->value, l->c->arena, member, &e) < 0) {
		cfg_problem(l->p, n, NULL, "%s", e.msg);
	}
}

/* Defaults of a section that is absent, or of its keys before it is read. */
static void
set_defaults(struct loader *l, const struct cfg_table *t, char *out)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct cfg_row *row = &t->rows[i];
		struct err e = ERR_INIT;

		if (row->type == CFG_T_STRUCT) {
			set_defaults(l, row->sub(), out + row->off);
			continue;
		}
		if (row->type >= CFG_T_STRS)
			continue;
		if (row->type >= CFG_T_STR)
			*(struct str *)(void *)(out + row->off) = STR("");
		if (cfg_row_default(row)[0] == '\0')
			continue;
		if (cfg_value_parse(row, str_c(row->def), l->c->arena, out + row->off, &e) < 0)
			cfg_problem(l->p, NULL, row->name, "default: %s", e.msg);
	}
}

static void
parse_section(struct loader *l, const struct cfg_table *t, const struct sconf_node *node, void *out)
{
	struct cfg_head *head = out;

	head->set = true;
	head->node = node;
	set_defaults(l, t, out);
	for (const struct sconf_node *n = sconf_first(node); n != NULL; n = sconf_next(n)) {
		const struct cfg_row *row = cfg_row_find(t, n->key);

		if (row == NULL)
			cfg_problem(l->p, n, NULL, "unknown key");
		else
			parse_row(l, row, n, (char *)out + row->off);
	}
	for (size_t i = 0; i < t->n && !l->partial; i++)
		if ((t->rows[i].flags & CFG_REQ) &&
		    sconf_find(node, str_c(t->rows[i].name)) == NULL)
			cfg_problem(l->p, node, t->rows[i].name, "missing, and must be there");
}

/* ---- texts */

static struct config *
config_new(void)
{
	struct arena *a = arena_new(CONF_ARENA);
	struct config *c = ARENA_NEW(a, struct config);

	c->arena = a;
	c->dir = STR("");
	return c;
}

void
config_free(struct config **c)
{
	struct arena *a;

	if (*c == NULL)
		return;
	a = (*c)->arena;
	*c = NULL;
	arena_free(&a);
}

/* A text's tree, in the arena; NULL with the problem noted. */
static const struct sconf_node *
parse_text(struct config *c, const char *name, struct str text, struct cfg_problems *p)
{
	struct sconf *s = ARENA_NEW(c->arena, struct sconf);
	struct err e = ERR_INIT;

	if (sconf_parse(s, c->arena, arena_str(c->arena, text), &e) == 0)
		return &s->top;
	p->n++;
	err_set(p->first, e.code, "%s:%u: %s", name, s->bad_line, e.msg);
	if (p->all != NULL)
		buf_printf(p->all, "%s:%u: %s\n", name, s->bad_line, e.msg);
	return NULL;
}

static int
finish(struct config **out, struct config *c, const struct cfg_problems *p)
{
	if (p->n > LIM_CONF_PROBLEMS && p->all != NULL)
		buf_printf(p->all, "and %u more\n", p->n - LIM_CONF_PROBLEMS);
	if (p->n > 0) {
		config_free(&c);
		return -1;
	}
	*out = c;
	return 0;
}

static int
parse_both(struct config **out, struct config *c, struct str mox, struct str domains,
	   const struct config_check_files *files, struct cfg_problems *p)
{
	struct loader l = { .c = c, .p = p };
	const struct sconf_node *top_mox = parse_text(c, p->mox_name, mox, p);
	const struct sconf_node *top_domains = parse_text(c, p->domains_name, domains, p);

	p->mox_top = top_mox;
	if (top_mox != NULL)
		parse_section(&l, cfg_table_mox(), top_mox, &c->mox);
	if (top_domains != NULL)
		parse_section(&l, cfg_table_domains(), top_domains, &c->domains);
	/* Rules over several keys make sense only when each key does. */
	if (p->n == 0)
		cfg_finish(c, p);
	if (p->n == 0)
		cfg_check(c, files, p);
	return finish(out, c, p);
}

int
config_parse_files(struct config **c, const char *mox_name, struct str mox,
		   const char *domains_name, struct str domains, struct buf *problems,
		   struct err *e)
{
	struct cfg_problems p = { problems, e, mox_name, domains_name, NULL, 0 };

	return parse_both(c, config_new(), mox, domains, false, &p);
}

int
config_parse(struct config **out, struct str text, struct err *e)
{
	struct cfg_problems p = { NULL, e, "configuration", "configuration", NULL, 0 };
	struct config *c = config_new();
	struct loader l = { .c = c, .p = &p, .partial = true };
	const struct sconf_node *top = parse_text(c, p.mox_name, text, &p), *n;

	if (top == NULL)
		return finish(out, c, &p);
	set_defaults(&l, cfg_table_mox(), (char *)&c->mox);
	set_defaults(&l, cfg_table_domains(), (char *)&c->domains);
	for (n = sconf_first(top); n != NULL; n = sconf_next(n)) {
		if (str_eq(n->key, STR("mox")))
			parse_section(&l, cfg_table_mox(), n, &c->mox);
		else if (str_eq(n->key, STR("domains")))
			parse_section(&l, cfg_table_domains(), n, &c->domains);
		else
			cfg_problem(&p, n, NULL, "unknown key");
	}
	if (p.n == 0)
		cfg_finish(c, &p);
	return finish(out, c, &p);
}

/* ---- files */

int
config_read_file(const char *path, struct buf *out, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	ssize_t n;
	char *p;

	if (fd < 0)
		return err_sys(e, errno == ENOENT ? EC_NOTFOUND : EC_IO, errno, "%s", path);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return err_set(e, EC_IO, "%s: not a regular file", path);
	}
	do {
		if ((p = buf_reserve(out, 65536)) == NULL) {
			close(fd);
			return err_set(e, EC_LIMIT, "%s: larger than %d bytes", path,
				       LIM_CONF_SIZE);
		}
		n = read(fd, p, 65536);
		if (n > 0)
			buf_commit(out, (size_t)n);
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		err_sys(e, EC_IO, errno, "%s", path);
	close(fd);
	return n < 0 ? -1 : 0;
}

int
config_domains_path(const char *path, char out[LIM_PATH], struct err *e)
{
	const char *slash = strrchr(path, '/');
	int dir = slash != NULL ? (int)(slash + 1 - path) : 0;

	if (snprintf(out, LIM_PATH, "%.*sdomains.conf", dir, path) >= LIM_PATH)
		return err_set(e, EC_LIMIT, "path too long");
	return 0;
}

int
config_load(struct config **out, const char *path, const struct config_check_files *files,
	    struct buf *problems, struct err *e)
{
	char domains_name[LIM_PATH];
	struct cfg_problems p = { problems, e, path, domains_name, NULL, 0 };
	struct buf mox, domains;
	struct config *c;
	ssize_t slash;
	int r = -1;

	if (config_domains_path(path, domains_name, e) < 0)
		return -1;
	buf_init(&mox, LIM_CONF_SIZE + 65536);
	buf_init(&domains, LIM_CONF_SIZE + 65536);
	if (config_read_file(path, &mox, e) < 0 ||
	    config_read_file(domains_name, &domains, e) < 0) {
		if (problems != NULL && e != NULL)
			buf_printf(problems, "%s\n", e->msg);
		goto done;
	}
	c = config_new();
	slash = str_rchr(str_c(path), '/');
	c->dir = slash < 0 ? STR(".")
			   : arena_str(c->arena,
				       str_sub(str_c(path), 0, slash > 0 ? (size_t)slash : 1));
	r = parse_both(out, c, buf_str(&mox), buf_str(&domains), files, &p);
done:
	buf_done(&mox);
	buf_done(&domains);
	return r;
}

int
config_path(const struct config *c, struct str path, char out[LIM_PATH], struct err *e)
{
	int n;

	if (path.n > 0 && path.p[0] == '/')
		n = snprintf(out, LIM_PATH, STR_FMT, STR_ARG(path));
	else
		n = snprintf(out, LIM_PATH, STR_FMT "/" STR_FMT, STR_ARG(c->dir), STR_ARG(path));
	if (n >= LIM_PATH)
		return err_set(e, EC_LIMIT, "path too long: " STR_FMT,
			       STR_ARG(str_sub(path, 0, 60)));
	return 0;
}

unsigned
config_workers(const struct config *c, enum role r)
{
	struct str name = str_c(role_name(r));

	for (size_t i = 0; i < c->mox.workers.n; i++)
		if (str_eq(c->mox.workers.v[i].key, name))
			return (unsigned)c->mox.workers.v[i].value;
	return 0;
}

struct str
config_listener_hostname(const struct config *c, const struct cfg_listener *l)
{
	return l->hostname.n > 0 ? l->hostname : c->mox.hostname;
}

void
config_apply_log_levels(const struct config *c)
{
	enum log_level level;
	char pkg[64];

	log_reset_levels();
	if (log_level_parse(c->mox.log_level, &level) == 0)
		log_set_level(NULL, level);
	for (size_t i = 0; i < c->mox.package_log_levels.n; i++) {
		const struct cfg_pair *p = &c->mox.package_log_levels.v[i];

		if (str_to_c(p->key, pkg, sizeof(pkg)) == 0 &&
		    log_level_parse(p->value, &level) == 0)
			log_set_level(pkg, level);
	}
}
