/* What client.c and client_txn.c share. */
#ifndef MOX_SMTP_CLIENT_PRIV_H
#define MOX_SMTP_CLIENT_PRIV_H

#include "smtp/client.h"

/*
 *   GREET -> EHLO -> READY              EHLO -> HELO: refused
 *            EHLO -> STARTTLS -> TLS -> EHLO
 *   READY -> CMDS -> BODY -> END -> READY
 *   CMDS -> END: all recipients were refused, yet DATA was not
 *   any -> DEAD
 */
enum client_state {
	C_GREET,
	C_EHLO,
	C_HELO,
	C_STARTTLS,
	C_TLS,
	C_READY,
	C_CMDS,
	C_BODY,
	C_END,
	C_DEAD
};

/* The commands of a transaction in their order: RSET (when the last one was left open), MAIL, RCPT
 * for each recipient, DATA. A position is a number below; recipient i is at CMD_RCPT + i. */
enum { CMD_RSET, CMD_MAIL, CMD_RCPT };

struct smtp_client {
	enum client_state state;
	char helo[LIM_DOMAIN + 1];
	bool use_tls, is_tls, is_greeted;
	struct smtp_client_caps caps;
	struct buf out;
	struct smtp_answer answer;
	struct smtp_said said;
	uint32_t transactions;

	struct smtp_client_txn *t;   /* until it is over */
	size_t first, end;	     /* recipients that may take part: [first, end) */
	size_t next_cmd, next_reply; /* positions: to be sent, to be answered */
	size_t nsent, nanswered;     /* commands; they differ when pipelined */
	size_t naccepted;
	bool must_reset; /* RSET before the next MAIL */
	bool is_fresh, is_mail_refused, is_data_sent, is_bdat;
	/* the message as sent so far */
	char last;     /* byte; LF at its beginning */
	uint64_t left; /* of BDAT */
};

/* client.c */
void client_dead(struct smtp_client *c, const char *ecode, struct str text);

/* client_txn.c */
/* Make output: false when it is full. */
bool client_txn_put(struct smtp_client *c);
void client_txn_reply(struct smtp_client *c);
/* Undecided recipients when the connection ends. */
void client_txn_leave(struct smtp_client *c, const char *ecode, struct str text, bool is_sent);

#endif
