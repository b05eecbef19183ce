/* What the configuration says of the two services, and what their sessions call. */
#include "submissiond.h"

static bool
settings(const struct cfg_listener *l, enum service s, struct smtp_conf *c)
{
	c->is_submission = true;
	c->require_tls = s == SERVICE_SUBMISSIONS || !l->submission.no_require_starttls;
	return s == SERVICE_SUBMISSIONS ? l->submissions.enabled : l->submission.enabled;
}

static bool
is_tls_first(enum service s)
{
	return s == SERVICE_SUBMISSIONS;
}

const struct smtp_backend submit_backend = {
	.mail = on_mail,
	.rcpt = on_rcpt,
	.data_begin = on_data_begin,
	.data_put = on_data_put,
	.data_end = on_data_end,
	.reset = on_reset,
	.auth_start = on_auth_start,
	.auth_step = on_auth_step,
	.auth_cancel = on_auth_cancel,
	.refused = smtpconn_refused,
};

static const char *const alpn[] = { "smtp", NULL };

const struct smtpconn_ops submissiond_ops = {
	.role = ROLE_SUBMITD,
	.events = SMTPCONN_EVENTS("submissiond"),
	.tls = { .alpn = alpn },
	.backend = &submit_backend,
	.settings = settings,
	.is_tls_first = is_tls_first,
	.closed = user_closed,
};
