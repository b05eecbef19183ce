/* Within lib/smtpconn. */
#ifndef MOX_SMTPCONN_CONNS_H
#define MOX_SMTPCONN_CONNS_H

#include "smtpconn/smtpconn.h"

void smtpconn_new(struct smtpconns *all, const struct svc_listener *l, int fd,
		  const struct sockaddr_storage *peer);
/* NULL when the service is not enabled there (any more). */
struct smtpconn_conf *smtpconn_conf_find(const struct smtpconns *all, const struct svc_listener *l);

#endif
