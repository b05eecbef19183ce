/* See keys.h. */
#include "mailauth/keys.h"

#include <stdio.h>

#include "base/mem.h"
#include "config/config.h"

void
mailauth_keys_done(struct mailauth_keys *k)
{
	for (size_t i = 0; i < k->n; i++) {
		dk_pub_done(&k->v[i]->pub);
		mem_free(k->v[i]);
	}
	mem_free(k->v);
	*k = (struct mailauth_keys){ .v = NULL };
}

static int
make_name(struct str selector, const char *domain, char out[MAILAUTH_KEY_NAME])
{
	char ascii[LIM_DOMAIN + 1];
	int n;

	if (!str_is_ascii(selector)) {
		if (config_domain_ascii(selector, ascii, NULL) < 0)
			return -1;
		selector = str_c(ascii);
	}
	for (size_t i = 0; i < selector.n; i++)
		if (!chr_is_alnum(selector.p[i]) && str_chr(STR("-_."), selector.p[i]) < 0)
			return -1;
	n = snprintf(out, MAILAUTH_KEY_NAME, STR_FMT "._domainkey.%s", STR_ARG(selector), domain);
	if (n < 0 || n >= MAILAUTH_KEY_NAME || !mailauth_name_is_askable(str_c(out)))
		return -1;
	for (char *p = out; *p != '\0'; p++)
		*p = chr_lower(*p);
	return 0;
}

struct mailauth_key *
mailauth_keys_add(struct mailauth_keys *k, struct str selector, const char *domain)
{
	struct mailauth_key *key;
	char name[MAILAUTH_KEY_NAME];

	if (selector.n > LIM_DOMAIN || make_name(selector, domain, name) < 0)
		return NULL;
	for (size_t i = 0; i < k->n; i++)
		if (str_eq(str_c(k->v[i]->name), str_c(name)))
			return k->v[i];
	key = MEM_NEW(struct mailauth_key);
	memcpy(key->name, name, sizeof(name));
	k->v = mem_resize(k->v, k->n + 1, sizeof(*k->v));
	k->v[k->n++] = key;
	return key;
}

static struct mailauth_key *
open_question(const struct mailauth_keys *k)
{
	for (size_t i = 0; i < k->n; i++)
		if (k->v[i]->state == MAILAUTH_KEY_ASKED)
			return k->v[i];
	return NULL;
}

bool
mailauth_keys_next(const struct mailauth_keys *k, struct mailauth_question *q)
{
	struct mailauth_key *key = open_question(k);

	if (key == NULL)
		return false;
	*q = (struct mailauth_question){ str_c(key->name), DNS_TXT };
	return true;
}

static void
settle(struct mailauth_key *key, int state, const char *why)
{
	key->state = state;
	snprintf(key->why, sizeof(key->why), "%s", why);
}

/* One record may be a key; others may be of something else, by a wildcard. */
static void
take(struct mailauth_key *key, const struct dns_answer *a)
{
	unsigned found = 0;

	for (size_t i = 0; i < a->n && found < 2; i++) {
		struct err e = ERR_INIT;
		struct dk_pub pub;

		key->fault = dk_pub_parse(&pub, a->rr[i].txt, &e);
		if (key->fault == DK_PUB_OK) {
			dk_pub_done(&key->pub);
			key->pub = pub;
			found++;
		} else if (found == 0) {
			settle(key, MAILAUTH_KEY_NONE, e.msg);
			key->pub = pub;
		}
	}
	if (found == 1) {
		settle(key, MAILAUTH_KEY_OK, "");
	} else if (found > 1) {
		key->fault = DK_PUB_OK;
		settle(key, MAILAUTH_KEY_NONE, "there are several keys");
	}
}

void
mailauth_keys_put(struct mailauth_keys *k, const struct dns_answer *a)
{
	struct mailauth_key *key = open_question(k);

	if (key == NULL)
		return;
	key->is_authentic = a->authentic;
	if (a->status == DNS_TEMP)
		settle(key, MAILAUTH_KEY_TEMP, "the key can't be looked up now");
	else if (a->n == 0)
		settle(key, MAILAUTH_KEY_NONE, "there is no key");
	else
		take(key, a);
}

void
mailauth_keys_expire(struct mailauth_keys *k)
{
	struct mailauth_key *key;

	while ((key = open_question(k)) != NULL)
		settle(key, MAILAUTH_KEY_TEMP, "the key could not be looked up in time");
}
