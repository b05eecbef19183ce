/*
 * Cuts the byte stream of an IMAP client into commands.
 *
 * A command is kept as it came: lines with their literals in line ("a LOGIN {3}\r\nmox
 * {2}\r\npw\r\n"), and is wiped when it is done with. The message literal of APPEND is not kept:
 * the caller takes its bytes from IMAP_IN_DATA.
 *
 * SECURITY: sees every byte of every client first. Worst case is memory: a command is at most
 * LIM_IMAP_CMD bytes.
 */
#ifndef MOX_IMAP_READER_H
#define MOX_IMAP_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"

enum imap_in {
	IMAP_IN_MORE,	  /* all consumed, nothing complete */
	IMAP_IN_CONTINUE, /* send "+ " text: the client waits to send a literal */
	IMAP_IN_MESSAGE,  /* the literal of an APPEND comes: imap_reader_accept or _refuse */
	IMAP_IN_DATA,	  /* bytes of that literal: *data */
	IMAP_IN_COMMAND,  /* imap_reader_text is a whole command; then imap_reader_reset */
	IMAP_IN_LINE,	  /* the line of imap_reader_want_line, without CRLF; then reset */
	IMAP_IN_BAD,	  /* not a command: BAD with imap_reader_tag and _why; then reset */
	IMAP_IN_REFUSED,  /* what followed _refuse, or a bare LF, has been read; then reset */
	IMAP_IN_FATAL,	  /* no way to find the next command: BYE, close */
};

struct imap_reader {
	struct buf text;  /* the command so far; no memory between commands */
	size_t line;	  /* where its current line starts */
	size_t max_line;  /* bytes outside of literals */
	size_t max;	  /* and with them */
	size_t nline;	  /* so far */
	uint64_t left;	  /* bytes of the current literal still to come */
	uint64_t drained; /* bytes thrown away in this command */
	unsigned nliterals;
	unsigned char state;
	bool sync; /* the literal announced last waits for "+" */
	bool refused;
	bool resync; /* after a bare LF: nothing counts until CRLF */
	unsigned char ntail;
	char tail[32]; /* end of a line that is thrown away */
	const char *why;
};

/* Before login: lines of LIM_IMAP_LINE_NOAUTH, LIM_IMAP_CMD_NOAUTH bytes in all. */
void imap_reader_init(struct imap_reader *r);
void imap_reader_done(struct imap_reader *r);
/* Other limits from now on, at most LIM_IMAP_LINE and LIM_IMAP_CMD. Between commands. */
void imap_reader_set_max(struct imap_reader *r, size_t max_line, size_t max);
/* Look at `in`; *used is how much to consume. Called again with the rest until IMAP_IN_MORE. */
enum imap_in imap_reader_feed(struct imap_reader *r, struct str in, size_t *used, struct str *data);
/* The next thing is a plain line (SASL answer, DONE), not a command. After reset. */
void imap_reader_want_line(struct imap_reader *r);
/* Answers to IMAP_IN_MESSAGE. accept: true when "+ " must be sent. refuse: true when the reader is
 * ready for the next command at once (the client waited); else IMAP_IN_REFUSED follows. */
bool imap_reader_accept(struct imap_reader *r);
bool imap_reader_refuse(struct imap_reader *r);
/* Between IMAP_IN_MESSAGE and IMAP_IN_COMMAND. */
bool imap_reader_has_message(const struct imap_reader *r);
/* Forget the command, free its memory (wiped: it may hold a password). */
void imap_reader_reset(struct imap_reader *r);
/* Borrowed until reset. The tag is "*" when there is no usable one. */
struct str imap_reader_text(const struct imap_reader *r);
struct str imap_reader_tag(const struct imap_reader *r);
const char *imap_reader_why(const struct imap_reader *r);
/* Nothing of a command has come yet. */
bool imap_reader_is_idle(const struct imap_reader *r);

#endif
