/*
 * mox trace: the history of a connection or message, from the log. Lines of a connection lead to
 * its messages; those of a message lead to its connection, but not to that connection's other
 * messages.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "mox.h"

enum { MAX_LOG = 1 << 30, MAX_IDS = 10000 };

struct trace {
	struct buf log;
	struct str id;
	struct str cids[MAX_IDS], mids[MAX_IDS];
	size_t ncids, nmids;
	bool is_cid, is_mid; /* what the wanted id turned out to be */
};

/* The next key=value of a logfmt line. A quoted value is returned with its quotes: ids have none.
 */
static bool
next_pair(struct str *line, struct str *key, struct str *value)
{
	size_t i, start;

	*line = str_trim(*line);
	if (line->n == 0)
		return false;
	for (i = 0; i < line->n && line->p[i] != '=' && line->p[i] != ' '; i++)
		;
	*key = str_sub(*line, 0, i);
	*value = STR("");
	if (i < line->n && line->p[i] == '=') {
		start = ++i;
		if (i < line->n && line->p[i] == '"') {
			for (i++; i < line->n && line->p[i] != '"'; i++)
				if (line->p[i] == '\\')
					i++;
			i++;
		} else {
			while (i < line->n && line->p[i] != ' ')
				i++;
		}
		*value = str_sub(*line, start, i);
	}
	*line = str_from(*line, i);
	return true;
}

static void
line_ids(struct str line, struct str *cid, struct str *mid)
{
	struct str key, value;

	*cid = *mid = STR_NONE;
	while (next_pair(&line, &key, &value)) {
		if (str_eq(key, STR("cid")))
			*cid = value;
		else if (str_eq(key, STR("mid")))
			*mid = value;
	}
}

static bool
has(const struct str *v, size_t n, struct str s)
{
	for (size_t i = 0; i < n; i++)
		if (str_eqi(v[i], s))
			return true;
	return false;
}

static void
add(struct str *v, size_t *n, struct str s)
{
	if (s.n > 0 && *n < MAX_IDS && !has(v, *n, s))
		v[(*n)++] = s;
}

static void
find_ids(struct trace *t)
{
	struct str rest = buf_str(&t->log), cid, mid;

	while (rest.n > 0) {
		line_ids(str_cut(rest, '\n', &rest), &cid, &mid);
		if (cid.n > 0 && str_eqi(cid, t->id)) {
			t->is_cid = true;
			add(t->cids, &t->ncids, cid);
			add(t->mids, &t->nmids, mid);
		}
		if (mid.n > 0 && str_eqi(mid, t->id)) {
			t->is_mid = true;
			add(t->mids, &t->nmids, mid);
			add(t->cids, &t->ncids, cid);
		}
	}
}

static bool
wanted(const struct trace *t, struct str line)
{
	struct str cid, mid;

	line_ids(line, &cid, &mid);
	if (mid.n > 0 && has(t->mids, t->nmids, mid))
		return true;
	return cid.n > 0 && has(t->cids, t->ncids, cid) && (t->is_cid || mid.n == 0);
}

static int
read_log(struct trace *t, int fd)
{
	ssize_t r = 0;
	char *p;

	while ((p = buf_reserve(&t->log, 1 << 16)) != NULL && (r = read(fd, p, 1 << 16)) > 0)
		buf_commit(&t->log, (size_t)r);
	if (p == NULL)
		return mox_failf("the log is larger than %d MB: give a part of it with -f -",
				 MAX_LOG >> 20);
	return r < 0 ? mox_failf("reading the log: %s", strerror(errno)) : MOX_OK;
}

static int
read_journal(struct trace *t)
{
	int fd[2], r, status;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return mox_failf("pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		if (dup2(fd[1], 1) >= 0)
			execlp("journalctl", "journalctl", "-u", "mox", "-o", "short-iso-precise",
			       "--no-hostname", "--no-pager", (char *)NULL);
		_exit(127);
	}
	close(fd[1]);
	if (pid < 0) {
		close(fd[0]);
		return mox_failf("fork: %s", strerror(errno));
	}
	r = read_log(t, fd[0]);
	close(fd[0]);
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return mox_failf("there is no journalctl here: give the log with -f file");
	return r;
}

int
cmd_trace(struct mox *m, int argc, char **argv)
{
	static struct trace t;
	const char *file = NULL;
	const struct mox_flag flags[] = { { "f", NULL, &file } };
	struct str rest, line;
	int fd, r;

	if (mox_args(m, &argc, &argv, flags, ARRAY_LEN(flags), 1, 1) < 0)
		return MOX_USAGE;
	t.id = str_c(argv[0]);
	buf_init(&t.log, MAX_LOG);
	if (file == NULL) {
		r = read_journal(&t);
	} else {
		fd = strcmp(file, "-") == 0 ? 0 : open(file, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return mox_failf("%s: %s", file, strerror(errno));
		r = read_log(&t, fd);
	}
	if (r == MOX_OK) {
		find_ids(&t);
		for (rest = buf_str(&t.log); rest.n > 0;) {
			line = str_cut(rest, '\n', &rest);
			if (wanted(&t, line))
				printf(STR_FMT "\n", STR_ARG(line));
		}
		if (!t.is_cid && !t.is_mid)
			r = mox_failf("no line of %s has cid=" STR_FMT " or mid=" STR_FMT "%s",
				      file == NULL ? "the journal of unit mox" : "the log",
				      STR_ARG(t.id), STR_ARG(t.id),
				      file == NULL ? "; -f file reads another log" : "");
	}
	buf_done(&t.log);
	return r;
}
