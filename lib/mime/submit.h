/*
 * A message as it comes from a user's mail program, on its way in: fields that are missing are
 * added at the end of the header, Bcc fields are dropped, the rest stays as it was (RFC 6409 8, RFC
 * 5322 3.6.3). Bytes may be cut anywhere; memory is bounded whatever comes.
 *
 * SECURITY: all bytes are hostile. A header in which others might see other fields than we do (bare
 * CR or LF, NUL, lines without a field name) is refused.
 */
#ifndef MOX_MIME_SUBMIT_H
#define MOX_MIME_SUBMIT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"

enum mime_submit_state {
	MIME_SUBMIT_LINE, /* at the start of a header line */
	MIME_SUBMIT_NAME, /* in a field's name, or between it and its colon */
	MIME_SUBMIT_VALUE,
	MIME_SUBMIT_CR,	     /* behind a CR in a value */
	MIME_SUBMIT_LAST_CR, /* behind the CR of the empty line */
	MIME_SUBMIT_BODY,
	MIME_SUBMIT_BAD,
};

struct mime_submit {
	enum mime_submit_state state;
	void (*out)(void *arg, struct str bytes);
	void *arg;
	struct str date, message_id;
	size_t size; /* header bytes so far */
	char name[80];
	unsigned name_n;
	bool has_field, is_dropped, is_from, has_blank;
	bool has_date, has_message_id;
	/* For the caller, after mime_submit_end: */
	bool has_8bit_header, has_8bit;
	unsigned nfrom;	 /* From fields */
	struct buf from; /* value of the first one, as sent */
	const char *why; /* it is refused, in words; NULL */
};

/* What is to be sent on goes to `out`. `date` and `message_id` are whole fields with CRLF, borrowed
 * until the end. */
void mime_submit_init(struct mime_submit *m, struct str date, struct str message_id,
		      void (*out)(void *arg, struct str bytes), void *arg);
void mime_submit_put(struct mime_submit *m, struct str s);
/* The message is complete. False: it is not to be sent on, see `why`. */
bool mime_submit_end(struct mime_submit *m);
void mime_submit_done(struct mime_submit *m);

#endif
