/* The content of messages: DATA and BDAT. */
#include <stdio.h>

#include "base/mem.h"
#include "smtp/session_priv.h"

static void
content_begin(struct smtp_session *s)
{
	struct txn *t = s->txn;

	if (t->has_content)
		return;
	t->has_content = true;
	smtp_dot_init(&t->dot);
	s->backend->data_begin(s->ctx, &t->pub);
}

static bool
is_oversize(const struct smtp_session *s)
{
	return s->txn->pub.size > (uint64_t)s->conf->max_size;
}

/* Content bytes; those of a message that will be refused are only counted. */
static void
content_put(struct smtp_session *s, struct str bytes)
{
	struct txn *t = s->txn;

	if (bytes.n == 0)
		return;
	t->pub.size += bytes.n;
	if (is_oversize(s) || t->dot.has_bare || t->bare.has_bare)
		return;
	smtp_hops_put(&t->hops, bytes);
	s->backend->data_put(s->ctx, bytes);
}

/* A message that is refused for what it is; not for who asked. */
static void
content_refuse(struct smtp_session *s, unsigned code, const char *ecode, const char *text)
{
	session_reply(s, code, ecode, text);
	session_reset(s);
}

/* All bytes are there. */
static void
content_end(struct smtp_session *s, bool bare)
{
	struct txn *t = s->txn;

	if (is_oversize(s)) {
		content_refuse(s, 552, "5.3.4", "Message is too large");
	} else if (bare) {
		content_refuse(s, 500, "5.5.2", "Bare CR or LF in message");
	} else if (t->hops.count > LIM_RECEIVED) {
		content_refuse(s, 550, "5.4.6", "Too many Received fields, this is a loop");
	} else {
		s->await = AWAIT_DATA;
		s->backend->data_end(s->ctx, &t->pub);
	}
}

void
data_finish(struct smtp_session *s)
{
	s->await = AWAIT_NONE;
	s->has_verdict = false;
	s->verb = s->state == ST_BDAT ? STR("BDAT") : STR("DATA");
	session_reply_verdict(s, &s->verdict);
	if (s->verdict.code == 250) {
		s->counts.messages++;
		s->since_ok = s->errors = s->bad_rcpts = 0;
	}
	session_reset(s);
}

/* ---- DATA */

void
data_start(struct smtp_session *s)
{
	content_begin(s);
	s->mode = MODE_DATA;
}

size_t
data_take(struct smtp_session *s, struct str in)
{
	struct txn *t = s->txn;
	size_t used = 0;

	s->verb = STR("DATA");
	while (used < in.n && !t->dot.is_end) {
		struct str piece;

		used += smtp_dot_next(&t->dot, str_from(in, used), &piece);
		content_put(s, piece);
		if (t->pub.size > (uint64_t)s->conf->max_size + LIM_SMTP_OVERSIZE) {
			content_refuse(s, 552, "5.3.4", "Message is too large, closing connection");
			s->is_closing = true;
			return used;
		}
	}
	if (t->dot.is_end) {
		s->mode = MODE_LINE;
		content_end(s, t->dot.has_bare);
	}
	return used;
}

/* ---- BDAT */

void
chunk_start(struct smtp_session *s, uint64_t n, bool last, unsigned code, const char *ecode,
	    const char *text)
{
	s->chunk_n = s->chunk_left = n;
	s->chunk_last = last;
	s->chunk_error = (struct smtp_verdict){ code, str_c(ecode), str_c(text) };
	s->mode = MODE_CHUNK;
	if (code != 0)
		return;
	content_begin(s);
	s->state = ST_BDAT;
	if (n > (uint64_t)s->conf->max_size || s->txn->pub.size > (uint64_t)s->conf->max_size - n)
		s->chunk_error =
			(struct smtp_verdict){ 552, STR("5.3.4"), STR("Message is too large") };
}

/* The octets of a refused chunk are gone: RFC 3030 2 asks for RSET before anything else, unless the
 * message was complete with it. */
static void
chunk_refuse(struct smtp_session *s)
{
	const struct smtp_verdict *v = &s->chunk_error;

	if (v->code == 503 || v->code == 554) { /* the command was out of place */
		session_error(s, v->code, v->ecode.p, v->text.p);
		return;
	}
	session_reply_verdict(s, v);
	session_reset(s);
	if (!s->chunk_last)
		s->state = ST_FAIL;
}

static void
chunk_end(struct smtp_session *s)
{
	struct txn *t = s->txn;
	char text[64];

	s->mode = MODE_LINE;
	if (s->chunk_error.code == 0 && t->pub.body != SMTP_BINARYMIME &&
	    (s->chunk_last ? smtp_bare_end(&t->bare) : t->bare.has_bare))
		s->chunk_error =
			(struct smtp_verdict){ 500, STR("5.5.2"), STR("Bare CR or LF in message") };
	if (s->chunk_error.code != 0) {
		chunk_refuse(s);
	} else if (s->chunk_last) {
		content_end(s, false);
	} else {
		snprintf(text, sizeof(text), "%llu octets received",
			 (unsigned long long)s->chunk_n);
		session_reply(s, 250, "2.0.0", text);
	}
}

size_t
chunk_take(struct smtp_session *s, struct str in)
{
	size_t n = (size_t)MIN((uint64_t)in.n, s->chunk_left);

	s->verb = STR("BDAT");
	s->chunk_left -= n;
	if (s->chunk_error.code == 0 && n > 0) {
		if (s->txn->pub.body != SMTP_BINARYMIME)
			smtp_bare_put(&s->txn->bare, str_sub(in, 0, n));
		content_put(s, str_sub(in, 0, n));
	}
	if (s->chunk_left == 0)
		chunk_end(s);
	return n;
}
