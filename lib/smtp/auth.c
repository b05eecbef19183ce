/*
 * AUTH, RFC 4954: the dialog's lines; what is in them is the backend's. While one goes on, `auth`
 * is set, and either the backend has the word (AWAIT_AUTH) or the client (MODE_AUTH).
 */
#include <assert.h>

#include "base/encode.h"
#include "base/mem.h"
#include "smtp/session_priv.h"

/* Name, and whether it binds to the TLS connection. In the order in which clients should prefer
 * them. */
static const struct {
	const char *name;
	bool binds;
} mechs[] = {
	{ "SCRAM-SHA-256-PLUS", true },
	{ "SCRAM-SHA-256", false },
	{ "SCRAM-SHA-1-PLUS", true },
	{ "SCRAM-SHA-1", false },
	{ "CRAM-MD5", false },
	{ "PLAIN", false },
	{ "LOGIN", false },
};

static bool
is_offered(const struct smtp_session *s, unsigned i)
{
	return !mechs[i].binds || s->can_bind;
}

bool
session_auth_is_possible(const struct smtp_session *s)
{
	return s->conf->is_submission && (s->is_tls || !s->conf->require_tls);
}

void
session_auth_put_mechs(const struct smtp_session *s, struct buf *out)
{
	for (unsigned i = 0; i < ARRAY_LEN(mechs); i++)
		if (is_offered(s, i))
			buf_printf(out, " %s", mechs[i].name);
}

static const char *
mech_find(const struct smtp_session *s, struct str name)
{
	for (unsigned i = 0; i < ARRAY_LEN(mechs); i++)
		if (is_offered(s, i) && str_eqi(name, str_c(mechs[i].name)))
			return mechs[i].name;
	return NULL;
}

static void
auth_free(struct smtp_session *s)
{
	arena_free(&s->auth->arena);
	mem_free(s->auth);
	s->auth = NULL;
	s->await = AWAIT_NONE;
	s->mode = MODE_LINE;
}

void
session_auth_cancel(struct smtp_session *s)
{
	if (s->auth == NULL)
		return;
	s->backend->auth_cancel(s->ctx);
	auth_free(s);
}

/* Bytes of the client to the backend; its answer is awaited from now on. */
static void
auth_give(struct smtp_session *s, const char *mech, struct str data)
{
	s->mode = MODE_LINE;
	s->await = AWAIT_AUTH;
	if (mech != NULL)
		s->backend->auth_start(s->ctx, str_c(mech), data);
	else
		s->backend->auth_step(s->ctx, data);
}

void
cmd_auth(struct smtp_session *s, struct str arg)
{
	struct str initial, name = str_cut(arg, ' ', &initial);
	const char *mech;
	struct buf data;

	s->had_secret = true;
	if (!session_auth_is_possible(s)) {
		session_error(s, 538, "5.7.11", "Encryption is required for authentication");
		return;
	}
	if (s->is_auth || s->state != ST_READY || !s->is_esmtp) {
		session_error(s, 503, "5.5.1",
			      s->is_auth			? "Authenticated already"
			      : s->helo == NULL || !s->is_esmtp ? "Say EHLO first"
								: "Not during a transaction");
		return;
	}
	if ((mech = mech_find(s, name)) == NULL) {
		session_error(s, 504, "5.5.4", "Unknown mechanism");
		return;
	}
	buf_init(&data, LIM_SMTP_AUTH_LINE);
	if (initial.p != NULL && !str_eq(initial, STR("=")) && enc_get_base64(&data, initial) < 0) {
		session_error(s, 501, "5.5.2", "Malformed base64");
	} else {
		s->auth = MEM_NEW(struct auth);
		s->auth->arena = arena_new(LIM_SMTP_AUTH_LINE * 2);
		auth_give(s, mech, initial.p != NULL ? buf_str(&data) : STR_NONE);
	}
	buf_wipe(&data);
}

static void
line_run(struct smtp_session *s, struct str line)
{
	struct buf data;

	if (str_eq(line, STR("*"))) {
		session_auth_cancel(s);
		session_error(s, 501, "5.7.0", "Authentication cancelled");
		return;
	}
	buf_init(&data, LIM_SMTP_AUTH_LINE);
	if (enc_get_base64(&data, line) < 0) {
		session_auth_cancel(s);
		session_error(s, 501, "5.5.2", "Malformed base64");
	} else {
		auth_give(s, NULL, buf_str(&data));
	}
	buf_wipe(&data);
}

size_t
session_auth_take(struct smtp_session *s, struct str in)
{
	ssize_t end = session_line_end(s, str_sub(in, 0, LIM_SMTP_AUTH_LINE));

	s->verb = STR("AUTH");
	if (end >= 0) {
		s->had_secret = true;
		line_run(s, str_sub(in, 0, (size_t)end - 1));
		return (size_t)end + 1;
	}
	if (in.n >= LIM_SMTP_AUTH_LINE) {
		session_auth_cancel(s);
		session_line_too_long(s);
	}
	return 0;
}

void
session_auth_finish(struct smtp_session *s)
{
	struct auth *a = s->auth;

	s->has_verdict = false;
	s->verb = STR("AUTH");
	if (a->is_more) {
		buf_puts(&s->out, "334 ");
		enc_put_base64(&s->out, a->challenge);
		buf_puts(&s->out, "\r\n");
		arena_reset(a->arena);
		s->await = AWAIT_NONE;
		s->mode = MODE_AUTH;
		return;
	}
	session_reply_verdict(s, &s->verdict);
	if (s->verdict.code == 235) {
		s->is_auth = true;
		s->errors = s->since_ok = s->bad_logins = 0;
	} else if (s->verdict.code == 535) {
		session_bad_login(s);
	}
	auth_free(s);
}

void
smtp_session_auth_more(struct smtp_session *s, struct str challenge)
{
	assert(s->await == AWAIT_AUTH && !s->has_verdict);
	s->auth->is_more = s->has_verdict = true;
	s->auth->challenge = arena_str(s->auth->arena, str_sub(challenge, 0, LIM_SASL));
}

void
smtp_session_auth_done(struct smtp_session *s, const struct smtp_verdict *v)
{
	assert(s->await == AWAIT_AUTH && !s->has_verdict);
	s->auth->is_more = false;
	s->has_verdict = true;
	s->verdict = session_verdict_copy(s->auth->arena, v, 235);
}
