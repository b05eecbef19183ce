/*
 * Listening sockets. All workers of a role watch the same sockets and race for each connection; the
 * losers see EAGAIN. One connection is taken per turn, so that a burst spreads over the workers.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "svc/svc_int.h"

static void
on_resume(void *arg)
{
	struct svc *s = arg;

	s->short_of_fds = false;
	svc_accept_update(s);
}

/* Out of descriptors or memory: connections wait in the kernel meanwhile. */
static void
rest(struct svc *s, int sys)
{
	if (!s->short_of_fds)
		LOG(NULL, LOG_WARN, "svc.accept.paused", LF(reason, strerror(sys)),
		    LF(delay, LIM_ACCEPT_PAUSE_MS));
	s->short_of_fds = true;
	if (s->resume == NULL)
		s->resume = loop_timer_new(s->l, on_resume, s);
	loop_timer_set(s->resume, LIM_ACCEPT_PAUSE_MS);
	svc_accept_update(s);
}

static void
on_accept(void *arg, int fd, unsigned what)
{
	struct svc_accept *a = arg;
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);
	int c, one = 1;

	(void)what;
	memset(&peer, 0, sizeof(peer));
	c = accept4(fd, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (c >= 0) {
		(void)setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		a->s->ops->accepted(a->s, &a->l, c, &peer);
	} else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
		rest(a->s, errno);
	}
	/* Everything else concerns that one connection, or another worker has it. */
}

void
svc_listen(struct svc *s, enum service service, struct str listener, int fd)
{
	struct svc_accept *a = MEM_NEW(struct svc_accept);
	socklen_t len = sizeof(a->l.addr);

	a->s = s;
	a->l.service = service;
	a->l.fd = fd;
	if (str_to_c(listener, a->name, sizeof(a->name)) < 0)
		a->name[0] = '\0';
	a->l.listener = str_c(a->name);
	(void)getsockname(fd, (struct sockaddr *)&a->l.addr, &len);
	a->io = loop_io_new(s->l, fd, on_accept, a);
	s->accepts = mem_resize(s->accepts, s->naccepts + 1, sizeof(*s->accepts));
	s->accepts[s->naccepts++] = a;
	svc_accept_update(s);
}

void
svc_accept_update(struct svc *s)
{
	bool on = s->started && !s->draining && !s->paused && !s->short_of_fds;

	for (unsigned i = 0; i < s->naccepts; i++)
		loop_io_set(s->accepts[i]->io, on ? LOOP_READ : 0);
}

void
svc_accept_pause(struct svc *s, bool pause)
{
	s->paused = pause;
	svc_accept_update(s);
}

void
svc_listen_close(struct svc *s)
{
	for (unsigned i = 0; i < s->naccepts; i++) {
		loop_io_free(&s->accepts[i]->io);
		close(s->accepts[i]->l.fd);
		s->accepts[i]->l.fd = -1;
	}
	s->naccepts = 0; /* connections may still point to their listener */
}
