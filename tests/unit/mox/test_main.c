/* Flags, the table of commands, and what is generated from it; the files in conf/. */
#include <stdio.h>

#define main mox_main
int mox_main(int argc, char **argv);
#include "src/mox/main.c"
#undef main

#include "printservice.h"
#include "tests/unit/unit.h"

static struct mox_cmd test_cmd = { "test it", "[-yes] [-name name] arg", "test", "", NULL };

/* arguments, result, and what the flags are afterwards */
static const struct {
	const char *argv[6];
	int r;
	bool yes;
	const char *name;
	const char *first;
} rows[] = {
	{ { "a" }, 0, false, NULL, "a" },
	{ { "-yes", "a" }, 0, true, NULL, "a" },
	{ { "--yes", "-name", "n", "a" }, 0, true, "n", "a" },
	{ { "-name=n=m", "a" }, 0, false, "n=m", "a" },
	{ { "-yes=false", "a" }, 0, false, NULL, "a" },
	{ { "-name=", "a" }, 0, false, "", "a" },
	{ { "--", "-yes" }, 0, false, NULL, "-yes" },
	{ { "-" }, 0, false, NULL, "-" },
	{ { "a", "-yes" }, -1, false, NULL, NULL },
	{ { "-yes=maybe", "a" }, -1, false, NULL, NULL },
	{ { "-nope", "a" }, -1, false, NULL, NULL },
	{ { "-name" }, -1, false, NULL, NULL },
	{ { "-help", "a" }, -1, false, NULL, NULL },
	{ { NULL }, -1, false, NULL, NULL },
};

START_TEST(test_flags)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct mox m = { .cmd = &test_cmd };
		bool yes = false;
		const char *name = NULL;
		const struct mox_flag flags[] = { { "yes", &yes, NULL }, { "name", NULL, &name } };
		char *v[6], **argv = v;
		int argc = 0;

		for (; rows[i].argv[argc] != NULL; argc++)
			v[argc] = mem_cstr(rows[i].argv[argc]);
		v[argc] = NULL;
		ck_assert_int_eq(mox_args(&m, &argc, &argv, flags, ARRAY_LEN(flags), 1, 1),
				 rows[i].r);
		if (rows[i].r == 0) {
			ck_assert_int_eq(argc, 1);
			ck_assert_str_eq(argv[0], rows[i].first);
			ck_assert_int_eq(yes, rows[i].yes);
			ck_assert_pstr_eq(name, rows[i].name);
		}
		for (argc = 0; rows[i].argv[argc] != NULL; argc++)
			mem_free(v[argc]);
	}
}
END_TEST

START_TEST(test_commands)
{
	char config[] = "config", account[] = "account", rm[] = "rm", x[] = "x",
	     accountx[] = "accountx";
	char *full[] = { config, account, rm, x, NULL }, *part[] = { config, account, NULL };
	char help[] = "help", h[] = "-h";
	char *wrong[] = { config, accountx, rm, NULL };
	char *asks[] = { config, help, NULL }, *asks_h[] = { config, account, h, NULL };
	int words;

	ck_assert_str_eq(cmd_find(4, full, &words)->name, "config account rm");
	ck_assert_int_eq(words, 3);
	ck_assert_ptr_null(cmd_find(2, part, &words));
	ck_assert_ptr_null(cmd_find(3, wrong, &words));
	ck_assert(is_below("config account rm", 2, part));
	ck_assert(!is_below("config address rm", 2, part));
	ck_assert_int_eq(words_before_help(2, asks), 1);
	ck_assert_int_eq(words_before_help(3, asks_h), 2);
	ck_assert_int_eq(words_before_help(4, full), 4);
	ck_assert_int_eq(words_before_help(1, asks + 1), 1);
	for (size_t i = 0; i < ARRAY_LEN(cmds); i++) {
		/* A name that begins another would hide it. */
		for (size_t j = 0; j < i; j++)
			ck_assert_msg(strcmp(cmds[i].name, cmds[j].name) != 0, "%s is there twice",
				      cmds[i].name);
		ck_assert_msg(cmds[i].brief[0] != '\0' &&
				      chr_lower(cmds[i].brief[0]) == cmds[i].brief[0] &&
				      cmds[i].brief[strlen(cmds[i].brief) - 1] != '.',
			      "%s: one line in lower case without a full stop", cmds[i].name);
		ck_assert_msg(cmds[i].help[0] == '\0' ||
				      cmds[i].help[strlen(cmds[i].help) - 1] == '\n',
			      "%s: help ends with a newline", cmds[i].name);
	}
}
END_TEST

/* ---- files */

static void
read_file(const char *path, struct buf *out)
{
	struct err e = ERR_INIT;

	ck_assert_msg(config_read_file(path, out, &e) == 0, "%s", e.msg);
}

/* Lines that begin with a hyphen are a table, and stay lines. */
static void
put_help(struct buf *b, struct str help)
{
	bool was = false, is;

	while (help.n > 0) {
		struct str line = str_cut(help, '\n', &help);

		is = line.n > 0 && line.p[0] == '-';
		buf_printf(b, "%s" STR_FMT "\n", is || was ? ".br\n" : "", STR_ARG(line));
		was = is;
	}
}

static void
put_commands(struct buf *b)
{
	buf_puts(b, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < ARRAY_LEN(cmds); i++) {
		buf_printf(b, ".It Ic %s%s%s\n%c%s.\n", cmds[i].name,
			   cmds[i].args[0] != '\0' ? " " : "", cmds[i].args,
			   chr_upper(cmds[i].brief[0]), cmds[i].brief + 1);
		put_help(b, str_c(cmds[i].help));
	}
	buf_puts(b, ".El\n");
}

/* The part between two lines is `want`; with MOX_UPDATE in the environment it is made so. */
static void
check_part(const char *path, const char *from, const char *to, struct str want)
{
	struct buf have;
	struct str s;
	ssize_t a, b;
	FILE *f;

	buf_init(&have, 1 << 20);
	read_file(path, &have);
	s = buf_str(&have);
	a = str_find(s, str_c(from));
	b = str_find(s, str_c(to));
	ck_assert_msg(a >= 0 && b > a, "%s has no place for what is generated", path);
	a += (ssize_t)strlen(from);
	if (getenv("MOX_UPDATE") != NULL) {
		f = fopen(path, "w");
		ck_assert_ptr_nonnull(f);
		fprintf(f, STR_FMT STR_FMT STR_FMT, STR_ARG(str_sub(s, 0, (size_t)a)),
			STR_ARG(want), STR_ARG(str_from(s, (size_t)b)));
		ck_assert_int_eq(fclose(f), 0);
	} else {
		ck_assert_msg(str_eq(str_sub(s, (size_t)a, (size_t)b), want),
			      "%s is not up to date: MOX_UPDATE=1 make check-unit M=mox", path);
	}
	buf_done(&have);
}

START_TEST(test_manual)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	put_commands(&b);
	check_part("man/mox.1", ".\\\" commands: generated\n", ".\\\" end of commands\n",
		   buf_str(&b));
	buf_done(&b);
}
END_TEST

START_TEST(test_unit_file)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	struct buf have;

	mox_put_unit(f, "/usr/bin", "/etc/mox/mox.conf", "/etc/mox", "/var/lib/mox");
	fclose(f);
	if (getenv("MOX_UPDATE") != NULL) {
		f = fopen("conf/mox.service", "w");
		ck_assert_ptr_nonnull(f);
		fwrite(text, 1, n, f);
		fclose(f);
	}
	buf_init(&have, 1 << 20);
	read_file("conf/mox.service", &have);
	ck_assert_msg(str_eq(buf_str(&have), str_mem(text, n)),
		      "conf/mox.service is not up to date: MOX_UPDATE=1 make check-unit M=mox");
	buf_done(&have);
	free(text);
	/* What systemd would read otherwise. */
	f = open_memstream(&text, &n);
	mox_put_unit(f, "/a b", "/x%y$z\"", "/c", "/d");
	fclose(f);
	ck_assert_ptr_nonnull(
		strstr(text, "\nExecStart=\"/a b/mox\" -config \"/x%%y$$z\\\"\" serve\n"));
	free(text);
}
END_TEST

/* Each user of the process table is made. */
START_TEST(test_users)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	read_file("conf/mox.sysusers", &b);
	for (unsigned r = ROLE_MASTER + 1; r < ROLE_COUNT; r++) {
		char line[64];

		snprintf(line, sizeof(line), "\nu     mox-%s ", proc_get((enum role)r)->user);
		ck_assert_msg(str_find(buf_str(&b), str_c(line)) >= 0, "no user for %s",
			      role_name(r));
	}
	buf_done(&b);
}
END_TEST

UNIT_MAIN("mox", test_flags, test_commands, test_manual, test_unit_file, test_users)
