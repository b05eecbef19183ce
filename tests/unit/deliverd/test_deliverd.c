/*
 * deliverd in this process: its handlers over real channels, with the real store in a temporary
 * folder; smtpd, imapd and authd at the other ends are the test. Stands in for lib/svc.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "crypto/spool.h"
#include "db/db.h"
#include "deliverd.h"
#include "ipc/msg_auth.h"
#include "store/verify.h"
#include "tests/unit/unit.h"

/* ---- what svc would give */

struct svc {
	void *data;
};
static struct svc the_svc;
static struct deliverd *d;
static struct loop *loop;
static struct config *conf;
static bool is_localserve;
static char root[64];
static int accounts_fd = -1, log_fd = -1;
static unsigned char pub[32], priv[32], index_key[32], log_key[32];

/* Channels: [0] deliverd's end, [1] the peer's. */
enum peer { SMTP, IMAP, IMAP2, AUTH, PEERS };
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
	return s->data;
}
const struct config *
svc_config(const struct svc *s)
{
	(void)s;
	return conf;
}
unsigned
svc_worker(const struct svc *s)
{
	(void)s;
	return 0;
}
bool
svc_is_localserve(const struct svc *s)
{
	(void)s;
	return is_localserve;
}
unsigned
svc_account_owner(const struct svc *s, struct str account)
{
	(void)s;
	return str_has_prefix(account, STR("other")) ? 1 : 0;
}
struct ipc_chan *
svc_reach_any(struct svc *s, enum role r)
{
	(void)s;
	return r == ROLE_AUTHD ? chan[AUTH][0] : NULL;
}
void
svc_complain(struct svc *s, pid_t pid, const char *why)
{
	(void)s;
	(void)pid;
	(void)why;
}

/* ---- peers */

static unsigned nkeys;
static bool keys_fail;

static bool
on_keys(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct msg_auth_account_keys in;
	struct err e = ERR_INIT;
	struct buf b;

	(void)ctx;
	ck_assert(msg_auth_account_keys_get(m->body, &in));
	nkeys++;
	if (keys_fail) {
		err_set(&e, EC_TEMP, "not now");
		ipc_reply_err(&req, &e);
		return true;
	}
	buf_init(&b, 1000);
	msg_auth_account_keys_r_put(
		&b, &(struct msg_auth_account_keys_r){ str_mem(pub, 32), str_mem(index_key, 32) });
	ipc_reply(&req, buf_str(&b), NULL, 0);
	buf_done(&b);
	return true;
}

static const struct ipc_op auth_ops[] = {
	{ IPC_AUTH_ACCOUNT_KEYS, ROLE_BIT(ROLE_DELIVERD), 0, 0, on_keys },
};

#define ANY (ROLE_BIT(ROLE_SMTPD) | ROLE_BIT(ROLE_IMAPD))
static const struct ipc_op ops[] = {
	{ IPC_RCPT_CHECK, ROLE_BIT(ROLE_SMTPD), 0, 0, on_rcpt_check },
	{ IPC_DELIVER, ROLE_BIT(ROLE_SMTPD), 1, 1, on_deliver },
	{ IPC_DELIVER_PARTIAL, ROLE_BIT(ROLE_SMTPD), 1, 1, on_deliver_partial },
	{ IPC_CAP_ADD, ROLE_BIT(ROLE_AUTHD), 0, 0, on_cap_add },
	{ IPC_CAP_DEL, ROLE_BIT(ROLE_AUTHD), 0, 0, on_cap_del },
	{ IPC_STORE_OPEN, ANY, 0, 0, on_store_open },
	{ IPC_STORE_APPEND, ANY, 1, 1, on_store_append },
	{ IPC_STORE_FLAGS, ANY, 0, 1, on_store_flags },
	{ IPC_STORE_COPY, ANY, 0, 1, on_store_copy },
	{ IPC_STORE_EXPUNGE, ANY, 0, 1, on_store_expunge },
	{ IPC_STORE_CREATE, ANY, 0, 0, on_store_create },
	{ IPC_STORE_DELETE, ANY, 0, 0, on_store_delete },
	{ IPC_STORE_RENAME, ANY, 0, 0, on_store_rename },
	{ IPC_STORE_SUBSCRIBE, ANY, 0, 0, on_store_subscribe },
	{ IPC_STORE_KEYWRAP, ANY, 0, 0, on_store_keywrap },
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
	static const enum role roles[PEERS] = { ROLE_SMTPD, ROLE_IMAPD, ROLE_IMAPD, ROLE_AUTHD };
	static const unsigned nums[PEERS] = { 0, 0, 1, 0 };
	int sv[2];

	ipc_chan_free(&chan[p][0]);
	ipc_chan_free(&chan[p][1]);
	closed[p] = false;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sv),
			 0);
	chan[p][0] = ipc_chan_new(loop, sv[0], roles[p], nums[p], ops, ARRAY_LEN(ops), &the_svc,
				  on_close);
	chan[p][1] = ipc_chan_new(loop, sv[1], ROLE_DELIVERD, 0, auth_ops, ARRAY_LEN(auth_ops),
				  NULL, on_close);
}

/* ---- one call */

static struct {
	bool done;
	struct err e;
	struct buf body;
	int fds[LIM_IPC_FDS];
	unsigned nfds;
} ans;

static struct loop_timer *timer;

static void
on_answer(void *arg, const struct err *e, struct ipc_msg *m)
{
	(void)arg;
	ans.done = true;
	if (e != NULL) {
		ans.e = *e;
		loop_stop(loop);
		return;
	}
	buf_putstr(&ans.body, m->body);
	for (unsigned i = 0; i < m->nfds; i++)
		ans.fds[ans.nfds++] = ipc_msg_take_fd(m, i);
	loop_stop(loop);
}

static void
on_time(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

/* The answer in `ans`; its error code. */
static enum ec
call(enum peer p, enum ipc_type type, struct buf *body, int fd)
{
	err_clear(&ans.e);
	buf_reset(&ans.body);
	for (unsigned i = 0; i < ans.nfds; i++)
		close(ans.fds[i]);
	ans.nfds = 0;
	ans.done = false;
	ipc_call(loop, chan[p][1], type, buf_str(body), &fd, fd >= 0, 20000, on_answer, NULL);
	while (!ans.done)
		loop_run(loop);
	buf_reset(body);
	return ans.e.code;
}

static void
settle(void)
{
	loop_timer_set(timer, 20);
	loop_run(loop);
}

static int
memory(struct str s, bool seal)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ck_assert_int_eq(write(fd, s.p, s.n), (ssize_t)s.n);
	if (seal)
		ck_assert_int_eq(fcntl(fd, F_ADD_SEALS,
				       F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL),
				 0);
	return fd;
}

/* ---- the world */

static const char mox_conf[] = "DataDir: data\nLogLevel: info\nHostname: mx.example.org\n"
			       "Listeners:\n\tpublic:\n\t\tIPs:\n\t\t\t- 127.0.0.1\n"
			       "\t\tSMTP:\n\t\t\tEnabled: true\n\t\t\tNoSTARTTLS: true\n"
			       "Postmaster:\n\tAccount: joe\n\tMailbox: Postmaster\n";
static const char domains_conf[] =
	"Domains:\n\texample.org:\n\t\tLocalpartCatchallSeparator: +\n"
	"\toff.example:\n\t\tDisabled: true\n"
	"Accounts:\n\tjoe:\n\t\tDomain: example.org\n\t\tDestinations:\n"
	"\t\t\tjoe@example.org: nil\n\t\t\tlists@example.org:\n\t\t\t\tMailbox: Lists/all\n"
	"\t\t\tgone@example.org:\n\t\t\t\tSMTPError: 550 moved away\n"
	"\t\t\tlater@example.org:\n\t\t\t\tSMTPError: 421 on holiday\n"
	"\tamy:\n\t\tDomain: example.org\n\t\tDestinations:\n\t\t\tamy@example.org: nil\n"
	"\t\tQuotaMessageSize: 5000\n"
	"\tother:\n\t\tDomain: example.org\n\t\tDestinations:\n\t\t\tother@example.org: nil\n";

enum { MANY = 40 }; /* accounts m00, m01, ... */

static void
put_config(struct buf *b)
{
	buf_puts(b, domains_conf);
	for (int i = 0; i < MANY; i++)
		buf_printf(b,
			   "\tm%02d:\n\t\tDomain: example.org\n\t\tDestinations:\n"
			   "\t\t\tm%02d@example.org: nil\n",
			   i, i);
}

static void
turn_end(void *arg)
{
	(void)batch_flush(arg);
}

static void
up(void)
{
	struct store_shelf_start st;
	struct err e = ERR_INIT;
	struct buf problems, domains;
	char path[100];

	ck_assert_int_eq(seal_init(&e), 0);
	snprintf(root, sizeof(root), "/tmp/mox-deliverd-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	snprintf(path, sizeof(path), "%s/accounts", root);
	mkdir(path, 0755);
	accounts_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(path, sizeof(path), "%s/log", root);
	mkdir(path, 0755);
	log_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	seal_keypair(pub, priv);
	seal_random(index_key, 32);
	seal_random(log_key, 32);
	buf_init(&problems, 10000);
	buf_init(&domains, 20000);
	put_config(&domains);
	ck_assert_msg(config_parse_files(&conf, "mox.conf", str_c(mox_conf), "domains.conf",
					 buf_str(&domains), &problems, &e) == 0,
		      "%s", e.msg);
	buf_done(&domains);
	buf_done(&problems);
	loop = loop_new();
	timer = loop_timer_new(loop, on_time, NULL);
	buf_init(&ans.body, LIM_IPC_BODY);
	d = MEM_NEW(struct deliverd);
	d->svc = &the_svc;
	d->l = loop;
	the_svc.data = d;
	d->shelf = store_shelf_open(accounts_fd, log_fd, 0, log_key, &st, &e);
	ck_assert_msg(d->shelf != NULL, "%s", e.msg);
	d->work = loop_timer_new(loop, batch_work, d);
	loop_on_turn_end(loop, turn_end, d);
	nkeys = 0;
	keys_fail = is_localserve = false;
	for (int p = 0; p < PEERS; p++)
		chan_up((enum peer)p);
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

static void
verify(const char *name)
{
	struct store_verify_sums sums;
	struct err e = ERR_INIT;
	int fd = openat(accounts_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	ck_assert_msg(store_verify(fd, str_c(name), pub, priv, print_problem, NULL, &sums, &e) == 0,
		      "%s", e.msg);
	ck_assert_uint_eq(sums.problems, 0);
	close(fd);
}

static void
down(void)
{
	db_fault_set(NULL, NULL);
	for (int p = 0; p < PEERS; p++) {
		ipc_chan_free(&chan[p][1]);
		ipc_chan_free(&chan[p][0]);
	}
	caps_free(d);
	store_shelf_close(&d->shelf);
	accounts_free(d);
	batch_free(d);
	loop_timer_free(&d->work);
	loop_timer_free(&timer);
	mem_free(d);
	loop_free(&loop);
	for (unsigned i = 0; i < ans.nfds; i++)
		close(ans.fds[i]);
	ans.nfds = 0;
	buf_done(&ans.body);
	verify("joe");
	verify("amy");
	config_free(&conf);
	close(accounts_fd);
	close(log_fd);
	nftw(root, rm_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- recipients */

START_TEST(recipients)
{
	static const struct {
		const char *rcpt;
		unsigned code;
		const char *ecode, *account;
		bool local;
	} rows[] = {
		{ "joe@example.org", 250, "2.1.5", "joe", false },
		{ "JOE+x@example.org", 250, "2.1.5", "joe", false },
		{ "\"joe\"@example.org", 250, "2.1.5", "joe", false },
		{ "\"j\\oe\"@example.org", 250, "2.1.5", "joe", false },
		{ "postmaster", 250, "2.1.5", "joe", false },
		{ "nobody@example.org", 550, "5.1.1", "", false },
		{ "gone@example.org", 550, "5.1.1", "", false },
		{ "later@example.org", 451, "4.3.0", "", false },
		{ "x@off.example", 450, "4.2.1", "", false },
		{ "joe@elsewhere.example", 550, "5.7.1", "", false },
		{ "joe@[127.0.0.1]", 550, "5.7.1", "", false },
		{ "", 550, NULL, "", false },
		{ "@", 550, NULL, "", false },
		{ "joe@elsewhere.example", 550, "5.7.1", "",
		  true }, /* localserve has no account mox here */
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct msg_rcpt_check_r r;
		struct buf b;

		is_localserve = rows[i].local;
		buf_init(&b, LIM_IPC_BODY);
		msg_rcpt_check_put(&b, &(struct msg_rcpt_check){ .rcpt = str_c(rows[i].rcpt),
								 .ip = STR("192.0.2.1") });
		ck_assert_int_eq(call(SMTP, IPC_RCPT_CHECK, &b, -1), EC_OK);
		ck_assert(msg_rcpt_check_r_get(buf_str(&ans.body), &r));
		ck_assert_msg(r.code == rows[i].code, "%s: %u", rows[i].rcpt, (unsigned)r.code);
		if (rows[i].ecode != NULL)
			ck_assert_str_is(r.ecode, str_c(rows[i].ecode));
		ck_assert_str_is(r.account, str_c(rows[i].account));
		buf_done(&b);
	}
}
END_TEST

/* ---- delivery */

static const char small[] = "From: a@example.org\r\nMessage-ID: <1@x>\r\n\r\nhello\r\n";

/* "address account,..." as the field rcpts. */
static uint64_t next_txn = 7;
static uint32_t next_flags;

static void
put_deliver(struct buf *b, const char *sender, const char *rcpts, struct str filekey, uint64_t size)
{
	struct str list = str_c(rcpts), one;
	struct buf r;

	buf_init(&r, 40000);
	while (list.p != NULL) {
		one = str_cut(list, ',', &list);
		struct str account, addr = str_cut(one, ' ', &account);

		wr_str(&r, addr);
		wr_str(&r, account);
	}
	msg_deliver_put(b, &(struct msg_deliver){ .txn = next_txn,
						  .cid = 8,
						  .flags = next_flags,
						  .size = size,
						  .filekey = filekey,
						  .ip = STR("192.0.2.1"),
						  .helo = STR("c.example"),
						  .sender = str_c(sender),
						  .trace = STR("Received: from x\r\n"),
						  .rcpts = buf_str(&r) });
	buf_done(&r);
}

/* Codes of the recipients as text. */
static const char *
deliver(const char *sender, const char *rcpts, struct str msg)
{
	static char out[1000];
	struct msg_deliver_r r;
	struct buf b;
	struct rd rd;
	size_t n = 0;

	buf_init(&b, LIM_IPC_BODY);
	put_deliver(&b, sender, rcpts, STR(""), msg.n);
	ck_assert_msg(call(SMTP, IPC_DELIVER, &b, memory(msg, true)) == EC_OK, "%s", ans.e.msg);
	buf_done(&b);
	ck_assert(msg_deliver_r_get(buf_str(&ans.body), &r));
	out[0] = '\0';
	for (rd = rd_init(r.results); rd_more(&rd);) {
		unsigned code = (unsigned)rd_uint(&rd, 2);
		struct str ecode = rd_str(&rd, 16);

		rd_str(&rd, 256);
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%u " STR_FMT, n > 0 ? ", " : "",
				      code, STR_ARG(ecode));
	}
	ck_assert(rd_done(&rd));
	return out;
}

static struct store_mailbox
look(const char *account, const char *mailbox, struct buf *content)
{
	struct store_mailbox m = { 0 };
	struct err e = ERR_INIT;
	int fd = openat(accounts_fd, account, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct store_w *w = store_shelf_get(d->shelf, str_c(account), &e);
	struct store_msg *sm;
	struct store *s;

	ck_assert(w != NULL && store_shelf_publish(d->shelf, w, &e) == 0);
	s = store_open(fd, str_c(account), pub, priv, &e);
	ck_assert_msg(s != NULL, "%s", e.msg);
	close(fd);
	if (store_mailbox_find(s, str_c(mailbox), &m, &e) < 0)
		ck_assert_int_eq(e.code, EC_NOTFOUND);
	if (content != NULL && (sm = store_msg_open(s, 1, &e)) != NULL) {
		ck_assert_int_eq(store_msg_read(sm, 0, 1 << 20, content, &e), 0);
		store_msg_close(&sm);
	}
	store_close(&s);
	return m;
}

START_TEST(delivery)
{
	struct buf c;

	/* Two addresses of one account: one copy. Another worker's account: not here. */
	ck_assert_str_eq(
		deliver("a@b.example",
			"joe@example.org joe,lists@example.org joe,other@example.org other",
			str_c(small)),
		"250 2.0.0, 250 2.0.0, 451 4.3.0");
	ck_assert_uint_eq(nkeys, 1);
	buf_init(&c, 1 << 20);
	ck_assert_uint_eq(look("joe", "Inbox", &c).count, 1);
	ck_assert_str_is(buf_str(&c),
			 STR("Return-Path: <a@b.example>\r\nDelivered-To: joe@example.org\r\n"
			     "Received: from x\r\n"
			     "From: a@example.org\r\nMessage-ID: <1@x>\r\n\r\nhello\r\n"));
	buf_done(&c);
	ck_assert_uint_eq(look("joe", "Lists/all", NULL).id, 0);
	/* The mailbox of a destination is made. */
	ck_assert_str_eq(deliver("", "lists@example.org joe", str_c(small)), "250 2.0.0");
	ck_assert(look("joe", "Lists/all", NULL).subscribed);
	ck_assert_uint_eq(look("joe", "Drafts", NULL).special, STORE_SPECIAL_DRAFTS);
	/* An address that is not this account's (any more), an account that can't be one. */
	ck_assert_str_eq(deliver("",
				 "amy@example.org joe,nope@example.org joe,joe@example.org ../x",
				 str_c(small)),
			 "451 4.3.0, 451 4.3.0, 451 4.3.0");
	ck_assert_uint_eq(look("joe", "Inbox", NULL).count, 1);
}
END_TEST

START_TEST(quota)
{
	struct buf b;

	buf_init(&b, 10000);
	for (int i = 0; i < 2000; i++)
		buf_putc(&b, i % 60 == 59 ? '\n' : 'x');
	ck_assert_str_eq(deliver("", "amy@example.org amy", buf_str(&b)), "250 2.0.0");
	ck_assert_str_eq(deliver("", "amy@example.org amy", buf_str(&b)), "250 2.0.0");
	ck_assert_str_eq(deliver("", "amy@example.org amy,joe@example.org joe", buf_str(&b)),
			 "452 4.2.2, 250 2.0.0");
	ck_assert_uint_eq(look("amy", "Inbox", NULL).count, 2);
	/* joe has it, and will not get it again when the client repeats; but anything else, and
	 * after a full success, he does. */
	ck_assert_str_eq(deliver("", "joe@example.org joe", buf_str(&b)), "250 2.0.0");
	ck_assert_uint_eq(look("joe", "Inbox", NULL).count, 1);
	ck_assert_str_eq(deliver("other@sender.example", "joe@example.org joe", buf_str(&b)),
			 "250 2.0.0");
	ck_assert_str_eq(deliver("", "joe@example.org joe", str_c(small)), "250 2.0.0");
	ck_assert_str_eq(deliver("", "joe@example.org joe", str_c(small)), "250 2.0.0");
	ck_assert_uint_eq(look("joe", "Inbox", NULL).count, 4);
	buf_done(&b);
}
END_TEST

/* A message that alone is more than the account may have will never fit. */
START_TEST(quota_of_one)
{
	struct buf b;

	buf_init(&b, 10000);
	for (int i = 0; i < 5001; i++)
		buf_putc(&b, i % 60 == 59 ? '\n' : 'x');
	ck_assert_str_eq(deliver("", "amy@example.org amy", buf_str(&b)), "552 5.2.2");
	ck_assert_str_eq(deliver("", "amy@example.org amy", str_c(small)), "250 2.0.0");
	buf_done(&b);
}
END_TEST

/* smtpd asks again since an answer was lost. If it never hears one, the client comes with another
 * transaction: it is known then, too, when a Message-ID says that it is the same message. */
START_TEST(asked_again)
{
	static const char bare[] = "Subject: disk is ok\r\n\r\n";

	for (int i = 0; i < 2; i++) {
		struct str m = i == 0 ? str_c(small) : str_c(bare);
		uint32_t had = i == 0 ? 0 : 2;

		next_txn = 100 + (uint64_t)i;
		ck_assert_str_eq(deliver("s@x", "joe@example.org joe", m), "250 2.0.0");
		/* Without trouble the same bytes are another message. */
		next_txn = 200 + (uint64_t)i;
		ck_assert_str_eq(deliver("s@x", "joe@example.org joe", m), "250 2.0.0");
		ck_assert_uint_eq(look("joe", "Inbox", NULL).count, had + 2);
		next_flags = DELIVER_REPEAT;
		ck_assert_str_eq(deliver("s@x", "joe@example.org joe", m), "250 2.0.0");
		next_flags = 0;
		next_txn = 300 + (uint64_t)i;
		ck_assert_str_eq(deliver("s@x", "joe@example.org joe", m), "250 2.0.0");
		ck_assert_uint_eq(look("joe", "Inbox", NULL).count, had + 2 + (i == 0 ? 0 : 1));
	}
	next_txn = 7;
}
END_TEST

START_TEST(partial)
{
	struct buf b;

	ck_assert_str_eq(deliver("s@x", "joe@example.org joe", str_c(small)), "250 2.0.0");
	/* Another worker failed, says smtpd. */
	buf_init(&b, LIM_IPC_BODY);
	put_deliver(&b, "s@x", "joe@example.org joe", STR(""), sizeof(small) - 1);
	ck_assert_int_eq(call(SMTP, IPC_DELIVER_PARTIAL, &b, memory(str_c(small), true)), EC_OK);
	buf_done(&b);
	ck_assert_str_eq(deliver("s@x", "joe@example.org joe", str_c(small)), "250 2.0.0");
	ck_assert_uint_eq(look("joe", "Inbox", NULL).count, 1);
}
END_TEST

START_TEST(loops)
{
	struct buf b;

	buf_init(&b, 10000);
	for (int i = 0; i < 101; i++)
		buf_puts(&b, "Received: from y\r\n");
	buf_puts(&b, "\r\n");
	ck_assert_str_eq(deliver("", "joe@example.org joe", buf_str(&b)), "550 5.4.6");
	ck_assert_str_eq(deliver("", "joe@example.org joe", str_c(small)), "250 2.0.0");
	buf_done(&b);
}
END_TEST

START_TEST(spooled)
{
	struct msg_deliver_r r;
	struct spool_done done;
	struct err e = ERR_INIT;
	struct spool *s;
	struct buf b, c;
	int tmp = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;

	s = spool_new(tmp, NULL, 600000);
	for (int i = 0; i < 10000; i++)
		ck_assert_int_eq(
			spool_put(
				s,
				STR("This is a line of sixty characters, and so are the next.\r\n"),
				&e),
			0);
	ck_assert_int_eq(spool_finish(s, &done, &e), 0);
	ck_assert_uint_eq(done.key_n, SEAL_KEY);
	buf_init(&b, LIM_IPC_BODY);
	put_deliver(&b, "", "joe@example.org joe", str_mem(done.key, SEAL_KEY), done.size);
	fd = spool_fd_dup(s, &e);
	ck_assert_int_eq(call(SMTP, IPC_DELIVER, &b, fd), EC_OK);
	ck_assert(msg_deliver_r_get(buf_str(&ans.body), &r));
	ck_assert_int_eq(r.results.p[0], (char)250);
	buf_init(&c, 1 << 20);
	look("joe", "Inbox", &c);
	ck_assert_uint_gt(c.n, 580000);
	buf_done(&c);
	/* The wrong key: this message fails, the channel stays (a file may have been altered by
	 * anybody). */
	done.key[0] ^= 1;
	put_deliver(&b, "", "joe@example.org joe", str_mem(done.key, SEAL_KEY), done.size);
	ck_assert_int_eq(call(SMTP, IPC_DELIVER, &b, spool_fd_dup(s, &e)), EC_OK);
	ck_assert(msg_deliver_r_get(buf_str(&ans.body), &r));
	ck_assert_int_eq((unsigned char)r.results.p[0] | r.results.p[1] << 8, 451);
	ck_assert_uint_eq(look("joe", "Inbox", NULL).count, 1);
	buf_done(&b);
	spool_free(&s);
	close(tmp);
}
END_TEST

/* What a peer that was taken over could send: it loses its channel, and nothing else happens. */
START_TEST(lies)
{
	struct buf b, whole;
	struct str msg = str_c(small);
	int fd;

	ck_assert_str_eq(deliver("", "joe@example.org joe", msg), "250 2.0.0");
	buf_init(&b, LIM_IPC_BODY);
	buf_init(&whole, LIM_IPC_BODY);
	put_deliver(&whole, "a@b", "joe@example.org joe", STR(""), msg.n);
	for (size_t i = 0; i < whole.n; i++) {
		buf_putstr(&b, str_sub(buf_str(&whole), 0, i));
		ck_assert_int_ne(call(SMTP, IPC_DELIVER, &b, memory(msg, true)), EC_OK);
		ck_assert(closed[SMTP]);
		chan_up(SMTP);
	}
	for (int i = 0; i < 8; i++) {
		fd = memory(msg, i != 0);
		switch (i) {
		case 0: /* not sealed */
		case 1: /* too short */
			put_deliver(&b, "a@b", "joe@example.org joe", STR(""), msg.n + (unsigned)i);
			break;
		case 2: /* a file with a name */
			close(fd);
			fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
			put_deliver(&b, "a@b", "joe@example.org joe",
				    STR("0123456789abcdef0123456789abcdef"), 100);
			break;
		case 3:
			close(fd);
			fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
			put_deliver(&b, "a@b", "joe@example.org joe", STR(""), msg.n);
			break;
		case 4:
			put_deliver(&b, "a\r\nX: y", "joe@example.org joe", STR(""), msg.n);
			break;
		case 5:
			put_deliver(&b, "a@b", "joe\n@example.org joe", STR(""), msg.n);
			break;
		case 6:
			put_deliver(&b, "a@b", "joe@example.org joe", STR("short key"), msg.n);
			break;
		default:
			put_deliver(&b, "a@b", "joe@example.org joe", STR(""), 1ULL << 40);
			break;
		}
		ck_assert_int_ne(call(SMTP, IPC_DELIVER, &b, fd), EC_OK);
		ck_assert_msg(closed[SMTP], "%d", i);
		chan_up(SMTP);
	}
	/* Requests that are somebody else's. */
	ck_assert_int_ne(call(SMTP, IPC_CAP_ADD, &b, -1), EC_OK);
	ck_assert(closed[SMTP]);
	chan_up(SMTP);
	ck_assert_int_ne(call(IMAP, IPC_DELIVER, &b, memory(msg, true)), EC_OK);
	ck_assert(closed[IMAP]);
	chan_up(IMAP);
	ck_assert_str_eq(deliver("", "joe@example.org joe", msg), "250 2.0.0");
	ck_assert_uint_eq(look("joe", "Inbox", NULL).count, 2);
	buf_done(&b);
	buf_done(&whole);
}
END_TEST

START_TEST(keys_missing)
{
	keys_fail = true;
	ck_assert_str_eq(deliver("", "joe@example.org joe", str_c(small)), "451 4.3.0");
	ck_assert_str_eq(deliver("", "joe@example.org joe", str_c(small)), "451 4.3.0");
	ck_assert_uint_eq(nkeys, 1); /* not asked for each message */
	keys_fail = false;
	ck_assert_int_eq(faccessat(accounts_fd, "joe", F_OK, 0), -1);
	d->accounts[name_hash(STR("joe")) % ACCT_BUCKETS]->failed_ms -= 10000;
	ck_assert_str_eq(deliver("", "joe@example.org joe", str_c(small)), "250 2.0.0");
}
END_TEST

static int fault_errno;

static int
fault(void *arg, enum db_fault what)
{
	(void)arg;
	(void)what;
	return fault_errno;
}

START_TEST(disk_full)
{
	ck_assert_str_eq(deliver("", "joe@example.org joe", str_c(small)), "250 2.0.0");
	fault_errno = ENOSPC;
	db_fault_set(fault, NULL);
	for (int i = 0; i < 5; i++) {
		const char *r =
			deliver("", "joe@example.org joe,amy@example.org amy", str_c(small));

		ck_assert_msg(str_has_prefix(str_c(r), STR("45")), "%s", r);
	}
	fault_errno = EROFS;
	ck_assert_msg(
		str_has_prefix(str_c(deliver("", "joe@example.org joe", str_c(small))), STR("45")),
		"rofs");
	db_fault_set(NULL, NULL);
	ck_assert_str_eq(deliver("", "joe@example.org joe", str_c(small)), "250 2.0.0");
	ck_assert_uint_eq(look("joe", "Inbox", NULL).count, 2);
}
END_TEST

static int syncs_left;

static int
fault_sync(void *arg, enum db_fault what)
{
	(void)arg;
	return what == DB_FAULT_SYNC && syncs_left-- == 0 ? EIO : 0;
}

/* So many large copies that the batch is flushed on the way; the rest can't be made durable. Who
 * has it does not get it again. */
START_TEST(overflow)
{
	struct buf rcpts, msg;
	const char *r;
	unsigned before = 0;
	char name[16];

	buf_init(&rcpts, 10000);
	buf_init(&msg, LIM_STORE_INLINE);
	for (int i = 0; i < MANY; i++)
		buf_printf(&rcpts, "%sm%02d@example.org m%02d", i > 0 ? "," : "", i, i);
	for (int i = 0; i < LIM_STORE_INLINE - 1000; i++)
		buf_putc(&msg, i % 60 == 59 ? '\n' : 'x');
	/* The accounts are made, which is a batch of its own. */
	ck_assert(str_has_prefix(str_c(deliver("", buf_c(&rcpts), str_c(small))), STR("250")));
	syncs_left = 1;
	db_fault_set(fault_sync, NULL);
	r = deliver("", buf_c(&rcpts), buf_str(&msg));
	db_fault_set(NULL, NULL);
	ck_assert_msg(str_has_prefix(str_c(r), STR("250 2.0.0, ")), "%s", r);
	ck_assert_msg(strstr(r, ", 451 4.3.0") != NULL, "%s", r);
	settle();
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "m%02d", i);
		before += look(name, "Inbox", NULL).count - 1;
	}
	ck_assert_uint_ge(before, 20);
	ck_assert_uint_lt(before, MANY);
	r = deliver("", buf_c(&rcpts), buf_str(&msg));
	ck_assert_msg(strstr(r, "451") == NULL, "%s", r);
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "m%02d", i);
		ck_assert_msg(look(name, "Inbox", NULL).count == 2, "%s", name);
	}
	buf_done(&rcpts);
	buf_done(&msg);
}
END_TEST

/* ---- capabilities and changes */

static char cap_joe[32] = "this is the capability for joe..";

static enum ec
cap_add(const char *id, const char *account, uint32_t rights, enum role role, unsigned num)
{
	struct buf b;
	enum ec code;

	buf_init(&b, 1000);
	msg_cap_add_put(&b, &(struct msg_cap_add){ .cap = str_mem(id, 32),
						   .account = str_c(account),
						   .rights = rights,
						   .caller_role = role,
						   .caller_num = num });
	code = call(AUTH, IPC_CAP_ADD, &b, -1);
	buf_done(&b);
	return code;
}

static enum ec
open_account(enum peer p, const char *id)
{
	struct buf b;
	enum ec code;

	buf_init(&b, 1000);
	msg_store_open_put(&b, &(struct msg_store_open){ .cap = str_mem(id, 32) });
	code = call(p, IPC_STORE_OPEN, &b, -1);
	buf_done(&b);
	return code;
}

static enum ec
append(enum peer p, uint64_t mailbox, struct str msg, uint32_t *uid)
{
	struct msg_store_append_r r;
	struct buf b;
	enum ec code;

	buf_init(&b, LIM_IPC_BODY);
	msg_store_append_put(&b, &(struct msg_store_append){ .cap = str_mem(cap_joe, 32),
							     .mailbox = mailbox,
							     .flags = STORE_FLAG_SEEN,
							     .keywords = STR(""),
							     .size = msg.n,
							     .filekey = STR("") });
	code = call(p, IPC_STORE_APPEND, &b, memory(msg, true));
	if (code == EC_OK && uid != NULL) {
		ck_assert(msg_store_append_r_get(buf_str(&ans.body), &r));
		*uid = (uint32_t)r.uid;
	}
	buf_done(&b);
	return code;
}

START_TEST(capabilities)
{
	struct msg_store_open_r o;
	struct buf b;

	ck_assert_int_eq(open_account(IMAP, cap_joe), EC_DENIED);
	ck_assert_int_eq(cap_add(cap_joe, "other", CAP_READ | CAP_WRITE, ROLE_IMAPD, 0), EC_DENIED);
	ck_assert_int_eq(cap_add(cap_joe, "../joe", CAP_READ | CAP_WRITE, ROLE_IMAPD, 0),
			 EC_SYNTAX);
	ck_assert_int_eq(cap_add(cap_joe, "joe", CAP_READ, ROLE_IMAPD, 0), EC_OK);
	ck_assert_int_eq(open_account(IMAP, cap_joe), EC_OK);
	ck_assert(msg_store_open_r_get(buf_str(&ans.body), &o));
	ck_assert_str_is(o.dir, STR("accounts/joe"));
	ck_assert_uint_eq(look("joe", "Inbox", NULL).count, 0);
	/* For one worker, and for reading. */
	ck_assert_int_eq(open_account(IMAP2, cap_joe), EC_DENIED);
	ck_assert_int_eq(append(IMAP, 1, str_c(small), NULL), EC_DENIED);
	ck_assert_int_eq(cap_add(cap_joe, "joe", CAP_READ | CAP_WRITE, ROLE_IMAPD, 0), EC_OK);
	ck_assert_int_eq(append(IMAP, 1, str_c(small), NULL), EC_OK);
	ck_assert_int_eq(append(IMAP2, 1, str_c(small), NULL), EC_DENIED);
	buf_init(&b, 100);
	msg_cap_del_put(&b, &(struct msg_cap_del){ .cap = str_mem(cap_joe, 32) });
	ck_assert_int_eq(call(AUTH, IPC_CAP_DEL, &b, -1), EC_OK);
	ck_assert_int_eq(append(IMAP, 1, str_c(small), NULL), EC_DENIED);
	/* The holder dies. */
	ck_assert_int_eq(cap_add(cap_joe, "joe", CAP_READ | CAP_WRITE, ROLE_IMAPD, 0), EC_OK);
	ck_assert_int_eq(open_account(IMAP, cap_joe), EC_OK);
	caps_peer_down(d, ROLE_IMAPD, 1);
	ck_assert_int_eq(append(IMAP, 1, str_c(small), NULL), EC_OK);
	caps_peer_down(d, ROLE_IMAPD, 0);
	ck_assert_int_eq(append(IMAP, 1, str_c(small), NULL), EC_DENIED);
	buf_done(&b);
}
END_TEST

START_TEST(changes)
{
	struct msg_store_flags_r f;
	struct msg_store_copy_r c;
	struct msg_store_expunge_r x;
	struct msg_store_create_r cr;
	struct str cap = str_mem(cap_joe, 32);
	struct buf b, set;
	uint32_t uid = 0;
	uint64_t size;

	ck_assert_int_eq(cap_add(cap_joe, "joe", CAP_READ | CAP_WRITE, ROLE_IMAPD, 0), EC_OK);
	ck_assert_int_eq(append(IMAP, 0, str_c(small), NULL), EC_NOTFOUND);
	ck_assert_int_eq(append(IMAP, 99, str_c(small), NULL), EC_NOTFOUND);
	buf_init(&b, LIM_IPC_BODY);
	buf_init(&set, LIM_SET);
	for (uint32_t i = 1; i <= 3100; i++) {
		ck_assert_int_eq(append(IMAP, 1, STR("\r\nx\r\n"), &uid), EC_OK);
		ck_assert_uint_eq(uid, i);
	}
	/* A set that does not fit into a packet: every UID by itself. */
	for (uint32_t i = 1; i <= 3100; i++)
		store_set_put(&set, i, i);
	msg_store_flags_put(&b, &(struct msg_store_flags){ .cap = cap,
							   .mailbox = 1,
							   .op = STORE_FLAGS_ADD,
							   .flags = STORE_FLAG_DELETED,
							   .keywords = STR(""),
							   .uids = STR("") });
	ck_assert_msg(call(IMAP, IPC_STORE_FLAGS, &b, memory(buf_str(&set), true)) == EC_OK, "%s",
		      ans.e.msg);
	ck_assert(msg_store_flags_r_get(buf_str(&ans.body), &f));
	ck_assert_uint_eq(f.modified.n, 0);
	ck_assert_uint_eq(look("joe", "Inbox", NULL).deleted, 3100);
	/* All of them changed since: the answer does not fit either. */
	msg_store_flags_put(&b, &(struct msg_store_flags){ .cap = cap,
							   .mailbox = 1,
							   .op = STORE_FLAGS_ADD,
							   .flags = STORE_FLAG_SEEN,
							   .keywords = STR(""),
							   .unchangedsince = 1,
							   .uids = STR("") });
	ck_assert_int_eq(call(IMAP, IPC_STORE_FLAGS, &b, memory(buf_str(&set), true)), EC_OK);
	ck_assert_uint_eq(ans.nfds, 1);
	ck_assert(ipc_fd_is_message(ans.fds[0], false, &size));
	ck_assert_uint_eq(size, 3100 * 8);
	/* No memory file for the answer: an error, and nothing happened. */
	for (int i = 0; i < 2; i++) {
		struct rlimit lim, none;

		getrlimit(RLIMIT_NOFILE, &lim);
		none = (struct rlimit){ .rlim_cur = i == 0 ? 3 : lim.rlim_cur,
					.rlim_max = lim.rlim_max };
		buf_reset(&set);
		store_set_put(&set, 1, 3100);
		msg_store_flags_put(&b, &(struct msg_store_flags){ .cap = cap,
								   .mailbox = 1,
								   .op = STORE_FLAGS_ADD,
								   .flags = STORE_FLAG_SEEN,
								   .keywords = STR("\3\0\0\0new"),
								   .unchangedsince = 1,
								   .uids = buf_str(&set) });
		setrlimit(RLIMIT_NOFILE, &none);
		ck_assert_int_eq(call(IMAP, IPC_STORE_FLAGS, &b, -1) == EC_OK, i == 1);
		setrlimit(RLIMIT_NOFILE, &lim);
	}
	/* Copy, expunge. */
	msg_store_create_put(&b, &(struct msg_store_create){ .cap = cap, .name = STR("Copies") });
	ck_assert_int_eq(call(IMAP, IPC_STORE_CREATE, &b, -1), EC_OK);
	ck_assert(msg_store_create_r_get(buf_str(&ans.body), &cr));
	buf_reset(&set);
	store_set_put(&set, 1, 10);
	msg_store_copy_put(
		&b, &(struct msg_store_copy){
			    .cap = cap, .src = 1, .dst = cr.mailbox, .uids = buf_str(&set) });
	ck_assert_int_eq(call(IMAP, IPC_STORE_COPY, &b, -1), EC_OK);
	ck_assert(msg_store_copy_r_get(buf_str(&ans.body), &c));
	ck_assert_uint_eq(c.uidvalidity, cr.uidvalidity);
	ck_assert_str_is(c.src, buf_str(&set));
	ck_assert_str_is(c.dst, buf_str(&set));
	msg_store_expunge_put(&b, &(struct msg_store_expunge){
					  .cap = cap, .mailbox = 1, .all = 1, .uids = STR("") });
	ck_assert_int_eq(call(IMAP, IPC_STORE_EXPUNGE, &b, -1), EC_OK);
	ck_assert(msg_store_expunge_r_get(buf_str(&ans.body), &x));
	ck_assert_uint_eq(x.uids.n, 8);
	ck_assert_uint_eq(look("joe", "Inbox", NULL).count, 0);
	ck_assert_uint_eq(look("joe", "Copies", NULL).count, 10);
	/* Names. */
	msg_store_rename_put(&b, &(struct msg_store_rename){
					 .cap = cap, .from = STR("Copies"), .to = STR("a/b") });
	ck_assert_int_eq(call(IMAP, IPC_STORE_RENAME, &b, -1), EC_OK);
	msg_store_subscribe_put(
		&b, &(struct msg_store_subscribe){ .cap = cap, .name = STR("a/b"), .on = 0 });
	ck_assert_int_eq(call(IMAP, IPC_STORE_SUBSCRIBE, &b, -1), EC_OK);
	ck_assert(!look("joe", "a/b", NULL).subscribed);
	msg_store_delete_put(&b, &(struct msg_store_delete){ .cap = cap, .name = STR("a") });
	ck_assert_int_eq(call(IMAP, IPC_STORE_DELETE, &b, -1), EC_EXISTS);
	msg_store_delete_put(&b, &(struct msg_store_delete){ .cap = cap, .name = STR("a/b") });
	ck_assert_int_eq(call(IMAP, IPC_STORE_DELETE, &b, -1), EC_OK);
	buf_done(&b);
	buf_done(&set);
}
END_TEST

START_TEST(malformed_changes)
{
	struct str cap = str_mem(cap_joe, 32);
	struct buf b;

	ck_assert_int_eq(cap_add(cap_joe, "joe", CAP_READ | CAP_WRITE, ROLE_IMAPD, 0), EC_OK);
	buf_init(&b, LIM_IPC_BODY);
	/* Flags that are none. */
	msg_store_flags_put(&b, &(struct msg_store_flags){ .cap = cap,
							   .mailbox = 1,
							   .op = STORE_FLAGS_ADD,
							   .flags = STORE_FLAG_ALL + 1,
							   .keywords = STR(""),
							   .uids = STR("") });
	ck_assert_int_ne(call(IMAP, IPC_STORE_FLAGS, &b, -1), EC_OK);
	ck_assert(closed[IMAP]);
	chan_up(IMAP);
	for (int i = 0; i < 3; i++) {
		struct msg_store_append m = { .cap = cap,
					      .mailbox = 1,
					      .keywords = STR(""),
					      .size = sizeof(small) - 1,
					      .filekey = STR("") };

		m.flags = i == 0 ? STORE_FLAG_ALL + 1 : 0;
		m.received = i == 1 ? (uint64_t)LIM_TIME + 1 : (uint64_t)LIM_TIME;
		msg_store_append_put(&b, &m);
		ck_assert_int_eq(call(IMAP, IPC_STORE_APPEND, &b, memory(str_c(small), true)) ==
					 EC_OK,
				 i == 2);
		if (closed[IMAP])
			chan_up(IMAP);
	}
	/* Malformed sets: refused; as is one in a file that can still change, with the channel. */
	msg_store_expunge_put(&b, &(struct msg_store_expunge){ .cap = cap,
							       .mailbox = 1,
							       .uids = STR("\5\0\0\0\4\0\0\0") });
	ck_assert_int_eq(call(IMAP, IPC_STORE_EXPUNGE, &b, -1), EC_SYNTAX);
	msg_store_expunge_put(
		&b, &(struct msg_store_expunge){ .cap = cap, .mailbox = 1, .uids = STR("") });
	ck_assert_int_ne(call(IMAP, IPC_STORE_EXPUNGE, &b, memory(STR("\1\0\0\0\2\0\0\0"), false)),
			 EC_OK);
	ck_assert(closed[IMAP]);
	buf_done(&b);
}
END_TEST

/* `mox config account rm`: no capability is good any more, and keys are asked for anew. */
START_TEST(removed)
{
	static const char without[] =
		"Domains:\n\texample.org: nil\n"
		"Accounts:\n\tjoe:\n\t\tDomain: example.org\n\t\tDestinations:\n"
		"\t\t\tjoe@example.org: nil\n";
	struct config *full = conf, *less = NULL;
	struct err e = ERR_INIT;
	struct buf problems;

	buf_init(&problems, 10000);
	ck_assert_msg(config_parse_files(&less, "mox.conf", str_c(mox_conf), "domains.conf",
					 str_c(without), &problems, &e) == 0,
		      "%s", buf_c(&problems));
	ck_assert_int_eq(cap_add(cap_joe, "amy", CAP_READ | CAP_WRITE, ROLE_IMAPD, 0), EC_OK);
	ck_assert_int_eq(open_account(IMAP, cap_joe), EC_OK);
	ck_assert_str_eq(deliver("", "joe@example.org joe,amy@example.org amy", str_c(small)),
			 "250 2.0.0, 250 2.0.0");
	ck_assert_uint_eq(nkeys, 2);
	conf = less;
	accounts_reload(d);
	ck_assert_int_eq(open_account(IMAP, cap_joe), EC_DENIED);
	ck_assert_int_eq(append(IMAP, 1, str_c(small), NULL), EC_DENIED);
	ck_assert_str_eq(deliver("", "joe@example.org joe,amy@example.org amy", str_c(small)),
			 "250 2.0.0, 451 4.3.0");
	ck_assert_uint_eq(nkeys, 2);
	/* It is added again, and has its mail. */
	conf = full;
	accounts_reload(d);
	ck_assert_str_eq(deliver("", "amy@example.org amy", str_c(small)), "250 2.0.0");
	ck_assert_uint_eq(nkeys, 3);
	ck_assert_uint_eq(look("amy", "Inbox", NULL).count, 2);
	config_free(&less);
	buf_done(&problems);
}
END_TEST

/* Every kind of request cut at every byte. */
START_TEST(cut)
{
	static const enum ipc_type types[] = { IPC_STORE_OPEN,	 IPC_STORE_FLAGS,
					       IPC_STORE_COPY,	 IPC_STORE_EXPUNGE,
					       IPC_STORE_CREATE, IPC_STORE_DELETE,
					       IPC_STORE_RENAME, IPC_STORE_SUBSCRIBE,
					       IPC_STORE_KEYWRAP };
	struct str cap = str_mem(cap_joe, 32), name = STR("x"), set = STR("\1\0\0\0\4\0\0\0");
	struct buf b, whole;

	ck_assert_int_eq(cap_add(cap_joe, "joe", CAP_READ | CAP_WRITE, ROLE_IMAPD, 0), EC_OK);
	ck_assert_int_eq(open_account(IMAP, cap_joe), EC_OK);
	buf_init(&b, LIM_IPC_BODY);
	buf_init(&whole, LIM_IPC_BODY);
	for (size_t t = 0; t < ARRAY_LEN(types); t++) {
		buf_reset(&whole);
		switch (types[t]) {
		case IPC_STORE_OPEN:
			msg_store_open_put(&whole, &(struct msg_store_open){ cap });
			break;
		case IPC_STORE_FLAGS:
			msg_store_flags_put(
				&whole, &(struct msg_store_flags){ cap, 1, 1, 1, STR(""), 0, set });
			break;
		case IPC_STORE_COPY:
			msg_store_copy_put(&whole, &(struct msg_store_copy){ cap, 1, 2, 0, set });
			break;
		case IPC_STORE_EXPUNGE:
			msg_store_expunge_put(&whole,
					      &(struct msg_store_expunge){ cap, 1, 0, set });
			break;
		case IPC_STORE_CREATE:
			msg_store_create_put(&whole, &(struct msg_store_create){ cap, name, 0 });
			break;
		case IPC_STORE_DELETE:
			msg_store_delete_put(&whole, &(struct msg_store_delete){ cap, name });
			break;
		case IPC_STORE_RENAME:
			msg_store_rename_put(&whole,
					     &(struct msg_store_rename){ cap, STR("Sent"), name });
			break;
		case IPC_STORE_SUBSCRIBE:
			msg_store_subscribe_put(&whole,
						&(struct msg_store_subscribe){ cap, name, 1 });
			break;
		default:
			msg_store_keywrap_put(&whole, &(struct msg_store_keywrap){ cap, STR("") });
			break;
		}
		for (size_t i = 0; i <= whole.n + 1; i++) {
			buf_putstr(&b, str_sub(buf_str(&whole), 0, i));
			if (i > whole.n)
				buf_putc(&b, '\0');
			(void)call(IMAP, types[t], &b, -1);
			ck_assert_msg(closed[IMAP] == (i != whole.n), "type %zu cut at %zu", t, i);
			if (closed[IMAP])
				chan_up(IMAP);
		}
	}
	settle();
	buf_done(&b);
	buf_done(&whole);
}
END_TEST

static void
no_log(const char *line, size_t n, void *arg)
{
	(void)line;
	(void)n;
	(void)arg;
}

int
main(void)
{
	Suite *su = suite_create("deliverd");
	TCase *t = tcase_create("deliverd");
	SRunner *sr;
	int failed;

	log_capture(no_log, NULL);
	tcase_add_checked_fixture(t, up, down);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, recipients);
	tcase_add_test(t, delivery);
	tcase_add_test(t, quota);
	tcase_add_test(t, quota_of_one);
	tcase_add_test(t, asked_again);
	tcase_add_test(t, partial);
	tcase_add_test(t, loops);
	tcase_add_test(t, spooled);
	tcase_add_test(t, lies);
	tcase_add_test(t, keys_missing);
	tcase_add_test(t, disk_full);
	tcase_add_test(t, overflow);
	tcase_add_test(t, capabilities);
	tcase_add_test(t, changes);
	tcase_add_test(t, malformed_changes);
	tcase_add_test(t, removed);
	tcase_add_test(t, cut);
	suite_add_tcase(su, t);
	sr = srunner_create(su);
#ifdef MOX_SAN
	srunner_set_fork_status(sr, CK_NOFORK);
#endif
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed > 0;
}
