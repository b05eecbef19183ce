/* Edits of domains.conf; see edit.h. */
#include "config/edit.h"

#include "base/mem.h"
#include "config/config.h"
#include "config/sconf.h"

/* One edit under way: the tree that changes, and what the old text meant. */
struct edit {
	struct sconf tree;
	const struct config *old;
	const struct str *args;
	size_t nargs;
	struct err *e;
};

/* ---- the tree */

static struct sconf_node *
section_of(struct edit *x, const char *name)
{
	return sconf_find(&x->tree.top, str_c(name));
}

static struct sconf_node *
account_node(struct edit *x, struct str name)
{
	if (config_account_find(x->old, name) == NULL) {
		err_set(x->e, EC_NOTFOUND, "there is no account \"" STR_FMT "\"",
			STR_ARG(str_sub(name, 0, LIM_ACCOUNT)));
		return NULL;
	}
	return sconf_find(section_of(x, "Accounts"), name);
}

static struct sconf_node *
domain_node(struct edit *x, struct str name)
{
	const struct cfg_domain *d = config_domain_find(x->old, name);

	if (d == NULL) {
		err_set(x->e, EC_NOTFOUND, "there is no domain \"" STR_FMT "\"",
			STR_ARG(str_sub(name, 0, 100)));
		return NULL;
	}
	/* By the key as it is in the file: d->key is in A-labels. */
	return sconf_find(section_of(x, "Domains"), d->node->key);
}

/* Append an entry; entries that are set apart by empty lines get one too. */
static void
add_entry(struct edit *x, struct sconf_node *section, struct sconf_node *n)
{
	struct sconf_node *last = section->last, *c;

	while (last != NULL && last->kind != SCONF_KEY && last->kind != SCONF_ITEM)
		last = last->prev;
	if (last != NULL) {
		for (c = last->prev; c != NULL && c->kind == SCONF_COMMENT;)
			c = c->prev;
		if (c != NULL && c->kind == SCONF_BLANK)
			sconf_append(section, sconf_new_blank(&x->tree));
	}
	sconf_append(section, n);
}

/* A key with a value at the end of a section; NULL value: `Key:` for what will be below it. */
static struct sconf_node *
add_key(struct edit *x, struct sconf_node *section, struct str key, const char *value)
{
	struct sconf_node *n =
		sconf_new_key(&x->tree, key, str_c(value != NULL ? value : ""), x->e);

	if (n != NULL)
		add_entry(x, section, n);
	return n;
}

static int
set_key(struct edit *x, struct sconf_node *section, const char *key, struct str value)
{
	struct sconf_node *n = sconf_find(section, str_c(key));

	if (n != NULL)
		return sconf_set_value(&x->tree, n, value, x->e);
	if ((n = sconf_new_key(&x->tree, str_c(key), value, x->e)) == NULL)
		return -1;
	sconf_append(section, n);
	return 0;
}

/* ---- addresses */

/* The entry of Destinations with this address, in any spelling, and its account; NULL. */
static const struct cfg_destination *
destination_find(const struct config *c, struct str address, const struct cfg_account **account)
{
	char domain[LIM_DOMAIN + 1], d2[LIM_DOMAIN + 1];
	const struct cfg_destination *found = NULL;
	const struct cfg_domain *dom;
	struct buf a, b;

	buf_init(&a, LIM_ADDR * 4);
	buf_init(&b, LIM_ADDR * 4);
	if (config_address_parse(address, &a, domain, NULL) < 0)
		goto done;
	dom = config_domain_find(c, str_c(domain));
	for (size_t i = 0; i < c->domains.accounts.n && found == NULL; i++) {
		const struct cfg_account *acc = &c->domains.accounts.v[i];

		for (size_t j = 0; j < acc->destinations.n && found == NULL; j++) {
			bool same;

			buf_reset(&b);
			if (config_address_parse(acc->destinations.v[j].key, &b, d2, NULL) < 0 ||
			    !str_eq(str_c(domain), str_c(d2)))
				continue;
			same = dom != NULL && !dom->localpart_case_sensitive
				       ? str_eqi(buf_str(&a), buf_str(&b))
				       : str_eq(buf_str(&a), buf_str(&b));
			if (same) {
				found = &acc->destinations.v[j];
				*account = acc;
			}
		}
	}
done:
	buf_done(&a);
	buf_done(&b);
	return found;
}

/* An address that may be added: well-formed, of a domain that we have, not there yet. */
static int
check_new_address(struct edit *x, struct str address)
{
	const struct cfg_account *account;
	char domain[LIM_DOMAIN + 1];
	struct buf local;
	int r;

	buf_init(&local, LIM_ADDR);
	r = config_address_parse(address, &local, domain, x->e);
	buf_done(&local);
	if (r < 0)
		return err_prefix(x->e, "%s", "address");
	if (config_domain_find(x->old, str_c(domain)) == NULL)
		return err_set(x->e, EC_NOTFOUND,
			       "there is no domain \"%s\": add it first (mox config domain add)",
			       domain);
	if (destination_find(x->old, address, &account) != NULL)
		return err_set(x->e, EC_EXISTS, "the address is in account \"" STR_FMT "\" already",
			       STR_ARG(account->key));
	return 0;
}

static int
add_account(struct edit *x, struct str name, struct str domain, struct str address)
{
	struct sconf_node *a, *d;
	char dom[LIM_PATH];

	if (config_account_check(name, x->e) < 0 || str_to_c(domain, dom, sizeof(dom)) < 0)
		return -1;
	if ((a = add_key(x, section_of(x, "Accounts"), name, NULL)) == NULL ||
	    add_key(x, a, STR("Domain"), dom) == NULL ||
	    (d = add_key(x, a, STR("Destinations"), NULL)) == NULL ||
	    add_key(x, d, address, "nil") == NULL)
		return -1;
	return 0;
}

/* ---- verbs */

static int
account_add(struct edit *x)
{
	struct str name = x->args[0], address = x->args[1];

	if (config_account_find(x->old, name) != NULL)
		return err_set(x->e, EC_EXISTS, "there is an account \"" STR_FMT "\" already",
			       STR_ARG(str_sub(name, 0, LIM_ACCOUNT)));
	if (check_new_address(x, address) < 0)
		return -1;
	return add_account(x, name, str_from(address, (size_t)str_rchr(address, '@') + 1), address);
}

static int
account_rm(struct edit *x)
{
	struct sconf_node *n = account_node(x, x->args[0]);

	if (n == NULL)
		return -1;
	if (str_eq(x->args[0], x->old->mox.postmaster.account))
		return err_set(x->e, EC_DENIED,
			       "this account gets the mail for postmaster: name another in "
			       "Postmaster of mox.conf first");
	if (x->old->domains.accounts.n == 1)
		return err_set(x->e, EC_DENIED, "this is the last account");
	sconf_remove(&x->tree, n);
	return 0;
}

static int
account_disable(struct edit *x)
{
	struct sconf_node *n = account_node(x, x->args[0]);

	if (n == NULL)
		return -1;
	if (x->args[1].n == 0)
		return err_set(x->e, EC_SYNTAX, "the message is empty");
	return set_key(x, n, "LoginDisabled", x->args[1]);
}

static int
account_enable(struct edit *x)
{
	struct sconf_node *n = account_node(x, x->args[0]);

	if (n == NULL)
		return -1;
	if ((n = sconf_find(n, STR("LoginDisabled"))) != NULL)
		sconf_remove(&x->tree, n);
	return 0;
}

static int
address_add(struct edit *x)
{
	struct sconf_node *a, *d;

	if (check_new_address(x, x->args[0]) < 0 || (a = account_node(x, x->args[1])) == NULL)
		return -1;
	if ((d = sconf_find(a, STR("Destinations"))) == NULL &&
	    (d = add_key(x, a, STR("Destinations"), NULL)) == NULL)
		return -1;
	return add_key(x, d, x->args[0], "nil") != NULL ? 0 : -1;
}

static int
address_rm(struct edit *x)
{
	const struct cfg_account *account;
	const struct cfg_destination *dest = destination_find(x->old, x->args[0], &account);
	struct sconf_node *n;

	if (dest == NULL)
		return err_set(x->e, EC_NOTFOUND, "there is no address \"" STR_FMT "\"",
			       STR_ARG(str_sub(x->args[0], 0, 100)));
	n = sconf_find(section_of(x, "Accounts"), account->key);
	n = sconf_find(sconf_find(n, STR("Destinations")), dest->key);
	sconf_remove(&x->tree, n);
	return 0;
}

/* Selectors that all sign: pairs of a name and a PrivateKeyFile. */
static int
add_selectors(struct edit *x, struct sconf_node *domain, const struct str *pairs, size_t n)
{
	struct sconf_node *dkim, *selectors, *sel, *sign, *item;

	if (n == 0)
		return 0;
	if ((dkim = add_key(x, domain, STR("DKIM"), NULL)) == NULL ||
	    (selectors = add_key(x, dkim, STR("Selectors"), NULL)) == NULL ||
	    (sign = add_key(x, dkim, STR("Sign"), NULL)) == NULL)
		return -1;
	for (size_t i = 0; i + 1 < n; i += 2) {
		if ((sel = add_key(x, selectors, pairs[i], NULL)) == NULL ||
		    add_key(x, sel, STR("Expiration"), "72h") == NULL ||
		    set_key(x, sel, "PrivateKeyFile", pairs[i + 1]) < 0 ||
		    (item = sconf_new_item(&x->tree, pairs[i], x->e)) == NULL)
			return -1;
		sconf_append(sign, item);
	}
	return 0;
}

static int
check_new_domain(struct edit *x, struct str name, struct str account, struct str local)
{
	bool exists = config_account_find(x->old, account) != NULL;
	char ascii[LIM_DOMAIN + 1];

	if (config_domain_ascii(name, ascii, x->e) < 0)
		return -1;
	if (config_domain_find(x->old, name) != NULL)
		return err_set(x->e, EC_EXISTS, "there is a domain \"%s\" already", ascii);
	if (exists && local.n > 0)
		return err_set(x->e, EC_EXISTS,
			       "the account exists, so leave out the localpart (add addresses with "
			       "mox config address add)");
	if (!exists && local.n == 0)
		return err_set(x->e, EC_NOTFOUND,
			       "there is no account \"" STR_FMT "\": give a localpart to make it",
			       STR_ARG(str_sub(account, 0, LIM_ACCOUNT)));
	return 0;
}

static int
add_first_address(struct edit *x, struct str account, struct str local, struct str domain)
{
	struct buf address;
	int r;

	buf_init(&address, LIM_ADDR * 4);
	buf_putstr(&address, local);
	buf_putc(&address, '@');
	buf_putstr(&address, domain);
	r = address.over ? err_set(x->e, EC_SYNTAX, "the address is too long")
			 : add_account(x, account, domain, buf_str(&address));
	buf_done(&address);
	return r;
}

static int
domain_add(struct edit *x)
{
	struct str name = x->args[0], account = x->args[1], local = x->args[2];
	struct sconf_node *d;

	if (check_new_domain(x, name, account, local) < 0 ||
	    (d = add_key(x, section_of(x, "Domains"), name, NULL)) == NULL)
		return -1;
	if (str_eq(x->args[3], STR("true")) && add_key(x, d, STR("Disabled"), "true") == NULL)
		return -1;
	if (add_key(x, d, STR("LocalpartCatchallSeparator"), "+") == NULL ||
	    add_selectors(x, d, x->args + 4, x->nargs - 4) < 0)
		return -1;
	return local.n == 0 ? 0 : add_first_address(x, account, local, name);
}

/* The first account that still uses a domain. */
static int
check_unused(struct edit *x, struct str domain)
{
	char ascii[LIM_DOMAIN + 1];

	for (size_t i = 0; i < x->old->domains.accounts.n; i++) {
		const struct cfg_account *a = &x->old->domains.accounts.v[i];

		for (size_t j = 0; j < a->destinations.n; j++) {
			struct str key = a->destinations.v[j].key;

			if (config_domain_ascii(str_from(key, (size_t)str_rchr(key, '@') + 1),
						ascii, NULL) == 0 &&
			    str_eq(str_c(ascii), domain))
				return err_set(x->e, EC_DENIED,
					       "account \"" STR_FMT "\" has the address " STR_FMT
					       " in it: remove that first",
					       STR_ARG(a->key), STR_ARG(str_sub(key, 0, 80)));
		}
		if (str_eq(a->domain, domain))
			return err_set(x->e, EC_DENIED,
				       "it is the Domain of account \"" STR_FMT
				       "\": change that first",
				       STR_ARG(a->key));
	}
	return 0;
}

static int
domain_rm(struct edit *x)
{
	struct sconf_node *n = domain_node(x, x->args[0]);

	if (n == NULL || check_unused(x, config_domain_find(x->old, x->args[0])->key) < 0)
		return -1;
	if (x->old->domains.domains.n == 1)
		return err_set(x->e, EC_DENIED, "this is the last domain");
	sconf_remove(&x->tree, n);
	return 0;
}

static int
domain_disable(struct edit *x)
{
	struct sconf_node *n = domain_node(x, x->args[0]);

	return n == NULL ? -1 : set_key(x, n, "Disabled", STR("true"));
}

static int
domain_enable(struct edit *x)
{
	struct sconf_node *n = domain_node(x, x->args[0]), *key;

	if (n == NULL)
		return -1;
	if ((key = sconf_find(n, STR("Disabled"))) == NULL)
		return 0;
	/* The only key stays: without any the domain could not be written as a section. */
	if (sconf_first(n) == key && sconf_next(key) == NULL)
		return sconf_set_value(&x->tree, key, STR("false"), x->e);
	sconf_remove(&x->tree, key);
	return 0;
}

/* verb, arguments, most of them, function; beyond `nargs` they come in pairs */
static const struct {
	const char *verb;
	size_t nargs, max;
	int (*fn)(struct edit *);
} verbs[] = {
	{ "account.add", 2, 2, account_add },	      { "account.rm", 1, 1, account_rm },
	{ "account.disable", 2, 2, account_disable }, { "account.enable", 1, 1, account_enable },
	{ "address.add", 2, 2, address_add },	      { "address.rm", 1, 1, address_rm },
	{ "domain.add", 4, 8, domain_add },	      { "domain.rm", 1, 1, domain_rm },
	{ "domain.disable", 1, 1, domain_disable },   { "domain.enable", 1, 1, domain_enable },
};

static int
apply(struct edit *x, struct str verb)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (str_eq(str_c(verbs[i].verb), verb)) {
			if (x->nargs < verbs[i].nargs || x->nargs > verbs[i].max ||
			    (x->nargs - verbs[i].nargs) % 2 != 0)
				return err_set(x->e, EC_SYNTAX, "%s takes %zu arguments",
					       verbs[i].verb, verbs[i].nargs);
			return verbs[i].fn(x);
		}
	return err_set(x->e, EC_NOTFOUND, "there is no such edit");
}

int
config_edit(struct str verb, const struct str *args, size_t nargs, const char *mox_name,
	    struct str mox, const char *domains_name, struct str domains, struct buf *out,
	    struct err *e)
{
	struct edit x = { .args = args, .nargs = nargs, .e = e };
	struct arena *a = arena_new((size_t)1 << 30);
	struct config *old = NULL, *new = NULL;
	struct buf text;
	int r = -1;

	buf_init(&text, LIM_CONF_SIZE);
	if (config_parse_files(&old, mox_name, mox, domains_name, domains, NULL, e) < 0) {
		err_prefix(e, "nothing was changed, since the configuration has errors");
		goto done;
	}
	x.old = old;
	if (sconf_parse(&x.tree, a, domains, e) < 0 || apply(&x, verb) < 0)
		goto done;
	sconf_write(&x.tree, &text);
	if (text.over) {
		err_set(e, EC_LIMIT, "the file would be larger than %d bytes", LIM_CONF_SIZE);
		goto done;
	}
	if (config_parse_files(&new, mox_name, mox, domains_name, buf_str(&text), NULL, e) < 0) {
		err_prefix(e, "nothing was changed, since the result would have errors");
		goto done;
	}
	buf_putstr(out, buf_str(&text));
	r = 0;
done:
	config_free(&old);
	config_free(&new);
	arena_free(&a);
	buf_done(&text);
	return r;
}
