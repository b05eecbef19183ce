/* Packets that arrive: to requests or to calls. */
#include "base/mem.h"
#include "ipc/chan_int.h"

static struct ipc_pktbuf rx; /* borrowed by one handler at a time */

static void
on_answer(struct ipc_chan *c, const struct ipc_hdr *h, struct ipc_msg *m)
{
	struct call *k = ipc_call_find(h->id);
	struct err e;

	if (!ipc_call_was(h->id) ||
	    (k != NULL && k->c != NULL && (k->c != c || k->type != h->type))) {
		ipc_chan_bad(c, "answer to nothing", h->type);
		return;
	}
	if (k == NULL || k->c == NULL) /* cancelled or too late */
		return;
	if (h->kind == IPC_K_ANSWER) {
		ipc_call_end(k, NULL, m);
	} else if (m->nfds == 0 && ipc_error_get(m->body, &e)) {
		ipc_call_end(k, &e, NULL);
	} else {
		ipc_chan_bad(c, "malformed error", h->type);
	}
}

static void
dispatch(struct ipc_chan *c, const struct ipc_hdr *h, struct ipc_msg *m)
{
	if (h->kind == IPC_K_CALL || h->kind == IPC_K_NOTIFY)
		ipc_req_on_packet(c, h, m);
	else
		on_answer(c, h, m);
	ipc_fds_close(m->fds, m->nfds);
}

void
ipc_chan_dispatch_kept(struct ipc_chan *c)
{
	struct ipc_msg m;
	struct packet *p;

	while (!c->shut && (p = TAILQ_FIRST(&c->kept)) != NULL) {
		TAILQ_REMOVE(&c->kept, p, link);
		c->nkept--;
		m.type = (enum ipc_type)p->h.type;
		m.body = str_mem(p->body, p->n);
		m.nfds = p->nfds;
		for (unsigned i = 0; i < LIM_IPC_FDS; i++)
			m.fds[i] = i < p->nfds ? p->fds[i] : -1;
		dispatch(c, &p->h, &m);
		mem_wipe(p->body, p->n);
		mem_free(p);
	}
}

void
ipc_chan_receive(struct ipc_chan *c)
{
	struct ipc_hdr h;
	struct ipc_msg m;
	const char *why;
	int left = LIM_STEPS_PER_TURN;
	size_t n;

	while (!c->shut && left-- > 0) {
		switch (ipc_pkt_recv(c->fd, &rx, &h, &m, &why)) {
		case IPC_PKT_OK:
			n = m.body.n;
			dispatch(c, &h, &m);
			mem_wipe(rx.bytes, IPC_HDR_LEN + n); /* passwords and keys pass here */
			break;
		case IPC_PKT_AGAIN:
			return;
		case IPC_PKT_GONE:
			ipc_chan_shut(c);
			return;
		case IPC_PKT_BAD:
			ipc_chan_bad(c, why, IPC_NONE);
			return;
		}
	}
}
