/* The client of the control socket, for `mox`. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ipc/msg_ctl.h"
#include "ipc/packet.h"
#include "src/master/ctl.h"

enum { CALL_MS = 60000, STOP_MS = 30000 };

static int
connect_ctl(const char *data_dir, struct err *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int dir = open(data_dir, O_PATH | O_DIRECTORY | O_CLOEXEC), fd, r;

	if (dir < 0)
		return err_sys(e, EC_NOTFOUND, errno, "mox is not running: %s", data_dir);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		close(dir);
		return err_sys(e, EC_IO, errno, "socket");
	}
	snprintf(a.sun_path, sizeof(a.sun_path), "/proc/self/fd/%d/ctl", dir);
	r = connect(fd, (struct sockaddr *)&a, sizeof(a));
	if (r < 0 && (errno == ENOENT || errno == ECONNREFUSED))
		err_set(e, EC_NOTFOUND, "mox is not running with data directory %s", data_dir);
	else if (r < 0)
		err_sys(e, EC_IO, errno, "%s/ctl", data_dir);
	close(dir);
	if (r < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static int
put_args(struct buf *b, const struct str *args, unsigned nargs, int in_fd, struct err *e)
{
	char t[4096];
	struct buf in;
	ssize_t r;

	for (unsigned i = 0; i < nargs; i++)
		wr_str(b, args[i]);
	if (in_fd < 0)
		return b->over ? err_set(e, EC_LIMIT, "arguments are too long") : 0;
	buf_init(&in, LIM_CTL_TEXT);
	while ((r = read(in_fd, t, sizeof(t))) > 0)
		buf_put(&in, t, (size_t)r);
	wr_str(b, buf_str(&in));
	if (in.over || b->over)
		err_set(e, EC_LIMIT, "input is too long");
	buf_wipe(&in);
	mem_wipe(t, sizeof(t));
	return in.over || b->over ? -1 : 0;
}

#define MSG_REMOTE_ERROR(U, S) U(1, code) U(4, sys) S(msg, 199)
IPC_BODY(remote_error, MSG_REMOTE_ERROR)

static int
take_answer(const struct ipc_hdr *h, const struct ipc_msg *m, struct buf *out, struct err *e)
{
	struct msg_remote_error re;
	struct msg_ctl_admin_r r;

	if (h->kind == IPC_K_ERROR && msg_remote_error_get(m->body, &re))
		return err_set(e, re.code == EC_OK ? EC_BUG : ec_from_wire(re.code), STR_FMT,
			       STR_ARG(re.msg));
	if (h->kind != IPC_K_ANSWER || !msg_ctl_admin_r_get(m->body, &r))
		return err_set(e, EC_BUG, "master gave a malformed answer");
	buf_putstr(out, r.text);
	return 0;
}

/* The next packet; 1 at the end of the channel. */
static int
wait_packet(int fd, int64_t until, struct ipc_pktbuf *b, struct ipc_hdr *h, struct ipc_msg *m,
	    struct err *e)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	const char *why;
	int64_t left;

	for (;;) {
		left = until - clock_mono_ms();
		if (left <= 0)
			return err_set(e, EC_TIMEOUT, "mox does not answer");
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		switch (ipc_pkt_recv(fd, b, h, m, &why)) {
		case IPC_PKT_OK:
			ipc_fds_close(m->fds, m->nfds);
			return 0;
		case IPC_PKT_AGAIN:
			continue;
		case IPC_PKT_GONE:
			return 1;
		case IPC_PKT_BAD:
			return err_set(e, EC_BUG, "master: %s", why);
		}
	}
}

static int
exchange(int fd, const char *verb, struct str body, int64_t ms, struct buf *out, struct err *e)
{
	struct ipc_hdr h = { .kind = IPC_K_CALL, .type = IPC_CTL_COMMAND, .id = 1 };
	struct ipc_pktbuf *b;
	struct ipc_msg m;
	int r;

	if (ipc_pkt_send(fd, &h, body, NULL, 0) != IPC_PKT_OK)
		return err_sys(e, EC_IO, errno, "asking master");
	b = mem_alloc(sizeof(*b));
	r = wait_packet(fd, clock_mono_ms() + (ms > 0 ? ms : CALL_MS), b, &h, &m, e);
	if (r == 1)
		r = err_set(e, EC_TIMEOUT, "mox ended before it answered");
	else if (r == 0)
		r = take_answer(&h, &m, out, e);
	/* Stopped is when master's end of the socket is gone. */
	if (r == 0 && strcmp(verb, "stop") == 0)
		r = wait_packet(fd, clock_mono_ms() + STOP_MS, b, &h, &m, e) < 0 ? -1 : 0;
	mem_wipe(b, sizeof(*b));
	mem_free(b);
	return r;
}

int
ctl_call(const char *data_dir, enum role role, const char *verb, const struct str *args,
	 unsigned nargs, int in_fd, int64_t ms, struct buf *out, struct err *e)
{
	struct msg_ctl_command c = { .role = role, .verb = str_c(verb) };
	struct buf packed, body;
	int fd = connect_ctl(data_dir, e), r = -1;

	if (fd < 0)
		return -1;
	buf_init(&packed, LIM_CTL_TEXT);
	buf_init(&body, LIM_IPC_BODY);
	if (put_args(&packed, args, nargs, in_fd, e) == 0) {
		c.args = buf_str(&packed);
		msg_ctl_command_put(&body, &c);
		r = exchange(fd, verb, buf_str(&body), ms, out, e);
	}
	buf_wipe(&packed);
	buf_wipe(&body);
	close(fd);
	return r;
}

bool
ctl_is_running(const char *data_dir)
{
	int fd = connect_ctl(data_dir, NULL);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}
