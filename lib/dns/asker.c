#include "dns/asker.h"

#include <ares.h>
#include <sys/queue.h>

#include "base/mem.h"

struct sock {
	LIST_ENTRY(sock) link;
	struct loop_io *io;
	int fd;
};

struct ask {
	struct asker *a;
	asker_fn *fn;
	void *arg;
};

struct asker {
	struct loop *l;
	ares_channel ares;
	struct loop_timer *timer;
	LIST_HEAD(, sock) socks;
	bool is_dying;
};

/* c-ares says when it wants to be called next. */
static void
arm(struct asker *a)
{
	struct timeval tv, *t = ares_timeout(a->ares, NULL, &tv);

	if (t == NULL)
		loop_timer_stop(a->timer);
	else
		loop_timer_set(a->timer, (int64_t)t->tv_sec * 1000 + t->tv_usec / 1000 + 1);
}

static void
on_timer(void *arg)
{
	struct asker *a = arg;

	ares_process_fd(a->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	arm(a);
}

static void
on_io(void *arg, int fd, unsigned what)
{
	struct asker *a = arg;

	ares_process_fd(a->ares, (what & LOOP_READ) != 0 ? fd : ARES_SOCKET_BAD,
			(what & LOOP_WRITE) != 0 ? fd : ARES_SOCKET_BAD);
	arm(a);
}

/* A socket of c-ares is to be watched, or, with neither, is about to be closed. */
static void
on_sock(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct asker *a = arg;
	struct sock *s;

	LIST_FOREACH(s, &a->socks, link)
	if (s->fd == fd)
		break;
	if (!readable && !writable) {
		if (s == NULL)
			return;
		LIST_REMOVE(s, link);
		loop_io_free(&s->io);
		mem_free(s);
		return;
	}
	if (s == NULL) {
		s = MEM_NEW(struct sock);
		s->fd = fd;
		s->io = loop_io_new(a->l, fd, on_io, a);
		LIST_INSERT_HEAD(&a->socks, s, link);
	}
	loop_io_set(s->io, (readable ? LOOP_READ : 0) | (writable ? LOOP_WRITE : 0));
}

static int
set_servers(struct asker *a, const struct dns_servers *s)
{
	struct ares_addr_port_node v[LIM_DNS_SERVERS];

	memset(v, 0, sizeof(v));
	for (size_t i = 0; i < s->n; i++) {
		v[i].family = s->v[i].family;
		if (s->v[i].family == AF_INET)
			v[i].addr.addr4 = s->v[i].v4;
		else
			memcpy(&v[i].addr.addr6, &s->v[i].v6, sizeof(s->v[i].v6));
		v[i].udp_port = v[i].tcp_port = s->v[i].port;
		v[i].next = i + 1 < s->n ? &v[i + 1] : NULL;
	}
	return ares_set_servers_ports(a->ares, v);
}

/* Everything is said here, so that c-ares looks at no file of the system. SERVFAIL and the like let
 * it ask the next server. */
static int
init(struct asker *a, const struct dns_servers *s)
{
	static bool has_library;
	struct in_addr any = { htonl(INADDR_LOOPBACK) };
	char lookups[] = "b";
	struct ares_options o = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
		.timeout = s->try_ms,
		.tries = s->tries,
		.ndots = 1,
		.servers = &any,
		.nservers = 1,
		.lookups = lookups,
		.sock_state_cb = on_sock,
		.sock_state_cb_data = a,
	};
	int r = ARES_SUCCESS;

	if (!has_library)
		r = ares_library_init(ARES_LIB_INIT_ALL);
	has_library = r == ARES_SUCCESS;
	if (r == ARES_SUCCESS)
		r = ares_init_options(&a->ares, &o,
				      ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
					      ARES_OPT_NDOTS | ARES_OPT_SERVERS | ARES_OPT_DOMAINS |
					      ARES_OPT_LOOKUPS | ARES_OPT_SORTLIST |
					      ARES_OPT_SOCK_STATE_CB);
	if (r != ARES_SUCCESS) {
		a->ares = NULL;
		return r;
	}
	return set_servers(a, s);
}

struct asker *
asker_new(struct loop *l, const struct dns_servers *s, struct err *e)
{
	struct asker *a = MEM_NEW(struct asker);
	int r;

	a->l = l;
	LIST_INIT(&a->socks);
	a->timer = loop_timer_new(l, on_timer, a);
	r = init(a, s);
	if (r != ARES_SUCCESS) {
		(void)err_set(e, EC_BUG, "c-ares: %s", ares_strerror(r));
		asker_free(&a);
	}
	return a;
}

void
asker_free(struct asker **ap)
{
	struct asker *a = *ap;

	*ap = NULL;
	if (a == NULL)
		return;
	a->is_dying = true;
	if (a->ares != NULL)
		ares_destroy(a->ares);
	loop_timer_free(&a->timer);
	mem_free(a);
}

static void
on_answer(void *arg, int status, int timeouts, unsigned char *p, int n)
{
	struct ask *k = arg;
	bool ok = status == ARES_SUCCESS && p != NULL && n > 0;

	(void)timeouts;
	if (!k->a->is_dying)
		k->fn(k->arg, ok ? str_mem(p, (size_t)n) : STR(""),
		      ok ? NULL : ares_strerror(status));
	mem_free(k);
}

void
asker_send(struct asker *a, struct str packet, asker_fn *fn, void *arg)
{
	struct ask *k = MEM_NEW(struct ask);

	k->a = a;
	k->fn = fn;
	k->arg = arg;
	ares_send(a->ares, (const unsigned char *)packet.p, (int)packet.n, on_answer, k);
	arm(a);
}
