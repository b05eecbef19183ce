/* DKIM keys at rest: only queued has the key that seals them. */
#include "base/mem.h"
#include "dkim/dkim.h"
#include "queued.h"

/* What was sealed must open again before it takes the place of the only copy. */
static int
seal(const unsigned char *key, struct str pem, struct buf *out, struct err *e)
{
	struct dk_key *k;
	bool is_plain;

	if (dk_key_seal(pem, key, out, e) < 0 ||
	    (k = dk_key_open(buf_str(out), key, &is_plain, e)) == NULL)
		return -1;
	dk_key_free(&k);
	return is_plain ? err_set(e, EC_BUG, "sealing failed") : 0;
}

void
admin_dkim_seal(struct queued *d, struct ipc_req *req, struct str pem)
{
	struct err e = ERR_INIT;
	struct buf out;
	int r;

	buf_init(&out, 2 * LIM_DKIM_KEY);
	r = d->dkim_key == NULL ? err_set(&e, EC_TEMP, "queued has no keys yet")
				: seal(secret_p(d->dkim_key), pem, &out, &e);
	svc_admin_reply(&req, r == 0 ? buf_str(&out) : STR(""), r == 0 ? NULL : &e);
	buf_done(&out);
}
