/*
 * SECURITY: the receiving side trusts nothing: length, version, kind, type and the number of
 * descriptors must be what the header says, and descriptors are counted as they came, since room
 * for one int admits two on 64-bit Linux.
 */
#include "ipc/packet.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* One more than allowed fits, so that an extra one is seen and closed, not silently cut. */
enum { MAX_RECV = LIM_IPC_FDS + 4 };

void
ipc_fds_close(int *fds, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
}

int
ipc_pair(int fd[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fd);
}

/* All descriptors that came, at most MAX_RECV of them; what the kernel could not place shows as
 * MSG_CTRUNC. */
static unsigned
take_fds(struct msghdr *mh, int *fds)
{
	struct cmsghdr *c;
	unsigned n = 0;
	size_t k;
	int fd;

	for (c = CMSG_FIRSTHDR(mh); c != NULL; c = CMSG_NXTHDR(mh, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		k = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < k; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (n < MAX_RECV)
				fds[n++] = fd;
			else
				close(fd);
		}
	}
	return n;
}

static const char *
parse(struct str p, unsigned nfds, struct ipc_hdr *h, struct str *body)
{
	struct rd r = rd_init(p);
	uint64_t version = rd_uint(&r, 1), kind = rd_uint(&r, 1), type = rd_uint(&r, 2);
	uint64_t id = rd_uint(&r, 8), len = rd_uint(&r, 4), n = rd_uint(&r, 1);

	if (r.bad)
		return "short packet";
	if (version != IPC_VERSION)
		return "wrong version";
	if (kind < IPC_K_CALL || kind > IPC_K_NOTIFY)
		return "unknown kind";
	if (type == IPC_NONE || type >= IPC_TYPE_COUNT)
		return "unknown type";
	if ((kind == IPC_K_NOTIFY) != (id == 0))
		return "wrong id";
	if (len != (uint64_t)(r.end - r.p))
		return "wrong length";
	if (n != nfds || nfds > LIM_IPC_FDS)
		return "wrong number of descriptors";
	h->kind = (enum ipc_kind)kind;
	h->type = (unsigned)type;
	h->id = id;
	*body = rd_bytes(&r, (size_t)len);
	return NULL;
}

enum ipc_pkt
ipc_pkt_recv(int fd, struct ipc_pktbuf *b, struct ipc_hdr *h, struct ipc_msg *m, const char **why)
{
	union {
		char bytes[CMSG_SPACE(MAX_RECV * sizeof(int))];
		struct cmsghdr align;
	} ctl;
	struct iovec iov = { b->bytes, sizeof(b->bytes) };
	struct msghdr mh = { .msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = ctl.bytes,
			     .msg_controllen = sizeof(ctl.bytes) };
	int fds[MAX_RECV];
	unsigned nfds;
	ssize_t r;

	do
		r = recvmsg(fd, &mh, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return errno == EAGAIN ? IPC_PKT_AGAIN : IPC_PKT_GONE;
	nfds = take_fds(&mh, fds);
	if (r == 0 && nfds == 0) {
		errno = 0;
		return IPC_PKT_GONE;
	}
	if ((mh.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
		*why = "truncated packet";
	else
		*why = parse(str_mem(b->bytes, (size_t)r), nfds, h, &m->body);
	if (*why != NULL) {
		ipc_fds_close(fds, nfds);
		return IPC_PKT_BAD;
	}
	m->type = (enum ipc_type)h->type;
	m->nfds = nfds;
	for (unsigned i = 0; i < LIM_IPC_FDS; i++)
		m->fds[i] = i < nfds ? fds[i] : -1;
	return IPC_PKT_OK;
}

static void
put_le(unsigned char *p, unsigned width, uint64_t v)
{
	for (unsigned i = 0; i < width; i++)
		p[i] = (unsigned char)(v >> (8 * i));
}

enum ipc_pkt
ipc_pkt_send(int fd, const struct ipc_hdr *h, struct str body, const int *fds, unsigned nfds)
{
	union {
		char bytes[CMSG_SPACE(LIM_IPC_FDS * sizeof(int))];
		struct cmsghdr align;
	} ctl;
	unsigned char hdr[IPC_HDR_LEN];
	struct iovec iov[2] = { { hdr, sizeof(hdr) }, { (void *)(uintptr_t)body.p, body.n } };
	struct msghdr mh = { .msg_iov = iov, .msg_iovlen = 2 };
	struct cmsghdr *c;
	ssize_t r;

	if (nfds > LIM_IPC_FDS || body.n > LIM_IPC_BODY) {
		errno = EMSGSIZE;
		return IPC_PKT_GONE;
	}
	put_le(hdr, 1, IPC_VERSION);
	put_le(hdr + 1, 1, h->kind);
	put_le(hdr + 2, 2, h->type);
	put_le(hdr + 4, 8, h->id);
	put_le(hdr + 12, 4, body.n);
	put_le(hdr + 16, 1, nfds);
	if (nfds > 0) {
		memset(&ctl, 0, sizeof(ctl));
		mh.msg_control = ctl.bytes;
		mh.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, nfds * sizeof(int));
	}
	do
		r = sendmsg(fd, &mh, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (r < 0 && errno == EINTR);
	if (r >= 0)
		return IPC_PKT_OK;
	/* ENOBUFS and ETOOMANYREFS pass when the peer has read: the same as a full socket. */
	return errno == EAGAIN || errno == ENOBUFS || errno == ETOOMANYREFS ? IPC_PKT_AGAIN
									    : IPC_PKT_GONE;
}

int
ipc_msg_take_fd(struct ipc_msg *m, unsigned i)
{
	int fd;

	if (i >= m->nfds)
		return -1;
	fd = m->fds[i];
	m->fds[i] = -1;
	return fd;
}

enum { ALL_SEALS = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL };

int
ipc_fd_sealed(const char *name, struct str bytes, struct err *e)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	ssize_t n;

	if (fd < 0)
		return err_sys(e, EC_IO, errno, "memfd_create");
	while (bytes.n > 0 && (n = write(fd, bytes.p, bytes.n)) > 0)
		bytes = str_from(bytes, (size_t)n);
	if (bytes.n == 0 && fcntl(fd, F_ADD_SEALS, ALL_SEALS) == 0)
		return fd;
	(void)err_sys(e, EC_IO, errno, "memory file %s", name);
	close(fd);
	return -1;
}

bool
ipc_fd_is_message(int fd, bool allow_file, uint64_t *size)
{
	int seals = fcntl(fd, F_GET_SEALS), flags = fcntl(fd, F_GETFL);
	struct stat st;

	if (flags < 0 || (flags & O_PATH) != 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_size < 0)
		return false;
	if (seals < 0 || (seals & ALL_SEALS) != ALL_SEALS) {
		/* On tmpfs a file has the one seal that forbids others. */
		if (!allow_file || (seals >= 0 && seals != F_SEAL_SEAL) ||
		    (st.st_nlink != 0 && (flags & O_ACCMODE) != O_RDONLY))
			return false;
	}
	*size = (uint64_t)st.st_size;
	return true;
}
