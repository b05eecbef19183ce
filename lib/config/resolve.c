/*
 * Who gets mail for an address. Sorted arrays, made once for each configuration; a lookup allocates
 * nothing.
 *
 * SECURITY: local part and domain come from SMTP clients. Worst case is a wrong answer.
 */
#include <stdlib.h>
#include <unicase.h>
#include <uninorm.h>

#include "base/mem.h"
#include "config/schema.h"

/* A local part in canonical form: NFC and lower case may make it longer. */
#define LOCAL_MAX (LIM_LOCALPART * 4)

struct name_row {
	struct str name;
	size_t i;
};
/* "local@domain" or "@domain", canonical. */
struct addr_row {
	struct str address;
	size_t account, dest;
};

struct config_index {
	struct name_row *domains, *accounts;
	size_t ndomains, naccounts;
	struct addr_row *addrs;
	size_t naddrs;
};

static int
by_name(const void *a, const void *b)
{
	const struct name_row *x = a, *y = b;

	return str_cmp(x->name, y->name);
}

static int
by_address(const void *a, const void *b)
{
	const struct addr_row *x = a, *y = b;

	return str_cmp(x->address, y->address);
}

static const struct name_row *
name_find(const struct name_row *v, size_t n, struct str name)
{
	struct name_row key = { name, 0 };

	return n > 0 ? bsearch(&key, v, n, sizeof(*v), by_name) : NULL;
}

static const struct addr_row *
addr_find(const struct config *c, struct str address)
{
	struct addr_row key = { address, 0, 0 };
	const struct config_index *x = c->index;

	return x->naddrs > 0 ? bsearch(&key, x->addrs, x->naddrs, sizeof(key), by_address) : NULL;
}

/* ---- canonical local parts */

static struct cfg_strs
separators_of(const struct cfg_domain *d)
{
	if (d->localpart_catchall_separator.n > 0)
		return (struct cfg_strs){ &d->localpart_catchall_separator, 1 };
	return d->localpart_catchall_separators;
}

/* Without the first separator and what is behind it. One at the start separates nothing. */
static struct str
cut_separator(const struct cfg_domain *d, struct str local)
{
	struct cfg_strs seps = separators_of(d);

	for (size_t i = 0; i < seps.n; i++) {
		ssize_t at = str_find(local, seps.v[i]);

		if (at > 0)
			local = str_sub(local, 0, (size_t)at);
	}
	return local;
}

/* Append the canonical form of `local` in this domain. -1 when it has none. */
static int
put_canonical(struct buf *b, const struct cfg_domain *d, struct str local, bool cut)
{
	uint8_t tmp[LOCAL_MAX], *p;
	size_t n = sizeof(tmp);

	if (cut)
		local = cut_separator(d, local);
	if (str_is_ascii(local)) {
		for (size_t i = 0; i < local.n; i++)
			buf_putc(b,
				 d->localpart_case_sensitive ? local.p[i] : chr_lower(local.p[i]));
		return 0;
	}
	if (!str_is_utf8(local) || local.n > LIM_LOCALPART)
		return -1;
	if (d->localpart_case_sensitive)
		p = u8_normalize(UNINORM_NFC, (const uint8_t *)local.p, local.n, tmp, &n);
	else
		p = u8_tolower((const uint8_t *)local.p, local.n, NULL, UNINORM_NFC, tmp, &n);
	if (p == NULL)
		return -1;
	buf_put(b, p, n);
	if (p != tmp)
		free(p);
	return 0;
}

/* ---- the index */

static void
index_accounts(struct config *c, struct config_index *x)
{
	const struct cfg_domains *d = &c->domains;

	x->naccounts = d->accounts.n;
	x->accounts = arena_alloc(c->arena, x->naccounts * sizeof(*x->accounts));
	for (size_t i = 0; i < d->accounts.n; i++)
		x->accounts[i] = (struct name_row){ d->accounts.v[i].key, i };
	if (x->naccounts > 0)
		qsort(x->accounts, x->naccounts, sizeof(*x->accounts), by_name);
}

/* Domains get their keys in A-labels here. */
static void
index_domains(struct config *c, struct config_index *x, struct cfg_problems *p)
{
	char ascii[LIM_DOMAIN + 1];

	x->ndomains = c->domains.domains.n;
	x->domains = arena_alloc(c->arena, x->ndomains * sizeof(*x->domains));
	for (size_t i = 0; i < x->ndomains; i++) {
		struct cfg_domain *d = &c->domains.domains.v[i];
		struct err e = ERR_INIT;

		if (config_domain_ascii(d->key, ascii, &e) < 0)
			cfg_problem(p, d->node, NULL, "%s", e.msg);
		else
			d->key = arena_str(c->arena, str_c(ascii));
		x->domains[i] = (struct name_row){ d->key, i };
	}
	if (x->ndomains > 0)
		qsort(x->domains, x->ndomains, sizeof(*x->domains), by_name);
	for (size_t i = 1; i < x->ndomains; i++)
		if (str_eq(x->domains[i - 1].name, x->domains[i].name))
			cfg_problem(p, c->domains.domains.v[x->domains[i].i].node, NULL,
				    "the same domain is here twice");
}

static void
index_address(struct config *c, struct addr_row *row, const struct cfg_destination *t,
	      struct cfg_problems *p)
{
	char domain[LIM_DOMAIN + 1];
	const struct cfg_domain *d;
	struct err e = ERR_INIT;
	struct buf local, canon;

	buf_init(&local, LOCAL_MAX);
	buf_init(&canon, LOCAL_MAX + LIM_DOMAIN + 2);
	row->address = t->key;
	if (config_address_parse(t->key, &local, domain, &e) < 0) {
		cfg_problem(p, t->node, NULL, "%s", e.msg);
	} else if ((d = config_domain_find(c, str_c(domain))) == NULL) {
		cfg_problem(p, t->node, NULL, "the domain \"%s\" is not in Domains", domain);
	} else if (cut_separator(d, buf_str(&local)).n != local.n) {
		cfg_problem(p, t->node, NULL,
			    "has a separator of the domain (LocalpartCatchallSeparator) before the "
			    "\"@\"");
	} else {
		put_canonical(&canon, d, buf_str(&local), false);
		buf_printf(&canon, "@%s", domain);
		row->address = arena_str(c->arena, buf_str(&canon));
	}
	buf_done(&local);
	buf_done(&canon);
}

static void
index_addresses(struct config *c, struct config_index *x, struct cfg_problems *p)
{
	const struct cfg_domains *d = &c->domains;
	size_t n = 0;

	for (size_t i = 0; i < d->accounts.n; i++)
		x->naddrs += d->accounts.v[i].destinations.n;
	x->addrs = arena_alloc(c->arena, x->naddrs * sizeof(*x->addrs));
	for (size_t i = 0; i < d->accounts.n; i++)
		for (size_t j = 0; j < d->accounts.v[i].destinations.n; j++, n++) {
			x->addrs[n] = (struct addr_row){ STR_NONE, i, j };
			index_address(c, &x->addrs[n], &d->accounts.v[i].destinations.v[j], p);
		}
	if (n > 0)
		qsort(x->addrs, n, sizeof(*x->addrs), by_address);
	for (size_t i = 1; i < n; i++) {
		const struct addr_row *a = &x->addrs[i - 1], *b = &x->addrs[i];

		if (str_eq(a->address, b->address))
			cfg_problem(p, d->accounts.v[b->account].destinations.v[b->dest].node, NULL,
				    "the same address is in account \"" STR_FMT "\" already",
				    STR_ARG(d->accounts.v[a->account].key));
	}
}

void
cfg_finish(struct config *c, struct cfg_problems *p)
{
	static const struct cfg_special_use usual = {
		.set = true,
		.key = { "", 0 },
		.sent = { "Sent", 4 },
		.archive = { "Archive", 7 },
		.draft = { "Drafts", 6 },
		.junk = { "Junk", 4 },
		.trash = { "Trash", 5 },
	};
	struct config_index *x = ARENA_NEW(c->arena, struct config_index);

	if (!c->mox.initial_mailboxes.set)
		c->mox.initial_mailboxes.special_use = usual;
	c->index = x;
	index_accounts(c, x);
	index_domains(c, x, p);
	index_addresses(c, x, p);
}

/* ---- lookups */

const struct cfg_account *
config_account_find(const struct config *c, struct str name)
{
	const struct name_row *r = name_find(c->index->accounts, c->index->naccounts, name);

	return r != NULL ? &c->domains.accounts.v[r->i] : NULL;
}

const struct cfg_domain *
config_domain_find(const struct config *c, struct str domain)
{
	const struct name_row *r;
	char ascii[LIM_DOMAIN + 1];

	if (config_domain_ascii(domain, ascii, NULL) < 0)
		return NULL;
	r = name_find(c->index->domains, c->index->ndomains, str_c(ascii));
	return r != NULL ? &c->domains.domains.v[r->i] : NULL;
}

/* A name of this machine: postmaster is there whether it is a mail domain or not. */
bool
config_is_host_name(const struct config *c, struct str domain)
{
	char ascii[LIM_DOMAIN + 1];

	if (domain.n == 0)
		return true;
	if (config_domain_ascii(domain, ascii, NULL) < 0)
		return false;
	if (str_eq(str_c(ascii), c->mox.hostname))
		return true;
	for (size_t i = 0; i < c->mox.listeners.n; i++)
		if (c->mox.listeners.v[i].smtp.enabled &&
		    str_eq(str_c(ascii), c->mox.listeners.v[i].hostname))
			return true;
	return false;
}

static enum config_found
postmaster(const struct config *c, const struct cfg_domain *domain, struct config_dest *d)
{
	const struct cfg_account *a = config_account_find(c, c->mox.postmaster.account);

	if (a == NULL)
		return CONFIG_NO_USER;
	*d = (struct config_dest){ .account = a,
				   .domain = domain,
				   .mailbox = c->mox.postmaster.mailbox,
				   .smtp_error = STR(""),
				   .is_postmaster = true };
	if (d->mailbox.n == 0)
		d->mailbox = STR("Inbox");
	return CONFIG_FOUND;
}

/* The row of an address within its domain, without catch-all; NULL. */
static const struct addr_row *
find_in_domain(const struct config *c, const struct cfg_domain *d, struct str local)
{
	char space[LOCAL_MAX + LIM_DOMAIN + 2];
	struct buf b = { .p = space, .cap = sizeof(space), .max = sizeof(space) };

	if (local.n > LIM_LOCALPART || put_canonical(&b, d, local, true) < 0)
		return NULL;
	buf_putc(&b, '@');
	buf_putstr(&b, d->key);
	return b.over || b.n == d->key.n + 1 ? NULL : addr_find(c, buf_str(&b));
}

static const struct addr_row *
find_catchall(const struct config *c, const struct cfg_domain *d)
{
	char space[LIM_DOMAIN + 2];

	space[0] = '@';
	memcpy(space + 1, d->key.p, d->key.n);
	return addr_find(c, str_mem(space, d->key.n + 1));
}

enum config_found
config_resolve(const struct config *c, struct str localpart, struct str domain,
	       struct config_dest *d)
{
	bool is_pm = str_eqi(localpart, STR("postmaster")), catchall = false;
	const struct cfg_domain *dom;
	const struct addr_row *r;

	if (is_pm && config_is_host_name(c, domain))
		return postmaster(c, NULL, d);
	if ((dom = config_domain_find(c, domain)) == NULL)
		return CONFIG_NO_DOMAIN;
	if (dom->disabled)
		return CONFIG_DISABLED;
	/* RFC 5321 4.5.1: postmaster in any case, also where local parts are case-sensitive. */
	r = find_in_domain(c, dom, is_pm ? STR("postmaster") : localpart);
	if (r == NULL && (r = find_catchall(c, dom)) != NULL)
		catchall = true;
	if (r == NULL)
		return is_pm ? postmaster(c, dom, d) : CONFIG_NO_USER;
	*d = (struct config_dest){ .account = &c->domains.accounts.v[r->account], .domain = dom };
	d->dest = &d->account->destinations.v[r->dest];
	d->mailbox = d->dest->mailbox;
	d->smtp_error = d->dest->smtp_error;
	d->is_catchall = catchall;
	return CONFIG_FOUND;
}

const struct cfg_account *
config_login_find(const struct config *c, struct str address)
{
	ssize_t at = str_rchr(address, '@');
	const struct cfg_domain *d;
	const struct addr_row *r;

	if (at <= 0 || (d = config_domain_find(c, str_from(address, (size_t)at + 1))) == NULL)
		return NULL;
	r = find_in_domain(c, d, str_sub(address, 0, (size_t)at));
	return r != NULL ? &c->domains.accounts.v[r->account] : NULL;
}

void
config_login_key(const struct config *c, struct str address, struct buf *out)
{
	ssize_t at = str_rchr(address, '@');
	struct str local = str_sub(address, 0, at > 0 ? (size_t)at : 0);
	const struct cfg_domain *d = NULL;
	size_t start = out->n;

	if (at > 0 && local.n <= LIM_LOCALPART)
		d = config_domain_find(c, str_from(address, (size_t)at + 1));
	if (d != NULL && put_canonical(out, d, local, true) == 0) {
		buf_putc(out, '@');
		buf_putstr(out, d->key);
		return;
	}
	buf_truncate(out, start);
	for (size_t i = 0; i < address.n; i++)
		buf_putc(out, chr_lower(address.p[i]));
}
