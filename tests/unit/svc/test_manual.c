/* mox-internals(7) prints the process table and the limits as they are. MOX_UPDATE=1 makes it so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/proc.h"
#include "tests/unit/unit.h"

#define PAGE "man/mox-internals.7"

static void
read_file(const char *path, struct buf *b)
{
	FILE *f = fopen(path, "r");
	char t[4096];
	size_t n;

	ck_assert_msg(f != NULL, "%s", path);
	while ((n = fread(t, 1, sizeof(t), f)) > 0)
		buf_put(b, t, n);
	fclose(f);
}

static void
check_part(const char *from, const char *to, struct str want)
{
	struct buf have;
	struct str s;
	ssize_t a, b;
	FILE *f;

	buf_init(&have, 1 << 20);
	read_file(PAGE, &have);
	s = buf_str(&have);
	a = str_find(s, str_c(from));
	b = str_find(s, str_c(to));
	ck_assert_msg(a >= 0 && b > a, "%s: no place for what is generated", PAGE);
	a += (ssize_t)strlen(from);
	if (getenv("MOX_UPDATE") != NULL) {
		f = fopen(PAGE, "w");
		ck_assert_ptr_nonnull(f);
		fprintf(f, STR_FMT STR_FMT STR_FMT, STR_ARG(str_sub(s, 0, (size_t)a)),
			STR_ARG(want), STR_ARG(str_from(s, (size_t)b)));
		ck_assert_int_eq(fclose(f), 0);
	} else {
		ck_assert_msg(str_eq(str_sub(s, (size_t)a, (size_t)b), want),
			      PAGE " is not up to date: MOX_UPDATE=1 make check-unit M=svc");
	}
	buf_done(&have);
}

static void
put_roles(struct buf *b, uint32_t mask)
{
	const char *sep = "";

	for (unsigned r = 0; r < ROLE_COUNT; r++)
		if ((mask & ROLE_BIT(r)) != 0) {
			buf_printf(b, "%s%s", sep, role_name(r));
			sep = ", ";
		}
	if (mask == 0)
		buf_puts(b, "nobody");
}

static void
put_services(struct buf *b, uint32_t mask)
{
	const char *sep = "";

	for (unsigned i = 0; i < SERVICE_COUNT; i++)
		if ((mask & (1u << i)) != 0) {
			buf_printf(b, "%s%s", sep, service_name((enum service)i));
			sep = ", ";
		}
	if (mask == 0)
		buf_puts(b, "nothing");
}

static void
put_sandbox(struct buf *b, uint32_t mask)
{
	static const char *const names[] = { "accept connections",
					     "read accounts",
					     "write accounts and intent logs",
					     "write credentials",
					     "make nameless spool files",
					     "connect out" };
	const char *sep = "";

	for (unsigned i = 0; i < ARRAY_LEN(names); i++)
		if ((mask & (1u << i)) != 0) {
			buf_printf(b, "%s%s", sep, names[i]);
			sep = ", ";
		}
	if (mask == 0)
		buf_puts(b, "use only what it has been given");
}

static void
put_workers(struct buf *b, int n)
{
	if (n > 0)
		buf_printf(b, "%d", n);
	else if (n == 0)
		buf_puts(b, "one for each core");
	else
		buf_printf(b, "one for each core, at least %d", -n);
}

START_TEST(test_processes)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_puts(&b, ".Bl -tag -width authhash\n");
	for (unsigned r = ROLE_MASTER + 1; r < ROLE_COUNT; r++) {
		const struct proc *p = proc_get((enum role)r);

		buf_printf(&b, ".It Sy %s\nprogram %s%s%s, user\n.Ar User Ns -%s ,\nlistens on ",
			   p->name, p->program, p->arg[0] != '\0' ? " " : "", p->arg, p->user);
		put_services(&b, p->services);
		buf_puts(&b, ";\ncalls ");
		put_roles(&b, p->calls);
		buf_puts(&b, ";\nmay ");
		put_sandbox(&b, p->sandbox);
		buf_puts(&b, ".\nWorkers: ");
		put_workers(&b, p->workers);
		buf_puts(&b, ".\n");
	}
	buf_puts(&b, ".El\n");
	check_part(".\\\" processes: generated\n", ".\\\" end of processes\n", buf_str(&b));
	buf_done(&b);
}
END_TEST

/* `#define LIM_X value  comment`, or a comment alone, which is a heading. */
static void
put_limit(struct buf *b, struct str line)
{
	struct str name, value, why = STR("");
	ssize_t at = str_find(line, STR("/*"));

	if (!str_has_prefix(line, STR("#define LIM_")))
		return;
	if (at >= 0) {
		why = str_from(line, (size_t)at + 2);
		why = str_trim(str_sub(why, 0, why.n - 2));
		line = str_sub(line, 0, (size_t)at);
	}
	name = str_cut(str_from(line, strlen("#define ")), ' ', &value);
	value = str_trim(value);
	buf_printf(b, ".It Dv " STR_FMT " No = " STR_FMT "\n", STR_ARG(name), STR_ARG(value));
	if (why.n > 0) { /* a dot or quote at the start of a line means something to mandoc */
		if (why.p[0] == '.' || why.p[0] == '\'')
			buf_puts(b, "\\&");
		buf_printf(b, STR_FMT "\n", STR_ARG(why));
	}
}

START_TEST(test_limits)
{
	struct buf b, file;
	struct str rest;

	buf_init(&b, 1 << 20);
	buf_init(&file, 1 << 20);
	read_file("lib/base/limits.h", &file);
	buf_puts(&b, ".Bl -tag -width Ds -compact\n");
	for (rest = buf_str(&file); rest.n > 0;)
		put_limit(&b, str_cut(rest, '\n', &rest));
	buf_puts(&b, ".El\n");
	check_part(".\\\" limits: generated\n", ".\\\" end of limits\n", buf_str(&b));
	buf_done(&b);
	buf_done(&file);
}
END_TEST

UNIT_MAIN("manual", test_processes, test_limits)
