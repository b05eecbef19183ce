#include "smtp/session_priv.h"

#include <assert.h>

#include "base/mem.h"
#include "smtp/reply.h"

enum {
	/* Address, account and reply of every command that one transaction can have. */
	TXN_ARENA = LIM_SMTP_COMMANDS * (LIM_ADDR + LIM_SMTP_REPLY + LIM_ACCOUNT + 128),
	COMMANDS_PER_RUN = 64,
};

struct smtp_session *
smtp_session_new(const struct smtp_conf *c, const struct smtp_backend *b, void *ctx)
{
	struct smtp_session *s = MEM_NEW(struct smtp_session);

	s->conf = c;
	s->backend = b;
	s->ctx = ctx;
	s->state = ST_HELO;
	/* Replies to one run of commands; the owner takes them before the next run. */
	buf_init(&s->out, 4 * LIM_OUTPUT);
	return s;
}

static void
txn_free(struct smtp_session *s)
{
	struct txn *t = s->txn;

	if (t == NULL)
		return;
	s->txn = NULL;
	s->backend->reset(s->ctx);
	mem_free(t->pub.rcpts);
	arena_free(&t->arena);
	mem_free(t);
}

void
smtp_session_free(struct smtp_session **sp)
{
	struct smtp_session *s = *sp;

	if (s == NULL)
		return;
	*sp = NULL;
	session_auth_cancel(s);
	txn_free(s);
	buf_done(&s->out);
	mem_free(s->helo);
	mem_free(s);
}

struct txn *
session_txn_new(struct smtp_session *s)
{
	struct txn *t = MEM_NEW(struct txn);

	assert(s->txn == NULL);
	t->arena = arena_new(TXN_ARENA);
	s->txn = t;
	return t;
}

void
session_reset(struct smtp_session *s)
{
	txn_free(s);
	s->await = AWAIT_NONE;
	s->has_verdict = false;
	s->state = s->helo != NULL ? ST_READY : ST_HELO;
}

void
session_forget(struct smtp_session *s)
{
	mem_free(s->helo);
	s->helo = NULL;
	s->is_esmtp = false;
	session_reset(s);
}

/* ---- replies */

static void
reply_put(struct smtp_session *s, unsigned code, struct str ecode, struct str text)
{
	smtp_reply_put(&s->out, code, ecode, text);
	if (code >= 400)
		s->backend->refused(s->ctx, s->verb, code, ecode, text);
	if (code == 421) /* RFC 5321 3.8: the one code that says we hang up */
		s->is_closing = true;
}

void
session_reply(struct smtp_session *s, unsigned code, const char *ecode, const char *text)
{
	reply_put(s, code, str_c(ecode), str_c(text));
}

void
session_reply_verdict(struct smtp_session *s, const struct smtp_verdict *v)
{
	reply_put(s, v->code, v->ecode, v->text);
}

static void
hang_up(struct smtp_session *s, const char *text)
{
	if (!s->is_closing)
		session_reply(s, 421, "4.7.0", text);
}

/* A command was faulty: beyond a few each one costs time, then the connection. */
static void
error_count(struct smtp_session *s)
{
	s->counts.errors++;
	s->errors++;
	if (s->errors > LIM_SMTP_ERRORS)
		hang_up(s, "Too many errors");
	else if (s->errors > LIM_SMTP_ERRORS_FREE)
		s->delay = LIM_SMTP_ERROR_DELAY_MS * (int64_t)(s->errors - LIM_SMTP_ERRORS_FREE);
}

void
session_bad_login(struct smtp_session *s)
{
	s->counts.errors++;
	if (++s->bad_logins >= LIM_SMTP_LOGINS)
		hang_up(s, "Too many failed logins");
	else if (s->bad_logins > LIM_SMTP_ERRORS_FREE)
		s->delay =
			LIM_SMTP_ERROR_DELAY_MS * (int64_t)(s->bad_logins - LIM_SMTP_ERRORS_FREE);
}

void
session_error(struct smtp_session *s, unsigned code, const char *ecode, const char *text)
{
	session_reply(s, code, ecode, text);
	error_count(s);
}

/* ---- recipients in flight */

static struct slot *
slot_push(struct smtp_session *s, unsigned *index)
{
	struct txn *t = s->txn;
	struct slot *sl;

	assert(t->nslots < LIM_SMTP_RCPT_PARALLEL);
	*index = (t->slot_first + t->nslots) % LIM_SMTP_RCPT_PARALLEL;
	t->nslots++;
	sl = &t->slots[*index];
	*sl = (struct slot){ .is_done = false };
	return sl;
}

void
session_rcpt_reply(struct smtp_session *s, unsigned code, const char *ecode, const char *text)
{
	unsigned i;
	struct slot *sl = slot_push(s, &i);

	sl->v = (struct smtp_verdict){ code, str_c(ecode), str_c(text) };
	sl->is_done = true;
}

void
session_rcpt_ask(struct smtp_session *s, const struct smtp_addr *a)
{
	unsigned i;
	struct slot *sl = slot_push(s, &i);

	sl->is_rcpt = true;
	sl->addr = arena_str(s->txn->arena, smtp_addr_text(a));
	s->backend->rcpt(s->ctx, &s->txn->pub, i, sl->addr);
}

struct smtp_verdict
session_verdict_copy(struct arena *a, const struct smtp_verdict *v, unsigned ok)
{
	struct smtp_verdict r = *v;

	if (r.code != ok && (r.code < 400 || r.code > 599))
		r = (struct smtp_verdict){ 451, STR("4.3.0"),
					   STR("Internal error, try again later") };
	if (!smtp_ecode_fits(r.code, r.ecode))
		r.ecode = r.code == ok ? STR("2.0.0") : r.code >= 500 ? STR("5.0.0") : STR("4.0.0");
	r.ecode = arena_str(a, r.ecode);
	r.text = arena_str(a, str_sub(r.text, 0, LIM_SMTP_REPLY));
	return r;
}

void
smtp_session_rcpt_done(struct smtp_session *s, unsigned slot, const struct smtp_verdict *v,
		       struct str account, uint32_t owner)
{
	struct slot *sl = &s->txn->slots[slot % LIM_SMTP_RCPT_PARALLEL];

	assert(sl->is_rcpt && !sl->is_done);
	sl->v = session_verdict_copy(s->txn->arena, v, 250);
	if (v->code == 250)
		sl->account = arena_str(s->txn->arena, str_sub(account, 0, LIM_ACCOUNT));
	sl->owner = owner;
	sl->is_done = true;
}

void
smtp_session_mail_done(struct smtp_session *s, const struct smtp_verdict *v)
{
	assert(s->await == AWAIT_MAIL && !s->has_verdict);
	s->verdict = session_verdict_copy(s->txn->arena, v, 250);
	s->has_verdict = true;
}

void
smtp_session_data_done(struct smtp_session *s, const struct smtp_verdict *v)
{
	assert(s->await == AWAIT_DATA && !s->has_verdict);
	s->verdict = session_verdict_copy(s->txn->arena, v, 250);
	s->has_verdict = true;
}

static uint32_t
addr_hash(struct str a)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < a.n; i++)
		h = (h ^ (unsigned char)a.p[i]) * 16777619u;
	return h;
}

/* Add an accepted recipient, unless it is there already: a message is delivered to it once. */
static void
rcpt_add(struct txn *t, const struct slot *sl)
{
	uint32_t h = addr_hash(sl->addr);

	for (size_t i = 0; i < t->pub.nrcpts; i++)
		if (t->pub.rcpts[i].hash == h && str_eq(t->pub.rcpts[i].addr, sl->addr))
			return;
	if (t->pub.nrcpts == t->rcpts_cap) {
		t->rcpts_cap = t->rcpts_cap > 0 ? t->rcpts_cap * 2 : 2;
		t->pub.rcpts = mem_resize(t->pub.rcpts, t->rcpts_cap, sizeof(*t->pub.rcpts));
	}
	t->pub.rcpts[t->pub.nrcpts++] = (struct smtp_rcpt){ sl->addr, sl->account, sl->owner, h };
}

/* One reply to a RCPT, in the order of the commands. */
static void
slot_answer(struct smtp_session *s, struct slot *sl)
{
	struct txn *t = s->txn;

	s->verb = STR("RCPT");
	if (sl->v.code == 250 && t->pub.nrcpts >= LIM_SMTP_RCPTS)
		sl->v = (struct smtp_verdict){ 452, STR("4.5.3"), STR("Too many recipients") };
	session_reply_verdict(s, &sl->v);
	if (sl->v.code == 250) {
		rcpt_add(t, sl);
		s->state = ST_RCPT;
	} else if (!sl->is_rcpt && sl->v.code != 452) {
		error_count(s);
	} else if (sl->v.code >= 500) {
		s->counts.bad_rcpts++;
		if (++s->bad_rcpts > LIM_SMTP_BAD_RCPTS)
			hang_up(s, "Too many unknown recipients");
	}
}

static void
slots_flush(struct smtp_session *s)
{
	struct txn *t = s->txn;

	while (!s->is_closing && t->nslots > 0 && t->slots[t->slot_first].is_done) {
		struct slot *sl = &t->slots[t->slot_first];

		t->slot_first = (t->slot_first + 1) % LIM_SMTP_RCPT_PARALLEL;
		t->nslots--;
		slot_answer(s, sl);
	}
}

/* ---- verdicts */

static void
mail_finish(struct smtp_session *s)
{
	s->await = AWAIT_NONE;
	s->has_verdict = false;
	s->verb = STR("MAIL");
	session_reply_verdict(s, &s->verdict);
	if (s->verdict.code == 250)
		s->state = ST_MAIL;
	else
		session_reset(s);
}

/* Whatever can be answered is; true when commands have to wait. */
static bool
verdicts_take(struct smtp_session *s)
{
	if (s->await != AWAIT_NONE) {
		if (!s->has_verdict)
			return true;
		if (s->await == AWAIT_MAIL)
			mail_finish(s);
		else if (s->await == AWAIT_AUTH)
			session_auth_finish(s);
		else
			data_finish(s);
	}
	if (s->txn != NULL)
		slots_flush(s);
	return false;
}

/* ---- lines */

/* Bytes that were looked at before are skipped, so that a line that comes byte by byte costs no
 * more. */
ssize_t
session_line_end(struct smtp_session *s, struct str in)
{
	size_t i = MIN(s->scanned, in.n);

	s->is_badline = false;
	while (i < in.n) {
		const char *lf = memchr(in.p + i, '\n', in.n - i);

		if (lf == NULL)
			break;
		i = (size_t)(lf - in.p);
		if (i > 0 && in.p[i - 1] == '\r') {
			s->scanned = 0;
			return (ssize_t)i;
		}
		i++;
	}
	s->scanned = in.n;
	s->is_badline = memchr(in.p, '\n', in.n) != NULL;
	return -1;
}

void
session_line_too_long(struct smtp_session *s)
{
	s->mode = MODE_SKIP;
	s->skipped = 0;
	s->scanned = 0;
	s->is_badline = false;
}

/* Drop the rest of a long line, then say so. */
static size_t
skip_take(struct smtp_session *s, struct str in)
{
	size_t room = LIM_SMTP_SKIP - s->skipped;
	struct str look = str_sub(in, 0, room);
	ssize_t end = session_line_end(s, look);

	s->verb = STR("");
	if (end >= 0) {
		s->mode = MODE_LINE;
		session_error(s, 500, "5.5.2", "Line too long");
		return (size_t)end + 1;
	}
	if (look.n == room) {
		session_reply(s, 500, "5.5.2", "Line too long, closing connection");
		s->is_closing = true;
		return look.n;
	}
	/* Keep a CR at the end: its LF may follow. */
	if (look.n > 0 && look.p[look.n - 1] == '\r')
		look.n--;
	s->skipped += look.n;
	s->scanned = 0;
	s->is_badline = false;
	return look.n;
}

/* The client does not speak SMTP: no use in going on. First byte of a line. */
static bool
is_foreign(struct smtp_session *s, char c)
{
	if (((unsigned char)c >= ' ' && (unsigned char)c < 0x7f) || c == '\r' || c == '\n' ||
	    c == '\t')
		return false;
	s->verb = STR("");
	session_reply(s, 554, "5.5.1",
		      c == 0x16 && s->counts.commands == 0
			      ? "TLS begins with STARTTLS here, closing connection"
			      : "This is SMTP, closing connection");
	s->is_closing = true;
	return true;
}

/* One command, if there is one that may run now. False: wait for input or verdicts. */
static bool
line_take(struct smtp_session *s, struct str in, size_t *used)
{
	bool busy = s->txn != NULL && s->txn->nslots > 0;
	ssize_t end;
	struct str line;

	*used = 0;
	if (in.n == 0)
		return false;
	if (!busy && is_foreign(s, in.p[0])) {
		*used = in.n;
		return true;
	}
	end = session_line_end(s, str_sub(in, 0, LIM_SMTP_LINE));
	if (end < 0) {
		if (in.n < LIM_SMTP_LINE || busy)
			return false;
		session_line_too_long(s);
		return true;
	}
	line = str_sub(in, 0, (size_t)end - 1);
	if (busy && (!cmd_is_rcpt(line) || s->txn->nslots == LIM_SMTP_RCPT_PARALLEL))
		return false;
	*used = (size_t)end + 1;
	s->counts.commands++;
	if (++s->since_ok > LIM_SMTP_COMMANDS)
		hang_up(s, "Too many commands without mail");
	else
		cmd_run(s, line);
	return true;
}

/* ---- the engine */

void
smtp_session_greet(struct smtp_session *s)
{
	buf_printf(&s->out, "220 %s ESMTP\r\n", s->conf->hostname);
}

static enum smtp_want
want_now(struct smtp_session *s)
{
	if (s->is_closing)
		return SMTP_WANT_CLOSE;
	if (s->is_revoked) {
		s->verb = STR("");
		session_reply(s, 421, "4.7.0", "The login is not valid any more");
		return SMTP_WANT_CLOSE;
	}
	if (s->is_draining && s->txn == NULL && s->mode == MODE_LINE && !s->want_tls) {
		s->verb = STR("");
		session_reply(s, 421, "4.3.2", "Service is restarting, try again");
		return SMTP_WANT_CLOSE;
	}
	if (s->want_tls)
		return SMTP_WANT_TLS;
	if (s->delay > 0)
		return SMTP_WANT_DELAY;
	if (s->out.n > LIM_OUTPUT)
		return SMTP_WANT_OUTPUT;
	return SMTP_WANT_RUN;
}

/* STARTTLS was asked for. What came in the clear behind it is not obeyed: RFC 3207 4.2, 5. */
static void
starttls_reply(struct smtp_session *s, bool more)
{
	if (!more) {
		session_reply(s, 220, "2.0.0", "Go ahead");
		return;
	}
	s->want_tls = false;
	session_reply(s, 554, "5.5.1", "Input behind STARTTLS, closing connection");
	s->is_closing = true;
}

/* Input for the mode we are in. False: nothing can be done with it now. */
static bool
input_take(struct smtp_session *s, struct str in, size_t *used)
{
	switch (s->mode) {
	case MODE_LINE:
		return line_take(s, in, used);
	case MODE_SKIP:
		*used = skip_take(s, in);
		return *used > 0;
	case MODE_DATA:
		*used = data_take(s, in);
		return *used > 0;
	case MODE_CHUNK:
		*used = chunk_take(s, in);
		return *used > 0 || s->mode != MODE_CHUNK;
	case MODE_AUTH:
		*used = session_auth_take(s, in);
		return *used > 0 || s->mode != MODE_AUTH;
	}
	return false;
}

enum smtp_want
smtp_session_run(struct smtp_session *s, struct str in, size_t *used)
{
	*used = 0;
	for (int i = 0; i < COMMANDS_PER_RUN; i++) {
		enum smtp_want w;
		size_t n = 0;
		bool went, busy;

		if (s->is_closing)
			return SMTP_WANT_CLOSE;
		if (verdicts_take(s))
			return SMTP_WANT_VERDICT;
		if ((w = want_now(s)) != SMTP_WANT_RUN)
			return w;
		went = input_take(s, str_from(in, *used), &n);
		*used += n;
		if (s->want_tls)
			starttls_reply(s, *used < in.n);
		busy = s->txn != NULL && s->txn->nslots > 0;
		if (!went)
			return busy ? SMTP_WANT_VERDICT : SMTP_WANT_INPUT;
	}
	return SMTP_WANT_RUN;
}

struct buf *
smtp_session_out(struct smtp_session *s)
{
	return &s->out;
}

int64_t
smtp_session_delay(struct smtp_session *s)
{
	int64_t ms = s->delay;

	s->delay = 0;
	return ms;
}

void
smtp_session_tls_done(struct smtp_session *s, bool can_bind)
{
	s->want_tls = false;
	s->is_tls = true;
	s->can_bind = can_bind;
	session_forget(s);
}

enum smtp_phase
smtp_session_phase(const struct smtp_session *s)
{
	if (s->await != AWAIT_NONE || (s->txn != NULL && s->txn->nslots > 0))
		return SMTP_PHASE_WAIT;
	if (s->mode == MODE_DATA || s->mode == MODE_CHUNK)
		return SMTP_PHASE_DATA;
	return s->is_badline ? SMTP_PHASE_BADLINE : SMTP_PHASE_COMMAND;
}

void
smtp_session_timeout(struct smtp_session *s)
{
	s->verb = STR("");
	if (s->is_badline)
		session_reply(s, 500, "5.5.2", "Lines must end with CRLF, closing connection");
	else
		session_reply(s, 421, "4.4.2", "Timeout, closing connection");
	s->is_closing = true;
}

void
smtp_session_drain(struct smtp_session *s)
{
	s->is_draining = true;
}

void
smtp_session_revoke(struct smtp_session *s)
{
	s->is_revoked = true;
}

bool
smtp_session_took_secret(struct smtp_session *s)
{
	bool r = s->had_secret;

	s->had_secret = false;
	return r;
}

const struct smtp_txn *
smtp_session_txn(const struct smtp_session *s)
{
	return s->txn != NULL ? &s->txn->pub : NULL;
}

struct str
smtp_session_helo(const struct smtp_session *s)
{
	return s->helo != NULL ? str_c(s->helo) : STR("");
}

const char *
smtp_session_proto(const struct smtp_session *s)
{
	static const char *const names[] = { "ESMTP",	 "ESMTPS",    "ESMTPA",	   "ESMTPSA",
					     "UTF8SMTP", "UTF8SMTPS", "UTF8SMTPA", "UTF8SMTPSA" };
	bool utf8 = s->txn != NULL && s->txn->pub.is_utf8;

	return s->is_esmtp ? names[4 * utf8 + 2 * s->is_auth + s->is_tls] : "SMTP";
}

struct smtp_counts
smtp_session_counts(const struct smtp_session *s)
{
	return s->counts;
}
