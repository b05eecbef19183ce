/*
 * A daemon of lib/smtpconn in a test's process: its connections over socket pairs, the real loop
 * and channels, and at the other end of the channels what the test puts there. Stands in for
 * lib/svc. The test defines rig_ops, rig_role and rig_chans[], and what the daemon accepts itself.
 */
#ifndef MOX_TESTS_UNIT_SMTP_RIG_H
#define MOX_TESTS_UNIT_SMTP_RIG_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "smtpconn/conns.h"
#include "tests/unit/unit.h"

enum { RIG_SHUT_FD = 200, RIG_WAIT_MS = 30000 };

/* Another process: role, number, what it accepts. `to` is the daemon's end, `from` its own. */
struct rig_chan {
	enum role role;
	unsigned num;
	const struct ipc_op *ops;
	unsigned nops;
	struct ipc_chan *to, *from;
};

/* ---- the test's */

static const struct smtpconn_ops *rig_ops;
static struct rig_chan *rig_chans;
static unsigned rig_nchans;
static const struct ipc_op *rig_self_ops;
static unsigned rig_nself_ops;
static const struct config *rig_config;

/* ---- what svc would give */

struct svc {
	int unused;
};
static struct svc the_svc;
static struct smtpconns d;
static struct loop *loop;
static bool is_localserve, is_draining, was_drained;
static int tmp_dir = -1;

struct loop *
svc_loop(struct svc *s)
{
	(void)s;
	return loop;
}
const struct config *
svc_config(const struct svc *s)
{
	(void)s;
	return rig_config;
}
unsigned
svc_workers(const struct svc *s, enum role r)
{
	unsigned n = 0;

	(void)s;
	for (unsigned i = 0; i < rig_nchans; i++)
		n += rig_chans[i].role == r;
	return n;
}
bool
svc_is_localserve(const struct svc *s)
{
	(void)s;
	return is_localserve;
}
struct ipc_chan *
svc_peer(struct svc *s, enum role r, unsigned num)
{
	(void)s;
	for (unsigned i = 0; i < rig_nchans; i++)
		if (rig_chans[i].role == r && rig_chans[i].num == num)
			return rig_chans[i].to;
	return NULL;
}
struct ipc_chan *
svc_peer_any(struct svc *s, enum role r)
{
	return svc_peer(s, r, 0);
}
struct ipc_chan *
svc_reach(struct svc *s, enum role r, unsigned num)
{
	return svc_peer(s, r, num);
}
struct ipc_chan *
svc_reach_any(struct svc *s, enum role r)
{
	return svc_peer(s, r, 0);
}
void *
svc_data(const struct svc *s)
{
	(void)s;
	return &d;
}
void
svc_set_data(struct svc *s, void *data)
{
	(void)s;
	(void)data;
}
int
svc_dir(const struct svc *s, const char *name)
{
	(void)s;
	(void)name;
	return tmp_dir;
}
int
svc_file(const struct svc *s, enum svc_file kind, unsigned num)
{
	(void)s;
	(void)kind;
	(void)num;
	return -1;
}
bool
svc_is_draining(const struct svc *s)
{
	(void)s;
	return is_draining;
}
void
svc_drained(struct svc *s)
{
	(void)s;
	was_drained = true;
}

/* ---- channels */

static bool revive;
static struct ipc_req *dead; /* a request whose worker died */

static void
on_chan_close(void *ctx, struct ipc_chan *c)
{
	struct rig_chan *r = &rig_chans[(uintptr_t)ctx];

	if (r->to == c)
		ipc_chan_free(&r->to);
	else if (r->from == c)
		ipc_chan_free(&r->from);
}

static void
chan_open(unsigned i)
{
	struct rig_chan *r = &rig_chans[i];
	void *ctx = (void *)(uintptr_t)i;
	int sv[2], shut = RIG_SHUT_FD + (int)i; /* to shut it from outside */

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sv),
			 0);
	ck_assert_int_eq(dup2(sv[1], shut), shut);
	r->to = ipc_chan_new(loop, sv[0], r->role, r->num, rig_self_ops, rig_nself_ops, ctx,
			     on_chan_close);
	r->from = ipc_chan_new(loop, sv[1], rig_ops->role, 0, r->ops, r->nops, ctx, on_chan_close);
}

static void
chan_close(unsigned i)
{
	ipc_chan_free(&rig_chans[i].to);
	ipc_chan_free(&rig_chans[i].from);
}

/* The worker dies with this request; another one comes. */
static void
chan_die(struct ipc_req *req)
{
	for (unsigned i = 0; i < rig_nchans; i++)
		if (ipc_req_chan(req) == rig_chans[i].from)
			shutdown(RIG_SHUT_FD + (int)i, SHUT_RDWR);
	revive = true;
	dead = req;
}

/* The message of a request into `got`; whether it came as a file. */
static bool
message_take(struct ipc_msg *m, struct str filekey, uint64_t announced, struct buf *got)
{
	struct err e = ERR_INIT;
	struct spool_reader *r;
	struct str piece;
	uint64_t size;
	int fd = ipc_msg_take_fd(m, 0), k;

	ck_assert(ipc_fd_is_message(fd, filekey.n > 0, &size));
	r = spool_reader_new(fd, filekey, announced, &e);
	ck_assert_msg(r != NULL, "%s", e.msg);
	buf_reset(got);
	while ((k = spool_reader_next(r, &piece, &e)) > 0)
		buf_putstr(got, piece);
	ck_assert_int_eq(k, 0);
	spool_reader_free(&r);
	close(fd);
	return filekey.n > 0;
}

/* Addresses of a field of them, each with a blank behind it. */
static inline unsigned
addresses_take(struct str field, bool with_account, struct buf *out)
{
	struct rd rd;
	unsigned n = 0;

	for (rd = rd_init(field); rd_more(&rd); n++) {
		buf_putstr(out, rd_str(&rd, LIM_ADDR));
		buf_putc(out, ' ');
		if (with_account)
			ck_assert_str_is(rd_str(&rd, LIM_ACCOUNT), STR("acct"));
	}
	ck_assert(rd_done(&rd));
	return n;
}

/* ---- a client */

static int client = -1;
static bool is_closed;
static const char *awaited;
static int64_t give_up;
static struct buf said; /* to the client */
static struct loop_timer *ticker;

static void
on_tick(void *arg)
{
	char b[4096];
	ssize_t n;

	(void)arg;
	while (client >= 0 && (n = recv(client, b, sizeof(b), MSG_DONTWAIT)) >= 0) {
		if (n == 0) {
			is_closed = true;
			break;
		}
		buf_put(&said, b, (size_t)n);
	}
	for (unsigned i = 0; i < rig_nchans && revive; i++)
		if (rig_chans[i].to == NULL && rig_chans[i].from == NULL) {
			chan_open(i);
			revive = false;
			ipc_reply(&dead, STR(""), NULL, 0); /* nobody listens */
		}
	if (awaited != NULL ? str_find(buf_str(&said), str_c(awaited)) >= 0 : is_closed)
		loop_stop(loop);
	else if (loop_now(loop) > give_up)
		ck_abort_msg("waited for %s, got: " STR_FMT, awaited != NULL ? awaited : "the end",
			     STR_ARG(buf_str(&said)));
	loop_timer_set(ticker, 2);
}

static void
run_until(const char *text, int64_t first)
{
	awaited = text;
	give_up = loop_now(loop) + RIG_WAIT_MS;
	loop_timer_set(ticker, first);
	loop_run(loop);
}

/* Run until the client has got this text (NULL: the end), then forget what it got. */
static void
await(const char *text)
{
	run_until(text, 0);
	buf_reset(&said);
}

static void
turn(void)
{
	run_until("", 1);
}

static void
say(const char *text)
{
	size_t n = strlen(text);

	while (n > 0) {
		ssize_t k = send(client, text, n, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (k < 0) {
			ck_assert_int_eq(errno, EAGAIN);
			turn();
			continue;
		}
		text += k;
		n -= (size_t)k;
	}
}

static void
connect_raw(void)
{
	struct svc_listener l = { .service = d.confs[0]->service, .listener = STR("public") };
	struct sockaddr_storage peer = { .ss_family = AF_INET };
	unsigned char *ip = (unsigned char *)&((struct sockaddr_in *)&peer)->sin_addr;
	int sv[2];

	memcpy(ip, "\xc0\x00\x02\x07", 4);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv), 0);
	ck_assert_int_eq(fcntl(sv[0], F_SETFL, O_NONBLOCK), 0);
	client = sv[1];
	is_closed = false;
	buf_reset(&said);
	smtpconn_new(&d, &l, sv[0], &peer);
}

static void
connect_client(void)
{
	connect_raw();
	await("220 mail.example ESMTP\r\n");
}

static void
bye(void)
{
	close(client);
	client = -1;
	for (int i = 0; i < 1000 && d.nconns > 0; i++)
		turn();
	ck_assert_uint_eq(d.nconns, 0);
	ck_assert_uint_eq(d.announced, 0);
	ck_assert_uint_eq(d.pool.mem, 0);
}

static void
rig_start(enum service service)
{
	struct err e = ERR_INIT;
	struct smtpconn_conf *c = MEM_NEW(struct smtpconn_conf);

	log_set_level(NULL, LOG_ERROR);
	log_capture(NULL, NULL);
	ck_assert_int_eq(seal_init(&e), 0);
	loop = loop_new();
	ticker = loop_timer_new(loop, on_tick, NULL);
	tmp_dir = open("/tmp", O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	snprintf(c->listener, sizeof(c->listener), "public");
	c->service = service;
	snprintf(c->smtp.hostname, sizeof(c->smtp.hostname), "mail.example");
	c->smtp.max_size = 10 << 20;
	c->smtp.is_submission = service != SERVICE_SMTP;
	c->refs = 1;
	d = (struct smtpconns){
		.ops = rig_ops, .svc = &the_svc, .l = loop, .limit = iplimit_new()
	};
	d.confs = mem_zalloc(1, sizeof(*d.confs));
	d.confs[0] = c;
	d.nconfs = 1;
	is_localserve = is_draining = was_drained = revive = false;
	buf_init(&said, 1 << 20);
	for (unsigned i = 0; i < rig_nchans; i++)
		chan_open(i);
}

static void
rig_stop(void)
{
	client = -1;
	for (int i = 0; i < 10; i++) /* streams that linger see the end */
		turn();
	for (unsigned i = 0; i < rig_nchans; i++) {
		chan_close(i);
		close(RIG_SHUT_FD + (int)i);
	}
	smtpconn_conf_unref(&d.confs[0]);
	mem_free(d.confs);
	iplimit_free(&d.limit);
	loop_timer_free(&ticker);
	loop_free(&loop);
	buf_done(&said);
	close(tmp_dir);
}

#endif
