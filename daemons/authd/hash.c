/*
 * A hash helper: argon2id with its 19 MiB and its milliseconds, away from the keeper.
 *
 * SECURITY: sees passwords and hashes of those who log in while it runs, nothing else: no file, no
 * key.
 */
#include "authd.h"
#include "auth/hash.h"
#include "base/log.h"
#include "base/mem.h"

static int
on_start(struct svc *s, struct err *e)
{
	(void)s;
	return seal_init(e);
}

static bool
on_verify(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct msg_hash_verify v;
	struct err e = ERR_INIT;
	bool match, rehash;
	struct buf body;

	(void)ctx;
	if (!msg_hash_verify_get(m->body, &v))
		return false;
	if (auth_hash_verify(v.password, v.hash, &match, &rehash, &e) < 0) {
		LOG(NULL, LOG_ERROR, "authhash.verify.failed", LF(err, &e));
		ipc_reply_err(&req, &e);
		return true;
	}
	buf_init(&body, LIM_IPC_BODY);
	msg_hash_verify_r_put(&body,
			      &(struct msg_hash_verify_r){ .match = match, .rehash = rehash });
	ipc_reply(&req, buf_str(&body), NULL, 0);
	buf_done(&body);
	return true;
}

static bool
on_make(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct msg_hash_make v;
	struct err e = ERR_INIT;
	struct buf body, forms[4];

	(void)ctx;
	if (!msg_hash_make_get(m->body, &v))
		return false;
	buf_init(&body, LIM_IPC_BODY);
	for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		buf_init(&forms[i], 512);
	if (auth_hash_make(v.password, &forms[0], &forms[1], &forms[2], &forms[3], &e) < 0) {
		LOG(NULL, LOG_ERROR, "authhash.make.failed", LF(err, &e));
		ipc_reply_err(&req, &e);
	} else {
		msg_hash_make_r_put(&body,
				    &(struct msg_hash_make_r){ .argon2 = buf_str(&forms[0]),
							       .scram_sha1 = buf_str(&forms[1]),
							       .scram_sha256 = buf_str(&forms[2]),
							       .cram_md5 = buf_str(&forms[3]) });
		ipc_reply(&req, buf_str(&body), NULL, 0);
	}
	buf_wipe(&body);
	for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		buf_wipe(&forms[i]);
	return true;
}

/* type, from whom, descriptors, handler */
static const struct ipc_op ops[] = {
	{ IPC_HASH_VERIFY, ROLE_BIT(ROLE_AUTHD), 0, 0, on_verify },
	{ IPC_HASH_MAKE, ROLE_BIT(ROLE_AUTHD), 0, 0, on_make },
};

const struct svc_ops hash_ops = {
	.role = ROLE_AUTHHASH,
	.ops = ops,
	.nops = ARRAY_LEN(ops),
	.start = on_start,
};
