/* What the configuration says of port 25. */
#include "smtpd.h"

/* Session tickets confuse some large senders: only where they are asked for. */
static bool
has_tickets(const struct cfg_listener *l)
{
	return !l->smtp.tls_session_tickets_disabled;
}

static bool
settings(const struct cfg_listener *l, enum service s, struct smtp_conf *c)
{
	(void)s;
	c->has_tls = c->has_tls && !l->smtp.no_starttls;
	c->require_tls = l->smtp.require_starttls;
	return l->smtp.enabled;
}

static bool
is_tls_first(enum service s)
{
	(void)s;
	return false;
}

const struct smtpconn_ops smtpd_ops = {
	.role = ROLE_SMTPD,
	.events = SMTPCONN_EVENTS("smtpd"),
	.tls = { .has_tickets = has_tickets },
	.backend = &job_backend,
	.settings = settings,
	.is_tls_first = is_tls_first,
};
