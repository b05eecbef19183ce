/*
 * A line that ends in "{n}" or "{n+}" announces a literal whatever stands before it, so that reader
 * and client agree on what is text and what is literal even when the command is nonsense. The
 * events do not depend on how the input was cut.
 */
#include "imap/reader.h"

#include <assert.h>

#include "base/mem.h"
#include "imap/imap.h"

enum { R_LINE, R_LITERAL, R_ASKED, R_DATA, R_REST, R_DRAIN, R_DRAIN_LITERAL, R_PLAIN, R_DONE };

/* What the end of a line says about a literal. */
enum { LIT_NONE, LIT_SYNC, LIT_NONSYNC, LIT_BAD };

static void
start(struct imap_reader *r, size_t max_line, size_t max)
{
	*r = (struct imap_reader){ .max_line = max_line, .max = max, .state = R_LINE };
	buf_init(&r->text, max);
}

void
imap_reader_init(struct imap_reader *r)
{
	start(r, LIM_IMAP_LINE_NOAUTH, LIM_IMAP_CMD_NOAUTH);
}

void
imap_reader_done(struct imap_reader *r)
{
	buf_wipe(&r->text);
	buf_done(&r->text);
}

void
imap_reader_set_max(struct imap_reader *r, size_t max_line, size_t max)
{
	r->max_line = max_line;
	r->max = max;
	r->text.max = max;
}

void
imap_reader_reset(struct imap_reader *r)
{
	size_t max_line = r->max_line, max = r->max;
	bool resync = r->resync;

	imap_reader_done(r);
	start(r, max_line, max);
	if (resync) {
		r->state = R_DRAIN;
		r->refused = true;
	}
}

void
imap_reader_want_line(struct imap_reader *r)
{
	assert(r->state == R_LINE && r->text.n == 0);
	r->state = R_PLAIN;
}

struct str
imap_reader_text(const struct imap_reader *r)
{
	return buf_str(&r->text);
}

const char *
imap_reader_why(const struct imap_reader *r)
{
	return r->why;
}

bool
imap_reader_is_idle(const struct imap_reader *r)
{
	return r->state == R_LINE && r->text.n == 0;
}

static bool
is_tag_char(char c)
{
	return (unsigned char)c > 0x20 && (unsigned char)c < 0x7f &&
	       strchr("(){%*\"\\+", c) == NULL;
}

struct str
imap_reader_tag(const struct imap_reader *r)
{
	struct str s = buf_str(&r->text);
	size_t n = 0;

	while (n < s.n && is_tag_char(s.p[n]))
		n++;
	if (n == 0 || n > LIM_IMAP_TAG || (n < s.n && s.p[n] != ' ' && s.p[n] != '\r'))
		return STR("*");
	return (struct str){ s.p, n };
}

/* `line` ends in CRLF. */
static int
line_literal(struct str line, uint64_t *n)
{
	size_t e = line.n - 2, b;
	bool nonsync = false;

	if (e < 3 || line.p[e - 1] != '}')
		return LIT_NONE;
	e--;
	if (line.p[e - 1] == '+') {
		nonsync = true;
		e--;
	}
	for (b = e; b > 0 && chr_is_digit(line.p[b - 1]); b--)
		;
	if (b == e || b == 0 || line.p[b - 1] != '{')
		return LIT_NONE;
	if (str_to_u64((struct str){ line.p + b, e - b }, INT64_MAX, n) != 0)
		return LIT_BAD;
	return nonsync ? LIT_NONSYNC : LIT_SYNC;
}

static enum imap_in
finish(struct imap_reader *r, enum imap_in ev)
{
	r->state = R_DONE;
	return ev;
}

static void
drain(struct imap_reader *r, unsigned char state, const char *why)
{
	struct str line = str_from(buf_str(&r->text), r->line);

	if (r->why == NULL)
		r->why = why;
	r->state = state;
	r->ntail = 0;
	if (state == R_DRAIN) { /* what is here of the line counts for its end */
		line = str_from(line, line.n - MIN(line.n, sizeof(r->tail)));
		memcpy(r->tail, line.p, line.n);
		r->ntail = (unsigned char)line.n;
	}
}

/* The drained command is at its end. */
static enum imap_in
drained(struct imap_reader *r)
{
	return finish(r, r->refused ? IMAP_IN_REFUSED : IMAP_IN_BAD);
}

/* A literal of the command's text. */
static enum imap_in
text_literal(struct imap_reader *r, uint64_t n)
{
	if (n > LIM_IMAP_LITERAL || ++r->nliterals > LIM_IMAP_LITERALS || n > r->max - r->text.n) {
		r->why =
			r->nliterals > LIM_IMAP_LITERALS ? "too many literals" : "literal too long";
		if (r->sync)
			return finish(r, IMAP_IN_BAD);
		r->left = n;
		drain(r, R_DRAIN_LITERAL, NULL);
		return IMAP_IN_MORE;
	}
	r->left = n;
	r->state = R_LITERAL;
	return r->sync ? IMAP_IN_CONTINUE : IMAP_IN_MORE;
}

/* A line of the command's text is complete: text[line..]. */
static enum imap_in
end_of_line(struct imap_reader *r)
{
	struct str line = str_from(buf_str(&r->text), r->line);
	uint64_t n = 0;
	int lit = line_literal(line, &n);

	if (memchr(line.p, '\r', line.n - 2) != NULL || memchr(line.p, 0, line.n) != NULL)
		r->why = "NUL or bare CR in command";
	if (lit == LIT_BAD) {
		r->why = "literal size out of range";
		return finish(r, IMAP_IN_FATAL);
	}
	if (lit == LIT_NONE)
		return finish(r, r->why != NULL ? IMAP_IN_BAD : IMAP_IN_COMMAND);
	r->sync = lit == LIT_SYNC;
	if (r->why != NULL && r->sync)
		return finish(r, IMAP_IN_BAD);
	if (r->why != NULL) {
		r->left = n;
		drain(r, R_DRAIN_LITERAL, NULL);
		return IMAP_IN_MORE;
	}
	switch (imap_append_check(buf_str(&r->text))) {
	case 0:
		return text_literal(r, n);
	case 1:
		r->left = n;
		r->state = R_ASKED;
		return IMAP_IN_MESSAGE;
	default:
		r->why = "malformed APPEND";
		if (r->sync)
			return finish(r, IMAP_IN_BAD);
		r->left = n;
		drain(r, R_DRAIN_LITERAL, NULL);
		return IMAP_IN_MORE;
	}
}

bool
imap_reader_accept(struct imap_reader *r)
{
	assert(r->state == R_ASKED);
	r->state = R_DATA;
	return r->sync;
}

bool
imap_reader_has_message(const struct imap_reader *r)
{
	return r->state == R_ASKED || r->state == R_DATA || r->state == R_REST;
}

bool
imap_reader_refuse(struct imap_reader *r)
{
	assert(imap_reader_has_message(r));
	r->refused = true;
	if (r->state == R_ASKED && r->sync) {
		r->state = R_DONE;
		return true;
	}
	drain(r, r->state == R_REST ? R_DRAIN : R_DRAIN_LITERAL, "refused");
	return false;
}

/* Bytes of `in` up to and with the first LF, or all. *lf tells which. */
static size_t
to_lf(struct str in, bool *lf)
{
	const char *p = memchr(in.p, '\n', in.n);

	*lf = p != NULL;
	return p != NULL ? (size_t)(p - in.p) + 1 : in.n;
}

static enum imap_in
feed_line(struct imap_reader *r, struct str in, size_t *used)
{
	bool lf;
	size_t n = to_lf(in, &lf), room = r->max_line - MIN(r->nline, r->max_line);
	struct str t;

	if (n > room || n > r->max - r->text.n) {
		/* Keep enough of the first bytes for a tag; the rest goes. */
		n = MIN(MIN(n, room), r->max - r->text.n);
		buf_put(&r->text, in.p, n);
		*used = n;
		drain(r, R_DRAIN, "command line too long");
		return IMAP_IN_MORE;
	}
	/* Most commands fit, and so a password is not left behind in a block that was too small. */
	if (r->text.n == 0)
		(void)buf_reserve(&r->text, MIN(LIM_IMAP_FIRST, r->max));
	buf_put(&r->text, in.p, n);
	r->nline += n;
	*used = n;
	if (!lf)
		return IMAP_IN_MORE;
	t = buf_str(&r->text);
	if (t.n < r->line + 2 || t.p[t.n - 2] != '\r') {
		/* Answered at once, or a client that knows LF alone would wait for ever. What
		 * follows up to a proper line end was never a command. */
		r->why = "lines end with CRLF";
		r->resync = true;
		return finish(r, IMAP_IN_BAD);
	}
	if (r->state == R_PLAIN) {
		buf_truncate(&r->text, t.n - 2);
		return finish(r, IMAP_IN_LINE);
	}
	if (r->state == R_REST) {
		if (t.n - r->line == 2)
			return finish(r, IMAP_IN_COMMAND);
		r->why = "end of line expected after the message";
	}
	return end_of_line(r);
}

static enum imap_in
feed_literal(struct imap_reader *r, struct str in, size_t *used, struct str *data)
{
	size_t n = (size_t)MIN(r->left, in.n);

	*used = n;
	r->left -= n;
	if (r->state == R_DATA) {
		*data = (struct str){ in.p, n };
		if (r->left == 0) {
			r->state = R_REST;
			r->line = r->text.n;
		}
		return n > 0 ? IMAP_IN_DATA : IMAP_IN_MORE;
	}
	if (r->state == R_LITERAL) {
		if (memchr(in.p, 0, n) != NULL)
			r->why = "NUL in literal";
		buf_put(&r->text, in.p, n);
		if (r->left == 0) {
			r->state = R_LINE;
			r->line = r->text.n;
		}
		return IMAP_IN_MORE;
	}
	r->drained += n;
	if (r->left == 0)
		r->state = R_DRAIN;
	return IMAP_IN_MORE;
}

/* Throw away the rest of a line; a literal announced at its end belongs to it. */
static enum imap_in
feed_drain(struct imap_reader *r, struct str in, size_t *used)
{
	bool lf;
	size_t n = to_lf(in, &lf), keep = sizeof(r->tail), old;
	uint64_t size = 0;

	*used = n;
	r->drained += n;
	if (n >= keep) {
		memcpy(r->tail, in.p + n - keep, keep);
		r->ntail = (unsigned char)keep;
	} else {
		old = MIN(r->ntail, keep - n);
		memmove(r->tail, r->tail + r->ntail - old, old);
		memcpy(r->tail + old, in.p, n);
		r->ntail = (unsigned char)(old + n);
	}
	if (!lf || r->ntail < 2 || r->tail[r->ntail - 2] != '\r') {
		if (r->drained > LIM_IMAP_DRAIN)
			return finish(r, IMAP_IN_FATAL);
		return IMAP_IN_MORE;
	}
	switch (line_literal((struct str){ r->tail, r->ntail }, &size)) {
	case LIT_NONSYNC:
		if (size > LIM_IMAP_DRAIN - MIN(r->drained, LIM_IMAP_DRAIN))
			return finish(r, IMAP_IN_FATAL);
		r->left = size;
		drain(r, R_DRAIN_LITERAL, NULL);
		return IMAP_IN_MORE;
	case LIT_BAD:
		return finish(r, IMAP_IN_FATAL);
	default:
		return drained(r);
	}
}

enum imap_in
imap_reader_feed(struct imap_reader *r, struct str in, size_t *used, struct str *data)
{
	enum imap_in ev;
	size_t n, total = 0;

	*data = STR_NONE;
	for (;;) {
		n = 0;
		/* A literal too long to be thrown away: the client is told, and the connection
		 * ends. */
		if (r->state == R_DRAIN_LITERAL && r->left > LIM_IMAP_DRAIN) {
			ev = finish(r, IMAP_IN_FATAL);
			break;
		}
		/* An empty literal needs no byte to be complete. */
		if (total == in.n && !((r->state == R_LITERAL || r->state == R_DATA ||
					r->state == R_DRAIN_LITERAL) &&
				       r->left == 0)) {
			ev = IMAP_IN_MORE;
			break;
		}
		switch (r->state) {
		case R_LINE:
		case R_PLAIN:
		case R_REST:
			ev = feed_line(r, str_from(in, total), &n);
			break;
		case R_LITERAL:
		case R_DATA:
		case R_DRAIN_LITERAL:
			ev = feed_literal(r, str_from(in, total), &n, data);
			break;
		case R_DRAIN:
			ev = feed_drain(r, str_from(in, total), &n);
			break;
		default:
			assert(!"imap_reader_feed: event not answered");
			ev = IMAP_IN_FATAL;
		}
		total += n;
		if (ev != IMAP_IN_MORE)
			break;
	}
	*used = total;
	return ev;
}
