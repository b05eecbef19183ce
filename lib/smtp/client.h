/*
 * The client's side of SMTP (RFC 5321): greeting, EHLO or HELO, STARTTLS when the caller wants it,
 * then one transaction after the other, pipelined (RFC 2920) where the server can. Pure: bytes from
 * the server in, bytes for it out; sockets, time and the choice of a server are the caller's.
 *
 * SECURITY: reads what any server sends; replies are bounded (answer.h), a server that breaks the
 * protocol loses the connection, and its words come out printable.
 */
#ifndef MOX_SMTP_CLIENT_H
#define MOX_SMTP_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "smtp/answer.h"

struct smtp_client;

enum smtp_client_want {
	SMTP_CLIENT_INPUT,  /* something from the server; wait smtp_client_patience */
	SMTP_CLIENT_OUTPUT, /* the output to be sent, before more is made */
	/* A handshake, then smtp_client_tls_done. Input that is left was sent without TLS behind
	 * the reply to STARTTLS: it is a fraud, and the connection of no use. */
	SMTP_CLIENT_TLS,
	SMTP_CLIENT_READY, /* the next transaction; the last one is over */
	SMTP_CLIENT_CLOSE, /* nothing more can be done here: smtp_client_said tells why */
};

enum smtp_client_result {
	SMTP_CLIENT_OPEN, /* not decided: to be sent */
	SMTP_CLIENT_OK,
	SMTP_CLIENT_TEMP,
	SMTP_CLIENT_FAIL,
	/* Between smtp_client_send and the end of the transaction: */
	SMTP_CLIENT_TRIED,    /* RCPT is on its way */
	SMTP_CLIENT_ACCEPTED, /* and was accepted */
};

struct smtp_client_rcpt {
	struct str addr;
	enum smtp_client_result result;
	struct smtp_said said;
};

/* The next piece of the message: 1, 0 at its end, -1 when it can't be read. Borrowed until the next
 * call. */
typedef int smtp_client_source(void *arg, struct str *piece);

struct smtp_client_txn {
	struct str sender; /* "" is the null path */
	struct smtp_client_rcpt *rcpts;
	size_t nrcpts;
	uint64_t size;	 /* bytes that the source will give */
	bool has_8bit;	 /* bytes outside of ASCII: needs 8BITMIME */
	bool is_binary;	 /* lines that DATA can't carry: needs BINARYMIME */
	bool needs_utf8; /* an address or header field outside of ASCII: needs SMTPUTF8 */
	smtp_client_source *source;
	void *arg;
};

/* What EHLO said. */
struct smtp_client_caps {
	bool is_esmtp, pipelining, eightbit, utf8, starttls, chunking, binary;
	bool has_size;
	uint64_t size;		   /* with has_size: largest message, 0 for "no limit known" */
	uint32_t rcptmax, mailmax; /* LIMITS (RFC 9422); 0: none */
};

/* `helo` is copied. With use_tls STARTTLS is used when it is offered; a server that offers and then
 * refuses it gets plaintext. */
struct smtp_client *smtp_client_new(struct str helo, bool use_tls);
void smtp_client_free(struct smtp_client **c);

/* Take some of the input (all that came and was not taken yet), append to the output. */
enum smtp_client_want smtp_client_run(struct smtp_client *c, struct str in, size_t *used);
/* What is to be sent; the caller takes it out. */
struct buf *smtp_client_out(struct smtp_client *c);
/* After SMTP_CLIENT_TLS, on the encrypted stream. */
void smtp_client_tls_done(struct smtp_client *c);
/* Milliseconds to wait for what is awaited now, RFC 5321 4.5.3.2. */
int64_t smtp_client_patience(const struct smtp_client *c);

/* Valid from the first READY on. */
const struct smtp_client_caps *smtp_client_caps(const struct smtp_client *c);
/* Begin a transaction, at READY; `t` and what it points to stay until READY or CLOSE. Recipients
 * that are OPEN take part, as many as the server allows at a time: at the next READY others may
 * still be OPEN. At CLOSE those that nothing was said about are OPEN again. A message that this
 * server can't take, or that can't be read, fails with code 0 and words of ours. */
void smtp_client_send(struct smtp_client *c, struct smtp_client_txn *t);
/* The server said that this one was one too many for a transaction, by 452 or, of old, 552, which
 * then is temporary, too: RFC 5321 4.5.3.1.10. */
bool smtp_client_is_too_many(const struct smtp_client_rcpt *r);
/* Transactions that this server still takes; false: quit, and connect again. */
bool smtp_client_may_send(const struct smtp_client *c);
/* QUIT, at READY. The reply need not be waited for. */
void smtp_client_quit(struct smtp_client *c);

/* The connection is gone, or waiting was in vain: `ecode` (4yz) and `text` become what was said
 * last. With is_sent all output reached the network: when the end of a message was in it, and no
 * reply came, nobody knows whether the server took it. Its recipients are then TEMP with code 0,
 * which another server must not be asked for; else they are OPEN again. The client wants CLOSE. */
void smtp_client_lost(struct smtp_client *c, const char *ecode, struct str text, bool is_sent);
/* The transaction that was begun last had no reply, but for 421: the server may just not have
 * wanted to wait longer for it. */
bool smtp_client_is_fresh(const struct smtp_client *c);
/* The end of a message is in what was put out, and no reply came: the server may take it. */
bool smtp_client_awaits_verdict(const struct smtp_client *c);
/* The server greeted us. */
bool smtp_client_is_greeted(const struct smtp_client *c);
/* The last thing said; with CLOSE the reason. */
const struct smtp_said *smtp_client_said(const struct smtp_client *c);
/* What was being done, for messages: "RCPT TO". Static text. */
const char *smtp_client_stage(const struct smtp_client *c);

#endif
