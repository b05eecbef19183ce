/*
 * The client of deliverd's local role: which recipients are accounts here, and handing a message to
 * the workers that own them. Used by smtpd during a session, by submissiond for its recipients, and
 * by queued for local recipients and notifications. Repeats calls while a worker restarts; deliverd
 * recognises what it has stored already.
 */
#ifndef MOX_DELIVER_DELIVER_H
#define MOX_DELIVER_DELIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "ipc/msg_deliver.h"
#include "svc/svc.h"

/* An SMTP reply. */
struct deliver_reply {
	unsigned code;
	char ecode[16], text[256];
};
void deliver_reply_set(struct deliver_reply *r, unsigned code, struct str ecode, struct str text);
/* What to tell the client when one of us or the disk failed: 451, or 452 for a full disk. */
void deliver_reply_err(struct deliver_reply *r, const struct err *e);

/* RCPT_CHECK. `account` and `owner` are for deliver_new when code is 250. A failure of ours is a
 * reply, too (451). Called from the loop, once, unless freed before. */
struct deliver_ask;
typedef void deliver_ask_fn(void *arg, const struct deliver_reply *r, struct str account,
			    uint32_t owner);
struct deliver_ask *deliver_ask_new(struct svc *s, uint64_t txn, struct str sender, struct str rcpt,
				    struct str ip, deliver_ask_fn *fn, void *arg);
void deliver_ask_free(struct deliver_ask **a);

struct deliver_rcpt {
	struct str addr, account;
	uint32_t owner;
};
/* A delivery; everything is borrowed until `done` was called or it is freed. */
struct deliver_in {
	uint64_t txn, cid;
	uint32_t flags; /* DELIVER_* */
	int fd;		/* duplicated for each request */
	uint64_t size;
	struct str filekey, ip, helo, sender, trace;
	const struct deliver_rcpt *rcpts;
	size_t n;
	const struct log_ctx *log;
};
struct deliver;
/* `r` has one reply for each recipient, in order. */
typedef void deliver_fn(void *arg, const struct deliver_reply *r, size_t n);
struct deliver *deliver_new(struct svc *s, const struct deliver_in *in, deliver_fn *done,
			    void *arg);
/* Some failed for the moment and the sender will come again with all: tell the workers which
 * recipients have it. Only after `done`, before deliver_free, with all that was borrowed still
 * there; `noted` is called once, whatever happens, perhaps at once. */
void deliver_note_partial(struct deliver *d, void (*noted)(void *arg), void *arg);
void deliver_free(struct deliver **d);

#endif
