/*
 * queued in this process: its handlers over real channels, with the real queue in a temporary
 * folder; submissiond, deliverd and deliverd's remote role at the other ends are the test. Stands
 * in for lib/svc.
 */
#ifndef TEST_QUEUED_HELP_H
#define TEST_QUEUED_HELP_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "crypto/spool.h"
#include "db/db.h"
#include "ipc/msg_remote.h"
#include "queued.h"
#include "tests/unit/unit.h"

/* ---- what svc would give */

struct svc {
	struct queued *d;
	bool draining, localserve;
};
static struct svc the_svc;
static struct loop *loop;
static struct config *conf;
static char root[64];
static int dir = -1;
static unsigned char key[SEAL_KEY] = "a key of the queue, for the test";
static int64_t now;

/* Channels: [0] queued's end, [1] the peer's. */
enum peer { SUBMIT, SMTP, DELIVER, REMOTE, PEERS };
static struct ipc_chan *chan[PEERS][2];
static bool closed[PEERS];

struct loop *
svc_loop(struct svc *s)
{
	(void)s;
	return loop;
}
void *
svc_data(const struct svc *s)
{
	return s->d;
}
const struct config *
svc_config(const struct svc *s)
{
	(void)s;
	return conf;
}
bool
svc_is_localserve(const struct svc *s)
{
	return s->localserve;
}
bool
svc_is_draining(const struct svc *s)
{
	return s->draining;
}
unsigned
svc_workers(const struct svc *s, enum role r)
{
	(void)s;
	return r == ROLE_DELIVERD || r == ROLE_REMOTE ? 1 : 0;
}
struct ipc_chan *
svc_reach(struct svc *s, enum role r, unsigned num)
{
	(void)s;
	(void)num;
	return r == ROLE_DELIVERD ? chan[DELIVER][0] : r == ROLE_REMOTE ? chan[REMOTE][0] : NULL;
}
struct ipc_chan *
svc_reach_any(struct svc *s, enum role r)
{
	return svc_reach(s, r, 0);
}
static int key_file = -1;
int
svc_file(const struct svc *s, enum svc_file kind, unsigned num)
{
	(void)s;
	(void)num;
	return kind == SVC_FILE_DKIM_KEY ? key_file : -1;
}
static struct buf admin_text;
static struct err admin_err;
void
svc_admin_reply(struct ipc_req **req, struct str text, const struct err *e)
{
	(void)req;
	buf_reset(&admin_text);
	err_clear(&admin_err);
	if (e != NULL)
		admin_err = *e;
	else
		buf_putstr(&admin_text, text);
}

/* ---- peers: what arrives is kept; answers are given at once by rule, or later by the test */

struct sent {
	struct ipc_req *req; /* NULL: answered */
	char domain[256], sender[256], prefix[8000], text[400000], filekey[32];
	char rcpts[120][64];
	size_t n, text_n;
	uint64_t mid, flags;
	unsigned attempt;
	bool is_file;
};
static struct sent *remote;
static size_t nremote;

/* How the remote role answers; `hold`: the test will. */
static struct {
	bool hold, unconnected;
	enum remote_result what;
	unsigned code;
} rule;

static void
read_content(int fd, struct str filekey, uint64_t size, struct sent *s)
{
	struct err e = ERR_INIT;
	struct spool_reader *r;
	uint64_t stored;

	ck_assert(ipc_fd_is_message(fd, filekey.n > 0, &stored));
	ck_assert_uint_lt(size, sizeof(s->text));
	r = spool_reader_new(fd, filekey, size, &e);
	ck_assert_msg(r != NULL, "%s", e.msg);
	ck_assert_int_eq(spool_reader_get(r, 0, s->text, size, &e), 0);
	s->text_n = size;
	s->is_file = filekey.n > 0;
	spool_reader_free(&r);
}

static void
remote_answer(struct sent *s, enum remote_result what, unsigned code, bool connected)
{
	struct msg_remote_send_r r = { .connected = connected,
				       .mx = STR("mx.test"),
				       .ip = STR("192.0.2.9") };
	struct buf b, results;

	buf_init(&b, LIM_IPC_BODY);
	buf_init(&results, LIM_IPC_BODY);
	for (size_t i = 0; i < s->n; i++) {
		wr_uint(&results, 1, what);
		wr_uint(&results, 2, code);
		wr_str(&results, what == REMOTE_FAIL ? STR("5.1.1") : STR("4.7.1"));
		wr_str(&results, STR("words of the server"));
	}
	r.results = buf_str(&results);
	msg_remote_send_r_put(&b, &r);
	ipc_reply(&s->req, buf_str(&b), NULL, 0);
	buf_done(&b);
	buf_done(&results);
}

static bool
on_remote_send(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct msg_remote_send in;
	struct sent *s;
	struct rd r;

	(void)ctx;
	ck_assert(msg_remote_send_get(m->body, &in));
	remote = mem_resize(remote, nremote + 1, sizeof(*remote));
	s = &remote[nremote++];
	memset(s, 0, sizeof(*s));
	s->req = req;
	s->mid = in.mid;
	s->flags = in.flags;
	s->attempt = (unsigned)in.attempt;
	ck_assert_int_eq(str_to_c(in.domain, s->domain, sizeof(s->domain)), 0);
	ck_assert_int_eq(str_to_c(in.sender, s->sender, sizeof(s->sender)), 0);
	ck_assert_int_eq(str_to_c(in.prefix, s->prefix, sizeof(s->prefix)), 0);
	for (r = rd_init(in.rcpts); rd_more(&r); s->n++)
		ck_assert_int_eq(str_to_c(rd_str(&r, LIM_ADDR), s->rcpts[s->n], 64), 0);
	ck_assert(rd_done(&r));
	read_content(m->fds[0], in.filekey, in.size, s);
	if (!rule.hold)
		remote_answer(s, rule.what, rule.code, !rule.unconnected);
	return true;
}

static struct sent *local;
static size_t nlocal, asked;
static unsigned rcpt_code = 250, deliver_code = 250;
static const char *gone; /* an address that RCPT_CHECK refuses */

static bool
on_rcpt_check(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct msg_rcpt_check in;
	struct msg_rcpt_check_r r = { .code = rcpt_code,
				      .ecode = STR("4.0.0"),
				      .text = STR("checked"),
				      .account = STR("joe") };
	struct buf b;

	(void)ctx;
	ck_assert(msg_rcpt_check_get(m->body, &in));
	asked++;
	if (gone != NULL && str_eq(in.rcpt, str_c(gone))) {
		r.code = 550;
		r.ecode = STR("5.1.1");
	}
	buf_init(&b, LIM_IPC_BODY);
	msg_rcpt_check_r_put(&b, &r);
	ipc_reply(&req, buf_str(&b), NULL, 0);
	buf_done(&b);
	return true;
}

static bool
on_deliver(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct msg_deliver in;
	struct sent *s;
	struct buf b, results;
	struct rd r;

	(void)ctx;
	ck_assert(msg_deliver_get(m->body, &in));
	local = mem_resize(local, nlocal + 1, sizeof(*local));
	s = &local[nlocal++];
	memset(s, 0, sizeof(*s));
	s->mid = in.txn;
	s->flags = in.flags;
	ck_assert_int_eq(str_to_c(in.sender, s->sender, sizeof(s->sender)), 0);
	ck_assert_int_eq(str_to_c(in.trace, s->prefix, sizeof(s->prefix)), 0);
	buf_init(&b, LIM_IPC_BODY);
	buf_init(&results, LIM_IPC_BODY);
	for (r = rd_init(in.rcpts); rd_more(&r); s->n++) {
		ck_assert_int_eq(str_to_c(rd_str(&r, LIM_ADDR), s->rcpts[s->n], 64), 0);
		(void)rd_str(&r, LIM_ACCOUNT);
		wr_uint(&results, 2, deliver_code);
		wr_str(&results, STR("4.0.0"));
		wr_str(&results, STR("delivered or not"));
	}
	read_content(m->fds[0], in.filekey, in.size, s);
	msg_deliver_r_put(
		&b, &(struct msg_deliver_r){ .kind = DELIVER_DONE, .results = buf_str(&results) });
	ipc_reply(&req, buf_str(&b), NULL, 0);
	buf_done(&b);
	buf_done(&results);
	return true;
}

static const struct ipc_op peer_ops[] = {
	{ IPC_REMOTE_SEND, ROLE_BIT(ROLE_QUEUED), 1, 1, on_remote_send },
	{ IPC_RCPT_CHECK, ROLE_BIT(ROLE_QUEUED), 0, 0, on_rcpt_check },
	{ IPC_DELIVER, ROLE_BIT(ROLE_QUEUED), 1, 1, on_deliver },
};

#define SENDERS (ROLE_BIT(ROLE_SUBMITD) | ROLE_BIT(ROLE_SMTPD))
static const struct ipc_op ops[] = {
	{ IPC_QUEUE_ADD, SENDERS, 1, 1, on_queue_add },
};

static void
on_close(void *ctx, struct ipc_chan *c)
{
	(void)ctx;
	for (int i = 0; i < PEERS; i++) {
		for (int k = 0; k < 2; k++) {
			if (chan[i][k] == c) {
				ipc_chan_free(&chan[i][k]);
				closed[i] = true;
			}
		}
	}
}

static void
chan_up(enum peer p)
{
	static const enum role roles[PEERS] = { ROLE_SUBMITD, ROLE_SMTPD, ROLE_DELIVERD,
						ROLE_REMOTE };
	int sv[2];

	ipc_chan_free(&chan[p][0]);
	ipc_chan_free(&chan[p][1]);
	closed[p] = false;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sv),
			 0);
	chan[p][0] =
		ipc_chan_new(loop, sv[0], roles[p], 0, ops, ARRAY_LEN(ops), &the_svc, on_close);
	chan[p][1] = ipc_chan_new(loop, sv[1], ROLE_QUEUED, 0, peer_ops, ARRAY_LEN(peer_ops), NULL,
				  on_close);
}

/* ---- the world */

static const char mox_conf[] = "DataDir: data\nLogLevel: info\nHostname: mx.example.org\n"
			       "Listeners:\n\tpublic:\n\t\tIPs:\n\t\t\t- 127.0.0.1\n"
			       "\t\tHostname: in.example.org\n"
			       "\t\tSMTP:\n\t\t\tEnabled: true\n\t\t\tNoSTARTTLS: true\n"
			       "Postmaster:\n\tAccount: joe\n\tMailbox: Postmaster\n";
static const char domains_conf[] = "Domains:\n\texample.org: nil\n\tother.example: nil\n"
				   "Accounts:\n\tjoe:\n\t\tDomain: example.org\n\t\tDestinations:\n"
				   "\t\t\tjoe@example.org: nil\n";

#ifdef MOX_SAN
enum { QUIET_MS = 20 };
#else
enum { QUIET_MS = 5 };
#endif

static struct loop_timer *timer;

static void
on_time(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

static void
settle_ms(int64_t ms)
{
	loop_timer_set(timer, ms);
	loop_run(loop);
}

/* Until nothing happens any more: three times in a row nothing was written, sent or asked. */
static void
settle(void)
{
	uint64_t before = 0;

	for (int quiet = 0; quiet < 3;) {
		uint64_t busy = db_counts.writes + nremote + nlocal + asked;

		quiet = busy == before ? quiet + 1 : 0;
		before = busy;
		settle_ms(QUIET_MS);
	}
}

static struct queued *
start(void)
{
	struct err e = ERR_INIT;
	unsigned char dkim[SEAL_KEY] = "dkim";

	the_svc.d = queued_new(&the_svc, dir, key, secret_from(dkim, sizeof(dkim)), &e);
	ck_assert_msg(the_svc.d != NULL, "%s", e.msg);
	return the_svc.d;
}

/* The process dies: nothing is stored on the way. */
static void
die(void)
{
	queued_free(&the_svc.d);
}

/* The part of the configuration that queued is given. */
static void
read_config(void)
{
	struct config *all = NULL;
	struct err e = ERR_INIT;
	struct buf problems, part;

	buf_init(&problems, 10000);
	buf_init(&part, 100000);
	ck_assert_msg(config_parse_files(&all, "mox.conf", str_c(mox_conf), "domains.conf",
					 str_c(domains_conf), &problems, &e) == 0,
		      "%s", e.msg);
	config_filter(all, ROLE_QUEUED, &part);
	ck_assert_msg(config_parse(&conf, buf_str(&part), &e) == 0, "%s", e.msg);
	config_free(&all);
	buf_done(&part);
	buf_done(&problems);
}

static void
up(void)
{
	struct err e = ERR_INIT;

	ck_assert_int_eq(seal_init(&e), 0);
	snprintf(root, sizeof(root), "/tmp/mox-queued-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	read_config();
	buf_init(&admin_text, 1 << 20);
	loop = loop_new();
	timer = loop_timer_new(loop, on_time, NULL);
	now = 1700000000;
	clock_fake(now);
	memset(&rule, 0, sizeof(rule));
	rule.code = 250;
	rcpt_code = deliver_code = 250;
	gone = NULL;
	the_svc.draining = the_svc.localserve = false;
	start();
	for (int p = 0; p < PEERS; p++)
		chan_up((enum peer)p);
	log_set_level(NULL, LOG_ERROR);
}

static int
rm_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)st;
	(void)flag;
	(void)f;
	return remove(path);
}

static void
print_problem(void *arg, struct str problem)
{
	(void)arg;
	fprintf(stderr, "problem: " STR_FMT "\n", STR_ARG(problem));
}

/* How many messages are in the queue, which is in order. */
static uint64_t
queue_size(void)
{
	struct queue_verify_sums sums;
	struct err e = ERR_INIT;

	ck_assert_int_eq(queue_verify(dir, key, print_problem, NULL, &sums, &e), 0);
	ck_assert_uint_eq(sums.problems, 0);
	return sums.messages;
}

static void
forget(void)
{
	for (size_t i = 0; i < nremote; i++) {
		struct err e = ERR_INIT;

		err_set(&e, EC_TEMP, "gone");
		if (remote[i].req != NULL)
			ipc_reply_err(&remote[i].req, &e);
	}
	mem_free(remote);
	mem_free(local);
	remote = local = NULL;
	nremote = nlocal = 0;
}

static void
world_down(void)
{
	forget();
	if (the_svc.d != NULL)
		queued_close(the_svc.d);
	die();
	for (int p = 0; p < PEERS; p++) {
		ipc_chan_free(&chan[p][0]);
		ipc_chan_free(&chan[p][1]);
	}
	loop_timer_free(&timer);
	loop_free(&loop);
	config_free(&conf);
	buf_done(&admin_text);
	close(dir);
	nftw(root, rm_one, 16, FTW_DEPTH | FTW_PHYS);
	clock_fake(0);
}

/* Later: what became due is tried. */
static void
later(int64_t s)
{
	now += s;
	clock_fake(now);
	the_svc.d->scan = true;
	loop_wake(the_svc.d->again);
	settle();
}

/* ---- QUEUE_ADD */

struct reply {
	unsigned code;
	uint64_t id;
	bool done, failed;
};

static void
on_added(void *arg, const struct err *e, struct ipc_msg *m)
{
	struct reply *r = arg;
	struct msg_queue_add_r in;

	r->done = true;
	r->failed = e != NULL;
	if (e != NULL)
		return;
	ck_assert(msg_queue_add_r_get(m->body, &in));
	r->code = (unsigned)in.code;
	r->id = in.id;
}

static int
memory(struct str s)
{
	struct err e = ERR_INIT;
	int fd = ipc_fd_sealed("test", s, &e);

	ck_assert_int_ge(fd, 0);
	return fd;
}

struct mail {
	uint64_t txn;
	const char *sender, *account, *rcpts; /* separated by blanks */
	const char *text;
	uint32_t flags;
	bool sign; /* smtpd asks for it, too */
};

static const char small[] = "From: joe@example.org\r\nSubject: a\r\n b\r\nMessage-ID: <1@x>\r\n"
			    "\r\nHello.\r\n";

static void
add_send(enum peer p, const struct mail *mail, struct reply *r)
{
	struct str text = str_c(mail->text != NULL ? mail->text : small);
	struct str rest = str_c(mail->rcpts);
	struct msg_queue_add in = {
		.txn = mail->txn,
		.cid = 7,
		.flags = mail->flags,
		.size = text.n,
		.ip = STR("192.0.2.1"),
		.helo = STR("client"),
		.account = str_c(mail->account != NULL ? mail->account : "joe"),
		.login = STR("joe@example.org"),
		.sender = str_c(mail->sender != NULL ? mail->sender : "joe@example.org"),
		.from = p == SMTP && !mail->sign ? STR("") : STR("joe@example.org"),
		.trace = STR("Received: by test\r\n"),
	};
	struct buf b, rcpts;
	int fd = memory(text);

	*r = (struct reply){ 0 };
	buf_init(&b, LIM_IPC_BODY);
	buf_init(&rcpts, 40000);
	while (rest.p != NULL)
		wr_str(&rcpts, str_cut(rest, ' ', &rest));
	in.rcpts = buf_str(&rcpts);
	msg_queue_add_put(&b, &in);
	ipc_call(loop, chan[p][1], IPC_QUEUE_ADD, buf_str(&b), &fd, 1, 20000, on_added, r);
	buf_done(&b);
	buf_done(&rcpts);
}

static unsigned
add(const struct mail *mail)
{
	struct reply r;

	add_send(SUBMIT, mail, &r);
	for (int i = 0; i < 1000 && !r.done; i++)
		settle_ms(5);
	ck_assert(r.done);
	settle();
	return r.code;
}

/* ---- commands */

static const char *
admin(const char *verb, const char *args)
{
	struct str v[10] = { STR_NONE }, rest = str_c(args);
	unsigned n = 0;

	while (rest.p != NULL && rest.n > 0)
		v[n++] = str_cut(rest, ' ', &rest);
	admin_run(&the_svc, NULL, str_c(verb), v, n);
	return admin_err.code != EC_OK ? "error" : buf_c(&admin_text);
}

#endif
