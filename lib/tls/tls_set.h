/*
 * The TLS servers of all listeners of a daemon: made from the configuration and the certificate
 * files that master passed on, remade at a reload, with ticket keys fetched from acmed's key role
 * and refreshed. What smtpd and imapd share.
 */
#ifndef MOX_TLS_TLS_SET_H
#define MOX_TLS_TLS_SET_H

#include "svc/svc.h"
#include "tls/tls.h"

struct tls_set;
struct cfg_listener;

struct tls_set_opts {
	const char *const *alpn; /* as tls_server_set_alpn */
	bool strict_sni;
	/* Session tickets on this listener? NULL: on all. */
	bool (*has_tickets)(const struct cfg_listener *l);
};

/* `o` is copied. Empty until tls_set_load. */
struct tls_set *tls_set_new(struct svc *s, const struct tls_set_opts *o);
/* Make all servers anew: in the start hook and at a reload. On failure those that were there stay.
 */
int tls_set_load(struct tls_set *t, struct err *e);
/* For the peer_up hook: fetches ticket keys when the key daemon came up. Other peers are ignored.
 */
void tls_set_peer_up(struct tls_set *t, const struct ipc_chan *c);
/* The server of a listener by name, NULL when it has no certificates. Borrowed until tls_set_load.
 */
struct tls_server *tls_set_find(const struct tls_set *t, struct str listener);
void tls_set_free(struct tls_set **t);

#endif
