/* The blocking call: waits in the socket, and keeps what arrives meanwhile for the loop. */
#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ipc/chan_int.h"

static int
wait_fd(int fd, short what, int64_t most, int64_t until, struct err *e)
{
	int64_t left = until - clock_mono_ms();
	struct pollfd p = { .fd = fd, .events = what };
	int r;

	if (left <= 0)
		return err_set(e, EC_TIMEOUT, "no answer in time");
	r = poll(&p, 1, (int)MIN(left, most));
	if (r < 0 && errno != EINTR)
		return err_sys(e, EC_IO, errno, "poll");
	return 0;
}

/* Keep a packet for the loop. */
static int
keep(struct ipc_chan *c, const struct ipc_hdr *h, struct ipc_msg *m)
{
	struct packet *p;

	if (c->nkept >= LIM_IPC_QUEUE) {
		ipc_fds_close(m->fds, m->nfds);
		ipc_chan_bad(c, "sends too much", h->type);
		return -1;
	}
	p = ipc_packet_new(h, m->body, m->fds, m->nfds);
	TAILQ_INSERT_TAIL(&c->kept, p, link);
	c->nkept++;
	loop_wake(c->wake);
	return 0;
}

static int
sync_answer(struct ipc_chan *c, const struct ipc_hdr *h, struct ipc_msg *m, unsigned type,
	    struct buf *out, struct err *e)
{
	struct err remote;

	ipc_fds_close(m->fds, m->nfds);
	if (h->type != type || (h->kind == IPC_K_ERROR && !ipc_error_get(m->body, &remote))) {
		ipc_chan_bad(c, "malformed answer", h->type);
		return err_set(e, EC_TIMEOUT, "malformed answer");
	}
	if (h->kind == IPC_K_ERROR) {
		err_move(e, &remote);
		return -1;
	}
	buf_putstr(out, m->body);
	return out->over ? err_set(e, EC_LIMIT, "answer is too large") : 0;
}

static int
sync_wait(struct ipc_chan *c, uint64_t id, unsigned type, int64_t until, struct buf *out,
	  struct err *e)
{
	struct ipc_pktbuf *b = mem_alloc(sizeof(*b));
	struct ipc_hdr h;
	struct ipc_msg m;
	const char *why;
	int r = -1;

	for (;;) {
		if (c->nout > 0)
			ipc_chan_flush(c);
		if (c->shut) {
			err_set(e, EC_TIMEOUT, "%s is gone", role_name(c->role));
			break;
		}
		switch (ipc_pkt_recv(c->fd, b, &h, &m, &why)) {
		case IPC_PKT_OK:
			if ((h.kind == IPC_K_ANSWER || h.kind == IPC_K_ERROR) && h.id == id) {
				r = sync_answer(c, &h, &m, type, out, e);
				goto done;
			}
			(void)keep(c, &h, &m);
			continue;
		case IPC_PKT_AGAIN:
			break;
		case IPC_PKT_GONE:
			ipc_chan_shut(c);
			continue;
		case IPC_PKT_BAD:
			ipc_chan_bad(c, why, IPC_NONE);
			continue;
		}
		/* With `retry` the socket would not say when the kernel has room again, and the
		 * timer does not run here. */
		if (wait_fd(c->fd, (short)(POLLIN | (c->nout > 0 && !c->retry ? POLLOUT : 0)),
			    c->nout > 0 && c->retry ? IPC_RETRY_MS : 60000, until, e) < 0)
			break;
	}
done:
	mem_wipe(b, sizeof(*b));
	mem_free(b);
	return r;
}

int
ipc_call_sync(struct ipc_chan *c, enum ipc_type type, struct str body, int64_t deadline_ms,
	      struct buf *out, struct err *e)
{
	struct ipc_hdr h = { .kind = IPC_K_CALL, .type = type };
	struct packet *p;
	int64_t until = clock_mono_ms() + (deadline_ms > 0 ? deadline_ms : LIM_IPC_DEADLINE_MS);

	if (c == NULL || c->shut || c->waiting)
		return err_set(e, EC_TIMEOUT, "%s: peer is down", ipc_type_name(type));
	if (body.n > LIM_IPC_BODY)
		return err_set(e, EC_LIMIT, "%s: request is too large", ipc_type_name(type));
	h.id = ipc_call_next_id();
	if (!ipc_chan_send(c, &h, body, NULL, 0))
		return err_set(e, EC_TIMEOUT, "%s: %s is overloaded", ipc_type_name(type),
			       role_name(c->role));
	p = TAILQ_LAST(&c->out, packets);
	if (p != NULL && p->h.id == h.id)
		p->sync = true;
	if (sync_wait(c, h.id, type, until, out, e) < 0)
		return err_prefix(e, "%s", ipc_type_name(type));
	return 0;
}
