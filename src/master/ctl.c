/*
 * The control socket. Whoever may connect (mode 0600, and SO_PEERCRED says root or our own user)
 * may do everything; still each packet is checked like any other.
 */
#include "ctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "ipc/msg_ctl.h"
#include "master.h"

void
ctl_reply(struct ipc_req **req, struct str text, const struct err *e)
{
	struct msg_ctl_admin_r r = { .text = str_sub(text, 0, LIM_CTL_TEXT) };
	struct buf b;

	if (e != NULL) {
		ipc_reply_err(req, e);
		return;
	}
	buf_init(&b, LIM_IPC_BODY);
	msg_ctl_admin_r_put(&b, &r);
	ipc_reply(req, buf_str(&b), NULL, 0);
	buf_wipe(&b);
}

/* ---- relaying ---- */

static void
on_relayed(void *arg, const struct err *e, struct ipc_msg *m)
{
	struct ipc_req *req = arg;

	if (e != NULL)
		ipc_reply_err(&req, e);
	else
		ipc_reply(&req, m->body, NULL, 0);
}

/* A command whose daemon is starting or being restarted: asked again until it is there. */
struct relay {
	struct master *m;
	ipc_answer *fn;
	void *arg;
	enum role role;
	struct buf body;
	struct loop_timer *timer;
	int64_t until;
};

static void
relay_end(struct relay *r)
{
	loop_timer_free(&r->timer);
	buf_wipe(&r->body);
	mem_free(r);
}

static void
relay_try(void *arg)
{
	struct relay *r = arg;
	struct master *m = r->m;
	struct worker *w = &m->d[r->role].w[0];
	struct err e = ERR_INIT;

	if (w->state == W_READY) {
		ipc_call(m->l, w->chan, IPC_CTL_ADMIN, buf_str(&r->body), NULL, 0, 0, r->fn,
			 r->arg);
	} else if (m->stopping || loop_now(m->l) >= r->until) {
		err_set(&e, EC_TEMP, "%s is not running", w->d->proc->name);
		r->fn(r->arg, &e, NULL);
	} else {
		loop_timer_set(r->timer, LIM_RELAY_AGAIN_MS);
		return;
	}
	relay_end(r);
}

void
ctl_relay(struct master *m, enum role role, const struct msg_ctl_admin *a, ipc_answer *fn,
	  void *arg)
{
	struct relay *r = MEM_NEW(struct relay);

	r->m = m;
	r->fn = fn;
	r->arg = arg;
	r->role = role;
	r->until = loop_now(m->l) + LIM_RELAY_MS;
	buf_init(&r->body, LIM_IPC_BODY);
	msg_ctl_admin_put(&r->body, a);
	r->timer = loop_timer_new(m->l, relay_try, r);
	relay_try(r);
}

/* ---- master's own verbs ---- */

static void
show_levels(struct master *m, struct ipc_req *req)
{
	struct rd r = rd_init(buf_str(&m->conf.levels));
	struct buf b;

	buf_init(&b, LIM_CTL_TEXT);
	while (rd_more(&r)) {
		struct str pkg = rd_str(&r, 64), level = rd_str(&r, 16);

		buf_printf(&b, STR_FMT ": " STR_FMT "\n",
			   STR_ARG(pkg.n > 0 ? pkg : STR("(default)")), STR_ARG(level));
	}
	ctl_reply(&req, buf_str(&b), NULL);
	buf_done(&b);
}

/* Replace or add one pair of the list, which is also what workers that start later are told. */
static void
note_level(struct master *m, struct str pkg, struct str level)
{
	struct rd r = rd_init(buf_str(&m->conf.levels));
	struct buf next;

	buf_init(&next, LIM_CTL_LIST);
	while (rd_more(&r)) {
		struct str p = rd_str(&r, 64), l = rd_str(&r, 16);

		if (str_eq(p, pkg))
			continue;
		wr_str(&next, p);
		wr_str(&next, l);
	}
	wr_str(&next, pkg);
	wr_str(&next, level);
	buf_done(&m->conf.levels);
	m->conf.levels = next;
	mconf_apply_levels(&m->conf);
}

/* A name that no line has would change nothing. "" is the default. */
static int
check_pkg(struct str pkg, struct err *e)
{
	struct buf names;

	if (pkg.n == 0 || role_find(pkg) != ROLE_COUNT)
		return 0;
	buf_init(&names, sizeof(e->msg));
	for (unsigned r = ROLE_MASTER; r < ROLE_COUNT; r++)
		buf_printf(&names, "%s%s", r > ROLE_MASTER ? ", " : "", role_name(r));
	err_set(e, EC_NOTFOUND, "there is no such package; there are " STR_FMT,
		STR_ARG(buf_str(&names)));
	buf_done(&names);
	return -1;
}

static void
set_level(struct master *m, struct ipc_req *req, struct str level, struct str pkg)
{
	struct err e = ERR_INIT;
	enum log_level lv;

	if (log_level_parse(level, &lv) < 0 || check_pkg(pkg, &e) < 0) {
		err_set(&e, EC_SYNTAX, "levels are error, warn, info, debug, trace");
		ctl_reply(&req, STR(""), &e);
		return;
	}
	note_level(m, pkg, level);
	m->levels_set = true;
	for (unsigned r = ROLE_MASTER + 1; r < ROLE_COUNT; r++)
		for (unsigned i = 0; i < m->d[r].n; i++)
			if (m->d[r].w[i].state >= W_BORN)
				feed_levels(&m->d[r].w[i]);
	ctl_reply(&req, STR(""), NULL);
}

static void
do_status(struct master *m, struct ipc_req *req)
{
	struct buf b;

	buf_init(&b, LIM_CTL_TEXT);
	status_print(m, &b);
	ctl_reply(&req, buf_str(&b), NULL);
	buf_done(&b);
}

static bool
own_verb(struct master *m, struct ipc_req *req, const struct msg_ctl_command *c)
{
	struct rd r = rd_init(c->args);
	struct mconf_edit edit;
	struct str a[2];
	struct err e = ERR_INIT;
	unsigned n = 0;

	if (str_eq(c->verb, STR("edit"))) {
		edit.verb = rd_str(&r, 64);
		if (r.bad)
			return false;
		edit.args = str_mem(r.p, (size_t)(r.end - r.p));
		reload_start(m, req, &edit);
		return true;
	}
	if (str_eq(c->verb, STR("setadminpassword"))) {
		adminpw_set(m, req, c->args);
		return true;
	}
	for (; rd_more(&r) && n < ARRAY_LEN(a); n++)
		a[n] = rd_str(&r, 64);
	if (!rd_done(&r))
		return false;
	if (str_eq(c->verb, STR("status")) && n == 0) {
		do_status(m, req);
	} else if (str_eq(c->verb, STR("reload")) && n == 0) {
		reload_start(m, req, NULL);
	} else if (str_eq(c->verb, STR("stop")) && n == 0) {
		ctl_reply(&req, STR(""), NULL);
		stop_start(m);
	} else if (str_eq(c->verb, STR("loglevels"))) {
		if (n == 0)
			show_levels(m, req);
		else
			set_level(m, req, a[0], n > 1 ? a[1] : STR(""));
	} else {
		err_set(&e, EC_NOTFOUND, "master knows no such command");
		ctl_reply(&req, STR(""), &e);
	}
	return true;
}

static bool
on_command(void *ctx, struct ipc_req *req, struct ipc_msg *msg)
{
	struct master *m = ctx;
	struct msg_ctl_command c;

	if (!msg_ctl_command_get(msg->body, &c) || c.role >= ROLE_COUNT || ipc_req_is_notify(req))
		return false;
	if (c.role != ROLE_MASTER) {
		struct msg_ctl_admin a = { .verb = c.verb, .args = c.args };

		ctl_relay(m, (enum role)c.role, &a, on_relayed, req);
		return true;
	}
	return own_verb(m, req, &c);
}

static const struct ipc_op ctl_ops[] = {
	{ IPC_CTL_COMMAND, ROLE_BIT(ROLE_MASTER), 0, 0, on_command },
};

/* ---- the socket ---- */

static void
on_client_close(void *ctx, struct ipc_chan *c)
{
	(void)ctx;
	ipc_chan_free(&c);
}

static void
on_connection(void *arg, int fd, unsigned what)
{
	struct master *m = arg;
	struct ucred cred;
	socklen_t len = sizeof(cred);
	int c = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)what;
	if (c < 0)
		return;
	if (getsockopt(c, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0 ||
	    (cred.uid != 0 && cred.uid != m->uid)) {
		LOG(&master_log, LOG_WARN, "master.ctl.refused", LF(uid, (unsigned)cred.uid));
		close(c);
		return;
	}
	(void)ipc_chan_new(m->l, c, ROLE_MASTER, 0, ctl_ops, ARRAY_LEN(ctl_ops), m,
			   on_client_close);
}

int
ctl_listen(struct master *m, struct err *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	mode_t old;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), r;

	if (fd < 0)
		return err_sys(e, EC_IO, errno, "control socket");
	(void)unlinkat(m->data_fd, "ctl", 0); /* the lock is ours: nobody listens there */
	/* By way of the open directory, since sun_path is short. */
	snprintf(a.sun_path, sizeof(a.sun_path), "/proc/self/fd/%d/ctl", m->data_fd);
	old = umask(0177);
	r = bind(fd, (struct sockaddr *)&a, sizeof(a));
	umask(old);
	if (r < 0 || listen(fd, 64) < 0) {
		err_sys(e, EC_IO, errno, "%s/ctl", m->conf.data_dir);
		close(fd);
		return -1;
	}
	m->ctl_fd = fd;
	m->ctl_io = loop_io_new(m->l, fd, on_connection, m);
	loop_io_set(m->ctl_io, LOOP_READ);
	return 0;
}

void
ctl_close(struct master *m)
{
	if (m->ctl_fd < 0)
		return;
	loop_io_free(&m->ctl_io);
	close(m->ctl_fd);
	m->ctl_fd = -1;
}
