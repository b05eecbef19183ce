/*
 * Delivery status notifications (RFC 3464; RFC 6533 when an address or the message needs UTF-8): a
 * complete message, CRLF lines, header included, for the sender of a message that is late or
 * failed.
 */
#ifndef MOX_DSN_DSN_H
#define MOX_DSN_DSN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum dsn_action { DSN_FAILED, DSN_DELAYED, DSN_DELIVERED, DSN_RELAYED, DSN_EXPANDED };

struct dsn_rcpt {
	struct str rcpt;  /* final recipient */
	struct str orcpt; /* original recipient "type;address", "" without one */
	enum dsn_action action;
	struct str status;     /* "5.1.1" */
	struct str remote_mta; /* host name, "" when none spoke to us */
	struct str remote_ip;
	struct str diagnostic;	  /* the server's reply with its code, or "" */
	struct str explanation;	  /* our words, for people; "" without any */
	int64_t last_attempt;	  /* 0: never */
	int64_t will_retry_until; /* of DSN_DELAYED; 0 without */
	unsigned attempts;
	bool is_given_up; /* DSN_FAILED: by the operator, before its time */
};

struct dsn {
	struct str hostname; /* ours: Reporting-MTA, From: postmaster@hostname, Message-ID */
	struct str to;	     /* the sender of the message */
	struct str envid;    /* "" without */
	struct str subject;  /* of the message, raw bytes of its header field; "" unknown */
	struct str
		message_id; /* "<...>" of the message, for In-Reply-To and References; "" without */
	struct str header;  /* the message's header, for the third part; cut when long */
	int64_t now, arrived;
	uint64_t id;  /* of this notification: Message-ID and boundary */
	bool is_utf8; /* the message was SMTPUTF8 */
	const struct dsn_rcpt *rcpts;
	size_t nrcpts;
};
/* Append the message. Values may hold anything: line breaks and controls do not get through. */
void dsn_put(struct buf *out, const struct dsn *d);
/* Value of the first field of this name in a header, folding included, white space around it not;
 * "" when there is none. */
struct str dsn_field(struct str header, struct str name);

#endif
