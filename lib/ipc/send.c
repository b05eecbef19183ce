/* Packets on their way out, and those that wait for room. */
#include <assert.h>
#include <errno.h>

#include "base/mem.h"
#include "ipc/chan_int.h"

void
ipc_packets_free(struct packets *q)
{
	struct packet *p;

	while ((p = TAILQ_FIRST(q)) != NULL) {
		TAILQ_REMOVE(q, p, link);
		ipc_fds_close(p->fds, p->nfds);
		mem_wipe(p->body, p->n);
		mem_free(p);
	}
}

struct packet *
ipc_packet_new(const struct ipc_hdr *h, struct str body, const int *fds, unsigned nfds)
{
	struct packet *p = mem_zalloc(1, sizeof(*p) + body.n);

	p->h = *h;
	p->n = body.n;
	p->nfds = nfds;
	for (unsigned i = 0; i < nfds; i++)
		p->fds[i] = fds[i];
	if (body.n > 0)
		memcpy(p->body, body.p, body.n);
	return p;
}

static void
update_io(struct ipc_chan *c)
{
	if (!c->shut && !c->waiting)
		loop_io_set(c->io, (c->held ? 0 : LOOP_READ) |
					   (c->nout > 0 && !c->retry ? LOOP_WRITE : 0));
}

void
ipc_chan_hold(struct ipc_chan *c, bool on)
{
	c->held = on;
	update_io(c);
}

void
ipc_chan_arm(struct ipc_chan *c, int64_t at)
{
	int64_t now = loop_now(c->l);

	if (c->shut || (c->timer_at != 0 && c->timer_at <= at))
		return;
	c->timer_at = at;
	loop_timer_set(c->timer, at > now ? at - now : 0);
}

static enum ipc_pkt
send_now(struct ipc_chan *c, const struct ipc_hdr *h, struct str body, const int *fds,
	 unsigned nfds)
{
	enum ipc_pkt r = ipc_pkt_send(c->fd, h, body, fds, nfds);

	if (r == IPC_PKT_AGAIN && errno != EAGAIN) {
		c->retry = true;
		ipc_chan_arm(c, loop_now(c->l) + IPC_RETRY_MS);
	}
	return r;
}

/* Send or queue; takes the descriptors. False when the channel is shut or its queue is full. */
bool
ipc_chan_send(struct ipc_chan *c, const struct ipc_hdr *h, struct str body, const int *fds,
	      unsigned nfds)
{
	enum ipc_pkt r = IPC_PKT_AGAIN;
	struct packet *p;
	int own[LIM_IPC_FDS];

	assert(nfds <= LIM_IPC_FDS && body.n <= LIM_IPC_BODY);
	for (unsigned i = 0; i < nfds; i++)
		own[i] = fds[i];
	if (!c->shut && !c->waiting && c->nout == 0)
		r = send_now(c, h, body, own, nfds);
	if (c->shut || r != IPC_PKT_AGAIN || c->nout >= LIM_IPC_QUEUE ||
	    c->out_bytes + body.n > LIM_IPC_QUEUE_BYTES) {
		ipc_fds_close(own, nfds);
		if (r == IPC_PKT_GONE)
			ipc_chan_shut(c);
		return r == IPC_PKT_OK;
	}
	p = ipc_packet_new(h, body, own, nfds);
	TAILQ_INSERT_TAIL(&c->out, p, link);
	c->nout++;
	c->out_bytes += body.n;
	update_io(c);
	return true;
}

void
ipc_chan_flush(struct ipc_chan *c)
{
	struct packet *p;
	enum ipc_pkt r;

	while (!c->shut && !c->waiting && (p = TAILQ_FIRST(&c->out)) != NULL) {
		/* A call that failed or was cancelled while it waited must not have effects later.
		 */
		if (p->h.kind == IPC_K_CALL && !p->sync && ipc_call_find(p->h.id) == NULL)
			r = IPC_PKT_OK;
		else
			r = send_now(c, &p->h, str_mem(p->body, p->n), p->fds, p->nfds);
		if (r == IPC_PKT_AGAIN)
			break;
		if (r == IPC_PKT_GONE) {
			ipc_chan_shut(c);
			return;
		}
		TAILQ_REMOVE(&c->out, p, link);
		c->nout--;
		c->out_bytes -= p->n;
		ipc_fds_close(p->fds, p->nfds);
		mem_wipe(p->body, p->n);
		mem_free(p);
	}
	update_io(c);
}

void
ipc_notify(struct ipc_chan *c, enum ipc_type type, struct str body, const int *fds, unsigned nfds)
{
	struct ipc_hdr h = { .kind = IPC_K_NOTIFY, .type = type };
	int own[LIM_IPC_FDS];

	assert(nfds <= LIM_IPC_FDS && body.n <= LIM_IPC_BODY);
	for (unsigned i = 0; i < nfds; i++)
		own[i] = fds[i];
	if (c == NULL || c->shut || c->waiting)
		ipc_fds_close(own, nfds);
	else if (!ipc_chan_send(c, &h, body, own, nfds))
		ipc_chan_bad(c, "does not read", type);
}
