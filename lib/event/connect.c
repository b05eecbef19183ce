/* Streams to elsewhere. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "event/stream_int.h"

static socklen_t
addr_len(const struct sockaddr_storage *a)
{
	return a->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

struct stream *
stream_connect(struct loop *l, const struct sockaddr_storage *peer, loop_fn *wake, void *arg,
	       struct err *e)
{
	int fd = socket(peer->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1, r;
	struct stream *s;

	if (fd < 0) {
		(void)err_sys(e, EC_IO, errno, "socket");
		return NULL;
	}
	/* Output leaves in whole pieces, so waiting for more to come only delays. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	r = connect(fd, (const struct sockaddr *)peer, addr_len(peer));
	if (r < 0 && errno != EINPROGRESS && errno != EINTR) {
		(void)err_sys(e, EC_IO, errno, "connect");
		close(fd);
		return NULL;
	}
	s = stream_new(l, fd, wake, arg);
	stream_set_connecting(s);
	return s;
}
