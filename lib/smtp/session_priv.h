/* Within lib/smtp: what session.c (lines, order of replies), cmd.c (commands), auth.c (AUTH) and
 * data.c (messages) share. */
#ifndef MOX_SMTP_SESSION_PRIV_H
#define MOX_SMTP_SESSION_PRIV_H

#include "base/arena.h"
#include "smtp/addr.h"
#include "smtp/dot.h"
#include "smtp/session.h"

/*
 * States, and what is true in each:
 *
 *   HELO   no EHLO or HELO yet, or TLS was just started     txn NULL, helo NULL
 *   READY  greeted, between transactions                    txn NULL, helo set
 *   MAIL   sender accepted, no recipient yet                txn set, no recipients
 *   RCPT   at least one recipient                           txn set, recipients
 *   BDAT   at least one chunk was taken                     likewise, content begun
 *   FAIL   a chunk was refused; RSET leads out              txn NULL (RFC 3030 2)
 *
 * EHLO, HELO and RSET lead to READY; MAIL, RCPT, BDAT onward; the end of a message to READY.
 */
enum {
	ST_HELO = 1,
	ST_READY = 2,
	ST_MAIL = 4,
	ST_RCPT = 8,
	ST_BDAT = 16,
	ST_FAIL = 32,
	ST_ANY = 63,
};

enum mode {
	MODE_LINE,  /* commands */
	MODE_SKIP,  /* the rest of a line that was too long */
	MODE_DATA,  /* content of DATA */
	MODE_CHUNK, /* content of BDAT */
	MODE_AUTH,  /* a line of the AUTH dialog */
};

enum await {
	AWAIT_NONE,
	AWAIT_MAIL, /* the verdict on the sender */
	AWAIT_DATA, /* the verdict on the message */
	AWAIT_AUTH, /* what the backend answers to the client's part of AUTH */
};

/* A RCPT that has no reply yet. */
struct slot {
	bool is_done, is_rcpt; /* is_rcpt: an accepted verdict adds a recipient */
	struct str addr, account;
	uint32_t owner;
	struct smtp_verdict v;
};

struct txn {
	struct smtp_txn pub;
	struct arena *arena;
	size_t rcpts_cap;
	bool tried_rcpt;
	struct slot slots[LIM_SMTP_RCPT_PARALLEL]; /* a ring */
	unsigned slot_first, nslots;
	struct smtp_dot dot;
	struct smtp_bare bare;
	struct smtp_hops hops;
	bool has_content; /* data_begin was called */
};

/* An AUTH dialog. */
struct auth {
	struct arena *arena; /* for the answer that was given last */
	bool is_more;
	struct str challenge;
};

struct smtp_session {
	const struct smtp_conf *conf;
	const struct smtp_backend *backend;
	void *ctx;
	struct buf out;
	char *helo;
	struct txn *txn;
	struct auth *auth; /* during a dialog */
	unsigned state;
	enum mode mode;
	enum await await;
	bool is_esmtp, is_tls, is_closing, is_draining, is_badline, want_tls, has_verdict;
	bool is_auth, can_bind, had_secret, is_revoked;
	bool chunk_last;
	struct smtp_verdict chunk_error; /* code 0: none; static texts only */
	uint64_t chunk_n, chunk_left;
	size_t scanned; /* bytes of the unfinished line without CRLF */
	size_t skipped;
	unsigned since_ok, errors, bad_rcpts; /* since the last accepted message */
	unsigned bad_logins;
	int64_t delay;
	struct smtp_counts counts;
	struct smtp_verdict verdict; /* for await; strings in the arena of txn or auth */
	struct str verb;	     /* of the command in work, for the log; static */
};

/* Reply now. Texts are copied. 421 also hangs up. */
void session_reply(struct smtp_session *s, unsigned code, const char *ecode, const char *text);
void session_reply_verdict(struct smtp_session *s, const struct smtp_verdict *v);
/* Reply and count a faulty command. */
void session_error(struct smtp_session *s, unsigned code, const char *ecode, const char *text);
/* The end of the transaction, if there is one. */
void session_reset(struct smtp_session *s);
/* A reply in order behind the RCPTs that wait; static texts. */
void session_rcpt_reply(struct smtp_session *s, unsigned code, const char *ecode, const char *text);
/* A recipient that the backend has to judge. */
void session_rcpt_ask(struct smtp_session *s, const struct smtp_addr *a);
struct txn *session_txn_new(struct smtp_session *s);
/* What was said before is forgotten: STARTTLS. */
void session_forget(struct smtp_session *s);
/* A copy of which every part can be sent: what a backend says may be malformed. `ok` is the code of
 * success. */
struct smtp_verdict session_verdict_copy(struct arena *a, const struct smtp_verdict *v,
					 unsigned ok);
/* Index of the LF of the first CRLF in `in`; -1 when there is none. */
ssize_t session_line_end(struct smtp_session *s, struct str in);
void session_line_too_long(struct smtp_session *s);
/* A wrong password: each one beyond a few costs time, then the connection. */
void session_bad_login(struct smtp_session *s);

/* cmd.c: one line without its CRLF. */
void cmd_run(struct smtp_session *s, struct str line);
/* Whether this line is a RCPT command, which need not wait for earlier ones. */
bool cmd_is_rcpt(struct str line);

/* auth.c */
void cmd_auth(struct smtp_session *s, struct str arg);
/* Whether passwords may come now: EHLO says so. */
bool session_auth_is_possible(const struct smtp_session *s);
void session_auth_put_mechs(const struct smtp_session *s, struct buf *out);
size_t session_auth_take(struct smtp_session *s, struct str in);
/* The backend's answer has come. */
void session_auth_finish(struct smtp_session *s);
void session_auth_cancel(struct smtp_session *s);

/* data.c */
void data_start(struct smtp_session *s);
/* A chunk of n bytes follows; with code set its bytes are dropped and this is the reply. */
void chunk_start(struct smtp_session *s, uint64_t n, bool last, unsigned code, const char *ecode,
		 const char *text);
size_t data_take(struct smtp_session *s, struct str in);
size_t chunk_take(struct smtp_session *s, struct str in);
/* The verdict on the message has come. */
void data_finish(struct smtp_session *s);

#endif
