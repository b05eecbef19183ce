/* Reading the configuration: what the child that parses has found. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/wire.h"
#include "master.h"

void
mconf_init(struct mconf *c)
{
	memset(c, 0, sizeof(*c));
	for (unsigned r = 0; r < ROLE_COUNT; r++)
		c->text[r] = -1;
	buf_init(&c->mox, LIM_CONFIG);
	buf_init(&c->domains, LIM_CONFIG);
	buf_init(&c->edited, LIM_CONFIG);
	buf_init(&c->restart, LIM_CTL_LIST);
	buf_init(&c->levels, LIM_CTL_LIST);
	buf_init(&c->dkim_keys, LIM_CONFIG);
}

/* Listening sockets stay open: they move from one configuration to the next. */
void
mconf_done(struct mconf *c)
{
	for (unsigned r = 0; r < ROLE_COUNT; r++)
		if (c->text[r] >= 0)
			close(c->text[r]);
	buf_done(&c->mox);
	buf_done(&c->domains);
	buf_done(&c->edited);
	buf_done(&c->restart);
	buf_done(&c->levels);
	buf_done(&c->dkim_keys);
	mem_free(c->listen);
	mem_free(c->certs);
	mconf_init(c);
}

static int
read_file(const char *path, struct buf *b, struct err *e)
{
	int fd = listen_open_file(path, e);
	ssize_t r;
	char *p;

	if (fd < 0)
		return -1;
	do {
		p = buf_reserve(b, 65536);
		r = p != NULL ? read(fd, p, 65536) : 0;
		if (r > 0)
			buf_commit(b, (size_t)r);
	} while (r > 0);
	if (b->over)
		err_set(e, EC_LIMIT, "%s: file is too large", path);
	else if (r < 0)
		err_sys(e, EC_IO, errno, "%s", path);
	close(fd);
	return b->over || r < 0 ? -1 : 0;
}

/* ---- what the child found ---- */

static int
set_str(struct str s, char *dst, size_t size)
{
	return str_to_c(s, dst, size);
}

/* Relative paths begin at the directory of mox.conf. */
static int
set_path(struct master *m, struct str s, char dst[LIM_PATH])
{
	struct buf b;
	int r;

	buf_init(&b, LIM_PATH);
	if (s.n == 0 || s.p[0] != '/')
		buf_printf(&b, "%s/", m->conf_dir);
	buf_putstr(&b, s);
	r = b.over ? -1 : str_to_c(buf_str(&b), dst, LIM_PATH);
	buf_done(&b);
	return r;
}

static int
take_listen(struct mconf *c, struct rd *r)
{
	uint64_t service = rd_uint(r, 1);
	struct str name = rd_str(r, 255), ip = rd_str(r, 63);
	uint64_t port = rd_uint(r, 2);
	struct mconf_listen *l;

	if (r->bad || service >= SERVICE_COUNT || c->nlisten >= LIM_LISTENERS)
		return -1;
	c->listen = mem_resize(c->listen, c->nlisten + 1, sizeof(*c->listen));
	l = &c->listen[c->nlisten++];
	memset(l, 0, sizeof(*l));
	l->service = (enum service)service;
	l->port = (unsigned)port;
	l->fd = -1;
	return set_str(name, l->name, sizeof(l->name)) < 0 || set_str(ip, l->ip, sizeof(l->ip)) < 0
		       ? -1
		       : 0;
}

static int
take_cert(struct master *m, struct mconf *c, struct rd *r)
{
	struct str cert = rd_str(r, LIM_PATH), key = rd_str(r, LIM_PATH);
	struct mconf_cert *k;

	if (r->bad || c->ncerts >= LIM_KEY_CERTS)
		return -1;
	c->certs = mem_resize(c->certs, c->ncerts + 1, sizeof(*c->certs));
	k = &c->certs[c->ncerts++];
	return set_path(m, cert, k->cert) < 0 || set_path(m, key, k->key) < 0 ? -1 : 0;
}

static int
take_dkim(struct master *m, struct mconf *c, struct rd *r)
{
	char path[LIM_PATH];

	if (set_path(m, rd_str(r, LIM_PATH), path) < 0 || r->bad)
		return -1;
	wr_str(&c->dkim_keys, str_c(path));
	return c->dkim_keys.over ? -1 : 0;
}

static int
take_role(struct mconf *c, struct rd *r)
{
	uint64_t role = rd_uint(r, 1), workers = rd_uint(r, 4);
	struct str text = rd_str(r, LIM_CONFIG);
	struct err ignored = ERR_INIT;

	if (r->bad || role == ROLE_MASTER || role >= ROLE_COUNT || workers > LIM_WORKERS ||
	    c->text[role] >= 0)
		return -1;
	c->workers[role] = (unsigned)workers;
	c->text[role] = ipc_fd_sealed("config", text, &ignored);
	return c->text[role] >= 0 ? 0 : -1;
}

static int
take_record(struct master *m, struct mconf *c, struct rd *r, enum conf_rec kind, struct err *e)
{
	struct str a, b;

	switch (kind) {
	case CONF_ERROR:
		a = rd_str(r, LIM_PATH);
		return err_set(e, EC_SYNTAX, STR_FMT, STR_ARG(a));
	case CONF_DIR:
		a = rd_str(r, LIM_PATH);
		b = rd_str(r, sizeof(c->user) - 1);
		return r->bad || set_path(m, a, c->data_dir) < 0 ||
				       set_str(b, c->user, sizeof(c->user)) < 0
			       ? -1
			       : 0;
	case CONF_LISTEN:
		return take_listen(c, r);
	case CONF_CERT:
		return take_cert(m, c, r);
	case CONF_ADMIN:
		a = rd_str(r, LIM_PATH);
		return r->bad || set_path(m, a, c->admin_file) < 0 ? -1 : 0;
	case CONF_DKIM:
		return take_dkim(m, c, r);
	case CONF_ROLE:
		return take_role(c, r);
	case CONF_LEVEL:
		wr_str(&c->levels, rd_str(r, 64));
		wr_str(&c->levels, rd_str(r, 16));
		return r->bad ? -1 : 0;
	case CONF_RESTART:
		buf_putstr(&c->restart, rd_str(r, LIM_CTL_LIST));
		return r->bad ? -1 : 0;
	case CONF_EDITED:
		buf_putstr(&c->edited, rd_str(r, LIM_CONFIG));
		c->has_edit = true;
		return r->bad ? -1 : 0;
	case CONF_END:
		return rd_done(r) ? 0 : -1;
	}
	return -1;
}

static int
take_result(struct master *m, struct mconf *c, struct str s, struct err *e)
{
	struct rd r = rd_init(s);
	enum conf_rec kind = CONF_ERROR;

	while (rd_more(&r)) {
		kind = (enum conf_rec)rd_uint(&r, 1);
		if (take_record(m, c, &r, kind, e) < 0)
			return err_set(e, EC_BUG, "reading the configuration failed");
	}
	if (kind != CONF_END)
		return err_set(e, EC_BUG, "reading the configuration failed");
	/* What was edited is what is in force from now on. */
	if (c->has_edit) {
		buf_reset(&c->domains);
		buf_putstr(&c->domains, buf_str(&c->edited));
	}
	return 0;
}

static void
parse(void *arg, struct buf *out)
{
	conf_child_run(arg, out);
}

int
mconf_load(struct master *m, struct mconf *c, const struct mconf *old,
	   const struct mconf_edit *edit, struct err *e)
{
	struct conf_input in = { .mox_name = m->conf_path,
				 .domains_name = m->domains_path,
				 .edit = edit };
	struct buf result;
	int r = -1;

	mconf_init(c);
	buf_init(&result, 2 * LIM_CONFIG);
	if (read_file(m->conf_path, &c->mox, e) == 0 &&
	    read_file(m->domains_path, &c->domains, e) == 0) {
		in.mox = buf_str(&c->mox);
		in.domains = buf_str(&c->domains);
		if (old != NULL) {
			in.has_old = true;
			in.old_mox = buf_str(&old->mox);
			in.old_domains = buf_str(&old->domains);
		}
		r = child_run(m, NULL, parse, &in, &result, e);
		if (r == 0)
			r = take_result(m, c, buf_str(&result), e);
	}
	buf_done(&result);
	if (r < 0)
		mconf_done(c);
	return r;
}

void
mconf_apply_levels(const struct mconf *c)
{
	struct rd r = rd_init(buf_str(&c->levels));
	enum log_level level;
	char pkg[65];

	log_reset_levels();
	while (rd_more(&r)) {
		struct str p = rd_str(&r, 64), l = rd_str(&r, 16);

		if (log_level_parse(l, &level) == 0 && str_to_c(p, pkg, sizeof(pkg)) == 0)
			log_set_level(pkg[0] != '\0' ? pkg : NULL, level);
	}
}
