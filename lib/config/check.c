/* Rules over several keys, one function for each section. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/schema.h"

struct checker {
	const struct config *c;
	struct cfg_problems *p;
	const struct config_check_files *files; /* NULL: none are looked at */
};

/* A file that the configuration names, readable here and now. */
static void
check_file(const struct checker *k, const struct sconf_node *section, const char *key,
	   struct str name)
{
	char path[LIM_PATH];
	struct err e = ERR_INIT;
	int fd;

	if (k->files == NULL)
		return;
	if (config_path(k->c, name, path, &e) < 0) {
		cfg_problem_key(k->p, section, key, "%s", e.msg);
		return;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		err_sys(&e, EC_IO, errno, "%s", path);
		cfg_problem_key(k->p, section, key, "%s", e.msg);
		return;
	}
	close(fd);
}

/* Likewise, with its content in `b`. */
static int
read_named(const struct checker *k, const struct sconf_node *section, const char *key,
	   struct str name, struct buf *b)
{
	char path[LIM_PATH];
	struct err e = ERR_INIT;

	if (config_path(k->c, name, path, &e) == 0 && config_read_file(path, b, &e) == 0)
		return 0;
	cfg_problem_key(k->p, section, key, "%s", e.msg);
	return -1;
}

static void
check_dkim_key(const struct checker *k, const struct cfg_selector *s)
{
	struct err e = ERR_INIT;
	struct buf pem;

	if (k->files == NULL)
		return;
	buf_init(&pem, LIM_CONF_SIZE);
	if (read_named(k, s->node, "PrivateKeyFile", s->private_key_file, &pem) == 0 &&
	    k->files->dkim_key(buf_str(&pem), &e) < 0)
		cfg_problem_key(k->p, s->node, "PrivateKeyFile", STR_FMT ": %s",
				STR_ARG(s->private_key_file), e.msg);
	buf_wipe(&pem);
}

static void
check_key_cert(const struct checker *k, const struct cfg_key_cert *kc)
{
	struct err e = ERR_INIT;
	struct buf cert, key;

	if (k->files == NULL)
		return;
	buf_init(&cert, LIM_CONF_SIZE);
	buf_init(&key, LIM_CONF_SIZE);
	if (read_named(k, kc->node, "CertFile", kc->cert_file, &cert) == 0 &&
	    read_named(k, kc->node, "KeyFile", kc->key_file, &key) == 0 &&
	    k->files->tls_pair(buf_str(&cert), buf_str(&key), &e) < 0)
		cfg_problem_key(k->p, kc->node, "KeyFile", STR_FMT ": %s", STR_ARG(kc->key_file),
				e.msg);
	buf_done(&cert);
	buf_wipe(&key);
}

static bool
is_printable_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] > '~')
			return false;
	return true;
}

/* ---- mox.conf */

static void
check_tls(const struct checker *k, const struct cfg_tls *t)
{
	if (!t->set)
		return;
	if (t->key_certs.n == 0)
		cfg_problem(k->p, t->node, "KeyCerts", "missing, and must be there");
	for (size_t i = 0; i < t->key_certs.n; i++)
		check_key_cert(k, &t->key_certs.v[i]);
}

static void
check_listener_tls(const struct checker *k, const struct cfg_listener *l)
{
	const struct {
		bool needs;
		const struct sconf_node *node;
		const char *without;
	} v[] = {
		{ l->smtp.enabled && !l->smtp.no_starttls, l->smtp.node, ", or set NoSTARTTLS" },
		{ l->submission.enabled && !l->submission.no_require_starttls, l->submission.node,
		  ", or set NoRequireSTARTTLS" },
		{ l->submissions.enabled, l->submissions.node, "" },
		{ l->imap.enabled && !l->imap.no_require_starttls, l->imap.node,
		  ", or set NoRequireSTARTTLS" },
		{ l->imaps.enabled, l->imaps.node, "" },
	};

	check_tls(k, &l->tls);
	if (l->smtp.no_starttls && l->smtp.require_starttls)
		cfg_problem_key(k->p, l->smtp.node, "RequireSTARTTLS", "excludes NoSTARTTLS");
	/* The services on STARTTLS offer it whenever there is a certificate. */
	if (l->tls.set && !(l->smtp.enabled && !l->smtp.no_starttls) && !l->submission.enabled &&
	    !l->submissions.enabled && !l->imap.enabled && !l->imaps.enabled)
		cfg_problem(k->p, l->tls.node, NULL,
			    "does nothing: no service of the listener has TLS");
	for (size_t i = 0; i < ARRAY_LEN(v) && !l->tls.set; i++)
		if (v[i].needs)
			cfg_problem(k->p, v[i].node, NULL,
				    "needs certificates: add TLS to the listener%s", v[i].without);
}

static void
check_listener(const struct checker *k, const struct cfg_listener *l)
{
	if (l->key.n > LIM_ACCOUNT || !is_printable_ascii(l->key))
		cfg_problem(k->p, l->node, NULL,
			    "the name of a listener has up to %d ASCII characters", LIM_ACCOUNT);
	check_listener_tls(k, l);
}

/* A port of an address, and who has it. */
struct bound {
	struct str ip;
	int64_t port;
	const struct sconf_node *node;
};

static size_t
bound_of(const struct cfg_listener *l, struct bound *out)
{
	const struct {
		bool enabled;
		int64_t port;
		const struct sconf_node *node;
	} v[] = {
		{ l->smtp.enabled, l->smtp.port, l->smtp.node },
		{ l->submission.enabled, l->submission.port, l->submission.node },
		{ l->submissions.enabled, l->submissions.port, l->submissions.node },
		{ l->imap.enabled, l->imap.port, l->imap.node },
		{ l->imaps.enabled, l->imaps.port, l->imaps.node },
	};
	size_t n = 0;

	for (size_t i = 0; i < l->ips.n; i++)
		for (size_t j = 0; j < ARRAY_LEN(v); j++)
			if (v[j].enabled)
				out[n++] = (struct bound){ l->ips.v[i], v[j].port, v[j].node };
	return n;
}

static bool
is_any(struct str ip, bool v6)
{
	return v6 ? str_eq(ip, STR("::")) : str_eq(ip, STR("0.0.0.0"));
}

static bool
overlaps(const struct bound *a, const struct bound *b)
{
	bool v6 = str_chr(a->ip, ':') >= 0;

	if (a->port != b->port || v6 != (str_chr(b->ip, ':') >= 0))
		return false;
	return str_eq(a->ip, b->ip) || is_any(a->ip, v6) || is_any(b->ip, v6);
}

static void
check_ports(const struct checker *k)
{
	struct bound *v;
	size_t n = 0, max = 0;

	for (size_t i = 0; i < k->c->mox.listeners.n; i++)
		max += (size_t)SERVICE_COUNT * k->c->mox.listeners.v[i].ips.n;
	v = mem_zalloc(max, sizeof(*v));
	for (size_t i = 0; i < k->c->mox.listeners.n; i++)
		n += bound_of(&k->c->mox.listeners.v[i], v + n);
	if (n == 0)
		cfg_problem(k->p, k->c->mox.node, "Listeners",
			    "no service is enabled on any address");
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			if (overlaps(&v[i], &v[j])) {
				cfg_problem_key(
					k->p, v[i].node, "Port",
					"port %lld of " STR_FMT " is used in line %u already",
					(long long)v[i].port, STR_ARG(v[i].ip), v[j].node->line);
				break;
			}
	mem_free(v);
}

static void
check_workers(const struct checker *k)
{
	const struct cfg_ints *w = &k->c->mox.workers;
	const struct sconf_node *node =
		w->n > 0 ? sconf_find(k->c->mox.node, STR("Workers")) : NULL;

	for (size_t i = 0; i < w->n; i++) {
		const struct proc *p = proc_get(role_find(w->v[i].key));
		const struct sconf_node *at = sconf_find(node, w->v[i].key);

		if (p == NULL)
			cfg_problem(k->p, at, NULL, "there is no daemon of this name");
		else if (p->workers == 1 && w->v[i].value != 1)
			cfg_problem(k->p, at, NULL, "there can be only 1 of this daemon");
	}
}

/* Lines of a process have its name as pkg; another name would match nothing. */
static void
check_package_levels(const struct checker *k)
{
	const struct cfg_pairs *v = &k->c->mox.package_log_levels;
	const struct sconf_node *node =
		v->n > 0 ? sconf_find(k->c->mox.node, STR("PackageLogLevels")) : NULL;

	for (size_t i = 0; i < v->n; i++)
		if (role_find(v->v[i].key) == ROLE_COUNT)
			cfg_problem(k->p, sconf_find(node, v->v[i].key), NULL,
				    "there is no daemon of this name");
}

/* It may be missing until a password was set, but not its directory. */
static void
check_admin_password(const struct checker *k)
{
	const struct cfg_mox *m = &k->c->mox;
	char path[LIM_PATH];
	struct err e = ERR_INIT;
	struct stat st;

	if (m->admin_password_file.n == 0 || k->files == NULL)
		return;
	if (config_path(k->c, m->admin_password_file, path, &e) == 0 && access(path, F_OK) == 0) {
		if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
			err_set(&e, EC_IO, "%s: not a regular file", path);
		else
			check_file(k, m->node, "AdminPasswordFile", m->admin_password_file);
	} else if (e.code == EC_OK) {
		*strrchr(path, '/') = '\0';
		if (access(path[0] != '\0' ? path : "/", X_OK) < 0)
			err_sys(&e, EC_IO, errno, "%s", path);
	}
	if (e.code != EC_OK)
		cfg_problem_key(k->p, m->node, "AdminPasswordFile", "%s", e.msg);
}

static void
check_initial_mailboxes(const struct checker *k)
{
	const struct cfg_initial_mailboxes *m = &k->c->mox.initial_mailboxes;
	const struct str use[] = { m->special_use.sent, m->special_use.archive,
				   m->special_use.draft, m->special_use.junk,
				   m->special_use.trash };

	for (size_t i = 0; i < ARRAY_LEN(use); i++) {
		if (str_eqi(use[i], STR("Inbox")))
			cfg_problem(k->p, m->special_use.node, NULL,
				    "Inbox can't have a special use");
		for (size_t j = 0; j < i; j++)
			if (use[i].n > 0 && str_eq(use[i], use[j]))
				cfg_problem(k->p, m->special_use.node, NULL,
					    "\"" STR_FMT "\" has two uses", STR_ARG(use[i]));
	}
}

static void
check_mox(const struct checker *k)
{
	const struct cfg_mox *m = &k->c->mox;
	char user[32];

	for (size_t i = 0; i < m->listeners.n; i++)
		check_listener(k, &m->listeners.v[i]);
	check_ports(k);
	check_workers(k);
	check_package_levels(k);
	check_admin_password(k);
	check_initial_mailboxes(k);
	/* The longest role name behind it has to fit useradd's 32 characters. */
	if (str_to_c(m->user, user, 24) < 0 || !chr_is_alpha(user[0]) ||
	    str_chr(m->user, '/') >= 0 || str_chr(m->user, ':') >= 0 ||
	    !is_printable_ascii(m->user) || str_chr(m->user, ' ') >= 0)
		cfg_problem_key(k->p, m->node, "User", "expected the beginning of a user name");
	if (config_account_find(k->c, m->postmaster.account) == NULL)
		cfg_problem_key(k->p, m->postmaster.node, "Account",
				"there is no account \"" STR_FMT "\" in domains.conf",
				STR_ARG(m->postmaster.account));
}

/* ---- domains.conf */

static const struct cfg_selector *
selector_find(const struct cfg_dkim *d, struct str name)
{
	for (size_t i = 0; i < d->selectors.n; i++)
		if (str_eq(d->selectors.v[i].key, name))
			return &d->selectors.v[i];
	return NULL;
}

static void
check_dkim(const struct checker *k, const struct cfg_dkim *d)
{
	char ascii[LIM_DOMAIN + 1];

	for (size_t i = 0; i < d->selectors.n; i++) {
		const struct cfg_selector *s = &d->selectors.v[i];

		if (config_domain_ascii(s->key, ascii, NULL) < 0)
			cfg_problem(k->p, s->node, NULL,
				    "a selector is one or more labels of a domain name");
		check_dkim_key(k, s);
		for (size_t j = 0; j < s->headers.n; j++)
			if (!is_printable_ascii(s->headers.v[j]) ||
			    str_chr(s->headers.v[j], ':') >= 0 ||
			    str_chr(s->headers.v[j], ' ') >= 0)
				cfg_problem_key(k->p, s->node, "Headers",
						"expected names of header fields");
	}
	for (size_t i = 0; i < d->sign.n; i++)
		if (selector_find(d, d->sign.v[i]) == NULL)
			cfg_problem_key(k->p, d->node, "Sign",
					"there is no selector \"" STR_FMT "\"",
					STR_ARG(d->sign.v[i]));
}

static void
check_selectors(const struct checker *k)
{
	size_t n = 0;

	for (size_t i = 0; i < k->c->domains.domains.n; i++)
		n += k->c->domains.domains.v[i].dkim.selectors.n;
	if (n > LIM_DKIM_KEYS)
		cfg_problem(k->p, NULL, NULL, "more than %d DKIM selectors in all domains",
			    LIM_DKIM_KEYS);
}

static bool
is_separator(struct str s)
{
	return str_chr(s, '@') < 0 && str_chr(s, ' ') < 0 && is_printable_ascii(s);
}

static void
check_domain(const struct checker *k, const struct cfg_domain *d)
{
	static const char expected[] = "expected ASCII characters without spaces and \"@\"";
	const struct cfg_strs *seps = &d->localpart_catchall_separators;

	if (d->localpart_catchall_separator.n > 0 && seps->n > 0)
		cfg_problem_key(k->p, d->node, "LocalpartCatchallSeparators",
				"excludes LocalpartCatchallSeparator");
	if (!is_separator(d->localpart_catchall_separator))
		cfg_problem_key(k->p, d->node, "LocalpartCatchallSeparator", "%s", expected);
	for (size_t i = 0; i < seps->n; i++)
		if (!is_separator(seps->v[i]))
			cfg_problem_key(k->p, d->node, "LocalpartCatchallSeparators", "%s",
					expected);
	if (d->dkim.set)
		check_dkim(k, &d->dkim);
}

static void
check_destination(const struct checker *k, const struct cfg_destination *d)
{
	struct str s = d->smtp_error;

	if (s.n == 0)
		return;
	if ((!str_has_prefix(s, STR("550")) && !str_has_prefix(s, STR("421"))) ||
	    (s.n > 3 && s.p[3] != ' ') || s.n > LIM_CONF_TEXT || !is_printable_ascii(s))
		cfg_problem_key(k->p, d->node, "SMTPError",
				"expected 550 or 421, and a text behind it in ASCII, up to %d "
				"characters",
				LIM_CONF_TEXT);
	if (d->set && sconf_find(d->node, STR("Mailbox")) != NULL &&
	    sconf_find(d->node, STR("Mailbox"))->value.n > 0)
		cfg_problem_key(k->p, d->node, "SMTPError", "excludes Mailbox");
}

static void
check_account(const struct checker *k, const struct cfg_account *a)
{
	struct err e = ERR_INIT;

	if (config_account_check(a->key, &e) < 0)
		cfg_problem(k->p, a->node, NULL, "%s", e.msg);
	if (config_domain_find(k->c, a->domain) == NULL)
		cfg_problem_key(k->p, a->node, "Domain", "\"" STR_FMT "\" is not in Domains",
				STR_ARG(a->domain));
	if (a->login_disabled.n > LIM_CONF_TEXT || !is_printable_ascii(a->login_disabled))
		cfg_problem_key(k->p, a->node, "LoginDisabled",
				"expected up to %d ASCII characters", LIM_CONF_TEXT);
	for (size_t i = 0; i < a->destinations.n; i++)
		check_destination(k, &a->destinations.v[i]);
}

void
cfg_check(const struct config *c, const struct config_check_files *files, struct cfg_problems *p)
{
	struct checker k = { c, p, files };

	check_mox(&k);
	check_selectors(&k);
	for (size_t i = 0; i < c->domains.domains.n; i++)
		check_domain(&k, &c->domains.domains.v[i]);
	for (size_t i = 0; i < c->domains.accounts.n; i++)
		check_account(&k, &c->domains.accounts.v[i]);
}
