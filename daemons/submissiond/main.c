/* submissiond: hooks for the daemon skeleton. */
#include "base/mem.h"
#include "submissiond.h"

static int
on_start(struct svc *s, struct err *e)
{
	return smtpconn_start(s, &submissiond_ops, e);
}

/* type, from whom, descriptors, handler */
static const struct ipc_op requests[] = {
	{ IPC_AUTH_REVOKED, ROLE_BIT(ROLE_AUTHD), 0, 0, on_revoked },
};

int
main(int argc, char **argv)
{
	static const struct svc_ops ops = {
		.role = ROLE_SUBMITD,
		.ops = requests,
		.nops = ARRAY_LEN(requests),
		.start = on_start,
		SMTPCONN_HOOKS,
	};

	return svc_main(argc, argv, &ops);
}
