/*
 * IPC as a lying peer drives it. The first byte chooses:
 *   even  the rest is packets, each behind two bytes of length and one that says how many
 * descriptors come with it, sent into a channel that offers requests and has calls open; odd   the
 * rest is one body, given to every decoder; what decodes is encoded again and must be the same
 * bytes.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "ipc/ipc.h"
#include "ipc/msg_auth.h"
#include "ipc/msg_ctl.h"
#include "ipc/msg_deliver.h"
#include "ipc/msg_key.h"
#include "ipc/msg_store.h"
#include "ipc/packet.h"

enum { HELD = 8 };

static struct ipc_chan *chan;
static struct ipc_req *held[HELD];
static unsigned nheld;

static void
check(bool ok)
{
	if (!ok)
		abort();
}

/* Answers at once, later or never. */
static bool
on_any(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct err e = ERR_INIT;
	unsigned char how = m->body.n > 0 ? (unsigned char)m->body.p[0] : 0;
	int fd;

	(void)ctx;
	if (how % 5 == 4)
		return false;
	fd = ipc_msg_take_fd(m, how % 4);
	if (fd >= 0)
		close(fd);
	if (how % 5 == 3 && nheld < HELD) {
		held[nheld++] = req;
	} else if (how % 5 == 2) {
		err_set(&e, EC_TEMP, "later");
		ipc_reply_err(&req, &e);
	} else {
		ipc_reply(&req, m->body, NULL, 0);
	}
	return true;
}

static const struct ipc_op ops[] = {
	{ IPC_RCPT_CHECK, ~0u, 0, 0, on_any },
	{ IPC_DELIVER, ROLE_BIT(ROLE_SMTPD), 1, 2, on_any },
	{ IPC_CAP_ADD, ROLE_BIT(ROLE_AUTHD), 0, 0, on_any },
};

static void
on_close(void *ctx, struct ipc_chan *c)
{
	(void)ctx;
	check(c == chan);
	ipc_chan_free(&chan);
}

static void
on_answer(void *arg, const struct err *e, struct ipc_msg *m)
{
	(void)arg;
	check((e == NULL) != (m == NULL));
	check(e == NULL ||
	      (e->code != EC_OK && e->code < EC_COUNT && strlen(e->msg) < sizeof(e->msg)));
}

static void
send_packet(int fd, struct str p, unsigned nfds)
{
	union {
		char bytes[CMSG_SPACE(8 * sizeof(int))];
		struct cmsghdr align;
	} ctl;
	struct iovec iov = { (void *)(uintptr_t)p.p, p.n };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (nfds > 0) {
		memset(&ctl, 0, sizeof(ctl));
		mh.msg_control = ctl.bytes;
		mh.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		for (unsigned i = 0; i < nfds; i++)
			memcpy(CMSG_DATA(c) + i * sizeof(int), &fd, sizeof(int));
	}
	(void)sendmsg(fd, &mh, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
turn(struct loop *l)
{
	struct loop_timer *t = loop_timer_new(l, (loop_fn *)loop_stop, l);

	loop_timer_set(t, 0);
	loop_run(l);
	loop_timer_free(&t);
}

static void
packets(struct str in)
{
	struct loop *l = loop_new();
	struct rd r = rd_init(in);
	int fd[2];

	check(ipc_pair(fd) == 0);
	nheld = 0;
	chan = ipc_chan_new(l, fd[0], in.n % 2 == 0 ? ROLE_SMTPD : ROLE_AUTHD, 0, ops,
			    ARRAY_LEN(ops), NULL, on_close);
	(void)ipc_call(l, chan, IPC_RCPT_CHECK, STR("a"), NULL, 0, 0, on_answer, NULL);
	(void)ipc_call(l, chan, IPC_AUTH_LOGIN, STR("b"), NULL, 0, 0, on_answer, NULL);
	while (rd_more(&r)) {
		size_t n = (size_t)rd_uint(&r, 2);
		unsigned nfds = (unsigned)rd_uint(&r, 1) % 8;

		n = MIN(n, (size_t)(r.end - r.p));
		send_packet(fd[1], rd_bytes(&r, n), nfds);
		turn(l);
	}
	for (unsigned i = 0; i < nheld; i++)
		ipc_reply(&held[i], STR("late"), NULL, 0);
	turn(l);
	ipc_chan_free(&chan);
	turn(l);
	close(fd[1]);
	loop_free(&l);
}

#define MESSAGES(X)                                                                                \
	X(auth_login)                                                                              \
	X(auth_login_r)                                                                            \
	X(auth_logout) X(auth_account_keys) X(auth_account_keys_r) X(auth_log_key_r) X(            \
		hash_verify) X(hash_verify_r) X(hash_make) X(hash_make_r) X(ctl_start)             \
		X(ctl_spawn) X(ctl_spawn_r) X(ctl_exit) X(ctl_peer) X(ctl_listen) X(ctl_file) X(   \
			ctl_ready) X(ctl_loglevel) X(ctl_admin) X(ctl_admin_r) X(ctl_complain)     \
			X(ctl_command) X(rcpt_check) X(rcpt_check_r) X(deliver) X(deliver_r) X(    \
				cap_add) X(cap_del) X(key_sign) X(key_sign_r) X(key_tickets_r)     \
				X(store_open) X(store_open_r) X(store_append) X(store_append_r)    \
					X(store_flags) X(store_flags_r) X(store_copy) X(           \
						store_copy_r) X(store_expunge) X(store_expunge_r)  \
						X(store_create) X(store_create_r) X(store_delete)  \
							X(store_rename) X(store_subscribe)         \
								X(store_keywrap)

static void
bodies(struct str in)
{
	struct buf b;

	buf_init(&b, LIM_IPC_BODY);
#define X(name)                                                                                    \
	do {                                                                                       \
		struct msg_##name m;                                                               \
		if (msg_##name##_get(in, &m)) {                                                    \
			buf_reset(&b);                                                             \
			msg_##name##_put(&b, &m);                                                  \
			check(str_eq(buf_str(&b), in));                                            \
		}                                                                                  \
	} while (0);
	MESSAGES(X)
#undef X
	buf_done(&b);
}

static void
no_log(const char *line, size_t n, void *arg)
{
	(void)line;
	(void)n;
	(void)arg;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || size > LIM_IPC_BODY)
		return 0;
	log_capture(no_log, NULL);
	if (data[0] % 2 == 0)
		packets(str_mem(data + 1, size - 1));
	else
		bodies(str_mem(data + 1, size - 1));
	return 0;
}
