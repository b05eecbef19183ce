/*
 * Reload: the new configuration is read and checked by the child first; with any fault the old one
 * stays in force. Keys that need a restart refuse the whole reload. Then every worker gets files
 * and text, and the reload is over when all have answered.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/edit.h"
#include "ctl.h"
#include "master.h"

struct reload_job {
	struct master *m;
	struct ipc_req *req; /* who waits for the result; NULL for a signal */
	unsigned waiting;
	struct err err; /* first worker that refused */
	/* one more was asked for meanwhile, by a signal */
	bool again;
};

/* One worker's share of it. */
struct part {
	struct reload_job *j;
	struct worker *w;
	pid_t pid;
};

static void
answer(struct ipc_req **req, const char *text, const struct err *e)
{
	if (*req != NULL)
		ctl_reply(req, str_c(text), e);
}

static void
job_end(struct reload_job *j)
{
	struct master *m = j->m;
	bool again = j->again;

	m->job = NULL;
	if (j->err.code != EC_OK) {
		LOG(&master_log, LOG_ERROR, "master.reload.incomplete", LF(err, &j->err));
		answer(&j->req, "", &j->err);
	} else {
		LOG(&master_log, LOG_INFO, "master.reload.done", LF(result, "ok"));
		answer(&j->req, "", NULL);
	}
	notify_send("READY=1");
	mem_free(j);
	if (again)
		reload_start(m, NULL, NULL);
}

static void
on_worker_reloaded(void *arg, const struct err *e, struct ipc_msg *msg)
{
	struct part *p = arg;
	struct reload_job *j = p->j;
	struct worker *w = p->w;

	(void)msg;
	/* A worker that died meanwhile starts with the new configuration anyway; one that lives
	 * and says nothing is made to. */
	if (e != NULL && e->code != EC_TIMEOUT) {
		err_move(&j->err, e);
	} else if (e != NULL && w->pid == p->pid && w->chan != NULL && ipc_chan_is_open(w->chan)) {
		err_set(&j->err, EC_TIMEOUT, "%s worker %u did not answer and is restarted",
			w->d->proc->name, w->num);
		worker_kill(w, "does not answer to a reload");
	}
	mem_free(p);
	if (--j->waiting == 0)
		job_end(j);
}

static void
hand_out(struct reload_job *j)
{
	struct master *m = j->m;

	j->waiting = 1; /* ourselves, so that it does not end while we count */
	for (unsigned r = ROLE_MASTER + 1; r < ROLE_COUNT; r++)
		for (unsigned i = 0; i < m->d[r].n; i++) {
			struct worker *w = &m->d[r].w[i];
			struct part *p;

			if (w->state < W_BORN)
				continue;
			feed_files(w);
			j->waiting++;
			p = MEM_NEW(struct part);
			*p = (struct part){ j, w, w->pid };
			feed_config(w, on_worker_reloaded, p);
		}
	if (--j->waiting == 0)
		job_end(j);
}

/* The new configuration takes the place of the old; listening sockets stay as they are. */
static void
take_over(struct master *m, struct mconf *next)
{
	struct mconf old = m->conf;

	for (unsigned i = 0; i < next->nlisten; i++)
		for (unsigned k = 0; k < old.nlisten; k++)
			if (next->listen[i].service == old.listen[k].service &&
			    next->listen[i].port == old.listen[k].port &&
			    strcmp(next->listen[i].ip, old.listen[k].ip) == 0)
				next->listen[i].fd = old.listen[k].fd;
	m->conf = *next;
	m->levels_set = false;
	mconf_done(&old);
	mconf_apply_levels(&m->conf);
}

static int
check_restart(const struct mconf *next, struct err *e)
{
	struct str keys = str_trim_ws(buf_str(&next->restart)), first, rest;

	if (keys.n == 0)
		return 0;
	first = str_cut(keys, '\n', &rest);
	return err_set(e, EC_DENIED, "mox.conf: " STR_FMT "%s needs a restart of mox to change",
		       STR_ARG(first), rest.n > 0 ? " (and more)" : "");
}

static int
load(struct master *m, struct mconf *next, const struct mconf_edit *edit, struct err *e)
{
	if (mconf_load(m, next, &m->conf, edit, e) < 0)
		return -1;
	if (check_restart(next, e) < 0 || files_check(m, next, e) < 0 ||
	    (next->has_edit &&
	     config_replace_file(m->domains_path, buf_str(&next->edited), e) < 0)) {
		mconf_done(next);
		return -1;
	}
	return 0;
}

void
reload_start(struct master *m, struct ipc_req *req, const struct mconf_edit *edit)
{
	struct err e = ERR_INIT;
	struct reload_job *j;
	struct mconf next;

	if (m->job != NULL && req == NULL) {
		m->job->again = true;
		return;
	}
	if (m->job != NULL || m->stopping) {
		err_set(&e, EC_TEMP,
			m->stopping ? "mox is stopping" : "a reload is under way: try again");
		answer(&req, "", &e);
		return;
	}
	notify_reloading();
	if (load(m, &next, edit, &e) < 0) {
		LOG(&master_log, LOG_ERROR, "master.reload.refused", LF(err, &e));
		answer(&req, "", &e);
		notify_send("READY=1");
		return;
	}
	take_over(m, &next);
	j = MEM_NEW(struct reload_job);
	j->m = m;
	j->req = req;
	m->job = j;
	hand_out(j);
}
