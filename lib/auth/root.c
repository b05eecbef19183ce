/* The master key and what is derived from it. */
#include "auth/auth.h"

#include <assert.h>
#include <stdio.h>

#include "base/mem.h"

struct auth_root {
	struct secret *master;
};

struct auth_root *
auth_root_new(struct str master)
{
	struct auth_root *r = MEM_NEW(struct auth_root);

	assert(master.n == SEAL_KEY);
	r->master = secret_from(master.p, master.n);
	return r;
}

void
auth_root_free(struct auth_root **rp)
{
	struct auth_root *r = *rp;

	*rp = NULL;
	if (r == NULL)
		return;
	secret_free(&r->master);
	mem_free(r);
}

void
auth_root_log_key(const struct auth_root *r, unsigned worker, unsigned char out[32])
{
	char num[16];
	int n = snprintf(num, sizeof(num), "%u", worker);

	seal_derive(secret_p(r->master), "intent log", str_mem(num, (size_t)n), out);
}

void
auth_root_queue_key(const struct auth_root *r, unsigned char out[32])
{
	seal_derive(secret_p(r->master), "queue", STR_NONE, out);
}

void
auth_root_dkim_key(const struct auth_root *r, unsigned char out[32])
{
	seal_derive(secret_p(r->master), "DKIM keys", STR_NONE, out);
}

void
auth_root_cap_key(const struct auth_root *r, unsigned char out[32])
{
	seal_derive(secret_p(r->master), "login capabilities", STR_NONE, out);
}

void
auth_root_salt_key(const struct auth_root *r, unsigned char out[32])
{
	seal_derive(secret_p(r->master), "salts of nobody", STR_NONE, out);
}

/* One key for each column and account; the name of the column is bound as well, as associated data.
 */
static void
wrapping_key(const struct auth_root *r, const char *what, struct str account, unsigned char key[32])
{
	char info[64];
	int n = snprintf(info, sizeof(info), "auth.db %s", what);

	assert(n > 0 && (size_t)n < sizeof(info));
	seal_derive(secret_p(r->master), info, account, key);
}

void
auth_root_wrap(const struct auth_root *r, const char *what, struct str account, struct str plain,
	       struct buf *out)
{
	unsigned char key[32];

	wrapping_key(r, what, account, key);
	seal_wrap(key, str_c(what), plain, out);
	mem_wipe(key, sizeof(key));
}

int
auth_root_unwrap(const struct auth_root *r, const char *what, struct str account,
		 struct str wrapped, struct buf *out, struct err *e)
{
	unsigned char key[32];
	int rc;

	wrapping_key(r, what, account, key);
	rc = seal_unwrap(key, str_c(what), wrapped, out, e);
	mem_wipe(key, sizeof(key));
	return rc;
}
