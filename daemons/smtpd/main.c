/* smtpd: hooks for the daemon skeleton. */
#include "smtpd.h"

static int
on_start(struct svc *s, struct err *e)
{
	return smtpconn_start(s, &smtpd_ops, e);
}

int
main(int argc, char **argv)
{
	static const struct svc_ops ops = {
		.role = ROLE_SMTPD,
		.start = on_start,
		SMTPCONN_HOOKS,
	};

	return svc_main(argc, argv, &ops);
}
