/*
 * The server's side of SMTP sessions: bytes in, replies out. RFC 5321 with STARTTLS (3207), SIZE
 * (1870), PIPELINING (2920), CHUNKING and BINARYMIME (3030), 8BITMIME (6152), SMTPUTF8 (6531),
 * ENHANCEDSTATUSCODES (2034), LIMITS (9422); for submission (6409) with AUTH (4954). No sockets, no
 * clock, no store: the owner moves bytes, keeps time, and supplies a backend that judges senders
 * and recipients and takes messages.
 *
 * A backend function records what it has to do and answers with the matching smtp_session_*_done,
 * at once or later; then the owner calls smtp_session_run again. Recipients are judged in parallel,
 * replies keep the order of the commands.
 *
 * SECURITY: parses what any client sends. Worst case of a bug is the worker's own connections; a
 * session knows no key and no password.
 */
#ifndef MOX_SMTP_SESSION_H
#define MOX_SMTP_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"

struct smtp_session;

/* Settings, shared by many sessions and constant while one uses them. */
struct smtp_conf {
	char hostname[LIM_DOMAIN + 1];
	int64_t max_size;   /* of a message */
	bool has_tls;	    /* STARTTLS may be offered */
	bool require_tls;   /* no mail and no AUTH without it */
	bool is_submission; /* AUTH is there, and comes before mail */
};

enum smtp_body { SMTP_7BIT, SMTP_8BITMIME, SMTP_BINARYMIME };

struct smtp_rcpt {
	struct str addr;    /* canonical, without brackets */
	struct str account; /* from smtp_session_rcpt_done */
	uint32_t owner;
	uint32_t hash; /* of addr */
};

/* A mail transaction, from MAIL to its end. Accepted recipients once each, whatever was repeated.
 */
struct smtp_txn {
	struct str sender; /* "" for the null sender */
	enum smtp_body body;
	bool is_utf8;
	uint64_t announced; /* SIZE parameter, 0 when absent */
	uint64_t size;	    /* content bytes so far */
	struct smtp_rcpt *rcpts;
	size_t nrcpts;
};

/* What a backend decides. code 250 accepts. Strings are copied. */
struct smtp_verdict {
	unsigned code;
	struct str ecode, text;
};

struct smtp_backend {
	/* Judge the sender: smtp_session_mail_done. */
	void (*mail)(void *ctx, const struct smtp_txn *t);
	/* Judge a recipient: smtp_session_rcpt_done with this `slot`. */
	void (*rcpt)(void *ctx, const struct smtp_txn *t, unsigned slot, struct str addr);
	/* A message begins (its recipients are final), has bytes, is complete. After data_end the
	 * answer is smtp_session_data_done; problems with the bytes wait until then. */
	void (*data_begin)(void *ctx, const struct smtp_txn *t);
	void (*data_put)(void *ctx, struct str bytes);
	void (*data_end)(void *ctx, const struct smtp_txn *t);
	/* The transaction is over, accepted or not: forget all of the above, no answers any more.
	 */
	void (*reset)(void *ctx);
	/* For submission: AUTH with this mechanism, one of those offered, in upper case, and what
	 * the client sent with it (p NULL: nothing); what it answered to a challenge. Bytes are
	 * decoded, and borrowed for the call. Answered by smtp_session_auth_more or _auth_done. */
	void (*auth_start)(void *ctx, struct str mech, struct str data);
	void (*auth_step)(void *ctx, struct str data);
	/* The dialog is over without _auth_done: forget it, no answers any more. */
	void (*auth_cancel)(void *ctx);
	/* For the log: a reply of 400 or above was given to `cmd`. */
	void (*refused)(void *ctx, struct str cmd, unsigned code, struct str ecode,
			struct str text);
};

/* Both are borrowed. */
struct smtp_session *smtp_session_new(const struct smtp_conf *c, const struct smtp_backend *b,
				      void *ctx);
/* Also tells the backend to reset when a transaction is open. */
void smtp_session_free(struct smtp_session **s);

/* What the owner has to do next. In each case it first sends what is in smtp_session_out. */
enum smtp_want {
	SMTP_WANT_RUN,	   /* call again: there is more to do with this input */
	SMTP_WANT_INPUT,   /* wait for more input */
	SMTP_WANT_OUTPUT,  /* wait until the client has taken its replies */
	SMTP_WANT_VERDICT, /* wait for the backend */
	SMTP_WANT_DELAY,   /* wait smtp_session_delay ms */
	SMTP_WANT_TLS,	   /* start TLS; smtp_session_tls_done after the handshake */
	SMTP_WANT_CLOSE,   /* hang up */
};

/* The greeting; before the first run. */
void smtp_session_greet(struct smtp_session *s);
/* A bounded amount of work on the unread input `in`; *used of it are done with. */
enum smtp_want smtp_session_run(struct smtp_session *s, struct str in, size_t *used);
/* Replies; the owner takes them (buf_reset, or buf_shrink to give the memory back). */
struct buf *smtp_session_out(struct smtp_session *s);
/* Milliseconds to wait after many errors. Asking ends the delay. */
int64_t smtp_session_delay(struct smtp_session *s);
/* TLS is on; all that was said before is forgotten (RFC 3207 4.2). Also before the greeting, where
 * connections begin with TLS. `can_bind`: it has channel bindings, so the -PLUS mechanisms are
 * offered. */
void smtp_session_tls_done(struct smtp_session *s, bool can_bind);

void smtp_session_mail_done(struct smtp_session *s, const struct smtp_verdict *v);
void smtp_session_rcpt_done(struct smtp_session *s, unsigned slot, const struct smtp_verdict *v,
			    struct str account, uint32_t owner);
void smtp_session_data_done(struct smtp_session *s, const struct smtp_verdict *v);
/* A challenge for the client, decoded; or the end: code 235 is success. */
void smtp_session_auth_more(struct smtp_session *s, struct str challenge);
void smtp_session_auth_done(struct smtp_session *s, const struct smtp_verdict *v);
/* Whether the input used up by the last run may hold a password; the owner then wipes it. */
bool smtp_session_took_secret(struct smtp_session *s);

/* What the client is expected to do, for the owner's clock. */
enum smtp_phase {
	SMTP_PHASE_COMMAND,
	SMTP_PHASE_BADLINE, /* unread input has LF without CR: not SMTP */
	SMTP_PHASE_DATA,
	SMTP_PHASE_WAIT, /* nothing, it waits for us */
};
enum smtp_phase smtp_session_phase(const struct smtp_session *s);
/* End of patience: the last reply is written, the next run says CLOSE. */
void smtp_session_timeout(struct smtp_session *s);
/* Finish what is going on, then 421 4.3.2. */
void smtp_session_drain(struct smtp_session *s);
/* The login is void: 421 4.7.0 once a verdict that is awaited was given. */
void smtp_session_revoke(struct smtp_session *s);

/* NULL outside of a transaction. */
const struct smtp_txn *smtp_session_txn(const struct smtp_session *s);
struct str smtp_session_helo(const struct smtp_session *s);
/* "SMTP", or "ESMTP" or "UTF8SMTP" with "S" for TLS and "A" for AUTH: RFC 3848, 6531 4.3. */
const char *smtp_session_proto(const struct smtp_session *s);

struct smtp_counts {
	unsigned commands, errors, bad_rcpts, messages;
};
struct smtp_counts smtp_session_counts(const struct smtp_session *s);

/* Commands, for manuals and tests: the i-th, NULL behind the last. */
struct smtp_cmd_info {
	const char *verb, *args, *rfc;
};
const struct smtp_cmd_info *smtp_cmd_info(unsigned i);

#endif
