/*
 * Channels between two ends in one process, and against raw packets of a peer that lies: cut at
 * each byte, wrong header fields, types, roles, descriptors; deadlines, cancelling, dead peers,
 * full queues.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "ipc/ipc.h"
#include "ipc/msg_deliver.h"
#include "ipc/packet.h"
#include "tests/unit/unit.h"

static struct loop *l;
static struct ipc_chan *caller, *callee;
static int raw = -1; /* the far end when the test itself is the peer */
static unsigned handled, closed, answers, bad_lines;
static struct err last_err;
static uint64_t last_txn;
static struct ipc_req *held;
static enum { REPLY, REPLY_ERR, HOLD, REFUSE, FREE_CHAN, TAKE_FD } mode;
static int taken = -1;
static struct str
	last_body; /* where the last request was: the buffer lives as long as the process */

static void
on_log(const char *line, size_t n, void *arg)
{
	(void)arg;
	if (str_find(str_mem(line, n), STR("ipc.channel.bad")) >= 0)
		bad_lines++;
}

static bool
on_check(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct err e = ERR_INIT;
	struct msg_rcpt_check c;
	struct buf b;

	(void)ctx;
	if (!msg_rcpt_check_get(m->body, &c) || mode == REFUSE)
		return false;
	handled++;
	last_txn = c.txn;
	last_body = m->body;
	switch (mode) {
	case HOLD:
		held = req;
		return true;
	case REPLY_ERR:
		err_sys(&e, EC_IO, EPIPE, "disk");
		ipc_reply_err(&req, &e);
		return true;
	case FREE_CHAN:
		ipc_reply(&req, STR(""), NULL, 0);
		ipc_chan_free(&callee);
		return true;
	default:
		buf_init(&b, LIM_IPC_BODY);
		wr_uint(&b, 8, c.txn + 1);
		ipc_reply(&req, buf_str(&b), NULL, 0);
		buf_done(&b);
		return true;
	}
}

static bool
on_deliver(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	uint64_t size = 0;

	(void)ctx;
	ck_assert_uint_eq(m->nfds, 1);
	if (!ipc_fd_is_message(m->fds[0], true, &size))
		return false;
	handled++;
	if (mode == TAKE_FD)
		taken = ipc_msg_take_fd(m, 0);
	ck_assert_int_eq(ipc_msg_take_fd(m, 1), -1);
	ipc_reply(&req, STR(""), NULL, 0);
	return true;
}

static const struct ipc_op ops[] = {
	{ IPC_RCPT_CHECK, ROLE_BIT(ROLE_SMTPD), 0, 0, on_check },
	{ IPC_DELIVER, ROLE_BIT(ROLE_SMTPD), 1, 1, on_deliver },
};

static void
on_close(void *ctx, struct ipc_chan *c)
{
	(void)ctx;
	closed++;
	if (c == callee)
		ipc_chan_free(&callee);
	else
		ipc_chan_free(&caller);
}

static void
on_answer(void *arg, const struct err *e, struct ipc_msg *m)
{
	struct rd r;

	answers++;
	last_err = ERR_INIT;
	if (e != NULL) {
		ck_assert_ptr_null(m);
		last_err = *e;
		return;
	}
	r = rd_init(m->body);
	if (arg != NULL)
		*(uint64_t *)arg = rd_uint(&r, 8);
}

static void
begin(enum role peer, bool with_raw)
{
	int fd[2];

	l = loop_new();
	ck_assert_int_eq(ipc_pair(fd), 0);
	callee = ipc_chan_new(l, fd[0], peer, 3, ops, ARRAY_LEN(ops), NULL, on_close);
	if (with_raw)
		raw = fd[1];
	else
		caller = ipc_chan_new(l, fd[1], ROLE_DELIVERD, 0, NULL, 0, NULL, on_close);
	handled = closed = answers = bad_lines = 0;
	last_err = ERR_INIT;
	held = NULL;
	mode = REPLY;
	log_capture(on_log, NULL);
}

static void
finish(void)
{
	ipc_chan_free(&caller);
	ipc_chan_free(&callee);
	if (l != NULL) {
		struct loop_timer *t = loop_timer_new(l, (loop_fn *)loop_stop, l);

		loop_timer_set(t, 0); /* what was freed tells its callers */
		loop_run(l);
		loop_timer_free(&t);
	}
	if (raw >= 0)
		close(raw);
	raw = -1;
	loop_free(&l);
	log_capture(NULL, NULL);
}

/* Until nothing happens any more. */
static void
turn(int64_t ms)
{
	struct loop_timer *t = loop_timer_new(l, (loop_fn *)loop_stop, l);

	loop_timer_set(t, ms);
	loop_run(l);
	loop_timer_free(&t);
}

static void
check_body(struct buf *b, uint64_t txn)
{
	struct msg_rcpt_check c = {
		.txn = txn, .sender = STR("a@b"), .rcpt = STR("c@d"), .ip = STR("127.0.0.1")
	};

	buf_init(b, LIM_IPC_BODY);
	msg_rcpt_check_put(b, &c);
}

static uint64_t
call(uint64_t txn, int64_t ms, uint64_t *out)
{
	struct buf b;
	uint64_t id;

	check_body(&b, txn);
	id = ipc_call(l, caller, IPC_RCPT_CHECK, buf_str(&b), NULL, 0, ms, on_answer, out);
	buf_done(&b);
	return id;
}

START_TEST(test_call)
{
	uint64_t got = 0;

	begin(ROLE_SMTPD, false);
	ck_assert(ipc_chan_is_open(callee));
	ck_assert_int_eq(ipc_chan_role(callee), ROLE_SMTPD);
	ck_assert_uint_eq(ipc_chan_num(callee), 3);
	ck_assert_uint_ne(call(41, 0, &got), 0);
	turn(5);
	ck_assert_uint_eq(handled, 1);
	ck_assert_uint_eq(answers, 1);
	ck_assert_uint_eq(got, 42);
	mode = REPLY_ERR;
	call(1, 0, NULL);
	turn(5);
	ck_assert_int_eq(last_err.code, EC_IO);
	ck_assert_int_eq(last_err.sys, EPIPE);
	ck_assert_int_eq(strncmp(last_err.msg, "disk", 4), 0);
	ck_assert_uint_eq(closed, 0);
	finish();
}
END_TEST

START_TEST(test_hold)
{
	uint64_t got = 0;

	begin(ROLE_SMTPD, false);
	ipc_chan_hold(callee, true);
	call(41, 0, &got);
	turn(5);
	ck_assert_uint_eq(handled, 0); /* nothing is lost, nothing is served */
	ipc_chan_hold(callee, false);
	turn(5);
	ck_assert_uint_eq(handled, 1);
	ck_assert_uint_eq(got, 42);
	finish();
}
END_TEST

START_TEST(test_many)
{
	begin(ROLE_SMTPD, false);
	for (int i = 0; i < 3000; i++) /* more than the socket takes at once */
		call((uint64_t)i, 0, NULL);
	while (answers < 3000)
		turn(5);
	ck_assert_uint_eq(handled, 3000);
	ck_assert_uint_eq(closed, 0);
	finish();
}
END_TEST

START_TEST(test_deadline_and_cancel)
{
	uint64_t id;

	begin(ROLE_SMTPD, false);
	mode = HOLD;
	call(1, 5, NULL);
	turn(30);
	ck_assert_uint_eq(answers, 1);
	ck_assert_int_eq(last_err.code, EC_TIMEOUT);
	ck_assert(err_is_temp(&last_err));
	ipc_reply(&held, STR("late"), NULL, 0); /* dropped by the other end */
	ck_assert_ptr_null(held);
	turn(5);
	ck_assert_uint_eq(answers, 1);
	id = call(2, 0, NULL);
	turn(5);
	ipc_cancel(id);
	ipc_cancel(id);
	ipc_cancel(0);
	ipc_reply(&held, STR("dropped"), NULL, 0);
	turn(5);
	ck_assert_uint_eq(answers, 1);
	ck_assert_uint_eq(closed, 0);
	finish();
}
END_TEST

/* The callee dies with requests open; the caller dies before its answer. */
START_TEST(test_dead_peer)
{
	begin(ROLE_SMTPD, false);
	mode = HOLD;
	call(1, 0, NULL);
	turn(5);
	call(2, 0, NULL); /* not read yet when it dies */
	ipc_chan_free(&callee);
	ck_assert_ptr_null(ipc_req_chan(held));
	ck_assert_int_eq(ipc_req_role(held), ROLE_SMTPD);
	ipc_reply(&held, STR(""), NULL, 0);
	turn(5);
	ck_assert_uint_eq(answers, 2);
	ck_assert_int_eq(last_err.code, EC_TIMEOUT);
	ck_assert_uint_eq(closed, 1);
	ck_assert_ptr_null(caller);
	/* Calls to nobody are answered from the loop, not at once. */
	call(3, 0, NULL);
	ck_assert_uint_eq(answers, 2);
	turn(5);
	ck_assert_uint_eq(answers, 3);
	ck_assert_int_eq(last_err.code, EC_TIMEOUT);
	finish();
	begin(ROLE_SMTPD, false);
	mode = HOLD;
	call(1, 0, NULL);
	turn(5);
	ipc_chan_free(&caller);
	turn(5);
	ck_assert_uint_eq(answers, 1);
	ck_assert_uint_eq(closed, 1);
	ck_assert_ptr_null(ipc_req_chan(held));
	ipc_reply_err(&held, &last_err);
	finish();
}
END_TEST

START_TEST(test_free_in_handler)
{
	begin(ROLE_SMTPD, false);
	mode = FREE_CHAN;
	call(1, 0, NULL);
	call(2, 0, NULL);
	turn(5);
	ck_assert_uint_eq(handled, 1);
	ck_assert_uint_eq(answers, 2); /* the first was answered, the second lost */
	ck_assert_int_eq(last_err.code, EC_TIMEOUT);
	ck_assert_ptr_null(callee);
	finish();
}
END_TEST

START_TEST(test_notify)
{
	struct buf b;

	begin(ROLE_SMTPD, false);
	mode = HOLD;
	check_body(&b, 9);
	ipc_notify(caller, IPC_RCPT_CHECK, buf_str(&b), NULL, 0);
	ipc_notify(NULL, IPC_RCPT_CHECK, buf_str(&b), NULL, 0);
	turn(5);
	ck_assert_uint_eq(handled, 1);
	ck_assert(ipc_req_is_notify(held));
	ipc_reply(&held, STR("nobody waits"), NULL, 0);
	turn(5);
	ck_assert_uint_eq(answers, 0);
	ck_assert_uint_eq(closed, 0);
	buf_done(&b);
	finish();
}
END_TEST

/* A peer that does not read: the queue fills, calls fail, nothing grows without end. */
START_TEST(test_queue_full)
{
	begin(ROLE_DELIVERD, true);
	caller = callee; /* our end calls; nobody reads `raw` */
	callee = NULL;
	for (unsigned i = 0; i < LIM_IPC_CALLS; i++)
		call(i, 0, NULL);
	ck_assert_uint_eq(answers, 0);
	call(1, 0, NULL);
	turn(5);
	ck_assert_uint_eq(answers, 1);
	ck_assert_int_eq(last_err.code, EC_TIMEOUT);
	ck_assert(ipc_chan_is_open(caller));
	for (unsigned i = 0; i < 2 * LIM_IPC_QUEUE && caller != NULL; i++)
		ipc_notify(caller, IPC_RCPT_CHECK, STR("x"), NULL, 0);
	ck_assert(!ipc_chan_is_open(caller));
	turn(5);
	ck_assert_uint_eq(answers, LIM_IPC_CALLS + 1);
	ck_assert_uint_eq(closed, 1);
	ck_assert_uint_eq(bad_lines, 1);
	finish();
}
END_TEST

/* ---- a lying peer ---- */

static void
send_raw(struct str p, const int *fds, unsigned nfds)
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
		memcpy(CMSG_DATA(c), fds, nfds * sizeof(int));
	}
	ck_assert_int_eq(sendmsg(raw, &mh, MSG_NOSIGNAL), (ssize_t)p.n);
}

struct head {
	uint64_t version, kind, type, id;
	int64_t len; /* -1: right */
	uint64_t nfds;
};

static void
packet(struct buf *b, const struct head *h, struct str body)
{
	buf_init(b, 2 * LIM_IPC_BODY);
	wr_uint(b, 1, h->version);
	wr_uint(b, 1, h->kind);
	wr_uint(b, 2, h->type);
	wr_uint(b, 8, h->id);
	wr_uint(b, 4, h->len >= 0 ? (uint64_t)h->len : body.n);
	wr_uint(b, 1, h->nfds);
	buf_putstr(b, body);
}

static const struct head good = { IPC_VERSION, IPC_K_CALL, IPC_RCPT_CHECK, 7, -1, 0 };

static int
open_fds(void)
{
	int n = 0;

	for (int i = 0; i < 200; i++)
		n += fcntl(i, F_GETFD) >= 0;
	return n;
}

/* Sent to a fresh channel: does it survive, and does no descriptor stay? */
static bool
survives(enum role peer, const struct head *h, struct str body, unsigned nfds)
{
	int fds[8], before;
	struct buf b;
	bool open;

	begin(peer, true);
	for (unsigned i = 0; i < nfds; i++) {
		fds[i] = memfd_create("t", MFD_ALLOW_SEALING | MFD_CLOEXEC);
		ck_assert_int_eq(fcntl(fds[i], F_ADD_SEALS,
				       F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL),
				 0);
	}
	before = open_fds();
	packet(&b, h, body);
	send_raw(buf_str(&b), fds, nfds);
	buf_done(&b);
	turn(1);
	open = callee != NULL;
	ck_assert_uint_eq(bad_lines, open ? 0 : 1);
	ck_assert_int_eq(open_fds(), before - (open ? 0 : 1));
	for (unsigned i = 0; i < nfds; i++)
		close(fds[i]);
	finish();
	return open;
}

START_TEST(test_header)
{
	struct head h;
	struct buf body;

	check_body(&body, 1);
	ck_assert(survives(ROLE_SMTPD, &good, buf_str(&body), 0));
	ck_assert(!survives(ROLE_IMAPD, &good, buf_str(&body), 0));
#define BAD(field, value)                                                                          \
	h = good;                                                                                  \
	h.field = (value);                                                                         \
	ck_assert_msg(!survives(ROLE_SMTPD, &h, buf_str(&body), 0), #field " " #value)
	BAD(version, 0);
	BAD(version, IPC_VERSION + 1);
	BAD(kind, 0);
	BAD(kind, 9);
	BAD(type, 0);
	BAD(type, IPC_TYPE_COUNT);
	BAD(type, 65535);
	BAD(type, IPC_CTL_GO);
	BAD(type, IPC_DELIVER); /* wants a descriptor */
	BAD(id, 0);
	BAD(len, 0);
	BAD(len, (int64_t)body.n + 1);
	BAD(len, UINT32_MAX);
	BAD(nfds, 1);
	BAD(nfds, 255);
	/* An answer to nothing. */
	h = good;
	h.kind = IPC_K_ANSWER;
	h.id = UINT64_MAX;
	ck_assert(!survives(ROLE_SMTPD, &h, buf_str(&body), 0));
	h.kind = IPC_K_NOTIFY;
	ck_assert(!survives(ROLE_SMTPD, &h, buf_str(&body), 0));
	h.id = 0;
	ck_assert(survives(ROLE_SMTPD, &h, buf_str(&body), 0));
	buf_done(&body);
}
END_TEST

/* Packet and body cut at each byte, and one byte too long. */
START_TEST(test_cut)
{
	struct buf body, b;

	check_body(&body, 1);
	for (size_t n = 0; n < body.n; n++)
		ck_assert(!survives(ROLE_SMTPD, &good, str_sub(buf_str(&body), 0, n), 0));
	buf_putc(&body, 0);
	ck_assert(!survives(ROLE_SMTPD, &good, buf_str(&body), 0));
	for (size_t n = 1; n < IPC_HDR_LEN; n++) {
		begin(ROLE_SMTPD, true);
		packet(&b, &good, buf_str(&body));
		send_raw(str_sub(buf_str(&b), 0, n), NULL, 0);
		buf_done(&b);
		turn(1);
		ck_assert_ptr_null(callee);
		finish();
	}
	buf_done(&body);
}
END_TEST

START_TEST(test_fds)
{
	static const char text[] = "body";
	struct head h = good;
	struct str body = str_mem(text, 4);

	h.type = IPC_DELIVER;
	for (unsigned n = 0; n <= 7; n++) {
		h.nfds = n; /* claims what it sends */
		ck_assert_int_eq(survives(ROLE_SMTPD, &h, body, n), n == 1);
		if (n > 1) {
			h.nfds = 1; /* hides the others */
			ck_assert(!survives(ROLE_SMTPD, &h, body, n));
			h.nfds = n - 1;
			ck_assert(!survives(ROLE_SMTPD, &h, body, n));
		}
	}
	mode = TAKE_FD;
	h.nfds = 1;
}
END_TEST

START_TEST(test_take_fd)
{
	int fd = memfd_create("t", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	struct head h = good;
	struct buf b;

	ck_assert_int_eq(write(fd, "abc", 3), 3);
	ck_assert_int_eq(
		fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL),
		0);
	begin(ROLE_SMTPD, true);
	mode = TAKE_FD;
	h.type = IPC_DELIVER;
	h.nfds = 1;
	packet(&b, &h, STR(""));
	send_raw(buf_str(&b), &fd, 1);
	turn(5);
	ck_assert_int_ge(taken, 0);
	ck_assert_int_ne(fcntl(taken, F_GETFD) & FD_CLOEXEC, 0);
	close(taken);
	close(fd);
	buf_done(&b);
	finish();
}
END_TEST

START_TEST(test_refused_by_handler)
{
	begin(ROLE_SMTPD, false);
	mode = REFUSE;
	call(1, 0, NULL);
	turn(5);
	ck_assert_uint_eq(closed, 2);
	ck_assert_uint_eq(bad_lines, 1);
	ck_assert_int_eq(last_err.code, EC_TIMEOUT);
	finish();
}
END_TEST

/* Answers that lie. */
START_TEST(test_bad_answers)
{
	static const struct {
		const char *what;
		unsigned kind, type;
		const char *body;
		size_t n;
		bool open;
	} rows[] = {
		{ "right", IPC_K_ANSWER, IPC_RCPT_CHECK, "12345678", 8, true },
		{ "other type", IPC_K_ANSWER, IPC_DELIVER, "", 0, false },
		{ "error", IPC_K_ERROR, IPC_RCPT_CHECK, "\7\0\0\0\0\0\0\0\0", 9, true },
		{ "error without body", IPC_K_ERROR, IPC_RCPT_CHECK, "", 0, false },
		{ "error that is none", IPC_K_ERROR, IPC_RCPT_CHECK, "\0\0\0\0\0\0\0\0\0", 9,
		  false },
		{ "unknown error", IPC_K_ERROR, IPC_RCPT_CHECK, "\200\0\0\0\0\0\0\0\0", 9, false },
		{ "long error", IPC_K_ERROR, IPC_RCPT_CHECK, "\7\0\0\0\0\377\377\0\0", 9, false },
	};
	struct head h = good;
	struct buf b;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		begin(ROLE_DELIVERD, true);
		caller = callee;
		callee = NULL;
		h.id = call(1, 0, NULL);
		h.kind = rows[i].kind;
		h.type = rows[i].type;
		packet(&b, &h, str_mem(rows[i].body, rows[i].n));
		send_raw(buf_str(&b), NULL, 0);
		buf_done(&b);
		turn(1);
		ck_assert_msg((caller != NULL) == rows[i].open, "%s", rows[i].what);
		ck_assert_uint_eq(answers, 1);
		finish();
	}
}
END_TEST

START_TEST(test_fd_is_message)
{
	uint64_t size = 99;
	int all = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL, fd, ro, p[2];
	char path[] = "/tmp/mox-test-XXXXXX";

	for (int seals = 0; seals < 16; seals++) {
		fd = memfd_create("t", MFD_ALLOW_SEALING);
		ck_assert_int_eq(write(fd, "abc", 3), 3);
		ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
		ck_assert_int_eq(ipc_fd_is_message(fd, false, &size), (seals & all) == all);
		close(fd);
	}
	ck_assert_uint_eq(size, 3);
	fd = mkstemp(path);
	ck_assert(!ipc_fd_is_message(fd, true, &size)); /* has a name */
	ro = open(path, O_RDONLY);
	ck_assert(ipc_fd_is_message(ro, true, &size)); /* but can't be written here */
	ck_assert(!ipc_fd_is_message(ro, false, &size));
	close(ro);
	unlink(path);
	ck_assert(ipc_fd_is_message(fd, true, &size));
	ck_assert_uint_eq(size, 0);
	ck_assert(!ipc_fd_is_message(fd, false, &size));
	close(fd);
	ck_assert_int_eq(pipe(p), 0);
	ck_assert(!ipc_fd_is_message(p[0], true, &size));
	close(p[0]);
	close(p[1]);
	fd = open("/tmp", O_RDONLY);
	ck_assert(!ipc_fd_is_message(fd, true, &size));
	close(fd);
	fd = open("/dev/null", O_RDWR);
	ck_assert(!ipc_fd_is_message(fd, true, &size));
	close(fd);
	ck_assert(!ipc_fd_is_message(-1, true, &size));
}
END_TEST

/* ---- the blocking call ---- */

/* Answers two requests in the wrong order, then nothing. */
static void *
far_end(void *arg)
{
	struct ipc_pktbuf *b = mem_alloc(sizeof(*b));
	struct ipc_hdr h[2];
	struct ipc_msg m;
	const char *why;
	int n = *(int *)arg;

	for (int i = 0; i < n;) {
		enum ipc_pkt r = ipc_pkt_recv(raw, b, &h[i], &m, &why);

		if (r == IPC_PKT_OK)
			i++;
		else if (r != IPC_PKT_AGAIN)
			break;
	}
	for (int i = n - 1; i >= 0; i--) {
		h[i].kind = IPC_K_ANSWER;
		(void)ipc_pkt_send(raw, &h[i], i == 0 ? STR("12345678") : STR("sync"), NULL, 0);
	}
	mem_free(b);
	return NULL;
}

START_TEST(test_sync)
{
	struct err e = ERR_INIT;
	struct buf out;
	pthread_t t;
	uint64_t got = 0;
	int two = 2;

	begin(ROLE_ACMEKEY, true);
	caller = callee;
	callee = NULL;
	buf_init(&out, 100);
	ck_assert_int_eq(pthread_create(&t, NULL, far_end, &two), 0);
	call(1, 0, &got); /* is answered while the sync call waits, after its answer */
	ck_assert_int_eq(ipc_call_sync(caller, IPC_KEY_SIGN, STR("x"), 5000, &out, &e), 0);
	ck_assert_str_is(buf_str(&out), STR("sync"));
	pthread_join(t, NULL);
	turn(5);
	ck_assert_uint_eq(answers, 1);
	ck_assert_uint_eq(got, 0x3837363534333231);
	/* Nobody answers; the peer is gone; there is no channel. */
	ck_assert_int_eq(ipc_call_sync(caller, IPC_KEY_SIGN, STR("x"), 10, &out, &e), -1);
	ck_assert_int_eq(e.code, EC_TIMEOUT);
	close(raw);
	raw = -1;
	err_clear(&e);
	ck_assert_int_eq(ipc_call_sync(caller, IPC_KEY_SIGN, STR("x"), 5000, &out, &e), -1);
	ck_assert_int_eq(e.code, EC_TIMEOUT);
	ck_assert_uint_eq(closed, 0); /* told from the loop */
	turn(5);
	ck_assert_uint_eq(closed, 1);
	err_clear(&e);
	ck_assert_int_eq(ipc_call_sync(NULL, IPC_KEY_SIGN, STR("x"), 5000, &out, &e), -1);
	buf_done(&out);
	finish();
}
END_TEST

/* An answer to another call that comes before ours is kept for the loop. */
static void *
far_end_in_order(void *arg)
{
	struct ipc_pktbuf *b = mem_alloc(sizeof(*b));
	struct ipc_hdr h;
	struct ipc_msg m;
	const char *why;

	(void)arg;
	for (int i = 0; i < 2;) {
		enum ipc_pkt r = ipc_pkt_recv(raw, b, &h, &m, &why);

		if (r == IPC_PKT_AGAIN)
			continue;
		if (r != IPC_PKT_OK)
			break;
		h.kind = IPC_K_ANSWER;
		(void)ipc_pkt_send(raw, &h, i == 0 ? STR("12345678") : STR("sync"), NULL, 0);
		i++;
	}
	mem_free(b);
	return NULL;
}

START_TEST(test_sync_keeps)
{
	struct err e = ERR_INIT;
	struct buf out;
	pthread_t t;
	uint64_t got = 0;

	begin(ROLE_ACMEKEY, true);
	caller = callee;
	callee = NULL;
	buf_init(&out, 100);
	ck_assert_int_eq(pthread_create(&t, NULL, far_end_in_order, NULL), 0);
	call(1, 0, &got);
	ck_assert_int_eq(ipc_call_sync(caller, IPC_KEY_SIGN, STR("x"), 5000, &out, &e), 0);
	ck_assert_uint_eq(answers, 0);
	pthread_join(t, NULL);
	turn(5);
	ck_assert_uint_eq(answers, 1);
	ck_assert_uint_eq(got, 0x3837363534333231);
	buf_done(&out);
	finish();
}
END_TEST

/* Calls wait for a peer that is being restarted; those that gave up have no effect later. */
START_TEST(test_waiting)
{
	struct ipc_chan *waiting;
	struct buf b;
	uint64_t got = 0, id, id2;
	int fd[2];

	begin(ROLE_SMTPD, false);
	ipc_chan_free(&caller);
	turn(5);
	waiting = ipc_chan_new_waiting(l, ROLE_DELIVERD, 0);
	ck_assert(!ipc_chan_is_open(waiting));
	check_body(&b, 41);
	ipc_call(l, waiting, IPC_RCPT_CHECK, buf_str(&b), NULL, 0, 0, on_answer, &got);
	id = ipc_call(l, waiting, IPC_RCPT_CHECK, buf_str(&b), NULL, 0, 0, on_answer, NULL);
	id2 = ipc_call(l, waiting, IPC_RCPT_CHECK, buf_str(&b), NULL, 0, 3, on_answer, NULL);
	ipc_notify(waiting, IPC_RCPT_CHECK, buf_str(&b), NULL, 0);
	buf_done(&b);
	ck_assert_uint_ne(id, id2);
	turn(20);
	ck_assert_uint_eq(answers, 1); /* the one with the short deadline */
	ck_assert_int_eq(last_err.code, EC_TIMEOUT);
	ipc_cancel(id);
	ck_assert_int_eq(ipc_pair(fd), 0);
	callee = ipc_chan_new(l, fd[0], ROLE_SMTPD, 3, ops, ARRAY_LEN(ops), NULL, on_close);
	caller = ipc_chan_new(l, fd[1], ROLE_DELIVERD, 0, NULL, 0, NULL, on_close);
	ipc_chan_adopt(caller, &waiting);
	ck_assert_ptr_null(waiting);
	ipc_chan_adopt(caller, &waiting);
	turn(5);
	ck_assert_uint_eq(handled, 1);
	ck_assert_uint_eq(answers, 2);
	ck_assert_uint_eq(got, 42);
	waiting = ipc_chan_new_waiting(l, ROLE_DELIVERD, 0);
	ipc_call(l, waiting, IPC_RCPT_CHECK, STR(""), NULL, 0, 0, on_answer, NULL);
	ipc_chan_free(&waiting);
	turn(5);
	ck_assert_uint_eq(answers, 3);
	finish();
}
END_TEST

/* Passwords and keys pass through the buffer of the process: nothing stays in it. */
START_TEST(test_wiped)
{
	begin(ROLE_SMTPD, false);
	last_body = STR_NONE;
	call(41, 0, NULL);
	turn(5);
	ck_assert_uint_eq(handled, 1);
	ck_assert_uint_gt(last_body.n, 8);
	for (size_t i = 0; i < last_body.n; i++)
		ck_assert_int_eq(last_body.p[i], 0);
	finish();
}
END_TEST

START_TEST(test_names)
{
	ck_assert_str_eq(ipc_type_name(IPC_RCPT_CHECK), "deliver.rcpt_check");
	ck_assert_str_eq(ipc_type_name(IPC_NONE), "none");
	ck_assert_str_eq(ipc_type_name(IPC_TYPE_COUNT), "?");
}
END_TEST

UNIT_MAIN("chan", test_call, test_hold, test_many, test_deadline_and_cancel, test_dead_peer,
	  test_free_in_handler, test_notify, test_queue_full, test_header, test_cut, test_fds,
	  test_take_fd, test_refused_by_handler, test_bad_answers, test_fd_is_message, test_sync,
	  test_sync_keeps, test_waiting, test_wiped, test_names)
