/* mox(1): global flags, the table of commands, help. */
#define MOX_MAY_GETENV 1

#include "mox.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "config.h"
#include "config/config.h"

/* The first that exists, else the last. */
static const char *const default_configs[] = { MOX_SYSCONFDIR "/mox.conf", "/etc/mox/mox.conf" };

static const struct mox_cmd cmds[] = {
#define CMD(fn, name, args, brief, help) { name, args, brief, help, fn },
#include "cmds.def"
#undef CMD
};

int
mox_fail(const struct err *e)
{
	fprintf(stderr, "mox: %s\n", e->msg);
	return MOX_FAIL;
}

int
mox_failf(const char *fmt, ...)
{
	va_list ap;

	fputs("mox: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return MOX_FAIL;
}

static void
print_usage(FILE *f, const struct mox_cmd *c)
{
	fprintf(f, "usage: mox %s%s%s\n", c->name, c->args[0] != '\0' ? " " : "", c->args);
}

int
mox_usage(const struct mox *m)
{
	print_usage(stderr, m->cmd);
	return MOX_USAGE;
}

/* ---- flags */

static const struct mox_flag *
flag_find(const struct mox_flag *flags, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(str_c(flags[i].name), name))
			return &flags[i];
	return NULL;
}

/* One flag at *argv; -1 after a message. */
static int
take_flag(int *argc, char ***argv, const struct mox_flag *flags, size_t nflags)
{
	struct str word = str_c((*argv)[0]), value;
	const struct mox_flag *f;
	struct str name = str_cut(str_from(word, word.p[1] == '-' ? 2 : 1), '=', &value);

	(*argc)--;
	(*argv)++;
	if ((f = flag_find(flags, nflags, name)) == NULL) {
		mox_failf("unknown flag -" STR_FMT, STR_ARG(name));
		return -1;
	}
	if (f->is_set != NULL) {
		if (value.p != NULL && !str_eq(value, STR("true")) &&
		    !str_eq(value, STR("false"))) {
			mox_failf("-%s takes true or false", f->name);
			return -1;
		}
		*f->is_set = !str_eq(value, STR("false"));
	} else if (value.p != NULL) {
		*f->value = value.p; /* the rest of an argument: ends in NUL */
	} else if (*argc > 0) {
		*f->value = (*argv)[0];
		(*argc)--;
		(*argv)++;
	} else {
		mox_failf("-%s needs a value", f->name);
		return -1;
	}
	return 0;
}

static int
take_flags(int *argc, char ***argv, const struct mox_flag *flags, size_t nflags)
{
	while (*argc > 0 && (*argv)[0][0] == '-' && (*argv)[0][1] != '\0') {
		if (strcmp((*argv)[0], "--") == 0) {
			(*argc)--;
			(*argv)++;
			return 0;
		}
		if (take_flag(argc, argv, flags, nflags) < 0)
			return -1;
	}
	return 0;
}

int
mox_args(struct mox *m, int *argc, char ***argv, const struct mox_flag *flags, size_t nflags,
	 int min, int max)
{
	bool help = false, h = false;
	struct mox_flag all[16] = { { "help", &help, NULL }, { "h", &h, NULL } };

	if (nflags > ARRAY_LEN(all) - 2)
		nflags = ARRAY_LEN(all) - 2;
	for (size_t i = 0; i < nflags; i++)
		all[2 + i] = flags[i];
	if (take_flags(argc, argv, all, nflags + 2) == 0 && !help && !h) {
		if (*argc >= min && (max < 0 || *argc <= max))
			return 0;
		if (*argc > max)
			mox_failf("unexpected word \"%s\"", (*argv)[max]);
	}
	mox_usage(m);
	return -1;
}

/* ---- commands by name */

/* How many leading words of argv spell this name; 0 when it is another. */
static int
words_of(const char *name, int argc, char **argv)
{
	struct str rest = str_c(name);
	int n = 0;

	while (rest.n > 0) {
		struct str word = str_cut(rest, ' ', &rest);

		if (n >= argc || !str_eq(word, str_c(argv[n])))
			return 0;
		n++;
	}
	return n;
}

static const struct mox_cmd *
cmd_find(int argc, char **argv, int *words)
{
	for (size_t i = 0; i < ARRAY_LEN(cmds); i++)
		if ((*words = words_of(cmds[i].name, argc, argv)) > 0)
			return &cmds[i];
	return NULL;
}

/* Does the name begin with these words. */
static bool
is_below(const char *name, int argc, char **argv)
{
	struct str rest = str_c(name);

	for (int i = 0; i < argc; i++)
		if (!str_eq(str_cut(rest, ' ', &rest), str_c(argv[i])))
			return false;
	return true;
}

/* The commands that begin with these words; false when there are none. */
static bool
list_below(FILE *f, int argc, char **argv)
{
	bool any = false;

	for (size_t i = 0; i < ARRAY_LEN(cmds); i++)
		if (is_below(cmds[i].name, argc, argv)) {
			fprintf(f, "  mox %-28s %s\n", cmds[i].name, cmds[i].brief);
			any = true;
		}
	return any;
}

static void
print_global_usage(FILE *f)
{
	fputs("usage: mox [-config mox.conf] [-loglevel level] command [arguments]\n", f);
}

/* How many words stand before a last one that asks for help. */
static int
words_before_help(int argc, char **argv)
{
	static const char *const names[] = { "help", "-help", "--help", "-h" };

	for (size_t i = 0; argc > 1 && i < ARRAY_LEN(names); i++)
		if (strcmp(argv[argc - 1], names[i]) == 0)
			return argc - 1;
	return argc;
}

int
cmd_help(struct mox *m, int argc, char **argv)
{
	const struct mox_cmd *c;
	int words;

	if (mox_args(m, &argc, &argv, NULL, 0, 0, -1) < 0)
		return MOX_USAGE;
	if (argc == 0) {
		print_global_usage(stdout);
		fputc('\n', stdout);
		list_below(stdout, 0, argv);
		fputs("\nmox help command explains one of them; see also mox(1).\n", stdout);
		return MOX_OK;
	}
	if ((c = cmd_find(argc, argv, &words)) == NULL || words != argc) {
		if (list_below(stdout, argc, argv))
			return MOX_OK;
		mox_failf("there is no such command: see mox help");
		return MOX_USAGE;
	}
	print_usage(stdout, c);
	printf("\n%c%s.\n%s%s", chr_upper(c->brief[0]), c->brief + 1,
	       c->help[0] != '\0' ? "\n" : "", c->help);
	return MOX_OK;
}

int
cmd_version(struct mox *m, int argc, char **argv)
{
	if (mox_args(m, &argc, &argv, NULL, 0, 0, 0) < 0)
		return MOX_USAGE;
	printf("mox %s\n", PACKAGE_VERSION);
	return MOX_OK;
}

struct config *
mox_load_config(struct mox *m)
{
	struct config *c = NULL;
	struct buf problems;
	struct err e = ERR_INIT;
	enum log_level level;

	buf_init(&problems, 65536);
	if (config_load(&c, m->config, NULL, &problems, &e) < 0)
		fprintf(stderr, STR_FMT, STR_ARG(buf_str(&problems)));
	buf_done(&problems);
	if (c == NULL)
		return NULL;
	config_apply_log_levels(c);
	if (m->loglevel != NULL && log_level_parse(str_c(m->loglevel), &level) == 0)
		log_set_level(NULL, level);
	return c;
}

static const char *
default_config(void)
{
	size_t i;

	for (i = 0; i + 1 < ARRAY_LEN(default_configs) && access(default_configs[i], F_OK) < 0; i++)
		;
	return default_configs[i];
}

int
main(int argc, char **argv)
{
	struct mox m = { .config = getenv("MOXCONF"), .argv0 = argc > 0 ? argv[0] : "mox" };
	bool help = false;
	const struct mox_flag flags[] = { { "config", NULL, &m.config },
					  { "loglevel", NULL, &m.loglevel },
					  { "help", &help, NULL },
					  { "h", &help, NULL } };
	enum log_level level;
	int words, r;

	log_init("mox", 2);
	signal(SIGPIPE, SIG_DFL);
	argc -= argc > 0;
	argv++;
	if (take_flags(&argc, &argv, flags, ARRAY_LEN(flags)) < 0) {
		print_global_usage(stderr);
		return MOX_USAGE;
	}
	if (m.config == NULL || m.config[0] == '\0')
		m.config = default_config();
	if (m.loglevel != NULL && log_level_parse(str_c(m.loglevel), &level) < 0) {
		mox_failf("-loglevel takes error, warn, info, debug or trace");
		return MOX_USAGE;
	}
	if (help) {
		static char name[] = "help";
		static char *help_argv[] = { name, NULL };

		m.cmd = cmd_find(1, help_argv, &words);
		return cmd_help(&m, 0, help_argv + 1);
	}
	if ((m.cmd = cmd_find(argc, argv, &words)) == NULL) {
		words = words_before_help(argc, argv);
		if (words < argc && list_below(stdout, words, argv))
			return MOX_OK;
		print_global_usage(stderr);
		if (argc == 0 || !list_below(stderr, argc, argv))
			fputs(argc == 0 ? "mox help lists the commands\n"
					: "there is no such command; mox help lists them\n",
			      stderr);
		return MOX_USAGE;
	}
	r = m.cmd->fn(&m, argc - words, argv + words);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		mox_failf("can't write to standard output");
		return MOX_FAIL;
	}
	return r;
}
