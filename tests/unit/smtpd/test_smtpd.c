/*
 * smtpd in this process: its connections over socket pairs, the real loop and channels, and at the
 * other end of the channels a deliverd and a queued that say what the test wants. Stands in for
 * lib/svc.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "ipc/msg_deliver.h"
#include "smtpconn/conns.h"
#include "smtpd.h"
#include "tests/unit/unit.h"

enum { OWNERS = 2, QUEUED = OWNERS, CHANS };

/* ---- what svc would give */

struct svc {
	int unused;
};
static struct svc the_svc;
static struct smtpconns d;
static struct loop *loop;
static struct ipc_chan *to[CHANS], *from[CHANS];	/* smtpd's and their ends */
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
	return NULL;
}
unsigned
svc_workers(const struct svc *s, enum role r)
{
	(void)s;
	(void)r;
	return OWNERS;
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
	if (r == ROLE_QUEUED)
		return to[QUEUED];
	return r == ROLE_DELIVERD && num < OWNERS ? to[num] : NULL;
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
int
svc_dir(const struct svc *s, const char *name)
{
	(void)s;
	(void)name;
	return tmp_dir;
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

/* ---- deliverd */

enum answer { ANSWER_OK, ANSWER_CODES, ANSWER_NOSPACE, ANSWER_JUNK, ANSWER_NEVER, ANSWER_LIE };

static enum answer answer, queue_answer;
static unsigned codes[8];	/* by recipient, for ANSWER_CODES */
static unsigned ndeliver, nchecks, nrcpts, npartial, nrepeats;
static struct buf got, trace, rcpts, noted, late;
static struct buf said;	/* to the client */
static enum answer note_answer;
static struct msg_deliver last;
static bool was_file, revive;
static struct ipc_req *dead;	/* a request whose worker died */

static void chan_open(unsigned i);

static void
on_chan_close(void *ctx, struct ipc_chan *c)
{
	unsigned i = (unsigned)(uintptr_t)ctx;

	if (to[i] == c)
		ipc_chan_free(&to[i]);
	else if (from[i] == c)
		ipc_chan_free(&from[i]);
}

/* Recipients named owner1... belong to worker 1, refused... are refused. */
static bool
on_check(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct msg_rcpt_check q;
	struct msg_rcpt_check_r r = { .code = 250, .ecode = STR("2.1.5"), .text = STR("fine"),
				      .account = STR("acct") };
	struct buf b;

	(void)ctx;
	if (!msg_rcpt_check_get(m->body, &q))
		return false;
	nchecks++;
	ck_assert_str_is(q.ip, STR("192.0.2.7"));
	if (str_has_prefix(q.rcpt, STR("owner1")))
		r.owner = 1;
	if (str_has_prefix(q.rcpt, STR("owner9")))
		r.owner = 9;
	if (str_has_prefix(q.rcpt, STR("refused"))) {
		r.code = 550;
		r.ecode = STR("5.1.1");
		r.text = STR("who is\r\nthat");
	}
	buf_init(&b, 1000);
	msg_rcpt_check_r_put(&b, &r);
	ipc_reply(&req, buf_str(&b), NULL, 0);
	buf_done(&b);
	return true;
}

static void
message_keep(struct ipc_msg *m, struct str filekey, uint64_t announced)
{
	struct err e = ERR_INIT;
	struct spool_reader *r;
	struct str piece;
	uint64_t size;
	int fd = ipc_msg_take_fd(m, 0), k;

	was_file = filekey.n > 0;
	ck_assert(ipc_fd_is_message(fd, was_file, &size));
	r = spool_reader_new(fd, filekey, announced, &e);
	ck_assert_msg(r != NULL, "%s", e.msg);
	buf_reset(&got);
	while ((k = spool_reader_next(r, &piece, &e)) > 0)
		buf_putstr(&got, piece);
	ck_assert_int_eq(k, 0);
	spool_reader_free(&r);
	close(fd);
}

static bool
on_deliver(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct msg_deliver_r r = { .kind = DELIVER_DONE };
	struct err e = ERR_INIT;
	struct buf results, b;
	struct rd rd;
	unsigned i, n = 0;

	(void)ctx;
	if (!msg_deliver_get(m->body, &last))
		return false;
	ndeliver++;
	nrepeats += (last.flags & DELIVER_REPEAT) != 0;
	message_keep(m, last.filekey, last.size);
	buf_reset(&trace);
	buf_putstr(&trace, last.trace);
	buf_init(&results, 60000);
	buf_init(&b, LIM_IPC_BODY);
	for (rd = rd_init(last.rcpts); rd_more(&rd); n++) {
		struct str addr = rd_str(&rd, LIM_ADDR), account = rd_str(&rd, LIM_ACCOUNT);
		unsigned code = answer == ANSWER_CODES ? codes[(nrcpts + n) % 8] : 250;

		ck_assert_str_is(account, STR("acct"));
		buf_putstr(&rcpts, addr);
		buf_putc(&rcpts, ' ');
		wr_uint(&results, 2, answer == ANSWER_LIE ? 123 : code);
		wr_str(&results, code == 250   ? STR("2.0.0")
				 : code >= 500 ? STR("5.2.2")
					       : STR("4.2.2"));
		wr_str(&results, code == 250 ? STR("ok") : STR("no room"));
	}
	ck_assert(rd_done(&rd));
	nrcpts += n;
	if (answer == ANSWER_JUNK)
		wr_uint(&results, 1, 0);
	r.results = buf_str(&results);
	msg_deliver_r_put(&b, &r);
	if (answer == ANSWER_NOSPACE) {
		err_set(&e, EC_NOSPACE, "full");
		ipc_reply_err(&req, &e);
	} else if (answer == ANSWER_NEVER) {
		/* The worker dies with the request. */
		answer = ANSWER_OK;
		for (i = 0; i < OWNERS; i++)
			if (ipc_req_chan(req) == from[i])
				shutdown(200 + (int)i, SHUT_RDWR);
		revive = true;
		dead = req;
	} else {
		ipc_reply(&req, buf_str(&b), NULL, 0);
	}
	buf_done(&results);
	buf_done(&b);
	return true;
}

/* Which recipients of which worker; "1:" goes before those of worker 1. */
static bool
on_partial(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct err e = ERR_INIT;
	struct rd rd;

	if (!msg_deliver_get(m->body, &last))
		return false;
	npartial++;
	ck_assert(str_find(buf_str(&said), STR("4.2.2")) < 0);	/* not before this is answered */
	message_keep(m, last.filekey, last.size);
	buf_putc(&noted, (char)('0' + (uintptr_t)ctx));
	buf_putc(&noted, ':');
	for (rd = rd_init(last.rcpts); rd_more(&rd);) {
		buf_putstr(&noted, rd_str(&rd, LIM_ADDR));
		ck_assert_str_is(rd_str(&rd, LIM_ACCOUNT), STR("acct"));
		buf_putc(&noted, ' ');
	}
	ck_assert(rd_done(&rd));
	if (note_answer == ANSWER_NOSPACE) {
		err_set(&e, EC_NOSPACE, "full");
		ipc_reply_err(&req, &e);
	} else {
		ipc_reply(&req, STR(""), NULL, 0);
	}
	return true;
}

/* Recipients that queued is given. */
static bool
on_queue_add(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct msg_queue_add q;
	struct msg_queue_add_r r = { .code = 250, .ecode = STR("2.0.0"), .text = STR("ok"), .id = 7 };
	struct rd rd;
	struct buf b;

	(void)ctx;
	if (!msg_queue_add_get(m->body, &q))
		return false;
	ck_assert_uint_eq(q.flags, DELIVER_8BIT | QUEUE_LOCAL);
	ck_assert_uint_eq(q.account.n + q.login.n + q.from.n, 0);
	ck_assert(str_has_prefix(q.trace, STR("Received: from client.example ([192.0.2.7])\r\n")));
	message_keep(m, q.filekey, q.size);
	for (rd = rd_init(q.rcpts); rd_more(&rd);) {
		buf_putstr(&late, rd_str(&rd, LIM_ADDR));
		buf_putc(&late, ' ');
	}
	ck_assert(rd_done(&rd));
	if (queue_answer == ANSWER_NOSPACE) {
		r.code = 452;
		r.ecode = STR("4.3.1");
	} else if (queue_answer == ANSWER_LIE) {
		r.code = 123;
	}
	buf_init(&b, 1000);
	msg_queue_add_r_put(&b, &r);
	ipc_reply(&req, buf_str(&b), NULL, 0);
	buf_done(&b);
	return true;
}

static const struct ipc_op deliverd_ops[] = {
	{ IPC_RCPT_CHECK, ROLE_BIT(ROLE_SMTPD), 0, 0, on_check },
	{ IPC_DELIVER, ROLE_BIT(ROLE_SMTPD), 1, 1, on_deliver },
	{ IPC_DELIVER_PARTIAL, ROLE_BIT(ROLE_SMTPD), 1, 1, on_partial },
	{ IPC_QUEUE_ADD, ROLE_BIT(ROLE_SMTPD), 1, 1, on_queue_add },
};

static void
chan_open(unsigned i)
{
	void *ctx = (void *)(uintptr_t)i;
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sv),
			 0);
	ck_assert_int_eq(dup2(sv[1], 200 + (int)i), 200 + (int)i); /* to shut it from outside */
	to[i] = ipc_chan_new(loop, sv[0], i == QUEUED ? ROLE_QUEUED : ROLE_DELIVERD, i, NULL, 0, ctx, on_chan_close);
	from[i] = ipc_chan_new(loop, sv[1], ROLE_SMTPD, 0, deliverd_ops, ARRAY_LEN(deliverd_ops),
			       ctx, on_chan_close);
}

/* ---- a client */

static int client = -1;
static bool is_closed;
static const char *awaited;
static int64_t give_up;

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
	for (unsigned i = 0; i < OWNERS && revive; i++)
		if (to[i] == NULL && from[i] == NULL) {
			chan_open(i);
			revive = false;
			ipc_reply(&dead, STR(""), NULL, 0);	/* nobody listens */
		}
	if (awaited != NULL ? str_find(buf_str(&said), str_c(awaited)) >= 0 : is_closed)
		loop_stop(loop);
	else if (loop_now(loop) > give_up)
		ck_abort_msg("waited for %s, got: " STR_FMT, awaited != NULL ? awaited : "the end",
			     STR_ARG(buf_str(&said)));
	loop_timer_set(ticker, 2);
}

/* Run until the client has got this text (NULL: the end), then forget what it got. */
static void
await(const char *text)
{
	awaited = text;
	give_up = loop_now(loop) + 30000;
	loop_timer_set(ticker, 0);
	loop_run(loop);
	buf_reset(&said);
}

static void
turn(void)
{
	awaited = "";
	give_up = loop_now(loop) + 30000;
	loop_timer_set(ticker, 1);
	loop_run(loop);
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
connect_client(void)
{
	struct svc_listener l = { .service = SERVICE_SMTP, .listener = STR("public") };
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
start(void)
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
	c->service = SERVICE_SMTP;
	snprintf(c->smtp.hostname, sizeof(c->smtp.hostname), "mail.example");
	c->smtp.max_size = 10 << 20;
	c->refs = 1;
	d = (struct smtpconns){ .ops = &smtpd_ops, .svc = &the_svc, .l = loop, .limit = iplimit_new() };
	d.confs = mem_zalloc(1, sizeof(*d.confs));
	d.confs[0] = c;
	d.nconfs = 1;
	is_localserve = is_draining = was_drained = revive = false;
	answer = note_answer = queue_answer = ANSWER_OK;
	ndeliver = nchecks = nrcpts = npartial = nrepeats = 0;
	buf_init(&got, 20 << 20);
	buf_init(&trace, 20000);
	buf_init(&rcpts, 1 << 20);
	buf_init(&noted, 1000);
	buf_init(&late, 1000);
	buf_init(&said, 1 << 20);
	for (unsigned i = 0; i < CHANS; i++)
		chan_open(i);
}

static void
stop(void)
{
	client = -1;
	for (int i = 0; i < 10; i++)	/* streams that linger see the end */
		turn();
	for (unsigned i = 0; i < CHANS; i++) {
		ipc_chan_free(&to[i]);
		ipc_chan_free(&from[i]);
		close(200 + (int)i);
	}
	smtpconn_conf_unref(&d.confs[0]);
	mem_free(d.confs);
	iplimit_free(&d.limit);
	loop_timer_free(&ticker);
	loop_free(&loop);
	buf_done(&got);
	buf_done(&trace);
	buf_done(&rcpts);
	buf_done(&noted);
	buf_done(&late);
	buf_done(&said);
	close(tmp_dir);
}

#define ENVELOPE "EHLO client.example\r\nMAIL FROM:<s@client.example> BODY=8BITMIME\r\n"
#define MESSAGE "DATA\r\nSubject: x\r\n\r\n..body\r\n.\r\n"

/* A transaction with these recipients, and the reply to its message. */
static void
transaction(const char *rcpt_lines, const char *reply)
{
	connect_client();
	say(ENVELOPE);
	say(rcpt_lines);
	say(MESSAGE);
	await(reply);
	bye();
}

/* ---- tests */

START_TEST(test_message)
{
	start();
	transaction("RCPT TO:<A@Local.Example>\r\n", "\r\n250 2.0.0 Accepted, id ");
	ck_assert_uint_eq(nchecks, 1);
	ck_assert_uint_eq(ndeliver, 1);
	ck_assert(!was_file);
	ck_assert_str_is(buf_str(&got), STR("Subject: x\r\n\r\n.body\r\n"));
	ck_assert_str_is(buf_str(&rcpts), STR("A@local.example "));
	ck_assert(str_has_prefix(buf_str(&trace),
				 STR("Received: from client.example ([192.0.2.7])\r\n\t"
				     "by mail.example with ESMTP\r\n\tid ")));
	ck_assert(str_find(buf_str(&trace), STR("\tfor <A@local.example>;\r\n")) > 0);
	ck_assert_uint_eq(last.flags, DELIVER_8BIT);
	stop();
}
END_TEST

/* Results of three recipients, the one reply, and who is left to queued. */
static const struct {
	unsigned codes[3];
	const char *reply, *late;
} mixed[] = {
	{ { 250, 250, 250 }, "\r\n250 2.0.0 Accepted" },
	{ { 250, 550, 250 }, "\r\n250 2.0.0 Accepted" },
	{ { 250, 452, 250 }, "\r\n250 2.0.0 Accepted", "b@x " },
	{ { 550, 452, 250 }, "\r\n250 2.0.0 Accepted", "b@x " },
	{ { 451, 452, 250 }, "\r\n250 2.0.0 Accepted", "a@x b@x " },
	{ { 550, 552, 554 }, "\r\n550 5.2.2 no room\r\n" },
	{ { 554, 550, 550 }, "\r\n554 5.2.2 no room\r\n" },
	{ { 550, 451, 452 }, "\r\n451 4.2.2 no room\r\n" },
};

START_TEST(test_mixed)
{
	start();
	answer = ANSWER_CODES;
	for (size_t i = 0; i < ARRAY_LEN(mixed); i++) {
		memcpy(codes, mixed[i].codes, sizeof(mixed[i].codes));
		nrcpts = 0;
		buf_reset(&late);
		transaction("RCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<c@x>\r\n",
			    mixed[i].reply);
		ck_assert_uint_eq(nrcpts, 3);
		ck_assert_str_is(buf_str(&late), str_c(mixed[i].late != NULL ? mixed[i].late : ""));
	}
	stop();
}
END_TEST

START_TEST(test_owners)
{
	start();
	transaction("RCPT TO:<a@x>\r\nRCPT TO:<owner1@x>\r\n", "\r\n250 2.0.0 Accepted");
	ck_assert_uint_eq(ndeliver, 2);
	ck_assert(str_find(buf_str(&trace), STR("\tfor ")) < 0);
	answer = ANSWER_CODES;
	codes[0] = 250;
	codes[1] = 451;
	nrcpts = 0;
	transaction("RCPT TO:<a@x>\r\nRCPT TO:<owner1@x>\r\n", "\r\n250 2.0.0 Accepted");
	ck_assert_uint_eq(ndeliver, 4);
	ck_assert_str_is(buf_str(&late), STR("owner1@x "));
	stop();
}
END_TEST

/* queued takes nothing. Results of a, b (worker 0), owner1-c, owner1-d (worker 1); who is told that a
 * repeat will come. */
static const struct {
	unsigned codes[4];
	const char *reply, *noted;
} partials[] = {
	{ { 250, 250, 250, 250 }, "\r\n250 2.0.0 Accepted", "" },
	{ { 250, 250, 550, 550 }, "\r\n250 2.0.0 Accepted", "" },
	{ { 250, 250, 451, 451 }, "\r\n451 4.2.2 no room\r\n", "0:a@x b@x " },
	{ { 451, 451, 250, 250 }, "\r\n451 4.2.2 no room\r\n", "1:owner1-c@x owner1-d@x " },
	{ { 250, 550, 451, 250 }, "\r\n451 4.2.2 no room\r\n", "0:a@x " },
	{ { 550, 250, 550, 452 }, "\r\n452 4.2.2 no room\r\n", "0:b@x " },
	{ { 250, 451, 451, 250 }, "\r\n451 4.2.2 no room\r\n", "" },	/* they know */
	{ { 550, 550, 451, 451 }, "\r\n451 4.2.2 no room\r\n", "" },
};

START_TEST(test_partial)
{
	start();
	answer = ANSWER_CODES;
	for (size_t i = 0; i < ARRAY_LEN(partials); i++) {
		for (size_t k = 0; k < 2; k++) {	/* the note is made, or can't be */
			note_answer = k == 0 ? ANSWER_OK : ANSWER_NOSPACE;
			queue_answer = k == 0 ? ANSWER_LIE : ANSWER_NOSPACE;
			memcpy(codes, partials[i].codes, sizeof(partials[i].codes));
			nrcpts = 0;
			buf_reset(&noted);
			buf_reset(&got);
			transaction("RCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nRCPT TO:<owner1-c@x>\r\n"
				    "RCPT TO:<owner1-d@x>\r\n",
				    partials[i].reply);
			ck_assert_str_is(buf_str(&noted), str_c(partials[i].noted));
			ck_assert_str_is(buf_str(&got), STR("Subject: x\r\n\r\n.body\r\n"));
		}
	}
	ck_assert_uint_eq(npartial, 8);
	stop();
}
END_TEST

START_TEST(test_refused)
{
	start();
	connect_client();
	say(ENVELOPE "RCPT TO:<refused@x>\r\nRCPT TO:<owner9@x>\r\nRCPT TO:<a@x>\r\nNOOP\r\n");
	await("\r\n550-5.1.1 who is?\r\n550 5.1.1 that\r\n451 4.3.0 Internal error, try again later\r\n"
	      "250 2.1.5 fine\r\n250 2.0.0 OK\r\n");
	bye();
	stop();
}
END_TEST

START_TEST(test_bad_answers)
{
	start();
	answer = ANSWER_JUNK;
	transaction("RCPT TO:<a@x>\r\n", "\r\n451 4.3.0 Internal error");
	answer = ANSWER_LIE;
	transaction("RCPT TO:<a@x>\r\n", "\r\n451 4.3.0 Internal error");
	answer = ANSWER_NOSPACE;
	transaction("RCPT TO:<a@x>\r\n", "\r\n452 4.3.1 Out of disk space");
	stop();
}
END_TEST

/* deliverd dies with the message and comes back: the client hears nothing of it. */
START_TEST(test_retry)
{
	start();
	answer = ANSWER_NEVER;
	transaction("RCPT TO:<a@x>\r\n", "\r\n250 2.0.0 Accepted");
	ck_assert_uint_eq(ndeliver, 2);
	/* Down when a recipient is to be checked. */
	ipc_chan_free(&to[0]);
	ipc_chan_free(&from[0]);
	connect_client();
	say(ENVELOPE "RCPT TO:<a@x>\r\n" MESSAGE);
	await("250 2.1.0");
	chan_open(0);
	await("\r\n250 2.0.0 Accepted");
	bye();
	stop();
}
END_TEST

START_TEST(test_large)
{
	size_t n = 3 << 20;
	char *line = mem_alloc(1001);

	start();
	memset(line, 'x', 998);
	memcpy(line + 998, "\r\n", 3);
	connect_client();
	say(ENVELOPE "RCPT TO:<a@x>\r\nDATA\r\n");
	await("354");
	for (size_t i = 0; i < n / 1000; i++)
		say(line);
	say(".\r\n");
	await("250 2.0.0 Accepted");
	ck_assert(was_file);
	ck_assert_uint_eq(got.n, n / 1000 * 1000);
	bye();
	mem_free(line);
	stop();
}
END_TEST

START_TEST(test_hang_up)
{
	start();
	connect_client();
	say(ENVELOPE "RCPT TO:<a@x>\r\nDATA\r\nSubject: x\r\n");
	await("354");
	bye();
	ck_assert_uint_eq(ndeliver, 0);
	connect_client();
	say(ENVELOPE "RCPT TO:<a@x>\r\n");
	bye();
	stop();
}
END_TEST

START_TEST(test_drain)
{
	start();
	connect_client();
	is_draining = true;
	smtpconn_drain(&the_svc);
	await("421 4.3.2 Service is restarting, try again\r\n");
	await(NULL);
	close(client);
	client = -1;
	ck_assert(was_drained);

	is_draining = was_drained = false;
	connect_client();
	say(ENVELOPE "RCPT TO:<a@x>\r\nDATA\r\n");
	await("354");
	is_draining = true;
	smtpconn_drain(&the_svc);
	ck_assert(!was_drained);
	say("Subject: x\r\n.\r\n");
	await("\r\n421 4.3.2 Service is restarting, try again\r\n");
	ck_assert_uint_eq(ndeliver, 1);
	await(NULL);
	close(client);
	client = -1;
	ck_assert(was_drained);
	stop();
}
END_TEST

START_TEST(test_many)
{
	char text[100];

	start();
	connect_client();
	say(ENVELOPE);
	for (int i = 0; i < 450; i++) {
		snprintf(text, sizeof(text), "RCPT TO:<r%d@x>\r\n", i);
		say(text);
	}
	say(MESSAGE);
	await("250 2.0.0 Accepted");
	ck_assert_uint_eq(nrcpts, 450);
	ck_assert_uint_eq(ndeliver, 3);
	ck_assert_uint_eq(nrepeats, 2);	/* accounts of the first part may be in the others */
	bye();
	stop();
}
END_TEST

START_TEST(test_space)
{
	start();
	close(tmp_dir);
	tmp_dir = -1;	/* unknown is not enough */
	connect_client();
	say(ENVELOPE);
	await("\r\n452 4.3.1 Out of disk space, try again later\r\n");
	bye();
	stop();
}
END_TEST

/* Address, moment, code (0: nothing, 1: stall). */
static const struct {
	const char *addr;
	enum provoke_at at;
	unsigned code;
} rows[] = {
	{ "mox@localhost", PROVOKE_DATA, 0 },
	{ "temperror@x", PROVOKE_DATA, 451 },
	{ "TempError@x", PROVOKE_DATA, 451 },
	{ "a.permerror@x", PROVOKE_DATA, 554 },
	{ "a421@x", PROVOKE_DATA, 421 },
	{ "552@x", PROVOKE_DATA, 552 },
	{ "timeout@x", PROVOKE_DATA, 1 },
	{ "temperror@x", PROVOKE_RCPT, 0 },
	{ "temperror@x", PROVOKE_MAIL, 0 },
	{ "rcptto450@x", PROVOKE_RCPT, 450 },
	{ "rcptto450@x", PROVOKE_DATA, 0 },
	{ "rcpttotimeout@x", PROVOKE_RCPT, 1 },
	{ "mailfrom-temperror@x", PROVOKE_MAIL, 451 },
	{ "mailfrom-temperror@x", PROVOKE_RCPT, 0 },
	{ "mailfromtimeout@x", PROVOKE_MAIL, 1 },
	{ "a1450@x", PROVOKE_DATA, 0 },
	{ "a350@x", PROVOKE_DATA, 0 },
	{ "a650@x", PROVOKE_DATA, 0 },
	{ "a45@x", PROVOKE_DATA, 0 },
	{ "\"450\"@x", PROVOKE_DATA, 450 },
	{ "", PROVOKE_MAIL, 0 },
};

START_TEST(test_provoke)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct deliver_reply o = { 0 };
		enum provoked p = provoke(str_c(rows[i].addr), rows[i].at, &o);

		ck_assert_msg(rows[i].code == (p == PROVOKED_NONE    ? 0
					       : p == PROVOKED_STALL ? 1
								     : o.code),
			      "%s: %u", rows[i].addr, o.code);
	}
}
END_TEST

/* A provoked timeout waits until the client goes; 421 closes. */
START_TEST(test_localserve)
{
	start();
	is_localserve = true;
	connect_client();
	say("EHLO a\r\nMAIL FROM:<mailfromtimeout@x>\r\nNOOP\r\n");
	await("LIMITS");
	bye();
	connect_client();
	say("EHLO a\r\nMAIL FROM:<mailfrom421@x>\r\nNOOP\r\n");
	await("\r\n421 4.0.0 Failure with this code, as asked for\r\n");
	await(NULL);
	bye();
	stop();
}
END_TEST

/* The 31st connection of one address; one that ends makes room. */
START_TEST(test_connections)
{
	int fds[30];

	start();
	for (int i = 0; i < 30; i++) {
		connect_client();
		fds[i] = client;
	}
	struct svc_listener l = { .service = SERVICE_SMTP, .listener = STR("public") };
	struct sockaddr_storage peer = { .ss_family = AF_INET };
	int sv[2];

	memcpy(&((struct sockaddr_in *)&peer)->sin_addr, "\xc0\x00\x02\x07", 4);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv), 0);
	client = sv[1];
	smtpconn_new(&d, &l, sv[0], &peer);
	await("421 4.7.0 Too many connections from your network\r\n");
	await(NULL);
	ck_assert_uint_eq(d.nconns, 30);
	close(client);
	for (int i = 1; i < 30; i++)
		close(fds[i]);
	client = fds[0];
	bye();
	connect_client();
	bye();
	stop();
}
END_TEST

UNIT_MAIN("smtpd", test_message, test_mixed, test_owners, test_partial, test_refused,
	  test_bad_answers, test_retry, test_large, test_hang_up, test_drain, test_many, test_space, test_provoke,
	  test_localserve, test_connections)
