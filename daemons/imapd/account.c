/*
 * Accounts that are logged in on this worker: one store handle each, shared by the sessions, closed
 * when none of them did anything for a while and opened again on demand; one watch on the file that
 * tells of changes.
 */
#include "imapd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

static void
sweep_start(struct imapd *d)
{
	if (!loop_timer_is_set(d->sweep))
		loop_timer_set(d->sweep, LIM_IMAP_TRIM_MS);
}

struct account *
account_get(struct imapd *d, struct str name, const unsigned char pub[32],
	    const unsigned char priv[32], unsigned owner)
{
	struct account *a;

	for (a = d->accounts; a != NULL; a = a->next)
		if (str_eq(str_c(a->name), name) && memcmp(a->pub, pub, sizeof(a->pub)) == 0)
			break;
	if (a == NULL) {
		a = MEM_NEW(struct account);
		a->d = d;
		a->watch = -1;
		memcpy(a->pub, pub, sizeof(a->pub));
		memcpy(a->name, name.p, MIN(name.n, sizeof(a->name) - 1));
		a->key = vault_put(d->vault, priv);
		a->next = d->accounts;
		d->accounts = a;
	}
	a->owner = owner;
	a->refs++;
	return a;
}

void
account_put(struct account **ap)
{
	struct account *a = *ap, **p;

	*ap = NULL;
	if (a == NULL || --a->refs > 0)
		return;
	for (p = &a->d->accounts; *p != a; p = &(*p)->next)
		;
	*p = a->next;
	if (a->watch >= 0)
		inotify_rm_watch(a->d->inotify, a->watch);
	store_close(&a->store);
	vault_drop(a->d->vault, &a->key);
	mem_free(a);
}

int
account_set_dir(struct account *a, struct str dir, struct err *e)
{
	struct str s = dir;

	if (str_has_prefix(s, STR("accounts/")))
		s = str_from(s, 9);
	/* One name below the directory of accounts, nothing else. */
	if (s.n == 0 || s.p[0] == '.' || str_chr(s, '/') >= 0 ||
	    str_to_c(s, a->dir, sizeof(a->dir)) != 0) {
		a->dir[0] = 0;
		return err_set(e, EC_BUG, "unusable account directory");
	}
	return 0;
}

/* The watch outlives the store handle: idle sessions want to hear of changes. */
static void
watch_add(struct account *a)
{
	char path[LIM_PATH + LIM_ACCOUNT + sizeof("/accounts//" STORE_CHANGES_FILE)];
	struct log_ctx log = { .pkg = "imapd" };
	struct err e = ERR_INIT;

	if (a->watch >= 0)
		return;
	snprintf(path, sizeof(path), "%s/accounts/%s/" STORE_CHANGES_FILE, svc_data_dir(a->d->svc),
		 a->dir);
	a->watch = inotify_add_watch(a->d->inotify, path, IN_MODIFY);
	if (a->watch < 0) {
		err_sys(&e, EC_IO, errno, "watch account");
		LOG(&log, LOG_ERROR, "imapd.watch.failed", LF(acct, str_c(a->name)),
		    LF(err, (const struct err *)&e));
	}
}

int
account_open(struct account *a, struct err *e)
{
	int fd;

	a->used = loop_now(a->d->loop);
	a->trimmed = false;
	if (a->store != NULL)
		return 0;
	if (a->dir[0] == 0)
		return err_set(e, EC_TEMP, "account is not open yet");
	fd = openat(svc_dir(a->d->svc, "accounts"), a->dir,
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_sys(e, EC_TEMP, errno, "open account");
	a->store = store_open(fd, str_c(a->name), a->pub, vault_get(a->d->vault, a->key), e);
	close(fd);
	if (a->store == NULL)
		return -1;
	watch_add(a);
	sweep_start(a->d);
	return 0;
}

/* Idle accounts first lose their caches, then their handle. */
void
on_sweep(void *arg)
{
	struct imapd *d = arg;
	int64_t now = loop_now(d->loop);
	bool again = false;

	for (struct account *a = d->accounts; a != NULL; a = a->next) {
		if (a->store == NULL)
			continue;
		if (a->busy > 0 || now - a->used < LIM_IMAP_TRIM_MS) {
			again = true;
		} else if (now - a->used >= LIM_IMAP_CLOSE_MS) {
			store_close(&a->store);
		} else {
			if (!a->trimmed)
				store_trim(a->store);
			a->trimmed = again = true;
		}
	}
	if (again)
		loop_timer_set(d->sweep, LIM_IMAP_TRIM_MS);
}

static void
account_changed(struct account *a)
{
	for (struct conn *c = a->conns; c != NULL; c = c->anext) {
		c->changed = true;
		if (c->idle_tag != NULL)
			conn_wake(c);
	}
}

static void
on_inotify(void *arg, int fd, unsigned what)
{
	struct imapd *d = arg;
	_Alignas(struct inotify_event) char b[4096];
	const struct inotify_event *ev;
	ssize_t n;

	(void)what;
	while ((n = read(fd, b, sizeof(b))) > 0) {
		for (ssize_t i = 0; i + (ssize_t)sizeof(*ev) <= n;
		     i += (ssize_t)(sizeof(*ev) + ev->len)) {
			ev = (const void *)(b + i);
			for (struct account *a = d->accounts; a != NULL; a = a->next)
				if ((ev->mask & IN_Q_OVERFLOW) != 0 || a->watch == ev->wd)
					account_changed(a);
		}
	}
}

int
watch_start(struct imapd *d, struct err *e)
{
	d->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (d->inotify < 0)
		return err_sys(e, EC_IO, errno, "inotify");
	d->inotify_io = loop_io_new(d->loop, d->inotify, on_inotify, d);
	loop_io_set(d->inotify_io, LOOP_READ);
	return 0;
}
