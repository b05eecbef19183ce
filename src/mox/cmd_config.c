/* mox config ...: look at the configuration, and edit domains.conf. */
#include "mox.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "config/config.h"
#include "config/edit.h"
#include "edit.h"
#include "keycheck.h"

/* ---- looking */

int
cmd_config_test(struct mox *m, int argc, char **argv)
{
	struct config *c = NULL;
	struct buf problems;
	struct err e = ERR_INIT;
	int r;

	if (mox_args(m, &argc, &argv, NULL, 0, 0, 0) < 0)
		return MOX_USAGE;
	buf_init(&problems, 1 << 20);
	r = config_load(&c, m->config, &keycheck, &problems, &e);
	if (r < 0)
		fprintf(stderr, STR_FMT, STR_ARG(buf_str(&problems)));
	else
		puts("config OK");
	config_free(&c);
	buf_done(&problems);
	return r < 0 ? MOX_FAIL : MOX_OK;
}

static int
describe(struct mox *m, int argc, char **argv, void (*fn)(struct buf *))
{
	struct buf b;

	if (mox_args(m, &argc, &argv, NULL, 0, 0, 0) < 0)
		return MOX_USAGE;
	buf_init(&b, LIM_CONF_SIZE);
	fn(&b);
	fwrite(buf_str(&b).p, 1, b.n, stdout);
	buf_done(&b);
	return MOX_OK;
}

int
cmd_config_describe_static(struct mox *m, int argc, char **argv)
{
	return describe(m, argc, argv, config_describe_static);
}

int
cmd_config_describe_domains(struct mox *m, int argc, char **argv)
{
	return describe(m, argc, argv, config_describe_domains);
}

/* The rest of a line of a list. */
static void
put_description(struct str s)
{
	printf("%s" STR_FMT "\n", s.n > 0 ? "\t" : "", STR_ARG(s));
}

/* A command that looks at the configuration. */
typedef int look_fn(const struct config *c, char **argv);

static int
look(struct mox *m, int argc, char **argv, int nargs, look_fn *fn)
{
	struct config *c;
	int r;

	if (mox_args(m, &argc, &argv, NULL, 0, nargs, nargs) < 0)
		return MOX_USAGE;
	if ((c = mox_load_config(m)) == NULL)
		return MOX_FAIL;
	r = fn(c, argv);
	config_free(&c);
	return r;
}

static int
filter(const struct config *c, char **argv)
{
	enum role role = role_find(str_c(argv[0]));
	struct buf b;

	if (role == ROLE_COUNT)
		return mox_failf("there is no role \"%s\"", argv[0]);
	buf_init(&b, 2 * LIM_CONF_SIZE);
	config_filter(c, role, &b);
	fwrite(buf_str(&b).p, 1, b.n, stdout);
	buf_done(&b);
	return MOX_OK;
}

static int
account_list(const struct config *c, char **argv)
{
	(void)argv;
	for (size_t i = 0; i < c->domains.accounts.n; i++) {
		const struct cfg_account *a = &c->domains.accounts.v[i];

		printf(STR_FMT "%s", STR_ARG(a->key),
		       a->login_disabled.n > 0 ? "\t(login disabled)" : "");
		put_description(a->description);
	}
	return MOX_OK;
}

static int
account_addresses(const struct config *c, char **argv)
{
	const struct cfg_account *a = config_account_find(c, str_c(argv[0]));

	if (a == NULL)
		return mox_failf("there is no account \"%s\"", argv[0]);
	for (size_t i = 0; i < a->destinations.n; i++)
		printf(STR_FMT "\n", STR_ARG(a->destinations.v[i].key));
	return MOX_OK;
}

static int
domain_list(const struct config *c, char **argv)
{
	(void)argv;
	for (size_t i = 0; i < c->domains.domains.n; i++) {
		const struct cfg_domain *d = &c->domains.domains.v[i];

		printf(STR_FMT "%s", STR_ARG(d->key), d->disabled ? "\t(disabled)" : "");
		put_description(d->description);
	}
	return MOX_OK;
}

static int
address_account(const struct config *c, char **argv)
{
	struct str s = str_c(argv[0]);
	ssize_t at = str_rchr(s, '@');
	struct config_dest d;

	if (at < 0)
		return mox_failf("\"%s\" is not an address", argv[0]);
	switch (config_resolve(c, str_sub(s, 0, (size_t)at), str_from(s, (size_t)at + 1), &d)) {
	case CONFIG_FOUND:
		printf(STR_FMT "\n", STR_ARG(d.account->key));
		return MOX_OK;
	case CONFIG_NO_DOMAIN:
		return mox_failf("the domain of \"%s\" is not configured", argv[0]);
	case CONFIG_DISABLED:
		return mox_failf("the domain of \"%s\" is disabled", argv[0]);
	case CONFIG_NO_USER:
		break;
	}
	return mox_failf("no account has the address \"%s\"", argv[0]);
}

#define LOOK(fn, nargs, inner)                                                                     \
	int fn(struct mox *m, int argc, char **argv)                                               \
	{                                                                                          \
		return look(m, argc, argv, nargs, inner);                                          \
	}
LOOK(cmd_config_filter, 1, filter)
LOOK(cmd_config_account_list, 0, account_list)
LOOK(cmd_config_account_addresses, 1, account_addresses)
LOOK(cmd_config_domain_list, 0, domain_list)
LOOK(cmd_config_address_account, 1, address_account)

/* ---- editing */

/* A command whose arguments are those of its verb (config/edit.h). */
static int
edit(struct mox *m, int argc, char **argv, const char *verb, int nargs)
{
	struct str args[4];

	if (mox_args(m, &argc, &argv, NULL, 0, nargs, nargs) < 0)
		return MOX_USAGE;
	for (int i = 0; i < nargs; i++)
		args[i] = str_c(argv[i]);
	return mox_edit(m, verb, args, (size_t)nargs);
}

#define EDIT(fn, verb, nargs)                                                                      \
	int fn(struct mox *m, int argc, char **argv)                                               \
	{                                                                                          \
		return edit(m, argc, argv, verb, nargs);                                           \
	}
EDIT(cmd_config_account_add, "account.add", 2)
EDIT(cmd_config_account_rm, "account.rm", 1)
EDIT(cmd_config_account_disable, "account.disable", 2)
EDIT(cmd_config_account_enable, "account.enable", 1)
EDIT(cmd_config_address_add, "address.add", 2)
EDIT(cmd_config_address_rm, "address.rm", 1)
EDIT(cmd_config_domain_rm, "domain.rm", 1)
EDIT(cmd_config_domain_disable, "domain.disable", 1)
EDIT(cmd_config_domain_enable, "domain.enable", 1)
