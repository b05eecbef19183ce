/* What is this machine: the listeners of the configuration that take mail from other servers. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/config.h"
#include "remote.h"

struct own {
	struct sockaddr_storage *v; /* addresses of listeners, without port */
	size_t n;
	bool any4, any6; /* a listener on every address of the family */
	char (*names)[LIM_DOMAIN + 1];
	size_t nnames;
};

static bool
addr_parse(struct str ip, struct sockaddr_storage *a)
{
	struct sockaddr_in *in = (struct sockaddr_in *)a;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)a;
	char text[64];

	memset(a, 0, sizeof(*a));
	if (str_to_c(ip, text, sizeof(text)) < 0)
		return false;
	if (inet_pton(AF_INET, text, &in->sin_addr) == 1)
		a->ss_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1)
		a->ss_family = AF_INET6;
	return a->ss_family != 0;
}

static bool
is_any(const struct sockaddr_storage *a)
{
	if (a->ss_family == AF_INET)
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr == INADDR_ANY;
	return IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)a)->sin6_addr);
}

static void
listener_add(struct own *o, const struct cfg_listener *l)
{
	o->v = mem_resize(o->v, o->n + l->ips.n, sizeof(*o->v));
	for (size_t i = 0; i < l->ips.n; i++) {
		struct sockaddr_storage *a = &o->v[o->n];

		if (!addr_parse(l->ips.v[i], a))
			continue;
		if (!is_any(a))
			o->n++;
		else if (a->ss_family == AF_INET)
			o->any4 = true;
		else
			o->any6 = true;
	}
}

static void
name_add(struct own *o, struct str name)
{
	o->names = mem_resize(o->names, o->nnames + 1, sizeof(*o->names));
	if (name.n > 0 && str_to_c(name, o->names[o->nnames], LIM_DOMAIN + 1) == 0)
		o->nnames++;
}

void
own_load(struct remote *r)
{
	const struct config *c = svc_config(r->svc);
	struct own *o = MEM_NEW(struct own);

	name_add(o, c->mox.hostname);
	for (size_t i = 0; i < c->mox.listeners.n; i++) {
		const struct cfg_listener *l = &c->mox.listeners.v[i];

		if (!l->smtp.enabled)
			continue;
		listener_add(o, l);
		name_add(o, l->hostname);
	}
	own_free(&r->own);
	r->own = o;
}

void
own_free(struct own **op)
{
	struct own *o = *op;

	*op = NULL;
	if (o == NULL)
		return;
	mem_free(o->v);
	mem_free(o->names);
	mem_free(o);
}

static bool
same(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET)
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
		       ((const struct sockaddr_in *)b)->sin_addr.s_addr;
	return memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
		      &((const struct sockaddr_in6 *)b)->sin6_addr, 16) == 0;
}

/* Whether an address is of this machine, without a list of its interfaces: what the kernel sends to
 * itself has the same address as source. Nothing is sent. */
static bool
is_local(const struct sockaddr_storage *to)
{
	struct sockaddr_storage a = *to, from;
	socklen_t n = sizeof(from), len;
	bool r = false;
	int fd = socket(a.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	if (a.ss_family == AF_INET) {
		((struct sockaddr_in *)&a)->sin_port = htons(25);
		len = sizeof(struct sockaddr_in);
	} else {
		((struct sockaddr_in6 *)&a)->sin6_port = htons(25);
		len = sizeof(struct sockaddr_in6);
	}
	if (connect(fd, (struct sockaddr *)&a, len) == 0 &&
	    getsockname(fd, (struct sockaddr *)&from, &n) == 0)
		r = same(&a, &from);
	close(fd);
	return r;
}

static bool
is_loopback(const struct sockaddr_storage *a)
{
	const struct in6_addr *a6 = &((const struct sockaddr_in6 *)a)->sin6_addr;

	if (a->ss_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)a)->sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(a6);
}

bool
own_is_addr(const struct remote *r, const struct sockaddr_storage *a)
{
	const struct own *o = r->own;

	for (size_t i = 0; i < o->n; i++)
		if (same(&o->v[i], a))
			return true;
	if (is_any(a))
		return true;
	if (a->ss_family == AF_INET ? !o->any4 : !o->any6)
		return false;
	return is_loopback(a) || is_local(a);
}

bool
own_is_name(const struct remote *r, struct str host)
{
	for (size_t i = 0; i < r->own->nnames; i++)
		if (str_eqi(str_c(r->own->names[i]), host))
			return true;
	return false;
}

bool
own_listener(const struct remote *r, struct target *t)
{
	const struct config *c = svc_config(r->svc);
	struct sockaddr_in *in = (struct sockaddr_in *)&t->addr;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&t->addr;

	*t = (struct target){ .is_dual = false };
	for (size_t i = 0; i < c->mox.listeners.n; i++) {
		const struct cfg_listener *l = &c->mox.listeners.v[i];

		if (!l->smtp.enabled || l->ips.n == 0 || !addr_parse(l->ips.v[0], &t->addr))
			continue;
		if (t->addr.ss_family == AF_INET) {
			if (is_any(&t->addr))
				in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
			in->sin_port = htons((uint16_t)l->smtp.port);
			(void)!inet_ntop(AF_INET, &in->sin_addr, t->ip, sizeof(t->ip));
		} else {
			if (is_any(&t->addr))
				in6->sin6_addr = in6addr_loopback;
			in6->sin6_port = htons((uint16_t)l->smtp.port);
			(void)!inet_ntop(AF_INET6, &in6->sin6_addr, t->ip, sizeof(t->ip));
		}
		snprintf(t->host, sizeof(t->host), "%s", r->hostname);
		return true;
	}
	return false;
}
