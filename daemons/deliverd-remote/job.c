/*
 * One REMOTE_SEND from request to answer. What happens (a resolved name, input, a deadline) wakes
 * it; job_run calls the current step.
 *
 *   begin   a connection waits for this domain -> send; else -> route
 *   route   the addresses are looked up        -> next
 *   next    the next address                   -> connect, send, the end
 *   connect, tls, session                      -> send, next
 *   send, sending                              -> send (more recipients), next, the end
 */
#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/mem.h"
#include "remote.h"

bool
job_has_open(const struct job *j)
{
	for (size_t i = 0; i < j->nrcpts; i++)
		if (j->rcpts[i].result == SMTP_CLIENT_OPEN)
			return true;
	return false;
}

/* A server's words about a recipient from an earlier try are worth more than ours. */
void
job_settle(struct job *j, enum smtp_client_result r, const struct smtp_said *said)
{
	for (size_t i = 0; i < j->nrcpts; i++) {
		struct smtp_client_rcpt *rcpt = &j->rcpts[i];

		if (rcpt->result != SMTP_CLIENT_OPEN)
			continue;
		rcpt->result = r;
		if (rcpt->said.text_n == 0 || r == SMTP_CLIENT_FAIL)
			rcpt->said = *said;
	}
}

static void
job_free(struct job **jp)
{
	struct job *j = *jp;
	struct remote *r = j->r;

	*jp = NULL;
	conn_free(&j->c);
	route_free(&j->route);
	loop_wake_free(&j->wake);
	spool_reader_free(&j->reader);
	if (j->fd >= 0)
		close(j->fd);
	mem_free(j->rcpts);
	arena_free(&j->arena);
	mem_wipe(j->body, j->body_n); /* it has the key of the message */
	mem_free(j->body);
	*j->prev = j->next;
	if (j->next != NULL)
		j->next->prev = j->prev;
	mem_free(j);
	r->njobs--;
	if (r->njobs == 0 && svc_is_draining(r->svc))
		svc_drained(r->svc);
}

/* queued died, or stopped, and begins anew with what it has not heard of: a server that has not all
 * of the message yet must not get the rest. */
static bool
is_void(const struct job *j)
{
	if (ipc_req_chan(j->req) != NULL)
		return false;
	return j->c == NULL || !smtp_client_awaits_verdict(j->c->c) || stream_out_len(j->c->st) > 0;
}

void
jobs_wake(struct remote *r)
{
	for (struct job *j = r->jobs; j != NULL; j = j->next)
		loop_wake(j->wake);
}

void
job_run(void *arg)
{
	struct job *j = arg;
	enum step r;
	int left = LIM_STEPS_PER_TURN;

	if (is_void(j)) {
		LOG(&j->log, LOG_INFO, "remote.delivery.stopped", LF(domain, j->m.domain),
		    LF(rcpts, j->nrcpts));
		answer_send(j); /* to nobody: the request goes */
		job_free(&j);
		return;
	}
	while ((r = j->step(j)) == STEP_MORE && --left > 0)
		;
	if (r == STEP_MORE) {
		loop_wake(j->wake);
	} else if (r == STEP_END) {
		answer_log(j);
		answer_send(j);
		job_free(&j);
	}
}

enum step
job_begin(struct job *j)
{
	struct remote *r = j->r;

	if (!job_has_open(j))
		return STEP_END;
	if (!j->no_pool)
		j->c = pool_take_domain(r, j, j->m.domain);
	if (j->c != NULL) {
		j->to = j->c->to;
		j->step = step_send;
		return STEP_MORE;
	}
	j->route = route_new(r, j->m.domain, (unsigned)j->m.attempt, j->wake);
	j->step = step_route;
	return STEP_MORE;
}

static struct job *
job_new(struct remote *r, struct str body)
{
	struct job *j = MEM_NEW(struct job);

	j->r = r;
	j->fd = -1;
	j->body = mem_dup(body.p, body.n);
	j->body_n = body.n;
	j->began = loop_now(r->l);
	j->until = j->began + LIM_REMOTE_JOB_MS;
	j->wake = loop_wake_new(r->l, job_run, j);
	j->step = job_begin;
	j->next = r->jobs;
	j->prev = &r->jobs;
	if (j->next != NULL)
		j->next->prev = &j->next;
	r->jobs = j;
	r->njobs++;
	return j;
}

static int
may_start(struct remote *r, struct err *e)
{
	if (svc_is_draining(r->svc))
		return err_set(e, EC_TEMP, "stopping");
	if (r->njobs >= LIM_REMOTE_JOBS)
		return err_set(e, EC_LIMIT, "too many messages at a time");
	return 0;
}

bool
job_start(struct remote *r, struct ipc_req *req, struct ipc_msg *m)
{
	struct job *j = job_new(r, m->body);
	struct err e = ERR_INIT;

	if (!msg_remote_send_get(str_mem(j->body, j->body_n), &j->m) || j->m.domain.n == 0) {
		job_free(&j);
		return false;
	}
	j->log = (struct log_ctx){ .pkg = "remote", .cid = j->m.cid, .mid = j->m.mid };
	j->fd = ipc_msg_take_fd(m, 0);
	if (may_start(r, &e) < 0 || message_open(j, &e) < 0) {
		LOG(&j->log, LOG_ERROR, "remote.request.refused", LF(err, &e));
		ipc_reply_err(&req, &e);
		job_free(&j);
		return true;
	}
	j->req = req;
	loop_wake(j->wake);
	return true;
}
