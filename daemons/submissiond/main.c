/* submissiond: mail of the users' programs, ports 465 and 587. */
#include <unistd.h>

#include "svc/svc.h"

static int
on_start(struct svc *s, struct err *e)
{
	(void)s;
	(void)e;
	return 0;
}

static void
on_accepted(struct svc *s, const struct svc_listener *l, int fd,
	    const struct sockaddr_storage *peer)
{
	(void)s;
	(void)l;
	(void)peer;
	close(fd);
}

int
main(int argc, char **argv)
{
	static const struct svc_ops ops = {
		.role = ROLE_SUBMITD,
		.start = on_start,
		.accepted = on_accepted,
	};

	return svc_main(argc, argv, &ops);
}
