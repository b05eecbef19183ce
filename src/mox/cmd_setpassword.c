/*
 * mox setaccountpassword, mox setadminpassword: a password from the terminal, asked for twice and
 * not shown, or the first line of standard input; authd hashes it, and keeps an account's; the
 * administrator's goes to AdminPasswordFile, written by master.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"
#include "ctl.h"

static struct termios saved;

static void
on_signal(int sig)
{
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved);
	(void)raise(sig); /* SA_RESETHAND: as it would have been */
}

static int
echo_off(struct err *e)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
	struct sigaction sa;
	struct termios quiet;

	if (tcgetattr(STDIN_FILENO, &saved) < 0)
		return err_sys(e, EC_IO, errno, "terminal");
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal;
	sa.sa_flags = (int)SA_RESETHAND;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		sigaction(ends[i], &sa, NULL);
	quiet = saved;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) < 0)
		return err_sys(e, EC_IO, errno, "terminal");
	return 0;
}

/* One line of standard input without its end, byte by byte so that nothing is taken that others
 * read. */
static int
line_read(struct buf *b, struct err *e)
{
	ssize_t n;
	char c;

	while ((n = read(STDIN_FILENO, &c, 1)) == 1 && c != '\n')
		buf_putc(b, c);
	if (n < 0)
		return err_sys(e, EC_IO, errno, "standard input");
	if (n == 0 && b->n == 0)
		return err_set(e, EC_SYNTAX, "no password on standard input");
	if (b->over)
		return err_set(e, EC_LIMIT, "password is longer than %d bytes", LIM_PASSWORD);
	if (str_has_suffix(buf_str(b), STR("\r")))
		buf_truncate(b, b->n - 1);
	return 0;
}

static int
ask(const char *prompt, struct buf *b, struct err *e)
{
	int r;

	fputs(prompt, stderr);
	r = line_read(b, e);
	fputc('\n', stderr);
	return r;
}

static int
password_read(struct buf *b, struct err *e)
{
	struct buf again;
	int r;

	if (!isatty(STDIN_FILENO))
		return line_read(b, e);
	if (echo_off(e) < 0)
		return -1;
	buf_init(&again, LIM_PASSWORD);
	r = ask("new password: ", b, e);
	if (r == 0)
		r = ask("the same again: ", &again, e);
	if (r == 0 && !str_eq(buf_str(b), buf_str(&again)))
		r = err_set(e, EC_SYNTAX, "the passwords differ");
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved);
	buf_wipe(&again);
	return r;
}

static int
set_password(struct mox *m, enum role role, const char *verb, const char *account)
{
	struct err e = ERR_INIT;
	struct str args[2];
	unsigned n = 0;
	struct buf b;
	int r;

	if (account != NULL)
		args[n++] = str_c(account);
	buf_init(&b, LIM_PASSWORD);
	if (password_read(&b, &e) < 0) {
		r = mox_fail(&e);
	} else {
		args[n++] = buf_str(&b);
		r = mox_ctl(m, role, verb, args, n);
	}
	buf_wipe(&b);
	return r;
}

int
cmd_setaccountpassword(struct mox *m, int argc, char **argv)
{
	if (mox_args(m, &argc, &argv, NULL, 0, 1, 1) < 0)
		return MOX_USAGE;
	return set_password(m, ROLE_AUTHD, "setpassword", argv[0]);
}

int
cmd_setadminpassword(struct mox *m, int argc, char **argv)
{
	struct err e = ERR_INIT;

	if (mox_args(m, &argc, &argv, NULL, 0, 0, 0) < 0)
		return MOX_USAGE;
	if (mox_admin_password_file(m, &e) < 0)
		return mox_fail(&e);
	return set_password(m, ROLE_MASTER, "setadminpassword", NULL);
}
