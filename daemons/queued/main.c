/* queued: messages on their way out, kept safely until every recipient has an outcome. */
#include "svc/svc.h"

static int
on_start(struct svc *s, struct err *e)
{
	(void)s;
	(void)e;
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct svc_ops ops = {
		.role = ROLE_QUEUED,
		.start = on_start,
	};

	return svc_main(argc, argv, &ops);
}
