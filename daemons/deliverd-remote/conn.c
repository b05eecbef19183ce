/* A connection to another server. Its stream wakes the job that uses it, or, while it waits for
 * one, looks after itself: whatever the server says then, or does, ends it. */
#include <stdio.h>

#include "base/mem.h"
#include "remote.h"

/* The server is silent, as it should be. */
static bool
is_fit(struct conn *c)
{
	return stream_get_state(c->st) == STREAM_OPEN && stream_in(c->st).n == 0;
}

static void
on_wake(void *arg)
{
	struct conn *c = arg;

	if (c->job != NULL)
		job_run(c->job);
	else if (!is_fit(c))
		conn_quit(&c);
}

struct conn *
conn_new(struct job *j, const struct target *to, bool use_tls, struct err *e)
{
	struct remote *r = j->r;
	struct conn *c = MEM_NEW(struct conn);

	c->r = r;
	c->job = j;
	c->to = *to;
	(void)!str_to_c(j->m.domain, c->domain, sizeof(c->domain));
	c->began = loop_now(r->l);
	c->st = stream_connect(r->l, &to->addr, on_wake, c, e);
	if (c->st == NULL) {
		mem_free(c);
		return NULL;
	}
	stream_set_deadline(c->st, LIM_REMOTE_CONNECT_MS);
	c->c = smtp_client_new(str_c(r->hostname), use_tls);
	return c;
}

static void
unlink_idle(struct conn *c)
{
	if (c->prev == NULL)
		return;
	*c->prev = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	c->prev = NULL;
	c->r->nidle--;
}

void
conn_free(struct conn **cp)
{
	struct conn *c = *cp;

	*cp = NULL;
	if (c == NULL)
		return;
	unlink_idle(c);
	stream_free(&c->st);
	smtp_client_free(&c->c);
	mem_free(c);
}

void
conn_quit(struct conn **cp)
{
	struct conn *c = *cp;
	struct buf *out;

	*cp = NULL;
	if (c == NULL)
		return;
	if (stream_get_state(c->st) == STREAM_OPEN || stream_get_state(c->st) == STREAM_TIMEOUT) {
		smtp_client_quit(c->c);
		out = smtp_client_out(c->c);
		stream_putstr(c->st, buf_str(out));
		stream_close_when_sent(&c->st, LIM_SMTP_CLOSE_MS);
	}
	conn_free(&c);
}

/* ---- connections that wait */

void
pool_put(struct conn **cp)
{
	struct conn *c = *cp, *oldest;
	struct remote *r = c->r;

	*cp = NULL;
	c->job = NULL;
	if (svc_is_draining(r->svc) || !is_fit(c) || !smtp_client_may_send(c->c) ||
	    loop_now(r->l) - c->began > LIM_REMOTE_REUSE_MS) {
		conn_quit(&c);
		return;
	}
	c->next = r->idle;
	c->prev = &r->idle;
	if (c->next != NULL)
		c->next->prev = &c->next;
	r->idle = c;
	stream_set_deadline(c->st, LIM_REMOTE_IDLE_MS);
	if (++r->nidle <= LIM_REMOTE_IDLE)
		return;
	for (oldest = c; oldest->next != NULL;)
		oldest = oldest->next;
	conn_quit(&oldest);
}

static struct conn *
take(struct conn *c, struct job *j)
{
	unlink_idle(c);
	c->job = j;
	c->has_deadline = false;
	j->reused = true;
	return c;
}

struct conn *
pool_take_domain(struct remote *r, struct job *j, struct str domain)
{
	for (struct conn *c = r->idle; c != NULL; c = c->next)
		if (is_fit(c) && str_eq(str_c(c->domain), domain))
			return take(c, j);
	return NULL;
}

struct conn *
pool_take_target(struct remote *r, struct job *j, const struct target *to)
{
	for (struct conn *c = r->idle; c != NULL; c = c->next) {
		if (!is_fit(c) || strcmp(c->to.ip, to->ip) != 0 ||
		    strcmp(c->to.host, to->host) != 0)
			continue;
		(void)!str_to_c(j->m.domain, c->domain, sizeof(c->domain));
		return take(c, j);
	}
	return NULL;
}

void
pool_flush(struct remote *r)
{
	while (r->idle != NULL) {
		struct conn *c = r->idle;

		conn_quit(&c);
	}
}
