/* Listening sockets and files that need root. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/wire.h"
#include "master.h"

static int
address(const struct mconf_listen *l, struct sockaddr_storage *a, socklen_t *len)
{
	struct sockaddr_in *a4 = (struct sockaddr_in *)a;
	struct sockaddr_in6 *a6 = (struct sockaddr_in6 *)a;

	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, l->ip, &a4->sin_addr) == 1) {
		a4->sin_family = AF_INET;
		a4->sin_port = htons((uint16_t)l->port);
		*len = sizeof(*a4);
		return 0;
	}
	if (inet_pton(AF_INET6, l->ip, &a6->sin6_addr) == 1) {
		a6->sin6_family = AF_INET6;
		a6->sin6_port = htons((uint16_t)l->port);
		*len = sizeof(*a6);
		return 0;
	}
	return -1;
}

static bool
same_address(int fd, const struct sockaddr_storage *want)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);

	memset(&a, 0, sizeof(a));
	if (getsockname(fd, (struct sockaddr *)&a, &len) < 0 || a.ss_family != want->ss_family)
		return false;
	if (a.ss_family == AF_INET) {
		const struct sockaddr_in *x = (struct sockaddr_in *)&a,
					 *y = (const struct sockaddr_in *)want;

		return x->sin_port == y->sin_port && x->sin_addr.s_addr == y->sin_addr.s_addr;
	}
	const struct sockaddr_in6 *x = (struct sockaddr_in6 *)&a,
				  *y = (const struct sockaddr_in6 *)want;

	return x->sin6_port == y->sin6_port &&
	       memcmp(&x->sin6_addr, &y->sin6_addr, sizeof(x->sin6_addr)) == 0;
}

/* One that an earlier image of this process opened. */
static int
take_old(struct master *m, const struct sockaddr_storage *a)
{
	int fd;

	for (unsigned i = 0; i < m->nold; i++)
		if (m->old_fds[i] >= 0 && same_address(m->old_fds[i], a)) {
			fd = m->old_fds[i];
			m->old_fds[i] = -1;
			(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
			return fd;
		}
	return -1;
}

static int
open_listener(struct master *m, struct mconf_listen *l, struct err *e)
{
	struct sockaddr_storage a;
	socklen_t len;
	int one = 1, fd;

	if (address(l, &a, &len) < 0)
		return err_set(e, EC_SYNTAX, "listener %s: %s is not an address", l->name, l->ip);
	fd = take_old(m, &a);
	if (fd >= 0) {
		l->fd = fd;
		return 0;
	}
	fd = socket(a.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_sys(e, EC_IO, errno, "listener %s: %s", l->name, l->ip);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (a.ss_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&a, len) < 0 || listen(fd, SOMAXCONN) < 0) {
		err_sys(e, EC_IO, errno, "listener %s: %s on %s port %u", l->name,
			service_name(l->service), l->ip, l->port);
		close(fd);
		return -1;
	}
	l->fd = fd;
	return 0;
}

int
listen_open_all(struct master *m, struct err *e)
{
	for (unsigned i = 0; i < m->conf.nlisten; i++)
		if (open_listener(m, &m->conf.listen[i], e) < 0)
			return -1;
	for (unsigned i = 0; i < m->nold; i++)
		if (m->old_fds[i] >= 0)
			close(m->old_fds[i]);
	m->nold = 0;
	return 0;
}

int
listen_open_file(const char *path, struct err *e)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return err_sys(e, EC_IO, errno, "%s", path);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return err_set(e, EC_IO, "%s: is not a file", path);
	}
	return fd;
}
