/*
 * The child that parses the configuration: no rights, nothing open but the two texts and a pipe.
 * What it finds goes to master as flat records.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/wire.h"
#include "config/config.h"
#include "config/edit.h"
#include "master.h"

static void
put_listener(struct buf *out, enum service s, struct str name, const struct cfg_listener *l,
	     int64_t port)
{
	for (size_t i = 0; i < l->ips.n; i++) {
		wr_uint(out, 1, CONF_LISTEN);
		wr_uint(out, 1, s);
		wr_str(out, name);
		wr_str(out, l->ips.v[i]);
		wr_uint(out, 2, (uint64_t)port);
	}
}

static void
put_listeners(struct buf *out, const struct config *c)
{
	for (size_t i = 0; i < c->mox.listeners.n; i++) {
		const struct cfg_listener *l = &c->mox.listeners.v[i];

		if (l->smtp.enabled)
			put_listener(out, SERVICE_SMTP, l->key, l, l->smtp.port);
		if (l->submission.enabled)
			put_listener(out, SERVICE_SUBMISSION, l->key, l, l->submission.port);
		if (l->submissions.enabled)
			put_listener(out, SERVICE_SUBMISSIONS, l->key, l, l->submissions.port);
		if (l->imap.enabled)
			put_listener(out, SERVICE_IMAP, l->key, l, l->imap.port);
		if (l->imaps.enabled)
			put_listener(out, SERVICE_IMAPS, l->key, l, l->imaps.port);
		for (size_t k = 0; k < l->tls.key_certs.n; k++) {
			wr_uint(out, 1, CONF_CERT);
			wr_str(out, l->tls.key_certs.v[k].cert_file);
			wr_str(out, l->tls.key_certs.v[k].key_file);
		}
	}
}

static void
put_files(struct buf *out, const struct config *c)
{
	if (c->mox.admin_password_file.n > 0) {
		wr_uint(out, 1, CONF_ADMIN);
		wr_str(out, c->mox.admin_password_file);
	}
	for (size_t i = 0; i < c->domains.domains.n; i++) {
		const struct cfg_dkim *d = &c->domains.domains.v[i].dkim;

		for (size_t k = 0; k < d->selectors.n; k++) {
			wr_uint(out, 1, CONF_DKIM);
			wr_str(out, d->selectors.v[k].private_key_file);
		}
	}
}

static void
put_roles(struct buf *out, const struct config *c)
{
	struct buf text;

	for (unsigned r = ROLE_MASTER + 1; r < ROLE_COUNT; r++) {
		buf_init(&text, LIM_CONFIG);
		config_filter(c, (enum role)r, &text);
		wr_uint(out, 1, CONF_ROLE);
		wr_uint(out, 1, r);
		wr_uint(out, 4, config_workers(c, (enum role)r));
		wr_str(out, buf_str(&text));
		if (text.over)
			out->over = true;
		buf_done(&text);
	}
}

static void
put_levels(struct buf *out, const struct config *c)
{
	wr_uint(out, 1, CONF_LEVEL);
	wr_str(out, STR(""));
	wr_str(out, c->mox.log_level);
	for (size_t i = 0; i < c->mox.package_log_levels.n; i++) {
		wr_uint(out, 1, CONF_LEVEL);
		wr_str(out, c->mox.package_log_levels.v[i].key);
		wr_str(out, c->mox.package_log_levels.v[i].value);
	}
}

static int
put_restart_keys(struct buf *out, const struct conf_input *in, const struct config *c,
		 struct err *e)
{
	struct config *old = NULL;
	struct buf keys;

	if (!in->has_old)
		return 0;
	if (config_parse_files(&old, in->mox_name, in->old_mox, in->domains_name, in->old_domains,
			       NULL, e) < 0)
		return err_prefix(e, "the configuration in force");
	buf_init(&keys, LIM_CTL_LIST);
	if (config_restart_keys(old, c, &keys) > 0) {
		wr_uint(out, 1, CONF_RESTART);
		wr_str(out, buf_str(&keys));
	}
	buf_done(&keys);
	config_free(&old);
	return 0;
}

static int
apply_edit(const struct conf_input *in, struct buf *domains, struct buf *out, struct err *e)
{
	struct str args[LIM_ADMIN_ARGS];
	struct rd r = rd_init(in->edit->args);
	unsigned n = 0;

	for (; rd_more(&r) && n < LIM_ADMIN_ARGS; n++)
		args[n] = rd_str(&r, LIM_CONFIG);
	if (!rd_done(&r))
		return err_set(e, EC_SYNTAX, "too many arguments");
	if (config_edit(in->edit->verb, args, n, in->mox_name, in->mox, in->domains_name,
			in->domains, domains, e) < 0)
		return -1;
	wr_uint(out, 1, CONF_EDITED);
	wr_str(out, buf_str(domains));
	return 0;
}

static int
run(const struct conf_input *in, struct buf *out, struct err *e)
{
	struct config *c = NULL;
	struct str text = in->domains;
	struct buf domains;
	int r = -1;

	buf_init(&domains, LIM_CONFIG);
	if (in->edit != NULL) {
		if (apply_edit(in, &domains, out, e) < 0)
			goto done;
		text = buf_str(&domains);
	}
	if (config_parse_files(&c, in->mox_name, in->mox, in->domains_name, text, NULL, e) < 0)
		goto done;
	wr_uint(out, 1, CONF_DIR);
	wr_str(out, c->mox.data_dir);
	wr_str(out, c->mox.user);
	put_listeners(out, c);
	put_files(out, c);
	put_roles(out, c);
	put_levels(out, c);
	if (put_restart_keys(out, in, c, e) < 0)
		goto done;
	wr_uint(out, 1, CONF_END);
	r = out->over ? err_set(e, EC_LIMIT, "configuration is too large") : 0;
done:
	config_free(&c);
	buf_done(&domains);
	return r;
}

void
conf_child_run(const struct conf_input *in, struct buf *out)
{
	struct err e = ERR_INIT;

	if (run(in, out, &e) == 0)
		return;
	buf_reset(out);
	wr_uint(out, 1, CONF_ERROR);
	wr_str(out, str_c(e.msg));
}
